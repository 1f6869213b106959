/* SPDX-License-Identifier: MIT */
/* scale.h: how deep a cell type was sequenced, from the sizes of its tracks. */
#ifndef AVO_MODEL_SCALE_H
#define AVO_MODEL_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/error.h"

struct avo_depth_track {
    size_t celltype, assay;     /* indices */
    double rms;                 /* root of the mean squared value, in the space that is scored */
    bool is_train;              /* takes part in the fit */
};

/* Component of a cell type without a track in the fit. */
#define AVO_NO_COMPONENT ((size_t)-1)

/* Least squares of
 *     ln(rms) = u[celltype] + v[assay]
 * over the tracks with is_train and a finite rms > 0; scale = exp(u). Other tracks take no part: an
 * rms of 0 is a track without signal, NaN one that was never read, and both have no logarithm.
 * Shapes: scale, component [n_celltypes].
 * Cell types that no chain of shared assays links cannot be compared: each linked set is a
 * component, numbered from 0 in the order of its first cell type, and the mean of u over a
 * component's cell types is 0. So a ratio of two scales means something inside one component only.
 * A cell type without a track in the fit has the scale NaN and AVO_NO_COMPONENT.
 * Returns 0, or -1: out of memory (8 min(n_celltypes, n_assays)^2 bytes are needed). */
int avo_depth_scales(const struct avo_depth_track *tracks, size_t n, size_t n_celltypes,
                     size_t n_assays, double *scale, size_t *component, struct avo_error *err);

/* ln(rms) less the fit, for every track: residual [n], of what avo_depth_scales found. NaN without
 * a finite rms > 0, and (tracks outside the fit) where the cell type or the assay has no track in
 * the fit or the two lie in different components. Tracks in the fit that are the only one of their
 * cell type or of their assay have 0: nothing contradicts them. */
int avo_depth_residuals(const struct avo_depth_track *tracks, size_t n, size_t n_celltypes,
                        size_t n_assays, const double *scale, const size_t *component,
                        double *residual, struct avo_error *err);

#endif
