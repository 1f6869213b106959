/* SPDX-License-Identifier: MIT */
/* clock.h: what depends on the step number alone: learning-rate schedule, Adam's correction, and
 * the sums of the idle step for any (t, k). */
#ifndef AVO_MODEL_CLOCK_H
#define AVO_MODEL_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/model/elem.h"

enum avo_schedule { AVO_SCHEDULE_CONSTANT, AVO_SCHEDULE_LINEAR, AVO_SCHEDULE_COSINE };

/* Steps are numbered from 1. Step t has the rate lr * shape((t - 1) / n_steps), shape 1
 * (constant), 1 - x (linear), (1 + cos(pi x)) / 2 (cosine), never below lr / 100; past n_steps the
 * last rate holds. */
struct avo_clock {
    double lr, beta1, beta2, eps;
    double decay;           /* decoupled weight decay of what this clock moves; 0 = none */
    enum avo_schedule schedule;
    int64_t n_steps;        /* length of the schedule */
    int64_t n_known;        /* entries of the sums below, index = step */
    double *sum, *sum_eps;  /* over j >= 1: r^j c_{t+j} / prod keep; r = b1/sqrt(b2), and r = b1 */
    double *log_keep;       /* sum of log(1 - lr_i decay), i <= t */
};

/* The sums alone: what idle steps take, on a CPU or a card. */
struct avo_clock_sums {
    const double *sum, *sum_eps, *log_keep;     /* as in struct avo_clock */
    double beta1, beta2;
};

/* Scalars of the idle steps last+1 .. to: see avo_clock_idle. */
AVO_HD static inline struct avo_idle avo_clock_sums_idle(const struct avo_clock_sums *c,
                                                         int64_t last, int64_t to)
{
    double k = (double)(to - last), r = c->beta1 / sqrt(c->beta2);
    double keep = exp(c->log_keep[to] - c->log_keep[last]), beta1_k = pow(c->beta1, k);
    struct avo_idle idle;
    idle.s = (float)(keep * c->sum[last] - pow(r, k) * c->sum[to]);
    idle.s_eps = (float)(keep * c->sum_eps[last] - beta1_k * c->sum_eps[to]);
    idle.keep = (float)keep;
    idle.beta1_k = (float)beta1_k;
    idle.beta2_k = (float)pow(c->beta2, k);
    return idle;
}

/* Prepares the sums for steps 0 .. max_step from the fields above them. A rate times decay above
 * 0.05 is an error. */
int avo_clock_init(struct avo_clock *c, int64_t max_step, struct avo_error *err);
void avo_clock_release(struct avo_clock *c);
double avo_clock_lr(const struct avo_clock *c, int64_t step);
/* Scalars of step t >= 1. */
struct avo_adam avo_clock_adam(const struct avo_clock *c, int64_t step);
/* Scalars of the idle steps last+1 .. to, 0 <= last <= to <= max_step.
 * Source: the closed form of dense Adam between two touches of a row; exact for eps -> 0 and
 * eps -> infinity, its bound is tested in tests/unit/check_clock.c. */
struct avo_idle avo_clock_idle(const struct avo_clock *c, int64_t last, int64_t to);

#endif
