/* SPDX-License-Identifier: MIT */
/* intervals.c: see intervals.h. */
#include "libcommon/impute/intervals.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"

static const char *const bound_names[AVO_BOUNDS] = {"lower", "upper"};

int avo_intervals_choose(struct avo_intervals *iv, const char *pattern, const char *output,
                         double share, struct avo_error *err)
{
    if (!avo_impute_has_bound(pattern))
        return avo_usage_error(err, "--uncertainty: want {bound} in the name, which becomes lower "
                               "and upper (got %s)", pattern);
    if (avo_impute_is_pattern(pattern) != avo_impute_is_pattern(output))
        return avo_usage_error(err, "--uncertainty %s: want {celltype} and {assay} where -o has "
                               "them, and only there", pattern);
    if (avo_impute_is_pattern(pattern) && !avo_impute_bound_folder(pattern)) {
        avo_error_hint(err, "such as --uncertainty 'imputed/{bound}/{celltype}.{assay}.bw'");
        return avo_usage_error(err, "--uncertainty %s: {bound} must be in the folder before "
                               "{celltype} and {assay}: each has a tracks.tsv", pattern);
    }
    for (int b = 0; b < AVO_BOUNDS; b++) {
        iv->at[b].p = b ? (1 + share) / 2 : (1 - share) / 2;
        if (!(iv->at[b].output = avo_impute_bound_path(pattern, bound_names[b], err)))
            return -1;
    }
    return 0;
}

int avo_intervals_prepare(struct avo_intervals *iv, const struct avo_model *m,
                          const struct avo_wanted_list *l, struct avo_error *err)
{
    if (!m->observed || !m->observed->residuals.known) {
        avo_error_hint(err, "avo-train --preset observed records them");
        return avo_error_set(err, "--uncertainty: the model has no residuals");
    }
    for (int b = 0; b < AVO_BOUNDS; b++) {
        struct avo_interval_bound *to = &iv->at[b];
        avo_bound_make(&to->curve, &m->observed->residuals, to->p);
        if (avo_impute_is_pattern(to->output) ? avo_impute_check_names(to->output, l, m, err)
                                              : avo_claim_output(to->output, "--uncertainty", err))
            return -1;
    }
    return 0;
}

int avo_intervals_headers(struct avo_intervals *iv, const struct avo_header *h,
                          struct avo_error *err)
{
    for (int b = 0; b < AVO_BOUNDS; b++) {
        struct avo_interval_bound *to = &iv->at[b];
        if (avo_header_copy(&to->header, h, err)) {
            memset(&to->header, 0, sizeof to->header);
            return -1;
        }
        char *line = avo_asprintf(err, "@interval\tbound:%s\tquantile:%.6g", bound_names[b], to->p);
        int rc = line ? avo_header_add_extra(&to->header, line, err) : -1;
        free(line);
        if (rc)
            return -1;
    }
    return 0;
}

void avo_intervals_release(struct avo_intervals *iv)
{
    for (int b = 0; b < AVO_BOUNDS; b++) {
        free(iv->at[b].output);
        avo_header_release(&iv->at[b].header);
    }
    memset(iv, 0, sizeof *iv);
}

void avo_intervals_fill(const struct avo_intervals *iv, float mean, float sd, const float *z,
                        uint32_t n, float *const out[AVO_BOUNDS])
{
    for (int b = 0; b < AVO_BOUNDS; b++)
        for (uint32_t i = 0; i < n; i++)
            out[b][i] = avo_bound_at(&iv->at[b].curve, mean, sd, z[i]);
}
