/* SPDX-License-Identifier: MIT */
/* region.h: -r and -R turned into extents of a header, chromosome order, exclusion lists. */
#ifndef AVO_GENOME_REGION_H
#define AVO_GENOME_REGION_H

#include "libcommon/genome/bed_fit.h"

/* Sorts the header's chromosomes in natural order: numbers by value, then X, Y, M or MT, then
 * other names; "chr" ignored. Call before extents and tracks refer to them. */
void avo_chroms_sort(struct avo_header *h);
/* Chromosomes that are selected when neither -r nor -R is given: all but Y, M/MT, EBV and names
 * with '_' or '.'. If none is left, all are. */
bool avo_chrom_is_main(const char *name);

/* What is selected: -r, -R, both (the union) or, where both are NULL, the default. */
struct avo_region_ask {
    const char *region, *region_file;
    struct avo_bed_rule rule;           /* for rows of region_file that do not fit */
    uint64_t flank_bp;                  /* taken on either side of every region as well */
};
/* Fills out (fresh memory, *n) with the sorted, merged extents that region ("chr20",
 * "chr1:5-10,chr2": 1-based inclusive, thousands commas allowed) and region_file (BED, .gz too;
 * messages with line number) select: every bin that an interval touches, clipped to whole bins of
 * the chromosome, and every bin that lies within flank_bp of those. Both NULL: default chromosomes,
 * whole. In region an unknown chromosome (the message names the nearest) or an end past the
 * chromosome's is a usage error; rows of region_file follow the rule (bed_fit.h). An interval that
 * only the partial last bin holds selects nothing; an empty selection is an error. */
int avo_regions_select(const struct avo_header *h, const struct avo_region_ask *ask,
                       struct avo_extent **out, size_t *n, struct avo_error *err);
/* Every bin that an interval of the BED file ask->region_file (blacklist, gaps, peaks) touches,
 * sorted and merged; *n may be 0. Rows follow the rule; a file with rows of which none is left is
 * an error: it names the chromosomes another way. */
int avo_regions_exclude(const struct avo_header *h, const struct avo_region_ask *ask,
                        struct avo_extent **out, size_t *n, struct avo_error *err);
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
