/* SPDX-License-Identifier: MIT */
/* check_sample.c: the order of samples and the draws: permutation, coverage, wrapping, uniformity,
 * independence of the region; samples grouped by row. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/cpu_step.h"
#include "libcommon/backend/groups.h"
#include "tests/lib/unit/toy.h"

/* ---- the keyed permutation ---- */

START_TEST(permute_is_a_permutation)
{
    static const uint32_t sizes[] = {1, 2, 3, 5, 16, 17, 1000, 65536, 65537};
    uint32_t n = sizes[_i];
    uint8_t *seen = malloc(n);
    for (uint32_t epoch = 0; epoch < 3; epoch++) {
        memset(seen, 0, n);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t to = avo_permute(9, epoch, n, i);
            ck_assert_uint_lt(to, n);
            ck_assert_msg(!seen[to], "n %u: %u twice", n, to);
            seen[to] = 1;
        }
    }
    free(seen);
}
END_TEST

START_TEST(permute_differs_by_key)
{
    uint32_t same_epoch = 0, same_seed = 0, fixed = 0, n = 5000;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t a = avo_permute(1, 0, n, i);
        same_epoch += a == avo_permute(1, 1, n, i);
        same_seed += a == avo_permute(2, 0, n, i);
        fixed += a == i;
    }
    /* each about Poisson with mean 1 */
    ck_assert_uint_lt(same_epoch, 10);
    ck_assert_uint_lt(same_seed, 10);
    ck_assert_uint_lt(fixed, 10);
}
END_TEST

/* ---- places ---- */

START_TEST(an_epoch_covers_every_bin_once)
{
    enum { G = 1237 };
    struct avo_step s = {.order = _i ? AVO_ORDER_PERMUTED : AVO_ORDER_SEQUENTIAL, .seed = 4,
                         .epoch = 6};
    uint8_t seen[G] = {0};
    for (uint64_t q = 0; q < G; q++) {
        uint32_t visit, bin = avo_sample_place(&s, G, q, &visit);
        ck_assert_uint_lt(bin, G);
        ck_assert_uint_eq(visit, 6);
        ck_assert_uint_eq(seen[bin]++, 0);
        if (!_i)
            ck_assert_uint_eq(bin, q);
    }
}
END_TEST

START_TEST(wrapping_windows_count_passes)
{
    struct avo_step s = {.order = AVO_ORDER_SEQUENTIAL, .wrap = true, .epoch = 3};
    static const uint64_t numbers[] = {0, 99, 100, 101, 199, 200, 12345678901ull};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint32_t visit, bin = avo_sample_place(&s, 100, numbers[i], &visit);
        ck_assert_uint_eq(bin, numbers[i] % 100);
        ck_assert_uint_eq(visit, numbers[i] / 100);
    }
}
END_TEST

START_TEST(random_bins_are_uniform)
{
    enum { G = 100, N = 100000 };
    struct avo_step s = {.order = AVO_ORDER_RANDOM, .seed = 4, .epoch = 1};
    double chi = 0;
    uint32_t count[G] = {0};
    for (uint64_t q = 0; q < N; q++) {
        uint32_t visit, bin = avo_sample_place(&s, G, q, &visit);
        ck_assert_uint_eq(visit, q);
        count[bin]++;
    }
    for (int i = 0; i < G; i++)
        chi += (count[i] - 1000.0) * (count[i] - 1000.0) / 1000;
    ck_assert_msg(chi > 50 && chi < 160, "chi-square %g (99 degrees of freedom)", chi);
}
END_TEST

/* ---- tracks ---- */

#define TRACKS .blocks = {{AVO_BLOCK_CELLTYPE, 2, 0}, {AVO_BLOCK_ASSAY, 2, 0}, \
                          {AVO_BLOCK_GENOME, 2, 1}}, .hidden = {2}, .n_celltypes = 4, \
               .n_assays = 5, .n = 100
static const struct toy_spec wide = {.name = "wide", .dtype = AVO_F16, TRACKS,
                                     .runs = {{0, 0, 20000}, {2, 5000, 3000}}};
static const struct toy_spec narrow = {.name = "narrow", .dtype = AVO_F32, TRACKS,
                                       .runs = {{0, 7000, 100}, {2, 6000, 50}}};

/* 16 tracks: 15 degrees of freedom; beyond 40 less than once in 2000. */
START_TEST(tracks_are_drawn_uniformly)
{
    struct toy t;
    toy_init(&t, &wide, 1, 0.9);
    struct avo_step s = toy_step(&t, 1);
    double chi = 0, mean = t.positions.n_bins / (double)s.n_pairs;
    uint32_t count[32] = {0}, repeats = 0, last = 99;
    ck_assert_uint_eq(s.n_pairs, 16);
    for (uint32_t i = 0; i < t.positions.n_bins; i++) {
        float value;
        int p = avo_sample_pair(&s, &t.on, i, (uint32_t)_i, &value);
        ck_assert(p >= 0 && (uint32_t)p < s.n_pairs);
        ck_assert_float_eq(value, avo_signal_at(&t.signal, i, s.columns[p]));
        count[p]++;
        repeats += (uint32_t)p == last;
        last = (uint32_t)p;
    }
    for (uint32_t p = 0; p < s.n_pairs; p++)
        chi += (count[p] - mean) * (count[p] - mean) / mean;
    ck_assert_msg(chi < 40, "chi-square %g", chi);
    ck_assert_msg(fabs(repeats - mean) < 5 * sqrt(mean), "%u repeats, want about %g", repeats,
                  mean);
    toy_release(&t);
}
END_TEST

/* The same track at a bin whatever other bins there are; another one at another visit or seed. */
START_TEST(draws_do_not_depend_on_the_region)
{
    struct toy a, b;
    toy_init(&a, &wide, 1, 0.9);
    toy_init(&b, &narrow, 1, 0.9);
    struct avo_step s = toy_step(&a, 1), other = s;
    uint32_t same[2] = {0};
    other.seed++;
    for (uint32_t i = 0; i < b.positions.n_bins; i++) {
        uint32_t at = i < 100 ? 7000 + i : 20000 + 1000 + (i - 100);
        float x, y;
        int p = avo_sample_pair(&s, &a.on, at, 5, &x);
        ck_assert_int_eq(p, avo_sample_pair(&s, &b.on, i, 5, &y));
        ck_assert_float_le(fabsf(x - y), 0.01f);    /* float16 and float32 of one value */
        same[0] += p == avo_sample_pair(&s, &b.on, i, 6, &y);
        same[1] += p == avo_sample_pair(&other, &b.on, i, 5, &y);
    }
    ck_assert(same[0] < 30 && same[1] < 30);        /* about 150 / 16 */
    toy_release(&a);
    toy_release(&b);
}
END_TEST

/* Share of bins where nine draws of 16 tracks, each missing or not for good, find none. */
static double lost_share(double missing)
{
    double share = 0, choose = 1;
    for (int k = 0; k <= 16; k++) {
        share += choose * pow(missing, k) * pow(1 - missing, 16 - k) * pow(k / 16.0, 9);
        choose *= (16.0 - k) / (k + 1);
    }
    return share;
}

START_TEST(missing_values_are_redrawn)
{
    struct toy_spec spec = wide;
    struct toy t;
    spec.missing = 0.8;
    toy_init(&t, &spec, 1, 0.9);
    struct avo_step s = toy_step(&t, 1);
    double lost = 0, n = t.positions.n_bins, want = lost_share(0.8);
    for (uint32_t i = 0; i < t.positions.n_bins; i++) {
        float value;
        int p = avo_sample_pair(&s, &t.on, i, 1, &value);
        lost += p < 0;
        ck_assert(p < 0 || !isnan(value));
    }
    ck_assert_msg(fabs(lost - want * n) < 5 * sqrt(want * (1 - want) * n),
                  "%g lost of %g, want about %g", lost, n, want * n);
    toy_release(&t);
}
END_TEST

START_TEST(cell_types_are_dropped_at_their_share)
{
    struct toy_spec spec = wide;
    struct toy t;
    spec.celltype_dropout = 0.3;
    toy_init(&t, &spec, 1, 0.9);
    struct avo_step s = toy_step(&t, 1), none = s;
    double dropped = 0, n = t.positions.n_bins;
    none.celltype_dropout = 0;
    ck_assert_uint_eq(s.n_all, s.n_pairs + 4);     /* assays that have a track */
    for (uint32_t i = 0; i < t.positions.n_bins; i++) {
        float x, y;
        int p = avo_sample_pair(&s, &t.on, i, 1, &x);
        int q = avo_sample_pair(&none, &t.on, i, 1, &y);
        ck_assert_float_eq(x, y);
        ck_assert_uint_eq(s.pairs[p].assay, s.pairs[q].assay);
        ck_assert_uint_lt((uint32_t)q, s.n_pairs);
        dropped += p != q;
        ck_assert(p == q || s.pairs[p].celltype == AVO_NO_ROW);
    }
    ck_assert(fabs(dropped - 0.3 * n) < 5 * sqrt(0.21 * n));
    toy_release(&t);
}
END_TEST

/* ---- dropout ---- */

START_TEST(units_are_dropped_at_their_share)
{
    enum { N = 4000, UNITS = 37 };
    double kept = 0;
    uint32_t by_unit[UNITS] = {0};
    for (uint32_t bin = 0; bin < N; bin++)
        for (uint32_t u = 0; u < UNITS; u++) {
            struct avo_rng4 r = avo_dropout_draw(1, 2, bin, 3, 1, u);
            int keeps = avo_dropout_keeps(&r, u, 64);
            by_unit[u] += (uint32_t)keeps;
            kept += keeps;
        }
    ck_assert(fabs(kept - 0.75 * N * UNITS) < 5 * sqrt(0.1875 * N * UNITS));
    for (int u = 0; u < UNITS; u++)
        ck_assert(fabs(by_unit[u] - 0.75 * N) < 5 * sqrt(0.1875 * N));
}
END_TEST

/* ---- groups ---- */

START_TEST(groups_are_stable_and_whole)
{
    static const uint32_t ranges[] = {1, 3, 300, 70000, 20000000, UINT32_MAX};
    enum { N = 2000 };
    struct avo_groups g = {0};
    struct avo_error err = {0};
    uint32_t key[N];
    for (uint32_t n = 0; n <= N; n = n * 3 + 1) {
        toy_must(avo_groups_reserve(&g, n, &err), &err);
        for (uint32_t i = 0; i < n; i++)
            key[i] = g.key[i] = avo_rng_below(avo_rng_draw(1, 96, i, n, 0, 0).v[0], ranges[_i]);
        avo_groups_build(&g, n);
        ck_assert_uint_eq(g.start[g.n], n);
        for (uint32_t j = 0; j < g.n; j++) {
            ck_assert_uint_lt(g.start[j], g.start[j + 1]);
            ck_assert(j == 0 || g.row[j - 1] < g.row[j]);
            for (uint32_t i = g.start[j]; i < g.start[j + 1]; i++) {
                ck_assert_uint_eq(key[g.order[i]], g.row[j]);
                ck_assert(i == g.start[j] || g.order[i - 1] < g.order[i]);
            }
        }
    }
    avo_groups_release(&g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sample");
    TCase *t = tcase_create("sample");
    tcase_add_loop_test(t, permute_is_a_permutation, 0, 9);
    tcase_add_test(t, permute_differs_by_key);
    tcase_add_loop_test(t, an_epoch_covers_every_bin_once, 0, 2);
    tcase_add_test(t, wrapping_windows_count_passes);
    tcase_add_test(t, random_bins_are_uniform);
    tcase_add_loop_test(t, tracks_are_drawn_uniformly, 0, 3);
    tcase_add_test(t, draws_do_not_depend_on_the_region);
    tcase_add_test(t, missing_values_are_redrawn);
    tcase_add_test(t, cell_types_are_dropped_at_their_share);
    tcase_add_test(t, units_are_dropped_at_their_share);
    tcase_add_loop_test(t, groups_are_stable_and_whole, 0, 6);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
