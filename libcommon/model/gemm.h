/* SPDX-License-Identifier: MIT */
/* gemm.h: the one dense product that the CPU backend needs; oneDNN's, or our own without it. */
#ifndef AVO_MODEL_GEMM_H
#define AVO_MODEL_GEMM_H

#include <stdbool.h>

/* C = op(A) op(B) + beta C, row-major float32: op(A) [m][k], op(B) [k][n], C [m][n]; lda, ldb, ldc
 * are the row strides of the matrices as stored. One thread, the caller's; the sum over k is taken
 * in an order that depends on the shape alone. */
void avo_gemm(bool trans_a, bool trans_b, int m, int n, int k, const float *a, int lda,
              const float *b, int ldb, float beta, float *c, int ldc);
/* "onednn-2.6" or "own": for provenance. */
const char *avo_gemm_name(void);

#endif
