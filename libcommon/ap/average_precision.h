/* SPDX-License-Identifier: MIT */
/* average_precision.h: average precision, precision-recall points, and their bootstrap. */
#ifndef AVO_AP_AVERAGE_PRECISION_H
#define AVO_AP_AVERAGE_PRECISION_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/threads.h"

/* Average precision = sum over the distinct scores, from the highest down, of (R_n - R_{n-1}) P_n:
 * P_n and R_n are precision and recall of "positive where score >= the n-th". Rows of one score
 * enter together, as in scikit-learn; a constant score gives the share of positives.
 * Defined at the ends: all positive: 1; no positive or no row: NaN (scikit-learn: 0, with a
 * warning).
 *
 * Shapes: label [n], 0 or 1; score [n], infinities allowed. n < 2^32. pool may be NULL; the value
 * does not depend on it. Needs 16 bytes a row.
 * Errors: a score is NaN (the message has its row, from 1), out of memory. */
int avo_average_precision(const uint8_t *label, const double *score, size_t n,
                          struct avo_pool *pool, double *ap, struct avo_error *err);

/* Rows with a score of at least `score`: so many positive and negative ones. */
struct avo_pr_point {
    double score;
    uint32_t n_tp, n_fp;
};
/* Every distinct score, from the highest down. Zero is empty. */
struct avo_pr {
    size_t n, n_positive, n_points;
    struct avo_pr_point *points;
};
/* Arguments and errors as above. */
int avo_pr_make(const uint8_t *label, const double *score, size_t n, struct avo_pr *out,
                struct avo_error *err);
void avo_pr_release(struct avo_pr *pr);

/* Average precision of n_resamples bootstrap samples of the rows (n draws with replacement each);
 * NaN where a sample has no positive. They depend on points and seed only, not on the order of the
 * rows. ap [n_resamples] comes back sorted, NaN last; *n_defined: how many are numbers. */
int avo_pr_bootstrap(const struct avo_pr *pr, size_t n_resamples, uint64_t seed,
                     struct avo_pool *pool, double *ap, size_t *n_defined,
                     struct avo_error *err);
/* The q-quantile of sorted v [n], linear between neighbours (numpy's default); NaN for n = 0. */
double avo_quantile(const double *v, size_t n, double q);

#endif
