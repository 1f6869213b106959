/* SPDX-License-Identifier: MIT */
/* features_in.h: rows of features and labels from FEATURE streams, tables of text and npy files. */
#ifndef AVO_AP_FEATURES_IN_H
#define AVO_AP_FEATURES_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

/* Cells of text, [n_rows][n_cols], beside the features: intervals, names, labels, groups. */
struct avo_cells {
    size_t n_cols;
    char **names;
    const char **cell;
    size_t cap_names, cap_cells;
    char **blocks;              /* where the texts lie */
    size_t n_blocks, cap_blocks, room;
};

/* Start with {0}. */
struct avo_matrix {
    char *shown;                /* what messages call the file */
    size_t n_rows, n_cols;
    float *x;                   /* [n_rows][n_cols] row-major, finite or NaN (missing) */
    char **names;               /* [n_cols] of the features, or NULL */
    struct avo_cells cells;
};

/* Which columns are features. Zero: all but those of names that are cells. */
struct avo_columns {
    const char *pattern;        /* shell pattern (fnmatch): only names that match; or NULL */
    const char *const *apart;   /* [n_apart] names that are cells in any case; NULL ones: none */
    size_t n_apart;
};

/* Reads path ("-": stdin); the content decides:
 *   FEATURE stream   its features; cells chrom, start, end, name, label, group, further columns
 *   npy              one or two dimensions (one: n_cols 1), any integer, float or bool, no cells
 *   else text        tab-separated, plain or gzip. A first line without any number is names (a
 *                    '#' before them is dropped); all numbers: there are no names, columns are
 *                    called 1, 2, ... Columns named as the cells above, right.chrom, right.start
 *                    and right.end, and those with an @ before their names (dropped) are cells,
 *                    under a pattern too; all others features: numbers, or nan, NA or empty for
 *                    missing. Lines that begin with '#' behind the first are skipped, and so is a
 *                    stream's header before it. In tables that begin as feature_show.h writes
 *                    them, names and cells are unescaped.
 * Columns that are not features are cells. columns NULL: as zero. Infinities are errors, as are
 * rows of unequal length, no rows, no features. Errors name file and line, record or element. */
int avo_matrix_read(struct avo_matrix *m, const char *path, const struct avo_columns *columns,
                    struct avo_error *err);
/* The same where every column of a table is a cell; of an npy file the numbers become values
 * [n_rows][n_cols] in double precision (free() them), else *values is NULL. */
int avo_matrix_read_cells(struct avo_matrix *m, const char *path, double **values,
                          struct avo_error *err);
/* Keeps rows beg .. end-1. Error: there are fewer. */
int avo_matrix_slice(struct avo_matrix *m, size_t beg, size_t end, struct avo_error *err);
/* Keeps the rows whose keep [n_rows] is not 0. */
void avo_matrix_keep(struct avo_matrix *m, const uint8_t *keep);
void avo_matrix_release(struct avo_matrix *m);

/* Column of cells by name: its number, or -1. */
int avo_cells_find(const struct avo_cells *c, const char *name);
static inline const char *avo_cell(const struct avo_cells *c, size_t row, int col)
{
    return c->cell[row * c->n_cols + (size_t)col];
}
/* A cell as a number; text that is none: an error with file, row and column. */
int avo_cell_number(const struct avo_matrix *m, size_t row, int col, double *v,
                    struct avo_error *err);

/* Column col as groups 0 .. *n_groups-1 of equal text, [n_rows], in the order of the texts. */
int avo_group_by_cell(const struct avo_matrix *m, int col, uint32_t *group, size_t *n_groups,
                      struct avo_error *err);
/* Rows that share an element, directly or through others, as one group: elements are texts of
 * either column. */
int avo_group_by_names(const struct avo_matrix *m, int col_a, int col_b, uint32_t *group,
                       size_t *n_groups, struct avo_error *err);
/* The same by the rows' intervals (cells chrom, start, end, right.chrom, right.start, right.end):
 * intervals that overlap are one element. Error: a row has not two intervals. */
int avo_group_by_places(const struct avo_matrix *m, uint32_t *group, size_t *n_groups,
                        struct avo_error *err);

/* ---- for features_*.c ---- */

/* One or two dimensions as rows of floats (out_f) or doubles (out_d): the pointer that is not NULL
 * is filled with fresh memory. */
int avo_npy_read(const char *path, float **out_f, double **out_d, size_t *n_rows, size_t *n_cols,
                 struct avo_error *err);
int avo_matrix_read_text(struct avo_matrix *m, const char *path, const struct avo_columns *columns,
                         struct avo_error *err);
/* One feature more; m->names has room. */
int avo_matrix_add_name(struct avo_matrix *m, const char *name, struct avo_error *err);
int avo_cells_add_name(struct avo_cells *c, const char *name, struct avo_error *err);
/* Cells come row by row; text is copied (shared with the row above where it is the same). */
int avo_cells_add(struct avo_cells *c, size_t row, size_t col, const char *text,
                  struct avo_error *err);

#endif
