/* SPDX-License-Identifier: MIT */
/* relations_plan.h: which columns and rows a set of relations needs; for relations*.c. */
#ifndef AVO_EVAL_RELATIONS_PLAN_H
#define AVO_EVAL_RELATIONS_PLAN_H

#include "libcommon/eval/relations.h"

/* One track by one source in one region: a sum and a number of bins for each gene. */
struct avo_rel_column {
    enum avo_relation_source source;
    size_t index;               /* observed: track, predicted: k * M + m, aux: its number */
    size_t scored;              /* k of the track, SIZE_MAX if it is not scored */
    enum avo_region_kind region;
    bool given;                 /* some window had it */
    double *sum;                /* [genes] */
    uint32_t *count;            /* [genes] */
};

/* A row and the columns of its terms. */
struct avo_rel_entry {
    struct avo_relation_row row;
    size_t column[3];
};

struct avo_rel_plan {
    struct avo_rel_column *columns;
    struct avo_rel_entry *entries;
    size_t n_columns, cap_columns, n_entries, cap_entries;
};

/* Columns come without their sums. */
int avo_rel_plan_make(struct avo_rel_plan *p, const struct avo_relations_spec *spec,
                      struct avo_error *err);
void avo_rel_plan_release(struct avo_rel_plan *p);

#endif
