/* SPDX-License-Identifier: MIT */
/* signal_files.h: small bigWigs for unit tests, written by libBigWig, and what their bins must
 * hold, worked out base by base. Included by one .c file of a test program. */
#ifndef AVO_TESTS_SIGNAL_FILES_H
#define AVO_TESTS_SIGNAL_FILES_H

#include <bigWig.h>
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"

enum { SF_CHROMS = 7, SF_MAX_ITEMS = 8192, SF_MAX_BP = 20011 };
enum sf_kind { SF_FIXED, SF_VARIABLE, SF_LISTED, SF_KINDS };

static const char *const sf_names[SF_CHROMS] = {
    "chr1", "chr2", "1", "chrUn_KI270302v1", "HLA-A*01:01:01:01", "empty", "tiny"};
static const uint32_t sf_lens[SF_CHROMS] = {SF_MAX_BP, 5000, 777, 2274, 3503, 1000, 10};

struct sf_item { uint32_t beg, end; float value; };
/* The items of a file; in fixedStep files runs[] tells where runs of equal step begin. */
struct sf_data {
    size_t n[SF_CHROMS];
    struct sf_item *items[SF_CHROMS];
    bool backward;      /* the file has the last chromosome's blocks first */
};

static uint32_t sf_draw(uint32_t seed, uint32_t a, uint32_t b, uint32_t below)
{
    return avo_rng_below(avo_rng_draw(seed, 77, a, b, 0, 0).v[0], below);
}

/* A value with an exact float, now and then negative, zero or tiny. */
static float sf_value(uint32_t seed, uint32_t a, uint32_t b)
{
    static const float odd[] = {0.0f, -3.5f, 1e-30f, 65504.0f};
    uint32_t x = sf_draw(seed, a, b, 4096);
    return x < 4 ? odd[x] : (float)x / 64.0f;
}

/* Where the next item begins after `at`, by kind: fixedStep runs of 20 items with a gap. */
static struct sf_item sf_next(enum sf_kind kind, uint32_t seed, uint32_t chrom, uint32_t i,
                              uint32_t at, uint32_t span, uint32_t step)
{
    struct sf_item t = {at, at + span, sf_value(seed, chrom, 2 * i)};
    uint32_t r = sf_draw(seed, chrom, 2 * i + 1, 1000);
    if (kind == SF_FIXED && i > 0) {
        t.beg += i % 20 == 0 ? step * (1 + r % 5) : step - span;
    } else if (kind == SF_VARIABLE) {
        t.beg += r < 500 ? 0 : r % 40;
    } else if (kind == SF_LISTED) {
        t.beg += r < 400 ? 0 : r % 90;
        t.end = t.beg + 1 + r % 61;
    }
    if (kind != SF_LISTED)
        t.end = t.beg + span;
    return t;
}

/* Random items for every chromosome but "empty"; fixedStep and variableStep with one span. */
static void sf_make(struct sf_data *d, enum sf_kind kind, uint32_t seed, uint32_t span,
                    uint32_t step)
{
    memset(d, 0, sizeof *d);
    for (uint32_t c = 0; c < SF_CHROMS; c++) {
        uint32_t at = kind == SF_FIXED ? 0 : sf_draw(seed, c, 1u << 20, 9);
        d->items[c] = calloc(SF_MAX_ITEMS, sizeof *d->items[c]);
        ck_assert_ptr_nonnull(d->items[c]);
        if (strcmp(sf_names[c], "empty") == 0)
            continue;
        while (d->n[c] < SF_MAX_ITEMS) {
            struct sf_item t = sf_next(kind, seed, c, (uint32_t)d->n[c], at, span, step);
            if (t.end > sf_lens[c])
                break;
            d->items[c][d->n[c]++] = t;
            at = t.end;
        }
    }
}

static void sf_free(struct sf_data *d)
{
    for (int c = 0; c < SF_CHROMS; c++)
        free(d->items[c]);
}

/* What bin i of width bin_bp must hold, base by base. */
static void sf_expect(const struct sf_data *d, int chrom, uint32_t bin_bp, uint32_t n_bins,
                      double *sum, uint32_t *covered)
{
    memset(sum, 0, n_bins * sizeof *sum);
    memset(covered, 0, n_bins * sizeof *covered);
    for (size_t i = 0; i < d->n[chrom]; i++) {
        const struct sf_item *t = &d->items[chrom][i];
        for (uint32_t bp = t->beg; bp < t->end && bp / bin_bp < n_bins; bp++) {
            if (isnan(t->value))
                continue;
            sum[bp / bin_bp] += (double)t->value;
            covered[bp / bin_bp]++;
        }
    }
}

/* Adds n items of one run (equal step) or of one chromosome, as the kind asks. */
static int sf_add(bigWigFile_t *fp, enum sf_kind kind, const char *chrom,
                  const struct sf_item *t, uint32_t n)
{
    uint32_t *beg = malloc(n * sizeof *beg), *end = malloc(n * sizeof *end);
    float *value = malloc(n * sizeof *value);
    const char **names = malloc(n * sizeof *names);
    int rc;
    for (uint32_t i = 0; i < n; i++) {
        beg[i] = t[i].beg;
        end[i] = t[i].end;
        value[i] = t[i].value;
        names[i] = chrom;
    }
    if (kind == SF_FIXED)
        rc = bwAddIntervalSpanSteps(fp, chrom, beg[0], end[0] - beg[0],
                                    n > 1 ? beg[1] - beg[0] : end[0] - beg[0], value, n);
    else if (kind == SF_VARIABLE)
        rc = bwAddIntervalSpans(fp, chrom, beg, end[0] - beg[0], value, n);
    else
        rc = bwAddIntervals(fp, names, beg, end, value, n);
    free(beg);
    free(end);
    free(value);
    free(names);
    return rc;
}

/* Writes a bigWig in blocks of at most `run` items (0: as large as they get; always 20 or fewer
 * in fixedStep): many blocks make an index of several levels. */
static void sf_write_bigwig(const char *path, const struct sf_data *d, enum sf_kind kind,
                            size_t run, bool compressed, int n_zooms)
{
    bigWigFile_t *fp = bwOpen(path, NULL, "w");
    if (kind == SF_FIXED || run == 0)
        run = kind == SF_FIXED ? 20 : SF_MAX_ITEMS;
    ck_assert_ptr_nonnull(fp);
    ck_assert_int_eq(bwCreateHdr(fp, n_zooms), 0);
    if (!compressed)
        fp->writeBuffer->compressPsz = 0;
    fp->cl = bwCreateChromList(sf_names, sf_lens, SF_CHROMS);
    ck_assert_ptr_nonnull(fp->cl);
    ck_assert_int_eq(bwWriteHdr(fp), 0);
    for (int k = 0; k < SF_CHROMS; k++) {
        int c = d->backward ? SF_CHROMS - 1 - k : k;
        for (size_t i = 0; i < d->n[c]; i += run) {
            size_t n = d->n[c] - i < run ? d->n[c] - i : run;
            ck_assert_int_eq(sf_add(fp, kind, sf_names[c], d->items[c] + i, (uint32_t)n), 0);
        }
    }
    bwClose(fp);
    if (!compressed) {      /* the writer forgets to say so in the header */
        FILE *f = fopen(path, "r+b");
        ck_assert_ptr_nonnull(f);
        ck_assert_int_eq(fseek(f, 52, SEEK_SET), 0);
        ck_assert_uint_eq(fwrite("\0\0\0\0", 1, 4, f), 4);
        ck_assert_int_eq(fclose(f), 0);
    }
}

#endif
