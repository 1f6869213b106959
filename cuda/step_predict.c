/* SPDX-License-Identifier: MIT */
/* step_predict.c: predictions in tiles of bins: the genome part of layer 1 once for all pairs,
 * u = G . W1, then for each pair relu(u + v[pair]), the other layers, and the output. */
#include "cuda/step.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

#define PAIRS 4096u             /* of one table v */
#define OUT_BYTES (256u << 20)  /* of predictions brought back at once */

/* One piece of a call. */
struct piece {
    uint32_t n_pairs, first, n;
};

static bool make_tiles(struct avo_cuda *c, struct avo_error *err)
{
    size_t el = avo_cuda_el(c), H = 0, T = AVO_CUDA_TILE;
    for (uint32_t l = 0; l < c->n_hidden; l++)
        H = c->layer[l].n_out > H ? c->layer[l].n_out : H;
    c->tile = avo_alloc(AVO_CUDA_TILES, sizeof *c->tile, "tiles", err);
    if (!c->tile)
        return false;
    c->tile_x = avo_dev_alloc(c->dev, T * c->Kx, el, "predictions", err);
    c->tile_u = avo_dev_alloc(c->dev, T * avo_cuda_H1(c), el, "predictions", err);
    c->tile_a[0] = avo_dev_alloc(c->dev, T * H, el, "predictions", err);
    c->tile_a[1] = avo_dev_alloc(c->dev, T * H, el, "predictions", err);
    return c->tile_x && c->tile_u && c->tile_a[0] && c->tile_a[1];
}

void avo_cuda_free_predict(struct avo_cuda *c)
{
    void *owned[] = {c->tile_x, c->tile_u, c->tile_a[0], c->tile_a[1], c->v, c->out, c->asked};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        avo_dev_free(c->dev, owned[i]);
    for (int b = 0; b < AVO_K_BLOCKS; b++)
        avo_dev_free(c->dev, c->tile_rows[b]);
    free(c->host_rows);
    free(c->tile);
    c->tile = NULL;
}

/* Products of a tile of m rows. */
static struct avo_cuda_tile *find_tile(struct avo_cuda *c, uint32_t m, struct avo_error *err)
{
    struct avo_cuda_tile *t = &c->tile[m / AVO_K_ROWS - 1];
    if (t->rows == m)
        return t;
    t->u = (struct avo_product){.m = m, .n = avo_cuda_H1(c), .k = c->Kx, .a = c->tile_x,
                                .ld_a = c->Kx, .b = c->w1x, .ld_b = avo_cuda_H1(c), .d = c->tile_u,
                                .ld_d = avo_cuda_H1(c), .math = c->math, .alpha = 1};
    if (avo_products_prepare(c->products, &t->u, err))
        return NULL;
    for (uint32_t l = 1; l < c->n_hidden; l++) {
        const struct avo_cuda_layer *y = &c->layer[l];
        t->forward[l] = (struct avo_product){
            .m = m, .n = y->n_out, .k = y->n_in, .a = c->tile_a[(l - 1) % 2], .ld_a = y->n_in,
            .b = avo_cuda_weights(c, y->w), .ld_b = y->n_out, .d = c->tile_a[l % 2],
            .ld_d = y->n_out, .math = c->math, .epilogue = AVO_EPI_RELU_BIAS, .alpha = 1,
            .bias = avo_cuda_weights(c, y->b)};
        if (avo_products_prepare(c->products, &t->forward[l], err))
            return NULL;
    }
    t->rows = m;
    return t;
}

/* v[p] of the pairs, from the tables as they are now. */
static int queue_tracks(struct avo_cuda *c, const struct avo_pair *pairs, uint32_t n,
                        struct avo_error *err)
{
    uint32_t H1 = avo_cuda_H1(c);
    size_t len = n * sizeof *pairs;
    if (avo_cuda_grow(c, &c->asked, &c->cap_asked, 2 * (size_t)n, 4, "predictions", err) ||
        avo_cuda_grow(c, &c->v, &c->cap_v, (size_t)n * H1, sizeof(float), "predictions", err) ||
        avo_dev_upload(c->dev, c->asked, len, pairs, len, len, 1, err))
        return -1;
    struct avo_k_tracks t = {.n_pairs = n, .ld = H1, .pairs = c->asked, .tables = c->table_rows,
                             .b1 = c->net + c->layer[0].b, .v = c->v};
    for (; t.n_tables < c->n_pair_blocks; t.n_tables++) {
        t.of_celltype[t.n_tables] = c->of_celltype[t.n_tables];
        t.table_row[t.n_tables] = c->column[c->pair_block[t.n_tables]] - c->P;
    }
    return avo_k_tracks(c->dev, &t, err);
}

/* Which rows of every block the piece's bins read, to the card. */
static int load_rows(struct avo_cuda *c, const struct piece *p, struct avo_error *err)
{
    size_t len = p->n * sizeof *c->host_rows;
    if (avo_grow(&c->host_rows, &c->cap_host_rows, p->n, sizeof *c->host_rows, "rows", err))
        return -1;
    for (uint32_t b = 0; b < c->n_blocks; b++) {
        const struct avo_rows *r = &c->on.rows->block[c->block_of[b]];
        for (uint32_t i = 0; i < p->n; i++)
            c->host_rows[i] = avo_rows_at(r, c->on.positions, p->first + i);
        if (avo_cuda_grow(c, &c->tile_rows[b], &c->cap_tile_rows[b], p->n, 4, "predictions", err) ||
            avo_dev_upload(c->dev, c->tile_rows[b], len, c->host_rows, len, len, 1, err))
            return -1;
    }
    return 0;
}

/* u of n bins from bin `at` of the piece on. */
static int queue_genome(struct avo_cuda *c, const struct avo_cuda_tile *t, uint32_t at, uint32_t n,
                        struct avo_error *err)
{
    struct avo_k_gather x = {.x = c->tile_x, .half = c->half, .n_pad = t->rows, .ld = c->Kx,
                             .n_blocks = c->n_blocks, .n = n};
    for (uint32_t b = 0; b < c->n_blocks; b++) {
        uint32_t k = c->block_of[b];
        const struct avo_cuda_rows *rows = c->view ? &c->seen[k] : &c->rows[k];
        x.block[b] = (struct avo_k_block){.w = rows->w, .ld = c->ld[k], .x_offset = c->x_offset[k],
                                          .width = c->model->header.blocks[k].width,
                                          .row_of = c->tile_rows[b] + at};
    }
    return avo_k_gather(c->dev, &x, err) || avo_products_run(c->products, &t->u, err) ? -1 : 0;
}

static int queue_pair(struct avo_cuda *c, const struct avo_cuda_tile *t, uint32_t p, uint32_t n,
                      float *out, struct avo_error *err)
{
    const struct avo_cuda_layer *y = &c->layer[c->n_hidden];
    uint32_t H1 = avo_cuda_H1(c);
    struct avo_k_add add = {c->tile_u, c->tile_a[0], c->half, t->rows, H1, c->v + (size_t)p * H1};
    struct avo_k_dot dot = {c->tile_a[(c->n_hidden - 1) % 2], c->half, n, y->n_in, c->net + y->w,
                            c->net + y->b, out};
    if (avo_k_add(c->dev, &add, err))
        return -1;
    for (uint32_t l = 1; l < c->n_hidden; l++)
        if (avo_products_run(c->products, &t->forward[l], err))
            return -1;
    return avo_k_dot(c->dev, &dot, err);
}

/* Predictions of a piece into c->out [n_pairs][n]. */
static int queue_piece(struct avo_cuda *c, const struct piece *p, struct avo_error *err)
{
    for (uint32_t at = 0; at < p->n; at += AVO_CUDA_TILE) {
        uint32_t n = p->n - at < AVO_CUDA_TILE ? p->n - at : AVO_CUDA_TILE;
        struct avo_cuda_tile *t = find_tile(c, avo_round_up(n, AVO_K_ROWS), err);
        if (!t || queue_genome(c, t, at, n, err))
            return -1;
        for (uint32_t i = 0; i < p->n_pairs; i++)
            if (queue_pair(c, t, i, n, c->out + (size_t)i * p->n + at, err))
                return -1;
    }
    return 0;
}

static int some_pairs(struct avo_cuda *c, const struct avo_pair *pairs, uint32_t n_pairs,
                      uint32_t first, uint32_t n, float *out, struct avo_error *err)
{
    size_t max_bins = OUT_BYTES / sizeof(float) / n_pairs / AVO_CUDA_TILE * AVO_CUDA_TILE;
    struct piece p = {n_pairs, first, 0};
    max_bins = max_bins < AVO_CUDA_TILE ? AVO_CUDA_TILE : max_bins;
    if (queue_tracks(c, pairs, n_pairs, err))
        return -1;
    for (uint32_t at = 0; at < n; at += p.n) {
        p.first = first + at;
        p.n = n - at < max_bins ? n - at : (uint32_t)max_bins;
        size_t len = p.n * sizeof *out;
        if (load_rows(c, &p, err) ||
            avo_cuda_grow(c, &c->out, &c->cap_out, (size_t)n_pairs * p.n, sizeof *out,
                          "predictions", err) ||
            avo_cuda_prepare(c, err) || queue_piece(c, &p, err) ||
            avo_dev_download(c->dev, out + at, n * sizeof *out, c->out, len, len, n_pairs, err))
            return -1;
    }
    return 0;
}

int avo_cuda_predict(void *ctx, const struct avo_pair *pairs, uint32_t n_pairs, uint32_t first,
                     uint32_t n, float *out, struct avo_error *err)
{
    struct avo_cuda *c = ctx;
    if (!n || !n_pairs)
        return 0;
    if (avo_dev_use(c->dev, err) || (!c->tile && !make_tiles(c, err)))
        return -1;
    if (c->w1x_stale && (avo_cuda_prepare(c, err) || avo_cuda_queue_w1x(c, err)))
        return -1;
    c->w1x_stale = false;
    for (uint32_t at = 0; at < n_pairs; at += PAIRS) {
        uint32_t some = n_pairs - at < PAIRS ? n_pairs - at : PAIRS;
        if (some_pairs(c, pairs + at, some, first, n, out + (size_t)at * n, err))
            return -1;
    }
    return 0;
}
