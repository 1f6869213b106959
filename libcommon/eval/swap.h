/* SPDX-License-Identifier: MIT */
/* swap.h: is each measured track most like its own imputed one? A look for exchanged labels. */
#ifndef AVO_EVAL_SWAP_H
#define AVO_EVAL_SWAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/io.h"
#include "libcommon/base/threads.h"
#include "libcommon/eval/scored.h"
#include "libcommon/eval/window.h"
#include "libcommon/stream/header.h"

/* Pearson's correlation of every scored observed track (K) with every scored track's prediction by
 * one method, over the bins where all K have both. So that the cost stays that of 64 tracks on all
 * bins, only the 5-kbp blocks (200 bins of the chromosome's grid) whose number is a multiple of
 * avo_swap_stride(K) are taken: all of them up to 64 tracks, ceil(K^2 / 64^2) beyond.
 *
 * The method must be an imputed input. With a mean over the other cell types the check would say
 * nothing: a track is left out of its own prediction only, so it lies in all that it is compared
 * with. For a like reason it says little about a track that the model was trained on (seen): that
 * one resembles its own imputed track whatever its label. */
struct avo_swap_spec {
    const struct avo_scored *chosen;        /* borrowed */
    const struct avo_header *observed;      /* borrowed; names */
    size_t method;                          /* < chosen->n_imputed */
    size_t max_bins;                        /* in one window */
};

/* By how much another correlation must be greater to be called. On the 20 tracks of 5 cell types
 * that it was tried on, each predicted while withheld, another track of the same assay is better
 * than the own one by up to 0.08 (once 0.12) without any exchange: predictions of cell types with
 * deeper tracks resemble everything more. That cancels in the gain of an exchange of labels: up to
 * 0.07 between cell types and below -0.07 between assays, so an exchange of assays shows for sure.
 * Exchanged cell types of one assay mostly stay below: with few cell types the check does not find
 * those. */
#define AVO_SWAP_MARGIN 0.1
#define AVO_SWAP_NONE ((size_t)-1)

struct avo_swap_row {
    size_t track;           /* of the observed input */
    double r_own;           /* NaN: a constant column, or no bin */
    size_t best;            /* the other track whose prediction is most like it, or AVO_SWAP_NONE */
    double r_best;
    size_t rank;            /* 1 + other tracks with a greater r than r_own; 0: r_own is NaN */
    size_t partner;         /* the track with which an exchange of labels gains most, or NONE */
    double gain;            /* r(t, p) + r(p, t) - r(t, t) - r(p, p) */
    bool other_celltype, other_assay;   /* flagged, and what the better label differs in */
};

struct avo_swap;

size_t avo_swap_stride(size_t n_scored);
/* pool is borrowed. NULL with err set (out of memory). */
struct avo_swap *avo_swap_new(const struct avo_swap_spec *spec, struct avo_pool *pool,
                              struct avo_error *err);
void avo_swap_free(struct avo_swap *s);
/* Windows in any fixed order; the last digits depend on how bins are cut into windows, nothing
 * depends on the number of threads. Cannot fail; err is there for the sake of other collectors. */
int avo_swap_add(struct avo_swap *s, const struct avo_window *w, struct avo_error *err);
/* Bins that were compared so far. */
uint64_t avo_swap_n_bins(const struct avo_swap *s);
/* r of observed scored track i with the prediction for scored track j (indices among the scored);
 * NaN where undefined. */
double avo_swap_r(const struct avo_swap *s, size_t i, size_t j);
/* rows [chosen->n_scored]. Flagged: r_best - r_own (the label of best) is above AVO_SWAP_MARGIN, or
 * else gain (the label of partner) is, and the two tracks are each other's partner. Of equals the
 * earlier track. */
void avo_swap_finish(const struct avo_swap *s, struct avo_swap_row *rows);
/* TSV with a header line: celltype assay seen n_bins r_own best_celltype best_assay r_best rank
 * swap_celltype swap_assay swap_gain flagged (celltype, assay, both with a comma, or .); NA and .
 * where there is nothing. */
int avo_swap_print(const struct avo_swap *s, struct avo_out *out, struct avo_error *err);

#endif
