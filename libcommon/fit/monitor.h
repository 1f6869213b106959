/* SPDX-License-Identifier: MIT */
/* monitor.h: what a fit tells the program, and is told by it. */
#ifndef AVO_FIT_MONITOR_H
#define AVO_FIT_MONITOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/error.h"

/* One line of the training log. */
struct avo_epoch_report {
    const char *phase;          /* stage1, refit, rehearsal, stage2, observed, transfer */
    int64_t epoch;              /* from 1 */
    double train_mse, valid_mse;/* valid NAN: no validation tracks */
    bool best;
    uint64_t n_samples, n_skipped;
};
/* How a fit talks to the program. Any member may be NULL. */
struct avo_monitor {
    void (*report)(void *user, const struct avo_epoch_report *r);
    void (*progress)(void *user, uint64_t done, uint64_t total);
    const atomic_int *stop;  /* non-zero: write a checkpoint and return 1 */
    int (*checkpoint)(void *user, struct avo_error *err);
    void (*note)(void *user, const char *text);     /* a line for the person watching */
    /* Training goes on behind this epoch of this phase (stage1, refit or observed). */
    int (*begins)(void *user, const char *phase, int64_t epoch, struct avo_error *err);
    void *user;
};

#endif
