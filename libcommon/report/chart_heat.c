/* SPDX-License-Identifier: MIT */
/* chart_heat.c: heat maps of counts as one path per level, and keys and legends. */
#include <math.h>
#include <stdio.h>

#include "libcommon/report/chart.h"

int avo_heat_level(uint64_t count, uint64_t max)
{
    double share = max > 1 ? log((double)count) / log((double)max) : 0;
    int level = (int)(share * AVO_PAGE_HEATS);

    return level < AVO_PAGE_HEATS ? level : AVO_PAGE_HEATS - 1;
}

struct cells {
    const uint64_t *counts;
    size_t stride, n;
    uint64_t max;
};

/* The cells of one level, runs of a row drawn as one rectangle. Cells are unit squares; the group
 * around scales them. */
static void put_level(struct avo_page *p, const struct cells *h, int level)
{
    size_t n = h->n;
    bool any = false;

    for (size_t r = 0; r < n; r++)
        for (size_t c = 0; c < n; c++) {
            const uint64_t *row = h->counts + r * h->stride;
            size_t from = c;

            while (c < n && row[c] > 0 && avo_heat_level(row[c], h->max) == level)
                c++;
            if (c == from)
                continue;
            if (!any)
                avo_page_printf(p, "<path class=\"h%d\" d=\"", level);
            any = true;
            avo_page_printf(p, "M%zu %zuh%zuv1h-%zuz", from, n - 1 - r, c - from, c - from);
        }
    if (any)
        avo_page_put(p, "\"/>\n");
}

void avo_chart_heat(const struct avo_chart *c, const uint64_t *counts, size_t stride, size_t n,
                    uint64_t max)
{
    struct cells cells = {counts, stride, n, max};
    double w = (c->x.px_hi - c->x.px_lo) / (double)n, h = (c->y.px_lo - c->y.px_hi) / (double)n;

    avo_page_printf(c->page, "<g class=\"ht\" transform=\"translate(%.1f %.1f) scale(%.5f %.5f)\">"
                    "\n", c->x.px_lo, c->y.px_hi, w, h);
    for (int level = 0; level < AVO_PAGE_HEATS; level++)
        put_level(c->page, &cells, level);
    avo_page_put(c->page, "</g>\n");
}

void avo_heat_key(struct avo_page *p, uint64_t max, const char *what)
{
    const double w = 26;

    avo_svg_begin(p, 260, 40, what);
    avo_svg_text(p, 0, 10, "start", NULL, what);
    for (int level = 0; level < AVO_PAGE_HEATS; level++)
        avo_page_printf(p, "<rect class=\"h%d\" x=\"%.0f\" y=\"15\" width=\"%.0f\" "
                        "height=\"10\"/>\n", level, level * w, w);
    for (double v = 1; v <= (double)max; v *= 10) {
        double x = max > 1 ? log(v) / log((double)max) * w * AVO_PAGE_HEATS : 0;
        char label[16];

        snprintf(label, sizeof label, v >= 1e9 ? "%.0fG" : v >= 1e6 ? "%.0fM" : v >= 1e3 ? "%.0fk"
                 : "%.0f", v >= 1e9 ? v / 1e9 : v >= 1e6 ? v / 1e6 : v >= 1e3 ? v / 1e3 : v);
        avo_svg_text(p, x, 38, v == 1 ? "start" : "middle", "s", label);
    }
    avo_svg_end(p);
}

void avo_chart_legend(struct avo_page *p, const char *const *series, const char *const *names,
                      size_t n, bool lines)
{
    avo_page_put(p, "<div class=\"legend\">");
    for (size_t i = 0; i < n; i++) {
        double w = lines ? 30 : 12;

        avo_page_printf(p, "<span><svg width=\"%.0f\" height=\"12\" aria-hidden=\"true\">", w);
        if (lines)
            avo_page_printf(p, "<path class=\"ln %s\" d=\"M0 6H30\"/>", series[i]);
        avo_svg_mark(p, series[i], w / 2, 6, NULL);
        avo_page_put(p, "</svg>");
        avo_page_text(p, names[i]);
        avo_page_put(p, "</span>");
    }
    avo_page_put(p, "</div>\n");
}
