/* SPDX-License-Identifier: MIT */
/* mt19937.c: the Mersenne Twister and the shuffle of NumPy's legacy generator. */
#include "libcommon/base/mt19937.h"

enum { N = AVO_MT_WORDS, M = 397 };

void avo_mt_seed(struct avo_mt *m, uint32_t seed)
{
    m->word[0] = seed;
    for (uint32_t i = 1; i < N; i++)
        m->word[i] = 1812433253u * (m->word[i - 1] ^ m->word[i - 1] >> 30) + i;
    m->at = N;
}

void avo_mt_seed_key(struct avo_mt *m, const uint32_t *key, size_t n)
{
    uint32_t *w = m->word, i = 1;
    size_t j = 0;
    avo_mt_seed(m, 19650218u);
    for (size_t k = n > N ? n : N; k > 0; k--) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        if (++i == N) {
            w[0] = w[N - 1];
            i = 1;
        }
        j = j + 1 < n ? j + 1 : 0;
    }
    for (size_t k = N - 1; k > 0; k--) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1566083941u) - i;
        if (++i == N) {
            w[0] = w[N - 1];
            i = 1;
        }
    }
    w[0] = UINT32_C(1) << 31;
}

static void refill(struct avo_mt *m)
{
    uint32_t *w = m->word;
    for (size_t i = 0; i < N; i++) {
        uint32_t y = (w[i] & 0x80000000u) | (w[(i + 1) % N] & 0x7fffffffu);
        w[i] = w[(i + M) % N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    m->at = 0;
}

uint32_t avo_mt_next(struct avo_mt *m)
{
    if (m->at == N)
        refill(m);
    uint32_t y = m->word[m->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

/* Uniform in 0 .. max: as many bits as max has, drawn again while above it. */
static uint32_t below_or(struct avo_mt *m, uint32_t max)
{
    uint32_t mask = max, v;
    for (int shift = 1; shift < 32; shift *= 2)
        mask |= mask >> shift;
    do
        v = avo_mt_next(m) & mask;
    while (v > max);
    return v;
}

void avo_mt_permute(struct avo_mt *m, uint32_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (uint32_t)i;
    for (size_t i = n; i-- > 1; ) {
        uint32_t j = below_or(m, (uint32_t)i), kept = v[i];
        v[i] = v[j];
        v[j] = kept;
    }
}
