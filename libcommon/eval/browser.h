/* SPDX-License-Identifier: MIT */
/* browser.h: the columns of chosen regions, at the width of a picture. */
#ifndef AVO_EVAL_BROWSER_H
#define AVO_EVAL_BROWSER_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/eval/scored.h"
#include "libcommon/eval/window.h"
#include "libcommon/stream/header.h"

/* Pixels that a region is drawn with, at most. */
#define AVO_BROWSER_PIXELS 600

struct avo_browser_spec {
    const struct avo_scored *chosen;        /* borrowed */
    const struct avo_extent *regions;       /* sorted, as avo_regions_select gives them; copied */
    size_t n_regions;
    const size_t *methods;                  /* those to show, by index in windows; copied */
    size_t n_methods;
    size_t max_tracks;                      /* 0: all scored ones */
};

struct avo_browser;

/* Of more than max_tracks scored tracks it keeps the first of each assay, then the second ..., so
 * that no assay is left out before it must be. Memory: regions x tracks x (methods + 1) x 600
 * pixels x 16 bytes. */
struct avo_browser *avo_browser_new(const struct avo_browser_spec *spec, struct avo_error *err);
void avo_browser_free(struct avo_browser *b);
/* Takes what of the window lies in the regions; every bin once. */
int avo_browser_add(struct avo_browser *b, const struct avo_window *w, struct avo_error *err);

size_t avo_browser_n_regions(const struct avo_browser *b);
const struct avo_extent *avo_browser_region(const struct avo_browser *b, size_t region);
size_t avo_browser_n_methods(const struct avo_browser *b);
size_t avo_browser_method(const struct avo_browser *b, size_t i);
/* Tracks kept, ordered by assay: i -> index among the scored. */
size_t avo_browser_n_tracks(const struct avo_browser *b);
size_t avo_browser_track(const struct avo_browser *b, size_t i);
/* Pixels of a region: AVO_BROWSER_PIXELS, or its bins if those are fewer. */
size_t avo_browser_pixels(const struct avo_browser *b, size_t region);

/* Column of track i: line 0 is the observed one, line 1 + j the j-th method. mean and max
 * [AVO_BROWSER_PIXELS] are filled as far as there are pixels: over the bins of each pixel (bin b of
 * n lies in pixel floor(b * pixels / n)) that have a value; NaN where none has. */
void avo_browser_column(const struct avo_browser *b, size_t region, size_t i, size_t line,
                        float *mean, float *max);

#endif
