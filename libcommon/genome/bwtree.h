/* SPDX-License-Identifier: MIT */
/* bwtree.h: the two kinds of tree in a bigWig, as they are written: chromosomes by name, and blocks
 * by place. Nodes hold up to a fixed number of children; the root comes first. */
#ifndef AVO_GENOME_BWTREE_H
#define AVO_GENOME_BWTREE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct avo_bw_chrom {
    const char *name;
    uint32_t number, len_bp;
};

/* A compressed block of values or of zoom records. */
struct avo_bw_block {
    uint32_t chrom, start_bp, end_bp;
    uint64_t offset, size_bytes;
};

/* Little-endian, where f stands; -1 with errno set. */
static inline int avo_bw_put(FILE *f, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, f) == n ? 0 : -1;
}

static inline int avo_bw_put_u32(FILE *f, uint32_t v)
{
    return avo_bw_put(f, &v, sizeof v);
}

static inline int avo_bw_put_u64(FILE *f, uint64_t v)
{
    return avo_bw_put(f, &v, sizeof v);
}

/* At another place; then f stands at its end. */
static inline int avo_bw_put_at(FILE *f, off_t at, const void *bytes, size_t n)
{
    return fseeko(f, at, SEEK_SET) || avo_bw_put(f, bytes, n) ? -1 : fseeko(f, 0, SEEK_END);
}

/* Both write where f stands, and return 0, or -1 with errno set.
 * chroms [n] are sorted by name in place. */
int avo_bwtree_chroms(FILE *f, struct avo_bw_chrom *chroms, size_t n);
/* blocks [n] in order; n_items and per_block are what the index's head says. */
int avo_bwtree_index(FILE *f, const struct avo_bw_block *blocks, uint64_t n, uint64_t n_items,
                     uint32_t per_block);

#endif
