/* SPDX-License-Identifier: MIT */
/* cpu_attribute.h: integrated gradients through the CPU backend's products. */
#ifndef AVO_BACKEND_CPU_ATTRIBUTE_H
#define AVO_BACKEND_CPU_ATTRIBUTE_H

#include "libcommon/backend/backend.h"

/* The weights as the CPU backend keeps them; borrowed. */
struct avo_path_net {
    const struct avo_model *m;
    struct avo_pool *pool;
    const float *w1;            /* [P][H1] genome rows of W1 */
    float *const *turned;       /* [hidden layers]: w1, then later layers' weights, transposed */
};

/* out [n_blocks][n_pairs][stride]: attributions for rows x [n][P], as `attribute` of backend.h. */
int avo_paths_run(const struct avo_path_net *net, const struct avo_attribute *a,
                  const struct avo_pair *pairs, uint32_t n_pairs, const float *x, uint32_t n,
                  float *out, size_t stride, struct avo_error *err);

#endif
