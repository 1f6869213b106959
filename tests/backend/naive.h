/* SPDX-License-Identifier: MIT */
/* naive.h: loss and predictions of a toy problem in plain double loops that share nothing with the
 * backends but the draws. */
#ifndef AVO_TEST_NAIVE_H
#define AVO_TEST_NAIVE_H

#include "tests/lib/unit/toy.h"

struct naive {
    const struct toy *t;
    struct avo_step step;
    double *net, *rows[AVO_MAX_BLOCKS];     /* parameters in double */
    uint32_t *row_of[AVO_MAX_BLOCKS];       /* [bins] rows of genome blocks, counted here */
};
/* Takes the parameters as they stand. */
void naive_init(struct naive *v, const struct toy *t, int64_t step);
void naive_release(struct naive *v);
/* Sum of squared errors of the step's samples; adds to the counts unless NULL. */
double naive_loss(const struct naive *v, struct avo_loss *count);
/* d (loss / batch) / d *parameter, which lies in net or rows. */
double naive_gradient(const struct naive *v, double *parameter);
double naive_predict(const struct naive *v, const struct avo_pair *pair, uint32_t bin);

#endif
