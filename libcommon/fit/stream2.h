/* SPDX-License-Identifier: MIT */
/* stream2.h: stage 2 as a filter: every tile of a SIGNAL input is learned and
 * written. */
#ifndef AVO_FIT_STREAM2_H
#define AVO_FIT_STREAM2_H

#include "libcommon/fit/earlier.h"
#include "libcommon/fit/stage2.h"
#include "libcommon/stream/join.h"

struct avo_stream2 {
    struct avo_stage2 two;
    struct avo_model *model;            /* header: that of the output */
    struct avo_join *in;
    struct avo_writer *w;               /* CORE is written */
    const struct avo_monitor *monitor;
    struct avo_earlier *earlier;        /* finished tiles of a broken run, or NULL */
    struct avo_loss train, watched;     /* of the last pass; of the validation tracks */
    uint64_t n_learned;                 /* tiles; others are copied */
    bool varies;                        /* some tile's positions are told apart */
    uint64_t n_bins;                    /* done */
};
/* While a tile is learned the next one is read and the last one written: three tiles with their
 * factors and moments are in memory, or one where the pool has one thread. 1 = stopped. */
int avo_stream2_run(struct avo_stream2 *s, struct avo_error *err);

#endif
