/* SPDX-License-Identifier: MIT */
/* fit.h: what the ways of training share: tracks of a step, copies of rows, errors, ranges. */
#ifndef AVO_FIT_FIT_H
#define AVO_FIT_FIT_H

#include "libcommon/fit/roles.h"

/* Caught-up copy of the rows at a step: the values of `to`, which may be `from` itself; the moments
 * and last steps stay. Both are rows of the same positions. */
void avo_fit_catch_up(const struct avo_genome_rows *from, const struct avo_clock *c, int64_t step,
                      struct avo_pool *pool, struct avo_genome_rows *to);

/* The step draws from these tracks. */
void avo_fit_set_tracks(struct avo_step *step, const struct avo_track_set *set);
/* Sum of squared errors of predictions of the tracks of `set` at bins [first, first + n), whose
 * signal is x. */
int avo_fit_errors(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                   const struct avo_signal *x, const struct avo_track_set *set, uint32_t first,
                   uint32_t n, struct avo_loss *loss, struct avo_error *err);
/* Whether the model tells positions apart: false if each of some tracks of `set` is predicted the
 * same at all of some of the n_bins bound bins, which are at least a coarse group. */
int avo_fit_varies(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                   uint32_t n_bins, const struct avo_track_set *set, bool *varies,
                   struct avo_error *err);
/* True if the coarse group of bin i of p is among the keyed share. */
bool avo_fit_in_share(const struct avo_positions *p, uint32_t i, uint32_t coarse_bins,
                      uint64_t seed, enum avo_purpose purpose, double share);
/* Least and greatest value of every assay's training tracks in the signal, into model->range; an
 * assay from row `first` on that has none gets 0, 0. Rows below `first` are left as they are. */
void avo_fit_ranges(struct avo_model *m, const struct avo_signal *x, const struct avo_roles *r,
                    uint32_t first);

#endif
