/* SPDX-License-Identifier: MIT */
/* bedgraph_text.c: plain or gzip bytes from a descriptor; many members (BGZF) are one text. */
#include "libcommon/genome/bedgraph_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"

enum { IN_BYTES = 64 * 1024, GZIP_ONLY = 15 + 16 };

static ssize_t read_fd(struct avo_bgtext *t, void *buf, size_t len, struct avo_error *err)
{
    for (;;) {
        ssize_t n = read(t->fd, buf, len);
        if (n >= 0)
            return n;
        if (errno != EINTR)
            return avo_error_sys(err, errno, "%s", t->path);
    }
}

/* Makes at least one byte of packed input available; 0 at the end of the file. */
static int fill(struct avo_bgtext *t, struct avo_error *err)
{
    if (t->in_beg < t->in_len)
        return 1;
    ssize_t n = read_fd(t, t->in, IN_BYTES, err);
    if (n < 0)
        return -1;
    t->in_beg = 0;
    t->in_len = (size_t)n;
    return n > 0;
}

int avo_bgtext_open(struct avo_bgtext *t, const char *path, struct avo_error *err)
{
    memset(t, 0, sizeof *t);
    t->path = path;
    t->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (t->fd < 0)
        return avo_error_sys(err, errno, "%s", path);
    t->in = avo_alloc(IN_BYTES, 1, "a text buffer", err);
    if (!t->in || fill(t, err) < 0)
        goto fail;
    t->is_gz = t->in_len >= 2 && t->in[0] == 0x1f && t->in[1] == 0x8b;
    t->is_bgzf = t->is_gz && t->in_len >= 18 && (t->in[3] & 4) && t->in[12] == 'B' &&
                 t->in[13] == 'C';
    if (t->is_gz && inflateInit2(&t->z, GZIP_ONLY) != Z_OK) {
        avo_error_set(err, "%s: zlib cannot start (out of memory?)", path);
        goto fail;
    }
    t->z_ready = t->is_gz;
    return 0;
fail:
    avo_bgtext_close(t);
    return -1;
}

void avo_bgtext_close(struct avo_bgtext *t)
{
    if (t->z_ready)
        inflateEnd(&t->z);
    t->z_ready = false;
    free(t->in);
    t->in = NULL;
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

static ssize_t read_plain(struct avo_bgtext *t, void *buf, size_t len, struct avo_error *err)
{
    int rc = fill(t, err);
    if (rc <= 0)
        return rc;
    if (len > t->in_len - t->in_beg)
        len = t->in_len - t->in_beg;
    memcpy(buf, t->in + t->in_beg, len);
    t->in_beg += len;
    t->pos += len;
    return (ssize_t)len;
}

/* At the end of the packed file: a member must be complete, BGZF must have its end mark. */
static ssize_t end_gz(const struct avo_bgtext *t, struct avo_error *err)
{
    if (t->in_member)
        return avo_error_set(err, "%s: gzip data cut short after %llu bytes of text", t->path,
                             (unsigned long long)t->pos);
    if (t->is_bgzf && !t->last_empty)
        return avo_error_set(err, "%s: BGZF end mark missing after %llu bytes of text; "
                             "truncated?", t->path, (unsigned long long)t->pos);
    return 0;
}

/* One call of inflate; returns the bytes it made, -1 on damage. */
static ssize_t inflate_some(struct avo_bgtext *t, void *buf, size_t len, struct avo_error *err)
{
    t->in_member = true;
    t->z.next_in = t->in + t->in_beg;
    t->z.avail_in = (uInt)(t->in_len - t->in_beg);
    t->z.next_out = buf;
    t->z.avail_out = (uInt)len;
    int rc = inflate(&t->z, Z_NO_FLUSH);
    size_t made = len - t->z.avail_out;
    t->in_beg = t->in_len - t->z.avail_in;
    t->pos += made;
    t->member_bytes += made;
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
        return avo_error_set(err, "%s: damaged gzip data after %llu bytes of text (%s)", t->path,
                             (unsigned long long)t->pos, t->z.msg ? t->z.msg : "zlib failed");
    if (rc == Z_STREAM_END) {
        t->last_empty = t->member_bytes == 0;
        t->member_bytes = 0;
        t->in_member = false;
        inflateReset(&t->z);
    }
    return (ssize_t)made;
}

ssize_t avo_bgtext_read(struct avo_bgtext *t, void *buf, size_t len, struct avo_error *err)
{
    if (!t->is_gz)
        return read_plain(t, buf, len, err);
    for (;;) {
        int rc = fill(t, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            return end_gz(t, err);
        ssize_t n = inflate_some(t, buf, len, err);
        if (n != 0)
            return n;
    }
}

static int rewind_text(struct avo_bgtext *t, uint64_t off, struct avo_error *err)
{
    if (lseek(t->fd, (off_t)off, SEEK_SET) < 0)
        return avo_error_sys(err, errno, "%s", t->path);
    t->in_beg = t->in_len = 0;
    t->pos = off;
    return 0;
}

int avo_bgtext_seek(struct avo_bgtext *t, uint64_t off, struct avo_error *err)
{
    if (!t->is_gz)
        return rewind_text(t, off, err);
    if (off < t->pos) {
        if (rewind_text(t, 0, err) < 0)
            return -1;
        inflateReset(&t->z);
        t->in_member = t->last_empty = false;
        t->member_bytes = 0;
    }
    while (t->pos < off) {
        char skip[16384];
        uint64_t n = off - t->pos < sizeof skip ? off - t->pos : sizeof skip;
        ssize_t got = avo_bgtext_read(t, skip, (size_t)n, err);
        if (got <= 0)
            return got < 0 ? -1 : avo_error_set(err, "%s: the file became shorter", t->path);
    }
    return 0;
}
