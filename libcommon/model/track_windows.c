/* SPDX-License-Identifier: MIT */
/* track_windows.c: see track_windows.h. */
#include "libcommon/model/track_windows.h"

#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"
#include "libcommon/base/half.h"
#include "libcommon/model/track_stats.h"

/* Scores are held as multiples of 1 / UNIT. No score is beyond LIMIT, so that sums over a whole
 * chromosome, of at most 2^28 bins, stay within an int64. */
static const double UNIT = 1048576.0, LIMIT = 32767.0;

enum { BLOCK = 256 };       /* bins whose values are taken at a time */

void avo_track_windows_release(struct avo_track_windows *w)
{
    free(w->z);
    free(w->q);
    free(w->n_present);
    *w = (struct avo_track_windows){0};
}

static int reserve(struct avo_track_windows *w, uint32_t n_bins, struct avo_error *err)
{
    size_t need = (size_t)n_bins + 1;
    if (need <= w->cap)
        return 0;
    avo_track_windows_release(w);
    w->z = avo_alloc(need, sizeof *w->z, "windows", err);
    w->q = avo_alloc(need, sizeof *w->q, "windows", err);
    w->n_present = avo_alloc(need, sizeof *w->n_present, "windows", err);
    if (!w->z || !w->q || !w->n_present)
        return -1;
    w->cap = need;
    return 0;
}

/* Column `track` of x at the n bins from `first` on. */
static void take(const struct avo_signal *x, uint32_t track, uint32_t first, uint32_t n,
                 float *value)
{
    size_t at = (size_t)first * x->n_tracks + track;
    if (x->dtype == AVO_F32) {
        const float *from = (const float *)(const void *)x->values + at;
        for (uint32_t i = 0; i < n; i++)
            value[i] = from[(size_t)i * x->n_tracks];
    } else {
        const uint16_t *from = (const uint16_t *)(const void *)x->values + at;
        uint16_t half[BLOCK];
        for (uint32_t i = 0; i < n; i++)
            half[i] = from[(size_t)i * x->n_tracks];
        avo_half_unpack(value, half, n);
    }
}

/* Scores to whole multiples; a missing one to 0. */
AVO_CLONES static void round_scores(const float *restrict value, double from, double by,
                                    double *restrict whole)
{
    for (int i = 0; i < BLOCK; i++) {
        double s = ((double)value[i] - from) * by;
        s = s < LIMIT ? s : LIMIT;
        s = s > -LIMIT ? s : -LIMIT;
        double r = rint(s * UNIT);
        whole[i] = value[i] == value[i] ? r : 0;
    }
}

/* avo_track_stats_rank of BLOCK values, NaN included: the last knot that is not above a value by
 * halving, without branches. */
AVO_CLONES static void rank_scores(const struct avo_track_stats *s, const float *restrict value,
                                   float *restrict score)
{
    for (int i = 0; i < BLOCK; i++) {
        int at = 0;
        for (int step = AVO_RANK_KNOTS / 2; step; step /= 2)
            at += s->x[at + step] <= value[i] ? step : 0;
        int next = at + 1 < AVO_RANK_KNOTS ? at + 1 : at;
        float wide = s->x[next] - s->x[at], past = value[i] - s->x[at];
        float share = wide > 0 && past > 0 ? past / wide : 0;
        score[i] = s->q[at] + share * (s->q[next] - s->q[at]);
    }
}

static void add_up(int64_t *sum, const double *whole, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        sum[i + 1] = sum[i] + (int64_t)whole[i];
}

int avo_track_windows_begin(struct avo_track_windows *w, const struct avo_observed *o,
                            const struct avo_track_stats *s, const struct avo_signal *x,
                            uint32_t track, uint32_t first, uint32_t n_bins,
                            struct avo_error *err)
{
    if (reserve(w, n_bins, err))
        return -1;
    w->o = o;
    w->n_bins = n_bins;
    w->z[0] = w->q[0] = w->n_present[0] = 0;
    for (uint32_t i = 0; i < n_bins; i += BLOCK) {
        uint32_t n = n_bins - i < BLOCK ? n_bins - i : BLOCK;
        float value[BLOCK] = {0}, score[BLOCK];
        double whole[BLOCK];
        take(x, track, first + i, n, value);
        for (uint32_t j = 0; j < n; j++)
            w->n_present[i + j + 1] = w->n_present[i + j] + (value[j] == value[j]);
        round_scores(value, (double)s->mean, 1 / (double)s->sd, whole);
        add_up(w->z + i, whole, n);
        if (!o->ranks)
            continue;
        rank_scores(s, value, score);
        for (uint32_t j = 0; j < n; j++)
            score[j] = value[j] == value[j] ? score[j] : NAN;
        round_scores(score, 0, 1, whole);
        add_up(w->q + i, whole, n);
    }
    return 0;
}

/* Means over +-half bins. */
static void box_means(const struct avo_track_windows *w, const int64_t *sum, uint32_t half,
                      uint32_t at, uint32_t n, float *out)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bin = at + i, lo = bin > half ? bin - half : 0;
        uint32_t hi = w->n_bins - bin > half ? bin + half + 1 : w->n_bins;
        uint32_t present = w->n_present[hi] - w->n_present[lo];
        double mean = (double)(sum[hi] - sum[lo]) / (UNIT * (present ? present : 1));
        out[i] = present || half ? (float)mean : NAN;
    }
}

void avo_track_windows_values(const struct avo_track_windows *w, uint32_t at, uint32_t n,
                              float *out, size_t stride)
{
    const struct avo_observed *o = w->o;
    for (uint32_t j = 0; j < o->n_windows; j++) {
        if (o->ranks)
            box_means(w, w->q, o->half_bins[j], at, n, out + j * stride);
        uint32_t z = o->ranks ? o->n_windows + j : j;
        box_means(w, w->z, o->half_bins[j], at, n, out + z * stride);
    }
}
