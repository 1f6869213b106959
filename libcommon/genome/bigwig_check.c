/* SPDX-License-Identifier: MIT */
/* bigwig_check.c: the header and both trees of a bigWig, with every offset and count bounded. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/utf8.h"
#include "libcommon/genome/bigwig_priv.h"

#define MAGIC_BIGWIG 0x888FFC26u
#define MAGIC_CHROMS 0x78CA8C91u
#define MAGIC_INDEX 0x2468ACE0u

enum {
    HEAD_BYTES = 64, ZOOM_BYTES = 24, SUMMARY_BYTES = 40, CHROMS_HEAD = 32, INDEX_HEAD = 48,
    MAX_NAME = 1024, MAX_CHROMS = 4 << 20
};

static double get_f64(const uint8_t *p)
{
    uint64_t u = avo_bw_u64(p);
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A zoom level is never read, but one that lies past the end tells of a file cut short. */
static int check_zooms(struct avo_bigwig *b, struct avo_error *err)
{
    uint8_t z[ZOOM_BYTES], magic[4];
    for (unsigned i = 0; i < b->head.n_zooms; i++) {
        if (avo_bw_pread(b, z, sizeof z, HEAD_BYTES + (uint64_t)i * ZOOM_BYTES, "a zoom header",
                         err) < 0)
            return -1;
        uint64_t off = avo_bw_u64(z + 16);
        if (avo_bw_pread(b, magic, 4, off, "the index of a zoom level", err) < 0)
            return -1;
        if (avo_bw_u32(magic) != MAGIC_INDEX)
            return avo_error_set(err, "%s: zoom level %u has no index at byte %llu", b->path, i,
                                 (unsigned long long)off);
    }
    return 0;
}

static int check_head(struct avo_bigwig *b, struct avo_error *err)
{
    uint8_t p[HEAD_BYTES];
    struct avo_bw_head *h = &b->head;
    if (avo_bw_pread(b, p, sizeof p, 0, "the header", err) < 0)
        return -1;
    if (avo_bw_u32(p) != MAGIC_BIGWIG)
        return avo_error_set(err, "%s: not a bigWig (first bytes %02x%02x%02x%02x)", b->path,
                             p[0], p[1], p[2], p[3]);
    h->version = avo_bw_u16(p + 4);
    h->n_zooms = avo_bw_u16(p + 6);
    h->chrom_off = avo_bw_u64(p + 8);
    h->data_off = avo_bw_u64(p + 16);
    h->index_off = avo_bw_u64(p + 24);
    h->summary_off = avo_bw_u64(p + 44);
    h->block_bytes = avo_bw_u32(p + 52);
    if (h->version < 1 || h->version > 4)
        return avo_error_set(err, "%s: bigWig version %u (known: 1 to 4)", b->path, h->version);
    if (h->data_off < HEAD_BYTES)
        return avo_error_set(err, "%s: the header puts the data at byte %llu", b->path,
                             (unsigned long long)h->data_off);
    if (h->n_zooms > 64)
        return avo_error_set(err, "%s: %u zoom levels in the header (at most 64)", b->path,
                             h->n_zooms);
    if (h->block_bytes > AVO_BW_MAX_BLOCK)
        return avo_error_set(err, "%s: blocks of %u bytes in the header (at most %u)", b->path,
                             h->block_bytes, AVO_BW_MAX_BLOCK);
    return check_zooms(b, err);
}

/* ---- the chromosome tree ---- */

/* Nodes of a tree cannot fill more than the file; a file of unknown size gets a bound as well. */
static uint64_t node_bytes(const struct avo_bigwig *b)
{
    return b->remote ? 1u << 30 : b->size_bytes;
}

struct chrom_walk {
    struct avo_bigwig *b;
    uint32_t fanout, key_bytes;
    uint64_t n_seen, bytes_left;
    uint8_t *seen;                  /* [n_chroms] */
};

/* A name is printable UTF-8, padded with zeros to the width of the tree's keys. */
static bool good_name(const uint8_t *key, uint32_t key_bytes)
{
    size_t n = strnlen((const char *)key, key_bytes);
    for (size_t i = n; i < key_bytes; i++)
        if (key[i])
            return false;
    return n > 0 && avo_utf8_ok((const char *)key, n, "");
}

static int take_chrom(struct chrom_walk *w, const uint8_t *item, struct avo_error *err)
{
    struct avo_bigwig *b = w->b;
    uint32_t id = avo_bw_u32(item + w->key_bytes), len = avo_bw_u32(item + w->key_bytes + 4);
    if (!good_name(item, w->key_bytes))
        return avo_error_set(err, "%s: chromosome tree: entry %llu has no proper name", b->path,
                             (unsigned long long)w->n_seen);
    if (id >= b->n_chroms || w->seen[id])
        return avo_error_set(err, "%s: chromosome tree: %.*s has number %u (%s)", b->path,
                             (int)w->key_bytes, (const char *)item, id,
                             id >= b->n_chroms ? "out of range" : "given twice");
    if (len == 0)
        return avo_error_set(err, "%s: chromosome tree: %.*s has length 0", b->path,
                             (int)w->key_bytes, (const char *)item);
    w->seen[id] = 1;
    w->n_seen++;
    memcpy(b->names + id * b->name_bytes, item, w->key_bytes);
    b->len_bp[id] = len;
    return 0;
}

static int walk_chroms(struct chrom_walk *w, uint64_t off, int depth, const uint8_t *want_key,
                       struct avo_error *err);

/* The n items of one node; want_key: what the parent calls its first one. */
static int take_chrom_node(struct chrom_walk *w, const uint8_t *p, unsigned n, bool is_leaf,
                           int depth, const uint8_t *want_key, struct avo_error *err)
{
    uint32_t size = w->key_bytes + 8;
    if (want_key && memcmp(p, want_key, w->key_bytes) != 0)
        return avo_error_set(err, "%s: chromosome tree: a node does not begin with the name that "
                             "its parent gives", w->b->path);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *item = p + (size_t)i * size;
        int rc = is_leaf ? take_chrom(w, item, err)
                         : walk_chroms(w, avo_bw_u64(item + w->key_bytes), depth + 1, item, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int walk_chroms(struct chrom_walk *w, uint64_t off, int depth, const uint8_t *want_key,
                       struct avo_error *err)
{
    struct avo_bigwig *b = w->b;
    uint8_t head[AVO_BW_NODE_HEAD];
    if (avo_bw_pread(b, head, sizeof head, off, "a node of the chromosome tree", err) < 0)
        return -1;
    unsigned n = avo_bw_u16(head + 2);
    uint64_t bytes = (uint64_t)n * (w->key_bytes + 8);
    if (depth >= AVO_BW_DEPTH || head[0] > 1 || n == 0 || n > w->fanout ||
        bytes + sizeof head > w->bytes_left)
        return avo_error_set(err, "%s: chromosome tree: impossible node at byte %llu (%u of at "
                             "most %u entries, level %d)", b->path, (unsigned long long)off, n,
                             w->fanout, depth);
    w->bytes_left -= bytes + sizeof head;
    uint8_t *p = malloc(bytes);
    if (!p)
        return avo_error_set(err, "%s: out of memory for the chromosome tree", b->path);
    int rc = avo_bw_pread(b, p, bytes, off + sizeof head, "a node of the chromosome tree", err);
    if (rc == 0)
        rc = take_chrom_node(w, p, n, head[0] == 1, depth, want_key, err);
    free(p);
    return rc;
}

static int cmp_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_unique_names(const struct avo_bigwig *b, struct avo_error *err)
{
    const char **sorted = avo_alloc(b->n_chroms, sizeof *sorted, "chromosome names", err);
    int rc = 0;
    if (!sorted)
        return -1;
    for (size_t i = 0; i < b->n_chroms; i++)
        sorted[i] = avo_bw_name(b, i);
    qsort(sorted, b->n_chroms, sizeof *sorted, cmp_name);
    for (size_t i = 1; i < b->n_chroms && rc == 0; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            rc = avo_error_set(err, "%s: chromosome tree: %s occurs twice", b->path, sorted[i]);
    free(sorted);
    return rc;
}

static int alloc_chroms(struct avo_bigwig *b, uint64_t n, uint32_t key_bytes,
                        struct avo_error *err)
{
    b->n_chroms = n;
    b->name_bytes = (size_t)key_bytes + 1;
    b->names = avo_alloc(n, b->name_bytes, "chromosome names", err);
    b->len_bp = avo_alloc(n, sizeof *b->len_bp, "chromosome lengths", err);
    return b->names && b->len_bp ? 0 : -1;
}

static int check_chroms(struct avo_bigwig *b, struct avo_error *err)
{
    uint8_t p[CHROMS_HEAD];
    if (avo_bw_pread(b, p, sizeof p, b->head.chrom_off, "the chromosome tree", err) < 0)
        return -1;
    if (avo_bw_u32(p) != MAGIC_CHROMS)
        return avo_error_set(err, "%s: no chromosome tree at byte %llu", b->path,
                             (unsigned long long)b->head.chrom_off);
    struct chrom_walk w = {.b = b, .fanout = avo_bw_u32(p + 4), .key_bytes = avo_bw_u32(p + 8),
                           .bytes_left = node_bytes(b)};
    uint32_t value_bytes = avo_bw_u32(p + 12);
    uint64_t n = avo_bw_u64(p + 16);
    if (w.fanout == 0 || w.key_bytes == 0 || w.key_bytes > MAX_NAME || value_bytes != 8)
        return avo_error_set(err, "%s: chromosome tree: %u entries a node, names of %u bytes, "
                             "values of %u bytes (want 8)", b->path, w.fanout, w.key_bytes,
                             value_bytes);
    if (n == 0 || n > MAX_CHROMS || n > b->size_bytes / (w.key_bytes + 8))
        return avo_error_set(err, "%s: chromosome tree: %llu chromosomes in a file of %llu bytes",
                             b->path, (unsigned long long)n, (unsigned long long)b->size_bytes);
    w.seen = avo_alloc(n, 1, "chromosome numbers", err);
    int rc = w.seen ? alloc_chroms(b, n, w.key_bytes, err) : -1;
    if (rc == 0)
        rc = walk_chroms(&w, b->head.chrom_off + sizeof p, 0, NULL, err);
    if (rc == 0 && w.n_seen != n)
        rc = avo_error_set(err, "%s: chromosome tree: %llu chromosomes (its head says %llu)",
                           b->path, (unsigned long long)w.n_seen, (unsigned long long)n);
    free(w.seen);
    return rc == 0 ? check_unique_names(b, err) : rc;
}

/* ---- the index ---- */

struct index_walk {
    struct avo_bigwig *b;
    uint64_t n_blocks, bytes_left;
    struct avo_bw_item last;        /* the block before; size_bytes 0: none yet */
    struct avo_bw_item *of;         /* [n_chroms] each one's block before; size_bytes 0: none yet */
    uint32_t n_ranks;
    bool ascends;                   /* chromosome numbers do, so far */
    uint64_t first_off;             /* the lowest place of a block in the file */
};

int avo_bw_load_node(struct avo_bigwig *b, uint64_t off, int depth, unsigned *n, bool *is_leaf,
                     struct avo_error *err)
{
    uint8_t head[AVO_BW_NODE_HEAD];
    if (avo_bw_pread(b, head, sizeof head, off, "a node of the index", err) < 0)
        return -1;
    *is_leaf = head[0] == 1;
    *n = avo_bw_u16(head + 2);
    if (depth >= AVO_BW_DEPTH || head[0] > 1 || *n > b->head.index_fanout ||
        (*n == 0 && b->head.n_blocks > 0))
        return avo_error_set(err, "%s: index: impossible node at byte %llu (%u of at most %u "
                             "entries, level %d)", b->path, (unsigned long long)off, *n,
                             b->head.index_fanout, depth);
    size_t bytes = *n * (size_t)(*is_leaf ? AVO_BW_LEAF_ITEM : AVO_BW_TWIG_ITEM);
    if (avo_grow(&b->node[depth], &b->node_cap[depth], bytes, 1, "the index", err) < 0)
        return -1;
    return avo_bw_pread(b, b->node[depth], bytes, off + sizeof head, "a node of the index", err);
}

struct avo_bw_item avo_bw_item(const uint8_t *node, unsigned i, bool is_leaf)
{
    const uint8_t *p = node + (size_t)i * (is_leaf ? AVO_BW_LEAF_ITEM : AVO_BW_TWIG_ITEM);
    struct avo_bw_item t = {
        .beg = {avo_bw_u32(p), avo_bw_u32(p + 4)},
        .end = {avo_bw_u32(p + 8), avo_bw_u32(p + 12)},
        .off_bytes = avo_bw_u64(p + 16),
        .size_bytes = is_leaf ? avo_bw_u64(p + 24) : 0,
    };
    return t;
}

/* A chromosome's blocks ascend; those of zero-length intervals alone may share a start. */
static bool follows(const struct avo_bw_item *before, const struct avo_bw_item *t)
{
    return before->size_bytes == 0 || before->beg.bp < t->beg.bp ||
           (before->beg.bp == t->beg.bp && before->end.bp == before->beg.bp);
}

/* Chromosomes may come in any order (by name in UCSC's files, by number in others), each with its
 * blocks in one piece or, against all custom, in several. */
static void rank_block(struct index_walk *w, const struct avo_bw_item *t)
{
    struct avo_bigwig *b = w->b;
    uint32_t chrom = t->beg.chrom;
    if (w->of[chrom].size_bytes == 0)
        b->rank[chrom] = w->n_ranks++;
    else if (w->last.beg.chrom != chrom)
        b->scattered = true;
    if (w->last.size_bytes && w->last.beg.chrom > chrom)
        w->ascends = false;
    w->last = w->of[chrom] = *t;
}

/* One data block: on one chromosome, after that one's block before, inside the file. */
static int take_block(struct index_walk *w, const struct avo_bw_item *t, struct avo_error *err)
{
    const struct avo_bigwig *b = w->b;
    const char *chrom = t->beg.chrom < b->n_chroms ? avo_bw_name(b, t->beg.chrom) : "?";
    if (t->beg.chrom >= b->n_chroms || t->end.chrom != t->beg.chrom || t->beg.bp > t->end.bp ||
        t->beg.bp > b->len_bp[t->beg.chrom])
        return avo_error_set(err, "%s: index: entry %llu covers the impossible %u:%u-%u:%u "
                             "(%s)", b->path, (unsigned long long)w->n_blocks, t->beg.chrom,
                             t->beg.bp, t->end.chrom, t->end.bp, chrom);
    if (!follows(&w->of[t->beg.chrom], t))
        return avo_error_set(err, "%s: index: entry %llu (%s:%u) is out of order", b->path,
                             (unsigned long long)w->n_blocks, chrom, t->beg.bp);
    if (t->size_bytes == 0 || t->size_bytes > AVO_BW_MAX_BLOCK + (1u << 20) ||
        t->off_bytes < b->head.data_off || t->off_bytes > b->size_bytes ||
        t->size_bytes > b->size_bytes - t->off_bytes)
        return avo_error_set(err, "%s: index: the block of %s:%u has %llu bytes at byte %llu "
                             "(the file has %llu); truncated?", b->path, chrom, t->beg.bp,
                             (unsigned long long)t->size_bytes,
                             (unsigned long long)t->off_bytes,
                             (unsigned long long)b->size_bytes);
    if (w->n_blocks == 0 || t->off_bytes < w->first_off)
        w->first_off = t->off_bytes;
    rank_block(w, t);
    w->n_blocks++;
    return 0;
}

/* What the entries of a node span, in order of chromosome numbers and in order of entries. */
struct span {
    struct avo_bw_place least, first, most, last;
};

static void span_add(struct span *s, const struct avo_bw_item *t, bool is_first)
{
    if (is_first)
        *s = (struct span){t->beg, t->beg, t->end, t->end};
    if (avo_bw_place_cmp(t->beg, s->least) < 0)
        s->least = t->beg;
    if (avo_bw_place_cmp(t->end, s->most) > 0)
        s->most = t->end;
    s->last = t->end;
}

/* Bounds as a parent or the index head states them: the least start and the furthest end, or
 * (libBigWig) those of the first and the last entry. */
static bool bounds_agree(const struct avo_bw_item *want, const struct span *s)
{
    return (avo_bw_place_cmp(want->beg, s->least) == 0 ||
            avo_bw_place_cmp(want->beg, s->first) == 0) &&
           (avo_bw_place_cmp(want->end, s->most) == 0 ||
            avo_bw_place_cmp(want->end, s->last) == 0);
}

/* Walks the node at want->off_bytes and all below it. */
static int walk_index(struct index_walk *w, const struct avo_bw_item *want, int depth,
                      struct avo_error *err)
{
    struct avo_bigwig *b = w->b;
    struct span span = {.least = {0, 0}};
    unsigned n;
    bool is_leaf;
    if (avo_bw_load_node(b, want->off_bytes, depth, &n, &is_leaf, err) < 0)
        return -1;
    uint64_t bytes = AVO_BW_NODE_HEAD + (uint64_t)n * AVO_BW_TWIG_ITEM;
    if (bytes > w->bytes_left)
        return avo_error_set(err, "%s: index: its nodes form a loop", b->path);
    w->bytes_left -= bytes;
    for (unsigned i = 0; i < n; i++) {
        struct avo_bw_item t = avo_bw_item(b->node[depth], i, is_leaf);
        if ((is_leaf ? take_block(w, &t, err) : walk_index(w, &t, depth + 1, err)) < 0)
            return -1;
        span_add(&span, &t, i == 0);
    }
    if (n > 0 && !bounds_agree(want, &span))
        return avo_error_set(err, "%s: index: the node at byte %llu does not cover what its "
                             "parent says", b->path, (unsigned long long)want->off_bytes);
    return 0;
}

/* Walks the whole index. Where chromosome numbers ascend in it, no ranks are needed later on. */
static int rank_blocks(struct index_walk *w, const struct avo_bw_item *root, struct avo_error *err)
{
    struct avo_bigwig *b = w->b;
    w->ascends = true;
    w->of = avo_alloc(b->n_chroms, sizeof *w->of, "chromosomes", err);
    b->rank = avo_alloc(b->n_chroms, sizeof *b->rank, "chromosomes", err);
    int rc = w->of && b->rank ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < b->n_chroms; i++)
        b->rank[i] = AVO_BW_NO_RANK;
    if (rc == 0)
        rc = walk_index(w, root, 0, err);
    free(w->of);
    if (w->ascends && !b->scattered) {
        free(b->rank);
        b->rank = NULL;
    }
    return rc;
}

static int check_index(struct avo_bigwig *b, struct avo_error *err)
{
    uint8_t p[INDEX_HEAD], count[8];
    if (b->head.index_off == 0)
        return avo_error_set(err, "%s: the file has no index: no data in it, or never finished",
                             b->path);
    if (avo_bw_pread(b, p, sizeof p, b->head.index_off, "the index", err) < 0 ||
        avo_bw_pread(b, count, sizeof count, b->head.data_off, "the data", err) < 0)
        return -1;
    if (avo_bw_u32(p) != MAGIC_INDEX)
        return avo_error_set(err, "%s: no index at byte %llu", b->path,
                             (unsigned long long)b->head.index_off);
    uint64_t n_items = avo_bw_u64(p + 8), n_data = avo_bw_u64(count);
    b->head.index_fanout = avo_bw_u32(p + 4);
    b->head.n_blocks = n_items;
    if (n_items > b->size_bytes / AVO_BW_LEAF_ITEM)
        return avo_error_set(err, "%s: index: %llu blocks in a file of %llu bytes", b->path,
                             (unsigned long long)n_items, (unsigned long long)b->size_bytes);
    struct index_walk w = {.b = b, .bytes_left = node_bytes(b)};
    struct avo_bw_item root = {
        .beg = {avo_bw_u32(p + 16), avo_bw_u32(p + 20)},
        .end = {avo_bw_u32(p + 24), avo_bw_u32(p + 28)},
        .off_bytes = b->head.index_off + sizeof p,
    };
    if (rank_blocks(&w, &root, err) < 0)
        return -1;
    if (w.first_off == b->head.data_off + 4)    /* some writers' count has 32 bits */
        n_data = avo_bw_u32(count);
    if (w.n_blocks != n_items || w.n_blocks != n_data)
        return avo_error_set(err, "%s: index: %llu blocks (its head says %llu, the data section "
                             "%llu)", b->path, (unsigned long long)w.n_blocks,
                             (unsigned long long)n_items, (unsigned long long)n_data);
    return 0;
}

/* ---- the rest ---- */

/* The summary is not used: one that cannot be true is worth a warning, no more. */
static int check_summary(struct avo_bigwig *b, struct avo_error *err)
{
    uint8_t p[SUMMARY_BYTES];
    uint64_t total_bp = 0;
    if (b->head.summary_off == 0)
        return 0;
    if (avo_bw_pread(b, p, sizeof p, b->head.summary_off, "the summary", err) < 0)
        return -1;
    for (size_t i = 0; i < b->n_chroms; i++)
        total_bp += b->len_bp[i];
    uint64_t n = avo_bw_u64(p);
    double lo = get_f64(p + 8), hi = get_f64(p + 16), sum = get_f64(p + 24);
    double slack = 1e-3 * (fabs(lo) + fabs(hi));
    bool lies = n > total_bp || (n == 0 && b->head.n_blocks > 0);
    if (n > 0)
        lies = lies || !isfinite(lo) || !isfinite(hi) || !isfinite(sum) || lo > hi ||
               sum / (double)n < lo - slack || sum / (double)n > hi + slack;
    if (lies)
        snprintf(b->warning, sizeof b->warning, "the file's summary cannot be true (%llu bases, "
                 "least %g, greatest %g, sum %g); it is not used", (unsigned long long)n, lo, hi,
                 sum);
    return 0;
}

/* Writers close the file with its magic (known of version 4). */
static int check_tail(struct avo_bigwig *b, struct avo_error *err)
{
    uint8_t p[4];
    if (b->remote || b->head.version < 4)
        return 0;
    if (avo_bw_pread(b, p, sizeof p, b->size_bytes - sizeof p, "the end mark", err) < 0)
        return -1;
    if (avo_bw_u32(p) != MAGIC_BIGWIG)
        return avo_error_set(err, "%s: the end mark is missing; truncated?", b->path);
    return 0;
}

int avo_bw_check(struct avo_bigwig *b, struct avo_error *err)
{
    if (check_head(b, err) < 0 || check_chroms(b, err) < 0 || check_index(b, err) < 0 ||
        check_tail(b, err) < 0)
        return -1;
    return check_summary(b, err);
}
