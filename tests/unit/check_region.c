/* SPDX-License-Identifier: MIT */
/* check_region.c: -r, BED files, chromosome order, set operations on extents. */
#include "libcommon/genome/region.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static struct avo_header h;
static struct avo_error err;
static struct avo_extent *e;
static size_t n;
static char *notes;
static char bed[] = "/tmp/check_region.XXXXXX";

static void setup(void)
{
    memset(&h, 0, sizeof h);
    memset(&err, 0, sizeof err);
    h.bin_bp = 25;
    h.mid_bins = 10;
    h.coarse_bins = 200;
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr1", 1010, &err), 0);      /* 40 bins, 10 bp */
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr2", 2000000, &err), 0);
    ck_assert_int_eq(avo_header_add_chrom(&h, "HLA:A,1", 500, &err), 0);
    ck_assert_int_eq(avo_header_add_chrom(&h, "chrY", 500, &err), 0);
    ck_assert_int_eq(avo_header_add_chrom(&h, "tiny", 24, &err), 0);
    strcpy(bed, "/tmp/check_region.XXXXXX");
    close(mkstemp(bed));
    e = NULL;
    n = 0;
}

static void teardown(void)
{
    free(e);
    free(notes);
    notes = NULL;
    avo_header_release(&h);
    unlink(bed);
}

static void put(const char *text)
{
    FILE *f = fopen(bed, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void check_extent(size_t i, uint32_t chrom, uint32_t beg, uint32_t end)
{
    ck_assert_uint_lt(i, n);
    ck_assert_uint_eq(e[i].chrom, chrom);
    ck_assert_uint_eq(e[i].beg_bin, beg);
    ck_assert_uint_eq(e[i].end_bin, end);
}

/* With rows that do not fit as the rule says: strict or counted in notes. */
static int select_by(const char *region, const char *file, bool strict)
{
    struct avo_region_ask ask = {.region = region, .region_file = file,
                                 .rule = {strict, &notes}};
    free(notes);
    notes = NULL;
    free(e);
    e = NULL;
    memset(&err, 0, sizeof err);
    return avo_regions_select(&h, &ask, &e, &n, &err);
}

static int exclude_by(const char *file, bool strict)
{
    struct avo_region_ask ask = {.region_file = file, .rule = {strict, NULL}};
    free(e);
    e = NULL;
    memset(&err, 0, sizeof err);
    return avo_regions_exclude(&h, &ask, &e, &n, &err);
}

static void select_ok(const char *region, const char *file)
{
    ck_assert_msg(select_by(region, file, false) == 0, "%s", err.msg);
}

static void select_fails(const char *region, const char *file, const char *want)
{
    ck_assert_int_eq(select_by(region, file, true), -1);
    ck_assert_ptr_null(e);
    ck_assert_msg(strstr(err.msg, want) != NULL, "\"%s\" lacks \"%s\"", err.msg, want);
}

START_TEST(positions_are_1_based_inclusive)
{
    static const struct { const char *text; uint32_t beg, end; } cases[] = {
        {"chr1:1-25", 0, 1}, {"chr1:25-26", 0, 2}, {"chr1:26-26", 1, 2}, {"chr1:1-1", 0, 1},
        {"chr1:1000-1000", 39, 40}, {"chr1:976-1010", 39, 40}, {"chr1:1-1,010", 0, 40},
        {"chr1", 0, 40}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        select_ok(cases[i].text, NULL);
        ck_assert_uint_eq(n, 1);
        check_extent(0, 0, cases[i].beg, cases[i].end);
    }
}
END_TEST

START_TEST(lists_commas_and_odd_names)
{
    select_ok("chr2:1,000,001-1,000,050,chr1:5-10,chr2:26-50", NULL);
    ck_assert_uint_eq(n, 3);
    check_extent(0, 0, 0, 1);
    check_extent(1, 1, 1, 2);
    check_extent(2, 1, 40000, 40002);
    select_ok("HLA:A,1:26-50,chr1:1-25", NULL);
    ck_assert_uint_eq(n, 2);
    check_extent(0, 0, 0, 1);
    check_extent(1, 2, 1, 2);
    select_ok("HLA:A,1,chr1:1-25", NULL);
    ck_assert_uint_eq(n, 2);
    check_extent(1, 2, 0, 20);
}
END_TEST

START_TEST(merging)
{
    select_ok("chr2:51-75,chr2:1-25,chr2:26-30,chr2:60-200,chr2:301-310", NULL);
    ck_assert_uint_eq(n, 2);
    check_extent(0, 1, 0, 8);
    check_extent(1, 1, 12, 13);
    ck_assert_uint_eq(avo_extents_bins(e, n), 9);
}
END_TEST

START_TEST(bad_regions)
{
    static const char *const shapes[] = {"", ",", "chr1,", ",chr1", "chr1:", "chr1:5", "chr1:5-",
        "chr1:-5", "chr1:0-5", "chr1:9-5", "chr1:1-2x", "chr1:1,00-2,000", "chr1:1-5;chr2",
        "chr1:1--5", "chr1:1-99999999999999999999", "chr1:1 -5"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        ck_assert_msg(select_by(shapes[i], NULL, false) == -1, "%s", shapes[i]);
        ck_assert_int_eq(err.status, AVO_EXIT_USAGE);
        ck_assert_ptr_null(e);
    }
    select_fails("chr1:1-1011", NULL, "1011 is past the end of chromosome \"chr1\" (1010 bp)");
    select_fails("1:5-9", NULL, "unknown chromosome \"1\"");
    ck_assert_msg(strstr(err.hint, "\"chr1\"") != NULL, "%s", err.hint);
    select_fails("chr1:1001-1010", NULL, "no whole bin");
    select_fails("tiny", NULL, "no whole bin");
}
END_TEST

/* 40 bins on chr1, the last base of the flank decides; regions that meet become one. */
START_TEST(flanks)
{
    static const struct { const char *text; uint64_t flank_bp; uint32_t beg, end; } cases[] = {
        {"chr1:251-275", 0, 10, 11}, {"chr1:251-275", 1, 9, 12}, {"chr1:251-275", 25, 9, 12},
        {"chr1:251-275", 26, 8, 13}, {"chr1:26-50", 100, 0, 6}, {"chr1:901-925", 1000000000, 0, 40},
        {"chr1:251-275,chr1:351-375", 50, 8, 17}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct avo_region_ask ask = {.region = cases[i].text, .flank_bp = cases[i].flank_bp};
        free(e);
        e = NULL;
        ck_assert_int_eq(avo_regions_select(&h, &ask, &e, &n, &err), 0);
        ck_assert_uint_eq(n, 1);
        check_extent(0, 0, cases[i].beg, cases[i].end);
    }
}
END_TEST

START_TEST(bed_files)
{
    put("# comment\ntrack name=x\nbrowser position\n\nchr2\t0\t25\tname\r\nchr1\t25\t26\n"
        "chr1\t30\t30\nchr1\t1000\t1010\nHLA:A,1 0 500\n");
    select_ok(NULL, bed);
    ck_assert_uint_eq(n, 3);
    check_extent(0, 0, 1, 2);
    check_extent(1, 1, 0, 1);
    check_extent(2, 2, 0, 20);
    select_ok("chr2:26-50", bed);       /* both: the union */
    ck_assert_uint_eq(n, 3);
    check_extent(1, 1, 0, 2);
}
END_TEST

START_TEST(gzip_bed)
{
    gzFile f = gzopen(bed, "wb");
    ck_assert_int_gt(gzputs(f, "chr2\t100\t200\n"), 0);
    gzclose(f);
    select_ok(NULL, bed);
    ck_assert_uint_eq(n, 1);
    check_extent(0, 1, 4, 8);
}
END_TEST

START_TEST(bad_bed)
{
    static const struct { const char *text, *want; } cases[] = {
        {"chr1\t0\t25\nchr1\t5\n", ":2: not BED"}, {"chr1\t-1\t5\n", ":1: not BED"},
        {"chr1\t1.5\t5\n", ":1: not BED"}, {"\n\nchr1\t9\t5\n", ":3: interval ends before"},
        {"chr1\t0\t25\n2\t0\t25\n", ":2: unknown chromosome \"2\""},
        {"chr1\t0\t1011\n", ":1: 1011 is past the end"}, {"chr1:1-5\n", ":1: not BED"},
        {"", "no whole bin"}, {"chr1\t0\t0\n", "no whole bin"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(cases[i].text);
        select_fails(NULL, bed, cases[i].want);
        ck_assert_msg(strstr(err.msg, bed) != NULL, "%s", err.msg);
    }
    select_fails(NULL, "/nonexistent/a.bed", "/nonexistent/a.bed");
}
END_TEST

static void select_notes(const char *text, const char *want)
{
    put(text);
    select_ok(NULL, bed);
    ck_assert_ptr_nonnull(notes);
    ck_assert_msg(strstr(notes, want) != NULL, "\"%s\" lacks \"%s\"", notes, want);
}

START_TEST(rows_that_do_not_fit)
{
    select_notes("chr1\t0\t25\nchr7\t0\t25\nchr8\t0\t25\n", ": 2 of 3 rows left out (2 on "
                 "chromosomes not known here, the first \"chr7\", 0 beyond the end of theirs)");
    ck_assert_uint_eq(n, 1);
    select_notes("chr1\t900\t5000\n", ": 1 cut at the end of their chromosome");
    ck_assert_uint_eq(n, 1);
    check_extent(0, 0, 36, 40);
    select_notes("chr1\t0\t1011\nchr2\t0\t25\nchr1\t1010\t1011\n", ": 1 of 3 rows left out (0 on "
                 "chromosomes not known here, 1 beyond the end of theirs), 1 cut at the end");
    ck_assert_uint_eq(n, 2);
    check_extent(0, 0, 0, 40);
    check_extent(1, 1, 0, 1);
    select_ok("chr1", bed);
    put("chr1\t0\t1010\n");                /* to the very end: fits */
    select_ok(NULL, bed);
    ck_assert_ptr_null(notes);
    put("chr7\t0\t25\n");
    ck_assert_int_eq(select_by(NULL, bed, false), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "none of its chromosomes is known here"));
    put("chr1\t2000\t2025\nchr7\t0\t5\n");
    ck_assert_int_eq(select_by(NULL, bed, false), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "no row lies within the chromosomes known here"));
}
END_TEST

START_TEST(exclusion)
{
    put("chr1\t0\t26\nchrUn\t0\t999999999\n");
    ck_assert_int_eq(exclude_by(bed, false), 0);
    ck_assert_uint_eq(n, 1);
    check_extent(0, 0, 0, 2);
    ck_assert_int_eq(exclude_by(bed, true), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, ":2: unknown chromosome \"chrUn\""));
    put("");
    ck_assert_int_eq(exclude_by(bed, true), 0);
    ck_assert_uint_eq(n, 0);
    put("1\t0\t26\n2\t0\t100\n");
    ck_assert_int_eq(exclude_by(bed, false), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "none of its chromosomes"));
}
END_TEST

START_TEST(default_chromosomes)
{
    select_ok(NULL, NULL);
    ck_assert_uint_eq(n, 3);
    check_extent(0, 0, 0, 40);
    check_extent(1, 1, 0, 80000);
    check_extent(2, 2, 0, 20);          /* neither chrY nor tiny (no whole bin) */
    static const char *const left_out[] = {"chrY", "Y", "chrM", "M", "MT", "chrEBV", "EBV",
        "chr1_random", "chrUn_gl000220", "GL000220.1"};
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        ck_assert_msg(!avo_chrom_is_main(left_out[i]), "%s", left_out[i]);
    static const char *const taken[] = {"chr1", "X", "chrX", "2L", "MtDNA", "scaffold12"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        ck_assert_msg(avo_chrom_is_main(taken[i]), "%s", taken[i]);
    struct avo_header only = {.bin_bp = 25};
    ck_assert_int_eq(avo_header_add_chrom(&only, "NW_01.1", 100, &err), 0);
    ck_assert_int_eq(avo_header_add_chrom(&only, "chrM", 100, &err), 0);
    free(e);
    ck_assert_int_eq(avo_regions_select(&only, &(struct avo_region_ask){0}, &e, &n, &err), 0);
    ck_assert_uint_eq(n, 2);
    avo_header_release(&only);
}
END_TEST

START_TEST(natural_order)
{
    static const char *const given[] = {"chrM", "chr10", "chrUn", "chrX", "chr2", "chrY", "chr1",
        "chr1_random", "chr22", "chr10_alt"};
    static const char *const want[] = {"chr1", "chr2", "chr10", "chr22", "chrX", "chrY", "chrM",
        "chr1_random", "chr10_alt", "chrUn"};
    struct avo_header mixed = {.bin_bp = 25};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        ck_assert_int_eq(avo_header_add_chrom(&mixed, given[i], 100 + i, &err), 0);
    avo_chroms_sort(&mixed);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ck_assert_str_eq(mixed.chroms[i].name, want[i]);
    avo_header_release(&mixed);
}
END_TEST

/* Set operations against a bitmap, on extents drawn by a fixed generator. */
enum { BITS = 120, CHROMS = 2 };

static size_t draw_extents(struct avo_extent *out, uint32_t *state)
{
    size_t k = 0;
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t at = 0; at < BITS - 12; ) {
            *state = *state * 1664525u + 1013904223u;
            uint32_t beg = at + 1 + (*state >> 28), end = beg + 1 + (*state >> 20) % 8;
            if (end > BITS)
                break;
            out[k++] = (struct avo_extent){c, beg, end};
            at = end;
        }
    return k;
}

static void to_bits(const struct avo_extent *x, size_t n_x, char bits[CHROMS][BITS])
{
    memset(bits, 0, (size_t)CHROMS * BITS);
    for (size_t i = 0; i < n_x; i++)
        for (uint32_t b = x[i].beg_bin; b < x[i].end_bin; b++)
            bits[x[i].chrom][b]++;
}

static void check_bits(char a[CHROMS][BITS], char b[CHROMS][BITS], bool subtract)
{
    char got[CHROMS][BITS];
    to_bits(e, n, got);
    for (int c = 0; c < CHROMS; c++)
        for (int i = 0; i < BITS; i++)
            ck_assert_int_eq(got[c][i], subtract ? a[c][i] && !b[c][i] : a[c][i] && b[c][i]);
    for (size_t i = 1; i < n; i++)
        ck_assert(e[i - 1].chrom < e[i].chrom || e[i - 1].end_bin <= e[i].beg_bin);
}

START_TEST(set_operations)
{
    struct avo_extent a[CHROMS * BITS], b[CHROMS * BITS];
    char bits_a[CHROMS][BITS], bits_b[CHROMS][BITS];
    uint32_t state = 7;
    for (int round = 0; round < 200; round++) {
        size_t n_a = draw_extents(a, &state), n_b = draw_extents(b, &state);
        to_bits(a, n_a, bits_a);
        to_bits(b, n_b, bits_b);
        ck_assert_int_eq(avo_extents_intersect(a, n_a, b, n_b, &e, &n, &err), 0);
        check_bits(bits_a, bits_b, false);
        free(e);
        ck_assert_int_eq(avo_extents_subtract(a, n_a, b, n_b, &e, &n, &err), 0);
        check_bits(bits_a, bits_b, true);
        free(e);
        e = NULL;
        for (uint32_t beg = 0; beg < BITS; beg += 3) {
            bool any = false;
            for (uint32_t i = beg; i < beg + 2 && i < BITS; i++)
                any = any || bits_a[1][i];
            ck_assert_int_eq(avo_extents_touch(a, n_a, 1, beg, beg + 2), any);
            ck_assert(!avo_extents_touch(a, n_a, 1, beg, beg));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("region");
    TCase *tc = tcase_create("region");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, positions_are_1_based_inclusive);
    tcase_add_test(tc, lists_commas_and_odd_names);
    tcase_add_test(tc, merging);
    tcase_add_test(tc, flanks);
    tcase_add_test(tc, bad_regions);
    tcase_add_test(tc, bed_files);
    tcase_add_test(tc, gzip_bed);
    tcase_add_test(tc, bad_bed);
    tcase_add_test(tc, rows_that_do_not_fit);
    tcase_add_test(tc, exclusion);
    tcase_add_test(tc, default_chromosomes);
    tcase_add_test(tc, natural_order);
    tcase_add_test(tc, set_operations);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
