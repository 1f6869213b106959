/* SPDX-License-Identifier: MIT */
/* track_stats.h: mean, scale and rank map of tracks, measured or predicted. */
#ifndef AVO_MODEL_TRACK_STATS_H
#define AVO_MODEL_TRACK_STATS_H

#include "libcommon/base/threads.h"
#include "libcommon/model/observed.h"
#include "libcommon/model/positions.h"
#include "libcommon/model/signal.h"

/* Statistics of the tracks in columns [n] of x, over all bins of p but those missing: out [n],
 * whose names stay as they are. A track that is constant has sd 1 (its z is 0). The same for every
 * number of threads. Errors: a track of which nothing was measured, or whose mean is below 0;
 * memory. */
int avo_track_stats_measure(const struct avo_positions *p, const struct avo_signal *x,
                            const uint32_t *columns, uint32_t n, struct avo_pool *pool,
                            struct avo_track_stats *out, struct avo_error *err);
/* Whether the track holds one value everywhere. */
bool avo_track_stats_flat(const struct avo_track_stats *s);
/* m' and s' of the track (celltype, assay): log m and log s each = mean + effect of the cell type +
 * effect of the assay, by ridge regression (penalty .09 on the effects, none on the mean, which is
 * the plain mean) on all statistics of o but the track's own and those of tracks that hold one
 * value everywhere; a name that none has: effect 0. Neither lies more than a factor of 4 outside
 * what the assay's tracks have (all tracks, where it has none): few tracks determine the effects
 * badly.
 * Errors: no other track. */
int avo_track_stats_predict(const struct avo_observed *o, const char *celltype, const char *assay,
                            float *mean, float *sd, struct avo_error *err);

#endif
