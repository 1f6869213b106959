/* SPDX-License-Identifier: MIT */
/* paired.h: methods against each other, track by track: wins and losses, paired t-tests. */
#ifndef AVO_EVAL_PAIRED_H
#define AVO_EVAL_PAIRED_H

#include "libcommon/base/io.h"
#include "libcommon/eval/student.h"
#include "libcommon/eval/table.h"

/* One measure of methods a and b over the tracks for which both have it. */
struct avo_paired_row {
    size_t a, b;            /* methods; a is an imputed one */
    size_t measure;
    int64_t assay;          /* -1: the tracks of all assays */
    bool kept;              /* from table.kept: without the excluded bins */
    size_t n;               /* tracks */
    size_t wins, losses, ties;      /* of a, in the measure's better direction; ties are exact */
    double mean_a, mean_b, mean_diff;       /* mean_diff: of a - b */
    double t, p;            /* NaN as in struct avo_ttest */
};

/* Zero is empty. */
struct avo_paired {
    size_t n_rows;
    struct avo_paired_row *rows;
};

/* Compares each imputed method with every later one and with every baseline, genome-wide, over the
 * scored tracks that no model has seen: over all of them, and per assay where at least two have
 * both values. Rows without any track are left out. Order: all bins, then kept; method a, b; all
 * assays, then each; measure. The p-values are those of one test each: nothing is adjusted for the
 * number of tests, and the overall tests take assays of different scales together. */
int avo_paired_make(const struct avo_table *t, struct avo_paired *out, struct avo_error *err);
void avo_paired_release(struct avo_paired *p);

/* TSV with a line of names: bins assay measure method_a method_b n_tracks wins losses ties mean_a
 * mean_b mean_diff t p; the assay of rows over all is ".". */
int avo_paired_print(const struct avo_paired *p, const struct avo_table *t, struct avo_out *out,
                     struct avo_error *err);

#endif
