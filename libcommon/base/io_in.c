/* SPDX-License-Identifier: MIT */
/* io_in.c: opening, reading and skipping inputs; small text files as a whole. */
#define _GNU_SOURCE     /* F_SETPIPE_SZ */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/content.h"
#include "libcommon/base/io.h"
#include "libcommon/base/signals.h"

enum { PIPE_BYTES = 1 << 20 };

/* What was read from stdin, or where a stdin that can seek began. */
static int kept_fd = -1;
static off_t stdin_began = -1;

int avo_io_keep_stdin(struct avo_error *err)
{
    stdin_began = lseek(STDIN_FILENO, 0, SEEK_CUR);
    if (stdin_began < 0 && (kept_fd = avo_tmp_unnamed(err)) < 0)
        return -1;
    return 0;
}

static int keep(const struct avo_in *in, const char *p, size_t n, struct avo_error *err)
{
    while (in->is_stdin && kept_fd >= 0 && n > 0) {
        ssize_t done = write(kept_fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            avo_error_sys(err, errno, "%s: cannot keep a copy", in->name);
            return avo_error_hint(err, "TMPDIR names another folder; a file needs no copy");
        }
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

int avo_io_rewind_stdin(struct avo_error *err)
{
    int fd = kept_fd;
    kept_fd = -1;
    if (lseek(fd >= 0 ? fd : STDIN_FILENO, fd >= 0 ? 0 : stdin_began, SEEK_SET) < 0 ||
        (fd >= 0 && dup2(fd, STDIN_FILENO) < 0))
        return avo_error_sys(err, errno, "<stdin>: cannot begin again");
    if (fd >= 0)
        close(fd);
    return 0;
}

static int open_stdin(struct avo_in *in, struct avo_error *err)
{
    in->is_stdin = true;
    in->fd = STDIN_FILENO;
    in->name = avo_strdup("<stdin>", err);
    if (!in->name)
        return -1;
    if (isatty(in->fd) == 1)
        return avo_error_status(err, AVO_EXIT_USAGE,
                                "no input: stdin is a terminal (want a file name or a pipe)");
    return 0;
}

static int open_file(struct avo_in *in, const char *path, struct avo_error *err)
{
    in->name = avo_strdup(path, err);
    if (!in->name)
        return -1;
    do
        in->fd = open(path, O_RDONLY | O_CLOEXEC);
    while (in->fd < 0 && errno == EINTR && !avo_signals_stopped());
    if (in->fd >= 0)
        return 0;
    avo_error_sys(err, errno, "%s: cannot open", path);
    avo_content_hint_link(path, err);
    return -1;
}

int avo_in_open(struct avo_in *in, const char *path, struct avo_error *err)
{
    struct stat st;
    memset(in, 0, sizeof *in);
    in->fd = -1;
    int rc = !path || !strcmp(path, "-") ? open_stdin(in, err) : open_file(in, path, err);
    if (!rc && fstat(in->fd, &st))
        rc = avo_error_sys(err, errno, "%s: cannot read", in->name);
    if (!rc && S_ISDIR(st.st_mode))
        rc = avo_error_set(err, "%s: is a folder (want a file)", in->name);
    if (rc) {
        avo_in_close(in);
        return -1;
    }
    in->can_seek = S_ISREG(st.st_mode) && lseek(in->fd, 0, SEEK_CUR) >= 0;
#ifdef F_SETPIPE_SZ
    if (S_ISFIFO(st.st_mode))
        (void)fcntl(in->fd, F_SETPIPE_SZ, PIPE_BYTES);     /* an optimisation: may be refused */
#endif
    return 0;
}

int avo_in_read(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                struct avo_error *err)
{
    char *p = buf;
    *got = 0;
    while (*got < len_bytes) {
        size_t want = len_bytes - *got;
        if (!in->can_seek && avo_signals_wait(in->fd))
            return avo_error_set(err, "%s: interrupted", in->name);
        ssize_t n = read(in->fd, p + *got, want < INT_MAX ? want : INT_MAX);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return avo_error_sys(err, errno, "%s: cannot read at byte %llu", in->name,
                                 (unsigned long long)in->pos_bytes);
        if (keep(in, p + *got, (size_t)n, err))
            return -1;
        *got += (size_t)n;
        in->pos_bytes += (uint64_t)n;
    }
    return 0;
}

/* Moves within a regular file, at most to its present end. */
static int skip_by_seek(struct avo_in *in, uint64_t len_bytes, uint64_t *got,
                        struct avo_error *err)
{
    struct stat st;
    off_t at = lseek(in->fd, 0, SEEK_CUR);
    if (at < 0 || fstat(in->fd, &st))
        return avo_error_sys(err, errno, "%s: cannot seek", in->name);
    uint64_t left = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
    uint64_t step = len_bytes < left ? len_bytes : left;
    if (lseek(in->fd, (off_t)step, SEEK_CUR) < 0)
        return avo_error_sys(err, errno, "%s: cannot seek", in->name);
    *got = step;
    in->pos_bytes += step;
    return 0;
}

int avo_in_skip(struct avo_in *in, uint64_t len_bytes, uint64_t *got, struct avo_error *err)
{
    enum { CHUNK = 1 << 16 };
    *got = 0;
    if (in->can_seek)
        return skip_by_seek(in, len_bytes, got, err);
    char *waste = malloc(CHUNK);
    if (!waste)
        return avo_error_set(err, "out of memory (%d bytes to skip)", CHUNK);
    int rc = 0;
    while (*got < len_bytes && !rc) {
        size_t n = 0, want = len_bytes - *got < CHUNK ? (size_t)(len_bytes - *got) : CHUNK;
        rc = avo_in_read(in, waste, want, &n, err);
        *got += n;
        if (n < want)
            break;
    }
    free(waste);
    return rc;
}

void avo_in_close(struct avo_in *in)
{
    if (!in)
        return;
    if (in->name && !in->is_stdin && in->fd >= 0)
        close(in->fd);
    free(in->name);
    memset(in, 0, sizeof *in);
    in->fd = -1;
}

/* Reads gz to its end into *text, growing as it comes. */
static int read_all(gzFile gz, const char *name, size_t max_bytes, char **text, size_t *len,
                    struct avo_error *err)
{
    size_t cap = 0;
    for (;;) {
        if (avo_grow(text, &cap, *len + 65536 + 1, 1, name, err))
            return -1;
        size_t room = cap - 1 - *len;
        int n = gzread(gz, *text + *len, room < INT_MAX ? (unsigned)room : INT_MAX);
        if (n < 0) {
            int code = 0;
            const char *why = gzerror(gz, &code);
            return code == Z_ERRNO ? avo_error_sys(err, errno, "%s: cannot read", name)
                                   : avo_error_set(err, "%s: damaged gzip data (%s)", name, why);
        }
        *len += (size_t)n;
        if (*len > max_bytes)
            return avo_error_set(err, "%s: longer than %zu bytes", name, max_bytes);
        if (n == 0)
            return 0;
    }
}

/* Byte-order mark off, CR LF to LF, in place. */
static int clean_text(char *text, size_t *len, const char *name, struct avo_error *err)
{
    char *nul = memchr(text, '\0', *len);
    if (nul && avo_content_refuse(name, text, *len, err) < 0)
        return -1;
    if (nul)
        return avo_error_set(err, "%s: not a text file (zero byte at byte %td)", name, nul - text);
    size_t from = *len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0, to = 0;
    for (size_t i = from; i < *len; i++)
        if (text[i] != '\r' || text[i + 1] != '\n')
            text[to++] = text[i];
    text[to] = '\0';
    *len = to;
    return 0;
}

int avo_read_text(const char *path, size_t max_bytes, char **text, size_t *len_bytes,
                  struct avo_error *err)
{
    struct avo_in in;
    char *all = NULL;
    size_t len = 0;
    *text = NULL;
    if (avo_in_open(&in, path, err))
        return -1;
    int rc = -1, fd = dup(in.fd);
    gzFile gz = fd < 0 ? NULL : gzdopen(fd, "rb");
    if (!gz) {
        avo_error_sys(err, fd < 0 ? errno : ENOMEM, "%s: cannot read", in.name);
        if (fd >= 0)
            close(fd);
        goto out;
    }
    if (read_all(gz, in.name, max_bytes, &all, &len, err))
        goto out;
    int closed = gzclose_r(gz);
    gz = NULL;
    if (closed != Z_OK) {
        avo_error_set(err, "%s: gzip data ends too early", in.name);
        goto out;
    }
    rc = clean_text(all, &len, in.name, err);
out:
    if (gz)
        gzclose_r(gz);
    avo_in_close(&in);
    if (rc) {
        free(all);
        return -1;
    }
    *text = all;
    if (len_bytes)
        *len_bytes = len;
    return 0;
}
