/* SPDX-License-Identifier: MIT */
/* check_base_words.c: words of a list, lists of words, named files. */
#include "libcommon/base/words.h"

#include <check.h>
#include <string.h>

START_TEST(one_word)
{
    struct avo_error e = {0};
    int which = 7;
    ck_assert_int_eq(avo_parse_word("b", "a|b|cc", "--w", &which, &e), 0);
    ck_assert_int_eq(which, 1);
    ck_assert_int_eq(avo_parse_word("cc", "a|b|cc", "--w", &which, &e), 0);
    ck_assert_int_eq(which, 2);
    ck_assert_int_eq(avo_parse_word("only", "only", "--w", &which, &e), 0);
    ck_assert_int_eq(which, 0);
    static const char *const bad[] = {"", "A", "c", "a|b", "b ", "ccc"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        avo_error_clear(&e);
        ck_assert_int_eq(avo_parse_word(bad[i], "a|b|cc", "--w", &which, &e), -1);
        ck_assert_int_eq(e.status, AVO_EXIT_USAGE);
        ck_assert_int_eq(which, 0);
    }
    ck_assert_str_eq(e.msg, "--w: \"ccc\" is not a, b or cc");
    ck_assert_str_eq(e.hint, "did you mean cc?");
}
END_TEST

START_TEST(several_words)
{
    struct avo_error e = {0};
    unsigned set = 0;
    ck_assert_int_eq(avo_parse_words("cc,a,a", "a|b|cc", "--w", &set, &e), 0);
    ck_assert_uint_eq(set, 5);
    ck_assert_int_eq(avo_parse_words("b,", "a|b|cc", "--w", &set, &e), 0);
    ck_assert_uint_eq(set, 2);
    ck_assert_int_eq(avo_parse_words("a,,b", "a|b|cc", "--w", &set, &e), -1);
    ck_assert_str_eq(e.msg, "--w: \"\" is not a, b or cc");
}
END_TEST

START_TEST(named_files)
{
    static const struct { const char *given, *file; size_t name_len; } cases[] = {
        {"a=f", "f", 1}, {"f", "f", 0}, {"=f", "=f", 0}, {"d/a=f", "d/a=f", 0}, {"", "", 0},
        {"a=d/f=g", "d/f=g", 1}, {"a=", "", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = 9;
        ck_assert_str_eq(avo_named_file(cases[i].given, &len), cases[i].file);
        ck_assert_uint_eq(len, cases[i].name_len);
    }
}
END_TEST

START_TEST(lists_grow)
{
    struct avo_error e = {0};
    struct avo_strings l = {0};
    char words[20][4];
    for (int i = 0; i < 20; i++) {
        words[i][0] = (char)('a' + i);
        words[i][1] = '\0';
        ck_assert_int_eq(avo_strings_add(&l, words[i], &e), 0);
    }
    ck_assert_uint_eq(l.n, 20);
    for (int i = 0; i < 20; i++)
        ck_assert_ptr_eq(l.at[i], words[i]);
    avo_strings_release(&l);
    ck_assert(!l.at && !l.n && !l.cap);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: words");
    TCase *t = tcase_create("words");
    tcase_add_test(t, one_word);
    tcase_add_test(t, several_words);
    tcase_add_test(t, named_files);
    tcase_add_test(t, lists_grow);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
