/* SPDX-License-Identifier: MIT */
/* check_gradients.c: one table of cases, once per backend: loss and gradients against a naive
 * computation in double and its central differences, and every other backend against cpu-ref. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/backend/naive.h"

#define C AVO_BLOCK_CELLTYPE
#define A AVO_BLOCK_ASSAY
#define G AVO_BLOCK_GENOME
#define RUNS {{0, 190, 30}, {0, 395, 20}, {1, 0, 25}}

/* Odd sizes, blocks in unusual order, several genome blocks, missing values, dropout, orders,
 * frozen parts, batches of 1, 255, 257 and beyond the bins. */
static const struct toy_spec specs[] = {
    {.name = "five blocks", .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}, {G, 3, 10}, {G, 5, 200}},
     .hidden = {6, 5}, .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 50},
    {.name = "batch of one", .blocks = {{C, 1, 0}, {A, 1, 0}, {G, 1, 1}}, .hidden = {1},
     .n_celltypes = 2, .n_assays = 2, .runs = RUNS, .dtype = AVO_F16, .first = 31, .n = 1},
    {.name = "255, one hidden layer of 17",
     .blocks = {{A, 3, 0}, {G, 3, 4}, {C, 3, 0}, {G, 1, 1}, {G, 3, 50}}, .hidden = {17},
     .n_celltypes = 4, .n_assays = 3, .runs = {{2, 7, 300}}, .dtype = AVO_F16, .n = 255},
    {.name = "257, hidden 33 and 1 and 17, wrapping",
     .blocks = {{G, 5, 200}, {C, 2, 0}, {G, 2, 10}, {A, 3, 0}, {G, 3, 1}}, .hidden = {33, 1, 17},
     .n_celltypes = 3, .n_assays = 5, .runs = RUNS, .dtype = AVO_F32, .wrap = true, .first = 60,
     .n = 257},
    {.name = "no genome block", .blocks = {{C, 3, 0}, {A, 4, 0}}, .hidden = {7, 3},
     .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 70},
    {.name = "coarse alone", .blocks = {{A, 4, 0}, {G, 3, 200}}, .hidden = {7},
     .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 75},
    {.name = "genome alone", .blocks = {{G, 3, 1}, {G, 3, 10}}, .hidden = {7, 7},
     .n_celltypes = 1, .n_assays = 1, .runs = RUNS, .dtype = AVO_F32, .n = 75},
    {.name = "two blocks of cell types", .blocks = {{C, 2, 0}, {G, 2, 1}, {A, 3, 0}, {C, 3, 0}},
     .hidden = {9, 4}, .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 64},
    {.name = "missing values, permuted",
     .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}, {G, 3, 10}}, .hidden = {8, 5}, .n_celltypes = 3,
     .n_assays = 4, .runs = RUNS, .dtype = AVO_F16, .missing = 0.6, .empty = 0.3,
     .order = AVO_ORDER_PERMUTED, .n = 40},
    {.name = "nothing measured", .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}}, .hidden = {8},
     .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F16, .missing = 1, .n = 40},
    {.name = "dropout, random",
     .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}, {G, 3, 10}, {G, 5, 200}}, .hidden = {33, 18},
     .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .order = AVO_ORDER_RANDOM,
     .n = 130, .dropout = 0.3},
    {.name = "cell types dropped, units dropped, missing",
     .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}, {G, 3, 10}}, .hidden = {20, 9}, .n_celltypes = 3,
     .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 75, .dropout = 0.5, .missing = 0.2,
     .celltype_dropout = 0.4},
    {.name = "frozen network", .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}, {G, 70, 10}},
     .hidden = {8, 5}, .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 75,
     .frozen = true, .dropout = 0.2},
    {.name = "frozen genome and first rows", .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}},
     .hidden = {8, 5}, .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 75,
     .fixed_genome = true, .first_row = 2},
    {.name = "products", .blocks = {{C, 4, 0}, {A, 4, 0}, {G, 4, 1}}, .parafac = true,
     .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 50},
    {.name = "products of 70, cell types dropped, missing, 257",
     .blocks = {{C, 71, 0}, {A, 71, 0}, {G, 71, 1}}, .parafac = true, .n_celltypes = 4,
     .n_assays = 5, .runs = {{2, 7, 300}}, .dtype = AVO_F16, .n = 257, .missing = 0.3,
     .empty = 0.1, .celltype_dropout = 0.3},
    {.name = "products, frozen tables", .blocks = {{C, 9, 0}, {A, 9, 0}, {G, 9, 10}},
     .parafac = true, .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 75,
     .frozen = true},
    {.name = "products, frozen genome and first rows", .blocks = {{C, 2, 0}, {A, 2, 0}, {G, 2, 1}},
     .parafac = true, .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 75,
     .fixed_genome = true, .first_row = 2},
};
#define N_SPECS ((int)(sizeof specs / sizeof *specs))
static const int threads[] = {1, 2, 3};

/* A backend is a row here: cpu-ref is held against the naive one, the others against cpu-ref. */
static const struct avo_backend_ops *backend(int i)
{
    return i == 0 ? &avo_backend_cpu_ref : i == 1 ? &avo_backend_cpu : avo_backend_cuda();
}

static bool can(const struct avo_backend_ops *ops, const struct toy_spec *spec)
{
    return ops->parafac || !spec->parafac;
}

static void some_steps(struct toy *t, const struct avo_backend_ops *ops, int64_t steps,
                       struct avo_loss *loss)
{
    struct avo_error err = {0};
    void *ctx = toy_open(t, ops);
    for (int64_t i = 1; i <= steps; i++) {
        struct avo_step s = toy_step(t, i), next = toy_step(t, i + 1);
        toy_must(ops->train(ctx, &s, &next, loss, &err), &err);
    }
    toy_must(ops->pull(ctx, &err), &err);
    ops->close(ctx);
}

/* ---- cpu-ref against the naive computation ---- */

/* Whether element i of a part learns at all: rows of tables below first_row do not. */
static bool learns(const struct toy *t, const struct toy_part *p, size_t i)
{
    size_t width = t->model.header.blocks[p->block].width;
    return strcmp(p->name, "table") || i / width >= t->spec->first_row;
}

static void check_part(struct naive *v, const struct toy *t, const struct toy_part *p)
{
    double *theta = strcmp(p->name, "network") ? v->rows[p->block] : v->net, largest = 0;
    size_t stride = p->n / 30 + 1;
    for (size_t i = 0; i < p->n; i++)
        largest = fmax(largest, fabs((double)p->x[i]));
    for (size_t i = stride / 2; i < p->n; i += stride) {
        double want = learns(t, p, i) ? naive_gradient(v, &theta[i]) : 0, got = (double)p->x[i];
        ck_assert_msg(fabs(got - want) <= 1e-6 * largest + 2e-6 * fabs(want) + 1e-9,
                      "%s, %s %u, element %zu: gradient %.9g, central difference %.9g",
                      t->spec->name, p->name, p->block, i, got, want);
    }
}

START_TEST(gradients_are_central_differences)
{
    struct toy t;
    struct naive v;
    struct avo_loss loss = {0}, want = {0};
    struct toy_part parts[AVO_MAX_BLOCKS + 1];
    toy_init(&t, &specs[_i], 1, 0);
    naive_init(&v, &t, 1);
    want.sum = naive_loss(&v, &want);
    some_steps(&t, &avo_backend_cpu_ref, 1, &loss);
    ck_assert_double_le(fabs(loss.sum - want.sum), 1e-12 * want.sum);
    ck_assert_uint_eq(loss.n_used, want.n_used);
    ck_assert_uint_eq(loss.n_skipped, want.n_skipped);
    ck_assert_uint_eq(loss.n_used + loss.n_skipped, t.spec->n);
    ck_assert((loss.n_skipped > 0) == (t.spec->empty > 0 || t.spec->missing == 1));
    size_t n = toy_parts(&t, true, parts);
    for (size_t i = 0; i < n; i++)
        check_part(&v, &t, &parts[i]);
    naive_release(&v);
    toy_release(&t);
}
END_TEST

/* ---- every other backend against cpu-ref ---- */

/* Element-wise against the part's largest, and by normalised squared error. */
static void compare(const char *what, const struct toy_part *got, const struct toy_part *want,
                    double tolerance)
{
    double largest = 0, error = 0, power = 0;
    for (size_t i = 0; i < want->n; i++)
        largest = fmax(largest, fabs((double)want->x[i]));
    for (size_t i = 0; i < want->n; i++) {
        double d = (double)got->x[i] - (double)want->x[i];
        ck_assert_msg(fabs(d) <= tolerance * largest + 1e-12,
                      "%s: %s %u, element %zu: %.9g, cpu-ref %.9g (largest %.3g)", what,
                      want->name, want->block, i, (double)got->x[i], (double)want->x[i], largest);
        error += d * d;
        power += (double)want->x[i] * (double)want->x[i];
    }
    ck_assert_msg(error <= tolerance * tolerance * power, "%s: %s %u: squared error %.3g of %.3g",
                  what, want->name, want->block, error, power);
}

/* beta1 0: the first moments after one step are the gradients. */
static void compare_runs(int i, double beta1, int64_t steps, double tolerance)
{
    const struct avo_backend_ops *ops = backend(i / N_SPECS + 1);
    const struct toy_spec *spec = &specs[i % N_SPECS];
    struct toy t, ref;
    struct avo_loss loss = {0}, want = {0};
    struct toy_part a[AVO_MAX_BLOCKS + 1], b[AVO_MAX_BLOCKS + 1];
    if (!can(ops, spec))
        return;
    toy_init(&t, spec, threads[i % 3], beta1);
    toy_init(&ref, spec, 1, beta1);
    some_steps(&t, ops, steps, &loss);
    some_steps(&ref, &avo_backend_cpu_ref, steps, &want);
    ck_assert_double_le(fabs(loss.sum - want.sum), 1e-5 * want.sum);
    ck_assert_uint_eq(loss.n_used, want.n_used);
    ck_assert_uint_eq(loss.n_skipped, want.n_skipped);
    size_t n = toy_parts(&t, beta1 == 0, a);
    toy_parts(&ref, beta1 == 0, b);
    for (size_t k = 0; k < n; k++)
        compare(spec->name, &a[k], &b[k], tolerance);
    toy_release(&t);
    toy_release(&ref);
}

/* float32 sums of up to 257 products differ from double by a few units of 6e-8. */
START_TEST(backends_agree_on_gradients)
{
    compare_runs(_i, 0, 1, 2e-6);
}
END_TEST

/* Adam divides by the gradient's size, so that where it is almost 0 rounding decides: the bound is
 * on weights, which have moved by up to 8e-3. */
START_TEST(backends_agree_after_steps)
{
    compare_runs(_i, 0.9, 8, 1e-4);
}
END_TEST

/* ---- prediction ---- */

static void check_prediction(const struct toy *t, const struct naive *v, void *ctx,
                             const struct avo_backend_ops *ops, uint32_t first, uint32_t n)
{
    enum { GUARD = 16 };
    struct avo_error err = {0};
    const struct avo_track_set *set = &t->roles.train;
    size_t size = (size_t)set->n_all * n;
    float *out = malloc((size + 2 * GUARD) * sizeof *out);
    for (size_t i = 0; i < size + 2 * GUARD; i++)
        out[i] = 12345;
    toy_must(ops->predict(ctx, set->pairs, set->n_all, first, n, out + GUARD, &err), &err);
    for (size_t i = 0; i < GUARD; i++)
        ck_assert(out[i] == 12345 && out[GUARD + size + i] == 12345);
    for (uint32_t p = 0; p < set->n_all; p++)
        for (uint32_t i = 0; i < n; i++) {
            double want = naive_predict(v, &set->pairs[p], first + i);
            double got = (double)out[GUARD + (size_t)p * n + i];
            ck_assert_msg(fabs(got - want) <= 2e-6 * (1 + fabs(want)),
                          "%s: %s: track %u, bin %u: %.9g, want %.9g", ops->name, t->spec->name,
                          p, first + i, got, want);
        }
    free(out);
}

START_TEST(predictions_are_the_network)
{
    const struct avo_backend_ops *ops = backend(_i / N_SPECS);
    static const uint32_t sizes[][2] = {{0, 1}, {3, 70}, {0, 75}, {74, 1}, {0, 0}};
    struct toy t;
    struct naive v;
    if (!can(ops, &specs[_i % N_SPECS]))
        return;
    toy_init(&t, &specs[_i % N_SPECS], threads[_i % 3], 0.9);
    naive_init(&v, &t, 1);
    void *ctx = toy_open(&t, ops);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_prediction(&t, &v, ctx, ops, sizes[i][0], sizes[i][1]);
    if (t.positions.n_bins >= 300)
        check_prediction(&t, &v, ctx, ops, 2, 257);
    ops->close(ctx);
    naive_release(&v);
    toy_release(&t);
}
END_TEST

int main(void)
{
    int n = avo_backend_cuda() ? 3 : 2;
    Suite *suite = suite_create("gradients");
    TCase *t = tcase_create("gradients");
    tcase_add_loop_test(t, gradients_are_central_differences, 0, N_SPECS);
    tcase_add_loop_test(t, backends_agree_on_gradients, 0, (n - 1) * N_SPECS);
    tcase_add_loop_test(t, backends_agree_after_steps, 0, (n - 1) * N_SPECS);
    tcase_add_loop_test(t, predictions_are_the_network, 0, n * N_SPECS);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
