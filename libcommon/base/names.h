/* SPDX-License-Identifier: MIT */
/* names.h: strings by number and numbers by string, however many there are. */
#ifndef AVO_BASE_NAMES_H
#define AVO_BASE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

/* Zero it before the first use. */
struct avo_names {
    size_t n, cap, n_slots;
    const char **name;      /* [n] borrowed, in the order in which they were added */
    uint32_t *slot;         /* [n_slots] hash table of number + 1; 0: free */
};

/* The number of a name, or -1. */
int64_t avo_names_find(const struct avo_names *t, const char *name);
/* The same of the len bytes at name, whatever follows them. */
int64_t avo_names_find_part(const struct avo_names *t, const char *name, size_t len);
/* The number of a name, which is added if it is new: numbers count from 0. -1: out of memory. */
int64_t avo_names_add(struct avo_names *t, const char *name, struct avo_error *err);
void avo_names_release(struct avo_names *t);

#endif
