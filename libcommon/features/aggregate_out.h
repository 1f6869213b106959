/* SPDX-License-Identifier: MIT */
/* aggregate_out.h: rows of features with their windows and labels, as a stream, text or npy. */
#ifndef AVO_FEATURES_AGGREGATE_OUT_H
#define AVO_FEATURES_AGGREGATE_OUT_H

#include "libcommon/genome/windows.h"
#include "libcommon/stream/feature_show.h"

enum avo_agg_format { AVO_AGG_AVO, AVO_AGG_TSV, AVO_AGG_NPY };

struct avo_agg_out_spec {
    const char *path;           /* NULL or "-": stdout */
    enum avo_agg_format format;
    const char *labels_path;    /* labels as npy, [rows] binary64; or NULL */
    bool drop_missing;          /* leave out rows that miss a feature, or a label of labels */
    const struct avo_windows *windows;  /* NULL: rows are names */
    char *const *names;         /* of such rows */
    size_t n_rows;
    const double *labels;       /* [n_rows] measured, NaN: none; NULL: those of windows */
    bool has_threshold;         /* the label is 1 from threshold on, else 0 */
    double threshold;
};

struct avo_agg_out {
    struct avo_agg_out_spec spec;
    struct avo_header header;           /* with @column and @feature lines */
    struct avo_feature_layout layout;
    struct avo_feature_writer *writer;
    struct avo_feature_show show;
    const char **columns;               /* [n_columns] of the row at hand */
    double *numbers;                    /* [n_rows] labels of the rows written */
    size_t n_written, n_missing, n_dropped, n_unlabelled;
};

/* Adds the columns that rows of windows have to a header of content feature; the features' lines
 * are the caller's. */
int avo_agg_out_columns(struct avo_header *h, const struct avo_windows *w, struct avo_error *err);
/* h: as above with its @feature lines; copied. */
int avo_agg_out_open(struct avo_agg_out *o, const struct avo_agg_out_spec *spec,
                     const struct avo_header *h, struct avo_error *err);
/* The emit of struct avo_agg_job; user: an avo_agg_out. */
int avo_agg_out_row(void *user, size_t row, const float *features, struct avo_error *err);
/* Writes the labels and gives the output its name. Notes of END go to avo_agg_out_stream before. */
int avo_agg_out_finish(struct avo_agg_out *o, struct avo_error *err);
struct avo_writer *avo_agg_out_stream(struct avo_agg_out *o);   /* NULL: text or npy */
void avo_agg_out_release(struct avo_agg_out *o);

#endif
