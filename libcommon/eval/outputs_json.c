/* SPDX-License-Identifier: MIT */
/* outputs_json.c: the document of scores, and the parts that only a whole run has. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/outputs_priv.h"

#define MAX_OPTIONS 24
#define NUMBER_CHARS 32

/* ---- what was asked for ---- */

struct options {
    struct avo_json_pair list[MAX_OPTIONS];
    size_t n;
    char upstream[NUMBER_CHARS], threshold[NUMBER_CHARS];
};

static void add_option(struct options *o, const char *key, const char *value)
{
    if (value && o->n < MAX_OPTIONS)
        o->list[o->n++] = (struct avo_json_pair){key, value};
}

static void list_options(struct options *o, const struct avo_scoring_spec *s)
{
    static const char *const tops[] = {"at-least", "exact", "round", "above"};
    static const char *const ranks[] = {"chrom", "genome", "none"};

    snprintf(o->upstream, sizeof o->upstream, "%u", s->upstream_bp);
    snprintf(o->threshold, sizeof o->threshold, "%.9g", s->peak_threshold);
    add_option(o, "space", s->inputs.score_raw ? "raw" : "model");
    add_option(o, "mean_space", s->inputs.average_raw ? "raw" : "model");
    add_option(o, "ranks", ranks[s->ranks]);
    add_option(o, "top", tops[s->top]);
    add_option(o, "overlaps", s->once ? "once" : "repeat");
    add_option(o, "upstream", o->upstream);
    add_option(o, "tss_bin", s->with_tss ? "yes" : "no");
    add_option(o, "primary", s->primary_tag);
    add_option(o, "peak_threshold", o->threshold);
    add_option(o, "convention", s->challenge ? "challenge" : NULL);
    add_option(o, "region", s->inputs.region);
}

static size_t list_inputs(const struct avo_scoring_spec *s, struct avo_json_input *list)
{
    const struct avo_json_input files[] = {
        {"observed", NULL, s->inputs.observed}, {"auxiliary", NULL, s->inputs.auxiliary},
        {"genes", NULL, s->genes}, {"promoters", NULL, s->promoters},
        {"enhancers", NULL, s->enhancers}, {"peaks", NULL, s->peaks},
        {"relations", NULL, s->relations}, {"exclude", NULL, s->exclude},
        {"regions", NULL, s->inputs.region_file}};
    size_t n = 0;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].path)
            list[n++] = files[i];
    for (size_t i = 0; i < s->inputs.n_imputed; i++)
        list[n++] = (struct avo_json_input){"imputed", s->inputs.imputed[i].name,
                                            s->inputs.imputed[i].path};
    for (size_t i = 0; i < s->inputs.n_attribution; i++)
        list[n++] = (struct avo_json_input){"attribution", s->inputs.attribution[i].name,
                                            s->inputs.attribution[i].path};
    return n;
}

/* ---- parts ---- */

static int put_depths(struct avo_json *j, void *arg, struct avo_error *err)
{
    const struct avo_output_job *job = arg;
    const struct avo_depths *d = &job->depths;
    const struct avo_header *h = avo_inputs_header(&job->scoring->inputs);

    (void)err;
    avo_json_array(j, "depth");
    for (size_t t = 0; t < h->n_tracks; t++) {
        const struct avo_depth *x = &job->scoring->inputs.depth[t];

        avo_json_object(j, NULL);
        avo_json_string(j, "celltype", h->tracks[t].celltype);
        avo_json_string(j, "assay", h->tracks[t].assay);
        avo_json_int(j, "n_bins", (int64_t)x->n);
        avo_json_number(j, "mean", x->mean);
        avo_json_number(j, "rms", x->rms);
        avo_json_number(j, "celltype_scale", d->scale[job->available.celltype[t]]);
        avo_json_number(j, "residual", d->residual[t]);
        avo_json_end(j);
    }
    avo_json_end(j);
    return 0;
}

static void put_variable_cell(struct avo_json *j, const struct avo_output_job *job, size_t assay,
                              bool seen, size_t k, size_t m)
{
    const struct avo_scoring *s = job->scoring;
    const struct avo_variable_cell *c = avo_variable_cell(s->variable, assay, seen, k, m);
    bool is_observed = m == s->inputs.n_methods;
    const struct avo_header *h = avo_inputs_header(&s->inputs);

    avo_json_object(j, NULL);
    avo_json_string(j, "assay", h->tracks[s->inputs.chosen.assay_track[assay]].assay);
    avo_json_bool(j, "seen", seen);
    avo_json_int(j, "k", (int64_t)k);
    avo_json_string(j, "method", is_observed ? AVO_VARIABLE_OBSERVED : s->inputs.methods[m]);
    avo_json_int(j, "n_bins", (int64_t)avo_variable_bins(c));
    avo_json_number(j, "mse", avo_variable_mse(c));
    avo_json_number(j, "precision", avo_variable_precision(c));
    avo_json_number(j, "recall", avo_variable_recall(c));
    avo_json_end(j);
}

static int put_variable(struct avo_json *j, void *arg, struct avo_error *err)
{
    const struct avo_output_job *job = arg;
    const struct avo_scoring *s = job->scoring;

    (void)err;
    if (!s->variable)
        return 0;
    avo_json_array(j, "variable_positions");
    for (size_t a = 0; a < s->inputs.chosen.n_assays; a++)
        for (int seen = 0; seen < 2; seen++)
            for (size_t k = 1; avo_variable_n_tracks(s->variable, a, seen) > 0 &&
                 k <= avo_variable_max_k(s->variable, a); k++)
                for (size_t m = 0; m <= s->inputs.n_methods; m++)
                    put_variable_cell(j, job, a, seen, k, m);
    avo_json_end(j);
    return 0;
}

static int put_relations(struct avo_json *j, void *arg, struct avo_error *err)
{
    const struct avo_output_job *job = arg;
    const struct avo_scoring *s = job->scoring;
    const struct avo_relation_row *rows;
    size_t n;

    if (!s->relations)
        return 0;
    rows = avo_relations_rows(s->relations, &n);
    avo_json_array(j, "relations");
    for (size_t i = 0; i < n; i++) {
        char *text = avo_relation_format(&s->relation_table.list[rows[i].relation], err);

        if (!text)
            return -1;
        avo_json_object(j, NULL);
        avo_json_string(j, "relation", text);
        avo_json_string(j, "celltype", rows[i].celltype);
        avo_json_string(j, "method", avo_output_method(job, rows[i].method));
        avo_json_int(j, "n_genes", (int64_t)rows[i].n_genes);
        avo_json_number(j, "rho", rows[i].rho[0]);
        avo_json_number(j, "rho2", rows[i].rho[1]);
        avo_json_number(j, "score", rows[i].score);
        avo_json_end(j);
        free(text);
    }
    avo_json_end(j);
    return 0;
}

static void put_track(struct avo_json *j, const char *key, const struct avo_header *h, size_t t)
{
    avo_json_object(j, key);
    avo_json_string(j, "celltype", h->tracks[t].celltype);
    avo_json_string(j, "assay", h->tracks[t].assay);
    avo_json_end(j);
}

static void put_swap(struct avo_json *j, const struct avo_output_job *job, size_t method,
                     const struct avo_swap_row *r)
{
    const struct avo_header *h = avo_inputs_header(&job->scoring->inputs);

    avo_json_object(j, NULL);
    avo_json_string(j, "method", job->scoring->inputs.methods[method]);
    put_track(j, "observed", h, r->track);
    avo_json_number(j, "r_own", r->r_own);
    if (r->best != AVO_SWAP_NONE)
        put_track(j, "best", h, r->best);
    avo_json_number(j, "r_best", r->r_best);
    avo_json_int(j, "rank", (int64_t)r->rank);
    avo_json_bool(j, "flagged", r->other_celltype || r->other_assay);
    avo_json_end(j);
}

static int put_swaps(struct avo_json *j, void *arg, struct avo_error *err)
{
    const struct avo_output_job *job = arg;
    const struct avo_scoring *s = job->scoring;
    size_t n = s->inputs.chosen.n_scored;
    struct avo_swap_row *rows;

    if (!s->swaps)
        return 0;
    if (!(rows = avo_alloc(n, sizeof *rows, "swap check", err)))
        return -1;
    avo_json_array(j, "swap_check");
    for (size_t m = 0; m < s->inputs.chosen.n_imputed; m++) {
        avo_swap_finish(s->swaps[m], rows);
        for (size_t i = 0; i < n; i++)
            put_swap(j, job, m, &rows[i]);
    }
    avo_json_end(j);
    free(rows);
    return 0;
}

/* ---- the document ---- */

int avo_output_json(struct avo_output_job *job, struct avo_error *err)
{
    const struct avo_scoring_spec *spec = &job->scoring->spec;
    struct avo_json_more parts[] = {{put_depths, job}, {put_variable, job},
                                     {put_relations, job}, {put_swaps, job}};
    size_t n_max = 16 + spec->inputs.n_imputed + spec->inputs.n_attribution;
    struct avo_json_input *inputs = avo_alloc(n_max, sizeof *inputs, "inputs", err);
    struct options options = {.n = 0};
    struct avo_json_doc doc = {.program = "track-eval", .version = AVO_VERSION,
                               .table = &job->table, .paired = &job->paired, .inputs = inputs,
                               .options = options.list, .parts = parts,
                               .n_parts = sizeof parts / sizeof *parts};
    struct avo_out out = {0};
    int rc = -1;

    if (!inputs)
        return -1;
    doc.n_inputs = list_inputs(spec, inputs);
    list_options(&options, spec);
    doc.n_options = options.n;
    if (avo_out_open(&out, job->spec->json, NULL, err) == 0 &&
        avo_table_print_json(&doc, &out, err) == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    free(inputs);
    return rc;
}
