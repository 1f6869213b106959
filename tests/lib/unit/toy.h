/* SPDX-License-Identifier: MIT */
/* toy.h: small training problems for unit tests: a model, bins with signal and factors,
 * tracks, a clock. */
#ifndef AVO_TEST_TOY_H
#define AVO_TEST_TOY_H

#include "libcommon/fit/checkpoint.h"
#include "libcommon/fit/fit.h"
#include "libcommon/fit/stage2.h"
#include "libcommon/fit/transfer.h"

struct toy_block {
    enum avo_block_kind kind;
    uint32_t width, per;        /* per: bins a row, genome blocks */
};
struct toy_run { uint32_t chrom, beg, n; };

/* Lists end with a zero entry (width, size, n). */
struct toy_spec {
    const char *name;
    struct toy_block blocks[8];
    uint32_t hidden[4];
    bool parafac;               /* no network: model/parafac.h */
    uint32_t n_celltypes, n_assays;
    struct toy_run runs[6];
    enum avo_dtype dtype;
    double missing;             /* share of the values that are NaN */
    double empty;               /* share of the bins where all are */
    enum avo_order order;
    bool wrap;
    uint32_t first, n;          /* samples of a step */
    double dropout, celltype_dropout;
    bool frozen;                /* network and tables do not learn */
    bool fixed_genome;          /* genome rows do not learn */
    uint32_t first_row;         /* of tables: rows below are frozen */
};

struct toy {
    const struct toy_spec *spec;
    struct avo_header header;   /* 4 chromosomes of 1 Mb, named so that table order is natural */
    struct avo_model model;
    struct avo_positions positions;
    struct avo_signal signal;
    struct avo_genome_rows rows;
    struct avo_binding on;      /* those three */
    struct avo_roles roles;
    struct avo_clock clock;
    struct avo_learn learn;
    struct avo_pool *pool;
};

/* beta1 0 makes the first moment after a step that step's gradient. */
void toy_init(struct toy *t, const struct toy_spec *spec, int n_threads, double beta1);
void toy_release(struct toy *t);
/* Step number `step` (from 1): samples spec->first + (step - 1) n on. */
struct avo_step toy_step(const struct toy *t, int64_t step);
/* Opens, binds. */
void *toy_open(struct toy *t, const struct avo_backend_ops *ops);
/* Fails the test with the message unless rc is 0. */
void toy_must(int rc, const struct avo_error *err);

/* Rank score of a value by its definition (model/observed.h): linear between knots. */
float toy_rank(const struct avo_track_stats *s, float x);
/* A model alone as a file, and back: -1 with err set where it is refused. */
void toy_write_model(const char *path, struct avo_model *m);
int toy_read_model(const char *path, struct avo_model *m, struct avo_error *err);

/* What learns, as a list of arrays: network, tables, genome rows. moment: m instead of w. */
struct toy_part {
    const char *name;
    uint32_t block;             /* tables and genome rows */
    size_t n;
    float *x;
};
size_t toy_parts(struct toy *t, bool moment, struct toy_part parts[AVO_MAX_BLOCKS + 1]);

#endif
