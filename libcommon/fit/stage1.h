/* SPDX-License-Identifier: MIT */
/* stage1.h: stage 1: everything is trained, in memory. */
#ifndef AVO_FIT_STAGE1_H
#define AVO_FIT_STAGE1_H

#include "libcommon/fit/monitor.h"
#include "libcommon/fit/roles.h"

struct avo_stage1 {
    struct avo_model *model;
    struct avo_binding on;              /* all bins; rows with optimizer state */
    const struct avo_roles *roles;
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    struct avo_device device;
    const struct avo_monitor *monitor;
    int64_t max_epochs, patience;       /* patience 0: run max_epochs */
    double valid_share;                 /* of the coarse groups */
    int64_t checkpoint_every;           /* epochs */
    int64_t stage2_asked;               /* passes asked for; 0: to be found by a rehearsal */
    const char *phase;

    /* State: what a checkpoint holds (checkpoint.c). */
    struct avo_learn learn;
    struct avo_clock clock, net_clock;
    int64_t epoch, step_in_epoch;       /* next step to take */
    struct avo_loss loss;               /* of the epoch under way */
    double best_mse;
    int64_t best_epoch;
    float *best_net, *best_table[AVO_MAX_BLOCKS], *best_genome[AVO_MAX_BLOCKS];
    struct avo_genome_rows snap;        /* caught-up copies of the genome rows */
};
/* Allocates the state for the fields above it; initial values are the caller's (model,
 * genome rows). */
int avo_stage1_init(struct avo_stage1 *s, struct avo_error *err);
void avo_stage1_release(struct avo_stage1 *s);
/* Runs from where the state stands. 0: done, the model and `snap` hold the result (best epoch with
 * validation tracks, else the last), model->hyper.epochs is set; 1: stopped by the monitor. */
int avo_stage1_run(struct avo_stage1 *s, struct avo_error *err);
/* After a run with validation tracks: how many passes of stage 2 serve them best, tried on a keyed
 * tenth of the coarse groups whose genome factors are learned afresh under the frozen network.
 * Reports each length that it tries; sets model->hyper.stage2_epochs. 1 = stopped. */
int avo_stage1_rehearse(struct avo_stage1 *s, struct avo_error *err);

/* After a run: whether its result tells positions apart (avo_fit_varies). */
int avo_stage1_varies(struct avo_stage1 *s, bool *varies, struct avo_error *err);

/* Stage 1 from its start, or from a checkpoint, to its end. */
struct avo_stage1_all {
    struct avo_model *model;            /* initial values are set here, unless warm */
    struct avo_binding on;              /* rows are made here */
    struct avo_roles *roles;            /* refit makes valid tracks train */
    const struct avo_header *signal;    /* the input's tracks */
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    struct avo_device device;
    const struct avo_monitor *monitor;
    int64_t max_epochs, patience, every;
    double valid_share;
    bool warm, refit, resume, rehearse;
    const char *checkpoint;             /* path, or NULL */
    const char *input;                  /* digest of the signal */
    struct avo_stage1 one;              /* the phase under way; its snap is the result */
    bool varies;                        /* the result tells positions apart; set at the end */
};
/* 0: done; 1: stopped by the monitor. The caller releases one. */
int avo_stage1_all(struct avo_stage1_all *a, struct avo_error *err);

#endif
