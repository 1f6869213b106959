/* SPDX-License-Identifier: MIT */
/* crossval_measures.c: how good the scores of a fold are, averages over folds, sets in pairs. */
#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/ap/average_precision.h"
#include "libcommon/ap/crossval.h"

/* ---- one evaluation ---- */

static void measure_numbers(const double *y, const double *score, size_t n, double *out)
{
    double my = 0, ms = 0, sse = 0, syy = 0, sss = 0, sys = 0;

    for (size_t i = 0; i < n; i++) {
        my += y[i];
        ms += score[i];
    }
    my /= (double)n;
    ms /= (double)n;
    for (size_t i = 0; i < n; i++) {
        double a = y[i] - my, b = score[i] - ms, e = y[i] - score[i];

        sse += e * e;
        syy += a * a;
        sss += b * b;
        sys += a * b;
    }
    out[0] = syy > 0 ? 1 - sse / syy : NAN;
    out[1] = n > 0 ? sse / (double)n : NAN;
    out[2] = syy > 0 && sss > 1e-20 * ms * ms * (double)n ? sys / sqrt(syy * sss) : NAN;
}

static int measure_classes(const double *y, const double *score, size_t n, double *out,
                           struct avo_error *err)
{
    uint8_t *label = avo_alloc(n, sizeof *label, "labels", err);
    int rc;

    if (!label)
        return -1;
    for (size_t i = 0; i < n; i++)
        label[i] = y[i] > 0;
    rc = avo_average_precision(label, score, n, NULL, out, err);
    free(label);
    return rc;
}

int avo_crossval_measure(struct avo_crossval *cv, size_t set, size_t evaluation,
                         struct avo_error *err)
{
    const struct avo_crossval_spec *s = cv->spec;
    const struct avo_folds *f = s->folds;
    size_t repeat = evaluation / f->n_folds, fold = evaluation % f->n_folds, n = 0;
    const double *score = avo_crossval_scores(cv, set, repeat);
    double *values = avo_alloc(2 * f->n_rows, sizeof *values, "scores", err);
    double *out = cv->folds[set * cv->n_evaluations + evaluation].measure;
    int rc = 0;

    if (!values)
        return -1;
    for (size_t i = 0; i < f->n_rows; i++)
        if (f->fold[repeat * f->n_rows + i] == fold) {
            values[n] = s->y[i];
            values[f->n_rows + n++] = score[i];
        }
    if (s->params.regression)
        measure_numbers(values, values + f->n_rows, n, out);
    else
        rc = measure_classes(values, values + f->n_rows, n, out, err);
    free(values);
    return rc;
}

/* ---- over evaluations ---- */

/* Rows tested to rows trained on, over the evaluations of set where the measure is defined. */
static double test_share(const struct avo_crossval *cv, size_t set, size_t measure)
{
    double tested = 0, trained = 0;

    for (size_t e = 0; e < cv->n_evaluations; e++) {
        const struct avo_crossval_fold *f = avo_crossval_at(cv, set, e);

        if (isnan(f->measure[measure]))
            continue;
        tested += (double)f->n_test;
        trained += (double)f->n_train;
    }
    return tested / trained;
}

void avo_crossval_average(const struct avo_crossval *cv, size_t set, size_t measure,
                          struct avo_crossval_mean *out)
{
    double sum = 0, ss = 0;

    *out = (struct avo_crossval_mean){.mean = NAN, .sd = NAN, .least = NAN, .most = NAN,
                                      .se = NAN, .se_resampled = NAN};
    for (size_t e = 0; e < cv->n_evaluations; e++) {
        double v = avo_crossval_at(cv, set, e)->measure[measure];

        if (isnan(v))
            continue;
        sum += v;
        out->least = out->n == 0 || v < out->least ? v : out->least;
        out->most = out->n == 0 || v > out->most ? v : out->most;
        out->n++;
    }
    if (out->n == 0)
        return;
    out->mean = sum / (double)out->n;
    for (size_t e = 0; e < cv->n_evaluations; e++) {
        double d = avo_crossval_at(cv, set, e)->measure[measure] - out->mean;

        ss += isnan(d) ? 0 : d * d;
    }
    if (out->n < 2)
        return;
    out->sd = sqrt(ss / (double)(out->n - 1));
    out->se = out->sd / sqrt((double)out->n);
    out->se_resampled = out->sd * sqrt(1 / (double)out->n + test_share(cv, set, measure));
}

int avo_crossval_compare(const struct avo_crossval *cv, size_t a, size_t b, size_t measure,
                         struct avo_crossval_test *out, struct avo_error *err)
{
    double *values = avo_alloc(2 * cv->n_evaluations, sizeof *values, "a test", err);
    size_t n = 0;

    if (!values)
        return -1;
    for (size_t e = 0; e < cv->n_evaluations; e++) {
        double x = avo_crossval_at(cv, a, e)->measure[measure];
        double y = avo_crossval_at(cv, b, e)->measure[measure];

        if (isnan(x) || isnan(y))
            continue;
        values[n] = x;
        values[cv->n_evaluations + n++] = y;
    }
    avo_paired_ttest(values, values + cv->n_evaluations, n, &out->paired);
    avo_resampled_ttest(&out->paired, test_share(cv, a, measure), &out->resampled);
    free(values);
    return 0;
}
