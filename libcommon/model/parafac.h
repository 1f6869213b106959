/* SPDX-License-Identifier: MIT */
/* parafac.h: models without a network (header.parafac): a value is a sum of biases and of products
 * of factors, as in PREDICTD,
 *   y[c, a, i] = mu + C[c, L] + A[a, L] + G[i, L] + sum over l < L: C[c, l] A[a, l] G[i, l]
 * C, A and G being the rows of the three blocks, L + 1 wide: of cell types, assays and positions.
 * mu is the one bias of the one layer. Of a pair without a cell type, C's row is zeroes.
 * Source: Durham, Libbrecht, Howbert, Bilmes, Noble 2018 (Nature Communications 9, 1402). */
#ifndef AVO_MODEL_PARAFAC_H
#define AVO_MODEL_PARAFAC_H

#include "libcommon/model/block.h"

enum { AVO_PARAFAC_CELLTYPES, AVO_PARAFAC_ASSAYS, AVO_PARAFAC_POSITIONS };  /* the blocks */

/* L + 1 */
static inline uint32_t avo_parafac_width(const struct avo_model *m)
{
    return m->header.blocks[AVO_PARAFAC_POSITIONS].width;
}
static inline float avo_parafac_mu(const struct avo_model *m)
{
    return m->layers[0].b[0];
}

/* What column e of a table's block starts around: factors of cell types around 1, so that training
 * begins with products of assays and positions that hold in all cell types; all else around 0. */
static inline float avo_parafac_start(const struct avo_block *b, uint32_t e)
{
    return b->kind == AVO_BLOCK_CELLTYPE && e + 1 < b->width ? 1 : 0;
}

#endif
