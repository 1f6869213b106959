/* SPDX-License-Identifier: MIT */
/* check_aggregate.c: averages over windows against plain loops: blocks of odd sizes, tiles that
 * span far more bins than they hold, any number of threads, the order and the time of rows. */
#include "libcommon/features/aggregate.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/rng.h"
#include "libcommon/base/freelist.h"
#include "libcommon/stream/feature.h"

enum { N_BLOCKS = 5, N_RUNS = 400, N_TILES = 3, MAX_BINS = 60000, N_WINDOWS = 300, GROUP = 40 };

static const uint32_t widths[N_BLOCKS] = {3, 9, 17, 2, 1}, per_row[N_BLOCKS] = {1, 2, 8, 5, GROUP};

static char path[64];
static struct avo_error err;
static uint64_t counter;
/* all bins there are, ascending, and what each reads */
static size_t n_bins;
static uint32_t bins[MAX_BINS];
static float values[N_BLOCKS][MAX_BINS][17];

static uint32_t draw(uint32_t n)
{
    uint64_t c = counter++;
    return avo_rng_below(avo_rng_draw(7, 0, (uint32_t)c, 0, 0, 0).v[0], n);
}

/* ---- a model ---- */

/* Runs anywhere in [beg, beg + width), mostly short. Returns the bin behind the last. */
static uint32_t make_runs(struct avo_run *runs, uint32_t beg, uint32_t width)
{
    for (uint32_t i = 0; i < N_RUNS; i++) {
        uint32_t room = (width - width / 50) / N_RUNS;
        uint32_t at = beg + i * room + draw(room - 45), n = 1 + draw(draw(4) ? 3 : 44);
        runs[i] = (struct avo_run){at, n};
    }
    return runs[N_RUNS - 1].beg_bin + runs[N_RUNS - 1].n_bins;
}

/* Rows of block k for the bins [from, n_bins): a new one where bin / per_row changes. */
static uint32_t make_rows(uint32_t k, size_t from, float *rows)
{
    uint32_t n = 0;

    for (size_t i = from; i < n_bins; i++) {
        if (i == from || bins[i] / per_row[k] != bins[i - 1] / per_row[k]) {
            for (uint32_t c = 0; c < widths[k]; c++)
                rows[n * widths[k] + c] = (float)((int)draw(2000001) - 1000000) / 4096;
            n++;
        }
        memcpy(values[k][i], rows + (n - 1) * widths[k], widths[k] * sizeof(float));
    }
    return n;
}

static void write_tile(struct avo_writer *w, const struct avo_model *m, uint32_t beg,
                       uint32_t width)
{
    static float rows[N_BLOCKS][MAX_BINS * 17];
    struct avo_run runs[N_RUNS];
    struct avo_genome_tile t = {.n_blocks = N_BLOCKS};
    size_t from = n_bins;

    make_runs(runs, beg, width);
    for (uint32_t i = 0; i < N_RUNS; i++)
        for (uint32_t b = 0; b < runs[i].n_bins; b++)
            bins[n_bins++] = runs[i].beg_bin + b;
    ck_assert_uint_lt(n_bins, MAX_BINS);
    t.span = (struct avo_span){0, N_RUNS, (uint32_t)(n_bins - from), runs};
    memcpy(t.root_id, m->header.root_id, sizeof t.root_id);
    for (uint32_t k = 0; k < N_BLOCKS; k++) {
        t.n_rows[k] = make_rows(k, from, rows[k]);
        t.rows[k] = rows[k];
    }
    ck_assert_msg(avo_writer_genome(w, &t, &err) == 0, "%s", err.msg);
}

static void make_header(struct avo_header *h)
{
    static const char *const names[N_BLOCKS] = {"x1", "x2", "x8", "x5", "x40"};

    *h = (struct avo_header){.content = AVO_CONTENT_MODEL, .bin_bp = 10, .mid_bins = 8,
                             .coarse_bins = GROUP};
    ck_assert_int_eq(avo_header_add_chrom(h, "a", 20000000, NULL), 0);
    ck_assert_int_eq(avo_header_add_extent(h, 0, 0, 2000000, NULL), 0);
    ck_assert_int_eq(avo_header_add_block(h, "c", AVO_BLOCK_CELLTYPE, 1, 0, NULL), 0);
    ck_assert_int_eq(avo_header_add_block(h, "s", AVO_BLOCK_ASSAY, 1, 0, NULL), 0);
    for (int k = 0; k < N_BLOCKS; k++)
        ck_assert_int_eq(avo_header_add_block(h, names[k], AVO_BLOCK_GENOME, widths[k],
                                              per_row[k], NULL), 0);
}

static void setup(void)
{
    static char *cells[] = {"A"}, *assays[] = {"x"};
    uint32_t hidden = 2;
    struct avo_header h;
    struct avo_model m;

    counter = n_bins = 0;
    make_header(&h);
    ck_assert_int_eq(avo_model_new(&m, &h, &hidden, 1, cells, 1, assays, 1, &err), 0);
    snprintf(m.hyper.preset, sizeof m.hyper.preset, "test");
    m.hyper.batch = m.hyper.steps_per_epoch = 1;
    avo_model_init_values(&m);
    avo_model_identify(&m);
    strcpy(path, "/tmp/check_aggregate.XXXXXX");
    close(mkstemp(path));
    struct avo_writer *w = avo_writer_open(path, &m.header, false, NULL, &err);
    ck_assert_msg(w && avo_model_write(w, &m, &err) == 0, "%s", err.msg);
    write_tile(w, &m, 0, 50000);
    write_tile(w, &m, 50000, 1900000);      /* many times the bins of a tile of ours */
    write_tile(w, &m, 1960000, 40000);
    ck_assert_msg(avo_writer_finish(w, &err) == 0, "%s", err.msg);
    avo_writer_free(w);
    avo_model_release(&m);
    avo_header_release(&h);
}

static void teardown(void) { unlink(path); }

/* ---- windows ---- */

static struct avo_place places[2 * N_WINDOWS];

static void make_places(void)
{
    static const uint32_t sizes[] = {1, 10, 79, 400, 4000, 60000, 3000000};

    for (int i = 0; i < 2 * N_WINDOWS; i++) {
        uint32_t n = 1 + draw(sizes[draw(7)]), b = draw(3) ? bins[draw((uint32_t)n_bins)] * 10
                                                          : draw(20000000);
        b = b > n / 2 ? b - n / 2 : 0;
        places[i] = (struct avo_place){b, b + n < 20000000 ? b + n : 20000000, 0,
                                       "+-."[draw(3)]};
    }
}

/* Rows as they come. */
static struct got {
    size_t n, n_features, order[N_WINDOWS];
    float *x;
    size_t whole_first;         /* rows whole when the first was given out */
    size_t n_whole;
} got;

static int take(void *user, size_t row, const float *features, struct avo_error *e)
{
    (void)user;
    (void)e;
    if (got.n == 0)
        got.whole_first = got.n_whole;
    got.order[got.n++] = row;
    memcpy(got.x + row * got.n_features, features, got.n_features * sizeof *features);
    return 0;
}

static void run(struct avo_agg_job *job, int n_threads)
{
    struct avo_agg_input_options opt = {.scales = NULL};
    char *paths[] = {path};
    struct avo_agg_inputs in;

    ck_assert_msg(avo_agg_open(&in, paths, 1, &opt, &err) == 0, "%s", err.msg);
    job->in = &in;
    job->pool = avo_pool_new(n_threads, &err);
    job->emit = take;
    free(got.x);
    got = (struct got){.n_features = avo_agg_n_features(job)};
    got.x = calloc(N_WINDOWS * got.n_features, sizeof *got.x);
    ck_assert_msg(avo_agg_run(job, &err) == 0, "%s", err.msg);
    ck_assert_uint_eq(got.n, job->windows->n);
    avo_pool_free(job->pool);
    avo_agg_close(&in);
}

/* One statistic of column c of block k over bins [beg, end), by the definition. */
static double plain(uint32_t k, uint32_t c, struct avo_stretch s, unsigned stat)
{
    double sum = 0, lo = HUGE_VAL, hi = -HUGE_VAL, n = 0, mean;
    int64_t beg = s.beg_bp > 0 ? s.beg_bp / 10 : 0, end = s.end_bp > 0 ? (s.end_bp + 9) / 10 : 0;

    for (int pass = 0; pass < 2; pass++) {
        mean = n > 0 ? sum / n : 0;
        if (pass)
            sum = 0;
        for (size_t i = 0; i < n_bins; i++) {
            double v = (double)values[k][i][c];
            if (bins[i] < beg || bins[i] >= end)
                continue;
            n += !pass;
            sum += pass ? (v - mean) * (v - mean) : v;
            lo = v < lo ? v : lo;
            hi = v > hi ? v : hi;
        }
    }
    if (n == 0)
        return NAN;
    return stat == AVO_AGG_MEAN ? mean : stat == AVO_AGG_STD ? sqrt(sum / n)
         : stat == AVO_AGG_MIN ? lo : hi;
}

static void same(float x, double want, const char *what, size_t row)
{
    double slack = isnan(want) ? 0 : 1.2e-7 * fabs(want) + 3e-6;   /* std of values up to 244 */

    ck_assert_msg(isnan(want) ? isnan(x) : fabs((double)x - want) <= slack,
                  "row %zu: %s is %.9g, want %.9g", row, what, (double)x, want);
}

static void check_all(const struct avo_agg_job *job)
{
    uint32_t n_subs = job->shape.n_tiles ? job->shape.n_tiles + 1 : 1;
    size_t n_nan = 0;

    for (size_t row = 0; row < job->windows->n; row++) {
        const float *x = got.x + row * got.n_features;
        for (uint32_t side = 0; side < job->windows->per_row; side++)
            for (uint32_t sub = 0; sub < n_subs; sub++) {
                const struct avo_place *p = &places[row * job->windows->per_row + side];
                struct avo_stretch s = sub < job->shape.n_tiles
                    ? avo_window_tile(&job->shape, p, sub) : avo_window_of(&job->shape, p);
                for (uint32_t k = 0; k < N_BLOCKS; k++) {
                    if (job->shape.n_tiles && (per_row[k] < GROUP) != (sub < job->shape.n_tiles))
                        continue;
                    for (unsigned stat = 1; stat <= AVO_AGG_MAX; stat <<= 1)
                        for (uint32_t c = 0; job->stats & stat && c < widths[k]; c++) {
                            n_nan += isnan(*x);
                            same(*x++, plain(k, c, s, stat), "a feature", row);
                        }
                }
            }
        ck_assert_ptr_eq(x, got.x + (row + 1) * got.n_features);
    }
    ck_assert_uint_gt(n_nan, 0);
}

START_TEST(against_loops)
{
    static const struct { uint32_t per_row; unsigned stats; struct avo_window_shape shape; }
    cases[] = {
        {1, AVO_AGG_MEAN, {AVO_ANCHOR_NONE, 0, 0, 0, 0}},
        {1, AVO_AGG_MEAN | AVO_AGG_STD | AVO_AGG_MIN | AVO_AGG_MAX,
         {AVO_ANCHOR_CENTER, 700, 1300, 0, 0}},
        {2, AVO_AGG_MAX, {AVO_ANCHOR_TSS, 1000, 2, 3, 334}},
        {2, AVO_AGG_MEAN, {AVO_ANCHOR_NONE, 0, 0, 0, 0}},
    };

    make_places();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct avo_windows w = {.n = N_WINDOWS, .per_row = cases[i].per_row, .places = places};
        struct avo_agg_job job = {.windows = &w, .shape = cases[i].shape,
                                  .stats = cases[i].stats};
        float *first;
        size_t size;

        run(&job, 1);
        size = N_WINDOWS * got.n_features * sizeof *got.x;
        first = got.x;
        got.x = NULL;
        run(&job, 4);
        ck_assert_int_eq(memcmp(first, got.x, size), 0);
        free(first);
        check_all(&job);
    }
}
END_TEST

/* A window is the same whatever the others are. */
START_TEST(alone_as_among_others)
{
    struct avo_windows w = {.n = N_WINDOWS, .per_row = 1, .places = places};
    struct avo_agg_job job = {.windows = &w, .stats = AVO_AGG_MEAN};
    float *all;

    make_places();
    run(&job, 1);
    all = got.x;
    got.x = NULL;
    for (size_t i = 0; i < N_WINDOWS; i += 37) {
        w = (struct avo_windows){.n = 1, .per_row = 1, .places = places + i};
        run(&job, 1);
        ck_assert_int_eq(memcmp(got.x, all + i * got.n_features, got.n_features * 4), 0);
    }
    free(all);
}
END_TEST

static void count_whole(void *user, size_t n)
{
    (void)user;
    got.n_whole = n;
}

/* Rows come in order; where the windows are sorted, early ones do not wait for late ones. */
START_TEST(order_and_time)
{
    struct avo_windows w = {.n = N_WINDOWS, .per_row = 1, .places = places};
    struct avo_agg_job job = {.windows = &w, .stats = AVO_AGG_MEAN, .progress = count_whole};

    for (uint32_t i = 0; i < N_WINDOWS; i++)
        places[i] = (struct avo_place){i * 66000, i * 66000 + 100, 0, '.'};
    run(&job, 1);
    for (size_t i = 0; i < N_WINDOWS; i++)
        ck_assert_uint_eq(got.order[i], i);
    ck_assert_uint_lt(got.whole_first, 20);
    for (uint32_t i = 0; i < N_WINDOWS; i++)
        places[i].beg_bp = 19999000 - i * 66000, places[i].end_bp = places[i].beg_bp + 100;
    run(&job, 1);
    ck_assert_uint_eq(got.order[0], 0);
    job.sort = true;
    run(&job, 1);
    for (size_t i = 0; i < N_WINDOWS; i++)
        ck_assert_uint_eq(got.order[i], N_WINDOWS - 1 - i);
    ck_assert_uint_lt(got.whole_first, 20);
}
END_TEST

START_TEST(names)
{
    struct avo_agg_input_options opt = {.scales = "20bp,x40"};
    struct avo_windows w = {.n = 1, .per_row = 2, .places = places};
    struct avo_agg_job job = {.windows = &w, .stats = AVO_AGG_MEAN | AVO_AGG_MAX,
                              .shape = {.n_tiles = 2, .tile_bp = 5}};
    static const struct { size_t i; const char *name; } cases[] = {
        {0, "left.tile0.x2.0"}, {9, "left.tile0.max.x2.0"}, {18, "left.tile1.x2.0"},
        {36, "left.x40.0"}, {37, "left.max.x40.0"}, {38, "right.tile0.x2.0"},
        {75, "right.max.x40.0"}
    };
    char *paths[] = {path};
    struct avo_agg_inputs in;
    struct avo_header h = {.content = AVO_CONTENT_FEATURE};

    ck_assert_msg(avo_agg_open(&in, paths, 1, &opt, &err) == 0, "%s", err.msg);
    job.in = &in;
    ck_assert_uint_eq(avo_agg_n_features(&job), 76);
    ck_assert_int_eq(avo_agg_add_names(&job, &h, &err), 0);
    ck_assert_uint_eq(avo_header_count_features(&h), 76);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_str_eq(strchr(h.extra[cases[i].i], ':') + 1, cases[i].name);
    avo_header_release(&h);
    avo_agg_close(&in);
    opt.scales = "x3";
    ck_assert_int_eq(avo_agg_open(&in, paths, 1, &opt, &err), -1);
    ck_assert_int_eq(err.status, AVO_EXIT_USAGE);
    memset(&err, 0, sizeof err);
}
END_TEST

START_TEST(stock)
{
    struct avo_freelist s;
    char *p[1000];

    avo_freelist_init(&s, 70);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++) {
            ck_assert_ptr_nonnull(p[i] = avo_freelist_take(&s, &err));
            ck_assert_uint_eq((uintptr_t)p[i] % 64, 0);
            memset(p[i], i, 70);
        }
        for (int i = 0; i < 1000; i++)
            ck_assert(p[i][0] == (char)i && p[i][69] == (char)i);
        for (int i = 0; i < 1000; i++)
            avo_freelist_give(&s, p[(i * 7) % 1000]);
    }
    ck_assert_uint_eq(s.n_chunks, 1);
    avo_freelist_release(&s);
    avo_freelist_init(&s, (size_t)20 << 20);   /* larger than a chunk */
    ck_assert_ptr_nonnull(p[0] = avo_freelist_take(&s, &err));
    p[0][((size_t)20 << 20) - 1] = 1;
    avo_freelist_release(&s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("aggregate");
    TCase *tc = tcase_create("aggregate");
    SRunner *r = srunner_create(s);
    int n_failed;

    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, against_loops);
    tcase_add_test(tc, alone_as_among_others);
    tcase_add_test(tc, order_and_time);
    tcase_add_test(tc, names);
    tcase_add_test(tc, stock);
    suite_add_tcase(s, tc);
    srunner_run_all(r, CK_NORMAL);
    n_failed = srunner_ntests_failed(r);
    srunner_free(r);
    return n_failed ? 1 : 0;
}
