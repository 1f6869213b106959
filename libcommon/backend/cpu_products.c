/* SPDX-License-Identifier: MIT */
/* cpu_products.c: cpu_products.h through oneDNN, whose only includer this is, or by plain loops. */
#define _DEFAULT_SOURCE     /* MAP_ANONYMOUS */
#include "libcommon/backend/cpu_products.h"

#include <assert.h>
#include <stddef.h>

#include "libcommon/backend/cpu_loops.h"

static float *row_of(const struct avo_product *x, size_t i)
{
    return (float *)x->d + i * x->ld_d;
}

#if AVO_HAVE_ONEDNN
#include <dnnl.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libcommon/base/alloc.h"

#define STRING_(x) #x
#define STRING(x) STRING_(x)

const char *avo_cpu_products_name(void)
{
    return "onednn-" STRING(DNNL_VERSION_MAJOR) "." STRING(DNNL_VERSION_MINOR);
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

/* d = x + beta d. dnnl_sgemm is row-major and the same call in oneDNN 2.x and 3.x. Beside invalid
 * arguments, which would be our own bug, it fails where its buffers cannot be had. */
static void multiply_add(const struct avo_product *x, float beta)
{
    be_single_threaded();
    if (dnnl_sgemm(x->trans_a ? 'T' : 'N', x->trans_b ? 'T' : 'N', x->m, x->n, x->k, 1.0f, x->a,
                   x->ld_a, x->b, x->ld_b, beta, x->d, x->ld_d) != dnnl_success)
        atomic_store(&failed, true);
}

/* oneDNN refuses k = 0 (a model without genome blocks) and would leave d as it was. */
static void multiply(const struct avo_product *x)
{
    if (x->k)
        multiply_add(x, 0);
    else
        for (size_t i = 0; i < x->m; i++)
            memset(row_of(x, i), 0, x->n * sizeof(float));
}

/* oneDNN writes machine code at the first product of a family (2.6 has two on AVX-512, of 6 and
 * 12 MB), and where a limit forbids the pages for it, it writes to nowhere. So there must be room,
 * and it is used at once, by products of shapes that meet every family. */
enum { CODE_BYTES = 32 << 20, WIDEST = 64 };
static const uint32_t sizes[4] = {1, 3, 20, WIDEST};

static int try_products(struct avo_error *err)
{
    float *room = avo_alloc(3 * WIDEST * WIDEST, sizeof *room, "a first product", err);
    if (!room)
        return -1;
    for (int i = 0; i < 8 * 64; i++) {
        struct avo_product x = {
            .m = sizes[i >> 3 & 3], .n = sizes[i >> 5 & 3], .k = sizes[i >> 7],
            .trans_a = i & 1, .trans_b = i & 2, .a = room, .ld_a = WIDEST,
            .b = room + WIDEST * WIDEST, .ld_b = WIDEST, .d = room + 2 * WIDEST * WIDEST,
            .ld_d = WIDEST, .alpha = 1};
        multiply_add(&x, i & 4 ? 1 : 0);
    }
    free(room);
    return avo_cpu_products_check(err);
}

int avo_cpu_products_begin(struct avo_error *err)
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

int avo_cpu_products_check(struct avo_error *err)
{
    return atomic_load(&failed) ? avo_error_set(err, "out of memory in a matrix product") : 0;
}
#else
int avo_cpu_products_begin(struct avo_error *err)
{
    (void)err;
    return 0;
}

int avo_cpu_products_check(struct avo_error *err)
{
    (void)err;
    return 0;
}

const char *avo_cpu_products_name(void)
{
    return "own";
}

enum { BLOCK_K = 64 };

/* Element [i][p] of op(a). */
static float left(const struct avo_product *x, size_t i, size_t p)
{
    const float *a = x->a;
    return x->trans_a ? a[p * x->ld_a + i] : a[i * x->ld_a + p];
}

/* Row i of d += rows of b scaled by op(a)[i][.], k in blocks so that b's rows stay in cache. */
static void add_rows(const struct avo_product *x, size_t k0, size_t k1)
{
    for (size_t i = 0; i < x->m; i++) {
        float *out = row_of(x, i);
        for (size_t p = k0; p < k1; p++) {
            float factor = left(x, i, p);
            const float *row = (const float *)x->b + p * x->ld_b;
            for (size_t j = 0; j < x->n; j++)
                out[j] += factor * row[j];
        }
    }
}

static void add_dots(const struct avo_product *x)
{
    for (size_t i = 0; i < x->m; i++)
        for (size_t j = 0; j < x->n; j++) {
            const float *row = (const float *)x->b + j * x->ld_b;
            float sum = 0;
            for (size_t p = 0; p < x->k; p++)
                sum += left(x, i, p) * row[p];
            row_of(x, i)[j] += sum;
        }
}

static void multiply(const struct avo_product *x)
{
    for (size_t i = 0; i < x->m; i++)
        for (size_t j = 0; j < x->n; j++)
            row_of(x, i)[j] = 0;
    if (x->trans_b) {
        add_dots(x);
        return;
    }
    for (size_t k0 = 0; k0 < x->k; k0 += BLOCK_K)
        add_rows(x, k0, k0 + BLOCK_K < x->k ? k0 + BLOCK_K : x->k);
}
#endif

void avo_cpu_product_run(const struct avo_product *x)
{
    assert(x->math == AVO_MATH_F32 && x->epilogue != AVO_EPI_RELU);
    multiply(x);
    switch (x->epilogue) {
    case AVO_EPI_NONE:
    case AVO_EPI_RELU:
        break;
    case AVO_EPI_RELU_BIAS:
        for (size_t i = 0; i < x->m; i++)
            avo_loop_relu(row_of(x, i), x->bias, x->n);
        break;
    case AVO_EPI_MASK:
        for (size_t i = 0; i < x->m; i++)
            avo_loop_mask(row_of(x, i), (const float *)x->act + i * x->ld_d, x->alpha, x->n);
        break;
    }
}
