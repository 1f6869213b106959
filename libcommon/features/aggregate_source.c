/* SPDX-License-Identifier: MIT */
/* aggregate_source.c: model files and SIGNAL streams put in order as sources of one run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/features/aggregate_priv.h"
#include "libcommon/genome/region.h"
#include "libcommon/stream/chrom_index.h"

/* Which source an input belongs to. */
struct input {
    char *path;
    struct avo_header header;
    size_t source;
};

struct opening {
    struct avo_agg_inputs *in;
    const struct avo_agg_input_options *opt;
    size_t n;
    struct input *list;
    bool *found;                /* [tracks and cell types asked for] */
};

/* ---- what the inputs are ---- */

/* It is opened again by whoever reads it. */
static int look_at(struct input *x, struct avo_error *err)
{
    struct avo_reader *r = avo_reader_open(x->path, err);
    int rc;

    if (!r)
        return -1;
    rc = avo_header_copy(&x->header, avo_reader_header(r), err);
    if (!rc && x->header.content == AVO_CONTENT_FEATURE)
        rc = avo_error_set(err, "%s: holds features (want a model or signal)",
                           avo_reader_name(r));
    return avo_reader_give_back(r, err) || rc ? -1 : 0;
}

static bool same_tracks(const struct avo_header *a, const struct avo_header *b)
{
    bool same = a->n_tracks == b->n_tracks;

    for (size_t i = 0; same && i < a->n_tracks; i++)
        same = a->tracks[i].imputed == b->tracks[i].imputed &&
               !strcmp(a->tracks[i].celltype, b->tracks[i].celltype) &&
               !strcmp(a->tracks[i].assay, b->tracks[i].assay);
    return same;
}

static void assign_sources(struct opening *o)
{
    for (size_t i = 0, k; i < o->n; i++) {
        const struct avo_header *h = &o->list[i].header;
        for (k = 0; k < i; k++)
            if (h->content == o->list[k].header.content &&
                (h->content == AVO_CONTENT_MODEL || same_tracks(h, &o->list[k].header)))
                break;
        o->list[i].source = k < i ? o->list[k].source : o->in->n++;
    }
}

static int look_at_all(struct opening *o, char *const *paths, size_t n, struct avo_error *err)
{
    static char from_stdin[] = "-";
    size_t n_stdin = 0;

    o->n = n ? n : 1;
    if (!(o->list = avo_alloc(o->n, sizeof *o->list, "inputs", err)))
        return -1;
    for (size_t i = 0; i < o->n; i++) {
        o->list[i].path = n ? paths[i] : from_stdin;
        n_stdin += !strcmp(o->list[i].path, "-");
    }
    if (n_stdin > 1)
        return avo_usage_error(err, "standard input (-) is given %zu times", n_stdin);
    for (size_t i = 0; i < o->n; i++)
        if (look_at(&o->list[i], err))
            return -1;
    assign_sources(o);
    return 0;
}

/* ---- models ---- */

static bool is_scale(const struct avo_header *h, const struct avo_block *b, const char *s)
{
    uint64_t bp = (uint64_t)b->bins_per_row * h->bin_bp, x;
    char *end;

    if (!strcmp(s, b->name))
        return true;
    if (*s < '1' || *s > '9' || (x = strtoull(s, &end, 10)) > bp)
        return false;
    return (x == bp && !strcmp(end, "bp")) || (x * 1000 == bp && !strcmp(end, "kbp"));
}

static int unknown_scale(const struct avo_header *h, const char *s, struct avo_error *err)
{
    const char *names[AVO_MAX_GENOME_BLOCKS], *near;
    int n = 0;

    for (size_t i = 0; i < h->n_blocks; i++)
        if (avo_block_is_genome(&h->blocks[i]))
            names[n++] = h->blocks[i].name;
    near = avo_nearest(s, names, n);
    if (near)
        avo_error_hint(err, "did you mean %s?", near);
    return avo_usage_error(err, "--scales: the model has no scale \"%s\"", s);
}

/* Which genome blocks are wanted; wanted [n_blocks]. */
static int choose_scales(const struct avo_header *h, const char *scales, bool *wanted,
                         struct avo_error *err)
{
    char *copy = avo_strdup(scales ? scales : "", err), *rest = copy;
    int rc = copy ? 0 : -1;

    for (size_t i = 0; !rc && !scales && i < h->n_blocks; i++)
        wanted[i] = true;
    while (!rc && scales && rest) {
        char *s = rest;
        bool any = false;
        rest = strchr(s, ',');
        if (rest)
            *rest++ = '\0';
        for (size_t i = 0; i < h->n_blocks; i++)
            if (avo_block_is_genome(&h->blocks[i]) && is_scale(h, &h->blocks[i], s))
                any = wanted[i] = true;
        if (!any)
            rc = unknown_scale(h, s, err);
    }
    free(copy);
    return rc;
}

static int model_blocks(struct avo_agg_source *s, const char *scales, struct avo_error *err)
{
    const struct avo_header *h = s->header;
    bool wanted[64] = {false};          /* as many blocks as a header may have */
    uint32_t index = 0;

    s->blocks = avo_alloc(h->n_blocks, sizeof *s->blocks, "blocks", err);
    if (!s->blocks || choose_scales(h, scales, wanted, err))
        return -1;
    for (size_t i = 0; i < h->n_blocks; i++) {
        const struct avo_block *b = &h->blocks[i];
        struct avo_agg_block *x = &s->blocks[s->n_blocks];
        if (!avo_block_is_genome(b))
            continue;
        *x = (struct avo_agg_block){.width = b->width, .bins_per_row = b->bins_per_row,
                                    .index = index};
        index++;
        if (!wanted[i])
            continue;
        if (!(x->name = avo_strdup(b->name, err)))
            return -1;
        s->n_blocks++;
    }
    return 0;
}

/* ---- signal ---- */

static bool is_wanted(struct opening *o, const struct avo_track *t, const char *name)
{
    bool any = false;

    for (size_t i = 0; i < o->opt->tracks.n; i++)
        if (!strcmp(o->opt->tracks.at[i], name))
            any = o->found[i] = true;
    for (size_t i = 0; i < o->opt->celltypes.n; i++)
        if (!strcmp(o->opt->celltypes.at[i], t->celltype))
            any = o->found[o->opt->tracks.n + i] = true;
    return any || o->opt->tracks.n + o->opt->celltypes.n == 0;
}

static bool name_taken(const struct avo_agg_inputs *in, const struct avo_agg_source *end,
                       const char *name)
{
    for (const struct avo_agg_source *s = in->list; s < end; s++)
        for (size_t k = 0; k < s->n_blocks; k++)
            for (uint32_t i = 0; s->blocks[k].columns && i < s->blocks[k].width; i++)
                if (!strcmp(s->blocks[k].columns[i], name))
                    return true;
    return false;
}

/* Two sources may have tracks of one name, observed and imputed say. */
static char *column_name(const struct avo_agg_inputs *in, const struct avo_agg_source *s,
                         const char *name, struct avo_error *err)
{
    char *own = avo_strdup(name, err);

    for (int k = 2; own && name_taken(in, s, own); k++) {
        free(own);
        own = avo_asprintf(err, "%s.%d", name, k);
    }
    return own;
}

/* Names of the columns kept, and their tracks in keep. */
static int signal_columns(struct opening *o, struct avo_agg_source *s, size_t *keep,
                          struct avo_error *err)
{
    const struct avo_header *h = s->header;
    struct avo_agg_block *b = s->blocks;
    int rc = 0;

    for (size_t t = 0; !rc && t < h->n_tracks; t++) {
        char *name = avo_asprintf(err, "%s:%s", h->tracks[t].celltype, h->tracks[t].assay);
        if (!name)
            return -1;
        if (is_wanted(o, &h->tracks[t], name)) {
            keep[b->width] = t;
            b->columns[b->width] = column_name(o->in, s, name, err);
            rc = b->columns[b->width++] ? 0 : -1;
        }
        free(name);
    }
    return rc;
}

static int signal_block(struct opening *o, struct avo_agg_source *s, struct avo_error *err)
{
    size_t n = s->header->n_tracks, *keep = avo_alloc(n, sizeof *keep, "tracks", err);
    int rc = -1;

    s->blocks = avo_alloc(1, sizeof *s->blocks, "blocks", err);
    if (!keep || !s->blocks)
        goto out;
    s->blocks[0].bins_per_row = 1;
    s->blocks[0].has_nan = s->header->missing_nan;
    if (!(s->blocks[0].columns = avo_alloc(n, sizeof(char *), "tracks", err)))
        goto out;
    s->n_blocks = 1;
    if (signal_columns(o, s, keep, err))
        goto out;
    rc = 0;
    if (s->blocks[0].width == 0) {
        free(s->blocks[0].columns);
        s->n_blocks = 0;
    } else if (s->blocks[0].width < n)
        rc = avo_join_keep_tracks(s->join, keep, s->blocks[0].width, err);
out:
    free(keep);
    return rc;
}

/* ---- sources ---- */

static int open_source(struct opening *o, size_t k, struct avo_error *err)
{
    struct avo_agg_source *s = &o->in->list[k];
    char **paths = avo_alloc(o->n, sizeof *paths, "inputs", err);
    bool is_model = false;
    size_t n = 0;

    if (!paths)
        return -1;
    for (size_t i = 0; i < o->n; i++)
        if (o->list[i].source == k) {
            is_model = o->list[i].header.content == AVO_CONTENT_MODEL;
            paths[n++] = o->list[i].path;
        }
    s->name = strcmp(paths[0], "-") ? paths[0] : "<stdin>";
    s->raw = o->opt->raw && !is_model;
    if (is_model && (s->models = avo_models_open(paths, n, err)))
        s->header = &avo_models_core(s->models)->header;
    if (!is_model && (s->join = avo_join_open(paths, n, err)))
        s->header = avo_join_header(s->join);
    free(paths);
    if (!s->header)
        return -1;
    return is_model ? model_blocks(s, o->opt->scales, err) : signal_block(o, s, err);
}

static int check_found(const struct opening *o, struct avo_error *err)
{
    for (size_t i = 0; i < o->opt->tracks.n + o->opt->celltypes.n; i++)
        if (!o->found[i] && i < o->opt->tracks.n)
            return avo_error_set(err, "-t: no track \"%s\" in the signal given",
                                 o->opt->tracks.at[i]);
        else if (!o->found[i])
            return avo_error_set(err, "--tracks-of: no cell type \"%s\" in the signal given",
                                 o->opt->celltypes.at[i - o->opt->tracks.n]);
    return 0;
}

/* Sources of which nothing is wanted are closed. */
static void drop_empty(struct avo_agg_inputs *in)
{
    size_t n = 0;

    for (size_t i = 0; i < in->n; i++) {
        struct avo_agg_source *s = &in->list[i];
        if (s->n_blocks > 0) {
            in->list[n++] = *s;
            continue;
        }
        free(s->blocks);
        avo_join_close(s->join);
        avo_models_close(s->models);
    }
    for (size_t i = n; i < in->n; i++)
        in->list[i] = (struct avo_agg_source){0};
    in->n = n;
}

/* ---- the common header ---- */

/* seen: the names in all, by number. */
static int add_chroms(struct avo_header *all, struct avo_names *seen, const struct avo_header *h,
                      const char *name, struct avo_error *err)
{
    for (size_t i = 0; i < h->n_chroms; i++) {
        const struct avo_chrom *c = &h->chroms[i];
        int64_t k = avo_names_add(seen, c->name, err);
        if (k < 0 || ((size_t)k == all->n_chroms &&
                      avo_header_add_chrom(all, c->name, c->len_bp, err)))
            return -1;
        if (all->chroms[k].len_bp != c->len_bp)
            return avo_error_set(err, "%s: chromosome %s has %" PRIu64 " bases (%" PRIu64 " in "
                                 "another input)", name, c->name, c->len_bp,
                                 all->chroms[k].len_bp);
    }
    return 0;
}

static int map_chroms(const struct avo_chrom_index *all, struct avo_agg_source *s,
                      struct avo_error *err)
{
    size_t n = s->header->n_chroms;
    uint32_t last = 0;

    free(s->chrom);
    if (!(s->chrom = avo_alloc(n, sizeof *s->chrom, "chromosomes", err)))
        return -1;
    for (size_t i = 0; i < n; i++) {
        s->chrom[i] = (uint32_t)avo_chrom_index_find(all, s->header->chroms[i].name, &last);
        if (i && s->chrom[i] <= s->chrom[i - 1])
            return avo_error_set(err, "%s: its chromosomes are in another order than those of "
                                 "the other inputs", s->name);
    }
    return 0;
}

/* Extents of all, in bins of the first. */
static int add_extents(struct avo_header *all, const struct avo_agg_source *s,
                       struct avo_error *err)
{
    const struct avo_header *h = s->header;

    for (size_t e = 0; e < h->n_extents; e++) {
        const struct avo_extent *x = &h->extents[e];
        uint64_t beg = (uint64_t)x->beg_bin * h->bin_bp / all->bin_bp;
        uint64_t end = ((uint64_t)x->end_bin * h->bin_bp + all->bin_bp - 1) / all->bin_bp;
        uint32_t c = s->chrom[x->chrom], n = avo_header_chrom_bins(all, c);
        end = end < n ? end : n;
        if (beg < end && avo_header_add_extent(all, c, (uint32_t)beg, (uint32_t)end, err))
            return -1;
    }
    return 0;
}

static int copy_words(struct avo_header *all, const struct avo_header *first,
                      struct avo_error *err)
{
    *all = (struct avo_header){
        .content = AVO_CONTENT_FEATURE, .bin_bp = first->bin_bp, .mid_bins = first->mid_bins,
        .coarse_bins = first->coarse_bins, .transform = first->transform,
        .missing_nan = first->missing_nan
    };
    if (first->unit && !(all->unit = avo_strdup(first->unit, err)))
        return -1;
    if (first->assembly && !(all->assembly = avo_strdup(first->assembly, err)))
        return -1;
    return 0;
}

static int map_all(struct avo_agg_inputs *in, struct avo_error *err)
{
    struct avo_chrom_index index;
    int rc = avo_chrom_index_init(&index, &in->header, err);

    for (size_t i = 0; rc == 0 && i < in->n; i++)
        rc = map_chroms(&index, &in->list[i], err);
    avo_chrom_index_release(&index);
    return rc;
}

static int join_chroms(struct avo_agg_inputs *in, const struct avo_header *also,
                       struct avo_error *err)
{
    struct avo_header *all = &in->header;
    struct avo_names seen = {0};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < in->n; i++)
        rc = add_chroms(all, &seen, in->list[i].header, in->list[i].name, err);
    if (rc == 0 && also)
        rc = add_chroms(all, &seen, also, "--label-from", err);
    avo_names_release(&seen);
    if (rc == 0 && all->n_chroms > in->list[0].header->n_chroms)
        avo_chroms_sort(all);
    return rc ? rc : map_all(in, err);
}

static int join_headers(struct avo_agg_inputs *in, const struct avo_header *also,
                        struct avo_error *err)
{
    struct avo_header *all = &in->header;

    if (copy_words(all, in->list[0].header, err) || join_chroms(in, also, err))
        return -1;
    for (size_t i = 0; i < in->n; i++) {
        const struct avo_header *h = in->list[i].header;
        if (add_extents(all, &in->list[i], err))
            return -1;
        if (!all->root_id[0])
            memcpy(all->root_id, h->root_id, sizeof all->root_id);
        if (avo_header_join_provenance(all, h, err))
            return -1;
    }
    all->n_extents = avo_extents_merge(all->extents, all->n_extents);
    return 0;
}

/* ---- opening and closing ---- */

static int open_all(struct opening *o, char *const *paths, size_t n, struct avo_error *err)
{
    struct avo_agg_inputs *in = o->in;

    if (look_at_all(o, paths, n, err) ||
        !(in->list = avo_alloc(in->n, sizeof *in->list, "inputs", err)) ||
        !(o->found = avo_alloc(o->opt->tracks.n + o->opt->celltypes.n, 1, "tracks", err)))
        return -1;
    for (size_t k = 0; k < in->n; k++)
        if (open_source(o, k, err))
            return -1;
    if (check_found(o, err))
        return -1;
    drop_empty(in);
    if (in->n == 0)
        return avo_error_set(err, "nothing in the input makes a feature");
    return join_headers(in, o->opt->also, err);
}

int avo_agg_open(struct avo_agg_inputs *in, char *const *paths, size_t n,
                 const struct avo_agg_input_options *opt, struct avo_error *err)
{
    struct opening o = {.in = in, .opt = opt};
    int rc;

    memset(in, 0, sizeof *in);
    rc = open_all(&o, paths, n, err);
    for (size_t i = 0; o.list && i < o.n; i++)
        avo_header_release(&o.list[i].header);
    free(o.list);
    free(o.found);
    if (rc)
        avo_agg_close(in);
    return rc;
}

int avo_agg_rebase(struct avo_agg_inputs *in, const struct avo_header *h, struct avo_error *err)
{
    struct avo_header copy;

    if (avo_header_copy(&copy, h, err))
        return -1;
    avo_header_release(&in->header);
    in->header = copy;
    return map_all(in, err);
}

void avo_agg_close(struct avo_agg_inputs *in)
{
    if (!in)
        return;
    for (size_t i = 0; in->list && i < in->n; i++) {
        struct avo_agg_source *s = &in->list[i];
        for (size_t k = 0; k < s->n_blocks; k++) {
            for (uint32_t c = 0; s->blocks[k].columns && c < s->blocks[k].width; c++)
                free(s->blocks[k].columns[c]);
            free(s->blocks[k].columns);
            free(s->blocks[k].name);
        }
        free(s->blocks);
        free(s->chrom);
        avo_models_close(s->models);
        avo_join_close(s->join);
    }
    free(in->list);
    avo_header_release(&in->header);
    memset(in, 0, sizeof *in);
}

int avo_agg_end_notes(const struct avo_agg_inputs *in, struct avo_writer *w,
                      struct avo_error *err)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->list[i].models ? avo_models_end_notes(in->list[i].models, w, err)
                               : avo_join_copy_notes(in->list[i].join, w, err))
            return -1;
    return 0;
}

/* ---- tiles ---- */

int avo_agg_next(struct avo_agg_source *s, struct avo_head *head, struct avo_error *err)
{
    int rc;

    if (s->models)
        return avo_models_next(s->models, head, err);
    do
        rc = avo_join_next(s->join, head, err);
    while (rc > 0 && head->type != AVO_REC_SIGNAL);
    return rc;
}

int avo_agg_load(struct avo_agg_source *s, struct avo_agg_tile *tile, struct avo_error *err)
{
    struct avo_genome_tile g;
    struct avo_tile t;

    memset(tile, 0, sizeof *tile);
    if (s->join) {
        if (avo_join_signal(s->join, &t, err))
            return -1;
        tile->span = t.span;
        tile->rows[0] = t.values;
        tile->half = t.dtype == AVO_F16;
        return 0;
    }
    if (avo_models_genome(s->models, &g, err))
        return -1;
    tile->span = g.span;
    for (size_t k = 0; k < s->n_blocks; k++)
        tile->rows[k] = g.rows[s->blocks[k].index];
    return 0;
}
