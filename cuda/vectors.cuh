/* SPDX-License-Identifier: MIT */
/* vectors.cuh: 16-byte accesses: elements of a matrix, float32 or bf16, eight or four at a time. */
#ifndef AVO_CUDA_VECTORS_CUH
#define AVO_CUDA_VECTORS_CUH

#include <cuda_bf16.h>

#include "cuda/rows.h"

#define AVO_WARP 32u
#define AVO_ALL_LANES 0xffffffffu

struct avo_f8 { float x[8]; };
struct avo_f4 { float x[4]; };

/* Two float32 as bf16, rounded to nearest, the first in the low half. */
static __device__ __forceinline__ uint32_t avo_pack(float a, float b)
{
    __nv_bfloat162 h = __floats2bfloat162_rn(a, b);
    uint32_t u;
    memcpy(&u, &h, sizeof u);
    return u;
}

static __device__ __forceinline__ void avo_unpack(uint32_t u, float *a, float *b)
{
    *a = __uint_as_float(u << 16);
    *b = __uint_as_float(u & 0xffff0000u);
}

static __device__ __forceinline__ avo_f8 avo_unpack8(uint4 u)
{
    avo_f8 r;
    avo_unpack(u.x, &r.x[0], &r.x[1]);
    avo_unpack(u.y, &r.x[2], &r.x[3]);
    avo_unpack(u.z, &r.x[4], &r.x[5]);
    avo_unpack(u.w, &r.x[6], &r.x[7]);
    return r;
}

/* Elements at .. at + 7 of a matrix; `at` is a multiple of 8. */
template <bool HALF>
static __device__ __forceinline__ avo_f8 avo_load8(const void *p, size_t at)
{
    if (HALF)
        return avo_unpack8(*(const uint4 *)((const uint16_t *)p + at));
    avo_f8 r;
    *(float4 *)&r.x[0] = *(const float4 *)((const float *)p + at);
    *(float4 *)&r.x[4] = *(const float4 *)((const float *)p + at + 4);
    return r;
}

template <bool HALF>
static __device__ __forceinline__ void avo_store8(void *p, size_t at, avo_f8 v)
{
    if (HALF) {
        uint4 u = {avo_pack(v.x[0], v.x[1]), avo_pack(v.x[2], v.x[3]), avo_pack(v.x[4], v.x[5]),
                   avo_pack(v.x[6], v.x[7])};
        *(uint4 *)((uint16_t *)p + at) = u;
    } else {
        *(float4 *)((float *)p + at) = *(const float4 *)&v.x[0];
        *(float4 *)((float *)p + at + 4) = *(const float4 *)&v.x[4];
    }
}

/* Four float32; `at` is a multiple of 4. */
static __device__ __forceinline__ avo_f4 avo_load4(const float *p, size_t at)
{
    avo_f4 r;
    *(float4 *)r.x = *(const float4 *)(p + at);
    return r;
}

template <bool HALF>
static __device__ __forceinline__ void avo_store4(void *p, size_t at, avo_f4 v)
{
    if (HALF) {
        uint2 u = {avo_pack(v.x[0], v.x[1]), avo_pack(v.x[2], v.x[3])};
        *(uint2 *)((uint16_t *)p + at) = u;
    } else {
        *(float4 *)((float *)p + at) = *(const float4 *)v.x;
    }
}

/* Sum over the lanes of a warp, in one fixed order; every lane gets it. */
static __device__ __forceinline__ float avo_warp_sum(float x)
{
    for (int o = 16; o > 0; o /= 2)
        x += __shfl_xor_sync(AVO_ALL_LANES, x, o);
    return x;
}

static __device__ __forceinline__ size_t avo_thread(void)
{
    return (size_t)blockIdx.x * blockDim.x + threadIdx.x;
}
static __device__ __forceinline__ size_t avo_threads(void)
{
    return (size_t)gridDim.x * blockDim.x;
}

/* A row is the work of one warp, and of all its lanes at once. */
#define AVO_ROW_OF_WARP(i, n)                                                                     \
    for (uint32_t i = (uint32_t)(avo_thread() / AVO_WARP),                                        \
                  avo_stride = (uint32_t)(avo_threads() / AVO_WARP);                              \
         i < (n); i += avo_stride)

#endif
