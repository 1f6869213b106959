/* SPDX-License-Identifier: MIT */
/* npy.h: the header of numpy's format for arrays (version 1.0, C order). */
#ifndef AVO_BASE_NPY_H
#define AVO_BASE_NPY_H

#include <stdint.h>
#include <sys/types.h>

#include "libcommon/base/io.h"

/* Writes a header; the values follow. descr: "<f4", "<f2", ...; shape: "2, 3", "7,", "". */
int avo_npy_put(struct avo_out *out, const char *descr, const char *shape, struct avo_error *err);

/* A matrix whose number of rows is known only at the end. */
struct avo_npy {
    struct avo_out *out;        /* borrowed; must be able to seek */
    const char *descr;          /* may change until avo_npy_end */
    uint64_t n_cols;
    off_t at;                   /* where the header is */
};
/* Writes a header that says 0 rows. Error (usage): an output that cannot seek. */
int avo_npy_begin(struct avo_npy *n, struct avo_out *out, const char *descr, uint64_t n_cols,
                  struct avo_error *err);
/* Puts the number of rows in its place. */
int avo_npy_end(const struct avo_npy *n, uint64_t n_rows, struct avo_error *err);

#endif
