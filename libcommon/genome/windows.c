/* SPDX-License-Identifier: MIT */
/* windows.c: fixed windows, windows around a position, tiles, and what they touch. */
#include "libcommon/genome/windows.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

/* ---- the list ---- */

void avo_windows_release(struct avo_windows *w)
{
    if (!w)
        return;
    for (size_t i = 0; w->columns && i < w->n_columns; i++)
        free(w->columns[i]);
    free(w->columns);
    free(w->places);
    free(w->text);
    free(w->pool);
    memset(w, 0, sizeof *w);
}

const char *avo_windows_text(const struct avo_windows *w, size_t row, size_t k)
{
    if (!w->text)
        return "";
    const char *s = w->pool + w->text[row];
    while (k-- > 0)
        s += strlen(s) + 1;
    return s;
}

static int add(struct avo_windows *w, const struct avo_place *p, struct avo_error *err)
{
    if (avo_grow(&w->places, &w->cap_places, w->n + 1, sizeof *w->places, "windows", err))
        return -1;
    w->places[w->n++] = *p;
    return 0;
}

int avo_windows_fixed(struct avo_windows *w, const struct avo_header *h, uint64_t width_bp,
                      const struct avo_extent *extents, size_t n_extents, struct avo_error *err)
{
    uint64_t next = 0;          /* first window of the chromosome that is not on the list */
    uint32_t last = UINT32_MAX;

    memset(w, 0, sizeof *w);
    w->per_row = 1;
    for (size_t i = 0; i < n_extents; i++) {
        const struct avo_extent *e = &extents[i];
        uint64_t len = h->chroms[e->chrom].len_bp, first = (uint64_t)e->beg_bin * h->bin_bp;
        uint64_t end = (uint64_t)e->end_bin * h->bin_bp;

        next = e->chrom != last || first / width_bp > next ? first / width_bp : next;
        last = e->chrom;
        for (; next * width_bp < end; next++) {
            struct avo_place p = {next * width_bp, (next + 1) * width_bp, e->chrom, '.'};
            p.end_bp = p.end_bp < len ? p.end_bp : len;
            if (add(w, &p, err)) {
                avo_windows_release(w);
                return -1;
            }
        }
    }
    return 0;
}

/* ---- shapes ---- */

static int64_t anchor_of(enum avo_anchor anchor, const struct avo_place *p)
{
    bool at_end = anchor == AVO_ANCHOR_END || (anchor == AVO_ANCHOR_TSS && p->strand == '-');

    if (anchor == AVO_ANCHOR_CENTER)
        return (int64_t)((p->beg_bp + p->end_bp) / 2);
    return (int64_t)(at_end ? p->end_bp : p->beg_bp);
}

struct avo_stretch avo_window_of(const struct avo_window_shape *s, const struct avo_place *p)
{
    int64_t at, before = (int64_t)s->upstream_bp, behind = (int64_t)s->downstream_bp;

    if (s->anchor == AVO_ANCHOR_NONE)
        return (struct avo_stretch){(int64_t)p->beg_bp, (int64_t)p->end_bp};
    at = anchor_of(s->anchor, p);
    if (p->strand == '-')
        return (struct avo_stretch){at - behind, at + before};
    return (struct avo_stretch){at - before, at + behind};
}

struct avo_stretch avo_window_tile(const struct avo_window_shape *s, const struct avo_place *p,
                                   uint32_t i)
{
    struct avo_stretch w = avo_window_of(s, p);
    int64_t width = (int64_t)s->tile_bp, k = p->strand == '-' ? s->n_tiles - 1 - i : i;

    return (struct avo_stretch){w.beg_bp + k * width, w.beg_bp + (k + 1) * width};
}

int avo_stretch_bins(struct avo_stretch s, uint32_t bin_bp, uint32_t n_bins, uint32_t *beg,
                     uint32_t *end)
{
    int64_t bp = bin_bp, b = s.beg_bp > 0 ? s.beg_bp / bp : 0;
    int64_t e = s.end_bp > 0 ? (s.end_bp + bp - 1) / bp : 0;

    *beg = *end = 0;
    e = e < n_bins ? e : n_bins;
    if (s.beg_bp >= s.end_bp || b >= e)
        return 0;
    *beg = (uint32_t)b;
    *end = (uint32_t)e;
    return 1;
}
