/* SPDX-License-Identifier: MIT */
/* cpu_step.h: what both CPU backends share: placing samples, grouping rows, catching up, Adam.
 * They differ in the network alone, or what a model has in its place: struct avo_net_ops. */
#ifndef AVO_BACKEND_CPU_STEP_H
#define AVO_BACKEND_CPU_STEP_H

#include "libcommon/backend/backend.h"

#define AVO_CHUNK 256u  /* samples that a task takes at a time; batches are padded to it */

/* A batch as the network sees it. n samples in n_pad rows, n_pad a multiple of AVO_CHUNK. */
struct avo_net_batch {
    uint32_t n, n_pad;
    size_t cap;
    int32_t *pair;          /* [n_pad] index into pairs, -1: no measured value, or padding */
    float *target;          /* [n_pad] */
    uint32_t *crc, *bin, *visit;    /* [n_pad] keys of the dropout draws */
    float *x;               /* [n_pad][P] genome part of the input */
    float *dx;              /* [n_pad][P] d loss / d x */
    const struct avo_pair *pairs;
    uint32_t n_pairs;
    double batch;           /* divisor B */
    uint32_t seed, dropped; /* dropout: of 256 units, how many are dropped */
};

/* Gradients of one step; NULL where frozen. */
struct avo_grads {
    float *net;                     /* [n_net] */
    float *table[AVO_MAX_BLOCKS];   /* [rows][width] */
};

/* A network implementation. */
struct avo_net_ops {
    void *(*open)(const struct avo_model *m, struct avo_pool *pool, struct avo_error *err);
    void (*close)(void *net);
    /* Forward, loss, backward. Fills g and (want_dx) b->dx; loss sum over the samples. */
    int (*train)(void *net, struct avo_net_batch *b, struct avo_grads *g, bool want_dx,
                 double *loss, struct avo_error *err);
    /* out [n_pairs][stride]: predictions for rows x [n][P]. */
    int (*predict)(void *net, const struct avo_pair *pairs, uint32_t n_pairs, const float *x,
                   uint32_t n, float *out, size_t stride, struct avo_error *err);
    /* out [n_blocks][n_pairs][stride]: attributions for rows x [n][P]. NULL: never asked. */
    int (*attribute)(void *net, const struct avo_attribute *a, const struct avo_pair *pairs,
                     uint32_t n_pairs, const float *x, uint32_t n, float *out, size_t stride,
                     struct avo_error *err);
};

#define AVO_CPU_CALL_BINS 8192u     /* call_bins */
void *avo_cpu_open(const struct avo_backend_args *args, const struct avo_net_ops *net,
                   struct avo_error *err);
void avo_cpu_close(void *ctx);
int avo_cpu_bind(void *ctx, const struct avo_binding *on, struct avo_error *err);
int avo_cpu_view(void *ctx, const struct avo_genome_rows *rows, struct avo_error *err);
int avo_cpu_train(void *ctx, const struct avo_step *step, const struct avo_step *next,
                  struct avo_loss *loss, struct avo_error *err);
int avo_cpu_predict(void *ctx, const struct avo_pair *pairs, uint32_t n_pairs, uint32_t first,
                    uint32_t n, float *out, struct avo_error *err);
int avo_cpu_pull(void *ctx, struct avo_error *err);
int avo_cpu_attribute(void *ctx, const struct avo_attribute *a, const struct avo_pair *pairs,
                      uint32_t n_pairs, uint32_t first, uint32_t n, float *out,
                      struct avo_error *err);

#endif
