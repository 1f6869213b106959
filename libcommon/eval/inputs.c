/* SPDX-License-Identifier: MIT */
/* inputs.c: opens in the order in which what is wrong is best told: headers, choice of tracks,
 * chromosomes; then one reading of the observed tracks for their depths, and everything side by
 * side. */
#include "libcommon/eval/inputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/log.h"
#include "libcommon/genome/region.h"

/* ---- opening ---- */

static struct avo_tracks_in *open_one(const struct avo_inputs *in, const char *path, bool as_it_is,
                                      struct avo_error *err)
{
    struct avo_tracks_in_spec spec = in->spec.files;

    spec.path = path;
    spec.as_it_is = as_it_is;
    return avo_tracks_in_open(&spec, err);
}

/* twice: it will be given back and opened once more. */
static int open_observed(struct avo_inputs *in, bool twice, struct avo_error *err)
{
    struct avo_tracks_in_spec spec = in->spec.files;

    spec.path = in->spec.observed;
    spec.twice = twice;
    return (in->observed = avo_tracks_in_open(&spec, err)) ? 0 : -1;
}

static struct avo_tracks_in **open_some(const struct avo_inputs *in,
                                        const struct avo_named_input *from, size_t n, bool as_it_is,
                                        struct avo_error *err)
{
    struct avo_tracks_in **some = avo_alloc(n + 1, sizeof(struct avo_tracks_in *), "inputs", err);

    for (size_t i = 0; some && i < n; i++)
        if (!(some[i] = open_one(in, from[i].path, as_it_is, err)))
            break;
    return some;
}

static bool all_open(struct avo_tracks_in *const *some, size_t n)
{
    return some && (n == 0 || some[n - 1]);
}

static int open_inputs(struct avo_inputs *in, struct avo_error *err)
{
    const struct avo_inputs_spec *s = &in->spec;

    if (open_observed(in, true, err) < 0)
        return -1;
    if (!all_open(in->imputed = open_some(in, s->imputed, s->n_imputed, false, err),
                  s->n_imputed))
        return -1;
    in->attribution = open_some(in, s->attribution, s->n_attribution, true, err);
    if (!all_open(in->attribution, s->n_attribution))
        return -1;
    if (!s->auxiliary)
        return 0;
    return (in->auxiliary = open_one(in, s->auxiliary, false, err)) ? 0 : -1;
}

static int line_up(struct avo_inputs *in, struct avo_error *err)
{
    const struct avo_inputs_spec *s = &in->spec;
    struct avo_scored_spec spec = {.observed = avo_tracks_in_header(in->observed),
                                   .n_methods = s->n_imputed, .tests = s->tests,
                                   .n_tests = s->n_tests};
    struct avo_scored_method *methods = avo_alloc(s->n_imputed, sizeof *methods, "methods", err);
    int rc;

    if (!methods)
        return -1;
    for (size_t i = 0; i < s->n_imputed; i++) {
        methods[i].name = s->imputed[i].name;
        methods[i].header = avo_tracks_in_header(in->imputed[i]);
        methods[i].models = in->models[i];
    }
    spec.methods = methods;
    rc = avo_scored_make(&in->chosen, &spec, err);
    free(methods);
    return rc;
}

/* What the models of imputed tables have seen; a stream says it of its own tracks only. */
static int find_models(struct avo_inputs *in, struct avo_error *err)
{
    const struct avo_inputs_spec *s = &in->spec;

    in->models = avo_alloc(s->n_imputed, sizeof *in->models, "models", err);
    for (size_t i = 0; in->models && i < s->n_imputed; i++)
        if (avo_tracks_in_is_table(in->imputed[i]) &&
            avo_model_lists_find(&in->lists, s->imputed[i].path,
                                 avo_tracks_in_header(in->imputed[i]), &in->models[i], err) < 0)
            return -1;
    return in->models ? 0 : -1;
}

static int name_methods(struct avo_inputs *in, struct avo_error *err)
{
    size_t n = in->chosen.n_imputed;

    in->n_methods = n + AVO_N_BASELINES;
    in->methods = avo_alloc(in->n_methods, sizeof *in->methods, "methods", err);
    if (!in->methods)
        return -1;
    for (size_t i = 0; i < in->spec.n_imputed; i++)
        in->methods[in->chosen.method_of[i]] = in->spec.imputed[i].name;
    for (size_t i = 0; i < AVO_N_BASELINES; i++)
        in->methods[n + i] = avo_baseline_names[i];
    return 0;
}

/* ---- which columns ---- */

/* Every track of an input. */
static int use_all(struct avo_tracks_in *in, struct avo_tracks_in_choice all,
                   struct avo_error *err)
{
    size_t n = avo_tracks_in_header(in)->n_tracks;
    size_t *tracks = avo_alloc(n, sizeof *tracks, "tracks", err);
    int rc;

    if (!tracks)
        return -1;
    for (size_t t = 0; t < n; t++)
        tracks[t] = t;
    all.tracks = tracks;
    all.n_tracks = n;
    rc = avo_tracks_in_use(in, &all, err);
    free(tracks);
    return rc;
}

static int use_observed(struct avo_inputs *in, struct avo_error *err)
{
    return use_all(in->observed,
                   (struct avo_tracks_in_choice){.region = in->spec.region,
                                                 .region_file = in->spec.region_file}, err);
}

/* The scored tracks that a component has; at least one. */
static int use_attribution(struct avo_inputs *in, size_t c, struct avo_error *err)
{
    const struct avo_header *h = avo_tracks_in_header(in->observed);
    const struct avo_header *g = avo_tracks_in_header(in->attribution[c]);
    const struct avo_scored *l = &in->chosen;
    size_t *tracks = avo_alloc(l->n_scored, sizeof *tracks, "tracks", err), n = 0;
    int rc;

    in->attribution_of[c] = avo_alloc(l->n_scored, sizeof(size_t), "tracks", err);
    if (!tracks || !in->attribution_of[c]) {
        free(tracks);
        return -1;
    }
    for (size_t k = 0; k < l->n_scored; k++) {
        const struct avo_track *t = &h->tracks[l->scored[k]];
        int own = avo_header_find_track(g, t->celltype, t->assay);

        if (own < 0)
            continue;
        tracks[n++] = (size_t)own;
        in->attribution_of[c][k] = n;
    }
    if (n == 0)
        rc = avo_error_set(err, "%s: has no attribution for any scored track",
                           avo_tracks_in_name(in->attribution[c]));
    else
        rc = avo_tracks_in_use(in->attribution[c],
                               &(struct avo_tracks_in_choice){tracks, n, NULL, NULL,
                                                              in->observed}, err);
    free(tracks);
    return rc;
}

/* The scored tracks that one imputed input stands for; without any it is not read. */
static int use_imputed(struct avo_inputs *in, size_t input, struct avo_error *err)
{
    const struct avo_scored *l = &in->chosen;
    struct avo_used *u = &in->used[in->n_used];
    size_t m = l->method_of[input];
    struct avo_tracks_in_choice own = {.beside = in->observed};

    *u = (struct avo_used){.input = input};
    u->tracks = avo_alloc(l->n_scored, sizeof *u->tracks, "tracks", err);
    u->at = avo_alloc(l->n_scored, sizeof *u->at, "tracks", err);
    in->n_used++;
    if (!u->tracks || !u->at)
        return -1;
    for (size_t k = 0; k < l->n_scored; k++)
        if (l->inputs[m][k] == input) {
            u->tracks[u->n] = l->columns[m][k];
            u->at[u->n++] = m * l->n_scored + k;
        }
    if (u->n == 0) {
        free(u->tracks);
        free(u->at);
        in->n_used--;
        return 0;
    }
    own.tracks = u->tracks;
    own.n_tracks = u->n;
    return avo_tracks_in_use(in->imputed[input], &own, err);
}

static int use_all_imputed(struct avo_inputs *in, struct avo_error *err)
{
    const struct avo_scored *l = &in->chosen;
    size_t n = in->spec.n_imputed;

    in->used = avo_alloc(n, sizeof *in->used, "inputs", err);
    in->imputed_of = avo_alloc(l->n_imputed * l->n_scored, sizeof(float *), "inputs", err);
    in->imputed_by = avo_alloc(l->n_imputed, sizeof *in->imputed_by, "inputs", err);
    if (!in->used || !in->imputed_of || !in->imputed_by)
        return -1;
    for (size_t m = 0; m < l->n_imputed; m++)
        in->imputed_by[m] = in->imputed_of + m * l->n_scored;
    for (size_t i = 0; i < n; i++)
        if (use_imputed(in, i, err) < 0)
            return -1;
    return 0;
}

static int use_inputs(struct avo_inputs *in, struct avo_error *err)
{
    const struct avo_scored *l = &in->chosen;
    size_t n = in->spec.n_attribution;

    if (use_observed(in, err) < 0 || use_all_imputed(in, err) < 0)
        return -1;
    in->attribution_of = avo_alloc(n + 1, sizeof *in->attribution_of, "inputs", err);
    in->attributions = avo_alloc(n * l->n_scored + 1, sizeof *in->attributions, "inputs", err);
    in->none = avo_alloc(AVO_WINDOW_BINS, sizeof *in->none, "inputs", err);
    if (!in->attribution_of || !in->attributions || !in->none)
        return -1;
    for (size_t i = 0; i < AVO_WINDOW_BINS; i++)
        in->none[i] = NAN;
    for (size_t c = 0; c < n; c++)
        if (use_attribution(in, c, err) < 0)
            return -1;
    if (!in->auxiliary)
        return 0;
    return use_all(in->auxiliary, (struct avo_tracks_in_choice){.beside = in->observed}, err);
}

/* ---- side by side ---- */

static size_t count_columns(const struct avo_inputs *in, size_t c)
{
    size_t n = 0;

    for (size_t k = 0; k < in->chosen.n_scored; k++)
        n += in->attribution_of[c][k] > 0;
    return n;
}

/* The others in order: imputed, attributions, auxiliary. */
static int put_side_by_side(struct avo_inputs *in, struct avo_error *err)
{
    const struct avo_inputs_spec *s = &in->spec;
    size_t n = in->n_used + s->n_attribution, n_others = n + (in->auxiliary != NULL);
    struct avo_tracks_in **others = avo_alloc(n_others + 1, sizeof(struct avo_tracks_in *),
                                              "inputs", err);
    size_t *n_columns = avo_alloc(n_others + 1, sizeof *n_columns, "inputs", err);

    if (others && n_columns) {
        n_columns[0] = in->chosen.n_tracks;
        for (size_t i = 0; i < n; i++) {
            bool is_imputed = i < in->n_used;

            others[i] = is_imputed ? in->imputed[in->used[i].input]
                                   : in->attribution[i - in->n_used];
            n_columns[i + 1] = is_imputed ? in->used[i].n : count_columns(in, i - in->n_used);
        }
        if (in->auxiliary) {
            others[n] = in->auxiliary;
            n_columns[n + 1] = avo_tracks_in_header(in->auxiliary)->n_tracks;
        }
        in->side_by_side = avo_side_by_side_new(in->observed, others, n_others, n_columns, err);
    }
    free(others);
    free(n_columns);
    return in->side_by_side ? 0 : -1;
}

static struct avo_baseline_spec baseline_spec(const struct avo_inputs *in)
{
    return (struct avo_baseline_spec){.chosen = &in->chosen,
                                      .observed = avo_tracks_in_header(in->observed),
                                      .average_raw = in->spec.average_raw,
                                      .score_raw = in->spec.score_raw,
                                      .max_bins = AVO_WINDOW_BINS};
}

#define BUSY_BINS 4000u
#define BUSY_TRACKS 16

/* Takes note of the window's piece with the most signal, if it has more than *most. */
static void look_for_signal(struct avo_inputs *in, const struct avo_track_window *w, double *most)
{
    size_t n_tracks = in->chosen.n_tracks, step = (n_tracks + BUSY_TRACKS - 1) / BUSY_TRACKS;

    for (uint32_t beg = 0; beg < w->n_bins; beg += BUSY_BINS) {
        uint32_t end = w->n_bins - beg < BUSY_BINS ? w->n_bins : beg + BUSY_BINS;
        double sum = 0;

        for (size_t t = 0; t < n_tracks; t += step)
            for (uint32_t i = beg; i < end; i++)
                sum += isnan(w->first[t][i]) ? 0 : (double)w->first[t][i];
        if (in->busiest.end_bin > 0 && sum <= *most)
            continue;
        *most = sum;
        in->busiest = (struct avo_extent){w->chrom, w->beg_bin + beg, w->beg_bin + end};
    }
}

/* The observed input alone, from its beginning to its end. */
static int read_depths(struct avo_inputs *in, void (*progress)(void *, uint64_t, uint64_t),
                       void *arg, struct avo_error *err)
{
    struct avo_baseline_spec spec = baseline_spec(in);
    struct avo_side_by_side *alone = avo_side_by_side_new(in->observed, NULL, 0,
                                                          &in->chosen.n_tracks, err);
    struct avo_track_window w;
    uint64_t done = 0, total = avo_inputs_bins(in, NULL);
    double most = 0;
    int rc = alone ? 0 : -1;

    in->depth = avo_alloc(in->chosen.n_tracks, sizeof *in->depth, "depths", err);
    while (rc == 0 && in->depth && (rc = avo_side_by_side_next(alone, &w, err)) == 1) {
        avo_depth_add(in->depth, &spec, w.first, w.n_bins, in->spec.files.pool);
        rc = 0;
        look_for_signal(in, &w, &most);
        done += w.n_present;
        if (progress)
            progress(arg, done, total);
    }
    avo_side_by_side_free(alone);
    if (rc < 0 || !in->depth)
        return -1;
    avo_depth_finish(in->depth, in->chosen.n_tracks);
    return 0;
}

static int reopen_observed(struct avo_inputs *in, struct avo_error *err)
{
    struct avo_tracks_in *read_once = in->observed;

    in->observed = NULL;
    return avo_tracks_in_give_back(read_once, err) < 0 || open_observed(in, false, err) < 0
               ? -1 : use_observed(in, err);
}

int avo_inputs_open(struct avo_inputs *in, const struct avo_inputs_spec *spec,
                    void (*progress)(void *arg, uint64_t done, uint64_t total), void *arg,
                    struct avo_error *err)
{
    struct avo_baseline_spec base;

    in->spec = *spec;
    if (open_inputs(in, err) < 0 || find_models(in, err) < 0 || line_up(in, err) < 0 ||
        name_methods(in, err) < 0 || use_inputs(in, err) < 0)
        return -1;
    /* What does not fit together is told before anything is read. */
    if (put_side_by_side(in, err) < 0)
        return -1;
    avo_side_by_side_free(in->side_by_side);
    in->side_by_side = NULL;
    if (read_depths(in, progress, arg, err) < 0 || reopen_observed(in, err) < 0 ||
        put_side_by_side(in, err) < 0)
        return -1;
    base = baseline_spec(in);
    in->baselines = avo_baselines_new(&base, in->depth, in->spec.files.pool, err);
    return in->baselines ? 0 : -1;
}

static void free_some(struct avo_tracks_in **some, size_t n)
{
    for (size_t i = 0; some && i < n; i++)
        avo_tracks_in_free(some[i]);
    free(some);
}

void avo_inputs_release(struct avo_inputs *in)
{
    avo_side_by_side_free(in->side_by_side);
    avo_baselines_free(in->baselines);
    avo_tracks_in_free(in->observed);
    avo_tracks_in_free(in->auxiliary);
    free_some(in->imputed, in->spec.n_imputed);
    free_some(in->attribution, in->spec.n_attribution);
    for (size_t i = 0; i < in->n_used; i++) {
        free(in->used[i].tracks);
        free(in->used[i].at);
    }
    for (size_t i = 0; in->models && i < in->spec.n_imputed; i++)
        free(in->models[i]);
    free(in->models);
    avo_model_lists_release(&in->lists);
    free(in->used);
    free(in->imputed_of);
    free(in->imputed_by);
    for (size_t c = 0; in->attribution_of && c < in->spec.n_attribution; c++)
        free(in->attribution_of[c]);
    avo_scored_release(&in->chosen);
    free(in->attribution_of);
    free(in->attributions);
    free(in->none);
    free(in->depth);
    free(in->methods);
    memset(in, 0, sizeof *in);
}

/* ---- windows ---- */

int avo_inputs_next(struct avo_inputs *in, struct avo_window *w, struct avo_inputs_extra *extra,
                    uint32_t *n_present, struct avo_error *err)
{
    size_t n_used = in->n_used, n_scored = in->chosen.n_scored;
    struct avo_track_window win;
    double begun = avo_now_sec();
    int rc = avo_side_by_side_next(in->side_by_side, &win, err);

    in->read_sec += avo_now_sec() - begun;
    if (rc <= 0)
        return rc;
    *w = (struct avo_window){.chrom = win.chrom, .beg_bin = win.beg_bin, .n = win.n_bins};
    *n_present = win.n_present;
    *extra = (struct avo_inputs_extra){0};
    for (size_t i = 0; i < n_used; i++)
        for (size_t j = 0; j < in->used[i].n; j++)
            in->imputed_of[in->used[i].at[j]] = win.others[i][j];
    for (size_t c = 0; c < in->spec.n_attribution; c++)
        for (size_t k = 0; k < n_scored; k++) {
            size_t own = in->attribution_of[c][k];

            in->attributions[c * n_scored + k] = own > 0 ? win.others[n_used + c][own - 1]
                                                         : in->none;
        }
    if (in->spec.n_attribution > 0)
        extra->attribution = in->attributions;
    if (in->auxiliary)
        extra->auxiliary = win.others[n_used + in->spec.n_attribution];
    return avo_baselines_window(in->baselines, win.first, in->imputed_by, w, err) < 0 ? -1 : 1;
}

uint64_t avo_inputs_bins(const struct avo_inputs *in, uint64_t *longest)
{
    size_t n;
    const struct avo_extent *e = avo_tracks_in_extents(in->observed, &n);
    uint64_t of_chrom = 0, most = 0;

    for (size_t i = 0; i < n; i++) {
        of_chrom = (i > 0 && e[i].chrom == e[i - 1].chrom ? of_chrom : 0) +
                   (e[i].end_bin - e[i].beg_bin);
        most = of_chrom > most ? of_chrom : most;
    }
    if (longest)
        *longest = most;
    return avo_extents_bins(e, n);
}

const struct avo_header *avo_inputs_header(const struct avo_inputs *in)
{
    return avo_tracks_in_header(in->observed);
}

const char *avo_inputs_warning(struct avo_inputs *in)
{
    const char *line = avo_tracks_in_warning(in->observed);

    for (size_t i = 0; !line && i < in->spec.n_imputed; i++)
        line = avo_tracks_in_warning(in->imputed[i]);
    for (size_t i = 0; !line && i < in->spec.n_attribution; i++)
        line = avo_tracks_in_warning(in->attribution[i]);
    return line == NULL && in->auxiliary != NULL ? avo_tracks_in_warning(in->auxiliary) : line;
}
