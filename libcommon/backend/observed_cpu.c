/* SPDX-License-Identifier: MIT */
/* observed_cpu.c: the network of the family observed on all cores.
 *
 * Targets of a cell type c share most of their inputs: mu and d of all assays, and the bits. With
 * the rows of the first layer's weights named after their inputs,
 *   W x = W_mu mu + W_d d  (once for c and a bin)
 *       + W_target [mu_a; sd_a; ..] - W_d,a d_a  (a target's own part)
 *       + b + W_bits bits but a's + W_assay E_a  (once for a target),
 * and gradients of weights go the same three ways back. A task is a chunk of bins; gradients of
 * chunks are added up in their order, so they do not depend on who computed which. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"
#include "libcommon/backend/backend.h"
#include "libcommon/backend/cpu_loops.h"
#include "libcommon/backend/cpu_products.h"
#include "libcommon/backend/observed_inputs.h"
#include "libcommon/model/model_observed.h"

enum {
    BINS = AVO_OBSERVED_BINS,
    GROUP = 16              /* chunks whose gradients are in memory at once */
};

/* A chunk's part of the gradients: sums over its bins. */
struct part {
    float *shared;          /* [2 A V][H] of W_mu, W_d */
    float *own;             /* [A + 1][n_own][H] of W_target, then of what d_a is multiplied by */
    float *fixed;           /* [n_targets][H] of a target's constant */
    float *out;             /* [H] of the output's weights */
    double bias, count;     /* of the output's bias and of w_k */
    double loss;
    uint64_t n;
};

/* What a worker has a chunk in. */
struct scratch {
    float *total;           /* [n_assays][V][BINS] */
    float *x;               /* [2 A V][BINS] shared inputs */
    float *own;             /* [n_own][BINS] a target's */
    float *base, *dbase;    /* [BINS][H] W times the shared inputs, and its gradient */
    float *act;             /* [BINS][H] */
    float *dact;            /* [BINS][H] */
    float *dw;              /* [2 A V or n_own][H] */
};

struct net {
    const struct avo_model *m;
    struct avo_pool *pool;
    uint32_t A, V, H, E;    /* E: width of assay rows */
    uint32_t n_assays, n_shared;    /* 2 A V */
    uint32_t n_target, n_own;       /* columns of the block target, and of it and d_a */
    uint32_t z;             /* the value that is learned: V - W */
    const float *w_shared, *w_own, *w_bits, *w_target, *w_assay;    /* rows of the first layer */
    const float *rows;      /* [n_assays][E] */
    struct avo_observed_plan plan;
    float *pack;            /* [A + 1][n_own][H] W_target, -W_d,a */
    size_t cap_fixed;
    float *fixed;           /* [n_targets][H] */
    struct scratch *scratch;
    struct part part[GROUP], sum;
    size_t cap_part;        /* targets that parts hold */
    /* of the call under way */
    const struct avo_observed_batch *b;
    const struct avo_observed_step *s;      /* NULL: prediction */
    uint32_t first_chunk;
    float *out;
};

static void release_part(struct part *p)
{
    free(p->shared);
    free(p->own);
    free(p->fixed);
    free(p->out);
    *p = (struct part){0};
}

static void net_close(void *ctx)
{
    struct net *t = ctx;
    for (int i = 0; t->scratch && i < avo_pool_size(t->pool); i++) {
        struct scratch *s = &t->scratch[i];
        float *owned[] = {s->total, s->x, s->own, s->base, s->dbase, s->act, s->dact, s->dw};
        for (size_t k = 0; k < sizeof owned / sizeof *owned; k++)
            free(owned[k]);
    }
    for (int i = 0; i < GROUP; i++)
        release_part(&t->part[i]);
    release_part(&t->sum);
    avo_observed_plan_release(&t->plan);
    free(t->scratch);
    free(t->pack);
    free(t->fixed);
    free(t);
}

static int make_scratch(struct net *t, struct scratch *s, struct avo_error *err)
{
    size_t of_track = (size_t)t->V * BINS, of_net = (size_t)BINS * t->H;
    size_t widest = t->n_shared > t->n_own ? t->n_shared : t->n_own;
    const struct { float **at; size_t n; } parts[] = {
        {&s->total, t->n_assays * of_track}, {&s->x, 2 * t->A * of_track},
        {&s->own, (size_t)t->n_own * BINS},
        {&s->base, of_net}, {&s->dbase, of_net}, {&s->act, of_net}, {&s->dact, of_net},
        {&s->dw, widest * t->H}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!(*parts[i].at = avo_alloc(parts[i].n, sizeof(float), "activations", err)))
            return -1;
    return 0;
}

/* Where the rows of the first layer's weights lie. */
static void lay_out(struct net *t)
{
    const struct avo_model *m = t->m;
    const float *w = m->layers[0].w;
    uint32_t assay = avo_model_block(m, AVO_BLOCK_ASSAY), own = avo_model_block(m, AVO_BLOCK_OWN);
    t->A = m->root_assays;
    t->V = avo_observed_values(m->observed);
    t->H = m->layers[0].n_out;
    t->E = m->header.blocks[assay].width;
    t->n_assays = m->n_assays;
    t->n_shared = 2 * t->A * t->V;
    t->n_target = avo_observed_width(m->observed, AVO_BLOCK_TARGET, t->A);
    t->n_own = t->n_target + t->V;
    t->z = t->V - m->observed->n_windows;
    t->w_shared = w + (size_t)m->offset[avo_model_block(m, AVO_BLOCK_ELSEWHERE)] * t->H;
    t->w_own = w + (size_t)m->offset[own] * t->H;
    t->w_bits = t->w_own + (size_t)t->A * t->V * t->H;
    t->w_target = w + (size_t)m->offset[avo_model_block(m, AVO_BLOCK_TARGET)] * t->H;
    t->w_assay = w + (size_t)m->offset[assay] * t->H;
    t->rows = m->table[assay];
    /* elsewhere, then own: one product */
    assert(t->w_own == t->w_shared + (size_t)t->A * t->V * t->H);
}

static void *net_open(const struct avo_model *m, struct avo_pool *pool, struct avo_error *err)
{
    struct net *t = avo_cpu_products_begin(err) ? NULL : avo_alloc(1, sizeof *t, "backend", err);
    assert(m->observed && m->n_layers == 2);
    if (!t)
        return NULL;
    t->m = m;
    t->pool = pool;
    lay_out(t);
    t->pack = avo_alloc(((size_t)t->A + 1) * t->n_own * t->H, sizeof(float), "weights", err);
    t->scratch = avo_alloc((size_t)avo_pool_size(pool), sizeof *t->scratch, "activations", err);
    bool ok = t->pack && t->scratch;
    for (int i = 0; ok && i < avo_pool_size(pool); i++)
        ok = !make_scratch(t, &t->scratch[i], err);
    if (ok)
        return t;
    net_close(t);
    return NULL;
}

/* ---- before the chunks of a call ---- */

/* Assays beyond the root have no columns of their own: what is kept by assay, they share. */
static uint32_t slot_of(const struct net *t, uint32_t assay)
{
    return assay < t->A ? assay : t->A;
}

/* The weights of targets' own inputs, by assay. */
static void pack_weights(struct net *t)
{
    size_t of_track = (size_t)t->V * t->H, of_target = (size_t)t->n_target * t->H;
    for (uint32_t a = 0; a <= t->A; a++) {
        float *to = t->pack + a * (size_t)t->n_own * t->H;
        memcpy(to, t->w_target, of_target * sizeof *to);
        for (size_t i = 0; a < t->A && i < of_track; i++)
            to[of_target + i] = -t->w_own[a * of_track + i];
    }
}

/* to += factor * from, H values each */
static void add_scaled(float *to, const float *from, float factor, uint32_t H)
{
    for (uint32_t h = 0; h < H; h++)
        to[h] += factor * from[h];
}

/* What is the same for a target at all bins. */
static void make_constant(struct net *t, uint32_t cell, uint32_t target)
{
    uint32_t a = t->b->targets[target].assay, H = t->H;
    float *to = t->fixed + (size_t)target * H;
    const int32_t *own = t->plan.own + (size_t)cell * t->n_assays;
    memcpy(to, t->m->layers[0].b, H * sizeof *to);
    for (uint32_t k = 0; k < t->A; k++)
        if (own[k] >= 0 && k != a)
            add_scaled(to, t->w_bits + (size_t)k * H, 1, H);
    for (uint32_t e = 0; e < t->E; e++)
        add_scaled(to, t->w_assay + (size_t)e * H, t->rows[(size_t)a * t->E + e], H);
}

static int prepare(struct net *t, const struct avo_observed_batch *b,
                   const struct avo_observed_step *s, struct avo_error *err)
{
    struct avo_observed_plan *p = &t->plan;
    if (avo_observed_plan_make(p, t->m, b, s != NULL, err) ||
        avo_grow(&t->fixed, &t->cap_fixed, (size_t)b->n_targets * t->H, sizeof *t->fixed,
                 "targets", err))
        return -1;
    t->b = b;
    t->s = s;
    pack_weights(t);
    for (uint32_t c = 0; c < p->n_cells; c++)
        for (uint32_t i = p->target_first[c]; i < p->target_first[c + 1]; i++)
            make_constant(t, c, p->order[i]);
    return 0;
}

/* ---- inner loops ---- */

/* act = max(act + base + fixed, 0), rows of H */
AVO_CLONES static void activate(float *restrict act, const float *restrict base,
                                const float *restrict fixed, size_t H)
{
    for (size_t i = 0; i < BINS; i++, act += H, base += H)
        for (size_t h = 0; h < H; h++) {
            float z = act[h] + base[h] + fixed[h];
            act[h] = z < 0 ? 0 : z;
        }
}

/* y[i] = row i of act . w, summed over LANES lanes, then over these. */
AVO_CLONES static void dot_rows(float *restrict y, const float *restrict act,
                                const float *restrict w, size_t H)
{
    enum { LANES = 2 * AVO_LANES };
    for (size_t i = 0; i < BINS; i++, act += H) {
        float sum[LANES] = {0};
        size_t h = 0;
        for (; h + LANES <= H; h += LANES)
            for (size_t q = 0; q < LANES; q++)
                sum[q] += act[h + q] * w[h + q];
        for (size_t q = 0; h + q < H; q++)
            sum[q] += act[h + q] * w[h + q];
        for (size_t half = LANES / 2; half; half /= 2)
            for (size_t q = 0; q < half; q++)
                sum[q] += sum[q + half];
        y[i] = sum[0];
    }
}

/* Back through the output and the ReLU: out += dy act, and dact = act > 0 ? dy w factor : 0, whose
 * rows are added to those of dbase and to fixed. */
AVO_CLONES static void spread_rows(const float *restrict dy, const float *restrict act,
                                   const float *restrict w, float factor, float *restrict dact,
                                   float *restrict dbase, float *restrict out,
                                   float *restrict fixed, size_t H)
{
    for (size_t i = 0; i < BINS; i++, act += H, dact += H, dbase += H)
        for (size_t h = 0; h < H; h++) {
            float x = dy[i] * w[h] * factor;
            float d = act[h] > 0 ? x : 0;
            out[h] += dy[i] * act[h];
            fixed[h] += d;
            dbase[h] += d;
            dact[h] = d;
        }
}

/* Columns of x at the bins from n on become 0: a chunk's bins end there. */
static void blank(float *x, uint32_t n_columns, uint32_t n)
{
    for (uint32_t j = 0; n < BINS && j < n_columns; j++)
        memset(x + (size_t)j * BINS + n, 0, (BINS - n) * sizeof *x);
}

/* ---- a chunk ---- */

/* A chunk under way. */
struct chunk {
    struct net *t;
    struct scratch *s;
    struct part *part;      /* NULL: prediction */
    const float *v;
    uint32_t first_bin, n;
};

/* d [BINS][H] = inputs x [n_columns][BINS], transposed, times w */
static void forward(const struct net *t, const float *x, uint32_t n_columns, const float *w,
                    float *d)
{
    avo_cpu_product_run(&(struct avo_product){
        .m = BINS, .n = t->H, .k = n_columns, .trans_a = true, .a = x, .ld_a = BINS, .b = w,
        .ld_b = t->H, .d = d, .ld_d = t->H, .alpha = 1});
}

/* sum [n_columns][H] += inputs x [n_columns][BINS] times d [BINS][H] */
static void add_gradient(const struct chunk *c, const float *x, uint32_t n_columns, const float *d,
                         float *sum)
{
    uint32_t H = c->t->H;
    avo_cpu_product_run(&(struct avo_product){
        .m = n_columns, .n = H, .k = BINS, .a = x, .ld_a = BINS, .b = d, .ld_b = H,
        .d = c->s->dw, .ld_d = H, .alpha = 1});
    avo_loop_add(sum, c->s->dw, (size_t)n_columns * H);
}

static void drop_units(const struct chunk *c, uint32_t target)
{
    const struct avo_observed_step *s = c->t->s;
    uint32_t bin[BINS], of[BINS], step[BINS];
    for (uint32_t i = 0; i < BINS; i++) {
        bin[i] = c->first_bin + i;
        of[i] = target;
        step[i] = s->step;
    }
    struct avo_dropout d = {.seed = s->seed, .dropped = s->dropped, .crc = bin, .bin = of,
                            .visit = step};
    avo_loop_dropout(&d, c->s->act, BINS, c->t->H);
}

/* w_k's factor of a target. */
static float count_of(uint32_t k)
{
    return 1.0f / (float)(k ? k : 1) - 0.5f;
}

/* Adds a target's errors to the chunk's part; y, the network's outputs, becomes the gradient of
 * the loss's sum by them. */
static void compare(const struct chunk *c, uint32_t target, float *y)
{
    const struct net *t = c->t;
    size_t of_track = (size_t)t->V * BINS;
    const float *truth = c->v + (size_t)t->plan.truth[target] * of_track + t->z * BINS;
    const float *mu = c->s->own + t->z * BINS;
    float of_count = count_of(t->plan.k[target]), factor = 1 + t->m->observed->count * of_count;
    for (uint32_t i = 0; i < BINS; i++) {
        float sum = y[i] + mu[i], d = sum * factor - truth[i];
        bool used = i < c->n && truth[i] == truth[i];
        y[i] = used ? 2 * d * factor : 0;
        c->part->loss += used ? (double)d * (double)d : 0;
        c->part->count += used ? 2 * (double)d * (double)sum * (double)of_count : 0;
        c->part->bias += (double)y[i];
        c->part->n += used;
    }
}

static void write_out(const struct chunk *c, uint32_t target, const float *y)
{
    const struct net *t = c->t;
    const float *mu = c->s->own + t->z * BINS;
    float factor = 1 + t->m->observed->count * count_of(t->plan.k[target]);
    float *out = t->out + (size_t)target * t->b->n_bins + c->first_bin;
    for (uint32_t i = 0; i < c->n; i++)
        out[i] = (y[i] + mu[i]) * factor;
}

static void run_target(const struct chunk *c, uint32_t cell, uint32_t target)
{
    struct net *t = c->t;
    struct scratch *s = c->s;
    uint32_t H = t->H, a = t->b->targets[target].assay;
    float y[BINS];
    const float *w = t->pack + (size_t)slot_of(t, a) * t->n_own * H, *out = t->m->layers[1].w;
    uint32_t n_columns = avo_observed_own(&t->plan, c->v, s->total, cell, target, s->own);
    blank(s->own, n_columns, c->n);
    forward(t, s->own, n_columns, w, s->act);
    activate(s->act, s->base, t->fixed + (size_t)target * H, H);
    if (c->part && t->s->dropped)
        drop_units(c, target);
    dot_rows(y, s->act, out, H);
    for (uint32_t i = 0; i < BINS; i++)
        y[i] += t->m->layers[1].b[0];
    if (!c->part) {
        write_out(c, target, y);
        return;
    }
    compare(c, target, y);
    spread_rows(y, s->act, out, avo_dropout_scale(t->s->dropped), s->dact, s->dbase, c->part->out,
                c->part->fixed + (size_t)target * H, H);
    add_gradient(c, s->own, n_columns, s->dact,
                 c->part->own + (size_t)slot_of(t, a) * t->n_own * H);
}

static void run_chunk(const struct chunk *c)
{
    struct net *t = c->t;
    struct scratch *s = c->s;
    const struct avo_observed_plan *p = &t->plan;
    avo_observed_totals(p, c->v, s->total);
    for (uint32_t cell = 0; cell < p->n_cells; cell++) {
        avo_observed_shared(p, c->v, s->total, cell, s->x);
        blank(s->x, t->n_shared, c->n);
        forward(t, s->x, t->n_shared, t->w_shared, s->base);
        if (c->part)
            memset(s->dbase, 0, (size_t)BINS * t->H * sizeof *s->dbase);
        for (uint32_t i = p->target_first[cell]; i < p->target_first[cell + 1]; i++)
            run_target(c, cell, p->order[i]);
        if (c->part)
            add_gradient(c, s->x, t->n_shared, s->dbase, c->part->shared);
    }
}

static struct chunk chunk_at(struct net *t, uint32_t i, int worker)
{
    uint32_t first = i * BINS, left = t->b->n_bins - first;
    return (struct chunk){
        .t = t, .s = &t->scratch[worker], .first_bin = first, .n = left < BINS ? left : BINS,
        .v = t->b->v + (size_t)i * t->b->n_seen * t->V * BINS};
}

static void predict_task(void *arg, int i, int worker)
{
    struct chunk c = chunk_at(arg, (uint32_t)i, worker);
    run_chunk(&c);
}

static int net_predict(void *ctx, const struct avo_observed_batch *b, float *out,
                       struct avo_error *err)
{
    struct net *t = ctx;
    if (prepare(t, b, NULL, err))
        return -1;
    t->out = out;
    avo_pool_run(t->pool, (int)((b->n_bins + BINS - 1) / BINS), predict_task, t);
    return avo_cpu_products_check(err);
}

/* ---- gradients ---- */

static int make_part(const struct net *t, struct part *p, struct avo_error *err)
{
    release_part(p);
    p->shared = avo_alloc((size_t)t->n_shared * t->H, sizeof(float), "gradients", err);
    p->own = avo_alloc(((size_t)t->A + 1) * t->n_own * t->H, sizeof(float), "gradients", err);
    p->fixed = avo_alloc((size_t)t->b->n_targets * t->H, sizeof(float), "gradients", err);
    p->out = avo_alloc(t->H, sizeof(float), "gradients", err);
    return p->shared && p->own && p->fixed && p->out ? 0 : -1;
}

static int reserve_parts(struct net *t, struct avo_error *err)
{
    if (t->sum.out && t->b->n_targets <= t->cap_part)
        return 0;
    for (int i = 0; i < GROUP; i++)
        if (make_part(t, &t->part[i], err))
            return -1;
    if (make_part(t, &t->sum, err))
        return -1;
    t->cap_part = t->b->n_targets;
    return 0;
}

static void clear_part(const struct net *t, struct part *p)
{
    memset(p->shared, 0, (size_t)t->n_shared * t->H * sizeof(float));
    memset(p->own, 0, ((size_t)t->A + 1) * t->n_own * t->H * sizeof(float));
    memset(p->fixed, 0, (size_t)t->b->n_targets * t->H * sizeof(float));
    memset(p->out, 0, t->H * sizeof(float));
    p->bias = p->count = p->loss = 0;
    p->n = 0;
}

static void add_part(const struct net *t, struct part *sum, const struct part *p)
{
    avo_loop_add(sum->shared, p->shared, (size_t)t->n_shared * t->H);
    avo_loop_add(sum->own, p->own, ((size_t)t->A + 1) * t->n_own * t->H);
    avo_loop_add(sum->fixed, p->fixed, (size_t)t->b->n_targets * t->H);
    avo_loop_add(sum->out, p->out, t->H);
    sum->bias += p->bias;
    sum->count += p->count;
    sum->loss += p->loss;
    sum->n += p->n;
}

static void train_task(void *arg, int i, int worker)
{
    struct net *t = arg;
    struct chunk c = chunk_at(t, t->first_chunk + (uint32_t)i, worker);
    c.part = &t->part[i];
    clear_part(t, c.part);
    run_chunk(&c);
}

/* The gradient's place of what lies at `w` of the network. */
static float *place(const struct net *t, float *grad, const float *w)
{
    return grad + (w - t->m->net);
}

/* A target's constant: bias, bits, assay row. */
static void spread_constant(const struct net *t, uint32_t cell, uint32_t target, float *grad)
{
    uint32_t a = t->b->targets[target].assay, H = t->H;
    const float *d = t->sum.fixed + (size_t)target * H, *row = t->rows + (size_t)a * t->E;
    const int32_t *own = t->plan.own + (size_t)cell * t->n_assays;
    add_scaled(place(t, grad, t->m->layers[0].b), d, 1, H);
    for (uint32_t k = 0; k < t->A; k++)
        if (own[k] >= 0 && k != a)
            add_scaled(place(t, grad, t->w_bits) + (size_t)k * H, d, 1, H);
    for (uint32_t e = 0; e < t->E; e++) {
        const float *w = t->w_assay + (size_t)e * H;
        add_scaled(place(t, grad, t->w_assay) + (size_t)e * H, d, row[e], H);
        grad[t->m->n_net + (size_t)a * t->E + e] += (float)avo_loop_dot(w, d, H);
    }
}

/* From the sums over all chunks to the gradient of the mean. */
static void finish(const struct net *t, float *grad)
{
    const struct avo_observed_plan *p = &t->plan;
    size_t of_track = (size_t)t->V * t->H, of_target = (size_t)t->n_target * t->H;
    size_t n = t->m->n_net + (size_t)t->n_assays * t->E + 1;
    memset(grad, 0, n * sizeof *grad);
    memcpy(place(t, grad, t->w_shared), t->sum.shared, 2 * t->A * of_track * sizeof *grad);
    for (uint32_t a = 0; a <= t->A; a++) {
        const float *own = t->sum.own + a * (size_t)t->n_own * t->H;
        avo_loop_add(place(t, grad, t->w_target), own, of_target);
        if (a < t->A)
            add_scaled(place(t, grad, t->w_own) + a * of_track, own + of_target, -1,
                       (uint32_t)of_track);
    }
    for (uint32_t c = 0; c < p->n_cells; c++)
        for (uint32_t i = p->target_first[c]; i < p->target_first[c + 1]; i++)
            spread_constant(t, c, p->order[i], grad);
    memcpy(place(t, grad, t->m->layers[1].w), t->sum.out, t->H * sizeof *grad);
    *place(t, grad, t->m->layers[1].b) = (float)t->sum.bias;
    grad[n - 1] = (float)t->sum.count;
    for (size_t i = 0; i < n && t->sum.n; i++)
        grad[i] /= (float)t->sum.n;
}

static int net_train(void *ctx, const struct avo_observed_batch *b,
                     const struct avo_observed_step *s, float *grad, double *loss, uint64_t *n,
                     struct avo_error *err)
{
    struct net *t = ctx;
    uint32_t n_chunks = (b->n_bins + BINS - 1) / BINS;
    if (prepare(t, b, s, err) || reserve_parts(t, err))
        return -1;
    clear_part(t, &t->sum);
    for (t->first_chunk = 0; t->first_chunk < n_chunks; t->first_chunk += GROUP) {
        uint32_t left = n_chunks - t->first_chunk, some = left < GROUP ? left : GROUP;
        avo_pool_run(t->pool, (int)some, train_task, t);
        for (uint32_t i = 0; i < some; i++)
            add_part(t, &t->sum, &t->part[i]);
    }
    finish(t, grad);
    *loss += t->sum.loss;
    *n += t->sum.n;
    return avo_cpu_products_check(err);
}

static int net_attribute(void *ctx, const struct avo_observed_batch *b, const float *row0,
                         float *out, struct avo_error *err)
{
    const struct net *t = ctx;
    return avo_observed_attribute(t->m, t->pool, b, row0, out, err);
}

const struct avo_observed_ops avo_observed_cpu = {
    .name = "cpu", .open = net_open, .close = net_close, .train = net_train,
    .predict = net_predict, .attribute = net_attribute};
