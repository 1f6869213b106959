/* SPDX-License-Identifier: MIT */
/* clock.c: schedules and the closed form of Adam's idle steps. */
#include "libcommon/model/clock.h"

#include <stdlib.h>

#include "libcommon/base/alloc.h"

/* The sums converge like 0.9^j (0.948^j with the most decay): this many steps past the last one
 * that anyone asks for, what is left out is below 1e-18 of the sum. */
#define TAIL 800
/* Most of a weight that a step may take away. The terms of the sums fall by b1 / sqrt(b2) / (1 -
 * decay) from step to step: with more they would hardly, or would grow. */
#define MAX_DECAY 0.05

double avo_clock_lr(const struct avo_clock *c, int64_t step)
{
    const double pi = 3.14159265358979323846;
    if (c->schedule == AVO_SCHEDULE_CONSTANT || c->n_steps <= 0)
        return c->lr;
    double x = (double)(step - 1) / (double)c->n_steps;
    if (x > 1)
        x = 1;
    double shape = c->schedule == AVO_SCHEDULE_LINEAR ? 1 - x : (1 + cos(pi * x)) / 2;
    return c->lr * (shape < 0.01 ? 0.01 : shape);
}

/* lr_t sqrt(1 - b2^t) / (1 - b1^t) */
static double step_size(const struct avo_clock *c, int64_t t)
{
    return avo_clock_lr(c, t) * sqrt(1 - pow(c->beta2, (double)t)) /
           (1 - pow(c->beta1, (double)t));
}

static double keep_of(const struct avo_clock *c, int64_t t)
{
    return 1 - avo_clock_lr(c, t) * c->decay;
}

int avo_clock_init(struct avo_clock *c, int64_t max_step, struct avo_error *err)
{
    if (c->lr * c->decay > MAX_DECAY)
        return avo_error_set(err, "decay of %g a step (rate %g times decay %g), want at most %g",
                             c->lr * c->decay, c->lr, c->decay, MAX_DECAY);
    c->n_known = max_step + 1;
    c->sum = avo_alloc((size_t)c->n_known, sizeof *c->sum, "step sums", err);
    c->sum_eps = avo_alloc((size_t)c->n_known, sizeof *c->sum_eps, "step sums", err);
    c->log_keep = avo_alloc((size_t)c->n_known, sizeof *c->log_keep, "step sums", err);
    if (!c->sum || !c->sum_eps || !c->log_keep)
        return -1;
    double r = c->beta1 / sqrt(c->beta2), v = 0, v_eps = 0;
    for (int64_t t = max_step + TAIL; t >= 0; t--) {
        double size = step_size(c, t + 1), keep = keep_of(c, t + 1);
        v = r / keep * (size + v);
        v_eps = c->beta1 / keep * (size + v_eps);
        if (t <= max_step) {
            c->sum[t] = v;
            c->sum_eps[t] = v_eps;
        }
    }
    for (int64_t t = 1; t <= max_step; t++)
        c->log_keep[t] = c->log_keep[t - 1] + log(keep_of(c, t));
    return 0;
}

void avo_clock_release(struct avo_clock *c)
{
    free(c->sum);
    free(c->sum_eps);
    free(c->log_keep);
    c->sum = c->sum_eps = c->log_keep = NULL;
    c->n_known = 0;
}

struct avo_adam avo_clock_adam(const struct avo_clock *c, int64_t step)
{
    return (struct avo_adam){(float)c->beta1, (float)c->beta2, (float)c->eps,
                             (float)step_size(c, step), (float)keep_of(c, step)};
}

struct avo_idle avo_clock_idle(const struct avo_clock *c, int64_t last, int64_t to)
{
    struct avo_clock_sums sums = {c->sum, c->sum_eps, c->log_keep, c->beta1, c->beta2};
    return avo_clock_sums_idle(&sums, last, to);
}
