/* SPDX-License-Identifier: MIT */
/* launchers.cpp: kernels.h for the stand-in of a card: queues the emulated kernels, which are
 * compiled as emulated_k_NAME (tests/lib/emulate.sh), with a copy of their arguments. */
#include "cuda/check.cuh"
#include "cuda/kernels.h"

extern "C" {
#include "tests/backend/cuda_host/host.h"
}

#include <stdlib.h>

/* Two multiprocessors: few blocks, so that every kernel walks on by the size of its grid. */
static struct avo_dev *card(void)
{
    static struct avo_dev d;
    d.n_sm = 2;
    return &d;
}

int avo_cuda_check(cudaError_t e, const char *, struct avo_error *)
{
    if (e)
        abort();
    return 0;
}

#define LAUNCHER(name, arguments)                                                                 \
    extern "C" int emulated_k_##name(struct avo_dev *, const struct arguments *,                  \
                                     struct avo_error *);                                         \
    static void do_##name(const void *a)                                                          \
    {                                                                                             \
        emulated_k_##name(card(), (const struct arguments *)a, NULL);                             \
    }                                                                                             \
    extern "C" int avo_k_##name(struct avo_dev *d, const struct arguments *a, struct avo_error *) \
    {                                                                                             \
        avo_host_queue(d, do_##name, a, sizeof *a);                                               \
        return 0;                                                                                 \
    }

LAUNCHER(draw, avo_k_draw)
LAUNCHER(gather, avo_k_gather)
LAUNCHER(scalars, avo_k_group)
LAUNCHER(catch_up, avo_k_group)
LAUNCHER(update, avo_k_group)
LAUNCHER(w1x, avo_k_w1x)
LAUNCHER(w1x_back, avo_k_w1x)
LAUNCHER(dropout, avo_k_dropout)
LAUNCHER(loss, avo_k_loss)
LAUNCHER(total, avo_k_total)
LAUNCHER(columns, avo_k_columns)
LAUNCHER(adam, avo_k_adam)
LAUNCHER(tracks, avo_k_tracks)
LAUNCHER(add, avo_k_add)
LAUNCHER(dot, avo_k_dot)

extern "C" int emulated_k_round(struct avo_dev *, uint16_t *, const float *, size_t,
                                struct avo_error *);
struct rounding { uint16_t *out; const float *in; size_t n; };
static void do_round(const void *args)
{
    const struct rounding *r = (const struct rounding *)args;
    emulated_k_round(card(), r->out, r->in, r->n, NULL);
}
extern "C" int avo_k_round(struct avo_dev *d, uint16_t *out, const float *in, size_t n,
                           struct avo_error *)
{
    struct rounding r = {out, in, n};
    avo_host_queue(d, do_round, &r, sizeof r);
    return 0;
}
