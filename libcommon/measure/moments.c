/* SPDX-License-Identifier: MIT */
/* moments.c: one pass over pairs of columns; chunks are merged in the order they are given. */
#include "libcommon/measure/moments.h"

#include <math.h>

static void means_and_ranges(struct avo_moments *b, const double *x, const double *y, size_t n)
{
    double sum_x = 0, sum_y = 0;

    b->min_x = b->max_x = x[0];
    b->min_y = b->max_y = y[0];
    for (size_t i = 0; i < n; i++) {
        sum_x += x[i];
        sum_y += y[i];
        b->min_x = x[i] < b->min_x ? x[i] : b->min_x;
        b->max_x = x[i] > b->max_x ? x[i] : b->max_x;
        b->min_y = y[i] < b->min_y ? y[i] : b->min_y;
        b->max_y = y[i] > b->max_y ? y[i] : b->max_y;
    }
    b->mean_x = sum_x / (double)n;
    b->mean_y = sum_y / (double)n;
}

void avo_moments_add(struct avo_moments *m, const double *x, const double *y, size_t n)
{
    struct avo_moments b = {.n = n};

    if (n == 0)
        return;
    means_and_ranges(&b, x, y, n);
    for (size_t i = 0; i < n; i++) {
        double dx = x[i] - b.mean_x, dy = y[i] - b.mean_y, d = x[i] - y[i];

        b.sxx += dx * dx;
        b.syy += dy * dy;
        b.sxy += dx * dy;
        b.sse += d * d;
    }
    avo_moments_merge(m, &b);
}

void avo_moments_merge(struct avo_moments *m, const struct avo_moments *b)
{
    double n = (double)(m->n + b->n), w, dx, dy;

    if (b->n == 0)
        return;
    if (m->n == 0) {
        *m = *b;
        return;
    }
    dx = b->mean_x - m->mean_x;
    dy = b->mean_y - m->mean_y;
    w = (double)m->n * ((double)b->n / n);
    m->sxx += b->sxx + dx * dx * w;
    m->syy += b->syy + dy * dy * w;
    m->sxy += b->sxy + dx * dy * w;
    m->sse += b->sse;
    m->mean_x += dx * ((double)b->n / n);
    m->mean_y += dy * ((double)b->n / n);
    m->min_x = fmin(m->min_x, b->min_x);
    m->max_x = fmax(m->max_x, b->max_x);
    m->min_y = fmin(m->min_y, b->min_y);
    m->max_y = fmax(m->max_y, b->max_y);
    m->n += b->n;
}

void avo_moments_constant(struct avo_moments *m, double c)
{
    double d = m->mean_x - c;

    m->mean_y = m->min_y = m->max_y = c;
    m->syy = m->sxy = 0;
    m->sse = m->sxx + (double)m->n * d * d;
}

double avo_moments_mse(const struct avo_moments *m)
{
    return m->n > 0 ? m->sse / (double)m->n : NAN;
}

double avo_moments_pearson(const struct avo_moments *m)
{
    double r;

    if (m->n == 0 || m->min_x == m->max_x || m->min_y == m->max_y)
        return NAN;
    r = m->sxy / sqrt(m->sxx * m->syy);
    return r > 1 ? 1 : r < -1 ? -1 : r;
}
