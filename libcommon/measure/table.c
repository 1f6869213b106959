/* SPDX-License-Identifier: MIT */
/* table.c: one walk over scopes, tracks, assays and methods; three ways to print a row. */
#include "libcommon/measure/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/text.h"

#define GENOME "genome"

double avo_table_average(const struct avo_table *t, size_t scope, size_t method, size_t measure,
                         int64_t assay, bool seen, size_t *n)
{
    const struct avo_lineup *l = t->lineup;
    double sum = 0;

    *n = 0;
    for (size_t i = 0; i < l->n_scored; i++) {
        size_t track = l->scored[i];
        double v = avo_measures[measure].score(avo_eval_cell(t->eval, scope, track, method));

        if (l->seen[track] != seen || isnan(v))
            continue;
        if (assay >= 0 && l->tracks[track].assay != (size_t)assay)
            continue;
        sum += v;
        ++*n;
    }
    return *n > 0 ? sum / (double)*n : NAN;
}

static size_t genome_scope(const struct avo_table *t)
{
    return avo_eval_n_scopes(t->eval) - 1;
}

static const char *scope_name(const struct avo_table *t, size_t scope)
{
    return scope == genome_scope(t) ? GENOME : t->observed->chroms[t->chroms[scope]].name;
}

/* ---- TSV ---- */

/* A row: a track (track >= 0), an assay's average (assay >= 0), or the average of all. */
struct row {
    size_t scope, method;
    int64_t track, assay;
    bool seen;
};

static double row_value(const struct avo_table *t, const struct row *r, size_t measure, size_t *n)
{
    if (r->track < 0)
        return avo_table_average(t, r->scope, r->method, measure, r->assay, r->seen, n);
    *n = 1;
    return avo_measures[measure].score(avo_eval_cell(t->eval, r->scope, (size_t)r->track,
                                                     r->method));
}

static int print_value(struct avo_out *out, double v, struct avo_error *err)
{
    return isnan(v) ? avo_out_printf(out, err, "\tNA") : avo_out_printf(out, err, "\t%.9g", v);
}

/* level, scope, celltype, assay, role, seen, method */
static int print_key(const struct avo_table *t, const struct row *r, struct avo_out *out,
                     struct avo_error *err)
{
    const struct avo_track *track = r->track >= 0 ? &t->observed->tracks[r->track] : NULL;
    const struct avo_track *any = r->assay >= 0
        ? &t->observed->tracks[t->lineup->assay_track[r->assay]] : NULL;
    enum avo_role role = track != NULL ? t->lineup->roles[r->track] : AVO_ROLE_UNSET;
    char *celltype = avo_escape(track != NULL ? track->celltype : ".", false, err);
    char *assay = avo_escape(track != NULL ? track->assay : any != NULL ? any->assay : ".", false,
                             err);
    int rc = -1;

    if (celltype != NULL && assay != NULL)
        rc = avo_out_printf(out, err, "%s\t%s\t%s\t%s\t%s\t%s\t%s",
                            track != NULL ? "track" : any != NULL ? "assay" : "overall",
                            scope_name(t, r->scope), celltype, assay,
                            role == AVO_ROLE_UNSET ? "." : avo_role_name(role),
                            r->seen ? "yes" : "no", t->methods[r->method]);
    free(celltype);
    free(assay);
    return rc;
}

/* Tracks behind a row, as its first measure counts them. */
static int print_counts(const struct avo_table *t, const struct row *r, struct avo_out *out,
                        struct avo_error *err)
{
    size_t n;

    (void)row_value(t, r, 0, &n);
    if (r->track < 0)
        return avo_out_printf(out, err, "\t%zu\t.\t.", n);
    return avo_out_printf(out, err, "\t1\t%" PRIu64 "\t%" PRIu64,
                          avo_eval_cell(t->eval, r->scope, (size_t)r->track,
                                        avo_eval_constant(t->eval))->all.n,
                          avo_eval_left_out(t->eval, r->scope, (size_t)r->track));
}

static int print_wide(const struct avo_table *t, const struct row *r, struct avo_out *out,
                      struct avo_error *err)
{
    size_t n;

    if (print_key(t, r, out, err) < 0 || print_counts(t, r, out, err) < 0)
        return -1;
    for (size_t k = 0; k < avo_n_measures; k++)
        if (print_value(out, row_value(t, r, k, &n), err) < 0)
            return -1;
    return avo_out_printf(out, err, "\n");
}

static int print_long(const struct avo_table *t, const struct row *r, struct avo_out *out,
                      struct avo_error *err)
{
    for (size_t k = 0; k < avo_n_measures; k++) {
        size_t n;
        double v = row_value(t, r, k, &n);

        if (print_key(t, r, out, err) < 0 ||
            avo_out_printf(out, err, "\t%zu\t%s", n, avo_measures[k].name) < 0 ||
            print_value(out, v, err) < 0 || avo_out_printf(out, err, "\n") < 0)
            return -1;
    }
    return 0;
}

/* How rows are printed, and where. */
struct printer {
    const struct avo_table *t;
    struct avo_out *out;
    int (*print)(const struct avo_table *t, const struct row *r, struct avo_out *out,
                 struct avo_error *err);
};

/* A row for every method. */
static int print_methods(const struct printer *p, struct row r, struct avo_error *err)
{
    for (r.method = 0; r.method < avo_eval_n_methods(p->t->eval); r.method++)
        if (p->print(p->t, &r, p->out, err) < 0)
            return -1;
    return 0;
}

static int print_averages(const struct printer *p, size_t scope, bool seen, struct avo_error *err)
{
    const struct avo_lineup *l = p->t->lineup;

    for (int64_t a = 0; a < (int64_t)l->n_assays; a++)
        if (avo_lineup_count(l, a, seen) > 0 &&
            print_methods(p, (struct row){scope, 0, -1, a, seen}, err) < 0)
            return -1;
    if (avo_lineup_count(l, -1, seen) == 0)
        return 0;
    return print_methods(p, (struct row){scope, 0, -1, -1, seen}, err);
}

static int print_scope(const struct printer *p, size_t scope, struct avo_error *err)
{
    const struct avo_lineup *l = p->t->lineup;

    for (size_t i = 0; i < l->n_scored; i++) {
        size_t track = l->scored[i];
        struct row r = {scope, 0, (int64_t)track, -1, l->seen[track]};

        if (print_methods(p, r, err) < 0)
            return -1;
    }
    if (print_averages(p, scope, false, err) < 0)
        return -1;
    return print_averages(p, scope, true, err);
}

static int print_tsv(const struct printer *p, const char *columns, struct avo_error *err)
{
    size_t all = genome_scope(p->t);

    if (avo_out_printf(p->out, err, "level\tscope\tcelltype\tassay\trole\tseen\tmethod\t%s\n",
                       columns) < 0)
        return -1;
    if (p->t->genome && print_scope(p, all, err) < 0)
        return -1;
    for (size_t s = 0; p->t->per_chrom && s < all; s++)
        if (print_scope(p, s, err) < 0)
            return -1;
    return 0;
}

static int print_tsv_wide(const struct avo_table *t, struct avo_out *out, struct avo_error *err)
{
    struct printer p = {t, out, print_wide};
    char columns[512];
    size_t n = (size_t)snprintf(columns, sizeof columns, "n_tracks\tn_bins\tn_left_out");

    for (size_t k = 0; k < avo_n_measures && n < sizeof columns; k++)
        n += (size_t)snprintf(columns + n, sizeof columns - n, "\t%s", avo_measures[k].name);
    return print_tsv(&p, columns, err);
}

static int print_tsv_long(const struct avo_table *t, struct avo_out *out, struct avo_error *err)
{
    struct printer p = {t, out, print_long};

    return print_tsv(&p, "n_tracks\tmeasure\tvalue", err);
}

int avo_table_print(const struct avo_table *t, enum avo_table_format format, struct avo_out *out,
                    struct avo_error *err)
{
    if (format == AVO_TABLE_TEXT)
        return avo_table_print_text(t, out, err);
    return format == AVO_TABLE_TSV ? print_tsv_wide(t, out, err) : print_tsv_long(t, out, err);
}
