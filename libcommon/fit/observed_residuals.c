/* SPDX-License-Identifier: MIT */
/* observed_residuals.c: see observed_residuals.h. */
#include "libcommon/fit/observed_residuals.h"

#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/model/track_stats.h"

enum { BINS = 512, MOST_VALUES = 1 << 21 };
enum { LEVELS = AVO_RESIDUAL_LEVELS, QUANTILES = AVO_RESIDUAL_QUANTILES };

/* ---- levels ---- */

static int compare(float a, float b)
{
    return (a > b) - (a < b);
}

/* By prediction; of equal ones by residual, so that the order is one. */
static int by_level(const void *pa, const void *pb)
{
    const struct avo_residual *a = pa, *b = pb;
    int c = compare(a->y, b->y);
    return c ? c : compare(a->r, b->r);
}

static int by_residual(const void *pa, const void *pb)
{
    const struct avo_residual *a = pa, *b = pb;
    return compare(a->r, b->r);
}

static void find_level(struct avo_residual *at, uint32_t n, struct avo_residual_level *to)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (double)at[i].y;
    to->at = (float)(sum / n);
    qsort(at, n, sizeof *at, by_residual);
    for (int k = 0; k < QUANTILES; k++) {
        double place = (double)(n - 1) * (k + 1) / (QUANTILES + 1);
        uint32_t i = (uint32_t)place, j = i + 1 < n ? i + 1 : i;
        to->q[k] = (float)((double)at[i].r + (place - i) * ((double)at[j].r - (double)at[i].r));
    }
}

void avo_residual_levels(struct avo_residual *at, uint32_t n, struct avo_residual_level *to)
{
    qsort(at, n, sizeof *at, by_level);
    for (uint64_t l = 0; l < LEVELS; l++) {
        uint32_t beg = (uint32_t)(l * n / LEVELS), end = (uint32_t)((l + 1) * n / LEVELS);
        find_level(at + beg, end > beg ? end - beg : 1, &to[l]);
    }
}

/* ---- what is predicted ---- */

struct work {
    struct avo_observed_fit *f;
    void *net;                      /* context of ops */
    uint32_t n_targets;
    struct avo_pair *targets;       /* [n_targets] training tracks that others tell of */
    uint32_t *columns;              /* [n_targets] of the signal */
    float *scale;                   /* [n_targets][2] m', s' */
    uint32_t n_bins, which[BINS];   /* of the sample, all and of a call */
    float *values, *out;            /* of a call */
    uint32_t n;                     /* residuals there are */
    struct avo_residual *at[AVO_RESIDUAL_UNITS];
};

static bool told_of(const struct avo_track_set *tracks, uint32_t t)
{
    for (uint32_t i = 0; i < tracks->n; i++)
        if (i != t && tracks->pairs[i].assay == tracks->pairs[t].assay)
            return true;
    return false;
}

static int choose_targets(struct work *w, struct avo_error *err)
{
    const struct avo_model *m = w->f->model;
    const struct avo_track_set *tracks = &w->f->roles->train;
    for (uint32_t t = 0; t < tracks->n; t++) {
        const struct avo_pair *pair = &tracks->pairs[t];
        float *scale = w->scale + 2 * (size_t)w->n_targets;
        if (!told_of(tracks, t))
            continue;
        w->targets[w->n_targets] = *pair;
        w->columns[w->n_targets++] = tracks->columns[t];
        if (avo_track_stats_predict(m->observed, m->celltypes[pair->celltype],
                                    m->assays[pair->assay], &scale[0], &scale[1], err))
            return -1;
    }
    return 0;
}

/* Residuals of n bins, numbers w->which of the sample. */
static void add_residuals(struct work *w, uint32_t n)
{
    const struct avo_observed_fit *f = w->f;
    for (uint32_t t = 0; t < w->n_targets; t++)
        for (uint32_t i = 0; i < n; i++) {
            float x = avo_signal_at(f->x, f->sample.bins[w->which[i]], w->columns[t]);
            float z = w->out[(size_t)t * n + i], s = w->scale[2 * t + 1];
            float y = w->scale[2 * t] + s * z;
            if (isnan(x))
                continue;
            w->at[AVO_RESIDUAL_MODEL][w->n] = (struct avo_residual){y, x - y};
            w->at[AVO_RESIDUAL_SCALE][w->n++] = (struct avo_residual){z, (x - y) / s};
        }
}

static int predict(struct work *w, struct avo_error *err)
{
    const struct avo_observed_fit *f = w->f;
    for (uint32_t first = 0, n; first < w->n_bins; first += n) {
        n = w->n_bins - first < BINS ? w->n_bins - first : BINS;
        for (uint32_t i = 0; i < n; i++)
            w->which[i] = (uint32_t)((uint64_t)(first + i) * f->sample.n / w->n_bins);
        avo_observed_sample_gather(&f->sample, w->which, n, f->pool, w->values);
        struct avo_observed_batch b = {
            .n_seen = f->roles->train.n, .seen = f->roles->train.pairs,
            .similar = f->similar, .n_targets = w->n_targets, .targets = w->targets, .n_bins = n,
            .v = w->values};
        if (f->ops->predict(w->net, &b, w->out, err))
            return -1;
        add_residuals(w, n);
    }
    return 0;
}

/* ---- all ---- */

static int make_work(struct work *w, struct avo_error *err)
{
    struct avo_observed_fit *f = w->f;
    uint32_t n = f->roles->train.n, most = n < MOST_VALUES ? MOST_VALUES / n : 1;
    w->n_bins = f->sample.n < most ? f->sample.n : most;
    w->targets = avo_alloc(n, sizeof *w->targets, "tracks", err);
    w->columns = avo_alloc(n, sizeof *w->columns, "tracks", err);
    w->scale = avo_alloc(n, 2 * sizeof *w->scale, "tracks", err);
    w->values = avo_alloc(avo_observed_sample_room(&f->sample, BINS), sizeof *w->values, "batch",
                          err);
    w->out = avo_alloc((size_t)n * BINS, sizeof *w->out, "predictions", err);
    if (!w->targets || !w->columns || !w->scale || !w->values || !w->out)
        return -1;
    for (int u = 0; u < AVO_RESIDUAL_UNITS; u++)
        if (!(w->at[u] = avo_alloc((size_t)n * w->n_bins, sizeof *w->at[u], "residuals", err)))
            return -1;
    return (w->net = f->ops->open(f->model, f->pool, err)) ? 0 : -1;
}

static void release_work(struct work *w)
{
    if (w->net)
        w->f->ops->close(w->net);
    for (int u = 0; u < AVO_RESIDUAL_UNITS; u++)
        free(w->at[u]);
    free(w->targets);
    free(w->columns);
    free(w->scale);
    free(w->values);
    free(w->out);
}

static void unit_task(void *arg, int unit, int worker)
{
    struct work *w = arg;
    (void)worker;
    avo_residual_levels(w->at[unit], w->n, w->f->model->observed->residuals.level[unit]);
}

int avo_observed_find_residuals(struct avo_observed_fit *f, struct avo_error *err)
{
    struct work w = {.f = f};
    int rc = make_work(&w, err) || choose_targets(&w, err) || predict(&w, err) ? -1 : 0;
    f->model->observed->residuals.known = !rc && w.n;
    if (!rc && w.n)
        avo_pool_run(f->pool, AVO_RESIDUAL_UNITS, unit_task, &w);
    release_work(&w);
    return rc;
}
