/* SPDX-License-Identifier: MIT */
/* check_measure.c: moments, top bins, means over other cell types, against plain sums. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/measure/baseline.h"
#include "libcommon/measure/moments.h"
#include "libcommon/measure/top.h"

#define N 5000

static double x[N], y[N], z[N];

/* Uniform numbers; levels > 0 rounds x to that many levels, so that ties occur. */
static void fill(uint32_t seed, uint32_t levels)
{
    for (uint32_t i = 0; i < N; i++) {
        struct avo_rng4 r = avo_rng_draw(seed, 0, i, 0, 0, 0);
        float v = levels > 0 ? (float)avo_rng_below(r.v[0], levels) : avo_rng_unit(r.v[0]);

        x[i] = (double)v;
        y[i] = x[i] * 0.5 + (double)avo_rng_unit(r.v[1]);
        z[i] = (double)avo_rng_unit(r.v[2]) - 3;
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
        mx += x[i] / (long double)n;
        my += y[i] / (long double)n;
    }
    for (size_t i = 0; i < n; i++) {
        sxx += (x[i] - mx) * (x[i] - mx);
        syy += (y[i] - my) * (y[i] - my);
        sxy += (x[i] - mx) * (y[i] - my);
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
        x[i] += 1e6;            /* a spread far below the mean must survive */
        y[i] += 1e6;
    }
    for (int k = 0; k < 3; k++) {
        avo_moments_add(&m, x + at, y + at, cuts[_i][k]);
        at += cuts[_i][k];
    }
    for (int i = 0; i < N; i++)
        sse += (x[i] - y[i]) * (x[i] - y[i]);
    ck_assert_uint_eq(m.n, N);
    near(avo_moments_mse(&m), sse / N, 1e-12);
    near(avo_moments_pearson(&m), plain_pearson(N), 1e-9);
}
END_TEST

START_TEST(moments_of_nothing_and_constants)
{
    struct avo_moments m = {0}, none = {0};
    double one[3] = {0.1, 0.1, 0.1}, two[3] = {1, 2, 3};

    ck_assert(isnan(avo_moments_mse(&m)));
    ck_assert(isnan(avo_moments_pearson(&m)));
    avo_moments_add(&m, one, two, 0);
    avo_moments_merge(&m, &none);
    ck_assert_uint_eq(m.n, 0);
    avo_moments_add(&m, one, two, 3);
    avo_moments_merge(&m, &none);
    ck_assert(isnan(avo_moments_pearson(&m)));      /* x is constant */
    near(avo_moments_mse(&m), (0.81 + 3.61 + 8.41) / 3, 1e-14);
    m = none;
    avo_moments_add(&m, two, one, 3);
    ck_assert(isnan(avo_moments_pearson(&m)));      /* y is constant */
    m = none;
    avo_moments_add(&m, two, two, 3);
    ck_assert_double_eq(avo_moments_pearson(&m), 1);
    ck_assert_double_eq(avo_moments_mse(&m), 0);
}
END_TEST

START_TEST(moments_against_a_constant)
{
    struct avo_moments m = {0};
    double want = 0;

    fill(2, 0);
    avo_moments_add(&m, x, y, 3000);
    avo_moments_add(&m, x + 3000, y + 3000, N - 3000);
    avo_moments_constant(&m, 0.3);
    for (int i = 0; i < N; i++)
        want += (x[i] - 0.3) * (x[i] - 0.3) / N;
    near(avo_moments_mse(&m), want, 1e-12);
    ck_assert(isnan(avo_moments_pearson(&m)));
    avo_moments_constant(&m, m.mean_x);
    near(avo_moments_mse(&m), m.sxx / N, 1e-12);
}
END_TEST

/* ---- top bins ---- */

static int descending(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;

    return p < q ? 1 : p > q ? -1 : 0;
}

START_TEST(kth_largest_equals_sorting)
{
    static float v[N], sorted[N];
    size_t n = (size_t[]){1, 2, 3, 10, 999, N}[_i % 6];

    fill((uint32_t)_i + 10, _i < 6 ? 0 : 5);
    for (size_t k = 1; k <= n; k += 1 + n / 50) {
        for (size_t i = 0; i < n; i++)
            v[i] = sorted[i] = (float)x[i];
        qsort(sorted, n, sizeof *sorted, descending);
        ck_assert_float_eq(avo_kth_largest(v, n, k), sorted[k - 1]);
    }
}
END_TEST

START_TEST(top_count_is_a_whole_per_cent)
{
    ck_assert_uint_eq(avo_top_count(0), 0);
    ck_assert_uint_eq(avo_top_count(1), 1);
    ck_assert_uint_eq(avo_top_count(99), 1);
    ck_assert_uint_eq(avo_top_count(100), 1);
    ck_assert_uint_eq(avo_top_count(199), 1);
    ck_assert_uint_eq(avo_top_count(200), 2);
    ck_assert_uint_eq(avo_top_count(2900), 29);
}
END_TEST

/* Sorting all n values, then every bin at or above the threshold. */
static void plain_top(size_t n, uint64_t k, struct avo_top_sums *s, double *sse)
{
    static float sorted[N];
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sorted[i] = (float)x[i];
    qsort(sorted, n, sizeof *sorted, descending);
    memset(s, 0, sizeof *s);
    sse[0] = sse[1] = 0;
    for (size_t i = 0; i < n; i++) {
        if (x[i] < (double)sorted[k - 1])
            continue;
        s->n++;
        sum += x[i];
        sse[0] += (x[i] - y[i]) * (x[i] - y[i]);
        sse[1] += (x[i] - z[i]) * (x[i] - z[i]);
    }
    s->mean = sum / (double)s->n;
    for (size_t i = 0; i < n; i++)
        if (x[i] >= (double)sorted[k - 1])
            s->sxx += (x[i] - s->mean) * (x[i] - s->mean);
}

/* bound: what the stream was announced to hold; n what came. */
static void check_top(struct avo_top *t, size_t bound, size_t n, size_t step)
{
    struct avo_top_sums got, want;
    double sse[2], want_sse[2];

    ck_assert_int_eq(avo_top_begin(t, bound, 2, NULL), 0);
    for (size_t at = 0; at < n; at += step) {
        const double *const columns[2] = {y + at, z + at};

        ck_assert_int_eq(avo_top_add(t, x + at, columns, n - at < step ? n - at : step, NULL), 0);
    }
    avo_top_sums(t, n, &got, sse);
    plain_top(n, avo_top_count(n), &want, want_sse);
    ck_assert_uint_eq(got.n, want.n);
    near(got.mean, want.mean, 1e-12);
    near(got.sxx, want.sxx, 1e-9);
    near(sse[0], want_sse[0], 1e-12);
    near(sse[1], want_sse[1], 1e-12);
}

START_TEST(top_equals_sorting)
{
    static const uint32_t levels[] = {0, 1, 2, 3, 40, 1000};
    static const size_t sizes[] = {1, 2, 50, 99, 100, 101, 250, 1500, N};
    struct avo_top t = {0};

    fill((uint32_t)_i + 30, levels[_i]);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_top(&t, sizes[i], sizes[i], 777);
        check_top(&t, N, sizes[i], N);
        check_top(&t, 10 * N, sizes[i], 1);
    }
    avo_top_release(&t);
}
END_TEST

/* Ascending values push out what was kept again and again; the buffer must be pruned. */
START_TEST(top_prunes_ascending_and_tied_streams)
{
    struct avo_top t = {0};

    fill(50, 0);
    for (int i = 0; i < N; i++)
        x[i] = i / (_i == 0 ? 1 : 100);
    ck_assert_int_eq(avo_top_begin(&t, N, 2, NULL), 0);
    check_top(&t, N, N, 100);
    ck_assert_uint_lt(t.n, 1025);
    for (int i = 0; i < N; i++)
        x[i] = i % 2;           /* half of the bins tie at the top */
    check_top(&t, N, N, 64);
    avo_top_release(&t);
}
END_TEST

START_TEST(top_of_nothing_and_of_no_method)
{
    struct avo_top t = {0};
    struct avo_top_sums s;
    double sse[1] = {7};

    fill(3, 4);
    ck_assert_int_eq(avo_top_begin(&t, 100, 1, NULL), 0);
    avo_top_sums(&t, 0, &s, sse);
    ck_assert_uint_eq(s.n, 0);
    ck_assert_double_eq(sse[0], 0);
    ck_assert_int_eq(avo_top_begin(&t, N, 0, NULL), 0);
    ck_assert_int_eq(avo_top_add(&t, x, NULL, N, NULL), 0);
    avo_top_sums(&t, N, &s, sse);
    ck_assert_uint_gt(s.n, N / 5);      /* a quarter of the bins tie at 3 */
    ck_assert_double_eq(s.mean, 3);
    ck_assert_double_eq(s.sxx, 0);
    avo_top_release(&t);
    avo_top_release(&t);
    avo_top_release(NULL);
}
END_TEST

START_TEST(top_sums_merge)
{
    struct avo_top_sums a = {0}, b = {2, 3, 8}, c = {1, 9, 0};     /* {1, 5}, {9} */

    avo_top_merge(&a, &b);
    avo_top_merge(&a, &c);
    avo_top_merge(&a, &(struct avo_top_sums){0});
    ck_assert_uint_eq(a.n, 3);
    near(a.mean, 5, 1e-15);
    near(a.sxx, 32, 1e-15);
}
END_TEST

/* ---- the mean over the other cell types ---- */

START_TEST(mean_of_the_others)
{
    const float a[4] = {1, 2, NAN, 4}, b[4] = {3, NAN, NAN, 0}, c[4] = {8, NAN, 5, 2};
    double sum[4], mean[4];
    uint32_t count[4];
    struct avo_assay_sums s = {sum, count};

    avo_assay_sums_clear(&s, 4);
    avo_assay_sums_add(&s, a, 4);
    avo_assay_sums_add(&s, b, 4);
    avo_assay_sums_mean(&s, c, mean, 0);
    avo_assay_sums_mean(&s, NULL, mean, 4);     /* c was not added: a test track */
    near(mean[0], 2, 1e-15);
    near(mean[1], 2, 1e-15);
    ck_assert(isnan(mean[2]));
    near(mean[3], 2, 1e-15);
    avo_assay_sums_add(&s, c, 4);
    avo_assay_sums_mean(&s, a, mean, 4);
    near(mean[0], 5.5, 1e-15);
    ck_assert(isnan(mean[1]));                  /* a alone has a value there */
    near(mean[2], 5, 1e-15);
    near(mean[3], 1, 1e-15);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("measure");
    TCase *c = tcase_create("measure");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, moments_equal_plain_sums, 0, 4);
    tcase_add_test(c, moments_of_nothing_and_constants);
    tcase_add_test(c, moments_against_a_constant);
    tcase_add_loop_test(c, kth_largest_equals_sorting, 0, 12);
    tcase_add_test(c, top_count_is_a_whole_per_cent);
    tcase_add_loop_test(c, top_equals_sorting, 0, 6);
    tcase_add_loop_test(c, top_prunes_ascending_and_tied_streams, 0, 2);
    tcase_add_test(c, top_of_nothing_and_of_no_method);
    tcase_add_test(c, top_sums_merge);
    tcase_add_test(c, mean_of_the_others);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
