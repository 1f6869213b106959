/* SPDX-License-Identifier: MIT */
/* rows.c: factor rows of the genome blocks: places, first values, GENOME tiles. */
#include "libcommon/model/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

void avo_genome_rows_init(struct avo_genome_rows *g, const struct avo_model *m)
{
    *g = (struct avo_genome_rows){.n_blocks = (uint32_t)m->header.n_blocks};
    for (uint32_t k = 0; k < g->n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        if (!avo_block_is_genome(b))
            continue;
        g->block[k].width = b->width;
        g->block[k].bins_per_row = b->bins_per_row;
    }
}

static void free_tables(struct avo_rows *r)
{
    free(r->w);
    free(r->m);
    free(r->v);
    free(r->last);
    r->w = r->m = r->v = NULL;
    r->last = NULL;
    r->cap_w = 0;
}

void avo_genome_rows_release(struct avo_genome_rows *g)
{
    for (uint32_t k = 0; k < g->n_blocks; k++) {
        free_tables(&g->block[k]);
        free(g->block[k].row0);
    }
    *g = (struct avo_genome_rows){0};
}

void avo_genome_rows_clear(struct avo_genome_rows *g)
{
    for (uint32_t k = 0; k < g->n_blocks; k++)
        g->block[k].n_rows = g->block[k].n_placed = 0;
}

/* ---- places ---- */

static uint32_t rows_of(const struct avo_positions_run *run, uint32_t per)
{
    return (run->beg_bin + run->n_bins - 1) / per - run->beg_bin / per + 1;
}

/* Whether the run's first row is the last one of the run before it. */
static bool shares_row(const struct avo_positions_run *run, uint32_t per)
{
    const struct avo_positions_run *prev = run - 1;
    return prev->chrom == run->chrom &&
           (prev->beg_bin + prev->n_bins - 1) / per == run->beg_bin / per;
}

/* Rows for the runs that have none; the last one that has may have grown. */
static int place(struct avo_rows *r, const struct avo_positions *p, struct avo_error *err)
{
    uint32_t per = r->bins_per_row;
    assert(!p->n_context);
    if (avo_grow(&r->row0, &r->cap_row0, p->n_runs, sizeof *r->row0, "runs", err))
        return -1;
    for (uint32_t i = r->n_placed; i < p->n_runs; i++) {
        const struct avo_positions_run *run = &p->runs[i];
        r->row0[i] = i ? r->row0[i - 1] + rows_of(run - 1, per) - shares_row(run, per) : 0;
    }
    r->n_placed = p->n_runs;
    r->n_rows = p->n_runs ? r->row0[p->n_runs - 1] + rows_of(&p->runs[p->n_runs - 1], per) : 0;
    return 0;
}

/* ---- tables ---- */

static int make_tables(struct avo_rows *r, bool optimizer, struct avo_error *err)
{
    size_t n = (size_t)r->n_rows * r->width;
    r->w = avo_alloc(n, sizeof *r->w, "genome factors", err);
    if (!r->w)
        return -1;
    r->cap_w = n;
    if (!optimizer)
        return 0;
    r->m = avo_alloc(n, sizeof *r->m, "genome factors", err);
    r->v = avo_alloc(n, sizeof *r->v, "genome factors", err);
    r->last = avo_alloc(r->n_rows, sizeof *r->last, "genome factors", err);
    return r->m && r->v && r->last ? 0 : -1;
}

int avo_genome_rows_make(struct avo_genome_rows *g, const struct avo_positions *p, bool optimizer,
                         struct avo_error *err)
{
    avo_genome_rows_clear(g);
    for (uint32_t k = 0; k < g->n_blocks; k++)
        free_tables(&g->block[k]);
    for (uint32_t k = 0; k < g->n_blocks; k++)
        if (g->block[k].width &&
            (place(&g->block[k], p, err) || make_tables(&g->block[k], optimizer, err)))
            return -1;
    return 0;
}

static void init_row(float *w, uint32_t width, uint32_t seed, uint32_t crc, uint32_t row,
                     uint32_t block, float range)
{
    for (uint32_t c = 0; c < width; c += 4) {
        struct avo_rng4 r = avo_rng_draw(seed, AVO_RNG_GENOME, crc, row, block, c / 4);
        for (uint32_t j = 0; j < 4 && c + j < width; j++)
            w[c + j] = avo_init_value(r.v[j], range);
    }
}

void avo_genome_rows_init_values(struct avo_genome_rows *g, const struct avo_positions *p,
                                 const struct avo_model *m)
{
    uint32_t seed = (uint32_t)m->hyper.seed;
    for (uint32_t k = 0; k < g->n_blocks; k++) {
        struct avo_rows *r = &g->block[k];
        for (uint32_t i = 0; r->width && i < p->n_runs; i++) {
            const struct avo_positions_run *run = &p->runs[i];
            uint32_t first = run->beg_bin / r->bins_per_row, n = rows_of(run, r->bins_per_row);
            for (uint32_t j = 0; j < n; j++)
                init_row(r->w + (size_t)(r->row0[i] + j) * r->width, r->width, seed,
                         run->chrom_crc, first + j, k, (float)m->hyper.init_range);
        }
        if (!r->m)
            continue;
        memset(r->m, 0, (size_t)r->n_rows * r->width * sizeof *r->m);
        memset(r->v, 0, (size_t)r->n_rows * r->width * sizeof *r->v);
        memset(r->last, 0, r->n_rows * sizeof *r->last);
    }
}

/* ---- GENOME tiles ---- */

int avo_genome_rows_append(struct avo_genome_rows *g, struct avo_positions *p,
                           const struct avo_model *m, const struct avo_genome_tile *tile,
                           struct avo_error *err)
{
    uint32_t t = 0;
    if (avo_positions_add(p, &m->header, &tile->span, false, err))
        return -1;
    for (uint32_t k = 0; k < g->n_blocks; k++) {
        struct avo_rows *r = &g->block[k];
        uint32_t before = r->n_rows;
        if (!r->width)
            continue;
        if (place(r, p, err))
            return -1;
        if (t >= tile->n_blocks || tile->n_rows[t] != r->n_rows - before)
            return avo_error_set(err, "GENOME tile has another number of rows than its bins need");
        if (avo_grow(&r->w, &r->cap_w, (size_t)r->n_rows * r->width, sizeof *r->w,
                     "genome factors", err))
            return -1;
        memcpy(r->w + (size_t)before * r->width, tile->rows[t],
               (size_t)(r->n_rows - before) * r->width * sizeof *r->w);
        t++;
    }
    return 0;
}

/* Bins [*i, end) of p that one tile of the grid holds, as a span; runs [n_runs at least]. */
static void next_span(const struct avo_positions *p, uint32_t tile_bins, uint32_t *i,
                      struct avo_run *runs, struct avo_span *span)
{
    uint32_t first = p->run_of[*i], chrom = p->runs[first].chrom;
    uint32_t tile = avo_positions_bin(p, *i) / tile_bins, end_bin = (tile + 1) * tile_bins;
    *span = (struct avo_span){.chrom = chrom, .runs = runs};
    for (uint32_t r = first; r < p->n_runs && p->runs[r].chrom == chrom; r++) {
        const struct avo_positions_run *run = &p->runs[r];
        uint32_t beg = r == first ? avo_positions_bin(p, *i) : run->beg_bin;
        uint32_t end = run->beg_bin + run->n_bins;
        if (beg >= end_bin)
            break;
        end = end < end_bin ? end : end_bin;
        runs[span->n_runs++] = (struct avo_run){beg, end - beg};
        span->n_bins += end - beg;
    }
    *i += span->n_bins;
}

/* Bins of the tiles' grid: 200 coarse groups, halved until a full tile's rows fit. */
static uint32_t tile_bins_of(const struct avo_genome_rows *g, uint32_t coarse_bins)
{
    for (uint32_t groups = 200;; groups /= 2) {
        uint64_t bytes = 0;
        for (size_t k = 0; k < g->n_blocks; k++)
            if (g->block[k].width)
                bytes += (uint64_t)groups * coarse_bins / g->block[k].bins_per_row *
                         g->block[k].width * 4;
        if (groups == 1 ||
            (bytes <= AVO_MAX_PAYLOAD / 2 && groups * coarse_bins <= AVO_MAX_TILE_BINS))
            return groups * coarse_bins;
    }
}

int avo_genome_rows_write(const struct avo_genome_rows *g, const struct avo_positions *p,
                          const struct avo_model *m, struct avo_writer *w, struct avo_error *err)
{
    uint32_t tile_bins = tile_bins_of(g, m->header.coarse_bins);
    struct avo_run *runs = avo_alloc(p->n_runs, sizeof *runs, "runs", err);
    if (!runs)
        return -1;
    int rc = 0;
    for (uint32_t i = 0; i < p->n_bins && !rc;) {
        struct avo_genome_tile tile = {.n_blocks = 0};
        uint32_t first = i;
        memcpy(tile.root_id, m->header.root_id, sizeof tile.root_id);
        next_span(p, tile_bins, &i, runs, &tile.span);
        for (uint32_t k = 0; k < g->n_blocks; k++) {
            const struct avo_rows *r = &g->block[k];
            if (!r->width)
                continue;
            uint32_t row = avo_rows_at(r, p, first), t = tile.n_blocks++;
            tile.n_rows[t] = avo_rows_at(r, p, i - 1) - row + 1;
            tile.rows[t] = r->w + (size_t)row * r->width;
        }
        rc = avo_writer_genome(w, &tile, err);
    }
    free(runs);
    return rc;
}
