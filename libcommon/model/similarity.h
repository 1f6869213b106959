/* SPDX-License-Identifier: MIT */
/* similarity.h: how alike the tracks of an assay are: R of pairs of them, measured and kept.
 *
 * R_b(c, d) is the uncentred correlation over bins of e[c, b] and e[d, b], e being z as a box mean
 * over +-10 bins (0 where nothing was measured there) less its mean over the tracks of b that are
 * measured together. */
#ifndef AVO_MODEL_SIMILARITY_H
#define AVO_MODEL_SIMILARITY_H

#include "libcommon/base/threads.h"
#include "libcommon/model/observed.h"
#include "libcommon/model/positions.h"
#include "libcommon/model/signal.h"

#define AVO_SIMILARITY_BINS 50000u      /* most that R is measured on */

/* Tracks of signal: columns there, and which statistics of o are theirs. */
struct avo_similarity_tracks {
    uint32_t n;
    const uint32_t *columns, *stats;    /* [n] */
};
/* Measures R of all pairs of these tracks that are of one assay and that o lacks, on all bins of p,
 * or AVO_SIMILARITY_BINS at equal distances, and adds it to o. An assay of which nothing is lacking
 * is not read. The same for every number of threads. */
int avo_similarity_measure(struct avo_observed *o, const struct avo_positions *p,
                           const struct avo_signal *x, const struct avo_similarity_tracks *t,
                           struct avo_pool *pool, struct avo_error *err);
/* need [n]: whether o lacks R of a pair of statistics stats [n] that the track's assay has. Returns
 * how many pairs it lacks. */
uint64_t avo_similarity_lacking(const struct avo_observed *o, const uint32_t *stats, uint32_t n,
                                bool *need);
/* R of each two of stats [n]: [n][n], NaN where they are of two assays or R is not known. Fresh
 * memory; NULL with err set. */
float *avo_similarity_matrix(const struct avo_observed *o, const uint32_t *stats, uint32_t n,
                             struct avo_error *err);

/* ---- pairs ---- */

/* R of statistics i and j of o, or NULL. */
const struct avo_similar *avo_similarity_find(const struct avo_observed *o, uint32_t i,
                                              uint32_t j);
/* Adds pairs [n], whose i and j may be in either order, and sorts. A pair that is there already
 * with another R is an error. */
int avo_similarity_add(struct avo_observed *o, const struct avo_similar *pairs, uint32_t n,
                       struct avo_error *err);
/* Adds the pairs of another model, both of whose tracks have statistics in o. */
int avo_similarity_join(struct avo_observed *o, const struct avo_observed *from,
                        struct avo_error *err);
/* Statistics i have moved to to[i]. */
void avo_similarity_renumber(struct avo_observed *o, const uint32_t *to);

#endif
