/* SPDX-License-Identifier: MIT */
/* attribute.h: what each input block (cell type, assay, scales of the genome) adds to a
 * prediction: integrated gradients from a baseline x0, summed over the block's columns. Over the
 * blocks they add up to the prediction less that at x0.
 *
 * A model trained with cell-type dropout q predicts (1 - q) f(c, a, g) + q f(-, a, g); its
 * attributions are mixed alike, times s where tracks are standardised, and those of
 * f(-, a, g) start at x0 without a cell type. */
#ifndef AVO_IMPUTE_ATTRIBUTE_H
#define AVO_IMPUTE_ATTRIBUTE_H

#include "libcommon/impute/impute.h"

/* x0 [F]: the mean of each block's rows: of cell types and assays those of stage 1 (so that an
 * extension changes nothing), of the genome all rows of the tiles of `from`, which is read to its
 * end. from: m itself or another model of its root, else an error naming both ids. */
int avo_attribute_mean(struct avo_models *from, const struct avo_model *m, float *x0,
                       struct avo_error *err);
/* *value = the network's prediction at x0; the same for every pair and bin. In model space, or in z
 * where tracks are standardised (model/standard.h): then m + s *value of the pair is in it. */
int avo_attribute_value(const struct avo_model *m, const float *x0, double *value,
                        struct avo_error *err);
/* Attributions of the prediction (avo_backend_predict) of each pair. Shapes: out [n_blocks]
 * [n_pairs][n], as `attribute` of backend.h; scratch is made inside. Errors: a backend that cannot
 * (status AVO_EXIT_DEVICE). */
int avo_attribute_predict(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                          const struct avo_attribute *a, const struct avo_pair *pairs,
                          uint32_t n_pairs, uint32_t first, uint32_t n, float *out,
                          struct avo_error *err);
/* The same refusal before anything is read. */
int avo_attribute_can(const struct avo_backend_ops *ops, struct avo_error *err);

#endif
