/* SPDX-License-Identifier: MIT */
/* check_base_threads.c: every task once, whoever runs it; the same results for any pool. */
#include "libcommon/base/threads.h"

#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"

enum { MAX_THREADS = 9, N = 1000 };

struct job {
    int n_threads;
    atomic_int runs[N];
    atomic_int bad_worker;
    double result[N];
};

static void work(void *arg, int i, int worker)
{
    struct job *job = arg;
    if (worker < 0 || worker >= job->n_threads)
        atomic_fetch_add(&job->bad_worker, 1);
    atomic_fetch_add(&job->runs[i], 1);
    double sum = 0;
    for (uint32_t k = 0; k < 50; k++)
        sum += 1.0 / (1.0 + (double)avo_rng_draw(1, 2, (uint32_t)i, k, 0, 0).v[0]);
    job->result[i] = sum;
}

START_TEST(every_task_once_and_the_same)
{
    static struct job first, job;
    for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
        struct avo_error e = {0};
        struct avo_pool *pool = avo_pool_new(n_threads, &e);
        ck_assert_ptr_nonnull(pool);
        ck_assert_int_eq(avo_pool_size(pool), n_threads);
        memset(&job, 0, sizeof job);
        job.n_threads = n_threads;
        avo_pool_run(pool, N, work, &job);
        ck_assert_int_eq(atomic_load(&job.bad_worker), 0);
        for (int i = 0; i < N; i++)
            ck_assert_int_eq(atomic_load(&job.runs[i]), 1);
        if (n_threads == 1)
            memcpy(first.result, job.result, sizeof first.result);
        ck_assert_mem_eq(first.result, job.result, sizeof first.result);
        avo_pool_free(pool);
    }
}
END_TEST

static void count(void *arg, int i, int worker)
{
    (void)worker;
    atomic_fetch_add((atomic_int *)arg, i + 1);
}

/* Rounds of few tasks, one after another: a worker that wakes late must not run an old round. */
START_TEST(many_short_rounds)
{
    struct avo_error e = {0};
    struct avo_pool *pool = avo_pool_new(4, &e);
    for (int round = 0; round < 3000; round++) {
        atomic_int sum;
        atomic_init(&sum, 0);
        int n = round % 7;
        avo_pool_run(pool, n, count, &sum);
        ck_assert_int_eq(atomic_load(&sum), n * (n + 1) / 2);
    }
    avo_pool_free(pool);
}
END_TEST

/* Fails for every i in [from, to) of 200, late for the lowest of them. */
struct failing { int from, to; atomic_int runs[200]; };

static int fail_some(void *arg, int i, int worker, struct avo_error *err)
{
    struct failing *f = arg;
    (void)worker;
    atomic_fetch_add(&f->runs[i], 1);
    if (i < f->from || i >= f->to)
        return 0;
    for (volatile int k = 0; i == f->from && k < 1000000; k++)
        ;
    avo_error_hint(err, "hint %d", i);
    return avo_error_status(err, AVO_EXIT_USAGE, "task %d", i);
}

START_TEST(the_lowest_error_wins)
{
    static const int cases[][2] = {{0, 200}, {3, 200}, {150, 160}, {199, 200}, {7, 8}};
    for (int n_threads = 0; n_threads <= MAX_THREADS; n_threads += 3)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            struct avo_error e = {0};
            struct avo_pool *pool = n_threads ? avo_pool_new(n_threads, &e) : NULL;
            struct failing f = {cases[c][0], cases[c][1], {0}};
            char want[32];
            ck_assert_int_eq(avo_pool_try(pool, 200, fail_some, &f, &e), -1);
            snprintf(want, sizeof want, "task %d", f.from);
            ck_assert_str_eq(e.msg, want);
            snprintf(want, sizeof want, "hint %d", f.from);
            ck_assert_str_eq(e.hint, want);
            ck_assert_int_eq(e.status, AVO_EXIT_USAGE);
            for (int i = 0; i < 200; i++)
                ck_assert_int_eq(atomic_load(&f.runs[i]), 1);
            ck_assert_int_eq(avo_pool_try(pool, f.from, fail_some, &f, NULL), 0);
            ck_assert_int_eq(avo_pool_try(pool, 200, fail_some, &f, NULL), -1);
            ck_assert_int_eq(avo_pool_try(pool, 0, fail_some, &f, NULL), 0);
            avo_pool_free(pool);
        }
}
END_TEST

START_TEST(edges)
{
    struct avo_error e = {0};
    struct avo_pool *pool = avo_pool_new(0, &e);
    ck_assert_int_eq(avo_pool_size(pool), 1);
    avo_pool_run(pool, -1, count, NULL);
    avo_pool_free(pool);
    avo_pool_free(NULL);
    atomic_int sum;
    atomic_init(&sum, 0);
    avo_pool_run(NULL, 3, count, &sum);     /* the caller alone */
    ck_assert_int_eq(atomic_load(&sum), 6);
    ck_assert_int_eq(avo_pool_size(NULL), 1);
    pool = avo_pool_new(3, &e);     /* never used */
    avo_pool_free(pool);
    ck_assert_int_eq(e.status, 0);
}
END_TEST

START_TEST(default_count)
{
    ck_assert_int_eq(unsetenv("SLURM_CPUS_PER_TASK"), 0);
    int n = avo_threads_default();
    ck_assert_int_ge(n, 1);
    setenv("SLURM_CPUS_PER_TASK", "1", 1);
    ck_assert_int_eq(avo_threads_default(), 1);
    setenv("SLURM_CPUS_PER_TASK", "100000", 1);
    ck_assert_int_eq(avo_threads_default(), n);
    setenv("SLURM_CPUS_PER_TASK", "nonsense", 1);
    ck_assert_int_eq(avo_threads_default(), n);
    setenv("SLURM_CPUS_PER_TASK", "-2", 1);
    ck_assert_int_eq(avo_threads_default(), n);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: threads");
    TCase *t = tcase_create("all");
    tcase_add_test(t, every_task_once_and_the_same);
    tcase_add_test(t, many_short_rounds);
    tcase_add_test(t, the_lowest_error_wins);
    tcase_add_test(t, edges);
    tcase_add_test(t, default_count);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
