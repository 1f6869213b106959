/* SPDX-License-Identifier: MIT */
/* top.h: the bins with the highest observed values of a track, found while the bins stream by. */
#ifndef AVO_MEASURE_TOP_H
#define AVO_MEASURE_TOP_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

/* Sums over the top bins: the observed values' mean and centred second moment, and the squared
 * errors of each method. */
struct avo_top_sums {
    uint64_t n;
    double mean, sxx;
};

/* Keeps every bin that can still be among the n_max highest: at most 2 n_max bins with distinct
 * fates, and the sums over the bins tied at the lowest value kept. */
struct avo_top {
    size_t n_max, n_methods;
    size_t n, cap;              /* bins kept above floor */
    float *x;                   /* [cap] observed */
    double *se;                 /* [cap][n_methods] squared errors */
    size_t cap_x, cap_se, cap_scratch;
    float *scratch;             /* [cap] for the selection */
    float floor;                /* bins below it are out; -infinity at first */
    uint64_t n_tied;            /* bins equal to floor */
    double *tied_se;            /* [n_methods] */
};

/* For streams of at most n_bins bins of which the top n_bins / 100 (at least one) can be asked
 * for; t is zeroed or was used before (its memory is used again). */
int avo_top_begin(struct avo_top *t, uint64_t n_bins, size_t n_methods, struct avo_error *err);
void avo_top_release(struct avo_top *t);
/* x [n] observed (float values), y[m] [n] predicted by method m; no NaN. */
int avo_top_add(struct avo_top *t, const double *x, const double *const *y, size_t n,
                struct avo_error *err);
/* How many bins the top per cent of n is: int(0.01 n), at least 1 (0 of 0). */
uint64_t avo_top_count(uint64_t n);
/* All bins >= the avo_top_count(n)-th largest of the n that were added: sums, and the summed
 * squared errors sse [n_methods]. */
void avo_top_sums(struct avo_top *t, uint64_t n, struct avo_top_sums *sums, double *sse);
/* Adds b to a. */
void avo_top_merge(struct avo_top_sums *a, const struct avo_top_sums *b);

/* The k-th largest (k from 1) of v [n]; v is reordered. */
float avo_kth_largest(float *v, size_t n, size_t k);

#endif
