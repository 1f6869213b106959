/* SPDX-License-Identifier: MIT */
/* standardize.c: see standardize.h. */
#include "libcommon/fit/standardize.h"

#include "libcommon/fit/observed.h"
#include "libcommon/model/standard.h"

int avo_roles_scale(struct avo_roles *r, const struct avo_model *m, struct avo_error *err)
{
    return avo_model_scales(m, r->train.pairs, r->train.n, r->train.scale, err) ||
                   avo_model_scales(m, r->valid.pairs, r->valid.n, r->valid.scale, err) ? -1 : 0;
}

int avo_roles_measure(struct avo_roles *r, struct avo_model *m, const struct avo_positions *p,
                      const struct avo_signal *x, struct avo_pool *pool, struct avo_error *err)
{
    if (m->standard && avo_observed_measure(m, p, x, &r->train, pool, err))
        return -1;
    return avo_roles_scale(r, m, err);
}
