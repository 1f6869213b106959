/* SPDX-License-Identifier: MIT */
/* observed_ref.c: the meaning of the family observed: the inputs of one target at one bin as
 * model/observed.h has them, and plain loops over the network, in double. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/backend/backend.h"
#include "libcommon/model/elem.h"

struct ref {
    const struct avo_model *m;
    uint32_t V, H, n_columns, n_grad;
    uint32_t elsewhere, own, target, assay;     /* blocks */
    double *x;              /* [F] */
    double *dx;             /* [F] */
    double *act, *dz;       /* [H] */
    double *grad;           /* [n_grad] */
};

static void ref_close(void *ctx)
{
    struct ref *r = ctx;
    free(r->x);
    free(r->dx);
    free(r->act);
    free(r->dz);
    free(r->grad);
    free(r);
}

static void lay_out(struct ref *r)
{
    const struct avo_model *m = r->m;
    r->V = avo_observed_values(m->observed);
    r->H = m->layers[0].n_out;
    r->elsewhere = avo_model_block(m, AVO_BLOCK_ELSEWHERE);
    r->own = avo_model_block(m, AVO_BLOCK_OWN);
    r->target = avo_model_block(m, AVO_BLOCK_TARGET);
    r->assay = avo_model_block(m, AVO_BLOCK_ASSAY);
    r->n_grad = (uint32_t)m->n_net + m->n_assays * m->header.blocks[r->assay].width + 1;
}

static void *ref_open(const struct avo_model *m, struct avo_pool *pool, struct avo_error *err)
{
    struct ref *r = avo_alloc(1, sizeof *r, "backend", err);
    (void)pool;
    assert(m->observed && m->n_layers == 2);
    if (!r)
        return NULL;
    r->m = m;
    lay_out(r);
    r->x = avo_alloc(m->n_inputs, sizeof *r->x, "inputs", err);
    r->dx = avo_alloc(m->n_inputs, sizeof *r->dx, "inputs", err);
    r->act = avo_alloc(r->H, sizeof *r->act, "activations", err);
    r->dz = avo_alloc(r->H, sizeof *r->dz, "activations", err);
    r->grad = avo_alloc(r->n_grad, sizeof *r->grad, "gradients", err);
    if (!r->x || !r->dx || !r->act || !r->dz || !r->grad) {
        ref_close(r);
        return NULL;
    }
    return r;
}

/* ---- inputs ---- */

/* Value j of seen track s at a bin of the batch; NaN as it is. */
static double value_at(const struct ref *r, const struct avo_observed_batch *b, uint32_t s,
                       uint32_t j, uint32_t bin)
{
    size_t chunk = bin / AVO_OBSERVED_BINS, at = (chunk * b->n_seen + s) * r->V + j;
    return (double)b->v[at * AVO_OBSERVED_BINS + bin % AVO_OBSERVED_BINS];
}

static double input_at(const struct ref *r, const struct avo_observed_batch *b, uint32_t s,
                       uint32_t j, uint32_t bin)
{
    double v = value_at(r, b, s, j, bin);
    return isnan(v) ? 0 : v;
}

static bool visible(const struct avo_observed_batch *b, uint32_t s)
{
    return !b->hidden || !b->hidden[s];
}

/* The visible track (c, a), or -1. */
static int find_visible(const struct avo_observed_batch *b, uint32_t c, uint32_t a)
{
    for (uint32_t s = 0; s < b->n_seen; s++)
        if (visible(b, s) && b->seen[s].celltype == c && b->seen[s].assay == a)
            return (int)s;
    return -1;
}

/* Number, mean and standard deviation of value j over the other cell types that have assay a. */
struct others { uint32_t k; double mean, sd; };

static struct others over_others(const struct ref *r, const struct avo_observed_batch *b,
                                 uint32_t c, uint32_t a, uint32_t j, uint32_t bin)
{
    struct others o = {0};
    double variance = 0;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t s = 0; s < b->n_seen; s++) {
            if (!visible(b, s) || b->seen[s].celltype == c || b->seen[s].assay != a)
                continue;
            double v = input_at(r, b, s, j, bin);
            o.k += pass == 0;
            o.mean += pass == 0 ? v : 0;
            variance += pass == 0 ? 0 : (v - o.mean / o.k) * (v - o.mean / o.k) / o.k;
        }
    o.mean /= o.k ? o.k : 1;
    o.sd = o.k > 1 ? sqrt(fmax(variance, 1e-6)) : 0;
    return o;
}

/* rho of cell types c and d for assay a. */
static double similarity(const struct avo_observed_batch *b, uint32_t n_assays, uint32_t c,
                         uint32_t d, uint32_t a)
{
    double sum = 0, n = 0;
    for (uint32_t e = 0; e < n_assays; e++) {
        int own = find_visible(b, c, e), other = find_visible(b, d, e);
        if (e == a || own < 0 || other < 0)
            continue;
        double r = (double)b->similar[(size_t)own * b->n_seen + (size_t)other];
        sum += isnan(r) ? 0 : r;
        n += !isnan(r);
    }
    return sum / (n + 1);
}

/* The sum of w_d v[d, a] over the other cell types; 0 of none. */
static double weighted(const struct ref *r, const struct avo_observed_batch *b,
                       const struct avo_pair *t, uint32_t j, uint32_t bin)
{
    double sum = 0, of_weights = 0;
    for (uint32_t s = 0; s < b->n_seen; s++) {
        const struct avo_pair *q = &b->seen[s];
        if (!visible(b, s) || q->celltype == t->celltype || q->assay != t->assay)
            continue;
        double w = exp(AVO_SIMILAR_SHARPNESS *
                       similarity(b, r->m->n_assays, t->celltype, q->celltype, t->assay));
        sum += w * input_at(r, b, s, j, bin);
        of_weights += w;
    }
    return of_weights > 0 ? sum / of_weights : 0;
}

/* Fills x; returns the base, and the number of other cell types that have the assay. */
static double fill_inputs(struct ref *r, const struct avo_observed_batch *b,
                          const struct avo_pair *t, uint32_t bin, uint32_t *k)
{
    const struct avo_model *m = r->m;
    uint32_t A = m->root_assays, V = r->V;
    double *elsewhere = r->x + m->offset[r->elsewhere], *own = r->x + m->offset[r->own];
    double *target = r->x + m->offset[r->target], *row = r->x + m->offset[r->assay];
    for (uint32_t a = 0; a < A; a++) {
        int s = a == t->assay ? -1 : find_visible(b, t->celltype, a);
        for (uint32_t j = 0; j < V; j++) {
            struct others o = over_others(r, b, t->celltype, a, j, bin);
            elsewhere[a * V + j] = o.mean;
            own[a * V + j] = s >= 0 && o.k ? input_at(r, b, (uint32_t)s, j, bin) - o.mean : 0;
        }
        own[A * V + a] = s >= 0;
    }
    for (uint32_t j = 0; j < V; j++) {
        struct others o = over_others(r, b, t->celltype, t->assay, j, bin);
        target[j] = o.mean;
        target[V + j] = o.sd;
        if (m->observed->similar)
            target[2 * V + j] = weighted(r, b, t, j, bin) - o.mean;
        *k = o.k;
    }
    uint32_t width = m->header.blocks[r->assay].width;
    for (uint32_t e = 0; e < width; e++)
        row[e] = (double)m->table[r->assay][(size_t)t->assay * width + e];
    return target[V - m->observed->n_windows];
}

/* ---- network ---- */

/* Dropout's factor of a unit; step NULL: none. */
static double kept(const struct avo_observed_step *s, uint32_t bin, uint32_t target,
                   uint32_t unit)
{
    if (!s || !s->dropped)
        return 1;
    struct avo_rng4 d = avo_dropout_draw(s->seed, bin, target, s->step, 0, unit);
    return avo_dropout_keeps(&d, unit, s->dropped) ? 256.0 / (256.0 - s->dropped) : 0;
}

static double forward(struct ref *r, const struct avo_observed_step *s, uint32_t bin,
                      uint32_t target)
{
    const struct avo_layer *first = &r->m->layers[0], *out = &r->m->layers[1];
    double y = (double)out->b[0];
    for (uint32_t h = 0; h < r->H; h++) {
        double z = (double)first->b[h];
        for (uint32_t e = 0; e < first->n_in; e++)
            z += r->x[e] * (double)first->w[(size_t)e * r->H + h];
        r->act[h] = z < 0 ? 0 : z * kept(s, bin, target, h);
        y += r->act[h] * (double)out->w[h];
    }
    return y;
}

/* w_k's factor of a target. */
static double count_of(uint32_t k)
{
    return 1.0 / (k ? k : 1) - .5;
}

/* Adds the gradient of a network output of which the loss's is dy. */
static void backward(struct ref *r, const struct avo_observed_step *s, uint32_t bin,
                     uint32_t target, uint32_t assay, double dy)
{
    const struct avo_model *m = r->m;
    const struct avo_layer *first = &m->layers[0], *out = &m->layers[1];
    double *dw = r->grad + (first->w - m->net), *db = r->grad + (first->b - m->net);
    double *dout = r->grad + (out->w - m->net);
    uint32_t width = m->header.blocks[r->assay].width;
    r->grad[out->b - m->net] += dy;
    for (uint32_t h = 0; h < r->H; h++) {
        dout[h] += dy * r->act[h];
        r->dz[h] = r->act[h] > 0 ? dy * (double)out->w[h] * kept(s, bin, target, h) : 0;
        db[h] += r->dz[h];
    }
    for (uint32_t e = 0; e < first->n_in; e++) {
        r->dx[e] = 0;
        for (uint32_t h = 0; h < r->H; h++) {
            dw[(size_t)e * r->H + h] += r->x[e] * r->dz[h];
            r->dx[e] += (double)first->w[(size_t)e * r->H + h] * r->dz[h];
        }
    }
    for (uint32_t e = 0; e < width; e++)
        r->grad[m->n_net + (size_t)assay * width + e] += r->dx[m->offset[r->assay] + e];
}

/* One target at one bin; returns the squared error. */
static double learn(struct ref *r, const struct avo_observed_batch *b,
                    const struct avo_observed_step *s, uint32_t target, uint32_t bin, double y)
{
    const struct avo_pair *t = &b->targets[target];
    uint32_t k = 0;
    double base = fill_inputs(r, b, t, bin, &k), sum = forward(r, s, bin, target) + base;
    double factor = 1 + (double)r->m->observed->count * count_of(k), d = sum * factor - y;
    backward(r, s, bin, target, t->assay, 2 * d * factor);
    r->grad[r->n_grad - 1] += 2 * d * sum * count_of(k);
    return d * d;
}

static uint32_t seen_index(const struct avo_observed_batch *b, const struct avo_pair *t)
{
    uint32_t s = 0;
    while (b->seen[s].celltype != t->celltype || b->seen[s].assay != t->assay)
        s++;
    return s;
}

static int ref_train(void *ctx, const struct avo_observed_batch *b,
                     const struct avo_observed_step *s, float *grad, double *loss, uint64_t *n,
                     struct avo_error *err)
{
    struct ref *r = ctx;
    uint64_t used = 0;
    double sum = 0;
    (void)err;
    memset(r->grad, 0, r->n_grad * sizeof *r->grad);
    for (uint32_t t = 0; t < b->n_targets; t++) {
        const struct avo_pair *pair = &b->targets[t];
        uint32_t own = seen_index(b, pair);
        if (!over_others(r, b, pair->celltype, pair->assay, 0, 0).k)
            continue;
        for (uint32_t bin = 0; bin < b->n_bins; bin++) {
            double y = value_at(r, b, own, r->V - r->m->observed->n_windows, bin);
            if (isnan(y))
                continue;
            sum += learn(r, b, s, t, bin, y);
            used++;
        }
    }
    for (uint32_t i = 0; i < r->n_grad; i++)
        grad[i] = used ? (float)(r->grad[i] / (double)used) : 0;
    *loss += sum;
    *n += used;
    return 0;
}

static int ref_predict(void *ctx, const struct avo_observed_batch *b, float *out,
                       struct avo_error *err)
{
    struct ref *r = ctx;
    (void)err;
    for (uint32_t t = 0; t < b->n_targets; t++)
        for (uint32_t bin = 0; bin < b->n_bins; bin++) {
            uint32_t k = 0;
            double base = fill_inputs(r, b, &b->targets[t], bin, &k);
            double factor = 1 + (double)r->m->observed->count * count_of(k);
            *out++ = (float)((forward(r, NULL, bin, t) + base) * factor);
        }
    return 0;
}

/* ---- attribution ---- */

/* The part of each input [F]. */
static void make_parts(const struct ref *r, uint32_t assay, enum avo_observed_part *of)
{
    const struct avo_model *m = r->m;
    const struct avo_observed *o = m->observed;
    uint32_t A = m->root_assays, V = r->V;
    for (uint32_t i = 0; i < A * V; i++) {
        of[m->offset[r->elsewhere] + i] =
            avo_observed_part_of(o, i % V, i / V == assay ? AVO_PART_TARGET : AVO_PART_ELSEWHERE);
        of[m->offset[r->own] + i] = avo_observed_part_of(o, i % V, AVO_PART_OWN);
    }
    for (uint32_t a = 0; a < A; a++)
        of[m->offset[r->own] + A * V + a] = AVO_PART_OWN;
    for (uint32_t i = 0; i < m->header.blocks[r->target].width; i++)
        of[m->offset[r->target] + i] = avo_observed_part_of(o, i % V, AVO_PART_TARGET);
    for (uint32_t e = 0; e < m->header.blocks[r->assay].width; e++)
        of[m->offset[r->assay] + e] = AVO_PART_ASSAY;
}

static double mean_slope(double u, double v)
{
    double sum = fabs(u) + fabs(v);
    return sum > 0 ? (fmax(u, 0) + fmax(v, 0)) / sum : 0;
}

/* The parts of the inputs x, whose parts are of, less those at x0. */
static void part_inputs(const struct ref *r, const enum avo_observed_part *of, const float *row0,
                        double *part)
{
    const struct avo_layer *first = &r->m->layers[0], *out = &r->m->layers[1];
    uint32_t row = r->m->offset[r->assay];
    part[AVO_PART_TRACK] = (double)out->b[0];
    for (uint32_t h = 0; h < r->H; h++) {
        double u = (double)first->b[h], of_part[AVO_N_PARTS] = {0}, v = 0;
        for (uint32_t e = 0; e < first->n_in; e++) {
            double w = (double)first->w[(size_t)e * r->H + h];
            double x0 = of[e] == AVO_PART_ASSAY ? (double)row0[e - row] : 0;
            u += x0 * w;
            of_part[of[e]] += (r->x[e] - x0) * w;
        }
        for (int k = 0; k < AVO_N_PARTS; k++)
            v += of_part[k];
        part[AVO_PART_TRACK] += fmax(u, 0) * (double)out->w[h];
        for (int k = 0; k < AVO_N_PARTS; k++)
            part[k] += of_part[k] * mean_slope(u, u + v) * (double)out->w[h];
    }
}

static int ref_attribute(void *ctx, const struct avo_observed_batch *b, const float *row0,
                         float *out, struct avo_error *err)
{
    struct ref *r = ctx;
    size_t n = (size_t)b->n_targets * b->n_bins;
    enum avo_observed_part *of = avo_alloc(r->m->n_inputs, sizeof *of, "inputs", err);
    for (uint32_t t = 0; of && t < b->n_targets; t++) {
        make_parts(r, b->targets[t].assay, of);
        for (uint32_t bin = 0; bin < b->n_bins; bin++, out++) {
            uint32_t k = 0;
            double part[AVO_N_PARTS] = {0}, base = fill_inputs(r, b, &b->targets[t], bin, &k);
            double factor = 1 + (double)r->m->observed->count * count_of(k);
            part_inputs(r, of, row0, part);
            part[AVO_PART_TARGET] += base;
            for (int i = 0; i < AVO_N_PARTS; i++)
                out[(size_t)i * n] = (float)(part[i] * factor);
        }
    }
    free(of);
    return of ? 0 : -1;
}

const struct avo_observed_ops avo_observed_cpu_ref = {
    .name = "cpu-ref", .open = ref_open, .close = ref_close, .train = ref_train,
    .predict = ref_predict, .attribute = ref_attribute};
