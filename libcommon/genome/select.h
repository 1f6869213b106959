/* SPDX-License-Identifier: MIT */
/* select.h: which tracks of a table and which blocks of a genome are taken. */
#ifndef AVO_GENOME_SELECT_H
#define AVO_GENOME_SELECT_H

#include "libcommon/genome/tracks.h"
#include "libcommon/stream/header.h"

/* Drops cell types with fewer than min_assays assays and assays with fewer than min_celltypes cell
 * types from the table, again and again until none is left to drop (0 or 1: no condition). The
 * rows that stay keep their order; *n_dropped counts those that went. An empty rest is an error.
 * Source: the data section of the paper (both at 5). */
int avo_select_tracks(struct avo_track_table *t, size_t min_assays, size_t min_celltypes,
                      size_t *n_dropped, struct avo_error *err);
/* Replaces the extents of h by what a keyed sample of its coarse blocks (5 kbp) holds of them: a
 * block is in with probability share, decided by seed, the chromosome's name and the block's
 * number alone. A sample without any bin is an error. */
int avo_select_sample(struct avo_header *h, double share, uint64_t seed, struct avo_error *err);

#endif
