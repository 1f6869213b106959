/* SPDX-License-Identifier: MIT */
/* lineup.h: which observed tracks are scored, which are test tracks, which were seen. */
#ifndef AVO_MEASURE_LINEUP_H
#define AVO_MEASURE_LINEUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/stream/header.h"

/* An observed track. */
struct avo_eval_track {
    size_t assay;               /* index, 0 .. n_assays - 1 */
    bool is_test;               /* not part of any mean over the other cell types */
    bool is_scored;
};

/* An imputed input by its header; the baselines need none. */
struct avo_lineup_method {
    const char *name;
    const struct avo_header *header;
};

struct avo_lineup_pair { char *celltype, *assay; };

struct avo_lineup_spec {
    const struct avo_header *observed;
    const struct avo_lineup_method *methods;
    size_t n_methods;                       /* 0: baselines alone */
    const struct avo_lineup_pair *tests;    /* test tracks, whatever the headers say */
    size_t n_tests;
};

struct avo_lineup {
    size_t n_tracks, n_assays, n_scored, n_imputed;
    struct avo_eval_track *tracks;      /* [n_tracks] of the observed input */
    size_t *assay_track;                /* [n_assays]: first track of each assay */
    size_t *scored;                     /* [n_scored]: track, ascending */
    size_t *index;                      /* [n_tracks]: place of a scored track among the scored */
    size_t **columns;                   /* [n_imputed][n_scored]: the method's own track */
    enum avo_role *roles;               /* [n_tracks] as shown in tables */
    bool *seen;                         /* [n_tracks]: some method trained on it or watched it */
    bool any_roles;                     /* some input or option gave roles */
    size_t n_unobserved;                /* imputed tracks without an observed one, all methods */
    size_t n_partial;                   /* observed tracks that only some methods imputed */
};

/* Scored: the observed tracks that every method has. Without methods: the test tracks, or all if
 * none is known. A track is a test track if any header or spec->tests says so. Seen: a method's
 * header gives it the role train or valid (its own role column, or the column model_role); a
 * method whose header gives no roles at all is judged by the observed input's.
 * Errors: an unknown track among the tests; nothing to score. */
int avo_lineup_make(struct avo_lineup *l, const struct avo_lineup_spec *spec,
                    struct avo_error *err);
void avo_lineup_release(struct avo_lineup *l);
/* Scored tracks of an assay (-1: any) that were seen, or were not. */
size_t avo_lineup_count(const struct avo_lineup *l, int64_t assay, bool seen);

#endif
