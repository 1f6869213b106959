/* SPDX-License-Identifier: MIT */
/* observed_residuals.h: how far the training tracks lie from what the trained network predicts of
 * them from the others. */
#ifndef AVO_FIT_OBSERVED_RESIDUALS_H
#define AVO_FIT_OBSERVED_RESIDUALS_H

#include "libcommon/fit/observed.h"

/* Into the model's residuals: each training track that another cell type's has the assay of is
 * predicted as if it were not there, mean and scale too, at bins of the sample that lie evenly in
 * it (two million values at most); bins that are missing in the track do not count. Each of the
 * levels holds as many values as any other; quantiles are linear between order statistics. */
int avo_observed_find_residuals(struct avo_observed_fit *f, struct avo_error *err);

/* Levels and quantiles of predictions y [n] with residuals r [n], n >= 1. */
struct avo_residual { float y, r; };
void avo_residual_levels(struct avo_residual *at, uint32_t n, struct avo_residual_level *to);

#endif
