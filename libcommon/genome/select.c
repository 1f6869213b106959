/* SPDX-License-Identifier: MIT */
/* select.c: the paper's filter of sparse cell types and assays; seeded blocks. */
#include "libcommon/genome/select.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/rng.h"

/* ---- tracks ---- */

/* A row with its names as numbers. */
struct row {
    const char *name[2];    /* cell type, assay */
    size_t id[2];
    size_t index;           /* in the table */
    bool is_repeat;         /* another row of the same pair stands for it */
    bool dropped;
};

struct filter {
    struct row *rows;
    struct row **order;     /* [n] for sorting */
    size_t n;
    size_t *count[2];       /* [n] assays of a cell type, cell types of an assay */
};

static int by_celltype(const void *a, const void *b)
{
    return strcmp((*(struct row *const *)a)->name[0], (*(struct row *const *)b)->name[0]);
}

static int by_assay(const void *a, const void *b)
{
    return strcmp((*(struct row *const *)a)->name[1], (*(struct row *const *)b)->name[1]);
}

static int by_pair(const void *pa, const void *pb)
{
    const struct row *a = *(struct row *const *)pa, *b = *(struct row *const *)pb;
    for (int k = 0; k < 2; k++)
        if (a->id[k] != b->id[k])
            return a->id[k] < b->id[k] ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static void number_names(struct filter *f, int which, int (*cmp)(const void *, const void *))
{
    size_t id = 0;
    qsort(f->order, f->n, sizeof *f->order, cmp);
    for (size_t i = 0; i < f->n; i++) {
        if (i > 0 && cmp(&f->order[i - 1], &f->order[i]) != 0)
            id++;
        f->order[i]->id[which] = id;
    }
}

static void filter_release(struct filter *f)
{
    free(f->rows);
    free(f->order);
    free(f->count[0]);
    free(f->count[1]);
}

static int filter_init(struct filter *f, const struct avo_track_table *t, struct avo_error *err)
{
    *f = (struct filter){.n = t->n};
    f->rows = avo_alloc(t->n, sizeof *f->rows, "tracks", err);
    f->order = avo_alloc(t->n, sizeof *f->order, "tracks", err);
    f->count[0] = avo_alloc(t->n, sizeof *f->count[0], "tracks", err);
    f->count[1] = avo_alloc(t->n, sizeof *f->count[1], "tracks", err);
    if (!f->rows || !f->order || !f->count[0] || !f->count[1])
        return -1;
    for (size_t i = 0; i < t->n; i++) {
        const struct avo_track *track = &t->files[i].track;
        f->rows[i] = (struct row){.name = {track->celltype, track->assay}, .index = i};
        f->order[i] = &f->rows[i];
    }
    number_names(f, 0, by_celltype);
    number_names(f, 1, by_assay);
    qsort(f->order, f->n, sizeof *f->order, by_pair);
    for (size_t i = 1; i < f->n; i++)
        f->order[i]->is_repeat = f->order[i]->id[0] == f->order[i - 1]->id[0] &&
                                 f->order[i]->id[1] == f->order[i - 1]->id[1];
    return 0;
}

/* One pass; true if rows went. Both conditions look at the same state. */
static bool drop_sparse(struct filter *f, const size_t least[2])
{
    bool any = false;
    for (int k = 0; k < 2; k++)
        memset(f->count[k], 0, f->n * sizeof *f->count[k]);
    for (size_t i = 0; i < f->n; i++)
        for (int k = 0; k < 2 && !f->rows[i].dropped && !f->rows[i].is_repeat; k++)
            f->count[k][f->rows[i].id[k]]++;
    for (size_t i = 0; i < f->n; i++) {
        struct row *r = &f->rows[i];
        bool drop = f->count[0][r->id[0]] < least[0] || f->count[1][r->id[1]] < least[1];
        if (drop && !r->dropped)
            r->dropped = any = true;
    }
    return any;
}

/* Moves the rows that stay to the front, the others behind them (all stay owned), and forgets the
 * latter through a table of their own. */
static int split_table(struct avo_track_table *t, const struct filter *f, size_t *n_dropped,
                       struct avo_error *err)
{
    struct avo_track_table gone = {0};
    size_t kept = 0;
    gone.files = avo_alloc(t->n, sizeof *gone.files, "tracks", err);
    if (!gone.files)
        return -1;
    for (size_t i = 0; i < t->n; i++) {
        if (f->rows[i].dropped)
            gone.files[gone.n++] = t->files[i];
        else
            t->files[kept++] = t->files[i];
    }
    t->n = kept;
    *n_dropped = gone.n;
    avo_track_table_release(&gone);
    return 0;
}

int avo_select_tracks(struct avo_track_table *t, size_t min_assays, size_t min_celltypes,
                      size_t *n_dropped, struct avo_error *err)
{
    const size_t least[2] = {min_assays, min_celltypes};
    struct filter f;
    *n_dropped = 0;
    int rc = filter_init(&f, t, err);
    if (rc == 0) {
        while (drop_sparse(&f, least))
            ;
        rc = split_table(t, &f, n_dropped, err);
    }
    filter_release(&f);
    if (rc == 0 && t->n == 0)
        rc = avo_error_set(err, "no cell type with %zu assays and no assay with %zu cell types is "
                           "left", min_assays, min_celltypes);
    return rc;
}

/* ---- blocks ---- */

struct sample {
    struct avo_extent *e;
    size_t n, cap;
    uint64_t limit;         /* of 2^32 */
    uint64_t seed;
};

static int add_block(struct sample *s, uint32_t chrom, uint32_t beg, uint32_t end,
                     struct avo_error *err)
{
    struct avo_extent *last = s->n ? &s->e[s->n - 1] : NULL;
    if (last && last->chrom == chrom && last->end_bin == beg) {
        last->end_bin = end;
        return 0;
    }
    if (avo_grow(&s->e, &s->cap, s->n + 1, sizeof *s->e, "sampled blocks", err))
        return -1;
    s->e[s->n++] = (struct avo_extent){chrom, beg, end};
    return 0;
}

static int sample_extent(struct sample *s, const struct avo_header *h, const struct avo_extent *e,
                         struct avo_error *err)
{
    const char *name = h->chroms[e->chrom].name;
    uint32_t crc = avo_crc32c(0, name, strlen(name)), end;
    for (uint32_t beg = e->beg_bin; beg < e->end_bin; beg = end) {
        uint32_t block = beg / h->coarse_bins;
        uint64_t edge = ((uint64_t)block + 1) * h->coarse_bins;
        end = edge < e->end_bin ? (uint32_t)edge : e->end_bin;
        struct avo_rng4 draw = avo_rng_draw((uint32_t)s->seed, AVO_RNG_SAMPLE, crc, block,
                                            (uint32_t)(s->seed >> 32), 0);
        if (draw.v[0] < s->limit && add_block(s, e->chrom, beg, end, err))
            return -1;
    }
    return 0;
}

int avo_select_sample(struct avo_header *h, double share, uint64_t seed, struct avo_error *err)
{
    struct sample s = {.limit = (uint64_t)(share * 4294967296.0), .seed = seed};
    for (size_t i = 0; i < h->n_extents; i++)
        if (sample_extent(&s, h, &h->extents[i], err)) {
            free(s.e);
            return -1;
        }
    if (s.n == 0)
        return avo_error_set(err, "a sample of %g%% holds no block of %u bins", share * 100,
                             h->coarse_bins);
    free(h->extents);
    h->extents = s.e;
    h->n_extents = s.n;
    return 0;
}
