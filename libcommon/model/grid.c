/* SPDX-License-Identifier: MIT */
/* grid.c: see grid.h. */
#include "libcommon/model/grid.h"

#include <string.h>

#include "libcommon/stream/chrom_index.h"

/* A chromosome that both know has one length. */
static int check_lengths(const struct avo_header *m, const struct avo_header *h,
                         struct avo_error *err)
{
    struct avo_chrom_index index;
    uint32_t last = 0;
    int rc = avo_chrom_index_init(&index, m, err);
    for (size_t i = 0; rc == 0 && i < h->n_chroms; i++) {
        int64_t c = avo_chrom_index_find(&index, h->chroms[i].name, &last);
        if (c >= 0 && m->chroms[c].len_bp != h->chroms[i].len_bp)
            rc = avo_error_set(err, "chromosome %s has another length than in the model",
                               h->chroms[i].name);
    }
    avo_chrom_index_release(&index);
    return rc;
}

static const char *missing_name(const struct avo_header *h)
{
    return h->missing_nan ? "nan" : "zero";
}

int avo_grid_check(const struct avo_header *m, const struct avo_header *h, struct avo_error *err)
{
    if (m->bin_bp != h->bin_bp || m->mid_bins != h->mid_bins || m->coarse_bins != h->coarse_bins)
        return avo_error_set(err, "the signal's bins are not the model's (got %u bp, want %u bp)",
                             h->bin_bp, m->bin_bp);
    if (m->transform != h->transform)
        return avo_error_set(err, "the signal's transform is not the model's (got %s, want %s)",
                             avo_transform_name(h->transform), avo_transform_name(m->transform));
    if (m->missing_nan != h->missing_nan)
        return avo_error_set(err, "the signal's uncovered bins are not the model's (got --missing "
                             "%s, want %s)", missing_name(h), missing_name(m));
    if (m->unit && h->unit && strcmp(m->unit, h->unit))
        return avo_error_set(err, "the signal's unit is not the model's (got %s, want %s)",
                             h->unit, m->unit);
    if (m->assembly && h->assembly && strcmp(m->assembly, h->assembly))
        return avo_error_set(err, "the signal's assembly is not the model's (got %s, want %s)",
                             h->assembly, m->assembly);
    return check_lengths(m, h, err);
}
