/* SPDX-License-Identifier: MIT */
/* train_provenance.c: see train_provenance.h. */
#include "libcommon/fit/train_provenance.h"

#include <inttypes.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"

/* text, which is freed, and what the family observed has beside it. */
static char *add_observed(char *text, const struct avo_observed *o, struct avo_error *err)
{
    char *more = avo_asprintf(err, "%s\tsamples:%" PRId64 "\thide:%g\tsimilar:%s", text,
                              o->n_samples, o->hide, o->similar ? "yes" : "no");
    free(text);
    return more;
}

int avo_train_provenance(struct avo_model *m, const struct avo_train_options *o,
                         const struct avo_chosen *on, int64_t passes, const char *roles,
                         struct avo_error *err)
{
    const struct avo_hyper *y = &m->hyper;
    if (o->common.no_provenance) {
        avo_header_forget_provenance(&m->header);
        return 0;
    }
    char *text = avo_asprintf(err,
                              "train:%s\tpreset:%s\tseed:%" PRIu64 "\tbackend:%s\tprecision:%s\t"
                              "lr:%g\tdropout:%g\tbatch:%" PRId64 "\tepochs:%" PRId64 "\troles:%s",
                              avo_train_what_name(o->what), y->preset, y->seed, on->name,
                              avo_precision_name(on->device.precision), y->lr, y->dropout,
                              y->batch, o->what == AVO_TRAIN_ALL ? y->epochs : passes, roles);
    if (text && m->observed)
        text = add_observed(text, m->observed, err);
    int rc = text ? avo_header_add_provenance(&m->header, "avo-train", text, err) : -1;
    free(text);
    return rc;
}
