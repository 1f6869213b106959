/* SPDX-License-Identifier: MIT */
/* aggregate_names.c: which features a window has, and what they are called. */
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/features/aggregate_priv.h"
#include "libcommon/stream/feature.h"

uint32_t avo_agg_count_subs(const struct avo_agg_job *job)
{
    return job->shape.n_tiles ? job->shape.n_tiles + 1 : 1;
}

/* With tiles: blocks with rows as long as a group over the last sub-window, which is the whole. */
static bool is_tiled(const struct avo_agg_source *src, size_t k)
{
    return src->blocks[k].bins_per_row < src->header->coarse_bins;
}

bool avo_agg_has_cell(const struct avo_agg_job *job, const struct avo_agg_source *src, size_t k,
                     uint32_t sub)
{
    return job->shape.n_tiles == 0 || is_tiled(src, k) == (sub < job->shape.n_tiles);
}

uint32_t avo_agg_count_stats(unsigned stats)
{
    uint32_t n = 0;

    for (; stats; stats >>= 1)
        n += stats & 1;
    return n;
}

static size_t features_of_window(const struct avo_agg_job *job)
{
    size_t n = 0;

    for (size_t i = 0; i < job->in->n; i++)
        for (uint32_t sub = 0; sub < avo_agg_count_subs(job); sub++)
            for (size_t k = 0; k < job->in->list[i].n_blocks; k++)
                if (avo_agg_has_cell(job, &job->in->list[i], k, sub))
                    n += job->in->list[i].blocks[k].width;
    return n * avo_agg_count_stats(job->stats);
}

size_t avo_agg_n_features(const struct avo_agg_job *job)
{
    return features_of_window(job) * job->windows->per_row;
}

static char *name_in_block(const struct avo_agg_job *job, const struct avo_agg_block *b,
                           uint32_t sub, size_t i, const char *side, struct avo_error *err)
{
    static const char *const names[] = {"", "std.", "min.", "max."};
    uint32_t stat = 0, col = (uint32_t)(i % b->width);
    char tile[32] = "";

    for (size_t skip = i / b->width;; stat++)
        if (job->stats >> stat & 1 && skip-- == 0)
            break;
    if (sub < job->shape.n_tiles)
        snprintf(tile, sizeof tile, "tile%u.", sub);
    if (b->columns)
        return avo_asprintf(err, "%s%s%s%s", side, tile, names[stat], b->columns[col]);
    return avo_asprintf(err, "%s%s%s%s.%u", side, tile, names[stat], b->name, col);
}

static int add_block(const struct avo_agg_job *job, const struct avo_agg_block *b, uint32_t sub,
                     const char *side, struct avo_header *h, struct avo_error *err)
{
    size_t n = b->width * avo_agg_count_stats(job->stats);

    for (size_t i = 0; i < n; i++) {
        char *name = name_in_block(job, b, sub, i, side, err);
        int rc = name ? avo_header_add_feature(h, name, err) : -1;

        free(name);
        if (rc)
            return -1;
    }
    return 0;
}

static int add_window(const struct avo_agg_job *job, const char *side, struct avo_header *h,
                      struct avo_error *err)
{
    for (size_t s = 0; s < job->in->n; s++)
        for (uint32_t sub = 0; sub < avo_agg_count_subs(job); sub++)
            for (size_t k = 0; k < job->in->list[s].n_blocks; k++)
                if (avo_agg_has_cell(job, &job->in->list[s], k, sub) &&
                    add_block(job, &job->in->list[s].blocks[k], sub, side, h, err))
                    return -1;
    return 0;
}

int avo_agg_add_names(const struct avo_agg_job *job, struct avo_header *h, struct avo_error *err)
{
    if (job->windows->per_row == 1)
        return add_window(job, "", h, err);
    return add_window(job, "left.", h, err) || add_window(job, "right.", h, err) ? -1 : 0;
}
