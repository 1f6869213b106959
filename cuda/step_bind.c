/* SPDX-License-Identifier: MIT */
/* step_bind.c: what a context is bound to, on the card: genome rows, signal; and what steps share:
 * clock and tracks. */
#include "cuda/step.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

void avo_cuda_forget(struct avo_cuda *c)
{
    avo_dev_forget(c->dev);
    avo_products_forget(c->products);
    c->n_plans = 0;
    c->prepared = false;
    for (uint32_t i = 0; i < AVO_CUDA_TILES && c->tile; i++)
        c->tile[i].rows = 0;
}

int avo_cuda_grow(struct avo_cuda *c, void *p, size_t *cap, size_t n, size_t size,
                  const char *what, struct avo_error *err)
{
    void *old;
    memcpy(&old, p, sizeof old);
    if (old && n <= *cap)
        return 0;
    avo_cuda_forget(c);
    avo_dev_free(c->dev, old);
    *cap = 0;
    old = avo_dev_alloc(c->dev, n, size, what, err);
    memcpy(p, &old, sizeof old);
    if (!old)
        return -1;
    *cap = n;
    return 0;
}

/* ---- genome rows ---- */

static int load_rows(struct avo_cuda *c, uint32_t k, const struct avo_rows *from, bool learn,
                     struct avo_cuda_rows *to, struct avo_error *err)
{
    size_t n = (size_t)from->n_rows * c->ld[k], len = from->n_rows * sizeof *to->last;
    size_t width = from->width * sizeof(float), pitch = c->ld[k] * sizeof(float);
    if (avo_cuda_grow(c, &to->w, &to->cap_w, n, sizeof(float), "genome factors", err) ||
        avo_dev_upload(c->dev, to->w, pitch, from->w, width, width, from->n_rows, err))
        return -1;
    if (!learn)
        return 0;
    if (avo_cuda_grow(c, &to->m, &to->cap_m, n, sizeof(float), "genome factors", err) ||
        avo_cuda_grow(c, &to->v, &to->cap_v, n, sizeof(float), "genome factors", err) ||
        avo_cuda_grow(c, &to->last, &to->cap_last, from->n_rows, sizeof *to->last,
                      "genome factors", err))
        return -1;
    if (avo_dev_upload(c->dev, to->m, pitch, from->m, width, width, from->n_rows, err) ||
        avo_dev_upload(c->dev, to->v, pitch, from->v, width, width, from->n_rows, err))
        return -1;
    return avo_dev_upload(c->dev, to->last, len, from->last, len, len, 1, err);
}

int avo_cuda_pull_rows(struct avo_cuda *c, struct avo_error *err)
{
    for (uint32_t i = 0; i < c->n_blocks && c->on.rows && c->learn->genome; i++) {
        uint32_t k = c->block_of[i];
        const struct avo_rows *to = &c->on.rows->block[k];
        const struct avo_cuda_rows *from = &c->rows[k];
        size_t width = to->width * sizeof(float), pitch = c->ld[k] * sizeof(float);
        size_t len = to->n_rows * sizeof *to->last;
        if (avo_dev_download(c->dev, to->w, width, from->w, pitch, width, to->n_rows, err) ||
            avo_dev_download(c->dev, to->m, width, from->m, pitch, width, to->n_rows, err) ||
            avo_dev_download(c->dev, to->v, width, from->v, pitch, width, to->n_rows, err) ||
            avo_dev_download(c->dev, to->last, len, from->last, len, len, 1, err))
            return -1;
    }
    return 0;
}

void avo_cuda_free_bound(struct avo_cuda *c)
{
    for (int k = 0; k < AVO_K_BLOCKS; k++) {
        avo_dev_free(c->dev, c->rows[k].w);
        avo_dev_free(c->dev, c->rows[k].m);
        avo_dev_free(c->dev, c->rows[k].v);
        avo_dev_free(c->dev, c->rows[k].last);
        avo_dev_free(c->dev, c->seen[k].w);
    }
    void *owned[] = {c->signal, c->sums[0], c->sums[1], c->sums[2], c->sizes[0], c->sizes[1],
                     c->dev_pairs, c->dev_columns, c->dev_twin,
                     c->dev_scale};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        avo_dev_free(c->dev, owned[i]);
    free(c->pairs);
    free(c->columns);
    free(c->twin);
    free(c->scale);
}

/* ---- the signal ---- */

static void say_plan(const struct avo_cuda *c, size_t signal, size_t step)
{
    char text[256];
    if (!c->args.device.note)
        return;
    snprintf(text, sizeof text,
             "%s: signal of %.2f GB %s, %.2f GB for a step's batch, %.2f GB free",
             avo_dev_name(c->dev), (double)signal / 1e9,
             c->streamed ? "stays in the host's memory" : "on the card", (double)step / 1e9,
             (double)avo_dev_free_bytes(c->dev) / 1e9);
    c->args.device.note(c->args.device.user, text);
}

/* The card holds the signal if a step's buffers and a tenth of what is free then still fit;
 * otherwise the host draws, with the same result. */
static int load_signal(struct avo_cuda *c, struct avo_error *err)
{
    const struct avo_signal *x = c->on.signal;
    size_t row = avo_dtype_size(x->dtype) * x->n_tracks, size = row * x->n_bins;
    int64_t B = c->model->hyper.batch;
    size_t n = B > 0 && B < 1 << 20 ? (size_t)B : 1 << 16;
    size_t step = c->cap ? 0 : avo_cuda_step_bytes(c, (uint32_t)(n < x->n_bins ? n : x->n_bins));
    size_t there = avo_dev_free_bytes(c->dev) + (c->signal ? c->cap_signal : 0);
    bool was = c->streamed;
    c->streamed = size + step > there - there / 10;
    if (was != c->streamed || !c->signal)
        say_plan(c, size, step);
    if (c->streamed) {
        avo_cuda_forget(c);
        avo_dev_free(c->dev, c->signal);
        c->signal = NULL;
        return 0;
    }
    if (x->dtype != c->dtype || x->n_tracks != c->n_tracks)
        avo_cuda_forget(c);
    c->dtype = x->dtype;
    c->n_tracks = x->n_tracks;
    if (avo_cuda_grow(c, &c->signal, &c->cap_signal, size, 1, "the signal", err))
        return -1;
    return avo_dev_upload(c->dev, c->signal, size, x->values, size, size, 1, err);
}

int avo_cuda_bind(void *ctx, const struct avo_binding *on, struct avo_error *err)
{
    struct avo_cuda *c = ctx;
    bool learn = c->learn && c->learn->genome;
    assert(!on->positions->n_context);
    if (avo_dev_use(c->dev, err))
        return -1;
    c->on = *on;
    c->view = false;
    c->made = false;
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        uint32_t k = c->block_of[i];
        if (load_rows(c, k, &on->rows->block[k], learn, &c->rows[k], err))
            return -1;
    }
    return c->learn && on->signal ? load_signal(c, err) : 0;
}

int avo_cuda_view(void *ctx, const struct avo_genome_rows *rows, struct avo_error *err)
{
    struct avo_cuda *c = ctx;
    if (avo_dev_use(c->dev, err))
        return -1;
    c->view = rows;
    for (uint32_t i = 0; i < c->n_blocks && rows; i++) {
        uint32_t k = c->block_of[i];
        if (load_rows(c, k, &rows->block[k], false, &c->seen[k], err))
            return -1;
    }
    return 0;
}

/* ---- clock and tracks ---- */

static bool same_clock(const struct avo_clock *a, const struct avo_clock *b)
{
    return a->lr == b->lr && a->beta1 == b->beta1 && a->beta2 == b->beta2 && a->eps == b->eps &&
           a->decay == b->decay && a->schedule == b->schedule && a->n_steps == b->n_steps &&
           a->n_known == b->n_known;
}

static int load_sizes(struct avo_cuda *c, const struct avo_clock *t, struct avo_error *err)
{
    size_t n = (size_t)t->n_known, len = n * sizeof(float);
    float *size = avo_alloc(2 * n, sizeof *size, "step sizes", err);
    int rc = size ? 0 : -1;
    for (size_t i = 1; i < n && !rc; i++) {
        struct avo_adam a = avo_clock_adam(t, (int64_t)i);
        size[i] = a.c;
        size[n + i] = a.keep;
    }
    for (int q = 0; q < 2 && !rc; q++)
        if (avo_cuda_grow(c, &c->sizes[q], &c->cap_sizes[q], n, sizeof *size, "step sizes", err) ||
            avo_dev_upload(c->dev, c->sizes[q], len, size + (size_t)q * n, len, len, 1, err))
            rc = -1;
    free(size);
    return rc;
}

int avo_cuda_set_clock(struct avo_cuda *c, struct avo_error *err)
{
    const struct avo_clock *t = c->learn->clock;
    if (!c->learn->genome || same_clock(&c->clock, t))
        return 0;
    const double *from[] = {t->sum, t->sum_eps, t->log_keep};
    size_t n = (size_t)t->n_known, len = n * sizeof(double);
    /* Recorded steps hold beta1, beta2 and eps by value. */
    avo_cuda_forget(c);
    for (int q = 0; q < 3; q++)
        if (avo_cuda_grow(c, &c->sums[q], &c->cap_sums[q], n, sizeof(double), "step sums", err) ||
            avo_dev_upload(c->dev, c->sums[q], len, from[q], len, len, 1, err))
            return -1;
    if (load_sizes(c, t, err))
        return -1;
    c->clock = *t;
    return 0;
}

/* n elements of size bytes: a host copy in *mine and one on the card, if they differ. */
static int set_list(struct avo_cuda *c, int which, void *mine, void *dev, const void *from,
                    size_t n, size_t size, struct avo_error *err)
{
    void *copy;
    if (avo_grow(mine, &c->cap_tracks[which], n, size, "tracks", err) ||
        avo_cuda_grow(c, dev, &c->cap_dev_tracks[which], n * (size / 4), 4, "tracks", err))
        return -1;
    memcpy(&copy, mine, sizeof copy);
    memcpy(copy, from, n * size);
    memcpy(&copy, dev, sizeof copy);
    return avo_dev_upload(c->dev, copy, n * size, from, n * size, n * size, 1, err);
}

int avo_cuda_set_tracks(struct avo_cuda *c, const struct avo_step *s, bool *changed,
                        struct avo_error *err)
{
    size_t n = s->n_pairs, all = s->n_all;
    *changed = c->n_pairs != s->n_pairs || c->n_all != s->n_all ||
               memcmp(c->pairs, s->pairs, all * sizeof *s->pairs) ||
               memcmp(c->columns, s->columns, n * sizeof *s->columns) ||
               memcmp(c->twin, s->twin, n * sizeof *s->twin) ||
               memcmp(c->scale, s->scale, 2 * n * sizeof *s->scale);
    if (!*changed)
        return 0;
    c->n_pairs = c->n_all = 0;
    if (set_list(c, 0, &c->pairs, &c->dev_pairs, s->pairs, all, sizeof *s->pairs, err) ||
        set_list(c, 1, &c->columns, &c->dev_columns, s->columns, n, sizeof *s->columns, err) ||
        set_list(c, 2, &c->twin, &c->dev_twin, s->twin, n, sizeof *s->twin, err) ||
        set_list(c, 3, &c->scale, &c->dev_scale, s->scale, 2 * n, sizeof *s->scale, err))
        return -1;
    c->n_pairs = s->n_pairs;
    c->n_all = s->n_all;
    return 0;
}
