/* SPDX-License-Identifier: MIT */
/* tracks_in_stream.c: windows of columns from the tiles of a SIGNAL stream. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/half.h"
#include "libcommon/genome/tracks_in_priv.h"
#include "libcommon/genome/region.h"

/* Values unpacked at a time, so that they stay in the cache until they are sorted into columns. */
#define ROW_VALUES 8192u
/* Columns are filled in chunks of this many bins, one task each. */
#define CHUNK_BINS 2048u

int avo_tracks_in_stream_open(struct avo_tracks_in *in, struct avo_error *err)
{
    const struct avo_header *h;
    size_t n_values;
    int n_workers = avo_pool_size(in->spec.pool);

    in->reader = avo_reader_open(in->spec.path, err);
    if (!in->reader || (in->spec.twice && avo_reader_keep_all(in->reader, err) < 0))
        return -1;
    h = avo_reader_header(in->reader);
    if (h->content != AVO_CONTENT_SIGNAL)
        return avo_error_set(err, "%s: this stream holds %s, want signal (tracks)",
                             avo_reader_name(in->reader),
                             h->content == AVO_CONTENT_MODEL ? "a model" : "features");
    if (avo_header_copy(&in->header, h, err) < 0)
        return -1;
    n_values = h->n_tracks > ROW_VALUES ? h->n_tracks : ROW_VALUES;
    in->rows = avo_alloc((size_t)n_workers, sizeof *in->rows, "rows", err);
    if (!in->rows)
        return -1;
    for (int w = 0; w < n_workers; w++)
        if (!(in->rows[w] = avo_alloc(n_values, sizeof **in->rows, "rows", err)))
            return -1;
    return 0;
}

void avo_tracks_in_stream_release(struct avo_tracks_in *in)
{
    for (int w = 0; in->rows && w < avo_pool_size(in->spec.pool); w++)
        free(in->rows[w]);
    free(in->rows);
    avo_reader_close(in->reader);
    in->reader = NULL;
}

/* The next tile's head; false at the end. */
static int next_head(struct avo_tracks_in *in, struct avo_error *err)
{
    int rc;

    in->has_tile = in->has_head = false;
    rc = avo_reader_next(in->reader, &in->head, err);
    if (rc < 0)
        return -1;
    in->ended = rc == 0;
    if (in->ended)
        return 0;
    if (in->head.type != AVO_REC_SIGNAL) {
        if (in->head.may_skip)
            return next_head(in, err);
        return avo_reader_fail(in->reader, err, "a record of type %u among signal", in->head.type);
    }
    in->has_head = true;
    return 0;
}

/* Bins [beg, end) of the tile, which begin at row, into the columns. */
static void copy_rows(struct avo_tracks_in *in, float *rows, size_t row, uint32_t beg, uint32_t end)
{
    size_t n_tracks = in->header.n_tracks;
    uint32_t step = (uint32_t)(ROW_VALUES / n_tracks > 0 ? ROW_VALUES / n_tracks : 1);

    for (uint32_t at = beg; at < end; at += step) {
        uint32_t n = end - at < step ? end - at : step;
        size_t first = (row + (at - beg)) * n_tracks;
        const float *v = rows;

        if (in->tile.dtype == AVO_F16)
            avo_half_unpack(rows, (const uint16_t *)in->tile.values + first, n * n_tracks);
        else
            v = (const float *)in->tile.values + first;
        for (size_t c = 0; c < in->n_used; c++) {
            float *column = in->columns[c] + (at - in->beg_bin);
            const float *value = v + in->used[c];

            for (uint32_t i = 0; i < n; i++)
                column[i] = value[i * n_tracks];
        }
    }
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The bins of the tile that lie in [beg, end) and in the selected extents. */
static uint32_t copy_part(struct avo_tracks_in *in, float *rows, uint32_t beg, uint32_t end)
{
    const struct avo_span *span = &in->tile.span;
    uint32_t n = 0;
    size_t row = 0;

    for (uint32_t r = 0; r < span->n_runs; row += span->runs[r++].n_bins) {
        uint32_t run_beg = span->runs[r].beg_bin, run_end = run_beg + span->runs[r].n_bins;
        uint32_t b = most(beg, run_beg), e = least(end, run_end);

        if (b >= e)
            continue;
        copy_rows(in, rows, row + (b - run_beg), b, e);
        n += e - b;
    }
    return n;
}

struct job { struct avo_tracks_in *in; uint32_t beg, end; };

static void copy_task(void *arg, int i, int worker)
{
    struct job *job = arg;
    uint32_t beg = job->beg + (uint32_t)i * CHUNK_BINS;

    copy_part(job->in, job->in->rows[worker], beg, least(job->end, beg + CHUNK_BINS));
}

/* How many bins of the tile lie in [beg, end). */
static uint32_t count_part(const struct avo_span *span, uint32_t beg, uint32_t end)
{
    uint32_t n = 0;

    for (uint32_t r = 0; r < span->n_runs; r++) {
        uint32_t b = most(beg, span->runs[r].beg_bin);
        uint32_t e = least(end, span->runs[r].beg_bin + span->runs[r].n_bins);

        n += b < e ? e - b : 0;
    }
    return n;
}

/* The part of the tile that lies in the window and in one extent. */
static uint32_t copy_extent(struct avo_tracks_in *in, const struct avo_extent *x)
{
    struct job job = {in, most(most(x->beg_bin, in->beg_bin), in->head.beg_bin),
                      least(least(x->end_bin, in->end_bin), in->head.end_bin)};

    if (job.beg >= job.end)
        return 0;
    avo_pool_run(in->spec.pool, (int)((job.end - job.beg + CHUNK_BINS - 1) / CHUNK_BINS),
                 copy_task, &job);
    return count_part(&in->tile.span, job.beg, job.end);
}

static int copy_tile(struct avo_tracks_in *in, uint32_t *n_present, struct avo_error *err)
{
    bool wanted = avo_extents_touch(in->extents, in->n_extents, in->chrom,
                                    most(in->beg_bin, in->head.beg_bin),
                                    least(in->end_bin, in->head.end_bin));

    if (!wanted)
        return 0;
    if (!in->has_tile && avo_reader_signal(in->reader, &in->tile, err) < 0)
        return -1;
    in->has_tile = true;
    for (size_t i = avo_tracks_in_first_extent(in); avo_tracks_in_meets(in, i); i++)
        *n_present += copy_extent(in, &in->extents[i]);
    return 0;
}

int avo_tracks_in_stream_window(struct avo_tracks_in *in, uint32_t *n_present,
                                struct avo_error *err)
{
    for (;;) {
        if (!in->has_head && !in->ended && next_head(in, err) < 0)
            return -1;
        if (in->ended || in->head.chrom > in->chrom ||
            (in->head.chrom == in->chrom && in->head.beg_bin >= in->end_bin))
            return 0;
        if (in->head.chrom == in->chrom && in->head.end_bin > in->beg_bin &&
            copy_tile(in, n_present, err) < 0)
            return -1;
        if (in->head.chrom == in->chrom && in->head.end_bin > in->end_bin)
            return 0;       /* the rest belongs to the next window */
        in->has_head = false;
    }
}

int avo_tracks_in_stream_finish(struct avo_tracks_in *in, struct avo_error *err)
{
    while (!in->ended)
        if (next_head(in, err) < 0)
            return -1;
    return 0;
}
