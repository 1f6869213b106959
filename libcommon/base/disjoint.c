/* SPDX-License-Identifier: MIT */
/* disjoint.c: union-find, paths halved on the way up. */
#include "libcommon/base/disjoint.h"

uint32_t avo_disjoint_root(uint32_t *up, uint32_t i)
{
    while (up[i] != i)
        i = up[i] = up[up[i]];
    return i;
}

void avo_disjoint_unite(uint32_t *up, uint32_t a, uint32_t b)
{
    a = avo_disjoint_root(up, a);
    b = avo_disjoint_root(up, b);
    if (a < b)
        up[b] = a;
    else
        up[a] = b;
}
