/* SPDX-License-Identifier: MIT */
/* moments.c: one pass over pairs of columns; chunks are merged in the order they are given. */
#include "libcommon/eval/moments.h"

#include <math.h>

#include "libcommon/base/clones.h"

/* Sums over lanes: element i goes to lane i mod AVO_LANES, whatever vectors there are. */
struct lanes { double v[AVO_LANES]; };

static double total(const struct lanes *s)
{
    double sum = 0;

    for (int l = 0; l < AVO_LANES; l++)
        sum += s->v[l];
    return sum;
}

AVO_CLONES static void means_and_ranges(struct avo_moments *b, const float *x, const float *y,
                                        size_t n)
{
    struct lanes sum_x = {{0}}, sum_y = {{0}};
    float min_x[AVO_LANES], max_x[AVO_LANES], min_y[AVO_LANES], max_y[AVO_LANES];

    for (int l = 0; l < AVO_LANES; l++) {
        min_x[l] = max_x[l] = x[0];
        min_y[l] = max_y[l] = y[0];
    }
    for (size_t i = 0; i < n; i += AVO_LANES) {
        size_t m = n - i < AVO_LANES ? n - i : AVO_LANES;

        for (size_t l = 0; l < m; l++) {
            float a = x[i + l], c = y[i + l];

            sum_x.v[l] += (double)a;
            sum_y.v[l] += (double)c;
            min_x[l] = a < min_x[l] ? a : min_x[l];
            max_x[l] = a > max_x[l] ? a : max_x[l];
            min_y[l] = c < min_y[l] ? c : min_y[l];
            max_y[l] = c > max_y[l] ? c : max_y[l];
        }
    }
    b->mean_x = total(&sum_x) / (double)n;
    b->mean_y = total(&sum_y) / (double)n;
    b->min_x = b->max_x = (double)x[0];
    b->min_y = b->max_y = (double)y[0];
    for (int l = 0; l < AVO_LANES; l++) {
        b->min_x = fmin(b->min_x, (double)min_x[l]);
        b->max_x = fmax(b->max_x, (double)max_x[l]);
        b->min_y = fmin(b->min_y, (double)min_y[l]);
        b->max_y = fmax(b->max_y, (double)max_y[l]);
    }
}

AVO_CLONES static void products(struct avo_moments *b, const float *x, const float *y, size_t n)
{
    struct lanes xx = {{0}}, yy = {{0}}, xy = {{0}}, ee = {{0}};
    double mean_x = b->mean_x, mean_y = b->mean_y;

    for (size_t i = 0; i < n; i += AVO_LANES) {
        size_t m = n - i < AVO_LANES ? n - i : AVO_LANES;

        for (size_t l = 0; l < m; l++) {
            double a = (double)x[i + l], c = (double)y[i + l];
            double dx = a - mean_x, dy = c - mean_y, d = a - c;

            xx.v[l] += dx * dx;
            yy.v[l] += dy * dy;
            xy.v[l] += dx * dy;
            ee.v[l] += d * d;
        }
    }
    b->sxx = total(&xx);
    b->syy = total(&yy);
    b->sxy = total(&xy);
    b->sse = total(&ee);
}

void avo_moments_add(struct avo_moments *m, const float *x, const float *y, size_t n)
{
    struct avo_moments b = {.n = n};

    if (n == 0)
        return;
    means_and_ranges(&b, x, y, n);
    products(&b, x, y, n);
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
