/* SPDX-License-Identifier: MIT */
/* observed_input.c: a model and the signal that it sees: which tracks are inputs, their rows and
 * statistics; which pairs can be imputed from them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/region.h"
#include "libcommon/impute/baseline.h"
#include "libcommon/impute/observed.h"
#include "libcommon/model/grid.h"
#include "libcommon/model/track_stats.h"

/* What statistics are measured on at most: bins, values in memory; stretches of bins that lie side
 * by side, because a track's sd is that of means over neighbours. */
#define MOST_BINS ((uint64_t)1000000)
#define MOST_VALUES ((uint64_t)200000000)
#define STRETCH_BINS ((uint64_t)5000)
#define MOST_NAMES 5        /* in a line for people */

/* ---- names in a line ---- */

/* "A:x, B:y and 3 more" of the tracks of h at [n]. Fresh memory. */
static char *track_names(const struct avo_header *h, const uint32_t *at, uint32_t n,
                         struct avo_error *err)
{
    char *text = avo_strdup("", err);
    for (uint32_t i = 0; text && i < n && i < MOST_NAMES; i++) {
        const struct avo_track *t = &h->tracks[at[i]];
        char *longer = avo_asprintf(err, "%s%s%s:%s", text, i ? ", " : "", t->celltype, t->assay);
        free(text);
        text = longer;
    }
    if (text && n > MOST_NAMES) {
        char *longer = avo_asprintf(err, "%s and %u more", text, n - MOST_NAMES);
        free(text);
        text = longer;
    }
    return text;
}

/* ---- which tracks are inputs ---- */

static bool is_withheld(const struct avo_observed_input *in, enum avo_role r)
{
    return r == AVO_ROLE_TEST || (r == AVO_ROLE_VALID && !in->sees_valid);
}

/* Their order is that of their names: sums over them do not depend on that of the signal's tracks,
 * which is another one in files of their own. */
static void sort_columns(struct avo_observed_input *in)
{
    for (uint32_t i = 1; i < in->n_seen; i++) {
        uint32_t c = in->columns[i], j = i;
        const struct avo_track *t = in->header.tracks;
        for (; j && avo_track_cmp(&t[in->columns[j - 1]], &t[c]) > 0; j--)
            in->columns[j] = in->columns[j - 1];
        in->columns[j] = c;
    }
}

static int choose_columns(struct avo_observed_input *in, struct avo_error *err)
{
    const struct avo_header *h = &in->header, *m = &in->model.header;
    size_t n_withheld = 0, n_imputed = 0;
    if (!(in->columns = avo_alloc(h->n_tracks, sizeof *in->columns, "tracks", err)))
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++) {
        const struct avo_track *t = &h->tracks[i];
        if (t->imputed) {
            n_imputed++;
        } else if (is_withheld(in, t->role) ||
                   is_withheld(in, avo_header_role(m, t->celltype, t->assay))) {
            n_withheld++;
            if (in->model.observed)
                avo_observed_drop(in->model.observed, t->celltype, t->assay);
        } else {
            in->columns[in->n_seen++] = (uint32_t)i;
        }
    }
    const char *roles = in->sees_valid ? "test" : "valid or test";
    if (!in->n_seen)
        return avo_error_set(err, "no track of the signal is an input: %zu are %s, %zu imputed",
                             n_withheld, roles, n_imputed);
    sort_columns(in);
    if (n_withheld + n_imputed == 0)
        return 0;
    in->note = avo_asprintf(err, "%u of %zu tracks of the signal are inputs: %zu others are %s, "
                            "%zu imputed", in->n_seen, h->n_tracks, n_withheld, roles, n_imputed);
    return in->note ? 0 : -1;
}

/* Training tracks of the model that are no inputs here. */
static int warn_of_lacking(struct avo_observed_input *in, struct avo_error *err)
{
    const struct avo_header *m = &in->model.header;
    uint32_t *lost = avo_alloc(m->n_tracks, sizeof *lost, "tracks", err), n = 0;
    for (uint32_t i = 0; lost && i < m->n_tracks; i++) {
        const struct avo_track *t = &m->tracks[i];
        int at = avo_header_find_track(&in->header, t->celltype, t->assay);
        bool there = at >= 0 && !in->header.tracks[at].imputed &&
                     !is_withheld(in, in->header.tracks[at].role);
        if (t->role == AVO_ROLE_TRAIN && !there)
            lost[n++] = i;
    }
    char *names = lost && n ? track_names(m, lost, n, err) : NULL;
    if (names)
        in->warning = avo_asprintf(err, "tracks that the model was trained on are no inputs here: "
                                   "%s", names);
    int rc = lost && (!n || in->warning) ? 0 : -1;
    free(names);
    free(lost);
    return rc;
}

/* An assay that the model lacks gets the mean row, and no range: nothing is clipped to it. */
static int add_assay(struct avo_model *m, const char *name, struct avo_error *err)
{
    if (avo_model_add_assay(m, name, err))
        return -1;
    float *range = m->range + 2 * (size_t)(m->n_assays - 1);
    range[0] = 1;
    range[1] = 0;
    return 0;
}

/* Rows for the inputs' cell types and assays, and the signal's tracks among the model's. */
static int add_rows(struct avo_observed_input *in, struct avo_error *err)
{
    struct avo_model *m = &in->model;
    if (!(in->seen = avo_alloc(in->n_seen, sizeof *in->seen, "tracks", err)))
        return -1;
    for (uint32_t i = 0; i < in->n_seen; i++) {
        const struct avo_track *t = &in->header.tracks[in->columns[i]];
        if ((avo_model_celltype(m, t->celltype) < 0 &&
             avo_model_add_celltype(m, t->celltype, err)) ||
            (avo_model_assay(m, t->assay) < 0 && add_assay(m, t->assay, err)) ||
            (avo_header_find_track(&m->header, t->celltype, t->assay) < 0 &&
             !avo_header_add_track(&m->header, t->celltype, t->assay, AVO_ROLE_TRAIN, err)))
            return -1;
        in->seen[i].celltype = (uint32_t)avo_model_celltype(m, t->celltype);
        in->seen[i].assay = (uint32_t)avo_model_assay(m, t->assay);
    }
    for (size_t i = 0; i < in->header.n_tracks; i++) {
        const struct avo_track *t = &in->header.tracks[i];
        if (is_withheld(in, t->role) && !t->imputed &&
            avo_header_find_track(&m->header, t->celltype, t->assay) < 0 &&
            !avo_header_add_track(&m->header, t->celltype, t->assay, t->role, err))
            return -1;
    }
    return 0;
}

/* ---- statistics of inputs that the model lacks ---- */

/* Bins [from, from + n) of all the extents' bins, counted through; appended to out. */
static int add_stretch(struct avo_header *out, const struct avo_header *h, uint64_t from,
                       uint64_t n, struct avo_error *err)
{
    for (size_t i = 0; n && i < h->n_extents; i++) {
        const struct avo_extent *e = &h->extents[i];
        uint64_t bins = e->end_bin - e->beg_bin;
        if (from >= bins) {
            from -= bins;
            continue;
        }
        uint64_t take = bins - from < n ? bins - from : n;
        uint32_t beg = e->beg_bin + (uint32_t)from;
        if (avo_header_add_extent(out, e->chrom, beg, beg + (uint32_t)take, err))
            return -1;
        n -= take;
        from = 0;
    }
    return 0;
}

/* Stretches of bins, evenly over the signal, most_bins together. */
static int select_stretches(struct avo_join *j, uint64_t most_bins, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j);
    uint64_t all = avo_extents_bins(h->extents, h->n_extents), n = most_bins / STRETCH_BINS;
    struct avo_header some = {.n_extents = 0};
    int rc = 0;
    if (all <= most_bins)
        return 0;
    for (uint64_t k = 0; !rc && k < n; k++)
        rc = add_stretch(&some, h, all / n * k, STRETCH_BINS, err);
    if (!rc) {
        some.n_extents = avo_extents_merge(some.extents, some.n_extents);
        rc = avo_join_select(j, some.extents, some.n_extents, err);
    }
    avo_header_release(&some);
    return rc;
}

/* Measures tracks [n] of the signal, which is read for it: out [n], names borrowed; on how many
 * bins. */
static int measure(const struct avo_observed_input *in, const uint32_t *lack, uint32_t n,
                   struct avo_pool *pool, struct avo_track_stats *out, uint32_t *n_bins,
                   struct avo_error *err)
{
    struct avo_positions p = {.n_runs = 0};
    struct avo_signal x = {.n_tracks = n};
    struct avo_join *j = avo_join_open(in->paths, in->n_paths, err);
    uint64_t fit = MOST_VALUES / n, most = fit < MOST_BINS ? fit : MOST_BINS;
    size_t *tracks = avo_alloc(n, sizeof *tracks, "tracks", err);
    uint32_t *columns = avo_alloc(n, sizeof *columns, "tracks", err);
    int rc = -1;
    if (!j || !tracks || !columns)
        goto out;
    for (uint32_t i = 0; i < n; i++) {
        const struct avo_track *t = &in->header.tracks[lack[i]];
        tracks[i] = lack[i];
        columns[i] = i;
        out[i].celltype = t->celltype;
        out[i].assay = t->assay;
    }
    if (select_stretches(j, most > STRETCH_BINS ? most : STRETCH_BINS, err) ||
        avo_join_keep_tracks(j, tracks, n, err) || avo_signal_read(&x, &p, j, NULL, NULL, err))
        goto out;
    *n_bins = p.n_bins;
    rc = avo_track_stats_measure(&p, &x, columns, n, pool, out, err);
out:
    avo_join_close(j);
    avo_positions_release(&p);
    avo_signal_release(&x);
    free(tracks);
    free(columns);
    return rc;
}

static int cannot_measure(const struct avo_observed_input *in, const uint32_t *lack, uint32_t n,
                          struct avo_error *err)
{
    char *names = track_names(&in->header, lack, n, err);
    if (!names)
        return -1;
    avo_error_hint(err, "give the signal as files, or put new cell types into the model: avo-train "
                   "--init MODEL --train celltypes");
    avo_error_set(err, "the model lacks the statistics of %s, and a pipe cannot be read twice",
                  names);
    free(names);
    return -1;
}

/* Into the model: those of tracks lack [n]. */
static int add_stats(struct avo_observed_input *in, const uint32_t *lack, uint32_t n,
                     struct avo_pool *pool, struct avo_error *err)
{
    uint32_t n_bins = 0;
    if (!in->can_reopen)
        return cannot_measure(in, lack, n, err);
    struct avo_track_stats *s = avo_alloc(n, sizeof *s, "statistics", err);
    int rc = s ? measure(in, lack, n, pool, s, &n_bins, err) : -1;
    if (!rc)
        rc = (in->measured = avo_asprintf(err, "statistics of %u track%s that the model lacks are "
                                          "measured on %u bins of the signal", n,
                                          n > 1 ? "s" : "", n_bins)) ? 0 : -1;
    for (uint32_t i = 0; !rc && i < n; i++)
        rc = avo_observed_add(in->model.observed, &s[i], err);
    free(s);
    return rc;
}

static const struct avo_track_stats *stats_of(const struct avo_observed_input *in, uint32_t i)
{
    const struct avo_track *t = &in->header.tracks[in->columns[i]];
    return avo_observed_find(in->model.observed, t->celltype, t->assay);
}

int avo_observed_stats(struct avo_observed_input *in, struct avo_pool *pool,
                       struct avo_error *err)
{
    uint32_t *lack = avo_alloc(in->n_seen, sizeof *lack, "tracks", err), n = 0;
    in->stats = avo_alloc(in->n_seen, sizeof *in->stats, "tracks", err);
    for (uint32_t i = 0; lack && i < in->n_seen; i++)
        if (!stats_of(in, i))
            lack[n++] = in->columns[i];
    int rc = lack && in->stats ? 0 : -1;
    if (!rc && n)
        rc = add_stats(in, lack, n, pool, err);
    for (uint32_t i = 0; !rc && i < in->n_seen; i++)
        in->stats[i] = stats_of(in, i);
    free(lack);
    return rc;
}

/* ---- opening ---- */

static bool all_files(char *const *paths, size_t n)
{
    struct stat st;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(paths[i], "-") || stat(paths[i], &st) || !S_ISREG(st.st_mode))
            return false;
    return true;
}

/* The signal's header, with the chain of the model before its own. */
static int make_header(struct avo_observed_input *in, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(in->join);
    if (avo_grid_check(&in->model.header, h, err))
        return -1;
    avo_header_forget_provenance(&in->header);
    return avo_header_join_provenance(&in->header, &in->model.header, err) ||
           avo_header_join_provenance(&in->header, h, err) ? -1 : 0;
}

int avo_observed_begin(struct avo_observed_input *in, char *const *paths, size_t n_paths,
                       struct avo_error *err)
{
    memset(in, 0, sizeof *in);
    in->paths = paths;
    in->n_paths = n_paths;
    in->can_reopen = all_files(paths, n_paths);
    if (!(in->join = avo_join_open(paths, n_paths, err)))
        return -1;
    return avo_header_copy(&in->header, avo_join_header(in->join), err);
}

int avo_observed_inputs(struct avo_observed_input *in, struct avo_error *err)
{
    return choose_columns(in, err) || warn_of_lacking(in, err) || add_rows(in, err) ? -1 : 0;
}

int avo_observed_open(struct avo_observed_input *in, struct avo_models *models,
                      char *const *paths, size_t n_paths, struct avo_pool *pool,
                      struct avo_error *err)
{
    int rc = avo_observed_begin(in, paths, n_paths, err);
    in->models = models;
    avo_models_take(models, &in->model);
    if (rc || make_header(in, err) || avo_observed_inputs(in, err))
        return -1;
    return avo_observed_stats(in, pool, err);
}

void avo_observed_close(struct avo_observed_input *in)
{
    avo_join_close(in->join);
    avo_means_free(in->means);
    avo_model_release(&in->model);
    avo_header_release(&in->header);
    free(in->columns);
    free(in->seen);
    free(in->stats);
    free(in->note);
    free(in->measured);
    free(in->warning);
}

/* ---- pairs ---- */

int64_t avo_observed_seen(const struct avo_observed_input *in, struct avo_pair pair)
{
    for (uint32_t i = 0; i < in->n_seen; i++)
        if (in->seen[i].celltype == pair.celltype && in->seen[i].assay == pair.assay)
            return i;
    return -1;
}

static bool has_other(const struct avo_observed_input *in, struct avo_pair pair)
{
    for (uint32_t i = 0; i < in->n_seen; i++)
        if (in->seen[i].celltype != pair.celltype && in->seen[i].assay == pair.assay)
            return true;
    return false;
}

int avo_observed_choose(const struct avo_observed_input *in, struct avo_wanted_list *l,
                        bool missing, size_t *n_dropped, struct avo_error *err)
{
    size_t n = 0;
    *n_dropped = 0;
    for (size_t i = 0; i < l->n; i++) {
        bool wanted = !missing || l->at[i].role == AVO_ROLE_VALID ||
                      avo_observed_seen(in, l->at[i].pair) < 0;
        bool can = has_other(in, l->at[i].pair);
        *n_dropped += wanted && !can;
        if (wanted && can)
            l->at[n++] = l->at[i];
    }
    l->n = n;
    if (n)
        return 0;
    if (*n_dropped)
        return avo_error_set(err, "no track can be imputed: no assay was measured in another cell "
                             "type");
    return avo_error_set(err, "no track is missing: every pair is an input");
}

int avo_observed_check(const struct avo_observed_input *in, const struct avo_wanted_list *l,
                       struct avo_error *err)
{
    for (size_t i = 0; i < l->n; i++) {
        struct avo_pair p = l->at[i].pair;
        if (has_other(in, p))
            continue;
        avo_error_hint(err, "give the signal of other cell types with this assay, too");
        return avo_error_set(err, "%s:%s cannot be imputed: no other cell type of the signal has "
                             "this assay", in->model.celltypes[p.celltype],
                             in->model.assays[p.assay]);
    }
    return 0;
}
