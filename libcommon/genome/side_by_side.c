/* SPDX-License-Identifier: MIT */
/* side_by_side.c: the first input sets the windows; the others are asked for the part of each
 * window that the first has bins in. */
#include "libcommon/genome/side_by_side.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/region.h"
#include "libcommon/stream/chrom_index.h"

/* One input and its columns for the window at hand. */
struct member {
    struct avo_tracks_in *in;
    size_t n_columns;
    float **columns;            /* [n_columns][AVO_WINDOW_BINS] */
    float **shifted;            /* [n_columns]: columns + an offset */
    int64_t *chrom_of;          /* [chromosomes of the first input]: own index, or -1 */
};

struct avo_side_by_side {
    struct avo_tracks_in *first;
    size_t n_others;
    struct member *members;     /* [1 + n_others] */
    const float *const **others;
    const struct avo_extent *extents;
    size_t n_extents, i_extent;
    uint32_t next_bin;          /* of the extent's chromosome: windows before it are done */
    bool finished;
};

/* ---- do they fit together? ---- */

static int differ(const struct avo_tracks_in *a, const struct avo_tracks_in *b, const char *what,
                  struct avo_error *err)
{
    return avo_error_set(err, "%s and %s differ in %s", avo_tracks_in_name(a),
                         avo_tracks_in_name(b), what);
}

static int check_text(const struct avo_tracks_in *a, const struct avo_tracks_in *b,
                      const char *what, const char *text_a, const char *text_b,
                      struct avo_error *err)
{
    if (!text_a || !text_b || strcmp(text_a, text_b) == 0)
        return 0;
    differ(a, b, what, err);
    return avo_error_hint(err, "%s: %s; %s: %s", avo_tracks_in_name(a), text_a,
                          avo_tracks_in_name(b), text_b);
}

static int check_units(const struct avo_tracks_in *a, const struct avo_tracks_in *b,
                       struct avo_error *err)
{
    const struct avo_header *x = avo_tracks_in_header(a), *y = avo_tracks_in_header(b);

    if (x->bin_bp != y->bin_bp) {
        differ(a, b, "bin size", err);
        return avo_error_hint(err, "%s has bins of %" PRIu32 " bp, %s of %" PRIu32 " bp",
                              avo_tracks_in_name(a), x->bin_bp, avo_tracks_in_name(b), y->bin_bp);
    }
    if (!avo_tracks_in_as_it_is(b)) {
        if (x->transform != y->transform)
            return check_text(a, b, "transform", avo_transform_name(x->transform),
                              avo_transform_name(y->transform), err);
        if (check_text(a, b, "unit", x->unit, y->unit, err) < 0)
            return -1;
    }
    return check_text(a, b, "assembly", x->assembly, y->assembly, err);
}

static bool is_asked_for(const struct avo_side_by_side *j, uint32_t chrom)
{
    return avo_extents_touch(j->extents, j->n_extents, chrom, 0, UINT32_MAX);
}

/* One chromosome of the first input in member m. */
static int map_chrom(struct avo_side_by_side *j, struct member *m,
                     const struct avo_chrom_index *index, uint32_t c, struct avo_error *err)
{
    const struct avo_header *h = avo_tracks_in_header(j->first), *g = avo_tracks_in_header(m->in);
    const struct avo_chrom *chrom = &h->chroms[c];
    uint32_t last = c;
    int k = (int)avo_chrom_index_find(index, chrom->name, &last);

    m->chrom_of[c] = k;
    if (k < 0 && is_asked_for(j, c) && !avo_tracks_in_is_table(m->in)) {
        avo_error_set(err, "%s has no chromosome \"%s\", of which %s has bins",
                      avo_tracks_in_name(m->in), chrom->name, avo_tracks_in_name(j->first));
        return avo_error_hint(err, "score what both have with -r");
    }
    if (k >= 0 && g->chroms[k].len_bp != chrom->len_bp)
        return avo_error_set(err, "chromosome \"%s\" has %" PRIu64 " bp in %s and %" PRIu64
                             " bp in %s", chrom->name, chrom->len_bp, avo_tracks_in_name(j->first),
                             g->chroms[k].len_bp, avo_tracks_in_name(m->in));
    return 0;
}

/* All of them. *any: one that is asked for is in both. */
static int map_each(struct avo_side_by_side *j, struct member *m,
                    const struct avo_chrom_index *index, bool *any, struct avo_error *err)
{
    const struct avo_header *h = avo_tracks_in_header(j->first);
    int64_t last = -1;

    for (uint32_t c = 0; c < h->n_chroms; c++) {
        if (map_chrom(j, m, index, c, err) < 0)
            return -1;
        if (m->chrom_of[c] < 0)
            continue;
        if (m->chrom_of[c] < last)
            return differ(j->first, m->in, "the order of chromosomes", err);
        last = m->chrom_of[c];
        *any |= is_asked_for(j, c);
    }
    return 0;
}

static int map_chroms(struct avo_side_by_side *j, struct member *m, struct avo_error *err)
{
    const struct avo_header *h = avo_tracks_in_header(j->first), *g = avo_tracks_in_header(m->in);
    struct avo_chrom_index index;
    bool any = false;
    int rc;

    m->chrom_of = avo_alloc(h->n_chroms, sizeof *m->chrom_of, "chromosomes", err);
    if (!m->chrom_of || avo_chrom_index_init(&index, g, err) < 0)
        return -1;
    rc = map_each(j, m, &index, &any, err);
    avo_chrom_index_release(&index);
    if (rc < 0 || any)
        return rc;
    return avo_error_set(err, "%s and %s have no chromosome in common (\"%s\", \"%s\")",
                         avo_tracks_in_name(j->first), avo_tracks_in_name(m->in),
                         h->n_chroms > 0 ? h->chroms[0].name : "",
                         g->n_chroms > 0 ? g->chroms[0].name : "");
}

/* ---- making and freeing ---- */

static int make_member(struct member *m, struct avo_tracks_in *in, size_t n_columns,
                       struct avo_error *err)
{
    m->in = in;
    m->n_columns = n_columns;
    m->columns = avo_alloc(n_columns, sizeof *m->columns, "columns", err);
    m->shifted = avo_alloc(n_columns, sizeof *m->shifted, "columns", err);
    if (!m->columns || !m->shifted)
        return -1;
    for (size_t c = 0; c < n_columns; c++)
        if ((m->columns[c] = avo_alloc(AVO_WINDOW_BINS, sizeof **m->columns, "columns", err)) ==
            NULL)
            return -1;
    return 0;
}

struct avo_side_by_side *avo_side_by_side_new(struct avo_tracks_in *first,
                                              struct avo_tracks_in *const *others,
                                              size_t n_others, const size_t *n_columns,
                                              struct avo_error *err)
{
    struct avo_side_by_side *j = avo_alloc(1, sizeof *j, "inputs", err);

    if (!j)
        return NULL;
    j->first = first;
    j->extents = avo_tracks_in_extents(first, &j->n_extents);
    j->members = avo_alloc(1 + n_others, sizeof *j->members, "inputs", err);
    j->others = avo_alloc(n_others, sizeof *j->others, "inputs", err);
    if (!j->members || !j->others)
        goto fail;
    j->n_others = n_others;
    for (size_t i = 0; i < 1 + n_others; i++) {
        struct member *m = &j->members[i];

        if (make_member(m, i == 0 ? first : others[i - 1], n_columns[i], err) < 0)
            goto fail;
        if (i == 0)
            continue;
        j->others[i - 1] = (const float *const *)m->columns;
        if (check_units(first, m->in, err) < 0 || map_chroms(j, m, err) < 0)
            goto fail;
    }
    return j;
fail:
    avo_side_by_side_free(j);
    return NULL;
}

void avo_side_by_side_free(struct avo_side_by_side *j)
{
    if (!j)
        return;
    for (size_t i = 0; j->members && i < 1 + j->n_others; i++) {
        struct member *m = &j->members[i];

        for (size_t c = 0; m->columns && c < m->n_columns; c++)
            free(m->columns[c]);
        free(m->columns);
        free(m->shifted);
        free(m->chrom_of);
    }
    free(j->members);
    free(j->others);
    free(j);
}

uint64_t avo_side_by_side_chrom_bins(const struct avo_side_by_side *j, uint32_t chrom)
{
    uint64_t n = 0;

    for (size_t i = 0; i < j->n_extents; i++)
        if (j->extents[i].chrom == chrom)
            n += j->extents[i].end_bin - j->extents[i].beg_bin;
    return n;
}

/* ---- windows ---- */

static void fill(const struct member *m, uint32_t beg, uint32_t end, float value)
{
    for (size_t c = 0; c < m->n_columns; c++)
        for (uint32_t i = beg; i < end; i++)
            m->columns[c][i] = value;
}

/* The bins of the window from the first to the last where the first input has a value. */
static void hull(const struct member *m, uint32_t n, uint32_t *beg, uint32_t *end)
{
    *beg = n;
    *end = 0;
    for (size_t c = 0; c < m->n_columns; c++) {
        const float *x = m->columns[c];

        for (uint32_t i = 0; i < *beg; i++)
            if (!isnan(x[i]))
                *beg = i;
        for (uint32_t i = n; i > *end; i--)
            if (!isnan(x[i - 1]))
                *end = i;
    }
}

static int read_other(struct member *m, const struct avo_track_window *w, uint32_t beg,
                      uint32_t end, struct avo_error *err)
{
    int64_t chrom = m->chrom_of[w->chrom];
    uint32_t n_present;

    fill(m, 0, beg, NAN);
    fill(m, end, w->n_bins, NAN);
    if (chrom < 0) {
        fill(m, beg, end, avo_tracks_in_every_bin(m->in) ? 0 : NAN);
        return 0;
    }
    for (size_t c = 0; c < m->n_columns; c++)
        m->shifted[c] = m->columns[c] + beg;
    return avo_tracks_in_window(m->in, (uint32_t)chrom, w->beg_bin + beg, end - beg, m->shifted,
                                &n_present, err);
}

/* Moves to the next window that an extent reaches into; false after the last. */
static bool next_window(struct avo_side_by_side *j, struct avo_track_window *w)
{
    const struct avo_header *h = avo_tracks_in_header(j->first);

    while (j->i_extent < j->n_extents) {
        const struct avo_extent *e = &j->extents[j->i_extent];
        uint32_t beg = e->beg_bin > j->next_bin ? e->beg_bin : j->next_bin, n_bins;

        if (beg >= e->end_bin) {
            j->i_extent++;
            if (j->i_extent < j->n_extents && j->extents[j->i_extent].chrom != e->chrom)
                j->next_bin = 0;
            continue;
        }
        n_bins = avo_header_chrom_bins(h, e->chrom);
        w->chrom = e->chrom;
        w->beg_bin = beg - beg % AVO_WINDOW_BINS;
        w->n_bins = n_bins - w->beg_bin < AVO_WINDOW_BINS ? n_bins - w->beg_bin : AVO_WINDOW_BINS;
        j->next_bin = w->beg_bin + w->n_bins;
        return true;
    }
    return false;
}

static int finish(struct avo_side_by_side *j, struct avo_error *err)
{
    for (size_t i = 0; !j->finished && i < 1 + j->n_others; i++)
        if (avo_tracks_in_finish(j->members[i].in, err) < 0)
            return -1;
    j->finished = true;
    return 0;
}

int avo_side_by_side_next(struct avo_side_by_side *j, struct avo_track_window *w,
                          struct avo_error *err)
{
    struct member *m = &j->members[0];

    while (next_window(j, w)) {
        uint32_t beg, end;

        if (avo_tracks_in_window(j->first, w->chrom, w->beg_bin, w->n_bins, m->columns,
                                 &w->n_present, err) < 0)
            return -1;
        if (w->n_present == 0)
            continue;
        hull(m, w->n_bins, &beg, &end);
        for (size_t i = 1; i < 1 + j->n_others; i++)
            if (beg < end && read_other(&j->members[i], w, beg, end, err) < 0)
                return -1;
        for (size_t i = 1; beg >= end && i < 1 + j->n_others; i++)
            fill(&j->members[i], 0, w->n_bins, NAN);
        w->first = (const float *const *)m->columns;
        w->others = j->others;
        return 1;
    }
    return finish(j, err);
}
