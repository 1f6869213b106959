/* SPDX-License-Identifier: MIT */
/* product.h: the one matrix product that a network is made of: what is multiplied, in which
 * precision, and what is done to the result before it is stored. What computes it:
 * cpu_products.h, cuda/products.h. */
#ifndef AVO_BACKEND_PRODUCT_H
#define AVO_BACKEND_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

/* What operands are and how they are multiplied; sums are in float32 always. */
enum avo_math {
    AVO_MATH_F32,       /* float32, no shortcut */
    AVO_MATH_TF32,      /* float32 in memory, 10 bits of mantissa in the product */
    AVO_MATH_BF16       /* bf16 in memory */
};

enum avo_epilogue {
    AVO_EPI_NONE,       /* d = x */
    AVO_EPI_RELU,       /* d = max(x, 0) */
    AVO_EPI_RELU_BIAS,  /* d = max(x + bias, 0), bias [n] of d's type */
    AVO_EPI_MASK        /* d = act > 0 ? alpha x : 0, act [m][n] of d's type, rows ld_d apart */
};

/* x = op(a) op(b), row-major: op(a) [m][k], op(b) [k][n], d [m][n]. ld: elements between the rows
 * of a matrix as stored; trans_a: a is stored as [k][m], trans_b: b as [n][k]. */
struct avo_product {
    uint32_t m, n, k;
    bool trans_a, trans_b;
    const void *a, *b;
    void *d;
    uint32_t ld_a, ld_b, ld_d;
    enum avo_math math;     /* BF16: a and b are bf16, else float32 */
    bool wide;              /* d is float32; else of the operands' type */
    enum avo_epilogue epilogue;
    float alpha;            /* MASK; 1 otherwise */
    const void *bias, *act;
    bool keep_mask;         /* RELU*: a MASK whose act is this d will follow, so that its bits may
                             * be kept beside d */
    bool changed;           /* MASK: act was changed after the product that made it (dropout): its
                             * own sign decides */
    void *plan;             /* of what computes it, where it prepares products */
};

#endif
