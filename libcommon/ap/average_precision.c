/* SPDX-License-Identifier: MIT */
/* average_precision.c: positives and negatives are sorted apart, as bare keys: what average
 * precision needs of the order is only how many of each stand above a score.
 *
 * The range of keys is cut into equal parts (as many as rows allow, so that one fits the first
 * cache), all keys are dealt out to their parts in one pass, and each part is sorted and summed by
 * itself: equal scores never lie in two parts, and what stands above a part is known from the
 * counts. Parts that have more than their share are cut again in the same way. */
#include "libcommon/ap/average_precision.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/rng.h"

enum { SMALL = 24, PER_PART = 2048, MAX_PART_BITS = 13, MAX_CHUNKS = 16, CHUNK_ROWS = 1 << 16 };

/* ---- keys ---- */

/* A score as a number that grows with it; -0 and 0 are one. */
static inline uint64_t key_of(double v)
{
    double folded = v + 0.0;
    uint64_t bits;

    memcpy(&bits, &folded, sizeof bits);
    return bits ^ ((bits >> 63) != 0 ? UINT64_MAX : UINT64_C(1) << 63);
}

static double score_of(uint64_t key)
{
    uint64_t bits = (key >> 63) != 0 ? key ^ UINT64_C(1) << 63 : ~key;
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

/* ---- sorting keys in place ---- */

static void sort_few(uint64_t *k, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t v = k[i];
        size_t j = i;

        for (; j > 0 && k[j - 1] > v; j--)
            k[j] = k[j - 1];
        k[j] = v;
    }
}

static int bits_of(uint64_t v)
{
    return v == 0 ? 0 : 64 - __builtin_clzll(v);
}

/* How far to shift (key - least) so that at most 2^bits parts come out. */
static int shift_for(uint64_t range, int bits)
{
    int all = bits_of(range);

    return all > bits ? all - bits : 0;
}

enum { SORT_BITS = 8 };

/* Cuts the range into 2^8 parts, then each part that is not small. tmp [n]. Each round takes at
 * least one bit off the range, so it ends. */
static void sort_keys(uint64_t *k, uint64_t *tmp, size_t n)
{
    uint64_t least = k[0], most = k[0];
    uint32_t at[(1 << SORT_BITS) + 1] = {0};
    int shift;

    for (size_t i = 1; i < n; i++) {
        least = k[i] < least ? k[i] : least;
        most = k[i] > most ? k[i] : most;
    }
    if (least == most)
        return;
    shift = shift_for(most - least, SORT_BITS);
    for (size_t i = 0; i < n; i++)
        at[((k[i] - least) >> shift) + 1]++;
    for (int p = 0; p < 1 << SORT_BITS; p++)
        at[p + 1] += at[p];
    for (size_t i = 0; i < n; i++)
        tmp[at[(k[i] - least) >> shift]++] = k[i];
    memcpy(k, tmp, n * sizeof *k);
    if (shift == 0)
        return;
    for (size_t p = 0, from = 0; p < 1 << SORT_BITS; from = at[p++]) {
        size_t m = at[p] - from;

        if (m > SMALL)
            sort_keys(k + from, tmp + from, m);
        else
            sort_few(k + from, m);
    }
}

/* ---- the keys of all rows, dealt out to parts ---- */

/* Where a part's positives and negatives lie. */
struct part { uint32_t pos_beg, pos_end, neg_beg, neg_end; };

/* One chunk of rows: extremes, then how many keys of each part and label, then their places. */
struct chunk {
    size_t beg, end, n_positive, bad_row;
    uint64_t least, most;
    bool has_bad;
    uint32_t *at;               /* [2 * n_parts] */
};

struct ranking {
    const uint8_t *label;
    const double *score;
    size_t n, n_positive, n_parts, n_chunks;
    uint64_t least;
    int shift;
    uint64_t *keys, *tmp;       /* [n]: positives, then negatives, by part */
    struct part *parts;
    double *sums;               /* [n_parts] */
    struct chunk chunks[MAX_CHUNKS];
};

static inline uint64_t row_key(const struct ranking *r, size_t i)
{
    return key_of(r->score[i]);
}

static void find_extremes(void *arg, int i, int worker)
{
    struct ranking *r = arg;
    struct chunk *c = &r->chunks[i];

    (void)worker;
    c->least = UINT64_MAX;
    c->most = 0;
    for (size_t row = c->beg; row < c->end; row++) {
        uint64_t key = row_key(r, row);

        c->least = key < c->least ? key : c->least;
        c->most = key > c->most ? key : c->most;
        c->n_positive += r->label[row];
    }
    /* NaN lies beyond the infinities on either side */
    if (c->least >= key_of(-INFINITY) && c->most <= key_of(INFINITY))
        return;
    c->has_bad = true;
    for (c->bad_row = c->beg; row_key(r, c->bad_row) >= key_of(-INFINITY) &&
                              row_key(r, c->bad_row) <= key_of(INFINITY); c->bad_row++)
        ;
}

static inline size_t slot_of(const struct ranking *r, size_t row)
{
    return 2 * (size_t)((row_key(r, row) - r->least) >> r->shift) + r->label[row];
}

static void count_slots(void *arg, int i, int worker)
{
    struct ranking *r = arg;
    struct chunk *c = &r->chunks[i];

    (void)worker;
    for (size_t row = c->beg; row < c->end; row++)
        c->at[slot_of(r, row)]++;
}

static void deal_out(void *arg, int i, int worker)
{
    struct ranking *r = arg;
    struct chunk *c = &r->chunks[i];

    (void)worker;
    for (size_t row = c->beg; row < c->end; row++)
        r->keys[c->at[slot_of(r, row)]++] = row_key(r, row);
}

/* Turns counts into places: positives of all parts first, within a part chunk by chunk. */
static void lay_out(struct ranking *r)
{
    uint32_t place = 0;

    for (int positive = 1; positive >= 0; positive--)
        for (size_t p = 0; p < r->n_parts; p++) {
            uint32_t beg = place;

            for (size_t c = 0; c < r->n_chunks; c++) {
                uint32_t *at = &r->chunks[c].at[2 * p + (size_t)positive], n_here = *at;

                *at = place;
                place += n_here;
            }
            if (positive) {
                r->parts[p].pos_beg = beg;
                r->parts[p].pos_end = place;
            } else {
                r->parts[p].neg_beg = beg;
                r->parts[p].neg_end = place;
            }
        }
}

/* ---- a part's share ---- */

/* Called with each distinct score of a part, highest first; tp, fp count the rows down to it. */
typedef void point_fn(void *arg, uint64_t key, size_t tp, size_t fp);

static void walk_part(const struct ranking *r, size_t p, bool all, point_fn *fn, void *arg)
{
    const struct part *x = &r->parts[p];
    const uint64_t *pos = r->keys + x->pos_beg, *neg = r->keys + x->neg_beg;
    size_t n_pos = x->pos_end - x->pos_beg, n_neg = x->neg_end - x->neg_beg;
    size_t tp = r->n_positive - x->pos_end, fp = r->n - x->neg_end;

    while (n_pos > 0 || (all && n_neg > 0)) {
        uint64_t key = n_pos > 0 ? pos[n_pos - 1] : neg[n_neg - 1];

        if (all && n_neg > 0 && neg[n_neg - 1] > key)
            key = neg[n_neg - 1];
        for (; n_pos > 0 && pos[n_pos - 1] == key; n_pos--)
            tp++;
        for (; n_neg > 0 && neg[n_neg - 1] >= key; n_neg--)
            fp++;
        fn(arg, key, tp, fp);
    }
}

/* sum += (new positives) * precision; the number of positives divides at the end. */
struct adder { double sum; size_t tp; };

static inline void add_point(void *arg, uint64_t key, size_t tp, size_t fp)
{
    struct adder *a = arg;

    (void)key;
    a->sum += (double)(tp - a->tp) * ((double)tp / (double)(tp + fp));
    a->tp = tp;
}

static void sort_part(struct ranking *r, size_t p)
{
    const struct part *x = &r->parts[p];

    if (x->pos_end > x->pos_beg)
        sort_keys(r->keys + x->pos_beg, r->tmp + x->pos_beg, x->pos_end - x->pos_beg);
    if (x->neg_end > x->neg_beg)
        sort_keys(r->keys + x->neg_beg, r->tmp + x->neg_beg, x->neg_end - x->neg_beg);
}

/* Negatives alone add nothing, so they are not even sorted. */
static void sum_part(void *arg, int p, int worker)
{
    struct ranking *r = arg;
    const struct part *x = &r->parts[p];
    struct adder a = {.tp = r->n_positive - x->pos_end};

    (void)worker;
    if (x->pos_end == x->pos_beg)
        return;
    sort_part(r, (size_t)p);
    walk_part(r, (size_t)p, false, add_point, &a);
    r->sums[p] = a.sum;
}

/* ---- the whole ---- */

static void cut_into_chunks(struct ranking *r)
{
    size_t each = (r->n + MAX_CHUNKS - 1) / MAX_CHUNKS;

    each = each < CHUNK_ROWS ? CHUNK_ROWS : each;
    for (size_t beg = 0; beg < r->n; beg += each)
        r->chunks[r->n_chunks++] =
            (struct chunk){.beg = beg, .end = r->n - beg > each ? beg + each : r->n};
}

/* Extremes over all rows, and the number of parts. */
static int plan_parts(struct ranking *r, struct avo_error *err)
{
    uint64_t most = 0;
    int bits = bits_of(r->n / PER_PART) + 1;    /* at least 1: a shift by 64 is none */

    r->least = UINT64_MAX;
    for (size_t c = 0; c < r->n_chunks; c++) {
        if (r->chunks[c].has_bad)
            return avo_error_set(err, "row %zu: score is not a number", r->chunks[c].bad_row + 1);
        r->least = r->chunks[c].least < r->least ? r->chunks[c].least : r->least;
        most = r->chunks[c].most > most ? r->chunks[c].most : most;
        r->n_positive += r->chunks[c].n_positive;
    }
    r->shift = shift_for(most - r->least, bits < MAX_PART_BITS ? bits : MAX_PART_BITS);
    r->n_parts = (size_t)((most - r->least) >> r->shift) + 1;
    return 0;
}

static int reserve(struct ranking *r, struct avo_error *err)
{
    static const char what[] = "a ranking";

    r->keys = avo_alloc(r->n, sizeof *r->keys, what, err);
    r->tmp = avo_alloc(r->n, sizeof *r->tmp, what, err);
    r->parts = avo_alloc(r->n_parts, sizeof *r->parts, what, err);
    r->sums = avo_alloc(r->n_parts, sizeof *r->sums, what, err);
    for (size_t c = 0; c < r->n_chunks; c++)
        if ((r->chunks[c].at = avo_alloc(2 * r->n_parts, sizeof *r->chunks[c].at, what,
                                         err)) == NULL)
            return -1;
    return r->keys && r->tmp && r->parts && r->sums != NULL ? 0 : -1;
}

static void release(struct ranking *r)
{
    free(r->keys);
    free(r->tmp);
    free(r->parts);
    free(r->sums);
    for (size_t c = 0; c < r->n_chunks; c++)
        free(r->chunks[c].at);
}

/* Up to where the keys stand with their parts. */
static int rank_rows(struct ranking *r, struct avo_pool *pool, struct avo_error *err)
{
    if (r->n > UINT32_MAX)
        return avo_error_set(err, "%zu rows (at most %u can be ranked)", r->n, UINT32_MAX);
    cut_into_chunks(r);
    avo_pool_run(pool, (int)r->n_chunks, find_extremes, r);
    if (plan_parts(r, err) < 0 || reserve(r, err) < 0)
        return -1;
    avo_pool_run(pool, (int)r->n_chunks, count_slots, r);
    lay_out(r);
    avo_pool_run(pool, (int)r->n_chunks, deal_out, r);
    return 0;
}

static int average(struct ranking *r, struct avo_pool *pool, double *ap, struct avo_error *err)
{
    int rc = 0;

    *ap = NAN;
    if (r->n > 0 && (rc = rank_rows(r, pool, err)) == 0 && r->n_positive > 0) {
        avo_pool_run(pool, (int)r->n_parts, sum_part, r);
        *ap = 0;
        for (size_t p = r->n_parts; p-- > 0; )
            *ap += r->sums[p];
        *ap /= (double)r->n_positive;
    }
    release(r);
    return rc;
}

int avo_average_precision(const uint8_t *label, const double *score, size_t n,
                          struct avo_pool *pool, double *ap, struct avo_error *err)
{
    struct ranking r = {.label = label, .score = score, .n = n};

    return average(&r, pool, ap, err);
}

/* ---- points ---- */

struct collector {
    struct avo_pr *pr;
    size_t cap;
    struct avo_error *err;
    bool failed;
};

static void collect_point(void *arg, uint64_t key, size_t tp, size_t fp)
{
    struct collector *c = arg;
    struct avo_pr *pr = c->pr;

    if (c->failed || avo_grow(&pr->points, &c->cap, pr->n_points + 1, sizeof *pr->points,
                              "precision-recall points", c->err) < 0) {
        c->failed = true;
        return;
    }
    pr->points[pr->n_points++] = (struct avo_pr_point){score_of(key), (uint32_t)tp, (uint32_t)fp};
}

int avo_pr_make(const uint8_t *label, const double *score, size_t n, struct avo_pr *out,
                struct avo_error *err)
{
    struct ranking r = {.label = label, .score = score, .n = n};
    struct collector c = {.pr = out, .err = err};
    int rc = 0;

    *out = (struct avo_pr){.n = n};
    if (n == 0)
        return 0;
    rc = rank_rows(&r, NULL, err);
    for (size_t p = r.n_parts; rc == 0 && p-- > 0; ) {
        sort_part(&r, p);
        walk_part(&r, p, true, collect_point, &c);
        rc = c.failed ? -1 : 0;
    }
    out->n_positive = r.n_positive;
    release(&r);
    if (rc < 0)
        avo_pr_release(out);
    return rc;
}

void avo_pr_release(struct avo_pr *pr)
{
    if (!pr)
        return;
    free(pr->points);
    *pr = (struct avo_pr){0};
}

/* ---- bootstrap ---- */

struct bootstrap {
    const struct avo_pr *pr;
    uint64_t seed;
    uint32_t *n_drawn;          /* [workers][n]: how often each place was drawn */
    double *ap;
};

/* Places go down with the score; within one score the positives come first. */
static void draw_places(const struct bootstrap *b, int resample, uint32_t *n_drawn)
{
    size_t n = b->pr->n;

    memset(n_drawn, 0, n * sizeof *n_drawn);
    for (size_t i = 0; i < n; i += 4) {
        struct avo_rng4 r = avo_rng_draw((uint32_t)b->seed, AVO_RNG_BOOTSTRAP,
                                         (uint32_t)(i / 4), (uint32_t)resample,
                                         (uint32_t)(b->seed >> 32), 0);

        for (size_t k = 0; k < 4 && i + k < n; k++)
            n_drawn[avo_rng_below(r.v[k], (uint32_t)n)]++;
    }
}

static void run_resample(void *arg, int i, int worker)
{
    struct bootstrap *b = arg;
    uint32_t *n_drawn = b->n_drawn + (size_t)worker * b->pr->n, *at = n_drawn;
    struct adder a = {0};
    size_t tp = 0, fp = 0;
    struct avo_pr_point last = {0};

    draw_places(b, i, n_drawn);
    for (size_t p = 0; p < b->pr->n_points; p++) {
        const struct avo_pr_point *x = &b->pr->points[p];

        for (uint32_t k = last.n_tp; k < x->n_tp; k++)
            tp += *at++;
        for (uint32_t k = last.n_fp; k < x->n_fp; k++)
            fp += *at++;
        last = *x;
        if (tp > a.tp)
            add_point(&a, 0, tp, fp);
    }
    b->ap[i] = tp > 0 ? a.sum / (double)tp : NAN;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

int avo_pr_bootstrap(const struct avo_pr *pr, size_t n_resamples, uint64_t seed,
                     struct avo_pool *pool, double *ap, size_t *n_defined,
                     struct avo_error *err)
{
    struct bootstrap b = {.pr = pr, .seed = seed, .ap = ap};
    size_t n_workers = (size_t)avo_pool_size(pool);

    b.n_drawn = avo_alloc(n_workers * pr->n, sizeof *b.n_drawn, "bootstrap samples", err);
    if (!b.n_drawn)
        return -1;
    avo_pool_run(pool, (int)n_resamples, run_resample, &b);
    free(b.n_drawn);
    qsort(ap, n_resamples, sizeof *ap, by_value);
    for (*n_defined = 0; *n_defined < n_resamples && !isnan(ap[*n_defined]); ++*n_defined)
        ;
    return 0;
}

double avo_quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;

    if (n == 0)
        return NAN;
    return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[n - 1];
}
