/* SPDX-License-Identifier: MIT */
/* parafac_cpu.c: models without a network on all cores. Of a pair, products of factors and sums of
 * biases are made once, so that a value is
 *   y = base + u . g,  u = (C A, 1), base = mu + the pair's biases, g the position's row;
 * every sum over samples is taken by one task, in their order. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/cpu_loops.h"
#include "libcommon/backend/parafac.h"
#include "libcommon/base/alloc.h"
#include "libcommon/model/parafac.h"

#define SLAB AVO_LOOP_COLUMNS       /* columns that one task sums */

struct parafac {
    const struct avo_model *m;
    struct avo_pool *pool;
    size_t width;                       /* L + 1 */
    size_t cap_pairs[4];
    float *u, *base;                    /* [n_pairs][L + 1], [n_pairs] */
    float *du, *dbase;                  /* their gradients: sums over the samples of a pair */
    size_t cap_rows;                    /* samples that these hold: */
    float *dy, *dy_g;                   /* [n_pad], [n_pad][L + 1] d loss / d y, that times g */
    double *loss;                       /* [chunks] */
    /* of the call under way */
    struct avo_net_batch *b;
    bool want_dx, want_tables;
    const struct avo_pair *pairs;
    uint32_t n_pairs, n;
    const float *x;
    float *out;
    size_t stride;
};

static void net_close(void *net)
{
    struct parafac *t = net;
    void *owned[] = {t->u, t->base, t->du, t->dbase, t->dy, t->dy_g, t->loss, t};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

static void *net_open(const struct avo_model *m, struct avo_pool *pool, struct avo_error *err)
{
    struct parafac *t = avo_alloc(1, sizeof *t, "backend", err);
    if (!t)
        return NULL;
    t->m = m;
    t->pool = pool;
    t->width = avo_parafac_width(m);
    return t;
}

static int make_pairs(struct parafac *t, const struct avo_pair *pairs, uint32_t n_pairs,
                      struct avo_error *err)
{
    size_t L = t->width - 1, n = n_pairs * t->width;
    if (avo_grow(&t->u, &t->cap_pairs[0], n, sizeof(float), "tracks", err) ||
        avo_grow(&t->du, &t->cap_pairs[1], n, sizeof(float), "tracks", err) ||
        avo_grow(&t->base, &t->cap_pairs[2], n_pairs, sizeof(float), "tracks", err) ||
        avo_grow(&t->dbase, &t->cap_pairs[3], n_pairs, sizeof(float), "tracks", err))
        return -1;
    for (uint32_t p = 0; p < n_pairs; p++) {
        const float *c = avo_block_columns(t->m, AVO_PARAFAC_CELLTYPES, NULL, &pairs[p]);
        const float *a = avo_block_columns(t->m, AVO_PARAFAC_ASSAYS, NULL, &pairs[p]);
        float *u = t->u + p * t->width;
        for (size_t l = 0; l < L; l++)
            u[l] = c ? c[l] * a[l] : 0;
        u[L] = 1;
        t->base[p] = avo_parafac_mu(t->m) + a[L] + (c ? c[L] : 0);
    }
    t->pairs = pairs;
    t->n_pairs = n_pairs;
    return 0;
}

/* ---- a step ---- */

/* Task: values of a chunk of samples, their errors, gradients of the positions' rows. */
static void chunk_task(void *arg, int task, int worker)
{
    struct parafac *t = arg;
    const struct avo_net_batch *b = t->b;
    size_t width = t->width, beg = (size_t)task * AVO_CHUNK;
    double loss = 0;
    (void)worker;
    for (size_t i = beg; i < beg + AVO_CHUNK; i++) {
        const float *g = b->x + i * width, *u = t->u + (b->pair[i] < 0 ? 0 : b->pair[i]) * width;
        double e = b->pair[i] < 0 ? 0
                 : t->base[b->pair[i]] + avo_loop_dot(u, g, width) - b->target[i];
        loss += e * e;
        t->dy[i] = (float)(2 * e / b->batch);
        if (t->want_dx)
            avo_loop_scale(b->dx + i * width, u, t->dy[i], width);
        if (t->want_tables)
            avo_loop_scale(t->dy_g + i * width, g, t->dy[i], width);
    }
    t->loss[task] = loss;
}

/* Task: columns of du. */
static void slab_task(void *arg, int task, int worker)
{
    struct parafac *t = arg;
    size_t beg = (size_t)task * SLAB, n = t->width - beg < SLAB ? t->width - beg : SLAB;
    (void)worker;
    for (uint32_t p = 0; p < t->n_pairs; p++)
        memset(t->du + p * t->width + beg, 0, n * sizeof(float));
    avo_loop_scatter(t->du + beg, t->b->pair, t->dy_g + beg, t->width, t->b->n, n);
}

/* From the pairs' sums: a table's gradient, whose rows meet those of the other table. */
static void table_gradient(const struct parafac *t, uint32_t k, float *grad)
{
    const struct avo_block *own = &t->m->header.blocks[k];
    size_t L = t->width - 1;
    memset(grad, 0, avo_model_rows(t->m, k) * t->width * sizeof *grad);
    for (uint32_t p = 0; p < t->n_pairs; p++) {
        const float *other = avo_block_columns(t->m, 1 - k, NULL, &t->pairs[p]);
        uint32_t row = avo_block_row(own, &t->pairs[p]);
        const float *du = t->du + p * t->width;
        float *to = grad + (row == AVO_NO_ROW ? 0 : row) * t->width;
        if (row == AVO_NO_ROW)
            continue;
        for (size_t l = 0; other && l < L; l++)
            to[l] += du[l] * other[l];
        to[L] += t->dbase[p];
    }
}

static void gradients(struct parafac *t, struct avo_grads *g)
{
    double mu = 0;
    avo_pool_run(t->pool, (int)((t->width + SLAB - 1) / SLAB), slab_task, t);
    memset(t->dbase, 0, t->n_pairs * sizeof *t->dbase);
    for (uint32_t i = 0; i < t->b->n; i++) {
        if (t->b->pair[i] >= 0)
            t->dbase[t->b->pair[i]] += t->dy[i];
        mu += t->dy[i];
    }
    if (g->net)
        g->net[0] = (float)mu;
    for (uint32_t k = 0; k < 2; k++)
        if (g->table[k])
            table_gradient(t, k, g->table[k]);
}

static int reserve(struct parafac *t, size_t n_pad, struct avo_error *err)
{
    size_t cap = t->cap_rows, cap_loss = cap / AVO_CHUNK, cap_g = cap * t->width;
    if (n_pad <= cap)
        return 0;
    if (avo_grow(&t->dy_g, &cap_g, n_pad * t->width, sizeof(float), "errors", err) ||
        avo_grow(&t->loss, &cap_loss, n_pad / AVO_CHUNK, sizeof(double), "losses", err) ||
        avo_grow(&t->dy, &cap, n_pad, sizeof(float), "errors", err))
        return -1;
    t->cap_rows = n_pad;
    return 0;
}

static int net_train(void *net, struct avo_net_batch *b, struct avo_grads *g, bool want_dx,
                     double *loss, struct avo_error *err)
{
    struct parafac *t = net;
    if (reserve(t, b->n_pad, err) || make_pairs(t, b->pairs, b->n_pairs, err))
        return -1;
    t->b = b;
    t->want_dx = want_dx;
    t->want_tables = g->net || g->table[AVO_PARAFAC_CELLTYPES] || g->table[AVO_PARAFAC_ASSAYS];
    avo_pool_run(t->pool, (int)(b->n_pad / AVO_CHUNK), chunk_task, t);
    for (uint32_t c = 0; c < b->n_pad / AVO_CHUNK; c++)
        *loss += t->loss[c];
    if (t->want_tables)
        gradients(t, g);
    return 0;
}

/* ---- prediction ---- */

static void predict_task(void *arg, int task, int worker)
{
    const struct parafac *t = arg;
    uint32_t beg = (uint32_t)task * AVO_CHUNK;
    uint32_t end = t->n - beg < AVO_CHUNK ? t->n : beg + AVO_CHUNK;
    (void)worker;
    for (uint32_t p = 0; p < t->n_pairs; p++)
        for (uint32_t i = beg; i < end; i++)
            t->out[p * t->stride + i] = (float)(
                t->base[p] + avo_loop_dot(t->u + p * t->width, t->x + i * t->width, t->width));
}

static int net_predict(void *net, const struct avo_pair *pairs, uint32_t n_pairs, const float *x,
                       uint32_t n, float *out, size_t stride, struct avo_error *err)
{
    struct parafac *t = net;
    if (make_pairs(t, pairs, n_pairs, err))
        return -1;
    t->x = x;
    t->n = n;
    t->out = out;
    t->stride = stride;
    avo_pool_run(t->pool, (int)((n + AVO_CHUNK - 1) / AVO_CHUNK), predict_task, t);
    return 0;
}

const struct avo_net_ops avo_parafac_cpu = {
    .open = net_open, .close = net_close, .train = net_train, .predict = net_predict};
