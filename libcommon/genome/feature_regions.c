/* SPDX-License-Identifier: MIT */
/* feature_regions.c: rows of features picked by region. */
#include "libcommon/genome/feature_regions.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

int avo_feature_regions_init(struct avo_feature_regions *r, const struct avo_feature_layout *l,
                             const struct avo_region_ask *ask, struct avo_error *err)
{
    const struct avo_header *h = l->h;

    *r = (struct avo_feature_regions){.layout = l};
    if (!ask->region && !ask->region_file)
        return 0;
    if (avo_regions_select(h, ask, &r->extents, &r->n_extents, err))
        return -1;
    for (size_t i = 0; i < r->n_extents; i++) {
        struct avo_extent *e = &r->extents[i];

        if (e->end_bin == h->chroms[e->chrom].len_bp / h->bin_bp)
            e->end_bin++;               /* what lies behind the last whole bin */
    }
    return 0;
}

void avo_feature_regions_release(struct avo_feature_regions *r)
{
    free(r->extents);
    free(r->values);
    free(r->text);
    *r = (struct avo_feature_regions){0};
}

static bool touches(struct avo_feature_regions *r, const struct avo_feature_place *p)
{
    int64_t chrom = avo_chrom_index_find(&r->layout->chroms, p->chrom, &r->last);
    uint64_t bp = r->layout->h->bin_bp;

    return chrom >= 0 && avo_extents_touch(r->extents, r->n_extents, (uint32_t)chrom,
                                           (uint32_t)(p->beg_bp / bp),
                                           (uint32_t)((p->end_bp + bp - 1) / bp));
}

bool avo_feature_regions_keep(struct avo_feature_regions *r, const struct avo_feature_row *row)
{
    bool keep = r->extents == NULL;

    for (uint32_t k = 0; !keep && k < row->n_places; k++)
        keep = touches(r, &row->at[k]);
    r->n_kept += keep;
    return keep;
}

int avo_feature_regions_block(struct avo_feature_regions *r, struct avo_feature_rows *rows,
                              struct avo_feature_block *block, struct avo_error *err)
{
    const char *line = block->text;
    size_t n = block->n_features, n_text = 0;
    uint32_t n_rows = 0;
    struct avo_feature_row row;
    int got;

    if (avo_grow(&r->values, &r->cap_values, block->n_rows * n + 1, sizeof *r->values, "features",
                 err) ||
        avo_grow(&r->text, &r->cap_text, block->text_bytes + 1, 1, "text of features", err) ||
        avo_feature_rows_start(rows, block, err))
        return -1;
    while ((got = avo_feature_rows_next(rows, &row, err)) > 0) {
        size_t len = (size_t)((const char *)memchr(line, '\n', block->text_bytes) + 1 - line);

        if (avo_feature_regions_keep(r, &row)) {
            memcpy(r->text + n_text, line, len);
            if (n)
                memcpy(r->values + n_rows * n, row.features, n * sizeof *r->values);
            n_text += len;
            n_rows++;
        }
        line += len;
    }
    *block = (struct avo_feature_block){n_rows, (uint32_t)n, r->values, r->text, n_text};
    return got;
}
