/* SPDX-License-Identifier: MIT */
/* logistic.h: logistic regression with a penalty on the squared weights, for dense rows. */
#ifndef AVO_MEASURE_LOGISTIC_H
#define AVO_MEASURE_LOGISTIC_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/error.h"

/* Doubles of a row: its features, a one for the intercept, zeros up to a multiple of AVO_LANES. */
size_t avo_logistic_width(size_t n_cols);

/* The w and b that minimise
 *   1/2 w'w + C sum_i log(1 + exp(-y_i (w'x_i + b)))
 * over rows i, by Newton's method: steps by conjugate gradients, shortened until the sum falls.
 * b is not penalised, so both classes must occur. */
struct avo_logistic {
    size_t n_cols;
    double strength;            /* C */
    /* scratch memory, grown as needed; start with NULL */
    double *work;
    size_t cap_work;
};
/* row [n][avo_logistic_width]; y [n] -1 or 1; w [avo_logistic_width]: weights, then b, then zeros.
 * The minimum is found to about 1e-9 of the scores' size. One thread; the same bytes for any
 * instruction set. Errors: out of memory; the steps do not come to an end (values beyond all
 * reason). */
int avo_logistic_fit(struct avo_logistic *l, const double *const *row, const double *y, size_t n,
                     double *w, struct avo_error *err);
/* w'x + b of rows [n]. */
void avo_logistic_decide(const struct avo_logistic *l, const double *w, const double *const *row,
                         size_t n, double *score);
void avo_logistic_release(struct avo_logistic *l);

#endif
