/* SPDX-License-Identifier: MIT */
/* availability.c: the matrix of cell types and assays, as TSV and for eyes. */
#include "libcommon/genome/availability.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_out.h"
#include "libcommon/base/utf8.h"

#define MAX_COLUMNS 100

/* ---- the matrix ---- */

/* Number of name among those of first [*n] tracks; a new one is added. */
static size_t number_of(const struct avo_header *h, size_t track, bool of_assay, size_t *first,
                        size_t *n)
{
    const struct avo_track *t = h->tracks;
    size_t i = 0;

    while (i < *n && (of_assay ? strcmp(t[first[i]].assay, t[track].assay)
                               : strcmp(t[first[i]].celltype, t[track].celltype)) != 0)
        i++;
    if (i == *n)
        first[(*n)++] = track;
    return i;
}

int avo_availability_make(struct avo_availability *a, const struct avo_header *h,
                          const enum avo_role *roles, struct avo_error *err)
{
    size_t n = h->n_tracks;

    *a = (struct avo_availability){.header = h, .roles = roles};
    a->celltype_track = avo_alloc(n, sizeof *a->celltype_track, "cell types", err);
    a->assay_track = avo_alloc(n, sizeof *a->assay_track, "assays", err);
    a->celltype = avo_alloc(n, sizeof *a->celltype, "cell types", err);
    a->assay = avo_alloc(n, sizeof *a->assay, "assays", err);
    if (!a->celltype_track || !a->assay_track || !a->celltype ||
        !a->assay)
        goto fail;
    for (size_t i = 0; i < n; i++) {
        a->celltype[i] = number_of(h, i, false, a->celltype_track, &a->n_celltypes);
        a->assay[i] = number_of(h, i, true, a->assay_track, &a->n_assays);
    }
    a->track = avo_alloc(a->n_celltypes, a->n_assays * sizeof *a->track, "cell types by assays",
                         err);
    if (!a->track)
        goto fail;
    for (size_t i = 0; i < a->n_celltypes * a->n_assays; i++)
        a->track[i] = AVO_NO_TRACK;
    for (size_t i = 0; i < n; i++)
        a->track[a->celltype[i] * a->n_assays + a->assay[i]] = i;
    return 0;
fail:
    avo_availability_release(a);
    return -1;
}

void avo_availability_release(struct avo_availability *a)
{
    if (!a)
        return;
    free(a->celltype_track);
    free(a->assay_track);
    free(a->celltype);
    free(a->assay);
    free(a->track);
    memset(a, 0, sizeof *a);
}

const char *avo_availability_celltype(const struct avo_availability *a, size_t celltype)
{
    return a->header->tracks[a->celltype_track[celltype]].celltype;
}

const char *avo_availability_assay(const struct avo_availability *a, size_t assay)
{
    return a->header->tracks[a->assay_track[assay]].assay;
}

static size_t track_at(const struct avo_availability *a, size_t celltype, size_t assay)
{
    return a->track[celltype * a->n_assays + assay];
}

static enum avo_role role_of(const struct avo_availability *a, size_t track)
{
    return a->roles ? a->roles[track] : a->header->tracks[track].role;
}

/* ---- TSV ---- */

static int print_escaped(struct avo_out *out, const char *before, const char *name,
                         struct avo_error *err)
{
    return avo_out_str(out, before, err) || avo_out_name(out, name, err) ? -1 : 0;
}

static const char *word(const struct avo_availability *a, size_t track)
{
    if (track == AVO_NO_TRACK)
        return ".";
    return role_of(a, track) == AVO_ROLE_UNSET ? "yes" : avo_role_name(role_of(a, track));
}

static int print_tsv(const struct avo_availability *a, struct avo_out *out, struct avo_error *err)
{
    int rc = avo_out_printf(out, err, "celltype");

    for (size_t j = 0; rc == 0 && j < a->n_assays; j++)
        rc = print_escaped(out, "\t", avo_availability_assay(a, j), err);
    for (size_t i = 0; rc == 0 && i < a->n_celltypes; i++) {
        rc = print_escaped(out, "\n", avo_availability_celltype(a, i), err);
        for (size_t j = 0; rc == 0 && j < a->n_assays; j++)
            rc = avo_out_printf(out, err, "\t%s", word(a, track_at(a, i, j)));
    }
    return rc == 0 ? avo_out_printf(out, err, "\n") : rc;
}

/* ---- text ---- */

/* Escaped names and the layout they ask for. */
struct layout {
    const struct avo_availability *a;
    char **celltypes, **assays;
    size_t left;            /* columns of the longest cell type */
    size_t tallest;         /* of the longest assay */
    size_t *width;          /* [n_assays] columns of each assay's marks */
    bool is_upright;
};

static int layout_init(struct layout *l, struct avo_error *err)
{
    const struct avo_availability *a = l->a;
    size_t sum = 0;

    l->celltypes = avo_alloc(a->n_celltypes, sizeof *l->celltypes, "names", err);
    l->assays = avo_alloc(a->n_assays, sizeof *l->assays, "names", err);
    l->width = avo_alloc(a->n_assays, sizeof *l->width, "names", err);
    if (!l->celltypes || !l->assays || !l->width)
        return -1;
    for (size_t i = 0; i < a->n_celltypes; i++) {
        l->celltypes[i] = avo_escape(avo_availability_celltype(a, i), false, err);
        if (!l->celltypes[i])
            return -1;
        if (avo_text_width(l->celltypes[i]) > l->left)
            l->left = avo_text_width(l->celltypes[i]);
    }
    for (size_t j = 0; j < a->n_assays; j++) {
        l->assays[j] = avo_escape(avo_availability_assay(a, j), false, err);
        if (!l->assays[j])
            return -1;
        l->width[j] = avo_text_width(l->assays[j]);
        l->width[j] = l->width[j] < 4 ? 4 : l->width[j];
        l->tallest = l->width[j] > l->tallest ? l->width[j] : l->tallest;
        sum += 2 + l->width[j];
    }
    l->left = l->left < 6 ? 6 : l->left;
    l->is_upright = l->left + sum + 6 > MAX_COLUMNS;
    for (size_t j = 0; l->is_upright && j < a->n_assays; j++)
        l->width[j] = 1;
    return 0;
}

static void layout_release(struct layout *l)
{
    for (size_t i = 0; l->celltypes && i < l->a->n_celltypes; i++)
        free(l->celltypes[i]);
    for (size_t j = 0; l->assays && j < l->a->n_assays; j++)
        free(l->assays[j]);
    free(l->celltypes);
    free(l->assays);
    free(l->width);
}

static int heading(const struct layout *l, struct avo_out *out, struct avo_error *err)
{
    int rc = avo_out_padded(out, "", l->left, false, err);

    for (size_t j = 0; rc == 0 && j < l->a->n_assays; j++) {
        rc = avo_out_printf(out, err, "  ");
        if (rc == 0)
            rc = avo_out_padded(out, l->assays[j], l->width[j], true, err);
    }
    return rc == 0 ? avo_out_printf(out, err, "  %4s\n", "all") : rc;
}

/* The character of s in an upright heading's line, from below so that names end above their
 * column, as bytes; a blank above the name. */
static int upright_char(struct avo_out *out, const char *s, size_t height, size_t line,
                        struct avo_error *err)
{
    size_t above = height - avo_text_width(s), len = 1;

    if (line < above)
        return avo_out_printf(out, err, "  ");
    for (size_t skip = line - above; skip > 0; skip--)
        for (s++; !avo_utf8_begins(*s); s++)
            ;
    while (s[len] != '\0' && !avo_utf8_begins(s[len]))
        len++;
    return avo_out_printf(out, err, " %.*s", (int)len, s);
}

static int upright_heading(const struct layout *l, struct avo_out *out, struct avo_error *err)
{
    int rc = 0;

    for (size_t line = 0; rc == 0 && line < l->tallest; line++) {
        rc = avo_out_padded(out, "", l->left, false, err);
        for (size_t j = 0; rc == 0 && j < l->a->n_assays; j++)
            rc = upright_char(out, l->assays[j], l->tallest, line, err);
        if (rc == 0)
            rc = avo_out_printf(out, err, line + 1 == l->tallest ? "  %4s\n" : "\n", "all");
    }
    return rc;
}

static int marks(const struct layout *l, size_t celltype, struct avo_out *out,
                 struct avo_error *err)
{
    static const char mark[] = {[AVO_ROLE_UNSET] = 'x', [AVO_ROLE_TRAIN] = 'x',
                                [AVO_ROLE_VALID] = 'v', [AVO_ROLE_TEST] = 't'};
    int rc = avo_out_padded(out, l->celltypes[celltype], l->left, false, err);
    size_t n = 0;

    for (size_t j = 0; rc == 0 && j < l->a->n_assays; j++) {
        size_t track = track_at(l->a, celltype, j);
        int width = (int)l->width[j] + (l->is_upright ? 1 : 2);

        n += track != AVO_NO_TRACK;
        rc = avo_out_printf(out, err, "%*c", width,
                            track == AVO_NO_TRACK ? '.' : mark[role_of(l->a, track)]);
    }
    return rc == 0 ? avo_out_printf(out, err, "  %4zu\n", n) : rc;
}

/* Tracks of each assay; under upright headings there is no room for the numbers. */
static int totals(const struct layout *l, struct avo_out *out, struct avo_error *err)
{
    int rc = avo_out_padded(out, "all", l->left, false, err);

    for (size_t j = 0; rc == 0 && j < l->a->n_assays; j++) {
        size_t n = 0;

        for (size_t i = 0; i < l->a->n_celltypes; i++)
            n += track_at(l->a, i, j) != AVO_NO_TRACK;
        rc = l->is_upright ? avo_out_printf(out, err, "  ")
                           : avo_out_printf(out, err, "  %*zu", (int)l->width[j], n);
    }
    return rc == 0 ? avo_out_printf(out, err, "  %4zu\n", l->a->header->n_tracks) : rc;
}

static int print_text(const struct avo_availability *a, struct avo_out *out,
                      struct avo_error *err)
{
    struct layout l = {.a = a};
    int rc = layout_init(&l, err);

    if (rc == 0)
        rc = avo_out_printf(out, err, "measured: x train or no role, v valid, t test\n");
    if (rc == 0)
        rc = l.is_upright ? upright_heading(&l, out, err) : heading(&l, out, err);
    for (size_t i = 0; rc == 0 && i < a->n_celltypes; i++)
        rc = marks(&l, i, out, err);
    if (rc == 0)
        rc = totals(&l, out, err);
    layout_release(&l);
    return rc;
}

int avo_availability_print(const struct avo_availability *a, enum avo_availability_format format,
                           struct avo_out *out, struct avo_error *err)
{
    return format == AVO_AVAILABILITY_TSV ? print_tsv(a, out, err) : print_text(a, out, err);
}
