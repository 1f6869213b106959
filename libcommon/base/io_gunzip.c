/* SPDX-License-Identifier: MIT */
/* io_gunzip.c: gzip as it comes, member by member (BGZF is many), with every damage an error:
 * zlib's own gzread stops silently at a damaged member and at one cut between members. By zlib,
 * since a member may be longer than memory: libdeflate wants it whole. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io_priv.h"

enum { PACKED_BYTES = 1 << 16, GZIP_ONLY = 15 + 16 };

struct avo_gunzip {
    z_stream z;
    bool in_member, last_empty;
    uint64_t member_bytes;      /* unpacked of the member at hand */
    unsigned char packed[PACKED_BYTES];
};

int avo_gunzip_start(struct avo_in *in, struct avo_error *err)
{
    struct avo_gunzip *g = avo_alloc(1, sizeof *g, "unpacking", err);
    if (!g)
        return -1;
    if (inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
        free(g);
        return avo_error_set(err, "%s: zlib cannot start (out of memory?)", in->name);
    }
    memcpy(g->packed, in->head, in->n_head);
    g->z.next_in = g->packed;
    g->z.avail_in = (uInt)in->n_head;
    in->n_head = 0;
    in->gunzip = g;
    return 0;
}

void avo_gunzip_restart(struct avo_gunzip *g)
{
    inflateReset(&g->z);
    g->z.avail_in = 0;
    g->in_member = g->last_empty = false;
    g->member_bytes = 0;
}

bool avo_gunzip_ended_empty(const struct avo_gunzip *g)
{
    return g->last_empty;
}

/* Packed bytes, if there are any left. */
static int refill(struct avo_in *in, struct avo_error *err)
{
    struct avo_gunzip *g = in->gunzip;
    size_t n;
    if (g->z.avail_in)
        return 0;
    if (avo_in_read_raw(in, g->packed, PACKED_BYTES, &n, err))
        return -1;
    g->z.next_in = g->packed;
    g->z.avail_in = (uInt)n;
    return 0;
}

/* Bytes unpacked before this call. */
static unsigned long long done(const struct avo_in *in)
{
    return (unsigned long long)(in->pos_bytes + (in->n_head - in->i_head));
}

/* Zeroes that fill up the last block of a tape are no member: gzip(1) passes over them, too. */
static void skip_padding(struct avo_gunzip *g)
{
    for (; !g->in_member && g->z.avail_in && !*g->z.next_in; g->z.avail_in--)
        g->z.next_in++;
}

/* One call of inflate, whose input is not empty. */
static int inflate_some(struct avo_in *in, void *buf, size_t len, size_t *got,
                        struct avo_error *err)
{
    struct avo_gunzip *g = in->gunzip;
    uInt room = len < INT_MAX ? (uInt)len : INT_MAX;
    g->in_member = true;
    g->z.next_out = buf;
    g->z.avail_out = room;
    int rc = inflate(&g->z, Z_NO_FLUSH);
    *got = room - g->z.avail_out;
    g->member_bytes += *got;
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
        return avo_error_set(err, "%s: damaged gzip data after %llu unpacked bytes (%s)", in->name,
                             done(in) + *got,
                             g->z.msg ? g->z.msg : "zlib failed");
    if (rc == Z_STREAM_END) {
        g->last_empty = g->member_bytes == 0;
        g->member_bytes = 0;
        g->in_member = false;
        inflateReset(&g->z);
    }
    return 0;
}

int avo_gunzip_some(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                    struct avo_error *err)
{
    struct avo_gunzip *g = in->gunzip;
    for (*got = 0; *got == 0;) {
        if (refill(in, err))
            return -1;
        if (g->z.avail_in == 0)
            break;
        skip_padding(g);
        if (g->z.avail_in == 0)
            continue;
        if (inflate_some(in, buf, len_bytes, got, err))
            return -1;
    }
    if (*got == 0 && g->in_member)
        return avo_error_set(err, "%s: gzip data cut short after %llu unpacked bytes", in->name,
                             done(in));
    return 0;
}

void avo_gunzip_free(struct avo_gunzip *g)
{
    if (!g)
        return;
    inflateEnd(&g->z);
    free(g);
}
