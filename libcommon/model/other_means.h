/* SPDX-License-Identifier: MIT */
/* other_means.h: the mean over the tracks that other cell types have of an assay, plain and scaled
 * for depth: the parts that whoever scores it and whoever writes it share.
 *
 * With T the other tracks that have a value at the bin, x their values and s the depth scales of
 * their cell types (scale.h), t the cell type in question:
 *   mean         (1/|T|) sum_u x_u
 *   scaled-mean  (1/|T|) sum_u (s_t / s_u) x_u */
#ifndef AVO_MODEL_OTHER_MEANS_H
#define AVO_MODEL_OTHER_MEANS_H

#include <stdint.h>

#include "libcommon/model/scale.h"

/* Another track of the assay, and the factor to the depth of the cell type in question. */
struct avo_other_track { size_t track; double ratio; };

/* What the depths of n tracks, numbered as others are, say of a cell type: fills the ratios of
 * others [n_others]. Those tracks with is_train are what may be known. *defined: whether the cell
 * type and all others can be compared. Scratch: scale, component [n_celltypes]. */
int avo_other_ratios(const struct avo_depth_track *tracks, size_t n, size_t n_celltypes,
                     size_t n_assays, size_t celltype, struct avo_other_track *others,
                     size_t n_others, double *scale, size_t *component, bool *defined,
                     struct avo_error *err);
/* Adds the values v [n] that are there: how many, their sum and that of their squares. */
void avo_depth_sum(const float *v, size_t n, uint64_t *count, double *sum, double *square);
/* sum [n] += ratio * x [n] where there is a value. */
void avo_other_add(double *restrict sum, const float *x, double ratio, size_t n);

#endif
