/* SPDX-License-Identifier: MIT */
/* check_cuda_step.c: the CUDA backend's step on a card of ordinary memory (cuda_host/): 16-bit
 * operands against float32, streamed signal, views, steps out of turn, transfer, faults of the
 * card. Gradients in float32, orders, threads, stage 2: the other conformance programs, which are
 * linked with the same card as host/check_*. `make check-cuda` runs what does not turn the card's
 * knobs on a real one. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/backend/cuda_host/host.h"
#include "tests/lib/unit/toy.h"

#define C AVO_BLOCK_CELLTYPE
#define A AVO_BLOCK_ASSAY
#define G AVO_BLOCK_GENOME
#define FIVE {{C, 5, 0}, {A, 7, 0}, {G, 9, 1}, {G, 11, 10}, {G, 13, 200}}
#define RUNS {{0, 100, 2500}, {2, 33, 900}}
#define TRACKS .n_celltypes = 5, .n_assays = 6, .runs = RUNS

static const struct toy_spec specs[] = {
    {.name = "five blocks", .blocks = FIVE, .hidden = {65, 70}, TRACKS, .dtype = AVO_F16,
     .n = 900},
    {.name = "dropout, missing, permuted", .blocks = FIVE, .hidden = {64, 48}, TRACKS,
     .dtype = AVO_F32, .n = 777, .dropout = 0.3, .celltype_dropout = 0.2, .missing = 0.4,
     .empty = 0.1, .order = AVO_ORDER_PERMUTED},
    {.name = "three layers, random", .blocks = {{G, 13, 200}, {C, 5, 0}, {G, 3, 1}, {A, 7, 0},
                                                {G, 6, 20}, {C, 2, 0}, {G, 1, 3}},
     .hidden = {33, 17, 20}, TRACKS, .dtype = AVO_F16, .n = 513, .order = AVO_ORDER_RANDOM},
    {.name = "one layer, wrapping", .blocks = FIVE, .hidden = {33}, TRACKS, .dtype = AVO_F32,
     .n = 640, .first = 3000, .wrap = true},
    {.name = "no genome block", .blocks = {{C, 5, 0}, {A, 7, 0}}, .hidden = {40, 16}, TRACKS,
     .dtype = AVO_F32, .n = 300},
    {.name = "frozen network", .blocks = FIVE, .hidden = {64, 48}, TRACKS, .dtype = AVO_F16,
     .n = 900, .frozen = true, .dropout = 0.2},
    {.name = "frozen genome and first rows", .blocks = FIVE, .hidden = {48, 33}, TRACKS,
     .dtype = AVO_F32, .n = 256, .fixed_genome = true, .first_row = 2},
};
#define N_SPECS ((int)(sizeof specs / sizeof *specs))

static void *open_as(struct toy *t, enum avo_precision precision)
{
    struct avo_error err = {0};
    struct avo_backend_args args = {.model = &t->model, .learn = &t->learn, .pool = t->pool,
                                    .device.precision = precision};
    void *ctx = avo_backend_cuda()->open(&args, &err);
    ck_assert_msg(ctx != NULL, "%s", err.msg);
    toy_must(avo_backend_cuda()->bind(ctx, &t->on, &err), &err);
    return ctx;
}

static struct avo_step step_of(const struct toy *t, int64_t i)
{
    uint32_t bins = t->positions.n_bins;
    struct avo_step s = toy_step(t, i);
    if (!s.wrap && s.order == AVO_ORDER_SEQUENTIAL) {
        s.first %= bins;
        s.n = s.first + s.n > bins ? bins - (uint32_t)s.first : s.n;
    }
    return s;
}

/* What comes next is announced, but at each third step. */
static void train(struct toy *t, const struct avo_backend_ops *ops, void *ctx, int64_t beg,
                  int64_t end, struct avo_loss *loss)
{
    struct avo_error err = {0};
    for (int64_t i = beg; i <= end; i++) {
        struct avo_step s = step_of(t, i), next = step_of(t, i + 1);
        toy_must(ops->train(ctx, &s, i % 3 && i < end ? &next : NULL, loss, &err), &err);
    }
}

/* `steps` steps from the start; the toy ends with what was learned. */
static struct avo_loss learn(struct toy *t, const struct avo_backend_ops *ops,
                             enum avo_precision precision, int64_t steps)
{
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    void *ctx = ops == avo_backend_cuda() ? open_as(t, precision) : toy_open(t, ops);
    train(t, ops, ctx, 1, steps, &loss);
    toy_must(ops->pull(ctx, &err), &err);
    ops->close(ctx);
    return loss;
}

/* How far what two toys have learned lies apart: of the worst part, the squared error over the
 * reference's squares, and the largest error over its largest element. [0] network and tables,
 * [1] genome rows. */
struct distance { double squared[2], element[2]; };

static struct distance apart(struct toy *t, struct toy *ref, bool moment)
{
    struct toy_part a[AVO_MAX_BLOCKS + 1], b[AVO_MAX_BLOCKS + 1];
    struct distance d = {0};
    size_t n = toy_parts(t, moment, a);
    toy_parts(ref, moment, b);
    for (size_t k = 0; k < n; k++) {
        double error = 0, power = 0, largest = 0, off = 0;
        int kind = !strcmp(b[k].name, "genome");
        for (size_t i = 0; i < b[k].n; i++) {
            double x = (double)a[k].x[i] - (double)b[k].x[i];
            error += x * x;
            power += (double)b[k].x[i] * (double)b[k].x[i];
            largest = fmax(largest, fabs((double)b[k].x[i]));
            off = fmax(off, fabs(x));
        }
        ck_assert_msg(isfinite(error), "%s: not finite", b[k].name);
        d.squared[kind] = fmax(d.squared[kind], error > 0 ? error / power : 0);
        d.element[kind] = fmax(d.element[kind], off > 0 ? off / largest : 0);
    }
    return d;
}

/* ---- precision ---- */

/* Bounds on a step's gradients (first moments with beta1 0), predictions and loss against cpu-ref.
 * f32: sums of up to 900 products, a few units of 6e-8 of the largest.
 * tf32, bf16: operands are rounded by up to 2^-11 and 2^-9, activations and their gradients (bf16)
 * once more in each layer, so that some of the hidden units near 0 fall on the other side of it.
 * Their share is that of the rounding, and each takes its whole term along: in a genome row, which
 * has one sample or a few and some 30 units at work, that is most of the error, and as much as a
 * quarter of the largest element; sums over a batch average it. */
static const struct bound {
    enum avo_precision precision;
    double squared[2], element[2];      /* network and tables; genome rows */
    double predicted, loss;
} bounds[] = {
    {AVO_PRECISION_F32, {1e-12, 1e-12}, {2e-5, 2e-5}, 1e-12, 1e-6},
    {AVO_PRECISION_TF32, {4e-4, 4e-3}, {4e-2, 0.3}, 4e-6, 1e-3},
    {AVO_PRECISION_BF16, {1e-3, 1e-2}, {5e-2, 0.35}, 4e-4, 5e-3},
};
#define N_BOUNDS ((int)(sizeof bounds / sizeof *bounds))

START_TEST(gradients_of_each_precision)
{
    const struct bound *b = &bounds[_i / N_SPECS];
    const struct toy_spec *spec = &specs[_i % N_SPECS];
    struct toy t, ref;
    toy_init(&t, spec, 2, 0);
    toy_init(&ref, spec, 1, 0);
    struct avo_loss loss = learn(&t, avo_backend_cuda(), b->precision, 1);
    struct avo_loss want = learn(&ref, &avo_backend_cpu_ref, 0, 1);
    struct distance d = apart(&t, &ref, true);
    for (int k = 0; k < 2; k++)
        ck_assert_msg(d.squared[k] <= b->squared[k] && d.element[k] <= b->element[k],
                      "%s, %s: squared error %.3g, largest %.3g", spec->name,
                      k ? "genome rows" : "network and tables", d.squared[k], d.element[k]);
    ck_assert_double_le(fabs(loss.sum - want.sum), b->loss * want.sum);
    ck_assert_uint_eq(loss.n_used, want.n_used);
    ck_assert_uint_eq(loss.n_skipped, want.n_skipped);
    toy_release(&t);
    toy_release(&ref);
}
END_TEST

/* 200 steps, 50 passes: every tenth of the run has float32's loss to 0.5%, and the loss falls to
 * less than a sixth of the first's. Rounding acts as noise on the gradients: it does not add up. */
START_TEST(bf16_learns_like_f32)
{
    static const struct toy_spec spec = {
        .name = "curve", .blocks = FIVE, .hidden = {64, 48}, TRACKS, .dtype = AVO_F16, .n = 900};
    struct toy t, ref;
    struct avo_loss first = {0};
    toy_init(&t, &spec, 2, 0.9);
    toy_init(&ref, &spec, 2, 0.9);
    void *ctx = open_as(&t, AVO_PRECISION_BF16), *want = open_as(&ref, AVO_PRECISION_F32);
    for (int64_t tenth = 0; tenth < 10; tenth++) {
        struct avo_loss a = {0}, b = {0};
        train(&t, avo_backend_cuda(), ctx, 20 * tenth + 1, 20 * tenth + 20, &a);
        train(&ref, avo_backend_cuda(), want, 20 * tenth + 1, 20 * tenth + 20, &b);
        first = tenth ? first : b;
            ck_assert_msg(fabs(a.sum - b.sum) <= 0.005 * b.sum, "steps from %d: %g, float32 %g",
                      (int)(20 * tenth + 1), a.sum, b.sum);
        if (tenth == 9)
            ck_assert_double_lt(a.sum * (double)first.n_used, first.sum / 6 * (double)a.n_used);
    }
    avo_backend_cuda()->close(ctx);
    avo_backend_cuda()->close(want);
    toy_release(&t);
    toy_release(&ref);
}
END_TEST

/* Predictions of all pairs at once, against cpu-ref; in pieces, to the byte. */
START_TEST(predictions_of_each_precision)
{
    const struct bound *b = &bounds[_i / N_SPECS];
    const struct avo_backend_ops *ops = avo_backend_cuda();
    struct avo_error err = {0};
    struct toy t;
    toy_init(&t, &specs[_i % N_SPECS], 2, 0);
    const struct avo_track_set *set = &t.roles.train;
    uint32_t bins = t.positions.n_bins;
    size_t n = (size_t)set->n_all * bins;
    float *got = malloc(n * sizeof *got), *want = malloc(n * sizeof *want), some[300];
    void *ctx = open_as(&t, b->precision), *ref = toy_open(&t, &avo_backend_cpu_ref);
    toy_must(ops->predict(ctx, set->pairs, set->n_all, 0, bins, got, &err), &err);
    toy_must(avo_backend_cpu_ref.predict(ref, set->pairs, set->n_all, 0, bins, want, &err), &err);
    double error = 0, mean = 0, power = 0;
    for (size_t i = 0; i < n; i++)
        mean += (double)want[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        error += pow((double)got[i] - (double)want[i], 2);
        power += pow((double)want[i] - mean, 2);
    }
    ck_assert_msg(error <= b->predicted * power, "squared error %.3g of %.3g", error, power);
    for (uint32_t p = 0; p < set->n_all; p += 7) {
        toy_must(ops->predict(ctx, &set->pairs[p], 1, 1000, 300, some, &err), &err);
        ck_assert(!memcmp(some, got + (size_t)p * bins + 1000, sizeof some));
    }
    ops->close(ctx);
    avo_backend_cpu_ref.close(ref);
    free(got);
    free(want);
    toy_release(&t);
}
END_TEST

/* ---- the same bytes ---- */

static void same_parts(struct toy *t, struct toy *ref, const char *what)
{
    struct toy_part a[AVO_MAX_BLOCKS + 1], b[AVO_MAX_BLOCKS + 1];
    for (int moment = 0; moment < 2; moment++) {
        size_t n = toy_parts(t, moment, a);
        toy_parts(ref, moment, b);
        for (size_t k = 0; k < n; k++)
            ck_assert_msg(!memcmp(a[k].x, b[k].x, a[k].n * sizeof *a[k].x), "%s, %s: %s %u",
                          t->spec->name, what, a[k].name, a[k].block);
    }
}

START_TEST(two_runs_give_the_same_bytes)
{
    struct toy t, ref;
    toy_init(&t, &specs[_i], 1, 0.9);
    toy_init(&ref, &specs[_i], 3, 0.9);
    struct avo_loss a = learn(&t, avo_backend_cuda(), AVO_PRECISION_BF16, 6);
    struct avo_loss b = learn(&ref, avo_backend_cuda(), AVO_PRECISION_BF16, 6);
    ck_assert(a.sum == b.sum);
    ck_assert(avo_host.real || avo_host_count.replayed > 0);
    same_parts(&t, &ref, "again");
    toy_release(&t);
    toy_release(&ref);
}
END_TEST

/* A signal that does not fit is drawn from by the host, with the same draws. */
START_TEST(streamed_signal_changes_nothing)
{
    struct toy t, ref;
    struct avo_host_knobs knobs = avo_host;
    toy_init(&t, &specs[_i], 2, 0.9);
    toy_init(&ref, &specs[_i], 2, 0.9);
    struct avo_loss b = learn(&ref, avo_backend_cuda(), AVO_PRECISION_BF16, 6);
    size_t signal = (size_t)t.positions.n_bins * t.signal.n_tracks * avo_dtype_size(t.signal.dtype);
    size_t resident = avo_host_count.uploaded;
    struct avo_error err = {0};
    struct avo_backend_args args = {.model = &t.model, .learn = &t.learn, .pool = t.pool,
                                    .device.precision = AVO_PRECISION_BF16};
    void *ctx = avo_backend_cuda()->open(&args, &err);
    ck_assert(ctx != NULL);
    avo_host.pretend_free = signal;
    toy_must(avo_backend_cuda()->bind(ctx, &t.on, &err), &err);
    avo_host = knobs;
    struct avo_loss a = {0};
    train(&t, avo_backend_cuda(), ctx, 1, 6, &a);
    ck_assert_uint_le(avo_host_count.uploaded + signal, resident);
    toy_must(avo_backend_cuda()->pull(ctx, &err), &err);
    avo_backend_cuda()->close(ctx);
    ck_assert(a.sum == b.sum);
    ck_assert_uint_eq(a.n_skipped, b.n_skipped);
    same_parts(&t, &ref, "streamed");
    toy_release(&t);
    toy_release(&ref);
}
END_TEST

/* Predictions of a view, then training goes on with the card's state; nothing but the view's rows
 * is uploaded. */
START_TEST(a_view_leaves_the_state_alone)
{
    const struct avo_backend_ops *ops = avo_backend_cuda();
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    struct toy t, ref;
    float got[400], want[400];
    toy_init(&t, &specs[_i], 2, 0.9);
    toy_init(&ref, &specs[_i], 2, 0.9);
    learn(&ref, ops, AVO_PRECISION_F32, 6);
    void *ctx = open_as(&t, AVO_PRECISION_F32);
    struct avo_genome_rows other;
    size_t size = 0;
    avo_genome_rows_init(&other, &t.model);
    toy_must(avo_genome_rows_make(&other, &t.positions, false, &err), &err);
    for (uint32_t k = 0; k < other.n_blocks; k++) {
        size_t n = (size_t)other.block[k].n_rows * other.block[k].width;
        for (size_t i = 0; i < n; i++)
            other.block[k].w[i] = 0.3f * sinf((float)i);
        size += n * sizeof(float);
    }
    train(&t, ops, ctx, 1, 3, &loss);
    size_t before = avo_host_count.uploaded;
    toy_must(ops->view(ctx, &other, &err), &err);
    ck_assert(avo_host.real || avo_host_count.uploaded == before + size);
    toy_must(ops->predict(ctx, t.roles.train.pairs, 2, 700, 200, got, &err), &err);
    toy_must(ops->view(ctx, NULL, &err), &err);
    train(&t, ops, ctx, 4, 6, &loss);
    toy_must(ops->pull(ctx, &err), &err);
    same_parts(&t, &ref, "after a view");
    ops->close(ctx);
    /* The view's prediction: that of a model whose network had learned three steps. */
    toy_release(&ref);
    toy_init(&ref, &specs[_i], 2, 0.9);
    learn(&ref, ops, AVO_PRECISION_F32, 3);
    for (uint32_t k = 0; k < other.n_blocks; k++)
        if (other.block[k].width)
            memcpy(ref.rows.block[k].w, other.block[k].w,
                   (size_t)other.block[k].n_rows * other.block[k].width * sizeof(float));
    ctx = toy_open(&ref, &avo_backend_cpu_ref);
    toy_must(avo_backend_cpu_ref.predict(ctx, t.roles.train.pairs, 2, 700, 200, want, &err), &err);
    avo_backend_cpu_ref.close(ctx);
    for (int i = 0; i < 400; i++)
        ck_assert_msg(fabsf(got[i] - want[i]) <= 1e-4f, "%d: %g, want %g", i, (double)got[i],
                      (double)want[i]);
    avo_genome_rows_release(&other);
    toy_release(&t);
    toy_release(&ref);
}
END_TEST

/* Other bins, whose signal has the other type, in the same memory. */
START_TEST(another_type_of_signal)
{
    struct toy_spec half = specs[0], single = specs[0];
    struct avo_error err = {0};
    struct avo_loss a = {0}, b = {0}, c = {0};
    struct toy t, other;
    half.dtype = AVO_F16;
    single.dtype = AVO_F32;
    toy_init(&t, &single, 2, 0.9);
    toy_init(&other, &half, 2, 0.9);
    void *ctx = open_as(&t, AVO_PRECISION_F32);
    struct avo_step s = toy_step(&t, 1);
    /* Steps go to both slots before the bins change. */
    train(&t, avo_backend_cuda(), ctx, 1, 2, &a);
    toy_must(avo_backend_cuda()->bind(ctx, &other.on, &err), &err);
    toy_must(avo_backend_cuda()->train(ctx, &s, NULL, &b, &err), &err);
    toy_must(avo_backend_cuda()->bind(ctx, &t.on, &err), &err);
    toy_must(avo_backend_cuda()->train(ctx, &s, NULL, &c, &err), &err);
    /* The rows of one have learned for two steps, those of the other have not. */
    ck_assert_msg(fabs(b.sum - c.sum) < 0.3 * c.sum, "%g and %g", b.sum, c.sum);
    avo_backend_cuda()->close(ctx);
    toy_release(&t);
    toy_release(&other);
}
END_TEST

/* Steps that are not announced: back and forth, sizes, epochs, seeds. */
START_TEST(steps_out_of_turn)
{
    struct avo_error err = {0};
    struct toy t, ref;
    toy_init(&t, &specs[_i], 2, 0.9);
    toy_init(&ref, &specs[_i], 1, 0.9);
    void *ctx = open_as(&t, AVO_PRECISION_F32), *want = toy_open(&ref, &avo_backend_cpu_ref);
    for (int64_t i = 1; i <= 8; i++) {
        struct avo_step s = toy_step(&t, i), r = toy_step(&ref, i);
        struct avo_loss a = {0}, b = {0};
        struct avo_rng4 d = avo_rng_draw(5, 5, (uint32_t)i, 0, 0, 0);
        s.n = 1 + avo_rng_below(d.v[0], i < 3 ? 150 : 1100);
        s.first = avo_rng_below(d.v[1], t.positions.n_bins - 1100);
        s.epoch = avo_rng_below(d.v[2], 3);
        s.seed = i % 3;
        s.n = i == 5 || i == 6 ? 700 : s.n;
        r.n = s.n;
        r.first = s.first;
        r.epoch = s.epoch;
        r.seed = s.seed;
        toy_must(avo_backend_cuda()->train(ctx, &s, NULL, &a, &err), &err);
        toy_must(avo_backend_cpu_ref.train(want, &r, NULL, &b, &err), &err);
        ck_assert_double_le(fabs(a.sum - b.sum), 1e-4 * b.sum + 1e-9);
        ck_assert_uint_eq(a.n_skipped, b.n_skipped);
    }
    toy_must(avo_backend_cuda()->pull(ctx, &err), &err);
    struct distance d = apart(&t, &ref, false);
    ck_assert_double_le(fmax(d.element[0], d.element[1]), 1e-4);
    avo_backend_cuda()->close(ctx);
    avo_backend_cpu_ref.close(want);
    toy_release(&t);
    toy_release(&ref);
}
END_TEST

/* Transfer: new rows of the tables under a frozen network and genome. */
START_TEST(transfer)
{
    static const struct toy_spec spec = {
        .name = "transfer", .blocks = FIVE, .hidden = {48, 33}, TRACKS, .dtype = AVO_F16,
        .n = 500, .fixed_genome = true, .first_row = 3};
    struct toy both[2];
    for (int i = 0; i < 2; i++) {
        struct toy *t = &both[i];
        toy_init(t, &spec, 1, 0);
        free(t->learn.net_m);
        free(t->learn.net_v);
        t->learn.net_m = t->learn.net_v = NULL;
        learn(t, i ? &avo_backend_cpu_ref : avo_backend_cuda(), AVO_PRECISION_F32, 1);
    }
    for (uint32_t k = 0; k < 2; k++) {
        const struct avo_rows *a = &both[0].learn.table[k], *b = &both[1].learn.table[k];
        for (size_t i = 0; i < (size_t)a->n_rows * a->width; i++) {
            ck_assert_float_eq_tol(a->m[i], b->m[i], 1e-6f);
            ck_assert((a->m[i] != 0) == (i / a->width >= 3));
            ck_assert_float_eq_tol(a->w[i], b->w[i], 1e-4f);
        }
    }
    ck_assert(!memcmp(both[0].model.net, both[1].model.net,
                      both[0].model.n_net * sizeof(float)));
    toy_release(&both[0]);
    toy_release(&both[1]);
}
END_TEST

/* ---- faults ---- */

START_TEST(what_is_not_finite_in_bf16)
{
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    struct toy t;
    toy_init(&t, &specs[0], 1, 0.9);
    if (_i == 0)
        t.model.layers[0].b[2] = NAN;
    else
        t.rows.block[2].w[4] = INFINITY;
    void *ctx = open_as(&t, AVO_PRECISION_BF16);
    struct avo_step s = toy_step(&t, 1);
    ck_assert_int_lt(avo_backend_cuda()->train(ctx, &s, NULL, &loss, &err), 0);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
    ck_assert_ptr_nonnull(strstr(err.msg, "not finite"));
    avo_backend_cuda()->close(ctx);
    toy_release(&t);
}
END_TEST

/* Memory for the network, the rows, a batch: an error of the device each, nothing leaks. */
START_TEST(too_little_memory)
{
    struct avo_host_knobs knobs = avo_host;
    int failed[3] = {0};
    for (size_t memory = 1000; memory < (size_t)1 << 26; memory += memory / 3) {
        struct avo_error err = {0};
        struct avo_loss loss = {0};
        struct toy t;
        toy_init(&t, &specs[0], 1, 0.9);
        struct avo_backend_args args = {.model = &t.model, .learn = &t.learn, .pool = t.pool};
        struct avo_step s = toy_step(&t, 1);
        avo_host.memory = memory;
        void *ctx = avo_backend_cuda()->open(&args, &err);
        int at = !ctx ? 0 : avo_backend_cuda()->bind(ctx, &t.on, &err) ? 1 :
                 avo_backend_cuda()->train(ctx, &s, NULL, &loss, &err) ? 2 : 3;
        if (at < 3) {
            failed[at]++;
            ck_assert_int_eq(err.status, AVO_EXIT_DEVICE);
        }
        avo_backend_cuda()->close(ctx);
        toy_release(&t);
    }
    avo_host = knobs;
    ck_assert(failed[0] && failed[1] && failed[2]);
}
END_TEST

START_TEST(a_card_that_is_lost)
{
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    struct toy t;
    toy_init(&t, &specs[0], 1, 0.9);
    void *ctx = open_as(&t, AVO_PRECISION_F32);
    struct avo_step s = toy_step(&t, 1);
    toy_must(avo_backend_cuda()->train(ctx, &s, NULL, &loss, &err), &err);
    avo_host.lost_after = 1;
    s = toy_step(&t, 2);
    ck_assert_int_lt(avo_backend_cuda()->train(ctx, &s, NULL, &loss, &err), 0);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
    ck_assert_ptr_nonnull(strstr(err.msg, "lost"));
    avo_backend_cuda()->close(ctx);
    avo_host.lost_after = 0;
    toy_release(&t);
}
END_TEST

START_TEST(cards_that_are_not_there)
{
    struct avo_host_knobs knobs = avo_host;
    struct avo_error err = {0};
    struct toy t;
    toy_init(&t, &specs[0], 1, 0.9);
    struct avo_backend_args args = {.model = &t.model, .learn = &t.learn, .pool = t.pool,
                                    .device = {.index = _i == 0, .precision = AVO_PRECISION_BF16}};
    avo_host.no_bf16 = 1;
    ck_assert_ptr_null(avo_backend_cuda()->open(&args, &err));
    ck_assert_int_eq(err.status, AVO_EXIT_DEVICE);
    ck_assert_ptr_nonnull(strstr(err.msg, _i == 0 ? "number 1" : "bf16"));
    avo_host = knobs;
    toy_release(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cuda step");
    TCase *t = tcase_create("cuda step");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, gradients_of_each_precision, 0, N_BOUNDS * N_SPECS);
    tcase_add_test(t, bf16_learns_like_f32);
    tcase_add_loop_test(t, predictions_of_each_precision, 0, N_BOUNDS * N_SPECS);
    tcase_add_loop_test(t, two_runs_give_the_same_bytes, 0, N_SPECS);
    tcase_add_loop_test(t, a_view_leaves_the_state_alone, 0, N_SPECS);
    tcase_add_loop_test(t, steps_out_of_turn, 0, N_SPECS);
    tcase_add_test(t, another_type_of_signal);
    tcase_add_test(t, transfer);
    tcase_add_loop_test(t, what_is_not_finite_in_bf16, 0, 2);
    if (!avo_host.real) {
        tcase_add_loop_test(t, streamed_signal_changes_nothing, 0, N_SPECS);
        tcase_add_test(t, too_little_memory);
        tcase_add_test(t, a_card_that_is_lost);
        tcase_add_loop_test(t, cards_that_are_not_there, 0, 2);
    }
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
