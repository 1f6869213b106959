/* SPDX-License-Identifier: MIT */
/* observed.c: SIGNAL in, predictions from the signal around each bin out: read, work out the
 * windows and predict, write, at the same time. */
#include "libcommon/impute/observed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/pipeline.h"
#include "libcommon/impute/baseline.h"
#include "libcommon/impute/cells.h"
#include "libcommon/impute/impute_out.h"
#include "libcommon/impute/intervals.h"
#include "libcommon/model/track_stats.h"
#include "libcommon/model/track_windows.h"

enum { MOST_PARTS = 3 };                /* read, predicted, written */
#define MOST_BYTES ((uint64_t)64 << 20) /* of the inputs' values at a part's bins, and its signal */

/* A cell, and what is predicted for it. */
struct part {
    struct avo_cell cell;
    float *values;              /* [n_rows][n][n_bins] */
    size_t cap;
};

struct loop {
    struct avo_observed_input *in;
    const struct avo_impute_job *job;
    const struct avo_observed_ops *ops;
    void *backend;
    uint32_t n_values;          /* V */
    struct avo_cells cells;
    struct avo_join *join;      /* of the round */
    uint32_t n_rows;            /* values of a track: it, and bounds; or the parts it is told in */
    uint32_t n_outputs;         /* one, one a component, or the tracks and their bounds */
    struct avo_impute_job jobs[AVO_MAX_BLOCKS];     /* of the outputs */
    struct avo_sink *sinks[AVO_MAX_BLOCKS];
    struct avo_pool *writers;   /* of the sinks: they work beside the job's pool */
    struct avo_pair *pairs;     /* [n] of the round */
    float *scale;               /* [wanted][2]: m', s' */
    uint32_t first, n;
    size_t n_parts;
    struct part parts[MOST_PARTS];
    struct part *part;          /* that the tasks work on */
    struct avo_track_windows *windows;  /* [threads] */
    float *v;                   /* [chunks][n_seen][V][AVO_OBSERVED_BINS] */
    size_t cap_v;
    uint64_t n_bins;
};

/* ---- sizes ---- */

/* Whole groups of coarse_bins that keep a part within its bounds. */
static uint32_t cell_bins(const struct loop *l)
{
    uint32_t coarse = l->job->header->coarse_bins, bins = avo_sink_part_bins(l->job);
    uint64_t value = (uint64_t)l->in->n_seen * l->n_values * sizeof(float);
    uint64_t signal = (uint64_t)l->in->header.n_tracks * sizeof(float);
    uint64_t bin = value > signal ? value : signal;
    while (bins > coarse && bins * bin > MOST_BYTES)
        bins = bins / 2 / coarse * coarse;
    return bins > coarse ? bins : coarse;
}

/* ---- reading ---- */

static int read_part(void *user, void *item, struct avo_error *err)
{
    struct loop *l = user;
    struct part *p = item;
    return avo_cells_next(&l->cells, &p->cell, err);
}

/* ---- the inputs' values ---- */

/* Values of input t at n bins from `at` on of those taken, which are bins `to` .. of the part. */
static void put_values(struct loop *l, uint32_t t, const struct avo_track_windows *w, uint32_t at,
                       uint32_t n, uint32_t to)
{
    while (n) {
        uint32_t slot = to % AVO_OBSERVED_BINS, room = AVO_OBSERVED_BINS - slot;
        uint32_t k = n < room ? n : room;
        size_t row = (size_t)(to / AVO_OBSERVED_BINS) * l->in->n_seen + t;
        avo_track_windows_values(w, at, k, l->v + row * l->n_values * AVO_OBSERVED_BINS + slot,
                                 AVO_OBSERVED_BINS);
        at += k;
        to += k;
        n -= k;
    }
}

/* Input t itself at n bins from `at` on of those in memory, which are bins `to` .. of the part. */
static void put_signal(struct loop *l, uint32_t t, uint32_t at, uint32_t n, uint32_t to)
{
    const struct avo_cell *c = &l->part->cell;
    avo_signal_column(&c->have.signal, l->in->columns[t], at, n,
                      l->v + (size_t)t * c->n_bins + to);
}

/* One input at all bins of the part. */
static int values_task(void *arg, int i, int worker, struct avo_error *err)
{
    struct loop *l = arg;
    const struct avo_cell *c = &l->part->cell;
    const struct avo_observed_input *in = l->in;
    struct avo_track_windows *w = &l->windows[worker];
    uint32_t first = 0, to = 0, t = (uint32_t)i;
    for (size_t h = 0, r = 0; h < c->have.n_runs && r < c->n_runs; h++) {
        struct avo_run have = c->have.runs[h];
        uint32_t end = have.beg_bin + have.n_bins;
        if (c->runs[r].beg_bin < end && !in->means &&
            avo_track_windows_begin(w, in->model.observed, in->stats[t], &c->have.signal,
                                    in->columns[t], first, have.n_bins, err))
            return -1;
        for (; r < c->n_runs && c->runs[r].beg_bin < end; r++) {
            uint32_t at = c->runs[r].beg_bin - have.beg_bin;
            if (in->means)
                put_signal(l, t, first + at, c->runs[r].n_bins, to);
            else
                put_values(l, t, w, at, c->runs[r].n_bins, to);
            to += c->runs[r].n_bins;
        }
        first += have.n_bins;
    }
    return 0;
}

/* ---- predicting ---- */

/* Row `row` of the values of the round's track i. */
static float *row_of(const struct loop *l, const struct part *p, size_t row, uint32_t i)
{
    return p->values + (row * l->n + i) * p->cell.n_bins;
}

/* z' of the round's track i to its bounds, clipped; they are finite where the track is. */
static void add_bounds(struct loop *l, uint32_t i, const float *scale)
{
    uint32_t n = l->part->cell.n_bins;
    float *out[AVO_BOUNDS];
    for (uint32_t b = 0; b < AVO_BOUNDS; b++)
        out[b] = row_of(l, l->part, 1 + b, i);
    avo_intervals_fill(l->job->intervals, scale[0], scale[1], row_of(l, l->part, 0, i), n, out);
    for (uint32_t b = 0; b < AVO_BOUNDS; b++)
        (void)avo_sink_clip(&l->jobs[1 + b], &l->in->model, l->first + i, out[b], n);
}

/* z' (or, of means, what is the track already) to the track in model space, clipped; the parts of
 * z' to those of the track, that of the track itself with m'. */
static int track_task(void *arg, int i, int worker, struct avo_error *err)
{
    struct loop *l = arg;
    const struct avo_cell *c = &l->part->cell;
    const struct avo_model *m = &l->in->model;
    const float *scale = l->scale + 2 * (size_t)(l->first + (uint32_t)i);
    bool finite = true, parts = l->job->attribution != NULL;
    (void)worker;
    if (l->job->intervals)
        add_bounds(l, (uint32_t)i, scale);
    for (size_t q = 0; q < (parts ? AVO_N_PARTS : 1); q++) {
        float *v = row_of(l, l->part, q, (uint32_t)i);
        float add = !parts || q == AVO_PART_TRACK ? scale[0] : 0;
        for (uint32_t k = 0; !l->in->means && k < c->n_bins; k++) {
            float x = add + scale[1] * v[k];
            v[k] = x < 0 && !parts ? 0 : x;
        }
        finite &= avo_sink_clip(l->job, m, l->first + (uint32_t)i, v, c->n_bins);
    }
    if (finite)
        return 0;
    return avo_error_set(err, "%s for %s:%s on %s is not finite",
                         parts ? "an attribution" : "a prediction",
                         m->celltypes[l->pairs[i].celltype], m->assays[l->pairs[i].assay],
                         l->job->header->chroms[c->chrom].name);
}

static int predict_part(void *user, int lane, void *item, struct avo_error *err)
{
    struct loop *l = user;
    struct part *p = item;
    const struct avo_observed_input *in = l->in;
    size_t n_chunks = (p->cell.n_bins + AVO_OBSERVED_BINS - 1) / AVO_OBSERVED_BINS;
    (void)lane;
    l->part = p;
    if (avo_grow(&l->v, &l->cap_v, n_chunks * in->n_seen * l->n_values * AVO_OBSERVED_BINS,
                 sizeof(float), "inputs", err) ||
        avo_grow(&p->values, &p->cap, (size_t)p->cell.n_bins * l->n * l->n_rows, sizeof(float),
                 "predictions", err) ||
        avo_pool_try(l->job->pool, (int)in->n_seen, values_task, l, err))
        return -1;
    const struct avo_observed_batch b = {
        .n_seen = in->n_seen, .seen = in->seen, .n_targets = l->n, .targets = l->pairs,
        .n_bins = p->cell.n_bins, .v = l->v, .similar = in->similar};
    if (in->means)
        avo_means_predict(in->means, l->first, l->n, l->v, p->cell.n_bins, l->job->pool, p->values);
    else if (l->job->attribution
             ? l->ops->attribute(l->backend, &b, l->job->attribution->how.baseline, p->values, err)
             : l->ops->predict(l->backend, &b, p->values, err))
        return -1;
    return avo_pool_try(l->job->pool, (int)l->n, track_task, l, err);
}

/* ---- writing ---- */

static int write_part(void *user, void *item, struct avo_error *err)
{
    struct loop *l = user;
    const struct part *p = item;
    const struct avo_cell *c = &p->cell;
    struct avo_imputed part = {.span = {.chrom = c->chrom, .n_runs = (uint32_t)c->n_runs,
                                        .runs = c->runs, .n_bins = c->n_bins},
                               .n_tracks = l->n};
    for (uint32_t o = 0; o < l->n_outputs; o++) {
        part.values = row_of(l, p, l->job->attribution ? l->job->attribution->at[o].block : o, 0);
        if (avo_sink_add(l->sinks[o], &part, err))
            return -1;
    }
    l->n_bins += c->n_bins;
    if (l->job->progress)
        l->job->progress(l->job->user, c->n_bins, l->n);
    return 0;
}

/* ---- all parts, all rounds ---- */

static int run_parts(struct loop *l, struct avo_error *err)
{
    void *items[MOST_PARTS];
    for (size_t i = 0; i < l->n_parts; i++)
        items[i] = &l->parts[i];
    struct avo_pipeline p = {.user = l, .read = read_part, .work = predict_part,
                             .write = write_part, .items = items, .n_items = l->n_parts,
                             .n_lanes = 1};
    l->cells = (struct avo_cells){
        .join = l->join, .n_tracks = (uint32_t)l->in->header.n_tracks, .header = l->job->header,
        .cell_bins = cell_bins(l),
        .margin = l->in->means ? 0 : avo_observed_margin(l->in->model.observed)};
    int rc = avo_cells_begin(&l->cells, err);
    rc = rc ? rc : avo_pipeline_run(&p, err);
    avo_cells_release(&l->cells);
    return rc;
}

/* The first round has the stream that was opened, others open the files anew. */
static int open_join(struct loop *l, struct avo_error *err)
{
    struct avo_observed_input *in = l->in;
    l->join = in->join;
    in->join = NULL;
    if (!l->join && !(l->join = avo_join_open(in->paths, in->n_paths, err)))
        return -1;
    if (avo_join_header(l->join)->n_tracks != in->header.n_tracks)
        return avo_error_set(err, "the signal changed while it was being read");
    return 0;
}

static int round_of(void *user, uint32_t first, uint32_t n, struct avo_error *err)
{
    struct loop *l = user;
    l->first = first;
    l->n = n;
    l->n_bins = 0;
    for (uint32_t i = 0; i < n; i++)
        l->pairs[i] = l->job->wanted->at[first + i].pair;
    int rc = open_join(l, err);
    for (uint32_t o = 0; !rc && o < l->n_outputs; o++)
        rc = (l->sinks[o] = avo_sink_open(&l->jobs[o], &l->in->model, first, n, err)) ? 0 : -1;
    rc = rc ? rc : run_parts(l, err);
    if (!rc && !l->n_bins)
        rc = avo_error_set(err, "the signal has no bins in the regions asked for");
    for (uint32_t o = 0; !rc && o < l->n_outputs; o++)
        rc = avo_sink_finish(l->sinks[o], l->in->models, l->join, err);
    for (uint32_t o = 0; o < l->n_outputs; o++) {
        avo_sink_free(l->sinks[o]);
        l->sinks[o] = NULL;
    }
    avo_join_close(l->join);
    l->join = NULL;
    return rc;
}

/* ---- memory ---- */

static int predict_scales(struct loop *l, struct avo_error *err)
{
    const struct avo_wanted_list *list = l->job->wanted;
    const struct avo_model *m = &l->in->model;
    for (size_t i = 0; i < list->n; i++) {
        const char *celltype = m->celltypes[list->at[i].pair.celltype];
        const char *assay = m->assays[list->at[i].pair.assay];
        if (avo_track_stats_predict(m->observed, celltype, assay, &l->scale[2 * i],
                                    &l->scale[2 * i + 1], err))
            return avo_error_prefix(err, "%s:%s", celltype, assay);
    }
    return 0;
}

static int make_memory(struct loop *l, struct avo_error *err)
{
    int n = avo_pool_size(l->job->pool);
    l->n_parts = n > 1 ? MOST_PARTS : 1;
    l->writers = n > 1 ? avo_pool_new(n, err) : NULL;
    l->n_outputs = avo_impute_jobs(l->job, l->writers, l->jobs);
    l->n_rows = l->job->attribution ? AVO_N_PARTS : l->n_outputs;
    l->pairs = avo_alloc(l->job->wanted->n, sizeof *l->pairs, "tracks", err);
    l->scale = avo_alloc(l->job->wanted->n, 2 * sizeof *l->scale, "tracks", err);
    l->windows = avo_alloc((size_t)n, sizeof *l->windows, "windows", err);
    return (n == 1 || l->writers) && l->pairs && l->scale && l->windows ? 0 : -1;
}

static void release_memory(struct loop *l)
{
    for (size_t i = 0; i < l->n_parts; i++) {
        avo_cell_release(&l->parts[i].cell);
        free(l->parts[i].values);
    }
    for (int i = 0; l->windows && i < avo_pool_size(l->job->pool); i++)
        avo_track_windows_release(&l->windows[i]);
    avo_pool_free(l->writers);
    free(l->windows);
    free(l->pairs);
    free(l->scale);
    free(l->v);
}

int avo_observed_run(struct avo_observed_input *in, const struct avo_observed_ops *ops,
                     const struct avo_impute_job *job, struct avo_impute_result *result,
                     struct avo_error *err)
{
    struct loop l = {.in = in, .job = job, .ops = ops,
                     .n_values = in->means ? 1 : avo_observed_values(in->model.observed)};
    *result = (struct avo_impute_result){0, 0};
    avo_sink_no_spread(job);
    int rc = make_memory(&l, err);
    if (!rc && !in->means)
        rc = predict_scales(&l, err) || !(l.backend = ops->open(&in->model, job->pool, err))
            ? -1 : 0;
    rc = rc ? rc : avo_impute_rounds(job, in->can_reopen, round_of, &l, &result->n_rounds, err);
    result->n_bins = l.n_bins;
    if (l.backend)
        ops->close(l.backend);
    release_memory(&l);
    return rc;
}
