/* SPDX-License-Identifier: MIT */
/* alloc.h: allocation whose sizes multiply with an overflow check. */
#ifndef AVO_BASE_ALLOC_H
#define AVO_BASE_ALLOC_H

#include <stddef.h>

#include "libcommon/base/error.h"

/* n * size bytes, zeroed, aligned to 64; NULL with err set ("out of memory (N bytes for WHAT)").
 * n * size of 0 gives a non-NULL pointer. Release with free(). */
void *avo_alloc(size_t n, size_t size, const char *what, struct avo_error *err);
/* Grows *p (a pointer from avo_alloc, avo_grow or NULL) to hold at least need elements, at least
 * doubling *cap; new elements are zeroed. Returns 0, or -1 with err set and *p as it was. */
int avo_grow(void *p, size_t *cap, size_t need, size_t size, const char *what,
             struct avo_error *err);
/* strdup with an error message. */
char *avo_strdup(const char *s, struct avo_error *err);
/* printf into fresh memory; NULL with err set. */
char *avo_asprintf(struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
