/* SPDX-License-Identifier: MIT */
/* classify_logistic.c: logistic regression with a penalty on the squared weights, by liblinear,
 * whose header no other file includes.
 *
 * liblinear before 2.40 cannot leave the intercept out of the penalty. It enters as the weight of
 * a constant feature, so with a feature of size BIAS an intercept b costs b^2 / (2 BIAS^2): nothing
 * that could be seen. Its solver scales the features by itself (a diagonal preconditioner), so that
 * the size does no harm; but the constant feature rules the gradient that is compared with the
 * stopping tolerance, which therefore has to be the finer.
 *
 * The four vector products that liblinear asks a BLAS for are given here: what a BLAS computes
 * depends on which is installed, on the processor's kernel and, in long vectors, on its threads. */
#include "libcommon/ap/classify.h"

#include <linear.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/ap/average_precision.h"
#include "libcommon/ap/folds.h"

#define BIAS 1e4
#define TOLERANCE 1e-10

/* All rows that training or testing needs, standardised. */
struct design {
    const struct avo_learner_task *task;
    size_t n_rows;              /* training rows, then test rows */
    struct feature_node *nodes; /* [n_rows][n_cols + 2] */
    struct feature_node **row;  /* [n_rows] */
    double *y;                  /* [n_train] */
    /* for one training: its rows, and scores of the rows left out */
    struct feature_node **some; /* [n_train] */
    double *some_y, *score;     /* [n_train] */
    uint8_t *label;             /* [n_train] */
};

static void stay_silent(const char *message)
{
    (void)message;
}

/* ---- liblinear's products: the BLAS functions of these names (netlib.org/blas), sums in order.
 * Increments are positive there. */

double ddot_(const int *n, const double *x, const int *incx, const double *y, const int *incy);
double dnrm2_(const int *n, const double *x, const int *incx);
int daxpy_(const int *n, const double *a, const double *x, const int *incx, double *y,
           const int *incy);
int dscal_(const int *n, const double *a, double *x, const int *incx);

double ddot_(const int *n, const double *x, const int *incx, const double *y, const int *incy)
{
    double sum = 0;

    for (ptrdiff_t i = 0; i < *n; i++)
        sum += x[i * *incx] * y[i * *incy];
    return sum;
}

/* liblinear's vectors are far from where squares overflow. */
double dnrm2_(const int *n, const double *x, const int *incx)
{
    return sqrt(ddot_(n, x, incx, x, incx));
}

int daxpy_(const int *n, const double *a, const double *x, const int *incx, double *y,
           const int *incy)
{
    for (ptrdiff_t i = 0; i < *n; i++)
        y[i * *incy] += *a * x[i * *incx];
    return 0;
}

int dscal_(const int *n, const double *a, double *x, const int *incx)
{
    for (ptrdiff_t i = 0; i < *n; i++)
        x[i * *incx] *= *a;
    return 0;
}

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

        d->row[i][col] = (struct feature_node){(int)col + 1,
                                               ((double)t->x[row * n_cols + col] - mean) / sd};
    }
}

static int build(struct design *d, struct avo_error *err)
{
    const struct avo_learner_task *t = d->task;
    static const char what[] = "rows for liblinear";
    size_t width = t->n_cols + 2;

    d->n_rows = t->n_train + t->n_test;
    d->nodes = avo_alloc(d->n_rows * width, sizeof *d->nodes, what, err);
    d->row = avo_alloc(d->n_rows, sizeof *d->row, what, err);
    d->y = avo_alloc(t->n_train, sizeof *d->y, what, err);
    d->some = avo_alloc(t->n_train, sizeof *d->some, what, err);
    d->some_y = avo_alloc(t->n_train, sizeof *d->some_y, what, err);
    d->score = avo_alloc(t->n_train, sizeof *d->score, what, err);
    d->label = avo_alloc(t->n_train, sizeof *d->label, what, err);
    if (!d->nodes || !d->row || !d->y || !d->some ||
        !d->some_y || !d->score || !d->label)
        return -1;
    for (size_t i = 0; i < d->n_rows; i++) {
        d->row[i] = d->nodes + i * width;
        d->row[i][t->n_cols] = (struct feature_node){(int)t->n_cols + 1, BIAS};
        d->row[i][t->n_cols + 1] = (struct feature_node){-1, 0};
    }
    for (size_t i = 0; i < t->n_train; i++)
        d->y[i] = t->y[t->train[i]];
    for (size_t c = 0; c < t->n_cols; c++)
        standardise(d, c);
    return 0;
}

static void release(struct design *d)
{
    free(d->nodes);
    free(d->row);
    free(d->y);
    free(d->some);
    free(d->some_y);
    free(d->score);
    free(d->label);
}

/* ---- one training ---- */

/* Decision values of rows [n] that grow with the likelihood of class 1; liblinear's grow with that
 * of the class it met first. */
static void decide(const struct model *m, struct feature_node *const *rows, size_t n,
                   double *score)
{
    int n_weights = m->nr_feature + 1;
    double sign = m->label[0] == 1 ? 1 : -1;

    for (size_t i = 0; i < n; i++) {
        double sum = 0;

        for (int k = 0; k < n_weights; k++)
            sum += m->w[k] * rows[i][k].value;
        score[i] = sign * sum;
    }
}

/* Trains on some [n] and scores rows [n_rows]. Rows of one class only teach nothing. */
static int train_some(struct design *d, size_t n, double strength,
                      struct feature_node *const *rows, size_t n_rows, double *score,
                      struct avo_error *err)
{
    struct problem problem = {.l = (int)n, .n = (int)d->task->n_cols + 1, .y = d->some_y,
                              .x = d->some, .bias = BIAS};
    struct parameter parameter = {.solver_type = L2R_LR, .eps = TOLERANCE, .C = strength};
    struct model *m;
    size_t n_positive = 0;

    for (size_t i = 0; i < n; i++)
        n_positive += d->some_y[i] > 0;
    if (n_positive == 0 || n_positive == n) {
        memset(score, 0, n_rows * sizeof *score);
        return 0;
    }
    m = train(&problem, &parameter);
    if (!m)
        return avo_error_set(err, "liblinear: no model");
    decide(m, rows, n_rows, score);
    free_and_destroy_model(&m);
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

    if (!group)
        return -1;
    for (size_t i = 0; i < t->n_train; i++) {
        d->label[i] = d->y[i] > 0;
        group[i] = t->group ? t->group[t->train[i]] : 0;
    }
    if (t->group)
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

    set_print_string_function(stay_silent);
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
