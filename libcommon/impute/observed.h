/* SPDX-License-Identifier: MIT */
/* observed.h: models of the family observed (model/observed.h) and a SIGNAL stream to imputed
 * tracks: files told apart, the signal's tracks that are inputs, the pairs that can be imputed, the
 * loop. */
#ifndef AVO_IMPUTE_OBSERVED_H
#define AVO_IMPUTE_OBSERVED_H

#include "libcommon/base/words.h"
#include "libcommon/impute/impute.h"
#include "libcommon/stream/join.h"

/* ---- files ---- */

/* Paths by what they hold: models (and whatever is no signal), SIGNAL streams. Borrowed. */
struct avo_impute_files { struct avo_strings models, signals; };
/* No paths: neither. Pipes are as they were afterwards. */
int avo_impute_files_sort(struct avo_impute_files *f, char *const *paths, size_t n_paths,
                          struct avo_error *err);
void avo_impute_files_release(struct avo_impute_files *f);

/* ---- the signal and its inputs (observed_input.c) ---- */

/* The model, and what of the signal it sees. */
struct avo_observed_input {
    struct avo_models *models;  /* borrowed: their digests; NULL: of a baseline (baseline.h) */
    struct avo_model model;     /* with rows, tracks and statistics of the signal's inputs, too */
    char *const *paths;         /* [n_paths] of the signal, borrowed */
    size_t n_paths;
    bool can_reopen;
    bool sees_valid;            /* tracks of role valid are inputs, too */
    struct avo_join *join;      /* nothing of its tiles is read yet, or NULL */
    struct avo_header header;   /* of the signal; provenance: the model's before the signal's */
    uint32_t n_seen;            /* tracks that are inputs */
    uint32_t *columns;          /* [n_seen] in the signal */
    struct avo_pair *seen;      /* [n_seen] rows of the model */
    const struct avo_track_stats **stats;   /* [n_seen] of the model; NULL with means */
    float *similar;             /* [n_seen][n_seen] R, or NULL (backend/observed_ops.h) */
    struct avo_means *means;    /* predicts in place of the model's network, or NULL. Owned */
    char *note, *measured, *warning;    /* a line each for people, or NULL */
};
/* Takes the joined model out of `models`, opens the SIGNAL streams and checks that they fit.
 * Inputs are the observed tracks of role train, or of none, but those that the model records as
 * valid or test; cell types and assays that the model lacks become rows. Statistics (and, of a
 * model that is `similar`, R of pairs of inputs) that the model lacks are measured in a pass of
 * their own, over at most a million bins, 200 million values. A pipe cannot be read twice: an
 * error where statistics are lacking, R that is lacking stays unknown. */
int avo_observed_open(struct avo_observed_input *in, struct avo_models *models,
                      char *const *paths, size_t n_paths, struct avo_pool *pool,
                      struct avo_error *err);
/* The steps of it, for who makes the model of the signal: opens the streams (the rest of in is
 * zero); finds the inputs, once the model is there; and their statistics. */
int avo_observed_begin(struct avo_observed_input *in, char *const *paths, size_t n_paths,
                       struct avo_error *err);
int avo_observed_inputs(struct avo_observed_input *in, struct avo_error *err);
int avo_observed_stats(struct avo_observed_input *in, struct avo_pool *pool,
                       struct avo_error *err);
void avo_observed_close(struct avo_observed_input *in);
/* Row of a pair among the inputs, or -1. */
int64_t avo_observed_seen(const struct avo_observed_input *in, struct avo_pair pair);
/* Of all pairs: drops those that no other cell type has an input for (*n_dropped counts them), and
 * (missing) inputs. Error: none is left. */
int avo_observed_choose(const struct avo_observed_input *in, struct avo_wanted_list *l,
                        bool missing, size_t *n_dropped, struct avo_error *err);
/* Of pairs asked for by name: an error where no other cell type has an input. */
int avo_observed_check(const struct avo_observed_input *in, const struct avo_wanted_list *l,
                       struct avo_error *err);

/* ---- the loop (observed.c) ---- */

/* As avo_impute_run. Predicts the track in model space: max(0, m' + s' z'). In memory, whatever the
 * length: three parts of at most 40,000 bins and 64 MiB of predictions and of the signal each, and
 * 64 MiB of inputs' values. The values of a bin depend on the signal within the model's widest
 * window around it alone. */
int avo_observed_run(struct avo_observed_input *in, const struct avo_observed_ops *ops,
                     const struct avo_impute_job *job, struct avo_impute_result *result,
                     struct avo_error *err);

#endif
