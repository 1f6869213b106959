/* SPDX-License-Identifier: MIT */
/* naive.c: the model once more, as simply as can be. */
#include "tests/backend/naive.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double *doubles(const float *x, size_t n)
{
    double *d = malloc((n + 1) * sizeof *d);
    for (size_t i = 0; i < n; i++)
        d[i] = (double)x[i];
    return d;
}

/* Row numbers: a new one whenever the chromosome or bin / per changes. */
static uint32_t *count_rows(const struct avo_positions *p, uint32_t per)
{
    uint32_t *row = malloc(p->n_bins * sizeof *row), n = 0, prev_chrom = 9, prev = 0;
    for (uint32_t r = 0, i = 0; r < p->n_runs; r++)
        for (uint32_t b = 0; b < p->runs[r].n_bins; b++, i++) {
            uint32_t coordinate = (p->runs[r].beg_bin + b) / per;
            if (i == 0 || p->runs[r].chrom != prev_chrom || coordinate != prev)
                n++;
            prev_chrom = p->runs[r].chrom;
            prev = coordinate;
            row[i] = n - 1;
        }
    return row;
}

void naive_init(struct naive *v, const struct toy *t, int64_t step)
{
    memset(v, 0, sizeof *v);
    v->t = t;
    v->step = toy_step(t, step);
    v->net = doubles(t->model.net, t->model.n_net);
    for (uint32_t k = 0; k < t->model.header.n_blocks; k++) {
        uint32_t width = t->model.header.blocks[k].width;
        if (t->model.table[k]) {
            v->rows[k] = doubles(t->model.table[k], (size_t)avo_model_rows(&t->model, k) * width);
            continue;
        }
        const struct avo_rows *g = &t->rows.block[k];
        v->rows[k] = doubles(g->w, (size_t)g->n_rows * width);
        v->row_of[k] = count_rows(&t->positions, g->bins_per_row);
        ck_assert_uint_eq(v->row_of[k][t->positions.n_bins - 1] + 1, g->n_rows);
    }
}

void naive_release(struct naive *v)
{
    free(v->net);
    for (int k = 0; k < AVO_MAX_BLOCKS; k++) {
        free(v->rows[k]);
        free(v->row_of[k]);
    }
}

static double keep_or_drop(const struct naive *v, uint32_t bin, uint32_t visit, uint32_t layer,
                           uint32_t unit)
{
    const struct avo_positions *p = &v->t->positions;
    uint32_t dropped = (uint32_t)lround(v->step.dropout * 256);
    uint32_t crc = avo_positions_run(p, bin)->chrom_crc;
    struct avo_rng4 d = avo_dropout_draw((uint32_t)v->step.seed, crc, avo_positions_bin(p, bin),
                                         visit, layer, unit);
    return avo_dropout_keeps(&d, unit, dropped) ? 256.0 / (256 - dropped) : 0;
}

/* Of a cell type's, an assay's and a position's columns, one after another in x. */
static double products(const struct avo_model *m, double mu, const double *x)
{
    uint32_t n = m->header.blocks[0].width, last = n - 1;
    double y = mu + x[last] + x[n + last] + x[2 * n + last];
    for (uint32_t l = 0; l < last; l++)
        y += x[l] * x[n + l] * x[2 * n + l];
    return y;
}

/* The network on x [F], which is overwritten. */
static double forward(const struct naive *v, double *x, bool drop, uint32_t bin, uint32_t visit)
{
    const struct avo_model *m = &v->t->model;
    const double *w = v->net;
    double y[512];
    if (m->header.parafac)
        return products(m, w[0], x);
    for (uint32_t l = 0; l < m->n_layers; l++) {
        uint32_t n_in = m->layers[l].n_in, n_out = m->layers[l].n_out;
        for (uint32_t o = 0; o < n_out; o++) {
            y[o] = w[(size_t)n_in * n_out + o];
            for (uint32_t i = 0; i < n_in; i++)
                y[o] += x[i] * w[(size_t)i * n_out + o];
            if (l + 1 < m->n_layers)
                y[o] = fmax(y[o], 0) * (drop ? keep_or_drop(v, bin, visit, l, o) : 1);
        }
        memcpy(x, y, n_out * sizeof *x);
        w += (size_t)(n_in + 1) * n_out;
    }
    return x[0];
}

/* The row of block k that a sample reads, or AVO_NO_ROW. */
static uint32_t row_of(const struct naive *v, uint32_t k, const struct avo_pair *pair,
                       uint32_t bin)
{
    switch (v->t->model.header.blocks[k].kind) {
    case AVO_BLOCK_CELLTYPE:
        return pair->celltype;
    case AVO_BLOCK_ASSAY:
        return pair->assay;
    case AVO_BLOCK_GENOME:
    case AVO_BLOCK_ELSEWHERE:       /* no toy has them */
    case AVO_BLOCK_OWN:
    case AVO_BLOCK_TARGET:
        break;
    }
    return v->row_of[k][bin];
}

static void inputs(const struct naive *v, const struct avo_pair *pair, uint32_t bin, double *x)
{
    const struct avo_model *m = &v->t->model;
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        uint32_t row = row_of(v, k, pair, bin);
        for (uint32_t e = 0; e < b->width; e++)
            *x++ = row == AVO_NO_ROW ? 0 : v->rows[k][(size_t)row * b->width + e];
    }
}

double naive_predict(const struct naive *v, const struct avo_pair *pair, uint32_t bin)
{
    double x[512];
    inputs(v, pair, bin, x);
    return forward(v, x, false, bin, 0);
}

double naive_loss(const struct naive *v, struct avo_loss *count)
{
    double sum = 0, x[512];
    for (uint32_t i = 0; i < v->step.n; i++) {
        float target;
        uint32_t visit, at = avo_sample_place(&v->step, v->t->positions.n_bins, v->step.first + i,
                                              &visit);
        int p = avo_sample_pair(&v->step, &v->t->on, at, visit, &target);
        if (count)
            *(p < 0 ? &count->n_skipped : &count->n_used) += 1;
        if (p < 0)
            continue;
        inputs(v, &v->step.pairs[p], at, x);
        double e = forward(v, x, v->step.dropout > 0, at, visit) - (double)target;
        sum += e * e;
    }
    return sum;
}

double naive_gradient(const struct naive *v, double *parameter)
{
    const double h = 1e-6, was = *parameter;
    *parameter = was + h;
    double up = naive_loss(v, NULL);
    *parameter = was - h;
    double down = naive_loss(v, NULL);
    *parameter = was;
    return (up - down) / (2 * h) / v->step.batch;
}
