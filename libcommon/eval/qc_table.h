/* SPDX-License-Identifier: MIT */
/* qc_table.h: quality figures of tracks, printed: what bw2tensor --qc writes. */
#ifndef AVO_EVAL_QC_TABLE_H
#define AVO_EVAL_QC_TABLE_H

#include "libcommon/base/io.h"
#include "libcommon/eval/depths.h"
#include "libcommon/genome/availability.h"
#include "libcommon/genome/qc.h"

/* What to print; everything is borrowed. */
struct avo_qc_table {
    const struct avo_availability *available;
    const struct avo_depths *depths;            /* from the rms of qc */
    const struct avo_qc *qc;                    /* [n_tracks] */
    const char *const *paths;                   /* [n_tracks] */
};

/* TSV with a header line, a line for each track: the columns that bw2tensor(1) lists. */
int avo_qc_table_print(const struct avo_qc_table *t, struct avo_out *out, struct avo_error *err);
/* For eyes: the availability matrix, the cell types' scales, the figures without the paths. */
int avo_qc_table_print_text(const struct avo_qc_table *t, struct avo_out *out,
                            struct avo_error *err);

#endif
