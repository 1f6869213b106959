/* SPDX-License-Identifier: MIT */
/* track_stats.c: see track_stats.h. */
#include "libcommon/model/track_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

enum {
    SMOOTH = 10,            /* half bins of the box means whose spread is a track's sd */
    BLOCK = 4096,           /* bins that are smoothed at a time */
    SORTED = 1 << 20        /* most values that a rank map is made from */
};

/* ---- mean and scale ---- */

struct moments {
    const struct avo_signal *x;
    uint32_t column;
    uint64_t n;             /* bins that are not missing */
    double mean;
    double unsmoothed;      /* sum of squares of the values there, less the mean */
    double sum, square;     /* of the box means there, less the mean */
};

/* A block of a track's values; returns how many there are from bin `at` on. */
static uint32_t take_block(const struct moments *m, uint32_t at, float *value)
{
    uint32_t left = m->x->n_bins - at, n = left < BLOCK ? left : BLOCK;
    avo_signal_column(m->x, m->column, at, n, value);
    return n;
}

/* Sums differences from the first value: those of a constant track are exactly 0. */
static void find_mean(struct moments *m)
{
    float value[BLOCK];
    double sum = 0, from = 0;
    for (uint32_t at = 0, n; at < m->x->n_bins; at += n) {
        n = take_block(m, at, value);
        for (uint32_t i = 0; i < n; i++)
            if (value[i] == value[i]) {
                from = m->n++ ? from : (double)value[i];
                sum += (double)value[i] - from;
            }
    }
    m->mean = m->n ? from + sum / (double)m->n : 0;
}

/* Adds the box means at bins beg .. end - 1 (at most BLOCK) of bins lo .. hi - 1 without a gap. */
static void smooth_block(struct moments *m, uint32_t lo, uint32_t hi, uint32_t beg, uint32_t end)
{
    float value[BLOCK + 2 * SMOOTH];
    double sum[BLOCK + 2 * SMOOTH + 1];
    uint32_t n[BLOCK + 2 * SMOOTH + 1];
    uint32_t from = beg - lo > SMOOTH ? beg - SMOOTH : lo;
    uint32_t to = hi - end > SMOOTH ? end + SMOOTH : hi;
    avo_signal_column(m->x, m->column, from, to - from, value);
    sum[0] = n[0] = 0;
    for (uint32_t i = 0; i < to - from; i++) {
        sum[i + 1] = sum[i] + (value[i] == value[i] ? (double)value[i] - m->mean : 0);
        n[i + 1] = n[i] + (value[i] == value[i]);
    }
    for (uint32_t i = beg; i < end; i++) {
        uint32_t a = (i - from > SMOOTH ? i - SMOOTH : from) - from;
        uint32_t b = (to - i > SMOOTH ? i + SMOOTH + 1 : to) - from;
        if (n[i - from + 1] == n[i - from])
            continue;
        double own = sum[i - from + 1] - sum[i - from], mean = (sum[b] - sum[a]) / (n[b] - n[a]);
        m->unsmoothed += own * own;
        m->sum += mean;
        m->square += mean * mean;
    }
}

/* Runs that go on where the one before ends, core and context of a tile, are one. */
static void smooth(struct moments *m, const struct avo_positions *p)
{
    for (uint32_t r = 0, next; r < p->n_runs; r = next) {
        const struct avo_positions_run *run = p->runs;
        for (next = r + 1; next < p->n_runs && run[next].chrom == run[r].chrom &&
             run[next].beg_bin == run[next - 1].beg_bin + run[next - 1].n_bins; next++)
            ;
        uint32_t lo = run[r].first, hi = run[next - 1].first + run[next - 1].n_bins;
        for (uint32_t at = lo; at < hi; at += BLOCK)
            smooth_block(m, lo, hi, at, hi - at > BLOCK ? at + BLOCK : hi);
    }
}

/* ---- rank map ---- */

/* Order of floats as that of whole numbers, and back. */
static uint32_t key_of(float x)
{
    uint32_t u;
    x = x == 0 ? 0 : x;     /* -0 */
    memcpy(&u, &x, sizeof u);
    return u & 0x80000000u ? ~u : u | 0x80000000u;
}

static float value_of(uint32_t key)
{
    uint32_t u = key & 0x80000000u ? key & 0x7fffffffu : ~key;
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* Of the bins that are not missing, all or SORTED at equal distances; returns how many. */
static uint32_t take_keys(const struct moments *m, uint32_t *key)
{
    uint64_t some = m->n < SORTED ? m->n : SORTED, share = 0;
    float value[BLOCK];
    uint32_t taken = 0;
    for (uint32_t at = 0, n; at < m->x->n_bins; at += n) {
        n = take_block(m, at, value);
        for (uint32_t i = 0; i < n; i++) {
            share += value[i] == value[i] ? some : 0;
            if (share < m->n || value[i] != value[i])
                continue;
            key[taken++] = key_of(value[i]);
            share -= m->n;
        }
    }
    return taken;
}

/* Sorts by three digits of 11 bits, lowest first; the result lies in `other`. */
static void sort_keys(uint32_t *key, uint32_t *other, uint32_t n)
{
    for (int shift = 0; shift < 33; shift += 11) {
        uint32_t at[2049] = {0};
        for (uint32_t i = 0; i < n; i++)
            at[(key[i] >> shift & 2047) + 1]++;
        for (int d = 0; d < 2048; d++)
            at[d + 1] += at[d];
        for (uint32_t i = 0; i < n; i++)
            other[at[key[i] >> shift & 2047]++] = key[i];
        uint32_t *t = key;
        key = other;
        other = t;
    }
}

static uint32_t group_end(const uint32_t *key, uint32_t n, uint32_t beg)
{
    uint32_t end = beg + 1;
    while (end < n && key[end] == key[beg])
        end++;
    return end;
}

/* Score of the values at places beg .. end - 1 of n. */
static double score(uint32_t beg, uint32_t end, uint32_t n)
{
    return -log(1 - ((double)beg + end) / 2 / n + .5 / n) - 1;
}

/* Knots at the values whose scores first reach each of AVO_RANK_KNOTS that lie evenly between the
 * least and the greatest; at every value where there are no more than that. key: ascending. */
static void choose_knots(const uint32_t *key, uint32_t n, struct avo_track_stats *to)
{
    uint32_t n_values = 0, n_knots = 0, first_of_last = 0;
    for (uint32_t i = 0; i < n; i = group_end(key, n, i), n_values++)
        first_of_last = i;
    double least = score(0, group_end(key, n, 0), n), greatest = score(first_of_last, n, n);
    double step = n_values > AVO_RANK_KNOTS ? (greatest - least) / (AVO_RANK_KNOTS - 1) : 0;
    double want = least;
    for (uint32_t i = 0, end; i < n; i = end) {
        end = group_end(key, n, i);
        double q = score(i, end, n);
        if (q < want && i != first_of_last)
            continue;
        to->x[n_knots] = value_of(key[i]);
        to->q[n_knots++] = (float)q;
        if (step > 0)
            want = least + step * (floor((q - least) / step) + 1);
    }
    for (uint32_t k = n_knots; k < AVO_RANK_KNOTS; k++) {
        to->x[k] = to->x[n_knots - 1];
        to->q[k] = to->q[n_knots - 1];
    }
}

/* ---- both, a track a task ---- */

/* 1 where the box means are one value but for rounding. */
static float sd_of(const struct moments *m)
{
    double n = (double)m->n, mean = m->sum / n, variance = m->square / n - mean * mean;
    float sd = variance > 1e-14 * m->unsmoothed / n ? (float)sqrt(variance) : 0;
    return sd > 0 ? sd : 1;
}

struct work {
    const struct avo_positions *p;
    const struct avo_signal *x;
    const uint32_t *columns;
    struct avo_track_stats *out;
};

static int map_ranks(const struct moments *m, struct avo_track_stats *to, struct avo_error *err)
{
    size_t n = m->n < SORTED ? m->n : SORTED;
    uint32_t *key = avo_alloc(2 * n, sizeof *key, "ranks", err);
    if (!key)
        return -1;
    uint32_t taken = take_keys(m, key);
    sort_keys(key, key + n, taken);
    choose_knots(key + n, taken, to);
    free(key);
    return 0;
}

static int measure_track(void *arg, int i, int worker, struct avo_error *err)
{
    struct work *w = arg;
    struct avo_track_stats *to = &w->out[i];
    struct moments m = {.x = w->x, .column = w->columns[i]};
    (void)worker;
    find_mean(&m);
    if (!m.n)
        return avo_error_set(err, "track %s:%s: nothing was measured", to->celltype, to->assay);
    smooth(&m, w->p);
    if (m.mean < 0) {
        avo_error_hint(err, "standardised tracks and models of the family observed are for signal "
                       "that is not negative; --preset default --standardize none takes any");
        return avo_error_set(err, "track %s:%s: its mean is below 0 (%g)", to->celltype, to->assay,
                             m.mean);
    }
    to->mean = (float)m.mean;
    to->sd = sd_of(&m);
    return map_ranks(&m, to, err);
}

int avo_track_stats_measure(const struct avo_positions *p, const struct avo_signal *x,
                            const uint32_t *columns, uint32_t n, struct avo_pool *pool,
                            struct avo_track_stats *out, struct avo_error *err)
{
    struct work w = {.p = p, .x = x, .columns = columns, .out = out};
    return avo_pool_try(pool, (int)n, measure_track, &w, err);
}

/* ---- of a track that is not measured ---- */

#define PENALTY .09
#define WIDEST 4        /* factor beyond an assay's own statistics */

bool avo_track_stats_flat(const struct avo_track_stats *s)
{
    return s->x[0] == s->x[AVO_RANK_KNOTS - 1] || s->mean <= 0;
}

/* Statistics by cell type and assay. */
struct effects {
    const struct avo_observed *o;
    const char **names;         /* [n] cell types, then assays, as they come */
    uint32_t n_celltypes, n;
    uint32_t *celltype, *assay; /* [n_stats] indices among names; UINT32_MAX: left out */
    double *a;                  /* [n][n] normal equations, lower half */
    double *w;                  /* [n] */
};

static void release_effects(struct effects *e)
{
    free(e->names);
    free(e->celltype);
    free(e->assay);
    free(e->a);
    free(e->w);
}

static uint32_t find_name(const struct effects *e, uint32_t beg, const char *name)
{
    uint32_t i = beg;
    while (i < e->n && strcmp(e->names[i], name))
        i++;
    return i;
}

static uint32_t index_of(struct effects *e, uint32_t beg, const char *name)
{
    uint32_t i = find_name(e, beg, name);
    if (i == e->n)
        e->names[e->n++] = name;
    return i;
}

/* Names and indices of all statistics but the track's own and flat ones; returns how many. */
static uint32_t index_names(struct effects *e, const char *celltype, const char *assay)
{
    uint32_t n_used = 0;
    for (uint32_t i = 0; i < e->o->n_stats; i++) {
        const struct avo_track_stats *s = &e->o->stats[i];
        bool own = !strcmp(s->celltype, celltype) && !strcmp(s->assay, assay);
        bool used = !own && !avo_track_stats_flat(s);
        e->celltype[i] = used ? index_of(e, 0, s->celltype) : UINT32_MAX;
        n_used += used;
    }
    e->n_celltypes = e->n;
    for (uint32_t i = 0; i < e->o->n_stats; i++)
        if (e->celltype[i] != UINT32_MAX)
            e->assay[i] = index_of(e, e->n_celltypes, e->o->stats[i].assay);
    return n_used;
}

/* Cholesky: a becomes its lower factor. Positive definite through the penalty. */
static void factorize(double *a, uint32_t n)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double s = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                s -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sqrt(s) : s / a[j * n + j];
        }
    }
}

static void solve(const double *a, double *w, uint32_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            w[i] -= a[i * n + k] * w[k];
        w[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            w[i] -= a[k * n + i] * w[k];
        w[i] /= a[i * n + i];
    }
}

static void set_equations(struct effects *e)
{
    for (size_t i = 0; i < e->n; i++)
        e->a[i * e->n + i] = PENALTY;
    for (uint32_t i = 0; i < e->o->n_stats; i++) {
        size_t c = e->celltype[i], b = e->assay[i];
        if (e->celltype[i] == UINT32_MAX)
            continue;
        e->a[c * e->n + c]++;
        e->a[b * e->n + b]++;
        e->a[b * e->n + c]++;
    }
    factorize(e->a, e->n);
}

static double log_of(const struct avo_track_stats *s, bool sd)
{
    return log(sd ? (double)s->sd : (double)s->mean);
}

/* x, or the nearest that is near enough to what the assay's tracks have (name e->n: all tracks). */
static double hold(const struct effects *e, bool sd, uint32_t assay, double x)
{
    double least = HUGE_VAL, greatest = -HUGE_VAL;
    for (uint32_t i = 0; i < e->o->n_stats; i++)
        if (e->celltype[i] != UINT32_MAX && (assay == e->n || e->assay[i] == assay)) {
            double y = log_of(&e->o->stats[i], sd);
            least = y < least ? y : least;
            greatest = y > greatest ? y : greatest;
        }
    x = x > least - log(WIDEST) ? x : least - log(WIDEST);
    return x < greatest + log(WIDEST) ? x : greatest + log(WIDEST);
}

/* exp(mean + effects) of the track, from the logarithms of means or of sds. */
static float predict_one(struct effects *e, bool sd, uint32_t n_used, const char *celltype,
                         const char *assay)
{
    double mean = 0;
    for (uint32_t i = 0; i < e->o->n_stats; i++)
        if (e->celltype[i] != UINT32_MAX)
            mean += log_of(&e->o->stats[i], sd) / n_used;
    memset(e->w, 0, e->n * sizeof *e->w);
    for (uint32_t i = 0; i < e->o->n_stats; i++)
        if (e->celltype[i] != UINT32_MAX) {
            double y = log_of(&e->o->stats[i], sd) - mean;
            e->w[e->celltype[i]] += y;
            e->w[e->assay[i]] += y;
        }
    solve(e->a, e->w, e->n);
    uint32_t c = find_name(e, 0, celltype), a = find_name(e, e->n_celltypes, assay);
    double effect = (c < e->n_celltypes ? e->w[c] : 0) + (a < e->n ? e->w[a] : 0);
    return (float)exp(hold(e, sd, a, mean + effect));
}

int avo_track_stats_predict(const struct avo_observed *o, const char *celltype, const char *assay,
                            float *mean, float *sd, struct avo_error *err)
{
    struct effects e = {.o = o};
    int rc = -1;
    uint32_t n_used = 0;
    e.names = avo_alloc(2 * (size_t)o->n_stats, sizeof *e.names, "statistics", err);
    e.celltype = avo_alloc(o->n_stats, sizeof *e.celltype, "statistics", err);
    e.assay = avo_alloc(o->n_stats, sizeof *e.assay, "statistics", err);
    if (!e.names || !e.celltype || !e.assay)
        goto out;
    if (!(n_used = index_names(&e, celltype, assay))) {
        avo_error_set(err, "no statistics of other tracks to predict those of %s:%s from",
                      celltype, assay);
        goto out;
    }
    e.a = avo_alloc((size_t)e.n * e.n, sizeof *e.a, "statistics", err);
    e.w = avo_alloc(e.n, sizeof *e.w, "statistics", err);
    if (!e.a || !e.w)
        goto out;
    set_equations(&e);
    *mean = predict_one(&e, false, n_used, celltype, assay);
    *sd = predict_one(&e, true, n_used, celltype, assay);
    rc = 0;
out:
    release_effects(&e);
    return rc;
}
