/* SPDX-License-Identifier: MIT */
/* kernels.h: what a step does beside products. One launcher a kernel; kernels.cu runs the row
 * functions of rows.h (or faster ones with the same result, but for the order of sums) on a grid,
 * tests/backend/cuda_host/ in plain loops. Every pointer is the card's and every argument is fixed
 * while a captured step is replayed: what changes from step to step is in struct avo_k_step.
 * No atomics on floats: equal input gives equal bytes, and a sample's or a row's result does not
 * depend on what else is in the batch.
 *
 * Layouts: matrices are row-major; ld is the number of elements between rows. `half`: elements are
 * bf16 (uint16_t), else float32. Hidden layers are padded to a multiple of 16 units, whose weights
 * and biases are 0; tables of genome rows and their columns in X to a multiple of 4 columns.
 *
 * What a step queues (step_plan.c), where products.h says how a product is run:
 *
 *   draw                     pair and target of each sample
 *   scalars, catch_up        idle rows of the genome blocks to the step before this one
 *   gather, w1x              X of the batch, and the first layer's weights for it
 *   product, dropout         each hidden layer
 *   loss, total              error and its derivative, and their sums over the samples
 *   product                  derivatives of the hidden layers, and of X
 *   product, columns         of the weights and biases of all layers but the first
 *   product, w1x_back        of the first layer's
 *   update, adam             genome rows take their step; network and tables theirs
 *
 * and a prediction (step_predict.c):
 *
 *   gather, product          X of the bins without tracks, times the first layer's weights
 *   tracks, add              what a track adds to that; then products for the other layers
 *   dot                      the output */
#ifndef AVO_CUDA_KERNELS_H
#define AVO_CUDA_KERNELS_H

#include <stdbool.h>

#include "cuda/device.h"
#include "libcommon/model/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AVO_K_BLOCKS 16         /* most input blocks */
#define AVO_K_ROWS 128u         /* batches are padded to a multiple of it */
#define AVO_K_CHUNK 256u        /* rows that one partial column sum takes */
#define AVO_K_NO_ROW 0xffffffffu
#define AVO_K_LANES 8           /* partial sums of a group, added up in order */

/* What changes from step to step: uploaded before it. */
struct avo_k_step {
    int64_t step;               /* Adam's, from 1 */
    int64_t clock_T, clock_K, epoch;    /* stage 2's clock (T > 0): struct avo_step */
    uint32_t coarse_bins;
    uint32_t n;                 /* samples; rows n .. n_pad - 1 are padding */
    uint32_t seed, n_pairs;
    float celltype_dropout;
    float two_over_batch;       /* 2 / B */
    uint32_t n_groups[AVO_K_BLOCKS];
    struct avo_adam net;        /* of network and tables */
};

/* What a step brings back. */
struct avo_k_result {
    double loss;                /* sum of squared errors */
    uint32_t used;              /* samples with a value */
    uint32_t broken;            /* 1: a weight or factor is not finite any more */
};

/* Samples of the step, [n_pad] each. */
struct avo_k_samples {
    const uint32_t *place;      /* index of the bin */
    const uint32_t *crc, *bin, *visit;  /* keys of the draws */
    int32_t *pair;              /* -1: nothing measured, or padding */
    float *target;
};

/* What depends on the step number alone: copies of struct avo_clock's arrays. */
struct avo_k_clock {
    struct avo_clock_sums sums; /* [n_known] */
    const float *size, *keep;   /* Adam's c and keep of a step, index = step */
    float beta1, beta2, eps;
};

/* A genome block: its rows [n_rows][ld], the samples grouped by row. Group g has the samples
 * order[start[g]] .. order[start[g + 1] - 1], in sample order; their row_of is its row. */
struct avo_k_block {
    float *w, *m, *v;
    int32_t *last;
    uint32_t width, ld;         /* ld: width rounded up to 4; columns beyond width are 0 */
    uint32_t x_offset;          /* its first column in X and dX */
    uint32_t index;             /* n_groups[index] groups */
    const uint32_t *row_of;     /* [n_pad] */
    const uint32_t *order;      /* [n_pad] */
    const uint32_t *start;      /* [n_pad + 1] */
    struct avo_idle *idle;      /* [n_pad] by group: set by avo_k_scalars */
    struct avo_adam *adam;      /* [n_pad] by group */
    int32_t *now;               /* [n_pad] by group: its step */
};

/* Pair and target of each sample from the signal: the draws of avo_sample_pair. */
struct avo_k_draw {
    struct avo_k_samples samples;
    uint32_t n_pad;
    const void *signal;         /* [G][n_tracks] */
    bool f16;                   /* else float32 */
    uint32_t n_tracks;
    const uint32_t *columns, *twin;     /* [n_pairs] */
    const float *scale;                 /* [n_pairs][2] */
    const struct avo_k_step *step;
};
int avo_k_draw(struct avo_dev *d, const struct avo_k_draw *a, struct avo_error *err);

/* scalars: one thread a group: where it stands, and the scalars of its idle and Adam steps.
 * catch_up: its row's elements to the step before this one. */
struct avo_k_group {
    struct avo_k_block block;
    uint32_t n_pad;             /* most groups */
    struct avo_k_clock clock;
    const uint32_t *bin;        /* [n_pad] of the samples */
    const struct avo_k_step *step;
    const float *dx;            /* [n_pad][ld_dx] */
    uint32_t ld_dx;
    struct avo_k_result *result;
};
int avo_k_scalars(struct avo_dev *d, const struct avo_k_group *a, struct avo_error *err);
int avo_k_catch_up(struct avo_dev *d, const struct avo_k_group *a, struct avo_error *err);
/* Ordered sum of dX over the group's samples, one Adam step, last = its step. A row that is
 * not finite afterwards sets result->broken. */
int avo_k_update(struct avo_dev *d, const struct avo_k_group *a, struct avo_error *err);

/* X [n_pad][ld]: rows of the genome blocks, a 1 in the column of the pair's row for each track
 * block, a 1 in column `ones`; all other columns 0. A sample whose pair is -1: all 0.
 * pair NULL (prediction): the genome columns only, of n rows (step NULL). */
struct avo_k_gather {
    void *x;
    bool half;
    uint32_t n_pad, ld;
    uint32_t n_blocks;          /* genome blocks */
    struct avo_k_block block[AVO_K_BLOCKS];
    uint32_t n_tables;          /* track blocks */
    uint32_t table_column[AVO_K_BLOCKS];    /* first column of the block's rows */
    bool of_celltype[AVO_K_BLOCKS];         /* else of the assay */
    uint32_t ones;
    const int32_t *pair;        /* [n_pad] */
    const uint32_t *pairs;      /* [n_all][2]: cell type's row or AVO_K_NO_ROW, assay's row */
    const struct avo_k_step *step;
    uint32_t n;
};
int avo_k_gather(struct avo_dev *d, const struct avo_k_gather *a, struct avo_error *err);

/* W1x [Kx][ld]: row i is row from[i] of `net` (in rows of ld floats) or, from[i] >= AVO_K_TABLES,
 * row from[i] - AVO_K_TABLES of `tables`, or 0 (AVO_K_NO_ROW). back: the other way, rows of dW1x
 * to the gradient of net, those from tables and zeroes left out. */
#define AVO_K_TABLES 0x80000000u
struct avo_k_w1x {
    const uint32_t *from;       /* [n_rows] */
    uint32_t n_rows, ld;
    const float *net;           /* rows of W1 [F], then the row of b1 [1] */
    const float *tables;        /* [R][ld]: table_k . W1_k */
    void *w1x;
    bool half;
    const float *dw1x;          /* back: [n_rows][ld] */
    float *net_grad;            /* back */
};
int avo_k_w1x(struct avo_dev *d, const struct avo_k_w1x *a, struct avo_error *err);
int avo_k_w1x_back(struct avo_dev *d, const struct avo_k_w1x *a, struct avo_error *err);

/* Dropout of a hidden layer, in place; rows beyond n are left as they are. */
struct avo_k_dropout {
    void *act;                  /* [n_pad][ld] */
    bool half;
    uint32_t n_pad, ld, layer;
    uint32_t dropped;           /* of 256 units */
    struct avo_k_samples samples;
    const struct avo_k_step *step;
};
int avo_k_dropout(struct avo_dev *d, const struct avo_k_dropout *a, struct avo_error *err);

/* y = act . w + b; e = y - target (0 if pair < 0); error = e^2; dy = e 2 / B;
 * dact = act > 0 ? dy w scale : 0 (dact NULL: left out). w, b float32. */
struct avo_k_loss {
    const void *act;            /* [n_pad][ld] */
    void *dact;                 /* [n_pad][ld], another buffer than act */
    bool half;
    uint32_t n_pad, ld;
    const float *w, *b;         /* [ld], [1] */
    float scale;                /* of dropout, else 1 */
    struct avo_k_samples samples;
    float *dy, *error;          /* [n_pad] */
    const struct avo_k_step *step;
};
int avo_k_loss(struct avo_dev *d, const struct avo_k_loss *a, struct avo_error *err);

/* Sums over the samples in fixed order: result->loss (in double), result->used, and
 * *db = sum of dy (NULL: left out). Sets result->broken to 0. */
struct avo_k_total {
    uint32_t n_pad;
    const float *error, *dy;
    const int32_t *pair;
    float *db;
    struct avo_k_result *result;
};
int avo_k_total(struct avo_dev *d, const struct avo_k_total *a, struct avo_error *err);

/* out[j] = sum over rows i of x[i][j] factor[i] (factor NULL: 1): within chunks of AVO_K_CHUNK
 * rows, then over the chunks in order. */
struct avo_k_columns {
    const void *x;              /* [n_pad][ld] */
    bool half;
    uint32_t n_pad, ld;         /* all ld columns */
    const float *factor;        /* [n_pad] */
    float *partial;             /* [ceil(n_pad / AVO_K_CHUNK)][ld] scratch */
    float *out;                 /* [ld] */
};
int avo_k_columns(struct avo_dev *d, const struct avo_k_columns *a, struct avo_error *err);

/* One Adam step (step->net) of n elements, and their bf16 copy. */
struct avo_k_adam {
    size_t n;
    float *w, *m, *v;
    const float *g;
    uint16_t *copy;             /* NULL: none */
    const struct avo_k_step *step;
    struct avo_k_result *result;
};
int avo_k_adam(struct avo_dev *d, const struct avo_k_adam *a, struct avo_error *err);

/* out[i] = bf16 of in[i] */
int avo_k_round(struct avo_dev *d, uint16_t *out, const float *in, size_t n,
                struct avo_error *err);

/* Of a prediction: v[p] [ld] = b1 + sum over track blocks of row (table_row[k] + the pair's row) of
 * `tables`; no cell type: nothing for its blocks. */
struct avo_k_tracks {
    uint32_t n_pairs, ld;
    const uint32_t *pairs;      /* [n_pairs][2] */
    uint32_t n_tables;
    uint32_t table_row[AVO_K_BLOCKS];   /* first row of the block in tables */
    bool of_celltype[AVO_K_BLOCKS];
    const float *tables, *b1;   /* [R][ld], [ld] */
    float *v;                   /* [n_pairs][ld] */
};
int avo_k_tracks(struct avo_dev *d, const struct avo_k_tracks *a, struct avo_error *err);

/* a[i] = max(u[i] + v, 0), n rows. */
struct avo_k_add {
    const void *u;              /* [n][ld] */
    void *a;                    /* [n][ld] */
    bool half;
    uint32_t n, ld;
    const float *v;             /* [ld] */
};
int avo_k_add(struct avo_dev *d, const struct avo_k_add *a, struct avo_error *err);

/* out[i] = act[i] . w + b, n rows. */
struct avo_k_dot {
    const void *act;            /* [n][ld] */
    bool half;
    uint32_t n, ld;
    const float *w, *b;         /* [ld], [1] */
    float *out;                 /* [n] */
};
int avo_k_dot(struct avo_dev *d, const struct avo_k_dot *a, struct avo_error *err);

#ifdef __cplusplus
}
#endif

#endif
