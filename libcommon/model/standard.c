/* SPDX-License-Identifier: MIT */
/* standard.c: see standard.h. */
#include "libcommon/model/standard.h"

#include "libcommon/base/alloc.h"
#include "libcommon/model/track_stats.h"

int avo_model_standardize(struct avo_model *m, struct avo_observed *o, struct avo_error *err)
{
    m->standard = avo_alloc(1, sizeof *m->standard, "model", err);
    if (!m->standard)
        return -1;
    *m->standard = *o;
    *o = (struct avo_observed){0};
    m->hyper.standardize = true;
    m->header.minor = 1;
    return 0;
}

static bool is_root(const struct avo_model *m, const struct avo_pair *pair)
{
    return pair->celltype < m->root_celltypes && pair->assay < m->root_assays;
}

/* The statistics of tracks of the root's rows, which stand first. Borrowed. */
static struct avo_observed root_stats(const struct avo_model *m)
{
    struct avo_observed root = *m->standard;
    for (root.n_stats = 0; root.n_stats < m->standard->n_stats; root.n_stats++) {
        const struct avo_track_stats *s = &m->standard->stats[root.n_stats];
        int c = avo_model_celltype(m, s->celltype), a = avo_model_assay(m, s->assay);
        if (c < 0 || a < 0 || !is_root(m, &(struct avo_pair){(uint32_t)c, (uint32_t)a}))
            break;
    }
    return root;
}

int avo_model_scales(const struct avo_model *m, const struct avo_pair *pairs, uint32_t n,
                     float *scale, struct avo_error *err)
{
    struct avo_observed root = m->standard ? root_stats(m) : (struct avo_observed){0};
    for (uint32_t i = 0; i < n; i++) {
        scale[2 * i] = 0;
        scale[2 * i + 1] = 1;
        if (!m->standard)
            continue;
        const char *celltype = m->celltypes[pairs[i].celltype], *assay = m->assays[pairs[i].assay];
        const struct avo_track_stats *own = avo_observed_find(m->standard, celltype, assay);
        if (own) {
            scale[2 * i] = own->mean;
            scale[2 * i + 1] = own->sd;
        } else if (avo_track_stats_predict(is_root(m, &pairs[i]) ? &root : m->standard, celltype,
                                           assay, &scale[2 * i], &scale[2 * i + 1], err))
            return -1;
    }
    return 0;
}

void avo_model_put_back(const struct avo_model *m, const float *scale, float *values, size_t n)
{
    for (size_t i = 0; m->standard && i < n; i++)
        values[i] = scale[0] + scale[1] * values[i];
}
