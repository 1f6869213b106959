/* SPDX-License-Identifier: MIT */
/* baseline.h: the mean over the other cell types, from columns that lie side by side. */
#ifndef AVO_MEASURE_BASELINE_H
#define AVO_MEASURE_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sum and number of the values at each bin over some tracks of one assay: sum, count [n]. */
struct avo_assay_sums { double *sum; uint32_t *count; };

void avo_assay_sums_clear(struct avo_assay_sums *s, size_t n);
/* x [n]; NaN = missing, not counted. */
void avo_assay_sums_add(struct avo_assay_sums *s, const float *x, size_t n);
/* mean [n] over the tracks that were added, NaN where there is none; own [n] is one of them that
 * is left out of it, or NULL. */
void avo_assay_sums_mean(const struct avo_assay_sums *s, const float *own, double *mean,
                         size_t n);

#endif
