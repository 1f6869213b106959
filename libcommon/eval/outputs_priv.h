/* SPDX-License-Identifier: MIT */
/* outputs_priv.h: what outputs.c, outputs_json.c and outputs_report.c share. */
#ifndef AVO_EVAL_OUTPUTS_PRIV_H
#define AVO_EVAL_OUTPUTS_PRIV_H

#include "libcommon/genome/availability.h"
#include "libcommon/eval/depths.h"
#include "libcommon/eval/outputs.h"
#include "libcommon/eval/paired.h"

struct avo_output_job {
    struct avo_scoring *scoring;
    const struct avo_outputs_spec *spec;
    struct avo_table table;
    struct avo_paired paired;
    struct avo_availability available;
    struct avo_depths depths;           /* fitted to all tracks that are not test tracks */
};

/* Name of a method, "observed" for a negative number. */
const char *avo_output_method(const struct avo_output_job *job, int method);
int avo_output_json(struct avo_output_job *job, struct avo_error *err);
int avo_output_report(struct avo_output_job *job, struct avo_error *err);

#endif
