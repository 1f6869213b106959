/* SPDX-License-Identifier: MIT */
/* tune.cu: timing what is queued, for `make bench-cuda`. */
#include "cuda/tune.h"

#include <stdio.h>

#include "cuda/check.cuh"

float avo_dev_time(struct avo_dev *d, avo_dev_fn *fn, void *arg, int rounds,
                   struct avo_error *err)
{
    cudaEvent_t beg = NULL, end = NULL;
    float ms = 0;
    int rc = avo_cuda_check(cudaEventCreate(&beg), "timing", err) ||
             avo_cuda_check(cudaEventCreate(&end), "timing", err);
    for (int i = 0; i < rounds + 2 && !rc; i++) {
        if (i == 2)
            rc = avo_cuda_check(cudaEventRecord(beg, d->queue), "timing", err);
        if (!rc)
            rc = fn(arg, err);
    }
    if (!rc)
        rc = avo_cuda_check(cudaEventRecord(end, d->queue), "timing", err) ||
             avo_cuda_check(cudaEventSynchronize(end), "timing", err) ||
             avo_cuda_check(cudaEventElapsedTime(&ms, beg, end), "timing", err);
    if (beg)
        (void)cudaEventDestroy(beg);
    if (end)
        (void)cudaEventDestroy(end);
    return rc ? -1 : ms * 1000 / (float)rounds;
}

void avo_dev_describe(struct avo_dev *d, char *text, size_t size)
{
    int driver = 0, clock = 0, bus = 0;
    (void)cudaDriverGetVersion(&driver);
    (void)cudaDeviceGetAttribute(&clock, cudaDevAttrClockRate, d->index);
    (void)cudaDeviceGetAttribute(&bus, cudaDevAttrGlobalMemoryBusWidth, d->index);
    snprintf(text, size, "%s, sm_%d%d, %d multiprocessors, %d MHz, %d-bit memory, driver for CUDA "
             "%d.%d, runtime %d.%d, %s", d->card, d->major, d->minor, d->n_sm, clock / 1000, bus,
             driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10,
             avo_products_name());
}
