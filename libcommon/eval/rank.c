/* SPDX-License-Identifier: MIT */
/* rank.c: ranks of a column by a radix sort, its top bins, and what two columns share.
 *
 * Keys are sorted by three digits, lowest first. The pass over the highest one is never carried
 * out: bins that agree in both lower digits then stand side by side, a bin's place in the whole
 * order is the next one of its highest digit's bucket, and ranks are dealt out from there. So the
 * highest digit may be wide, and the lower ones narrow enough for their buckets' ends to stay in
 * the first cache. */
#include "libcommon/eval/rank.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"

/* A record is a key (upper half) and a bin (lower half); digits are from bit, of width bits. */
enum { BIN_BITS = 32, LOW_BITS = 9, MID_BITS = 8, HIGH_BITS = 32 - LOW_BITS - MID_BITS };
enum { LOW, MID };
static const struct { unsigned bit; uint32_t mask; } digits[] = {
    [LOW] = {BIN_BITS, (1 << LOW_BITS) - 1},
    [MID] = {BIN_BITS + LOW_BITS, (1 << MID_BITS) - 1}
};

/* Places in the ascending order. */
struct run { uint32_t beg, end; };
struct avo_rank_buckets {
    uint32_t lower[2][1 << LOW_BITS];   /* by LOW, MID: how many bins, then where the next goes */
    struct run high[1 << HIGH_BITS];    /* end: how many, then see deal_ranks */
};

/* A place in the ascending order, and the run of equal values around it. */
struct cut {
    uint32_t place;
    struct run equal;
};

/* ---- memory ---- */

int avo_ranked_reserve(struct avo_ranked *r, size_t n, struct avo_error *err)
{
    struct avo_ranked fresh = {.n = r->n, .cap = n};

    if (n <= r->cap)
        return 0;
    fresh.value = avo_alloc(n, sizeof *fresh.value, "ranks", err);
    fresh.rank2 = avo_alloc(n, sizeof *fresh.rank2, "ranks", err);
    fresh.top = avo_alloc(n, sizeof *fresh.top, "ranks", err);
    if (!fresh.value || !fresh.rank2 || !fresh.top) {
        avo_ranked_release(&fresh);
        return -1;
    }
    if (r->n > 0)
        memcpy(fresh.value, r->value, r->n * sizeof *r->value);
    avo_ranked_release(r);
    *r = fresh;
    return 0;
}

void avo_ranked_release(struct avo_ranked *r)
{
    if (!r)
        return;
    free(r->value);
    free(r->rank2);
    free(r->top);
    memset(r, 0, sizeof *r);
}

void avo_rank_scratch_release(struct avo_rank_scratch *s)
{
    if (!s)
        return;
    free(s->a);
    free(s->b);
    free(s->buckets);
    memset(s, 0, sizeof *s);
}

/* Exactly n, not doubled: the caller has planned its memory. */
static int grow_records(uint64_t **p, size_t *cap, size_t n, struct avo_error *err)
{
    if (n <= *cap)
        return 0;
    free(*p);
    *cap = 0;
    *p = avo_alloc(n, sizeof **p, "ranks", err);
    if (*p == NULL)
        return -1;
    *cap = n;
    return 0;
}

static int scratch_reserve(struct avo_rank_scratch *s, size_t n, struct avo_error *err)
{
    if (!s->buckets)
        s->buckets = avo_alloc(1, sizeof *s->buckets, "ranks", err);
    if (!s->buckets || grow_records(&s->a, &s->cap_a, n, err) < 0)
        return -1;
    return grow_records(&s->b, &s->cap_b, n, err);
}

/* ---- sorting ---- */

/* A float as a number that grows with it. */
static inline uint64_t record_of(float v, size_t bin)
{
    float folded = v + 0.0f;    /* -0 + 0 is 0; all other values stay as they are */
    uint32_t bits;

    memcpy(&bits, &folded, sizeof bits);
    bits ^= (bits >> 31) != 0 ? UINT32_MAX : UINT32_C(1) << 31;
    return (uint64_t)bits << BIN_BITS | bin;
}

static inline size_t lower_digit(uint64_t record, int which)
{
    return (size_t)(record >> digits[which].bit) & digits[which].mask;
}

static inline size_t high_digit(uint64_t record)
{
    return (size_t)(record >> (64 - HIGH_BITS));
}

/* Both lower digits and nothing else: the highest is shifted out. */
static inline uint32_t lower_digits(uint64_t record)
{
    return (uint32_t)(record >> BIN_BITS) << HIGH_BITS;
}

/* Turns numbers of bins into first places. */
static void lay_out(struct avo_rank_buckets *k)
{
    uint32_t place = 0;

    for (int d = LOW; d <= MID; d++, place = 0)
        for (size_t j = 0; j <= digits[d].mask; j++) {
            uint32_t n_here = k->lower[d][j];

            k->lower[d][j] = place;
            place += n_here;
        }
    for (size_t j = 0; j < sizeof k->high / sizeof *k->high; j++) {
        uint32_t n_here = k->high[j].end;

        k->high[j].beg = k->high[j].end = place;
        place += n_here;
    }
}

/* Counts the digits. Returns which lower digits differ between bins, as bits 1 << LOW, 1 << MID:
 * no pass is made for the others (half-precision values leave the lowest one zero). */
static int count_digits(const float *value, size_t n, struct avo_rank_buckets *k)
{
    uint64_t first = record_of(value[0], 0);
    int differs = 0;

    memset(k, 0, sizeof *k);
    for (size_t i = 0; i < n; i++) {
        uint64_t record = record_of(value[i], 0);

        k->lower[LOW][lower_digit(record, LOW)]++;
        k->lower[MID][lower_digit(record, MID)]++;
        k->high[high_digit(record)].end++;
    }
    for (int d = LOW; d <= MID; d++)
        if (k->lower[d][lower_digit(first, d)] != n)
            differs |= 1 << d;
    lay_out(k);
    return differs;
}

/* Sorts by the two lower digits, stably. Returns where the records are. */
static const uint64_t *sort_lower_digits(const float *value, size_t n, int differs,
                                         struct avo_rank_scratch *s)
{
    int first = (differs & 1 << LOW) != 0 ? LOW : MID;
    uint32_t *at = s->buckets->lower[first];

    for (size_t i = 0; i < n; i++) {
        uint64_t record = record_of(value[i], i);

        s->a[at[lower_digit(record, first)]++] = record;
    }
    if (first == MID || (differs & 1 << MID) == 0)
        return s->a;
    at = s->buckets->lower[MID];
    for (size_t i = 0; i < n; i++)
        s->b[at[lower_digit(s->a[i], MID)]++] = s->a[i];
    return s->b;
}

/* ---- ranks ---- */

static inline void note_cut(struct cut *c, struct run run)
{
    if (c->place - run.beg < run.end - run.beg)     /* unsigned: a place before beg is far above */
        c->equal = run;
}

/* Deals out the ranks and finds the runs of both cuts. high[d] encloses the places of the bins with
 * highest digit d that are dealt out at the moment: those of one group of equal lower digits,
 * hence equal. */
static void deal_ranks(const uint64_t *record, size_t n, struct run *high, uint32_t *rank2,
                       struct cut cut[2])
{
    size_t i = 0;

    while (i < n) {
        uint32_t group = lower_digits(record[i]);
        size_t end = i;

        do
            high[high_digit(record[end])].end++;
        while (++end < n && lower_digits(record[end]) == group);
        for (size_t j = i; j < end; j++) {
            struct run run = high[high_digit(record[j])];

            rank2[(uint32_t)record[j]] = run.beg + run.end + 1;
        }
        for (; i < end; i++) {
            struct run *run = &high[high_digit(record[i])];

            note_cut(&cut[0], *run);
            note_cut(&cut[1], *run);
            run->beg = run->end;
        }
    }
}

/* Sum of (a - m)(b - m) over n numbers that differ from m by less than 2^31, in integers. */
AVO_CLONES static int64_t block_products(const uint32_t *a, const uint32_t *b, size_t n,
                                         uint32_t m)
{
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (int64_t)(int32_t)(a[i] - m) * (int32_t)(b[i] - m);
    return sum;
}

/* Sum of (a - m)(b - m) over n >= 1 doubled ranks, whose mean m is n + 1. Integers, so exact within
 * a block; |a - m| < n < 2^31, so that a block of so many cannot overflow. */
static double centred_products(const uint32_t *a, const uint32_t *b, size_t n)
{
    size_t block = (size_t)(INT64_MAX / ((int64_t)n * (int64_t)n));
    double sum = 0;

    for (size_t i = 0; i < n; i += block) {
        size_t m = n - i > block ? block : n - i;

        sum += (double)block_products(a + i, b + i, m, (uint32_t)n + 1);
    }
    return sum;
}

/* ---- top bins ---- */

/* n / parts rounded by the rule, at least 1; parts is 100 or 20. In integers, and yet what
 * int(0.01 * n), int(0.05 * n) and round() of them give in double precision: both constants lie
 * above 1/100 and 1/20, by less than 2^-53 of their value (0.05: by 2^-54), so that a product that
 * should be whole or half is never below it and within half a unit in the last place of it: it is
 * rounded to it. All other products are at least 0.01 away from the next whole or half number,
 * more than any rounding for n < 2^31. */
static uint32_t top_count(size_t n, size_t parts, enum avo_top_rule rule)
{
    size_t k = n / parts, rest = n % parts;

    if (rule == AVO_TOP_ROUND && (2 * rest > parts || (2 * rest == parts && k % 2 == 1)))
        k++;
    return (uint32_t)(k > 0 ? k : 1);
}

/* The place (from 0, ascending) whose value decides what is in the top n / parts.
 * AVO_TOP_ABOVE: the order statistic below the percentile, place int((1 - 1/parts)(n - 1)); the
 * next one is above the interpolated value unless both are equal, so "above the percentile" means
 * "above this one" and nothing need be interpolated. (numpy works out the place as 0.99 * (n - 1)
 * or 0.95 * (n - 1), constants that lie less than 2^-54 of their value below: whole products are
 * rounded to themselves, as in top_count.) */
static uint32_t deciding_place(size_t n, size_t parts, enum avo_top_rule rule)
{
    if (rule == AVO_TOP_ABOVE)
        return (uint32_t)((n - 1) * (parts - 1) / parts);
    return (uint32_t)n - top_count(n, parts, rule);
}

/* Sets bit in the bins equal to the deciding value whose number among them is in [from, to). */
static void mark_ties(struct avo_ranked *r, const struct cut *c, size_t from, size_t to,
                      uint8_t bit)
{
    uint32_t rank2 = c->equal.beg + c->equal.end + 1;
    size_t n_seen = 0;

    for (size_t i = 0; i < r->n && n_seen < to; i++) {
        if (r->rank2[i] != rank2)
            continue;
        if (n_seen >= from)
            r->top[i] = (uint8_t)(r->top[i] | bit);
        n_seen++;
    }
}

static uint64_t n_in_top(size_t n, const struct cut *c, enum avo_top_rule rule)
{
    if (rule == AVO_TOP_AT_LEAST)
        return n - c->equal.beg;
    return n - (rule == AVO_TOP_ABOVE ? c->equal.end : c->place);
}

AVO_CLONES static void mark_above(const uint32_t *rank2, size_t n, const uint32_t above[2],
                                  uint8_t *top)
{
    uint32_t one = above[0], five = above[1];

    for (size_t i = 0; i < n; i++)
        top[i] = (uint8_t)((rank2[i] > one) | (rank2[i] > five) << 1);
}

static void mark_tops(struct avo_ranked *r, const struct cut cut[2], enum avo_top_rule rule)
{
    uint32_t above[2];          /* doubled ranks above it are in */

    for (int k = 0; k < 2; k++)
        above[k] = cut[k].equal.beg + cut[k].equal.end + (rule == AVO_TOP_AT_LEAST ? 0 : 1);
    mark_above(r->rank2, r->n, above, r->top);
    for (int k = 0; k < 2; k++) {
        size_t n_equal = cut[k].equal.end - cut[k].equal.beg;
        size_t n_in = cut[k].equal.end - cut[k].place;

        if (rule == AVO_TOP_EXACT)
            mark_ties(r, &cut[k], 0, n_in, (uint8_t)(1 << k));
        if (rule == AVO_TOP_ROUND)
            mark_ties(r, &cut[k], n_equal - n_in, n_equal, (uint8_t)(1 << k));
    }
    r->n_top1 = n_in_top(r->n, &cut[0], rule);
    r->n_top5 = n_in_top(r->n, &cut[1], rule);
}

AVO_CLONES static bool is_constant(const float *v, size_t n)
{
    const size_t piece = 4096;
    bool differs = false;

    for (size_t i = 0; i < n && !differs; i += piece)
        for (size_t j = i; j < n && j < i + piece; j++)
            differs |= v[j] != v[0];
    return !differs;
}

/* One run of equal values: what sorting would find. */
static void rank_constant(struct avo_ranked *r, struct cut cut[2])
{
    for (size_t i = 0; i < r->n; i++)
        r->rank2[i] = (uint32_t)r->n + 1;
    cut[0].equal = cut[1].equal = (struct run){0, (uint32_t)r->n};
}

int avo_ranked_sort(struct avo_ranked *r, enum avo_top_rule rule, struct avo_rank_scratch *s,
                    struct avo_error *err)
{
    struct cut cut[2] = {{0}};
    const uint64_t *sorted;
    int differs;

    assert(r->n <= INT32_MAX && r->n <= r->cap);
    r->n_top1 = r->n_top5 = 0;
    r->s2 = 0;
    r->constant = true;
    if (r->n == 0)
        return 0;
    cut[0].place = deciding_place(r->n, 100, rule);
    cut[1].place = deciding_place(r->n, 20, rule);
    if (is_constant(r->value, r->n)) {
        rank_constant(r, cut);
    } else {
        if (scratch_reserve(s, r->n, err) < 0)
            return -1;
        differs = count_digits(r->value, r->n, s->buckets);
        sorted = sort_lower_digits(r->value, r->n, differs, s);
        deal_ranks(sorted, r->n, s->buckets->high, r->rank2, cut);
    }
    mark_tops(r, cut, rule);
    r->s2 = centred_products(r->rank2, r->rank2, r->n) / 4;
    r->constant = r->s2 == 0;
    return 0;
}

/* ---- two columns ---- */

/* Of a class (the top 1% of one column, or called peaks): its bins, and the sum of the other
 * column's doubled ranks over them. */
struct top_class { uint64_t n, rank2; };

/* The probability that a bin of the class lies above one outside it, ties counting half. */
static void add_auc(const struct top_class *c, size_t n, double *sum, double *weight)
{
    double n_in = (double)c->n, n_out = (double)(n - c->n);

    if (c->n == 0 || c->n == n)
        return;
    *sum = (double)n * ((double)(c->rank2 - c->n * (c->n + 1)) / (2 * n_in * n_out));
    *weight = (double)n;
}

static void add_spearman(const struct avo_ranked *x, const struct avo_ranked *y,
                         struct avo_rank_scores *out)
{
    double rho;

    if (x->constant || y->constant)
        return;
    rho = centred_products(x->rank2, y->rank2, x->n) / 4 / sqrt(x->s2 * y->s2);
    out->spearman = (double)x->n * fmax(-1, fmin(1, rho));
    out->w_spearman = (double)x->n;
}

/* One bin that is in the top 1% of x or y. */
static void add_top_bin(const struct avo_ranked *x, const struct avo_ranked *y, size_t i,
                        struct top_class *obs, struct top_class *imp, struct avo_rank_scores *out)
{
    double d = (double)x->value[i] - (double)y->value[i];
    bool is_obs = (x->top[i] & 1) != 0, is_imp = (y->top[i] & 1) != 0;

    if (is_obs) {
        obs->n++;
        obs->rank2 += y->rank2[i];
        out->sse_top_obs += d * d;
        out->n_catch_obs += y->top[i] >> 1;
    }
    if (is_imp) {
        imp->n++;
        imp->rank2 += x->rank2[i];
        out->sse_top_imp += d * d;
        out->n_catch_imp += x->top[i] >> 1;
    }
    out->n_match += is_obs && is_imp;
}

/* Whether none of eight bins is in a top 1%. */
static inline bool none_of_eight(const uint8_t *top_x, const uint8_t *top_y)
{
    uint64_t a, b;

    memcpy(&a, top_x, sizeof a);
    memcpy(&b, top_y, sizeof b);
    return ((a | b) & UINT64_C(0x0101010101010101)) == 0;
}

static void add_tops(const struct avo_ranked *x, const struct avo_ranked *y,
                     struct avo_rank_scores *out)
{
    struct top_class obs = {0}, imp = {0};
    size_t n = x->n, i = 0;

    while (i < n) {
        if (n - i >= 8 && none_of_eight(x->top + i, y->top + i)) {
            i += 8;
            continue;
        }
        if (((x->top[i] | y->top[i]) & 1) != 0)
            add_top_bin(x, y, i, &obs, &imp, out);
        i++;
    }
    out->n_top_obs = obs.n;
    out->n_top_imp = imp.n;
    add_auc(&obs, n, &out->auc_obs, &out->w_auc_obs);
    add_auc(&imp, n, &out->auc_imp, &out->w_auc_imp);
}

AVO_CLONES static struct top_class peak_class(const struct avo_ranked *y, const uint8_t *peak)
{
    struct top_class c = {0};

    for (size_t i = 0; i < y->n; i++) {
        c.n += peak[i];
        c.rank2 += peak[i] != 0 ? y->rank2[i] : 0;
    }
    return c;
}

void avo_rank_compare(const struct avo_ranked *x, const struct avo_ranked *y, const uint8_t *peak,
                      struct avo_rank_scores *out)
{
    struct top_class in_peak = {0};

    assert(x->n == y->n);
    *out = (struct avo_rank_scores){.n_bins = x->n};
    add_spearman(x, y, out);
    add_tops(x, y, out);
    if (peak)
        in_peak = peak_class(y, peak);
    add_auc(&in_peak, x->n, &out->auc_peak, &out->w_auc_peak);
}

void avo_rank_scores_merge(struct avo_rank_scores *a, const struct avo_rank_scores *b)
{
    a->n_bins += b->n_bins;
    a->n_top_obs += b->n_top_obs;
    a->n_top_imp += b->n_top_imp;
    a->sse_top_obs += b->sse_top_obs;
    a->sse_top_imp += b->sse_top_imp;
    a->n_match += b->n_match;
    a->n_catch_obs += b->n_catch_obs;
    a->n_catch_imp += b->n_catch_imp;
    a->spearman += b->spearman;
    a->w_spearman += b->w_spearman;
    a->auc_obs += b->auc_obs;
    a->w_auc_obs += b->w_auc_obs;
    a->auc_imp += b->auc_imp;
    a->w_auc_imp += b->w_auc_imp;
    a->auc_peak += b->auc_peak;
    a->w_auc_peak += b->w_auc_peak;
}
