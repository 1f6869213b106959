/* SPDX-License-Identifier: MIT */
/* extents.c: set operations on sorted, merged extents. */
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/region.h"

struct list {
    struct avo_extent *e;
    size_t n, cap;
};

static int push(struct list *l, uint32_t chrom, uint32_t beg, uint32_t end, struct avo_error *err)
{
    if (beg >= end)
        return 0;
    if (avo_grow(&l->e, &l->cap, l->n + 1, sizeof *l->e, "regions", err))
        return -1;
    l->e[l->n++] = (struct avo_extent){chrom, beg, end};
    return 0;
}

/* The list becomes the caller's, also when it is empty (never NULL on success). */
static int hand_over(struct list *l, int rc, struct avo_extent **out, size_t *n,
                     struct avo_error *err)
{
    if (rc == 0 && !l->e)
        rc = avo_grow(&l->e, &l->cap, 1, sizeof *l->e, "regions", err);
    if (rc) {
        free(l->e);
        *l = (struct list){0};
    }
    *out = l->e;
    *n = l->n;
    return rc;
}

static bool lies_before(const struct avo_extent *a, const struct avo_extent *b)
{
    return a->chrom < b->chrom || (a->chrom == b->chrom && a->end_bin <= b->beg_bin);
}

int avo_extents_intersect(const struct avo_extent *a, size_t n_a, const struct avo_extent *b,
                          size_t n_b, struct avo_extent **out, size_t *n, struct avo_error *err)
{
    struct list l = {0};
    size_t i = 0, j = 0;
    int rc = 0;
    while (rc == 0 && i < n_a && j < n_b) {
        if (lies_before(&a[i], &b[j])) {
            i++;
        } else if (lies_before(&b[j], &a[i])) {
            j++;
        } else {
            uint32_t beg = a[i].beg_bin > b[j].beg_bin ? a[i].beg_bin : b[j].beg_bin;
            uint32_t end = a[i].end_bin < b[j].end_bin ? a[i].end_bin : b[j].end_bin;
            rc = push(&l, a[i].chrom, beg, end, err);
            if (a[i].end_bin <= b[j].end_bin)
                i++;
            else
                j++;
        }
    }
    return hand_over(&l, rc, out, n, err);
}

int avo_extents_subtract(const struct avo_extent *a, size_t n_a, const struct avo_extent *b,
                         size_t n_b, struct avo_extent **out, size_t *n, struct avo_error *err)
{
    struct list l = {0};
    size_t j = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n_a; i++) {
        uint32_t beg = a[i].beg_bin;
        while (j < n_b && lies_before(&b[j], &a[i]))
            j++;
        for (size_t k = j; rc == 0 && k < n_b && !lies_before(&a[i], &b[k]); k++) {
            rc = push(&l, a[i].chrom, beg, b[k].beg_bin, err);
            beg = b[k].end_bin;
        }
        if (rc == 0)
            rc = push(&l, a[i].chrom, beg, a[i].end_bin, err);
    }
    return hand_over(&l, rc, out, n, err);
}

bool avo_extents_touch(const struct avo_extent *e, size_t n, uint32_t chrom, uint32_t beg_bin,
                       uint32_t end_bin)
{
    size_t i = avo_extents_first(e, n, chrom, beg_bin);
    return beg_bin < end_bin && i < n && e[i].chrom == chrom && e[i].beg_bin < end_bin;
}

uint64_t avo_extents_bins(const struct avo_extent *e, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += e[i].end_bin - e[i].beg_bin;
    return sum;
}
