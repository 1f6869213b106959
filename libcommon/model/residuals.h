/* SPDX-License-Identifier: MIT */
/* residuals.h: how far measured tracks lie from predictions of the family observed, by the level of
 * the prediction: what makes intervals of them. */
#ifndef AVO_MODEL_RESIDUALS_H
#define AVO_MODEL_RESIDUALS_H

#include <stdbool.h>

#define AVO_RESIDUAL_LEVELS 20
#define AVO_RESIDUAL_QUANTILES 99   /* 0.01, 0.02, ... 0.99 */

/* Of predictions whose level is near `at`. */
struct avo_residual_level {
    float at;                           /* mean of the predictions */
    float q[AVO_RESIDUAL_QUANTILES];    /* quantiles of measured less predicted; never falling */
};
/* By two units: y = m' + s' z' and the residual in model space; z' and the residual by s'. Levels
 * never fall. */
enum { AVO_RESIDUAL_MODEL, AVO_RESIDUAL_SCALE, AVO_RESIDUAL_UNITS };
struct avo_residuals {
    bool known;
    struct avo_residual_level level[AVO_RESIDUAL_UNITS][AVO_RESIDUAL_LEVELS];
};

/* One quantile of the residual at every level. */
struct avo_bound {
    float at[AVO_RESIDUAL_UNITS][AVO_RESIDUAL_LEVELS], q[AVO_RESIDUAL_UNITS][AVO_RESIDUAL_LEVELS];
};
/* Quantile p, .01 to .99; linear between those of the table. */
void avo_bound_make(struct avo_bound *b, const struct avo_residuals *r, double p);
/* That quantile of the track in model space where z' is predicted, mean and sd being m' and s':
 * max(0, y + (q(y) + s' q(z')) / 2), q linear between the levels and constant beyond them. */
float avo_bound_at(const struct avo_bound *b, float mean, float sd, float z);

#endif
