/* SPDX-License-Identifier: MIT */
/* chrom_index.h: a header's chromosomes by name, for text whose rows name them. */
#ifndef AVO_STREAM_CHROM_INDEX_H
#define AVO_STREAM_CHROM_INDEX_H

#include "libcommon/base/names.h"
#include "libcommon/stream/header.h"

struct avo_chrom_index {
    const struct avo_header *h;     /* borrowed */
    struct avo_names names;         /* its chromosomes' names, which are all different */
};
int avo_chrom_index_init(struct avo_chrom_index *x, const struct avo_header *h,
                         struct avo_error *err);
void avo_chrom_index_release(struct avo_chrom_index *x);
/* The chromosome's index in the header, or -1. *last: the one found before, which is tried first
 * and replaced; start with 0. */
int64_t avo_chrom_index_find(const struct avo_chrom_index *x, const char *name, uint32_t *last);
/* The same for the name of len bytes at name, which goes on behind them. */
int64_t avo_chrom_index_find_part(const struct avo_chrom_index *x, const char *name, size_t len,
                                  uint32_t *last);
/* "unknown chromosome", with the nearest known one as the hint. Returns -1. */
int avo_chrom_index_unknown(const struct avo_chrom_index *x, const char *name,
                            struct avo_error *err);

#endif
