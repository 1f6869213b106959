/* SPDX-License-Identifier: MIT */
/* step_samples.c: the host's part of a step: where the samples lie, which rows they read, grouped
 * by row; made for the step after while the card works. */
#include "cuda/step.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES_PER_TASK 2048u

struct making {
    struct avo_cuda *c;
    const struct avo_step *s;
    char *to;               /* the upload being made */
    uint32_t n_pad;
};

static uint32_t *words(const struct making *m, size_t at)
{
    return (uint32_t *)(void *)(m->to + at);
}

/* The host draws where the signal is not on the card. */
static void draw(const struct making *m, uint32_t i)
{
    const struct avo_cuda_layout *y = &m->c->layout;
    int32_t *pair = (int32_t *)(void *)(m->to + y->pair) + i;
    float *target = (float *)(void *)(m->to + y->target) + i;
    *pair = -1;
    *target = 0;
    if (i >= m->s->n)
        return;
    *pair = avo_sample_pair(m->s, &m->c->on, words(m, y->place)[i], words(m, y->visit)[i], target);
    if (*pair < 0)
        *target = 0;
}

static void place_task(void *arg, int task, int worker)
{
    const struct making *m = arg;
    struct avo_cuda *c = m->c;
    const struct avo_positions *p = c->on.positions;
    const struct avo_cuda_layout *y = &c->layout;
    uint32_t beg = (uint32_t)task * SAMPLES_PER_TASK, end = beg + SAMPLES_PER_TASK;
    (void)worker;
    for (uint32_t i = beg; i < end && i < m->n_pad; i++) {
        uint32_t visit = 0;
        uint32_t at = i < m->s->n ? avo_sample_place(m->s, p->n_bins, m->s->first + i, &visit) : 0;
        words(m, y->place)[i] = at;
        words(m, y->crc)[i] = avo_positions_run(p, at)->chrom_crc;
        words(m, y->bin)[i] = avo_positions_bin(p, at);
        words(m, y->visit)[i] = visit;
        for (uint32_t b = 0; b < c->n_blocks; b++)
            words(m, y->row_of[b])[i] = avo_rows_at(&c->on.rows->block[c->block_of[b]], p, at);
        if (c->streamed)
            draw(m, i);
    }
}

static void group_task(void *arg, int task, int worker)
{
    const struct making *m = arg;
    const struct avo_cuda_layout *y = &m->c->layout;
    struct avo_groups *g = &m->c->groups[task];
    struct avo_k_step *step = (struct avo_k_step *)(void *)m->to;
    uint32_t n = m->s->n;
    (void)worker;
    memcpy(g->key, words(m, y->row_of[task]), n * sizeof *g->key);
    avo_groups_build(g, n);
    memcpy(words(m, y->order[task]), g->order, n * sizeof *g->order);
    memcpy(words(m, y->start[task]), g->start, (g->n + (size_t)1) * sizeof *g->start);
    step->n_groups[task] = g->n;
}

static void fill_step(const struct avo_cuda *c, const struct avo_step *s, struct avo_k_step *to)
{
    *to = (struct avo_k_step){
        .step = s->step, .clock_T = s->clock_T, .clock_K = s->clock_K, .epoch = s->epoch,
        .coarse_bins = s->coarse_bins, .n = s->n, .seed = (uint32_t)s->seed,
        .n_pairs = s->n_pairs, .celltype_dropout = (float)s->celltype_dropout,
        .two_over_batch = (float)(2 / s->batch)};
    if (c->net_m || c->dw1x)
        to->net = avo_clock_adam(c->learn->net_clock, s->step);
}

int avo_cuda_make_samples(struct avo_cuda *c, int i, const struct avo_step *s,
                          struct avo_error *err)
{
    struct making m = {c, s, c->pinned[i], avo_round_up(s->n, AVO_K_ROWS)};
    if (avo_dev_wait(c->dev, 2 + i, err))
        return -1;
    fill_step(c, s, (struct avo_k_step *)(void *)m.to);
    avo_pool_run(c->pool, (int)((m.n_pad + SAMPLES_PER_TASK - 1) / SAMPLES_PER_TASK), place_task,
                 &m);
    if (c->learn->genome)
        avo_pool_run(c->pool, (int)c->n_blocks, group_task, &m);
    if (avo_dev_send(c->dev, c->io[i], c->pinned[i], c->layout.size, err) ||
        avo_dev_mark(c->dev, 2 + i, err))
        return -1;
    return 0;
}
