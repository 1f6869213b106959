/* SPDX-License-Identifier: MIT */
/* observed.c: see fit/observed.h: statistics, steps, passes. */
#include "libcommon/fit/observed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/fit/observed_residuals.h"
#include "libcommon/model/similarity.h"
#include "libcommon/model/track_stats.h"

/* Steps over which the rate rises, and the tenth of a short run that it is at most. */
enum { WARM_UP = 50 };
/* A step that hides more than leaves these hides nothing. */
enum { LEAST_SEEN = 6, LEAST_TARGETS = 4 };
/* Bins of one call when watched tracks are measured. */
enum { WATCH_BINS = 4096 };

/* ---- statistics ---- */

int avo_observed_measure(struct avo_model *m, const struct avo_positions *p,
                         const struct avo_signal *x, const struct avo_track_set *tracks,
                         struct avo_pool *pool, struct avo_error *err)
{
    struct avo_track_stats *stats = avo_alloc(tracks->n, sizeof *stats, "statistics", err);
    for (uint32_t t = 0; stats && t < tracks->n; t++) {
        stats[t].celltype = m->celltypes[tracks->pairs[t].celltype];
        stats[t].assay = m->assays[tracks->pairs[t].assay];
    }
    int rc = stats ? avo_track_stats_measure(p, x, tracks->columns, tracks->n, pool, stats, err)
                   : -1;
    for (uint32_t t = 0; t < tracks->n && !rc; t++)
        rc = avo_observed_add(avo_model_stats(m), &stats[t], err);
    free(stats);
    return rc;
}

int avo_observed_compare(struct avo_model *m, const struct avo_positions *p,
                         const struct avo_signal *x, const struct avo_header *h,
                         struct avo_pool *pool, struct avo_error *err)
{
    struct avo_observed *o = m->observed;
    uint32_t *columns, *stats, n = 0;
    if (!o->similar)
        return 0;
    columns = avo_alloc(h->n_tracks, sizeof *columns, "similarities", err);
    stats = avo_alloc(h->n_tracks, sizeof *stats, "similarities", err);
    for (uint32_t i = 0; columns && stats && i < h->n_tracks; i++) {
        const struct avo_track *t = &h->tracks[i];
        const struct avo_track_stats *s = avo_observed_find(o, t->celltype, t->assay);
        if (!s || t->imputed || t->role == AVO_ROLE_VALID || t->role == AVO_ROLE_TEST)
            continue;
        columns[n] = i;
        stats[n++] = (uint32_t)(s - o->stats);
    }
    struct avo_similarity_tracks tracks = {n, columns, stats};
    int rc = columns && stats ? avo_similarity_measure(o, p, x, &tracks, pool, err) : -1;
    free(columns);
    free(stats);
    return rc;
}

/* ---- parameters ---- */

void avo_observed_params(struct avo_model *m, float *at[3], size_t n[3])
{
    uint32_t k = (uint32_t)m->header.n_blocks - 1;      /* assay */
    at[0] = m->net;
    n[0] = m->n_net;
    at[1] = m->table[k];
    n[1] = (size_t)m->n_assays * m->header.blocks[k].width;
    at[2] = &m->observed->count;
    n[2] = 1;
}

/* The batch that there are bins for. */
static uint32_t batch_bins(const struct avo_observed_fit *f)
{
    int64_t B = f->model->hyper.batch;
    return B < f->sample.n ? (uint32_t)B : f->sample.n;
}

int64_t avo_observed_fit_steps(const struct avo_observed_fit *f)
{
    return f->sample.n / batch_bins(f);
}

/* Adam's scalars of a step, from 1. Deviates from avo_clock: the rate rises over the first steps,
 * it falls to 0, and eps stands inside the bias correction, as PyTorch has it. */
static struct avo_adam adam(const struct avo_observed_fit *f, int64_t step)
{
    const double pi = 3.14159265358979323846;
    const struct avo_hyper *h = &f->model->hyper;
    int64_t total = f->passes * avo_observed_fit_steps(f), warm = total / 10;
    double x = (double)(step - 1) / (double)total, t = (double)step, rate = h->lr;
    warm = warm < WARM_UP ? warm : WARM_UP;
    if (h->schedule == AVO_SCHEDULE_LINEAR)
        rate *= 1 - x;
    if (h->schedule == AVO_SCHEDULE_COSINE)
        rate *= (1 + cos(pi * x)) / 2;
    rate *= step < warm ? t / (double)warm : 1;
    double root = sqrt(1 - pow(h->beta2, t));
    return (struct avo_adam){
        .beta1 = (float)h->beta1, .beta2 = (float)h->beta2, .eps = (float)(h->eps * root),
        .c = (float)(rate * root / (1 - pow(h->beta1, t))),
        .keep = (float)(1 - rate * h->network_decay)};
}

static void learn(struct avo_observed_fit *f, const float *grad)
{
    struct avo_adam a = adam(f, f->step + 1);
    float *at[3];
    size_t n[3], i = 0;
    avo_observed_params(f->model, at, n);
    for (int k = 0; k < 3; k++)
        for (size_t e = 0; e < n[k]; e++, i++)
            avo_adam_step(&a, grad[i], &at[k][e], &f->m[i], &f->v[i]);
}

/* ---- a step ---- */

/* What a run works in. */
struct work {
    void *net;                  /* context of ops */
    float *values, *grad, *out;
    float *scale;               /* [n_valid][2] m', s' of the watched tracks */
    uint32_t *which, *visible;  /* numbers of the sample; tracks of an assay that are not hidden */
    bool *hidden;
};

/* Tracks that a step hides: each with one probability, itself drawn for the step. */
static void hide(const struct avo_observed_fit *f, struct work *w)
{
    const struct avo_track_set *tracks = &f->roles->train;
    uint32_t seed = (uint32_t)f->model->hyper.seed, step = (uint32_t)f->step, n_seen = 0;
    uint32_t n_targets = 0;
    double p = f->model->observed->hide *
               avo_rng_unit(avo_rng_draw(seed, AVO_RNG_HIDE, step, UINT32_MAX, 0, 0).v[0]);
    memset(w->visible, 0, f->model->n_assays * sizeof *w->visible);
    for (uint32_t t = 0; t < tracks->n; t++) {
        w->hidden[t] = avo_rng_unit(avo_rng_draw(seed, AVO_RNG_HIDE, step, t, 0, 0).v[0]) < p;
        w->visible[tracks->pairs[t].assay] += !w->hidden[t];
        n_seen += !w->hidden[t];
    }
    for (uint32_t t = 0; t < tracks->n; t++)
        n_targets += w->visible[tracks->pairs[t].assay] > !w->hidden[t];
    if (n_seen < LEAST_SEEN || n_targets < LEAST_TARGETS)
        memset(w->hidden, 0, tracks->n * sizeof *w->hidden);
}

/* Values of the sample's bins which [n], the training tracks being inputs. */
static struct avo_observed_batch make_batch(const struct avo_observed_fit *f, struct work *w,
                                            uint32_t n)
{
    const struct avo_track_set *tracks = &f->roles->train;
    avo_observed_sample_gather(&f->sample, w->which, n, f->pool, w->values);
    return (struct avo_observed_batch){.n_seen = tracks->n, .seen = tracks->pairs, .n_bins = n,
                                       .v = w->values, .similar = f->similar};
}

static int take_step(struct avo_observed_fit *f, struct work *w, struct avo_error *err)
{
    const struct avo_hyper *h = &f->model->hyper;
    int64_t T = avo_observed_fit_steps(f);
    uint32_t B = batch_bins(f), first = (uint32_t)(f->step % T) * B;
    for (uint32_t i = 0; i < B; i++)
        w->which[i] = avo_permute((uint32_t)h->seed, (uint32_t)(f->step / T), f->sample.n,
                                  first + i);
    hide(f, w);
    struct avo_observed_batch b = make_batch(f, w, B);
    struct avo_observed_step s = {.seed = (uint32_t)h->seed, .step = (uint32_t)f->step,
                                  .dropped = (uint32_t)lround(h->dropout * 256)};
    b.hidden = w->hidden;
    b.n_targets = b.n_seen;
    b.targets = b.seen;
    if (f->ops->train(w->net, &b, &s, w->grad, &f->loss.sum, &f->loss.n_used, err))
        return -1;
    if (!isfinite(f->loss.sum))
        return avo_error_set(err, "the loss is not finite (a smaller --lr may help)");
    learn(f, w->grad);
    f->step++;
    return 0;
}

/* ---- watched tracks ---- */

/* The number of n bins from number `first` of the sample on are measured against z' in w->out. */
static void add_errors(const struct avo_observed_fit *f, const struct work *w, uint32_t first,
                       uint32_t n, struct avo_loss *loss)
{
    const struct avo_track_set *valid = &f->roles->valid;
    for (uint32_t t = 0; t < valid->n; t++)
        for (uint32_t i = 0; i < n; i++) {
            double mean = w->scale[2 * t], sd = w->scale[2 * t + 1];
            double y = mean + sd * (double)w->out[(size_t)t * n + i];
            double x = avo_signal_at(f->x, f->sample.bins[first + i], valid->columns[t]);
            if (isnan(x))
                continue;
            y = y < 0 ? 0 : y;
            loss->sum += (y - x) * (y - x);
            loss->n_used++;
        }
}

static int watch(struct avo_observed_fit *f, struct work *w, struct avo_error *err)
{
    const struct avo_track_set *valid = &f->roles->valid;
    struct avo_loss loss = {0};
    for (uint32_t first = 0, n; first < f->sample.n; first += n) {
        n = f->sample.n - first < WATCH_BINS ? f->sample.n - first : WATCH_BINS;
        for (uint32_t i = 0; i < n; i++)
            w->which[i] = first + i;
        struct avo_observed_batch b = make_batch(f, w, n);
        b.n_targets = valid->n;
        b.targets = valid->pairs;
        if (f->ops->predict(w->net, &b, w->out, err))
            return -1;
        add_errors(f, w, first, n, &loss);
    }
    if (!loss.n_used)
        return avo_error_set(err, "the watched tracks have no value in the bins learned from");
    f->valid_mse = avo_loss_mse(&loss);
    return 0;
}

/* ---- passes ---- */

static int close_pass(struct avo_observed_fit *f, struct work *w, struct avo_error *err)
{
    const struct avo_monitor *mon = f->monitor;
    struct avo_epoch_report r = {.phase = "observed",
                                 .epoch = f->step / avo_observed_fit_steps(f),
                                 .train_mse = avo_loss_mse(&f->loss), .n_samples = f->loss.n_used};
    if (!f->loss.n_used)
        return avo_error_set(err, "the training tracks have no value in the bins learned from");
    f->loss = (struct avo_loss){0};
    if (f->roles->valid.n && watch(f, w, err))
        return -1;
    r.valid_mse = f->valid_mse;
    if (mon->report)
        mon->report(mon->user, &r);
    if (mon->checkpoint && f->every && r.epoch % f->every == 0 && r.epoch < f->passes)
        return mon->checkpoint(mon->user, err);
    return 0;
}

static int run_passes(struct avo_observed_fit *f, struct work *w, struct avo_error *err)
{
    const struct avo_monitor *mon = f->monitor;
    int64_t T = avo_observed_fit_steps(f), total = f->passes * T;
    while (f->step < total) {
        if (mon->stop && *mon->stop)
            return mon->checkpoint && mon->checkpoint(mon->user, err) ? -1 : 1;
        if (take_step(f, w, err))
            return avo_error_prefix(err, "pass %lld, batch %lld", (long long)(f->step / T) + 1,
                                    (long long)(f->step % T) + 1);
        if (mon->progress)
            mon->progress(mon->user, (uint64_t)f->step * batch_bins(f),
                          (uint64_t)total * batch_bins(f));
        if (f->step % T == 0 && close_pass(f, w, err))
            return -1;
    }
    return 0;
}

/* ---- from start to end ---- */

static void release_work(const struct avo_observed_fit *f, struct work *w)
{
    if (w->net)
        f->ops->close(w->net);
    free(w->values);
    free(w->grad);
    free(w->out);
    free(w->scale);
    free(w->which);
    free(w->visible);
    free(w->hidden);
}

/* R of the training tracks. */
static float *make_similar(const struct avo_observed_fit *f, struct avo_error *err)
{
    const struct avo_track_set *tracks = &f->roles->train;
    const struct avo_model *m = f->model;
    uint32_t *stats = avo_alloc(tracks->n, sizeof *stats, "similarities", err);
    for (uint32_t t = 0; stats && t < tracks->n; t++)
        stats[t] = (uint32_t)(avo_observed_find(m->observed,
                                                m->celltypes[tracks->pairs[t].celltype],
                                                m->assays[tracks->pairs[t].assay]) -
                              m->observed->stats);
    float *r = stats ? avo_similarity_matrix(m->observed, stats, tracks->n, err) : NULL;
    free(stats);
    return r;
}

static int make_work(const struct avo_observed_fit *f, struct work *w, struct avo_error *err)
{
    uint32_t n = batch_bins(f) > WATCH_BINS || !f->roles->valid.n ? batch_bins(f) : WATCH_BINS;
    size_t n_out = (size_t)f->roles->valid.n * WATCH_BINS;
    w->values = avo_alloc(avo_observed_sample_room(&f->sample, n), sizeof *w->values, "batch", err);
    w->grad = avo_alloc(f->n_params, sizeof *w->grad, "gradients", err);
    w->out = avo_alloc(n_out, sizeof *w->out, "predictions", err);
    w->scale = avo_alloc(f->roles->valid.n, 2 * sizeof *w->scale, "predictions", err);
    w->which = avo_alloc(n, sizeof *w->which, "batch", err);
    w->visible = avo_alloc(f->model->n_assays, sizeof *w->visible, "batch", err);
    w->hidden = avo_alloc(f->roles->train.n, sizeof *w->hidden, "batch", err);
    if (!w->values || !w->grad || !w->out || !w->scale || !w->which || !w->visible || !w->hidden)
        return -1;
    const struct avo_model *m = f->model;
    for (uint32_t t = 0; t < f->roles->valid.n; t++) {
        const struct avo_pair *pair = &f->roles->valid.pairs[t];
        if (avo_track_stats_predict(m->observed, m->celltypes[pair->celltype],
                                    m->assays[pair->assay], &w->scale[2 * t],
                                    &w->scale[2 * t + 1], err))
            return -1;
    }
    w->net = f->ops->open(f->model, f->pool, err);
    return w->net ? 0 : -1;
}

/* What is to be learned is how tracks of an assay differ between cell types. */
static int check_tracks(const struct avo_observed_fit *f, struct avo_error *err)
{
    const struct avo_track_set *tracks = &f->roles->train;
    for (uint32_t i = 0; i < tracks->n; i++)
        for (uint32_t j = 0; j < i; j++)
            if (tracks->pairs[i].assay == tracks->pairs[j].assay)
                return 0;
    avo_error_set(err, "no assay has training tracks of two cell types");
    return avo_error_hint(err, "--preset observed learns how cell types differ; --preset default "
                          "needs no second one");
}

/* A track that holds one value says nothing about others' scale and little else. */
static void tell_flat(const struct avo_observed_fit *f)
{
    const struct avo_observed *o = f->model->observed;
    char text[200];
    for (uint32_t i = 0; f->monitor->note && i < o->n_stats; i++) {
        if (!avo_track_stats_flat(&o->stats[i]))
            continue;
        snprintf(text, sizeof text, "%.80s:%.80s holds one value everywhere",
                 o->stats[i].celltype, o->stats[i].assay);
        f->monitor->note(f->monitor->user, text);
    }
}

static int prepare(struct avo_observed_fit *f, struct avo_error *err)
{
    struct avo_hyper *h = &f->model->hyper;
    float *at[3];
    size_t n[3];
    f->valid_mse = NAN;
    if (check_tracks(f, err) ||
        avo_observed_measure(f->model, f->positions, f->x, &f->roles->train, f->pool, err) ||
        avo_observed_compare(f->model, f->positions, f->x, f->signal, f->pool, err) ||
        avo_observed_sample_make(&f->sample, f->model, f->positions, f->x, &f->roles->train,
                                 f->pool, err))
        return -1;
    tell_flat(f);
    f->model->observed->n_samples = f->sample.n;
    h->batch = batch_bins(f);
    h->epochs = f->passes;
    h->steps_per_epoch = avo_observed_fit_steps(f);
    if (h->steps_per_epoch > INT32_MAX / f->passes)
        return avo_error_set(err, "too many steps (%lld passes of %lld)", (long long)f->passes,
                             (long long)h->steps_per_epoch);
    if (!f->warm)
        avo_model_init_values(f->model);
    avo_observed_params(f->model, at, n);
    f->n_params = n[0] + n[1] + n[2];
    f->m = avo_alloc(f->n_params, sizeof *f->m, "optimizer state", err);
    f->v = avo_alloc(f->n_params, sizeof *f->v, "optimizer state", err);
    if (f->model->observed->similar && !(f->similar = make_similar(f, err)))
        return -1;
    return f->m && f->v ? 0 : -1;
}

/* Where the run begins. */
static int resume(struct avo_observed_fit *f, struct avo_error *err)
{
    const struct avo_monitor *mon = f->monitor;
    int64_t T = avo_observed_fit_steps(f);
    char text[96];
    bool there = f->resume && !access(f->checkpoint, F_OK);
    if (there && avo_observed_state_read(f, err))
        return -1;
    snprintf(text, sizeof text, "resuming at pass %lld, batch %lld", (long long)(f->step / T) + 1,
             (long long)(f->step % T) + 1);
    if (there && mon->note)
        mon->note(mon->user, text);
    return mon->begins ? mon->begins(mon->user, "observed", f->step / T, err) : 0;
}

int avo_observed_fit_run(struct avo_observed_fit *f, struct avo_error *err)
{
    struct work w = {0};
    int rc = prepare(f, err);
    if (!rc)
        rc = resume(f, err);
    if (!rc)
        rc = make_work(f, &w, err);
    if (!rc)
        rc = run_passes(f, &w, err);
    release_work(f, &w);
    return rc ? rc : avo_observed_find_residuals(f, err);
}

void avo_observed_fit_release(struct avo_observed_fit *f)
{
    free(f->m);
    free(f->v);
    free(f->similar);
    f->m = f->v = f->similar = NULL;
    avo_observed_sample_release(&f->sample);
}
