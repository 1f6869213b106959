/* SPDX-License-Identifier: MIT */
/* make_streams.c: writes the streams of tests/streams. Usage: make_streams FOLDER
 * Good streams come from the library, bad ones from a small writer of its own that can lie. */
#include <htslib/bgzf.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/digest.h"
#include "libcommon/stream/stream.h"
#include "libcommon/stream/wire.h"

#define ROOT "0123456789abcdef0123456789abcdef"
#define SIGNAL_TEXT "@AVO\tversion:1.0\tcontent:signal\n@BIN\tbp:25\tmid:2\tcoarse:4\n" \
    "@CHROM\tname:a\tlength:1000\n@EXTENT\tchrom:a\tbeg:0\tend:36\n" \
    "@SPACE\ttransform:none\tmissing:zero\n" \
    "@TRACK\tcelltype:c\tassay:x\tkind:observed\n@TRACK\tcelltype:c\tassay:y\tkind:observed\n"
#define BLOCK_TEXT "@AVO\tversion:1.0\tcontent:model\n@BIN\tbp:25\tmid:2\tcoarse:4\n" \
    "@CHROM\tname:a\tlength:1000\n@EXTENT\tchrom:a\tbeg:0\tend:36\n" \
    "@SPACE\ttransform:none\tmissing:zero\n" \
    "@BLOCK\tname:fine\tkind:genome\twidth:1\tbins:1\n"
#define MODEL_TEXT BLOCK_TEXT "@MODEL\troot:" ROOT "\n"

static const char *folder;
static const char *name;        /* of the file being made */

static void stop(const char *what)
{
    fprintf(stderr, "make_streams: %s: %s\n", name, what);
    exit(1);
}

static FILE *create(const char *sub)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s/%s.avo", folder, sub, name);
    if (!(f = fopen(path, "wb"))) stop("cannot create");
    return f;
}

/* ---- a writer that can lie ---- */

struct raw {
    unsigned char b[16384];
    size_t n, n_heads, heads[32];       /* where heads begin */
    struct avo_wire_end end;
};

static void raw_start(struct raw *r, uint32_t major, uint32_t minor)
{
    uint32_t crc;

    memset(r, 0, sizeof *r);
    avo_wire_put_preamble(r->b, minor);
    memcpy(r->b + 8, &major, 4);
    crc = avo_crc32c(0, r->b, 60);
    memcpy(r->b + 60, &crc, 4);
    r->n = AVO_WIRE_PREAMBLE;
}

static void raw_record(struct raw *r, struct avo_head head, const void *payload, size_t len)
{
    struct avo_wire_head h = { head, avo_crc32c(0, payload, len), r->n_heads };

    if (!h.head.n_parts) h.head.n_parts = 1;
    h.head.payload_bytes = len;
    r->heads[r->n_heads++] = r->n;
    avo_wire_put_head(r->b + r->n, &h);
    memcpy(r->b + r->n + AVO_WIRE_HEAD, payload, len);
    r->end.n_bins += head.n_bins;
    r->end.n_records++;
    r->n += AVO_WIRE_HEAD + avo_wire_round(len);
}

/* Writes the CRC of the head at `at` anew. */
static void raw_seal(struct raw *r, size_t at)
{
    uint32_t crc = avo_crc32c(0, r->b + at, 60);

    memcpy(r->b + at + 60, &crc, 4);
}

static void raw_header(struct raw *r, const char *text)
{
    raw_record(r, (struct avo_head){ .type = AVO_REC_HEADER }, text, strlen(text));
}

static void put32(unsigned char *p, uint32_t x) { memcpy(p, &x, 4); }

/* A tile of one run with two tracks; the payload can be changed before it is written. */
static size_t tile_payload(unsigned char p[512], uint32_t beg, uint32_t n_bins)
{
    memset(p, 0, 512);
    put32(p, 1);
    put32(p + 4, n_bins);
    put32(p + 8, 2);
    put32(p + 12, AVO_F32);
    put32(p + 16, beg);
    put32(p + 20, n_bins);
    for (uint32_t i = 0; i < 2 * n_bins; i++) {
        float x = (float)(beg + i);
        memcpy(p + 64 + 4 * (size_t)i, &x, 4);
    }
    return 64 + 8 * (size_t)n_bins;
}

static struct avo_head tile_head(uint32_t beg, uint32_t n_bins)
{
    return (struct avo_head){ .type = AVO_REC_SIGNAL, .beg_bin = beg, .end_bin = beg + n_bins,
                              .n_bins = n_bins };
}

static void raw_tile(struct raw *r, uint32_t beg, uint32_t n_bins)
{
    unsigned char p[512];
    size_t len = tile_payload(p, beg, n_bins);

    raw_record(r, tile_head(beg, n_bins), p, len);
}

static void raw_end(struct raw *r)
{
    unsigned char p[AVO_WIRE_END_FIXED];

    for (size_t i = 0; i < r->n_heads; i++)
        r->end.heads_crc = avo_crc32c(r->end.heads_crc, r->b + r->heads[i], AVO_WIRE_HEAD_SUMMED);
    avo_wire_put_end(p, &r->end);
    raw_record(r, (struct avo_head){ .type = AVO_REC_END }, p, sizeof p);
}

static void raw_save(const struct raw *r, const char *sub)
{
    FILE *f = create(sub);

    if (fwrite(r->b, 1, r->n, f) != r->n || fclose(f)) stop("cannot write");
}

/* HEADER and the tiles [0, 8), [8, 16), [16, 20) of chromosome a. */
static void raw_signal(struct raw *r)
{
    raw_start(r, 1, 0);
    raw_header(r, SIGNAL_TEXT);
    raw_tile(r, 0, 8);
    raw_tile(r, 8, 8);
    raw_tile(r, 16, 4);
}

static void raw_tensor(struct raw *r, uint32_t type, const char *tensor, uint64_t dim,
                       uint64_t count, uint32_t n_parts)
{
    unsigned char p[256] = { 0 };
    struct avo_tensor t = { .dtype = AVO_F32, .n_dims = 1, .dims = { dim } };

    snprintf(t.name, sizeof t.name, "%s", tensor);
    avo_wire_put_tensor(p, &t, 0, count);
    raw_record(r, (struct avo_head){ .type = type, .n_parts = n_parts }, p,
               AVO_WIRE_TENSOR_FIXED + 4 * count);
}

/* ---- bad streams: one fault each ---- */

static void bad_preambles(void)
{
    struct raw r;

    name = "magic", raw_signal(&r), raw_end(&r);
    r.b[4] = '\n', raw_save(&r, "bad");         /* CR LF turned into LF LF */
    name = "major", raw_start(&r, 2, 0), raw_header(&r, SIGNAL_TEXT), raw_end(&r);
    raw_save(&r, "bad");
    name = "preamble-crc", raw_signal(&r), raw_end(&r);
    r.b[12] = 1, raw_save(&r, "bad");
    name = "preamble-reserved", raw_signal(&r), raw_end(&r);
    r.b[20] = 1, raw_seal(&r, 0), raw_save(&r, "bad");
    name = "empty", r.n = 0, raw_save(&r, "bad");
    name = "short", r.n = 20, raw_save(&r, "bad");
}

static void bad_ends(void)
{
    struct raw r;
    size_t n;

    name = "no-end", raw_signal(&r), raw_save(&r, "bad");
    name = "cut-head", r.n -= 40 + 64 + 64, raw_save(&r, "bad");
    name = "cut-payload", raw_signal(&r), r.n -= 70, raw_save(&r, "bad");
    name = "trailing", raw_signal(&r), raw_end(&r);
    n = r.n, memcpy(r.b + n, r.b, n), r.n += n, raw_save(&r, "bad");
    name = "end-records", raw_signal(&r), r.end.n_records++, raw_end(&r), raw_save(&r, "bad");
    name = "end-bins", raw_signal(&r), r.end.n_bins--, raw_end(&r), raw_save(&r, "bad");
    name = "end-crc", raw_signal(&r), r.end.heads_crc = 1, raw_end(&r), raw_save(&r, "bad");
    name = "end-short", raw_signal(&r);
    raw_record(&r, (struct avo_head){ .type = AVO_REC_END }, "short", 5), raw_save(&r, "bad");
}

static void move(unsigned char *to, const struct raw *r, size_t first, size_t last)
{
    memcpy(to, r->b + r->heads[first], r->heads[last] - r->heads[first]);
}

static void bad_sequences(void)
{
    struct raw r, s;
    size_t len;

    raw_signal(&r), raw_end(&r);
    len = r.heads[2] - r.heads[1];              /* tiles 1 and 2 are of one size */
    name = "swapped", s = r;
    move(s.b + s.heads[1], &r, 2, 3), move(s.b + s.heads[2], &r, 1, 2), raw_save(&s, "bad");
    name = "dropped", s = r;
    move(s.b + s.heads[1], &r, 2, 4), memmove(s.b + s.heads[4] - len, r.b + r.heads[4],
                                              r.n - r.heads[4]);
    s.n -= len, raw_save(&s, "bad");
    name = "doubled", s = r;
    move(s.b + s.heads[2], &r, 1, 2), raw_save(&s, "bad");
    name = "tiles-descend", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT);
    raw_tile(&r, 8, 8), raw_tile(&r, 0, 8), raw_end(&r), raw_save(&r, "bad");
    name = "group-twice", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT);
    raw_tile(&r, 0, 2), raw_tile(&r, 3, 4), raw_end(&r), raw_save(&r, "bad");
    name = "second-header", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT);
    raw_header(&r, SIGNAL_TEXT), raw_end(&r), raw_save(&r, "bad");
    name = "no-header", raw_start(&r, 1, 0), raw_tile(&r, 0, 8), raw_end(&r), raw_save(&r, "bad");
    name = "content", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT);
    raw_tensor(&r, AVO_REC_CORE, "w", 3, 3, 1), raw_end(&r), raw_save(&r, "bad");
    name = "state-first", raw_start(&r, 1, 0), raw_header(&r, MODEL_TEXT);
    raw_tensor(&r, AVO_REC_STATE, "m", 3, 3, 1), raw_tensor(&r, AVO_REC_CORE, "w", 3, 3, 1);
    raw_end(&r), raw_save(&r, "bad");
}

static void bad_heads(void)
{
    struct raw r;

    name = "head-crc", raw_signal(&r), raw_end(&r);
    r.b[r.heads[2] + 32] ^= 1, raw_save(&r, "bad");
    name = "head-flags", raw_signal(&r);
    r.b[r.heads[1] + 4] = 2, raw_seal(&r, r.heads[1]), raw_end(&r), raw_save(&r, "bad");
    name = "head-reserved", raw_signal(&r);
    r.b[r.heads[1] + 52] = 2, raw_seal(&r, r.heads[1]), raw_end(&r), raw_save(&r, "bad");
    name = "huge-payload", raw_signal(&r);
    memset(r.b + r.heads[1] + 16, 0x7f, 8), raw_seal(&r, r.heads[1]), raw_end(&r);
    raw_save(&r, "bad");
    name = "unknown-type", raw_signal(&r);
    raw_record(&r, (struct avo_head){ .type = 99 }, "x", 1), raw_end(&r), raw_save(&r, "bad");
    name = "skip-known", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT);
    raw_record(&r, (struct avo_head){ .type = AVO_REC_CORE, .may_skip = true }, "x", 1);
    raw_end(&r), raw_save(&r, "bad");
    name = "parts-of-signal", raw_signal(&r);
    put32(r.b + r.heads[1] + 12, 2), raw_seal(&r, r.heads[1]), raw_end(&r), raw_save(&r, "bad");
    name = "past-chromosome", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT);
    raw_tile(&r, 38, 4), raw_end(&r), raw_save(&r, "bad");
}

static void save_tile(struct raw *r, struct avo_head head, const void *payload, size_t len)
{
    raw_start(r, 1, 0);
    raw_header(r, SIGNAL_TEXT);
    raw_record(r, head, payload, len);
    raw_end(r);
    raw_save(r, "bad");
}

static void bad_tiles(void)
{
    struct raw r;
    unsigned char p[512];
    const uint32_t nan = 0x7fc00000u, inf = 0xff800000u;
    size_t len = tile_payload(p, 0, 8);

    name = "payload-crc", raw_signal(&r), r.b[r.heads[1] + 64 + 70] ^= 1, raw_end(&r);
    raw_save(&r, "bad");
    name = "padding", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT), raw_tile(&r, 0, 4);
    r.b[r.n - 1] = 1, raw_end(&r), raw_save(&r, "bad");
    name = "nan", put32(p + 64, nan), save_tile(&r, tile_head(0, 8), p, len);
    name = "infinite", put32(p + 64 + 4 * 15, inf), put32(p + 64, 0);
    save_tile(&r, tile_head(0, 8), p, len);
    name = "huge-runs", tile_payload(p, 0, 8), put32(p, UINT32_MAX);
    save_tile(&r, tile_head(0, 8), p, len);
    name = "no-runs", tile_payload(p, 0, 8), put32(p, 0), save_tile(&r, tile_head(0, 8), p, len);
    name = "huge-bins", tile_payload(p, 0, 8), put32(p + 4, UINT32_MAX);
    save_tile(&r, tile_head(0, 8), p, len);
    name = "other-bins", tile_payload(p, 0, 8), save_tile(&r, tile_head(4, 8), p, len);
    name = "wrapping-run", tile_payload(p, 0, 8), put32(p + 16, UINT32_MAX - 3);
    save_tile(&r, tile_head(0, 8), p, len);
    name = "tracks", tile_payload(p, 0, 8), put32(p + 8, 3);
    save_tile(&r, tile_head(0, 8), p, len + 32);
    name = "type-of-value", tile_payload(p, 0, 8), put32(p + 12, AVO_F64);
    save_tile(&r, tile_head(0, 8), p, len + 64);
    name = "outside-extents", len = tile_payload(p, 32, 8);
    save_tile(&r, tile_head(32, 8), p, len);
    name = "long-payload", len = tile_payload(p, 0, 8);
    save_tile(&r, tile_head(0, 8), p, len + 4);
}

/* A GENOME tile of bins [0, 3): one block of width 1. */
static size_t genome_payload(unsigned char p[192])
{
    memset(p, 0, 192);
    memcpy(p, "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16);
    put32(p + 16, 1);
    put32(p + 20, 3);
    put32(p + 24, 1);
    put32(p + 32, 3);
    put32(p + 40, 3);
    return 128;
}

static void save_genome(const unsigned char *p, size_t len)
{
    struct raw r;
    struct avo_head head = tile_head(0, 3);

    head.type = AVO_REC_GENOME;
    raw_start(&r, 1, 0);
    raw_header(&r, MODEL_TEXT);
    raw_record(&r, head, p, len);
    raw_end(&r);
    raw_save(&r, "bad");
}

static void bad_models(void)
{
    struct raw r;
    unsigned char p[192];
    size_t len = genome_payload(p);

    name = "other-root", p[0] = 0xff, save_genome(p, len);
    name = "genome-rows", genome_payload(p), put32(p + 32, 2), save_genome(p, len);
    name = "genome-huge-rows", genome_payload(p), put32(p + 32, UINT32_MAX), save_genome(p, len);
    name = "genome-blocks", genome_payload(p), put32(p + 24, 2), save_genome(p, len);
    name = "genome-nan", genome_payload(p), put32(p + 68, 0x7fc00000u), save_genome(p, len);
    name = "genome-padding", genome_payload(p), p[100] = 1, save_genome(p, len);
    name = "huge-tensor", raw_start(&r, 1, 0), raw_header(&r, MODEL_TEXT);
    raw_tensor(&r, AVO_REC_CORE, "w", (uint64_t)1 << 61, 3, 1), raw_end(&r), raw_save(&r, "bad");
    name = "huge-parts", raw_start(&r, 1, 0), raw_header(&r, MODEL_TEXT);
    raw_tensor(&r, AVO_REC_CORE, "w", (uint64_t)1 << 50, 3, UINT32_MAX), raw_end(&r);
    raw_save(&r, "bad");
    name = "tensor-short", raw_start(&r, 1, 0), raw_header(&r, MODEL_TEXT);
    raw_tensor(&r, AVO_REC_CORE, "w", 4, 3, 1), raw_end(&r), raw_save(&r, "bad");
    name = "tensor-twice", raw_start(&r, 1, 0), raw_header(&r, MODEL_TEXT);
    raw_tensor(&r, AVO_REC_CORE, "w", 3, 3, 1), raw_tensor(&r, AVO_REC_CORE, "w", 3, 3, 1);
    raw_end(&r), raw_save(&r, "bad");
    name = "tensor-name", raw_start(&r, 1, 0), raw_header(&r, MODEL_TEXT);
    raw_tensor(&r, AVO_REC_CORE, "", 3, 3, 1), raw_end(&r), raw_save(&r, "bad");
}

static void bad_headers(void)
{
    struct raw r;

    name = "header-text", raw_start(&r, 1, 0), raw_header(&r, "@AVO\tversion:1.0\n"), raw_end(&r);
    raw_save(&r, "bad");
    name = "header-tag", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT "@NEW\tx:1\n");
    raw_end(&r), raw_save(&r, "bad");
    name = "block-kind", raw_start(&r, 1, 2);
    raw_header(&r, BLOCK_TEXT "@BLOCK\tname:new\tkind:novel\twidth:3\n");
    raw_end(&r), raw_save(&r, "bad");
    name = "header-utf8", raw_start(&r, 1, 0), raw_header(&r, SIGNAL_TEXT "@PG\tprogram:\xc3\n");
    raw_end(&r), raw_save(&r, "bad");
}

/* ---- good streams ---- */

static struct avo_writer *start_good(struct avo_header *h, bool bgzf)
{
    struct avo_error err = { 0 };
    char path[512];
    struct avo_writer *w;

    snprintf(path, sizeof path, "%s/good/%s.avo", folder, name);
    if (!(w = avo_writer_open(path, h, bgzf, NULL, &err))) stop(err.msg);
    avo_header_release(h);
    return w;
}

static void make_header(struct avo_header *h, enum avo_content content)
{
    *h = (struct avo_header){ .content = content, .bin_bp = 25, .mid_bins = 10,
                              .coarse_bins = 200 };
    avo_header_add_chrom(h, "chr1", 30010, NULL);
    avo_header_add_chrom(h, "chrX", 20000, NULL);
    avo_header_add_extent(h, 0, 0, 1200, NULL);
    avo_header_add_extent(h, 1, 100, 800, NULL);
    avo_track_add_attr(avo_header_add_track(h, "E065", "H3K4me3", AVO_ROLE_TRAIN, NULL),
                       "accession", "ENC:1 %", NULL);
    avo_header_add_track(h, "IMR 90/b", "DNase", AVO_ROLE_TEST, NULL);
    avo_header_add_provenance(h, "make_streams", "seed:0", NULL);
}

static void good_signal(const char *file, bool bgzf, bool nan, bool skip)
{
    struct avo_error err = { 0 };
    struct avo_header h;
    struct avo_run runs[2] = { { 3, 4 }, { 390, 12 } };
    float v[32];
    struct avo_tile t = { { 0, 2, 16, runs }, AVO_F32, 2, v };
    uint16_t half[4] = { 0x3c00, 0xbc00, 0, 0x3555 };
    struct avo_head unknown = { .type = 1000, .may_skip = true, .n_parts = 1 };
    struct avo_writer *w;

    name = file;
    make_header(&h, AVO_CONTENT_SIGNAL);
    h.missing_nan = nan;
    for (int i = 0; i < 32; i++) v[i] = nan && i % 5 == 0 ? NAN : (float)(i / 3) / 4;
    w = start_good(&h, bgzf);
    if (skip && avo_writer_raw(w, &unknown, "from the future", 15, &err)) stop(err.msg);
    if (avo_writer_signal(w, &t, &err)) stop(err.msg);
    runs[0] = (struct avo_run){ 199, 2 };
    t = (struct avo_tile){ { 1, 1, 2, runs }, AVO_F16, 2, half };
    if (avo_writer_signal(w, &t, &err)) stop(err.msg);
    if (skip && avo_writer_raw(w, &unknown, "", 0, &err)) stop(err.msg);
    if (avo_writer_end_note(w, "input", "0123 a%", &err) || avo_writer_finish(w, &err))
        stop(err.msg);
    avo_writer_free(w);
}

static void good_model(const char *file)
{
    struct avo_error err = { 0 };
    struct avo_header h;
    struct avo_run runs[2] = { { 3, 4 }, { 390, 12 } };
    float v[64];
    struct avo_genome_tile g = { { 0, 2, 16, runs }, ROOT, 3, { 16, 3, 3 }, { v, v + 32, v + 40 } };
    struct avo_tensor w1 = { "layer1.weight", AVO_F32, 2, { 4, 5 }, v };
    struct avo_tensor hyper = { "hyper", AVO_U8, 1, { 9 }, "lr:0.001\n" };
    uint32_t steps[3] = { 1, 2, 4000000000u };
    struct avo_tensor state = { "steps", AVO_U32, 1, { 3 }, steps };
    struct avo_writer *w;

    name = file;
    make_header(&h, AVO_CONTENT_MODEL);
    strcpy(h.root_id, ROOT);
    avo_header_add_block(&h, "celltype", AVO_BLOCK_CELLTYPE, 4, 0, NULL);
    avo_header_add_block(&h, "fine", AVO_BLOCK_GENOME, 2, 1, NULL);
    avo_header_add_block(&h, "mid", AVO_BLOCK_GENOME, 2, 10, NULL);
    avo_header_add_block(&h, "coarse", AVO_BLOCK_GENOME, 1, 200, NULL);
    for (int i = 0; i < 64; i++) v[i] = (float)i / 8;
    w = start_good(&h, false);
    if (avo_writer_tensor(w, AVO_REC_CORE, &hyper, &err) ||
        avo_writer_tensor(w, AVO_REC_CORE, &w1, &err) || avo_writer_genome(w, &g, &err) ||
        avo_writer_tensor(w, AVO_REC_STATE, &state, &err) || avo_writer_finish(w, &err))
        stop(err.msg);
    avo_writer_free(w);
}

/* A FEATURE record of n_rows x n_features and its text; v: the values' bits, 16 at most. */
static void raw_features(struct raw *r, uint32_t n_rows, uint32_t n_features, const uint32_t *v,
                         const char *text)
{
    unsigned char p[512] = { (unsigned char)n_rows, 0, 0, 0, (unsigned char)n_features };
    size_t len = strlen(text);

    p[8] = (unsigned char)len;
    memcpy(p + 64, v, 4 * (size_t)n_rows * n_features);
    memcpy(p + 128, text, len);
    raw_record(r, (struct avo_head){ .type = AVO_REC_FEATURE }, p, 128 + len);
}

#define FEATURE_TEXT "@AVO\tversion:1.0\tcontent:feature\n@BIN\tbp:25\tmid:10\tcoarse:200\n" \
                     "@CHROM\tname:a\tlength:1000\n@SPACE\ttransform:none\tmissing:zero\n" \
                     "@feature\tname:f1\n"
#define ONE 0x3f800000u
#define NOT_A_NUMBER 0x7fc00000u
#define INFINITE 0x7f800000u

static void bad_features(void)
{
    static const struct { const char *name; uint32_t n_rows, n_features, v; const char *text; }
    cases[] = {
        { "feature-count", 1, 2, ONE, "a\t0\t1\t\t\t\n" },
        { "feature-infinite", 1, 1, INFINITE, "a\t0\t1\t\t\t\n" },
        { "feature-lines", 2, 1, ONE, "a\t0\t1\t\t\t\n" },
        { "feature-fields", 1, 1, ONE, "a\t0\t1\t\t\n" },
        { "feature-place", 1, 1, ONE, "a\t0\t1001\t\t\t\n" },
        { "feature-chrom", 1, 1, ONE, "b\t0\t1\t\t\t\n" }
    };
    struct raw r;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t v[2] = { cases[i].v, ONE };
        name = cases[i].name, raw_start(&r, 1, 0), raw_header(&r, FEATURE_TEXT);
        raw_features(&r, cases[i].n_rows, cases[i].n_features, v, cases[i].text);
        raw_end(&r), raw_save(&r, "bad");
    }
}

/* CORE of the other family in part: enough for a reader that does not make a model of it. */
static void good_observed(const char *file)
{
    static const enum avo_block_kind kinds[] = { AVO_BLOCK_ELSEWHERE, AVO_BLOCK_OWN,
                                                 AVO_BLOCK_TARGET, AVO_BLOCK_ASSAY };
    static const uint32_t width[] = { 8, 10, 8, 4 };
    static const char text[] = "windows\t0,10\nranks\t1\nhide\t0.3\nsamples\t1000\n";
    struct avo_error err = { 0 };
    struct avo_header h;
    float scale[2] = { 0.25f, 1.5f }, count = -0.5f;
    struct avo_tensor t[] = {
        { "observed", AVO_U8, 1, { strlen(text) }, text },
        { "stats.tracks", AVO_U8, 1, { 13 }, "E065\tH3K4me3\n" },
        { "stats.scale", AVO_F32, 2, { 1, 2 }, scale },
        { "count", AVO_F32, 2, { 1, 1 }, &count } };
    struct avo_writer *w;

    name = file;
    make_header(&h, AVO_CONTENT_MODEL);
    for (int k = 0; k < 4; k++)
        avo_header_add_block(&h, avo_block_kind_name(kinds[k]), kinds[k], width[k], 0, NULL);
    memcpy(h.root_id, ROOT, sizeof h.root_id);
    w = start_good(&h, false);
    for (int k = 0; k < 4; k++)
        if (avo_writer_tensor(w, AVO_REC_CORE, &t[k], &err)) stop(err.msg);
    if (avo_writer_finish(w, &err)) stop(err.msg);
    avo_writer_free(w);
}

static void good_others(void)
{
    struct raw r;
    struct avo_header h;
    struct avo_writer *w;
    struct avo_error err = { 0 };

    name = "empty";
    make_header(&h, AVO_CONTENT_SIGNAL);
    w = start_good(&h, false);
    if (avo_writer_finish(w, &err)) stop(err.msg);
    avo_writer_free(w);
    name = "feature", raw_start(&r, 1, 0), raw_header(&r, FEATURE_TEXT);
    raw_features(&r, 2, 1, (uint32_t[]){ ONE, NOT_A_NUMBER },
                 "a\t25\t75\tx\t1\tg\na\t0\t1000\t\t\t\n");
    raw_end(&r), raw_save(&r, "good");
    name = "feature-pairs", raw_start(&r, 1, 0);
    raw_header(&r, FEATURE_TEXT "@column\tname:right.chrom\n@column\tname:right.start\n"
                   "@column\tname:right.end\n@column\tname:score\n");
    raw_features(&r, 1, 1, (uint32_t[]){ ONE }, "a\t25\t75\tx%25\t1\tg\ta\t0\t1000\t7\n");
    raw_end(&r), raw_save(&r, "good");
    name = "minor", raw_start(&r, 1, 7);
    raw_header(&r, "@AVO\tversion:1.7\tcontent:signal\n@BIN\tbp:25\tmid:2\tcoarse:4\n"
                   "@CHROM\tname:a\tlength:1000\n@later\tkey:value\n"
                   "@EXTENT\tchrom:a\tbeg:0\tend:36\n@SPACE\ttransform:none\tmissing:zero\n"
                   "@TRACK\tcelltype:c\tassay:x\tkind:observed\n"
                   "@TRACK\tcelltype:c\tassay:y\tkind:imputed\n");
    raw_tile(&r, 0, 8);
    raw_record(&r, (struct avo_head){ .type = 2000, .may_skip = true }, "new", 3);
    raw_end(&r), raw_save(&r, "good");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_streams FOLDER (which has good/ and bad/)\n");
        return 2;
    }
    folder = argv[1];
    bad_preambles();
    bad_ends();
    bad_sequences();
    bad_heads();
    bad_tiles();
    bad_models();
    bad_headers();
    bad_features();
    good_signal("signal", false, false, false);
    good_signal("signal-nan", false, true, false);
    good_signal("signal-skip", false, false, true);
    good_signal("signal-bgzf", true, false, false);
    good_model("model");
    good_observed("observed");
    good_others();
    return 0;
}
