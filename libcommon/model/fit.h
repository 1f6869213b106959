/* SPDX-License-Identifier: MIT */
/* fit.h: the ways of training: stage 1 (everything, in memory), stage 2 (genome factors, a tile at
 * a time), transfer (new cell-type or assay rows), and what they share. */
#ifndef AVO_MODEL_FIT_H
#define AVO_MODEL_FIT_H

#include <signal.h>

#include "libcommon/model/roles.h"
#include "libcommon/stream/join.h"

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
    int (*checkpoint)(void *user, struct avo_error *err);
    void (*note)(void *user, const char *text);     /* a line for the person watching */
    /* Stage 1 goes on behind this epoch of this phase (stage1 or refit). */
    int (*begins)(void *user, const char *phase, int64_t epoch, struct avo_error *err);
    void *user;
};

/* ---- stage 1 ---- */

struct avo_stage1 {
    struct avo_model *model;
    struct avo_axis *axis;              /* signal of all bins, rows with optimizer state */
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

/* After a run: whether its result tells positions apart (avo_fit_varies). */
int avo_stage1_varies(struct avo_stage1 *s, bool *varies, struct avo_error *err);

/* Stage 1 from its start, or from a checkpoint, to its end. */
struct avo_stage1_all {
    struct avo_model *model;            /* initial values are set here, unless warm */
    struct avo_axis *axis;
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

/* Caught-up copy of rows at a step: out [n_rows][width]; out may be r->w itself. */
void avo_rows_snapshot(const struct avo_rows *r, const struct avo_clock *c, int64_t step,
                       struct avo_pool *pool, float *out);

/* ---- stage 2 ---- */

struct avo_stage2 {
    const struct avo_model *model;      /* hyper.steps_per_epoch, batch: the clock */
    const struct avo_roles *roles;
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    struct avo_device device;
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
 * values; the axis' rows end caught up. Adds the last pass' training loss to *train.
 * 1 = stopped. */
int avo_stage2_tile(struct avo_stage2 *s, struct avo_axis *tile, struct avo_loss *train,
                    struct avo_error *err);
/* Adds the errors of the watched tracks on a tile that has been learned. */
int avo_stage2_watch(struct avo_stage2 *s, struct avo_axis *tile, struct avo_loss *watched,
                     struct avo_error *err);
/* Whether the model tells the positions of a tile that has been learned apart. */
int avo_stage2_varies(struct avo_stage2 *s, struct avo_axis *tile, bool *varies,
                      struct avo_error *err);
/* Steps per epoch of a chromosome under the model's clock. */
int64_t avo_stage2_steps(const struct avo_model *m, uint32_t chrom);

/* Streamed stage 2: every tile of a SIGNAL input learned and written in turn. */
struct avo_stream2 {
    struct avo_stage2 two;
    struct avo_model *model;            /* header: that of the output */
    struct avo_axis *axis;              /* initialised, empty */
    struct avo_join *in;
    struct avo_writer *w;               /* CORE is written */
    const struct avo_monitor *monitor;
    struct avo_earlier *earlier;        /* finished tiles of a broken run, or NULL */
    struct avo_loss train, watched;     /* of the last pass; of the validation tracks */
    uint64_t n_learned;                 /* tiles; others are copied */
    bool varies;                        /* some tile's positions are told apart */
};
/* 1 = stopped. */
int avo_stream2_run(struct avo_stream2 *s, struct avo_error *err);

/* The output of a run that can be resumed is PATH.partial until it is whole. begin: with resume,
 * the tiles of an earlier run are kept aside as PATH.partial.old until they are copied; one whose
 * HEADER is not h (other options, tracks or model) is an error; one without a whole tile is moved
 * to PATH.partial.damaged with a note. The caller holds path's lock. Never NULL on success. */
struct avo_earlier *avo_earlier_begin(const char *path, const struct avo_header *h, bool resume,
                                      const struct avo_monitor *monitor, struct avo_error *err);
const char *avo_earlier_partial(const struct avo_earlier *e);
void avo_earlier_free(struct avo_earlier *e);

/* ---- transfer ---- */

struct avo_transfer {
    struct avo_model *model;            /* extended by its new rows */
    struct avo_axis *axis;              /* new tracks and the genome rows, frozen */
    const struct avo_roles *roles;      /* tracks of the new rows */
    uint32_t first_celltype, first_assay;   /* rows from here on learn */
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    struct avo_device device;
    const struct avo_monitor *monitor;
    int64_t epochs;
    bool varies;                        /* the result tells positions apart; set at the end */
    double mse;                         /* training error of the last pass */
};
int avo_transfer_run(struct avo_transfer *t, struct avo_error *err);

/* What transfer starts from. */
struct avo_transfer_input {
    char *const *paths;                 /* [n_paths] a model and its extensions; GENOME in one */
    size_t n_paths;
    struct avo_join *in;                /* SIGNAL */
    bool celltypes, assays;             /* which rows may be added */
    /* what was left out */
    uint64_t n_outside;                 /* bins of the signal without genome factors */
    uint32_t n_left_out;                /* training tracks of known rows */
};
/* The joined model and its genome rows; the signal of `in` on them. */
int avo_transfer_load(struct avo_model *m, struct avo_axis *axis, struct avo_transfer_input *from,
                      struct avo_error *err);
/* Rows for the cell types and assays, as far as they may be added, that training tracks of h have
 * and m lacks. Roles: tracks of known rows become `test`. Nothing new is an error. */
int avo_transfer_rows(struct avo_model *m, const struct avo_header *h, struct avo_roles *r,
                      struct avo_transfer_input *from, struct avo_error *err);

/* ---- what they share ---- */

/* The step draws from these tracks. */
void avo_fit_set_tracks(struct avo_step *step, const struct avo_track_set *set);
/* Sum of squared errors of predictions of the tracks of `set` at bins [first, first + n). */
int avo_fit_errors(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                   const struct avo_axis *axis, const struct avo_track_set *set, uint32_t first,
                   uint32_t n, struct avo_loss *loss, struct avo_error *err);
/* Whether the model tells positions apart: false if each of some tracks of `set` is predicted the
 * same at all of some bins of the axis, which has at least a coarse group of them. */
int avo_fit_varies(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                   const struct avo_axis *axis, const struct avo_track_set *set, bool *varies,
                   struct avo_error *err);
/* Whether predictions from lo to hi, of an assay, are one value: within a ten-thousandth of the
 * range of its training values. */
bool avo_fit_is_flat(const struct avo_model *m, uint32_t assay, float lo, float hi);
/* True if the coarse group of bin i of the axis is among the keyed share. */
bool avo_fit_in_share(const struct avo_axis *axis, uint32_t i, uint32_t coarse_bins, uint64_t seed,
                      enum avo_purpose purpose, double share);
/* Least and greatest value of every assay's training tracks on the axis, into model->range; an
 * assay from row `first` on that has none gets 0, 0. Rows below `first` are left as they are. */
void avo_fit_ranges(struct avo_model *m, const struct avo_axis *axis, const struct avo_roles *r,
                    uint32_t first);

/* ---- checkpoints (checkpoint.c) ---- */

/* What a checkpoint says before it is loaded. */
struct avo_checkpoint {
    struct avo_hyper hyper;
    int64_t epoch;              /* epochs done in that phase */
    int64_t stage2_asked, patience;     /* -1: not recorded */
    double valid_share;
    char phase[16];             /* stage1 or refit */
    char input[33];             /* digest of the signal it was trained on */
    char tracks[33];            /* digest of tracks and roles: avo_roles_digest */
};
/* Writes model, rows, moments and progress of stage 1 to path (temporary file, rename). */
int avo_checkpoint_write(const char *path, const struct avo_stage1 *s, const char *input,
                         struct avo_error *err);
int avo_checkpoint_peek(const char *path, struct avo_checkpoint *c, struct avo_error *err);
/* Fills an initialised s (same options, same input) from path; another shape is an error. */
int avo_checkpoint_read(const char *path, struct avo_stage1 *s, struct avo_error *err);

#endif
