/* SPDX-License-Identifier: MIT */
/* baseline.c: what the baselines of each scored track are made of: depths, scales, other tracks. */
#include "libcommon/eval/baseline_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

const char *const avo_baseline_names[AVO_N_BASELINES] = {"mean", "scaled-mean", "constant"};

/* ---- depth ---- */

struct depth_job {
    struct avo_depth *depth;
    const struct avo_baseline_spec *spec;
    const float *const *observed;
    size_t n;
};

/* The mean is of the scored space, the root mean square of the averaging space. */
static void add_depth(void *arg, int i, int worker)
{
    const struct depth_job *job = arg;
    const struct avo_baseline_spec *s = job->spec;
    struct avo_depth model = {0}, raw = {0}, *d = &job->depth[i];
    float piece[AVO_BASE_CHUNK];

    (void)worker;
    for (size_t at = 0; at < job->n; at += AVO_BASE_CHUNK) {
        size_t n = job->n - at < AVO_BASE_CHUNK ? job->n - at : AVO_BASE_CHUNK;

        avo_depth_sum(job->observed[i] + at, n, &model.n, &model.mean, &model.rms);
        if (!s->average_raw && !s->score_raw)
            continue;
        avo_baseline_to_raw(piece, job->observed[i] + at, n, s->observed->transform);
        avo_depth_sum(piece, n, &raw.n, &raw.mean, &raw.rms);
    }
    d->n += model.n;
    d->mean += s->score_raw ? raw.mean : model.mean;
    d->rms += s->average_raw ? raw.rms : model.rms;
}

void avo_depth_add(struct avo_depth *depth, const struct avo_baseline_spec *spec,
                   const float *const *observed, size_t n, struct avo_pool *pool)
{
    struct depth_job job = {depth, spec, observed, n};

    avo_pool_run(pool, (int)spec->chosen->n_tracks, add_depth, &job);
}

void avo_depth_finish(struct avo_depth *depth, size_t n_tracks)
{
    for (size_t t = 0; t < n_tracks; t++) {
        depth[t].mean = depth[t].n > 0 ? depth[t].mean / (double)depth[t].n : (double)NAN;
        depth[t].rms = depth[t].n > 0 ? sqrt(depth[t].rms / (double)depth[t].n) : 0;
    }
}

/* ---- scales ---- */

/* Cell types by number; rows of the fit. */
struct fit {
    struct avo_depth_track *rows;       /* [tracks] */
    size_t n_celltypes;
    double *scale;                      /* [n_celltypes] */
    size_t *component;
};

static int number_celltypes(struct fit *f, const struct avo_baseline_spec *s,
                            const struct avo_depth *depth, struct avo_error *err)
{
    const struct avo_header *h = s->observed;
    size_t n = h->n_tracks, *first = avo_alloc(n, sizeof *first, "cell types", err);

    if (!first)
        return -1;
    for (size_t t = 0; t < n; t++) {
        size_t c = 0;

        while (c < f->n_celltypes &&
               strcmp(h->tracks[first[c]].celltype, h->tracks[t].celltype) != 0)
            c++;
        if (c == f->n_celltypes)
            first[f->n_celltypes++] = t;
        f->rows[t] = (struct avo_depth_track){c, s->chosen->tracks[t].assay, depth[t].rms, false};
    }
    free(first);
    return 0;
}

static int make_fit(struct fit *f, const struct avo_baseline_spec *s,
                    const struct avo_depth *depth, struct avo_error *err)
{
    size_t n = s->observed->n_tracks;

    f->rows = avo_alloc(n, sizeof *f->rows, "depths", err);
    f->scale = avo_alloc(n, sizeof *f->scale, "depths", err);
    f->component = avo_alloc(n, sizeof *f->component, "depths", err);
    if (!f->rows || !f->scale || !f->component)
        return -1;
    return number_celltypes(f, s, depth, err);
}

static void free_fit(struct fit *f)
{
    free(f->rows);
    free(f->scale);
    free(f->component);
}

/* The ratios of one target; the fit is of the tracks that it may know, without its own. */
static int find_ratios(struct fit *f, const struct avo_baseline_spec *s, struct avo_base_target *t,
                       struct avo_error *err)
{
    if (t->n_others == 0)
        return 0;
    for (size_t u = 0; u < s->observed->n_tracks; u++)
        f->rows[u].is_train = u != t->track && avo_scored_knows(s->chosen, t->track, u);
    return avo_other_ratios(f->rows, s->observed->n_tracks, f->n_celltypes, s->chosen->n_assays,
                            f->rows[t->track].celltype, t->others, t->n_others, f->scale,
                            f->component, &t->has_scale, err);
}

/* ---- making and freeing ---- */

static int find_others(struct avo_base_target *t, const struct avo_scored *l, struct avo_error *err)
{
    t->others = avo_alloc(l->n_tracks, sizeof *t->others, "tracks", err);
    if (!t->others)
        return -1;
    for (size_t u = 0; u < l->n_tracks; u++)
        if (u != t->track && l->tracks[u].assay == l->tracks[t->track].assay &&
            avo_scored_knows(l, t->track, u))
            t->others[t->n_others++].track = u;
    return 0;
}

static int make_columns(struct avo_baselines *b, struct avo_base_target *t, struct avo_error *err)
{
    size_t n = b->spec.max_bins;
    bool has[AVO_N_BASELINES] = {t->n_others > 0, t->has_scale, true};

    for (int c = 0; c < AVO_N_BASELINES; c++)
        if (has[c] && !(t->columns[c] = avo_alloc(n, sizeof(float), "columns", err)))
            return -1;
    t->use = avo_alloc(n, 1, "columns", err);
    if (t->n_others > 1)
        t->variance = avo_alloc(n, sizeof *t->variance, "columns", err);
    return t->use && (t->n_others < 2 || t->variance) ? 0 : -1;
}

static int make_targets(struct avo_baselines *b, const struct avo_depth *depth,
                        struct avo_error *err)
{
    const struct avo_scored *l = b->spec.chosen;
    struct fit fit = {0};
    int rc = make_fit(&fit, &b->spec, depth, err);

    for (size_t k = 0; rc == 0 && k < l->n_scored; k++) {
        struct avo_base_target *t = &b->targets[k];

        t->track = l->scored[k];
        t->constant = (float)depth[t->track].mean;
        rc = find_others(t, l, err);
        if (rc == 0)
            rc = find_ratios(&fit, &b->spec, t, err);
        if (rc == 0)
            rc = make_columns(b, t, err);
    }
    free_fit(&fit);
    return rc;
}

static float **make_matrix(size_t n_columns, size_t n_bins, struct avo_error *err)
{
    float **m = avo_alloc(n_columns + 1, sizeof *m, "columns", err);

    for (size_t c = 0; m && c < n_columns; c++)
        if (!(m[c] = avo_alloc(n_bins, sizeof **m, "columns", err)))
            return m;
    return m;
}

static void free_matrix(float **m, size_t n_columns)
{
    for (size_t c = 0; m && c < n_columns; c++)
        free(m[c]);
    free(m);
}

static bool is_whole(float *const *m, size_t n_columns)
{
    return m && (n_columns == 0 || m[n_columns - 1]);
}

/* Copies in raw space exist only where they are asked for. */
static int make_copies(struct avo_baselines *b, struct avo_error *err)
{
    const struct avo_scored *l = b->spec.chosen;
    size_t n = b->spec.max_bins, n_imputed = l->n_imputed * l->n_scored;

    if (b->spec.average_raw &&
        !is_whole(b->averaged = make_matrix(l->n_tracks, n, err), l->n_tracks))
        return -1;
    if (!b->spec.score_raw)
        return 0;
    b->scored = make_matrix(l->n_tracks, n, err);
    b->converted = make_matrix(n_imputed, n, err);
    return is_whole(b->scored, l->n_tracks) && is_whole(b->converted, n_imputed) ? 0 : -1;
}

/* The group of a scored track; lineups made by hand have but one. */
static size_t group_of(const struct avo_scored *l, size_t t)
{
    return l->known ? l->group[t] : 0;
}

/* The tracks of each assay that each group knows. */
static int list_members(struct avo_baselines *b, struct avo_error *err)
{
    const struct avo_scored *l = b->spec.chosen;

    b->n_sets = (l->known ? l->n_groups : 1) * l->n_assays;
    b->n_members = avo_alloc(b->n_sets, sizeof *b->n_members, "tracks", err);
    b->members = avo_alloc(b->n_sets, sizeof *b->members, "tracks", err);
    b->set_used = avo_alloc(b->n_sets, sizeof *b->set_used, "tracks", err);
    if (!b->n_members || !b->members || !b->set_used)
        return -1;
    for (size_t k = 0; k < l->n_scored; k++) {
        size_t t = l->scored[k], set = group_of(l, t) * l->n_assays + l->tracks[t].assay;

        b->targets[k].set = set;
        b->targets[k].in_set = avo_scored_knows(l, t, t);
        if (b->set_used[set])
            continue;
        b->set_used[set] = true;
        if (!(b->members[set] = avo_alloc(l->n_tracks, sizeof **b->members, "tracks", err)))
            return -1;
        for (size_t u = 0; u < l->n_tracks; u++)
            if (l->tracks[u].assay == l->tracks[t].assay && avo_scored_knows(l, t, u))
                b->members[set][b->n_members[set]++] = u;
    }
    return 0;
}

static int make_window(struct avo_baselines *b, struct avo_error *err)
{
    const struct avo_scored *l = b->spec.chosen;

    b->observed_of = avo_alloc(l->n_tracks, sizeof *b->observed_of, "columns", err);
    b->predicted = avo_alloc(l->n_scored * b->n_methods, sizeof *b->predicted, "columns", err);
    b->use_of = avo_alloc(l->n_scored, sizeof *b->use_of, "columns", err);
    b->variance_of = avo_alloc(l->n_scored, sizeof *b->variance_of, "columns", err);
    if (!b->observed_of || !b->predicted || !b->use_of ||
        !b->variance_of)
        return -1;
    for (size_t k = 0; k < l->n_scored; k++) {
        for (size_t c = 0; c < AVO_N_BASELINES; c++)
            b->predicted[k * b->n_methods + l->n_imputed + c] = b->targets[k].columns[c];
        b->use_of[k] = b->targets[k].use;
        b->variance_of[k] = b->targets[k].variance;
    }
    return 0;
}

struct avo_baselines *avo_baselines_new(const struct avo_baseline_spec *spec,
                                        const struct avo_depth *depth, struct avo_pool *pool,
                                        struct avo_error *err)
{
    struct avo_baselines *b = avo_alloc(1, sizeof *b, "baselines", err);

    if (!b)
        return NULL;
    b->spec = *spec;
    b->pool = pool;
    b->n_methods = spec->chosen->n_imputed + AVO_N_BASELINES;
    b->n_workers = avo_pool_size(pool);
    b->targets = avo_alloc(spec->chosen->n_scored, sizeof *b->targets, "baselines", err);
    b->scratch = avo_alloc((size_t)b->n_workers, sizeof *b->scratch, "baselines", err);
    if (!b->targets || !b->scratch || make_targets(b, depth, err) < 0 ||
        list_members(b, err) < 0 || make_copies(b, err) < 0 || make_window(b, err) < 0) {
        avo_baselines_free(b);
        return NULL;
    }
    return b;
}

static void free_target(struct avo_base_target *t)
{
    for (int c = 0; c < AVO_N_BASELINES; c++)
        free(t->columns[c]);
    free(t->others);
    free(t->variance);
    free(t->use);
}

void avo_baselines_free(struct avo_baselines *b)
{
    if (!b)
        return;
    for (size_t k = 0; b->targets && k < b->spec.chosen->n_scored; k++)
        free_target(&b->targets[k]);
    for (size_t a = 0; b->members && a < b->n_sets; a++)
        free(b->members[a]);
    free(b->members);
    free(b->n_members);
    free(b->set_used);
    free_matrix(b->averaged, b->spec.chosen->n_tracks);
    free_matrix(b->scored, b->spec.chosen->n_tracks);
    free_matrix(b->converted, b->spec.chosen->n_imputed * b->spec.chosen->n_scored);
    free(b->targets);
    free(b->scratch);
    free(b->observed_of);
    free(b->predicted);
    free(b->use_of);
    free(b->variance_of);
    free(b);
}
