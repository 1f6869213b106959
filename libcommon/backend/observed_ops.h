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

/* What a prediction is parted into. Context: every value that is a mean over more than
 * +-AVO_NEAR_BINS bins, whichever other part its track is of; the parts before it have the rest. */
enum avo_observed_part {
    AVO_PART_OWN,               /* d and the bits: this cell type's other assays */
    AVO_PART_TARGET,            /* mu_a, sd_a, the weighted mean and the base: the
                                 * assay in other cell types */
    AVO_PART_ELSEWHERE,         /* mu_b, b not a: the other assays in other cell types */
    AVO_PART_CONTEXT,
    AVO_PART_ASSAY,             /* the assay's row */
    AVO_PART_TRACK,             /* what is there without signal: the same at every bin */
    AVO_N_PARTS
};
#define AVO_NEAR_BINS 10u
extern const char *const avo_observed_parts[AVO_N_PARTS];  /* their names */

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
    /* out [AVO_N_PARTS][n_targets][n_bins]: integrated gradients of z' along the straight path from
     * x0, which is 0 (no signal, no bits) but for the assay's row, row0 [E], to the inputs x; the
     * last part is z' at x0. Together they are z'. With u_k the part of W1 (x - x0) that is k's,
     * u and v a hidden unit's values before its ReLU at x0 and at x, and c = 1 + w_k (1/k - 1/2):
     *   out[k] = c sum over units of w u_k (max(u, 0) + max(v, 0)) / (|u| + |v|)
     * and c base more for the target's: one hidden layer's mean slope on a straight path is just
     * that, whatever the number of steps.
     * Source: Sundararajan, Taly, Yan 2017 (arXiv 1703.01365). */
    int (*attribute)(void *ctx, const struct avo_observed_batch *b, const float *row0, float *out,
                     struct avo_error *err);
};

/* The part of a value [V] of `other`: that, or context. */
enum avo_observed_part avo_observed_part_of(const struct avo_observed *o, uint32_t value,
                                            enum avo_observed_part other);

extern const struct avo_observed_ops avo_observed_cpu;
extern const struct avo_observed_ops avo_observed_cpu_ref;

#endif
