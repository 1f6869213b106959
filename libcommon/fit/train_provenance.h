/* SPDX-License-Identifier: MIT */
/* train_provenance.h: what a model records of the run that made it. */
#ifndef AVO_FIT_TRAIN_PROVENANCE_H
#define AVO_FIT_TRAIN_PROVENANCE_H

#include "libcommon/backend/backend.h"
#include "libcommon/fit/train_options.h"

/* A step of the model's provenance, or, with --no-provenance, none at all. passes: of stage 2 or of
 * transfer; roles: digest of the tracks' roles (avo_roles_digest). */
int avo_train_provenance(struct avo_model *m, const struct avo_train_options *o,
                         const struct avo_chosen *on, int64_t passes, const char *roles,
                         struct avo_error *err);

#endif
