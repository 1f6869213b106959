/* SPDX-License-Identifier: MIT */
/* table.h: scores as tables: wide and long TSV, aligned text, JSON. */
#ifndef AVO_EVAL_TABLE_H
#define AVO_EVAL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/io.h"
#include "libcommon/base/json.h"
#include "libcommon/eval/eval.h"
#include "libcommon/eval/scored.h"
#include "libcommon/stream/header.h"

/* What to print; everything is borrowed. */
struct avo_table {
    const struct avo_eval *eval;        /* over all bins */
    const struct avo_eval *kept;        /* the same tracks, methods and scopes without the excluded
                                         * bins; NULL: nothing was excluded */
    const struct avo_scored *chosen;
    const struct avo_header *observed;
    const char *const *methods;         /* [methods of eval] names */
    size_t n_imputed;                   /* methods from here on are baselines */
    const uint32_t *chroms;             /* [scopes - 1]: chromosome of each scope */
    bool genome, per_chrom;             /* which scopes */
    const bool *measures;               /* [AVO_MEASURES] 1: printed; NULL: all */
};

enum avo_table_format { AVO_TABLE_TSV, AVO_TABLE_LONG, AVO_TABLE_TEXT };

/* The table of t->kept alone (eval is the other's kept); only where that is not NULL. */
struct avo_table avo_table_kept(const struct avo_table *t);

/* Tracks that are averaged together: scored ones of an assay (-1: any), seen by a model or not.
 * paired: only those for which every method has a prediction. */
struct avo_table_group {
    int64_t assay;
    bool seen, paired;
};
size_t avo_table_group_size(const struct avo_table *t, const struct avo_table_group *g);
/* The measure of a scored track, from t->eval; NaN where it or the method is not defined. */
double avo_table_score(const struct avo_table *t, size_t scope, size_t track, size_t method,
                       size_t measure);
/* Mean of a measure over a group. NaN if a track of the group lacks the method, so that two
 * methods' averages are always over the same tracks; tracks with a prediction for which the measure
 * is not defined (Pearson of a constant) are passed over. */
double avo_table_average(const struct avo_table *t, size_t scope, size_t method, size_t measure,
                         const struct avo_table_group *g);
/* Bins of a track that count, the same for every method that is defined. */
uint64_t avo_table_bins(const struct avo_table *t, size_t scope, size_t track);
/* Whether a measure was chosen (t->measures), and whether it also has a value anywhere in the
 * scope. */
bool avo_table_has(const struct avo_table *t, size_t measure);
bool avo_table_has_values(const struct avo_table *t, size_t scope, size_t measure);
/* "genome" (the last scope) or the chromosome's name. */
const char *avo_table_scope_name(const struct avo_table *t, size_t scope);
/* Calls visit for each group in the order of the averages; stops with -1 when visit does. */
int avo_table_each_group(const struct avo_table *t, bool seen,
                         int (*visit)(void *arg, const struct avo_table_group *g,
                                      struct avo_error *err), void *arg, struct avo_error *err);

/* Rows for every track and method, then averages over the tracks of each assay, then over all
 * tracks; tracks that a model has seen are averaged apart from the others. Where a method is not
 * defined for some tracks of a group, the average over the others follows. The column bins says
 * "all", or "kept" for the rows of t->kept, which follow those of the same scope. Both TSV forms
 * hold every chosen measure, whether it is defined or not. */
int avo_table_print(const struct avo_table *t, enum avo_table_format format, struct avo_out *out,
                    struct avo_error *err);
/* The aligned form alone: a block for each measure that has values, a row for each track, a column
 * for each method; then the paired comparisons. */
int avo_table_print_text(const struct avo_table *t, struct avo_out *out, struct avo_error *err);

/* ---- JSON ---- */

struct avo_paired;

struct avo_json_pair { const char *key, *value; };

/* An input as the document names it. */
struct avo_json_input { const char *role, *name, *path; };      /* observed | imputed | ... */

/* A part that another module adds, called inside the document's object: it writes keys of its own
 * ("variable_positions": ...). Writing errors stay in j; -1 with err set for others. */
struct avo_json_more {
    int (*more)(struct avo_json *j, void *arg, struct avo_error *err);
    void *arg;
};

/* Everything is borrowed. */
struct avo_json_doc {
    const char *program, *version;
    const struct avo_table *table;
    const struct avo_paired *paired;            /* or NULL */
    const struct avo_json_input *inputs;
    size_t n_inputs;
    const struct avo_json_pair *options;        /* those that determine the result */
    size_t n_options;
    const struct avo_json_more *parts;
    size_t n_parts;
};
/* One object: program, version, inputs, options (keys once each), bin_bp, transform, methods,
 * measures, tracks (the scored ones), scores (of every track), averages, paired, then the parts.
 * Rows and columns are those of the TSV; what is not defined is null. */
int avo_table_print_json(const struct avo_json_doc *d, struct avo_out *out, struct avo_error *err);

#endif
