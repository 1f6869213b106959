/* SPDX-License-Identifier: MIT */
/* report_figures.c: densities of imputed against observed values, and the curves over variable
 * positions. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/report_priv.h"

/* ---- densities ---- */

#define PAGE_WIDTH 1132.0
#define FLOW_GAP 20.0           /* between pictures side by side (page_style.c: .flow) */
#define DENSITY_LEAST 118.0
#define DENSITY_MOST 210.0
#define DENSITY_LEFT 44.0
#define DENSITY_RIGHT 8.0
#define DENSITY_TOP 24.0

/* The side of a panel: as many assays beside each other as leave room to see something. */
static double density_side(size_t n_methods, size_t n_assays)
{
    double side = 0;

    for (size_t blocks = 1; blocks <= n_assays; blocks++) {
        double panels = (double)(blocks * n_methods);
        double next = floor((PAGE_WIDTH - (panels - 1) * FLOW_GAP - 1) / panels - DENSITY_LEFT -
                            DENSITY_RIGHT);

        if (next < DENSITY_LEAST)
            break;
        side = next;
    }
    side = side < DENSITY_LEAST ? DENSITY_LEAST : side;
    return side < DENSITY_MOST ? side : DENSITY_MOST;
}

/* Which panel, and how it is drawn. */
struct panel { size_t assay, method; double side; uint64_t max; };

static void density_panel(const struct avo_report_page *g, const struct panel *x)
{
    struct avo_density_view v = avo_density_view(g->r->density, x->assay, x->method);
    bool arcsinh = avo_density_is_arcsinh(g->r->density);
    double hi = (double)v.cells * v.width;
    enum avo_scale_kind kind = arcsinh ? AVO_SCALE_ARCSINH : AVO_SCALE_LINEAR;
    struct avo_chart c = {.page = g->page, .x = {.kind = kind, .hi = arcsinh ? sinh(hi) : hi}};
    char title[256];

    c.y = c.x;
    avo_chart_place(&c, DENSITY_LEFT, DENSITY_TOP, x->side, x->side);
    snprintf(title, sizeof title, "%s imputed by %s against observed",
             avo_report_assay(g, x->assay), g->table->methods[x->method]);
    avo_svg_begin(g->page, DENSITY_LEFT + x->side + DENSITY_RIGHT, DENSITY_TOP + x->side + 38,
                  title);
    avo_svg_label(g->page, DENSITY_LEFT, 15, "start", "t",
                  avo_density_n_methods(g->r->density) > 1 ? g->table->methods[x->method]
                                                           : avo_report_assay(g, x->assay),
                  x->side);
    avo_chart_heat(&c, v.counts, v.stride, v.cells, x->max);
    avo_page_printf(g->page, "<path class=\"dg\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", c.x.px_lo,
                    c.y.px_lo, c.x.px_hi, c.y.px_hi);
    avo_chart_axis_x(&c, 4, false, "observed");
    avo_chart_axis_y(&c, 4, false, "imputed");
    avo_svg_end(g->page);
}

static uint64_t fullest(const struct avo_report_page *g)
{
    uint64_t max = 0;

    for (size_t a = 0; a < g->chosen->n_assays; a++)
        for (size_t m = 0; m < avo_density_n_methods(g->r->density); m++) {
            struct avo_density_view v = avo_density_view(g->r->density, a, m);

            max = v.max > max ? v.max : max;
        }
    return max;
}

static void density_assay(const struct avo_report_page *g, struct panel x)
{
    size_t n = avo_density_n_methods(g->r->density);

    if (n > 1) {
        avo_page_put(g->page, "<div><h3>");
        avo_page_text(g->page, avo_report_assay(g, x.assay));
        avo_page_put(g->page, "</h3>\n<div class=\"flow\">\n");
    }
    for (x.method = 0; x.method < n; x.method++)
        if (avo_density_view(g->r->density, x.assay, x.method).n > 0)
            density_panel(g, &x);
    avo_page_put(g->page, n > 1 ? "</div></div>\n" : "");
}

static void density_assays(const struct avo_report_page *g, uint64_t max)
{
    struct panel x = {.max = max};
    size_t n_assays = 0;

    for (size_t a = 0; a < g->chosen->n_assays; a++)
        n_assays += avo_density_view(g->r->density, a, 0).cells > 0;
    x.side = density_side(avo_density_n_methods(g->r->density), n_assays);
    for (x.assay = 0; x.assay < g->chosen->n_assays; x.assay++)
        if (avo_density_view(g->r->density, x.assay, 0).cells > 0)
            density_assay(g, x);
}

void avo_report_densities(const struct avo_report_page *g)
{
    uint64_t max = fullest(g);

    if (max == 0) {
        avo_page_paragraph(g->page, "how", "No bin has both an observed and an imputed value.");
        return;
    }
    avo_page_paragraph(g->page, "how", "Scored bins of all scored tracks of an assay by their "
                       "observed and imputed values. A perfect imputation lies on the dashed "
                       "diagonal; below it peaks are imputed too low, above it too high. The "
                       "colour is logarithmic: most bins lie in the dark corner. Negative values "
                       "count as 0%s.", avo_density_is_arcsinh(g->r->density) ?
                       "; axes are linear in arcsinh of the value" : "");
    if (avo_density_n_methods(g->r->density) == 1) {
        avo_page_put(g->page, "<p class=\"how\">Imputed by: ");
        avo_page_text(g->page, g->table->methods[0]);
        avo_page_put(g->page, ".</p>\n");
    }
    avo_page_put(g->page, "<figure>\n");
    avo_heat_key(g->page, max, "Bins in a cell");
    avo_page_put(g->page, "<div class=\"flow\" style=\"margin-top:14px\">\n");
    density_assays(g, max);
    avo_page_put(g->page, "</div></figure>\n");
}

/* ---- variable positions ---- */

#define CURVE_WIDTH 236.0
#define CURVE_HEIGHT 128.0
#define CURVE_LEFT 46.0
#define CURVE_TOP 24.0

enum curve_panel { PANEL_MSE, PANEL_PRECISION, PANEL_RECALL, PANEL_BINS };

static double panel_value(const struct avo_report_curve *x, enum curve_panel panel)
{
    switch (panel) {
    case PANEL_MSE: return x->mse;
    case PANEL_PRECISION: return x->precision;
    case PANEL_RECALL: return x->recall;
    default: return x->n > 0 ? (double)x->n : NAN;
    }
}

/* Space for the points of one line. */
struct points { double *x, *y; size_t n; };

static int by_x(const void *a, const void *b)
{
    const struct avo_report_curve *const *p = a, *const *q = b;

    return ((*p)->k > (*q)->k) - ((*p)->k < (*q)->k);
}

/* Rows of an assay and method in the order of k. */
static size_t pick(const struct avo_report_page *g, size_t assay, int method,
                   const struct avo_report_curve **rows)
{
    size_t n = 0;

    for (size_t i = 0; i < g->r->n_curves; i++)
        if (g->r->curves[i].assay == assay && g->r->curves[i].method == method)
            rows[n++] = &g->r->curves[i];
    qsort(rows, n, sizeof *rows, by_x);
    return n;
}

static void curve_line(const struct avo_chart *c, const struct avo_report_page *g,
                       const struct avo_report_curve *const *rows, size_t n, enum curve_panel panel,
                       struct points *space)
{
    const char *series = avo_report_series(g, rows[0]->method);
    bool any = false;
    char tip[160];

    for (size_t i = 0; i < n; i++) {
        space->x[i] = rows[i]->k;
        space->y[i] = panel_value(rows[i], panel);
        any |= !isnan(space->y[i]);
    }
    if (!any)
        return;
    avo_chart_line(c, series, space->x, space->y, n, false);
    for (size_t i = 0; i < n; i++) {
        snprintf(tip, sizeof tip, "%.100s, %d: %.4g", avo_report_method(g, rows[i]->method),
                 rows[i]->k, space->y[i]);
        avo_chart_mark(c, series, space->x[i], space->y[i], tip);
    }
}

/* Ranges of an assay's panels. */
static void curve_scales(const struct avo_report_page *g, size_t assay, enum curve_panel panel,
                         struct avo_chart *c)
{
    double hi = 0;
    int last = 1;

    for (size_t i = 0; i < g->r->n_curves; i++) {
        const struct avo_report_curve *x = &g->r->curves[i];
        double v = panel_value(x, panel);

        if (x->assay != assay)
            continue;
        last = x->k > last ? x->k : last;
        hi = !isnan(v) && v > hi ? v : hi;
    }
    c->x = (struct avo_scale){.lo = 0.5, .hi = last + 0.5};
    c->y = (struct avo_scale){.hi = panel == PANEL_PRECISION || panel == PANEL_RECALL ? 1 : hi};
    if (panel == PANEL_BINS)
        c->y = (struct avo_scale){AVO_SCALE_LOG, 1, hi > 10 ? hi : 10, 0, 0};
    avo_scale_round(&c->y, 4);
}

static void curve_bins(const struct avo_chart *c, const struct avo_report_page *g, size_t assay)
{
    for (size_t i = 0; i < g->r->n_curves; i++) {
        const struct avo_report_curve *x = &g->r->curves[i];
        bool first = x->assay == assay && x->n > 0;
        char tip[80];

        for (size_t j = 0; j < i && first; j++)
            first = g->r->curves[j].assay != assay || g->r->curves[j].k != x->k ||
                    g->r->curves[j].n == 0;
        snprintf(tip, sizeof tip, "%d: %llu", x->k, (unsigned long long)x->n);
        if (first)
            avo_chart_bar(c, "g2", x->k - 0.4, x->k + 0.4, (double)x->n, tip);
    }
}

static void curve_panel(const struct avo_report_page *g, size_t assay, enum curve_panel panel,
                        const struct avo_report_curve **rows, struct points *space)
{
    static const char *const names[] = {"MSE", "Precision", "Recall", "Bins"};
    struct avo_chart c = {.page = g->page};
    char title[256];

    curve_scales(g, assay, panel, &c);
    avo_chart_place(&c, CURVE_LEFT, CURVE_TOP, panel == PANEL_BINS ? CURVE_WIDTH * 0.62
                                                                   : CURVE_WIDTH, CURVE_HEIGHT);
    snprintf(title, sizeof title, "%s of %s by number of cell types with a peak", names[panel],
             avo_report_assay(g, assay));
    avo_svg_begin(g->page, c.x.px_hi + 8, CURVE_TOP + CURVE_HEIGHT + 38, title);
    avo_svg_text(g->page, CURVE_LEFT, 15, "start", "t", names[panel]);
    avo_chart_axis_y(&c, 4, true, NULL);
    avo_chart_axis_x_whole(&c, "cell types with a peak");
    if (panel == PANEL_BINS)
        curve_bins(&c, g, assay);
    for (int m = (int)g->n_methods - 1; m >= AVO_REPORT_OBSERVED && panel != PANEL_BINS; m--) {
        size_t n = pick(g, assay, m, rows);

        if (n > 0)
            curve_line(&c, g, rows, n, panel, space);
    }
    avo_svg_end(g->page);
}

static void curve_assay(const struct avo_report_page *g, size_t assay,
                        const struct avo_report_curve **rows, struct points *space)
{
    bool any = false;

    for (size_t i = 0; i < g->r->n_curves; i++)
        any |= g->r->curves[i].assay == assay;
    if (!any)
        return;
    avo_page_put(g->page, "<h3>");
    avo_page_text(g->page, avo_report_assay(g, assay));
    avo_page_put(g->page, "</h3>\n<div class=\"flow\">\n");
    for (enum curve_panel panel = PANEL_MSE; panel <= PANEL_BINS; panel++)
        curve_panel(g, assay, panel, rows, space);
    avo_page_put(g->page, "</div>\n");
}

void avo_report_curves(const struct avo_report_page *g)
{
    size_t n = g->r->n_curves;
    const struct avo_report_curve **rows = avo_alloc(n, sizeof *rows, "page", g->page->err);
    struct points space = {avo_alloc(n, sizeof(double), "page", g->page->err),
                           avo_alloc(n, sizeof(double), "page", g->page->err), 0};
    bool observed = false;

    for (size_t i = 0; i < n; i++)
        observed |= g->r->curves[i].method == AVO_REPORT_OBSERVED;
    avo_page_paragraph(g->page, "how", "Bins grouped by the number of measured cell types that "
                       "have a called peak there; bins that are never a peak are left out. At the "
                       "left peaks are particular to few cell types: there an imputation must know "
                       "the cell type, and the mean over the others cannot. Precision and recall "
                       "are of values above the threshold against called peaks%s.", observed ?
                       "; the measured signal itself, with the same threshold, is the dashed dark "
                       "line" : "");
    if (!rows || !space.x || !space.y) {
        g->page->failed = true;
    } else {
        avo_page_put(g->page, "<figure>\n");
        avo_report_legend(g, observed, true);
        for (size_t a = 0; a < g->chosen->n_assays; a++)
            curve_assay(g, a, rows, &space);
        avo_page_put(g->page, "</figure>\n");
    }
    free(rows);
    free(space.x);
    free(space.y);
}
