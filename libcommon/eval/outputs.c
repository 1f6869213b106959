/* SPDX-License-Identifier: MIT */
/* outputs.c: the scores to where they were asked for, then the further tables, JSON, the report. */
#include "libcommon/eval/outputs.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_out.h"
#include "libcommon/eval/outputs_priv.h"

static struct avo_table make_table(const struct avo_scoring *s, const struct avo_outputs_spec *o)
{
    return (struct avo_table){.eval = s->eval, .kept = s->kept, .chosen = &s->inputs.chosen,
                              .observed = avo_inputs_header(&s->inputs),
                              .methods = s->inputs.methods,
                              .n_imputed = s->inputs.chosen.n_imputed, .chroms = s->chroms,
                              .genome = o->genome, .per_chrom = o->per_chrom,
                              .measures = o->measures};
}

static int write_scores(const struct avo_output_job *job, struct avo_error *err)
{
    struct avo_out out = {0};
    int rc = -1;

    if (avo_out_open(&out, job->spec->output, NULL, err) == 0 &&
        avo_table_print(&job->table, job->spec->format, &out, err) == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    return rc;
}

/* ---- depth ---- */

static int find_depths(struct avo_output_job *job, struct avo_error *err)
{
    const struct avo_inputs *in = &job->scoring->inputs;
    size_t n = in->chosen.n_tracks;
    double *rms = avo_alloc(n, sizeof *rms, "depths", err);
    int rc = -1;

    for (size_t t = 0; rms && t < n; t++)
        rms[t] = in->depth[t].rms;
    if (rms && avo_availability_make(&job->available, avo_inputs_header(in),
                                             in->chosen.roles, err) == 0)
        rc = avo_depths_make(&job->depths, &job->available, rms, err);
    free(rms);
    return rc;
}

static int print_depth(const struct avo_output_job *job, size_t t, struct avo_out *out,
                       struct avo_error *err)
{
    const struct avo_track *x = &avo_inputs_header(&job->scoring->inputs)->tracks[t];
    const struct avo_depth *depth = &job->scoring->inputs.depth[t];
    const struct avo_depths *d = &job->depths;
    enum avo_role role = job->scoring->inputs.chosen.roles[t];
    char *c = avo_escape(x->celltype, false, err), *a = avo_escape(x->assay, false, err);
    int rc = -1;

    if (c && a)
        rc = avo_out_printf(out, err, "%s\t%s\t%s\t%" PRIu64, c, a,
                            role == AVO_ROLE_UNSET ? "." : avo_role_name(role), depth->n);
    free(c);
    free(a);
    if (rc < 0 || avo_out_column(out, depth->mean, err) < 0 ||
        avo_out_column(out, depth->rms, err) < 0 ||
        avo_out_column(out, d->scale[job->available.celltype[t]], err) < 0 ||
        avo_out_column(out, d->residual[t], err) < 0)
        return -1;
    return avo_out_printf(out, err, "\n");
}

static int print_depths(const struct avo_output_job *job, struct avo_out *out,
                        struct avo_error *err)
{
    if (avo_out_printf(out, err, "celltype\tassay\trole\tn_bins\tmean\trms\tcelltype_scale\t"
                       "residual\n") < 0)
        return -1;
    for (size_t t = 0; t < job->scoring->inputs.chosen.n_tracks; t++)
        if (print_depth(job, t, out, err) < 0)
            return -1;
    return 0;
}

/* ---- further tables ---- */

const char *avo_output_method(const struct avo_output_job *job, int method)
{
    return method < 0 ? AVO_VARIABLE_OBSERVED : job->scoring->inputs.methods[method];
}

static int print_paired(const struct avo_output_job *job, struct avo_out *out,
                        struct avo_error *err)
{
    return avo_paired_print(&job->paired, &job->table, out, err);
}

static int print_availability(const struct avo_output_job *job, struct avo_out *out,
                              struct avo_error *err)
{
    return avo_availability_print(&job->available, AVO_AVAILABILITY_TSV, out, err);
}

static int print_variable(const struct avo_output_job *job, struct avo_out *out,
                          struct avo_error *err)
{
    return avo_variable_print(job->scoring->variable, job->scoring->inputs.methods, out, err);
}

static int print_attribution(const struct avo_output_job *job, struct avo_out *out,
                             struct avo_error *err)
{
    const struct avo_inputs_spec *in = &job->scoring->spec.inputs;
    const char **names = avo_alloc(in->n_attribution, sizeof *names, "components", err);
    int rc;

    if (!names)
        return -1;
    for (size_t c = 0; c < in->n_attribution; c++)
        names[c] = in->attribution[c].name;
    rc = avo_variable_print_attribution(job->scoring->variable, names, out, err);
    free(names);
    return rc;
}

static int put_text(struct avo_out *out, const char *text, const char *after,
                    struct avo_error *err)
{
    char *plain = avo_escape(text, false, err);
    int rc = plain ? avo_out_printf(out, err, "%s%s", plain, after) : -1;

    free(plain);
    return rc;
}

static int print_relation(const struct avo_output_job *job, const struct avo_relation_row *r,
                          struct avo_out *out, struct avo_error *err)
{
    static const char *const sources[] = {"observed", "predicted", "auxiliary"};
    const struct avo_relation *x = &job->scoring->relation_table.list[r->relation];
    char *text = avo_relation_format(x, err);
    int rc = text ? put_text(out, text, "\t", err) : -1;

    free(text);
    if (rc < 0 || put_text(out, r->celltype, "\t", err) < 0 ||
        put_text(out, avo_output_method(job, r->method), "\t", err) < 0 ||
        avo_out_printf(out, err, "%zu", r->n_genes) < 0)
        return -1;
    if (avo_out_column(out, r->rho[0], err) < 0 || avo_out_column(out, r->rho[1], err) < 0 ||
        avo_out_column(out, r->score, err) < 0)
        return -1;
    for (size_t i = 0; i < x->n_terms; i++)
        if (avo_out_printf(out, err, "%s%s", i == 0 ? "\t" : ",", sources[r->source[i]]) < 0)
            return -1;
    return avo_out_printf(out, err, "\n");
}

static int print_relations(const struct avo_output_job *job, struct avo_out *out,
                           struct avo_error *err)
{
    size_t n;
    const struct avo_relation_row *rows = avo_relations_rows(job->scoring->relations, &n);

    if (avo_out_printf(out, err, "relation\tcelltype\tmethod\tn_genes\trho\trho2\tscore\t"
                       "signal\n") < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (print_relation(job, &rows[i], out, err) < 0)
            return -1;
    return 0;
}

static int write_swaps(const struct avo_output_job *job, struct avo_error *err)
{
    const struct avo_scoring *s = job->scoring;

    for (size_t m = 0; s->swaps && m < s->inputs.chosen.n_imputed; m++) {
        char *name = avo_escape(s->inputs.methods[m], true, err);
        char *path = name != NULL
            ? avo_asprintf(err, "%s.swap.%s.tsv", job->spec->tables, name) : NULL;
        struct avo_out out = {0};
        int rc = -1;

        if (path && avo_claim_output(path, "--tables", err) == 0 &&
            avo_out_open(&out, path, NULL, err) == 0 &&
            avo_swap_print(s->swaps[m], &out, err) == 0)
            rc = avo_out_finish(&out, err);
        avo_out_release(&out);
        free(path);
        free(name);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int write_table(const struct avo_output_job *job, const char *name,
                       int (*print)(const struct avo_output_job *job, struct avo_out *out,
                                    struct avo_error *err), struct avo_error *err)
{
    char *path = avo_asprintf(err, "%s.%s.tsv", job->spec->tables, name);
    struct avo_out out = {0};
    int rc = -1;

    if (path && avo_claim_output(path, "--tables", err) == 0 &&
        avo_out_open(&out, path, NULL, err) == 0 && print(job, &out, err) == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    free(path);
    return rc;
}

static int write_tables(const struct avo_output_job *job, struct avo_error *err)
{
    const struct avo_scoring *s = job->scoring;

    if (!job->spec->tables)
        return 0;
    if (write_table(job, "availability", print_availability, err) < 0 ||
        write_table(job, "depth", print_depths, err) < 0)
        return -1;
    if (job->paired.n_rows > 0 && write_table(job, "paired", print_paired, err) < 0)
        return -1;
    if (write_swaps(job, err) < 0)
        return -1;
    if (s->relations && write_table(job, "relations", print_relations, err) < 0)
        return -1;
    if (!s->variable)
        return 0;
    if (write_table(job, "variable", print_variable, err) < 0)
        return -1;
    return s->spec.inputs.n_attribution > 0
        ? write_table(job, "attribution", print_attribution, err) : 0;
}

int avo_outputs_write(struct avo_scoring *s, const struct avo_outputs_spec *spec,
                      struct avo_error *err)
{
    struct avo_output_job job = {.scoring = s, .spec = spec, .table = make_table(s, spec)};
    int rc = avo_paired_make(&job.table, &job.paired, err);

    if (rc == 0)
        rc = find_depths(&job, err);
    /* The scores last: a pipe's reader that leaves after them must not cost the files. */
    if (rc == 0)
        rc = write_tables(&job, err);
    if (rc == 0 && spec->json)
        rc = avo_output_json(&job, err);
    if (rc == 0 && spec->report)
        rc = avo_output_report(&job, err);
    if (rc == 0)
        rc = write_scores(&job, err);
    avo_paired_release(&job.paired);
    avo_depths_release(&job.depths);
    avo_availability_release(&job.available);
    return rc;
}
