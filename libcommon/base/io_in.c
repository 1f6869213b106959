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

#include "libcommon/base/alloc.h"
#include "libcommon/base/content.h"
#include "libcommon/base/io_priv.h"
#include "libcommon/base/signals.h"

enum { PIPE_BYTES = 1 << 20 };

static int open_stdin(struct avo_in *in, struct avo_error *err)
{
    in->is_stdin = true;
    in->fd = STDIN_FILENO;
    in->name = avo_strdup("<stdin>", err);
    if (!in->name)
        return -1;
    if (isatty(in->fd) == 1)
        return avo_usage_error(err, "no input: stdin is a terminal (want a file name or a pipe)");
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

/* Once a pipe was given back, its descriptor is the one it had. */
static int open_descriptor(struct avo_in *in, const char *path, struct avo_error *err)
{
    struct stat st;
    bool is_stdin = !path || !strcmp(path, "-");
    if (!(is_stdin ? fstat(STDIN_FILENO, &st) : stat(path, &st)) && !S_ISREG(st.st_mode) &&
        (in->kept = avo_kept_take(&st, &in->fd))) {
        in->is_stdin = is_stdin;
        return (in->name = avo_strdup(is_stdin ? "<stdin>" : path, err)) ? 0 : -1;
    }
    return is_stdin ? open_stdin(in, err) : open_file(in, path, err);
}

int avo_in_open(struct avo_in *in, const char *path, struct avo_error *err)
{
    struct stat st;
    memset(in, 0, sizeof *in);
    in->fd = -1;
    int rc = open_descriptor(in, path, err);
    if (!rc && fstat(in->fd, &st))
        rc = avo_error_sys(err, errno, "%s: cannot read", in->name);
    if (!rc && S_ISDIR(st.st_mode))
        rc = avo_error_set(err, "%s: is a folder (want a file)", in->name);
    if (rc) {
        avo_in_close(in);
        return -1;
    }
    in->can_seek = in->is_file = S_ISREG(st.st_mode) &&
                                 (in->began = lseek(in->fd, 0, SEEK_CUR)) >= 0;
#ifdef F_SETPIPE_SZ
    if (S_ISFIFO(st.st_mode))
        (void)fcntl(in->fd, F_SETPIPE_SZ, PIPE_BYTES);     /* an optimisation: may be refused */
#endif
    return 0;
}

int avo_in_read_raw(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                    struct avo_error *err)
{
    ssize_t n = -1;
    if (in->kept) {
        if (avo_kept_read(in->kept, buf, len_bytes, got, err))
            return -1;
        if (*got)
            return 0;
    }
    while (n < 0) {
        if (!in->is_file && avo_signals_wait(in->fd))
            return avo_error_set(err, "%s: interrupted", in->name);
        n = read(in->fd, buf, len_bytes < INT_MAX ? len_bytes : INT_MAX);
        if (n < 0 && errno != EINTR)
            return avo_error_sys(err, errno, "%s: cannot read at byte %llu", in->name,
                                 (unsigned long long)in->pos_bytes);
    }
    *got = (size_t)n;
    return in->kept && in->keeps && n ? avo_kept_add(in->kept, buf, (size_t)n, err) : 0;
}

/* The first bytes say whether it is packed. A pipe may give them one by one. */
static int start(struct avo_in *in, struct avo_error *err)
{
    size_t n = 1;
    in->started = true;
    while (n && (in->n_head < 2 || (avo_content_is_gzip(in->head, in->n_head) &&
                                    in->n_head < AVO_CONTENT_BGZF_BYTES))) {
        if (avo_in_read_raw(in, in->head + in->n_head, sizeof in->head - in->n_head, &n, err))
            return -1;
        in->n_head += n;
    }
    in->is_gzip = avo_content_is_gzip(in->head, in->n_head);
    in->is_bgzf = avo_content_is_bgzf(in->head, in->n_head);
    if (!in->is_gzip)
        return 0;
    in->can_seek = false;
    return avo_gunzip_start(in, err);
}

/* What comes behind the head. */
static int read_on(struct avo_in *in, void *buf, size_t len, size_t *got, struct avo_error *err)
{
    return in->gunzip ? avo_gunzip_some(in, buf, len, got, err)
                      : avo_in_read_raw(in, buf, len, got, err);
}

int avo_in_peek(struct avo_in *in, size_t len, const unsigned char **head, size_t *n,
                struct avo_error *err)
{
    size_t got = 1;
    if (!in->started && start(in, err))
        return -1;
    in->n_head -= in->i_head;
    memmove(in->head, in->head + in->i_head, in->n_head);
    in->i_head = 0;
    for (; in->n_head < len && got; in->n_head += got)
        if (read_on(in, in->head + in->n_head, sizeof in->head - in->n_head, &got, err))
            return -1;
    *head = in->head;
    *n = in->n_head < len ? in->n_head : len;
    return 0;
}

int avo_in_read_some(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                     struct avo_error *err)
{
    size_t ahead;
    if (!in->started && start(in, err))
        return -1;
    if ((ahead = in->n_head - in->i_head) > 0) {
        *got = len_bytes < ahead ? len_bytes : ahead;
        memcpy(buf, in->head + in->i_head, *got);
        in->i_head += *got;
    } else if (read_on(in, buf, len_bytes, got, err)) {
        return -1;
    }
    in->pos_bytes += *got;
    return 0;
}

int avo_in_read(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                struct avo_error *err)
{
    size_t n = 1;
    for (*got = 0; *got < len_bytes && n; *got += n)
        if (avo_in_read_some(in, (char *)buf + *got, len_bytes - *got, &n, err))
            return -1;
    return 0;
}

static int skip_by_reading(struct avo_in *in, uint64_t len_bytes, uint64_t *got,
                           struct avo_error *err)
{
    char waste[16384];
    size_t n = 1;
    for (*got = 0; *got < len_bytes && n; *got += n) {
        uint64_t left = len_bytes - *got;
        if (avo_in_read_some(in, waste, left < sizeof waste ? (size_t)left : sizeof waste, &n, err))
            return -1;
    }
    return 0;
}

static int cannot_seek(const struct avo_in *in, struct avo_error *err)
{
    return avo_error_sys(err, errno, "%s: cannot seek", in->name);
}

int avo_in_seek(struct avo_in *in, uint64_t off_bytes, struct avo_error *err)
{
    uint64_t got;
    if (!in->started && start(in, err))
        return -1;
    if (in->can_seek || off_bytes < in->pos_bytes) {
        uint64_t to = in->can_seek ? off_bytes : 0;
        if (lseek(in->fd, in->began + (off_t)to, SEEK_SET) < 0)
            return cannot_seek(in, err);
        in->pos_bytes = to;
        in->i_head = in->n_head = 0;
        if (in->gunzip)
            avo_gunzip_restart(in->gunzip);
    }
    if (skip_by_reading(in, off_bytes - in->pos_bytes, &got, err))
        return -1;
    return in->pos_bytes == off_bytes ? 0 : avo_error_set(err, "%s: the file became shorter",
                                                          in->name);
}

/* Bytes of a file that can seek from here to its present end. */
static int bytes_left(const struct avo_in *in, uint64_t *left)
{
    struct stat st;
    off_t at = in->began + (off_t)in->pos_bytes;
    if (fstat(in->fd, &st))
        return -1;
    *left = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
    return 0;
}

int avo_in_skip(struct avo_in *in, uint64_t len_bytes, uint64_t *got, struct avo_error *err)
{
    uint64_t left;
    *got = 0;
    if (!in->started && start(in, err))
        return -1;
    if (!in->can_seek)
        return skip_by_reading(in, len_bytes, got, err);
    if (bytes_left(in, &left))
        return cannot_seek(in, err);
    *got = len_bytes < left ? len_bytes : left;
    return avo_in_seek(in, in->pos_bytes + *got, err);
}

bool avo_in_may_hold(const struct avo_in *in, uint64_t len_bytes)
{
    uint64_t left = 0;
    return !in->can_seek || bytes_left(in, &left) || len_bytes <= left;
}

int avo_in_check_end(const struct avo_in *in, struct avo_error *err)
{
    if (!in->is_bgzf || avo_gunzip_ended_empty(in->gunzip))
        return 0;
    return avo_error_set(err, "%s: BGZF end mark missing after %llu bytes of text; truncated?",
                         in->name, (unsigned long long)in->pos_bytes);
}

void avo_in_close(struct avo_in *in)
{
    if (!in)
        return;
    if (in->name && !in->is_stdin && in->fd >= 0)
        close(in->fd);
    avo_gunzip_free(in->gunzip);
    avo_kept_free(in->kept);
    free(in->name);
    memset(in, 0, sizeof *in);
    in->fd = -1;
}

int avo_in_kind(const char *path, char **shown, enum avo_kind *kind, struct avo_error *err)
{
    struct avo_in in;
    const unsigned char *head;
    size_t n;
    if (avo_in_open(&in, path, err))
        return -1;
    int rc = avo_in_keep(&in, err) || (shown && !(*shown = avo_strdup(in.name, err))) ||
             avo_in_peek(&in, AVO_CONTENT_MAGIC_BYTES, &head, &n, err) ? -1 : 0;
    if (!rc)
        *kind = avo_content_kind(head, n);
    return avo_in_give_back(&in, err) || rc ? -1 : 0;
}

/* ---- whole texts ---- */

/* Reads in to its end into *text, growing as it comes. */
static int read_all(struct avo_in *in, size_t max_bytes, char **text, size_t *len,
                    struct avo_error *err)
{
    size_t cap = 0, n = 1;
    for (; n; *len += n) {
        if (avo_grow(text, &cap, *len + 65536 + 1, 1, in->name, err) ||
            avo_in_read(in, *text + *len, cap - 1 - *len, &n, err))
            return -1;
        if (*len + n > max_bytes)
            return avo_error_set(err, "%s: longer than %zu bytes", in->name, max_bytes);
    }
    return 0;
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
    int rc = read_all(&in, max_bytes, &all, &len, err) || clean_text(all, &len, in.name, err);
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
