/* SPDX-License-Identifier: MIT */
/* eval.h: scores of tracks by several methods, from windows that stream by. */
#ifndef AVO_EVAL_EVAL_H
#define AVO_EVAL_EVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/threads.h"
#include "libcommon/eval/scored.h"
#include "libcommon/eval/moments.h"
#include "libcommon/eval/rank.h"
#include "libcommon/eval/spill.h"
#include "libcommon/eval/window.h"

/* Errors weighted by bin: sum of w, sum of w (x - y)^2. */
struct avo_weighted { double w, sse; };
enum avo_weights { AVO_PROMOTERS, AVO_GENES, AVO_ENHANCERS, AVO_VARIANCE, AVO_N_WEIGHTS };

/* Everything that the measures of one track, one method and one scope are computed from. */
struct avo_cell {
    bool defined;                               /* false: the method has no prediction */
    struct avo_moments all;                     /* all scored bins */
    struct avo_weighted weighted[AVO_N_WEIGHTS];
    struct avo_rank_scores rank;
};

/* A measure: its column name, a line for readers, and its value (NaN = not defined). */
struct avo_measure {
    const char *name;       /* column: mse */
    const char *label;      /* as the field writes it: MSEglobal */
    const char *title;      /* one line for readers */
    int better;             /* +1: more is better, -1: less is */
    double (*score)(const struct avo_cell *c);
};
extern const struct avo_measure avo_measures[];
extern const size_t avo_n_measures;
#define AVO_MEASURES 15     /* the same, for arrays */

enum avo_rank_scope { AVO_RANKS_CHROM, AVO_RANKS_GENOME, AVO_RANKS_NONE };

/* Weights of the bins of one chromosome, [n_bins] from bin 0, or NULL where there are none. */
struct avo_eval_chrom {
    uint64_t n_bins;                            /* at most so many bins will count */
    const uint16_t *weights[AVO_VARIANCE];      /* promoters, genes, enhancers, by grid bin */
};

struct avo_eval_plan {
    const struct avo_scored *chosen;            /* borrowed */
    size_t n_methods;
    size_t max_bins;                            /* in one window */
    enum avo_rank_scope ranks;
    enum avo_top_rule top;
    uint64_t n_bins;                            /* of the longest chromosome, or of all of them when
                                                 * ranks are genome-wide */
    uint64_t max_bytes;                         /* for the columns kept for the ranks (more go to
                                                 * a temporary file), and again for ranking them */
};

struct avo_eval;

/* pool is borrowed. */
struct avo_eval *avo_eval_new(const struct avo_eval_plan *plan, struct avo_pool *pool,
                              struct avo_error *err);
void avo_eval_free(struct avo_eval *e);

/* Where the columns for the ranks are kept; NULL without rank measures. */
const struct avo_spill *avo_eval_store(const struct avo_eval *e);

/* A chromosome begins (its weights are borrowed until avo_eval_end). Then its windows in ascending
 * order. The last digits of results depend on how the bins are cut into windows: callers cut on a
 * fixed grid. */
int avo_eval_begin(struct avo_eval *e, const struct avo_eval_chrom *c, struct avo_error *err);
/* peaks [K] of [n], or NULL: 1 in called peaks of the scored track (NULL: it has none).
 * skip [n], or NULL: 1 = the bin does not count. */
int avo_eval_add(struct avo_eval *e, const struct avo_window *w, const uint8_t *const *peaks,
                 const uint8_t *skip, struct avo_error *err);
/* Ends the chromosome: its sums become the next scope. */
int avo_eval_end(struct avo_eval *e, struct avo_error *err);
/* After the last chromosome: adds the scope of all, numbered n_scopes - 1. */
int avo_eval_finish(struct avo_eval *e, struct avo_error *err);

/* After finish. track: index among the observed input's tracks. */
size_t avo_eval_n_methods(const struct avo_eval *e);
size_t avo_eval_n_scopes(const struct avo_eval *e);
const struct avo_cell *avo_eval_cell(const struct avo_eval *e, size_t scope, size_t track,
                                     size_t method);
/* Observed bins of a track that some method lacked, left out for all. */
uint64_t avo_eval_left_out(const struct avo_eval *e, size_t scope, size_t track);
/* Observed bins of a track that one method lacked, all chromosomes together. */
uint64_t avo_eval_lacking(const struct avo_eval *e, size_t track, size_t method);

#endif
