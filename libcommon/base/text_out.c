/* SPDX-License-Identifier: MIT */
/* text_out.c: names, numbers and columns as text of an output. */
#include "libcommon/base/text_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/text.h"

enum { NUMBER_BYTES = 64 };     /* a number and the short text before it */

int avo_out_str(struct avo_out *out, const char *s, struct avo_error *err)
{
    return avo_out_write(out, s, strlen(s), err);
}

int avo_out_name(struct avo_out *out, const char *s, struct avo_error *err)
{
    char *e = avo_escape(s, false, err);
    int rc = e ? avo_out_str(out, e, err) : -1;

    free(e);
    return rc;
}

int avo_out_uint(struct avo_out *out, const char *before, uint64_t x, struct avo_error *err)
{
    char text[NUMBER_BYTES];
    int n = snprintf(text, sizeof text, "%s%" PRIu64, before, x);

    return avo_out_write(out, text, (size_t)n, err);
}

int avo_out_int(struct avo_out *out, const char *before, int64_t x, struct avo_error *err)
{
    char text[NUMBER_BYTES];
    int n = snprintf(text, sizeof text, "%s%" PRId64, before, x);

    return avo_out_write(out, text, (size_t)n, err);
}

int avo_out_float(struct avo_out *out, const char *before, float x, struct avo_error *err)
{
    char text[NUMBER_BYTES];
    int n;

    if (isnan(x)) x = NAN;              /* without a sign */
    n = snprintf(text, sizeof text, "%s%.6g", before, (double)x);
    if (!isnan(x) && strtof(text + strlen(before), NULL) != x)
        n = snprintf(text, sizeof text, "%s%.9g", before, (double)x);
    return avo_out_write(out, text, (size_t)n, err);
}

int avo_out_double(struct avo_out *out, const char *before, double x, struct avo_error *err)
{
    char text[NUMBER_BYTES];
    int n;

    if (isnan(x)) x = NAN;
    n = snprintf(text, sizeof text, "%s%.9g", before, x);
    if (!isnan(x) && strtod(text + strlen(before), NULL) != x)
        n = snprintf(text, sizeof text, "%s%.17g", before, x);
    return avo_out_write(out, text, (size_t)n, err);
}

int avo_out_column(struct avo_out *out, double v, struct avo_error *err)
{
    return isnan(v) ? avo_out_str(out, "\tNA", err) : avo_out_printf(out, err, "\t%.9g", v);
}

int avo_out_padded(struct avo_out *out, const char *s, size_t width, bool is_right,
                   struct avo_error *err)
{
    size_t own = avo_text_width(s);
    int blanks = own < width ? (int)(width - own) : 0;

    return is_right ? avo_out_printf(out, err, "%*s%s", blanks, "", s)
                    : avo_out_printf(out, err, "%s%*s", s, blanks, "");
}
