/* SPDX-License-Identifier: MIT */
/* observed.c: see observed.h. */
#include "libcommon/model/observed.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/model/similarity.h"

const struct avo_track_stats *avo_observed_find(const struct avo_observed *o, const char *celltype,
                                                const char *assay)
{
    for (uint32_t i = 0; i < o->n_stats; i++)
        if (!strcmp(o->stats[i].celltype, celltype) && !strcmp(o->stats[i].assay, assay))
            return &o->stats[i];
    return NULL;
}

static bool same_numbers(const struct avo_track_stats *a, const struct avo_track_stats *b)
{
    return a->mean == b->mean && a->sd == b->sd && !memcmp(a->x, b->x, sizeof a->x) &&
           !memcmp(a->q, b->q, sizeof a->q);
}

int avo_observed_add(struct avo_observed *o, const struct avo_track_stats *s,
                     struct avo_error *err)
{
    const struct avo_track_stats *old = avo_observed_find(o, s->celltype, s->assay);
    if (old && same_numbers(old, s))
        return 0;
    if (old)
        return avo_error_set(err, "%s:%s has two different statistics", s->celltype, s->assay);
    if (avo_grow(&o->stats, &o->cap_stats, (size_t)o->n_stats + 1, sizeof *o->stats, "statistics",
                 err))
        return -1;
    struct avo_track_stats *to = &o->stats[o->n_stats];
    *to = *s;
    to->celltype = avo_strdup(s->celltype, err);
    to->assay = to->celltype ? avo_strdup(s->assay, err) : NULL;
    if (!to->assay) {
        free(to->celltype);
        return -1;
    }
    o->n_stats++;
    return 0;
}

/* Of statistics that go; those behind them move up. */
static void drop_pairs(struct avo_observed *o, uint32_t gone)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < o->n_pairs; k++) {
        struct avo_similar p = o->pairs[k];
        if (p.i != gone && p.j != gone)
            o->pairs[n++] = (struct avo_similar){p.i - (p.i > gone), p.j - (p.j > gone), p.r};
    }
    o->n_pairs = n;
}

void avo_observed_drop(struct avo_observed *o, const char *celltype, const char *assay)
{
    const struct avo_track_stats *found = avo_observed_find(o, celltype, assay);
    if (!found)
        return;
    struct avo_track_stats *s = &o->stats[found - o->stats];
    drop_pairs(o, (uint32_t)(s - o->stats));
    free(s->celltype);
    free(s->assay);
    o->n_stats--;
    memmove(s, s + 1, (size_t)(o->stats + o->n_stats - s) * sizeof *s);
}

int avo_observed_copy(struct avo_observed *to, const struct avo_observed *from,
                      struct avo_error *err)
{
    *to = *from;
    to->stats = NULL;
    to->n_stats = 0;
    to->cap_stats = 0;
    to->pairs = NULL;
    to->n_pairs = 0;
    to->cap_pairs = 0;
    for (uint32_t i = 0; i < from->n_stats; i++)
        if (avo_observed_add(to, &from->stats[i], err))
            return -1;
    return avo_similarity_add(to, from->pairs, from->n_pairs, err);
}

void avo_observed_release(struct avo_observed *o)
{
    for (uint32_t i = 0; i < o->n_stats; i++) {
        free(o->stats[i].celltype);
        free(o->stats[i].assay);
    }
    free(o->stats);
    free(o->pairs);
    memset(o, 0, sizeof *o);
}
