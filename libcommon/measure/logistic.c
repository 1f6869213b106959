/* SPDX-License-Identifier: MIT */
/* logistic.c: Newton's method for logistic regression. All sums over columns run in AVO_LANES fixed
 * lanes and all sums over rows in the rows' order, and exp and log1p are our own (libm's are not the
 * same on all processors), so that no instruction set, thread or library changes a bit. */
#include "libcommon/measure/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"

#define MAX_STEPS 500
#define MAX_HALVINGS 60
/* The last step is the one whose decrement (its squared length, in the measure of the curvature) is
 * this small; what Newton's step then leaves is of a higher order. */
#define DECREMENT 1e-14
#define SMALL 1e-10

/* One fit: the caller's rows, and vectors of columns [width] or rows [n] in the scratch memory. */
struct fit {
    const double *const *row;
    const double *y;
    size_t n, width, n_cols;
    double c;
    double *w, *grad, *step, *diag;     /* [width] */
    double *res, *dir, *turn;           /* [width] of the conjugate gradients */
    double *z, *zs, *pull, *curve;      /* [n]: scores, their change, first and second derivative */
};

size_t avo_logistic_width(size_t n_cols)
{
    return (n_cols + AVO_LANES) / AVO_LANES * AVO_LANES;
}

/* ---- products ---- */

#define SUM_LANES(s) (((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])))

AVO_CLONES static double dot(const double *a, const double *b, size_t n)
{
    double s[AVO_LANES] = {0};

    for (size_t k = 0; k < n; k += AVO_LANES)
        for (size_t j = 0; j < AVO_LANES; j++)
            s[j] += a[k + j] * b[k + j];
    return SUM_LANES(s);
}

/* z_i = x_i'v */
AVO_CLONES static void times_rows(const double *const *row, size_t n, size_t width,
                                  const double *v, double *z)
{
    for (size_t i = 0; i < n; i++) {
        const double *x = row[i];
        double s[AVO_LANES] = {0};

        for (size_t k = 0; k < width; k += AVO_LANES)
            for (size_t j = 0; j < AVO_LANES; j++)
                s[j] += x[k + j] * v[k + j];
        z[i] = SUM_LANES(s);
    }
}

/* out += sum_i a_i x_i */
AVO_CLONES static void add_rows(const struct fit *f, const double *a, double *restrict out)
{
    for (size_t i = 0; i < f->n; i++) {
        const double *restrict x = f->row[i];
        double ai = a[i];

        for (size_t k = 0; k < f->width; k++)
            out[k] += ai * x[k];
    }
}

/* out += sum_i a_i x_i x_i'v, reading each row once */
AVO_CLONES static void add_curvature(const struct fit *f, const double *v, double *restrict out)
{
    for (size_t i = 0; i < f->n; i++) {
        const double *restrict x = f->row[i];
        double s[AVO_LANES] = {0}, a;

        for (size_t k = 0; k < f->width; k += AVO_LANES)
            for (size_t j = 0; j < AVO_LANES; j++)
                s[j] += x[k + j] * v[k + j];
        a = f->curve[i] * SUM_LANES(s);
        for (size_t k = 0; k < f->width; k++)
            out[k] += a * x[k];
    }
}

/* out += sum_i a_i x_i^2, element by element */
AVO_CLONES static void add_squares(const struct fit *f, const double *a, double *restrict out)
{
    for (size_t i = 0; i < f->n; i++) {
        const double *restrict x = f->row[i];
        double ai = a[i];

        for (size_t k = 0; k < f->width; k++)
            out[k] += ai * (x[k] * x[k]);
    }
}

/* The penalty's part: v, but for the intercept. */
static void begin_with_penalty(const struct fit *f, const double *v, double *out)
{
    memcpy(out, v, f->width * sizeof *out);
    out[f->n_cols] = 0;
}

/* ---- the function ---- */

/* exp(-a) for a >= 0, to about 2e-16 of it; 0 beyond 1e-300. Source: exp(-a) = 2^-n exp(r), with
 * n = a / log 2 rounded, and Taylor's series of r. */
static double exp_minus(double a)
{
    static const double log2_high = 0x1.62e42fee00000p-1, log2_low = 0x1.a39ef35793c76p-33;
    double n = floor(a * 1.4426950408889634 + 0.5), r = n * log2_high - a + n * log2_low, e = 1;

    if (!(a < 690))
        return 0;
    for (int k = 14; k > 0; k--)
        e = 1 + e * r / k;
    return ldexp(e, -(int)n);
}

/* log(1 + e) for e in [0, 1]. Source: 2 atanh(e / (2 + e)), by its series. */
static double log_one_plus(double e)
{
    double s = e / (2 + e), q = s * s, sum = 0;

    for (int k = 35; k > 0; k -= 2)
        sum = sum * q + 1.0 / k;
    return 2 * s * sum;
}

/* log(1 + exp(-m)) */
static double loss(double m)
{
    return log_one_plus(exp_minus(fabs(m))) + (m < 0 ? -m : 0);
}

/* At w + t step; penalty: w'w, w's, s's without the intercept's. */
static double value_at(const struct fit *f, double t, const double penalty[3])
{
    double sum = 0;

    for (size_t i = 0; i < f->n; i++)
        sum += loss(f->y[i] * (f->z[i] + t * f->zs[i]));
    return 0.5 * (penalty[0] + 2 * t * penalty[1] + t * t * penalty[2]) + f->c * sum;
}

/* Gradient, curvature of each row, and the diagonal of the second derivatives. */
static void differentiate(struct fit *f)
{
    for (size_t i = 0; i < f->n; i++) {
        double m = f->y[i] * f->z[i], e = exp_minus(fabs(m));
        double wrong = m > 0 ? e / (1 + e) : 1 / (1 + e);       /* 1 / (1 + exp(m)) */

        f->pull[i] = -f->c * f->y[i] * wrong;
        f->curve[i] = f->c * (e / ((1 + e) * (1 + e)));
    }
    begin_with_penalty(f, f->w, f->grad);
    add_rows(f, f->pull, f->grad);
    for (size_t k = 0; k < f->width; k++)
        f->diag[k] = k != f->n_cols;
    add_squares(f, f->curve, f->diag);
    if (!(f->diag[f->n_cols] > 0))
        f->diag[f->n_cols] = 1;
}

/* ---- a step ---- */

/* r'r in the measure of the diagonal. */
static double size_of(const struct fit *f, const double *r)
{
    double s[AVO_LANES] = {0};

    for (size_t k = 0; k < f->width; k += AVO_LANES)
        for (size_t j = 0; j < AVO_LANES; j++)
            s[j] += r[k + j] * r[k + j] / f->diag[k + j];
    return SUM_LANES(s);
}

/* The step that leaves of H step = -grad no more than share of it, by conjugate gradients. */
static void find_step(struct fit *f, double share)
{
    size_t width = f->width, limit = 2 * width + 100;
    double was = size_of(f, f->grad), least = share * share * was;

    memset(f->step, 0, width * sizeof *f->step);
    for (size_t k = 0; k < width; k++) {
        f->res[k] = -f->grad[k];
        f->dir[k] = f->res[k] / f->diag[k];
    }
    for (size_t i = 0; i < limit && was > least; i++) {
        double bend, a, now, b;

        begin_with_penalty(f, f->dir, f->turn);
        add_curvature(f, f->dir, f->turn);
        bend = dot(f->dir, f->turn, width);
        if (!(bend > 0))
            break;
        a = was / bend;
        for (size_t k = 0; k < width; k++) {
            f->step[k] += a * f->dir[k];
            f->res[k] -= a * f->turn[k];
        }
        now = size_of(f, f->res);
        b = now / was;
        was = now;
        for (size_t k = 0; k < width; k++)
            f->dir[k] = f->res[k] / f->diag[k] + b * f->dir[k];
    }
}

/* Goes along the step, half as far again and again until the function falls enough. *value: of w. */
static bool take_step(struct fit *f, double decrement, double *value)
{
    double penalty[3], t = 1, next;
    int i = 0;

    begin_with_penalty(f, f->w, f->turn);
    begin_with_penalty(f, f->step, f->dir);
    penalty[0] = dot(f->turn, f->turn, f->width);
    penalty[1] = dot(f->turn, f->dir, f->width);
    penalty[2] = dot(f->dir, f->dir, f->width);
    times_rows(f->row, f->n, f->width, f->step, f->zs);
    next = value_at(f, t, penalty);
    /* what a small step gains is lost in rounding: it is taken whole */
    for (; decrement > SMALL * *value && !(next <= *value - 1e-4 * t * decrement); t /= 2) {
        if (++i > MAX_HALVINGS)
            return false;
        next = value_at(f, t / 2, penalty);
    }
    for (size_t k = 0; k < f->width; k++)
        f->w[k] += t * f->step[k];
    for (size_t r = 0; r < f->n; r++)
        f->z[r] += t * f->zs[r];
    *value = next;
    return true;
}

static int descend(struct fit *f, struct avo_error *err)
{
    double value = f->c * (double)f->n * log(2), first = 0, share, decrement;

    for (int i = 0; i < MAX_STEPS; i++) {
        differentiate(f);
        share = size_of(f, f->grad);
        first = i == 0 ? share : first;
        if (share == 0)
            return 0;
        share = sqrt(sqrt(share / first));
        find_step(f, share < 0.25 ? share : 0.25);
        decrement = -dot(f->grad, f->step, f->width);
        if (!isfinite(decrement) || !take_step(f, decrement, &value))
            break;
        if (decrement <= DECREMENT * (value < 1 ? value : 1))
            return 0;
    }
    return avo_error_set(err, "logistic regression (C %g) comes to no end: are there features of "
                         "extreme size?", f->c);
}

/* ---- the whole ---- */

int avo_logistic_fit(struct avo_logistic *l, const double *const *row, const double *y, size_t n,
                     double *w, struct avo_error *err)
{
    struct fit f = {.row = row, .y = y, .n = n, .width = avo_logistic_width(l->n_cols),
                    .n_cols = l->n_cols, .c = l->strength, .w = w};
    double **columns[] = {&f.grad, &f.step, &f.diag, &f.res, &f.dir, &f.turn};
    double **rows[] = {&f.z, &f.zs, &f.pull, &f.curve}, *at;
    size_t n_columns = sizeof columns / sizeof *columns, n_rows = sizeof rows / sizeof *rows;

    if (avo_grow(&l->work, &l->cap_work, n_columns * f.width + n_rows * n, sizeof *l->work,
                 "logistic regression", err) < 0)
        return -1;
    at = l->work;
    for (size_t i = 0; i < n_columns; i++, at += f.width)
        *columns[i] = at;
    for (size_t i = 0; i < n_rows; i++, at += n)
        *rows[i] = at;
    memset(w, 0, f.width * sizeof *w);
    memset(f.z, 0, n * sizeof *f.z);
    return descend(&f, err);
}

void avo_logistic_decide(const struct avo_logistic *l, const double *w, const double *const *row,
                         size_t n, double *score)
{
    times_rows(row, n, avo_logistic_width(l->n_cols), w, score);
}

void avo_logistic_release(struct avo_logistic *l)
{
    free(l->work);
    *l = (struct avo_logistic){0};
}
