/* SPDX-License-Identifier: MIT */
/* observed_sample.c: see observed_sample.h. */
#include "libcommon/fit/observed_sample.h"

#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/model/elem.h"
#include "libcommon/model/track_windows.h"

enum { BINS = AVO_OBSERVED_BINS };
#define MOST_BYTES ((uint64_t)1 << 30)
/* Key of the permutation that draws the sample; those of passes count from 0. */
#define DRAW UINT32_MAX

uint32_t avo_observed_sample_size(const struct avo_observed *o, uint32_t n_tracks, uint32_t n_bins)
{
    uint64_t most = MOST_BYTES / ((uint64_t)n_tracks * avo_observed_values(o) * sizeof(float));
    most = most < 1 ? 1 : most;
    most = (uint64_t)o->n_samples < most ? (uint64_t)o->n_samples : most;
    return n_bins < most ? n_bins : (uint32_t)most;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* ---- values ---- */

struct measuring {
    struct avo_observed_sample *s;
    const struct avo_model *m;
    const struct avo_positions *p;
    const struct avo_signal *x;
    const struct avo_track_set *tracks;
};

static int track_task(void *arg, int t, int worker, struct avo_error *err)
{
    const struct measuring *j = arg;
    const struct avo_observed_sample *s = j->s;
    const struct avo_observed *o = j->m->observed;
    const struct avo_pair *pair = &j->tracks->pairs[t];
    struct avo_track_windows w = {0};
    (void)worker;
    int rc = avo_track_windows_sample(
        &w, o, avo_observed_find(o, j->m->celltypes[pair->celltype], j->m->assays[pair->assay]),
        j->x, j->tracks->columns[t], j->p, s->bins, s->n, s->v + (size_t)t * s->n_values,
        (size_t)s->n_tracks * s->n_values, err);
    avo_track_windows_release(&w);
    return rc;
}

int avo_observed_sample_make(struct avo_observed_sample *s, const struct avo_model *m,
                             const struct avo_positions *p, const struct avo_signal *x,
                             const struct avo_track_set *tracks, struct avo_pool *pool,
                             struct avo_error *err)
{
    struct measuring j = {s, m, p, x, tracks};
    s->n_tracks = tracks->n;
    s->n_values = avo_observed_values(m->observed);
    s->n = avo_observed_sample_size(m->observed, s->n_tracks, p->n_bins);
    s->bins = avo_alloc(s->n, sizeof *s->bins, "sample", err);
    s->v = avo_alloc((size_t)s->n * s->n_tracks, s->n_values * sizeof *s->v, "sample", err);
    if (!s->bins || !s->v)
        return -1;
    for (uint32_t i = 0; i < s->n; i++)
        s->bins[i] = avo_permute((uint32_t)m->hyper.seed, DRAW, p->n_bins, i);
    qsort(s->bins, s->n, sizeof *s->bins, by_number);
    return avo_pool_try(pool, (int)s->n_tracks, track_task, &j, err);
}

void avo_observed_sample_release(struct avo_observed_sample *s)
{
    free(s->bins);
    free(s->v);
    *s = (struct avo_observed_sample){0};
}

/* ---- batches ---- */

size_t avo_observed_sample_room(const struct avo_observed_sample *s, uint32_t n)
{
    return ((size_t)n + BINS - 1) / BINS * BINS * s->n_tracks * s->n_values;
}

struct gathering {
    const struct avo_observed_sample *s;
    const uint32_t *which;
    uint32_t n;
    float *out;
};

static void gather_task(void *arg, int chunk, int worker)
{
    const struct gathering *g = arg;
    size_t width = (size_t)g->s->n_tracks * g->s->n_values;
    uint32_t beg = (uint32_t)chunk * BINS, n = g->n - beg < BINS ? g->n - beg : BINS;
    float *out = g->out + (size_t)beg * width;
    (void)worker;
    for (uint32_t i = 0; i < n; i++) {
        const float *from = g->s->v + g->which[beg + i] * width;
        for (size_t e = 0; e < width; e++)
            out[e * BINS + i] = from[e];
    }
}

void avo_observed_sample_gather(const struct avo_observed_sample *s, const uint32_t *which,
                                uint32_t n, struct avo_pool *pool, float *out)
{
    struct gathering g = {s, which, n, out};
    avo_pool_run(pool, (int)((n + BINS - 1) / BINS), gather_task, &g);
}
