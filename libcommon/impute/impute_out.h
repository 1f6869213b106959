/* SPDX-License-Identifier: MIT */
/* impute_out.h: where imputed values go: a record stream, bedGraphs or bigWigs. */
#ifndef AVO_IMPUTE_IMPUTE_OUT_H
#define AVO_IMPUTE_IMPUTE_OUT_H

#include "libcommon/impute/impute.h"
#include "libcommon/stream/join.h"

/* Part of a tile: values [n_tracks][n_bins], model space, of a round's tracks. */
struct avo_imputed {
    struct avo_span span;
    uint32_t n_tracks;
    float *values;
};

struct avo_sink;

/* Output of tracks first .. first + n - 1 of the job's list. */
struct avo_sink *avo_sink_open(const struct avo_impute_job *job, const struct avo_model *m,
                               uint32_t first, uint32_t n, struct avo_error *err);
/* Overwrites the values. */
int avo_sink_add(struct avo_sink *s, struct avo_imputed *part, struct avo_error *err);
/* Whole: gives the files their names. models, signal: what was read; either may be NULL. */
int avo_sink_finish(struct avo_sink *s, const struct avo_models *models,
                    const struct avo_join *signal, struct avo_error *err);
void avo_sink_free(struct avo_sink *s);
/* Most tracks of one sink under the job's bounds on memory and descriptors. */
uint32_t avo_sink_max_tracks(const struct avo_impute_job *job);
/* Bins of a part: whole groups of coarse_bins, or what is left of them at the edge of a region. */
uint32_t avo_sink_part_bins(const struct avo_impute_job *job);
/* Nothing was predicted yet. */
void avo_sink_no_spread(const struct avo_impute_job *job);
/* Values v [n] of the job's track i: predictions are noted in the job's spread and then clipped, if
 * it says so, where the model has a range for the assay. False: one is not finite. */
bool avo_sink_clip(const struct avo_impute_job *job, const struct avo_model *m, size_t i, float *v,
                   uint32_t n);

#endif
