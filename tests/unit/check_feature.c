/* SPDX-License-Identifier: MIT */
/* check_feature.c: rows of features written and read back, and the rows that nobody may write. */
#include "libcommon/stream/feature.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void make_path(void)
{
    strcpy(path, "/tmp/check_feature.XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void drop_path(void) { unlink(path); }

static void make_header(struct avo_header *h, int n_features, const char *const *columns)
{
    char name[32];

    memset(h, 0, sizeof *h);
    h->content = AVO_CONTENT_FEATURE;
    h->bin_bp = 25;
    h->mid_bins = 10;
    h->coarse_bins = 200;
    ck_assert_int_eq(avo_header_add_chrom(h, "chr2", 1000, NULL), 0);
    ck_assert_int_eq(avo_header_add_chrom(h, "chr10", 5000, NULL), 0);
    ck_assert_int_eq(avo_header_add_chrom(h, "a\tb", 70, NULL), 0);
    for (int i = 0; i < n_features; i++) {
        snprintf(name, sizeof name, "f:%d%%", i);
        ck_assert_int_eq(avo_header_add_feature(h, name, NULL), 0);
    }
    for (; *columns; columns++) ck_assert_int_eq(avo_header_add_column(h, *columns, NULL), 0);
}

static const char *const no_columns[] = { NULL };
static const char *const pair_columns[] = { "strand", "right.start", "right.chrom", "right.end",
                                            NULL };

static struct avo_feature_writer *start(int n_features, const char *const *columns)
{
    struct avo_error err = { 0 };
    struct avo_header h;
    struct avo_feature_writer *w;

    make_header(&h, n_features, columns);
    w = avo_feature_writer_open(path, &h, NULL, &err);
    ck_assert_msg(w != NULL, "%s", err.msg);
    avo_header_release(&h);
    return w;
}

static void add(struct avo_feature_writer *w, const struct avo_feature_row *row)
{
    struct avo_error err = { 0 };

    ck_assert_msg(avo_feature_writer_add(w, row, &err) == 0, "%s", err.msg);
}

static struct avo_features *finish_and_open(struct avo_feature_writer *w)
{
    struct avo_error err = { 0 };
    struct avo_features *f;

    ck_assert_msg(avo_feature_writer_finish(w, &err) == 0, "%s", err.msg);
    avo_feature_writer_free(w);
    f = avo_features_open(path, &err);
    ck_assert_msg(f != NULL, "%s", err.msg);
    return f;
}

START_TEST(rows_come_back)
{
    static const float x[] = { 1, -0.0f, 3e38f }, y[] = { 1e-45f, 2, 3 };
    float z[] = { 1, NAN, 3 };
    struct avo_feature_row row = { 1, { { "chr10", 25, 5000 } }, "a\tname, 100%", "0", "g\n",
                                   NULL, x }, got;
    struct avo_feature_writer *w = start(3, no_columns);
    struct avo_error err = { 0 };
    struct avo_features *f;

    add(w, &row);
    row = (struct avo_feature_row){ 1, { { "a\tb", 0, 70 } }, "", "", "", NULL, y };
    add(w, &row);
    row = (struct avo_feature_row){ 0, { { NULL, 0, 0 } }, "E065", "", "", NULL, z };
    add(w, &row);
    f = finish_and_open(w);
    ck_assert_uint_eq(avo_features_layout(f)->n_features, 3);
    ck_assert_str_eq(avo_features_layout(f)->features[2], "f:2%");
    ck_assert_int_eq(avo_features_next(f, &got, &err), 1);
    ck_assert_str_eq(got.at[0].chrom, "chr10");
    ck_assert_uint_eq(got.at[0].beg_bp, 25);
    ck_assert_uint_eq(got.at[0].end_bp, 5000);
    ck_assert_str_eq(got.name, "a\tname, 100%");
    ck_assert_str_eq(got.label, "0");
    ck_assert_str_eq(got.group, "g\n");
    ck_assert_int_eq(memcmp(got.features, x, sizeof x), 0);
    ck_assert_int_eq(avo_features_next(f, &got, &err), 1);
    ck_assert_str_eq(got.at[0].chrom, "a\tb");
    ck_assert_str_eq(got.name, "");
    ck_assert_int_eq(memcmp(got.features, y, sizeof y), 0);
    ck_assert_int_eq(avo_features_next(f, &got, &err), 1);
    ck_assert_uint_eq(got.n_places, 0);
    ck_assert_str_eq(got.name, "E065");
    ck_assert(isnan(got.features[1]) && got.features[2] == 3);
    ck_assert_int_eq(avo_features_next(f, &got, &err), 0);
    avo_features_close(f);
}
END_TEST

START_TEST(pairs_come_back)
{
    const char *columns[] = { "+", "", "", "" };
    struct avo_feature_row row = { 2, { { "chr2", 0, 10 }, { "chr10", 7, 9 } }, "n", "1", "g",
                                   columns, NULL }, got;
    struct avo_feature_writer *w = start(0, pair_columns);
    struct avo_error err = { 0 };
    struct avo_features *f;

    add(w, &row);
    f = finish_and_open(w);
    ck_assert_int_eq(avo_features_next(f, &got, &err), 1);
    ck_assert_uint_eq(got.n_places, 2);
    ck_assert_str_eq(got.at[1].chrom, "chr10");
    ck_assert_uint_eq(got.at[1].beg_bp, 7);
    ck_assert_uint_eq(got.at[1].end_bp, 9);
    ck_assert_str_eq(got.columns[0], "+");
    ck_assert_str_eq(got.columns[1], "7");
    ck_assert_int_eq(avo_features_next(f, &got, &err), 0);
    avo_features_close(f);
}
END_TEST

/* More than one record's worth of rows, each with its own numbers. */
START_TEST(many_rows)
{
    enum { N = 3000, F = 565 };
    static float x[F];
    struct avo_feature_row row = { 1, { { "chr10", 0, 1 } }, "", "", "", NULL, x }, got;
    struct avo_feature_writer *w = start(F, no_columns);
    struct avo_error err = { 0 };
    struct avo_features *f;
    int n = 0, rc;

    for (int i = 0; i < N; i++) {
        for (int k = 0; k < F; k++) x[k] = (float)(i * F + k);
        row.at[0].end_bp = (uint64_t)i + 1;
        add(w, &row);
    }
    f = finish_and_open(w);
    while ((rc = avo_features_next(f, &got, &err)) == 1) {
        for (int k = 0; k < F; k++) ck_assert(got.features[k] == (float)(n * F + k));
        ck_assert_uint_eq(got.at[0].end_bp, (uint64_t)++n);
    }
    ck_assert_msg(rc == 0 && n == N, "%d rows: %s", n, err.msg);
    avo_features_close(f);
}
END_TEST

static void refuses(const struct avo_feature_row *row, const char *const *columns,
                    const char *want)
{
    struct avo_feature_writer *w = start(1, columns);
    struct avo_error err = { 0 };
    int rc = avo_feature_writer_add(w, row, &err);

    if (rc == 0) rc = avo_feature_writer_finish(w, &err);
    ck_assert_msg(rc == -1 && strstr(err.msg, want), "%d \"%s\" (want \"%s\")", rc, err.msg, want);
    avo_feature_writer_free(w);
}

START_TEST(bad_rows)
{
    float x = 1, inf = INFINITY;
    const char *columns[] = { "+", "", "", "" };
    struct avo_feature_row row = { 1, { { "chr2", 0, 1001 } }, "", "", "", NULL, &x };

    refuses(&row, no_columns, "[0, 1001) is no interval of chr2 (1000 bases)");
    row.at[0] = (struct avo_feature_place){ "chr2", 5, 5 };
    refuses(&row, no_columns, "[5, 5) is no interval");
    row.at[0] = (struct avo_feature_place){ "chr3", 0, 5 };
    refuses(&row, no_columns, "a chromosome that HEADER lacks: \"chr3\"");
    row.at[0].chrom = "chr2";
    row.features = &inf;
    refuses(&row, no_columns, "an infinite value");
    row.features = &x;
    row.name = "\xff";
    refuses(&row, no_columns, "not UTF-8");
    row.name = "";
    row.columns = columns;
    row.n_places = 2;
    row.at[1] = (struct avo_feature_place){ "chr10", 9, 5001 };
    refuses(&row, pair_columns, "[9, 5001) is no interval of chr10");
    row.n_places = 1;
    refuses(&row, pair_columns, "1 intervals in a stream of pairs");
    row.n_places = 0;
    refuses(&row, pair_columns, "0 intervals in a stream of pairs");
    row.n_places = 2;
    refuses(&row, no_columns, "2 intervals in a stream of intervals");
}
END_TEST

static void layout_fails(const char *line, const char *want)
{
    struct avo_feature_layout l;
    struct avo_error err = { 0 };
    struct avo_header h;

    make_header(&h, 1, no_columns);
    ck_assert_int_eq(avo_header_add_column(&h, "x", NULL), 0);
    ck_assert_int_eq(avo_header_add_extra(&h, line, NULL), 0);
    ck_assert_int_eq(avo_feature_layout_init(&l, &h, &err), -1);
    ck_assert_msg(strstr(err.msg, want) != NULL, "%s", err.msg);
    avo_header_release(&h);
}

START_TEST(bad_layouts)
{
    layout_fails("@feature\tnom:y", "not \"@feature name:TEXT\"");
    layout_fails("@feature\tname:", "without a name");
    layout_fails("@feature\tname:%zz", "bad escape");
    layout_fails("@column\tname:x", "column \"x\" is given twice");
    layout_fails("@column\tname:right.start", "only 1");
}
END_TEST

/* A block that says what it is not. */
START_TEST(bad_blocks)
{
    static const struct { uint32_t n_rows, n_features; const char *text, *want; } cases[] = {
        { 1, 2, "chr2\t0\t1\t\t\t\n", "2 features (HEADER names 1)" },
        { 2, 1, "chr2\t0\t1\t\t\t\n", "1 lines of text for 2 rows" },
        { 1, 1, "chr2\t0\t1\t\t\t", "not lines" },
        { 1, 1, "chr2\t0\t1\t\t\1\n", "not lines of printable UTF-8" },
    };
    float x[2] = { 1, 2 };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct avo_feature_block b = { cases[i].n_rows, cases[i].n_features, x, cases[i].text,
                                       strlen(cases[i].text) };
        struct avo_error err = { 0 };
        struct avo_header h;
        make_header(&h, 1, no_columns);
        struct avo_writer *w = avo_writer_open(path, &h, false, NULL, &err);
        ck_assert_int_eq(avo_writer_feature(w, &b, &err), -1);
        ck_assert_msg(strstr(err.msg, cases[i].want) != NULL, "%zu: %s", i, err.msg);
        avo_writer_free(w);
        avo_header_release(&h);
    }
}
END_TEST

/* Lines that count right but do not read right. */
START_TEST(bad_lines)
{
    static const struct { const char *text, *want; } cases[] = {
        { "chr2\t0\t1\t\t\n", "fewer than 6 fields" },
        { "chr2\t0\t1\t\t\t\t\n", "more than 6 fields" },
        { "chr2\t01\t1\t\t\t\n", "not a base: \"01\"" },
        { "chr2\t0\t-1\t\t\t\n", "not a base: \"-1\"" },
        { "chr2\t0\t99999999999999999999\t\t\t\n", "not a base" },
        { ".\t0\t1\t\t\t\n", "no chromosome" },
        { "chr2\t0\t1\t%9\t\t\n", "bad escape" },
        { "chr2\t0\t1\t%FF\t\t\n", "not UTF-8" },
    };
    float x = 1;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct avo_feature_block b = { 1, 1, &x, cases[i].text, strlen(cases[i].text) };
        struct avo_feature_row row;
        struct avo_error err = { 0 };
        struct avo_header h;
        make_header(&h, 1, no_columns);
        struct avo_writer *w = avo_writer_open(path, &h, false, NULL, &err);
        ck_assert_int_eq(avo_writer_feature(w, &b, &err), 0);
        ck_assert_int_eq(avo_writer_finish(w, &err), 0);
        avo_writer_free(w);
        struct avo_features *f = avo_features_open(path, &err);
        ck_assert_int_eq(avo_features_next(f, &row, &err), -1);
        ck_assert_msg(strstr(err.msg, cases[i].want) && strstr(err.msg, ": record 1 (byte "),
                      "%zu: %s", i, err.msg);
        avo_features_close(f);
        avo_header_release(&h);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("feature");
    TCase *tc = tcase_create("rows");
    SRunner *r = srunner_create(s);
    int n_failed;

    tcase_add_checked_fixture(tc, make_path, drop_path);
    tcase_add_test(tc, rows_come_back);
    tcase_add_test(tc, pairs_come_back);
    tcase_add_test(tc, many_rows);
    tcase_add_test(tc, bad_rows);
    tcase_add_test(tc, bad_layouts);
    tcase_add_test(tc, bad_blocks);
    tcase_add_test(tc, bad_lines);
    suite_add_tcase(s, tc);
    srunner_run_all(r, CK_NORMAL);
    n_failed = srunner_ntests_failed(r);
    srunner_free(r);
    return n_failed ? 1 : 0;
}
