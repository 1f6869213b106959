/* SPDX-License-Identifier: MIT */
/* observed.h: training a model of the family observed (equations: model/observed.h). */
#ifndef AVO_FIT_OBSERVED_H
#define AVO_FIT_OBSERVED_H

#include "libcommon/fit/monitor.h"
#include "libcommon/fit/observed_sample.h"

struct avo_observed_fit {
    struct avo_model *model;        /* statistics are measured into it */
    const struct avo_positions *positions;
    const struct avo_signal *x;     /* there */
    const struct avo_header *signal;    /* its tracks */
    const struct avo_roles *roles;
    const struct avo_observed_ops *ops;
    struct avo_pool *pool;
    const struct avo_monitor *monitor;
    int64_t passes, every;          /* every: passes between checkpoints */
    bool warm, resume;              /* warm: the model has values to start from */
    const char *checkpoint, *input; /* path or NULL; digest of the signal */

    /* State: what a checkpoint holds beside the model (observed_state.c). */
    size_t n_params;                /* network, assay rows, w_k: the order of gradients */
    float *m, *v;                   /* [n_params] Adam's moments */
    int64_t step;                   /* steps taken */
    struct avo_loss loss;           /* of the pass under way, in z */

    struct avo_observed_sample sample;
    float *similar;                 /* [training tracks][training tracks] R; NULL: not `similar` */
    double valid_mse;               /* model space; NAN: no track is watched */
};

/* Statistics of the tracks of `tracks`, over all bins of p, into those of m; names are those of the
 * model's rows. */
int avo_observed_measure(struct avo_model *m, const struct avo_positions *p,
                         const struct avo_signal *x, const struct avo_track_set *tracks,
                         struct avo_pool *pool, struct avo_error *err);
/* Then, of a model that is `similar`, the R that it lacks between those observed tracks of h, of
 * which x is the signal, that it has statistics of. */
int avo_observed_compare(struct avo_model *m, const struct avo_positions *p,
                         const struct avo_signal *x, const struct avo_header *h,
                         struct avo_pool *pool, struct avo_error *err);
/* From the start, or from the checkpoint, to the end. 0: done; 1: stopped by the monitor. Errors:
 * no assay in two cell types, a loss that is not finite, a checkpoint of another run. */
int avo_observed_fit_run(struct avo_observed_fit *f, struct avo_error *err);
void avo_observed_fit_release(struct avo_observed_fit *f);

/* Steps in a pass: the whole batches that the sample holds, at least one. */
int64_t avo_observed_fit_steps(const struct avo_observed_fit *f);
/* Parameter arrays of a model in the order of its gradients: at [3], n [3]. */
void avo_observed_params(struct avo_model *m, float *at[3], size_t n[3]);

/* ---- checkpoints (observed_state.c) ---- */

/* Model, moments and progress to f->checkpoint. */
int avo_observed_state_write(const struct avo_observed_fit *f, struct avo_error *err);
/* Into f, whose memory is there. A checkpoint of a run with another input, tracks, roles or options
 * is an error. */
int avo_observed_state_read(struct avo_observed_fit *f, struct avo_error *err);

#endif
