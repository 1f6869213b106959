/* SPDX-License-Identifier: MIT */
/* lock.c: locks that say who holds them. */
#define _DEFAULT_SOURCE     /* flock, gethostname */
#include "libcommon/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io_priv.h"

int avo_lock_try(int fd)
{
    int rc;
    do
        rc = flock(fd, LOCK_EX | LOCK_NB);
    while (rc && errno == EINTR);
    return !rc ? 1 : errno == EWOULDBLOCK || errno == EACCES ? 0 : -1;
}

/* DIR/.NAME.lock */
static char *lock_path(const char *path, struct avo_error *err)
{
    char *target = avo_io_target(path, err), *lock = NULL;
    const char *slash = target ? strrchr(target, '/') : NULL;
    const char *base = slash ? slash + 1 : target;
    if (target)
        lock = avo_asprintf(err, "%.*s.%.240s.lock", (int)(base - target), target, base);
    free(target);
    return lock;
}

static int held_by_another(int fd, const char *path, struct avo_error *err)
{
    char who[128];
    ssize_t n = pread(fd, who, sizeof who - 1, 0);
    who[n > 0 ? n : 0] = '\0';
    who[strcspn(who, "\n")] = '\0';
    for (char *p = who; *p; p++)
        if (*p < ' ' || *p > '~')
            *p = '?';
    avo_error_hint(err, "wait for its end, or end it: nothing is left to be removed then");
    return avo_error_set(err, "%s: another run works on it (%s)", path,
                         *who ? who : "its process is not known");
}

static void say_who(int fd)
{
    char host[65] = "", text[128];
    if (gethostname(host, sizeof host - 1))
        snprintf(host, sizeof host, "an unknown host");
    int n = snprintf(text, sizeof text, "process %ld on %s\n", (long)getpid(), host);
    /* For people only: without it the lock holds as well. */
    if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n)
        return;
}

/* 1: taken, 0: its holder removed it meanwhile, -1: an error. */
static int take_once(struct avo_lock *lock, const char *path, bool *unsafe, struct avo_error *err)
{
    struct stat mine, there;
    int fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return avo_error_sys(err, errno, "%s: cannot make its lock %s", path, lock->path);
    int got = avo_lock_try(fd);
    if (got == 0)
        held_by_another(fd, path, err);
    if (got == 0 || (got > 0 && (fstat(fd, &mine) || stat(lock->path, &there) ||
                                 mine.st_dev != there.st_dev || mine.st_ino != there.st_ino))) {
        close(fd);
        return got == 0 ? -1 : 0;
    }
    *unsafe |= got < 0;
    say_who(fd);
    lock->fd = fd;
    return 1;
}

int avo_lock_take(struct avo_lock *lock, const char *path, bool *unsafe, struct avo_error *err)
{
    struct stat st;
    int rc = 0;
    *lock = (struct avo_lock){.fd = -1};
    if (!path || !strcmp(path, "-") || (!stat(path, &st) && !S_ISREG(st.st_mode)))
        return 0;
    if (avo_io_make_folders(path, err) || !(lock->path = lock_path(path, err)))
        return -1;
    while (!rc)
        rc = take_once(lock, path, unsafe, err);
    char *kept = rc > 0 ? avo_strdup(lock->path, err) : NULL;
    if (rc > 0 && (!kept || avo_io_remember(kept, err))) {
        free(kept);
        rc = -1;
    }
    if (rc > 0)
        return 0;
    if (lock->fd >= 0)
        unlink(lock->path);
    free(lock->path);
    lock->path = NULL;
    if (lock->fd >= 0)
        close(lock->fd);
    return -1;
}

void avo_lock_release(struct avo_lock *lock)
{
    if (!lock || !lock->path)
        return;
    avo_tmp_discard(lock->path);        /* before the lock is given up: it is still ours */
    close(lock->fd);
    free(lock->path);
    *lock = (struct avo_lock){.fd = -1};
}
