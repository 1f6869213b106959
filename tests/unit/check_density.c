/* SPDX-License-Identifier: MIT */
/* check_density.c: histograms against counting all values at the end, when the range is known. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "libcommon/base/rng.h"
#include "libcommon/base/threads.h"
#include "libcommon/eval/density.h"

/* Three assays: two tracks, one, and none that is scored. Method 1 lacks scored track 2. */
#define TRACKS 4
#define SCORED 3u
#define METHODS 2u
#define BINS 4000u
#define CELLS AVO_DENSITY_CELLS

static struct avo_eval_track tracks[TRACKS] = {
    {0, false, true}, {2, false, false}, {0, false, true}, {1, false, true}};
static size_t scored[SCORED] = {0, 2, 3}, place[TRACKS] = {0, 0, 1, 2};
static const struct avo_scored chosen = {.n_tracks = TRACKS, .n_assays = 3, .n_scored = SCORED,
                                         .n_imputed = METHODS, .tracks = tracks,
                                         .scored = scored, .index = place};

static float obs[TRACKS][BINS], imp[SCORED * METHODS][BINS];
static uint8_t use[SCORED][BINS];

static float draw(uint32_t stream, uint32_t i, float scale)
{
    struct avo_rng4 r = avo_rng_draw(7, stream, i, 0, 0, 0);

    if (r.v[1] % 50 == 0)
        return NAN;
    return ((float)(r.v[0] % 4096) / 1024 - 0.25f) * scale;
}

static void fill(float scale)
{
    for (uint32_t i = 0; i < BINS; i++) {
        for (uint32_t t = 0; t < TRACKS; t++)
            obs[t][i] = draw(t, i, scale);
        for (uint32_t k = 0; k < SCORED; k++) {
            use[k][i] = i % 7 != k;
            for (uint32_t m = 0; m < METHODS; m++)
                imp[k * METHODS + m][i] = draw(100 + k * METHODS + m, i, scale);
        }
    }
}

/* Bins [beg, end) as one window. */
static void add(struct avo_density *d, uint32_t beg, uint32_t end)
{
    const float *o[TRACKS], *p[SCORED * METHODS];
    const uint8_t *u[SCORED];
    struct avo_window w = {.beg_bin = beg, .n = end - beg, .observed = o, .n_methods = METHODS,
                           .predicted = p, .use = u};

    for (size_t t = 0; t < TRACKS; t++)
        o[t] = obs[t] + beg;
    for (size_t k = 0; k < SCORED; k++) {
        u[k] = use[k] + beg;
        for (size_t m = 0; m < METHODS; m++)
            p[k * METHODS + m] = k == 2 && m == 1 ? NULL : imp[k * METHODS + m] + beg;
    }
    ck_assert_int_eq(avo_density_add(d, &w, NULL), 0);
}

static struct avo_density *make(struct avo_pool *pool, size_t n_methods, bool arcsinh,
                                uint32_t step)
{
    struct avo_density *d = avo_density_new(&chosen, n_methods, arcsinh, pool, NULL);

    ck_assert_ptr_nonnull(d);
    for (uint32_t beg = 0; beg < BINS; beg += step)
        add(d, beg, beg + step < BINS ? beg + step : BINS);
    return d;
}

/* ---- the plain way ---- */

static double positive(float v, bool arcsinh)
{
    double x = arcsinh ? (double)asinhf(v) : (double)v;

    return x > 0 ? x : 0;
}

static void plain(size_t assay, size_t method, bool arcsinh, double width, uint64_t *counts)
{
    for (size_t k = 0; k < SCORED; k++)
        for (size_t i = 0; i < BINS; i++) {
            float x = obs[scored[k]][i], y = imp[k * METHODS + method][i];

            if (tracks[scored[k]].assay != assay || (k == 2 && method == 1) || !use[k][i] ||
                isnan(x) || isnan(y))
                continue;
            counts[(size_t)floor(positive(y, arcsinh) / width) * CELLS +
                   (size_t)floor(positive(x, arcsinh) / width)]++;
        }
}

/* The largest value of an assay that is counted by any of the first n methods. */
static double plain_max(size_t assay, size_t n_methods, bool arcsinh)
{
    double max = 0;

    for (size_t m = 0; m < n_methods; m++)
        for (size_t k = 0; k < SCORED; k++)
            for (size_t i = 0; i < BINS; i++) {
                float x = obs[scored[k]][i], y = imp[k * METHODS + m][i];

                if (tracks[scored[k]].assay != assay || (k == 2 && m == 1) || !use[k][i] ||
                    isnan(x) || isnan(y))
                    continue;
                max = fmax(max, fmax(positive(x, arcsinh), positive(y, arcsinh)));
            }
    return max;
}

static void compare(struct avo_density *d, size_t n_methods, bool arcsinh)
{
    static uint64_t counts[CELLS * CELLS];

    for (size_t a = 0; a < chosen.n_assays; a++)
        for (size_t m = 0; m < n_methods; m++) {
            struct avo_density_view v = avo_density_view(d, a, m);
            double max = plain_max(a, n_methods, arcsinh);
            uint64_t n = 0, most = 0;

            for (size_t i = 0; i < CELLS * CELLS; i++)
                counts[i] = 0;
            plain(a, m, arcsinh, v.width, counts);
            for (size_t r = 0; r < CELLS; r++)
                for (size_t c = 0; c < CELLS; c++) {
                    ck_assert_uint_eq(v.counts[r * v.stride + c], counts[r * CELLS + c]);
                    n += counts[r * CELLS + c];
                    most = counts[r * CELLS + c] > most ? counts[r * CELLS + c] : most;
                }
            ck_assert_uint_eq(v.n, n);
            ck_assert_uint_eq(v.max, most);
            ck_assert_uint_eq(v.cells, a == 2 ? 0 : (size_t)floor(max / v.width) + 1);
            ck_assert(a == 2 || v.cells > CELLS / 2 || v.width == 0x1p-7);
        }
}

START_TEST(counts_like_loops)
{
    static const float scales[] = {0.01f, 1, 3, 1000};
    struct avo_pool *pool = avo_pool_new(3, NULL);

    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
        for (size_t n = 1; n <= METHODS; n++)
            for (int arcsinh = 0; arcsinh < 2; arcsinh++) {
                struct avo_density *d;

                fill(scales[s]);
                d = make(pool, n, arcsinh, 900);
                compare(d, n, arcsinh);
                ck_assert_uint_eq(avo_density_n_methods(d), n);
                ck_assert(avo_density_is_arcsinh(d) == arcsinh);
                avo_density_free(d);
            }
    avo_pool_free(pool);
}
END_TEST

/* Windows cut another way, on another number of threads, with the large values last. */
START_TEST(no_matter_how_it_comes)
{
    struct avo_pool *one = avo_pool_new(1, NULL), *four = avo_pool_new(4, NULL);
    struct avo_density *a, *b;

    fill(2);
    for (size_t t = 0; t < TRACKS; t++)
        for (size_t i = BINS - 100; i < BINS; i++)
            obs[t][i] *= 300;
    a = make(one, METHODS, false, BINS);
    b = make(four, METHODS, false, 77);
    for (size_t assay = 0; assay < chosen.n_assays; assay++)
        for (size_t m = 0; m < METHODS; m++) {
            struct avo_density_view x = avo_density_view(a, assay, m);
            struct avo_density_view y = avo_density_view(b, assay, m);

            ck_assert_mem_eq(x.counts, y.counts, CELLS * CELLS * sizeof(uint64_t));
            ck_assert_double_eq(x.width, y.width);
        }
    avo_density_free(a);
    avo_density_free(b);
    avo_pool_free(one);
    avo_pool_free(four);
}
END_TEST

START_TEST(infinite_and_negative_values_have_a_cell)
{
    struct avo_pool *pool = avo_pool_new(1, NULL);
    struct avo_density *d = avo_density_new(&chosen, 1, false, pool, NULL);
    struct avo_density_view v;

    fill(1);
    obs[0][1] = INFINITY;
    obs[0][2] = -INFINITY;
    imp[0][1] = imp[0][2] = 0;
    use[0][1] = use[0][2] = 1;
    add(d, 0, 3);
    v = avo_density_view(d, 0, 0);
    ck_assert(isfinite(v.width));
    ck_assert_uint_gt(v.cells, CELLS / 2);
    ck_assert_uint_gt(v.counts[0], 0);
    avo_density_free(d);
    avo_pool_free(pool);
}
END_TEST

START_TEST(too_few_methods_are_refused)
{
    struct avo_pool *pool = avo_pool_new(1, NULL);
    struct avo_density *d = avo_density_new(&chosen, METHODS + 1, false, pool, NULL);
    struct avo_window w = {.n_methods = METHODS};
    struct avo_error err = {0};

    ck_assert_int_eq(avo_density_add(d, &w, &err), -1);
    ck_assert_str_eq(err.msg, "a window of 2 methods (want 3)");
    avo_density_free(d);
    avo_density_free(NULL);
    avo_pool_free(pool);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("density");
    TCase *t = tcase_create("density");
    SRunner *r = srunner_create(s);
    int n_failed;

    tcase_add_test(t, counts_like_loops);
    tcase_add_test(t, no_matter_how_it_comes);
    tcase_add_test(t, infinite_and_negative_values_have_a_cell);
    tcase_add_test(t, too_few_methods_are_refused);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    n_failed = srunner_ntests_failed(r);
    srunner_free(r);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
