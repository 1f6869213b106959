/* SPDX-License-Identifier: MIT */
/* check.cuh: what the card's own files share: the inside of struct avo_dev, errors of CUDA calls,
 * the size of a grid. */
#ifndef AVO_CUDA_CHECK_CUH
#define AVO_CUDA_CHECK_CUH

#include <cuda_runtime.h>

#include "cuda/device.h"

#define AVO_DEV_GRAPHS 64   /* recorded at a time; the one unused for longest goes first */

struct avo_dev_stage { void *p; cudaEvent_t done; };    /* page-locked; done: its copy has ended */
struct avo_dev_graph {
    uint64_t key, used;     /* used: when, in calls; 0: free place */
    cudaGraphExec_t exec;   /* NULL after the first call: run as it is, once */
};

struct avo_dev {
    int index, major, minor, n_sm;
    char name[64];
    char card[64];          /* the maker's name, blanks as "_": key of the algorithm table */
    cudaStream_t queue;     /* all work */
    cudaStream_t sends;     /* avo_dev_send: beside it */
    cudaEvent_t sent;
    cudaEvent_t mark[AVO_DEV_MARKS];
    bool marked[AVO_DEV_MARKS];
    struct avo_dev_stage stage[2];
    int next_stage;
    struct avo_dev_graph graph[AVO_DEV_GRAPHS];
    uint64_t n_calls;
};

/* cuBLASLt is loaded when a card is asked for, not with the program: it is 500 MB, and machines
 * without cards lack it. Status AVO_EXIT_DEVICE where it is missing. */
int avo_products_load(const char *card, struct avo_error *err);

/* 0 for success; otherwise -1 and err: what was being done, and what CUDA says. */
int avo_cuda_check(cudaError_t e, const char *what, struct avo_error *err);
/* The error of the launch just made. */
static inline int avo_cuda_launched(const char *kernel, struct avo_error *err)
{
    return avo_cuda_check(cudaGetLastError(), kernel, err);
}
/* Blocks for n items, `per` to a block: kernels walk on by the size of the grid, so that a few for
 * each multiprocessor do. */
static inline unsigned avo_cuda_blocks(const struct avo_dev *d, size_t n, size_t per)
{
    size_t want = (n + per - 1) / per, most = (size_t)d->n_sm * 16;
    return (unsigned)(want < 1 ? 1 : want < most ? want : most);
}

#endif
