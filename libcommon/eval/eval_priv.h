/* SPDX-License-Identifier: MIT */
/* eval_priv.h: what eval.c and eval_ranks.c share. */
#ifndef AVO_EVAL_EVAL_PRIV_H
#define AVO_EVAL_EVAL_PRIV_H

#include "libcommon/eval/eval.h"
#include "libcommon/eval/spill.h"

/* A scored track: sums of the chromosome at hand. */
struct avo_eval_state {
    struct avo_cell *cells;         /* [methods] */
    uint64_t left_out;
    uint64_t *lacking;              /* [methods], of all chromosomes */
    bool has_peaks;
};

struct avo_eval_worker {
    uint32_t *index;                /* [max_bins] bins that count */
    bool is_whole;                  /* all bins of the window do */
    float *x, *y, *variance;        /* [max_bins] values there, where not all bins count */
    uint8_t *marks;                 /* [max_bins] */
    struct avo_ranked observed, predicted;
    struct avo_rank_scratch scratch;
    uint8_t *peak;                  /* [cap_peak] */
    size_t cap_peak;
};

/* Neighbouring bins [beg, end) of the window that as many elements cover. */
struct avo_eval_run { uint32_t beg, end; uint16_t weight; };
struct avo_eval_list {
    struct avo_eval_run *runs;      /* [max_bins] */
    size_t n;
};

/* One scope's results. */
struct avo_eval_scope {
    struct avo_cell *cells;         /* [K][methods] */
    uint64_t *left_out;             /* [K] */
};

struct avo_eval {
    struct avo_eval_plan plan;
    struct avo_pool *pool;
    size_t n_methods;
    struct avo_eval_state *states;  /* [K] */
    int n_workers;
    struct avo_eval_worker *workers;
    struct avo_spill *store;        /* NULL without rank measures */
    size_t n_scopes, cap_scopes;
    struct avo_eval_scope *scopes;
    struct avo_eval_chrom chrom;
    /* the window at hand */
    const struct avo_window *window;
    const uint8_t *const *peaks;
    const uint8_t *skip;
    struct avo_eval_list lists[AVO_VARIANCE];
    /* ranking at hand */
    size_t n_slots;
};

/* Store column of scored track k: 0 observed, 1 + m method m, 1 + methods called peaks. */
static inline size_t avo_eval_column(const struct avo_eval *e, size_t k, size_t i)
{
    return k * (e->n_methods + 2) + i;
}

/* Ranks everything in the store and sets the rank scores of all states' cells. */
int avo_eval_rank(struct avo_eval *e, struct avo_error *err);

#endif
