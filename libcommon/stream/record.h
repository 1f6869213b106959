/* SPDX-License-Identifier: MIT */
/* record.h: typed records in memory. Their bytes are known to record.c and wire.c alone. */
#ifndef AVO_STREAM_RECORD_H
#define AVO_STREAM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/stream/header.h"

#define AVO_MAX_PAYLOAD (64u << 20)     /* bytes */
#define AVO_MAX_TILE_BINS 65600u
#define AVO_MAX_GENOME_BLOCKS 16

enum avo_record_type {
    AVO_REC_HEADER = 1, AVO_REC_SIGNAL = 2, AVO_REC_CORE = 3, AVO_REC_GENOME = 4,
    AVO_REC_STATE = 5, AVO_REC_FEATURE = 6, AVO_REC_END = 7
};
enum avo_dtype {
    AVO_U8 = 1, AVO_F16 = 2, AVO_F32 = 3, AVO_F64 = 4, AVO_U32 = 5, AVO_I64 = 6
};
size_t avo_dtype_size(enum avo_dtype t);

/* n_bins consecutive bins of a chromosome from beg_bin. */
struct avo_run { uint32_t beg_bin, n_bins; };

/* Which bins a tile holds. Runs are sorted, disjoint, not adjacent, not empty. A tile covers whole
 * groups of coarse_bins (5 kbp): no group is split over two tiles. */
struct avo_span {
    uint32_t chrom;
    uint32_t n_runs;
    uint32_t n_bins;                    /* sum over the runs, <= AVO_MAX_TILE_BINS */
    const struct avo_run *runs;
};

/* SIGNAL. values [n_bins][n_tracks] row-major, model space, AVO_F16 or AVO_F32. */
struct avo_tile {
    struct avo_span span;
    enum avo_dtype dtype;
    uint32_t n_tracks;
    const void *values;
};

/* GENOME. For genome block k in the header's order: rows[k] [n_rows[k]][width_k] float32, one row
 * for every distinct bin / bins_per_row among the span's bins, ascending. */
struct avo_genome_tile {
    struct avo_span span;
    char root_id[33];
    uint32_t n_blocks;
    uint32_t n_rows[AVO_MAX_GENOME_BLOCKS];
    const float *rows[AVO_MAX_GENOME_BLOCKS];
};

/* FEATURE: values [n_rows][n_features] row-major, finite or NaN; text: n_rows lines of what is
 * known of the rows (feature.h takes them apart). */
struct avo_feature_block {
    uint32_t n_rows, n_features;
    const float *values;
    const char *text;                   /* [text_bytes], not NUL-terminated */
    size_t text_bytes;
};

/* CORE and STATE: a named tensor, dims[0] slowest. Text is AVO_U8 with one dimension. */
struct avo_tensor {
    char name[64];
    enum avo_dtype dtype;
    uint32_t n_dims;                    /* 0..4 */
    uint64_t dims[4];
    const void *data;
};
/* Elements of a tensor; 0-dim = 1. Overflow is an error (returns -1 as SIZE_MAX never occurs). */
size_t avo_tensor_count(const struct avo_tensor *t);

/* Width of the grid that tiles are cut by: tile k of a chromosome lies in bins [k, k + 1) times
 * *tile_bins. It depends on nothing but groups, tracks and type, so that equal data are cut alike.
 * Error: so many tracks that one group does not fit a record. */
int avo_tile_grid(const struct avo_header *h, enum avo_dtype dtype, uint32_t *tile_bins,
                  struct avo_error *err);

/* Number of distinct bin / bins_per_row among the span's bins. */
uint32_t avo_span_rows(const struct avo_span *span, uint32_t bins_per_row);

#endif
