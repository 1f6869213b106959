/* SPDX-License-Identifier: MIT */
/* report_summary.c: the head of a report, averages over everything, and methods in pairs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/report_priv.h"

#define BAR_WIDTH 96.0

/* ---- head ---- */

static void put_count(struct avo_page *p, size_t n, const char *one, const char *many)
{
    avo_page_put(p, "<div><b>");
    avo_page_count(p, n);
    avo_page_printf(p, "</b><span>%s</span></div>\n", n == 1 ? one : many);
}

static size_t count_celltypes(const struct avo_report_page *g)
{
    const struct avo_scored *l = g->chosen;
    size_t n = 0;

    for (size_t k = 0; k < l->n_scored; k++) {
        size_t i = 0;

        while (strcmp(g->observed->tracks[l->scored[i]].celltype,
                      g->observed->tracks[l->scored[k]].celltype) != 0)
            i++;
        n += i == k;
    }
    return n;
}

static size_t count_assays(const struct avo_report_page *g)
{
    size_t n = 0;

    for (size_t a = 0; a < g->chosen->n_assays; a++)
        n += avo_scored_count(g->chosen, (int64_t)a, false) +
                 avo_scored_count(g->chosen, (int64_t)a, true) > 0;
    return n;
}

static void put_facts(const struct avo_report_page *g)
{
    struct avo_page *p = g->page;

    avo_page_put(p, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < g->r->n_facts; i++) {
        avo_page_put(p, "<dt>");
        avo_page_text(p, g->r->facts[i].name);
        avo_page_put(p, "</dt><dd>");
        avo_page_text(p, g->r->facts[i].value);
        avo_page_put(p, "</dd>\n");
    }
    avo_page_put(p, "</dl>\n");
}

static void put_notes(const struct avo_report_page *g)
{
    avo_page_put(g->page, "<ul class=\"notes\">\n");
    for (size_t i = 0; i < g->r->n_notes; i++) {
        avo_page_put(g->page, "<li>");
        avo_page_text(g->page, g->r->notes[i]);
        avo_page_put(g->page, "</li>\n");
    }
    avo_page_put(g->page, "</ul>\n");
}

void avo_report_head(const struct avo_report_page *g)
{
    struct avo_page *p = g->page;

    avo_page_put(p, "<p class=\"lead\">Imputed tracks scored against measured ones, beside the "
                 "baselines that cost nothing to make");
    if (g->r->space) {
        avo_page_put(p, "; values are ");
        avo_page_text(p, g->r->space);
    }
    avo_page_put(p, ".</p>\n<div class=\"counts\">\n");
    put_count(p, g->chosen->n_scored, "track scored", "tracks scored");
    put_count(p, count_celltypes(g), "cell type", "cell types");
    put_count(p, count_assays(g), "assay", "assays");
    put_count(p, g->scope, "chromosome", "chromosomes");
    if (g->r->n_bins > 0)
        put_count(p, (size_t)g->r->n_bins, "bin", "bins");
    put_count(p, g->n_imputed, "imputation", "imputations");
    put_count(p, g->n_methods - g->n_imputed, "baseline", "baselines");
    avo_page_put(p, "</div>\n");
    if (g->r->n_facts > 0)
        put_facts(g);
    if (g->r->n_notes > 0)
        put_notes(g);
}

/* ---- averages over everything ---- */

static size_t n_pairs(const struct avo_report_page *g)
{
    return g->r->paired ? g->r->paired->n_rows : 0;
}

/* Row i if it compares a and b over all assays and bins, or NULL. */
static const struct avo_paired_row *pair_at(const struct avo_report_page *g, size_t i, size_t a,
                                            size_t b)
{
    const struct avo_paired_row *x = &g->r->paired->rows[i];

    return x->assay < 0 && x->kept == g->kept && x->n > 0 && x->a == a && x->b == b ? x : NULL;
}

/* The comparison of a method with the mean over the other cell types. */
static const struct avo_paired_row *against_mean(const struct avo_report_page *g, size_t method,
                                                 size_t measure)
{
    for (size_t i = 0; g->mean >= 0 && i < n_pairs(g); i++) {
        const struct avo_paired_row *x = pair_at(g, i, method, (size_t)g->mean);

        if (x && x->measure == measure)
            return x;
    }
    return NULL;
}

/* Most decimals that the averages of a measure need. */
static int decimals_of(const struct avo_report_page *g, size_t measure,
                       const struct avo_table_group *group)
{
    double max = 0;

    for (size_t m = 0; m < g->n_methods; m++) {
        double v = avo_report_average(g, m, measure, group);

        if (isfinite(v) && avo_measures[measure].better < 0)
            max = fabs(v) > max ? fabs(v) : max;
    }
    return avo_page_decimals(max);
}

static void put_average(const struct avo_report_page *g, size_t method, size_t measure,
                        const struct avo_table_group *group)
{
    double *values = avo_alloc(g->n_methods, sizeof *values, "page", g->page->err);
    bool *best = avo_alloc(g->n_methods, sizeof *best, "page", g->page->err);
    const struct avo_paired_row *pair = group->seen || group->paired
        ? NULL : against_mean(g, method, measure);

    avo_page_put(g->page, "<td>");
    if (values && best) {
        for (size_t m = 0; m < g->n_methods; m++)
            values[m] = avo_report_average(g, m, measure, group);
        avo_report_best(g, measure, values, best);
        avo_page_put(g->page, best[method] ? "<b>" : "");
        avo_page_number(g->page, values[method], decimals_of(g, measure, group));
        avo_page_put(g->page, best[method] ? "</b>" : "");
        if (pair)
            avo_page_printf(g->page, "<small>%zu : %zu</small>", pair->wins, pair->losses);
    } else {
        g->page->failed = true;
    }
    avo_page_put(g->page, "</td>");
    free(values);
    free(best);
}

static void summary_table(const struct avo_report_page *g, int better,
                          const struct avo_table_group *group)
{
    struct avo_page *p = g->page;

    avo_page_printf(p, "<div class=\"scroll\"><table>\n<caption>%s</caption>\n<thead><tr>"
                    "<th class=\"l\" scope=\"col\">Method</th>", better < 0
                    ? "Errors: less is better" : "Agreement: more is better");
    for (size_t k = 0; k < avo_n_measures; k++)
        if (avo_measures[k].better == better && avo_report_has(g, k))
            avo_page_printf(p, "<th scope=\"col\" title=\"%s\">%s</th>", avo_measures[k].title,
                            avo_measures[k].label);
    avo_page_put(p, "</tr></thead>\n<tbody>\n");
    for (size_t m = 0; m < g->n_methods; m++) {
        avo_page_put(p, "<tr><th scope=\"row\">"
                     "<svg width=\"12\" height=\"12\" aria-hidden=\"true\" "
                     "style=\"display:inline-block;margin-right:7px;vertical-align:-1px\">");
        avo_svg_mark(p, g->series[m], 6, 6, NULL);
        avo_page_put(p, "</svg>");
        avo_page_text(p, g->table->methods[m]);
        avo_page_put(p, "</th>");
        for (size_t k = 0; k < avo_n_measures; k++)
            if (avo_measures[k].better == better && avo_report_has(g, k))
                put_average(g, m, k, group);
        avo_page_put(p, "</tr>\n");
    }
    avo_page_put(p, "</tbody></table></div>\n");
}

/* ---- pairs ---- */

/* Wins to the right in the method's colour, losses to the left in the other's. */
static void put_balance(const struct avo_report_page *g, const struct avo_paired_row *x)
{
    struct avo_page *p = g->page;
    double half = BAR_WIDTH / 2, each = x->n > 0 ? half / (double)x->n : 0;
    double lost = each * (double)x->losses, won = each * (double)x->wins;

    avo_page_printf(p, "<td class=\"strip\"><svg width=\"%.0f\" height=\"14\" role=\"img\" "
                    "aria-label=\"%zu wins, %zu losses\">", BAR_WIDTH, x->wins, x->losses);
    avo_page_printf(p, "<rect class=\"br %s\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"10\"/>",
                    g->series[x->b], half - lost, lost);
    avo_page_printf(p, "<rect class=\"br %s\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"10\"/>",
                    g->series[x->a], half, won);
    avo_page_printf(p, "<path class=\"ax\" d=\"M%.0f 0V14\"/></svg></td>", half);
}

static void pair_row(const struct avo_report_page *g, const struct avo_paired_row *x)
{
    struct avo_page *p = g->page;

    avo_page_printf(p, "<tr><th scope=\"row\">%s</th><td>%zu : %zu</td>",
                    avo_measures[x->measure].label, x->wins, x->losses);
    put_balance(g, x);
    avo_page_put(p, "<td>");
    avo_page_general(p, x->mean_diff);
    avo_page_put(p, "</td><td>");
    avo_page_number(p, x->t, 2);
    avo_page_put(p, "</td><td>");
    avo_page_general(p, x->p);
    avo_page_put(p, "</td></tr>\n");
}

static void pair_table(const struct avo_report_page *g, size_t a, size_t b)
{
    struct avo_page *p = g->page;
    size_t n = 0;

    for (size_t i = 0; i < n_pairs(g); i++)
        n = pair_at(g, i, a, b) != NULL && pair_at(g, i, a, b)->n > n ? pair_at(g, i, a, b)->n : n;
    if (n == 0)
        return;
    avo_page_put(p, "<div><table class=\"pair\">\n<caption><b>");
    avo_page_text(p, g->table->methods[a]);
    avo_page_put(p, "</b> against ");
    avo_page_text(p, g->table->methods[b]);
    avo_page_printf(p, ", %zu track%s</caption>\n<thead><tr>"
                    "<th class=\"l\" scope=\"col\">Measure</th>"
                    "<th scope=\"col\" colspan=\"2\">Better : worse</th>"
                    "<th scope=\"col\">Mean difference</th><th scope=\"col\"><i>t</i></th>"
                    "<th scope=\"col\"><i>p</i></th></tr></thead>\n<tbody>\n", n,
                    n == 1 ? "" : "s");
    for (size_t i = 0; i < n_pairs(g); i++)
        if (pair_at(g, i, a, b) != NULL)
            pair_row(g, pair_at(g, i, a, b));
    avo_page_put(p, "</tbody></table></div>\n");
}

/* Pairs with (or without) the mean over the other cell types. */
static size_t pair_tables(const struct avo_report_page *g, bool with_mean, bool write)
{
    size_t n = 0;

    for (size_t a = 0; a < g->n_methods; a++)
        for (size_t b = 0; b < g->n_methods; b++) {
            bool mean = (int)a == g->mean || (int)b == g->mean, any = false;

            for (size_t i = 0; i < n_pairs(g) && !any; i++)
                any = pair_at(g, i, a, b) != NULL;
            if (!any || mean != with_mean)
                continue;
            n++;
            if (write)
                pair_table(g, a, b);
        }
    return n;
}

static void put_pairs(const struct avo_report_page *g)
{
    struct avo_page *p = g->page;

    avo_page_put(p, "<h3>Methods in pairs</h3>\n");
    avo_page_paragraph(p, "how", "Track by track: on how many the first method is better (bar to "
                       "the right) and worse (to the left); the mean of first less second; paired "
                       "<i>t</i>-test over the tracks, two-sided. The <i>p</i>-values are of one "
                       "test each, not adjusted for their number, and tracks of one cell type or "
                       "assay are not independent of each other.");
    avo_page_put(p, "<div class=\"flow\">\n");
    pair_tables(g, true, true);
    avo_page_put(p, "</div>\n");
    if (pair_tables(g, false, false) == 0)
        return;
    avo_page_put(p, "<details style=\"margin-top:16px\"><summary><b>Other pairs</b></summary>\n"
                 "<div class=\"flow\">\n");
    pair_tables(g, false, true);
    avo_page_put(p, "</div></details>\n");
}

static void put_group(const struct avo_report_page *g, const struct avo_table_group *group)
{
    size_t n = avo_table_group_size(g->table, group);

    if (n == 0)
        return;
    avo_page_printf(g->page, "<h3>%s%zu track%s%s</h3>\n", group->seen ? "" : "Averages over ", n,
                    n == 1 ? "" : "s",
                    group->seen ? " that a model has seen: how well it fits, not how well it "
                    "imputes" : group->paired ? " that every method has" : "");
    summary_table(g, -1, group);
    summary_table(g, 1, group);
}

/* Averages over tracks that no model has seen, those of them that every method has, and seen
 * ones. */
static void put_groups(const struct avo_report_page *g)
{
    struct avo_table_group fresh = {-1, false, false}, whole = {-1, false, true};
    struct avo_table_group seen = {-1, true, false};
    size_t n_whole = avo_table_group_size(g->table, &whole);

    put_group(g, &fresh);
    if (n_whole > 0 && n_whole < avo_table_group_size(g->table, &fresh))
        put_group(g, &whole);
    put_group(g, &seen);
}

/* The same without the excluded bins. */
static void put_kept(const struct avo_report_page *g)
{
    struct avo_table table = avo_table_kept(g->table);
    struct avo_report_page kept = *g;

    kept.table = &table;
    kept.kept = true;
    avo_page_put(g->page, "<details><summary><b>Without the excluded bins</b></summary>\n");
    put_groups(&kept);
    avo_page_put(g->page, "</details>\n");
}

void avo_report_summary(const struct avo_report_page *g)
{
    avo_page_paragraph(g->page, "how", "Averages over tracks, all chromosomes together; the best "
                       "of each column is bold. Scales of assays differ, so that the errors are "
                       "governed by the assays with the largest values: judge a method by the "
                       "tables of each measure, which go assay by assay.%s", n_pairs(g) > 0 &&
                       g->mean >= 0 ? " Below a value: on how many tracks the method is better : "
                       "worse than the mean over the other cell types." : "");
    put_groups(g);
    if (g->table->kept)
        put_kept(g);
    if (n_pairs(g) > 0)
        put_pairs(g);
}
