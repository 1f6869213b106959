/* SPDX-License-Identifier: MIT */
/* model_observed.c: see model_observed.h. */
#include "libcommon/model/model_observed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/model/model_io_priv.h"
#include "libcommon/model/similarity.h"

#define UNKNOWN 2       /* R of a pair that was not measured, on the wire */

/* ---- shape ---- */

bool avo_header_is_observed(const struct avo_header *h)
{
    for (size_t k = 0; k < h->n_blocks; k++)
        if (avo_block_depends_on(&h->blocks[k]) == AVO_BY_BOTH)
            return true;
    return false;
}

uint32_t avo_observed_width(const struct avo_observed *o, enum avo_block_kind kind,
                            uint32_t n_assays)
{
    uint32_t V = avo_observed_values(o);
    switch (kind) {
    case AVO_BLOCK_ELSEWHERE:
        return n_assays * V;
    case AVO_BLOCK_OWN:
        return n_assays * (V + 1);
    case AVO_BLOCK_TARGET:
        return (o->similar ? 3 : 2) * V;
    case AVO_BLOCK_CELLTYPE:
    case AVO_BLOCK_ASSAY:
    case AVO_BLOCK_GENOME:
        break;
    }
    return 0;
}

bool avo_observed_alike(const struct avo_observed *a, const struct avo_observed *b)
{
    if (!a || !b)
        return !a && !b;
    return a->n_windows == b->n_windows && a->ranks == b->ranks && a->similar == b->similar &&
           !memcmp(a->half_bins, b->half_bins, a->n_windows * sizeof *a->half_bins);
}

static int check_blocks(const struct avo_model *m, const struct avo_observed *o,
                        struct avo_error *err)
{
    static const enum avo_block_kind order[] = {AVO_BLOCK_ELSEWHERE, AVO_BLOCK_OWN,
                                                AVO_BLOCK_TARGET, AVO_BLOCK_ASSAY};
    const struct avo_header *h = &m->header;
    for (uint32_t k = 0; k < 4; k++) {
        uint32_t want = avo_observed_width(o, order[k], m->root_assays);
        if (h->n_blocks != 4 || h->blocks[k].kind != order[k])
            return avo_error_set(err, "the input blocks are not elsewhere, own, target and assay");
        if (want && h->blocks[k].width != want)
            return avo_error_set(err, "block \"%s\" has %u columns (want %u)", h->blocks[k].name,
                                 h->blocks[k].width, want);
    }
    return 0;
}

static int check_sizes(const struct avo_observed *o, struct avo_error *err)
{
    if (o->n_windows < 1 || o->n_windows > AVO_MAX_WINDOWS || o->half_bins[0] != 0)
        return avo_error_set(err, "CORE's windows are missing");
    return o->n_samples >= 1 ? 0 : avo_error_set(err, "CORE's number of samples is missing");
}

int avo_model_observe(struct avo_model *m, struct avo_observed *o, struct avo_error *err)
{
    if (m->n_layers != 2)
        return avo_error_set(err, "%u hidden layers (such a model has one)", m->n_layers - 1);
    if (check_sizes(o, err) || check_blocks(m, o, err))
        return -1;
    m->observed = avo_alloc(1, sizeof *m->observed, "model", err);
    if (!m->observed)
        return -1;
    *m->observed = *o;
    *o = (struct avo_observed){0};
    return 0;
}

/* ---- order ---- */

static int by_name(const void *a, const void *b)
{
    const struct avo_track_stats *x = a, *y = b;
    int c = strcmp(x->celltype, y->celltype);
    return c ? c : strcmp(x->assay, y->assay);
}

static bool is_root(const struct avo_model *m, const struct avo_track_stats *s)
{
    int c = avo_model_celltype(m, s->celltype), a = avo_model_assay(m, s->assay);
    return c >= 0 && (uint32_t)c < m->root_celltypes && a >= 0 && (uint32_t)a < m->root_assays;
}

/* Statistics on their way, and where they were; by_name takes them, too. */
struct moved { struct avo_track_stats s; uint32_t from; };

int avo_model_sort_stats(struct avo_model *m, struct avo_error *err)
{
    struct avo_observed *o = avo_model_stats(m);
    uint32_t n_root = 0, n = 0;
    struct moved *all = avo_alloc(o->n_stats, sizeof *all, "statistics", err);
    uint32_t *to = avo_alloc(o->n_stats, sizeof *to, "statistics", err);
    for (int rest = 0; all && to && rest < 2; rest++)
        for (uint32_t i = 0; i < o->n_stats; i++)
            if (is_root(m, &o->stats[i]) != rest) {
                n_root += !rest;
                all[n++] = (struct moved){o->stats[i], i};
            }
    if (n > n_root)
        qsort(all + n_root, n - n_root, sizeof *all, by_name);
    for (uint32_t i = 0; i < n; i++) {
        o->stats[i] = all[i].s;
        to[all[i].from] = i;
    }
    if (n)
        avo_similarity_renumber(o, to);
    int rc = all && to ? 0 : -1;
    free(all);
    free(to);
    return rc;
}

/* ---- writing ---- */

static int write_sizes(struct avo_writer *w, const struct avo_observed *o, struct avo_error *err)
{
    char text[256];
    int n = snprintf(text, sizeof text, "windows\t");
    for (uint32_t i = 0; i < o->n_windows; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%u", i ? "," : "", o->half_bins[i]);
    snprintf(text + n, sizeof text - (size_t)n, "\nranks\t%d\nhide\t%.17g\nsamples\t%" PRId64
             "\n%s", o->ranks, o->hide, o->n_samples, o->similar ? "similar\t1\n" : "");
    return avo_core_write_text(w, "observed", text, err);
}

static int put_track(FILE *to, const struct avo_track_stats *s, struct avo_error *err)
{
    char *c = avo_escape(s->celltype, false, err), *a = avo_escape(s->assay, false, err);
    int rc = c && a ? 0 : -1;
    if (!rc)
        fprintf(to, "%s\t%s\n", c, a);
    free(c);
    free(a);
    return rc;
}

static int write_tracks(struct avo_writer *w, const struct avo_observed *o, struct avo_error *err)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    int rc = to ? 0 : avo_error_set(err, "out of memory (statistics)");
    for (uint32_t i = 0; i < o->n_stats && !rc; i++)
        rc = put_track(to, &o->stats[i], err);
    bool bad = to && ferror(to);
    if (to && (fclose(to) || bad) && !rc)
        rc = avo_error_set(err, "out of memory (statistics)");
    if (!rc)
        rc = avo_core_write_text(w, "stats.tracks", text, err);
    free(text);
    return rc;
}

int avo_observed_write_text(struct avo_writer *w, const struct avo_observed *o,
                            struct avo_error *err)
{
    return (o->n_windows && write_sizes(w, o, err)) || write_tracks(w, o, err) ? -1 : 0;
}

static int write_ranks(struct avo_writer *w, const struct avo_observed *o, struct avo_error *err)
{
    const size_t K = AVO_RANK_KNOTS;
    float *ranks = avo_alloc(o->n_stats, 2 * K * sizeof *ranks, "rank maps", err);
    struct avo_tensor t = {.name = "stats.ranks", .dtype = AVO_F32, .n_dims = 3,
                           .dims = {o->n_stats, 2, K}, .data = ranks};
    for (uint32_t i = 0; ranks && i < o->n_stats; i++) {
        memcpy(ranks + 2 * K * i, o->stats[i].x, sizeof o->stats[i].x);
        memcpy(ranks + 2 * K * i + K, o->stats[i].q, sizeof o->stats[i].q);
    }
    int rc = ranks ? avo_writer_tensor(w, AVO_REC_CORE, &t, err) : -1;
    free(ranks);
    return rc;
}

/* Moves to the next pair of statistics i < j of one assay, j the slowest; from {0, 0} to the
 * first. */
static bool next_pair(const struct avo_observed *o, struct avo_similar *at)
{
    for (uint32_t i = at->j ? at->i + 1 : 0; at->j < o->n_stats; at->j++, i = 0)
        for (; i < at->j; i++)
            if (!strcmp(o->stats[i].assay, o->stats[at->j].assay)) {
                at->i = i;
                return true;
            }
    return false;
}

static size_t count_pairs(const struct avo_observed *o)
{
    struct avo_similar at = {.i = 0};
    size_t n = 0;
    while (next_pair(o, &at))
        n++;
    return n;
}

static int write_similar(struct avo_writer *w, const struct avo_observed *o,
                         struct avo_error *err)
{
    struct avo_similar at = {.i = 0};
    size_t n = count_pairs(o), k = 0;
    float *r = avo_alloc(n, sizeof *r, "similarities", err);
    while (r && next_pair(o, &at)) {
        const struct avo_similar *known = avo_similarity_find(o, at.i, at.j);
        r[k++] = known ? known->r : UNKNOWN;
    }
    int rc = r ? avo_core_write_floats(w, "stats.similar", r, n, 1, err) : -1;
    free(r);
    return rc;
}

/* A level's members lie side by side: where it is, then quantiles. */
#define LEVEL_FLOATS (sizeof(struct avo_residual_level) / sizeof(float))

static int write_residuals(struct avo_writer *w, const struct avo_residuals *r,
                           struct avo_error *err)
{
    struct avo_tensor t = {.name = "residuals", .dtype = AVO_F32, .n_dims = 3,
                           .dims = {AVO_RESIDUAL_UNITS, AVO_RESIDUAL_LEVELS, LEVEL_FLOATS},
                           .data = r->level};
    return r->known ? avo_writer_tensor(w, AVO_REC_CORE, &t, err) : 0;
}

int avo_observed_write_numbers(struct avo_writer *w, const struct avo_observed *o,
                               struct avo_error *err)
{
    float *scale = avo_alloc(o->n_stats, 2 * sizeof *scale, "statistics", err);
    for (uint32_t i = 0; scale && i < o->n_stats; i++) {
        scale[2 * i] = o->stats[i].mean;
        scale[2 * i + 1] = o->stats[i].sd;
    }
    int rc = scale ? avo_core_write_floats(w, "stats.scale", scale, o->n_stats, 2, err) : -1;
    free(scale);
    if (rc || write_ranks(w, o, err))
        return -1;
    if (!o->n_windows)
        return 0;
    return (o->similar && write_similar(w, o, err)) ||
                   avo_core_write_floats(w, "count", &o->count, 1, 1, err) ||
                   write_residuals(w, &o->residuals, err) ? -1 : 0;
}

/* ---- reading ---- */

int avo_observed_parse_windows(struct avo_observed *o, const char *spec, const char *what,
                               struct avo_error *err)
{
    uint32_t n = 0;
    for (const char *at = spec; n <= AVO_MAX_WINDOWS; at++) {
        char one[8] = "";
        size_t len = strcspn(at, ",");
        int64_t half = -1;
        if (len < sizeof one)
            memcpy(one, at, len);
        bool bad = n == AVO_MAX_WINDOWS ||
                   avo_parse_int(one, 0, AVO_MAX_HALF_BINS, what, &half, NULL) ||
                   (n ? half <= o->half_bins[n - 1] : half != 0);
        if (bad)
            break;
        o->half_bins[n++] = (uint32_t)half;
        at += len;
        if (*at == '\0') {
            o->n_windows = n;
            return 0;
        }
    }
    return avo_usage_error(err, "%s: got \"%s\", want 1 to %d ascending numbers of bins, the first "
                           "0, up to %u", what, spec, AVO_MAX_WINDOWS, AVO_MAX_HALF_BINS);
}

static int parse_sizes(struct avo_observed *o, char *text, struct avo_error *err)
{
    char *next = text, *line;
    while ((line = avo_line(&next))) {
        char *value = line, *name = avo_field(&value);
        int64_t yes = 0;
        int rc = 0;
        if (!value)
            return avo_error_set(err, "CORE tensor \"observed\": \"%s\" has no value", name);
        if (!strcmp(name, "windows"))
            rc = avo_observed_parse_windows(o, value, name, err);
        else if (!strcmp(name, "hide"))
            rc = avo_parse_double(value, 0, 1, name, &o->hide, err);
        else if (!strcmp(name, "samples"))
            rc = avo_parse_int(value, 1, INT64_MAX, name, &o->n_samples, err);
        else if (!strcmp(name, "ranks")) {
            rc = avo_parse_int(value, 0, 1, name, &yes, err);
            o->ranks = yes != 0;
        } else if (!strcmp(name, "similar")) {
            rc = avo_parse_int(value, 0, 1, name, &yes, err);
            o->similar = yes != 0;
        }
        if (rc)
            return -1;
    }
    return 0;
}

static int add_named(struct avo_observed *o, const char *celltype, const char *assay,
                     struct avo_error *err)
{
    if (avo_grow(&o->stats, &o->cap_stats, (size_t)o->n_stats + 1, sizeof *o->stats, "statistics",
                 err))
        return -1;
    struct avo_track_stats *s = &o->stats[o->n_stats];
    if (!(s->celltype = avo_strdup(celltype, err)))
        return -1;
    if (!(s->assay = avo_strdup(assay, err))) {
        free(s->celltype);
        return -1;
    }
    o->n_stats++;
    return 0;
}

static int compare_stats(const void *a, const void *b)
{
    return by_name(*(struct avo_track_stats *const *)a, *(struct avo_track_stats *const *)b);
}

static int check_unique(const struct avo_observed *o, struct avo_error *err)
{
    const struct avo_track_stats **s = avo_alloc(o->n_stats, sizeof *s, "statistics", err);
    int rc = s ? 0 : -1;
    for (uint32_t i = 0; s && i < o->n_stats; i++)
        s[i] = &o->stats[i];
    if (s)
        qsort(s, o->n_stats, sizeof *s, compare_stats);
    for (uint32_t i = 1; i < o->n_stats && !rc; i++)
        if (!compare_stats(&s[i - 1], &s[i]))
            rc = avo_error_set(err, "CORE tensor \"stats.tracks\" names %s:%s twice",
                               s[i]->celltype, s[i]->assay);
    free(s);
    return rc;
}

static int parse_tracks(struct avo_observed *o, char *text, size_t most, struct avo_error *err)
{
    char *next = text, *line;
    while ((line = avo_line(&next))) {
        char *assay = line, *celltype = avo_field(&assay);
        if (o->n_stats == most)
            return avo_error_set(err, "CORE tensor \"stats.tracks\" has more tracks than HEADER "
                                 "(%zu)", most);
        if (!assay || strchr(assay, '\t'))
            return avo_error_set(err, "CORE tensor \"stats.tracks\": want cell type and assay "
                                 "(got \"%s\")", celltype);
        if (avo_unescape(celltype, err) || avo_unescape(assay, err) ||
            add_named(o, celltype, assay, err))
            return -1;
    }
    if (!o->n_stats)
        return avo_error_set(err, "CORE tensor \"stats.tracks\" names no track");
    return check_unique(o, err);
}

int avo_observed_take_text(struct avo_observed *o, const char *name, char *text,
                           size_t most_tracks, struct avo_error *err)
{
    if (!strcmp(name, "observed"))
        return parse_sizes(o, text, err) ? -1 : 1;
    if (!strcmp(name, "stats.tracks"))
        return parse_tracks(o, text, most_tracks, err) ? -1 : 1;
    return 0;
}

static int take_scale(struct avo_observed *o, const struct avo_tensor *t, struct avo_error *err)
{
    const float *x = t->data;
    if (avo_core_check_floats(t, 2 * (size_t)o->n_stats, err))
        return -1;
    for (uint32_t i = 0; i < o->n_stats; i++) {
        struct avo_track_stats *s = &o->stats[i];
        if (s->sd > 0)
            return avo_error_set(err, "CORE tensor \"stats.scale\" comes twice");
        s->mean = x[2 * i];
        s->sd = x[2 * i + 1];
        if (s->sd <= 0)
            return avo_error_set(err, "CORE tensor \"stats.scale\": the scale of %s:%s is not "
                                 "above 0 (%g)", s->celltype, s->assay, (double)s->sd);
    }
    return 0;
}

static bool ascends(const float *x)
{
    for (size_t k = 1; k < AVO_RANK_KNOTS; k++)
        if (x[k] < x[k - 1])
            return false;
    return true;
}

static int take_ranks(struct avo_observed *o, const struct avo_tensor *t, struct avo_error *err)
{
    const size_t K = AVO_RANK_KNOTS;
    const float *x = t->data;
    if (avo_core_check_floats(t, 2 * K * o->n_stats, err))
        return -1;
    for (uint32_t i = 0; i < o->n_stats; i++) {
        struct avo_track_stats *s = &o->stats[i];
        if (s->q[0] != 0 || s->q[K - 1] != 0)       /* even of one value q is not 0 */
            return avo_error_set(err, "CORE tensor \"stats.ranks\" comes twice");
        memcpy(s->x, x + 2 * K * i, sizeof s->x);
        memcpy(s->q, x + 2 * K * i + K, sizeof s->q);
        if (!ascends(s->x) || !ascends(s->q))
            return avo_error_set(err, "CORE tensor \"stats.ranks\": the rank map of %s:%s falls",
                                 s->celltype, s->assay);
    }
    return 0;
}

static int take_similar(struct avo_observed *o, const struct avo_tensor *t, struct avo_error *err)
{
    const float *x = t->data;
    size_t n = count_pairs(o), n_known = 0, k = 0;
    struct avo_similar at = {.i = 0};
    if (avo_core_check_floats(t, n, err))
        return -1;
    if (o->n_pairs)
        return avo_error_set(err, "CORE tensor \"stats.similar\" comes twice");
    struct avo_similar *known = avo_alloc(n, sizeof *known, "similarities", err);
    int rc = known ? 0 : -1;
    for (; !rc && next_pair(o, &at); k++) {
        if (x[k] == UNKNOWN)
            continue;
        if (!(x[k] >= -1 && x[k] <= 1))
            rc = avo_error_set(err, "CORE tensor \"stats.similar\": that of %s:%s and %s is %g",
                               o->stats[at.i].celltype, o->stats[at.i].assay,
                               o->stats[at.j].celltype, (double)x[k]);
        known[n_known++] = (struct avo_similar){at.i, at.j, x[k]};
    }
    if (!rc)
        rc = avo_similarity_add(o, known, (uint32_t)n_known, err);
    free(known);
    return rc;
}

static int take_residuals(struct avo_residuals *r, const struct avo_tensor *t,
                          struct avo_error *err)
{
    if (avo_core_check_floats(t, AVO_RESIDUAL_UNITS * AVO_RESIDUAL_LEVELS * LEVEL_FLOATS, err))
        return -1;
    if (r->known)
        return avo_error_set(err, "CORE tensor \"residuals\" comes twice");
    memcpy(r->level, t->data, sizeof r->level);
    r->known = true;
    for (int u = 0; u < AVO_RESIDUAL_UNITS; u++)
        for (int l = 0; l < AVO_RESIDUAL_LEVELS; l++) {
            const struct avo_residual_level *at = &r->level[u][l];
            bool falls = l && at->at < at[-1].at;
            for (int k = 1; k < AVO_RESIDUAL_QUANTILES; k++)
                falls = falls || at->q[k] < at->q[k - 1];
            if (falls)
                return avo_error_set(err, "CORE tensor \"residuals\" falls at level %d", l);
        }
    return 0;
}

uint32_t avo_observed_numbers(const struct avo_observed *o)
{
    if (!o)
        return 0;
    return o->n_windows ? 3 + o->similar + o->residuals.known : 2;
}

int avo_observed_take_numbers(struct avo_observed *o, const struct avo_tensor *t,
                              struct avo_error *err)
{
    if (!strcmp(t->name, "stats.scale"))
        return take_scale(o, t, err) ? -1 : 1;
    if (!strcmp(t->name, "stats.ranks"))
        return take_ranks(o, t, err) ? -1 : 1;
    if (o->similar && !strcmp(t->name, "stats.similar"))
        return take_similar(o, t, err) ? -1 : 1;
    if (o->n_windows && !strcmp(t->name, "residuals"))
        return take_residuals(&o->residuals, t, err) ? -1 : 1;
    if (!o->n_windows || strcmp(t->name, "count"))
        return 0;
    if (avo_core_check_floats(t, 1, err))
        return -1;
    memcpy(&o->count, t->data, sizeof o->count);
    return 1;
}
