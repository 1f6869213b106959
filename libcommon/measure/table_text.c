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
#define ROLE_WIDTH 7        /* with the two spaces before it */
#define USUAL_LABEL "average, all, paired (100 tracks)"

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

/* "average, H3K4me3 (3 tracks)" */
static char *group_label(const struct avo_table *t, const struct avo_table_group *g,
                         struct avo_error *err)
{
    const char *what = g->assay < 0 ? "all"
        : t->observed->tracks[t->lineup->assay_track[g->assay]].assay;
    size_t n = avo_table_group_size(t, g);

    return avo_asprintf(err, "average, %s%s (%zu track%s)%s", what, g->paired ? ", paired" : "",
                        n, n == 1 ? "" : "s", g->seen ? SEEN_MARK : "");
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

/* Averages of one track would only repeat it. */
static int print_group(void *arg, const struct avo_table_group *g, struct avo_error *err)
{
    const struct layout *y = arg;
    char *label;
    int rc;

    if (g->assay >= 0 && avo_table_group_size(y->t, g) == 1)
        return 0;
    label = group_label(y->t, g, err);
    rc = label != NULL ? print_padded(y, label, y->label_width + ROLE_WIDTH, err) : -1;
    free(label);
    for (size_t m = 0; rc >= 0 && m < avo_eval_n_methods(y->t->eval); m++)
        rc = print_number(y, avo_table_average(y->t, y->scope, m, y->measure, g), y->widths[m],
                          err);
    return rc < 0 ? -1 : avo_out_printf(y->out, err, "\n");
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

static int print_block(struct layout *y, struct avo_error *err)
{
    const struct avo_lineup *l = y->t->lineup;

    if (print_heading(y, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n_scored; i++)
        if (print_track(y, l->scored[i], err) < 0)
            return -1;
    if (avo_table_each_group(y->t, false, print_group, y, err) < 0 ||
        avo_table_each_group(y->t, true, print_group, y, err) < 0)
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

    y->label_width = text_width(USUAL_LABEL) - ROLE_WIDTH;
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

/* Whether some scored track lacks a method, so that there may be "paired" rows. */
static bool has_gaps(const struct avo_table *t)
{
    for (int seen = 0; seen < 2; seen++) {
        struct avo_table_group all = {-1, seen, false}, paired = {-1, seen, true};

        if (avo_table_group_size(t, &paired) < avo_table_group_size(t, &all))
            return true;
    }
    return false;
}

static int print_footnotes(const struct avo_table *t, struct avo_out *out, struct avo_error *err)
{
    if (avo_lineup_count(t->lineup, -1, true) > 0 &&
        avo_out_printf(out, err, "*       a model trained on or watched this track: not a "
                       "result\n") < 0)
        return -1;
    if (!has_gaps(t))
        return 0;
    return avo_out_printf(out, err, "paired  tracks that have a value in every column; no average "
                          "is given where one lacks it\n");
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
    rc = print_footnotes(t, out, err);
out:
    free(y.widths);
    return rc;
}
