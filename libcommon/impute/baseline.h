/* SPDX-License-Identifier: MIT */
/* baseline.h: what needs no training, as tracks: the mean over the tracks that other cell types
 * have of the assay, plain or scaled for depth (model/other_means.h), from a SIGNAL stream alone.
 *
 * The names are the signal's, and take the place of a model's: its "model" has no network. */
#ifndef AVO_IMPUTE_BASELINE_H
#define AVO_IMPUTE_BASELINE_H

#include "libcommon/impute/observed.h"

enum avo_baseline_kind { AVO_BASELINE_NONE, AVO_BASELINE_MEAN, AVO_BASELINE_SCALED_MEAN };
/* Words of the kinds, from the first that is one. */
#define AVO_BASELINE_WORDS "mean|scaled-mean"
const char *avo_baseline_word(enum avo_baseline_kind kind);

/* Opens the SIGNAL streams. Inputs are the observed tracks that are not of role test. The scaled
 * mean needs the depths of all inputs, for which the signal is read once, whatever regions are
 * asked for; a pipe is an error. */
int avo_baseline_open(struct avo_observed_input *in, enum avo_baseline_kind kind,
                      char *const *paths, size_t n_paths, struct avo_pool *pool,
                      struct avo_error *err);
/* Of tracks that can be imputed (avo_observed_choose, _check): works out what they are the mean
 * of. Those that cannot be scaled are dropped and counted in *n_dropped or (named) an error; so is
 * it that none is left. */
int avo_baseline_choose(struct avo_observed_input *in, struct avo_wanted_list *l, bool named,
                        size_t *n_dropped, struct avo_error *err);

/* Tracks first .. first + n - 1 of those chosen, from x [n_seen][n_bins]: out [n][n_bins]; 0 where
 * no other track has a value. */
void avo_means_predict(const struct avo_means *m, uint32_t first, uint32_t n, const float *x,
                       uint32_t n_bins, struct avo_pool *pool, float *out);
void avo_means_free(struct avo_means *m);

#endif
