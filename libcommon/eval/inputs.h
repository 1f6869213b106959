/* SPDX-License-Identifier: MIT */
/* inputs.h: everything that is scored, opened, lined up and read window by window. */
#ifndef AVO_EVAL_INPUTS_H
#define AVO_EVAL_INPUTS_H

#include "libcommon/genome/side_by_side.h"
#include "libcommon/eval/baseline.h"
#include "libcommon/eval/scored.h"
#include "libcommon/eval/model_lists.h"

/* A stream or table of tracks under a name: of an imputation method, which several inputs of one
 * name make together (the folds of a cross-validation), or of a component of attributions. */
struct avo_named_input { char *name, *path; };

struct avo_inputs_spec {
    const char *observed;
    const struct avo_named_input *imputed, *attribution;
    size_t n_imputed, n_attribution;
    const char *auxiliary;              /* observed tracks that are not scored, or NULL */
    const struct avo_scored_pair *tests;
    size_t n_tests;
    struct avo_tracks_in_spec files;    /* how files become bins; path is not used */
    const char *region, *region_file;
    bool average_raw, score_raw;
};

struct avo_inputs {
    struct avo_inputs_spec spec;
    struct avo_tracks_in *observed, *auxiliary, **imputed, **attribution;
    struct avo_model_lists lists;
    const struct avo_header ***models;  /* [n_imputed inputs], see struct avo_scored_method */
    struct avo_used { size_t input, n, *tracks, *at; } *used;   /* [n_used] inputs of which n > 0
                                         * tracks are scored: the tracks, and where their columns
                                         * go in imputed_of (method * K + k) */
    size_t n_used;
    const float **imputed_of;           /* [methods * K] of the window at hand */
    const float *const **imputed_by;    /* [methods]: imputed_of + method * K */
    struct avo_scored chosen;
    struct avo_depth *depth;            /* [tracks of the observed input] */
    struct avo_baselines *baselines;
    struct avo_side_by_side *side_by_side;
    const char **methods;               /* [n_methods] names: imputed, then baselines */
    size_t n_methods;
    size_t **attribution_of;            /* [components][K]: column + 1, 0 = not there */
    const float **attributions;         /* [components * K] of the window at hand */
    float *none;                        /* a column of NaN */
    struct avo_extent busiest;          /* the 4,000 bins with most observed signal (a few tracks
                                         * are asked), for who needs a place to look at */
    double read_sec;                    /* spent on reading in avo_inputs_next */
};

/* What comes with a window beside the scored columns. */
struct avo_inputs_extra {
    const float *const *auxiliary;      /* [tracks of the auxiliary input][n], or NULL */
    const float *const *attribution;    /* [components * K][n]: component c of scored track k at
                                         * c * K + k; or NULL */
};

/* Opens everything and reads the observed input once for the depths; spec is copied, what it points
 * to is borrowed. progress (or NULL) hears of the bins read. in is zeroed. */
int avo_inputs_open(struct avo_inputs *in, const struct avo_inputs_spec *spec,
                    void (*progress)(void *arg, uint64_t done, uint64_t total), void *arg,
                    struct avo_error *err);
void avo_inputs_release(struct avo_inputs *in);
/* 1: a window, completed by the baselines; 0: the end; -1. n_present counts its bins. */
int avo_inputs_next(struct avo_inputs *in, struct avo_window *w, struct avo_inputs_extra *extra,
                    uint32_t *n_present, struct avo_error *err);
/* Bins of the observed input's extents: all, and of the chromosome that has most. */
uint64_t avo_inputs_bins(const struct avo_inputs *in, uint64_t *longest);
const struct avo_header *avo_inputs_header(const struct avo_inputs *in);
/* The next line of what there is to say about the files, or NULL. */
const char *avo_inputs_warning(struct avo_inputs *in);

#endif
