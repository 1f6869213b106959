/* SPDX-License-Identifier: MIT */
/* features_in.c: what kind of file it is, and its rows: streams, tables of text, npy. */
#include "libcommon/ap/features_in.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/stream/feature.h"

static const char *const fixed_names[] = {AVO_FEATURE_FIXED};
enum { N_STREAM_CELLS = sizeof fixed_names / sizeof *fixed_names };

/* ---- cells ---- */

int avo_cells_add_name(struct avo_cells *c, const char *name, struct avo_error *err)
{
    if (avo_grow(&c->names, &c->cap_names, c->n_cols + 1, sizeof *c->names, "columns", err) < 0)
        return -1;
    c->names[c->n_cols] = avo_strdup(name, err);
    return c->names[c->n_cols++] ? 0 : -1;
}

enum { BLOCK_BYTES = 1 << 16 };

static const char *keep_text(struct avo_cells *c, const char *text, struct avo_error *err)
{
    size_t len = strlen(text) + 1, size = len > BLOCK_BYTES ? len : BLOCK_BYTES;
    char *at;

    if (len > c->room) {
        if (avo_grow(&c->blocks, &c->cap_blocks, c->n_blocks + 1, sizeof *c->blocks, "text",
                     err) < 0 || !(at = avo_alloc(size, 1, "text", err)))
            return NULL;
        c->blocks[c->n_blocks++] = at;
        c->room = size;
    }
    size = len > BLOCK_BYTES ? len : BLOCK_BYTES;
    at = c->blocks[c->n_blocks - 1] + (size - c->room);
    memcpy(at, text, len);
    c->room = len > BLOCK_BYTES ? 0 : c->room - len;
    return at;
}

int avo_cells_add(struct avo_cells *c, size_t row, size_t col, const char *text,
                  struct avo_error *err)
{
    size_t at = row * c->n_cols + col;

    if (avo_grow(&c->cell, &c->cap_cells, at + 1, sizeof *c->cell, "text", err) < 0)
        return -1;
    if (row > 0 && strcmp(c->cell[at - c->n_cols], text) == 0)
        c->cell[at] = c->cell[at - c->n_cols];
    else if (!(c->cell[at] = *text != '\0' ? keep_text(c, text, err) : ""))
        return -1;
    return 0;
}

static void release_cells(struct avo_cells *c, size_t n_names)
{
    for (size_t i = 0; i < n_names; i++)
        free(c->names[i]);
    for (size_t i = 0; i < c->n_blocks; i++)
        free(c->blocks[i]);
    free(c->names);
    free(c->blocks);
    free(c->cell);
    *c = (struct avo_cells){0};
}

int avo_cells_find(const struct avo_cells *c, const char *name)
{
    for (size_t i = 0; i < c->n_cols; i++)
        if (strcmp(c->names[i], name) == 0)
            return (int)i;
    return -1;
}

int avo_cell_number(const struct avo_matrix *m, size_t row, int col, double *v,
                    struct avo_error *err)
{
    const char *text = avo_cell(&m->cells, row, col);

    if (avo_parse_double(text, -1e300, 1e300, m->cells.names[col], v, err) == 0)
        return 0;
    err->status = AVO_EXIT_DATA;
    return avo_error_prefix(err, "%s: row %zu", m->shown, row + 1);
}

/* ---- streams ---- */

int avo_matrix_add_name(struct avo_matrix *m, const char *name, struct avo_error *err)
{
    m->names[m->n_cols] = avo_strdup(name, err);
    return m->names[m->n_cols++] ? 0 : -1;
}

struct chosen {
    size_t *from;               /* [m->n_cols] which of the stream's features */
    size_t cap_x;
};

static int choose_features(struct avo_matrix *m, const struct avo_feature_layout *l,
                           const char *pattern, struct chosen *c, struct avo_error *err)
{
    c->from = avo_alloc(l->n_features, sizeof *c->from, "columns", err);
    m->names = avo_alloc(l->n_features, sizeof *m->names, "columns", err);
    if (!c->from || !m->names)
        return -1;
    for (size_t i = 0; i < l->n_features; i++) {
        if (pattern && fnmatch(pattern, l->features[i], 0) != 0)
            continue;
        c->from[m->n_cols] = i;
        if (avo_matrix_add_name(m, l->features[i], err) < 0)
            return -1;
    }
    if (m->n_cols == 0)
        return avo_error_set(err, "%s: no feature matches \"%s\"", m->shown,
                             pattern ? pattern : "*");
    for (size_t i = 0; i < N_STREAM_CELLS; i++)
        if (avo_cells_add_name(&m->cells, fixed_names[i], err) < 0)
            return -1;
    for (size_t i = 0; i < l->n_columns; i++)
        if (avo_cells_add_name(&m->cells, l->columns[i], err) < 0)
            return -1;
    return 0;
}

static int add_stream_row(struct avo_matrix *m, const struct avo_feature_row *row,
                          struct chosen *c, struct avo_error *err)
{
    char beg[24], end[24];
    const char *cells[N_STREAM_CELLS] = {row->at[0].chrom, beg, end, row->name, row->label,
                                         row->group};
    float *x;

    snprintf(beg, sizeof beg, "%" PRIu64, row->at[0].beg_bp);
    snprintf(end, sizeof end, "%" PRIu64, row->at[0].end_bp);
    if (avo_grow(&m->x, &c->cap_x, (m->n_rows + 1) * m->n_cols, sizeof *m->x, "features", err) < 0)
        return -1;
    x = m->x + m->n_rows * m->n_cols;
    for (size_t i = 0; i < m->n_cols; i++)
        x[i] = row->features[c->from[i]];
    for (size_t i = 0; i < m->cells.n_cols; i++)
        if (avo_cells_add(&m->cells, m->n_rows, i,
                          i < N_STREAM_CELLS ? cells[i] : row->columns[i - N_STREAM_CELLS],
                          err) < 0)
            return -1;
    m->n_rows++;
    return 0;
}

static int read_stream(struct avo_matrix *m, const char *path, const char *pattern,
                       struct avo_error *err)
{
    struct avo_features *f = avo_features_open(path, err);
    struct avo_feature_row row;
    struct chosen c = {0};
    int rc = f ? choose_features(m, avo_features_layout(f), pattern, &c, err) : -1;

    while (rc == 0 && (rc = avo_features_next(f, &row, err)) > 0)
        rc = add_stream_row(m, &row, &c, err);
    avo_features_close(f);
    free(c.from);
    return rc;
}

/* ---- the whole ---- */

static int finish(struct avo_matrix *m, int rc, struct avo_error *err)
{
    if (rc == 0 && m->n_rows == 0)
        rc = avo_error_set(err, "%s: no rows", m->shown);
    if (rc < 0)
        avo_matrix_release(m);
    return rc;
}

int avo_matrix_read(struct avo_matrix *m, const char *path, const struct avo_columns *columns,
                    struct avo_error *err)
{
    static const struct avo_columns all = {0};
    enum avo_kind kind = AVO_KIND_TEXT;
    int rc = avo_in_kind(path, &m->shown, &kind, err);

    columns = columns ? columns : &all;
    if (rc == 0 && kind == AVO_KIND_NPY && columns->pattern)
        rc = avo_usage_error(err, "%s: --columns chooses names, of which an npy file has none",
                             m->shown);
    else if (rc == 0 && kind == AVO_KIND_NPY)
        rc = avo_npy_read(path, &m->x, NULL, &m->n_rows, &m->n_cols, err);
    else if (rc == 0)
        rc = kind == AVO_KIND_STREAM ? read_stream(m, path, columns->pattern, err)
                                     : avo_matrix_read_text(m, path, columns, err);
    if (rc == 0 && m->n_rows > 0 && m->n_cols == 0)
        rc = avo_error_set(err, "%s: no features", m->shown);
    return finish(m, rc, err);
}

int avo_matrix_read_cells(struct avo_matrix *m, const char *path, double **values,
                          struct avo_error *err)
{
    enum avo_kind kind = AVO_KIND_TEXT;
    int rc = avo_in_kind(path, &m->shown, &kind, err);

    *values = NULL;
    if (rc == 0 && kind == AVO_KIND_NPY)
        rc = avo_npy_read(path, NULL, values, &m->n_rows, &m->n_cols, err);
    else if (rc == 0)
        rc = kind == AVO_KIND_STREAM ? read_stream(m, path, NULL, err)
                                     : avo_matrix_read_text(m, path, NULL, err);
    return finish(m, rc, err);
}

int avo_matrix_slice(struct avo_matrix *m, size_t beg, size_t end, struct avo_error *err)
{
    size_t n = m->cells.n_cols;

    if (end > m->n_rows)
        return avo_error_set(err, "%s: %zu rows (--rows asks for %zu-%zu)", m->shown, m->n_rows,
                             beg + 1, end);
    m->n_rows = end - beg;
    if (m->x)
        memmove(m->x, m->x + beg * m->n_cols, m->n_rows * m->n_cols * sizeof *m->x);
    if (n > 0)
        memmove(m->cells.cell, m->cells.cell + beg * n, m->n_rows * n * sizeof *m->cells.cell);
    return 0;
}

void avo_matrix_keep(struct avo_matrix *m, const uint8_t *keep)
{
    size_t n_kept = 0, n = m->cells.n_cols;

    for (size_t i = 0; i < m->n_rows; i++) {
        if (!keep[i])
            continue;
        if (m->x)
            memmove(m->x + n_kept * m->n_cols, m->x + i * m->n_cols, m->n_cols * sizeof *m->x);
        if (n > 0)
            memmove(m->cells.cell + n_kept * n, m->cells.cell + i * n,
                    n * sizeof *m->cells.cell);
        n_kept++;
    }
    m->n_rows = n_kept;
}

void avo_matrix_release(struct avo_matrix *m)
{
    if (!m)
        return;
    for (size_t i = 0; m->names && i < m->n_cols; i++)
        free(m->names[i]);
    free(m->names);
    free(m->x);
    free(m->shown);
    release_cells(&m->cells, m->cells.n_cols);
    *m = (struct avo_matrix){0};
}
