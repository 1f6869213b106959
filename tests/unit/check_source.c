/* SPDX-License-Identifier: MIT */
/* check_source.c: signal files against sums worked out base by base, and what is refused. */
#include "libcommon/genome/source.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/lib/signal_files.h"

static char dir[] = "/tmp/check_source.XXXXXX";
static char path[128], genome[128];

static void write_bedgraph(FILE *f, const struct sf_data *d)
{
    fputs("browser position chr1:1-100\ntrack type=bedGraph name=\"x\"\n# a comment\n\n", f);
    for (int c = SF_CHROMS - 1; c >= 0; c--)
        for (size_t i = 0; i < d->n[c]; i++)
            fprintf(f, "%s%s%u\t%u\t%.9g\n", sf_names[c], c == 2 ? " " : "\t",
                    d->items[c][i].beg, d->items[c][i].end, (double)d->items[c][i].value);
}

static void write_genome(void)
{
    FILE *f = fopen(genome, "w");
    ck_assert_ptr_nonnull(f);
    for (int c = 0; c < SF_CHROMS; c++)
        fprintf(f, "%s\t%u\n", sf_names[c], sf_lens[c]);
    fclose(f);
}

static void setup(void)
{
    strcpy(dir, "/tmp/check_source.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/signal", dir);
    snprintf(genome, sizeof genome, "%s/sizes", dir);
    write_genome();
}

static void teardown(void)
{
    unlink(path);
    unlink(genome);
    ck_assert_int_eq(rmdir(dir), 0);
}

static void put(const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

static uint8_t *get(size_t *len)
{
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    uint8_t *p = malloc((size_t)st.st_size);
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    *len = fread(p, 1, (size_t)st.st_size, f);
    ck_assert_uint_eq(*len, (size_t)st.st_size);
    fclose(f);
    return p;
}

static struct avo_source *must_open(void)
{
    struct avo_error err = {0};
    struct avo_source *s = avo_source_open(path, genome, false, &err);
    ck_assert_msg(s, "%s", err.msg);
    return s;
}

/* Opening must fail with words in the message. */
static void must_refuse(const char *words)
{
    struct avo_error err = {0};
    struct avo_source *s = avo_source_open(path, genome, false, &err);
    ck_assert_msg(!s, "opened, though it should say \"%s\"", words);
    ck_assert_msg(strstr(err.msg, words), "\"%s\" lacks \"%s\"", err.msg, words);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
    ck_assert_ptr_eq(strchr(err.msg, '\n'), NULL);
}

static int index_of(const char *name)
{
    for (int c = 0; c < SF_CHROMS; c++)
        if (strcmp(sf_names[c], name) == 0)
            return c;
    ck_abort_msg("unknown chromosome %s", name);
    return -1;
}

/* All bins of one chromosome in pieces, asleep after every third one. */
static void compare_chrom(struct avo_source *s, const struct sf_data *d, int c, uint32_t bin_bp,
                          uint32_t piece, bool backwards)
{
    uint32_t n = sf_lens[c] / bin_bp, n_pieces = (n + piece - 1) / piece;
    double *want = calloc(n + 1, sizeof *want), *sum = malloc((piece + 1) * sizeof *sum);
    uint32_t *bases = calloc(n + 1, sizeof *bases), *cov = malloc((piece + 1) * sizeof *cov);
    struct avo_error err = {0};
    sf_expect(d, c, bin_bp, n, want, bases);
    for (uint32_t k = 0; k < n_pieces; k++) {
        uint32_t beg = (backwards ? n_pieces - 1 - k : k) * piece;
        uint32_t m = n - beg < piece ? n - beg : piece;
        sum[m] = -77;
        cov[m] = 77;
        int rc = avo_source_read(s, sf_names[c], bin_bp, beg, m, sum, cov, &err);
        ck_assert_msg(rc == 0, "%s", err.msg);
        for (uint32_t i = 0; i < m; i++) {
            ck_assert_uint_eq(cov[i], bases[beg + i]);
            ck_assert_msg(fabs(sum[i] - want[beg + i]) <= 1e-9 * fabs(want[beg + i]) + 1e-12,
                          "%s bin %u: got %.17g, want %.17g", sf_names[c], beg + i, sum[i],
                          want[beg + i]);
        }
        ck_assert(sum[m] == -77 && cov[m] == 77);
        if (k % 3 == 2)
            avo_source_sleep(s);
    }
    free(want);
    free(sum);
    free(bases);
    free(cov);
}

static void compare_all(const struct sf_data *d)
{
    static const uint32_t bins[] = {25, 1, 7, 200, 5000};
    static const uint32_t pieces[] = {1u << 20, 13, 64};
    struct avo_source *s = must_open();
    ck_assert_uint_eq(avo_source_n_chroms(s), SF_CHROMS);
    for (size_t i = 0; i < SF_CHROMS; i++) {
        uint64_t len;
        int c = index_of(avo_source_chrom(s, i, &len));
        ck_assert_uint_eq(len, sf_lens[c]);
        for (size_t b = 0; b < sizeof bins / sizeof *bins; b++)
            for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
                if (p == 0 || bins[b] >= 25)
                    compare_chrom(s, d, c, bins[b], pieces[p], (b + p) % 2 == 1);
    }
    avo_source_close(s);
}

/* Spans and steps that agree with a bin of 25 and some that do not. */
static const uint32_t shapes[][2] = {{25, 25}, {25, 30}, {10, 10}, {1, 3}, {60, 61}, {200, 200}};

START_TEST(test_bigwig)
{
    for (int kind = 0; kind < SF_KINDS; kind++) {
        for (int small = 0; small < 2; small++) {
            struct sf_data d;
            sf_make(&d, (enum sf_kind)kind, (uint32_t)_i, shapes[_i][0], shapes[_i][1]);
            bool packed = small || _i % 2;
            sf_write_bigwig(path, &d, (enum sf_kind)kind, small ? 20 : 0, packed,
                            packed ? 2 : 0);
            compare_all(&d);
            sf_free(&d);
        }
    }
}
END_TEST

START_TEST(test_bedgraph)
{
    struct sf_data d;
    sf_make(&d, (enum sf_kind)(_i % SF_KINDS), (uint32_t)_i, shapes[_i][0], shapes[_i][1]);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    write_bedgraph(f, &d);
    fclose(f);
    compare_all(&d);
    size_t len;
    uint8_t *text = get(&len);
    for (int members = 1; members < 4; members += 2) {
        ck_assert_int_eq(unlink(path), 0);
        for (int m = 0; m < members; m++) {
            gzFile gz = gzopen(path, m ? "ab" : "wb");
            size_t beg = len * (size_t)m / (size_t)members;
            size_t end = len * (size_t)(m + 1) / (size_t)members;
            ck_assert_int_eq(gzwrite(gz, text + beg, (unsigned)(end - beg)), (int)(end - beg));
            ck_assert_int_eq(gzclose(gz), Z_OK);
        }
        compare_all(&d);
    }
    free(text);
    sf_free(&d);
}
END_TEST

/* A long text, so that marks within a chromosome are used. */
START_TEST(test_bedgraph_marks)
{
    struct avo_error err = {0};
    FILE *f = fopen(path, "w");
    FILE *g = fopen(genome, "w");
    fprintf(g, "big\t3000000\n");
    fclose(g);
    for (uint32_t i = 0; i < 300000; i++)
        fprintf(f, "big\t%u\t%u\t%u.000000000\n", i * 10, i * 10 + 5, i % 1000);
    fclose(f);
    struct avo_source *s = must_open();
    for (uint32_t i = 0; i < 400; i++) {
        double sum;
        uint32_t covered, bin = i * 7919 % 300000;
        if (i % 16 == 0)
            avo_source_sleep(s);
        ck_assert_msg(avo_source_read(s, "big", 10, bin, 1, &sum, &covered, &err) == 0, "%s",
                      err.msg);
        ck_assert_uint_eq(covered, 5);
        ck_assert(sum == 5.0 * (bin % 1000));
    }
    avo_source_close(s);
}
END_TEST

START_TEST(test_nan_and_infinite)
{
    struct avo_error err = {0};
    struct sf_data d;
    double sum[100];
    uint32_t covered[100];
    for (int kind = 0; kind < SF_KINDS; kind++) {
        sf_make(&d, (enum sf_kind)kind, 9, 25, 25);
        for (size_t i = 0; i < d.n[0]; i += 3)
            d.items[0][i].value = NAN;
        sf_write_bigwig(path, &d, (enum sf_kind)kind, 0, true, 0);
        compare_all(&d);
        d.items[0][5].value = _i ? INFINITY : -INFINITY;
        uint32_t at = d.items[0][5].beg;
        sf_write_bigwig(path, &d, (enum sf_kind)kind, 0, true, 0);
        struct avo_source *s = must_open();
        ck_assert_int_eq(avo_source_read(s, "chr1", 25, 0, 100, sum, covered, &err), -1);
        char words[64];
        snprintf(words, sizeof words, "signal: chr1:%u: infinite value", at + 1);
        ck_assert_msg(strstr(err.msg, words), "%s", err.msg);
        avo_error_clear(&err);
        ck_assert_int_eq(avo_source_read(s, "chr2", 25, 0, 10, sum, covered, &err), 0);
        avo_source_close(s);
        sf_free(&d);
    }
    put_text("chr1\t0\t10\tnan\nchr1\t10\t20\t2\n");
    struct avo_source *s = must_open();
    ck_assert_int_eq(avo_source_read(s, "chr1", 20, 0, 1, sum, covered, &err), 0);
    ck_assert(sum[0] == 20.0 && covered[0] == 10);
    avo_source_close(s);
}
END_TEST

START_TEST(test_constant_chromosome)
{
    struct sf_data d = {0};
    struct sf_item whole = {0, SF_MAX_BP, 2.5f}, second = {0, 5000, -1.0f};
    d.n[0] = d.n[1] = 1;
    d.items[0] = &whole;
    d.items[1] = &second;
    sf_write_bigwig(path, &d, SF_LISTED, 0, true, 2);
    compare_all(&d);
    memset(&d, 0, sizeof d);
    sf_write_bigwig(path, &d, SF_LISTED, 0, true, 0);
    must_refuse("no data in it");
}
END_TEST

START_TEST(test_what_can_be_asked)
{
    struct avo_error err = {0};
    struct sf_data d;
    double sum[10];
    uint32_t covered[10];
    sf_make(&d, SF_FIXED, 1, 25, 25);
    sf_write_bigwig(path, &d, SF_FIXED, 0, true, 0);
    sf_free(&d);
    struct avo_source *s = must_open();
    ck_assert_int_eq(avo_source_read(s, "2", 25, 0, 1, sum, covered, &err), -1);
    ck_assert_msg(strstr(err.msg, "no chromosome \"2\""), "%s", err.msg);
    ck_assert_msg(strstr(err.hint, "chr2"), "%s", err.hint);
    avo_error_clear(&err);
    ck_assert_int_eq(avo_source_read(s, "chr2", 25, 198, 2, sum, covered, &err), 0);
    ck_assert_int_eq(avo_source_read(s, "chr2", 25, 198, 3, sum, covered, &err), -1);
    ck_assert_msg(strstr(err.msg, "5000 bp"), "%s", err.msg);
    avo_error_clear(&err);
    ck_assert_int_eq(avo_source_read(s, "chr2", 25, 200, 0, sum, covered, &err), 0);
    avo_source_close(s);
    avo_source_close(NULL);
}
END_TEST

START_TEST(test_urls)
{
    static const char *const urls[] = {"http://localhost:1/x.bw", "https://localhost:1/x.bw",
                                       "ftp://localhost:1/x.bw", "HTTP://localhost/x", "s3://b/x"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct avo_error err = {0};
        ck_assert_ptr_null(avo_source_open(urls[i], genome, false, &err));
        ck_assert_msg(strstr(err.msg, "nothing is fetched unless asked"), "%s", err.msg);
        ck_assert_msg(strstr(err.hint, "--remote"), "%s", err.hint);
    }
    struct avo_error err = {0};
    ck_assert_ptr_null(avo_source_open("s3://b/x", genome, true, &err));
    ck_assert_msg(strstr(err.msg, "only http"), "%s", err.msg);
}
END_TEST

START_TEST(test_other_files)
{
    struct avo_error err = {0};
    ck_assert_ptr_null(avo_source_open(dir, genome, false, &err));
    ck_assert_msg(strstr(err.msg, "not a regular file"), "%s", err.msg);
    avo_error_clear(&err);
    ck_assert_ptr_null(avo_source_open("/nonexistent/x", genome, false, &err));
    ck_assert_msg(strstr(err.msg, strerror(ENOENT)), "%s", err.msg);
    put("", 0);
    must_refuse("the file is empty");
    put("\x88\x8f\xfc\x26rest", 8);
    must_refuse("swapped bytes");
    put("\xeb\xf2\x89\x87rest", 8);
    must_refuse("a bigBed");
    put("\x89HDF\r\n\x1a\n", 8);
    must_refuse("an HDF5 file");
    put("\x01\x02 or something else", 20);
    must_refuse("neither bigWig nor bedGraph or wig (first bytes 0102206f)");
    put("\x26\xfc\x8f\x88", 4);
    must_refuse("past the end of the file");
    put_text("chr1\t0\t10\t1\n");
    ck_assert_ptr_null(avo_source_open(path, NULL, false, &(struct avo_error){0}));
    avo_error_clear(&err);
    avo_source_open(path, NULL, false, &err);
    ck_assert_msg(strstr(err.hint, "-g"), "%s", err.hint);
}
END_TEST

static const struct { const char *text, *words; } bad_texts[] = {
    {"chr1\t0\t10\t1\nchr1\t5\t20\t1\n", "signal:2: intervals out of order or overlapping"},
    {"chr1\t20\t30\t1\nchr1\t5\t10\t1\n", "signal:2: intervals out of order"},
    {"chr1\t0\t10\t1\nchr2\t0\t1\t1\nchr1\t20\t30\t1\n", "signal:3: this chromosome's lines"},
    {"#x\n\nchr9\t0\t10\t1\n", "signal:3: a chromosome that the genome file lacks (got \"chr9\")"},
    {"chr2\t0\t5001\t1\n", "signal:1: end lies past the end of the chromosome (got \"5001\")"},
    {"chr2\t10\t9\t1\n", "signal:1: end is not a position at or after start"},
    {"chr2\t10\t10\t1\n", "no intervals in it"},
    {"chr2\t-1\t10\t1\n", "signal:1: start is not a position (got \"-1\")"},
    {"chr2\t1e3\t2000\t1\n", "signal:1: start is not a position"},
    {"chr2\t0\t99999999999999999999\t1\n", "signal:1: end is not a position"},
    {"chr2\t0\t10\n", "signal:1: want four columns"},
    {"chr2\t0\t10\t1\t2\n", "signal:1: more than four columns"},
    {"chr2\t0\t10\tabc\n", "signal:1: value is not a number (got \"abc\")"},
    {"chr2\t0\t10\t1x\n", "signal:1: value is not a number"},
    {"chr2\t0\t10\tinf\n", "signal:1: infinite value"},
    {"chr2\t0\t10\t1e999\n", "signal:1: infinite value"},
    {"chr2\t0\t10\t1\nchr2\t10\t20\t1", "signal:2: the last line does not end in a newline"},
    {"fixedStep chrom=chr1 start=1 step=1\n1\n1 2\n", "signal:3: want one value a line"},
    {"track type=wiggle_0\nvariableStep chrom=chr1\n1\n", "signal:3: want a position and a value"},
    {"track\n", "no intervals in it"},
};

START_TEST(test_bad_text)
{
    put_text(bad_texts[_i].text);
    must_refuse(bad_texts[_i].words);
    gzFile gz = gzopen(path, "wb");
    gzputs(gz, bad_texts[_i].text);
    gzclose(gz);
    must_refuse(bad_texts[_i].words);
}
END_TEST

START_TEST(test_odd_text)
{
    struct avo_error err = {0};
    double sum;
    uint32_t covered;
    put_text("track x\r\nchr2\t0\t10\t1\r\n  chr2   10 20 3 \nchr1 0 1 1\n");
    struct avo_source *s = must_open();
    ck_assert_int_eq(avo_source_read(s, "chr2", 20, 0, 1, &sum, &covered, &err), 0);
    ck_assert(sum == 40 && covered == 20);
    avo_source_close(s);
    put("chr2\t0\t10\t1\n#234567890123456789012345678901234567890123456789012345678901234567890"
        "\0\n", 84);
    must_refuse("signal:2: a NUL byte");
    char *lines = malloc(200001);
    memset(lines, '#', 200000);
    lines[200000] = '\n';
    put(lines, 200001);
    must_refuse("signal:1: a line of more than");
    free(lines);
}
END_TEST

/* Every truncation of a gzip text, and every flipped bit of it, is found or changes nothing. */
START_TEST(test_damaged_gzip)
{
    gzFile gz = gzopen(path, "wb");
    for (int i = 0; i < 40; i++)
        gzprintf(gz, "chr1\t%d\t%d\t%d\n", i * 25, i * 25 + 25, i * i % 11);
    gzclose(gz);
    size_t len;
    uint8_t *p = get(&len);
    int fd = open(path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    for (size_t cut = len - 1; cut > 0; cut--) {
        struct avo_error err = {0};
        ck_assert_int_eq(ftruncate(fd, (off_t)cut), 0);
        ck_assert_msg(!avo_source_open(path, genome, false, &err), "cut at %zu", cut);
    }
    ck_assert_int_eq(pwrite(fd, p, len, 0), (ssize_t)len);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct avo_error err = {0};
        uint8_t flipped = p[bit / 8] ^ (uint8_t)(1 << bit % 8);
        ck_assert_int_eq(pwrite(fd, &flipped, 1, (off_t)(bit / 8)), 1);
        struct avo_source *s = avo_source_open(path, genome, false, &err);
        if (!s) {
            ck_assert_int_eq(pwrite(fd, &p[bit / 8], 1, (off_t)(bit / 8)), 1);
            continue;
        }
        double sum[41];
        uint32_t covered[41];
        ck_assert_int_eq(avo_source_read(s, "chr1", 25, 0, 41, sum, covered, &err), 0);
        for (int i = 0; i < 40; i++)
            ck_assert_msg(sum[i] == 25 * (i * i % 11), "bit %zu", bit);
        ck_assert(covered[40] == 0);
        avo_source_close(s);
        ck_assert_int_eq(pwrite(fd, &p[bit / 8], 1, (off_t)(bit / 8)), 1);
    }
    close(fd);
    free(p);
}
END_TEST

START_TEST(test_file_changes_while_asleep)
{
    struct sf_data d;
    struct avo_error err = {0};
    double sum[10];
    uint32_t covered[10];
    sf_make(&d, SF_LISTED, 1, 25, 25);
    for (int text = 0; text < 2; text++) {
        sf_write_bigwig(path, &d, SF_LISTED, 0, true, 0);
        if (text)
            put_text("chr1\t0\t10\t1\n");
        struct avo_source *s = must_open();
        ck_assert_int_eq(avo_source_read(s, "chr1", 25, 0, 10, sum, covered, &err), 0);
        avo_source_sleep(s);
        FILE *f = fopen(path, "ab");
        fputc('\n', f);
        fclose(f);
        ck_assert_int_eq(avo_source_read(s, "chr1", 25, 0, 10, sum, covered, &err), -1);
        ck_assert_msg(strstr(err.msg, "changed since it was opened"), "%s", err.msg);
        avo_error_clear(&err);
        avo_source_close(s);
        unlink(path);
    }
    sf_free(&d);
}
END_TEST

START_TEST(test_lying_summary)
{
    struct sf_data d;
    size_t len;
    sf_make(&d, SF_LISTED, 3, 25, 25);
    sf_write_bigwig(path, &d, SF_LISTED, 0, true, 0);
    uint8_t *p = get(&len);
    uint64_t off;
    memcpy(&off, p + 44, 8);
    memset(p + off, 0xff, 8);
    put(p, len);
    free(p);
    struct avo_source *s = must_open();
    ck_assert_ptr_nonnull(avo_source_warning(s));
    ck_assert_ptr_nonnull(strstr(avo_source_warning(s), "summary"));
    compare_chrom(s, &d, 0, 25, 100, false);
    avo_source_close(s);
    sf_free(&d);
}
END_TEST

/* 300 files at once where 64 descriptors are allowed: asleep, none holds one. */
START_TEST(test_many_asleep)
{
    struct avo_source *s[300];
    struct sf_data d;
    struct rlimit lim;
    sf_make(&d, SF_LISTED, 4, 25, 25);
    sf_write_bigwig(path, &d, SF_LISTED, 0, true, 0);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
    lim.rlim_cur = 64;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
    for (int i = 0; i < 300; i++) {
        s[i] = must_open();
        avo_source_sleep(s[i]);
    }
    for (int i = 0; i < 300; i++) {
        compare_chrom(s[i], &d, 3, 25, 40, false);
        avo_source_sleep(s[i]);
    }
    for (int i = 0; i < 300; i++)
        avo_source_close(s[i]);
    sf_free(&d);
}
END_TEST

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
/* An open file that has been read takes at most 512 KiB; asleep far less. */
START_TEST(test_memory)
{
    struct sf_data d;
    struct avo_error err = {0};
    double sum[800];
    uint32_t covered[800];
    sf_make(&d, SF_LISTED, 4, 25, 25);
    sf_write_bigwig(path, &d, SF_LISTED, 20, true, 0);
    struct mallinfo2 m0 = mallinfo2();
    struct avo_source *s = must_open();
    ck_assert_int_eq(avo_source_read(s, "chr1", 25, 0, 800, sum, covered, &err), 0);
    struct mallinfo2 m1 = mallinfo2();
    size_t awake = m1.uordblks + m1.hblkhd - m0.uordblks - m0.hblkhd;
    ck_assert_msg(awake <= 512 * 1024, "%zu bytes awake", awake);
    avo_source_sleep(s);
    m1 = mallinfo2();
    size_t asleep = m1.uordblks + m1.hblkhd - m0.uordblks - m0.hblkhd;
    ck_assert_msg(asleep <= 64 * 1024, "%zu bytes asleep", asleep);
    avo_source_close(s);
    sf_free(&d);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("source");
    TCase *tc = tcase_create("source");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, test_bigwig, 0, (int)(sizeof shapes / sizeof *shapes));
    tcase_add_loop_test(tc, test_bedgraph, 0, (int)(sizeof shapes / sizeof *shapes));
    tcase_add_test(tc, test_bedgraph_marks);
    tcase_add_loop_test(tc, test_nan_and_infinite, 0, 2);
    tcase_add_test(tc, test_constant_chromosome);
    tcase_add_test(tc, test_what_can_be_asked);
    tcase_add_test(tc, test_urls);
    tcase_add_test(tc, test_other_files);
    tcase_add_loop_test(tc, test_bad_text, 0, (int)(sizeof bad_texts / sizeof *bad_texts));
    tcase_add_test(tc, test_odd_text);
    tcase_add_test(tc, test_damaged_gzip);
    tcase_add_test(tc, test_file_changes_while_asleep);
    tcase_add_test(tc, test_lying_summary);
    tcase_add_test(tc, test_many_asleep);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    tcase_add_test(tc, test_memory);
#endif
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
