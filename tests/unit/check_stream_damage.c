/* SPDX-License-Identifier: MIT */
/* check_stream_damage.c: every flipped bit and every truncation of small streams is noticed. */
#include "libcommon/stream/stream.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/digest.h"
#include "libcommon/stream/wire.h"

enum { SIGNAL, MODEL, FEATURE, N_STREAMS };
#define ROOT "00112233445566778899aabbccddeeff"
#define UNKNOWN_TYPE 4711u

static char path[64];
static int fd = -1;
static unsigned char *bytes;
static size_t n_bytes;

static void header(struct avo_header *h, enum avo_content content)
{
    *h = (struct avo_header){ .content = content, .bin_bp = 25, .mid_bins = 2, .coarse_bins = 4 };
    avo_header_add_chrom(h, "a", 1000, NULL);
    avo_header_add_extent(h, 0, 0, 40, NULL);
    avo_header_add_track(h, "c", "x", AVO_ROLE_TRAIN, NULL);
    avo_header_add_track(h, "c", "y", AVO_ROLE_TRAIN, NULL);
    if (content != AVO_CONTENT_MODEL) return;
    strcpy(h->root_id, ROOT);
    avo_header_add_block(h, "fine", AVO_BLOCK_GENOME, 3, 1, NULL);
    avo_header_add_block(h, "coarse", AVO_BLOCK_GENOME, 2, 4, NULL);
}

static int add_records(struct avo_writer *w, int which, struct avo_error *err)
{
    float v[16] = { 1, -2, 3, 4, 5, 6, 7, 8 };
    struct avo_run runs[2] = { { 1, 2 }, { 7, 1 } };
    struct avo_tile tile = { { 0, 2, 3, runs }, AVO_F32, 2, v };
    struct avo_genome_tile g = { { 0, 2, 3, runs }, ROOT, 2, { 3, 2 }, { v, v + 9 } };
    struct avo_tensor t = { "weights", AVO_F32, 2, { 2, 3 }, v };
    struct avo_head unknown = { .type = UNKNOWN_TYPE, .may_skip = true, .n_parts = 1 };
    struct avo_head feature = { .type = AVO_REC_FEATURE, .n_parts = 1 };

    if (avo_writer_raw(w, &unknown, "hello", 5, err)) return -1;
    if (which == FEATURE) return avo_writer_raw(w, &feature, v, sizeof v, err);
    if (which == MODEL)
        return avo_writer_tensor(w, AVO_REC_CORE, &t, err) || avo_writer_genome(w, &g, err) ||
               avo_writer_tensor(w, AVO_REC_STATE, &t, err);
    if (avo_writer_signal(w, &tile, err)) return -1;
    runs[0].beg_bin = 12;
    runs[1].beg_bin = 15;
    tile.dtype = AVO_F16;
    tile.values = "\1\2\3\4\5\6\7\10\11\12\13\14";
    return avo_writer_signal(w, &tile, err);
}

static void setup_stream(int which)
{
    static const enum avo_content contents[] = { AVO_CONTENT_SIGNAL, AVO_CONTENT_MODEL,
                                                 AVO_CONTENT_FEATURE };
    struct avo_error err = { 0 };
    struct avo_header h;
    off_t size;

    strcpy(path, "/tmp/check_damage.XXXXXX");
    ck_assert_int_ge(fd = mkstemp(path), 0);
    close(fd);
    header(&h, contents[which]);
    struct avo_writer *w = avo_writer_open(path, &h, false, NULL, &err);
    ck_assert_msg(w && add_records(w, which, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(avo_writer_end_note(w, "input", "1234", &err), 0);
    ck_assert_msg(avo_writer_finish(w, &err) == 0, "%s", err.msg);
    avo_writer_free(w);
    avo_header_release(&h);
    ck_assert_int_ge(fd = open(path, O_RDWR), 0);
    size = lseek(fd, 0, SEEK_END);
    n_bytes = (size_t)size;
    bytes = malloc(n_bytes);
    ck_assert_int_eq(pread(fd, bytes, n_bytes, 0), size);
}

static void teardown(void)
{
    close(fd);
    unlink(path);
    free(bytes);
    bytes = NULL;
}

static int read_payload(struct avo_reader *r, const struct avo_head *head, struct avo_error *err)
{
    struct avo_tile tile;
    struct avo_genome_tile g;
    struct avo_tensor t;
    const void *raw;
    size_t len;

    switch (head->type) {
    case AVO_REC_SIGNAL: return avo_reader_signal(r, &tile, err);
    case AVO_REC_GENOME: return avo_reader_genome(r, &g, err);
    case AVO_REC_CORE: case AVO_REC_STATE: return avo_reader_tensor(r, &t, err);
    default: return avo_reader_raw(r, &raw, &len, err);
    }
}

/* Reads all of the stream, payloads too or heads only; 0 = nothing was wrong. */
static int read_stream(bool payloads, struct avo_error *err)
{
    struct avo_head head;
    int rc;
    struct avo_reader *r = avo_reader_open(path, err);

    if (!r) return -1;
    while ((rc = avo_reader_next(r, &head, err)) == 1)
        if (payloads && (rc = read_payload(r, &head, err)) != 0) break;
    avo_reader_close(r);
    return rc;
}

/* True for bytes that only a reader of payloads looks at: those behind the heads of records other
 * than HEADER and END. */
static bool *payload_bytes(void)
{
    bool *is = calloc(n_bytes, sizeof *is);
    size_t at = AVO_WIRE_PREAMBLE;
    struct avo_wire_head h;

    while (at < n_bytes) {
        ck_assert_int_eq(avo_wire_get_head(bytes + at, &h, NULL), 0);
        size_t end = at + AVO_WIRE_HEAD + avo_wire_round(h.head.payload_bytes);
        for (size_t i = at + AVO_WIRE_HEAD; i < end; i++)
            is[i] = h.head.type != AVO_REC_HEADER && h.head.type != AVO_REC_END;
        at = end;
    }
    ck_assert_uint_eq(at, n_bytes);
    return is;
}

static void must_fail(bool payloads, const char *what, size_t at)
{
    struct avo_error err = { 0 };

    ck_assert_msg(read_stream(payloads, &err) == -1, "%s %zu was not noticed", what, at);
    ck_assert_msg(strncmp(err.msg, path, strlen(path)) == 0, "%s %zu: %s", what, at, err.msg);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
}

START_TEST(every_bit)
{
    struct avo_error err = { 0 };
    bool *skipped;

    setup_stream(_i);
    skipped = payload_bytes();
    ck_assert_msg(read_stream(true, &err) == 0, "%s", err.msg);
    for (size_t bit = 0; bit < 8 * n_bytes; bit++) {
        size_t at = bit / 8;
        unsigned char x = bytes[at] ^ (unsigned char)(1u << bit % 8);
        ck_assert_int_eq(pwrite(fd, &x, 1, (off_t)at), 1);
        must_fail(true, "bit", bit);
        if (!skipped[at]) must_fail(false, "bit (payloads skipped)", bit);
        else ck_assert_msg(read_stream(false, &err) == 0, "bit %zu: %s", bit, err.msg);
        ck_assert_int_eq(pwrite(fd, bytes + at, 1, (off_t)at), 1);
    }
    ck_assert_int_eq(read_stream(true, &err), 0);
    free(skipped);
    teardown();
}
END_TEST

START_TEST(every_truncation)
{
    setup_stream(_i);
    for (size_t len = n_bytes; len-- > 0;) {
        ck_assert_int_eq(ftruncate(fd, (off_t)len), 0);
        must_fail(true, "length", len);
        must_fail(false, "length (payloads skipped)", len);
    }
    teardown();
}
END_TEST

START_TEST(bytes_behind_end)
{
    struct avo_error err = { 0 };

    setup_stream(_i);
    ck_assert_int_eq(pwrite(fd, bytes, 1, (off_t)n_bytes), 1);
    must_fail(true, "byte", n_bytes);
    ck_assert_int_eq(pwrite(fd, bytes, n_bytes, (off_t)n_bytes), (int)n_bytes);
    ck_assert_int_eq(read_stream(true, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "behind END"));
    ck_assert_ptr_nonnull(strstr(err.hint, "avo-view -O avo"));
    teardown();
}
END_TEST

/* Where record i begins; i = number of records: the end. */
static size_t record_at(size_t i)
{
    size_t at = AVO_WIRE_PREAMBLE;
    struct avo_wire_head h;

    for (; i; i--) {
        ck_assert_int_eq(avo_wire_get_head(bytes + at, &h, NULL), 0);
        at += AVO_WIRE_HEAD + avo_wire_round(h.head.payload_bytes);
    }
    return at;
}

static void put(size_t *to, size_t beg, size_t end)
{
    ck_assert_int_eq(pwrite(fd, bytes + beg, end - beg, (off_t)*to), (int)(end - beg));
    *to += end - beg;
}

/* Records 2 and 3 of the signal stream (of HEADER, unknown, SIGNAL, SIGNAL, END) swapped, the one
 * doubled, the other dropped. */
START_TEST(records_moved)
{
    static const int orders[3][3] = { { 3, 2, 0 }, { 2, 2, 3 }, { 3, 0, 0 } };
    size_t to;

    setup_stream(SIGNAL);
    to = record_at(2);
    ck_assert_uint_eq(record_at(5), n_bytes);
    for (int i = 0; i < 3 && orders[_i][i]; i++)
        put(&to, record_at((size_t)orders[_i][i]), record_at((size_t)orders[_i][i] + 1));
    put(&to, record_at(4), n_bytes);
    ck_assert_int_eq(ftruncate(fd, (off_t)to), 0);
    must_fail(true, "order", (size_t)_i);
    must_fail(false, "order", (size_t)_i);
    teardown();
}
END_TEST

/* ... also where the heads were numbered again: then END tells. */
START_TEST(records_replaced)
{
    struct avo_wire_head h;
    struct avo_error err = { 0 };

    setup_stream(SIGNAL);
    ck_assert_int_eq(avo_wire_get_head(bytes + record_at(1), &h, NULL), 0);
    h.head.type++;
    avo_wire_put_head(bytes + record_at(1), &h);
    ck_assert_int_eq(pwrite(fd, bytes, n_bytes, 0), (int)n_bytes);
    must_fail(false, "replaced", 1);
    ck_assert_int_eq(read_stream(true, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "END does not belong to these records"));
    teardown();
}
END_TEST

/* A value that is not finite in a tile that is read in several pieces, checksums made right. */
START_TEST(value_in_a_later_piece)
{
    enum { N_BINS = 65600, N_HEADS = 2 };
    static const size_t places[] = { 0, 1, 65535, 65536, 65537, 131071, 131072, 2 * N_BINS - 1 };
    struct avo_run run = { 0, N_BINS };
    struct avo_tile t = { { 0, 1, N_BINS, &run }, AVO_F32, 2, NULL };
    struct avo_error err = { 0 };
    struct avo_header h;
    struct avo_wire_head head, end_head;
    struct avo_wire_end end;
    size_t tile_at, end_at, value_at;
    uint32_t bad = _i % 2 ? 0x7f800000u : 0xffc00000u;

    header(&h, AVO_CONTENT_SIGNAL);
    h.chroms[0].len_bp = 25 * N_BINS;
    h.extents[0].end_bin = N_BINS;
    ck_assert_ptr_nonnull(t.values = calloc(2 * N_BINS, 4));
    strcpy(path, "/tmp/check_damage.XXXXXX");
    ck_assert_int_ge(fd = mkstemp(path), 0);
    close(fd);
    struct avo_writer *w = avo_writer_open(path, &h, false, NULL, &err);
    ck_assert_msg(avo_writer_signal(w, &t, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(avo_writer_finish(w, &err), 0);
    avo_writer_free(w);
    ck_assert_msg(read_stream(true, &err) == 0, "%s", err.msg);
    ck_assert_int_ge(fd = open(path, O_RDWR), 0);
    n_bytes = (size_t)lseek(fd, 0, SEEK_END);
    bytes = malloc(n_bytes);
    ck_assert_int_eq(pread(fd, bytes, n_bytes, 0), (int)n_bytes);

    tile_at = record_at(1);
    end_at = record_at(N_HEADS);
    avo_wire_get_head(bytes + tile_at, &head, NULL);
    value_at = tile_at + AVO_WIRE_HEAD + (size_t)head.head.payload_bytes - 8 * (size_t)N_BINS;
    memcpy(bytes + value_at + 4 * places[_i], &bad, 4);
    head.payload_crc = avo_crc32c(0, bytes + tile_at + AVO_WIRE_HEAD,
                                  (size_t)head.head.payload_bytes);
    avo_wire_put_head(bytes + tile_at, &head);
    avo_wire_get_head(bytes + end_at, &end_head, NULL);
    end = (struct avo_wire_end){ N_HEADS, N_BINS, 0 };
    for (size_t i = 0; i < N_HEADS; i++)
        end.heads_crc = avo_crc32c(end.heads_crc, bytes + record_at(i), AVO_WIRE_HEAD_SUMMED);
    avo_wire_put_end(bytes + end_at + AVO_WIRE_HEAD, &end);
    end_head.payload_crc = avo_crc32c(0, bytes + end_at + AVO_WIRE_HEAD, AVO_WIRE_END_FIXED);
    avo_wire_put_head(bytes + end_at, &end_head);
    ck_assert_int_eq(pwrite(fd, bytes, n_bytes, 0), (int)n_bytes);
    ck_assert_msg(read_stream(false, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(read_stream(true, &err), -1);
    ck_assert_msg(strstr(err.msg, "is not finite") != NULL, "%s", err.msg);
    free((void *)(uintptr_t)t.values);
    avo_header_release(&h);
    teardown();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stream_damage");
    TCase *c = tcase_create("stream_damage");
    SRunner *sr = srunner_create(s);
    int failed;

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, every_bit, 0, N_STREAMS);
    tcase_add_loop_test(c, every_truncation, 0, N_STREAMS);
    tcase_add_loop_test(c, bytes_behind_end, 0, N_STREAMS);
    tcase_add_loop_test(c, records_moved, 0, 3);
    tcase_add_test(c, records_replaced);
    tcase_add_loop_test(c, value_in_a_later_piece, 0, 8);
    suite_add_tcase(s, c);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
