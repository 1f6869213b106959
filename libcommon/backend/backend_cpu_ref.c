/* SPDX-License-Identifier: MIT */
/* backend_cpu_ref.c: the meaning of the model, in plain loops over one sample at a time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/backend/cpu_step.h"
#include "libcommon/backend/parafac.h"

/* One sample's activations; sums are taken in double. */
struct ref {
    const struct avo_model *m;
    double *act[AVO_MAX_LAYERS + 1];    /* [0] the F inputs, [l] outputs of layer l - 1 */
    double *grad[AVO_MAX_LAYERS + 1];   /* d loss / d act */
    double *net_grad;                   /* [n_net] */
    double *table_grad[AVO_MAX_BLOCKS];
};

static void ref_close(void *net)
{
    struct ref *r = net;
    for (int l = 0; l <= AVO_MAX_LAYERS; l++) {
        free(r->act[l]);
        free(r->grad[l]);
    }
    for (int k = 0; k < AVO_MAX_BLOCKS; k++)
        free(r->table_grad[k]);
    free(r->net_grad);
    free(r);
}

static int ref_reserve(struct ref *r, struct avo_error *err)
{
    for (uint32_t l = 0; l <= r->m->n_layers; l++) {
        size_t n = l ? r->m->layers[l - 1].n_out : r->m->n_inputs;
        r->act[l] = avo_alloc(n, sizeof(double), "activations", err);
        r->grad[l] = avo_alloc(n, sizeof(double), "activations", err);
        if (!r->act[l] || !r->grad[l])
            return -1;
    }
    for (uint32_t k = 0; k < r->m->header.n_blocks; k++) {
        size_t n = (size_t)avo_model_rows(r->m, k) * r->m->header.blocks[k].width;
        if (!(r->table_grad[k] = avo_alloc(n, sizeof(double), "gradients", err)))
            return -1;
    }
    r->net_grad = avo_alloc(r->m->n_net, sizeof(double), "gradients", err);
    return r->net_grad ? 0 : -1;
}

static void *ref_open(const struct avo_model *m, struct avo_pool *pool, struct avo_error *err)
{
    struct ref *r = avo_alloc(1, sizeof *r, "backend", err);
    (void)pool;
    if (!r)
        return NULL;
    r->m = m;
    if (ref_reserve(r, err)) {
        ref_close(r);
        return NULL;
    }
    return r;
}

/* The concatenated inputs [F] of one sample, block by block. */
static void fill_inputs(struct ref *r, const struct avo_pair *pair, const float *x)
{
    double *in = r->act[0];
    for (uint32_t k = 0; k < r->m->header.n_blocks; k++) {
        const float *columns = avo_block_columns(r->m, k, x, pair);
        for (uint32_t e = 0; e < r->m->header.blocks[k].width; e++)
            *in++ = columns ? columns[e] : 0;
    }
}

/* 0 for a dropped unit, else 1 / (share kept). */
static double dropout_scale(const struct avo_net_batch *b, uint32_t i, uint32_t layer,
                            uint32_t unit)
{
    if (!b || !b->dropped)
        return 1;
    struct avo_rng4 d = avo_dropout_draw(b->seed, b->crc[i], b->bin[i], b->visit[i], layer, unit);
    return avo_dropout_keeps(&d, unit, b->dropped) ? 256.0 / (256.0 - b->dropped) : 0;
}

/* b NULL: no dropout. */
static double forward(struct ref *r, const struct avo_net_batch *b, uint32_t i)
{
    for (uint32_t l = 0; l < r->m->n_layers; l++) {
        const struct avo_layer *y = &r->m->layers[l];
        for (uint32_t o = 0; o < y->n_out; o++) {
            double z = y->b[o];
            for (uint32_t e = 0; e < y->n_in; e++)
                z += r->act[l][e] * y->w[(size_t)e * y->n_out + o];
            if (l + 1 < r->m->n_layers)
                z = z < 0 ? 0 : z * dropout_scale(b, i, l, o);    /* a NaN goes through */
            r->act[l + 1][o] = z;
        }
    }
    return r->act[r->m->n_layers][0];
}

static void backward(struct ref *r, const struct avo_net_batch *b, uint32_t i, double dy)
{
    const struct avo_model *m = r->m;
    r->grad[m->n_layers][0] = dy;
    for (uint32_t l = m->n_layers; l-- > 0;) {
        const struct avo_layer *y = &m->layers[l];
        double *dw = r->net_grad + (y->w - m->net), *db = r->net_grad + (y->b - m->net);
        memset(r->grad[l], 0, y->n_in * sizeof(double));
        for (uint32_t o = 0; o < y->n_out; o++) {
            double dz = r->grad[l + 1][o];
            if (l + 1 < m->n_layers)
                dz = r->act[l + 1][o] > 0 ? dz * dropout_scale(b, i, l, o) : 0;
            db[o] += dz;
            for (uint32_t e = 0; e < y->n_in; e++) {
                dw[(size_t)e * y->n_out + o] += r->act[l][e] * dz;
                r->grad[l][e] += y->w[(size_t)e * y->n_out + o] * dz;
            }
        }
    }
}

/* The input gradient [F] goes to the rows that the inputs came from. */
static void spread(struct ref *r, const struct avo_pair *pair, float *dx)
{
    const double *in = r->grad[0];
    for (uint32_t k = 0; k < r->m->header.n_blocks; k++) {
        const struct avo_block *b = &r->m->header.blocks[k];
        uint32_t row = avo_block_row(b, pair);
        switch (avo_block_depends_on(b)) {
        case AVO_BY_POSITION:
            for (uint32_t e = 0; e < b->width; e++)
                dx[r->m->x_offset[k] + e] = (float)in[e];
            break;
        case AVO_BY_PAIR:
            for (uint32_t e = 0; e < b->width && row != AVO_NO_ROW; e++)
                r->table_grad[k][(size_t)row * b->width + e] += in[e];
            break;
        case AVO_BY_BOTH:           /* observed_ops.h's */
            break;
        }
        in += b->width;
    }
}

static void clear_grads(struct ref *r)
{
    memset(r->net_grad, 0, r->m->n_net * sizeof(double));
    for (uint32_t k = 0; k < r->m->header.n_blocks; k++)
        memset(r->table_grad[k], 0, (size_t)avo_model_rows(r->m, k) *
                                        r->m->header.blocks[k].width * sizeof(double));
}

static int ref_train(void *net, struct avo_net_batch *b, struct avo_grads *g, bool want_dx,
                     double *loss, struct avo_error *err)
{
    struct ref *r = net;
    size_t P = r->m->n_position;
    (void)want_dx;
    (void)err;
    clear_grads(r);
    memset(b->dx, 0, b->n * P * sizeof *b->dx);
    for (uint32_t i = 0; i < b->n; i++) {
        if (b->pair[i] < 0)
            continue;
        const struct avo_pair *pair = &b->pairs[b->pair[i]];
        fill_inputs(r, pair, b->x + i * P);
        double e = forward(r, b, i) - b->target[i];
        *loss += e * e;
        backward(r, b, i, 2 * e / b->batch);
        spread(r, pair, b->dx + i * P);
    }
    for (size_t i = 0; g->net && i < r->m->n_net; i++)
        g->net[i] = (float)r->net_grad[i];
    for (uint32_t k = 0; k < r->m->header.n_blocks; k++) {
        size_t n = (size_t)avo_model_rows(r->m, k) * r->m->header.blocks[k].width;
        for (size_t i = 0; g->table[k] && i < n; i++)
            g->table[k][i] = (float)r->table_grad[k][i];
    }
    return 0;
}

static int ref_predict(void *net, const struct avo_pair *pairs, uint32_t n_pairs, const float *x,
                       uint32_t n, float *out, size_t stride, struct avo_error *err)
{
    struct ref *r = net;
    (void)err;
    for (uint32_t p = 0; p < n_pairs; p++)
        for (uint32_t i = 0; i < n; i++) {
            fill_inputs(r, &pairs[p], x + (size_t)i * r->m->n_position);
            out[p * stride + i] = (float)forward(r, NULL, i);
        }
    return 0;
}

/* One sample's path. */
struct path {
    double *x0, *x, *sum;       /* [F]: its ends, and the sum of the gradients */
    double *z[2];               /* [units of all layers] before the ReLU, at the ends of a step */
};

/* The pair's baseline: without a cell type nothing of it in x0 either. */
static void fill_baseline(const struct ref *r, const struct avo_pair *pair, const float *baseline,
                          double *x0)
{
    for (uint32_t k = 0; k < r->m->header.n_blocks; k++) {
        const struct avo_block *b = &r->m->header.blocks[k];
        bool none = avo_block_is_empty(b, pair);
        for (uint32_t j = r->m->offset[k]; j < r->m->offset[k] + b->width; j++)
            x0[j] = none ? 0 : baseline[j];
    }
}

/* All layers of the network at x0 + alpha (x - x0), before their ReLU. */
static void go_up(struct ref *r, const struct path *p, double alpha, double *z)
{
    for (uint32_t j = 0; j < r->m->n_inputs; j++)
        r->act[0][j] = p->x0[j] + alpha * (p->x[j] - p->x0[j]);
    for (uint32_t l = 0; l < r->m->n_layers; z += r->m->layers[l++].n_out) {
        const struct avo_layer *y = &r->m->layers[l];
        for (uint32_t o = 0; o < y->n_out; o++) {
            z[o] = y->b[o];
            for (uint32_t e = 0; e < y->n_in; e++)
                z[o] += r->act[l][e] * y->w[(size_t)e * y->n_out + o];
            r->act[l + 1][o] = z[o] > 0 ? z[o] : 0;
        }
    }
}

/* Mean slope of the ReLU between a and b. */
static double slope(double a, double b)
{
    double up = fmax(a, 0) + fmax(b, 0), all = fabs(a) + fabs(b);
    return all > 0 ? up / all : 0;
}

/* Adds the step's gradient of the inputs. */
static void go_down(struct ref *r, const struct path *p)
{
    const struct avo_model *m = r->m;
    size_t at = 0;
    for (uint32_t l = 0; l < m->n_layers; l++)
        at += m->layers[l].n_out;
    r->grad[m->n_layers][0] = 1;
    for (uint32_t l = m->n_layers; l-- > 0;) {
        const struct avo_layer *y = &m->layers[l];
        at -= y->n_out;
        memset(r->grad[l], 0, y->n_in * sizeof(double));
        for (uint32_t o = 0; o < y->n_out; o++) {
            double dz = r->grad[l + 1][o];
            if (l + 1 < m->n_layers)
                dz *= slope(p->z[0][at + o], p->z[1][at + o]);
            for (uint32_t e = 0; e < y->n_in; e++)
                r->grad[l][e] += y->w[(size_t)e * y->n_out + o] * dz;
        }
    }
    for (uint32_t j = 0; j < m->n_inputs; j++)
        p->sum[j] += r->grad[0][j];
}

/* Attributions of the sample whose inputs are in act[0]: out [n_blocks], each `apart` floats. */
static void follow(struct ref *r, uint32_t n_steps, const struct path *p, float *out, size_t apart)
{
    const struct avo_header *h = &r->m->header;
    uint32_t F = r->m->n_inputs;
    memcpy(p->x, r->act[0], F * sizeof *p->x);
    memset(p->sum, 0, F * sizeof *p->sum);
    go_up(r, p, 0, p->z[0]);
    for (uint32_t s = 1; s <= n_steps; s++) {
        go_up(r, p, (double)s / n_steps, p->z[s % 2]);
        go_down(r, p);
    }
    for (uint32_t k = 0; k < h->n_blocks; k++) {
        double sum = 0;
        for (uint32_t j = r->m->offset[k]; j < r->m->offset[k] + h->blocks[k].width; j++)
            sum += (p->x[j] - p->x0[j]) * p->sum[j] / n_steps;
        out[k * apart] = (float)sum;
    }
}

static int ref_attribute(void *net, const struct avo_attribute *a, const struct avo_pair *pairs,
                         uint32_t n_pairs, const float *x, uint32_t n, float *out, size_t stride,
                         struct avo_error *err)
{
    struct ref *r = net;
    size_t F = r->m->n_inputs, units = 0;
    for (uint32_t l = 0; l < r->m->n_layers; l++)
        units += r->m->layers[l].n_out;
    double *room = avo_alloc(3 * F + 2 * units, sizeof *room, "inputs", err);
    if (!room)
        return -1;
    struct path path = {room, room + F, room + 2 * F, {room + 3 * F, room + 3 * F + units}};
    for (uint32_t p = 0; p < n_pairs; p++) {
        fill_baseline(r, &pairs[p], a->baseline, path.x0);
        for (uint32_t i = 0; i < n; i++) {
            fill_inputs(r, &pairs[p], x + (size_t)i * r->m->n_position);
            follow(r, a->n_steps, &path, out + p * stride + i, n_pairs * stride);
        }
    }
    free(room);
    return 0;
}

static const struct avo_net_ops ref_net = {ref_open, ref_close, ref_train, ref_predict,
                                           ref_attribute};

static void *open_ref(const struct avo_backend_args *args, struct avo_error *err)
{
    const struct avo_net_ops *net = args->model->header.parafac ? &avo_parafac_ref : &ref_net;
    return avo_cpu_open(args, net, err);
}

const struct avo_backend_ops avo_backend_cpu_ref = {
    .name = "cpu-ref", .call_bins = AVO_CPU_CALL_BINS, .open = open_ref, .close = avo_cpu_close,
    .bind = avo_cpu_bind,
    .view = avo_cpu_view, .train = avo_cpu_train, .predict = avo_cpu_predict,
    .pull = avo_cpu_pull, .attribute = avo_cpu_attribute, .observed = &avo_observed_cpu_ref,
    .parafac = true};
