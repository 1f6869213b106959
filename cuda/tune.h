/* SPDX-License-Identifier: MIT */
/* tune.h: measuring on the card, for `make bench-cuda`: the algorithms of a product, and anything
 * that is queued. */
#ifndef AVO_CUDA_TUNE_H
#define AVO_CUDA_TUNE_H

#include "cuda/products.h"

#ifdef __cplusplus
extern "C" {
#endif

struct avo_tuned {
    float us, us_first;     /* the best algorithm's time; that of the one taken without a table */
    int n_tried;
    bool fused;
    char line[320];         /* of the table that AVO_CUDA_ALGOS names, without the newline */
};
/* Times what the card offers for x (whose result is overwritten). A MASK product's act comes from
 * a product with keep_mask that was tuned before it. */
int avo_products_tune(struct avo_products *p, struct avo_product *x, struct avo_tuned *best,
                      struct avo_error *err);

/* Microseconds of a call of fn, queued `rounds` times after two that warm up; negative on
 * error. */
float avo_dev_time(struct avo_dev *d, avo_dev_fn *fn, void *arg, int rounds,
                   struct avo_error *err);
/* The maker's name of the card, and the driver's version ("13.0" of CUDA). */
void avo_dev_describe(struct avo_dev *d, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
