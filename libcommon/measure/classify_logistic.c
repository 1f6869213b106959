/* SPDX-License-Identifier: MIT */
/* classify_logistic.c: logistic regression whose penalty is chosen inside the training rows. */
#include "libcommon/measure/classify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/measure/average_precision.h"
#include "libcommon/measure/folds.h"
#include "libcommon/measure/logistic.h"

/* All rows that training or testing needs, standardised once for all strengths and inner folds. */
struct design {
    const struct avo_learner_task *task;
    struct avo_logistic fit;
    size_t n_rows, width;       /* training rows, then test rows */
    double *x;                  /* [n_rows][width] */
    const double **row;         /* [n_rows] */
    double *y;                  /* [n_train] -1 or 1 */
    double *w;                  /* [width] */
    /* for one training: its rows, and scores of the rows left out */
    const double **some;        /* [n_train] */
    double *some_y, *score;     /* [n_train] */
    uint8_t *label;             /* [n_train] */
};

/* ---- rows ---- */

/* Mean and standard deviation (divisor n) over the training rows; one that does not vary is only
 * centred. */
static void standardise(struct design *d, size_t col)
{
    const struct avo_learner_task *t = d->task;
    size_t n_cols = t->n_cols;
    double mean = 0, ss = 0, sd;

    for (size_t i = 0; i < t->n_train; i++)
        mean += (double)t->x[t->train[i] * n_cols + col];
    mean /= (double)t->n_train;
    for (size_t i = 0; i < t->n_train; i++) {
        double e = (double)t->x[t->train[i] * n_cols + col] - mean;

        ss += e * e;
    }
    sd = sqrt(ss / (double)t->n_train);
    if (!(sd > 1e-12 * fabs(mean)))
        sd = 1;
    for (size_t i = 0; i < d->n_rows; i++) {
        uint32_t row = i < t->n_train ? t->train[i] : t->test[i - t->n_train];

        d->x[i * d->width + col] = ((double)t->x[row * n_cols + col] - mean) / sd;
    }
}

static int build(struct design *d, struct avo_error *err)
{
    const struct avo_learner_task *t = d->task;
    static const char what[] = "rows to learn from";

    d->fit.n_cols = t->n_cols;
    d->width = avo_logistic_width(t->n_cols);
    d->n_rows = t->n_train + t->n_test;
    d->x = avo_alloc(d->n_rows, d->width * sizeof *d->x, what, err);
    d->row = avo_alloc(d->n_rows, sizeof *d->row, what, err);
    d->y = avo_alloc(t->n_train, sizeof *d->y, what, err);
    d->w = avo_alloc(d->width, sizeof *d->w, what, err);
    d->some = avo_alloc(t->n_train, sizeof *d->some, what, err);
    d->some_y = avo_alloc(t->n_train, sizeof *d->some_y, what, err);
    d->score = avo_alloc(t->n_train, sizeof *d->score, what, err);
    d->label = avo_alloc(t->n_train, sizeof *d->label, what, err);
    if (d->x == NULL || d->row == NULL || d->y == NULL || d->w == NULL || d->some == NULL ||
        d->some_y == NULL || d->score == NULL || d->label == NULL)
        return -1;
    for (size_t i = 0; i < d->n_rows; i++) {
        d->x[i * d->width + t->n_cols] = 1;
        d->row[i] = d->x + i * d->width;
    }
    for (size_t i = 0; i < t->n_train; i++)
        d->y[i] = t->y[t->train[i]] > 0 ? 1 : -1;
    for (size_t c = 0; c < t->n_cols; c++)
        standardise(d, c);
    return 0;
}

static void release(struct design *d)
{
    avo_logistic_release(&d->fit);
    free(d->x);
    free(d->row);
    free(d->y);
    free(d->w);
    free(d->some);
    free(d->some_y);
    free(d->score);
    free(d->label);
}

/* ---- one training ---- */

/* Trains on some [n] and scores rows [n_rows]. Rows of one class only teach nothing. */
static int train_some(struct design *d, size_t n, double strength, const double *const *rows,
                      size_t n_rows, double *score, struct avo_error *err)
{
    size_t n_positive = 0;

    for (size_t i = 0; i < n; i++)
        n_positive += d->some_y[i] > 0;
    if (n_positive == 0 || n_positive == n) {
        memset(score, 0, n_rows * sizeof *score);
        return 0;
    }
    d->fit.strength = strength;
    if (avo_logistic_fit(&d->fit, d->some, d->some_y, n, d->w, err) < 0)
        return -1;
    avo_logistic_decide(&d->fit, d->w, rows, n_rows, score);
    return 0;
}

/* ---- the strength of the penalty ---- */

static double accuracy(const uint8_t *label, const double *score, size_t n)
{
    size_t n_right = 0;

    for (size_t i = 0; i < n; i++)
        n_right += (score[i] > 0) == (label[i] == 1);
    return (double)n_right / (double)n;
}

/* Score of one inner fold; left-out rows go behind those in use. */
static int score_inner(struct design *d, const struct avo_learner_params *p,
                       const uint16_t *fold, int which, double strength, double *out,
                       struct avo_error *err)
{
    size_t n = 0, n_all = d->task->n_train, end = n_all, n_left;

    for (size_t i = 0; i < n_all; i++) {
        size_t at = fold[i] == which ? --end : n++;

        d->some[at] = d->row[i];
        d->some_y[at] = d->y[i];
    }
    n_left = n_all - end;
    if (train_some(d, n, strength, d->some + end, n_left, d->score, err) < 0)
        return -1;
    for (size_t i = 0; i < n_left; i++)
        d->label[i] = d->some_y[end + i] > 0;
    if (p->by_accuracy) {
        *out = accuracy(d->label, d->score, n_left);
        return 0;
    }
    return avo_average_precision(d->label, d->score, n_left, NULL, out, err);
}

/* The mean over inner folds, those without a score left out, is what counts; of equals the least
 * strength wins. */
static int choose_strength(struct design *d, const struct avo_learner_params *p,
                           const uint16_t *fold, double *strength, struct avo_error *err)
{
    double best = -1, score;

    *strength = avo_learner_strength(0);
    for (int i = 0; i < AVO_N_STRENGTHS; i++) {
        double sum = 0;
        int n = 0;

        for (int f = 0; f < p->n_inner_folds; f++) {
            if (score_inner(d, p, fold, f, avo_learner_strength(i), &score, err) < 0)
                return -1;
            sum += isnan(score) ? 0 : score;
            n += !isnan(score);
        }
        if (n > 0 && sum / n > best) {
            best = sum / n;
            *strength = avo_learner_strength(i);
        }
    }
    return 0;
}

/* Inner folds are stratified, and keep groups together where the outer ones do; with fewer groups
 * than folds the rows are dealt out one by one. */
static int make_inner_folds(const struct design *d, const struct avo_learner_params *p,
                            struct avo_folds *folds, struct avo_error *err)
{
    const struct avo_learner_task *t = d->task;
    uint32_t *group = avo_alloc(t->n_train, sizeof *group, "groups", err);
    struct avo_folds_spec spec = {.n_rows = t->n_train, .n_folds = (size_t)p->n_inner_folds,
                                  .n_repeats = 1, .stratum = d->label, .group = group,
                                  .n_groups = t->n_groups, .seed = p->seed, .stream = t->stream};
    struct avo_error ignored = {0};
    int rc = -1;

    if (group == NULL)
        return -1;
    for (size_t i = 0; i < t->n_train; i++) {
        d->label[i] = d->y[i] > 0;
        group[i] = t->group != NULL ? t->group[t->train[i]] : 0;
    }
    if (t->group != NULL)
        rc = avo_folds_make(&spec, folds, &ignored);
    if (rc < 0) {
        spec.group = NULL;
        rc = avo_folds_make(&spec, folds, err);
    }
    free(group);
    return rc;
}

int avo_learn_logistic(const struct avo_learner_params *p, const struct avo_learner_task *t,
                       double *score, struct avo_learner_result *result, struct avo_error *err)
{
    struct design d = {.task = t};
    struct avo_folds folds = {0};
    int rc = -1;

    if (build(&d, err) == 0 && make_inner_folds(&d, p, &folds, err) == 0 &&
        choose_strength(&d, p, folds.fold, &result->strength, err) == 0) {
        memcpy(d.some, d.row, t->n_train * sizeof *d.some);
        memcpy(d.some_y, d.y, t->n_train * sizeof *d.some_y);
        rc = train_some(&d, t->n_train, result->strength, d.row + t->n_train, t->n_test, score,
                        err);
    }
    avo_folds_release(&folds);
    release(&d);
    return rc;
}
