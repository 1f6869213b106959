/* SPDX-License-Identifier: MIT */
/* feature_regions.h: the rows of a stream of features that touch regions. */
#ifndef AVO_GENOME_FEATURE_REGIONS_H
#define AVO_GENOME_FEATURE_REGIONS_H

#include "libcommon/genome/region.h"
#include "libcommon/stream/feature.h"

/* Start with {0}. */
struct avo_feature_regions {
    const struct avo_feature_layout *layout;    /* borrowed */
    uint32_t last;                      /* chromosome found last */
    struct avo_extent *extents;         /* sorted, merged; NULL: every row touches */
    size_t n_extents;
    uint64_t n_kept;
    /* for blocks */
    float *values;
    char *text;
    size_t cap_values, cap_text;
};

/* As avo_regions_select (region.h), the partial last bin of a chromosome included. */
int avo_feature_regions_init(struct avo_feature_regions *r, const struct avo_feature_layout *l,
                             const struct avo_region_ask *ask, struct avo_error *err);
void avo_feature_regions_release(struct avo_feature_regions *r);

/* Whether an interval of the row has a base in a bin that the regions touch; counts it. */
bool avo_feature_regions_keep(struct avo_feature_regions *r, const struct avo_feature_row *row);
/* The block's rows that do, valid until the next call; rows: a reader of the same layout. */
int avo_feature_regions_block(struct avo_feature_regions *r, struct avo_feature_rows *rows,
                              struct avo_feature_block *block, struct avo_error *err);

#endif
