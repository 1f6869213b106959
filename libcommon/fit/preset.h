/* SPDX-License-Identifier: MIT */
/* preset.h: named sets of values for everything that training may be told; avo-train(1). */
#ifndef AVO_FIT_PRESET_H
#define AVO_FIT_PRESET_H

#include "libcommon/model/model_observed.h"

/* The size of a model, before its header is known in full. Not to be copied: blocks point into
 * names. */
struct avo_shape {
    uint32_t hidden[AVO_MAX_LAYERS];
    uint32_t n_hidden;
    bool parafac;               /* no network: n_hidden 0 */
    size_t n_blocks;
    struct avo_block blocks[AVO_MAX_BLOCKS];    /* names borrowed: string constants or storage */
    size_t n_names;
    char names[AVO_MAX_BLOCKS][24];             /* storage of names given as "NNNbp" */
};

struct avo_preset {
    struct avo_hyper hyper;
    struct avo_shape shape;     /* widths of computed blocks are 0: they depend on the assays */
    struct avo_observed observed;   /* of that family, without statistics; n_windows 0: the other */
    int64_t max_epochs;         /* without validation tracks: exactly that many */
    int64_t patience;           /* with validation tracks */
    int64_t transfer_epochs;
};

/* Fills p for preset `name` (default, paper, reference, observed, predictd) and n_train training
 * tracks on the grid of h (bin_bp, mid_bins, coarse_bins). An unknown name is a usage error. */
int avo_preset_get(const char *name, uint32_t n_train, const struct avo_header *h,
                   struct avo_preset *p, struct avo_error *err);
/* The batch of presets default and predictd for an input of n_bins bins: an epoch takes about 280
 * steps, so that the number of epochs means the same for small inputs; where default has many
 * epochs fewer do, and the batch stays one that is fast. Other presets are left as they are. */
void avo_preset_batch(struct avo_hyper *h, int64_t epochs, uint32_t n_bins);
/* "celltype=16,assay=16,fine=4,mid=12,coarse=16" (of predictd "rank=16"): changes widths; 25bp=
 * 250bp= 5kbp= name genome blocks by their size, another size adds a block; 0 removes one. */
int avo_shape_factors(struct avo_shape *s, const char *spec, const struct avo_header *h,
                      struct avo_error *err);
/* "2048,2048" */
int avo_shape_hidden(struct avo_shape *s, const char *spec, struct avo_error *err);

/* What options say about a preset's values. NULL or below 0: nothing. */
struct avo_choices {
    const char *preset, *hidden, *factors, *windows;    /* preset NULL: default */
    int64_t epochs, stage2_epochs, batch, patience, samples;
    double hide, lr, dropout, celltype_dropout, decay, network_decay, init_range;
    int schedule, order, clock;                 /* enums avo_schedule, avo_order, avo_clock_kind */
    int standardize;                            /* 0: none, 1: track */
    int similar;                                /* 0 or 1 */
    uint64_t seed;
};
/* Whether they ask for a model of the family observed. */
bool avo_choices_observed(const struct avo_choices *c);
/* ... for one without a network. */
bool avo_choices_parafac(const struct avo_choices *c);
/* Says nothing about anything. */
struct avo_choices avo_choices_none(void);
/* The preset with the choices applied. */
int avo_choices_apply(const struct avo_choices *c, uint32_t n_train, const struct avo_header *h,
                      struct avo_preset *p, struct avo_error *err);

#endif
