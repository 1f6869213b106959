/* SPDX-License-Identifier: MIT */
/* report.c: the page of a report: its head, the order of its sections, what they share. */
#include "libcommon/eval/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/report_priv.h"

/* ---- scores ---- */

double avo_report_score(const struct avo_report_page *g, size_t track, size_t method,
                        size_t measure)
{
    return avo_table_score(g->table, g->scope, track, method, measure);
}

double avo_report_average(const struct avo_report_page *g, size_t method, size_t measure,
                          const struct avo_table_group *group)
{
    return avo_table_average(g->table, g->scope, method, measure, group);
}

bool avo_report_has(const struct avo_report_page *g, size_t measure)
{
    return avo_table_has_values(g->table, g->scope, measure);
}

void avo_report_best(const struct avo_report_page *g, size_t measure, const double *values,
                     bool *best)
{
    int better = avo_measures[measure].better;
    double top = NAN;

    for (size_t m = 0; m < g->n_methods; m++)
        if (isfinite(values[m]) && !(better * values[m] <= better * top))
            top = values[m];
    for (size_t m = 0; m < g->n_methods; m++)
        best[m] = values[m] == top;
}

/* ---- names and classes ---- */

const char *avo_report_assay(const struct avo_report_page *g, size_t assay)
{
    return g->observed->tracks[g->chosen->assay_track[assay]].assay;
}

const char *avo_report_series(const struct avo_report_page *g, int method)
{
    return method < 0 || (size_t)method >= g->n_methods ? "ob" : g->series[method];
}

const char *avo_report_method(const struct avo_report_page *g, int method)
{
    return method < 0 || (size_t)method >= g->n_methods ? "observed" : g->table->methods[method];
}

void avo_report_legend(const struct avo_report_page *g, bool observed, bool lines)
{
    const char *series = "ob", *name = "observed";

    avo_page_put(g->page, "<div class=\"legend\">");
    if (observed)
        avo_chart_legend(g->page, &series, &name, 1, lines);
    avo_chart_legend(g->page, g->series, g->table->methods, g->n_methods, lines);
    avo_page_put(g->page, "</div>\n");
}

void avo_report_heading(const struct avo_report_page *g, size_t method)
{
    avo_page_put(g->page, "<th scope=\"col\"><svg width=\"11\" height=\"11\" aria-hidden=\"true\" "
                 "style=\"display:inline-block;margin-right:4px;vertical-align:-1px\">");
    avo_svg_mark(g->page, g->series[method], 5.5, 5.5, NULL);
    avo_page_put(g->page, "</svg>");
    avo_page_text(g->page, g->table->methods[method]);
    avo_page_put(g->page, "</th>");
}

static const char *series_of(size_t method, size_t n_imputed)
{
    static const char *const colours[AVO_PAGE_SERIES] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6",
                                                         "s7"};
    static const char *const greys[AVO_PAGE_GREYS] = {"g0", "g1", "g2"};

    return method < n_imputed ? colours[method % AVO_PAGE_SERIES]
                              : greys[(method - n_imputed) % AVO_PAGE_GREYS];
}

/* ---- the page ---- */

/* A section, its heading, and whether there is anything to show. */
struct section {
    const char *id, *title;
    bool there;
    void (*write)(const struct avo_report_page *g);
};
#define MAX_SECTIONS 9

static size_t list_sections(const struct avo_report_page *g, struct section *s)
{
    const struct avo_report *r = g->r;
    const struct section all[MAX_SECTIONS] = {
        {"summary", "Summary", true, avo_report_summary},
        {"measures", "Measures", true, avo_report_tables},
        {"density", "Imputed against observed", r->density != NULL, avo_report_densities},
        {"variable", "Variable positions", r->n_curves > 0, avo_report_curves},
        {"relations", "Relations between assays", r->n_relations > 0, avo_report_relations},
        {"browser", "Regions", r->browser != NULL && avo_browser_n_regions(r->browser) > 0,
         avo_report_browser},
        {"tracks", "Tracks", true, avo_report_matrix},
        {"quality", "Quality of the inputs", r->n_swaps > 0 || r->n_scales > 0, avo_report_qc}};
    size_t n = 0;

    for (size_t i = 0; i < MAX_SECTIONS; i++)
        if (all[i].write && all[i].there)
            s[n++] = all[i];
    return n;
}

static void write_page(const struct avo_report_page *g)
{
    struct section sections[MAX_SECTIONS];
    size_t n = list_sections(g, sections);

    avo_report_head(g);
    avo_page_put(g->page, "<nav aria-label=\"Contents\">");
    for (size_t i = 0; i < n; i++)
        avo_page_printf(g->page, "<a href=\"#%s\">%s</a>", sections[i].id, sections[i].title);
    avo_page_put(g->page, "</nav>\n");
    for (size_t i = 0; i < n; i++) {
        avo_page_section(g->page, sections[i].id, sections[i].title);
        sections[i].write(g);
        avo_page_section_end(g->page);
    }
    if (!g->r->program)
        return;
    avo_page_put(g->page, "<footer class=\"note\" style=\"margin-top:40px\">Written by ");
    avo_page_text(g->page, g->r->program);
    avo_page_put(g->page, ".</footer>\n");
}

static int write_out(struct avo_report_page *g, struct avo_out *out, struct avo_error *err)
{
    const char *title = g->r->title ? g->r->title : "How good the imputed tracks are";

    g->page = avo_alloc(1, sizeof *g->page, "page", err);
    if (!g->page)
        return -1;
    avo_page_begin(g->page, title, out, err);
    avo_page_put(g->page, "<h1>");
    avo_page_text(g->page, title);
    avo_page_put(g->page, "</h1>\n");
    write_page(g);
    return avo_page_end(g->page);
}

int avo_report_write(const struct avo_report *r, const char *path, struct avo_error *err)
{
    struct avo_report_page g = {.r = r, .table = r->table, .chosen = r->table->chosen,
                                .observed = r->table->observed, .mean = -1};
    struct avo_out out = {0};
    int rc = -1;

    g.scope = avo_eval_n_scopes(g.table->eval) - 1;
    g.n_methods = avo_eval_n_methods(g.table->eval);
    g.n_imputed = g.table->n_imputed;
    g.series = avo_alloc(g.n_methods, sizeof *g.series, "page", err);
    for (size_t m = 0; g.series && m < g.n_methods; m++) {
        g.series[m] = series_of(m, g.n_imputed);
        if (m >= g.n_imputed && strcmp(g.table->methods[m], "mean") == 0)
            g.mean = (int)m;
    }
    if (g.series && avo_out_open(&out, path, NULL, err) == 0 &&
        write_out(&g, &out, err) == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    free(g.page);
    free(g.series);
    return rc;
}
