/* SPDX-License-Identifier: MIT */
/* step.c: the CUDA backend. One step on the card: draw, catch up, gather X, forward, loss,
 * backward, Adam, as queued by step_plan.c; meanwhile the host prepares the next step's samples. */
#include "cuda/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

static void close_cuda(void *ctx)
{
    struct avo_cuda *c = ctx;
    if (!c)
        return;
    if (c->products)
        avo_cuda_forget(c);
    if (c->dev) {
        avo_cuda_free_predict(c);
        avo_cuda_free_step(c);
        avo_cuda_free_bound(c);
        avo_cuda_free_network(c);
    }
    avo_products_free(c->products);
    avo_dev_close(c->dev);
    free(c);
}

static int set_math(struct avo_cuda *c, struct avo_error *err)
{
    enum avo_precision p = c->args.device.precision;
    bool fast = avo_dev_has_bf16(c->dev);
    if (!fast && (p == AVO_PRECISION_BF16 || p == AVO_PRECISION_TF32))
        return avo_error_status(err, AVO_EXIT_DEVICE,
                                "--precision %s: the card has no such products (sm_80 has)",
                                p == AVO_PRECISION_BF16 ? "bf16" : "tf32");
    c->math = AVO_MATH_F32;
    if (p == AVO_PRECISION_TF32)
        c->math = AVO_MATH_TF32;
    if (p == AVO_PRECISION_BF16 || (p == AVO_PRECISION_AUTO && fast))
        c->math = AVO_MATH_BF16;
    c->half = c->math == AVO_MATH_BF16;
    return 0;
}

static void *open_cuda(const struct avo_backend_args *args, struct avo_error *err)
{
    struct avo_cuda *c = avo_alloc(1, sizeof *c, "backend", err);
    if (!c)
        return NULL;
    c->model = args->model;
    c->learn = args->learn;
    c->pool = args->pool;
    c->args = *args;
    c->dev = avo_dev_open(args->device.index, err);
    if (c->dev)
        c->products = avo_products_new(c->dev, err);
    if (!c->products || set_math(c, err))
        goto fail;
    avo_cuda_shape(c);
    if (!avo_cuda_make_network(c, err) && !avo_cuda_load_network(c, err))
        return c;
fail:
    close_cuda(c);
    return NULL;
}

/* Waits for the step and adds its loss. */
static int finish(struct avo_cuda *c, const struct avo_step *s, struct avo_loss *loss,
                  struct avo_error *err)
{
    if (avo_dev_wait(c->dev, 0, err))
        return -1;
    const struct avo_k_result *r = c->pinned_result;
    if (!isfinite(r->loss))
        return avo_error_set(err, "the loss is not finite");
    if (r->broken)
        return avo_error_set(err, "a weight is not finite after this step");
    loss->sum += r->loss;
    loss->n_used += r->used;
    loss->n_skipped += s->n - r->used;
    return 0;
}

static int train_cuda(void *ctx, const struct avo_step *s, const struct avo_step *next,
                      struct avo_loss *loss, struct avo_error *err)
{
    struct avo_cuda *c = ctx;
    bool changed = false;
    if (!s->n)
        return 0;
    uint32_t n = next && next->n > s->n ? next->n : s->n;
    if (avo_dev_use(c->dev, err) || avo_cuda_reserve(c, n, err) ||
        avo_cuda_set_tracks(c, s, &changed, err) || avo_cuda_set_clock(c, err))
        return -1;
    int other = 1 - c->slot;
    if ((changed || !c->made) && avo_cuda_make_samples(c, other, s, err))
        return -1;
    c->slot = other;
    c->made = false;
    if (avo_cuda_run_step(c, s, err))
        return -1;
    if (next && next->n && avo_cuda_make_samples(c, 1 - c->slot, next, err))
        return -1;
    c->made = next && next->n;
    return finish(c, s, loss, err);
}

static int pull_cuda(void *ctx, struct avo_error *err)
{
    struct avo_cuda *c = ctx;
    if (!c->learn)
        return 0;
    if (avo_dev_use(c->dev, err))
        return -1;
    return avo_cuda_pull_network(c, err) || avo_cuda_pull_rows(c, err) ? -1 : 0;
}

static const enum avo_precision precisions[] = {AVO_PRECISION_BF16, AVO_PRECISION_TF32,
                                                AVO_PRECISION_F32, AVO_PRECISION_AUTO};
static const struct avo_backend_ops cuda_ops = {
    .name = "cuda", .call_bins = AVO_CUDA_CALL_BINS, .precisions = precisions,
    .usable = avo_dev_usable, .open = open_cuda, .close = close_cuda, .bind = avo_cuda_bind,
    .view = avo_cuda_view, .train = train_cuda, .predict = avo_cuda_predict, .pull = pull_cuda};

const struct avo_backend_ops *avo_backend_cuda(void)
{
    return &cuda_ops;
}
