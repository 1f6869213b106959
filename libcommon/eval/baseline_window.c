/* SPDX-License-Identifier: MIT */
/* baseline_window.c: the columns of one window, a task for each set of tracks and chunk of bins; no
 * two tasks share a result. */
#include <math.h>
#include <string.h>

#include "libcommon/base/clones.h"
#include "libcommon/eval/baseline_priv.h"

/* ---- spaces ---- */

void avo_baseline_to_raw(float *out, const float *x, size_t n, enum avo_transform t)
{
    for (size_t i = 0; i < n; i++)
        out[i] = isnan(x[i]) ? x[i] : (float)avo_transform_invert(t, x[i]);
}

/* One value of the averaging space in the scored one, where they differ. */
static float to_scored(const struct avo_baseline_spec *s, double v)
{
    enum avo_transform t = s->observed->transform;

    return s->score_raw ? (float)avo_transform_invert(t, (float)v) : avo_transform_apply(t, v);
}

/* ---- a window ---- */

/* Copies of one observed track in the spaces that are asked for. */
static void convert_observed(void *arg, int i, int worker)
{
    struct avo_baselines *b = arg;
    enum avo_transform t = b->spec.observed->transform;

    (void)worker;
    if (b->averaged)
        avo_baseline_to_raw(b->averaged[i], b->observed[i], b->n, t);
    if (!b->scored)
        return;
    if (b->averaged)
        memcpy(b->scored[i], b->averaged[i], b->n * sizeof **b->scored);
    else
        avo_baseline_to_raw(b->scored[i], b->observed[i], b->n, t);
}

/* Counts, totals and centres over the members at bins [beg, beg + n). */
AVO_CLONES static void centre(struct avo_base_scratch *s, const float *const *columns,
                              const size_t *members, size_t n_members, size_t beg, size_t n)
{
    memset(s->count, 0, n * sizeof *s->count);
    memset(s->total, 0, n * sizeof *s->total);
    for (size_t u = 0; u < n_members; u++) {
        const float *x = columns[members[u]] + beg;

        for (size_t i = 0; i < n; i++) {
            bool there = !isnan(x[i]);

            s->count[i] += there ? 1 : 0;
            s->total[i] += there ? (double)x[i] : 0;
        }
    }
    for (size_t i = 0; i < n; i++)
        s->centre[i] = s->count[i] > 0 ? s->total[i] / s->count[i] : 0;
}

/* Sums of differences from the centres and of their squares. */
AVO_CLONES static void differences(struct avo_base_scratch *s, const float *const *columns,
                                   const size_t *members, size_t n_members, size_t beg, size_t n)
{
    memset(s->sum, 0, n * sizeof *s->sum);
    memset(s->square, 0, n * sizeof *s->square);
    for (size_t u = 0; u < n_members; u++) {
        const float *x = columns[members[u]] + beg;

        for (size_t i = 0; i < n; i++) {
            double d = isnan(x[i]) ? 0 : (double)x[i] - s->centre[i];

            s->sum[i] += d;
            s->square[i] += d * d;
        }
    }
}

/* total without the target's own value, over how many are left, into out. float32 values add up
 * exactly in double unless they differ by nine orders of magnitude, so taking one out again leaves
 * no trace: bins that tie in the others go on to tie. own: the target's column, or NULL if it is
 * not among the members. */
AVO_CLONES static void mean_column(const struct avo_base_scratch *s, const float *own, double *out,
                                   size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool mine = own && !isnan(own[i]);
        double count = s->count[i] - (mine ? 1 : 0);

        out[i] = count > 0 ? (s->total[i] - (mine ? (double)own[i] : 0)) / count : (double)NAN;
    }
}

AVO_CLONES static void variance_column(const struct avo_base_scratch *s, const float *own,
                                       float *variance, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool mine = own && !isnan(own[i]);
        double count = s->count[i] - (mine ? 1 : 0), d = mine ? (double)own[i] - s->centre[i] : 0;
        double some = count > 1 ? count : 1;
        double mean = (s->sum[i] - d) / some, v = (s->square[i] - d * d) / some - mean * mean;

        variance[i] = count > 1 ? (float)(v > 0 ? v : 0) : NAN;
    }
}

/* The same of the others times their ratios: those differ from target to target. */
static void scaled_column(const struct avo_baselines *b, const struct avo_base_target *t,
                          const struct avo_base_scratch *s, const float *own, size_t beg,
                          double *out, size_t n)
{
    memset(out, 0, n * sizeof *out);
    for (size_t u = 0; u < t->n_others; u++)
        avo_other_add(out, b->average_of[t->others[u].track] + beg, t->others[u].ratio, n);
    for (size_t i = 0; i < n; i++) {
        double count = s->count[i] - (own && !isnan(own[i]) ? 1 : 0);

        out[i] = count > 0 ? out[i] / count : (double)NAN;
    }
}

/* From the averaging space to float32 of the scored one. */
static void round_column(const struct avo_baseline_spec *spec, const double *v, float *out,
                         size_t n)
{
    bool same = spec->average_raw == spec->score_raw;

    for (size_t i = 0; i < n; i++)
        out[i] = same ? (float)v[i] : to_scored(spec, v[i]);
}

static void fill_means(struct avo_baselines *b, struct avo_base_scratch *s, size_t set, size_t beg,
                       size_t n)
{
    const struct avo_scored *l = b->spec.chosen;

    for (size_t k = 0; k < l->n_scored; k++) {
        struct avo_base_target *t = &b->targets[k];
        const float *own = t->in_set ? b->average_of[t->track] + beg : NULL;

        if (t->set != set || t->n_others == 0)
            continue;
        mean_column(s, own, s->mean, n);
        round_column(&b->spec, s->mean, t->columns[AVO_BASE_MEAN] + beg, n);
        if (!t->has_scale)
            continue;
        scaled_column(b, t, s, own, beg, s->mean, n);
        round_column(&b->spec, s->mean, t->columns[AVO_BASE_SCALED] + beg, n);
    }
}

static void fill_variances(struct avo_baselines *b, const struct avo_base_scratch *s, size_t set,
                           size_t beg, size_t n)
{
    const struct avo_scored *l = b->spec.chosen;

    for (size_t k = 0; k < l->n_scored; k++) {
        struct avo_base_target *t = &b->targets[k];
        const float *own = t->in_set ? b->observed_of[t->track] + beg : NULL;

        if (t->set == set && t->variance)
            variance_column(s, own, t->variance + beg, n);
    }
}

/* One chunk of one set. Means are of the averaging space, variances of the scored one. */
static void fill_chunk(void *arg, int task, int worker)
{
    struct avo_baselines *b = arg;
    struct avo_base_scratch *s = &b->scratch[worker];
    size_t set = (size_t)task % b->n_sets, beg = (size_t)task / b->n_sets * AVO_BASE_CHUNK;
    size_t n = b->n - beg < AVO_BASE_CHUNK ? b->n - beg : AVO_BASE_CHUNK;
    const float *const *averaged = b->average_of;
    const float *const *scored = b->observed_of;

    if (!b->set_used[set])
        return;
    centre(s, averaged, b->members[set], b->n_members[set], beg, n);
    differences(s, averaged, b->members[set], b->n_members[set], beg, n);
    fill_means(b, s, set, beg, n);
    if (b->spec.average_raw != b->spec.score_raw) {
        centre(s, scored, b->members[set], b->n_members[set], beg, n);
        differences(s, scored, b->members[set], b->n_members[set], beg, n);
    }
    fill_variances(b, s, set, beg, n);
}

AVO_CLONES static void mark_there(uint8_t *restrict use, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        use[i] &= !isnan(x[i]);
}

/* 1 where the track and every method that predicts it have a value. */
static void mark_use(struct avo_baselines *b, size_t k)
{
    struct avo_base_target *t = &b->targets[k];

    memset(t->use, 1, b->n);
    mark_there(t->use, b->observed_of[t->track], b->n);
    for (size_t m = 0; m < b->n_methods; m++)
        if (b->predicted[k * b->n_methods + m])
            mark_there(t->use, b->predicted[k * b->n_methods + m], b->n);
}

/* What a track has for itself, and where all its methods have a value. */
static void finish_target(void *arg, int k, int worker)
{
    struct avo_baselines *b = arg;
    struct avo_base_target *t = &b->targets[k];
    size_t n_imputed = b->spec.chosen->n_imputed, n_scored = b->spec.chosen->n_scored;

    for (size_t m = 0; m < n_imputed; m++) {
        const float *y = b->imputed[m][k];

        if (b->converted) {
            float *raw = b->converted[m * n_scored + (size_t)k];

            avo_baseline_to_raw(raw, y, b->n, b->spec.observed->transform);
            y = raw;
        }
        b->predicted[(size_t)k * b->n_methods + m] = y;
    }
    (void)worker;
    for (size_t i = 0; i < b->n; i++)
        t->columns[AVO_BASE_CONSTANT][i] = t->constant;
    mark_use(b, (size_t)k);
}

int avo_baselines_window(struct avo_baselines *b, const float *const *observed,
                         const float *const *const *imputed, struct avo_window *w,
                         struct avo_error *err)
{
    const struct avo_scored *l = b->spec.chosen;
    size_t n_chunks;

    if (w->n > b->spec.max_bins)
        return avo_error_set(err, "a window of %u bins, want at most %zu", w->n, b->spec.max_bins);
    b->observed = observed;
    b->imputed = imputed;
    b->n = w->n;
    if (b->averaged || b->scored)
        avo_pool_run(b->pool, (int)l->n_tracks, convert_observed, b);
    for (size_t t = 0; t < l->n_tracks; t++)
        b->observed_of[t] = b->scored ? b->scored[t] : observed[t];
    b->average_of = b->averaged ? (const float *const *)b->averaged : observed;
    n_chunks = (w->n + AVO_BASE_CHUNK - 1) / AVO_BASE_CHUNK;
    avo_pool_run(b->pool, (int)(b->n_sets * n_chunks), fill_chunk, b);
    avo_pool_run(b->pool, (int)l->n_scored, finish_target, b);
    w->observed = b->observed_of;
    w->n_methods = b->n_methods;
    w->predicted = b->predicted;
    w->use = b->use_of;
    w->variance = b->variance_of;
    return 0;
}
