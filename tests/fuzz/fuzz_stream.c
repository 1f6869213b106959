/* SPDX-License-Identifier: MIT */
/* fuzz_stream.c: any bytes as a record stream: read whole, by heads only, cut and copied. Each
 * input is tried as it is and with its checksums and numbers made right, so that what lies behind
 * them is reached. Nothing may crash, leak or ask for more memory than the format allows. */
#define _GNU_SOURCE     /* memfd_create */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/base/digest.h"
#include "libcommon/stream/feature.h"
#include "libcommon/stream/join.h"
#include "libcommon/stream/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint32_t get32(const uint8_t *p)
{
    uint32_t x;
    memcpy(&x, p, 4);
    return x;
}

static void put32(uint8_t *p, uint32_t x) { memcpy(p, &x, 4); }

static void put64(uint8_t *p, uint64_t x) { memcpy(p, &x, 8); }

/* Makes END's counts and every checksum right, as far as records can be told apart. */
static void repair(uint8_t *b, size_t len)
{
    uint32_t heads = 0;
    uint64_t n = 0, n_bins = 0, payload;

    avo_wire_put_preamble(b, 0);
    for (size_t at = AVO_WIRE_PREAMBLE; len - at >= AVO_WIRE_HEAD; n++) {
        uint8_t *h = b + at, *p = h + AVO_WIRE_HEAD;
        memcpy(&payload, h + 16, 8);
        if (payload > len - at - AVO_WIRE_HEAD) payload = len - at - AVO_WIRE_HEAD;
        put64(h + 16, payload);
        if (get32(h) == AVO_REC_END && payload >= AVO_WIRE_END_FIXED) {
            put64(p, n);
            put64(p + 8, n_bins);
            put32(p + 16, heads);
        }
        put32(h + 24, avo_crc32c(0, p, (size_t)payload));
        put64(h + 40, n);
        put32(h + 60, avo_crc32c(0, h, 60));
        heads = avo_crc32c(heads, h, AVO_WIRE_HEAD_SUMMED);
        n_bins += get32(h + 48);
        if (avo_wire_pad(payload) >= len - at - AVO_WIRE_HEAD - payload) return;
        at += AVO_WIRE_HEAD + avo_wire_round(payload);
    }
}

static int read_payload(struct avo_reader *r, const struct avo_head *head, struct avo_error *err)
{
    struct avo_tile tile;
    struct avo_genome_tile g;
    struct avo_feature_block f;
    struct avo_tensor t;
    const void *raw;
    size_t len;

    switch (head->type) {
    case AVO_REC_SIGNAL: return avo_reader_signal(r, &tile, err);
    case AVO_REC_GENOME: return avo_reader_genome(r, &g, err);
    case AVO_REC_CORE: case AVO_REC_STATE: return avo_reader_tensor(r, &t, err);
    case AVO_REC_FEATURE:
        return avo_reader_feature(r, &f, err) ||
               avo_feature_check_rows(&f, avo_reader_header(r), err) ? -1 : 0;
    default: return avo_reader_raw(r, &raw, &len, err);
    }
}

static int read_stream(const char *path, int payloads)
{
    struct avo_error err = { 0 };
    struct avo_head head;
    struct avo_reader *r = avo_reader_open(path, &err);
    int rc = -1;

    while (r && (rc = avo_reader_next(r, &head, &err)) == 1)
        if (payloads && (rc = read_payload(r, &head, &err)) != 0) break;
    if (rc < 0 && err.status == 0) abort();     /* a failure says what it is */
    avo_reader_close(r);
    return rc;
}

static int copy_record(struct avo_join *j, struct avo_writer *w, const struct avo_head *head,
                       struct avo_error *err)
{
    struct avo_tile tile;
    struct avo_genome_tile g;
    struct avo_tensor t;
    const void *raw;
    size_t len;

    switch (head->type) {
    case AVO_REC_SIGNAL:
        return avo_join_signal(j, &tile, err) || avo_writer_signal(w, &tile, err);
    case AVO_REC_GENOME:
        return avo_join_genome(j, &g, err) || avo_writer_genome(w, &g, err);
    case AVO_REC_CORE: case AVO_REC_STATE:
        return avo_join_tensor(j, &t, err) ||
               avo_writer_tensor(w, (enum avo_record_type)head->type, &t, err);
    default:
        return avo_join_raw(j, &raw, &len, err) || avo_writer_raw(w, head, raw, len, err);
    }
}

/* Copies the first half of the first chromosome; the copy must be a stream that can be read. */
static void copy_part(const char *path)
{
    struct avo_error err = { 0 };
    struct avo_extent half = { 0 };
    struct avo_head head;
    struct avo_writer *w = NULL;
    struct avo_join *j;
    char out[] = "/tmp/fuzz_stream.XXXXXX", *const paths[] = { (char *)path };
    int fd, rc;

    if (!(j = avo_join_open(paths, 1, &err))) return;
    half.end_bin = avo_header_chrom_bins(avo_join_header(j), 0) / 2;
    if (half.end_bin && avo_join_select(j, &half, 1, &err)) goto out;
    if ((fd = mkstemp(out)) < 0) abort();
    close(fd);
    if (!(w = avo_writer_open(out, avo_join_header(j), false, NULL, &err))) abort();
    while ((rc = avo_join_next(j, &head, &err)) == 1)
        if ((rc = copy_record(j, w, &head, &err)) != 0) break;
    if (rc == 0 && (avo_writer_finish(w, &err) || read_stream(out, 1) != 0)) {
        fprintf(stderr, "fuzz_stream: a copy cannot be read: %s\n", err.msg);
        abort();
    }
    unlink(out);
out:
    avo_writer_free(w);
    avo_join_close(j);
}

static void try(const uint8_t *data, size_t len)
{
    char path[64];
    int fd = memfd_create("stream", 0);

    if (fd < 0 || (len && write(fd, data, len) != (ssize_t)len)) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    /* What holds with payloads holds without them. */
    if (read_stream(path, 1) == 0 && read_stream(path, 0) != 0) abort();
    read_stream(path, 0);
    copy_part(path);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy;

    try(data, len);
    if (len < AVO_WIRE_PREAMBLE || !(copy = malloc(len))) return 0;
    memcpy(copy, data, len);
    repair(copy, len);
    try(copy, len);
    free(copy);
    return 0;
}
