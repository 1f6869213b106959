/* SPDX-License-Identifier: MIT */
/* table_out.h: tables written piece by piece; errors stick. */
#ifndef AVO_REPORT_TABLE_OUT_H
#define AVO_REPORT_TABLE_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/text_out.h"

/* Start with {.out = ..., .err = ...}, both borrowed. After the first failure nothing more is
 * written and avo_table_out_end tells, so that the calls between need no checks. */
struct avo_table_out {
    struct avo_out *out;
    struct avo_error *err;
    bool failed;
};

void avo_table_out_put(struct avo_table_out *t, const char *s);
/* At most 511 bytes; longer text goes by avo_table_out_put. */
void avo_table_out_printf(struct avo_table_out *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A name, escaped (avo_escape), and blanks up to width columns. */
void avo_table_out_name(struct avo_table_out *t, const char *name, size_t width);
/* A tab and v with so many digits, or NA. */
void avo_table_out_number(struct avo_table_out *t, double v, int digits);
/* 0, or -1 with err set if anything failed. */
int avo_table_out_end(const struct avo_table_out *t);

#endif
