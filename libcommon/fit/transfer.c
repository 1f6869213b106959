/* SPDX-License-Identifier: MIT */
/* transfer.c: new cell-type or assay rows learned under a trained, frozen model. */
#include "libcommon/fit/transfer.h"

#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/fit/fit.h"

/* The first row of block k that is new; its number of rows where there is none. */
static uint32_t first_new(const struct avo_transfer *t, uint32_t k)
{
    switch (avo_block_table_of(&t->model->header.blocks[k])) {
    case AVO_TABLE_CELLTYPES:
        return t->first_celltype;
    case AVO_TABLE_ASSAYS:
        return t->first_assay;
    case AVO_TABLE_POSITIONS:
    case AVO_TABLE_NONE:
        break;
    }
    return avo_model_rows(t->model, k);
}

/* Moments for the tables that have new rows; the rest stays frozen. */
static int make_learn(const struct avo_transfer *t, struct avo_learn *l, struct avo_error *err)
{
    const struct avo_model *m = t->model;
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        uint32_t rows = avo_model_rows(m, k), first = first_new(t, k);
        if (first >= rows)
            continue;
        l->first_row[k] = first;
        l->table[k] = (struct avo_rows){.n_rows = rows, .width = b->width, .w = m->table[k]};
        l->table[k].m = avo_alloc((size_t)rows * b->width, sizeof(float), "moments", err);
        l->table[k].v = avo_alloc((size_t)rows * b->width, sizeof(float), "moments", err);
        if (!l->table[k].m || !l->table[k].v)
            return -1;
    }
    return 0;
}

/* Step i of an epoch of T over G bins; i = T: the first of the next one. */
static void set_place(struct avo_step *step, int64_t epoch, int64_t i, int64_t T, uint64_t G)
{
    uint64_t B = (uint64_t)step->batch;
    step->epoch = (uint32_t)(epoch + i / T);
    step->step = epoch * T + i + 1;
    step->first = (uint64_t)(i % T) * B;
    step->n = (uint32_t)(G - step->first < B ? G - step->first : B);
}

static int one_epoch(struct avo_transfer *t, void *ctx, int64_t epoch, int64_t T,
                     struct avo_error *err)
{
    const struct avo_hyper *h = &t->model->hyper;
    const struct avo_monitor *mon = t->monitor;
    struct avo_step step = {.order = AVO_ORDER_SEQUENTIAL, .batch = (double)h->batch,
                            .dropout = h->dropout, .seed = h->seed};
    struct avo_loss loss = {0};
    uint64_t G = t->on.positions->n_bins;
    avo_fit_set_tracks(&step, &t->roles->train);
    for (int64_t s = 0; s < T; s++) {
        struct avo_step next;
        if (mon->stop && *mon->stop)
            return 1;
        set_place(&step, epoch, s, T, G);
        next = step;
        set_place(&next, epoch, s + 1, T, G);
        if (t->ops->train(ctx, &step, &next, &loss, err))
            return avo_error_prefix(err, "epoch %lld, batch %lld", (long long)epoch + 1,
                                    (long long)s + 1);
        if (mon->progress)
            mon->progress(mon->user, (uint64_t)epoch * G + step.first + step.n,
                          (uint64_t)t->epochs * G);
    }
    if (!loss.n_used)
        return avo_error_set(err, "none of the signal's bins has genome factors in the model");
    t->mse = avo_loss_mse(&loss);
    struct avo_epoch_report r = {.phase = "transfer", .epoch = epoch + 1, .valid_mse = NAN,
                                 .train_mse = t->mse,
                                 .n_samples = loss.n_used, .n_skipped = loss.n_skipped};
    if (mon->report)
        mon->report(mon->user, &r);
    return 0;
}

int avo_transfer_run(struct avo_transfer *t, struct avo_error *err)
{
    const struct avo_hyper *h = &t->model->hyper;
    uint32_t n_bins = t->on.positions->n_bins;
    int64_t T = ((int64_t)n_bins + h->batch - 1) / h->batch;
    struct avo_clock clock = {.lr = h->lr, .beta1 = h->beta1, .beta2 = h->beta2, .eps = h->eps,
                              .decay = h->network_decay, .schedule = h->schedule,
                              .n_steps = t->epochs * T};
    struct avo_learn learn = {.model = t->model, .clock = &clock, .net_clock = &clock};
    struct avo_backend_args args = {.model = t->model, .learn = &learn, .pool = t->pool,
                                    .device = t->device};
    void *ctx = NULL;
    int rc = avo_clock_init(&clock, t->epochs * T, err) || make_learn(t, &learn, err) ? -1 : 0;
    if (!rc)
        ctx = t->ops->open(&args, err);
    if (!ctx || t->ops->bind(ctx, &t->on, err))
        rc = -1;
    for (int64_t e = 0; e < t->epochs && !rc; e++)
        rc = one_epoch(t, ctx, e, T, err);
    if (!rc && t->ops->pull(ctx, err))
        rc = -1;
    if (!rc && avo_fit_varies(t->ops, ctx, t->model, n_bins, &t->roles->train, &t->varies, err))
        rc = -1;
    if (ctx)
        t->ops->close(ctx);
    for (int k = 0; k < AVO_MAX_BLOCKS; k++) {
        free(learn.table[k].m);
        free(learn.table[k].v);
    }
    avo_clock_release(&clock);
    return rc;
}
