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

/* Tracks that are averaged together: scored ones of an assay (-1: any), seen by a model or not.
 * paired: only those for which every method has a prediction. */
struct avo_table_group {
    int64_t assay;
    bool seen, paired;
};
size_t avo_table_group_size(const struct avo_table *t, const struct avo_table_group *g);
/* Mean of a measure over a group. NaN if a track of the group lacks the method, so that two
 * methods' averages are always over the same tracks; tracks with a prediction for which the measure
 * is not defined (Pearson of a constant) are passed over. */
double avo_table_average(const struct avo_table *t, size_t scope, size_t method, size_t measure,
                         const struct avo_table_group *g);

/* Rows for every track and method, then averages over the tracks of each assay, then over all
 * tracks; tracks that a model has seen are averaged apart from the others. Where a method is not
 * defined for some tracks of a group, the average over the others follows. */
int avo_table_print(const struct avo_table *t, enum avo_table_format format, struct avo_out *out,
                    struct avo_error *err);
/* The aligned form alone: a block for each measure, a row for each track, a column for each
 * method. */
int avo_table_print_text(const struct avo_table *t, struct avo_out *out, struct avo_error *err);
/* Calls visit for each group in the order of the averages; stops with -1 when visit does. */
int avo_table_each_group(const struct avo_table *t, bool seen,
                         int (*visit)(void *arg, const struct avo_table_group *g,
                                      struct avo_error *err), void *arg, struct avo_error *err);

#endif
