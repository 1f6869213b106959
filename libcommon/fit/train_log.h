/* SPDX-License-Identifier: MIT */
/* train_log.h: the table that a training run writes as it goes, a row an epoch. */
#ifndef AVO_FIT_TRAIN_LOG_H
#define AVO_FIT_TRAIN_LOG_H

#include "libcommon/base/io.h"
#include "libcommon/fit/monitor.h"

struct avo_train_log {
    const char *path;           /* NULL: no log */
    struct avo_out out;
    struct avo_error failed;    /* of the first row that could not be written */
};
/* path may be NULL. The table begins anew; resume: what is there stays, and another file than such
 * a table is an error. The caller holds path's lock. */
int avo_train_log_open(struct avo_train_log *log, const char *path, bool resume,
                       struct avo_error *err);
/* Rows of what comes behind this epoch of this phase (stage1 or refit) are removed: it is done
 * again. */
int avo_train_log_cut(struct avo_train_log *log, const char *phase, int64_t epoch,
                      struct avo_error *err);
void avo_train_log_row(struct avo_train_log *log, const struct avo_epoch_report *r);
/* Closes; a row that could not be written is an error here. Accepts a zeroed struct. */
int avo_train_log_close(struct avo_train_log *log, struct avo_error *err);

#endif
