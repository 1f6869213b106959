/* SPDX-License-Identifier: MIT */
/* train_options.c: avo-train's options: their table, their values, what does not go together. */
#include "libcommon/fit/train_options.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"

enum {
    OPT_INIT = 256, OPT_TRAIN, OPT_WARM, OPT_STAGE1, OPT_VALID, OPT_TEST, OPT_FOLDS, OPT_FOLD,
    OPT_EPOCHS, OPT_BATCH, OPT_LR, OPT_DROPOUT, OPT_CELL_DROPOUT, OPT_DECAY, OPT_NET_DECAY,
    OPT_RANGE, OPT_SCHEDULE, OPT_HIDDEN, OPT_FACTORS, OPT_ORDER, OPT_CLOCK, OPT_PATIENCE,
    OPT_REFIT, OPT_PRESET,
    OPT_CHECKPOINT, OPT_EVERY, OPT_RESUME, OPT_LOG, OPT_SHARE, OPT_STAGE2, OPT_WATCH
};

static const struct avo_opt options[] = {
    {OPT_PRESET, "preset", "NAME", "default, paper or reference [default]"},
    {OPT_INIT, "init", "MODEL", "start from this model; repeated: and its extensions"},
    {OPT_TRAIN, "train", "WHAT", "all, genome, celltypes, assays or the last two [all]"},
    {OPT_WARM, "warm", NULL, "with --init and --train all: start from its values"},
    {OPT_STAGE1, "stage1", "BED", "stage 1 there, then the genome factors of all"},
    {OPT_VALID, "valid", "C:ASSAY", "watch this track (repeatable)"},
    {OPT_TEST, "test", "C:ASSAY", "withhold this track, unwatched (repeatable)"},
    {OPT_WATCH, "watch", "N", "watch N training tracks, chosen by the seed"},
    {OPT_FOLDS, "folds", "K", "split the training tracks into K seeded parts ..."},
    {OPT_FOLD, "fold", "k", "... and withhold part k (0 to K-1)"},
    {OPT_EPOCHS, "epochs", "N", "passes over the data (at most, with watched tracks)"},
    {OPT_STAGE2, "stage2-epochs", "N", "passes that stage 2 will make"},
    {OPT_BATCH, "batch", "B", "samples a step"},
    {OPT_LR, "lr", "X", "Adam's rate"},
    {OPT_SCHEDULE, "schedule", "NAME", "of the rate: constant, linear or cosine"},
    {OPT_DROPOUT, "dropout", "X", "share of hidden units dropped in training"},
    {OPT_CELL_DROPOUT, "celltype-dropout", "X", "share of samples that see no cell type"},
    {OPT_DECAY, "decay", "X", "decoupled decay of genome factors"},
    {OPT_NET_DECAY, "network-decay", "X", "decoupled decay of the rest"},
    {OPT_RANGE, "init-range", "X", "factors start uniform in -X .. X"},
    {OPT_HIDDEN, "hidden", "N[,N]", "sizes of the hidden layers"},
    {OPT_FACTORS, "factors", "NAME=W", "widths: celltype= assay= fine= mid= coarse="},
    {OPT_ORDER, "order", "NAME", "sequential, permuted or random [sequential]"},
    {OPT_CLOCK, "clock", "NAME", "of stage 2: stage1 or chromosome"},
    {OPT_PATIENCE, "patience", "N", "epochs without a better watched error; 0: all"},
    {OPT_SHARE, "valid-share", "X", "share of 5-kbp blocks that are watched [0.1]"},
    {OPT_REFIT, "refit", NULL, "then train on watched tracks too"},
    {OPT_CHECKPOINT, "checkpoint", "FILE", "save the state here"},
    {OPT_EVERY, "every", "N", "epochs between checkpoints [1]"},
    {OPT_RESUME, "resume", NULL, "go on from the checkpoint if there is one"},
    {OPT_LOG, "log", "FILE", "a line an epoch, tab-separated"},
    {0, NULL, NULL, NULL}};

static const int reads[] = {OPT_INIT, OPT_STAGE1, 0}, writes[] = {OPT_CHECKPOINT, OPT_LOG, 0};

static const char *option_name(int id)
{
    for (int i = 0; options[i].id; i++)
        if (options[i].id == id)
            return options[i].name;
    return "";
}

/* ---- one option ---- */

static int add_init(struct avo_train_options *o, const char *path, struct avo_error *err)
{
    size_t cap = o->n_init;
    if (avo_grow(&o->init, &cap, cap + 1, sizeof *o->init, "models", err) ||
        !(o->init[o->n_init] = avo_strdup(path, err)))
        return -1;
    o->n_init++;
    return 0;
}

static int set_what(unsigned *what, const char *arg, struct avo_error *err)
{
    static const unsigned all[] = {AVO_TRAIN_ALL, AVO_TRAIN_GENOME, AVO_TRAIN_CELLTYPES,
                                   AVO_TRAIN_ASSAYS, AVO_TRAIN_ROWS};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!strcmp(avo_train_what_name(all[i]), arg)) {
            *what = all[i];
            return 0;
        }
    if (!strcmp(arg, "assays,celltypes")) {
        *what = AVO_TRAIN_ROWS;
        return 0;
    }
    return avo_error_status(err, AVO_EXIT_USAGE, "--train: unknown value \"%s\"", arg);
}

static int set_option(void *user, int id, const char *arg, struct avo_error *err)
{
    struct avo_train_options *o = user;
    int rc = 0;
    o->given[id - OPT_INIT] = true;
    if (avo_choices_set(&o->choices, option_name(id), arg, &rc, err) ||
        avo_role_choice_set(&o->roles, option_name(id), arg, &rc, err))
        return rc;
    switch (id) {
    case OPT_INIT:       return add_init(o, arg, err);
    case OPT_TRAIN:      return set_what(&o->what, arg, err);
    case OPT_STAGE1:     o->stage1_bed = arg; return 0;
    case OPT_CHECKPOINT: o->checkpoint = arg; return 0;
    case OPT_LOG:        o->log_path = arg; return 0;
    case OPT_WARM:       o->warm = true; return 0;
    case OPT_REFIT:      o->refit = true; return 0;
    case OPT_RESUME:     o->resume = true; return 0;
    case OPT_EVERY:      return avo_parse_int(arg, 1, 1000000000, "--every", &o->every, err);
    default:
        return avo_parse_double(arg, 1e-6, 1, "--valid-share", &o->valid_share, err);
    }
}

struct avo_cli avo_train_cli(struct avo_train_options *o)
{
    *o = (struct avo_train_options){.valid_share = 0.1, .every = 1};
    return (struct avo_cli){
        .program = "avo-train",
        .synopsis = "[options] [signal.avo ...]",
        .purpose =
            "Learns cell-type, assay and genome factors and the network that joins them.",
        .example = "bw2tensor -R pilot.bed tracks.tsv | avo-train -o pilot.model.avo",
        .common = AVO_OPT_OUTPUT | AVO_OPT_THREADS | AVO_OPT_COMPUTE | AVO_OPT_SEED |
                  AVO_OPT_PROVENANCE | AVO_OPT_BED,
        .opts = options,
        .set = set_option,
        .user = o,
        .reads = reads,
        .writes = writes};
}

const char *avo_train_what_name(unsigned what)
{
    switch (what) {
    case AVO_TRAIN_ALL:       return "all";
    case AVO_TRAIN_GENOME:    return "genome";
    case AVO_TRAIN_CELLTYPES: return "celltypes";
    case AVO_TRAIN_ASSAYS:    return "assays";
    default:                  return "celltypes,assays";
    }
}

void avo_train_options_release(struct avo_train_options *o)
{
    for (size_t i = 0; i < o->n_init; i++)
        free(o->init[i]);
    free(o->init);
    o->init = NULL;
    o->n_init = 0;
    avo_role_choice_release(&o->roles);
}

/* ---- what goes together ---- */

static int usage_error(struct avo_error *err, const char *text)
{
    return avo_error_status(err, AVO_EXIT_USAGE, "%s", text);
}

static int check_models(const struct avo_train_options *o, struct avo_error *err)
{
    if (o->what != AVO_TRAIN_ALL && !o->n_init)
        return usage_error(err, "--train genome, celltypes and assays need --init MODEL");
    if (o->n_init && o->what == AVO_TRAIN_ALL && !o->warm)
        return usage_error(err, "--init with --train all needs --warm (start from its values)");
    if (o->warm && !o->n_init)
        return usage_error(err, "--warm needs --init MODEL");
    if (o->what != AVO_TRAIN_ALL && (o->stage1_bed || o->refit || o->warm))
        return usage_error(err, "--stage1, --refit and --warm go with --train all");
    if (o->warm && o->refit)
        return usage_error(err, "--refit starts anew: not with --warm");
    if ((o->what & AVO_TRAIN_ROWS) && (o->roles.watch || o->roles.n_valid))
        return usage_error(err, "--valid and --watch go with --train all and genome: transfer "
                           "watches no track");
    return 0;
}

static int check_stdin(const struct avo_train_options *o, char *const *inputs, size_t n_inputs,
                       struct avo_error *err)
{
    bool taken = !n_inputs;
    for (size_t i = 0; i < n_inputs; i++)
        taken = taken || !strcmp(inputs[i], "-");
    if (o->stage1_bed && taken)
        return usage_error(err, "--stage1 reads its input twice: give a file, not stdin");
    for (size_t i = 0; i < o->n_init; i++) {
        if (strcmp(o->init[i], "-"))
            continue;
        if (taken)
            return usage_error(err, "stdin is asked for both --init and the input");
        taken = true;
    }
    return 0;
}

int avo_train_options_check(struct avo_train_options *o, char *const *inputs, size_t n_inputs,
                            struct avo_error *err)
{
    if (check_models(o, err) || avo_role_choice_check(&o->roles, err) ||
        check_stdin(o, inputs, n_inputs, err))
        return -1;
    if (o->resume && !o->checkpoint)
        return usage_error(err, "--resume needs --checkpoint FILE");
    if (o->checkpoint && (o->what & AVO_TRAIN_ROWS))
        return usage_error(err, "--checkpoint goes with --train all or genome");
    if (o->what == AVO_TRAIN_GENOME && o->checkpoint && !o->common.output)
        return usage_error(err, "--checkpoint with --train genome needs -o FILE");
    if (o->common.seed > UINT32_MAX)
        return usage_error(err, "--seed: want at most 4294967295");
    o->roles.seed = o->choices.seed = o->common.seed;
    return 0;
}

/* ---- what is not read ---- */

/* Values of a model that later stages take as they are. */
static const int stage1_only[] = {
    OPT_PRESET, OPT_BATCH, OPT_LR, OPT_CELL_DROPOUT, OPT_DECAY, OPT_NET_DECAY, OPT_RANGE,
    OPT_SCHEDULE, OPT_HIDDEN, OPT_FACTORS, OPT_ORDER, OPT_CLOCK, OPT_PATIENCE, OPT_SHARE,
    OPT_STAGE2, OPT_EVERY};

char *avo_train_options_idle(const struct avo_train_options *o, struct avo_error *err)
{
    char *text = NULL;
    for (size_t i = 0; i <= sizeof stage1_only / sizeof *stage1_only; i++) {
        bool last = i == sizeof stage1_only / sizeof *stage1_only;
        int id = last ? OPT_DROPOUT : stage1_only[i];
        if (!o->given[id - OPT_INIT] || o->what == AVO_TRAIN_ALL ||
            (last && o->what == AVO_TRAIN_GENOME))
            continue;
        char *more = avo_asprintf(err, "%s%s--%s", text ? text : "", text ? ", " : "",
                                  option_name(id));
        free(text);
        if (!(text = more))
            return NULL;
    }
    return text;
}
