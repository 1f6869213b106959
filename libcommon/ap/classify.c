/* SPDX-License-Identifier: MIT */
/* classify.c: what the learners have in common: settings. */
#include "libcommon/ap/classify.h"

#include <math.h>

void avo_learner_defaults(struct avo_learner_params *p, enum avo_learner learner)
{
    *p = (struct avo_learner_params){.learner = learner, .max_trees = 5000, .patience = 20,
                                     .depth = 6, .eta = 0.1, .n_inner_folds = 3};
}

bool avo_learner_is_built(enum avo_learner learner)
{
#ifdef AVO_HAVE_XGBOOST
    (void)learner;
    return true;
#else
    return learner != AVO_LEARNER_XGBOOST;
#endif
}

bool avo_learner_needs_validation(enum avo_learner learner)
{
    return learner == AVO_LEARNER_XGBOOST;
}

double avo_learner_strength(int i)
{
    return pow(10, -4 + 8.0 * i / (AVO_N_STRENGTHS - 1));
}
