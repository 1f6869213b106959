/* SPDX-License-Identifier: MIT */
/* check_classify.c: the learners by themselves: what they find, what they do with one class, that
 * folds in processes give what one process gives. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/ap/average_precision.h"
#include "libcommon/ap/crossval.h"

enum { N = 240, COLS = 3, TRAIN = 160, VALID = 40, TEST = 40 };

static float x[N * COLS];
static double y[N];
static uint32_t rows[N];

/* Column 0 tells the classes apart but for noise, column 1 does not, column 2 never varies. */
static void fill(void)
{
    for (uint32_t i = 0; i < N; i++) {
        struct avo_rng4 r = avo_rng_draw(1, 99, i, 0, 0, 0);

        x[i * COLS] = avo_rng_unit(r.v[0]);
        x[i * COLS + 1] = avo_rng_unit(r.v[1]);
        x[i * COLS + 2] = 0.3f;
        y[i] = (double)x[i * COLS] + 0.2 * (double)avo_rng_unit(r.v[2]) > 0.85;
        rows[i] = i;
    }
}

static struct avo_learner_task task(void)
{
    return (struct avo_learner_task){.x = x, .n_cols = COLS, .y = y, .train = rows,
                                     .n_train = TRAIN, .valid = rows + TRAIN, .n_valid = VALID,
                                     .test = rows + TRAIN + VALID, .n_test = TEST, .stream = 1};
}

static void learn(enum avo_learner which, const struct avo_learner_task *t, double *score,
                  struct avo_learner_result *r)
{
    struct avo_learner_params p;
    struct avo_error err = {0};

    avo_learner_defaults(&p, which);
    ck_assert_msg((which == AVO_LEARNER_XGBOOST
                   ? avo_learn_xgboost(&p, t, score, r, &err)
                   : avo_learn_logistic(&p, t, score, r, &err)) == 0, "%s", err.msg);
}

static double ap_of(const double *score)
{
    uint8_t label[TEST];
    struct avo_error err = {0};
    double ap;

    for (int i = 0; i < TEST; i++)
        label[i] = y[TRAIN + VALID + i] > 0;
    ck_assert_int_eq(avo_average_precision(label, score, TEST, NULL, &ap, &err), 0);
    return ap;
}

START_TEST(tells_classes_apart)
{
    struct avo_learner_task t = task();
    struct avo_learner_result r = {0}, again = {0};
    double score[TEST], other[TEST];

    if (!avo_learner_is_built((enum avo_learner)_i))
        return;
    fill();
    learn((enum avo_learner)_i, &t, score, &r);
    ck_assert_msg(ap_of(score) > 0.8, "%g", ap_of(score));
    learn((enum avo_learner)_i, &t, other, &again);
    ck_assert_int_eq(memcmp(score, other, sizeof score), 0);
    if (_i == AVO_LEARNER_XGBOOST)
        ck_assert(r.n_trees == r.best_tree + 20 && r.best_tree >= 1);
    else
        ck_assert(r.strength >= 1e-4 * (1 - 1e-12) && r.strength <= 1e4 * (1 + 1e-12));
}
END_TEST

/* Nothing to learn: every score the same, whichever the class is. */
START_TEST(one_class)
{
    struct avo_learner_task t = task();
    struct avo_learner_result r = {0};
    double score[TEST];

    if (!avo_learner_is_built((enum avo_learner)_i))
        return;
    fill();
    for (int positive = 0; positive < 2; positive++) {
        for (int i = 0; i < TRAIN; i++)
            y[i] = positive;
        learn((enum avo_learner)_i, &t, score, &r);
        for (int i = 1; i < TEST; i++)
            ck_assert(score[i] == score[0] && isfinite(score[i]));
    }
}
END_TEST

/* liblinear's decision values follow the class that it met first. */
START_TEST(sign_does_not_depend_on_the_first_row)
{
    struct avo_learner_task t = task();
    struct avo_learner_result r = {0};
    double score[TEST], other[TEST];
    uint32_t turned[TRAIN];

    fill();
    learn(AVO_LEARNER_LOGISTIC, &t, score, &r);
    for (int i = 0, a = 0, b = TRAIN; i < TRAIN; i++)
        turned[y[i] != y[0] ? a++ : --b] = (uint32_t)i;
    t.train = turned;
    learn(AVO_LEARNER_LOGISTIC, &t, other, &r);
    ck_assert(ap_of(other) > 0.8 && ap_of(score) > 0.8);
}
END_TEST

START_TEST(processes_give_what_one_does)
{
    struct avo_crossval_set set = {"a", x, COLS};
    struct avo_folds_spec folds_spec = {.n_rows = N, .n_folds = 6, .n_repeats = 1, .seed = 4};
    struct avo_learner_task t = task();
    struct avo_learner_result r = {0};
    struct avo_error err = {0};
    struct avo_folds folds;
    struct avo_split split;
    struct avo_crossval cv;
    double score[TEST];

    if (!avo_learner_is_built((enum avo_learner)_i))
        return;
    fill();
    ck_assert_int_eq(avo_folds_make(&folds_spec, &folds, &err), 0);
    struct avo_crossval_spec spec = {.sets = &set, .n_sets = 1, .y = y, .folds = &folds,
                                     .n_processes = 2};
    avo_learner_defaults(&spec.params, (enum avo_learner)_i);
    ck_assert_msg(avo_crossval_run(&spec, &cv, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(avo_split_make(&folds, 0, 5, avo_learner_needs_validation(
                                    (enum avo_learner)_i), &split, &err), 0);
    t.train = split.train;
    t.n_train = split.n_train;
    t.valid = split.valid;
    t.n_valid = split.n_valid;
    t.test = split.test;
    t.n_test = split.n_test;
    t.stream = 6;
    ck_assert_uint_eq(split.n_test, TEST);
    learn((enum avo_learner)_i, &t, score, &r);
    for (size_t i = 0; i < split.n_test; i++)
        ck_assert(score[i] == avo_crossval_scores(&cv, 0, 0)[split.test[i]]);
    /* fold 1 validates the last one, and nobody is both */
    for (size_t i = 0; i < split.n_valid; i++)
        ck_assert_uint_eq(folds.fold[split.valid[i]], 0);
    for (size_t i = 0; i < split.n_train; i++)
        ck_assert(folds.fold[split.train[i]] != 5 &&
                  (split.n_valid == 0 || folds.fold[split.train[i]] != 0));
    ck_assert_uint_eq(split.n_train + split.n_valid + split.n_test, N);
    avo_split_release(&split);
    avo_crossval_release(&cv);
    avo_folds_release(&folds);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("classify");
    TCase *c = tcase_create("classify");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, tells_classes_apart, 0, 2);
    tcase_add_loop_test(c, one_class, 0, 2);
    tcase_add_test(c, sign_does_not_depend_on_the_first_row);
    tcase_add_loop_test(c, processes_give_what_one_does, 0, 2);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
