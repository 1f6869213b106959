/* SPDX-License-Identifier: MIT */
/* check_swap.c: the swap check against Pearson by plain sums over the bins that count. */
#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/rng.h"
#include "libcommon/eval/swap.h"

#define MAX_TRACKS 80
#define BINS 3000u          /* of one chromosome; two of them */
#define METHODS 2u          /* the second is the one that is checked */

static float observed[MAX_TRACKS][2 * BINS], predicted[MAX_TRACKS][2 * BINS];
static uint8_t use[MAX_TRACKS][2 * BINS];
static struct avo_header header;
static struct avo_track names[MAX_TRACKS + 1];
static char text[2 * MAX_TRACKS + 2][32];
static size_t scored[MAX_TRACKS], place[MAX_TRACKS + 1];
static bool seen[MAX_TRACKS + 1];
static struct avo_scored chosen;
static int lacking = -1;    /* a track without a prediction from some chromosome on */
static uint32_t lacking_from;

/* K scored tracks of 4 assays; observed track 0 is not scored, so indices differ by one. */
static void set_tracks(size_t k)
{
    for (size_t i = 0; i <= k; i++) {
        snprintf(text[2 * i], 32, "cell %zu", i / 4);
        snprintf(text[2 * i + 1], 32, "assay%zu", i % 4);
        names[i] = (struct avo_track){.celltype = text[2 * i], .assay = text[2 * i + 1]};
    }
    for (size_t i = 0; i < k; i++) {
        scored[i] = i + 1;
        place[i + 1] = i;
    }
    header = (struct avo_header){.n_tracks = k + 1, .tracks = names};
    chosen = (struct avo_scored){.n_tracks = k + 1, .n_scored = k, .n_imputed = METHODS,
                                 .scored = scored, .index = place, .seen = seen};
    lacking = -1;
}

/* Observed columns are uniform numbers on a big mean; a prediction is a mixture of its own and of
 * other tracks' numbers. */
static void fill(size_t k, uint32_t seed)
{
    for (uint32_t t = 0; t < k; t++)
        for (uint32_t i = 0; i < 2 * BINS; i++) {
            struct avo_rng4 r = avo_rng_draw(seed, 1, t, i, 0, 0);

            observed[t][i] = 100 + avo_rng_unit(r.v[0]);
            use[t][i] = avo_rng_below(r.v[1], 40 * (uint32_t)k) > 0;
        }
    for (uint32_t t = 0; t < k; t++)
        for (uint32_t i = 0; i < 2 * BINS; i++)
            predicted[t][i] = observed[t][i] + observed[(t + 1) % k][i] / 2 +
                              3 * avo_rng_unit(avo_rng_draw(seed, 2, t, i, 0, 0).v[0]);
}

static void add_window(struct avo_swap *s, uint32_t chrom, uint32_t beg, uint32_t n)
{
    static const float *o[MAX_TRACKS + 1], *p[MAX_TRACKS * METHODS];
    static const uint8_t *u[MAX_TRACKS];
    struct avo_window w = {.chrom = chrom, .beg_bin = beg, .n = n, .observed = o,
                           .n_methods = METHODS, .predicted = p, .use = u};

    for (size_t t = 0; t < chosen.n_scored; t++) {
        o[t + 1] = &observed[t][chrom * BINS + beg];
        p[t * METHODS] = NULL;
        p[t * METHODS + 1] = &predicted[t][chrom * BINS + beg];
        if ((int)t == lacking && chrom >= lacking_from)
            p[t * METHODS + 1] = NULL;
        u[t] = &use[t][chrom * BINS + beg];
    }
    ck_assert_int_eq(avo_swap_add(s, &w, NULL), 0);
}

/* Both chromosomes in windows of some bins. */
static struct avo_swap *run(uint32_t window, int n_threads, struct avo_pool **pool)
{
    struct avo_swap_spec spec = {.chosen = &chosen, .observed = &header, .method = 1,
                                 .max_bins = window};
    struct avo_swap *s;

    *pool = avo_pool_new(n_threads, NULL);
    ck_assert_ptr_nonnull(*pool);
    s = avo_swap_new(&spec, *pool, NULL);
    ck_assert_ptr_nonnull(s);
    for (uint32_t chrom = 0; chrom < 2; chrom++)
        for (uint32_t beg = 0; beg < BINS; beg += window)
            add_window(s, chrom, beg, BINS - beg < window ? BINS - beg : window);
    return s;
}

static void done(struct avo_swap *s, struct avo_pool *pool)
{
    avo_swap_free(s);
    avo_pool_free(pool);
}

static bool counts(size_t k, uint32_t i, size_t stride)
{
    if (i % BINS / 200 % stride != 0)
        return false;
    for (size_t t = 0; t < k; t++)
        if (!use[t][i])
            return false;
    return true;
}

static double plain_pearson(size_t k, const float *x, const float *y, size_t stride)
{
    long double n = 0, mx = 0, my = 0, sxx = 0, syy = 0, sxy = 0;

    for (uint32_t i = 0; i < 2 * BINS; i++)
        if (counts(k, i, stride)) {
            n++;
            mx += x[i];
            my += y[i];
        }
    mx /= n;
    my /= n;
    for (uint32_t i = 0; i < 2 * BINS; i++)
        if (counts(k, i, stride)) {
            sxx += (x[i] - mx) * (x[i] - mx);
            syy += (y[i] - my) * (y[i] - my);
            sxy += (x[i] - mx) * (y[i] - my);
        }
    return (double)(sxy / sqrtl(sxx * syy));
}

/* ---- cases ---- */

static const struct { size_t k; uint32_t window; size_t stride; } cases[] = {
    {1, 3000, 1}, {2, 700, 1}, {3, 1, 1}, {4, 3000, 1}, {5, 64, 1}, {7, 1201, 1}, {64, 999, 1},
    {65, 999, 2}, {80, 130, 2},
};

START_TEST(correlations_equal_plain_sums)
{
    size_t k = cases[_i].k, step = k > 10 ? 7 : 1;
    struct avo_pool *pool;
    struct avo_swap *s;
    uint64_t n = 0;

    set_tracks(k);
    fill(k, 3);
    s = run(cases[_i].window, 2, &pool);
    ck_assert_uint_eq(avo_swap_stride(k), cases[_i].stride);
    for (uint32_t i = 0; i < 2 * BINS; i++)
        n += counts(k, i, cases[_i].stride);
    ck_assert_uint_gt(n, 0);
    ck_assert_uint_lt(n, 2 * BINS);
    ck_assert_uint_eq(avo_swap_n_bins(s), n);
    for (size_t i = 0; i < k; i += step)
        for (size_t j = i % 3; j < k; j += step) {
            double want = plain_pearson(k, observed[i], predicted[j], cases[_i].stride);

            ck_assert_msg(fabs(avo_swap_r(s, i, j) - want) < 1e-10, "r(%zu, %zu) %.17g, want %.17g",
                          i, j, avo_swap_r(s, i, j), want);
        }
    done(s, pool);
}
END_TEST

START_TEST(threads_change_nothing)
{
    struct avo_pool *pool[2];
    struct avo_swap *s[2];

    set_tracks(11);
    fill(11, 4);
    s[0] = run(501, 1, &pool[0]);
    s[1] = run(501, 5, &pool[1]);
    for (size_t i = 0; i < 11; i++)
        for (size_t j = 0; j < 11; j++) {
            double a = avo_swap_r(s[0], i, j), b = avo_swap_r(s[1], i, j);

            ck_assert_int_eq(memcmp(&a, &b, sizeof a), 0);
        }
    done(s[0], pool[0]);
    done(s[1], pool[1]);
}
END_TEST

static void exchange(float *a, float *b)
{
    for (uint32_t i = 0; i < 2 * BINS; i++) {
        float t = a[i];

        a[i] = b[i];
        b[i] = t;
    }
}

/* Without an exchange nothing is flagged; the observed tracks of two pairs are then exchanged. */
START_TEST(exchanged_tracks_are_flagged)
{
    struct avo_swap_row rows[8];
    struct avo_pool *pool;
    struct avo_swap *s;

    set_tracks(8);          /* scored: 0/1 .. 0/3, 1/0 .. 1/3, 2/0 by cell type / assay */
    fill(8, 5);
    s = run(3000, 2, &pool);
    avo_swap_finish(s, rows);
    for (size_t i = 0; i < 8; i++) {
        ck_assert_uint_eq(rows[i].track, i + 1);
        ck_assert_uint_eq(rows[i].rank, 1);
        ck_assert(rows[i].r_best < rows[i].r_own && rows[i].gain < 0);
        ck_assert(!rows[i].other_celltype && !rows[i].other_assay);
        ck_assert_uint_eq(rows[i].best, (i + 7) % 8 + 1);   /* whose mixture has half of it */
    }
    done(s, pool);

    exchange(observed[0], observed[1]);     /* assays 1 and 2 of cell 0 */
    exchange(observed[2], observed[6]);     /* assay 3 of cells 0 and 1 */
    s = run(3000, 2, &pool);
    avo_swap_finish(s, rows);
    for (size_t i = 0; i < 8; i++) {
        bool assay = i < 2, celltype = i == 2 || i == 6;

        ck_assert_int_eq(rows[i].other_assay, assay);
        ck_assert_int_eq(rows[i].other_celltype, celltype);
        ck_assert_int_eq(rows[i].rank > 1, assay || celltype);
        if (!assay && !celltype)
            continue;
        ck_assert_uint_eq(rows[i].best, (assay ? 1 - i : 8 - i) + 1);
        ck_assert_uint_eq(rows[i].partner, rows[i].best);
        ck_assert(fabs(rows[i].gain - (avo_swap_r(s, i, rows[i].best - 1) +
                                       avo_swap_r(s, rows[i].best - 1, i) - avo_swap_r(s, i, i) -
                                       avo_swap_r(s, rows[i].best - 1, rows[i].best - 1)))
                  < 1e-15);
    }
    done(s, pool);
}
END_TEST

/* Two equal predictions are one rank. Then, in two tracks, the other prediction is better by less
 * than the margin, but by more than it for both tracks together. */
START_TEST(equals_and_exchanges_below_the_margin)
{
    struct avo_swap_row rows[3];
    struct avo_pool *pool;
    struct avo_swap *s;

    set_tracks(3);
    fill(3, 9);
    memcpy(predicted[2], predicted[1], sizeof predicted[1]);
    s = run(3000, 1, &pool);
    avo_swap_finish(s, rows);
    ck_assert_uint_eq(rows[1].best, 3);         /* as good as the own one */
    ck_assert(rows[1].r_best == rows[1].r_own && rows[1].rank == 1);
    ck_assert_uint_eq(rows[0].best, 2);         /* 2 and 3 are as good: the earlier */
    done(s, pool);

    set_tracks(2);
    fill(2, 10);
    for (uint32_t t = 0; t < 2; t++)
        for (uint32_t i = 0; i < 2 * BINS; i++)
            predicted[t][i] = observed[t][i] + 1.15f * observed[1 - t][i] +
                              avo_rng_unit(avo_rng_draw(11, t, i, 0, 0, 0).v[0]);
    s = run(3000, 1, &pool);
    avo_swap_finish(s, rows);
    for (size_t t = 0; t < 2; t++) {
        ck_assert(rows[t].r_best - rows[t].r_own < AVO_SWAP_MARGIN);
        ck_assert(rows[t].gain > AVO_SWAP_MARGIN);
        ck_assert(rows[t].other_assay && !rows[t].other_celltype);
    }
    done(s, pool);
}
END_TEST

/* Track 0 is unlike its own prediction, so that an exchange with it is a gain for anyone. */
START_TEST(an_exchange_takes_two)
{
    struct avo_swap_row rows[3];
    struct avo_pool *pool;
    struct avo_swap *s;

    set_tracks(3);
    fill(3, 12);
    for (uint32_t i = 0; i < 2 * BINS; i++) {
        predicted[0][i] = observed[1][i] - observed[0][i];
        predicted[1][i] = observed[0][i];
        predicted[2][i] = observed[2][i] + 3 * avo_rng_unit(avo_rng_draw(12, 3, i, 0, 0, 0).v[0]);
    }
    s = run(3000, 1, &pool);
    avo_swap_finish(s, rows);
    ck_assert_uint_eq(rows[0].partner, 2);
    ck_assert_uint_eq(rows[2].partner, 1);
    ck_assert(rows[0].other_assay && rows[1].other_assay);
    ck_assert(rows[2].gain > AVO_SWAP_MARGIN && rows[2].rank == 1);
    ck_assert(!rows[2].other_assay && !rows[2].other_celltype);
    done(s, pool);
}
END_TEST

/* Constant columns and methods without a prediction are not defined, and win nothing. */
START_TEST(undefined_columns)
{
    struct avo_swap_row rows[4];
    struct avo_pool *pool;
    struct avo_swap *s;

    set_tracks(4);
    fill(4, 6);
    lacking = 2;
    lacking_from = (uint32_t)_i;
    for (uint32_t i = 0; i < 2 * BINS; i++) {
        observed[1][i] = 0.1f;
        predicted[3][i] = 1e-3f;
    }
    s = run(777, 1, &pool);
    avo_swap_finish(s, rows);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            ck_assert_int_eq(isnan(avo_swap_r(s, i, j)) != 0, i == 1 || j == 2 || j == 3);
    ck_assert_uint_eq(rows[0].best, 2);         /* track 1 has a prediction, if no constant */
    ck_assert_uint_eq(rows[1].best, AVO_SWAP_NONE);
    ck_assert_uint_eq(rows[2].rank, 0);
    ck_assert_uint_eq(rows[2].partner, AVO_SWAP_NONE);
    done(s, pool);
}
END_TEST

START_TEST(no_common_bin)
{
    struct avo_swap_row rows[3];
    struct avo_pool *pool;
    struct avo_swap *s;

    set_tracks(3);
    fill(3, 7);
    for (uint32_t i = 0; i < 2 * BINS; i++)
        use[i % 3][i] = 0;
    s = run(1000, 1, &pool);
    avo_swap_finish(s, rows);
    ck_assert_uint_eq(avo_swap_n_bins(s), 0);
    ck_assert(isnan(rows[0].r_own) && rows[0].rank == 0 && rows[0].best == AVO_SWAP_NONE);
    done(s, pool);
}
END_TEST

START_TEST(table_of_three)
{
    char path[] = "/tmp/check_swap.XXXXXX", got[2048] = "", want[2048];
    struct avo_swap_row rows[3];
    struct avo_out out = {0};
    struct avo_pool *pool;
    struct avo_swap *s;
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    set_tracks(3);
    strcpy(text[3], "a\tb");
    seen[2] = true;
    fill(3, 8);
    exchange(observed[0], observed[1]);
    for (uint32_t i = 0; i < 2 * BINS; i++)
        predicted[2][i] = 5;
    s = run(3000, 1, &pool);
    avo_swap_finish(s, rows);
    ck_assert_int_eq(avo_out_open(&out, path, NULL, NULL), 0);
    ck_assert_int_eq(avo_swap_print(s, &out, NULL), 0);
    ck_assert_int_eq(avo_out_finish(&out, NULL), 0);
    avo_out_release(&out);
    snprintf(want, sizeof want,
             "celltype\tassay\tseen\tn_bins\tr_own\tbest_celltype\tbest_assay\tr_best\trank"
             "\tswap_celltype\tswap_assay\tswap_gain\tflagged\n"
             "cell 0\ta%%09b\tno\t%d\t%.9g\tcell 0\tassay2\t%.9g\t2\tcell 0\tassay2\t%.9g\tassay\n"
             "cell 0\tassay2\tyes\t%d\t%.9g\tcell 0\ta%%09b\t%.9g\t2\tcell 0\ta%%09b\t%.9g\tassay\n"
             "cell 0\tassay3\tno\t%d\tNA\tcell 0\tassay2\t%.9g\tNA\t.\t.\tNA\t.\n",
             (int)avo_swap_n_bins(s), rows[0].r_own, rows[0].r_best, rows[0].gain,
             (int)avo_swap_n_bins(s), rows[1].r_own, rows[1].r_best, rows[1].gain,
             (int)avo_swap_n_bins(s), rows[2].r_best);
    close(fd);
    fd = open(path, O_RDONLY);
    ck_assert_int_gt(read(fd, got, sizeof got - 1), 0);
    close(fd);
    unlink(path);
    ck_assert_str_eq(got, want);
    seen[2] = false;
    done(s, pool);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("swap");
    TCase *t = tcase_create("swap");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, correlations_equal_plain_sums, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(t, threads_change_nothing);
    tcase_add_test(t, exchanged_tracks_are_flagged);
    tcase_add_test(t, equals_and_exchanges_below_the_margin);
    tcase_add_test(t, an_exchange_takes_two);
    tcase_add_loop_test(t, undefined_columns, 0, 2);
    tcase_add_test(t, no_common_bin);
    tcase_add_test(t, table_of_three);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
