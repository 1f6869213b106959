/* SPDX-License-Identifier: MIT */
/* device.cu: device.h on an NVIDIA card: finding and opening it, memory, copies. Recorded work is
 * in graph.cu. */
#include "cuda/check.cuh"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/products.h"

#define STAGE_BYTES ((size_t)16 << 20)
#define MB(x) ((double)(x) / 1e6)

/* ---- errors ---- */

/* A fault after which the card answers nothing any more: to this process, or to any. */
static bool lost(cudaError_t e)
{
    switch (e) {
    case cudaErrorDevicesUnavailable:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorContextIsDestroyed:
    case cudaErrorExternalDevice:
    case cudaErrorUnknown:
        return true;
    default:
        return false;
    }
}

int avo_cuda_check(cudaError_t e, const char *what, struct avo_error *err)
{
    if (e == cudaSuccess)
        return 0;
    (void)cudaGetLastError();   /* one that is not lasting is not met again */
    avo_error_set(err, "%s: %s%s (%s)", what, lost(e) ? "the card was lost: " : "",
                  cudaGetErrorString(e), cudaGetErrorName(e));
    if (lost(e))
        avo_error_hint(err, "a training run with --checkpoint goes on with --resume");
    return -1;
}

static int unusable(struct avo_error *err, const char *text)
{
    return avo_error_status(err, AVO_EXIT_DEVICE, "%s", text);
}

/* ---- finding ---- */

static int no_cards(cudaError_t e, struct avo_error *err)
{
    int serves = 0;
    (void)cudaGetLastError();
    (void)cudaDriverGetVersion(&serves);
    if (e == cudaErrorInsufficientDriver && !serves)
        return unusable(err, "no NVIDIA driver");
    if (e == cudaErrorInsufficientDriver)
        return avo_error_status(err, AVO_EXIT_DEVICE,
                                "the NVIDIA driver is too old: it serves CUDA %d.%d (want %d.%d)",
                                serves / 1000, serves % 1000 / 10, CUDART_VERSION / 1000,
                                CUDART_VERSION % 1000 / 10);
    if (e == cudaErrorNoDevice || e == cudaSuccess)
        return avo_error_status(err, AVO_EXIT_DEVICE, "the NVIDIA driver shows no card%s",
                                getenv("CUDA_VISIBLE_DEVICES") ? " (CUDA_VISIBLE_DEVICES is set)"
                                                               : "");
    return avo_error_status(err, AVO_EXIT_DEVICE, "CUDA cannot start: %s (%s)",
                            cudaGetErrorString(e), cudaGetErrorName(e));
}

__global__ void avo_probe_kernel(int *p)
{
    if (p)
        *p = 1;
}

/* Whether this build's code runs on the current card. */
static int has_code(const struct avo_dev *d, struct avo_error *err)
{
    cudaFuncAttributes a;
    cudaError_t e = cudaFuncGetAttributes(&a, (const void *)avo_probe_kernel);
    if (e == cudaSuccess)
        return 0;
    (void)cudaGetLastError();
    if (e == cudaErrorNoKernelImageForDevice || e == cudaErrorInvalidDeviceFunction ||
        e == cudaErrorUnsupportedPtxVersion || e == cudaErrorInvalidKernelImage)
        return avo_error_status(err, AVO_EXIT_DEVICE, "the card is sm_%d%d, and this build has "
                                "code for " AVO_CUDA_ARCH, d->major, d->minor);
    return avo_error_status(err, AVO_EXIT_DEVICE, "the card cannot be used: %s (%s)",
                            cudaGetErrorString(e), cudaGetErrorName(e));
}

static int name_card(struct avo_dev *d, struct avo_error *err)
{
    cudaDeviceProp p;
    cudaError_t e = cudaGetDeviceProperties(&p, d->index);
    if (e != cudaSuccess)
        return avo_error_status(err, AVO_EXIT_DEVICE, "the card cannot be used: %s (%s)",
                                cudaGetErrorString(e), cudaGetErrorName(e));
    snprintf(d->card, sizeof d->card, "%.63s", p.name);
    for (char *c = d->card; *c; c++)
        *c = *c == ' ' || *c == '\t' ? '_' : *c;
    return 0;
}

/* Fills what is known of card `index` and makes it the current one. */
static int find_card(struct avo_dev *d, int index, struct avo_error *err)
{
    int n = 0;
    cudaError_t e = cudaGetDeviceCount(&n);
    if (e != cudaSuccess || n < 1)
        return no_cards(e, err);
    if (index >= n)
        return avo_error_status(err, AVO_EXIT_DEVICE, "no card number %d: there %s %d, counted "
                                "from 0", index, n > 1 ? "are" : "is", n);
    d->index = index;
    e = cudaSetDevice(index);
    if (e == cudaSuccess)
        e = cudaDeviceGetAttribute(&d->major, cudaDevAttrComputeCapabilityMajor, index);
    if (e == cudaSuccess)
        e = cudaDeviceGetAttribute(&d->minor, cudaDevAttrComputeCapabilityMinor, index);
    if (e == cudaSuccess)
        e = cudaDeviceGetAttribute(&d->n_sm, cudaDevAttrMultiProcessorCount, index);
    if (e != cudaSuccess)
        return avo_error_status(err, AVO_EXIT_DEVICE, "the card cannot be used: %s (%s)",
                                cudaGetErrorString(e), cudaGetErrorName(e));
    if (has_code(d, err) || name_card(d, err) || avo_products_load(d->card, err))
        return -1;
    snprintf(d->name, sizeof d->name, "cuda:sm_%d%d:%s", d->major, d->minor, avo_products_name());
    return 0;
}

int avo_dev_usable(int index, char *name, size_t size, struct avo_error *err)
{
    struct avo_dev d;
    memset(&d, 0, sizeof d);
    if (find_card(&d, index, err))
        return -1;
    snprintf(name, size, "%s", d.name);
    return 0;
}

/* ---- opening ---- */

static int make_queues(struct avo_dev *d, struct avo_error *err)
{
    const char *what = "opening the card";
    if (avo_cuda_check(cudaStreamCreateWithFlags(&d->queue, cudaStreamNonBlocking), what, err) ||
        avo_cuda_check(cudaStreamCreateWithFlags(&d->sends, cudaStreamNonBlocking), what, err) ||
        avo_cuda_check(cudaEventCreateWithFlags(&d->sent, cudaEventDisableTiming), what, err))
        return -1;
    for (int i = 0; i < AVO_DEV_MARKS; i++)
        if (avo_cuda_check(cudaEventCreateWithFlags(&d->mark[i], cudaEventDisableTiming), what,
                           err))
            return -1;
    for (int i = 0; i < 2; i++)
        if (avo_cuda_check(cudaEventCreateWithFlags(&d->stage[i].done, cudaEventDisableTiming),
                           what, err) ||
            avo_cuda_check(cudaHostAlloc(&d->stage[i].p, STAGE_BYTES, cudaHostAllocDefault),
                           "page-locked memory", err))
            return -1;
    return 0;
}

struct avo_dev *avo_dev_open(int index, struct avo_error *err)
{
    struct avo_dev *d = (struct avo_dev *)calloc(1, sizeof *d);
    if (!d) {
        avo_error_set(err, "out of memory (%zu bytes for a device)", sizeof *d);
        return NULL;
    }
    if (find_card(d, index, err) || make_queues(d, err)) {
        if (err && err->status == AVO_EXIT_DATA)
            err->status = AVO_EXIT_DEVICE;      /* nothing has begun yet */
        avo_dev_close(d);
        return NULL;
    }
    return d;
}

void avo_dev_close(struct avo_dev *d)
{
    if (!d)
        return;
    avo_dev_forget(d);
    for (int i = 0; i < 2; i++) {
        if (d->stage[i].p)
            (void)cudaFreeHost(d->stage[i].p);
        if (d->stage[i].done)
            (void)cudaEventDestroy(d->stage[i].done);
    }
    for (int i = 0; i < AVO_DEV_MARKS; i++)
        if (d->mark[i])
            (void)cudaEventDestroy(d->mark[i]);
    if (d->sent)
        (void)cudaEventDestroy(d->sent);
    if (d->sends)
        (void)cudaStreamDestroy(d->sends);
    if (d->queue)
        (void)cudaStreamDestroy(d->queue);
    (void)cudaGetLastError();
    free(d);
}

int avo_dev_use(struct avo_dev *d, struct avo_error *err)
{
    return avo_cuda_check(cudaSetDevice(d->index), "choosing the card", err);
}

const char *avo_dev_name(const struct avo_dev *d)
{
    return d->name;
}

int avo_dev_has_bf16(const struct avo_dev *d)
{
    return d->major >= 8;
}

/* ---- memory ---- */

size_t avo_dev_free_bytes(struct avo_dev *d)
{
    size_t there = 0, all = 0;
    (void)d;
    if (cudaMemGetInfo(&there, &all) != cudaSuccess)
        (void)cudaGetLastError();
    return there;
}

static int too_little(struct avo_dev *d, size_t n, const char *what, struct avo_error *err)
{
    avo_error_status(err, AVO_EXIT_DEVICE,
                     "card %d has too little memory: %.1f MB for %s, %.1f MB are free", d->index,
                     MB(n), what, MB(avo_dev_free_bytes(d)));
    return avo_error_hint(err, "a smaller --batch, or a region at a time, takes less of it; "
                          "--device cpu takes none");
}

static bool size_of(size_t n, size_t size, size_t *bytes)
{
    bool fits = !size || n <= (SIZE_MAX - 255) / size;
    *bytes = fits && n > 0 && size > 0 ? n * size : 256;
    return fits;
}

/* For everything queued so far. */
static int wait_for_all(struct avo_dev *d, struct avo_error *err)
{
    return avo_cuda_check(cudaStreamSynchronize(d->queue), "computing", err);
}

void *avo_dev_alloc(struct avo_dev *d, size_t n, size_t size, const char *what,
                    struct avo_error *err)
{
    void *p = NULL;
    size_t bytes;
    cudaError_t e = size_of(n, size, &bytes) ? cudaMalloc(&p, bytes) : cudaErrorMemoryAllocation;
    if (e == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError();
        too_little(d, bytes, what, err);
        return NULL;
    }
    if (avo_cuda_check(e, what, err))
        return NULL;
    /* Waited for: a send, which runs beside the queue, may be the next to write there. */
    if (avo_cuda_check(cudaMemsetAsync(p, 0, bytes, d->queue), what, err) ||
        wait_for_all(d, err)) {
        (void)cudaFree(p);
        return NULL;
    }
    return p;
}

void avo_dev_free(struct avo_dev *d, void *p)
{
    if (!p)
        return;
    (void)cudaStreamSynchronize(d->queue);
    (void)cudaFree(p);
    (void)cudaGetLastError();
}

void *avo_dev_pinned(struct avo_dev *d, size_t n, size_t size, const char *what,
                     struct avo_error *err)
{
    void *p = NULL;
    size_t bytes;
    (void)d;
    if (!size_of(n, size, &bytes) ||
        cudaHostAlloc(&p, bytes, cudaHostAllocDefault) != cudaSuccess) {
        (void)cudaGetLastError();
        avo_error_set(err, "no page-locked memory: %.1f MB for %s", MB(bytes), what);
        return NULL;
    }
    memset(p, 0, bytes);
    return p;
}

void avo_dev_pinned_free(struct avo_dev *d, void *p)
{
    if (!p)
        return;
    (void)cudaStreamSynchronize(d->sends);
    (void)cudaStreamSynchronize(d->queue);
    (void)cudaFreeHost(p);
    (void)cudaGetLastError();
}

/* ---- copies ---- */

/* A piece of a copy that one staging buffer holds: `rows` rows from `row` on, columns from `at`. */
struct piece { size_t row, rows, at, width; };

/* Pieces cover the rectangle in turn; false after the last. Rows without gaps on both sides are
 * taken for one long row by the callers. */
static bool next_piece(struct piece *p, size_t width, size_t rows)
{
    p->at += p->width;
    if (!p->width || p->at >= width) {
        p->row += p->rows;
        p->at = 0;
    }
    if (p->row >= rows || !width)
        return false;
    p->width = width - p->at < STAGE_BYTES ? width - p->at : STAGE_BYTES;
    p->rows = p->width < width ? 1 : STAGE_BYTES / width;
    if (p->rows > rows - p->row)
        p->rows = rows - p->row;
    return true;
}

static void join_rows(size_t to_pitch, size_t from_pitch, size_t *width, size_t *rows)
{
    if (to_pitch == *width && from_pitch == *width) {
        *width *= *rows;
        *rows = *rows ? 1 : 0;
    }
}

static void copy_rows(char *to, size_t to_pitch, const char *from, size_t from_pitch,
                      size_t width, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * to_pitch, from + i * from_pitch, width);
}

int avo_dev_upload(struct avo_dev *d, void *to, size_t to_pitch, const void *from,
                   size_t from_pitch, size_t width, size_t rows, struct avo_error *err)
{
    struct piece p = {0, 0, 0, 0};
    join_rows(to_pitch, from_pitch, &width, &rows);
    while (next_piece(&p, width, rows)) {
        struct avo_dev_stage *s = &d->stage[d->next_stage];
        if (avo_cuda_check(cudaEventSynchronize(s->done), "upload", err))
            return -1;
        copy_rows((char *)s->p, p.width, (const char *)from + p.row * from_pitch + p.at,
                  from_pitch, p.width, p.rows);
        if (avo_cuda_check(cudaMemcpy2DAsync((char *)to + p.row * to_pitch + p.at,
                                             p.rows > 1 ? to_pitch : p.width, s->p, p.width,
                                             p.width, p.rows, cudaMemcpyHostToDevice, d->queue),
                           "upload", err) ||
            avo_cuda_check(cudaEventRecord(s->done, d->queue), "upload", err))
            return -1;
        d->next_stage ^= 1;
    }
    return 0;
}

static int begin_download(struct avo_dev *d, struct avo_dev_stage *s, const char *from,
                          size_t pitch, const struct piece *p, struct avo_error *err)
{
    return avo_cuda_check(cudaMemcpy2DAsync(s->p, p->width, from + p->row * pitch + p->at,
                                            p->rows > 1 ? pitch : p->width, p->width, p->rows,
                                            cudaMemcpyDeviceToHost, d->queue), "download", err) ||
           avo_cuda_check(cudaEventRecord(s->done, d->queue), "download", err);
}

int avo_dev_download(struct avo_dev *d, void *to, size_t to_pitch, const void *from,
                     size_t from_pitch, size_t width, size_t rows, struct avo_error *err)
{
    struct piece p = {0, 0, 0, 0}, coming = {0, 0, 0, 0};
    int at = 0;
    if (wait_for_all(d, err))
        return -1;
    join_rows(to_pitch, from_pitch, &width, &rows);
    bool more = next_piece(&coming, width, rows);
    if (more && begin_download(d, &d->stage[at], (const char *)from, from_pitch, &coming, err))
        return -1;
    while (more) {      /* the next piece is under way while this one is unpacked */
        p = coming;
        more = next_piece(&coming, width, rows);
        if (more && begin_download(d, &d->stage[at ^ 1], (const char *)from, from_pitch, &coming,
                                   err))
            return -1;
        if (avo_cuda_check(cudaEventSynchronize(d->stage[at].done), "download", err))
            return -1;
        copy_rows((char *)to + p.row * to_pitch + p.at, to_pitch, (const char *)d->stage[at].p,
                  p.width, p.width, p.rows);
        at ^= 1;
    }
    return 0;
}

int avo_dev_send(struct avo_dev *d, void *to, const void *pinned, size_t len,
                 struct avo_error *err)
{
    return avo_cuda_check(cudaMemcpyAsync(to, pinned, len, cudaMemcpyHostToDevice, d->sends),
                          "upload", err) ||
           avo_cuda_check(cudaEventRecord(d->sent, d->sends), "upload", err) ||
           avo_cuda_check(cudaStreamWaitEvent(d->queue, d->sent, 0), "upload", err) ? -1 : 0;
}

int avo_dev_fetch(struct avo_dev *d, void *pinned, const void *from, size_t len,
                  struct avo_error *err)
{
    return avo_cuda_check(cudaMemcpyAsync(pinned, from, len, cudaMemcpyDeviceToHost, d->queue),
                          "download", err);
}

int avo_dev_copy(struct avo_dev *d, void *to, const void *from, size_t len, struct avo_error *err)
{
    return avo_cuda_check(cudaMemcpyAsync(to, from, len, cudaMemcpyDeviceToDevice, d->queue),
                          "copy", err);
}

/* ---- waiting ---- */

int avo_dev_mark(struct avo_dev *d, int i, struct avo_error *err)
{
    d->marked[i] = true;
    return avo_cuda_check(cudaEventRecord(d->mark[i], d->queue), "queueing", err);
}

int avo_dev_wait(struct avo_dev *d, int i, struct avo_error *err)
{
    return d->marked[i] ? avo_cuda_check(cudaEventSynchronize(d->mark[i]), "computing", err) : 0;
}
