/* SPDX-License-Identifier: MIT */
/* cpu_products.h: products on the CPU: oneDNN's, or our own without it. */
#ifndef AVO_BACKEND_CPU_PRODUCTS_H
#define AVO_BACKEND_CPU_PRODUCTS_H

#include "libcommon/backend/product.h"
#include "libcommon/base/error.h"

/* Before the first product, by the thread that starts the others: has what products need of memory
 * for code made now, or says that there is too little. */
int avo_cpu_products_begin(struct avo_error *err);
/* Fails if a product of any thread since then found no memory: its d is worth nothing. */
int avo_cpu_products_check(struct avo_error *err);
/* Computes x, whose math is F32 and epilogue not RELU, with one thread, the caller's. The sum over
 * k is taken in an order that depends on the shape alone. k = 0: x is 0. Not read: keep_mask,
 * changed, plan. */
void avo_cpu_product_run(const struct avo_product *x);
/* Computes x of another a, into another d. */
static inline void avo_cpu_product_at(const struct avo_product *x, const float *a, float *d)
{
    struct avo_product at = *x;
    at.a = a;
    at.d = d;
    avo_cpu_product_run(&at);
}
/* "onednn-2.6" or "own": for provenance. */
const char *avo_cpu_products_name(void);

#endif
