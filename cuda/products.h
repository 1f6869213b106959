/* SPDX-License-Identifier: MIT */
/* products.h: the one matrix product that a step is made of. products_lt.cu: cuBLASLt;
 * tests/backend/cuda_host/ has plain loops. */
#ifndef AVO_CUDA_PRODUCTS_H
#define AVO_CUDA_PRODUCTS_H

#include <stdbool.h>

#include "cuda/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What operands are and how they are multiplied; sums are in float32 always. */
enum avo_math {
    AVO_MATH_F32,       /* float32, no shortcut */
    AVO_MATH_TF32,      /* float32 in memory, 10 bits of mantissa in the product */
    AVO_MATH_BF16       /* bf16 in memory */
};

enum avo_epilogue {
    AVO_EPI_NONE,       /* d = alpha x */
    AVO_EPI_RELU,       /* d = max(x, 0) */
    AVO_EPI_RELU_BIAS,  /* d = max(x + bias, 0), bias [n] of d's type */
    AVO_EPI_MASK        /* d = act > 0 ? alpha x : 0, act [m][n] of d's type, rows ld_d apart */
};

/* x = op(a) op(b), row-major: op(a) [m][k], op(b) [k][n], d [m][n]. ld: elements between the rows
 * of a matrix as stored; trans_a: a is stored as [k][m], trans_b: b as [n][k]. All pointers are the
 * card's and aligned to 16 bytes, ld times the element's size is a multiple of 16.
 * The order in which an element of d is summed depends on n, k, math, type and trans alone, never
 * on m: m counts samples (or inputs), and results must not depend on how many there are. So the
 * algorithm is one for all m, and splits of k are deterministic. */
struct avo_product {
    uint32_t m, n, k;
    bool trans_a, trans_b;
    const void *a, *b;
    void *d;
    uint32_t ld_a, ld_b, ld_d;
    enum avo_math math;     /* BF16: a and b are bf16, else float32 */
    bool wide;              /* d is float32; else of the operands' type */
    enum avo_epilogue epilogue;
    float alpha;            /* NONE and MASK; 1 otherwise */
    const void *bias, *act;
    bool keep_mask;         /* RELU*: a MASK whose act is this d will follow, so that its bits may
                             * be kept beside d (RELU_AUX, DRELU) */
    bool changed;           /* MASK: act was changed after the product that made it (dropout): its
                             * own sign decides */
    void *plan;             /* avo_products_prepare's */
};

struct avo_products;

struct avo_products *avo_products_new(struct avo_dev *d, struct avo_error *err);
void avo_products_free(struct avo_products *p);     /* and all plans */
/* "cublaslt-13.0": part of avo_dev_name. */
const char *avo_products_name(void);
/* Chooses x's algorithm and makes what it needs; outside avo_dev_run. Sets x->plan. */
int avo_products_prepare(struct avo_products *p, struct avo_product *x, struct avo_error *err);
/* Forgets all plans: before the memory that they name is freed. */
void avo_products_forget(struct avo_products *p);
/* Queues a prepared product. */
int avo_products_run(struct avo_products *p, const struct avo_product *x, struct avo_error *err);

#ifdef __cplusplus
}
#endif

#endif
