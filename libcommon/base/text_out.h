/* SPDX-License-Identifier: MIT */
/* text_out.h: text and small pieces on their way out, gathered to large writes. */
#ifndef AVO_BASE_TEXT_OUT_H
#define AVO_BASE_TEXT_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/io.h"

struct avo_text_out {
    struct avo_out *out;        /* borrowed */
    char *buf;
    size_t n;
};
int avo_text_out_init(struct avo_text_out *t, struct avo_out *out, struct avo_error *err);
void avo_text_out_release(struct avo_text_out *t);
int avo_text_out_flush(struct avo_text_out *t, struct avo_error *err);

int avo_text_out_bytes(struct avo_text_out *t, const void *p, size_t len, struct avo_error *err);
int avo_text_out_str(struct avo_text_out *t, const char *s, struct avo_error *err);
/* Escaped (text.h). */
int avo_text_out_name(struct avo_text_out *t, const char *s, struct avo_error *err);
/* The number behind a short text. Reals: the shortest of two forms that reads back the same. */
int avo_text_out_uint(struct avo_text_out *t, const char *before, uint64_t x,
                      struct avo_error *err);
int avo_text_out_int(struct avo_text_out *t, const char *before, int64_t x, struct avo_error *err);
int avo_text_out_float(struct avo_text_out *t, const char *before, float x, struct avo_error *err);
int avo_text_out_double(struct avo_text_out *t, const char *before, double x,
                        struct avo_error *err);

#endif
