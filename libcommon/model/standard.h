/* SPDX-License-Identifier: MIT */
/* standard.h: a model of factors that learns standardised tracks, z = (x - m) / s, and predicts
 * m + s z. */
#ifndef AVO_MODEL_STANDARD_H
#define AVO_MODEL_STANDARD_H

#include "libcommon/model/block.h"

/* Makes m, fresh from avo_model_new, one whose tracks are standardised: it takes over the
 * statistics in o, which may be none yet. */
int avo_model_standardize(struct avo_model *m, struct avo_observed *o, struct avo_error *err);
/* scale [n][2]: m and s of each pair, in model space. Those of a track that the model has
 * statistics of, which is one that it learned from, are its own; else they are predicted
 * (track_stats.h): for a pair of the root's rows from tracks of these alone, so that an extension
 * changes nothing. 0 and 1 where the model's tracks are not standardised. Errors: no statistics. */
int avo_model_scales(const struct avo_model *m, const struct avo_pair *pairs, uint32_t n,
                     float *scale, struct avo_error *err);
/* values [n] of one pair: z becomes m + s z. Nothing where tracks are not standardised. */
void avo_model_put_back(const struct avo_model *m, const float *scale, float *values, size_t n);

#endif
