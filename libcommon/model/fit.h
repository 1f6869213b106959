/* SPDX-License-Identifier: MIT */
/* fit.h: the ways of training: stage 1 (everything, in memory), stage 2 (genome factors, a tile at
 * a time), transfer (new cell-type or assay rows), and what they share. */
#ifndef AVO_MODEL_FIT_H
#define AVO_MODEL_FIT_H

#include <signal.h>

#include "libcommon/model/backend.h"

/* The tracks of a SIGNAL stream as training sees them. pairs[i] is column columns[i]. */
struct avo_track_set {
    uint32_t n;
    struct avo_pair *pairs;
    uint32_t *columns;
};

struct avo_roles {
    enum avo_role *role;                        /* [n_tracks] of the SIGNAL header */
    struct avo_track_set train, valid;
};
void avo_roles_release(struct avo_roles *r);
/* Sets train and valid from role[] with the rows of model m. A cell type or assay that m lacks is
 * an error unless all its tracks are `test`. */
int avo_roles_index(struct avo_roles *r, const struct avo_header *h, const struct avo_model *m,
                    struct avo_error *err);
/* Roles by a seeded split into `folds` parts: fold `fold`'s tracks become `test`, except those
 * that would leave a cell type or assay without a training track. The n tracks of h whose role is
 * not given take part. */
int avo_roles_fold(enum avo_role *role, const struct avo_header *h, uint32_t folds, uint32_t fold,
                   uint64_t seed, struct avo_error *err);

/* One line of the training log. */
struct avo_epoch_report {
    const char *phase;          /* stage1, refit, rehearsal, stage2, transfer */
    int64_t epoch;              /* from 1 */
    double train_mse, valid_mse;/* valid NAN: no validation tracks */
    bool best;
    uint64_t n_samples, n_skipped;
};
/* How a fit talks to the program. Any member may be NULL. */
struct avo_monitor {
    void (*report)(void *user, const struct avo_epoch_report *r);
    void (*progress)(void *user, uint64_t done, uint64_t total);
    const volatile sig_atomic_t *stop;  /* non-zero: write a checkpoint and return 1 */
    int (*checkpoint)(void *user, bool final, struct avo_error *err);
    void *user;
};

/* ---- stage 1 ---- */

struct avo_stage1 {
    struct avo_model *model;
    struct avo_axis *axis;              /* signal of all bins, rows with optimizer state */
    const struct avo_roles *roles;
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    int device;
    const struct avo_monitor *monitor;
    int64_t max_epochs, patience;       /* patience 0: run max_epochs */
    double valid_share;                 /* of the coarse groups */
    int64_t checkpoint_every;           /* epochs */
    const char *phase;

    /* State: what a checkpoint holds (checkpoint.c). */
    struct avo_learn learn;
    struct avo_clock clock, net_clock;
    int64_t epoch, step_in_epoch;       /* next step to take */
    struct avo_loss loss;               /* of the epoch under way */
    double best_mse;
    int64_t best_epoch;
    float *best_net, *best_table[AVO_MAX_BLOCKS], *best_genome[AVO_MAX_BLOCKS];
    float *snap[AVO_MAX_BLOCKS];        /* caught-up copies of the genome rows */
};
/* Allocates the state for the fields above it; initial values are the caller's (model, axis). */
int avo_stage1_init(struct avo_stage1 *s, struct avo_error *err);
void avo_stage1_release(struct avo_stage1 *s);
/* Steps per epoch: ceil(G / B). */
int64_t avo_stage1_steps(const struct avo_stage1 *s);
/* Runs from where the state stands. 0: done, the model and `snap` hold the result (best epoch with
 * validation tracks, else the last), model->hyper.epochs is set; 1: stopped by the monitor. */
int avo_stage1_run(struct avo_stage1 *s, struct avo_error *err);
/* After a run with validation tracks: how many passes of stage 2 serve them best, tried on a keyed
 * tenth of the coarse groups whose genome factors are learned afresh under the frozen network.
 * Reports each length that it tries; sets model->hyper.stage2_epochs. 1 = stopped. */
int avo_stage1_rehearse(struct avo_stage1 *s, struct avo_error *err);

/* Caught-up copy of rows at a step: out [n_rows][width]; out may be r->w itself. */
void avo_rows_snapshot(const struct avo_rows *r, const struct avo_clock *c, int64_t step,
                       struct avo_pool *pool, float *out);

/* ---- stage 2 ---- */

struct avo_stage2 {
    const struct avo_model *model;      /* hyper.steps_per_epoch, batch: the clock */
    const struct avo_roles *roles;
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    int device;
    int64_t epochs;
    double dropout;
    const volatile sig_atomic_t *stop;
    struct avo_learn learn;
    struct avo_clock clock;
    void *ctx;
    int64_t clock_T;                    /* steps per epoch that clock was made for */
};
int avo_stage2_open(struct avo_stage2 *s, struct avo_error *err);
void avo_stage2_close(struct avo_stage2 *s);
/* All passes over one tile (bins of one chromosome, or of several with equal clocks), from initial
 * values; the axis' rows end caught up. Adds the last pass' training loss to *train. 1 = stopped. */
int avo_stage2_tile(struct avo_stage2 *s, struct avo_axis *tile, struct avo_loss *train,
                    struct avo_error *err);
/* Steps per epoch of a chromosome under the model's clock. */
int64_t avo_stage2_steps(const struct avo_model *m, uint32_t chrom);

/* ---- transfer ---- */

struct avo_transfer {
    struct avo_model *model;            /* extended by its new rows */
    struct avo_axis *axis;              /* new tracks and the genome rows, frozen */
    const struct avo_roles *roles;      /* tracks of the new rows */
    uint32_t first_celltype, first_assay;   /* rows from here on learn */
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    int device;
    const struct avo_monitor *monitor;
    int64_t epochs;
};
int avo_transfer_run(struct avo_transfer *t, struct avo_error *err);

/* ---- what they share ---- */

/* Sum of squared errors of predictions of the tracks of `set` at bins [first, first + n). */
int avo_fit_errors(const struct avo_backend_ops *ops, void *ctx, const struct avo_axis *axis,
                   const struct avo_track_set *set, uint32_t first, uint32_t n,
                   struct avo_loss *loss, struct avo_error *err);
/* True if the coarse group of bin i of the axis is among the keyed share. */
bool avo_fit_in_share(const struct avo_axis *axis, uint32_t i, uint32_t coarse_bins, uint64_t seed,
                      enum avo_purpose purpose, double share);
/* Least and greatest value of every assay's training tracks on the axis, into model->range
 * (widened; first: fresh). */
void avo_fit_ranges(struct avo_model *m, const struct avo_axis *axis, const struct avo_roles *r,
                    bool first);

/* ---- checkpoints (checkpoint.c) ---- */

/* What a checkpoint says before it is loaded. */
struct avo_checkpoint {
    struct avo_hyper hyper;
    char phase[16];             /* stage1 or refit */
    char input[33];             /* digest of the signal it was trained on */
};
/* Writes model, rows, moments and progress of stage 1 to path (temporary file, rename). */
int avo_checkpoint_write(const char *path, const struct avo_stage1 *s, const char *input,
                         struct avo_error *err);
int avo_checkpoint_peek(const char *path, struct avo_checkpoint *c, struct avo_error *err);
/* Fills an initialised s (same options, same input) from path; another shape is an error. */
int avo_checkpoint_read(const char *path, struct avo_stage1 *s, struct avo_error *err);

#endif
