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

int avo_sample_pair(const struct avo_step *s, const struct avo_binding *on, uint32_t i,
                    uint32_t visit, float *value)
{
    uint32_t crc = avo_positions_run(on->positions, i)->chrom_crc;
    uint32_t bin = avo_positions_bin(on->positions, i);
    for (uint32_t attempt = 0; attempt < 9; attempt++) {
        struct avo_rng4 r = avo_rng_draw((uint32_t)s->seed, AVO_RNG_TRACK, crc, bin, visit,
                                         attempt);
        uint32_t p = avo_rng_below(r.v[0], s->n_pairs);
        *value = avo_signal_at(on->signal, i, s->columns[p]);
        if (isnan(*value))
            continue;
        *value = (*value - s->scale[2 * p]) / s->scale[2 * p + 1];
        bool dropped = avo_rng_unit(r.v[1]) < (float)s->celltype_dropout;
        return (int)(dropped ? s->twin[p] : p);
    }
    return -1;
}
