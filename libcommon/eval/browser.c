/* SPDX-License-Identifier: MIT */
/* browser.c: sums and maxima per pixel of the regions that are to be shown. */
#include "libcommon/eval/browser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

struct pixel {
    double sum;
    float max;
    uint32_t n;
};

struct avo_browser {
    const struct avo_scored *chosen;
    size_t n_regions, n_methods, n_tracks;
    struct avo_extent *regions;
    size_t *methods;
    size_t *tracks;             /* [n_tracks]: index among the scored */
    struct pixel *pixels;       /* [regions][tracks][1 + methods][AVO_BROWSER_PIXELS] */
};

/* ---- making ---- */

/* Place of each scored track among those of its assay: rank [n_scored]. */
static void rank_tracks(const struct avo_scored *l, size_t *rank)
{
    for (size_t k = 0; k < l->n_scored; k++) {
        rank[k] = 0;
        for (size_t i = 0; i < k; i++)
            rank[k] += l->tracks[l->scored[i]].assay == l->tracks[l->scored[k]].assay;
    }
}

/* All tracks of the ranks below the one at which max_tracks is reached, and of that one what
 * fits. */
static void choose_tracks(struct avo_browser *b, const size_t *rank, size_t max_tracks)
{
    const struct avo_scored *l = b->chosen;
    size_t last = 0, n_lower = 0, n_equal, room;

    for (;; last++) {
        n_equal = 0;
        for (size_t k = 0; k < l->n_scored; k++)
            n_equal += rank[k] == last;
        if (n_lower + n_equal >= max_tracks)
            break;
        n_lower += n_equal;
    }
    room = max_tracks - n_lower;
    for (size_t a = 0; a < l->n_assays; a++)
        for (size_t k = 0; k < l->n_scored; k++) {
            if (l->tracks[l->scored[k]].assay != a || rank[k] > last ||
                (rank[k] == last && room == 0))
                continue;
            room -= rank[k] == last;
            b->tracks[b->n_tracks++] = k;
        }
}

static int choose(struct avo_browser *b, size_t max_tracks, struct avo_error *err)
{
    size_t n = b->chosen->n_scored, *rank = avo_alloc(n, sizeof *rank, "tracks", err);

    b->tracks = avo_alloc(n, sizeof *b->tracks, "regions", err);
    if (rank && b->tracks) {
        rank_tracks(b->chosen, rank);
        choose_tracks(b, rank, max_tracks > 0 && max_tracks < n ? max_tracks : n);
    }
    free(rank);
    return rank && b->tracks != NULL ? 0 : -1;
}

static int allocate(struct avo_browser *b, const struct avo_browser_spec *s,
                    struct avo_error *err)
{
    size_t row = (1 + s->n_methods) * AVO_BROWSER_PIXELS;

    b->regions = avo_alloc(s->n_regions, sizeof *b->regions, "regions", err);
    b->methods = avo_alloc(s->n_methods, sizeof *b->methods, "regions", err);
    if (!b->regions || !b->methods || choose(b, s->max_tracks, err) < 0)
        return -1;
    if (s->n_regions > 0)
        memcpy(b->regions, s->regions, s->n_regions * sizeof *b->regions);
    if (s->n_methods > 0)
        memcpy(b->methods, s->methods, s->n_methods * sizeof *b->methods);
    b->pixels = avo_alloc(s->n_regions * b->n_tracks, row * sizeof *b->pixels, "regions", err);
    return b->pixels ? 0 : -1;
}

struct avo_browser *avo_browser_new(const struct avo_browser_spec *spec, struct avo_error *err)
{
    struct avo_browser *b = avo_alloc(1, sizeof *b, "regions", err);

    if (!b)
        return NULL;
    b->chosen = spec->chosen;
    b->n_regions = spec->n_regions;
    b->n_methods = spec->n_methods;
    if (allocate(b, spec, err) == 0)
        return b;
    avo_browser_free(b);
    return NULL;
}

void avo_browser_free(struct avo_browser *b)
{
    if (!b)
        return;
    free(b->regions);
    free(b->methods);
    free(b->tracks);
    free(b->pixels);
    free(b);
}

/* ---- taking windows ---- */

static struct pixel *line_pixels(const struct avo_browser *b, size_t region, size_t i, size_t line)
{
    return b->pixels + ((region * b->n_tracks + i) * (1 + b->n_methods) + line) *
                           AVO_BROWSER_PIXELS;
}

/* The part of a window that lies in a region: bins [beg, end) of the chromosome. */
struct part {
    size_t region;
    uint32_t beg, end, window_beg;
};

static void add_column(const struct avo_browser *b, const struct part *part, const float *v,
                       struct pixel *pixels)
{
    const struct avo_extent *r = &b->regions[part->region];
    uint64_t n_bins = r->end_bin - r->beg_bin, n_pixels = avo_browser_pixels(b, part->region);

    for (uint32_t bin = part->beg; v && bin < part->end; bin++) {
        struct pixel *px = &pixels[(bin - r->beg_bin) * n_pixels / n_bins];
        float x = v[bin - part->window_beg];

        if (isnan(x))
            continue;
        px->max = px->n == 0 || x > px->max ? x : px->max;
        px->sum += (double)x;
        px->n++;
    }
}

static void add_part(const struct avo_browser *b, const struct avo_window *w,
                     const struct part *part)
{
    for (size_t i = 0; i < b->n_tracks; i++) {
        size_t k = b->tracks[i];

        add_column(b, part, w->observed[b->chosen->scored[k]],
                   line_pixels(b, part->region, i, 0));
        for (size_t j = 0; j < b->n_methods; j++)
            add_column(b, part, w->predicted[k * w->n_methods + b->methods[j]],
                       line_pixels(b, part->region, i, 1 + j));
    }
}

int avo_browser_add(struct avo_browser *b, const struct avo_window *w, struct avo_error *err)
{
    for (size_t j = 0; j < b->n_methods; j++)
        if (b->methods[j] >= w->n_methods)
            return avo_error_set(err, "a window of %zu methods (want more than %zu)",
                                 w->n_methods, b->methods[j]);
    for (size_t r = 0; r < b->n_regions; r++) {
        const struct avo_extent *e = &b->regions[r];
        struct part part = {r, e->beg_bin > w->beg_bin ? e->beg_bin : w->beg_bin,
                            e->end_bin < w->beg_bin + w->n ? e->end_bin : w->beg_bin + w->n,
                            w->beg_bin};

        if (e->chrom == w->chrom && part.beg < part.end)
            add_part(b, w, &part);
    }
    return 0;
}

/* ---- results ---- */

size_t avo_browser_n_regions(const struct avo_browser *b)
{
    return b->n_regions;
}

const struct avo_extent *avo_browser_region(const struct avo_browser *b, size_t region)
{
    return &b->regions[region];
}

size_t avo_browser_n_methods(const struct avo_browser *b)
{
    return b->n_methods;
}

size_t avo_browser_method(const struct avo_browser *b, size_t i)
{
    return b->methods[i];
}

size_t avo_browser_n_tracks(const struct avo_browser *b)
{
    return b->n_tracks;
}

size_t avo_browser_track(const struct avo_browser *b, size_t i)
{
    return b->tracks[i];
}

size_t avo_browser_pixels(const struct avo_browser *b, size_t region)
{
    const struct avo_extent *e = &b->regions[region];
    size_t n = e->end_bin - e->beg_bin;

    return n < AVO_BROWSER_PIXELS ? n : AVO_BROWSER_PIXELS;
}

void avo_browser_column(const struct avo_browser *b, size_t region, size_t i, size_t line,
                        float *mean, float *max)
{
    const struct pixel *p = line_pixels(b, region, i, line);

    for (size_t x = 0; x < avo_browser_pixels(b, region); x++) {
        mean[x] = p[x].n > 0 ? (float)(p[x].sum / (double)p[x].n) : NAN;
        max[x] = p[x].n > 0 ? p[x].max : NAN;
    }
}
