/* SPDX-License-Identifier: MIT */
/* density.h: imputed against observed values as two-dimensional histograms. */
#ifndef AVO_EVAL_DENSITY_H
#define AVO_EVAL_DENSITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/threads.h"
#include "libcommon/eval/scored.h"
#include "libcommon/eval/window.h"

/* Cells per side; even. Once the largest value is known, more than half of them are in use. */
#define AVO_DENSITY_CELLS 128

/* A histogram per assay and method. Cells grow twofold as larger values come, so that nobody has
 * to know the range beforehand; results do not depend on the order of the windows. */
struct avo_density;

/* Counts the first n_methods methods of windows. chosen and pool are borrowed. arcsinh: cells are
 * equal in arcsinh of the values (for raw space, whose range is too wide otherwise). */
struct avo_density *avo_density_new(const struct avo_scored *chosen, size_t n_methods,
                                    bool arcsinh, struct avo_pool *pool, struct avo_error *err);
void avo_density_free(struct avo_density *d);
/* Counts the bins in use at which the method has a value. Values below 0 count as 0. */
int avo_density_add(struct avo_density *d, const struct avo_window *w, struct avo_error *err);

/* counts [cells][cells]: row = imputed, column = observed; cell i holds values in
 * [i, i + 1) * width (of arcsinh of the values, where asked for). */
struct avo_density_view {
    const uint64_t *counts;
    size_t stride;          /* between rows */
    size_t cells;           /* in use per side, for all methods of the assay; 0: no bins */
    double width;
    uint64_t n, max;        /* bins in all, and in the fullest cell */
};
size_t avo_density_n_methods(const struct avo_density *d);
bool avo_density_is_arcsinh(const struct avo_density *d);
/* Brings all methods of an assay to one width first. Valid until the next call of add. */
struct avo_density_view avo_density_view(struct avo_density *d, size_t assay, size_t method);

#endif
