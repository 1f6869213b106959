/* SPDX-License-Identifier: MIT */
/* check_eval.c: baselines and scores of a small compendium against loops over arrays. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/eval/baseline.h"
#include "libcommon/eval/eval.h"
#include "libcommon/model/scale.h"

/* Seven tracks: assay 0 in four cell types (track 3 a test track), assay 1 in one, assay 2 in two,
 * through which A and B can be compared without A's track of assay 0. Two imputed methods. */
#define TRACKS 7
#define SCORED 5
#define METHODS 2u
#define ALL (METHODS + AVO_N_BASELINES)
#define CHROMS 2
#define BINS 3000

static struct avo_eval_track tracks[TRACKS] = {
    {0, false, true}, {0, false, false}, {0, false, true}, {0, true, true}, {1, false, true},
    {2, false, true}, {2, false, false}};
static const char *const celltypes[TRACKS] = {"A", "B", "C", "D", "A", "A", "B"};
static size_t scored[SCORED] = {0, 2, 3, 4, 5}, place[TRACKS] = {0, 0, 1, 2, 3, 4, 0};
static const size_t chrom_bins[CHROMS] = {BINS, 90};
static const struct avo_scored chosen = {.n_tracks = TRACKS, .n_assays = 3, .n_scored = SCORED,
                                         .n_imputed = METHODS, .tracks = tracks,
                                         .scored = scored, .index = place};

static float obs[CHROMS][TRACKS][BINS], imp[CHROMS][METHODS][SCORED][BINS];
static uint16_t weight[BINS];
static struct avo_header header;

static float draw(uint32_t seed, uint32_t c, uint32_t t, uint32_t i, int nan_share)
{
    struct avo_rng4 r = avo_rng_draw(seed, 0, c, t, i, 0);

    if (nan_share > 0 && avo_rng_below(r.v[1], (uint32_t)nan_share) == 0)
        return NAN;
    return (float)avo_rng_below(r.v[0], 200) / 16;
}

static void fill(int nan_share)
{
    memset(&header, 0, sizeof header);
    for (uint32_t t = 0; t < TRACKS; t++)
        ck_assert_ptr_nonnull(avo_header_add_track(&header, celltypes[t],
                                                   tracks[t].assay == 0 ? "x" :
                                                   tracks[t].assay == 1 ? "y" : "z",
                                                   AVO_ROLE_UNSET, NULL));
    for (uint32_t i = 0; i < BINS; i++)
        weight[i] = i % 5 == 0 ? 0 : (uint16_t)(i % 7);
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t i = 0; i < BINS; i++) {
            for (uint32_t t = 0; t < TRACKS; t++)
                obs[c][t][i] = draw(1, c, t, i, nan_share) * (float)(1 + t);
            for (uint32_t m = 0; m < METHODS; m++)
                for (uint32_t k = 0; k < SCORED; k++)
                    imp[c][m][k][i] = draw(2 + m, c, k, i, nan_share);
        }
}

/* ---- the plain way ---- */

static bool is_other(size_t o, size_t t)
{
    return o != t && tracks[o].assay == tracks[t].assay && !tracks[o].is_test;
}

/* Cell type's number, by first appearance. */
static size_t celltype_of(size_t t)
{
    size_t o = 0;

    while (strcmp(celltypes[o], celltypes[t]) != 0)
        o++;
    return o;
}

static double plain_rms(size_t t)
{
    double sum = 0;
    size_t n = 0;

    for (size_t c = 0; c < CHROMS; c++)
        for (size_t i = 0; i < chrom_bins[c]; i++)
            if (!isnan(obs[c][t][i])) {
                sum += (double)obs[c][t][i] * (double)obs[c][t][i];
                n++;
            }
    return sqrt(sum / (double)n);
}

/* Scale of o's cell type over that of t's: fitted without t. */
static double plain_ratio(size_t t, size_t o)
{
    struct avo_depth_track rows[TRACKS];
    double scale[TRACKS];
    size_t component[TRACKS];

    for (size_t u = 0; u < TRACKS; u++)
        rows[u] = (struct avo_depth_track){celltype_of(u), tracks[u].assay, plain_rms(u),
                                           !tracks[u].is_test && u != t};
    ck_assert_int_eq(avo_depth_scales(rows, TRACKS, TRACKS, 3, scale, component, NULL), 0);
    if (component[celltype_of(o)] != component[celltype_of(t)])
        return NAN;
    return scale[celltype_of(t)] / scale[celltype_of(o)];
}

static double ratios[TRACKS][TRACKS];

static void find_ratios(void)
{
    for (size_t t = 0; t < TRACKS; t++)
        for (size_t o = 0; o < TRACKS; o++)
            ratios[t][o] = is_other(o, t) ? plain_ratio(t, o) : 0;
}

static double plain_mean(size_t c, size_t t, size_t i, bool scale)
{
    double sum = 0;
    int n = 0;

    for (size_t o = 0; o < TRACKS; o++) {
        if (!is_other(o, t) || isnan(obs[c][o][i]))
            continue;
        sum += (double)obs[c][o][i] * (scale ? ratios[t][o] : 1);
        n++;
    }
    return n > 0 ? (double)(float)(sum / n) : (double)NAN;
}

static double plain_constant(size_t t)
{
    double sum = 0;
    size_t n = 0;

    for (size_t c = 0; c < CHROMS; c++)
        for (size_t i = 0; i < chrom_bins[c]; i++)
            if (!isnan(obs[c][t][i])) {
                sum += (double)obs[c][t][i];
                n++;
            }
    return (double)(float)(sum / (double)n);
}

static double constants[TRACKS];

static double predicted(size_t c, size_t t, size_t m, size_t i)
{
    if (m < METHODS)
        return (double)imp[c][m][place[t]][i];
    return m == METHODS + AVO_BASE_CONSTANT ? constants[t]
                                            : plain_mean(c, t, i, m == METHODS + AVO_BASE_SCALED);
}

static bool is_defined(size_t t, size_t m)
{
    bool any = false, scaled = true;

    if (m < METHODS || m == METHODS + AVO_BASE_CONSTANT)
        return true;
    for (size_t o = 0; o < TRACKS; o++) {
        any |= is_other(o, t);
        scaled &= !isnan(ratios[t][o]);
    }
    return any && (m == METHODS + AVO_BASE_MEAN || scaled);
}

static bool counts(size_t c, size_t t, size_t i)
{
    if (isnan(obs[c][t][i]))
        return false;
    for (size_t m = 0; m < ALL; m++)
        if (is_defined(t, m) && isnan(predicted(c, t, m, i)))
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

static double plain_variance(size_t c, size_t t, size_t i)
{
    double sum = 0, square = 0;
    int n = 0;

    for (size_t o = 0; o < TRACKS; o++) {
        double v = (double)obs[c][o][i];

        if (!is_other(o, t) || isnan(v))
            continue;
        sum += v;
        square += v * v;
        n++;
    }
    return n > 1 ? square / n - sum / n * (sum / n) : 0;
}

struct plain { double mse, pearson, mse1obs, mseprom, msevar; size_t n, left_out; };

/* Chromosomes [c0, c1). */
static struct plain plain_score(size_t c0, size_t c1, size_t t, size_t m)
{
    double s = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, top = 0, w = 0, sw = 0, v = 0, sv = 0;
    size_t n = 0, n_top = 0, left_out = 0;

    for (size_t c = c0; c < c1; c++) {
        float least = plain_threshold(c, t);

        for (size_t i = 0; i < chrom_bins[c]; i++) {
            double x = (double)obs[c][t][i], y, d;

            left_out += !isnan(x) && !counts(c, t, i);
            if (!counts(c, t, i))
                continue;
            y = predicted(c, t, m, i);
            d = (x - y) * (x - y);
            n++;
            s += d;
            sx += x;
            sy += y;
            sxx += x * x;
            syy += y * y;
            sxy += x * y;
            n_top += obs[c][t][i] >= least;
            top += obs[c][t][i] >= least ? d : 0;
            w += weight[i];
            sw += weight[i] * d;
            v += plain_variance(c, t, i);
            sv += plain_variance(c, t, i) * d;
        }
    }
    double spread = sqrt((sxx - sx * sx / (double)n) * (syy - sy * sy / (double)n));
    double r = spread != 0 ? (sxy - sx * sy / (double)n) / spread : (double)NAN;
    return (struct plain){s / (double)n, r,
                          top / (double)n_top, sw / w, v > 0 ? sv / v : (double)NAN, n, left_out};
}

/* ---- running it ---- */

static void find_depths(struct avo_depth *depth, const struct avo_baseline_spec *spec,
                        struct avo_pool *pool)
{
    const float *o[TRACKS];

    for (size_t c = 0; c < CHROMS; c++) {
        for (size_t t = 0; t < TRACKS; t++)
            o[t] = obs[c][t];
        avo_depth_add(depth, spec, o, chrom_bins[c], pool);
    }
    avo_depth_finish(depth, TRACKS);
}

static void add_window(struct avo_eval *e, struct avo_baselines *b, uint32_t c, size_t at,
                       size_t n)
{
    const float *o[TRACKS], *columns[METHODS][SCORED];
    const float *const *methods[METHODS];
    struct avo_window w = {.chrom = c, .beg_bin = (uint32_t)at, .n = (uint32_t)n};

    for (size_t t = 0; t < TRACKS; t++)
        o[t] = obs[c][t] + at;
    for (size_t m = 0; m < METHODS; m++) {
        for (size_t k = 0; k < SCORED; k++)
            columns[m][k] = imp[c][m][k] + at;
        methods[m] = columns[m];
    }
    ck_assert_int_eq(avo_baselines_window(b, o, methods, &w, NULL), 0);
    ck_assert_int_eq(avo_eval_add(e, &w, NULL, NULL, NULL), 0);
}

static struct avo_eval *run(struct avo_pool *pool, size_t window, uint64_t max_bytes)
{
    struct avo_eval_plan plan = {.chosen = &chosen, .n_methods = ALL, .max_bins = window,
                                 .n_bins = BINS, .max_bytes = max_bytes};
    struct avo_baseline_spec spec = {.chosen = &chosen, .observed = &header, .max_bins = window};
    struct avo_depth depth[TRACKS] = {{0}};
    struct avo_eval *e = avo_eval_new(&plan, pool, NULL);
    struct avo_baselines *b;

    find_depths(depth, &spec, pool);
    b = avo_baselines_new(&spec, depth, pool, NULL);
    ck_assert_ptr_nonnull(e);
    ck_assert_ptr_nonnull(b);
    ck_assert_int_eq(avo_spill_on_disk(avo_eval_store(e)), max_bytes == 0);
    for (uint32_t c = 0; c < CHROMS; c++) {
        struct avo_eval_chrom chrom = {chrom_bins[c], {weight, NULL, NULL}};

        ck_assert_int_eq(avo_eval_begin(e, &chrom, NULL), 0);
        for (size_t at = 0; at < chrom_bins[c]; at += window)
            add_window(e, b, c, at, chrom_bins[c] - at < window ? chrom_bins[c] - at : window);
        ck_assert_int_eq(avo_eval_end(e, NULL), 0);
    }
    ck_assert_int_eq(avo_eval_finish(e, NULL), 0);
    avo_baselines_free(b);
    return e;
}

static void near(double got, double want)
{
    ck_assert_msg((isnan(got) && isnan(want)) || fabs(got - want) <= 1e-7 * (1 + fabs(want)),
                  "got %.17g, want %.17g", got, want);
}

static double measure(const struct avo_eval *e, size_t scope, size_t t, size_t m, const char *name)
{
    for (size_t k = 0; k < avo_n_measures; k++)
        if (strcmp(avo_measures[k].name, name) == 0)
            return avo_measures[k].score(avo_eval_cell(e, scope, t, m));
    ck_abort_msg("no measure %s", name);
    return 0;
}

static void check_cell(const struct avo_eval *e, size_t scope, size_t t, size_t m)
{
    size_t c0 = scope < CHROMS ? scope : 0, c1 = scope < CHROMS ? scope + 1 : CHROMS;
    struct plain want = plain_score(c0, c1, t, m);

    ck_assert_int_eq(avo_eval_cell(e, scope, t, m)->defined, is_defined(t, m));
    if (!is_defined(t, m)) {
        for (size_t k = 0; k < avo_n_measures; k++)
            ck_assert(isnan(avo_measures[k].score(avo_eval_cell(e, scope, t, m))));
        return;
    }
    ck_assert_uint_eq(avo_eval_cell(e, scope, t, m)->all.n, want.n);
    near(measure(e, scope, t, m, "mse"), want.mse);
    near(measure(e, scope, t, m, "mse1obs"), want.mse1obs);
    near(measure(e, scope, t, m, "mseprom"), want.mseprom);
    near(measure(e, scope, t, m, "msevar"), want.msevar);
    ck_assert(isnan(measure(e, scope, t, m, "msegene")));
    ck_assert(isnan(measure(e, scope, t, m, "catchpeakobs")));
    if (m == METHODS + AVO_BASE_CONSTANT) {
        ck_assert(isnan(measure(e, scope, t, m, "pearson")));
        ck_assert(isnan(measure(e, scope, t, m, "spearman")));
        ck_assert(isnan(measure(e, scope, t, m, "mse1imp")));
        ck_assert(isnan(measure(e, scope, t, m, "match1")));
        near(measure(e, scope, t, m, "aucobs1"), 0.5);
    } else {
        near(measure(e, scope, t, m, "pearson"), want.pearson);
    }
}

START_TEST(eval_equals_loops_over_whole_arrays)
{
    struct avo_pool *pool = avo_pool_new(_i + 1, NULL);
    struct avo_eval *e;

    fill(_i == 0 ? 0 : 9);
    find_ratios();
    for (size_t t = 0; t < TRACKS; t++)
        constants[t] = plain_constant(t);
    e = run(pool, 700, 1 << 30);
    ck_assert_uint_eq(avo_eval_n_scopes(e), CHROMS + 1);
    ck_assert_uint_eq(avo_eval_n_methods(e), ALL);
    /* C and D have no other training track; y is measured in one cell type only */
    ck_assert(is_defined(0, METHODS + AVO_BASE_SCALED) && is_defined(2, METHODS) &&
              !is_defined(2, METHODS + AVO_BASE_SCALED) && !is_defined(4, METHODS));
    for (size_t k = 0; k < SCORED; k++)
        for (size_t scope = 0; scope <= CHROMS; scope++)
            for (size_t m = 0; m < ALL; m++)
                check_cell(e, scope, scored[k], m);
    for (size_t k = 0; k < SCORED; k++)
        ck_assert_uint_eq(avo_eval_left_out(e, CHROMS, scored[k]),
                          plain_score(0, CHROMS, scored[k], 0).left_out);
    avo_eval_free(e);
    avo_pool_free(pool);
    avo_header_release(&header);
}
END_TEST

/* Nor on whether the columns for the ranks went through a file. */
START_TEST(eval_does_not_depend_on_threads)
{
    struct avo_pool *one = avo_pool_new(1, NULL), *three = avo_pool_new(3, NULL);
    struct avo_eval *a, *b;

    fill(9);
    a = run(one, 700, 1 << 30);
    b = run(three, 700, 0);
    for (size_t k = 0; k < SCORED; k++)
        for (size_t m = 0; m < ALL; m++)
            for (size_t s = 0; s <= CHROMS; s++)
                ck_assert_int_eq(memcmp(avo_eval_cell(a, s, scored[k], m),
                                        avo_eval_cell(b, s, scored[k], m),
                                        sizeof(struct avo_cell)), 0);
    avo_eval_free(a);
    avo_eval_free(b);
    avo_pool_free(one);
    avo_pool_free(three);
    avo_header_release(&header);
}
END_TEST

START_TEST(eval_counts_what_methods_lack)
{
    struct avo_pool *pool = avo_pool_new(2, NULL);
    struct avo_eval *e;

    fill(0);
    for (size_t i = 100; i < 140; i++)
        imp[0][1][0][i] = NAN;
    e = run(pool, 3000, 1 << 30);
    ck_assert_uint_eq(avo_eval_lacking(e, 0, 0), 0);
    ck_assert_uint_eq(avo_eval_lacking(e, 0, 1), 40);
    ck_assert_uint_eq(avo_eval_left_out(e, 0, 0), 40);
    ck_assert_uint_eq(avo_eval_left_out(e, CHROMS, 0), 40);
    ck_assert_uint_eq(avo_eval_left_out(e, 0, 2), 0);
    avo_eval_free(e);
    avo_pool_free(pool);
    avo_header_release(&header);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("eval");
    TCase *c = tcase_create("eval");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, eval_equals_loops_over_whole_arrays, 0, 2);
    tcase_add_test(c, eval_does_not_depend_on_threads);
    tcase_add_test(c, eval_counts_what_methods_lack);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
