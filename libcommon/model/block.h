/* SPDX-License-Identifier: MIT */
/* block.h: what a model's input blocks hold for a sample, which is a position and a pair. */
#ifndef AVO_MODEL_BLOCK_H
#define AVO_MODEL_BLOCK_H

#include "libcommon/model/model.h"

/* A (cell type row, assay row) pair that the network is asked about. AVO_NO_ROW as the cell type:
 * none, zeroes in its input block. */
struct avo_pair { uint32_t celltype, assay; };
#define AVO_NO_ROW UINT32_MAX

/* The row of b's table that a pair reads; AVO_NO_ROW where it has none, and where the rows are not
 * of cell types or assays. */
uint32_t avo_block_row(const struct avo_block *b, const struct avo_pair *pair);
/* Whether b's columns are zeroes because the pair has no cell type. */
bool avo_block_is_empty(const struct avo_block *b, const struct avo_pair *pair);
/* Block k's columns [width] for a sample: x [P] are those of the position, in the order of the
 * blocks; the pair's come from the tables. NULL: zeroes. */
const float *avo_block_columns(const struct avo_model *m, uint32_t k, const float *x,
                               const struct avo_pair *pair);

#endif
