/* SPDX-License-Identifier: MIT */
/* track_windows.c: see track_windows.h. */
#include "libcommon/model/track_windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"
#include "libcommon/model/track_stats.h"

/* Scores are held as multiples of 1 / UNIT, and none is beyond LIMIT: sums over a chromosome, of at
 * most 2^28 bins, stay within an int64, and those over windows of 2^18 bins below 2^51, where whole
 * numbers and doubles turn into each other by an addition. */
static const double UNIT = 1048576.0, LIMIT = 4095.0;
static const double WHOLE = 6755399441055744.0;             /* 1.5 2^52 */
static const int64_t WHOLE_BITS = 0x4338000000000000;       /* of WHOLE */

enum { BLOCK = 256 };       /* bins whose values are taken at a time */
enum { STRETCH = 1 << 13 }; /* bins whose sums a sample has in memory, margins apart */

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

/* Scores to whole multiples; a missing one to 0. */
AVO_CLONES static void round_scores(const float *restrict value, double from, double by,
                                    int64_t *restrict whole)
{
    for (int i = 0; i < BLOCK; i++) {
        double s = ((double)value[i] - from) * by, bits;
        s = s < LIMIT ? s : LIMIT;
        s = s > -LIMIT ? s : -LIMIT;
        bits = (value[i] == value[i] ? s * UNIT : 0) + WHOLE;   /* rounds */
        memcpy(&whole[i], &bits, sizeof bits);
        whole[i] -= WHOLE_BITS;
    }
}

/* Rank scores (observed.h) of BLOCK values, NaN included: the last knot not above a value by
 * halving, all values a step at a time. */
AVO_CLONES static void rank_scores(const struct avo_track_stats *s, const float *restrict value,
                                   float *restrict score)
{
    int32_t at[BLOCK] = {0};
    for (int32_t step = AVO_RANK_KNOTS / 2; step; step /= 2)
        for (int i = 0; i < BLOCK; i++)
            at[i] += step * (s->x[at[i] + step] <= value[i]);
    for (int i = 0; i < BLOCK; i++) {
        int32_t next = at[i] + 1 < AVO_RANK_KNOTS ? at[i] + 1 : at[i];
        float wide = s->x[next] - s->x[at[i]], past = value[i] - s->x[at[i]];
        float share = wide > 0 && past > 0 ? past / wide : 0;
        float q = s->q[at[i]] + share * (s->q[next] - s->q[at[i]]);
        score[i] = value[i] == value[i] ? q : NAN;
    }
}

static void add_up(int64_t *sum, const int64_t *whole, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        sum[i + 1] = sum[i] + whole[i];
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
        int64_t whole[BLOCK];
        avo_signal_column(x, track, first + i, n, value);
        for (uint32_t j = 0; j < n; j++)
            w->n_present[i + j + 1] = w->n_present[i + j] + (value[j] == value[j]);
        round_scores(value, (double)s->mean, 1 / (double)s->sd, whole);
        add_up(w->z + i, whole, n);
        if (!o->ranks)
            continue;
        rank_scores(s, value, score);
        round_scores(score, 0, 1, whole);
        add_up(w->q + i, whole, n);
    }
    return 0;
}

/* out[i] = mean of bins lo[i] .. hi[i] - 1 as prefix sums and counts have them; 0 of none. */
AVO_CLONES static void means(const int64_t *restrict sum_lo, const int64_t *restrict sum_hi,
                             const uint32_t *restrict n_lo, const uint32_t *restrict n_hi,
                             uint32_t n, float *restrict out)
{
    for (uint32_t i = 0; i < n; i++) {
        int64_t bits = sum_hi[i] - sum_lo[i] + WHOLE_BITS;
        int32_t present = (int32_t)(n_hi[i] - n_lo[i]);
        double sum;
        memcpy(&sum, &bits, sizeof sum);
        out[i] = (float)((sum - WHOLE) / (UNIT * (present ? present : 1)));
    }
}

/* Means over +-half bins; those of a window that reaches over an end one by one. */
static void box_means(const struct avo_track_windows *w, const int64_t *sum, uint32_t half,
                      uint32_t at, uint32_t n, float *out)
{
    const uint32_t *present = w->n_present;
    for (uint32_t i = 0; i < n;) {
        uint32_t bin = at + i, lo = bin > half ? bin - half : 0, some = 1;
        uint32_t hi = w->n_bins - bin > half ? bin + half + 1 : w->n_bins;
        if (bin >= half && w->n_bins - bin > half)
            some = w->n_bins - half - bin < n - i ? w->n_bins - half - bin : n - i;
        means(sum + lo, sum + hi, present + lo, present + hi, some, out + i);
        i += some;
    }
    for (uint32_t i = 0; i < n && half == 0; i++)
        out[i] = present[at + i + 1] > present[at + i] ? out[i] : NAN;
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

int avo_track_windows_sample(struct avo_track_windows *w, const struct avo_observed *o,
                             const struct avo_track_stats *s, const struct avo_signal *x,
                             uint32_t track, const struct avo_positions *p, const uint32_t *bins,
                             uint32_t n, float *out, size_t stride, struct avo_error *err)
{
    uint32_t margin = avo_observed_margin(o);
    for (uint32_t i = 0; i < n;) {
        const struct avo_positions_run *run = avo_positions_run(p, bins[i]);
        uint32_t at = bins[i], end = run->first + run->n_bins;
        uint32_t lo = at - run->first > margin ? at - margin : run->first;
        uint32_t hi = end - at > STRETCH + margin ? at + STRETCH + margin : end;
        uint32_t stop = end - at > STRETCH ? at + STRETCH : end;
        if (avo_track_windows_begin(w, o, s, x, track, lo, hi - lo, err))
            return -1;
        for (; i < n && bins[i] < stop; i++)
            avo_track_windows_values(w, bins[i] - lo, 1, out + i * stride, 1);
    }
    return 0;
}
