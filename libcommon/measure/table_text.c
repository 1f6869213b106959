/* SPDX-License-Identifier: MIT */
/* table_text.c: scores for eyes: per measure one block of tracks by methods, averages below. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/measure/table.h"

#define LEAST_COLUMN 9
#define SEEN_MARK " *"

struct layout {
    const struct avo_table *t;
    struct avo_out *out;
    int label_width;
    int *widths;            /* [methods] */
    size_t scope, measure;
};

/* Characters of UTF-8 text. */
static int text_width(const char *s)
{
    int n = 0;

    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

/* Text padded on its right (width > 0) or left (width < 0). */
static int print_padded(const struct layout *y, const char *s, int width, struct avo_error *err)
{
    int pad = abs(width) - text_width(s);

    pad = pad > 0 ? pad : 0;
    return avo_out_printf(y->out, err, "%*s%s%*s", width < 0 ? pad : 0, "", s,
                          width < 0 ? 0 : pad, "");
}

static int print_number(const struct layout *y, double v, int width, struct avo_error *err)
{
    if (isnan(v))
        return avo_out_printf(y->out, err, "  %*s", width, "NA");
    return avo_out_printf(y->out, err, fabs(v) < 1000 ? "  %*.4f" : "  %*.5g", width, v);
}

static char *track_label(const struct avo_table *t, size_t track, struct avo_error *err)
{
    const struct avo_track *x = &t->observed->tracks[track];
    char *raw = avo_asprintf(err, "%s:%s%s", x->celltype, x->assay,
                             t->lineup->seen[track] ? SEEN_MARK : "");
    char *label = raw != NULL ? avo_escape(raw, false, err) : NULL;

    free(raw);
    return label;
}

/* "average of H3K4me3 (3 tracks)" */
static char *average_label(const struct avo_table *t, int64_t assay, bool seen, size_t n,
                           struct avo_error *err)
{
    const char *what = assay < 0 ? "all"
        : t->observed->tracks[t->lineup->assay_track[assay]].assay;

    return avo_asprintf(err, "average, %s (%zu track%s)%s", what, n, n == 1 ? "" : "s",
                        seen ? SEEN_MARK : "");
}

static int print_track(const struct layout *y, size_t track, struct avo_error *err)
{
    const struct avo_table *t = y->t;
    enum avo_role role = t->lineup->roles[track];
    char *label = track_label(t, track, err);
    int rc = label != NULL ? print_padded(y, label, y->label_width, err) : -1;

    free(label);
    if (rc < 0 || avo_out_printf(y->out, err, "  %-5s",
                                 role == AVO_ROLE_UNSET ? "." : avo_role_name(role)) < 0)
        return -1;
    for (size_t m = 0; m < avo_eval_n_methods(t->eval); m++)
        if (print_number(y, avo_measures[y->measure].score(avo_eval_cell(t->eval, y->scope, track,
                                                                         m)),
                         y->widths[m], err) < 0)
            return -1;
    return avo_out_printf(y->out, err, "\n");
}

static int print_average(const struct layout *y, int64_t assay, bool seen, size_t n,
                         struct avo_error *err)
{
    char *label = average_label(y->t, assay, seen, n, err);
    int rc = label != NULL ? print_padded(y, label, y->label_width + 7, err) : -1;

    free(label);
    for (size_t m = 0; rc >= 0 && m < avo_eval_n_methods(y->t->eval); m++) {
        size_t n_defined;

        rc = print_number(y, avo_table_average(y->t, y->scope, m, y->measure, assay, seen,
                                               &n_defined), y->widths[m], err);
    }
    return rc < 0 ? -1 : avo_out_printf(y->out, err, "\n");
}

/* Assays with one track would only repeat it. */
static int print_averages(const struct layout *y, bool seen, struct avo_error *err)
{
    const struct avo_lineup *l = y->t->lineup;
    size_t n;

    for (int64_t a = 0; a < (int64_t)l->n_assays; a++)
        if ((n = avo_lineup_count(l, a, seen)) > 1 && print_average(y, a, seen, n, err) < 0)
            return -1;
    n = avo_lineup_count(l, -1, seen);
    return n > 0 ? print_average(y, -1, seen, n, err) : 0;
}

static int print_heading(const struct layout *y, struct avo_error *err)
{
    if (avo_out_printf(y->out, err, "%s\n", avo_measures[y->measure].title) < 0 ||
        print_padded(y, "track", y->label_width, err) < 0 ||
        avo_out_printf(y->out, err, "  role ") < 0)
        return -1;
    for (size_t m = 0; m < avo_eval_n_methods(y->t->eval); m++)
        if (avo_out_printf(y->out, err, "  ") < 0 ||
            print_padded(y, y->t->methods[m], -y->widths[m], err) < 0)
            return -1;
    return avo_out_printf(y->out, err, "\n");
}

static int print_block(const struct layout *y, struct avo_error *err)
{
    const struct avo_lineup *l = y->t->lineup;

    if (print_heading(y, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n_scored; i++)
        if (print_track(y, l->scored[i], err) < 0)
            return -1;
    if (print_averages(y, false, err) < 0 || print_averages(y, true, err) < 0)
        return -1;
    return avo_out_printf(y->out, err, "\n");
}

static int print_scope(struct layout *y, const char *name, struct avo_error *err)
{
    const struct avo_table *t = y->t;
    size_t any = t->lineup->scored[0];

    if (avo_out_printf(y->out, err, "%s: %llu bins of %u bp, values in model space (%s)\n\n",
                       name, (unsigned long long)avo_eval_cell(t->eval, y->scope, any,
                           avo_eval_constant(t->eval))->all.n, t->observed->bin_bp,
                       avo_transform_name(t->observed->transform)) < 0)
        return -1;
    for (y->measure = 0; y->measure < avo_n_measures; y->measure++)
        if (print_block(y, err) < 0)
            return -1;
    return 0;
}

static int measure_widths(struct layout *y, struct avo_error *err)
{
    const struct avo_table *t = y->t;

    y->label_width = text_width("average, all (1000 tracks)") - 7;
    for (size_t i = 0; i < t->lineup->n_scored; i++) {
        char *label = track_label(t, t->lineup->scored[i], err);

        if (label == NULL)
            return -1;
        if (text_width(label) > y->label_width)
            y->label_width = text_width(label);
        free(label);
    }
    for (size_t m = 0; m < avo_eval_n_methods(t->eval); m++) {
        y->widths[m] = text_width(t->methods[m]);
        y->widths[m] = y->widths[m] < LEAST_COLUMN ? LEAST_COLUMN : y->widths[m];
    }
    return 0;
}

int avo_table_print_text(const struct avo_table *t, struct avo_out *out, struct avo_error *err)
{
    struct layout y = {.t = t, .out = out, .scope = avo_eval_n_scopes(t->eval) - 1};
    size_t n_chroms = y.scope;
    int rc = -1;

    y.widths = avo_alloc(avo_eval_n_methods(t->eval), sizeof *y.widths, "table", err);
    if (y.widths == NULL || measure_widths(&y, err) < 0)
        goto out;
    if (t->genome && print_scope(&y, "all chromosomes", err) < 0)
        goto out;
    for (y.scope = 0; t->per_chrom && y.scope < n_chroms; y.scope++)
        if (print_scope(&y, t->observed->chroms[t->chroms[y.scope]].name, err) < 0)
            goto out;
    rc = 0;
    if (avo_lineup_count(t->lineup, -1, true) > 0)
        rc = avo_out_printf(out, err, "* a model trained on or watched this track: not a result\n");
out:
    free(y.widths);
    return rc;
}
