/* SPDX-License-Identifier: MIT */
/* report_browser.c: regions as a genome browser shows them: observed and predicted tracks stacked
 * over one another. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/report_priv.h"

#define LEFT 196.0
#define WIDTH 890.0
#define NAME_WIDTH 100.0
#define METHOD_WIDTH 92.0
#define ROW 25.0
#define ROW_GAP 2.0
#define GROUP_GAP 13.0
#define TOP 20.0

/* One region while it is drawn. */
struct view {
    const struct avo_report_page *g;
    size_t region, lines;       /* lines of a track: observed and methods */
    struct avo_chart chart;
    struct avo_ticks ticks;     /* bp */
    float *mean, *max;          /* [AVO_BROWSER_PIXELS] */
};

static double group_height(const struct view *v)
{
    return (double)v->lines * (ROW + ROW_GAP) + GROUP_GAP;
}

static double largest(const struct view *v, size_t track)
{
    const struct avo_browser *b = v->g->r->browser;
    double hi = 0;

    for (size_t line = 0; line < v->lines; line++) {
        avo_browser_column(b, v->region, track, line, v->mean, v->max);
        for (size_t i = 0; i < avo_browser_pixels(b, v->region); i++)
            if (!isnan(v->max[i]) && (double)v->max[i] > hi)
                hi = (double)v->max[i];
    }
    return hi > 0 ? hi : 1;
}

static void put_line(struct view *v, size_t track, size_t line, double top)
{
    const struct avo_report_page *g = v->g;
    const struct avo_browser *b = g->r->browser;
    size_t n = avo_browser_pixels(b, v->region);
    int method = line == 0 ? AVO_REPORT_OBSERVED : (int)avo_browser_method(b, line - 1);
    const char *series = avo_report_series(g, method);
    bool any = false;

    avo_browser_column(b, v->region, track, line, v->mean, v->max);
    for (size_t i = 0; i < n; i++)
        any |= !isnan(v->mean[i]);
    avo_svg_label(g->page, LEFT - 8, top + ROW - 5, "end", "s", avo_report_method(g, method),
                  METHOD_WIDTH);
    avo_chart_place(&v->chart, LEFT, top, WIDTH, ROW);
    if (any) {
        avo_chart_area(&v->chart, series, "shade", v->max, n);
        avo_chart_area(&v->chart, series, "full", v->mean, n);
    } else {
        avo_svg_text(g->page, LEFT + 6, top + ROW - 7, "start", "s", "no values");
    }
    avo_page_printf(g->page, "<path class=\"ax\" d=\"M%.0f %.1fH%.0f\"/>\n", LEFT, top + ROW,
                    LEFT + WIDTH);
}

static void put_group(struct view *v, size_t track, double top)
{
    const struct avo_report_page *g = v->g;
    size_t own = g->chosen->scored[avo_browser_track(g->r->browser, track)];
    const struct avo_track *names = &g->observed->tracks[own];
    char limit[32];

    v->chart.y = (struct avo_scale){.lo = 0, .hi = largest(v, track)};
    snprintf(limit, sizeof limit, "%.3g", v->chart.y.hi);
    avo_svg_label(g->page, 0, top + ROW - 12, "start", "t", names->assay, NAME_WIDTH);
    avo_svg_label(g->page, 0, top + ROW + 3, "start", "n", names->celltype, NAME_WIDTH);
    for (size_t line = 0; line < v->lines; line++)
        put_line(v, track, line, top + (double)line * (ROW + ROW_GAP));
    avo_svg_text(g->page, LEFT + WIDTH + 5, top + 8, "start", "s", limit);
    avo_svg_text(g->page, LEFT + WIDTH + 5, top + ROW + 2, "start", "s", "0");
}

/* Positions in Mb with as many decimals as neighbours need to differ. */
static void put_positions(const struct view *v, double bottom)
{
    struct avo_page *p = v->g->page;
    double step = v->ticks.n > 1 ? v->ticks.at[1] - v->ticks.at[0] : 1e6;
    int decimals = step < 1e6 ? (int)ceil(6 - log10(step) - 1e-9) : 0;

    for (int i = 0; i < v->ticks.n; i++) {
        double px = avo_scale_px(&v->chart.x, v->ticks.at[i]);
        char label[40];

        snprintf(label, sizeof label, "%.*f", decimals, v->ticks.at[i] / 1e6);
        avo_page_printf(p, "<path class=\"gr\" d=\"M%.1f %.1fV%.1f\"/>\n", px, TOP - 4, bottom);
        avo_svg_text(p, px, TOP - 8, "middle", "s", label);
        avo_svg_text(p, px, bottom + 14, "middle", "s", label);
    }
    avo_svg_text(p, LEFT + WIDTH + 40, TOP - 8, "end", "s", "Mb");
}

static void put_picture(struct view *v, const char *title)
{
    const struct avo_report_page *g = v->g;
    const struct avo_browser *b = g->r->browser;
    const struct avo_extent *e = avo_browser_region(b, v->region);
    double bp = g->observed->bin_bp, bottom;

    v->chart = (struct avo_chart){.page = g->page,
                                  .x = {.lo = e->beg_bin * bp, .hi = e->end_bin * bp}};
    avo_chart_place(&v->chart, LEFT, TOP, WIDTH, ROW);
    avo_ticks_make(&v->chart.x, 7, &v->ticks);
    bottom = TOP + (double)avo_browser_n_tracks(b) * group_height(v) - GROUP_GAP + ROW_GAP;
    avo_svg_begin(g->page, LEFT + WIDTH + 40, bottom + 20, title);
    put_positions(v, bottom);
    for (size_t i = 0; i < avo_browser_n_tracks(b); i++)
        put_group(v, i, TOP + (double)i * group_height(v));
    avo_svg_end(g->page);
}

/* 1,234,567 */
static void put_commas(char *out, size_t size, uint64_t v)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
    size_t n = 0;

    for (int i = 0; i < len && n + 2 < size; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = digits[i];
    }
    out[n] = '\0';
}

static void put_region(struct view *v)
{
    const struct avo_report_page *g = v->g;
    const struct avo_extent *e = avo_browser_region(g->r->browser, v->region);
    uint64_t bp = g->observed->bin_bp, end = e->end_bin * bp;
    uint64_t len = g->observed->chroms[e->chrom].len_bp;
    char from[32], to[32], title[160];

    put_commas(from, sizeof from, e->beg_bin * bp + 1);
    put_commas(to, sizeof to, end < len ? end : len);
    snprintf(title, sizeof title, "%.80s:%s-%s", g->observed->chroms[e->chrom].name, from, to);
    avo_page_put(g->page, "<figure><h3>");
    avo_page_text(g->page, title);
    avo_page_put(g->page, "</h3>\n");
    put_picture(v, title);
    avo_page_put(g->page, "</figure>\n");
}

void avo_report_browser(const struct avo_report_page *g)
{
    const struct avo_browser *b = g->r->browser;
    struct view v = {.g = g, .lines = 1 + avo_browser_n_methods(b)};
    size_t n = avo_browser_n_tracks(b);

    v.mean = avo_alloc(AVO_BROWSER_PIXELS, sizeof *v.mean, "page", g->page->err);
    v.max = avo_alloc(AVO_BROWSER_PIXELS, sizeof *v.max, "page", g->page->err);
    avo_page_paragraph(g->page, "how", "Observed tracks and under each what was predicted for it, "
                       "on one scale a track (its upper end at the right). Full colour: the mean "
                       "of the bins that share a pixel column; pale: their maximum.%s",
                       n < g->chosen->n_scored ? " Only some of the scored tracks are shown, "
                       "as many of each assay as fit." : "");
    if (!v.mean || !v.max)
        g->page->failed = true;
    for (v.region = 0; !g->page->failed && v.region < avo_browser_n_regions(b); v.region++)
        put_region(&v);
    free(v.mean);
    free(v.max);
}
