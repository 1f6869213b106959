/* SPDX-License-Identifier: MIT */
/* bwwrite.h: one bigWig being written through libBigWig, in the order that survives full disks. */
#ifndef AVO_GENOME_BWWRITE_H
#define AVO_GENOME_BWWRITE_H

#include "libcommon/stream/header.h"

struct avo_bwwriter;

/* Starts path (temporary name, folders made). Chromosomes: those of h with an extent. bound_bytes
 * is reserved on the disk first, so that a full disk is an error here and not a crash later. */
struct avo_bwwriter *avo_bwwriter_open(const char *path, const struct avo_header *h,
                                       struct avo_error *err);
/* Raw-space values of n_bins consecutive bins; ascending order, chromosomes in table order. NaN
 * bins are left out. */
int avo_bwwriter_add(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg_bin, uint32_t n_bins,
                     const float *values, struct avo_error *err);
/* Builds zoom levels, flushes, checks, renames. */
int avo_bwwriter_finish(struct avo_bwwriter *w, struct avo_error *err);
void avo_bwwriter_free(struct avo_bwwriter *w);

#endif
