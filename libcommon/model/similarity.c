/* SPDX-License-Identifier: MIT */
/* similarity.c: see similarity.h. */
#include "libcommon/model/similarity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"
#include "libcommon/model/track_windows.h"

static const struct avo_observed smooth = {.n_windows = 1, .half_bins = {10}};

/* ---- pairs ---- */

static int compare(const void *a, const void *b)
{
    const struct avo_similar *x = a, *y = b;
    if (x->j != y->j)
        return x->j < y->j ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

const struct avo_similar *avo_similarity_find(const struct avo_observed *o, uint32_t i,
                                              uint32_t j)
{
    struct avo_similar key = {.i = i < j ? i : j, .j = i < j ? j : i};
    return o->n_pairs ? bsearch(&key, o->pairs, o->n_pairs, sizeof key, compare) : NULL;
}

/* Sorts, and leaves one of each pair. */
static int tidy(struct avo_observed *o, struct avo_error *err)
{
    uint32_t n = 0;
    if (o->n_pairs)
        qsort(o->pairs, o->n_pairs, sizeof *o->pairs, compare);
    for (uint32_t k = 0; k < o->n_pairs; k++) {
        const struct avo_similar *p = &o->pairs[k], *before = &o->pairs[n ? n - 1 : 0];
        if (!n || compare(before, p)) {
            o->pairs[n++] = *p;
            continue;
        }
        if (before->r == p->r)
            continue;
        const struct avo_track_stats *a = &o->stats[p->i], *b = &o->stats[p->j];
        return avo_error_set(err, "%s:%s and %s:%s have two different similarities", a->celltype,
                             a->assay, b->celltype, b->assay);
    }
    o->n_pairs = n;
    return 0;
}

int avo_similarity_add(struct avo_observed *o, const struct avo_similar *pairs, uint32_t n,
                       struct avo_error *err)
{
    if (avo_grow(&o->pairs, &o->cap_pairs, (size_t)o->n_pairs + n, sizeof *o->pairs,
                 "similarities", err))
        return -1;
    for (uint32_t k = 0; k < n; k++) {
        struct avo_similar p = pairs[k];
        o->pairs[o->n_pairs++] = (struct avo_similar){.i = p.i < p.j ? p.i : p.j,
                                                      .j = p.i < p.j ? p.j : p.i, .r = p.r};
    }
    return tidy(o, err);
}

void avo_similarity_renumber(struct avo_observed *o, const uint32_t *to)
{
    for (uint32_t k = 0; k < o->n_pairs; k++) {
        uint32_t i = to[o->pairs[k].i], j = to[o->pairs[k].j];
        o->pairs[k].i = i < j ? i : j;
        o->pairs[k].j = i < j ? j : i;
    }
    if (o->n_pairs)
        qsort(o->pairs, o->n_pairs, sizeof *o->pairs, compare);
}

int avo_similarity_join(struct avo_observed *o, const struct avo_observed *from,
                        struct avo_error *err)
{
    uint32_t *to = avo_alloc(from->n_stats, sizeof *to, "similarities", err), n = 0;
    struct avo_similar *pairs = avo_alloc(from->n_pairs, sizeof *pairs, "similarities", err);
    int rc = to && pairs ? 0 : -1;
    for (uint32_t i = 0; !rc && i < from->n_stats; i++) {
        const struct avo_track_stats *s = &from->stats[i], *mine;
        mine = avo_observed_find(o, s->celltype, s->assay);
        to[i] = mine ? (uint32_t)(mine - o->stats) : UINT32_MAX;
    }
    for (uint32_t k = 0; !rc && k < from->n_pairs; k++) {
        struct avo_similar p = from->pairs[k];
        if (to[p.i] != UINT32_MAX && to[p.j] != UINT32_MAX)
            pairs[n++] = (struct avo_similar){to[p.i], to[p.j], p.r};
    }
    if (!rc)
        rc = avo_similarity_add(o, pairs, n, err);
    free(to);
    free(pairs);
    return rc;
}

static bool same_assay(const struct avo_observed *o, uint32_t i, uint32_t j)
{
    return !strcmp(o->stats[i].assay, o->stats[j].assay);
}

float *avo_similarity_matrix(const struct avo_observed *o, const uint32_t *stats, uint32_t n,
                             struct avo_error *err)
{
    float *r = avo_alloc((size_t)n * n, sizeof *r, "similarities", err);
    uint32_t *at = avo_alloc(o->n_stats, sizeof *at, "similarities", err);
    if (!r || !at) {
        free(r);
        free(at);
        return NULL;
    }
    for (size_t k = 0; k < (size_t)n * n; k++)
        r[k] = NAN;
    for (uint32_t k = 0; k < n; k++)
        at[stats[k]] = k + 1;
    for (uint32_t k = 0; k < o->n_pairs; k++) {
        size_t i = at[o->pairs[k].i], j = at[o->pairs[k].j];
        if (i && j)
            r[(i - 1) * n + j - 1] = r[(j - 1) * n + i - 1] = o->pairs[k].r;
    }
    free(at);
    return r;
}

/* ---- measuring ---- */

uint64_t avo_similarity_lacking(const struct avo_observed *o, const uint32_t *stats, uint32_t n,
                                bool *need)
{
    uint64_t lacking = 0;
    memset(need, 0, n * sizeof *need);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < i; j++)
            if (same_assay(o, stats[i], stats[j]) &&
                !avo_similarity_find(o, stats[i], stats[j])) {
                need[i] = need[j] = true;
                lacking++;
            }
    for (uint32_t i = 0; i < n; i++)        /* all of an assay: e is less their mean */
        for (uint32_t j = 0; j < n && !need[i]; j++)
            need[i] = need[j] && same_assay(o, stats[i], stats[j]);
    return lacking;
}

/* Tracks of one assay. */
struct work {
    const struct avo_observed *o;
    const struct avo_positions *p;
    const struct avo_signal *x;
    const struct avo_similarity_tracks *t;
    uint32_t n, *which;         /* [n] of t */
    uint32_t n_bins, *bins;     /* [n_bins] of p, ascending */
    float *e;                   /* [n][n_bins] */
    double *norm;               /* [n] */
    float *r;                   /* [n][n]; NaN: known before */
};

static void release_work(struct work *w)
{
    free(w->which);
    free(w->bins);
    free(w->e);
    free(w->norm);
    free(w->r);
}

/* Their order is that of their names: sums do not depend on that of the signal's tracks. */
static void insert(struct work *w, uint32_t t)
{
    uint32_t k = w->n++;
    const char *name = w->o->stats[w->t->stats[t]].celltype;
    for (; k && strcmp(w->o->stats[w->t->stats[w->which[k - 1]]].celltype, name) > 0; k--)
        w->which[k] = w->which[k - 1];
    w->which[k] = t;
}

static int smooth_task(void *arg, int k, int worker, struct avo_error *err)
{
    const struct work *w = arg;
    struct avo_track_windows windows = {0};
    uint32_t t = w->which[k];
    (void)worker;
    int rc = avo_track_windows_sample(&windows, &smooth, &w->o->stats[w->t->stats[t]], w->x,
                                      w->t->columns[t], w->p, w->bins, w->n_bins,
                                      w->e + (size_t)k * w->n_bins, 1, err);
    avo_track_windows_release(&windows);
    return rc;
}

static void subtract_mean(const struct work *w)
{
    for (uint32_t i = 0; i < w->n_bins; i++) {
        double sum = 0;
        for (uint32_t k = 0; k < w->n; k++)
            sum += (double)w->e[(size_t)k * w->n_bins + i];
        for (uint32_t k = 0; k < w->n; k++)
            w->e[(size_t)k * w->n_bins + i] -= (float)(sum / w->n);
    }
}

/* Summed over lanes, then over these. */
AVO_CLONES static double dot(const float *restrict a, const float *restrict b, uint32_t n)
{
    double sum[AVO_LANES] = {0};
    uint32_t i = 0;
    for (; i + AVO_LANES <= n; i += AVO_LANES)
        for (uint32_t q = 0; q < AVO_LANES; q++)
            sum[q] += (double)a[i + q] * (double)b[i + q];
    for (uint32_t q = 0; i + q < n; q++)
        sum[q] += (double)a[i + q] * (double)b[i + q];
    for (uint32_t half = AVO_LANES / 2; half; half /= 2)
        for (uint32_t q = 0; q < half; q++)
            sum[q] += sum[q + half];
    return sum[0];
}

static void norm_task(void *arg, int k, int worker)
{
    const struct work *w = arg;
    const float *e = w->e + (size_t)k * w->n_bins;
    (void)worker;
    w->norm[k] = sqrt(dot(e, e, w->n_bins));
}

/* One track with those before it. A track that is the mean everywhere is like none. */
static void pairs_task(void *arg, int k, int worker)
{
    const struct work *w = arg;
    const float *e = w->e + (size_t)k * w->n_bins;
    (void)worker;
    for (int l = 0; l < k; l++) {
        double r = 0, norms = w->norm[k] * w->norm[l];
        bool known = avo_similarity_find(w->o, w->t->stats[w->which[k]],
                                         w->t->stats[w->which[l]]) != NULL;
        if (!known && norms > 0)
            r = dot(e, w->e + (size_t)l * w->n_bins, w->n_bins) / norms;
        r = r < 1 ? r : 1;
        w->r[(size_t)k * w->n + (size_t)l] = known ? NAN : (float)(r > -1 ? r : -1);
    }
}

static int add_measured(struct avo_observed *o, const struct work *w, struct avo_error *err)
{
    struct avo_similar *pairs = avo_alloc((size_t)w->n * w->n, sizeof *pairs, "similarities", err);
    uint32_t n = 0;
    for (uint32_t k = 0; pairs && k < w->n; k++)
        for (uint32_t l = 0; l < k; l++) {
            float r = w->r[(size_t)k * w->n + l];
            if (r == r)
                pairs[n++] = (struct avo_similar){w->t->stats[w->which[k]],
                                                  w->t->stats[w->which[l]], r};
        }
    int rc = pairs ? avo_similarity_add(o, pairs, n, err) : -1;
    free(pairs);
    return rc;
}

static int measure_assay(struct avo_observed *o, struct work *w, struct avo_pool *pool,
                         struct avo_error *err)
{
    if (avo_pool_try(pool, (int)w->n, smooth_task, w, err))
        return -1;
    subtract_mean(w);
    avo_pool_run(pool, (int)w->n, norm_task, w);
    avo_pool_run(pool, (int)w->n, pairs_task, w);
    return add_measured(o, w, err);
}

/* For the tracks of the assay that has the most of them. */
static int make_work(struct work *w, const bool *need, struct avo_error *err)
{
    uint32_t G = w->p->n_bins;
    size_t most = 0;
    for (uint32_t i = 0; i < w->t->n; i++) {
        size_t n = 0;
        for (uint32_t j = 0; need[i] && j < w->t->n; j++)
            n += same_assay(w->o, w->t->stats[i], w->t->stats[j]);
        most = n > most ? n : most;
    }
    w->n_bins = G < AVO_SIMILARITY_BINS ? G : AVO_SIMILARITY_BINS;
    w->which = avo_alloc(most, sizeof *w->which, "similarities", err);
    w->bins = avo_alloc(w->n_bins, sizeof *w->bins, "similarities", err);
    w->e = avo_alloc(most * w->n_bins, sizeof *w->e, "similarities", err);
    w->norm = avo_alloc(most, sizeof *w->norm, "similarities", err);
    w->r = avo_alloc(most * most, sizeof *w->r, "similarities", err);
    if (!w->which || !w->bins || !w->e || !w->norm || !w->r)
        return -1;
    for (uint32_t i = 0; i < w->n_bins; i++)
        w->bins[i] = (uint32_t)((uint64_t)i * G / w->n_bins);
    return 0;
}

int avo_similarity_measure(struct avo_observed *o, const struct avo_positions *p,
                           const struct avo_signal *x, const struct avo_similarity_tracks *t,
                           struct avo_pool *pool, struct avo_error *err)
{
    struct work w = {.o = o, .p = p, .x = x, .t = t};
    bool *need = avo_alloc(t->n, sizeof *need, "similarities", err);
    int rc = need ? 0 : -1;
    if (!rc && avo_similarity_lacking(o, t->stats, t->n, need))
        rc = make_work(&w, need, err);
    for (uint32_t i = 0; !rc && i < t->n; i++) {
        if (!need[i])
            continue;
        w.n = 0;
        for (uint32_t j = i; j < t->n; j++)
            if (same_assay(o, t->stats[i], t->stats[j])) {
                insert(&w, j);
                need[j] = false;
            }
        rc = measure_assay(o, &w, pool, err);
    }
    release_work(&w);
    free(need);
    return rc;
}
