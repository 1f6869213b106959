/* SPDX-License-Identifier: MIT */
/* groups.c: samples of a batch grouped by the row they read, so that sums have a fixed order. */
#include "libcommon/backend/groups.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

int avo_groups_reserve(struct avo_groups *g, uint32_t n, struct avo_error *err)
{
    size_t cap[5] = {g->cap_samples, g->cap_samples, g->cap_samples, g->cap_samples,
                     g->cap_groups};
    if (avo_grow(&g->order, &cap[0], n, sizeof *g->order, "groups", err) ||
        avo_grow(&g->key, &cap[1], n, sizeof *g->key, "groups", err) ||
        avo_grow(&g->spare, &cap[2], n, sizeof *g->spare, "groups", err) ||
        avo_grow(&g->spare_key, &cap[3], n, sizeof *g->spare_key, "groups", err) ||
        avo_grow(&g->row, &g->cap_groups, n, sizeof *g->row, "groups", err) ||
        avo_grow(&g->start, &cap[4], (size_t)n + 1, sizeof *g->start, "groups", err))
        return -1;
    g->cap_samples = cap[0];
    return 0;
}

void avo_groups_release(struct avo_groups *g)
{
    free(g->row);
    free(g->start);
    free(g->order);
    free(g->key);
    free(g->spare);
    free(g->spare_key);
    memset(g, 0, sizeof *g);
}

/* One stable counting pass on 8 bits of the key. */
static void radix_pass(struct avo_groups *g, uint32_t n, int shift)
{
    uint32_t count[257] = {0};
    for (uint32_t i = 0; i < n; i++)
        count[((g->key[i] >> shift) & 255) + 1]++;
    for (int d = 0; d < 256; d++)
        count[d + 1] += count[d];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = count[(g->key[i] >> shift) & 255]++;
        g->spare[to] = g->order[i];
        g->spare_key[to] = g->key[i];
    }
    uint32_t *t = g->order;
    g->order = g->spare;
    g->spare = t;
    t = g->key;
    g->key = g->spare_key;
    g->spare_key = t;
}

void avo_groups_build(struct avo_groups *g, uint32_t n)
{
    uint32_t max = 0;
    bool sorted = true;
    for (uint32_t i = 0; i < n; i++) {
        g->order[i] = i;
        max = g->key[i] > max ? g->key[i] : max;
        sorted = sorted && (i == 0 || g->key[i - 1] <= g->key[i]);
    }
    for (int shift = 0; !sorted && shift < 32 && (max >> shift); shift += 8)
        radix_pass(g, n, shift);
    g->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && g->key[i] == g->key[i - 1])
            continue;
        g->row[g->n] = g->key[i];
        g->start[g->n++] = i;
    }
    g->start[g->n] = n;
}
