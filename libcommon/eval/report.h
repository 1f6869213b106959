/* SPDX-License-Identifier: MIT */
/* report.h: everything that an evaluation found as one self-contained HTML page. */
#ifndef AVO_EVAL_REPORT_H
#define AVO_EVAL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/eval/browser.h"
#include "libcommon/eval/density.h"
#include "libcommon/eval/paired.h"
#include "libcommon/eval/table.h"

/* A line of the page's head: "Observed", "tracks.tsv". */
struct avo_report_fact { const char *name, *value; };

/* Variable positions: bins at which k cell types have a peak of the assay. */
#define AVO_REPORT_OBSERVED (-1)
struct avo_report_curve {
    size_t assay;
    int k;
    int method;             /* or AVO_REPORT_OBSERVED: the measured signal against called peaks */
    double mse, precision, recall;      /* NaN: not defined */
    uint64_t n;             /* bins x tracks they are made of */
};

/* A relation between assays in one cell type. */
struct avo_report_relation {
    const char *relation;   /* "H3K4me3 / H3K27me3 in promoters" */
    const char *expected;   /* "negative", or NULL */
    const char *celltype;
    int method;             /* or AVO_REPORT_OBSERVED */
    double score;           /* more is better (relations.h); NaN: not defined */
    size_t n_genes;
};

/* Swap check: tracks are those of the observed input. */
struct avo_report_swap {
    size_t observed, best;  /* the track, and the other imputed track that is most like it */
    double r_own, r_best;   /* correlations with its own imputed track and with that one */
    bool flagged;           /* the other one, by more than the margin */
};
struct avo_report_scale { const char *celltype; double scale; };

/* All is borrowed. A section without data is left out. */
struct avo_report {
    const char *title;                          /* NULL: a plain one */
    const char *program;                        /* "track-eval 1.2", for the foot; or NULL */
    const struct avo_report_fact *facts;        /* inputs and options */
    size_t n_facts;
    const char *const *notes;                   /* what a reader must know, a sentence each */
    size_t n_notes;
    const char *space;                          /* "arcsinh of -log10 p"; or NULL */
    uint64_t n_bins;                            /* scored bins of the genome; 0: not told */
    const struct avo_table *table;              /* needed */
    const struct avo_paired *paired;
    const struct avo_report_curve *curves;      /* any order */
    size_t n_curves;
    const struct avo_report_relation *relations;    /* rows of one relation side by side */
    size_t n_relations;
    struct avo_density *density;
    const struct avo_browser *browser;
    const struct avo_report_swap *swaps;
    size_t n_swaps;
    const struct avo_report_scale *scales;
    size_t n_scales;
};

/* Scores and averages are those of the table over all chromosomes; without the excluded bins the
 * averages over all tracks alone. The baseline called "mean" is what methods are compared with.
 * Errors: path cannot be written (nothing is left under its name then); out of memory. */
int avo_report_write(const struct avo_report *r, const char *path, struct avo_error *err);

#endif
