/* SPDX-License-Identifier: MIT */
/* standardize.c: see standardize.h. */
#include "libcommon/fit/standardize.h"

#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/fit/observed.h"
#include "libcommon/model/standard.h"

int avo_roles_scale(struct avo_roles *r, const struct avo_model *m, struct avo_error *err)
{
    return avo_model_scales(m, r->train.pairs, r->train.n, r->train.scale, err) ||
                   avo_model_scales(m, r->valid.pairs, r->valid.n, r->valid.scale, err) ? -1 : 0;
}

static bool has_value(const struct avo_signal *x, uint32_t column)
{
    uint32_t i = 0;
    while (i < x->n_bins && isnan(avo_signal_at(x, i, column)))
        i++;
    return i < x->n_bins;
}

static int measure(const struct avo_roles *r, struct avo_model *m, const struct avo_positions *p,
                   const struct avo_signal *x, struct avo_pool *pool, struct avo_error *err)
{
    struct avo_track_set some = {0};
    some.pairs = avo_alloc(r->train.n, sizeof *some.pairs, "tracks", err);
    some.columns = avo_alloc(r->train.n, sizeof *some.columns, "tracks", err);
    int rc = some.pairs && some.columns ? 0 : -1;
    for (uint32_t t = 0; t < r->train.n && !rc; t++)
        if (has_value(x, r->train.columns[t])) {
            some.pairs[some.n] = r->train.pairs[t];
            some.columns[some.n++] = r->train.columns[t];
        }
    if (!rc && !some.n)
        rc = avo_error_set(err, "the training tracks have no value in the input's bins");
    if (!rc)
        rc = avo_observed_measure(m, p, x, &some, pool, err);
    free(some.pairs);
    free(some.columns);
    return rc;
}

int avo_roles_measure(struct avo_roles *r, struct avo_model *m, const struct avo_positions *p,
                      const struct avo_signal *x, struct avo_pool *pool, struct avo_error *err)
{
    if (m->standard && measure(r, m, p, x, pool, err))
        return -1;
    return avo_roles_scale(r, m, err);
}
