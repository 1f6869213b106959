/* SPDX-License-Identifier: MIT */
/* intervals.h: bounds of intervals beside imputed tracks, from the residuals that a model of the
 * family observed records (model/residuals.h). */
#ifndef AVO_IMPUTE_INTERVALS_H
#define AVO_IMPUTE_INTERVALS_H

#include "libcommon/impute/impute.h"

/* Where one bound's tracks go. */
struct avo_interval_bound {
    double p;                   /* the quantile */
    char *output;               /* as avo_impute_job's, {bound} replaced */
    struct avo_header header;
    struct avo_bound curve;
};
enum { AVO_BOUNDS = 2 };        /* lower, upper */
struct avo_intervals { struct avo_interval_bound at[AVO_BOUNDS]; };

/* Bounds of the central interval that holds `share` of the values; files by pattern, that of the
 * tracks themselves being output (or NULL). Errors (usage): no {bound}, or not in the folder before
 * the other placeholders; placeholders where output has none, or the other way round. */
int avo_intervals_choose(struct avo_intervals *iv, const char *pattern, const char *output,
                         double share, struct avo_error *err);
/* Takes the model's residuals. Errors: it has none; a file that is another output. */
int avo_intervals_prepare(struct avo_intervals *iv, const struct avo_model *m,
                          const struct avo_wanted_list *l, struct avo_error *err);
/* Makes the bounds' headers from that of the tracks: a line @interval (avo-stream.5). */
int avo_intervals_headers(struct avo_intervals *iv, const struct avo_header *h,
                          struct avo_error *err);
void avo_intervals_release(struct avo_intervals *iv);

/* Bounds of a track in model space, mean and sd being m' and s', from its z' [n]: out [AVO_BOUNDS],
 * each [n]. */
void avo_intervals_fill(const struct avo_intervals *iv, float mean, float sd, const float *z,
                        uint32_t n, float *const out[AVO_BOUNDS]);

#endif
