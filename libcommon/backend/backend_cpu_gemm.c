/* SPDX-License-Identifier: MIT */
/* backend_cpu_gemm.c: gemm.h through oneDNN, whose only includer this is, or by plain loops. */
#define _DEFAULT_SOURCE     /* MAP_ANONYMOUS */
#include "libcommon/backend/gemm.h"

#if AVO_HAVE_ONEDNN
#include <dnnl.h>
#include <omp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "libcommon/base/alloc.h"

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

static atomic_bool failed;

/* oneDNN writes machine code at the first product of a family (2.6 has two on AVX-512, of 6 and
 * 12 MB), and where a limit forbids the pages for it, it writes to nowhere. So there must be room,
 * and it is used at once, by products of shapes that meet every family. */
enum { CODE_BYTES = 32 << 20, WIDEST = 64 };
static const int sizes[4] = {1, 3, 20, WIDEST};

static int try_products(struct avo_error *err)
{
    float *x = avo_alloc(3 * WIDEST * WIDEST, sizeof *x, "a first product", err);
    if (!x)
        return -1;
    for (int i = 0; i < 8 * 64; i++)
        avo_gemm(i & 1, i & 2, sizes[i >> 3 & 3], sizes[i >> 5 & 3], sizes[i >> 7], x, WIDEST,
                 x + WIDEST * WIDEST, WIDEST, i & 4 ? 1 : 0, x + 2 * WIDEST * WIDEST, WIDEST);
    free(x);
    return avo_gemm_check(err);
}

int avo_gemm_begin(struct avo_error *err)
{
    static bool done;
    if (done)
        return 0;
    void *room = mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return avo_error_set(err, "out of memory (%d MB for the code of matrix products)",
                             CODE_BYTES >> 20);
    munmap(room, CODE_BYTES);
    if (try_products(err))
        return -1;
    done = true;
    return 0;
}

int avo_gemm_check(struct avo_error *err)
{
    return atomic_load(&failed) ? avo_error_set(err, "out of memory in a matrix product") : 0;
}

/* dnnl_sgemm is row-major and the same call in oneDNN 2.x and 3.x. Beside invalid arguments, which
 * would be our own bug, it fails where its buffers cannot be had. */
void avo_gemm(bool trans_a, bool trans_b, int m, int n, int k, const float *a, int lda,
              const float *b, int ldb, float beta, float *c, int ldc)
{
    if (k == 0) {
        empty_sum(m, n, beta, c, ldc);
        return;
    }
    be_single_threaded();
    if (dnnl_sgemm(trans_a ? 'T' : 'N', trans_b ? 'T' : 'N', m, n, k, 1.0f, a, lda, b, ldb, beta, c,
                   ldc) != dnnl_success)
        atomic_store(&failed, true);
}
#else
#include <stddef.h>

int avo_gemm_begin(struct avo_error *err)
{
    (void)err;
    return 0;
}

int avo_gemm_check(struct avo_error *err)
{
    (void)err;
    return 0;
}

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
