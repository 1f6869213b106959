/* SPDX-License-Identifier: MIT */
/* check_observed_sample.c: which bins a model of the family observed learns from, and their values
 * as batches have them, against one call of track_windows.h for each. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/fit/observed.h"
#include "libcommon/model/model_observed.h"
#include "libcommon/model/track_windows.h"
#include "tests/lib/unit/toy.h"

enum { N = 150, HALF = 7, BINS = AVO_OBSERVED_BINS };
static const struct toy_spec spec = {
    .name = "observed_sample", .blocks = {{AVO_BLOCK_ASSAY, 4, 0}}, .hidden = {3},
    .n_celltypes = 3, .n_assays = 2,
    .runs = {{0, 10, 170}, {0, 185, 1}, {1, 0, 90}}, .dtype = AVO_F16, .missing = 0.1, .n = 10};

struct fixture {
    struct toy t;
    struct avo_observed_sample s;
};

static void begin(struct fixture *f, int n_threads, int64_t n_samples)
{
    struct avo_error err = {0};
    toy_init(&f->t, &spec, n_threads, 0.9);
    f->t.model.observed = calloc(1, sizeof *f->t.model.observed);   /* no more of the family */
    *f->t.model.observed = (struct avo_observed){.n_windows = 2, .half_bins = {0, HALF},
                                                 .ranks = true, .n_samples = n_samples};
    f->s = (struct avo_observed_sample){0};
    toy_must(avo_observed_measure(&f->t.model, &f->t.positions, &f->t.signal, &f->t.roles.train,
                                  f->t.pool, &err), &err);
    toy_must(avo_observed_sample_make(&f->s, &f->t.model, &f->t.positions, &f->t.signal,
                                      &f->t.roles.train, f->t.pool, &err), &err);
}

static void end(struct fixture *f)
{
    avo_observed_sample_release(&f->s);
    toy_release(&f->t);
}

START_TEST(sizes_are_bounded)
{
    const struct avo_observed o = {.n_windows = 4, .ranks = true, .n_samples = 1000};
    const struct avo_observed many = {.n_windows = 4, .ranks = true, .n_samples = 1000000000};
    ck_assert_uint_eq(avo_observed_sample_size(&o, 20, 5000), 1000);
    ck_assert_uint_eq(avo_observed_sample_size(&o, 20, 700), 700);
    ck_assert_uint_eq(avo_observed_sample_size(&many, 1024, UINT32_MAX), 1 << 15);
    ck_assert_uint_eq(avo_observed_sample_size(&many, UINT32_MAX, 9), 1);
}
END_TEST

/* Each track's statistics under its own name, whatever the order of the columns. */
START_TEST(tracks_are_measured)
{
    struct fixture f;
    begin(&f, 2, N);
    const struct avo_track_set *tracks = &f.t.roles.train;
    ck_assert_uint_eq(f.t.model.observed->n_stats, tracks->n);
    for (uint32_t t = 0; t < tracks->n; t++) {
        double sum = 0;
        uint32_t n = 0;
        const struct avo_track_stats *s = avo_observed_find(
            f.t.model.observed, f.t.model.celltypes[tracks->pairs[t].celltype],
            f.t.model.assays[tracks->pairs[t].assay]);
        for (uint32_t i = 0; i < f.t.positions.n_bins; i++) {
            float x = avo_signal_at(&f.t.signal, i, tracks->columns[t]);
            sum += x == x ? (double)x : 0;
            n += x == x;
        }
        ck_assert(s && s->sd > 0 && fabs((double)s->mean - sum / n) < 1e-5);
    }
    end(&f);
}
END_TEST

/* Value j of track t at a bin, asked for alone. */
static void values_at(const struct fixture *f, uint32_t t, uint32_t bin, float *out)
{
    struct avo_error err = {0};
    struct avo_track_windows w = {0};
    const struct avo_track_set *tracks = &f->t.roles.train;
    const struct avo_positions_run *run = avo_positions_run(&f->t.positions, bin);
    const struct avo_track_stats *s = avo_observed_find(
        f->t.model.observed, f->t.model.celltypes[tracks->pairs[t].celltype],
        f->t.model.assays[tracks->pairs[t].assay]);
    toy_must(avo_track_windows_begin(&w, f->t.model.observed, s, &f->t.signal,
                                     tracks->columns[t], run->first, run->n_bins, &err), &err);
    avo_track_windows_values(&w, bin - run->first, 1, out, 1);
    avo_track_windows_release(&w);
}

START_TEST(batches_hold_the_values_of_their_bins)
{
    struct fixture f;
    uint32_t which[70];
    begin(&f, 1 + _i, N);
    ck_assert_uint_eq(f.s.n, N);
    for (uint32_t i = 1; i < N; i++)
        ck_assert(f.s.bins[i] > f.s.bins[i - 1] && f.s.bins[i] < f.t.positions.n_bins);
    for (uint32_t i = 0; i < 70; i++)
        which[i] = (i * 37 + 5) % N;
    float *out = calloc(avo_observed_sample_room(&f.s, 70), sizeof *out);
    avo_observed_sample_gather(&f.s, which, 70, f.t.pool, out);
    size_t width = (size_t)f.s.n_tracks * f.s.n_values, bad = 0;
    ck_assert_uint_eq(f.s.n_values, 4);
    for (uint32_t i = 0; i < 70; i++)
        for (uint32_t t = 0; t < f.s.n_tracks; t++) {
            float want[4];
            values_at(&f, t, f.s.bins[which[i]], want);
            const float *chunk = out + i / BINS * width * BINS;
            for (uint32_t j = 0; j < 4; j++)
                bad += !!memcmp(&chunk[(t * 4 + j) * BINS + i % BINS], &want[j], sizeof *want);
        }
    ck_assert_uint_eq(bad, 0);
    free(out);
    end(&f);
}
END_TEST

/* Another seed, other bins; all of them where fewer are there than asked for. */
START_TEST(the_seed_draws_the_bins)
{
    struct fixture a, b, all;
    struct avo_error err = {0};
    begin(&a, 1, N);
    begin(&b, 1, N);
    ck_assert(!memcmp(a.s.bins, b.s.bins, N * sizeof *a.s.bins));
    avo_observed_sample_release(&b.s);
    b.t.model.hyper.seed++;
    toy_must(avo_observed_sample_make(&b.s, &b.t.model, &b.t.positions, &b.t.signal,
                                      &b.t.roles.train, b.t.pool, &err), &err);
    ck_assert(memcmp(a.s.bins, b.s.bins, N * sizeof *a.s.bins));
    begin(&all, 1, 100000);
    ck_assert_uint_eq(all.s.n, all.t.positions.n_bins);
    for (uint32_t i = 0; i < all.s.n; i++)
        ck_assert_uint_eq(all.s.bins[i], i);
    end(&a);
    end(&b);
    end(&all);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("observed_sample");
    TCase *t = tcase_create("observed_sample");
    tcase_add_test(t, sizes_are_bounded);
    tcase_add_test(t, tracks_are_measured);
    tcase_add_loop_test(t, batches_hold_the_values_of_their_bins, 0, 3);
    tcase_add_test(t, the_seed_draws_the_bins);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
