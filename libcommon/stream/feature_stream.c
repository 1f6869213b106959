/* SPDX-License-Identifier: MIT */
/* feature_stream.c: streams of features read and written row by row. */
#include "libcommon/stream/feature.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/base/utf8.h"
#include "libcommon/stream/wire.h"

#define RECORD_BYTES ((size_t)4 << 20)

/* ---- reading ---- */

struct avo_features {
    struct avo_reader *reader;
    struct avo_feature_layout layout;
    struct avo_feature_rows rows;
};

const struct avo_feature_layout *avo_features_layout(const struct avo_features *f)
{
    return &f->layout;
}

static int open_features(struct avo_features *f, const char *path, struct avo_error *err)
{
    const struct avo_header *h;

    if (!(f->reader = avo_reader_open(path, err))) return -1;
    h = avo_reader_header(f->reader);
    if (h->content != AVO_CONTENT_FEATURE)
        return avo_error_set(err, "%s: holds %s (want features, as factor-agg writes them)",
                             avo_reader_name(f->reader),
                             h->content == AVO_CONTENT_SIGNAL ? "signal" : "a model");
    if (avo_feature_layout_init(&f->layout, h, err))
        return avo_error_prefix(err, "%s", avo_reader_name(f->reader));
    f->rows.layout = &f->layout;
    return 0;
}

struct avo_features *avo_features_open(const char *path, struct avo_error *err)
{
    struct avo_features *f = avo_alloc(1, sizeof *f, "features", err);

    if (f && open_features(f, path, err) == 0) return f;
    avo_features_close(f);
    return NULL;
}

int avo_features_next(struct avo_features *f, struct avo_feature_row *row, struct avo_error *err)
{
    struct avo_feature_block block;
    struct avo_head head;
    int rc;

    while ((rc = avo_feature_rows_next(&f->rows, row, err)) == 0) {
        do rc = avo_reader_next(f->reader, &head, err);
        while (rc > 0 && head.type != AVO_REC_FEATURE);
        if (rc <= 0) return rc;
        if (avo_reader_feature(f->reader, &block, err)) return -1;
        if (avo_feature_rows_start(&f->rows, &block, err)) break;
    }
    if (rc > 0) return 1;
    avo_reader_place(f->reader, err);
    return -1;
}

void avo_features_close(struct avo_features *f)
{
    if (!f) return;
    avo_feature_rows_release(&f->rows);
    avo_feature_layout_release(&f->layout);
    avo_reader_close(f->reader);
    free(f);
}

/* ---- writing ---- */

struct avo_feature_writer {
    struct avo_writer *writer;
    struct avo_header header;       /* of the layout */
    struct avo_feature_layout layout;
    uint32_t n_rows;                /* gathered */
    float *values;
    size_t cap_values;
    char *text;
    size_t n_text, cap_text;
    uint32_t last_chrom[2];
};

struct avo_feature_writer *avo_feature_writer_open(const char *path, const struct avo_header *h,
                                                   const char *text_option,
                                                   struct avo_error *err)
{
    struct avo_feature_writer *w = avo_alloc(1, sizeof *w, "a writer", err);

    if (!w) return NULL;
    if (avo_header_copy(&w->header, h, err) ||
        avo_feature_layout_init(&w->layout, &w->header, err) ||
        !(w->writer = avo_writer_open(path, h, false, text_option, err))) {
        avo_feature_writer_free(w);
        return NULL;
    }
    return w;
}

static int flush(struct avo_feature_writer *w, struct avo_error *err)
{
    struct avo_feature_block b = { w->n_rows, (uint32_t)w->layout.n_features, w->values, w->text,
                                   w->n_text };

    if (w->n_rows == 0) return 0;
    w->n_rows = 0;
    w->n_text = 0;
    return avo_writer_feature(w->writer, &b, err);
}

static int put_plain(struct avo_feature_writer *w, const char *s, size_t n, char after,
                     struct avo_error *err)
{
    if (avo_grow(&w->text, &w->cap_text, w->n_text + n + 1, 1, "text of features", err)) return -1;
    memcpy(w->text + w->n_text, s, n);
    w->n_text += n;
    w->text[w->n_text++] = after;
    return 0;
}

static int put_field(struct avo_feature_writer *w, const char *s, char after,
                     struct avo_error *err)
{
    char *escaped;
    size_t n = 0;
    int rc;

    while ((unsigned char)s[n] >= 32 && s[n] != 127 && s[n] != '%') n++;
    if (s[n] == '\0') return put_plain(w, s, n, after, err);
    if (!(escaped = avo_escape(s, false, err))) return -1;
    rc = put_plain(w, escaped, strlen(escaped), after, err);
    free(escaped);
    return rc;
}

static int put_base(struct avo_feature_writer *w, uint64_t base, char after,
                    struct avo_error *err)
{
    char digits[24], *p = digits + sizeof digits;

    do *--p = (char)('0' + base % 10);
    while (base /= 10);
    return put_plain(w, p, (size_t)(digits + sizeof digits - p), after, err);
}

static int put_column(struct avo_feature_writer *w, const struct avo_feature_row *row, size_t i,
                      struct avo_error *err)
{
    char after = i + 1 < w->layout.n_columns ? '\t' : '\n';

    if (row->n_places == 2 && (int)i == w->layout.pair[0])
        return put_field(w, row->at[1].chrom, after, err);
    if (row->n_places == 2 && (int)i == w->layout.pair[1])
        return put_base(w, row->at[1].beg_bp, after, err);
    if (row->n_places == 2 && (int)i == w->layout.pair[2])
        return put_base(w, row->at[1].end_bp, after, err);
    return put_field(w, row->columns[i], after, err);
}

static int put_line(struct avo_feature_writer *w, const struct avo_feature_row *row,
                    struct avo_error *err)
{
    struct avo_feature_place at = { ".", 0, 0 };

    if (row->n_places) at = row->at[0];
    if (put_field(w, at.chrom, '\t', err) || put_base(w, at.beg_bp, '\t', err) ||
        put_base(w, at.end_bp, '\t', err) || put_field(w, row->name, '\t', err) ||
        put_field(w, row->label, '\t', err) ||
        put_field(w, row->group, w->layout.n_columns ? '\t' : '\n', err)) return -1;
    for (size_t i = 0; i < w->layout.n_columns; i++)
        if (put_column(w, row, i, err)) return -1;
    return 0;
}

static int check_text(const struct avo_feature_writer *w, const char *s, struct avo_error *err)
{
    if (avo_utf8_ok(s, strlen(s), NULL)) return 0;
    return avo_error_set(err, "FEATURE: row %" PRIu32 ": not UTF-8: \"%s\"", w->n_rows, s);
}

/* What a reader would refuse. */
static int check_row(struct avo_feature_writer *w, const struct avo_feature_row *row,
                     struct avo_error *err)
{
    bool pairs = w->layout.pair[0] >= 0;

    if (row->n_places > 2 || pairs != (row->n_places == 2))
        return avo_error_set(err, "FEATURE: row %" PRIu32 ": %" PRIu32 " intervals in a stream of "
                             "%s", w->n_rows, row->n_places, pairs ? "pairs" : "intervals");
    for (uint32_t k = 0; k < row->n_places; k++) {
        struct avo_feature_place p = row->at[k];
        if (avo_feature_place_check(&w->layout, &p, w->n_rows, &w->last_chrom[k], err)) return -1;
    }
    if (check_text(w, row->name, err) || check_text(w, row->label, err) ||
        check_text(w, row->group, err)) return -1;
    for (size_t i = 0; i < w->layout.n_columns; i++)
        if (check_text(w, row->columns[i], err)) return -1;
    return 0;
}

int avo_feature_writer_add(struct avo_feature_writer *w, const struct avo_feature_row *row,
                           struct avo_error *err)
{
    size_t n = w->layout.n_features, at = (size_t)w->n_rows * n;

    if (check_row(w, row, err) ||
        avo_grow(&w->values, &w->cap_values, at + n, sizeof *w->values, "features", err) ||
        put_line(w, row, err)) return -1;
    if (n) memcpy(w->values + at, row->features, n * sizeof *w->values);
    w->n_rows++;
    if ((at + 2 * n) * sizeof *w->values + w->n_text < RECORD_BYTES) return 0;
    return flush(w, err);
}

struct avo_writer *avo_feature_writer_stream(struct avo_feature_writer *w) { return w->writer; }

int avo_feature_writer_finish(struct avo_feature_writer *w, struct avo_error *err)
{
    return flush(w, err) || avo_writer_finish(w->writer, err) ? -1 : 0;
}

void avo_feature_writer_free(struct avo_feature_writer *w)
{
    if (!w) return;
    avo_writer_free(w->writer);
    avo_feature_layout_release(&w->layout);
    avo_header_release(&w->header);
    free(w->values);
    free(w->text);
    free(w);
}
