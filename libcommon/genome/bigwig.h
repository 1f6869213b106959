/* SPDX-License-Identifier: MIT */
/* bigwig.h: one bigWig file, checked before anything is believed, read as sums per bin. */
#ifndef AVO_GENOME_BIGWIG_H
#define AVO_GENOME_BIGWIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

struct avo_bigwig;

/* Opens path and checks header, chromosome tree and the whole index. */
struct avo_bigwig *avo_bigwig_open(const char *path, bool remote, struct avo_error *err);
void avo_bigwig_close(struct avo_bigwig *b);
/* Closes the descriptor and frees the buffers; the next read reopens. */
void avo_bigwig_sleep(struct avo_bigwig *b);
size_t avo_bigwig_n_chroms(const struct avo_bigwig *b);
const char *avo_bigwig_chrom(const struct avo_bigwig *b, size_t i, uint64_t *len_bp);
/* As avo_source_read, chrom by number; the bins must lie within the chromosome.
 * Every block that is used, and its neighbours in the index, must be what the index says. */
int avo_bigwig_read(struct avo_bigwig *b, size_t chrom, uint32_t bin_bp, uint32_t beg_bin,
                    uint32_t n_bins, double *sum, uint32_t *covered, struct avo_error *err);
/* Zero-length intervals met in what was read so far: they are passed over. */
uint64_t avo_bigwig_n_empty(const struct avo_bigwig *b);
const char *avo_bigwig_warning(const struct avo_bigwig *b);

#endif
