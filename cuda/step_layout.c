/* SPDX-License-Identifier: MIT */
/* step_layout.c: the network and the tables on the card: padded sizes, transfers, and the first
 * layer's weights W1x = [W1 of the position's blocks; table_k . W1_k of each pair block; b1]. */
#include "cuda/step.h"

#include <stdlib.h>

#include "libcommon/base/alloc.h"

#define PAD 16u     /* hidden units and columns of X: 16-byte rows for tensor cores */

static bool of_celltype(const struct avo_block *b)
{
    switch (avo_block_table_of(b)) {
    case AVO_TABLE_CELLTYPES:
        return true;
    case AVO_TABLE_ASSAYS:
    case AVO_TABLE_POSITIONS:
    case AVO_TABLE_NONE:
        break;
    }
    return false;
}

/* Where the blocks lie in X: the position's columns first, then one for each row of the pair's. */
static void place_blocks(struct avo_cuda *c)
{
    const struct avo_header *h = &c->model->header;
    for (uint32_t k = 0; k < h->n_blocks; k++) {
        c->ld[k] = avo_round_up(h->blocks[k].width, 4);
        switch (avo_block_depends_on(&h->blocks[k])) {
        case AVO_BY_POSITION:
            c->x_offset[k] = c->P;
            c->block_of[c->n_blocks++] = k;
            c->P += c->ld[k];
            break;
        case AVO_BY_PAIR:
            c->of_celltype[c->n_pair_blocks] = of_celltype(&h->blocks[k]);
            c->pair_block[c->n_pair_blocks++] = k;
            break;
        case AVO_BY_BOTH:       /* observed_ops.h's */
            break;
        }
    }
    for (uint32_t i = 0; i < c->n_pair_blocks; i++) {
        c->column[c->pair_block[i]] = c->P + c->R;
        c->R += avo_model_rows(c->model, c->pair_block[i]);
    }
}

void avo_cuda_shape(struct avo_cuda *c)
{
    const struct avo_model *m = c->model;
    c->n_hidden = m->n_layers - 1;
    for (uint32_t l = 0; l < m->n_layers; l++) {
        struct avo_cuda_layer *y = &c->layer[l];
        bool last = l == c->n_hidden;
        y->n_in = l ? c->layer[l - 1].n_out : m->n_inputs;
        y->n_out = last ? 1 : avo_round_up(m->layers[l].n_out, PAD);
        y->w = c->n_net;
        y->b = y->w + (size_t)y->n_in * y->n_out;
        c->n_net = y->b + avo_round_up(y->n_out, PAD);
    }
    place_blocks(c);
    c->ones = c->P + c->R;
    c->Kx = avo_round_up(c->ones + 1, PAD);
}

/* Where each row of W1x comes from. */
static int make_from(struct avo_cuda *c, struct avo_error *err)
{
    uint32_t *from = avo_alloc(c->Kx, sizeof *from, "weights", err);
    if (!from)
        return -1;
    for (uint32_t i = 0; i < c->Kx; i++)
        from[i] = i >= c->P && i < c->ones ? AVO_K_TABLES + (i - c->P) : AVO_K_NO_ROW;
    for (uint32_t b = 0; b < c->n_blocks; b++) {
        uint32_t k = c->block_of[b];
        for (uint32_t e = 0; e < c->model->header.blocks[k].width; e++)
            from[c->x_offset[k] + e] = c->model->offset[k] + e;
    }
    from[c->ones] = c->model->n_inputs;
    size_t len = c->Kx * sizeof *from;
    c->from = avo_dev_alloc(c->dev, c->Kx, sizeof *from, "the network", err);
    int rc = c->from ? avo_dev_upload(c->dev, c->from, len, from, len, len, 1, err) : -1;
    free(from);
    return rc;
}

static float *floats(struct avo_cuda *c, size_t n, struct avo_error *err)
{
    return avo_dev_alloc(c->dev, n, sizeof(float), "the network", err);
}

static int make_tables(struct avo_cuda *c, struct avo_error *err)
{
    for (uint32_t i = 0; i < c->n_pair_blocks; i++) {
        uint32_t k = c->pair_block[i];
        struct avo_cuda_rows *t = &c->table[k];
        size_t n = (size_t)avo_model_rows(c->model, k) * c->ld[k];
        if (!(t->w = floats(c, n, err)))
            return -1;
        if (!c->learn || !c->learn->table[k].m)
            continue;
        if (!(t->m = floats(c, n, err)) || !(t->v = floats(c, n, err)) ||
            !(t->g = floats(c, n, err)))
            return -1;
    }
    return 0;
}

int avo_cuda_make_network(struct avo_cuda *c, struct avo_error *err)
{
    uint32_t H1 = avo_cuda_H1(c);
    bool learns = c->learn && c->learn->net_m;
    if (!(c->net = floats(c, c->n_net, err)) ||
        !(c->table_rows = floats(c, (size_t)c->R * H1, err)) ||
        !(c->w1x = avo_dev_alloc(c->dev, (size_t)c->Kx * H1, avo_cuda_el(c), "the network", err)))
        return -1;
    if (c->half &&
        !(c->copy = avo_dev_alloc(c->dev, c->n_net, sizeof *c->copy, "the network", err)))
        return -1;
    if (learns && (!(c->net_m = floats(c, c->n_net, err)) ||
                   !(c->net_v = floats(c, c->n_net, err)) ||
                   !(c->net_g = floats(c, c->n_net, err))))
        return -1;
    if (make_tables(c, err) || make_from(c, err))
        return -1;
    for (uint32_t i = 0; i < c->n_pair_blocks; i++)
        learns = learns || c->table[c->pair_block[i]].m;
    return learns && !(c->dw1x = floats(c, (size_t)c->Kx * H1, err)) ? -1 : 0;
}

void avo_cuda_free_network(struct avo_cuda *c)
{
    void *owned[] = {c->net, c->net_m, c->net_v, c->net_g, c->copy, c->table_rows, c->w1x, c->dw1x,
                     c->from};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        avo_dev_free(c->dev, owned[i]);
    for (int k = 0; k < AVO_K_BLOCKS; k++) {
        avo_dev_free(c->dev, c->table[k].w);
        avo_dev_free(c->dev, c->table[k].m);
        avo_dev_free(c->dev, c->table[k].v);
        avo_dev_free(c->dev, c->table[k].g);
    }
}

/* ---- to the card and back ---- */

/* Rows of `width` floats between the host (dense) and the card (ld apart). */
static int move_rows(struct avo_cuda *c, bool back, float *dev, uint32_t ld, float *host,
                     uint32_t width, size_t rows, struct avo_error *err)
{
    size_t w = width * sizeof(float), pitch = ld * sizeof(float);
    return back ? avo_dev_download(c->dev, host, w, dev, pitch, w, rows, err)
                : avo_dev_upload(c->dev, dev, pitch, host, w, w, rows, err);
}

/* One of net, net_m, net_v and the card's. */
static int move_net(struct avo_cuda *c, bool back, float *dev, float *host, struct avo_error *err)
{
    const struct avo_model *m = c->model;
    for (uint32_t l = 0; l < m->n_layers; l++) {
        const struct avo_layer *y = &m->layers[l];
        const struct avo_cuda_layer *z = &c->layer[l];
        bool last = l == c->n_hidden;
        uint32_t width = last ? y->n_in : y->n_out, rows = last ? 1 : y->n_in;
        if (move_rows(c, back, dev + z->w, last ? z->n_in : z->n_out, host + (y->w - m->net),
                      width, rows, err) ||
            move_rows(c, back, dev + z->b, z->n_out, host + (y->b - m->net), y->n_out, 1, err))
            return -1;
    }
    return 0;
}

static int move_all(struct avo_cuda *c, bool back, struct avo_error *err)
{
    const struct avo_model *m = c->model;
    bool learns = c->learn && c->learn->net_m;
    if ((learns || !back) && move_net(c, back, c->net, m->net, err))
        return -1;
    if (learns && (move_net(c, back, c->net_m, c->learn->net_m, err) ||
                   move_net(c, back, c->net_v, c->learn->net_v, err)))
        return -1;
    for (uint32_t i = 0; i < c->n_pair_blocks; i++) {
        uint32_t k = c->pair_block[i];
        struct avo_cuda_rows *t = &c->table[k];
        uint32_t width = m->header.blocks[k].width, rows = avo_model_rows(m, k);
        if ((t->m || !back) && move_rows(c, back, t->w, c->ld[k], m->table[k], width, rows, err))
            return -1;
        if (t->m &&
            (move_rows(c, back, t->m, c->ld[k], c->learn->table[k].m, width, rows, err) ||
             move_rows(c, back, t->v, c->ld[k], c->learn->table[k].v, width, rows, err)))
            return -1;
    }
    return 0;
}

int avo_cuda_load_network(struct avo_cuda *c, struct avo_error *err)
{
    c->w1x_stale = true;
    if (move_all(c, false, err))
        return -1;
    return c->half ? avo_k_round(c->dev, c->copy, c->net, c->n_net, err) : 0;
}

int avo_cuda_pull_network(struct avo_cuda *c, struct avo_error *err)
{
    return move_all(c, true, err);
}

/* ---- W1x ---- */

struct avo_k_w1x avo_cuda_w1x_args(const struct avo_cuda *c)
{
    return (struct avo_k_w1x){.from = c->from, .n_rows = c->Kx, .ld = avo_cuda_H1(c),
                              .net = c->net, .tables = c->table_rows, .w1x = c->w1x,
                              .half = c->half, .dw1x = c->dw1x, .net_grad = c->net_g};
}

/* Small products stay in float32: they cost nothing, and W1x is rounded once. S_k, the rows of dW1x
 * in block k's columns, are the sums of dH1 over the samples that read a row. */
static void pair_products(struct avo_cuda *c, uint32_t k)
{
    uint32_t H1 = avo_cuda_H1(c), width = c->model->header.blocks[k].width;
    uint32_t rows = avo_model_rows(c->model, k);
    size_t w1 = (size_t)c->model->offset[k] * H1, at = (size_t)(c->column[k] - c->P) * H1;
    const float *sums = c->dw1x ? c->dw1x + (size_t)c->column[k] * H1 : NULL;
    c->of_table[k] = (struct avo_product){
        .m = rows, .n = H1, .k = width, .a = c->table[k].w, .ld_a = c->ld[k], .b = c->net + w1,
        .ld_b = H1, .d = c->table_rows + at, .ld_d = H1, .wide = true, .alpha = 1};
    c->dw_track[k] = (struct avo_product){
        .m = width, .n = H1, .k = rows, .trans_a = true, .a = c->table[k].w, .ld_a = c->ld[k],
        .b = sums, .ld_b = H1, .d = c->net_g ? c->net_g + w1 : NULL, .ld_d = H1, .wide = true,
        .alpha = 1};
    c->dtable[k] = (struct avo_product){
        .m = rows, .n = width, .k = H1, .trans_b = true, .a = sums, .ld_a = H1, .b = c->net + w1,
        .ld_b = H1, .d = c->table[k].g, .ld_d = c->ld[k], .wide = true, .alpha = 1};
}

int avo_cuda_prepare(struct avo_cuda *c, struct avo_error *err)
{
    if (c->prepared)
        return 0;
    for (uint32_t i = 0; i < c->n_pair_blocks; i++) {
        uint32_t k = c->pair_block[i];
        pair_products(c, k);
        if (avo_products_prepare(c->products, &c->of_table[k], err) ||
            (c->net_m && avo_products_prepare(c->products, &c->dw_track[k], err)) ||
            (c->table[k].m && avo_products_prepare(c->products, &c->dtable[k], err)))
            return -1;
    }
    c->prepared = true;
    return 0;
}

int avo_cuda_queue_w1x(struct avo_cuda *c, struct avo_error *err)
{
    struct avo_k_w1x w1x = avo_cuda_w1x_args(c);
    for (uint32_t i = 0; i < c->n_pair_blocks; i++)
        if (avo_products_run(c->products, &c->of_table[c->pair_block[i]], err))
            return -1;
    return avo_k_w1x(c->dev, &w1x, err);
}
