/* SPDX-License-Identifier: MIT */
/* reader.c: reading a record stream: preamble, HEADER, records, END. */
#include "libcommon/stream/stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/content.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/io.h"
#include "libcommon/base/utf8.h"
#include "libcommon/stream/wire.h"

/* Hashes of the names of the tensors read so far, CORE's or STATE's. */
struct name_set {
    uint64_t *slots;                    /* 0 = free */
    size_t n, cap;                      /* cap: a power of two */
    uint32_t type;
    uint64_t last_record;               /* a record may be read twice */
};

struct avo_reader {
    struct avo_in in;
    bool keeps_all;                     /* records, too, are there for who opens it again */
    struct avo_header header;
    struct avo_order order;
    struct avo_wire_head cur;           /* the current record */
    uint64_t cur_at;                    /* its first byte */
    uint64_t n_records, n_bins;
    bool loaded, done;                  /* loaded: cur's payload is in buf */
    bool values_ok;                     /* SIGNAL: the values were looked at while they came */
    unsigned char *buf;
    size_t cap;
    unsigned char *joined;              /* a tensor of several parts */
    size_t joined_cap;
    struct name_set names;
    uint32_t heads_crc;
    struct avo_digest digest;
    struct avo_end end;
    char *notes;
};

const struct avo_header *avo_reader_header(const struct avo_reader *r) { return &r->header; }
const char *avo_reader_name(const struct avo_reader *r) { return r->in.name; }
const struct avo_end *avo_reader_end(const struct avo_reader *r) { return &r->end; }

/* "NAME: record N (byte B): " in front of the message. */
int avo_reader_place(const struct avo_reader *r, struct avo_error *err)
{
    return avo_error_prefix(err, "%s: record %" PRIu64 " (byte %" PRIu64 ")", r->in.name,
                            r->cur.sequence, r->cur_at);
}

int avo_reader_fail(struct avo_reader *r, struct avo_error *err, const char *fmt, ...)
{
    char msg[sizeof err->msg];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    avo_error_set(err, "%s", msg);
    return avo_reader_place(r, err);
}

/* ---- payloads ---- */

static int make_room(struct avo_reader *r, size_t len, struct avo_error *err)
{
    size_t cap = (size_t)1 << 16;

    if (r->buf && len <= r->cap) return 0;      /* never NULL, for a payload of 0 bytes too */
    while (cap < len) cap *= 2;
    free(r->buf);
    r->cap = 0;
    if (!(r->buf = avo_alloc(cap, 1, "a record's payload", err))) return -1;
    r->cap = cap;
    return 0;
}

/* Looks at the values of a SIGNAL payload in bytes [from, to) of buf. */
static void scan_values(struct avo_reader *r, size_t from, size_t to)
{
    enum avo_dtype dtype;
    size_t at;

    if (!r->values_ok) return;
    if (!avo_wire_peek_signal(r->buf, to, &at, &dtype)) {
        r->values_ok = false;
        return;
    }
    if (from < at) from = at;           /* both are multiples of a value's size */
    if (from < to)
        r->values_ok = avo_values_ok(dtype, r->buf + from, (to - from) / avo_dtype_size(dtype),
                                     r->header.missing_nan);
}

/* Bytes into buf, the CRC32C of the first n_crc of them into *crc. */
static int read_summed(struct avo_reader *r, size_t len, size_t n_crc, uint32_t *crc,
                       struct avo_error *err)
{
    size_t got;

    *crc = 0;
    r->values_ok = r->cur.head.type == AVO_REC_SIGNAL;
    for (size_t at = 0; at < len;) {
        size_t n = len - at < AVO_WIRE_CHUNK ? len - at : AVO_WIRE_CHUNK;
        size_t end = n_crc < at + n ? n_crc : at + n;
        if (avo_in_read(&r->in, r->buf + at, n, &got, err)) return -1;
        if (got < n)
            return avo_reader_fail(r, err, "truncated: the file ends %zu bytes into a payload of "
                                   "%zu", at + got, n_crc);
        if (at < end) {
            *crc = avo_crc32c(*crc, r->buf + at, end - at);
            scan_values(r, at, end);
        }
        at += n;
    }
    return 0;
}

static int load(struct avo_reader *r, struct avo_error *err)
{
    size_t len = (size_t)r->cur.head.payload_bytes, total = avo_wire_round(len);
    uint32_t crc;

    if (r->loaded) return 0;
    if (make_room(r, total, err) || read_summed(r, total, len, &crc, err)) return -1;
    if (crc != r->cur.payload_crc)
        return avo_reader_fail(r, err, "the payload of this %s record is damaged (CRC32C %08"
                               PRIx32 ", want %08" PRIx32 ")",
                               avo_wire_type_name(r->cur.head.type), crc, r->cur.payload_crc);
    for (size_t i = len; i < total; i++)
        if (r->buf[i])
            return avo_reader_fail(r, err, "the bytes behind the payload are not zero");
    r->loaded = true;
    return 0;
}

/* Goes to the end of the current record. */
static int leave(struct avo_reader *r, struct avo_error *err)
{
    uint64_t len = r->cur.head.payload_bytes + avo_wire_pad(r->cur.head.payload_bytes), got;

    if (r->loaded) return 0;
    if (avo_in_skip(&r->in, len, &got, err)) return -1;
    if (got < len)
        return avo_reader_fail(r, err, "truncated: the file ends %" PRIu64 " bytes into a payload "
                               "of %" PRIu64, got, r->cur.head.payload_bytes);
    r->loaded = true;
    return 0;
}

/* ---- heads ---- */

static int read_head(struct avo_reader *r, struct avo_error *err)
{
    unsigned char raw[AVO_WIRE_HEAD];
    size_t got;

    r->cur = (struct avo_wire_head){ .sequence = r->n_records };
    r->cur_at = r->in.pos_bytes;
    r->loaded = true;                   /* until there is a head, there is nothing to skip */
    if (avo_in_read(&r->in, raw, sizeof raw, &got, err)) return -1;
    if (got == 0)
        return avo_reader_fail(r, err, "truncated: the stream ends without an END record (its "
                               "producer failed, or it was cut)");
    if (got < sizeof raw)
        return avo_reader_fail(r, err, "truncated: the file ends %zu bytes into a record's head",
                               got);
    if (avo_wire_get_head(raw, &r->cur, err)) {
        r->cur.sequence = r->n_records;
        return avo_reader_place(r, err);
    }
    if (r->cur.sequence != r->n_records) {
        uint64_t found = r->cur.sequence;
        r->cur.sequence = r->n_records;
        return avo_reader_fail(r, err, "this is record %" PRIu64 " (want %" PRIu64 "): records are "
                               "missing, doubled or moved", found, r->n_records);
    }
    r->loaded = false;
    if (r->cur.head.type == AVO_REC_END) return 0;
    r->n_records++;
    r->n_bins += r->cur.head.n_bins;
    r->heads_crc = avo_crc32c(r->heads_crc, raw, AVO_WIRE_HEAD_SUMMED);
    avo_digest_add(&r->digest, raw, sizeof raw);
    return 0;
}

static int check_end(struct avo_reader *r, const struct avo_wire_end *e, struct avo_error *err)
{
    unsigned char more;
    size_t got;

    if (e->n_records != r->n_records)
        return avo_reader_fail(r, err, "END counts %" PRIu64 " records (%" PRIu64 " came)",
                               e->n_records, r->n_records);
    if (e->n_bins != r->n_bins)
        return avo_reader_fail(r, err, "END counts %" PRIu64 " bins (%" PRIu64 " came)",
                               e->n_bins, r->n_bins);
    if (e->heads_crc != r->heads_crc)
        return avo_reader_fail(r, err, "END does not belong to these records (CRC32C of the heads "
                               "%08" PRIx32 ", want %08" PRIx32 ")", r->heads_crc, e->heads_crc);
    if (avo_in_read(&r->in, &more, 1, &got, err)) return -1;
    if (got == 0) return 0;
    avo_error_hint(err, "to join streams: avo-view -O avo A B");
    return avo_reader_fail(r, err, "there are bytes behind END");
}

static int read_end(struct avo_reader *r, struct avo_error *err)
{
    struct avo_wire_end e;
    size_t n;

    if (load(r, err)) return -1;
    if (avo_wire_get_end(r->buf, (size_t)r->cur.head.payload_bytes, &e, err))
        return avo_reader_place(r, err);
    n = (size_t)r->cur.head.payload_bytes - AVO_WIRE_END_FIXED;
    if (!(r->notes = avo_alloc(n + 1, 1, "END's notes", err))) return -1;
    memcpy(r->notes, r->buf + AVO_WIRE_END_FIXED, n);
    if (!avo_utf8_ok(r->notes, n, "\n") || (n && r->notes[n - 1] != '\n'))
        return avo_reader_fail(r, err, "END: the notes are not lines of UTF-8 text");
    if (check_end(r, &e, err)) return -1;
    r->end.n_records = e.n_records;
    r->end.n_bins = e.n_bins;
    r->end.notes = r->notes;
    avo_digest_hex(&r->digest, r->end.digest);
    r->done = true;
    return 0;
}

int avo_reader_next(struct avo_reader *r, struct avo_head *head, struct avo_error *err)
{
    if (r->done) return 0;
    if (!r->keeps_all) avo_in_let_go(&r->in);
    if (leave(r, err) || read_head(r, err)) return -1;
    if (avo_order_check(&r->order, &r->header, &r->cur.head, err)) return avo_reader_place(r, err);
    if (r->cur.head.type == AVO_REC_END) return read_end(r, err);
    *head = r->cur.head;
    return 1;
}

int avo_reader_finish(struct avo_reader *r, struct avo_error *err)
{
    struct avo_head head;
    int more;

    while ((more = avo_reader_next(r, &head, err)) > 0)
        ;
    return more;
}

/* ---- typed payloads ---- */

static int want_type(struct avo_reader *r, uint32_t type, struct avo_error *err)
{
    if (r->cur.head.type != type)
        return avo_reader_fail(r, err, "a %s record (want %s)",
                               avo_wire_type_name(r->cur.head.type), avo_wire_type_name(type));
    return load(r, err);
}

int avo_reader_signal(struct avo_reader *r, struct avo_tile *tile, struct avo_error *err)
{
    if (want_type(r, AVO_REC_SIGNAL, err)) return -1;
    if (avo_wire_get_signal(r->buf, (size_t)r->cur.head.payload_bytes, tile, err))
        return avo_reader_place(r, err);
    tile->span.chrom = r->cur.head.chrom;
    if (avo_tile_check_shape(tile, &r->header, &r->cur.head, err)) return avo_reader_place(r, err);
    if (!r->values_ok && avo_tile_check_values(tile, &r->header, err))
        return avo_reader_place(r, err);
    return 0;
}

int avo_reader_genome(struct avo_reader *r, struct avo_genome_tile *tile, struct avo_error *err)
{
    if (want_type(r, AVO_REC_GENOME, err)) return -1;
    if (avo_wire_get_genome(r->buf, (size_t)r->cur.head.payload_bytes, &r->header, tile, err))
        return avo_reader_place(r, err);
    tile->span.chrom = r->cur.head.chrom;
    if (avo_genome_tile_check(tile, &r->header, &r->cur.head, err)) return avo_reader_place(r, err);
    return 0;
}

int avo_reader_feature(struct avo_reader *r, struct avo_feature_block *block,
                       struct avo_error *err)
{
    if (want_type(r, AVO_REC_FEATURE, err)) return -1;
    if (avo_wire_get_feature(r->buf, (size_t)r->cur.head.payload_bytes, block, err) ||
        avo_feature_block_check(block, &r->header, err)) return avo_reader_place(r, err);
    return 0;
}

static bool same_tensor(const struct avo_tensor *a, const struct avo_tensor *b)
{
    return strcmp(a->name, b->name) == 0 && a->dtype == b->dtype && a->n_dims == b->n_dims &&
           memcmp(a->dims, b->dims, sizeof a->dims) == 0;
}

/* Memory grows with what arrives, not with what dims promise. */
static int join(struct avo_reader *r, const struct avo_tensor *part, size_t at, size_t n,
                struct avo_error *err)
{
    size_t total = avo_tensor_count(part) * avo_dtype_size(part->dtype), cap = 2 * (at + n);
    unsigned char *p;

    if (at + n > r->joined_cap) {
        if (cap > total) cap = total;
        if (!(p = avo_alloc(cap, 1, "a tensor", err))) return -1;
        if (at) memcpy(p, r->joined, at);
        free(r->joined);
        r->joined = p;
        r->joined_cap = cap;
    }
    memcpy(r->joined + at, part->data, n);
    return 0;
}

/* Puts h into slots; false = it was there. */
static bool put_hash(uint64_t *slots, size_t cap, uint64_t h)
{
    size_t i = (size_t)h & (cap - 1);

    for (; slots[i]; i = (i + 1) & (cap - 1))
        if (slots[i] == h) return false;
    slots[i] = h;
    return true;
}

static int grow_names(struct name_set *s, struct avo_error *err)
{
    size_t cap = s->cap ? 2 * s->cap : 64;
    uint64_t *slots = avo_alloc(cap, sizeof *slots, "names of tensors", err);

    if (!slots) return -1;
    for (size_t i = 0; i < s->cap; i++)
        if (s->slots[i]) put_hash(slots, cap, s->slots[i]);
    free(s->slots);
    s->slots = slots;
    s->cap = cap;
    return 0;
}

static int check_name(struct avo_reader *r, const char *name, struct avo_error *err)
{
    struct name_set *s = &r->names;
    uint64_t h = 14695981039346656037u;

    if (s->last_record == r->cur.sequence) return 0;
    s->last_record = r->cur.sequence;
    if (s->type != r->cur.head.type && s->cap) memset(s->slots, 0, s->cap * sizeof *s->slots);
    if (s->type != r->cur.head.type) s->n = 0;
    s->type = r->cur.head.type;
    if (2 * ++s->n > s->cap && grow_names(s, err)) return -1;
    for (const char *c = name; *c; c++) h = (h ^ (unsigned char)*c) * 1099511628211u;
    if (put_hash(s->slots, s->cap, h | 1)) return 0;
    return avo_reader_fail(r, err, "tensor \"%s\" is there twice", name);
}

static int load_part(struct avo_reader *r, struct avo_tensor *part, uint64_t first,
                     uint64_t *count, struct avo_error *err)
{
    uint64_t got_first;
    size_t total;

    if (load(r, err)) return -1;
    if (avo_wire_get_tensor(r->buf, (size_t)r->cur.head.payload_bytes, part, &got_first, count,
                            err)) return avo_reader_place(r, err);
    total = avo_tensor_count(part);
    if (got_first != first || first > total || *count > total - first)
        return avo_reader_fail(r, err, "tensor \"%s\": elements %" PRIu64 " + %" PRIu64 " of %zu "
                               "in this part (want it to begin at %" PRIu64 ")", part->name,
                               got_first, *count, total, first);
    if (r->cur.head.part + 1 == r->cur.head.n_parts && first + *count != total)
        return avo_reader_fail(r, err, "tensor \"%s\": the last part ends at element %" PRIu64
                               " of %zu", part->name, first + *count, total);
    return 0;
}

int avo_reader_tensor(struct avo_reader *r, struct avo_tensor *tensor, struct avo_error *err)
{
    struct avo_tensor part;
    struct avo_head head;
    uint64_t first = 0, count;
    size_t size;

    if (r->cur.head.type != AVO_REC_STATE && want_type(r, AVO_REC_CORE, err)) return -1;
    if (r->cur.head.part != 0)
        return avo_reader_fail(r, err, "part %" PRIu32 " of a tensor whose first was not read",
                               r->cur.head.part);
    if (load_part(r, tensor, 0, &count, err) || check_name(r, tensor->name, err)) return -1;
    if (r->cur.head.n_parts == 1) return 0;
    size = avo_dtype_size(tensor->dtype);
    part = *tensor;
    for (;;) {
        if (join(r, &part, (size_t)first * size, (size_t)count * size, err)) return -1;
        first += count;
        if (r->cur.head.part + 1 == r->cur.head.n_parts) break;
        /* The order of parts was checked: what is not an error is the next part. */
        if (avo_reader_next(r, &head, err) < 0 || load_part(r, &part, first, &count, err))
            return -1;
        if (!same_tensor(&part, tensor))
            return avo_reader_fail(r, err, "part %" PRIu32 " of tensor \"%s\" is of another one",
                                   head.part, tensor->name);
    }
    tensor->data = r->joined;
    return 0;
}

int avo_reader_raw(struct avo_reader *r, const void **payload, size_t *len_bytes,
                   struct avo_error *err)
{
    if (load(r, err)) return -1;
    *payload = r->buf;
    *len_bytes = (size_t)r->cur.head.payload_bytes;
    return 0;
}

/* ---- opening and closing ---- */

static int open_header(struct avo_reader *r, struct avo_error *err)
{
    if (read_head(r, err)) return -1;
    if (r->cur.head.type != AVO_REC_HEADER)
        return avo_reader_fail(r, err, "a %s record (want HEADER)",
                               avo_wire_type_name(r->cur.head.type));
    if (load(r, err)) return -1;
    if (avo_header_parse(&r->header, (const char *)r->buf, (size_t)r->cur.head.payload_bytes, err))
        return avo_reader_place(r, err);
    return 0;
}

static int open_stream(struct avo_reader *r, const char *path, struct avo_error *err)
{
    unsigned char preamble[AVO_WIRE_PREAMBLE];
    size_t got;

    if (avo_in_open(&r->in, path, err) || avo_in_keep(&r->in, err) ||
        avo_in_read(&r->in, preamble, sizeof preamble, &got, err)) return -1;
    if (avo_content_refuse(r->in.name, preamble, got, err)) return -1;
    if (got < sizeof preamble) {
        if (got == 0) return avo_error_set(err, "%s: the input is empty", r->in.name);
        return avo_error_set(err, "%s: not a record stream, or truncated: %zu bytes (the preamble "
                             "has %u)", r->in.name, got, AVO_WIRE_PREAMBLE);
    }
    if (avo_wire_get_preamble(preamble, err)) return avo_error_prefix(err, "%s", r->in.name);
    return open_header(r, err);
}

struct avo_reader *avo_reader_open(const char *path, struct avo_error *err)
{
    struct avo_reader *r = avo_alloc(1, sizeof *r, "a reader", err);

    if (!r) return NULL;
    r->in.fd = -1;
    avo_digest_init(&r->digest);
    if (open_stream(r, path, err)) {
        avo_reader_close(r);
        return NULL;
    }
    return r;
}

int avo_reader_keep_all(struct avo_reader *r, struct avo_error *err)
{
    r->keeps_all = true;
    return avo_in_keep_all(&r->in, err);
}

int avo_reader_give_back(struct avo_reader *r, struct avo_error *err)
{
    int rc = avo_in_give_back(&r->in, err);

    avo_reader_close(r);
    return rc;
}

void avo_reader_close(struct avo_reader *r)
{
    if (!r) return;
    avo_in_close(&r->in);
    avo_header_release(&r->header);
    free(r->buf);
    free(r->joined);
    free(r->names.slots);
    free(r->notes);
    free(r);
}
