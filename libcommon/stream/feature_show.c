/* SPDX-License-Identifier: MIT */
/* feature_show.c: rows of features as text and npy. */
#include "libcommon/stream/feature_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text that must not begin as it does: its first byte is escaped in any case. */
static int put_disguised(struct avo_feature_show *v, const char *s, struct avo_error *err)
{
    char first[8];

    snprintf(first, sizeof first, "%%%02X", (unsigned char)*s);
    return avo_out_str(&v->out, first, err) || avo_out_name(&v->out, s + 1, err);
}

/* A feature is told from the other columns by its name alone. */
static int put_feature_name(struct avo_feature_show *v, const char *name, struct avo_error *err)
{
    if (avo_out_str(&v->out, "\t", err)) return -1;
    return *name == AVO_FEATURE_CARRIED || avo_feature_is_reserved(name)
               ? put_disguised(v, name, err) : avo_out_name(&v->out, name, err);
}

static int put_names(struct avo_feature_show *v, struct avo_error *err)
{
    const struct avo_feature_layout *l = v->layout;

    if (avo_out_str(&v->out, "chrom\tstart\tend\tname\tlabel\tgroup", err)) return -1;
    for (size_t i = 0; i < l->n_columns; i++)
        if (avo_out_str(&v->out, "\t@", err) ||
            avo_out_name(&v->out, l->columns[i], err)) return -1;
    for (size_t i = 0; i < l->n_features; i++)
        if (put_feature_name(v, l->features[i], err)) return -1;
    return avo_out_str(&v->out, "\n", err);
}

static int put_header(struct avo_feature_show *v, struct avo_error *err)
{
    char *text;
    size_t len;
    int rc;

    if (avo_header_format(v->layout->h, &text, &len, err)) return -1;
    rc = avo_out_str(&v->out, text, err);
    free(text);
    return rc;
}

int avo_feature_show_open(struct avo_feature_show *v, const char *path, uint64_t n_rows,
                          struct avo_error *err)
{
    bool npy = v->format == AVO_SHOW_NPY;
    size_t n = v->layout->n_features;
    char shape[64];

    if (avo_out_open(&v->out, path, npy ? "-O tsv" : NULL, err)) return -1;
    if (npy && n_rows == UINT64_MAX) {
        v->patch = true;
        return avo_npy_begin(&v->npy, &v->out, "<f4", n, err);
    }
    if (npy) {
        snprintf(shape, sizeof shape, "%" PRIu64 ", %zu", n_rows, n);
        return avo_npy_put(&v->out, "<f4", shape, err);
    }
    if (v->with_header && put_header(v, err)) return -1;
    return put_names(v, err);
}

static int put_place(struct avo_feature_show *v, const struct avo_feature_place *p,
                     struct avo_error *err)
{
    return (*p->chrom == '#' ? put_disguised(v, p->chrom, err)     /* no remark */
                             : avo_out_name(&v->out, p->chrom, err)) ||
           avo_out_uint(&v->out, "\t", p->beg_bp, err) ||
           avo_out_uint(&v->out, "\t", p->end_bp, err);
}

/* Column i of a row; the second interval's are not among its texts. */
static int put_column(struct avo_feature_show *v, const struct avo_feature_row *row, size_t i,
                      struct avo_error *err)
{
    const int *pair = v->layout->pair;

    if (row->n_places == 2 && (int)i == pair[1])
        return avo_out_uint(&v->out, "\t", row->at[1].beg_bp, err);
    if (row->n_places == 2 && (int)i == pair[2])
        return avo_out_uint(&v->out, "\t", row->at[1].end_bp, err);
    if (avo_out_str(&v->out, "\t", err)) return -1;
    if (row->n_places == 2 && (int)i == pair[0])
        return avo_out_name(&v->out, row->at[1].chrom, err);
    return avo_out_name(&v->out, row->columns[i], err);
}

int avo_feature_show_row(struct avo_feature_show *v, const struct avo_feature_row *row,
                         struct avo_error *err)
{
    const char *texts[] = { row->name, row->label, row->group };
    struct avo_feature_place at = { ".", 0, 0 };
    size_t n = v->layout->n_features;

    v->n_rows++;
    if (v->format == AVO_SHOW_NPY)
        return avo_out_write(&v->out, row->features, 4 * n, err);
    if (row->n_places) at = row->at[0];
    if (put_place(v, &at, err)) return -1;
    for (int k = 0; k < 3; k++)
        if (avo_out_str(&v->out, "\t", err) || avo_out_name(&v->out, texts[k], err))
            return -1;
    for (size_t i = 0; i < v->layout->n_columns; i++)
        if (put_column(v, row, i, err)) return -1;
    for (size_t i = 0; i < n; i++)
        if (avo_out_float(&v->out, "\t", row->features[i], err)) return -1;
    return avo_out_str(&v->out, "\n", err);
}

int avo_feature_show_finish(struct avo_feature_show *v, struct avo_error *err)
{
    if (v->patch && avo_npy_end(&v->npy, v->n_rows, err)) return -1;
    return avo_out_finish(&v->out, err);
}

void avo_feature_show_release(struct avo_feature_show *v)
{
    avo_out_release(&v->out);
}
