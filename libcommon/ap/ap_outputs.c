/* SPDX-License-Identifier: MIT */
/* ap_outputs.c: which table goes to which file. */
#include "libcommon/ap/ap_outputs.h"

#include <stdlib.h>

#include "libcommon/base/alloc.h"

/* What the printing functions choose from. */
struct results {
    const struct avo_ap_outputs *o;
    const struct avo_crossval *cv;
    const struct avo_ap_scored *scored;
    size_t n, n_positive;
    struct avo_pr *curves;      /* [n] of cv; owned */
};

typedef int print_fn(const struct results *r, struct avo_out *out, struct avo_error *err);

static int write_file(const char *path, print_fn *print, const struct results *r,
                      struct avo_error *err)
{
    struct avo_out out = {0};
    int rc = -1;

    if (avo_out_open(&out, path, NULL, err) == 0 && print(r, &out, err) == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    return rc;
}

static int print_summary(const struct results *r, struct avo_out *out, struct avo_error *err)
{
    if (r->cv)
        return avo_ap_print_summary(r->cv, r->n_positive, r->o->text, out, err);
    return avo_ap_print_scored(r->scored, r->n, r->o->text, out, err);
}

static int print_folds(const struct results *r, struct avo_out *out, struct avo_error *err)
{
    return avo_ap_print_folds(r->cv, out, err);
}

static int print_tests(const struct results *r, struct avo_out *out, struct avo_error *err)
{
    return avo_ap_print_tests(r->cv, out, err);
}

static int print_scores(const struct results *r, struct avo_out *out, struct avo_error *err)
{
    return avo_ap_print_scores(r->cv, out, err);
}

static int print_curves(const struct results *r, struct avo_out *out, struct avo_error *err)
{
    int rc = avo_out_printf(out, err, AVO_AP_CURVE_HEADING);

    for (size_t i = 0; rc == 0 && i < r->n; i++)
        rc = r->cv != NULL
            ? avo_ap_print_curve(avo_crossval_set_name(r->cv, i), &r->curves[i], out, err)
            : avo_ap_print_curve(r->scored[i].name, &r->scored[i].pr, out, err);
    return rc;
}

static int write_report(const struct results *r, struct avo_error *err)
{
    bool any = r->n_positive > 0;
    struct avo_ap_report page = {
        .title = r->o->title, .program = "ap-eval " AVO_VERSION, .cv = r->cv,
        .scored = r->scored, .n_scored = r->n, .curves = any ? r->curves : NULL,
        .n_rows = r->cv ? r->cv->spec->folds->n_rows : r->scored[0].n,
        .n_positive = r->n_positive, .facts = r->o->facts, .n_facts = r->o->n_facts};

    return avo_ap_report_write(&page, r->o->report, err);
}

static int write_all(const struct results *r, struct avo_error *err)
{
    const struct avo_ap_outputs *o = r->o;
    const struct { const char *path; print_fn *print; } files[] = {
        {o->per_fold, print_folds}, {o->tests, print_tests}, {o->scores, print_scores},
        {o->curve, print_curves}};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].path && write_file(files[i].path, files[i].print, r, err) < 0)
            return -1;
    if (o->report && write_report(r, err) < 0)
        return -1;
    return write_file(o->summary, print_summary, r, err);
}

int avo_ap_write_crossval(const struct avo_ap_outputs *o, const struct avo_crossval *cv,
                          size_t n_positive, struct avo_error *err)
{
    struct results r = {.o = o, .cv = cv, .n = cv->spec->n_sets, .n_positive = n_positive};
    int rc = 0;

    r.curves = avo_alloc(r.n, sizeof *r.curves, "curves", err);
    if (!r.curves)
        return -1;
    for (size_t i = 0; rc == 0 && (o->curve || o->report) && i < r.n; i++)
        rc = avo_ap_pool_folds(cv, i, &r.curves[i], err);
    if (rc == 0)
        rc = write_all(&r, err);
    for (size_t i = 0; i < r.n; i++)
        avo_pr_release(&r.curves[i]);
    free(r.curves);
    return rc;
}

int avo_ap_write_scored(const struct avo_ap_outputs *o, const struct avo_ap_scored *scored,
                        size_t n, struct avo_error *err)
{
    struct results r = {.o = o, .scored = scored, .n = n, .n_positive = scored[0].pr.n_positive};
    int rc;

    r.curves = avo_alloc(n, sizeof *r.curves, "curves", err);
    if (!r.curves)
        return -1;
    for (size_t i = 0; i < n; i++)
        r.curves[i] = scored[i].pr;     /* borrowed */
    rc = write_all(&r, err);
    free(r.curves);
    return rc;
}
