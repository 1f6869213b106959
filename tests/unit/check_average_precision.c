/* SPDX-License-Identifier: MIT */
/* check_average_precision.c: against the definition by brute force; ties, ends, order, threads. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/ap/average_precision.h"

#define MAX_ROWS 400000

static uint8_t label[MAX_ROWS];
static double score[MAX_ROWS];

static void near(double got, double want, double tolerance)
{
    ck_assert_msg(fabs(got - want) <= tolerance, "got %.17g, want %.17g", got, want);
}

/* Average precision from the points. */
static double average_of(const struct avo_pr *pr)
{
    double sum = 0, last_tp = 0;

    for (size_t i = 0; i < pr->n_points; i++) {
        double tp = pr->points[i].n_tp, all = tp + pr->points[i].n_fp;

        sum += (tp - last_tp) * tp / all;
        last_tp = tp;
    }
    return pr->n_positive > 0 ? sum / (double)pr->n_positive : NAN;
}

static double of(const uint8_t *y, const double *s, size_t n)
{
    struct avo_error err = {0};
    struct avo_pr pr;
    double ap = 0;

    ck_assert_msg(avo_average_precision(y, s, n, NULL, &ap, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(avo_pr_make(y, s, n, &pr, &err), 0);
    if (isnan(ap))
        ck_assert(isnan(average_of(&pr)));
    else
        near(average_of(&pr), ap, 1e-12);
    avo_pr_release(&pr);
    return ap;
}

/* Sum over distinct scores, each counted anew. */
static double brute(size_t n)
{
    size_t n_positive = 0;
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        size_t tp = 0, all = 0, here = 0, first = 0;

        n_positive += label[i];
        for (size_t k = 0; k < n; k++) {
            tp += score[k] >= score[i] && label[k];
            all += score[k] >= score[i];
            here += score[k] == score[i] && label[k];
            first += score[k] == score[i] && k < i;
        }
        sum += first == 0 ? (double)here * (double)tp / (double)all : 0;
    }
    return sum / (double)n_positive;
}

/* Kinds of scores: few values, one octave, all octaves and signs, zeros of both signs, outliers,
 * infinities. */
static void fill(size_t n, int kind, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        struct avo_rng4 r = avo_rng_draw(seed, 77, (uint32_t)i, (uint32_t)kind, 0, 0);
        double u = (double)r.v[0] / 4294967296.0;

        label[i] = r.v[1] % 5 == 0;
        switch (kind) {
        case 0: score[i] = floor(u * 7); break;
        case 1: score[i] = 1 + u; break;
        case 2: score[i] = ldexp(u - 0.5, (int)(r.v[2] % 2000) - 1000); break;
        case 3: score[i] = r.v[2] % 3 == 0 ? 0.0 : r.v[2] % 3 == 1 ? -0.0 : u; break;
        case 4: score[i] = i == 0 ? 1e300 : i == 1 ? -1e300 : 1e-5 * u; break;
        default: score[i] = r.v[2] % 9 == 0 ? INFINITY : r.v[2] % 9 == 1 ? -INFINITY : u;
        }
    }
    label[0] = 1;
}
enum { KINDS = 6 };

START_TEST(equals_the_definition)
{
    static const size_t sizes[] = {1, 2, 3, 17, 100, 2049, 3000};

    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        fill(sizes[k], _i, (uint32_t)k);
        near(of(label, score, sizes[k]), brute(sizes[k]), 1e-12);
    }
}
END_TEST

/* Many parts, uneven ones: the order of rows, the number of threads and single precision where it
 * is exact change no bit. */
START_TEST(does_not_depend_on_the_way)
{
    struct avo_error err = {0};
    double one, many;

    fill(MAX_ROWS, _i, 3);
    one = of(label, score, MAX_ROWS);
    for (int n = 2; n <= 3; n++) {
        struct avo_pool *pool = avo_pool_new(n, &err);

        ck_assert_int_eq(avo_average_precision(label, score, MAX_ROWS, pool, &many, &err), 0);
        ck_assert(many == one);
        avo_pool_free(pool);
    }
    for (size_t i = 0; i < MAX_ROWS / 2; i++) {
        double s = score[i];
        uint8_t y = label[i];

        score[i] = score[MAX_ROWS - 1 - i];
        label[i] = label[MAX_ROWS - 1 - i];
        score[MAX_ROWS - 1 - i] = s;
        label[MAX_ROWS - 1 - i] = y;
    }
    ck_assert(of(label, score, MAX_ROWS) == one);
}
END_TEST

START_TEST(ends)
{
    static const uint8_t all[] = {1, 1, 1}, none[] = {0, 0, 0}, some[] = {0, 1, 0};
    static const double s[] = {.1, .7, .3}, same[] = {5, 5, 5}, bad[] = {1, NAN, 2};
    static const double below[] = {.9, .2, .8};
    struct avo_error err = {0};
    struct avo_pr pr;
    double ap;

    near(of(all, s, 3), 1, 0);
    ck_assert(isnan(of(none, s, 3)));
    ck_assert(isnan(of(none, s, 0)));
    near(of(some, s, 3), 1, 0);
    near(of(some, same, 3), 1.0 / 3, 1e-15);
    near(of(some, below, 3), 1.0 / 3, 1e-15);
    ck_assert_int_eq(avo_average_precision(some, bad, 3, NULL, &ap, &err), -1);
    ck_assert_str_eq(err.msg, "row 2: score is not a number");
    ck_assert_int_eq(avo_pr_make(some, bad, 3, &pr, &err), -1);
}
END_TEST

START_TEST(points_count_rows)
{
    static const uint8_t y[] = {1, 0, 1, 0, 0, 1};
    static const double s[] = {2, -0.0, 1, 2, 0.0, -3};
    struct avo_error err = {0};
    struct avo_pr pr;

    ck_assert_int_eq(avo_pr_make(y, s, 6, &pr, &err), 0);
    ck_assert(pr.n == 6 && pr.n_positive == 3 && pr.n_points == 4);
    ck_assert(pr.points[0].score == 2 && pr.points[0].n_tp == 1 && pr.points[0].n_fp == 1);
    ck_assert(pr.points[1].score == 1 && pr.points[1].n_tp == 2 && pr.points[1].n_fp == 1);
    ck_assert(pr.points[2].score == 0 && pr.points[2].n_tp == 2 && pr.points[2].n_fp == 3);
    ck_assert(pr.points[3].score == -3 && pr.points[3].n_tp == 3 && pr.points[3].n_fp == 3);
    avo_pr_release(&pr);
}
END_TEST

/* ---- bootstrap ---- */

/* A constant score: the share of positives drawn, whose spread is known. */
START_TEST(bootstrap_spreads_as_it_should)
{
    enum { N = 500, RESAMPLES = 4000 };
    struct avo_error err = {0};
    struct avo_pool *pool = avo_pool_new(2, &err);
    static double ap[RESAMPLES], again[RESAMPLES], other[RESAMPLES];
    double mean = 0, ss = 0;
    struct avo_pr pr;
    size_t n;

    for (size_t i = 0; i < N; i++) {
        label[i] = i < 100;
        score[i] = 1;
    }
    ck_assert_int_eq(avo_pr_make(label, score, N, &pr, &err), 0);
    ck_assert_int_eq(avo_pr_bootstrap(&pr, RESAMPLES, 5, NULL, ap, &n, &err), 0);
    ck_assert_uint_eq(n, RESAMPLES);
    ck_assert_int_eq(avo_pr_bootstrap(&pr, RESAMPLES, 5, pool, again, &n, &err), 0);
    ck_assert_int_eq(memcmp(ap, again, sizeof ap), 0);
    ck_assert_int_eq(avo_pr_bootstrap(&pr, RESAMPLES, 6, pool, other, &n, &err), 0);
    ck_assert_int_ne(memcmp(ap, other, sizeof ap), 0);
    for (size_t i = 0; i < RESAMPLES; i++)
        mean += ap[i] / RESAMPLES;
    for (size_t i = 0; i < RESAMPLES; i++)
        ss += (ap[i] - mean) * (ap[i] - mean) / RESAMPLES;
    near(mean, 0.2, 4 * sqrt(0.16 / N / RESAMPLES));
    near(sqrt(ss), sqrt(0.16 / N), 0.05 * sqrt(0.16 / N));
    avo_pr_release(&pr);
    avo_pool_free(pool);
}
END_TEST

/* One positive of three rows: (2/3)^3 of the samples have none. */
START_TEST(bootstrap_without_positives)
{
    static const uint8_t y[] = {0, 1, 0};
    static const double s[] = {3, 2, 1};
    struct avo_error err = {0};
    static double ap[9000];
    struct avo_pr pr;
    size_t n;

    ck_assert_int_eq(avo_pr_make(y, s, 3, &pr, &err), 0);
    ck_assert_int_eq(avo_pr_bootstrap(&pr, 9000, 1, NULL, ap, &n, &err), 0);
    near((double)n / 9000, 1 - 8.0 / 27, 0.02);
    for (size_t i = 0; i < 9000; i++)
        ck_assert(i < n ? ap[i] > 0 && ap[i] <= 1 && (i == 0 || ap[i - 1] <= ap[i])
                        : isnan(ap[i]));
    avo_pr_release(&pr);
}
END_TEST

/* numpy.quantile([1, 2, 4, 8], q) */
START_TEST(quantiles)
{
    static const double v[] = {1, 2, 4, 8};

    near(avo_quantile(v, 4, 0), 1, 0);
    near(avo_quantile(v, 4, 1), 8, 0);
    near(avo_quantile(v, 4, 0.5), 3, 1e-15);
    near(avo_quantile(v, 4, 0.9), 6.8, 1e-14);
    near(avo_quantile(v, 1, 0.3), 1, 0);
    ck_assert(isnan(avo_quantile(v, 0, 0.5)));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("average_precision");
    TCase *c = tcase_create("average_precision");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, equals_the_definition, 0, KINDS);
    tcase_add_loop_test(c, does_not_depend_on_the_way, 0, KINDS);
    tcase_add_test(c, ends);
    tcase_add_test(c, points_count_rows);
    tcase_add_test(c, bootstrap_spreads_as_it_should);
    tcase_add_test(c, bootstrap_without_positives);
    tcase_add_test(c, quantiles);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
