/* SPDX-License-Identifier: MIT */
/* eval.c: per window and assay one sum for the means, then every scored track on its own. No two
 * tasks share a result, so the number of threads changes nothing. */
#include "libcommon/measure/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/measure/baseline.h"

/* A scored track's running state. */
struct state {
    size_t track;
    struct avo_top top;
    struct avo_moments *moments;    /* [n_methods], of the chromosome at hand */
    uint64_t left_out;              /* likewise */
    uint64_t *lacking;              /* [n_methods], of all chromosomes */
    bool has_mean;                  /* another track of the assay may be averaged */
    struct avo_error err;
};

/* One scope's results. */
struct scope {
    struct avo_cell *cells;         /* [n_scored][n_methods] */
    uint64_t *left_out;             /* [n_scored] */
};

/* Columns of one worker: bins that count, packed. */
struct scratch { double *x, **y; };

struct avo_eval {
    struct avo_eval_plan plan;
    struct avo_pool *pool;
    size_t n_methods, n_scored;
    size_t *index;                  /* [n_tracks]: position among the scored */
    struct state *states;           /* [n_scored] */
    struct avo_assay_sums *sums;    /* [n_assays] */
    bool *assay_used;               /* [n_assays]: a scored track needs its sum */
    int n_workers;
    struct scratch *scratch;        /* [n_workers] */
    size_t n_scopes, cap_scopes;
    struct scope *scopes;
    /* the window at hand */
    const float *const *observed, *const *imputed;
    size_t n_bins;
};

/* ---- measures ---- */

static double mse(const struct avo_cell *c)
{
    return avo_moments_mse(&c->all);
}

static double pearson(const struct avo_cell *c)
{
    return avo_moments_pearson(&c->all);
}

static double mse1obs(const struct avo_cell *c)
{
    return c->defined && c->top.n > 0 ? c->top_sse / (double)c->top.n : NAN;
}

const struct avo_measure avo_measures[] = {
    {"mse", "MSE: mean squared error over all bins (less is better)", mse},
    {"pearson", "Pearson correlation over all bins (more is better)", pearson},
    {"mse1obs", "MSE1obs: mean squared error where the observed signal is in its top 1% "
     "(less is better)", mse1obs},
};
const size_t avo_n_measures = sizeof avo_measures / sizeof avo_measures[0];

/* ---- making and freeing ---- */

size_t avo_eval_n_methods(const struct avo_eval *e)
{
    return e->n_methods;
}

size_t avo_eval_mean(const struct avo_eval *e)
{
    return e->plan.n_imputed;
}

size_t avo_eval_constant(const struct avo_eval *e)
{
    return e->plan.n_imputed + 1;
}

static int make_scratch(struct avo_eval *e, struct scratch *s, struct avo_error *err)
{
    size_t n_columns = e->n_methods - 1;    /* the constant needs none */

    s->x = avo_alloc(e->plan.max_bins, sizeof *s->x, "columns", err);
    s->y = avo_alloc(n_columns, sizeof *s->y, "columns", err);
    if (s->x == NULL || s->y == NULL)
        return -1;
    for (size_t m = 0; m < n_columns; m++)
        if ((s->y[m] = avo_alloc(e->plan.max_bins, sizeof **s->y, "columns", err)) == NULL)
            return -1;
    return 0;
}

/* Whether a mean over other tracks exists for track t at all. */
static bool has_others(const struct avo_eval_plan *p, size_t t)
{
    for (size_t i = 0; i < p->n_tracks; i++)
        if (i != t && p->tracks[i].assay == p->tracks[t].assay && !p->tracks[i].is_test)
            return true;
    return false;
}

static int make_states(struct avo_eval *e, struct avo_error *err)
{
    const struct avo_eval_plan *p = &e->plan;

    e->index = avo_alloc(p->n_tracks, sizeof *e->index, "tracks", err);
    e->states = avo_alloc(p->n_tracks, sizeof *e->states, "tracks", err);
    if (e->index == NULL || e->states == NULL)
        return -1;
    for (size_t t = 0; t < p->n_tracks; t++) {
        struct state *s = &e->states[e->n_scored];

        if (!p->tracks[t].is_scored)
            continue;
        s->track = t;
        s->has_mean = has_others(p, t);
        s->moments = avo_alloc(e->n_methods, sizeof *s->moments, "sums", err);
        s->lacking = avo_alloc(e->n_methods, sizeof *s->lacking, "sums", err);
        e->index[t] = e->n_scored++;
        e->assay_used[p->tracks[t].assay] |= s->has_mean;
        if (s->moments == NULL || s->lacking == NULL)
            return -1;
    }
    return 0;
}

static int make_sums(struct avo_eval *e, struct avo_error *err)
{
    for (size_t a = 0; a < e->plan.n_assays; a++) {
        if (!e->assay_used[a])
            continue;
        e->sums[a].sum = avo_alloc(e->plan.max_bins, sizeof(double), "columns", err);
        e->sums[a].count = avo_alloc(e->plan.max_bins, sizeof(uint32_t), "columns", err);
        if (e->sums[a].sum == NULL || e->sums[a].count == NULL)
            return -1;
    }
    return 0;
}

struct avo_eval *avo_eval_new(const struct avo_eval_plan *plan, struct avo_pool *pool,
                              struct avo_error *err)
{
    struct avo_eval *e = avo_alloc(1, sizeof *e, "scores", err);

    if (e == NULL)
        return NULL;
    e->plan = *plan;
    e->pool = pool;
    e->n_methods = plan->n_imputed + 2;
    e->n_workers = avo_pool_size(pool);
    e->scratch = avo_alloc((size_t)e->n_workers, sizeof *e->scratch, "columns", err);
    e->sums = avo_alloc(plan->n_assays, sizeof *e->sums, "columns", err);
    e->assay_used = avo_alloc(plan->n_assays, sizeof *e->assay_used, "columns", err);
    if (e->scratch == NULL || e->sums == NULL || e->assay_used == NULL)
        goto fail;
    if (make_states(e, err) < 0 || make_sums(e, err) < 0)
        goto fail;
    for (int w = 0; w < e->n_workers; w++)
        if (make_scratch(e, &e->scratch[w], err) < 0)
            goto fail;
    return e;
fail:
    avo_eval_free(e);
    return NULL;
}

static void free_scratch(struct avo_eval *e, struct scratch *s)
{
    for (size_t m = 0; s->y != NULL && m + 1 < e->n_methods; m++)
        free(s->y[m]);
    free(s->x);
    free(s->y);
}

void avo_eval_free(struct avo_eval *e)
{
    if (e == NULL)
        return;
    for (int w = 0; e->scratch != NULL && w < e->n_workers; w++)
        free_scratch(e, &e->scratch[w]);
    for (size_t a = 0; e->sums != NULL && a < e->plan.n_assays; a++) {
        free(e->sums[a].sum);
        free(e->sums[a].count);
    }
    for (size_t i = 0; e->states != NULL && i < e->plan.n_tracks; i++) {
        avo_top_release(&e->states[i].top);
        free(e->states[i].moments);
        free(e->states[i].lacking);
    }
    for (size_t s = 0; s < e->n_scopes; s++) {
        free(e->scopes[s].cells);
        free(e->scopes[s].left_out);
    }
    free(e->scratch);
    free(e->sums);
    free(e->assay_used);
    free(e->index);
    free(e->states);
    free(e->scopes);
    free(e);
}

/* ---- a chromosome ---- */

/* Methods with a column of their own: the imputed ones, and the mean where it exists. */
static size_t n_columns(const struct avo_eval *e, const struct state *s)
{
    return e->plan.n_imputed + s->has_mean;
}

int avo_eval_begin(struct avo_eval *e, uint64_t n_bins, struct avo_error *err)
{
    for (size_t i = 0; i < e->n_scored; i++) {
        struct state *s = &e->states[i];

        if (avo_top_begin(&s->top, n_bins, n_columns(e, s), err) < 0)
            return -1;
        memset(s->moments, 0, e->n_methods * sizeof *s->moments);
        s->left_out = 0;
    }
    return 0;
}

static void sum_assay(void *arg, int i, int worker)
{
    struct avo_eval *e = arg;
    const struct avo_eval_plan *p = &e->plan;

    (void)worker;
    if (!e->assay_used[i])
        return;
    avo_assay_sums_clear(&e->sums[i], e->n_bins);
    for (size_t t = 0; t < p->n_tracks; t++)
        if (p->tracks[t].assay == (size_t)i && !p->tracks[t].is_test)
            avo_assay_sums_add(&e->sums[i], e->observed[t], e->n_bins);
}

/* Packs the bins that count for the track into sc and returns how many they are. */
static size_t pack(struct avo_eval *e, struct state *s, struct scratch *sc)
{
    size_t n_imputed = e->plan.n_imputed, k = n_columns(e, s), n = 0;
    const float *x = e->observed[s->track];
    const float *const *imputed = e->imputed + (n_imputed > 0 ? s->track * n_imputed : 0);
    const struct avo_eval_track *t = &e->plan.tracks[s->track];

    if (s->has_mean)
        avo_assay_sums_mean(&e->sums[t->assay], t->is_test ? NULL : x, sc->y[n_imputed],
                            e->n_bins);
    for (size_t i = 0; i < e->n_bins; i++) {
        bool whole = true;

        if (isnan(x[i]))
            continue;
        for (size_t m = 0; m < k; m++) {
            double y = m < n_imputed ? (double)imputed[m][i] : sc->y[m][i];

            sc->y[m][n] = y;        /* n <= i: nothing unread is written over */
            s->lacking[m] += isnan(y);
            whole &= !isnan(y);
        }
        sc->x[n] = (double)x[i];
        n += whole;
        s->left_out += !whole;
    }
    return n;
}

static void score_track(void *arg, int i, int worker)
{
    struct avo_eval *e = arg;
    struct state *s = &e->states[i];
    struct scratch *sc = &e->scratch[worker];
    size_t n = pack(e, s, sc), k = n_columns(e, s);

    for (size_t m = 0; m < k; m++)
        avo_moments_add(&s->moments[m], sc->x, sc->y[m], n);
    avo_moments_add(&s->moments[avo_eval_constant(e)], sc->x, sc->x, n);
    (void)avo_top_add(&s->top, sc->x, (const double *const *)sc->y, n, &s->err);
}

int avo_eval_add(struct avo_eval *e, const float *const *observed, const float *const *imputed,
                 size_t n, struct avo_error *err)
{
    e->observed = observed;
    e->imputed = imputed;
    e->n_bins = n;
    avo_pool_run(e->pool, (int)e->plan.n_assays, sum_assay, e);
    avo_pool_run(e->pool, (int)e->n_scored, score_track, e);
    for (size_t i = 0; i < e->n_scored; i++)
        if (e->states[i].err.status != 0) {
            *err = e->states[i].err;
            return -1;
        }
    return 0;
}

static struct scope *add_scope(struct avo_eval *e, struct avo_error *err)
{
    struct scope *s;

    if (avo_grow(&e->scopes, &e->cap_scopes, e->n_scopes + 1, sizeof *s, "scores", err) < 0)
        return NULL;
    s = &e->scopes[e->n_scopes];
    s->cells = avo_alloc(e->n_scored * e->n_methods, sizeof *s->cells, "scores", err);
    s->left_out = avo_alloc(e->n_scored, sizeof *s->left_out, "scores", err);
    if (s->cells == NULL || s->left_out == NULL) {
        free(s->cells);
        free(s->left_out);
        return NULL;
    }
    e->n_scopes++;
    return s;
}

int avo_eval_end(struct avo_eval *e, struct avo_error *err)
{
    struct scope *scope = add_scope(e, err);
    double *sse = avo_alloc(e->n_methods, sizeof *sse, "scores", err);

    if (scope == NULL || sse == NULL) {
        free(sse);
        return -1;
    }
    for (size_t i = 0; i < e->n_scored; i++) {
        struct state *s = &e->states[i];
        struct avo_top_sums top;

        scope->left_out[i] = s->left_out;
        avo_top_sums(&s->top, s->moments[avo_eval_constant(e)].n, &top, sse);
        for (size_t m = 0; m < e->n_methods; m++) {
            struct avo_cell *c = &scope->cells[i * e->n_methods + m];

            c->defined = m < n_columns(e, s) || m == avo_eval_constant(e);
            c->all = s->moments[m];
            c->top = top;
            c->top_sse = m < n_columns(e, s) ? sse[m] : 0;
        }
    }
    free(sse);
    return 0;
}

/* ---- all chromosomes ---- */

static void merge_scope(struct avo_eval *e, struct scope *all, const struct scope *one)
{
    for (size_t i = 0; i < e->n_scored * e->n_methods; i++) {
        struct avo_cell *a = &all->cells[i];
        const struct avo_cell *b = &one->cells[i];

        a->defined = b->defined;
        avo_moments_merge(&a->all, &b->all);
        avo_top_merge(&a->top, &b->top);
        a->top_sse += b->top_sse;
    }
    for (size_t i = 0; i < e->n_scored; i++)
        all->left_out[i] += one->left_out[i];
}

/* The constant is one per track, its mean over all scored bins; its errors follow from moments. */
static void set_constant(struct avo_cell *c, double constant)
{
    double d = c->top.mean - constant;

    avo_moments_constant(&c->all, constant);
    c->top_sse = c->top.sxx + (double)c->top.n * d * d;
}

int avo_eval_finish(struct avo_eval *e, struct avo_error *err)
{
    struct scope *all = add_scope(e, err);

    if (all == NULL)
        return -1;
    for (size_t s = 0; s + 1 < e->n_scopes; s++)
        merge_scope(e, all, &e->scopes[s]);
    for (size_t i = 0; i < e->n_scored; i++) {
        size_t k = i * e->n_methods + avo_eval_constant(e);
        double constant = all->cells[k].all.mean_x;

        for (size_t s = 0; s < e->n_scopes; s++)
            set_constant(&e->scopes[s].cells[k], constant);
    }
    return 0;
}

size_t avo_eval_n_scopes(const struct avo_eval *e)
{
    return e->n_scopes;
}

const struct avo_cell *avo_eval_cell(const struct avo_eval *e, size_t scope, size_t track,
                                     size_t method)
{
    return &e->scopes[scope].cells[e->index[track] * e->n_methods + method];
}

uint64_t avo_eval_left_out(const struct avo_eval *e, size_t scope, size_t track)
{
    return e->scopes[scope].left_out[e->index[track]];
}

uint64_t avo_eval_lacking(const struct avo_eval *e, size_t track, size_t method)
{
    return e->states[e->index[track]].lacking[method];
}
