/* SPDX-License-Identifier: MIT */
/* fuzz_bigwig.c: any bytes as a bigWig: each chromosome read whole and in pieces. Nothing may
 * crash, leak or print; a file that is taken gives the same sums whole and in pieces. */
#define _GNU_SOURCE     /* memfd_create */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/genome/bigwig.h"

enum { BIN = 25, MOST_BINS = 4096, PIECE = 37, MOST_CHROMS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Bins [beg, beg + n) into sum and covered. A failure says what it is. */
static int take(struct avo_bigwig *b, size_t chrom, uint32_t beg, uint32_t n, double *sum,
                uint32_t *covered)
{
    struct avo_error err = {0};
    if (avo_bigwig_read(b, chrom, BIN, beg, n, sum, covered, &err) == 0)
        return 0;
    if (err.status == 0 || err.msg[0] == '\0')
        abort();
    return -1;
}

static void read_chrom(struct avo_bigwig *b, size_t chrom)
{
    static double whole[MOST_BINS], part[MOST_BINS];
    static uint32_t covered[MOST_BINS], n_part[MOST_BINS];
    uint64_t len_bp;
    if (!avo_bigwig_chrom(b, chrom, &len_bp) || len_bp == 0)
        abort();
    uint32_t n = len_bp / BIN < MOST_BINS ? (uint32_t)(len_bp / BIN) : MOST_BINS;
    if (take(b, chrom, 0, n, whole, covered) < 0)
        return;
    for (uint32_t at = 0; at < n; at += PIECE) {
        uint32_t k = n - at < PIECE ? n - at : PIECE;
        if (at / PIECE % 8 == 7)
            avo_bigwig_sleep(b);
        if (take(b, chrom, at, k, part + at, n_part + at) < 0)
            return;
    }
    for (uint32_t i = 0; i < n; i++)
        if (covered[i] > BIN || covered[i] != n_part[i] ||
            fabs(whole[i] - part[i]) > 1e-6 * fabs(whole[i]))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct avo_error err = {0};
    char path[64];
    int fd = memfd_create("bigwig", 0);
    if (fd < 0 || (len && write(fd, data, len) != (ssize_t)len))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct avo_bigwig *b = avo_bigwig_open(path, false, &err);
    if (!b && (err.status == 0 || strncmp(err.msg, path, strlen(path)) != 0))
        abort();
    for (size_t c = 0; b && c < avo_bigwig_n_chroms(b) && c < MOST_CHROMS; c++)
        read_chrom(b, c);
    avo_bigwig_close(b);
    close(fd);
    return 0;
}
