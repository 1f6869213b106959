/* SPDX-License-Identifier: MIT */
/* track_windows.h: the values of a track around bins: box means of z and of rank scores.
 *
 * z and q are rounded to multiples of 2^-20 (and cut off at +-4095) and summed as integers, so that
 * a mean depends on the bins of its window alone, wherever the bins in memory begin. Half windows
 * are at most AVO_MAX_HALF_BINS. */
#ifndef AVO_MODEL_TRACK_WINDOWS_H
#define AVO_MODEL_TRACK_WINDOWS_H

#include "libcommon/model/observed.h"
#include "libcommon/model/positions.h"
#include "libcommon/model/signal.h"

/* One track's sums over bins without a gap. Zeroes: none yet; memory is kept for the next. */
struct avo_track_windows {
    const struct avo_observed *o;
    uint32_t n_bins;
    int64_t *z, *q;             /* [n_bins + 1] prefix sums; q of no use without ranks */
    uint32_t *n_present;        /* [n_bins + 1] prefix counts of bins that are not missing */
    size_t cap;
};
void avo_track_windows_release(struct avo_track_windows *w);
/* Takes column `track` of x at bins first .. first + n_bins - 1, which lie side by side on a
 * chromosome. */
int avo_track_windows_begin(struct avo_track_windows *w, const struct avo_observed *o,
                            const struct avo_track_stats *s, const struct avo_signal *x,
                            uint32_t track, uint32_t first, uint32_t n_bins,
                            struct avo_error *err);
/* Values at the bins at .. at + n - 1 of those taken: out[j * stride + i], j < V, i < n. A window
 * in which nothing was measured: 0; z (and q) at a bin itself that is missing: NaN. */
void avo_track_windows_values(const struct avo_track_windows *w, uint32_t at, uint32_t n,
                              float *out, size_t stride);
/* Values of column `track` of x at bins [n] of p, ascending, each within its run: out[i * stride +
 * j], j < V. */
int avo_track_windows_sample(struct avo_track_windows *w, const struct avo_observed *o,
                             const struct avo_track_stats *s, const struct avo_signal *x,
                             uint32_t track, const struct avo_positions *p, const uint32_t *bins,
                             uint32_t n, float *out, size_t stride, struct avo_error *err);

#endif
