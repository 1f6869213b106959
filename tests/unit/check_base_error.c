/* SPDX-License-Identifier: MIT */
/* check_base_error.c: the first cause is kept, prefixes and hints, and checked allocation. */
#include "libcommon/base/error.h"

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

START_TEST(first_cause_is_kept)
{
    struct avo_error e = {0};
    ck_assert_int_eq(avo_error_set(&e, "record %d", 3), -1);
    avo_error_status(&e, AVO_EXIT_USAGE, "later");
    avo_error_sys(&e, EIO, "later still");
    ck_assert_str_eq(e.msg, "record 3");
    ck_assert_int_eq(e.status, AVO_EXIT_DATA);
    avo_error_clear(&e);
    avo_error_status(&e, AVO_EXIT_DEVICE, "no card");
    ck_assert_int_eq(e.status, AVO_EXIT_DEVICE);
    ck_assert_str_eq(e.msg, "no card");
}
END_TEST

START_TEST(system_errors_name_the_reason)
{
    struct avo_error e = {0};
    avo_error_sys(&e, ENOSPC, "%s: cannot write", "a.avo");
    ck_assert_str_eq(e.msg, "a.avo: cannot write: No space left on device");
}
END_TEST

START_TEST(prefix_and_hint)
{
    struct avo_error e = {0};
    avo_error_status(&e, AVO_EXIT_USAGE, "bad");
    avo_error_prefix(&e, "f.bed:%d", 17);
    ck_assert_str_eq(e.msg, "f.bed:17: bad");
    ck_assert_int_eq(e.status, AVO_EXIT_USAGE);
    avo_error_hint(&e, "first");
    avo_error_hint(&e, "second");
    ck_assert_str_eq(e.hint, "first");
}
END_TEST

START_TEST(long_messages_are_cut)
{
    struct avo_error e = {0};
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    avo_error_sys(&e, EIO, "%s", text);
    ck_assert_uint_eq(strlen(e.msg), sizeof e.msg - 1);
    avo_error_prefix(&e, "%s", text);
    ck_assert_uint_eq(strlen(e.msg), sizeof e.msg - 1);
    avo_error_hint(&e, "%s", text);
    ck_assert_uint_eq(strlen(e.hint), sizeof e.hint - 1);
}
END_TEST

START_TEST(null_is_accepted)
{
    ck_assert_int_eq(avo_error_set(NULL, "x"), -1);
    ck_assert_int_eq(avo_error_status(NULL, 2, "x"), -1);
    ck_assert_int_eq(avo_error_sys(NULL, EIO, "x"), -1);
    ck_assert_int_eq(avo_error_prefix(NULL, "x"), -1);
    ck_assert_int_eq(avo_error_hint(NULL, "x"), -1);
    avo_error_clear(NULL);
}
END_TEST

START_TEST(alloc_is_zeroed_and_aligned)
{
    struct avo_error e = {0};
    static const size_t sizes[] = {0, 1, 63, 64, 65, 100003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *p = avo_alloc(sizes[i], 3, "a test", &e);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % 64, 0);
        for (size_t k = 0; k < sizes[i] * 3; k++)
            ck_assert_uint_eq(p[k], 0);
        free(p);
    }
    ck_assert_int_eq(e.status, 0);
}
END_TEST

START_TEST(alloc_overflow_is_an_error)
{
    struct avo_error e = {0};
    volatile size_t big = SIZE_MAX / 2;
    ck_assert_ptr_null(avo_alloc(big, 3, "weights", &e));
    ck_assert_ptr_nonnull(strstr(e.msg, "out of memory"));
    ck_assert_ptr_nonnull(strstr(e.msg, "weights"));
    avo_error_clear(&e);
    ck_assert_ptr_null(avo_alloc(big, 1, "weights", &e));
    ck_assert_int_eq(e.status, AVO_EXIT_DATA);
}
END_TEST

START_TEST(grow_keeps_and_zeroes)
{
    struct avo_error e = {0};
    int *p = NULL;
    size_t cap = 0;
    for (size_t need = 1; need < 5000; need += need / 3 + 1) {
        size_t old = cap;
        ck_assert_int_eq(avo_grow(&p, &cap, need, sizeof *p, "numbers", &e), 0);
        ck_assert_uint_ge(cap, need);
        if (cap != old)
            ck_assert_uint_ge(cap, 2 * old);
        for (size_t i = old; i < cap; i++) {
            ck_assert_int_eq(p[i], 0);
            p[i] = (int)i;
        }
        for (size_t i = 0; i < cap; i++)
            ck_assert_int_eq(p[i], (int)i);
    }
    int *same = p;
    size_t same_cap = cap;
    ck_assert_int_eq(avo_grow(&p, &cap, SIZE_MAX / 2, sizeof *p, "numbers", &e), -1);
    ck_assert_ptr_eq(p, same);
    ck_assert_uint_eq(cap, same_cap);
    ck_assert_int_eq(p[10], 10);
    free(p);
}
END_TEST

START_TEST(strings)
{
    struct avo_error e = {0};
    char *s = avo_strdup("", &e), *t = avo_asprintf(&e, "%s-%05d", "abc", 42);
    ck_assert_str_eq(s, "");
    ck_assert_str_eq(t, "abc-00042");
    free(s);
    free(t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: error, alloc");
    TCase *t = tcase_create("all");
    tcase_add_test(t, first_cause_is_kept);
    tcase_add_test(t, system_errors_name_the_reason);
    tcase_add_test(t, prefix_and_hint);
    tcase_add_test(t, long_messages_are_cut);
    tcase_add_test(t, null_is_accepted);
    tcase_add_test(t, alloc_is_zeroed_and_aligned);
    tcase_add_test(t, alloc_overflow_is_an_error);
    tcase_add_test(t, grow_keeps_and_zeroes);
    tcase_add_test(t, strings);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
