/* SPDX-License-Identifier: MIT */
/* report_tracks.c: which tracks there are, and what the checks of the inputs said. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/eval/report_priv.h"

/* ---- matrix of cell types and assays ---- */

/* Track of the cell type and assay of two others, or -1. */
static int track_at(const struct avo_report_page *g, const char *celltype, size_t assay)
{
    return avo_header_find_track(g->observed, celltype, avo_report_assay(g, assay));
}

static void put_cell(const struct avo_report_page *g, const char *celltype, size_t assay)
{
    const struct avo_scored *l = g->chosen;
    int t = track_at(g, celltype, assay);
    const char *letter;
    bool scored, test, seen;

    if (t < 0) {
        avo_page_put(g->page, "<td></td>");
        return;
    }
    scored = l->tracks[t].is_scored;
    test = l->tracks[t].is_test;
    seen = l->seen[t];
    letter = test ? "T" : l->roles[t] == AVO_ROLE_VALID ? "V" : "";
    avo_page_printf(g->page, "<td class=\"%s\" title=\"", scored ? "sc" : "m");
    avo_page_text(g->page, celltype);
    avo_page_put(g->page, ", ");
    avo_page_text(g->page, avo_report_assay(g, assay));
    avo_page_printf(g->page, ": measured%s%s%s%s\">%s%s</td>", scored ? ", scored" : "",
                    test ? ", test track" : "",
                    l->roles[t] == AVO_ROLE_VALID ? ", validation track" : "",
                    seen ? ", seen by a model" : "", letter, scored && seen ? "\xE2\x80\xA0" : "");
}

static void put_key(const struct avo_report_page *g)
{
    bool any_test = false, any_valid = false;

    for (size_t t = 0; t < g->chosen->n_tracks; t++) {
        any_test |= g->chosen->tracks[t].is_test;
        any_valid |= g->chosen->roles[t] == AVO_ROLE_VALID;
    }
    avo_page_put(g->page, "<div class=\"legend key\"><span><i class=\"sc\"></i>scored</span>"
                 "<span><i class=\"m\"></i>measured, not scored</span>"
                 "<span><i></i>not measured</span>");
    if (any_test)
        avo_page_put(g->page, "<span><i class=\"sc\">T</i>test track</span>");
    if (any_valid)
        avo_page_put(g->page, "<span><i class=\"sc\">V</i>validation track</span>");
    if (avo_scored_count(g->chosen, -1, true) > 0)
        avo_page_put(g->page, "<span><i class=\"sc\">\xE2\x80\xA0</i>seen by a model</span>");
    avo_page_put(g->page, "</div>\n");
}

/* Side of a cell such that the assays fit the page. */
static int cell_side(size_t n_assays)
{
    size_t side = 940 / (n_assays > 0 ? n_assays : 1);

    return side > 24 ? 24 : side < 8 ? 8 : (int)side;
}

void avo_report_matrix(const struct avo_report_page *g)
{
    const struct avo_header *h = g->observed;
    struct avo_page *p = g->page;
    int side = cell_side(g->chosen->n_assays);

    avo_page_paragraph(p, "how", "The measured tracks of the observed input, and which of them are "
                       "scored. Test tracks are part of no mean over the other cell types.");
    put_key(g);
    avo_page_put(p, "<div class=\"scroll\"><table class=\"grid\">\n<thead><tr>"
                 "<td class=\"x\"></td>");
    for (size_t a = 0; a < g->chosen->n_assays; a++) {
        avo_page_printf(p, "<th scope=\"col\" style=\"width:%dpx;min-width:%dpx\"><span>", side,
                        side);
        avo_page_text(p, avo_report_assay(g, a));
        avo_page_put(p, "</span></th>");
    }
    avo_page_put(p, "</tr></thead>\n<tbody>\n");
    for (size_t t = 0; t < h->n_tracks; t++) {
        size_t first = 0;

        while (strcmp(h->tracks[first].celltype, h->tracks[t].celltype) != 0)
            first++;
        if (first < t)
            continue;
        avo_page_printf(p, "<tr style=\"height:%dpx\"><th scope=\"row\">", side);
        avo_page_text(p, h->tracks[t].celltype);
        avo_page_put(p, "</th>");
        for (size_t a = 0; a < g->chosen->n_assays; a++)
            put_cell(g, h->tracks[t].celltype, a);
        avo_page_put(p, "</tr>\n");
    }
    avo_page_put(p, "</tbody></table></div>\n");
}

/* ---- quality ---- */

static void put_track(const struct avo_report_page *g, size_t t)
{
    avo_page_text(g->page, g->observed->tracks[t].celltype);
    avo_page_put(g->page, " ");
    avo_page_text(g->page, g->observed->tracks[t].assay);
}

static void swap_row(const struct avo_report_page *g, const struct avo_report_swap *s)
{
    struct avo_page *p = g->page;
    struct avo_scale x = {.lo = 0, .hi = 1, .px_lo = 6, .px_hi = 194};

    avo_page_put(p, "<tr><th scope=\"row\">");
    put_track(g, s->observed);
    avo_page_put(p, "</th><td>");
    avo_page_number(p, s->r_own, 3);
    avo_page_put(p, "</td><td class=\"l\">");
    put_track(g, s->best);
    avo_page_put(p, "</td><td>");
    avo_page_number(p, s->r_best, 3);
    avo_page_put(p, "</td><td class=\"strip\" aria-hidden=\"true\">"
                 "<svg width=\"200\" height=\"18\">"
                 "<path class=\"gr\" d=\"M6 9H194\"/>");
    if (isfinite(s->r_best))
        avo_svg_mark(p, "g0", avo_scale_px(&x, s->r_best), 9, "best other");
    if (isfinite(s->r_own))
        avo_svg_mark(p, "s0", avo_scale_px(&x, s->r_own), 9, "own");
    avo_page_printf(p, "</svg></td><td class=\"l%s</td></tr>\n", s->flagged ? " bad\">look at this"
                    : s->r_best > s->r_own ? "\">within the margin" : "\">");
}

static void put_swaps(const struct avo_report_page *g)
{
    struct avo_page *p = g->page;
    size_t n_flagged = 0;

    for (size_t i = 0; i < g->r->n_swaps; i++)
        n_flagged += g->r->swaps[i].flagged;
    avo_page_put(p, "<h3>Swap check</h3>\n");
    avo_page_paragraph(p, "how", "Every measured track against every imputed one: a measured track "
                       "that resembles another track's imputation clearly more than its own may be "
                       "mislabelled. %zu of %zu %s flagged. Dots: Pearson correlation with its own "
                       "imputation (filled) and with the other that it resembles most (ring), from "
                       "0 to 1.",
                       n_flagged, g->r->n_swaps, n_flagged == 1 ? "is" : "are");
    avo_page_put(p, "<div class=\"scroll\"><table>\n<thead><tr>"
                 "<th class=\"l\" scope=\"col\">Measured track</th>"
                 "<th scope=\"col\"><i>r</i>, own</th>"
                 "<th class=\"l\" scope=\"col\">Best other</th>"
                 "<th scope=\"col\"><i>r</i>, other</th><td></td><td></td></tr></thead>\n"
                 "<tbody>\n");
    for (int flagged = 1; flagged >= 0; flagged--)
        for (size_t i = 0; i < g->r->n_swaps; i++)
            if (g->r->swaps[i].flagged == (flagged == 1))
                swap_row(g, &g->r->swaps[i]);
    avo_page_put(p, "</tbody></table></div>\n");
}

static void put_scales(const struct avo_report_page *g)
{
    struct avo_scale x = {AVO_SCALE_LOG, 0.5, 2, 6, 254};
    struct avo_page *p = g->page;

    for (size_t i = 0; i < g->r->n_scales; i++) {
        double v = g->r->scales[i].scale;

        while (isfinite(v) && v > 0 && (v < x.lo || v > x.hi)) {
            x.lo /= 2;
            x.hi *= 2;
        }
    }
    avo_page_put(p, "<h3>Depth of cell types</h3>\n");
    avo_page_paragraph(p, "how", "Size of a cell type's signal against the others, assays set off "
                       "against each other (least squares of log root-mean-square on cell type and "
                       "assay, training tracks). 1 is the geometric mean; the dots lie on a "
                       "logarithmic axis from %g to %g with 1 in the middle.", x.lo, x.hi);
    avo_page_put(p, "<div class=\"scroll\"><table>\n<thead><tr>"
                 "<th class=\"l\" scope=\"col\">Cell type</th><th scope=\"col\">Scale</th><td></td>"
                 "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < g->r->n_scales; i++) {
        double v = g->r->scales[i].scale;

        avo_page_put(p, "<tr><th scope=\"row\">");
        avo_page_text(p, g->r->scales[i].celltype);
        avo_page_put(p, "</th><td>");
        avo_page_number(p, v, 3);
        avo_page_put(p, "</td><td class=\"strip\" aria-hidden=\"true\">"
                     "<svg width=\"260\" height=\"18\">"
                     "<path class=\"gr\" d=\"M6 9H254\"/><path class=\"ax\" d=\"M130 2V16\"/>");
        if (isfinite(v) && v > 0)
            avo_svg_mark(p, "s0", avo_scale_px(&x, v), 9, NULL);
        avo_page_put(p, "</svg></td></tr>\n");
    }
    avo_page_put(p, "</tbody></table></div>\n");
}

void avo_report_qc(const struct avo_report_page *g)
{
    if (g->r->n_swaps > 0)
        put_swaps(g);
    if (g->r->n_scales > 0)
        put_scales(g);
}
