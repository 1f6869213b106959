/* SPDX-License-Identifier: MIT */
/* check_time_left.c: what is left is told once, in words; the clock is the test's. */
#include <check.h>
#include <stdlib.h>

#include "libcommon/base/time_left.h"

/* After 10 s of 100 units a second, of a total; NULL: nothing is told. */
static const struct { uint64_t first, total; const char *text; } cases[] = {
    {0, 6900, NULL},
    {0, 7000, "1 minute"},
    {0, 73000, "12 minutes"},
    {5000, 78000, "12 minutes"},        /* resumed: what was done before took no time */
    {0, 541000, "1.5 hours"},
    {0, 5041000, "14 hours"},
    {0, 100000000, "12 days"},
    {0, 0, NULL},                       /* not known */
};

START_TEST(time_is_told_in_words)
{
    struct avo_time_left t = {0};
    char text[32] = "";
    uint64_t first = cases[_i].first, total = cases[_i].total;
    ck_assert(!avo_time_left(&t, 1000, first, total, text, sizeof text));
    ck_assert(!avo_time_left(&t, 1004, first + 400, total, text, sizeof text));
    bool told = avo_time_left(&t, 1010, first + 1000, total, text, sizeof text);
    ck_assert_int_eq(told, cases[_i].text != NULL);
    if (told)
        ck_assert_str_eq(text, cases[_i].text);
    ck_assert(!avo_time_left(&t, 1020, first + 1001, total, text, sizeof text));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("time_left");
    TCase *t = tcase_create("time_left");
    tcase_add_loop_test(t, time_is_told_in_words, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
