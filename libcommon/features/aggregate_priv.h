/* SPDX-License-Identifier: MIT */
/* aggregate_priv.h: what aggregate.c, aggregate_source.c and aggregate_sums.c share. */
#ifndef AVO_FEATURES_AGGREGATE_PRIV_H
#define AVO_FEATURES_AGGREGATE_PRIV_H

#include "libcommon/features/aggregate.h"

/* ---- tiles of either kind (aggregate_source.c) ---- */

struct avo_agg_tile {
    struct avo_span span;
    const void *rows[AVO_MAX_GENOME_BLOCKS];    /* as the source's blocks */
    bool half;                                  /* signal in binary16 */
};
/* As avo_models_next and avo_models_genome; head's chromosome is the source's. */
int avo_agg_next(struct avo_agg_source *s, struct avo_head *head, struct avo_error *err);
int avo_agg_load(struct avo_agg_source *s, struct avo_agg_tile *tile, struct avo_error *err);

/* ---- parts of a window (aggregate_names.c) ---- */

/* Sub-windows: the tiles, and last the whole. */
uint32_t avo_agg_count_subs(const struct avo_agg_job *job);
/* Whether block k has features of sub-window sub. */
bool avo_agg_has_cell(const struct avo_agg_job *job, const struct avo_agg_source *src, size_t k,
                      uint32_t sub);
uint32_t avo_agg_count_stats(unsigned stats);

/* ---- sums (aggregate_sums.c) ---- */

/* An entry: [n][width] double, sum first. -1: not kept. */
struct avo_agg_kinds { int n, sq, lo, hi, cnt; };

/* A stretch of whole groups of one tile with what was summed of it. */
struct avo_agg_sums {
    const struct avo_agg_source *src;
    struct avo_agg_kinds kinds[AVO_MAX_GENOME_BLOCKS];
    bool half;
    uint32_t beg_bin, n_groups;         /* whole groups from beg_bin on */
    uint32_t *cum;                      /* [bins + 1] bins present before */
    uint32_t *row_of[AVO_MAX_GENOME_BLOCKS];    /* [rows] index of a row; NULL: cum is it */
    const void *rows[AVO_MAX_GENOME_BLOCKS];    /* row of index 0 */
    double *values;                     /* signal [bins present][tracks] */
    double *of_half;                    /* signal: what a binary16 stands for */
    double *mids[AVO_MAX_GENOME_BLOCKS];        /* [mid rows] entries; NULL: block has none */
    double *groups[AVO_MAX_GENOME_BLOCKS];      /* [groups] entries; NULL: rows are as long */
    unsigned char *need;                /* [groups] */
    size_t cap_cum, cap_values, cap_need, cap_row_of[AVO_MAX_GENOME_BLOCKS];
    size_t cap_mids[AVO_MAX_GENOME_BLOCKS], cap_groups[AVO_MAX_GENOME_BLOCKS];
};

int avo_agg_sums_init(struct avo_agg_sums *s, const struct avo_agg_source *src, unsigned stats,
                      struct avo_error *err);
void avo_agg_sums_release(struct avo_agg_sums *s);
/* Doubles of an entry of block k. */
static inline size_t avo_agg_entry(const struct avo_agg_sums *s, size_t k)
{
    return (size_t)s->kinds[k].n * s->src->blocks[k].width;
}
/* Makes an entry the sum of nothing. */
void avo_agg_clear(const struct avo_agg_sums *s, size_t k, double *entry);
/* Turns to the next groups of the tile. at: where the last call ended; start with zero. 1 = there
 * are some, 0 = the tile is done. */
struct avo_agg_cursor { uint32_t i_run, i_bin; size_t row[AVO_MAX_GENOME_BLOCKS]; };
int avo_agg_turn(struct avo_agg_sums *s, const struct avo_agg_tile *t, struct avo_agg_cursor *at,
                 struct avo_error *err);
/* Says that bins [beg, end) of the stretch will be asked for. */
void avo_agg_want(struct avo_agg_sums *s, uint32_t beg_bin, uint32_t end_bin);
/* Sums what was asked for. */
int avo_agg_prepare(struct avo_agg_sums *s, struct avo_pool *pool, struct avo_error *err);
/* Bins of [beg, end) that are there; both within the stretch. */
uint32_t avo_agg_present(const struct avo_agg_sums *s, uint32_t beg_bin, uint32_t end_bin);
/* Adds bins [beg, end) of block k to an entry. */
void avo_agg_add(const struct avo_agg_sums *s, size_t k, uint32_t beg_bin, uint32_t end_bin,
                 double *entry);

#endif
