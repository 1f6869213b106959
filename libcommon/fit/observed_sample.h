/* SPDX-License-Identifier: MIT */
/* observed_sample.h: the bins that a model of the family observed learns from, with the values of
 * the training tracks around them. */
#ifndef AVO_FIT_OBSERVED_SAMPLE_H
#define AVO_FIT_OBSERVED_SAMPLE_H

#include "libcommon/fit/roles.h"

/* Zeroes: none yet. */
struct avo_observed_sample {
    uint32_t n;                 /* bins */
    uint32_t n_tracks, n_values;/* T, V */
    uint32_t *bins;             /* [n] indices of positions, ascending */
    float *v;                   /* [n][T][V] (model/track_windows.h) */
};

/* How many bins of n_bins: as many as o asks for, but no more than whose values take a gigabyte. */
uint32_t avo_observed_sample_size(const struct avo_observed *o, uint32_t n_tracks, uint32_t n_bins);
/* A keyed sample of the bins of p, x being the signal there, and the values of the tracks of
 * `tracks`, whose statistics m has. */
int avo_observed_sample_make(struct avo_observed_sample *s, const struct avo_model *m,
                             const struct avo_positions *p, const struct avo_signal *x,
                             const struct avo_track_set *tracks, struct avo_pool *pool,
                             struct avo_error *err);
void avo_observed_sample_release(struct avo_observed_sample *s);
/* The values of n bins of the sample, numbers which [n], as a batch wants them: out [ceil(n / 64)]
 * [T][V][64] (backend/observed_ops.h). */
void avo_observed_sample_gather(const struct avo_observed_sample *s, const uint32_t *which,
                                uint32_t n, struct avo_pool *pool, float *out);
/* Floats of such an out. */
size_t avo_observed_sample_room(const struct avo_observed_sample *s, uint32_t n);

#endif
