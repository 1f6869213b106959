/* SPDX-License-Identifier: MIT */
/* table.c: groups of tracks that are averaged, and the two TSV forms. */
#include "libcommon/eval/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "libcommon/base/text.h"
#include "libcommon/base/text_out.h"

#define GENOME "genome"

struct avo_table avo_table_kept(const struct avo_table *t)
{
    struct avo_table kept = *t;

    kept.eval = t->kept;
    kept.kept = NULL;
    return kept;
}

/* ---- values ---- */

double avo_table_score(const struct avo_table *t, size_t scope, size_t track, size_t method,
                       size_t measure)
{
    const struct avo_cell *c = avo_eval_cell(t->eval, scope, track, method);

    return c->defined ? avo_measures[measure].score(c) : NAN;
}

uint64_t avo_table_bins(const struct avo_table *t, size_t scope, size_t track)
{
    for (size_t m = 0; m < avo_eval_n_methods(t->eval); m++) {
        const struct avo_cell *c = avo_eval_cell(t->eval, scope, track, m);

        if (c->defined)
            return c->all.n;
    }
    return 0;
}

bool avo_table_has(const struct avo_table *t, size_t measure)
{
    return t->measures == NULL || t->measures[measure];
}

bool avo_table_has_values(const struct avo_table *t, size_t scope, size_t measure)
{
    if (!avo_table_has(t, measure))
        return false;
    for (size_t i = 0; i < t->chosen->n_scored; i++)
        for (size_t m = 0; m < avo_eval_n_methods(t->eval); m++)
            if (!isnan(avo_table_score(t, scope, t->chosen->scored[i], m, measure)))
                return true;
    return false;
}

const char *avo_table_scope_name(const struct avo_table *t, size_t scope)
{
    return scope + 1 == avo_eval_n_scopes(t->eval) ? GENOME
                                                   : t->observed->chroms[t->chroms[scope]].name;
}

/* ---- averages ---- */

/* Whether every method has a prediction; that does not depend on the scope. */
static bool is_whole(const struct avo_table *t, size_t track)
{
    for (size_t m = 0; m < avo_eval_n_methods(t->eval); m++)
        if (!avo_eval_cell(t->eval, 0, track, m)->defined)
            return false;
    return true;
}

static bool is_in(const struct avo_table *t, size_t track, const struct avo_table_group *g)
{
    const struct avo_scored *l = t->chosen;

    return l->seen[track] == g->seen &&
           (g->assay < 0 || l->tracks[track].assay == (size_t)g->assay) &&
           (!g->paired || is_whole(t, track));
}

size_t avo_table_group_size(const struct avo_table *t, const struct avo_table_group *g)
{
    size_t n = 0;

    for (size_t i = 0; i < t->chosen->n_scored; i++)
        n += is_in(t, t->chosen->scored[i], g);
    return n;
}

double avo_table_average(const struct avo_table *t, size_t scope, size_t method, size_t measure,
                         const struct avo_table_group *g)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < t->chosen->n_scored; i++) {
        size_t track = t->chosen->scored[i];
        double v;

        if (!is_in(t, track, g))
            continue;
        if (!avo_eval_cell(t->eval, scope, track, method)->defined)
            return NAN;
        v = avo_table_score(t, scope, track, method, measure);
        if (isnan(v))
            continue;
        sum += v;
        n++;
    }
    return n > 0 ? sum / (double)n : NAN;
}

/* A group, and its paired part where that is smaller and not empty. */
static int visit_both(const struct avo_table *t, struct avo_table_group g,
                      int (*visit)(void *arg, const struct avo_table_group *g,
                                   struct avo_error *err), void *arg, struct avo_error *err)
{
    size_t n = avo_table_group_size(t, &g), n_paired;

    if (n > 0 && visit(arg, &g, err) < 0)
        return -1;
    g.paired = true;
    n_paired = avo_table_group_size(t, &g);
    return n_paired > 0 && n_paired < n ? visit(arg, &g, err) : 0;
}

int avo_table_each_group(const struct avo_table *t, bool seen,
                         int (*visit)(void *arg, const struct avo_table_group *g,
                                      struct avo_error *err), void *arg, struct avo_error *err)
{
    for (int64_t a = 0; a < (int64_t)t->chosen->n_assays; a++)
        if (visit_both(t, (struct avo_table_group){a, seen, false}, visit, arg, err) < 0)
            return -1;
    return visit_both(t, (struct avo_table_group){-1, seen, false}, visit, arg, err);
}

/* ---- rows ---- */

/* A track's row (track >= 0), or a group's. */
struct row {
    size_t scope, method;
    int64_t track;
    struct avo_table_group group;
};

/* How rows are printed, and where. */
struct printer {
    const struct avo_table *t;
    const char *bins;       /* all | kept */
    struct avo_out *out;
    size_t scope;
    int (*print)(const struct printer *p, const struct row *r, struct avo_error *err);
};

static double row_value(const struct avo_table *t, const struct row *r, size_t measure)
{
    if (r->track < 0)
        return avo_table_average(t, r->scope, r->method, measure, &r->group);
    return avo_table_score(t, r->scope, (size_t)r->track, r->method, measure);
}

static const char *level_name(const struct row *r)
{
    if (r->track >= 0)
        return "track";
    if (r->group.assay >= 0)
        return r->group.paired ? "assay-paired" : "assay";
    return r->group.paired ? "overall-paired" : "overall";
}

static int print_names(const struct printer *p, const struct row *r, const char *celltype,
                       const char *assay, struct avo_error *err)
{
    const struct avo_table *t = p->t;
    char *c = avo_escape(celltype, false, err), *a = avo_escape(assay, false, err);
    char *m = avo_escape(t->methods[r->method], false, err);
    enum avo_role role = r->track >= 0 ? t->chosen->roles[r->track] : AVO_ROLE_UNSET;
    int rc = -1;

    if (c && a && m)
        rc = avo_out_printf(p->out, err, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%zu",
                            level_name(r), avo_table_scope_name(t, r->scope), p->bins, c, a,
                            role == AVO_ROLE_UNSET ? "." : avo_role_name(role),
                            r->group.seen ? "yes" : "no", m,
                            r->track >= 0 ? 1 : avo_table_group_size(t, &r->group));
    free(c);
    free(a);
    free(m);
    return rc;
}

/* level, scope, bins, celltype, assay, role, seen, method, n_tracks */
static int print_key(const struct printer *p, const struct row *r, struct avo_error *err)
{
    const struct avo_header *h = p->t->observed;
    const size_t *first = p->t->chosen->assay_track;

    if (r->track >= 0)
        return print_names(p, r, h->tracks[r->track].celltype, h->tracks[r->track].assay, err);
    return print_names(p, r, ".",
                       r->group.assay < 0 ? "." : h->tracks[first[r->group.assay]].assay, err);
}

static int print_counts(const struct printer *p, const struct row *r, struct avo_error *err)
{
    if (r->track < 0)
        return avo_out_printf(p->out, err, "\t.\t.");
    return avo_out_printf(p->out, err, "\t%" PRIu64 "\t%" PRIu64,
                          avo_table_bins(p->t, r->scope, (size_t)r->track),
                          avo_eval_left_out(p->t->eval, r->scope, (size_t)r->track));
}

static int print_wide(const struct printer *p, const struct row *r, struct avo_error *err)
{
    if (print_key(p, r, err) < 0 || print_counts(p, r, err) < 0)
        return -1;
    for (size_t k = 0; k < avo_n_measures; k++)
        if (avo_table_has(p->t, k) && avo_out_column(p->out, row_value(p->t, r, k), err) < 0)
            return -1;
    return avo_out_printf(p->out, err, "\n");
}

static int print_long(const struct printer *p, const struct row *r, struct avo_error *err)
{
    for (size_t k = 0; k < avo_n_measures; k++)
        if (avo_table_has(p->t, k) &&
            (print_key(p, r, err) < 0 ||
             avo_out_printf(p->out, err, "\t%s", avo_measures[k].name) < 0 ||
             avo_out_column(p->out, row_value(p->t, r, k), err) < 0 ||
             avo_out_printf(p->out, err, "\n") < 0))
            return -1;
    return 0;
}

/* ---- walking over them ---- */

/* A row for every method. */
static int print_methods(const struct printer *p, struct row r, struct avo_error *err)
{
    for (r.method = 0; r.method < avo_eval_n_methods(p->t->eval); r.method++)
        if (p->print(p, &r, err) < 0)
            return -1;
    return 0;
}

static int print_group(void *arg, const struct avo_table_group *g, struct avo_error *err)
{
    const struct printer *p = arg;

    return print_methods(p, (struct row){p->scope, 0, -1, *g}, err);
}

static int print_rows(struct printer *p, struct avo_error *err)
{
    const struct avo_scored *l = p->t->chosen;

    for (size_t i = 0; i < l->n_scored; i++) {
        size_t track = l->scored[i];
        struct row r = {p->scope, 0, (int64_t)track, {-1, l->seen[track], false}};

        if (print_methods(p, r, err) < 0)
            return -1;
    }
    if (avo_table_each_group(p->t, false, print_group, p, err) < 0)
        return -1;
    return avo_table_each_group(p->t, true, print_group, p, err);
}

/* Over all bins, then without the excluded ones. */
static int print_scope(const struct printer *p, size_t scope, struct avo_error *err)
{
    struct printer q = *p;
    struct avo_table kept = avo_table_kept(p->t);

    q.scope = scope;
    if (print_rows(&q, err) < 0)
        return -1;
    if (!p->t->kept)
        return 0;
    q.t = &kept;
    q.bins = "kept";
    return print_rows(&q, err);
}

static int print_scopes(const struct printer *p, struct avo_error *err)
{
    size_t all = avo_eval_n_scopes(p->t->eval) - 1;

    if (p->t->genome && print_scope(p, all, err) < 0)
        return -1;
    for (size_t s = 0; p->t->per_chrom && s < all; s++)
        if (print_scope(p, s, err) < 0)
            return -1;
    return 0;
}

static int print_columns(const struct printer *p, bool wide, struct avo_error *err)
{
    if (avo_out_printf(p->out, err, "level\tscope\tbins\tcelltype\tassay\trole\tseen\tmethod"
                       "\tn_tracks%s", wide ? "\tn_bins\tn_left_out" : "\tmeasure\tvalue") < 0)
        return -1;
    for (size_t k = 0; wide && k < avo_n_measures; k++)
        if (avo_table_has(p->t, k) &&
            avo_out_printf(p->out, err, "\t%s", avo_measures[k].name) < 0)
            return -1;
    return avo_out_printf(p->out, err, "\n");
}

int avo_table_print(const struct avo_table *t, enum avo_table_format format, struct avo_out *out,
                    struct avo_error *err)
{
    bool wide = format == AVO_TABLE_TSV;
    struct printer p = {.t = t, .bins = "all", .out = out,
                        .print = wide ? print_wide : print_long};

    if (format == AVO_TABLE_TEXT)
        return avo_table_print_text(t, out, err);
    return print_columns(&p, wide, err) < 0 ? -1 : print_scopes(&p, err);
}
