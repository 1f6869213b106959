/* SPDX-License-Identifier: MIT */
/* cpu_attribute.h: integrated gradients through the CPU backend's products. */
#ifndef AVO_BACKEND_CPU_ATTRIBUTE_H
#define AVO_BACKEND_CPU_ATTRIBUTE_H

#include "libcommon/backend/backend.h"
#include "libcommon/backend/product.h"

/* The network as the CPU backend keeps it; borrowed. Products [hidden layers] of AVO_CHUNK samples,
 * but for a and d: a layer's inputs by its weights, and what its units' gradients are multiplied by
 * to be its inputs'. Of layer 1 the position's columns are meant; the pair's are of_table [blocks],
 * a whole table by its rows of W1. */
struct avo_path_net {
    const struct avo_model *m;
    struct avo_pool *pool;
    const struct avo_product *forward, *back, *of_table;
};

/* out [n_blocks][n_pairs][stride]: attributions for rows x [n][P], as `attribute` of backend.h. */
int avo_paths_run(const struct avo_path_net *net, const struct avo_attribute *a,
                  const struct avo_pair *pairs, uint32_t n_pairs, const float *x, uint32_t n,
                  float *out, size_t stride, struct avo_error *err);

#endif
