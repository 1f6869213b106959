/* SPDX-License-Identifier: MIT */
/* memory_plan.c: what stage 1 holds in memory, against what there is. */
#include "libcommon/fit/memory_plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/base/alloc.h"
#include "libcommon/fit/observed_sample.h"

#define OF_THREAD (12u << 20)   /* a track's ranks (2^20 values), sums over a block of bins */

/* Values of a sample and of a batch, which holds no more bins, in memory at once. */
static void plan_observed(struct avo_memory_plan *p, const struct avo_model *m, size_t n_tracks,
                          int n_threads)
{
    uint64_t bin = (uint64_t)n_tracks * avo_observed_values(m->observed) * sizeof(float);
    uint64_t sample = avo_observed_sample_size(m->observed, (uint32_t)n_tracks, UINT32_MAX);
    uint64_t batch = (uint64_t)m->hyper.batch < sample ? (uint64_t)m->hyper.batch : sample;
    p->fixed = 20 * m->n_net + batch * bin + (uint64_t)n_threads * OF_THREAD;
    p->n_sample = sample;
    p->per_sample = bin;
    p->hint = "fewer regions do for training (bw2tensor -R)";
}

struct avo_memory_plan avo_memory_plan(const struct avo_model *m, size_t n_tracks, bool watched,
                                       int n_threads)
{
    struct avo_memory_plan p = {.have = avo_memory_limit()};
    uint64_t widest = 0;
    p.per_bin = 4 + n_tracks * (m->header.transform == AVO_NONE ? 4 : 2);
    for (size_t k = 0; k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        if (avo_block_is_genome(b))
            p.per_bin += ((uint64_t)b->width * (watched ? 20 : 16) + 4) / b->bins_per_row;
    }
    for (uint32_t l = 0; l + 1 < m->n_layers; l++)
        widest += 8 * (uint64_t)m->layers[l].n_out;
    p.fixed = 20 * m->n_net + (uint64_t)m->hyper.batch * (widest + 8 * m->n_position);
    p.hint = "stage 1 on some regions (--stage1 BED, or bw2tensor -R), then --init MODEL --train "
             "genome";
    if (m->observed)
        plan_observed(&p, m, n_tracks, n_threads);
    return p;
}

int avo_memory_check(const struct avo_memory_plan *p, uint64_t n_bins, bool so_far,
                     struct avo_error *err)
{
    uint64_t drawn = n_bins < p->n_sample ? n_bins : p->n_sample;
    uint64_t need = p->fixed + n_bins * p->per_bin + drawn * p->per_sample;
    if (need <= p->have.bytes)
        return 0;
    avo_error_set(err, "training everything needs %llu MB for %s%llu bins, %s %llu MB",
                  (unsigned long long)need >> 20, so_far ? "the first " : "",
                  (unsigned long long)n_bins, p->have.whose,
                  (unsigned long long)p->have.bytes >> 20);
    return avo_error_hint(err, "%s", p->hint);
}

/* ---- bins that are there ---- */

/* Bins of [beg, end) that the extents hold. */
static uint64_t asked(const struct avo_header *h, const struct avo_head *head)
{
    uint64_t n = 0;
    for (size_t i = 0; i < h->n_extents; i++) {
        const struct avo_extent *e = &h->extents[i];
        uint32_t beg = e->beg_bin > head->beg_bin ? e->beg_bin : head->beg_bin;
        uint32_t end = e->end_bin < head->end_bin ? e->end_bin : head->end_bin;
        if (e->chrom == head->chrom && beg < end)
            n += end - beg;
    }
    return n < head->n_bins ? n : head->n_bins;
}

static int count_file(struct avo_reader *r, const struct avo_header *h, uint64_t *n,
                      struct avo_error *err)
{
    struct avo_head head;
    int more;
    while ((more = avo_reader_next(r, &head, err)) > 0)
        if (head.type == AVO_REC_SIGNAL)
            *n += asked(h, &head);
    return more;
}

static bool only_once(const char *path)
{
    struct stat st;
    return !strcmp(path, "-") || stat(path, &st) || !S_ISREG(st.st_mode);
}

int avo_memory_count_bins(char *const *paths, size_t n_paths, const struct avo_header *h,
                          uint64_t *n_bins, struct avo_error *err)
{
    uint64_t *n = avo_alloc(h->n_tracks + 1, sizeof *n, "bins", err);   /* by its first track */
    int rc = n ? 0 : -1;
    *n_bins = n_paths ? 0 : UINT64_MAX;
    for (size_t i = 0; i < n_paths; i++)
        if (only_once(paths[i]))
            *n_bins = UINT64_MAX;
    for (size_t i = 0; i < n_paths && !rc && *n_bins != UINT64_MAX; i++) {
        struct avo_reader *r = avo_reader_open(paths[i], err);
        const struct avo_header *own = r ? avo_reader_header(r) : NULL;
        int t = own && own->n_tracks ? avo_header_find_track(h, own->tracks[0].celltype,
                                                             own->tracks[0].assay) : -1;
        rc = r ? count_file(r, h, &n[t < 0 ? h->n_tracks : (size_t)t], err) : -1;
        avo_reader_close(r);
    }
    for (size_t t = 0; t <= h->n_tracks && !rc && *n_bins != UINT64_MAX; t++)
        *n_bins = n[t] > *n_bins ? n[t] : *n_bins;
    free(n);
    return rc;
}
