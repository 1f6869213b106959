/* SPDX-License-Identifier: MIT */
/* cells.c: see cells.h. A tile is taken bin by bin into the cells that it spans; the last bins
 * taken, of two margins at most, are kept for the next cell. */
#include "libcommon/impute/cells.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }
static uint32_t plus(uint32_t a, uint32_t b) { return a > UINT32_MAX - b ? UINT32_MAX : a + b; }
static uint32_t minus(uint32_t a, uint32_t b) { return a > b ? a - b : 0; }

/* ---- bins in memory ---- */

static void bins_release(struct avo_cell_bins *b)
{
    free(b->runs);
    avo_signal_release(&b->signal);
}

static int bins_add(struct avo_cell_bins *b, struct avo_run run, const void *values,
                    struct avo_error *err)
{
    struct avo_run *last = b->n_runs ? &b->runs[b->n_runs - 1] : NULL;
    if (last && last->beg_bin + last->n_bins == run.beg_bin) {
        last->n_bins += run.n_bins;
    } else {
        if (avo_grow(&b->runs, &b->cap_runs, b->n_runs + 1, sizeof *b->runs, "runs", err))
            return -1;
        b->runs[b->n_runs++] = run;
    }
    return avo_signal_append(&b->signal, values, run.n_bins, err);
}

/* Makes `to` the bins of `from` at `beg` and behind. */
static int bins_tail(struct avo_cell_bins *to, const struct avo_cell_bins *from, uint32_t beg,
                     struct avo_error *err)
{
    size_t row = avo_dtype_size(from->signal.dtype) * from->signal.n_tracks, at = 0;
    to->n_runs = 0;
    to->signal.n_tracks = from->signal.n_tracks;
    avo_signal_clear(&to->signal, from->signal.dtype);
    for (size_t r = 0; r < from->n_runs; r++) {
        struct avo_run run = from->runs[r];
        uint32_t skip = least(minus(beg, run.beg_bin), run.n_bins);
        struct avo_run rest = {run.beg_bin + skip, run.n_bins - skip};
        if (rest.n_bins &&
            bins_add(to, rest, from->signal.values + (at + skip) * row, err))
            return -1;
        at += run.n_bins;
    }
    return 0;
}

void avo_cell_release(struct avo_cell *c)
{
    free(c->runs);
    bins_release(&c->have);
    memset(c, 0, sizeof *c);
}

void avo_cells_release(struct avo_cells *c)
{
    free(c->asked);
    bins_release(&c->carry);
    memset(c, 0, sizeof *c);
}

/* ---- what is read of the stream ---- */

/* Every extent with a margin on either side. */
static int select_reach(struct avo_cells *c, struct avo_error *err)
{
    const struct avo_header *h = c->header;
    struct avo_header wide = {.n_extents = 0};
    int rc = 0;
    for (size_t i = 0; !rc && i < h->n_extents; i++) {
        const struct avo_extent *e = &h->extents[i];
        rc = avo_header_add_extent(&wide, e->chrom, minus(e->beg_bin, c->margin),
                                   least(plus(e->end_bin, c->margin),
                                         avo_header_chrom_bins(h, e->chrom)), err);
    }
    if (!rc) {
        wide.n_extents = avo_extents_merge(wide.extents, wide.n_extents);
        rc = avo_join_select(c->join, wide.extents, wide.n_extents, err);
    }
    avo_header_release(&wide);
    return rc;
}

int avo_cells_begin(struct avo_cells *c, struct avo_error *err)
{
    const struct avo_header *all = avo_join_header(c->join), *h = c->header;
    bool same = all->n_extents == h->n_extents;
    for (size_t i = 0; same && i < h->n_extents; i++)
        same = !avo_extent_cmp(&all->extents[i], &h->extents[i]) &&
               all->extents[i].end_bin == h->extents[i].end_bin;
    c->carry.signal.n_tracks = c->n_tracks;
    return same ? 0 : select_reach(c, err);
}

/* The next SIGNAL tile. */
static int next_tile(struct avo_cells *c, struct avo_error *err)
{
    struct avo_head head;
    int more = 1;
    do
        more = avo_join_next(c->join, &head, err);
    while (more > 0 && head.type != AVO_REC_SIGNAL);
    c->has_tile = more > 0;
    c->ended = more == 0;
    c->i_run = c->used = 0;
    c->row = 0;
    if (more <= 0)
        return more;
    return avo_join_signal(c->join, &c->tile, err);
}

static int check_type(struct avo_cell_bins *have, const struct avo_tile *t, struct avo_error *err)
{
    if (!have->signal.n_bins)
        avo_signal_clear(&have->signal, t->dtype);
    return have->signal.dtype == t->dtype ? 0 : avo_error_set(err, "tiles of two types of values "
                                                              "in one input");
}

/* Takes bins [beg, end) out of the tile, and passes over those before. Not through: the tile goes
 * on behind end. */
static int take_tile(struct avo_cells *c, uint32_t beg, uint32_t end, struct avo_cell *cell,
                     bool *through, struct avo_error *err)
{
    const struct avo_tile *t = &c->tile;
    size_t row = avo_dtype_size(t->dtype) * t->n_tracks;
    for (*through = false; c->i_run < t->span.n_runs;) {
        const struct avo_run *run = &t->span.runs[c->i_run];
        uint32_t at = run->beg_bin + c->used, to = least(run->beg_bin + run->n_bins, end);
        uint32_t from = most(at, beg);
        if (at >= end)
            return 0;
        const uint8_t *values = (const uint8_t *)t->values + (c->row + (from - at)) * row;
        if (from < to && (check_type(&cell->have, t, err) ||
                          bins_add(&cell->have, (struct avo_run){from, to - from}, values, err)))
            return -1;
        c->row += to - at;
        c->used += to - at;
        if (c->used == run->n_bins) {
            c->i_run++;
            c->used = 0;
        }
    }
    *through = true;
    return 0;
}

/* Bins [beg, end) of the cell's chromosome into the cell. */
static int fill(struct avo_cells *c, struct avo_cell *cell, uint32_t beg, uint32_t end,
                struct avo_error *err)
{
    bool through = true;
    if (c->carry_chrom != cell->chrom)
        c->carry.n_runs = c->carry.signal.n_bins = 0;
    if (bins_tail(&cell->have, &c->carry, beg, err))
        return -1;
    while (through && !c->ended) {
        if (!c->has_tile && next_tile(c, err) < 0)
            return -1;
        if (c->ended || c->tile.span.chrom > cell->chrom)
            break;
        if (c->tile.span.chrom == cell->chrom && take_tile(c, beg, end, cell, &through, err))
            return -1;
        c->has_tile = !through;
    }
    return 0;
}

/* ---- the cells ---- */

/* What is asked for in the next cell where anything is: 1 and where the cell ends; 0: nothing. */
static int next_asked(struct avo_cells *c, struct avo_cell *cell, uint32_t *end,
                      struct avo_error *err)
{
    const struct avo_header *h = c->header;
    c->n_asked = 0;
    for (; c->i_extent < h->n_extents; c->i_extent++, c->done = 0) {
        const struct avo_extent *e = &h->extents[c->i_extent];
        uint32_t beg = most(c->done, e->beg_bin);
        if (!c->n_asked) {
            cell->chrom = e->chrom;
            *end = plus(beg / c->cell_bins * c->cell_bins, c->cell_bins);
        }
        if (e->chrom != cell->chrom || beg >= *end)
            return 1;
        if (avo_grow(&c->asked, &c->cap_asked, c->n_asked + 1, sizeof *c->asked, "runs", err))
            return -1;
        c->asked[c->n_asked++] = (struct avo_run){beg, least(e->end_bin, *end) - beg};
        c->done = *end;
        if (e->end_bin > *end)
            return 1;
    }
    return c->n_asked > 0;
}

/* Runs to write: what is asked for and there. */
static int cut(const struct avo_cells *c, struct avo_cell *cell, struct avo_error *err)
{
    cell->n_runs = 0;
    cell->n_bins = 0;
    for (size_t a = 0, b = 0; a < c->n_asked && b < cell->have.n_runs;) {
        struct avo_run x = c->asked[a], y = cell->have.runs[b];
        uint32_t beg = most(x.beg_bin, y.beg_bin);
        uint32_t end = least(x.beg_bin + x.n_bins, y.beg_bin + y.n_bins);
        if (beg < end) {
            if (avo_grow(&cell->runs, &cell->cap_runs, cell->n_runs + 1, sizeof *cell->runs,
                         "runs", err))
                return -1;
            cell->runs[cell->n_runs++] = (struct avo_run){beg, end - beg};
            cell->n_bins += end - beg;
        }
        if (x.beg_bin + x.n_bins <= y.beg_bin + y.n_bins)
            a++;
        else
            b++;
    }
    return 0;
}

/* The rest of the stream, which must be whole. */
static int drain(struct avo_cells *c, struct avo_error *err)
{
    struct avo_head head;
    int more = c->ended ? 0 : 1;
    while (more > 0)
        more = avo_join_next(c->join, &head, err);
    c->ended = true;
    return more;
}

int avo_cells_next(struct avo_cells *c, struct avo_cell *cell, struct avo_error *err)
{
    uint32_t end = 0;
    int more;
    while ((more = next_asked(c, cell, &end, err)) > 0) {
        uint32_t beg = c->asked[0].beg_bin / c->cell_bins * c->cell_bins;
        if (fill(c, cell, minus(beg, c->margin), plus(end, c->margin), err) ||
            bins_tail(&c->carry, &cell->have, minus(end, c->margin), err) || cut(c, cell, err))
            return -1;
        c->carry_chrom = cell->chrom;
        if (cell->n_bins)
            return 1;
    }
    return more < 0 ? -1 : drain(c, err);
}
