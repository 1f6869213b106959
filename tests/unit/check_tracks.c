/* SPDX-License-Identifier: MIT */
/* check_tracks.c: forms of tracks.tsv, and the filter of sparse cell types and assays. */
#include "libcommon/genome/tracks.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/genome/select.h"

static struct avo_track_table t;
static struct avo_error err;
static char path[] = "/tmp/check_tracks.XXXXXX";

static void setup(void)
{
    memset(&t, 0, sizeof t);
    memset(&err, 0, sizeof err);
    strcpy(path, "/tmp/check_tracks.XXXXXX");
    close(mkstemp(path));
}

static void teardown(void)
{
    avo_track_table_release(&t);
    unlink(path);
}

static int read_text(const char *text, bool replicates)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    avo_track_table_release(&t);
    memset(&err, 0, sizeof err);
    return avo_track_table_read(&t, path, replicates, &err);
}

static void reads(const char *text)
{
    ck_assert_msg(read_text(text, false) == 0, "%s", err.msg);
}

static void fails(const char *text, const char *want)
{
    ck_assert_int_eq(read_text(text, false), -1);
    ck_assert_uint_eq(t.n, 0);
    ck_assert_ptr_null(t.files);
    ck_assert_msg(strstr(err.msg, want) != NULL, "\"%s\" lacks \"%s\"", err.msg, want);
}

static void is_row(size_t i, const char *celltype, const char *assay, const char *file, size_t line)
{
    ck_assert_uint_lt(i, t.n);
    ck_assert_str_eq(t.files[i].track.celltype, celltype);
    ck_assert_str_eq(t.files[i].track.assay, assay);
    ck_assert_str_eq(t.files[i].path, file);
    ck_assert_uint_eq(t.files[i].line, line);
}

START_TEST(plain)
{
    reads("E003\tH3K4me3\t/a/b.bw\nE017\tDNase\t/c.bw");
    ck_assert_uint_eq(t.n, 2);
    is_row(0, "E003", "H3K4me3", "/a/b.bw", 1);
    is_row(1, "E017", "DNase", "/c.bw", 2);
    ck_assert(!t.has_roles && !t.unit && !t.assembly);
    ck_assert_int_eq(t.files[0].track.role, AVO_ROLE_UNSET);
}
END_TEST

START_TEST(crlf_bom_comments)
{
    reads("\xEF\xBB\xBF# made by hand\r\n\r\n#celltype\tassay\tpath\r\nA\tB\t/x.bw\r\n   \r\n"
          "# end\r\nC\tD\t/y.bw\r\n");
    ck_assert_uint_eq(t.n, 2);
    is_row(0, "A", "B", "/x.bw", 4);
    is_row(1, "C", "D", "/y.bw", 7);
}
END_TEST

START_TEST(paths)
{
    reads("A\tB\tsub dir/x, y.bw\nA\tC\thttps://h/x.bw\nA\tD\t/abs:1.bw\nA\tE\t../z%25.bw\n");
    is_row(0, "A", "B", "/tmp/sub dir/x, y.bw", 1);
    is_row(1, "A", "C", "https://h/x.bw", 2);
    is_row(2, "A", "D", "/abs:1.bw", 3);
    is_row(3, "A", "E", "/tmp/../z%.bw", 4);
}
END_TEST

START_TEST(header_columns)
{
    reads("celltype\tsex\tassay\trole\tpath\tunit\tassembly\taccession\n"
          "A\tF\tX\ttrain\t/1\t-log10 p\thg19\tENC1\n"
          "B\t.\tX\ttest\t/2\t\thg19\t\n"
          "C\tM\tX\tvalid\t/3\t-log10 p\t.\tENC3\n"
          "D\tM\tX\tnone\t/4\t\t\tENC4\n"
          "E\tM\tX\t\t/5\t\t\tENC5\n");
    ck_assert_uint_eq(t.n, 5);
    ck_assert(t.has_roles);
    ck_assert_str_eq(t.unit, "-log10 p");
    ck_assert_str_eq(t.assembly, "hg19");
    static const enum avo_role roles[] = {AVO_ROLE_TRAIN, AVO_ROLE_TEST, AVO_ROLE_VALID,
        AVO_ROLE_UNSET, AVO_ROLE_UNSET};
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(t.files[i].track.role, roles[i]);
    ck_assert_uint_eq(t.files[0].track.n_attrs, 2);
    ck_assert_str_eq(t.files[0].track.attrs[0].key, "sex");
    ck_assert_str_eq(t.files[0].track.attrs[0].value, "F");
    ck_assert_str_eq(t.files[0].track.attrs[1].key, "accession");
    ck_assert_str_eq(t.files[0].track.attrs[1].value, "ENC1");
    ck_assert_uint_eq(t.files[1].track.n_attrs, 0);
    reads("celltype\tassay\tfile\nA\tB\t/x\n");
    is_row(0, "A", "B", "/x", 2);
}
END_TEST

/* Case, blanks, _ and - do not count, nor does the order. */
START_TEST(header_spellings)
{
    static const char *const headers[] = {"CellType\tAssay\tPath", "cell_type\tassay\tfile",
        "Cell Type\tASSAY\tFile", "#CELL-TYPE\tassay\tpath", "# celltype\tassay\tpath",
        ("\xEF\xBB\xBF" "CellType\tAssay\tPath\r")};
    char text[200];
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        snprintf(text, sizeof text, "%s\nA\tB\t/x\n", headers[i]);
        reads(text);
        ck_assert_uint_eq(t.n, 1);
        is_row(0, "A", "B", "/x", 2);
    }
    reads("Path\tRole\tcell_type\tSex\tassay\n/x\ttest\tA\tF\tB\n");
    is_row(0, "A", "B", "/x", 2);
    ck_assert_int_eq(t.files[0].track.role, AVO_ROLE_TEST);
    ck_assert_str_eq(t.files[0].track.attrs[0].key, "Sex");
    ck_assert_uint_eq(t.path_column, 1);
    /* data stays data */
    reads("cell\tmark\t/x.bw\n");
    is_row(0, "cell", "mark", "/x.bw", 1);
    ck_assert(t.odd_first_row);
    reads("CD4\tassay\t/x.bw\n");
    is_row(0, "CD4", "assay", "/x.bw", 1);
    reads("K562\tDNase\t/x.bw\n");
    ck_assert(!t.odd_first_row);
}
END_TEST

START_TEST(header_hints)
{
    static const struct { const char *text, *want, *hint; } cases[] = {
        {"Cell\tAssay\tPath\n", "no column \"celltype\"", "did you mean column 1, \"Cell\"?"},
        {"celtype\tassay\tpath\n", "no column \"celltype\"", "\"celtype\"? It must be called"},
        {"celltype\tTarget\tpath\n", "no column \"assay\"", "column 2, \"Target\""},
        {"celltype\tassay\tFileName\n", "no column \"path\"", "column 3, \"FileName\""},
        {"biosample\tmark\tbigwig\n", "no column \"celltype\"", "column 1, \"biosample\""},
        {"CellType\tcell_type\tassay\tpath\n", "column \"cell_type\" is given twice", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fails(cases[i].text, cases[i].want);
        ck_assert_msg(strstr(err.hint, cases[i].hint) != NULL, "\"%s\"", err.hint);
    }
}
END_TEST

START_TEST(names_and_escapes)
{
    reads("T cell, CD4+ / naive: 1\tH3K4me3 (a)\t/x\ntab%09name\t100%25\t/y\n"
          "\xC3\xA9t\xC3\xA9\tA\t/z\n");
    is_row(0, "T cell, CD4+ / naive: 1", "H3K4me3 (a)", "/x", 1);
    is_row(1, "tab\tname", "100%", "/y", 2);
    is_row(2, "\xC3\xA9t\xC3\xA9", "A", "/z", 3);
}
END_TEST

START_TEST(bad_tables)
{
    static const struct { const char *text, *want; } cases[] = {
        {"", "no tracks"}, {"# only\n", "no tracks"}, {"celltype\tassay\tpath\n", "no tracks"},
        {"A\tB\n", ":1: 2 columns (want 3)"}, {"A\n", ":1: 1 column (want 3)"},
        {"A\tB\t/x\nC\tD\t/y\textra\n", ":2: 4 columns (want 3)"},
        {"celltype\tassay\tpath\trole\nA\tB\t/x\n", ":2: 3 columns (want 4)"},
        {"\tB\t/x\n", ":1: column 1 (celltype): empty cell type"},
        {"A\t\t/x\n", ":1: column 2 (assay): empty assay"},
        {"A\tB\t\n", ":1: column 3 (path): empty path"},
        {"A\tB\t/x\nC\tD\t/y\nA\tB\t/z\n", ":3: cell type \"A\", assay \"B\" is in line 1"},
        {"celltype\tassay\tpath\trole\nA\tB\t/x\tTest\n",
            ":2: column 4 (role): unknown role \"Test\""},
        {"celltype\tassay\tpath\tunit\nA\tB\t/x\tu\nA\tC\t/y\tv\n",
            ":3: column 4 (unit): unit \"v\", but"},
        {"celltype\tassay\tpath\tassembly\nA\tB\t/x\thg19\nA\tC\t/y\thg38\n",
            ":3: column 4 (assembly): assembly"},
        {"celltype\tassay\n", ":1: the header names no column \"path\""},
        {"celltype\tpath\n", ":1: the header names no column \"assay\""},
        {"celltype\tassay\tpath\tsex\tsex\n", ":1: column \"sex\" is given twice"},
        {"celltype\tassay\tpath\tfile\n", ":1: column \"file\" is given twice"},
        {"celltype\tassay\tpath\t\n", ":1: column 4 has no name"},
        {"A%2\tB\t/x\n", ":1: column 1 (celltype): bad escape"},
        {"A\xFF\tB\t/x\n", ":1: column 1 (celltype): not UTF-8"},
        {"A\xC0\x80\tB\t/x\n", "UTF-8"}, {"A\xED\xA0\x80\tB\t/x\n", "UTF-8"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        fails(cases[i].text, cases[i].want);
    memset(&err, 0, sizeof err);
    ck_assert_int_eq(avo_track_table_read(&t, "/nonexistent/t.tsv", false, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "/nonexistent/t.tsv"));
}
END_TEST

START_TEST(replicates)
{
    ck_assert_int_eq(read_text("A\tB\t/1\nC\tD\t/2\nA\tB\t/3\n", true), 0);
    ck_assert_uint_eq(t.n, 3);
    ck_assert_int_eq(read_text("celltype\tassay\tpath\trole\nA\tB\t/1\ttest\nA\tB\t/3\ttrain\n",
                               true), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, ":3: role differs"));
}
END_TEST

START_TEST(filter_reaches_a_fixed_point)
{
    size_t dropped;
    /* c has one assay; without it z has one cell type; without z, b has one assay; ... */
    reads("a\tx\t/1\na\ty\t/2\nb\tx\t/3\nb\tz\t/4\nc\tz\t/5\nd\tx\t/6\nd\ty\t/7\n");
    ck_assert_int_eq(avo_select_tracks(&t, 2, 2, &dropped, &err), 0);
    ck_assert_uint_eq(dropped, 3);
    ck_assert_uint_eq(t.n, 4);
    is_row(0, "a", "x", "/1", 1);
    is_row(1, "a", "y", "/2", 2);
    is_row(2, "d", "x", "/6", 6);
    is_row(3, "d", "y", "/7", 7);
    ck_assert_int_eq(avo_select_tracks(&t, 1, 0, &dropped, &err), 0);
    ck_assert_uint_eq(dropped, 0);
    ck_assert_int_eq(avo_select_tracks(&t, 3, 2, &dropped, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "no cell type with 3 assays"));
}
END_TEST

START_TEST(filter_counts_pairs_once)
{
    size_t dropped;
    ck_assert_int_eq(read_text("a\tx\t/1\na\tx\t/2\nb\tx\t/3\nb\ty\t/4\n", true), 0);
    ck_assert_int_eq(avo_select_tracks(&t, 2, 1, &dropped, &err), 0);
    ck_assert_uint_eq(dropped, 2);
    is_row(0, "b", "x", "/3", 3);
}
END_TEST

static void header_of_blocks(struct avo_header *h, uint32_t beg, uint32_t end)
{
    *h = (struct avo_header){.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    ck_assert_int_eq(avo_header_add_chrom(h, "chr1", 100000000, &err), 0);
    ck_assert_int_eq(avo_header_add_chrom(h, "chr2", 100000000, &err), 0);
    ck_assert_int_eq(avo_header_add_extent(h, 0, beg, end, &err), 0);
    ck_assert_int_eq(avo_header_add_extent(h, 1, beg, end, &err), 0);
}

/* Bins of b that lie in a. */
static uint64_t bins_in(const struct avo_header *a, const struct avo_header *b)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < b->n_extents; i++)
        for (size_t j = 0; j < a->n_extents; j++) {
            const struct avo_extent *x = &a->extents[j], *y = &b->extents[i];
            uint32_t lo = x->beg_bin > y->beg_bin ? x->beg_bin : y->beg_bin;
            uint32_t hi = x->end_bin < y->end_bin ? x->end_bin : y->end_bin;
            if (x->chrom == y->chrom && lo < hi)
                sum += hi - lo;
        }
    return sum;
}

static uint64_t bins_of(const struct avo_header *h)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < h->n_extents; i++)
        sum += h->extents[i].end_bin - h->extents[i].beg_bin;
    return sum;
}

START_TEST(samples)
{
    struct avo_header whole, part, other;
    header_of_blocks(&whole, 0, 4000000);
    header_of_blocks(&part, 1000100, 2000000);
    header_of_blocks(&other, 0, 4000000);
    ck_assert_int_eq(avo_select_sample(&whole, 0.05, 3, &err), 0);
    ck_assert_int_eq(avo_select_sample(&part, 0.05, 3, &err), 0);
    ck_assert_int_eq(avo_select_sample(&other, 0.05, 4, &err), 0);
    /* 40,000 blocks: five standard deviations are 218 blocks */
    double share = (double)bins_of(&whole) / 8e6;
    ck_assert(share > 0.05 - 218.0 / 40000 && share < 0.05 + 218.0 / 40000);
    /* a part samples what the whole samples there; blocks are whole but at its edge */
    ck_assert_uint_eq(bins_in(&whole, &part), bins_of(&part));
    ck_assert_uint_ne(bins_in(&whole, &other), bins_of(&whole));
    for (size_t i = 0; i < whole.n_extents; i++) {
        ck_assert_uint_eq(whole.extents[i].beg_bin % 200, 0);
        ck_assert_uint_eq(whole.extents[i].end_bin % 200, 0);
    }
    /* chromosomes differ */
    size_t n1 = 0;
    while (n1 < whole.n_extents && whole.extents[n1].chrom == 0)
        n1++;
    ck_assert(n1 > 10 && whole.extents[0].beg_bin != whole.extents[n1].beg_bin);
    avo_header_release(&part);
    header_of_blocks(&part, 0, 200);
    ck_assert_int_eq(avo_select_sample(&part, 1e-9, 3, &err), -1);
    avo_header_release(&part);
    header_of_blocks(&part, 5, 4000);
    ck_assert_int_eq(avo_select_sample(&part, 1.0, 3, &err), 0);
    ck_assert_uint_eq(bins_of(&part), 2 * 3995);
    avo_header_release(&whole);
    avo_header_release(&part);
    avo_header_release(&other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tracks");
    TCase *tc = tcase_create("tracks");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, plain);
    tcase_add_test(tc, crlf_bom_comments);
    tcase_add_test(tc, paths);
    tcase_add_test(tc, header_columns);
    tcase_add_test(tc, header_spellings);
    tcase_add_test(tc, header_hints);
    tcase_add_test(tc, names_and_escapes);
    tcase_add_test(tc, bad_tables);
    tcase_add_test(tc, replicates);
    tcase_add_test(tc, filter_reaches_a_fixed_point);
    tcase_add_test(tc, filter_counts_pairs_once);
    tcase_add_test(tc, samples);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
