/* SPDX-License-Identifier: MIT */
/* check_base_format.c: formats of outputs from -O and from the ends of names. */
#include "libcommon/base/format.h"

#include <check.h>
#include <string.h>

static const char tracks[] = "avo|bedgraph|bigwig", tables[] = "tsv|long|text",
    rows[] = "avo|tsv|npy";

START_TEST(names_decide)
{
    static const struct { const char *formats, *path; size_t which; } good[] = {
        {tracks, NULL, 0}, {tracks, "-", 0}, {tracks, "x", 0}, {tracks, "a.bw/x", 0},
        {tracks, "x.avo", 0}, {tracks, "x.model.AVO", 0}, {tracks, "x.avo.gz", 0},
        {tracks, "x.bedGraph", 1}, {tracks, "x.BEDGRAPH.GZ", 1}, {tracks, "x.bg", 1},
        {tracks, "x.bg.gz", 1}, {tracks, "x.bdg", 1}, {tracks, "x.bw", 2}, {tracks, "x.BigWig", 2},
        {tracks, "d/{celltype}.{assay}.bw", 2}, {tracks, "d/{celltype}.{assay}", 0},
        {tracks, "x.gz", 0}, {tracks, ".gz", 0}, {tracks, "x.v2", 0}, {tracks, "bw", 0},
        {tracks, "x.", 0}, {tracks, "/dev/null", 0},
        {tables, "x.tsv", 0}, {tables, "x.tab", 0}, {tables, "x.txt", 2}, {tables, "x.tsv.gz", 0},
        {rows, "x.tsv", 1}, {rows, "x.txt", 1}, {rows, "x.npy", 2}, {rows, "x.NPY", 2}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct avo_format_choice c;
        struct avo_error e = {0};
        ck_assert_msg(avo_format_choose(good[i].formats, NULL, good[i].path, &c, &e) == 0,
                      "%s: %s", good[i].path, e.msg);
        ck_assert_msg(c.which == good[i].which, "%s: %zu", good[i].path, c.which);
        ck_assert_str_eq(c.warning, "");
    }
}
END_TEST

static void refuse(const char *formats, const char *stated, const char *path, const char *msg,
                   const char *hint)
{
    struct avo_format_choice c;
    struct avo_error e = {0};
    ck_assert_int_eq(avo_format_choose(formats, stated, path, &c, &e), -1);
    ck_assert_int_eq(e.status, AVO_EXIT_USAGE);
    ck_assert_str_eq(e.msg, msg);
    ck_assert_str_eq(e.hint, hint);
}

START_TEST(what_is_not_written)
{
    refuse(tracks, NULL, "d/x.tsv", "-o d/x.tsv: the name says tsv; what is written here is avo, "
           "bedgraph or bigwig", "");
    refuse(tracks, NULL, "x.TXT.gz", "-o x.TXT.gz: the name says text; what is written here is "
           "avo, bedgraph or bigwig", "");
    refuse(tables, NULL, "x.json", "-o x.json: the name says json; what is written here is tsv, "
           "long or text", "");
    refuse("avo", NULL, "x.bw", "-o x.bw: the name says bigwig; what is written here is avo", "");
    refuse("tsv|text", NULL, "x.csv", "-o x.csv: the name says csv; what is written here is tsv or "
           "text", "");
    refuse(tracks, NULL, "x.bw.gz", "-o x.bw.gz: bigwig is not packed in gzip: leave out .gz", "");
    refuse(rows, NULL, "x.npy.GZ", "-o x.npy.GZ: npy is not packed in gzip: leave out .gz", "");
    refuse(tracks, "bw", NULL, "-O: \"bw\" is not avo, bedgraph or bigwig",
           "did you mean bigwig?");
    refuse(tables, "tvs", "x.tsv", "-O: \"tvs\" is not tsv, long or text", "did you mean tsv?");
    refuse(tables, "", "x.tsv", "-O: \"\" is not tsv, long or text", "");
}
END_TEST

static void state(const char *formats, const char *stated, const char *path, size_t which,
                  const char *warning)
{
    struct avo_format_choice c;
    ck_assert_int_eq(avo_format_choose(formats, stated, path, &c, NULL), 0);
    ck_assert_uint_eq(c.which, which);
    ck_assert_str_eq(c.warning, warning);
}

START_TEST(stated_formats_win)
{
    state(tracks, "BigWig", "x.bw", 2, "");
    state(tracks, "bedgraph", "x.bw", 1,
          "-o x.bw: the name says bigwig, but -O says bedgraph, which is written");
    state(tracks, "avo", "x.bg.gz", 0,
          "-o x.bg.gz: the name says bedgraph, but -O says avo, which is written");
    state(tracks, "bedgraph", "x.txt", 1, "");
    state(tracks, "avo", "x.txt", 0, "-o x.txt: the name says text, but -O says avo, which is "
          "written");
    state(tracks, "bigwig", "x.gz", 2, "-o x.gz: bigwig is not packed in gzip: written as it is");
    state(tables, "long", "x.tsv", 1, "");
    state(tables, "text", "x.tsv", 2, "-o x.tsv: the name says tsv, but -O says text, which is "
          "written");
    state(tables, "tsv", "x.txt.gz", 0, "");
    state(tables, "tsv", "x.csv", 0, "-o x.csv: the name says csv, but -O says tsv, which is "
          "written");
    state(tables, "tsv", NULL, 0, "");
}
END_TEST

START_TEST(gz)
{
    static const char *const yes[] = {"x.gz", "x.tsv.GZ", "a/b.bg.gz"};
    static const char *const no[] = {".gz", "x.gz/", "x.g", "xgz", ""};
    ck_assert(!avo_format_is_gz(NULL));
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        ck_assert_msg(avo_format_is_gz(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        ck_assert_msg(!avo_format_is_gz(no[i]), "%s", no[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: format");
    TCase *c = tcase_create("all");
    tcase_add_test(c, names_decide);
    tcase_add_test(c, what_is_not_written);
    tcase_add_test(c, stated_formats_win);
    tcase_add_test(c, gz);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
