/* SPDX-License-Identifier: MIT */
/* rng.h: the counter-based generator behind every random choice (Philox 4x32-10).
 * Compiles as C11 and as CUDA: no state, the same draws on every backend, thread and resumption.
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3". */
#ifndef AVO_BASE_RNG_H
#define AVO_BASE_RNG_H

#include <stdint.h>

#ifdef __CUDACC__
#define AVO_HD __host__ __device__
#else
#define AVO_HD
#endif

/* What a draw is for: the second half of the key (seed, purpose). Numbers are part of the
 * format: never reuse one. */
enum avo_purpose {
    AVO_RNG_TRACK = 1,      /* which training track at a bin, and whether its cell type is dropped:
                             * counter (chrom, bin, visit, attempt) */
    AVO_RNG_DROPOUT = 2,    /* hidden units: counter (chrom, bin, visit, layer and unit / 16) */
    AVO_RNG_GENOME = 3,     /* initial genome factors: (chrom, row, block, column / 4) */
    AVO_RNG_NETWORK = 4,    /* initial weights: (layer, element / 4) */
    AVO_RNG_ROW = 5,        /* initial cell type and assay factors: (table, name CRC, column / 4) */
    AVO_RNG_PERMUTE = 6,    /* Feistel rounds of the permuted order */
    AVO_RNG_RANDOM = 7,     /* bins of the random order: (sample number) */
    AVO_RNG_VALID = 8,      /* 5-kbp blocks on which validation tracks are measured */
    AVO_RNG_REHEARSE = 9,   /* blocks of the rehearsal of stage 2 */
    AVO_RNG_FOLD = 10,      /* roles under --folds */
    AVO_RNG_SAMPLE = 11,    /* blocks of bw2tensor --sample */
    AVO_RNG_WATCH = 12,     /* tracks of avo-train --watch */
    AVO_RNG_HIDE = 13,      /* tracks that a step of the family observed hides: (step, track); its
                             * share: (step, 2^32 - 1) */
    AVO_RNG_BOOTSTRAP = 21  /* ap-eval --bootstrap: (draw / 4, sample, seed >> 32) */
};

struct avo_rng4 { uint32_t v[4]; };

/* One Philox 4x32-10 block: four independent uniform 32-bit words for counter c and key. */
AVO_HD static inline struct avo_rng4 avo_rng_draw(uint32_t key0, uint32_t key1, uint32_t c0,
                                                  uint32_t c1, uint32_t c2, uint32_t c3)
{
    struct avo_rng4 r;
    for (int i = 0; i < 10; i++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ key0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ key1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    r.v[0] = c0;
    r.v[1] = c1;
    r.v[2] = c2;
    r.v[3] = c3;
    return r;
}

/* Uniform integer in [0, n) from a 32-bit word (multiply-shift; bias below n / 2^32). */
AVO_HD static inline uint32_t avo_rng_below(uint32_t word, uint32_t n)
{
    return (uint32_t)(((uint64_t)word * n) >> 32);
}

/* Uniform float in [0, 1) with 24 bits. */
AVO_HD static inline float avo_rng_unit(uint32_t word)
{
    return (float)(word >> 8) * (1.0f / 16777216.0f);
}

#endif
