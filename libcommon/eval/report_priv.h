/* SPDX-License-Identifier: MIT */
/* report_priv.h: what the sections of a report share; private to report*.c. */
#ifndef AVO_EVAL_REPORT_PRIV_H
#define AVO_EVAL_REPORT_PRIV_H

#include "libcommon/report/chart.h"
#include "libcommon/eval/report.h"

struct avo_report_page {
    const struct avo_report *r;
    const struct avo_table *table;
    const struct avo_scored *chosen;
    const struct avo_header *observed;
    struct avo_page *page;
    size_t scope;                   /* all chromosomes */
    size_t n_methods, n_imputed;
    bool kept;                      /* table is that without the excluded bins */
    int mean;                       /* the method called "mean", or -1 */
    const char **series;            /* [n_methods] classes */
};

/* NaN: not defined, or no prediction. */
double avo_report_score(const struct avo_report_page *g, size_t track, size_t method,
                        size_t measure);
double avo_report_average(const struct avo_report_page *g, size_t method, size_t measure,
                          const struct avo_table_group *group);
/* Whether any scored track has the measure. */
bool avo_report_has(const struct avo_report_page *g, size_t measure);
const char *avo_report_assay(const struct avo_report_page *g, size_t assay);
/* Methods that are best of values [n_methods]: marks best [n_methods]. */
void avo_report_best(const struct avo_report_page *g, size_t measure, const double *values,
                     bool *best);
/* The class and name of a method or AVO_REPORT_OBSERVED. */
const char *avo_report_series(const struct avo_report_page *g, int method);
const char *avo_report_method(const struct avo_report_page *g, int method);
/* The key to all methods, and to what is observed where asked for. */
void avo_report_legend(const struct avo_report_page *g, bool observed, bool lines);
/* A method's table heading with its mark. */
void avo_report_heading(const struct avo_report_page *g, size_t method);

/* ---- sections ---- */

void avo_report_head(const struct avo_report_page *g);
void avo_report_summary(const struct avo_report_page *g);
void avo_report_tables(const struct avo_report_page *g);
void avo_report_densities(const struct avo_report_page *g);
void avo_report_curves(const struct avo_report_page *g);
void avo_report_relations(const struct avo_report_page *g);
void avo_report_browser(const struct avo_report_page *g);
void avo_report_matrix(const struct avo_report_page *g);
void avo_report_qc(const struct avo_report_page *g);

#endif
