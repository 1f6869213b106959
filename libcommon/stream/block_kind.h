/* SPDX-License-Identifier: MIT */
/* block_kind.h: an input block of a network, and the one table of the kinds there are. All that
 * differs by kind is asked here; how a model's blocks are filled: model/block.h. */
#ifndef AVO_STREAM_BLOCK_KIND_H
#define AVO_STREAM_BLOCK_KIND_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers are part of a model's root id. */
enum avo_block_kind {
    AVO_BLOCK_CELLTYPE, AVO_BLOCK_ASSAY, AVO_BLOCK_GENOME,
    /* Computed from the signal around the bin, in models of the family observed:
     * model/observed.h */
    AVO_BLOCK_ELSEWHERE, AVO_BLOCK_OWN, AVO_BLOCK_TARGET
};

/* What a block has learnable rows of. Cell types, assays: a table in CORE, a row for each of them.
 * Positions: one for every bins_per_row bins of a chromosome, in GENOME records. None: its columns
 * are computed. */
enum avo_block_table {
    AVO_TABLE_CELLTYPES, AVO_TABLE_ASSAYS, AVO_TABLE_POSITIONS, AVO_TABLE_NONE
};

/* What a block's columns depend on: on the position alone, so that their part of the first layer
 * is computed once for all pairs; on the (cell type, assay) pair alone: once for all positions; or
 * on both, the signal of other tracks at the position: those models have backends of their own
 * (backend/observed_ops.h).
 * Whoever has to see to all columns covers both in a switch, which a compiler checks. */
enum avo_block_depends { AVO_BY_POSITION, AVO_BY_PAIR, AVO_BY_BOTH };

struct avo_block {
    char *name;             /* celltype, assay, fine, mid, coarse, ... */
    enum avo_block_kind kind;
    uint32_t width;         /* columns */
    uint32_t bins_per_row;  /* AVO_TABLE_POSITIONS only: 1, 10, 200 ... */
};

/* Name on the wire and back (-1 = unknown). */
const char *avo_block_kind_name(enum avo_block_kind kind);
int avo_block_kind_parse(const char *name);

enum avo_block_table avo_block_table_of(const struct avo_block *b);
enum avo_block_depends avo_block_depends_on(const struct avo_block *b);

/* Its rows are of positions. */
static inline bool avo_block_is_genome(const struct avo_block *b)
{
    return avo_block_table_of(b) == AVO_TABLE_POSITIONS;
}
static inline bool avo_block_per_pair(const struct avo_block *b)
{
    return avo_block_depends_on(b) == AVO_BY_PAIR;
}
/* Of one kind and width: the values of one fit the other. */
static inline bool avo_block_alike(const struct avo_block *a, const struct avo_block *b)
{
    return a->kind == b->kind && a->width == b->width;
}

#endif
