/* SPDX-License-Identifier: MIT */
/* check_cells.c: a stream taken cell by cell: every bin asked for that is there comes once, in its
 * cell, with all bins that are there within the margin, however tiles, gaps and regions lie. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/impute/cells.h"
#include "tests/lib/unit/toy.h"

enum { CHROMS = 3, BINS = 6000, COARSE = 200, TRACKS = 2 };

static struct avo_error err;
static char path[64];
static bool there[CHROMS][BINS], asked[CHROMS][BINS];
static uint32_t state;

static uint32_t draw(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

static float value(uint32_t chrom, uint32_t bin, uint32_t track)
{
    return (float)(chrom * 100000 + bin * 2 + track);
}

/* Stretches of bins that hold, and that do not, up to n long. */
static void draw_bins(bool bins[BINS], uint32_t n, bool all)
{
    bool on = draw(2);
    for (uint32_t b = 0, left = 0; b < BINS; b++, left--) {
        if (!left) {
            left = 1 + draw(n);
            on = !on;
        }
        bins[b] = all || on;
    }
}

static void add_extents(struct avo_header *h, bool bins[CHROMS][BINS])
{
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t b = 0, end; b < BINS; b = end) {
            for (end = b; end < BINS && bins[c][end] == bins[c][b]; end++)
                ;
            if (bins[c][b])
                toy_must(avo_header_add_extent(h, c, b, end, &err), &err);
        }
}

static struct avo_header make_header(void)
{
    struct avo_header h = {.bin_bp = 25, .mid_bins = 10, .coarse_bins = COARSE,
                           .transform = AVO_NONE};
    static const char *const names[] = {"chr1", "chr2", "chr3"};
    for (uint32_t c = 0; c < CHROMS; c++)
        toy_must(avo_header_add_chrom(&h, names[c], 25 * BINS, &err), &err);
    for (uint32_t t = 0; t < TRACKS; t++)
        ck_assert(avo_header_add_track(&h, t ? "b" : "a", "x", AVO_ROLE_UNSET, &err) != NULL);
    return h;
}

/* A tile of the bins that are there in [beg, end); none: no tile. */
static void write_tile(struct avo_writer *w, uint32_t c, uint32_t beg, uint32_t end)
{
    static struct avo_run runs[BINS];
    static float values[BINS * TRACKS];
    struct avo_tile t = {.span = {.chrom = c, .runs = runs}, .dtype = AVO_F32,
                         .n_tracks = TRACKS, .values = values};
    for (uint32_t b = beg; b < end; b++) {
        if (!there[c][b])
            continue;
        if (b == beg || !there[c][b - 1])
            runs[t.span.n_runs++] = (struct avo_run){b, 0};
        runs[t.span.n_runs - 1].n_bins++;
        for (uint32_t k = 0; k < TRACKS; k++)
            values[t.span.n_bins * TRACKS + k] = value(c, b, k);
        t.span.n_bins++;
    }
    if (t.span.n_bins)
        toy_must(avo_writer_signal(w, &t, &err), &err);
}

static void write_stream(void)
{
    struct avo_header h = make_header();
    add_extents(&h, there);
    struct avo_writer *w = avo_writer_open(path, &h, false, NULL, &err);
    toy_must(w ? 0 : -1, &err);
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t b = 0, end; b < BINS; b = end) {
            end = b + COARSE * (1 + draw(9));
            end = end < BINS ? end : BINS;
            write_tile(w, c, b, end);
        }
    toy_must(avo_writer_finish(w, &err), &err);
    avo_writer_free(w);
    avo_header_release(&h);
}

/* The run of `have` that holds a bin, and the bin's place among all. */
static const struct avo_run *find_run(const struct avo_cell *c, uint32_t bin, uint32_t *at)
{
    *at = 0;
    for (size_t r = 0; r < c->have.n_runs; r++) {
        const struct avo_run *run = &c->have.runs[r];
        if (bin >= run->beg_bin && bin < run->beg_bin + run->n_bins) {
            *at += bin - run->beg_bin;
            return run;
        }
        *at += run->n_bins;
    }
    return NULL;
}

/* All bins that are there around a bin, on both sides to the first gap, are in its run. */
static bool has_context(const struct avo_cell *c, uint32_t bin, uint32_t margin)
{
    uint32_t at, lo = bin > margin ? bin - margin : 0, hi = bin + margin + 1;
    const struct avo_run *run = find_run(c, bin, &at);
    bool ok = run != NULL;
    for (uint32_t t = 0; ok && t < TRACKS; t++)
        ok = avo_signal_at(&c->have.signal, at, t) == value(c->chrom, bin, t);
    for (uint32_t b = bin; ok && b-- > lo && there[c->chrom][b];)
        ok = b >= run->beg_bin;
    for (uint32_t b = bin; ok && ++b < hi && b < BINS && there[c->chrom][b];)
        ok = b < run->beg_bin + run->n_bins;
    return ok;
}

static void check_all(uint32_t cell_bins, uint32_t margin)
{
    static bool came[CHROMS][BINS];
    struct avo_header h = make_header();
    char *paths[] = {path};
    struct avo_cell cell = {.n_bins = 0};
    uint32_t bad = 0, last = 0, in_have = 0;
    int more;
    memset(came, 0, sizeof came);
    add_extents(&h, asked);
    struct avo_cells cells = {.join = avo_join_open(paths, 1, &err), .n_tracks = TRACKS,
                              .header = &h, .cell_bins = cell_bins, .margin = margin};
    toy_must(cells.join ? avo_cells_begin(&cells, &err) : -1, &err);
    while ((more = avo_cells_next(&cells, &cell, &err)) > 0) {
        uint32_t first = cell.runs[0].beg_bin / cell_bins;
        bad += last >= 1 + cell.chrom * BINS + first;       /* cells ascend */
        last = 1 + cell.chrom * BINS + first;
        in_have = cell.have.signal.n_bins;
        bad += in_have > cell_bins + 2 * margin;
        for (size_t r = 0; r < cell.n_runs; r++)
            for (uint32_t i = 0, b = cell.runs[r].beg_bin; i < cell.runs[r].n_bins; i++, b++) {
                bad += came[cell.chrom][b] || b / cell_bins != first;
                bad += !has_context(&cell, b, margin);
                came[cell.chrom][b] = true;
            }
    }
    toy_must(more, &err);
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t b = 0; b < BINS; b++)
            bad += came[c][b] != (asked[c][b] && there[c][b]);
    ck_assert_uint_eq(bad, 0);
    avo_cell_release(&cell);
    avo_join_close(cells.join);
    avo_cells_release(&cells);
    avo_header_release(&h);
}

static void setup(void)
{
    err = (struct avo_error){0};
    snprintf(path, sizeof path, "check_cells.%ld.avo", (long)getpid());
}

static void teardown(void)
{
    unlink(path);
}

START_TEST(every_bin_once_with_its_context)
{
    static const uint32_t lengths[] = {3, 40, 700, 5000};
    state = (uint32_t)_i + 1;
    for (uint32_t c = 0; c < CHROMS; c++) {
        draw_bins(there[c], lengths[draw(4)], draw(3) == 0);
        draw_bins(asked[c], lengths[draw(4)], draw(3) == 0);
    }
    there[0][BINS - 1] = there[1][0] = asked[0][BINS - 1] = asked[1][0] = true;
    write_stream();
    check_all(COARSE * (1 + draw(4)), draw(2) ? 10 : 100 + draw(900));
    check_all(COARSE * 40, 100);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cells");
    TCase *t = tcase_create("cells");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, every_bin_once_with_its_context, 0, 40);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
