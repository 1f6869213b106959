/* SPDX-License-Identifier: MIT */
/* classify.h: one learner, trained on some rows and asked about others. */
#ifndef AVO_AP_CLASSIFY_H
#define AVO_AP_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

enum avo_learner { AVO_LEARNER_XGBOOST, AVO_LEARNER_LOGISTIC };

/* Settings of both learners; avo_learner_defaults gives the paper's. */
struct avo_learner_params {
    enum avo_learner learner;
    bool regression;            /* squared error in place of the logistic loss (xgboost only) */
    /* xgboost: trees are added until the validation rows' score (average precision, or root mean
     * squared error) has not improved for `patience` trees */
    int max_trees, patience, depth;     /* 5000, 20, 6 */
    double eta;                         /* 0.1 */
    bool best_only;             /* predict by the trees up to the best; else by all grown */
    /* logistic: inverse strengths are tried inside the training rows */
    int n_inner_folds;          /* 3 */
    bool by_accuracy;           /* chosen by accuracy; else by average precision */
    uint64_t seed;              /* of the inner folds */
};
void avo_learner_defaults(struct avo_learner_params *p, enum avo_learner learner);
/* False: this build lacks the library (XGBoost). */
bool avo_learner_is_built(enum avo_learner learner);
bool avo_learner_needs_validation(enum avo_learner learner);

/* The ten inverse strengths C that are tried: 1e-4 .. 1e4, evenly in the logarithm. */
#define AVO_N_STRENGTHS 10
double avo_learner_strength(int i);

/* One split of the rows. Everything is borrowed. */
struct avo_learner_task {
    const float *x;             /* [rows of the matrix][n_cols], NaN: missing (xgboost only) */
    size_t n_cols;
    const double *y;            /* [rows]: 0 or 1; any number for regression */
    const uint32_t *train, *valid, *test;       /* row numbers, ascending */
    size_t n_train, n_valid, n_test;
    const uint32_t *group;      /* [rows] kept together by inner folds too; or NULL */
    size_t n_groups;
    uint32_t stream;            /* > 0, of the inner folds' draws */
};

struct avo_learner_result {
    int n_trees, best_tree;     /* xgboost: grown, and which of them was best (from 1) */
    double strength;            /* logistic: C */
};

/* Trains on task->train and fills score [n_test]: the higher, the likelier positive (probability
 * for xgboost, decision value for logistic), or the predicted number. One thread.
 * Training rows of one class only: every score is the same. Errors: out of memory, the library's
 * own. */
int avo_learn_xgboost(const struct avo_learner_params *p, const struct avo_learner_task *task,
                      double *score, struct avo_learner_result *result, struct avo_error *err);
int avo_learn_logistic(const struct avo_learner_params *p, const struct avo_learner_task *task,
                       double *score, struct avo_learner_result *result, struct avo_error *err);

#endif
