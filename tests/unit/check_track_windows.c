/* SPDX-License-Identifier: MIT */
/* check_track_windows.c: box means of a track's scores against plain loops, wherever the bins in
 * memory begin, with missing values and windows that reach over the ends. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/half.h"
#include "libcommon/base/rng.h"
#include "libcommon/model/track_stats.h"
#include "libcommon/model/track_windows.h"
#include "tests/lib/unit/toy.h"

enum { BINS = 1000, TRACKS = 3, TRACK = 1, MOST = 2 * AVO_MAX_WINDOWS };

static struct avo_error err;
static const struct avo_observed both = {
    .n_windows = 4, .half_bins = {0, 2, 10, 100}, .ranks = true};
static const struct avo_observed z_alone = {.n_windows = 3, .half_bins = {0, 1, 7}};

/* A map with knots at distances that are not equal, of which the last is repeated. */
static struct avo_track_stats some_stats(void)
{
    struct avo_track_stats s = {.mean = 0.7f, .sd = 0.3f};
    for (int i = 0; i < AVO_RANK_KNOTS; i++) {
        int k = i < 200 ? i : 199;
        s.x[i] = 0.05f + (float)(k * k) * 1e-4f;
        s.q[i] = -0.9f + (float)k * 0.05f;
    }
    return s;
}

static float value(uint32_t i)
{
    struct avo_rng4 r = avo_rng_draw(3, 97, i, 0, 0, 0);
    if (i >= 300 && i < 340)        /* wider than some windows */
        return NAN;
    return avo_rng_unit(r.v[0]) < 0.1f ? NAN : 5 * avo_rng_unit(r.v[1]) * avo_rng_unit(r.v[2]);
}

/* Value i of the track at bin `from` + i. */
static void fill(struct avo_signal *x, uint32_t from, uint32_t n)
{
    for (uint32_t i = 0; i < from + n; i++) {
        float row[TRACKS] = {9, i < from ? 7 : value(i - from), -9};
        uint16_t half[TRACKS];
        avo_half_pack(half, row, TRACKS);
        const void *values = x->dtype == AVO_F32 ? (const void *)row : half;
        toy_must(avo_signal_append(x, values, 1, &err), &err);
    }
}

/* The mean by its definition: NaN where the bin itself is missing. */
static double plain(const struct avo_signal *x, const struct avo_track_stats *s, bool rank,
                    int64_t half, int64_t bin, int64_t first, int64_t n)
{
    double sum = 0;
    int present = 0;
    for (int64_t i = bin - half; i <= bin + half; i++) {
        float v = i < 0 || i >= n ? NAN : avo_signal_at(x, (uint32_t)(first + i), TRACK);
        if (isnan(v))
            continue;
        present++;
        sum += rank ? (double)toy_rank(s, v)
                    : ((double)v - (double)s->mean) / (double)s->sd;
    }
    return present ? sum / present : half ? 0 : NAN;
}

static void expect_values(const struct avo_track_windows *w, const struct avo_signal *x,
                          const struct avo_track_stats *s, uint32_t first, const float *got)
{
    const struct avo_observed *o = w->o;
    uint32_t V = avo_observed_values(o);
    for (uint32_t j = 0; j < V; j++)
        for (uint32_t i = 0; i < w->n_bins; i++) {
            bool rank = o->ranks && j < o->n_windows;
            double want = plain(x, s, rank, o->half_bins[j % o->n_windows], i, first, w->n_bins);
            double v = (double)got[j * BINS + i];
            ck_assert_msg(isnan(want) ? isnan(v) : fabs(v - want) < 2e-6 * (1 + fabs(want)),
                          "value %u at bin %u: %.9g, want %.9g", j, i, v, want);
        }
}

START_TEST(values_are_box_means)
{
    const struct avo_observed *o = _i & 1 ? &z_alone : &both;
    struct avo_signal x = {.dtype = _i & 2 ? AVO_F16 : AVO_F32, .n_tracks = TRACKS};
    struct avo_track_stats s = some_stats();
    struct avo_track_windows w = {0};
    uint32_t first = 30, lengths[] = {1, 2, 57, BINS - 1, 256, BINS};
    float *got = calloc(MOST * BINS, sizeof *got);
    fill(&x, first, BINS);
    for (int l = 0; l < 6; l++) {
        toy_must(avo_track_windows_begin(&w, o, &s, &x, TRACK, first, lengths[l], &err), &err);
        avo_track_windows_values(&w, 0, lengths[l], got, BINS);
        expect_values(&w, &x, &s, first, got);
    }
    /* some of them: the same bytes */
    float some[MOST * 9];
    avo_track_windows_values(&w, 295, 9, some, 9);
    for (uint32_t j = 0; j < avo_observed_values(o); j++)
        ck_assert(!memcmp(some + j * 9, got + j * BINS + 295, 9 * sizeof *some));
    avo_track_windows_release(&w);
    avo_signal_release(&x);
    free(got);
}
END_TEST

/* A bin whose windows are whole has the same bytes wherever the bins in memory begin and end. */
START_TEST(begin_and_end_do_not_matter)
{
    struct avo_signal x = {.dtype = AVO_F16, .n_tracks = TRACKS};
    struct avo_track_stats s = some_stats();
    struct avo_track_windows all = {0}, part = {0};
    float want[MOST], got[MOST];
    fill(&x, 0, BINS);
    toy_must(avo_track_windows_begin(&all, &both, &s, &x, TRACK, 0, BINS, &err), &err);
    for (uint32_t cut = 0; cut < 400; cut += 13) {
        uint32_t n = BINS - cut - cut / 3;
        toy_must(avo_track_windows_begin(&part, &both, &s, &x, TRACK, cut, n, &err), &err);
        for (uint32_t i = cut + 100; i + 100 < cut + n; i += 7) {
            avo_track_windows_values(&all, i, 1, want, 1);
            avo_track_windows_values(&part, i - cut, 1, got, 1);
            ck_assert(!memcmp(want, got, 8 * sizeof *got));
        }
    }
    avo_track_windows_release(&all);
    avo_track_windows_release(&part);
    avo_signal_release(&x);
}
END_TEST

/* Scores beyond what sums can hold are cut off, not wrapped around. */
START_TEST(huge_values_stay_in_range)
{
    struct avo_signal x = {.dtype = AVO_F32, .n_tracks = 1};
    struct avo_track_stats s = some_stats();
    struct avo_track_windows w = {0};
    float values[] = {3e38f, 3e38f, -3e38f, 1, INFINITY}, got[MOST * 5];
    toy_must(avo_signal_append(&x, values, 5, &err), &err);
    toy_must(avo_track_windows_begin(&w, &z_alone, &s, &x, 0, 0, 5, &err), &err);
    avo_track_windows_values(&w, 0, 5, got, 5);
    ck_assert_float_eq(got[0], 4095);
    ck_assert_float_eq(got[1], 4095);
    ck_assert_float_eq(got[2], -4095);
    ck_assert_float_eq_tol(got[3], 1, 1e-6f);
    ck_assert_float_eq(got[4], 4095);
    ck_assert_float_eq_tol(got[5 + 1], 4095.0f / 3, 1e-2f);
    avo_track_windows_release(&w);
    avo_signal_release(&x);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("track_windows");
    TCase *c = tcase_create("track_windows");
    tcase_add_loop_test(c, values_are_box_means, 0, 4);
    tcase_add_test(c, begin_and_end_do_not_matter);
    tcase_add_test(c, huge_values_stay_in_range);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
