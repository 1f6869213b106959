/* SPDX-License-Identifier: MIT */
/* stream.h: reading and writing record streams (avo-stream.5). */
#ifndef AVO_STREAM_STREAM_H
#define AVO_STREAM_STREAM_H

#include "libcommon/stream/header.h"
#include "libcommon/stream/record.h"

#define AVO_STREAM_MAJOR 1
#define AVO_STREAM_MINOR 1      /* the latest; what a stream states: avo_header_minor */

/* ---- reading ---- */

struct avo_reader;

/* A record's head, known before its payload is read. */
struct avo_head {
    uint32_t type;                      /* avo_record_type */
    bool may_skip;
    uint32_t part, n_parts;
    uint64_t payload_bytes;
    uint32_t chrom, beg_bin, end_bin;   /* SIGNAL, GENOME: first bin, last bin + 1; else 0 */
    uint32_t n_bins;                    /* SIGNAL, GENOME: bins present; else 0 */
};

/* What the END record said (valid once avo_reader_next gave 0). */
struct avo_end {
    uint64_t n_records;                 /* END not counted */
    uint64_t n_bins;                    /* summed over SIGNAL and GENOME tiles */
    char digest[33];                    /* over all record heads: identity of the stream */
    const char *notes;                  /* lines "key:value"; lives as long as the reader */
};

/* Opens path (NULL or "-": stdin), plain or BGZF (sequential), checks the preamble, reads HEADER.
 * Errors name file, record number and byte. The header lives as long as the reader. */
struct avo_reader *avo_reader_open(const char *path, struct avo_error *err);
/* Closes a reader of which nothing but the header was looked at, or which avo_reader_keep_all was
 * called for: whoever opens the same file or pipe next finds it as it was. For programs that must
 * see what a pipe holds before they know who is to read it, and that read it twice. */
int avo_reader_give_back(struct avo_reader *r, struct avo_error *err);
/* Before the first record: what a pipe gives goes to a temporary file, too. */
int avo_reader_keep_all(struct avo_reader *r, struct avo_error *err);
const struct avo_header *avo_reader_header(const struct avo_reader *r);
const char *avo_reader_name(const struct avo_reader *r);
/* Moves to the next record's head (an unread payload is skipped, its head still checked).
 * 1 = a record, 0 = END was read and every check held (nothing may follow it), -1 = error: a
 * stream without END is an error here. Records of unknown type: an error unless may-skip. */
int avo_reader_next(struct avo_reader *r, struct avo_head *head, struct avo_error *err);
/* To END, for readers that have what they need: a cut stream must not pass for a whole one. */
int avo_reader_finish(struct avo_reader *r, struct avo_error *err);
/* Payload of the current record as what it is; checks CRC, padding, bounds, agreement with HEADER
 * and order (tiles ascending, disjoint; CORE before GENOME; STATE last). Memory belongs to the
 * reader until the next call. avo_reader_tensor joins the parts of a tensor (later parts are
 * consumed); a missing part is an error. Return 0 or -1. */
int avo_reader_signal(struct avo_reader *r, struct avo_tile *tile, struct avo_error *err);
int avo_reader_genome(struct avo_reader *r, struct avo_genome_tile *tile, struct avo_error *err);
int avo_reader_tensor(struct avo_reader *r, struct avo_tensor *tensor, struct avo_error *err);
/* The lines of text are only counted: avo_feature_rows (feature.h) reads and checks them. */
int avo_reader_feature(struct avo_reader *r, struct avo_feature_block *block,
                       struct avo_error *err);
/* Any record's payload as bytes, verified (avo-view --check, and records passed through). */
int avo_reader_raw(struct avo_reader *r, const void **payload, size_t *len_bytes,
                   struct avo_error *err);
const struct avo_end *avo_reader_end(const struct avo_reader *r);
/* Prefixes err with "NAME: record N (byte B): ", for errors found in the data by others. */
int avo_reader_place(const struct avo_reader *r, struct avo_error *err);
int avo_reader_fail(struct avo_reader *r, struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void avo_reader_close(struct avo_reader *r);

/* ---- writing ---- */

struct avo_writer;

/* Opens path (NULL or "-": stdout; a terminal is refused with text_option as the hint), writes
 * preamble and HEADER. bgzf, or a path in .gz: through htslib. The header is copied. */
struct avo_writer *avo_writer_open(const char *path, const struct avo_header *h, bool bgzf,
                                   const char *text_option, struct avo_error *err);
/* Writes to `partial`, which stays behind until avo_writer_finish renames it to path. */
struct avo_writer *avo_writer_open_kept(const char *path, const char *partial,
                                        const struct avo_header *h, struct avo_error *err);
int avo_writer_signal(struct avo_writer *w, const struct avo_tile *tile, struct avo_error *err);
int avo_writer_genome(struct avo_writer *w, const struct avo_genome_tile *tile,
                      struct avo_error *err);
int avo_writer_feature(struct avo_writer *w, const struct avo_feature_block *block,
                       struct avo_error *err);
/* type AVO_REC_CORE or AVO_REC_STATE; split into parts as needed. */
int avo_writer_tensor(struct avo_writer *w, enum avo_record_type type,
                      const struct avo_tensor *tensor, struct avo_error *err);
/* A record copied from a reader unchanged. */
int avo_writer_raw(struct avo_writer *w, const struct avo_head *head, const void *payload,
                   size_t len_bytes, struct avo_error *err);
/* Adds a line "key:value" to what END will carry (digests of the inputs read). */
int avo_writer_end_note(struct avo_writer *w, const char *key, const char *value,
                        struct avo_error *err);
/* What was written so far is on the disk, where there is one. */
int avo_writer_sync(struct avo_writer *w, struct avo_error *err);
/* Writes END, flushes, closes, gives the file its name. Only then did the producer succeed. */
int avo_writer_finish(struct avo_writer *w, struct avo_error *err);
/* Frees; an unfinished file is removed. */
void avo_writer_free(struct avo_writer *w);

#endif
