/* SPDX-License-Identifier: MIT */
/* check_model.c: models written and read back, damaged CORE records, identity, extensions. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "tests/lib/unit/toy.h"

static const struct toy_spec spec = {
    .name = "model",
    .blocks = {{AVO_BLOCK_GENOME, 3, 10}, {AVO_BLOCK_ASSAY, 4, 0}, {AVO_BLOCK_CELLTYPE, 5, 0},
               {AVO_BLOCK_GENOME, 2, 1}, {AVO_BLOCK_ASSAY, 1, 0}},
    .hidden = {7, 3, 2}, .n_celltypes = 3, .n_assays = 2, .runs = {{0, 10, 40}},
    .dtype = AVO_F32, .n = 10};

/* No network. */
static const struct toy_spec products = {
    .name = "products",
    .blocks = {{AVO_BLOCK_CELLTYPE, 5, 0}, {AVO_BLOCK_ASSAY, 5, 0}, {AVO_BLOCK_GENOME, 5, 1}},
    .parafac = true, .n_celltypes = 3, .n_assays = 2, .runs = {{0, 10, 40}}, .dtype = AVO_F32,
    .n = 10};

static char path[64], other[64];

static void setup(void)
{
    snprintf(path, sizeof path, "check_model.%ld.avo", (long)getpid());
    snprintf(other, sizeof other, "check_model.%ld.b.avo", (long)getpid());
}

static void teardown(void)
{
    unlink(path);
    unlink(other);
}

/* Every member differs from its zero. */
static struct avo_hyper strange_hyper(void)
{
    return (struct avo_hyper){
        .preset = "default", .lr = 0.1 + 0.2, .beta1 = 1 / 3.0, .beta2 = 0.999, .eps = 1e-7,
        .decay = 1e-300, .network_decay = 2.5, .dropout = 0.3, .celltype_dropout = 0.1,
        .init_range = 0.05, .schedule = AVO_SCHEDULE_COSINE, .order = AVO_ORDER_RANDOM,
        .clock = AVO_CLOCK_CHROMOSOME, .wrap = true, .seed = 4294967295u, .batch = 123,
        .epochs = 17, .steps_per_epoch = 99, .stage2_epochs = 5};
}

static void same_floats(const float *a, const float *b, size_t n)
{
    ck_assert(!memcmp(a, b, n * sizeof *a));
}

static void same_model(const struct avo_model *a, const struct avo_model *b)
{
    ck_assert(!strcmp(a->header.root_id, b->header.root_id));
    ck_assert_uint_eq(a->n_celltypes, b->n_celltypes);
    ck_assert_uint_eq(a->n_assays, b->n_assays);
    ck_assert_uint_eq(a->root_celltypes, b->root_celltypes);
    ck_assert_uint_eq(a->root_assays, b->root_assays);
    for (uint32_t i = 0; i < a->n_celltypes; i++)
        ck_assert_str_eq(a->celltypes[i], b->celltypes[i]);
    for (uint32_t i = 0; i < a->n_assays; i++)
        ck_assert_str_eq(a->assays[i], b->assays[i]);
    same_floats(a->range, b->range, 2 * a->n_assays);
    ck_assert_uint_eq(a->n_net, b->n_net);
    same_floats(a->net, b->net, a->n_net);
    for (uint32_t k = 0; k < a->header.n_blocks; k++)
        if (a->table[k])
            same_floats(a->table[k], b->table[k],
                        (size_t)avo_model_rows(a, k) * a->header.blocks[k].width);
    const struct avo_hyper *x = &a->hyper, *y = &b->hyper;
    ck_assert_str_eq(x->preset, y->preset);
    ck_assert(x->lr == y->lr && x->beta1 == y->beta1 && x->beta2 == y->beta2 && x->eps == y->eps);
    ck_assert(x->decay == y->decay && x->network_decay == y->network_decay);
    ck_assert(x->dropout == y->dropout && x->celltype_dropout == y->celltype_dropout);
    ck_assert(x->init_range == y->init_range && x->schedule == y->schedule);
    ck_assert(x->order == y->order && x->clock == y->clock && x->wrap == y->wrap);
    ck_assert(x->seed == y->seed && x->batch == y->batch && x->epochs == y->epochs);
    ck_assert(x->steps_per_epoch == y->steps_per_epoch && x->stage2_epochs == y->stage2_epochs);
}

static void make_of(struct toy *t, const struct toy_spec *s)
{
    toy_init(t, s, 1, 0.9);
    t->model.hyper = strange_hyper();
    for (uint32_t i = 0; i < 2 * t->model.n_assays; i++)
        t->model.range[i] = (float)i - 0.5f;
}

static void make(struct toy *t)
{
    make_of(t, &spec);
}

START_TEST(written_models_read_back)
{
    struct toy t;
    struct avo_model m;
    struct avo_error err = {0};
    make_of(&t, _i < 2 ? &spec : &products);
    free(t.model.celltypes[1]);
    t.model.celltypes[1] = avo_asprintf(&err, "a\tb\\c\nd %%, \xc3\xa9");
    if (_i % 2) {
        toy_must(avo_model_add_celltype(&t.model, "new", &err), &err);
        toy_must(avo_model_add_assay(&t.model, "newer", &err), &err);
    }
    toy_write_model(path, &t.model);
    toy_must(toy_read_model(path, &m, &err), &err);
    same_model(&t.model, &m);
    ck_assert_int_eq(m.header.parafac, _i >= 2);
    ck_assert_uint_eq(avo_header_minor(&m.header), _i >= 2);
    avo_model_release(&m);
    toy_release(&t);
}
END_TEST

/* ---- damage ---- */

enum { LOSE_BIAS, LOSE_RANGE, NAN_WEIGHT, INF_RANGE, CHANGE_WEIGHT, CHANGE_NAME, CUT_TENSOR,
       UNKNOWN_TENSOR, NO_HYPER, BAD_SCHEDULE, BAD_HIDDEN, BAD_BATCH, ZERO_BATCH,
       NO_BATCH, NAN_RATE, BAD_DROPOUT, BAD_BETA, NO_VALUE, N_DAMAGE };
static const char *const complaints[N_DAMAGE] = {
    [LOSE_BIAS] = "incomplete", [LOSE_RANGE] = "incomplete", [NAN_WEIGHT] = "not finite",
    [INF_RANGE] = "not finite", [CHANGE_WEIGHT] = "not those of model",
    [CHANGE_NAME] = "not those of model", [CUT_TENSOR] = "elements",
    [UNKNOWN_TENSOR] = "unknown tensor", [NO_HYPER] = "CORE", [BAD_SCHEDULE] = "schedule",
    [BAD_HIDDEN] = "hidden", [BAD_BATCH] = "batch",
    [ZERO_BATCH] = "batch: \"000\" is not a whole number", [NO_BATCH] = "lacks a hyper-parameter",
    [NAN_RATE] = "lr: \"nan", [BAD_DROPOUT] = "dropout: \"9.2", [BAD_BETA] = "beta2: \"1.9",
    [NO_VALUE] = "no value"};

/* Replaces the line of `text` that begins with key; both of one length. */
static void edit(char *text, const char *from, const char *to)
{
    char *at = strstr(text, from);
    ck_assert(at != NULL && strlen(from) == strlen(to));
    memcpy(at, to, strlen(to));
}

/* Changes a tensor's copy; false: leave it out. */
static bool damage(int what, struct avo_tensor *t, char *data)
{
    float *x = (float *)(void *)data;
    bool hyper = !strcmp(t->name, "hyper"), weight = !strcmp(t->name, "layer.1.weight");
    switch (what) {
    case LOSE_BIAS: return strcmp(t->name, "layer.2.bias");
    case LOSE_RANGE: return strcmp(t->name, "range");
    case NO_HYPER: return !hyper;
    case NAN_WEIGHT: if (weight) x[3] = NAN; break;
    case INF_RANGE: if (!strcmp(t->name, "range")) x[1] = INFINITY; break;
    case CHANGE_WEIGHT: if (weight) x[3] = nextafterf(x[3], 9); break;
    case CHANGE_NAME: if (!strcmp(t->name, "celltypes")) data[0] = 'X'; break;
    case CUT_TENSOR: if (weight) t->dims[0]--; break;
    case UNKNOWN_TENSOR: if (weight) t->name[0] = 'p'; break;
    case BAD_SCHEDULE: if (hyper) edit(data, "cosine", "sinus!"); break;
    case BAD_HIDDEN: if (hyper) edit(data, "7,3,2", "7,3,0"); break;
    case BAD_BATCH: if (hyper) edit(data, "batch\t123", "batch\t-23"); break;
    case ZERO_BATCH: if (hyper) edit(data, "batch\t123", "batch\t000"); break;
    case NO_BATCH: if (hyper) edit(data, "batch\t123", "vatch\t123"); break;
    case NAN_RATE: if (hyper) edit(data, "lr\t0.3", "lr\tnan"); break;
    case BAD_DROPOUT: if (hyper) edit(data, "\ndropout\t0.2", "\ndropout\t9.2"); break;
    case BAD_BETA: if (hyper) edit(data, "beta2\t0.9", "beta2\t1.9"); break;
    default: if (hyper) edit(data, "batch\t123", "batch:123");
    }
    return true;
}

static void copy_damaged(int what)
{
    struct avo_error err = {0};
    struct avo_head head;
    struct avo_tensor t;
    struct avo_reader *r = avo_reader_open(path, &err);
    struct avo_writer *w = avo_writer_open(other, avo_reader_header(r), false, "", &err);
    while (avo_reader_next(r, &head, &err) > 0) {
        toy_must(avo_reader_tensor(r, &t, &err), &err);
        size_t n = avo_tensor_count(&t) * avo_dtype_size(t.dtype);
        char *data = calloc(n + 1, 1);
        memcpy(data, t.data, n);
        t.data = data;
        if (damage(what, &t, data))
            toy_must(avo_writer_tensor(w, AVO_REC_CORE, &t, &err), &err);
        free(data);
    }
    ck_assert_int_eq(err.status, 0);
    toy_must(avo_writer_finish(w, &err), &err);
    avo_writer_free(w);
    avo_reader_close(r);
}

/* Checksums hold, the content does not. */
START_TEST(damaged_core_is_an_error)
{
    struct toy t;
    struct avo_model m;
    struct avo_error err = {0};
    make(&t);
    toy_write_model(path, &t.model);
    copy_damaged(_i);
    ck_assert_int_lt(toy_read_model(other, &m, &err), 0);
    ck_assert_msg(strstr(err.msg, complaints[_i]) && strstr(err.msg, other), "%s", err.msg);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);    /* the command line was right */
    toy_release(&t);
}
END_TEST

START_TEST(a_signal_is_no_model)
{
    struct toy t;
    struct avo_model m;
    struct avo_error err = {0};
    make(&t);
    struct avo_writer *w = avo_writer_open(path, &t.header, false, "", &err);
    toy_must(avo_writer_finish(w, &err), &err);
    avo_writer_free(w);
    ck_assert_int_lt(toy_read_model(path, &m, &err), 0);
    ck_assert_ptr_nonnull(strstr(err.msg, "not a model"));
    toy_release(&t);
}
END_TEST

/* ---- identity ---- */

/* Changes one thing; true if the root id has to change with it. */
static bool change(struct avo_model *m, int what)
{
    struct avo_error err = {0};
    switch (what) {
    case 0: m->net[0] = -m->net[0]; return true;
    case 1: m->net[m->n_net - 1] = nextafterf(m->net[m->n_net - 1], 1); return true;
    case 2: m->table[1][7] += 1; return true;
    case 3: m->table[4][1] += 1; return true;
    case 4: m->celltypes[2][0] = 'k'; return true;
    case 5: m->assays[0][0] = 'k'; return true;
    case 6: m->header.blocks[0].name[0] = 'k'; return true;
    case 7: m->header.blocks[0].bins_per_row = 20; return true;
    case 8: m->header.bin_bp = 50; return true;
    case 9: m->header.transform = AVO_LOG1P; return true;
    case 10: m->header.missing_nan = true; return true;
    case 11: m->hyper.lr = 1; m->hyper.epochs = 3; return false;
    case 12: m->range[0] = 9; return false;
    case 13: toy_must(avo_model_add_celltype(m, "new", &err), &err); return false;
    case 14: toy_must(avo_model_add_assay(m, "new", &err), &err); return false;
    default:
        toy_must(avo_header_add_provenance(&m->header, "x", "y:z", &err), &err);
        return false;
    }
}

START_TEST(identity_is_that_of_the_root)
{
    struct toy t;
    char id[33];
    make(&t);
    avo_model_identify(&t.model);
    memcpy(id, t.model.header.root_id, sizeof id);
    ck_assert_uint_eq(strlen(id), 32);
    bool differs = change(&t.model, _i);
    avo_model_identify(&t.model);
    ck_assert_int_eq(strcmp(id, t.model.header.root_id) != 0, differs);
    toy_release(&t);
}
END_TEST

/* ---- extensions ---- */

START_TEST(extensions_join)
{
    struct toy a, b, c;
    struct avo_error err = {0};
    make(&a);
    make(&b);
    make(&c);
    toy_must(avo_model_add_celltype(&b.model, "new", &err), &err);
    toy_must(avo_model_add_assay(&b.model, "newer", &err), &err);
    /* a new row is the mean of the root's */
    for (size_t e = 0; e < 5; e++) {
        const float *x = b.model.table[2];
        ck_assert_float_le(fabsf(x[15 + e] - (x[e] + x[5 + e] + x[10 + e]) / 3), 1e-7f);
    }
    b.model.table[2][15] = 8;
    b.model.table[4][2] = 9;
    b.model.range[4] = -3;
    b.model.range[5] = 4;
    ck_assert(avo_header_add_track(&b.model.header, "new", "assay0", AVO_ROLE_TRAIN, &err));
    avo_model_identify(&a.model);
    avo_model_identify(&b.model);
    toy_must(avo_model_join(&a.model, &b.model, &err), &err);
    toy_must(avo_model_join(&a.model, &b.model, &err), &err);   /* twice: nothing new */
    ck_assert_uint_eq(a.model.n_celltypes, 4);
    ck_assert_uint_eq(a.model.n_assays, 3);
    ck_assert_int_eq(avo_model_celltype(&a.model, "new"), 3);
    ck_assert_int_eq(avo_model_assay(&a.model, "newer"), 2);
    same_floats(a.model.table[2] + 15, b.model.table[2] + 15, 5);
    same_floats(a.model.table[1] + 8, b.model.table[1] + 8, 4);
    same_floats(a.model.table[4] + 2, b.model.table[4] + 2, 1);
    same_floats(a.model.range + 4, b.model.range + 4, 2);
    ck_assert_uint_eq(avo_model_train_tracks(&a.model, "new", NULL), 1);

    toy_must(avo_model_add_celltype(&c.model, "new", &err), &err);
    avo_model_identify(&c.model);
    ck_assert_int_lt(avo_model_join(&a.model, &c.model, &err), 0);
    ck_assert_ptr_nonnull(strstr(err.msg, "\"new\" has two different rows"));
    avo_error_clear(&err);
    c.model.net[0] += 1;
    avo_model_identify(&c.model);
    ck_assert_int_lt(avo_model_join(&a.model, &c.model, &err), 0);
    ck_assert_ptr_nonnull(strstr(err.msg, a.model.header.root_id));
    ck_assert_ptr_nonnull(strstr(err.msg, c.model.header.root_id));
    toy_release(&a);
    toy_release(&b);
    toy_release(&c);
}
END_TEST

/* Of one without a network: factors of cell types start around 1, everything else around 0; the
 * root id tells it from a model that has one. */
START_TEST(products_start_around_the_mean)
{
    struct toy t;
    char id[33];
    toy_init(&t, &products, 1, 0.9);
    t.model.hyper.init_range = 0.05;
    avo_model_init_values(&t.model);
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < 10; i++) {
            float around = k == 0 && i % 5 < 4 ? 1 : 0, x = t.model.table[k][i];
            ck_assert(fabsf(x - around) <= 0.05f && x != around);
        }
    ck_assert_uint_eq(t.model.n_net, 1);
    ck_assert_float_eq(t.model.net[0], 0);
    avo_model_identify(&t.model);
    memcpy(id, t.model.header.root_id, sizeof id);
    t.model.header.parafac = false;
    avo_model_identify(&t.model);
    ck_assert_str_ne(id, t.model.header.root_id);
    toy_release(&t);
}
END_TEST

START_TEST(initial_values_have_their_ranges)
{
    struct toy t;
    toy_init(&t, &spec, 1, 0.9);
    t.model.hyper.init_range = 0.05;
    avo_model_init_values(&t.model);
    double sum = 0;
    for (uint32_t i = 0; i < 15; i++)
        ck_assert(fabsf(t.model.table[2][i]) <= 0.05f && t.model.table[2][i] != 0);
    for (uint32_t l = 0; l < t.model.n_layers; l++) {
        const struct avo_layer *y = &t.model.layers[l];
        float range = sqrtf(6.0f / (float)(y->n_in + y->n_out)), most = 0;
        for (uint32_t i = 0; i < y->n_in * y->n_out; i++) {
            most = fmaxf(most, fabsf(y->w[i]));
            sum += (double)(y->w[i] / range);
        }
        ck_assert(most <= range && most > 0.1f * range);
        for (uint32_t i = 0; i < y->n_out; i++)
            ck_assert_float_eq(y->b[i], 0);
    }
    ck_assert(fabs(sum) < 5 * sqrt(t.model.n_net / 3.0));
    toy_release(&t);
}
END_TEST

START_TEST(blocks_are_filled_by_position_and_pair)
{
    static const float x[5] = {1, 2, 3, 4, 5};      /* 3 columns of block 0, 2 of block 3 */
    const struct avo_pair pair = {2, 1}, none = {AVO_NO_ROW, 1};
    struct toy t;
    toy_init(&t, &spec, 1, 0.9);
    const struct avo_model *m = &t.model;
    ck_assert_uint_eq(m->n_position, 5);
    ck_assert_ptr_eq(avo_block_columns(m, 0, x, &pair), x);
    ck_assert_ptr_eq(avo_block_columns(m, 3, x, &none), x + 3);
    ck_assert_ptr_eq(avo_block_columns(m, 1, x, &none), m->table[1] + 4);
    ck_assert_ptr_eq(avo_block_columns(m, 2, x, &pair), m->table[2] + 10);
    ck_assert_ptr_null(avo_block_columns(m, 2, x, &none));
    for (uint32_t k = 0; k < 5; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        ck_assert(avo_block_is_empty(b, &none) == (k == 2) && !avo_block_is_empty(b, &pair));
        ck_assert(avo_block_is_genome(b) == !m->table[k]);
    }
    toy_release(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *t = tcase_create("model");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, written_models_read_back, 0, 4);
    tcase_add_loop_test(t, damaged_core_is_an_error, 0, N_DAMAGE);
    tcase_add_test(t, blocks_are_filled_by_position_and_pair);
    tcase_add_test(t, a_signal_is_no_model);
    tcase_add_loop_test(t, identity_is_that_of_the_root, 0, 16);
    tcase_add_test(t, extensions_join);
    tcase_add_test(t, initial_values_have_their_ranges);
    tcase_add_test(t, products_start_around_the_mean);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
