/* SPDX-License-Identifier: MIT */
/* textout.h: text written piece by piece through a buffer; errors stick. */
#ifndef AVO_BASE_TEXTOUT_H
#define AVO_BASE_TEXTOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/io.h"

/* Start with {.out = ..., .err = ...}, both borrowed. After the first failure nothing more is
 * written and avo_textout_end tells, so that the calls between need no checks. */
struct avo_textout {
    struct avo_out *out;
    struct avo_error *err;
    bool failed;
    size_t n;
    char buf[16384];
};

void avo_textout_put(struct avo_textout *t, const char *s);
/* At most 511 bytes; longer text goes by avo_textout_put. */
void avo_textout_printf(struct avo_textout *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A name, escaped (avo_escape), and blanks up to width columns. */
void avo_textout_name(struct avo_textout *t, const char *name, size_t width);
/* A tab and v with so many digits, or NA. */
void avo_textout_number(struct avo_textout *t, double v, int digits);
/* Writes what is left. 0, or -1 with err set if anything failed. */
int avo_textout_end(struct avo_textout *t);

#endif
