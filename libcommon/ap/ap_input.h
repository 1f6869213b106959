/* SPDX-License-Identifier: MIT */
/* ap_input.h: everything that cross-validation reads: feature sets, labels, groups, checked against
 * each other. */
#ifndef AVO_AP_AP_INPUT_H
#define AVO_AP_AP_INPUT_H

#include "libcommon/ap/features_in.h"

struct avo_ap_set_spec {
    char *name;
    const char *path;
    const char *columns;        /* shell pattern, or NULL */
};

/* Adds "NAME=FILE" (an equals sign before any slash ends a name) or "FILE", whose name is the
 * file's without folders and usual endings. path is borrowed. */
int avo_ap_set_add(struct avo_ap_set_spec **list, size_t *n, size_t *cap, const char *arg,
                   struct avo_error *err);

struct avo_ap_input_spec {
    const struct avo_ap_set_spec *sets;
    size_t n_sets;
    const char *labels;         /* file, or NULL: a column of the sets */
    const char *label_column;   /* NULL: "label", or the only column of `labels` */
    const char *group;          /* NULL; chrom; pairs; pairs:COLUMN,COLUMN; a column's name */
    double threshold;           /* NaN: labels are 0 and 1; else positive is label >= threshold */
    size_t row_beg, row_end;    /* rows of every file; row_end 0: all */
    bool regression;            /* labels are any numbers */
    bool whole;                 /* missing features are an error */
    bool drop;                  /* rows without a label, and those of such an error, are left out */
};

/* Start with {0}. */
struct avo_ap_input {
    size_t n_sets, n_rows, n_positive;
    size_t n_dropped;
    struct avo_matrix *sets;    /* [n_sets] */
    struct avo_matrix labels;   /* rows of the file of labels, if there is one */
    double *y;                  /* [n_rows] */
    uint8_t *is_positive;       /* [n_rows], zero for regression */
    uint32_t *group;            /* [n_rows] 0 .. n_groups-1, or NULL */
    size_t n_groups;
    const struct avo_matrix *twin;  /* a set that has the label itself among its features: */
    size_t i_twin;              /* which; twin NULL: none has */
};

/* Errors (file, row): files of different numbers of rows or, where two have intervals, of different
 * intervals; a label that is missing or neither 0 nor 1; rows of one class only; no such column. */
int avo_ap_input_read(const struct avo_ap_input_spec *spec, struct avo_ap_input *out,
                      struct avo_error *err);
void avo_ap_input_release(struct avo_ap_input *in);

#endif
