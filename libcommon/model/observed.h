/* SPDX-License-Identifier: MIT */
/* observed.h: what a model of the family "observed" has beside its network and assay rows: how its
 * inputs are computed from the signal around a bin, and the statistics of tracks.
 *
 * Letters, beside those of model.h: W windows, V values of a track at a bin: V = W, or 2 W with
 * rank scores. The values v [V] of a track at a bin are box means over +-half_bins[w] bins, clipped
 * to the bins present without a gap around it: of the rank scores q first (where there are any),
 * then of z = (x - m) / s. Column V - W, z at its own bin, is what the network predicts.
 *
 * A target is a pair (c, a). Its inputs, in the order of the blocks, A being the assays of the
 * model's root:
 *   elsewhere [A][V]  mu_b: mean of v over the other cell types that have b (0: none)
 *   own [A][V], [A]   d_b = v[c, b] - mu_b where c has b and another cell type has it, else 0, and
 *                     0 for b = a; then whether c has b (0 for b = a)
 *   target [V], [V]   mu_a, and the standard deviation over the other cell types (0: fewer than
 *                     two); in a model that is `similar` also
 *          [V]        the sum over the other cell types d that have a of w_d v[d, a], less mu_a
 *                     (0: none)
 *   assay [E]         the assay's row
 * z' = (network + base) (1 + w_k (1 / k - 1/2)), base = mu_a of z at the bin, k = number of other
 * cell types that have a, at least 1; the track is max(0, m' + s' z') in model space, m' and s'
 * being predicted from cell type and assay (track_stats.h).
 *
 * w is the softmax of 8 rho(c, d): rho is the sum of R_b(c, d) over the assays b other than a that
 * both have and whose R is known, divided by one more than their number. R_b(c, d) is measured once
 * (similarity.h). */
#ifndef AVO_MODEL_OBSERVED_H
#define AVO_MODEL_OBSERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/model/residuals.h"

#define AVO_MAX_WINDOWS 8
#define AVO_MAX_HALF_BINS 10000u     /* of a window */
#define AVO_RANK_KNOTS 256
#define AVO_SIMILAR_SHARPNESS 8.0

/* Of one track, in model space. q at x is linear between knots, constant beyond them. */
struct avo_track_stats {
    char *celltype, *assay;
    float mean, sd;                 /* m; s: of the track after a box mean of +-10 bins, > 0 */
    float x[AVO_RANK_KNOTS];        /* ascending; the last knot is repeated where fewer do */
    float q[AVO_RANK_KNOTS];        /* -ln(1 - midrank / n + .5 / n) - 1 */
};

/* R of two tracks of one assay, -1 to 1. */
struct avo_similar {
    uint32_t i, j;                  /* of the statistics, i < j */
    float r;
};

struct avo_observed {
    uint32_t n_windows;
    uint32_t half_bins[AVO_MAX_WINDOWS];    /* ascending, the first is 0 */
    bool ranks;
    bool similar;                   /* inputs weighted by similarity */
    double hide;                    /* most of the probability that a step hides a track */
    int64_t n_samples;              /* bins that were learned from */
    float count;                    /* w_k */
    uint32_t n_stats;
    size_t cap_stats;
    struct avo_track_stats *stats;  /* of the tracks that training saw, and of extensions */
    uint32_t n_pairs;               /* whose R is known: ascending by j, then i; none twice */
    size_t cap_pairs;
    struct avo_similar *pairs;
    struct avo_residuals residuals; /* of the tracks that training saw, each from the others */
};

/* V */
static inline uint32_t avo_observed_values(const struct avo_observed *o)
{
    return o->n_windows * (o->ranks ? 2 : 1);
}
/* Greatest half window: bins on either side that a bin's inputs read. */
static inline uint32_t avo_observed_margin(const struct avo_observed *o)
{
    return o->half_bins[o->n_windows - 1];
}
/* Statistics of a track, or NULL. */
const struct avo_track_stats *avo_observed_find(const struct avo_observed *o, const char *celltype,
                                                const char *assay);
/* Appends a copy of s; a track that is there already with other numbers is an error. */
int avo_observed_add(struct avo_observed *o, const struct avo_track_stats *s,
                     struct avo_error *err);
/* Takes a track's statistics away, where they are, and its pairs. */
void avo_observed_drop(struct avo_observed *o, const char *celltype, const char *assay);
int avo_observed_copy(struct avo_observed *to, const struct avo_observed *from,
                      struct avo_error *err);
void avo_observed_release(struct avo_observed *o);

#endif
