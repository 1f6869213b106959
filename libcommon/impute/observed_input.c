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
#include "libcommon/model/similarity.h"
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

/* ---- what the model lacks of its inputs: statistics, R ---- */

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

/* Inputs that are read for what the model lacks: the first n_lack lack statistics, the others R. */
struct reading {
    uint32_t n, n_lack, *at;    /* [n] of the inputs */
    uint64_t n_pairs;           /* of inputs with statistics whose R is lacking */
    struct avo_positions p;
    struct avo_signal x;        /* their columns, in this order */
};

static const struct avo_track_stats *stats_of(const struct avo_observed_input *in, uint32_t i)
{
    const struct avo_track *t = &in->header.tracks[in->columns[i]];
    return avo_observed_find(in->model.observed, t->celltype, t->assay);
}

static bool lacks_assay(const struct avo_observed_input *in, const struct reading *r, uint32_t i)
{
    for (uint32_t k = 0; k < r->n_lack; k++)
        if (in->seen[r->at[k]].assay == in->seen[i].assay)
            return true;
    return false;
}

static int choose_reading(const struct avo_observed_input *in, struct reading *r,
                          struct avo_error *err)
{
    const struct avo_observed *o = in->model.observed;
    uint32_t *known = avo_alloc(2 * (size_t)in->n_seen, sizeof *known, "tracks", err), n = 0;
    bool *need = avo_alloc(in->n_seen, sizeof *need, "tracks", err);
    r->at = avo_alloc(in->n_seen, sizeof *r->at, "tracks", err);
    int rc = known && need && r->at ? 0 : -1;
    uint32_t *stats = rc ? NULL : known + in->n_seen;
    for (uint32_t i = 0; !rc && i < in->n_seen; i++) {
        const struct avo_track_stats *s = stats_of(in, i);
        if (!s) {
            r->at[r->n_lack++] = i;
        } else {
            known[n] = i;
            stats[n++] = (uint32_t)(s - o->stats);
        }
    }
    r->n = r->n_lack;
    if (!rc && o->similar)
        r->n_pairs = avo_similarity_lacking(o, stats, n, need);
    for (uint32_t k = 0; !rc && o->similar && k < n; k++)
        if (need[k] || lacks_assay(in, r, known[k]))
            r->at[r->n++] = known[k];
    free(known);
    free(need);
    return rc;
}

static int read_signal(const struct avo_observed_input *in, struct reading *r,
                       struct avo_error *err)
{
    uint64_t fit = MOST_VALUES / r->n, most = fit < MOST_BINS ? fit : MOST_BINS;
    struct avo_join *j = avo_join_open(in->paths, in->n_paths, err);
    size_t *tracks = avo_alloc(r->n, sizeof *tracks, "tracks", err);
    for (uint32_t i = 0; tracks && i < r->n; i++)
        tracks[i] = in->columns[r->at[i]];
    r->x.n_tracks = r->n;
    int rc = j && tracks &&
                     !select_stretches(j, most > STRETCH_BINS ? most : STRETCH_BINS, err) &&
                     !avo_join_keep_tracks(j, tracks, r->n, err) &&
                     !avo_signal_read(&r->x, &r->p, j, NULL, NULL, err) ? 0 : -1;
    avo_join_close(j);
    free(tracks);
    return rc;
}

/* Into the model, statistics first. */
static int measure(struct avo_observed_input *in, const struct reading *r, struct avo_pool *pool,
                   struct avo_error *err)
{
    struct avo_observed *o = in->model.observed;
    struct avo_track_stats *s = avo_alloc(r->n_lack, sizeof *s, "statistics", err);
    uint32_t *columns = avo_alloc(r->n, sizeof *columns, "tracks", err);
    uint32_t *stats = avo_alloc(r->n, sizeof *stats, "tracks", err);
    int rc = s && columns && stats ? 0 : -1;
    for (uint32_t i = 0; !rc && i < r->n; i++) {
        columns[i] = i;
        if (i >= r->n_lack)
            continue;
        s[i].celltype = in->header.tracks[in->columns[r->at[i]]].celltype;
        s[i].assay = in->header.tracks[in->columns[r->at[i]]].assay;
    }
    if (!rc && r->n_lack)
        rc = avo_track_stats_measure(&r->p, &r->x, columns, r->n_lack, pool, s, err);
    for (uint32_t i = 0; !rc && i < r->n_lack; i++)
        rc = avo_observed_add(o, &s[i], err);
    for (uint32_t i = 0; !rc && i < r->n; i++)
        stats[i] = (uint32_t)(stats_of(in, r->at[i]) - o->stats);
    struct avo_similarity_tracks t = {r->n, columns, stats};
    if (!rc && o->similar)
        rc = avo_similarity_measure(o, &r->p, &r->x, &t, pool, err);
    free(s);
    free(columns);
    free(stats);
    return rc;
}

static int cannot_measure(const struct avo_observed_input *in, const struct reading *r,
                          struct avo_error *err)
{
    uint32_t *lack = avo_alloc(r->n_lack, sizeof *lack, "tracks", err);
    for (uint32_t i = 0; lack && i < r->n_lack; i++)
        lack[i] = in->columns[r->at[i]];
    char *names = lack ? track_names(&in->header, lack, r->n_lack, err) : NULL;
    free(lack);
    if (!names)
        return -1;
    avo_error_hint(err, "give the signal as files, or put new cell types into the model: avo-train "
                   "--init MODEL --train celltypes");
    avo_error_set(err, "the model lacks the statistics of %s, and a pipe cannot be read twice",
                  names);
    free(names);
    return -1;
}

/* What was measured, in a line. */
static char *tell_measured(const struct avo_observed_input *in, const struct reading *r,
                           struct avo_error *err)
{
    if (!in->can_reopen)
        return avo_asprintf(err, "the similarity of %llu pairs of tracks is not known, and a pipe "
                            "cannot be read twice: they do not count",
                            (unsigned long long)r->n_pairs);
    if (!r->n_lack)
        return avo_asprintf(err, "the similarity of %u tracks, which the model lacks, is measured "
                            "on %u bins of the signal", r->n, r->p.n_bins);
    return avo_asprintf(err, "statistics of %u track%s that the model lacks are measured on %u "
                        "bins of the signal", r->n_lack, r->n_lack > 1 ? "s" : "", r->p.n_bins);
}

static int find_lacking(struct avo_observed_input *in, struct avo_pool *pool,
                        struct avo_error *err)
{
    struct reading r = {.n = 0};
    int rc = choose_reading(in, &r, err);
    if (!rc && r.n_lack && !in->can_reopen)
        rc = cannot_measure(in, &r, err);
    if (!rc && r.n && in->can_reopen)
        rc = read_signal(in, &r, err) || measure(in, &r, pool, err) ? -1 : 0;
    if (!rc && r.n)
        rc = (in->measured = tell_measured(in, &r, err)) ? 0 : -1;
    avo_positions_release(&r.p);
    avo_signal_release(&r.x);
    free(r.at);
    return rc;
}

/* All that the inputs' values are worked out from. */
int avo_observed_stats(struct avo_observed_input *in, struct avo_pool *pool,
                       struct avo_error *err)
{
    const struct avo_observed *o = in->model.observed;
    uint32_t *stats = avo_alloc(in->n_seen, sizeof *stats, "tracks", err);
    in->stats = avo_alloc(in->n_seen, sizeof *in->stats, "tracks", err);
    int rc = stats && in->stats ? find_lacking(in, pool, err) : -1;
    for (uint32_t i = 0; !rc && i < in->n_seen; i++) {
        in->stats[i] = stats_of(in, i);
        stats[i] = (uint32_t)(in->stats[i] - o->stats);
    }
    if (!rc && o->similar)
        rc = (in->similar = avo_similarity_matrix(o, stats, in->n_seen, err)) ? 0 : -1;
    free(stats);
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
    free(in->similar);
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
