/* SPDX-License-Identifier: MIT */
/* backend_cpu_gemm.c: gemm.h through oneDNN, whose only includer this is, or by plain loops. */
#include "libcommon/model/gemm.h"

#if AVO_HAVE_ONEDNN
#include <dnnl.h>
#include <omp.h>
#include <stddef.h>

#define STRING_(x) #x
#define STRING(x) STRING_(x)

const char *avo_gemm_name(void)
{
    return "onednn-" STRING(DNNL_VERSION_MAJOR) "." STRING(DNNL_VERSION_MINOR);
}

/* oneDNN refuses k = 0 (a model without genome blocks) and would leave C as it was. */
static void empty_sum(int m, int n, float beta, float *c, int ldc)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            c[(size_t)i * ldc + j] = beta == 0 ? 0 : beta * c[(size_t)i * ldc + j];
}

/* oneDNN's own threads would split the work by their number; ours have one OpenMP thread each. */
static void be_single_threaded(void)
{
    static _Thread_local bool done;
    if (done)
        return;
    omp_set_num_threads(1);
    done = true;
}

/* dnnl_sgemm is row-major and the same call in oneDNN 2.x and 3.x. It can only fail on invalid
 * arguments, which would be our own bug. */
void avo_gemm(bool trans_a, bool trans_b, int m, int n, int k, const float *a, int lda,
              const float *b, int ldb, float beta, float *c, int ldc)
{
    if (k == 0) {
        empty_sum(m, n, beta, c, ldc);
        return;
    }
    be_single_threaded();
    dnnl_sgemm(trans_a ? 'T' : 'N', trans_b ? 'T' : 'N', m, n, k, 1.0f, a, lda, b, ldb, beta, c,
               ldc);
}
#else
#include <stddef.h>

const char *avo_gemm_name(void)
{
    return "own";
}

enum { BLOCK_K = 64 };

/* Row i of C += rows of op(B) scaled by op(A)[i][.], k in blocks so that B's rows stay in cache. */
static void add_rows(bool trans_a, int m, int n, int k0, int k1, const float *a, int lda,
                     const float *b, int ldb, float *c, int ldc)
{
    for (int i = 0; i < m; i++) {
        float *out = c + (size_t)i * ldc;
        for (int p = k0; p < k1; p++) {
            float x = trans_a ? a[(size_t)p * lda + i] : a[(size_t)i * lda + p];
            const float *row = b + (size_t)p * ldb;
            for (int j = 0; j < n; j++)
                out[j] += x * row[j];
        }
    }
}

static void add_dots(bool trans_a, int m, int n, int k, const float *a, int lda, const float *b,
                     int ldb, float *c, int ldc)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            float sum = 0;
            for (int p = 0; p < k; p++)
                sum += (trans_a ? a[(size_t)p * lda + i] : a[(size_t)i * lda + p]) *
                       b[(size_t)j * ldb + p];
            c[(size_t)i * ldc + j] += sum;
        }
}

void avo_gemm(bool trans_a, bool trans_b, int m, int n, int k, const float *a, int lda,
              const float *b, int ldb, float beta, float *c, int ldc)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            c[(size_t)i * ldc + j] = beta == 0 ? 0 : beta * c[(size_t)i * ldc + j];
    if (trans_b) {
        add_dots(trans_a, m, n, k, a, lda, b, ldb, c, ldc);
        return;
    }
    for (int k0 = 0; k0 < k; k0 += BLOCK_K)
        add_rows(trans_a, m, n, k0, k0 + BLOCK_K < k ? k0 + BLOCK_K : k, a, lda, b, ldb, c, ldc);
}
#endif
