/* SPDX-License-Identifier: MIT */
/* check_standard.c: models that learn standardised tracks: written and read back, identity,
 * version, scales of pairs, extensions, CORE that lies. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/model/standard.h"
#include "libcommon/model/track_stats.h"
#include "tests/lib/unit/toy.h"

enum { CELLS = 3, ASSAYS = 2 };
static char *cells[] = {"c1", "c2", "c3"}, *assays[] = {"H3K4me3", "DNase"};
static struct avo_error err;
static char path[64];

static void setup(void)
{
    snprintf(path, sizeof path, "check_standard.%ld.avo", (long)getpid());
    memset(&err, 0, sizeof err);
}

static void teardown(void)
{
    unlink(path);
}

static void add_stats(struct avo_observed *o, char *celltype, char *assay, float mean, float sd)
{
    struct avo_track_stats s = {.celltype = celltype, .assay = assay, .mean = mean, .sd = sd};
    for (int k = 0; k < AVO_RANK_KNOTS; k++) {
        s.x[k] = (float)k;
        s.q[k] = (float)k / 100 - 1;
    }
    toy_must(avo_observed_add(o, &s, &err), &err);
}

/* Statistics of all tracks but the last, (c3, DNase). */
static void make(struct avo_model *m, bool standard)
{
    static const uint32_t hidden = 4;
    struct avo_header h = {.content = AVO_CONTENT_MODEL, .bin_bp = 25, .mid_bins = 10,
                           .coarse_bins = 200};
    struct avo_observed o = {0};
    avo_header_add_chrom(&h, "chr1", 100000, &err);
    avo_header_add_block(&h, "celltype", AVO_BLOCK_CELLTYPE, 2, 0, &err);
    avo_header_add_block(&h, "assay", AVO_BLOCK_ASSAY, 3, 0, &err);
    avo_header_add_block(&h, "fine", AVO_BLOCK_GENOME, 2, 1, &err);
    for (int i = 0; i < CELLS * ASSAYS; i++)
        avo_header_add_track(&h, cells[i / ASSAYS], assays[i % ASSAYS],
                             i < 5 ? AVO_ROLE_TRAIN : AVO_ROLE_TEST, &err);
    toy_must(avo_model_new(m, &h, &hidden, 1, cells, CELLS, assays, ASSAYS, &err), &err);
    m->hyper = (struct avo_hyper){.preset = "default", .seed = 3, .init_range = 0.05, .batch = 512,
                                  .steps_per_epoch = 4};
    for (int i = 0; standard && i < 5; i++)
        add_stats(&o, cells[i / ASSAYS], assays[i % ASSAYS], 1 + (float)i / 4, 2 - (float)i / 8);
    if (standard)
        toy_must(avo_model_standardize(m, &o, &err), &err);
    avo_model_init_values(m);
    avo_model_identify(m);
    avo_header_release(&h);
}

START_TEST(written_models_read_back)
{
    struct avo_model a, b, none;
    make(&a, true);
    make(&none, false);
    ck_assert_str_ne(a.header.root_id, none.header.root_id);
    ck_assert(avo_header_minor(&a.header) == 1 && avo_header_minor(&none.header) == 0);
    toy_write_model(path, &a);
    toy_must(toy_read_model(path, &b, &err), &err);
    ck_assert(b.hyper.standardize && b.standard && !b.observed && b.standard->n_stats == 5);
    for (int i = 0; i < 5; i++) {
        const struct avo_track_stats *x = &a.standard->stats[i], *y = &b.standard->stats[i];
        ck_assert(x->mean == y->mean && x->sd == y->sd && !strcmp(x->celltype, y->celltype));
        ck_assert(!strcmp(x->assay, y->assay) && !memcmp(x->q, y->q, sizeof x->q));
    }
    ck_assert_str_eq(a.header.root_id, b.header.root_id);
    ck_assert_uint_eq(avo_header_minor(&b.header), 1);
    avo_model_release(&b);
    toy_write_model(path, &none);
    toy_must(toy_read_model(path, &b, &err), &err);
    ck_assert(!b.hyper.standardize && !b.standard && avo_header_minor(&b.header) == 0);
    avo_model_release(&a);
    avo_model_release(&b);
    avo_model_release(&none);
}
END_TEST

/* Own statistics where there are some, else the two-way ones; 0 and 1 where z is not learned. */
START_TEST(pairs_have_their_scale)
{
    struct avo_model m, none;
    struct avo_pair pairs[] = {{1, 0}, {2, 1}};
    float scale[4], mean, sd, values[] = {0, 1, -2};
    make(&m, true);
    make(&none, false);
    toy_must(avo_model_scales(&m, pairs, 2, scale, &err), &err);
    toy_must(avo_track_stats_predict(m.standard, cells[2], assays[1], &mean, &sd, &err), &err);
    ck_assert(scale[0] == 1.5f && scale[1] == 1.75f && scale[2] == mean && scale[3] == sd);
    avo_model_put_back(&m, scale, values, 3);
    ck_assert(values[0] == 1.5f && values[1] == 3.25f && values[2] == -2);
    toy_must(avo_model_scales(&none, pairs, 2, scale, &err), &err);
    ck_assert(scale[0] == 0 && scale[1] == 1 && scale[2] == 0 && scale[3] == 1);
    avo_model_put_back(&none, scale, values, 3);
    ck_assert(values[0] == 1.5f && values[1] == 3.25f && values[2] == -2);
    avo_model_release(&m);
    avo_model_release(&none);
}
END_TEST

static void make_extension(struct avo_model *m, char *celltype, float mean)
{
    make(m, true);
    toy_must(avo_model_add_celltype(m, celltype, &err), &err);
    ck_assert(avo_header_add_track(&m->header, celltype, "DNase", AVO_ROLE_TRAIN, &err) != NULL);
    add_stats(m->standard, celltype, "DNase", mean, 3);
    avo_model_identify(m);
}

/* Extensions leave the scale of the root's pairs as it is, and give their own cell types one. */
START_TEST(extensions_join)
{
    struct avo_model root, a, b;
    struct avo_pair pairs[] = {{2, 1}, {3, 0}};     /* the second: "a" and H3K4me3 */
    float before[2], after[4], mean, sd;
    make(&root, true);
    make_extension(&a, "a", 9);
    make_extension(&b, "b", 7);
    toy_must(avo_model_scales(&root, pairs, 1, before, &err), &err);
    toy_must(avo_model_join(&root, _i ? &b : &a, &err), &err);
    toy_must(avo_model_join(&root, _i ? &a : &b, &err), &err);
    toy_must(avo_model_sort(&root, &err), &err);
    ck_assert(root.standard->n_stats == 7 && !strcmp(root.standard->stats[5].celltype, "a"));
    toy_must(avo_model_scales(&root, pairs, 2, after, &err), &err);
    ck_assert(after[0] == before[0] && after[1] == before[1]);
    toy_must(avo_track_stats_predict(root.standard, "a", assays[0], &mean, &sd, &err), &err);
    ck_assert(after[2] == mean && after[3] == sd && mean > 1.5f);
    a.standard->stats[5].sd = 4;
    ck_assert_int_lt(avo_model_join(&root, &a, &err), 0);
    ck_assert_msg(strstr(err.msg, "two different statistics") != NULL, "%s", err.msg);
    avo_model_release(&root);
    avo_model_release(&a);
    avo_model_release(&b);
}
END_TEST

static void lie(struct avo_model *m, int which)
{
    if (which == 0)             /* statistics of nothing */
        while (m->standard->n_stats)
            avo_observed_drop(m->standard, m->standard->stats[0].celltype,
                              m->standard->stats[0].assay);
    if (which == 1)
        m->hyper.standardize = false;
    if (which == 2)
        m->standard->stats[1].sd = 0;
    if (which == 3) {           /* says so and has none */
        avo_observed_release(m->standard);
        free(m->standard);
        m->standard = NULL;
    }
}

START_TEST(a_lie_is_one_error)
{
    static const char *const said[] = {"names no track", "has no use for", "not above 0",
                                       "lacks the statistics"};
    struct avo_model m, got;
    make(&m, true);
    lie(&m, _i);
    avo_model_identify(&m);
    toy_write_model(path, &m);
    ck_assert_int_lt(toy_read_model(path, &got, &err), 0);
    ck_assert_msg(strstr(err.msg, said[_i]) != NULL, "%s", err.msg);
    avo_model_release(&m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("standard");
    TCase *t = tcase_create("standard");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, written_models_read_back);
    tcase_add_test(t, pairs_have_their_scale);
    tcase_add_loop_test(t, extensions_join, 0, 2);
    tcase_add_loop_test(t, a_lie_is_one_error, 0, 4);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
