/* SPDX-License-Identifier: MIT */
/* sample.c: which bin, and which training track there, a sample number stands for. */
#include <math.h>

#include "libcommon/backend/backend.h"

uint32_t avo_sample_place(const struct avo_step *s, uint32_t n_bins, uint64_t q, uint32_t *visit)
{
    uint32_t seed = (uint32_t)s->seed;
    *visit = s->epoch;
    switch (s->order) {
    case AVO_ORDER_PERMUTED:
        return avo_permute(seed, s->epoch, n_bins, (uint32_t)(q % n_bins));
    case AVO_ORDER_RANDOM:
        *visit = (uint32_t)q;
        return avo_rng_below(avo_rng_draw(seed, AVO_RNG_RANDOM, (uint32_t)q, (uint32_t)(q >> 32),
                                          0, 0).v[0], n_bins);
    case AVO_ORDER_SEQUENTIAL:
    default:
        if (s->wrap)
            *visit = (uint32_t)(q / n_bins);
        return (uint32_t)(q % n_bins);
    }
}

int avo_sample_pair(const struct avo_step *s, const struct avo_axis *a, uint32_t i,
                    uint32_t visit, float *value)
{
    const struct avo_axis_run *run = &a->runs[a->run_of[i]];
    uint32_t bin = run->beg_bin + (i - run->first);
    for (uint32_t attempt = 0; attempt < 9; attempt++) {
        struct avo_rng4 r = avo_rng_draw((uint32_t)s->seed, AVO_RNG_TRACK, run->chrom_crc, bin,
                                         visit, attempt);
        uint32_t p = avo_rng_below(r.v[0], s->n_pairs);
        *value = avo_axis_value(a, i, s->columns[p]);
        if (isnan(*value))
            continue;
        bool dropped = avo_rng_unit(r.v[1]) < (float)s->celltype_dropout;
        return (int)(dropped ? s->twin[p] : p);
    }
    return -1;
}
