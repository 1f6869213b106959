/* SPDX-License-Identifier: MIT */
/* check_json.c: what the writer writes, byte by byte, and what it refuses. */
#include <check.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/json.h"

static char scratch[] = "/tmp/check_json.XXXXXX", path[PATH_MAX];
static struct avo_out out;
static struct avo_json j;
static struct avo_error err;

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    snprintf(path, sizeof path, "%s/f", scratch);
    ck_assert_int_eq(avo_out_open(&out, path, NULL, &err), 0);
    avo_json_start(&j, &out);
}

static void teardown(void)
{
    avo_out_release(&out);
    unlink(path);
    rmdir(scratch);
}

static void expect(const char *want)
{
    char *text;
    size_t n;

    ck_assert_msg(avo_json_finish(&j, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(avo_out_finish(&out, &err), 0);
    ck_assert_int_eq(avo_read_text(path, 1 << 24, &text, &n, &err), 0);
    ck_assert_uint_eq(n, strlen(text));
    ck_assert_str_eq(text, want);
    free(text);
}

static void expect_error(const char *want)
{
    ck_assert_int_eq(avo_json_finish(&j, &err), -1);
    ck_assert_msg(strstr(err.msg, want) != NULL, "\"%s\" has no \"%s\"", err.msg, want);
}

/* ---- structure ---- */

START_TEST(structure)
{
    avo_json_object(&j, NULL);
    avo_json_int(&j, "a", -3);
    avo_json_array(&j, "rows");
    for (int i = 0; i < 2; i++) {
        avo_json_object(&j, NULL);
        avo_json_bool(&j, "t", i == 0);
        avo_json_array(&j, "none");
        avo_json_end(&j);
        avo_json_string(&j, "s", i == 0 ? NULL : "");
        avo_json_end(&j);
    }
    avo_json_end(&j);
    avo_json_object(&j, "empty");
    avo_json_end(&j);
    avo_json_end(&j);
    expect("{\n"
           "  \"a\": -3,\n"
           "  \"rows\": [\n"
           "    {\"t\": true,\"none\": [],\"s\": null},\n"
           "    {\"t\": false,\"none\": [],\"s\": \"\"}\n"
           "  ],\n"
           "  \"empty\": {}\n"
           "}\n");
}
END_TEST

START_TEST(lone_values)
{
    avo_json_int(&j, NULL, INT64_MIN);
    expect("-9223372036854775808\n");
}
END_TEST

/* ---- numbers ---- */

START_TEST(numbers)
{
    static const double v[] = {0, -0.0, 1, -2.5, 0.1, 1.0 / 3, 1e300, 5e-324, 1e15 + 0.5, NAN,
                               INFINITY, -INFINITY, 123456789, 0.1 + 0.2, 1e22};

    avo_json_array(&j, NULL);
    avo_json_array(&j, NULL);
    avo_json_array(&j, NULL);
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        avo_json_number(&j, NULL, v[i]);
    for (int i = 0; i < 3; i++)
        avo_json_end(&j);
    expect("[\n  [\n    [0,-0,1,-2.5,0.1,0.3333333333333333,1e+300,4.94065646e-324,"
           "1000000000000000.5,null,null,null,123456789,0.30000000000000004,1e+22]\n  ]\n]\n");
}
END_TEST

/* ---- strings ---- */

static const struct { const char *raw, *want; } strings[] = {
    {"plain \x7E", "plain \x7E"},
    {"\"quotes\" and \\", "\\\"quotes\\\" and \\\\"},
    {"\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
    {"\x01\x1F\x7F", "\\u0001\\u001f\\u007f"},
    {"</script><!--", "\\u003c/script>\\u003c!--"},
    {"\xCE\xB3 T\xE2\x82\xAC \xF0\x9F\xA7\xAC", "\xCE\xB3 T\xE2\x82\xAC \xF0\x9F\xA7\xAC"},
    {"\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF", "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"},
    /* not UTF-8: a lone continuation, latin 1, cut short, overlong, a surrogate, above U+10FFFF */
    {"a\x80z", "a\xEF\xBF\xBDz"},
    {"M\xFCller", "M\xEF\xBF\xBDller"},
    {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xF0\x9F\xA7", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xFF", "\xEF\xBF\xBD"},
};

/* As a value and as a key. */
START_TEST(string)
{
    char want[256];

    avo_json_object(&j, NULL);
    avo_json_string(&j, strings[_i].raw, strings[_i].raw);
    avo_json_end(&j);
    snprintf(want, sizeof want, "{\n  \"%s\": \"%s\"\n}\n", strings[_i].want, strings[_i].want);
    expect(want);
}
END_TEST

/* Longer than the buffer, at every offset of a two-byte character. */
START_TEST(long_strings)
{
    size_t n = 3 * AVO_OUT_BUFFER;
    char *s = malloc(2 * n + 2), *want = malloc(2 * n + 16);

    ck_assert(s != NULL && want != NULL);
    s[0] = 'x';
    for (size_t i = 0; i < n; i++)
        memcpy(s + _i + 2 * i, "\xC3\xA9", 3);
    avo_json_string(&j, NULL, s);
    snprintf(want, 2 * n + 16, "\"%s\"\n", s);
    expect(want);
    free(s);
    free(want);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(too_deep)
{
    for (int i = 0; i < AVO_JSON_DEPTH; i++)
        avo_json_array(&j, NULL);
    ck_assert_int_eq(j.err.status, 0);
    avo_json_array(&j, NULL);
    for (int i = 0; i <= AVO_JSON_DEPTH; i++)
        avo_json_end(&j);
    expect_error("more than 32 levels");
}
END_TEST

START_TEST(deepest)
{
    char want[512] = "[\n  [\n    ";

    for (int i = 0; i < AVO_JSON_DEPTH; i++)
        avo_json_array(&j, NULL);
    for (int i = 0; i < AVO_JSON_DEPTH; i++)
        avo_json_end(&j);
    for (int i = 2; i < AVO_JSON_DEPTH; i++)
        strcat(want, "[");
    for (int i = 2; i < AVO_JSON_DEPTH; i++)
        strcat(want, "]");
    strcat(want, "\n  ]\n]\n");
    expect(want);
}
END_TEST

START_TEST(misuse)
{
    switch (_i) {
    case 0:
        avo_json_object(&j, NULL);
        avo_json_int(&j, NULL, 1);
        expect_error("needs a key");
        break;
    case 1:
        avo_json_array(&j, NULL);
        avo_json_object(&j, "k");
        expect_error("has no key");
        break;
    case 2:
        avo_json_string(&j, "k", "v");
        expect_error("one value without a key");
        break;
    case 3:
        avo_json_int(&j, NULL, 1);
        avo_json_int(&j, NULL, 2);
        expect_error("one value without a key");
        break;
    case 4:
        avo_json_end(&j);
        expect_error("an end without a beginning");
        break;
    case 5:
        avo_json_object(&j, NULL);
        expect_error("not whole");
        break;
    default:
        expect_error("not whole");      /* nothing was written */
    }
}
END_TEST

/* The first error is the one that is reported; the caller's own goes before it. */
START_TEST(first_error)
{
    struct avo_error mine = {0};

    avo_json_end(&j);
    avo_json_object(&j, "k");
    avo_error_set(&mine, "mine");
    ck_assert_int_eq(avo_json_finish(&j, &mine), -1);
    ck_assert_str_eq(mine.msg, "mine");
    ck_assert_int_eq(avo_json_finish(&j, NULL), -1);
    expect_error("an end without a beginning");
}
END_TEST

START_TEST(full_disk)
{
    struct avo_out full;

    ck_assert_int_eq(avo_out_open(&full, "/dev/full", NULL, &err), 0);
    avo_json_start(&j, &full);
    avo_json_array(&j, NULL);
    for (int i = 0; i < 20000; i++)        /* more than a buffer */
        avo_json_int(&j, NULL, i);
    avo_json_end(&j);
    expect_error("/dev/full: cannot write");
    avo_out_release(&full);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("json");
    TCase *c = tcase_create("json");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, structure);
    tcase_add_test(c, lone_values);
    tcase_add_test(c, numbers);
    tcase_add_loop_test(c, string, 0, (int)(sizeof strings / sizeof *strings));
    tcase_add_loop_test(c, long_strings, 0, 2);
    tcase_add_test(c, too_deep);
    tcase_add_test(c, deepest);
    tcase_add_loop_test(c, misuse, 0, 7);
    tcase_add_test(c, first_error);
    tcase_add_test(c, full_disk);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
