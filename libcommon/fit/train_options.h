/* SPDX-License-Identifier: MIT */
/* train_options.h: avo-train's command line as values. */
#ifndef AVO_FIT_TRAIN_OPTIONS_H
#define AVO_FIT_TRAIN_OPTIONS_H

#include "libcommon/base/opt.h"
#include "libcommon/fit/preset.h"
#include "libcommon/fit/roles.h"

/* What is trained: one of the first two, or rows of one kind or both. */
enum avo_train_what {
    AVO_TRAIN_ALL = 0, AVO_TRAIN_GENOME = 1, AVO_TRAIN_CELLTYPES = 2, AVO_TRAIN_ASSAYS = 4
};
#define AVO_TRAIN_ROWS (AVO_TRAIN_CELLTYPES | AVO_TRAIN_ASSAYS)

struct avo_train_options {
    struct avo_common common;
    struct avo_strings init;    /* a model, its extensions, models of more of the genome */
    const char *stage1_bed, *checkpoint, *log_path;
    unsigned what;              /* enum avo_train_what */
    bool warm, resume, refit;
    struct avo_role_choice roles;
    struct avo_choices choices;
    double valid_share;
    int64_t every;
};
/* Defaults, and the command line that fills o. */
struct avo_cli avo_train_cli(struct avo_train_options *o);
/* Options that do not go together, or not with inputs [n_inputs]: a usage error. */
int avo_train_options_check(struct avo_train_options *o, char *const *inputs, size_t n_inputs,
                            struct avo_error *err);
/* "all", "genome", "celltypes", "assays" or "celltypes,assays". */
const char *avo_train_what_name(unsigned what);
/* Options that were given and that this way of training, or the preset's family, does not read, in a sentence; NULL:
 * none. Fresh memory; NULL with err set on failure. */
char *avo_train_options_idle(const struct avo_train_options *o, struct avo_error *err);
void avo_train_options_release(struct avo_train_options *o);

#endif
