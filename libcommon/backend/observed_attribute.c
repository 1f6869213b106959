/* SPDX-License-Identifier: MIT */
/* observed_attribute.c: what each part of the inputs adds to predictions of the family observed.
 *
 * As in prediction, what the targets of a cell type share is added up once: own, elsewhere and
 * context; of a target's assay mu is then taken from elsewhere to target, and d taken away. A task
 * is a chunk of bins; sums run over columns, then over units, in one order. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"
#include "libcommon/backend/observed_inputs.h"
#include "libcommon/model/model_observed.h"

enum {
    BINS = AVO_OBSERVED_BINS,
    N_SHARED = 4                /* own, target, elsewhere, context: parts that vary with the bin */
};

const char *const avo_observed_parts[AVO_N_PARTS] = {"own", "target", "elsewhere", "context",
                                                     "assay", "track"};

enum avo_observed_part avo_observed_part_of(const struct avo_observed *o, uint32_t value,
                                            enum avo_observed_part other)
{
    return o->half_bins[value % o->n_windows] > AVO_NEAR_BINS ? AVO_PART_CONTEXT : other;
}

/* A worker's. */
struct room {
    float *total;               /* [n_assays][V][BINS] */
    float *x, *own;             /* [2 A V][BINS], [n_target + V][BINS] */
    float *shared, *u;          /* [N_SHARED][H][BINS] of a cell type, of a target */
};

struct job {
    const struct avo_model *m;
    const struct avo_observed_batch *b;
    struct avo_observed_plan plan;
    uint32_t A, V, H, E, n_target;      /* n_target: columns of the block */
    const float *w_shared, *w_bits, *w_target, *w_assay;    /* rows of the first layer */
    const float *rows, *row0;   /* [n_assays][E], [E] */
    float *start;               /* [H] units at x0, before the ReLU */
    double at_start;            /* the network's output there */
    struct room *rooms;
    float *out;
};

/* ---- memory ---- */

static void lay_out(struct job *j)
{
    const struct avo_model *m = j->m;
    const float *w = m->layers[0].w;
    uint32_t assay = avo_model_block(m, AVO_BLOCK_ASSAY), own = avo_model_block(m, AVO_BLOCK_OWN);
    uint32_t elsewhere = avo_model_block(m, AVO_BLOCK_ELSEWHERE);
    j->A = m->root_assays;
    j->V = avo_observed_values(m->observed);
    j->H = m->layers[0].n_out;
    j->E = m->header.blocks[assay].width;
    j->n_target = avo_observed_width(m->observed, AVO_BLOCK_TARGET, j->A);
    j->w_shared = w + (size_t)m->offset[elsewhere] * j->H;
    j->w_bits = w + ((size_t)m->offset[own] + (size_t)j->A * j->V) * j->H;
    j->w_target = w + (size_t)m->offset[avo_model_block(m, AVO_BLOCK_TARGET)] * j->H;
    j->w_assay = w + (size_t)m->offset[assay] * j->H;
    j->rows = m->table[assay];
    assert(m->offset[own] == m->offset[elsewhere] + j->A * j->V);
}

static int make_room(const struct job *j, struct room *r, struct avo_error *err)
{
    size_t of_track = (size_t)j->V * BINS, of_units = (size_t)N_SHARED * j->H * BINS;
    const struct { float **at; size_t n; } parts[] = {
        {&r->total, j->m->n_assays * of_track}, {&r->x, 2 * j->A * of_track},
        {&r->own, (size_t)(j->n_target + j->V) * BINS}, {&r->shared, of_units}, {&r->u, of_units}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!(*parts[i].at = avo_alloc(parts[i].n, sizeof(float), "attributions", err)))
            return -1;
    return 0;
}

static void free_room(struct room *r)
{
    free(r->total);
    free(r->x);
    free(r->own);
    free(r->shared);
    free(r->u);
}

/* Units, and the output, at x0. */
static int make_start(struct job *j, struct avo_error *err)
{
    const struct avo_layer *out = &j->m->layers[1];
    j->at_start = (double)out->b[0];
    if (!(j->start = avo_alloc(j->H, sizeof *j->start, "units", err)))
        return -1;
    for (uint32_t h = 0; h < j->H; h++) {
        double z = (double)j->m->layers[0].b[h];
        for (uint32_t e = 0; e < j->E; e++)
            z += (double)j->row0[e] * (double)j->w_assay[(size_t)e * j->H + h];
        j->start[h] = (float)z;
        j->at_start += fmax(z, 0) * (double)out->w[h];
    }
    return 0;
}

/* ---- sums over columns ---- */

/* u [H][BINS] += w [H] times x [BINS] */
AVO_CLONES static void add_column(float *restrict u, const float *restrict x,
                                  const float *restrict w, float sign, size_t H)
{
    for (size_t h = 0; h < H; h++, u += BINS) {
        float f = sign * w[h];
        for (size_t i = 0; i < BINS; i++)
            u[i] += f * x[i];
    }
}

/* V columns of a track into those of `part` that they are of. */
static void add_track(const struct job *j, float *u, enum avo_observed_part part, const float *x,
                      const float *w, float sign)
{
    size_t of_units = (size_t)j->H * BINS;
    for (uint32_t v = 0; v < j->V; v++)
        add_column(u + avo_observed_part_of(j->m->observed, v, part) * of_units, x + v * BINS,
                   w + (size_t)v * j->H, sign, j->H);
}

static void add_cell(const struct job *j, struct room *r, const float *v, uint32_t cell)
{
    size_t of_track = (size_t)j->V * BINS, of_w = (size_t)j->V * j->H;
    const int32_t *own = j->plan.own + (size_t)cell * j->m->n_assays;
    avo_observed_shared(&j->plan, v, r->total, cell, r->x);
    memset(r->shared, 0, (size_t)N_SHARED * j->H * BINS * sizeof *r->shared);
    for (uint32_t a = 0; a < j->A; a++) {
        add_track(j, r->shared, AVO_PART_ELSEWHERE, r->x + a * of_track, j->w_shared + a * of_w, 1);
        if (own[a] >= 0)
            add_track(j, r->shared, AVO_PART_OWN, r->x + (j->A + a) * of_track,
                      j->w_shared + (j->A + a) * of_w, 1);
    }
}

/* ---- a target ---- */

/* What does not vary with the bin: the bits but a's, and the row less row0. */
static void constants(const struct job *j, uint32_t cell, uint32_t a, uint32_t h, float *bits,
                      float *row)
{
    const int32_t *own = j->plan.own + (size_t)cell * j->m->n_assays;
    *bits = *row = 0;
    for (uint32_t k = 0; k < j->A; k++)
        if (own[k] >= 0 && k != a)
            *bits += j->w_bits[(size_t)k * j->H + h];
    for (uint32_t e = 0; e < j->E; e++)
        *row += (j->rows[(size_t)a * j->E + e] - j->row0[e]) * j->w_assay[(size_t)e * j->H + h];
}

/* A unit's mean slope times w at each bin, into slope; u [N_SHARED] of the unit. */
AVO_CLONES static void slopes(float *restrict slope, const float *restrict u, size_t stride,
                              float start, float fixed, float w)
{
    for (size_t i = 0; i < BINS; i++) {
        float z = start + fixed;
        for (size_t k = 0; k < N_SHARED; k++)
            z += u[k * stride + i];
        float sum = fabsf(start) + fabsf(z), up = (start > 0 ? start : 0) + (z > 0 ? z : 0);
        slope[i] = sum > 0 ? w * up / sum : 0;
    }
}

AVO_CLONES static void add_unit(float *restrict part, const float *restrict u, float fixed,
                                const float *restrict slope)
{
    for (size_t i = 0; i < BINS; i++)
        part[i] += (u[i] + fixed) * slope[i];
}

static void part_units(const struct job *j, const struct room *r, uint32_t cell, uint32_t a,
                       float part[AVO_N_PARTS][BINS])
{
    static const float none[BINS] = {0};
    size_t of_units = (size_t)j->H * BINS;
    for (uint32_t h = 0; h < j->H; h++) {
        const float *u = r->u + (size_t)h * BINS;
        float slope[BINS], bits, row;
        constants(j, cell, a, h, &bits, &row);
        slopes(slope, u, of_units, j->start[h], bits + row, j->m->layers[1].w[h]);
        for (uint32_t k = 0; k < N_SHARED; k++)
            add_unit(part[k], u + k * of_units, k == AVO_PART_OWN ? bits : 0, slope);
        add_unit(part[AVO_PART_ASSAY], none, row, slope);
    }
}

/* Of a target's inputs, those that are its own. */
static void add_own(const struct job *j, struct room *r, uint32_t a, uint32_t n_columns)
{
    size_t of_track = (size_t)j->V * BINS, of_w = (size_t)j->V * j->H;
    const float *mu = r->own, *d = r->own + (size_t)j->n_target * BINS;
    memcpy(r->u, r->shared, (size_t)N_SHARED * j->H * BINS * sizeof *r->u);
    for (uint32_t k = 0; k < j->n_target / j->V; k++)
        add_track(j, r->u, AVO_PART_TARGET, r->own + k * of_track, j->w_target + k * of_w, 1);
    if (a >= j->A)
        return;
    add_track(j, r->u, AVO_PART_ELSEWHERE, mu, j->w_shared + a * of_w, -1);
    add_track(j, r->u, AVO_PART_TARGET, mu, j->w_shared + a * of_w, 1);
    if (n_columns == j->n_target + j->V)
        add_track(j, r->u, AVO_PART_OWN, d, j->w_shared + (j->A + a) * of_w, -1);
}

static void run_target(const struct job *j, struct room *r, const float *v, uint32_t cell,
                       uint32_t t, uint32_t first_bin)
{
    float part[AVO_N_PARTS][BINS] = {{0}};
    uint32_t a = j->b->targets[t].assay, k = j->plan.k[t], left = j->b->n_bins - first_bin;
    const float *base = r->own + (j->V - j->m->observed->n_windows) * BINS;
    float factor = 1 + j->m->observed->count * (1.0f / (float)(k ? k : 1) - 0.5f);
    add_own(j, r, a, avo_observed_own(&j->plan, v, r->total, cell, t, r->own));
    part_units(j, r, cell, a, part);
    for (uint32_t i = 0; i < BINS; i++) {
        part[AVO_PART_TARGET][i] += base[i];
        part[AVO_PART_TRACK][i] = (float)j->at_start;
    }
    for (size_t q = 0; q < AVO_N_PARTS; q++) {
        float *to = j->out + (q * j->b->n_targets + t) * j->b->n_bins + first_bin;
        for (uint32_t i = 0; i < (left < BINS ? left : BINS); i++)
            to[i] = part[q][i] * factor;
    }
}

static void chunk_task(void *arg, int i, int worker)
{
    const struct job *j = arg;
    const struct avo_observed_plan *p = &j->plan;
    const float *v = j->b->v + (size_t)i * j->b->n_seen * j->V * BINS;
    struct room *r = &j->rooms[worker];
    avo_observed_totals(p, v, r->total);
    for (uint32_t cell = 0; cell < p->n_cells; cell++) {
        add_cell(j, r, v, cell);
        for (uint32_t t = p->target_first[cell]; t < p->target_first[cell + 1]; t++)
            run_target(j, r, v, cell, p->order[t], (uint32_t)i * BINS);
    }
}

int avo_observed_attribute(const struct avo_model *m, struct avo_pool *pool,
                           const struct avo_observed_batch *b, const float *row0, float *out,
                           struct avo_error *err)
{
    struct job j = {.m = m, .b = b, .row0 = row0, .out = out};
    int n = avo_pool_size(pool);
    lay_out(&j);
    j.rooms = avo_alloc((size_t)n, sizeof *j.rooms, "attributions", err);
    int rc = j.rooms ? avo_observed_plan_make(&j.plan, m, b, false, err) || make_start(&j, err)
                     : -1;
    for (int i = 0; !rc && i < n; i++)
        rc = make_room(&j, &j.rooms[i], err);
    if (!rc)
        avo_pool_run(pool, (int)((b->n_bins + BINS - 1) / BINS), chunk_task, &j);
    for (int i = 0; j.rooms && i < n; i++)
        free_room(&j.rooms[i]);
    avo_observed_plan_release(&j.plan);
    free(j.rooms);
    free(j.start);
    return rc ? -1 : 0;
}
