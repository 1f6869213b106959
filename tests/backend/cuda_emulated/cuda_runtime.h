/* SPDX-License-Identifier: MIT */
/* cuda_runtime.h: as much of CUDA as the kernels need, on the CPU, for tests: a launch runs its
 * blocks one after the other, a block's threads take turns (emulated.cpp). tests/lib/emulate.sh
 * turns NAME<<<grid, block, 0, queue>>>(...) into avo_emulated(grid, block, [=] { NAME(...); }). */
#ifndef AVO_TEST_CUDA_RUNTIME_H
#define AVO_TEST_CUDA_RUNTIME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <functional>

#define __device__
#define __global__
#define __host__
#define __forceinline__
#define __grid_constant__
#define __launch_bounds__(...)
#define __shared__ static

typedef int cudaError_t;
enum { cudaSuccess = 0 };
typedef void *cudaStream_t, *cudaEvent_t, *cudaGraphExec_t;
static inline cudaError_t cudaGetLastError(void) { return 0; }

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};
struct alignas(8) uint2 { uint32_t x, y; };
struct alignas(16) uint4 { uint32_t x, y, z, w; };
struct alignas(16) float4 { float x, y, z, w; };

extern dim3 threadIdx, blockIdx, blockDim, gridDim;
void avo_emulated(dim3 grid, dim3 block, const std::function<void()> &kernel);
void __syncthreads(void);
/* What lane `from` of the warp gave; every lane takes part. */
void avo_emulated_shuffle(void *value, size_t size, unsigned from);

template <typename T> static inline T __shfl_sync(unsigned, T v, int from)
{
    avo_emulated_shuffle(&v, sizeof v, (unsigned)from);
    return v;
}
template <typename T> static inline T __shfl_xor_sync(unsigned, T v, int mask)
{
    unsigned me = threadIdx.x + blockDim.x * threadIdx.y;
    avo_emulated_shuffle(&v, sizeof v, (me % 32) ^ (unsigned)mask);
    return v;
}
static inline float __uint_as_float(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

#endif
