/* SPDX-License-Identifier: MIT */
/* join_tiles.c: tiles out of the tiles of several inputs, cut by the grid, regions and tracks. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/half.h"
#include "libcommon/stream/join_priv.h"

void avo_piece_release(struct avo_piece *p)
{
    free(p->runs);
    free(p->values);
    memset(p, 0, sizeof *p);
}

/* ---- taking tiles apart ---- */

/* Copies the bins of tile in [beg, end) that are selected. A piece of 0 bins holds nothing. */
static int take_piece(const struct avo_join *j, size_t i_input, const struct avo_tile *t,
                      const uint32_t range[2], struct avo_piece *p, struct avo_error *err)
{
    size_t row = avo_dtype_size(t->dtype) * t->n_tracks, at = 0, to = 0;
    const unsigned char *values = t->values;

    *p = (struct avo_piece){ .i_input = i_input, .dtype = t->dtype, .n_tracks = t->n_tracks };
    /* Every run that comes out holds a bin: there are no more of them than bins. */
    p->runs = avo_alloc(t->span.n_bins, sizeof *p->runs, "runs", err);
    p->values = avo_alloc((size_t)t->span.n_bins * row, 1, "a tile", err);
    if (!p->runs || !p->values) {
        avo_piece_release(p);
        return -1;
    }
    for (uint32_t r = 0; r < t->span.n_runs; r++) {
        const struct avo_run *run = &t->span.runs[r];
        uint32_t n = avo_join_cut(j, t->span.chrom, run, range[0], range[1],
                                  p->runs + p->n_runs);
        for (uint32_t k = 0; k < n; k++) {
            struct avo_run c = p->runs[p->n_runs++];
            memcpy(p->values + to * row, values + (at + c.beg_bin - run->beg_bin) * row,
                   c.n_bins * row);
            to += c.n_bins;
        }
        at += run->n_bins;
    }
    p->n_bins = (uint32_t)to;
    return 0;
}

static int add_piece(struct avo_join *j, struct avo_piece *p, struct avo_error *err)
{
    if (p->n_bins == 0) {
        avo_piece_release(p);
        return 0;
    }
    if (avo_grow(&j->pieces, &j->cap_pieces, j->n_pieces + 1, sizeof *j->pieces, "tiles", err)) {
        avo_piece_release(p);
        return -1;
    }
    j->pieces[j->n_pieces++] = *p;
    memset(p, 0, sizeof *p);
    return 0;
}

/* The tile as the piece, or the carry, that it stands for. */
static struct avo_tile tile_of(const struct avo_piece *p, uint32_t chrom)
{
    return (struct avo_tile){ { chrom, p->n_runs, p->n_bins, p->runs }, p->dtype, p->n_tracks,
                              p->values };
}

/* Takes [0, cell_end) of tile into the pieces and keeps the rest as the input's carry. */
static int split_tile(struct avo_join *j, size_t i, const struct avo_tile *t, uint32_t cell_end,
                      struct avo_error *err)
{
    struct avo_piece now, later = { 0 };
    uint32_t left[2] = { 0, cell_end }, right[2] = { cell_end, UINT32_MAX };

    if (take_piece(j, i, t, left, &now, err)) return -1;
    if (take_piece(j, i, t, right, &later, err)) {
        avo_piece_release(&now);
        return -1;
    }
    avo_piece_release(&j->inputs[i].carry);
    if (later.n_bins) j->inputs[i].carry = later;
    else avo_piece_release(&later);
    j->inputs[i].carry_chrom = t->span.chrom;
    return add_piece(j, &now, err);
}

/* Where input i goes on; false = it has ended. */
static bool position(const struct avo_join *j, size_t i, uint32_t *chrom, uint32_t *beg)
{
    const struct avo_join_input *in = &j->inputs[i];

    if (in->carry.n_bins) {
        *chrom = in->carry_chrom;
        *beg = in->carry.runs[0].beg_bin;
    } else {
        *chrom = in->head.chrom;
        *beg = in->head.beg_bin;
    }
    return in->carry.n_bins || in->pending;
}

/* Takes what input i has before cell_end. */
static int gather_input(struct avo_join *j, size_t i, uint32_t chrom, uint32_t cell_end,
                        struct avo_error *err)
{
    struct avo_join_input *in = &j->inputs[i];
    uint32_t at_chrom, at_bin;
    struct avo_tile t;
    int rc = 0;

    while (rc == 0 && position(j, i, &at_chrom, &at_bin) && at_chrom == chrom &&
           at_bin < cell_end) {
        if (in->carry.n_bins) {
            struct avo_piece whole = in->carry;
            in->carry = (struct avo_piece){ 0 };
            t = tile_of(&whole, chrom);
            rc = split_tile(j, i, &t, cell_end, err);
            avo_piece_release(&whole);
        } else {
            rc = avo_reader_signal(in->r, &t, err);
            if (rc == 0) rc = split_tile(j, i, &t, cell_end, err);
            if (rc == 0) rc = avo_join_advance(j, i, err);
        }
    }
    return rc;
}

/* ---- putting them together ---- */

static bool share_columns(const struct avo_join *j, const struct avo_piece *a,
                          const struct avo_piece *b)
{
    for (uint32_t s = 0; s < a->n_tracks; s++)
        for (uint32_t t = 0; t < b->n_tracks; t++)
            if (j->inputs[a->i_input].cols[s] != AVO_NO_COLUMN &&
                j->inputs[a->i_input].cols[s] == j->inputs[b->i_input].cols[t]) return true;
    return false;
}

/* First bin that both hold; false = none. */
static bool common_bin(const struct avo_piece *a, const struct avo_piece *b, uint32_t *bin)
{
    for (uint32_t x = 0, y = 0; x < a->n_runs && y < b->n_runs;) {
        struct avo_run p = a->runs[x], q = b->runs[y];
        if (p.beg_bin < q.beg_bin + q.n_bins && q.beg_bin < p.beg_bin + p.n_bins) {
            *bin = p.beg_bin > q.beg_bin ? p.beg_bin : q.beg_bin;
            return true;
        }
        if (p.beg_bin + p.n_bins <= q.beg_bin) x++;
        else y++;
    }
    return false;
}

static int check_doubles(const struct avo_join *j, uint32_t chrom, struct avo_error *err)
{
    uint32_t bin;

    for (size_t a = 0; a < j->n_pieces; a++)
        for (size_t b = a + 1; b < j->n_pieces; b++) {
            const struct avo_piece *p = &j->pieces[a], *q = &j->pieces[b];
            if (p->i_input == q->i_input || !common_bin(p, q, &bin) || !share_columns(j, p, q))
                continue;
            return avo_error_set(err, "%s and %s both hold %s, bin %" PRIu32,
                                 avo_reader_name(j->inputs[p->i_input].r),
                                 avo_reader_name(j->inputs[q->i_input].r),
                                 j->header.chroms[chrom].name, bin);
        }
    return 0;
}

/* Marks the bins of the pieces, numbers them, and makes runs of them. */
static int lay_out(struct avo_join *j, uint32_t chrom, uint32_t cell_beg, struct avo_error *err)
{
    uint32_t n_rows = 0, n_runs = 0;

    memset(j->row_of, 0, (j->tile_bins + 1) * sizeof *j->row_of);
    for (size_t k = 0; k < j->n_pieces; k++)
        for (uint32_t r = 0; r < j->pieces[k].n_runs; r++)
            for (uint32_t b = 0; b < j->pieces[k].runs[r].n_bins; b++)
                j->row_of[j->pieces[k].runs[r].beg_bin - cell_beg + b] = 1;
    if (avo_grow(&j->runs, &j->cap_runs, j->tile_bins, sizeof *j->runs, "runs", err)) return -1;
    for (uint32_t b = 0; b < j->tile_bins; b++) {
        if (!j->row_of[b]) continue;
        if (b == 0 || !j->row_of[b - 1]) j->runs[n_runs++] = (struct avo_run){ cell_beg + b, 0 };
        j->runs[n_runs - 1].n_bins++;
        j->row_of[b] = ++n_rows;        /* from 1; 0 = not there */
    }
    j->tile.span = (struct avo_span){ chrom, n_runs, n_rows, j->runs };
    return 0;
}

/* True if the piece's rows are stretches of the tile's rows. */
static bool is_stretch(const struct avo_join *j, const struct avo_piece *p)
{
    const uint32_t *cols = j->inputs[p->i_input].cols;

    for (uint32_t t = 0; t < p->n_tracks; t++)
        if (cols[t] == AVO_NO_COLUMN || cols[t] != cols[0] + t) return false;
    return p->dtype == j->tile.dtype && p->n_tracks > 0;
}

/* One row of a piece into its columns. */
static void put_row(const struct avo_join *j, const struct avo_piece *p,
                    const unsigned char *from, unsigned char *to)
{
    const uint32_t *cols = j->inputs[p->i_input].cols;

    for (uint32_t t = 0; t < p->n_tracks; t++) {
        if (cols[t] == AVO_NO_COLUMN) continue;
        if (p->dtype == j->tile.dtype) {
            size_t s = avo_dtype_size(p->dtype);
            memcpy(to + cols[t] * s, from + t * s, s);
        } else {                        /* binary16 into binary32 */
            uint16_t h;
            float f;
            memcpy(&h, from + 2 * (size_t)t, 2);
            f = avo_half_to_float(h);
            memcpy(to + 4 * (size_t)cols[t], &f, 4);
        }
    }
}

static int fill_values(struct avo_join *j, uint32_t cell_beg, struct avo_error *err)
{
    size_t size = avo_dtype_size(j->tile.dtype), row = size * j->header.n_tracks;
    size_t n = (size_t)j->tile.span.n_bins * j->header.n_tracks;
    const uint32_t nan32 = 0x7fc00000u;
    const uint16_t nan16 = 0x7e00u;

    if (avo_grow(&j->values, &j->cap_values, n * size, 1, "a tile", err)) return -1;
    memset(j->values, 0, n * size);     /* uncovered: 0 in every transform */
    for (size_t i = 0; j->header.missing_nan && i < n; i++)
        memcpy(j->values + i * size, size == 4 ? (const void *)&nan32 : &nan16, size);
    for (size_t k = 0; k < j->n_pieces; k++) {
        const struct avo_piece *p = &j->pieces[k];
        const unsigned char *from = p->values;
        size_t len = avo_dtype_size(p->dtype) * p->n_tracks;
        bool stretch = is_stretch(j, p);
        for (uint32_t r = 0; r < p->n_runs; r++)
            for (uint32_t b = 0; b < p->runs[r].n_bins; b++, from += len) {
                uint32_t at = j->row_of[p->runs[r].beg_bin - cell_beg + b] - 1;
                unsigned char *to = j->values + at * row;
                if (stretch) memcpy(to + j->inputs[p->i_input].cols[0] * size, from, len);
                else put_row(j, p, from, to);
            }
    }
    j->tile.values = j->values;
    return 0;
}

static int put_together(struct avo_join *j, uint32_t chrom, uint32_t cell_beg,
                        struct avo_error *err)
{
    j->tile = (struct avo_tile){ .dtype = AVO_F16, .n_tracks = (uint32_t)j->header.n_tracks };
    for (size_t k = 0; k < j->n_pieces; k++)
        if (j->pieces[k].dtype == AVO_F32) j->tile.dtype = AVO_F32;
    if (check_doubles(j, chrom, err) || lay_out(j, chrom, cell_beg, err)) return -1;
    return fill_values(j, cell_beg, err);
}

static void drop_pieces(struct avo_join *j)
{
    while (j->n_pieces) avo_piece_release(&j->pieces[--j->n_pieces]);
}

/* The grid, from the type of the first tile (told by its head: the payload is not read yet). */
static int choose_grid(struct avo_join *j, size_t i, struct avo_error *err)
{
    const struct avo_head *h = &j->inputs[i].head;
    uint64_t n = (uint64_t)h->n_bins * avo_reader_header(j->inputs[i].r)->n_tracks;
    enum avo_dtype dtype = h->payload_bytes >= 4 * n ? AVO_F32 : AVO_F16;

    if (avo_tile_grid(&j->header, dtype, &j->tile_bins, err)) return -1;
    j->row_of = avo_alloc((size_t)j->tile_bins + 1, sizeof *j->row_of, "a tile", err);
    return j->row_of ? 0 : -1;
}

/* The input that goes on first; SIZE_MAX = none is left. */
static size_t first_input(const struct avo_join *j, uint32_t *chrom, uint32_t *beg)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < j->n_inputs; i++) {
        uint32_t c, b;
        if (!position(j, i, &c, &b)) continue;
        if (best != SIZE_MAX && (c > *chrom || (c == *chrom && b >= *beg))) continue;
        best = i;
        *chrom = c;
        *beg = b;
    }
    return best;
}

int avo_join_compose(struct avo_join *j, struct avo_head *head, struct avo_error *err)
{
    uint32_t chrom = 0, beg = 0, end;
    size_t first;

    for (size_t i = 0; i < j->n_inputs; i++)
        if (!j->inputs[i].pending && !j->inputs[i].done && avo_join_advance(j, i, err)) return -1;
    do {
        drop_pieces(j);
        if ((first = first_input(j, &chrom, &beg)) == SIZE_MAX) return 0;
        if (!j->tile_bins && choose_grid(j, first, err)) return -1;
        beg -= beg % j->tile_bins;
        end = beg > UINT32_MAX - j->tile_bins ? UINT32_MAX : beg + j->tile_bins;
        for (size_t i = 0; i < j->n_inputs; i++)
            if (gather_input(j, i, chrom, end, err)) return -1;
    } while (j->n_pieces == 0);
    if (put_together(j, chrom, beg, err)) return -1;
    drop_pieces(j);
    *head = (struct avo_head){
        .type = AVO_REC_SIGNAL, .n_parts = 1, .chrom = chrom, .n_bins = j->tile.span.n_bins,
        .beg_bin = j->runs[0].beg_bin
    };
    head->end_bin = j->runs[j->tile.span.n_runs - 1].beg_bin +
                    j->runs[j->tile.span.n_runs - 1].n_bins;
    return 1;
}

/* ---- GENOME ---- */

/* Numbers of the distinct rows of a span, ascending; returns how many. */
static uint32_t row_ids(const struct avo_span *s, uint32_t bins_per_row, uint32_t *ids)
{
    uint32_t n = 0;

    for (uint32_t r = 0; r < s->n_runs; r++) {
        uint32_t id = s->runs[r].beg_bin / bins_per_row;
        uint32_t last = (s->runs[r].beg_bin + s->runs[r].n_bins - 1) / bins_per_row;
        if (n && ids[n - 1] >= id) id = ids[n - 1] + 1;
        for (; id <= last; id++) ids[n++] = id;
    }
    return n;
}

/* Rows of block k for the cut span, out of those of the whole one. */
static size_t cut_rows(const struct avo_genome_tile *g, uint32_t k, const struct avo_span *cut,
                       const struct avo_block *b, uint32_t *ids[2], float *out)
{
    uint32_t n_old = row_ids(&g->span, b->bins_per_row, ids[0]), at = 0;
    uint32_t n = row_ids(cut, b->bins_per_row, ids[1]);

    for (uint32_t i = 0; i < n; i++) {
        while (at < n_old && ids[0][at] < ids[1][i]) at++;
        memcpy(out + (size_t)i * b->width, g->rows[k] + (size_t)at * b->width, 4 * b->width);
    }
    return n;
}

int avo_join_cut_genome(struct avo_join *j, struct avo_genome_tile *g, struct avo_error *err)
{
    struct avo_span cut = { .chrom = g->span.chrom };
    uint32_t *ids[2] = { NULL, NULL };
    size_t need = 0, at = 0;
    int rc = -1;

    if (avo_grow(&j->runs, &j->cap_runs, g->span.n_bins, sizeof *j->runs, "runs", err)) goto out;
    for (uint32_t r = 0; r < g->span.n_runs; r++)
        cut.n_runs += avo_join_cut(j, cut.chrom, &g->span.runs[r], 0, UINT32_MAX,
                                   j->runs + cut.n_runs);
    for (uint32_t r = 0; r < cut.n_runs; r++) cut.n_bins += j->runs[r].n_bins;
    cut.runs = j->runs;
    for (uint32_t k = 0; k < g->n_blocks; k++)
        need += (size_t)g->n_rows[k] * avo_header_genome_block(&j->header, k)->width * 4;
    if (avo_grow(&j->values, &j->cap_values, need + 1, 1, "a tile", err)) goto out;
    ids[0] = avo_alloc(g->span.n_bins, sizeof **ids, "rows", err);
    ids[1] = avo_alloc(g->span.n_bins, sizeof **ids, "rows", err);
    if (!ids[0] || !ids[1]) goto out;
    for (uint32_t k = 0; k < g->n_blocks; k++) {
        const struct avo_block *b = avo_header_genome_block(&j->header, k);
        float *rows = (float *)(void *)(j->values + at);
        g->n_rows[k] = (uint32_t)cut_rows(g, k, &cut, b, ids, rows);
        g->rows[k] = rows;
        at += (size_t)g->n_rows[k] * b->width * 4;
    }
    g->span = cut;
    rc = 0;
out:
    free(ids[0]);
    free(ids[1]);
    return rc;
}
