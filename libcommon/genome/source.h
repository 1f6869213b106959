/* SPDX-License-Identifier: MIT */
/* source.h: one signal file, bigWig, bedGraph or wig (.gz too), as values per bin. */
#ifndef AVO_GENOME_SOURCE_H
#define AVO_GENOME_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/stream/header.h"

struct avo_source;

/* Opens and validates path (kind from its content). genome_file: chromosome sizes, needed for
 * bedGraph and wig (NULL otherwise). remote: allow URLs (bigWig only). Not thread-safe per handle;
 * handles are independent. max_open bounds descriptors: closed files are reopened when next used.
 */
struct avo_source *avo_source_open(const char *path, const char *genome_file, bool remote,
                                   struct avo_error *err);
void avo_source_close(struct avo_source *s);
/* Gives up descriptor and buffers; the next read reopens (and checks that the file's size and
 * modification time are what they were). */
void avo_source_sleep(struct avo_source *s);
size_t avo_source_n_chroms(const struct avo_source *s);
const char *avo_source_chrom(const struct avo_source *s, size_t i, uint64_t *len_bp);
/* Whether the file names the chromosome. */
bool avo_source_has(struct avo_source *s, const char *chrom);
/* Sums and covered bases of bins [beg_bin, beg_bin + n_bins) of width bin_bp:
 * sum [n_bins] double = value x overlapping bases, covered [n_bins] uint32 = bases covered.
 * A chromosome the file lacks is an error. NaN in the file counts as uncovered; an infinite value
 * is an error with file and position. */
int avo_source_read(struct avo_source *s, const char *chrom, uint32_t bin_bp, uint32_t beg_bin,
                    uint32_t n_bins, double *sum, uint32_t *covered, struct avo_error *err);
/* Zero-length intervals met in what was read so far (UCSC's programs write them): they hold no base
 * and are passed over. */
uint64_t avo_source_n_empty(const struct avo_source *s);
/* Warnings gathered (a summary header that lies), or NULL. */
const char *avo_source_warning(const struct avo_source *s);

#endif
