/* SPDX-License-Identifier: MIT */
/* moments.h: sums over pairs (observed, predicted) behind mean squared error and Pearson. */
#ifndef AVO_EVAL_MOMENTS_H
#define AVO_EVAL_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

/* n pairs (x observed, y predicted): means, centred second moments, summed squared error, and the
 * ranges, by which a constant column is recognised exactly. Zero is the empty set. */
struct avo_moments {
    uint64_t n;
    double mean_x, mean_y;
    double sxx, syy, sxy;   /* sums of products of deviations from the means */
    double sse;             /* sum of (x - y)^2 */
    double min_x, max_x, min_y, max_y;
};

/* m becomes the moments of m's pairs and those of n further ones: x, y [n], no NaN. The pairs of
 * one call are centred on their own means first, so large values with small spread lose nothing.
 * The result depends on how the pairs are cut into calls, in the last digits only. */
void avo_moments_add(struct avo_moments *m, const float *x, const float *y, size_t n);
/* m becomes the moments of both sets (Chan, Golub and LeVeque 1979). */
void avo_moments_merge(struct avo_moments *m, const struct avo_moments *b);

/* NaN where undefined: no pairs, or for Pearson a constant column. */
double avo_moments_mse(const struct avo_moments *m);
double avo_moments_pearson(const struct avo_moments *m);

#endif
