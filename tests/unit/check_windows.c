/* SPDX-License-Identifier: MIT */
/* check_windows.c: rows of BED and BEDPE, anchors, tiles and the bins that windows touch. */
#include "libcommon/genome/windows.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct avo_header h;
static char path[64];
static struct avo_windows w;

static void setup(void)
{
    h = (struct avo_header){.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr1", 10010, NULL), 0);
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr2", 5000, NULL), 0);
    strcpy(path, "/tmp/check_windows.XXXXXX");
    close(mkstemp(path));
}

static void teardown(void)
{
    unlink(path);
    avo_header_release(&h);
    avo_windows_release(&w);
}

static void write_text(const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void read_text(const char *text, struct avo_windows_options opt)
{
    struct avo_error err = {0};
    write_text(text);
    opt.path = path;
    avo_windows_release(&w);
    ck_assert_msg(avo_windows_read(&w, &h, &opt, &err) == 0, "%s", err.msg);
}

/* The message without the file's name. */
static void fails(const char *text, struct avo_windows_options opt, const char *want)
{
    struct avo_error err = {0};
    write_text(text);
    opt.path = path;
    avo_windows_release(&w);
    ck_assert_int_eq(avo_windows_read(&w, &h, &opt, &err), -1);
    ck_assert_msg(!strncmp(err.msg, path, strlen(path)) &&
                      !strncmp(err.msg + strlen(path), want, strlen(want)),
                  "%s (want %s)", err.msg, want);
    ck_assert_ptr_null(w.places);
}

static void text_is(size_t row, size_t k, const char *want)
{
    ck_assert_str_eq(avo_windows_text(&w, row, k), want);
}

START_TEST(bed_columns)
{
    read_text("chr2\t0\t5000\tb\t7\t-\tx\n\n# note\nchr1\t3\t10010\ta b\t\t+\t\n",
              (struct avo_windows_options){0});
    ck_assert_uint_eq(w.n, 2);
    ck_assert_uint_eq(w.places[0].chrom, 1);
    ck_assert_uint_eq(w.places[0].end_bp, 5000);
    ck_assert_int_eq(w.places[0].strand, '-');
    ck_assert_int_eq(w.places[1].strand, '+');
    text_is(0, 0, "b");
    text_is(1, 0, "a b");
    text_is(1, 1, "");
    ck_assert_uint_eq(w.n_columns, 3);
    ck_assert_str_eq(w.columns[0], "score");
    ck_assert_str_eq(w.columns[1], "strand");
    ck_assert_str_eq(w.columns[2], "column7");
    text_is(0, 3, "7");
    text_is(0, 5, "x");
    text_is(1, 5, "");
    /* without tabs: blanks; no strand, no columns */
    read_text("chr1 5  6\nchr1 6 7\n", (struct avo_windows_options){0});
    ck_assert_uint_eq(w.n, 2);
    ck_assert_int_eq(w.places[1].strand, '.');
    ck_assert_uint_eq(w.n_columns, 0);
    text_is(1, 0, "");
}
END_TEST

START_TEST(chosen_columns)
{
    struct avo_windows_options opt = {.label_column = "4", .group_column = "5"};
    read_text("chr1\t0\t1\t1\tENr231\n", opt);
    text_is(0, 0, "");
    text_is(0, 1, "1");
    text_is(0, 2, "ENr231");
    ck_assert_uint_eq(w.n_columns, 0);
    /* names of a header line, with # or without; its own name, label and group unless asked */
    opt.label_column = "y";
    opt.group_column = NULL;
    read_text("#chrom\tbeg\tend\tname\ty\tgroup\tstrand\nchr1\t0\t1\tn\t0.5\tg\t-\n", opt);
    text_is(0, 0, "n");
    text_is(0, 1, "0.5");
    text_is(0, 2, "g");
    ck_assert_uint_eq(w.n_columns, 1);
    ck_assert_int_eq(w.places[0].strand, '-');
    opt = (struct avo_windows_options){.name_column = "region"};
    read_text("chrom\tbeg\tend\tlabel\tregion\nchr1\t0\t1\t1\tr\n", opt);
    text_is(0, 0, "r");
    text_is(0, 1, "1");
    /* a # line of another width is a note */
    read_text("#a\tb\nchr1\t0\t1\tn\n", (struct avo_windows_options){0});
    text_is(0, 0, "n");
}
END_TEST

START_TEST(bedpe)
{
    struct avo_windows_options opt = {.pairs = true};
    read_text("chrom1\tstart1\tend1\tchrom2\tstart2\tend2\tname\tlabel\tstrand2\n"
              "chr1\t0\t1\tchr2\t7\t9\tp\t1\t-\n", opt);
    ck_assert_uint_eq(w.per_row, 2);
    ck_assert_uint_eq(w.places[1].chrom, 1);
    ck_assert_uint_eq(w.places[1].beg_bp, 7);
    ck_assert_int_eq(w.places[0].strand, '.');
    ck_assert_int_eq(w.places[1].strand, '-');
    text_is(0, 0, "p");
    text_is(0, 1, "1");
    read_text("chr1\t0\t1\tchr2\t7\t9\tp\t0\t+\t-\n", opt);
    ck_assert_int_eq(w.places[0].strand, '+');
    ck_assert_int_eq(w.places[1].strand, '-');
    ck_assert_str_eq(w.columns[1], "strand1");
    text_is(0, 0, "p");
    fails("chr1\t0\t1\tchr2\t7\n", opt, ":1: not BEDPE");
    read_text("chr1\t0\t1\tchr2\t7\t9\nchr1\t0\t1\tx\t7\t9\nx\t0\t1\tx\t7\t9\n"
              "chr1\t0\t1\tchr2\t7\t5001\n", opt);
    ck_assert_uint_eq(w.n, 2);          /* a pair with an unknown side is left out, once */
    ck_assert_uint_eq(w.n_skipped, 2);
    ck_assert_uint_eq(w.places[3].end_bp, 5000);
    opt.rule.strict = true;
    fails("chr1\t0\t1\tchr2\t7\t5001\n", opt, ":1: 5001 is past the end of chromosome \"chr2\"");
}
END_TEST

START_TEST(bad_rows)
{
    struct avo_windows_options opt = {0};
    fails("chr1\t0\t1\nchr1\t5\t5\n", opt, ":2: empty interval (start and end are 5)");
    fails("chr1\t6\t5\n", opt, ":1: interval ends before it starts (6, 5)");
    opt.rule.strict = true;
    fails("chr1\t0\t10011\n", opt, ":1: 10011 is past the end of chromosome \"chr1\" (10010 bp)");
    fails("1\t0\t1\n", opt, ":1: unknown chromosome \"1\"");
    fails("chr1\t0\t1\nchr1\t0\n", opt, ":2: not BED");
    fails("chr1\t0\t1\nchr1\t0\t1\tx\n", opt, ":2: 4 columns (the rows before it have 3)");
    fails("chr1\t-1\t1\n", opt, ":1: not BED");
    fails("# only\n", opt, ": no row in it");
    fails("chrom\tstart\tend\tx\nchr1\t0\t1\n", opt, ":2: 3 columns (the header line has 4)");
    fails("chrom\tstart\tend\tx\tx\nchr1\t0\t1\t1\t1\n", opt, ":2: two columns are called \"x\"");
    opt.label_column = "lable";
    fails("chrom\tstart\tend\tlabel\nchr1\t0\t1\t0\n", opt, ":2: --label-column lable: no such");
    opt.label_column = "4";
    fails("chr1\t0\t1\n", opt, ":1: --label-column 4: no such column");
    opt.label_column = "3";
    fails("chr1\t0\t1\n", opt, ":1: --label-column 3: that column is of the interval");
    opt = (struct avo_windows_options){.need_strand = true};
    fails("chr1\t0\t1\tx\t0\t.\n", opt, ":1: no strand");
    opt = (struct avo_windows_options){.want_bp = 2000};
    fails("chr1\t0\t1999\n", opt, ":1: interval of 1999 bp (--tiles wants 2000)");
    char *notes = NULL;
    opt = (struct avo_windows_options){.want_bp = 2000, .rule.notes = &notes};
    read_text("chr1\t9000\t11000\nchr1\t0\t2000\n", opt);     /* tiles: all of it or nothing */
    ck_assert_uint_eq(w.n, 1);
    ck_assert_ptr_nonnull(strstr(notes, ": 1 of 2 rows left out"));
    free(notes);
    notes = NULL;
    opt = (struct avo_windows_options){.rule.notes = &notes};
    fails("x\t0\t1\ny\t0\t1\n", opt, ": none of its chromosomes is known here");
    read_text("x\t0\t1\nchr2\t0\t1\n", opt);
    ck_assert_uint_eq(w.n, 1);
    ck_assert_uint_eq(w.n_skipped, 1);
    ck_assert_ptr_nonnull(strstr(notes, ": 1 of 2 rows left out (1 on chromosomes not known here, "
                                        "the first \"x\", 0 beyond"));
    free(notes);
    notes = NULL;
    read_text("chr1\t10009\t20000\n", opt);
    ck_assert_uint_eq(w.places[0].end_bp, 10010);
    ck_assert_ptr_nonnull(strstr(notes, ": 1 cut at the end of their chromosome"));
    free(notes);
}
END_TEST

START_TEST(fixed)
{
    struct avo_extent e[] = {{0, 0, 10}, {0, 12, 41}, {0, 399, 400}, {1, 39, 40}};
    struct avo_error err = {0};
    ck_assert_int_eq(avo_windows_fixed(&w, &h, 1000, e, 4, &err), 0);
    ck_assert_uint_eq(w.n, 4);
    ck_assert_uint_eq(w.places[0].beg_bp, 0);
    ck_assert_uint_eq(w.places[1].beg_bp, 1000);
    ck_assert_uint_eq(w.places[2].beg_bp, 9000);
    ck_assert_uint_eq(w.places[3].beg_bp, 0);
    ck_assert_uint_eq(w.places[3].chrom, 1);
    avo_windows_release(&w);
    ck_assert_int_eq(avo_windows_fixed(&w, &h, 4000, e, 4, &err), 0);
    ck_assert_uint_eq(w.n, 3);
    ck_assert_uint_eq(w.places[1].beg_bp, 8000);
    ck_assert_uint_eq(w.places[1].end_bp, 10010);
    text_is(2, 2, "");
}
END_TEST

static void window_is(enum avo_anchor anchor, char strand, int64_t beg, int64_t end)
{
    struct avo_window_shape s = {anchor, 300, 100, 4, 100};
    struct avo_place p = {1000, 1501, 0, strand};
    struct avo_stretch x = avo_window_of(&s, &p), t;
    ck_assert_msg(x.beg_bp == beg && x.end_bp == end, "[%ld, %ld)", (long)x.beg_bp,
                  (long)x.end_bp);
    t = avo_window_tile(&s, &p, 0);
    ck_assert_int_eq(t.end_bp - t.beg_bp, 100);
    ck_assert_int_eq(strand == '-' ? t.end_bp : t.beg_bp, strand == '-' ? end : beg);
    t = avo_window_tile(&s, &p, 3);
    ck_assert_int_eq(strand == '-' ? t.beg_bp : t.end_bp, strand == '-' ? beg : end);
}

START_TEST(anchors)
{
    struct avo_place p = {7, 9, 0, '-'};
    struct avo_window_shape none = {AVO_ANCHOR_NONE, 0, 0, 0, 0};
    ck_assert_int_eq(avo_window_of(&none, &p).beg_bp, 7);
    ck_assert_int_eq(avo_window_of(&none, &p).end_bp, 9);
    window_is(AVO_ANCHOR_START, '+', 700, 1100);
    window_is(AVO_ANCHOR_START, '-', 900, 1300);
    window_is(AVO_ANCHOR_END, '.', 1201, 1601);
    window_is(AVO_ANCHOR_END, '-', 1401, 1801);
    window_is(AVO_ANCHOR_CENTER, '+', 950, 1350);
    window_is(AVO_ANCHOR_CENTER, '-', 1150, 1550);
    window_is(AVO_ANCHOR_TSS, '+', 700, 1100);
    window_is(AVO_ANCHOR_TSS, '-', 1401, 1801);
}
END_TEST

START_TEST(bins_touched)
{
    static const struct { int64_t beg, end; uint32_t b, e; } cases[] = {
        {0, 1, 0, 1}, {24, 26, 0, 2}, {25, 50, 1, 2}, {-100, 26, 0, 2}, {-100, 0, 0, 0},
        {-100, -5, 0, 0}, {9999, 10010, 399, 400}, {10000, 10010, 0, 0}, {5, 5, 0, 0},
        {9000, 99999, 360, 400}
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t b, e;
        int any = avo_stretch_bins((struct avo_stretch){cases[i].beg, cases[i].end}, 25, 400, &b,
                                   &e);
        ck_assert_msg(b == cases[i].b && e == cases[i].e && any == (b < e), "%zu: [%u, %u)", i, b,
                      e);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("windows");
    TCase *tc = tcase_create("windows");
    SRunner *r = srunner_create(s);
    int n_failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, bed_columns);
    tcase_add_test(tc, chosen_columns);
    tcase_add_test(tc, bedpe);
    tcase_add_test(tc, bad_rows);
    tcase_add_test(tc, fixed);
    tcase_add_test(tc, anchors);
    tcase_add_test(tc, bins_touched);
    suite_add_tcase(s, tc);
    srunner_run_all(r, CK_NORMAL);
    n_failed = srunner_ntests_failed(r);
    srunner_free(r);
    return n_failed ? 1 : 0;
}
