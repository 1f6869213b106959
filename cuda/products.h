/* SPDX-License-Identifier: MIT */
/* products.h: products on the card: each is prepared once and run at every step. products_lt.cu:
 * cuBLASLt; tests/backend/cuda_host/ has plain loops.
 *
 * Operands and results are in the card's memory and aligned to 16 bytes, ld times the element's
 * size is a multiple of 16. The order in which an element of d is summed depends on n, k, math,
 * type and trans alone, never on m: m counts samples (or inputs), and results must not depend on
 * how many there are. So the algorithm is one for all m, and splits of k are deterministic. */
#ifndef AVO_CUDA_PRODUCTS_H
#define AVO_CUDA_PRODUCTS_H

#include "cuda/device.h"
#include "libcommon/backend/product.h"

#ifdef __cplusplus
extern "C" {
#endif

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
