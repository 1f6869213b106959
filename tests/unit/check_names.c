/* SPDX-License-Identifier: MIT */
/* check_names.c: names by number and back, in numbers that no search from end to end would bear. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/names.h"
#include "libcommon/stream/chrom_index.h"

/* A sanitizer's realloc moves what it need not move, again and again. */
#ifdef __SANITIZE_ADDRESS__
enum { MANY = 5000 };
#else
enum { MANY = 100000 };
#endif

START_TEST(test_numbers)
{
    struct avo_names t = {0};
    struct avo_error err = {0};
    ck_assert_int_eq(avo_names_find(&t, "a"), -1);
    ck_assert_int_eq(avo_names_add(&t, "a", &err), 0);
    ck_assert_int_eq(avo_names_add(&t, "", &err), 1);
    ck_assert_int_eq(avo_names_add(&t, "a", &err), 0);
    ck_assert_int_eq(avo_names_find(&t, ""), 1);
    ck_assert_int_eq(avo_names_find(&t, "A"), -1);
    ck_assert_uint_eq(t.n, 2);
    avo_names_release(&t);
    avo_names_release(NULL);
}
END_TEST

/* A header of MANY chromosomes and as many provenance lines. */
static void fill(struct avo_header *h, int from)
{
    struct avo_error err = {0};
    char text[40];
    h->bin_bp = 25;
    for (int i = from; i < from + MANY; i++) {
        snprintf(text, sizeof text, "contig_%d", i);
        ck_assert_int_eq(avo_header_add_chrom(h, text, 1000u + (unsigned)i, &err), 0);
        snprintf(text, sizeof text, "program:p\tstep:%d", i);
        ck_assert_int_eq(avo_header_add_provenance_line(h, text, &err), 0);
        ck_assert_int_eq(avo_header_add_extra(h, text, &err), 0);
    }
}

/* Within the 4 s that a test has: 5 * 10^9 comparisons would not be. */
START_TEST(test_many)
{
    struct avo_header a = {0}, b = {0};
    struct avo_chrom_index x;
    struct avo_error err = {0};
    uint32_t last = 0;
    fill(&a, 0);
    fill(&b, MANY / 2);
    ck_assert_int_eq(avo_chrom_index_init(&x, &a, &err), 0);
    for (int i = MANY - 1; i >= 0; i--) {
        int64_t want = i < MANY / 2 ? i + MANY / 2 : -1;
        ck_assert_int_eq(avo_chrom_index_find(&x, b.chroms[i].name, &last), want);
    }
    avo_chrom_index_release(&x);
    ck_assert_int_eq(avo_header_join_provenance(&a, &b, &err), 0);
    ck_assert_int_eq(avo_header_join_extra(&a, &b, &err), 0);
    ck_assert_uint_eq(a.n_provenance, MANY + MANY / 2);
    ck_assert_uint_eq(a.n_extra, MANY + MANY / 2);
    ck_assert_str_eq(a.provenance[MANY], b.provenance[MANY / 2]);
    ck_assert_str_eq(a.provenance[a.n_provenance - 1], b.provenance[MANY - 1]);
    avo_header_release(&a);
    avo_header_release(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("names");
    TCase *t = tcase_create("names");
    tcase_add_test(t, test_numbers);
    tcase_add_test(t, test_many);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
