/* SPDX-License-Identifier: MIT */
/* check_base_text.c: numbers, escapes, fields, nearest names, natural order. */
#include "libcommon/base/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(whole_numbers)
{
    static const char *const bad[] = {"", "-", "+", "x", "1x", "1 ", " 1", "1.0", "0x10", "11",
                                      "-6", "99999999999999999999", "-99999999999999999999", "1e1"};
    struct avo_error e = {0};
    int64_t v = 77;
    ck_assert_int_eq(avo_parse_int("-5", -5, 10, "--n", &v, &e), 0);
    ck_assert_int_eq(v, -5);
    ck_assert_int_eq(avo_parse_int("+10", -5, 10, "--n", &v, &e), 0);
    ck_assert_int_eq(v, 10);
    ck_assert_int_eq(avo_parse_int("007", -5, 10, "--n", &v, &e), 0);
    ck_assert_int_eq(v, 7);
    ck_assert_int_eq(avo_parse_int("9223372036854775807", 0, INT64_MAX, "--n", &v, &e), 0);
    ck_assert_int_eq(v, INT64_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        avo_error_clear(&e);
        ck_assert_msg(avo_parse_int(bad[i], -5, 10, "--n", &v, &e) == -1, "took \"%s\"", bad[i]);
        ck_assert_int_eq(e.status, AVO_EXIT_USAGE);
        ck_assert_ptr_nonnull(strstr(e.msg, "--n"));
        ck_assert_ptr_nonnull(strstr(e.msg, bad[i]));
        ck_assert_int_eq(v, INT64_MAX);
    }
    ck_assert_str_eq(e.msg, "--n: \"1e1\" is not a whole number from -5 to 10");
}
END_TEST

START_TEST(sizes)
{
    struct avo_error e = {0};
    int64_t v = 0;
    ck_assert_int_eq(avo_parse_size("64K", 0, INT64_MAX, "-m", &v, &e), 0);
    ck_assert_int_eq(v, 64000);
    ck_assert_int_eq(avo_parse_size("2M", 0, INT64_MAX, "-m", &v, &e), 0);
    ck_assert_int_eq(v, 2000000);
    ck_assert_int_eq(avo_parse_size("3G", 0, INT64_MAX, "-m", &v, &e), 0);
    ck_assert_int_eq(v, 3000000000);
    ck_assert_int_eq(avo_parse_size("12", 0, INT64_MAX, "-m", &v, &e), 0);
    ck_assert_int_eq(v, 12);
    ck_assert_int_eq(avo_parse_size("K", 0, INT64_MAX, "-m", &v, &e), -1);
    ck_assert_int_eq(avo_parse_size("1KB", 0, INT64_MAX, "-m", &v, &e), -1);
    ck_assert_int_eq(avo_parse_size("1T", 0, INT64_MAX, "-m", &v, &e), -1);
    ck_assert_int_eq(avo_parse_size("9999999999999G", 0, INT64_MAX, "-m", &v, &e), -1);
    ck_assert_int_eq(avo_parse_size("2K", 0, 1999, "-m", &v, &e), -1);
    ck_assert_int_eq(v, 12);
}
END_TEST

START_TEST(fractions)
{
    static const char *const bad[] = {"", "nan", "inf", "-inf", "0x1p3", " 1", "1 ", "1,5", "1e",
                                      "2.0000001", "-0.1", "1e999", ".", "--1", "1..2"};
    struct avo_error e = {0};
    double v = 9;
    ck_assert_int_eq(avo_parse_double("1e-3", 0, 2, "--lr", &v, &e), 0);
    ck_assert_double_eq(v, 0.001);
    ck_assert_int_eq(avo_parse_double(".5", 0, 2, "--lr", &v, &e), 0);
    ck_assert_double_eq(v, 0.5);
    ck_assert_int_eq(avo_parse_double("2", 0, 2, "--lr", &v, &e), 0);
    ck_assert_double_eq(v, 2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        avo_error_clear(&e);
        ck_assert_msg(avo_parse_double(bad[i], 0, 2, "--lr", &v, &e) == -1, "took \"%s\"", bad[i]);
        ck_assert_int_eq(e.status, AVO_EXIT_USAGE);
        ck_assert_double_eq(v, 2);
    }
}
END_TEST

static void expect_escape(const char *s, bool is_file, const char *want)
{
    struct avo_error e = {0};
    char *got = avo_escape(s, is_file, &e);
    ck_assert_str_eq(got, want);
    ck_assert_int_eq(avo_unescape(got, &e), 0);
    ck_assert_str_eq(got, s);
    free(got);
}

START_TEST(escapes)
{
    expect_escape("", false, "");
    expect_escape("CD4+ T cell, naive: a/b", false, "CD4+ T cell, naive: a/b");
    expect_escape("a\tb\n100%\x7f", false, "a%09b%0A100%25%7F");
    expect_escape("\xc3\xa9", true, "\xc3\xa9");
    expect_escape("a/b:c d\\e", true, "a%2Fb%3Ac%20d%5Ce");
    expect_escape(".hidden", true, "%2Ehidden");
    expect_escape("-rf", true, "%2Drf");
    expect_escape("a.b-c", true, "a.b-c");
    expect_escape("*?\"<>|&;'$`(){}[]!#~", true,
                  "%2A%3F%22%3C%3E%7C%26%3B%27%24%60%28%29%7B%7D%5B%5D%21%23%7E");
    expect_escape("../../x", true, "%2E.%2F..%2Fx");
}
END_TEST

/* Any bytes at all come back. */
START_TEST(escapes_round_trip)
{
    char s[256];
    for (int i = 0; i < 255; i++)
        s[i] = (char)(i + 1);
    s[255] = '\0';
    for (int is_file = 0; is_file < 2; is_file++) {
        struct avo_error e = {0};
        char *t = avo_escape(s, is_file, &e);
        ck_assert_ptr_null(strpbrk(t, is_file ? "/\n\t *" : "\n\t"));
        ck_assert_int_eq(avo_unescape(t, &e), 0);
        ck_assert_str_eq(t, s);
        free(t);
    }
}
END_TEST

START_TEST(bad_escapes)
{
    static const char *const bad[] = {"%", "a%2", "%zz", "%2g", "%00", "x%%41"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct avo_error e = {0};
        char s[16];
        strcpy(s, bad[i]);
        ck_assert_msg(avo_unescape(s, &e) == -1, "took \"%s\"", bad[i]);
        ck_assert_int_eq(e.status, AVO_EXIT_DATA);
    }
    char lower[] = "%2f%2F";
    ck_assert_int_eq(avo_unescape(lower, NULL), 0);
    ck_assert_str_eq(lower, "//");
}
END_TEST

START_TEST(nearest_names)
{
    static const char *const cells[] = {"E003", "E017", "E065", "E116", "E117"};
    static const char *const marks[] = {"H3K4me1", "H3K4me3", "H3K27me3", "H3K36me3", "DNase"};
    static const char *const chroms[] = {"chr2", "chr1", "chr11", "chrX"};
    static const char *const bare[] = {"10", "1", "X"};
    ck_assert_str_eq(avo_nearest("E066", cells, 5), "E065");
    ck_assert_str_eq(avo_nearest("E056", cells, 5), "E065");
    ck_assert_str_eq(avo_nearest("e117", cells, 5), "E117");
    ck_assert_str_eq(avo_nearest("h3k4ME3", marks, 5), "H3K4me3");
    ck_assert_str_eq(avo_nearest("H3K27me", marks, 5), "H3K27me3");
    ck_assert_str_eq(avo_nearest("Dnase", marks, 5), "DNase");
    ck_assert_str_eq(avo_nearest("1", chroms, 4), "chr1");
    ck_assert_str_eq(avo_nearest("X", chroms, 4), "chrX");
    ck_assert_str_eq(avo_nearest("chr1", bare, 3), "1");
    ck_assert_ptr_null(avo_nearest("liver", cells, 5));
    ck_assert_ptr_null(avo_nearest("Y", bare, 3));
    ck_assert_ptr_null(avo_nearest("", cells, 5));
    ck_assert_ptr_null(avo_nearest("E065", cells, 0));
    char longer[400];
    memset(longer, 'E', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ck_assert_ptr_null(avo_nearest(longer, cells, 5));
}
END_TEST

START_TEST(pairs)
{
    struct avo_error e = {0};
    char *c = NULL, *a = NULL;
    ck_assert_int_eq(avo_split_pair("a:b:H3K4me3", &c, &a, &e), 0);
    ck_assert_str_eq(c, "a:b");
    ck_assert_str_eq(a, "H3K4me3");
    free(c);
    free(a);
    static const char *const bad[] = {"", "x", ":", "x:", ":x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        avo_error_clear(&e);
        ck_assert_int_eq(avo_split_pair(bad[i], &c, &a, &e), -1);
        ck_assert_int_eq(e.status, AVO_EXIT_USAGE);
    }
}
END_TEST

START_TEST(natural_order)
{
    static const char *const sorted[] = {"", "1", "01", "2", "10", "10a", "99999999999999999999998",
                                         "99999999999999999999999", "X", "chr1", "chr01x", "chr2",
                                         "chr2_a", "chr10", "chrX"};
    int n = sizeof sorted / sizeof sorted[0];
    /* "01" equals "1" by value: the order among them only has to be total. */
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            int c = avo_natural_cmp(sorted[i], sorted[k]);
            int d = avo_natural_cmp(sorted[k], sorted[i]);
            ck_assert((c > 0) == (d < 0) && (c == 0) == (i == k));
            if ((i == 1 && k == 2) || (i == 2 && k == 1))
                continue;
            ck_assert_msg((c < 0) == (i < k), "%s against %s", sorted[i], sorted[k]);
        }
}
END_TEST

START_TEST(fields_and_lines)
{
    char text[] = "a\t\tb\nlast\t\n\nend", *p = text, *line = avo_line(&p);
    ck_assert_str_eq(avo_field(&line), "a");
    ck_assert_str_eq(avo_field(&line), "");
    ck_assert_str_eq(avo_field(&line), "b");
    ck_assert_ptr_null(avo_field(&line));
    line = avo_line(&p);
    ck_assert_str_eq(avo_field(&line), "last");
    ck_assert_str_eq(avo_field(&line), "");
    ck_assert_ptr_null(avo_field(&line));
    ck_assert_str_eq(avo_line(&p), "");
    ck_assert_str_eq(avo_line(&p), "end");
    ck_assert_ptr_null(avo_line(&p));
    char closed[] = "x\n", *q = closed;
    ck_assert_str_eq(avo_line(&q), "x");
    ck_assert_ptr_null(avo_line(&q));
}
END_TEST

START_TEST(words)
{
    char text[] = "  a\tbc  d", *p = text;
    ck_assert_str_eq(avo_word(&p), "a");
    ck_assert_str_eq(avo_word(&p), "bc");
    ck_assert_str_eq(avo_word(&p), "d");
    ck_assert_str_eq(avo_word(&p), "");
    ck_assert_str_eq(avo_word(&p), "");
    ck_assert(avo_same_word("Cell_Type", "celltype") && avo_same_word(" cell-type ", "CELLTYPE"));
    ck_assert(!avo_same_word("celltype", "celltypes") && !avo_same_word("celltypes", "celltype"));
    ck_assert(!avo_same_word("", "a") && !avo_same_word("a", "_") && avo_same_word("_", ""));
}
END_TEST

START_TEST(lines_to_tell)
{
    char *text = NULL;
    ck_assert_int_eq(avo_add_line(&text, NULL, "%d rows", 3), 0);
    ck_assert_int_eq(avo_add_line(&text, NULL, "a\nb\x1b[1m"), 0);
    ck_assert_str_eq(text, "3 rows\na?b?[1m");
    free(text);
    struct avo_error e = {0};
    avo_hint_colons("a:b", "x", &e);
    ck_assert_str_eq(e.hint, "");
    avo_hint_colons("a:b:c", "give -T", &e);
    ck_assert_ptr_nonnull(strstr(e.hint, "split at its last colon"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: text");
    TCase *t = tcase_create("all");
    tcase_add_test(t, whole_numbers);
    tcase_add_test(t, sizes);
    tcase_add_test(t, fractions);
    tcase_add_test(t, escapes);
    tcase_add_test(t, escapes_round_trip);
    tcase_add_test(t, bad_escapes);
    tcase_add_test(t, nearest_names);
    tcase_add_test(t, pairs);
    tcase_add_test(t, natural_order);
    tcase_add_test(t, fields_and_lines);
    tcase_add_test(t, words);
    tcase_add_test(t, lines_to_tell);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
