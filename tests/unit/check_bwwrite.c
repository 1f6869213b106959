/* SPDX-License-Identifier: MIT */
/* check_bwwrite.c: the bigWig writer; with --write DIR, files for other programs to read. */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libcommon/genome/bwwrite.h"

static char dir[64];            /* scratch folder of a test */

static void setup(void)
{
    snprintf(dir, sizeof dir, "/tmp/check_bwwrite.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void in_dir(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", dir, name);
}

/* Removes the folder and returns how many files were in it. */
static int sweep(void)
{
    struct dirent *e;
    DIR *d = opendir(dir);
    int n = 0;
    while (d && (e = readdir(d))) {
        char path[400];
        if (e->d_name[0] == '.' && (!e->d_name[1] || e->d_name[1] == '.'))
            continue;
        n++;
        in_dir(path, sizeof path, e->d_name);
        remove(path);
    }
    if (d)
        closedir(d);
    rmdir(dir);
    return n;
}

static void add_chrom(struct avo_header *h, const char *name, uint64_t len_bp)
{
    struct avo_error err = { 0 };
    h->bin_bp = 25;
    if (avo_header_add_chrom(h, name, len_bp, &err))
        abort();
    uint32_t last = (uint32_t)h->n_chroms - 1;
    if (avo_header_add_extent(h, last, 0, avo_header_chrom_bins(h, last), &err))
        abort();
}

/* ---- files by formula; tests/cli/bwwrite/readback.py has the same formulas ---- */

#define N_CONTIGS 5000          /* indexes three levels deep: more than 64 x 64 blocks */

enum pattern { CONSTANT, NOTHING, ODD, RUNS, SCATTERED };

static float value_at(enum pattern p, uint32_t i)
{
    switch (p) {
    case CONSTANT:
        return 2.5f;
    case ODD:
        return i % 5 == 3 ? NAN : 0.125f - (float)(i % 17);
    case RUNS:
        return i % 40000 < 100 ? NAN : (float)(i * 7919ull % 1000) / 8;
    case SCATTERED:
        return (i < 200000 ? i % 2 : i % 70 >= 35) ? NAN : (float)(i % 1001) - 500;
    default:
        return NAN;
    }
}

/* Adds a whole chromosome in pieces of changing length. */
static int put_chrom(struct avo_bwwriter *w, const struct avo_header *h, uint32_t chrom,
                     enum pattern p, struct avo_error *err)
{
    static const uint32_t pieces[] = { 1, 31, 32, 33, 4096, 2, 10007, 63, 8186, 200 };
    static float v[10007];
    uint32_t n = avo_header_chrom_bins(h, chrom), k = 0;
    for (uint32_t beg = 0; beg < n; k++) {
        uint32_t len = pieces[k % 10] < n - beg ? pieces[k % 10] : n - beg;
        for (uint32_t i = 0; i < len; i++)
            v[i] = value_at(p, beg + i);
        if (avo_bwwriter_add(w, chrom, beg, len, v, err))
            return -1;
        beg += len;
    }
    return 0;
}

static int write_file(const char *path, const struct avo_header *h, const enum pattern *p,
                      struct avo_error *err)
{
    struct avo_bwwriter *w = avo_bwwriter_open(path, h, err);
    int rc = w ? 0 : -1;
    for (uint32_t c = 0; !rc && c < h->n_chroms; c++)
        rc = put_chrom(w, h, c, p[c], err);
    rc = rc ? rc : avo_bwwriter_finish(w, err);
    avo_bwwriter_free(w);
    return rc;
}

static int write_named(const char *name, struct avo_header *h, const enum pattern *p)
{
    struct avo_error err = { 0 };
    char path[400];
    in_dir(path, sizeof path, name);
    int rc = write_file(path, h, p, &err);
    if (rc)
        fprintf(stderr, "check_bwwrite: %s\n", err.msg);
    avo_header_release(h);
    return rc;
}

static int write_samples(void)
{
    struct avo_header constant = { 0 }, odd = { 0 }, runs = { 0 }, scattered = { 0 };
    struct avo_header contigs = { 0 };
    static enum pattern all_odd[N_CONTIGS];
    add_chrom(&constant, "chr1", 1000010);
    add_chrom(&constant, "chr2", 50000);
    add_chrom(&odd, "1", 12345);
    add_chrom(&odd, "chrUn_KI270742.1", 5000);
    add_chrom(&odd, "HLA-A*01:01:01:01", 777);
    add_chrom(&odd, "a name, with; all", 2499);
    add_chrom(&runs, "chr7", 20000000);
    add_chrom(&scattered, "chr7", 10000000);
    for (int i = 0; i < N_CONTIGS; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%04d", i);
        add_chrom(&contigs, name, 1000u + (unsigned)i % 175);
        all_odd[i] = ODD;
    }
    return write_named("constant.bw", &constant, (enum pattern[]){ CONSTANT, NOTHING })
        || write_named("odd.bw", &odd, (enum pattern[]){ ODD, ODD, ODD, ODD })
        || write_named("runs.bw", &runs, (enum pattern[]){ RUNS })
        || write_named("scattered.bw", &scattered, (enum pattern[]){ SCATTERED })
        || write_named("contigs.bw", &contigs, all_odd);
}

/* ---- tests ---- */

static size_t slurp(const char *name, unsigned char **bytes)
{
    char path[400];
    in_dir(path, sizeof path, name);
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    *bytes = malloc(16 << 20);
    ck_assert_ptr_nonnull(*bytes);
    size_t n = fread(*bytes, 1, 16 << 20, f);
    fclose(f);
    return n;
}

START_TEST(same_input_same_bytes)
{
    struct avo_header h = { 0 };
    struct avo_error err = { 0 };
    char path[400];
    unsigned char *a, *b;
    setup();
    add_chrom(&h, "chr7", 3000000);
    in_dir(path, sizeof path, "a.bw");
    ck_assert_int_eq(write_file(path, &h, (enum pattern[]){ RUNS }, &err), 0);
    in_dir(path, sizeof path, "b.bw");
    ck_assert_int_eq(write_file(path, &h, (enum pattern[]){ RUNS }, &err), 0);
    size_t n = slurp("a.bw", &a);
    ck_assert_uint_gt(n, 100000);
    ck_assert_uint_eq(slurp("b.bw", &b), n);
    ck_assert_mem_eq(a, b, n);
    free(a);
    free(b);
    avo_header_release(&h);
    ck_assert_int_eq(sweep(), 2);
}
END_TEST

/* Zoom levels, and a summary that libBigWig alone would get wrong (constant, negative). */
START_TEST(header_fields)
{
    struct avo_header h = { 0 };
    struct avo_error err = { 0 };
    char path[400];
    unsigned char *a;
    uint16_t levels;
    uint64_t summary, covered;
    double least, greatest;
    setup();
    add_chrom(&h, "1", 1000012);
    in_dir(path, sizeof path, "sub/a.bw");
    ck_assert_int_eq(write_file(path, &h, (enum pattern[]){ ODD }, &err), 0);
    slurp("sub/a.bw", &a);
    memcpy(&levels, a + 6, 2);
    memcpy(&summary, a + 0x2c, 8);
    memcpy(&covered, a + summary, 8);
    memcpy(&least, a + summary + 8, 8);
    memcpy(&greatest, a + summary + 16, 8);
    ck_assert_uint_ge(levels, 2);
    ck_assert_uint_eq(covered, 40000 * 4 / 5 * 25);
    ck_assert_double_eq(least, 0.125 - 16);
    ck_assert_double_eq(greatest, 0.125);
    free(a);
    avo_header_release(&h);
    remove(path);
    in_dir(path, sizeof path, "sub");
    rmdir(path);
    ck_assert_int_eq(sweep(), 0);
}
END_TEST

/* One wrong call after a good one; the message; nothing left behind. */
static void refused(uint32_t chrom, uint32_t beg, uint32_t n, float value, const char *message)
{
    struct avo_header h = { 0 };
    struct avo_error err = { 0 };
    char path[400];
    float v[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    setup();
    add_chrom(&h, "chr1", 1000);
    add_chrom(&h, "chr2", 1000);
    ck_assert_int_eq(avo_header_add_chrom(&h, "chr3", 1000, &err), 0);
    in_dir(path, sizeof path, "a.bw");
    struct avo_bwwriter *w = avo_bwwriter_open(path, &h, &err);
    ck_assert_ptr_nonnull(w);
    ck_assert_int_eq(avo_bwwriter_add(w, 1, 4, 8, v, &err), 0);
    v[1] = value;
    ck_assert_int_lt(avo_bwwriter_add(w, chrom, beg, n, v, &err), 0);
    ck_assert_msg(strstr(err.msg, message) != NULL, "got '%s'", err.msg);
    ck_assert_ptr_nonnull(strstr(err.msg, "a.bw: "));
    avo_bwwriter_free(w);
    avo_header_release(&h);
    ck_assert_int_eq(sweep(), 0);
}

START_TEST(wrong_calls)
{
    refused(0, 0, 8, 1, "comes after");
    refused(1, 11, 8, 1, "comes after");
    refused(2, 0, 8, 1, "no extent");
    refused(3, 0, 8, 1, "no extent");
    refused(1, 33, 8, 1, "bins end at 41, the chromosome at 40");
    refused(1, 20, 8, INFINITY, "infinite value at base 525");
    refused(1, 20, 8, -INFINITY, "infinite value at base 525");
}
END_TEST

START_TEST(no_values)
{
    struct avo_header h = { 0 };
    struct avo_error err = { 0 };
    char path[400];
    setup();
    add_chrom(&h, "chr1", 1000);
    in_dir(path, sizeof path, "a.bw");
    ck_assert_int_lt(write_file(path, &h, (enum pattern[]){ NOTHING }, &err), 0);
    ck_assert_ptr_nonnull(strstr(err.msg, "no values"));
    avo_header_release(&h);
    ck_assert_int_eq(sweep(), 0);
}
END_TEST

START_TEST(too_long_for_the_format)
{
    struct avo_header h = { 0 };
    struct avo_error err = { 0 };
    char path[400];
    setup();
    add_chrom(&h, "chr1", 4294967296);
    in_dir(path, sizeof path, "a.bw");
    ck_assert_ptr_null(avo_bwwriter_open(path, &h, &err));
    ck_assert_ptr_nonnull(strstr(err.msg, "at most 4294967295"));
    avo_header_release(&h);
    ck_assert_int_eq(sweep(), 0);
}
END_TEST

/* A limit on file sizes stands in for the full disk: found at the start ... */
START_TEST(no_room)
{
    struct avo_header h = { 0 };
    struct avo_error err = { 0 };
    struct rlimit lim = { 100000, 100000 };
    char path[400];
    setup();
    add_chrom(&h, "chr7", 3000000);
    in_dir(path, sizeof path, "a.bw");
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &lim), 0);
    ck_assert_ptr_null(avo_bwwriter_open(path, &h, &err));
    ck_assert_ptr_nonnull(strstr(err.msg, "a.bw: cannot write: File too large"));
    avo_header_release(&h);
    ck_assert_int_eq(sweep(), 0);
}
END_TEST

/* ... and writes that fail although space was reserved: while values come (_i == 0), or when the
 * index and the zoom levels are written. */
START_TEST(failing_writes)
{
    struct avo_header h = { 0 };
    struct avo_error err = { 0 };
    struct rlimit lim = { 20000, RLIM_INFINITY };
    char path[400];
    setup();
    signal(SIGXFSZ, SIG_IGN);
    add_chrom(&h, "chr7", 3000000);
    in_dir(path, sizeof path, "a.bw");
    struct avo_bwwriter *w = avo_bwwriter_open(path, &h, &err);
    ck_assert_ptr_nonnull(w);
    if (!_i)
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &lim), 0);
    int rc = put_chrom(w, &h, 0, RUNS, &err);
    ck_assert_int_eq(rc, _i ? 0 : -1);
    if (_i) {
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &lim), 0);
        ck_assert_int_lt(avo_bwwriter_finish(w, &err), 0);
    }
    ck_assert_msg(strstr(err.msg, "a.bw: cannot write: ") != NULL, "got '%s'", err.msg);
    struct avo_error again = { 0 };
    ck_assert_int_lt(avo_bwwriter_finish(w, &again), 0);
    avo_bwwriter_free(w);
    avo_header_release(&h);
    ck_assert_int_eq(sweep(), 0);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--write")) {
        snprintf(dir, sizeof dir, "%s", argv[2]);
        return write_samples() ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    Suite *s = suite_create("bwwrite");
    TCase *t = tcase_create("bwwrite");
    tcase_add_test(t, same_input_same_bytes);
    tcase_add_test(t, header_fields);
    tcase_add_test(t, wrong_calls);
    tcase_add_test(t, no_values);
    tcase_add_test(t, too_long_for_the_format);
    tcase_add_test(t, no_room);
    tcase_add_loop_test(t, failing_writes, 0, 2);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
