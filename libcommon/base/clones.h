/* SPDX-License-Identifier: MIT */
/* clones.h: inner loops compiled for several instruction sets, chosen when the program starts. */
#ifndef AVO_BASE_CLONES_H
#define AVO_BASE_CLONES_H

/* Put before a function whose loops the compiler turns into vectors. The values do not depend on
 * the clone as long as no sum does: sums over a loop go over a fixed number of lanes (AVO_LANES).
 * Sanitizers are not up yet when the loader asks which clone to take. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define AVO_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define AVO_CLONES
#endif

#define AVO_LANES 8

#endif
