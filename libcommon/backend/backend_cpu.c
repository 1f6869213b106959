/* SPDX-License-Identifier: MIT */
/* backend_cpu.c: the network on all cores. Layer 1 is split: W1 [pair; position] = a table row for
 * each training track + the position's part; every output is summed by one task, in a fixed
 * order. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/backend/cpu_attribute.h"
#include "libcommon/backend/cpu_loops.h"
#include "libcommon/backend/cpu_products.h"
#include "libcommon/backend/cpu_step.h"
#include "libcommon/backend/parafac.h"

#define SLAB AVO_LOOP_COLUMNS    /* rows or columns of a weight gradient that one task sums */

struct net {
    const struct avo_model *m;
    struct avo_pool *pool;
    uint32_t n_hidden;                      /* layers before the output */
    float *w1;                              /* [P][H1] the position's rows of W1, packed */
    float *dw1;                             /* [P][H1] */
    float *turned[AVO_MAX_LAYERS];          /* w1 and later hidden layers' w, transposed */
    /* of a chunk's samples: hidden layers, gradients of their inputs; but for a and d */
    struct avo_product forward[AVO_MAX_LAYERS], back[AVO_MAX_LAYERS];
    struct avo_product of_table[AVO_MAX_BLOCKS];        /* of the pair's blocks, into rows */
    float *rows[AVO_MAX_BLOCKS];            /* [rows][H1] table_k . W1_k; then sums of d act */
    size_t cap_track;
    float *track;                           /* [n_pairs][H1] table part of layer 1, bias included */
    float *track_grad;                      /* [n_pairs][H1] sums of d act over a track's samples */
    size_t cap_rows;                        /* samples that act and dact hold */
    float *act[AVO_MAX_LAYERS], *dact[AVO_MAX_LAYERS];  /* [n_pad][H] of hidden layer l */
    float *dy;                              /* [n_pad] */
    double *loss;                           /* [chunks] */
    size_t widest;                          /* of the hidden layers and the genome part */
    float *scratch;                         /* prediction: [workers][3][AVO_CHUNK][widest] */
    /* of the call under way */
    struct avo_net_batch *b;
    struct avo_grads *g;
    bool want_dx;
    const struct avo_pair *pairs;
    uint32_t n_pairs;
    const float *x;
    uint32_t n;
    float *out;
    size_t stride;
};

static void net_close(void *p)
{
    struct net *t = p;
    for (int k = 0; k < AVO_MAX_BLOCKS; k++)
        free(t->rows[k]);
    for (int l = 0; l < AVO_MAX_LAYERS; l++) {
        free(t->act[l]);
        free(t->dact[l]);
        free(t->turned[l]);
    }
    void *owned[] = {t->w1, t->dw1, t->track, t->track_grad, t->dy, t->loss, t->scratch, t};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

/* The products of a chunk's samples. Every one has the full chunk's shape, because libraries sum
 * in another order where a matrix has one row only. */
static void make_products(struct net *t)
{
    for (uint32_t l = 0; l < t->n_hidden; l++) {
        const struct avo_layer *y = &t->m->layers[l];
        uint32_t n_in = l ? y->n_in : t->m->n_position, n_out = y->n_out;
        t->forward[l] = (struct avo_product){
            .m = AVO_CHUNK, .n = n_out, .k = n_in, .ld_a = n_in, .b = l ? y->w : t->w1,
            .ld_b = n_out, .ld_d = n_out, .alpha = 1,
            .epilogue = l ? AVO_EPI_RELU_BIAS : AVO_EPI_NONE, .bias = l ? y->b : NULL};
        t->back[l] = (struct avo_product){
            .m = AVO_CHUNK, .n = n_in, .k = n_out, .ld_a = n_out, .b = t->turned[l], .ld_b = n_in,
            .ld_d = n_in, .alpha = 1};
    }
    for (uint32_t k = 0; k < t->m->header.n_blocks; k++) {
        const struct avo_layer *y = &t->m->layers[0];
        uint32_t width = t->m->header.blocks[k].width;
        if (t->rows[k])
            t->of_table[k] = (struct avo_product){
                .m = avo_model_rows(t->m, k), .n = y->n_out, .k = width, .a = t->m->table[k],
                .ld_a = width, .b = y->w + (size_t)t->m->offset[k] * y->n_out, .ld_b = y->n_out,
                .d = t->rows[k], .ld_d = y->n_out, .alpha = 1};
    }
}

static void *net_open(const struct avo_model *m, struct avo_pool *pool, struct avo_error *err)
{
    struct net *t = avo_cpu_products_begin(err) ? NULL : avo_alloc(1, sizeof *t, "backend", err);
    if (!t)
        return NULL;
    t->m = m;
    t->pool = pool;
    t->n_hidden = m->n_layers - 1;
    size_t H = m->layers[0].n_out;
    t->widest = m->n_position;
    for (uint32_t l = 0; l < t->n_hidden; l++)
        t->widest = m->layers[l].n_out > t->widest ? m->layers[l].n_out : t->widest;
    t->w1 = avo_alloc(m->n_position * H, sizeof(float), "weights", err);
    t->dw1 = avo_alloc(m->n_position * H, sizeof(float), "weights", err);
    bool ok = t->w1 && t->dw1;
    for (uint32_t k = 0; k < m->header.n_blocks && ok; k++)
        switch (avo_block_depends_on(&m->header.blocks[k])) {
        case AVO_BY_POSITION:       /* of x and w1 */
        case AVO_BY_BOTH:           /* observed_ops.h's */
            break;
        case AVO_BY_PAIR:
            t->rows[k] = avo_alloc(avo_model_rows(m, k) * H, sizeof(float), "weights", err);
            ok = t->rows[k] != NULL;
            break;
        }
    for (uint32_t l = 0; l < t->n_hidden && ok; l++) {
        size_t n_in = l ? m->layers[l].n_in : m->n_position;
        t->turned[l] = avo_alloc(n_in * m->layers[l].n_out, sizeof(float), "weights", err);
        ok = t->turned[l] != NULL;
    }
    if (ok) {
        make_products(t);
        return t;
    }
    net_close(t);
    return NULL;
}

/* ---- the split first layer ---- */

/* Copies the position's rows of W1 into w1 (pack) or dw1 into the gradient of W1 (not pack). */
static void move_w1(struct net *t, bool pack, float *net_grad)
{
    const struct avo_layer *y = &t->m->layers[0];
    size_t H = y->n_out;
    for (uint32_t k = 0; k < t->m->header.n_blocks; k++) {
        const struct avo_block *b = &t->m->header.blocks[k];
        switch (avo_block_depends_on(b)) {
        case AVO_BY_PAIR:
        case AVO_BY_BOTH:
            continue;
        case AVO_BY_POSITION:
            break;
        }
        size_t n = b->width * H, from = t->m->offset[k] * H, at = t->m->x_offset[k] * H;
        if (pack)
            memcpy(t->w1 + at, y->w + from, n * sizeof(float));
        else
            memcpy(net_grad + (y->w - t->m->net) + from, t->dw1 + at, n * sizeof(float));
    }
}

/* Columns [j0, j0 + 32) of in [n][m] become rows of out [m][n]. */
static void turn_strip(const float *in, uint32_t n, uint32_t m, uint32_t j0, float *out)
{
    uint32_t end = m - j0 < 32 ? m : j0 + 32;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = j0; j < end; j++)
            out[(size_t)j * n + i] = in[(size_t)i * m + j];
}

static void turn(const float *in, uint32_t n, uint32_t m, float *out)
{
    for (uint32_t j = 0; j < m; j += 32)
        turn_strip(in, n, m, j, out);
}

/* Gradients of the inputs multiply by transposed weights. They are turned beforehand, because
 * oneDNN's AVX2 product with a transposed second factor sums some rows in another order than
 * others, so that a sample's gradient would depend on its place in the batch. */
static void turn_weights(struct net *t)
{
    for (uint32_t l = 0; l < t->n_hidden; l++) {
        const struct avo_layer *y = &t->m->layers[l];
        turn(l ? y->w : t->w1, l ? y->n_in : t->m->n_position, y->n_out, t->turned[l]);
    }
}

/* track[p] = b1 + sum over the pair's blocks of table_k[row] . W1_k */
static int make_tracks(struct net *t, const struct avo_pair *pairs, uint32_t n_pairs,
                       struct avo_error *err)
{
    const struct avo_layer *y = &t->m->layers[0];
    size_t H = y->n_out, cap = t->cap_track;
    if (avo_grow(&t->track, &cap, n_pairs * H, sizeof(float), "tracks", err) ||
        avo_grow(&t->track_grad, &t->cap_track, n_pairs * H, sizeof(float), "tracks", err))
        return -1;
    move_w1(t, true, NULL);
    for (uint32_t p = 0; p < n_pairs; p++)
        memcpy(t->track + p * H, y->b, H * sizeof(float));
    for (uint32_t k = 0; k < t->m->header.n_blocks; k++) {
        const struct avo_block *b = &t->m->header.blocks[k];
        switch (avo_block_depends_on(b)) {
        case AVO_BY_POSITION:
        case AVO_BY_BOTH:
            continue;
        case AVO_BY_PAIR:
            break;
        }
        avo_cpu_product_run(&t->of_table[k]);
        for (uint32_t p = 0; p < n_pairs; p++) {
            uint32_t i = avo_block_row(b, &pairs[p]);
            const float *row = t->rows[k] + (i == AVO_NO_ROW ? 0 : i) * H;
            for (size_t j = 0; j < H && i != AVO_NO_ROW; j++)
                t->track[p * H + j] += row[j];
        }
    }
    t->pairs = pairs;
    t->n_pairs = n_pairs;
    return 0;
}

/* ---- forward and backward of one chunk of samples ---- */

/* Zeroes dropped units of a chunk's samples (padding aside) and scales the others. */
static void drop(const struct avo_net_batch *b, uint32_t beg, uint32_t layer, float *z, uint32_t n)
{
    struct avo_dropout d = {b->seed, layer, b->dropped, b->crc + beg, b->bin + beg, b->visit + beg};
    uint32_t rows = b->n - beg < AVO_CHUNK ? b->n - beg : AVO_CHUNK;
    if (b->dropped)
        avo_loop_dropout(&d, z, rows, n);
}

static void chunk_forward(struct net *t, uint32_t beg)
{
    const struct avo_net_batch *b = t->b;
    for (uint32_t l = 0; l < t->n_hidden; l++) {
        size_t H = t->m->layers[l].n_out;
        float *act = t->act[l] + beg * H;
        const struct avo_product *x = &t->forward[l];
        avo_cpu_product_at(x, (l ? t->act[l - 1] : b->x) + (size_t)beg * x->ld_a, act);
        for (uint32_t i = 0; l == 0 && i < AVO_CHUNK; i++) {
            int32_t pair = b->pair[beg + i] < 0 ? 0 : b->pair[beg + i];
            avo_loop_relu(act + i * H, t->track + (size_t)pair * H, H);
        }
        drop(b, beg, l, act, (uint32_t)H);
    }
}

/* Output layer: error, loss, and d act of the last hidden layer. */
static void chunk_output(struct net *t, uint32_t chunk)
{
    const struct avo_net_batch *b = t->b;
    const struct avo_layer *y = &t->m->layers[t->n_hidden];
    size_t H = y->n_in;
    float scale = avo_dropout_scale(b->dropped);
    double loss = 0;
    for (uint32_t i = chunk * AVO_CHUNK; i < (chunk + 1) * AVO_CHUNK; i++) {
        const float *act = t->act[t->n_hidden - 1] + i * H;
        float *dact = t->dact[t->n_hidden - 1] + i * H;
        double e = b->pair[i] < 0 ? 0 : avo_loop_dot(act, y->w, H) + y->b[0] - b->target[i];
        loss += e * e;
        t->dy[i] = (float)(2 * e / b->batch);
        avo_loop_spread(dact, act, y->w, t->dy[i], scale, H);
    }
    t->loss[chunk] = loss;
}

static void chunk_backward(struct net *t, uint32_t beg)
{
    for (uint32_t l = t->n_hidden - 1; l > 0; l--) {
        struct avo_product x = t->back[l];
        x.epilogue = AVO_EPI_MASK;
        x.act = t->act[l - 1] + (size_t)beg * x.ld_d;
        x.alpha = avo_dropout_scale(t->b->dropped);
        avo_cpu_product_at(&x, t->dact[l] + (size_t)beg * x.ld_a,
                           t->dact[l - 1] + (size_t)beg * x.ld_d);
    }
    const struct avo_product *dx = &t->back[0];
    if (t->want_dx && dx->n)
        avo_cpu_product_at(dx, t->dact[0] + (size_t)beg * dx->ld_a,
                           t->b->dx + (size_t)beg * dx->ld_d);
}

static void chunk_task(void *arg, int task, int worker)
{
    struct net *t = arg;
    uint32_t beg = (uint32_t)task * AVO_CHUNK;
    (void)worker;
    chunk_forward(t, beg);
    chunk_output(t, (uint32_t)task);
    chunk_backward(t, beg);
}

/* ---- weight gradients: each task sums a slab of outputs over the whole batch ---- */

/* Rows [beg, beg + n) of dW = in^T . dact */
static void slab_product(struct net *t, const float *in, uint32_t n_in, const float *dact,
                         uint32_t n_out, float *dw, uint32_t beg)
{
    struct avo_product x = {
        .m = n_in - beg < SLAB ? n_in - beg : SLAB, .n = n_out, .k = t->b->n_pad, .trans_a = true,
        .a = in + beg, .ld_a = n_in, .b = dact, .ld_b = n_out, .d = dw + (size_t)beg * n_out,
        .ld_d = n_out, .alpha = 1};
    avo_cpu_product_run(&x);
}

/* Sums of dact over a track's samples, columns [beg, beg + SLAB) of layer 1. */
static void track_task(void *arg, int task, int worker)
{
    struct net *t = arg;
    size_t H = t->m->layers[0].n_out, beg = (size_t)task * SLAB;
    size_t n = H - beg < SLAB ? H - beg : SLAB;
    (void)worker;
    for (uint32_t p = 0; p < t->n_pairs; p++)
        memset(t->track_grad + p * H + beg, 0, n * sizeof(float));
    avo_loop_scatter(t->track_grad + beg, t->b->pair, t->dact[0] + beg, H, t->b->n, n);
}

static void bias_slab(const struct net *t, uint32_t l, uint32_t beg, float *db)
{
    size_t H = t->m->layers[l].n_out, n = H - beg < SLAB ? H - beg : SLAB;
    avo_loop_columns(db + beg, t->dact[l] + beg, H, t->b->n, n, NULL);
}

static void output_slab(const struct net *t, uint32_t beg, float *dw)
{
    size_t H = t->m->layers[t->n_hidden].n_in, n = H - beg < SLAB ? H - beg : SLAB;
    const float *act = t->act[t->n_hidden - 1];
    avo_loop_columns(dw + beg, act + beg, H, t->b->n, n, t->dy);
}

/* Task number -> layer and slab: layer 0's genome rows, then inputs of each later layer. */
static void weight_task(void *arg, int task, int worker)
{
    struct net *t = arg;
    const struct avo_model *m = t->m;
    uint32_t slab = (uint32_t)task, P = m->n_position;
    (void)worker;
    if (slab < (P + SLAB - 1) / SLAB) {
        slab_product(t, t->b->x, P, t->dact[0], m->layers[0].n_out, t->dw1, slab * SLAB);
        return;
    }
    slab -= (P + SLAB - 1) / SLAB;
    for (uint32_t l = 1; l < m->n_layers; l++) {
        const struct avo_layer *y = &m->layers[l];
        uint32_t slabs = (y->n_in + SLAB - 1) / SLAB;
        float *dw = t->g->net + (y->w - m->net);
        if (slab < slabs && l == t->n_hidden)
            output_slab(t, slab * SLAB, dw);
        else if (slab < slabs)
            slab_product(t, t->act[l - 1], y->n_in, t->dact[l], y->n_out, dw, slab * SLAB);
        if (slab < slabs)
            return;
        slab -= slabs;
        slabs = (y->n_out + SLAB - 1) / SLAB;
        if (l < t->n_hidden && slab < slabs) {
            bias_slab(t, l, slab * SLAB, t->g->net + (y->b - m->net));
            return;
        }
        slab -= l < t->n_hidden ? slabs : 0;
    }
}

static int weight_tasks(const struct net *t)
{
    uint32_t n = (t->m->n_position + SLAB - 1) / SLAB;
    for (uint32_t l = 1; l < t->m->n_layers; l++) {
        n += (t->m->layers[l].n_in + SLAB - 1) / SLAB;
        n += l < t->n_hidden ? (t->m->layers[l].n_out + SLAB - 1) / SLAB : 0;
    }
    return (int)n;
}

/* From sums per track: gradients of W1's track rows, b1 and the tables. */
static void track_gradients(struct net *t)
{
    const struct avo_model *m = t->m;
    const struct avo_layer *y = &m->layers[0];
    size_t H = y->n_out;
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        uint32_t rows = avo_model_rows(m, k);
        switch (avo_block_depends_on(b)) {
        case AVO_BY_POSITION:
        case AVO_BY_BOTH:
            continue;
        case AVO_BY_PAIR:
            break;
        }
        memset(t->rows[k], 0, rows * H * sizeof(float));
        for (uint32_t p = 0; p < t->n_pairs; p++) {
            uint32_t i = avo_block_row(b, &t->pairs[p]);
            float *sum = t->rows[k] + (i == AVO_NO_ROW ? 0 : i) * H;
            for (size_t j = 0; j < H && i != AVO_NO_ROW; j++)
                sum[j] += t->track_grad[p * H + j];
        }
        const float *w = y->w + m->offset[k] * H;
        struct avo_product dw = {
            .m = b->width, .n = y->n_out, .k = rows, .trans_a = true, .a = m->table[k],
            .ld_a = b->width, .b = t->rows[k], .ld_b = y->n_out,
            .d = t->g->net ? t->g->net + (w - m->net) : NULL, .ld_d = y->n_out, .alpha = 1};
        struct avo_product dtable = {
            .m = rows, .n = b->width, .k = y->n_out, .trans_b = true, .a = t->rows[k],
            .ld_a = y->n_out, .b = w, .ld_b = y->n_out, .d = t->g->table[k], .ld_d = b->width,
            .alpha = 1};
        if (dw.d)
            avo_cpu_product_run(&dw);
        if (dtable.d)
            avo_cpu_product_run(&dtable);
    }
    if (!t->g->net)
        return;
    float *db = t->g->net + (y->b - m->net);
    memset(db, 0, H * sizeof(float));
    for (uint32_t p = 0; p < t->n_pairs; p++)
        for (size_t j = 0; j < H; j++)
            db[j] += t->track_grad[p * H + j];
}

static void weight_gradients(struct net *t)
{
    bool tables = t->g->net != NULL;
    for (uint32_t k = 0; k < t->m->header.n_blocks; k++)
        tables = tables || t->g->table[k];
    if (!tables)
        return;
    avo_pool_run(t->pool, (int)((t->m->layers[0].n_out + SLAB - 1) / SLAB), track_task, t);
    if (t->g->net) {
        avo_pool_run(t->pool, weight_tasks(t), weight_task, t);
        move_w1(t, false, t->g->net);
        double db = 0;
        for (uint32_t i = 0; i < t->b->n; i++)
            db += t->dy[i];
        t->g->net[t->m->layers[t->n_hidden].b - t->m->net] = (float)db;
    }
    track_gradients(t);
}

static int reserve(struct net *t, uint32_t n_pad, struct avo_error *err)
{
    size_t cap = t->cap_rows;
    if (n_pad <= cap)
        return 0;
    for (uint32_t l = 0; l < t->n_hidden; l++) {
        size_t H = t->m->layers[l].n_out, a = cap * H, d = cap * H;
        if (avo_grow(&t->act[l], &a, n_pad * H, sizeof(float), "activations", err) ||
            avo_grow(&t->dact[l], &d, n_pad * H, sizeof(float), "activations", err))
            return -1;
    }
    size_t cap_loss = cap / AVO_CHUNK;
    if (avo_grow(&t->loss, &cap_loss, n_pad / AVO_CHUNK, sizeof(double), "losses", err) ||
        avo_grow(&t->dy, &cap, n_pad, sizeof(float), "errors", err))
        return -1;
    t->cap_rows = n_pad;
    return 0;
}

static int net_train(void *net, struct avo_net_batch *b, struct avo_grads *g, bool want_dx,
                     double *loss, struct avo_error *err)
{
    struct net *t = net;
    if (reserve(t, b->n_pad, err) || make_tracks(t, b->pairs, b->n_pairs, err))
        return -1;
    t->b = b;
    t->g = g;
    t->want_dx = want_dx;
    turn_weights(t);
    avo_pool_run(t->pool, (int)(b->n_pad / AVO_CHUNK), chunk_task, t);
    for (uint32_t c = 0; c < b->n_pad / AVO_CHUNK; c++)
        *loss += t->loss[c];
    weight_gradients(t);
    return avo_cpu_products_check(err);
}

/* ---- prediction ---- */

/* u: genome part of layer 1, shared by all tracks; a, z: activations, in turn. */
struct scratch { float *u, *a, *z; };

/* Bins beg .. beg + n - 1 of AVO_CHUNK rows. */
static void predict_pair(struct net *t, const struct scratch *s, uint32_t p, uint32_t beg,
                         uint32_t n)
{
    size_t H = t->m->layers[0].n_out;
    float *in = s->a, *next = s->z, *out = t->out + p * t->stride + beg;
    memcpy(in, s->u, AVO_CHUNK * H * sizeof(float));
    for (uint32_t i = 0; i < AVO_CHUNK; i++)
        avo_loop_relu(in + i * H, t->track + p * H, H);
    for (uint32_t l = 1; l < t->n_hidden; l++) {
        avo_cpu_product_at(&t->forward[l], in, next);
        float *swap = in;
        in = next;
        next = swap;
    }
    const struct avo_layer *y = &t->m->layers[t->n_hidden];
    for (uint32_t i = 0; i < n; i++)
        out[i] = (float)(avo_loop_dot(in + (size_t)i * y->n_in, y->w, y->n_in) + y->b[0]);
}

static void predict_task(void *arg, int task, int worker)
{
    struct net *t = arg;
    uint32_t beg = (uint32_t)task * AVO_CHUNK;
    uint32_t n = t->n - beg < AVO_CHUNK ? t->n - beg : AVO_CHUNK;
    size_t P = t->m->n_position, part = AVO_CHUNK * t->widest;
    struct scratch s = {.u = t->scratch + (size_t)worker * 3 * part};
    const float *x = t->x + beg * P;
    s.a = s.u + part;
    s.z = s.a + part;
    if (n < AVO_CHUNK) {
        memset(s.z, 0, AVO_CHUNK * P * sizeof(float));
        memcpy(s.z, x, n * P * sizeof(float));
        x = s.z;
    }
    avo_cpu_product_at(&t->forward[0], x, s.u);
    for (uint32_t p = 0; p < t->n_pairs; p++)
        predict_pair(t, &s, p, beg, n);
}

static int net_predict(void *net, const struct avo_pair *pairs, uint32_t n_pairs, const float *x,
                       uint32_t n, float *out, size_t stride, struct avo_error *err)
{
    struct net *t = net;
    if (!t->scratch)
        t->scratch = avo_alloc((size_t)avo_pool_size(t->pool) * 3 * AVO_CHUNK * t->widest,
                               sizeof(float), "activations", err);
    if (!t->scratch || make_tracks(t, pairs, n_pairs, err))
        return -1;
    t->x = x;
    t->n = n;
    t->out = out;
    t->stride = stride;
    avo_pool_run(t->pool, (int)((n + AVO_CHUNK - 1) / AVO_CHUNK), predict_task, t);
    return avo_cpu_products_check(err);
}

static int net_attribute(void *net, const struct avo_attribute *a, const struct avo_pair *pairs,
                         uint32_t n_pairs, const float *x, uint32_t n, float *out, size_t stride,
                         struct avo_error *err)
{
    struct net *t = net;
    struct avo_path_net paths = {t->m, t->pool, t->forward, t->back, t->of_table};
    move_w1(t, true, NULL);
    turn_weights(t);
    return avo_paths_run(&paths, a, pairs, n_pairs, x, n, out, stride, err) ||
           avo_cpu_products_check(err) ? -1 : 0;
}

static const struct avo_net_ops cpu_net = {net_open, net_close, net_train, net_predict,
                                           net_attribute};

static void *open_cpu(const struct avo_backend_args *args, struct avo_error *err)
{
    const struct avo_net_ops *net = args->model->header.parafac ? &avo_parafac_cpu : &cpu_net;
    return avo_cpu_open(args, net, err);
}

const struct avo_backend_ops avo_backend_cpu = {
    .name = "cpu", .call_bins = AVO_CPU_CALL_BINS, .open = open_cpu, .close = avo_cpu_close,
    .bind = avo_cpu_bind,
    .view = avo_cpu_view, .train = avo_cpu_train, .predict = avo_cpu_predict,
    .pull = avo_cpu_pull, .attribute = avo_cpu_attribute, .observed = &avo_observed_cpu,
    .parafac = true};
