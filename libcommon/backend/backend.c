/* SPDX-License-Identifier: MIT */
/* backend.c: which backend --device and --precision mean, and what provenance calls it. */
#include "libcommon/backend/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/cpu_products.h"
#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"

static const char *const precision_names[] = {
    [AVO_PRECISION_AUTO] = "auto", [AVO_PRECISION_F32] = "f32", [AVO_PRECISION_TF32] = "tf32",
    [AVO_PRECISION_BF16] = "bf16"};

const char *avo_precision_name(enum avo_precision p)
{
    return precision_names[p];
}

/* The widest vectors that the processor offers: products are summed in another order with them. */
static const char *vectors(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return "avx512";
    if (__builtin_cpu_supports("avx2"))
        return "avx2";
#endif
    return "generic";
}

static int take_cpu(struct avo_chosen *to)
{
    to->ops = &avo_backend_cpu;
    snprintf(to->name, sizeof to->name, "cpu:%s:%s", vectors(), avo_cpu_products_name());
    return 0;
}

static int take_cpu_ref(struct avo_chosen *to)
{
    to->ops = &avo_backend_cpu_ref;
    snprintf(to->name, sizeof to->name, "%s", to->ops->name);
    return 0;
}

/* The card, if it is usable. */
static int take_card(struct avo_chosen *to, struct avo_error *err)
{
    const struct avo_backend_ops *cuda = avo_backend_cuda();
    if (!cuda)
        return avo_error_status(err, AVO_EXIT_DEVICE, "built without CUDA");
    if (cuda->usable(to->device.index, to->name, sizeof to->name, err))
        return -1;
    to->ops = cuda;
    return 0;
}

static int take_asked_card(const char *device, struct avo_chosen *to, struct avo_error *err)
{
    int64_t n = 0;
    if (device[4] == ':' && avo_parse_int(device + 5, 0, 1023, "--device cuda:N", &n, err))
        return -1;
    to->device.index = (int)n;
    return take_card(to, err) ? avo_error_prefix(err, "--device %s", device) : 0;
}

static int parse_precision(const char *text, enum avo_precision *to, struct avo_error *err)
{
    for (int i = 0; i <= AVO_PRECISION_BF16; i++)
        if (!strcmp(text, precision_names[i])) {
            *to = (enum avo_precision)i;
            return 0;
        }
    return avo_usage_error(err, "--precision: got \"%s\", want auto, f32, tf32 or bf16", text);
}

/* What the precision asked for is on this backend: AUTO where it has no such. */
static enum avo_precision find_precision(const struct avo_backend_ops *ops,
                                         enum avo_precision asked)
{
    static const enum avo_precision plain[] = {AVO_PRECISION_F32, AVO_PRECISION_AUTO};
    const enum avo_precision *has = ops->precisions ? ops->precisions : plain;
    if (asked == AVO_PRECISION_AUTO)
        return has[0];
    for (; *has != AVO_PRECISION_AUTO; has++)
        if (*has == asked)
            return asked;
    return AVO_PRECISION_AUTO;
}

static int settle_precision(struct avo_chosen *to, enum avo_precision asked,
                            struct avo_error *err)
{
    to->device.precision = find_precision(to->ops, asked);
    if (to->device.precision != AVO_PRECISION_AUTO)
        return 0;
    avo_usage_error(err, "--precision %s: the device %s computes in f32 only%s%s",
                    precision_names[asked], to->ops->name, to->fell_back ? "; no card: " : "",
                    to->fell_back ? to->why : "");
    return avo_error_hint(err, "bf16 and tf32 are for --device cuda");
}

static int take_auto(struct avo_chosen *to)
{
    struct avo_error cause = {0};
    to->fell_back = avo_backend_cuda() && take_card(to, &cause);
    if (avo_backend_cuda() && !to->fell_back) {
        snprintf(to->why, sizeof to->why, "a card is there");
        return 0;
    }
    snprintf(to->why, sizeof to->why, "%s", to->fell_back ? cause.msg : "built without CUDA");
    return take_cpu(to);
}

int avo_backend_choose(const char *device, const char *precision, struct avo_chosen *to,
                       struct avo_error *err)
{
    enum avo_precision asked = AVO_PRECISION_AUTO;
    int rc;
    memset(to, 0, sizeof *to);
    snprintf(to->why, sizeof to->why, "asked for");
    if (parse_precision(precision, &asked, err))
        return -1;
    if (!strcmp(device, "cpu"))
        rc = take_cpu(to);
    else if (!strcmp(device, "cpu-ref"))
        rc = take_cpu_ref(to);
    else if (!strcmp(device, "cuda") || !strncmp(device, "cuda:", 5))
        rc = take_asked_card(device, to, err);
    else if (!strcmp(device, "auto"))
        rc = take_auto(to);
    else
        return avo_usage_error(err, "--device: got \"%s\", want auto, cpu, cpu-ref or cuda[:N]",
                               device);
    return rc ? -1 : settle_precision(to, asked, err);
}

int avo_backend_predict(const struct avo_backend_ops *ops, void *ctx, const struct avo_model *m,
                        const struct avo_pair *pairs, uint32_t n_pairs, uint32_t first, uint32_t n,
                        float *out, struct avo_error *err)
{
    float q = (float)m->hyper.celltype_dropout;
    if (q == 0)
        return ops->predict(ctx, pairs, n_pairs, first, n, out, err);
    struct avo_pair *none = avo_alloc(m->n_assays, sizeof *none, "pairs", err);
    float *mean = avo_alloc((size_t)m->n_assays * n, sizeof *mean, "predictions", err);
    int rc = none && mean ? ops->predict(ctx, pairs, n_pairs, first, n, out, err) : -1;
    uint32_t n_none = 0;
    for (uint32_t a = 0; a < m->n_assays && !rc; a++) {
        uint32_t p = 0;
        while (p < n_pairs && pairs[p].assay != a)
            p++;
        if (p < n_pairs)
            none[n_none++] = (struct avo_pair){AVO_NO_ROW, a};
    }
    if (!rc)
        rc = ops->predict(ctx, none, n_none, first, n, mean, err);
    for (uint32_t p = 0; p < n_pairs && !rc; p++) {
        uint32_t t = 0;
        while (none[t].assay != pairs[p].assay)
            t++;
        for (uint32_t i = 0; i < n; i++)
            out[(size_t)p * n + i] = (1 - q) * out[(size_t)p * n + i] + q * mean[(size_t)t * n + i];
    }
    free(none);
    free(mean);
    return rc;
}

/* The CPU in place of a device that cannot compute such models, or an error. */
static int take_cpu_instead(const char *models, const char *device, const char *precision,
                            struct avo_chosen *on, struct avo_error *err)
{
    if (strcmp(device, "auto"))
        return avo_error_status(err, AVO_EXIT_DEVICE, "--device %s: %s are computed on the CPU: "
                                "--device cpu", on->ops->name, models);
    if (avo_backend_choose("cpu", precision, on, err))
        return -1;
    snprintf(on->why, sizeof on->why, "%s are computed there only", models);
    return 0;
}

const struct avo_observed_ops *avo_backend_observed(const char *device, const char *precision,
                                                    struct avo_chosen *on, struct avo_error *err)
{
    if (!on->ops->observed &&
        take_cpu_instead("models of the family observed", device, precision, on, err))
        return NULL;
    return on->ops->observed;
}

int avo_backend_settle(const struct avo_model *m, const char *device, const char *precision,
                       struct avo_chosen *on, struct avo_error *err)
{
    if (!m->header.parafac || on->ops->parafac)
        return 0;
    return take_cpu_instead("models without a network", device, precision, on, err);
}
