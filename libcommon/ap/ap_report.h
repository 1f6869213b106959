/* SPDX-License-Identifier: MIT */
/* ap_report.h: the page of ap-eval: bars, precision-recall curves, comparisons. */
#ifndef AVO_AP_AP_REPORT_H
#define AVO_AP_AP_REPORT_H

#include "libcommon/ap/ap_tables.h"

struct avo_ap_fact { const char *name, *value; };

/* Either cv or scored [n_scored] is given; all is borrowed. */
struct avo_ap_report {
    const char *title;          /* NULL: a usual one */
    const char *program;        /* name and version */
    const struct avo_crossval *cv;
    const struct avo_ap_scored *scored;
    size_t n_scored;
    const struct avo_pr *curves;        /* [sets]; NULL: none (regression) */
    size_t n_rows, n_positive;  /* n_positive 0: regression */
    const struct avo_ap_fact *facts;    /* how it was done */
    size_t n_facts;
};

/* A self-contained HTML page at path. */
int avo_ap_report_write(const struct avo_ap_report *r, const char *path, struct avo_error *err);

#endif
