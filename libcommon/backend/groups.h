/* SPDX-License-Identifier: MIT */
/* groups.h: samples of a batch by the row that they read. */
#ifndef AVO_BACKEND_GROUPS_H
#define AVO_BACKEND_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

/* Samples of a batch that read the same row of one genome block, in sample order. */
struct avo_groups {
    uint32_t n;             /* groups */
    size_t cap_groups, cap_samples;
    uint32_t *row;          /* [n] */
    uint32_t *start;        /* [n + 1] into order */
    uint32_t *order;        /* [samples] sample numbers, grouped; stable */
    uint32_t *key, *spare, *spare_key;
};
/* Groups samples 0 .. n-1 by g->key [n], which is sorted along; after avo_groups_reserve. */
void avo_groups_build(struct avo_groups *g, uint32_t n);
int avo_groups_reserve(struct avo_groups *g, uint32_t n, struct avo_error *err);
void avo_groups_release(struct avo_groups *g);

#endif
