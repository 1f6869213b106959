/* SPDX-License-Identifier: MIT */
/* variable.c: sums over bins grouped by the number of cell types with a peak. */
#include "libcommon/eval/variable.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

/* K = n_files of the assay. Cells with k = 0 exist but stay empty. */
struct assay {
    size_t n_files, *files;             /* [K] among the peaks */
    size_t n_tracks[2];                 /* that take part: unseen, seen */
    uint16_t *count;                    /* [max_bins] k of the window's bins; NULL: no track */
    struct avo_variable_cell *cells[2]; /* unseen, seen: [n_methods + 1][K + 1] */
    struct avo_variable_mean *means;    /* [n_components][no peak, peak][K + 1] */
};

struct track {
    const struct assay *assay;
    bool seen;
    int64_t file;                       /* among the peaks; -1: takes no part */
    bool *has;                          /* [n_methods + 1] some window had the method */
    struct avo_variable_cell *cells;    /* as of the assay */
    struct avo_variable_mean *means;
};

struct avo_variable {
    struct avo_variable_spec spec;
    struct avo_pool *pool;
    size_t n_assays, n_scored, n_threads;
    struct assay *assays;
    struct track *tracks;               /* [n_scored] */
    uint8_t **masks;                    /* [n_scored][max_bins], NULL: takes no part */
    uint32_t **bins;                    /* [threads][max_bins] scratch */
    const struct avo_window *window;    /* being added */
    const float *const *attribution;
};

/* ---- cells ---- */

uint64_t avo_variable_n_peak(const struct avo_variable_cell *c)
{
    return c->n[0][1] + c->n[1][1];
}

uint64_t avo_variable_n_called(const struct avo_variable_cell *c)
{
    return c->n[1][0] + c->n[1][1];
}

uint64_t avo_variable_bins(const struct avo_variable_cell *c)
{
    return avo_variable_n_called(c) + c->n[0][0] + c->n[0][1];
}

static double ratio(double a, uint64_t b)
{
    return b > 0 ? a / (double)b : NAN;
}

double avo_variable_mse(const struct avo_variable_cell *c)
{
    return ratio(c->sse, avo_variable_bins(c));
}

double avo_variable_precision(const struct avo_variable_cell *c)
{
    return ratio((double)c->n[1][1], avo_variable_n_called(c));
}

double avo_variable_recall(const struct avo_variable_cell *c)
{
    return ratio((double)c->n[1][1], avo_variable_n_peak(c));
}

static size_t cell_at(const struct assay *a, size_t k, size_t method)
{
    assert(k <= a->n_files);
    return method * (a->n_files + 1) + k;
}

static size_t mean_at(const struct assay *a, size_t k, bool has_peak, size_t component)
{
    assert(k <= a->n_files);
    return (component * 2 + has_peak) * (a->n_files + 1) + k;
}

/* ---- set up ---- */

static size_t assay_called(const struct avo_variable_spec *s, const char *name)
{
    size_t a = 0;

    while (a < s->chosen->n_assays &&
           strcmp(s->header->tracks[s->chosen->assay_track[a]].assay, name) != 0)
        a++;
    return a;
}

/* Peak files of assays that were not observed play no part. */
static int list_files(struct avo_variable *v, struct avo_error *err)
{
    const struct avo_peaks *p = v->spec.peaks;

    for (size_t i = 0; i < p->n; i++) {
        size_t a = assay_called(&v->spec, p->files[i].assay);

        if (a < v->n_assays)
            v->assays[a].n_files++;
    }
    for (size_t a = 0; a < v->n_assays; a++) {
        struct assay *x = &v->assays[a];

        if (x->n_files > UINT16_MAX)
            return avo_error_set(err, "%s: %zu peak files of one assay (at most %d)", p->name,
                                 x->n_files, UINT16_MAX);
        if (!(x->files = avo_alloc(x->n_files, sizeof *x->files, "peaks", err)))
            return -1;
        x->n_files = 0;
    }
    for (size_t i = 0; i < p->n; i++) {
        size_t a = assay_called(&v->spec, p->files[i].assay);

        if (a < v->n_assays)
            v->assays[a].files[v->assays[a].n_files++] = i;
    }
    return 0;
}

static int allocate_sums(const struct avo_variable *v, const struct assay *a,
                         struct avo_variable_cell **cells, struct avo_variable_mean **means,
                         struct avo_error *err)
{
    if (cells) {
        *cells = avo_alloc(cell_at(a, 0, v->spec.n_methods + 1), sizeof **cells, "peaks", err);
        if (*cells == NULL)
            return -1;
    }
    if (!means)
        return 0;
    *means = avo_alloc(mean_at(a, 0, false, v->spec.n_components), sizeof **means, "peaks", err);
    return *means != NULL ? 0 : -1;
}

static int init_track(struct avo_variable *v, size_t i, struct avo_error *err)
{
    const struct avo_scored *l = v->spec.chosen;
    size_t track = l->scored[i];
    struct assay *a = &v->assays[l->tracks[track].assay];
    struct track *t = &v->tracks[i];

    t->assay = a;
    t->seen = l->seen[track];
    t->file = avo_peaks_find(v->spec.peaks, v->spec.header->tracks[track].celltype,
                             v->spec.header->tracks[track].assay);
    if (t->file < 0)
        return 0;
    a->n_tracks[t->seen]++;
    t->has = avo_alloc(v->spec.n_methods + 1, sizeof *t->has, "peaks", err);
    v->masks[i] = avo_alloc(v->spec.max_bins, sizeof **v->masks, "peaks", err);
    if (!t->has || !v->masks[i])
        return -1;
    return allocate_sums(v, a, &t->cells, &t->means, err);
}

static int init_assay(struct avo_variable *v, struct assay *a, struct avo_error *err)
{
    if (a->n_tracks[0] + a->n_tracks[1] == 0)
        return 0;
    a->count = avo_alloc(v->spec.max_bins, sizeof *a->count, "peaks", err);
    if (!a->count || allocate_sums(v, a, &a->cells[0], &a->means, err) < 0)
        return -1;
    return allocate_sums(v, a, &a->cells[1], NULL, err);
}

static int nothing_takes_part(const struct avo_variable *v, struct avo_error *err)
{
    const struct avo_peaks *p = v->spec.peaks;
    const struct avo_track *t = &v->spec.header->tracks[v->spec.chosen->scored[0]];

    avo_error_set(err, "%s: no scored track has peaks in this table", p->name);
    return avo_error_hint(err, "scored: \"%s:%s\" and %zu more; the table: \"%s:%s\" and %zu more",
                          t->celltype, t->assay, v->n_scored - 1, p->files[0].celltype,
                          p->files[0].assay, p->n - 1);
}

static int init(struct avo_variable *v, struct avo_error *err)
{
    size_t n = 0;

    v->assays = avo_alloc(v->n_assays, sizeof *v->assays, "peaks", err);
    v->tracks = avo_alloc(v->n_scored, sizeof *v->tracks, "peaks", err);
    v->masks = avo_alloc(v->n_scored, sizeof *v->masks, "peaks", err);
    v->bins = avo_alloc(v->n_threads, sizeof *v->bins, "peaks", err);
    if (!v->assays || !v->tracks || !v->masks || !v->bins ||
        list_files(v, err) < 0)
        return -1;
    for (size_t i = 0; i < v->n_threads; i++)
        if (!(v->bins[i] = avo_alloc(v->spec.max_bins, sizeof **v->bins, "peaks", err)))
            return -1;
    for (size_t i = 0; i < v->n_scored; i++) {
        if (init_track(v, i, err) < 0)
            return -1;
        n += v->tracks[i].file >= 0;
    }
    for (size_t a = 0; a < v->n_assays; a++)
        if (init_assay(v, &v->assays[a], err) < 0)
            return -1;
    return n > 0 ? 0 : nothing_takes_part(v, err);
}

struct avo_variable *avo_variable_new(const struct avo_variable_spec *spec, struct avo_pool *pool,
                                      struct avo_error *err)
{
    struct avo_variable *v = avo_alloc(1, sizeof *v, "peaks", err);

    if (!v)
        return NULL;
    v->spec = *spec;
    v->pool = pool;
    v->n_threads = (size_t)avo_pool_size(pool);
    v->n_assays = spec->chosen->n_assays;
    v->n_scored = spec->chosen->n_scored;
    if (init(v, err) == 0)
        return v;
    avo_variable_free(v);
    return NULL;
}

static void assay_release(struct assay *a)
{
    free(a->files);
    free(a->count);
    free(a->cells[0]);
    free(a->cells[1]);
    free(a->means);
}

static void track_release(struct track *t)
{
    free(t->has);
    free(t->cells);
    free(t->means);
}

void avo_variable_free(struct avo_variable *v)
{
    if (!v)
        return;
    for (size_t a = 0; v->assays && a < v->n_assays; a++)
        assay_release(&v->assays[a]);
    for (size_t i = 0; v->tracks && i < v->n_scored; i++)
        track_release(&v->tracks[i]);
    for (size_t i = 0; v->masks && i < v->n_scored; i++)
        free(v->masks[i]);
    for (size_t i = 0; v->bins && i < v->n_threads; i++)
        free(v->bins[i]);
    free(v->assays);
    free(v->tracks);
    free(v->masks);
    free(v->bins);
    free(v);
}

const struct avo_variable_spec *avo_variable_spec(const struct avo_variable *v)
{
    return &v->spec;
}

/* ---- adding ---- */

static void count_task(void *arg, int i, int worker)
{
    struct avo_variable *v = arg;
    const struct avo_window *w = v->window;
    struct assay *a = &v->assays[i];

    (void)worker;
    if (!a->count)
        return;
    memset(a->count, 0, w->n * sizeof *a->count);
    for (size_t f = 0; f < a->n_files; f++)
        avo_peaks_count(v->spec.peaks, a->files[f], w->chrom, w->beg_bin, w->n, a->count);
}

/* The bins of a track that count in a window. */
struct bins {
    const uint32_t *at;         /* [n] */
    size_t n;
    const uint16_t *k;          /* [window] */
    const uint8_t *peak;        /* [window] */
    float threshold;
};

/* Without branches, as peaks are rare and ragged. */
static size_t list_bins(const uint16_t *k, const uint8_t *use, size_t n, uint32_t *at)
{
    size_t n_at = 0;

    for (size_t i = 0; i < n; i++) {
        at[n_at] = (uint32_t)i;
        n_at += k[i] > 0 && use[i];
    }
    return n_at;
}

/* Straight into the sums and in bin order, so that they do not depend on how windows are cut. */
static void add_method(struct avo_variable_cell *cells, const struct bins *b, const float *x,
                       const float *y)
{
    for (size_t j = 0; j < b->n; j++) {
        size_t i = b->at[j];
        struct avo_variable_cell *c = &cells[b->k[i]];
        double d = (double)x[i] - (double)y[i];

        c->sse += d * d;
        c->n[y[i] >= b->threshold][b->peak[i]]++;
    }
}

/* means [2][n_k]. */
static void add_component(struct avo_variable_mean *means, size_t n_k, const struct bins *b,
                          const float *y)
{
    for (size_t j = 0; j < b->n; j++) {
        size_t i = b->at[j];
        struct avo_variable_mean *m = &means[b->peak[i] * n_k + b->k[i]];

        if (isnan(y[i]))
            continue;
        m->sum += (double)y[i];
        m->n++;
    }
}

static void track_task(void *arg, int i, int worker)
{
    struct avo_variable *v = arg;
    const struct avo_window *w = v->window;
    struct track *t = &v->tracks[i];
    uint32_t *at = v->bins[worker];
    struct bins b = {.at = at, .peak = v->masks[i], .threshold = v->spec.threshold};
    const float *x = w->observed[v->spec.chosen->scored[i]];

    if (t->file < 0)
        return;
    avo_peaks_mask(v->spec.peaks, (size_t)t->file, w->chrom, w->beg_bin, w->n, v->masks[i]);
    b.k = t->assay->count;
    b.n = list_bins(b.k, w->use[i], w->n, at);
    for (size_t m = 0; m <= w->n_methods; m++) {
        const float *y = m < w->n_methods ? w->predicted[(size_t)i * w->n_methods + m] : x;

        if (!y)
            continue;
        t->has[m] = true;
        add_method(&t->cells[cell_at(t->assay, 0, m)], &b, x, y);
    }
    for (size_t c = 0; v->attribution && c < v->spec.n_components; c++) {
        const float *y = v->attribution[c * v->n_scored + (size_t)i];

        if (y)
            add_component(&t->means[mean_at(t->assay, 0, false, c)], t->assay->n_files + 1, &b,
                          y);
    }
}

void avo_variable_add(struct avo_variable *v, const struct avo_window *w,
                      const float *const *attribution)
{
    assert(w->n <= v->spec.max_bins && w->n_methods == v->spec.n_methods);
    v->window = w;
    v->attribution = attribution;
    avo_pool_run(v->pool, (int)v->n_assays, count_task, v);
    avo_pool_run(v->pool, (int)v->n_scored, track_task, v);
    v->window = NULL;
    v->attribution = NULL;
}

const uint8_t *const *avo_variable_peaks(const struct avo_variable *v)
{
    return (const uint8_t *const *)v->masks;
}

/* ---- pooling ---- */

/* Whether all tracks pooled in a have the method. */
static bool all_have(const struct avo_variable *v, const struct assay *a, bool seen, size_t method)
{
    for (size_t i = 0; i < v->n_scored; i++) {
        const struct track *t = &v->tracks[i];

        if (t->file >= 0 && t->assay == a && t->seen == seen && !t->has[method])
            return false;
    }
    return true;
}

static void pool_cells(struct avo_variable_cell *sum, const struct avo_variable_cell *c, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        sum[k].n[0][0] += c[k].n[0][0];
        sum[k].n[0][1] += c[k].n[0][1];
        sum[k].n[1][0] += c[k].n[1][0];
        sum[k].n[1][1] += c[k].n[1][1];
        sum[k].sse += c[k].sse;
    }
}

static void pool_track(struct avo_variable *v, struct assay *a, const struct track *t)
{
    for (size_t m = 0; m <= v->spec.n_methods; m++)
        if (all_have(v, a, t->seen, m))
            pool_cells(&a->cells[t->seen][cell_at(a, 0, m)], &t->cells[cell_at(a, 0, m)],
                       a->n_files + 1);
    for (size_t j = 0; j < mean_at(a, 0, false, v->spec.n_components); j++) {
        a->means[j].n += t->means[j].n;
        a->means[j].sum += t->means[j].sum;
    }
}

void avo_variable_finish(struct avo_variable *v)
{
    for (size_t i = 0; i < v->n_scored; i++)
        if (v->tracks[i].file >= 0)
            pool_track(v, &v->assays[v->spec.chosen->tracks[v->spec.chosen->scored[i]].assay],
                       &v->tracks[i]);
}

/* ---- looking up ---- */

size_t avo_variable_n_tracks(const struct avo_variable *v, size_t assay, bool seen)
{
    return v->assays[assay].n_tracks[seen];
}

size_t avo_variable_max_k(const struct avo_variable *v, size_t assay)
{
    return v->assays[assay].n_files;
}

const struct avo_variable_cell *avo_variable_cell(const struct avo_variable *v, size_t assay,
                                                  bool seen, size_t k, size_t method)
{
    const struct assay *a = &v->assays[assay];

    return &a->cells[seen][cell_at(a, k, method)];
}

const struct avo_variable_cell *avo_variable_track_cell(const struct avo_variable *v,
                                                        size_t scored, size_t k, size_t method)
{
    const struct track *t = &v->tracks[scored];

    return t->file >= 0 ? &t->cells[cell_at(t->assay, k, method)] : NULL;
}

const struct avo_variable_mean *avo_variable_attribution(const struct avo_variable *v,
                                                         size_t assay, size_t k, bool has_peak,
                                                         size_t component)
{
    const struct assay *a = &v->assays[assay];

    return &a->means[mean_at(a, k, has_peak, component)];
}
