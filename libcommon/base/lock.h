/* SPDX-License-Identifier: MIT */
/* lock.h: who works on a file. A lock (flock) ends with its process, however that ends; so a file
 * that can be locked has no owner any more. On NFS the server keeps the locks for all hosts; mounts
 * without locks, or with locks that each host keeps for itself, see nothing of other hosts. */
#ifndef AVO_BASE_LOCK_H
#define AVO_BASE_LOCK_H

#include <stdbool.h>

#include "libcommon/base/error.h"

/* 1: locked until the last descriptor of this opening is closed; 0: another opening holds it;
 * -1: there are no locks here. Never waits. */
int avo_lock_try(int fd);

/* A name that a run works on: DIR/.NAME.lock says who, while it lasts. */
struct avo_lock {
    int fd;             /* -1: not held (zeroed: 0 counts only with a path) */
    char *path;         /* of the lock file */
};
/* Takes the name path for this run (folders are made). Held by another run: an error that names it.
 * NULL, "-", devices and pipes need none; *unsafe is set where the file system has no locks. */
int avo_lock_take(struct avo_lock *lock, const char *path, bool *unsafe, struct avo_error *err);
/* Accepts a zeroed struct. */
void avo_lock_release(struct avo_lock *lock);

#endif
