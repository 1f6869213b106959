/* SPDX-License-Identifier: MIT */
/* stream2.c: stage 2 as a filter: a tile in, all its passes, a tile out; and how a broken run is
 * taken up again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/model/fit.h"

struct avo_earlier {
    struct avo_reader *r;
    struct avo_genome_tile tile;
    bool have;
    char *partial, *old;
};

/* The next whole tile of the earlier run. Its end is damaged as a rule: that is no error. */
static void next_earlier(struct avo_earlier *e)
{
    struct avo_error ignored = {0};
    struct avo_head head;
    e->have = false;
    while (e->r && avo_reader_next(e->r, &head, &ignored) > 0) {
        if (head.type != AVO_REC_GENOME)
            continue;
        e->have = !avo_reader_genome(e->r, &e->tile, &ignored);
        return;
    }
}

/* 1 = the same text, 0 = another, -1 = error. HEADER names all that determines the rows: model,
 * tracks and roles, extents, and in its provenance the options. */
static int same_header(const struct avo_header *a, const struct avo_header *b,
                       struct avo_error *err)
{
    char *x = NULL, *y = NULL;
    size_t n_x = 0, n_y = 0;
    int same = -1;
    if (!avo_header_format(a, &x, &n_x, err) && !avo_header_format(b, &y, &n_y, err))
        same = n_x == n_y && !memcmp(x, y, n_x);
    free(x);
    free(y);
    return same;
}

/* Moves the partial output aside. Where both names exist, copying was broken off: the old one has
 * every tile. */
static int set_aside(struct avo_earlier *e, const struct avo_header *h, struct avo_error *err)
{
    struct avo_error ignored = {0};
    if (access(e->old, F_OK) && !access(e->partial, F_OK) && rename(e->partial, e->old))
        return avo_error_sys(err, errno, "%s: cannot rename", e->partial);
    if (access(e->old, F_OK))
        return 0;
    e->r = avo_reader_open(e->old, &ignored);
    int same = e->r ? same_header(avo_reader_header(e->r), h, err) : 1;
    if (same <= 0)
        return same ? -1 : avo_error_set(err, "%s: finished tiles of a run with other options, "
                                         "tracks or model", e->old);
    next_earlier(e);
    return 0;
}

struct avo_earlier *avo_earlier_begin(const char *path, const struct avo_header *h, bool resume,
                                      struct avo_error *err)
{
    struct avo_earlier *e = avo_alloc(1, sizeof *e, "earlier run", err);
    if (!e)
        return NULL;
    e->partial = avo_asprintf(err, "%s.partial", path);
    e->old = avo_asprintf(err, "%s.partial.old", path);
    if (!e->partial || !e->old || (resume && set_aside(e, h, err))) {
        avo_earlier_free(e);
        return NULL;
    }
    if (!resume)
        unlink(e->old);
    return e;
}

const char *avo_earlier_partial(const struct avo_earlier *e)
{
    return e->partial;
}

/* All its tiles are copied: the old file has served. */
static void done_with(struct avo_earlier *e)
{
    if (e->r)
        unlink(e->old);
    avo_reader_close(e->r);
    e->r = NULL;
}

void avo_earlier_free(struct avo_earlier *e)
{
    if (!e)
        return;
    avo_reader_close(e->r);
    free(e->partial);
    free(e->old);
    free(e);
}

static bool same_span(const struct avo_span *a, const struct avo_span *b)
{
    return a->chrom == b->chrom && a->n_runs == b->n_runs &&
           !memcmp(a->runs, b->runs, a->n_runs * sizeof *a->runs);
}

static int learn_tile(struct avo_stream2 *s, const struct avo_tile *tile, struct avo_error *err)
{
    avo_axis_clear(s->axis);
    s->axis->dtype = tile->dtype;
    if (avo_axis_add(s->axis, &s->model->header, &tile->span, tile->values, err))
        return -1;
    int rc = avo_stage2_tile(&s->two, s->axis, &s->train, err);
    if (!rc && s->two.roles->valid.n)
        rc = avo_stage2_watch(&s->two, s->axis, &s->watched, err);
    if (!rc && !s->varies)
        rc = avo_stage2_varies(&s->two, s->axis, &s->varies, err);
    s->n_learned++;
    return rc ? rc : avo_axis_write_genome(s->axis, s->model, NULL, s->w, err);
}

/* One tile: copied from the earlier run as long as that lasts, then learned. */
static int one_tile(struct avo_stream2 *s, const struct avo_tile *tile, struct avo_error *err)
{
    struct avo_earlier *e = s->earlier;
    if (!e || !e->have) {
        if (e)
            done_with(e);
        return learn_tile(s, tile, err);
    }
    if (!same_span(&e->tile.span, &tile->span))
        return avo_error_set(err, "%s: finished tiles of another input", e->old);
    int rc = avo_writer_genome(s->w, &e->tile, err);
    next_earlier(e);
    return rc;
}

int avo_stream2_run(struct avo_stream2 *s, struct avo_error *err)
{
    struct avo_head head;
    struct avo_tile tile;
    uint64_t done = 0;
    int more, rc = 0;
    while (!rc && (more = avo_join_next(s->in, &head, err)) > 0) {
        if (head.type != AVO_REC_SIGNAL)
            continue;
        rc = avo_join_signal(s->in, &tile, err) ? -1 : one_tile(s, &tile, err);
        done += tile.span.n_bins;
        if (!rc && s->monitor->progress)
            s->monitor->progress(s->monitor->user, done, 0);
    }
    if (!rc && more < 0)
        rc = -1;
    if (!rc && s->earlier && s->earlier->have)
        return avo_error_set(err, "%s: finished tiles of another input", s->earlier->old);
    if (!rc && s->earlier)
        done_with(s->earlier);
    return rc < 0 && s->two.stop && *s->two.stop ? 1 : rc;
}
