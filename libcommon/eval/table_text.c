/* SPDX-License-Identifier: MIT */
/* table_text.c: scores for eyes: per measure one block of tracks by methods, averages below;
 * then methods against each other. */
#include "libcommon/eval/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_out.h"
#include "libcommon/eval/paired.h"

#define LEAST_COLUMN 9
#define SEEN_MARK " *"
#define ROLE_WIDTH 7        /* with the two spaces before it */
#define USUAL_LABEL "average, all, paired (100 tracks)"

struct layout {
    const struct avo_table *t;
    struct avo_out *out;
    int label_width;
    char **names;           /* [methods] escaped */
    int *widths;            /* [methods] */
    size_t scope, measure;
};

/* Text padded on its right (width > 0) or left (width < 0). */
static int print_padded(const struct layout *y, const char *s, int width, struct avo_error *err)
{
    return avo_out_padded(y->out, s, (size_t)abs(width), width < 0, err);
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
                             t->chosen->seen[track] ? SEEN_MARK : "");
    char *label = raw ? avo_escape(raw, false, err) : NULL;

    free(raw);
    return label;
}

/* "average, H3K4me3 (3 tracks)" */
static char *group_label(const struct avo_table *t, const struct avo_table_group *g,
                         struct avo_error *err)
{
    const char *what = g->assay < 0 ? "all"
        : t->observed->tracks[t->chosen->assay_track[g->assay]].assay;
    size_t n = avo_table_group_size(t, g);
    char *raw = avo_asprintf(err, "average, %s%s (%zu track%s)%s", what,
                             g->paired ? ", paired" : "", n, n == 1 ? "" : "s",
                             g->seen ? SEEN_MARK : "");
    char *label = raw ? avo_escape(raw, false, err) : NULL;

    free(raw);
    return label;
}

static int print_track(const struct layout *y, size_t track, struct avo_error *err)
{
    const struct avo_table *t = y->t;
    enum avo_role role = t->chosen->roles[track];
    char *label = track_label(t, track, err);
    int rc = label ? print_padded(y, label, y->label_width, err) : -1;

    free(label);
    if (rc < 0 || avo_out_printf(y->out, err, "  %-5s",
                                 role == AVO_ROLE_UNSET ? "." : avo_role_name(role)) < 0)
        return -1;
    for (size_t m = 0; m < avo_eval_n_methods(t->eval); m++)
        if (print_number(y, avo_table_score(t, y->scope, track, m, y->measure), y->widths[m],
                         err) < 0)
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
    rc = label ? print_padded(y, label, y->label_width + ROLE_WIDTH, err) : -1;
    free(label);
    for (size_t m = 0; rc >= 0 && m < avo_eval_n_methods(y->t->eval); m++)
        rc = print_number(y, avo_table_average(y->t, y->scope, m, y->measure, g), y->widths[m],
                          err);
    return rc < 0 ? -1 : avo_out_printf(y->out, err, "\n");
}

static int print_heading(const struct layout *y, struct avo_error *err)
{
    const struct avo_measure *m = &avo_measures[y->measure];

    if (avo_out_printf(y->out, err, "%s: %s (%s is better)\n", m->label, m->title,
                       m->better > 0 ? "more" : "less") < 0 ||
        print_padded(y, "track", y->label_width, err) < 0 ||
        avo_out_printf(y->out, err, "  role ") < 0)
        return -1;
    for (size_t i = 0; i < avo_eval_n_methods(y->t->eval); i++)
        if (avo_out_printf(y->out, err, "  ") < 0 ||
            print_padded(y, y->names[i], -y->widths[i], err) < 0)
            return -1;
    return avo_out_printf(y->out, err, "\n");
}

static int print_block(struct layout *y, struct avo_error *err)
{
    const struct avo_scored *l = y->t->chosen;

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

static int print_blocks(struct layout *y, const char *bins, struct avo_error *err)
{
    const struct avo_table *t = y->t;
    bool all = y->scope + 1 == avo_eval_n_scopes(t->eval);

    if (avo_out_printf(y->out, err, "%s%s: %" PRIu64 " bins of %u bp, values in model space (%s)"
                       "\n\n", all ? "all chromosomes" : avo_table_scope_name(t, y->scope), bins,
                       avo_table_bins(t, y->scope, t->chosen->scored[0]), t->observed->bin_bp,
                       avo_transform_name(t->observed->transform)) < 0)
        return -1;
    for (y->measure = 0; y->measure < avo_n_measures; y->measure++)
        if (avo_table_has_values(t, y->scope, y->measure) && print_block(y, err) < 0)
            return -1;
    return 0;
}

/* Over all bins, then without the excluded ones. */
static int print_scope(struct layout *y, size_t scope, struct avo_error *err)
{
    struct layout kept = *y;
    struct avo_table table = avo_table_kept(y->t);

    y->scope = scope;
    kept.scope = scope;
    kept.t = &table;
    if (print_blocks(y, y->t->kept != NULL ? ", all bins" : "", err) < 0)
        return -1;
    return y->t->kept ? print_blocks(&kept, ", without the excluded bins", err) : 0;
}

/* ---- methods against each other ---- */

static char *pair_label(const struct layout *y, const struct avo_paired_row *r,
                        struct avo_error *err)
{
    return avo_asprintf(err, "%s against %s", y->names[r->a], y->names[r->b]);
}

/* The widest of the pairs' and the measures' labels; -1 on failure. */
static int pair_width(const struct layout *y, const struct avo_paired *p, struct avo_error *err)
{
    int widest = 0;

    for (size_t i = 0; i < p->n_rows; i++) {
        char *label = pair_label(y, &p->rows[i], err);
        int own = (int)avo_text_width(avo_measures[p->rows[i].measure].label);

        if (!label)
            return -1;
        widest = own > widest ? own : widest;
        widest = (int)avo_text_width(label) > widest ? (int)avo_text_width(label) : widest;
        free(label);
    }
    return widest;
}

static int print_pair_heading(const struct layout *y, const struct avo_paired_row *r, int width,
                              struct avo_error *err)
{
    char *label = pair_label(y, r, err);
    int rc = label ? print_padded(y, label, width, err) : -1;

    free(label);
    return rc < 0 ? -1 : avo_out_printf(y->out, err, "  tracks   won  lost  tied   difference"
                                        "          p\n");
}

static int print_pair(const struct layout *y, const struct avo_paired_row *r, int width,
                      struct avo_error *err)
{
    char p[16] = "NA";

    if (!isnan(r->p))
        snprintf(p, sizeof p, "%.3g", r->p);
    return avo_out_printf(y->out, err, "%-*s  %6zu  %4zu  %4zu  %4zu  %+11.4g  %9s\n", width,
                          avo_measures[r->measure].label, r->n, r->wins, r->losses, r->ties,
                          r->mean_diff, p);
}

static int print_pairs(const struct layout *y, const struct avo_paired *p, struct avo_error *err)
{
    int width = pair_width(y, p, err);

    for (size_t i = 0; width >= 0 && i < p->n_rows; i++) {
        const struct avo_paired_row *r = &p->rows[i], *before = i > 0 ? r - 1 : NULL;

        if (r->kept && (!before || !before->kept) &&
            avo_out_printf(y->out, err, "without the excluded bins:\n") < 0)
            return -1;
        if ((!before || before->a != r->a || before->b != r->b ||
             before->kept != r->kept) && print_pair_heading(y, r, width, err) < 0)
            return -1;
        if (r->assay < 0 && print_pair(y, r, width, err) < 0)
            return -1;
    }
    return width < 0 ? -1 : 0;
}

/* Those over all assays only; the rest is in the other forms. */
static int print_comparisons(const struct layout *y, struct avo_error *err)
{
    struct avo_paired p;
    int rc;

    if (avo_paired_make(y->t, &p, err) < 0)
        return -1;
    rc = 0;
    if (p.n_rows > 0 &&
        (avo_out_printf(y->out, err, "comparisons over the tracks that no model has seen, all "
                        "chromosomes\n(difference: mean of first minus second; p: paired t-test, "
                        "unadjusted for the number of tests)\n\n") < 0 ||
         print_pairs(y, &p, err) < 0 || avo_out_printf(y->out, err, "\n") < 0))
        rc = -1;
    avo_paired_release(&p);
    return rc;
}

/* ---- the whole ---- */

static int measure_widths(struct layout *y, struct avo_error *err)
{
    const struct avo_table *t = y->t;

    y->label_width = (int)avo_text_width(USUAL_LABEL) - ROLE_WIDTH;
    for (size_t i = 0; i < t->chosen->n_scored; i++) {
        char *label = track_label(t, t->chosen->scored[i], err);

        if (!label)
            return -1;
        if ((int)avo_text_width(label) > y->label_width)
            y->label_width = (int)avo_text_width(label);
        free(label);
    }
    for (size_t m = 0; m < avo_eval_n_methods(t->eval); m++) {
        if (!(y->names[m] = avo_escape(t->methods[m], false, err)))
            return -1;
        y->widths[m] = (int)avo_text_width(y->names[m]);
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
    if (avo_scored_count(t->chosen, -1, true) > 0 &&
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
    struct layout y = {.t = t, .out = out};
    size_t all = avo_eval_n_scopes(t->eval) - 1, n_methods = avo_eval_n_methods(t->eval);
    int rc = -1;

    y.widths = avo_alloc(n_methods, sizeof *y.widths, "table", err);
    y.names = avo_alloc(n_methods, sizeof *y.names, "table", err);
    if (!y.widths || !y.names || measure_widths(&y, err) < 0)
        goto out;
    if (t->genome && print_scope(&y, all, err) < 0)
        goto out;
    for (size_t s = 0; t->per_chrom && s < all; s++)
        if (print_scope(&y, s, err) < 0)
            goto out;
    if (t->genome && print_comparisons(&y, err) < 0)
        goto out;
    rc = print_footnotes(t, out, err);
out:
    for (size_t m = 0; y.names && m < n_methods; m++)
        free(y.names[m]);
    free(y.names);
    free(y.widths);
    return rc;
}
