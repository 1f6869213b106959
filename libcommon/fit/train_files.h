/* SPDX-License-Identifier: MIT */
/* train_files.h: the files that a training run writes as it goes: no other run works on them for as
 * long as it lasts. */
#ifndef AVO_FIT_TRAIN_FILES_H
#define AVO_FIT_TRAIN_FILES_H

#include "libcommon/base/lock.h"
#include "libcommon/fit/train_log.h"

struct avo_train_files {
    const char *output, *checkpoint, *log_path;     /* NULL: not asked for */
    bool resume;
    bool unsafe;                /* after opening: the file system has no locks */
    struct avo_train_log log;
    struct avo_lock locks[3];
};
/* Locks what is written in place or kept for a later run, and begins the log. */
int avo_train_files_open(struct avo_train_files *f, struct avo_error *err);
/* Ends the log (what it could not write is an error here) and gives the locks up. */
int avo_train_files_close(struct avo_train_files *f, struct avo_error *err);

#endif
