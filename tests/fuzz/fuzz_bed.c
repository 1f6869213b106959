/* SPDX-License-Identifier: MIT */
/* fuzz_bed.c: any bytes as BED, BEDPE and GTF, and as the text of -r: read by everything that takes
 * such a file, leniently and strictly. Nothing may crash or leak; what is taken lies within the
 * chromosomes and in order; what passes strictly is the same leniently. */
#define _GNU_SOURCE     /* memfd_create */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/genome/annotation.h"
#include "libcommon/genome/region.h"
#include "libcommon/genome/windows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A failure says what it is. */
static void must_tell(int rc, const struct avo_error *err)
{
    if (rc < 0 && (err->status == 0 || err->msg[0] == '\0'))
        abort();
}

static void check_extents(const struct avo_header *h, const struct avo_extent *e, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (e[i].chrom >= h->n_chroms || e[i].beg_bin >= e[i].end_bin ||
            e[i].end_bin > avo_header_chrom_bins(h, e[i].chrom) ||
            (i > 0 && (e[i].chrom < e[i - 1].chrom || (e[i].chrom == e[i - 1].chrom &&
                                                       e[i].beg_bin <= e[i - 1].end_bin))))
            abort();
}

/* Selects or excludes by one rule; -1 where it fails. */
static int extents_by(const struct avo_header *h, const char *region, const char *file, bool strict,
                      bool exclude, struct avo_extent **e, size_t *n)
{
    struct avo_error err = {0};
    char *notes = NULL;
    struct avo_region_ask ask = {.region = region, .region_file = file,
                                 .rule = {strict, &notes}};
    int rc = exclude ? avo_regions_exclude(h, &ask, e, n, &err)
                     : avo_regions_select(h, &ask, e, n, &err);

    must_tell(rc, &err);
    if (rc == 0)
        check_extents(h, *e, *n);
    if (strict && rc == 0 && notes)
        abort();
    free(notes);
    return rc;
}

static void try_regions(const struct avo_header *h, const char *region, const char *file,
                        bool exclude)
{
    struct avo_extent *a = NULL, *b = NULL;
    size_t n_a = 0, n_b = 0;
    int strict = extents_by(h, region, file, true, exclude, &a, &n_a);
    int lenient = extents_by(h, region, file, false, exclude, &b, &n_b);

    if (strict == 0 && (lenient != 0 || n_a != n_b || (n_a && memcmp(a, b, n_a * sizeof *a))))
        abort();
    free(a);
    free(b);
}

static void try_elements(const struct avo_header *h, const char *file, const char *tag)
{
    struct avo_elements_options opt = {.tag = tag};
    struct avo_elements e = {0};
    struct avo_error err = {0};
    int rc = avo_elements_read(&e, h, file, &opt, &err);

    must_tell(rc, &err);
    for (size_t i = 0; rc == 0 && i < e.n; i++) {
        const struct avo_element *x = &e.list[i];
        if (x->chrom >= h->n_chroms || x->beg_bp >= x->end_bp ||
            x->end_bp > h->chroms[x->chrom].len_bp || !strchr("+-.", x->strand) ||
            !avo_element_name(&e, i))
            abort();
    }
    avo_elements_release(&e);
}

static void try_windows(const struct avo_header *h, const struct avo_windows_options *opt)
{
    struct avo_windows w = {0};
    struct avo_error err = {0};
    int rc = avo_windows_read(&w, h, opt, &err);

    must_tell(rc, &err);
    for (size_t i = 0; rc == 0 && i < w.n * w.per_row; i++) {
        const struct avo_place *p = &w.places[i];
        if (p->chrom >= h->n_chroms || p->beg_bp >= p->end_bp ||
            p->end_bp > h->chroms[p->chrom].len_bp)
            abort();
    }
    for (size_t i = 0; rc == 0 && i < w.n; i++)
        for (size_t k = 0; k < 3 + w.n_columns; k++)
            if (strlen(avo_windows_text(&w, i, k)) > w.n_pool)
                abort();
    avo_windows_release(&w);
}

static void try_all(const struct avo_header *h, const char *path)
{
    try_regions(h, NULL, path, false);
    try_regions(h, NULL, path, true);
    try_elements(h, path, NULL);
    try_elements(h, path, "basic");
    try_windows(h, &(struct avo_windows_options){.path = path});
    try_windows(h, &(struct avo_windows_options){.path = path, .pairs = true});
    try_windows(h, &(struct avo_windows_options){.path = path, .need_strand = true,
                                                 .label_column = "score", .group_column = "6"});
    try_windows(h, &(struct avo_windows_options){.path = path, .tag = "basic", .want_bp = 100,
                                                 .rule.strict = true});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct avo_header h = {.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    struct avo_error err = {0};
    char path[64], region[257] = "";
    int fd = memfd_create("bed", 0);

    if (fd < 0 || (len && write(fd, data, len) != (ssize_t)len) ||
        avo_header_add_chrom(&h, "chr1", 1010, &err) ||
        avo_header_add_chrom(&h, "chr2", 100000, &err) ||
        avo_header_add_chrom(&h, "HLA:A,1", 500, &err))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    try_all(&h, path);
    snprintf(region, sizeof region, "%.*s", len < 256 ? (int)len : 256, (const char *)data);
    if (len > 0)
        try_regions(&h, region, NULL, false);
    avo_header_release(&h);
    close(fd);
    return 0;
}
