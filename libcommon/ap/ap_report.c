/* SPDX-License-Identifier: MIT */
/* ap_report.c: bars with whiskers as in the paper's figure 5, curves, tables of the same. */
#include "libcommon/ap/ap_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/report/chart.h"

enum { CURVE_POINTS = 400, BAR_STEP = 84, LEFT = 62, TOP = 14, HEIGHT = 260 };

/* What is drawn of a set for one measure. */
struct bar { const char *name; double value, low, high; };

struct sheet {
    const struct avo_ap_report *r;
    struct avo_page *page;
    struct avo_error *err;
    size_t n_sets;              /* baseline not counted */
    struct bar *bars;           /* [n_sets + 1] */
};

static const char *series_of(const struct sheet *h, size_t set)
{
    static const char *const names[] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};

    return set == h->n_sets ? "g1" : names[set % AVO_PAGE_SERIES];
}

/* ---- head ---- */

static void put_count(struct avo_page *p, size_t n, const char *what)
{
    avo_page_put(p, "<div><b>");
    avo_page_count(p, n);
    avo_page_printf(p, "</b><span>%s</span></div>\n", what);
}

static void put_head(const struct sheet *h)
{
    const struct avo_ap_report *r = h->r;
    struct avo_page *p = h->page;

    avo_page_put(p, r->cv != NULL
                 ? "<p class=\"lead\">Feature sets as the input of one learner, on the same folds "
                   "of the same rows, beside a baseline that sees no feature.</p>\n"
                 : "<p class=\"lead\">Scores of classifiers, given with their labels.</p>\n");
    avo_page_put(p, "<div class=\"counts\">\n");
    put_count(p, h->n_sets, r->cv != NULL ? "feature sets" : "classifiers");
    put_count(p, r->n_rows, "rows");
    if (r->n_positive > 0)
        put_count(p, r->n_positive, "positive");
    if (r->cv)
        put_count(p, r->cv->n_evaluations, "folds tested");
    avo_page_put(p, "</div>\n<dl class=\"facts\">\n");
    for (size_t i = 0; i < r->n_facts; i++) {
        avo_page_put(p, "<dt>");
        avo_page_text(p, r->facts[i].name);
        avo_page_put(p, "</dt><dd>");
        avo_page_text(p, r->facts[i].value);
        avo_page_put(p, "</dd>\n");
    }
    avo_page_put(p, "</dl>\n");
}

/* ---- bars ---- */

static void take_bars(struct sheet *h, size_t measure)
{
    const struct avo_ap_report *r = h->r;

    for (size_t i = 0; r->cv && i <= h->n_sets; i++) {
        struct avo_crossval_mean m;

        avo_crossval_average(r->cv, i, measure, &m);
        h->bars[i] = (struct bar){avo_crossval_set_name(r->cv, i), m.mean, m.mean - m.se,
                                  m.mean + m.se};
    }
    for (size_t i = 0; !r->cv && i < h->n_sets; i++)
        h->bars[i] = (struct bar){r->scored[i].name, r->scored[i].ap, r->scored[i].low,
                                  r->scored[i].high};
    if (!r->cv)
        h->bars[h->n_sets] = (struct bar){"all positive", (double)r->n_positive /
                                          (double)r->n_rows, NAN, NAN};
}

static void set_range(const struct sheet *h, struct avo_scale *y)
{
    y->kind = AVO_SCALE_LINEAR;
    y->lo = 0;
    y->hi = 0;
    for (size_t i = 0; i <= h->n_sets; i++) {
        const struct bar *b = &h->bars[i];
        double low = isnan(b->low) ? b->value : b->low;
        double high = isnan(b->high) ? b->value : b->high;

        y->lo = low < y->lo ? low : y->lo;
        y->hi = high > y->hi ? high : y->hi;
    }
    avo_scale_round(y, 5);
}

static void draw_bars(const struct sheet *h, const char *label)
{
    struct avo_page *p = h->page;
    struct avo_chart c = {.page = p, .x = {.hi = (double)h->n_sets + 1}};
    double w = BAR_STEP * ((double)h->n_sets + 1);

    set_range(h, &c.y);
    avo_page_put(p, "<figure>");
    avo_svg_begin(p, LEFT + w + 10, TOP + HEIGHT + 34, label);
    avo_chart_place(&c, LEFT, TOP, w, HEIGHT);
    avo_chart_axis_y(&c, 5, true, label);
    for (size_t i = 0; i <= h->n_sets; i++) {
        const struct bar *b = &h->bars[i];
        double at = (double)i;
        char tip[256];

        snprintf(tip, sizeof tip, "%.150s: %.4f", b->name, b->value);
        avo_chart_bar(&c, series_of(h, i), at + 0.2, at + 0.8, b->value, tip);
        avo_chart_error(&c, "ob", at + 0.5, (b->low + b->high) / 2, (b->high - b->low) / 2);
        avo_svg_label(p, avo_scale_px(&c.x, at + 0.5), TOP + HEIGHT + 18, "middle", "n", b->name,
                      BAR_STEP - 4);
    }
    avo_svg_end(p);
    avo_page_paragraph(p, "how", h->r->cv != NULL
                       ? "Means over folds; whiskers: one standard error to either side, the folds "
                         "taken as independent (as in the paper)."
                       : "Whiskers: 95%% interval of bootstrap samples of the rows.");
    avo_page_put(p, "</figure>\n");
}

/* ---- tables ---- */

static void put_cells(const struct sheet *h, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        avo_page_put(h->page, "<td>");
        avo_page_number(h->page, v[i], 4);
        avo_page_put(h->page, "</td>");
    }
}

static void put_row_head(const struct sheet *h, size_t set)
{
    struct avo_page *p = h->page;

    avo_page_put(p, "<tr><th scope=\"row\"><svg width=\"12\" height=\"12\" aria-hidden=\"true\" "
                 "style=\"display:inline-block;margin-right:7px;vertical-align:-1px\">");
    avo_svg_mark(p, series_of(h, set), 6, 6, NULL);
    avo_page_put(p, "</svg>");
    avo_page_text(p, h->bars[set].name);
    avo_page_put(p, "</th>");
}

static void means_table(const struct sheet *h, size_t measure)
{
    const struct avo_crossval *cv = h->r->cv;
    struct avo_page *p = h->page;

    avo_page_put(p, "<div class=\"scroll\"><table>\n<thead><tr><th class=\"l\" scope=\"col\">Set"
                 "</th><th scope=\"col\">Features</th><th scope=\"col\">Folds</th>"
                 "<th scope=\"col\">Mean</th><th scope=\"col\">Standard error</th>"
                 "<th scope=\"col\">corrected for shared training rows</th>"
                 "<th scope=\"col\">Least</th><th scope=\"col\">Most</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i <= h->n_sets; i++) {
        struct avo_crossval_mean m;
        double v[5];

        avo_crossval_average(cv, i, measure, &m);
        v[0] = m.mean;
        v[1] = m.se;
        v[2] = m.se_resampled;
        v[3] = m.least;
        v[4] = m.most;
        put_row_head(h, i);
        avo_page_printf(p, "<td>%zu</td><td>%zu</td>",
                        i < h->n_sets ? cv->spec->sets[i].n_cols : (size_t)0, m.n);
        put_cells(h, v, 5);
        avo_page_put(p, "</tr>\n");
    }
    avo_page_put(p, "</tbody></table></div>\n");
}

static int tests_table(const struct sheet *h, size_t measure)
{
    const struct avo_crossval *cv = h->r->cv;
    struct avo_page *p = h->page;
    bool more = cv->measures[measure].better > 0;

    avo_page_put(p, "<div class=\"scroll\"><table>\n<thead><tr><th class=\"l\" scope=\"col\">First"
                 "</th><th class=\"l\" scope=\"col\">Second</th><th scope=\"col\">Difference</th>"
                 "<th scope=\"col\">Won : lost</th><th scope=\"col\">p, unadjusted</th>"
                 "<th scope=\"col\">p, resampled</th></tr></thead>\n<tbody>\n");
    for (size_t a = 0; a < h->n_sets; a++)
        for (size_t b = a + 1; b <= h->n_sets; b++) {
            struct avo_crossval_test t;
            size_t won, lost;

            if (avo_crossval_compare(cv, a, b, measure, &t, h->err) < 0)
                return -1;
            won = more ? t.paired.n_greater : t.paired.n_less;
            lost = more ? t.paired.n_less : t.paired.n_greater;
            put_row_head(h, a);
            avo_page_put(p, "<td class=\"l\">");
            avo_page_text(p, h->bars[b].name);
            avo_page_put(p, "</td>");
            put_cells(h, &t.paired.mean_diff, 1);
            avo_page_printf(p, "<td>%zu : %zu</td><td>", won, lost);
            avo_page_general(p, t.paired.p);
            avo_page_put(p, "</td><td>");
            avo_page_general(p, t.resampled.p);
            avo_page_put(p, "</td></tr>\n");
        }
    avo_page_put(p, "</tbody></table></div>\n");
    avo_page_paragraph(p, "how", "Unadjusted: the paired t-test over folds, as in the paper, which "
                       "takes folds for independent. Resampled: the same with a variance corrected "
                       "for the training rows that folds have in common (Nadeau and Bengio 2003). "
                       "Neither is adjusted for the number of comparisons.");
    return 0;
}

static void scored_table(const struct sheet *h)
{
    struct avo_page *p = h->page;

    avo_page_put(p, "<div class=\"scroll\"><table>\n<thead><tr><th class=\"l\" scope=\"col\">Set"
                 "</th><th scope=\"col\">Rows</th><th scope=\"col\">Positive</th>"
                 "<th scope=\"col\">Average precision</th><th scope=\"col\">2.5%</th>"
                 "<th scope=\"col\">97.5%</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < h->n_sets; i++) {
        const struct avo_ap_scored *s = &h->r->scored[i];
        double v[] = {s->ap, s->low, s->high};

        put_row_head(h, i);
        avo_page_printf(p, "<td>%zu</td><td>%zu</td>", s->n, s->pr.n_positive);
        put_cells(h, v, 3);
        avo_page_put(p, "</tr>\n");
    }
    avo_page_put(p, "</tbody></table></div>\n");
}

/* ---- curves ---- */

/* At most about CURVE_POINTS points, the ends among them. */
static int draw_curve(const struct sheet *h, const struct avo_chart *c, size_t set)
{
    const struct avo_pr *pr = &h->r->curves[set];
    size_t step = pr->n_points / CURVE_POINTS + 1, n = 0;
    double *x = avo_alloc(2 * (pr->n_points / step + 3), sizeof *x, "a curve", h->err);
    double *y;

    if (!x)
        return -1;
    y = x + pr->n_points / step + 3;
    for (size_t i = 0; i < pr->n_points; i += i + step < pr->n_points || i + 1 == pr->n_points
                                              ? step : pr->n_points - 1 - i) {
        const struct avo_pr_point *q = &pr->points[i];

        if (n == 0) {
            x[0] = 0;
            y[0] = (double)q->n_tp / ((double)q->n_tp + q->n_fp);
            n = 1;
        }
        x[n] = (double)q->n_tp / (double)pr->n_positive;
        y[n++] = (double)q->n_tp / ((double)q->n_tp + q->n_fp);
    }
    avo_chart_line(c, series_of(h, set), x, y, n, false);
    free(x);
    return 0;
}

static int draw_curves(const struct sheet *h)
{
    struct avo_page *p = h->page;
    struct avo_chart c = {.page = p, .x = {.hi = 1}, .y = {.hi = 1}};
    double share = (double)h->r->n_positive / (double)h->r->n_rows, ends[2] = {0, 1};
    double level[2] = {share, share};
    const char **series = avo_alloc(h->n_sets + 1, sizeof *series, "a legend", h->err);
    const char **names = avo_alloc(h->n_sets + 1, sizeof *names, "a legend", h->err);
    int rc = series && names ? 0 : -1;

    avo_page_put(p, "<figure>");
    avo_svg_begin(p, 480, 430, "Precision and recall");
    avo_chart_place(&c, LEFT, TOP, 400, 370);
    avo_chart_axis_x(&c, 5, true, "recall");
    avo_chart_axis_y(&c, 5, true, "precision");
    avo_chart_line(&c, "g1", ends, level, 2, false);
    for (size_t i = 0; rc == 0 && i < h->n_sets; i++)
        rc = draw_curve(h, &c, i);
    avo_svg_end(p);
    for (size_t i = 0; rc == 0 && i <= h->n_sets; i++) {
        series[i] = series_of(h, i);
        names[i] = h->bars[i].name;
    }
    if (rc == 0)
        avo_chart_legend(p, series, names, h->n_sets + 1, true);
    avo_page_paragraph(p, "how", h->r->cv != NULL
                       ? "Scores of all folds of the first repeat together. Folds are trained "
                         "apart, so that this need not agree with the means above."
                       : "Rows of one score enter together; points are joined by lines.");
    avo_page_put(p, "</figure>\n");
    free(series);
    free(names);
    return rc;
}

/* ---- the page ---- */

static int put_measure(struct sheet *h, size_t measure)
{
    const struct avo_crossval *cv = h->r->cv;
    const char *label = cv ? cv->measures[measure].label : "average precision";
    char id[32];
    int rc = 0;

    snprintf(id, sizeof id, "measure%zu", measure);
    take_bars(h, measure);
    avo_page_section(h->page, id, label);
    draw_bars(h, label);
    if (!cv) {
        scored_table(h);
    } else {
        means_table(h, measure);
        avo_page_put(h->page, "<h3>Sets against each other</h3>\n");
        rc = tests_table(h, measure);
    }
    avo_page_section_end(h->page);
    return rc;
}

static int put_page(struct sheet *h)
{
    size_t n = h->r->cv ? h->r->cv->n_measures : 1;
    int rc = 0;

    put_head(h);
    for (size_t m = 0; rc == 0 && m < n; m++)
        rc = put_measure(h, m);
    if (rc == 0 && h->r->curves) {
        avo_page_section(h->page, "curves", "Precision and recall");
        rc = draw_curves(h);
        avo_page_section_end(h->page);
    }
    if (h->r->program) {
        avo_page_put(h->page, "<footer class=\"note\" style=\"margin-top:40px\">Written by ");
        avo_page_text(h->page, h->r->program);
        avo_page_put(h->page, ".</footer>\n");
    }
    return rc;
}

int avo_ap_report_write(const struct avo_ap_report *r, const char *path, struct avo_error *err)
{
    struct sheet h = {.r = r, .err = err};
    const char *title = r->title ? r->title : r->cv != NULL
        ? "What the features are good for" : "How well the scores tell apart";
    struct avo_out out = {0};
    int rc = -1;

    h.n_sets = r->cv ? r->cv->spec->n_sets : r->n_scored;
    h.bars = avo_alloc(h.n_sets + 1, sizeof *h.bars, "a page", err);
    h.page = avo_alloc(1, sizeof *h.page, "a page", err);
    if (h.bars && h.page && avo_out_open(&out, path, NULL, err) == 0) {
        avo_page_begin(h.page, title, &out, err);
        avo_page_put(h.page, "<h1>");
        avo_page_text(h.page, title);
        avo_page_put(h.page, "</h1>\n");
        rc = put_page(&h);
        if (avo_page_end(h.page) < 0)
            rc = -1;
        if (rc == 0)
            rc = avo_out_finish(&out, err);
    }
    avo_out_release(&out);
    free(h.page);
    free(h.bars);
    return rc;
}
