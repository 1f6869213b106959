/* SPDX-License-Identifier: MIT */
/* stock.h: many pieces of memory of one size, taken and given back in any order. */
#ifndef AVO_BASE_STOCK_H
#define AVO_BASE_STOCK_H

#include <stddef.h>

#include "libcommon/base/error.h"

struct avo_stock {
    size_t size;                /* bytes of a piece, a multiple of 64 */
    void *free;                 /* first of those given back, each holds the next */
    size_t n_chunks, cap_chunks;
    char **chunks;
    size_t per_chunk, n_used;   /* pieces of a chunk; used of the last one */
};
/* Pieces of at least `bytes`, aligned to 64. */
void avo_stock_init(struct avo_stock *s, size_t bytes);
/* Frees all pieces. */
void avo_stock_release(struct avo_stock *s);
/* A piece with any content, or NULL. */
void *avo_stock_take(struct avo_stock *s, struct avo_error *err);
/* p may be NULL. Memory stays in stock for later pieces. */
void avo_stock_give(struct avo_stock *s, void *p);

#endif
