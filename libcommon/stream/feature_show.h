/* SPDX-License-Identifier: MIT */
/* feature_show.h: rows of features as text and npy. */
#ifndef AVO_STREAM_FEATURE_SHOW_H
#define AVO_STREAM_FEATURE_SHOW_H

#include "libcommon/stream/feature.h"
#include "libcommon/stream/show.h"

/* tsv: a line of names, then the rows: chrom, start, end, name, label, group, the columns carried
 * through (their names behind an @), the features; names and text escaped (avo-stream(5)). A
 * feature whose name begins with @ or is one of the others' has its first letter escaped, so that
 * a reader knows by the names what each column is.
 * npy: [rows][features] binary32. */
struct avo_feature_show {
    enum avo_show_format format;    /* AVO_SHOW_TSV or AVO_SHOW_NPY */
    bool with_header;               /* tsv: the stream's header first */
    const struct avo_feature_layout *layout;    /* borrowed; set these before opening */

    struct avo_out out;
    struct avo_npy npy;
    bool patch;
    uint64_t n_rows;
};

/* n_rows: how many will come, or UINT64_MAX: npy then needs an output that can seek. */
int avo_feature_show_open(struct avo_feature_show *v, const char *path, uint64_t n_rows,
                          struct avo_error *err);
int avo_feature_show_row(struct avo_feature_show *v, const struct avo_feature_row *row,
                         struct avo_error *err);
int avo_feature_show_finish(struct avo_feature_show *v, struct avo_error *err);
void avo_feature_show_release(struct avo_feature_show *v);

#endif
