/* SPDX-License-Identifier: MIT */
/* mt19937.h: numpy.random.RandomState's permutations, so that whoever compares in Python has the
 * same order of rows. Nothing else draws from here: rng.h is the suite's generator.
 * Source: Matsumoto and Nishimura 1998, ACM TOMACS 8:3-30; NumPy's frozen legacy generator. */
#ifndef AVO_BASE_MT19937_H
#define AVO_BASE_MT19937_H

#include <stddef.h>
#include <stdint.h>

#define AVO_MT_WORDS 624
struct avo_mt { uint32_t word[AVO_MT_WORDS]; size_t at; };

/* RandomState(seed) */
void avo_mt_seed(struct avo_mt *m, uint32_t seed);
/* RandomState([key[0], ... key[n - 1]]), n >= 1 */
void avo_mt_seed_key(struct avo_mt *m, const uint32_t *key, size_t n);
uint32_t avo_mt_next(struct avo_mt *m);
/* permutation(n): v [n] becomes 0 .. n-1 in random order. */
void avo_mt_permute(struct avo_mt *m, uint32_t *v, size_t n);

#endif
