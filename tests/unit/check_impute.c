/* SPDX-License-Identifier: MIT */
/* check_impute.c: several model files as one, the list of wanted tracks, names of files. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/io.h"
#include "libcommon/impute/impute.h"

static struct avo_error err;

static void make_header(struct avo_header *h, uint32_t chrom, uint32_t beg, uint32_t end)
{
    *h = (struct avo_header){.content = AVO_CONTENT_MODEL, .bin_bp = 25, .mid_bins = 10,
                             .coarse_bins = 200, .transform = AVO_ARCSINH};
    ck_assert_int_eq(avo_header_add_chrom(h, "chr1", 100000, &err), 0);
    ck_assert_int_eq(avo_header_add_chrom(h, "chr2", 100000, &err), 0);
    ck_assert_int_eq(avo_header_add_extent(h, chrom, beg, end, &err), 0);
    ck_assert_int_eq(avo_header_add_block(h, "celltype", AVO_BLOCK_CELLTYPE, 3, 0, &err), 0);
    ck_assert_int_eq(avo_header_add_block(h, "assay", AVO_BLOCK_ASSAY, 2, 0, &err), 0);
    ck_assert_int_eq(avo_header_add_block(h, "fine", AVO_BLOCK_GENOME, 4, 1, &err), 0);
    ck_assert_int_eq(avo_header_add_block(h, "coarse", AVO_BLOCK_GENOME, 1, 200, &err), 0);
    ck_assert_int_eq(avo_header_add_provenance(h, "test", "n:1", &err), 0);
}

static void add_track(struct avo_header *h, const char *c, const char *a, enum avo_role role)
{
    ck_assert_ptr_nonnull(avo_header_add_track(h, c, a, role, &err));
}

/* A model of two cell types and two assays. */
static void make_model(struct avo_model *m, struct avo_header *h)
{
    static char *cells[] = {"A", "B"}, *assays[] = {"x", "y"};
    uint32_t hidden = 5;
    ck_assert_int_eq(avo_model_new(m, h, &hidden, 1, cells, 2, assays, 2, &err), 0);
    snprintf(m->hyper.preset, sizeof m->hyper.preset, "test");
    m->hyper.init_range = 1;
    m->hyper.batch = m->hyper.steps_per_epoch = 1;
    avo_model_init_values(m);
    avo_model_identify(m);
    avo_header_release(h);
}

static void write_model(const char *path, struct avo_model *m, bool genome)
{
    struct avo_writer *w = avo_writer_open(path, &m->header, false, NULL, &err);
    ck_assert_ptr_nonnull(w);
    ck_assert_int_eq(avo_model_write(w, m, &err), 0);
    if (genome) {
        struct avo_extent e = m->header.extents[0];
        struct avo_run run = {e.beg_bin, e.end_bin - e.beg_bin};
        struct avo_span span = {e.chrom, 1, run.n_bins, &run};
        struct avo_positions p = {0};
        struct avo_genome_rows rows;
        avo_genome_rows_init(&rows, m);
        ck_assert_int_eq(avo_positions_add(&p, &m->header, &span, false, &err), 0);
        ck_assert_int_eq(avo_genome_rows_make(&rows, &p, false, &err), 0);
        avo_genome_rows_init_values(&rows, &p, m);
        ck_assert_int_eq(avo_genome_rows_write(&rows, &p, m, w, &err), 0);
        avo_genome_rows_release(&rows);
        avo_positions_release(&p);
    }
    ck_assert_int_eq(avo_writer_finish(w, &err), 0);
    avo_writer_free(w);
}

/* one.avo: chr1; two.avo: chr2, where a track's role and a range differ; ext.avo: cell types
 * "D10", "D9" and no genome. */
static void write_files(void)
{
    struct avo_header h;
    struct avo_model m;
    make_header(&h, 0, 0, 1000);
    add_track(&h, "A", "x", AVO_ROLE_TRAIN);
    add_track(&h, "B", "y", AVO_ROLE_TEST);
    make_model(&m, &h);
    m.range[0] = -1;
    m.range[1] = 2;
    write_model("one.avo", &m, true);
    avo_model_release(&m);
    make_header(&h, 1, 400, 1000);
    add_track(&h, "A", "x", AVO_ROLE_TEST);
    add_track(&h, "B", "y", AVO_ROLE_VALID);
    make_model(&m, &h);
    m.range[0] = 0;
    m.range[1] = 3;
    write_model("two.avo", &m, true);
    avo_model_release(&m);
    make_header(&h, 0, 0, 100);
    make_model(&m, &h);
    ck_assert_int_eq(avo_model_add_celltype(&m, "D10", &err), 0);
    ck_assert_int_eq(avo_model_add_celltype(&m, "D9", &err), 0);
    ck_assert_ptr_nonnull(avo_header_add_track(&m.header, "D9", "x", AVO_ROLE_TRAIN, &err));
    write_model("ext.avo", &m, false);
    avo_model_release(&m);
}

static char folder[] = "/tmp/check_impute.XXXXXX";

static void setup(void)
{
    memset(&err, 0, sizeof err);
    if (access(folder, F_OK))
        ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    write_files();
}

static void teardown(void)
{
    unlink("one.avo");
    unlink("two.avo");
    unlink("ext.avo");
    unlink("list.tsv");
    unlink("tracks.tsv");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
}

static struct avo_models *open_models(int n, char *const *paths)
{
    struct avo_models *s = avo_models_open(paths, (size_t)n, &err);
    ck_assert_msg(s != NULL, "%s", err.msg);
    return s;
}

static enum avo_role role(const struct avo_model *m, const char *c, const char *a)
{
    int i = avo_header_find_track(&m->header, c, a);
    return i < 0 ? AVO_ROLE_UNSET : m->header.tracks[i].role;
}

static void check_joined(const struct avo_model *m)
{
    const struct avo_header *h = &m->header;
    ck_assert_uint_eq(m->n_celltypes, 4);
    ck_assert_uint_eq(h->n_extents, 2);
    ck_assert_uint_eq(h->extents[0].chrom, 0);
    ck_assert_uint_eq(h->extents[0].end_bin, 1000);
    ck_assert_uint_eq(h->extents[1].beg_bin, 400);
    ck_assert_int_eq(role(m, "A", "x"), AVO_ROLE_TRAIN);
    ck_assert_int_eq(role(m, "B", "y"), AVO_ROLE_VALID);
    ck_assert_int_eq(role(m, "D9", "x"), AVO_ROLE_TRAIN);
    ck_assert_float_eq(m->range[0], -1);
    ck_assert_float_eq(m->range[1], 3);
    ck_assert_uint_eq(h->n_provenance, 1);
}

START_TEST(joined_in_any_order)
{
    static char *const orders[][3] = {{"one.avo", "two.avo", "ext.avo"},
                                      {"ext.avo", "two.avo", "one.avo"},
                                      {"two.avo", "ext.avo", "one.avo"}};
    struct avo_models *s = open_models(3, orders[_i]);
    struct avo_head head;
    struct avo_genome_tile tile;
    check_joined(avo_models_core(s));
    ck_assert(avo_models_can_rewind(s));
    for (int round = 0; round < 3; round++) {
        ck_assert_int_eq(avo_models_next(s, &head, &err), 1);
        ck_assert_uint_eq(head.chrom, 0);
        ck_assert_str_eq(avo_models_name(s), "one.avo");
        ck_assert_int_eq(avo_models_genome(s, &tile, &err), 0);
        ck_assert_uint_eq(tile.span.n_bins, 1000);
        ck_assert_int_eq(avo_models_next(s, &head, &err), 1);
        ck_assert_uint_eq(head.chrom, 1);
        if (round == 1) {       /* also from the middle */
            avo_models_rewind(s);
            continue;
        }
        ck_assert_int_eq(avo_models_genome(s, &tile, &err), 0);
        ck_assert_uint_eq(tile.span.chrom, 1);
        ck_assert_int_eq(avo_models_next(s, &head, &err), 0);
        ck_assert_int_eq(avo_models_next(s, &head, &err), 0);
        avo_models_rewind(s);
    }
    avo_models_close(s);
}
END_TEST

START_TEST(a_file_that_changes)
{
    char *const paths[] = {"one.avo", "two.avo"};
    struct avo_models *s = open_models(2, paths);
    struct avo_head head;
    ck_assert_int_eq(rename("one.avo", "two.avo"), 0);
    ck_assert_int_eq(avo_models_next(s, &head, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "one.avo"));
    avo_models_close(s);
    memset(&err, 0, sizeof err);
    write_files();
    s = open_models(2, paths);
    ck_assert_int_eq(rename("one.avo", "two.avo"), 0);
    write_files();
    ck_assert_int_eq(rename("two.avo", "one.avo"), 0);
    ck_assert_int_eq(avo_models_next(s, &head, &err), -1);
    ck_assert_str_eq(err.msg, "one.avo: changed while it was being read");
    avo_models_close(s);
}
END_TEST

static void expect_pairs(const struct avo_wanted_list *l, const struct avo_model *m,
                         const char *want)
{
    char got[512] = "";
    for (size_t i = 0; i < l->n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s:%s=%s ",
                 m->celltypes[l->at[i].pair.celltype], m->assays[l->at[i].pair.assay],
                 avo_role_name(l->at[i].role));
    ck_assert_str_eq(got, want);
}

START_TEST(pairs)
{
    char *const paths[] = {"ext.avo", "one.avo", "two.avo"};
    struct avo_models *s = open_models(3, paths);
    const struct avo_model *m = avo_models_core(s);
    struct avo_wanted_list l = {0, 0, NULL};
    char *names;
    ck_assert_int_eq(avo_wanted_all(&l, m, true, &err), 0);
    expect_pairs(&l, m, "A:y= B:x= B:y=valid D9:y= D10:x= D10:y= ");
    ck_assert_int_eq(avo_wanted_scarce(&l, m, false, 1, &names, &err), 0);
    ck_assert_str_eq(names, "B (0), D10 (0)");
    free(names);
    ck_assert_int_eq(avo_wanted_scarce(&l, m, true, 3, &names, &err), 0);
    ck_assert_str_eq(names, "y (0), x (2)");
    free(names);
    ck_assert_int_eq(avo_wanted_scarce(&l, m, true, 0, &names, &err), 0);
    ck_assert_ptr_null(names);
    l.n = 0;
    ck_assert_int_eq(avo_wanted_all(&l, m, false, &err), 0);
    expect_pairs(&l, m, "A:x=train A:y= B:x= B:y=valid D9:x=train D9:y= D10:x= D10:y= ");
    l.n = 0;
    FILE *f = fopen("list.tsv", "w");
    fputs("#celltype\tassay\n\nD9\tx\n# B\tx\nB\ty", f);
    fclose(f);
    ck_assert_int_eq(avo_wanted_file(&l, m, "list.tsv", &err), 0);
    expect_pairs(&l, m, "D9:x=train B:y=valid ");
    ck_assert_int_eq(avo_wanted_file(&l, m, "list.tsv", &err), -1);
    ck_assert_str_eq(err.msg, "list.tsv:3: the track D9:x is asked for twice");
    memset(&err, 0, sizeof err);
    ck_assert_int_eq(avo_wanted_add(&l, m, "D8", "x", &err), -1);
    ck_assert_str_eq(err.msg, "cell type \"D8\" is not in the model (nearest: \"D9\")");
    free(l.at);
    avo_models_close(s);
}
END_TEST

START_TEST(names_of_files)
{
    static const struct { const char *pattern, *path, *table; } cases[] = {
        {"{celltype}.{assay}.bw", "a%2Fb.%7Bcelltype%7D.bw", "tracks.tsv"},
        {"x/{assay}/{celltype}", "x/%7Bcelltype%7D/a%2Fb", "x/tracks.tsv"},
        {"/x/y{celltype}/{assay}{assay}/z", "/x/ya%2Fb/%7Bcelltype%7D%7Bcelltype%7D/z",
         "/x/tracks.tsv"},
        {"{other}{celltype", "{other}{celltype", NULL},
        {"", "", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = avo_impute_path(cases[i].pattern, "a/b", "{celltype}", &err);
        ck_assert_str_eq(path, cases[i].path);
        free(path);
        ck_assert_int_eq(avo_impute_is_pattern(cases[i].pattern), cases[i].table != NULL);
        if (!cases[i].table)
            continue;
        size_t n = avo_impute_folder_len(cases[i].pattern);
        ck_assert_uint_eq(n + strlen("tracks.tsv"), strlen(cases[i].table));
        ck_assert_int_eq(strncmp(cases[i].pattern, cases[i].table, n), 0);
    }
    ck_assert(!avo_impute_is_pattern(NULL));
}
END_TEST

START_TEST(header_of_a_region)
{
    char *const paths[] = {"one.avo", "two.avo"};
    struct avo_models *s = open_models(2, paths);
    struct avo_wanted_list l = {0, 0, NULL};
    struct avo_header h;
    const struct avo_model *m = avo_models_core(s);
    ck_assert_int_eq(avo_wanted_add(&l, m, "B", "y", &err), 0);
    ck_assert_int_eq(avo_impute_header(&m->header, m, &l, &(struct avo_region_ask){
        .region = "chr1:24976-25000,chr2:1-10026"}, &h, &err), 0);
    ck_assert_int_eq(h.content, AVO_CONTENT_SIGNAL);
    ck_assert_uint_eq(h.n_extents, 2);
    ck_assert_uint_eq(h.extents[0].beg_bin, 999);
    ck_assert_uint_eq(h.extents[1].beg_bin, 400);
    ck_assert_uint_eq(h.extents[1].end_bin, 402);
    ck_assert_uint_eq(h.n_tracks, 1);
    ck_assert(h.tracks[0].imputed && h.tracks[0].role == AVO_ROLE_VALID);
    ck_assert_uint_eq(h.n_blocks, 0);
    ck_assert_str_eq(h.root_id, m->header.root_id);
    avo_header_release(&h);
    ck_assert_int_eq(avo_impute_header(&m->header, m, &l, &(struct avo_region_ask){
        .region = "chr2:1-10000"}, &h, &err), -1);
    ck_assert_str_eq(err.msg, "the models have no factors in the regions asked for");
    free(l.at);
    avo_models_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("impute");
    TCase *tc = tcase_create("impute");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, joined_in_any_order, 0, 3);
    tcase_add_test(tc, a_file_that_changes);
    tcase_add_test(tc, pairs);
    tcase_add_test(tc, names_of_files);
    tcase_add_test(tc, header_of_a_region);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
