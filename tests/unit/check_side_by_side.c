/* SPDX-License-Identifier: MIT */
/* check_side_by_side.c: streams of different tiles, runs and types, window by window. */
#include "libcommon/genome/side_by_side.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/half.h"
#include "libcommon/base/rng.h"
#include "libcommon/stream/stream.h"

#define CHROMS 3
#define TRACKS 3
#define GROUP 200

static const uint32_t chrom_bins[CHROMS] = {130012, 39, 81000};

/* A stream to be made: tiles of tile_bins, a share of the bins left out in runs, one extent or two
 * on the first chromosome. */
struct shape {
    enum avo_dtype dtype;
    uint32_t tile_bins, seed, keep;     /* keep of 10 stretches of bins */
    bool two_extents;
};

static struct avo_pool *pool;

/* What the stream holds at a bin: small whole numbers, which both types hold exactly. */
static float value(const struct shape *s, uint32_t chrom, uint32_t bin, uint32_t track)
{
    struct avo_rng4 r = avo_rng_draw(s->seed, 1, chrom, bin, track, 0);

    return (float)avo_rng_below(r.v[0], 2000);
}

static bool in_extents(const struct shape *s, uint32_t chrom, uint32_t bin)
{
    return !s->two_extents || chrom != 0 || bin < 30000 || bin >= 100100;
}

static bool is_there(const struct shape *s, uint32_t chrom, uint32_t bin)
{
    struct avo_rng4 r = avo_rng_draw(s->seed, 2, chrom, bin / 37, 0, 0);

    return in_extents(s, chrom, bin) && avo_rng_below(r.v[0], 10) < s->keep;
}

static void make_header(struct avo_header *h, const struct shape *s)
{
    static const char *const names[CHROMS] = {"chr1", "chr2", "chr3"};

    memset(h, 0, sizeof *h);
    h->content = AVO_CONTENT_SIGNAL;
    h->bin_bp = 25;
    h->mid_bins = 10;
    h->coarse_bins = GROUP;
    for (uint32_t c = 0; c < CHROMS; c++)
        ck_assert_int_eq(avo_header_add_chrom(h, names[c], chrom_bins[c] * 25 + 7, NULL), 0);
    ck_assert_int_eq(avo_header_add_extent(h, 0, 0, s->two_extents ? 30000 : chrom_bins[0], NULL),
                     0);
    if (s->two_extents)
        ck_assert_int_eq(avo_header_add_extent(h, 0, 100100, chrom_bins[0], NULL), 0);
    for (uint32_t c = 1; c < CHROMS; c++)
        ck_assert_int_eq(avo_header_add_extent(h, c, 0, chrom_bins[c], NULL), 0);
    for (uint32_t t = 0; t < TRACKS; t++) {
        char name[2] = {(char)('A' + t), 0};

        ck_assert_ptr_nonnull(avo_header_add_track(h, name, "x", AVO_ROLE_UNSET, NULL));
    }
}

static void write_tile(struct avo_writer *w, const struct shape *s, uint32_t chrom, uint32_t beg)
{
    static struct avo_run runs[AVO_MAX_TILE_BINS];
    static float values[AVO_MAX_TILE_BINS * TRACKS];
    static uint16_t halves[AVO_MAX_TILE_BINS * TRACKS];
    struct avo_tile tile = {.dtype = s->dtype, .n_tracks = TRACKS};
    uint32_t end = beg + s->tile_bins < chrom_bins[chrom] ? beg + s->tile_bins : chrom_bins[chrom];
    struct avo_error err = {0};

    tile.span.chrom = chrom;
    for (uint32_t b = beg; b < end; b++) {
        struct avo_run *last = tile.span.n_runs > 0 ? &runs[tile.span.n_runs - 1] : NULL;

        if (!is_there(s, chrom, b))
            continue;
        for (uint32_t t = 0; t < TRACKS; t++)
            values[tile.span.n_bins * TRACKS + t] = value(s, chrom, b, t);
        tile.span.n_bins++;
        if (last != NULL && last->beg_bin + last->n_bins == b)
            last->n_bins++;
        else
            runs[tile.span.n_runs++] = (struct avo_run){b, 1};
    }
    if (tile.span.n_bins == 0)
        return;
    tile.span.runs = runs;
    avo_half_pack(halves, values, (size_t)tile.span.n_bins * TRACKS);
    tile.values = s->dtype == AVO_F16 ? (const void *)halves : values;
    ck_assert_msg(avo_writer_signal(w, &tile, &err) == 0, "%s", err.msg);
}

static void write_stream(const char *path, const struct shape *s)
{
    struct avo_header h;
    struct avo_error err = {0};
    struct avo_writer *w;

    make_header(&h, s);
    w = avo_writer_open(path, &h, false, NULL, &err);
    ck_assert_msg(w != NULL, "%s", err.msg);
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t b = 0; b < chrom_bins[c]; b += s->tile_bins)
            write_tile(w, s, c, b);
    ck_assert_int_eq(avo_writer_finish(w, &err), 0);
    avo_writer_free(w);
    avo_header_release(&h);
}

static struct avo_tracks_in *open_tracks(const char *path, const size_t *tracks, size_t n,
                                         const char *region)
{
    struct avo_tracks_in_spec spec = {.path = path, .bin_bp = 25, .pool = pool};
    struct avo_tracks_in_choice choice = {.tracks = tracks, .n_tracks = n, .region = region};
    struct avo_error err = {0};
    struct avo_tracks_in *f = avo_tracks_in_open(&spec, &err);

    ck_assert_msg(f != NULL, "%s", err.msg);
    ck_assert(!avo_tracks_in_is_table(f));
    ck_assert_msg(avo_tracks_in_use(f, &choice, &err) == 0, "%s", err.msg);
    return f;
}

/* Check writes a file at each of its assertions, so bins are compared without. */
static uint32_t differs(float got, bool there, float want)
{
    return there ? got < want || got > want || isnan(got) : !isnan(got);
}

/* Every bin of a window; returns how many the first stream has. */
static uint32_t check_window(const struct avo_track_window *w, const struct shape *first,
                             const struct shape *other, uint32_t beg, uint32_t end)
{
    static const size_t other_tracks[2] = {2, 0};
    uint32_t n = 0, n_bad = 0;

    ck_assert_uint_eq(w->beg_bin % AVO_WINDOW_BINS, 0);
    for (uint32_t i = 0; i < w->n_bins; i++) {
        uint32_t b = w->beg_bin + i;
        bool there = is_there(first, w->chrom, b) && b >= beg && b < end;

        n += there;
        for (uint32_t t = 0; t < TRACKS; t++)
            n_bad += differs(w->first[t][i], there, value(first, w->chrom, b, t));
        for (uint32_t t = 0; there && t < 2; t++)
            n_bad += differs(w->others[0][t][i], is_there(other, w->chrom, b),
                             value(other, w->chrom, b, (uint32_t)other_tracks[t]));
    }
    ck_assert_uint_eq(n_bad, 0);
    ck_assert_uint_eq(w->n_present, n);
    return n;
}

static const struct shape shapes[] = {
    {AVO_F32, 40000, 1, 10, false}, {AVO_F16, 65600, 2, 7, false}, {AVO_F16, 200, 3, 5, true},
    {AVO_F32, 26000, 4, 9, true}, {AVO_F32, 65600, 5, 0, false}};

static void run_pair(const struct shape *a, const struct shape *b, const char *region, uint32_t beg,
                     uint32_t end)
{
    static const size_t all[TRACKS] = {0, 1, 2}, some[2] = {2, 0};
    static const size_t n_columns[2] = {TRACKS, 2};
    char dir[] = "/tmp/check_side_by_side.XXXXXX", path_a[64], path_b[64];
    struct avo_error err = {0};
    struct avo_tracks_in *first, *other;
    struct avo_side_by_side *j;
    struct avo_track_window w;
    uint64_t n = 0, want = 0;
    int rc;

    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path_a, sizeof path_a, "%s/a", dir);
    snprintf(path_b, sizeof path_b, "%s/b", dir);
    write_stream(path_a, a);
    write_stream(path_b, b);
    first = open_tracks(path_a, all, TRACKS, region);
    other = open_tracks(path_b, some, 2, NULL);
    j = avo_side_by_side_new(first, &other, 1, n_columns, &err);
    ck_assert_msg(j != NULL, "%s", err.msg);
    while ((rc = avo_side_by_side_next(j, &w, &err)) == 1) {
        ck_assert(region == NULL || w.chrom == 0);
        n += check_window(&w, a, b, beg, end);
    }
    ck_assert_msg(rc == 0, "%s", err.msg);
    ck_assert_int_eq(avo_side_by_side_next(j, &w, &err), 0);
    for (uint32_t c = 0; c < (region == NULL ? CHROMS : 1); c++)
        for (uint32_t i = beg; i < chrom_bins[c] && i < end; i++)
            want += is_there(a, c, i);
    ck_assert_uint_eq(n, want);
    avo_side_by_side_free(j);
    avo_tracks_in_free(first);
    avo_tracks_in_free(other);
    unlink(path_a);
    unlink(path_b);
    rmdir(dir);
}

START_TEST(windows_hold_every_bin_once)
{
    pool = avo_pool_new(2, NULL);
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        run_pair(&shapes[_i], &shapes[k], NULL, 0, UINT32_MAX);
    avo_pool_free(pool);
}
END_TEST

START_TEST(regions_cut_windows)
{
    pool = avo_pool_new(3, NULL);
    run_pair(&shapes[_i], &shapes[(_i + 1) % 4], "chr1:350001-2525000", 14000, 101000);
    run_pair(&shapes[_i], &shapes[(_i + 2) % 4], "chr1:3000000-3000001", 119999, 120001);
    avo_pool_free(pool);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("side_by_side");
    TCase *c = tcase_create("side_by_side");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, windows_hold_every_bin_once, 0, 5);
    tcase_add_loop_test(c, regions_cut_windows, 0, 4);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
