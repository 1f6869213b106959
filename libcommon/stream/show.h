/* SPDX-License-Identifier: MIT */
/* show.h: records as text, bedGraph and npy. */
#ifndef AVO_STREAM_SHOW_H
#define AVO_STREAM_SHOW_H

#include "libcommon/base/npy.h"
#include "libcommon/base/text_out.h"
#include "libcommon/stream/stream.h"

enum avo_show_format { AVO_SHOW_TSV, AVO_SHOW_BEDGRAPH, AVO_SHOW_NPY };

/* Set format, raw and h before avo_show_open; the rest belongs to show.c. */
struct avo_show {
    enum avo_show_format format;
    bool raw;                       /* values through the inverse of the transform */
    const struct avo_header *h;     /* borrowed */

    struct avo_out out;
    float *row;                     /* one row of values */
    bool has_open;                  /* bedGraph: the interval that may go on */
    uint32_t chrom, beg_bin, end_bin;
    float value;
    struct avo_npy npy;
    uint64_t n_rows;
    bool npy_half, npy_patch;       /* npy_patch: the number of rows is filled in at the end */
};

int avo_show_open(struct avo_show *v, const char *path, struct avo_error *err);
/* The header's lines. */
int avo_show_header(struct avo_show *v, struct avo_error *err);
/* What comes before the first tile: names of the columns, or the npy header, whose number of rows
 * avo_show_finish fills in (so that npy needs an output that can seek). */
int avo_show_begin(struct avo_show *v, struct avo_error *err);
/* tsv: chromosome, first base, end, value of every track. bedgraph: the one track's intervals.
 * npy: [bins][tracks], binary16 where it is stored so and not raw, else binary32. */
int avo_show_signal(struct avo_show *v, const struct avo_tile *t, struct avo_error *err);
/* tsv: a line for each row of each block. npy: [bins][columns of all genome blocks]. */
int avo_show_genome(struct avo_show *v, const struct avo_genome_tile *g, struct avo_error *err);
/* Record type, name, type and shape of a tensor on a line. */
int avo_show_tensor_line(struct avo_show *v, uint32_t type, const struct avo_tensor *t,
                         struct avo_error *err);
/* The tensor itself: text as it is, numbers a line for each index of the first dimension; npy. */
int avo_show_tensor(struct avo_show *v, const struct avo_tensor *t, struct avo_error *err);
int avo_show_finish(struct avo_show *v, struct avo_error *err);
void avo_show_release(struct avo_show *v);

#endif
