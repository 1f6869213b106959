/* SPDX-License-Identifier: MIT */
/* scoring.h: one run of track-eval: inputs, and every collector that its windows go through. */
#ifndef AVO_EVAL_SCORING_H
#define AVO_EVAL_SCORING_H

#include "libcommon/genome/annotation.h"
#include "libcommon/eval/browser.h"
#include "libcommon/eval/density.h"
#include "libcommon/eval/eval.h"
#include "libcommon/eval/inputs.h"
#include "libcommon/eval/relations.h"
#include "libcommon/eval/swap.h"
#include "libcommon/eval/variable.h"
#include "libcommon/genome/peaks.h"

struct avo_scoring_spec {
    struct avo_inputs_spec inputs;
    const char *genes;                  /* gene bodies, and promoters where promoters is NULL */
    const char *promoters;              /* genes or their start sites, with strand */
    const char *enhancers;
    const char *primary_tag;            /* of GTF: see struct avo_elements_options */
    uint32_t upstream_bp;               /* of promoters */
    bool with_tss, once;                /* promoters have the start site's bin; overlapping
                                         * elements count once */
    const char *peaks;                  /* table of peak files, or NULL */
    double peak_threshold;              /* raw signal from which a bin counts as called */
    const char *relations;              /* table of relations; NULL: the built-in ones */
    const char *exclude;                /* BED, or NULL */
    bool challenge;                     /* excluded bins are never scored, regions are cut as the
                                         * ENCODE Imputation Challenge cuts them */
    enum avo_rank_scope ranks;
    enum avo_top_rule top;
    uint64_t max_bytes;                 /* of columns kept, and again of columns ranked */
    bool pictures;                      /* density and browser are wanted */
    const char *show;                   /* regions for the browser, or NULL: one is chosen */
    bool swaps;                         /* the swap check is wanted */
};

/* Everything is owned. NULL = not asked for. */
struct avo_scoring {
    struct avo_scoring_spec spec;
    struct avo_inputs inputs;
    struct avo_elements elements[AVO_VARIANCE];     /* by enum avo_weights */
    struct avo_region_rule rules[AVO_VARIANCE];
    uint16_t *weights[AVO_VARIANCE];                /* of the chromosome at hand */
    struct avo_extent *excluded;
    size_t n_excluded;
    uint8_t *skip;                                  /* of the window at hand */
    char *notes;                                    /* to be told of these files, or NULL */
    const char *last_bed;                           /* file that the notes spoke of last */
    struct avo_eval *eval, *kept;                   /* kept: without the excluded bins */
    struct avo_peaks peaks;
    struct avo_variable *variable;
    struct avo_relation_table relation_table;
    struct avo_relation_aux *aux;                   /* names of the auxiliary tracks */
    struct avo_relations *relations;
    struct avo_density *density;
    struct avo_browser *browser;
    struct avo_swap **swaps;                        /* [n_imputed] */
    uint32_t *chroms;                               /* [n_chroms] those with bins, in order */
    size_t n_chroms, cap_chroms;
    uint64_t n_bins;                                /* read so far */
};

/* Opens and reads everything that is read beforehand. s is zeroed. progress as in inputs.h. */
int avo_scoring_open(struct avo_scoring *s, const struct avo_scoring_spec *spec,
                     void (*progress)(void *arg, uint64_t done, uint64_t total), void *arg,
                     struct avo_error *err);
/* One window through every collector: 1; 0 at the end, when all scores are there; -1. */
int avo_scoring_step(struct avo_scoring *s, struct avo_error *err);
void avo_scoring_release(struct avo_scoring *s);

#endif
