/* SPDX-License-Identifier: MIT */
/* variable.h: errors, called peaks and attributions by the number of cell types with a peak. */
#ifndef AVO_EVAL_VARIABLE_H
#define AVO_EVAL_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/io.h"
#include "libcommon/base/threads.h"
#include "libcommon/eval/scored.h"
#include "libcommon/eval/window.h"
#include "libcommon/genome/peaks.h"
#include "libcommon/stream/header.h"

/* Bins of an assay are grouped by k: how many of the cell types that have a peak file for the assay
 * (scored or not) have a peak there. Bins with k = 0 are dropped, as are bins that a window does
 * not use. Scored tracks with a peak file take part.
 * Source: Schreiber et al. 2020, figure 2 (variable positions) and the attributions by peak state.
 * Deviates: tracks that a model has seen are pooled apart from the others. */

/* Bins of one k and method. */
struct avo_variable_cell {
    uint64_t n[2][2];       /* [value >= threshold][in a called peak of the track] */
    double sse;             /* sum of (observed - value)^2 */
};
uint64_t avo_variable_bins(const struct avo_variable_cell *c);
uint64_t avo_variable_n_peak(const struct avo_variable_cell *c);
uint64_t avo_variable_n_called(const struct avo_variable_cell *c);
/* NaN where undefined: without bins, without called bins, without bins in peaks. */
double avo_variable_mse(const struct avo_variable_cell *c);
double avo_variable_precision(const struct avo_variable_cell *c);
double avo_variable_recall(const struct avo_variable_cell *c);

struct avo_variable_mean { uint64_t n; double sum; };

/* All pointers are borrowed while the struct lives. */
struct avo_variable_spec {
    const struct avo_scored *chosen;
    const struct avo_header *header;    /* of the observed input */
    const struct avo_peaks *peaks;
    size_t n_methods, n_components;     /* components of attributions, or 0 */
    size_t max_bins;                    /* in one window */
    float threshold;                    /* in the scored space: asinh(2) in arcsinh space */
};

/* The measured signal itself, as the method numbered n_methods: its mse is 0. */
#define AVO_VARIABLE_OBSERVED "observed"

struct avo_variable;

/* Errors: no scored track has a peak file; more than 65535 peak files of one assay. */
struct avo_variable *avo_variable_new(const struct avo_variable_spec *spec, struct avo_pool *pool,
                                      struct avo_error *err);
void avo_variable_free(struct avo_variable *v);
const struct avo_variable_spec *avo_variable_spec(const struct avo_variable *v);

/* Windows in any order and cut; sums do not depend on the cut nor on the number of threads.
 * attribution [n_components * n_scored] or NULL: component c of scored track k at
 * c * n_scored + k, [n], NaN = not there; NULL: none. */
void avo_variable_add(struct avo_variable *v, const struct avo_window *w,
                      const float *const *attribution);
/* [n_scored][n] 1 in called peaks of the track, NULL without a peak file; of the window added last,
 * until the next is. */
const uint8_t *const *avo_variable_peaks(const struct avo_variable *v);
/* After the last window; before it no pooled cell is valid. */
void avo_variable_finish(struct avo_variable *v);

/* assay: 0 .. chosen->n_assays - 1. Tracks that take part; 0: the assay has no cells. */
size_t avo_variable_n_tracks(const struct avo_variable *v, size_t assay, bool seen);
/* Peak files of the assay. */
size_t avo_variable_max_k(const struct avo_variable *v, size_t assay);
/* k: 1 .. max_k; method: 0 .. n_methods. Pooled over the assay's tracks that some model has seen,
 * or over the others. Without bins where a track among them lacks the method, so that methods are
 * always compared over the same tracks. */
const struct avo_variable_cell *avo_variable_cell(const struct avo_variable *v, size_t assay,
                                                  bool seen, size_t k, size_t method);
/* Of one scored track (its place among the scored); NULL: it takes no part. */
const struct avo_variable_cell *avo_variable_track_cell(const struct avo_variable *v,
                                                        size_t scored, size_t k, size_t method);
/* Over bins where the track's cell type has a peak, or has none; all tracks of the assay. */
const struct avo_variable_mean *avo_variable_attribution(const struct avo_variable *v,
                                                         size_t assay, size_t k, bool has_peak,
                                                         size_t component);

/* TSV: assay celltype seen k n_celltypes method n_bins mse precision recall n_peak n_called. Cell
 * type "." = pooled; NA = undefined. method_names [n_methods]. */
int avo_variable_print(const struct avo_variable *v, const char *const *method_names,
                       struct avo_out *out, struct avo_error *err);
/* TSV: assay k n_celltypes peak component n_bins mean. component_names [n_components]. */
int avo_variable_print_attribution(const struct avo_variable *v,
                                   const char *const *component_names, struct avo_out *out,
                                   struct avo_error *err);

#endif
