/* SPDX-License-Identifier: MIT */
/* check_base_utf8.c: characters of UTF-8, good and bad; sets that grow together. */
#include "libcommon/base/utf8.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "libcommon/base/disjoint.h"

START_TEST(characters)
{
    static const struct { const char *text; size_t n, len; } cases[] = {
        {"a", 1, 1}, {"\x7F", 1, 1}, {"\xC2\x80", 2, 2}, {"\xDF\xBF", 2, 2}, {"\xC2\x80", 1, 0},
        {"\xC1\xBF", 2, 0}, {"\x80", 1, 0}, {"\xBF", 1, 0}, {"\xE0\xA0\x80", 3, 3},
        {"\xE0\x9F\xBF", 3, 0}, {"\xED\x9F\xBF", 3, 3}, {"\xED\xA0\x80", 3, 0},
        {"\xEE\x80\x80", 3, 3}, {"\xEF\xBF\xBF", 3, 3}, {"\xE1\x80", 2, 0}, {"\xE1\x80y", 3, 0},
        {"\xF0\x90\x80\x80", 4, 4}, {"\xF0\x8F\xBF\xBF", 4, 0}, {"\xF4\x8F\xBF\xBF", 4, 4},
        {"\xF4\x90\x80\x80", 4, 0}, {"\xF5\x80\x80\x80", 4, 0}, {"\xFF", 1, 0},
        {"\xC2", SIZE_MAX, 0}, {"\xF0\x90", SIZE_MAX, 0}, {"", SIZE_MAX, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(avo_utf8_length(cases[i].text, cases[i].n) == cases[i].len, "case %zu", i);
}
END_TEST

START_TEST(texts)
{
    ck_assert(avo_utf8_ok("", 0, ""));
    ck_assert(avo_utf8_ok("a\xC3\xA9", 3, ""));
    ck_assert(!avo_utf8_ok("a\xC3\xA9", 2, ""));
    ck_assert(avo_utf8_ok("a\tb\n", 4, "\t\n"));
    ck_assert(!avo_utf8_ok("a\tb\n", 4, "\n"));
    ck_assert(avo_utf8_ok("a\x01\x7F", 3, NULL));
    ck_assert(!avo_utf8_ok("a\0b", 3, NULL));
    ck_assert(!avo_utf8_ok("a\0b", 3, "\t"));
    ck_assert(avo_utf8_begins('a') && avo_utf8_begins('\xC3') && !avo_utf8_begins('\xA9'));
}
END_TEST

START_TEST(sets)
{
    uint32_t up[8];
    for (uint32_t i = 0; i < 8; i++)
        up[i] = i;
    avo_disjoint_unite(up, 7, 5);
    avo_disjoint_unite(up, 3, 4);
    avo_disjoint_unite(up, 5, 3);
    avo_disjoint_unite(up, 5, 7);
    static const uint32_t want[] = {0, 1, 2, 3, 3, 3, 6, 3};
    for (uint32_t i = 0; i < 8; i++)
        ck_assert_uint_eq(avo_disjoint_root(up, i), want[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: utf8, disjoint");
    TCase *t = tcase_create("all");
    tcase_add_test(t, characters);
    tcase_add_test(t, texts);
    tcase_add_test(t, sets);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
