/* SPDX-License-Identifier: MIT */
/* depths.h: the scale of each cell type of a header against the rest, and what each track's size
 * has beyond it. */
#ifndef AVO_EVAL_DEPTHS_H
#define AVO_EVAL_DEPTHS_H

#include <stddef.h>

#include "libcommon/base/error.h"
#include "libcommon/genome/availability.h"

/* Numbers of cell types and assays are those of the availability matrix. */
struct avo_depths {
    const struct avo_availability *available;   /* borrowed */
    double *scale;          /* [n_celltypes] model/scale.h */
    size_t *component;      /* [n_celltypes] model/scale.h */
    double *residual;       /* [n_tracks] ln of the track's size less cell type's and assay's */
};

/* rms [n_tracks]: root of the mean squared value of each track in model space. Tracks of the role
 * test take no part in the fit. Errors: out of memory. */
int avo_depths_make(struct avo_depths *d, const struct avo_availability *a, const double *rms,
                    struct avo_error *err);
void avo_depths_release(struct avo_depths *d);

/* The track of a cell type with the greatest |residual|; AVO_NO_TRACK if none has one. */
size_t avo_depths_worst(const struct avo_depths *d, size_t celltype);
size_t avo_depths_n_tracks(const struct avo_depths *d, size_t celltype);
/* For tables of six decimals: what they would show as -0.000000 is 0. */
double avo_depths_residual(const struct avo_depths *d, size_t track);

#endif
