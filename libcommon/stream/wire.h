/* SPDX-License-Identifier: MIT */
/* wire.h: the byte layouts of avo-stream(5). Inside libcommon/stream only. */
#ifndef AVO_STREAM_WIRE_H
#define AVO_STREAM_WIRE_H

#include <stdint.h>

#include "libcommon/stream/header.h"
#include "libcommon/stream/record.h"
#include "libcommon/stream/stream.h"

/* Values cross from memory to the stream as they lie there. */
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "avotools needs a little-endian machine"
#endif

#define AVO_WIRE_ALIGN 64u
#define AVO_WIRE_PREAMBLE 64u
#define AVO_WIRE_HEAD 64u
/* END sums the heads without their own CRCs: a CRC over data and the data's CRC is the same for
 * all data. */
#define AVO_WIRE_HEAD_SUMMED 60u
#define AVO_WIRE_END_FIXED 32u
#define AVO_WIRE_TENSOR_FIXED 128u
#define AVO_WIRE_FEATURE_FIXED 64u
/* Data bytes of a tensor part, a multiple of every element's size. */
#define AVO_WIRE_PART_DATA (AVO_MAX_PAYLOAD - AVO_WIRE_TENSOR_FIXED)
/* Names of the types for messages; "unknown" beyond END. */
const char *avo_wire_type_name(uint32_t type);

/* Bytes of zero behind a payload of len. */
static inline size_t avo_wire_pad(uint64_t len)
{
    return (size_t)(-len & (AVO_WIRE_ALIGN - 1));
}
static inline size_t avo_wire_round(uint64_t len)
{
    return (size_t)len + avo_wire_pad(len);
}

void avo_wire_put_preamble(unsigned char out[AVO_WIRE_PREAMBLE], uint32_t minor);
/* Errors: not a stream, damaged, another major version (names both). */
int avo_wire_get_preamble(const unsigned char in[AVO_WIRE_PREAMBLE], struct avo_error *err);

/* A head with what only the wire knows. */
struct avo_wire_head {
    struct avo_head head;
    uint32_t payload_crc;
    uint64_t sequence;
};
void avo_wire_put_head(unsigned char out[AVO_WIRE_HEAD], const struct avo_wire_head *h);
/* Checks CRC, zero bytes, flags, length, parts and that fields have a meaning for the type. */
int avo_wire_get_head(const unsigned char in[AVO_WIRE_HEAD], struct avo_wire_head *h,
                      struct avo_error *err);

/* END before its notes. */
struct avo_wire_end {
    uint64_t n_records, n_bins;
    uint32_t heads_crc;
};
void avo_wire_put_end(unsigned char out[AVO_WIRE_END_FIXED], const struct avo_wire_end *e);
int avo_wire_get_end(const unsigned char *in, size_t len, struct avo_wire_end *e,
                     struct avo_error *err);

/* What a payload begins with: everything but the values. Fresh memory, length a multiple of 64
 * (SIGNAL, GENOME) or AVO_WIRE_TENSOR_FIXED. */
unsigned char *avo_wire_signal_prefix(const struct avo_tile *t, size_t *len,
                                      struct avo_error *err);
unsigned char *avo_wire_genome_prefix(const struct avo_genome_tile *t, size_t *len,
                                      struct avo_error *err);
void avo_wire_put_feature(unsigned char out[AVO_WIRE_FEATURE_FIXED],
                          const struct avo_feature_block *b);
void avo_wire_put_tensor(unsigned char out[AVO_WIRE_TENSOR_FIXED], const struct avo_tensor *t,
                         uint64_t first, uint64_t count);

/* A payload as the struct it stands for, pointing into it (which must be aligned to 64). Only
 * lengths and zero bytes are checked here; meaning is checked by record.c. */
int avo_wire_get_signal(const unsigned char *in, size_t len, struct avo_tile *t,
                        struct avo_error *err);
/* Where the values of a SIGNAL payload begin and of which type they are, from its first bytes;
 * false = these are no such payload. */
bool avo_wire_peek_signal(const unsigned char *in, size_t len, size_t *at, enum avo_dtype *dtype);
int avo_wire_get_genome(const unsigned char *in, size_t len, const struct avo_header *h,
                        struct avo_genome_tile *t, struct avo_error *err);
int avo_wire_get_feature(const unsigned char *in, size_t len, struct avo_feature_block *b,
                         struct avo_error *err);
int avo_wire_get_tensor(const unsigned char *in, size_t len, struct avo_tensor *t,
                        uint64_t *first, uint64_t *count, struct avo_error *err);

/* ---- record.c: what a record may say ---- */

/* Where a stream stands; the rules of avo-stream(5), Order. Zero at the start. */
struct avo_order {
    uint32_t phase;         /* type of the last record that may not be skipped */
    bool has_tile;
    uint32_t chrom, end_bin;
    uint32_t part, n_parts; /* the last record's; n_parts 0 = none */
    uint32_t type;
};
int avo_order_check(struct avo_order *o, const struct avo_header *h, const struct avo_head *head,
                    struct avo_error *err);
/* Everything that a tile must fulfil against HEADER and (if not NULL) its head; first all but the
 * values, then the values alone. */
int avo_tile_check_shape(const struct avo_tile *t, const struct avo_header *h,
                         const struct avo_head *head, struct avo_error *err);
int avo_tile_check_values(const struct avo_tile *t, const struct avo_header *h,
                          struct avo_error *err);
/* True if none of n values is infinite, or NaN unless that is allowed. Readers and writers look at
 * pieces of this size, while these are in the processor's cache for the checksum anyway. */
#define AVO_WIRE_CHUNK ((size_t)256 << 10)
bool avo_values_ok(enum avo_dtype dtype, const void *values, size_t n, bool nan_ok);
int avo_genome_tile_check(const struct avo_genome_tile *t, const struct avo_header *h,
                          const struct avo_head *head, struct avo_error *err);
/* Number of features as HEADER's, values, number of lines, UTF-8. */
int avo_feature_block_check(const struct avo_feature_block *b, const struct avo_header *h,
                            struct avo_error *err);
int avo_tensor_check(const struct avo_tensor *t, struct avo_error *err);
/* Number of HEADER's genome blocks; width and bins_per_row of the k-th. */
uint32_t avo_header_genome_blocks(const struct avo_header *h);
const struct avo_block *avo_header_genome_block(const struct avo_header *h, uint32_t k);

#endif
