/* SPDX-License-Identifier: MIT */
/* bedgraph.h: one bedGraph or wig file, plain or gzip, read as sums per bin. */
#ifndef AVO_GENOME_BEDGRAPH_H
#define AVO_GENOME_BEDGRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

struct avo_bedgraph;

/* Opens path and reads it once from end to end: every line must be right, intervals sorted and
 * not overlapping within a chromosome, chromosomes in one piece and named in genome_file (name
 * and length a line). A file may hold several tracks, each bedGraph or wig. Intervals of no length
 * are passed over. A small index of places in the text is kept. Errors: "path:line: ...". */
struct avo_bedgraph *avo_bedgraph_open(const char *path, const char *genome_file,
                                       struct avo_error *err);
void avo_bedgraph_close(struct avo_bedgraph *g);
void avo_bedgraph_sleep(struct avo_bedgraph *g);
/* Zero-length intervals in the file: they say nothing and are passed over. */
uint64_t avo_bedgraph_n_empty(const struct avo_bedgraph *g);
size_t avo_bedgraph_n_chroms(const struct avo_bedgraph *g);
const char *avo_bedgraph_chrom(const struct avo_bedgraph *g, size_t i, uint64_t *len_bp);
/* As avo_source_read, chrom by number. Plain text is entered near the place asked for; gzip is
 * read on from where the last read ended, or from the start. */
int avo_bedgraph_read(struct avo_bedgraph *g, size_t chrom, uint32_t bin_bp, uint32_t beg_bin,
                      uint32_t n_bins, double *sum, uint32_t *covered, struct avo_error *err);

#endif
