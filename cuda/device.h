/* SPDX-License-Identifier: MIT */
/* device.h: a card, its memory and its one queue of work. device.cu is the real one;
 * tests/backend/cuda_host/ has one that works in ordinary memory. Work is done in the order in
 * which it was queued. Errors have the status AVO_EXIT_DEVICE where the card cannot be used, and
 * AVO_EXIT_DATA where it was lost in the middle. */
#ifndef AVO_CUDA_DEVICE_H
#define AVO_CUDA_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct avo_dev;

/* 0 if card number `index` can be used, with `name` as avo_dev_name has it; errors as
 * avo_dev_open's. */
int avo_dev_usable(int index, char *name, size_t size, struct avo_error *err);
/* Card number `index`. No driver, one too old, no such card: an error of status AVO_EXIT_DEVICE. */
struct avo_dev *avo_dev_open(int index, struct avo_error *err);
void avo_dev_close(struct avo_dev *d);      /* NULL is allowed */
/* What the calling thread does from now on is this card's. A thread other than the one that opened
 * it calls this before anything else, or it would work on card 0. */
int avo_dev_use(struct avo_dev *d, struct avo_error *err);
/* For provenance: "cuda:sm_90:cublaslt-13.0". */
const char *avo_dev_name(const struct avo_dev *d);
/* 1 if the card multiplies bf16 and tf32 natively (sm_80 and later). */
int avo_dev_has_bf16(const struct avo_dev *d);
size_t avo_dev_free_bytes(struct avo_dev *d);

/* n * size bytes on the card, zeroed, aligned to 256; never NULL for 0 bytes. Too little memory:
 * the message says how much is needed and there, the hint which option helps. */
void *avo_dev_alloc(struct avo_dev *d, size_t n, size_t size, const char *what,
                    struct avo_error *err);
/* Waits for queued work. NULL is allowed. */
void avo_dev_free(struct avo_dev *d, void *p);
/* Page-locked memory of the host, zeroed. */
void *avo_dev_pinned(struct avo_dev *d, size_t n, size_t size, const char *what,
                     struct avo_error *err);
void avo_dev_pinned_free(struct avo_dev *d, void *p);

/* Rows of `width` bytes: from host memory to the card's and back, rows apart by the pitches. to and
 * from are free for other uses on return (staged through page-locked buffers of the device's own);
 * a download has waited for all queued work. */
int avo_dev_upload(struct avo_dev *d, void *to, size_t to_pitch, const void *from,
                   size_t from_pitch, size_t width, size_t rows, struct avo_error *err);
int avo_dev_download(struct avo_dev *d, void *to, size_t to_pitch, const void *from,
                     size_t from_pitch, size_t width, size_t rows, struct avo_error *err);
/* Queued copies between avo_dev_pinned memory and the card's: the memory is in use until a mark set
 * afterwards is reached. Not inside avo_dev_run. avo_dev_send may run beside the work queued
 * before it, which does not touch `to`; work queued after it sees what was sent. */
int avo_dev_send(struct avo_dev *d, void *to, const void *pinned, size_t len,
                 struct avo_error *err);
int avo_dev_fetch(struct avo_dev *d, void *pinned, const void *from, size_t len,
                  struct avo_error *err);
/* Queued: len bytes of the card's memory from one place to another. Also in a run. */
int avo_dev_copy(struct avo_dev *d, void *to, const void *from, size_t len,
                 struct avo_error *err);

#define AVO_DEV_MARKS 4
/* Mark i, 0 <= i < AVO_DEV_MARKS, stands behind everything queued so far, sends included. */
int avo_dev_mark(struct avo_dev *d, int i, struct avo_error *err);
/* Waits until it is reached (at once if it was never set). Errors of the card show here. */
int avo_dev_wait(struct avo_dev *d, int i, struct avo_error *err);

/* fn queues work (kernels, products, avo_dev_copy) whose arguments depend on key alone. The first
 * call with a key calls fn and may record what it queues as a CUDA graph; later ones may replay
 * that. fn's error is passed on. */
typedef int avo_dev_fn(void *arg, struct avo_error *err);
int avo_dev_run(struct avo_dev *d, uint64_t key, avo_dev_fn *fn, void *arg,
                struct avo_error *err);
/* Forgets what was recorded: before memory that it names is freed. */
void avo_dev_forget(struct avo_dev *d);

#ifdef __cplusplus
}
#endif

#endif
