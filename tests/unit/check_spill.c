/* SPDX-License-Identifier: MIT */
/* check_spill.c: columns that come window by window, in memory and through a file. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/eval/spill.h"

#define COLUMNS 3
#define WINDOWS 5
#define WINDOW 40

/* Bytes of column c in window w: an own length each, some of none. */
static size_t part(size_t c, size_t w, uint8_t *out)
{
    size_t n = (c * 17 + w * 11) % (WINDOW + 1);

    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(c * 100 + w * 13 + i);
    return n;
}

static void fill_and_compare(struct avo_spill *s, size_t n_windows)
{
    uint8_t buf[WINDOW], want[WINDOWS * WINDOW], got[WINDOWS * WINDOW];

    for (size_t w = 0; w < n_windows; w++) {
        ck_assert_int_eq(avo_spill_window(s, NULL), 0);
        for (size_t c = COLUMNS; c-- > 0;) {
            size_t n = part(c, w, buf);

            if (n > 0 || w % 2 == 0)        /* a column may get nothing, or not be named at all */
                ck_assert_int_eq(avo_spill_append(s, c, buf, n, NULL), 0);
        }
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        size_t n = 0;

        for (size_t w = 0; w < n_windows; w++)
            n += part(c, w, want + n);
        ck_assert_uint_eq(avo_spill_length(s, c), n);
        memset(got, 0, sizeof got);
        ck_assert_int_eq(avo_spill_read(s, c, got, NULL), 0);
        ck_assert_int_eq(memcmp(got, want, n), 0);
    }
}

START_TEST(columns_come_back_whole)
{
    struct avo_spill *s = avo_spill_new(COLUMNS, WINDOWS * WINDOW, WINDOW,
                                        _i == 0 ? COLUMNS * WINDOWS * WINDOW : 10, NULL);

    ck_assert_ptr_nonnull(s);
    ck_assert_int_eq(avo_spill_on_disk(s), _i == 1);
    ck_assert_uint_eq(avo_spill_bytes(s), COLUMNS * WINDOWS * WINDOW);
    fill_and_compare(s, WINDOWS);
    avo_spill_clear(s);
    ck_assert_uint_eq(avo_spill_length(s, 0), 0);
    fill_and_compare(s, 2);
    avo_spill_free(s);
    avo_spill_free(NULL);
}
END_TEST

START_TEST(too_much_is_refused)
{
    struct avo_spill *s = avo_spill_new(1, 100, 10, 0, NULL);
    struct avo_error err = {0};
    char buf[11] = {0};

    ck_assert_int_eq(avo_spill_append(s, 0, buf, 1, &err), -1);     /* before any window */
    ck_assert_int_eq(avo_spill_window(s, NULL), 0);
    avo_error_clear(&err);
    ck_assert_int_eq(avo_spill_append(s, 0, buf, 11, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "11 bytes more"));
    avo_spill_free(s);
}
END_TEST

START_TEST(a_folder_that_is_not_there)
{
    struct avo_error err = {0};

    setenv("TMPDIR", "/nowhere/at/all", 1);
    ck_assert_ptr_null(avo_spill_new(1, 100, 10, 0, &err));
    ck_assert_ptr_nonnull(strstr(err.msg, "/nowhere/at/all"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store");
    TCase *c = tcase_create("store");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, columns_come_back_whole, 0, 2);
    tcase_add_test(c, too_much_is_refused);
    tcase_add_test(c, a_folder_that_is_not_there);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
