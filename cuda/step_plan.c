/* SPDX-License-Identifier: MIT */
/* step_plan.c: a step's buffers and products, and what it queues, in order. */
#include "cuda/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

/* ---- buffers ---- */

static size_t take(size_t *at, size_t len)
{
    size_t here = *at;
    *at = (here + len + 255) / 256 * 256;
    return here;
}

static void lay_out(struct avo_cuda *c)
{
    struct avo_cuda_layout *y = &c->layout;
    size_t at = 0, words = c->cap * sizeof(uint32_t);
    take(&at, sizeof(struct avo_k_step));
    y->place = take(&at, words);
    y->crc = take(&at, words);
    y->bin = take(&at, words);
    y->visit = take(&at, words);
    y->pair = take(&at, words);
    y->target = take(&at, words);
    for (uint32_t b = 0; b < c->n_blocks; b++) {
        y->row_of[b] = take(&at, words);
        y->order[b] = take(&at, words);
        y->start[b] = take(&at, words + sizeof(uint32_t));
    }
    y->size = at;
}

size_t avo_cuda_step_bytes(const struct avo_cuda *c, uint32_t n)
{
    size_t row = c->Kx * avo_cuda_el(c) + c->P * sizeof(float) + 2 * sizeof(float);
    for (uint32_t l = 0; l < c->n_hidden; l++)
        row += 2 * c->layer[l].n_out * avo_cuda_el(c);
    row += 2 * (6 + 3 * c->n_blocks) * sizeof(uint32_t);
    row += c->n_blocks * (sizeof(struct avo_idle) + sizeof(struct avo_adam) + sizeof(int32_t));
    return row * avo_round_up(n, AVO_K_ROWS);
}

void avo_cuda_free_step(struct avo_cuda *c)
{
    void *owned[] = {c->io[0], c->io[1], c->result, c->x, c->dx, c->dy, c->error, c->partial};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        avo_dev_free(c->dev, owned[i]);
    for (int l = 0; l < AVO_MAX_LAYERS; l++) {
        avo_dev_free(c->dev, c->act[l]);
        avo_dev_free(c->dev, c->dact[l]);
        c->act[l] = c->dact[l] = NULL;
    }
    for (int k = 0; k < AVO_K_BLOCKS; k++) {
        avo_dev_free(c->dev, c->idle[k]);
        avo_dev_free(c->dev, c->adam[k]);
        avo_dev_free(c->dev, c->now[k]);
        avo_groups_release(&c->groups[k]);
        c->idle[k] = NULL;
        c->adam[k] = NULL;
        c->now[k] = NULL;
    }
    avo_dev_pinned_free(c->dev, c->pinned[0]);
    avo_dev_pinned_free(c->dev, c->pinned[1]);
    avo_dev_pinned_free(c->dev, c->pinned_result);
    c->io[0] = c->io[1] = c->pinned[0] = c->pinned[1] = NULL;
    c->x = NULL;
    c->dx = c->dy = c->error = c->partial = NULL;
    c->result = c->pinned_result = NULL;
    c->cap = 0;
}

static void *room(struct avo_cuda *c, size_t per_row, size_t size, bool *ok, struct avo_error *err)
{
    void *p = *ok ? avo_dev_alloc(c->dev, c->cap * per_row, size, "a batch", err) : NULL;
    *ok = p != NULL;
    return p;
}

static bool make_uploads(struct avo_cuda *c, struct avo_error *err)
{
    size_t result = sizeof *c->result;
    for (int i = 0; i < 2; i++) {
        c->io[i] = avo_dev_alloc(c->dev, c->layout.size, 1, "a batch", err);
        c->pinned[i] = avo_dev_pinned(c->dev, c->layout.size, 1, "a batch", err);
        if (!c->io[i] || !c->pinned[i])
            return false;
    }
    c->result = avo_dev_alloc(c->dev, 1, result, "a batch", err);
    c->pinned_result = avo_dev_pinned(c->dev, 1, result, "a batch", err);
    for (uint32_t b = 0; b < c->n_blocks; b++)
        if (avo_groups_reserve(&c->groups[b], c->cap, err))
            return false;
    return c->result && c->pinned_result;
}

static bool make_buffers(struct avo_cuda *c, struct avo_error *err)
{
    size_t el = avo_cuda_el(c), widest = 0;
    bool ok = true;
    lay_out(c);
    for (uint32_t l = 0; l < c->n_hidden; l++) {
        uint32_t H = c->layer[l].n_out;
        c->act[l] = room(c, H, el, &ok, err);
        c->dact[l] = room(c, H, el, &ok, err);
        widest = H > widest ? H : widest;
    }
    c->x = room(c, c->Kx, el, &ok, err);
    c->dx = room(c, c->P, sizeof(float), &ok, err);
    c->dy = room(c, 1, sizeof(float), &ok, err);
    c->error = room(c, 1, sizeof(float), &ok, err);
    for (uint32_t b = 0; b < c->n_blocks && c->learn->genome; b++) {
        c->idle[b] = room(c, 1, sizeof *c->idle[b], &ok, err);
        c->adam[b] = room(c, 1, sizeof *c->adam[b], &ok, err);
        c->now[b] = room(c, 1, sizeof *c->now[b], &ok, err);
    }
    size_t chunks = (c->cap + AVO_K_CHUNK - 1) / AVO_K_CHUNK;
    if (ok)
        c->partial = avo_dev_alloc(c->dev, chunks * widest, sizeof(float), "a batch", err);
    return ok && c->partial && make_uploads(c, err);
}

int avo_cuda_reserve(struct avo_cuda *c, uint32_t n, struct avo_error *err)
{
    uint32_t n_pad = avo_round_up(n, AVO_K_ROWS);
    if (n_pad <= c->cap)
        return 0;
    avo_cuda_forget(c);
    avo_cuda_free_step(c);
    c->made = false;
    c->cap = n_pad;
    if (make_buffers(c, err))
        return 0;
    avo_cuda_free_step(c);
    return avo_error_hint(err, "a smaller --batch needs less memory");
}

/* ---- products ---- */

static bool learns_shared(const struct avo_cuda *c)
{
    return c->dw1x != NULL;
}

static void plan_layer(const struct avo_cuda *c, struct avo_cuda_plan *p, uint32_t l,
                       uint32_t dropped)
{
    const struct avo_cuda_layer *y = &c->layer[l];
    p->forward[l] = (struct avo_product){
        .m = p->n_pad, .n = y->n_out, .k = l ? y->n_in : c->Kx, .a = l ? c->act[l - 1] : c->x,
        .ld_a = l ? y->n_in : c->Kx, .b = l ? avo_cuda_weights(c, y->w) : c->w1x,
        .ld_b = y->n_out, .d = c->act[l], .ld_d = y->n_out, .math = c->math, .alpha = 1,
        .epilogue = l ? AVO_EPI_RELU_BIAS : AVO_EPI_RELU,
        .bias = l ? avo_cuda_weights(c, y->b) : NULL,
        .keep_mask = !dropped && l + 1 < c->n_hidden};
    if (l == 0)
        return;
    p->back[l] = (struct avo_product){
        .m = p->n_pad, .n = y->n_in, .k = y->n_out, .trans_b = true, .a = c->dact[l],
        .ld_a = y->n_out, .b = avo_cuda_weights(c, y->w), .ld_b = y->n_out, .d = c->dact[l - 1],
        .ld_d = y->n_in, .math = c->math, .epilogue = AVO_EPI_MASK, .act = c->act[l - 1],
        .changed = dropped > 0,
        .alpha = dropped ? 256.0f / (256.0f - (float)dropped) : 1};
    p->dw[l] = (struct avo_product){
        .m = y->n_in, .n = y->n_out, .k = p->n_pad, .trans_a = true, .a = c->act[l - 1],
        .ld_a = y->n_in, .b = c->dact[l], .ld_b = y->n_out, .d = c->net_g ? c->net_g + y->w : NULL,
        .ld_d = y->n_out, .math = c->math, .wide = true, .alpha = 1};
}

static int make_plan(struct avo_cuda *c, struct avo_cuda_plan *p, uint32_t dropped,
                     struct avo_error *err)
{
    uint32_t H1 = avo_cuda_H1(c);
    for (uint32_t l = 0; l < c->n_hidden; l++) {
        plan_layer(c, p, l, dropped);
        if (avo_products_prepare(c->products, &p->forward[l], err) ||
            (l && avo_products_prepare(c->products, &p->back[l], err)) ||
            (l && c->net_m && avo_products_prepare(c->products, &p->dw[l], err)))
            return -1;
    }
    p->dx = (struct avo_product){.m = p->n_pad, .n = c->P, .k = H1, .trans_b = true,
                                 .a = c->dact[0], .ld_a = H1, .b = c->w1x, .ld_b = H1, .d = c->dx,
                                 .ld_d = c->P, .math = c->math, .wide = true, .alpha = 1};
    p->dw1x = (struct avo_product){.m = c->Kx, .n = H1, .k = p->n_pad, .trans_a = true, .a = c->x,
                                   .ld_a = c->Kx, .b = c->dact[0], .ld_b = H1, .d = c->dw1x,
                                   .ld_d = H1, .math = c->math, .wide = true, .alpha = 1};
    if (c->P && c->learn->genome && avo_products_prepare(c->products, &p->dx, err))
        return -1;
    return learns_shared(c) ? avo_products_prepare(c->products, &p->dw1x, err) : 0;
}

/* The plan of n_pad rows. */
static struct avo_cuda_plan *find_plan(struct avo_cuda *c, uint32_t n_pad, uint32_t dropped,
                                       struct avo_error *err)
{
    for (int i = 0; i < c->n_plans; i++)
        if (c->plan[i].n_pad == n_pad && c->plan[i].dropped == dropped)
            return &c->plan[i];
    if (c->n_plans == AVO_CUDA_PLANS)
        avo_cuda_forget(c);
    if (avo_cuda_prepare(c, err))
        return NULL;
    struct avo_cuda_plan *p = &c->plan[c->n_plans];
    memset(p, 0, sizeof *p);
    p->n_pad = n_pad;
    p->dropped = dropped;
    if (make_plan(c, p, dropped, err))
        return NULL;
    c->n_plans++;
    return p;
}

/* ---- the queue ---- */

struct run {
    struct avo_cuda *c;
    const struct avo_cuda_plan *plan;
    char *io;
    struct avo_k_samples samples;
    const struct avo_k_step *step;
    float scale;
};

static uint32_t *words(const struct run *r, size_t at)
{
    return (uint32_t *)(void *)(r->io + at);
}

static struct avo_k_samples samples_of(const struct run *r)
{
    const struct avo_cuda_layout *y = &r->c->layout;
    return (struct avo_k_samples){
        .place = words(r, y->place), .crc = words(r, y->crc), .bin = words(r, y->bin),
        .visit = words(r, y->visit), .pair = (int32_t *)(void *)(r->io + y->pair),
        .target = (float *)(void *)(r->io + y->target)};
}

static struct avo_k_block block_of(const struct run *r, uint32_t b)
{
    const struct avo_cuda *c = r->c;
    uint32_t k = c->block_of[b];
    return (struct avo_k_block){
        .w = c->rows[k].w, .m = c->rows[k].m, .v = c->rows[k].v, .last = c->rows[k].last,
        .width = c->model->header.blocks[k].width, .ld = c->ld[k], .x_offset = c->x_offset[k],
        .index = b, .row_of = words(r, c->layout.row_of[b]), .order = words(r, c->layout.order[b]),
        .start = words(r, c->layout.start[b]), .idle = c->idle[b], .adam = c->adam[b],
        .now = c->now[b]};
}

static struct avo_k_group group_of(const struct run *r, uint32_t b)
{
    const struct avo_cuda *c = r->c;
    const struct avo_clock *t = c->learn->clock;
    struct avo_k_clock clock = {{c->sums[0], c->sums[1], c->sums[2], t->beta1, t->beta2},
                                c->sizes[0], c->sizes[1], (float)t->beta1, (float)t->beta2,
                                (float)t->eps};
    return (struct avo_k_group){.block = block_of(r, b), .n_pad = r->plan->n_pad, .clock = clock,
                                .bin = r->samples.bin, .step = r->step, .dx = c->dx,
                                .ld_dx = c->P, .result = c->result};
}

/* Pairs and targets, rows that catch up, X. */
static int queue_inputs(const struct run *r, struct avo_error *err)
{
    struct avo_cuda *c = r->c;
    uint32_t n_pad = r->plan->n_pad;
    if (!c->streamed) {
        struct avo_k_draw draw = {r->samples, n_pad, c->signal, c->dtype == AVO_F16,
                                  c->n_tracks, c->dev_columns, c->dev_twin, c->dev_scale,
                                  r->step};
        if (avo_k_draw(c->dev, &draw, err))
            return -1;
    }
    for (uint32_t b = 0; b < c->n_blocks && c->learn->genome; b++) {
        struct avo_k_group g = group_of(r, b);
        if (avo_k_scalars(c->dev, &g, err) || avo_k_catch_up(c->dev, &g, err))
            return -1;
    }
    struct avo_k_gather x = {.x = c->x, .half = c->half, .n_pad = n_pad, .ld = c->Kx,
                             .n_blocks = c->n_blocks, .ones = c->ones, .pair = r->samples.pair,
                             .pairs = c->dev_pairs, .step = r->step};
    for (uint32_t b = 0; b < c->n_blocks; b++)
        x.block[b] = block_of(r, b);
    for (; x.n_tables < c->n_pair_blocks; x.n_tables++) {
        x.of_celltype[x.n_tables] = c->of_celltype[x.n_tables];
        x.table_column[x.n_tables] = c->column[c->pair_block[x.n_tables]];
    }
    return avo_k_gather(c->dev, &x, err);
}

static int queue_forward(const struct run *r, struct avo_error *err)
{
    struct avo_cuda *c = r->c;
    uint32_t last = c->n_hidden - 1;
    for (uint32_t l = 0; l < c->n_hidden; l++) {
        struct avo_k_dropout drop = {c->act[l], c->half, r->plan->n_pad, c->layer[l].n_out, l,
                                     r->plan->dropped, r->samples, r->step};
        if (avo_products_run(c->products, &r->plan->forward[l], err) ||
            (drop.dropped && avo_k_dropout(c->dev, &drop, err)))
            return -1;
    }
    const struct avo_cuda_layer *out = &c->layer[c->n_hidden];
    struct avo_k_loss loss = {c->act[last], c->dact[last], c->half, r->plan->n_pad, out->n_in,
                              c->net + out->w, c->net + out->b, r->scale, r->samples, c->dy,
                              c->error, r->step};
    struct avo_k_total total = {r->plan->n_pad, c->error, c->dy, r->samples.pair,
                                c->net_g ? c->net_g + out->b : NULL, c->result};
    return avo_k_loss(c->dev, &loss, err) || avo_k_total(c->dev, &total, err) ? -1 : 0;
}

/* Gradients of layers above the first, and of the output's weights. */
static int queue_layers(const struct run *r, struct avo_error *err)
{
    struct avo_cuda *c = r->c;
    for (uint32_t l = 1; l < c->n_hidden; l++) {
        struct avo_k_columns db = {c->dact[l], c->half, r->plan->n_pad, c->layer[l].n_out, NULL,
                                   c->partial, c->net_g + c->layer[l].b};
        if (avo_products_run(c->products, &r->plan->dw[l], err) ||
            avo_k_columns(c->dev, &db, err))
            return -1;
    }
    const struct avo_cuda_layer *out = &c->layer[c->n_hidden];
    struct avo_k_columns dw = {c->act[c->n_hidden - 1], c->half, r->plan->n_pad, out->n_in, c->dy,
                               c->partial, c->net_g + out->w};
    return avo_k_columns(c->dev, &dw, err);
}

/* Gradients of the first layer and of the tables, through the sums over the samples of a row. */
static int queue_first(const struct run *r, struct avo_error *err)
{
    struct avo_cuda *c = r->c;
    struct avo_k_w1x back = avo_cuda_w1x_args(c);
    if (avo_products_run(c->products, &r->plan->dw1x, err))
        return -1;
    for (uint32_t i = 0; i < c->n_pair_blocks; i++) {
        uint32_t k = c->pair_block[i];
        if ((c->net_m && avo_products_run(c->products, &c->dw_track[k], err)) ||
            (c->table[k].m && avo_products_run(c->products, &c->dtable[k], err)))
            return -1;
    }
    return c->net_m ? avo_k_w1x_back(c->dev, &back, err) : 0;
}

static int queue_back(const struct run *r, struct avo_error *err)
{
    struct avo_cuda *c = r->c;
    for (uint32_t l = c->n_hidden - 1; l > 0; l--)
        if (avo_products_run(c->products, &r->plan->back[l], err))
            return -1;
    if (c->P && c->learn->genome && avo_products_run(c->products, &r->plan->dx, err))
        return -1;
    if (c->net_m && queue_layers(r, err))
        return -1;
    return learns_shared(c) ? queue_first(r, err) : 0;
}

static int queue_updates(const struct run *r, struct avo_error *err)
{
    struct avo_cuda *c = r->c;
    for (uint32_t b = 0; b < c->n_blocks && c->learn->genome; b++) {
        struct avo_k_group g = group_of(r, b);
        if (avo_k_update(c->dev, &g, err))
            return -1;
    }
    struct avo_k_adam net = {c->n_net, c->net, c->net_m, c->net_v, c->net_g, c->copy, r->step,
                             c->result};
    if (c->net_m && avo_k_adam(c->dev, &net, err))
        return -1;
    for (uint32_t k = 0; k < c->model->header.n_blocks; k++) {
        const struct avo_cuda_rows *t = &c->table[k];
        size_t first = (size_t)c->learn->first_row[k] * c->ld[k];
        size_t n = (size_t)avo_model_rows(c->model, k) * c->ld[k];
        if (!t->m || first >= n)
            continue;
        struct avo_k_adam adam = {n - first, t->w + first, t->m + first, t->v + first,
                                  t->g + first, NULL, r->step, c->result};
        if (avo_k_adam(c->dev, &adam, err))
            return -1;
    }
    return 0;
}

static int queue_step(void *arg, struct avo_error *err)
{
    const struct run *r = arg;
    if (queue_inputs(r, err) || (learns_shared(r->c) && avo_cuda_queue_w1x(r->c, err)))
        return -1;
    return queue_forward(r, err) || queue_back(r, err) || queue_updates(r, err) ? -1 : 0;
}

int avo_cuda_run_step(struct avo_cuda *c, const struct avo_step *s, struct avo_error *err)
{
    uint32_t n_pad = avo_round_up(s->n, AVO_K_ROWS), dropped = (uint32_t)lround(s->dropout * 256);
    struct run r = {.c = c, .plan = find_plan(c, n_pad, dropped, err), .io = c->io[c->slot]};
    if (!r.plan)
        return -1;
    r.samples = samples_of(&r);
    r.step = (const struct avo_k_step *)(const void *)r.io;
    r.scale = dropped ? 256.0f / (256.0f - (float)dropped) : 1;
    if (!learns_shared(c) && c->w1x_stale && avo_cuda_queue_w1x(c, err))
        return -1;
    c->w1x_stale = learns_shared(c);
    uint64_t key = ((uint64_t)n_pad << 16) + ((uint64_t)dropped << 2) + (c->streamed ? 2 : 0) +
                   (uint64_t)c->slot;
    if (avo_dev_run(c->dev, key, queue_step, &r, err))
        return -1;
    return avo_dev_fetch(c->dev, c->pinned_result, c->result, sizeof *c->result, err) ||
           avo_dev_mark(c->dev, 0, err) ? -1 : 0;
}
