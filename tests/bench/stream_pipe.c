/* SPDX-License-Identifier: MIT */
/* stream_pipe.c: what a record stream carries through a pipe, against raw writes and reads of 1 MiB
 * through the same pipe. Usage: stream_pipe [MEGABYTES [TRACKS]]
 * Prints a row of the benchmark's table, the medians of five alternating runs. Values are binary16
 * and tiles are cut as bw2tensor cuts them; every checksum is written, and checked. */
#define _GNU_SOURCE     /* F_SETPIPE_SZ */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/io.h"
#include "libcommon/base/log.h"
#include "libcommon/stream/stream.h"

enum { N_RUNS = 5 };
#define RAW_BYTES ((size_t)1 << 20)

static void stop(const char *what)
{
    fprintf(stderr, "stream_pipe: %s\n", what);
    exit(1);
}

static void write_raw(int fd, uint64_t n_bytes)
{
    char *buf = malloc(RAW_BYTES);

    if (!buf) stop("out of memory");
    memset(buf, 1, RAW_BYTES);
    for (uint64_t done = 0; done < n_bytes;) {
        size_t want = n_bytes - done < RAW_BYTES ? (size_t)(n_bytes - done) : RAW_BYTES;
        ssize_t n = write(fd, buf, want);
        if (n <= 0) stop("cannot write");
        done += (uint64_t)n;
    }
    free(buf);
}

static void read_raw(int fd, uint64_t n_bytes)
{
    char *buf = malloc(RAW_BYTES);
    uint64_t done = 0;
    ssize_t n;

    if (!buf) stop("out of memory");
    while ((n = read(fd, buf, RAW_BYTES)) > 0) done += (uint64_t)n;
    if (done != n_bytes) stop("bytes were lost");
    free(buf);
}

static void make_header(struct avo_header *h, size_t n_tracks)
{
    char name[32];

    *h = (struct avo_header){ .bin_bp = 25, .mid_bins = 10, .coarse_bins = 200 };
    avo_header_add_chrom(h, "chr1", (uint64_t)25 * 3000000000u, NULL);
    avo_header_add_extent(h, 0, 0, 3000000000u, NULL);
    for (size_t i = 0; i < n_tracks; i++) {
        snprintf(name, sizeof name, "E%03zu", i);
        if (!avo_header_add_track(h, name, "DNase", AVO_ROLE_TRAIN, NULL)) stop("no memory");
    }
}

static void write_stream(uint64_t n_bytes, size_t n_tracks)
{
    struct avo_error err = { 0 };
    struct avo_header h;
    struct avo_run run = { 0, 0 };
    struct avo_tile t = { { 0, 1, 0, &run }, AVO_F16, (uint32_t)n_tracks, NULL };
    uint16_t *values;
    struct avo_writer *w;

    make_header(&h, n_tracks);
    if (avo_tile_grid(&h, AVO_F16, &run.n_bins, &err)) stop(err.msg);
    t.span.n_bins = run.n_bins;
    if (!(values = malloc(run.n_bins * n_tracks * 2))) stop("no memory");
    for (size_t i = 0; i < run.n_bins * n_tracks; i++) values[i] = (uint16_t)(i * 7 % 0x4000);
    t.values = values;
    if (!(w = avo_writer_open(NULL, &h, false, NULL, &err))) stop(err.msg);
    for (uint64_t done = 0; done < n_bytes; done += run.n_bins * n_tracks * 2) {
        if (avo_writer_signal(w, &t, &err)) stop(err.msg);
        run.beg_bin += run.n_bins;
    }
    if (avo_writer_finish(w, &err)) stop(err.msg);
    avo_writer_free(w);
    avo_header_release(&h);
    free(values);
}

static void read_stream(uint64_t n_bytes)
{
    struct avo_error err = { 0 };
    struct avo_reader *r = avo_reader_open(NULL, &err);
    struct avo_head head;
    struct avo_tile t;
    uint64_t done = 0;
    int rc;

    if (!r) stop(err.msg);
    while ((rc = avo_reader_next(r, &head, &err)) == 1) {
        if (avo_reader_signal(r, &t, &err)) stop(err.msg);
        done += 2 * (uint64_t)t.span.n_bins * t.n_tracks;
    }
    if (rc < 0 || done < n_bytes) stop(rc ? err.msg : "bytes were lost");
    avo_reader_close(r);
}

/* Seconds that n_bytes take through a pipe of 1 MiB; n_tracks 0 = raw. */
static double pass(uint64_t n_bytes, size_t n_tracks)
{
    int fd[2], status;
    double t0 = avo_now_sec();
    pid_t pid;

    if (pipe(fd) || fcntl(fd[1], F_SETPIPE_SZ, 1 << 20) < 0) stop("no pipe of 1 MiB");
    fflush(stdout);
    if ((pid = fork()) < 0) stop("cannot fork");
    if (pid == 0) {
        close(fd[0]);
        dup2(fd[1], STDOUT_FILENO);
        close(fd[1]);
        if (n_tracks) write_stream(n_bytes, n_tracks);
        else write_raw(STDOUT_FILENO, n_bytes);
        _exit(0);
    }
    close(fd[1]);
    dup2(fd[0], STDIN_FILENO);
    close(fd[0]);
    if (n_tracks) read_stream(n_bytes);
    else read_raw(STDIN_FILENO, n_bytes);
    if (waitpid(pid, &status, 0) != pid || status != 0) stop("the writer failed");
    return avo_now_sec() - t0;
}

static int cmp(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    uint64_t n_bytes = (argc > 1 ? strtoull(argv[1], NULL, 10) : 2000) * 1000000;
    size_t n_tracks = argc > 2 ? strtoull(argv[2], NULL, 10) : 100;
    double raw[N_RUNS], stream[N_RUNS], gb = (double)n_bytes / 1e9;

    if (!n_bytes || !n_tracks) stop("usage: stream_pipe [MEGABYTES [TRACKS]]");
    for (int i = 0; i < N_RUNS; i++) {
        raw[i] = pass(n_bytes, 0);
        stream[i] = pass(n_bytes, n_tracks);
    }
    qsort(raw, N_RUNS, sizeof *raw, cmp);
    qsort(stream, N_RUNS, sizeof *stream, cmp);
    printf("record stream, %zu tracks / raw 1-MiB pipe\t%.2f GB/s\t%.2f GB/s\t%.2f\n", n_tracks,
           gb / stream[N_RUNS / 2], gb / raw[N_RUNS / 2], raw[N_RUNS / 2] / stream[N_RUNS / 2]);
    return 0;
}
