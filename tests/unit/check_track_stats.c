/* SPDX-License-Identifier: MIT */
/* check_track_stats.c: statistics of tracks against plain loops, and those of tracks that are not
 * measured against sums that hold at the ridge's minimum. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/model/track_stats.h"
#include "tests/lib/unit/toy.h"

static struct avo_error err;

static float uniform(uint32_t i, uint32_t kind)
{
    return avo_rng_unit(avo_rng_draw(5, 97, i, kind, 0, 0).v[0]);
}

/* A place with bins of two chromosomes; the first three runs are one without a gap. */
static const struct { uint32_t chrom, beg, n; bool context; } runs[] = {
    {0, 40, 7, true}, {0, 47, 4200, false}, {0, 4247, 9, true}, {0, 4300, 5, false},
    {1, 0, 4097, false}, {1, 5000, 1, false}};
#define N_RUNS (sizeof runs / sizeof *runs)

static void place(struct avo_positions *p)
{
    struct avo_header h = {.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    toy_must(avo_header_add_chrom(&h, "chr1", 1000000, &err), &err);
    toy_must(avo_header_add_chrom(&h, "chr2", 1000000, &err), &err);
    for (size_t i = 0; i < N_RUNS; i++) {
        struct avo_run run = {runs[i].beg, runs[i].n};
        struct avo_span span = {.chrom = runs[i].chrom, .n_runs = 1, .n_bins = run.n_bins,
                                .runs = &run};
        toy_must(avo_positions_add(p, &h, &span, runs[i].context, &err), &err);
    }
    avo_header_release(&h);
}

/* Tracks: many values and many zeros; few values; one value; one value but for a missing bin;
 * nothing measured. */
enum { MANY, FEW, ONE, HOLES, NONE, TRACKS };

static float value(uint32_t i, int track)
{
    float u = uniform(i, 0), w = uniform(i, 1);
    switch (track) {
    case MANY:
        return u < 0.02f ? NAN : u < 0.5f ? 0 : -3 * logf(w);
    case FEW:
        return floorf(20 * w * w) / 3 - 1;
    case ONE:
        return 0.1f;
    case HOLES:
        return u < 0.3f ? NAN : 0.7f;
    default:
        return NAN;
    }
}

static void fill(struct avo_signal *x, uint32_t n_bins)
{
    for (uint32_t i = 0; i < n_bins; i++) {
        float row[TRACKS];
        for (int t = 0; t < TRACKS; t++)
            row[t] = value(i, t);
        toy_must(avo_signal_append(x, row, 1, &err), &err);
    }
}

/* Index range of the gapless bins around bin i, from the table above. */
static void gapless(uint32_t i, uint32_t *lo, uint32_t *hi)
{
    const uint32_t ends[] = {0, 4216, 4221, 8318, 8319};
    int r = 0;
    while (i >= ends[r + 1])
        r++;
    *lo = ends[r];
    *hi = ends[r + 1];
}

static double plain_box(const struct avo_signal *x, uint32_t i, uint32_t t)
{
    uint32_t lo, hi, n = 0;
    double sum = 0;
    gapless(i, &lo, &hi);
    for (uint32_t k = i < lo + 10 ? lo : i - 10; k < hi && k <= i + 10; k++) {
        float v = avo_signal_at(x, k, t);
        n += !isnan(v);
        sum += isnan(v) ? 0 : (double)v;
    }
    return sum / n;
}

static void expect_moments(const struct avo_signal *x, uint32_t t, const struct avo_track_stats *s)
{
    double n = 0, mean = 0, box = 0, spread = 0;
    for (uint32_t i = 0; i < x->n_bins; i++)
        if (!isnan(avo_signal_at(x, i, t))) {
            n++;
            mean += (double)avo_signal_at(x, i, t);
            box += plain_box(x, i, t);
        }
    for (uint32_t i = 0; i < x->n_bins; i++)
        if (!isnan(avo_signal_at(x, i, t)))
            spread += pow(plain_box(x, i, t) - box / n, 2) / n;
    ck_assert_double_le(fabs((double)s->mean - mean / n), 1e-6 * fabs(mean / n));
    if (t == ONE || t == HOLES)
        ck_assert_float_eq(s->sd, 1);
    else
        ck_assert_double_le(fabs((double)s->sd - sqrt(spread)), 1e-6 * sqrt(spread));
}

/* -ln(1 - midrank / n + .5 / n) - 1, the midrank by counting. */
static double plain_score(const struct avo_signal *x, uint32_t t, float v)
{
    double n = 0, less = 0, same = 0;
    for (uint32_t i = 0; i < x->n_bins; i++) {
        float w = avo_signal_at(x, i, t);
        n += !isnan(w);
        less += w < v;
        same += w == v;
    }
    return -log(1 - (less + same / 2) / n + .5 / n) - 1;
}

/* Where there are few values a map is exact at them, otherwise within a knot's distance. */
static void expect_scores(const struct avo_signal *x, uint32_t t, const struct avo_track_stats *s)
{
    double n = x->n_bins, step = (log(n) + 1) / (AVO_RANK_KNOTS - 1);
    double worst = t == MANY ? step : 2e-6;
    for (uint32_t i = 0; i < x->n_bins; i += t == MANY ? 7 : 50) {
        float v = avo_signal_at(x, i, t);
        if (isnan(v))
            continue;
        double want = plain_score(x, t, v), got = (double)toy_rank(s, v);
        ck_assert_msg(fabs(want - got) <= worst * (1 + fabs(want)),
                      "track %u, value %g: score %.9g, want %.9g", t, (double)v, got, want);
    }
    for (int k = 1; k < AVO_RANK_KNOTS; k++)
        ck_assert(s->x[k] > s->x[k - 1] || (s->x[k] == s->x[k - 1] && s->q[k] == s->q[k - 1] &&
                                            s->x[k] == s->x[AVO_RANK_KNOTS - 1]));
    ck_assert_float_eq(toy_rank(s, s->x[0] - 5), s->q[0]);
    ck_assert_float_eq(toy_rank(s, s->x[AVO_RANK_KNOTS - 1] + 5),
                       s->q[AVO_RANK_KNOTS - 1]);
}

START_TEST(measured_as_by_plain_loops)
{
    const uint32_t columns[] = {FEW, MANY, HOLES, ONE};
    struct avo_positions p = {0};
    struct avo_signal x = {.dtype = AVO_F32, .n_tracks = TRACKS};
    struct avo_track_stats got[4] = {0}, again[4] = {0};
    struct avo_pool *pool = avo_pool_new(3, &err);
    ck_assert_ptr_nonnull(pool);
    place(&p);
    fill(&x, p.n_bins);
    toy_must(avo_track_stats_measure(&p, &x, columns, 4, NULL, got, &err), &err);
    toy_must(avo_track_stats_measure(&p, &x, columns, 4, pool, again, &err), &err);
    ck_assert(!memcmp(got, again, sizeof got));
    for (int i = 0; i < 4; i++) {
        expect_moments(&x, columns[i], &got[i]);
        expect_scores(&x, columns[i], &got[i]);
    }
    const uint32_t none = NONE;
    got[0].celltype = "E1";
    got[0].assay = "K4";
    ck_assert_int_eq(avo_track_stats_measure(&p, &x, &none, 1, NULL, got, &err), -1);
    ck_assert_str_eq(err.msg, "track E1:K4: nothing was measured");
    avo_pool_free(pool);
    avo_positions_release(&p);
    avo_signal_release(&x);
}
END_TEST

/* More bins than are sorted: values 0 .. n - 1 in a mixed order, whose ranks are themselves. */
START_TEST(ranks_of_a_share_of_the_bins)
{
    const uint32_t n = 1400000, column = 0;
    struct avo_signal x = {.dtype = AVO_F32, .n_tracks = 1};
    struct avo_positions p = {0};
    struct avo_track_stats s = {0};
    float *values = malloc(n * sizeof *values);
    for (uint32_t i = 0; i < n; i++)
        values[i] = (float)((uint64_t)i * 611953 % n);
    toy_must(avo_signal_append(&x, values, n, &err), &err);
    toy_must(avo_track_stats_measure(&p, &x, &column, 1, NULL, &s, &err), &err);
    for (uint32_t v = 0; v < n - n / 100; v += 997) {
        double want = -log(1 - (double)v / n) - 1;
        ck_assert_double_le(fabs((double)toy_rank(&s, (float)v) - want), 0.03);
    }
    avo_signal_release(&x);
    free(values);
}
END_TEST

START_TEST(signal_below_0_is_refused)
{
    const float values[] = {-1, 0.5f, -1, 0.25f};
    const uint32_t column = 0;
    struct avo_signal x = {.dtype = AVO_F32, .n_tracks = 1};
    struct avo_positions p = {0};
    struct avo_track_stats s = {.celltype = "E1", .assay = "K4"};
    toy_must(avo_signal_append(&x, values, 4, &err), &err);
    ck_assert_int_eq(avo_track_stats_measure(&p, &x, &column, 1, NULL, &s, &err), -1);
    ck_assert_str_eq(err.msg, "track E1:K4: its mean is below 0 (-0.3125)");
    avo_signal_release(&x);
}
END_TEST

/* ---- of tracks that are not measured ---- */

#define CELLS 4
#define ASSAYS 3
static char *const cells[CELLS] = {"a", "b", "c", "d"};
static char *const assays[ASSAYS] = {"p", "q", "a"};     /* one name in both */

/* All combinations but (a, p), (d, a). */
static void some_tracks(struct avo_observed *o)
{
    for (uint32_t i = 0; i < CELLS * ASSAYS; i++) {
        struct avo_track_stats s = {.celltype = cells[i / ASSAYS], .assay = assays[i % ASSAYS],
                                    .mean = 0.1f + uniform(i, 2), .sd = 0.2f + uniform(i, 3)};
        s.x[AVO_RANK_KNOTS - 1] = 1;
        if (i == 4)
            s.x[AVO_RANK_KNOTS - 1] = 0;    /* one value everywhere: not used */
        if (i == 7)
            s.mean = 1e-4f;     /* its cell type would draw others far away */
        if (i != 0 && i != CELLS * ASSAYS - 1)
            toy_must(avo_observed_add(o, &s, &err), &err);
    }
}

/* The same by repeated passes over the effects, each set to what minimises the penalised squares
 * with the others held (Gauss-Seidel); `sd`: of sds. Held within a factor of 4 of the assay's. */
static int n_held;

static double plain_effects(const struct avo_observed *o, bool sd, const char *c, const char *a)
{
    double of_c[CELLS] = {0}, of_a[ASSAYS] = {0}, mean = 0, n = 0, y[CELLS][ASSAYS];
    for (int i = 0; i < CELLS; i++)
        for (int j = 0; j < ASSAYS; j++) {
            const struct avo_track_stats *s = avo_observed_find(o, cells[i], assays[j]);
            bool own = !strcmp(cells[i], c) && !strcmp(assays[j], a);
            bool used = s && !own && !avo_track_stats_flat(s);
            y[i][j] = used ? log((double)(sd ? s->sd : s->mean)) : NAN;
            n += !isnan(y[i][j]);
            mean += isnan(y[i][j]) ? 0 : y[i][j];
        }
    mean /= n;
    for (int pass = 0; pass < 5000; pass++)
        for (int e = 0; e < CELLS + ASSAYS; e++) {
            double sum = 0, count = .09;
            for (int k = 0; k < (e < CELLS ? ASSAYS : CELLS); k++) {
                int i = e < CELLS ? e : k, j = e < CELLS ? k : e - CELLS;
                if (isnan(y[i][j]))
                    continue;
                sum += y[i][j] - mean - (e < CELLS ? of_a[j] : of_c[i]);
                count++;
            }
            *(e < CELLS ? &of_c[e] : &of_a[e - CELLS]) = sum / count;
        }
    for (int i = 0; i < CELLS; i++)
        mean += strcmp(cells[i], c) ? 0 : of_c[i];
    double least = HUGE_VAL, greatest = -HUGE_VAL;
    bool known = !strcmp(a, assays[0]) || !strcmp(a, assays[1]) || !strcmp(a, assays[2]);
    for (int j = 0; j < ASSAYS; j++) {
        mean += strcmp(assays[j], a) ? 0 : of_a[j];
        for (int i = 0; i < CELLS; i++)
            if (!isnan(y[i][j]) && (!known || !strcmp(assays[j], a))) {
                least = fmin(least, y[i][j] - log(4));
                greatest = fmax(greatest, y[i][j] + log(4));
            }
    }
    n_held += mean < least || mean > greatest;
    return exp(fmin(fmax(mean, least), greatest));
}

START_TEST(predicted_from_cell_type_and_assay)
{
    const char *const pairs[][2] = {{"a", "p"}, {"b", "q"}, {"c", "a"}, {"d", "a"}, {"new", "p"},
                                    {"b", "new"}, {"new", "new"}, {"p", "b"}};
    struct avo_observed o = {0};
    some_tracks(&o);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        float mean, sd;
        toy_must(avo_track_stats_predict(&o, pairs[i][0], pairs[i][1], &mean, &sd, &err), &err);
        double want = plain_effects(&o, false, pairs[i][0], pairs[i][1]);
        ck_assert_double_le(fabs((double)mean - want), 1e-5 * want);
        want = plain_effects(&o, true, pairs[i][0], pairs[i][1]);
        ck_assert_double_le(fabs((double)sd - want), 1e-5 * want);
    }
    ck_assert_int_ge(n_held, 1);
    avo_observed_release(&o);
}
END_TEST

START_TEST(nothing_to_predict_from)
{
    struct avo_track_stats s = {.celltype = "a", .assay = "p", .mean = 1, .sd = 1, .x = {-1}};
    struct avo_observed o = {0};
    float mean, sd;
    toy_must(avo_observed_add(&o, &s, &err), &err);
    ck_assert_int_eq(avo_track_stats_predict(&o, "a", "p", &mean, &sd, &err), -1);
    ck_assert_str_eq(err.msg, "no statistics of other tracks to predict those of a:p from");
    memset(&err, 0, sizeof err);
    toy_must(avo_track_stats_predict(&o, "a", "q", &mean, &sd, &err), &err);
    ck_assert_float_eq_tol(mean, 1, 1e-6f);
    avo_observed_release(&o);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("track_stats");
    TCase *c = tcase_create("track_stats");
    tcase_add_test(c, signal_below_0_is_refused);
    tcase_add_test(c, measured_as_by_plain_loops);
    tcase_add_test(c, ranks_of_a_share_of_the_bins);
    tcase_add_test(c, predicted_from_cell_type_and_assay);
    tcase_add_test(c, nothing_to_predict_from);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
