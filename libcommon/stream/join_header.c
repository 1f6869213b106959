/* SPDX-License-Identifier: MIT */
/* join_header.c: one header out of several, and what may not differ between them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/stream/join_priv.h"

static const struct avo_header *header_of(const struct avo_join *j, size_t i)
{
    return avo_reader_header(j->inputs[i].r);
}

/* Order of the inputs: content, extents, tracks. */
static int input_cmp(const void *a, const void *b)
{
    const struct avo_header *x = avo_reader_header(((const struct avo_join_input *)a)->r);
    const struct avo_header *y = avo_reader_header(((const struct avo_join_input *)b)->r);
    int c;

    if (x->n_extents && y->n_extents && (c = avo_extent_cmp(&x->extents[0], &y->extents[0])))
        return c;
    for (size_t i = 0; i < x->n_tracks && i < y->n_tracks; i++) {
        if ((c = avo_natural_cmp(x->tracks[i].celltype, y->tracks[i].celltype))) return c;
        if ((c = avo_natural_cmp(x->tracks[i].assay, y->tracks[i].assay))) return c;
    }
    return (x->n_tracks > y->n_tracks) - (x->n_tracks < y->n_tracks);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_blocks(const struct avo_header *a, const struct avo_header *b)
{
    if (a->n_blocks != b->n_blocks) return false;
    for (size_t i = 0; i < a->n_blocks; i++)
        if (strcmp(a->blocks[i].name, b->blocks[i].name) != 0 ||
            !avo_block_alike(&a->blocks[i], &b->blocks[i]) ||
            a->blocks[i].bins_per_row != b->blocks[i].bins_per_row) return false;
    return true;
}

static bool same_chroms(const struct avo_header *a, const struct avo_header *b)
{
    if (a->n_chroms != b->n_chroms) return false;
    for (size_t i = 0; i < a->n_chroms; i++)
        if (strcmp(a->chroms[i].name, b->chroms[i].name) != 0 ||
            a->chroms[i].len_bp != b->chroms[i].len_bp) return false;
    return true;
}

/* What differs between two headers that must agree, or NULL. */
static const char *difference(const struct avo_header *a, const struct avo_header *b)
{
    if (a->content != b->content) return "their content";
    if (a->bin_bp != b->bin_bp || a->mid_bins != b->mid_bins || a->coarse_bins != b->coarse_bins)
        return "the width of bins or groups";
    if (a->transform != b->transform) return "the transform";
    if (a->missing_nan != b->missing_nan) return "what missing bins hold";
    if (!same_text(a->unit, b->unit)) return "the unit";
    if (!same_text(a->assembly, b->assembly)) return "the assembly";
    if (!same_chroms(a, b)) return "the table of chromosomes";
    if (!same_blocks(a, b)) return "the input blocks";
    if (a->parafac != b->parafac) return "the form of the model";
    return NULL;
}

static int must_agree(const struct avo_join *j, size_t i, struct avo_error *err)
{
    const struct avo_header *a = header_of(j, 0), *b = header_of(j, i);
    const char *x = avo_reader_name(j->inputs[0].r), *y = avo_reader_name(j->inputs[i].r);
    const char *what = difference(a, b);

    if (what) return avo_error_set(err, "%s and %s differ in %s", x, y, what);
    if (strcmp(a->root_id, b->root_id) != 0)
        return avo_error_set(err, "%s is of model %s, %s of model %s", x,
                             a->root_id[0] ? a->root_id : "(none)", y,
                             b->root_id[0] ? b->root_id : "(none)");
    if (a->content == AVO_CONTENT_FEATURE)
        return avo_error_set(err, "%s, %s: feature streams are not joined", x, y);
    return 0;
}

static int add_lines(struct avo_header *h, const struct avo_header *from, struct avo_error *err)
{
    if (avo_header_join_extra(h, from, err) || avo_header_join_provenance(h, from, err)) return -1;
    for (size_t i = 0; i < from->n_extents; i++)
        if (avo_header_add_extent(h, from->extents[i].chrom, from->extents[i].beg_bin,
                                  from->extents[i].end_bin, err)) return -1;
    return 0;
}

/* Appends the tracks that the join lacks, and notes which column each one has. */
static int add_tracks(struct avo_join *j, size_t i, struct avo_error *err)
{
    struct avo_header *h = &j->header;
    const struct avo_header *from = header_of(j, i);
    uint32_t *cols = avo_alloc(from->n_tracks, sizeof *cols, "columns", err);

    if (!cols) return -1;
    j->inputs[i].cols = cols;
    for (size_t t = 0; t < from->n_tracks; t++) {
        const struct avo_track *x = &from->tracks[t];
        int at = t < h->n_tracks && strcmp(h->tracks[t].celltype, x->celltype) == 0 &&
                 strcmp(h->tracks[t].assay, x->assay) == 0 ? (int)t
                 : avo_header_find_track(h, x->celltype, x->assay);
        struct avo_track *new;
        if (at >= 0 && (h->tracks[at].role != x->role || h->tracks[at].imputed != x->imputed))
            return avo_error_set(err, "%s: track %s:%s has another role or kind than in the "
                                 "inputs before it", avo_reader_name(j->inputs[i].r), x->celltype,
                                 x->assay);
        cols[t] = at >= 0 ? (uint32_t)at : (uint32_t)h->n_tracks;
        if (at >= 0) continue;
        if (!(new = avo_header_add_track(h, x->celltype, x->assay, x->role, err))) return -1;
        new->imputed = x->imputed;
        for (size_t a = 0; a < x->n_attrs; a++)
            if (avo_track_add_attr(new, x->attrs[a].key, x->attrs[a].value, err)) return -1;
    }
    return 0;
}

static bool has_column(const struct avo_join *j, size_t i, uint32_t col)
{
    for (size_t t = 0; t < header_of(j, i)->n_tracks; t++)
        if (j->inputs[i].cols[t] == col) return true;
    return false;
}

static bool same_members(const struct avo_join *j, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < j->n_inputs; i++)
        if (has_column(j, i, a) != has_column(j, i, b)) return false;
    return true;
}

/* A track must cover what the join covers: where it was not asked for, nothing can be said. */
static int check_cover(const struct avo_join *j, uint32_t col, struct avo_error *err)
{
    struct avo_header own = { 0 };
    const struct avo_header *all = &j->header;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < j->n_inputs; i++)
        for (size_t e = 0; rc == 0 && has_column(j, i, col) &&
                           e < header_of(j, i)->n_extents; e++) {
            struct avo_extent x = header_of(j, i)->extents[e];
            rc = avo_header_add_extent(&own, x.chrom, x.beg_bin, x.end_bin, err);
        }
    if (rc == 0) own.n_extents = avo_extents_merge(own.extents, own.n_extents);
    if (rc == 0 && (own.n_extents != all->n_extents ||
                    memcmp(own.extents, all->extents, own.n_extents * sizeof *own.extents) != 0))
        rc = avo_error_set(err, "track %s:%s does not cover all that the inputs cover together",
                           all->tracks[col].celltype, all->tracks[col].assay);
    avo_header_release(&own);
    return rc;
}

static int check_tracks(const struct avo_join *j, struct avo_error *err)
{
    for (uint32_t t = 0; t < j->header.n_tracks; t++) {
        if (t > 0 && same_members(j, t - 1, t)) continue;
        if (j->header.content == AVO_CONTENT_SIGNAL && check_cover(j, t, err)) return -1;
    }
    return 0;
}

/* Models saw the same tracks, or they are not of one training. */
static int check_model_tracks(const struct avo_join *j, size_t i, struct avo_error *err)
{
    if (j->header.content != AVO_CONTENT_MODEL ||
        (header_of(j, i)->n_tracks == header_of(j, 0)->n_tracks &&
         j->header.n_tracks == header_of(j, 0)->n_tracks)) return 0;
    avo_error_set(err, "%s and %s differ in the tracks that the model has seen",
                  avo_reader_name(j->inputs[0].r), avo_reader_name(j->inputs[i].r));
    return avo_error_hint(err, "avo-view -O avo MODEL EXTENSION ... writes a model and its "
                          "extensions as one");
}

int avo_join_headers(struct avo_join *j, struct avo_error *err)
{
    qsort(j->inputs, j->n_inputs, sizeof *j->inputs, input_cmp);
    if (avo_header_copy(&j->header, header_of(j, 0), err)) return -1;
    for (size_t i = 0; i < j->n_inputs; i++) {
        if (i > 0 && (must_agree(j, i, err) || add_lines(&j->header, header_of(j, i), err)))
            return -1;
        if (add_tracks(j, i, err) || check_model_tracks(j, i, err)) return -1;
    }
    if (j->n_inputs == 1) return 0;
    j->header.n_extents = avo_extents_merge(j->header.extents, j->header.n_extents);
    return check_tracks(j, err);
}
