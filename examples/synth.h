/* SPDX-License-Identifier: MIT */
/* synth.h: the made-up genome of make-compendium: its elements and the signal they give. */
#ifndef AVO_EXAMPLES_SYNTH_H
#define AVO_EXAMPLES_SYNTH_H

#include "libcommon/stream/header.h"

#define BIN_BP 25
#define FRAGMENT_BINS 8         /* 200 bp */
#define N_PROGRAM 4
#define N_ASSAY_NAMES 12
#define MAX_CELLTYPES 999
#define MAX_ASSAYS 99

/* Where an assay's enrichment lies relative to an element. */
enum shape {
    PROM_SHARP, PROM_FLANK, PROM_NARROW, ENH_BROAD, ENH_NARROW, BODY, BODY_START, POLYCOMB,
    BIVALENT, HETERO, N_SHAPE
};

enum kind { GENE, ENHANCER, DOMAIN_POLYCOMB, DOMAIN_HETERO };

struct element {
    enum kind kind;
    uint32_t chrom, beg_bp, end_bp;
    bool minus;                     /* genes */
    double level, load[N_PROGRAM];  /* logit of the activity in a neutral cell type; loadings */
    double strength;                /* multiplies the enrichment */
};

struct world {
    const char *dir;
    int64_t n_celltypes, n_assays, n_test, n_valid;
    double missing;
    uint64_t seed;
    struct avo_header h;            /* chromosomes, extents, bin size */
    size_t n_elements, cap;
    struct element *elements;
    char assay_names[MAX_ASSAYS][16];
    double fold[MAX_ASSAYS][N_SHAPE];
    enum avo_role *role;            /* [celltypes][assays] */
    bool *absent;
};

/* The seed's counter-based draws, apart from the suite's own by their purposes (rng.h). */
enum synth_draw {
    DRAW_GENE = 1001, DRAW_ENHANCER, DRAW_DOMAIN, DRAW_LOAD, DRAW_CELL, DRAW_LINEAGE,
    DRAW_ACTIVITY, DRAW_DEPTH, DRAW_TRACK, DRAW_FIELD, DRAW_COUNT, DRAW_NOISE, DRAW_MISSING,
    DRAW_TEST, DRAW_MIX
};

/* Names and enrichments of w->n_assays assays. */
void synth_name_assays(struct world *w);
/* Genes, enhancers and domains of one chromosome. */
int synth_add_chrom(struct world *w, uint32_t chrom, struct avo_error *err);
/* Values of the track of cell type c and assay a on all n bins of a chromosome; NaN in gaps.
 * value [n], back [n]: scratch. */
void synth_values(const struct world *w, const uint32_t id[3], float *value, float *back,
                  uint32_t n);

#endif
