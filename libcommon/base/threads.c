/* SPDX-License-Identifier: MIT */
/* threads.c: a pool of workers that take numbered tasks from one counter. */
#define _GNU_SOURCE     /* sched_getaffinity */
#include "libcommon/base/threads.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/signals.h"

struct avo_worker {
    struct avo_pool *pool;
    pthread_t thread;
    int index;
};

struct avo_pool {
    int n_threads, n_started;
    struct avo_worker *workers;     /* [n_threads]; number 0 is the caller and has no thread */
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    unsigned long round;            /* counts avo_pool_run calls; a change wakes the workers */
    int n_busy;                     /* workers still in this round */
    bool quit;
    int n_tasks;
    atomic_int next;
    avo_task_fn *fn;
    void *arg;
};

static int affinity_cores(void)
{
    for (int n = 1024; n <= 1 << 20; n *= 4) {
        cpu_set_t *set = CPU_ALLOC(n);
        size_t len = CPU_ALLOC_SIZE(n);
        int count = -1;
        if (set && !sched_getaffinity(0, len, set))
            count = CPU_COUNT_S(len, set);
        CPU_FREE(set);
        if (count > 0)
            return count;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online < INT_MAX ? (int)online : 1;
}

/* Whole cores in FOLDER/cpu.max ("max 100000" or "150000 100000"), or INT_MAX. */
static int quota_of(const char *folder)
{
    char path[4200];
    long long quota = 0, period = 0;
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", folder);
    FILE *f = fopen(path, "re");
    if (!f)
        return INT_MAX;
    int n = fscanf(f, "%lld %lld", &quota, &period);
    fclose(f);
    if (n != 2 || quota <= 0 || period <= 0)
        return INT_MAX;
    long long cores = quota / period;
    return cores < 1 ? 1 : cores > INT_MAX ? INT_MAX : (int)cores;
}

/* The least quota of this process's cgroup (version 2) and the groups around it. */
static int cgroup_cores(void)
{
    char line[4096], folder[4096] = "";
    FILE *f = fopen("/proc/self/cgroup", "re");
    if (!f)
        return INT_MAX;
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, "0::", 3)) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(folder, sizeof folder, "%s", line + 3);
        }
    fclose(f);
    int least = INT_MAX;
    for (;;) {
        int q = quota_of(folder);
        least = q < least ? q : least;
        char *slash = strrchr(folder, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

static int slurm_cores(void)
{
    const char *s = getenv("SLURM_CPUS_PER_TASK");
    char *end = NULL;
    long n = s ? strtol(s, &end, 10) : 0;
    return s && end != s && !*end && n > 0 && n < INT_MAX ? (int)n : INT_MAX;
}

int avo_threads_default(void)
{
    int n = affinity_cores(), quota = cgroup_cores(), slurm = slurm_cores();
    n = quota < n ? quota : n;
    n = slurm < n ? slurm : n;
    return n > 0 ? n : 1;
}

static void take_tasks(struct avo_pool *pool, int worker)
{
    int i;
    while ((i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed)) < pool->n_tasks)
        pool->fn(pool->arg, i, worker);
}

static void *worker_main(void *p)
{
    struct avo_worker *w = p;
    struct avo_pool *pool = w->pool;
    unsigned long last_round = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == last_round && !pool->quit)
            pthread_cond_wait(&pool->start, &pool->lock);
        if (pool->quit)
            break;
        last_round = pool->round;
        pthread_mutex_unlock(&pool->lock);
        take_tasks(pool, w->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->n_busy == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int start_workers(struct avo_pool *pool, struct avo_error *err)
{
    int rc = 0;
    for (int i = 1; i < pool->n_threads && !rc; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].index = i;
        rc = avo_signals_thread(&pool->workers[i].thread, worker_main, &pool->workers[i]);
        if (!rc)
            pool->n_started++;
    }
    return rc ? avo_error_sys(err, rc, "cannot start thread %d of %d", pool->n_started + 2,
                              pool->n_threads)
              : 0;
}

struct avo_pool *avo_pool_new(int n_threads, struct avo_error *err)
{
    struct avo_pool *pool = avo_alloc(1, sizeof *pool, "a thread pool", err);
    if (!pool)
        return NULL;
    pool->n_threads = n_threads < 1 ? 1 : n_threads;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->workers = avo_alloc((size_t)pool->n_threads, sizeof *pool->workers, "threads", err);
    if (!pool->workers || start_workers(pool, err)) {
        avo_pool_free(pool);
        return NULL;
    }
    return pool;
}

void avo_pool_free(struct avo_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i <= pool->n_started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->start);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

int avo_pool_size(const struct avo_pool *pool)
{
    return pool ? pool->n_threads : 1;
}

void avo_pool_run(struct avo_pool *pool, int n, avo_task_fn *fn, void *arg)
{
    if (n <= 0)
        return;
    if (!pool || pool->n_started == 0 || n == 1) {
        for (int i = 0; i < n; i++)
            fn(arg, i, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->fn = fn;
    pool->arg = arg;
    pool->n_tasks = n;
    atomic_store(&pool->next, 0);
    pool->n_busy = pool->n_started;
    pool->round++;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    take_tasks(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->n_busy)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

struct trial {
    avo_try_fn *fn;
    void *arg;
    pthread_mutex_t lock;
    int first;                  /* lowest i that has failed, else n */
    struct avo_error err;       /* of that one */
};

static void try_task(void *arg, int i, int worker)
{
    struct trial *t = arg;
    struct avo_error err = {0};
    if (!t->fn(t->arg, i, worker, &err))
        return;
    pthread_mutex_lock(&t->lock);
    if (i < t->first) {
        t->first = i;
        t->err = err;
    }
    pthread_mutex_unlock(&t->lock);
}

int avo_pool_try(struct avo_pool *pool, int n, avo_try_fn *fn, void *arg, struct avo_error *err)
{
    struct trial t = {.fn = fn, .arg = arg, .first = n};
    pthread_mutex_init(&t.lock, NULL);
    avo_pool_run(pool, n, try_task, &t);
    pthread_mutex_destroy(&t.lock);
    if (t.first >= n)
        return 0;
    if (err && !err->status)
        *err = t.err;
    return -1;
}
