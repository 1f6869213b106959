/* SPDX-License-Identifier: MIT */
/* fit.c: what the ways of training share: caught-up rows, errors of watched tracks,
 * value ranges. */
#include "libcommon/fit/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/model/standard.h"

#define ROWS_PER_TASK 4096u

struct catch_up {
    const struct avo_rows *r;
    const struct avo_clock *c;
    int64_t step;
    float *out;
};

static void catch_up_task(void *arg, int task, int worker)
{
    struct catch_up *s = arg;
    const struct avo_rows *r = s->r;
    uint32_t beg = (uint32_t)task * ROWS_PER_TASK, end = beg + ROWS_PER_TASK;
    struct avo_idle idle = {0};
    int64_t idle_last = -1;
    (void)worker;
    for (uint32_t i = beg; i < end && i < r->n_rows; i++) {
        size_t at = (size_t)i * r->width;
        memmove(s->out + at, r->w + at, r->width * sizeof(float));
        if (r->last[i] >= s->step)
            continue;
        if (r->last[i] != idle_last)
            idle = avo_clock_idle(s->c, r->last[i], s->step);
        idle_last = r->last[i];
        for (uint32_t e = 0; e < r->width; e++) {
            float m = r->m[at + e], v = r->v[at + e];
            avo_idle_step(&idle, (float)s->c->eps, &s->out[at + e], &m, &v);
        }
    }
}

void avo_fit_catch_up(const struct avo_genome_rows *from, const struct avo_clock *c, int64_t step,
                      struct avo_pool *pool, struct avo_genome_rows *to)
{
    for (uint32_t k = 0; k < from->n_blocks; k++) {
        struct catch_up s = {&from->block[k], c, step, to->block[k].w};
        int n_tasks = (int)((s.r->n_rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK);
        if (s.r->width)
            avo_pool_run(pool, n_tasks, catch_up_task, &s);
    }
}

void avo_fit_set_tracks(struct avo_step *step, const struct avo_track_set *set)
{
    step->pairs = set->pairs;
    step->columns = set->columns;
    step->twin = set->twin;
    step->scale = set->scale;
    step->n_pairs = set->n;
    step->n_all = set->n_all;
}

int avo_fit_errors(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                   const struct avo_signal *x, const struct avo_track_set *set, uint32_t first,
                   uint32_t n, struct avo_loss *loss, struct avo_error *err)
{
    float *out = avo_alloc((size_t)set->n * n, sizeof *out, "predictions", err);
    if (!out)
        return -1;
    int rc = avo_backend_predict(ops, ctx, m, set->pairs, set->n, first, n, out, err);
    for (uint32_t p = 0; p < set->n && !rc; p++) {
        avo_model_put_back(m, set->scale + 2 * p, out + (size_t)p * n, n);
        for (uint32_t i = 0; i < n; i++) {
            double e = out[(size_t)p * n + i] - avo_signal_at(x, first + i, set->columns[p]);
            if (isnan(e)) {
                loss->n_skipped++;
                continue;
            }
            loss->sum += e * e;
            loss->n_used++;
        }
    }
    free(out);
    return rc;
}

/* Windows that are looked at, bins in each, tracks. */
enum { LOOK_WINDOWS = 16, LOOK_BINS = 4, LOOK_TRACKS = 16 };

int avo_fit_varies(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                   uint32_t n_bins, const struct avo_track_set *set, bool *varies,
                   struct avo_error *err)
{
    float out[LOOK_TRACKS * LOOK_BINS], lo[LOOK_TRACKS], hi[LOOK_TRACKS];
    struct avo_pair pairs[LOOK_TRACKS];
    float sd[LOOK_TRACKS];
    uint32_t n = set->n < LOOK_TRACKS ? set->n : LOOK_TRACKS;
    *varies = n_bins < m->header.coarse_bins || n_bins < LOOK_BINS;
    for (uint32_t p = 0; p < n; p++) {
        uint64_t at = (uint64_t)p * set->n / n;
        pairs[p] = set->pairs[at];
        sd[p] = set->scale[2 * at + 1];
        lo[p] = INFINITY;
        hi[p] = -INFINITY;
    }
    for (uint32_t w = 0; w < LOOK_WINDOWS && !*varies; w++) {
        uint32_t first = (uint32_t)((uint64_t)w * (n_bins - LOOK_BINS) / (LOOK_WINDOWS - 1));
        if (avo_backend_predict(ops, ctx, m, pairs, n, first, LOOK_BINS, out, err))
            return -1;
        for (uint32_t i = 0; i < n * LOOK_BINS; i++) {
            uint32_t p = i / LOOK_BINS;
            lo[p] = out[i] < lo[p] ? out[i] : lo[p];
            hi[p] = out[i] > hi[p] ? out[i] : hi[p];
            *varies = *varies ||
                      !avo_model_is_flat(m, pairs[p].assay, sd[p] * lo[p], sd[p] * hi[p]);
        }
    }
    return 0;
}

bool avo_fit_in_share(const struct avo_positions *p, uint32_t i, uint32_t coarse_bins,
                      uint64_t seed, enum avo_purpose purpose, double share)
{
    uint32_t group = avo_positions_bin(p, i) / coarse_bins;
    uint32_t crc = avo_positions_run(p, i)->chrom_crc;
    return avo_rng_unit(avo_rng_draw((uint32_t)seed, purpose, crc, group, 0, 0).v[0]) < share;
}

void avo_fit_ranges(struct avo_model *m, const struct avo_signal *x, const struct avo_roles *r,
                    uint32_t first)
{
    for (uint32_t a = first; a < m->n_assays; a++) {
        m->range[2 * a] = INFINITY;
        m->range[2 * a + 1] = -INFINITY;
    }
    for (uint32_t p = 0; p < r->train.n; p++) {
        float *range = m->range + 2 * r->train.pairs[p].assay;
        for (uint32_t i = 0; i < x->n_bins && r->train.pairs[p].assay >= first; i++) {
            float value = avo_signal_at(x, i, r->train.columns[p]);
            range[0] = value < range[0] ? value : range[0];
            range[1] = value > range[1] ? value : range[1];
        }
    }
    for (uint32_t a = first; a < m->n_assays; a++)
        if (m->range[2 * a] > m->range[2 * a + 1])
            m->range[2 * a] = m->range[2 * a + 1] = 0;
}
