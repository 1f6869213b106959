/* SPDX-License-Identifier: MIT */
/* check_browser.c: pixels of regions against loops over whole columns; which tracks are kept. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "libcommon/base/rng.h"
#include "libcommon/eval/browser.h"

/* Two chromosomes; assay 0 in tracks 0, 2, 3, 5, assay 1 in 1 and 4. Track 2 is not scored. */
#define TRACKS 6u
#define SCORED 5u
#define METHODS 3u
#define BINS 5000u
#define REGIONS 4u

static struct avo_eval_track tracks[TRACKS] = {{0, false, true}, {1, false, true},
                                               {0, false, false}, {0, false, true},
                                               {1, false, true}, {0, false, true}};
static size_t scored[SCORED] = {0, 1, 3, 4, 5};
static const struct avo_scored chosen = {.n_tracks = TRACKS, .n_assays = 2, .n_scored = SCORED,
                                         .n_imputed = METHODS, .tracks = tracks,
                                         .scored = scored};
static const size_t methods[] = {2, 0};
static const struct avo_extent regions[REGIONS] = {
    {0, 10, 13}, {0, 700, 4200}, {1, 0, 600}, {1, 4399, 5000}};

static float obs[2][TRACKS][BINS], imp[2][SCORED * METHODS][BINS];

static float draw(uint32_t stream, uint32_t c, uint32_t i)
{
    struct avo_rng4 r = avo_rng_draw(3, stream, c, i, 0, 0);

    return r.v[1] % 20 == 0 || (i >= 1000 && i < 1100) ? NAN
                                                       : (float)(r.v[0] % 1000) / 100 - 2;
}

static void fill(void)
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < BINS; i++) {
            for (uint32_t t = 0; t < TRACKS; t++)
                obs[c][t][i] = draw(t, c, i);
            for (uint32_t j = 0; j < SCORED * METHODS; j++)
                imp[c][j][i] = draw(50 + j, c, i);
        }
}

/* Method 2 lacks scored track 1. */
static bool lacks(size_t k, size_t method)
{
    return k == 1 && method == 2;
}

static void add_all(struct avo_browser *b, uint32_t step)
{
    const float *o[TRACKS], *p[SCORED * METHODS];

    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t beg = 0; beg < BINS; beg += step) {
            struct avo_window w = {.chrom = c, .beg_bin = beg, .observed = o,
                                   .n = beg + step < BINS ? step : BINS - beg,
                                   .n_methods = METHODS, .predicted = p};

            for (size_t t = 0; t < TRACKS; t++)
                o[t] = obs[c][t] + beg;
            for (size_t j = 0; j < SCORED * METHODS; j++)
                p[j] = lacks(j / METHODS, j % METHODS) ? NULL : imp[c][j] + beg;
            ck_assert_int_eq(avo_browser_add(b, &w, NULL), 0);
        }
}

static struct avo_browser *make(size_t max_tracks)
{
    struct avo_browser_spec spec = {&chosen, regions, REGIONS, methods, 2, max_tracks};
    struct avo_browser *b = avo_browser_new(&spec, NULL);

    ck_assert_ptr_nonnull(b);
    return b;
}

static const float *column(size_t region, size_t k, size_t line)
{
    uint32_t c = regions[region].chrom;

    return line == 0 ? obs[c][scored[k]]
        : lacks(k, methods[line - 1]) ? NULL : imp[c][k * METHODS + methods[line - 1]];
}

/* One pixel the plain way: all bins of the region are asked whether they lie in it. */
static void plain(size_t region, const float *v, size_t pixel, size_t n_pixels, double *mean,
                  double *max)
{
    uint32_t beg = regions[region].beg_bin, n_bins = regions[region].end_bin - beg, n = 0;
    double sum = 0;

    *max = NAN;
    for (uint32_t i = 0; v != NULL && i < n_bins; i++) {
        double x = (double)v[beg + i];

        if ((uint64_t)i * n_pixels / n_bins != pixel || isnan(x))
            continue;
        sum += x;
        n++;
        *max = isnan(*max) || x > *max ? x : *max;
    }
    *mean = n > 0 ? sum / n : NAN;
}

static bool near(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-6 * (1 + fabs(b));
}

static void compare(const struct avo_browser *b)
{
    float mean[AVO_BROWSER_PIXELS], max[AVO_BROWSER_PIXELS];
    size_t n_empty = 0;

    for (size_t r = 0; r < REGIONS; r++)
        for (size_t i = 0; i < avo_browser_n_tracks(b); i++)
            for (size_t line = 0; line < 3; line++) {
                size_t n = avo_browser_pixels(b, r);

                avo_browser_column(b, r, i, line, mean, max);
                for (size_t x = 0; x < n; x++) {
                    double want_mean, want_max;

                    plain(r, column(r, avo_browser_track(b, i), line), x, n, &want_mean,
                          &want_max);
                    ck_assert(near((double)mean[x], want_mean));
                    ck_assert(near((double)max[x], want_max));
                    n_empty += isnan(mean[x]);
                }
            }
    ck_assert_uint_gt(n_empty, 0);
}

START_TEST(pixels_like_loops)
{
    static const uint32_t steps[] = {BINS, 1000, 37};

    fill();
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        struct avo_browser *b = make(0);

        add_all(b, steps[s]);
        ck_assert_uint_eq(avo_browser_n_regions(b), REGIONS);
        ck_assert_uint_eq(avo_browser_pixels(b, 0), 3);
        ck_assert_uint_eq(avo_browser_pixels(b, 1), 600);
        ck_assert_uint_eq(avo_browser_pixels(b, 2), 600);
        ck_assert_uint_eq(avo_browser_pixels(b, 3), 600);
        ck_assert_uint_eq(avo_browser_region(b, 3)->beg_bin, 4399);
        ck_assert_uint_eq(avo_browser_n_methods(b), 2);
        ck_assert_uint_eq(avo_browser_method(b, 0), 2);
        compare(b);
        avo_browser_free(b);
    }
}
END_TEST

/* Scored tracks by assay: 0, 2, 4 and 1, 3. */
START_TEST(tracks_of_every_assay_are_kept)
{
    static const struct { size_t max, n, kept[SCORED]; } want[] = {
        {0, 5, {0, 2, 4, 1, 3}}, {9, 5, {0, 2, 4, 1, 3}}, {5, 5, {0, 2, 4, 1, 3}},
        {4, 4, {0, 2, 1, 3}}, {3, 3, {0, 2, 1}}, {2, 2, {0, 1}}, {1, 1, {0}}};

    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct avo_browser *b = make(want[i].max);

        ck_assert_uint_eq(avo_browser_n_tracks(b), want[i].n);
        for (size_t k = 0; k < want[i].n; k++)
            ck_assert_uint_eq(avo_browser_track(b, k), want[i].kept[k]);
        avo_browser_free(b);
    }
}
END_TEST

START_TEST(too_few_methods_are_refused)
{
    struct avo_browser *b = make(0);
    struct avo_window w = {.n_methods = 2};
    struct avo_error err = {0};

    ck_assert_int_eq(avo_browser_add(b, &w, &err), -1);
    ck_assert_str_eq(err.msg, "a window of 2 methods (want more than 2)");
    avo_browser_free(b);
    avo_browser_free(NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("browser");
    TCase *t = tcase_create("browser");
    SRunner *r = srunner_create(s);
    int n_failed;

    tcase_add_test(t, pixels_like_loops);
    tcase_add_test(t, tracks_of_every_assay_are_kept);
    tcase_add_test(t, too_few_methods_are_refused);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    n_failed = srunner_ntests_failed(r);
    srunner_free(r);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
