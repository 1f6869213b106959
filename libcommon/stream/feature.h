/* SPDX-License-Identifier: MIT */
/* feature.h: rows of features: intervals with a name, a label, a group and numbers (avo-stream(5),
 * FEATURE). */
#ifndef AVO_STREAM_FEATURE_H
#define AVO_STREAM_FEATURE_H

#include "libcommon/stream/chrom_index.h"
#include "libcommon/stream/stream.h"

/* The first columns of a table of features, and the mark of a column that was carried through. */
#define AVO_FEATURE_FIXED "chrom", "start", "end", "name", "label", "group"
#define AVO_FEATURE_CARRIED '@'
/* Names of the columns that hold the second interval of a pair. */
#define AVO_FEATURE_PAIR { "right.chrom", "right.start", "right.end" }

/* Bases [beg_bp, end_bp) of a chromosome, 0-based. */
struct avo_feature_place { const char *chrom; uint64_t beg_bp, end_bp; };

/* A row. Strings are never NULL; "" = not given. */
struct avo_feature_row {
    uint32_t n_places;              /* 1; 2: a pair; 0: no interval (rows of a table of names) */
    struct avo_feature_place at[2];
    const char *name, *label, *group;
    const char *const *columns;     /* [n_columns] carried through; of a pair right.* among them */
    const float *features;          /* [n_features]; NaN: missing */
};

/* One of the names above: in a table no feature is called so. */
bool avo_feature_is_reserved(const char *name);

/* ---- what a header says of features ---- */

/* Lines @feature name:TEXT and @column name:TEXT; order of calls = order of the columns. */
int avo_header_add_feature(struct avo_header *h, const char *name, struct avo_error *err);
int avo_header_add_column(struct avo_header *h, const char *name, struct avo_error *err);
/* Number of @feature lines. */
size_t avo_header_count_features(const struct avo_header *h);

/* Names out of a header of content feature. */
struct avo_feature_layout {
    size_t n_features, n_columns;
    char **features, **columns;     /* names */
    int pair[3];                    /* columns of the second interval; -1: no pairs */
    const struct avo_header *h;     /* borrowed */
    struct avo_chrom_index chroms;
};
/* Error: a line without a name, a column given twice, one of right.* without the others. */
int avo_feature_layout_init(struct avo_feature_layout *l, const struct avo_header *h,
                            struct avo_error *err);
/* An interval as rows may have one: p->chrom becomes the header's string. row: for the message;
 * *last: start with 0. */
int avo_feature_place_check(const struct avo_feature_layout *l, struct avo_feature_place *p,
                            uint32_t row, uint32_t *last, struct avo_error *err);
void avo_feature_layout_release(struct avo_feature_layout *l);

/* ---- rows of a record ---- */

/* Set layout; all else zero. Used again for the next record. */
struct avo_feature_rows {
    const struct avo_feature_layout *layout;
    struct avo_feature_block block; /* borrowed */
    uint32_t i_row;                 /* number of rows given out */
    char *text, *rest;              /* the block's lines, cut up as they are read */
    size_t cap_text, cap_fields;
    char **fields;
    uint32_t last_chrom;            /* the last row's chromosome */
};
int avo_feature_rows_start(struct avo_feature_rows *r, const struct avo_feature_block *b,
                           struct avo_error *err);
/* 1 = a row, valid until the next call; 0 = no more; -1 = a line is not as it should be (fields,
 * numbers, an unknown chromosome, an interval that is empty or past the chromosome's end). */
int avo_feature_rows_next(struct avo_feature_rows *r, struct avo_feature_row *row,
                          struct avo_error *err);
/* Reads all rows of a block, for their errors. */
int avo_feature_check_rows(const struct avo_feature_block *b, const struct avo_header *h,
                           struct avo_error *err);
void avo_feature_rows_release(struct avo_feature_rows *r);

/* ---- a stream, row by row ---- */

struct avo_features;

/* Opens a stream of features (NULL or "-": stdin); any other content is an error that names it. */
struct avo_features *avo_features_open(const char *path, struct avo_error *err);
const struct avo_feature_layout *avo_features_layout(const struct avo_features *f);
/* 1 = a row, valid until the next call; 0 = END was read, all is well; -1. Errors name file and
 * record. */
int avo_features_next(struct avo_features *f, struct avo_feature_row *row, struct avo_error *err);
void avo_features_close(struct avo_features *f);

struct avo_feature_writer;

/* h: content feature, with its @feature and @column lines. As avo_writer_open else. */
struct avo_feature_writer *avo_feature_writer_open(const char *path, const struct avo_header *h,
                                                   const char *text_option,
                                                   struct avo_error *err);
/* Rows are gathered to records of about 4 MiB. Of a pair at[1] is written to the right.* columns,
 * whatever columns[] holds there. A row that a reader would refuse is an error. */
int avo_feature_writer_add(struct avo_feature_writer *w, const struct avo_feature_row *row,
                           struct avo_error *err);
/* For notes of the inputs (avo_models_end_notes). */
struct avo_writer *avo_feature_writer_stream(struct avo_feature_writer *w);
int avo_feature_writer_finish(struct avo_feature_writer *w, struct avo_error *err);
void avo_feature_writer_free(struct avo_feature_writer *w);

#endif
