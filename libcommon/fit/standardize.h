/* SPDX-License-Identifier: MIT */
/* standardize.h: the scale that tracks are learned in (model/standard.h). */
#ifndef AVO_FIT_STANDARDIZE_H
#define AVO_FIT_STANDARDIZE_H

#include "libcommon/fit/roles.h"

/* Scales of the training and the watched tracks from the statistics that m has; 0 and 1 where its
 * tracks are not standardised. */
int avo_roles_scale(struct avo_roles *r, const struct avo_model *m, struct avo_error *err);
/* The same once the training tracks' statistics are measured, over all bins of p, into those of m;
 * one without any value there gets none, and no sample is drawn of it.
 * Errors: no value of any track; as avo_track_stats_measure. */
int avo_roles_measure(struct avo_roles *r, struct avo_model *m, const struct avo_positions *p,
                      const struct avo_signal *x, struct avo_pool *pool, struct avo_error *err);

#endif
