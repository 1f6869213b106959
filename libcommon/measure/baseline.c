/* SPDX-License-Identifier: MIT */
/* baseline.c: one sum per assay serves every track of it. Taking a track out again costs one
 * subtraction in double, whose rounding (1e-16 of the sum) is far below the data's own. */
#include "libcommon/measure/baseline.h"

#include <math.h>
#include <string.h>

void avo_assay_sums_clear(struct avo_assay_sums *s, size_t n)
{
    memset(s->sum, 0, n * sizeof *s->sum);
    memset(s->count, 0, n * sizeof *s->count);
}

void avo_assay_sums_add(struct avo_assay_sums *s, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool there = !isnan(x[i]);

        s->sum[i] += there ? (double)x[i] : 0;
        s->count[i] += there;
    }
}

void avo_assay_sums_mean(const struct avo_assay_sums *s, const float *own, double *mean, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool mine = own != NULL && !isnan(own[i]);
        uint32_t count = s->count[i] - mine;
        double sum = s->sum[i] - (mine ? (double)own[i] : 0);

        mean[i] = count > 0 ? sum / count : NAN;
    }
}
