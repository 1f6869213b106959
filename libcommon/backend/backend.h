/* SPDX-License-Identifier: MIT */
/* backend.h: the few coarse calls that every compute device fills, and the chooser.
 *
 * A context borrows a model (network, cell-type and assay rows), their optimizer state and what it
 * is bound to (positions, signal, genome rows). CPU backends work in that memory; a device keeps
 * copies and brings them back in `pull`. All random choices come from elem.h and rng.h, so every
 * backend sees the same ones; results do not depend on the number of threads. */
#ifndef AVO_BACKEND_BACKEND_H
#define AVO_BACKEND_BACKEND_H

#include <math.h>

#include "libcommon/backend/observed_ops.h"
#include "libcommon/base/threads.h"
#include "libcommon/model/block.h"
#include "libcommon/model/rows.h"
#include "libcommon/model/signal.h"

/* What a backend is bound to: bins, what was measured there, the factors there. All borrowed. */
struct avo_binding {
    struct avo_positions *positions;
    struct avo_signal *signal;              /* of the positions; NULL: prediction only */
    struct avo_genome_rows *rows;           /* of the positions */
};

/* Learnable state beside the genome rows: network and track-block rows with their moments. */
struct avo_learn {
    struct avo_model *model;
    float *net_m, *net_v;                   /* [n_net], or NULL: network frozen */
    struct avo_rows table[AVO_MAX_BLOCKS];  /* w = model->table[k]; m, v NULL: frozen */
    uint32_t first_row[AVO_MAX_BLOCKS];     /* rows of a table below it are frozen (transfer) */
    bool genome;                            /* the bound genome rows learn */
    const struct avo_clock *clock;          /* of genome rows */
    const struct avo_clock *net_clock;      /* of network and track rows */
};

/* Operands of the matrix products; sums, master weights and moments are float32 in all. AUTO: the
 * backend's own choice, the first of its list. */
enum avo_precision {
    AVO_PRECISION_AUTO, AVO_PRECISION_F32, AVO_PRECISION_TF32, AVO_PRECISION_BF16
};

/* What --device and --precision chose, beside the backend. */
struct avo_device {
    int index;                              /* N of cuda:N */
    enum avo_precision precision;
    void (*note)(void *user, const char *text);     /* a card's memory plan, for -v; or NULL */
    void *user;
};

struct avo_backend_args {
    const struct avo_model *model;
    struct avo_learn *learn;                /* NULL: prediction only */
    struct avo_pool *pool;
    struct avo_device device;
};

/* One call of `train`: n samples, numbers first .. first + n - 1 of the order. */
struct avo_step {
    enum avo_order order;
    uint64_t first;         /* see avo_sample_place */
    uint32_t n;
    bool wrap;              /* sequential: the number runs on, visit = number / G */
    uint32_t epoch;         /* visit of sequential and permuted order, key of the permutation */
    int64_t step;           /* Adam's step number, from 1; of genome rows too unless clock_T > 0 */
    int64_t clock_T, clock_K;   /* stage 2: genome rows of coarse group b are at step
                                 * epoch T + (b / K) mod T + 1; else 0 */
    uint32_t coarse_bins;   /* bins of a coarse group, for the clock */
    double batch;           /* B: gradients are divided by it */
    double dropout;
    uint64_t seed;
    const struct avo_pair *pairs;       /* [n_all]: n_pairs training tracks, then pairs without a
                                         * cell type */
    const uint32_t *columns;            /* [n_pairs] their columns in the signal */
    const uint32_t *twin;               /* [n_pairs] index of the same assay without a cell type */
    const float *scale;                 /* [n_pairs][2] m and s: what is learned is (x - m) / s */
    uint32_t n_pairs, n_all;
    double celltype_dropout;            /* share of samples that see the twin instead */
};

struct avo_loss {
    double sum;                         /* of squared errors over the samples used */
    uint64_t n_used, n_skipped;         /* skipped: nothing measured after 8 redraws */
};
static inline void avo_loss_add(struct avo_loss *to, const struct avo_loss *more)
{
    to->sum += more->sum;
    to->n_used += more->n_used;
    to->n_skipped += more->n_skipped;
}
/* Mean squared error; NaN of no sample. */
static inline double avo_loss_mse(const struct avo_loss *l)
{
    return l->n_used ? l->sum / (double)l->n_used : NAN;
}

/* One call of `attribute`: where the paths begin and how finely they are followed. */
struct avo_attribute {
    const float *baseline;  /* [F] x0; its columns of cell-type blocks count as 0 for a pair without
                             * a cell type */
    uint32_t n_steps;       /* S, at least 1 */
};

struct avo_backend_ops {
    const char *name;       /* cpu-ref, cpu, cuda: what --device and provenance say */
    uint32_t call_bins;     /* samples of a call that it likes: bounds its buffers, and where a
                             * step's bins may be split over calls (stage 2) changes no result */
    /* Those it computes in, ended by AUTO; the first is what AUTO stands for. NULL: F32 alone. */
    const enum avo_precision *precisions;
    /* 0 if device N is there and works, else -1 with err (status AVO_EXIT_DEVICE) naming the
     * cause; name: device and libraries for provenance. NULL: always usable, called `name`. */
    int (*usable)(int index, char *name, size_t size, struct avo_error *err);
    /* Prepares. NULL with err set (status AVO_EXIT_DEVICE where the device is at fault). What
     * follows takes a context by one thread at a time, which need not be the one that opened it. */
    void *(*open)(const struct avo_backend_args *args, struct avo_error *err);
    void (*close)(void *ctx);
    /* Works on these until the next bind; a device uploads them. The positions hold no context
     * bins: no input reads any. */
    int (*bind)(void *ctx, const struct avo_binding *on, struct avo_error *err);
    /* Until the next view or bind, predictions read these rows (borrowed) of the bound positions;
     * NULL: the bound ones again. For caught-up copies: a device uploads their values alone, and
     * training goes on with its own. */
    int (*view)(void *ctx, const struct avo_genome_rows *rows, struct avo_error *err);
    /* One optimizer step: rows that the batch reads catch up to step - 1, gradients of
     * loss = sum (y - t)^2 / batch, Adam. Adds to *loss. A non-finite loss is an error.
     * next: what the next call will bring if one comes before another bind, of the same tracks: a
     * device draws its samples meanwhile. NULL: not known. */
    int (*train)(void *ctx, const struct avo_step *step, const struct avo_step *next,
                 struct avo_loss *loss, struct avo_error *err);
    /* out [n_pairs][n]: network outputs at the bins first .. first + n - 1, in the space that is
     * learned (model space, or z: model/standard.h), with the rows as they stand
     * (callers view a caught-up copy). No dropout;
     * avo_backend_predict is what users of a model call. */
    int (*predict)(void *ctx, const struct avo_pair *pairs, uint32_t n_pairs, uint32_t first,
                   uint32_t n, float *out, struct avo_error *err);
    /* Brings everything learned back to the borrowed memory (a device's copies). */
    int (*pull)(void *ctx, struct avo_error *err);
    /* out [n_blocks][n_pairs][n]: integrated gradients of the network's output at bins first ..
     * first + n - 1, as predicted, along the straight path from x0 to the inputs x of pair and bin,
     * each input block's columns summed. The path has S equal steps; over a step a hidden unit has
     * its mean slope (relu(b) - relu(a)) / (b - a) = (max(a, 0) + max(b, 0)) / (|a| + |b|), a and b
     * being its values before the ReLU at the step's ends (0 where both are 0):
     *   out[k] = sum over columns j of block k: (x_j - x0_j) (1/S) sum over steps of df/dx_j
     * Over the blocks that adds up to f(x) - f(x0) for every S, but for rounding.
     * Source: Sundararajan, Taly, Yan 2017 (arXiv 1703.01365). Deviates: mean slopes in place of
     * those at a point of the step; the limit is the same, and the error falls with 1/S^2.
     * NULL: the backend cannot. avo_attribute_predict (attribute.h) is what users call. */
    int (*attribute)(void *ctx, const struct avo_attribute *a, const struct avo_pair *pairs,
                     uint32_t n_pairs, uint32_t first, uint32_t n, float *out,
                     struct avo_error *err);
    /* The other family's network there; NULL: the device cannot (avo_backend_observed). */
    const struct avo_observed_ops *observed;
    bool parafac;           /* models without a network too (avo_backend_settle) */
};

extern const struct avo_backend_ops avo_backend_cpu_ref;
extern const struct avo_backend_ops avo_backend_cpu;
/* NULL where built without CUDA. */
const struct avo_backend_ops *avo_backend_cuda(void);

struct avo_chosen {
    const struct avo_backend_ops *ops;
    struct avo_device device;
    /* Backend, instruction set or card, library of the products, for provenance:
     * "cpu:avx512:onednn-2.6", "cuda:sm_90:cublaslt-13.0". */
    char name[64];
    char why[1100];         /* one phrase for the line on stderr */
    bool fell_back;         /* built with CUDA, auto took the CPU */
};
/* Chooser for --device auto|cpu|cpu-ref|cuda[:N] and --precision auto|f32|tf32|bf16. auto takes
 * card 0 where it is usable, else the CPU, and why says the cause; cuda never falls back (status
 * AVO_EXIT_DEVICE). A precision that the device lacks, and other words, are usage errors. */
int avo_backend_choose(const char *device, const char *precision, struct avo_chosen *to,
                       struct avo_error *err);
/* The family observed on the device that avo_backend_choose made of `device`; where that cannot,
 * under auto the CPU takes its place in *on, else NULL with err set (status AVO_EXIT_DEVICE). */
const struct avo_observed_ops *avo_backend_observed(const char *device, const char *precision,
                                                    struct avo_chosen *on, struct avo_error *err);
/* Models that the device of avo_backend_choose(device, precision) cannot compute: under auto the
 * CPU takes its place in *on, else an error (status AVO_EXIT_DEVICE) that names them. */
int avo_backend_settle(const struct avo_model *m, const char *device, const char *precision,
                       struct avo_chosen *on, struct avo_error *err);
/* "f32", "tf32", "bf16". */
const char *avo_precision_name(enum avo_precision p);

/* Where sample number q of an order lies: index of the bin, and visit.
 * sequential: bin q mod G, visit epoch (wrap: q / G); permuted: keyed permutation of the epoch;
 * random: a uniform bin, visit q. */
uint32_t avo_sample_place(const struct avo_step *s, uint32_t n_bins, uint64_t q, uint32_t *visit);
/* The training pair drawn at bin i; a missing value is redrawn up to 8 keyed times.
 * Returns the pair's index, or its twin's where the cell type is dropped, or -1; *value is the
 * track's signal, standardised by the step's scale. */
int avo_sample_pair(const struct avo_step *s, const struct avo_binding *on, uint32_t i,
                    uint32_t visit, float *value);

/* What the model predicts for a track: with cell-type dropout q, (1 - q) f(c, a, g) + q f(-, a, g),
 * the mean over the states that training saw. Shapes: as predict; scratch is made inside. */
int avo_backend_predict(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                        const struct avo_pair *pairs, uint32_t n_pairs, uint32_t first, uint32_t n,
                        float *out, struct avo_error *err);

#endif
