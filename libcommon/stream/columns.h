/* SPDX-License-Identifier: MIT */
/* columns.h: columns of genome factors or of features as bedGraph, a file for each. */
#ifndef AVO_STREAM_COLUMNS_H
#define AVO_STREAM_COLUMNS_H

#include "libcommon/base/text_out.h"
#include "libcommon/stream/feature.h"

#define AVO_COLUMN_PLACE "{column}"     /* stands for the column's name in a path */

/* A column and its file. */
struct avo_column {
    char *name;                 /* BLOCK.i of factors, a feature's name */
    uint32_t block, at;         /* of factors: genome block and column; at: feature */
    struct avo_out out;
    bool has_open;              /* an interval that may go on */
    struct avo_feature_place open;
    float value;
};

/* Start with {0}. */
struct avo_columns {
    const struct avo_header *h;                 /* borrowed */
    const struct avo_feature_layout *layout;    /* borrowed; NULL: factors of a model */
    struct avo_column *list;
    size_t n;
    /* of features: where the last row ended */
    uint32_t chrom;
    uint64_t end_bp, n_rows;
    bool *seen;                 /* [n_chroms] */
};

/* Opens a file for each of the columns wanted [n_wanted] (0: all): path with {column} replaced by
 * the name, escaped for files; without {column} there must be one column. 64 KiB and a descriptor
 * each. Errors: no such column, one asked for twice (AVO_EXIT_USAGE), rows that are pairs. */
int avo_columns_open(struct avo_columns *c, const char *path, char *const *wanted,
                     size_t n_wanted, struct avo_error *err);
/* Factors: every row over the bins of the tile that it stands for. */
int avo_columns_genome(struct avo_columns *c, const struct avo_genome_tile *g,
                       struct avo_error *err);
/* Features: the row's interval. Error: it has none, or overlaps or precedes one before it. */
int avo_columns_row(struct avo_columns *c, const struct avo_feature_row *row,
                    struct avo_error *err);
/* Gives all files their names. */
int avo_columns_finish(struct avo_columns *c, struct avo_error *err);
void avo_columns_release(struct avo_columns *c);

#endif
