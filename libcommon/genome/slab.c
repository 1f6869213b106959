/* SPDX-License-Identifier: MIT */
/* slab.c: column by column from the files, row by row into tiles. */
#include "libcommon/genome/slab.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/half.h"
#include "libcommon/genome/region.h"

#define SLAB_BYTES ((size_t)256 << 20)
/* Few tracks would make slabs of whole genomes: nothing would flow for minutes. */
#define SLAB_BINS ((size_t)400000)
#define HALF_MAX 65504.0f

/* Memory of one worker. covered gathers, over the tracks it happened to read, what is covered:
 * an OR, so that it does not matter which worker read which track. */
struct worker {
    struct avo_bin_means bins;  /* [AVO_PIECE_BINS] */
    float *value;               /* [AVO_PIECE_BINS] model space */
    unsigned char *covered;     /* [cap_bins] */
};

struct avo_slab_reader {
    struct avo_compendium *c;
    const struct avo_header *h;
    const struct avo_tiling *t;
    struct avo_slab_options opt;
    struct avo_pool *pool;
    size_t cap_bins, item_bytes, next_tile;
    int n_workers;
    struct worker *workers;
    struct avo_digest *digests; /* [n_columns] */
    struct avo_slab *slab;      /* being read */
};

/* ---- set-up ---- */

static int worker_init(struct worker *w, size_t cap_bins, struct avo_error *err)
{
    if (avo_bin_means_init(&w->bins, AVO_PIECE_BINS, err))
        return -1;
    w->value = avo_alloc(AVO_PIECE_BINS, sizeof *w->value, "bins", err);
    w->covered = avo_alloc(cap_bins, 1, "bins", err);
    return w->value && w->covered ? 0 : -1;
}

static void worker_release(struct worker *w)
{
    avo_bin_means_release(&w->bins);
    free(w->value);
    free(w->covered);
}

/* Bins of the largest slab that avo_slab_read will put together. */
static size_t slab_capacity(const struct avo_slab_reader *r)
{
    size_t n_bins = SLAB_BYTES / (r->h->n_tracks * r->item_bytes);
    n_bins = n_bins < SLAB_BINS ? n_bins : SLAB_BINS;
    n_bins = n_bins > r->t->tile_bins ? n_bins : r->t->tile_bins;
    return n_bins < r->t->n_bins ? n_bins : (size_t)r->t->n_bins;
}

struct avo_slab_reader *avo_slab_reader_new(struct avo_compendium *c, const struct avo_header *h,
                                            const struct avo_tiling *t,
                                            const struct avo_slab_options *opt,
                                            struct avo_pool *pool, struct avo_error *err)
{
    struct avo_slab_reader *r = avo_alloc(1, sizeof *r, "slab reader", err);
    if (!r)
        return NULL;
    r->c = c;
    r->h = h;
    r->t = t;
    r->opt = *opt;
    r->pool = pool;
    r->item_bytes = avo_dtype_size(opt->dtype);
    r->cap_bins = slab_capacity(r);
    r->digests = avo_alloc(c->n_columns, sizeof *r->digests, "digests", err);
    r->workers = avo_alloc((size_t)avo_pool_size(pool), sizeof *r->workers, "workers", err);
    bool ok = r->digests && r->workers;
    if (ok)
        r->n_workers = avo_pool_size(pool);
    for (int w = 0; ok && w < r->n_workers; w++)
        ok = worker_init(&r->workers[w], r->cap_bins, err) == 0;
    for (size_t i = 0; ok && i < c->n_columns; i++)
        avo_digest_init(&r->digests[i]);
    if (!ok) {
        avo_slab_reader_free(r);
        return NULL;
    }
    return r;
}

void avo_slab_reader_free(struct avo_slab_reader *r)
{
    if (!r)
        return;
    for (int w = 0; w < r->n_workers; w++)
        worker_release(&r->workers[w]);
    free(r->workers);
    free(r->digests);
    free(r);
}

int avo_slab_init(struct avo_slab *s, const struct avo_slab_reader *r, struct avo_error *err)
{
    *s = (struct avo_slab){0};
    s->values = avo_alloc(r->cap_bins * r->h->n_tracks, r->item_bytes, "slab", err);
    s->covered = avo_alloc(r->cap_bins, 1, "slab", err);
    if (s->values && s->covered)
        return 0;
    avo_slab_release(s);
    return -1;
}

void avo_slab_release(struct avo_slab *s)
{
    if (!s)
        return;
    free(s->values);
    free(s->covered);
    *s = (struct avo_slab){0};
}

/* ---- reading ---- */

static int bad_value(const struct avo_slab_reader *r, size_t column,
                     const struct avo_bin_range *g, uint32_t i, double raw,
                     struct avo_error *err)
{
    uint64_t beg = ((uint64_t)g->beg_bin + i) * g->bin_bp;
    avo_error_set(err, "%s: %s:%" PRIu64 "-%" PRIu64 ": the bin's mean %g has no %s that fits "
                  "float%s", avo_compendium_path(r->c, column), g->chrom, beg + 1,
                  beg + g->bin_bp, raw,
                  r->h->transform == AVO_NONE ? "value" : avo_transform_name(r->h->transform),
                  r->opt.dtype == AVO_F16 ? "16 (--dtype f16)" : "32");
    if (r->opt.dtype == AVO_F16 && r->h->transform == AVO_NONE)
        avo_error_hint(err, "--dtype f32 holds larger values than 65504");
    return -1;
}

static int transform_piece(const struct avo_slab_reader *r, struct worker *w, size_t column,
                           const struct avo_bin_range *g, struct avo_error *err)
{
    float missing = r->h->missing_nan ? NAN : 0.0f;
    float max = r->opt.dtype == AVO_F16 ? HALF_MAX : FLT_MAX;
    uint32_t i = avo_bin_means_transform(&w->bins, g->n_bins, r->h->transform, missing, max,
                                         w->value);
    return i < g->n_bins ? bad_value(r, column, g, i, w->bins.mean[i], err) : 0;
}

/* Bins in excluded extents count as uncovered. */
static void exclude_piece(const struct avo_slab_reader *r, uint32_t chrom, struct worker *w,
                          const struct avo_bin_range *g)
{
    const struct avo_extent *e = r->opt.excluded;
    size_t i = avo_extents_first(e, r->opt.n_excluded, chrom, g->beg_bin);
    uint32_t end = g->beg_bin + g->n_bins;
    for (; i < r->opt.n_excluded && e[i].chrom == chrom && e[i].beg_bin < end; i++) {
        uint32_t from = e[i].beg_bin > g->beg_bin ? e[i].beg_bin - g->beg_bin : 0;
        uint32_t to = e[i].end_bin < end ? e[i].end_bin - g->beg_bin : g->n_bins;
        memset(w->bins.covered_bp + from, 0, (to - from) * sizeof *w->bins.covered_bp);
    }
}

/* One piece of a track into the slab from bin offset at on. */
static int read_piece(struct avo_slab_reader *r, struct worker *w, size_t column, uint32_t chrom,
                      const struct avo_bin_range *g, size_t at, struct avo_error *err)
{
    unsigned char *out = r->slab->values + (column * r->cap_bins + at) * r->item_bytes;
    if (avo_compendium_read(r->c, column, g, &w->bins, err))
        return -1;
    if (r->opt.n_excluded)
        exclude_piece(r, chrom, w, g);
    if (transform_piece(r, w, column, g, err))
        return -1;
    for (uint32_t i = 0; i < g->n_bins; i++)
        w->covered[at + i] |= w->bins.covered_bp[i] != 0;
    if (r->opt.dtype == AVO_F16)
        avo_half_pack((uint16_t *)(void *)out, w->value, g->n_bins);
    else
        memcpy(out, w->value, g->n_bins * sizeof *w->value);
    avo_digest_add(&r->digests[column], out, g->n_bins * r->item_bytes);
    return 0;
}

/* All bins of the slab for one track, in pieces. */
static int read_column(struct avo_slab_reader *r, struct worker *w, size_t column,
                       struct avo_error *err)
{
    const struct avo_slab *s = r->slab;
    size_t at = 0;
    for (size_t i = 0; i < s->n_tiles; i++) {
        const struct avo_tile_plan *tile = &r->t->tiles[s->first_tile + i];
        for (uint32_t k = 0; k < tile->n_runs; k++) {
            struct avo_run run = r->t->runs[tile->first_run + k];
            struct avo_bin_range piece, rest = {r->h->chroms[tile->chrom].name, r->h->bin_bp,
                                                run.beg_bin, run.n_bins, r->h->missing_nan};
            while (avo_bin_range_piece(&rest, &piece)) {
                if (read_piece(r, w, column, tile->chrom, &piece, at, err))
                    return -1;
                at += piece.n_bins;
            }
        }
    }
    return 0;
}

static int read_task(void *arg, int i, int worker, struct avo_error *err)
{
    struct avo_slab_reader *r = arg;
    int rc = read_column(r, &r->workers[worker], (size_t)i, err);
    avo_compendium_rest(r->c, (size_t)i);
    return rc;
}

int avo_slab_read(struct avo_slab_reader *r, struct avo_slab *s, struct avo_error *err)
{
    s->first_tile = r->next_tile;
    s->n_tiles = 0;
    s->n_bins = 0;
    while (r->next_tile < r->t->n_tiles &&
           s->n_bins + r->t->tiles[r->next_tile].n_bins <= r->cap_bins) {
        s->n_bins += r->t->tiles[r->next_tile++].n_bins;
        s->n_tiles++;
    }
    if (s->n_tiles == 0)
        return 0;
    r->slab = s;
    for (int w = 0; w < r->n_workers; w++)
        memset(r->workers[w].covered, 0, s->n_bins);
    if (avo_pool_try(r->pool, (int)r->c->n_columns, read_task, r, err))
        return -1;
    memset(s->covered, r->opt.all_bins ? 1 : 0, s->n_bins);
    for (int w = 0; w < r->n_workers; w++)
        for (size_t i = 0; i < s->n_bins; i++)
            s->covered[i] |= r->workers[w].covered[i];
    return 1;
}

/* ---- tiles ---- */

size_t avo_slab_tile_bytes(const struct avo_slab_reader *r)
{
    return (size_t)r->t->tile_bins * r->h->n_tracks * r->item_bytes;
}

/* out[i][column] = in[column][i] for n consecutive bins, in blocks that stay in the caches. */
static void transpose16(uint16_t *out, const uint16_t *in, size_t stride, size_t n,
                        size_t n_columns)
{
    for (size_t c0 = 0; c0 < n_columns; c0 += 32) {
        size_t c1 = c0 + 32 < n_columns ? c0 + 32 : n_columns;
        for (size_t i = 0; i < n; i++)
            for (size_t c = c0; c < c1; c++)
                out[i * n_columns + c] = in[c * stride + i];
    }
}

static void transpose32(uint32_t *out, const uint32_t *in, size_t stride, size_t n,
                        size_t n_columns)
{
    for (size_t c0 = 0; c0 < n_columns; c0 += 32) {
        size_t c1 = c0 + 32 < n_columns ? c0 + 32 : n_columns;
        for (size_t i = 0; i < n; i++)
            for (size_t c = c0; c < c1; c++)
                out[i * n_columns + c] = in[c * stride + i];
    }
}

/* n bins of the slab from offset at on, as rows. */
static void put_rows(const struct avo_slab_reader *r, const struct avo_slab *s, size_t at,
                     size_t n, unsigned char *out)
{
    const unsigned char *in = s->values + at * r->item_bytes;
    if (r->opt.dtype == AVO_F16)
        transpose16((uint16_t *)(void *)out, (const uint16_t *)(const void *)in, r->cap_bins, n,
                    r->h->n_tracks);
    else
        transpose32((uint32_t *)(void *)out, (const uint32_t *)(const void *)in, r->cap_bins, n,
                    r->h->n_tracks);
}

int avo_slab_tile(const struct avo_slab_reader *r, const struct avo_slab *s, size_t i,
                  void *buf, struct avo_run *runs, struct avo_tile *tile)
{
    const struct avo_tile_plan *plan = &r->t->tiles[s->first_tile + i];
    size_t row_bytes = r->h->n_tracks * r->item_bytes;
    size_t at = (size_t)(plan->first_bin - r->t->tiles[s->first_tile].first_bin);
    uint32_t n_runs = 0, n_bins = 0;
    for (uint32_t k = 0; k < plan->n_runs; k++) {
        struct avo_run run = r->t->runs[plan->first_run + k];
        for (uint32_t b = 0, e; b < run.n_bins; b = e) {
            unsigned char kept = s->covered[at + b];
            for (e = b + 1; e < run.n_bins && s->covered[at + e] == kept; e++)
                ;
            if (!kept)
                continue;
            put_rows(r, s, at + b, e - b, (unsigned char *)buf + n_bins * row_bytes);
            runs[n_runs++] = (struct avo_run){run.beg_bin + b, e - b};
            n_bins += e - b;
        }
        at += run.n_bins;
    }
    *tile = (struct avo_tile){
        .span = {.chrom = plan->chrom, .n_runs = n_runs, .n_bins = n_bins, .runs = runs},
        .dtype = r->opt.dtype, .n_tracks = (uint32_t)r->h->n_tracks, .values = buf};
    return n_bins > 0;
}

void avo_slab_digest(const struct avo_slab_reader *r, size_t column, char out[33])
{
    struct avo_digest copy = r->digests[column];
    avo_digest_hex(&copy, out);
}
