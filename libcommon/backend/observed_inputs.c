/* SPDX-License-Identifier: MIT */
/* observed_inputs.c: see observed_inputs.h. */
#include "libcommon/backend/observed_inputs.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"

/* ---- who reads which tracks ---- */

void avo_observed_plan_release(struct avo_observed_plan *p)
{
    free(p->room);
    free(p->w);
    free(p->w_room);
    *p = (struct avo_observed_plan){0};
}

static int reserve(struct avo_observed_plan *p, struct avo_error *err)
{
    size_t T = p->b->n_targets, S = p->b->n_seen, B = p->n_assays;
    if (avo_grow(&p->room, &p->cap, S + (B + 1) + 5 * T + 1 + T * B, sizeof *p->room, "targets",
                 err))
        return -1;
    p->has = p->room;
    p->has_first = p->has + S;
    p->celltype = p->has_first + B + 1;
    p->order = p->celltype + T;
    p->k = p->order + T;
    p->truth = (int32_t *)(p->k + T);
    p->target_first = (uint32_t *)p->truth + T;
    p->own = (int32_t *)(p->target_first + T + 1);
    return 0;
}

static bool is_visible(const struct avo_observed_plan *p, uint32_t s)
{
    return !p->b->hidden || !p->b->hidden[s];
}

static void sort_by_assay(struct avo_observed_plan *p)
{
    uint32_t n = 0;
    for (uint32_t a = 0; a < p->n_assays; a++) {
        p->has_first[a] = n;
        for (uint32_t s = 0; s < p->b->n_seen; s++)
            if (is_visible(p, s) && p->b->seen[s].assay == a)
                p->has[n++] = s;
    }
    p->has_first[p->n_assays] = n;
}

/* Finds a target among the seen tracks, and how many other cell types have its assay. */
static void look_up(struct avo_observed_plan *p, uint32_t t)
{
    const struct avo_observed_batch *b = p->b;
    const struct avo_pair *pair = &b->targets[t];
    p->truth[t] = -1;
    for (uint32_t s = 0; s < b->n_seen; s++)
        if (b->seen[s].celltype == pair->celltype && b->seen[s].assay == pair->assay)
            p->truth[t] = (int32_t)s;
    p->k[t] = p->has_first[pair->assay + 1] - p->has_first[pair->assay];
    p->k[t] -= p->truth[t] >= 0 && is_visible(p, (uint32_t)p->truth[t]);
}

static void begin_cell(struct avo_observed_plan *p, uint32_t celltype)
{
    int32_t *own = p->own + (size_t)p->n_cells * p->n_assays;
    p->celltype[p->n_cells++] = celltype;
    for (uint32_t a = 0; a < p->n_assays; a++)
        own[a] = -1;
    for (uint32_t s = 0; s < p->b->n_seen; s++)
        if (is_visible(p, s) && p->b->seen[s].celltype == celltype)
            own[p->b->seen[s].assay] = (int32_t)s;
}

/* Targets by cell type, in the order in which these first come. */
static void sort_by_celltype(struct avo_observed_plan *p, bool learned)
{
    const struct avo_observed_batch *b = p->b;
    uint32_t n = 0;
    p->n_cells = 0;
    for (uint32_t first = 0; first < b->n_targets; first++) {
        uint32_t celltype = b->targets[first].celltype, begun = n;
        for (uint32_t i = 0; i < p->n_cells; i++)
            if (p->celltype[i] == celltype)
                goto next;
        for (uint32_t t = first; t < b->n_targets; t++)
            if (b->targets[t].celltype == celltype && (p->k[t] || !learned))
                p->order[n++] = t;
        if (n > begun) {
            p->target_first[p->n_cells] = begun;
            begin_cell(p, celltype);
        }
    next:;
    }
    p->target_first[p->n_cells] = n;
}

/* ---- similarity ---- */

/* rho of cell types c and d for assay a: own [n_assays] and other are their visible tracks. */
static double similarity(const struct avo_observed_plan *p, const int32_t *own,
                         const int32_t *other, uint32_t a)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t b = 0; b < p->n_assays; b++) {
        if (b == a || own[b] < 0 || other[b] < 0)
            continue;
        float r = p->b->similar[(size_t)own[b] * p->b->n_seen + (size_t)other[b]];
        sum += r == r ? (double)r : 0;
        n += r == r;
    }
    return sum / (n + 1);
}

/* Softmax over the n tracks of an assay but its own. */
static void weigh(const struct avo_observed_plan *p, const int32_t *own, uint32_t a,
                  const int32_t *cells, float *w)
{
    uint32_t first = p->has_first[a], n = p->has_first[a + 1] - first;
    double most = -HUGE_VAL, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t s = p->has[first + i];
        const int32_t *other = cells + (size_t)p->b->seen[s].celltype * p->n_assays;
        w[i] = (float)(AVO_SIMILAR_SHARPNESS * similarity(p, own, other, a));
        most = (int32_t)s != own[a] && (double)w[i] > most ? (double)w[i] : most;
    }
    for (uint32_t i = 0; i < n; i++) {
        w[i] = (int32_t)p->has[first + i] == own[a] ? 0 : (float)exp((double)w[i] - most);
        sum += (double)w[i];
    }
    for (uint32_t i = 0; i < n; i++)
        w[i] = (float)((double)w[i] / (sum > 0 ? sum : 1));
}

/* cells [n_celltypes][n_assays]: visible tracks of all cell types, or -1. */
static void map_tracks(const struct avo_observed_plan *p, int32_t *cells)
{
    for (size_t i = 0; i < (size_t)p->m->n_celltypes * p->n_assays; i++)
        cells[i] = -1;
    for (uint32_t s = 0; s < p->b->n_seen; s++)
        if (is_visible(p, s))
            cells[(size_t)p->b->seen[s].celltype * p->n_assays + p->b->seen[s].assay] = (int32_t)s;
}

/* Weights of all targets. */
static int weigh_all(struct avo_observed_plan *p, struct avo_error *err)
{
    const struct avo_observed_batch *b = p->b;
    size_t n = 0, n_cells = (size_t)p->m->n_celltypes * p->n_assays;
    for (uint32_t t = 0; t < b->n_targets; t++)
        n += p->has_first[b->targets[t].assay + 1] - p->has_first[b->targets[t].assay];
    if (avo_grow(&p->w, &p->cap_w, b->n_targets, sizeof *p->w, "targets", err) ||
        avo_grow(&p->w_room, &p->cap_w_room, n, sizeof *p->w_room, "targets", err))
        return -1;
    int32_t *cells = avo_alloc(n_cells, sizeof *cells, "targets", err);
    if (!cells)
        return -1;
    map_tracks(p, cells);
    float *at = p->w_room;
    for (uint32_t c = 0; c < p->n_cells; c++)
        for (uint32_t i = p->target_first[c]; i < p->target_first[c + 1]; i++) {
            uint32_t t = p->order[i], a = b->targets[t].assay;
            p->w[t] = at;
            weigh(p, p->own + (size_t)c * p->n_assays, a, cells, at);
            at += p->has_first[a + 1] - p->has_first[a];
        }
    free(cells);
    return 0;
}

/* ---- a plan ---- */

int avo_observed_plan_make(struct avo_observed_plan *p, const struct avo_model *m,
                           const struct avo_observed_batch *b, bool learned,
                           struct avo_error *err)
{
    assert(b->similar || !m->observed->similar);
    p->m = m;
    p->b = b;
    p->A = m->root_assays;
    p->V = avo_observed_values(m->observed);
    p->n_target = (m->observed->similar ? 3 : 2) * p->V;
    p->n_assays = m->n_assays;
    if (reserve(p, err))
        return -1;
    sort_by_assay(p);
    for (uint32_t t = 0; t < b->n_targets; t++)
        look_up(p, t);
    sort_by_celltype(p, learned);
    return m->observed->similar ? weigh_all(p, err) : 0;
}

/* ---- inputs: n values each, those of a track lying side by side ---- */

AVO_CLONES static void add(float *restrict sum, const float *restrict v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += v[i] == v[i] ? v[i] : 0;
}

/* mu = (total - v) / k */
AVO_CLONES static void mean_without(float *restrict mu, const float *restrict total,
                                    const float *restrict v, float per_k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float own = v[i] == v[i] ? v[i] : 0;
        mu[i] = (total[i] - own) * per_k;
    }
}

AVO_CLONES static void scale(float *restrict mu, const float *restrict total, float per_k, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mu[i] = total[i] * per_k;
}

AVO_CLONES static void differ(float *restrict d, const float *restrict v,
                              const float *restrict mu, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d[i] = (v[i] == v[i] ? v[i] : 0) - mu[i];
}

AVO_CLONES static void add_squares(float *restrict sum, const float *restrict v,
                                   const float *restrict mu, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float d = (v[i] == v[i] ? v[i] : 0) - mu[i];
        sum[i] += d * d;
    }
}

AVO_CLONES static void add_weighted(float *restrict sum, const float *restrict v, float w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += w * (v[i] == v[i] ? v[i] : 0);
}

/* Sums of squares to standard deviations, of at least 1e-3. */
AVO_CLONES static void deviate(float *restrict sum, float per_k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float variance = sum[i] * per_k;
        sum[i] = sqrtf(variance > 1e-6f ? variance : 1e-6f);
    }
}

static size_t values_of_track(const struct avo_observed_plan *p)
{
    return (size_t)p->V * AVO_OBSERVED_BINS;
}

void avo_observed_totals(const struct avo_observed_plan *p, const float *v, float *total)
{
    size_t n = values_of_track(p);
    memset(total, 0, p->n_assays * n * sizeof *total);
    for (uint32_t a = 0; a < p->n_assays; a++)
        for (uint32_t i = p->has_first[a]; i < p->has_first[a + 1]; i++)
            add(total + a * n, v + p->has[i] * n, n);
}

/* mu over the cell types that have assay a but the one whose track is `own`; returns how many. */
static uint32_t mean_of_others(const struct avo_observed_plan *p, const float *v,
                               const float *total, uint32_t a, int32_t own, float *mu)
{
    size_t n = values_of_track(p);
    uint32_t k = p->has_first[a + 1] - p->has_first[a] - (own >= 0);
    if (!k)
        memset(mu, 0, n * sizeof *mu);
    else if (own >= 0)
        mean_without(mu, total + a * n, v + (size_t)own * n, 1.0f / (float)k, n);
    else
        scale(mu, total + a * n, 1.0f / (float)k, n);
    return k;
}

void avo_observed_shared(const struct avo_observed_plan *p, const float *v, const float *total,
                         uint32_t cell, float *x)
{
    size_t n = values_of_track(p);
    for (uint32_t a = 0; a < p->A; a++) {
        int32_t own = p->own[(size_t)cell * p->n_assays + a];
        float *mu = x + a * n, *d = x + (p->A + a) * n;
        if (mean_of_others(p, v, total, a, own, mu) && own >= 0)
            differ(d, v + (size_t)own * n, mu, n);
        else
            memset(d, 0, n * sizeof *d);
    }
}

/* The weighted mean over the other cell types, less mu; 0 of none. */
static void weighted_mean(const struct avo_observed_plan *p, const float *v, uint32_t t,
                          const float *mu, float *x)
{
    size_t n = values_of_track(p);
    uint32_t a = p->b->targets[t].assay, first = p->has_first[a];
    for (size_t i = 0; i < n; i++)
        x[i] = -mu[i];
    for (uint32_t i = first; i < p->has_first[a + 1]; i++)
        add_weighted(x, v + p->has[i] * n, p->w[t][i - first], n);
}

uint32_t avo_observed_own(const struct avo_observed_plan *p, const float *v, const float *total,
                          uint32_t cell, uint32_t t, float *x)
{
    size_t n = values_of_track(p);
    uint32_t a = p->b->targets[t].assay;
    int32_t own = avo_observed_plan_own(p, cell, t);
    float *mu = x, *sd = x + n;
    uint32_t k = mean_of_others(p, v, total, a, own, mu);
    memset(sd, 0, n * sizeof *sd);
    for (uint32_t i = p->has_first[a]; k > 1 && i < p->has_first[a + 1]; i++)
        if ((int32_t)p->has[i] != own)
            add_squares(sd, v + p->has[i] * n, mu, n);
    if (k > 1)
        deviate(sd, 1.0f / (float)k, n);
    if (p->m->observed->similar)
        weighted_mean(p, v, t, mu, x + 2 * n);
    if (!k || own < 0 || a >= p->A)
        return p->n_target;
    differ(x + (size_t)p->n_target * AVO_OBSERVED_BINS, v + (size_t)own * n, mu, n);
    return p->n_target + p->V;
}
