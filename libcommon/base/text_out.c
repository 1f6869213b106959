/* SPDX-License-Identifier: MIT */
/* text_out.c: text of tables on its way out. */
#include "libcommon/base/text_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"

#define TEXT_BYTES ((size_t)1 << 18)

int avo_text_out_init(struct avo_text_out *t, struct avo_out *out, struct avo_error *err)
{
    *t = (struct avo_text_out){ .out = out, .buf = avo_alloc(TEXT_BYTES, 1, "text", err) };
    return t->buf ? 0 : -1;
}

void avo_text_out_release(struct avo_text_out *t)
{
    free(t->buf);
    *t = (struct avo_text_out){ 0 };
}

int avo_text_out_flush(struct avo_text_out *t, struct avo_error *err)
{
    size_t n = t->n;

    t->n = 0;
    return avo_out_write(t->out, t->buf, n, err);
}

/* Room for a short piece of text (at most 512 bytes). */
static char *room(struct avo_text_out *t, struct avo_error *err)
{
    if (TEXT_BYTES - t->n < 512 && avo_text_out_flush(t, err)) return NULL;
    return t->buf + t->n;
}

int avo_text_out_bytes(struct avo_text_out *t, const void *p, size_t len, struct avo_error *err)
{
    const char *s = p;

    for (size_t n; len; s += n, len -= n) {
        if (t->n == TEXT_BYTES && avo_text_out_flush(t, err)) return -1;
        n = len < TEXT_BYTES - t->n ? len : TEXT_BYTES - t->n;
        memcpy(t->buf + t->n, s, n);
        t->n += n;
    }
    return 0;
}

int avo_text_out_str(struct avo_text_out *t, const char *s, struct avo_error *err)
{
    return avo_text_out_bytes(t, s, strlen(s), err);
}

int avo_text_out_name(struct avo_text_out *t, const char *s, struct avo_error *err)
{
    char *e = avo_escape(s, false, err);
    int rc = e ? avo_text_out_str(t, e, err) : -1;

    free(e);
    return rc;
}

int avo_text_out_uint(struct avo_text_out *t, const char *before, uint64_t x,
                      struct avo_error *err)
{
    char *p = room(t, err);

    if (!p) return -1;
    t->n += (size_t)snprintf(p, 64, "%s%" PRIu64, before, x);
    return 0;
}

int avo_text_out_int(struct avo_text_out *t, const char *before, int64_t x, struct avo_error *err)
{
    char *p = room(t, err);

    if (!p) return -1;
    t->n += (size_t)snprintf(p, 64, "%s%" PRId64, before, x);
    return 0;
}

int avo_text_out_float(struct avo_text_out *t, const char *before, float x, struct avo_error *err)
{
    char *p = room(t, err);
    int n;

    if (!p) return -1;
    if (isnan(x)) x = NAN;              /* without a sign */
    n = snprintf(p, 64, "%s%.6g", before, (double)x);
    if (!isnan(x) && strtof(p + strlen(before), NULL) != x)
        n = snprintf(p, 64, "%s%.9g", before, (double)x);
    t->n += (size_t)n;
    return 0;
}

int avo_text_out_double(struct avo_text_out *t, const char *before, double x,
                        struct avo_error *err)
{
    char *p = room(t, err);
    int n;

    if (!p) return -1;
    if (isnan(x)) x = NAN;
    n = snprintf(p, 64, "%s%.9g", before, x);
    if (!isnan(x) && strtod(p + strlen(before), NULL) != x)
        n = snprintf(p, 64, "%s%.17g", before, x);
    t->n += (size_t)n;
    return 0;
}
