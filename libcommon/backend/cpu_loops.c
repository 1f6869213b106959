/* SPDX-License-Identifier: MIT */
/* cpu_loops.c: see cpu_loops.h. Written so that the compiler turns each loop into vectors. */
#include "libcommon/backend/cpu_loops.h"

#include <stdbool.h>
#include <string.h>

#include "libcommon/base/clones.h"

AVO_CLONES void avo_loop_relu(float *restrict z, const float *restrict bias, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float x = z[j] + bias[j];
        z[j] = x < 0 ? 0 : x;
    }
}

AVO_CLONES void avo_loop_mask(float *restrict d, const float *restrict act, float scale, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float x = d[j] * scale;
        d[j] = act[j] > 0 ? x : 0;
    }
}

AVO_CLONES void avo_loop_spread(float *restrict d, const float *restrict act,
                                const float *restrict w, float dy, float scale, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float x = dy * w[j] * scale;
        d[j] = act[j] > 0 ? x : 0;
    }
}

AVO_CLONES void avo_loop_bias(float *restrict z, float *restrict act, const float *restrict bias,
                              size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float x = z[j] + bias[j];
        z[j] = x;
        act[j] = x < 0 ? 0 : x;
    }
}

AVO_CLONES void avo_loop_path(float *restrict z, float *restrict act, const float *restrict from,
                              const float *restrict by, float alpha, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float x = from[j] + alpha * by[j];
        z[j] = x;
        act[j] = x < 0 ? 0 : x;
    }
}

AVO_CLONES void avo_loop_slope(float *restrict d, const float *restrict a, const float *restrict b,
                               size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float up = (a[j] > 0 ? a[j] : 0) + (b[j] > 0 ? b[j] : 0);
        float all = (a[j] < 0 ? -a[j] : a[j]) + (b[j] < 0 ? -b[j] : b[j]);
        float slope = up / (all > 0 ? all : 1);
        d[j] *= slope;
    }
}

AVO_CLONES void avo_loop_scale(float *restrict d, const float *restrict x, float factor, size_t n)
{
    for (size_t j = 0; j < n; j++)
        d[j] = x[j] * factor;
}

AVO_CLONES void avo_loop_add(float *restrict sum, const float *restrict x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        sum[j] += x[j];
}

AVO_CLONES double avo_loop_dot(const float *a, const float *b, size_t n)
{
    float sum[16] = {0};
    size_t j = 0;
    for (; j + 16 <= n; j += 16)
        for (int q = 0; q < 16; q++)
            sum[q] += a[j + q] * b[j + q];
    for (; j < n; j++)
        sum[0] += a[j] * b[j];
    double total = 0;
    for (int q = 0; q < 16; q++)
        total += sum[q];
    return total;
}

AVO_CLONES void avo_loop_columns(float *out, const float *x, size_t stride, size_t n_rows,
                                 size_t n_columns, const float *factor)
{
    float sum[AVO_LOOP_COLUMNS] = {0};
    for (size_t i = 0; i < n_rows; i++, x += stride) {
        float f = factor ? factor[i] : 1.0f;
        if (n_columns == AVO_LOOP_COLUMNS)      /* a constant length stays in registers */
            for (size_t j = 0; j < AVO_LOOP_COLUMNS; j++)
                sum[j] += x[j] * f;
        else
            for (size_t j = 0; j < n_columns; j++)
                sum[j] += x[j] * f;
    }
    memcpy(out, sum, n_columns * sizeof *out);
}

AVO_CLONES void avo_loop_scatter(float *restrict sum, const int32_t *pair, const float *restrict x,
                                 size_t stride, size_t n_rows, size_t n_columns)
{
    for (size_t i = 0; i < n_rows; i++) {
        if (pair[i] < 0)
            continue;
        float *to = sum + (size_t)pair[i] * stride;
        const float *from = x + i * stride;
        for (size_t j = 0; j < n_columns; j++)
            to[j] += from[j];
    }
}

AVO_CLONES void avo_loop_adam(const struct avo_adam *adam, const float *restrict g,
                              float *restrict w, float *restrict m, float *restrict v, size_t n)
{
    struct avo_adam a = *adam;
    for (size_t j = 0; j < n; j++)
        avo_adam_step(&a, g[j], &w[j], &m[j], &v[j]);
}

AVO_CLONES void avo_loop_idle(const struct avo_idle *idle, float eps, float *restrict w,
                              float *restrict m, float *restrict v, size_t n)
{
    struct avo_idle i = *idle;
    for (size_t j = 0; j < n; j++)
        avo_idle_step(&i, eps, &w[j], &m[j], &v[j]);
}

/* ---- dropout: blocks of 16 units, many blocks at a time ---- */

enum { LANES = 64 };

struct lanes {
    uint32_t c[4][LANES];           /* counters of the draws */
    struct avo_rng4 word[LANES];    /* the draws */
    float factor[16 * LANES];       /* 0 or the scale, 16 units a lane */
};

AVO_CLONES static void draw(struct lanes *restrict p, uint32_t key0, uint32_t key1)
{
    for (int l = 0; l < LANES; l++)
        p->word[l] = avo_rng_draw(key0, key1, p->c[0][l], p->c[1][l], p->c[2][l], p->c[3][l]);
}

/* The draws' bytes in the order of avo_dropout_keeps, to what their units are multiplied by. */
AVO_CLONES static void factors(struct lanes *restrict p, uint32_t dropped, float scale)
{
    uint8_t byte[16 * LANES];
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(byte, p->word, sizeof byte);
#else
    for (uint32_t i = 0; i < 16 * LANES; i++)
        byte[i] = (uint8_t)(p->word[i / 16].v[(i >> 2) & 3] >> (8 * (i & 3)));
#endif
    for (size_t i = 0; i < 16 * LANES; i++) {
        uint32_t x = byte[i];
        p->factor[i] = x >= dropped ? scale : 0;
    }
}

AVO_CLONES static void multiply(float *restrict z, const float *restrict factor, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = z[i] * factor[i];
        z[i] = factor[i] > 0 ? x : 0;
    }
}

/* Keys of the lanes from block `first` on, counted row by row; returns how many there are. */
static size_t fill(struct lanes *p, const struct avo_dropout *d, size_t first, size_t n_blocks,
                   uint32_t per_row)
{
    size_t row = first / per_row, n = n_blocks - first < LANES ? n_blocks - first : LANES;
    uint32_t block = (uint32_t)(first % per_row);
    for (size_t l = 0; l < n; l++) {
        p->c[0][l] = d->crc[row];
        p->c[1][l] = d->bin[row];
        p->c[2][l] = d->visit[row];
        p->c[3][l] = (d->layer << 24) | block;
        block = block + 1 < per_row ? block + 1 : 0;
        row += block == 0;
    }
    return n;
}

void avo_loop_dropout(const struct avo_dropout *d, float *z, uint32_t n_rows, uint32_t n_units)
{
    float scale = avo_dropout_scale(d->dropped);
    uint32_t per_row = (n_units + 15) / 16, last = n_units - 16 * (per_row - 1);
    size_t n_blocks = (size_t)n_rows * per_row;
    struct lanes p = {0};
    for (size_t first = 0; first < n_blocks; first += LANES) {
        size_t n = fill(&p, d, first, n_blocks, per_row);
        draw(&p, d->seed, AVO_RNG_DROPOUT);
        factors(&p, d->dropped, scale);
        for (size_t l = 0; l < n && last < 16; l++) {
            bool ends = (first + l) % per_row == per_row - 1;
            multiply(z, p.factor + 16 * l, ends ? last : 16);
            z += ends ? last : 16;
        }
        if (last == 16) {
            multiply(z, p.factor, 16 * n);
            z += 16 * n;
        }
    }
}
