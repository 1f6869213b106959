/* SPDX-License-Identifier: MIT */
/* grid.h: whether a signal is one that a model can be used at. */
#ifndef AVO_MODEL_GRID_H
#define AVO_MODEL_GRID_H

#include "libcommon/stream/header.h"

/* Bins, transform, missing values, unit, assembly of h are those of the model's header m, and a
 * chromosome that both know has one length: else an error that says which differs. */
int avo_grid_check(const struct avo_header *m, const struct avo_header *h, struct avo_error *err);

#endif
