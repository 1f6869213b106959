/* SPDX-License-Identifier: MIT */
/* check_features_in.c: tables of text, FEATURE streams, npy headers, and groups of rows. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/ap/features_in.h"
#include "libcommon/stream/feature_show.h"

static char path[] = "check_features.XXXXXX";

static void write_bytes(const void *data, size_t len)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert(fwrite(data, 1, len, f) == len);
    ck_assert_int_eq(fclose(f), 0);
}

static void write_text(const char *text)
{
    write_bytes(text, strlen(text));
}

static struct avo_matrix read_ok(const struct avo_columns *columns)
{
    struct avo_matrix m = {0};
    struct avo_error err = {0};

    ck_assert_msg(avo_matrix_read(&m, path, columns, &err) == 0, "%s", err.msg);
    return m;
}

static void fails(const struct avo_columns *columns, const char *with)
{
    struct avo_matrix m = {0};
    struct avo_error err = {0};

    ck_assert_int_eq(avo_matrix_read(&m, path, columns, &err), -1);
    ck_assert_msg(strncmp(err.msg, path, strlen(path)) == 0 && strstr(err.msg, with) != NULL,
                  "\"%s\" (want \"%s\")", err.msg, with);
    ck_assert(m.x == NULL && m.shown == NULL);
}

/* ---- text ---- */

static const char table[] = "#chrom\tstart\tend\tx.a\tgene\tx.b\n"
                            "chr1\t0\t10\t1.5\tg 1\tNA\n"
                            "# a remark\r\n"
                            "chr1\t10\t20\t-2e3\tg2\t\r\n"
                            "chr2\t5\t9\t0\tg2\t7";

START_TEST(text_with_names)
{
    static const char *const apart[] = {NULL, "gene"};
    struct avo_columns columns = {.apart = apart, .n_apart = 2};
    struct avo_matrix m;

    write_bytes(table, strlen(table));
    m = read_ok(&columns);
    ck_assert(m.n_rows == 3 && m.n_cols == 2 && m.cells.n_cols == 4);
    ck_assert_str_eq(m.names[1], "x.b");
    ck_assert(m.x[0] == 1.5f && isnan(m.x[1]) && m.x[2] == -2000 && isnan(m.x[3]) &&
              m.x[4] == 0 && m.x[5] == 7);
    ck_assert_int_eq(avo_cells_find(&m.cells, "chrom"), 0);
    ck_assert_int_eq(avo_cells_find(&m.cells, "x.a"), -1);
    ck_assert_str_eq(avo_cell(&m.cells, 0, avo_cells_find(&m.cells, "gene")), "g 1");
    ck_assert_str_eq(avo_cell(&m.cells, 2, 0), "chr2");
    avo_matrix_release(&m);
}
END_TEST

START_TEST(text_by_pattern)
{
    struct avo_columns columns = {.pattern = "x.[b-z]"};
    struct avo_error err = {0};
    struct avo_matrix m;
    double v;

    write_bytes(table, strlen(table));
    fails(NULL, ":2: column gene: \"g 1\" is not a number");
    m = read_ok(&columns);
    ck_assert(m.n_cols == 1 && m.cells.n_cols == 5 && m.x[2] == 7);
    ck_assert_int_eq(avo_cell_number(&m, 1, avo_cells_find(&m.cells, "x.a"), &v, &err), 0);
    ck_assert(v == -2000);
    ck_assert_int_eq(avo_cell_number(&m, 1, avo_cells_find(&m.cells, "gene"), &v, &err), -1);
    ck_assert(err.status == AVO_EXIT_DATA && strstr(err.msg, "row 2: gene: \"g2\"") != NULL);
    ck_assert_int_eq(avo_matrix_slice(&m, 1, 4, &err), -1);
    ck_assert_int_eq(avo_matrix_slice(&m, 1, 3, &err), 0);
    ck_assert(m.n_rows == 2 && isnan(m.x[0]) && m.x[1] == 7);
    ck_assert_str_eq(avo_cell(&m.cells, 1, 0), "chr2");
    avo_matrix_release(&m);
    columns.pattern = "y*";
    fails(&columns, "no column matches \"y*\"");
}
END_TEST

START_TEST(text_without_names)
{
    struct avo_matrix m;

    write_text("1\t2\n3\tnan\n");
    m = read_ok(NULL);
    ck_assert(m.n_rows == 2 && m.n_cols == 2 && m.cells.n_cols == 0);
    ck_assert_str_eq(m.names[1], "2");
    ck_assert(m.x[0] == 1 && m.x[2] == 3 && isnan(m.x[3]));
    avo_matrix_release(&m);
}
END_TEST

static const struct { const char *text, *with; } bad_text[] = {
    {"", "no rows"}, {"a\tb\n", "no rows"}, {"a\t1\n2\t3\n", ":1: neither"},
    {"a\tb\n1\n", ":2: 1 columns (want the 2"}, {"a\tb\n1\t2\t3\n", ":2: 3 columns"},
    {"a\n1\ninf\n", ":3: column a: \"inf\""}, {"a\n1e99\n", ":2: column a: \"1e99\""},
    {"a\n0x10\n", ":2: column a"}, {"a\n1 \n", ":2: column a"}, {"a\n1\n--2\n", ":3: column a"},
    {"chrom\tlabel\nchr1\t1\n", "no column of features"}
};

START_TEST(bad_texts)
{
    write_bytes(bad_text[_i].text, strlen(bad_text[_i].text));
    fails(NULL, bad_text[_i].with);
}
END_TEST

/* ---- npy ---- */

static void write_npy(const char *header, const void *data, size_t len)
{
    unsigned char buf[512] = "\x93NUMPY\1\0";
    size_t n = strlen(header);

    buf[8] = (unsigned char)n;
    memcpy(buf + 10, header, n);
    memcpy(buf + 10 + n, data, len);
    write_bytes(buf, 10 + n + len);
}

START_TEST(npy_kinds)
{
    static const unsigned char big[] = {0x3f, 0xc0, 0, 0, 0xff, 0xff};
    static const int16_t small[] = {1, -2, 3, 4, 5, 6};
    struct avo_error err = {0};
    struct avo_matrix m = {0};
    double *y;

    write_npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", big, 4);
    m = read_ok(NULL);
    ck_assert(m.n_rows == 1 && m.n_cols == 1 && m.x[0] == 1.5f);
    avo_matrix_release(&m);
    write_npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", small, 12);
    m = read_ok(NULL);
    ck_assert(m.n_rows == 2 && m.n_cols == 3 && m.x[0] == 1 && m.x[1] == 3 && m.x[3] == -2 &&
              m.x[5] == 6);
    avo_matrix_release(&m);
    write_npy("{'shape': (2,), 'fortran_order': False, 'descr': '|u1'}", big + 3, 2);
    ck_assert_int_eq(avo_matrix_read_cells(&m, path, &y, &err), 0);
    ck_assert(m.n_rows == 2 && y[0] == 0 && y[1] == 255);
    free(y);
    avo_matrix_release(&m);
}
END_TEST

static const struct { const char *header; size_t len; const char *with; } bad_npy[] = {
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7, "ends too early"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9, "more bytes"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9), }", 8, "too early"},
    {"{'descr': '<f4', 'shape': (999999999999999, 999999999999999), }", 8, "too large"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2), }", 8, "3 dimensions"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 8, "0 dimensions"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }", 0, "no rows"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0), }", 0, "no features"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2", 8, "shape"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8, "shape"},
    {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8, "cannot be read"},
    {"{'descr': '<f3', 'fortran_order': False, 'shape': (2,), }", 6, "cannot be read"},
    {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", 8, "plain number"},
    {"{'fortran_order': False, 'shape': (2,), }", 8, "plain number"},
    {"{'descr': '<f4', 'fortran_order': False, }", 8, "no shape"}
};

START_TEST(bad_npys)
{
    static const unsigned char zero[16];

    write_npy(bad_npy[_i].header, zero, bad_npy[_i].len);
    fails(NULL, bad_npy[_i].with);
}
END_TEST

START_TEST(npy_not_finite)
{
    static const float v[] = {1, INFINITY};
    static const double large[] = {1e300};
    struct avo_columns columns = {.pattern = "*"};

    write_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", v, 8);
    fails(NULL, "row 1, column 2: inf");
    fails(&columns, "--columns");
    write_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", large, 8);
    fails(NULL, "row 1, column 1: 1e+300");
    write_bytes("\x93NUMPY\4\0\0\0", 10);
    fails(NULL, "not a version");
    write_bytes("\x93NUM", 4);
    fails(NULL, "ends too early");
}
END_TEST

/* ---- streams ---- */

static void write_stream(size_t n_rows)
{
    struct avo_header h = {.content = AVO_CONTENT_FEATURE, .bin_bp = 25, .mid_bins = 10,
                           .coarse_bins = 200};
    struct avo_error err = {0};
    struct avo_feature_writer *w;

    ck_assert_int_eq(avo_header_add_chrom(&h, "chr1", 100000, &err), 0);
    ck_assert_int_eq(avo_header_add_extent(&h, 0, 0, 4000, &err), 0);
    ck_assert_int_eq(avo_header_add_feature(&h, "fine.0", &err), 0);
    ck_assert_int_eq(avo_header_add_feature(&h, "mid.0", &err), 0);
    ck_assert_int_eq(avo_header_add_column(&h, "cell", &err), 0);
    w = avo_feature_writer_open(path, &h, NULL, &err);
    ck_assert_msg(w != NULL, "%s", err.msg);
    for (size_t i = 0; i < n_rows; i++) {
        float x[2] = {(float)i, i == 1 ? NAN : 0.5f};
        const char *cells[1] = {"E1"};
        struct avo_feature_row row = {.n_places = 1, .at[0] = {"chr1", i * 100, i * 100 + 50},
                                      .name = i == 0 ? "a b" : "", .label = i % 2 ? "1" : "0",
                                      .group = "", .columns = cells, .features = x};

        ck_assert_msg(avo_feature_writer_add(w, &row, &err) == 0, "%s", err.msg);
    }
    ck_assert_msg(avo_feature_writer_finish(w, &err) == 0, "%s", err.msg);
    avo_feature_writer_free(w);
    avo_header_release(&h);
}

START_TEST(streams)
{
    struct avo_columns columns = {.pattern = "mid.*"}, none = {.pattern = "coarse.*"};
    struct avo_matrix m;

    write_stream(3);
    m = read_ok(NULL);
    ck_assert(m.n_rows == 3 && m.n_cols == 2 && m.cells.n_cols == 7);
    ck_assert(m.x[0] == 0 && m.x[1] == 0.5f && isnan(m.x[3]) && m.x[4] == 2);
    ck_assert_str_eq(avo_cell(&m.cells, 2, avo_cells_find(&m.cells, "start")), "200");
    ck_assert_str_eq(avo_cell(&m.cells, 0, avo_cells_find(&m.cells, "name")), "a b");
    ck_assert_str_eq(avo_cell(&m.cells, 1, avo_cells_find(&m.cells, "label")), "1");
    ck_assert_str_eq(avo_cell(&m.cells, 1, avo_cells_find(&m.cells, "cell")), "E1");
    avo_matrix_release(&m);
    m = read_ok(&columns);
    ck_assert(m.n_cols == 1 && m.x[0] == 0.5f && strcmp(m.names[0], "mid.0") == 0);
    avo_matrix_release(&m);
    fails(&none, "no feature matches \"coarse.*\"");
    ck_assert_int_eq(truncate(path, 300), 0);
    fails(NULL, "");
}
END_TEST

/* The names in a table tell features from what was carried, however strange both are. */
static const char *const odd_features[] = {"@cell:DNase", "label", "5", "NA", "right.chrom",
                                           "50%"};
static const char *const odd_columns[] = {"y", "@z", "#w", "100% GC"};
enum { N_ODD = 6, N_ODD_COLUMNS = 4 };

static void write_odd_table(void)
{
    struct avo_header h = {.content = AVO_CONTENT_FEATURE, .bin_bp = 25, .mid_bins = 10,
                           .coarse_bins = 200};
    struct avo_feature_layout layout;
    struct avo_feature_show show = {.format = AVO_SHOW_TSV, .layout = &layout};
    struct avo_error err = {0};

    ck_assert_int_eq(avo_header_add_chrom(&h, "#1", 100000, &err), 0);
    for (int i = 0; i < N_ODD; i++)
        ck_assert_int_eq(avo_header_add_feature(&h, odd_features[i], &err), 0);
    for (int i = 0; i < N_ODD_COLUMNS; i++)
        ck_assert_int_eq(avo_header_add_column(&h, odd_columns[i], &err), 0);
    ck_assert_int_eq(avo_feature_layout_init(&layout, &h, &err), 0);
    ck_assert_msg(avo_feature_show_open(&show, path, UINT64_MAX, &err) == 0, "%s", err.msg);
    for (size_t i = 0; i < 3; i++) {
        const float x[N_ODD] = {1.0f / 3, 0.1f, 1e-42f, 16777216, NAN, (float)i};
        const char *cells[N_ODD_COLUMNS] = {"1", "a\tb", "%41", ""};
        struct avo_feature_row row = {.n_places = 1, .at[0] = {"#1", i, i + 1}, .name = "5%",
                                      .label = "0", .group = "g", .columns = cells,
                                      .features = x};

        ck_assert_msg(avo_feature_show_row(&show, &row, &err) == 0, "%s", err.msg);
    }
    ck_assert_msg(avo_feature_show_finish(&show, &err) == 0, "%s", err.msg);
    avo_feature_show_release(&show);
    avo_feature_layout_release(&layout);
    avo_header_release(&h);
}

static void is_odd_table(const struct avo_matrix *m)
{
    static const float x[] = {1.0f / 3, 0.1f, 1e-42f, 16777216};

    ck_assert_uint_eq(m->n_rows, 3);
    ck_assert_int_eq(memcmp(m->x, x, sizeof x), 0);
    ck_assert(isnan(m->x[4]) && m->x[2 * N_ODD + 5] == 2);
    for (int i = 0; i < N_ODD; i++)
        ck_assert_str_eq(m->names[i], odd_features[i]);
    for (int i = 0; i < N_ODD_COLUMNS; i++)
        ck_assert_str_eq(m->cells.names[6 + i], odd_columns[i]);
    ck_assert_str_eq(avo_cell(&m->cells, 2, 0), "#1");
    ck_assert_str_eq(avo_cell(&m->cells, 2, 3), "5%");
    ck_assert_str_eq(avo_cell(&m->cells, 0, 7), "a\tb");
    ck_assert_str_eq(avo_cell(&m->cells, 0, 8), "%41");
}

START_TEST(tables_say_what_columns_are)
{
    struct avo_columns all = {.pattern = "*"};
    struct avo_matrix m;

    write_odd_table();
    m = read_ok(NULL);
    ck_assert(m.n_cols == N_ODD && m.cells.n_cols == 6 + N_ODD_COLUMNS);
    is_odd_table(&m);
    avo_matrix_release(&m);
    m = read_ok(&all);                  /* no pattern makes a feature of what is none */
    ck_assert_uint_eq(m.n_cols, N_ODD);
    is_odd_table(&m);
    avo_matrix_release(&m);
    write_text("\xef\xbb\xbf#x%41\t@y\tlabel\n1\t2%41\t50%\n");
    m = read_ok(&all);                  /* a foreign table: its text is as it is */
    ck_assert(m.n_cols == 1 && m.cells.n_cols == 2);
    ck_assert_str_eq(m.names[0], "x%41");
    ck_assert_str_eq(m.cells.names[0], "y");
    ck_assert_str_eq(avo_cell(&m.cells, 0, 0), "2%41");
    ck_assert_str_eq(avo_cell(&m.cells, 0, 1), "50%");
    avo_matrix_release(&m);
    write_text("chrom\t@y\nchr1\t1\n");
    fails(NULL, "no column of features");
}
END_TEST

/* ---- groups ---- */

START_TEST(groups_by_cell_and_names)
{
    static const char text[] = "a\tb\tf\np\tq\t1\nr\ts\t1\nq\tt\t1\nu\tv\t1\nw\ts\t1\n";
    static const uint32_t by_cell[] = {0, 2, 1, 3, 4}, by_names[] = {0, 1, 0, 2, 1};
    struct avo_columns columns = {.pattern = "f"};
    struct avo_error err = {0};
    struct avo_matrix m;
    uint32_t group[5];
    size_t n;

    write_bytes(text, strlen(text));
    m = read_ok(&columns);
    ck_assert_int_eq(avo_group_by_cell(&m, 0, group, &n, &err), 0);
    ck_assert(n == 5 && memcmp(group, by_cell, sizeof group) == 0);
    ck_assert_int_eq(avo_group_by_names(&m, 0, 1, group, &n, &err), 0);
    ck_assert(n == 3 && memcmp(group, by_names, sizeof group) == 0);
    avo_matrix_release(&m);
}
END_TEST

/* Touching is not overlapping; a long interval reaches over a short one; right ends meet left
 * ones; other chromosomes are apart. */
START_TEST(groups_by_places)
{
    static const char head[] = "chrom\tstart\tend\tright.chrom\tright.start\tright.end\tf\n";
    static const char text[] = "%s1\t0\t100\t1\t500\t600\t0\n"
                               "1\t100\t150\t1\t900\t950\t0\n"
                               "1\t10\t20\t2\t0\t5\t0\n"
                               "1\t90\t95\t3\t0\t5\t0\n"
                               "2\t500\t600\t2\t4\t9\t0\n"
                               "1\t7000\t7100\t1\t940\t941\t0\n"
                               "2\t1000\t1001\t1\t951\t960\t0\n";
    static const uint32_t want[] = {0, 1, 0, 0, 0, 1, 2};
    struct avo_error err = {0};
    struct avo_matrix m;
    char all[600];
    uint32_t group[7];
    size_t n;

    snprintf(all, sizeof all, text, head);
    write_bytes(all, strlen(all));
    m = read_ok(NULL);
    ck_assert_msg(avo_group_by_places(&m, group, &n, &err) == 0, "%s", err.msg);
    ck_assert(n == 3 && memcmp(group, want, sizeof group) == 0);
    avo_matrix_release(&m);
    snprintf(all, sizeof all, "%s1\t0\t100\t1\t500\t600\t0\n1\t5\t5\t1\t900\t950\t0\n", head);
    write_bytes(all, strlen(all));
    m = read_ok(NULL);
    ck_assert_int_eq(avo_group_by_places(&m, group, &n, &err), -1);
    ck_assert_msg(strstr(err.msg, "row 2: not an interval") != NULL, "%s", err.msg);
    avo_matrix_release(&m);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("features_in");
    TCase *c = tcase_create("features_in");
    SRunner *r = srunner_create(s);
    int failed, fd = mkstemp(path);

    if (fd >= 0)
        close(fd);
    suite_add_tcase(s, c);
    tcase_add_test(c, text_with_names);
    tcase_add_test(c, text_by_pattern);
    tcase_add_test(c, text_without_names);
    tcase_add_loop_test(c, bad_texts, 0, (int)(sizeof bad_text / sizeof *bad_text));
    tcase_add_test(c, npy_kinds);
    tcase_add_loop_test(c, bad_npys, 0, (int)(sizeof bad_npy / sizeof *bad_npy));
    tcase_add_test(c, npy_not_finite);
    tcase_add_test(c, streams);
    tcase_add_test(c, tables_say_what_columns_are);
    tcase_add_test(c, groups_by_cell_and_names);
    tcase_add_test(c, groups_by_places);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    unlink(path);
    return failed != 0;
}
