/* SPDX-License-Identifier: MIT */
/* check_similarity.c: R of pairs of tracks against plain loops over its definition; what is lacking
 * and what is known already; pairs that move, go, and meet those of another model. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/fit/observed.h"
#include "libcommon/model/similarity.h"
#include "tests/lib/unit/toy.h"

enum { MOST = 32 };
static const struct toy_spec spec = {
    .name = "similarity", .blocks = {{AVO_BLOCK_ASSAY, 4, 0}}, .hidden = {3},
    .n_celltypes = 5, .n_assays = 3,
    .runs = {{0, 10, 170}, {0, 185, 1}, {1, 0, 90}}, .dtype = AVO_F16, .missing = 0.1, .n = 10};

struct fixture {
    struct toy t;
    struct avo_observed *o;
    uint32_t n, columns[MOST], stats[MOST];     /* of the training tracks, backwards */
};

static void begin(struct fixture *f, int n_threads)
{
    struct avo_error err = {0};
    toy_init(&f->t, &spec, n_threads, 0.8);
    f->o = f->t.model.observed = calloc(1, sizeof *f->o);
    *f->o = (struct avo_observed){.n_windows = 1, .similar = true};
    const struct avo_track_set *tracks = &f->t.roles.train;
    toy_must(avo_observed_measure(&f->t.model, &f->t.positions, &f->t.signal, tracks, f->t.pool,
                                  &err), &err);
    f->n = f->o->n_stats;
    ck_assert(f->n > 8 && f->n <= MOST);
    for (uint32_t i = 0; i < f->n; i++) {
        f->columns[i] = tracks->columns[f->n - 1 - i];
        f->stats[i] = f->n - 1 - i;
    }
}

/* Of the first n of the fixture's tracks. */
static void measure(struct fixture *f, uint32_t n)
{
    struct avo_error err = {0};
    struct avo_similarity_tracks t = {n, f->columns, f->stats};
    toy_must(avo_similarity_measure(f->o, &f->t.positions, &f->t.signal, &t, f->t.pool, &err),
             &err);
}

static bool same_assay(const struct fixture *f, uint32_t i, uint32_t j)
{
    return !strcmp(f->o->stats[f->stats[i]].assay, f->o->stats[f->stats[j]].assay);
}

/* ---- by its definition ---- */

/* z of track i as a mean over +-10 bins of its run; 0 of none. */
static double smoothed(const struct fixture *f, uint32_t i, uint32_t bin)
{
    const struct avo_positions_run *run = avo_positions_run(&f->t.positions, bin);
    const struct avo_track_stats *s = &f->o->stats[f->stats[i]];
    double sum = 0, n = 0;
    for (uint32_t b = run->first; b < run->first + run->n_bins; b++) {
        double x = (double)avo_signal_at(&f->t.signal, b, f->columns[i]);
        if (isnan(x) || b + 10 < bin || b > bin + 10)
            continue;
        sum += (x - (double)s->mean) / (double)s->sd;
        n++;
    }
    return n > 0 ? sum / n : 0;
}

/* e of track i, the first n being measured together. */
static double deviation(const struct fixture *f, uint32_t i, uint32_t n, uint32_t bin)
{
    double mean = 0, of = 0;
    for (uint32_t j = 0; j < n; j++)
        if (same_assay(f, i, j)) {
            mean += smoothed(f, j, bin);
            of++;
        }
    return smoothed(f, i, bin) - mean / of;
}

static double correlation(const struct fixture *f, uint32_t i, uint32_t j, uint32_t n)
{
    double ij = 0, ii = 0, jj = 0;
    for (uint32_t b = 0; b < f->t.positions.n_bins; b++) {
        double x = deviation(f, i, n, b), y = deviation(f, j, n, b);
        ij += x * y;
        ii += x * x;
        jj += y * y;
    }
    return ij / sqrt(ii * jj);
}

START_TEST(r_is_what_it_is_defined_as)
{
    struct fixture f;
    uint32_t n_pairs = 0;
    begin(&f, 1 + _i);
    measure(&f, f.n);
    for (uint32_t i = 0; i < f.n; i++)
        for (uint32_t j = 0; j < i; j++) {
            const struct avo_similar *p = avo_similarity_find(f.o, f.stats[i], f.stats[j]);
            ck_assert(!p == !same_assay(&f, i, j));
            if (!p)
                continue;
            double want = correlation(&f, i, j, f.n);
            ck_assert_msg(fabs((double)p->r - want) < 1e-5, "%u %u: %g, want %g", i, j,
                          (double)p->r, want);
            n_pairs++;
        }
    ck_assert_uint_eq(n_pairs, f.o->n_pairs);
    toy_release(&f.t);
}
END_TEST

/* The order of the tracks does not count, to the bit. */
START_TEST(any_order_gives_the_same)
{
    struct fixture a, b;
    struct avo_error err = {0};
    begin(&a, 1);
    begin(&b, 3);
    measure(&a, a.n);
    uint32_t columns[MOST], stats[MOST];
    for (uint32_t i = 0; i < b.n; i++) {
        uint32_t k = (i * 7 + 3) % b.n;
        ck_assert_msg(b.n % 7 != 0, "choose another step");
        columns[i] = b.columns[k];
        stats[i] = b.stats[k];
    }
    struct avo_similarity_tracks t = {b.n, columns, stats};
    toy_must(avo_similarity_measure(b.o, &b.t.positions, &b.t.signal, &t, b.t.pool, &err), &err);
    ck_assert_uint_eq(a.o->n_pairs, b.o->n_pairs);
    ck_assert(!memcmp(a.o->pairs, b.o->pairs, a.o->n_pairs * sizeof *a.o->pairs));
    toy_release(&a.t);
    toy_release(&b.t);
}
END_TEST

/* Later tracks are measured against those there are; what is known stays. */
START_TEST(only_what_is_lacking_is_measured)
{
    struct fixture f;
    bool need[MOST];
    begin(&f, 2);
    uint32_t some = f.n - 2;
    measure(&f, some);
    uint32_t n_before = f.o->n_pairs;
    for (uint32_t k = 0; k < n_before; k++)
        f.o->pairs[k].r = 0.125f;
    ck_assert_uint_eq(avo_similarity_lacking(f.o, f.stats, some, need), 0);
    ck_assert_uint_gt(avo_similarity_lacking(f.o, f.stats, f.n, need), 0);
    for (uint32_t i = 0; i < f.n; i++)
        ck_assert(need[i] == (same_assay(&f, i, f.n - 1) || same_assay(&f, i, f.n - 2)));
    measure(&f, f.n);
    for (uint32_t i = 0; i < f.n; i++)
        for (uint32_t j = 0; j < i; j++) {
            const struct avo_similar *p = avo_similarity_find(f.o, f.stats[i], f.stats[j]);
            if (p && i < some)
                ck_assert(p->r == 0.125f);
            else if (p)
                ck_assert(fabs((double)p->r - correlation(&f, i, j, f.n)) < 1e-5);
        }
    ck_assert_uint_gt(f.o->n_pairs, n_before);
    toy_release(&f.t);
}
END_TEST

START_TEST(a_flat_track_is_like_none)
{
    struct fixture f;
    begin(&f, 1);
    for (uint32_t i = 0; i < f.n; i++)      /* all of one value: e is 0 */
        f.o->stats[f.stats[i]].sd = INFINITY;
    measure(&f, f.n);
    ck_assert_uint_gt(f.o->n_pairs, 0);
    for (uint32_t k = 0; k < f.o->n_pairs; k++)
        ck_assert(f.o->pairs[k].r == 0);
    toy_release(&f.t);
}
END_TEST

/* ---- pairs ---- */

static void add_track(struct avo_observed *o, const char *celltype, const char *assay)
{
    struct avo_error err = {0};
    struct avo_track_stats s = {.celltype = (char *)(uintptr_t)celltype,
                                .assay = (char *)(uintptr_t)assay, .mean = 1, .sd = 1};
    toy_must(avo_observed_add(o, &s, &err), &err);
}

/* Tracks a to d of one assay, and one of another between them. */
static void four_tracks(struct avo_observed *o)
{
    struct avo_error err = {0};
    const struct avo_similar pairs[] = {{4, 0, .4f}, {1, 0, .1f}, {3, 1, .31f}, {3, 4, .34f}};
    *o = (struct avo_observed){.similar = true};
    add_track(o, "a", "x");
    add_track(o, "b", "x");
    add_track(o, "b", "y");
    add_track(o, "c", "x");
    add_track(o, "d", "x");
    toy_must(avo_similarity_add(o, pairs, 4, &err), &err);
}

static float r_of(const struct avo_observed *o, const char *c, const char *d)
{
    const struct avo_track_stats *s = avo_observed_find(o, c, "x");
    const struct avo_track_stats *t = avo_observed_find(o, d, "x");
    const struct avo_similar *p =
        avo_similarity_find(o, (uint32_t)(s - o->stats), (uint32_t)(t - o->stats));
    return p ? p->r : NAN;
}

START_TEST(pairs_follow_their_tracks)
{
    struct avo_observed o;
    struct avo_error err = {0};
    const uint32_t stats[] = {4, 2, 0, 3};
    four_tracks(&o);
    ck_assert(r_of(&o, "a", "d") == .4f && r_of(&o, "d", "a") == .4f && isnan(r_of(&o, "a", "c")));
    float *r = avo_similarity_matrix(&o, stats, 4, &err);
    ck_assert(r && r[0 * 4 + 2] == .4f && r[2 * 4 + 0] == .4f && r[3 * 4 + 0] == .34f);
    for (int i = 0; i < 4; i++)
        ck_assert(isnan(r[i * 4 + i]) && isnan(r[i * 4 + 1]) && isnan(r[1 * 4 + i]));
    free(r);
    avo_observed_drop(&o, "b", "y");
    ck_assert(o.n_pairs == 4 && r_of(&o, "a", "d") == .4f && r_of(&o, "c", "d") == .34f);
    avo_observed_drop(&o, "a", "x");
    ck_assert(o.n_pairs == 2 && r_of(&o, "b", "c") == .31f && r_of(&o, "c", "d") == .34f);
    avo_observed_release(&o);
}
END_TEST

START_TEST(pairs_of_another_model_join)
{
    struct avo_observed a, b = {.similar = true};
    struct avo_error err = {0};
    const struct avo_similar more[] = {{0, 1, .5f}, {1, 2, .34f}, {0, 3, .7f}}, other = {1, 2, .3f};
    four_tracks(&a);
    add_track(&b, "e", "x");
    add_track(&b, "d", "x");
    add_track(&b, "c", "x");
    add_track(&b, "f", "x");
    toy_must(avo_similarity_add(&b, more, 3, &err), &err);
    add_track(&a, "e", "x");
    toy_must(avo_similarity_join(&a, &b, &err), &err);
    ck_assert(a.n_pairs == 5 && r_of(&a, "e", "d") == .5f && r_of(&a, "c", "d") == .34f);
    b.n_pairs = 0;
    toy_must(avo_similarity_add(&b, &other, 1, &err), &err);
    ck_assert_int_lt(avo_similarity_join(&a, &b, &err), 0);
    ck_assert_msg(strstr(err.msg, "c:x and d:x have two different similarities"), "%s", err.msg);
    avo_observed_release(&a);
    avo_observed_release(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("similarity");
    TCase *t = tcase_create("similarity");
    tcase_add_loop_test(t, r_is_what_it_is_defined_as, 0, 3);
    tcase_add_test(t, any_order_gives_the_same);
    tcase_add_test(t, only_what_is_lacking_is_measured);
    tcase_add_test(t, a_flat_track_is_like_none);
    tcase_add_test(t, pairs_follow_their_tracks);
    tcase_add_test(t, pairs_of_another_model_join);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
