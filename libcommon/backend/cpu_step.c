/* SPDX-License-Identifier: MIT */
/* cpu_step.c: one optimizer step on the CPU, all but the network: see cpu_step.h. */
#include "libcommon/backend/cpu_step.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/cpu_loops.h"
#include "libcommon/backend/groups.h"
#include "libcommon/base/alloc.h"

#define ROWS_PER_TASK 512u
#define WEIGHTS_PER_TASK 16384u
#define SUM_COLUMNS 64u     /* of a row's gradient, summed at once */
#define PIECE (64 * AVO_CHUNK)   /* bins that are predicted at a time */

struct cpu {
    const struct avo_model *model;
    struct avo_learn *learn;
    struct avo_pool *pool;
    const struct avo_net_ops *ops;
    void *net;
    struct avo_binding on;
    const struct avo_genome_rows *view;     /* that predictions read */
    struct avo_net_batch batch;
    struct avo_grads grads;
    uint32_t *place;                        /* [batch.cap] index of the bin */
    struct avo_groups groups[AVO_MAX_BLOCKS];
    const struct avo_step *step;            /* of the call under way */
    uint32_t block;                         /* whose rows the tasks now work on */
};

static int make_grads(struct cpu *c, struct avo_error *err)
{
    const struct avo_learn *l = c->learn;
    if (l->net_m && !(c->grads.net = avo_alloc(c->model->n_net, sizeof(float), "gradients", err)))
        return -1;
    for (uint32_t k = 0; k < c->model->header.n_blocks; k++) {
        size_t n = (size_t)avo_model_rows(c->model, k) * c->model->header.blocks[k].width;
        if (!l->table[k].m)
            continue;
        if (!(c->grads.table[k] = avo_alloc(n, sizeof(float), "gradients", err)))
            return -1;
    }
    return 0;
}

void *avo_cpu_open(const struct avo_backend_args *args, const struct avo_net_ops *net,
                   struct avo_error *err)
{
    struct cpu *c = avo_alloc(1, sizeof *c, "backend", err);
    assert(!args->model->observed);
    if (!c)
        return NULL;
    c->model = args->model;
    c->learn = args->learn;
    c->pool = args->pool;
    c->ops = net;
    c->net = net->open(args->model, args->pool, err);
    if (!c->net || (c->learn && make_grads(c, err))) {
        avo_cpu_close(c);
        return NULL;
    }
    return c;
}

void avo_cpu_close(void *ctx)
{
    struct cpu *c = ctx;
    if (!c)
        return;
    if (c->net)
        c->ops->close(c->net);
    struct avo_net_batch *b = &c->batch;
    void *owned[] = {b->pair, b->target, b->crc, b->bin, b->visit, b->x, b->dx, c->place,
                     c->grads.net};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    for (int k = 0; k < AVO_MAX_BLOCKS; k++) {
        free(c->grads.table[k]);
        avo_groups_release(&c->groups[k]);
    }
    free(c);
}

int avo_cpu_bind(void *ctx, const struct avo_binding *on, struct avo_error *err)
{
    struct cpu *c = ctx;
    (void)err;
    assert(!on->positions->n_context);
    c->on = *on;
    c->view = on->rows;
    return 0;
}

int avo_cpu_view(void *ctx, const struct avo_genome_rows *rows, struct avo_error *err)
{
    struct cpu *c = ctx;
    (void)err;
    c->view = rows ? rows : c->on.rows;
    return 0;
}

int avo_cpu_pull(void *ctx, struct avo_error *err)
{
    (void)ctx;
    (void)err;
    return 0;
}

static int reserve(struct cpu *c, uint32_t n, struct avo_error *err)
{
    struct avo_net_batch *b = &c->batch;
    uint32_t n_pad = (n + AVO_CHUNK - 1) / AVO_CHUNK * AVO_CHUNK;
    size_t P = c->model->n_position, cap[8], n_x = P ? n_pad * P : 1;  /* never NULL */
    b->n = n;
    b->n_pad = n_pad;
    for (int i = 0; i < 8; i++)
        cap[i] = i < 6 ? b->cap : b->cap * P;
    if (avo_grow(&b->pair, &cap[0], n_pad, sizeof *b->pair, "batch", err) ||
        avo_grow(&b->target, &cap[1], n_pad, sizeof *b->target, "batch", err) ||
        avo_grow(&b->crc, &cap[2], n_pad, sizeof *b->crc, "batch", err) ||
        avo_grow(&b->bin, &cap[3], n_pad, sizeof *b->bin, "batch", err) ||
        avo_grow(&b->visit, &cap[4], n_pad, sizeof *b->visit, "batch", err) ||
        avo_grow(&c->place, &cap[5], n_pad, sizeof *c->place, "batch", err) ||
        avo_grow(&b->x, &cap[6], n_x, sizeof *b->x, "batch", err) ||
        avo_grow(&b->dx, &cap[7], n_x, sizeof *b->dx, "batch", err))
        return -1;
    b->cap = b->cap > n_pad ? b->cap : n_pad;
    for (uint32_t k = 0; c->learn->genome && k < c->on.rows->n_blocks; k++)
        if (c->on.rows->block[k].width && avo_groups_reserve(&c->groups[k], n, err))
            return -1;
    return 0;
}

/* Task: where a chunk of samples lies, and its draws. */
static void place_task(void *arg, int task, int worker)
{
    struct cpu *c = arg;
    struct avo_net_batch *b = &c->batch;
    const struct avo_positions *p = c->on.positions;
    uint32_t beg = (uint32_t)task * AVO_CHUNK;
    (void)worker;
    for (uint32_t i = beg; i < beg + AVO_CHUNK; i++) {
        b->pair[i] = -1;
        b->target[i] = 0;
        if (i >= b->n)
            continue;
        uint32_t at = avo_sample_place(c->step, p->n_bins, c->step->first + i, &b->visit[i]);
        c->place[i] = at;
        b->crc[i] = avo_positions_run(p, at)->chrom_crc;
        b->bin[i] = avo_positions_bin(p, at);
        b->pair[i] = avo_sample_pair(c->step, &c->on, at, b->visit[i], &b->target[i]);
    }
}

/* Adam's step of genome rows for sample i: its coarse group's own in stage 2. */
static int64_t step_of(const struct avo_step *s, uint32_t bin)
{
    if (!s->clock_T)
        return s->step;
    return s->epoch * s->clock_T + (bin / s->coarse_bins / s->clock_K) % s->clock_T + 1;
}

static void group_task(void *arg, int task, int worker)
{
    struct cpu *c = arg;
    struct avo_groups *g = &c->groups[task];
    const struct avo_rows *r = &c->on.rows->block[task];
    (void)worker;
    if (!r->width)
        return;
    for (uint32_t i = 0; i < c->batch.n; i++)
        g->key[i] = avo_rows_at(r, c->on.positions, c->place[i]);
    avo_groups_build(g, c->batch.n);
}

/* Task: rows of groups catch up to the step before this one. */
static void catch_up_task(void *arg, int task, int worker)
{
    struct cpu *c = arg;
    struct avo_groups *g = &c->groups[c->block];
    struct avo_rows *r = &c->on.rows->block[c->block];
    const struct avo_clock *clock = c->learn->clock;
    uint32_t beg = (uint32_t)task * ROWS_PER_TASK, end = beg + ROWS_PER_TASK;
    struct avo_idle idle = {0};
    int64_t idle_last = -1, idle_to = -1;
    (void)worker;
    for (uint32_t j = beg; j < end && j < g->n; j++) {
        int64_t to = step_of(c->step, c->batch.bin[g->order[g->start[j]]]) - 1;
        int64_t last = r->last[g->row[j]];
        if (last >= to)
            continue;
        if (last != idle_last || to != idle_to) {
            idle = avo_clock_idle(clock, last, to);
            idle_last = last;
            idle_to = to;
        }
        size_t at = (size_t)g->row[j] * r->width;
        avo_loop_idle(&idle, (float)clock->eps, r->w + at, r->m + at, r->v + at, r->width);
        r->last[g->row[j]] = (int32_t)to;
    }
}

static void gather_row(const struct cpu *c, const struct avo_genome_rows *from, uint32_t place,
                       float *x)
{
    for (uint32_t k = 0; k < from->n_blocks; k++) {
        const struct avo_rows *r = &from->block[k];
        if (r->width)
            memcpy(x + c->model->x_offset[k],
                   r->w + (size_t)avo_rows_at(r, c->on.positions, place) * r->width,
                   r->width * sizeof *x);
    }
}

static void gather_task(void *arg, int task, int worker)
{
    struct cpu *c = arg;
    size_t P = c->model->n_position;
    uint32_t beg = (uint32_t)task * AVO_CHUNK;
    (void)worker;
    for (uint32_t i = beg; i < beg + AVO_CHUNK; i++) {
        if (i < c->batch.n)
            gather_row(c, c->on.rows, c->place[i], c->batch.x + i * P);
        else
            memset(c->batch.x + i * P, 0, P * sizeof *c->batch.x);
    }
}

/* Columns e .. of group j's row: gradients summed in sample order, one Adam step. */
static void update_row(struct cpu *c, uint32_t j, uint32_t e, const struct avo_adam *adam)
{
    struct avo_groups *g = &c->groups[c->block];
    struct avo_rows *r = &c->on.rows->block[c->block];
    size_t P = c->model->n_position, at = (size_t)g->row[j] * r->width + e;
    uint32_t n = r->width - e < SUM_COLUMNS ? r->width - e : SUM_COLUMNS;
    float sum[SUM_COLUMNS] = {0};
    for (uint32_t i = g->start[j]; i < g->start[j + 1]; i++) {
        const float *dx = c->batch.dx + g->order[i] * P + c->model->x_offset[c->block] + e;
        for (uint32_t q = 0; q < n; q++)
            sum[q] += dx[q];
    }
    avo_loop_adam(adam, sum, r->w + at, r->m + at, r->v + at, n);
}

/* Task: one Adam step for each row of some groups. */
static void update_task(void *arg, int task, int worker)
{
    struct cpu *c = arg;
    struct avo_groups *g = &c->groups[c->block];
    struct avo_rows *r = &c->on.rows->block[c->block];
    uint32_t beg = (uint32_t)task * ROWS_PER_TASK, end = beg + ROWS_PER_TASK;
    struct avo_adam adam = {0};
    int64_t adam_step = -1;
    (void)worker;
    for (uint32_t j = beg; j < end && j < g->n; j++) {
        int64_t step = step_of(c->step, c->batch.bin[g->order[g->start[j]]]);
        if (step != adam_step)
            adam = avo_clock_adam(c->learn->clock, step);
        adam_step = step;
        for (uint32_t e = 0; e < r->width; e += SUM_COLUMNS)
            update_row(c, j, e, &adam);
        r->last[g->row[j]] = (int32_t)step;
    }
}

static void for_blocks(struct cpu *c, avo_task_fn *fn)
{
    for (uint32_t k = 0; k < c->on.rows->n_blocks; k++) {
        c->block = k;
        if (c->on.rows->block[k].width)
            avo_pool_run(c->pool, (int)((c->groups[k].n + ROWS_PER_TASK - 1) / ROWS_PER_TASK), fn,
                         c);
    }
}

static void net_task(void *arg, int task, int worker)
{
    struct cpu *c = arg;
    const struct avo_learn *l = c->learn;
    struct avo_adam adam = avo_clock_adam(l->net_clock, c->step->step);
    size_t beg = (size_t)task * WEIGHTS_PER_TASK, end = beg + WEIGHTS_PER_TASK;
    (void)worker;
    if (end > l->model->n_net)
        end = l->model->n_net;
    if (beg < end)
        avo_loop_adam(&adam, c->grads.net + beg, l->model->net + beg, l->net_m + beg,
                      l->net_v + beg, end - beg);
}

/* Network and the small tables: every element at every step. */
static void update_shared(struct cpu *c)
{
    struct avo_learn *l = c->learn;
    if (l->net_m)
        avo_pool_run(c->pool, (int)((l->model->n_net + WEIGHTS_PER_TASK - 1) / WEIGHTS_PER_TASK),
                     net_task, c);
    for (uint32_t k = 0; k < c->model->header.n_blocks; k++) {
        struct avo_rows *t = &l->table[k];
        if (!t->m)
            continue;
        struct avo_adam adam = avo_clock_adam(l->net_clock, c->step->step);
        size_t beg = (size_t)l->first_row[k] * t->width;
        size_t end = (size_t)avo_model_rows(c->model, k) * t->width;
        if (beg < end)
            avo_loop_adam(&adam, c->grads.table[k] + beg, t->w + beg, t->m + beg, t->v + beg,
                          end - beg);
    }
}

static void count_loss(const struct cpu *c, double sum, struct avo_loss *loss)
{
    uint64_t used = 0;
    for (uint32_t i = 0; i < c->batch.n; i++)
        used += c->batch.pair[i] >= 0;
    loss->sum += sum;
    loss->n_used += used;
    loss->n_skipped += c->batch.n - used;
}

int avo_cpu_train(void *ctx, const struct avo_step *step, const struct avo_step *next,
                  struct avo_loss *loss, struct avo_error *err)
{
    (void)next;     /* nothing could be done beside the step that uses all threads */
    struct cpu *c = ctx;
    double sum = 0;
    c->step = step;
    if (reserve(c, step->n, err))
        return -1;
    c->batch.pairs = step->pairs;
    c->batch.n_pairs = step->n_all;
    c->batch.batch = step->batch;
    c->batch.seed = (uint32_t)step->seed;
    c->batch.dropped = (uint32_t)lround(step->dropout * 256);
    int chunks = (int)(c->batch.n_pad / AVO_CHUNK);
    avo_pool_run(c->pool, chunks, place_task, c);
    if (c->learn->genome) {
        avo_pool_run(c->pool, (int)c->on.rows->n_blocks, group_task, c);
        for_blocks(c, catch_up_task);
    }
    avo_pool_run(c->pool, chunks, gather_task, c);
    if (c->ops->train(c->net, &c->batch, &c->grads, c->learn->genome, &sum, err))
        return -1;
    if (!isfinite(sum))
        return avo_error_set(err, "the loss is not finite");
    if (c->learn->genome)
        for_blocks(c, update_task);
    update_shared(c);
    count_loss(c, sum, loss);
    return 0;
}

/* Inputs of bins first .. first + n - 1, fetched in pieces: the next one's number of bins. */
static uint32_t next_piece(const struct cpu *c, uint32_t first, uint32_t n, float *x)
{
    uint32_t m = n < PIECE ? n : PIECE;
    for (uint32_t i = 0; i < m; i++)
        gather_row(c, c->view, first + i, x + i * (size_t)c->model->n_position);
    return m;
}

static float *new_piece(const struct cpu *c, uint32_t n, struct avo_error *err)
{
    return avo_alloc((n < PIECE ? n : PIECE) * (size_t)c->model->n_position, sizeof(float),
                     "inputs", err);
}

int avo_cpu_predict(void *ctx, const struct avo_pair *pairs, uint32_t n_pairs, uint32_t first,
                    uint32_t n, float *out, struct avo_error *err)
{
    struct cpu *c = ctx;
    float *x = new_piece(c, n, err);
    int rc = x ? 0 : -1;
    for (uint32_t at = 0, m; at < n && !rc; at += m) {
        m = next_piece(c, first + at, n - at, x);
        rc = c->ops->predict(c->net, pairs, n_pairs, x, m, out + at, n, err);
    }
    free(x);
    return rc;
}

int avo_cpu_attribute(void *ctx, const struct avo_attribute *a, const struct avo_pair *pairs,
                      uint32_t n_pairs, uint32_t first, uint32_t n, float *out,
                      struct avo_error *err)
{
    struct cpu *c = ctx;
    float *x = new_piece(c, n, err);
    int rc = x ? 0 : -1;
    for (uint32_t at = 0, m; at < n && !rc; at += m) {
        m = next_piece(c, first + at, n - at, x);
        rc = c->ops->attribute(c->net, a, pairs, n_pairs, x, m, out + at, n, err);
    }
    free(x);
    return rc;
}
