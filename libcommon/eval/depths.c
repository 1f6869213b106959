/* SPDX-License-Identifier: MIT */
/* depths.c: from a header's tracks and their sizes to scales and residuals. */
#include "libcommon/eval/depths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/model/scale.h"

int avo_depths_make(struct avo_depths *d, const struct avo_availability *a, const double *rms,
                    struct avo_error *err)
{
    size_t n = a->header->n_tracks;
    struct avo_depth_track *tracks = avo_alloc(n, sizeof *tracks, "tracks", err);
    int rc = -1;

    *d = (struct avo_depths){.available = a};
    d->scale = avo_alloc(a->n_celltypes, sizeof *d->scale, "cell types", err);
    d->component = avo_alloc(a->n_celltypes, sizeof *d->component, "cell types", err);
    d->residual = avo_alloc(n, sizeof *d->residual, "tracks", err);
    if (!tracks || !d->scale || !d->component || !d->residual)
        goto out;
    for (size_t i = 0; i < n; i++) {
        enum avo_role role = a->roles ? a->roles[i] : a->header->tracks[i].role;

        tracks[i] = (struct avo_depth_track){a->celltype[i], a->assay[i], rms[i],
                                             role != AVO_ROLE_TEST};
    }
    rc = avo_depth_scales(tracks, n, a->n_celltypes, a->n_assays, d->scale, d->component, err);
    if (rc == 0)
        rc = avo_depth_residuals(tracks, n, a->n_celltypes, a->n_assays, d->scale, d->component,
                                 d->residual, err);
out:
    free(tracks);
    if (rc < 0)
        avo_depths_release(d);
    return rc;
}

void avo_depths_release(struct avo_depths *d)
{
    if (!d)
        return;
    free(d->scale);
    free(d->component);
    free(d->residual);
    memset(d, 0, sizeof *d);
}

size_t avo_depths_worst(const struct avo_depths *d, size_t celltype)
{
    const struct avo_availability *a = d->available;
    size_t worst = AVO_NO_TRACK;

    for (size_t j = 0; j < a->n_assays; j++) {
        size_t t = a->track[celltype * a->n_assays + j];

        if (t == AVO_NO_TRACK || isnan(d->residual[t]))
            continue;
        if (worst == AVO_NO_TRACK || fabs(d->residual[t]) > fabs(d->residual[worst]))
            worst = t;
    }
    return worst;
}

double avo_depths_residual(const struct avo_depths *d, size_t track)
{
    return fabs(d->residual[track]) < 5e-7 ? 0 : d->residual[track];
}

size_t avo_depths_n_tracks(const struct avo_depths *d, size_t celltype)
{
    const struct avo_availability *a = d->available;
    size_t n = 0;

    for (size_t j = 0; j < a->n_assays; j++)
        n += a->track[celltype * a->n_assays + j] != AVO_NO_TRACK;
    return n;
}
