/* SPDX-License-Identifier: MIT */
/* record.c: what a record may say: spans, values, tensors, the order of records. */
#include "libcommon/stream/record.h"

#include <inttypes.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/utf8.h"
#include "libcommon/stream/wire.h"

size_t avo_dtype_size(enum avo_dtype t)
{
    switch (t) {
    case AVO_U8: return 1;
    case AVO_F16: return 2;
    case AVO_F32: case AVO_U32: return 4;
    case AVO_F64: case AVO_I64: return 8;
    }
    return 0;
}

size_t avo_tensor_count(const struct avo_tensor *t)
{
    size_t n = 1;

    for (uint32_t d = 0; d < t->n_dims; d++) {
        if (t->dims[d] && n > (SIZE_MAX / 2) / t->dims[d]) return SIZE_MAX;
        n *= (size_t)t->dims[d];
    }
    return n;
}

uint32_t avo_span_rows(const struct avo_span *span, uint32_t bins_per_row)
{
    uint32_t n = 0, next = 0;   /* next: first row that has not been counted */

    for (uint32_t i = 0; i < span->n_runs; i++) {
        uint32_t beg = span->runs[i].beg_bin / bins_per_row;
        uint32_t end = (span->runs[i].beg_bin + span->runs[i].n_bins - 1) / bins_per_row + 1;
        if (i > 0 && beg < next) beg = next;
        if (end > beg) n += end - beg;
        next = end;
    }
    return n;
}

/* A tile is at most 1 Mb of 25-bp bins or 5 MiB: far below the limits, so that a region can be had
 * without reading much else and a tile stays in the processor's cache between checksum and pipe
 * (1,000 tracks: half the speed of a raw pipe at 32 MiB, more than 0.75 of it at 5 MiB). */
int avo_tile_grid(const struct avo_header *h, enum avo_dtype dtype, uint32_t *tile_bins,
                  struct avo_error *err)
{
    const uint32_t most_bins = 40000;
    const uint64_t most_bytes = (uint64_t)5 << 20;
    uint64_t group_bytes = h->coarse_bins * (uint64_t)h->n_tracks * avo_dtype_size(dtype);
    uint32_t groups = most_bins / h->coarse_bins;

    if (groups == 0) groups = 1;
    while (groups > 1 && groups * group_bytes > most_bytes) groups /= 2;
    *tile_bins = groups * h->coarse_bins;
    /* runs take at most 8 bytes for every other bin; 64 KiB is left for the rest */
    if (groups * group_bytes + 4 * (uint64_t)*tile_bins + 65536 <= AVO_MAX_PAYLOAD) return 0;
    return avo_error_set(err, "%zu tracks are too many: %" PRIu32 " bins of them do not fit one "
                         "record", h->n_tracks, h->coarse_bins);
}

uint32_t avo_header_genome_blocks(const struct avo_header *h)
{
    uint32_t n = 0;

    for (size_t i = 0; i < h->n_blocks; i++) n += avo_block_is_genome(&h->blocks[i]);
    return n;
}

const struct avo_block *avo_header_genome_block(const struct avo_header *h, uint32_t k)
{
    for (size_t i = 0; i < h->n_blocks; i++)
        if (avo_block_is_genome(&h->blocks[i]) && k-- == 0) return &h->blocks[i];
    return NULL;
}

/* ---- spans ---- */

/* The extent that holds bin, or NULL. */
static const struct avo_extent *extent_of(const struct avo_header *h, uint32_t chrom, uint32_t bin)
{
    size_t i = avo_extents_first(h->extents, h->n_extents, chrom, bin);

    if (i == h->n_extents || h->extents[i].chrom != chrom || h->extents[i].beg_bin > bin)
        return NULL;
    return &h->extents[i];
}

/* Extents may touch: a run may cross from one into the next. */
static bool in_extents(const struct avo_header *h, uint32_t chrom, uint64_t beg, uint64_t end)
{
    while (beg < end) {
        const struct avo_extent *e = extent_of(h, chrom, (uint32_t)beg);
        if (!e) return false;
        beg = e->end_bin;
    }
    return true;
}

static int run_check(const struct avo_span *s, const struct avo_header *h, uint32_t i,
                     const char *what, struct avo_error *err)
{
    const struct avo_run *r = &s->runs[i];
    uint64_t end = (uint64_t)r->beg_bin + r->n_bins;

    if (r->n_bins == 0 || end > UINT32_MAX)
        return avo_error_set(err, "%s: run %" PRIu32 " has %" PRIu32 " bins", what, i, r->n_bins);
    if (i > 0 && r->beg_bin <= r[-1].beg_bin + r[-1].n_bins)
        return avo_error_set(err, "%s: run %" PRIu32 " begins at bin %" PRIu32 " (want one beyond "
                             "%" PRIu32 ")", what, i, r->beg_bin, r[-1].beg_bin + r[-1].n_bins);
    if (!in_extents(h, s->chrom, r->beg_bin, end))
        return avo_error_set(err, "%s: bins [%" PRIu32 ", %" PRIu64 ") of %s are not within the "
                             "extents of HEADER", what, r->beg_bin, end,
                             h->chroms[s->chrom].name);
    return 0;
}

static int span_check(const struct avo_span *s, const struct avo_header *h,
                      const struct avo_head *head, const char *what, struct avo_error *err)
{
    uint64_t sum = 0;

    if (s->chrom >= h->n_chroms)
        return avo_error_set(err, "%s: chromosome %" PRIu32 " (the table has %zu)", what, s->chrom,
                             h->n_chroms);
    if (s->n_runs == 0 || s->n_bins > AVO_MAX_TILE_BINS)
        return avo_error_set(err, "%s: %" PRIu32 " runs, %" PRIu32 " bins (want 1 to %u bins)",
                             what, s->n_runs, s->n_bins, AVO_MAX_TILE_BINS);
    for (uint32_t i = 0; i < s->n_runs; i++) {
        if (run_check(s, h, i, what, err)) return -1;
        sum += s->runs[i].n_bins;
    }
    if (sum != s->n_bins)
        return avo_error_set(err, "%s: the runs hold %" PRIu64 " bins (want %" PRIu32 ")", what,
                             sum, s->n_bins);
    if (head && (s->n_bins != head->n_bins || s->runs[0].beg_bin != head->beg_bin ||
                 s->runs[s->n_runs - 1].beg_bin + s->runs[s->n_runs - 1].n_bins != head->end_bin))
        return avo_error_set(err, "%s: payload and head differ in the bins they name", what);
    return 0;
}

/* ---- values ---- */

/* Vectors of 16 bytes, which every processor of the kind has: all that this needs to keep up with
 * memory. Groups whose exponents are all below the greatest are passed over. Values may lie at any
 * address (a tile is a part of a longer table), hence the copies. */
#define GROUP_BYTES 256
#define LANES(bits) uint##bits##_t __attribute__((vector_size(16)))

static bool group_f16(const unsigned char *p)
{
    const LANES(16) exp = { 0x7c00, 0x7c00, 0x7c00, 0x7c00, 0x7c00, 0x7c00, 0x7c00, 0x7c00 };
    LANES(64) any;
    LANES(16) a = { 0 }, b = { 0 }, x[2];

    for (int i = 0; i < GROUP_BYTES / 16; i += 2) {
        memcpy(x, p + 16 * i, sizeof x);
        a |= (x[0] & exp) == exp;
        b |= (x[1] & exp) == exp;
    }
    a |= b;
    memcpy(&any, &a, sizeof any);
    return (any[0] | any[1]) == 0;
}

static bool group_f32(const unsigned char *p)
{
    const LANES(32) exp = { 0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000 };
    LANES(64) any;
    LANES(32) a = { 0 }, b = { 0 }, x[2];

    for (int i = 0; i < GROUP_BYTES / 16; i += 2) {
        memcpy(x, p + 16 * i, sizeof x);
        a |= (x[0] & exp) == exp;
        b |= (x[1] & exp) == exp;
    }
    a |= b;
    memcpy(&any, &a, sizeof any);
    return (any[0] | any[1]) == 0;
}

/* Index of the first value that is infinite, or NaN where that is not allowed; n = none. */
static size_t bad_f16(const void *values, size_t n, bool nan_ok)
{
    const unsigned char *x = values;
    const size_t per = GROUP_BYTES / 2;

    for (size_t i = 0; i < n;) {
        size_t end = n - i < per ? n : i + per;
        if (end == i + per && group_f16(x + 2 * i)) i = end;
        for (; i < end; i++) {
            uint16_t a;
            memcpy(&a, x + 2 * i, 2);
            a &= 0x7fffu;
            if (a == 0x7c00u || (a > 0x7c00u && !nan_ok)) return i;
        }
    }
    return n;
}

static size_t bad_f32(const void *values, size_t n, bool nan_ok)
{
    const unsigned char *x = values;
    const size_t per = GROUP_BYTES / 4;

    for (size_t i = 0; i < n;) {
        size_t end = n - i < per ? n : i + per;
        if (end == i + per && group_f32(x + 4 * i)) i = end;
        for (; i < end; i++) {
            uint32_t a;
            memcpy(&a, x + 4 * i, 4);
            a &= 0x7fffffffu;
            if (a == 0x7f800000u || (a > 0x7f800000u && !nan_ok)) return i;
        }
    }
    return n;
}

static uint32_t bin_at(const struct avo_span *s, size_t i)
{
    for (uint32_t r = 0; r < s->n_runs; r++) {
        if (i < s->runs[r].n_bins) return s->runs[r].beg_bin + (uint32_t)i;
        i -= s->runs[r].n_bins;
    }
    return 0;
}

bool avo_values_ok(enum avo_dtype dtype, const void *values, size_t n, bool nan_ok)
{
    return (dtype == AVO_F16 ? bad_f16(values, n, nan_ok) : bad_f32(values, n, nan_ok)) == n;
}

int avo_tile_check_shape(const struct avo_tile *t, const struct avo_header *h,
                         const struct avo_head *head, struct avo_error *err)
{
    if (span_check(&t->span, h, head, "SIGNAL", err)) return -1;
    if (t->n_tracks != h->n_tracks)
        return avo_error_set(err, "SIGNAL: %" PRIu32 " tracks (HEADER has %zu)", t->n_tracks,
                             h->n_tracks);
    if (t->dtype != AVO_F16 && t->dtype != AVO_F32)
        return avo_error_set(err, "SIGNAL: values of type %d", (int)t->dtype);
    return 0;
}

int avo_tile_check_values(const struct avo_tile *t, const struct avo_header *h,
                          struct avo_error *err)
{
    size_t n = (size_t)t->span.n_bins * t->n_tracks;
    size_t bad = t->dtype == AVO_F16 ? bad_f16(t->values, n, h->missing_nan)
                                     : bad_f32(t->values, n, h->missing_nan);
    const struct avo_track *track;

    if (bad == n) return 0;
    track = &h->tracks[bad % t->n_tracks];
    return avo_error_set(err, "SIGNAL: the value of %s:%s at %s, bin %" PRIu32 " is %s",
                         track->celltype, track->assay, h->chroms[t->span.chrom].name,
                         bin_at(&t->span, bad / t->n_tracks),
                         h->missing_nan ? "infinite" : "not finite");
}

int avo_genome_tile_check(const struct avo_genome_tile *t, const struct avo_header *h,
                          const struct avo_head *head, struct avo_error *err)
{
    if (span_check(&t->span, h, head, "GENOME", err)) return -1;
    if (strcmp(t->root_id, h->root_id) != 0)
        return avo_error_set(err, "GENOME: factors of model %s in a stream of model %s",
                             t->root_id, h->root_id[0] ? h->root_id : "(none)");
    if (t->n_blocks != avo_header_genome_blocks(h) || t->n_blocks > AVO_MAX_GENOME_BLOCKS)
        return avo_error_set(err, "GENOME: %" PRIu32 " blocks (HEADER has %" PRIu32 ")",
                             t->n_blocks, avo_header_genome_blocks(h));
    for (uint32_t k = 0; k < t->n_blocks; k++) {
        const struct avo_block *b = avo_header_genome_block(h, k);
        uint32_t want = avo_span_rows(&t->span, b->bins_per_row);
        size_t n = (size_t)t->n_rows[k] * b->width, bad;
        if (t->n_rows[k] != want)
            return avo_error_set(err, "GENOME: %" PRIu32 " rows of block \"%s\" (want %" PRIu32 ")",
                                 t->n_rows[k], b->name, want);
        if ((bad = bad_f32(t->rows[k], n, false)) < n)
            return avo_error_set(err, "GENOME: row %zu of block \"%s\" holds a value that is not "
                                 "finite", bad / b->width, b->name);
    }
    return 0;
}

int avo_tensor_check(const struct avo_tensor *t, struct avo_error *err)
{
    size_t len = strnlen(t->name, sizeof t->name), n = avo_tensor_count(t);

    if (len == 0 || len == sizeof t->name || !avo_utf8_ok(t->name, len, ""))
        return avo_error_set(err, "tensor: the name is not 1 to 63 bytes of printable UTF-8");
    if (avo_dtype_size(t->dtype) == 0)
        return avo_error_set(err, "tensor \"%s\": unknown type of value %d", t->name,
                             (int)t->dtype);
    if (t->n_dims > 4)
        return avo_error_set(err, "tensor \"%s\": %" PRIu32 " dimensions (at most 4)", t->name,
                             t->n_dims);
    if (n == SIZE_MAX || n > (SIZE_MAX / 2) / avo_dtype_size(t->dtype))
        return avo_error_set(err, "tensor \"%s\": its dimensions multiply to more than memory can "
                             "hold", t->name);
    return 0;
}

/* ---- order ---- */

static int tile_order(struct avo_order *o, const struct avo_header *h, const struct avo_head *head,
                      struct avo_error *err)
{
    const char *what = avo_wire_type_name(head->type);

    if (head->chrom >= h->n_chroms)
        return avo_error_set(err, "%s: chromosome %" PRIu32 " (the table has %zu)", what,
                             head->chrom, h->n_chroms);
    if (head->end_bin > avo_header_chrom_bins(h, head->chrom))
        return avo_error_set(err, "%s: bins up to %" PRIu32 " of %s (it has %" PRIu32 ")", what,
                             head->end_bin, h->chroms[head->chrom].name,
                             avo_header_chrom_bins(h, head->chrom));
    if (o->has_tile && (head->chrom < o->chrom ||
                        (head->chrom == o->chrom &&
                         head->beg_bin / h->coarse_bins <= (o->end_bin - 1) / h->coarse_bins)))
        return avo_error_set(err, "%s: a tile at %s, bin %" PRIu32 " behind one that ends at %s, "
                             "bin %" PRIu32 " (tiles must ascend, and no group of %" PRIu32
                             " bins may be in two)", what, h->chroms[head->chrom].name,
                             head->beg_bin, h->chroms[o->chrom].name, o->end_bin, h->coarse_bins);
    o->has_tile = true;
    o->chrom = head->chrom;
    o->end_bin = head->end_bin;
    return 0;
}

static int part_order(const struct avo_order *o, const struct avo_head *head,
                      struct avo_error *err)
{
    bool inside = o->n_parts && o->part + 1 < o->n_parts;

    if (inside && (head->type != o->type || head->n_parts != o->n_parts ||
                   head->part != o->part + 1))
        return avo_error_set(err, "part %" PRIu32 " of %" PRIu32 " of a %s record is missing",
                             o->part + 1, o->n_parts, avo_wire_type_name(o->type));
    if (!inside && head->part != 0)
        return avo_error_set(err, "part %" PRIu32 " of %" PRIu32 " without the one before it",
                             head->part, head->n_parts);
    return 0;
}

int avo_order_check(struct avo_order *o, const struct avo_header *h, const struct avo_head *head,
                    struct avo_error *err)
{
    static const enum avo_content content[] = {
        [AVO_REC_SIGNAL] = AVO_CONTENT_SIGNAL, [AVO_REC_CORE] = AVO_CONTENT_MODEL,
        [AVO_REC_GENOME] = AVO_CONTENT_MODEL, [AVO_REC_STATE] = AVO_CONTENT_MODEL,
        [AVO_REC_FEATURE] = AVO_CONTENT_FEATURE
    };
    uint32_t type = head->type;

    if (part_order(o, head, err)) return -1;
    o->type = type;
    o->part = head->part;
    o->n_parts = head->n_parts;
    if (type == AVO_REC_END) return 0;
    if (type < AVO_REC_HEADER || type > AVO_REC_END) {
        if (head->may_skip) return 0;
        return avo_error_set(err, "unknown record type %" PRIu32 " that may not be skipped", type);
    }
    if (type == AVO_REC_HEADER) return avo_error_set(err, "a second HEADER");
    if (content[type] != h->content)
        return avo_error_set(err, "a %s record in a stream that says content:%s",
                             avo_wire_type_name(type), avo_content_name(h->content));
    if (type < o->phase)
        return avo_error_set(err, "a %s record behind a %s record", avo_wire_type_name(type),
                             avo_wire_type_name(o->phase));
    o->phase = type;
    if (type == AVO_REC_SIGNAL || type == AVO_REC_GENOME) return tile_order(o, h, head, err);
    return 0;
}
