/* SPDX-License-Identifier: MIT */
/* check_stream.c: every record type written and read back, and what readers and writers refuse. */
#include "libcommon/stream/stream.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT "0123456789abcdef0123456789abcdef"

static char path[] = "/tmp/check_stream.XXXXXX";

static void make_path(void)
{
    strcpy(path, "/tmp/check_stream.XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void drop_path(void) { unlink(path); }

static void base_header(struct avo_header *h, enum avo_content content)
{
    memset(h, 0, sizeof *h);
    h->content = content;
    h->bin_bp = 25;
    h->mid_bins = 10;
    h->coarse_bins = 200;
    ck_assert_int_eq(avo_header_add_chrom(h, "chr1", 100012, NULL), 0);
    ck_assert_int_eq(avo_header_add_chrom(h, "chr2", 50000, NULL), 0);
    ck_assert_int_eq(avo_header_add_extent(h, 0, 0, 4000, NULL), 0);
    ck_assert_int_eq(avo_header_add_extent(h, 1, 200, 2000, NULL), 0);
    struct avo_track *t = avo_header_add_track(h, "E065 a%b:c\t\xc3\xa4", "H3K4me3", AVO_ROLE_TEST,
                                               NULL);
    ck_assert_ptr_nonnull(t);
    ck_assert_int_eq(avo_track_add_attr(t, "acc:ession", "X\n%1", NULL), 0);
    ck_assert_ptr_nonnull(avo_header_add_track(h, "E003", "DNase", AVO_ROLE_UNSET, NULL));
    h->tracks[1].imputed = true;
    ck_assert_int_eq(avo_header_add_extra(h, "@feature\tname:x", NULL), 0);
    ck_assert_int_eq(avo_header_add_provenance(h, "test", "seed:1", NULL), 0);
    if (content != AVO_CONTENT_MODEL) return;
    strcpy(h->root_id, ROOT);
    ck_assert_int_eq(avo_header_add_block(h, "celltype", AVO_BLOCK_CELLTYPE, 32, 0, NULL), 0);
    ck_assert_int_eq(avo_header_add_block(h, "fine", AVO_BLOCK_GENOME, 3, 1, NULL), 0);
    ck_assert_int_eq(avo_header_add_block(h, "mid", AVO_BLOCK_GENOME, 2, 10, NULL), 0);
    ck_assert_int_eq(avo_header_add_block(h, "coarse", AVO_BLOCK_GENOME, 1, 200, NULL), 0);
}

static struct avo_writer *start(enum avo_content content, bool bgzf)
{
    struct avo_header h;
    struct avo_error err = { 0 };

    base_header(&h, content);
    struct avo_writer *w = avo_writer_open(path, &h, bgzf, NULL, &err);
    ck_assert_msg(w != NULL, "%s", err.msg);
    avo_header_release(&h);
    return w;
}

static void finish(struct avo_writer *w)
{
    struct avo_error err = { 0 };

    ck_assert_msg(avo_writer_finish(w, &err) == 0, "%s", err.msg);
    avo_writer_free(w);
}

static void add_tile(struct avo_writer *w, uint32_t chrom, uint32_t beg, enum avo_dtype dtype)
{
    struct avo_run runs[2] = { { beg, 7 }, { beg + 20, 5 } };
    float f[24];
    uint16_t h[24];
    struct avo_tile t = { { chrom, 2, 12, runs }, dtype, 2, dtype == AVO_F32 ? (void *)f : h };
    struct avo_error err = { 0 };

    for (int i = 0; i < 24; i++) {
        f[i] = (float)i + (float)beg;
        h[i] = (uint16_t)(0x3c00 + i);
    }
    ck_assert_msg(avo_writer_signal(w, &t, &err) == 0, "%s", err.msg);
}

/* Bytes that came through a pipe since the last call. */
static int came(int fd)
{
    static char buf[1 << 16];
    ssize_t n = read(fd, buf, sizeof buf);

    return n > 0 ? (int)n : 0;
}

/* Whoever reads a pipe waits for records, not for a full buffer. */
START_TEST(a_record_leaves_when_it_is_whole)
{
    struct avo_writer *w;
    int fd;

    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_ge(fd = open(path, O_RDONLY | O_NONBLOCK), 0);
    w = start(AVO_CONTENT_SIGNAL, false);
    ck_assert_int_gt(came(fd), 128);            /* preamble and HEADER */
    for (uint32_t i = 0; i < 3; i++) {
        int n;
        add_tile(w, 0, 200 * i, AVO_F16);
        ck_assert_int_gt(n = came(fd), 64);
        ck_assert_int_eq(n % 64, 0);            /* its padding, too */
    }
    finish(w);
    ck_assert_int_gt(came(fd), 64);
    close(fd);
}
END_TEST

static void header_equal(const struct avo_header *a, const struct avo_header *b)
{
    char *x, *y;
    size_t nx, ny;

    ck_assert_int_eq(avo_header_format(a, &x, &nx, NULL), 0);
    ck_assert_int_eq(avo_header_format(b, &y, &ny, NULL), 0);
    ck_assert_uint_eq(nx, ny);
    ck_assert_mem_eq(x, y, nx);
    free(x);
    free(y);
}

START_TEST(header_round_trip)
{
    struct avo_header h, back, copy;
    struct avo_error err = { 0 };
    char *text;
    size_t len;

    base_header(&h, AVO_CONTENT_MODEL);
    h.missing_nan = true;
    h.transform = AVO_LOG1P;
    h.unit = strdup("-log10 p");
    ck_assert_int_eq(avo_header_format(&h, &text, &len, &err), 0);
    ck_assert_msg(avo_header_parse(&back, text, len, &err) == 0, "%s", err.msg);
    header_equal(&h, &back);
    ck_assert_str_eq(back.tracks[0].celltype, "E065 a%b:c\t\xc3\xa4");
    ck_assert_str_eq(back.tracks[0].attrs[0].key, "acc:ession");
    ck_assert_str_eq(back.tracks[0].attrs[0].value, "X\n%1");
    ck_assert_int_eq(back.tracks[0].role, AVO_ROLE_TEST);
    ck_assert_int_eq(back.tracks[1].role, AVO_ROLE_UNSET);
    ck_assert(back.tracks[1].imputed && !back.tracks[0].imputed);
    ck_assert_uint_eq(avo_header_chrom_bins(&back, 0), 4000);
    ck_assert_str_eq(back.unit, "-log10 p");
    ck_assert_uint_eq(back.n_blocks, 4);
    ck_assert_uint_eq(back.blocks[2].bins_per_row, 10);
    ck_assert_int_eq(avo_header_copy(&copy, &back, &err), 0);
    header_equal(&copy, &h);
    ck_assert_int_eq(avo_header_find_chrom(&copy, "chr2"), 1);
    ck_assert_int_eq(avo_header_find_chrom(&copy, "2"), -1);
    ck_assert_int_eq(avo_header_find_track(&copy, "E003", "DNase"), 1);
    free(text);
    avo_header_release(&h);
    avo_header_release(&back);
    avo_header_release(&copy);
}
END_TEST

#define TOP "@AVO\tversion:1.0\tcontent:signal\n@BIN\tbp:25\tmid:10\tcoarse:200\n"
#define CHR "@CHROM\tname:a\tlength:5000\n"
#define SPACE "@SPACE\ttransform:none\tmissing:zero\n"
#define MODEL "@AVO\tversion:1.1\tcontent:model\n@BIN\tbp:25\tmid:10\tcoarse:200\n"
#define PRODUCTS(c, a, g) \
    "@BLOCK\tname:x\tkind:celltype\twidth:" #c "\n@BLOCK\tname:y\tkind:assay\twidth:" #a \
    "\n@BLOCK\tname:z\tkind:genome\twidth:" #g "\tbins:1\n"

static const struct { const char *text, *message; } bad_headers[] = {
    { "", "line feed" },
    { "@AVO\tversion:1.0\tcontent:signal", "line feed" },
    { "@AVO\tversion:2.0\tcontent:signal\n", "version" },
    { "@AVO\tversion:1.0\tcontent:thing\n", "thing" },
    { "@AVO\tversion:1.0\n", "content" },
    { "@AVO\tversion:1.0\tversion:1.0\tcontent:signal\n", "twice" },
    { "@BIN\tbp:25\tmid:10\tcoarse:200\n", "misses" },
    { TOP "@SPACE\ttransform:none\tmissing:zero\n", "misses" },
    { TOP CHR, "@SPACE" },
    { TOP CHR CHR SPACE, "given twice" },
    { TOP "@BIN\tbp:25\tmid:10\tcoarse:200\n" CHR SPACE, "twice" },
    { TOP CHR SPACE CHR, "too late" },
    { TOP CHR SPACE "@WHAT\tx:y\n", "unknown kind" },
    { TOP CHR SPACE "\n", "unknown kind" },
    { TOP CHR SPACE "what\n", "unknown kind" },
    { TOP CHR "@SPACE\ttransform:none\tmissing:zero\tcolour:red\n", "colour" },
    { TOP CHR "@SPACE\ttransform:none\tmissing:zero\tunit\n", "key:value" },
    { TOP CHR "@SPACE\ttransform:none\tmissing:zero\tunit:%4\n", "%4" },
    { TOP CHR "@SPACE\ttransform:none\tmissing:zero\tunit:%00\n", "NUL" },
    { TOP CHR "@SPACE\ttransform:none\tmissing:zero\tunit:%FF\n", "UTF-8" },
    { TOP CHR "@SPACE\ttransform:none\tmissing:zero\tunit:\xff\n", "UTF-8" },
    { TOP CHR "@SPACE\ttransform:sqrt\tmissing:zero\n", "sqrt" },
    { TOP "@CHROM\tname:a\tlength:-5\n" SPACE, "-5" },
    { TOP "@CHROM\tname:a\tlength:0\n" SPACE, "length is 0" },
    { TOP "@CHROM\tname:a\tlength:99999999999999999999999\n" SPACE, "number" },
    { TOP "@CHROM\tname:a\tlength:100000000001\n" SPACE, "100000000001" },
    { TOP "@CHROM\tname:\tlength:5\n" SPACE, "empty" },
    { TOP CHR "@EXTENT\tchrom:b\tbeg:0\tend:3\n" SPACE, "\"b\"" },
    { TOP CHR "@EXTENT\tchrom:a\tbeg:3\tend:3\n" SPACE, "end is 3" },
    { TOP CHR "@EXTENT\tchrom:a\tbeg:0\tend:201\n" SPACE, "end is 201" },
    { TOP CHR "@EXTENT\tchrom:a\tbeg:0\tend:5\n@EXTENT\tchrom:a\tbeg:4\tend:9\n" SPACE,
      "overlaps" },
    { TOP CHR SPACE "@TRACK\tcelltype:a\tassay:b\tkind:observed\n"
                    "@TRACK\tcelltype:a\tassay:b\tkind:imputed\n", "a:b" },
    { TOP CHR SPACE "@TRACK\tcelltype:a\tassay:b\trole:boss\tkind:observed\n", "boss" },
    { TOP CHR SPACE "@TRACK\tcelltype:a\tassay:b\tkind:observed\ty:1\n", "unknown field" },
    { TOP CHR SPACE "@BLOCK\tname:x\tkind:weather\twidth:1\n", "weather" },
    { TOP CHR SPACE "@BLOCK\tname:x\twidth:1\n", "kind" },
    { TOP CHR SPACE "@BLOCK\tname:x\tkind:genome\twidth:0\tbins:1\n", "width" },
    { TOP CHR SPACE "@BLOCK\tname:x\tkind:genome\twidth:1\tbins:7\n", "divide" },
    { TOP CHR SPACE "@BLOCK\tname:x\tkind:assay\twidth:1\tbins:1\n", "unknown field" },
    { TOP CHR SPACE "@MODEL\troot:xyz\n", "xyz" },
    { TOP CHR SPACE "@MODEL\troot:" ROOT "\tform:parafac\n", "do not go with form" },
    { MODEL CHR SPACE PRODUCTS(3, 3, 3) "@MODEL\troot:" ROOT "\tform:tucker\n", "tucker" },
    { MODEL CHR SPACE PRODUCTS(3, 3, 4) "@MODEL\troot:" ROOT "\tform:parafac\n",
      "do not go with form" },
    { MODEL CHR SPACE PRODUCTS(1, 1, 1) "@MODEL\troot:" ROOT "\tform:parafac\n",
      "do not go with form" },
    { MODEL CHR SPACE PRODUCTS(3, 3, 3) "@BLOCK\tname:d\tkind:assay\twidth:3\n@MODEL\troot:" ROOT
      "\tform:parafac\n", "do not go with form" },
    { "@AVO\tversion:1.0\tcontent:signal\n@BIN\tbp:25\tmid:10\tcoarse:201\n", "divide" },
    { "@AVO\tversion:1.0\tcontent:signal\n@BIN\tbp:025\tmid:10\tcoarse:200\n", "025" },
};

START_TEST(header_refused)
{
    struct avo_header h;
    struct avo_error err = { 0 };
    const char *text = bad_headers[_i].text;

    ck_assert_int_eq(avo_header_parse(&h, text, strlen(text), &err), -1);
    ck_assert_msg(strstr(err.msg, bad_headers[_i].message) != NULL, "case %d: %s", _i, err.msg);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
}
END_TEST

START_TEST(header_accepts_lower_case_tags)
{
    static const char text[] = TOP CHR "@new\tthing\n" SPACE "@other\tx:1\n@PG\tprogram:x\n";
    struct avo_header h;
    struct avo_error err = { 0 };

    ck_assert_msg(avo_header_parse(&h, text, sizeof text - 1, &err) == 0, "%s", err.msg);
    ck_assert_uint_eq(h.n_extra, 2);
    ck_assert_str_eq(h.extra[1], "@other\tx:1");
    ck_assert_str_eq(h.provenance[0], "program:x");
    avo_header_release(&h);
    ck_assert_int_eq(avo_header_parse(&h, "a\0b\n", 4, &err), -1);
}
END_TEST

START_TEST(signal_round_trip)
{
    struct avo_writer *w = start(AVO_CONTENT_SIGNAL, _i == 1);
    struct avo_error err = { 0 };
    struct avo_head head;
    struct avo_tile t;

    add_tile(w, 0, 0, AVO_F32);
    add_tile(w, 0, 200, AVO_F16);
    add_tile(w, 1, 200, AVO_F32);
    ck_assert_int_eq(avo_writer_end_note(w, "input", "a b\n", &err), 0);
    finish(w);
    struct avo_reader *r = avo_reader_open(path, &err);
    ck_assert_msg(r != NULL, "%s", err.msg);
    ck_assert_uint_eq(avo_reader_header(r)->n_tracks, 2);
    for (int i = 0; i < 3; i++) {
        ck_assert_msg(avo_reader_next(r, &head, &err) == 1, "%s", err.msg);
        ck_assert_uint_eq(head.type, AVO_REC_SIGNAL);
        ck_assert_uint_eq(head.chrom, i == 2);
        ck_assert_uint_eq(head.beg_bin, i ? 200 : 0);
        ck_assert_uint_eq(head.end_bin, head.beg_bin + 25);
        if (_i == 2 && i == 1) continue;
        ck_assert_msg(avo_reader_signal(r, &t, &err) == 0, "%s", err.msg);
        ck_assert_uint_eq((uintptr_t)t.values % 64, 0);
        ck_assert_uint_eq(t.span.n_runs, 2);
        ck_assert_uint_eq(t.span.runs[1].beg_bin, head.beg_bin + 20);
        ck_assert_int_eq(t.dtype, i == 1 ? AVO_F16 : AVO_F32);
        if (i != 1) ck_assert_float_eq(((const float *)t.values)[23], 23 + (float)head.beg_bin);
        else ck_assert_uint_eq(((const uint16_t *)t.values)[23], 0x3c00 + 23);
    }
    ck_assert_msg(avo_reader_next(r, &head, &err) == 0, "%s", err.msg);
    ck_assert_uint_eq(avo_reader_end(r)->n_records, 4);
    ck_assert_uint_eq(avo_reader_end(r)->n_bins, 36);
    ck_assert_uint_eq(strlen(avo_reader_end(r)->digest), 32);
    ck_assert_str_eq(avo_reader_end(r)->notes, "input:a b%0A\n");
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 0);
    avo_reader_close(r);
}
END_TEST

static void fill_genome(struct avo_genome_tile *g, struct avo_run *runs, float *values)
{
    memset(g, 0, sizeof *g);
    /* 12 bins in 3 mid rows (0, 2 and 3) and 1 coarse row */
    runs[0] = (struct avo_run){ 0, 7 };
    runs[1] = (struct avo_run){ 28, 5 };
    g->span = (struct avo_span){ 0, 2, 12, runs };
    strcpy(g->root_id, ROOT);
    g->n_blocks = 3;
    for (int i = 0; i < 64; i++) values[i] = (float)i;
    g->rows[0] = values;
    g->n_rows[0] = 12;
    g->rows[1] = values + 36;
    g->n_rows[1] = 3;
    g->rows[2] = values + 42;
    g->n_rows[2] = 1;
}

START_TEST(model_round_trip)
{
    struct avo_writer *w = start(AVO_CONTENT_MODEL, _i == 1);
    struct avo_error err = { 0 };
    double d[6] = { 1, 2, 3, 4, 5, NAN };
    struct avo_tensor t = { "weights", AVO_F64, 2, { 2, 3 }, d }, text = { "opts", AVO_U8, 1, { 5 },
                            "hello" }, one = { "scalar", AVO_I64, 0, { 0 }, d }, none =
                            { "none", AVO_F32, 1, { 0 }, NULL }, back;
    struct avo_genome_tile g, g2;
    struct avo_run runs[2];
    struct avo_head head;
    float values[64];

    fill_genome(&g, runs, values);
    ck_assert_int_eq(avo_writer_tensor(w, AVO_REC_CORE, &t, &err), 0);
    ck_assert_int_eq(avo_writer_tensor(w, AVO_REC_CORE, &text, &err), 0);
    ck_assert_msg(avo_writer_genome(w, &g, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(avo_writer_tensor(w, AVO_REC_STATE, &one, &err), 0);
    ck_assert_int_eq(avo_writer_tensor(w, AVO_REC_STATE, &none, &err), 0);
    finish(w);
    struct avo_reader *r = avo_reader_open(path, &err);
    ck_assert_msg(r != NULL, "%s", err.msg);
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 1);
    ck_assert_int_eq(avo_reader_tensor(r, &back, &err), 0);
    ck_assert_str_eq(back.name, "weights");
    ck_assert_uint_eq(back.dims[1], 3);
    ck_assert_mem_eq(back.data, d, sizeof d);
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 1);
    ck_assert_int_eq(avo_reader_tensor(r, &back, &err), 0);
    ck_assert_mem_eq(back.data, "hello", 5);
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 1);
    ck_assert_msg(avo_reader_genome(r, &g2, &err) == 0, "%s", err.msg);
    ck_assert_uint_eq(g2.n_rows[1], 3);
    ck_assert_mem_eq(g2.rows[0], values, 36 * 4);
    ck_assert_mem_eq(g2.rows[1], values + 36, 6 * 4);
    ck_assert_float_eq(g2.rows[2][0], 42);
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 1);
    ck_assert_uint_eq(head.type, AVO_REC_STATE);
    ck_assert_int_eq(avo_reader_tensor(r, &back, &err), 0);
    ck_assert_uint_eq(avo_tensor_count(&back), 1);
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 1);
    ck_assert_int_eq(avo_reader_tensor(r, &back, &err), 0);
    ck_assert_uint_eq(avo_tensor_count(&back), 0);
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 0);
    avo_reader_close(r);
}
END_TEST

START_TEST(tensor_of_parts)
{
    size_t n = (AVO_MAX_PAYLOAD / 4) * 2 + 12345;
    uint32_t *data = malloc(n * 4);
    struct avo_tensor t = { "big", AVO_U32, 2, { 1, n }, data }, back;
    struct avo_writer *w = start(AVO_CONTENT_MODEL, false);
    struct avo_error err = { 0 };
    struct avo_head head;

    for (size_t i = 0; i < n; i++) data[i] = (uint32_t)(i * 2654435761u);
    ck_assert_int_eq(avo_writer_tensor(w, AVO_REC_CORE, &t, &err), 0);
    finish(w);
    struct avo_reader *r = avo_reader_open(path, &err);
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 1);
    ck_assert_uint_eq(head.n_parts, 3);
    ck_assert_msg(avo_reader_tensor(r, &back, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(memcmp(back.data, data, n * 4), 0);
    ck_assert_int_eq(avo_reader_next(r, &head, &err), 0);
    avo_reader_close(r);
    r = avo_reader_open(path, &err);        /* parts passed over one by one */
    for (int i = 0; i < 3; i++) ck_assert_int_eq(avo_reader_next(r, &head, &err), 1);
    ck_assert_int_eq(avo_reader_tensor(r, &back, &err), -1);
    avo_reader_close(r);
    free(data);
}
END_TEST

START_TEST(span_rows)
{
    struct avo_run runs[3] = { { 5, 10 }, { 18, 1 }, { 195, 10 } };
    struct avo_span s = { 0, 3, 21, runs };

    ck_assert_uint_eq(avo_span_rows(&s, 1), 21);
    ck_assert_uint_eq(avo_span_rows(&s, 10), 4);
    ck_assert_uint_eq(avo_span_rows(&s, 200), 2);
    ck_assert_uint_eq(avo_span_rows(&s, 1000), 1);
}
END_TEST

/* ---- what the writer refuses ---- */

enum { W_NAN, W_INF, W_ORDER, W_GROUP, W_TRACKS, W_EXTENT, W_TOUCH, W_SUM, W_CONTENT, W_CASES };

START_TEST(writer_refuses)
{
    static const char *const want[W_CASES] = { "not finite", "not finite", "ascend", "ascend",
                                               "tracks", "extents", "run 1", "hold", "content" };
    struct avo_writer *w = start(AVO_CONTENT_SIGNAL, false);
    struct avo_run runs[2] = { { 400, 60 }, { 470, 10 } };
    float v[141] = { 0 };
    struct avo_tile t = { { 0, 2, 70, runs }, AVO_F32, 2, v };
    struct avo_tensor x = { "x", AVO_F32, 0, { 0 }, v };
    struct avo_error err = { 0 };
    int rc;

    add_tile(w, 0, 200, AVO_F32);
    if (_i == W_NAN) v[139] = NAN;
    if (_i == W_INF) v[0] = INFINITY;
    if (_i == W_ORDER) runs[0].beg_bin = 10, runs[1].beg_bin = 90;
    if (_i == W_GROUP) runs[0].beg_bin = 300;
    if (_i == W_TRACKS) t.n_tracks = 1;
    if (_i == W_EXTENT) t.span.chrom = 1, runs[0].beg_bin = 199, runs[1].beg_bin = 300;
    if (_i == W_TOUCH) runs[1].beg_bin = 460;
    if (_i == W_SUM) t.span.n_bins = 69;
    rc = _i == W_CONTENT ? avo_writer_tensor(w, AVO_REC_CORE, &x, &err)
                         : avo_writer_signal(w, &t, &err);
    ck_assert_int_eq(rc, -1);
    ck_assert_msg(strstr(err.msg, want[_i]) != NULL, "case %d: %s", _i, err.msg);
    memset(&err, 0, sizeof err);
    ck_assert_int_eq(avo_writer_finish(w, &err), -1);
    avo_writer_free(w);
}
END_TEST

START_TEST(missing_nan_allows_nan_only)
{
    struct avo_header h;
    struct avo_error err = { 0 };
    struct avo_run run = { 0, 100 };
    float v[200] = { 0 };
    struct avo_tile t = { { 0, 1, 100, &run }, AVO_F32, 2, v };

    base_header(&h, AVO_CONTENT_SIGNAL);
    h.missing_nan = true;
    struct avo_writer *w = avo_writer_open(path, &h, false, NULL, &err);
    v[3] = v[150] = NAN;
    ck_assert_msg(avo_writer_signal(w, &t, &err) == 0, "%s", err.msg);
    run.beg_bin = 200;
    v[199] = -INFINITY;
    ck_assert_int_eq(avo_writer_signal(w, &t, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "E003:DNase at chr1, bin 299 is infinite"));
    avo_writer_free(w);
    avo_header_release(&h);
}
END_TEST

/* Wherever a value that is not finite stands, it is found; the greatest finite one is not. */
START_TEST(every_value_is_looked_at)
{
    struct avo_header h;
    struct avo_error err = { 0 };
    struct avo_run run = { 0, 133 };
    uint16_t half[266];
    float single[266];
    struct avo_tile t = { { 0, 1, 133, &run }, _i ? AVO_F16 : AVO_F32, 2, NULL };

    base_header(&h, AVO_CONTENT_SIGNAL);
    struct avo_writer *w = avo_writer_open(path, &h, false, NULL, &err);
    for (int i = 0; i < 266; i++) {
        half[i] = i % 2 ? 0x7bff : 0xfbff;
        single[i] = i % 2 ? 3.4028234e38f : -3.4028234e38f;
    }
    t.values = _i ? (const void *)half : single;
    ck_assert_msg(avo_writer_signal(w, &t, &err) == 0, "%s", err.msg);
    avo_writer_free(w);
    for (int i = 0; i < 266; i++) {
        char want[64];
        struct avo_error e = { 0 };
        uint16_t was = half[i];
        float was_single = single[i];
        half[i] = i % 3 ? 0x7c00 : 0xfe01;
        single[i] = i % 3 ? -INFINITY : NAN;
        w = avo_writer_open(path, &h, false, NULL, &err);
        ck_assert_int_eq(avo_writer_signal(w, &t, &e), -1);
        snprintf(want, sizeof want, "bin %d is not finite", i / 2);
        ck_assert_msg(strstr(e.msg, want) != NULL, "%d: %s", i, e.msg);
        avo_writer_free(w);
        half[i] = was;
        single[i] = was_single;
    }
    avo_header_release(&h);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stream");
    TCase *c = tcase_create("stream");
    SRunner *sr = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(c, make_path, drop_path);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, header_round_trip);
    tcase_add_loop_test(c, header_refused, 0, sizeof bad_headers / sizeof bad_headers[0]);
    tcase_add_test(c, header_accepts_lower_case_tags);
    tcase_add_loop_test(c, signal_round_trip, 0, 3);
    tcase_add_loop_test(c, model_round_trip, 0, 2);
    tcase_add_test(c, a_record_leaves_when_it_is_whole);
    tcase_add_test(c, tensor_of_parts);
    tcase_add_test(c, span_rows);
    tcase_add_loop_test(c, writer_refuses, 0, W_CASES);
    tcase_add_test(c, missing_nan_allows_nan_only);
    tcase_add_loop_test(c, every_value_is_looked_at, 0, 2);
    suite_add_tcase(s, c);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
