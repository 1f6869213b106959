/* SPDX-License-Identifier: MIT */
/* chroms.c: natural order of chromosomes, and which of them are selected by default. */
#include "libcommon/genome/region.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcommon/base/text.h"

static const char *bare_name(const char *name)
{
    return strncasecmp(name, "chr", 3) == 0 && name[3] ? name + 3 : name;
}

static bool is_mitochondrial(const char *bare)
{
    return strcmp(bare, "M") == 0 || strcmp(bare, "MT") == 0;
}

/* Numbers, X, Y, M, names. */
static int rank(const char *bare)
{
    if (bare[strspn(bare, "0123456789")] == '\0')
        return 0;
    if (strcmp(bare, "X") == 0)
        return 1;
    if (strcmp(bare, "Y") == 0)
        return 2;
    return is_mitochondrial(bare) ? 3 : 4;
}

static int chrom_cmp(const void *pa, const void *pb)
{
    const char *full_a = ((const struct avo_chrom *)pa)->name;
    const char *full_b = ((const struct avo_chrom *)pb)->name;
    const char *a = bare_name(full_a), *b = bare_name(full_b);
    int by_rank = rank(a) - rank(b);
    if (by_rank)
        return by_rank;
    int by_name = avo_natural_cmp(a, b);
    return by_name ? by_name : strcmp(full_a, full_b);
}

void avo_chroms_sort(struct avo_header *h)
{
    if (h->n_chroms > 1)
        qsort(h->chroms, h->n_chroms, sizeof *h->chroms, chrom_cmp);
}

bool avo_chrom_is_main(const char *name)
{
    const char *bare = bare_name(name);
    return strpbrk(bare, "_.") == NULL && strcmp(bare, "Y") != 0 && strcmp(bare, "EBV") != 0 &&
           !is_mitochondrial(bare);
}
