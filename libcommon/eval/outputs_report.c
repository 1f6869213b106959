/* SPDX-License-Identifier: MIT */
/* outputs_report.c: what was collected, as the plain rows that the report draws. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/outputs_priv.h"
#include "libcommon/eval/report.h"

#define MAX_FACTS 24
#define MAX_NOTES 8

/* Rows made for one report. */
struct pieces {
    struct avo_report report;
    struct avo_report_fact facts[MAX_FACTS];
    const char *notes[MAX_NOTES];
    char *inputs[MAX_FACTS];            /* texts of facts that were put together here */
    size_t n_inputs;
    struct avo_report_curve *curves;
    char **texts;                       /* [n_texts] of relations */
    size_t n_texts;
    struct avo_report_relation *relations;
    struct avo_report_swap *swaps;
    struct avo_report_scale *scales;
};

/* ---- head ---- */

static void add_fact(struct pieces *p, const char *name, const char *value)
{
    if (value && p->report.n_facts < MAX_FACTS)
        p->facts[p->report.n_facts++] = (struct avo_report_fact){name, value};
}

static int add_input(struct pieces *p, const char *what, const struct avo_named_input *in,
                     struct avo_error *err)
{
    char *text;

    if (p->n_inputs == MAX_FACTS)
        return 0;
    text = avo_asprintf(err, "%s (%s)", in->path, in->name);
    if (!text)
        return -1;
    p->inputs[p->n_inputs++] = text;
    add_fact(p, what, text);
    return 0;
}

static int add_facts(struct pieces *p, const struct avo_scoring *s, struct avo_error *err)
{
    static const char *const tops[] = {"at least the n-th largest", "exactly n, the earlier first",
                                       "rounded n, the later first", "above the percentile"};
    static const char *const ranks[] = {"each chromosome by itself", "all chromosomes together",
                                        "none"};
    const struct avo_scoring_spec *o = &s->spec;

    add_fact(p, "Observed", o->inputs.observed);
    for (size_t i = 0; i < o->inputs.n_imputed; i++)
        if (add_input(p, "Imputed", &o->inputs.imputed[i], err) < 0)
            return -1;
    for (size_t i = 0; i < o->inputs.n_attribution; i++)
        if (add_input(p, "Attribution", &o->inputs.attribution[i], err) < 0)
            return -1;
    add_fact(p, "Auxiliary", o->inputs.auxiliary);
    add_fact(p, "Genes", o->genes);
    add_fact(p, "Promoters", o->promoters);
    add_fact(p, "Enhancers", o->enhancers);
    add_fact(p, "Peaks", o->peaks);
    add_fact(p, "Excluded", o->exclude);
    add_fact(p, "Regions", o->inputs.region);
    add_fact(p, "Regions", o->inputs.region_file);
    add_fact(p, "Ranks", ranks[o->ranks]);
    add_fact(p, "Top 1% and 5%", tops[o->top]);
    if (o->challenge)
        add_fact(p, "Convention", "ENCODE Imputation Challenge");
    return 0;
}

static void add_notes(struct pieces *p, const struct avo_scoring *s)
{
    const struct avo_scored *l = &s->inputs.chosen;

    if (!l->any_roles)
        p->notes[p->report.n_notes++] =
            "No roles are given: the means over the other cell types take all their tracks.";
    if (l->n_imputed > 0 && avo_scored_count(l, -1, false) == 0)
        p->notes[p->report.n_notes++] =
            "Every scored track was seen by a model: none of these scores is a result.";
    else if (l->n_imputed > 0 && avo_scored_count(l, -1, true) > 0)
        p->notes[p->report.n_notes++] =
            "Marked tracks were seen by a model: their scores say how well it fits, not how well "
            "it imputes.";
    if (l->n_partial > 0)
        p->notes[p->report.n_notes++] =
            "Some observed tracks are not imputed by every method, and are left out.";
}

static const char *space_name(const struct avo_scoring *s, char *buf, size_t size)
{
    const struct avo_header *h = avo_inputs_header(&s->inputs);
    const char *unit = h->unit ? h->unit : "the signal";

    if (s->spec.inputs.score_raw || h->transform == AVO_NONE)
        snprintf(buf, size, "%s", unit);
    else
        snprintf(buf, size, "%s of %s", avo_transform_name(h->transform), unit);
    return buf;
}

/* ---- sections ---- */

static void add_curve(struct pieces *p, const struct avo_variable *v, size_t assay, size_t k,
                      size_t method, size_t n_methods)
{
    const struct avo_variable_cell *c = avo_variable_cell(v, assay, false, k, method);
    bool is_observed = method == n_methods;

    p->curves[p->report.n_curves++] = (struct avo_report_curve){
        assay, (int)k, is_observed ? AVO_REPORT_OBSERVED : (int)method,
        is_observed ? (double)NAN : avo_variable_mse(c), avo_variable_precision(c),
        avo_variable_recall(c), avo_variable_bins(c)};
}

static int add_curves(struct pieces *p, const struct avo_scoring *s, struct avo_error *err)
{
    const struct avo_variable *v = s->variable;
    size_t n_assays = s->inputs.chosen.n_assays, n_methods = s->inputs.n_methods, n = 0;

    if (!v)
        return 0;
    for (size_t a = 0; a < n_assays; a++)
        n += avo_variable_max_k(v, a) * (n_methods + 1);
    p->curves = avo_alloc(n, sizeof *p->curves, "curves", err);
    if (!p->curves)
        return -1;
    for (size_t a = 0; a < n_assays; a++)
        for (size_t k = 1; avo_variable_n_tracks(v, a, false) > 0 &&
             k <= avo_variable_max_k(v, a); k++)
            for (size_t m = 0; m <= n_methods; m++)
                add_curve(p, v, a, k, m, n_methods);
    p->report.curves = p->curves;
    return 0;
}

/* Signs in words. */
static const char *expected(const struct avo_relation *x)
{
    static const char *const words[] = {"positive", "negative", "none"};

    if (x->n_terms > 2)
        return NULL;        /* the text of the relation has both signs */
    return words[x->sign[0] == '+' ? 0 : x->sign[0] == '-' ? 1 : 2];
}

static int add_relations(struct pieces *p, const struct avo_scoring *s, struct avo_error *err)
{
    const struct avo_relation_row *rows;
    size_t n = 0;

    if (!s->relations)
        return 0;
    rows = avo_relations_rows(s->relations, &n);
    p->relations = avo_alloc(n, sizeof *p->relations, "relations", err);
    p->texts = avo_alloc(s->relation_table.n, sizeof *p->texts, "relations", err);
    if (!p->relations || !p->texts)
        return -1;
    p->n_texts = s->relation_table.n;
    for (size_t i = 0; i < p->n_texts; i++)
        if (!(p->texts[i] = avo_relation_format(&s->relation_table.list[i], err)))
            return -1;
    for (size_t i = 0; i < n; i++)
        p->relations[i] = (struct avo_report_relation){
            p->texts[rows[i].relation], expected(&s->relation_table.list[rows[i].relation]),
            rows[i].celltype, rows[i].method, rows[i].score, rows[i].n_genes};
    p->report.relations = p->relations;
    p->report.n_relations = n;
    return 0;
}

/* Of the first imputed input: the page shows one check. */
static int add_swaps(struct pieces *p, const struct avo_scoring *s, struct avo_error *err)
{
    size_t n = s->inputs.chosen.n_scored, k = 0;
    struct avo_swap_row *rows;

    if (!s->swaps)
        return 0;
    rows = avo_alloc(n, sizeof *rows, "swap check", err);
    p->swaps = avo_alloc(n, sizeof *p->swaps, "swap check", err);
    if (rows && p->swaps) {
        avo_swap_finish(s->swaps[0], rows);
        for (size_t i = 0; i < n; i++)
            if (rows[i].best != AVO_SWAP_NONE)
                p->swaps[k++] = (struct avo_report_swap){
                    rows[i].track, rows[i].best, rows[i].r_own, rows[i].r_best,
                    rows[i].other_celltype || rows[i].other_assay};
        p->report.swaps = p->swaps;
        p->report.n_swaps = k;
    }
    free(rows);
    return p->report.swaps ? 0 : -1;
}

static int add_scales(struct pieces *p, const struct avo_depths *d, struct avo_error *err)
{
    size_t n = d->available->n_celltypes;

    p->scales = avo_alloc(n, sizeof *p->scales, "scales", err);
    if (!p->scales)
        return -1;
    for (size_t c = 0; c < n; c++)
        p->scales[c] = (struct avo_report_scale){avo_availability_celltype(d->available, c),
                                                 d->scale[c]};
    p->report.scales = p->scales;
    p->report.n_scales = n;
    return 0;
}

/* ---- all of it ---- */

static uint64_t most_bins(const struct avo_output_job *job)
{
    const struct avo_scored *l = &job->scoring->inputs.chosen;
    uint64_t most = 0;

    for (size_t i = 0; i < l->n_scored; i++) {
        uint64_t n = avo_table_bins(&job->table, avo_eval_n_scopes(job->scoring->eval) - 1,
                                    l->scored[i]);

        most = n > most ? n : most;
    }
    return most;
}

static void free_pieces(struct pieces *p)
{
    for (size_t i = 0; i < p->n_inputs; i++)
        free(p->inputs[i]);
    for (size_t i = 0; i < p->n_texts; i++)
        free(p->texts[i]);
    free(p->texts);
    free(p->curves);
    free(p->relations);
    free(p->swaps);
    free(p->scales);
}

int avo_output_report(struct avo_output_job *job, struct avo_error *err)
{
    struct avo_scoring *s = job->scoring;
    struct pieces p = {0};
    char space[256];
    int rc = -1;

    p.report = (struct avo_report){.title = job->spec->title,
                                   .program = "track-eval " AVO_VERSION, .facts = p.facts,
                                   .notes = p.notes, .table = &job->table,
                                   .paired = &job->paired, .density = s->density,
                                   .browser = s->browser, .n_bins = most_bins(job)};
    p.report.space = space_name(s, space, sizeof space);
    add_notes(&p, s);
    if (add_facts(&p, s, err) == 0 && add_curves(&p, s, err) == 0 &&
        add_relations(&p, s, err) == 0 && add_swaps(&p, s, err) == 0 &&
        add_scales(&p, &job->depths, err) == 0)
        rc = avo_report_write(&p.report, job->spec->report, err);
    free_pieces(&p);
    return rc;
}
