/* SPDX-License-Identifier: MIT */
/* check_variable.c: sums by number of cell types with a peak against loops over whole arrays. */
#include "libcommon/eval/variable.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/rng.h"

enum { TRACKS = 9, FILES = 9, CHROMS = 2, BINS = 2500, METHODS = 3, COMPONENTS = 2, MAX_K = 5 };
#define THRESHOLD 1.5f

/* Observed tracks; assays in the order A, B, C, D. Scored: the test tracks. */
static const struct { const char *celltype, *assay; bool test, seen; } tracks[TRACKS] = {
    {"c0", "A", true, false}, {"c0", "B", true, false}, {"c1", "A", false, false},
    {"c2", "A", true, false}, {"c3", "A", true, false}, {"c4", "A", true, true},
    {"c1", "B", true, false}, {"c0", "C", true, false}, {"c0", "D", true, false}};
/* Peak files in order of names: c3:A has none, c9:A and c0:Z were not observed, c0:C is empty. */
static const struct { const char *celltype, *assay; } files[FILES] = {
    {"c0", "A"}, {"c0", "B"}, {"c0", "C"}, {"c0", "Z"}, {"c1", "A"}, {"c1", "B"}, {"c2", "A"},
    {"c4", "A"}, {"c9", "A"}};
static const uint32_t chrom_bins[CHROMS] = {BINS, 77};

static struct avo_error err;
static struct avo_header h;
static struct avo_scored l;
static struct avo_peaks p;
static uint8_t bits[FILES][CHROMS][BINS];
static float obs[TRACKS][CHROMS][BINS], pred[TRACKS][METHODS][CHROMS][BINS];
static float attr[COMPONENTS][TRACKS][CHROMS][BINS];
static uint8_t use[TRACKS][CHROMS][BINS];

static uint32_t draw(uint32_t a, uint32_t b, uint32_t c, uint32_t below)
{
    return avo_rng_below(avo_rng_draw(3, a, b, c, 0, 0).v[0], below);
}

static float value(uint32_t a, uint32_t t, uint32_t c, uint32_t i)
{
    return (float)draw(a, t * CHROMS + c, i, 1000) / 333;
}

/* Method 1 lacks c1:B and the seen c4:A; method 2 is below the threshold everywhere. */
static bool has(size_t t, size_t m)
{
    return m != 1 || (t != 6 && t != 5);
}

static void fill_track(uint32_t t)
{
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t i = 0; i < chrom_bins[c]; i++) {
            use[t][c][i] = draw(30, t * CHROMS + c, i, 5) > 0;
            obs[t][c][i] = use[t][c][i] ? value(10, t, c, i) : NAN;
            for (uint32_t m = 0; m < METHODS; m++)
                pred[t][m][c][i] = m == 2 ? 1.25f : value(11 + m, t, c, i);
            for (uint32_t k = 0; k < COMPONENTS; k++)
                attr[k][t][c][i] = draw(40 + k, t * CHROMS + c, i, 4) ? value(20 + k, t, c, i) - 1
                                                                     : NAN;
        }
}

static void fill_file(uint32_t f)
{
    struct avo_peak_file *x = &p.files[f];
    x->celltype = strdup(files[f].celltype);
    x->assay = strdup(files[f].assay);
    x->extents = calloc(CHROMS * BINS, sizeof *x->extents);
    for (uint32_t c = 0; c < CHROMS && f != 2; c++)
        for (uint32_t at = draw(50, f, c, 20); at < chrom_bins[c]; ) {
            uint32_t end = at + 1 + draw(51 + c, f, at, 40);
            end = end < chrom_bins[c] ? end : chrom_bins[c];
            x->extents[x->n++] = (struct avo_extent){c, at, end};
            memset(&bits[f][c][at], 1, end - at);
            at = end + 1 + draw(60 + c, f, at, 60);
        }
}

static void setup(void)
{
    memset(&err, 0, sizeof err);
    memset(&h, 0, sizeof h);
    memset(bits, 0, sizeof bits);
    h.bin_bp = 25;
    for (int t = 0; t < TRACKS; t++)
        ck_assert_ptr_nonnull(avo_header_add_track(&h, tracks[t].celltype, tracks[t].assay,
                              tracks[t].test ? AVO_ROLE_TEST : AVO_ROLE_TRAIN, &err));
    struct avo_scored_spec spec = {.observed = &h};
    ck_assert_int_eq(avo_scored_make(&l, &spec, &err), 0);
    ck_assert_uint_eq(l.n_scored, 8);
    for (int t = 0; t < TRACKS; t++)
        l.seen[t] = tracks[t].seen;
    p = (struct avo_peaks){.name = strdup("peaks.tsv"), .n = FILES};
    p.files = calloc(FILES, sizeof *p.files);
    for (uint32_t f = 0; f < FILES; f++)
        fill_file(f);
    for (uint32_t t = 0; t < TRACKS; t++)
        fill_track(t);
}

static void teardown(void)
{
    avo_peaks_release(&p);
    avo_scored_release(&l);
    avo_header_release(&h);
}

static struct avo_variable_spec plan(void)
{
    return (struct avo_variable_spec){.chosen = &l, .header = &h, .peaks = &p, .max_bins = BINS,
        .n_methods = METHODS, .n_components = COMPONENTS, .threshold = THRESHOLD};
}

/* ---- windows ---- */

static int64_t file_of(size_t t)
{
    return avo_peaks_find(&p, tracks[t].celltype, tracks[t].assay);
}

static void check_masks(const struct avo_variable *v, const struct avo_window *w)
{
    for (size_t s = 0; s < l.n_scored; s++) {
        int64_t f = file_of(l.scored[s]);
        if (f < 0)
            ck_assert_ptr_null(avo_variable_peaks(v)[s]);
        else
            ck_assert_int_eq(memcmp(avo_variable_peaks(v)[s], &bits[f][w->chrom][w->beg_bin],
                                    w->n), 0);
    }
}

static void add_window(struct avo_variable *v, uint32_t c, uint32_t beg, uint32_t n)
{
    const float *o[TRACKS], *y[TRACKS * METHODS], *a[COMPONENTS * TRACKS];
    const uint8_t *u[TRACKS];
    size_t n_s = l.n_scored;
    for (size_t t = 0; t < TRACKS; t++)
        o[t] = &obs[t][c][beg];
    for (size_t s = 0; s < n_s; s++) {
        size_t t = l.scored[s];
        u[s] = &use[t][c][beg];
        for (size_t m = 0; m < METHODS; m++)
            y[s * METHODS + m] = has(t, m) ? &pred[t][m][c][beg] : NULL;
        for (size_t k = 0; k < COMPONENTS; k++)     /* component 1 of track 3: not there at all */
            a[k * n_s + s] = k == 1 && t == 3 ? NULL : &attr[k][t][c][beg];
    }
    struct avo_window w = {.chrom = c, .beg_bin = beg, .n = n, .observed = o, .use = u,
                           .n_methods = METHODS, .predicted = y};
    avo_variable_add(v, &w, a);
    check_masks(v, &w);
}

/* All windows, at most most bins each (0: random cuts). */
static struct avo_variable *collect(uint32_t most, int n_threads)
{
    struct avo_pool *pool = avo_pool_new(n_threads, &err);
    struct avo_variable_spec spec = plan();
    ck_assert_ptr_nonnull(pool);
    struct avo_variable *v = avo_variable_new(&spec, pool, &err);
    ck_assert_msg(v != NULL, "%s", err.msg);
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t beg = 0, n; beg < chrom_bins[c]; beg += n) {
            n = most ? most : 1 + draw(70, c, beg, 90);
            n = n < chrom_bins[c] - beg ? n : chrom_bins[c] - beg;
            add_window(v, c, beg, n);
        }
    avo_variable_finish(v);
    avo_pool_free(pool);
    return v;
}

/* ---- the plain way ---- */

static size_t plain_k(const char *assay, size_t c, size_t i)
{
    size_t k = 0;
    for (size_t f = 0; f < FILES; f++)
        k += strcmp(files[f].assay, assay) == 0 && bits[f][c][i];
    return k;
}

struct plain { double n, tp, called, peak, sse; };

static void plain_track(size_t t, size_t k, size_t m, struct plain *out)
{
    int64_t f = file_of(t);
    for (size_t c = 0; c < CHROMS && has(t, m); c++)
        for (size_t i = 0; i < chrom_bins[c]; i++) {
            double x = (double)obs[t][c][i], y = m == METHODS ? x : (double)pred[t][m][c][i];
            if (!use[t][c][i] || plain_k(tracks[t].assay, c, i) != k)
                continue;
            out->n++;
            out->sse += (x - y) * (x - y);
            out->called += y >= (double)THRESHOLD;
            out->peak += bits[f][c][i];
            out->tp += y >= (double)THRESHOLD && bits[f][c][i];
        }
}

static void check_near(double got, double want)
{
    if (isnan(want))
        ck_assert(isnan(got));
    else
        ck_assert_double_le(fabs(got - want), 1e-12 * (1 + fabs(want)));
}

static void check_cell(const struct avo_variable_cell *c, const struct plain *w)
{
    ck_assert_uint_eq(avo_variable_bins(c), (uint64_t)w->n);
    ck_assert_uint_eq(avo_variable_n_called(c), (uint64_t)w->called);
    ck_assert_uint_eq(avo_variable_n_peak(c), (uint64_t)w->peak);
    ck_assert_uint_eq(c->n[1][1], (uint64_t)w->tp);
    check_near(avo_variable_mse(c), w->n > 0 ? w->sse / w->n : NAN);
    check_near(avo_variable_precision(c), w->called > 0 ? w->tp / w->called : NAN);
    check_near(avo_variable_recall(c), w->peak > 0 ? w->tp / w->peak : NAN);
}

/* A pooled cell: method 1 is not there for both tracks of assay B, nor for the seen one of A. */
static void check_pooled(const struct avo_variable *v, size_t a, bool seen, size_t k, size_t m)
{
    static const char *const names[] = {"A", "B", "C", "D"};
    struct plain want = {0};
    bool lacks = m == 1 && (a == 1 || (a == 0 && seen));
    for (size_t t = 0; t < TRACKS; t++)
        if (tracks[t].test && tracks[t].seen == seen && file_of(t) >= 0 &&
            strcmp(tracks[t].assay, names[a]) == 0 && !lacks)
            plain_track(t, k, m, &want);
    if (a < 2 && (!seen || a == 0) && !lacks)
        ck_assert_double_gt(want.n, 5);
    check_cell(avo_variable_cell(v, a, seen, k, m), &want);
}

START_TEST(against_plain_loops)
{
    struct avo_variable *v = collect(0, 2);
    static const size_t max_k[] = {5, 2, 1};
    for (size_t a = 0; a < 3; a++) {
        ck_assert_uint_eq(avo_variable_max_k(v, a), max_k[a]);
        for (size_t k = 1; k <= max_k[a]; k++)
            for (size_t m = 0; m <= METHODS; m++) {
                check_pooled(v, a, false, k, m);
                check_pooled(v, a, true, k, m);
            }
    }
    for (size_t s = 0; s < l.n_scored; s++) {
        size_t t = l.scored[s], a = l.tracks[t].assay;
        for (size_t k = 1; file_of(t) >= 0 && k <= max_k[a]; k++)
            for (size_t m = 0; m <= METHODS; m++) {
                struct plain want = {0};
                plain_track(t, k, m, &want);
                check_cell(avo_variable_track_cell(v, s, k, m), &want);
            }
    }
    avo_variable_free(v);
}
END_TEST

START_TEST(who_takes_part)
{
    struct avo_variable *v = collect(1000, 1);
    static const size_t n[4][2] = {{2, 1}, {2, 0}, {1, 0}, {0, 0}};
    for (size_t a = 0; a < 4; a++)
        for (int seen = 0; seen < 2; seen++)
            ck_assert_uint_eq(avo_variable_n_tracks(v, a, seen), n[a][seen]);
    ck_assert_uint_eq(avo_variable_max_k(v, 3), 0);
    ck_assert_ptr_null(avo_variable_track_cell(v, l.index[4], 1, 0));     /* c3:A */
    ck_assert_ptr_null(avo_variable_track_cell(v, l.index[8], 1, 0));     /* c0:D */
    const struct avo_variable_cell *c = avo_variable_cell(v, 0, false, 2, 2);
    ck_assert_uint_gt(avo_variable_bins(c), 100);       /* nothing called: no precision */
    ck_assert(isnan(avo_variable_precision(c)));
    ck_assert_double_eq(avo_variable_recall(c), 0);
    ck_assert(!isnan(avo_variable_mse(c)));
    c = avo_variable_cell(v, 2, false, 1, 0);           /* no peaks at all: nothing is defined */
    ck_assert(isnan(avo_variable_mse(c)) && isnan(avo_variable_recall(c)));
    c = avo_variable_track_cell(v, l.index[6], 1, 1);   /* the method lacks the track */
    ck_assert_uint_eq(avo_variable_bins(c), 0);
    c = avo_variable_track_cell(v, l.index[1], 1, 1);   /* but not the other of the assay */
    ck_assert_uint_gt(avo_variable_bins(c), 20);
    avo_variable_free(v);
}
END_TEST

START_TEST(cuts_and_threads)
{
    struct avo_variable *v[] = {collect(BINS, 1), collect(0, 1), collect(0, 3), collect(1, 2),
                                collect(64, 4)};
    for (size_t i = 1; i < sizeof v / sizeof *v; i++)
        for (size_t a = 0; a < 3; a++)
            for (size_t k = 1; k <= avo_variable_max_k(v[0], a); k++) {
                for (size_t m = 0; m <= METHODS; m++)
                    for (int seen = 0; seen < 2; seen++)
                        ck_assert_int_eq(memcmp(avo_variable_cell(v[0], a, seen, k, m),
                                                avo_variable_cell(v[i], a, seen, k, m),
                                                sizeof(struct avo_variable_cell)), 0);
                for (size_t c = 0; c < COMPONENTS; c++)
                    for (int peak = 0; peak < 2; peak++)
                        ck_assert_int_eq(memcmp(avo_variable_attribution(v[0], a, k, peak, c),
                                                avo_variable_attribution(v[i], a, k, peak, c),
                                                sizeof(struct avo_variable_mean)), 0);
            }
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        avo_variable_free(v[i]);
}
END_TEST

static void plain_attribution(size_t t, size_t k, bool peak, size_t comp, double *n, double *sum)
{
    for (size_t c = 0; c < CHROMS && !(comp == 1 && t == 3); c++)
        for (size_t i = 0; i < chrom_bins[c]; i++)
            if (use[t][c][i] && plain_k("A", c, i) == k && bits[file_of(t)][c][i] == peak &&
                !isnan(attr[comp][t][c][i])) {
                *n += 1;
                *sum += (double)attr[comp][t][c][i];
            }
}

START_TEST(attributions)
{
    struct avo_variable *v = collect(0, 2);
    for (size_t k = 1; k <= MAX_K; k++)
        for (size_t comp = 0; comp < COMPONENTS; comp++)
            for (int peak = 0; peak < 2; peak++) {
                double n = 0, sum = 0;
                for (size_t t = 0; t < TRACKS; t++)
                    if (tracks[t].test && strcmp(tracks[t].assay, "A") == 0 && file_of(t) >= 0)
                        plain_attribution(t, k, peak, comp, &n, &sum);
                const struct avo_variable_mean *m = avo_variable_attribution(v, 0, k, peak, comp);
                ck_assert_uint_eq(m->n, (uint64_t)n);
                check_near(m->sum, sum);
                ck_assert_int_eq(m->n > 0, k < MAX_K || peak);  /* all have it: none without */
            }
    avo_variable_free(v);
}
END_TEST

START_TEST(no_track_with_peaks)
{
    struct avo_pool *pool = avo_pool_new(1, &err);
    struct avo_variable_spec spec = plan();
    for (size_t f = 0; f < FILES; f++)
        p.files[f].celltype[0] = 'x';
    ck_assert_ptr_null(avo_variable_new(&spec, pool, &err));
    ck_assert_ptr_nonnull(strstr(err.msg, "peaks.tsv: no scored track has peaks in this table"));
    ck_assert_ptr_nonnull(strstr(err.hint, "\"c0:A\" and 7 more; the table: \"x0:A\" and 8 more"));
    avo_pool_free(pool);
}
END_TEST

/* ---- tables ---- */

static const char expected[] =
    "assay\tcelltype\tseen\tk\tn_celltypes\tmethod\tn_bins\tmse\tprecision\trecall\tn_peak\t"
    "n_called\n"
    "a%09b\t.\tyes\t1\t2\tm\t3\t1.5\t0.5\t0.5\t2\t2\n"
    "a%09b\t.\tyes\t1\t2\tobserved\t3\tNA\tNA\t0\t2\t0\n"
    "a%09b\t.\tyes\t2\t2\tm\t0\tNA\tNA\tNA\t0\t0\n"
    "a%09b\t.\tyes\t2\t2\tobserved\t0\tNA\tNA\tNA\t0\t0\n"
    "a%09b\t100%25\tyes\t1\t2\tm\t3\t1.5\t0.5\t0.5\t2\t2\n"
    "a%09b\t100%25\tyes\t1\t2\tobserved\t3\tNA\tNA\t0\t2\t0\n"
    "a%09b\t100%25\tyes\t2\t2\tm\t0\tNA\tNA\tNA\t0\t0\n"
    "a%09b\t100%25\tyes\t2\t2\tobserved\t0\tNA\tNA\tNA\t0\t0\n"
    "assay\tk\tn_celltypes\tpeak\tcomponent\tn_bins\tmean\n"
    "a%09b\t1\t2\tno\tfine\t1\t-0.5\n"
    "a%09b\t1\t2\tyes\tfine\t1\t0.25\n"
    "a%09b\t2\t2\tno\tfine\t0\tNA\n"
    "a%09b\t2\t2\tyes\tfine\t0\tNA\n";

/* Five bins: no peak; peak; peak, not used; other's peak; peak. */
static void add_small(struct avo_variable *v)
{
    static const float x[5] = {9, 0, 9, 1, 1}, y[5] = {0, 2, 0, 1.5f, 0.5f};
    static const float fine[5] = {7, 0.25f, 7, -0.5f, NAN};
    static const uint8_t used[5] = {1, 1, 0, 1, 1};
    struct avo_window w = {.n = 5, .n_methods = 1, .observed = (const float *[]){x},
                           .predicted = (const float *[]){y}, .use = (const uint8_t *[]){used}};
    avo_variable_add(v, &w, (const float *[]){fine});
    avo_variable_finish(v);
}

static void print_small(struct avo_variable *v, const char *path)
{
    struct avo_out out;
    ck_assert_int_eq(avo_out_open(&out, path, NULL, &err), 0);
    ck_assert_int_eq(avo_variable_print(v, (const char *[]){"m"}, &out, &err), 0);
    ck_assert_int_eq(avo_variable_print_attribution(v, (const char *[]){"fine"}, &out, &err), 0);
    ck_assert_int_eq(avo_out_finish(&out, &err), 0);
    avo_out_release(&out);
}

START_TEST(printed)
{
    struct avo_extent own[] = {{0, 1, 3}, {0, 4, 5}}, other[] = {{0, 3, 4}};
    struct avo_peak_file small[] = {{(char[]){"100%"}, (char[]){"a\tb"}, 2, own},
                                    {(char[]){"x"}, (char[]){"a\tb"}, 1, other}};
    struct avo_peaks peaks = {(char[]){"p"}, 2, small};
    struct avo_header one = {.bin_bp = 25};
    struct avo_scored chosen;
    struct avo_pool *pool = avo_pool_new(1, &err);
    char path[] = "/tmp/check_variable.XXXXXX", *text = NULL;
    size_t len;
    close(mkstemp(path));
    ck_assert_ptr_nonnull(avo_header_add_track(&one, "100%", "a\tb", AVO_ROLE_UNSET, &err));
    ck_assert_int_eq(avo_scored_make(&chosen, &(struct avo_scored_spec){.observed = &one}, &err),
                     0);
    chosen.seen[0] = true;
    struct avo_variable_spec spec = {&chosen, &one, &peaks, 1, 1, 5, 1.5f};
    struct avo_variable *v = avo_variable_new(&spec, pool, &err);
    ck_assert_msg(v != NULL, "%s", err.msg);
    add_small(v);
    print_small(v, path);
    ck_assert_int_eq(avo_read_text(path, 10000, &text, &len, &err), 0);
    ck_assert_str_eq(text, expected);
    free(text);
    unlink(path);
    avo_variable_free(v);
    avo_pool_free(pool);
    avo_scored_release(&chosen);
    avo_header_release(&one);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("variable");
    TCase *tc = tcase_create("variable");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, against_plain_loops);
    tcase_add_test(tc, who_takes_part);
    tcase_add_test(tc, cuts_and_threads);
    tcase_add_test(tc, attributions);
    tcase_add_test(tc, no_track_with_peaks);
    tcase_add_test(tc, printed);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
