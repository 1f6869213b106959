/* SPDX-License-Identifier: MIT */
/* pipeline.h: items that are read ahead, worked on and written at the same time, and in order. */
#ifndef AVO_BASE_PIPELINE_H
#define AVO_BASE_PIPELINE_H

#include <stddef.h>

#include "libcommon/base/error.h"

/* What is done to an item. Each returns 0 or -1; read returns 1 (filled), 0 (nothing is left) or
 * -1; work and write may return 1: an orderly stop, nothing behind the item is written. */
struct avo_pipeline {
    void *user;
    /* Fills an item; items in turn, one thread. */
    int (*read)(void *user, void *item, struct avo_error *err);
    /* Works on an item: lanes [0, n_lanes) side by side, each one item at a time. NULL: there is
     * nothing to do between the two others. */
    int (*work)(void *user, int lane, void *item, struct avo_error *err);
    /* Takes an item, in the order in which they were read; the caller's thread. */
    int (*write)(void *user, void *item, struct avo_error *err);
    void *const *items;     /* [n_items] memory of the items: so many are under way at most */
    size_t n_items;         /* 1: no thread is made */
    int n_lanes;
};
/* Runs until read has nothing left: 0; 1 = stopped; -1 = error: what a loop over the items that
 * reads, works and writes in turn would have met first, with the same items written before it.
 * Threads that cannot be had are done without. They are gone on return, also where read waits for
 * input that does not come, or TERM arrives (signals.h). */
int avo_pipeline_run(const struct avo_pipeline *p, struct avo_error *err);

#endif
