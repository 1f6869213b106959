/* SPDX-License-Identifier: MIT */
/* slab.h: some tiles' bins of all tracks, read track by track in parallel, handed out as tiles. */
#ifndef AVO_GENOME_SLAB_H
#define AVO_GENOME_SLAB_H

#include "libcommon/base/digest.h"
#include "libcommon/genome/compendium.h"
#include "libcommon/genome/tiling.h"

struct avo_slab_options {
    enum avo_dtype dtype;               /* AVO_F16 or AVO_F32 */
    bool all_bins;                      /* keep bins that no track covers */
    const struct avo_extent *excluded;  /* sorted, merged: bins that count as uncovered */
    size_t n_excluded;
};

/* Tiles [first_tile, first_tile + n_tiles) of the tiling. */
struct avo_slab {
    size_t first_tile, n_tiles, n_bins;
    unsigned char *values;              /* [n_columns][cap_bins] of dtype */
    unsigned char *covered;             /* [cap_bins], 1 = some track covers the bin */
};

struct avo_slab_reader;

/* header: with tracks, extents, transform, missing_nan. What is passed in must outlive the reader.
 * A slab holds at most 256 MiB of values. */
struct avo_slab_reader *avo_slab_reader_new(struct avo_compendium *c, const struct avo_header *h,
                                            const struct avo_tiling *t,
                                            const struct avo_slab_options *opt,
                                            struct avo_pool *pool, struct avo_error *err);
void avo_slab_reader_free(struct avo_slab_reader *r);

int avo_slab_init(struct avo_slab *s, const struct avo_slab_reader *r, struct avo_error *err);
void avo_slab_release(struct avo_slab *s);

/* Reads the next tiles into s. 1 = read, 0 = no tile is left, -1 = error: of the first track, in
 * the order of the table, that fails. A value that dtype or the transform cannot take is an error
 * with file and position. */
int avo_slab_read(struct avo_slab_reader *r, struct avo_slab *s, struct avo_error *err);
/* Tile i of the slab in buf (room for avo_slab_tile_bytes) and runs (room for tile_bins); bins that
 * no track covers are left out unless all_bins. 1, or 0 if nothing is left of it. Thread-safe
 * beside avo_slab_read of another slab. */
int avo_slab_tile(const struct avo_slab_reader *r, const struct avo_slab *s, size_t i,
                  void *buf, struct avo_run *runs, struct avo_tile *tile);
size_t avo_slab_tile_bytes(const struct avo_slab_reader *r);
/* Digest over the values read so far of one track: every bin asked for, in order, as stored,
 * before uncovered bins are left out, so that it does not depend on the other tracks. */
void avo_slab_digest(const struct avo_slab_reader *r, size_t column, char out[33]);

#endif
