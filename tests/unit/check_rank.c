/* SPDX-License-Identifier: MIT */
/* check_rank.c: ranks, top bins under the four rules, and measures of two columns, against counting
 * and hand-worked cases. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/eval/rank.h"

static const size_t sizes[] = {1, 2, 3, 10, 19, 20, 30, 50, 99, 100, 101, 150, 250, 2000, 20002};
enum { N_SIZES = sizeof sizes / sizeof *sizes, MAX_N = 20002 };

static struct avo_ranked x, y;
static struct avo_rank_scratch scratch;

static void setup(void)
{
    ck_assert_int_eq(avo_ranked_reserve(&x, MAX_N, NULL), 0);
    ck_assert_int_eq(avo_ranked_reserve(&y, MAX_N, NULL), 0);
}

static void teardown(void)
{
    avo_ranked_release(&x);
    avo_ranked_release(&y);
    avo_rank_scratch_release(&scratch);
}

static void near(double got, double want, double tolerance)
{
    ck_assert_msg(fabs(got - want) <= tolerance * (1 + fabs(want)), "got %.17g, want %.17g", got,
                  want);
}

/* ---- columns ---- */

enum kind { UNIFORM, LEVELS, EQUAL, HALF, ZEROS, ANY_BITS, LOW_BITS, MID_BITS, TWO, N_KINDS };

static float from_bits(uint32_t bits)
{
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static float draw(enum kind kind, uint32_t a, uint32_t b)
{
    switch (kind) {
    case UNIFORM: return avo_rng_unit(a) - 0.25f;
    case LEVELS: return (float)avo_rng_below(a, 5) - 2;
    case HALF: return (float)avo_rng_below(a, 2048) / 256;
    case ZEROS: return a % 3 != 0 ? (a % 2 != 0 ? -0.0f : 0.0f) : avo_rng_unit(b) - 0.5f;
    case ANY_BITS: return from_bits((a >> 23 & 255) == 255 ? a ^ UINT32_C(1) << 23 : a);
    case LOW_BITS: return from_bits(UINT32_C(0x3f800000) + avo_rng_below(a, 300));
    case MID_BITS: return from_bits(UINT32_C(0xbf800000) + (avo_rng_below(a, 200) << 9));
    case TWO: return a % 64 == 0 ? 1e30f : -1e-40f;
    default: return 3.5f;
    }
}

static void fill(struct avo_ranked *r, size_t n, enum kind kind, uint32_t seed)
{
    r->n = n;
    for (uint32_t i = 0; i < n; i++) {
        struct avo_rng4 d = avo_rng_draw(seed, 0, i, 0, 0, 0);

        r->value[i] = draw(kind, d.v[0], d.v[1]);
    }
}

static void sort(struct avo_ranked *r, enum avo_top_rule rule)
{
    memset(r->top, 0xff, r->cap);       /* what an earlier column left must not matter */
    memset(r->rank2, 0xff, r->cap * sizeof *r->rank2);
    ck_assert_int_eq(avo_ranked_sort(r, rule, &scratch, NULL), 0);
}

static void set(struct avo_ranked *r, const float *v, size_t n, enum avo_top_rule rule)
{
    memcpy(r->value, v, n * sizeof *v);
    r->n = n;
    sort(r, rule);
}

/* ---- ranks ---- */

/* Twice the midrank, by counting. */
static uint32_t counted_rank2(const float *v, size_t n, size_t i)
{
    uint32_t rank2 = 1;

    for (size_t j = 0; j < n; j++)
        rank2 += v[j] < v[i] ? 2 : v[j] == v[i] ? 1 : 0;
    return rank2;
}

START_TEST(ranks_equal_counting)
{
    for (size_t k = 0; k < N_SIZES; k++) {
        size_t n = sizes[k], step = n <= 2000 ? 1 : 37;
        uint64_t sum = 0;
        double s2 = 0;

        fill(&x, n, (enum kind)_i, (uint32_t)k);
        sort(&x, AVO_TOP_AT_LEAST);
        for (size_t i = 0; i < n; i += step)
            ck_assert_uint_eq(x.rank2[i], counted_rank2(x.value, n, i));
        for (size_t i = 0; i < n; i++) {
            double d = x.rank2[i] / 2.0 - (double)(n + 1) / 2;

            sum += x.rank2[i];
            s2 += d * d;
        }
        ck_assert_uint_eq(sum, (uint64_t)n * (n + 1));
        near(x.s2, s2, 1e-13);
        ck_assert_int_eq(x.constant, s2 == 0);
    }
}
END_TEST

START_TEST(zeros_of_both_signs_are_equal)
{
    const float v[] = {0, -1e-45f, -0.0f, 1e-45f, -3, 0, -0.0f, -INFINITY, INFINITY};
    const uint32_t want[] = {11, 6, 11, 16, 4, 11, 11, 2, 18};
    size_t n = sizeof v / sizeof *v;

    set(&x, v, n, AVO_TOP_AT_LEAST);
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(x.rank2[i], want[i]);
}
END_TEST

/* ---- top bins ---- */

static const double percents[2] = {0.01, 0.05}, quantiles[2] = {0.99, 0.95};

struct item { float v; size_t i; };

static int ascending(const void *a, const void *b)
{
    const struct item *p = a, *q = b;

    return p->v != q->v ? (p->v > q->v) - (p->v < q->v) : (p->i > q->i) - (p->i < q->i);
}

/* The definitions word for word, in double precision as Python and numpy work them out. */
static void defined_top(const float *v, size_t n, enum avo_top_rule rule, int k, bool *in)
{
    static struct item s[MAX_N];
    double wanted = percents[k] * (double)n, at = quantiles[k] * (double)(n - 1), t;
    size_t n_top = rule == AVO_TOP_ROUND ? (size_t)nearbyint(wanted) : (size_t)wanted;
    size_t prev = (size_t)at, next = prev + 1 < n ? prev + 1 : prev, n_equal, n_above = 0;

    if (n_top == 0)
        n_top = 1;
    for (size_t i = 0; i < n; i++)
        s[i] = (struct item){v[i], i};
    qsort(s, n, sizeof *s, ascending);
    t = (double)s[prev].v + (at - (double)prev) * ((double)s[next].v - (double)s[prev].v);
    if (rule != AVO_TOP_ABOVE)
        t = (double)s[n - n_top].v;
    for (size_t i = 0; i < n; i++) {
        in[i] = (double)v[i] > t || (rule == AVO_TOP_AT_LEAST && (double)v[i] == t);
        n_above += (double)v[i] > t;
    }
    n_equal = n_top - n_above;
    for (size_t i = 0; rule == AVO_TOP_EXACT && i < n && n_equal > 0; i++)
        if ((double)v[i] == t) {
            in[i] = true;
            n_equal--;
        }
    for (size_t i = n; rule == AVO_TOP_ROUND && i-- > 0 && n_equal > 0;)
        if ((double)v[i] == t) {
            in[i] = true;
            n_equal--;
        }
}

START_TEST(tops_equal_their_definitions)
{
    static bool in[2][MAX_N];
    enum avo_top_rule rule = (enum avo_top_rule)(_i / N_KINDS);

    for (size_t k = 0; k < N_SIZES; k++) {
        size_t n = sizes[k], n_top[2] = {0};

        fill(&x, n, (enum kind)(_i % N_KINDS), 100 + (uint32_t)k);
        sort(&x, rule);
        for (int c = 0; c < 2; c++)
            defined_top(x.value, n, rule, c, in[c]);
        for (size_t i = 0; i < n; i++) {
            ck_assert_msg(x.top[i] == in[0][i] + 2 * in[1][i], "bin %zu of %zu: %d, not %d", i, n,
                          x.top[i], in[0][i] + 2 * in[1][i]);
            n_top[0] += in[0][i];
            n_top[1] += in[1][i];
        }
        ck_assert_uint_eq(x.n_top1, n_top[0]);
        ck_assert_uint_eq(x.n_top5, n_top[1]);
    }
}
END_TEST

/* 200 bins: one 9, three 7s, two 5s and 194 bins below. int(0.01 x 200) = 2: the second largest is
 * a 7; the 99th percentile lies at place 197.01 of 0..199, between two 7s. */
START_TEST(four_rules_four_tops)
{
    static const struct { uint64_t n; size_t bins[4]; } want[] = {
        [AVO_TOP_AT_LEAST] = {4, {150, 10, 50, 90}},
        [AVO_TOP_EXACT] = {2, {150, 10}},
        [AVO_TOP_ROUND] = {2, {150, 90}},
        [AVO_TOP_ABOVE] = {1, {150}}
    };
    float v[200];

    for (size_t i = 0; i < 200; i++)
        v[i] = (float)(i % 4);
    v[150] = 9;
    v[10] = v[50] = v[90] = 7;
    v[3] = v[197] = 5;
    set(&x, v, 200, (enum avo_top_rule)_i);
    ck_assert_uint_eq(x.n_top1, want[_i].n);
    for (size_t i = 0; i < 200; i++) {
        bool in = false;

        for (size_t k = 0; k < want[_i].n; k++)
            in = in || want[_i].bins[k] == i;
        ck_assert_int_eq(x.top[i] & 1, in);
    }
}
END_TEST

/* Distinct values: how many bins are in the top 1% and 5%. */
START_TEST(top_sizes)
{
    static const struct { size_t n; uint64_t least[2], round[2], above[2]; } want[] = {
        {1, {1, 1}, {1, 1}, {0, 0}},
        {2, {1, 1}, {1, 1}, {1, 1}},
        {30, {1, 1}, {1, 2}, {1, 2}},           /* 1.5 rounds to 2 */
        {50, {1, 2}, {1, 2}, {1, 3}},           /* 2.5 rounds to 2; place 46.55: 47, 48, 49 */
        {99, {1, 4}, {1, 5}, {1, 5}},
        {100, {1, 5}, {1, 5}, {1, 5}},          /* place 98.01; 94.05 */
        {101, {1, 5}, {1, 5}, {1, 5}},          /* places 99 and 95, whole: that bin is not above */
        {150, {1, 7}, {2, 8}, {2, 8}},
        {250, {2, 12}, {2, 12}, {3, 13}},       /* 2.5 rounds to 2, 12.5 to 12 */
        {20002, {200, 1000}, {200, 1000}, {201, 1001}}
    };

    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        x.n = want[k].n;
        for (size_t i = 0; i < x.n; i++)
            x.value[i] = (float)(i * 7919 % 20011);
        for (int rule = AVO_TOP_AT_LEAST; rule <= AVO_TOP_ABOVE; rule++) {
            const uint64_t *n = rule == AVO_TOP_ROUND ? want[k].round :
                                rule == AVO_TOP_ABOVE ? want[k].above : want[k].least;

            sort(&x, (enum avo_top_rule)rule);
            ck_assert_msg(x.n_top1 == n[0] && x.n_top5 == n[1], "rule %d of %zu: %d and %d", rule,
                          x.n, (int)x.n_top1, (int)x.n_top5);
        }
    }
}
END_TEST

/* ---- two columns ---- */

/* Pearson correlation of midranks found by counting. */
static double plain_spearman(size_t n)
{
    static double a[MAX_N], b[MAX_N];
    long double mean = (long double)(n + 1) / 2, saa = 0, sbb = 0, sab = 0;

    for (size_t i = 0; i < n; i++) {
        a[i] = counted_rank2(x.value, n, i) / 2.0;
        b[i] = counted_rank2(y.value, n, i) / 2.0;
        saa += (a[i] - mean) * (a[i] - mean);
        sbb += (b[i] - mean) * (b[i] - mean);
        sab += (a[i] - mean) * (b[i] - mean);
    }
    return (double)(sab / sqrtl(saa * sbb));
}

/* The share of pairs (bin with bit set in in, bin without) that score puts in order. */
static double plain_auc_of(const struct avo_ranked *score, const uint8_t *in, uint8_t bit)
{
    uint64_t n_pairs = 0, twice = 0;

    for (size_t i = 0; i < score->n; i++)
        for (size_t j = 0; j < score->n && (in[i] & bit) != 0; j++)
            if ((in[j] & bit) == 0) {
                float a = score->value[i], b = score->value[j];

                n_pairs++;
                twice += a > b ? 2 : a == b ? 1 : 0;
            }
    return (double)twice / 2 / (double)n_pairs;
}

static double plain_auc(const struct avo_ranked *of, const struct avo_ranked *score)
{
    return plain_auc_of(score, of->top, 1);
}
static void check_counts(const struct avo_rank_scores *s)
{
    uint64_t n[5] = {0};
    double sse[2] = {0};

    for (size_t i = 0; i < x.n; i++) {
        int obs = x.top[i], imp = y.top[i];
        double d = (double)x.value[i] - (double)y.value[i];

        n[0] += (obs & 1) != 0;
        n[1] += (imp & 1) != 0;
        n[2] += (obs & imp & 1) != 0;
        n[3] += (obs & 1) != 0 && (imp & 2) != 0;
        n[4] += (imp & 1) != 0 && (obs & 2) != 0;
        sse[0] += (obs & 1) != 0 ? d * d : 0;
        sse[1] += (imp & 1) != 0 ? d * d : 0;
    }
    ck_assert_uint_eq(s->n_bins, x.n);
    ck_assert_uint_eq(s->n_top_obs, n[0]);
    ck_assert_uint_eq(s->n_top_imp, n[1]);
    ck_assert_uint_eq(s->n_match, n[2]);
    ck_assert_uint_eq(s->n_catch_obs, n[3]);
    ck_assert_uint_eq(s->n_catch_imp, n[4]);
    near(s->sse_top_obs, sse[0], 1e-13);
    near(s->sse_top_imp, sse[1], 1e-13);
}

/* y follows x in part, so that no measure is 0 by nature. */
static void fill_pair(size_t n, enum kind kind, uint32_t seed)
{
    fill(&x, n, kind, seed);
    fill(&y, n, kind, seed + 1);
    for (size_t i = 0; i < n; i++)
        if (i % 3 == 0)
            y.value[i] = x.value[i];
}

START_TEST(measures_equal_plain_counting)
{
    static const size_t some_sizes[] = {2, 7, 8, 9, 99, 100, 101, 1003};
    enum avo_top_rule rule = (enum avo_top_rule)(_i / N_KINDS);
    uint8_t peak[1003];
    struct avo_rank_scores s;

    for (size_t k = 0; k < sizeof some_sizes / sizeof *some_sizes; k++) {
        size_t n = some_sizes[k], n_peak = 0;

        fill_pair(n, (enum kind)(_i % N_KINDS), 200 + 2 * (uint32_t)k);
        sort(&x, rule);
        sort(&y, rule);
        for (size_t i = 0; i < n; i++)
            n_peak += peak[i] = i % 7 == 2 || (x.top[i] != 0 && i % 2 == 0);
        avo_rank_compare(&x, &y, peak, &s);
        check_counts(&s);
        ck_assert(s.w_spearman == (x.constant || y.constant ? 0 : (double)n));
        ck_assert(s.w_auc_obs == (s.n_top_obs % n == 0 ? 0 : (double)n));
        ck_assert(s.w_auc_imp == (s.n_top_imp % n == 0 ? 0 : (double)n));
        near(s.spearman, s.w_spearman > 0 ? (double)n * plain_spearman(n) : 0, 1e-14);
        near(s.auc_obs, s.w_auc_obs > 0 ? (double)n * plain_auc(&x, &y) : 0, 1e-14);
        near(s.auc_imp, s.w_auc_imp > 0 ? (double)n * plain_auc(&y, &x) : 0, 1e-14);
        ck_assert(s.w_auc_peak == (n_peak % n == 0 ? 0 : (double)n));
        near(s.auc_peak, s.w_auc_peak > 0 ? (double)n * plain_auc_of(&y, peak, 1) : 0, 1e-14);
    }
}
END_TEST

/* Midranks of y: 3, 1.5, 1.5, 5, 4; the top 1% (one bin) of x is bin 4, of y bin 3. */
START_TEST(measures_by_hand)
{
    const float obs[] = {1, 2, 3, 4, 10}, imp[] = {2, 1, 1, 8, 5};
    const uint8_t peak[] = {1, 0, 0, 1, 1};
    struct avo_rank_scores s;

    set(&x, obs, 5, AVO_TOP_AT_LEAST);
    set(&y, imp, 5, AVO_TOP_AT_LEAST);
    avo_rank_compare(&x, &y, peak, &s);
    near(s.spearman, 5 * 5.5 / sqrt(10 * 9.5), 1e-15);
    near(s.auc_obs, 5 * 0.75, 1e-15);           /* 5 is above 2, 1 and 1 but not 8 */
    near(s.auc_imp, 5 * 0.75, 1e-15);           /* 4 is above 1, 2 and 3 but not 10 */
    near(s.sse_top_obs, 25, 1e-15);
    near(s.sse_top_imp, 16, 1e-15);
    ck_assert_uint_eq(s.n_match, 0);
    near(s.auc_peak, 5, 1e-15);
    avo_rank_compare(&x, &x, NULL, &s);
    near(s.spearman, 5, 0);
    near(s.auc_obs, 5, 0);
    ck_assert_uint_eq(s.n_match, 1);
    ck_assert_uint_eq(s.n_catch_obs, 1);
    ck_assert_uint_eq(s.n_catch_imp, 1);
    ck_assert(s.w_auc_peak == 0);
}
END_TEST

/* Error terms of the sums must not grow with the column: 20,002 bins, reversed and equal. */
START_TEST(spearman_at_its_ends)
{
    struct avo_rank_scores s;

    fill(&x, MAX_N, (enum kind)_i, 7);
    y.n = x.n;
    for (size_t i = 0; i < x.n; i++)
        y.value[i] = -x.value[i];
    sort(&x, AVO_TOP_EXACT);
    sort(&y, AVO_TOP_EXACT);
    avo_rank_compare(&x, &y, NULL, &s);
    ck_assert_double_eq(s.spearman, _i == EQUAL ? 0 : -(double)MAX_N);
    avo_rank_compare(&x, &x, NULL, &s);
    ck_assert_double_eq(s.spearman, _i == EQUAL ? 0 : (double)MAX_N);
}
END_TEST

START_TEST(nothing_to_rank)
{
    struct avo_rank_scores s = {.n_bins = 5};
    struct avo_ranked none = {0};

    ck_assert_int_eq(avo_ranked_sort(&none, AVO_TOP_AT_LEAST, &scratch, NULL), 0);
    ck_assert(none.constant && none.n_top1 == 0 && none.n_top5 == 0 && none.s2 == 0);
    avo_rank_compare(&none, &none, NULL, &s);
    ck_assert_mem_eq(&s, &(struct avo_rank_scores){0}, sizeof s);
}
END_TEST

START_TEST(scores_merge)
{
    struct avo_rank_scores a = {0};
    struct avo_rank_scores b = {3, 4, 5, 6.5, 7.5, 8, 9, 10, 11, 12, 13.5, 14.5, 15.5, 16.5, 17.5,
                                18.5};

    avo_rank_scores_merge(&a, &b);
    ck_assert_mem_eq(&a, &b, sizeof a);
    avo_rank_scores_merge(&a, &b);
    avo_rank_scores_merge(&a, &(struct avo_rank_scores){0});
    b = (struct avo_rank_scores){6, 8, 10, 13, 15, 16, 18, 20, 22, 24, 27, 29, 31, 33, 35, 37};
    ck_assert_mem_eq(&a, &b, sizeof a);
}
END_TEST

/* Here the sums of squared ranks pass 2^63: (n^3 - n) / 12 is 1.8e19. */
START_TEST(long_columns)
{
    const size_t n = 6000000;
    struct avo_rank_scores s;

    ck_assert_int_eq(avo_ranked_reserve(&x, n, NULL), 0);
    ck_assert_int_eq(avo_ranked_reserve(&y, n, NULL), 0);
    x.n = y.n = n;
    for (size_t i = 0; i < n; i++) {
        x.value[i] = (float)i;
        y.value[i] = -(float)i;
    }
    sort(&x, AVO_TOP_AT_LEAST);
    sort(&y, AVO_TOP_AT_LEAST);
    near(x.s2, ((double)n * (double)n - 1) * (double)n / 12, 1e-15);
    for (size_t i = 0; i < n; i += 999)
        ck_assert(x.rank2[i] == 2 * i + 2 && y.rank2[i] == 2 * (n - i));
    avo_rank_compare(&x, &y, NULL, &s);
    near(s.spearman, -(double)n, 1e-15);
    ck_assert_uint_eq(s.n_top_obs, 60000);
    ck_assert(s.n_match == 0 && s.auc_obs == 0 && s.w_auc_obs == (double)n);
}
END_TEST

/* ---- memory ---- */

START_TEST(room_grows_and_keeps_values)
{
    struct avo_ranked r = {0};
    struct avo_error err = {0};
    struct avo_rank_scores scores;

    ck_assert_int_eq(avo_ranked_reserve(&r, 3, &err), 0);
    ck_assert_uint_eq(r.cap, 3);
    ck_assert_uint_eq(r.n, 0);
    for (r.n = 0; r.n < 3; r.n++)
        r.value[r.n] = 2 - (float)r.n;
    ck_assert_int_eq(avo_ranked_sort(&r, AVO_TOP_ROUND, &scratch, &err), 0);
    avo_rank_compare(&r, &r, NULL, &scores);    /* nothing lies behind these three */
    ck_assert_uint_eq(scores.n_match, 1);
    ck_assert_int_eq(avo_ranked_reserve(&r, 2, &err), 0);
    ck_assert_uint_eq(r.cap, 3);
    ck_assert_int_eq(avo_ranked_reserve(&r, 9, &err), 0);
    ck_assert_uint_eq(r.cap, 9);
    ck_assert_int_eq(avo_ranked_reserve(&r, SIZE_MAX / 2, &err), -1);
    ck_assert_msg(strstr(err.msg, "out of memory") != NULL, "%s", err.msg);
    ck_assert_uint_eq(r.n, 3);
    ck_assert_int_eq(avo_ranked_sort(&r, AVO_TOP_ROUND, &scratch, NULL), 0);
    ck_assert(r.rank2[0] == 6 && r.rank2[1] == 4 && r.rank2[2] == 2);
    avo_ranked_release(&r);
    avo_ranked_release(&r);
    avo_ranked_release(NULL);
    avo_rank_scratch_release(NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rank");
    TCase *c = tcase_create("rank");
    SRunner *r;
    int failed;

    suite_add_tcase(s, c);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, ranks_equal_counting, 0, N_KINDS);
    tcase_add_test(c, zeros_of_both_signs_are_equal);
    tcase_add_loop_test(c, tops_equal_their_definitions, 0, 4 * N_KINDS);
    tcase_add_loop_test(c, four_rules_four_tops, 0, 4);
    tcase_add_test(c, top_sizes);
    tcase_add_loop_test(c, measures_equal_plain_counting, 0, 4 * N_KINDS);
    tcase_add_test(c, measures_by_hand);
    tcase_add_loop_test(c, spearman_at_its_ends, 0, N_KINDS);
    tcase_add_test(c, long_columns);
    tcase_add_test(c, nothing_to_rank);
    tcase_add_test(c, scores_merge);
    tcase_add_test(c, room_grows_and_keeps_values);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
