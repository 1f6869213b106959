/* SPDX-License-Identifier: MIT */
/* check_observed.c: the family observed: gradients of cpu-ref are central differences of its loss,
 * and cpu computes what cpu-ref does, in the same bytes for every number of threads. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/backend.h"
#include "tests/lib/unit/toy.h"

enum { MOST = 64 };

struct spec {
    const char *name;
    uint32_t C, A;              /* of the root */
    uint32_t more_assays;       /* extensions */
    uint32_t H, n_windows;
    bool ranks;
    uint32_t n_bins;
    uint32_t every;             /* every such pair has not been measured; 0: all have */
    double missing;             /* share of the bins */
    uint32_t hide;              /* of 16 tracks that are not inputs */
    uint32_t dropped;
    bool asked;                 /* targets are all pairs, and a cell type that no track is of */
    bool similar;
};

static const struct spec specs[] = {
    {.name = "two chunks", .C = 4, .A = 3, .H = 9, .n_windows = 3, .ranks = true, .n_bins = 100,
     .every = 5},
    {.name = "one bin", .C = 3, .A = 2, .H = 1, .n_windows = 1, .n_bins = 1},
    {.name = "hidden, dropped, missing", .C = 5, .A = 4, .H = 33, .n_windows = 2, .ranks = true,
     .n_bins = 130, .every = 6, .missing = 0.2, .hide = 6, .dropped = 102},
    {.name = "no ranks, 64 bins", .C = 3, .A = 4, .H = 17, .n_windows = 3, .n_bins = 64,
     .every = 4, .dropped = 128},
    {.name = "one cell type", .C = 1, .A = 4, .H = 8, .n_windows = 2, .ranks = true, .n_bins = 70},
    {.name = "two cell types", .C = 2, .A = 2, .H = 8, .n_windows = 2, .ranks = true,
     .n_bins = 65, .every = 4},
    {.name = "assays beyond the root", .C = 4, .A = 3, .more_assays = 2, .H = 16, .n_windows = 2,
     .ranks = true, .n_bins = 80, .every = 7},
    {.name = "one assay", .C = 6, .A = 1, .H = 20, .n_windows = 2, .ranks = true, .n_bins = 66},
    {.name = "many chunks", .C = 3, .A = 2, .H = 16, .n_windows = 1, .n_bins = 64 * 35 + 3,
     .missing = 0.1, .dropped = 26},
    {.name = "nothing measured", .C = 3, .A = 2, .H = 6, .n_windows = 1, .n_bins = 70,
     .missing = 1},
    {.name = "targets that are not seen", .C = 4, .A = 3, .more_assays = 1, .H = 12,
     .n_windows = 3, .ranks = true, .n_bins = 90, .every = 3, .missing = 0.1, .hide = 4,
     .asked = true},
    {.name = "similar, two chunks", .C = 6, .A = 3, .H = 9, .n_windows = 3, .ranks = true,
     .n_bins = 100, .every = 5, .similar = true},
    {.name = "similar, one cell type", .C = 1, .A = 3, .H = 8, .n_windows = 2, .n_bins = 70,
     .similar = true},
    {.name = "similar, one assay", .C = 6, .A = 1, .H = 20, .n_windows = 2, .ranks = true,
     .n_bins = 66, .similar = true},
    {.name = "similar, hidden, dropped, missing", .C = 6, .A = 4, .more_assays = 1, .H = 18,
     .n_windows = 2, .ranks = true, .n_bins = 110, .every = 6, .missing = 0.2, .hide = 5,
     .dropped = 102, .similar = true},
    {.name = "similar, targets that are not seen", .C = 5, .A = 3, .more_assays = 1, .H = 12,
     .n_windows = 3, .ranks = true, .n_bins = 90, .every = 3, .missing = 0.1, .hide = 4,
     .asked = true, .similar = true},
};
#define N_SPECS ((int)(sizeof specs / sizeof *specs))

struct problem {
    const struct spec *spec;
    struct avo_model model;
    struct avo_pair seen[MOST], targets[MOST];
    bool hidden[MOST];
    float similar[MOST * MOST];
    struct avo_observed_batch batch;
    struct avo_observed_step step;
    float *v;
    size_t n_grad;
};

static struct avo_error err;

static float draw(uint32_t a, uint32_t b, uint32_t c)
{
    return avo_rng_unit(avo_rng_draw(9, 98, a, b, c, 0).v[0]);
}

static void make_model(struct problem *p)
{
    const struct spec *s = p->spec;
    struct avo_header h = {.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    uint32_t V = s->n_windows * (s->ranks ? 2 : 1);
    char names[2][8][16];
    char *lists[2][8];
    for (int i = 0; i < 16; i++) {
        snprintf(names[i / 8][i % 8], 16, "%s%d", i < 8 ? "cell" : "assay", i % 8);
        lists[i / 8][i % 8] = names[i / 8][i % 8];
    }
    toy_must(avo_header_add_chrom(&h, "chr1", 1000000, &err), &err);
    toy_must(avo_header_add_block(&h, "elsewhere", AVO_BLOCK_ELSEWHERE, s->A * V, 0, &err), &err);
    toy_must(avo_header_add_block(&h, "own", AVO_BLOCK_OWN, s->A * (V + 1), 0, &err), &err);
    toy_must(avo_header_add_block(&h, "target", AVO_BLOCK_TARGET, (s->similar ? 3 : 2) * V, 0,
                                  &err), &err);
    toy_must(avo_header_add_block(&h, "assay", AVO_BLOCK_ASSAY, 4, 0, &err), &err);
    toy_must(avo_model_new(&p->model, &h, &s->H, 1, lists[0], s->C, lists[1], s->A, &err), &err);
    avo_header_release(&h);
    for (uint32_t i = 0; i < s->more_assays; i++)
        toy_must(avo_model_add_assay(&p->model, names[1][s->A + i], &err), &err);
}

static void set_values(struct problem *p)
{
    const struct spec *s = p->spec;
    struct avo_model *m = &p->model;
    for (uint32_t i = 0; i < m->n_net; i++)
        m->net[i] = 0.8f * draw(1, i, 0) - 0.4f;
    for (uint32_t i = 0; i < 4 * m->n_assays; i++)
        m->table[3][i] = draw(2, i, 0) - 0.5f;
    m->observed = calloc(1, sizeof *m->observed);
    *m->observed = (struct avo_observed){.n_windows = s->n_windows, .half_bins = {0, 2, 10},
                                         .ranks = s->ranks, .similar = s->similar,
                                         .count = 0.3f};
    p->n_grad = m->n_net + 4 * (size_t)m->n_assays + 1;
}

static void set_tracks(struct problem *p)
{
    const struct spec *s = p->spec;
    uint32_t B = s->A + s->more_assays;
    for (uint32_t i = 0; i < s->C * B; i++) {
        struct avo_pair pair = {i / B, i % B};
        bool measured = !s->every || i % s->every != s->every - 1;
        if (measured)
            p->seen[p->batch.n_seen++] = pair;
        if (measured || s->asked)
            p->targets[p->batch.n_targets++] = pair;
    }
    for (uint32_t a = 0; a < B && s->asked; a++) {
        p->targets[p->batch.n_targets++] = (struct avo_pair){s->C, a};
        p->targets[p->batch.n_targets++] = (struct avo_pair){AVO_NO_ROW, a};
    }
    for (uint32_t i = 0; i < p->batch.n_seen; i++)
        p->hidden[i] = draw(3, i, s->hide) < (float)s->hide / 16;
    for (uint32_t i = 0; i < p->batch.n_seen; i++)      /* a tenth is not known */
        for (uint32_t j = 0; j <= i; j++)
            p->similar[i * p->batch.n_seen + j] = p->similar[j * p->batch.n_seen + i] =
                draw(6, i, j) < 0.1f ? NAN : 2 * draw(7, i, j) - 1;
}

/* NaN at a bin itself where it is missing, and in the first column of ranks too; the last chunk's
 * bins beyond the end hold what must not be read. */
static void set_signal(struct problem *p)
{
    const struct spec *s = p->spec;
    uint32_t V = avo_observed_values(p->model.observed), n_seen = p->batch.n_seen;
    uint32_t n_chunks = (s->n_bins + AVO_OBSERVED_BINS - 1) / AVO_OBSERVED_BINS;
    p->v = calloc((size_t)n_chunks * n_seen * V * AVO_OBSERVED_BINS, sizeof *p->v);
    float *to = p->v;
    for (uint32_t i = 0; i < n_chunks * n_seen; i++)
        for (uint32_t j = 0; j < V; j++)
            for (uint32_t b = 0; b < AVO_OBSERVED_BINS; b++, to++) {
                uint32_t bin = i / n_seen * AVO_OBSERVED_BINS + b;
                bool gone = (double)draw(4, i % n_seen, bin) < s->missing;
                float x = draw(5, i * V + j, b), peak = x > 0.9f ? 20 : 2;
                *to = bin >= s->n_bins ? INFINITY
                      : gone && j % s->n_windows == 0 ? NAN : peak * x - 1;
            }
}

static void problem_init(struct problem *p, const struct spec *s)
{
    memset(p, 0, sizeof *p);
    p->spec = s;
    make_model(p);
    set_values(p);
    set_tracks(p);
    set_signal(p);
    p->batch = (struct avo_observed_batch){
        .n_seen = p->batch.n_seen, .seen = p->seen, .hidden = s->hide ? p->hidden : NULL,
        .similar = s->similar ? p->similar : NULL,
        .n_targets = p->batch.n_targets, .targets = p->targets, .n_bins = s->n_bins, .v = p->v};
    p->step = (struct avo_observed_step){.seed = 5, .step = 17, .dropped = s->dropped};
}

static void problem_release(struct problem *p)
{
    avo_model_release(&p->model);
    free(p->v);
}

/* ---- running it ---- */

struct learned { float *grad; double loss; uint64_t n; };

static struct learned train(const struct problem *p, const struct avo_observed_ops *ops,
                            struct avo_pool *pool)
{
    struct learned r = {.grad = malloc(p->n_grad * sizeof *r.grad), .loss = 1, .n = 2};
    void *ctx = ops->open(&p->model, pool, &err);
    ck_assert_ptr_nonnull(ctx);
    for (size_t i = 0; i < p->n_grad; i++)
        r.grad[i] = 99;
    toy_must(ops->train(ctx, &p->batch, &p->step, r.grad, &r.loss, &r.n, &err), &err);
    ops->close(ctx);
    r.loss -= 1;        /* they are added to */
    r.n -= 2;
    return r;
}

static float *predict(const struct problem *p, const struct avo_observed_ops *ops,
                      struct avo_pool *pool)
{
    size_t n = (size_t)p->batch.n_targets * p->batch.n_bins;
    float *out = malloc((n + 1) * sizeof *out);
    out[n] = 99;
    void *ctx = ops->open(&p->model, pool, &err);
    ck_assert_ptr_nonnull(ctx);
    toy_must(ops->predict(ctx, &p->batch, out, &err), &err);
    ops->close(ctx);
    ck_assert_float_eq(out[n], 99);
    return out;
}

/* out [AVO_N_PARTS][targets][bins], from a baseline row of its own. */
static float *attribute(struct problem *p, const struct avo_observed_ops *ops,
                        struct avo_pool *pool)
{
    static const float row0[4] = {0.3f, -0.2f, 0, 0.1f};
    size_t n = AVO_N_PARTS * (size_t)p->batch.n_targets * p->batch.n_bins;
    float *out = malloc((n + 1) * sizeof *out);
    out[n] = 99;
    p->model.observed->half_bins[p->spec->n_windows - 1] = p->spec->n_windows > 1 ? 100 : 0;
    void *ctx = ops->open(&p->model, pool, &err);
    ck_assert_ptr_nonnull(ctx);
    toy_must(ops->attribute(ctx, &p->batch, row0, out, &err), &err);
    ops->close(ctx);
    ck_assert_float_eq(out[n], 99);
    return out;
}

/* A parameter by its place in the gradient. */
static float *parameter(struct problem *p, size_t i)
{
    struct avo_model *m = &p->model;
    if (i < m->n_net)
        return &m->net[i];
    return i + 1 < p->n_grad ? &m->table[3][i - m->n_net] : &m->observed->count;
}

static double mean_loss(const struct problem *p)
{
    struct learned r = train(p, &avo_observed_cpu_ref, NULL);
    free(r.grad);
    return r.n ? r.loss / (double)r.n : 0;
}

/* The loss is a parabola of every parameter but for the ReLUs' kinks, which a short step avoids. */
static double central_difference(struct problem *p, size_t i)
{
    float *w = parameter(p, i), was = *w;
    volatile float lo = was - 2e-6f, hi = was + 2e-6f;
    *w = hi;
    double above = mean_loss(p);
    *w = lo;
    double below = mean_loss(p);
    *w = was;
    return (above - below) / ((double)hi - (double)lo);
}

START_TEST(gradients_are_central_differences)
{
    struct problem p;
    problem_init(&p, &specs[_i]);
    if (specs[_i].asked)                    /* for predictions */
        p.batch.n_targets = 0;
    struct learned r = train(&p, &avo_observed_cpu_ref, NULL);
    double largest = 0;
    for (size_t i = 0; i < p.n_grad; i++)
        largest = fmax(largest, fabs((double)r.grad[i]));
    ck_assert((r.n > 0) == (largest > 0));
    ck_assert((r.n == 0) == (specs[_i].C == 1 || specs[_i].missing == 1 || specs[_i].asked));
    size_t stride = p.n_grad / (specs[_i].n_bins > 1000 ? 20 : 150) + 1;
    for (size_t i = 0; i < p.n_grad; i++) {
        if (i % stride && i + 10 < p.n_grad)    /* the last ten: assay rows and the count */
            continue;
        double want = central_difference(&p, i), got = (double)r.grad[i];
        ck_assert_msg(fabs(got - want) <= 2e-5 * largest + 1e-9,
                      "%s, element %zu of %zu: gradient %.9g, central difference %.9g",
                      specs[_i].name, i, p.n_grad, got, want);
    }
    free(r.grad);
    problem_release(&p);
}
END_TEST

static void expect_within(double share, const struct spec *s, const char *what, const float *got,
                          const float *want, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)want[i]));
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)got[i] - (double)want[i]) <= share * largest,
                      "%s, %s %zu of %zu: %.9g, want %.9g (largest %g)", s->name, what, i, n,
                      (double)got[i], (double)want[i], largest);
}

static void expect_near(const struct spec *s, const char *what, const float *got,
                        const float *want, size_t n)
{
    expect_within(1e-5, s, what, got, want, n);
}

START_TEST(cpu_as_cpu_ref)
{
    struct problem p;
    struct avo_pool *pool = avo_pool_new(1 + _i % 3, &err);
    problem_init(&p, &specs[_i]);
    float *want = predict(&p, &avo_observed_cpu_ref, NULL);
    float *got = predict(&p, &avo_observed_cpu, pool);
    expect_near(p.spec, "prediction", got, want, (size_t)p.batch.n_targets * p.batch.n_bins);
    if (!p.spec->asked) {
        struct learned ref = train(&p, &avo_observed_cpu_ref, NULL);
        struct learned cpu = train(&p, &avo_observed_cpu, pool);
        ck_assert_uint_eq(ref.n, cpu.n);
        ck_assert_double_le(fabs(ref.loss - cpu.loss), 1e-5 * ref.loss);
        expect_near(p.spec, "gradient", cpu.grad, ref.grad, p.n_grad);
        free(ref.grad);
        free(cpu.grad);
    }
    free(want);
    free(got);
    avo_pool_free(pool);
    problem_release(&p);
}
END_TEST

/* The parts are what cpu-ref says, in the same bytes for every number of threads, and z' together;
 * that without signal is one value a target; each part that has inputs says something. */
START_TEST(parts_of_predictions)
{
    struct problem p;
    struct avo_pool *pool = avo_pool_new(1 + _i % 3, &err);
    problem_init(&p, &specs[_i]);
    size_t n_bins = p.batch.n_bins, n = p.batch.n_targets * n_bins;
    float *ref = attribute(&p, &avo_observed_cpu_ref, NULL);
    float *got = attribute(&p, &avo_observed_cpu, pool);
    float *one = attribute(&p, &avo_observed_cpu, NULL);
    float *z = predict(&p, &avo_observed_cpu_ref, NULL), *sum = calloc(n, sizeof *sum);
    /* A unit that is near 0 at both ends of the path has a slope that rounding moves. */
    expect_within(1e-4, p.spec, "part", got, ref, AVO_N_PARTS * n);
    ck_assert(!memcmp(got, one, AVO_N_PARTS * n * sizeof *got));
    for (size_t k = 0; k < AVO_N_PARTS; k++) {
        bool any = false;
        for (size_t i = 0; i < n; i++) {
            sum[i] += ref[k * n + i];
            any |= ref[k * n + i] != 0;
        }
        ck_assert(any == (k != AVO_PART_CONTEXT || p.spec->n_windows > 1) || p.spec->C == 1 ||
                  p.spec->A == 1 || p.spec->missing == 1);
    }
    expect_near(p.spec, "sum of parts", sum, z, n);
    for (size_t i = 0; i < n; i++)
        ck_assert(got[AVO_PART_TRACK * n + i] == got[AVO_PART_TRACK * n + i / n_bins * n_bins]);
    free(ref);
    free(got);
    free(one);
    free(z);
    free(sum);
    avo_pool_free(pool);
    problem_release(&p);
}
END_TEST

START_TEST(same_bytes_for_every_number_of_threads)
{
    struct problem p;
    problem_init(&p, &specs[_i]);
    size_t n = (size_t)p.batch.n_targets * p.batch.n_bins;
    float *want = predict(&p, &avo_observed_cpu, NULL);
    for (int threads = 2; threads <= 3; threads++) {
        struct avo_pool *pool = avo_pool_new(threads, &err);
        float *got = predict(&p, &avo_observed_cpu, pool);
        ck_assert(!memcmp(got, want, n * sizeof *got));
        free(got);
        if (!p.spec->asked) {
            struct learned one = train(&p, &avo_observed_cpu, NULL);
            struct learned more = train(&p, &avo_observed_cpu, pool);
            ck_assert(!memcmp(one.grad, more.grad, p.n_grad * sizeof *one.grad));
            ck_assert(one.loss == more.loss && one.n == more.n);
            free(one.grad);
            free(more.grad);
        }
        avo_pool_free(pool);
    }
    free(want);
    problem_release(&p);
}
END_TEST

/* What a bin gets depends neither on its place in a chunk nor on the targets beside it. */
START_TEST(a_bin_has_the_same_bytes_everywhere)
{
    struct problem p;
    problem_init(&p, &specs[N_SPECS - 1]);
    uint32_t n_bins = p.batch.n_bins, n_seen = p.batch.n_seen;
    size_t of_chunk = (size_t)n_seen * avo_observed_values(p.model.observed) * AVO_OBSERVED_BINS;
    float *want = predict(&p, &avo_observed_cpu, NULL);
    float *from = p.v, *moved = calloc(2 * of_chunk, sizeof *moved);
    for (uint32_t by = 1; by < 60; by += 7) {
        for (uint32_t bin = by; bin < n_bins; bin++)
            for (size_t j = 0; j < of_chunk; j += AVO_OBSERVED_BINS)
                moved[(bin - by) / 64 * of_chunk + j + (bin - by) % 64] =
                    from[bin / 64 * of_chunk + j + bin % 64];
        struct problem part = p;
        part.batch.v = moved;
        part.batch.n_bins = n_bins - by;
        part.batch.targets = p.targets + by % 5;
        part.batch.n_targets = p.batch.n_targets - by % 7;
        float *got = predict(&part, &avo_observed_cpu, NULL);
        for (uint32_t t = 0; t < part.batch.n_targets - by % 5; t++)
            ck_assert(!memcmp(got + (size_t)t * (n_bins - by),
                              want + (size_t)(t + by % 5) * n_bins + by,
                              (n_bins - by) * sizeof *got));
        free(got);
    }
    free(want);
    free(moved);
    problem_release(&p);
}
END_TEST

/* One context serves calls of different shapes, one after the other. */
START_TEST(calls_of_other_shapes_in_between)
{
    struct problem p;
    problem_init(&p, &specs[2]);
    struct learned want = train(&p, &avo_observed_cpu, NULL), got = want;
    got.grad = malloc(p.n_grad * sizeof *got.grad);
    got.loss = 0;
    got.n = 0;
    void *ctx = avo_observed_cpu.open(&p.model, NULL, &err);
    struct avo_observed_batch few = p.batch;
    few.n_targets = 2;
    few.n_bins = 3;
    few.hidden = NULL;
    float *out = predict(&p, &avo_observed_cpu, NULL);
    double loss = 0;
    uint64_t n = 0;
    toy_must(avo_observed_cpu.train(ctx, &few, &p.step, got.grad, &loss, &n, &err), &err);
    toy_must(avo_observed_cpu.predict(ctx, &p.batch, out, &err), &err);
    toy_must(avo_observed_cpu.train(ctx, &p.batch, &p.step, got.grad, &got.loss, &got.n, &err),
             &err);
    avo_observed_cpu.close(ctx);
    ck_assert(!memcmp(got.grad, want.grad, p.n_grad * sizeof *got.grad));
    ck_assert(fabs(got.loss - want.loss) < 1e-9 && got.n == want.n);
    free(out);
    free(got.grad);
    free(want.grad);
    problem_release(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("observed");
    TCase *c = tcase_create("observed");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, gradients_are_central_differences, 0, N_SPECS);
    tcase_add_loop_test(c, cpu_as_cpu_ref, 0, N_SPECS);
    tcase_add_loop_test(c, parts_of_predictions, 0, N_SPECS);
    tcase_add_loop_test(c, same_bytes_for_every_number_of_threads, 0, N_SPECS);
    tcase_add_test(c, a_bin_has_the_same_bytes_everywhere);
    tcase_add_test(c, calls_of_other_shapes_in_between);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
