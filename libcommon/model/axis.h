/* SPDX-License-Identifier: MIT */
/* axis.h: a stretch of genome in memory: runs of bins, their signal, their factor rows. A tile of
 * a stream is a short axis; stage 1 holds one for all it trains on. */
#ifndef AVO_MODEL_AXIS_H
#define AVO_MODEL_AXIS_H

#include "libcommon/model/model.h"

/* Rows of one table with Adam's state. w m v [n_rows][width]; last [n_rows] = the step up to which
 * a row is current (0 = none). m, v, last NULL: values only. */
struct avo_rows {
    uint32_t n_rows, width, bins_per_row;
    float *w, *m, *v;
    int32_t *last;
    size_t cap_w;           /* elements that w has room for while rows are appended */
};

struct avo_axis_run {
    uint32_t chrom, chrom_crc;  /* index; CRC32C of the name, for draws */
    uint32_t beg_bin, n_bins;
    uint32_t first;             /* index of its first bin on the axis */
    uint32_t row0[AVO_MAX_BLOCKS];  /* per genome block: row of beg_bin */
};

struct avo_axis {
    uint32_t n_blocks;                      /* of the model; entries of genome */
    struct avo_rows genome[AVO_MAX_BLOCKS]; /* genome blocks; others have width 0 */
    uint32_t n_runs;
    size_t cap_runs, cap_bins, cap_values;
    struct avo_axis_run *runs;
    uint32_t n_bins;                        /* G */
    uint32_t *run_of;                       /* [G] index of the run */
    enum avo_dtype dtype;                   /* of values: AVO_F16 or AVO_F32 */
    uint32_t n_tracks;
    uint8_t *values;                        /* [G][n_tracks] of dtype, or NULL */
    size_t last_chrom;                      /* that avo_axis_fill found */
    const struct avo_axis *of;              /* a view: that axis with other rows; or NULL */
};

/* An empty axis for model m with n_tracks columns of signal (0: no signal). */
void avo_axis_init(struct avo_axis *a, const struct avo_model *m, enum avo_dtype dtype,
                   uint32_t n_tracks);
/* Forgets the bins and rows, keeps the kind. */
void avo_axis_clear(struct avo_axis *a);
void avo_axis_release(struct avo_axis *a);
/* Appends the bins of a span (ascending order) and their values [n_bins][n_tracks] (NULL if
 * n_tracks is 0). */
int avo_axis_add(struct avo_axis *a, const struct avo_header *h, const struct avo_span *span,
                 const void *values, struct avo_error *err);
/* Appends a GENOME tile's bins and rows (values only); their signal is missing (NaN) until
 * avo_axis_fill. */
int avo_axis_append_genome(struct avo_axis *a, const struct avo_model *m,
                           const struct avo_genome_tile *tile, struct avo_error *err);
/* Copies a SIGNAL tile's values to the bins that the axis has; returns how many it lacks. The
 * chromosomes of the tile are those of `theirs`, those of the axis of `mine`. */
uint64_t avo_axis_fill(struct avo_axis *a, const struct avo_tile *tile,
                       const struct avo_header *mine, const struct avo_header *theirs);
/* Makes the factor tables for the bins there are: optimizer = with m, v, last. */
int avo_axis_make_rows(struct avo_axis *a, bool optimizer, struct avo_error *err);
/* Initial factors keyed by (seed, chromosome, row's coordinate, block, column); moments 0. */
void avo_axis_init_values(struct avo_axis *a, const struct avo_model *m);
/* Axis of just this GENOME tile's bins, its rows filled (no optimizer state, no signal). */
int avo_axis_from_genome(struct avo_axis *a, const struct avo_model *m,
                         const struct avo_genome_tile *tile, struct avo_error *err);
/* Writes the axis as GENOME tiles on the fixed grid (avo_axis_tile_bins). values[k] replaces
 * genome[k].w (NULL: those). */
int avo_axis_write_genome(const struct avo_axis *a, const struct avo_model *m,
                          float *const *values, struct avo_writer *w, struct avo_error *err);
/* Row of genome block k that bin i of the axis reads. */
static inline uint32_t avo_axis_row(const struct avo_axis *a, uint32_t k, uint32_t i)
{
    const struct avo_axis_run *r = &a->runs[a->run_of[i]];
    uint32_t per = a->genome[k].bins_per_row, bin = r->beg_bin + (i - r->first);
    return r->row0[k] + (bin / per - r->beg_bin / per);
}
static inline uint32_t avo_axis_bin(const struct avo_axis *a, uint32_t i)
{
    const struct avo_axis_run *r = &a->runs[a->run_of[i]];
    return r->beg_bin + (i - r->first);
}
/* Value of column t at bin i of the axis (NaN = missing). */
float avo_axis_value(const struct avo_axis *a, uint32_t i, uint32_t t);

#endif
