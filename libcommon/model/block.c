/* SPDX-License-Identifier: MIT */
/* block.c: see block.h. */
#include "libcommon/model/block.h"

uint32_t avo_block_row(const struct avo_block *b, const struct avo_pair *pair)
{
    switch (avo_block_table_of(b)) {
    case AVO_TABLE_CELLTYPES:
        return pair->celltype;
    case AVO_TABLE_ASSAYS:
        return pair->assay;
    case AVO_TABLE_POSITIONS:
    case AVO_TABLE_NONE:
        break;
    }
    return AVO_NO_ROW;
}

bool avo_block_is_empty(const struct avo_block *b, const struct avo_pair *pair)
{
    return avo_block_per_pair(b) && avo_block_row(b, pair) == AVO_NO_ROW;
}

const float *avo_block_columns(const struct avo_model *m, uint32_t k, const float *x,
                               const struct avo_pair *pair)
{
    const struct avo_block *b = &m->header.blocks[k];
    uint32_t row = avo_block_row(b, pair);
    switch (avo_block_depends_on(b)) {
    case AVO_BY_POSITION:
        return x + m->x_offset[k];
    case AVO_BY_PAIR:
        return row == AVO_NO_ROW ? NULL : m->table[k] + (size_t)row * b->width;
    case AVO_BY_BOTH:
        break;
    }
    return NULL;
}
