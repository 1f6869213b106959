/* SPDX-License-Identifier: MIT */
/* backend.c: which backend --device means, and what provenance calls it. */
#include "libcommon/model/backend.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/base/text.h"
#include "libcommon/model/gemm.h"

static const struct avo_backend_ops *choose_cuda(const char *device, int *index,
                                                 struct avo_error *err)
{
    int64_t n = 0;
    if (device[4] == ':' && avo_parse_int(device + 5, 0, 1023, "--device cuda:N", &n, err))
        return NULL;
    *index = (int)n;
    if (!avo_backend_cuda())
        avo_error_status(err, AVO_EXIT_DEVICE, "--device %s: built without CUDA", device);
    return avo_backend_cuda();
}

const struct avo_backend_ops *avo_backend_choose(const char *device, int *index,
                                                 const char **why, struct avo_error *err)
{
    *index = 0;
    *why = "asked for";
    if (!strcmp(device, "cpu"))
        return &avo_backend_cpu;
    if (!strcmp(device, "cpu-ref"))
        return &avo_backend_cpu_ref;
    if (!strcmp(device, "cuda") || !strncmp(device, "cuda:", 5))
        return choose_cuda(device, index, err);
    if (strcmp(device, "auto")) {
        avo_error_status(err, AVO_EXIT_USAGE,
                         "--device: got \"%s\", want auto, cpu, cpu-ref or cuda[:N]", device);
        return NULL;
    }
    *why = avo_backend_cuda() ? "a card is there" : "built without CUDA";
    return avo_backend_cuda() ? avo_backend_cuda() : &avo_backend_cpu;
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

const char *avo_backend_provenance(const struct avo_backend_ops *ops)
{
    static char text[64];   /* the same at every call */
    if (ops != &avo_backend_cpu)
        return ops->name;
    snprintf(text, sizeof text, "cpu:%s:%s", vectors(), avo_gemm_name());
    return text;
}
