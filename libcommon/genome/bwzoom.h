/* SPDX-License-Identifier: MIT */
/* bwzoom.h: zoom levels at the end of a bigWig, in one pass over its values. */
#ifndef AVO_GENOME_BWZOOM_H
#define AVO_GENOME_BWZOOM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libcommon/genome/bwtree.h"

#define AVO_ZOOM_MAX 10         /* levels: as many as header slots are reserved */

/* What one record says of its stretch. */
struct avo_zoom_record {
    uint32_t chrom, start_bp, end_bp, n_valid_bp;
    float min, max;
    double sum, sum_squares;
};

/* Writes to f, which is borrowed and stands where the first level goes. Zero it before begin. */
struct avo_zoom {
    FILE *f;
    uint32_t step_bp;               /* of the first level; each further one is 4 times as wide */
    int n_levels;
    uint64_t data_offset[AVO_ZOOM_MAX], index_offset[AVO_ZOOM_MAX];
    struct avo_zoom_record open;    /* of the first level; n_valid_bp 0: none */
    struct avo_zoom_record *next;   /* [n_next] records of the second level */
    size_t n_next, cap_next;
    unsigned char *raw, *packed;    /* one block before and after compression */
    uint32_t n_raw;
    uint64_t n_records;             /* of the level being written */
    struct avo_bw_block block;    /* the one in raw */
    struct avo_bw_block *blocks;  /* [n_blocks] of the level being written */
    size_t n_blocks, cap_blocks;
};

/* All return 0, or -1 with errno set (ENOMEM or the write's error).
 * begin: first level of records of step_bp. */
int avo_zoom_begin(struct avo_zoom *z, FILE *f, uint32_t step_bp);
/* One value of [start, end), which must not cross a multiple of step_bp; ascending. */
int avo_zoom_add(struct avo_zoom *z, uint32_t chrom, uint32_t start_bp, uint32_t end_bp,
                 float value);
/* The rest of the first level and the further ones, as long as a record is at most a quarter of
 * max_len_bp; then their table and number at the start of the file. */
int avo_zoom_end(struct avo_zoom *z, uint64_t max_len_bp);
void avo_zoom_release(struct avo_zoom *z);

#endif
