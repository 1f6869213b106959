/* SPDX-License-Identifier: MIT */
/* emulated.cpp: threads of a block as coroutines that change over at barriers and shuffles. A block
 * whose threads wait for each other without end aborts the program.
 *
 * A coroutine gets its stack by makecontext() once, and lives on from block to block. All later
 * changes are _setjmp() and _longjmp(), which make no system call, where swapcontext() makes two:
 * most of a test's time. The checked longjmp() knows of one stack only. */
#undef _FORTIFY_SOURCE
#include "cuda_runtime.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include <vector>

#define STACK_BYTES ((size_t)1 << 16)
#define MOST_THREADS 1024u

dim3 threadIdx, blockIdx, blockDim, gridDim;

struct thread {
    jmp_buf at;
    dim3 index;
    bool done;
    unsigned shuffles, barriers;    /* passed */
    char *stack;                    /* none before its first block */
};
static thread threads[MOST_THREADS];
static unsigned n_threads, current;
static unsigned shuffled[MOST_THREADS / 32], arrived;   /* by warp; at barriers of the block */
static unsigned char given[MOST_THREADS / 32][2][32][16];
static jmp_buf scheduler;
static const std::function<void()> *running;

static void yield(void)
{
    if (!_setjmp(threads[current].at))
        _longjmp(scheduler, 1);
}

static void live(void)
{
    for (;;) {
        (*running)();
        threads[current].done = true;
        yield();
    }
}

static void start(thread *t)
{
    ucontext_t context;
    getcontext(&context);
    if (!(t->stack = (char *)malloc(STACK_BYTES)))
        abort();
    context.uc_stack.ss_sp = t->stack;
    context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&context, live, 0);
    setcontext(&context);
}

/* The coroutine `current`, until it yields. */
static void go_on(void)
{
    thread *t = &threads[current];
    threadIdx = t->index;
    if (_setjmp(scheduler))
        return;
    if (t->stack)
        _longjmp(t->at, 1);
    start(t);
}

void avo_emulated_shuffle(void *value, size_t size, unsigned from)
{
    thread *t = &threads[current];
    unsigned warp = current / 32, turn = t->shuffles++, all = 32 * (turn + 1);
    if (n_threads % 32 || size > 16)
        abort();
    memcpy(given[warp][turn % 2][current % 32], value, size);
    shuffled[warp]++;
    while (shuffled[warp] < all)
        yield();
    memcpy(value, given[warp][turn % 2][from], size);
}

void __syncthreads(void)
{
    unsigned all = n_threads * (++threads[current].barriers);
    arrived++;
    while (arrived < all)
        yield();
}

static unsigned long progress(void)
{
    unsigned long sum = arrived;
    for (unsigned i = 0; i < n_threads; i++)
        sum += threads[i].shuffles + threads[i].done;
    return sum;
}

static void run_block(void)
{
    unsigned left = n_threads;
    memset(shuffled, 0, sizeof shuffled);
    arrived = 0;
    for (unsigned i = 0; i < n_threads; i++) {
        thread *t = &threads[i];
        t->index = dim3(i % blockDim.x, i / blockDim.x);
        t->done = false;
        t->shuffles = t->barriers = 0;
    }
    while (left > 0) {
        unsigned long before = progress();
        for (current = 0; current < n_threads; current++) {
            if (threads[current].done)
                continue;
            go_on();
            left -= threads[current].done;
        }
        if (left > 0 && progress() == before) {
            fprintf(stderr, "emulated: threads wait for each other for ever\n");
            abort();
        }
    }
}

void avo_emulated(dim3 grid, dim3 block, const std::function<void()> &kernel)
{
    n_threads = block.x * block.y;
    if (n_threads < 1 || n_threads > MOST_THREADS || block.z != 1 || grid.z != 1 || grid.x < 1 ||
        grid.y < 1 || grid.y > 65535)
        abort();
    running = &kernel;
    blockDim = block;
    gridDim = grid;
    for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
        for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++)
            run_block();
}
