/* SPDX-License-Identifier: MIT */
/* elem.h: the element mathematics of training, written once for C and CUDA: order of samples,
 * Adam with its closed-form idle step, dropout, initial values. */
#ifndef AVO_MODEL_ELEM_H
#define AVO_MODEL_ELEM_H

#include <math.h>
#include <stdint.h>

#include "libcommon/base/rng.h"

/* Scalars of one Adam step: c = lr_t sqrt(1 - b2^t) / (1 - b1^t), and keep = 1 - lr_t decay. */
struct avo_adam {
    float beta1, beta2, eps;
    float c, keep;
};

/* Scalars of k idle steps after step t (gradient 0 at t+1 .. t+k); see avo_clock_idle. */
struct avo_idle {
    float s, s_eps;     /* sums S and Sb, decay of the weights included */
    float keep;         /* product of the k factors 1 - lr decay */
    float beta1_k, beta2_k;
};

#define AVO_M_FLUSH 1e-30f  /* a smaller first moment becomes 0: it moves nothing, denormals cost */
#define AVO_V_FLUSH 1e-37f

/* One Adam step of one element. Source: Kingma & Ba 2015 with eps outside the bias correction
 * (as Keras has it); decay decoupled (Loshchilov & Hutter 2019). */
AVO_HD static inline void avo_adam_step(const struct avo_adam *a, float g, float *w, float *m,
                                        float *v)
{
    float m1 = a->beta1 * *m + (1.0f - a->beta1) * g;
    float v1 = a->beta2 * *v + (1.0f - a->beta2) * g * g;
    *w = *w * a->keep - a->c * m1 / (sqrtf(v1) + a->eps);
    *m = m1;
    *v = v1;
}

/* k steps of Adam with zero gradient at once: the sum over j of c_j m b1^j / (sqrt(v b2^j) + eps),
 * interpolated between its two limits (sqrt(v) >> eps: S, sqrt(v) << eps: Sb). */
AVO_HD static inline void avo_idle_step(const struct avo_idle *i, float eps, float *w, float *m,
                                        float *v)
{
    float s = sqrtf(*v), den = s + eps;
    *w = *w * i->keep - *m * ((s * i->s + eps * i->s_eps) / den) / den;
    float m1 = *m * i->beta1_k, v1 = *v * i->beta2_k;
    *m = m1 > -AVO_M_FLUSH && m1 < AVO_M_FLUSH ? 0.0f : m1;
    *v = v1 < AVO_V_FLUSH ? 0.0f : v1;
}

/* Keyed permutation of [0, n): four Feistel rounds on the smallest even number of bits that holds
 * n - 1, walked until the image lies in range. */
AVO_HD static inline uint32_t avo_permute(uint32_t seed, uint32_t epoch, uint32_t n, uint32_t i)
{
    int half = 1;
    while (half < 16 && ((uint64_t)1 << (2 * half)) < n)
        half++;
    uint32_t mask = (1u << half) - 1;
    do {
        uint32_t l = i >> half, r = i & mask;
        for (uint32_t round = 0; round < 4; round++) {
            uint32_t f = avo_rng_draw(seed, AVO_RNG_PERMUTE, r, round, epoch, n).v[0] & mask;
            uint32_t t = l ^ f;
            l = r;
            r = t;
        }
        i = (l << half) | r;
    } while (i >= n);
    return i;
}

/* Dropout of unit `unit` of hidden layer `layer`: 16 units share one Philox block, a byte each,
 * so the rate is a multiple of 1/256. */
AVO_HD static inline struct avo_rng4 avo_dropout_draw(uint32_t seed, uint32_t chrom_crc,
                                                      uint32_t bin, uint32_t visit,
                                                      uint32_t layer, uint32_t unit)
{
    return avo_rng_draw(seed, AVO_RNG_DROPOUT, chrom_crc, bin, visit,
                        (layer << 24) | (unit / 16));
}
/* 1 = kept. */
AVO_HD static inline int avo_dropout_keeps(const struct avo_rng4 *r, uint32_t unit,
                                           uint32_t dropped_of_256)
{
    return ((r->v[(unit >> 2) & 3] >> (8 * (unit & 3))) & 255u) >= dropped_of_256;
}

/* Uniform in [-range, range) from a word. */
AVO_HD static inline float avo_init_value(uint32_t word, float range)
{
    return range * (2.0f * avo_rng_unit(word) - 1.0f);
}

#endif
