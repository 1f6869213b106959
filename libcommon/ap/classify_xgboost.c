/* SPDX-License-Identifier: MIT */
/* classify_xgboost.c: boosted trees by XGBoost's C API, which no other file includes. Boosters are
 * never loaded from elsewhere; one thread, so that folds can be processes. */
#include "libcommon/ap/classify.h"

#ifdef AVO_HAVE_XGBOOST
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

#include "libcommon/base/alloc.h"

struct booster {
    DMatrixHandle train, valid, test;
    BoosterHandle handle;
};

static int failed(const char *what, struct avo_error *err)
{
    const char *why = XGBGetLastError();

    return avo_error_set(err, "XGBoost: %s: %.*s", what, (int)strcspn(why, "\n"), why);
}

static void stay_silent(const char *message)
{
    (void)message;
}

/* Copies the rows; NaN is what XGBoost calls missing. */
static int make_matrix(const struct avo_learner_task *t, const uint32_t *rows, size_t n,
                       DMatrixHandle *out, struct avo_error *err)
{
    float *x = avo_alloc(n * t->n_cols, sizeof *x, "features", err);
    float *y = avo_alloc(n, sizeof *y, "labels", err);
    int rc = -1;

    if (!x || !y)
        goto out;
    for (size_t i = 0; i < n; i++) {
        memcpy(x + i * t->n_cols, t->x + rows[i] * t->n_cols, t->n_cols * sizeof *x);
        y[i] = (float)t->y[rows[i]];
    }
    if (XGDMatrixCreateFromMat(x, n, t->n_cols, NAN, out) != 0 ||
        XGDMatrixSetFloatInfo(*out, "label", y, n) != 0)
        failed("rows", err);
    else
        rc = 0;
out:
    free(x);
    free(y);
    return rc;
}

static int set_params(struct booster *b, const struct avo_learner_params *p,
                      struct avo_error *err)
{
    char depth[16], eta[32];
    const struct { const char *name, *value; } params[] = {
        {"objective", p->regression ? "reg:squarederror" : "binary:logistic"},
        {"eval_metric", p->regression ? "rmse" : "map"}, {"tree_method", "exact"},
        {"max_depth", depth}, {"eta", eta}, {"base_score", "0.5"}, {"nthread", "1"},
        {"verbosity", "0"}, {"seed", "0"}};

    snprintf(depth, sizeof depth, "%d", p->depth);
    snprintf(eta, sizeof eta, "%.17g", p->eta);
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (XGBoosterSetParam(b->handle, params[i].name, params[i].value) != 0)
            return failed(params[i].name, err);
    return 0;
}

/* "[7]\tvalid-map:0.4169" */
static int score_of_round(struct booster *b, int round, double *score, struct avo_error *err)
{
    const char *name = "valid", *text = NULL, *colon, *end;

    if (XGBoosterEvalOneIter(b->handle, round, &b->valid, &name, 1, &text) != 0)
        return failed("validation", err);
    colon = strrchr(text, ':');
    *score = colon != NULL ? strtod(colon + 1, (char **)&end) : NAN;
    return colon && end != colon + 1
        ? 0 : avo_error_set(err, "XGBoost: its validation score cannot be read (\"%.60s\")", text);
}

static int grow(struct booster *b, const struct avo_learner_params *p,
                struct avo_learner_result *r, struct avo_error *err)
{
    double best = 0, score = 0;
    int since = 0;

    for (r->n_trees = 0; r->n_trees < p->max_trees && since < p->patience; r->n_trees++) {
        if (XGBoosterUpdateOneIter(b->handle, r->n_trees, b->train) != 0)
            return failed("training", err);
        if (score_of_round(b, r->n_trees, &score, err) < 0)
            return -1;
        since++;
        if (r->n_trees == 0 || (p->regression ? score < best : score > best)) {
            best = score;
            r->best_tree = r->n_trees + 1;
            since = 0;
        }
    }
    return 0;
}

static int predict(struct booster *b, const struct avo_learner_params *p,
                   const struct avo_learner_result *r, size_t n, double *score,
                   struct avo_error *err)
{
    char config[160];
    const float *got = NULL;
    bst_ulong const *shape = NULL;
    bst_ulong n_dims = 0;

    snprintf(config, sizeof config, "{\"type\":0,\"training\":false,\"iteration_begin\":0,"
             "\"iteration_end\":%d,\"strict_shape\":false}",
             p->best_only ? r->best_tree : r->n_trees);
    if (XGBoosterPredictFromDMatrix(b->handle, b->test, config, &shape, &n_dims, &got) != 0)
        return failed("prediction", err);
    if (n_dims < 1 || shape[0] != n)
        return avo_error_set(err, "XGBoost: the prediction has another shape than the rows");
    for (size_t i = 0; i < n; i++)
        score[i] = (double)got[i];
    return 0;
}

int avo_learn_xgboost(const struct avo_learner_params *p, const struct avo_learner_task *t,
                      double *score, struct avo_learner_result *result, struct avo_error *err)
{
    struct booster b = {0};
    DMatrixHandle both[2];
    int rc = -1;

    XGBRegisterLogCallback(stay_silent);
    if (make_matrix(t, t->train, t->n_train, &b.train, err) < 0 ||
        make_matrix(t, t->valid, t->n_valid, &b.valid, err) < 0 ||
        make_matrix(t, t->test, t->n_test, &b.test, err) < 0)
        goto out;
    both[0] = b.train;
    both[1] = b.valid;
    if (XGBoosterCreate(both, 2, &b.handle) != 0) {
        failed("a booster", err);
        goto out;
    }
    if (set_params(&b, p, err) == 0 && grow(&b, p, result, err) == 0)
        rc = predict(&b, p, result, t->n_test, score, err);
out:
    XGBoosterFree(b.handle);
    XGDMatrixFree(b.train);
    XGDMatrixFree(b.valid);
    XGDMatrixFree(b.test);
    return rc;
}

#else

int avo_learn_xgboost(const struct avo_learner_params *p, const struct avo_learner_task *t,
                      double *score, struct avo_learner_result *result, struct avo_error *err)
{
    (void)p;
    (void)t;
    (void)score;
    (void)result;
    return avo_usage_error(err, "this build has no XGBoost");
}

#endif
