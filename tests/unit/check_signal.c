/* SPDX-License-Identifier: MIT */
/* check_signal.c: values at positions: appended, missing, filled in from tiles. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/half.h"
#include "tests/lib/unit/toy.h"

static struct avo_error err;

static enum avo_dtype type_of(int i)
{
    return i ? AVO_F32 : AVO_F16;
}

/* n values from `from` on, of a type. */
static void count_up(void *values, enum avo_dtype dtype, uint32_t n, float from)
{
    for (uint32_t i = 0; i < n; i++)
        if (dtype == AVO_F32)
            ((float *)values)[i] = from + (float)i;
        else
            ((uint16_t *)values)[i] = avo_half_from_float(from + (float)i);
}

START_TEST(bins_are_appended)
{
    float values[6];
    struct avo_signal s = {.dtype = type_of(_i), .n_tracks = 2};
    count_up(values, s.dtype, 6, 1);
    toy_must(avo_signal_append(&s, values, 3, &err), &err);
    toy_must(avo_signal_append(&s, NULL, 2, &err), &err);
    toy_must(avo_signal_append(&s, values, 1, &err), &err);
    ck_assert_uint_eq(s.n_bins, 6);
    for (uint32_t i = 0; i < 6; i++)
        for (uint32_t t = 0; t < 2; t++) {
            float x = avo_signal_at(&s, i, t);
            if (i == 3 || i == 4)
                ck_assert(isnan(x));
            else
                ck_assert_float_eq(x, (float)(i % 5 * 2 + t) + 1);
        }
    float column[3] = {0};
    avo_signal_column(&s, 1, 2, 2, column);
    ck_assert_float_eq(column[0], 6);
    ck_assert(isnan(column[1]));
    ck_assert_float_eq(column[2], 0);
    /* the other type next */
    avo_signal_clear(&s, type_of(!_i));
    count_up(values, s.dtype, 6, 7);
    toy_must(avo_signal_append(&s, values, 3, &err), &err);
    ck_assert_uint_eq(s.n_bins, 3);
    ck_assert_float_eq(avo_signal_at(&s, 2, 1), 12);
    avo_signal_release(&s);
    ck_assert_ptr_null(s.values);
}
END_TEST

START_TEST(a_long_column)
{
    uint8_t *values = malloc(4 * 2 * 1000);
    float column[999];
    struct avo_signal s = {.dtype = type_of(_i), .n_tracks = 2};
    count_up(values, s.dtype, 2000, 0);
    toy_must(avo_signal_append(&s, values, 1000, &err), &err);
    avo_signal_column(&s, 1, 1, 999, column);
    for (uint32_t i = 0; i < 999; i++)
        ck_assert_float_eq(column[i], (float)(2 * i + 3));
    avo_signal_release(&s);
    free(values);
}
END_TEST

/* A tile's values go to the bins that are there; the others are counted. */
START_TEST(a_tile_finds_its_bins)
{
    struct avo_header h = {.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    struct avo_positions p = {0};
    struct avo_signal s = {.dtype = type_of(_i), .n_tracks = 4};
    const struct avo_run mine[] = {{3, 1}, {9, 192}, {38990, 1010}};
    /* 8 (absent), 9-11, 200 (there), 201 (absent), 39999 (the last bin) */
    const struct avo_run theirs[] = {{8, 4}, {200, 2}, {39999, 1}};
    float values[7 * 4];
    struct avo_tile tile = {{5, 3, 7, theirs}, s.dtype, 4, values};
    count_up(values, s.dtype, 7 * 4, 100);
    toy_must(avo_header_add_chrom(&h, "chr1", 1000000, &err), &err);
    toy_must(avo_header_add_chrom(&h, "chr2", 1000000, &err), &err);
    toy_must(avo_positions_add(&p, &h, &(struct avo_span){0, 3, 1203, mine}, false, &err), &err);
    toy_must(avo_signal_append(&s, NULL, p.n_bins, &err), &err);
    ck_assert_uint_eq(avo_signal_fill(&s, &p, &tile, -1), 7);   /* a chromosome that p lacks */
    ck_assert_uint_eq(avo_signal_fill(&s, &p, &tile, 1), 7);    /* one of which it has no bin */
    for (uint32_t i = 0; i < p.n_bins; i++)
        ck_assert(isnan(avo_signal_at(&s, i, 3)));
    ck_assert_uint_eq(avo_signal_fill(&s, &p, &tile, 0), 2);
    static const uint32_t at[] = {1, 2, 3, 192, 193 + 1009}, from[] = {1, 2, 3, 4, 6};
    for (int i = 0; i < 5; i++)
        for (uint32_t t = 0; t < 4; t++)
            ck_assert_float_eq(avo_signal_at(&s, at[i], t), (float)(from[i] * 4 + t) + 100);
    for (uint32_t i = 0, k = 0; i < p.n_bins; i++) {
        k += k < 5 && i > at[k];
        ck_assert((k < 5 && i == at[k]) || isnan(avo_signal_at(&s, i, 0)));
    }
    avo_signal_release(&s);
    avo_positions_release(&p);
    avo_header_release(&h);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("signal");
    TCase *t = tcase_create("signal");
    tcase_add_loop_test(t, bins_are_appended, 0, 2);
    tcase_add_loop_test(t, a_long_column, 0, 2);
    tcase_add_loop_test(t, a_tile_finds_its_bins, 0, 2);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
