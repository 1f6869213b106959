/* SPDX-License-Identifier: MIT */
/* eval_ranks.c: the measures that need whole columns, and the table of all measures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/eval_priv.h"

/* ---- ranking ---- */

static int load(struct avo_eval *e, size_t column, struct avo_eval_worker *w, struct avo_ranked *r,
                struct avo_error *err)
{
    size_t n = (size_t)(avo_spill_length(e->store, column) / sizeof(float));

    if (avo_ranked_reserve(r, n, err) < 0)
        return -1;
    r->n = n;
    if (avo_spill_read(e->store, column, r->value, err) < 0)
        return -1;
    return avo_ranked_sort(r, e->plan.top, &w->scratch, err);
}

static int load_peaks(struct avo_eval *e, size_t k, struct avo_eval_worker *w,
                      struct avo_error *err)
{
    if (avo_grow(&w->peak, &w->cap_peak, w->observed.n + 1, 1, "columns", err) < 0)
        return -1;
    return avo_spill_read(e->store, avo_eval_column(e, k, e->n_methods + 1), w->peak, err);
}

static int rank_track(struct avo_eval *e, size_t k, struct avo_eval_worker *w,
                      struct avo_error *err)
{
    struct avo_eval_state *s = &e->states[k];

    if (load(e, avo_eval_column(e, k, 0), w, &w->observed, err) < 0 ||
        (s->has_peaks && load_peaks(e, k, w, err) < 0))
        return -1;
    for (size_t m = 0; m < e->n_methods; m++) {
        struct avo_rank_scores *out = &s->cells[m].rank;

        memset(out, 0, sizeof *out);
        if (!s->cells[m].defined)
            continue;
        if (load(e, avo_eval_column(e, k, m + 1), w, &w->predicted, err) < 0)
            return -1;
        avo_rank_compare(&w->observed, &w->predicted, s->has_peaks ? w->peak : NULL, out);
    }
    return 0;
}

/* Every n_slots-th track: no more columns are ranked at a time than memory was promised for. */
static int rank_slot(void *arg, int i, int worker, struct avo_error *err)
{
    struct avo_eval *e = arg;

    for (size_t k = (size_t)i; k < e->plan.chosen->n_scored; k += e->n_slots)
        if (rank_track(e, k, &e->workers[worker], err) < 0)
            return -1;
    return 0;
}

int avo_eval_rank(struct avo_eval *e, struct avo_error *err)
{
    uint64_t bytes = (e->plan.n_bins + 1) * AVO_RANK_BYTES_PER_BIN;
    uint64_t n = e->plan.max_bytes / bytes;

    e->n_slots = n < 1 ? 1 : n < (uint64_t)e->n_workers ? (size_t)n : (size_t)e->n_workers;
    return avo_pool_try(e->pool, (int)e->n_slots, rank_slot, e, err);
}

/* ---- measures ---- */

static double ratio(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

static double mse(const struct avo_cell *c)
{
    return avo_moments_mse(&c->all);
}

static double pearson(const struct avo_cell *c)
{
    return avo_moments_pearson(&c->all);
}

static double mse1obs(const struct avo_cell *c)
{
    return ratio(c->rank.sse_top_obs, (double)c->rank.n_top_obs);
}

/* One value everywhere has no top: what is said of it would be said of ties alone. */
static double of_top(const struct avo_cell *c, double a, double b)
{
    return c->all.min_y < c->all.max_y ? ratio(a, b) : (double)NAN;
}

static double mse1imp(const struct avo_cell *c)
{
    return of_top(c, c->rank.sse_top_imp, (double)c->rank.n_top_imp);
}

static double mseprom(const struct avo_cell *c)
{
    return ratio(c->weighted[AVO_PROMOTERS].sse, c->weighted[AVO_PROMOTERS].w);
}

static double msegene(const struct avo_cell *c)
{
    return ratio(c->weighted[AVO_GENES].sse, c->weighted[AVO_GENES].w);
}

static double mseenh(const struct avo_cell *c)
{
    return ratio(c->weighted[AVO_ENHANCERS].sse, c->weighted[AVO_ENHANCERS].w);
}

static double msevar(const struct avo_cell *c)
{
    return ratio(c->weighted[AVO_VARIANCE].sse, c->weighted[AVO_VARIANCE].w);
}

static double spearman(const struct avo_cell *c)
{
    return ratio(c->rank.spearman, c->rank.w_spearman);
}

static double match1(const struct avo_cell *c)
{
    return of_top(c, (double)c->rank.n_match, (double)c->rank.n_top_obs);
}

static double catch1obs(const struct avo_cell *c)
{
    return of_top(c, (double)c->rank.n_catch_obs, (double)c->rank.n_top_obs);
}

static double catch1imp(const struct avo_cell *c)
{
    return of_top(c, (double)c->rank.n_catch_imp, (double)c->rank.n_top_imp);
}

static double aucobs1(const struct avo_cell *c)
{
    return ratio(c->rank.auc_obs, c->rank.w_auc_obs);
}

static double aucimp1(const struct avo_cell *c)
{
    return of_top(c, c->rank.auc_imp, c->rank.w_auc_imp);
}

static double catchpeakobs(const struct avo_cell *c)
{
    return ratio(c->rank.auc_peak, c->rank.w_auc_peak);
}

const struct avo_measure avo_measures[AVO_MEASURES] = {
    {"mse", "MSEglobal", "mean squared error over all bins", -1, mse},
    {"mse1obs", "MSE1obs", "mean squared error where the observed signal is in its top 1%", -1,
     mse1obs},
    {"mse1imp", "MSE1imp", "mean squared error where the imputed signal is in its top 1%", -1,
     mse1imp},
    {"mseprom", "MSEProm", "mean squared error in promoters", -1, mseprom},
    {"msegene", "MSEGene", "mean squared error in gene bodies", -1, msegene},
    {"mseenh", "MSEEnh", "mean squared error in enhancers", -1, mseenh},
    {"msevar", "MSEVar", "mean squared error weighted by the variance over the other training "
     "tracks", -1, msevar},
    {"pearson", "GWcorr", "Pearson correlation over all bins", 1, pearson},
    {"spearman", "GWspear", "Spearman correlation over all bins", 1, spearman},
    {"match1", "Match1", "share of the observed top 1% that is in the imputed top 1%", 1, match1},
    {"catch1obs", "Catch1obs", "share of the observed top 1% that is in the imputed top 5%", 1,
     catch1obs},
    {"catch1imp", "Catch1imp", "share of the imputed top 1% that is in the observed top 5%", 1,
     catch1imp},
    {"aucobs1", "AucObs1", "area under the ROC curve of the imputed signal for the observed top "
     "1%", 1, aucobs1},
    {"aucimp1", "AucImp1", "area under the ROC curve of the observed signal for the imputed top "
     "1%", 1, aucimp1},
    {"catchpeakobs", "CatchPeakObs", "area under the ROC curve of the imputed signal for the "
     "called peaks", 1, catchpeakobs},
};
const size_t avo_n_measures = AVO_MEASURES;
