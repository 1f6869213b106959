/* SPDX-License-Identifier: MIT */
/* io_out.c: stdout or a file that gets its name last; the guard that keeps fd 1 clean. */
#define _GNU_SOURCE     /* F_SETPIPE_SZ */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/format.h"
#include "libcommon/base/io_priv.h"
#include "libcommon/base/signals.h"

enum { PIPE_BYTES = 1 << 20 };

static int private_stdout = -1;     /* what fd 1 was before the guard */

/* A closed 0, 1 or 2 is opened the wrong way round: its number stays taken, and using it is the
 * error that it was before instead of the next file's bytes. */
static void fill_standard_fds(void)
{
    static const int wrong_way[3] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            int got = open("/dev/null", wrong_way[fd]);
            if (got >= 0 && got != fd) {
                dup2(got, fd);
                close(got);
            }
        }
}

void avo_io_guard_stdout(void)
{
    if (private_stdout >= 0)
        return;
    avo_signals_begin();
    fill_standard_fds();
    private_stdout = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (private_stdout >= 0)
        dup2(STDERR_FILENO, STDOUT_FILENO);
}

int avo_io_stdout_fd(void)
{
    return private_stdout >= 0 ? private_stdout : STDOUT_FILENO;
}

static int open_stdout(struct avo_out *out, const char *text_option, struct avo_error *err)
{
    int fd = avo_io_stdout_fd();
    out->is_stdout = true;
    out->name = avo_strdup("<stdout>", err);
    if (!out->name)
        return -1;
    if (text_option && isatty(fd) == 1) {
        avo_usage_error(err,
                        "binary output to a terminal is refused (redirect it, or use -o FILE)");
        return avo_error_hint(err, "%s", text_option);
    }
    out->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return out->fd < 0 ? avo_error_sys(err, errno, "<stdout>: cannot write") : 0;
}

/* Devices and named pipes are written directly: renaming a file over /dev/null would replace it. */
static int is_special(const char *path)
{
    struct stat st;
    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int open_path(struct avo_out *out, const char *path, struct avo_error *err)
{
    out->name = avo_strdup(path, err);
    out->path = avo_strdup(path, err);
    if (!out->name || !out->path)
        return -1;
    if (!is_special(path)) {
        if (avo_tmp_begin(path, &out->tmp_path, err))
            return -1;
        out->fd = avo_tmp_take_fd(out->tmp_path);
        return 0;
    }
    do
        out->fd = open(path, O_WRONLY | O_CLOEXEC);
    while (out->fd < 0 && errno == EINTR && !avo_signals_stopped());
    return out->fd < 0 ? avo_error_sys(err, errno, "%s: cannot open for writing", path) : 0;
}

int avo_out_open(struct avo_out *out, const char *path, const char *text_option,
                 struct avo_error *err)
{
    struct stat st;
    memset(out, 0, sizeof *out);
    out->fd = -1;
    int rc = !path || !strcmp(path, "-") ? open_stdout(out, text_option, err)
                                         : open_path(out, path, err);
    if (!rc && !text_option && avo_format_is_gz(path))
        rc = avo_out_compress(out, err);
    if (rc) {
        avo_out_release(out);
        return -1;
    }
#ifdef F_SETPIPE_SZ
    if (!fstat(out->fd, &st) && S_ISFIFO(st.st_mode))
        (void)fcntl(out->fd, F_SETPIPE_SZ, PIPE_BYTES);    /* an optimisation: may be refused */
#endif
    return 0;
}

int avo_out_open_in_place(struct avo_out *out, const char *path, bool empty,
                          struct avo_error *err)
{
    memset(out, 0, sizeof *out);
    out->fd = -1;
    if (!strcmp(path, "-"))
        return open_stdout(out, NULL, err);
    out->name = avo_strdup(path, err);
    if (!out->name || avo_io_make_folders(path, err)) {
        avo_out_release(out);
        return -1;
    }
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (empty ? O_TRUNC : 0);
    do
        out->fd = open(path, flags, 0666);
    while (out->fd < 0 && errno == EINTR && !avo_signals_stopped());
    if (out->fd >= 0)
        return 0;
    avo_error_sys(err, errno, "%s: cannot open for writing", path);
    avo_out_release(out);
    return -1;
}

int avo_out_open_kept(struct avo_out *out, const char *path, const char *partial,
                      struct avo_error *err)
{
    char *tmp = NULL;
    memset(out, 0, sizeof *out);
    out->fd = -1;
    out->keep = true;
    out->name = avo_strdup(path, err);
    out->path = avo_strdup(path, err);
    out->tmp_path = avo_strdup(partial, err);
    if (!out->name || !out->path || !out->tmp_path)
        goto fail;
    if (avo_tmp_begin(path, &tmp, err))     /* makes the folders, tells early what is wrong */
        goto fail;
    avo_tmp_discard(tmp);
    free(tmp);
    out->fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out->fd >= 0)
        return 0;
    avo_error_sys(err, errno, "%s: cannot open for writing", partial);
fail:
    avo_out_release(out);
    return -1;
}

void avo_out_die_by_sigpipe(void)
{
    avo_io_cleanup();
    avo_signals_die(SIGPIPE);
}

/* Hands bytes to the descriptor, the end of them included. */
static int send(struct avo_out *out, const char *p, size_t len_bytes, struct avo_error *err)
{
    out->failed = true;     /* until all is written */
    while (len_bytes) {
        ssize_t n = write(out->fd, p, len_bytes < INT_MAX ? len_bytes : INT_MAX);
        if (n < 0 && errno == EINTR && avo_signals_stopped())
            return avo_error_set(err, "%s: interrupted", out->name);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE)
            avo_out_die_by_sigpipe();
        if (n < 0)
            return avo_error_sys(err, errno, "%s: cannot write at byte %llu", out->name,
                                 (unsigned long long)out->pos_bytes);
        p += n;
        len_bytes -= (size_t)n;
        out->pos_bytes += (uint64_t)n;
    }
    out->failed = false;
    return 0;
}

int avo_out_flush(struct avo_out *out, struct avo_error *err)
{
    size_t n = out->n_buf;
    out->n_buf = 0;
    if (out->failed)
        return avo_error_set(err, "%s: an earlier write failed", out->name);
    return n ? send(out, out->buf, n, err) : 0;
}

int avo_out_write(struct avo_out *out, const void *buf, size_t len_bytes, struct avo_error *err)
{
    if (out->bgzf)
        return avo_out_gz_write(out, buf, len_bytes, err);
    if (len_bytes > AVO_OUT_BUFFER - out->n_buf && avo_out_flush(out, err))
        return -1;
    if (len_bytes >= AVO_OUT_BUFFER)
        return send(out, buf, len_bytes, err);
    if (!out->buf && !(out->buf = avo_alloc(AVO_OUT_BUFFER, 1, "output", err)))
        return -1;
    memcpy(out->buf + out->n_buf, buf, len_bytes);
    out->n_buf += len_bytes;
    return 0;
}

int avo_out_sync(struct avo_out *out, struct avo_error *err)
{
    struct stat st;
    if (avo_out_flush(out, err))
        return -1;
    if (!fstat(out->fd, &st) && S_ISREG(st.st_mode) && !out->is_stdout && fsync(out->fd) &&
        errno != EINVAL && errno != ENOTSUP)
        return avo_error_sys(err, errno, "%s: cannot write", out->name);
    return 0;
}

int avo_out_finish(struct avo_out *out, struct avo_error *err)
{
    int fd = out->fd;
    if (avo_out_gz_end(out, err) || avo_out_sync(out, err))
        return -1;
    int lock = out->tmp_path ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;  /* the file is ours until it */
    out->fd = -1;                                                   /* has its name */
    int rc = close(fd) && errno != EINTR ? avo_error_sys(err, errno, "%s: cannot write", out->name)
                                         : 0;
    if (!rc && out->tmp_path)
        rc = avo_tmp_commit(out->tmp_path, out->path, err);
    if (lock >= 0)
        close(lock);
    if (rc)
        return -1;
    free(out->tmp_path);
    out->tmp_path = NULL;
    return 0;
}

void avo_out_release(struct avo_out *out)
{
    if (!out)
        return;
    avo_out_gz_end(out, NULL);
    if (out->name && out->fd >= 0)
        close(out->fd);
    if (!out->keep)
        avo_tmp_discard(out->tmp_path);
    free(out->buf);
    free(out->tmp_path);
    free(out->path);
    free(out->name);
    memset(out, 0, sizeof *out);
    out->fd = -1;
}

int avo_out_printf(struct avo_out *out, struct avo_error *err, const char *fmt, ...)
{
    char small[512], *big = NULL;
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (len < 0)
        return avo_error_set(err, "%s: cannot format a line", out->name);
    if ((size_t)len < sizeof small)
        return avo_out_write(out, small, (size_t)len, err);
    big = malloc((size_t)len + 1);
    if (!big)
        return avo_error_set(err, "out of memory (%d bytes for a line)", len + 1);
    va_start(ap, fmt);
    vsnprintf(big, (size_t)len + 1, fmt, ap);
    va_end(ap);
    int rc = avo_out_write(out, big, (size_t)len, err);
    free(big);
    return rc;
}
