/* SPDX-License-Identifier: MIT */
/* check_residuals.c: bounds from a table of residuals, and that table from residuals: both against
 * their definitions. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "libcommon/base/rng.h"
#include "libcommon/model/elem.h"
#include "libcommon/fit/observed_residuals.h"
#include "tests/lib/unit/toy.h"

enum { LEVELS = AVO_RESIDUAL_LEVELS, QUANTILES = AVO_RESIDUAL_QUANTILES };

/* In model space levels 0, 1, ...; the quantile p of level l is (p - 1/2) (l + 1); by the scale
 * levels -10, -9, ..., and 10 (p - 1/2) everywhere. */
static struct avo_residuals table(void)
{
    struct avo_residuals r = {.known = true};
    for (int l = 0; l < LEVELS; l++) {
        r.level[AVO_RESIDUAL_MODEL][l].at = (float)l;
        r.level[AVO_RESIDUAL_SCALE][l].at = (float)(l - 10);
        for (int k = 0; k < QUANTILES; k++) {
            float p = (float)(k + 1) / 100 - .5f;
            r.level[AVO_RESIDUAL_MODEL][l].q[k] = p * (float)(l + 1);
            r.level[AVO_RESIDUAL_SCALE][l].q[k] = 10 * p;
        }
    }
    return r;
}

START_TEST(bounds_are_the_mean_of_two_units)
{
    static const struct { double p; float mean, sd, z; double want; } rows[] = {
        {.95, 2, 1, 1.25, 3.25 + (.45 * 4.25 + 4.5) / 2},      /* between levels */
        {.5, 2, 1, 1.25, 3.25},
        {.055, 30, 2, 5, 40 + (-.445 * 20 + 2 * -4.45) / 2},   /* above all; between quantiles */
        {.01, 90, .5, -1, 89.5 + (-.49 * 20 + .5 * -4.9) / 2},
        {.99, 0, 1, -3, 0},
        {.05, 1, 1, 0, 0},                                      /* never below 0 */
    };
    struct avo_residuals r = table();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct avo_bound b;
        avo_bound_make(&b, &r, rows[i].p);
        float got = avo_bound_at(&b, rows[i].mean, rows[i].sd, rows[i].z);
        ck_assert_msg(fabs((double)got - rows[i].want) < 1e-5, "row %zu: %g, want %g", i,
                      (double)got, rows[i].want);
    }
}
END_TEST

/* Levels that coincide, as of a prediction that is one value. */
START_TEST(equal_levels_have_a_bound)
{
    struct avo_residuals r = table();
    struct avo_bound b;
    for (int l = 0; l < LEVELS; l++)
        r.level[AVO_RESIDUAL_MODEL][l].at = 3;
    avo_bound_make(&b, &r, .95);
    for (int i = 0; i < 60; i++)
        ck_assert(isfinite(avo_bound_at(&b, 0, 1, .1f * (float)i)));
}
END_TEST

static int by_value(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* n predictions 0 .. n - 1 in any order, whose level is then known. */
START_TEST(levels_are_equal_shares_in_order)
{
    static const uint32_t sizes[] = {1, 7, 20, 1000, 1013};
    uint32_t n = sizes[_i];
    struct avo_residual *at = calloc(n, sizeof *at);
    double *r = calloc(n, sizeof *r), *some = calloc(n, sizeof *some);
    struct avo_residual_level got[LEVELS];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t y = avo_permute(3, 0, n, i);
        r[y] = (double)(float)avo_rng_unit(avo_rng_draw(1, 2, y, 0, 0, 0).v[0]);
        at[i] = (struct avo_residual){(float)y, (float)r[y]};
    }
    avo_residual_levels(at, n, got);
    for (uint32_t l = 0; l < LEVELS; l++) {
        uint32_t beg = l * n / LEVELS, end = (l + 1) * n / LEVELS, m = end > beg ? end - beg : 1;
        for (uint32_t i = 0; i < m; i++)
            some[i] = r[beg + i];
        qsort(some, m, sizeof *some, by_value);
        ck_assert(fabs((double)got[l].at - (beg + (m - 1) / 2.0)) < 1e-4);
        for (int k = 0; k < QUANTILES; k++) {
            double place = (m - 1) * (k + 1) / 100.0, low = floor(place);
            double below = some[(int)low], above = some[(int)ceil(place)];
            double want = below + (place - low) * (above - below);
            ck_assert(fabs((double)got[l].q[k] - want) < 1e-6);
        }
    }
    free(at);
    free(r);
    free(some);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("residuals");
    TCase *t = tcase_create("residuals");
    tcase_add_test(t, bounds_are_the_mean_of_two_units);
    tcase_add_test(t, equal_levels_have_a_bound);
    tcase_add_loop_test(t, levels_are_equal_shares_in_order, 0, 5);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
