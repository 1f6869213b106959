/* SPDX-License-Identifier: MIT */
/* chrom_index.c: a header's chromosomes by name. */
#include "libcommon/stream/chrom_index.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"

/* So many names are not searched for the nearest: it takes longer than anyone waits for a hint. */
#define MAX_NEAREST 100000

struct named { const char *name; uint32_t chrom; };

static int cmp_named(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

int avo_chrom_index_init(struct avo_chrom_index *x, const struct avo_header *h,
                         struct avo_error *err)
{
    size_t n = h->n_chroms;
    struct named *list = avo_alloc(n, sizeof *list, "chromosomes", err);

    *x = (struct avo_chrom_index){ .h = h };
    x->names = avo_alloc(n, sizeof *x->names, "chromosomes", err);
    x->chroms = avo_alloc(n, sizeof *x->chroms, "chromosomes", err);
    if (!list || !x->names || !x->chroms) {
        free(list);
        avo_chrom_index_release(x);
        return -1;
    }
    for (size_t i = 0; i < n; i++) list[i] = (struct named){ h->chroms[i].name, (uint32_t)i };
    qsort(list, n, sizeof *list, cmp_named);
    for (size_t i = 0; i < n; i++) {
        x->names[i] = list[i].name;
        x->chroms[i] = list[i].chrom;
    }
    free(list);
    return 0;
}

void avo_chrom_index_release(struct avo_chrom_index *x)
{
    if (!x) return;
    free(x->names);
    free(x->chroms);
    *x = (struct avo_chrom_index){ 0 };
}

int64_t avo_chrom_index_find_part(const struct avo_chrom_index *x, const char *name, size_t len,
                                  uint32_t *last)
{
    size_t lo = 0, hi = x->h->n_chroms;
    const char *before = *last < hi ? x->h->chroms[*last].name : NULL;

    if (before && strncmp(before, name, len) == 0 && !before[len]) return *last;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strncmp(x->names[mid], name, len);
        if (c == 0 && !x->names[mid][len]) {
            *last = x->chroms[mid];
            return *last;
        }
        if (c < 0) lo = mid + 1;
        else hi = mid;
    }
    return -1;
}

int64_t avo_chrom_index_find(const struct avo_chrom_index *x, const char *name, uint32_t *last)
{
    return avo_chrom_index_find_part(x, name, strlen(name), last);
}

int avo_chrom_index_unknown(const struct avo_chrom_index *x, const char *name,
                            struct avo_error *err)
{
    const char *near = NULL;

    if (x->h->n_chroms <= MAX_NEAREST) near = avo_nearest(name, x->names, (int)x->h->n_chroms);
    avo_error_set(err, "unknown chromosome \"%s\"", name);
    if (near) avo_error_hint(err, "the nearest known chromosome is \"%s\"", near);
    return -1;
}
