/* SPDX-License-Identifier: MIT */
/* ap_tables.h: what ap-eval prints: summaries, folds, tests, scores, curves. */
#ifndef AVO_AP_AP_TABLES_H
#define AVO_AP_AP_TABLES_H

#include "libcommon/base/io.h"
#include "libcommon/ap/average_precision.h"
#include "libcommon/ap/crossval.h"

/* A classifier whose scores were given: `--scores`. */
struct avo_ap_scored {
    char *name, *shown;         /* shown: what messages call the file */
    size_t n;
    uint8_t *label;             /* [n] */
    double *score;              /* [n] */
    struct avo_pr pr;
    double ap, low, high;       /* 95% interval of the bootstrap; NaN without */
    size_t n_resamples;         /* that have an average precision */
};
/* Reads "label" and "score" (columns of these names, or the first two of a table without names, or
 * of an npy file [n][2]) of path into name, shown, n, label, score. threshold: NaN (labels are 0
 * and 1), or positive is label >= threshold. */
int avo_ap_scored_read(struct avo_ap_scored *s, const char *path, double threshold,
                       struct avo_error *err);
/* Fills ap, pr and, with n_resamples > 0 and a positive row, the interval. */
int avo_ap_scored_rank(struct avo_ap_scored *s, size_t n_resamples, uint64_t seed,
                       struct avo_pool *pool, struct avo_error *err);
void avo_ap_scored_release(struct avo_ap_scored *s);

/* TSV with a line of names each; numbers with 9 digits, NA where not defined.
 * set n_rows n_positive prevalence average_precision low high n_resamples */
int avo_ap_print_scored(const struct avo_ap_scored *s, size_t n_sets, bool text,
                        struct avo_out *out, struct avo_error *err);
/* set measure n_rows n_positive n_features n_evaluations mean se se_resampled sd min max; text: an
 * aligned table of the same, then the comparisons. */
int avo_ap_print_summary(const struct avo_crossval *cv, size_t n_positive, bool text,
                         struct avo_out *out, struct avo_error *err);
/* set_a set_b measure n wins losses ties mean_diff t p_unadjusted t_resampled p_resampled: each set
 * against each later one and the baseline. */
int avo_ap_print_tests(const struct avo_crossval *cv, struct avo_out *out,
                       struct avo_error *err);
/* set repeat fold n_train n_valid n_test n_positive trees best_tree strength, then the measures */
int avo_ap_print_folds(const struct avo_crossval *cv, struct avo_out *out,
                       struct avo_error *err);
/* set repeat fold row label score: every row when it was tested, 17 digits */
int avo_ap_print_scores(const struct avo_crossval *cv, struct avo_out *out,
                        struct avo_error *err);
/* set score n_tp n_fp recall precision */
int avo_ap_print_curve(const char *name, const struct avo_pr *pr, struct avo_out *out,
                       struct avo_error *err);
#define AVO_AP_CURVE_HEADING "set\tscore\tn_tp\tn_fp\trecall\tprecision\n"
/* Points of set over the first repeat: the scores of all its folds together. */
int avo_ap_pool_folds(const struct avo_crossval *cv, size_t set, struct avo_pr *out,
                      struct avo_error *err);

#endif
