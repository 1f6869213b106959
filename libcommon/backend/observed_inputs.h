/* SPDX-License-Identifier: MIT */
/* observed_inputs.h: the inputs of the family observed for a chunk of bins, parted into what all
 * targets of a cell type share and what is a target's own.
 *
 * A chunk's values are v [n_seen][V][AVO_OBSERVED_BINS]; inputs lie the same way, column by column:
 * loops run over bins, and products take them transposed. */
#ifndef AVO_BACKEND_OBSERVED_INPUTS_H
#define AVO_BACKEND_OBSERVED_INPUTS_H

#include "libcommon/backend/observed_ops.h"

/* Who reads which tracks in a batch. Zeroes: none yet; memory is kept for the next batch.
 * "Visible" are seen tracks that are not hidden. */
struct avo_observed_plan {
    const struct avo_model *m;
    const struct avo_observed_batch *b;
    uint32_t A, V;
    uint32_t n_target;      /* columns of a target's own inputs before d: 2 V, similar 3 V */
    uint32_t n_assays;      /* of the model, extensions included */
    /* visible tracks by assay: those of a are has[has_first[a]] .. has[has_first[a + 1] - 1] */
    uint32_t *has, *has_first;
    /* cell types with targets; their targets are order[target_first[i]] .. */
    uint32_t n_cells;
    uint32_t *celltype, *target_first, *order;
    int32_t *own;           /* [n_cells][n_assays] the cell type's visible track, or -1 */
    int32_t *truth;         /* [n_targets] the seen track, hidden or not, or -1 */
    uint32_t *k;            /* [n_targets] other cell types with a visible track of its assay */
    uint32_t *room;         /* where all these lie */
    size_t cap;
    float **w;              /* [n_targets] weights of the tracks in has of a target's assay, its own
                             * 0 (similar) */
    float *w_room;
    size_t cap_w, cap_w_room;
};
/* `learned`: targets that no other cell type has are left out. */
int avo_observed_plan_make(struct avo_observed_plan *p, const struct avo_model *m,
                           const struct avo_observed_batch *b, bool learned,
                           struct avo_error *err);
void avo_observed_plan_release(struct avo_observed_plan *p);
/* The visible track that is target t itself, or -1. cell: index of its cell type. */
static inline int32_t avo_observed_plan_own(const struct avo_observed_plan *p, uint32_t cell,
                                            uint32_t t)
{
    return p->own[(size_t)cell * p->n_assays + p->b->targets[t].assay];
}

/* total [n_assays][V][AVO_OBSERVED_BINS]: sums over the visible tracks of an assay. */
void avo_observed_totals(const struct avo_observed_plan *p, const float *v, float *total);
/* x [2 A V][AVO_OBSERVED_BINS]: mu, then d, of a cell type and all assays of the root. */
void avo_observed_shared(const struct avo_observed_plan *p, const float *v, const float *total,
                         uint32_t cell, float *x);
/* x [n_target + V][AVO_OBSERVED_BINS]: mu, sd (and, similar, the weighted mean less mu), d of a
 * target; returns how many columns there are: n_target where d is 0. */
uint32_t avo_observed_own(const struct avo_observed_plan *p, const float *v, const float *total,
                          uint32_t cell, uint32_t t, float *x);

/* `attribute` of observed_ops.h for a model on all cores (observed_attribute.c). */
int avo_observed_attribute(const struct avo_model *m, struct avo_pool *pool,
                           const struct avo_observed_batch *b, const float *row0, float *out,
                           struct avo_error *err);

#endif
