/* SPDX-License-Identifier: MIT */
/* check_folds.c: numpy's permutations; folds, strata, groups; folds written and read. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/mt19937.h"
#include "libcommon/ap/folds.h"

enum { N = 1000 };

/* numpy 1.24: for s in (0, 1, 4294967295):
 *     r = numpy.random.RandomState(s)
 *     print(s, r.permutation(700)[:4], r.permutation(700)[:4], r.randint(0, 2**32, 2, "uint32")) */
static const struct { uint32_t seed, first[4], second[4], words[2]; } numpy[] = {
    {0u, {306, 604, 40, 493}, {575, 487, 141, 107}, {555578783u, 1504635230u}},
    {1u, {681, 626, 329, 620}, {225, 290, 540, 101}, {272058019u, 276623385u}},
    {4294967295u, {224, 305, 447, 532}, {257, 222, 532, 217}, {2185259266u, 3174841388u}}
};

START_TEST(permutes_as_numpy_does)
{
    struct avo_mt m;
    uint32_t v[700];

    avo_mt_seed(&m, numpy[_i].seed);
    avo_mt_permute(&m, v, 700);
    for (int k = 0; k < 4; k++)
        ck_assert_uint_eq(v[k], numpy[_i].first[k]);
    avo_mt_permute(&m, v, 700);
    for (int k = 0; k < 4; k++)
        ck_assert_uint_eq(v[k], numpy[_i].second[k]);
    for (int k = 0; k < 2; k++)
        ck_assert_uint_eq(avo_mt_next(&m), numpy[_i].words[k]);
}
END_TEST

/* RandomState([7, 3]) */
START_TEST(seeds_by_keys_as_numpy_does)
{
    static const uint32_t key[] = {7, 3}, want[] = {63, 256, 252, 151};
    struct avo_mt m;
    uint32_t v[700];

    avo_mt_seed_key(&m, key, 2);
    avo_mt_permute(&m, v, 700);
    for (int k = 0; k < 4; k++)
        ck_assert_uint_eq(v[k], want[k]);
}
END_TEST

static struct avo_folds made(const struct avo_folds_spec *spec)
{
    struct avo_error err = {0};
    struct avo_folds f;

    ck_assert_msg(avo_folds_make(spec, &f, &err) == 0, "%s", err.msg);
    return f;
}

/* Least and most rows (or rows of a class) of the folds of a repeat. */
static void extremes(const struct avo_folds *f, size_t repeat, const uint8_t *of, size_t *least,
                     size_t *most)
{
    size_t n[AVO_MAX_FOLDS] = {0};

    for (size_t i = 0; i < f->n_rows; i++)
        n[f->fold[repeat * f->n_rows + i]] += of == NULL || of[i];
    *least = *most = n[0];
    for (size_t k = 1; k < f->n_folds; k++) {
        *least = n[k] < *least ? n[k] : *least;
        *most = n[k] > *most ? n[k] : *most;
    }
}

START_TEST(plain_and_stratified)
{
    static uint8_t y[N];
    struct avo_folds_spec spec = {.n_rows = N, .n_folds = 7, .n_repeats = 3, .seed = 5};
    struct avo_folds a, b;
    size_t least, most;

    for (size_t i = 0; i < N; i++)
        y[i] = i % 13 == 0;
    a = made(&spec);
    for (size_t r = 0; r < 3; r++) {
        extremes(&a, r, NULL, &least, &most);
        ck_assert(least == N / 7 && most == N / 7 + 1);
    }
    ck_assert(memcmp(a.fold, a.fold + N, N * sizeof *a.fold) != 0);
    b = made(&spec);
    ck_assert(memcmp(a.fold, b.fold, 3 * N * sizeof *a.fold) == 0);
    avo_folds_release(&b);
    spec.stream = 1;
    b = made(&spec);
    ck_assert(memcmp(a.fold, b.fold, 3 * N * sizeof *a.fold) != 0);
    avo_folds_release(&a);
    avo_folds_release(&b);
    spec.stratum = y;
    a = made(&spec);
    for (size_t r = 0; r < 3; r++) {
        extremes(&a, r, NULL, &least, &most);
        ck_assert(most - least <= 1);
        extremes(&a, r, y, &least, &most);
        ck_assert(most - least <= 1);
    }
    avo_folds_release(&a);
}
END_TEST

/* Groups of 1 to 40 rows: whole, and folds about even. */
START_TEST(groups_stay_whole)
{
    static uint32_t group[N];
    static uint8_t y[N];
    struct avo_folds_spec spec = {.n_rows = N, .n_folds = 5, .n_repeats = 4, .group = group,
                                  .stratum = _i ? y : NULL};
    struct avo_folds f;
    size_t least, most, n_groups = 0;

    for (size_t i = 0, left = 0; i < N; i++, left--) {
        if (left == 0) {
            left = 1 + n_groups * 17 % 40;
            n_groups++;
        }
        group[i] = (uint32_t)n_groups - 1;
        y[i] = i % 9 == 0;
    }
    spec.n_groups = n_groups + 3;       /* some have no row */
    f = made(&spec);
    for (size_t r = 0; r < 4; r++) {
        for (size_t i = 1; i < N; i++)
            if (group[i] == group[i - 1])
                ck_assert_uint_eq(f.fold[r * N + i], f.fold[r * N + i - 1]);
        extremes(&f, r, _i ? y : NULL, &least, &most);
        ck_assert_msg(most - least <= (_i ? 5u : 40u), "%zu .. %zu", least, most);
        ck_assert(least > 0);
    }
    ck_assert(memcmp(f.fold, f.fold + N, N * sizeof *f.fold) != 0);
    avo_folds_release(&f);
}
END_TEST

START_TEST(too_few)
{
    static const uint32_t group[6] = {0, 0, 1, 1, 1, 0};
    struct avo_folds_spec spec = {.n_rows = 6, .n_folds = 7, .n_repeats = 1};
    struct avo_error err = {0};
    struct avo_folds f;

    ck_assert_int_eq(avo_folds_make(&spec, &f, &err), -1);
    ck_assert_str_eq(err.msg, "6 rows cannot fill 7 folds");
    ck_assert_ptr_null(f.fold);
    avo_error_clear(&err);
    spec.n_folds = 3;
    spec.group = group;
    spec.n_groups = 2;
    ck_assert_int_eq(avo_folds_make(&spec, &f, &err), -1);
    ck_assert_str_eq(err.msg, "2 groups cannot fill 3 folds");
}
END_TEST

/* ---- text ---- */

static char path[] = "check_folds.XXXXXX";

static void write_text(const char *text)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert(fputs(text, f) >= 0);
    ck_assert_int_eq(fclose(f), 0);
}

START_TEST(written_and_read)
{
    struct avo_folds_spec spec = {.n_rows = 50, .n_folds = 4, .n_repeats = 3, .seed = 9};
    struct avo_folds a = made(&spec), b;
    struct avo_error err = {0};

    ck_assert_int_eq(avo_folds_write(&a, path, &err), 0);
    ck_assert_msg(avo_folds_read(path, 50, &b, &err) == 0, "%s", err.msg);
    ck_assert(b.n_rows == 50 && b.n_folds == 4 && b.n_repeats == 3);
    ck_assert(memcmp(a.fold, b.fold, 150 * sizeof *a.fold) == 0);
    avo_folds_release(&a);
    avo_folds_release(&b);
}
END_TEST

static const struct { const char *text, *message; } bad[] = {
    {"", "want a line"}, {"1\t2\n", "want a line"}, {"row\n1\n", "no column of folds"},
    {"row\tr\n1\t1\n2\t2\n", "2 rows (want the 3"}, {"row\tr\n1\t1\n2\t2\n4\t1\n", ":4: row"},
    {"row\tr\n1\t1\n2\t0\n3\t1\n", ":3: fold"}, {"row\tr\n1\t1\n2\n3\t1\n", ":3: fold"},
    {"row\tr\n1\t1\n2\tx\n3\t1\n", ":3: fold"}, {"row\tr\n1\t1\n2\t1\n3\t1\n", "at least 2"},
    {"row\tr\n1\t1\n2\t3\n3\t1\n", "no row in fold 2 of 3"},
    {"row\tr\n1\t1\n2\t2\n3\t1\n4\t1\n", ":5: more rows"},
    {"row\tr\n1\t1\n2\t2\t2\n3\t1\n", ":3: more columns"}
};

START_TEST(bad_text)
{
    struct avo_error err = {0};
    struct avo_folds f;

    write_text(bad[_i].text);
    ck_assert_int_eq(avo_folds_read(path, 3, &f, &err), -1);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
    ck_assert_ptr_null(f.fold);
    ck_assert_msg(strncmp(err.msg, path, strlen(path)) == 0 &&
                  strstr(err.msg, bad[_i].message) != NULL, "%s", err.msg);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("folds");
    TCase *c = tcase_create("folds");
    SRunner *r = srunner_create(s);
    int failed, fd = mkstemp(path);

    if (fd >= 0)
        close(fd);
    suite_add_tcase(s, c);
    tcase_add_loop_test(c, permutes_as_numpy_does, 0, (int)(sizeof numpy / sizeof *numpy));
    tcase_add_test(c, seeds_by_keys_as_numpy_does);
    tcase_add_test(c, plain_and_stratified);
    tcase_add_loop_test(c, groups_stay_whole, 0, 2);
    tcase_add_test(c, too_few);
    tcase_add_test(c, written_and_read);
    tcase_add_loop_test(c, bad_text, 0, (int)(sizeof bad / sizeof *bad));
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    unlink(path);
    return failed != 0;
}
