/* SPDX-License-Identifier: MIT */
/* chart.h: static SVG charts in a page: axes, lines, marks, bars, heat maps. */
#ifndef AVO_REPORT_CHART_H
#define AVO_REPORT_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/report/page.h"

/* From values to pixels: linear, logarithmic (lo > 0), or linear in arcsinh of the value. */
enum avo_scale_kind { AVO_SCALE_LINEAR, AVO_SCALE_LOG, AVO_SCALE_ARCSINH };
struct avo_scale {
    enum avo_scale_kind kind;
    double lo, hi;          /* values */
    double px_lo, px_hi;    /* where they lie; px_lo > px_hi for a vertical axis */
};
/* Values outside lo .. hi are drawn at the end they passed. */
double avo_scale_px(const struct avo_scale *s, double v);
/* Widens lo .. hi to round values, so that an axis begins and ends on a tick. */
void avo_scale_round(struct avo_scale *s, int want);

/* Round values in lo .. hi, about want of them. decimals: as many as they need. */
#define AVO_MAX_TICKS 16
struct avo_ticks {
    int n, decimals;
    double at[AVO_MAX_TICKS];
};
void avo_ticks_make(const struct avo_scale *s, int want, struct avo_ticks *t);

/* An SVG picture w x h pixels, told to those who cannot see it by its title. */
void avo_svg_begin(struct avo_page *p, double w, double h, const char *title);
void avo_svg_end(struct avo_page *p);
/* anchor: start, middle or end. class may be NULL. */
void avo_svg_text(struct avo_page *p, double x, double y, const char *anchor, const char *class,
                  const char *text);

/* The same, its middle cut out where it is longer than about width pixels; the whole text is its
 * tip then. */
void avo_svg_label(struct avo_page *p, double x, double y, const char *anchor, const char *class,
                   const char *text, double width);

/* A panel inside a picture: pixels from the scales' px_*. Series are named by class (page.h). */
struct avo_chart {
    struct avo_page *page;
    struct avo_scale x, y;
};
/* Places a panel: its plotting area is left .. left + w, top .. top + h. */
void avo_chart_place(struct avo_chart *c, double left, double top, double w, double h);
/* Axes with ticks, numbers and titles (NULL: none); grid lines across. */
void avo_chart_axis_x(const struct avo_chart *c, int want, bool grid, const char *title);
void avo_chart_axis_y(const struct avo_chart *c, int want, bool grid, const char *title);
/* Ticks at whole numbers lo .. hi only, every step-th so that they fit. */
void avo_chart_axis_x_whole(const struct avo_chart *c, const char *title);

/* x, y [n]; NaN breaks the line. steps: from each x to the next the line stays at the y of the
 * left one (precision and recall). */
void avo_chart_line(const struct avo_chart *c, const char *series, const double *x,
                    const double *y, size_t n, bool steps);
/* A mark in the shape of its series. tip: text shown on pointing at it, or NULL. */
void avo_chart_mark(const struct avo_chart *c, const char *series, double x, double y,
                    const char *tip);
/* The same mark at a pixel, for legends. */
void avo_svg_mark(struct avo_page *p, const char *series, double px, double py, const char *tip);
/* A bar from the axis' lower end (or 0 where that is inside) to y, between x0 and x1. */
void avo_chart_bar(const struct avo_chart *c, const char *series, double x0, double x1, double y,
                   const char *tip);
/* Whiskers y - err .. y + err at x. */
void avo_chart_error(const struct avo_chart *c, const char *series, double x, double y,
                     double err);
/* counts [n][n] with rows stride apart, [row of y][column of x], cover the whole area (cells of
 * equal width in pixels); colours by log of the count, max being the last level; 0 is blank. */
void avo_chart_heat(const struct avo_chart *c, const uint64_t *counts, size_t stride, size_t n,
                    uint64_t max);
/* Level 0 .. AVO_PAGE_HEATS - 1 of a count > 0. */
int avo_heat_level(uint64_t count, uint64_t max);
/* The key to a heat map: levels with their counts. */
void avo_heat_key(struct avo_page *p, uint64_t max, const char *what);
/* A column per pixel between y 0 and the values: v [n], drawn at left + i * w / n. NaN is blank.
 * extra: further classes ("shade"). */
void avo_chart_area(const struct avo_chart *c, const char *series, const char *extra,
                    const float *v, size_t n);

/* Names with their marks or lines: series [n] classes, names [n]. */
void avo_chart_legend(struct avo_page *p, const char *const *series, const char *const *names,
                      size_t n, bool lines);

#endif
