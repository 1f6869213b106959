/* SPDX-License-Identifier: MIT */
/* kernels_layers.cu: what happens to activations beside products: dropout, the row loss with the
 * gradient of the last layer, ReLU's derivative, prediction's sum and dot. */
#include "cuda/check.cuh"
#include "cuda/mask.cuh"
#include "cuda/vectors.cuh"

#define THREADS 256u

/* ---- dropout ---- */

/* A thread has 16 units of a row, which share one draw. */
template <bool HALF> static __global__ void dropout(struct avo_k_dropout a)
{
    uint32_t per_row = a.ld / 16;
    size_t n = (size_t)a.step->n * per_row;
    float scale = 256.0f / (256.0f - (float)a.dropped);
    for (size_t t = avo_thread(); t < n; t += avo_threads()) {
        uint32_t i = (uint32_t)(t / per_row), unit = 16 * (uint32_t)(t % per_row);
        const struct avo_k_samples &s = a.samples;
        avo_rng4 r = avo_dropout_draw(a.step->seed, s.crc[i], s.bin[i], s.visit[i], a.layer, unit);
#pragma unroll
        for (uint32_t h = 0; h < 16; h += 8) {
            size_t at = (size_t)i * a.ld + unit + h;
            avo_f8 x = avo_load8<HALF>(a.act, at);
#pragma unroll
            for (uint32_t q = 0; q < 8; q++)    /* units 16 k + h + q: their low four bits */
                x.x[q] = avo_dropout_keeps(&r, h + q, a.dropped) ? x.x[q] * scale : 0;
            avo_store8<HALF>(a.act, at, x);
        }
    }
}

extern "C" int avo_k_dropout(struct avo_dev *d, const struct avo_k_dropout *a,
                             struct avo_error *err)
{
    unsigned blocks = avo_cuda_blocks(d, (size_t)a->n_pad * (a->ld / 16), THREADS);
    if (a->half)
        dropout<true><<<blocks, THREADS, 0, d->queue>>>(*a);
    else
        dropout<false><<<blocks, THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("dropout", err);
}

/* ---- the row loss ---- */

/* Eight elements of a row as they are in memory. */
template <bool HALF> struct raw8;
template <> struct raw8<true> { uint4 u; };
template <> struct raw8<false> { float4 a, b; };

template <bool HALF>
static __device__ __forceinline__ raw8<HALF> load_raw(const void *p, size_t at)
{
    raw8<HALF> r;
    if constexpr (HALF) {
        r.u = *(const uint4 *)((const uint16_t *)p + at);
    } else {
        r.a = *(const float4 *)((const float *)p + at);
        r.b = *(const float4 *)((const float *)p + at + 4);
    }
    return r;
}

template <bool HALF> static __device__ __forceinline__ avo_f8 value(const raw8<HALF> &r)
{
    avo_f8 v;
    if constexpr (HALF) {
        v = avo_unpack8(r.u);
    } else {
        *(float4 *)&v.x[0] = r.a;
        *(float4 *)&v.x[4] = r.b;
    }
    return v;
}

static __device__ __forceinline__ float dot8(const avo_f8 &x, const float *w, float sum)
{
    avo_f8 y = avo_load8<false>(w, 0);
#pragma unroll
    for (int q = 0; q < 8; q++)
        sum += x.x[q] * y.x[q];
    return sum;
}

/* The gradient at eight units of the last layer. */
template <bool HALF>
static __device__ __forceinline__ void spread8(const struct avo_k_loss &a, size_t row, uint32_t c,
                                               const avo_f8 &x, float dy)
{
    avo_f8 w = avo_load8<false>(a.w, c), g;
#pragma unroll
    for (int q = 0; q < 8; q++)
        g.x[q] = x.x[q] > 0 ? dy * w.x[q] * a.scale : 0;
    avo_store8<HALF>(a.dact, row + c, g);
}

/* A warp has a row. KEEP pieces of 256 units stay in registers between the dot and the gradient;
 * those beyond are read twice. */
template <bool HALF, int KEEP>
static __global__ void __launch_bounds__(THREADS, 2) loss(struct avo_k_loss a)
{
    uint32_t lane = threadIdx.x % AVO_WARP;
    AVO_ROW_OF_WARP(i, a.n_pad) {
        size_t row = (size_t)i * a.ld;
        raw8<HALF> kept[KEEP];
        float sum = 0, dy = 0;
#pragma unroll
        for (int k = 0; k < KEEP; k++)
            if (8 * (lane + k * AVO_WARP) < a.ld)
                kept[k] = load_raw<HALF>(a.act, row + 8 * (lane + k * AVO_WARP));
#pragma unroll
        for (int k = 0; k < KEEP; k++)
            if (8 * (lane + k * AVO_WARP) < a.ld)
                sum = dot8(value<HALF>(kept[k]), a.w + 8 * (lane + k * AVO_WARP), sum);
        for (uint32_t c = 8 * (lane + KEEP * AVO_WARP); c < a.ld; c += 8 * AVO_WARP)
            sum = dot8(avo_load8<HALF>(a.act, row + c), a.w + c, sum);
        sum = avo_warp_sum(sum) + *a.b;
        if (lane == 0)
            dy = avo_row_error(&a, i, sum);
        dy = __shfl_sync(AVO_ALL_LANES, dy, 0);
        if (!a.dact)
            continue;
#pragma unroll
        for (int k = 0; k < KEEP; k++)
            if (8 * (lane + k * AVO_WARP) < a.ld)
                spread8<HALF>(a, row, 8 * (lane + k * AVO_WARP), value<HALF>(kept[k]), dy);
        for (uint32_t c = 8 * (lane + KEEP * AVO_WARP); c < a.ld; c += 8 * AVO_WARP)
            spread8<HALF>(a, row, c, avo_load8<HALF>(a.act, row + c), dy);
    }
}

/* 2,048 units of bf16, 1,536 of float32; narrow layers take fewer registers. */
template <bool HALF>
static void launch_loss(struct avo_dev *d, const struct avo_k_loss *a)
{
    unsigned blocks = avo_cuda_blocks(d, a->n_pad, THREADS / AVO_WARP);
    if (a->ld <= 256)
        loss<HALF, 1><<<blocks, THREADS, 0, d->queue>>>(*a);
    else if (a->ld <= 1024)
        loss<HALF, 4><<<blocks, THREADS, 0, d->queue>>>(*a);
    else
        loss<HALF, HALF ? 8 : 6><<<blocks, THREADS, 0, d->queue>>>(*a);
}

extern "C" int avo_k_loss(struct avo_dev *d, const struct avo_k_loss *a, struct avo_error *err)
{
    if (a->half)
        launch_loss<true>(d, a);
    else
        launch_loss<false>(d, a);
    return avo_cuda_launched("row loss", err);
}

/* ---- ReLU's derivative ---- */

template <bool HALF>
static __global__ void mask(void *d, const void *act, uint32_t m, uint32_t n, uint32_t ld)
{
    uint32_t per_row = n / 8;
    size_t all = (size_t)m * per_row;
    for (size_t t = avo_thread(); t < all; t += avo_threads()) {
        size_t at = t / per_row * ld + 8 * (t % per_row);
        avo_f8 x = avo_load8<HALF>(act, at), g = avo_load8<HALF>(d, at);
#pragma unroll
        for (int q = 0; q < 8; q++)
            g.x[q] = x.x[q] > 0 ? g.x[q] : 0;
        avo_store8<HALF>(d, at, g);
    }
}

int avo_cuda_mask(struct avo_dev *dev, void *d, const void *act, bool half, uint32_t m, uint32_t n,
                  uint32_t ld, struct avo_error *err)
{
    unsigned blocks = avo_cuda_blocks(dev, (size_t)m * (n / 8), THREADS);
    if (half)
        mask<true><<<blocks, THREADS, 0, dev->queue>>>(d, act, m, n, ld);
    else
        mask<false><<<blocks, THREADS, 0, dev->queue>>>(d, act, m, n, ld);
    return avo_cuda_launched("ReLU's derivative", err);
}

/* ---- prediction ---- */

static __global__ void tracks(const __grid_constant__ struct avo_k_tracks a)
{
    AVO_ROW_OF_WARP(p, a.n_pairs)
        avo_row_tracks(&a, p, threadIdx.x % AVO_WARP, AVO_WARP);
}

extern "C" int avo_k_tracks(struct avo_dev *d, const struct avo_k_tracks *a,
                            struct avo_error *err)
{
    tracks<<<avo_cuda_blocks(d, a->n_pairs, THREADS / AVO_WARP), THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("table of tracks", err);
}

/* A thread keeps its columns of v over several rows. */
template <bool HALF> static __global__ void add(struct avo_k_add a)
{
    uint32_t c = 8 * (blockIdx.x * blockDim.x + threadIdx.x);
    if (c >= a.ld)
        return;
    avo_f8 v = avo_load8<false>(a.v, c);
    for (uint32_t i = blockIdx.y; i < a.n; i += gridDim.y) {
        avo_f8 x = avo_load8<HALF>(a.u, (size_t)i * a.ld + c);
#pragma unroll
        for (int q = 0; q < 8; q++) {
            float y = x.x[q] + v.x[q];
            x.x[q] = y < 0 ? 0 : y;
        }
        avo_store8<HALF>(a.a, (size_t)i * a.ld + c, x);
    }
}

extern "C" int avo_k_add(struct avo_dev *d, const struct avo_k_add *a, struct avo_error *err)
{
    unsigned threads = a->ld / 8 < THREADS ? (a->ld / 8 + 31) / 32 * 32 : THREADS;
    unsigned across = (a->ld / 8 + threads - 1) / threads, most = (unsigned)d->n_sm * 16 / across;
    dim3 blocks(across, a->n < most ? a->n : most);
    if (a->n == 0)
        return 0;
    if (a->half)
        add<true><<<blocks, threads, 0, d->queue>>>(*a);
    else
        add<false><<<blocks, threads, 0, d->queue>>>(*a);
    return avo_cuda_launched("first layer", err);
}

template <bool HALF> static __global__ void dot(struct avo_k_dot a)
{
    uint32_t lane = threadIdx.x % AVO_WARP;
    AVO_ROW_OF_WARP(i, a.n) {
        float sum = 0;
#pragma unroll 4
        for (uint32_t c = 8 * lane; c < a.ld; c += 8 * AVO_WARP)
            sum = dot8(avo_load8<HALF>(a.act, (size_t)i * a.ld + c), a.w + c, sum);
        sum = avo_warp_sum(sum);
        if (lane == 0)
            a.out[i] = sum + *a.b;
    }
}

extern "C" int avo_k_dot(struct avo_dev *d, const struct avo_k_dot *a, struct avo_error *err)
{
    unsigned blocks = avo_cuda_blocks(d, a->n, THREADS / AVO_WARP);
    if (a->half)
        dot<true><<<blocks, THREADS, 0, d->queue>>>(*a);
    else
        dot<false><<<blocks, THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("output", err);
}
