/* SPDX-License-Identifier: MIT */
/* gemm.h: the one dense product that the CPU backend needs; oneDNN's, or our own without it. */
#ifndef AVO_BACKEND_GEMM_H
#define AVO_BACKEND_GEMM_H

#include <stdbool.h>

#include "libcommon/base/error.h"

/* Before the first product, by the thread that starts the others: has what products need of memory
 * for code made now, or says that there is too little. */
int avo_gemm_begin(struct avo_error *err);
/* Fails if a product of any thread since then found no memory: its C is worth nothing. */
int avo_gemm_check(struct avo_error *err);
/* C = op(A) op(B) + beta C, row-major float32: op(A) [m][k], op(B) [k][n], C [m][n]; lda, ldb, ldc
 * are the row strides of the matrices as stored. One thread, the caller's; the sum over k is taken
 * in an order that depends on the shape alone. */
void avo_gemm(bool trans_a, bool trans_b, int m, int n, int k, const float *a, int lda,
              const float *b, int ldb, float beta, float *c, int ldc);
/* "onednn-2.6" or "own": for provenance. */
const char *avo_gemm_name(void);

#endif
