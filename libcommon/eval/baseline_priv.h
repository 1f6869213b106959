/* SPDX-License-Identifier: MIT */
/* baseline_priv.h: what baseline.c and baseline_window.c share. */
#ifndef AVO_EVAL_BASELINE_PRIV_H
#define AVO_EVAL_BASELINE_PRIV_H

#include "libcommon/eval/baseline.h"
#include "libcommon/model/other_means.h"

/* What the baselines of one scored track are made of. */
struct avo_base_target {
    size_t track, n_others, set;
    bool in_set;                        /* its own track is a member of its set: it was seen */
    struct avo_other_track *others;
    bool has_scale;
    float constant;
    float *columns[AVO_N_BASELINES];    /* [max_bins] */
    float *variance;                    /* [max_bins], NULL with fewer than two others */
    uint8_t *use;                       /* [max_bins] */
};

/* Bins at a time: what all tracks of an assay have in them stays in the cache while each track of
 * the assay takes its means of the others. */
#define AVO_BASE_CHUNK 2048u

/* Per worker: over a set's tracks, at each bin of a chunk, how many there are, their
 * sum, and what they differ from their mean (centre), summed and squared; and the means of one
 * target's others. */
struct avo_base_scratch {
    double count[AVO_BASE_CHUNK], total[AVO_BASE_CHUNK], centre[AVO_BASE_CHUNK];
    double sum[AVO_BASE_CHUNK], square[AVO_BASE_CHUNK], mean[AVO_BASE_CHUNK];
};

struct avo_baselines {
    struct avo_baseline_spec spec;
    struct avo_pool *pool;
    size_t n_methods;
    struct avo_base_target *targets;             /* [K] */
    size_t n_sets;                      /* groups of the chosen * assays */
    size_t *n_members, **members;       /* [n_sets] tracks of the assay that the group knows */
    bool *set_used;                     /* [n_sets] some scored track is of it */
    int n_workers;
    struct avo_base_scratch *scratch;            /* [n_workers] */
    float **averaged;                   /* [tracks] observed in the averaging space, or NULL */
    float **scored;                     /* [tracks] observed in the scored space, or NULL */
    float **converted;                  /* [n_imputed * K] in the scored space, or NULL */
    const float **observed_of, **predicted;     /* as in struct avo_window */
    const uint8_t **use_of;
    const float **variance_of;
    /* the window at hand */
    const float *const *observed;       /* model space */
    const float *const *average_of;     /* averaging space */
    const float *const *const *imputed;
    size_t n;
};

/* out [n]: x in raw space, NaN where it is. */
void avo_baseline_to_raw(float *out, const float *x, size_t n, enum avo_transform t);

#endif
