/* SPDX-License-Identifier: MIT */
/* roles.h: which tracks train, are watched, or are withheld: by options, a model, the table, seeded
 * folds; and what a person should know about the result. */
#ifndef AVO_FIT_ROLES_H
#define AVO_FIT_ROLES_H

#include "libcommon/backend/backend.h"
#include "libcommon/base/words.h"

/* The tracks of a SIGNAL stream as training sees them: pairs[i], i < n, is column columns[i], and
 * pairs[twin[i]], n <= twin[i] < n_all, the same assay without a cell type. scale[i]: what is
 * learned of it is (x - m) / s (standardize.h). */
struct avo_track_set {
    uint32_t n, n_all;
    struct avo_pair *pairs;
    uint32_t *columns, *twin;
    float *scale;                               /* [n][2] m, s: 0 and 1 until they are set */
};

struct avo_roles {
    enum avo_role *role;                        /* [n_tracks] of the SIGNAL header */
    bool *stays;                                /* [n_tracks] in the fold, but not to be spared */
    struct avo_track_set train, valid;
};
void avo_roles_release(struct avo_roles *r);

/* ---- options ---- */

/* CELL:ASSAY names given by options, and how roles are split. */
struct avo_role_choice {
    struct avo_strings valid, test;
    uint32_t folds, fold;       /* folds 0: no split */
    bool has_fold;
    uint32_t watch;             /* so many training tracks become valid */
    uint64_t seed;
};
/* Options that do not go together: a usage error. */
int avo_role_choice_check(const struct avo_role_choice *c, struct avo_error *err);
void avo_role_choice_release(struct avo_role_choice *c);

/* ---- roles of an input's tracks ---- */

/* Role of every track of h: option, else the fold's `test`, else what `seen` (a model's header, may
 * be NULL) says of it, else the table's, else train. Folds and watched tracks are drawn from what
 * options and table say, so that the same options draw the same tracks in every stage.
 * *n_unseen counts tracks that seen lacks. */
int avo_roles_choose(struct avo_roles *r, const struct avo_header *h,
                     const struct avo_role_choice *choice, const struct avo_header *seen,
                     size_t *n_unseen, struct avo_error *err);
/* Seeded split of the training tracks (and those without a role) into choice->folds parts: those
 * of part choice->fold become `test`, but for those whose loss would leave a cell type or assay
 * without a training track: these are marked in stays [n_tracks]. */
int avo_roles_fold(enum avo_role *role, bool *stays, const struct avo_header *h,
                   const struct avo_role_choice *choice, struct avo_error *err);
/* Makes n training tracks `valid`, drawn by the seed among those whose loss leaves every cell type
 * and assay trained. Too few such tracks is an error. */
int avo_roles_watch(enum avo_role *role, const struct avo_header *h, uint32_t n, uint64_t seed,
                    struct avo_error *err);
/* Sets train and valid from role[] with the rows of model m. A cell type or assay that m lacks is
 * an error unless all its tracks are `test`. */
int avo_roles_index(struct avo_roles *r, const struct avo_header *h, const struct avo_model *m,
                    struct avo_error *err);
/* Digest of the tracks of h and their roles: role [h->n_tracks], or (NULL) those h states. refit:
 * watched tracks count as trained on, which is what refit makes them. */
void avo_roles_digest(const struct avo_header *h, const enum avo_role *role, bool refit,
                      char out[33]);

/* ---- what a person should know (roles_tell.c) ---- */

/* Where lines go. Both members are set. */
struct avo_tell {
    void (*note)(void *user, const char *text);
    void (*warn)(void *user, const char *text);
    void *user;
};
/* The watched and the withheld tracks, a line each, and those that a fold could not withhold;
 * warns of training tracks that are imputed. */
void avo_roles_tell(const struct avo_roles *r, const struct avo_header *h,
                    const struct avo_tell *to);
/* Before a model is made, or rows are added to m (NULL: none yet): warns of cell types and assays
 * all of whose tracks are withheld, which the model will lack. A watched track of theirs is an
 * error. */
int avo_roles_tell_lost(const struct avo_roles *r, const struct avo_header *h,
                        const struct avo_model *m, const struct avo_tell *to,
                        struct avo_error *err);
/* On top of a model: warns of training tracks of `seen` that h lacks or that are withheld here, and
 * of tracks that the table withholds though the model was trained on them. */
void avo_roles_tell_seen(const struct avo_roles *r, const struct avo_header *h,
                         const struct avo_header *seen, const struct avo_tell *to);

#endif
