/* SPDX-License-Identifier: MIT */
/* baseline.h: the predictions that cost nothing: means over other cell types, plain and scaled for
 * depth, and the track's own constant. */
#ifndef AVO_EVAL_BASELINE_H
#define AVO_EVAL_BASELINE_H

#include <stdbool.h>

#include "libcommon/base/threads.h"
#include "libcommon/eval/scored.h"
#include "libcommon/eval/window.h"

/* Method numbers behind the imputed inputs. */
enum avo_baseline { AVO_BASE_MEAN, AVO_BASE_SCALED, AVO_BASE_CONSTANT, AVO_N_BASELINES };
extern const char *const avo_baseline_names[AVO_N_BASELINES];

/* Sums over one observed track, in the space named. */
struct avo_depth { uint64_t n; double mean /* scored space */, rms /* averaging space */; };

struct avo_baseline_spec {
    const struct avo_scored *chosen;        /* borrowed, like all others */
    const struct avo_header *observed;
    bool average_raw;                       /* means are taken of raw values, not in model space */
    bool score_raw;                         /* the scored space is raw signal, not model space */
    size_t max_bins;
};

struct avo_baselines;

/* For each scored track the depth scales of the cell types are fitted by least squares of log RMS
 * on cell type and assay (model/scale.h) over the training tracks without the scored one, so that
 * no baseline knows anything of its target. depth [tracks of the observed input]. */
struct avo_baselines *avo_baselines_new(const struct avo_baseline_spec *spec,
                                        const struct avo_depth *depth, struct avo_pool *pool,
                                        struct avo_error *err);
void avo_baselines_free(struct avo_baselines *b);

/* Depth sums of tracks, from windows of observed columns alone: depth [n_tracks] starts zeroed.
 * Call finish after the last window. */
void avo_depth_add(struct avo_depth *depth, const struct avo_baseline_spec *spec,
                   const float *const *observed, size_t n, struct avo_pool *pool);
void avo_depth_finish(struct avo_depth *depth, size_t n_tracks);

/* Completes a window: chrom, beg_bin and n are set; observed [tracks][n] and imputed
 * [n_imputed][K][n] are in model space. All other members are filled; they are valid until the
 * next call. With T(t) the training tracks of t's assay in other cell types that have a value at
 * the bin, x their values and s the scales,
 *   mean         (1/|T|) sum_u x_u
 *   scaled-mean  (1/|T|) sum_u (s_t / s_u) x_u
 *   constant     the mean of the observed track over all its bins
 * each rounded to float32. */
int avo_baselines_window(struct avo_baselines *b, const float *const *observed,
                         const float *const *const *imputed, struct avo_window *w,
                         struct avo_error *err);

#endif
