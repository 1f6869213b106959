/* SPDX-License-Identifier: MIT */
/* stream2.c: stage 2 as a filter: a tile in, all its passes, a tile out. */
#include "libcommon/fit/stream2.h"

#include <string.h>

#include "libcommon/base/pipeline.h"

/* A tile under way: what was read, its rows, and what learning it gave. */
struct item {
    struct avo_positions positions;
    struct avo_signal signal;
    struct avo_genome_rows rows;
    struct avo_loss train, watched;
    bool varies;
};

/* The next SIGNAL tile: 1, 0 at the end, -1. */
static int next_tile(struct avo_stream2 *s, struct avo_tile *tile, struct avo_error *err)
{
    struct avo_head head;
    int more;
    while ((more = avo_join_next(s->in, &head, err)) > 0)
        if (head.type == AVO_REC_SIGNAL)
            return avo_join_signal(s->in, tile, err) ? -1 : 1;
    return more;
}

static void count(struct avo_stream2 *s, uint32_t n_bins)
{
    s->n_bins += n_bins;
    if (s->monitor->progress)
        s->monitor->progress(s->monitor->user, s->n_bins, 0);
}

/* ---- tiles that an earlier run has finished ---- */

static bool same_span(const struct avo_span *a, const struct avo_span *b)
{
    return a->chrom == b->chrom && a->n_runs == b->n_runs &&
           !memcmp(a->runs, b->runs, a->n_runs * sizeof *a->runs);
}

static int copy_finished(struct avo_stream2 *s, struct avo_error *err)
{
    const struct avo_genome_tile *finished;
    struct avo_tile tile;
    int more = 1;
    while ((finished = avo_earlier_tile(s->earlier))) {
        if (s->two.stop && *s->two.stop)
            return 1;
        if ((more = next_tile(s, &tile, err)) < 0)
            return -1;
        if (!more || !same_span(&finished->span, &tile.span))
            return avo_earlier_other(s->earlier, err);
        if (avo_earlier_copy(s->earlier, s->w, err))
            return -1;
        count(s, tile.span.n_bins);
    }
    return avo_earlier_done(s->earlier, s->w, err);
}

/* ---- the others ---- */

static int read_tile(void *user, void *item, struct avo_error *err)
{
    struct avo_stream2 *s = user;
    struct item *t = item;
    struct avo_tile tile;
    int more = next_tile(s, &tile, err);
    if (more <= 0)
        return more;
    avo_positions_clear(&t->positions);
    avo_signal_clear(&t->signal, tile.dtype);
    if (avo_positions_add(&t->positions, &s->model->header, &tile.span, false, err) ||
        avo_signal_append(&t->signal, tile.values, tile.span.n_bins, err))
        return -1;
    return 1;
}

static int learn_tile(void *user, int lane, void *item, struct avo_error *err)
{
    struct avo_stream2 *s = user;
    struct item *t = item;
    const struct avo_binding on = {&t->positions, &t->signal, &t->rows};
    (void)lane;
    t->train = t->watched = (struct avo_loss){0};
    int rc = avo_stage2_tile(&s->two, &on, &t->train, err);
    if (!rc && s->two.roles->valid.n)
        rc = avo_stage2_watch(&s->two, &on, &t->watched, err);
    if (!rc && !t->varies)      /* one tile that does is enough: no further one is asked */
        rc = avo_stage2_varies(&s->two, &on, &t->varies, err);
    return rc;
}

static int write_tile(void *user, void *item, struct avo_error *err)
{
    struct avo_stream2 *s = user;
    struct item *t = item;
    if (avo_genome_rows_write(&t->rows, &t->positions, s->model, s->w, err))
        return -1;
    avo_loss_add(&s->train, &t->train);
    avo_loss_add(&s->watched, &t->watched);
    s->varies |= t->varies;
    s->n_learned++;
    count(s, t->positions.n_bins);
    return 0;
}

int avo_stream2_run(struct avo_stream2 *s, struct avo_error *err)
{
    struct item tiles[3] = {0};
    void *items[] = {&tiles[0], &tiles[1], &tiles[2]};
    struct avo_pipeline p = {.user = s, .read = read_tile, .work = learn_tile, .write = write_tile,
                             .items = items, .n_items = avo_pool_size(s->two.pool) > 1 ? 3 : 1,
                             .n_lanes = 1};
    for (size_t i = 0; i < p.n_items; i++) {
        tiles[i].signal.n_tracks = (uint32_t)avo_join_header(s->in)->n_tracks;
        avo_genome_rows_init(&tiles[i].rows, s->model);
    }
    int rc = s->earlier ? copy_finished(s, err) : 0;
    if (!rc)
        rc = avo_pipeline_run(&p, err);
    for (size_t i = 0; i < p.n_items; i++) {
        avo_positions_release(&tiles[i].positions);
        avo_signal_release(&tiles[i].signal);
        avo_genome_rows_release(&tiles[i].rows);
    }
    return rc < 0 && s->two.stop && *s->two.stop ? 1 : rc;
}
