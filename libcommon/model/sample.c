/* SPDX-License-Identifier: MIT */
/* sample.c: which bin, and which training track there, a sample number stands for. */
#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"

#include "libcommon/model/backend.h"

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

int avo_backend_predict(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                        const struct avo_pair *pairs, uint32_t n_pairs, uint32_t first, uint32_t n,
                        float *out, struct avo_error *err)
{
    float q = (float)m->hyper.celltype_dropout;
    if (q == 0)
        return ops->predict(ctx, pairs, n_pairs, first, n, out, err);
    struct avo_pair *none = avo_alloc(m->n_assays, sizeof *none, "pairs", err);
    float *mean = avo_alloc((size_t)m->n_assays * n, sizeof *mean, "predictions", err);
    int rc = none && mean ? ops->predict(ctx, pairs, n_pairs, first, n, out, err) : -1;
    uint32_t n_none = 0;
    for (uint32_t a = 0; a < m->n_assays && !rc; a++) {
        uint32_t p = 0;
        while (p < n_pairs && pairs[p].assay != a)
            p++;
        if (p < n_pairs)
            none[n_none++] = (struct avo_pair){AVO_NO_ROW, a};
    }
    if (!rc)
        rc = ops->predict(ctx, none, n_none, first, n, mean, err);
    for (uint32_t p = 0; p < n_pairs && !rc; p++) {
        uint32_t t = 0;
        while (none[t].assay != pairs[p].assay)
            t++;
        for (uint32_t i = 0; i < n; i++)
            out[(size_t)p * n + i] = (1 - q) * out[(size_t)p * n + i] + q * mean[(size_t)t * n + i];
    }
    free(none);
    free(mean);
    return rc;
}
