/* SPDX-License-Identifier: MIT */
/* half.h: IEEE 754 binary16 <-> binary32, round to nearest even. */
#ifndef AVO_BASE_HALF_H
#define AVO_BASE_HALF_H

#include <stddef.h>
#include <stdint.h>

/* Values beyond 65504 become infinite; NaN stays NaN. */
uint16_t avo_half_from_float(float x);
float avo_half_to_float(uint16_t h);
/* n values at once (F16C where the processor has it; the same bits either way). */
void avo_half_pack(uint16_t *out, const float *x, size_t n);
void avo_half_unpack(float *out, const uint16_t *h, size_t n);

#endif
