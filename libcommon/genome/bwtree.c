/* SPDX-License-Identifier: MIT */
/* bwtree.c: the chromosome tree and the indexes of a bigWig. */
#include "libcommon/genome/bwtree.h"

#include <stdlib.h>
#include <string.h>

#define CHROMS_MAGIC 0x78ca8c91u
#define INDEX_MAGIC 0x2468ace0u
#define NAME_FANOUT 256u        /* as in UCSC's programs */
#define INDEX_FANOUT 64u
#define MAX_LEVELS 16

/* A tree over n items. Only the last node of a level is short, so that each level starts right
 * behind the one above, and where a node lies follows from its number. */
struct tree {
    FILE *f;
    uint64_t n, fanout;
    int depth;
    uint64_t nodes[MAX_LEVELS], span[MAX_LEVELS];   /* of a level, leaves first; items a child */
    uint64_t leaf_bytes, twig_bytes;                /* of an entry */
    int (*put_entry)(const struct tree *t, uint64_t first, uint64_t n);
    int (*put_value)(const struct tree *t, uint64_t item);
    const void *items;
    uint32_t key_bytes;
};

static void shape(struct tree *t)
{
    uint64_t n = t->n;
    do {
        n = (n + t->fanout - 1) / t->fanout;
        t->span[t->depth] = t->depth ? t->span[t->depth - 1] * t->fanout : 1;
        t->nodes[t->depth++] = n;
    } while (n > 1);
}

/* One node; its children, if they are nodes, are full ones from child_at on. */
static int put_node(const struct tree *t, int level, uint64_t node, uint64_t child_at)
{
    uint64_t span = t->span[level], first = node * t->fanout * span, left = t->n - first;
    uint64_t children = (left + span - 1) / span;
    uint16_t n = (uint16_t)(children < t->fanout ? children : t->fanout);
    const unsigned char head[2] = {level == 0, 0};
    const uint64_t child_bytes = 4 + (level == 1 ? t->leaf_bytes : t->twig_bytes) * t->fanout;
    if (avo_bw_put(t->f, head, 2) || avo_bw_put(t->f, &n, 2))
        return -1;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t from = first + i * span, to = from + span < t->n ? from + span : t->n;
        if (t->put_entry(t, from, to - from))
            return -1;
        if (level ? avo_bw_put_u64(t->f, child_at + (node * t->fanout + i) * child_bytes)
            : t->put_value(t, from))
            return -1;
    }
    return 0;
}

static int put_tree(struct tree *t)
{
    off_t at = ftello(t->f);
    if (at < 0)
        return -1;
    shape(t);
    for (int l = t->depth - 1; l >= 0; l--) {
        uint64_t children = l ? t->nodes[l - 1] : t->n;
        uint64_t bytes = t->nodes[l] * 4 + children * (l ? t->twig_bytes : t->leaf_bytes);
        for (uint64_t i = 0; i < t->nodes[l]; i++)
            if (put_node(t, l, i, (uint64_t)at + bytes))
                return -1;
        at += (off_t)bytes;
    }
    return 0;
}

/* ---- chromosomes ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct avo_bw_chrom *)a)->name, ((const struct avo_bw_chrom *)b)->name);
}

/* The key: the first name below, padded with zeros. */
static int put_name(const struct tree *t, uint64_t first, uint64_t n)
{
    const struct avo_bw_chrom *c = (const struct avo_bw_chrom *)t->items + first;
    size_t len = strlen(c->name);
    (void)n;
    if (avo_bw_put(t->f, c->name, len))
        return -1;
    for (; len < t->key_bytes; len++)
        if (putc(0, t->f) == EOF)
            return -1;
    return 0;
}

static int put_number(const struct tree *t, uint64_t item)
{
    const struct avo_bw_chrom *c = (const struct avo_bw_chrom *)t->items + item;
    return avo_bw_put_u32(t->f, c->number) || avo_bw_put_u32(t->f, c->len_bp) ? -1 : 0;
}

int avo_bwtree_chroms(FILE *f, struct avo_bw_chrom *chroms, size_t n)
{
    struct tree t = {.f = f, .n = n, .fanout = n < NAME_FANOUT ? n : NAME_FANOUT,
                     .items = chroms, .put_entry = put_name, .put_value = put_number};
    qsort(chroms, n, sizeof *chroms, by_name);
    for (size_t i = 0; i < n; i++)
        if (strlen(chroms[i].name) > t.key_bytes)
            t.key_bytes = (uint32_t)strlen(chroms[i].name);
    t.leaf_bytes = t.twig_bytes = t.key_bytes + 8;
    const uint32_t head[4] = {CHROMS_MAGIC, (uint32_t)t.fanout, t.key_bytes, 8};
    if (avo_bw_put(f, head, sizeof head) || avo_bw_put_u64(f, n) || avo_bw_put_u64(f, 0))
        return -1;
    return put_tree(&t);
}

/* ---- blocks ---- */

static int put_range(const struct tree *t, uint64_t first, uint64_t n)
{
    const struct avo_bw_block *a = (const struct avo_bw_block *)t->items + first, *b = a + n - 1;
    const uint32_t v[4] = {a->chrom, a->start_bp, b->chrom, b->end_bp};
    return avo_bw_put(t->f, v, sizeof v);
}

static int put_block(const struct tree *t, uint64_t item)
{
    const struct avo_bw_block *b = (const struct avo_bw_block *)t->items + item;
    return avo_bw_put_u64(t->f, b->offset) || avo_bw_put_u64(t->f, b->size_bytes) ? -1 : 0;
}

int avo_bwtree_index(FILE *f, const struct avo_bw_block *blocks, uint64_t n, uint64_t n_items,
                     uint32_t per_block)
{
    struct tree t = {.f = f, .n = n, .fanout = INDEX_FANOUT, .leaf_bytes = 32, .twig_bytes = 24,
                     .items = blocks, .put_entry = put_range, .put_value = put_block};
    off_t at = ftello(f);
    const uint32_t head[2] = {INDEX_MAGIC, INDEX_FANOUT}, tail[2] = {per_block, 0};
    if (at < 0 || avo_bw_put(f, head, sizeof head) || avo_bw_put_u64(f, n_items) ||
        put_range(&t, 0, n) || avo_bw_put_u64(f, (uint64_t)at) ||
        avo_bw_put(f, tail, sizeof tail))
        return -1;
    return put_tree(&t);
}
