/* SPDX-License-Identifier: MIT */
/* impute.c: GENOME tiles in, predictions out: read, predict, clip and write at the same time. */
#include "libcommon/impute/impute.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/pipeline.h"
#include "libcommon/genome/region.h"
#include "libcommon/impute/attribute.h"
#include "libcommon/impute/impute_out.h"
#include "libcommon/impute/intervals.h"
#include "libcommon/model/standard.h"

/* ---- header ---- */

static int add_tracks(struct avo_header *h, const struct avo_model *m,
                      const struct avo_wanted_list *l, struct avo_error *err)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct avo_wanted *w = &l->at[i];
        struct avo_track *t = avo_header_add_track(h, m->celltypes[w->pair.celltype],
                                                   m->assays[w->pair.assay], w->role, err);
        if (!t)
            return -1;
        t->imputed = true;
    }
    return 0;
}

static int nothing_there(enum avo_content content, struct avo_error *err)
{
    return avo_error_set(err, content == AVO_CONTENT_SIGNAL
                         ? "the signal has no bins in the regions asked for"
                         : "the models have no factors in the regions asked for");
}

static int cut_extents(struct avo_header *h, enum avo_content from,
                       const struct avo_region_ask *ask, struct avo_error *err)
{
    struct avo_extent *asked = NULL, *both = NULL;
    size_t n_asked, n_both;
    if (!ask->region && !ask->region_file)
        return 0;
    if (avo_regions_select(h, ask, &asked, &n_asked, err))
        return -1;
    int rc = avo_extents_intersect(asked, n_asked, h->extents, h->n_extents, &both, &n_both, err);
    free(asked);
    if (rc)
        return -1;
    free(h->extents);
    h->extents = both;
    h->n_extents = n_both;
    return n_both ? 0 : nothing_there(from, err);
}

int avo_impute_header(const struct avo_header *from, const struct avo_model *m,
                      const struct avo_wanted_list *l, const struct avo_region_ask *ask,
                      struct avo_header *h, struct avo_error *err)
{
    if (avo_header_copy(h, from, err))
        return -1;
    struct avo_header tracks = {.n_tracks = h->n_tracks, .tracks = h->tracks,
                                .n_blocks = h->n_blocks, .blocks = h->blocks};
    h->tracks = NULL;
    h->blocks = NULL;
    h->n_tracks = h->n_blocks = 0;
    h->parafac = false;
    avo_header_release(&tracks);
    h->content = AVO_CONTENT_SIGNAL;
    h->missing_nan = false;
    memcpy(h->root_id, m->header.root_id, sizeof h->root_id);
    if (!add_tracks(h, m, l, err) && !cut_extents(h, from->content, ask, err))
        return 0;
    avo_header_release(h);
    return -1;
}

/* ---- the pipeline: its items are parts of tiles ---- */

enum { MOST_PARTS = 3 };    /* read, predicted, written */

/* Bins of a tile that are written: runs, and where each begins among the tile's positions. */
struct cut {
    size_t n, cap, cap_at;
    struct avo_run *runs;
    uint32_t *at;
};

/* A tile at work. There are as many as parts: the parts under way are of no more tiles. */
struct tile {
    struct avo_positions positions;
    struct avo_genome_rows rows;
    struct cut cut;
    uint32_t chrom;
    const char *name;           /* of the file that it is from */
};

/* Runs of a tile's cut in one cell of the parts' grid, and what is predicted for them. */
struct part {
    struct tile *of;
    size_t first_run, n_runs;
    uint32_t n_bins;
    float *values;              /* [n_rows][n_bins] */
    size_t cap;
};

struct loop {
    struct avo_models *models;
    const struct avo_impute_job *job;
    const struct avo_model *m;
    void *backend;
    uint32_t n_outputs;         /* one, or one a component */
    struct avo_impute_job jobs[AVO_MAX_BLOCKS];     /* of the outputs */
    struct avo_sink *sinks[AVO_MAX_BLOCKS];
    struct avo_pool *writers;   /* of the sinks: they work beside the job's pool */
    struct avo_pair *pairs;     /* [n] of the round */
    float *scale;               /* [n][2] m and s that they are put back with */
    uint32_t first, n;
    size_t n_rows;              /* of values: n, or [n_blocks][n] */
    size_t n_parts;             /* under way at most */
    struct part parts[MOST_PARTS];
    struct tile tiles[MOST_PARTS];
    uint64_t n_tiles;           /* that have a part */
    size_t next_run;            /* of the last tile's cut */
    float *piece;               /* [n_rows][bins of a run] */
    size_t cap_piece;
    uint64_t n_bins;
};

/* ---- reading ---- */

static int cut_run(struct cut *c, struct avo_run run, uint32_t at, const struct avo_header *h,
                   uint32_t chrom, struct avo_error *err)
{
    uint32_t run_end = run.beg_bin + run.n_bins;
    size_t i = avo_extents_first(h->extents, h->n_extents, chrom, run.beg_bin);
    for (; i < h->n_extents; i++) {
        const struct avo_extent *e = &h->extents[i];
        if (e->chrom != chrom || e->beg_bin >= run_end)
            break;
        uint32_t beg = e->beg_bin > run.beg_bin ? e->beg_bin : run.beg_bin;
        uint32_t end = e->end_bin < run_end ? e->end_bin : run_end;
        if (avo_grow(&c->runs, &c->cap, c->n + 1, sizeof *c->runs, "runs", err) ||
            avo_grow(&c->at, &c->cap_at, c->n + 1, sizeof *c->at, "runs", err))
            return -1;
        c->runs[c->n] = (struct avo_run){beg, end - beg};
        c->at[c->n++] = at + (beg - run.beg_bin);
    }
    return 0;
}

static int cut_tile(const struct loop *l, struct cut *c, const struct avo_span *span,
                    struct avo_error *err)
{
    uint32_t at = 0;
    c->n = 0;
    for (uint32_t r = 0; r < span->n_runs; r++) {
        if (cut_run(c, span->runs[r], at, l->job->header, span->chrom, err))
            return -1;
        at += span->runs[r].n_bins;
    }
    return 0;
}

/* Splits the runs of the cut where they cross the grid of the parts. */
static int split_runs(struct cut *c, uint32_t part_bins, struct avo_error *err)
{
    for (size_t r = 0; r < c->n; r++) {
        uint32_t edge = (c->runs[r].beg_bin / part_bins + 1) * part_bins;
        uint32_t end = c->runs[r].beg_bin + c->runs[r].n_bins;
        if (end <= edge)
            continue;
        if (avo_grow(&c->runs, &c->cap, c->n + 1, sizeof *c->runs, "runs", err) ||
            avo_grow(&c->at, &c->cap_at, c->n + 1, sizeof *c->at, "runs", err))
            return -1;
        memmove(c->runs + r + 1, c->runs + r, (c->n - r) * sizeof *c->runs);
        memmove(c->at + r + 1, c->at + r, (c->n - r) * sizeof *c->at);
        c->n++;
        c->runs[r].n_bins = edge - c->runs[r].beg_bin;
        c->runs[r + 1] = (struct avo_run){edge, end - edge};
        c->at[r + 1] = c->at[r] + c->runs[r].n_bins;
    }
    return 0;
}

/* The next tile that has bins to write, into the memory that is free by now: 1, 0, -1. */
static int next_tile(struct loop *l, struct avo_error *err)
{
    const struct avo_header *h = l->job->header;
    struct tile *t = &l->tiles[l->n_tiles % l->n_parts];
    struct avo_genome_tile tile;
    struct avo_head head;
    int more;
    while ((more = avo_models_next(l->models, &head, err)) > 0) {
        if (!avo_extents_touch(h->extents, h->n_extents, head.chrom, head.beg_bin, head.end_bin))
            continue;
        if (avo_models_genome(l->models, &tile, err) || cut_tile(l, &t->cut, &tile.span, err) ||
            split_runs(&t->cut, avo_sink_part_bins(l->job), err))
            return -1;
        if (!t->cut.n)
            continue;
        t->chrom = tile.span.chrom;
        t->name = avo_models_name(l->models);
        avo_positions_clear(&t->positions);
        avo_genome_rows_clear(&t->rows);
        if (avo_genome_rows_append(&t->rows, &t->positions, l->m, &tile, err))
            return avo_error_prefix(err, "%s", t->name);
        l->n_tiles++;
        l->next_run = 0;
        return 1;
    }
    return more;
}

static int read_part(void *user, void *item, struct avo_error *err)
{
    struct loop *l = user;
    struct part *p = item;
    struct tile *t = l->n_tiles ? &l->tiles[(l->n_tiles - 1) % l->n_parts] : NULL;
    if (!t || l->next_run == t->cut.n) {
        int more = next_tile(l, err);
        if (more <= 0)
            return more;
        t = &l->tiles[(l->n_tiles - 1) % l->n_parts];
    }
    uint32_t part_bins = avo_sink_part_bins(l->job);
    uint32_t cell = t->cut.runs[l->next_run].beg_bin / part_bins;
    p->of = t;
    p->first_run = l->next_run;
    p->n_bins = 0;
    for (; l->next_run < t->cut.n; l->next_run++) {
        const struct avo_run *run = &t->cut.runs[l->next_run];
        if (run->beg_bin / part_bins != cell)
            break;
        p->n_bins += run->n_bins;
    }
    p->n_runs = l->next_run - p->first_run;
    return 1;
}

/* ---- predicting ---- */

/* Row r of the values, of one pair: differences between predictions have lost the mean. */
static void put_back(const struct loop *l, size_t r, float *values, uint32_t n)
{
    float scale[2] = {l->scale[2 * (r % l->n)], l->scale[2 * (r % l->n) + 1]};
    scale[0] = l->job->attribution ? 0 : scale[0];
    avo_model_put_back(l->m, scale, values, n);
}

/* Predictions, or attributions, of the n positions from at on into columns to .. of the part. */
static int predict(struct loop *l, uint32_t at, uint32_t n, const struct part *p, uint32_t to,
                   struct avo_error *err)
{
    const struct avo_impute_job *j = l->job;
    bool direct = n == p->n_bins;
    if (!direct && avo_grow(&l->piece, &l->cap_piece, n * l->n_rows, sizeof(float),
                            "predictions", err))
        return -1;
    float *out = direct ? p->values : l->piece;
    int rc = j->attribution
        ? avo_attribute_predict(j->ops, l->backend, l->m, &j->attribution->how, l->pairs, l->n, at,
                                n, out, err)
        : avo_backend_predict(j->ops, l->backend, l->m, l->pairs, l->n, at, n, out, err);
    for (size_t r = 0; !rc && r < l->n_rows; r++)
        put_back(l, r, out + r * n, n);
    for (size_t r = 0; !rc && !direct && r < l->n_rows; r++)
        memcpy(p->values + r * p->n_bins + to, out + r * n, n * sizeof(float));
    return rc;
}

static int predict_part(void *user, int lane, void *item, struct avo_error *err)
{
    struct loop *l = user;
    struct part *p = item;
    struct tile *t = p->of;
    const struct avo_binding on = {&t->positions, NULL, &t->rows};
    uint32_t to = 0;
    (void)lane;
    if (p->first_run == 0 && l->job->ops->bind(l->backend, &on, err))
        return -1;
    if (avo_grow(&p->values, &p->cap, p->n_bins * l->n_rows, sizeof(float), "predictions", err))
        return -1;
    for (size_t r = p->first_run; r < p->first_run + p->n_runs; r++) {
        if (predict(l, t->cut.at[r], t->cut.runs[r].n_bins, p, to, err))
            return -1;
        to += t->cut.runs[r].n_bins;
    }
    return 0;
}

/* ---- writing ---- */

static int clip(struct loop *l, const char *name, const struct avo_imputed *part,
                struct avo_error *err)
{
    for (uint32_t p = 0; p < l->n; p++) {
        float *v = part->values + (size_t)p * part->span.n_bins;
        if (!avo_sink_clip(l->job, l->m, l->first + p, v, part->span.n_bins))
            return avo_error_set(err, "%s: %s for %s:%s on %s is not finite", name,
                                 l->job->attribution ? "an attribution" : "a prediction",
                                 l->m->celltypes[l->pairs[p].celltype],
                                 l->m->assays[l->pairs[p].assay],
                                 l->m->header.chroms[part->span.chrom].name);
    }
    return 0;
}

/* Every output takes its rows of the values. */
static int write_part(void *user, void *item, struct avo_error *err)
{
    struct loop *l = user;
    const struct part *p = item;
    struct avo_imputed part = {.span = {.chrom = p->of->chrom, .n_runs = (uint32_t)p->n_runs,
                                        .runs = p->of->cut.runs + p->first_run,
                                        .n_bins = p->n_bins}, .n_tracks = l->n};
    for (uint32_t o = 0; o < l->n_outputs; o++) {
        size_t row = l->job->attribution ? (size_t)l->job->attribution->at[o].block * l->n : 0;
        part.values = p->values + row * p->n_bins;
        if (clip(l, p->of->name, &part, err) || avo_sink_add(l->sinks[o], &part, err))
            return -1;
    }
    l->n_bins += p->n_bins;
    if (l->job->progress)
        l->job->progress(l->job->user, p->n_bins, l->n);
    return 0;
}

/* ---- all tiles, all rounds ---- */

static int run_parts(struct loop *l, struct avo_error *err)
{
    void *items[MOST_PARTS];
    for (size_t i = 0; i < l->n_parts; i++)
        items[i] = &l->parts[i];
    struct avo_pipeline p = {.user = l, .read = read_part, .work = predict_part,
                             .write = write_part, .items = items, .n_items = l->n_parts,
                             .n_lanes = 1};
    l->n_tiles = 0;
    l->next_run = 0;
    return avo_pipeline_run(&p, err);
}

static int round_of(void *user, uint32_t first, uint32_t n, struct avo_error *err)
{
    struct loop *l = user;
    int rc = 0;
    if (first)
        avo_models_rewind(l->models);
    l->first = first;
    l->n = n;
    l->n_rows = l->job->attribution ? (size_t)l->job->attribution->n_blocks * n : n;
    l->n_bins = 0;
    for (uint32_t i = 0; i < n; i++)
        l->pairs[i] = l->job->wanted->at[first + i].pair;
    rc = avo_model_scales(l->m, l->pairs, n, l->scale, err);
    for (uint32_t o = 0; !rc && o < l->n_outputs; o++)
        rc = (l->sinks[o] = avo_sink_open(&l->jobs[o], l->m, first, n, err)) ? 0 : -1;
    if (!rc)
        rc = run_parts(l, err);
    if (!rc && !l->n_bins)
        rc = nothing_there(AVO_CONTENT_MODEL, err);
    for (uint32_t o = 0; !rc && o < l->n_outputs; o++)
        rc = avo_sink_finish(l->sinks[o], l->models, NULL, err);
    for (uint32_t o = 0; o < l->n_outputs; o++) {
        avo_sink_free(l->sinks[o]);
        l->sinks[o] = NULL;
    }
    return rc;
}

uint32_t avo_impute_jobs(const struct avo_impute_job *job, struct avo_pool *writers,
                         struct avo_impute_job jobs[AVO_MAX_BLOCKS])
{
    const struct avo_attribution *a = job->attribution;
    const struct avo_intervals *iv = job->intervals;
    uint32_t n = a ? a->n : iv ? 1 + AVO_BOUNDS : 1;
    for (uint32_t o = 0; o < n; o++) {
        jobs[o] = *job;
        jobs[o].pool = writers;
        if (a) {
            jobs[o].header = &a->at[o].header;
            jobs[o].output = a->at[o].output;
        } else if (o) {
            jobs[o].header = &iv->at[o - 1].header;
            jobs[o].output = iv->at[o - 1].output;
            jobs[o].spread = NULL;      /* nobody asks for that of bounds */
        }
    }
    return n;
}

/* Tracks that one reading of the input can write. */
static uint32_t tracks_at_once(const struct avo_impute_job *job)
{
    uint32_t max = avo_sink_max_tracks(job);
    if (job->attribution && max < UINT32_MAX)
        max = max > job->attribution->n ? max / job->attribution->n : 1;
    if (job->intervals && max < UINT32_MAX)
        max = max > 3 ? max / 3 : 1;
    return max < job->wanted->n ? max : (uint32_t)job->wanted->n;
}

int avo_impute_rounds(const struct avo_impute_job *job, bool again,
                      int (*round)(void *user, uint32_t first, uint32_t n, struct avo_error *err),
                      void *user, uint32_t *n_rounds, struct avo_error *err)
{
    uint32_t n = (uint32_t)job->wanted->n, at_once = tracks_at_once(job);
    if (at_once < n && !again) {
        avo_error_hint(err, "give files, raise --max-memory or ulimit -n, or write one stream: "
                       "-O avo");
        return avo_error_set(err, "%u files at once are too many (at most %u), and a pipe cannot "
                             "be read again", n, at_once);
    }
    *n_rounds = 0;
    for (uint32_t first = 0; first < n; first += at_once, ++*n_rounds)
        if (round(user, first, n - first < at_once ? n - first : at_once, err))
            return -1;
    return 0;
}

static int make_memory(struct loop *l, struct avo_error *err)
{
    int n = avo_pool_size(l->job->pool);
    l->n_parts = n > 1 ? MOST_PARTS : 1;
    for (size_t i = 0; i < l->n_parts; i++)
        avo_genome_rows_init(&l->tiles[i].rows, l->m);
    l->pairs = avo_alloc(l->job->wanted->n, sizeof *l->pairs, "tracks", err);
    l->writers = n > 1 ? avo_pool_new(n, err) : NULL;
    l->scale = avo_alloc(l->job->wanted->n, 2 * sizeof *l->scale, "tracks", err);
    return l->pairs && l->scale && (n == 1 || l->writers) ? 0 : -1;
}

static void release_memory(struct loop *l)
{
    for (size_t i = 0; i < l->n_parts; i++) {
        avo_positions_release(&l->tiles[i].positions);
        avo_genome_rows_release(&l->tiles[i].rows);
        free(l->tiles[i].cut.runs);
        free(l->tiles[i].cut.at);
        free(l->parts[i].values);
    }
    avo_pool_free(l->writers);
    free(l->pairs);
    free(l->scale);
    free(l->piece);
}

int avo_impute_run(struct avo_models *s, const struct avo_impute_job *job,
                   struct avo_impute_result *result, struct avo_error *err)
{
    struct loop l = {.models = s, .job = job, .m = avo_models_core(s)};
    struct avo_backend_args args = {.model = l.m, .pool = job->pool, .device = job->device};
    *result = (struct avo_impute_result){0, 0};
    avo_sink_no_spread(job);
    int rc = make_memory(&l, err);
    l.n_outputs = avo_impute_jobs(job, l.writers, l.jobs);
    l.backend = rc ? NULL : job->ops->open(&args, err);
    rc = l.backend ? avo_impute_rounds(job, avo_models_can_rewind(s), round_of, &l,
                                       &result->n_rounds, err) : -1;
    result->n_bins = l.n_bins;
    if (l.backend)
        job->ops->close(l.backend);
    release_memory(&l);
    return rc;
}
