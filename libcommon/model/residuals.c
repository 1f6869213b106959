/* SPDX-License-Identifier: MIT */
/* residuals.c: see residuals.h. */
#include "libcommon/model/residuals.h"

enum { LEVELS = AVO_RESIDUAL_LEVELS, QUANTILES = AVO_RESIDUAL_QUANTILES };

void avo_bound_make(struct avo_bound *b, const struct avo_residuals *r, double p)
{
    double at = p * (QUANTILES + 1) - 1;
    at = at > 0 ? at < QUANTILES - 1 ? at : QUANTILES - 1 : 0;
    int i = at < QUANTILES - 1 ? (int)at : QUANTILES - 2;
    float w = (float)(at - i);
    for (int u = 0; u < AVO_RESIDUAL_UNITS; u++)
        for (int l = 0; l < LEVELS; l++) {
            const float *q = r->level[u][l].q;
            b->at[u][l] = r->level[u][l].at;
            b->q[u][l] = (1 - w) * q[i] + w * q[i + 1];
        }
}

static float residual(const float *at, const float *q, float y)
{
    int l = 0;
    while (l < LEVELS && at[l] <= y)
        l++;
    if (l == 0 || l == LEVELS)
        return q[l ? LEVELS - 1 : 0];
    float w = (y - at[l - 1]) / (at[l] - at[l - 1]);
    return (1 - w) * q[l - 1] + w * q[l];
}

float avo_bound_at(const struct avo_bound *b, float mean, float sd, float z)
{
    enum { MODEL = AVO_RESIDUAL_MODEL, SCALE = AVO_RESIDUAL_SCALE };
    float y = mean + sd * z;
    float x = y + (residual(b->at[MODEL], b->q[MODEL], y) +
                   sd * residual(b->at[SCALE], b->q[SCALE], z)) / 2;
    return x > 0 ? x : 0;
}
