/* SPDX-License-Identifier: MIT */
/* bigwig_read.c: data blocks of a bigWig found, unpacked, checked against the index, and binned. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/bigwig_priv.h"

enum { BLOCK_HEAD = 24, BEDGRAPH = 1, VARIABLE_STEP = 2, FIXED_STEP = 3 };

/* One read: the bins, and where the items of the blocks before ended. */
struct query {
    struct avo_bigwig *b;
    uint32_t chrom;
    struct avo_binsum *bins;        /* NULL: check every block, add none */
    uint32_t prev_chrom;
    uint64_t prev_end;
    bool done;
};

/* A block's head and where its items lie. */
struct block {
    const char *path, *chrom;
    uint32_t beg, end, step, span, n, len_bp;
    uint8_t type;
    const uint8_t *items;
    uint64_t n_empty;       /* zero-length intervals found in the bins */
};

static int block_error(const struct block *k, const char *what, uint64_t bp,
                       struct avo_error *err)
{
    return avo_error_set(err, "%s: %s:%llu: %s", k->path, k->chrom,
                         (unsigned long long)(bp + 1), what);
}

/* ---- getting the bytes ---- */

/* The len bytes at off: from the window where it holds them, from b->packed otherwise. */
static const uint8_t *fetch(struct avo_bigwig *b, uint64_t off, uint64_t len,
                            struct avo_error *err)
{
    if (off >= b->window_off && off - b->window_off <= b->window_len &&
        len <= b->window_len - (off - b->window_off))
        return b->window + (off - b->window_off);
    if (b->remote || len > AVO_BW_WINDOW) {
        if (avo_grow(&b->packed, &b->packed_cap, len, 1, "a data block", err) < 0 ||
            avo_bw_pread(b, b->packed, len, off, "a data block", err) < 0)
            return NULL;
        return b->packed;
    }
    if (avo_grow(&b->window, &b->window_cap, AVO_BW_WINDOW, 1, "data blocks", err) < 0)
        return NULL;
    b->window_off = off;
    b->window_len = 0;
    uint64_t want = b->size_bytes - off < AVO_BW_WINDOW ? b->size_bytes - off : AVO_BW_WINDOW;
    if (avo_bw_pread(b, b->window, want, off, "data blocks", err) < 0)
        return NULL;
    b->window_len = want;
    return b->window;
}

/* Inflates the block into b->raw, which grows up to the header's bound. The packed bytes must be
 * one whole zlib stream: its checksum is what finds damaged values. */
static int unpack(struct avo_bigwig *b, const uint8_t *data, const struct avo_bw_item *t,
                  size_t *len, struct avo_error *err)
{
    const char *chrom = avo_bw_name(b, t->beg.chrom);
    size_t cap = b->raw_cap ? b->raw_cap : 32768, used = 0;
    if (!b->unpacker && !(b->unpacker = libdeflate_alloc_decompressor()))
        return avo_error_set(err, "%s: libdeflate cannot start (out of memory?)", b->path);
    for (;;) {
        if (cap > b->head.block_bytes)
            cap = b->head.block_bytes;
        if (avo_grow(&b->raw, &b->raw_cap, cap, 1, "a data block", err) < 0)
            return -1;
        enum libdeflate_result rc = libdeflate_zlib_decompress_ex(
            b->unpacker, data, t->size_bytes, b->raw, cap, &used, len);
        if (rc == LIBDEFLATE_SUCCESS)
            break;
        if (rc != LIBDEFLATE_INSUFFICIENT_SPACE || cap == b->head.block_bytes)
            return avo_error_set(err, "%s: the block of %s:%u-%u at byte %llu is damaged (%s)",
                                 b->path, chrom, t->beg.bp + 1, t->end.bp,
                                 (unsigned long long)t->off_bytes,
                                 rc == LIBDEFLATE_INSUFFICIENT_SPACE
                                 ? "longer than the header allows" : "bad or cut zlib data");
        cap *= 2;
    }
    if (used != t->size_bytes)
        return avo_error_set(err, "%s: the block of %s:%u-%u at byte %llu is shorter than the "
                             "index says", b->path, chrom, t->beg.bp + 1, t->end.bp,
                             (unsigned long long)t->off_bytes);
    return 0;
}

/* ---- what a block must be ---- */

static const uint32_t item_bytes[] = {0, 12, 8, 4};

/* The head agrees with the index entry, the size with the count of items. */
static int parse_block(const struct avo_bigwig *b, const uint8_t *p, size_t len,
                       const struct avo_bw_item *t, struct block *k, struct avo_error *err)
{
    k->path = b->path;
    k->chrom = avo_bw_name(b, t->beg.chrom);
    k->len_bp = b->len_bp[t->beg.chrom];
    if (len < BLOCK_HEAD)
        return block_error(k, "a data block shorter than its head", t->beg.bp, err);
    k->beg = avo_bw_u32(p + 4);
    k->end = avo_bw_u32(p + 8);
    k->step = avo_bw_u32(p + 12);
    k->span = avo_bw_u32(p + 16);
    k->type = p[20];
    k->n = avo_bw_u16(p + 22);
    k->items = p + BLOCK_HEAD;
    if (avo_bw_u32(p) != t->beg.chrom || k->beg != t->beg.bp || k->end != t->end.bp)
        return avo_error_set(err, "%s: the index and the data block at byte %llu disagree "
                             "(%s:%u-%u and chromosome number %u:%u-%u)", b->path,
                             (unsigned long long)t->off_bytes, k->chrom, t->beg.bp, t->end.bp,
                             avo_bw_u32(p), k->beg, k->end);
    if (k->type < BEDGRAPH || k->type > FIXED_STEP || p[21] != 0)
        return block_error(k, "a data block of unknown type", k->beg, err);
    if (k->n == 0 || len != BLOCK_HEAD + (size_t)k->n * item_bytes[k->type])
        return block_error(k, "a data block whose size and number of items disagree", k->beg,
                           err);
    return 0;
}

static float item_value(const uint8_t *p)
{
    uint32_t u = avo_bw_u32(p);
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* Adds one item of the asked-for chromosome. NaN stands for "no value". */
static inline int add_item(const struct block *k, struct avo_binsum *bins, uint64_t beg,
                           uint64_t end, float value, struct avo_error *err)
{
    if (end <= bins->beg_bp || beg >= bins->end_bp || isnan(value))
        return 0;
    if (isinf(value))
        return block_error(k, "infinite value", beg, err);
    avo_binsum_add(bins, beg, end, value);
    return 0;
}

/* Where an interval of no length counts: at the base behind it or, at the end of its block
 * [beg, end) or of the chromosome, the base before it. So each counts in one read of many. */
static uint64_t empty_place(uint64_t bp, uint64_t beg, uint64_t end, uint64_t len_bp)
{
    return bp > 0 && (bp == len_bp || (bp == end && bp > beg)) ? bp - 1 : bp;
}

static bool holds(const struct avo_binsum *bins, uint64_t bp)
{
    return bins && bp >= bins->beg_bp && bp < bins->end_bp;
}

/* bedGraph and variableStep items; bins NULL: check only. */
static int take_listed(struct block *k, struct avo_binsum *bins, uint64_t *prev_end,
                       struct avo_error *err)
{
    const uint8_t *p = k->items;
    uint32_t size = item_bytes[k->type];
    uint64_t prev = *prev_end, last = 0;
    if (avo_bw_u32(p) != k->beg)
        return block_error(k, "a data block that does not begin where its head says", k->beg,
                           err);
    for (uint32_t i = 0; i < k->n; i++, p += size) {
        uint64_t beg = avo_bw_u32(p);
        uint64_t end = k->type == BEDGRAPH ? avo_bw_u32(p + 4) : beg + k->span;
        if ((beg < prev && end != beg) || end < beg || end > k->len_bp)
            return block_error(k, end < beg ? "an interval that ends before it starts"
                               : end > k->len_bp ? "an interval past the end of the chromosome"
                               : "intervals out of order or overlapping", beg, err);
        last = end > last ? end : last;
        if (end == beg) {
            k->n_empty += holds(bins, empty_place(beg, k->beg, k->end, k->len_bp));
            continue;
        }
        prev = end;
        if (bins && add_item(k, bins, beg, end, item_value(p + size - 4), err) < 0)
            return -1;
    }
    *prev_end = prev;
    if (last != k->end)
        return block_error(k, "a data block that does not end where its head says", k->beg, err);
    return 0;
}

/* Items that are exactly the bins: no overlaps to work out. */
static int take_aligned(const struct block *k, struct avo_binsum *bins, uint32_t i, uint32_t end,
                        struct avo_error *err)
{
    uint32_t width = bins->bin_bp;
    size_t at = (size_t)((k->beg + (uint64_t)i * width - bins->beg_bp) / width);
    double *sum = bins->sum + at;
    uint32_t *covered = bins->covered + at;
    const uint8_t *p = k->items;
    for (; i < end; i++, sum++, covered++) {
        float x = item_value(p + (size_t)i * 4);
        if (!isfinite(x)) {
            if (isinf(x))
                return block_error(k, "infinite value", k->beg + (uint64_t)i * width, err);
            continue;
        }
        *sum = (double)x * width;
        *covered = width;
    }
    return 0;
}

/* fixedStep items. The head's end may overshoot: libBigWig counts the head as items. */
static int take_fixed(struct block *k, struct avo_binsum *bins, uint64_t *prev_end,
                      struct avo_error *err)
{
    uint64_t last_end = k->beg + (uint64_t)(k->n - 1) * k->step + k->span;
    if ((k->n > 1 && k->step < k->span) || (k->beg < *prev_end && k->span))
        return block_error(k, "intervals that overlap", k->beg, err);
    if (last_end > k->len_bp)
        return block_error(k, "an interval past the end of the chromosome", k->beg, err);
    if (last_end > k->end)
        return block_error(k, "a data block that does not end where its head says", k->beg, err);
    for (uint64_t i = 0; k->span == 0 && i < k->n; i++)
        k->n_empty += holds(bins, empty_place(k->beg + i * k->step, k->beg, k->end, k->len_bp));
    if (k->span == 0)
        return 0;
    *prev_end = last_end;
    if (!bins)
        return 0;
    uint64_t step = k->step ? k->step : k->span, i = 0, n = k->n;
    if (bins->beg_bp > k->beg)
        i = (bins->beg_bp - k->beg) / step;
    if (bins->end_bp <= k->beg)
        n = 0;
    else if ((bins->end_bp - 1 - k->beg) / step + 1 < n)
        n = (bins->end_bp - 1 - k->beg) / step + 1;
    if (k->span == bins->bin_bp && step == bins->bin_bp && k->beg % bins->bin_bp == 0)
        return take_aligned(k, bins, (uint32_t)i, (uint32_t)n, err);
    for (; i < n; i++) {
        uint64_t beg = k->beg + i * step;
        if (add_item(k, bins, beg, beg + k->span, item_value(k->items + i * 4), err) < 0)
            return -1;
    }
    return 0;
}

/* ---- walking the index ---- */

static bool was_checked(const struct avo_bigwig *b, const struct avo_bw_item *t)
{
    for (int i = 0; i < AVO_BW_CHECKED; i++) {
        const struct avo_bw_item *c = &b->checked[i];
        if (c->off_bytes == t->off_bytes && c->size_bytes == t->size_bytes &&
            avo_bw_place_cmp(c->beg, t->beg) == 0 && avo_bw_place_cmp(c->end, t->end) == 0)
            return true;
    }
    return false;
}

static bool reaches_into(const struct avo_bigwig *b, const struct avo_bw_item *t,
                         const struct avo_binsum *bins)
{
    if (t->beg.bp == t->end.bp)
        return holds(bins, empty_place(t->beg.bp, t->beg.bp, t->end.bp, b->len_bp[t->beg.chrom]));
    return t->beg.bp < bins->end_bp && t->end.bp > bins->beg_bp;
}

/* One block of the index: checked always, binned where it reaches into the bins. */
static int take_block(struct query *q, const struct avo_bw_item *t, struct avo_error *err)
{
    struct avo_bigwig *b = q->b;
    struct block k = {0};
    bool inside = q->bins && t->beg.chrom == q->chrom && reaches_into(b, t, q->bins);
    if (!inside && (b->all_checked || was_checked(b, t)))
        return 0;
    if (t->beg.chrom >= b->n_chroms || t->size_bytes > AVO_BW_MAX_BLOCK + (1u << 20))
        return avo_error_set(err, "%s: the index changed while it was read", b->path);
    const uint8_t *data = fetch(b, t->off_bytes, t->size_bytes, err);
    size_t len = t->size_bytes;
    if (!data)
        return -1;
    if (b->head.block_bytes) {
        if (unpack(b, data, t, &len, err) < 0)
            return -1;
        data = b->raw;
    }
    if (parse_block(b, data, len, t, &k, err) < 0)
        return -1;
    uint64_t prev_end = t->beg.chrom == q->prev_chrom ? q->prev_end : 0;
    struct avo_binsum *bins = inside ? q->bins : NULL;
    if ((k.type == FIXED_STEP ? take_fixed(&k, bins, &prev_end, err)
                              : take_listed(&k, bins, &prev_end, err)) < 0)
        return -1;
    q->prev_chrom = t->beg.chrom;
    q->prev_end = prev_end;
    b->n_empty += k.n_empty;
    if (!was_checked(b, t))
        b->checked[b->i_checked++ % AVO_BW_CHECKED] = *t;
    return 0;
}

/* The first block under an entry: its own start where the index is in order of numbers. */
static int first_place(struct query *q, const struct avo_bw_item *item, bool is_leaf,
                       struct avo_bw_place *place, struct avo_error *err)
{
    uint8_t p[AVO_BW_NODE_HEAD + AVO_BW_LEAF_ITEM] = {0};
    struct avo_bw_item t = *item;
    for (int depth = 0; q->b->rank && !is_leaf; depth++) {
        /* as much as any node has */
        if (avo_bw_pread(q->b, p, AVO_BW_NODE_HEAD + AVO_BW_TWIG_ITEM, t.off_bytes,
                         "a node of the index", err) < 0)
            return -1;
        is_leaf = p[0] == 1;
        t = avo_bw_item(p + AVO_BW_NODE_HEAD, 0, is_leaf);
        if (depth == AVO_BW_DEPTH)
            return avo_error_set(err, "%s: the index changed while it was read", q->b->path);
    }
    *place = t.beg;
    return 0;
}

/* By place in the index. */
static int cmp_ranked(const struct avo_bigwig *b, struct avo_bw_place x, struct avo_bw_place y)
{
    if (b->rank) {
        x.chrom = x.chrom < b->n_chroms ? b->rank[x.chrom] : AVO_BW_NO_RANK;
        y.chrom = y.chrom < b->n_chroms ? b->rank[y.chrom] : AVO_BW_NO_RANK;
    }
    return avo_bw_place_cmp(x, y);
}

/* The first of n entries of a node that starts at or after the bins. */
static int lower_bound(struct query *q, const uint8_t *node, unsigned n, bool is_leaf,
                       struct avo_error *err)
{
    struct avo_bw_place beg = {q->chrom, (uint32_t)q->bins->beg_bp}, at;
    unsigned lo = 0, hi = n;
    while (lo < hi) {
        unsigned mid = lo + (hi - lo) / 2;
        struct avo_bw_item t = avo_bw_item(node, mid, is_leaf);
        if (first_place(q, &t, is_leaf, &at, err) < 0)
            return -1;
        if (cmp_ranked(q->b, at, beg) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (int)lo;
}

/* Blocks in order from the last that starts before the bins to the first that starts after them:
 * those two are checked as well, so that an index entry whose bounds are wrong (which would hide
 * its block from the query) is found. All blocks where they are in no order. */
static int visit(struct query *q, uint64_t off, int depth, struct avo_error *err)
{
    struct avo_bigwig *b = q->b;
    bool all = !q->bins || b->scattered, is_leaf;
    unsigned n;
    int from = 0;
    if (avo_bw_load_node(b, off, depth, &n, &is_leaf, err) < 0)
        return -1;
    if (!all && (from = lower_bound(q, b->node[depth], n, is_leaf, err)) < 0)
        return -1;
    for (unsigned i = from > 0 ? (unsigned)from - 1 : 0; i < n && !q->done; i++) {
        struct avo_bw_item t = avo_bw_item(b->node[depth], i, is_leaf);
        if ((is_leaf ? take_block(q, &t, err) : visit(q, t.off_bytes, depth + 1, err)) < 0)
            return -1;
        if (is_leaf && !all) {
            struct avo_bw_place end = {q->chrom, (uint32_t)q->bins->end_bp};
            q->done = cmp_ranked(b, t.beg, end) >= 0;
        }
    }
    return 0;
}

/* Neighbours vouch for each other where the index is in one order. Where it is not, or lists a
 * chromosome nowhere, only all blocks together can tell that nothing is hidden. */
static int check_all(struct avo_bigwig *b, struct avo_error *err)
{
    struct query q = {.b = b, .chrom = UINT32_MAX, .prev_chrom = UINT32_MAX};
    if (visit(&q, b->head.index_off + 48, 0, err) < 0)
        return -1;
    b->all_checked = true;
    return 0;
}

int avo_bw_read_blocks(struct avo_bigwig *b, uint32_t chrom, struct avo_binsum *bins,
                       struct avo_error *err)
{
    struct query q = {.b = b, .chrom = chrom, .bins = bins, .prev_chrom = UINT32_MAX};
    bool listed = !b->rank || b->rank[chrom] != AVO_BW_NO_RANK;
    if (b->head.n_blocks == 0)
        return 0;
    if ((b->scattered || !listed) && !b->all_checked && check_all(b, err) < 0)
        return -1;
    return listed ? visit(&q, b->head.index_off + 48, 0, err) : 0;
}
