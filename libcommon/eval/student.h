/* SPDX-License-Identifier: MIT */
/* student.h: Student's t: two-sided p-values, the paired test, and its form for resampled rows. */
#ifndef AVO_EVAL_STUDENT_H
#define AVO_EVAL_STUDENT_H

#include <stddef.h>

/* P(|T| >= |t|) of Student's t with df > 0 degrees of freedom (not necessarily whole; infinite:
 * the normal distribution). Relative error below 1e-12 wherever the value is a normal double.
 * NaN: t or df is NaN, or df <= 0. p is 1 at t = 0 and 0 at infinite t. */
double avo_student_p(double t, double df);

/* A paired t-test of a against b. With n pairs, d = a - b:
 * t = mean(d) / sqrt(var_diff / n), df = n - 1.
 * As scipy.stats.ttest_rel has it: n < 2 or all d equal 0: t and p are NaN; all d equal and not 0:
 * t is infinite, p = 0; any NaN or infinite value: t and p are NaN.
 * A test with another variance starts from mean_diff and var_diff and takes avo_student_p. */
struct avo_ttest {
    size_t n;
    size_t n_greater, n_less, n_equal;      /* pairs with a > b, a < b, a == b */
    double mean_a, mean_b;                  /* NaN without pairs */
    double mean_diff;                       /* of a - b */
    double var_diff;                        /* of a - b, divisor n - 1; NaN for n < 2 */
    double df;                              /* n - 1, 0 for n = 0 */
    double t, p;
};

/* a, b [n]. Returns 0, or -1 when p is NaN; out is filled either way. */
int avo_paired_ttest(const double *a, const double *b, size_t n, struct avo_ttest *out);

/* The corrected resampled t-test: differences of one pair of methods over splits of one set of
 * rows are not independent, as training sets overlap, so the variance of their mean is taken as
 * var_diff (1 / n + test_share), test_share = rows tested / rows trained on, and not var_diff / n.
 * paired is the test without the correction; t and p of out take its place.
 * Source: Nadeau and Bengio 2003, Machine Learning 52:239-281, section 3. */
int avo_resampled_ttest(const struct avo_ttest *paired, double test_share,
                        struct avo_ttest *out);

#endif
