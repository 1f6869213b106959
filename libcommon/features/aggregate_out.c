/* SPDX-License-Identifier: MIT */
/* aggregate_out.c: rows of features with their windows and labels. */
#include "libcommon/features/aggregate_out.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/npy.h"
#include "libcommon/base/text.h"

#define N_PAIR 3        /* columns of the second interval */

int avo_agg_out_columns(struct avo_header *h, const struct avo_windows *w, struct avo_error *err)
{
    static const char *const right[N_PAIR] = AVO_FEATURE_PAIR;

    for (int k = 0; w->per_row == 2 && k < N_PAIR; k++)
        if (avo_header_add_column(h, right[k], err))
            return -1;
    for (size_t i = 0; i < w->n_columns; i++)
        if (avo_header_add_column(h, w->columns[i], err))
            return -1;
    return 0;
}

static int open_text(struct avo_agg_out *o, struct avo_error *err)
{
    o->show.format = o->spec.format == AVO_AGG_NPY ? AVO_SHOW_NPY : AVO_SHOW_TSV;
    o->show.layout = &o->layout;
    return avo_feature_show_open(&o->show, o->spec.path,
                                 o->spec.drop_missing ? UINT64_MAX : o->spec.n_rows, err);
}

int avo_agg_out_open(struct avo_agg_out *o, const struct avo_agg_out_spec *spec,
                     const struct avo_header *h, struct avo_error *err)
{
    memset(o, 0, sizeof *o);
    o->spec = *spec;
    if (avo_header_copy(&o->header, h, err) || avo_feature_layout_init(&o->layout, &o->header, err))
        return -1;
    if (!(o->columns = avo_alloc(o->layout.n_columns, sizeof *o->columns, "columns", err)))
        return -1;
    if (spec->labels_path &&
        !(o->numbers = avo_alloc(spec->n_rows, sizeof *o->numbers, "labels", err)))
        return -1;
    if (spec->format != AVO_AGG_AVO)
        return open_text(o, err);
    o->writer = avo_feature_writer_open(spec->path, h, "-O tsv", err);
    return o->writer ? 0 : -1;
}

struct avo_writer *avo_agg_out_stream(struct avo_agg_out *o)
{
    return o->writer ? avo_feature_writer_stream(o->writer) : NULL;
}

/* ---- rows ---- */

/* Name, label, group and columns as they lie one behind the other. */
static void take_texts(struct avo_agg_out *o, size_t row, struct avo_feature_row *r)
{
    const char *s = avo_windows_text(o->spec.windows, row, 0), **texts[] = {&r->name, &r->label,
                                                                             &r->group};
    size_t n = o->layout.n_columns, i = 0;
    bool any = o->spec.windows->text != NULL;

    for (int k = 0; k < 3; k++) {
        *texts[k] = s;
        s += any ? strlen(s) + 1 : 0;
    }
    for (; o->layout.pair[0] >= 0 && i < N_PAIR; i++)
        o->columns[i] = "";             /* written from the interval */
    for (; i < n; i++) {
        o->columns[i] = s;
        s += strlen(s) + 1;
    }
}

static void take_places(struct avo_agg_out *o, size_t row, struct avo_feature_row *r)
{
    const struct avo_windows *w = o->spec.windows;

    r->n_places = w->per_row;
    for (uint32_t k = 0; k < w->per_row; k++) {
        const struct avo_place *p = &w->places[row * w->per_row + k];
        r->at[k] = (struct avo_feature_place){o->header.chroms[p->chrom].name, p->beg_bp,
                                              p->end_bp};
    }
}

/* The label that was measured, as text; "" if there is none. */
static void format_label(const struct avo_agg_out *o, size_t row, char *out, size_t size)
{
    double x = o->spec.labels[row];

    *out = '\0';
    if (isnan(x))
        return;
    if (o->spec.has_threshold)
        snprintf(out, size, "%d", x >= o->spec.threshold);
    else if (snprintf(out, size, "%.6g", x) && strtof(out, NULL) != (float)x)
        snprintf(out, size, "%.9g", x);
}

static int keep_number(struct avo_agg_out *o, const char *label, size_t row,
                       struct avo_error *err)
{
    double x = NAN;

    if (*label && avo_parse_double(label, -HUGE_VAL, HUGE_VAL, "label", &x, NULL))
        return avo_error_set(err, "%s: the label \"%s\" of row %zu is not a number",
                             o->spec.labels_path, label, row + 1);
    o->numbers[o->n_written] = x;
    return 0;
}

static bool misses_any(const float *x, size_t n)
{
    size_t i = 0;

    while (i < n && !isnan(x[i]))
        i++;
    return i < n;
}

int avo_agg_out_row(void *user, size_t row, const float *features, struct avo_error *err)
{
    struct avo_agg_out *o = user;
    struct avo_feature_row r = {.label = "", .group = "", .columns = o->columns,
                                .features = features};
    bool missing = misses_any(features, o->layout.n_features);
    bool unlabelled = o->spec.labels && isnan(o->spec.labels[row]);
    char label[40];

    o->n_missing += missing;
    o->n_unlabelled += unlabelled;
    if (o->spec.drop_missing && (missing || unlabelled)) {
        o->n_dropped++;
        return 0;
    }
    if (o->spec.windows) {
        take_places(o, row, &r);
        take_texts(o, row, &r);
    } else {
        r.name = o->spec.names[row];
    }
    if (o->spec.labels) {
        format_label(o, row, label, sizeof label);
        r.label = label;
    }
    if (o->numbers && keep_number(o, r.label, row, err))
        return -1;
    o->n_written++;
    return o->writer ? avo_feature_writer_add(o->writer, &r, err)
                     : avo_feature_show_row(&o->show, &r, err);
}

/* ---- end ---- */

static int write_labels(struct avo_agg_out *o, struct avo_error *err)
{
    struct avo_out out = {.fd = -1};
    char shape[32];
    int rc;

    snprintf(shape, sizeof shape, "%zu,", o->n_written);
    rc = avo_out_open(&out, o->spec.labels_path, "another name", err) ||
         avo_npy_put(&out, "<f8", shape, err) ||
         avo_out_write(&out, o->numbers, o->n_written * sizeof *o->numbers, err) ||
         avo_out_finish(&out, err) ? -1 : 0;
    avo_out_release(&out);
    return rc;
}

int avo_agg_out_finish(struct avo_agg_out *o, struct avo_error *err)
{
    if (o->numbers && write_labels(o, err))
        return -1;
    return o->writer ? avo_feature_writer_finish(o->writer, err)
                     : avo_feature_show_finish(&o->show, err);
}

void avo_agg_out_release(struct avo_agg_out *o)
{
    avo_feature_writer_free(o->writer);
    avo_feature_show_release(&o->show);
    avo_feature_layout_release(&o->layout);
    avo_header_release(&o->header);
    free(o->columns);
    free(o->numbers);
}
