/* SPDX-License-Identifier: MIT */
/* stage1.c: training everything on bins held in memory: epochs, watched tracks, best parameters. */
#include "libcommon/fit/stage1.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/fit/checkpoint.h"
#include "libcommon/fit/fit.h"
#include "libcommon/fit/stage2.h"

/* Bins of one call when watched tracks are measured. */
#define WATCH_BINS 8192u

/* ceil(G / B) */
static int64_t steps_per_epoch(const struct avo_stage1 *s)
{
    int64_t B = s->model->hyper.batch;
    return ((int64_t)s->on.positions->n_bins + B - 1) / B;
}

static float *floats(size_t n, struct avo_error *err)
{
    return avo_alloc(n, sizeof(float), "optimizer state", err);
}

static int init_clocks(struct avo_stage1 *s, struct avo_error *err)
{
    const struct avo_hyper *h = &s->model->hyper;
    int64_t T = steps_per_epoch(s);
    if (T > (INT32_MAX - 1) / s->max_epochs)
        return avo_error_set(err, "too many steps (%lld epochs of %lld)",
                             (long long)s->max_epochs, (long long)T);
    s->clock = (struct avo_clock){.lr = h->lr, .beta1 = h->beta1, .beta2 = h->beta2, .eps = h->eps,
                                  .decay = h->decay, .schedule = h->schedule,
                                  .n_steps = s->max_epochs * T};
    s->net_clock = s->clock;
    s->net_clock.decay = h->network_decay;
    if (avo_clock_init(&s->clock, s->max_epochs * T, err))
        return -1;
    return avo_clock_init(&s->net_clock, s->max_epochs * T, err);
}

int avo_stage1_init(struct avo_stage1 *s, struct avo_error *err)
{
    struct avo_model *m = s->model;
    s->model->hyper.steps_per_epoch = steps_per_epoch(s);
    s->best_mse = INFINITY;
    if (init_clocks(s, err))
        return -1;
    s->learn = (struct avo_learn){.model = m, .genome = true, .clock = &s->clock,
                                  .net_clock = &s->net_clock};
    s->learn.net_m = floats(m->n_net, err);
    s->learn.net_v = floats(m->n_net, err);
    bool watched = s->roles->valid.n > 0;   /* without, the last epoch is the result */
    if (!s->learn.net_m || !s->learn.net_v ||
        (watched && !(s->best_net = floats(m->n_net, err))))
        return -1;
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        struct avo_rows *t = &s->learn.table[k];
        size_t rows = m->table[k] ? avo_model_rows(m, k) : s->on.rows->block[k].n_rows;
        size_t n = rows * m->header.blocks[k].width;
        float **best = m->table[k] ? &s->best_table[k] : &s->best_genome[k];
        if (watched && !(*best = floats(n, err)))
            return -1;
        if (!m->table[k])
            continue;
        *t = (struct avo_rows){.n_rows = (uint32_t)rows, .width = m->header.blocks[k].width,
                               .w = m->table[k], .m = floats(n, err), .v = floats(n, err)};
        if (!t->m || !t->v)
            return -1;
    }
    avo_genome_rows_init(&s->snap, m);
    return avo_genome_rows_make(&s->snap, s->on.positions, false, err);
}

void avo_stage1_release(struct avo_stage1 *s)
{
    free(s->learn.net_m);
    free(s->learn.net_v);
    free(s->best_net);
    for (int k = 0; k < AVO_MAX_BLOCKS; k++) {
        free(s->learn.table[k].m);
        free(s->learn.table[k].v);
        free(s->best_table[k]);
        free(s->best_genome[k]);
    }
    avo_genome_rows_release(&s->snap);
    avo_clock_release(&s->clock);
    avo_clock_release(&s->net_clock);
}

/* ---- one epoch ---- */

/* Step i of an epoch; i = steps per epoch: the first of the next one. */
static struct avo_step make_step(const struct avo_stage1 *s, int64_t epoch, int64_t i)
{
    const struct avo_hyper *h = &s->model->hyper;
    int64_t T = steps_per_epoch(s);
    epoch += i / T;
    i %= T;
    uint64_t G = s->on.positions->n_bins, first = (uint64_t)(i * h->batch);
    struct avo_step step = {
        .order = h->order, .first = first, .n = (uint32_t)h->batch, .wrap = h->wrap,
        .epoch = (uint32_t)epoch, .step = epoch * T + i + 1,
        .batch = (double)h->batch, .dropout = h->dropout, .seed = h->seed,
        .celltype_dropout = h->celltype_dropout};
    avo_fit_set_tracks(&step, &s->roles->train);
    if (h->wrap || h->order == AVO_ORDER_RANDOM)
        step.first += (uint64_t)epoch * (h->wrap ? (uint64_t)(T * h->batch) : G);
    if (!h->wrap && first + step.n > G)
        step.n = (uint32_t)(G - first);
    return step;
}

/* Steps of the epoch from where it stands; 1 = stopped. */
static int run_epoch(struct avo_stage1 *s, void *ctx, struct avo_error *err)
{
    const struct avo_monitor *mon = s->monitor;
    int64_t T = steps_per_epoch(s);
    uint64_t G = s->on.positions->n_bins;
    for (; s->step_in_epoch < T; s->step_in_epoch++) {
        struct avo_step step = make_step(s, s->epoch, s->step_in_epoch);
        struct avo_step next = make_step(s, s->epoch, s->step_in_epoch + 1);
        if (mon->stop && *mon->stop)
            return 1;
        if (s->ops->train(ctx, &step, &next, &s->loss, err))
            return avo_error_prefix(err, "epoch %lld, batch %lld", (long long)s->epoch + 1,
                                    (long long)s->step_in_epoch + 1);
        if (mon->progress)
            mon->progress(mon->user, (uint64_t)s->epoch * G + step.first % G,
                          (uint64_t)s->max_epochs * G);
    }
    return 0;
}

static void take_snapshot(struct avo_stage1 *s)
{
    avo_fit_catch_up(s->on.rows, &s->clock, s->epoch * steps_per_epoch(s), s->pool, &s->snap);
}

/* Errors of the watched tracks on a keyed share of the coarse groups. */
static int watch_share(struct avo_stage1 *s, void *ctx, double share, struct avo_loss *loss,
                       struct avo_error *err)
{
    const struct avo_positions *p = s->on.positions;
    uint32_t coarse = s->model->header.coarse_bins;
    int rc = 0;
    for (uint32_t i = 0; i < p->n_bins && !rc;) {
        uint32_t end = i;
        while (end < p->n_bins && end - i < WATCH_BINS &&
               avo_fit_in_share(p, end, coarse, s->model->hyper.seed, AVO_RNG_VALID, share))
            end++;
        if (end > i)
            rc = avo_fit_errors(s->ops, ctx, s->model, s->on.signal, &s->roles->valid, i, end - i,
                                loss, err);
        i = end > i ? end : i + 1;
    }
    return rc;
}

/* Their mean squared error; on all groups where the share happens to hold none that is measured. */
static int watch(struct avo_stage1 *s, void *ctx, double *mse, struct avo_error *err)
{
    struct avo_loss loss = {0};
    int rc = s->ops->view(ctx, &s->snap, err);
    if (!rc)
        rc = watch_share(s, ctx, s->valid_share, &loss, err);
    if (!rc && !loss.n_used)
        rc = watch_share(s, ctx, 2, &loss, err);
    if (!rc && !loss.n_used)
        rc = avo_error_set(err, "the watched tracks have no value in the input's bins");
    *mse = avo_loss_mse(&loss);
    return rc || s->ops->view(ctx, NULL, err) ? -1 : 0;
}

static void keep_best(struct avo_stage1 *s, double mse)
{
    struct avo_model *m = s->model;
    s->best_mse = mse;
    s->best_epoch = s->epoch;
    memcpy(s->best_net, m->net, m->n_net * sizeof *m->net);
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        size_t width = m->header.blocks[k].width;
        if (m->table[k])
            memcpy(s->best_table[k], m->table[k], avo_model_rows(m, k) * width * sizeof(float));
        else
            memcpy(s->best_genome[k], s->snap.block[k].w,
                   s->snap.block[k].n_rows * width * sizeof(float));
    }
}

static void use_best(struct avo_stage1 *s)
{
    struct avo_model *m = s->model;
    memcpy(m->net, s->best_net, m->n_net * sizeof *m->net);
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        size_t width = m->header.blocks[k].width;
        if (m->table[k])
            memcpy(m->table[k], s->best_table[k], avo_model_rows(m, k) * width * sizeof(float));
        else
            memcpy(s->snap.block[k].w, s->best_genome[k],
                   s->snap.block[k].n_rows * width * sizeof(float));
    }
}

/* After the last step of an epoch: count it, watch, keep, report. */
static int close_epoch(struct avo_stage1 *s, void *ctx, struct avo_error *err)
{
    const struct avo_monitor *mon = s->monitor;
    struct avo_epoch_report r = {.phase = s->phase, .epoch = ++s->epoch, .valid_mse = NAN,
                                 .train_mse = avo_loss_mse(&s->loss),
                                 .n_samples = s->loss.n_used, .n_skipped = s->loss.n_skipped};
    if (!s->loss.n_used)
        return avo_error_set(err, "the training tracks have no value in the input's bins");
    s->step_in_epoch = 0;
    s->loss = (struct avo_loss){0};
    if (s->roles->valid.n) {
        if (s->ops->pull(ctx, err))
            return -1;
        take_snapshot(s);
        if (watch(s, ctx, &r.valid_mse, err))
            return -1;
        r.best = r.valid_mse < s->best_mse;
        if (r.best)
            keep_best(s, r.valid_mse);
    }
    if (mon->report)
        mon->report(mon->user, &r);
    if (mon->checkpoint && s->checkpoint_every && s->epoch % s->checkpoint_every == 0 &&
        s->epoch < s->max_epochs)
        return s->ops->pull(ctx, err) || mon->checkpoint(mon->user, err) ? -1 : 0;
    return 0;
}

static bool patience_over(const struct avo_stage1 *s)
{
    return s->roles->valid.n && s->patience && s->epoch - s->best_epoch >= s->patience;
}

int avo_stage1_run(struct avo_stage1 *s, struct avo_error *err)
{
    struct avo_backend_args args = {.model = s->model, .learn = &s->learn, .pool = s->pool,
                                    .device = s->device};
    void *ctx = s->ops->open(&args, err);
    int rc = ctx ? s->ops->bind(ctx, &s->on, err) : -1;
    while (!rc && s->epoch < s->max_epochs && !patience_over(s)) {
        rc = run_epoch(s, ctx, err);
        if (!rc)
            rc = close_epoch(s, ctx, err);
    }
    if (ctx && rc >= 0 && s->ops->pull(ctx, err))
        rc = -1;
    if (rc == 1 && s->monitor->checkpoint && s->monitor->checkpoint(s->monitor->user, err))
        rc = -1;
    if (!rc && s->roles->valid.n)
        use_best(s);
    else if (!rc)
        take_snapshot(s);
    if (!rc)
        s->model->hyper.epochs = s->roles->valid.n ? s->best_epoch : s->epoch;
    if (ctx)
        s->ops->close(ctx);
    return rc;
}

int avo_stage1_varies(struct avo_stage1 *s, bool *varies, struct avo_error *err)
{
    struct avo_backend_args args = {.model = s->model, .pool = s->pool, .device = s->device};
    struct avo_binding on = {s->on.positions, NULL, &s->snap};
    args.device.note = NULL;    /* said before */
    void *ctx = s->ops->open(&args, err);
    int rc = ctx ? s->ops->bind(ctx, &on, err) : -1;
    if (!rc)
        rc = avo_fit_varies(s->ops, ctx, s->model, on.positions->n_bins, &s->roles->train, varies,
                            err);
    if (ctx)
        s->ops->close(ctx);
    return rc;
}

/* ---- rehearsal of stage 2 ---- */

/* The bins that lie in the keyed tenth, with their signal. */
static int tenth(const struct avo_stage1 *s, struct avo_binding *out, struct avo_error *err)
{
    const struct avo_positions *p = s->on.positions;
    const struct avo_signal *x = s->on.signal;
    uint32_t coarse = s->model->header.coarse_bins;
    size_t row = avo_dtype_size(x->dtype) * x->n_tracks;
    for (uint32_t i = 0; i < p->n_bins;) {
        uint32_t end = i;
        while (end < p->n_bins && p->run_of[end] == p->run_of[i] &&
               avo_fit_in_share(p, end, coarse, s->model->hyper.seed, AVO_RNG_REHEARSE, 0.1))
            end++;
        struct avo_run run = {avo_positions_bin(p, i), end - i};
        struct avo_span span = {avo_positions_run(p, i)->chrom, 1, end - i, &run};
        if (end > i &&
            (avo_positions_add(out->positions, &s->model->header, &span, false, err) ||
             avo_signal_append(out->signal, x->values + row * i, end - i, err)))
            return -1;
        i = end > i ? end : i + 1;
    }
    return 0;
}

/* Watched error after two->epochs passes of stage 2 over these bins. */
static int try_length(struct avo_stage2 *two, const struct avo_binding *on,
                      struct avo_epoch_report *r, struct avo_error *err)
{
    struct avo_loss train = {0}, valid = {0};
    int rc = avo_stage2_tile(two, on, &train, err);
    if (!rc)
        rc = avo_stage2_watch(two, on, &valid, err);
    r->epoch = two->epochs;
    r->train_mse = avo_loss_mse(&train);
    r->valid_mse = avo_loss_mse(&valid);
    r->n_samples = train.n_used;
    r->n_skipped = train.n_skipped;
    return rc;
}

int avo_stage1_rehearse(struct avo_stage1 *s, struct avo_error *err)
{
    static const int64_t lengths[] = {3, 5, 8, 12, 20, 30, 50, 80, 120, 200};
    struct avo_positions p = {0};
    struct avo_signal x = {.dtype = s->on.signal->dtype, .n_tracks = s->on.signal->n_tracks};
    struct avo_genome_rows rows;
    struct avo_binding on = {&p, &x, &rows};
    struct avo_stage2 two = {.model = s->model, .roles = s->roles, .ops = s->ops, .pool = s->pool,
                             .device = s->device, .dropout = s->model->hyper.dropout,
                             .stop = s->monitor->stop};
    double best = INFINITY;
    int rc = tenth(s, &on, err), worse = 0;
    avo_genome_rows_init(&rows, s->model);
    two.device.note = NULL;     /* said before */
    if (!rc && p.n_bins)
        rc = avo_stage2_open(&two, err);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths && !rc && worse < 3 && p.n_bins; i++) {
        struct avo_epoch_report r = {.phase = "rehearsal"};
        two.epochs = lengths[i];
        rc = try_length(&two, &on, &r, err);
        if (rc)
            break;
        r.best = r.valid_mse < best;
        worse = r.best ? 0 : worse + 1;
        if (r.best) {
            best = r.valid_mse;
            s->model->hyper.stage2_epochs = lengths[i];
        }
        if (s->monitor->report)
            s->monitor->report(s->monitor->user, &r);
    }
    avo_stage2_close(&two);
    avo_positions_release(&p);
    avo_signal_release(&x);
    avo_genome_rows_release(&rows);
    return rc;
}
