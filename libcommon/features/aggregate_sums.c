/* SPDX-License-Identifier: MIT */
/* aggregate_sums.c: sums of a block's rows over any bins of a tile. Windows that overlap share the
 * sums of whole mid rows and groups, so that a window costs its two ends and its groups. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"
#include "libcommon/base/half.h"
#include "libcommon/features/aggregate_priv.h"

#define ROWS_AT_ONCE 32

/* What is needed of a group. */
enum { TOUCHED = 1, MIDS = 2, WHOLE = 4 };

static const struct avo_agg_block *block(const struct avo_agg_sums *s, size_t k)
{
    return &s->src->blocks[k];
}

static uint32_t group_bins(const struct avo_agg_sums *s) { return s->src->header->coarse_bins; }
static uint32_t mid_bins(const struct avo_agg_sums *s) { return s->src->header->mid_bins; }

/* Rows shorter than a mid row that fit it are summed up to mid rows. */
static bool has_mids(const struct avo_agg_sums *s, size_t k)
{
    uint32_t b = block(s, k)->bins_per_row;

    return b < mid_bins(s) && mid_bins(s) % b == 0;
}

static bool has_groups(const struct avo_agg_sums *s, size_t k)
{
    return block(s, k)->bins_per_row < group_bins(s);
}

/* ---- entries ---- */

/* Adds rows [n_rows][width], row r times n[r], column by column in the order of the rows; a few
 * columns at a time, whose sums then stay in registers. */
AVO_CLONES
static void add_rows(double *sum, const float *x, uint32_t width, uint32_t n_rows,
                     const double *n)
{
    uint32_t c = 0;

    for (; c + AVO_LANES <= width; c += AVO_LANES) {
        double acc[AVO_LANES];
        for (int i = 0; i < AVO_LANES; i++)
            acc[i] = sum[c + (uint32_t)i];
        for (uint32_t r = 0; r < n_rows; r++)
            for (int i = 0; i < AVO_LANES; i++)
                acc[i] += n[r] * (double)x[(size_t)r * width + c + (uint32_t)i];
        for (int i = 0; i < AVO_LANES; i++)
            sum[c + (uint32_t)i] = acc[i];
    }
    for (; c < width; c++)
        for (uint32_t r = 0; r < n_rows; r++)
            sum[c] += n[r] * (double)x[(size_t)r * width + c];
}

AVO_CLONES
static void add_squares(double *sum, const float *x, uint32_t width, double n)
{
    for (uint32_t i = 0; i < width; i++)
        sum[i] += n * ((double)x[i] * (double)x[i]);
}

AVO_CLONES
static void add_all(double *sum, const double *x, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        sum[i] += x[i];
}

AVO_CLONES
static void keep_least(double *lo, const double *x, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        lo[i] = x[i] < lo[i] ? x[i] : lo[i];
}

AVO_CLONES
static void keep_greatest(double *hi, const double *x, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        hi[i] = x[i] > hi[i] ? x[i] : hi[i];
}

AVO_CLONES
static void bound_row(double *lo, double *hi, const float *x, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++) {
        double v = (double)x[i];
        lo[i] = v < lo[i] ? v : lo[i];
        hi[i] = v > hi[i] ? v : hi[i];
    }
}

/* Rows of a model that follow each other, row r n[r] times. */
static void add_block(const struct avo_agg_sums *s, size_t k, double *e, const float *x,
                      uint32_t n_rows, const double *n)
{
    const struct avo_agg_kinds *q = &s->kinds[k];
    uint32_t width = block(s, k)->width;

    add_rows(e, x, width, n_rows, n);
    for (uint32_t r = 0; q->sq >= 0 && r < n_rows; r++)
        add_squares(e + (size_t)q->sq * width, x + (size_t)r * width, width, n[r]);
    for (uint32_t r = 0; q->lo >= 0 && r < n_rows; r++)
        bound_row(e + (size_t)q->lo * width, e + (size_t)q->hi * width, x + (size_t)r * width,
                  width);
}

/* A bin's tracks, of which some may be missing. */
static void add_gappy(const struct avo_agg_kinds *q, uint32_t width, double *e, const double *x)
{
    for (uint32_t i = 0; i < width; i++) {
        double v = x[i];
        if (isnan(v))
            continue;
        e[i] += v;
        e[(size_t)q->cnt * width + i] += 1;
        if (q->sq >= 0)
            e[(size_t)q->sq * width + i] += v * v;
        if (q->lo >= 0 && v < e[(size_t)q->lo * width + i])
            e[(size_t)q->lo * width + i] = v;
        if (q->hi >= 0 && v > e[(size_t)q->hi * width + i])
            e[(size_t)q->hi * width + i] = v;
    }
}

static void add_tracks(const struct avo_agg_sums *s, double *e, const double *x)
{
    const struct avo_agg_kinds *q = &s->kinds[0];
    uint32_t width = block(s, 0)->width;

    if (q->cnt >= 0) {
        add_gappy(q, width, e, x);
        return;
    }
    add_all(e, x, width);
    for (uint32_t i = 0; q->sq >= 0 && i < width; i++)
        e[(size_t)q->sq * width + i] += x[i] * x[i];
    if (q->lo < 0)
        return;
    keep_least(e + (size_t)q->lo * width, x, width);
    keep_greatest(e + (size_t)q->hi * width, x, width);
}

static void add_entry(const struct avo_agg_sums *s, size_t k, double *e, const double *from)
{
    const struct avo_agg_kinds *q = &s->kinds[k];
    uint32_t width = block(s, k)->width;

    add_all(e, from, width);
    if (q->sq >= 0)
        add_all(e + (size_t)q->sq * width, from + (size_t)q->sq * width, width);
    if (q->cnt >= 0)
        add_all(e + (size_t)q->cnt * width, from + (size_t)q->cnt * width, width);
    if (q->lo < 0)
        return;
    keep_least(e + (size_t)q->lo * width, from + (size_t)q->lo * width, width);
    keep_greatest(e + (size_t)q->hi * width, from + (size_t)q->hi * width, width);
}

void avo_agg_clear(const struct avo_agg_sums *s, size_t k, double *e)
{
    const struct avo_agg_kinds *q = &s->kinds[k];
    uint32_t width = block(s, k)->width;

    memset(e, 0, avo_agg_entry(s, k) * sizeof *e);
    for (uint32_t i = 0; q->lo >= 0 && i < width; i++) {
        e[(size_t)q->lo * width + i] = HUGE_VAL;
        e[(size_t)q->hi * width + i] = -HUGE_VAL;
    }
}

/* ---- rows of the stretch ---- */

uint32_t avo_agg_present(const struct avo_agg_sums *s, uint32_t beg_bin, uint32_t end_bin)
{
    return s->cum[end_bin - s->beg_bin] - s->cum[beg_bin - s->beg_bin];
}

/* The row of block k of a model that holds the bin at offset off; one of its bins must be there. */
static const float *row_at(const struct avo_agg_sums *s, size_t k, uint32_t off)
{
    uint32_t b = block(s, k)->bins_per_row;
    size_t i = b == 1 ? s->cum[off] : s->row_of[k][off / b];

    return (const float *)s->rows[k] + i * block(s, k)->width;
}

/* Rows of a model, offsets [beg, end). Those there are follow each other in memory. */
static void add_factors(const struct avo_agg_sums *s, size_t k, uint32_t beg, uint32_t end,
                        double *e)
{
    uint32_t b = block(s, k)->bins_per_row, n_rows = 0;
    const float *x = NULL;
    double n[ROWS_AT_ONCE];

    for (uint32_t at = beg, next; at < end; at = next) {
        next = (at / b + 1) * b;
        next = next < end ? next : end;
        if (s->cum[next] == s->cum[at])
            continue;
        if (n_rows == 0)
            x = row_at(s, k, at);
        n[n_rows++] = s->cum[next] - s->cum[at];
        if (n_rows == ROWS_AT_ONCE) {
            add_block(s, k, e, x, n_rows, n);
            n_rows = 0;
        }
    }
    if (n_rows)
        add_block(s, k, e, x, n_rows, n);
}

/* Row by row, offsets [beg, end). */
static void add_single(const struct avo_agg_sums *s, size_t k, uint32_t beg, uint32_t end,
                       double *e)
{
    if (!s->src->join) {
        add_factors(s, k, beg, end, e);
        return;
    }
    for (size_t i = s->cum[beg]; i < s->cum[end]; i++)
        add_tracks(s, e, s->values + i * block(s, 0)->width);
}

/* The first offset past at that is on the grid of step, at most end. */
static uint32_t up_to(uint32_t at, uint32_t step, uint32_t end)
{
    uint32_t next = (at / step + 1) * step;

    return next < end ? next : end;
}

void avo_agg_add(const struct avo_agg_sums *s, size_t k, uint32_t beg_bin, uint32_t end_bin,
                 double *e)
{
    uint32_t group = group_bins(s), mid = mid_bins(s), end = end_bin - s->beg_bin, next;

    for (uint32_t at = beg_bin - s->beg_bin; at < end; at = next) {
        if (s->groups[k] && at % group == 0 && end - at >= group) {
            next = at + group;
            add_entry(s, k, e, s->groups[k] + at / group * avo_agg_entry(s, k));
        } else if (s->mids[k] && at % mid == 0 && end - at >= mid) {
            next = at + mid;
            add_entry(s, k, e, s->mids[k] + at / mid * avo_agg_entry(s, k));
        } else {
            next = up_to(at, s->mids[k] ? mid : group, end);
            add_single(s, k, at, next, e);
        }
    }
}

/* ---- sums of groups ---- */

/* Values of the group in the space asked for, as double: where they cancel, rounding would show. */
static void unpack(struct avo_agg_sums *s, uint32_t beg, uint32_t end)
{
    size_t width = block(s, 0)->width, at = s->cum[beg] * width, n = s->cum[end] * width - at;
    const uint16_t *half = s->half ? (const uint16_t *)s->rows[0] + at : NULL;
    const float *single = s->half ? NULL : (const float *)s->rows[0] + at;
    enum avo_transform t = s->src->header->transform;
    double *x = s->values + at;

    for (size_t i = 0; half && i < n; i++)
        x[i] = s->of_half[half[i]];
    for (size_t i = 0; single && i < n; i++)
        x[i] = s->src->raw ? avo_transform_invert(t, single[i]) : (double)single[i];
}

static void sum_mids(struct avo_agg_sums *s, size_t k, uint32_t beg, uint32_t end)
{
    uint32_t mid = mid_bins(s);

    for (uint32_t at = beg; at < end; at += mid) {
        double *e = s->mids[k] + at / mid * avo_agg_entry(s, k);
        avo_agg_clear(s, k, e);
        add_single(s, k, at, at + mid, e);
    }
}

static void sum_group(struct avo_agg_sums *s, size_t k, uint32_t g)
{
    uint32_t mid = mid_bins(s), beg = g * group_bins(s), end = beg + group_bins(s);
    double *e = s->groups[k] + g * avo_agg_entry(s, k);

    avo_agg_clear(s, k, e);
    if (!s->mids[k])
        add_single(s, k, beg, end, e);
    for (uint32_t at = beg; s->mids[k] && at < end; at += mid)
        add_entry(s, k, e, s->mids[k] + at / mid * avo_agg_entry(s, k));
}

static void group_task(void *arg, int i, int worker)
{
    struct avo_agg_sums *s = arg;
    uint32_t g = (uint32_t)i, beg = g * group_bins(s), end = beg + group_bins(s);

    (void)worker;
    if (s->src->join && s->need[g])
        unpack(s, beg, end);
    for (size_t k = 0; k < s->src->n_blocks; k++) {
        if (s->mids[k] && s->need[g] & (MIDS | WHOLE))
            sum_mids(s, k, beg, end);
        if (s->groups[k] && s->need[g] & WHOLE)
            sum_group(s, k, g);
    }
}

void avo_agg_want(struct avo_agg_sums *s, uint32_t beg_bin, uint32_t end_bin)
{
    uint32_t group = group_bins(s), end = end_bin - s->beg_bin, next;

    for (uint32_t at = beg_bin - s->beg_bin; at < end; at = next) {
        next = up_to(at, group, end);
        s->need[at / group] |= next - at == group ? TOUCHED | WHOLE
                             : next - at >= mid_bins(s) ? TOUCHED | MIDS : TOUCHED;
    }
}

int avo_agg_prepare(struct avo_agg_sums *s, struct avo_pool *pool, struct avo_error *err)
{
    size_t n_mids = (size_t)s->n_groups * (group_bins(s) / mid_bins(s));

    for (size_t k = 0; k < s->src->n_blocks; k++) {
        if (has_mids(s, k) && avo_grow(&s->mids[k], &s->cap_mids[k], n_mids * avo_agg_entry(s, k),
                                       sizeof *s->mids[k], "sums", err))
            return -1;
        if (has_groups(s, k) && avo_grow(&s->groups[k], &s->cap_groups[k],
                                         s->n_groups * avo_agg_entry(s, k), sizeof *s->groups[k],
                                         "sums", err))
            return -1;
    }
    avo_pool_run(pool, (int)s->n_groups, group_task, s);
    return 0;
}

/* ---- the stretch ---- */

/* As many groups as a tile of our own has bins, so that memory is bound whatever a tile spans. */
static uint32_t find_end(const struct avo_agg_sums *s, const struct avo_span *span,
                         struct avo_agg_cursor at)
{
    uint32_t group = group_bins(s), end = s->beg_bin;
    uint32_t max_bins = AVO_MAX_TILE_BINS > group ? AVO_MAX_TILE_BINS / group * group : group;
    uint64_t limit = (uint64_t)s->beg_bin + max_bins;

    for (; at.i_run < span->n_runs; at.i_run++, at.i_bin = 0) {
        const struct avo_run *r = &span->runs[at.i_run];
        uint64_t last = (uint64_t)r->beg_bin + r->n_bins - 1;
        if (r->beg_bin + at.i_bin >= limit)
            break;
        end = (uint32_t)(last < limit ? (last / group + 1) * group : limit);
        if (last >= limit)
            break;
    }
    return end;
}

/* Counts the bins of the tile in [beg_bin, end) and moves the cursor behind them. */
static void count_bins(struct avo_agg_sums *s, const struct avo_span *span,
                       struct avo_agg_cursor *at, uint32_t end)
{
    memset(s->cum, 0, (end - s->beg_bin + 1) * sizeof *s->cum);
    for (; at->i_run < span->n_runs; at->i_run++, at->i_bin = 0) {
        const struct avo_run *r = &span->runs[at->i_run];
        uint32_t to = r->beg_bin + r->n_bins < end ? r->beg_bin + r->n_bins : end;
        for (uint32_t b = r->beg_bin + at->i_bin; b < to; b++)
            s->cum[b - s->beg_bin + 1] = 1;
        if (to < r->beg_bin + r->n_bins) {
            at->i_bin = to > r->beg_bin ? to - r->beg_bin : 0;
            break;
        }
    }
    for (uint32_t b = 0; b < end - s->beg_bin; b++)
        s->cum[b + 1] += s->cum[b];
}

/* Indices of block k's rows; returns how many there are. */
static int number_rows(struct avo_agg_sums *s, size_t k, uint32_t n_bins, size_t *n,
                       struct avo_error *err)
{
    uint32_t b = block(s, k)->bins_per_row;

    *n = s->cum[n_bins];
    if (b == 1)
        return 0;
    if (avo_grow(&s->row_of[k], &s->cap_row_of[k], n_bins / b, sizeof *s->row_of[k], "rows", err))
        return -1;
    *n = 0;
    for (uint32_t r = 0; r < n_bins / b; r++) {
        s->row_of[k][r] = (uint32_t)*n;
        *n += s->cum[(r + 1) * b] > s->cum[r * b];
    }
    return 0;
}

int avo_agg_turn(struct avo_agg_sums *s, const struct avo_agg_tile *t, struct avo_agg_cursor *at,
                 struct avo_error *err)
{
    uint32_t group = group_bins(s), end, n_bins;
    size_t n, size = t->half ? 2 : 4;

    if (at->i_run == t->span.n_runs)
        return 0;
    s->half = t->half;
    s->beg_bin = (t->span.runs[at->i_run].beg_bin + at->i_bin) / group * group;
    end = find_end(s, &t->span, *at);
    n_bins = end - s->beg_bin;
    s->n_groups = n_bins / group;
    if (avo_grow(&s->cum, &s->cap_cum, (size_t)n_bins + 1, sizeof *s->cum, "bins", err) ||
        avo_grow(&s->need, &s->cap_need, s->n_groups, 1, "groups", err))
        return -1;
    memset(s->need, 0, s->n_groups);
    count_bins(s, &t->span, at, end);
    for (size_t k = 0; k < s->src->n_blocks; k++) {
        s->rows[k] = (const char *)t->rows[k] + at->row[k] * block(s, k)->width * size;
        if (number_rows(s, k, n_bins, &n, err))
            return -1;
        at->row[k] += n;
    }
    if (s->src->join && avo_grow(&s->values, &s->cap_values,
                                 (size_t)s->cum[n_bins] * block(s, 0)->width, sizeof *s->values,
                                 "values", err))
        return -1;
    return 1;
}

#define N_HALF 65536    /* values of binary16 */

/* What each value of binary16 stands for. */
static int make_table(struct avo_agg_sums *s, struct avo_error *err)
{
    enum avo_transform t = s->src->header->transform;

    if (!s->src->join)
        return 0;
    if (!(s->of_half = avo_alloc(N_HALF, sizeof *s->of_half, "values", err)))
        return -1;
    for (uint32_t i = 0; i < N_HALF; i++) {
        float x = avo_half_to_float((uint16_t)i);
        s->of_half[i] = s->src->raw ? avo_transform_invert(t, x) : (double)x;
    }
    return 0;
}

int avo_agg_sums_init(struct avo_agg_sums *s, const struct avo_agg_source *src, unsigned stats,
                      struct avo_error *err)
{
    memset(s, 0, sizeof *s);
    s->src = src;
    for (size_t k = 0; k < src->n_blocks; k++) {
        struct avo_agg_kinds *q = &s->kinds[k];
        bool bounds = stats & (AVO_AGG_MIN | AVO_AGG_MAX);
        q->n = 1;
        q->sq = stats & AVO_AGG_STD ? q->n++ : -1;
        q->lo = bounds ? q->n++ : -1;
        q->hi = bounds ? q->n++ : -1;
        q->cnt = src->blocks[k].has_nan ? q->n++ : -1;
    }
    return make_table(s, err);
}

void avo_agg_sums_release(struct avo_agg_sums *s)
{
    for (size_t k = 0; k < AVO_MAX_GENOME_BLOCKS; k++) {
        free(s->row_of[k]);
        free(s->mids[k]);
        free(s->groups[k]);
    }
    free(s->cum);
    free(s->need);
    free(s->values);
    free(s->of_half);
}
