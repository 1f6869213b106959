/* SPDX-License-Identifier: MIT */
/* check_bigwig_damage.c: bigWigs with flipped bits and cut ends. A damaged file is refused or
 * gives the values it had before; what cannot be found (bw2tensor(1), NOTES) is exactly:
 * compressed: the name and the length of a chromosome, where they stay possible;
 * not compressed: besides, the values, and the spans and steps or the inner edges of intervals. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/genome/source.h"
#include "tests/lib/signal_files.h"

enum { BIN = 25, WINDOW = 11, MAX_BINS = SF_MAX_BP / BIN, N_FILES = 6,
    N_MUTATIONS = 1000, MUTATIONS_PER_TEST = 20 };
enum verdict { REFUSED, SAME, OTHER_TABLE, OTHER_VALUES };

/* A whole file, what it holds, and where the parts lie. */
struct sample {
    char path[160];
    enum sf_kind kind;
    bool compressed;
    struct sf_data data;
    uint8_t *bytes;
    size_t len;
    double sum[SF_CHROMS][MAX_BINS + 1];
    uint32_t covered[SF_CHROMS][MAX_BINS + 1];
};

static struct sample samples[N_FILES];
static char dir[] = "/tmp/check_bigwig_damage.XXXXXX";
static char work[160];
static int work_fd = -1;

static uint32_t u32_at(const uint8_t *p)
{
    uint32_t x;
    memcpy(&x, p, 4);
    return x;
}

static uint64_t u64_at(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
    return x;
}

static void load(struct sample *s)
{
    struct stat st;
    FILE *f = fopen(s->path, "rb");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fstat(fileno(f), &st), 0);
    s->len = (size_t)st.st_size;
    s->bytes = malloc(s->len);
    ck_assert_uint_eq(fread(s->bytes, 1, s->len, f), s->len);
    fclose(f);
    for (int c = 0; c < SF_CHROMS; c++)
        sf_expect(&s->data, c, BIN, sf_lens[c] / BIN, s->sum[c], s->covered[c]);
}

/* fixedStep, variableStep, bedGraph; one of few large blocks; one whose chromosomes' numbers
 * descend; one not compressed. */
static void make_samples(void)
{
    static const struct { enum sf_kind kind; size_t run; bool compressed; int n_zooms; } how[] = {
        {SF_FIXED, 0, true, 2}, {SF_VARIABLE, 10, true, 0}, {SF_LISTED, 8, true, 3},
        {SF_LISTED, 0, true, 0}, {SF_LISTED, 8, true, 0}, {SF_LISTED, 40, false, 0}};
    ck_assert_ptr_nonnull(mkdtemp(dir));
    for (int i = 0; i < N_FILES; i++) {
        struct sample *s = &samples[i];
        snprintf(s->path, sizeof s->path, "%s/sample%d", dir, i);
        s->kind = how[i].kind;
        s->compressed = how[i].compressed;
        sf_make(&s->data, s->kind, 100 + (uint32_t)i, 25, i == 0 ? 25 : 30);
        s->data.backward = i == 4;
        sf_write_bigwig(s->path, &s->data, s->kind, how[i].run, s->compressed, how[i].n_zooms);
        load(s);
    }
    snprintf(work, sizeof work, "%s/work", dir);
}

static void remove_samples(void)
{
    for (int i = 0; i < N_FILES; i++) {
        unlink(samples[i].path);
        sf_free(&samples[i].data);
        free(samples[i].bytes);
    }
    unlink(work);
    rmdir(dir);
}

/* libBigWig prints by itself; what it could print about has been refused before it sees a file. */
static void check_silence(void)
{
    struct stat st;
    ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
    ck_assert_msg(st.st_size == 0, "something was printed on stderr");
}

/* Each test runs in a process of its own, with a file for its stderr. */
static void catch_stderr(void)
{
    FILE *f = tmpfile();
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(dup2(fileno(f), STDERR_FILENO), STDERR_FILENO);
    fclose(f);
}

static void write_work(const uint8_t *p, size_t len)
{
    if (work_fd < 0)
        work_fd = open(work, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(work_fd, 0);
    ck_assert_int_eq(ftruncate(work_fd, 0), 0);
    ck_assert_int_eq(pwrite(work_fd, p, len, 0), (ssize_t)len);
}

/* Bins [beg, beg + n) of chromosome c: refused, the same, or other values. */
static enum verdict read_and_compare(struct avo_source *src, const struct sample *s,
                                     const char *name, int c, uint32_t beg, uint32_t n)
{
    static double sum[MAX_BINS + 1];
    static uint32_t covered[MAX_BINS + 1];
    struct avo_error err = {0};
    if (avo_source_read(src, name, BIN, beg, n, sum, covered, &err) < 0) {
        ck_assert_msg(strncmp(err.msg, work, strlen(work)) == 0, "%s", err.msg);
        return REFUSED;
    }
    for (uint32_t i = 0; i < n; i++)
        if (covered[i] != s->covered[c][beg + i] ||
            fabs(sum[i] - s->sum[c][beg + i]) > 1e-9 * fabs(s->sum[c][beg + i]))
            return OTHER_VALUES;
    return SAME;
}

/* All chromosomes by one handle, whole or (windows) in small pieces from the end. Other values
 * anywhere weigh most; a file that is refused anywhere is refused. */
static enum verdict judge_values(const struct sample *s, struct avo_source *src, bool windows)
{
    bool refused = false;
    for (int c = 0; c < SF_CHROMS; c++) {
        uint64_t len;
        const char *name = avo_source_chrom(src, (size_t)c, &len);
        uint32_t n = sf_lens[c] / BIN, step = windows ? WINDOW : n + 1;
        if (len / BIN < n)
            n = (uint32_t)(len / BIN);
        for (uint32_t k = (n + step - 1) / step; k-- > 0;) {
            uint32_t m = n - k * step < step ? n - k * step : step;
            enum verdict v = read_and_compare(src, s, name, c, k * step, m);
            if (v == OTHER_VALUES)
                return v;
            refused = refused || v == REFUSED;
        }
    }
    return refused ? REFUSED : SAME;
}

/* What a reader makes of the work file. */
static enum verdict judge(const struct sample *s)
{
    enum verdict verdict = SAME;
    for (int windows = 0; windows < 2 && verdict != OTHER_VALUES; windows++) {
        struct avo_error err = {0};
        struct avo_source *src = avo_source_open(work, NULL, false, &err);
        if (!src) {
            ck_assert_int_eq(err.status, AVO_EXIT_DATA);
            ck_assert_msg(strncmp(err.msg, work, strlen(work)) == 0, "%s", err.msg);
            return REFUSED;
        }
        ck_assert_uint_eq(avo_source_n_chroms(src), SF_CHROMS);
        for (int c = 0; c < SF_CHROMS; c++) {
            uint64_t len;
            if (verdict == SAME && (strcmp(avo_source_chrom(src, (size_t)c, &len), sf_names[c]) ||
                                    len != sf_lens[c]))
                verdict = OTHER_TABLE;
        }
        enum verdict v = judge_values(s, src, windows);
        if (v == OTHER_VALUES || (v == REFUSED && verdict != OTHER_VALUES))
            verdict = v;
        avo_source_close(src);
    }
    return verdict;
}

/* Offset of the first leaf entry of the chromosome tree, bytes of a key. */
static size_t chrom_items(const struct sample *s, uint32_t *key_bytes)
{
    uint64_t at = u64_at(s->bytes + 8);
    *key_bytes = u32_at(s->bytes + at + 8);
    return (size_t)at + 36;
}

/* True if the byte belongs to a chromosome's name or length. */
static bool in_chrom_table(const struct sample *s, size_t at)
{
    uint32_t key_bytes;
    size_t beg = chrom_items(s, &key_bytes), size = key_bytes + 8;
    if (at < beg || at >= beg + SF_CHROMS * size)
        return false;
    size_t in_item = (at - beg) % size;
    return in_item < key_bytes || in_item >= key_bytes + 4;
}

/* ---- a thousand random mutations of the compressed files ---- */

/* Flips one to three bits, overwrites a byte, zeroes eight, or cuts the end. Returns the new
 * length; *table: a chromosome's name or length was touched. */
static size_t mutate(const struct sample *s, uint8_t *p, uint32_t i, bool *table)
{
    uint32_t how = sf_draw(2024, i, 0, 16);
    *table = false;
    if (how < 3)
        return sf_draw(2024, i, 1, (uint32_t)s->len);
    for (uint32_t k = 0; k < (how < 10 ? 1 : how < 14 ? 3 : 8); k++) {
        size_t at = sf_draw(2024, i, 2 + (how < 14 ? k : 0), (uint32_t)s->len);
        if (how >= 15)
            at = at + k < s->len ? at + k : at;
        if (how < 14)
            p[at] ^= (uint8_t)(1u << sf_draw(2024, i, 100 + k, 8));
        else
            p[at] = how == 14 ? (uint8_t)sf_draw(2024, i, 200, 256) : 0;
        *table = *table || in_chrom_table(s, at);
    }
    return s->len;
}

START_TEST(test_random_mutations)
{
    const struct sample *s = &samples[_i % 5];
    uint8_t *p = malloc(s->len);
    for (int k = 0; k < MUTATIONS_PER_TEST; k++) {
        int i = _i * MUTATIONS_PER_TEST + k;
        bool table;
        memcpy(p, s->bytes, s->len);
        size_t len = mutate(s, p, (uint32_t)i, &table);
        write_work(p, len);
        enum verdict v = judge(s);
        ck_assert_msg(v == REFUSED || v == SAME || (v == OTHER_TABLE && table),
                      "mutation %d of sample %d: verdict %d", i, _i % 5, (int)v);
    }
    free(p);
}
END_TEST

/* ---- every bit ---- */

/* Whether the name that p holds is one a reader takes: printable, zero-padded, not yet there (one
 * byte beyond ASCII is not UTF-8). */
static bool possible_name(const uint8_t *p, uint32_t key_bytes, int self)
{
    char name[256] = "";
    uint32_t n = 0;
    while (n < key_bytes && p[n] >= 0x20 && p[n] < 0x7f)
        n++;
    for (uint32_t i = n; i < key_bytes; i++)
        if (p[i])
            return false;
    memcpy(name, p, n);
    for (int c = 0; c < SF_CHROMS; c++)
        if (c != self && strcmp(name, sf_names[c]) == 0)
            return false;
    return n > 0;
}

/* Whether a flip of this bit leaves a chromosome table that could be true. */
static bool undetectable(const struct sample *s, const uint8_t *p, size_t at)
{
    uint32_t key_bytes;
    size_t beg = chrom_items(s, &key_bytes), size = key_bytes + 8;
    if (!in_chrom_table(s, at))
        return false;
    int c = (int)((at - beg) / size);
    const uint8_t *item = p + beg + (size_t)c * size;
    if ((at - beg) % size < key_bytes)
        return possible_name(item, key_bytes, c);
    uint32_t len = u32_at(item + key_bytes + 4);
    size_t n = s->data.n[c];
    return len > 0 && (n == 0 || len >= s->data.items[c][n - 1].end);
}

/* Flips bit by bit [beg, end) of the file. */
static void flip_all(const struct sample *s, size_t beg, size_t end, size_t stride)
{
    write_work(s->bytes, s->len);
    uint8_t *p = malloc(s->len);
    memcpy(p, s->bytes, s->len);
    for (size_t bit = 8 * beg; bit < 8 * end; bit += stride) {
        size_t at = bit / 8;
        p[at] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(pwrite(work_fd, p + at, 1, (off_t)at), 1);
        enum verdict v = judge(s), want = undetectable(s, p, at) ? OTHER_TABLE : SAME;
        ck_assert_msg(v == want || (want == SAME && v == REFUSED),
                      "byte %zu bit %zu: verdict %d", at, bit % 8, (int)v);
        p[at] = s->bytes[at];
        ck_assert_int_eq(pwrite(work_fd, p + at, 1, (off_t)at), 1);
    }
    free(p);
}

START_TEST(test_every_bit_outside_blocks)
{
    const struct sample *s = &samples[_i];
    uint64_t data = u64_at(s->bytes + 16), index = u64_at(s->bytes + 24);
    flip_all(s, 0, (size_t)data + 8, _i < 4 ? 1 : 17);
    flip_all(s, (size_t)index, s->len, _i < 4 ? 11 : 23);
}
END_TEST

START_TEST(test_every_bit_of_blocks)
{
    const struct sample *s = &samples[3];
    uint64_t data = u64_at(s->bytes + 16), index = u64_at(s->bytes + 24);
    flip_all(s, (size_t)data, (size_t)index, 13);
}
END_TEST

/* Cut anywhere, the file is refused: the end mark is gone. */
START_TEST(test_every_truncation)
{
    const struct sample *s = &samples[_i];
    write_work(s->bytes, s->len);
    for (size_t len = s->len; len-- > 0;) {
        ck_assert_int_eq(ftruncate(work_fd, (off_t)len), 0);
        struct avo_error err = {0};
        ck_assert_msg(!avo_source_open(work, NULL, false, &err), "cut to %zu bytes", len);
    }
}
END_TEST

/* ---- a file that is not compressed ---- */

/* Whether the byte is an item of a block, or a block's step or span. */
static bool in_items(const struct sample *s, size_t at)
{
    uint64_t off = u64_at(s->bytes + 16) + 8, index = u64_at(s->bytes + 24);
    while (off < index) {
        uint16_t n;
        memcpy(&n, s->bytes + off + 22, 2);
        uint64_t end = off + 24 + 12u * n;
        if (at < end)
            return at >= off && (at - off >= 24 || (at - off >= 12 && at - off < 20));
        off = end;
    }
    return false;
}

START_TEST(test_uncompressed)
{
    const struct sample *s = &samples[5];
    size_t n_other = 0, stride = 7;
    write_work(s->bytes, s->len);
    for (size_t bit = 0; bit < 8 * s->len; bit += stride) {
        size_t at = bit / 8;
        uint8_t flipped = s->bytes[at] ^ (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(pwrite(work_fd, &flipped, 1, (off_t)at), 1);
        enum verdict v = judge(s);
        ck_assert_msg(v != OTHER_VALUES || in_items(s, at), "byte %zu bit %zu", at, bit % 8);
        ck_assert_msg(v != OTHER_TABLE || in_chrom_table(s, at), "byte %zu bit %zu", at, bit % 8);
        n_other += v == OTHER_VALUES;
        ck_assert_int_eq(pwrite(work_fd, s->bytes + at, 1, (off_t)at), 1);
    }
    ck_assert_uint_gt(n_other, 1000 / stride);
}
END_TEST

/* The oracle itself: whole files are the same, a value changed by hand is seen. */
START_TEST(test_the_judge)
{
    for (int i = 0; i < N_FILES; i++) {
        write_work(samples[i].bytes, samples[i].len);
        ck_assert_int_eq(judge(&samples[i]), SAME);
    }
    struct sample *s = &samples[2];
    write_work(s->bytes, s->len);
    s->sum[0][10] += 1;
    ck_assert_int_eq(judge(s), OTHER_VALUES);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bigwig damage");
    TCase *tc = tcase_create("damage");
    tcase_add_unchecked_fixture(tc, make_samples, remove_samples);
    tcase_add_checked_fixture(tc, catch_stderr, check_silence);
    tcase_add_test(tc, test_the_judge);
    tcase_add_loop_test(tc, test_random_mutations, 0, N_MUTATIONS / MUTATIONS_PER_TEST);
    tcase_add_loop_test(tc, test_every_bit_outside_blocks, 0, 5);
    tcase_add_test(tc, test_every_bit_of_blocks);
    tcase_add_loop_test(tc, test_every_truncation, 0, N_FILES);
    tcase_add_test(tc, test_uncompressed);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
