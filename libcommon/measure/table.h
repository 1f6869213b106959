/* SPDX-License-Identifier: MIT */
/* table.h: scores as tables: wide and long TSV, and aligned text. */
#ifndef AVO_MEASURE_TABLE_H
#define AVO_MEASURE_TABLE_H

#include "libcommon/base/io.h"
#include "libcommon/measure/eval.h"
#include "libcommon/measure/lineup.h"
#include "libcommon/stream/header.h"

/* What to print; everything is borrowed. */
struct avo_table {
    const struct avo_eval *eval;
    const struct avo_lineup *lineup;
    const struct avo_header *observed;
    const char *const *methods;         /* [methods of eval] names */
    const uint32_t *chroms;             /* [scopes - 1]: chromosome of each scope */
    bool genome, per_chrom;             /* which scopes */
};

enum avo_table_format { AVO_TABLE_TSV, AVO_TABLE_LONG, AVO_TABLE_TEXT };

/* Rows for every track and method, then averages over the tracks of each assay, then over all
 * tracks; tracks that a model has seen are averaged apart from the others. */
int avo_table_print(const struct avo_table *t, enum avo_table_format format, struct avo_out *out,
                    struct avo_error *err);

/* The aligned form alone: a block for each measure, a row for each track, a column for each
 * method. */
int avo_table_print_text(const struct avo_table *t, struct avo_out *out, struct avo_error *err);

/* Mean of a measure over scored tracks for which it is defined, their number in *n; NaN if none.
 * assay -1: of any; seen: of tracks that a model has seen, or of the others. */
double avo_table_average(const struct avo_table *t, size_t scope, size_t method, size_t measure,
                         int64_t assay, bool seen, size_t *n);

#endif
