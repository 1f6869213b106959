/* SPDX-License-Identifier: MIT */
/* products_host.c: products in plain loops, sums over k in order, in float32. A mask that may be
 * kept beside an activation is kept, and is what a later product is masked with. */
#include "cuda/products.h"

#include <stdlib.h>
#include <string.h>

#include "cuda/rows.h"
#include "libcommon/base/clones.h"
#include "tests/backend/cuda_host/host.h"

#define MAX_MASKS 32

struct mask {
    const void *of;
    bool *on;
    uint32_t m, n;
};

struct avo_products {
    struct avo_dev *d;
    struct mask mask[MAX_MASKS];
    size_t n_masks;
    long age;               /* plans made before the last forget are void */
};

struct plan {               /* queued */
    struct avo_product x;
    struct avo_products *p;
};

struct avo_products *avo_products_new(struct avo_dev *d, struct avo_error *err)
{
    struct avo_products *p = calloc(1, sizeof *p);
    (void)err;
    avo_host_check(p != NULL, "out of memory");
    p->d = d;
    p->age = 1;
    return p;
}

void avo_products_forget(struct avo_products *p)
{
    for (size_t i = 0; i < p->n_masks; i++)
        free(p->mask[i].on);
    p->n_masks = 0;
    p->age++;
}

void avo_products_free(struct avo_products *p)
{
    if (p)
        avo_products_forget(p);
    free(p);
}

const char *avo_products_name(void)
{
    return "loops";
}

static void check_operand(const void *p, uint32_t ld, size_t size, const char *what)
{
    avo_host_check(p && (uintptr_t)p % 16 == 0 && ld * size % 16 == 0, what);
}

static struct mask *find_mask(struct avo_products *p, const void *of)
{
    for (size_t i = 0; i < p->n_masks; i++)
        if (p->mask[i].of == of)
            return &p->mask[i];
    return NULL;
}

int avo_products_prepare(struct avo_products *p, struct avo_product *x, struct avo_error *err)
{
    size_t in = x->math == AVO_MATH_BF16 ? 2 : 4, out = x->wide ? 4 : in;
    (void)err;
    check_operand(x->a, x->ld_a, in, "a product's first factor is not aligned");
    check_operand(x->b, x->ld_b, in, "a product's second factor is not aligned");
    check_operand(x->d, x->ld_d, out, "a product's result is not aligned");
    avo_host_check(x->m && x->n && x->k && x->alpha != 0, "an empty product");
    avo_host_check(x->epilogue != AVO_EPI_RELU_BIAS || x->bias, "no bias");
    avo_host_check(x->epilogue != AVO_EPI_MASK || x->act, "no activation to mask with");
    struct mask *m = find_mask(p, x->d);
    if (x->keep_mask && !m) {
        avo_host_check(p->n_masks < MAX_MASKS, "too many masks");
        m = &p->mask[p->n_masks++];
        *m = (struct mask){.of = x->d};
    }
    if (x->keep_mask && m->m < x->m) {
        free(m->on);
        *m = (struct mask){x->d, calloc((size_t)x->m * x->n, 1), x->m, x->n};
        avo_host_check(m->on != NULL, "out of memory");
    }
    x->plan = (void *)(uintptr_t)p->age;
    return 0;
}

/* Element i of an operand as the product sees it. */
static float operand(const struct avo_product *x, const void *p, size_t i)
{
    float v = avo_el_get(p, i, x->math == AVO_MATH_BF16);
    uint32_t u;
    if (x->math != AVO_MATH_TF32)
        return v;
    memcpy(&u, &v, sizeof u);
    u = (u + 0xfffu + ((u >> 13) & 1u)) & ~0x1fffu;
    memcpy(&v, &u, sizeof v);
    return v;
}

/* out [rows][columns] = the operand, transposed if it is stored so. */
static float *pack(const struct avo_product *x, const void *p, uint32_t ld, bool trans,
                   uint32_t rows, uint32_t columns)
{
    float *out = malloc((size_t)rows * columns * sizeof *out + 1);
    avo_host_check(out != NULL, "out of memory");
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            out[i * columns + j] = operand(x, p, trans ? j * ld + i : i * ld + j);
    return out;
}

AVO_CLONES static void row_product(const float *restrict a, const float *restrict b, uint32_t n,
                                   uint32_t k, float *restrict sum)
{
    memset(sum, 0, n * sizeof *sum);
    for (uint32_t q = 0; q < k; q++)
        for (uint32_t j = 0; j < n; j++)
            sum[j] += a[q] * b[(size_t)q * n + j];
}

static void finish_row(const struct plan *r, uint32_t i, const float *sum)
{
    const struct avo_product *x = &r->x;
    bool half = x->math == AVO_MATH_BF16 && !x->wide;
    struct mask *kept = find_mask(r->p, x->epilogue == AVO_EPI_MASK ? x->act : x->d);
    for (uint32_t j = 0; j < x->n; j++) {
        size_t at = (size_t)i * x->ld_d + j;
        float v = sum[j];
        if (x->epilogue == AVO_EPI_RELU_BIAS)
            v += avo_el_get(x->bias, j, half);
        if (x->epilogue == AVO_EPI_RELU || x->epilogue == AVO_EPI_RELU_BIAS)
            v = v < 0 ? 0 : v;
        else
            v *= x->alpha;
        if (x->epilogue == AVO_EPI_MASK) {
            avo_host_check(x->changed || kept, "a mask that was not kept");
            bool on = x->changed ? avo_el_get(x->act, at, half) > 0
                                 : kept->on[(size_t)i * kept->n + j];
            v = on ? v : 0;
        }
        if (x->keep_mask)
            kept->on[(size_t)i * kept->n + j] = v > 0;
        avo_el_put(x->d, at, half, v);
    }
}

static void do_product(const void *args)
{
    const struct plan *r = args;
    const struct avo_product *x = &r->x;
    float *a = pack(x, x->a, x->ld_a, x->trans_a, x->m, x->k);
    float *b = pack(x, x->b, x->ld_b, x->trans_b, x->k, x->n);
    float *sum = malloc(x->n * sizeof *sum);
    avo_host_check(sum != NULL, "out of memory");
    for (uint32_t i = 0; i < x->m; i++) {
        row_product(a + (size_t)i * x->k, b, x->n, x->k, sum);
        finish_row(r, i, sum);
    }
    free(a);
    free(b);
    free(sum);
}

int avo_products_run(struct avo_products *p, const struct avo_product *x, struct avo_error *err)
{
    struct plan r = {*x, p};
    (void)err;
    avo_host_check(x->plan == (void *)(uintptr_t)p->age, "a product that was not prepared");
    avo_host_queue(p->d, do_product, &r, sizeof r);
    return 0;
}
