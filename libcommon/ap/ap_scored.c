/* SPDX-License-Identifier: MIT */
/* ap_scored.c: labels and scores that another classifier gave. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/ap/ap_tables.h"
#include "libcommon/ap/features_in.h"
#include "libcommon/base/lines.h"
#include "libcommon/base/text.h"

struct reading {
    struct avo_ap_scored *s;
    double threshold;
    struct avo_lines lines;
    size_t label_col, score_col, cap_label, cap_score;
};

static int add(struct reading *r, double label, double score, struct avo_error *err)
{
    struct avo_ap_scored *s = r->s;

    if (isnan(label) || (isnan(r->threshold) && label != 0 && label != 1)) {
        avo_error_set(err, "label %g is neither 0 nor 1", label);
        return avo_error_hint(err, "--label-threshold X makes those of X and more positive");
    }
    if (isnan(score))
        return avo_error_set(err, "score is not a number");
    if (avo_grow(&s->label, &r->cap_label, s->n + 1, sizeof *s->label, "labels", err) < 0 ||
        avo_grow(&s->score, &r->cap_score, s->n + 1, sizeof *s->score, "scores", err) < 0)
        return -1;
    s->label[s->n] = isnan(r->threshold) ? label > 0 : label >= r->threshold;
    s->score[s->n++] = score;
    return 0;
}

/* A field as a number, infinities included; NaN if it is none. */
static double number(const char *s)
{
    char *end;
    double v = *s != '\0' && strspn(s, "+-.0123456789eEinfINFtyTY") == strlen(s)
        ? strtod(s, &end) : NAN;

    return !isnan(v) && *end == '\0' ? v : NAN;
}

/* Names of columns, if the first line is that: 1; 0: it is the first row. */
static int take_names(struct reading *r, char *line, struct avo_error *err)
{
    char *copy = avo_strdup(line, err), *rest = copy, *f;
    size_t n = 0, n_numbers = 0, none = SIZE_MAX;

    if (!copy)
        return -1;
    r->label_col = r->score_col = none;
    for (; (f = avo_field(&rest)); n++) {
        f += n == 0 && *f == '#';
        n_numbers += !isnan(number(f));
        r->label_col = strcmp(f, "label") == 0 ? n : r->label_col;
        r->score_col = strcmp(f, "score") == 0 ? n : r->score_col;
    }
    free(copy);
    if (n_numbers == n && n == 2) {
        r->label_col = 0;
        r->score_col = 1;
        return 0;
    }
    if (n_numbers > 0 || r->label_col == none || r->score_col == none)
        return avo_error_set(err, "want columns \"label\" and \"score\", or two columns of "
                             "numbers without names");
    return 1;
}

static int take_row(struct reading *r, char *line, struct avo_error *err)
{
    const char *label = NULL, *score = NULL;
    char *f;

    for (size_t i = 0; (f = avo_field(&line)); i++) {
        label = i == r->label_col ? f : label;
        score = i == r->score_col ? f : score;
    }
    if (!label || !score)
        return avo_error_set(err, "too few columns");
    return add(r, number(label), number(score), err);
}

static int read_text(struct reading *r, const char *path, struct avo_error *err)
{
    char *line;
    int rc = avo_lines_open(&r->lines, path, err);

    while (rc == 0 && (rc = avo_lines_next(&r->lines, &line, err)) > 0) {
        if (r->lines.n_line == 1)
            rc = take_names(r, line, err);
        else
            rc = *line == '#';
        if (rc == 0)
            rc = take_row(r, line, err);
        if (rc < 0)
            avo_error_prefix(err, "%s:%zu", r->lines.shown, r->lines.n_line);
        rc = rc > 0 ? 0 : rc;
    }
    avo_lines_close(&r->lines);
    return rc;
}

static int read_npy(struct reading *r, const char *path, struct avo_error *err)
{
    double *v = NULL;
    size_t n_rows = 0, n_cols = 0;
    int rc = avo_npy_read(path, NULL, &v, &n_rows, &n_cols, err);

    if (rc == 0 && n_cols != 2)
        rc = avo_error_set(err, "%s: %zu columns (want label and score)", r->s->shown, n_cols);
    for (size_t i = 0; rc == 0 && i < n_rows; i++)
        if ((rc = add(r, v[2 * i], v[2 * i + 1], err)) < 0)
            avo_error_prefix(err, "%s: row %zu", r->s->shown, i + 1);
    free(v);
    return rc;
}

int avo_ap_scored_read(struct avo_ap_scored *s, const char *path, double threshold,
                       struct avo_error *err)
{
    struct reading r = {.s = s, .threshold = threshold};
    enum avo_kind kind;

    if (avo_in_kind(path, &s->shown, &kind, err) < 0)
        return -1;
    if (kind == AVO_KIND_STREAM)
        return avo_error_set(err, "%s: is a stream of records (want label and score as text or "
                             "npy)", s->shown);
    if ((kind == AVO_KIND_NPY ? read_npy(&r, path, err) : read_text(&r, path, err)) < 0)
        return -1;
    return s->n > 0 ? 0 : avo_error_set(err, "%s: no rows", s->shown);
}

int avo_ap_scored_rank(struct avo_ap_scored *s, size_t n_resamples, uint64_t seed,
                       struct avo_pool *pool, struct avo_error *err)
{
    double *ap = avo_alloc(n_resamples, sizeof *ap, "bootstrap samples", err);
    int rc = -1;

    s->low = s->high = NAN;
    if (ap && avo_average_precision(s->label, s->score, s->n, pool, &s->ap, err) == 0)
        rc = avo_pr_make(s->label, s->score, s->n, &s->pr, err);
    if (rc == 0 && n_resamples > 0 && s->pr.n_positive > 0) {
        rc = avo_pr_bootstrap(&s->pr, n_resamples, seed, pool, ap, &s->n_resamples, err);
        s->low = avo_quantile(ap, s->n_resamples, 0.025);
        s->high = avo_quantile(ap, s->n_resamples, 0.975);
    }
    free(ap);
    return rc;
}

void avo_ap_scored_release(struct avo_ap_scored *s)
{
    if (!s)
        return;
    free(s->name);
    free(s->shown);
    free(s->label);
    free(s->score);
    avo_pr_release(&s->pr);
    *s = (struct avo_ap_scored){0};
}
