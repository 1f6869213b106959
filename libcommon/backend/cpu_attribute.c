/* SPDX-License-Identifier: MIT */
/* cpu_attribute.c: integrated gradients on all cores. Along a path layer 1 is linear before its
 * ReLU, z(alpha) = z0 + alpha dz, and its gradients can be summed over the steps before they are
 * multiplied by W1: a step costs the layers above the first, up and down. */
#include "libcommon/backend/cpu_attribute.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/backend/cpu_loops.h"
#include "libcommon/backend/cpu_products.h"
#include "libcommon/backend/cpu_step.h"

struct paths {
    const struct avo_path_net *net;
    const struct avo_model *m;
    const struct avo_attribute *a;
    const struct avo_pair *pairs;
    uint32_t n_pairs, n, n_hidden;
    const float *x;
    float *out;
    size_t stride;
    float *x0;                      /* [P] the position's columns of the baseline */
    float *start[2];                /* [H1] z0: of pairs with a cell type, and without */
    float *shift[AVO_MAX_BLOCKS];   /* [rows][H1] (row - x0) . W1 of a pair block's rows */
    size_t part;                    /* floats of one matrix of AVO_CHUNK rows */
    float *scratch;                 /* [workers][matrices] */
};

/* One worker's matrices of AVO_CHUNK rows. */
struct room {
    float *x;                       /* [P] x - x0 */
    float *dz, *sum;                /* [H1] */
    float *z[2][AVO_MAX_LAYERS];    /* [H] of hidden layer l before its ReLU, at a step's ends */
    float *d, *next;                /* activations on the way up, gradients down, in turn */
};

/* ---- what all chunks share ---- */

/* W1 x0 + b1, cell-type blocks included or not. */
static int make_start(struct paths *t, bool with, struct avo_error *err)
{
    const struct avo_layer *y = &t->m->layers[0];
    struct avo_pair pair = {with ? 0 : AVO_NO_ROW, 0};
    double *z = avo_alloc(y->n_out, sizeof *z, "baseline", err);
    float *out = t->start[!with] = avo_alloc(y->n_out, sizeof *out, "baseline", err);
    for (uint32_t h = 0; z && out && h < y->n_out; h++)
        z[h] = y->b[h];
    for (uint32_t k = 0; z && out && k < t->m->header.n_blocks; k++) {
        const struct avo_block *b = &t->m->header.blocks[k];
        uint32_t first = t->m->offset[k], end = first + b->width;
        for (uint32_t j = first; j < end && !avo_block_is_empty(b, &pair); j++)
            for (uint32_t h = 0; h < y->n_out; h++)
                z[h] += (double)t->a->baseline[j] * y->w[(size_t)j * y->n_out + h];
    }
    for (uint32_t h = 0; z && out && h < y->n_out; h++)
        out[h] = (float)z[h];
    free(z);
    return z && out ? 0 : -1;
}

/* The whole table at once: a product's sums depend on its shape, which must not be that of the
 * call. */
static int make_shift(struct paths *t, uint32_t k, struct avo_error *err)
{
    uint32_t rows = avo_model_rows(t->m, k), width = t->m->header.blocks[k].width;
    uint32_t H = t->m->layers[0].n_out;
    const float *x0 = t->a->baseline + t->m->offset[k];
    float *d = avo_alloc((size_t)rows * width, sizeof *d, "baseline", err);
    t->shift[k] = avo_alloc((size_t)rows * H, sizeof(float), "baseline", err);
    for (size_t i = 0; d && i < (size_t)rows * width; i++)
        d[i] = t->m->table[k][i] - x0[i % width];
    if (d && t->shift[k])
        avo_cpu_product_at(&t->net->of_table[k], d, t->shift[k]);
    free(d);
    return d && t->shift[k] ? 0 : -1;
}

static size_t matrices(const struct paths *t)
{
    return 5 + 2 * (size_t)t->n_hidden;
}

static int prepare(struct paths *t, struct avo_error *err)
{
    size_t widest = t->m->n_position;
    for (uint32_t l = 0; l < t->n_hidden; l++)
        widest = t->m->layers[l].n_out > widest ? t->m->layers[l].n_out : widest;
    t->part = AVO_CHUNK * widest;
    t->scratch = avo_alloc((size_t)avo_pool_size(t->net->pool) * matrices(t) * t->part,
                           sizeof(float), "activations", err);
    t->x0 = avo_alloc(t->m->n_position, sizeof *t->x0, "baseline", err);
    if (!t->scratch || !t->x0 || make_start(t, true, err) || make_start(t, false, err))
        return -1;
    for (uint32_t k = 0; k < t->m->header.n_blocks; k++) {
        const struct avo_block *b = &t->m->header.blocks[k];
        switch (avo_block_depends_on(b)) {
        case AVO_BY_POSITION:
            memcpy(t->x0 + t->m->x_offset[k], t->a->baseline + t->m->offset[k],
                   b->width * sizeof *t->x0);
            break;
        case AVO_BY_PAIR:
            if (make_shift(t, k, err))
                return -1;
            break;
        case AVO_BY_BOTH:           /* observed_ops.h's */
            break;
        }
    }
    return 0;
}

static void release(struct paths *t)
{
    for (int k = 0; k < AVO_MAX_BLOCKS; k++)
        free(t->shift[k]);
    free(t->start[0]);
    free(t->start[1]);
    free(t->x0);
    free(t->scratch);
}

static struct room room_of(const struct paths *t, int worker)
{
    float *at = t->scratch + (size_t)worker * matrices(t) * t->part;
    struct room r = {.x = at, .dz = at + t->part, .sum = at + 2 * t->part,
                     .d = at + 3 * t->part, .next = at + 4 * t->part};
    for (uint32_t l = 0; l < t->n_hidden; l++) {
        r.z[0][l] = at + (5 + 2 * l) * t->part;
        r.z[1][l] = r.z[0][l] + t->part;
    }
    return r;
}

/* ---- one chunk of bins and one pair ---- */

/* The pair's row of (table - x0) . W1; NULL where it has none. */
static const float *shift_of(const struct paths *t, uint32_t k, const struct avo_pair *pair)
{
    uint32_t row = avo_block_row(&t->m->header.blocks[k], pair);
    return row == AVO_NO_ROW ? NULL : t->shift[k] + (size_t)row * t->m->layers[0].n_out;
}

/* x - x0, its product with W1, and nothing summed yet. */
static void begin_paths(const struct paths *t, const struct room *r, uint32_t beg, uint32_t n,
                        const struct avo_pair *pair)
{
    size_t P = t->m->n_position, H = t->m->layers[0].n_out;
    memset(r->x, 0, AVO_CHUNK * P * sizeof *r->x);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < P; j++)
            r->x[i * P + j] = t->x[(beg + i) * P + j] - t->x0[j];
    avo_cpu_product_at(&t->net->forward[0], r->x, r->dz);
    for (uint32_t k = 0; k < t->m->header.n_blocks; k++) {
        const float *shift = shift_of(t, k, pair);
        for (uint32_t i = 0; shift && i < AVO_CHUNK; i++)
            avo_loop_add(r->dz + i * H, shift, H);
    }
    memset(r->sum, 0, AVO_CHUNK * H * sizeof *r->sum);
}

static void swap(float **a, float **b)
{
    float *c = *a;
    *a = *b;
    *b = c;
}

/* All layers at alpha into z [hidden layers]. */
static void go_up(const struct paths *t, struct room *r, const float *start, float alpha,
                  float *const *z)
{
    size_t H = t->m->layers[0].n_out;
    for (uint32_t i = 0; i < AVO_CHUNK; i++)
        avo_loop_path(z[0] + i * H, r->d + i * H, start, r->dz + i * H, alpha, H);
    for (uint32_t l = 1; l < t->n_hidden; l++) {
        const struct avo_layer *y = &t->m->layers[l];
        struct avo_product x = t->net->forward[l];
        x.epilogue = AVO_EPI_NONE;      /* z is wanted, too */
        avo_cpu_product_at(&x, r->d, z[l]);
        for (size_t i = 0; i < AVO_CHUNK; i++)
            avo_loop_bias(z[l] + i * y->n_out, r->next + i * y->n_out, y->b, y->n_out);
        swap(&r->d, &r->next);
    }
}

/* Adds df/dz of layer 1, its mean over the step whose ends are in z. */
static void go_down(const struct paths *t, struct room *r)
{
    const struct avo_layer *y = &t->m->layers[t->n_hidden];
    for (size_t i = 0; i < AVO_CHUNK; i++)
        memcpy(r->d + i * y->n_in, y->w, y->n_in * sizeof *r->d);
    for (uint32_t l = t->n_hidden; l-- > 0;) {
        y = &t->m->layers[l];
        avo_loop_slope(r->d, r->z[0][l], r->z[1][l], (size_t)AVO_CHUNK * y->n_out);
        if (l == 0)
            break;
        avo_cpu_product_at(&t->net->back[l], r->d, r->next);
        swap(&r->d, &r->next);
    }
    avo_loop_add(r->sum, r->d, (size_t)AVO_CHUNK * y->n_out);
}

/* (x - x0) times the mean gradient, block by block: of a pair block in layer 1's units already. */
static void end_paths(const struct paths *t, const struct room *r, uint32_t beg, uint32_t n,
                      uint32_t p)
{
    size_t P = t->m->n_position, H = t->m->layers[0].n_out;
    if (P)
        avo_cpu_product_at(&t->net->back[0], r->sum, r->next);
    for (uint32_t k = 0; k < t->m->header.n_blocks; k++) {
        const struct avo_block *b = &t->m->header.blocks[k];
        size_t at = t->m->x_offset[k];
        const float *shift = shift_of(t, k, &t->pairs[p]);
        float *out = t->out + ((size_t)k * t->n_pairs + p) * t->stride + beg;
        for (uint32_t i = 0; i < n; i++) {
            double sum = 0;
            switch (avo_block_depends_on(b)) {
            case AVO_BY_POSITION:
                sum = avo_loop_dot(r->x + i * P + at, r->next + i * P + at, b->width);
                break;
            case AVO_BY_PAIR:
                sum = shift ? avo_loop_dot(r->sum + i * H, shift, H) : 0;
                break;
            case AVO_BY_BOTH:       /* observed_ops.h's */
                break;
            }
            out[i] = (float)(sum / t->a->n_steps);
        }
    }
}

static void path_task(void *arg, int task, int worker)
{
    const struct paths *t = arg;
    uint32_t p = (uint32_t)task % t->n_pairs, beg = (uint32_t)task / t->n_pairs * AVO_CHUNK;
    uint32_t n = t->n - beg < AVO_CHUNK ? t->n - beg : AVO_CHUNK, S = t->a->n_steps;
    const float *start = t->start[t->pairs[p].celltype == AVO_NO_ROW];
    struct room r = room_of(t, worker);
    begin_paths(t, &r, beg, n, &t->pairs[p]);
    go_up(t, &r, start, 0, r.z[0]);
    for (uint32_t s = 1; s <= S; s++) {
        go_up(t, &r, start, (float)((double)s / S), r.z[s % 2]);
        go_down(t, &r);
    }
    end_paths(t, &r, beg, n, p);
}

int avo_paths_run(const struct avo_path_net *net, const struct avo_attribute *a,
                  const struct avo_pair *pairs, uint32_t n_pairs, const float *x, uint32_t n,
                  float *out, size_t stride, struct avo_error *err)
{
    struct paths t = {.net = net, .m = net->m, .a = a, .pairs = pairs, .n_pairs = n_pairs, .n = n,
                      .n_hidden = net->m->n_layers - 1, .x = x, .out = out, .stride = stride};
    uint64_t tasks = (uint64_t)((n + AVO_CHUNK - 1) / AVO_CHUNK) * n_pairs;
    int rc = prepare(&t, err);
    if (!rc)
        avo_pool_run(net->pool, (int)tasks, path_task, &t);
    release(&t);
    return rc;
}
