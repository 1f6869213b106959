/* SPDX-License-Identifier: MIT */
/* outputs.h: what a run of track-eval leaves behind: tables, JSON, a report. */
#ifndef AVO_EVAL_OUTPUTS_H
#define AVO_EVAL_OUTPUTS_H

#include "libcommon/eval/scoring.h"
#include "libcommon/eval/table.h"

struct avo_outputs_spec {
    const char *output;             /* of the scores; NULL: stdout */
    enum avo_table_format format;
    bool genome, per_chrom;         /* scopes of the scores */
    const char *json, *report;      /* file names, or NULL */
    const char *tables;             /* prefix of the further tables, or NULL */
    const char *title;              /* of the report, or NULL */
    const bool *measures;           /* [AVO_MEASURES] chosen ones; NULL: all */
};

/* s has been stepped to its end. Further tables, each where there is something to tell:
 * PREFIX.paired.tsv, PREFIX.availability.tsv, PREFIX.depth.tsv, PREFIX.swap.METHOD.tsv,
 * PREFIX.variable.tsv, PREFIX.attribution.tsv, PREFIX.relations.tsv. */
int avo_outputs_write(struct avo_scoring *s, const struct avo_outputs_spec *spec,
                      struct avo_error *err);

#endif
