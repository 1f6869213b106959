/* SPDX-License-Identifier: MIT */
/* model.h: what a model is: input blocks, network, cell-type and assay rows, hyper-parameters;
 * and its records.
 *
 * Dimension letters: B samples in a batch, F input columns of all blocks, P those that depend on
 * the position alone, H hidden units, C cell types, A assays, G genome bins, T tracks. */
#ifndef AVO_MODEL_MODEL_H
#define AVO_MODEL_MODEL_H

#include <stdbool.h>

#include "libcommon/model/clock.h"
#include "libcommon/model/observed.h"
#include "libcommon/stream/stream.h"

#define AVO_MAX_LAYERS 9    /* hidden layers and the output */
#define AVO_MAX_BLOCKS AVO_MAX_GENOME_BLOCKS    /* input blocks of any kind */

enum avo_order { AVO_ORDER_SEQUENTIAL, AVO_ORDER_PERMUTED, AVO_ORDER_RANDOM };
enum avo_clock_kind { AVO_CLOCK_STAGE1, AVO_CLOCK_CHROMOSOME };

/* Everything that a model remembers of how it was trained (CORE tensor "hyper", text). */
struct avo_hyper {
    char preset[16];
    double lr, beta1, beta2, eps;
    double decay;               /* decoupled, genome rows */
    double network_decay;       /* decoupled, network weights and cell-type and assay rows */
    double dropout;             /* hidden units */
    double celltype_dropout;    /* samples that do not see their cell type */
    double init_range;          /* factors start U(-r, r) */
    enum avo_schedule schedule;
    enum avo_order order;
    enum avo_clock_kind clock;
    bool wrap;                  /* windows run on over the end of the bins (preset reference) */
    bool standardize;           /* what is learned is z = (x - m) / s of each track */
    uint64_t seed;
    int64_t batch;              /* B */
    int64_t epochs;             /* stage 1: run or chosen */
    int64_t steps_per_epoch;    /* stage 1: the T of stage 2's clock */
    int64_t stage2_epochs;      /* 0: unknown */
};

/* One dense layer: out = in . w + b. w [n_in][n_out] row-major, b [n_out]; both lie in net. */
struct avo_layer {
    uint32_t n_in, n_out;
    float *w, *b;
};

struct avo_model {
    struct avo_header header;   /* content MODEL; tracks = those seen, with roles */
    struct avo_hyper hyper;
    uint32_t n_celltypes, n_assays;         /* C, A */
    uint32_t root_celltypes, root_assays;   /* rows of the root; later rows are extensions */
    char **celltypes, **assays;
    float *table[AVO_MAX_BLOCKS];   /* [C or A][width]; NULL for genome blocks */
    uint32_t offset[AVO_MAX_BLOCKS];/* first input column of the block */
    uint32_t x_offset[AVO_MAX_BLOCKS];  /* blocks by position: first of the P columns */
    uint32_t n_inputs, n_position;  /* F, P */
    uint32_t n_layers;              /* hidden layers + 1; of a model without a network 1, which
                                     * has no inputs: its bias is mu (parafac.h) */
    struct avo_layer layers[AVO_MAX_LAYERS];
    size_t n_net;                   /* all weights and biases */
    float *net;
    float *range;                   /* [A][2] least and greatest training value, model space */
    struct avo_observed *observed;  /* of a model of that family, which has no genome blocks; else
                                     * NULL. Owned */
    struct avo_observed *standard;  /* of a model of factors whose tracks are standardised: their
                                     * statistics and nothing else; else NULL. Owned */
};

/* Builds the shape from header (blocks, chromosomes) and hidden sizes; tables and network are
 * zero until avo_model_init_values. Names and header are copied. Of the family observed it becomes
 * one by avo_model_observe (model_observed.h). */
int avo_model_new(struct avo_model *m, const struct avo_header *header, const uint32_t *hidden,
                  uint32_t n_hidden, char *const *celltypes, uint32_t n_celltypes,
                  char *const *assays, uint32_t n_assays, struct avo_error *err);
/* Initial values from hyper.seed: factors U(-r, r), weights Glorot uniform, biases 0; the output
 * layer and w_k of a model of the family observed 0. */
void avo_model_init_values(struct avo_model *m);
void avo_model_release(struct avo_model *m);

/* Index or -1. */
int avo_model_celltype(const struct avo_model *m, const char *name);
int avo_model_assay(const struct avo_model *m, const char *name);
/* What a table has a row for, in order: the first n_root are the root's. None for positions. */
struct avo_row_names { char **names; uint32_t n, n_root; };
struct avo_row_names avo_model_row_names(const struct avo_model *m, enum avo_block_table table);
/* The first block of a kind that the model has. */
uint32_t avo_model_block(const struct avo_model *m, enum avo_block_kind kind);
/* Rows (C or A) of block k's table; 0 for a genome block. */
uint32_t avo_model_rows(const struct avo_model *m, uint32_t k);
/* Statistics of tracks that the model has, of either family; NULL: none. */
static inline struct avo_observed *avo_model_stats(const struct avo_model *m)
{
    return m->observed ? m->observed : m->standard;
}
/* Appends one row to every cell-type (assay) block: the mean of the rows there are. */
int avo_model_add_celltype(struct avo_model *m, const char *name, struct avo_error *err);
int avo_model_add_assay(struct avo_model *m, const char *name, struct avo_error *err);
/* Training tracks of a cell type or assay (the other NULL) among header.tracks. */
uint32_t avo_model_train_tracks(const struct avo_model *m, const char *celltype,
                                const char *assay);
/* Whether predictions from lo to hi, of an assay, are one value: within a ten-thousandth of the
 * range of its training values. */
bool avo_model_is_flat(const struct avo_model *m, uint32_t assay, float lo, float hi);

/* Sets header.root_id: hash of network, block list, bin size, transform, root rows and names, of
 * whether tracks are standardised, and of how inputs are computed, but not of statistics of
 * tracks. */
void avo_model_identify(struct avo_model *m);
/* Writes CORE. */
int avo_model_write(struct avo_writer *w, const struct avo_model *m, struct avo_error *err);
/* Reads the header and CORE of r. On return the reader stands *on* the first record that is not
 * CORE: *more = 1 and head is that record's (its payload unread), or *more = 0 at END. Checks
 * shapes, finiteness and that the root id is that of the tensors. */
int avo_model_read(struct avo_model *m, struct avo_reader *r, struct avo_head *head, int *more,
                   struct avo_error *err);
/* Takes over rows of `ext` (an extension of the same root) that m lacks; one name with two
 * different rows, or another root, is an error naming both; so is a track with two different
 * statistics. Ranges become the widest, roles of
 * tracks the strongest (train, valid, test). */
int avo_model_join(struct avo_model *m, const struct avo_model *ext, struct avo_error *err);
/* After joins: extension rows, and tracks that are not of the root's rows, in the order of their
 * names, whatever order the files came in. */
int avo_model_sort(struct avo_model *m, struct avo_error *err);

#endif
