/* SPDX-License-Identifier: MIT */
/* observed_ops.h: the network of the family "observed" on a device: one call a training step, one
 * for predictions. Equations: model/observed.h. */
#ifndef AVO_BACKEND_OBSERVED_OPS_H
#define AVO_BACKEND_OBSERVED_OPS_H

#include "libcommon/base/threads.h"
#include "libcommon/model/block.h"
#include "libcommon/model/observed.h"

#define AVO_OBSERVED_BINS 64u       /* bins of a chunk: what a task takes at a time */

/* Values of tracks around bins, in chunks of AVO_OBSERVED_BINS bins of which the last may hold
 * fewer: v [n_chunks][n_seen][V][AVO_OBSERVED_BINS] (track_windows.h). A value that is NaN counts
 * as 0 among inputs. */
struct avo_observed_batch {
    uint32_t n_seen;
    const struct avo_pair *seen;        /* [n_seen] rows of the model: tracks that may be inputs */
    const bool *hidden;                 /* [n_seen] those that are not inputs this time; or NULL */
    const float *similar;               /* [n_seen][n_seen] R (model/similarity.h), NaN: not known;
                                         * of a model that is not `similar`, NULL */
    uint32_t n_targets;
    const struct avo_pair *targets;     /* [n_targets]; hidden from their own inputs where seen */
    uint32_t n_bins;
    const float *v;
};
/* What a training step draws and skips. */
struct avo_observed_step {
    uint32_t seed, step;                /* keys of dropout: counter (bin in the batch, target, step,
                                         * unit / 16), as elem.h's dropout draws */
    uint32_t dropped;                   /* of 256 hidden units */
};

struct avo_observed_ops {
    const char *name;
    void *(*open)(const struct avo_model *m, struct avo_pool *pool, struct avo_error *err);
    void (*close)(void *ctx);
    /* Of the mean, over targets that are seen tracks with another cell type of their assay and over
     * bins where they are not missing, of the squared error in z: grad [n_net | assay rows | w_k],
     * and its sum and number added to *loss, *n. Every target must be one of the seen. */
    int (*train)(void *ctx, const struct avo_observed_batch *b, const struct avo_observed_step *s,
                 float *grad, double *loss, uint64_t *n, struct avo_error *err);
    /* out [n_targets][n_bins]: z'. */
    int (*predict)(void *ctx, const struct avo_observed_batch *b, float *out,
                   struct avo_error *err);
};

extern const struct avo_observed_ops avo_observed_cpu;
extern const struct avo_observed_ops avo_observed_cpu_ref;

#endif
