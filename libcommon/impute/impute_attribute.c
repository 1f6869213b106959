/* SPDX-License-Identifier: MIT */
/* impute_attribute.c: which components of attributions are written, where, and from which
 * baseline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/impute/attribute.h"
#include "libcommon/impute/impute.h"
#include "libcommon/model/standard.h"

/* ---- components ---- */

static int unknown(const struct avo_attribution *a, const char *name, struct avo_error *err)
{
    char names[200] = "";
    size_t len = 0;
    for (uint32_t k = 0; k < a->n_blocks && len < sizeof names; k++)
        len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", k ? ", " : "",
                                a->names[k]);
    return avo_error_set(err, "--component %s: the model's input blocks are %s", name, names);
}

static int mark(const struct avo_attribution *a, const char *name, bool *chosen,
                struct avo_error *err)
{
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        if (strcmp(a->names[k], name))
            continue;
        if (chosen[k])
            return avo_error_set(err, "--component %s is given twice", name);
        chosen[k] = true;
        return 0;
    }
    return unknown(a, name, err);
}

/* Tables of tracks of two components must not be one file. */
static int check_output(const struct avo_attribution *a, const char *output,
                        struct avo_error *err)
{
    bool place = avo_impute_has_component(output);
    if (a->n > 1 && !place) {
        avo_error_hint(err, "or choose one with --component");
        return avo_usage_error(err, "%u components need {component} in -o (got %s)", a->n,
                               output ? output : "no -o");
    }
    if (a->n > 1 && avo_impute_is_pattern(output) && !avo_impute_component_folder(output)) {
        avo_error_hint(err, "such as -o 'attribution/{component}/{celltype}.{assay}.bw'");
        return avo_usage_error(err, "-o %s: {component} must be in the folder "
                               "before {celltype} and {assay}: each has a tracks.tsv", output);
    }
    return 0;
}

static void find_names(struct avo_attribution *a, const struct avo_model *m)
{
    a->n_blocks = m->observed ? AVO_N_PARTS : (uint32_t)m->header.n_blocks;
    for (uint32_t k = 0; k < a->n_blocks; k++)
        a->names[k] = m->observed ? avo_observed_parts[k] : m->header.blocks[k].name;
}

int avo_attribution_choose(struct avo_attribution *a, const struct avo_model *m,
                           char *const *names, size_t n_names, const char *output,
                           struct avo_error *err)
{
    bool chosen[AVO_MAX_BLOCKS] = {false};
    find_names(a, m);
    for (size_t i = 0; i < n_names; i++)
        if (mark(a, names[i], chosen, err))
            return -1;
    if (!(a->at = avo_alloc(a->n_blocks, sizeof *a->at, "components", err)))
        return -1;
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        if (n_names && !chosen[k])
            continue;
        struct avo_component *c = &a->at[a->n++];
        c->block = k;
        if (output && !(c->output = avo_impute_component_path(output, a->names[k], err)))
            return -1;
    }
    return check_output(a, output, err);
}

/* ---- baselines ---- */

/* The mean of another model's rows. */
static int mean_of_file(struct avo_attribution *a, const struct avo_model *m, const char *path,
                        struct avo_error *err)
{
    struct avo_models *from = avo_models_open((char *const *)&path, 1, err);
    int rc = from ? avo_attribute_mean(from, m, a->baseline, err) : -1;
    if (!rc && !(a->origin = avo_asprintf(err, "mean of %s", avo_models_digest(from, 0))))
        rc = -1;
    avo_models_close(from);
    if (rc)
        avo_error_prefix(err, "--baseline %s", path);
    return rc;
}

static int mean_of_models(struct avo_attribution *a, struct avo_models *models,
                          struct avo_error *err)
{
    if (!avo_models_can_rewind(models)) {
        avo_error_hint(err, "give files, --baseline zero, or --baseline pilot.model.avo");
        return avo_error_set(err, "--baseline mean: the mean of the genome's factors takes a "
                             "reading of its own, and a pipe cannot be read again");
    }
    if (avo_attribute_mean(models, avo_models_core(models), a->baseline, err))
        return -1;
    avo_models_rewind(models);
    return (a->origin = avo_strdup("mean", err)) ? 0 : -1;
}

int avo_attribution_baseline(struct avo_attribution *a, struct avo_models *models,
                             const char *baseline, struct avo_error *err)
{
    const struct avo_model *m = avo_models_core(models);
    int rc = 0;
    if (!(a->baseline = avo_alloc(m->n_inputs, sizeof *a->baseline, "baseline", err)))
        return -1;
    a->how.baseline = a->baseline;
    if (!strcmp(baseline, "zero"))
        rc = (a->origin = avo_strdup("zero", err)) ? 0 : -1;
    else if (!strcmp(baseline, "mean"))
        rc = mean_of_models(a, models, err);
    else
        rc = mean_of_file(a, m, baseline, err);
    return rc ? -1 : avo_attribute_value(m, a->baseline, &a->value, err);
}

int avo_attribution_rows(struct avo_attribution *a, const struct avo_model *m,
                         const char *baseline, struct avo_error *err)
{
    uint32_t k = 0;
    while (m->header.blocks[k].kind != AVO_BLOCK_ASSAY)
        k++;
    uint32_t width = m->header.blocks[k].width;
    bool zero = !strcmp(baseline, "zero");
    if (!zero && strcmp(baseline, "mean"))
        return avo_usage_error(err, "--baseline %s: of a model of the family observed it is mean "
                               "or zero", baseline);
    if (!(a->baseline = avo_alloc(width, sizeof *a->baseline, "baseline", err)) ||
        !(a->origin = avo_strdup(baseline, err)))
        return -1;
    for (uint32_t e = 0; !zero && e < width; e++) {
        double sum = 0;
        for (uint32_t i = 0; i < m->root_assays; i++)
            sum += (double)m->table[k][(size_t)i * width + e];
        a->baseline[e] = (float)(sum / m->root_assays);
    }
    a->how.baseline = a->baseline;
    return 0;
}

/* ---- headers ---- */

static int add_line(struct avo_header *h, const struct avo_attribution *a,
                    const struct avo_model *m, uint32_t block, struct avo_error *err)
{
    char *name = avo_escape(a->names[block], false, err);
    char *line = name ? avo_asprintf(err, "@attribution\tcomponent:%s\tbaseline:%s\tvalue:%.9g"
                                     "\tsteps:%u\tspace:%s", name, a->origin, a->value,
                                     a->how.n_steps, avo_transform_name(m->header.transform))
                      : NULL;
    int rc = line ? avo_header_add_extra(h, line, err) : -1;
    free(name);
    free(line);
    return rc;
}

/* The prediction at the baseline in model space, of each track: it depends on the track's scale. */
static int add_values(struct avo_header *h, const struct avo_attribution *a,
                      const struct avo_model *m, struct avo_error *err)
{
    for (size_t i = 0; m->standard && i < h->n_tracks; i++) {
        struct avo_track *t = &h->tracks[i];
        struct avo_pair pair = {(uint32_t)avo_model_celltype(m, t->celltype),
                                (uint32_t)avo_model_assay(m, t->assay)};
        float scale[2];
        char text[32];
        if (avo_model_scales(m, &pair, 1, scale, err))
            return -1;
        snprintf(text, sizeof text, "%.9g", scale[0] + scale[1] * a->value);
        if (avo_track_add_attr(t, "at_baseline", text, err))
            return -1;
    }
    return 0;
}

int avo_attribution_headers(struct avo_attribution *a, const struct avo_model *m,
                            const struct avo_header *h, struct avo_error *err)
{
    for (uint32_t i = 0; i < a->n; i++) {
        struct avo_header *to = &a->at[i].header;
        if (avo_header_copy(to, h, err)) {
            memset(to, 0, sizeof *to);
            return -1;
        }
        to->transform = AVO_NONE;
        free(to->unit);
        to->unit = NULL;
        if (add_line(to, a, m, a->at[i].block, err) || add_values(to, a, m, err))
            return -1;
    }
    return 0;
}

void avo_attribution_release(struct avo_attribution *a)
{
    for (uint32_t i = 0; i < a->n; i++) {
        free(a->at[i].output);
        avo_header_release(&a->at[i].header);
    }
    free(a->at);
    free(a->baseline);
    free(a->origin);
    memset(a, 0, sizeof *a);
}
