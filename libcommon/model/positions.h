/* SPDX-License-Identifier: MIT */
/* positions.h: which bins are in memory: runs on the chromosomes' grids. A bin's index counts over
 * the runs in their order; what lies at the bins is signal.h's and rows.h's. */
#ifndef AVO_MODEL_POSITIONS_H
#define AVO_MODEL_POSITIONS_H

#include "libcommon/stream/record.h"

struct avo_positions_run {
    uint32_t chrom, chrom_crc;  /* index; CRC32C of the name, for draws */
    uint32_t beg_bin, n_bins;
    uint32_t first;             /* index of its first bin */
    bool context;               /* margin around other bins: what is there may be read for them, but
                                 * it is never sampled, predicted or written */
};

/* Zeroes: none. */
struct avo_positions {
    uint32_t n_runs;
    uint32_t n_bins;            /* G, those of context runs included */
    uint32_t n_context;         /* bins of context runs */
    struct avo_positions_run *runs;
    uint32_t *run_of;           /* [G] index of the run */
    size_t cap_runs, cap_bins;
};

/* Forgets the bins, keeps the memory. */
void avo_positions_clear(struct avo_positions *p);
void avo_positions_release(struct avo_positions *p);
/* Appends the bins of a span of h's chromosomes, which lie behind those there are; as context or
 * not. A run that goes on where the last one of its kind ends becomes part of it. Errors: more bins
 * than an index can count; memory. */
int avo_positions_add(struct avo_positions *p, const struct avo_header *h,
                      const struct avo_span *span, bool context, struct avo_error *err);
/* Index of a bin of a chromosome, or -1. */
int64_t avo_positions_find(const struct avo_positions *p, uint32_t chrom, uint32_t bin);
/* The run and the bin on its chromosome's grid that index i stands for. */
static inline const struct avo_positions_run *avo_positions_run(const struct avo_positions *p,
                                                                uint32_t i)
{
    return &p->runs[p->run_of[i]];
}
static inline uint32_t avo_positions_bin(const struct avo_positions *p, uint32_t i)
{
    const struct avo_positions_run *r = avo_positions_run(p, i);
    return r->beg_bin + (i - r->first);
}

#endif
