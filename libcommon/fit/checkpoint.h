/* SPDX-License-Identifier: MIT */
/* checkpoint.h: progress of stage 1 in a file. */
#ifndef AVO_FIT_CHECKPOINT_H
#define AVO_FIT_CHECKPOINT_H

#include "libcommon/fit/stage1.h"

/* What a checkpoint says before it is loaded. */
struct avo_checkpoint {
    struct avo_hyper hyper;
    int64_t epoch;              /* epochs done in that phase */
    int64_t stage2_asked, patience;     /* -1: not recorded */
    double valid_share;
    char phase[16];             /* stage1 or refit */
    char input[33];             /* digest of the signal it was trained on */
    char tracks[33];            /* digest of tracks and roles: avo_roles_digest */
};
/* Options that a run's result depends on, beside the model's shape. */
bool avo_hyper_same_options(const struct avo_hyper *a, const struct avo_hyper *b);
/* Writes model, rows, moments and progress of stage 1 to path (temporary file, rename). */
int avo_checkpoint_write(const char *path, const struct avo_stage1 *s, const char *input,
                         struct avo_error *err);
int avo_checkpoint_peek(const char *path, struct avo_checkpoint *c, struct avo_error *err);
/* Fills an initialised s (same options, same input) from path; another shape is an error. */
int avo_checkpoint_read(const char *path, struct avo_stage1 *s, struct avo_error *err);

#endif
