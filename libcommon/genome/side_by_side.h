/* SPDX-License-Identifier: MIT */
/* side_by_side.h: observed and imputed signal side by side, window by window in genome order.
 *
 * Unlike in stream/join.h the inputs stay apart (they have the same tracks) and may be tables of
 * files, and windows do not follow anyone's tiles: every value is unpacked into a column. */
#ifndef AVO_GENOME_SIDE_BY_SIDE_H
#define AVO_GENOME_SIDE_BY_SIDE_H

#include "libcommon/genome/tracks_in.h"

/* Windows are [k, k + 1) * this many bins of a chromosome's grid, whatever the inputs' tiles: 1 Mb
 * at 25 bp. */
#define AVO_WINDOW_BINS 40000u

/* One window. Columns are NaN where an input has no value; bins the first input lacks are NaN
 * everywhere. */
struct avo_track_window {
    uint32_t chrom;                     /* of the first input's header */
    uint32_t beg_bin, n_bins;
    uint32_t n_present;                 /* bins of the first input */
    const float *const *first;          /* [columns of the first input][n_bins] */
    const float *const *const *others;  /* [n_others][columns of that input][n_bins] */
};

struct avo_side_by_side;

/* Puts others [n_others] beside first: all opened and in use (avo_tracks_in_use), borrowed. Another
 * bin size or transform, one chromosome with two lengths, another unit or assembly, another order
 * of chromosomes, a stream whose table lacks a chromosome that is asked for, no common chromosome:
 * errors naming both inputs; transform and unit of an input that is read as it is do not count.
 * n_columns: the number of tracks in use, first input first. */
struct avo_side_by_side *avo_side_by_side_new(struct avo_tracks_in *first,
                                              struct avo_tracks_in *const *others,
                                              size_t n_others, const size_t *n_columns,
                                              struct avo_error *err);
void avo_side_by_side_free(struct avo_side_by_side *j);
/* The next window with bins of the first input: 1; 0 at the end, when every input has been read to
 * its END; -1 on an error. The window's memory is valid until the next call. */
int avo_side_by_side_next(struct avo_side_by_side *j, struct avo_track_window *w,
                          struct avo_error *err);
/* Bins of a chromosome that the first input's extents hold: no more can come. */
uint64_t avo_side_by_side_chrom_bins(const struct avo_side_by_side *j, uint32_t chrom);

#endif
