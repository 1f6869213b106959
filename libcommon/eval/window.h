/* SPDX-License-Identifier: MIT */
/* window.h: observed and predicted columns of one window, as collectors of scores get them. */
#ifndef AVO_EVAL_WINDOW_H
#define AVO_EVAL_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* One window of a chromosome. K = scored tracks (avo_scored.n_scored), M = methods: the imputed
 * inputs in their order, then the baselines. Values are float32 in the space that is scored; NaN =
 * not there. Valid during the call that gets it; collectors must not write. */
struct avo_window {
    uint32_t chrom;                     /* of the observed header */
    uint32_t beg_bin, n;                /* bins [beg_bin, beg_bin + n) of the chromosome's grid */
    const float *const *observed;       /* [tracks of the observed input][n] */
    size_t n_methods;
    const float *const *predicted;      /* [K * M]: scored track k by method m at k * M + m, [n];
                                         * NULL: the method has no prediction for the track */
    const uint8_t *const *use;          /* [K][n] 1: the bin counts for the track (observed, and
                                         * every method that predicts the track has a value) */
    const float *const *variance;       /* [K][n] population variance at the bin over the assay's
                                         * other training tracks; NULL with fewer than two of them,
                                         * NaN where fewer than two have a value */
};

#endif
