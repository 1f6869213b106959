/* SPDX-License-Identifier: MIT */
/* peaks.h: called peaks of many tracks, from a table of BED, narrowPeak or broadPeak files. */
#ifndef AVO_GENOME_PEAKS_H
#define AVO_GENOME_PEAKS_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/threads.h"
#include "libcommon/genome/bed_fit.h"

/* The peaks of one track. */
struct avo_peak_file {
    char *celltype, *assay;
    size_t n;                       /* may be 0 */
    struct avo_extent *extents;     /* [n] every bin that a peak touches, sorted and merged */
};
/* Everything is owned by the struct. Zero is empty. */
struct avo_peaks {
    char *name;                     /* of the table, for messages */
    size_t n;
    struct avo_peak_file *files;    /* [n] ascending in cell type, then assay (bytes) */
};

/* Reads a table like tracks.tsv (tracks.h: cell type, assay, path; further columns are not looked
 * at) and its files, plain or gzip, side by side over pool (NULL: one after the other). Rows
 * that do not fit the chromosomes of h follow the rule; the notes count them for each file.
 * Errors: a table that cannot be read or has no row; a pair given twice; a file that cannot be read
 * or parsed ("FILE:LINE: ...") or none of whose rows fits (peaks of another genome); the message
 * tells the row. Where several files fail,
 * the first of the table is told. A file without peaks is none. */
struct avo_peaks_ask { const char *table_path; struct avo_bed_rule rule; };
int avo_peaks_read(struct avo_peaks *p, const struct avo_header *h,
                   const struct avo_peaks_ask *ask, struct avo_pool *pool, struct avo_error *err);
void avo_peaks_release(struct avo_peaks *p);

/* Index among files, or -1. */
int64_t avo_peaks_find(const struct avo_peaks *p, const char *celltype, const char *assay);
/* mask [n]: 1 where bin beg_bin + i of chrom is in a peak of file index, else 0. */
void avo_peaks_mask(const struct avo_peaks *p, size_t index, uint32_t chrom, uint32_t beg_bin,
                    uint32_t n, uint8_t *mask);
/* Adds that mask to count [n]. */
void avo_peaks_count(const struct avo_peaks *p, size_t index, uint32_t chrom, uint32_t beg_bin,
                     uint32_t n, uint16_t *count);

#endif
