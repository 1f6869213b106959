/* SPDX-License-Identifier: MIT */
/* check_scored.c: which observed tracks are scored, and in what role. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/eval/scored.h"

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
    struct avo_scored_method method = {"m", &imp_h, NULL};
    struct avo_scored_spec spec = {.observed = &obs_h, .methods = &method, .n_methods = 1};
    struct avo_scored l;

    make_header(&obs_h, observed_names);
    make_header(&imp_h, names);
    ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
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
    ck_assert_uint_eq(avo_scored_count(&l, -1, true), 2);
    ck_assert_uint_eq(avo_scored_count(&l, 0, true), 2);
    ck_assert_uint_eq(avo_scored_count(&l, 1, false), 1);
    avo_scored_release(&l);
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
    struct avo_scored_method method = {"m", &imp_h, NULL};
    struct avo_scored_spec spec = {.observed = &obs_h, .methods = &method, .n_methods = 1};
    struct avo_scored l;

    make_header(&obs_h, observed_names);
    make_header(&imp_h, names);
    obs_h.tracks[1].role = AVO_ROLE_TRAIN;
    ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
    ck_assert(!l.seen[0] && l.seen[1]);
    avo_scored_release(&l);
    ck_assert_int_eq(avo_track_add_attr(&imp_h.tracks[0], "model_role", "valid", NULL), 0);
    ck_assert_int_eq(avo_track_add_attr(&imp_h.tracks[1], "model_role", "none", NULL), 0);
    ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
    ck_assert(l.seen[0] && !l.seen[1]);
    avo_scored_release(&l);
    avo_header_release(&obs_h);
    avo_header_release(&imp_h);
}
END_TEST

START_TEST(lineup_of_baselines_and_tests)
{
    char b[] = "B", x[] = "x", q[] = "q";
    struct avo_scored_pair known = {b, x}, unknown = {b, q};
    struct avo_header obs_h;
    struct avo_scored_spec spec = {.observed = &obs_h};
    struct avo_scored l;
    struct avo_error err = {0};

    make_header(&obs_h, observed_names);
    ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 4);
    ck_assert(!l.any_roles);
    avo_scored_release(&l);
    spec.tests = &known;
    spec.n_tests = 1;
    ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 1);
    ck_assert_uint_eq(l.scored[0], 1);
    ck_assert_int_eq(l.roles[1], AVO_ROLE_TEST);
    avo_scored_release(&l);
    spec.tests = &unknown;
    ck_assert_int_eq(avo_scored_make(&l, &spec, &err), -1);
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
    struct avo_scored_method methods[2] = {{"one", &h[0], NULL}, {"two", &h[1], NULL}};
    struct avo_scored_spec spec = {.observed = &obs_h, .methods = methods, .n_methods = 2};
    struct avo_scored l;
    struct avo_error err = {0};

    make_header(&obs_h, observed_names);
    make_header(&h[0], one);
    make_header(&h[1], two);
    make_header(&h[2], other);
    ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_scored, 1);
    ck_assert_uint_eq(l.scored[0], 1);
    ck_assert_uint_eq(l.columns[0][0], 1);
    ck_assert_uint_eq(l.columns[1][0], 0);
    ck_assert_uint_eq(l.n_partial, 2);
    avo_scored_release(&l);
    methods[1].header = &h[2];
    ck_assert_int_eq(avo_scored_make(&l, &spec, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "both observed and imputed"));
    avo_header_release(&obs_h);
    for (int i = 0; i < 3; i++)
        avo_header_release(&h[i]);
}
END_TEST

/* knows T: the observed tracks that the baselines of track T may know, as letters 0 1 2 ... */
static const char *knows(const struct avo_scored *l, size_t t)
{
    static char out[16];
    size_t n = 0;

    for (size_t u = 0; u < l->n_tracks; u++)
        if (avo_scored_knows(l, t, u))
            out[n++] = (char)('0' + u);
    out[n] = '\0';
    return out;
}

/* A role "none" of an imputed input: no model has seen the track. */
START_TEST(lineup_withholds_none)
{
    static const struct name names[] = {{"A", "x", AVO_ROLE_UNSET}, {"B", "x", AVO_ROLE_UNSET},
                                        {0}};
    struct avo_header obs_h, imp_h;
    struct avo_scored_method method = {"m", &imp_h, NULL};
    struct avo_scored_spec spec = {.observed = &obs_h, .methods = &method, .n_methods = 1};
    struct avo_scored l;

    make_header(&obs_h, observed_names);
    make_header(&imp_h, names);
    obs_h.tracks[0].role = AVO_ROLE_TRAIN;
    ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
    ck_assert_str_eq(knows(&l, 0), "0123");
    ck_assert(l.seen[0]);
    avo_scored_release(&l);
    for (int how = 0; how < 3; how++) {
        imp_h.tracks[1].says_none = how == 0;
        imp_h.tracks[1].imputed = how == 1;
        if (how == 2)
            avo_track_add_attr(&imp_h.tracks[1], "model", "0123", NULL);
        ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
        ck_assert_str_eq(knows(&l, 0), "23");
        ck_assert_uint_eq(avo_scored_n_others(&l, 0), 0);
        ck_assert(!l.seen[0] && !l.tracks[0].is_test && l.any_roles);
        avo_scored_release(&l);
    }
    avo_header_release(&obs_h);
    avo_header_release(&imp_h);
}
END_TEST

/* Two folds under one name: of each track the fold that has not seen it, whose model's tracks are
 * what the baselines know; a track that both withhold is left out. */
START_TEST(lineup_pools_folds)
{
    static const struct name observed[] = {
        {"A", "x", AVO_ROLE_UNSET}, {"B", "x", AVO_ROLE_UNSET}, {"C", "x", AVO_ROLE_UNSET},
        {"D", "x", AVO_ROLE_UNSET}, {"E", "x", AVO_ROLE_UNSET}, {0}};
    static const struct name one[] = {{"A", "x", AVO_ROLE_TEST}, {"B", "x", AVO_ROLE_VALID},
                                      {"D", "x", AVO_ROLE_TEST}, {"Q", "x", AVO_ROLE_UNSET}, {0}};
    static const struct name two[] = {{"Q", "x", AVO_ROLE_UNSET}, {"D", "x", AVO_ROLE_TEST},
                                      {"B", "x", AVO_ROLE_TEST}, {0}};
    static const struct name model[] = {{"A", "x", AVO_ROLE_TEST}, {"B", "x", AVO_ROLE_VALID},
                                        {"C", "x", AVO_ROLE_TRAIN}, {0}};
    struct avo_header h[3], obs_h;
    const struct avo_header *models[4] = {&h[2], &h[2], &h[2], &h[2]};
    struct avo_scored_method methods[2] = {{"m", &h[0], models}, {"m", &h[1], NULL}};
    struct avo_scored_spec spec = {.observed = &obs_h, .methods = methods, .n_methods = 2};
    struct avo_scored l;
    struct avo_error err = {0};

    make_header(&obs_h, observed);
    make_header(&h[0], one);
    make_header(&h[1], two);
    make_header(&h[2], model);
    ck_assert_int_eq(avo_scored_make(&l, &spec, NULL), 0);
    ck_assert_uint_eq(l.n_imputed, 1);
    ck_assert_uint_eq(l.n_scored, 2);
    ck_assert_uint_eq(l.inputs[0][0], 0);
    ck_assert_uint_eq(l.columns[0][0], 0);
    ck_assert_uint_eq(l.inputs[0][1], 1);
    ck_assert_uint_eq(l.columns[0][1], 2);
    ck_assert(!l.seen[0] && !l.seen[1]);
    ck_assert_str_eq(knows(&l, 0), "12");       /* as the model's list has it */
    ck_assert_str_eq(knows(&l, 1), "024");      /* all that the table does not withhold */
    ck_assert_uint_eq(l.n_groups, 2);
    ck_assert_uint_eq(l.n_repeated, 1);
    ck_assert_uint_eq(l.n_unobserved, 1);
    ck_assert_uint_eq(l.n_partial, 0);
    avo_scored_release(&l);
    methods[0].header = methods[1].header;
    methods[0].models = NULL;
    ck_assert_int_eq(avo_scored_make(&l, &spec, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.hint, "2 are withheld in several inputs of one name"));
    avo_header_release(&obs_h);
    for (int i = 0; i < 3; i++)
        avo_header_release(&h[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("chosen");
    TCase *c = tcase_create("chosen");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_test(c, lineup_takes_roles_from_the_model);
    tcase_add_test(c, lineup_takes_roles_from_columns);
    tcase_add_test(c, lineup_of_baselines_and_tests);
    tcase_add_test(c, lineup_withholds_none);
    tcase_add_test(c, lineup_pools_folds);
    tcase_add_test(c, lineup_scores_what_all_methods_have);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
