/* SPDX-License-Identifier: MIT */
/* signal.h: the tracks' values at positions. */
#ifndef AVO_MODEL_SIGNAL_H
#define AVO_MODEL_SIGNAL_H

#include "libcommon/model/positions.h"
#include "libcommon/stream/join.h"

/* Zeroes but for dtype and n_tracks: no bins yet. Bin i is index i of the positions. */
struct avo_signal {
    enum avo_dtype dtype;       /* of values: AVO_F16 or AVO_F32 */
    uint32_t n_tracks, n_bins;
    uint8_t *values;            /* [n_bins][n_tracks] of dtype, model space; NaN: missing */
    size_t cap;                 /* bytes */
};

/* Forgets the bins, keeps the memory: values to come are of dtype. */
void avo_signal_clear(struct avo_signal *s, enum avo_dtype dtype);
void avo_signal_release(struct avo_signal *s);
/* Appends n_bins bins: values [n_bins][n_tracks] of dtype, or (NULL) all of them missing. */
int avo_signal_append(struct avo_signal *s, const void *values, uint32_t n_bins,
                      struct avo_error *err);
/* Reads all remaining SIGNAL tiles of j into p, empty, and their values into s, which gets the
 * tiles' type. fits: refuses so many bins in memory before they are taken; NULL: any do. Errors: a
 * stream without bins, tiles of two types, those of fits. */
int avo_signal_read(struct avo_signal *s, struct avo_positions *p, struct avo_join *j,
                    int (*fits)(const void *user, uint64_t n_bins, struct avo_error *err),
                    const void *user, struct avo_error *err);
/* Copies the values of a tile, of the same dtype and tracks, to those of its bins that p has, p
 * being the positions of s; returns how many p lacks. chrom: the tile's chromosome as p counts
 * them, or -1: p has none of it. */
uint64_t avo_signal_fill(struct avo_signal *s, const struct avo_positions *p,
                         const struct avo_tile *tile, int64_t chrom);
/* Value of column t at bin i (NaN = missing). */
float avo_signal_at(const struct avo_signal *s, uint32_t i, uint32_t t);
/* out [n]: values of column t at bins first .. first + n - 1. */
void avo_signal_column(const struct avo_signal *s, uint32_t t, uint32_t first, uint32_t n,
                       float *out);

#endif
