/* SPDX-License-Identifier: MIT */
/* binsum.h: value x overlap of sorted intervals added into bins (shared by the two readers). */
#ifndef AVO_GENOME_BINSUM_H
#define AVO_GENOME_BINSUM_H

#include <stdint.h>

/* Bins [beg_bp / bin_bp, end_bp / bin_bp); both ends lie on bin edges. */
struct avo_binsum {
    uint32_t bin_bp;
    uint64_t beg_bp, end_bp;
    uint64_t i;             /* bin of the last interval, from beg_bp */
    uint64_t edge_bp;       /* where that bin ends */
    double *sum;
    uint32_t *covered;
};

static inline void avo_binsum_init(struct avo_binsum *a, uint32_t bin_bp, uint32_t beg_bin,
                                   uint32_t n_bins, double *sum, uint32_t *covered)
{
    a->bin_bp = bin_bp;
    a->beg_bp = (uint64_t)beg_bin * bin_bp;
    a->end_bp = a->beg_bp + (uint64_t)n_bins * bin_bp;
    a->i = 0;
    a->edge_bp = a->beg_bp + bin_bp;
    a->sum = sum;
    a->covered = covered;
}

/* Adds [beg, end), which must reach into the bins and start no earlier than the last one did.
 * The division is needed only where an interval skips a whole bin. */
static inline void avo_binsum_add(struct avo_binsum *a, uint64_t beg, uint64_t end, double value)
{
    if (beg < a->beg_bp)
        beg = a->beg_bp;
    if (end > a->end_bp)
        end = a->end_bp;
    if (beg >= a->edge_bp) {
        uint64_t skip = beg - a->edge_bp < a->bin_bp ? 1 : (beg - a->edge_bp) / a->bin_bp + 1;
        a->i += skip;
        a->edge_bp += skip * a->bin_bp;
    }
    while (end > a->edge_bp) {
        a->sum[a->i] += value * (double)(a->edge_bp - beg);
        a->covered[a->i] += (uint32_t)(a->edge_bp - beg);
        beg = a->edge_bp;
        a->i++;
        a->edge_bp += a->bin_bp;
    }
    a->sum[a->i] += value * (double)(end - beg);
    a->covered[a->i] += (uint32_t)(end - beg);
}

#endif
