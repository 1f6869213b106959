/* SPDX-License-Identifier: MIT */
/* check_tiling.c: the grid of tiles: sizes, alignment, independence of the regions asked for. */
#include "libcommon/genome/tiling.h"

#include <check.h>
#include <string.h>

static struct avo_header h;
static struct avo_tiling t;
static struct avo_error err;

static void setup(void)
{
    memset(&h, 0, sizeof h);
    memset(&t, 0, sizeof t);
    memset(&err, 0, sizeof err);
    h.bin_bp = 25;
    h.mid_bins = 10;
    h.coarse_bins = 200;
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr1", 3000000, &err), 0);   /* 120,000 bins */
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr2", 1000123, &err), 0);   /* 40,004 bins */
}

static void teardown(void)
{
    avo_tiling_release(&t);
    h.n_tracks = 0;         /* set without tracks by the tests */
    avo_header_release(&h);
}

static void extent(uint32_t chrom, uint32_t beg, uint32_t end)
{
    ck_assert_int_eq(avo_header_add_extent(&h, chrom, beg, end, &err), 0);
}

START_TEST(sizes)
{
    static const struct { size_t n_tracks; enum avo_dtype dtype; uint32_t coarse, want; } c[] = {
        {1, AVO_F16, 200, 40000}, {65, AVO_F16, 200, 40000}, {66, AVO_F16, 200, 20000},
        {32, AVO_F32, 200, 40000}, {33, AVO_F32, 200, 20000}, {1014, AVO_F16, 200, 2400},
        {10000, AVO_F16, 200, 200}, {83000, AVO_F16, 200, 200}, {1, AVO_F16, 30, 39990},
        {1, AVO_F16, 50000, 50000}, {1, AVO_F16, 1, 40000}, {500, AVO_F16, 50000, 50000}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        h.n_tracks = c[i].n_tracks;
        h.coarse_bins = c[i].coarse;
        ck_assert_msg(avo_tiling_init(&t, &h, c[i].dtype, &err) == 0, "%zu: %s", i, err.msg);
        ck_assert_msg(t.tile_bins == c[i].want, "%zu: %u bins, want %u", i, t.tile_bins,
                      c[i].want);
        avo_tiling_release(&t);
    }
    h.n_tracks = 170000;
    h.coarse_bins = 200;
    ck_assert_int_eq(avo_tiling_init(&t, &h, AVO_F16, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "170000 tracks are too many"));
}
END_TEST

/* Every bin asked for is in one tile of its cell, in order. */
static void check_plan(void)
{
    uint64_t n = 0;
    size_t run = 0, e = 0;
    uint32_t at = h.extents[0].beg_bin;
    for (size_t i = 0; i < t.n_tiles; i++) {
        uint32_t bins = 0;
        ck_assert_uint_eq(t.tiles[i].first_run, run);
        ck_assert_uint_gt(t.tiles[i].n_runs, 0);
        uint32_t cell = t.runs[run].beg_bin / t.tile_bins;
        for (uint32_t k = 0; k < t.tiles[i].n_runs; k++, run++) {
            const struct avo_run *r = &t.runs[run];
            ck_assert_uint_eq(t.tiles[i].chrom, h.extents[e].chrom);
            ck_assert_uint_eq(r->beg_bin, at);
            ck_assert_uint_eq(r->beg_bin / t.tile_bins, cell);
            ck_assert_uint_eq((r->beg_bin + r->n_bins - 1) / t.tile_bins, cell);
            bins += r->n_bins;
            at += r->n_bins;
            if (at == h.extents[e].end_bin && ++e < h.n_extents)
                at = h.extents[e].beg_bin;
        }
        ck_assert_uint_eq(t.tiles[i].n_bins, bins);
        n += bins;
    }
    ck_assert_uint_eq(e, h.n_extents);
    ck_assert_uint_eq(n, t.n_bins);
    ck_assert_uint_eq(run, t.n_runs);
}

START_TEST(whole_chromosomes)
{
    h.n_tracks = 20;
    extent(0, 0, 120000);
    extent(1, 0, 40004);
    ck_assert_int_eq(avo_tiling_init(&t, &h, AVO_F16, &err), 0);
    ck_assert_uint_eq(t.n_tiles, 5);
    ck_assert_uint_eq(t.n_bins, 160004);
    check_plan();
}
END_TEST

START_TEST(regions_keep_the_grid)
{
    h.n_tracks = 20;
    extent(0, 5, 6);
    extent(0, 39999, 40001);
    extent(0, 40100, 80000);
    extent(1, 39999, 40004);
    ck_assert_int_eq(avo_tiling_init(&t, &h, AVO_F16, &err), 0);
    ck_assert_uint_eq(t.n_tiles, 4);
    ck_assert_uint_eq(t.n_runs, 6);
    ck_assert_uint_eq(t.tiles[1].n_runs, 2);
    ck_assert_uint_eq(t.tiles[1].n_bins, 39901);
    check_plan();
}
END_TEST

START_TEST(no_extent)
{
    h.n_tracks = 1;
    ck_assert_int_eq(avo_tiling_init(&t, &h, AVO_F16, &err), 0);
    ck_assert_uint_eq(t.n_tiles, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tiling");
    TCase *tc = tcase_create("tiling");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, sizes);
    tcase_add_test(tc, whole_chromosomes);
    tcase_add_test(tc, regions_keep_the_grid);
    tcase_add_test(tc, no_extent);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
