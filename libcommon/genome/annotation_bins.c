/* SPDX-License-Identifier: MIT */
/* annotation_bins.c: which bins an element is, and how often each bin is covered. */
#include "libcommon/genome/annotation.h"

#include <stdlib.h>

#include "libcommon/base/alloc.h"

/* Bins as signed numbers, so that what starts before bin 0 can be clipped afterwards. */
struct span { int64_t beg, end; };

static int64_t upstream_bins(const struct avo_header *h, const struct avo_region_rule *rule)
{
    int64_t n = rule->upstream_bp / h->bin_bp;

    return n > 0 || rule->upstream_bp == 0 ? n : 1;
}

static struct span promoter(const struct avo_header *h, const struct avo_element *e,
                            const struct avo_region_rule *rule)
{
    int64_t up = upstream_bins(h, rule), tss = rule->with_tss;
    int64_t w = h->bin_bp, at;

    if (e->strand == '+') {
        at = (int64_t)e->beg_bp / w;
        return (struct span){at - up, at + tss};
    }
    if (e->strand == '-') {
        at = (int64_t)(e->end_bp - 1) / w;
        return (struct span){at + 1 - tss, at + 1 + up};
    }
    return (struct span){0, 0};
}

static struct span challenge(const struct avo_header *h, const struct avo_element *e,
                             const struct avo_region_rule *rule)
{
    int64_t w = h->bin_bp, up = upstream_bins(h, rule);
    int64_t beg = (int64_t)e->beg_bp / w, end = (int64_t)e->end_bp / w + 1;

    if (rule->kind != AVO_REGION_PROMOTER)
        return (struct span){beg, end};
    if (e->strand == '-')
        return (struct span){end, end + up};
    if (e->strand != '+' || beg < up)   /* a slice from a negative index on is empty there */
        return (struct span){0, 0};
    return (struct span){beg - up, beg};
}

int avo_element_bins(const struct avo_header *h, const struct avo_element *e,
                     const struct avo_region_rule *rule, uint32_t *beg_bin, uint32_t *end_bin)
{
    int64_t n_bins = avo_header_chrom_bins(h, e->chrom);
    struct span s;

    if (rule->challenge)
        s = challenge(h, e, rule);
    else if (rule->kind == AVO_REGION_PROMOTER)
        s = promoter(h, e, rule);
    else
        s = (struct span){(int64_t)(e->beg_bp / h->bin_bp),
                          (int64_t)((e->end_bp - 1) / h->bin_bp) + 1};
    s.beg = s.beg > 0 ? s.beg : 0;
    s.end = s.end < n_bins ? s.end : n_bins;
    bool any = s.beg < s.end;
    *beg_bin = any ? (uint32_t)s.beg : 0;
    *end_bin = any ? (uint32_t)s.end : 0;
    return any;
}

int avo_region_weights(const struct avo_header *h, const struct avo_elements *e,
                       const struct avo_region_rule *rule, uint32_t chrom, bool once,
                       uint16_t **weights, struct avo_error *err)
{
    size_t n_bins = avo_header_chrom_bins(h, chrom);
    uint32_t max_depth = once ? 1 : UINT16_MAX, beg, end;
    int32_t *step = avo_alloc(n_bins + 1, sizeof *step, "weights of bins", err), depth = 0;
    uint16_t *out = avo_alloc(n_bins, sizeof *out, "weights of bins", err);

    *weights = NULL;
    if (!step || !out) {
        free(step);
        free(out);
        return -1;
    }
    for (size_t i = avo_elements_first(e, chrom); i < e->n && e->list[i].chrom == chrom; i++)
        if (avo_element_bins(h, &e->list[i], rule, &beg, &end)) {
            step[beg]++;
            step[end]--;
        }
    for (size_t b = 0; b < n_bins; b++) {
        depth += step[b];
        out[b] = (uint16_t)((uint32_t)depth < max_depth ? (uint32_t)depth : max_depth);
    }
    free(step);
    *weights = out;
    return 0;
}
