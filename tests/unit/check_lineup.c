/* SPDX-License-Identifier: MIT */
/* check_lineup.c: which observed tracks are scored, and in what role. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/measure/lineup.h"

struct name { const char *celltype, *assay; enum avo_role role; };

static void make_header(struct avo_header *h, const struct name *names)
{
    memset(h, 0, sizeof *h);
    for (; names->celltype != NULL; names++)
        ck_assert_ptr_nonnull(avo_header_add_track(h, names->celltype, names->assay, names->role,
                                                   NULL));
}

static const struct name observed_names[] = {
    {"A", "x", AVO_ROLE_UNSET}, {"B", "x", AVO_ROLE_UNSET}, {"A", "y", AVO_ROLE_UNSET},
    {"B", "y", AVO_ROLE_UNSET}, {0}};

START_TEST(lineup_takes_roles_from_the_model)
{
    static const struct name names[] = {{"C", "x", AVO_ROLE_UNSET}, {"B", "y", AVO_ROLE_TEST},
                                        {"A", "x", AVO_ROLE_TRAIN}, {"B", "x", AVO_ROLE_VALID},
                                        {0}};
    struct avo_header obs_h, imp_h;
    struct avo_lineup_method method = {"m", &imp_h};
    struct avo_lineup_spec spec = {.observed = &obs_h, .methods = &method, .n_methods = 1};
    struct avo_lineup l;

    make_header(&obs_h, observed_names);
    make_header(&imp_h, names);
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_assays, 2);
    ck_assert_uint_eq(l.n_scored, 3);
    ck_assert_uint_eq(l.scored[0], 0);
    ck_assert_uint_eq(l.scored[2], 3);
    ck_assert_uint_eq(l.columns[0][0], 2);
    ck_assert_uint_eq(l.columns[0][1], 3);
    ck_assert_uint_eq(l.columns[0][2], 1);
    ck_assert(l.seen[0] && l.seen[1] && !l.seen[3]);
    ck_assert(!l.tracks[0].is_test && l.tracks[3].is_test && !l.tracks[2].is_scored);
    ck_assert_int_eq(l.roles[1], AVO_ROLE_VALID);
    ck_assert_uint_eq(l.n_unobserved, 1);
    ck_assert(l.any_roles);
    ck_assert_uint_eq(avo_lineup_count(&l, -1, true), 2);
    ck_assert_uint_eq(avo_lineup_count(&l, 0, true), 2);
    ck_assert_uint_eq(avo_lineup_count(&l, 1, false), 1);
    avo_lineup_release(&l);
    avo_header_release(&obs_h);
    avo_header_release(&imp_h);
}
END_TEST

/* A role column of the imputed table may be called model_role; without any, the observed rule. */
START_TEST(lineup_takes_roles_from_columns)
{
    static const struct name names[] = {{"A", "x", AVO_ROLE_UNSET}, {"B", "x", AVO_ROLE_UNSET},
                                        {0}};
    struct avo_header obs_h, imp_h;
    struct avo_lineup_method method = {"m", &imp_h};
    struct avo_lineup_spec spec = {.observed = &obs_h, .methods = &method, .n_methods = 1};
    struct avo_lineup l;

    make_header(&obs_h, observed_names);
    make_header(&imp_h, names);
    obs_h.tracks[1].role = AVO_ROLE_TRAIN;
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert(!l.seen[0] && l.seen[1]);
    avo_lineup_release(&l);
    ck_assert_int_eq(avo_track_add_attr(&imp_h.tracks[0], "model_role", "valid", NULL), 0);
    ck_assert_int_eq(avo_track_add_attr(&imp_h.tracks[1], "model_role", "none", NULL), 0);
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert(l.seen[0] && !l.seen[1]);
    avo_lineup_release(&l);
    avo_header_release(&obs_h);
    avo_header_release(&imp_h);
}
END_TEST

START_TEST(lineup_of_baselines_and_tests)
{
    char b[] = "B", x[] = "x", q[] = "q";
    struct avo_lineup_pair known = {b, x}, unknown = {b, q};
    struct avo_header obs_h;
    struct avo_lineup_spec spec = {.observed = &obs_h};
    struct avo_lineup l;
    struct avo_error err = {0};

    make_header(&obs_h, observed_names);
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 4);
    ck_assert(!l.any_roles);
    avo_lineup_release(&l);
    spec.tests = &known;
    spec.n_tests = 1;
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 1);
    ck_assert_uint_eq(l.scored[0], 1);
    ck_assert_int_eq(l.roles[1], AVO_ROLE_TEST);
    avo_lineup_release(&l);
    spec.tests = &unknown;
    ck_assert_int_eq(avo_lineup_make(&l, &spec, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "B:q"));
    ck_assert_ptr_nonnull(strstr(err.hint, "B:"));
    avo_header_release(&obs_h);
}
END_TEST

START_TEST(lineup_scores_what_all_methods_have)
{
    static const struct name one[] = {{"A", "x", AVO_ROLE_UNSET}, {"B", "x", AVO_ROLE_UNSET}, {0}};
    static const struct name two[] = {{"B", "x", AVO_ROLE_UNSET}, {"B", "y", AVO_ROLE_UNSET}, {0}};
    static const struct name other[] = {{"Z", "x", AVO_ROLE_UNSET}, {0}};
    struct avo_header h[3], obs_h;
    struct avo_lineup_method methods[2] = {{"one", &h[0]}, {"two", &h[1]}};
    struct avo_lineup_spec spec = {.observed = &obs_h, .methods = methods, .n_methods = 2};
    struct avo_lineup l;
    struct avo_error err = {0};

    make_header(&obs_h, observed_names);
    make_header(&h[0], one);
    make_header(&h[1], two);
    make_header(&h[2], other);
    ck_assert_int_eq(avo_lineup_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 1);
    ck_assert_uint_eq(l.scored[0], 1);
    ck_assert_uint_eq(l.columns[0][0], 1);
    ck_assert_uint_eq(l.columns[1][0], 0);
    ck_assert_uint_eq(l.n_partial, 2);
    avo_lineup_release(&l);
    methods[1].header = &h[2];
    ck_assert_int_eq(avo_lineup_make(&l, &spec, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "both observed and imputed"));
    avo_header_release(&obs_h);
    for (int i = 0; i < 3; i++)
        avo_header_release(&h[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lineup");
    TCase *c = tcase_create("lineup");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_test(c, lineup_takes_roles_from_the_model);
    tcase_add_test(c, lineup_takes_roles_from_columns);
    tcase_add_test(c, lineup_of_baselines_and_tests);
    tcase_add_test(c, lineup_scores_what_all_methods_have);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
