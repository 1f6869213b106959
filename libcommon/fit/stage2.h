/* SPDX-License-Identifier: MIT */
/* stage2.h: stage 2: genome factors, a tile at a time, under a frozen network. */
#ifndef AVO_FIT_STAGE2_H
#define AVO_FIT_STAGE2_H

#include "libcommon/fit/monitor.h"
#include "libcommon/fit/roles.h"

struct avo_stage2 {
    const struct avo_model *model;      /* hyper.steps_per_epoch, batch: the clock */
    const struct avo_roles *roles;
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    struct avo_device device;
    int64_t epochs;
    double dropout;
    const atomic_int *stop;
    struct avo_learn learn;
    struct avo_clock clock;
    void *ctx;
    int64_t clock_T;                    /* steps per epoch that clock was made for */
};
int avo_stage2_open(struct avo_stage2 *s, struct avo_error *err);
void avo_stage2_close(struct avo_stage2 *s);
/* All passes over one tile (bins of one chromosome, or of several with equal clocks), from initial
 * values; its rows are made here and end caught up. Adds the last pass' training loss to *train.
 * 1 = stopped. */
int avo_stage2_tile(struct avo_stage2 *s, const struct avo_binding *tile, struct avo_loss *train,
                    struct avo_error *err);
/* Adds the errors of the watched tracks on the tile that was learned last. */
int avo_stage2_watch(struct avo_stage2 *s, const struct avo_binding *tile,
                     struct avo_loss *watched, struct avo_error *err);
/* Whether the model tells the positions of the tile that was learned last apart. */
int avo_stage2_varies(struct avo_stage2 *s, const struct avo_binding *tile, bool *varies,
                      struct avo_error *err);
/* Steps per epoch of a chromosome under the model's clock. */
int64_t avo_stage2_steps(const struct avo_model *m, uint32_t chrom);

#endif
