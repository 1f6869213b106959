/* SPDX-License-Identifier: MIT */
/* disjoint.h: sets of 0 .. n-1 that only grow together (union-find). */
#ifndef AVO_BASE_DISJOINT_H
#define AVO_BASE_DISJOINT_H

#include <stdint.h>

/* up [n]: up[i] = i to begin with, each a set of its own. The root of i's set is its lowest. */
uint32_t avo_disjoint_root(uint32_t *up, uint32_t i);
void avo_disjoint_unite(uint32_t *up, uint32_t a, uint32_t b);

#endif
