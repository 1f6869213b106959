/* SPDX-License-Identifier: MIT */
/* freelist.c: pieces of one size out of large chunks. */
#define _DEFAULT_SOURCE     /* madvise */
#include "libcommon/base/freelist.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libcommon/base/alloc.h"

#define ALIGN_BYTES 64
#define HUGE_BYTES ((size_t)2 << 20)
#define CHUNK_BYTES ((size_t)8 << 20)

void avo_freelist_init(struct avo_freelist *s, size_t bytes)
{
    memset(s, 0, sizeof *s);
    if (bytes < sizeof(void *)) bytes = sizeof(void *);
    s->size = (bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    s->per_chunk = s->size < CHUNK_BYTES ? CHUNK_BYTES / s->size : 1;
}

void avo_freelist_release(struct avo_freelist *s)
{
    for (size_t i = 0; i < s->n_chunks; i++) free(s->chunks[i]);
    free(s->chunks);
    memset(s, 0, sizeof *s);
}

/* Not through avo_alloc: pages are touched when they are needed, large ones where there are any. */
static int add_chunk(struct avo_freelist *s, struct avo_error *err)
{
    size_t len = s->per_chunk * s->size;
    void *p;

    if (avo_grow(&s->chunks, &s->cap_chunks, s->n_chunks + 1, sizeof *s->chunks, "memory", err))
        return -1;
    if (posix_memalign(&p, len < HUGE_BYTES ? ALIGN_BYTES : HUGE_BYTES, len))
        return avo_error_set(err, "out of memory (%zu bytes)", len);
#ifdef MADV_HUGEPAGE
    if (len >= HUGE_BYTES) (void)madvise(p, len, MADV_HUGEPAGE);    /* may be refused */
#endif
    s->chunks[s->n_chunks++] = p;
    s->n_used = 0;
    return 0;
}

void *avo_freelist_take(struct avo_freelist *s, struct avo_error *err)
{
    void *p = s->free;

    if (p) {
        memcpy(&s->free, p, sizeof s->free);
        return p;
    }
    if ((s->n_chunks == 0 || s->n_used == s->per_chunk) && add_chunk(s, err)) return NULL;
    return s->chunks[s->n_chunks - 1] + s->n_used++ * s->size;
}

void avo_freelist_give(struct avo_freelist *s, void *p)
{
    if (!p) return;
    memcpy(p, &s->free, sizeof s->free);
    s->free = p;
}
