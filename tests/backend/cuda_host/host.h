/* SPDX-License-Identifier: MIT */
/* host.h: the interfaces of cuda/ on the CPU, for tests. Work is queued and done late, when someone
 * waits for it; what is sent is written at once; runs are recorded with their arguments and
 * replayed: so that what is wrong on a card is wrong here too. Words around every allocation are
 * checked; a fault of the backend's ends the program. */
#ifndef AVO_TEST_CUDA_HOST_H
#define AVO_TEST_CUDA_HOST_H

#include "cuda/device.h"

struct avo_host_knobs {
    int real;           /* the other variables do nothing: a real card is linked */
    size_t memory;      /* of the card, bytes */
    size_t pretend_free;    /* what avo_dev_free_bytes says; 0: the truth */
    int no_bf16;        /* an old card */
    int absent;         /* no card */
    long lost_after;    /* the card is lost at this many-th wait; 0: never */
};
extern struct avo_host_knobs avo_host;
/* Counted since the last avo_dev_open: runs recorded and replayed, bytes uploaded and sent. */
struct avo_host_counts { long recorded, replayed; size_t uploaded, sent; };
extern struct avo_host_counts avo_host_count;

/* Queues fn(args); args [len] are copied. */
typedef void avo_host_fn(const void *args);
void avo_host_queue(struct avo_dev *d, avo_host_fn *fn, const void *args, size_t len);
/* Ends the program with a message unless what holds. */
void avo_host_check(int holds, const char *what);

#endif
