/* SPDX-License-Identifier: MIT */
/* aggregate.h: genome factors and tracks averaged over windows.
 *
 * A source is one model (its files joined) or the SIGNAL streams of one list of tracks. A window
 * takes from each source the bins that it touches and that are there; every fine bin counts once, a
 * row of b bins once for each of them (so that b = 1, 10, 200 are averages over the same bins).
 * Sums are in double, over pieces of whole groups, mid rows and single rows that depend on
 * coordinates only, in ascending order: a row depends neither on threads nor on other windows nor
 * on how the input is cut into tiles. */
#ifndef AVO_FEATURES_AGGREGATE_H
#define AVO_FEATURES_AGGREGATE_H

#include "libcommon/base/threads.h"
#include "libcommon/base/words.h"
#include "libcommon/genome/windows.h"
#include "libcommon/impute/impute.h"
#include "libcommon/stream/join.h"

/* ---- sources (aggregate_source.c) ---- */

/* Feature columns that share their rows: a genome block of a model, or all tracks of a source. */
struct avo_agg_block {
    char *name;                 /* of a model's block; columns are NAME.0, NAME.1, ... */
    char **columns;             /* [width] names of tracks; NULL: as above */
    uint32_t width, bins_per_row;
    uint32_t index;             /* among the genome blocks of a tile */
    bool has_nan;               /* values may be NaN: such are left out, column by column */
};

struct avo_agg_source {
    const char *name;           /* of its first file, for messages; borrowed */
    const struct avo_header *header;
    struct avo_models *models;  /* one of the two */
    struct avo_join *join;
    size_t n_blocks;
    struct avo_agg_block *blocks;
    bool raw;                   /* signal: back through the inverse of the transform */
    uint32_t *chrom;            /* [header->n_chroms] index in the common table */
};

struct avo_agg_inputs {
    size_t n;
    struct avo_agg_source *list;
    struct avo_header header;   /* content feature: common chromosomes, and of the first source
                                 * bins, space and unit; merged extents; joined provenance */
};

struct avo_agg_input_options {
    const char *scales;         /* names, or widths such as 250bp, comma-separated; NULL: all */
    bool raw;
    struct avo_strings tracks;  /* CELL:ASSAY to keep of the signal; none: all */
    struct avo_strings celltypes;   /* or all tracks of these */
    const struct avo_header *also;  /* chromosomes for the table; or NULL */
};

/* Opens the files (n 0: stdin). Model files are one source, whatever their number; SIGNAL streams
 * with one list of tracks (names and kind) are one, joined by position; sources come in the order
 * of their first files. The chromosome table is that of all; a chromosome with two lengths is an
 * error. Names of tracks that more than one source has get .2, .3, ... */
int avo_agg_open(struct avo_agg_inputs *in, char *const *paths, size_t n,
                 const struct avo_agg_input_options *opt, struct avo_error *err);
/* Makes the common table of chromosomes that of h, which must have them all. */
int avo_agg_rebase(struct avo_agg_inputs *in, const struct avo_header *h, struct avo_error *err);
void avo_agg_close(struct avo_agg_inputs *in);
/* Digests of the models read and the notes of the signal, for END; after avo_agg_run. */
int avo_agg_end_notes(const struct avo_agg_inputs *in, struct avo_writer *w,
                      struct avo_error *err);

/* ---- averages (aggregate.c) ---- */

enum { AVO_AGG_MEAN = 1, AVO_AGG_STD = 2, AVO_AGG_MIN = 4, AVO_AGG_MAX = 8 };

struct avo_agg_job {
    struct avo_agg_inputs *in;
    const struct avo_windows *windows;  /* read for in->header */
    struct avo_window_shape shape;
    unsigned stats;                     /* AVO_AGG_*, or-ed */
    bool sort;                          /* rows in genome order, else as windows has them */
    struct avo_pool *pool;
    /* A row is whole: features [avo_agg_n_features], NaN where the window holds no bin. Rows come
     * in their order; those that are whole before their turn are held (4 bytes a feature). */
    int (*emit)(void *user, size_t row, const float *features, struct avo_error *err);
    void (*progress)(void *user, size_t n_rows);    /* or NULL; rows whole so far */
    void *user;
};

/* Features of a row. Of a window: source by source, tile by tile (blocks whose rows are shorter
 * than a coarse row), the other blocks over the whole window; within a block the statistics in the
 * order above. Of a pair: those of the first window (left.*), then the second (right.*). */
size_t avo_agg_n_features(const struct avo_agg_job *job);
/* Adds their names to a header, a line each: without tiles BLOCK.i or CELL:ASSAY; tile0.*; std.,
 * min. and max. before the block. */
int avo_agg_add_names(const struct avo_agg_job *job, struct avo_header *h, struct avo_error *err);
/* Reads all sources to their ends. Memory: the windows, the open windows' sums (8 bytes a feature
 * and statistic), rows that wait for their turn, and a tile a source. */
int avo_agg_run(const struct avo_agg_job *job, struct avo_error *err);

#endif
