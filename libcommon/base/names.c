/* SPDX-License-Identifier: MIT */
/* names.c: a hash table with linear probing, at most half full. */
#include "libcommon/base/names.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

#define FIRST_SLOTS 64

/* FNV-1a. */
static uint64_t hash(const char *s, size_t len)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)s[i]) * 1099511628211u;
    return h ^ h >> 32;
}

/* The slot that holds the name of len bytes, or the free one where it would go. */
static size_t probe(const struct avo_names *t, const char *name, size_t len)
{
    size_t i = (size_t)hash(name, len) & (t->n_slots - 1);
    for (; t->slot[i]; i = (i + 1) & (t->n_slots - 1)) {
        const char *there = t->name[t->slot[i] - 1];
        if (strncmp(there, name, len) == 0 && !there[len])
            break;
    }
    return i;
}

int64_t avo_names_find_part(const struct avo_names *t, const char *name, size_t len)
{
    return t->n_slots ? (int64_t)t->slot[probe(t, name, len)] - 1 : -1;
}

int64_t avo_names_find(const struct avo_names *t, const char *name)
{
    return avo_names_find_part(t, name, strlen(name));
}

static int double_slots(struct avo_names *t, struct avo_error *err)
{
    size_t n_slots = t->n_slots ? 2 * t->n_slots : FIRST_SLOTS;
    uint32_t *slot = avo_alloc(n_slots, sizeof *slot, "names", err);
    if (!slot)
        return -1;
    free(t->slot);
    t->slot = slot;
    t->n_slots = n_slots;
    for (size_t i = 0; i < t->n; i++)
        slot[probe(t, t->name[i], strlen(t->name[i]))] = (uint32_t)i + 1;
    return 0;
}

int64_t avo_names_add(struct avo_names *t, const char *name, struct avo_error *err)
{
    if (2 * (t->n + 1) > t->n_slots && double_slots(t, err))
        return -1;
    size_t at = probe(t, name, strlen(name));
    if (t->slot[at])
        return (int64_t)t->slot[at] - 1;
    if (avo_grow(&t->name, &t->cap, t->n + 1, sizeof *t->name, "names", err))
        return -1;
    t->name[t->n++] = name;
    t->slot[at] = (uint32_t)t->n;
    return (int64_t)t->n - 1;
}

void avo_names_release(struct avo_names *t)
{
    if (!t)
        return;
    free(t->name);
    free(t->slot);
    *t = (struct avo_names){0};
}
