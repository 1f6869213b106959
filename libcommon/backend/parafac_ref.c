/* SPDX-License-Identifier: MIT */
/* parafac_ref.c: the meaning of models without a network, in plain loops. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/parafac.h"
#include "libcommon/base/alloc.h"
#include "libcommon/model/parafac.h"

struct ref {
    const struct avo_model *m;
    uint32_t L;
    double mu_grad, *grad[2];           /* of cell types and assays: [rows][L + 1] */
};

static void ref_close(void *net)
{
    struct ref *r = net;
    free(r->grad[0]);
    free(r->grad[1]);
    free(r);
}

static size_t table_size(const struct ref *r, uint32_t k)
{
    return (size_t)avo_model_rows(r->m, k) * (r->L + 1);
}

static void *ref_open(const struct avo_model *m, struct avo_pool *pool, struct avo_error *err)
{
    struct ref *r = avo_alloc(1, sizeof *r, "backend", err);
    (void)pool;
    if (!r)
        return NULL;
    r->m = m;
    r->L = avo_parafac_width(m) - 1;
    for (uint32_t k = 0; k < 2; k++)
        if (!(r->grad[k] = avo_alloc(table_size(r, k), sizeof(double), "gradients", err))) {
            ref_close(r);
            return NULL;
        }
    return r;
}

/* Of a pair at a position, whose row is g. */
static double value(const struct ref *r, const struct avo_pair *pair, const float *g)
{
    const float *c = avo_block_columns(r->m, AVO_PARAFAC_CELLTYPES, NULL, pair);
    const float *a = avo_block_columns(r->m, AVO_PARAFAC_ASSAYS, NULL, pair);
    double y = (double)avo_parafac_mu(r->m) + a[r->L] + g[r->L] + (c ? c[r->L] : 0);
    for (uint32_t l = 0; c && l < r->L; l++)
        y += (double)c[l] * a[l] * g[l];
    return y;
}

static void backward(struct ref *r, const struct avo_pair *pair, const float *g, double dy,
                     float *dg)
{
    const float *c = avo_block_columns(r->m, AVO_PARAFAC_CELLTYPES, NULL, pair);
    const float *a = avo_block_columns(r->m, AVO_PARAFAC_ASSAYS, NULL, pair);
    double *da = r->grad[AVO_PARAFAC_ASSAYS] + (size_t)pair->assay * (r->L + 1);
    r->mu_grad += dy;
    da[r->L] += dy;
    dg[r->L] = (float)dy;
    if (!c)
        return;
    double *dc = r->grad[AVO_PARAFAC_CELLTYPES] + (size_t)pair->celltype * (r->L + 1);
    dc[r->L] += dy;
    for (uint32_t l = 0; l < r->L; l++) {
        dc[l] += dy * a[l] * g[l];
        da[l] += dy * c[l] * g[l];
        dg[l] = (float)(dy * c[l] * a[l]);
    }
}

static int ref_train(void *net, struct avo_net_batch *b, struct avo_grads *g, bool want_dx,
                     double *loss, struct avo_error *err)
{
    struct ref *r = net;
    size_t P = r->L + 1;
    (void)want_dx;
    (void)err;
    r->mu_grad = 0;
    for (uint32_t k = 0; k < 2; k++)
        memset(r->grad[k], 0, table_size(r, k) * sizeof(double));
    memset(b->dx, 0, b->n * P * sizeof *b->dx);
    for (uint32_t i = 0; i < b->n; i++) {
        if (b->pair[i] < 0)
            continue;
        const struct avo_pair *pair = &b->pairs[b->pair[i]];
        double e = value(r, pair, b->x + i * P) - b->target[i];
        *loss += e * e;
        backward(r, pair, b->x + i * P, 2 * e / b->batch, b->dx + i * P);
    }
    if (g->net)
        g->net[0] = (float)r->mu_grad;
    for (uint32_t k = 0; k < 2; k++)
        for (size_t i = 0; g->table[k] && i < table_size(r, k); i++)
            g->table[k][i] = (float)r->grad[k][i];
    return 0;
}

static int ref_predict(void *net, const struct avo_pair *pairs, uint32_t n_pairs, const float *x,
                       uint32_t n, float *out, size_t stride, struct avo_error *err)
{
    const struct ref *r = net;
    (void)err;
    for (uint32_t p = 0; p < n_pairs; p++)
        for (uint32_t i = 0; i < n; i++)
            out[p * stride + i] = (float)value(r, &pairs[p], x + (size_t)i * (r->L + 1));
    return 0;
}

const struct avo_net_ops avo_parafac_ref = {
    .open = ref_open, .close = ref_close, .train = ref_train, .predict = ref_predict};
