/* SPDX-License-Identifier: MIT */
/* cuda_bf16.h: pairs of bf16, for the emulated kernels. */
#ifndef AVO_TEST_CUDA_BF16_H
#define AVO_TEST_CUDA_BF16_H

#include <stdint.h>

#include <string.h>

struct __nv_bfloat162 { uint16_t x, y; };

static inline uint16_t avo_emulated_bf16(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    if ((u & 0x7fffffffu) > 0x7f800000u)
        return 0x7fff;
    return (uint16_t)((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}
static inline __nv_bfloat162 __floats2bfloat162_rn(float a, float b)
{
    return {avo_emulated_bf16(a), avo_emulated_bf16(b)};
}

#endif
