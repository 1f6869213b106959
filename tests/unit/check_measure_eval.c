/* SPDX-License-Identifier: MIT */
/* check_measure_eval.c: scores of a small compendium against loops over whole arrays; which tracks
 * are scored and in what role. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/measure/eval.h"
#include "libcommon/measure/lineup.h"

/* Six tracks: assay 0 in four cell types (track 3 a test track), assay 1 in one, assay 2 in a test
 * track and one other. Two imputed methods. */
#define TRACKS 6
#define METHODS 2u
#define CHROMS 2
#define BINS 3000

static const struct avo_eval_track tracks[TRACKS] = {
    {0, false, true}, {0, false, false}, {0, false, true}, {0, true, true}, {1, false, true},
    {2, true, true}};
static const size_t chrom_bins[CHROMS] = {BINS, 90};

static float obs[CHROMS][TRACKS][BINS], imp[CHROMS][TRACKS][METHODS][BINS];

static float draw(uint32_t seed, uint32_t c, uint32_t t, uint32_t i, int nan_share)
{
    struct avo_rng4 r = avo_rng_draw(seed, 0, c, t, i, 0);

    if (nan_share > 0 && avo_rng_below(r.v[1], (uint32_t)nan_share) == 0)
        return NAN;
    return (float)avo_rng_below(r.v[0], 200) / 16;
}

static void fill(int nan_share)
{
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t t = 0; t < TRACKS; t++)
            for (uint32_t i = 0; i < BINS; i++) {
                obs[c][t][i] = draw(1, c, t, i, nan_share);
                for (uint32_t m = 0; m < METHODS; m++)
                    imp[c][t][m][i] = draw(2 + m, c, t, i, nan_share);
            }
}

/* ---- the plain way ---- */

static double plain_mean(size_t c, size_t t, size_t i)
{
    double sum = 0;
    int n = 0;

    for (size_t o = 0; o < TRACKS; o++) {
        if (o == t || tracks[o].assay != tracks[t].assay || tracks[o].is_test ||
            isnan(obs[c][o][i]))
            continue;
        sum += (double)obs[c][o][i];
        n++;
    }
    return n > 0 ? sum / n : NAN;
}

static double predicted(size_t c, size_t t, size_t m, size_t i)
{
    return m < METHODS ? (double)imp[c][t][m][i] : plain_mean(c, t, i);
}

static size_t plain_has_mean(size_t t)
{
    return tracks[t].assay == 0;
}

static bool counts(size_t c, size_t t, size_t i)
{
    if (isnan(obs[c][t][i]))
        return false;
    for (size_t m = 0; m < METHODS + plain_has_mean(t); m++)
        if (isnan(predicted(c, t, m, i)))
            return false;
    return true;
}

static int descending(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;

    return p < q ? 1 : p > q ? -1 : 0;
}

static float plain_threshold(size_t c, size_t t)
{
    static float v[BINS];
    size_t n = 0, k;

    for (size_t i = 0; i < chrom_bins[c]; i++)
        if (counts(c, t, i))
            v[n++] = obs[c][t][i];
    qsort(v, n, sizeof *v, descending);
    k = n / 100 > 0 ? n / 100 : 1;
    return v[k - 1];
}

struct plain { double mse, pearson, mse1obs; size_t n, left_out; };

/* Chromosomes [c0, c1). */
static struct plain plain_score(size_t c0, size_t c1, size_t t, size_t m)
{
    double s = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, top = 0;
    size_t n = 0, n_top = 0, left_out = 0;

    for (size_t c = c0; c < c1; c++) {
        float least = plain_threshold(c, t);

        for (size_t i = 0; i < chrom_bins[c]; i++) {
            double x = (double)obs[c][t][i], y;

            left_out += !isnan(x) && !counts(c, t, i);
            if (!counts(c, t, i))
                continue;
            y = predicted(c, t, m, i);
            n++;
            s += (x - y) * (x - y);
            sx += x;
            sy += y;
            sxx += x * x;
            syy += y * y;
            sxy += x * y;
            n_top += obs[c][t][i] >= least;
            top += obs[c][t][i] >= least ? (x - y) * (x - y) : 0;
        }
    }
    return (struct plain){s / (double)n, (sxy - sx * sy / (double)n) /
                          sqrt((sxx - sx * sx / (double)n) * (syy - sy * sy / (double)n)),
                          top / (double)n_top, n, left_out};
}

/* ---- running it ---- */

static struct avo_eval *run(struct avo_pool *pool, size_t window)
{
    struct avo_eval_plan plan = {TRACKS, 3, METHODS, tracks, window};
    struct avo_error err = {0};
    struct avo_eval *e = avo_eval_new(&plan, pool, &err);
    const float *o[TRACKS], *p[TRACKS * METHODS];

    ck_assert_ptr_nonnull(e);
    for (size_t c = 0; c < CHROMS; c++) {
        ck_assert_int_eq(avo_eval_begin(e, BINS, &err), 0);
        for (size_t at = 0; at < chrom_bins[c]; at += window) {
            size_t n = chrom_bins[c] - at < window ? chrom_bins[c] - at : window;

            for (size_t t = 0; t < TRACKS; t++)
                o[t] = obs[c][t] + at;
            for (size_t t = 0; t < TRACKS; t++)
                for (size_t m = 0; m < METHODS; m++)
                    p[t * METHODS + m] = tracks[t].is_scored ? imp[c][t][m] + at : NULL;
            ck_assert_int_eq(avo_eval_add(e, o, p, n, &err), 0);
        }
        ck_assert_int_eq(avo_eval_end(e, &err), 0);
    }
    ck_assert_int_eq(avo_eval_finish(e, &err), 0);
    return e;
}

static void near(double got, double want)
{
    ck_assert_msg(fabs(got - want) <= 1e-10 * (1 + fabs(want)), "got %.17g, want %.17g", got,
                  want);
}

static double measure(const struct avo_eval *e, size_t scope, size_t t, size_t m, const char *name)
{
    for (size_t k = 0; k < avo_n_measures; k++)
        if (strcmp(avo_measures[k].name, name) == 0)
            return avo_measures[k].score(avo_eval_cell(e, scope, t, m));
    ck_abort_msg("no measure %s", name);
    return 0;
}

static void check_track(const struct avo_eval *e, size_t scope, size_t t)
{
    size_t c0 = scope < CHROMS ? scope : 0, c1 = scope < CHROMS ? scope + 1 : CHROMS;

    for (size_t m = 0; m < METHODS + 1; m++) {
        struct plain want = plain_score(c0, c1, t, m);

        ck_assert_uint_eq(avo_eval_left_out(e, scope, t), want.left_out);
        if (m == METHODS && !plain_has_mean(t)) {
            ck_assert(isnan(measure(e, scope, t, m, "mse")));
            ck_assert(isnan(measure(e, scope, t, m, "pearson")));
            continue;
        }
        ck_assert_uint_eq(avo_eval_cell(e, scope, t, m)->all.n, want.n);
        near(measure(e, scope, t, m, "mse"), want.mse);
        near(measure(e, scope, t, m, "pearson"), want.pearson);
        near(measure(e, scope, t, m, "mse1obs"), want.mse1obs);
    }
}

/* The constant is the genome-wide mean, in every scope. */
static void check_constant(const struct avo_eval *e, size_t t)
{
    double sum = 0, sse[CHROMS] = {0}, constant;
    size_t n[CHROMS] = {0}, k = avo_eval_constant(e);

    for (size_t c = 0; c < CHROMS; c++)
        for (size_t i = 0; i < chrom_bins[c]; i++)
            if (counts(c, t, i)) {
                sum += (double)obs[c][t][i];
                n[c]++;
            }
    constant = sum / (double)(n[0] + n[1]);
    for (size_t c = 0; c < CHROMS; c++) {
        for (size_t i = 0; i < chrom_bins[c]; i++)
            if (counts(c, t, i))
                sse[c] += pow((double)obs[c][t][i] - constant, 2);
        near(measure(e, c, t, k, "mse"), sse[c] / (double)n[c]);
    }
    near(measure(e, CHROMS, t, k, "mse"), (sse[0] + sse[1]) / (double)(n[0] + n[1]));
    ck_assert(isnan(measure(e, CHROMS, t, k, "pearson")));
}

START_TEST(eval_equals_loops_over_whole_arrays)
{
    struct avo_pool *pool = avo_pool_new(_i + 1, NULL);
    struct avo_eval *e;

    fill(_i == 0 ? 0 : 9);
    e = run(pool, 700);
    ck_assert_uint_eq(avo_eval_n_scopes(e), CHROMS + 1);
    ck_assert_uint_eq(avo_eval_n_methods(e), METHODS + 2);
    for (size_t t = 0; t < TRACKS; t++) {
        if (!tracks[t].is_scored)
            continue;
        for (size_t scope = 0; scope <= CHROMS; scope++)
            check_track(e, scope, t);
        check_constant(e, t);
    }
    avo_eval_free(e);
    avo_pool_free(pool);
}
END_TEST

START_TEST(eval_does_not_depend_on_threads)
{
    struct avo_pool *one = avo_pool_new(1, NULL), *three = avo_pool_new(3, NULL);
    struct avo_eval *a, *b;

    fill(9);
    a = run(one, 700);
    b = run(three, 700);
    for (size_t t = 0; t < TRACKS; t++)
        for (size_t m = 0; tracks[t].is_scored && m < METHODS + 2; m++)
            for (size_t s = 0; s <= CHROMS; s++)
                ck_assert_int_eq(memcmp(avo_eval_cell(a, s, t, m), avo_eval_cell(b, s, t, m),
                                        sizeof(struct avo_cell)), 0);
    avo_eval_free(a);
    avo_eval_free(b);
    avo_pool_free(one);
    avo_pool_free(three);
}
END_TEST

START_TEST(eval_counts_what_methods_lack)
{
    struct avo_pool *pool = avo_pool_new(2, NULL);
    struct avo_eval *e;

    fill(0);
    for (size_t i = 100; i < 140; i++)
        imp[0][0][1][i] = NAN;
    e = run(pool, 3000);
    ck_assert_uint_eq(avo_eval_lacking(e, 0, 0), 0);
    ck_assert_uint_eq(avo_eval_lacking(e, 0, 1), 40);
    ck_assert_uint_eq(avo_eval_left_out(e, 0, 0), 40);
    ck_assert_uint_eq(avo_eval_left_out(e, CHROMS, 0), 40);
    ck_assert_uint_eq(avo_eval_left_out(e, 0, 2), 0);
    avo_eval_free(e);
    avo_pool_free(pool);
}
END_TEST

/* ---- which tracks, in what role ---- */

struct name { const char *celltype, *assay; enum avo_role role; };

static void make_header(struct avo_header *h, const struct name *names)
{
    memset(h, 0, sizeof *h);
    for (; names->celltype != NULL; names++)
        ck_assert_ptr_nonnull(avo_header_add_track(h, names->celltype, names->assay, names->role,
                                                   NULL));
}

static const struct name observed_names[] = {
    {"A", "x", AVO_ROLE_UNSET}, {"B", "x", AVO_ROLE_UNSET}, {"A", "y", AVO_ROLE_UNSET},
    {"B", "y", AVO_ROLE_UNSET}, {0}};

START_TEST(lineup_takes_roles_from_the_model)
{
    static const struct name names[] = {{"C", "x", AVO_ROLE_UNSET}, {"B", "y", AVO_ROLE_TEST},
                                        {"A", "x", AVO_ROLE_TRAIN}, {"B", "x", AVO_ROLE_VALID},
                                        {0}};
    struct avo_header obs_h, imp_h;
    struct avo_lineup_method method = {"m", &imp_h};
    struct avo_lineup_spec spec = {.observed = &obs_h, .methods = &method, .n_methods = 1};
    struct avo_lineup l;

    make_header(&obs_h, observed_names);
    make_header(&imp_h, names);
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_assays, 2);
    ck_assert_uint_eq(l.n_scored, 3);
    ck_assert_uint_eq(l.scored[0], 0);
    ck_assert_uint_eq(l.scored[2], 3);
    ck_assert_uint_eq(l.columns[0][0], 2);
    ck_assert_uint_eq(l.columns[0][1], 3);
    ck_assert_uint_eq(l.columns[0][2], 1);
    ck_assert(l.seen[0] && l.seen[1] && !l.seen[3]);
    ck_assert(!l.tracks[0].is_test && l.tracks[3].is_test && !l.tracks[2].is_scored);
    ck_assert_int_eq(l.roles[1], AVO_ROLE_VALID);
    ck_assert_uint_eq(l.n_unobserved, 1);
    ck_assert(l.any_roles);
    ck_assert_uint_eq(avo_lineup_count(&l, -1, true), 2);
    ck_assert_uint_eq(avo_lineup_count(&l, 0, true), 2);
    ck_assert_uint_eq(avo_lineup_count(&l, 1, false), 1);
    avo_lineup_release(&l);
    avo_header_release(&obs_h);
    avo_header_release(&imp_h);
}
END_TEST

/* A role column of the imputed table may be called model_role; without any, the observed rule. */
START_TEST(lineup_takes_roles_from_columns)
{
    static const struct name names[] = {{"A", "x", AVO_ROLE_UNSET}, {"B", "x", AVO_ROLE_UNSET},
                                        {0}};
    struct avo_header obs_h, imp_h;
    struct avo_lineup_method method = {"m", &imp_h};
    struct avo_lineup_spec spec = {.observed = &obs_h, .methods = &method, .n_methods = 1};
    struct avo_lineup l;

    make_header(&obs_h, observed_names);
    make_header(&imp_h, names);
    obs_h.tracks[1].role = AVO_ROLE_TRAIN;
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert(!l.seen[0] && l.seen[1]);
    avo_lineup_release(&l);
    ck_assert_int_eq(avo_track_add_attr(&imp_h.tracks[0], "model_role", "valid", NULL), 0);
    ck_assert_int_eq(avo_track_add_attr(&imp_h.tracks[1], "model_role", "none", NULL), 0);
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert(l.seen[0] && !l.seen[1]);
    avo_lineup_release(&l);
    avo_header_release(&obs_h);
    avo_header_release(&imp_h);
}
END_TEST

START_TEST(lineup_of_baselines_and_tests)
{
    char b[] = "B", x[] = "x", q[] = "q";
    struct avo_lineup_pair known = {b, x}, unknown = {b, q};
    struct avo_header obs_h;
    struct avo_lineup_spec spec = {.observed = &obs_h};
    struct avo_lineup l;
    struct avo_error err = {0};

    make_header(&obs_h, observed_names);
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 4);
    ck_assert(!l.any_roles);
    avo_lineup_release(&l);
    spec.tests = &known;
    spec.n_tests = 1;
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 1);
    ck_assert_uint_eq(l.scored[0], 1);
    ck_assert_int_eq(l.roles[1], AVO_ROLE_TEST);
    avo_lineup_release(&l);
    spec.tests = &unknown;
    ck_assert_int_eq(avo_lineup_make(&l, &spec, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "B:q"));
    ck_assert_ptr_nonnull(strstr(err.hint, "B:"));
    avo_header_release(&obs_h);
}
END_TEST

START_TEST(lineup_scores_what_all_methods_have)
{
    static const struct name one[] = {{"A", "x", AVO_ROLE_UNSET}, {"B", "x", AVO_ROLE_UNSET}, {0}};
    static const struct name two[] = {{"B", "x", AVO_ROLE_UNSET}, {"B", "y", AVO_ROLE_UNSET}, {0}};
    static const struct name other[] = {{"Z", "x", AVO_ROLE_UNSET}, {0}};
    struct avo_header h[3], obs_h;
    struct avo_lineup_method methods[2] = {{"one", &h[0]}, {"two", &h[1]}};
    struct avo_lineup_spec spec = {.observed = &obs_h, .methods = methods, .n_methods = 2};
    struct avo_lineup l;
    struct avo_error err = {0};

    make_header(&obs_h, observed_names);
    make_header(&h[0], one);
    make_header(&h[1], two);
    make_header(&h[2], other);
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 1);
    ck_assert_uint_eq(l.scored[0], 1);
    ck_assert_uint_eq(l.columns[0][0], 1);
    ck_assert_uint_eq(l.columns[1][0], 0);
    ck_assert_uint_eq(l.n_partial, 2);
    avo_lineup_release(&l);
    methods[1].header = &h[2];
    ck_assert_int_eq(avo_lineup_make(&l, &spec, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "both observed and imputed"));
    avo_header_release(&obs_h);
    for (int i = 0; i < 3; i++)
        avo_header_release(&h[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("measure_eval");
    TCase *c = tcase_create("measure_eval");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, eval_equals_loops_over_whole_arrays, 0, 2);
    tcase_add_test(c, eval_does_not_depend_on_threads);
    tcase_add_test(c, eval_counts_what_methods_lack);
    tcase_add_test(c, lineup_takes_roles_from_the_model);
    tcase_add_test(c, lineup_takes_roles_from_columns);
    tcase_add_test(c, lineup_of_baselines_and_tests);
    tcase_add_test(c, lineup_scores_what_all_methods_have);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
