/* SPDX-License-Identifier: MIT */
/* wire.c: bytes of avo-stream(5): the one place that knows offsets. */
#include "libcommon/stream/wire.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"

static const unsigned char magic[8] = { 0x89, 'A', 'V', 'O', '\r', '\n', 0x1a, '\n' };

static void put32(unsigned char *p, uint32_t x)
{
    for (int i = 0; i < 4; i++) p[i] = (unsigned char)(x >> (8 * i));
}

static void put64(unsigned char *p, uint64_t x)
{
    for (int i = 0; i < 8; i++) p[i] = (unsigned char)(x >> (8 * i));
}

static uint32_t get32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const unsigned char *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static bool all_zero(const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i]) return false;
    return true;
}

const char *avo_wire_type_name(uint32_t type)
{
    static const char *const names[] = { "", "HEADER", "SIGNAL", "CORE", "GENOME", "STATE",
                                         "FEATURE", "END" };
    return type >= AVO_REC_HEADER && type <= AVO_REC_END ? names[type] : "unknown";
}

/* ---- preamble ---- */

void avo_wire_put_preamble(unsigned char out[AVO_WIRE_PREAMBLE], uint32_t minor)
{
    memset(out, 0, AVO_WIRE_PREAMBLE);
    memcpy(out, magic, sizeof magic);
    put32(out + 8, AVO_STREAM_MAJOR);
    put32(out + 12, minor);
    put32(out + 60, avo_crc32c(0, out, 60));
}

int avo_wire_get_preamble(const unsigned char in[AVO_WIRE_PREAMBLE], struct avo_error *err)
{
    uint32_t major = get32(in + 8), minor = get32(in + 12), crc = avo_crc32c(0, in, 60);

    if (memcmp(in, magic, sizeof magic) != 0)
        return avo_error_set(err, "not an avotools record stream (it does not begin with the "
                                  "magic bytes of avo-stream(5))");
    if (crc != get32(in + 60))
        return avo_error_set(err, "the preamble is damaged (CRC32C %08" PRIx32 ", want %08" PRIx32
                                  ")", crc, get32(in + 60));
    if (major != AVO_STREAM_MAJOR)
        return avo_error_set(err, "stream version %" PRIu32 ".%" PRIu32 ", but this program reads "
                                  "version %d.x", major, minor, AVO_STREAM_MAJOR);
    if (!all_zero(in + 16, 44))
        return avo_error_set(err, "the preamble's reserved bytes are not zero");
    return 0;
}

/* ---- record heads ---- */

void avo_wire_put_head(unsigned char out[AVO_WIRE_HEAD], const struct avo_wire_head *h)
{
    memset(out, 0, AVO_WIRE_HEAD);
    put32(out, h->head.type);
    put32(out + 4, h->head.may_skip ? 1 : 0);
    put32(out + 8, h->head.part);
    put32(out + 12, h->head.n_parts);
    put64(out + 16, h->head.payload_bytes);
    put32(out + 24, h->payload_crc);
    put32(out + 28, h->head.chrom);
    put32(out + 32, h->head.beg_bin);
    put32(out + 36, h->head.end_bin);
    put64(out + 40, h->sequence);
    put32(out + 48, h->head.n_bins);
    put32(out + 60, avo_crc32c(0, out, 60));
}

static int head_meaning(const struct avo_head *h, uint32_t flags, struct avo_error *err)
{
    bool tile = h->type == AVO_REC_SIGNAL || h->type == AVO_REC_GENOME;
    bool parts = h->type == AVO_REC_CORE || h->type == AVO_REC_STATE;
    bool known = h->type >= AVO_REC_HEADER && h->type <= AVO_REC_END;

    if (flags > 1)
        return avo_error_set(err, "unknown flags 0x%" PRIx32 " in the record's head", flags);
    if (h->payload_bytes > AVO_MAX_PAYLOAD)
        return avo_error_set(err, "payload of %" PRIu64 " bytes (at most %u)", h->payload_bytes,
                             AVO_MAX_PAYLOAD);
    if (h->part >= h->n_parts || (known && !parts && h->n_parts != 1))
        return avo_error_set(err, "part %" PRIu32 " of %" PRIu32 " makes no sense for a record of "
                             "type %s", h->part, h->n_parts, avo_wire_type_name(h->type));
    if (tile && (h->beg_bin >= h->end_bin || h->n_bins == 0 ||
                 h->n_bins > h->end_bin - h->beg_bin))
        return avo_error_set(err, "%" PRIu32 " bins in [%" PRIu32 ", %" PRIu32 ") make no tile",
                             h->n_bins, h->beg_bin, h->end_bin);
    if (!tile && (h->chrom || h->beg_bin || h->end_bin || h->n_bins))
        return avo_error_set(err, "a record of type %s with a position",
                             avo_wire_type_name(h->type));
    if (known && h->may_skip)
        return avo_error_set(err, "a %s record marked may-skip", avo_wire_type_name(h->type));
    return 0;
}

int avo_wire_get_head(const unsigned char in[AVO_WIRE_HEAD], struct avo_wire_head *h,
                      struct avo_error *err)
{
    uint32_t crc = avo_crc32c(0, in, 60), flags = get32(in + 4);

    if (crc != get32(in + 60))
        return avo_error_set(err, "the record's head is damaged (CRC32C %08" PRIx32 ", want %08"
                             PRIx32 ")", crc, get32(in + 60));
    if (!all_zero(in + 52, 8))
        return avo_error_set(err, "reserved bytes of the record's head are not zero");
    h->head.type = get32(in);
    h->head.may_skip = flags & 1;
    h->head.part = get32(in + 8);
    h->head.n_parts = get32(in + 12);
    h->head.payload_bytes = get64(in + 16);
    h->payload_crc = get32(in + 24);
    h->head.chrom = get32(in + 28);
    h->head.beg_bin = get32(in + 32);
    h->head.end_bin = get32(in + 36);
    h->sequence = get64(in + 40);
    h->head.n_bins = get32(in + 48);
    return head_meaning(&h->head, flags, err);
}

/* ---- END ---- */

void avo_wire_put_end(unsigned char out[AVO_WIRE_END_FIXED], const struct avo_wire_end *e)
{
    memset(out, 0, AVO_WIRE_END_FIXED);
    put64(out, e->n_records);
    put64(out + 8, e->n_bins);
    put32(out + 16, e->heads_crc);
}

int avo_wire_get_end(const unsigned char *in, size_t len, struct avo_wire_end *e,
                     struct avo_error *err)
{
    if (len < AVO_WIRE_END_FIXED)
        return avo_error_set(err, "END of %zu bytes (at least %u)", len, AVO_WIRE_END_FIXED);
    if (!all_zero(in + 20, 12))
        return avo_error_set(err, "reserved bytes of END are not zero");
    e->n_records = get64(in);
    e->n_bins = get64(in + 8);
    e->heads_crc = get32(in + 16);
    return 0;
}

/* ---- payloads, writing ---- */

static void put_runs(unsigned char *p, const struct avo_span *s)
{
    for (uint32_t i = 0; i < s->n_runs; i++) {
        put32(p + 8 * (size_t)i, s->runs[i].beg_bin);
        put32(p + 8 * (size_t)i + 4, s->runs[i].n_bins);
    }
}

unsigned char *avo_wire_signal_prefix(const struct avo_tile *t, size_t *len,
                                      struct avo_error *err)
{
    unsigned char *p;

    *len = avo_wire_round(16 + 8 * (uint64_t)t->span.n_runs);
    if (!(p = avo_alloc(*len, 1, "a tile's runs", err))) return NULL;
    put32(p, t->span.n_runs);
    put32(p + 4, t->span.n_bins);
    put32(p + 8, t->n_tracks);
    put32(p + 12, (uint32_t)t->dtype);
    put_runs(p + 16, &t->span);
    return p;
}

static void put_hex(unsigned char *out, const char *hex, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        const char *a = strchr(digits, hex[2 * i]), *b = strchr(digits, hex[2 * i + 1]);
        out[i] = (unsigned char)((a ? a - digits : 0) << 4 | (b ? b - digits : 0));
    }
}

static void get_hex(char *hex, const unsigned char *in, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = digits[in[i] >> 4];
        hex[2 * i + 1] = digits[in[i] & 15];
    }
    hex[2 * n] = '\0';
}

unsigned char *avo_wire_genome_prefix(const struct avo_genome_tile *t, size_t *len,
                                      struct avo_error *err)
{
    unsigned char *p;
    size_t runs_at = 32 + 4 * (size_t)t->n_blocks;

    *len = avo_wire_round(runs_at + 8 * (uint64_t)t->span.n_runs);
    if (!(p = avo_alloc(*len, 1, "a tile's runs", err))) return NULL;
    put_hex(p, t->root_id, 16);
    put32(p + 16, t->span.n_runs);
    put32(p + 20, t->span.n_bins);
    put32(p + 24, t->n_blocks);
    for (uint32_t k = 0; k < t->n_blocks; k++) put32(p + 32 + 4 * (size_t)k, t->n_rows[k]);
    put_runs(p + runs_at, &t->span);
    return p;
}

void avo_wire_put_feature(unsigned char out[AVO_WIRE_FEATURE_FIXED],
                          const struct avo_feature_block *b)
{
    memset(out, 0, AVO_WIRE_FEATURE_FIXED);
    put32(out, b->n_rows);
    put32(out + 4, b->n_features);
    put64(out + 8, b->text_bytes);
}

void avo_wire_put_tensor(unsigned char out[AVO_WIRE_TENSOR_FIXED], const struct avo_tensor *t,
                         uint64_t first, uint64_t count)
{
    memset(out, 0, AVO_WIRE_TENSOR_FIXED);
    memcpy(out, t->name, strlen(t->name));
    put32(out + 64, (uint32_t)t->dtype);
    put32(out + 68, t->n_dims);
    for (uint32_t d = 0; d < t->n_dims; d++) put64(out + 72 + 8 * (size_t)d, t->dims[d]);
    put64(out + 104, first);
    put64(out + 112, count);
}

/* ---- payloads, reading ---- */

/* Runs lie at in + at; the next structure begins at the multiple of 64 that is returned, 0 = the
 * payload is too short or not zero between. */
static size_t get_runs(const unsigned char *in, size_t len, size_t at, struct avo_span *s)
{
    uint64_t end = at + 8 * (uint64_t)s->n_runs, next = end + avo_wire_pad(end);

    if (next > len || !all_zero(in + end, (size_t)(next - end))) return 0;
    s->runs = (const struct avo_run *)(const void *)(in + at);
    return (size_t)next;
}

bool avo_wire_peek_signal(const unsigned char *in, size_t len, size_t *at, enum avo_dtype *dtype)
{
    if (len < 16) return false;
    *at = avo_wire_round(16 + 8 * (uint64_t)get32(in));
    *dtype = (enum avo_dtype)get32(in + 12);
    return *dtype == AVO_F16 || *dtype == AVO_F32;
}

int avo_wire_get_signal(const unsigned char *in, size_t len, struct avo_tile *t,
                        struct avo_error *err)
{
    uint64_t want;
    size_t at = 0;

    memset(t, 0, sizeof *t);
    if (len >= 16) {
        t->span.n_runs = get32(in);
        t->span.n_bins = get32(in + 4);
        t->n_tracks = get32(in + 8);
        t->dtype = (enum avo_dtype)get32(in + 12);
        at = get_runs(in, len, 16, &t->span);
    }
    if (at == 0)
        return avo_error_set(err, "SIGNAL: %zu bytes do not hold the runs", len);
    if (t->dtype != AVO_F16 && t->dtype != AVO_F32)
        return avo_error_set(err, "SIGNAL: values of type %d (want %d or %d)", (int)t->dtype,
                             AVO_F16, AVO_F32);
    if (t->span.n_bins > AVO_MAX_TILE_BINS)
        return avo_error_set(err, "SIGNAL: %" PRIu32 " bins in a tile (at most %u)",
                             t->span.n_bins, AVO_MAX_TILE_BINS);
    want = at + (uint64_t)t->span.n_bins * t->n_tracks * avo_dtype_size(t->dtype);
    if (want != len)
        return avo_error_set(err, "SIGNAL: payload of %zu bytes (want %" PRIu64 ")", len, want);
    t->values = in + at;
    return 0;
}

int avo_wire_get_genome(const unsigned char *in, size_t len, const struct avo_header *h,
                        struct avo_genome_tile *t, struct avo_error *err)
{
    uint64_t at = 0;

    memset(t, 0, sizeof *t);
    if (len < 32) return avo_error_set(err, "GENOME: payload of %zu bytes", len);
    get_hex(t->root_id, in, 16);
    t->span.n_runs = get32(in + 16);
    t->span.n_bins = get32(in + 20);
    t->n_blocks = get32(in + 24);
    if (t->n_blocks != avo_header_genome_blocks(h) || t->n_blocks > AVO_MAX_GENOME_BLOCKS)
        return avo_error_set(err, "GENOME: %" PRIu32 " blocks (HEADER has %" PRIu32 ")",
                             t->n_blocks, avo_header_genome_blocks(h));
    if (len >= 32 + 4 * (uint64_t)t->n_blocks && all_zero(in + 28, 4))
        at = get_runs(in, len, 32 + 4 * (size_t)t->n_blocks, &t->span);
    if (at == 0) return avo_error_set(err, "GENOME: %zu bytes do not hold the runs", len);
    for (uint32_t k = 0; k < t->n_blocks; k++) {
        uint64_t end;
        t->n_rows[k] = get32(in + 32 + 4 * (size_t)k);
        t->rows[k] = (const float *)(const void *)(in + at);
        end = at + (uint64_t)t->n_rows[k] * avo_header_genome_block(h, k)->width * 4;
        at = end + avo_wire_pad(end);
        if (at > len || !all_zero(in + end, (size_t)(at - end)))
            return avo_error_set(err, "GENOME: %zu bytes do not hold %" PRIu32 " rows of block "
                                 "\"%s\"", len, t->n_rows[k], avo_header_genome_block(h, k)->name);
    }
    if (at != len)
        return avo_error_set(err, "GENOME: payload of %zu bytes (want %" PRIu64 ")", len, at);
    return 0;
}

int avo_wire_get_feature(const unsigned char *in, size_t len, struct avo_feature_block *b,
                         struct avo_error *err)
{
    uint64_t end, at;

    memset(b, 0, sizeof *b);
    if (len < AVO_WIRE_FEATURE_FIXED)
        return avo_error_set(err, "FEATURE: payload of %zu bytes (at least %u)", len,
                             AVO_WIRE_FEATURE_FIXED);
    if (!all_zero(in + 16, AVO_WIRE_FEATURE_FIXED - 16))
        return avo_error_set(err, "FEATURE: reserved bytes are not zero");
    b->n_rows = get32(in);
    b->n_features = get32(in + 4);
    b->text_bytes = (size_t)get64(in + 8);
    end = (uint64_t)b->n_rows * b->n_features;
    if (end > len) end = len;           /* too many either way; keeps the sum from wrapping */
    end = AVO_WIRE_FEATURE_FIXED + 4 * end;
    at = end + avo_wire_pad(end);
    if (at > len || b->text_bytes != len - at || !all_zero(in + end, (size_t)(at - end)))
        return avo_error_set(err, "FEATURE: %zu bytes do not hold %" PRIu32 " rows of %" PRIu32
                             " features and %zu bytes of text", len, b->n_rows, b->n_features,
                             b->text_bytes);
    b->values = (const float *)(const void *)(in + AVO_WIRE_FEATURE_FIXED);
    b->text = (const char *)in + at;
    return 0;
}

int avo_wire_get_tensor(const unsigned char *in, size_t len, struct avo_tensor *t,
                        uint64_t *first, uint64_t *count, struct avo_error *err)
{
    size_t name_len, size;

    memset(t, 0, sizeof *t);
    if (len < AVO_WIRE_TENSOR_FIXED)
        return avo_error_set(err, "tensor: payload of %zu bytes (at least %u)", len,
                             AVO_WIRE_TENSOR_FIXED);
    memcpy(t->name, in, sizeof t->name);
    name_len = strnlen(t->name, sizeof t->name);
    if (name_len == sizeof t->name || !all_zero(in + name_len, sizeof t->name - name_len))
        return avo_error_set(err, "tensor: the name does not end in zero bytes");
    t->dtype = (enum avo_dtype)get32(in + 64);
    t->n_dims = get32(in + 68);
    if (t->n_dims > 4) return avo_error_set(err, "tensor: %" PRIu32 " dimensions", t->n_dims);
    for (uint32_t d = 0; d < 4; d++) t->dims[d] = get64(in + 72 + 8 * (size_t)d);
    if (!all_zero(in + 72 + 8 * (size_t)t->n_dims, 8 * (4 - (size_t)t->n_dims)) ||
        !all_zero(in + 120, 8))
        return avo_error_set(err, "tensor: reserved bytes are not zero");
    *first = get64(in + 104);
    *count = get64(in + 112);
    if (avo_tensor_check(t, err)) return -1;
    size = avo_dtype_size(t->dtype);
    if (*count != (len - AVO_WIRE_TENSOR_FIXED) / size ||
        *count * size != len - AVO_WIRE_TENSOR_FIXED)
        return avo_error_set(err, "tensor \"%s\": %" PRIu64 " elements in %zu bytes", t->name,
                             *count, len);
    t->data = in + AVO_WIRE_TENSOR_FIXED;
    return 0;
}
