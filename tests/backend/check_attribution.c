/* SPDX-License-Identifier: MIT */
/* check_attribution.c: integrated gradients on every backend: PyTorch's, those of a naive
 * computation, their sum, and that neither threads nor the call change a byte. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/impute/attribute.h"
#include "tests/lib/unit/toy.h"
#include "tests/lib/unit/vectors.h"

#define C AVO_BLOCK_CELLTYPE
#define A AVO_BLOCK_ASSAY
#define G AVO_BLOCK_GENOME
#define RUNS {{0, 190, 30}, {0, 395, 20}, {1, 0, 25}}

static const struct toy_spec specs[] = {
    {.name = "five blocks", .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}, {G, 3, 10}, {G, 5, 200}},
     .hidden = {6, 5}, .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 1},
    {.name = "all of width one", .blocks = {{C, 1, 0}, {A, 1, 0}, {G, 1, 1}}, .hidden = {1},
     .n_celltypes = 2, .n_assays = 2, .runs = RUNS, .dtype = AVO_F32, .n = 1},
    {.name = "one hidden layer, two chunks",
     .blocks = {{A, 3, 0}, {G, 3, 4}, {C, 3, 0}, {G, 1, 1}, {G, 3, 50}}, .hidden = {17},
     .n_celltypes = 2, .n_assays = 2, .runs = {{2, 7, 300}}, .dtype = AVO_F32, .n = 1},
    {.name = "three hidden layers",
     .blocks = {{G, 5, 200}, {C, 2, 0}, {G, 2, 10}, {A, 3, 0}, {G, 3, 1}}, .hidden = {33, 9, 17},
     .n_celltypes = 3, .n_assays = 2, .runs = RUNS, .dtype = AVO_F32, .n = 1},
    {.name = "no genome block", .blocks = {{C, 3, 0}, {A, 4, 0}}, .hidden = {7, 3},
     .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 1},
    {.name = "genome alone", .blocks = {{G, 3, 1}, {G, 3, 10}}, .hidden = {7, 7},
     .n_celltypes = 1, .n_assays = 1, .runs = RUNS, .dtype = AVO_F32, .n = 1},
    {.name = "two blocks of cell types, six in all",
     .blocks = {{C, 2, 0}, {G, 2, 1}, {A, 3, 0}, {C, 3, 0}, {G, 1, 2}, {A, 2, 0}}, .hidden = {9, 4},
     .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 1},
    {.name = "cell types dropped", .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}, {G, 3, 10}},
     .hidden = {20, 9}, .n_celltypes = 3, .n_assays = 4, .runs = RUNS, .dtype = AVO_F32, .n = 1,
     .celltype_dropout = 0.4},
    {.name = "wide", .blocks = {{C, 32, 0}, {A, 64, 0}, {G, 8, 1}, {G, 24, 10}, {G, 32, 200}},
     .hidden = {130, 70}, .n_celltypes = 2, .n_assays = 2, .runs = RUNS, .dtype = AVO_F32, .n = 1},
};
#define N_SPECS ((int)(sizeof specs / sizeof *specs))

static const struct avo_backend_ops *backend(int i)
{
    return i == 0 ? &avo_backend_cpu_ref : i == 1 ? &avo_backend_cpu : avo_backend_cuda();
}

/* A toy, its baseline, and every pair: with cell types and without. */
struct problem {
    struct toy t;
    float x0[256];
    struct avo_attribute how;
    const struct avo_pair *pairs;
    uint32_t n_pairs, n_blocks;
};

static void problem_init(struct problem *p, const struct toy_spec *spec, int threads,
                         uint32_t n_steps)
{
    toy_init(&p->t, spec, threads, 0.9);
    for (uint32_t j = 0; j < p->t.model.n_inputs; j++)
        p->x0[j] = 0.3f * sinf((float)j + 1);
    p->how = (struct avo_attribute){p->x0, n_steps};
    p->pairs = p->t.roles.train.pairs;
    p->n_pairs = p->t.roles.train.n_all;
    p->n_blocks = (uint32_t)p->t.model.header.n_blocks;
}

/* ---- the model once more ---- */

/* x [F] of a pair and bin, and the pair's baseline. */
static void inputs(const struct problem *p, const struct avo_pair *pair, uint32_t bin, double *x,
                   double *x0)
{
    const struct avo_model *m = &p->t.model;
    for (uint32_t k = 0, j = 0; k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        const float *w = m->table[k];
        uint32_t row = AVO_NO_ROW;
        switch (b->kind) {
        case C:
            row = pair->celltype;
            break;
        case A:
            row = pair->assay;
            break;
        case G:
            w = p->t.rows.block[k].w;
            row = avo_rows_at(&p->t.rows.block[k], &p->t.positions, bin);
            break;
        case AVO_BLOCK_ELSEWHERE:       /* no toy has them */
        case AVO_BLOCK_OWN:
        case AVO_BLOCK_TARGET:
            break;
        }
        for (uint32_t e = 0; e < b->width; e++, j++) {
            x[j] = row == AVO_NO_ROW ? 0 : (double)w[(size_t)row * b->width + e];
            x0[j] = row == AVO_NO_ROW ? 0 : (double)p->x0[j];
        }
    }
}

static double network(const struct avo_model *m, const double *x)
{
    double in[512], out[512];
    memcpy(in, x, m->n_inputs * sizeof *in);
    for (uint32_t l = 0; l < m->n_layers; l++) {
        const struct avo_layer *y = &m->layers[l];
        for (uint32_t o = 0; o < y->n_out; o++)
            out[o] = (double)y->b[o];
        for (uint32_t e = 0; e < y->n_in; e++)
            for (uint32_t o = 0; o < y->n_out; o++)
                out[o] += in[e] * (double)y->w[(size_t)e * y->n_out + o];
        for (uint32_t o = 0; o < y->n_out; o++)
            in[o] = l + 1 < m->n_layers ? fmax(out[o], 0) : out[o];
    }
    return in[0];
}

/* Block k's share by its meaning: the mean over the path of the slope in the block's direction,
 * from central differences. */
static double naive_share(const struct problem *p, const double *x, const double *x0, uint32_t k)
{
    enum { STEPS = 4000 };
    const struct avo_model *m = &p->t.model;
    uint32_t first = m->offset[k], end = first + m->header.blocks[k].width;
    double at[512], sum = 0, h = 1e-6;
    for (int s = 0; s < STEPS; s++) {
        double y[2];
        for (int side = 0; side < 2; side++) {
            for (uint32_t j = 0; j < m->n_inputs; j++) {
                double alpha = (s + 0.5) / STEPS;
                if (j >= first && j < end)
                    alpha += side ? h : -h;
                at[j] = x0[j] + alpha * (x[j] - x0[j]);
            }
            y[side] = network(m, at);
        }
        sum += (y[1] - y[0]) / (2 * h) / STEPS;
    }
    return sum;
}

/* ---- every backend ---- */

/* [n_blocks][n_pairs][n]; the words around it stay as they are. */
static float *attribute(struct problem *p, const struct avo_backend_ops *ops, uint32_t first,
                        uint32_t n)
{
    enum { GUARD = 16 };
    struct avo_error err = {0};
    size_t size = (size_t)p->n_blocks * p->n_pairs * n;
    float *room = malloc((size + 2 * GUARD) * sizeof *room), *out;
    for (size_t i = 0; i < size + 2 * GUARD; i++)
        room[i] = 12345;
    void *ctx = toy_open(&p->t, ops);
    toy_must(ops->attribute(ctx, &p->how, p->pairs, p->n_pairs, first, n, room + GUARD, &err),
             &err);
    ops->close(ctx);
    for (size_t i = 0; i < GUARD; i++)
        ck_assert(room[i] == 12345 && room[GUARD + size + i] == 12345);
    out = malloc((size + 1) * sizeof *out);
    memcpy(out, room + GUARD, size * sizeof *out);
    free(room);
    return out;
}

/* For any number of steps, one included. */
START_TEST(blocks_add_up)
{
    static const uint32_t steps[] = {1, 7, 50};
    const struct avo_backend_ops *ops = backend(_i / N_SPECS);
    struct problem p;
    double x[512], x0[512];
    problem_init(&p, &specs[_i % N_SPECS], _i % 3 + 1, steps[_i % 3]);
    uint32_t n = p.t.positions.n_bins;
    float *out = attribute(&p, ops, 0, n);
    for (uint32_t q = 0; q < p.n_pairs; q++)
        for (uint32_t i = 0; i < n; i++) {
            double sum = 0, largest = 0;
            for (uint32_t k = 0; k < p.n_blocks; k++) {
                double share = (double)out[((size_t)k * p.n_pairs + q) * n + i];
                sum += share;
                largest = fmax(largest, fabs(share));
            }
            inputs(&p, &p.pairs[q], i, x, x0);
            double want = network(&p.t.model, x) - network(&p.t.model, x0);
            ck_assert_msg(fabs(sum - want) <= 2e-6 * (1 + largest), "%s: %s: track %u, bin %u: sum "
                          "%.9g, want %.9g", ops->name, p.t.spec->name, q, i, sum, want);
        }
    free(out);
    toy_release(&p.t);
}
END_TEST

/* 400 steps against 4,000 of another rule: the error left is that of the latter's kinks. */
START_TEST(blocks_are_their_integrals)
{
    const struct avo_backend_ops *ops = backend(_i / N_SPECS);
    struct problem p;
    double x[512], x0[512];
    problem_init(&p, &specs[_i % N_SPECS], 2, 400);
    bool few = p.t.model.n_inputs > 100;    /* the naive one is slow */
    uint32_t n = few ? 6 : 75, checked = 0;
    float *out = attribute(&p, ops, 0, n);
    for (uint32_t q = 0; q < p.n_pairs; q += few ? p.n_pairs : p.n_pairs / 3 + 1)
        for (uint32_t i = 5; i < n; i += few ? n : 33)
            for (uint32_t k = 0; k < p.n_blocks; k++, checked++) {
                inputs(&p, &p.pairs[q], i, x, x0);
                double got = (double)out[((size_t)k * p.n_pairs + q) * n + i];
                double want = naive_share(&p, x, x0, k);
                ck_assert_msg(fabs(got - want) <= 2e-4 * (0.5 + fabs(want)), "%s: %s: track %u, "
                              "bin %u, block %u: %.9g, want %.9g", ops->name, p.t.spec->name, q, i,
                              k, got, want);
            }
    ck_assert_uint_gt(checked, 4);
    free(out);
    toy_release(&p.t);
}
END_TEST

/* Element-wise against the largest, and by normalised squared error; float32 sums of up to 160
 * products at each of 50 steps against double. */
START_TEST(backends_agree)
{
    const struct avo_backend_ops *ops = backend(_i / N_SPECS + 1);
    struct problem p;
    double largest = 0, error = 0, power = 0;
    problem_init(&p, &specs[_i % N_SPECS], _i % 3 + 1, 50);
    uint32_t n = p.t.positions.n_bins;
    size_t size = (size_t)p.n_blocks * p.n_pairs * n;
    float *got = attribute(&p, ops, 0, n), *want = attribute(&p, &avo_backend_cpu_ref, 0, n);
    for (size_t i = 0; i < size; i++)
        largest = fmax(largest, fabs((double)want[i]));
    for (size_t i = 0; i < size; i++) {
        double d = (double)got[i] - (double)want[i];
        ck_assert_msg(fabs(d) <= 2e-6 * largest, "%s, %s, element %zu: %.9g, cpu-ref %.9g",
                      ops->name, p.t.spec->name, i, (double)got[i], (double)want[i]);
        error += d * d;
        power += (double)want[i] * (double)want[i];
    }
    ck_assert_double_gt(power, 0);
    ck_assert_double_le(error, 4e-12 * power);
    free(got);
    free(want);
    toy_release(&p.t);
}
END_TEST

/* Bytes depend neither on threads, nor on how many bins or tracks are asked for at once. */
START_TEST(calls_and_threads_change_nothing)
{
    static const uint32_t pieces[][2] = {{0, 1}, {3, 70}, {74, 1}, {0, 0}, {255, 2}, {2, 257}};
    const struct avo_backend_ops *ops = backend(_i / N_SPECS);
    struct problem p, q;
    problem_init(&p, &specs[_i % N_SPECS], 1, 5);
    problem_init(&q, &specs[_i % N_SPECS], 3, 5);
    uint32_t n = p.t.positions.n_bins, most = p.n_pairs;
    float *all = attribute(&p, ops, 0, n), *other = attribute(&q, ops, 0, n);
    ck_assert(!memcmp(all, other, (size_t)p.n_blocks * most * n * sizeof *all));
    free(other);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        uint32_t first = pieces[i][0], len = pieces[i][1], track = (uint32_t)i % most;
        if (first + len > n)
            continue;
        q.pairs = p.pairs + track;
        q.n_pairs = 1;
        float *some = attribute(&q, ops, first, len);
        for (uint32_t k = 0; k < p.n_blocks; k++)
            ck_assert(!memcmp(some + (size_t)k * len,
                              all + ((size_t)k * most + track) * n + first, len * sizeof *some));
        free(some);
    }
    free(all);
    toy_release(&p.t);
    toy_release(&q.t);
}
END_TEST

/* What users call: with cell-type dropout both states of the mixture. */
START_TEST(shares_of_the_prediction)
{
    const struct avo_backend_ops *ops = backend(_i / N_SPECS);
    struct problem p;
    struct avo_error err = {0};
    double value;
    problem_init(&p, &specs[_i % N_SPECS], 2, 50);
    const struct avo_model *m = &p.t.model;
    uint32_t n = p.t.positions.n_bins, n_pairs = p.t.roles.train.n;
    float *out = malloc((size_t)p.n_blocks * n_pairs * n * sizeof *out);
    float *y = malloc((size_t)n_pairs * n * sizeof *y);
    void *ctx = toy_open(&p.t, ops);
    toy_must(avo_attribute_predict(ops, ctx, m, &p.how, p.pairs, n_pairs, 0, n, out, &err), &err);
    toy_must(avo_backend_predict(ops, ctx, m, p.pairs, n_pairs, 0, n, y, &err), &err);
    toy_must(avo_attribute_value(m, p.x0, &value, &err), &err);
    ops->close(ctx);
    for (size_t i = 0; i < (size_t)n_pairs * n; i++) {
        double sum = 0;
        for (uint32_t k = 0; k < p.n_blocks; k++)
            sum += (double)out[(size_t)k * n_pairs * n + i];
        ck_assert_msg(fabs(sum - ((double)y[i] - value)) <= 4e-6 * (1 + fabs((double)y[i])),
                      "%s: %s: element %zu: sum %.9g, want %.9g - %.9g", ops->name,
                      p.t.spec->name, i, sum, (double)y[i], value);
    }
    free(out);
    free(y);
    toy_release(&p.t);
}
END_TEST

/* Without a cell type it adds nothing. */
START_TEST(no_cell_type_no_share)
{
    const struct avo_backend_ops *ops = backend(_i);
    struct problem p;
    problem_init(&p, &specs[6], 2, 10);
    uint32_t n = p.t.positions.n_bins, found = 0;
    float *out = attribute(&p, ops, 0, n);
    for (uint32_t k = 0; k < p.n_blocks; k++)
        for (uint32_t q = 0; q < p.n_pairs; q++)
            for (uint32_t i = 0; i < n && p.t.model.header.blocks[k].kind == C; i++) {
                bool none = p.pairs[q].celltype == AVO_NO_ROW;
                found += none;
                ck_assert((out[((size_t)k * p.n_pairs + q) * n + i] == 0) == none);
            }
    ck_assert_uint_gt(found, 0);
    free(out);
    toy_release(&p.t);
}
END_TEST

START_TEST(a_device_that_cannot_says_so)
{
    struct avo_backend_ops ops = avo_backend_cpu;
    struct avo_error err = {0};
    ops.name = "other";
    ck_assert_int_eq(avo_attribute_can(&ops, &err), 0);
    ops.attribute = NULL;
    ck_assert_int_eq(avo_attribute_predict(&ops, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, &err), -1);
    ck_assert_int_eq(err.status, AVO_EXIT_DEVICE);
    ck_assert(strstr(err.msg, "other"));
}
END_TEST

/* ---- PyTorch ---- */

/* Sample i lies at bin bins[i]: rows of blocks of 1, 2 and 3 bins are then those of the vectors. */
static const struct toy_spec torch_spec = {
    .name = "torch",
    .blocks = {{C, 3, 0}, {A, 4, 0}, {G, 2, 1}, {G, 3, 2}, {G, 2, 3}}, .hidden = {5, 4},
    .n_celltypes = 2, .n_assays = 3, .runs = {{0, 0, 5}, {0, 6, 1}}, .dtype = AVO_F32, .n = 6};
static const char *const block_names[] = {"celltype", "assay", "fine", "mid", "coarse"};

static double *read_vector(const char *format, const char *name, uint32_t l)
{
    char key[64];
    size_t n;
    snprintf(key, sizeof key, "%s%s", format, name);
    if (l)
        snprintf(key, sizeof key, "%s%u", format, l);
    return vector_read(key, &n);
}

/* Weights of the vectors are [out][in]. */
static void fill_network(struct avo_model *m)
{
    for (uint32_t l = 0; l < m->n_layers; l++) {
        struct avo_layer *y = &m->layers[l];
        double *w = read_vector("w", "", l + 1), *b = read_vector("b", "", l + 1);
        for (uint32_t o = 0; o < y->n_out; o++) {
            y->b[o] = (float)b[o];
            for (uint32_t e = 0; e < y->n_in; e++)
                y->w[(size_t)e * y->n_out + o] = (float)w[(size_t)o * y->n_in + e];
        }
        free(w);
        free(b);
    }
}

/* Rows, and in x0 their means. */
static void fill_rows(struct problem *p)
{
    struct avo_model *m = &p->t.model;
    for (uint32_t k = 0; k < 5; k++) {
        struct avo_rows *g = &p->t.rows.block[k];
        float *w = m->table[k] ? m->table[k] : g->w;
        uint32_t rows = m->table[k] ? avo_model_rows(m, k) : g->n_rows;
        uint32_t width = m->header.blocks[k].width;
        double *from = read_vector("table.", block_names[k], 0), sum[8] = {0};
        for (size_t i = 0; i < (size_t)rows * width; i++) {
            w[i] = (float)from[i];
            sum[i % width] += from[i] / rows;
        }
        for (uint32_t e = 0; e < width; e++)
            p->x0[m->offset[k] + e] = (float)sum[e];
        free(from);
    }
}

/* PyTorch took 200,000 steps at their midpoints. */
static void compare_with_torch(const struct avo_backend_ops *ops, const char *name, uint32_t steps,
                               double tolerance)
{
    struct problem p;
    struct avo_error err = {0};
    problem_init(&p, &torch_spec, 1, steps);
    fill_network(&p.t.model);
    fill_rows(&p);
    if (!strcmp(name, "zero"))
        memset(p.x0, 0, sizeof p.x0);
    double *cell = read_vector("ids.", "celltype", 0), *assay = read_vector("ids.", "assay", 0);
    double *want = read_vector("ig.", name, 0);
    void *ctx = toy_open(&p.t, ops);
    for (uint32_t i = 0; i < 6; i++) {
        struct avo_pair pair = {(uint32_t)cell[i], (uint32_t)assay[i]};
        float out[5];
        if (!strcmp(name, "none"))
            pair.celltype = AVO_NO_ROW;
        toy_must(ops->attribute(ctx, &p.how, &pair, 1, i, 1, out, &err), &err);
        for (uint32_t k = 0; k < 5; k++)
            ck_assert_msg(fabs((double)out[k] - want[5 * i + k]) <= tolerance,
                          "%s, baseline %s, %u steps, sample %u, %s: %.9g, PyTorch %.9g",
                          ops->name, name, steps, i, block_names[k], (double)out[k],
                          want[5 * i + k]);
    }
    ops->close(ctx);
    free(cell);
    free(assay);
    free(want);
    toy_release(&p.t);
}

START_TEST(attributions_are_those_of_pytorch)
{
    static const char *const names[] = {"mean", "zero", "none"};
    for (size_t i = 0; i < 3; i++)
        compare_with_torch(backend(_i), names[i], 1000, 1e-5);
    /* The default: error is left where two layers bend within one step, and each of these few
     * units weighs much; one path from zero has 1.4e-4. */
    compare_with_torch(backend(_i), "mean", 50, 1e-4);
    compare_with_torch(backend(_i), "none", 50, 1e-4);
    compare_with_torch(backend(_i), "zero", 50, 2e-4);
}
END_TEST

int main(void)
{
    int n = avo_backend_cuda() ? 3 : 2;
    Suite *suite = suite_create("attribution");
    TCase *t = tcase_create("attribution");
    tcase_add_loop_test(t, attributions_are_those_of_pytorch, 0, n);
    tcase_add_loop_test(t, blocks_add_up, 0, n * N_SPECS);
    tcase_add_loop_test(t, blocks_are_their_integrals, 0, n * N_SPECS);
    tcase_add_loop_test(t, backends_agree, 0, (n - 1) * N_SPECS);
    tcase_add_loop_test(t, calls_and_threads_change_nothing, 0, n * N_SPECS);
    tcase_add_loop_test(t, shares_of_the_prediction, 0, n * N_SPECS);
    tcase_add_loop_test(t, no_cell_type_no_share, 0, n);
    tcase_add_test(t, a_device_that_cannot_says_so);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
