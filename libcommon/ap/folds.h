/* SPDX-License-Identifier: MIT */
/* folds.h: which row is tested when: folds of repeated cross-validation, made or read. */
#ifndef AVO_AP_FOLDS_H
#define AVO_AP_FOLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/io.h"

#define AVO_MAX_FOLDS 10000

struct avo_folds_spec {
    size_t n_rows, n_folds, n_repeats;
    const uint8_t *stratum;     /* [n_rows] 0 or 1: both spread evenly; NULL: not looked at */
    const uint32_t *group;      /* [n_rows] 0 .. n_groups-1: kept together; NULL: no groups */
    size_t n_groups;
    uint64_t seed;
    uint32_t stream;            /* 0: the outer folds; folds inside folds take other numbers */
};

/* Zero is empty. */
struct avo_folds {
    size_t n_rows, n_folds, n_repeats;
    uint16_t *fold;             /* [n_repeats][n_rows] 0 .. n_folds-1 */
};

/* Each repeat takes the next permutation of the rows that numpy.random.RandomState(seed) gives (for
 * stream > 0: RandomState([seed, stream]); a seed beyond 32 bits is folded to them by exclusive or)
 * and as fold f every n_folds-th row of it from the f-th on. With strata the positives of the
 * order come before the negatives, so that both are spread evenly. With groups it is groups that
 * are permuted; they go in that order, the large ones (by powers of two) first, each to the fold
 * with the fewest rows (with strata: one that has positives to the fold with the fewest of them,
 * then of rows); of equals the first.
 * Errors: fewer rows or groups than folds (AVO_EXIT_DATA). */
int avo_folds_make(const struct avo_folds_spec *spec, struct avo_folds *out,
                   struct avo_error *err);
void avo_folds_release(struct avo_folds *f);

/* TSV: a line "row", "repeat1", ... ; then per row its number from 1 and its folds from 1. */
int avo_folds_write(const struct avo_folds *f, const char *path, struct avo_error *err);
/* The same back. Errors name file and line: not whole numbers in order, another number of rows
 * than n_rows, fewer than two folds, an empty fold. */
int avo_folds_read(const char *path, size_t n_rows, struct avo_folds *out, struct avo_error *err);

#endif
