/* SPDX-License-Identifier: MIT */
/* rows.h: tables of factors with their optimizer state; which row of a genome block a position
 * reads; genome rows in GENOME tiles. */
#ifndef AVO_MODEL_ROWS_H
#define AVO_MODEL_ROWS_H

#include "libcommon/model/model.h"
#include "libcommon/model/positions.h"

/* Rows of one block with Adam's state. w m v [n_rows][width]; last [n_rows] = the step up to which
 * a row is current (0 = none). m, v, last NULL: values only. */
struct avo_rows {
    uint32_t n_rows, width;
    float *w, *m, *v;
    int32_t *last;
    /* Of a genome block: a row's bins, and where the rows of each run of the positions begin. */
    uint32_t bins_per_row;
    uint32_t *row0;         /* [n_placed] row of the run's first bin; runs may share one */
    uint32_t n_placed;
    size_t cap_w, cap_row0;
};

/* Rows of all genome blocks of a model at the same positions. */
struct avo_genome_rows {
    uint32_t n_blocks;                      /* of the model, of any kind */
    struct avo_rows block[AVO_MAX_BLOCKS];  /* of genome blocks; the others have width 0 */
};

/* Row of genome block r that bin i of p reads. */
static inline uint32_t avo_rows_at(const struct avo_rows *r, const struct avo_positions *p,
                                   uint32_t i)
{
    uint32_t of = p->run_of[i], beg = p->runs[of].beg_bin, bin = beg + (i - p->runs[of].first);
    return r->row0[of] + (bin / r->bins_per_row - beg / r->bins_per_row);
}

/* No rows yet, of the widths that model m has. */
void avo_genome_rows_init(struct avo_genome_rows *g, const struct avo_model *m);
void avo_genome_rows_release(struct avo_genome_rows *g);
/* Makes the tables, of zeroes, for all positions, none of which is context; optimizer: with m, v,
 * last. What was there is lost. */
int avo_genome_rows_make(struct avo_genome_rows *g, const struct avo_positions *p, bool optimizer,
                         struct avo_error *err);
/* Initial factors keyed by (seed, chromosome, row's coordinate, block, column); moments 0. p: the
 * positions that g was made for. */
void avo_genome_rows_init_values(struct avo_genome_rows *g, const struct avo_positions *p,
                                 const struct avo_model *m);

/* ---- GENOME tiles ---- */

/* Appends a tile's bins to p and its rows (values only) to g, which are the rows of p. A tile with
 * another number of rows than its bins need is an error, with p and g of no further use. */
int avo_genome_rows_append(struct avo_genome_rows *g, struct avo_positions *p,
                           const struct avo_model *m, const struct avo_genome_tile *tile,
                           struct avo_error *err);
/* Forgets the rows, keeps the memory: for appending to positions that were cleared. */
void avo_genome_rows_clear(struct avo_genome_rows *g);
/* Writes the rows of p as tiles on a fixed grid of the chromosome, whatever the runs. */
int avo_genome_rows_write(const struct avo_genome_rows *g, const struct avo_positions *p,
                          const struct avo_model *m, struct avo_writer *w, struct avo_error *err);

#endif
