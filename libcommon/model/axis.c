/* SPDX-License-Identifier: MIT */
/* axis.c: runs of bins in memory, their signal and their factor rows. */
#include "libcommon/model/axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/half.h"

void avo_axis_init(struct avo_axis *a, const struct avo_model *m, enum avo_dtype dtype,
                   uint32_t n_tracks)
{
    memset(a, 0, sizeof *a);
    a->n_blocks = (uint32_t)m->header.n_blocks;
    a->dtype = dtype;
    a->n_tracks = n_tracks;
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        if (!avo_block_is_genome(b))
            continue;
        a->genome[k].width = b->width;
        a->genome[k].bins_per_row = b->bins_per_row;
    }
}

static void release_rows(struct avo_axis *a)
{
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        struct avo_rows *r = &a->genome[k];
        free(r->w);
        free(r->m);
        free(r->v);
        free(r->last);
        r->w = r->m = r->v = NULL;
        r->cap_w = 0;
        r->last = NULL;
    }
}

void avo_axis_clear(struct avo_axis *a)
{
    release_rows(a);
    a->n_runs = 0;
    a->n_bins = 0;
    for (uint32_t k = 0; k < a->n_blocks; k++)
        a->genome[k].n_rows = 0;
}

void avo_axis_release(struct avo_axis *a)
{
    release_rows(a);
    free(a->runs);
    free(a->run_of);
    free(a->values);
    memset(a, 0, sizeof *a);
}

/* Rows of a block that a new run of bins needs; the first may be the last one there is. */
static void place_rows(struct avo_axis *a, struct avo_axis_run *run)
{
    const struct avo_axis_run *prev = run > a->runs ? run - 1 : NULL;
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        struct avo_rows *g = &a->genome[k];
        if (!g->width)
            continue;
        uint32_t per = g->bins_per_row, first = run->beg_bin / per;
        uint32_t end = (run->beg_bin + run->n_bins - 1) / per + 1;
        bool shared = prev && prev->chrom == run->chrom &&
                      (prev->beg_bin + prev->n_bins - 1) / per == first;
        run->row0[k] = g->n_rows - (shared ? 1 : 0);
        g->n_rows = run->row0[k] + (end - first);
    }
}

static int add_run(struct avo_axis *a, const struct avo_header *h, uint32_t chrom,
                   struct avo_run bins, struct avo_error *err)
{
    if (avo_grow(&a->run_of, &a->cap_bins, (size_t)a->n_bins + bins.n_bins, sizeof *a->run_of,
                 "bins", err))
        return -1;
    struct avo_axis_run *last = a->n_runs ? &a->runs[a->n_runs - 1] : NULL;
    uint32_t index = a->n_runs;
    if (last && last->chrom == chrom && last->beg_bin + last->n_bins == bins.beg_bin) {
        struct avo_axis_run grown = *last;
        index--;
        for (uint32_t k = 0; k < a->n_blocks; k++) {
            struct avo_rows *g = &a->genome[k];
            uint32_t per = g->width ? g->bins_per_row : 1;
            uint32_t end = (bins.beg_bin + bins.n_bins - 1) / per + 1;
            if (g->width)
                g->n_rows = grown.row0[k] + (end - grown.beg_bin / per);
        }
        last->n_bins += bins.n_bins;
    } else {
        if (avo_grow(&a->runs, &a->cap_runs, (size_t)a->n_runs + 1, sizeof *a->runs, "runs", err))
            return -1;
        const char *name = h->chroms[chrom].name;
        struct avo_axis_run *run = &a->runs[a->n_runs++];
        *run = (struct avo_axis_run){.chrom = chrom, .chrom_crc = avo_crc32c(0, name, strlen(name)),
                                     .beg_bin = bins.beg_bin, .n_bins = bins.n_bins,
                                     .first = a->n_bins};
        place_rows(a, run);
    }
    for (uint32_t i = 0; i < bins.n_bins; i++)
        a->run_of[a->n_bins + i] = index;
    a->n_bins += bins.n_bins;
    return 0;
}

int avo_axis_add(struct avo_axis *a, const struct avo_header *h, const struct avo_span *span,
                 const void *values, struct avo_error *err)
{
    if (span->n_bins > UINT32_MAX - 1 - a->n_bins)
        return avo_error_set(err, "more than %u bins in memory at once", UINT32_MAX - 1);
    size_t row = avo_dtype_size(a->dtype) * a->n_tracks, have = row * a->n_bins;
    if (row && avo_grow(&a->values, &a->cap_values, have + row * span->n_bins, 1, "signal", err))
        return -1;
    if (row)
        memcpy(a->values + have, values, row * span->n_bins);
    for (uint32_t i = 0; i < span->n_runs; i++)
        if (add_run(a, h, span->chrom, span->runs[i], err))
            return -1;
    return 0;
}

int avo_axis_make_rows(struct avo_axis *a, bool optimizer, struct avo_error *err)
{
    release_rows(a);
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        struct avo_rows *g = &a->genome[k];
        if (!g->width)
            continue;
        size_t n = (size_t)g->n_rows * g->width;
        g->w = avo_alloc(n, sizeof *g->w, "genome factors", err);
        if (!g->w)
            return -1;
        if (!optimizer)
            continue;
        g->m = avo_alloc(n, sizeof *g->m, "genome factors", err);
        g->v = avo_alloc(n, sizeof *g->v, "genome factors", err);
        g->last = avo_alloc(g->n_rows, sizeof *g->last, "genome factors", err);
        if (!g->m || !g->v || !g->last)
            return -1;
    }
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

void avo_axis_init_values(struct avo_axis *a, const struct avo_model *m)
{
    uint32_t seed = (uint32_t)m->hyper.seed;
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        struct avo_rows *g = &a->genome[k];
        for (uint32_t i = 0; g->width && i < a->n_runs; i++) {
            const struct avo_axis_run *run = &a->runs[i];
            uint32_t per = g->bins_per_row, first = run->beg_bin / per;
            uint32_t end = (run->beg_bin + run->n_bins - 1) / per + 1;
            for (uint32_t row = first; row < end; row++)
                init_row(g->w + (size_t)(run->row0[k] + row - first) * g->width, g->width, seed,
                         run->chrom_crc, row, k, (float)m->hyper.init_range);
        }
        if (!g->m)
            continue;
        memset(g->m, 0, (size_t)g->n_rows * g->width * sizeof *g->m);
        memset(g->v, 0, (size_t)g->n_rows * g->width * sizeof *g->v);
        memset(g->last, 0, g->n_rows * sizeof *g->last);
    }
}

int avo_axis_from_genome(struct avo_axis *a, const struct avo_model *m,
                         const struct avo_genome_tile *tile, struct avo_error *err)
{
    avo_axis_clear(a);
    if (avo_axis_add(a, &m->header, &tile->span, NULL, err) || avo_axis_make_rows(a, false, err))
        return -1;
    uint32_t t = 0;
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        struct avo_rows *g = &a->genome[k];
        if (!g->width)
            continue;
        if (t >= tile->n_blocks || tile->n_rows[t] != g->n_rows)
            return avo_error_set(err, "GENOME tile has another number of rows than its bins need");
        memcpy(g->w, tile->rows[t], (size_t)g->n_rows * g->width * sizeof *g->w);
        t++;
    }
    return 0;
}

/* Bins [first, first + n) get NaN in every column. */
static void fill_missing(struct avo_axis *a, uint32_t first, uint32_t n)
{
    for (size_t i = (size_t)first * a->n_tracks; i < ((size_t)first + n) * a->n_tracks; i++) {
        if (a->dtype == AVO_F32)
            ((float *)(void *)a->values)[i] = NAN;
        else
            ((uint16_t *)(void *)a->values)[i] = 0x7e00;
    }
}

int avo_axis_append_genome(struct avo_axis *a, const struct avo_model *m,
                           const struct avo_genome_tile *tile, struct avo_error *err)
{
    uint32_t before[AVO_MAX_BLOCKS], t = 0;
    for (uint32_t k = 0; k < a->n_blocks; k++)
        before[k] = a->genome[k].n_rows;
    size_t row = avo_dtype_size(a->dtype) * a->n_tracks, have = row * a->n_bins;
    struct avo_axis bare = *a;
    bare.n_tracks = 0;
    int rc = avo_axis_add(&bare, &m->header, &tile->span, NULL, err);
    bare.n_tracks = a->n_tracks;
    *a = bare;
    if (rc)
        return -1;
    if (row && avo_grow(&a->values, &a->cap_values, have + row * tile->span.n_bins, 1, "signal",
                        err))
        return -1;
    fill_missing(a, a->n_bins - tile->span.n_bins, tile->span.n_bins);
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        struct avo_rows *g = &a->genome[k];
        size_t have_w = (size_t)before[k] * g->width, n = (size_t)g->n_rows * g->width - have_w;
        if (!g->width)
            continue;
        if (t >= tile->n_blocks || tile->n_rows[t] != g->n_rows - before[k])
            return avo_error_set(err, "GENOME tile has another number of rows than its bins need");
        if (avo_grow(&g->w, &g->cap_w, have_w + n, sizeof *g->w, "genome factors", err))
            return -1;
        memcpy(g->w + (size_t)before[k] * g->width, tile->rows[t++], n * sizeof *g->w);
    }
    return 0;
}

/* Index of a bin on the axis, or -1: binary search over the runs. */
static int64_t find_bin(const struct avo_axis *a, uint32_t chrom, uint32_t bin)
{
    uint32_t lo = 0, hi = a->n_runs;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        const struct avo_axis_run *r = &a->runs[mid];
        bool before = r->chrom != chrom ? r->chrom < chrom : r->beg_bin + r->n_bins <= bin;
        if (before)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == a->n_runs || a->runs[lo].chrom != chrom || a->runs[lo].beg_bin > bin)
        return -1;
    return (int64_t)a->runs[lo].first + (bin - a->runs[lo].beg_bin);
}

/* Tiles come in the order of both tables: looked for from the chromosome found last on. */
static int64_t find_chrom(struct avo_axis *a, const struct avo_header *h, const char *name)
{
    for (size_t k = 0; k < h->n_chroms; k++) {
        size_t i = (a->last_chrom + k) % h->n_chroms;
        if (strcmp(h->chroms[i].name, name) == 0) {
            a->last_chrom = i;
            return (int64_t)i;
        }
    }
    return -1;
}

uint64_t avo_axis_fill(struct avo_axis *a, const struct avo_tile *tile,
                       const struct avo_header *mine, const struct avo_header *theirs)
{
    int64_t chrom = find_chrom(a, mine, theirs->chroms[tile->span.chrom].name);
    size_t row = avo_dtype_size(a->dtype) * a->n_tracks, at = 0;
    uint64_t outside = 0;
    for (uint32_t r = 0; r < tile->span.n_runs; r++)
        for (uint32_t i = 0; i < tile->span.runs[r].n_bins; i++, at++) {
            uint32_t bin = tile->span.runs[r].beg_bin + i;
            int64_t to = chrom < 0 ? -1 : find_bin(a, (uint32_t)chrom, bin);
            if (to < 0)
                outside++;
            else
                memcpy(a->values + (size_t)to * row, (const uint8_t *)tile->values + at * row, row);
        }
    return outside;
}

float avo_axis_value(const struct avo_axis *a, uint32_t i, uint32_t t)
{
    size_t at = (size_t)i * a->n_tracks + t;
    if (a->dtype == AVO_F32)
        return ((const float *)(const void *)a->values)[at];
    return avo_half_to_float(((const uint16_t *)(const void *)a->values)[at]);
}

/* Bins [*i, end) of the axis that one tile of the grid holds, as a span; runs [n_runs at least]. */
static void next_span(const struct avo_axis *a, uint32_t tile_bins, uint32_t *i,
                      struct avo_run *runs, struct avo_span *span)
{
    const struct avo_axis_run *first = &a->runs[a->run_of[*i]];
    uint32_t tile = avo_axis_bin(a, *i) / tile_bins, end_bin = (tile + 1) * tile_bins;
    *span = (struct avo_span){.chrom = first->chrom, .runs = runs};
    for (uint32_t r = a->run_of[*i]; r < a->n_runs && a->runs[r].chrom == first->chrom; r++) {
        const struct avo_axis_run *run = &a->runs[r];
        uint32_t beg = r == a->run_of[*i] ? avo_axis_bin(a, *i) : run->beg_bin;
        uint32_t end = run->beg_bin + run->n_bins;
        if (beg >= end_bin)
            break;
        end = end < end_bin ? end : end_bin;
        runs[span->n_runs++] = (struct avo_run){beg, end - beg};
        span->n_bins += end - beg;
    }
    *i += span->n_bins;
}

/* Bins of a GENOME tile's grid: 200 coarse groups, halved until a full tile's rows fit. */
static uint32_t tile_bins_of(const struct avo_model *m)
{
    uint32_t groups = 200, coarse = m->header.coarse_bins;
    for (;; groups /= 2) {
        uint64_t bytes = 0;
        for (size_t k = 0; k < m->header.n_blocks; k++) {
            const struct avo_block *b = &m->header.blocks[k];
            if (avo_block_is_genome(b))
                bytes += (uint64_t)groups * coarse / b->bins_per_row * b->width * 4;
        }
        if (groups == 1 || (bytes <= AVO_MAX_PAYLOAD / 2 && groups * coarse <= AVO_MAX_TILE_BINS))
            return groups * coarse;
    }
}

int avo_axis_write_genome(const struct avo_axis *a, const struct avo_model *m,
                          float *const *values, struct avo_writer *w, struct avo_error *err)
{
    uint32_t tile_bins = tile_bins_of(m);
    struct avo_run *runs = avo_alloc(a->n_runs, sizeof *runs, "runs", err);
    if (!runs)
        return -1;
    int rc = 0;
    for (uint32_t i = 0; i < a->n_bins && !rc;) {
        struct avo_genome_tile tile = {.n_blocks = 0};
        uint32_t first = i;
        memcpy(tile.root_id, m->header.root_id, sizeof tile.root_id);
        next_span(a, tile_bins, &i, runs, &tile.span);
        for (uint32_t k = 0; k < a->n_blocks; k++) {
            const struct avo_rows *g = &a->genome[k];
            if (!g->width)
                continue;
            uint32_t row = avo_axis_row(a, k, first), t = tile.n_blocks++;
            const float *rows = values && values[k] ? values[k] : g->w;
            tile.n_rows[t] = avo_axis_row(a, k, i - 1) - row + 1;
            tile.rows[t] = rows + (size_t)row * g->width;
        }
        rc = avo_writer_genome(w, &tile, err);
    }
    free(runs);
    return rc;
}
