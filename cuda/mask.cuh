/* SPDX-License-Identifier: MIT */
/* mask.cuh: the derivative of ReLU as a kernel of its own, where a product cannot have it. */
#ifndef AVO_CUDA_MASK_CUH
#define AVO_CUDA_MASK_CUH

#include "cuda/device.h"

/* d = act > 0 ? d : 0, in place; both [m][n], rows ld apart, n and ld multiples of 8. */
int avo_cuda_mask(struct avo_dev *dev, void *d, const void *act, bool half, uint32_t m, uint32_t n,
                  uint32_t ld, struct avo_error *err);

#endif
