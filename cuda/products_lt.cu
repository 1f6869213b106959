/* SPDX-License-Identifier: MIT */
/* products_lt.cu: products.h on cuBLASLt: plans, and running them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/lt.cuh"
#include "cuda/mask.cuh"
#include "cuda/tune.h"

#define ANY_M 32768u            /* samples that algorithms are chosen for, whatever their number */
#define MOST_ALGOS 24
#define TUNE_ROUNDS 20

/* Bits of a hidden layer: where its activation was above 0. */
struct mask {
    struct mask *next;
    const void *act;
    uint32_t m, n;
    void *bits;
};

struct plan {
    struct plan *next;
    struct avo_lt_call call;
    cublasLtMatmulAlgo_t algo;
    bool mask_after;            /* MASK, not fused */
};

struct avo_products {
    struct avo_dev *dev;
    cublasLtHandle_t handle;
    void *workspace;
    struct plan *plans;
    struct mask *masks;
};

struct avo_products *avo_products_new(struct avo_dev *d, struct avo_error *err)
{
    struct avo_products *p = (struct avo_products *)calloc(1, sizeof *p);
    if (!p) {
        avo_error_set(err, "out of memory (%zu bytes for products)", sizeof *p);
        return NULL;
    }
    p->dev = d;
    p->workspace = avo_dev_alloc(d, 1, AVO_LT_WORKSPACE, "the products' workspace", err);
    if (p->workspace && !avo_lt_check(avo_lt.Create(&p->handle), "opening cuBLASLt", err))
        return p;
    if (err && err->status == AVO_EXIT_DATA)
        err->status = AVO_EXIT_DEVICE;      /* nothing has begun yet */
    avo_products_free(p);
    return NULL;
}

void avo_products_free(struct avo_products *p)
{
    if (!p)
        return;
    avo_products_forget(p);
    if (p->handle)
        avo_lt.Destroy(p->handle);
    avo_dev_free(p->dev, p->workspace);
    free(p);
}

void avo_products_forget(struct avo_products *p)
{
    while (p->plans) {
        struct plan *next = p->plans->next;
        avo_lt_forget(&p->plans->call);
        free(p->plans);
        p->plans = next;
    }
    while (p->masks) {
        struct mask *next = p->masks->next;
        avo_dev_free(p->dev, p->masks->bits);
        free(p->masks);
        p->masks = next;
    }
}

/* ---- masks ---- */

/* The bits that go with the layer at act, or NULL. */
static void *find_mask(const struct avo_products *p, const void *act, uint32_t m, uint32_t n)
{
    for (const struct mask *k = p->masks; k; k = k->next)
        if (k->act == act && k->m == m && k->n == n)
            return k->bits;
    return NULL;
}

static void *make_mask(struct avo_products *p, const struct avo_product *x, struct avo_error *err)
{
    void *bits = find_mask(p, x->d, x->m, x->n);
    if (bits)
        return bits;
    struct mask *k = (struct mask *)calloc(1, sizeof *k);
    if (!k) {
        avo_error_set(err, "out of memory (%zu bytes for a mask)", sizeof *k);
        return NULL;
    }
    k->bits = avo_dev_alloc(p->dev, x->m, avo_lt_mask_ld(x->n) / 8, "masks", err);
    if (!k->bits) {
        free(k);
        return NULL;
    }
    k->act = x->d;
    k->m = x->m;
    k->n = x->n;
    k->next = p->masks;
    p->masks = k;
    return k->bits;
}

static void drop_mask(struct avo_products *p, const struct avo_product *x)
{
    for (struct mask **at = &p->masks; *at; at = &(*at)->next) {
        struct mask *k = *at;
        if (k->act != x->d || k->m != x->m || k->n != x->n)
            continue;
        *at = k->next;
        avo_dev_free(p->dev, k->bits);
        free(k);
        return;
    }
}

/* ---- plans ---- */

/* Without a table: cards before sm_90 make a kernel of its own of the mask, slower than ours. */
static bool may_fuse(const struct avo_products *p, const struct avo_product *x)
{
    if (x->epilogue == AVO_EPI_MASK)
        return !x->changed && find_mask(p, x->act, x->m, x->n);
    return x->keep_mask && (x->epilogue == AVO_EPI_RELU || x->epilogue == AVO_EPI_RELU_BIAS) &&
           p->dev->major >= 9;
}

/* The first algorithm that serves for x, chosen as for ANY_M samples: 1, 0 for none. */
static int choose(struct avo_products *p, const struct avo_product *x, struct plan *plan,
                  bool fused, void *bits, struct avo_error *err)
{
    cublasLtMatmulHeuristicResult_t found[MOST_ALGOS], checked;
    struct avo_lt_call any;
    if (avo_lt_describe(&any, x, x->trans_a ? x->m : ANY_M, fused, bits, err))
        return -1;
    int n = avo_lt_ask(p->handle, &any, x, found, MOST_ALGOS), got = 0;
    avo_lt_forget(&any);
    for (int i = 0; i < n && !got; i++) {
        plan->algo = found[i].algo;
        got = !avo_lt.MatmulAlgoCheck(p->handle, plan->call.desc, plan->call.a,
                                              plan->call.b, plan->call.d, plan->call.d,
                                              &plan->algo, &checked) &&
              checked.workspaceSize <= AVO_LT_WORKSPACE;
    }
    return got;
}

static int use_choice(struct avo_products *p, struct plan *plan, const struct avo_lt_choice *c)
{
    cublasLtMatmulHeuristicResult_t checked;
    plan->algo = c->algo;
    return !avo_lt.MatmulAlgoCheck(p->handle, plan->call.desc, plan->call.a,
                                           plan->call.b, plan->call.d, plan->call.d, &plan->algo,
                                           &checked) &&
           checked.workspaceSize <= AVO_LT_WORKSPACE;
}

/* Fills the plan's description and algorithm: 1, or 0 where there is none, -1 on error. */
static int try_plan(struct avo_products *p, const struct avo_product *x, struct plan *plan,
                    bool fused, const struct avo_lt_choice *choice, struct avo_error *err)
{
    void *bits = NULL;
    if (fused) {
        bits = x->epilogue == AVO_EPI_MASK ? find_mask(p, x->act, x->m, x->n)
                                           : make_mask(p, x, err);
        if (!bits)
            return x->epilogue == AVO_EPI_MASK ? 0 : -1;
    }
    if (avo_lt_describe(&plan->call, x, x->m, fused, bits, err))
        return -1;
    int got = choice && choice->fused == fused ? use_choice(p, plan, choice) : 0;
    if (!got)
        got = choose(p, x, plan, fused, bits, err);
    if (got > 0) {
        plan->mask_after = x->epilogue == AVO_EPI_MASK && !fused;
        return 1;
    }
    avo_lt_forget(&plan->call);
    if (fused && x->epilogue != AVO_EPI_MASK)
        drop_mask(p, x);
    return got;
}

int avo_products_prepare(struct avo_products *p, struct avo_product *x, struct avo_error *err)
{
    struct plan *plan = (struct plan *)calloc(1, sizeof *plan);
    struct avo_lt_choice choice;
    char key[AVO_LT_KEY];
    if (!plan)
        return avo_error_set(err, "out of memory (%zu bytes for a plan)", sizeof *plan);
    avo_lt_key(x, key);
    bool known = avo_lt_find(key, &choice), fused = may_fuse(p, x) && (!known || choice.fused);
    int got = fused ? try_plan(p, x, plan, true, known ? &choice : NULL, err) : 0;
    if (!got)
        got = try_plan(p, x, plan, false, known ? &choice : NULL, err);
    if (got <= 0) {
        free(plan);
        return got ? -1 : avo_error_set(err, "cuBLASLt has no way to compute %s for %u rows", key,
                                        x->m);
    }
    plan->next = p->plans;
    p->plans = plan;
    x->plan = plan;
    return 0;
}

int avo_products_run(struct avo_products *p, const struct avo_product *x, struct avo_error *err)
{
    const struct plan *plan = (const struct plan *)x->plan;
    const struct avo_lt_call *c = &plan->call;
    float alpha = x->alpha, beta = 0;
    cublasStatus_t s = avo_lt.Matmul(p->handle, c->desc, &alpha, x->b, c->a, x->a, c->b,
                                             &beta, x->d, c->d, x->d, c->d, &plan->algo,
                                             p->workspace, AVO_LT_WORKSPACE, p->dev->queue);
    if (avo_lt_check(s, "matrix product", err))
        return -1;
    return plan->mask_after ? avo_cuda_mask(p->dev, x->d, x->act, x->math == AVO_MATH_BF16 &&
                                            !x->wide, x->m, x->n, x->ld_d, err) : 0;
}

/* ---- timing, for the table ---- */

/* Microseconds of the plan's product, the mask afterwards included; negative on error. */
static float time_plan(struct avo_products *p, const struct avo_product *x, struct avo_error *err)
{
    cudaEvent_t beg = NULL, end = NULL;
    float ms = -1;
    int rc = avo_cuda_check(cudaEventCreate(&beg), "timing", err) ||
             avo_cuda_check(cudaEventCreate(&end), "timing", err);
    for (int i = 0; i < TUNE_ROUNDS + 2 && !rc; i++) {
        if (i == 2)             /* after two that load code and warm up */
            rc = avo_cuda_check(cudaEventRecord(beg, p->dev->queue), "timing", err);
        if (!rc)
            rc = avo_products_run(p, x, err);
    }
    if (!rc)
        rc = avo_cuda_check(cudaEventRecord(end, p->dev->queue), "timing", err) ||
             avo_cuda_check(cudaEventSynchronize(end), "timing", err) ||
             avo_cuda_check(cudaEventElapsedTime(&ms, beg, end), "timing", err);
    if (beg)
        (void)cudaEventDestroy(beg);
    if (end)
        (void)cudaEventDestroy(end);
    return rc ? -1 : ms * 1000 / TUNE_ROUNDS;
}

/* Times every algorithm offered for x with or without the mask in the product; keeps the best. */
static int tune_kind(struct avo_products *p, struct avo_product *x, bool fused,
                     struct avo_tuned *best, struct avo_lt_choice *choice, struct avo_error *err)
{
    cublasLtMatmulHeuristicResult_t found[MOST_ALGOS];
    struct plan plan;
    memset(&plan, 0, sizeof plan);
    int got = try_plan(p, x, &plan, fused, NULL, err);
    if (got <= 0)
        return got;
    int n = avo_lt_ask(p->handle, &plan.call, x, found, MOST_ALGOS);
    void *was = x->plan;
    x->plan = &plan;
    for (int i = 0; i < n; i++) {
        struct avo_lt_choice c = {fused, found[i].algo};
        struct avo_error ignored = {};
        if (!use_choice(p, &plan, &c))
            continue;
        float us = time_plan(p, x, &ignored);
        best->n_tried += us >= 0;
        if (us >= 0 && (best->us <= 0 || us < best->us)) {
            best->us = us;
            *choice = c;
        }
    }
    x->plan = was;
    avo_lt_forget(&plan.call);
    return 0;
}

int avo_products_tune(struct avo_products *p, struct avo_product *x, struct avo_tuned *best,
                      struct avo_error *err)
{
    struct avo_lt_choice choice;
    char key[AVO_LT_KEY];
    memset(best, 0, sizeof *best);
    memset(&choice, 0, sizeof choice);
    if (avo_products_prepare(p, x, err))
        return -1;
    best->us_first = time_plan(p, x, err);
    if (best->us_first < 0 || tune_kind(p, x, false, best, &choice, err) ||
        (may_fuse(p, x) && tune_kind(p, x, true, best, &choice, err)))
        return -1;
    avo_lt_key(x, key);
    best->fused = choice.fused;
    avo_lt_line(p->dev->card, key, &choice, best->line, sizeof best->line);
    return 0;
}
