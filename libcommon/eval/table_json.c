/* SPDX-License-Identifier: MIT */
/* table_json.c: scores, averages and comparisons as one JSON document. */
#include "libcommon/eval/paired.h"
#include "libcommon/eval/table.h"

/* Where the rows of one scope and choice of bins go. */
struct writer {
    struct avo_json *j;
    const struct avo_table *t;
    const char *bins;       /* all | kept */
    size_t scope;
};

/* ---- what the run was ---- */

static void put_inputs(struct avo_json *j, const struct avo_json_doc *d)
{
    avo_json_array(j, "inputs");
    for (size_t i = 0; i < d->n_inputs; i++) {
        avo_json_object(j, NULL);
        avo_json_string(j, "role", d->inputs[i].role);
        avo_json_string(j, "name", d->inputs[i].name);
        avo_json_string(j, "path", d->inputs[i].path);
        avo_json_end(j);
    }
    avo_json_end(j);
    avo_json_object(j, "options");
    for (size_t i = 0; i < d->n_options; i++)
        avo_json_string(j, d->options[i].key, d->options[i].value);
    avo_json_end(j);
}

static void put_methods(struct avo_json *j, const struct avo_table *t)
{
    avo_json_array(j, "methods");
    for (size_t m = 0; m < avo_eval_n_methods(t->eval); m++) {
        avo_json_object(j, NULL);
        avo_json_string(j, "name", t->methods[m]);
        avo_json_string(j, "kind", m < t->n_imputed ? "imputed" : "baseline");
        avo_json_end(j);
    }
    avo_json_end(j);
}

static void put_measures(struct avo_json *j, const struct avo_table *t)
{
    avo_json_array(j, "measures");
    for (size_t k = 0; k < avo_n_measures; k++) {
        if (!avo_table_has(t, k))
            continue;
        avo_json_object(j, NULL);
        avo_json_string(j, "name", avo_measures[k].name);
        avo_json_string(j, "label", avo_measures[k].label);
        avo_json_string(j, "title", avo_measures[k].title);
        avo_json_string(j, "better", avo_measures[k].better > 0 ? "more" : "less");
        avo_json_end(j);
    }
    avo_json_end(j);
}

static void put_tracks(struct avo_json *j, const struct avo_table *t)
{
    const struct avo_scored *l = t->chosen;

    avo_json_array(j, "tracks");
    for (size_t i = 0; i < l->n_scored; i++) {
        const struct avo_track *x = &t->observed->tracks[l->scored[i]];
        enum avo_role role = l->roles[l->scored[i]];

        avo_json_object(j, NULL);
        avo_json_string(j, "celltype", x->celltype);
        avo_json_string(j, "assay", x->assay);
        avo_json_string(j, "role", role == AVO_ROLE_UNSET ? NULL : avo_role_name(role));
        avo_json_bool(j, "seen", l->seen[l->scored[i]]);
        avo_json_end(j);
    }
    avo_json_end(j);
}

/* ---- scores ---- */

static void put_scope(const struct writer *w)
{
    avo_json_object(w->j, NULL);
    avo_json_string(w->j, "scope", avo_table_scope_name(w->t, w->scope));
    avo_json_string(w->j, "bins", w->bins);
}

static void put_track(const struct writer *w, size_t track, size_t method)
{
    const struct avo_track *x = &w->t->observed->tracks[track];

    put_scope(w);
    avo_json_string(w->j, "celltype", x->celltype);
    avo_json_string(w->j, "assay", x->assay);
    avo_json_string(w->j, "method", w->t->methods[method]);
    avo_json_int(w->j, "n_bins", (int64_t)avo_table_bins(w->t, w->scope, track));
    avo_json_int(w->j, "n_left_out", (int64_t)avo_eval_left_out(w->t->eval, w->scope, track));
    avo_json_object(w->j, "values");
    for (size_t k = 0; k < avo_n_measures; k++)
        if (avo_table_has(w->t, k))
            avo_json_number(w->j, avo_measures[k].name,
                            avo_table_score(w->t, w->scope, track, method, k));
    avo_json_end(w->j);
    avo_json_end(w->j);
}

static int put_scores(struct writer *w, struct avo_error *err)
{
    const struct avo_scored *l = w->t->chosen;

    (void)err;
    for (size_t i = 0; i < l->n_scored; i++)
        for (size_t m = 0; m < avo_eval_n_methods(w->t->eval); m++)
            put_track(w, l->scored[i], m);
    return 0;
}

/* ---- averages ---- */

static const char *assay_name(const struct avo_table *t, int64_t assay)
{
    return assay < 0 ? NULL : t->observed->tracks[t->chosen->assay_track[assay]].assay;
}

static int put_group(void *arg, const struct avo_table_group *g, struct avo_error *err)
{
    const struct writer *w = arg;

    (void)err;
    for (size_t m = 0; m < avo_eval_n_methods(w->t->eval); m++) {
        put_scope(w);
        avo_json_string(w->j, "assay", assay_name(w->t, g->assay));
        avo_json_bool(w->j, "seen", g->seen);
        avo_json_bool(w->j, "paired", g->paired);
        avo_json_string(w->j, "method", w->t->methods[m]);
        avo_json_int(w->j, "n_tracks", (int64_t)avo_table_group_size(w->t, g));
        avo_json_object(w->j, "values");
        for (size_t k = 0; k < avo_n_measures; k++)
            if (avo_table_has(w->t, k))
                avo_json_number(w->j, avo_measures[k].name,
                                avo_table_average(w->t, w->scope, m, k, g));
        avo_json_end(w->j);
        avo_json_end(w->j);
    }
    return 0;
}

static int put_averages(struct writer *w, struct avo_error *err)
{
    if (avo_table_each_group(w->t, false, put_group, w, err) < 0)
        return -1;
    return avo_table_each_group(w->t, true, put_group, w, err);
}

/* ---- walking over scopes ---- */

typedef int put_rows(struct writer *w, struct avo_error *err);

static int put_both(struct avo_json *j, const struct avo_table *t, size_t scope, put_rows *put,
                    struct avo_error *err)
{
    struct avo_table kept = avo_table_kept(t);
    struct writer w = {j, t, "all", scope}, k = {j, &kept, "kept", scope};

    if (put(&w, err) < 0)
        return -1;
    return t->kept ? put(&k, err) : 0;
}

static int put_scopes(struct avo_json *j, const struct avo_table *t, const char *key,
                      put_rows *put, struct avo_error *err)
{
    size_t all = avo_eval_n_scopes(t->eval) - 1;

    avo_json_array(j, key);
    if (t->genome && put_both(j, t, all, put, err) < 0)
        return -1;
    for (size_t s = 0; t->per_chrom && s < all; s++)
        if (put_both(j, t, s, put, err) < 0)
            return -1;
    avo_json_end(j);
    return 0;
}

/* ---- comparisons ---- */

static void put_comparison(struct avo_json *j, const struct avo_table *t,
                           const struct avo_paired_row *r)
{
    avo_json_object(j, NULL);
    avo_json_string(j, "bins", r->kept ? "kept" : "all");
    avo_json_string(j, "assay", assay_name(t, r->assay));
    avo_json_string(j, "measure", avo_measures[r->measure].name);
    avo_json_string(j, "method_a", t->methods[r->a]);
    avo_json_string(j, "method_b", t->methods[r->b]);
    avo_json_int(j, "n_tracks", (int64_t)r->n);
    avo_json_int(j, "wins", (int64_t)r->wins);
    avo_json_int(j, "losses", (int64_t)r->losses);
    avo_json_int(j, "ties", (int64_t)r->ties);
    avo_json_number(j, "mean_a", r->mean_a);
    avo_json_number(j, "mean_b", r->mean_b);
    avo_json_number(j, "mean_diff", r->mean_diff);
    avo_json_number(j, "t", r->t);
    avo_json_number(j, "p", r->p);
    avo_json_end(j);
}

static void put_paired(struct avo_json *j, const struct avo_json_doc *d)
{
    avo_json_array(j, "paired");
    for (size_t i = 0; d->paired && i < d->paired->n_rows; i++)
        put_comparison(j, d->table, &d->paired->rows[i]);
    avo_json_end(j);
}

int avo_table_print_json(const struct avo_json_doc *d, struct avo_out *out, struct avo_error *err)
{
    const struct avo_table *t = d->table;
    struct avo_json j;

    avo_json_start(&j, out);
    avo_json_object(&j, NULL);
    avo_json_string(&j, "program", d->program);
    avo_json_string(&j, "version", d->version);
    put_inputs(&j, d);
    avo_json_int(&j, "bin_bp", t->observed->bin_bp);
    avo_json_string(&j, "transform", avo_transform_name(t->observed->transform));
    put_methods(&j, t);
    put_measures(&j, t);
    put_tracks(&j, t);
    if (put_scopes(&j, t, "scores", put_scores, err) < 0 ||
        put_scopes(&j, t, "averages", put_averages, err) < 0)
        return -1;
    put_paired(&j, d);
    for (size_t i = 0; i < d->n_parts; i++)
        if (d->parts[i].more(&j, d->parts[i].arg, err) < 0)
            return -1;
    avo_json_end(&j);
    return avo_json_finish(&j, err);
}
