/* SPDX-License-Identifier: MIT */
/* table_out.c: what tables are made of. */
#include "libcommon/report/table_out.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/text.h"

enum { PIECE = 512 };

static void put_bytes(struct avo_table_out *t, const char *s, size_t len)
{
    if (!t->failed && avo_out_write(t->out, s, len, t->err))
        t->failed = true;
}

void avo_table_out_put(struct avo_table_out *t, const char *s)
{
    put_bytes(t, s, strlen(s));
}

void avo_table_out_printf(struct avo_table_out *t, const char *fmt, ...)
{
    char piece[PIECE];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(piece, sizeof piece, fmt, ap);
    va_end(ap);
    if (len > 0)
        put_bytes(t, piece, (size_t)len < sizeof piece ? (size_t)len : sizeof piece - 1);
}

void avo_table_out_name(struct avo_table_out *t, const char *name, size_t width)
{
    char *escaped = avo_escape(name, false, t->err);
    if (!escaped) {
        t->failed = true;
        return;
    }
    avo_table_out_put(t, escaped);
    for (size_t own = avo_text_width(escaped); own < width; own++)
        put_bytes(t, " ", 1);
    free(escaped);
}

void avo_table_out_number(struct avo_table_out *t, double v, int digits)
{
    if (isnan(v))
        avo_table_out_put(t, "\tNA");
    else
        avo_table_out_printf(t, "\t%.*g", digits, v);
}

int avo_table_out_end(const struct avo_table_out *t)
{
    return t->failed ? -1 : 0;
}
