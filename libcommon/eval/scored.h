/* SPDX-License-Identifier: MIT */
/* scored.h: which observed tracks are scored, which are test tracks, which were seen, and which
 * ones the baselines of each may know. */
#ifndef AVO_EVAL_SCORED_H
#define AVO_EVAL_SCORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/stream/header.h"

/* An observed track. */
struct avo_eval_track {
    size_t assay;               /* index, 0 .. n_assays - 1 */
    bool is_test;               /* a test track of some model or of the observed input */
    bool is_scored;
};

/* An imputed input by its header; the baselines need none. Inputs of one name are one method: the
 * folds of a cross-validation. */
struct avo_scored_method {
    const char *name;
    const struct avo_header *header;
    const struct avo_header *const *models;     /* [tracks of header] the tracks of the model that
                                                 * each was imputed by, with their roles; entries,
                                                 * or the whole, may be NULL: not known */
};

struct avo_scored_pair { char *celltype, *assay; };

struct avo_scored_spec {
    const struct avo_header *observed;
    const struct avo_scored_method *methods;
    size_t n_methods;                       /* 0: baselines alone */
    const struct avo_scored_pair *tests;    /* test tracks, whatever the headers say */
    size_t n_tests;
};

struct avo_scored {
    size_t n_tracks, n_assays, n_scored, n_imputed;
    struct avo_eval_track *tracks;      /* [n_tracks] of the observed input */
    size_t *assay_track;                /* [n_assays]: first track of each assay */
    size_t *scored;                     /* [n_scored]: track, ascending */
    size_t *index;                      /* [n_tracks]: place of a scored track among the scored */
    size_t *method_of;                  /* [inputs]: its method */
    size_t **inputs;                    /* [n_imputed][n_scored]: the method's input of the track */
    size_t **columns;                   /* [n_imputed][n_scored]: the input's own track */
    size_t *group;                      /* [n_tracks]: of a scored track, which set in known */
    size_t n_groups, cap_groups;
    bool **known;                       /* [n_groups][n_tracks]: what its baselines may know; NULL
                                         * (made by hand): all tracks that are not test tracks */
    enum avo_role *roles;               /* [n_tracks] as shown in tables */
    bool *seen;                         /* [n_tracks]: some method trained on it or watched it */
    bool any_roles;                     /* some input or option gave roles */
    size_t n_unobserved;                /* imputed tracks without an observed one, all methods */
    size_t n_partial;                   /* observed tracks that only some methods imputed */
    size_t n_repeated;                  /* left out: withheld in several inputs of one method */
};

/* Scored: the observed tracks that every method has. Without methods: the test tracks, or all if
 * none is known. A track is a test track if any header or spec->tests says so. Seen: a method's
 * header gives it the role train or valid (its own role column, or the column model_role); a
 * method whose header gives no roles at all is judged by the observed input's. Of several inputs
 * of one method the one that has not seen the track counts; where that is not one, n_repeated.
 * The baselines of a scored track know the tracks that are no test track of the observed input or
 * of spec->tests and that the track's model, of each method, has as train or valid; where the
 * model's tracks are not given, those that the header does not call test, or none (a header that
 * gives roles, or says that avo-impute made it, calls none what has no role).
 * Errors: an unknown track among the tests; nothing to score. */
int avo_scored_make(struct avo_scored *l, const struct avo_scored_spec *spec,
                    struct avo_error *err);
void avo_scored_release(struct avo_scored *l);
/* Scored tracks of an assay (-1: any) that were seen, or were not. */
size_t avo_scored_count(const struct avo_scored *l, int64_t assay, bool seen);
/* How many other tracks of its assay the baselines of scored track t may know. */
size_t avo_scored_n_others(const struct avo_scored *l, size_t t);
/* Whether the baselines of scored track t may know track u. */
bool avo_scored_knows(const struct avo_scored *l, size_t t, size_t u);

#endif
