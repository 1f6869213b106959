/* SPDX-License-Identifier: MIT */
/* swap.c: correlations of all observed with all imputed tracks, from windows that stream by. */
#include "libcommon/eval/swap.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_out.h"

#define BLOCK_BINS 200u     /* 5 kbp at the default bin size */
#define ALL_BINS_TRACKS 64u
#define TILE_ROWS 4u        /* rows of the cross moments that one task keeps in registers */
#define CHUNK_BINS 1024u    /* columns are walked in pieces that stay in the cache */
#define LANES 4u

/* One column's moments: of all windows before, and of the one at hand. */
struct column {
    double mean, ss;        /* ss: sum of squared deviations */
    double new_mean, new_ss;
    bool lacking;           /* some window had no prediction */
};

struct avo_swap {
    const struct avo_scored *chosen;
    const struct avo_header *observed;
    struct avo_pool *pool;
    size_t k, method, stride, max_taken;
    uint64_t n;
    struct column *columns; /* [2 K]: observed, then predicted */
    double *cross;          /* [K][K] sums of products of deviations */
    uint32_t *taken;        /* [max_taken] bins of the window that count */
    double *values;         /* [2 K + TILE_ROWS][max_taken] less the window's means */
    /* The window at hand. */
    const struct avo_window *w;
    size_t n_taken;
};

size_t avo_swap_stride(size_t n_scored)
{
    size_t all = (size_t)ALL_BINS_TRACKS * ALL_BINS_TRACKS;

    return n_scored <= ALL_BINS_TRACKS ? 1 : (n_scored * n_scored + all - 1) / all;
}

struct avo_swap *avo_swap_new(const struct avo_swap_spec *spec, struct avo_pool *pool,
                              struct avo_error *err)
{
    struct avo_swap *s = avo_alloc(1, sizeof *s, "swap check", err);
    size_t blocks;

    if (!s)
        return NULL;
    assert(spec->method < spec->chosen->n_imputed);
    s->chosen = spec->chosen;
    s->observed = spec->observed;
    s->pool = pool;
    s->k = spec->chosen->n_scored;
    s->method = spec->method;
    s->stride = avo_swap_stride(s->k);
    /* A window may begin and end inside blocks. */
    blocks = (spec->max_bins / BLOCK_BINS + 2) / s->stride + 1;
    s->max_taken = blocks * BLOCK_BINS < spec->max_bins ? blocks * BLOCK_BINS : spec->max_bins;
    s->columns = avo_alloc(2 * s->k, sizeof *s->columns, "swap check", err);
    s->cross = avo_alloc(s->k, s->k * sizeof *s->cross, "swap check", err);
    s->taken = avo_alloc(s->max_taken, sizeof *s->taken, "swap check", err);
    s->values = avo_alloc(2 * s->k + TILE_ROWS, s->max_taken * sizeof *s->values, "swap check",
                          err);
    if (s->columns && s->cross && s->taken && s->values)
        return s;
    avo_swap_free(s);
    return NULL;
}

void avo_swap_free(struct avo_swap *s)
{
    if (!s)
        return;
    free(s->columns);
    free(s->cross);
    free(s->taken);
    free(s->values);
    free(s);
}

/* ---- one window ---- */

static bool is_usable(const struct avo_swap *s, uint32_t i)
{
    for (size_t k = 0; k < s->k; k++)
        if (!s->w->use[k][i])
            return false;
    return true;
}

static void take_bins(struct avo_swap *s)
{
    const struct avo_window *w = s->w;

    s->n_taken = 0;
    for (uint32_t i = 0; i < w->n;) {
        uint32_t bin = w->beg_bin + i, left = BLOCK_BINS - bin % BLOCK_BINS;
        uint32_t end = w->n - i < left ? w->n : i + left;

        if (bin / BLOCK_BINS % s->stride != 0)
            i = end;
        for (; i < end; i++)
            if (is_usable(s, i))
                s->taken[s->n_taken++] = i;
    }
}

/* Task of column c: gathers it, and centres it on its mean in this window. */
static void gather_task(void *arg, int c, int worker)
{
    struct avo_swap *s = arg;
    size_t k = (size_t)c < s->k ? (size_t)c : (size_t)c - s->k, n = s->n_taken;
    const float *x = (size_t)c < s->k ? s->w->observed[s->chosen->scored[k]]
                                      : s->w->predicted[k * s->w->n_methods + s->method];
    struct column *col = &s->columns[c];
    double *v = s->values + (size_t)c * s->max_taken, sum = 0;

    (void)worker;
    col->new_ss = 0;
    if (!x) {
        col->lacking = true;
        memset(v, 0, n * sizeof *v);
        return;
    }
    for (size_t i = 0; i < n; i++)
        sum += v[i] = (double)x[s->taken[i]];
    col->new_mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        v[i] -= col->new_mean;
        col->new_ss += v[i] * v[i];
    }
}

/* sum[r] += x_r . y for TILE_ROWS rows that lie a stride apart: LANES partial sums of each, which a
 * compiler can keep in vector registers without leave to reorder sums. */
static void dot_rows(const double *x, size_t stride, const double *y, size_t n, double *sum)
{
    double lane[TILE_ROWS][LANES] = {{0}};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t r = 0; r < TILE_ROWS; r++)
            for (size_t l = 0; l < LANES; l++)
                lane[r][l] += x[r * stride + i + l] * y[i + l];
    for (; i < n; i++)
        for (size_t r = 0; r < TILE_ROWS; r++)
            lane[r][0] += x[r * stride + i] * y[i];
    for (size_t r = 0; r < TILE_ROWS; r++)
        sum[r] += (lane[r][0] + lane[r][1]) + (lane[r][2] + lane[r][3]);
}

/* Task of TILE_ROWS observed tracks. Rows past the last lie in the predicted columns, or in the
 * spare ones behind them, and are dropped. */
static void cross_task(void *arg, int tile, int worker)
{
    struct avo_swap *s = arg;
    size_t first = (size_t)tile * TILE_ROWS;
    size_t rows = s->k - first < TILE_ROWS ? s->k - first : TILE_ROWS;
    const double *x = s->values + first * s->max_taken, *y = s->values + s->k * s->max_taken;

    (void)worker;
    for (size_t at = 0; at < s->n_taken; at += CHUNK_BINS) {
        size_t n = s->n_taken - at < CHUNK_BINS ? s->n_taken - at : CHUNK_BINS;

        for (size_t j = 0; j < s->k; j++) {
            double sum[TILE_ROWS] = {0};

            dot_rows(x + at, s->max_taken, y + j * s->max_taken + at, n, sum);
            for (size_t r = 0; r < rows; r++)
                s->cross[(first + r) * s->k + j] += sum[r];
        }
    }
}

/* What the window's mean lies off the mean before (Chan, Golub and LeVeque 1979). */
static void merge_means(struct avo_swap *s)
{
    double n = (double)s->n, m = (double)s->n_taken, weight = n * (m / (n + m));

    for (size_t i = 0; i < s->k; i++)
        for (size_t j = 0; j < s->k; j++) {
            const struct column *x = &s->columns[i], *y = &s->columns[s->k + j];

            s->cross[i * s->k + j] += weight * (x->new_mean - x->mean) * (y->new_mean - y->mean);
        }
    for (size_t c = 0; c < 2 * s->k; c++) {
        struct column *col = &s->columns[c];
        double d = col->new_mean - col->mean;

        col->ss += col->new_ss + weight * d * d;
        col->mean += d * (m / (n + m));
    }
    s->n += s->n_taken;
}

int avo_swap_add(struct avo_swap *s, const struct avo_window *w, struct avo_error *err)
{
    (void)err;
    s->w = w;
    take_bins(s);
    if (s->n_taken > 0) {
        avo_pool_run(s->pool, (int)(2 * s->k), gather_task, s);
        avo_pool_run(s->pool, (int)((s->k + TILE_ROWS - 1) / TILE_ROWS), cross_task, s);
        merge_means(s);
    }
    s->w = NULL;
    return 0;
}

/* ---- results ---- */

uint64_t avo_swap_n_bins(const struct avo_swap *s)
{
    return s->n;
}

double avo_swap_r(const struct avo_swap *s, size_t i, size_t j)
{
    const struct column *x = &s->columns[i], *y = &s->columns[s->k + j];
    double r;

    /* Deviations of a constant float column from its mean are exactly 0. */
    if (x->lacking || y->lacking || !(x->ss > 0) || !(y->ss > 0))
        return NAN;
    r = s->cross[i * s->k + j] / sqrt(x->ss) / sqrt(y->ss);
    return r > 1 ? 1 : r < -1 ? -1 : r;
}

/* An exchange takes two: with one bad track any other would gain, so each must be the other's
 * best partner. */
static bool is_exchange(const struct avo_swap *s, const struct avo_swap_row *rows,
                        const struct avo_swap_row *row)
{
    return row->partner != AVO_SWAP_NONE && row->gain > AVO_SWAP_MARGIN &&
           rows[s->chosen->index[row->partner]].partner == row->track;
}

static void flag(const struct avo_swap *s, const struct avo_swap_row *rows,
                 struct avo_swap_row *row)
{
    const struct avo_track *t = s->observed->tracks, *own = &t[row->track];
    size_t better = AVO_SWAP_NONE;

    if (row->best != AVO_SWAP_NONE && row->r_best - row->r_own > AVO_SWAP_MARGIN)
        better = row->best;
    else if (is_exchange(s, rows, row))
        better = row->partner;
    if (better == AVO_SWAP_NONE)
        return;
    row->other_celltype = strcmp(t[better].celltype, own->celltype) != 0;
    row->other_assay = strcmp(t[better].assay, own->assay) != 0;
}

static struct avo_swap_row make_row(const struct avo_swap *s, size_t i)
{
    const size_t *scored = s->chosen->scored;
    struct avo_swap_row row = {.track = scored[i], .r_own = avo_swap_r(s, i, i),
                               .best = AVO_SWAP_NONE, .r_best = NAN, .partner = AVO_SWAP_NONE,
                               .gain = NAN};

    row.rank = !isnan(row.r_own);
    for (size_t j = 0; j < s->k; j++) {
        double r = avo_swap_r(s, i, j);
        double gain = r + avo_swap_r(s, j, i) - row.r_own - avo_swap_r(s, j, j);

        if (j == i)
            continue;
        row.rank += r > row.r_own;
        if (!isnan(r) && !(r <= row.r_best)) {
            row.best = scored[j];
            row.r_best = r;
        }
        if (!isnan(gain) && !(gain <= row.gain)) {
            row.partner = scored[j];
            row.gain = gain;
        }
    }
    return row;
}

void avo_swap_finish(const struct avo_swap *s, struct avo_swap_row *rows)
{
    for (size_t i = 0; i < s->k; i++)
        rows[i] = make_row(s, i);
    for (size_t i = 0; i < s->k; i++)
        flag(s, rows, &rows[i]);
}

/* ---- TSV ---- */

static int print_track(const struct avo_swap *s, size_t track, const char *before,
                       struct avo_out *out, struct avo_error *err)
{
    const struct avo_track *t = s->observed->tracks;
    bool none = track == AVO_SWAP_NONE;
    char *celltype = avo_escape(none ? "." : t[track].celltype, false, err);
    char *assay = avo_escape(none ? "." : t[track].assay, false, err);
    int rc = -1;

    if (celltype && assay)
        rc = avo_out_printf(out, err, "%s%s\t%s", before, celltype, assay);
    free(celltype);
    free(assay);
    return rc;
}

static int print_row(const struct avo_swap *s, const struct avo_swap_row *row,
                     struct avo_out *out, struct avo_error *err)
{
    const char *flagged = row->other_celltype && row->other_assay ? "celltype,assay"
                          : row->other_celltype ? "celltype" : row->other_assay ? "assay" : ".";

    if (print_track(s, row->track, "", out, err) < 0 ||
        avo_out_printf(out, err, "\t%s\t%" PRIu64, s->chosen->seen[row->track] ? "yes" : "no",
                       s->n) < 0 ||
        avo_out_column(out, row->r_own, err) < 0 || print_track(s, row->best, "\t", out, err) < 0 ||
        avo_out_column(out, row->r_best, err) < 0)
        return -1;
    if ((row->rank > 0 ? avo_out_printf(out, err, "\t%zu", row->rank)
                       : avo_out_printf(out, err, "\tNA")) < 0)
        return -1;
    if (print_track(s, row->partner, "\t", out, err) < 0 || avo_out_column(out, row->gain, err) < 0)
        return -1;
    return avo_out_printf(out, err, "\t%s\n", flagged);
}

int avo_swap_print(const struct avo_swap *s, struct avo_out *out, struct avo_error *err)
{
    struct avo_swap_row *rows = avo_alloc(s->k, sizeof *rows, "swap check", err);
    int rc = rows ? 0 : -1;

    if (rc == 0) {
        avo_swap_finish(s, rows);
        rc = avo_out_printf(out, err, "celltype\tassay\tseen\tn_bins\tr_own\tbest_celltype"
                            "\tbest_assay\tr_best\trank\tswap_celltype\tswap_assay\tswap_gain"
                            "\tflagged\n");
    }
    for (size_t i = 0; rc == 0 && i < s->k; i++)
        rc = print_row(s, &rows[i], out, err);
    free(rows);
    return rc;
}
