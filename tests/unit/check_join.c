/* SPDX-License-Identifier: MIT */
/* check_join.c: a signal cut into random inputs, by position and by track, joins into the bytes of
 * the stream that one run writes; so does a region of it. */
#include "libcommon/stream/join.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


enum { N_CHROMS = 2, CHROM_BINS = 90000, COARSE = 20, MAX_TRACKS = 6, MAX_INPUTS = 12 };

static uint32_t state;      /* of the test's own choices */
static char dir[] = "/tmp/check_join.XXXXXX";

static uint32_t choose(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t x = a * 2654435761u ^ b * 2246822519u ^ c * 3266489917u;

    x ^= x >> 15;
    x *= 2246822519u;
    return x ^ x >> 13;
}

/* The signal: about one stretch of 7 bins in 60 is covered, by about half of the tracks. */
static bool covered(uint32_t chrom, uint32_t bin, uint32_t track)
{
    return mix(chrom, bin / 7, 77) % 60 == 0 && mix(chrom, bin, track) % 2;
}

static uint16_t value(uint32_t chrom, uint32_t bin, uint32_t track)
{
    return (uint16_t)(mix(track, bin, chrom) % 0x7800);
}

struct part {
    size_t n_extents, n_tracks;
    struct avo_extent extents[32];
    uint32_t tracks[MAX_TRACKS];
};

static bool nan_missing;

static void name_of(char *out, int i) { snprintf(out, 64, "%s/%d.avo", dir, i); }

static struct avo_writer *start(int i, const struct part *p)
{
    struct avo_header h = { .bin_bp = 25, .mid_bins = 10, .coarse_bins = COARSE,
                            .missing_nan = nan_missing };
    struct avo_error err = { 0 };
    char path[64], name[16];
    struct avo_writer *w;

    avo_header_add_chrom(&h, "chr1", 25 * CHROM_BINS, NULL);
    avo_header_add_chrom(&h, "chr2", 25 * CHROM_BINS + 3, NULL);
    for (size_t e = 0; e < p->n_extents; e++)
        avo_header_add_extent(&h, p->extents[e].chrom, p->extents[e].beg_bin,
                              p->extents[e].end_bin, NULL);
    for (size_t t = 0; t < p->n_tracks; t++) {
        snprintf(name, sizeof name, "E%03u", p->tracks[t]);
        avo_header_add_track(&h, name, "x", AVO_ROLE_TRAIN, NULL);
    }
    name_of(path, i);
    w = avo_writer_open(path, &h, false, NULL, &err);
    ck_assert_msg(w != NULL, "%s", err.msg);
    avo_header_release(&h);
    return w;
}

/* The tile of one cell of the grid; false = it holds nothing. */
static void write_cell(struct avo_writer *w, const struct part *p, uint32_t chrom, uint32_t beg,
                       uint32_t end)
{
    static struct avo_run runs[40000];
    static uint16_t values[40000 * MAX_TRACKS];
    struct avo_tile t = { { chrom, 0, 0, runs }, AVO_F16, (uint32_t)p->n_tracks, values };
    struct avo_error err = { 0 };
    size_t n = 0;

    for (size_t e = 0; e < p->n_extents; e++) {
        struct avo_extent x = p->extents[e];
        for (uint32_t b = x.beg_bin > beg ? x.beg_bin : beg;
             x.chrom == chrom && b < (x.end_bin < end ? x.end_bin : end); b++) {
            bool any = false;
            for (size_t k = 0; k < p->n_tracks; k++) any |= covered(chrom, b, p->tracks[k]);
            if (!any) continue;
            for (size_t k = 0; k < p->n_tracks; k++)
                values[n++] = covered(chrom, b, p->tracks[k]) ? value(chrom, b, p->tracks[k])
                              : nan_missing ? 0x7e00 : 0;
            if (t.span.n_runs == 0 || runs[t.span.n_runs - 1].beg_bin +
                                      runs[t.span.n_runs - 1].n_bins != b)
                runs[t.span.n_runs++] = (struct avo_run){ b, 0 };
            runs[t.span.n_runs - 1].n_bins++;
            t.span.n_bins++;
        }
    }
    if (t.span.n_bins)
        ck_assert_msg(avo_writer_signal(w, &t, &err) == 0, "%s", err.msg);
}

static void write_part(int i, const struct part *p)
{
    struct avo_writer *w = start(i, p);
    struct avo_error err = { 0 };

    for (uint32_t c = 0; c < N_CHROMS; c++)
        for (uint32_t b = 0; b < CHROM_BINS; b += 40000) write_cell(w, p, c, b, b + 40000);
    ck_assert_msg(avo_writer_finish(w, &err) == 0, "%s", err.msg);
    avo_writer_free(w);
}

/* Appends [beg, end), grown into the last extent where it touches it. */
static void add_extent(struct part *p, uint32_t chrom, uint32_t beg, uint32_t end)
{
    struct avo_extent *last = p->n_extents ? &p->extents[p->n_extents - 1] : NULL;

    if (last && last->chrom == chrom && last->end_bin == beg) last->end_bin = end;
    else p->extents[p->n_extents++] = (struct avo_extent){ chrom, beg, end };
}

/* Shares the extents of whole out to n parts of the same tracks: at random bins where blocks may be
 * cut, so that a group of bins lies in two inputs too. */
static void share_out(const struct part *whole, struct part *parts, uint32_t n)
{
    for (size_t e = 0; e < whole->n_extents; e++) {
        struct avo_extent x = whole->extents[e];
        while (x.beg_bin < x.end_bin) {
            uint32_t len = 1 + choose(x.end_bin - x.beg_bin), i = choose(n);
            if (parts[i].n_extents > 28) len = x.end_bin - x.beg_bin;
            add_extent(&parts[i], x.chrom, x.beg_bin, x.beg_bin + len);
            x.beg_bin += len;
        }
    }
}

static size_t read_file(int i, unsigned char **bytes)
{
    char path[64];
    FILE *f;
    size_t n;

    name_of(path, i);
    ck_assert_ptr_nonnull(f = fopen(path, "rb"));
    *bytes = malloc((size_t)16 << 20);
    n = fread(*bytes, 1, (size_t)16 << 20, f);
    fclose(f);
    return n;
}

static void must_be_equal(int a, int b)
{
    unsigned char *x, *y;
    size_t n = read_file(a, &x), m = read_file(b, &y);

    ck_assert_uint_eq(n, m);
    ck_assert_int_eq(memcmp(x, y, n), 0);
    free(x);
    free(y);
}

/* Joins files [1, n], in an order of its own, into file `to`. */
static void join(int n, int to, const struct avo_extent *region)
{
    char names[MAX_INPUTS][64], *paths[MAX_INPUTS], out[64];
    struct avo_error err = { 0 };
    struct avo_head head;
    struct avo_tile t;
    int rc;

    for (int i = 0; i < n; i++) name_of(paths[i] = names[i], i + 1);
    for (int i = n - 1; i > 0; i--) {
        uint32_t k = choose((uint32_t)i + 1);
        char *p = paths[i];
        paths[i] = paths[k];
        paths[k] = p;
    }
    struct avo_join *j = avo_join_open(paths, (size_t)n, &err);
    ck_assert_msg(j != NULL, "%s", err.msg);
    if (region) ck_assert_msg(avo_join_select(j, region, 1, &err) == 0, "%s", err.msg);
    name_of(out, to);
    struct avo_writer *w = avo_writer_open(out, avo_join_header(j), false, NULL, &err);
    while ((rc = avo_join_next(j, &head, &err)) == 1) {
        ck_assert_msg(avo_join_signal(j, &t, &err) == 0, "%s", err.msg);
        ck_assert_msg(avo_writer_signal(w, &t, &err) == 0, "%s", err.msg);
    }
    ck_assert_msg(rc == 0 && avo_writer_finish(w, &err) == 0, "%s", err.msg);
    avo_writer_free(w);
    avo_join_close(j);
}

static void clean(void)
{
    char path[64];

    for (int i = 0; i < 40; i++) {
        name_of(path, i);
        unlink(path);
    }
    rmdir(dir);
}

/* Whole extents of some bins of both chromosomes, in one or two pieces each. */
static void make_whole(struct part *w)
{
    memset(w, 0, sizeof *w);
    w->n_tracks = 2 + choose(MAX_TRACKS - 1);
    for (uint32_t t = 0; t < w->n_tracks; t++) w->tracks[t] = t;
    for (uint32_t c = 0; c < N_CHROMS; c++) {
        uint32_t a = choose(CHROM_BINS / 2), b = a + 1 + choose(CHROM_BINS / 2);
        add_extent(w, c, a, b);
        if (choose(2)) add_extent(w, c, b + 1 + choose(100), b + 200 + choose(20000) / 10);
        if (w->extents[w->n_extents - 1].end_bin > CHROM_BINS)
            w->extents[w->n_extents - 1].end_bin = CHROM_BINS;
        if (w->extents[w->n_extents - 1].beg_bin >= CHROM_BINS) w->n_extents--;
    }
}

START_TEST(random_cuts)
{
    struct part whole, parts[MAX_INPUTS];
    uint32_t n_groups, per_group, n = 0;

    state = (uint32_t)_i * 7919u + 1;
    nan_missing = choose(2);
    strcpy(dir, "/tmp/check_join.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    make_whole(&whole);
    write_part(0, &whole);
    /* Groups of consecutive tracks (their order in the join is natural), each shared out anew. */
    n_groups = 1 + choose(whole.n_tracks < 3 ? (uint32_t)whole.n_tracks : 3);
    memset(parts, 0, sizeof parts);
    for (uint32_t g = 0; g < n_groups; g++) {
        uint32_t beg = (uint32_t)whole.n_tracks * g / n_groups;
        uint32_t end = (uint32_t)whole.n_tracks * (g + 1) / n_groups;
        per_group = 1 + choose(3);
        share_out(&whole, parts + n, per_group);
        for (uint32_t i = 0; i < per_group; i++)
            for (uint32_t t = beg; t < end; t++) parts[n + i].tracks[parts[n + i].n_tracks++] = t;
        n += per_group;
    }
    /* The join orders tracks by where inputs begin: what it finds first comes first. Bring the
     * whole into that order by asking for it. */
    for (uint32_t i = 0; i < n; i++) write_part((int)i + 1, &parts[i]);
    join((int)n, 30, NULL);
    struct avo_error err = { 0 };
    char path[64];
    name_of(path, 30);
    struct avo_reader *r = avo_reader_open(path, &err);
    for (size_t t = 0; t < whole.n_tracks; t++)
        whole.tracks[t] = (uint32_t)atoi(avo_reader_header(r)->tracks[t].celltype + 1);
    ck_assert_uint_eq(avo_reader_header(r)->n_tracks, whole.n_tracks);
    avo_reader_close(r);
    write_part(0, &whole);
    must_be_equal(0, 30);
    join((int)n, 31, NULL);                 /* another order of the operands */
    must_be_equal(0, 31);

    struct part cut = whole;
    struct avo_extent region = whole.extents[0];
    region.beg_bin += (region.end_bin - region.beg_bin) / 3;
    cut.n_extents = 1;
    cut.extents[0] = region;
    write_part(20, &cut);
    join((int)n, 32, &region);
    must_be_equal(20, 32);
    clean();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("join");
    TCase *c = tcase_create("join");
    SRunner *sr = srunner_create(s);
    int failed;

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_cuts, 0, 40);
    suite_add_tcase(s, c);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
