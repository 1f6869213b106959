/* SPDX-License-Identifier: MIT */
/* fuzz_bedgraph.c: any bytes as bedGraph or wig: each chromosome read whole and in pieces. Nothing
 * may crash or leak; a file that is taken gives the same sums whole, in pieces and backwards. */
#define _GNU_SOURCE     /* memfd_create */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/genome/bedgraph.h"

enum { BIN = 25, MOST_BINS = 4096, PIECE = 37 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char sizes[] = "chr1\t1010\nchr2\t100000\nchr3\t2147483647\n";

static int put(const char *name, const void *data, size_t len, char path[64])
{
    int fd = memfd_create(name, 0);

    if (fd < 0 || (len && write(fd, data, len) != (ssize_t)len))
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* What the opening pass took can be read. */
static void take(struct avo_bedgraph *g, size_t chrom, uint32_t beg, uint32_t n, double *sum,
                 uint32_t *covered)
{
    struct avo_error err = {0};

    if (avo_bedgraph_read(g, chrom, BIN, beg, n, sum, covered, &err) != 0)
        abort();
}

static bool same(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-6 * fabs(a);
}

static void read_chrom(struct avo_bedgraph *g, size_t chrom)
{
    static double whole[MOST_BINS], part[MOST_BINS];
    static uint32_t covered[MOST_BINS], n_part[MOST_BINS];
    uint64_t len_bp;

    if (!avo_bedgraph_chrom(g, chrom, &len_bp) || len_bp == 0)
        abort();
    uint32_t n = len_bp / BIN < MOST_BINS ? (uint32_t)(len_bp / BIN) : MOST_BINS;
    take(g, chrom, 0, n, whole, covered);
    for (int backwards = 0; backwards < 2; backwards++) {
        uint32_t n_pieces = (n + PIECE - 1) / PIECE;
        for (uint32_t i = 0; i < n_pieces; i++) {
            uint32_t at = (backwards ? n_pieces - 1 - i : i) * PIECE;
            if (i % 8 == 7)
                avo_bedgraph_sleep(g);
            take(g, chrom, at, n - at < PIECE ? n - at : PIECE, part + at, n_part + at);
        }
        for (uint32_t i = 0; i < n; i++)
            if (covered[i] > BIN || covered[i] != n_part[i] || !same(whole[i], part[i]))
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct avo_error err = {0};
    char path[64], genome[64];
    int fd = put("signal", data, len, path);
    int fd_sizes = put("sizes", sizes, sizeof sizes - 1, genome);
    struct avo_bedgraph *g = avo_bedgraph_open(path, genome, &err);

    if (!g && (err.status == 0 || strncmp(err.msg, path, strlen(path)) != 0))
        abort();
    for (size_t c = 0; g && c < avo_bedgraph_n_chroms(g); c++)
        read_chrom(g, c);
    avo_bedgraph_close(g);
    close(fd);
    close(fd_sizes);
    return 0;
}
