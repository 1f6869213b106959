/* SPDX-License-Identifier: MIT */
/* paired.c: gathers two methods' scores of the same tracks and tests them. */
#include "libcommon/eval/paired.h"

#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_out.h"

#define LEAST_TRACKS 2      /* of one assay */

/* What make is at, and where it puts the scores. */
struct maker {
    const struct avo_table *t;
    struct avo_paired *out;
    size_t cap_rows;
    double *a, *b;              /* [n_scored] */
    bool kept;
};

/* Tracks of a row for which both methods have a value. */
static size_t gather(struct maker *k, const struct avo_paired_row *r)
{
    const struct avo_table *t = k->t;
    const struct avo_scored *l = t->chosen;
    size_t genome = avo_eval_n_scopes(t->eval) - 1, n = 0;

    for (size_t i = 0; i < l->n_scored; i++) {
        size_t track = l->scored[i];

        if (l->seen[track] || (r->assay >= 0 && l->tracks[track].assay != (size_t)r->assay))
            continue;
        k->a[n] = avo_table_score(t, genome, track, r->a, r->measure);
        k->b[n] = avo_table_score(t, genome, track, r->b, r->measure);
        n += !isnan(k->a[n]) && !isnan(k->b[n]);
    }
    return n;
}

static int compare(struct maker *k, struct avo_paired_row r, struct avo_error *err)
{
    struct avo_ttest test;
    bool more = avo_measures[r.measure].better > 0;

    r.kept = k->kept;
    r.n = gather(k, &r);
    if (r.n < (r.assay < 0 ? 1 : LEAST_TRACKS))
        return 0;
    avo_paired_ttest(k->a, k->b, r.n, &test);   /* undefined ones are NaN in the row */
    r.wins = more ? test.n_greater : test.n_less;
    r.losses = more ? test.n_less : test.n_greater;
    r.ties = test.n_equal;
    r.mean_a = test.mean_a;
    r.mean_b = test.mean_b;
    r.mean_diff = test.mean_diff;
    r.t = test.t;
    r.p = test.p;
    if (avo_grow(&k->out->rows, &k->cap_rows, k->out->n_rows + 1, sizeof r, "comparisons", err) < 0)
        return -1;
    k->out->rows[k->out->n_rows++] = r;
    return 0;
}

static int compare_pair(struct maker *k, size_t a, size_t b, struct avo_error *err)
{
    for (int64_t assay = -1; assay < (int64_t)k->t->chosen->n_assays; assay++)
        for (size_t m = 0; m < avo_n_measures; m++) {
            struct avo_paired_row r = {.a = a, .b = b, .measure = m, .assay = assay};

            if (avo_table_has(k->t, m) && compare(k, r, err) < 0)
                return -1;
        }
    return 0;
}

static int compare_all(struct maker *k, struct avo_error *err)
{
    for (size_t a = 0; a < k->t->n_imputed; a++)
        for (size_t b = a + 1; b < avo_eval_n_methods(k->t->eval); b++)
            if (compare_pair(k, a, b, err) < 0)
                return -1;
    return 0;
}

int avo_paired_make(const struct avo_table *t, struct avo_paired *out, struct avo_error *err)
{
    struct avo_table kept = avo_table_kept(t);
    struct maker k = {.t = t, .out = out};
    int rc = -1;

    *out = (struct avo_paired){0};
    k.a = avo_alloc(t->chosen->n_scored, sizeof *k.a, "comparisons", err);
    k.b = avo_alloc(t->chosen->n_scored, sizeof *k.b, "comparisons", err);
    if (!k.a || !k.b || compare_all(&k, err) < 0)
        goto out;
    if (t->kept) {
        k.t = &kept;
        k.kept = true;
        if (compare_all(&k, err) < 0)
            goto out;
    }
    rc = 0;
out:
    free(k.a);
    free(k.b);
    if (rc < 0)
        avo_paired_release(out);
    return rc;
}

void avo_paired_release(struct avo_paired *p)
{
    if (!p)
        return;
    free(p->rows);
    *p = (struct avo_paired){0};
}

/* ---- TSV ---- */

static int print_key(const struct avo_paired_row *r, const struct avo_table *t,
                     struct avo_out *out, struct avo_error *err)
{
    const char *assay = r->assay < 0 ? "."
        : t->observed->tracks[t->chosen->assay_track[r->assay]].assay;
    char *s = avo_escape(assay, false, err), *a = avo_escape(t->methods[r->a], false, err);
    char *b = avo_escape(t->methods[r->b], false, err);
    int rc = -1;

    if (s && a && b)
        rc = avo_out_printf(out, err, "%s\t%s\t%s\t%s\t%s\t%zu\t%zu\t%zu\t%zu",
                            r->kept ? "kept" : "all", s, avo_measures[r->measure].name, a, b, r->n,
                            r->wins, r->losses, r->ties);
    free(s);
    free(a);
    free(b);
    return rc;
}

int avo_paired_print(const struct avo_paired *p, const struct avo_table *t, struct avo_out *out,
                     struct avo_error *err)
{
    if (avo_out_printf(out, err, "bins\tassay\tmeasure\tmethod_a\tmethod_b\tn_tracks\twins\tlosses"
                       "\tties\tmean_a\tmean_b\tmean_diff\tt\tp\n") < 0)
        return -1;
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct avo_paired_row *r = &p->rows[i];
        const double values[] = {r->mean_a, r->mean_b, r->mean_diff, r->t, r->p};

        if (print_key(r, t, out, err) < 0)
            return -1;
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            if (avo_out_column(out, values[k], err) < 0)
                return -1;
        if (avo_out_printf(out, err, "\n") < 0)
            return -1;
    }
    return 0;
}
