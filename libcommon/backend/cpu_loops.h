/* SPDX-License-Identifier: MIT */
/* cpu_loops.h: the inner loops of the CPU backend, compiled for several instruction sets of which
 * the processor's best is taken when the program starts. No sum changes its order and no product
 * is contracted, so every set gives the same bits. */
#ifndef AVO_BACKEND_CPU_LOOPS_H
#define AVO_BACKEND_CPU_LOOPS_H

#include <stddef.h>

#include "libcommon/model/elem.h"

#define AVO_LOOP_COLUMNS 64u    /* most columns of one column sum */

/* z = max(z + bias, 0); a NaN stays one, and makes the loss one. */
void avo_loop_relu(float *z, const float *bias, size_t n);
/* d = act > 0 ? d * scale : 0 */
void avo_loop_mask(float *d, const float *act, float scale, size_t n);
/* d = act > 0 ? dy * w * scale : 0 */
void avo_loop_spread(float *d, const float *act, const float *w, float dy, float scale, size_t n);
/* z += bias; act = max(z, 0) */
void avo_loop_bias(float *z, float *act, const float *bias, size_t n);
/* z = from + alpha * by; act = max(z, 0): layer 1 along a straight path of its inputs. */
void avo_loop_path(float *z, float *act, const float *from, const float *by, float alpha,
                   size_t n);
/* d *= the ReLU's mean slope between a and b: (max(a, 0) + max(b, 0)) / (|a| + |b|), 0 / 0 = 0 */
void avo_loop_slope(float *d, const float *a, const float *b, size_t n);
/* d = x * factor */
void avo_loop_scale(float *d, const float *x, float factor, size_t n);
/* sum += x */
void avo_loop_add(float *sum, const float *x, size_t n);
/* Sixteen partial sums in float, added up in double. */
double avo_loop_dot(const float *a, const float *b, size_t n);

/* sum[j] = sum over rows i of x[i * stride + j] * factor[i] (NULL: 1), rows in order.
 * n_columns <= AVO_LOOP_COLUMNS. */
void avo_loop_columns(float *sum, const float *x, size_t stride, size_t n_rows, size_t n_columns,
                      const float *factor);
/* sum[pair[i] * stride + j] += x[i * stride + j], rows in order; a negative pair is left out. */
void avo_loop_scatter(float *sum, const int32_t *pair, const float *x, size_t stride,
                      size_t n_rows, size_t n_columns);

/* n elements one Adam step, or k idle steps, further. */
void avo_loop_adam(const struct avo_adam *a, const float *g, float *w, float *m, float *v,
                   size_t n);
void avo_loop_idle(const struct avo_idle *i, float eps, float *w, float *m, float *v, size_t n);

/* Dropout of one layer for n_rows samples, z [n_rows][n_units]: dropped units become 0, the others
 * are multiplied by scale. crc, bin, visit [n_rows]: keys of the draws. */
struct avo_dropout {
    uint32_t seed, layer, dropped;      /* dropped: of 256 units */
    const uint32_t *crc, *bin, *visit;
};
void avo_loop_dropout(const struct avo_dropout *d, float *z, uint32_t n_rows, uint32_t n_units);
/* 1 / (share kept), 0 where none is. */
static inline float avo_dropout_scale(uint32_t dropped)
{
    return dropped < 256 ? 256.0f / (256.0f - (float)dropped) : 0;
}

#endif
