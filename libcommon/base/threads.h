/* SPDX-License-Identifier: MIT */
/* threads.h: a pool that runs numbered tasks; what a task computes never depends on who runs it. */
#ifndef AVO_BASE_THREADS_H
#define AVO_BASE_THREADS_H

#include "libcommon/base/error.h"

struct avo_pool;

/* A task: i of n; worker in [0, n_threads) indexes per-worker scratch only, never results. */
typedef void avo_task_fn(void *arg, int i, int worker);
/* One that may fail: returns 0 or -1 with err set (zeroed before). */
typedef int avo_try_fn(void *arg, int i, int worker, struct avo_error *err);

/* Cores this process may use: affinity, cgroup v2 quota, SLURM_CPUS_PER_TASK; at least 1. */
int avo_threads_default(void);
/* n_threads total, the caller included (1 = no thread is made). NULL with err set. */
struct avo_pool *avo_pool_new(int n_threads, struct avo_error *err);
void avo_pool_free(struct avo_pool *pool);
/* Below, pool NULL is one thread, the caller. */
int avo_pool_size(const struct avo_pool *pool);
/* Runs fn(arg, i, worker) for i in [0, n) on all threads and returns when all have ended. */
void avo_pool_run(struct avo_pool *pool, int n, avo_task_fn *fn, void *arg);
/* The same for tasks that may fail: -1 with the error of the lowest i, whoever came first. All
 * tasks run. */
int avo_pool_try(struct avo_pool *pool, int n, avo_try_fn *fn, void *arg, struct avo_error *err);

#endif
