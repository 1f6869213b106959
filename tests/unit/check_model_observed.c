/* SPDX-License-Identifier: MIT */
/* check_model_observed.c: models of the family observed: written and read back, CORE records that
 * lie, identity, initial values, extensions. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/model/model_observed.h"
#include "libcommon/model/similarity.h"
#include "tests/lib/unit/toy.h"

enum { CELLS = 3, ASSAYS = 2, HIDDEN = 5 };
static char *cells[] = {"c one", "c\ttwo", "c3"}, *assays[] = {"H3K4me3", "DNase"};
static char path[64], other[64];

static void setup(void)
{
    snprintf(path, sizeof path, "check_model_observed.%ld.avo", (long)getpid());
    snprintf(other, sizeof other, "check_model_observed.%ld.b.avo", (long)getpid());
}

static void teardown(void)
{
    unlink(path);
    unlink(other);
}

static void fill_stats(struct avo_track_stats *s, const char *celltype, const char *assay, float x)
{
    *s = (struct avo_track_stats){.celltype = (char *)(uintptr_t)celltype,
                                  .assay = (char *)(uintptr_t)assay, .mean = x - 1, .sd = x / 3};
    for (int k = 0; k < AVO_RANK_KNOTS; k++) {
        s->x[k] = x * (float)(k < 9 ? 0 : k);
        s->q[k] = -1 + 0.01f * (float)k;
    }
}

static void add_stats(struct avo_observed *o, const char *celltype, const char *assay, float x)
{
    struct avo_error err = {0};
    struct avo_track_stats s;
    fill_stats(&s, celltype, assay, x);
    toy_must(avo_observed_add(o, &s, &err), &err);
}

/* A header that says what a root of the family says, for widths that fit o. */
static void make_header(struct avo_header *h, const struct avo_observed *o, uint32_t n_assays)
{
    static const enum avo_block_kind kinds[] = {AVO_BLOCK_ELSEWHERE, AVO_BLOCK_OWN,
                                                AVO_BLOCK_TARGET};
    *h = (struct avo_header){.content = AVO_CONTENT_MODEL, .bin_bp = 25, .mid_bins = 10,
                             .coarse_bins = 200};
    avo_header_add_chrom(h, "chr1", 100000, NULL);
    for (int c = 0; c < CELLS; c++)
        for (int a = 0; a < ASSAYS; a++)
            avo_header_add_track(h, cells[c], assays[a], AVO_ROLE_TRAIN, NULL);
    for (int k = 0; k < 3; k++)
        avo_header_add_block(h, avo_block_kind_name(kinds[k]), kinds[k],
                             avo_observed_width(o, kinds[k], n_assays), 0, NULL);
    avo_header_add_block(h, "assay", AVO_BLOCK_ASSAY, 4, 0, NULL);
}

static void fill_residuals(struct avo_residuals *r)
{
    r->known = true;
    for (int u = 0; u < AVO_RESIDUAL_UNITS; u++)
        for (int l = 0; l < AVO_RESIDUAL_LEVELS; l++) {
            r->level[u][l].at = 0.1f * (float)(l - 5 * u);
            for (int k = 0; k < AVO_RESIDUAL_QUANTILES; k++)
                r->level[u][l].q[k] = 0.02f * (float)(k - 49) * (float)(l + 1 + u);
        }
}

/* similar: with a track whose R with the first is known, and one whose R is not. */
static void make_as(struct avo_model *m, bool similar)
{
    static const uint32_t hidden = HIDDEN;
    struct avo_error err = {0};
    struct avo_header h;
    struct avo_observed o = {.n_windows = 3, .half_bins = {0, 2, 30}, .ranks = true,
                             .hide = 0.1 + 0.2, .n_samples = 12345678901, .similar = similar};
    const struct avo_similar pair = {0, 2, -0.75f};
    make_header(&h, &o, ASSAYS);
    toy_must(avo_model_new(m, &h, &hidden, 1, cells, CELLS, assays, ASSAYS, &err), &err);
    add_stats(&o, cells[0], assays[1], 2);
    add_stats(&o, cells[1], assays[0], 3.5f);
    if (similar) {
        add_stats(&o, cells[1], assays[1], 4);
        add_stats(&o, cells[2], assays[1], 5);
        toy_must(avo_similarity_add(&o, &pair, 1, &err), &err);
    }
    toy_must(avo_model_observe(m, &o, &err), &err);
    ck_assert_ptr_null(o.stats);
    fill_residuals(&m->observed->residuals);
    m->hyper = (struct avo_hyper){.preset = "observed", .beta1 = 0.9, .beta2 = 0.999, .seed = 3,
                                  .init_range = 0.05, .batch = 512, .steps_per_epoch = 4};
    avo_model_init_values(m);
    avo_header_release(&h);
}

static void make(struct avo_model *m)
{
    make_as(m, false);
}

static void same_stats(const struct avo_track_stats *a, const struct avo_track_stats *b)
{
    ck_assert_str_eq(a->celltype, b->celltype);
    ck_assert_str_eq(a->assay, b->assay);
    ck_assert(a->mean == b->mean && a->sd == b->sd);
    ck_assert(!memcmp(a->x, b->x, sizeof a->x) && !memcmp(a->q, b->q, sizeof a->q));
}

/* ---- there and back ---- */

START_TEST(written_models_read_back)
{
    struct avo_model a, b;
    struct avo_error err = {0};
    make(&a);
    a.layers[1].w[3] = 0.25f;
    a.observed->count = -0.75f;
    toy_write_model(path, &a);
    toy_must(toy_read_model(path, &b, &err), &err);
    ck_assert_ptr_nonnull(b.observed);
    const struct avo_observed *x = a.observed, *y = b.observed;
    ck_assert(x->n_windows == y->n_windows && !memcmp(x->half_bins, y->half_bins, 12));
    ck_assert(x->ranks == y->ranks && x->hide == y->hide && x->n_samples == y->n_samples);
    ck_assert(y->count == -0.75f && !memcmp(a.net, b.net, a.n_net * sizeof *a.net));
    ck_assert_uint_eq(y->n_stats, 2);
    for (int i = 0; i < 2; i++)
        same_stats(&x->stats[i], &y->stats[i]);
    ck_assert_str_eq(a.header.root_id, b.header.root_id);
    ck_assert(y->residuals.known &&
              !memcmp(x->residuals.level, y->residuals.level, sizeof x->residuals.level));
    avo_model_release(&b);
    a.observed->residuals.known = false;    /* in training, and of earlier versions */
    toy_write_model(path, &a);
    toy_must(toy_read_model(path, &b, &err), &err);
    ck_assert(!b.observed->residuals.known);
    avo_model_release(&a);
    avo_model_release(&b);
}
END_TEST

/* R that is not known stays so; a model without it writes nothing of it. */
START_TEST(similar_models_read_back)
{
    struct avo_model a, b, plain;
    struct avo_error err = {0};
    make_as(&a, true);
    toy_write_model(path, &a);
    toy_must(toy_read_model(path, &b, &err), &err);
    const struct avo_observed *y = b.observed;
    ck_assert(y->similar && y->n_stats == 4 && y->n_pairs == 1);
    ck_assert(y->pairs[0].i == 0 && y->pairs[0].j == 2 && y->pairs[0].r == -0.75f);
    ck_assert_str_eq(a.header.root_id, b.header.root_id);
    make(&plain);
    avo_model_identify(&plain);
    ck_assert_uint_eq(a.n_inputs - plain.n_inputs, 6);
    ck_assert(!avo_observed_alike(a.observed, plain.observed));
    avo_model_release(&a);
    avo_model_release(&b);
    avo_model_release(&plain);
}
END_TEST

/* The version that a stream states is the least that has what it holds: preamble and text. */
START_TEST(only_such_models_state_the_minor_version)
{
    struct avo_header h = {.content = AVO_CONTENT_MODEL};
    struct avo_model m;
    unsigned char head[128];
    avo_header_add_block(&h, "assay", AVO_BLOCK_ASSAY, 4, 0, NULL);
    ck_assert_uint_eq(avo_header_minor(&h), 0);
    avo_header_release(&h);
    make(&m);
    toy_write_model(path, &m);
    FILE *f = fopen(path, "rb");
    ck_assert(f && fread(head, 1, sizeof head, f) == sizeof head && head[12] == 1);
    ck_assert(fread(head, 1, sizeof head, f) == sizeof head);
    ck_assert(!memcmp(head, "@AVO\tversion:1.1\t", 17));
    fclose(f);
    avo_model_release(&m);
}
END_TEST

START_TEST(training_begins_at_the_mean)
{
    struct avo_model m;
    float most = 0;
    make(&m);
    for (uint32_t i = 0; i < HIDDEN; i++)
        ck_assert(m.layers[1].w[i] == 0 && m.layers[0].b[i] == 0);
    ck_assert(m.layers[1].b[0] == 0 && m.observed->count == 0);
    for (uint32_t i = 0; i < m.n_inputs * HIDDEN; i++)
        most = fmaxf(most, fabsf(m.layers[0].w[i]));
    float range = sqrtf(6.0f / (float)(m.n_inputs + HIDDEN));
    ck_assert(most <= range && most > 0.9f * range);
    ck_assert_uint_eq(m.n_inputs, 2 * 6 + 2 * 7 + 2 * 6 + 4);
    ck_assert(m.table[3] && m.table[3][0] != 0 && !m.table[0] && !m.table[1] && !m.table[2]);
    avo_model_release(&m);
}
END_TEST

/* ---- CORE that lies ---- */

/* Changes a tensor's copy, which has room to grow; false: leave it out. */
struct lie {
    const char *tensor;         /* that is changed */
    const char *text;           /* that it becomes, or NULL: */
    int element;                /* becomes value; -1: the tensor is left out; -2: one dimension is
                                 * one less */
    float value;
    const char *complaint;
};
#define SIZES(windows, ranks, rest) "windows\t" windows "\nranks\t" ranks "\n" rest
#define WHOLE "hide\t0.3\nsamples\t9\n"
static const struct lie lies[] = {
    {"observed", SIZES("0,1,2,3,4,5,6,7,8", "1", WHOLE), 0, 0, "windows: got \"0,1,2,3"},
    {"observed", SIZES("0,2,2", "1", WHOLE), 0, 0, "windows: got \"0,2,2\""},
    {"observed", SIZES("0,30,2", "1", WHOLE), 0, 0, "windows: got \"0,30,2\""},
    {"observed", SIZES("1,2,30", "1", WHOLE), 0, 0, "windows: got \"1,2,30\""},
    {"observed", SIZES("0,2,10001", "1", WHOLE), 0, 0, "windows: got \"0,2,10001\""},
    {"observed", SIZES("0,2,30000000000", "1", WHOLE), 0, 0, "windows: got \"0,2,30000000000\""},
    {"observed", SIZES("0,2,", "1", WHOLE), 0, 0, "windows: got \"0,2,\""},
    {"observed", SIZES("", "1", WHOLE), 0, 0, "windows: got \"\""},
    {"observed", SIZES("0,2", "1", WHOLE), 0, 0, "block \"elsewhere\" has 12 columns (want 8)"},
    {"observed", SIZES("0,2,30", "0", WHOLE), 0, 0, "block \"elsewhere\" has 12 columns (want 6)"},
    {"observed", SIZES("0,2,30", "2", WHOLE), 0, 0, "ranks"},
    {"observed", SIZES("0,2,30", "1", "hide\tnan\nsamples\t9\n"), 0, 0, "hide"},
    {"observed", SIZES("0,2,30", "1", "hide\t1.5\nsamples\t9\n"), 0, 0, "hide"},
    {"observed", SIZES("0,2,30", "1", "hide\t0.3\nsamples\t0\n"), 0, 0, "samples"},
    {"observed", SIZES("0,2,30", "1", "hide\t0.3\n"), 0, 0, "number of samples is missing"},
    {"observed", "ranks\t1\n" WHOLE, 0, 0, "windows are missing"},
    {"observed", "windows:0\n", 0, 0, "no value"},
    {"observed", NULL, -1, 0, "windows are missing"},
    {"stats.tracks", "c one\tDNase\n", 0, 0, "\"stats.scale\" has 4 elements (want 2)"},
    {"stats.tracks", "c one\tDNase\nc one\tDNase\n", 0, 0, "names c one:DNase twice"},
    {"stats.tracks", "c one DNase\nc3\tDNase\n", 0, 0, "want cell type and assay"},
    {"stats.tracks", "c one\tDNase\tx\nc3\tDNase\n", 0, 0, "want cell type and assay"},
    {"stats.tracks", "a\tb\na\tc\na\td\na\te\na\tf\na\tg\na\th\n", 0, 0, "more tracks than HEADER"},
    {"stats.tracks", "", 0, 0, "names no track"},
    {"stats.tracks", NULL, -1, 0, "\"stats.scale\" has 4 elements (want 0)"},
    {"residuals", NULL, 2, 100, "\"residuals\" falls at level 0"},
    {"residuals", NULL, 2000 + 300, -9, "\"residuals\" falls at level 3"},
    {"residuals", NULL, 5, INFINITY, "not finite"},
    {"residuals", NULL, -2, 0, "\"residuals\" has 2000 elements (want 4000)"},
    {"stats.scale", NULL, 1, 0, "scale of c one:DNase is not above 0"},
    {"stats.scale", NULL, 3, -1, "scale of c\ttwo:H3K4me3 is not above 0"},
    {"stats.scale", NULL, 0, NAN, "not finite"},
    {"stats.scale", NULL, -1, 0, "incomplete"},
    {"stats.scale", NULL, -2, 0, "\"stats.scale\" has 2 elements (want 4)"},
    {"stats.ranks", NULL, 100, 0.5f, "rank map of c one:DNase falls"},
    {"stats.ranks", NULL, 256 + 100, -2, "rank map of c one:DNase falls"},
    {"stats.ranks", NULL, 600, INFINITY, "not finite"},
    {"stats.ranks", NULL, -1, 0, "incomplete"},
    {"count", NULL, 0, NAN, "not finite"},
    {"count", NULL, 0, 0.5f, "not those of model"},
    {"count", NULL, -1, 0, "incomplete"},
    {"layer.1.weight", NULL, 2, NAN, "not finite"},
};
/* Of a model that is similar. */
static const struct lie similar_lies[] = {
    {"observed", SIZES("0,2,30", "1", WHOLE), 0, 0, "block \"target\" has 18 columns (want 12)"},
    {"observed", SIZES("0,2,30", "1", WHOLE "similar\t2\n"), 0, 0, "similar"},
    {"stats.similar", NULL, 1, 1.5f, "that of c one:DNase and c3 is 1.5"},
    {"stats.similar", NULL, 0, -1.25f, "that of c one:DNase and c\ttwo is -1.25"},
    {"stats.similar", NULL, 2, NAN, "not finite"},
    {"stats.similar", NULL, -2, 0, "\"stats.similar\" has 2 elements (want 3)"},
    {"stats.similar", NULL, -1, 0, "incomplete"},
};

static void copy_with(const struct lie *l)
{
    struct avo_error err = {0};
    struct avo_head head;
    struct avo_tensor t;
    struct avo_reader *r = avo_reader_open(path, &err);
    struct avo_writer *w = avo_writer_open(other, avo_reader_header(r), false, "", &err);
    while (avo_reader_next(r, &head, &err) > 0) {
        toy_must(avo_reader_tensor(r, &t, &err), &err);
        size_t n = avo_tensor_count(&t) * avo_dtype_size(t.dtype);
        char *data = calloc(n + 256, 1);
        bool here = !strcmp(t.name, l->tensor);
        memcpy(data, t.data, n);
        t.data = data;
        if (here && l->text) {
            strcpy(data, l->text);
            t.dims[0] = strlen(l->text);
        } else if (here && l->element >= 0) {
            ((float *)(void *)data)[l->element] = l->value;
        } else if (here && l->element == -2) {
            t.dims[0]--;
        }
        if (!here || l->text || l->element != -1)
            toy_must(avo_writer_tensor(w, AVO_REC_CORE, &t, &err), &err);
        free(data);
    }
    ck_assert_int_eq(err.status, 0);
    toy_must(avo_writer_finish(w, &err), &err);
    avo_writer_free(w);
    avo_reader_close(r);
}

static void expect_complaint(const struct lie *l, bool similar)
{
    struct avo_model m, lied;
    struct avo_error err = {0};
    make_as(&m, similar);
    toy_write_model(path, &m);
    avo_model_release(&m);
    copy_with(l);
    ck_assert_int_lt(toy_read_model(other, &lied, &err), 0);
    ck_assert_msg(strstr(err.msg, l->complaint) && strstr(err.msg, other), "%s", err.msg);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
}

START_TEST(a_lie_is_one_error)
{
    expect_complaint(&lies[_i], false);
}
END_TEST

START_TEST(a_lie_about_similarity_is_one_error)
{
    expect_complaint(&similar_lies[_i], true);
}
END_TEST

/* Blocks that the family does not have, in this order, or of other widths. */
START_TEST(other_blocks_are_an_error)
{
    static const uint32_t hidden[] = {HIDDEN, HIDDEN};
    static const char *const complaints[] = {"blocks are not", "blocks are not", "has 11 columns",
                                             "2 hidden layers"};
    struct avo_error err = {0};
    struct avo_model m;
    struct avo_header h;
    struct avo_observed o = {.n_windows = 3, .half_bins = {0, 2, 30}, .ranks = true,
                             .n_samples = 1};
    make_header(&h, &o, ASSAYS);
    struct avo_block first = h.blocks[0];
    if (_i == 0) {
        h.blocks[0] = h.blocks[1];
        h.blocks[1] = first;
    }
    if (_i == 1)
        h.n_blocks--;
    if (_i == 2)
        h.blocks[2].width = 11;
    toy_must(avo_model_new(&m, &h, hidden, _i == 3 ? 2 : 1, cells, CELLS, assays, ASSAYS, &err),
             &err);
    ck_assert_int_lt(avo_model_observe(&m, &o, &err), 0);
    ck_assert_msg(strstr(err.msg, complaints[_i]) != NULL, "%s", err.msg);
    ck_assert_ptr_null(m.observed);
    h.n_blocks = 4;
    avo_header_release(&h);
    avo_model_release(&m);
}
END_TEST

/* ---- identity, extensions ---- */

/* Changes one thing; true if the root id has to change with it. */
static bool change(struct avo_model *m, int what)
{
    struct avo_observed *o = m->observed;
    switch (what) {
    case 0: o->half_bins[2] = 31; return true;
    case 1: o->ranks = false; return true;
    case 2: o->count = 1; return true;
    case 3: m->net[0] += 1; return true;
    case 4: m->table[3][0] += 1; return true;
    case 5: o->hide = 0; o->n_samples = 3; return false;
    case 6: o->stats[0].sd = 9; return false;
    case 7: o->similar = true; return true;
    default: add_stats(o, "new", "DNase", 4); return false;
    }
}

START_TEST(identity_is_that_of_the_root)
{
    struct avo_model m;
    char id[33];
    make(&m);
    avo_model_identify(&m);
    memcpy(id, m.header.root_id, sizeof id);
    bool differs = change(&m, _i);
    avo_model_identify(&m);
    ck_assert_int_eq(strcmp(id, m.header.root_id) != 0, differs);
    avo_model_release(&m);
}
END_TEST

static void make_extension(struct avo_model *m, const char *celltype, float x)
{
    struct avo_error err = {0};
    make(m);
    toy_must(avo_model_add_celltype(m, celltype, &err), &err);
    ck_assert_ptr_nonnull(avo_header_add_track(&m->header, celltype, "DNase", AVO_ROLE_TRAIN,
                                               &err));
    add_stats(m->observed, celltype, "DNase", x);
    avo_model_identify(m);
}

/* Whichever comes first, the order is one; two statistics of one track are an error. */
START_TEST(extensions_join)
{
    struct avo_model root, z, b;
    struct avo_error err = {0};
    make(&root);
    avo_model_identify(&root);
    make_extension(&z, "z", 5);
    make_extension(&b, "b", 6);
    toy_must(avo_model_join(&root, _i ? &b : &z, &err), &err);
    toy_must(avo_model_join(&root, _i ? &z : &b, &err), &err);
    toy_must(avo_model_join(&root, &z, &err), &err);
    toy_must(avo_model_sort(&root, &err), &err);
    ck_assert_uint_eq(root.observed->n_stats, 4);
    ck_assert(root.observed->residuals.known);
    same_stats(&root.observed->stats[0], &z.observed->stats[0]);
    same_stats(&root.observed->stats[2], &b.observed->stats[2]);
    same_stats(&root.observed->stats[3], &z.observed->stats[2]);
    toy_write_model(path, &root);
    avo_model_release(&root);
    toy_must(toy_read_model(path, &root, &err), &err);
    ck_assert(root.observed->n_stats == 4 && root.n_celltypes == CELLS + 2);
    ck_assert_str_eq(root.header.root_id, z.header.root_id);
    z.observed->stats[2].mean += 1;
    ck_assert_int_lt(avo_model_join(&root, &z, &err), 0);
    ck_assert_msg(strstr(err.msg, "z:DNase has two different statistics") != NULL, "%s", err.msg);
    avo_model_release(&root);
    avo_model_release(&z);
    avo_model_release(&b);
}
END_TEST

/* R of extensions' tracks goes where the order of names puts them. */
START_TEST(similarities_of_extensions_join)
{
    struct avo_model m[3];
    struct avo_error err = {0};
    const char *const names[] = {NULL, "z", "b"};
    for (int k = 0; k < 3; k++) {
        make_as(&m[k], true);
        if (names[k]) {
            const struct avo_similar pairs[] = {{0, 4, k * .25f}, {4, 3, k * -.25f}};
            toy_must(avo_model_add_celltype(&m[k], names[k], &err), &err);
            ck_assert_ptr_nonnull(avo_header_add_track(&m[k].header, names[k], "DNase",
                                                       AVO_ROLE_TRAIN, &err));
            add_stats(m[k].observed, names[k], "DNase", 7 + (float)k);
            toy_must(avo_similarity_add(m[k].observed, pairs, 2, &err), &err);
        }
        avo_model_identify(&m[k]);
    }
    toy_must(avo_model_join(&m[0], &m[1 + _i], &err), &err);
    toy_must(avo_model_join(&m[0], &m[2 - _i], &err), &err);
    toy_must(avo_model_sort(&m[0], &err), &err);
    toy_write_model(path, &m[0]);
    avo_model_release(&m[0]);
    toy_must(toy_read_model(path, &m[0], &err), &err);
    const struct avo_observed *o = m[0].observed;
    static const struct avo_similar want[] = {{0, 2, -.75f}, {0, 4, .5f}, {3, 4, -.5f},
                                              {0, 5, .25f}, {3, 5, -.25f}};
    ck_assert_str_eq(o->stats[4].celltype, "b");
    ck_assert_uint_eq(o->n_pairs, 5);
    for (int k = 0; k < 5; k++)
        ck_assert(o->pairs[k].i == want[k].i && o->pairs[k].j == want[k].j &&
                  o->pairs[k].r == want[k].r);
    for (int k = 0; k < 3; k++)
        avo_model_release(&m[k]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_observed");
    TCase *t = tcase_create("model_observed");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, written_models_read_back);
    tcase_add_test(t, similar_models_read_back);
    tcase_add_test(t, only_such_models_state_the_minor_version);
    tcase_add_test(t, training_begins_at_the_mean);
    tcase_add_loop_test(t, a_lie_is_one_error, 0, sizeof lies / sizeof *lies);
    tcase_add_loop_test(t, a_lie_about_similarity_is_one_error, 0,
                        sizeof similar_lies / sizeof *similar_lies);
    tcase_add_loop_test(t, other_blocks_are_an_error, 0, 4);
    tcase_add_loop_test(t, identity_is_that_of_the_root, 0, 9);
    tcase_add_loop_test(t, extensions_join, 0, 2);
    tcase_add_loop_test(t, similarities_of_extensions_join, 0, 2);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
