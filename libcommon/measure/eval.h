/* SPDX-License-Identifier: MIT */
/* eval.h: scores of tracks by several methods, from windows of columns that stream by. */
#ifndef AVO_MEASURE_EVAL_H
#define AVO_MEASURE_EVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/threads.h"
#include "libcommon/measure/moments.h"
#include "libcommon/measure/top.h"

/* Everything that the measures of one track, one method and one scope are computed from. */
struct avo_cell {
    bool defined;               /* false: the method has no prediction for the track */
    struct avo_moments all;     /* all scored bins */
    struct avo_top_sums top;    /* observed values of the top bins */
    double top_sse;             /* summed squared errors there */
};

/* A measure: its column name, a line for readers, and its value (NaN = not defined). */
struct avo_measure {
    const char *name, *title;
    double (*score)(const struct avo_cell *c);
};
extern const struct avo_measure avo_measures[];
extern const size_t avo_n_measures;

/* An observed track. */
struct avo_eval_track {
    size_t assay;               /* index, 0 .. n_assays - 1 */
    bool is_test;               /* not part of any mean over the other cell types */
    bool is_scored;
};

/* What is scored. Methods are numbered: the imputed ones, then the mean over the other cell types
 * and the track's own constant. */
struct avo_eval_plan {
    size_t n_tracks, n_assays, n_imputed;
    const struct avo_eval_track *tracks;    /* [n_tracks], the caller's, not copied */
    size_t max_bins;                        /* in one window */
};

struct avo_eval;

/* pool is borrowed. */
struct avo_eval *avo_eval_new(const struct avo_eval_plan *plan, struct avo_pool *pool,
                              struct avo_error *err);
void avo_eval_free(struct avo_eval *e);
size_t avo_eval_n_methods(const struct avo_eval *e);
/* Method numbers of the baselines. */
size_t avo_eval_mean(const struct avo_eval *e);
size_t avo_eval_constant(const struct avo_eval *e);

/* A chromosome with at most n_bins bins begins. Then its windows in ascending order. The last
 * digits of results depend on how the bins are cut into windows: callers cut on a fixed grid. */
int avo_eval_begin(struct avo_eval *e, uint64_t n_bins, struct avo_error *err);
/* One window of n <= max_bins bins, NaN = not there. observed[t] [n] for every track;
 * imputed[t * n_imputed + i] [n] for scored tracks. A bin of a track counts if it is observed and
 * every method defined for the track has a value there. */
int avo_eval_add(struct avo_eval *e, const float *const *observed, const float *const *imputed,
                 size_t n, struct avo_error *err);
/* Ends the chromosome: its sums become the next scope. */
int avo_eval_end(struct avo_eval *e, struct avo_error *err);
/* After the last chromosome: adds the scope of all, numbered n_scopes - 1, and the constants. */
int avo_eval_finish(struct avo_eval *e, struct avo_error *err);

/* After finish. */
size_t avo_eval_n_scopes(const struct avo_eval *e);
const struct avo_cell *avo_eval_cell(const struct avo_eval *e, size_t scope, size_t track,
                                     size_t method);
/* Observed bins of a track that some method lacked, left out for all. */
uint64_t avo_eval_left_out(const struct avo_eval *e, size_t scope, size_t track);
/* Observed bins of a track that one method lacked, all chromosomes together. */
uint64_t avo_eval_lacking(const struct avo_eval *e, size_t track, size_t method);

#endif
