/* SPDX-License-Identifier: MIT */
/* stream2.c: stage 2 as a filter: a tile in, all its passes, a tile out. */
#include "libcommon/fit/stream2.h"

#include <string.h>

static bool same_span(const struct avo_span *a, const struct avo_span *b)
{
    return a->chrom == b->chrom && a->n_runs == b->n_runs &&
           !memcmp(a->runs, b->runs, a->n_runs * sizeof *a->runs);
}

static int learn_tile(struct avo_stream2 *s, const struct avo_tile *tile, struct avo_error *err)
{
    const struct avo_binding *t = &s->tile;
    avo_positions_clear(t->positions);
    avo_signal_clear(t->signal, tile->dtype);
    if (avo_positions_add(t->positions, &s->model->header, &tile->span, false, err) ||
        avo_signal_append(t->signal, tile->values, tile->span.n_bins, err))
        return -1;
    int rc = avo_stage2_tile(&s->two, t, &s->train, err);
    if (!rc && s->two.roles->valid.n)
        rc = avo_stage2_watch(&s->two, t, &s->watched, err);
    if (!rc && !s->varies)
        rc = avo_stage2_varies(&s->two, t, &s->varies, err);
    s->n_learned++;
    return rc ? rc : avo_genome_rows_write(t->rows, t->positions, s->model, s->w, err);
}

/* One tile: copied from the earlier run as long as that lasts, then learned. */
static int one_tile(struct avo_stream2 *s, const struct avo_tile *tile, struct avo_error *err)
{
    struct avo_earlier *e = s->earlier;
    const struct avo_genome_tile *finished = e ? avo_earlier_tile(e) : NULL;
    if (!finished)
        return e && avo_earlier_done(e, s->w, err) ? -1 : learn_tile(s, tile, err);
    if (!same_span(&finished->span, &tile->span))
        return avo_earlier_other(e, err);
    return avo_earlier_copy(e, s->w, err);
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
    if (!rc && s->earlier && avo_earlier_tile(s->earlier))
        return avo_earlier_other(s->earlier, err);
    if (!rc && s->earlier)
        rc = avo_earlier_done(s->earlier, s->w, err);
    return rc < 0 && s->two.stop && *s->two.stop ? 1 : rc;
}
