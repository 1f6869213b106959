/* SPDX-License-Identifier: MIT */
/* input.c: bytes of a stream. gzip and BGZF are unpacked with zlib, which reads pipes too. */
#include "libcommon/stream/input.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

#define Z_BUF_BYTES ((size_t)256 << 10)

static int start_gzip(struct avo_input *in, const unsigned char *first, size_t len,
                      struct avo_error *err)
{
    if (!(in->z_buf = avo_alloc(Z_BUF_BYTES, 1, "unpacking", err))) return -1;
    memcpy(in->z_buf, first, len);
    in->z.next_in = in->z_buf;
    in->z.avail_in = (uInt)len;
    if (inflateInit2(&in->z, 15 + 16) != Z_OK)
        return avo_error_set(err, "%s: zlib does not start", in->in.name);
    in->gzip = true;
    return 0;
}

int avo_input_open(struct avo_input *in, const char *path, unsigned char *first, size_t len,
                   size_t *got, struct avo_error *err)
{
    memset(in, 0, sizeof *in);
    in->in.fd = -1;
    if (avo_in_open(&in->in, path, err)) return -1;
    if (avo_in_read(&in->in, first, len, got, err)) return -1;
    if (*got >= 2 && first[0] == 0x1f && first[1] == 0x8b) {
        if (start_gzip(in, first, *got, err)) return -1;
        return avo_input_read(in, first, len, got, err);
    }
    in->pos_bytes = *got;
    return 0;
}

/* More compressed bytes; 1 = there are some, 0 = the end. */
static int refill(struct avo_input *in, struct avo_error *err)
{
    size_t n;

    if (in->z.avail_in) return 1;
    if (avo_in_read(&in->in, in->z_buf, Z_BUF_BYTES, &n, err)) return -1;
    in->z.next_in = in->z_buf;
    in->z.avail_in = (uInt)n;
    if (n == 0 && in->member_open)
        return avo_error_set(err, "%s: truncated: the compressed data ends inside a block",
                             in->in.name);
    return n > 0;
}

static int read_gzip(struct avo_input *in, unsigned char *buf, size_t len, size_t *got,
                     struct avo_error *err)
{
    in->z.next_out = buf;
    in->z.avail_out = (uInt)len;
    while (in->z.avail_out) {
        int rc = refill(in, err);
        if (rc < 0) return -1;
        if (rc == 0) break;
        in->member_open = true;
        rc = inflate(&in->z, Z_NO_FLUSH);
        if (rc == Z_STREAM_END) {
            in->member_open = false;
            rc = inflateReset(&in->z);
        }
        if (rc != Z_OK && rc != Z_BUF_ERROR)
            return avo_error_set(err, "%s: the compressed data is damaged (%s)", in->in.name,
                                 in->z.msg ? in->z.msg : "zlib error");
    }
    *got = len - in->z.avail_out;
    in->pos_bytes += *got;
    return 0;
}

int avo_input_read(struct avo_input *in, void *buf, size_t len, size_t *got,
                   struct avo_error *err)
{
    if (in->gzip) return read_gzip(in, buf, len, got, err);
    if (avo_in_read(&in->in, buf, len, got, err)) return -1;
    in->pos_bytes += *got;
    return 0;
}

int avo_input_skip(struct avo_input *in, uint64_t len, uint64_t *got, struct avo_error *err)
{
    unsigned char buf[16384];
    size_t n = 1;

    *got = 0;
    if (!in->gzip) {
        if (avo_in_skip(&in->in, len, got, err)) return -1;
        in->pos_bytes += *got;
        return 0;
    }
    for (; *got < len && n; *got += n)
        if (read_gzip(in, buf, len - *got < sizeof buf ? (size_t)(len - *got) : sizeof buf, &n,
                      err)) return -1;
    return 0;
}

void avo_input_close(struct avo_input *in)
{
    if (in->gzip) inflateEnd(&in->z);
    free(in->z_buf);
    avo_in_close(&in->in);
}
