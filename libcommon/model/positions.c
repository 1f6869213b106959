/* SPDX-License-Identifier: MIT */
/* positions.c: runs of bins in memory. */
#include "libcommon/model/positions.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"

void avo_positions_clear(struct avo_positions *p)
{
    p->n_runs = p->n_bins = p->n_context = 0;
}

void avo_positions_release(struct avo_positions *p)
{
    free(p->runs);
    free(p->run_of);
    *p = (struct avo_positions){0};
}

/* The last run, if these bins go on where it ends. */
static struct avo_positions_run *continued(const struct avo_positions *p, uint32_t chrom,
                                           uint32_t beg_bin, bool context)
{
    struct avo_positions_run *last = p->n_runs ? &p->runs[p->n_runs - 1] : NULL;
    return last && last->chrom == chrom && last->context == context &&
           last->beg_bin + last->n_bins == beg_bin ? last : NULL;
}

static int add_run(struct avo_positions *p, const struct avo_header *h, uint32_t chrom,
                   struct avo_run bins, bool context, struct avo_error *err)
{
    if (avo_grow(&p->run_of, &p->cap_bins, (size_t)p->n_bins + bins.n_bins, sizeof *p->run_of,
                 "bins", err))
        return -1;
    struct avo_positions_run *run = continued(p, chrom, bins.beg_bin, context);
    if (run) {
        run->n_bins += bins.n_bins;
    } else {
        if (avo_grow(&p->runs, &p->cap_runs, (size_t)p->n_runs + 1, sizeof *p->runs, "runs", err))
            return -1;
        const char *name = h->chroms[chrom].name;
        p->runs[p->n_runs++] = (struct avo_positions_run){
            .chrom = chrom, .chrom_crc = avo_crc32c(0, name, strlen(name)),
            .beg_bin = bins.beg_bin, .n_bins = bins.n_bins, .first = p->n_bins,
            .context = context};
    }
    for (uint32_t i = 0; i < bins.n_bins; i++)
        p->run_of[p->n_bins + i] = p->n_runs - 1;
    p->n_bins += bins.n_bins;
    p->n_context += context ? bins.n_bins : 0;
    return 0;
}

int avo_positions_add(struct avo_positions *p, const struct avo_header *h,
                      const struct avo_span *span, bool context, struct avo_error *err)
{
    if (span->n_bins > UINT32_MAX - 1 - p->n_bins)
        return avo_error_set(err, "more than %u bins in memory at once", UINT32_MAX - 1);
    for (uint32_t i = 0; i < span->n_runs; i++)
        if (add_run(p, h, span->chrom, span->runs[i], context, err))
            return -1;
    return 0;
}

/* Binary search over the runs. */
int64_t avo_positions_find(const struct avo_positions *p, uint32_t chrom, uint32_t bin)
{
    uint32_t lo = 0, hi = p->n_runs;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        const struct avo_positions_run *r = &p->runs[mid];
        bool before = r->chrom != chrom ? r->chrom < chrom : r->beg_bin + r->n_bins <= bin;
        if (before)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == p->n_runs || p->runs[lo].chrom != chrom || p->runs[lo].beg_bin > bin)
        return -1;
    return (int64_t)p->runs[lo].first + (bin - p->runs[lo].beg_bin);
}
