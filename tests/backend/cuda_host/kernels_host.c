/* SPDX-License-Identifier: MIT */
/* kernels_host.c: kernels.h as plain loops over the row functions of rows.h. */
#include "cuda/rows.h"
#include "tests/backend/cuda_host/host.h"

#define LANES 32u       /* threads that share a sum */

#define LAUNCHER(name)                                                                      \
    int avo_k_##name(struct avo_dev *d, const struct avo_k_##name *a, struct avo_error *err) \
    {                                                                                       \
        (void)err;                                                                          \
        avo_host_queue(d, do_##name, a, sizeof *a);                                         \
        return 0;                                                                           \
    }

static void do_draw(const void *args)
{
    const struct avo_k_draw *a = args;
    for (uint32_t i = 0; i < a->n_pad; i++)
        avo_row_draw(a, i);
}
LAUNCHER(draw)

static void do_gather(const void *args)
{
    const struct avo_k_gather *a = args;
    for (uint32_t i = 0; i < a->n_pad; i++) {
        avo_row_clear(a, i, 0, 1);
        avo_row_fill(a, i, 0, 1);
    }
}
LAUNCHER(gather)

static void do_scalars(const void *args)
{
    const struct avo_k_group *a = args;
    for (uint32_t g = 0; g < a->n_pad; g++)
        avo_row_scalars(a, g);
}

int avo_k_scalars(struct avo_dev *d, const struct avo_k_group *a, struct avo_error *err)
{
    (void)err;
    avo_host_queue(d, do_scalars, a, sizeof *a);
    return 0;
}

static void do_catch_up(const void *args)
{
    const struct avo_k_group *a = args;
    for (uint32_t g = 0; g < a->n_pad; g++)
        avo_row_catch_up(a, g, 0, 1);
}

int avo_k_catch_up(struct avo_dev *d, const struct avo_k_group *a, struct avo_error *err)
{
    (void)err;
    avo_host_queue(d, do_catch_up, a, sizeof *a);
    return 0;
}

static void do_update(const void *args)
{
    const struct avo_k_group *a = args;
    for (uint32_t g = 0; g < a->n_pad; g++)
        avo_row_update(a, g, 0, 1);
}

int avo_k_update(struct avo_dev *d, const struct avo_k_group *a, struct avo_error *err)
{
    (void)err;
    avo_host_queue(d, do_update, a, sizeof *a);
    return 0;
}

static void do_w1x(const void *args)
{
    const struct avo_k_w1x *a = args;
    for (uint32_t i = 0; i < a->n_rows; i++)
        avo_row_w1x(a, i, 0, 1);
}
LAUNCHER(w1x)

static void do_w1x_back(const void *args)
{
    const struct avo_k_w1x *a = args;
    for (uint32_t i = 0; i < a->n_rows; i++)
        avo_row_w1x_back(a, i, 0, 1);
}

int avo_k_w1x_back(struct avo_dev *d, const struct avo_k_w1x *a, struct avo_error *err)
{
    (void)err;
    avo_host_queue(d, do_w1x_back, a, sizeof *a);
    return 0;
}

static void do_dropout(const void *args)
{
    const struct avo_k_dropout *a = args;
    for (uint32_t i = 0; i < a->n_pad; i++)
        for (uint32_t block = 0; block < (a->ld + 15) / 16; block++)
            avo_row_dropout(a, i, block);
}
LAUNCHER(dropout)

static float whole_dot(const void *act, bool half, const float *w, uint32_t ld, uint32_t i)
{
    float sum = 0;
    for (uint32_t lane = 0; lane < LANES; lane++)
        sum += avo_row_dot_part(act, half, w, ld, i, lane, LANES);
    return sum;
}

static void do_loss(const void *args)
{
    const struct avo_k_loss *a = args;
    for (uint32_t i = 0; i < a->n_pad; i++) {
        float y = whole_dot(a->act, a->half, a->w, a->ld, i) + a->b[0];
        avo_row_spread(a, i, avo_row_error(a, i, y), 0, 1);
    }
}
LAUNCHER(loss)

static void do_total(const void *args)
{
    const struct avo_k_total *a = args;
    struct avo_k_result r = {0};
    double db = 0;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        double loss, dy;
        uint32_t used;
        avo_row_total(a, lane, LANES, &loss, &dy, &used);
        r.loss += loss;
        r.used += used;
        db += dy;
    }
    *a->result = r;
    if (a->db)
        *a->db = (float)db;
}
LAUNCHER(total)

static void do_columns(const void *args)
{
    const struct avo_k_columns *a = args;
    for (uint32_t chunk = 0; chunk * AVO_K_CHUNK < a->n_pad; chunk++)
        for (uint32_t j = 0; j < a->ld; j++)
            avo_row_columns(a, chunk, j);
    for (uint32_t j = 0; j < a->ld; j++)
        avo_row_columns_end(a, j);
}
LAUNCHER(columns)

static void do_adam(const void *args)
{
    const struct avo_k_adam *a = args;
    for (size_t i = 0; i < a->n; i++)
        avo_row_adam(a, i);
}
LAUNCHER(adam)

struct rounding {
    uint16_t *out;
    const float *in;
    size_t n;
};

static void do_round(const void *args)
{
    const struct rounding *a = args;
    for (size_t i = 0; i < a->n; i++)
        a->out[i] = avo_bf16_of(a->in[i]);
}

int avo_k_round(struct avo_dev *d, uint16_t *out, const float *in, size_t n, struct avo_error *err)
{
    struct rounding a = {out, in, n};
    (void)err;
    avo_host_queue(d, do_round, &a, sizeof a);
    return 0;
}

static void do_tracks(const void *args)
{
    const struct avo_k_tracks *a = args;
    for (uint32_t p = 0; p < a->n_pairs; p++)
        avo_row_tracks(a, p, 0, 1);
}
LAUNCHER(tracks)

static void do_add(const void *args)
{
    const struct avo_k_add *a = args;
    for (uint32_t i = 0; i < a->n; i++)
        avo_row_add(a, i, 0, 1);
}
LAUNCHER(add)

static void do_dot(const void *args)
{
    const struct avo_k_dot *a = args;
    for (uint32_t i = 0; i < a->n; i++)
        a->out[i] = whole_dot(a->act, a->half, a->w, a->ld, i) + a->b[0];
}
LAUNCHER(dot)
