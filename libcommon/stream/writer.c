/* SPDX-License-Identifier: MIT */
/* writer.c: writing a record stream. Nothing that a reader would refuse is ever written. */
#include "libcommon/stream/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/format.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/stream/wire.h"

#define MAX_PIECES (2 + 2 * AVO_MAX_GENOME_BLOCKS)

struct avo_writer {
    struct avo_out out;
    struct avo_header header;
    struct avo_order order;
    uint64_t n_records, n_bins;
    uint32_t heads_crc;
    char *notes;
    bool failed;
};

/* Bytes of a payload. dtype: values that must be looked at; 0 = just bytes. */
struct piece {
    const void *p;
    size_t len;
    enum avo_dtype dtype;
};

static const unsigned char zeros[AVO_WIRE_ALIGN];

static int emit(struct avo_writer *w, const void *p, size_t len, struct avo_error *err)
{
    return len ? avo_out_write(&w->out, p, len, err) : 0;
}

static int emit_record(struct avo_writer *w, struct avo_wire_head *h, const struct piece *pieces,
                       size_t n, struct avo_error *err)
{
    unsigned char raw[AVO_WIRE_HEAD];

    h->sequence = w->n_records;
    avo_wire_put_head(raw, h);
    if (emit(w, raw, sizeof raw, err)) return -1;
    for (size_t i = 0; i < n; i++)
        if (emit(w, pieces[i].p, pieces[i].len, err)) return -1;
    if (emit(w, zeros, avo_wire_pad(h->head.payload_bytes), err)) return -1;
    if (avo_out_flush(&w->out, err)) return -1;     /* whoever reads a pipe waits for records */
    if (h->head.type == AVO_REC_END) return 0;
    w->n_records++;
    w->n_bins += h->head.n_bins;
    w->heads_crc = avo_crc32c(w->heads_crc, raw, AVO_WIRE_HEAD_SUMMED);
    return 0;
}

/* CRC32C of a piece behind what crc covers; values are looked at on the way. *ok: they are good. */
static uint32_t sum_piece(const struct avo_writer *w, uint32_t crc, const struct piece *p, bool *ok)
{
    const unsigned char *x = p->p;

    for (size_t at = 0, n; at < p->len; at += n) {
        n = p->len - at < AVO_WIRE_CHUNK ? p->len - at : AVO_WIRE_CHUNK;
        if (p->dtype && *ok)
            *ok = avo_values_ok(p->dtype, x + at, n / avo_dtype_size(p->dtype),
                                w->header.missing_nan);
        crc = avo_crc32c(crc, x + at, n);
    }
    return crc;
}

/* Writes a record whose payload is the pieces, one behind the other. 1 = there are values among
 * them that may not be. */
static int write_record(struct avo_writer *w, const struct avo_head *head,
                        const struct piece *pieces, size_t n, struct avo_error *err)
{
    struct avo_wire_head h = { .head = *head };
    uint64_t len = 0;
    bool ok = true;
    int rc = 0;

    for (size_t i = 0; i < n; i++) {
        len += pieces[i].len;
        h.payload_crc = sum_piece(w, h.payload_crc, &pieces[i], &ok);
    }
    if (!ok) return 1;
    h.head.payload_bytes = len;
    if (w->failed)
        rc = avo_error_set(err, "%s: an earlier record could not be written", w->out.name);
    else if (len > AVO_MAX_PAYLOAD)
        rc = avo_error_set(err, "%s: a %s record of %" PRIu64 " bytes (at most %u)", w->out.name,
                           avo_wire_type_name(head->type), len, AVO_MAX_PAYLOAD);
    else if (head->type != AVO_REC_HEADER &&
             avo_order_check(&w->order, &w->header, &h.head, err))
        rc = avo_error_prefix(err, "%s: record %" PRIu64, w->out.name, w->n_records);
    else rc = emit_record(w, &h, pieces, n, err);
    if (rc) w->failed = true;
    return rc;
}

static struct avo_head tile_head(uint32_t type, const struct avo_span *s)
{
    const struct avo_run *last = &s->runs[s->n_runs - 1];

    return (struct avo_head){
        .type = type, .n_parts = 1, .chrom = s->chrom, .n_bins = s->n_bins,
        .beg_bin = s->runs[0].beg_bin, .end_bin = last->beg_bin + last->n_bins
    };
}

/* An error in what the caller hands over. */
static int refuse(struct avo_writer *w, struct avo_error *err)
{
    w->failed = true;
    return avo_error_prefix(err, "%s: record %" PRIu64, w->out.name, w->n_records);
}

int avo_writer_signal(struct avo_writer *w, const struct avo_tile *tile, struct avo_error *err)
{
    struct piece pieces[2];
    struct avo_head head;
    unsigned char *prefix;
    size_t len;
    int rc;

    if (avo_tile_check_shape(tile, &w->header, NULL, err)) return refuse(w, err);
    if (!(prefix = avo_wire_signal_prefix(tile, &len, err))) return refuse(w, err);
    pieces[0] = (struct piece){ .p = prefix, .len = len };
    len = (size_t)tile->span.n_bins * tile->n_tracks * avo_dtype_size(tile->dtype);
    pieces[1] = (struct piece){ tile->values, len, tile->dtype };
    head = tile_head(AVO_REC_SIGNAL, &tile->span);
    rc = write_record(w, &head, pieces, 2, err);
    free(prefix);
    if (rc <= 0) return rc;
    avo_tile_check_values(tile, &w->header, err);
    return refuse(w, err);
}

int avo_writer_genome(struct avo_writer *w, const struct avo_genome_tile *tile,
                      struct avo_error *err)
{
    struct piece pieces[MAX_PIECES];
    struct avo_head head;
    unsigned char *prefix;
    size_t n = 1, len;
    int rc;

    if (avo_genome_tile_check(tile, &w->header, NULL, err)) return refuse(w, err);
    if (!(prefix = avo_wire_genome_prefix(tile, &len, err))) return refuse(w, err);
    pieces[0] = (struct piece){ .p = prefix, .len = len };
    for (uint32_t k = 0; k < tile->n_blocks; k++) {
        len = (size_t)tile->n_rows[k] * avo_header_genome_block(&w->header, k)->width * 4;
        pieces[n++] = (struct piece){ .p = tile->rows[k], .len = len };
        pieces[n++] = (struct piece){ .p = zeros, .len = avo_wire_pad(len) };
    }
    head = tile_head(AVO_REC_GENOME, &tile->span);
    rc = write_record(w, &head, pieces, n, err);
    free(prefix);
    return rc;
}

int avo_writer_feature(struct avo_writer *w, const struct avo_feature_block *block,
                       struct avo_error *err)
{
    unsigned char fixed[AVO_WIRE_FEATURE_FIXED];
    struct avo_head head = { .type = AVO_REC_FEATURE, .n_parts = 1 };
    size_t n_values = (size_t)block->n_rows * block->n_features * 4;
    struct piece pieces[4] = {
        { .p = fixed, .len = sizeof fixed }, { .p = block->values, .len = n_values },
        { .p = zeros, .len = avo_wire_pad(n_values) },
        { .p = block->text, .len = block->text_bytes }
    };

    if (avo_feature_block_check(block, &w->header, err)) return refuse(w, err);
    avo_wire_put_feature(fixed, block);
    return write_record(w, &head, pieces, 4, err);
}

int avo_writer_tensor(struct avo_writer *w, enum avo_record_type type,
                      const struct avo_tensor *tensor, struct avo_error *err)
{
    unsigned char fixed[AVO_WIRE_TENSOR_FIXED];
    struct avo_head head = { .type = (uint32_t)type };
    size_t total, size, per_part;

    if (avo_tensor_check(tensor, err)) return refuse(w, err);
    if (type != AVO_REC_CORE && type != AVO_REC_STATE) {
        avo_error_set(err, "tensor \"%s\" as a %s record", tensor->name,
                      avo_wire_type_name((uint32_t)type));
        return refuse(w, err);
    }
    size = avo_dtype_size(tensor->dtype);
    total = avo_tensor_count(tensor);
    per_part = AVO_WIRE_PART_DATA / size;
    head.n_parts = total ? (uint32_t)((total - 1) / per_part + 1) : 1;
    for (; head.part < head.n_parts; head.part++) {
        size_t first = head.part * per_part;
        size_t n = total - first < per_part ? total - first : per_part;
        struct piece pieces[2] = {
            { .p = fixed, .len = sizeof fixed },
            { .p = n ? (const unsigned char *)tensor->data + first * size : fixed, .len = n * size }
        };
        avo_wire_put_tensor(fixed, tensor, first, n);
        if (write_record(w, &head, pieces, 2, err)) return -1;
    }
    return 0;
}

int avo_writer_raw(struct avo_writer *w, const struct avo_head *head, const void *payload,
                   size_t len_bytes, struct avo_error *err)
{
    struct piece piece = { .p = payload, .len = len_bytes };

    if (head->type == AVO_REC_END) {
        avo_error_set(err, "END is not a record to copy");
        return refuse(w, err);
    }
    return write_record(w, head, &piece, 1, err);
}

int avo_writer_end_note(struct avo_writer *w, const char *key, const char *value,
                        struct avo_error *err)
{
    char *escaped = avo_escape(value, false, err), *notes = NULL;

    if (escaped)
        notes = avo_asprintf(err, "%s%s:%s\n", w->notes ? w->notes : "", key, escaped);
    free(escaped);
    if (!notes) return refuse(w, err);
    free(w->notes);
    w->notes = notes;
    return 0;
}

/* The text is read back before it is written: a header that no reader takes is an error here. */
static int write_header(struct avo_writer *w, const struct avo_header *h, struct avo_error *err)
{
    struct avo_head head = { .type = AVO_REC_HEADER, .n_parts = 1 };
    unsigned char preamble[AVO_WIRE_PREAMBLE];
    struct piece piece = { .p = NULL };
    char *text = NULL;
    int rc = -1;

    if (avo_header_format(h, &text, &piece.len, err)) goto out;
    if (avo_header_parse(&w->header, text, piece.len, err)) {
        refuse(w, err);
        goto out;
    }
    avo_wire_put_preamble(preamble, avo_header_minor(&w->header));
    piece.p = text;
    rc = emit(w, preamble, sizeof preamble, err);
    if (rc == 0) rc = write_record(w, &head, &piece, 1, err);
out:
    free(text);
    return rc;
}

struct avo_writer *avo_writer_open(const char *path, const struct avo_header *h, bool bgzf,
                                   const char *text_option, struct avo_error *err)
{
    struct avo_writer *w = avo_alloc(1, sizeof *w, "a writer", err);

    if (!w) return NULL;
    w->out.fd = -1;
    if (avo_out_open(&w->out, path, text_option, err)) goto fail;
    if ((bgzf || avo_format_is_gz(path)) && avo_out_compress(&w->out, err)) goto fail;
    if (write_header(w, h, err)) goto fail;
    return w;
fail:
    avo_writer_free(w);
    return NULL;
}

struct avo_writer *avo_writer_open_kept(const char *path, const char *partial,
                                        const struct avo_header *h, struct avo_error *err)
{
    struct avo_writer *w = avo_alloc(1, sizeof *w, "a writer", err);

    if (!w) return NULL;
    w->out.fd = -1;
    if (!avo_out_open_kept(&w->out, path, partial, err) && !write_header(w, h, err)) return w;
    avo_writer_free(w);
    return NULL;
}

int avo_writer_sync(struct avo_writer *w, struct avo_error *err)
{
    return avo_out_sync(&w->out, err);
}

int avo_writer_finish(struct avo_writer *w, struct avo_error *err)
{
    struct avo_wire_end e = { w->n_records, w->n_bins, w->heads_crc };
    struct avo_head head = { .type = AVO_REC_END, .n_parts = 1 };
    unsigned char fixed[AVO_WIRE_END_FIXED];
    struct piece pieces[2] = {
        { .p = fixed, .len = sizeof fixed },
        { .p = w->notes ? w->notes : "", .len = w->notes ? strlen(w->notes) : 0 }
    };

    avo_wire_put_end(fixed, &e);
    if (write_record(w, &head, pieces, 2, err)) return -1;
    return avo_out_finish(&w->out, err);
}

void avo_writer_free(struct avo_writer *w)
{
    if (!w) return;
    avo_out_release(&w->out);
    avo_header_release(&w->header);
    free(w->notes);
    free(w);
}
