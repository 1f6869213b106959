/* SPDX-License-Identifier: MIT */
/* chart.c: scales, axes and what is drawn between them. */
#include "libcommon/report/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/utf8.h"

#define TICK 4.0
#define CHARACTER 7.2       /* mean width of a letter of labels, on the wide side */
#define SMALL_CHARACTER 6.0

/* ---- scales ---- */

static double straight(const struct avo_scale *s, double v)
{
    switch (s->kind) {
    case AVO_SCALE_LOG: return log10(v > s->lo ? v : s->lo);
    case AVO_SCALE_ARCSINH: return asinh(v);
    default: return v;
    }
}

double avo_scale_px(const struct avo_scale *s, double v)
{
    double lo = straight(s, s->lo), hi = straight(s, s->hi), at;

    at = hi > lo ? (straight(s, v) - lo) / (hi - lo) : 0;
    at = at > 0 ? at : 0;
    at = at < 1 ? at : 1;
    return s->px_lo + at * (s->px_hi - s->px_lo);
}

/* The round step, 1, 2 or 5 times a power of ten, nearest to range / want. */
static double round_step(double range, int want, int *decimals)
{
    double rough = range / (want > 0 ? want : 1), power, m;
    int exponent;

    if (!(rough > 0) || !isfinite(rough))
        rough = 1;
    exponent = (int)floor(log10(rough));
    power = pow(10, exponent);
    m = rough / power;
    m = m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10;
    if (m == 10)
        exponent++;
    *decimals = exponent < 0 ? -exponent : 0;
    return m * power;
}

void avo_scale_round(struct avo_scale *s, int want)
{
    int decimals;
    double step;

    if (s->kind == AVO_SCALE_LOG) {
        s->lo = pow(10, floor(log10(s->lo) + 1e-9));
        s->hi = pow(10, ceil(log10(s->hi) - 1e-9));
        if (!(s->hi > s->lo))
            s->hi = s->lo * 10;
        return;
    }
    if (!(s->hi > s->lo))
        s->hi = s->lo + 1;
    /* The wider range can ask for a wider step; ticks are made from the range at the end. */
    for (int i = 0; i < 3; i++) {
        step = round_step(s->hi - s->lo, want, &decimals);
        s->lo = floor(s->lo / step + 1e-9) * step;
        s->hi = ceil(s->hi / step - 1e-9) * step;
    }
}

/* 1, 10, 100 ... inside lo .. hi, every k-th power. From 0 on for arcsinh. */
static void powers(const struct avo_scale *s, int want, struct avo_ticks *t)
{
    bool zero = s->kind == AVO_SCALE_ARCSINH;
    int from = zero ? 0 : (int)ceil(log10(s->lo) - 1e-9);
    int to = s->hi > 0 ? (int)floor(log10(s->hi) + 1e-9) : from, step = 1;

    while ((to - from) / step + 1 > want || (to - from) / step + 2 > AVO_MAX_TICKS)
        step++;
    if (zero)
        t->at[t->n++] = 0;
    for (int e = from; e <= to; e += step)
        t->at[t->n++] = pow(10, e);
    t->decimals = from < 0 ? -from : 0;
}

void avo_ticks_make(const struct avo_scale *s, int want, struct avo_ticks *t)
{
    double step;

    t->n = 0;
    t->decimals = 0;
    want = want < 1 ? 1 : want;
    if (s->kind != AVO_SCALE_LINEAR) {
        powers(s, want, t);
        return;
    }
    step = round_step(s->hi - s->lo, want, &t->decimals);
    for (double i = ceil(s->lo / step - 1e-9); t->n < AVO_MAX_TICKS; i++) {
        if (i * step > s->hi + 1e-9 * step)
            break;
        t->at[t->n++] = i * step + 0.0;     /* no -0 */
    }
}

/* ---- pictures and text ---- */

void avo_svg_begin(struct avo_page *p, double w, double h, const char *title)
{
    avo_page_printf(p, "<svg role=\"img\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
                    "aria-label=\"", w, h, w, h);
    avo_page_text(p, title);
    avo_page_put(p, "\"><title>");
    avo_page_text(p, title);
    avo_page_put(p, "</title>\n");
}

void avo_svg_end(struct avo_page *p)
{
    avo_page_put(p, "</svg>\n");
}

/* A coordinate with one decimal at most: 12, 12.5. */
static void put_px(struct avo_page *p, const char *before, double v)
{
    double tenths = round(v * 10);

    if (fmod(tenths, 10) == 0)
        avo_page_printf(p, "%s%.0f", before, tenths / 10 + 0.0);
    else
        avo_page_printf(p, "%s%.1f", before, tenths / 10);
}

static void open_text(struct avo_page *p, double x, double y, const char *anchor,
                      const char *class)
{
    put_px(p, "<text x=\"", x);
    put_px(p, "\" y=\"", y);
    avo_page_put(p, "\"");
    if (strcmp(anchor, "start") != 0)
        avo_page_printf(p, " text-anchor=\"%s\"", anchor);
    if (class)
        avo_page_printf(p, " class=\"%s\"", class);
    avo_page_put(p, ">");
}

void avo_svg_text(struct avo_page *p, double x, double y, const char *anchor, const char *class,
                  const char *text)
{
    open_text(p, x, y, anchor, class);
    avo_page_text(p, text);
    avo_page_put(p, "</text>\n");
}

/* Where character i begins; the end of the text if there are fewer. */
static size_t character_at(const char *text, size_t i)
{
    size_t at = 0;

    for (; text[at] != '\0'; at++)
        if (avo_utf8_begins(text[at]) && i-- == 0)
            break;
    return at;
}

void avo_svg_label(struct avo_page *p, double x, double y, const char *anchor, const char *class,
                   const char *text, double width)
{
    double each = class && strcmp(class, "s") == 0 ? SMALL_CHARACTER : CHARACTER;
    size_t max_chars = width > 4 * each ? (size_t)(width / each) : 4, n = 0;
    size_t tail = (max_chars - 1) / 3;

    while (text[character_at(text, n)] != '\0')
        n++;
    if (n <= max_chars) {
        avo_svg_text(p, x, y, anchor, class, text);
        return;
    }
    open_text(p, x, y, anchor, class);
    avo_page_put(p, "<title>");
    avo_page_text(p, text);
    avo_page_put(p, "</title>");
    avo_page_text_n(p, text, character_at(text, max_chars - 1 - tail));
    avo_page_put(p, "\xE2\x80\xA6");
    avo_page_text(p, text + character_at(text, n - tail));
    avo_page_put(p, "</text>\n");
}

static void put_line(struct avo_page *p, const char *class, double x0, double y0, double x1,
                     double y1)
{
    avo_page_printf(p, "<path class=\"%s\" d=\"", class);
    put_px(p, "M", x0);
    put_px(p, " ", y0);
    if (x0 == x1)
        put_px(p, "V", y1);
    else if (y0 == y1)
        put_px(p, "H", x1);
    else {
        put_px(p, "L", x1);
        put_px(p, " ", y1);
    }
    avo_page_put(p, "\"/>\n");
}

static void put_tip(struct avo_page *p, const char *tip, const char *element)
{
    if (!tip) {
        avo_page_put(p, "/>\n");
        return;
    }
    avo_page_put(p, "><title>");
    avo_page_text(p, tip);
    avo_page_printf(p, "</title></%s>\n", element);
}

/* ---- axes ---- */

void avo_chart_place(struct avo_chart *c, double left, double top, double w, double h)
{
    c->x.px_lo = left;
    c->x.px_hi = left + w;
    c->y.px_lo = top + h;
    c->y.px_hi = top;
}

/* Numbers of 10,000 and more as powers or with k, M: axes have little room. */
static void put_tick_number(struct avo_page *p, double v, const struct avo_ticks *t,
                            enum avo_scale_kind kind)
{
    double size = fabs(v);

    if (kind != AVO_SCALE_LINEAR) {
        if (size >= 1e9 || (size > 0 && size < 1e-3))
            avo_page_printf(p, "%.0e", v);
        else
            avo_page_printf(p, size >= 1e6 ? "%.0fM" : size >= 1e3 ? "%.0fk" : "%g",
                            size >= 1e6 ? v / 1e6 : size >= 1e3 ? v / 1e3 : v);
    } else if (size >= 1e6 || (size > 0 && size < 1e-4)) {
        avo_page_printf(p, "%.3g", v);
    } else if (size >= 1e4) {
        avo_page_printf(p, "%gk", v / 1e3);
    } else {
        avo_page_number(p, v, t->decimals);
    }
}

static void x_title(const struct avo_chart *c, const char *title)
{
    if (title)
        avo_svg_text(c->page, (c->x.px_lo + c->x.px_hi) / 2, c->y.px_lo + 33, "middle", NULL,
                     title);
}

static void x_tick(const struct avo_chart *c, double px, bool grid)
{
    if (grid)
        put_line(c->page, "gr", px, c->y.px_lo, px, c->y.px_hi);
    put_line(c->page, "ax", px, c->y.px_lo, px, c->y.px_lo + TICK);
    open_text(c->page, px, c->y.px_lo + 16, "middle", "s");
}

void avo_chart_axis_x(const struct avo_chart *c, int want, bool grid, const char *title)
{
    struct avo_ticks t;

    avo_ticks_make(&c->x, want, &t);
    for (int i = 0; i < t.n; i++) {
        x_tick(c, avo_scale_px(&c->x, t.at[i]), grid);
        put_tick_number(c->page, t.at[i], &t, c->x.kind);
        avo_page_put(c->page, "</text>\n");
    }
    put_line(c->page, "ax", c->x.px_lo, c->y.px_lo, c->x.px_hi, c->y.px_lo);
    x_title(c, title);
}

void avo_chart_axis_x_whole(const struct avo_chart *c, const char *title)
{
    long lo = lround(ceil(c->x.lo)), hi = lround(floor(c->x.hi));
    double each = (c->x.px_hi - c->x.px_lo) / (double)(hi - lo + 1);
    long step = each >= 16 ? 1 : each >= 8 ? 2 : each >= 3.5 ? 5 : each >= 1.7 ? 10 : 50;

    for (long v = lo; v <= hi; v++) {
        if (v % step != 0 && step > 1)
            continue;
        x_tick(c, avo_scale_px(&c->x, (double)v), false);
        avo_page_printf(c->page, "%ld</text>\n", v);
    }
    put_line(c->page, "ax", c->x.px_lo, c->y.px_lo, c->x.px_hi, c->y.px_lo);
    x_title(c, title);
}

void avo_chart_axis_y(const struct avo_chart *c, int want, bool grid, const char *title)
{
    struct avo_page *p = c->page;
    struct avo_ticks t;

    avo_ticks_make(&c->y, want, &t);
    for (int i = 0; i < t.n; i++) {
        double px = avo_scale_px(&c->y, t.at[i]);

        if (grid)
            put_line(p, "gr", c->x.px_lo, px, c->x.px_hi, px);
        put_line(p, "ax", c->x.px_lo - TICK, px, c->x.px_lo, px);
        open_text(p, c->x.px_lo - 7, px + 3.5, "end", "s");
        put_tick_number(p, t.at[i], &t, c->y.kind);
        avo_page_put(p, "</text>\n");
    }
    put_line(p, "ax", c->x.px_lo, c->y.px_lo, c->x.px_lo, c->y.px_hi);
    if (!title)
        return;
    avo_page_printf(p, "<text text-anchor=\"middle\" transform=\"translate(%.1f %.1f) "
                    "rotate(-90)\">", c->x.px_lo - 38, (c->y.px_lo + c->y.px_hi) / 2);
    avo_page_text(p, title);
    avo_page_put(p, "</text>\n");
}

/* ---- lines and marks ---- */

void avo_chart_line(const struct avo_chart *c, const char *series, const double *x,
                    const double *y, size_t n, bool steps)
{
    struct avo_page *p = c->page;
    bool drawing = false;

    avo_page_printf(p, "<path class=\"ln %s\" d=\"", series);
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]) || isnan(y[i])) {
            drawing = false;
            continue;
        }
        if (drawing && steps)
            put_px(p, "H", avo_scale_px(&c->x, x[i]));
        if (drawing && steps) {
            put_px(p, "V", avo_scale_px(&c->y, y[i]));
        } else {
            put_px(p, drawing ? "L" : "M", avo_scale_px(&c->x, x[i]));
            put_px(p, " ", avo_scale_px(&c->y, y[i]));
        }
        drawing = true;
    }
    avo_page_put(p, "\"/>\n");
}

/* Outlines around (0, 0): series are told apart without colour too. */
static const char *shape(const char *series)
{
    static const char *const coloured[] = {
        NULL, "m-3.1-3.1h6.2v6.2h-6.2z", "m0-4l3.9 6.9h-7.8z", "m0-4.4l3.8 4.4l-3.8 4.4l-3.8-4.4z",
        "m0 4l3.9-6.9h-7.8z", "m-4.2-2.2h8.4v4.4h-8.4z", "m-2.2-4.2h4.4v8.4h-4.4z",
        "m-1.4-4.2h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8v-2.8h2.8z"};
    static const char *const grey[] = {NULL, "m0-4.2l3.7 4.2l-3.7 4.2l-3.7-4.2z",
                                       "m-2.6-2.6h5.2v5.2h-5.2z"};
    size_t i = series[0] != '\0' && series[1] >= '0' && series[1] <= '9'
        ? (size_t)(series[1] - '0') : 0;

    if (series[0] == 's' && i < AVO_PAGE_SERIES)
        return coloured[i];
    if (series[0] == 'g' && i < AVO_PAGE_GREYS)
        return grey[i];
    return series[0] == 'o' ? "m-1.2-5h2.4v10h-2.4z" : NULL;
}

void avo_svg_mark(struct avo_page *p, const char *series, double px, double py, const char *tip)
{
    const char *outline = shape(series);

    if (!outline) {
        avo_page_printf(p, "<circle class=\"mk %s\" r=\"3.5\"", series);
        put_px(p, " cx=\"", px);
        put_px(p, "\" cy=\"", py);
        avo_page_put(p, "\"");
        put_tip(p, tip, "circle");
        return;
    }
    avo_page_printf(p, "<path class=\"mk %s\"", series);
    put_px(p, " d=\"M", px);
    put_px(p, " ", py);
    avo_page_printf(p, "%s\"", outline);
    put_tip(p, tip, "path");
}

void avo_chart_mark(const struct avo_chart *c, const char *series, double x, double y,
                    const char *tip)
{
    if (!isnan(x) && !isnan(y))
        avo_svg_mark(c->page, series, avo_scale_px(&c->x, x), avo_scale_px(&c->y, y), tip);
}

void avo_chart_bar(const struct avo_chart *c, const char *series, double x0, double x1, double y,
                   const char *tip)
{
    double left = avo_scale_px(&c->x, x0), right = avo_scale_px(&c->x, x1);
    double base = c->y.kind == AVO_SCALE_LOG || c->y.lo > 0 ? c->y.lo : 0;
    double from = avo_scale_px(&c->y, base), to = avo_scale_px(&c->y, y);

    if (isnan(y))
        return;
    avo_page_printf(c->page, "<rect class=\"br %s\"", series);
    put_px(c->page, " x=\"", left);
    put_px(c->page, "\" y=\"", from < to ? from : to);
    put_px(c->page, "\" width=\"", right - left);
    put_px(c->page, "\" height=\"", fabs(from - to));
    avo_page_put(c->page, "\"");
    put_tip(c->page, tip, "rect");
}

void avo_chart_error(const struct avo_chart *c, const char *series, double x, double y,
                     double err)
{
    double px = avo_scale_px(&c->x, x), hi = avo_scale_px(&c->y, y + err);
    double lo = avo_scale_px(&c->y, y - err);
    char class[16];

    if (isnan(y) || !(err >= 0))
        return;
    snprintf(class, sizeof class, "wh %.8s", series);
    put_line(c->page, class, px, lo, px, hi);
    put_line(c->page, class, px - 3, lo, px + 3, lo);
    put_line(c->page, class, px - 3, hi, px + 3, hi);
}

void avo_chart_area(const struct avo_chart *c, const char *series, const char *extra,
                    const float *v, size_t n)
{
    struct avo_page *p = c->page;
    double each = (c->x.px_hi - c->x.px_lo) / (double)(n > 0 ? n : 1);
    double base = round(avo_scale_px(&c->y, 0) * 10) / 10, at = base;

    avo_page_printf(p, "<path class=\"ar %s %s\" d=\"", series, extra);
    put_px(p, "M", c->x.px_lo);
    put_px(p, " ", base);
    for (size_t i = 0; i < n; i++) {
        double y = isnan(v[i]) ? base
                               : round(avo_scale_px(&c->y, (double)v[i]) * 10) / 10;

        if (y == at)
            continue;
        put_px(p, "H", c->x.px_lo + (double)i * each);
        put_px(p, "V", y);
        at = y;
    }
    put_px(p, "H", c->x.px_hi);
    put_px(p, "V", base);
    avo_page_put(p, "z\"/>\n");
}
