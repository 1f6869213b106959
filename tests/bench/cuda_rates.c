/* SPDX-License-Identifier: MIT */
/* cuda_rates.c: called by cuda.py: samples per second of the CUDA backend at the sizes of the
 * paper's model: stage 1, stage 2 (network frozen) and imputation, with uploads and the host's
 * part.
 * Prints "what TAB rate" lines. Arguments: precision, steps. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/lib/unit/toy.h"

#define BATCH 40000u
#define WARM_STEPS 6
#define SHOWN_PAIRS 64u

static const struct toy_spec stage1 = {
    .name = "stage 1",
    .blocks = {{AVO_BLOCK_CELLTYPE, 32, 0}, {AVO_BLOCK_ASSAY, 256, 0}, {AVO_BLOCK_GENOME, 25, 1},
               {AVO_BLOCK_GENOME, 40, 10}, {AVO_BLOCK_GENOME, 45, 200}},
    .hidden = {2048, 2048}, .n_celltypes = 127, .n_assays = 24,
    .runs = {{0, 0, 40000}, {1, 0, 40000}}, .dtype = AVO_F16, .n = BATCH, .wrap = true};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of steps beg .. beg + n - 1. */
static double train(struct toy *t, void *ctx, int64_t beg, int64_t n)
{
    struct avo_error err = {0};
    struct avo_loss loss = {0};
    double began = now();
    for (int64_t i = beg; i < beg + n; i++) {
        struct avo_step s = toy_step(t, i), next = toy_step(t, i + 1);
        toy_must(avo_backend_cuda()->train(ctx, &s, &next, &loss, &err), &err);
    }
    return now() - began;
}

static double impute(struct toy *t, void *ctx)
{
    struct avo_error err = {0};
    uint32_t n = t->positions.n_bins;
    float *out = malloc((size_t)SHOWN_PAIRS * n * sizeof *out);
    double seconds = -1;
    for (int i = 0; i < 2 && out; i++) {    /* the first one warms up */
        double began = now();
        toy_must(avo_backend_cuda()->predict(ctx, t->roles.train.pairs, SHOWN_PAIRS, 0, n, out,
                                             &err), &err);
        seconds = now() - began;
    }
    free(out);
    return seconds;
}

static enum avo_precision precision;
static int64_t steps;

/* The toy's functions are a test's, so this is one. */
START_TEST(rates)
{
    struct avo_error err = {0};
    static struct toy t;
    toy_init(&t, &stage1, 4, 0.9);
    for (int frozen = 0; frozen < 2; frozen++) {
        struct avo_learn learn = t.learn;
        if (frozen)
            t.learn = (struct avo_learn){.model = &t.model, .genome = true, .clock = &t.clock,
                                         .net_clock = &t.clock};
        struct avo_backend_args args = {.model = &t.model, .learn = &t.learn, .pool = t.pool,
                                        .device.precision = precision};
        void *ctx = avo_backend_cuda()->open(&args, &err);
        toy_must(!ctx, &err);
        toy_must(avo_backend_cuda()->bind(ctx, &t.on, &err), &err);
        train(&t, ctx, 1, WARM_STEPS);
        double seconds = train(&t, ctx, 1 + WARM_STEPS, steps);
        printf("%s\t%.0f\n", frozen ? "stage 2" : "stage 1", (double)steps * BATCH / seconds);
        if (frozen)
            printf("imputation\t%.0f\n",
                   (double)SHOWN_PAIRS * t.positions.n_bins / impute(&t, ctx));
        avo_backend_cuda()->close(ctx);
        t.learn = learn;
    }
    toy_release(&t);
}
END_TEST

int main(int argc, char **argv)
{
    for (int p = AVO_PRECISION_F32; argc == 3 && p <= AVO_PRECISION_BF16; p++)
        if (!strcmp(argv[1], avo_precision_name((enum avo_precision)p)))
            precision = (enum avo_precision)p;
    steps = argc == 3 ? atoi(argv[2]) : 0;
    if (steps < 1 || precision == AVO_PRECISION_AUTO) {
        fprintf(stderr, "usage: cuda_rates f32|tf32|bf16 STEPS\n");
        return 2;
    }
    Suite *suite = suite_create("rates");
    TCase *c = tcase_create("rates");
    tcase_add_test(c, rates);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_MINIMAL);
    int failed = srunner_ntests_failed(runner);
    if (failed)
        srunner_print(runner, CK_NORMAL);
    srunner_free(runner);
    return failed ? 1 : 0;
}
