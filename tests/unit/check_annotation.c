/* SPDX-License-Identifier: MIT */
/* check_annotation.c: elements from BED and GTF, their bins under each rule, weights of bins. */
#include "libcommon/genome/annotation.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "libcommon/base/rng.h"

static struct avo_header h;
static struct avo_error err;
static struct avo_elements e;
static char path[] = "/tmp/check_annotation.XXXXXX";

static void setup(void)
{
    memset(&h, 0, sizeof h);
    memset(&err, 0, sizeof err);
    memset(&e, 0, sizeof e);
    h.bin_bp = 25;
    h.mid_bins = 10;
    h.coarse_bins = 200;
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr2", 10010, &err), 0);     /* 400 bins, 10 bp */
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr1", 5000, &err), 0);      /* 200 bins */
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr3", 20, &err), 0);        /* no whole bin */
    strcpy(path, "/tmp/check_annotation.XXXXXX");
    close(mkstemp(path));
}

static void teardown(void)
{
    avo_elements_release(&e);
    avo_header_release(&h);
    unlink(path);
}

static void put_bytes(const char *text, size_t len)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, len, f), len);
    fclose(f);
}

static void put(const char *text)
{
    put_bytes(text, strlen(text));
}

static void read_ok(const struct avo_elements_options *opt)
{
    avo_elements_release(&e);
    ck_assert_msg(avo_elements_read(&e, &h, path, opt, &err) == 0, "%s", err.msg);
}

static void read_fails(const struct avo_elements_options *opt, const char *want)
{
    memset(&err, 0, sizeof err);
    avo_elements_release(&e);
    ck_assert_int_eq(avo_elements_read(&e, &h, path, opt, &err), -1);
    ck_assert_ptr_null(e.list);
    ck_assert_msg(strstr(err.msg, want) != NULL, "\"%s\" lacks \"%s\"", err.msg, want);
    ck_assert_msg(strstr(err.msg, path) != NULL, "\"%s\" lacks the file", err.msg);
}

static void check_element(size_t i, uint32_t chrom, uint64_t beg, uint64_t end, char strand,
                          const char *name)
{
    ck_assert_uint_lt(i, e.n);
    ck_assert_uint_eq(e.list[i].chrom, chrom);
    ck_assert_uint_eq(e.list[i].beg_bp, beg);
    ck_assert_uint_eq(e.list[i].end_bp, end);
    ck_assert_int_eq(e.list[i].strand, strand);
    ck_assert_str_eq(avo_element_name(&e, i), name);
}

/* ---- BED ---- */

START_TEST(bed_columns)
{
    put("# c\ntrack name=x\nbrowser position chr1\n\nchr1\t100\t200\tb\t0\t-\nchr2\t50\t60\r\n"
        "chr1 5 10 a 0 +\nchr1\t100\t150\ta name\tscore\t+\t1\t2\t0\t1\t50,\t0,\n"
        "chr1\t100\t200\tc\t0\t?\nchrUn\t0\t9999999\nchr2\t0\t10010\tlast");
    read_ok(NULL);
    ck_assert_uint_eq(e.n, 6);
    check_element(0, 0, 0, 10010, '.', "last");
    check_element(1, 0, 50, 60, '.', "");
    check_element(2, 1, 5, 10, '+', "a");
    check_element(3, 1, 100, 150, '+', "a name");
    check_element(4, 1, 100, 200, '-', "b");        /* equal intervals keep the file's order */
    check_element(5, 1, 100, 200, '.', "c");
    ck_assert_uint_eq(e.n_passed_over, 1);
    ck_assert(!e.is_gtf);
    ck_assert_uint_eq(avo_elements_first(&e, 0), 0);
    ck_assert_uint_eq(avo_elements_first(&e, 1), 2);
    ck_assert_uint_eq(avo_elements_first(&e, 2), 6);
}
END_TEST

START_TEST(byte_order_mark_and_gzip)
{
    gzFile f = gzopen(path, "wb");

    ck_assert_int_gt(gzputs(f, "\xef\xbb\xbf" "chr1\t1\t2\tx\n"), 0);
    gzclose(f);
    f = gzopen(path, "ab");         /* a second member continues the text */
    ck_assert_int_gt(gzputs(f, "chr2\t1\t2\ty\r\n"), 0);
    gzclose(f);
    read_ok(NULL);
    ck_assert_uint_eq(e.n, 2);
    check_element(0, 0, 1, 2, '.', "y");
    check_element(1, 1, 1, 2, '.', "x");
    ck_assert_int_eq(truncate(path, 20), 0);
    read_fails(NULL, "gzip data cut short");
}
END_TEST

START_TEST(bad_bed)
{
    static const struct { const char *text, *want; } cases[] = {
        {"chr1\t0\t25\nchr1\t5\n", ":2: not BED"}, {"chr1\t-1\t5\n", ":1: not BED"},
        {"chr1\t1.5\t5\n", ":1: not BED"}, {"\t1\t5\n", ":1: not BED"},
        {"\n\nchr1\t9\t5\n", ":3: interval ends before it starts (9, 5)"},
        {"chr1\t5\t5\n", ":1: empty interval"},
        {"", ": no elements"}, {"# nothing\n\n", ": no elements"},
        {"1\t0\t5\n2\t0\t5\n", ": none of its chromosomes is known"},
        {"chrom\tstart\tend\n", ":1: not BED"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(cases[i].text);
        read_fails(NULL, cases[i].want);
    }
    struct avo_elements_options strictly = {.rule.strict = true};
    put("chr1\t0\t5001\n");
    read_fails(&strictly, ":1: 5001 is past the end of chromosome \"chr1\" (5000 bp)");
    char *notes = NULL;
    struct avo_elements_options counted = {.rule.notes = &notes};
    put("chr1\t0\t5001\nchr1\t5000\t5001\nchr1\t7\t9\nx\t1\t2\n");
    memset(&err, 0, sizeof err);
    read_ok(&counted);
    ck_assert_uint_eq(e.n, 2);
    check_element(0, 1, 0, 5000, '.', "");
    ck_assert_msg(strstr(notes, ": 2 of 4 rows left out (1 on chromosomes not known here, the "
                                "first \"x\", 1 beyond the end of theirs), 1 cut"), "%s", notes);
    free(notes);
    put("1\t0\t5\n");
    read_fails(NULL, "none of its");
    ck_assert_msg(strstr(err.hint, "\"1\"") && strstr(err.hint, "\"chr2\""), "%s", err.hint);
    put_bytes("chr1\t0\t5\nchr1\0\t0\t5\n", 20);
    read_fails(NULL, ":2: not a text file");
    unlink(path);
    read_fails(NULL, "No such file");
}
END_TEST

START_TEST(strand_where_it_is_needed)
{
    struct avo_elements_options opt = {.need_strand = true};

    put("chr1\t0\t5\ta\t0\t+\nchr9\t0\t5\nchr1\t0\t5\ta\t0\t.\n");
    read_fails(&opt, ":3: no strand (want + or - in column 6");
    put("chr1\t0\t5\ta\t0\t+\nchr9\t0\t5\n");
    read_ok(&opt);
    ck_assert_uint_eq(e.n, 1);
    put("chr1\tx\tgene\t1\t5\t.\t.\t.\tgene_id \"g\";\n");
    read_fails(&opt, ":1: no strand (want + or - in column 7");
}
END_TEST

/* Lines longer than the read buffer, and one without an end. */
START_TEST(long_lines)
{
    enum { LONG = 200000 };
    char *text = malloc(3 * LONG);
    char *p = text;

    for (int i = 0; i < 2; i++) {
        p += sprintf(p, "chr1\t%d\t%d\t", i, i + 1);
        memset(p, 'a' + i, LONG);
        p += LONG;
        *p++ = '\n';
    }
    put_bytes(text, (size_t)(p - text) - 1);
    read_ok(NULL);
    ck_assert_uint_eq(e.n, 2);
    ck_assert_uint_eq(strlen(avo_element_name(&e, 0)), LONG);
    ck_assert_uint_eq(strspn(avo_element_name(&e, 1), "b"), LONG);
    free(text);
    text = malloc(3 << 20);
    memset(text, 'x', 3 << 20);
    memcpy(text, "chr1\t0\t1\n", 9);
    put_bytes(text, 3 << 20);
    read_fails(NULL, ":2: a line of more than");
    free(text);
}
END_TEST

/* ---- GTF ---- */

static const char gtf[] =
    "##description: made up\n#!genome-build x\n"
    "chr1\tHAVANA\tgene\t101\t500\t.\t-\t.\tgene_id \"G1.2\"; gene_name \"ABC; 1\"; level 2;\n"
    "chr1\tHAVANA\ttranscript\t151\t500\t.\t-\t.\tgene_id \"G1.2\"; transcript_id \"T1\"; "
    "gene_name \"ABC; 1\"; tag \"basic\"; tag \"appris_principal_1\"; tag \"CCDS\";\r\n"
    "chr1\tHAVANA\ttranscript\t101\t400\t.\t-\t.\tgene_id \"G1.2\"; tag \"appris_principalx\"; "
    "tag \"Ensembl_canonical\";\n"
    "chr1\tHAVANA\texon\t101\t400\t.\t-\t.\tgene_id \"G1.2\"; tag \"appris_principal_1\";\n"
    "chr2\tHAVANA\tgene\t1\t1\t.\t+\t.\tgene_id \"G2\"; \n"
    "chr2\tHAVANA\ttranscript\t1\t1\t.\t+\t.\tgene_id G2; tag appris_principal\n"
    "chrUn\tHAVANA\tgene\t1\t99999\t.\t+\t.\tgene_id \"G3\";\n"
    "chr1\tHAVANA\tgene\t4001\t5000\t.\t?\t.\tgene_id \"G4\"; gene_name \"\";\n";

START_TEST(gtf_genes)
{
    put(gtf);
    read_ok(NULL);
    ck_assert(e.is_gtf);
    ck_assert_uint_eq(e.n, 3);
    check_element(0, 0, 0, 1, '+', "G2");
    check_element(1, 1, 100, 500, '-', "ABC; 1");
    check_element(2, 1, 4000, 5000, '.', "G4");
    ck_assert_uint_eq(e.n_passed_over, 1);
}
END_TEST

START_TEST(gtf_tags_and_features)
{
    struct avo_elements_options opt = {.tag = "appris_principal"};

    put(gtf);
    read_ok(&opt);
    ck_assert_uint_eq(e.n, 2);
    check_element(0, 0, 0, 1, '+', "G2");
    check_element(1, 1, 150, 500, '-', "ABC; 1");
    opt.tag = "Ensembl_canonical";
    read_ok(&opt);
    ck_assert_uint_eq(e.n, 1);
    check_element(0, 1, 100, 400, '-', "G1.2");
    opt.tag = "Ensembl_canon";
    read_fails(&opt, ": no row of feature \"transcript\" has the tag \"Ensembl_canon\"");
    opt = (struct avo_elements_options){.feature = "exon"};
    read_ok(&opt);
    ck_assert_uint_eq(e.n, 1);
    check_element(0, 1, 100, 400, '-', "G1.2");
    opt.feature = "CDS";
    read_fails(&opt, ": no row of feature \"CDS\"");
    opt = (struct avo_elements_options){.tag = "basic"};
    put("chr1\t0\t5\n");
    read_fails(&opt, "a tag selects rows of GTF");
}
END_TEST

START_TEST(bad_gtf)
{
    static const char good[] = "chr1\tx\tgene\t1\t5\t.\t+\t.\tgene_id \"g\";\n";
    static const struct { const char *line, *want; } cases[] = {
        {"chr1\tx\tgene\t1\t5\t.\t+\t.\n", ":2: not GTF (want 9 tab-separated columns, got 8)"},
        {"chr1\tx\tgene\t0\t5\t.\t+\t.\tgene_id \"g\";\n", ":2: not GTF"},
        {"chr1\tx\texon\t1\tx\t.\t+\t.\tgene_id \"g\";\n", ":2: not GTF"},
        {"chr1\tx\tgene\t1\t5\t.\t*\t.\tgene_id \"g\";\n", ":2: not GTF"},
        {"chr1\tx\tgene\t6\t5\t.\t+\t.\tgene_id \"g\";\n", ":2: interval ends before it starts"},
        {"chr1\tx\tgene\t1\t5\t.\t+\t.\tgene_id \"g\n", ":2: column 9 is not GTF's"},
        {"chr1\tx\tgene\t1\t5\t.\t+\t.\tlevel 2;\n", ":2: column 9 is not GTF's"},
        {"chr1\tx\tgene\t1\t5\t.\t+\t.\t\n", ":2: column 9 is not GTF's"},
        {"chr1\t1\t5\n", ":2: not GTF (want 9 tab-separated columns, got 3)"},
        {"chr1\tx\tgene\t1\t5\t.\t+\t.\tID=g;Name=n\n", ":2: column 9 is not GTF's"}};
    char text[500];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, "%s%s", good, cases[i].line);
        put(text);
        read_fails(NULL, cases[i].want);
    }
    ck_assert_msg(strstr(err.hint, "GFF3") != NULL, "%s", err.hint);
}
END_TEST

/* BED with nine and more columns is not taken for GTF. */
START_TEST(kinds_are_told_apart)
{
    put("chr1\t10\t20\t5\t900\t-\t12\t18\t0\t1\t10\t0\n");
    read_ok(NULL);
    ck_assert(!e.is_gtf);
    check_element(0, 1, 10, 20, '-', "5");
    put("chr1\t10\t20\tpeak\t900\t.\t4.5\t3.2\t1.1\t5\n");
    read_ok(NULL);
    ck_assert(!e.is_gtf);
}
END_TEST

/* ---- bins ---- */

static void check_bins(const struct avo_region_rule *rule, uint32_t chrom, uint64_t beg,
                       uint64_t end, char strand, uint32_t want_beg, uint32_t want_end)
{
    struct avo_element x = {beg, end, chrom, strand, 0};
    uint32_t b = 7, c = 7;
    int rc = avo_element_bins(&h, &x, rule, &b, &c);

    ck_assert_msg(b == want_beg && c == want_end && rc == (want_beg < want_end),
                  "[%d, %d) %c: got %d [%u, %u), want [%u, %u)", (int)beg, (int)end, strand, rc,
                  b, c, want_beg, want_end);
}

START_TEST(bins_of_genes)
{
    for (int k = AVO_REGION_GENE; k <= AVO_REGION_ENHANCER; k++) {
        struct avo_region_rule r = {.kind = (enum avo_region_kind)k, .with_tss = true};

        check_bins(&r, 1, 0, 1, '.', 0, 1);
        check_bins(&r, 1, 24, 26, '+', 0, 2);
        check_bins(&r, 1, 25, 50, '-', 1, 2);
        check_bins(&r, 1, 0, 5000, '+', 0, 200);
        check_bins(&r, 0, 9990, 10010, '+', 399, 400);     /* the partial last bin is no bin */
        check_bins(&r, 0, 10000, 10010, '+', 0, 0);
        check_bins(&r, 2, 0, 20, '+', 0, 0);
        r.challenge = true;
        check_bins(&r, 1, 0, 1, '.', 0, 1);
        check_bins(&r, 1, 25, 50, '-', 1, 3);              /* one more than is touched */
        check_bins(&r, 1, 25, 49, '-', 1, 2);
        check_bins(&r, 1, 4975, 5000, '-', 199, 200);
    }
}
END_TEST

START_TEST(bins_of_promoters)
{
    struct avo_region_rule r = {.kind = AVO_REGION_PROMOTER, .upstream_bp = 2000};

    check_bins(&r, 0, 5000, 6000, '+', 120, 200);
    check_bins(&r, 0, 5024, 6000, '+', 120, 200);
    check_bins(&r, 0, 4000, 5001, '-', 201, 281);          /* start site 5000 in bin 200 */
    check_bins(&r, 0, 4000, 5000, '-', 200, 280);          /* start site 4999 in bin 199 */
    check_bins(&r, 0, 5000, 5001, '-', 201, 281);          /* one base: a start site alone */
    check_bins(&r, 0, 5000, 6000, '.', 0, 0);
    check_bins(&r, 0, 0, 100, '+', 0, 0);                  /* nothing upstream */
    check_bins(&r, 0, 30, 100, '+', 0, 1);
    check_bins(&r, 0, 0, 9990, '-', 0, 0);
    check_bins(&r, 0, 0, 9970, '-', 399, 400);
    check_bins(&r, 0, 10005, 10010, '+', 320, 400);        /* start site in the partial bin */
    r.with_tss = true;
    check_bins(&r, 0, 5000, 6000, '+', 120, 201);          /* 81 */
    check_bins(&r, 0, 4000, 5001, '-', 200, 281);
    check_bins(&r, 0, 0, 100, '+', 0, 1);
    check_bins(&r, 0, 0, 9990, '-', 399, 400);
    check_bins(&r, 0, 10005, 10010, '+', 320, 400);
    check_bins(&r, 0, 5000, 6000, '.', 0, 0);
    r = (struct avo_region_rule){.kind = AVO_REGION_PROMOTER, .upstream_bp = 20};
    check_bins(&r, 0, 5000, 6000, '+', 199, 200);          /* at least one bin */
    r.upstream_bp = 74;
    check_bins(&r, 0, 5000, 6000, '+', 198, 200);
}
END_TEST

START_TEST(bins_of_promoters_in_the_challenge)
{
    struct avo_region_rule r = {.kind = AVO_REGION_PROMOTER, .upstream_bp = 2000,
                                .with_tss = true, .challenge = true};

    check_bins(&r, 0, 5000, 6000, '+', 120, 200);
    check_bins(&r, 0, 2000, 6000, '+', 0, 80);
    check_bins(&r, 0, 1999, 6000, '+', 0, 0);
    check_bins(&r, 0, 4000, 5001, '-', 201, 281);
    check_bins(&r, 0, 4000, 5000, '-', 201, 281);
    check_bins(&r, 0, 4000, 4999, '-', 200, 280);
    check_bins(&r, 0, 0, 9970, '-', 399, 400);
    check_bins(&r, 0, 5000, 6000, '.', 0, 0);
}
END_TEST

/* ---- weights ---- */

/* Random elements against one addition a bin. */
START_TEST(weights_equal_plain_counts)
{
    struct avo_region_rule r = {.kind = (enum avo_region_kind)(_i % 3), .upstream_bp = 500,
                                .with_tss = _i / 3 == 1, .challenge = _i / 3 == 2};
    struct avo_region_rule gone = r;
    unsigned plain[2][400] = {{0}};
    FILE *f = fopen(path, "w");
    uint16_t *w = NULL;

    for (uint32_t i = 0; i < 300; i++) {
        struct avo_rng4 d = avo_rng_draw(5, 0, i, 0, 0, 0);
        uint32_t chrom = d.v[0] % 2, len = chrom == 0 ? 10010 : 5000;
        uint32_t beg = d.v[1] % len, end = beg + 1 + d.v[2] % 400, a, b;
        struct avo_element x = {beg, end < len ? end : len, chrom, "+-"[d.v[3] % 2], 0};

        fprintf(f, "%s\t%u\t%u\tn\t0\t%c\n", h.chroms[chrom].name, beg, (unsigned)x.end_bp,
                x.strand);
        if (avo_element_bins(&h, &x, &gone, &a, &b))
            for (; a < b; a++)
                plain[chrom][a]++;
    }
    fclose(f);
    read_ok(NULL);
    ck_assert_uint_eq(e.n, 300);
    for (uint32_t c = 0; c < 2; c++)
        for (int once = 0; once < 2; once++) {
            ck_assert_int_eq(avo_region_weights(&h, &e, &r, c, once, &w, &err), 0);
            for (uint32_t i = 0; i < avo_header_chrom_bins(&h, c); i++)
                ck_assert_uint_eq(w[i], once ? plain[c][i] > 0 : plain[c][i]);
            free(w);
        }
    ck_assert_int_eq(avo_region_weights(&h, &e, &r, 2, false, &w, &err), 0);
    free(w);
}
END_TEST

START_TEST(weights_saturate)
{
    struct avo_region_rule r = {.kind = AVO_REGION_GENE};
    FILE *f = fopen(path, "w");
    uint16_t *w = NULL;

    for (int i = 0; i < 65600; i++)
        fprintf(f, "chr1\t%d\t100\n", i < 65534 ? 30 : i == 65534 ? 10 : 60);
    fclose(f);
    read_ok(NULL);
    ck_assert_int_eq(avo_region_weights(&h, &e, &r, 1, false, &w, &err), 0);
    ck_assert_uint_eq(w[0], 1);
    ck_assert_uint_eq(w[1], 65535);
    ck_assert_uint_eq(w[2], 65535);
    ck_assert_uint_eq(w[3], 65535);
    ck_assert_uint_eq(w[4], 0);
    free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("annotation");
    TCase *tc = tcase_create("annotation");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, bed_columns);
    tcase_add_test(tc, byte_order_mark_and_gzip);
    tcase_add_test(tc, bad_bed);
    tcase_add_test(tc, strand_where_it_is_needed);
    tcase_add_test(tc, long_lines);
    tcase_add_test(tc, gtf_genes);
    tcase_add_test(tc, gtf_tags_and_features);
    tcase_add_test(tc, bad_gtf);
    tcase_add_test(tc, kinds_are_told_apart);
    tcase_add_test(tc, bins_of_genes);
    tcase_add_test(tc, bins_of_promoters);
    tcase_add_test(tc, bins_of_promoters_in_the_challenge);
    tcase_add_loop_test(tc, weights_equal_plain_counts, 0, 9);
    tcase_add_test(tc, weights_saturate);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
