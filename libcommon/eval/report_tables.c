/* SPDX-License-Identifier: MIT */
/* report_tables.c: a table per measure: tracks by assay, methods side by side, and a dot plot in
 * every row. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/report_priv.h"

#define STRIP_HEIGHT 24.0
#define MAX_STRIP_METHODS 9
#define SEEN " \xE2\x80\xA0: a model trained on or watched this track, so that its score is no " \
    "result."
#define DOTS " At the right the same numbers as dots; errors have a scale for each assay, " \
    "printed beside its name."

/* One table while it is written. */
struct grid {
    const struct avo_report_page *g;
    size_t measure;
    struct avo_scale scale;     /* of the dots, for the assay at hand */
    int decimals;
    double width;               /* of the dot plots; 0: none */
    double *values;             /* [methods] of the row at hand */
    bool *best;
};

/* ---- scales ---- */

static void take_range(struct grid *t, int64_t assay, double *lo, double *hi)
{
    const struct avo_scored *l = t->g->chosen;

    for (size_t k = 0; k < l->n_scored; k++)
        for (size_t m = 0; m < t->g->n_methods; m++) {
            size_t track = l->scored[k];
            double v = avo_report_score(t->g, track, m, t->measure);

            if (!isfinite(v) || (assay >= 0 && l->tracks[track].assay != (size_t)assay))
                continue;
            *lo = v < *lo ? v : *lo;
            *hi = v > *hi ? v : *hi;
        }
}

/* The same of the averages over all assays. */
static void average_range(struct grid *t, double *lo, double *hi)
{
    for (int seen = 0; seen < 2; seen++)
        for (int paired = 0; paired < 2; paired++)
            for (size_t m = 0; m < t->g->n_methods; m++) {
                struct avo_table_group all = {-1, seen == 1, paired == 1};
                double v = avo_report_average(t->g, m, t->measure, &all);

                *lo = isfinite(v) && v < *lo ? v : *lo;
                *hi = isfinite(v) && v > *hi ? v : *hi;
            }
}

/* Errors have a scale for each assay, from 0 on; agreement has one for all up to 1, if it ends
 * there. */
static void set_scale(struct grid *t, int64_t assay)
{
    bool error = avo_measures[t->measure].better < 0;
    double lo = 0, hi = 0;

    if (error && assay < 0)
        average_range(t, &lo, &hi);
    else
        take_range(t, error ? assay : -1, &lo, &hi);
    if (!error && hi <= 1)
        hi = 1;
    t->scale = (struct avo_scale){AVO_SCALE_LINEAR, lo, hi, 6, t->width - 6};
    avo_scale_round(&t->scale, 4);
    t->decimals = avo_page_decimals(error ? hi : 0.5);
    if (!error && hi > 1)
        t->decimals = avo_page_decimals(hi);
}

/* ---- rows ---- */

static void strip_axis(const struct grid *t)
{
    struct avo_page *p = t->g->page;
    struct avo_ticks ticks;

    if (t->width <= 0)
        return;
    avo_ticks_make(&t->scale, 4, &ticks);
    avo_page_printf(p, "<th class=\"strip\" aria-hidden=\"true\">"
                    "<svg width=\"%.0f\" height=\"16\">", t->width);
    for (int i = 0; i < ticks.n; i++) {
        char label[32];

        snprintf(label, sizeof label, "%.*f", ticks.decimals, ticks.at[i]);
        avo_svg_text(p, avo_scale_px(&t->scale, ticks.at[i]), 13, "middle", "s", label);
    }
    avo_page_put(p, "</svg></th>");
}

static void strip(const struct grid *t)
{
    const struct avo_report_page *g = t->g;
    struct avo_page *p = g->page;
    struct avo_ticks ticks;

    if (t->width <= 0)
        return;
    avo_ticks_make(&t->scale, 4, &ticks);
    avo_page_printf(p, "<td class=\"strip\" aria-hidden=\"true\">"
                    "<svg width=\"%.0f\" height=\"%.0f\">"
                    "<path class=\"gr\" d=\"", t->width, STRIP_HEIGHT);
    for (int i = 0; i < ticks.n; i++)
        avo_page_printf(p, "M%.1f 0V%.0f", avo_scale_px(&t->scale, ticks.at[i]), STRIP_HEIGHT);
    avo_page_put(p, "\"/>");
    for (size_t m = g->n_methods; m-- > 0;)
        if (isfinite(t->values[m]))
            avo_svg_mark(p, g->series[m], avo_scale_px(&t->scale, t->values[m]),
                         STRIP_HEIGHT / 2, g->table->methods[m]);
    avo_page_put(p, "</svg></td>");
}

/* The numbers of t->values. */
static void put_values(const struct grid *t)
{
    struct avo_page *p = t->g->page;

    avo_report_best(t->g, t->measure, t->values, t->best);
    for (size_t m = 0; m < t->g->n_methods; m++) {
        avo_page_put(p, t->best[m] ? "<td><b>" : "<td>");
        avo_page_number(p, t->values[m], t->decimals);
        avo_page_put(p, t->best[m] ? "</b></td>" : "</td>");
    }
    strip(t);
    avo_page_put(p, "</tr>\n");
}

static void track_row(struct grid *t, size_t track)
{
    const struct avo_report_page *g = t->g;
    bool seen = g->chosen->seen[track];

    avo_page_printf(g->page, "<tr%s><th scope=\"row\">", seen ? " class=\"seen\"" : "");
    avo_page_text(g->page, g->observed->tracks[track].celltype);
    avo_page_put(g->page, seen ? " <span title=\"seen by a model\">\xE2\x80\xA0</span></th>"
                               : "</th>");
    for (size_t m = 0; m < g->n_methods; m++)
        t->values[m] = avo_report_score(g, track, m, t->measure);
    put_values(t);
}

static int average_row(void *arg, const struct avo_table_group *group, struct avo_error *err)
{
    struct grid *t = arg;
    const struct avo_report_page *g = t->g;
    size_t n = avo_table_group_size(g->table, group);

    (void)err;
    if (n == 1 && group->assay >= 0)
        return 0;
    avo_page_printf(g->page, "<tr class=\"avg%s\"><th scope=\"row\">mean of %zu%s%s</th>",
                    group->seen ? " seen" : "", n, group->paired ? ", in all methods" : "",
                    group->seen ? " \xE2\x80\xA0" : "");
    for (size_t m = 0; m < g->n_methods; m++)
        t->values[m] = avo_report_average(g, m, t->measure, group);
    put_values(t);
    return 0;
}

/* Averages of one assay (-1: all) with their paired forms. */
struct filter { struct grid *t; int64_t assay; };

static int filtered(void *arg, const struct avo_table_group *group, struct avo_error *err)
{
    struct filter *f = arg;

    return group->assay == f->assay ? average_row(f->t, group, err) : 0;
}

static void averages(struct grid *t, int64_t assay)
{
    struct filter f = {t, assay};
    struct avo_error *err = t->g->page->err;

    if (avo_table_each_group(t->g->table, false, filtered, &f, err) < 0 ||
        avo_table_each_group(t->g->table, true, filtered, &f, err) < 0)
        t->g->page->failed = true;
}

static void group_heading(struct grid *t, const char *name)
{
    struct avo_page *p = t->g->page;

    avo_page_printf(p, "<tbody>\n<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%zu\">",
                    t->g->n_methods + 1);
    avo_page_text(p, name);
    avo_page_put(p, "</th>");
    strip_axis(t);
    avo_page_put(p, "</tr>\n");
}

static void assay_rows(struct grid *t, size_t assay)
{
    const struct avo_scored *l = t->g->chosen;

    if (avo_scored_count(l, (int64_t)assay, false) + avo_scored_count(l, (int64_t)assay, true) == 0)
        return;
    set_scale(t, (int64_t)assay);
    group_heading(t, avo_report_assay(t->g, assay));
    for (size_t k = 0; k < l->n_scored; k++)
        if (l->tracks[l->scored[k]].assay == assay)
            track_row(t, l->scored[k]);
    averages(t, (int64_t)assay);
    avo_page_put(t->g->page, "</tbody>\n");
}

/* ---- tables ---- */

static void put_table(struct grid *t)
{
    const struct avo_report_page *g = t->g;
    struct avo_page *p = g->page;

    avo_page_put(p, "<div class=\"scroll\"><table class=\"");
    avo_page_put(p, t->width > 0 ? "m" : "d");
    avo_page_put(p, "\">\n<thead><tr><th class=\"l\" scope=\"col\">Assay, cell type</th>");
    for (size_t m = 0; m < g->n_methods; m++)
        avo_report_heading(g, m);
    avo_page_put(p, t->width > 0 ? "<td class=\"strip\"></td></tr></thead>\n"
                                 : "</tr></thead>\n");
    for (size_t a = 0; a < g->chosen->n_assays; a++)
        assay_rows(t, a);
    set_scale(t, -1);
    group_heading(t, "All assays");
    averages(t, -1);
    avo_page_put(p, "</tbody></table></div>\n");
}

/* Averages in the line that stays when the table is folded. */
static void put_fold(const struct grid *t)
{
    const struct avo_report_page *g = t->g;
    const struct avo_measure *x = &avo_measures[t->measure];

    avo_page_printf(g->page, "<b>%s</b><span>", x->label);
    avo_page_text(g->page, x->title);
    avo_page_printf(g->page, "; %s is better</span>", x->better < 0 ? "less" : "more");
}

void avo_report_tables(const struct avo_report_page *g)
{
    struct grid t = {.g = g, .width = 1080 - 170 - 92 * (double)g->n_methods};
    bool any = false;

    t.width = t.width > 440 ? 440 : t.width;
    if (g->n_methods > MAX_STRIP_METHODS || t.width < 160)
        t.width = 0;
    t.values = avo_alloc(g->n_methods, sizeof *t.values, "page", g->page->err);
    t.best = avo_alloc(g->n_methods, sizeof *t.best, "page", g->page->err);
    if (!t.values || !t.best)
        g->page->failed = true;
    avo_page_paragraph(g->page, "how", "One table a measure, all chromosomes together: tracks by "
                       "assay, their averages, then the averages over all assays. Bold: the best "
                       "of a row. A dash: not defined, or no prediction.%s%s",
                       avo_scored_count(g->chosen, -1, true) > 0 ? SEEN : "",
                       t.width > 0 ? DOTS : "");
    for (t.measure = 0; t.measure < avo_n_measures && !g->page->failed; t.measure++) {
        if (!avo_report_has(g, t.measure))
            continue;
        avo_page_printf(g->page, "<details%s id=\"measure-%s\"><summary>", any ? "" : " open",
                        avo_measures[t.measure].name);
        put_fold(&t);
        avo_page_put(g->page, "</summary>\n");
        put_table(&t);
        avo_page_put(g->page, "</details>\n");
        any = true;
    }
    free(t.values);
    free(t.best);
}
