/* SPDX-License-Identifier: MIT */
/* eval.c: per window every scored track on its own: sums over bins, and columns put by; whole
 * columns are ranked when a chromosome, or all, has gone by (eval_ranks.c). No two tasks share a
 * result, so the number of threads changes nothing. */
#include "libcommon/eval/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"
#include "libcommon/eval/eval_priv.h"

/* ---- making and freeing ---- */

static int make_states(struct avo_eval *e, struct avo_error *err)
{
    const struct avo_scored *l = e->plan.chosen;

    e->states = avo_alloc(l->n_scored, sizeof *e->states, "tracks", err);
    if (!e->states)
        return -1;
    for (size_t k = 0; k < l->n_scored; k++) {
        struct avo_eval_state *s = &e->states[k];

        s->cells = avo_alloc(e->n_methods, sizeof *s->cells, "sums", err);
        s->lacking = avo_alloc(e->n_methods, sizeof *s->lacking, "sums", err);
        if (!s->cells || !s->lacking)
            return -1;
    }
    return 0;
}

static int make_workers(struct avo_eval *e, struct avo_error *err)
{
    e->workers = avo_alloc((size_t)e->n_workers, sizeof *e->workers, "columns", err);
    if (!e->workers)
        return -1;
    for (int i = 0; i < e->n_workers; i++) {
        struct avo_eval_worker *w = &e->workers[i];

        w->index = avo_alloc(e->plan.max_bins, sizeof *w->index, "columns", err);
        w->x = avo_alloc(e->plan.max_bins, sizeof *w->x, "columns", err);
        w->y = avo_alloc(e->plan.max_bins, sizeof *w->y, "columns", err);
        w->variance = avo_alloc(e->plan.max_bins, sizeof *w->variance, "columns", err);
        w->marks = avo_alloc(e->plan.max_bins, 1, "columns", err);
        if (!w->index || !w->x || !w->y || !w->variance ||
            !w->marks)
            return -1;
    }
    return 0;
}

static int make_lists(struct avo_eval *e, struct avo_error *err)
{
    for (int k = 0; k < AVO_VARIANCE; k++) {
        e->lists[k].runs = avo_alloc(e->plan.max_bins, sizeof *e->lists[k].runs, "regions", err);
        if (!e->lists[k].runs)
            return -1;
    }
    return 0;
}

/* Columns of a scored track in the store: observed, each method, called peaks. */
static int make_store(struct avo_eval *e, struct avo_error *err)
{
    const struct avo_eval_plan *p = &e->plan;

    if (p->ranks == AVO_RANKS_NONE)
        return 0;
    e->store = avo_spill_new(p->chosen->n_scored * (e->n_methods + 2), p->n_bins * sizeof(float),
                             p->max_bins * sizeof(float), p->max_bytes, err);
    return e->store ? 0 : -1;
}

struct avo_eval *avo_eval_new(const struct avo_eval_plan *plan, struct avo_pool *pool,
                              struct avo_error *err)
{
    struct avo_eval *e = avo_alloc(1, sizeof *e, "scores", err);

    if (!e)
        return NULL;
    e->plan = *plan;
    e->pool = pool;
    e->n_methods = plan->n_methods;
    e->n_workers = avo_pool_size(pool);
    if (make_states(e, err) == 0 && make_workers(e, err) == 0 && make_lists(e, err) == 0 &&
        make_store(e, err) == 0)
        return e;
    avo_eval_free(e);
    return NULL;
}

static void free_worker(struct avo_eval_worker *w)
{
    free(w->index);
    free(w->x);
    free(w->y);
    free(w->variance);
    free(w->marks);
    avo_ranked_release(&w->observed);
    avo_ranked_release(&w->predicted);
    avo_rank_scratch_release(&w->scratch);
    free(w->peak);
}

void avo_eval_free(struct avo_eval *e)
{
    if (!e)
        return;
    for (int w = 0; e->workers && w < e->n_workers; w++)
        free_worker(&e->workers[w]);
    for (size_t k = 0; e->states && k < e->plan.chosen->n_scored; k++) {
        free(e->states[k].cells);
        free(e->states[k].lacking);
    }
    for (size_t s = 0; s < e->n_scopes; s++) {
        free(e->scopes[s].cells);
        free(e->scopes[s].left_out);
    }
    for (int k = 0; k < AVO_VARIANCE; k++)
        free(e->lists[k].runs);
    avo_spill_free(e->store);
    free(e->workers);
    free(e->states);
    free(e->scopes);
    free(e);
}

const struct avo_spill *avo_eval_store(const struct avo_eval *e)
{
    return e->store;
}

/* ---- a chromosome ---- */

int avo_eval_begin(struct avo_eval *e, const struct avo_eval_chrom *c, struct avo_error *err)
{
    if (c->n_bins > e->plan.n_bins)
        return avo_error_set(err, "a chromosome of %llu bins, want at most %llu",
                             (unsigned long long)c->n_bins, (unsigned long long)e->plan.n_bins);
    e->chrom = *c;
    for (size_t k = 0; k < e->plan.chosen->n_scored; k++) {
        struct avo_eval_state *s = &e->states[k];

        memset(s->cells, 0, e->n_methods * sizeof *s->cells);
        s->left_out = 0;
    }
    return 0;
}

static bool is_kept(const struct avo_eval *e, size_t i)
{
    return e->skip == NULL || !e->skip[i];
}

/* Observed bins that some method keeps from counting, and which methods those are. */
static void count_lacking(struct avo_eval *e, size_t k)
{
    const struct avo_window *w = e->window;
    const float *x = w->observed[e->plan.chosen->scored[k]];
    struct avo_eval_state *s = &e->states[k];
    uint64_t before = s->left_out;

    for (uint32_t i = 0; i < w->n; i++)
        s->left_out += is_kept(e, i) && !w->use[k][i] && !isnan(x[i]);
    for (size_t m = 0; m < e->n_methods && s->left_out > before; m++) {
        const float *y = w->predicted[k * e->n_methods + m];

        for (uint32_t i = 0; y && i < w->n; i++)
            s->lacking[m] += is_kept(e, i) && !isnan(x[i]) && isnan(y[i]);
    }
}

/* The bins that count, by number; how many. Where all do, no numbers are needed. */
static size_t index_bins(struct avo_eval *e, size_t k, struct avo_eval_worker *w)
{
    const uint8_t *use = e->window->use[k];
    size_t n = 0;

    w->is_whole = e->skip == NULL && memchr(use, 0, e->window->n) == NULL;
    if (w->is_whole)
        return e->window->n;
    for (uint32_t i = 0; i < e->window->n; i++) {
        w->index[n] = i;
        n += use[i] && is_kept(e, i);
    }
    count_lacking(e, k);
    return n;
}

/* A column's values at the bins that count: the column itself if all do, else in packed. */
static const float *pack(const struct avo_eval_worker *w, const float *column, float *packed,
                         size_t n)
{
    if (w->is_whole)
        return column;
    for (size_t j = 0; j < n; j++)
        packed[j] = column[w->index[j]];
    return packed;
}

static int put_peaks(struct avo_eval *e, size_t k, const struct avo_eval_worker *w, size_t n,
                     struct avo_error *err)
{
    size_t column = avo_eval_column(e, k, e->n_methods + 1);

    if (!e->store || !e->peaks || !e->peaks[k])
        return 0;
    for (size_t j = 0; !w->is_whole && j < n; j++)
        w->marks[j] = e->peaks[k][w->index[j]];
    return avo_spill_append(e->store, column, w->is_whole ? e->peaks[k] : w->marks, n, err);
}

static int put_column(struct avo_eval *e, size_t column, const float *values, size_t n,
                      struct avo_error *err)
{
    return e->store == NULL ? 0 : avo_spill_append(e->store, column, values, n * sizeof *values,
                                                   err);
}

/* Sum of squared errors. */
AVO_CLONES static double squares(const float *x, const float *y, size_t n)
{
    double sse[AVO_LANES] = {0}, sum = 0;

    for (size_t i = 0; i < n; i += AVO_LANES) {
        size_t m = n - i < AVO_LANES ? n - i : AVO_LANES;

        for (size_t l = 0; l < m; l++) {
            double d = (double)x[i + l] - (double)y[i + l];

            sse[l] += d * d;
        }
    }
    for (int l = 0; l < AVO_LANES; l++)
        sum += sse[l];
    return sum;
}

/* The part of a run that counts, piece by piece: elsewhere x or y may be NaN. */
static void add_run(const struct avo_eval *e, const uint8_t *use, const struct avo_eval_run *r,
                    const float *x, const float *y, struct avo_weighted *sum)
{
    for (uint32_t beg = r->beg, end; beg < r->end; beg = end + 1) {
        for (end = beg; end < r->end && use[end] && is_kept(e, end); end++)
            ;
        sum->w += (double)r->weight * (end - beg);
        sum->sse += (double)r->weight * squares(x + beg, y + beg, end - beg);
    }
}

/* Squared errors in promoters, genes and enhancers; x, y are columns of the window. */
static void add_regions(const struct avo_eval *e, size_t k, bool is_whole, const float *x,
                        const float *y, struct avo_cell *c)
{
    for (int kind = 0; kind < AVO_VARIANCE; kind++) {
        const struct avo_eval_list *l = &e->lists[kind];

        for (size_t j = 0; j < l->n; j++) {
            const struct avo_eval_run *r = &l->runs[j];
            size_t n = r->end - r->beg;

            if (!is_whole) {
                add_run(e, e->window->use[k], r, x, y, &c->weighted[kind]);
                continue;
            }
            c->weighted[kind].w += (double)r->weight * (double)n;
            c->weighted[kind].sse += r->weight * squares(x + r->beg, y + r->beg, n);
        }
    }
}

/* Squared errors weighted by variance v [n]; NaN: of no weight. */
AVO_CLONES static void add_variance(struct avo_weighted *to, const float *x, const float *y,
                                    const float *v, size_t n)
{
    double w[AVO_LANES] = {0}, sse[AVO_LANES] = {0};

    for (size_t i = 0; i < n; i += AVO_LANES) {
        size_t m = n - i < AVO_LANES ? n - i : AVO_LANES;

        for (size_t l = 0; l < m; l++) {
            double d = (double)x[i + l] - (double)y[i + l];
            double weight = isnan(v[i + l]) ? 0 : (double)v[i + l];

            w[l] += weight;
            sse[l] += weight * (d * d);
        }
    }
    for (int l = 0; l < AVO_LANES; l++) {
        to->w += w[l];
        to->sse += sse[l];
    }
}

static int score_track(void *arg, int i, int worker, struct avo_error *err)
{
    struct avo_eval *e = arg;
    size_t k = (size_t)i;
    const struct avo_window *win = e->window;
    struct avo_eval_state *s = &e->states[k];
    struct avo_eval_worker *w = &e->workers[worker];
    const float *observed = win->observed[e->plan.chosen->scored[k]], *x, *variance = NULL;
    size_t n = index_bins(e, k, w);

    x = pack(w, observed, w->x, n);
    if (win->variance[k])
        variance = pack(w, win->variance[k], w->variance, n);
    if (put_column(e, avo_eval_column(e, k, 0), x, n, err) < 0 ||
        put_peaks(e, k, w, n, err) < 0)
        return -1;
    s->has_peaks = e->peaks && e->peaks[k] != NULL;
    for (size_t m = 0; m < e->n_methods; m++) {
        const float *predicted = win->predicted[k * e->n_methods + m], *y;
        struct avo_cell *c = &s->cells[m];

        c->defined = predicted != NULL;
        if (!predicted)
            continue;
        y = pack(w, predicted, w->y, n);
        avo_moments_add(&c->all, x, y, n);
        add_regions(e, k, w->is_whole, observed, predicted, c);
        if (variance)
            add_variance(&c->weighted[AVO_VARIANCE], x, y, variance, n);
        if (put_column(e, avo_eval_column(e, k, m + 1), y, n, err) < 0)
            return -1;
    }
    return 0;
}

static void list_regions(struct avo_eval *e)
{
    const struct avo_window *w = e->window;

    for (int k = 0; k < AVO_VARIANCE; k++) {
        const uint16_t *weight = e->chrom.weights[k];
        struct avo_eval_list *l = &e->lists[k];

        l->n = 0;
        for (uint32_t i = 0, end; weight && i < w->n; i = end) {
            uint16_t here = weight[w->beg_bin + i];

            for (end = i + 1; end < w->n && weight[w->beg_bin + end] == here; end++)
                ;
            if (here > 0)
                l->runs[l->n++] = (struct avo_eval_run){i, end, here};
        }
    }
}

int avo_eval_add(struct avo_eval *e, const struct avo_window *w, const uint8_t *const *peaks,
                 const uint8_t *skip, struct avo_error *err)
{
    e->window = w;
    e->peaks = peaks;
    e->skip = skip;
    list_regions(e);
    if (e->store && avo_spill_window(e->store, err) < 0)
        return -1;
    return avo_pool_try(e->pool, (int)e->plan.chosen->n_scored, score_track, e, err);
}

/* ---- scopes ---- */

static struct avo_eval_scope *add_scope(struct avo_eval *e, struct avo_error *err)
{
    struct avo_eval_scope *s;
    size_t n = e->plan.chosen->n_scored;

    if (avo_grow(&e->scopes, &e->cap_scopes, e->n_scopes + 1, sizeof *s, "scores", err) < 0)
        return NULL;
    s = &e->scopes[e->n_scopes];
    s->cells = avo_alloc(n * e->n_methods, sizeof *s->cells, "scores", err);
    s->left_out = avo_alloc(n, sizeof *s->left_out, "scores", err);
    if (!s->cells || !s->left_out) {
        free(s->cells);
        free(s->left_out);
        return NULL;
    }
    e->n_scopes++;
    return s;
}

int avo_eval_end(struct avo_eval *e, struct avo_error *err)
{
    struct avo_eval_scope *scope = add_scope(e, err);

    if (!scope)
        return -1;
    if (e->plan.ranks == AVO_RANKS_CHROM) {
        if (avo_eval_rank(e, err) < 0)
            return -1;
        avo_spill_clear(e->store);
    }
    for (size_t k = 0; k < e->plan.chosen->n_scored; k++) {
        scope->left_out[k] = e->states[k].left_out;
        memcpy(scope->cells + k * e->n_methods, e->states[k].cells,
               e->n_methods * sizeof *scope->cells);
    }
    return 0;
}

static void merge_cell(struct avo_cell *a, const struct avo_cell *b)
{
    a->defined = b->defined;
    avo_moments_merge(&a->all, &b->all);
    avo_rank_scores_merge(&a->rank, &b->rank);
    for (int i = 0; i < AVO_N_WEIGHTS; i++) {
        a->weighted[i].w += b->weighted[i].w;
        a->weighted[i].sse += b->weighted[i].sse;
    }
}

int avo_eval_finish(struct avo_eval *e, struct avo_error *err)
{
    struct avo_eval_scope *all = add_scope(e, err);
    size_t n = e->plan.chosen->n_scored;

    if (!all)
        return -1;
    for (size_t s = 0; s + 1 < e->n_scopes; s++) {
        for (size_t i = 0; i < n * e->n_methods; i++)
            merge_cell(&all->cells[i], &e->scopes[s].cells[i]);
        for (size_t k = 0; k < n; k++)
            all->left_out[k] += e->scopes[s].left_out[k];
    }
    if (e->plan.ranks != AVO_RANKS_GENOME)
        return 0;
    if (avo_eval_rank(e, err) < 0)
        return -1;
    for (size_t k = 0; k < n; k++)
        for (size_t m = 0; m < e->n_methods; m++)
            all->cells[k * e->n_methods + m].rank = e->states[k].cells[m].rank;
    return 0;
}

size_t avo_eval_n_methods(const struct avo_eval *e)
{
    return e->n_methods;
}

size_t avo_eval_n_scopes(const struct avo_eval *e)
{
    return e->n_scopes;
}

const struct avo_cell *avo_eval_cell(const struct avo_eval *e, size_t scope, size_t track,
                                     size_t method)
{
    return &e->scopes[scope].cells[e->plan.chosen->index[track] * e->n_methods + method];
}

uint64_t avo_eval_left_out(const struct avo_eval *e, size_t scope, size_t track)
{
    return e->scopes[scope].left_out[e->plan.chosen->index[track]];
}

uint64_t avo_eval_lacking(const struct avo_eval *e, size_t track, size_t method)
{
    return e->states[e->plan.chosen->index[track]].lacking[method];
}
