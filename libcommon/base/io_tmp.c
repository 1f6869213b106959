/* SPDX-License-Identifier: MIT */
/* io_tmp.c: temporary files beside their targets, and their removal however the process ends. */
#define _XOPEN_SOURCE 700    /* realpath */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io_priv.h"
#include "libcommon/base/lock.h"
#include "libcommon/base/signals.h"

/* A signal handler walks this list, so a node is never freed while the program runs and its path
 * is complete before `live` is set. A forked child inherits the list but not the files. */
struct tmp_node {
    struct tmp_node *next;
    char *path;
    int fd;             /* holds the lock that tells others that the file is in use, or -1 */
    pid_t owner;
    atomic_int live;
};

static _Atomic(struct tmp_node *) tmp_list;
static pthread_mutex_t tmp_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t tmp_once = PTHREAD_ONCE_INIT;

static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
enum { N_DEADLY = sizeof deadly / sizeof deadly[0] };

void avo_io_cleanup(void)
{
    pid_t self = getpid();
    for (struct tmp_node *n = atomic_load(&tmp_list); n; n = n->next)
        if (atomic_exchange(&n->live, 0) && n->owner == self)
            unlink(n->path);
}

static void on_deadly(int sig)
{
    avo_io_cleanup();
    signal(sig, SIG_DFL);
    raise(sig);     /* delivered when this handler returns */
}

void avo_io_signals(void)
{
    for (int i = 0; i < N_DEADLY; i++)
        avo_signals_handle_default(deadly[i], on_deadly);
    /* A file-size limit is then a failed write with a message instead of a death. */
    avo_signals_handle_default(SIGXFSZ, SIG_IGN);
}

static void at_exit(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    avo_io_cleanup();
    struct tmp_node *n = atomic_exchange(&tmp_list, NULL);
    while (n) {
        struct tmp_node *next = n->next;
        free(n->path);
        free(n);
        n = next;
    }
    avo_io_sweep_end();
}

static void first_use(void)
{
    atexit(at_exit);
    avo_io_signals();
}

/* Takes over path and fd. Dead nodes are used again; the old path is freed only then. */
static int remember(char *path, int fd, struct avo_error *err)
{
    pthread_once(&tmp_once, first_use);
    pthread_mutex_lock(&tmp_lock);
    struct tmp_node *n = atomic_load(&tmp_list);
    while (n && atomic_load(&n->live))
        n = n->next;
    bool is_new = !n;
    if (is_new)
        n = calloc(1, sizeof *n);
    if (n) {
        free(n->path);
        n->path = path;
        n->fd = fd;
        n->owner = getpid();
        atomic_store(&n->live, 1);
    }
    if (n && is_new) {
        n->next = atomic_load(&tmp_list);
        atomic_store(&tmp_list, n);
    }
    pthread_mutex_unlock(&tmp_lock);
    return n ? 0 : avo_error_set(err, "out of memory (%zu bytes for a file name)", sizeof *n);
}

int avo_io_remember(char *path, struct avo_error *err)
{
    return remember(path, -1, err);
}

int avo_tmp_take_fd(const char *tmp_path)
{
    int fd = -1;
    pthread_mutex_lock(&tmp_lock);
    for (struct tmp_node *n = atomic_load(&tmp_list); n && fd < 0; n = n->next)
        if (atomic_load(&n->live) && !strcmp(n->path, tmp_path)) {
            fd = n->fd;
            n->fd = -1;
        }
    pthread_mutex_unlock(&tmp_lock);
    return fd;
}

static void forget(const char *path)
{
    int fd = avo_tmp_take_fd(path);
    pthread_mutex_lock(&tmp_lock);
    for (struct tmp_node *n = atomic_load(&tmp_list); n; n = n->next)
        if (atomic_load(&n->live) && !strcmp(n->path, path))
            atomic_store(&n->live, 0);
    pthread_mutex_unlock(&tmp_lock);
    if (fd >= 0)
        close(fd);
}

int avo_io_make_folders(const char *path, struct avo_error *err)
{
    char *copy = avo_strdup(path, err);
    int rc = copy ? 0 : -1;
    for (char *p = copy ? strchr(copy + 1, '/') : NULL; p && !rc; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdir(copy, 0777) && errno != EEXIST && errno != EISDIR && errno != EROFS)
            rc = avo_error_sys(err, errno, "%s: cannot make the folder %s", path, copy);
        *p = '/';
    }
    free(copy);
    return rc;
}

char *avo_io_target(const char *path, struct avo_error *err)
{
    struct stat st;
    if (!lstat(path, &st) && S_ISLNK(st.st_mode)) {
        char *real = realpath(path, NULL);
        if (real)
            return real;
    }
    return avo_strdup(path, err);
}

/* Something that tells processes of one number on two machines apart; O_EXCL does the rest. */
static unsigned salt(unsigned attempt)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_REALTIME, &t);
    return ((unsigned)t.tv_nsec ^ (unsigned)t.tv_sec * 2654435761u) + attempt;
}

/* Between the creation and the lock another run may take the file for one that was left behind. */
static bool is_ours(int fd, const char *path)
{
    struct stat mine, there;
    return avo_lock_try(fd) && !fstat(fd, &mine) && !stat(path, &there) &&
           mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* Creates DIR/.NAME.PID-SALT.tmp for target DIR/NAME; fd holds its lock, where there are locks. */
static char *create_beside(const char *target, const char *shown, int *fd, struct avo_error *err)
{
    const char *slash = strrchr(target, '/'), *base = slash ? slash + 1 : target;
    int dir_len = (int)(base - target);
    if (!*base) {
        avo_error_set(err, "%s: not a file name", shown);
        return NULL;
    }
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        char *tmp = avo_asprintf(err, "%.*s.%.200s.%ld-%08x.tmp", dir_len, target, base,
                                 (long)getpid(), salt(attempt));
        if (!tmp)
            return NULL;
        *fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int why = errno;
        if (*fd >= 0 && is_ours(*fd, tmp))
            return tmp;
        free(tmp);
        if (*fd >= 0)
            close(*fd);
        else if (why != EEXIST) {
            avo_error_sys(err, why, "%s: cannot create a temporary file beside it", shown);
            return NULL;
        }
    }
    avo_error_set(err, "%s: no free name for a temporary file", shown);
    return NULL;
}

static int refuse_odd_target(const char *path, struct avo_error *err)
{
    struct stat st;
    if (stat(path, &st))
        return 0;
    if (S_ISDIR(st.st_mode))
        return avo_error_set(err, "%s: is a folder (want a file name)", path);
    return S_ISREG(st.st_mode) ? 0 : avo_error_set(err, "%s: not a regular file", path);
}

int avo_tmp_begin(const char *path, char **tmp_path, struct avo_error *err)
{
    *tmp_path = NULL;
    if (refuse_odd_target(path, err) || avo_io_make_folders(path, err))
        return -1;
    char *target = avo_io_target(path, err), *tmp = NULL, *kept = NULL;
    int rc = -1, fd = -1;
    if (target) {
        avo_io_sweep(target);
        tmp = create_beside(target, path, &fd, err);
    }
    if (!tmp)
        goto out;
    kept = avo_strdup(tmp, err);
    if (!kept || remember(kept, fd, err)) {
        unlink(tmp);
        close(fd);
        free(kept);
        goto out;
    }
    *tmp_path = tmp;
    tmp = NULL;
    rc = 0;
out:
    free(tmp);
    free(target);
    return rc;
}

int avo_tmp_commit(const char *tmp_path, const char *path, struct avo_error *err)
{
    char *target = avo_io_target(path, err);
    if (!target)
        return -1;
    int rc = 0;
    if (rename(tmp_path, target))
        rc = avo_error_sys(err, errno, "%s: cannot rename %s to it", path, tmp_path);
    else
        forget(tmp_path);
    free(target);
    return rc;
}

void avo_tmp_discard(const char *tmp_path)
{
    if (!tmp_path)
        return;
    unlink(tmp_path);
    forget(tmp_path);
}

int avo_tmp_unnamed(struct avo_error *err)
{
    const char *folder = getenv("TMPDIR");
    folder = folder && *folder ? folder : "/tmp";
    char *path = avo_asprintf(err, "%s/avotools.XXXXXX", folder);
    if (!path)
        return -1;
    int fd = mkstemp(path);
    if (fd < 0)
        avo_error_sys(err, errno, "%s: cannot make a temporary file", folder);
    else
        unlink(path);
    free(path);
    return fd;
}
