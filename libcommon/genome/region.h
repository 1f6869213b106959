/* SPDX-License-Identifier: MIT */
/* region.h: -r and -R turned into extents of a header, chromosome order, exclusion lists. */
#ifndef AVO_GENOME_REGION_H
#define AVO_GENOME_REGION_H

#include "libcommon/stream/header.h"

/* Sorts the header's chromosomes in natural order: numbers by value, then X, Y, M or MT, then
 * other names; "chr" ignored. Call before extents and tracks refer to them. */
void avo_chroms_sort(struct avo_header *h);
/* Chromosomes that are selected when neither -r nor -R is given: all but Y, M/MT, EBV and names
 * with '_' or '.'; if none is left, all. */
bool avo_chrom_is_default(const struct avo_header *h, size_t chrom);
/* The part of that rule that a name alone decides. */
bool avo_chrom_is_main(const char *name);

/* Fills out (fresh memory, *n) with the sorted, merged extents that region ("chr20",
 * "chr1:5-10,chr2": 1-based inclusive, thousands commas allowed) and region_file (BED, .gz too;
 * messages with line number) select: every bin that an interval touches, clipped to whole bins of
 * the chromosome. Both NULL: default chromosomes, whole. Unknown chromosomes name the nearest; an
 * interval past the end of its chromosome is an error, one that only the partial last bin holds
 * selects nothing. An empty selection is an error. With both region and region_file the union is
 * taken. Errors in region have the status of a usage error. */
int avo_regions_select(const struct avo_header *h, const char *region, const char *region_file,
                       struct avo_extent **out, size_t *n, struct avo_error *err);
/* Every bin that an interval of a BED file (blacklist, gaps) touches, sorted and merged; *n may be
 * 0. Chromosomes that the header lacks are passed over, but a file none of whose chromosomes is
 * known is an error: it names them another way. Past the end of a chromosome is an error. */
int avo_regions_exclude(const struct avo_header *h, const char *bed_file, struct avo_extent **out,
                        size_t *n, struct avo_error *err);
/* The part of a that lies in b (both sorted, merged). */
int avo_extents_intersect(const struct avo_extent *a, size_t n_a, const struct avo_extent *b,
                          size_t n_b, struct avo_extent **out, size_t *n, struct avo_error *err);
/* The part of a that does not lie in b (both sorted, merged). */
int avo_extents_subtract(const struct avo_extent *a, size_t n_a, const struct avo_extent *b,
                         size_t n_b, struct avo_extent **out, size_t *n, struct avo_error *err);
/* True if bins [beg, end) of chrom meet any of the extents (binary search). */
bool avo_extents_touch(const struct avo_extent *e, size_t n, uint32_t chrom, uint32_t beg_bin,
                       uint32_t end_bin);
/* Sum of the bins. */
uint64_t avo_extents_bins(const struct avo_extent *e, size_t n);

#endif
