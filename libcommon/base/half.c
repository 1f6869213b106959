/* SPDX-License-Identifier: MIT */
/* half.c: binary16 <-> binary32, plain integer arithmetic and F16C with the same bits. */
#include "libcommon/base/half.h"

#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#define HAVE_F16C 1
#include <immintrin.h>
#endif

static uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

uint16_t avo_half_from_float(float x)
{
    uint32_t u = bits_of(x), sign = (u >> 16) & 0x8000u, mag = u & 0x7fffffffu;
    if (mag > 0x7f800000u)      /* NaN: quiet, with the payload's upper bits, as F16C does */
        return (uint16_t)(sign | 0x7e00u | ((mag >> 13) & 0x3ffu));
    if (mag >= 0x47800000u)     /* 65536 and more */
        return (uint16_t)(sign | 0x7c00u);
    uint32_t shift = 13, m = mag - 0x38000000u;     /* exponent moved from bias 127 to 15 */
    if (mag < 0x38800000u) {    /* the result is subnormal: shift the mantissa further */
        uint32_t e = mag >> 23;
        if (e < 102)
            return (uint16_t)sign;
        m = (mag & 0x7fffffu) | 0x800000u;
        shift = 126 - e;
    }
    uint32_t kept = m >> shift, rest = m & ((1u << shift) - 1), tie = 1u << (shift - 1);
    kept += rest > tie || (rest == tie && (kept & 1u));     /* a carry moves the exponent up */
    return (uint16_t)(sign | kept);
}

float avo_half_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, e = (h >> 10) & 31u, m = h & 0x3ffu;
    if (e == 31)
        return float_of(sign | 0x7f800000u | (m ? 0x400000u | (m << 13) : 0));
    if (e)
        return float_of(sign | ((e + 112) << 23) | (m << 13));
    if (!m)
        return float_of(sign);
    uint32_t up = (uint32_t)__builtin_clz(m) - 21;      /* bring the top bit to bit 10 */
    return float_of(sign | ((113 - up) << 23) | (((m << up) & 0x3ffu) << 13));
}

#ifdef HAVE_F16C
__attribute__((target("avx,f16c")))
static size_t pack_f16c(uint16_t *out, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm_storeu_si128((__m128i *)(void *)(out + i),
                         _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT));
    return i;
}

__attribute__((target("avx,f16c")))
static size_t unpack_f16c(float *out, const uint16_t *h, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(out + i,
                         _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(h + i))));
    return i;
}

/* Every processor with AVX2 has F16C, whose own name clang 14 does not know here. */
static int has_f16c(void)
{
    return __builtin_cpu_supports("avx2");
}
#endif

void avo_half_pack(uint16_t *out, const float *x, size_t n)
{
    size_t i = 0;
#ifdef HAVE_F16C
    if (has_f16c())
        i = pack_f16c(out, x, n);
#endif
    for (; i < n; i++)
        out[i] = avo_half_from_float(x[i]);
}

void avo_half_unpack(float *out, const uint16_t *h, size_t n)
{
    size_t i = 0;
#ifdef HAVE_F16C
    if (has_f16c())
        i = unpack_f16c(out, h, n);
#endif
    for (; i < n; i++)
        out[i] = avo_half_to_float(h[i]);
}
