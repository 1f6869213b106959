/* SPDX-License-Identifier: MIT */
/* rows.h: the kernels of kernels.h as functions of one row (sample, group, weight), compiled as C
 * and as CUDA. `lane` of `lanes` threads share a row: each takes the elements lane, lane + lanes,
 * ...; a plain loop calls with lane 0 of 1. */
#ifndef AVO_CUDA_ROWS_H
#define AVO_CUDA_ROWS_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "cuda/kernels.h"

/* ---- elements ---- */

/* float32 to bf16, to nearest, ties to even; a NaN stays one (quiet). */
AVO_HD static inline uint16_t avo_bf16_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    if ((u & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)((u >> 16) | 0x40u);
    return (uint16_t)((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

AVO_HD static inline float avo_bf16_value(uint16_t h)
{
    uint32_t u = (uint32_t)h << 16;
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* binary16 to float32: the exponent is moved by a product, which subnormals survive. */
AVO_HD static inline float avo_f16_value(uint16_t h)
{
    uint32_t mag = (uint32_t)(h & 0x7fffu) << 13, sign = (uint32_t)(h & 0x8000u) << 16, u;
    float x;
    if (mag >= 0x0f800000u) {
        u = mag | 0x70000000u;
    } else {
        memcpy(&x, &mag, sizeof x);
        x *= 5.192296858534828e33f;     /* 2^112 */
        memcpy(&u, &x, sizeof u);
    }
    u |= sign;
    memcpy(&x, &u, sizeof x);
    return x;
}

AVO_HD static inline float avo_el_get(const void *p, size_t i, bool half)
{
    return half ? avo_bf16_value(((const uint16_t *)p)[i]) : ((const float *)p)[i];
}

AVO_HD static inline void avo_el_put(void *p, size_t i, bool half, float x)
{
    if (half)
        ((uint16_t *)p)[i] = avo_bf16_of(x);
    else
        ((float *)p)[i] = x;
}

AVO_HD static inline bool avo_is_finite(float x)
{
    return fabsf(x) <= FLT_MAX;
}

/* ---- drawing and gathering ---- */

AVO_HD static inline float avo_signal_value(const struct avo_k_draw *a, uint32_t place, uint32_t t)
{
    size_t at = (size_t)place * a->n_tracks + t;
    return a->f16 ? avo_f16_value(((const uint16_t *)a->signal)[at])
                  : ((const float *)a->signal)[at];
}

/* Sample i: avo_sample_pair. */
AVO_HD static inline void avo_row_draw(const struct avo_k_draw *a, uint32_t i)
{
    const struct avo_k_samples *s = &a->samples;
    s->pair[i] = -1;
    s->target[i] = 0;
    if (i >= a->step->n)
        return;
    for (uint32_t attempt = 0; attempt < 9; attempt++) {
        struct avo_rng4 r = avo_rng_draw(a->step->seed, AVO_RNG_TRACK, s->crc[i], s->bin[i],
                                         s->visit[i], attempt);
        uint32_t p = avo_rng_below(r.v[0], a->step->n_pairs);
        float value = avo_signal_value(a, s->place[i], a->columns[p]);
        if (value != value)
            continue;
        bool dropped = avo_rng_unit(r.v[1]) < a->step->celltype_dropout;
        s->pair[i] = (int32_t)(dropped ? a->twin[p] : p);
        s->target[i] = (value - a->scale[2 * p]) / a->scale[2 * p + 1];
        return;
    }
}

/* Row i of X is cleared, then filled: no lane writes what another one cleared. */
AVO_HD static inline void avo_row_clear(const struct avo_k_gather *a, uint32_t i, uint32_t lane,
                                        uint32_t lanes)
{
    for (uint32_t j = lane; j < a->ld; j += lanes)
        avo_el_put(a->x, (size_t)i * a->ld + j, a->half, 0);
}

AVO_HD static inline void avo_row_fill(const struct avo_k_gather *a, uint32_t i, uint32_t lane,
                                       uint32_t lanes)
{
    size_t at = (size_t)i * a->ld;
    if (i >= (a->pair ? a->step->n : a->n) || (a->pair && a->pair[i] < 0))
        return;
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        const struct avo_k_block *b = &a->block[k];
        const float *w = b->w + (size_t)b->row_of[i] * b->ld;
        for (uint32_t j = lane; j < b->width; j += lanes)
            avo_el_put(a->x, at + b->x_offset + j, a->half, w[j]);
    }
    if (!a->pair || lane > 0)
        return;
    const uint32_t *pair = a->pairs + 2 * (size_t)a->pair[i];
    for (uint32_t k = 0; k < a->n_tables; k++) {
        uint32_t row = a->of_celltype[k] ? pair[0] : pair[1];
        if (row != AVO_K_NO_ROW)
            avo_el_put(a->x, at + a->table_column[k] + row, a->half, 1);
    }
    avo_el_put(a->x, at + a->ones, a->half, 1);
}

/* ---- genome rows ---- */

/* Adam's step of the rows that group g's samples read: see avo_step. */
AVO_HD static inline int64_t avo_group_step(const struct avo_k_group *a, uint32_t g)
{
    const struct avo_k_step *s = a->step;
    if (!s->clock_T)
        return s->step;
    uint32_t group = a->bin[a->block.order[a->block.start[g]]] / s->coarse_bins;
    return s->epoch * s->clock_T + (group / s->clock_K) % s->clock_T + 1;
}

AVO_HD static inline uint32_t avo_group_row(const struct avo_k_block *b, uint32_t g)
{
    return b->row_of[b->order[b->start[g]]];
}

/* Scalars of group g; a row that is current gets idle.beta1_k = 1, and stays. */
AVO_HD static inline void avo_row_scalars(const struct avo_k_group *a, uint32_t g)
{
    const struct avo_k_block *b = &a->block;
    const struct avo_k_clock *c = &a->clock;
    if (g >= a->step->n_groups[b->index])
        return;
    int64_t now = avo_group_step(a, g), last = b->last[avo_group_row(b, g)];
    struct avo_idle idle = {0, 0, 1, 1, 1};
    struct avo_adam adam = {c->beta1, c->beta2, c->eps, c->size[now], c->keep[now]};
    if (last < now - 1)
        idle = avo_clock_sums_idle(&c->sums, last, now - 1);
    b->idle[g] = idle;
    b->adam[g] = adam;
    b->now[g] = (int32_t)now;
}

AVO_HD static inline void avo_row_catch_up(const struct avo_k_group *a, uint32_t g, uint32_t lane,
                                           uint32_t lanes)
{
    const struct avo_k_block *b = &a->block;
    if (g >= a->step->n_groups[b->index] || b->idle[g].beta1_k == 1)
        return;
    struct avo_idle idle = b->idle[g];
    size_t at = (size_t)avo_group_row(b, g) * b->ld;
    for (uint32_t j = lane; j < b->width; j += lanes)
        avo_idle_step(&idle, a->clock.eps, &b->w[at + j], &b->m[at + j], &b->v[at + j]);
}

/* Sum of column j of dX over group g's samples: AVO_K_LANES sums of every so many samples, added
 * up in order. The order depends on the group's own samples alone. */
AVO_HD static inline float avo_group_sum(const struct avo_k_group *a, uint32_t g, uint32_t j)
{
    const struct avo_k_block *b = &a->block;
    uint32_t i = b->start[g], end = b->start[g + 1];
    float part[AVO_K_LANES] = {0}, sum = 0;
    for (; i + AVO_K_LANES <= end; i += AVO_K_LANES)
        for (uint32_t q = 0; q < AVO_K_LANES; q++)
            part[q] += a->dx[(size_t)b->order[i + q] * a->ld_dx + b->x_offset + j];
    for (uint32_t q = 0; i + q < end; q++)
        part[q] += a->dx[(size_t)b->order[i + q] * a->ld_dx + b->x_offset + j];
    for (uint32_t q = 0; q < AVO_K_LANES; q++)
        sum += part[q];
    return sum;
}

AVO_HD static inline void avo_row_update(const struct avo_k_group *a, uint32_t g, uint32_t lane,
                                         uint32_t lanes)
{
    const struct avo_k_block *b = &a->block;
    if (g >= a->step->n_groups[b->index])
        return;
    uint32_t row = avo_group_row(b, g);
    struct avo_adam adam = b->adam[g];
    size_t at = (size_t)row * b->ld;
    for (uint32_t j = lane; j < b->width; j += lanes) {
        avo_adam_step(&adam, avo_group_sum(a, g, j), &b->w[at + j], &b->m[at + j], &b->v[at + j]);
        if (!avo_is_finite(b->w[at + j]))
            a->result->broken = 1;
    }
    if (lane == 0)
        b->last[row] = b->now[g];
}

/* ---- the first layer's weights ---- */

AVO_HD static inline void avo_row_w1x(const struct avo_k_w1x *a, uint32_t i, uint32_t lane,
                                      uint32_t lanes)
{
    uint32_t from = a->from[i], none = from == AVO_K_NO_ROW;
    const float *row = from & AVO_K_TABLES ? a->tables : a->net;
    row += none ? 0 : (size_t)(from & ~AVO_K_TABLES) * a->ld;
    for (uint32_t j = lane; j < a->ld; j += lanes)
        avo_el_put(a->w1x, (size_t)i * a->ld + j, a->half, none ? 0 : row[j]);
}

AVO_HD static inline void avo_row_w1x_back(const struct avo_k_w1x *a, uint32_t i, uint32_t lane,
                                           uint32_t lanes)
{
    uint32_t from = a->from[i];
    if (from & AVO_K_TABLES)
        return;
    for (uint32_t j = lane; j < a->ld; j += lanes)
        a->net_grad[(size_t)from * a->ld + j] = a->dw1x[(size_t)i * a->ld + j];
}

/* ---- activations ---- */

/* Units 16 `block` .. 16 block + 15 of row i. */
AVO_HD static inline void avo_row_dropout(const struct avo_k_dropout *a, uint32_t i,
                                          uint32_t block)
{
    const struct avo_k_samples *s = &a->samples;
    float scale = 256.0f / (256.0f - (float)a->dropped);
    if (i >= a->step->n)
        return;
    struct avo_rng4 r = avo_dropout_draw(a->step->seed, s->crc[i], s->bin[i], s->visit[i],
                                         a->layer, 16 * block);
    for (uint32_t unit = 16 * block; unit < 16 * block + 16 && unit < a->ld; unit++) {
        size_t at = (size_t)i * a->ld + unit;
        float x = avo_el_get(a->act, at, a->half) * scale;
        avo_el_put(a->act, at, a->half, avo_dropout_keeps(&r, unit, a->dropped) ? x : 0);
    }
}

/* A lane's part of act[i] . w: to be added up over the lanes in a fixed order. */
AVO_HD static inline float avo_row_dot_part(const void *act, bool half, const float *w,
                                            uint32_t ld, uint32_t i, uint32_t lane, uint32_t lanes)
{
    float sum = 0;
    for (uint32_t j = lane; j < ld; j += lanes)
        sum += avo_el_get(act, (size_t)i * ld + j, half) * w[j];
    return sum;
}

/* Sample i with output y (bias included): its error; returns dy. */
AVO_HD static inline float avo_row_error(const struct avo_k_loss *a, uint32_t i, float y)
{
    float e = a->samples.pair[i] < 0 ? 0 : y - a->samples.target[i];
    a->error[i] = e * e;
    return a->dy[i] = e * a->step->two_over_batch;
}

AVO_HD static inline void avo_row_spread(const struct avo_k_loss *a, uint32_t i, float dy,
                                         uint32_t lane, uint32_t lanes)
{
    for (uint32_t j = lane; a->dact && j < a->ld; j += lanes) {
        size_t at = (size_t)i * a->ld + j;
        float d = avo_el_get(a->act, at, a->half) > 0 ? dy * a->w[j] * a->scale : 0;
        avo_el_put(a->dact, at, a->half, d);
    }
}

/* ---- sums and Adam ---- */

/* A lane's part of the totals: to be added up over the lanes in a fixed order. */
AVO_HD static inline void avo_row_total(const struct avo_k_total *a, uint32_t lane, uint32_t lanes,
                                        double *loss, double *dy, uint32_t *used)
{
    *loss = *dy = 0;
    *used = 0;
    for (uint32_t i = lane; i < a->n_pad; i += lanes) {
        *loss += a->error[i];
        *dy += a->dy[i];
        *used += a->pair[i] >= 0;
    }
}

/* Column j over the rows of a chunk; then over the chunks. */
AVO_HD static inline void avo_row_columns(const struct avo_k_columns *a, uint32_t chunk, uint32_t j)
{
    uint32_t beg = chunk * AVO_K_CHUNK, end = beg + AVO_K_CHUNK;
    float sum = 0;
    for (uint32_t i = beg; i < end && i < a->n_pad; i++)
        sum += avo_el_get(a->x, (size_t)i * a->ld + j, a->half) * (a->factor ? a->factor[i] : 1);
    a->partial[(size_t)chunk * a->ld + j] = sum;
}

AVO_HD static inline void avo_row_columns_end(const struct avo_k_columns *a, uint32_t j)
{
    uint32_t chunks = (a->n_pad + AVO_K_CHUNK - 1) / AVO_K_CHUNK;
    float sum = 0;
    for (uint32_t c = 0; c < chunks; c++)
        sum += a->partial[(size_t)c * a->ld + j];
    a->out[j] = sum;
}

AVO_HD static inline void avo_row_adam(const struct avo_k_adam *a, size_t i)
{
    avo_adam_step(&a->step->net, a->g[i], &a->w[i], &a->m[i], &a->v[i]);
    if (!avo_is_finite(a->w[i]))
        a->result->broken = 1;
    if (a->copy)
        a->copy[i] = avo_bf16_of(a->w[i]);
}

/* ---- prediction ---- */

AVO_HD static inline void avo_row_tracks(const struct avo_k_tracks *a, uint32_t p, uint32_t lane,
                                         uint32_t lanes)
{
    const uint32_t *pair = a->pairs + 2 * (size_t)p;
    for (uint32_t j = lane; j < a->ld; j += lanes) {
        float sum = a->b1[j];
        for (uint32_t k = 0; k < a->n_tables; k++) {
            uint32_t row = a->of_celltype[k] ? pair[0] : pair[1];
            if (row != AVO_K_NO_ROW)
                sum += a->tables[(size_t)(a->table_row[k] + row) * a->ld + j];
        }
        a->v[(size_t)p * a->ld + j] = sum;
    }
}

/* A NaN stays one. */
AVO_HD static inline void avo_row_add(const struct avo_k_add *a, uint32_t i, uint32_t lane,
                                      uint32_t lanes)
{
    for (uint32_t j = lane; j < a->ld; j += lanes) {
        float x = avo_el_get(a->u, (size_t)i * a->ld + j, a->half) + a->v[j];
        avo_el_put(a->a, (size_t)i * a->ld + j, a->half, x < 0 ? 0 : x);
    }
}

#endif
