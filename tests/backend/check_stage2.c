/* SPDX-License-Identifier: MIT */
/* check_stage2.c: a 5-kbp block's factors depend on its data and its coordinate alone, to the byte;
 * streamed tiles equal sweeps over everything. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/unit/toy.h"

#define BLOCKS {{AVO_BLOCK_GENOME, 6, 10}, {AVO_BLOCK_CELLTYPE, 3, 0}, {AVO_BLOCK_ASSAY, 4, 0}, \
                {AVO_BLOCK_GENOME, 3, 1}, {AVO_BLOCK_GENOME, 5, 200}, {AVO_BLOCK_GENOME, 4, 20}}
#define COMMON .blocks = BLOCKS, .hidden = {19, 12}, .n_celltypes = 3, .n_assays = 4, \
               .dtype = AVO_F16, .n = 300, .missing = 0.1, .empty = 0.01, .dropout = 0.25, \
               .celltype_dropout = 0.3, .frozen = true

/* More than one call's bins, two chromosomes, a hole inside a block. */
static const struct toy_spec whole = {
    .name = "whole", .runs = {{0, 2000, 5000}, {0, 7010, 6990}, {1, 400, 600}}, COMMON};
/* Parts of it, cut at block edges. */
static const struct toy_spec parts[] = {
    {.name = "around the hole", .runs = {{0, 6800, 200}, {0, 7010, 590}}, COMMON},
    {.name = "one block", .runs = {{0, 12000, 200}}, COMMON},
    {.name = "where calls meet", .runs = {{0, 9800, 1200}}, COMMON},
    {.name = "the last", .runs = {{0, 13800, 200}, {1, 400, 200}}, COMMON},
    {.name = "the other chromosome", .runs = {{1, 400, 600}}, COMMON},
};
#define N_PARTS ((int)(sizeof parts / sizeof *parts))
/* Batches that are multiples of 200 and that are not; two that round to the same blocks a step. */
static const int64_t batches[] = {200, 300, 250, 1, 4000};
#define N_BATCHES ((int)(sizeof batches / sizeof *batches))

static const struct avo_backend_ops *backend(int i)
{
    return i == 0 ? &avo_backend_cpu_ref : i == 1 ? &avo_backend_cpu : avo_backend_cuda();
}

static void set_hyper(struct toy *t, int64_t batch)
{
    t->model.hyper.batch = batch;
    t->model.hyper.steps_per_epoch = 7;
    t->model.hyper.schedule = AVO_SCHEDULE_LINEAR;
    t->model.hyper.decay = 0.1;
}

static void learn(struct toy *t, const struct avo_backend_ops *ops, int64_t epochs,
                  struct avo_loss *loss)
{
    struct avo_error err = {0};
    struct avo_stage2 s = {.model = &t->model, .roles = &t->roles, .ops = ops, .pool = t->pool,
                           .epochs = epochs, .dropout = t->spec->dropout,
                           .device.precision = AVO_PRECISION_F32};
    toy_must(avo_stage2_open(&s, &err), &err);
    toy_must(avo_stage2_tile(&s, &t->on, loss, &err), &err);
    avo_stage2_close(&s);
}

static uint32_t bin_of(const struct avo_positions *p, uint32_t chrom, uint32_t bin)
{
    for (uint32_t i = 0; i < p->n_bins; i++)
        if (avo_positions_run(p, i)->chrom == chrom && avo_positions_bin(p, i) == bin)
            return i;
    ck_abort_msg("no bin %u", bin);
    return 0;
}

/* Every row that a bin of `part` reads, against the same bin's of `all`. */
static void same_rows(const struct toy *part, const struct toy *all)
{
    const struct avo_positions *p = &part->positions, *q = &all->positions;
    for (uint32_t r = 0; r < p->n_runs; r++) {
        uint32_t at = bin_of(q, p->runs[r].chrom, p->runs[r].beg_bin);
        for (uint32_t i = p->runs[r].first; i < p->runs[r].first + p->runs[r].n_bins; i++, at++)
            for (uint32_t k = 0; k < part->rows.n_blocks; k++) {
                const struct avo_rows *a = &part->rows.block[k], *b = &all->rows.block[k];
                size_t width = a->width;
                ck_assert_msg(!width || !memcmp(a->w + avo_rows_at(a, p, i) * width,
                                                b->w + avo_rows_at(b, q, at) * width,
                                                width * sizeof(float)),
                              "%s: bin %u, block %u", part->spec->name, avo_positions_bin(p, i), k);
            }
    }
}

START_TEST(blocks_depend_on_their_coordinate_alone)
{
    const struct avo_backend_ops *ops = backend(_i / N_BATCHES);
    int64_t batch = batches[_i % N_BATCHES];
    struct toy all;
    struct avo_loss loss = {0}, sum = {0};
    toy_init(&all, &whole, 2, 0.9);
    set_hyper(&all, batch);
    learn(&all, ops, 2, &loss);
    ck_assert_uint_eq(loss.n_used + loss.n_skipped, all.positions.n_bins);
    for (int p = 0; p < N_PARTS; p++) {
        struct toy part;
        toy_init(&part, &parts[p], 1 + p % 3, 0.9);
        set_hyper(&part, batch);
        learn(&part, ops, 2, &sum);
        same_rows(&part, &all);
        toy_release(&part);
    }
    toy_release(&all);
}
END_TEST

/* A rehearsal tries one length after another: each is as if it were the only one. */
START_TEST(lengths_do_not_know_of_each_other)
{
    static const int64_t lengths[] = {2, 5, 1, 3};
    const struct avo_backend_ops *ops = backend(_i);
    struct avo_error err = {0};
    struct toy many;
    toy_init(&many, &parts[0], 2, 0.9);
    set_hyper(&many, 300);
    struct avo_stage2 s = {.model = &many.model, .roles = &many.roles, .ops = ops,
                           .pool = many.pool, .dropout = many.spec->dropout,
                           .device.precision = AVO_PRECISION_F32};
    toy_must(avo_stage2_open(&s, &err), &err);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct avo_loss a = {0}, b = {0};
        struct toy one;
        toy_init(&one, &parts[0], 1, 0.9);
        set_hyper(&one, 300);
        s.epochs = lengths[i];
        toy_must(avo_stage2_tile(&s, &many.on, &a, &err), &err);
        learn(&one, ops, lengths[i], &b);
        ck_assert(a.sum == b.sum && a.n_used == b.n_used);
        same_rows(&one, &many);
        toy_release(&one);
    }
    avo_stage2_close(&s);
    toy_release(&many);
}
END_TEST

/* Under the chromosome's clock T is the number of the chromosome's steps. */
START_TEST(steps_of_an_epoch)
{
    struct toy t;
    toy_init(&t, &parts[0], 1, 0.9);
    set_hyper(&t, 300);
    ck_assert_int_eq(avo_stage2_steps(&t.model, 0), 7);
    t.model.hyper.clock = AVO_CLOCK_CHROMOSOME;
    ck_assert_int_eq(avo_stage2_steps(&t.model, 0), 100);   /* 200 blocks, 2 a step */
    t.model.hyper.batch = 4100;
    ck_assert_int_eq(avo_stage2_steps(&t.model, 0), 10);    /* 200 blocks, 21 a step */
    t.model.hyper.batch = 1;
    ck_assert_int_eq(avo_stage2_steps(&t.model, 0), 200);
    t.model.hyper.batch = 1000000;
    ck_assert_int_eq(avo_stage2_steps(&t.model, 0), 1);
    toy_release(&t);
}
END_TEST

/* ---- against sweeps ---- */

/* Two blocks a step, 7 steps an epoch: 14 blocks fill the clock, one step after another. */
static const struct toy_spec sweep = {.name = "sweep", .runs = {{0, 2800, 2800}}, COMMON};

/* Every row moves at every step, as in Adam's dense form. */
static void idle_all(struct toy *t, const struct avo_clock *clock, int64_t step)
{
    for (uint32_t k = 0; k < t->rows.n_blocks; k++) {
        struct avo_rows *r = &t->rows.block[k];
        for (uint32_t row = 0; r->width && row < r->n_rows; row++) {
            if (r->last[row] == step)
                continue;
            ck_assert_int_eq(r->last[row], step - 1);
            struct avo_idle idle = avo_clock_idle(clock, step - 1, step);
            for (size_t i = (size_t)row * r->width; i < (row + (size_t)1) * r->width; i++)
                avo_idle_step(&idle, (float)clock->eps, &r->w[i], &r->m[i], &r->v[i]);
            r->last[row] = (int32_t)step;
        }
    }
}

static void sweep_all(struct toy *t, const struct avo_backend_ops *ops, int64_t epochs)
{
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    const struct avo_hyper *h = &t->model.hyper;
    struct avo_clock clock = {.lr = h->lr, .beta1 = h->beta1, .beta2 = h->beta2, .eps = h->eps,
                              .decay = h->decay, .schedule = h->schedule, .n_steps = epochs * 7};
    toy_must(avo_clock_init(&clock, epochs * 7, &err), &err);
    t->learn.clock = t->learn.net_clock = &clock;
    void *ctx = toy_open(t, ops);
    for (int64_t s = 0; s < epochs * 7; s++) {
        struct avo_step p = toy_step(t, 1);
        p.epoch = (uint32_t)(s / 7);
        p.step = s + 1;
        p.first = (uint64_t)(s % 7) * 400;
        p.n = 400;
        p.batch = (double)h->batch;
        toy_must(ops->train(ctx, &p, NULL, &loss, &err), &err);
        toy_must(ops->pull(ctx, &err), &err);
        idle_all(t, &clock, s + 1);
        toy_must(ops->bind(ctx, &t->on, &err), &err);
    }
    ops->close(ctx);
    avo_clock_release(&clock);
}

/* A tile's factors are those of sweeps over everything, every step over all that shares it, with
 * every row moved at every step: to 3e-4 of what the factor that moved most has moved, which is the
 * closed form of idle steps and float32. */
START_TEST(tiles_equal_sweeps)
{
    struct toy start, tile, full;
    struct avo_loss loss = {0};
    toy_init(&start, &sweep, 1, 0.9);
    toy_init(&tile, &sweep, 2, 0.9);
    toy_init(&full, &sweep, 1, 0.9);
    set_hyper(&tile, 300);
    set_hyper(&full, 300);
    learn(&tile, backend(_i), 12, &loss);
    sweep_all(&full, backend(_i), 12);
    for (uint32_t k = 0; k < tile.rows.n_blocks; k++) {
        size_t n = (size_t)tile.rows.block[k].n_rows * tile.rows.block[k].width;
        double worst = 0, moved = 0;
        for (size_t i = 0; i < n; i++) {
            float a = tile.rows.block[k].w[i], b = full.rows.block[k].w[i];
            worst = fmax(worst, fabs((double)a - (double)b));
            moved = fmax(moved, fabs((double)b - (double)start.rows.block[k].w[i]));
        }
        ck_assert_msg(worst <= 3e-4 * moved, "block %u: differs by %g, moved by %g", k, worst,
                      moved);
        ck_assert(n == 0 || moved > 1e-3);
    }
    toy_release(&start);
    toy_release(&tile);
    toy_release(&full);
}
END_TEST

int main(void)
{
    int n = avo_backend_cuda() ? 3 : 2;
    Suite *suite = suite_create("stage2");
    TCase *t = tcase_create("stage2");
    tcase_add_loop_test(t, blocks_depend_on_their_coordinate_alone, 0, n * N_BATCHES);
    tcase_add_loop_test(t, lengths_do_not_know_of_each_other, 0, n);
    tcase_add_test(t, steps_of_an_epoch);
    tcase_add_loop_test(t, tiles_equal_sweeps, 0, n);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
