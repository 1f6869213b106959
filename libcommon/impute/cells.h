/* SPDX-License-Identifier: MIT */
/* cells.h: a SIGNAL stream taken cell by cell of a grid over the chromosomes, each with the bins
 * around it that its inputs read. */
#ifndef AVO_IMPUTE_CELLS_H
#define AVO_IMPUTE_CELLS_H

#include "libcommon/model/signal.h"
#include "libcommon/stream/join.h"

/* Bins of one chromosome that are in memory: ascending runs, none of which goes on in the next. */
struct avo_cell_bins {
    size_t n_runs, cap_runs;
    struct avo_run *runs;
    struct avo_signal signal;   /* of the runs' bins, one after the other */
};

/* The bins to write in a cell, and those there are in it and within the margin. */
struct avo_cell {
    uint32_t chrom, n_bins;
    size_t n_runs, cap_runs;
    struct avo_run *runs;       /* [n_runs], n_bins together; each lies in one run of `have` */
    struct avo_cell_bins have;
};
void avo_cell_release(struct avo_cell *c);

/* Set the first five members and begin. */
struct avo_cells {
    struct avo_join *join;              /* of nothing but SIGNAL is used; read to its end */
    uint32_t n_tracks;                  /* of the signal */
    const struct avo_header *header;    /* its extents are the bins to write */
    uint32_t cell_bins;                 /* whole groups of coarse_bins */
    uint32_t margin;
    /* inside */
    size_t i_extent;                    /* the first that is not done, and what is done of it */
    uint32_t done;
    size_t n_asked, cap_asked;
    struct avo_run *asked;              /* what is asked for in the cell */
    struct avo_tile tile;
    bool has_tile, ended;
    uint32_t i_run, used;               /* of the tile: runs, and bins of the next, taken */
    size_t row;                         /* of the next bin */
    uint32_t carry_chrom;
    struct avo_cell_bins carry;         /* the end of what was read: the next cell may need it */
};
/* Has the join skip what lies out of reach of all cells. */
int avo_cells_begin(struct avo_cells *c, struct avo_error *err);
/* The next cell with bins to write: 1; 0: there is none and the stream ended whole; -1. */
int avo_cells_next(struct avo_cells *c, struct avo_cell *cell, struct avo_error *err);
void avo_cells_release(struct avo_cells *c);

#endif
