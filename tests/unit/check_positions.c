/* SPDX-License-Identifier: MIT */
/* check_positions.c: runs of bins: what becomes one run, indices and bins, context. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/digest.h"
#include "libcommon/model/positions.h"
#include "tests/lib/unit/toy.h"

static struct avo_error err;
static struct avo_header header;
static struct avo_positions p;

static void setup(void)
{
    memset(&err, 0, sizeof err);
    header = (struct avo_header){.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    for (int i = 0; i < 3; i++)
        toy_must(avo_header_add_chrom(&header, (const char *[]){"chr1", "chr2", "chrX"}[i],
                                      1000000, &err), &err);
}

static void teardown(void)
{
    avo_positions_release(&p);
    ck_assert_ptr_null(p.runs);
    ck_assert_ptr_null(p.run_of);
    avo_header_release(&header);
}

static void add(uint32_t chrom, uint32_t beg, uint32_t n, bool context)
{
    struct avo_run run = {beg, n};
    struct avo_span span = {chrom, 1, n, &run};
    toy_must(avo_positions_add(&p, &header, &span, context, &err), &err);
}

static void is_run(uint32_t r, uint32_t chrom, uint32_t beg, uint32_t n, uint32_t first)
{
    ck_assert_uint_eq(p.runs[r].chrom, chrom);
    ck_assert_uint_eq(p.runs[r].chrom_crc, avo_crc32c(0, header.chroms[chrom].name, 4));
    ck_assert_uint_eq(p.runs[r].beg_bin, beg);
    ck_assert_uint_eq(p.runs[r].n_bins, n);
    ck_assert_uint_eq(p.runs[r].first, first);
}

/* Indices count on; each finds its run and bin, and is found by them. */
static void check_indices(void)
{
    uint32_t i = 0, n_context = 0;
    for (uint32_t r = 0; r < p.n_runs; r++)
        for (uint32_t b = 0; b < p.runs[r].n_bins; b++, i++) {
            ck_assert_ptr_eq(avo_positions_run(&p, i), &p.runs[r]);
            ck_assert_uint_eq(avo_positions_bin(&p, i), p.runs[r].beg_bin + b);
            ck_assert_int_eq(avo_positions_find(&p, p.runs[r].chrom, p.runs[r].beg_bin + b), i);
            n_context += p.runs[r].context;
        }
    ck_assert_uint_eq(p.n_bins, i);
    ck_assert_uint_eq(p.n_context, n_context);
}

START_TEST(bins_that_meet_are_one_run)
{
    const struct avo_run runs[] = {{200, 3}, {205, 1}};
    add(0, 3, 1, false);
    add(0, 9, 1, false);
    add(0, 10, 190, false);
    toy_must(avo_positions_add(&p, &header, &(struct avo_span){0, 2, 4, runs}, false, &err), &err);
    add(1, 206, 5, false);      /* where chr1 ended */
    ck_assert_uint_eq(p.n_runs, 4);
    is_run(0, 0, 3, 1, 0);
    is_run(1, 0, 9, 194, 1);
    is_run(2, 0, 205, 1, 195);
    is_run(3, 1, 206, 5, 196);
    check_indices();
}
END_TEST

START_TEST(bins_that_are_not_there)
{
    static const uint32_t none[][2] = {{0, 0}, {0, 9}, {0, 15}, {0, 19}, {0, 22}, {0, UINT32_MAX},
                                       {1, 10}, {2, 4}, {2, 6}, {3, 5}};
    ck_assert_int_eq(avo_positions_find(&p, 0, 0), -1);
    add(0, 10, 5, false);
    add(0, 20, 2, false);
    add(2, 5, 1, false);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_int_eq(avo_positions_find(&p, none[i][0], none[i][1]), -1);
    check_indices();
}
END_TEST

/* Context never runs into other bins, whichever comes first; it has indices as they have. */
START_TEST(context_is_apart_and_counted)
{
    add(0, 0, 1000, true);
    add(0, 1000, 400, false);
    add(0, 1400, 500, true);
    add(0, 1900, 500, true);
    add(1, 0, 7, false);
    ck_assert_uint_eq(p.n_runs, 4);
    ck_assert_uint_eq(p.n_bins, 2407);
    ck_assert_uint_eq(p.n_context, 2000);
    is_run(0, 0, 0, 1000, 0);
    is_run(1, 0, 1000, 400, 1000);
    is_run(2, 0, 1400, 1000, 1400);
    is_run(3, 1, 0, 7, 2400);
    for (uint32_t r = 0; r < p.n_runs; r++)
        ck_assert(p.runs[r].context == (r % 2 == 0));
    check_indices();
}
END_TEST

START_TEST(cleared_is_empty)
{
    add(0, 0, 10, true);
    add(0, 10, 10, false);
    avo_positions_clear(&p);
    ck_assert_uint_eq(p.n_runs + p.n_bins + p.n_context, 0);
    ck_assert_int_eq(avo_positions_find(&p, 0, 10), -1);
    add(0, 20, 4, false);       /* not the end of what was there */
    ck_assert_uint_eq(p.n_runs, 1);
    is_run(0, 0, 20, 4, 0);
    check_indices();
}
END_TEST

START_TEST(more_bins_than_can_be_counted)
{
    struct avo_run run = {1, UINT32_MAX - 1};
    struct avo_span span = {0, 1, run.n_bins, &run};
    add(0, 0, 1, false);
    ck_assert_int_eq(avo_positions_add(&p, &header, &span, false, &err), -1);
    ck_assert_str_eq(err.msg, "more than 4294967294 bins in memory at once");
    check_indices();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("positions");
    TCase *t = tcase_create("positions");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, bins_that_meet_are_one_run);
    tcase_add_test(t, bins_that_are_not_there);
    tcase_add_test(t, context_is_apart_and_counted);
    tcase_add_test(t, cleared_is_empty);
    tcase_add_test(t, more_bins_than_can_be_counted);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
