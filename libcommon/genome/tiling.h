/* SPDX-License-Identifier: MIT */
/* tiling.h: the fixed grid of tiles that a header's extents are cut into. */
#ifndef AVO_GENOME_TILING_H
#define AVO_GENOME_TILING_H

#include "libcommon/stream/record.h"

/* The bins asked for in one tile: runs[first_run ... first_run + n_runs) of the tiling. */
struct avo_tile_plan {
    uint32_t chrom, n_runs, n_bins;
    size_t first_run;
    uint64_t first_bin;             /* bins of the tiles before */
};
struct avo_tiling {
    uint32_t tile_bins;             /* grid: tile k of a chromosome holds [k, k + 1) * tile_bins */
    size_t n_tiles, n_runs;
    uint64_t n_bins;
    struct avo_tile_plan *tiles;    /* table order; tiles without bins are not listed */
    struct avo_run *runs;
};
/* Cuts the extents of h for tiles of h->n_tracks values of dtype a bin. The grid starts at bin 0
 * of each chromosome and depends on bin counts, tracks and type only, never on the extents: 40,000
 * bins in whole coarse groups, the number of groups halved while values exceed 5 MiB. One group
 * too large for a record is an error. */
int avo_tiling_init(struct avo_tiling *t, const struct avo_header *h, enum avo_dtype dtype,
                    struct avo_error *err);
void avo_tiling_release(struct avo_tiling *t);

#endif
