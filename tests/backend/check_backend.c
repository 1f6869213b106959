/* SPDX-License-Identifier: MIT */
/* check_backend.c: what every backend promises: PyTorch's gradients and Adam, the same bytes for
 * any number of threads, views, errors for what is not finite, rows that no sample reads. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/unit/toy.h"
#include "tests/lib/unit/vectors.h"

static const struct avo_backend_ops *backend(int i)
{
    return i == 0 ? &avo_backend_cpu_ref : i == 1 ? &avo_backend_cpu : avo_backend_cuda();
}

/* ---- PyTorch's vectors ---- */

/* Sample i lies at bin bins[i]: rows of blocks of 1, 2 and 3 bins are then those of the vectors. */
static const struct toy_spec torch_spec = {
    .name = "torch",
    .blocks = {{AVO_BLOCK_CELLTYPE, 3, 0}, {AVO_BLOCK_ASSAY, 4, 0}, {AVO_BLOCK_GENOME, 2, 1},
               {AVO_BLOCK_GENOME, 3, 2}, {AVO_BLOCK_GENOME, 2, 3}},
    .hidden = {5, 4}, .n_celltypes = 2, .n_assays = 3, .runs = {{0, 0, 5}, {0, 6, 1}},
    .dtype = AVO_F32, .n = 6};
static const char *const block_names[] = {"celltype", "assay", "fine", "mid", "coarse"};

static void fill(float *to, const char *name, const char *what, size_t n)
{
    char key[64];
    size_t have;
    snprintf(key, sizeof key, "%s%s", name, what);
    double *x = vector_read(key, &have);
    ck_assert_uint_eq(have, n);
    for (size_t i = 0; i < n; i++)
        to[i] = (float)x[i];
    free(x);
}

/* w of the vectors is [out][in], ours [in][out]. */
static double weight(const double *w, const struct avo_layer *y, size_t i)
{
    return w[i % y->n_out * y->n_in + i / y->n_out];
}

static void fill_network(struct toy *t)
{
    size_t n;
    for (uint32_t l = 0; l < 3; l++) {
        struct avo_layer *y = &t->model.layers[l];
        char name[8];
        snprintf(name, sizeof name, "w%u", l + 1);
        double *w = vector_read(name, &n);
        ck_assert_uint_eq(n, (size_t)y->n_in * y->n_out);
        for (size_t i = 0; i < n; i++)
            y->w[i] = (float)weight(w, y, i);
        free(w);
        snprintf(name, sizeof name, "b%u", l + 1);
        fill(y->b, name, "", y->n_out);
    }
}

/* One training pair a sample: at each bin the other tracks are missing. Tracks have scales of their
 * own: what is learned of them is the vector's target. */
static void fill_samples(struct toy *t)
{
    size_t n;
    double *cell = vector_read("ids.celltype", &n), *assay = vector_read("ids.assay", &n);
    double *target = vector_read("target", &n);
    const struct avo_track_set *set = &t->roles.train;
    for (uint32_t i = 0; i < 6; i++) {
        float *row = (float *)(void *)t->signal.values + (size_t)i * t->signal.n_tracks;
        bool found = false;
        for (uint32_t p = 0; p < set->n; p++) {
            bool is = set->pairs[p].celltype == (uint32_t)cell[i] &&
                      set->pairs[p].assay == (uint32_t)assay[i];
            set->scale[2 * p] = 0.125f * (float)p;
            set->scale[2 * p + 1] = p % 2 ? 0.5f : 2;
            row[set->columns[p]] = is ? set->scale[2 * p] + set->scale[2 * p + 1] * (float)target[i]
                                      : NAN;
            found = found || is;
        }
        ck_assert(found);
    }
    free(cell);
    free(assay);
    free(target);
}

static void torch_init(struct toy *t)
{
    char name[32];
    size_t n;
    toy_init(t, &torch_spec, 1, 0);
    fill_network(t);
    fill_samples(t);
    for (uint32_t k = 0; k < 5; k++) {
        struct avo_rows *g = &t->rows.block[k];
        float *w = t->model.table[k] ? t->model.table[k] : g->w;
        uint32_t rows = t->model.table[k] ? avo_model_rows(&t->model, k) : g->n_rows;
        snprintf(name, sizeof name, "table.%s", block_names[k]);
        fill(w, name, "", (size_t)rows * torch_spec.blocks[k].width);
        if (t->model.table[k])
            continue;
        snprintf(name, sizeof name, "ids.%s", block_names[k]);
        double *ids = vector_read(name, &n);
        for (uint32_t i = 0; i < 6; i++)
            ck_assert_uint_eq(avo_rows_at(&t->rows.block[k], &t->positions, i), (uint32_t)ids[i]);
        free(ids);
    }
}

/* A seed at which no sample runs out of redraws (each finds its one track by chance). */
static struct avo_step torch_step(const struct toy *t)
{
    struct avo_step s = toy_step(t, 1);
    for (s.seed = 1; s.seed < 1000; s.seed++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < 6; i++) {
            float value;
            n += avo_sample_pair(&s, &t->on, i, s.epoch, &value) >= 0;
        }
        if (n == 6)
            return s;
    }
    ck_abort_msg("no such seed");
    return s;
}

static void close_to(float got, double want, const char *what, size_t i)
{
    ck_assert_msg(fabs((double)got - want) <= 1e-6 * (1 + fabs(want)), "%s %zu: %.9g, PyTorch %.9g",
                  what, i, (double)got, want);
}

static void check_torch_gradients(const struct toy *t)
{
    char name[32];
    size_t n;
    for (uint32_t l = 0; l < 3; l++) {
        const struct avo_layer *y = &t->model.layers[l];
        snprintf(name, sizeof name, "grad.w%u", l + 1);
        double *w = vector_read(name, &n);
        for (size_t i = 0; i < n; i++)
            close_to(t->learn.net_m[y->w - t->model.net + (ptrdiff_t)i], weight(w, y, i), name, i);
        free(w);
        snprintf(name, sizeof name, "grad.b%u", l + 1);
        w = vector_read(name, &n);
        for (size_t i = 0; i < n; i++)
            close_to(t->learn.net_m[y->b - t->model.net + (ptrdiff_t)i], w[i], name, i);
        free(w);
    }
    for (uint32_t k = 0; k < 5; k++) {
        const float *m = t->model.table[k] ? t->learn.table[k].m : t->rows.block[k].m;
        snprintf(name, sizeof name, "grad.table.%s", block_names[k]);
        double *g = vector_read(name, &n);
        for (size_t i = 0; i < n; i++)
            close_to(m[i], g[i], name, i);
        free(g);
    }
}

START_TEST(gradients_are_those_of_pytorch)
{
    const struct avo_backend_ops *ops = backend(_i);
    struct toy t;
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    size_t n;
    torch_init(&t);
    struct avo_step s = torch_step(&t);
    void *ctx = toy_open(&t, ops);
    double *y = vector_read("y", &n), *want = vector_read("loss", &n);
    for (uint32_t i = 0; i < 6; i++) {
        float value, out;
        int p = avo_sample_pair(&s, &t.on, i, s.epoch, &value);
        toy_must(ops->predict(ctx, &s.pairs[p], 1, i, 1, &out, &err), &err);
        close_to(out, y[i], "y", i);
    }
    toy_must(ops->train(ctx, &s, NULL, &loss, &err), &err);
    toy_must(ops->pull(ctx, &err), &err);
    ops->close(ctx);
    ck_assert_uint_eq(loss.n_used, 6);
    close_to((float)(loss.sum / 6), want[0], "loss", 0);
    check_torch_gradients(&t);
    free(y);
    free(want);
    toy_release(&t);
}
END_TEST

/* Adam's trace; where the gradient is 0 also through idle steps that end at that step. */
START_TEST(adam_is_that_of_pytorch)
{
    struct avo_error err = {0};
    size_t n;
    double *g = vector_read("adam.g", &n), *w = vector_read("adam.w", &n);
    double *m = vector_read("adam.m", &n), *v = vector_read("adam.v", &n);
    float w0[4];
    struct avo_clock c = {.lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-7};
    toy_must(avo_clock_init(&c, 50, &err), &err);
    fill(w0, "adam.w0", "", 4);
    for (size_t i = 0; i < 4; i++) {
        float a = w0[i], am = 0, av = 0, b = w0[i], bm = 0, bv = 0;
        double largest = 0;
        int64_t last = 0;
        for (size_t t = 0; t < 50; t++)
            largest = fmax(largest, fabs(m[4 * t + i]));
        for (int64_t t = 1; t <= 50; t++) {
            size_t at = (size_t)(t - 1) * 4 + i;
            struct avo_adam step = avo_clock_adam(&c, t);
            avo_adam_step(&step, (float)g[at], &a, &am, &av);
            ck_assert_double_le(fabs((double)a - w[at]), 5e-8 + 2e-5 * fabs(w[at] - (double)w0[i]));
            ck_assert_double_le(fabs((double)am - m[at]), 1e-6 * largest);
            ck_assert_double_le(fabs((double)av - v[at]), 2e-5 * v[at] + 1e-37);
            if (g[at] != 0) {
                struct avo_idle idle = avo_clock_idle(&c, last, t - 1);
                avo_idle_step(&idle, 1e-7f, &b, &bm, &bv);
                avo_adam_step(&step, (float)g[at], &b, &bm, &bv);
                last = t;
            }
            float x = b, xm = bm, xv = bv;
            struct avo_idle idle = avo_clock_idle(&c, last, t);
            avo_idle_step(&idle, 1e-7f, &x, &xm, &xv);
            ck_assert_double_le(fabs((double)x - w[at]), 5e-8 + 3e-5 * fabs(w[at] - (double)w0[i]));
            ck_assert_double_le(fabs((double)xm - m[at]), 1e-6 * largest);
        }
    }
    avo_clock_release(&c);
    free(g);
    free(w);
    free(m);
    free(v);
}
END_TEST

/* ---- threads ---- */

#define FIVE {{AVO_BLOCK_CELLTYPE, 5, 0}, {AVO_BLOCK_ASSAY, 7, 0}, {AVO_BLOCK_GENOME, 9, 1}, \
              {AVO_BLOCK_GENOME, 11, 10}, {AVO_BLOCK_GENOME, 13, 200}}
static const struct toy_spec thread_specs[] = {
    {.name = "sequential", .blocks = FIVE, .hidden = {65, 70}, .n_celltypes = 5, .n_assays = 6,
     .runs = {{0, 100, 2500}, {2, 33, 900}}, .dtype = AVO_F16, .n = 900, .dropout = 0.3,
     .celltype_dropout = 0.2, .missing = 0.2},
    {.name = "permuted", .blocks = FIVE, .hidden = {33}, .n_celltypes = 5, .n_assays = 6,
     .runs = {{0, 100, 2500}, {2, 33, 900}}, .dtype = AVO_F32, .n = 777,
     .order = AVO_ORDER_PERMUTED},
    {.name = "random, frozen", .blocks = FIVE, .hidden = {33, 65}, .n_celltypes = 5, .n_assays = 6,
     .runs = {{0, 100, 2500}, {2, 33, 900}}, .dtype = AVO_F32, .n = 513,
     .order = AVO_ORDER_RANDOM, .frozen = true},
    {.name = "products", .parafac = true,
     .blocks = {{AVO_BLOCK_CELLTYPE, 80, 0}, {AVO_BLOCK_ASSAY, 80, 0}, {AVO_BLOCK_GENOME, 80, 1}},
     .n_celltypes = 5, .n_assays = 6, .runs = {{0, 100, 2500}, {2, 33, 900}}, .dtype = AVO_F16,
     .n = 900, .celltype_dropout = 0.2, .missing = 0.2},
};
#define N_THREAD_SPECS ((int)(sizeof thread_specs / sizeof *thread_specs))

/* Three steps and a prediction, as one array of bytes. */
static float *run_with(const struct toy_spec *spec, const struct avo_backend_ops *ops,
                       int n_threads, size_t *n)
{
    struct toy t;
    struct toy_part parts[AVO_MAX_BLOCKS + 1];
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    toy_init(&t, spec, n_threads, 0.9);
    void *ctx = toy_open(&t, ops);
    for (int64_t i = 1; i <= 3; i++) {
        struct avo_step s = toy_step(&t, i);
        toy_must(ops->train(ctx, &s, NULL, &loss, &err), &err);
    }
    toy_must(ops->pull(ctx, &err), &err);
    size_t n_parts = toy_parts(&t, false, parts), size = 2;
    const uint32_t bins = 600;
    size_t predicted = (size_t)t.roles.train.n_all * bins;
    for (size_t i = 0; i < n_parts; i++)
        size += parts[i].n;
    float *all = calloc(size + predicted, sizeof *all), *at = all + 2;
    memcpy(all, &loss.sum, sizeof loss.sum);
    for (size_t i = 0; i < n_parts; at += parts[i++].n)
        memcpy(at, parts[i].x, parts[i].n * sizeof *at);
    toy_must(ops->predict(ctx, t.roles.train.pairs, t.roles.train.n_all, 2200, bins, at, &err),
             &err);
    ops->close(ctx);
    toy_release(&t);
    *n = size + predicted;
    return all;
}

START_TEST(threads_change_nothing)
{
    const struct avo_backend_ops *ops = backend(_i / N_THREAD_SPECS);
    const struct toy_spec *spec = &thread_specs[_i % N_THREAD_SPECS];
    size_t n, m;
    if (spec->parafac && !ops->parafac)
        return;
    float *one = run_with(spec, ops, 1, &n);
    for (int threads = 2; threads <= 4; threads++) {
        float *x = run_with(spec, ops, threads, &m);
        ck_assert_uint_eq(n, m);
        ck_assert_msg(!memcmp(one, x, n * sizeof *x), "%s, %s: %d threads", ops->name, spec->name,
                      threads);
        free(x);
    }
    free(one);
}
END_TEST

/* Predictions do not depend on how many bins are asked for at once, nor on the other tracks. */
START_TEST(predictions_do_not_depend_on_the_call)
{
    const struct avo_backend_ops *ops = backend(_i / N_THREAD_SPECS);
    const struct toy_spec *spec = &thread_specs[_i % N_THREAD_SPECS];
    struct toy t;
    struct avo_error err = {0};
    if (spec->parafac && !ops->parafac)
        return;
    toy_init(&t, spec, 2, 0.9);
    const struct avo_track_set *set = &t.roles.train;
    uint32_t G = t.positions.n_bins;
    float *all = malloc(sizeof(float) * set->n_all * G), some[700];
    void *ctx = toy_open(&t, ops);
    toy_must(ops->predict(ctx, set->pairs, set->n_all, 0, G, all, &err), &err);
    static const uint32_t pieces[][2] = {{0, 1}, {255, 2}, {256, 257}, {1000, 700}, {3399, 1}};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        for (uint32_t p = 0; p < set->n_all; p += 3) {
            toy_must(ops->predict(ctx, &set->pairs[p], 1, pieces[i][0], pieces[i][1], some, &err),
                     &err);
            ck_assert(!memcmp(some, all + (size_t)p * G + pieces[i][0],
                              pieces[i][1] * sizeof *some));
        }
    ops->close(ctx);
    free(all);
    toy_release(&t);
}
END_TEST

/* ---- views ---- */

static void predict_some(const struct toy *t, const struct avo_backend_ops *ops, void *ctx,
                         float out[40])
{
    struct avo_error err = {0};
    toy_must(ops->predict(ctx, t->roles.train.pairs, 2, 2490, 20, out, &err), &err);
}

/* Predictions read a view's rows, training goes on with its own: the same bytes are learned. */
START_TEST(a_view_is_for_predictions)
{
    const struct avo_backend_ops *ops = backend(_i);
    struct avo_error err = {0};
    struct avo_loss a = {0}, b = {0};
    struct avo_genome_rows zero;
    struct toy t, ref;
    float own[40], seen[40], again[40];
    toy_init(&t, &thread_specs[0], 2, 0.9);
    toy_init(&ref, &thread_specs[0], 2, 0.9);
    avo_genome_rows_init(&zero, &t.model);
    toy_must(avo_genome_rows_make(&zero, &t.positions, false, &err), &err);
    void *ctx = toy_open(&t, ops), *want = toy_open(&ref, ops);
    for (int64_t i = 1; i <= 3; i++) {
        struct avo_step s = toy_step(&t, i), r = toy_step(&ref, i);
        toy_must(ops->train(ctx, &s, NULL, &a, &err), &err);
        toy_must(ops->train(want, &r, NULL, &b, &err), &err);
        toy_must(ops->view(ctx, NULL, &err), &err);     /* from the second step on: after it */
        predict_some(&t, ops, ctx, own);
        toy_must(ops->view(ctx, &zero, &err), &err);
        predict_some(&t, ops, ctx, seen);
        predict_some(&ref, ops, want, again);
        ck_assert(!memcmp(own, again, sizeof own));
        ck_assert(memcmp(own, seen, sizeof own));
    }
    toy_must(ops->pull(ctx, &err), &err);
    toy_must(ops->pull(want, &err), &err);
    ck_assert(a.sum == b.sum);
    for (uint32_t k = 2; k < 5; k++) {
        struct avo_rows *x = &t.rows.block[k], *y = &ref.rows.block[k];
        size_t size = (size_t)x->n_rows * x->width * sizeof(float);
        ck_assert(!memcmp(x->w, y->w, size) && !memcmp(x->m, y->m, size));
        memset(y->w, 0, size);
    }
    toy_must(ops->bind(want, &ref.on, &err), &err);
    predict_some(&ref, ops, want, again);
    ck_assert(!memcmp(seen, again, sizeof seen));
    ops->close(ctx);
    ops->close(want);
    avo_genome_rows_release(&zero);
    toy_release(&t);
    toy_release(&ref);
}
END_TEST

/* ---- what is not finite ---- */

enum { TARGET_F32, TARGET_F16, OUTPUT_WEIGHT, HIDDEN_WEIGHT, HIDDEN_BIAS, CELLTYPE_ROW, FINE_ROW,
       N_BROKEN };

static void break_it(struct toy *t, int what)
{
    struct avo_model *m = &t->model;
    size_t n = (size_t)t->positions.n_bins * t->signal.n_tracks;
    switch (what) {
    case TARGET_F32:
        for (size_t i = 0; i < n; i++)
            ((float *)(void *)t->signal.values)[i] = INFINITY;
        return;
    case TARGET_F16:
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)(void *)t->signal.values)[i] = 0xfc00;
        return;
    case OUTPUT_WEIGHT: m->layers[2].w[1] = NAN; return;
    case HIDDEN_WEIGHT: m->layers[1].w[5] = NAN; return;
    case HIDDEN_BIAS:   m->layers[0].b[2] = NAN; return;
    case CELLTYPE_ROW:
        for (size_t i = 0; i < 3; i++)
            m->table[0][i * m->header.blocks[0].width] = NAN;
        return;
    default:
        for (size_t i = 0; i < t->rows.block[2].n_rows; i++)
            t->rows.block[2].w[i * t->rows.block[2].width] = NAN;
    }
}

START_TEST(what_is_not_finite_is_an_error)
{
    static const struct toy_spec spec = {
        .name = "broken", .blocks = {{AVO_BLOCK_CELLTYPE, 3, 0}, {AVO_BLOCK_ASSAY, 4, 0},
                                     {AVO_BLOCK_GENOME, 2, 1}},
        .hidden = {9, 6}, .n_celltypes = 3, .n_assays = 4, .runs = {{0, 0, 60}},
        .dtype = AVO_F32, .n = 60};
    const struct avo_backend_ops *ops = backend(_i / N_BROKEN);
    struct toy_spec half = spec;
    struct toy t;
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    half.dtype = AVO_F16;
    toy_init(&t, _i % N_BROKEN == TARGET_F16 ? &half : &spec, 1, 0.9);
    break_it(&t, _i % N_BROKEN);
    void *ctx = toy_open(&t, ops);
    struct avo_step s = toy_step(&t, 1);
    ck_assert_int_lt(ops->train(ctx, &s, NULL, &loss, &err), 0);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
    ck_assert_ptr_nonnull(strstr(err.msg, "not finite"));
    ops->close(ctx);
    toy_release(&t);
}
END_TEST

/* ---- rows that no sample reads ---- */

/* A second step leaves them, bytes and moments, and remembers when they were last current. */
START_TEST(untouched_rows_stay)
{
    const struct avo_backend_ops *ops = backend(_i);
    struct toy t;
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    toy_init(&t, &thread_specs[0], 2, 0.9);
    struct avo_rows *fine = &t.rows.block[2];
    size_t n = (size_t)fine->n_rows * fine->width;
    float *was = malloc(n * sizeof *was);
    memcpy(was, fine->w, n * sizeof *was);
    void *ctx = toy_open(&t, ops);
    struct avo_step s = toy_step(&t, 1);
    toy_must(ops->train(ctx, &s, NULL, &loss, &err), &err);
    toy_must(ops->pull(ctx, &err), &err);
    for (uint32_t row = 0; row < fine->n_rows; row++) {
        size_t at = (size_t)row * fine->width;
        bool touched = row < s.n, same = !memcmp(was + at, fine->w + at, fine->width * sizeof *was);
        ck_assert_int_eq(fine->last[row], touched ? 1 : 0);
        ck_assert(touched || same);
    }
    ops->close(ctx);
    free(was);
    toy_release(&t);
}
END_TEST

/* A device that has networks only: auto takes the CPU, a device asked for by name is an error. */
START_TEST(models_without_a_network_are_the_cpus)
{
    static const struct avo_backend_ops card = {.name = "cuda"};
    struct avo_model m = {.header.parafac = true}, network = {0};
    struct avo_error err = {0};
    struct avo_chosen on = {.ops = &card};
    toy_must(avo_backend_settle(&network, "cuda", "auto", &on, &err), &err);
    ck_assert_ptr_eq(on.ops, &card);
    ck_assert_int_lt(avo_backend_settle(&m, "cuda", "auto", &on, &err), 0);
    ck_assert_int_eq(err.status, AVO_EXIT_DEVICE);
    ck_assert_str_eq(err.msg, "--device cuda: models without a network are computed on the CPU: "
                     "--device cpu");
    avo_error_clear(&err);
    toy_must(avo_backend_settle(&m, "auto", "auto", &on, &err), &err);
    ck_assert_ptr_eq(on.ops, &avo_backend_cpu);
    ck_assert_str_eq(on.why, "models without a network are computed there only");
    on.ops = &avo_backend_cpu_ref;
    toy_must(avo_backend_settle(&m, "cpu-ref", "auto", &on, &err), &err);
    ck_assert_ptr_eq(on.ops, &avo_backend_cpu_ref);
}
END_TEST

int main(void)
{
    int n = avo_backend_cuda() ? 3 : 2;
    Suite *suite = suite_create("backend");
    TCase *t = tcase_create("backend");
    tcase_add_loop_test(t, gradients_are_those_of_pytorch, 0, n);
    tcase_add_test(t, adam_is_that_of_pytorch);
    tcase_add_loop_test(t, threads_change_nothing, 0, n * N_THREAD_SPECS);
    tcase_add_loop_test(t, predictions_do_not_depend_on_the_call, 0,
                        n * N_THREAD_SPECS);
    tcase_add_loop_test(t, a_view_is_for_predictions, 0, n);
    tcase_add_loop_test(t, what_is_not_finite_is_an_error, 0, n * N_BROKEN);
    tcase_add_loop_test(t, untouched_rows_stay, 0, n);
    tcase_add_test(t, models_without_a_network_are_the_cpus);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
