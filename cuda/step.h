/* SPDX-License-Identifier: MIT */
/* step.h: the CUDA backend's inner parts, shared by step*.c. Plain C: what is done on the card goes
 * through device.h, kernels.h and products.h. */
#ifndef AVO_CUDA_STEP_H
#define AVO_CUDA_STEP_H

#include "cuda/kernels.h"
#include "cuda/products.h"
#include "libcommon/backend/backend.h"
#include "libcommon/backend/groups.h"

#define AVO_CUDA_CALL_BINS 131072u  /* a whole tile (at most 65,600 bins) in one call */
#define AVO_CUDA_PLANS 8        /* batch sizes whose products are kept */
#define AVO_CUDA_TILE 4224u     /* rows of a prediction's products */
#define AVO_CUDA_TILES (AVO_CUDA_TILE / AVO_K_ROWS)

/* A hidden layer on the card: w [n_in][n_out] and then b [n_out] at these elements of `net`,
 * padded. Layer 1 has n_in = F rows, then that of b1. The output layer: w [n_in], b [1]. */
struct avo_cuda_layer {
    uint32_t n_in, n_out;
    size_t w, b;
};

/* Rows of a table on the card [n][ld]; m, v, g, last NULL: not learned. */
struct avo_cuda_rows {
    float *w, *m, *v, *g;
    int32_t *last;
    size_t cap_w, cap_m, cap_v, cap_g, cap_last;
};

/* Bytes from the start of a step's upload to its arrays: struct avo_k_step, the samples, and the
 * rows and groups of the genome blocks. */
struct avo_cuda_layout {
    size_t place, crc, bin, visit, pair, target;
    size_t row_of[AVO_K_BLOCKS], order[AVO_K_BLOCKS], start[AVO_K_BLOCKS];
    size_t size;
};

/* Products of a batch of n_pad rows, layer by layer. dropped: hidden units of 256 that are. */
struct avo_cuda_plan {
    uint32_t n_pad, dropped;
    struct avo_product forward[AVO_MAX_LAYERS], back[AVO_MAX_LAYERS], dw[AVO_MAX_LAYERS];
    struct avo_product dx, dw1x;
};

/* Products of a tile of `rows` rows. */
struct avo_cuda_tile {
    uint32_t rows;
    struct avo_product u, forward[AVO_MAX_LAYERS];
};

struct avo_cuda {
    const struct avo_model *model;
    struct avo_learn *learn;
    struct avo_pool *pool;
    struct avo_backend_args args;
    struct avo_dev *dev;
    struct avo_products *products;
    enum avo_math math;
    bool half;                              /* bf16 operands */

    /* The network (step_layout.c). */
    uint32_t n_hidden;
    struct avo_cuda_layer layer[AVO_MAX_LAYERS];
    size_t n_net;
    float *net, *net_m, *net_v, *net_g;     /* [n_net] */
    uint16_t *copy;                         /* [n_net] bf16, or NULL */
    uint32_t ld[AVO_K_BLOCKS];              /* width of a block, rounded up to 4 */
    uint32_t P;                             /* columns of the position's blocks in X */
    uint32_t R, Kx, ones;                   /* rows of all pair blocks; columns of X; that of 1s */
    uint32_t block_of[AVO_K_BLOCKS], n_blocks;  /* the position's blocks, in order */
    uint32_t x_offset[AVO_K_BLOCKS];        /* their first column in X, by number in the model */
    uint32_t pair_block[AVO_K_BLOCKS], n_pair_blocks;   /* the pair's blocks, in order */
    bool of_celltype[AVO_K_BLOCKS];         /* in that order: rows of cell types, not of assays */
    uint32_t column[AVO_K_BLOCKS];          /* their first column in X, by number in the model */
    struct avo_cuda_rows table[AVO_K_BLOCKS];   /* the pair's blocks */
    float *table_rows;                      /* [R][H1]: table_k . W1_k */
    uint32_t *from;                         /* [Kx]: struct avo_k_w1x */
    void *w1x;                              /* [Kx][H1] */
    float *dw1x;
    bool w1x_stale;
    struct avo_product of_table[AVO_K_BLOCKS], dw_track[AVO_K_BLOCKS], dtable[AVO_K_BLOCKS];
    bool prepared;                          /* those three */

    /* What is bound. */
    struct avo_binding on;
    bool view;                              /* predictions read `seen` */
    struct avo_cuda_rows rows[AVO_K_BLOCKS];
    struct avo_cuda_rows seen[AVO_K_BLOCKS];    /* the view's: w alone */
    void *signal;
    size_t cap_signal;
    enum avo_dtype dtype;                   /* of the signal: recorded steps hold these two */
    uint32_t n_tracks;
    bool streamed;                          /* the signal is not on the card: the host draws */

    /* Steps' scalars and tracks. */
    struct avo_clock clock;                 /* whose arrays are on the card; pointers unused */
    double *sums[3];
    float *sizes[2];
    size_t cap_sums[3], cap_sizes[2];
    struct avo_pair *pairs;                 /* host copies of the step's */
    uint32_t *columns, *twin;
    float *scale;
    size_t cap_tracks[4];
    uint32_t n_pairs, n_all;
    uint32_t *dev_pairs, *dev_columns, *dev_twin;
    float *dev_scale;
    size_t cap_dev_tracks[4];

    /* A step's buffers for up to cap rows (step_plan.c). */
    uint32_t cap;
    struct avo_cuda_layout layout;
    char *io[2], *pinned[2];                /* two steps' uploads */
    int slot;                               /* of the step under way */
    bool made;                              /* the other slot holds the step to come */
    struct avo_k_result *result, *pinned_result;
    void *x, *act[AVO_MAX_LAYERS], *dact[AVO_MAX_LAYERS];
    float *dx, *dy, *error, *partial;
    struct avo_idle *idle[AVO_K_BLOCKS];
    struct avo_adam *adam[AVO_K_BLOCKS];
    int32_t *now[AVO_K_BLOCKS];
    struct avo_groups groups[AVO_K_BLOCKS];
    struct avo_cuda_plan plan[AVO_CUDA_PLANS];
    int n_plans;

    /* Prediction (step_predict.c). */
    struct avo_cuda_tile *tile;             /* [AVO_CUDA_TILES] */
    void *tile_x, *tile_u, *tile_a[2];      /* [AVO_CUDA_TILE][..] */
    float *v, *out;
    uint32_t *asked, *tile_rows[AVO_K_BLOCKS];
    size_t cap_v, cap_out, cap_asked, cap_tile_rows[AVO_K_BLOCKS];
    uint32_t *host_rows;
    size_t cap_host_rows;
};

static inline uint32_t avo_round_up(uint32_t n, uint32_t to)
{
    return (n + to - 1) / to * to;
}
static inline size_t avo_cuda_el(const struct avo_cuda *c)
{
    return c->half ? sizeof(uint16_t) : sizeof(float);
}
/* Element `at` of an array of operands, and of the network's operands. */
static inline void *avo_cuda_at(const struct avo_cuda *c, const void *p, size_t at)
{
    return (char *)(uintptr_t)p + at * avo_cuda_el(c);
}
static inline const void *avo_cuda_weights(const struct avo_cuda *c, size_t at)
{
    return c->half ? (const void *)(c->copy + at) : (const void *)(c->net + at);
}
static inline uint32_t avo_cuda_H1(const struct avo_cuda *c)
{
    return c->layer[0].n_out;
}

/* Room for n elements on the card: *p, *cap; what is there is not kept when it grows, and all that
 * was recorded with it is forgotten. */
int avo_cuda_grow(struct avo_cuda *c, void *p, size_t *cap, size_t n, size_t size,
                  const char *what, struct avo_error *err);
/* Recorded steps and prepared products name memory: before it is freed. */
void avo_cuda_forget(struct avo_cuda *c);

/* step_layout.c: sizes; the network and tables to the card and back. */
void avo_cuda_shape(struct avo_cuda *c);
int avo_cuda_make_network(struct avo_cuda *c, struct avo_error *err);
void avo_cuda_free_network(struct avo_cuda *c);
int avo_cuda_load_network(struct avo_cuda *c, struct avo_error *err);
int avo_cuda_pull_network(struct avo_cuda *c, struct avo_error *err);
/* Queues the products table_k . W1_k and W1x. */
int avo_cuda_queue_w1x(struct avo_cuda *c, struct avo_error *err);
struct avo_k_w1x avo_cuda_w1x_args(const struct avo_cuda *c);
/* Prepares the products that do not depend on the batch, where that is not done. */
int avo_cuda_prepare(struct avo_cuda *c, struct avo_error *err);

/* step_bind.c: rows and signal; clocks and tracks. */
int avo_cuda_bind(void *ctx, const struct avo_binding *on, struct avo_error *err);
int avo_cuda_view(void *ctx, const struct avo_genome_rows *rows, struct avo_error *err);
int avo_cuda_pull_rows(struct avo_cuda *c, struct avo_error *err);
void avo_cuda_free_bound(struct avo_cuda *c);
int avo_cuda_set_clock(struct avo_cuda *c, struct avo_error *err);
/* *changed: other tracks than the last step's. */
int avo_cuda_set_tracks(struct avo_cuda *c, const struct avo_step *s, bool *changed,
                        struct avo_error *err);

/* step_samples.c: the host's part of a step into slot i, and sending it. */
int avo_cuda_make_samples(struct avo_cuda *c, int i, const struct avo_step *s,
                          struct avo_error *err);

/* step_plan.c: buffers, products and the queue of a step. */
size_t avo_cuda_step_bytes(const struct avo_cuda *c, uint32_t n);
int avo_cuda_reserve(struct avo_cuda *c, uint32_t n, struct avo_error *err);
void avo_cuda_free_step(struct avo_cuda *c);
int avo_cuda_run_step(struct avo_cuda *c, const struct avo_step *s, struct avo_error *err);

/* step_predict.c */
int avo_cuda_predict(void *ctx, const struct avo_pair *pairs, uint32_t n_pairs, uint32_t first,
                     uint32_t n, float *out, struct avo_error *err);
void avo_cuda_free_predict(struct avo_cuda *c);

#endif
