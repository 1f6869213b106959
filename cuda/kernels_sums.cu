/* SPDX-License-Identifier: MIT */
/* kernels_sums.cu: sums over the samples, each in one fixed order, and Adam of network and
 * tables. */
#include "cuda/check.cuh"
#include "cuda/vectors.cuh"

#define THREADS 256u
#define TOTAL_THREADS 1024u
#define COLUMN_THREADS 128u     /* of 8 columns each */
#define END_COLUMNS 32u         /* second pass: columns of a block ... */
#define END_TEAMS 8u            /* ... and threads that deal out its chunks */

/* ---- totals ---- */

struct totals { double loss, dy; uint32_t used; };

static __device__ __forceinline__ void add_lanes(struct totals *t)
{
    for (int o = 16; o > 0; o /= 2) {
        t->loss += __shfl_xor_sync(AVO_ALL_LANES, t->loss, o);
        t->dy += __shfl_xor_sync(AVO_ALL_LANES, t->dy, o);
        t->used += __shfl_xor_sync(AVO_ALL_LANES, t->used, o);
    }
}

/* One block: every thread its share, then the threads in a fixed order. */
static __global__ void total(struct avo_k_total a)
{
    __shared__ struct totals warp[TOTAL_THREADS / AVO_WARP];
    struct totals t;
    avo_row_total(&a, threadIdx.x, TOTAL_THREADS, &t.loss, &t.dy, &t.used);
    add_lanes(&t);
    if (threadIdx.x % AVO_WARP == 0)
        warp[threadIdx.x / AVO_WARP] = t;
    __syncthreads();
    if (threadIdx.x >= AVO_WARP)
        return;
    t = warp[threadIdx.x];
    add_lanes(&t);
    if (threadIdx.x > 0)
        return;
    a.result->loss = t.loss;
    a.result->used = t.used;
    a.result->broken = 0;
    if (a.db)
        *a.db = (float)t.dy;
}

extern "C" int avo_k_total(struct avo_dev *d, const struct avo_k_total *a, struct avo_error *err)
{
    total<<<1, TOTAL_THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("loss", err);
}

/* ---- columns ---- */

template <bool HALF>
static __device__ __forceinline__ void add_row(const struct avo_k_columns &a, uint32_t i,
                                               uint32_t c, avo_f8 *sum)
{
    avo_f8 x = avo_load8<HALF>(a.x, (size_t)i * a.ld + c);
    float f = a.factor ? a.factor[i] : 1;
#pragma unroll
    for (int q = 0; q < 8; q++)
        sum->x[q] += x.x[q] * f;
}

/* Block (x, y): 8 * COLUMN_THREADS columns of chunk y. */
template <bool HALF> static __global__ void columns(struct avo_k_columns a)
{
    uint32_t c = 8 * (blockIdx.x * COLUMN_THREADS + threadIdx.x);
    uint32_t beg = blockIdx.y * AVO_K_CHUNK;
    uint32_t end = beg + AVO_K_CHUNK < a.n_pad ? beg + AVO_K_CHUNK : a.n_pad;
    if (c >= a.ld)
        return;
    avo_f8 sum = {{0, 0, 0, 0, 0, 0, 0, 0}};
#pragma unroll 8
    for (uint32_t i = beg; i < end; i++)
        add_row<HALF>(a, i, c, &sum);
    avo_store8<false>(a.partial, (size_t)blockIdx.y * a.ld + c, sum);
}

/* Chunks are dealt out to END_TEAMS threads, whose sums are added in order. */
static __global__ void columns_end(struct avo_k_columns a, uint32_t chunks)
{
    __shared__ float part[END_TEAMS][END_COLUMNS];
    uint32_t j = blockIdx.x * END_COLUMNS + threadIdx.x;
    float sum = 0;
#pragma unroll 4
    for (uint32_t c = threadIdx.y; c < chunks; c += END_TEAMS)
        sum += j < a.ld ? a.partial[(size_t)c * a.ld + j] : 0;
    part[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y > 0 || j >= a.ld)
        return;
    for (uint32_t t = 1; t < END_TEAMS; t++)
        sum += part[t][threadIdx.x];
    a.out[j] = sum;
}

extern "C" int avo_k_columns(struct avo_dev *d, const struct avo_k_columns *a,
                             struct avo_error *err)
{
    uint32_t chunks = (a->n_pad + AVO_K_CHUNK - 1) / AVO_K_CHUNK;
    dim3 grid((a->ld + 8 * COLUMN_THREADS - 1) / (8 * COLUMN_THREADS), chunks);
    dim3 end(END_COLUMNS, END_TEAMS);
    if (a->half)
        columns<true><<<grid, COLUMN_THREADS, 0, d->queue>>>(*a);
    else
        columns<false><<<grid, COLUMN_THREADS, 0, d->queue>>>(*a);
    if (avo_cuda_launched("column sums", err))
        return -1;
    columns_end<<<(a->ld + END_COLUMNS - 1) / END_COLUMNS, end, 0, d->queue>>>(*a, chunks);
    return avo_cuda_launched("column sums", err);
}

/* ---- Adam ---- */

static __device__ __forceinline__ void adam4(const struct avo_k_adam &a,
                                             const struct avo_adam &step, size_t at)
{
    avo_f4 g = avo_load4(a.g, at), w = avo_load4(a.w, at), m = avo_load4(a.m, at);
    avo_f4 v = avo_load4(a.v, at);
    bool finite = true;
#pragma unroll
    for (int q = 0; q < 4; q++) {
        avo_adam_step(&step, g.x[q], &w.x[q], &m.x[q], &v.x[q]);
        finite = finite && avo_is_finite(w.x[q]);
    }
    if (!finite)
        a.result->broken = 1;
    avo_store4<false>(a.w, at, w);
    avo_store4<false>(a.m, at, m);
    avo_store4<false>(a.v, at, v);
    if (a.copy)
        avo_store4<true>(a.copy, at, w);
}

/* Four elements a thread; what is left over, and arrays that do not lie at multiples of 16 bytes
 * (VECTORS false), one by one. */
template <bool VECTORS> static __global__ void adam(struct avo_k_adam a)
{
    struct avo_adam step = a.step->net;
    size_t whole = VECTORS ? a.n / 4 : 0;
    for (size_t i = avo_thread(); i < whole; i += avo_threads())
        adam4(a, step, 4 * i);
    for (size_t i = 4 * whole + avo_thread(); i < a.n; i += avo_threads())
        avo_row_adam(&a, i);
}

static bool aligned(const void *p, size_t to)
{
    return (uintptr_t)p % to == 0;
}

extern "C" int avo_k_adam(struct avo_dev *d, const struct avo_k_adam *a, struct avo_error *err)
{
    bool vectors = aligned(a->w, 16) && aligned(a->m, 16) && aligned(a->v, 16) &&
                   aligned(a->g, 16) && aligned(a->copy, 8);
    unsigned blocks = avo_cuda_blocks(d, vectors ? a->n / 4 : a->n, THREADS);
    if (vectors)
        adam<true><<<blocks, THREADS, 0, d->queue>>>(*a);
    else
        adam<false><<<blocks, THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("Adam", err);
}

/* ---- rounding ---- */

template <bool VECTORS>
static __global__ void round_all(uint16_t *out, const float *in, size_t n)
{
    size_t whole = VECTORS ? n / 4 : 0;
    for (size_t i = avo_thread(); i < whole; i += avo_threads())
        avo_store4<true>(out, 4 * i, avo_load4(in, 4 * i));
    for (size_t i = 4 * whole + avo_thread(); i < n; i += avo_threads())
        out[i] = avo_bf16_of(in[i]);
}

extern "C" int avo_k_round(struct avo_dev *d, uint16_t *out, const float *in, size_t n,
                           struct avo_error *err)
{
    bool vectors = aligned(out, 8) && aligned(in, 16);
    unsigned blocks = avo_cuda_blocks(d, vectors ? n / 4 : n, THREADS);
    if (vectors)
        round_all<true><<<blocks, THREADS, 0, d->queue>>>(out, in, n);
    else
        round_all<false><<<blocks, THREADS, 0, d->queue>>>(out, in, n);
    return avo_cuda_launched("rounding", err);
}
