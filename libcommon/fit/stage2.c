/* SPDX-License-Identifier: MIT */
/* stage2.c: genome factors under a frozen network: all passes of a tile before the next one, on a
 * clock that depends on a bin's coordinate alone. */
#include "libcommon/fit/stage2.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/fit/fit.h"

static int64_t blocks_per_step(const struct avo_model *m)
{
    int64_t k = llround((double)m->hyper.batch / m->header.coarse_bins);
    return k > 1 ? k : 1;
}

int64_t avo_stage2_steps(const struct avo_model *m, uint32_t chrom)
{
    if (m->hyper.clock == AVO_CLOCK_STAGE1)
        return m->hyper.steps_per_epoch;
    int64_t coarse = m->header.coarse_bins, k = blocks_per_step(m);
    int64_t blocks = (avo_header_chrom_bins(&m->header, chrom) + coarse - 1) / coarse;
    return blocks > k ? (blocks + k - 1) / k : 1;
}

/* Makes the clock for chromosomes of T steps per epoch, where it is not made. */
static int set_clock(struct avo_stage2 *s, int64_t T, struct avo_error *err)
{
    const struct avo_hyper *h = &s->model->hyper;
    if (s->clock_T == T && s->clock.n_steps == s->epochs * T)
        return 0;
    if (T > (INT32_MAX - 1) / s->epochs)
        return avo_error_set(err, "too many steps (%lld epochs of %lld)", (long long)s->epochs,
                             (long long)T);
    avo_clock_release(&s->clock);
    s->clock = (struct avo_clock){.lr = h->lr, .beta1 = h->beta1, .beta2 = h->beta2, .eps = h->eps,
                                  .decay = h->decay, .schedule = h->schedule,
                                  .n_steps = s->epochs * T};
    s->clock_T = T;
    return avo_clock_init(&s->clock, s->epochs * T, err);
}

int avo_stage2_open(struct avo_stage2 *s, struct avo_error *err)
{
    memset(&s->learn, 0, sizeof s->learn);
    s->learn.genome = true;
    s->learn.clock = s->learn.net_clock = &s->clock;
    struct avo_backend_args args = {.model = s->model, .learn = &s->learn, .pool = s->pool,
                                    .device = s->device};
    s->ctx = s->ops->open(&args, err);
    return s->ctx ? 0 : -1;
}

void avo_stage2_close(struct avo_stage2 *s)
{
    if (s->ctx)
        s->ops->close(s->ctx);
    s->ctx = NULL;
    avo_clock_release(&s->clock);
}

/* End of the call that begins at bin `first`: at least `min_bins` bins on, never inside a coarse
 * group and never past the chromosome. */
static uint32_t call_end(const struct avo_positions *p, uint32_t first, uint32_t min_bins,
                         uint32_t coarse)
{
    uint32_t chrom = avo_positions_run(p, first)->chrom, i = first + 1, group = UINT32_MAX;
    for (; i < p->n_bins && avo_positions_run(p, i)->chrom == chrom; i++) {
        if (i - first < min_bins)
            continue;
        uint32_t g = avo_positions_bin(p, i) / coarse;
        if (group == UINT32_MAX)
            group = avo_positions_bin(p, i - 1) / coarse;
        if (g != group)
            break;
    }
    return i;
}

static int one_pass(struct avo_stage2 *s, const struct avo_positions *p, int64_t epoch,
                    struct avo_loss *loss, struct avo_error *err)
{
    const struct avo_model *m = s->model;
    struct avo_step step = {.order = AVO_ORDER_SEQUENTIAL, .epoch = (uint32_t)epoch, .step = 1,
                            .clock_T = s->clock_T, .clock_K = blocks_per_step(m),
                            .coarse_bins = m->header.coarse_bins,
                            .batch = (double)m->hyper.batch, .dropout = s->dropout,
                            .seed = m->hyper.seed,
                            .celltype_dropout = m->hyper.celltype_dropout};
    avo_fit_set_tracks(&step, &s->roles->train);
    step.n = call_end(p, 0, s->ops->call_bins, step.coarse_bins);
    while (step.first < p->n_bins) {
        struct avo_step next = step;
        next.first += step.n;
        if (next.first == p->n_bins) {  /* of the next pass, if there is one */
            next.first = 0;
            next.epoch++;
        }
        next.n = call_end(p, (uint32_t)next.first, s->ops->call_bins, step.coarse_bins) -
                 (uint32_t)next.first;
        if (s->ops->train(s->ctx, &step, &next, loss, err))
            return avo_error_prefix(err, "epoch %lld", (long long)epoch + 1);
        if (next.epoch != step.epoch)
            break;
        step = next;
    }
    return 0;
}

int avo_stage2_tile(struct avo_stage2 *s, const struct avo_binding *tile, struct avo_loss *train,
                    struct avo_error *err)
{
    struct avo_loss loss = {0};
    if (set_clock(s, avo_stage2_steps(s->model, tile->positions->runs[0].chrom), err) ||
        avo_genome_rows_make(tile->rows, tile->positions, true, err))
        return -1;
    avo_genome_rows_init_values(tile->rows, tile->positions, s->model);
    if (s->ops->bind(s->ctx, tile, err))
        return -1;
    for (int64_t e = 0; e < s->epochs; e++) {
        if (s->stop && *s->stop)
            return 1;
        loss = (struct avo_loss){0};
        if (one_pass(s, tile->positions, e, &loss, err))
            return -1;
    }
    if (s->ops->pull(s->ctx, err))
        return -1;
    avo_fit_catch_up(tile->rows, &s->clock, s->epochs * s->clock_T, s->pool, tile->rows);
    avo_loss_add(train, &loss);
    return 0;
}

int avo_stage2_watch(struct avo_stage2 *s, const struct avo_binding *tile,
                     struct avo_loss *watched, struct avo_error *err)
{
    uint32_t n_bins = tile->positions->n_bins;
    int rc = s->ops->view(s->ctx, tile->rows, err);
    for (uint32_t i = 0, at_once = s->ops->call_bins; i < n_bins && !rc; i += at_once) {
        uint32_t n = n_bins - i < at_once ? n_bins - i : at_once;
        rc = avo_fit_errors(s->ops, s->ctx, s->model, tile->signal, &s->roles->valid, i, n,
                            watched, err);
    }
    return s->ops->view(s->ctx, NULL, err) || rc ? -1 : 0;
}

int avo_stage2_varies(struct avo_stage2 *s, const struct avo_binding *tile, bool *varies,
                      struct avo_error *err)
{
    int rc = s->ops->view(s->ctx, tile->rows, err);
    if (!rc)
        rc = avo_fit_varies(s->ops, s->ctx, s->model, tile->positions->n_bins, &s->roles->train,
                            varies, err);
    return s->ops->view(s->ctx, NULL, err) || rc ? -1 : 0;
}
