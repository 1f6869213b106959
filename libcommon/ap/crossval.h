/* SPDX-License-Identifier: MIT */
/* crossval.h: cross-validation of several feature sets on the same folds, folds in processes. */
#ifndef AVO_AP_CROSSVAL_H
#define AVO_AP_CROSSVAL_H

#include "libcommon/ap/classify.h"
#include "libcommon/ap/folds.h"
#include "libcommon/eval/student.h"

/* A feature set: x [n_rows][n_cols]. */
struct avo_crossval_set {
    const char *name;
    const float *x;
    size_t n_cols;
};

/* Everything is borrowed for as long as the result lives. */
struct avo_crossval_spec {
    const struct avo_crossval_set *sets;
    size_t n_sets;
    const double *y;            /* [folds->n_rows] 0 or 1; any number for regression */
    const struct avo_folds *folds;
    const uint32_t *group;      /* as folds were made with, or NULL */
    size_t n_groups;
    struct avo_learner_params params;
    int n_processes;            /* at most so many folds at once */
    bool loud;                  /* what libraries say in children goes to stderr */
    /* Called every second at least; or NULL. */
    void (*progress)(void *arg, size_t n_done, size_t n_tasks);
    void *progress_arg;
};

/* Classification: average precision. Regression: R^2 = 1 - SSE / sum of squared deviations from
 * the tested rows' mean; mean squared error; Pearson's correlation. */
#define AVO_MAX_CROSSVAL_MEASURES 3
struct avo_crossval_measure {
    const char *name, *label;
    int better;                 /* 1: more, -1: less */
};

/* One set, repeat and fold. */
struct avo_crossval_fold {
    size_t n_train, n_valid, n_test;
    size_t n_positive;          /* of those tested; 0 for regression */
    struct avo_learner_result learner;          /* zero for the baseline */
    double measure[AVO_MAX_CROSSVAL_MEASURES];  /* NaN: not defined */
};

/* Set n_sets is the baseline, which has seen no feature: every score the same (average precision:
 * the share of positives), for regression the mean of the training rows. Zero is empty. */
struct avo_crossval {
    const struct avo_crossval_spec *spec;
    size_t n_measures;
    const struct avo_crossval_measure *measures;
    size_t n_evaluations;               /* repeats x folds */
    struct avo_crossval_fold *folds;    /* [n_sets + 1][repeats][folds] */
    double *score;                      /* [n_sets + 1][repeats][rows], each when it was tested */
};

/* Fold f is tested after training on the others; a learner that needs validation rows takes those
 * of fold f + 1 (of the first after the last). Each is a child process with one thread: call before
 * anything has started threads. The result does not depend on their number.
 * Errors: the first that a fold met, with set, repeat and fold; a child that died. */
int avo_crossval_run(const struct avo_crossval_spec *spec, struct avo_crossval *out,
                     struct avo_error *err);
void avo_crossval_release(struct avo_crossval *cv);

const char *avo_crossval_set_name(const struct avo_crossval *cv, size_t set);
static inline const struct avo_crossval_fold *avo_crossval_at(const struct avo_crossval *cv,
                                                              size_t set, size_t evaluation)
{
    return &cv->folds[set * cv->n_evaluations + evaluation];
}
static inline const double *avo_crossval_scores(const struct avo_crossval *cv, size_t set,
                                                size_t repeat)
{
    const struct avo_folds *f = cv->spec->folds;

    return cv->score + (set * f->n_repeats + repeat) * f->n_rows;
}

/* Over the evaluations where the measure is defined. */
struct avo_crossval_mean {
    size_t n;
    double mean, sd;            /* divisor n - 1; NaN for n < 2 */
    double least, most;
    double se;                  /* sd / sqrt(n) */
    double se_resampled;        /* sd sqrt(1 / n + tested / trained rows), avo_resampled_ttest */
};
void avo_crossval_average(const struct avo_crossval *cv, size_t set, size_t measure,
                          struct avo_crossval_mean *out);

/* Set a against set b over the evaluations where both are defined. */
struct avo_crossval_test { struct avo_ttest paired, resampled; };
int avo_crossval_compare(const struct avo_crossval *cv, size_t a, size_t b, size_t measure,
                         struct avo_crossval_test *out, struct avo_error *err);

/* ---- for crossval*.c ---- */

/* Rows of one split, in one block. */
struct avo_split {
    uint32_t *rows;
    const uint32_t *train, *valid, *test;
    size_t n_train, n_valid, n_test;
};
int avo_split_make(const struct avo_folds *f, size_t repeat, size_t fold, bool with_valid,
                   struct avo_split *out, struct avo_error *err);
void avo_split_release(struct avo_split *s);
/* Fills the measures of one evaluation from its scores. */
int avo_crossval_measure(struct avo_crossval *cv, size_t set, size_t evaluation,
                         struct avo_error *err);

#endif
