/* SPDX-License-Identifier: MIT */
/* npy.c: the header of numpy's format, of one length whatever the shape. */
#include "libcommon/base/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER_BYTES 128

static int format(char *out, const char *name, const char *descr, const char *shape,
                  struct avo_error *err)
{
    int n;

    memset(out, ' ', HEADER_BYTES);
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = HEADER_BYTES - 10;
    out[9] = 0;
    n = snprintf(out + 10, HEADER_BYTES - 10,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape);
    if (n >= HEADER_BYTES - 11)
        return avo_error_set(err, "%s: the shape does not fit an npy header", name);
    out[10 + n] = ' ';
    out[HEADER_BYTES - 1] = '\n';
    return 0;
}

int avo_npy_put(struct avo_out *out, const char *descr, const char *shape, struct avo_error *err)
{
    char head[HEADER_BYTES];

    return format(head, out->name, descr, shape, err) ||
           avo_out_write(out, head, sizeof head, err) ? -1 : 0;
}

static void shape_of(const struct avo_npy *n, uint64_t n_rows, char shape[64])
{
    snprintf(shape, 64, "%" PRIu64 ", %" PRIu64, n_rows, n->n_cols);
}

int avo_npy_begin(struct avo_npy *n, struct avo_out *out, const char *descr, uint64_t n_cols,
                  struct avo_error *err)
{
    char shape[64];

    if (avo_out_flush(out, err)) return -1;
    *n = (struct avo_npy){ out, descr, n_cols, lseek(out->fd, 0, SEEK_CUR) };
    if (n->at < 0)
        return avo_usage_error(err, "-O npy needs a file: give -o FILE");
    shape_of(n, 0, shape);
    return avo_npy_put(out, descr, shape, err);
}

int avo_npy_end(const struct avo_npy *n, uint64_t n_rows, struct avo_error *err)
{
    char head[HEADER_BYTES], shape[64];

    shape_of(n, n_rows, shape);
    if (format(head, n->out->name, n->descr, shape, err) || avo_out_flush(n->out, err)) return -1;
    if (pwrite(n->out->fd, head, sizeof head, n->at) == (ssize_t)sizeof head) return 0;
    return avo_error_set(err, "%s: cannot write the npy header", n->out->name);
}
