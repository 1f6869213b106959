/* SPDX-License-Identifier: MIT */
/* top.c: a running selection. Bins go into a buffer of twice the number wanted; when it is full,
 * all below the n_max-th largest leave, and that value becomes the floor for what comes later.
 * Ties at the floor are only counted and summed, so a track of equal values costs nothing. */
#include "libcommon/measure/top.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

#define LEAST_CAP 1024

uint64_t avo_top_count(uint64_t n)
{
    return n == 0 ? 0 : n < 100 ? 1 : n / 100;
}

int avo_top_begin(struct avo_top *t, uint64_t n_bins, size_t n_methods, struct avo_error *err)
{
    double *tied = t->tied_se;

    if (tied == NULL || t->n_methods != n_methods) {
        tied = avo_alloc(n_methods, sizeof *tied, "top bins", err);
        if (tied == NULL)
            return -1;
        free(t->tied_se);
        t->tied_se = tied;
    }
    t->n_max = (size_t)avo_top_count(n_bins);
    t->n_methods = n_methods;
    t->cap = 2 * t->n_max > LEAST_CAP ? 2 * t->n_max : LEAST_CAP;
    t->n = 0;
    t->floor = -INFINITY;
    t->n_tied = 0;
    memset(t->tied_se, 0, n_methods * sizeof *t->tied_se);
    return 0;
}

void avo_top_release(struct avo_top *t)
{
    if (t == NULL)
        return;
    free(t->x);
    free(t->se);
    free(t->scratch);
    free(t->tied_se);
    memset(t, 0, sizeof *t);
}

float avo_kth_largest(float *v, size_t n, size_t k)
{
    ptrdiff_t lo = 0, hi = (ptrdiff_t)n - 1, want = (ptrdiff_t)k - 1;

    while (lo < hi) {
        float a = v[lo], b = v[lo + (hi - lo) / 2], c = v[hi];
        float pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        ptrdiff_t i = lo, j = hi;

        do {
            while (v[i] > pivot)
                i++;
            while (v[j] < pivot)
                j--;
            if (i <= j) {
                float swap = v[i];
                v[i++] = v[j];
                v[j--] = swap;
            }
        } while (i <= j);
        /* left of i all are >= pivot, right of j all are <= pivot, between them equal */
        if (want > j && want < i)
            return pivot;
        if (want <= j)
            hi = j;
        else
            lo = i;
    }
    return v[want];
}

static void tie(struct avo_top *t, const double *se)
{
    t->n_tied++;
    for (size_t m = 0; m < t->n_methods; m++)
        t->tied_se[m] += se[m];
}

/* Lets everything below the n_max-th largest go; called with more than n_max bins kept. */
static void prune(struct avo_top *t)
{
    size_t n = 0, k = t->n_methods;
    float floor;

    memcpy(t->scratch, t->x, t->n * sizeof *t->x);
    floor = avo_kth_largest(t->scratch, t->n, t->n_max);
    t->floor = floor;
    t->n_tied = 0;
    memset(t->tied_se, 0, k * sizeof *t->tied_se);
    for (size_t i = 0; i < t->n; i++) {
        if (t->x[i] == floor)
            tie(t, t->se + i * k);
        if (t->x[i] <= floor)
            continue;
        t->x[n] = t->x[i];
        for (size_t m = 0; m < k; m++)
            t->se[n * k + m] = t->se[i * k + m];
        n++;
    }
    t->n = n;
}

/* Room for one more bin. */
static int make_room(struct avo_top *t, struct avo_error *err)
{
    if (t->n == t->cap)
        prune(t);
    if (t->n < t->cap_x && t->n < t->cap_scratch && (t->n + 1) * t->n_methods <= t->cap_se)
        return 0;
    if (avo_grow(&t->x, &t->cap_x, t->n + 1, sizeof *t->x, "top bins", err) < 0 ||
        avo_grow(&t->scratch, &t->cap_scratch, t->n + 1, sizeof *t->x, "top bins", err) < 0)
        return -1;
    return avo_grow(&t->se, &t->cap_se, (t->n + 1) * t->n_methods, sizeof *t->se, "top bins",
                    err);
}

int avo_top_add(struct avo_top *t, const double *x, const double *const *y, size_t n,
                struct avo_error *err)
{
    size_t k = t->n_methods;

    for (size_t i = 0; i < n; i++) {
        float v = (float)x[i];
        double *se;

        if (v < t->floor)
            continue;
        if (make_room(t, err) < 0)
            return -1;
        se = t->se + t->n * k;      /* free in any case: a tie leaves it free again */
        for (size_t m = 0; m < k; m++) {
            double d = x[i] - y[m][i];
            se[m] = d * d;
        }
        if (v == t->floor) {
            tie(t, se);
            continue;
        }
        if (v > t->floor)
            t->x[t->n++] = v;
    }
    return 0;
}

/* The least value of the top: a kept bin, or the floor when fewer are kept than asked for. */
static float threshold(struct avo_top *t, uint64_t k)
{
    if (t->n < k)
        return t->n_tied > 0 ? t->floor : -INFINITY;
    memcpy(t->scratch, t->x, t->n * sizeof *t->x);
    return avo_kth_largest(t->scratch, t->n, (size_t)k);
}

void avo_top_sums(struct avo_top *t, uint64_t n, struct avo_top_sums *s, double *sse)
{
    uint64_t k = avo_top_count(n);
    float least = k > 0 ? threshold(t, k) : INFINITY;
    uint64_t n_tied = t->n_tied > 0 && least <= t->floor ? t->n_tied : 0;
    double sum = 0;

    *s = (struct avo_top_sums){.n = n_tied};
    for (size_t m = 0; m < t->n_methods; m++)
        sse[m] = n_tied > 0 ? t->tied_se[m] : 0;
    for (size_t i = 0; i < t->n; i++) {
        if (t->x[i] < least)
            continue;
        s->n++;
        sum += (double)t->x[i];
        for (size_t m = 0; m < t->n_methods; m++)
            sse[m] += t->se[i * t->n_methods + m];
    }
    if (s->n == 0)
        return;
    s->mean = n_tied > 0 ? (sum + (double)n_tied * (double)t->floor) / (double)s->n
                         : sum / (double)s->n;
    for (size_t i = 0; i < t->n; i++)
        if (t->x[i] >= least)
            s->sxx += ((double)t->x[i] - s->mean) * ((double)t->x[i] - s->mean);
    if (n_tied > 0)
        s->sxx += (double)n_tied * ((double)t->floor - s->mean) * ((double)t->floor - s->mean);
}

void avo_top_merge(struct avo_top_sums *a, const struct avo_top_sums *b)
{
    double d = b->mean - a->mean, w;

    if (b->n == 0)
        return;
    if (a->n == 0) {
        *a = *b;
        return;
    }
    w = (double)b->n / (double)(a->n + b->n);
    a->sxx += b->sxx + d * d * w * (double)a->n;
    a->mean += d * w;
    a->n += b->n;
}
