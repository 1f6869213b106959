/* SPDX-License-Identifier: MIT */
/* aggregate.c: the sweep: tiles of all sources in genome order, the windows that are open at each,
 * rows given out when they are whole. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/clones.h"
#include "libcommon/base/freelist.h"
#include "libcommon/features/aggregate_priv.h"

#define UNITS_A_TASK 64
#define UNITS_AT_ONCE 4096

/* Block k over sub-window `sub` of every window. */
struct cell { uint32_t sub; size_t k, acc, out; };

/* A source on its way. */
struct lane {
    struct avo_agg_source *src;
    struct avo_agg_sums sums;
    struct avo_head head;           /* the next tile's */
    bool ended;
    size_t n_cells;
    struct cell *cells;
    size_t next;                    /* first unit in order that has not begun */
    size_t n_active, cap_active;
    uint32_t *active;               /* units that reach into the tile at hand or beyond */
    size_t n_over, cap_over;
    uint32_t *over;                 /* units that no later tile reaches */
};

/* Unit u: window u % per_row of row u / per_row. */
struct key { uint32_t chrom, unit; int64_t beg_bp; };

struct sweep {
    const struct avo_agg_job *job;
    uint32_t per_row, n_subs;
    size_t n_units, n_rows;
    struct key *order;              /* [n_units] in genome order */
    size_t n_lanes;
    struct lane *lanes;
    size_t n_acc, n_out;            /* doubles and features of a unit, all lanes */
    double **acc;                   /* [n_units] open windows' sums: counts, entries */
    uint32_t *unit_left, *row_left; /* lanes that a unit, units and lanes that a row waits for */
    float **rows;                   /* [n_rows] whole or partly so */
    uint32_t *turn;                 /* [n_rows] rows as they are given out; NULL: 0, 1, ... */
    size_t n_given, n_whole;
    struct avo_freelist acc_memory, row_memory;
    struct lane *lane;              /* at work */
    size_t first;                   /* of the units over at hand */
};

/* ---- what a window consists of ---- */

static const struct avo_place *place_of(const struct sweep *s, uint32_t unit)
{
    return &s->job->windows->places[unit];
}

/* Bins of a sub-window on the grid of a lane; false = none. */
static bool sub_bins(const struct sweep *s, const struct lane *l, uint32_t unit, uint32_t sub,
                     uint32_t *beg, uint32_t *end)
{
    const struct avo_place *p = place_of(s, unit);
    const struct avo_header *h = l->src->header;
    uint64_t len = s->job->in->header.chroms[p->chrom].len_bp;
    struct avo_stretch x = sub < s->job->shape.n_tiles ? avo_window_tile(&s->job->shape, p, sub)
                                                       : avo_window_of(&s->job->shape, p);

    return avo_stretch_bins(x, h->bin_bp, (uint32_t)(len / h->bin_bp), beg, end);
}

/* The whole window. */
static bool unit_bins(const struct sweep *s, const struct lane *l, uint32_t unit, uint32_t *beg,
                      uint32_t *end)
{
    return sub_bins(s, l, unit, s->n_subs - 1, beg, end);
}

/* ---- rows given out ---- */

static int give_out(struct sweep *s, struct avo_error *err)
{
    while (s->n_given < s->n_rows) {
        size_t row = s->turn ? s->turn[s->n_given] : s->n_given;
        if (s->row_left[row])
            return 0;
        if (s->job->emit(s->job->user, row, s->rows[row], err))
            return -1;
        avo_freelist_give(&s->row_memory, s->rows[row]);
        s->rows[row] = NULL;
        s->n_given++;
    }
    return 0;
}

static double stat_of(unsigned stat, const struct avo_agg_kinds *q, const double *e,
                      uint32_t width, uint32_t i, double n)
{
    double mean, var;

    if (q->cnt >= 0)
        n = e[(size_t)q->cnt * width + i];
    if (n == 0)
        return NAN;
    mean = e[i] / n;
    switch (stat) {
    case AVO_AGG_STD:
        var = e[(size_t)q->sq * width + i] / n - mean * mean;
        return var > 0 ? sqrt(var) : 0;
    case AVO_AGG_MIN: return e[(size_t)q->lo * width + i];
    case AVO_AGG_MAX: return e[(size_t)q->hi * width + i];
    default: return mean;
    }
}

AVO_CLONES
static void divide(float *out, const double *sum, uint32_t width, double n)
{
    for (uint32_t i = 0; i < width; i++)
        out[i] = (float)(sum[i] / n);
}

/* Features of a cell from a unit's sums; acc NULL: no bin was there. */
static void fill_cell(const struct sweep *s, const struct lane *l, const struct cell *c,
                      const double *acc, float *out)
{
    const struct avo_agg_kinds *q = &l->sums.kinds[c->k];
    uint32_t width = l->src->blocks[c->k].width;
    double n_bins = acc ? acc[l->cells[0].acc - s->n_subs + c->sub] : 0;
    size_t n = 0;

    if (s->job->stats == AVO_AGG_MEAN && n_bins > 0 && q->cnt < 0) {    /* nearly always */
        divide(out + c->out, acc + c->acc, width, n_bins);
        return;
    }
    for (unsigned stat = 1; stat <= AVO_AGG_MAX; stat <<= 1)
        for (uint32_t i = 0; s->job->stats & stat && i < width; i++)
            out[c->out + n++] = !acc ? NAN
                : (float)stat_of(stat, q, acc + c->acc, width, i, n_bins);
}

/* Features of a unit from its sums. */
static void fill_task(void *arg, int i, int worker)
{
    struct sweep *s = arg;
    const struct lane *l = s->lane;
    size_t beg = s->first + (size_t)i * UNITS_A_TASK, end = beg + UNITS_A_TASK;

    (void)worker;
    for (size_t u = beg; u < end && u < l->n_over; u++) {
        uint32_t unit = l->over[u];
        float *out = s->rows[unit / s->per_row] + unit % s->per_row * s->n_out;
        for (size_t c = 0; c < l->n_cells; c++)
            fill_cell(s, l, &l->cells[c], s->acc[unit], out);
    }
}

/* The unit has all that this lane gives it. */
static void settle(struct sweep *s, uint32_t unit)
{
    size_t row = unit / s->per_row;

    if (--s->unit_left[unit] == 0) {
        avo_freelist_give(&s->acc_memory, s->acc[unit]);
        s->acc[unit] = NULL;
    }
    s->n_whole += --s->row_left[row] == 0;
}

/* What is over, some at a time so that rows which need not wait do not pile up. */
static int finish(struct sweep *s, struct lane *l, struct avo_error *err)
{
    s->lane = l;
    for (size_t end; s->first < l->n_over; s->first = end) {
        size_t n_all = l->n_over, n = n_all - s->first < UNITS_AT_ONCE ? n_all - s->first
                                                                       : UNITS_AT_ONCE;
        end = s->first + n;
        for (size_t u = s->first; u < end; u++) {
            float **row = &s->rows[l->over[u] / s->per_row];
            if (!*row && !(*row = avo_freelist_take(&s->row_memory, err)))
                return -1;
        }
        l->n_over = end;                /* for the tasks */
        avo_pool_run(s->job->pool, (int)((n + UNITS_A_TASK - 1) / UNITS_A_TASK), fill_task, s);
        l->n_over = n_all;
        for (size_t u = s->first; u < end; u++)
            settle(s, l->over[u]);
        if (give_out(s, err))
            return -1;
        if (s->job->progress)
            s->job->progress(s->job->user, s->n_whole);
    }
    s->first = l->n_over = 0;
    return 0;
}

static int put(uint32_t **list, size_t *n, size_t *cap, uint32_t unit, struct avo_error *err)
{
    if (avo_grow(list, cap, *n + 1, sizeof **list, "open windows", err))
        return -1;
    (*list)[(*n)++] = unit;
    return 0;
}

/* ---- units of a tile ---- */

static int begin(struct sweep *s, uint32_t unit, struct avo_error *err)
{
    double *acc = s->acc[unit];

    if (acc)
        return 0;
    if (!(acc = s->acc[unit] = avo_freelist_take(&s->acc_memory, err)))
        return -1;
    memset(acc, 0, s->n_acc * sizeof *acc);
    for (size_t i = 0; i < s->n_lanes; i++)
        for (size_t c = 0; c < s->lanes[i].n_cells; c++)
            avo_agg_clear(&s->lanes[i].sums, s->lanes[i].cells[c].k,
                          acc + s->lanes[i].cells[c].acc);
    return 0;
}

/* True if the unit ends before bin beg of chromosome chrom (of the common table). */
static bool is_over(const struct sweep *s, const struct lane *l, uint32_t unit, uint32_t chrom,
                    uint32_t beg)
{
    uint32_t b, e;

    if (!unit_bins(s, l, unit, &b, &e))
        return true;
    return place_of(s, unit)->chrom != chrom ? place_of(s, unit)->chrom < chrom : e <= beg;
}

/* Finishes what is over before bin beg, in order. */
static int close_units(struct sweep *s, struct lane *l, uint32_t chrom, uint32_t beg,
                       struct avo_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n_active; i++)
        if (!is_over(s, l, l->active[i], chrom, beg))
            l->active[n++] = l->active[i];
        else if (put(&l->over, &l->n_over, &l->cap_over, l->active[i], err))
            return -1;
    l->n_active = n;
    return finish(s, l, err);
}

/* Takes up the units that begin before bin end; those over before beg are finished at once. */
static int open_units(struct sweep *s, struct lane *l, uint32_t chrom, uint32_t beg, uint32_t end,
                      struct avo_error *err)
{
    for (; l->next < s->n_units; l->next++) {
        uint32_t unit = s->order[l->next].unit, b, e;
        uint32_t c = place_of(s, unit)->chrom;
        bool any = unit_bins(s, l, unit, &b, &e);
        if (c > chrom || (c == chrom && any && b >= end))
            break;
        if (is_over(s, l, unit, chrom, beg)
                ? put(&l->over, &l->n_over, &l->cap_over, unit, err)
                : begin(s, unit, err) || put(&l->active, &l->n_active, &l->cap_active, unit, err))
            return -1;
    }
    return finish(s, l, err);
}

/* What no tile came to. */
static int close_rest(struct sweep *s, struct lane *l, struct avo_error *err)
{
    for (; l->next < s->n_units; l->next++)
        if (put(&l->over, &l->n_over, &l->cap_over, s->order[l->next].unit, err))
            return -1;
    return finish(s, l, err);
}

/* Bins of a sub-window within the stretch at hand; false = none. */
static bool sub_in_stretch(const struct sweep *s, const struct lane *l, uint32_t unit,
                           uint32_t sub, uint32_t *beg, uint32_t *end)
{
    uint32_t from = l->sums.beg_bin;
    uint64_t to = from + (uint64_t)l->sums.n_groups * l->src->header->coarse_bins;

    if (!sub_bins(s, l, unit, sub, beg, end))
        return false;
    *beg = *beg > from ? *beg : from;
    *end = *end < to ? *end : (uint32_t)to;
    return *beg < *end;
}

static void add_unit(struct sweep *s, uint32_t unit)
{
    struct lane *l = s->lane;
    double *acc = s->acc[unit];
    uint32_t beg, end;

    for (uint32_t sub = 0; sub < s->n_subs; sub++) {
        if (!sub_in_stretch(s, l, unit, sub, &beg, &end))
            continue;
        acc[l->cells[0].acc - s->n_subs + sub] += avo_agg_present(&l->sums, beg, end);
        for (size_t c = 0; c < l->n_cells; c++)
            if (l->cells[c].sub == sub)
                avo_agg_add(&l->sums, l->cells[c].k, beg, end, acc + l->cells[c].acc);
    }
}

static void add_task(void *arg, int i, int worker)
{
    struct sweep *s = arg;
    size_t beg = (size_t)i * UNITS_A_TASK, end = beg + UNITS_A_TASK;

    (void)worker;
    for (size_t u = beg; u < end && u < s->lane->n_active; u++)
        add_unit(s, s->lane->active[u]);
}

static int add_tile(struct sweep *s, struct lane *l, struct avo_error *err)
{
    struct avo_agg_cursor at = {0};
    struct avo_agg_tile tile;
    uint32_t beg, end;
    int rc;

    if (avo_agg_load(l->src, &tile, err))
        return -1;
    s->lane = l;
    while ((rc = avo_agg_turn(&l->sums, &tile, &at, err)) > 0) {
        for (size_t i = 0; i < l->n_active; i++)
            for (uint32_t sub = 0; sub < s->n_subs; sub++)
                if (sub_in_stretch(s, l, l->active[i], sub, &beg, &end))
                    avo_agg_want(&l->sums, beg, end);
        if (avo_agg_prepare(&l->sums, s->job->pool, err))
            return -1;
        avo_pool_run(s->job->pool, (int)((l->n_active + UNITS_A_TASK - 1) / UNITS_A_TASK),
                     add_task, s);
    }
    return rc;
}

/* ---- the sweep ---- */

/* Reads the lane's next head and finishes what lies before it. */
static int advance(struct sweep *s, struct lane *l, struct avo_error *err)
{
    int more = avo_agg_next(l->src, &l->head, err);

    if (more < 0)
        return -1;
    l->ended = more == 0;
    if (!l->ended)
        l->head.chrom = l->src->chrom[l->head.chrom];
    return close_units(s, l, l->ended ? UINT32_MAX : l->head.chrom, l->head.beg_bin, err);
}

static int step(struct sweep *s, struct lane *l, struct avo_error *err)
{
    const struct avo_head *h = &l->head;

    if (open_units(s, l, h->chrom, h->beg_bin, h->end_bin, err))
        return -1;
    if (l->n_active && add_tile(s, l, err))
        return -1;
    return advance(s, l, err);
}

/* The lane whose next tile comes first, so that no window is open for longer than it must. */
static struct lane *first_lane(struct sweep *s)
{
    struct lane *best = NULL;
    uint64_t best_bp = 0;

    for (size_t i = 0; i < s->n_lanes; i++) {
        struct lane *l = &s->lanes[i];
        uint64_t bp = (uint64_t)l->head.beg_bin * l->src->header->bin_bp;
        if (!l->ended && (!best || l->head.chrom < best->head.chrom ||
                          (l->head.chrom == best->head.chrom && bp < best_bp))) {
            best = l;
            best_bp = bp;
        }
    }
    return best;
}

static int sweep_all(struct sweep *s, struct avo_error *err)
{
    struct lane *l;

    for (size_t i = 0; i < s->n_lanes; i++)
        if (advance(s, &s->lanes[i], err))
            return -1;
    while ((l = first_lane(s)))
        if (step(s, l, err))
            return -1;
    for (size_t i = 0; i < s->n_lanes; i++)
        if (close_rest(s, &s->lanes[i], err))
            return -1;
    return 0;
}

/* ---- plan ---- */

static int compare_keys(const void *pa, const void *pb)
{
    const struct key *a = pa, *b = pb;

    if (a->chrom != b->chrom)
        return a->chrom < b->chrom ? -1 : 1;
    if (a->beg_bp != b->beg_bp)
        return a->beg_bp < b->beg_bp ? -1 : 1;
    return a->unit < b->unit ? -1 : a->unit > b->unit;
}

static int order_units(struct sweep *s, struct avo_error *err)
{
    bool sorted = true;

    if (!(s->order = avo_alloc(s->n_units, sizeof *s->order, "windows", err)))
        return -1;
    for (size_t u = 0; u < s->n_units; u++) {
        struct avo_stretch x = avo_window_of(&s->job->shape, place_of(s, (uint32_t)u));
        s->order[u] = (struct key){place_of(s, (uint32_t)u)->chrom, (uint32_t)u,
                                   x.beg_bp > 0 ? x.beg_bp : 0};
        sorted = sorted && (u == 0 || compare_keys(&s->order[u - 1], &s->order[u]) < 0);
    }
    if (!sorted)
        qsort(s->order, s->n_units, sizeof *s->order, compare_keys);
    return 0;
}

/* Rows in the order of their first windows. */
static int order_rows(struct sweep *s, struct avo_error *err)
{
    size_t n = 0;

    if (!s->job->sort)
        return 0;
    if (!(s->turn = avo_alloc(s->n_rows, sizeof *s->turn, "windows", err)))
        return -1;
    for (size_t i = 0; i < s->n_units; i++)
        if (s->order[i].unit % s->per_row == 0)
            s->turn[n++] = s->order[i].unit / s->per_row;
    return 0;
}

static int plan_lane(struct sweep *s, struct lane *l, struct avo_error *err)
{
    size_t n_max = s->n_subs * l->src->n_blocks;
    uint32_t n_stats = avo_agg_count_stats(s->job->stats);

    if (avo_agg_sums_init(&l->sums, l->src, s->job->stats, err) ||
        !(l->cells = avo_alloc(n_max, sizeof *l->cells, "features", err)))
        return -1;
    s->n_acc += s->n_subs;
    for (uint32_t sub = 0; sub < s->n_subs; sub++)
        for (size_t k = 0; k < l->src->n_blocks; k++)
            if (avo_agg_has_cell(s->job, l->src, k, sub)) {
                l->cells[l->n_cells++] = (struct cell){sub, k, s->n_acc, s->n_out};
                s->n_acc += avo_agg_entry(&l->sums, k);
                s->n_out += (size_t)l->src->blocks[k].width * n_stats;
            }
    return 0;
}

static int plan(struct sweep *s, struct avo_error *err)
{
    if (s->n_rows > INT32_MAX / 2)
        return avo_error_set(err, "too many windows (%zu)", s->n_rows);
    if (!(s->lanes = avo_alloc(s->n_lanes, sizeof *s->lanes, "inputs", err)))
        return -1;
    for (size_t i = 0; i < s->n_lanes; i++) {
        s->lanes[i].src = &s->job->in->list[i];
        if (plan_lane(s, &s->lanes[i], err))
            return -1;
    }
    avo_freelist_init(&s->acc_memory, s->n_acc * sizeof **s->acc);
    avo_freelist_init(&s->row_memory, s->n_out * s->per_row * sizeof **s->rows);
    s->acc = avo_alloc(s->n_units, sizeof *s->acc, "windows", err);
    s->rows = avo_alloc(s->n_rows, sizeof *s->rows, "windows", err);
    s->unit_left = avo_alloc(s->n_units, sizeof *s->unit_left, "windows", err);
    s->row_left = avo_alloc(s->n_rows, sizeof *s->row_left, "windows", err);
    if (!s->acc || !s->rows || !s->unit_left || !s->row_left)
        return -1;
    for (size_t u = 0; u < s->n_units; u++)
        s->unit_left[u] = (uint32_t)s->n_lanes;
    for (size_t r = 0; r < s->n_rows; r++)
        s->row_left[r] = (uint32_t)s->n_lanes * s->per_row;
    return order_units(s, err) || order_rows(s, err) ? -1 : 0;
}

static void release(struct sweep *s)
{
    for (size_t i = 0; s->lanes && i < s->n_lanes; i++) {
        avo_agg_sums_release(&s->lanes[i].sums);
        free(s->lanes[i].cells);
        free(s->lanes[i].active);
        free(s->lanes[i].over);
    }
    avo_freelist_release(&s->acc_memory);
    avo_freelist_release(&s->row_memory);
    free(s->lanes);
    free(s->order);
    free(s->acc);
    free(s->unit_left);
    free(s->row_left);
    free(s->rows);
    free(s->turn);
}

int avo_agg_run(const struct avo_agg_job *job, struct avo_error *err)
{
    struct sweep s = {
        .job = job, .per_row = job->windows->per_row, .n_subs = avo_agg_count_subs(job),
        .n_rows = job->windows->n, .n_lanes = job->in->n
    };
    int rc;

    s.n_units = s.n_rows * s.per_row;
    rc = plan(&s, err) || sweep_all(&s, err) ? -1 : 0;
    release(&s);
    return rc;
}
