/* SPDX-License-Identifier: MIT */
/* alloc.c: allocation whose sizes multiply with an overflow check. */
#include "libcommon/base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN_BYTES = 64 };  /* a cache line, and the widest vector register */

void *avo_alloc(size_t n, size_t size, const char *what, struct avo_error *err)
{
    size_t len = 0;
    void *p = NULL;
    if (__builtin_mul_overflow(n, size, &len) || len > PTRDIFF_MAX - ALIGN_BYTES) {
        avo_error_memory(err, "out of memory (%zu x %zu bytes for %s)", n, size, what);
        return NULL;
    }
    if (posix_memalign(&p, ALIGN_BYTES, len ? len : 1)) {
        avo_error_memory(err, "out of memory (%zu bytes for %s)", len, what);
        return NULL;
    }
    memset(p, 0, len ? len : 1);
    return p;
}

int avo_grow(void *p, size_t *cap, size_t need, size_t size, const char *what,
             struct avo_error *err)
{
    if (need <= *cap)
        return 0;
    /* p is the address of a pointer of any type: memcpy reads and writes it without aliasing. */
    void *old = NULL;
    memcpy(&old, p, sizeof old);
    size_t want = *cap > SIZE_MAX / 2 ? need : *cap * 2;
    if (want < need)
        want = need;
    if (want < 16 && size < 1024)
        want = 16;
    void *fresh = avo_alloc(want, size, what, err);
    if (!fresh)
        return -1;
    if (old)
        memcpy(fresh, old, *cap * size);
    free(old);
    memcpy(p, &fresh, sizeof fresh);
    *cap = want;
    return 0;
}

char *avo_strdup(const char *s, struct avo_error *err)
{
    size_t len = strlen(s) + 1;
    char *copy = malloc(len);
    if (!copy) {
        avo_error_memory(err, "out of memory (%zu bytes for a string)", len);
        return NULL;
    }
    return memcpy(copy, s, len);
}

char *avo_asprintf(struct avo_error *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *s = len < 0 ? NULL : malloc((size_t)len + 1);
    if (!s) {
        avo_error_memory(err, "out of memory (%d bytes for a string)", len + 1);
        return NULL;
    }
    va_start(ap, fmt);
    vsnprintf(s, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return s;
}
