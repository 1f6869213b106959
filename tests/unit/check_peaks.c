/* SPDX-License-Identifier: MIT */
/* check_peaks.c: tables of peak files, masks against a base-by-base oracle. */
#include "libcommon/genome/peaks.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "libcommon/base/rng.h"

enum { CHR1_BP = 1010, CHR2_BP = 20000, BIN = 25, CHR2_BINS = CHR2_BP / BIN };

static struct avo_header h;
static struct avo_error err;
static struct avo_peaks p;
static char *notes;
static char folder[64], table[96];

static char *path_of(const char *name)
{
    static char path[2][160];
    static int which;
    which = !which;
    snprintf(path[which], sizeof path[which], "%s/%s", folder, name);
    return path[which];
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void setup(void)
{
    memset(&h, 0, sizeof h);
    memset(&err, 0, sizeof err);
    memset(&p, 0, sizeof p);
    h.bin_bp = BIN;
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr1", CHR1_BP, &err), 0);   /* 40 bins, 10 bp */
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr2", CHR2_BP, &err), 0);
    strcpy(folder, "/tmp/check_peaks.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    strcpy(table, path_of("peaks.tsv"));
}

static void teardown(void)
{
    static const char *const names[] = {"peaks.tsv", "a.bed", "b.narrowPeak.gz", "c.broadPeak",
                                        "empty.bed", "bad.bed"};
    avo_peaks_release(&p);
    free(notes);
    notes = NULL;
    avo_header_release(&h);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path_of(names[i]));
    ck_assert_int_eq(rmdir(folder), 0);
}

static int read_by(struct avo_pool *pool, bool strict)
{
    struct avo_peaks_ask ask = {table, {strict, &notes}};
    free(notes);
    notes = NULL;
    return avo_peaks_read(&p, &h, &ask, pool, &err);
}

static void read_ok(struct avo_pool *pool)
{
    ck_assert_msg(read_by(pool, false) == 0, "%s", err.msg);
}

static bool strict;

static void read_fails(struct avo_pool *pool, const char *want, const char *hint)
{
    memset(&err, 0, sizeof err);
    ck_assert_int_eq(read_by(pool, strict), -1);
    ck_assert_ptr_null(p.files);
    ck_assert_ptr_null(p.name);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
    ck_assert_msg(strstr(err.msg, want) != NULL, "\"%s\" lacks \"%s\"", err.msg, want);
    ck_assert_msg(strstr(err.hint, hint) != NULL, "\"%s\" lacks \"%s\"", err.hint, hint);
}

static void check_extent(size_t file, size_t i, uint32_t chrom, uint32_t beg, uint32_t end)
{
    ck_assert_uint_lt(file, p.n);
    ck_assert_uint_lt(i, p.files[file].n);
    ck_assert_uint_eq(p.files[file].extents[i].chrom, chrom);
    ck_assert_uint_eq(p.files[file].extents[i].beg_bin, beg);
    ck_assert_uint_eq(p.files[file].extents[i].end_bin, end);
}

/* BED, gzip narrowPeak, broadPeak with a track line, nothing; chromosomes that the header lacks. */
static void put_kinds(void)
{
    gzFile f = gzopen(path_of("b.narrowPeak.gz"), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_gt(gzputs(f, "chr2\t100\t201\tpeak1\t55\t.\t4.1\t6.2\t3.3\t40\n"
                               "chrUn_1\t5\t99999999\tpeak2\t55\t.\t4.1\t6.2\t3.3\t40\n"), 0);
    ck_assert_int_eq(gzclose(f), Z_OK);
    put("a.bed", "chr2\t30\t40\nchr1\t0\t1\nchr2\t50\t75\nchr1\t1000\t1010\nchr2\t75\t75\n");
    put("c.broadPeak", "track type=broadPeak name=x\nchr1\t24\t26\tr\t10\t.\t2.5\t3.1\t-1\n");
    put("empty.bed", "# no peaks\n");
    put("peaks.tsv", "K562\tCTCF\ta.bed\nH1\tH3K4me3\tb.narrowPeak.gz\n\n"
                     "K562\tATAC\tempty.bed\nH1\tCTCF\tc.broadPeak\n");
}

START_TEST(kinds_of_files)
{
    put_kinds();
    read_ok(NULL);
    ck_assert_uint_eq(p.n, 4);
    ck_assert_str_eq(p.name, table);
    ck_assert_int_eq(avo_peaks_find(&p, "H1", "CTCF"), 0);
    ck_assert_int_eq(avo_peaks_find(&p, "H1", "H3K4me3"), 1);
    ck_assert_int_eq(avo_peaks_find(&p, "K562", "ATAC"), 2);
    ck_assert_int_eq(avo_peaks_find(&p, "K562", "CTCF"), 3);
    ck_assert_int_eq(avo_peaks_find(&p, "K562", "H3K4me3"), -1);
    ck_assert_int_eq(avo_peaks_find(&p, "A", "CTCF"), -1);
    ck_assert_int_eq(avo_peaks_find(&p, "Z", "CTCF"), -1);
    ck_assert_uint_eq(p.files[0].n, 1);
    check_extent(0, 0, 0, 0, 2);
    ck_assert_uint_eq(p.files[1].n, 1);
    check_extent(1, 0, 1, 4, 9);
    ck_assert_uint_eq(p.files[2].n, 0);
    ck_assert_uint_eq(p.files[3].n, 2);         /* the partial last bin of chr1 is no bin */
    check_extent(3, 0, 0, 0, 1);
    check_extent(3, 1, 1, 1, 3);
}
END_TEST

START_TEST(named_columns)
{
    put_kinds();
    put("peaks.tsv", "#celltype\tpath\tcaller\tassay\nK562\ta.bed\tmacs\tA%09B\n");
    read_ok(NULL);
    ck_assert_uint_eq(p.n, 1);
    ck_assert_int_eq(avo_peaks_find(&p, "K562", "A\tB"), 0);
    ck_assert_uint_eq(p.files[0].n, 2);
}
END_TEST

START_TEST(files_of_another_genome)
{
    put_kinds();
    put("bad.bed", "chr1\t0\t25\nchr1\t900\t1011\n");
    put("peaks.tsv", "K562\tCTCF\ta.bed\nH1\tCTCF\tbad.bed\n");
    read_ok(NULL);
    ck_assert_ptr_nonnull(strstr(notes, "bad.bed: 1 cut at the end of their chromosome"));
    avo_peaks_release(&p);
    strict = true;
    read_fails(NULL, "peaks.tsv:2: column 3: ", "");
    ck_assert_ptr_nonnull(strstr(err.msg, "bad.bed:2: 1011 is past the end of chromosome"));
    strict = false;
    put("bad.bed", "1\t0\t25\n2\t0\t25\n");
    read_fails(NULL, "peaks.tsv:2: column 3: ", "");
    ck_assert_ptr_nonnull(strstr(err.msg, "bad.bed: none of its chromosomes is known"));
    put("bad.bed", "chr1\t0\t25\n\nchr1\t0\n");
    read_fails(NULL, "peaks.tsv:2: column 3: ", "");
    ck_assert_ptr_nonnull(strstr(err.msg, "bad.bed:3: not BED"));
    ck_assert_ptr_nonnull(strstr(err.hint, "cell type \"H1\", assay \"CTCF\""));
    put("bad.bed", "chr1\t30\t25\n");
    read_fails(NULL, "peaks.tsv:2: column 3: ", "");
    ck_assert_ptr_nonnull(strstr(err.msg, "bad.bed:1: interval ends before it starts"));
}
END_TEST

START_TEST(bad_tables)
{
    put_kinds();
    put("peaks.tsv", "H1\tCTCF\tmissing.bed\n");
    read_fails(NULL, "peaks.tsv:1: column 3: ", "");
    ck_assert_ptr_nonnull(strstr(err.msg, "missing.bed"));
    put("peaks.tsv", "# nothing\n");
    read_fails(NULL, "peaks.tsv: no tracks in this table", "");
    put("peaks.tsv", "H1\tCTCF\n");
    read_fails(NULL, "peaks.tsv:1: 2 columns (want 3)", "");
    put("peaks.tsv", "H1\tCTCF\ta.bed\nH1\tDNase\ta.bed\nH1\tCTCF\tc.broadPeak\n");
    read_fails(NULL, "peaks.tsv:3: peaks of cell type \"H1\", assay \"CTCF\" are in line 1 already",
               "");
    ck_assert_ptr_null(strstr(err.hint, "replicates"));
    put("peaks.tsv", "");
    unlink(table);
    read_fails(NULL, "peaks.tsv", "");
    put("peaks.tsv", "");
}
END_TEST

/* Which of several bad files is told does not depend on threads or on the order of names. */
START_TEST(first_bad_file_of_the_table)
{
    struct avo_pool *pool = avo_pool_new(3, &err);
    ck_assert_ptr_nonnull(pool);
    put_kinds();
    for (int round = 0; round < 30; round++) {
        put("peaks.tsv", "Z\tA\ta.bed\nY\tA\tno-y.bed\nX\tA\tno-x.bed\nB\tA\tno-b.bed\n");
        read_fails(round % 2 ? pool : NULL, "peaks.tsv:2: column 3: ", "");
    }
    put_kinds();
    memset(&err, 0, sizeof err);
    read_ok(pool);
    ck_assert_uint_eq(p.n, 4);
    check_extent(1, 0, 1, 4, 9);
    check_extent(3, 1, 1, 1, 3);
    avo_pool_free(pool);
}
END_TEST

static uint32_t draw(uint32_t a, uint32_t b, uint32_t below)
{
    return avo_rng_below(avo_rng_draw(5, 1, a, b, 0, 0).v[0], below);
}

/* A file of random, overlapping peaks on chr2; bits [CHR2_BINS] by a loop over base pairs. */
static void put_random(uint32_t seed, uint8_t *bits)
{
    FILE *f = fopen(path_of("a.bed"), "w");
    ck_assert_ptr_nonnull(f);
    fputs("chr1\t0\t1000\n", f);
    memset(bits, 0, CHR2_BINS);
    for (uint32_t i = 0; i < 60; i++) {
        uint32_t beg = draw(seed, 2 * i, CHR2_BP - 400), len = draw(seed, 2 * i + 1, 400);
        fprintf(f, "chr2\t%u\t%u\tx\n", beg, beg + len);
        for (uint32_t bp = beg; bp < beg + len; bp++)
            bits[bp / BIN] = 1;
    }
    fclose(f);
}

START_TEST(masks_of_windows)
{
    uint8_t bits[CHR2_BINS], mask[CHR2_BINS + 1];
    uint16_t count[CHR2_BINS];
    put("peaks.tsv", "K562\tCTCF\ta.bed\n");
    for (uint32_t seed = 0; seed < 20; seed++) {
        avo_peaks_release(&p);
        put_random(seed, bits);
        read_ok(NULL);
        for (uint32_t round = 0; round < 200; round++) {
            uint32_t beg = draw(seed + 100, 2 * round, CHR2_BINS);
            uint32_t n = draw(seed + 100, 2 * round + 1, CHR2_BINS - beg + 1);
            memset(mask, 7, sizeof mask);
            avo_peaks_mask(&p, 0, 1, beg, n, mask);
            ck_assert_int_eq(memcmp(mask, bits + beg, n), 0);
            ck_assert_int_eq(mask[n], 7);
            for (uint32_t i = 0; i < CHR2_BINS; i++)
                count[i] = (uint16_t)i;
            avo_peaks_count(&p, 0, 1, beg, n, count);
            for (uint32_t i = 0; i < CHR2_BINS; i++)
                ck_assert_uint_eq(count[i], i + (i < n ? bits[beg + i] : 0));
        }
    }
    avo_peaks_mask(&p, 0, 0, 38, 4, mask);      /* past the last peak of its chromosome */
    ck_assert_int_eq(memcmp(mask, "\1\1\0\0", 4), 0);
    avo_peaks_mask(&p, 0, 2, 0, 4, mask);       /* past the last chromosome with peaks */
    ck_assert_int_eq(memcmp(mask, "\0\0\0\0", 4), 0);
}
END_TEST

/* ---- real files ---- */

static void real_chroms(const char *data)
{
    char path[4096], name[256];
    unsigned long len;
    avo_header_release(&h);
    h = (struct avo_header){.bin_bp = BIN};
    snprintf(path, sizeof path, "%s/annotation/hg19.chrom.sizes", data);
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    while (fscanf(f, "%255s %lu", name, &len) == 2)
        ck_assert_int_eq(avo_header_add_chrom(&h, name, len, &err), 0);
    fclose(f);
    ck_assert_uint_gt(h.n_chroms, 20);
}

/* One file against its lines: bins of chrom, base by base would be 250 M; ends are as good. */
static void check_real_file(size_t index, const char *path, size_t chrom)
{
    uint32_t n = avo_header_chrom_bins(&h, chrom);
    uint8_t *want = calloc(n, 1), *got = malloc(n);
    char name[256];
    unsigned long beg, end;
    FILE *f = fopen(path, "r");
    ck_assert(f != NULL && want != NULL && got != NULL);
    while (fscanf(f, "%255s %lu %lu%*[^\n]", name, &beg, &end) == 3)
        for (unsigned long b = beg / BIN; strcmp(name, h.chroms[chrom].name) == 0 &&
             b * BIN < end && b < n; b++)
            want[b] = 1;
    fclose(f);
    for (uint32_t at = 0; at < n; at += 40000)
        avo_peaks_mask(&p, index, (uint32_t)chrom, at, n - at < 40000 ? n - at : 40000, got + at);
    ck_assert_int_eq(memcmp(got, want, n), 0);
    free(want);
    free(got);
}

START_TEST(real_peaks)
{
    static const struct { const char *celltype, *assay; } some[] = {
        {"E003", "H3K4me3"}, {"E017", "H3K27me3"}, {"E116", "H3K9me3"}};
    const char *data = getenv("AVO_REAL_DATA");
    char path[3][4096];
    if (data == NULL)
        return;
    real_chroms(data);
    FILE *f = fopen(table, "w");
    ck_assert_ptr_nonnull(f);
    for (int i = 0; i < 3; i++) {
        snprintf(path[i], sizeof path[i], "%s/peaks-derived/%s-%s.pilot.thr2.bed", data,
                 some[i].celltype, some[i].assay);
        fprintf(f, "%s\t%s\t%s\n", some[i].celltype, some[i].assay, path[i]);
    }
    fprintf(f, "E117\tDNase\t%s/peaks/E117-DNase.pilot.narrowPeak.gz\n", data);
    fprintf(f, "E116\tH2A.Z\t%s/peaks/E116-H2A.Z.pilot.broadPeak.gz\n", data);
    fclose(f);
    read_ok(NULL);
    ck_assert_uint_gt(p.files[avo_peaks_find(&p, "E117", "DNase")].n, 100);
    ck_assert_uint_gt(p.files[avo_peaks_find(&p, "E116", "H2A.Z")].n, 100);
    int chr1 = avo_header_find_chrom(&h, "chr1"), chr20 = avo_header_find_chrom(&h, "chr20");
    for (int i = 0; i < 3; i++) {
        int64_t index = avo_peaks_find(&p, some[i].celltype, some[i].assay);
        ck_assert_int_ge(index, 0);
        check_real_file((size_t)index, path[i], (size_t)chr1);
        check_real_file((size_t)index, path[i], (size_t)chr20);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peaks");
    TCase *tc = tcase_create("peaks");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, kinds_of_files);
    tcase_add_test(tc, named_columns);
    tcase_add_test(tc, files_of_another_genome);
    tcase_add_test(tc, bad_tables);
    tcase_add_test(tc, first_bad_file_of_the_table);
    tcase_add_test(tc, masks_of_windows);
    tcase_add_test(tc, real_peaks);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
