/* SPDX-License-Identifier: MIT */
/* stub.c: stands in for the CUDA backend where avotools is built without it. */
#include "libcommon/backend/backend.h"

const struct avo_backend_ops *avo_backend_cuda(void)
{
    return NULL;
}
