/* SPDX-License-Identifier: MIT */
/* rank.h: measures that need a whole column: ranks, top bins and what they have in common. */
#ifndef AVO_EVAL_RANK_H
#define AVO_EVAL_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

/* What "the top p per cent of N bins" means; four rules are in use in the field. */
enum avo_top_rule {
    AVO_TOP_AT_LEAST,   /* all bins >= the n-th largest, n = int(p N / 100) */
    AVO_TOP_EXACT,      /* exactly int(p N / 100) bins, of equal ones the earlier first */
    AVO_TOP_ROUND,      /* exactly round(p N / 100) (halves to even) bins, of equal ones the later
                         * first: the field leaves this to chance */
    AVO_TOP_ABOVE       /* all bins > the (100 - p)-th percentile, linearly interpolated between
                         * order statistics (numpy's default). That is: all bins > the order
                         * statistic at place int((100 - p)(N - 1) / 100) of 0..N-1, since what is
                         * interpolated lies below the next one. numpy itself compares float32
                         * arrays with the percentile rounded to float32, which can lose bins
                         * where both neighbours are adjacent numbers: convert to float64 there */
};
/* n is at least 1 under the first three rules when N > 0; int() and round() are those of 0.01 N and
 * 0.05 N in Python. Under AVO_TOP_ABOVE a top can be empty. */

/* Of one track and method, for one or several chromosomes: counts and sums add up, the three
 * coefficients are sums weighted by bins. */
struct avo_rank_scores {
    uint64_t n_bins;
    uint64_t n_top_obs, n_top_imp;      /* bins in the top 1% of observed and of imputed values */
    double sse_top_obs, sse_top_imp;    /* squared errors there */
    uint64_t n_match;                   /* bins in both */
    uint64_t n_catch_obs;               /* top 1% observed that are in the top 5% imputed */
    uint64_t n_catch_imp;               /* top 1% imputed that are in the top 5% observed */
    double spearman, w_spearman;        /* sum of n x coefficient, and of n where it is defined */
    double auc_obs, w_auc_obs;          /* imputed values as scores for the top 1% observed */
    double auc_imp, w_auc_imp;          /* observed values as scores for the top 1% imputed */
    double auc_peak, w_auc_peak;        /* imputed values as scores for the called peaks */
};
void avo_rank_scores_merge(struct avo_rank_scores *a, const struct avo_rank_scores *b);

/* A column with its ranks and top bins. Arrays are [cap]; made by avo_ranked_reserve. */
struct avo_ranked {
    size_t n, cap;
    float *value;           /* filled by the caller, no NaN */
    uint32_t *rank2;        /* twice the midrank (1-based; ties share their mean rank) */
    uint8_t *top;           /* bit 0: top 1%, bit 1: top 5% */
    uint64_t n_top1, n_top5;
    double s2;              /* sum of (midrank - mean rank)^2 */
    bool constant;
};
/* Room for exactly n bins unless there is room already (so a plan of memory holds; not meant for
 * growing bin by bin). The first r->n values stay, and so does r->n, which the caller sets.
 * -1: out of memory, r as it was. */
int avo_ranked_reserve(struct avo_ranked *r, size_t n, struct avo_error *err);
void avo_ranked_release(struct avo_ranked *r);

/* Sort space of one thread, grown as needed; zero is empty. */
struct avo_rank_buckets;                /* 260 KiB */
struct avo_rank_scratch {
    uint64_t *a, *b;
    size_t cap_a, cap_b;
    struct avo_rank_buckets *buckets;
};
void avo_rank_scratch_release(struct avo_rank_scratch *s);
/* Bytes a bin that one thread needs for two ranked columns and the scratch (buckets aside). */
#define AVO_RANK_BYTES_PER_BIN 34

/* Ranks value [n] and marks the tops. -0 and 0 are equal, infinities rank as any number. n < 2^31.
 * -1: out of memory. */
int avo_ranked_sort(struct avo_ranked *r, enum avo_top_rule rule, struct avo_rank_scratch *s,
                    struct avo_error *err);
/* Everything that x (observed) and y (imputed), both sorted and of one length, have in common.
 * peak [n]: 1 in called peaks of the observed track, else 0; or NULL. What out held is replaced.
 * Spearman: Pearson correlation of midranks, undefined (weight 0) where a column is constant.
 * AUC: (R - k(k + 1)/2) / (k (n - k)), R the sum of the scores' midranks over the k bins of the
 * top, ties counting half; undefined where k is 0 or n. Both coefficients come from integer sums,
 * exact to the last digits at any n. */
void avo_rank_compare(const struct avo_ranked *x, const struct avo_ranked *y, const uint8_t *peak,
                      struct avo_rank_scores *out);

#endif
