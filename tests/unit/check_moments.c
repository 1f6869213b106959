/* SPDX-License-Identifier: MIT */
/* check_moments.c: sums over pairs against plain ones in long double. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/eval/moments.h"

#define N 5000

static float x[N], y[N];

/* Uniform numbers; levels > 0 rounds x to that many levels, so that ties occur. */
static void fill(uint32_t seed, uint32_t levels)
{
    for (uint32_t i = 0; i < N; i++) {
        struct avo_rng4 r = avo_rng_draw(seed, 0, i, 0, 0, 0);

        x[i] = levels > 0 ? (float)avo_rng_below(r.v[0], levels) : avo_rng_unit(r.v[0]);
        y[i] = x[i] * 0.5F + avo_rng_unit(r.v[1]);
    }
}

static void near(double got, double want, double tolerance)
{
    ck_assert_msg(fabs(got - want) <= tolerance * (1 + fabs(want)), "got %.17g, want %.17g", got,
                  want);
}

/* ---- moments ---- */

static double plain_pearson(size_t n)
{
    long double mx = 0, my = 0, sxx = 0, syy = 0, sxy = 0;

    for (size_t i = 0; i < n; i++) {
        mx += (long double)x[i] / (long double)n;
        my += (long double)y[i] / (long double)n;
    }
    for (size_t i = 0; i < n; i++) {
        long double dx = (long double)x[i] - mx, dy = (long double)y[i] - my;

        sxx += dx * dx;
        syy += dy * dy;
        sxy += dx * dy;
    }
    return (double)(sxy / sqrtl(sxx * syy));
}

START_TEST(moments_equal_plain_sums)
{
    static const size_t cuts[][3] = {{N, 0, 0}, {1, 1, N - 2}, {7, 0, N - 7}, {2000, 2999, 1}};
    struct avo_moments m = {0};
    double sse = 0;
    size_t at = 0;

    fill(1, 0);
    for (int i = 0; i < N; i++) {
        x[i] += 1e4F;           /* a spread far below the mean must survive */
        y[i] += 1e4F;
    }
    for (int k = 0; k < 3; k++) {
        avo_moments_add(&m, x + at, y + at, cuts[_i][k]);
        at += cuts[_i][k];
    }
    for (int i = 0; i < N; i++)
        sse += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
    ck_assert_uint_eq(m.n, N);
    near(avo_moments_mse(&m), sse / N, 1e-12);
    near(avo_moments_pearson(&m), plain_pearson(N), 1e-9);
}
END_TEST

START_TEST(moments_of_nothing_and_constants)
{
    struct avo_moments m = {0}, none = {0};
    float one[3] = {0.5F, 0.5F, 0.5F}, two[3] = {1, 2, 3};

    ck_assert(isnan(avo_moments_mse(&m)));
    ck_assert(isnan(avo_moments_pearson(&m)));
    avo_moments_add(&m, one, two, 0);
    avo_moments_merge(&m, &none);
    ck_assert_uint_eq(m.n, 0);
    avo_moments_add(&m, one, two, 3);
    avo_moments_merge(&m, &none);
    ck_assert(isnan(avo_moments_pearson(&m)));      /* x is constant */
    near(avo_moments_mse(&m), (0.25 + 2.25 + 6.25) / 3, 1e-14);
    m = none;
    avo_moments_add(&m, two, one, 3);
    ck_assert(isnan(avo_moments_pearson(&m)));      /* y is constant */
    m = none;
    avo_moments_add(&m, two, two, 3);
    ck_assert_double_eq(avo_moments_pearson(&m), 1);
    ck_assert_double_eq(avo_moments_mse(&m), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moments");
    TCase *c = tcase_create("moments");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, moments_equal_plain_sums, 0, 4);
    tcase_add_test(c, moments_of_nothing_and_constants);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
