/* SPDX-License-Identifier: MIT */
/* chrom_index.c: a header's chromosomes by name. */
#include "libcommon/stream/chrom_index.h"

#include <string.h>

#include "libcommon/base/text.h"

/* So many names are not searched for the nearest: it takes longer than anyone waits for a hint. */
#define MAX_NEAREST 100000

int avo_chrom_index_init(struct avo_chrom_index *x, const struct avo_header *h,
                         struct avo_error *err)
{
    *x = (struct avo_chrom_index){ .h = h };
    for (size_t i = 0; i < h->n_chroms; i++)
        if (avo_names_add(&x->names, h->chroms[i].name, err) < 0) {
            avo_chrom_index_release(x);
            return -1;
        }
    return 0;
}

void avo_chrom_index_release(struct avo_chrom_index *x)
{
    if (!x) return;
    avo_names_release(&x->names);
    *x = (struct avo_chrom_index){ 0 };
}

int64_t avo_chrom_index_find_part(const struct avo_chrom_index *x, const char *name, size_t len,
                                  uint32_t *last)
{
    int64_t i;
    const char *before = *last < x->names.n ? x->names.name[*last] : NULL;

    if (before && strncmp(before, name, len) == 0 && !before[len]) return *last;
    if ((i = avo_names_find_part(&x->names, name, len)) >= 0) *last = (uint32_t)i;
    return i;
}

int64_t avo_chrom_index_find(const struct avo_chrom_index *x, const char *name, uint32_t *last)
{
    return avo_chrom_index_find_part(x, name, strlen(name), last);
}

int avo_chrom_index_unknown(const struct avo_chrom_index *x, const char *name,
                            struct avo_error *err)
{
    const char *near = NULL;

    if (x->h->n_chroms <= MAX_NEAREST) near = avo_nearest(name, x->names.name, (int)x->h->n_chroms);
    avo_error_set(err, "unknown chromosome \"%s\"", name);
    if (near) avo_error_hint(err, "the nearest known chromosome is \"%s\"", near);
    return -1;
}
