/* SPDX-License-Identifier: MIT */
/* variable_table.c: tables of errors and attributions by the number of cell types with a peak. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_out.h"
#include "libcommon/eval/variable.h"

/* Rows of a track (scored >= 0), or pooled over an assay's tracks. */
struct rows {
    const struct avo_variable *v;
    const char *const *methods;
    struct avo_out *out;
    size_t assay;
    bool seen;
    int64_t scored;
};

static const char *assay_name(const struct avo_variable *v, size_t assay)
{
    const struct avo_variable_spec *s = avo_variable_spec(v);

    return s->header->tracks[s->chosen->assay_track[assay]].assay;
}

static int print_scores(const struct rows *r, const struct avo_variable_cell *c, bool is_observed,
                        struct avo_error *err)
{
    if (avo_out_printf(r->out, err, "\t%" PRIu64, avo_variable_bins(c)) < 0 ||
        avo_out_column(r->out, is_observed ? NAN : avo_variable_mse(c), err) < 0 ||
        avo_out_column(r->out, avo_variable_precision(c), err) < 0 ||
        avo_out_column(r->out, avo_variable_recall(c), err) < 0)
        return -1;
    return avo_out_printf(r->out, err, "\t%" PRIu64 "\t%" PRIu64 "\n", avo_variable_n_peak(c),
                          avo_variable_n_called(c));
}

/* key: assay, cell type and seen, escaped. */
static int print_row(const struct rows *r, const char *key, size_t k, size_t method,
                     struct avo_error *err)
{
    bool is_observed = method == avo_variable_spec(r->v)->n_methods;
    const struct avo_variable_cell *c = r->scored >= 0
        ? avo_variable_track_cell(r->v, (size_t)r->scored, k, method)
        : avo_variable_cell(r->v, r->assay, r->seen, k, method);
    char *name = avo_escape(is_observed ? AVO_VARIABLE_OBSERVED : r->methods[method], false, err);
    int rc = -1;

    if (name &&
        avo_out_printf(r->out, err, "%s\t%zu\t%zu\t%s", key, k,
                       avo_variable_max_k(r->v, r->assay), name) == 0)
        rc = print_scores(r, c, is_observed, err);
    free(name);
    return rc;
}

static char *make_key(const struct rows *r, const char *celltype, struct avo_error *err)
{
    char *a = avo_escape(assay_name(r->v, r->assay), false, err);
    char *c = avo_escape(celltype, false, err), *key = NULL;

    if (a && c)
        key = avo_asprintf(err, "%s\t%s\t%s", a, c, r->seen ? "yes" : "no");
    free(a);
    free(c);
    return key;
}

static int print_rows(const struct rows *r, const char *celltype, struct avo_error *err)
{
    char *key = make_key(r, celltype, err);
    int rc = key ? 0 : -1;

    for (size_t k = 1; rc == 0 && k <= avo_variable_max_k(r->v, r->assay); k++)
        for (size_t m = 0; rc == 0 && m <= avo_variable_spec(r->v)->n_methods; m++)
            rc = print_row(r, key, k, m, err);
    free(key);
    return rc;
}

static int print_tracks(struct rows *r, struct avo_error *err)
{
    const struct avo_variable_spec *s = avo_variable_spec(r->v);

    for (r->scored = 0; r->scored < (int64_t)s->chosen->n_scored; r->scored++) {
        size_t track = s->chosen->scored[r->scored];

        if (s->chosen->tracks[track].assay != r->assay ||
            avo_variable_track_cell(r->v, (size_t)r->scored, 1, 0) == NULL)
            continue;
        r->seen = s->chosen->seen[track];
        if (print_rows(r, s->header->tracks[track].celltype, err) < 0)
            return -1;
    }
    return 0;
}

static int print_pooled(struct rows *r, struct avo_error *err)
{
    r->scored = -1;
    for (int seen = 0; seen < 2; seen++) {
        r->seen = seen;
        if (avo_variable_n_tracks(r->v, r->assay, seen) > 0 && print_rows(r, ".", err) < 0)
            return -1;
    }
    return 0;
}

int avo_variable_print(const struct avo_variable *v, const char *const *method_names,
                       struct avo_out *out, struct avo_error *err)
{
    struct rows r = {.v = v, .methods = method_names, .out = out};

    if (avo_out_printf(out, err, "assay\tcelltype\tseen\tk\tn_celltypes\tmethod\tn_bins\tmse\t"
                       "precision\trecall\tn_peak\tn_called\n") < 0)
        return -1;
    for (r.assay = 0; r.assay < avo_variable_spec(v)->chosen->n_assays; r.assay++)
        if (print_pooled(&r, err) < 0 || print_tracks(&r, err) < 0)
            return -1;
    return 0;
}

/* ---- attributions ---- */

static int print_mean(const struct rows *r, size_t k, bool has_peak, size_t component,
                      struct avo_error *err)
{
    const struct avo_variable_mean *m = avo_variable_attribution(r->v, r->assay, k, has_peak,
                                                                 component);
    char *a = avo_escape(assay_name(r->v, r->assay), false, err);
    char *c = avo_escape(r->methods[component], false, err);
    int rc = -1;

    if (a && c &&
        avo_out_printf(r->out, err, "%s\t%zu\t%zu\t%s\t%s\t%" PRIu64, a, k,
                       avo_variable_max_k(r->v, r->assay), has_peak ? "yes" : "no", c,
                       m->n) == 0 &&
        avo_out_column(r->out, m->n > 0 ? m->sum / (double)m->n : NAN, err) == 0)
        rc = avo_out_printf(r->out, err, "\n");
    free(a);
    free(c);
    return rc;
}

static int print_means(const struct rows *r, size_t k, struct avo_error *err)
{
    for (int has_peak = 0; has_peak < 2; has_peak++)
        for (size_t c = 0; c < avo_variable_spec(r->v)->n_components; c++)
            if (print_mean(r, k, has_peak, c, err) < 0)
                return -1;
    return 0;
}

int avo_variable_print_attribution(const struct avo_variable *v,
                                   const char *const *component_names, struct avo_out *out,
                                   struct avo_error *err)
{
    struct rows r = {.v = v, .methods = component_names, .out = out};

    if (avo_out_printf(out, err, "assay\tk\tn_celltypes\tpeak\tcomponent\tn_bins\tmean\n") < 0)
        return -1;
    for (r.assay = 0; r.assay < avo_variable_spec(v)->chosen->n_assays; r.assay++) {
        if (avo_variable_n_tracks(v, r.assay, false) + avo_variable_n_tracks(v, r.assay, true) == 0)
            continue;
        for (size_t k = 1; k <= avo_variable_max_k(v, r.assay); k++)
            if (print_means(&r, k, err) < 0)
                return -1;
    }
    return 0;
}
