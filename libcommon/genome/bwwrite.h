/* SPDX-License-Identifier: MIT */
/* bwwrite.h: one bigWig being written. */
#ifndef AVO_GENOME_BWWRITE_H
#define AVO_GENOME_BWWRITE_H

#include "libcommon/stream/header.h"

struct avo_bwwriter;

/* Starts path (temporary name, folders made). Chromosomes: those of h with an extent, in its order.
 * The most that h's extents can take (about 7 bytes a bin) is reserved on the disk first, so that a
 * full disk is an error here and not after the work; what is left over is given back at the end. */
struct avo_bwwriter *avo_bwwriter_open(const char *path, const struct avo_header *h,
                                       struct avo_error *err);
/* Raw-space values of n_bins consecutive bins; ascending order, chromosomes in table order. NaN
 * bins are left out; infinite values, bins out of order or past the chromosome are errors. */
int avo_bwwriter_add(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg_bin, uint32_t n_bins,
                     const float *values, struct avo_error *err);
/* The bases behind the chromosome's last whole bin, if there are any, as one interval; after the
 * chromosome's other bins. NaN: nothing. */
int avo_bwwriter_add_rest(struct avo_bwwriter *w, uint32_t chrom, float value,
                          struct avo_error *err);
/* Builds zoom levels (memory: about one byte a bin while it runs), flushes, checks, renames. A file
 * without any value is an error. After a failure only free is left, which removes the file. */
int avo_bwwriter_finish(struct avo_bwwriter *w, struct avo_error *err);
void avo_bwwriter_free(struct avo_bwwriter *w);

#endif
