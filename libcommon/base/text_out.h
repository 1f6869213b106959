/* SPDX-License-Identifier: MIT */
/* text_out.h: names, numbers and columns as text of an output. */
#ifndef AVO_BASE_TEXT_OUT_H
#define AVO_BASE_TEXT_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/io.h"

int avo_out_str(struct avo_out *out, const char *s, struct avo_error *err);
/* Escaped (text.h). */
int avo_out_name(struct avo_out *out, const char *s, struct avo_error *err);
/* The number behind a short text. Reals: the shortest of two forms that reads back the same. */
int avo_out_uint(struct avo_out *out, const char *before, uint64_t x, struct avo_error *err);
int avo_out_int(struct avo_out *out, const char *before, int64_t x, struct avo_error *err);
int avo_out_float(struct avo_out *out, const char *before, float x, struct avo_error *err);
int avo_out_double(struct avo_out *out, const char *before, double x, struct avo_error *err);
/* A column of a table: a tab, and v with nine digits or NA. */
int avo_out_column(struct avo_out *out, double v, struct avo_error *err);
/* s and as many blanks as fill width columns, before it if is_right. */
int avo_out_padded(struct avo_out *out, const char *s, size_t width, bool is_right,
                   struct avo_error *err);

#endif
