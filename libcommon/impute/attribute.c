/* SPDX-License-Identifier: MIT */
/* attribute.c: baselines of attributions, and attributions of what a model predicts. */
#include "libcommon/impute/attribute.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

/* ---- baselines ---- */

static void add_rows(double *sum, const float *rows, size_t n, uint32_t width)
{
    for (size_t i = 0; i < n; i++)
        for (uint32_t e = 0; e < width; e++)
            sum[e] += rows[i * width + e];
}

/* Sums [F] of the genome blocks' rows; n [blocks] counts them. */
static int add_genome(struct avo_models *from, const struct avo_model *m, double *sum, uint64_t *n,
                      struct avo_error *err)
{
    struct avo_head head;
    struct avo_genome_tile tile;
    int more;
    while ((more = avo_models_next(from, &head, err)) > 0) {
        if (avo_models_genome(from, &tile, err))
            return -1;
        for (uint32_t k = 0, g = 0; k < m->header.n_blocks; k++) {
            const struct avo_block *b = &m->header.blocks[k];
            if (!avo_block_is_genome(b))
                continue;
            add_rows(sum + m->offset[k], tile.rows[g], tile.n_rows[g], b->width);
            n[k] += tile.n_rows[g++];
        }
    }
    return more;
}

int avo_attribute_mean(struct avo_models *from, const struct avo_model *m, float *x0,
                       struct avo_error *err)
{
    const char *theirs = avo_models_core(from)->header.root_id;
    uint64_t n[AVO_MAX_BLOCKS] = {0};
    if (strcmp(theirs, m->header.root_id))
        return avo_error_set(err, "a model of another root (%s, the models have %s)", theirs,
                             m->header.root_id);
    double *sum = avo_alloc(m->n_inputs, sizeof *sum, "baseline", err);
    int rc = sum ? add_genome(from, m, sum, n, err) : -1;
    for (uint32_t k = 0; !rc && k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        switch (avo_block_table_of(b)) {
        case AVO_TABLE_CELLTYPES:
        case AVO_TABLE_ASSAYS:
            n[k] = avo_model_row_names(m, avo_block_table_of(b)).n_root;
            add_rows(sum + m->offset[k], m->table[k], n[k], b->width);
            break;
        case AVO_TABLE_POSITIONS:       /* added already */
        case AVO_TABLE_NONE:
            break;
        }
        for (uint32_t j = m->offset[k]; j < m->offset[k] + b->width; j++)
            x0[j] = n[k] ? (float)(sum[j] / (double)n[k]) : 0;
    }
    free(sum);
    return rc;
}

/* The network in double on x [F], which is overwritten; y: room for the widest layer. */
static double forward(const struct avo_model *m, double *x, double *y)
{
    for (uint32_t l = 0; l < m->n_layers; l++) {
        const struct avo_layer *layer = &m->layers[l];
        for (uint32_t o = 0; o < layer->n_out; o++)
            y[o] = layer->b[o];
        for (uint32_t e = 0; e < layer->n_in; e++)
            for (uint32_t o = 0; o < layer->n_out; o++)
                y[o] += x[e] * layer->w[(size_t)e * layer->n_out + o];
        for (uint32_t o = 0; o < layer->n_out; o++)
            x[o] = l + 1 < m->n_layers && y[o] < 0 ? 0 : y[o];
    }
    return x[0];
}

int avo_attribute_value(const struct avo_model *m, const float *x0, double *value,
                        struct avo_error *err)
{
    double q = m->hyper.celltype_dropout;
    size_t widest = m->n_inputs;
    for (uint32_t l = 0; l < m->n_layers; l++)
        widest = m->layers[l].n_out > widest ? m->layers[l].n_out : widest;
    double *x = avo_alloc(2 * widest, sizeof *x, "baseline", err);
    *value = 0;
    for (int without = 0; x && without < 2; without++) {
        struct avo_pair pair = {without ? AVO_NO_ROW : 0, 0};
        for (uint32_t k = 0; k < m->header.n_blocks; k++) {
            const struct avo_block *b = &m->header.blocks[k];
            bool none = avo_block_is_empty(b, &pair);
            for (uint32_t j = m->offset[k]; j < m->offset[k] + b->width; j++)
                x[j] = none ? 0 : x0[j];
        }
        *value += (without ? q : 1 - q) * forward(m, x, x + widest);
    }
    free(x);
    return x ? 0 : -1;
}

/* ---- attributions ---- */

int avo_attribute_can(const struct avo_backend_ops *ops, struct avo_error *err)
{
    if (ops->attribute)
        return 0;
    return avo_error_status(err, AVO_EXIT_DEVICE, "--attribution: the device %s cannot compute it",
                            ops->name);
}

/* The pairs' assays, each once, without a cell type: none [assays]; twin [n_pairs] indexes it. */
static uint32_t make_twins(const struct avo_model *m, const struct avo_pair *pairs,
                           uint32_t n_pairs, struct avo_pair *none, uint32_t *twin)
{
    uint32_t n = 0;
    for (uint32_t a = 0; a < m->n_assays; a++) {
        bool asked = false;
        for (uint32_t p = 0; p < n_pairs; p++) {
            if (pairs[p].assay != a)
                continue;
            twin[p] = n;
            asked = true;
        }
        none[n] = (struct avo_pair){AVO_NO_ROW, a};
        n += asked;
    }
    return n;
}

/* out = (1 - q) out + q mean, both [n_blocks][their pairs][n]. */
static void mix(float q, float *out, uint32_t n_pairs, const float *mean, uint32_t n_none,
                const uint32_t *twin, uint32_t n_blocks, uint32_t n)
{
    for (size_t k = 0; k < n_blocks; k++)
        for (size_t p = 0; p < n_pairs; p++) {
            float *to = out + (k * n_pairs + p) * n;
            const float *from = mean + (k * n_none + twin[p]) * n;
            for (uint32_t i = 0; i < n; i++)
                to[i] = (1 - q) * to[i] + q * from[i];
        }
}

int avo_attribute_predict(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                          const struct avo_attribute *a, const struct avo_pair *pairs,
                          uint32_t n_pairs, uint32_t first, uint32_t n, float *out,
                          struct avo_error *err)
{
    if (avo_attribute_can(ops, err) || ops->attribute(ctx, a, pairs, n_pairs, first, n, out, err))
        return -1;
    float q = (float)m->hyper.celltype_dropout;
    uint32_t n_blocks = (uint32_t)m->header.n_blocks;
    if (q == 0)
        return 0;
    struct avo_pair *none = avo_alloc(m->n_assays + 1, sizeof *none, "pairs", err);
    uint32_t *twin = avo_alloc(n_pairs, sizeof *twin, "pairs", err);
    uint32_t n_none = none && twin ? make_twins(m, pairs, n_pairs, none, twin) : 0;
    float *mean = avo_alloc((size_t)n_blocks * n_none * n, sizeof *mean, "attributions", err);
    int rc = none && twin && mean ? 0 : -1;
    if (!rc)
        rc = ops->attribute(ctx, a, none, n_none, first, n, mean, err);
    if (!rc)
        mix(q, out, n_pairs, mean, n_none, twin, n_blocks, n);
    free(none);
    free(twin);
    free(mean);
    return rc;
}
