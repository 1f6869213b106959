/* SPDX-License-Identifier: MIT */
/* show.c: records as text, bedGraph and npy. */
#include "libcommon/stream/show.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/half.h"
#include "libcommon/stream/wire.h"

/* "chrom\tbeg\tend" in bases. */
static int put_place(struct avo_show *v, uint32_t chrom, uint64_t beg_bin, uint64_t end_bin,
                     struct avo_error *err)
{
    return avo_out_name(&v->out, v->h->chroms[chrom].name, err) ||
           avo_out_uint(&v->out, "\t", beg_bin * v->h->bin_bp, err) ||
           avo_out_uint(&v->out, "\t", end_bin * v->h->bin_bp, err);
}

int avo_show_header(struct avo_show *v, struct avo_error *err)
{
    char *text;
    size_t len;
    int rc;

    if (avo_header_format(v->h, &text, &len, err)) return -1;
    rc = avo_out_str(&v->out, text, err);
    free(text);
    return rc;
}

static int put_columns(struct avo_show *v, struct avo_error *err)
{
    if (v->h->content == AVO_CONTENT_MODEL)
        return avo_out_str(&v->out, "#chrom\tbeg\tend\tblock\tfactors\n", err);
    if (avo_out_str(&v->out, "#chrom\tbeg\tend", err)) return -1;
    for (size_t t = 0; t < v->h->n_tracks; t++)
        if (avo_out_str(&v->out, "\t", err) ||
            avo_out_name(&v->out, v->h->tracks[t].celltype, err) ||
            avo_out_str(&v->out, ":", err) ||
            avo_out_name(&v->out, v->h->tracks[t].assay, err)) return -1;
    return avo_out_str(&v->out, "\n", err);
}

/* ---- npy ---- */

static uint64_t npy_columns(const struct avo_header *h)
{
    uint64_t n = h->n_tracks;

    if (h->content != AVO_CONTENT_MODEL) return n;
    n = 0;
    for (size_t i = 0; i < h->n_blocks; i++)
        if (avo_block_is_genome(&h->blocks[i])) n += h->blocks[i].width;
    return n;
}

/* ---- SIGNAL ---- */

/* Row i of a tile as floats in the space asked for. */
static void load_row(struct avo_show *v, const struct avo_tile *t, size_t i)
{
    bool raw = v->raw;

    if (t->dtype == AVO_F16)
        avo_half_unpack(v->row, (const uint16_t *)t->values + i * t->n_tracks, t->n_tracks);
    else memcpy(v->row, (const float *)t->values + i * t->n_tracks, 4 * (size_t)t->n_tracks);
    for (uint32_t k = 0; raw && k < t->n_tracks; k++)
        v->row[k] = (float)avo_transform_invert(v->h->transform, v->row[k]);
}

static int signal_tsv(struct avo_show *v, const struct avo_tile *t, size_t i, uint32_t bin,
                      struct avo_error *err)
{
    load_row(v, t, i);
    if (put_place(v, t->span.chrom, bin, (uint64_t)bin + 1, err)) return -1;
    for (uint32_t k = 0; k < t->n_tracks; k++)
        if (avo_out_float(&v->out, "\t", v->row[k], err)) return -1;
    return avo_out_str(&v->out, "\n", err);
}

static int close_interval(struct avo_show *v, struct avo_error *err)
{
    if (!v->has_open) return 0;
    v->has_open = false;
    return put_place(v, v->chrom, v->beg_bin, v->end_bin, err) ||
           avo_out_float(&v->out, "\t", v->value, err) ||
           avo_out_str(&v->out, "\n", err);
}

/* Neighbouring bins of one value become one interval; a NaN bin is left out. */
static int signal_bedgraph(struct avo_show *v, const struct avo_tile *t, size_t i, uint32_t bin,
                           struct avo_error *err)
{
    load_row(v, t, i);
    if (v->has_open && v->chrom == t->span.chrom && v->end_bin == bin && v->value == v->row[0]) {
        v->end_bin++;
        return 0;
    }
    if (close_interval(v, err)) return -1;
    if (isnan(v->row[0])) return 0;
    v->has_open = true;
    v->chrom = t->span.chrom;
    v->beg_bin = bin;
    v->end_bin = bin + 1;
    v->value = v->row[0];
    return 0;
}

/* Values keep their type as long as nothing changes them. */
static int signal_npy(struct avo_show *v, const struct avo_tile *t, size_t i, uint32_t bin,
                      struct avo_error *err)
{
    size_t size = avo_dtype_size(t->dtype) * t->n_tracks;

    (void)bin;
    if (v->n_rows == 0) v->npy_half = t->dtype == AVO_F16 && !v->raw;
    v->n_rows++;
    if (v->npy_half && t->dtype != AVO_F16)
        return avo_error_set(err, "%s: tiles of both binary16 and binary32: use --space raw",
                             v->out.name);
    if (v->npy_half) return avo_out_write(&v->out, (const char *)t->values + i * size, size, err);
    load_row(v, t, i);
    return avo_out_write(&v->out, v->row, 4 * (size_t)t->n_tracks, err);
}

int avo_show_signal(struct avo_show *v, const struct avo_tile *t, struct avo_error *err)
{
    static int (*const put[])(struct avo_show *, const struct avo_tile *, size_t, uint32_t,
                              struct avo_error *) = { signal_tsv, signal_bedgraph, signal_npy };
    size_t i = 0;

    for (uint32_t r = 0; r < t->span.n_runs; r++)
        for (uint32_t b = 0; b < t->span.runs[r].n_bins; b++, i++)
            if (put[v->format](v, t, i, t->span.runs[r].beg_bin + b, err)) return -1;
    return 0;
}

/* ---- GENOME ---- */

/* One line for every row of every block, with the bins that it stands for. */
static int genome_tsv(struct avo_show *v, const struct avo_genome_tile *g, uint32_t k,
                      struct avo_error *err)
{
    const struct avo_block *b = avo_header_genome_block(v->h, k);
    const float *x = g->rows[k];
    uint64_t next = 0, bpr = b->bins_per_row;

    for (uint32_t r = 0; r < g->span.n_runs; r++) {
        uint64_t row = g->span.runs[r].beg_bin / bpr;
        uint64_t last = ((uint64_t)g->span.runs[r].beg_bin + g->span.runs[r].n_bins - 1) / bpr;
        for (row = row < next ? next : row; row <= last; row++) {
            if (put_place(v, g->span.chrom, row * bpr, (row + 1) * bpr, err) ||
                avo_out_str(&v->out, "\t", err) ||
                avo_out_name(&v->out, b->name, err)) return -1;
            for (uint32_t c = 0; c < b->width; c++)
                if (avo_out_float(&v->out, "\t", *x++, err)) return -1;
            if (avo_out_str(&v->out, "\n", err)) return -1;
        }
        next = last + 1;
    }
    return 0;
}

/* One row for every bin: its rows of all blocks side by side. */
static int genome_npy(struct avo_show *v, const struct avo_genome_tile *g, struct avo_error *err)
{
    uint64_t seen[AVO_MAX_GENOME_BLOCKS] = { 0 }, last[AVO_MAX_GENOME_BLOCKS];

    memset(last, 0xff, sizeof last);
    for (uint32_t r = 0; r < g->span.n_runs; r++)
        for (uint32_t i = 0; i < g->span.runs[r].n_bins; i++) {
            float *to = v->row;
            for (uint32_t k = 0; k < g->n_blocks; k++) {
                const struct avo_block *b = avo_header_genome_block(v->h, k);
                uint64_t row = ((uint64_t)g->span.runs[r].beg_bin + i) / b->bins_per_row;
                if (row != last[k]) seen[k]++;
                last[k] = row;
                memcpy(to, g->rows[k] + (seen[k] - 1) * b->width, 4 * (size_t)b->width);
                to += b->width;
            }
            v->n_rows++;
            if (avo_out_write(&v->out, v->row, (size_t)(to - v->row) * 4, err)) return -1;
        }
    return 0;
}

int avo_show_genome(struct avo_show *v, const struct avo_genome_tile *g, struct avo_error *err)
{
    if (v->format == AVO_SHOW_NPY) return genome_npy(v, g, err);
    for (uint32_t k = 0; k < g->n_blocks; k++)
        if (genome_tsv(v, g, k, err)) return -1;
    return 0;
}

/* ---- tensors ---- */

static const char *const dtype_names[] = { "", "u8", "f16", "f32", "f64", "u32", "i64" };

int avo_show_tensor_line(struct avo_show *v, uint32_t type, const struct avo_tensor *t,
                         struct avo_error *err)
{
    if (avo_out_str(&v->out, type == AVO_REC_CORE ? "CORE\t" : "STATE\t", err) ||
        avo_out_name(&v->out, t->name, err) || avo_out_str(&v->out, "\t", err) ||
        avo_out_str(&v->out, dtype_names[t->dtype], err) ||
        avo_out_str(&v->out, "\t", err)) return -1;
    for (uint32_t d = 0; d < t->n_dims; d++)
        if (avo_out_uint(&v->out, d ? "x" : "", t->dims[d], err)) return -1;
    return avo_out_str(&v->out, t->n_dims ? "\n" : "1\n", err);
}

static int put_element(struct avo_show *v, const struct avo_tensor *t, size_t i, const char *before,
                       struct avo_error *err)
{
    const unsigned char *p = (const unsigned char *)t->data + i * avo_dtype_size(t->dtype);
    uint32_t u;
    int64_t l;
    uint16_t h;
    double d;
    float f;

    switch (t->dtype) {
    case AVO_F16:
        memcpy(&h, p, 2);
        return avo_out_float(&v->out, before, avo_half_to_float(h), err);
    case AVO_F32: memcpy(&f, p, 4); return avo_out_float(&v->out, before, f, err);
    case AVO_U8: return avo_out_uint(&v->out, before, *p, err);
    case AVO_U32: memcpy(&u, p, 4); return avo_out_uint(&v->out, before, u, err);
    case AVO_I64:
        memcpy(&l, p, 8);
        return avo_out_int(&v->out, before, l, err);
    case AVO_F64:
        memcpy(&d, p, 8);
        return avo_out_double(&v->out, before, d, err);
    }
    return -1;
}

/* Text as it is; numbers a line for each index of the first dimension. */
static int tensor_tsv(struct avo_show *v, const struct avo_tensor *t, struct avo_error *err)
{
    size_t n = avo_tensor_count(t), cols = t->n_dims > 1 && t->dims[0] ? n / t->dims[0] : 1;

    if (t->dtype == AVO_U8 && t->n_dims == 1)
        return avo_out_write(&v->out, t->data, n, err);
    for (size_t i = 0; i < n; i++)
        if (put_element(v, t, i, i % cols ? "\t" : "", err) ||
            ((i + 1) % cols == 0 && avo_out_str(&v->out, "\n", err))) return -1;
    return 0;
}

static int tensor_npy(struct avo_show *v, const struct avo_tensor *t, struct avo_error *err)
{
    static const char *const descr[] = { "", "|u1", "<f2", "<f4", "<f8", "<u4", "<i8" };
    char shape[96] = "";
    size_t at = 0;

    for (uint32_t d = 0; d < t->n_dims; d++)
        at += (size_t)snprintf(shape + at, sizeof shape - at, "%" PRIu64 ",", t->dims[d]);
    if (avo_npy_put(&v->out, descr[t->dtype], shape, err)) return -1;
    return avo_out_write(&v->out, t->data, avo_tensor_count(t) * avo_dtype_size(t->dtype), err);
}

int avo_show_tensor(struct avo_show *v, const struct avo_tensor *t, struct avo_error *err)
{
    return v->format == AVO_SHOW_NPY ? tensor_npy(v, t, err) : tensor_tsv(v, t, err);
}

/* ---- opening and closing ---- */

int avo_show_open(struct avo_show *v, const char *path, struct avo_error *err)
{
    uint64_t n = npy_columns(v->h);

    if (!(v->row = avo_alloc((size_t)n, sizeof *v->row, "a row", err))) return -1;
    return avo_out_open(&v->out, path, v->format == AVO_SHOW_NPY ? "-O tsv" : NULL, err);
}

int avo_show_begin(struct avo_show *v, struct avo_error *err)
{
    if (v->format == AVO_SHOW_NPY) {
        v->npy_patch = true;
        return avo_npy_begin(&v->npy, &v->out, "<f4", npy_columns(v->h), err);
    }
    return v->format == AVO_SHOW_TSV ? put_columns(v, err) : 0;
}

int avo_show_finish(struct avo_show *v, struct avo_error *err)
{
    if (close_interval(v, err)) return -1;
    v->npy.descr = v->npy_half ? "<f2" : "<f4";
    if (v->npy_patch && avo_npy_end(&v->npy, v->n_rows, err)) return -1;
    return avo_out_finish(&v->out, err);
}

void avo_show_release(struct avo_show *v)
{
    avo_out_release(&v->out);
    free(v->row);
}
