/* SPDX-License-Identifier: MIT */
/* ap_outputs.h: everything that ap-eval writes, each file whole or not at all. */
#ifndef AVO_AP_AP_OUTPUTS_H
#define AVO_AP_AP_OUTPUTS_H

#include "libcommon/ap/ap_report.h"

/* Paths, NULL where a file is not wanted; summary NULL: stdout. */
struct avo_ap_outputs {
    const char *summary, *curve, *report, *per_fold, *tests, *scores;
    const char *title;          /* of the report, or NULL */
    bool text;                  /* the summary: for eyes, not TSV */
    struct avo_ap_fact *facts;  /* of the report */
    size_t n_facts;
};

/* The summary comes last. */
int avo_ap_write_crossval(const struct avo_ap_outputs *o, const struct avo_crossval *cv,
                          size_t n_positive, struct avo_error *err);
int avo_ap_write_scored(const struct avo_ap_outputs *o, const struct avo_ap_scored *scored,
                        size_t n, struct avo_error *err);

#endif
