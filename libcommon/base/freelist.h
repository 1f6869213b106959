/* SPDX-License-Identifier: MIT */
/* freelist.h: many pieces of memory of one size, taken and given back in any order. */
#ifndef AVO_BASE_FREELIST_H
#define AVO_BASE_FREELIST_H

#include <stddef.h>

#include "libcommon/base/error.h"

struct avo_freelist {
    size_t size;                /* bytes of a piece, a multiple of 64 */
    void *free;                 /* first of those given back, each holds the next */
    size_t n_chunks, cap_chunks;
    char **chunks;
    size_t per_chunk, n_used;   /* pieces of a chunk; used of the last one */
};
/* Pieces of at least `bytes`, aligned to 64. */
void avo_freelist_init(struct avo_freelist *s, size_t bytes);
/* Frees all pieces. */
void avo_freelist_release(struct avo_freelist *s);
/* A piece with any content, or NULL. */
void *avo_freelist_take(struct avo_freelist *s, struct avo_error *err);
/* p may be NULL. Its memory is kept for later pieces. */
void avo_freelist_give(struct avo_freelist *s, void *p);

#endif
