/* SPDX-License-Identifier: MIT */
/* features_npy.c: numpy's file format, versions 1 to 3, numbers of any kind, by pieces. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/ap/features_in.h"
#include "libcommon/base/half.h"
#include "libcommon/base/io.h"

enum { PREAMBLE = 8, MAX_HEADER = 1 << 20, PIECE = 1 << 14, MAX_ITEM = 8 };

struct npy {
    struct avo_in in;
    char kind;                  /* f, i, u, b */
    size_t item_bytes;
    bool swap, fortran;
    size_t n_rows, n_cols;
};

static int damaged(const struct npy *f, const char *what, struct avo_error *err)
{
    return avo_error_set(err, "%s: npy: %s", f->in.name, what);
}

static int read_whole(struct npy *f, void *buf, size_t len, struct avo_error *err)
{
    size_t got;

    if (avo_in_read(&f->in, buf, len, &got, err) < 0)
        return -1;
    return got == len ? 0 : damaged(f, "the file ends too early", err);
}

/* The text behind 'key': in the header, or NULL. */
static const char *value_of(const char *header, const char *key)
{
    char quoted[32];
    const char *at;

    snprintf(quoted, sizeof quoted, "'%s'", key);
    at = strstr(header, quoted);
    if (!at)
        return NULL;
    at += strlen(quoted);
    at += strspn(at, " :");
    return at;
}

static int parse_type(struct npy *f, const char *descr, struct avo_error *err)
{
    uint16_t one = 1;
    bool little_host = *(unsigned char *)&one == 1;
    char order, kind, bytes;

    if (!descr || sscanf(descr, "'%c%c%c'", &order, &kind, &bytes) != 3 || descr[4] != '\'')
        return damaged(f, "the type is not a plain number (descr)", err);
    f->kind = kind;
    f->item_bytes = (size_t)(bytes - '0');
    f->swap = f->item_bytes > 1 && ((order == '<' && !little_host) ||
                                    (order == '>' && little_host));
    if (!((kind == 'f' && strchr("248", bytes)) || (kind == 'b' && bytes == '1') ||
          (strchr("iu", kind) && strchr("1248", bytes))) || !strchr("<>|=", order))
        return avo_error_set(err, "%s: npy: type %.5s cannot be read (want f2, f4, f8, integers or "
                             "bool)", f->in.name, descr);
    return 0;
}

static int parse_shape(struct npy *f, const char *shape, struct avo_error *err)
{
    uint64_t dim[2] = {0, 1};
    size_t all;
    int n = 0;

    if (!shape || *shape != '(')
        return damaged(f, "no shape", err);
    for (const char *p = shape + 1; *p != ')'; n++) {
        size_t digits = strspn(p, "0123456789");

        if (digits == 0 || digits > 15)
            return damaged(f, "the shape cannot be read", err);
        if (n < 2)
            dim[n] = strtoull(p, NULL, 10);
        p += digits;
        p += strspn(p, ", L");
    }
    if (n < 1 || n > 2)
        return avo_error_set(err, "%s: npy: %d dimensions (want rows, or rows and columns)",
                             f->in.name, n);
    f->n_rows = (size_t)dim[0];
    f->n_cols = (size_t)dim[1];
    if (__builtin_mul_overflow(f->n_rows, f->n_cols, &all) || all > SIZE_MAX / 16)
        return damaged(f, "the shape is too large", err);
    return 0;
}

static int read_header(struct npy *f, struct avo_error *err)
{
    unsigned char head[PREAMBLE], length[4] = {0};
    size_t len;
    char *text = NULL;
    const char *fortran;
    int rc = -1;

    if (read_whole(f, head, sizeof head, err) < 0)
        return -1;
    if (memcmp(head, "\x93NUMPY", 6) != 0 || head[6] < 1 || head[6] > 3)
        return damaged(f, "not a version from 1 to 3", err);
    if (read_whole(f, length, head[6] == 1 ? 2 : 4, err) < 0)
        return -1;
    len = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
    if (len > MAX_HEADER)
        return damaged(f, "the header is too long", err);
    text = avo_alloc(len + 1, 1, "a header", err);
    if (text && read_whole(f, text, len, err) == 0 &&
        parse_type(f, value_of(text, "descr"), err) == 0 &&
        parse_shape(f, value_of(text, "shape"), err) == 0) {
        fortran = value_of(text, "fortran_order");
        f->fortran = fortran && strncmp(fortran, "True", 4) == 0;
        rc = 0;
    }
    free(text);
    return rc;
}

/* ---- numbers ---- */

static double signed_value(const unsigned char *p, size_t bytes)
{
    int8_t a;
    int16_t b;
    int32_t c;
    int64_t d;

    switch (bytes) {
    case 1: memcpy(&a, p, 1); return a;
    case 2: memcpy(&b, p, 2); return b;
    case 4: memcpy(&c, p, 4); return c;
    default: memcpy(&d, p, 8); return (double)d;
    }
}

static double unsigned_value(const unsigned char *p, size_t bytes)
{
    uint16_t b;
    uint32_t c;
    uint64_t d;

    switch (bytes) {
    case 1: return *p;
    case 2: memcpy(&b, p, 2); return b;
    case 4: memcpy(&c, p, 4); return c;
    default: memcpy(&d, p, 8); return (double)d;
    }
}

static double float_value(const unsigned char *p, size_t bytes)
{
    uint16_t h;
    float f;
    double d;

    switch (bytes) {
    case 2: memcpy(&h, p, 2); return (double)avo_half_to_float(h);
    case 4: memcpy(&f, p, 4); return (double)f;
    default: memcpy(&d, p, 8); return d;
    }
}

static double value_at(const struct npy *f, const unsigned char *p)
{
    unsigned char turned[MAX_ITEM];

    if (f->swap) {
        for (size_t i = 0; i < f->item_bytes; i++)
            turned[i] = p[f->item_bytes - 1 - i];
        p = turned;
    }
    switch (f->kind) {
    case 'f': return float_value(p, f->item_bytes);
    case 'i': return signed_value(p, f->item_bytes);
    default: return unsigned_value(p, f->item_bytes);
    }
}

static int store(const struct npy *f, size_t i, double v, float *out_f, double *out_d,
                 struct avo_error *err)
{
    size_t at = i, row = i / f->n_cols, col = i % f->n_cols;

    if (f->fortran) {
        row = i % f->n_rows;
        col = i / f->n_rows;
        at = row * f->n_cols + col;
    }
    if (isinf(v) || (out_f && isinf((float)v)))
        return avo_error_set(err, "%s: row %zu, column %zu: %g is not finite in single precision",
                             f->in.name, row + 1, col + 1, v);
    if (out_f)
        out_f[at] = (float)v;
    else
        out_d[at] = v;
    return 0;
}

static int read_values(struct npy *f, float *out_f, double *out_d, struct avo_error *err)
{
    unsigned char piece[PIECE];
    size_t n = f->n_rows * f->n_cols, each = sizeof piece / f->item_bytes, got;

    for (size_t i = 0; i < n; i += each) {
        size_t here = n - i < each ? n - i : each;

        if (read_whole(f, piece, here * f->item_bytes, err) < 0)
            return -1;
        for (size_t k = 0; k < here; k++)
            if (store(f, i + k, value_at(f, piece + k * f->item_bytes), out_f, out_d, err) < 0)
                return -1;
    }
    if (avo_in_read(&f->in, piece, 1, &got, err) < 0)
        return -1;
    return got == 0 ? 0 : damaged(f, "more bytes than the shape asks for", err);
}

/* What the shape promises is only allocated if a file can hold it. */
static int check_size(const struct npy *f, struct avo_error *err)
{
    return avo_in_may_hold(&f->in, (uint64_t)f->n_rows * f->n_cols * f->item_bytes)
               ? 0 : damaged(f, "the file ends too early", err);
}

int avo_npy_read(const char *path, float **out_f, double **out_d, size_t *n_rows, size_t *n_cols,
                 struct avo_error *err)
{
    struct npy f = {0};
    size_t n;
    int rc = -1;

    if (avo_in_open(&f.in, path, err) < 0)
        return -1;
    if (read_header(&f, err) == 0 && check_size(&f, err) == 0) {
        n = f.n_rows * f.n_cols;
        if (out_f && (*out_f = avo_alloc(n, sizeof **out_f, "features", err)) != NULL)
            rc = read_values(&f, *out_f, NULL, err);
        if (!out_f && (*out_d = avo_alloc(n, sizeof **out_d, "labels", err)) != NULL)
            rc = read_values(&f, NULL, *out_d, err);
        *n_rows = f.n_rows;
        *n_cols = f.n_cols;
    }
    avo_in_close(&f.in);
    return rc;
}
