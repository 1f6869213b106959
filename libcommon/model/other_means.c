/* SPDX-License-Identifier: MIT */
/* other_means.c: see other_means.h. */
#include "libcommon/model/other_means.h"

#include <math.h>

#include "libcommon/base/clones.h"

int avo_other_ratios(const struct avo_depth_track *tracks, size_t n, size_t n_celltypes,
                     size_t n_assays, size_t celltype, struct avo_other_track *others,
                     size_t n_others, double *scale, size_t *component, bool *defined,
                     struct avo_error *err)
{
    if (avo_depth_scales(tracks, n, n_celltypes, n_assays, scale, component, err))
        return -1;
    *defined = !isnan(scale[celltype]);
    for (size_t i = 0; i < n_others; i++) {
        size_t c = tracks[others[i].track].celltype;

        /* A track of nothing but zeroes has no depth: it scales to zero as it is. */
        others[i].ratio = isnan(scale[c]) ? 1 : scale[celltype] / scale[c];
        *defined &= isnan(scale[c]) || component[c] == component[celltype];
    }
    return 0;
}

AVO_CLONES void avo_depth_sum(const float *v, size_t n, uint64_t *count, double *sum,
                              double *square)
{
    double sums[AVO_LANES] = {0}, squares[AVO_LANES] = {0};
    uint64_t counts[AVO_LANES] = {0};

    for (size_t i = 0; i < n; i += AVO_LANES) {
        size_t m = n - i < AVO_LANES ? n - i : AVO_LANES;

        for (size_t l = 0; l < m; l++) {
            bool there = !isnan(v[i + l]);
            double x = there ? (double)v[i + l] : 0;

            counts[l] += there;
            sums[l] += x;
            squares[l] += x * x;
        }
    }
    for (int l = 0; l < AVO_LANES; l++) {
        *count += counts[l];
        *sum += sums[l];
        *square += squares[l];
    }
}

AVO_CLONES void avo_other_add(double *restrict sum, const float *x, double ratio, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += isnan(x[i]) ? 0 : ratio * (double)x[i];
}
