/* SPDX-License-Identifier: MIT */
/* tiling.c: extents cut at the edges of a grid that does not depend on them. */
#include "libcommon/genome/tiling.h"

#include <stdlib.h>

#include "libcommon/base/alloc.h"

struct builder {
    struct avo_tiling *t;
    size_t cap_tiles, cap_runs;
    uint64_t last_tile;             /* on last_chrom */
    uint32_t last_chrom;
};

/* Bins [beg, end) lie in one cell of the grid. */
static int add_run(struct builder *b, uint32_t chrom, uint32_t beg, uint32_t end,
                   struct avo_error *err)
{
    struct avo_tiling *t = b->t;
    uint64_t cell = beg / t->tile_bins;
    if (t->n_tiles == 0 || chrom != b->last_chrom || cell != b->last_tile) {
        if (avo_grow(&t->tiles, &b->cap_tiles, t->n_tiles + 1, sizeof *t->tiles, "tiles", err))
            return -1;
        t->tiles[t->n_tiles++] = (struct avo_tile_plan){
            .chrom = chrom, .first_run = t->n_runs, .first_bin = t->n_bins};
        b->last_chrom = chrom;
        b->last_tile = cell;
    }
    if (avo_grow(&t->runs, &b->cap_runs, t->n_runs + 1, sizeof *t->runs, "runs", err))
        return -1;
    t->runs[t->n_runs++] = (struct avo_run){beg, end - beg};
    struct avo_tile_plan *tile = &t->tiles[t->n_tiles - 1];
    tile->n_runs++;
    tile->n_bins += end - beg;
    t->n_bins += end - beg;
    return 0;
}

static int add_extent(struct builder *b, const struct avo_extent *e, struct avo_error *err)
{
    uint32_t beg = e->beg_bin;
    while (beg < e->end_bin) {
        uint64_t edge = ((uint64_t)beg / b->t->tile_bins + 1) * b->t->tile_bins;
        uint32_t end = edge < e->end_bin ? (uint32_t)edge : e->end_bin;
        if (add_run(b, e->chrom, beg, end, err))
            return -1;
        beg = end;
    }
    return 0;
}

int avo_tiling_init(struct avo_tiling *t, const struct avo_header *h, enum avo_dtype dtype,
                    struct avo_error *err)
{
    *t = (struct avo_tiling){0};
    struct builder b = {.t = t};
    int rc = avo_tile_grid(h, dtype, &t->tile_bins, err);
    for (size_t i = 0; rc == 0 && i < h->n_extents; i++)
        rc = add_extent(&b, &h->extents[i], err);
    if (rc)
        avo_tiling_release(t);
    return rc;
}

void avo_tiling_release(struct avo_tiling *t)
{
    if (!t)
        return;
    free(t->tiles);
    free(t->runs);
    *t = (struct avo_tiling){0};
}
