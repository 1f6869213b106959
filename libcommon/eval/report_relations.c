/* SPDX-License-Identifier: MIT */
/* report_relations.c: relations between assays: dots per cell type, and the numbers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/eval/report_priv.h"

#define PLOT_WIDTH 238.0
#define PLOT_LEFT 100.0
#define ROW 19.0

/* Rows beg .. end of r->relations are one relation. */
struct relation { size_t beg, end; };

static struct relation next_relation(const struct avo_report *r, size_t beg)
{
    struct relation x = {beg, beg + 1};

    while (x.end < r->n_relations &&
           strcmp(r->relations[x.end].relation, r->relations[beg].relation) == 0)
        x.end++;
    return x;
}

/* Row i is the first of its cell type. */
static bool is_first(const struct avo_report *r, const struct relation *x, size_t i)
{
    for (size_t j = x->beg; j < i; j++)
        if (strcmp(r->relations[j].celltype, r->relations[i].celltype) == 0)
            return false;
    return true;
}

static size_t count_celltypes(const struct avo_report *r, const struct relation *x)
{
    size_t n = 0;

    for (size_t i = x->beg; i < x->end; i++)
        n += is_first(r, x, i);
    return n;
}

static const struct avo_report_relation *find(const struct avo_report *r,
                                              const struct relation *x, const char *celltype,
                                              int method)
{
    for (size_t i = x->beg; i < x->end; i++)
        if (r->relations[i].method == method &&
            strcmp(r->relations[i].celltype, celltype) == 0)
            return &r->relations[i];
    return NULL;
}

static bool has_method(const struct avo_report *r, const struct relation *x, int method)
{
    for (size_t i = x->beg; i < x->end; i++)
        if (r->relations[i].method == method)
            return true;
    return false;
}

static bool has_scores(const struct avo_report *r, const struct relation *x)
{
    for (size_t i = x->beg; i < x->end; i++)
        if (isfinite(r->relations[i].score))
            return true;
    return false;
}

/* ---- plots ---- */

static struct avo_scale score_scale(const struct avo_report *r)
{
    struct avo_scale s = {.lo = 0, .hi = 0};

    for (size_t i = 0; i < r->n_relations; i++) {
        double v = r->relations[i].score;

        s.lo = isfinite(v) && v < s.lo ? v : s.lo;
        s.hi = isfinite(v) && v > s.hi ? v : s.hi;
    }
    avo_scale_round(&s, 4);
    return s;
}

static void plot_row(const struct avo_report_page *g, struct avo_chart *c,
                     const struct relation *x, const char *celltype, double row)
{
    double y = c->y.px_hi + (row + 0.5) * ROW;

    avo_svg_label(g->page, PLOT_LEFT - 8, y + 4, "end", "n", celltype, PLOT_LEFT - 8);
    avo_page_printf(g->page, "<path class=\"gr\" d=\"M%.1f %.1fH%.1f\"/>\n", c->x.px_lo, y,
                    c->x.px_hi);
    for (int m = (int)g->n_methods - 1; m >= AVO_REPORT_OBSERVED; m--) {
        const struct avo_report_relation *own = find(g->r, x, celltype, m);
        char tip[160];

        if (!own || !isfinite(own->score))
            continue;
        snprintf(tip, sizeof tip, "%.100s: %.4g", avo_report_method(g, m), own->score);
        avo_svg_mark(g->page, avo_report_series(g, m), avo_scale_px(&c->x, own->score), y, tip);
    }
}

static void plot(const struct avo_report_page *g, const struct relation *x,
                 const struct avo_scale *scale)
{
    const struct avo_report_relation *first = &g->r->relations[x->beg];
    struct avo_chart c = {.page = g->page, .x = *scale};
    double height = ROW * (double)count_celltypes(g->r, x), row = 0;

    avo_page_printf(g->page, "<div style=\"width:%.0fpx\"><h3 style=\"font-size:13.5px\">",
                    PLOT_LEFT + PLOT_WIDTH + 16);
    avo_page_text(g->page, first->relation);
    avo_page_put(g->page, "</h3>\n");
    if (first->expected) {
        avo_page_put(g->page, "<p class=\"note\" style=\"margin:0 0 4px\">expected: ");
        avo_page_text(g->page, first->expected);
        avo_page_put(g->page, "</p>\n");
    }
    avo_chart_place(&c, PLOT_LEFT, 4, PLOT_WIDTH, height);
    avo_svg_begin(g->page, PLOT_LEFT + PLOT_WIDTH + 16, height + 42, first->relation);
    avo_chart_axis_x(&c, 5, false, "score");
    avo_page_printf(g->page, "<path class=\"dg\" d=\"M%.1f %.1fV%.1f\"/>\n",
                    avo_scale_px(&c.x, 0), c.y.px_lo, c.y.px_hi);
    for (size_t i = x->beg; i < x->end; i++)
        if (is_first(g->r, x, i))
            plot_row(g, &c, x, g->r->relations[i].celltype, row++);
    avo_svg_end(g->page);
    avo_page_put(g->page, "</div>\n");
}

/* ---- numbers ---- */

static void table_row(const struct avo_report_page *g, const struct relation *x, size_t i)
{
    const char *celltype = g->r->relations[i].celltype;
    struct avo_page *p = g->page;

    avo_page_put(p, "<tr><th scope=\"row\">");
    avo_page_text(p, celltype);
    avo_page_put(p, "</th><td>");
    avo_page_count(p, g->r->relations[i].n_genes);
    avo_page_put(p, "</td>");
    for (int m = AVO_REPORT_OBSERVED; m < (int)g->n_methods; m++) {
        const struct avo_report_relation *own = find(g->r, x, celltype, m);

        avo_page_put(p, "<td>");
        avo_page_number(p, own != NULL ? own->score : NAN, 3);
        avo_page_put(p, "</td>");
    }
    avo_page_put(p, "</tr>\n");
}

static void numbers(const struct avo_report_page *g)
{
    struct avo_page *p = g->page;
    struct relation x;

    avo_page_put(p, "<details style=\"margin-top:18px\"><summary><b>The numbers</b></summary>\n"
                 "<div class=\"scroll\"><table>\n"
                 "<thead><tr><th class=\"l\" scope=\"col\">Relation, cell type</th>"
                 "<th scope=\"col\">Genes</th><th scope=\"col\">observed</th>");
    for (size_t m = 0; m < g->n_methods; m++)
        avo_report_heading(g, m);
    avo_page_put(p, "</tr></thead>\n");
    for (size_t beg = 0; beg < g->r->n_relations; beg = x.end) {
        x = next_relation(g->r, beg);
        avo_page_printf(p, "<tbody>\n<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%zu\">",
                        g->n_methods + 3);
        avo_page_text(p, g->r->relations[beg].relation);
        avo_page_put(p, "</th></tr>\n");
        for (size_t i = x.beg; i < x.end; i++)
            if (is_first(g->r, &x, i))
                table_row(g, &x, i);
        avo_page_put(p, "</tbody>\n");
    }
    avo_page_put(p, "</table></div></details>\n");
}

void avo_report_relations(const struct avo_report_page *g)
{
    struct avo_scale scale = score_scale(g->r);
    struct relation all = {0, g->r->n_relations}, x;
    size_t n_empty = 0;

    for (size_t beg = 0; beg < all.end; beg = x.end) {
        x = next_relation(g->r, beg);
        n_empty += !has_scores(g->r, &x);
    }
    avo_page_paragraph(g->page, "how", "What is known to hold between assays should hold between "
                       "imputed tracks of one cell type as it does between the measured ones. The "
                       "score is the rank correlation over genes, turned so that more is better: "
                       "as it is where it should be positive, its negative where negative, and "
                       "less its size where there should be none. A method that keeps the relation "
                       "lies near the dark mark of the measured tracks.%s", n_empty > 0 ?
                       " Relations without a score (too few genes with values, or constant ones) "
                       "are in the table alone." : "");
    avo_page_put(g->page, "<figure>\n");
    avo_report_legend(g, has_method(g->r, &all, AVO_REPORT_OBSERVED), false);
    avo_page_put(g->page, "<div class=\"flow\">\n");
    for (size_t beg = 0; beg < g->r->n_relations; beg = x.end) {
        x = next_relation(g->r, beg);
        if (has_scores(g->r, &x))
            plot(g, &x, &scale);
    }
    avo_page_put(g->page, "</div></figure>\n");
    numbers(g);
}
