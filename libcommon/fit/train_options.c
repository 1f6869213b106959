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
    OPT_CHECKPOINT, OPT_EVERY, OPT_RESUME, OPT_LOG, OPT_SHARE, OPT_STAGE2, OPT_WATCH,
    OPT_WINDOWS, OPT_HIDE, OPT_SAMPLES, OPT_SIMILAR, OPT_STANDARDIZE
};

static int set_what(void *user, const char *arg, struct avo_error *err)
{
    static const unsigned all[] = {AVO_TRAIN_ALL, AVO_TRAIN_GENOME, AVO_TRAIN_CELLTYPES,
                                   AVO_TRAIN_ASSAYS, AVO_TRAIN_ROWS};
    struct avo_train_options *o = user;
    int which = 0;
    if (!strcmp(arg, "assays,celltypes"))
        arg = avo_train_what_name(AVO_TRAIN_ROWS);
    if (avo_parse_word(arg, "all|genome|celltypes|assays|celltypes,assays", "--train", &which, err))
        return -1;
    o->what = all[which];
    return 0;
}

#define SETS(member) AVO_SETS(struct avo_train_options, member)
enum { MOST = 1000000 };

static const struct avo_opt options[] = {
    {OPT_PRESET, "preset", "NAME", "default, paper, reference, observed or predictd [default]",
     SETS(choices.preset)},
    {OPT_INIT, "init", "MODEL", "start from this model; repeated: and its extensions",
     SETS(init), .file = AVO_READS},
    {OPT_TRAIN, "train", "WHAT", "all, genome, celltypes, assays or the last two [all]",
     .set = set_what},
    {OPT_WARM, "warm", NULL, "with --init and --train all: start from its values", SETS(warm)},
    {OPT_STAGE1, "stage1", "BED", "stage 1 there, then the genome factors of all",
     SETS(stage1_bed), .file = AVO_READS},
    {OPT_VALID, "valid", "C:ASSAY", "watch this track (repeatable)", SETS(roles.valid)},
    {OPT_TEST, "test", "C:ASSAY", "withhold this track, unwatched (repeatable)",
     SETS(roles.test)},
    {OPT_WATCH, "watch", "N", "watch N training tracks, chosen by the seed",
     SETS(roles.watch), AVO_WHOLE(0, MOST)},
    {OPT_FOLDS, "folds", "K", "split the training tracks into K seeded parts ...",
     SETS(roles.folds), AVO_WHOLE(2, MOST)},
    {OPT_FOLD, "fold", "k", "... and withhold part k (0 to K-1)",
     SETS(roles.fold), AVO_WHOLE(0, MOST)},
    {OPT_EPOCHS, "epochs", "N", "passes over the data (at most, with watched tracks)",
     SETS(choices.epochs), AVO_WHOLE(1, MOST)},
    {OPT_STAGE2, "stage2-epochs", "N", "passes that stage 2 will make",
     SETS(choices.stage2_epochs), AVO_WHOLE(1, MOST)},
    {OPT_BATCH, "batch", "B", "samples a step", SETS(choices.batch), AVO_WHOLE(1, 100000000)},
    {OPT_LR, "lr", "X", "Adam's rate", SETS(choices.lr), AVO_REAL(1e-12, 10)},
    {OPT_SCHEDULE, "schedule", "NAME", "of the rate: constant, linear or cosine",
     SETS(choices.schedule), AVO_WORD("constant|linear|cosine", AVO_SCHEDULE_CONSTANT)},
    {OPT_DROPOUT, "dropout", "X", "share of hidden units dropped in training",
     SETS(choices.dropout), AVO_REAL(0, 0.95)},
    {OPT_CELL_DROPOUT, "celltype-dropout", "X", "share of samples that see no cell type",
     SETS(choices.celltype_dropout), AVO_REAL(0, 0.95)},
    {OPT_DECAY, "decay", "X", "decoupled decay of genome factors",
     SETS(choices.decay), AVO_REAL(0, 10)},
    {OPT_NET_DECAY, "network-decay", "X", "decoupled decay of the rest",
     SETS(choices.network_decay), AVO_REAL(0, 10)},
    {OPT_RANGE, "init-range", "X", "factors start uniform in -X .. X",
     SETS(choices.init_range), AVO_REAL(0, 10)},
    {OPT_HIDDEN, "hidden", "N[,N]", "sizes of the hidden layers", SETS(choices.hidden)},
    {OPT_FACTORS, "factors", "NAME=W", "widths: celltype= assay= fine= mid= coarse=, or rank=",
     SETS(choices.factors)},
    {OPT_STANDARDIZE, "standardize", "HOW", "track: less their mean, by their scale; or none",
     SETS(choices.standardize), AVO_WORD("none|track", 0)},
    {OPT_WINDOWS, "windows", "N[,N]", "observed: bins on either side that values are means over",
     SETS(choices.windows)},
    {OPT_HIDE, "hide", "P", "observed: most of the share of inputs that a step hides",
     SETS(choices.hide), AVO_REAL(0, 1)},
    {OPT_SAMPLES, "samples", "N", "observed: bins that are learned from",
     SETS(choices.samples), AVO_WHOLE(1, 1000000000)},
    {OPT_SIMILAR, "similar", "WORD", "observed: means weighted by similarity, too: yes or no [yes]",
     SETS(choices.similar), AVO_WORD("no|yes", 0)},
    {OPT_ORDER, "order", "NAME", "sequential, permuted or random [sequential]",
     SETS(choices.order), AVO_WORD("sequential|permuted|random", AVO_ORDER_SEQUENTIAL)},
    {OPT_CLOCK, "clock", "NAME", "of stage 2: stage1 or chromosome",
     SETS(choices.clock), AVO_WORD("stage1|chromosome", AVO_CLOCK_STAGE1)},
    {OPT_PATIENCE, "patience", "N", "epochs without a better watched error; 0: all",
     SETS(choices.patience), AVO_WHOLE(0, 1000000000)},
    {OPT_SHARE, "valid-share", "X", "share of 5-kbp blocks that are watched [0.1]",
     SETS(valid_share), AVO_REAL(1e-6, 1)},
    {OPT_REFIT, "refit", NULL, "then train on watched tracks too", SETS(refit)},
    {OPT_CHECKPOINT, "checkpoint", "FILE", "save the state here",
     SETS(checkpoint), .file = AVO_WRITES},
    {OPT_EVERY, "every", "N", "epochs between checkpoints [1]",
     SETS(every), AVO_WHOLE(1, 1000000000)},
    {OPT_RESUME, "resume", NULL, "go on from the checkpoint if there is one", SETS(resume)},
    {OPT_LOG, "log", "FILE", "a line an epoch, tab-separated", SETS(log_path), .file = AVO_WRITES},
    {0}};

static const char *option_name(int id)
{
    for (int i = 0; options[i].id; i++)
        if (options[i].id == id)
            return options[i].name;
    return "";
}

struct avo_cli avo_train_cli(struct avo_train_options *o)
{
    *o = (struct avo_train_options){.choices = avo_choices_none(), .valid_share = 0.1, .every = 1};
    return (struct avo_cli){
        .program = "avo-train",
        .synopsis = "[options] [signal.avo ...]",
        .purpose =
            "Learns cell-type, assay and genome factors and the network that joins them.",
        .example = "bw2tensor -R pilot.bed tracks.tsv | avo-train -o pilot.model.avo",
        .common = AVO_OPT_OUTPUT | AVO_OPT_THREADS | AVO_OPT_COMPUTE | AVO_OPT_SEED |
                  AVO_OPT_PROVENANCE | AVO_OPT_BED,
        .opts = options,
        .user = o,
        .reads_stdin = true};
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
    avo_strings_release(&o->init);
    avo_role_choice_release(&o->roles);
}

/* ---- what goes together ---- */

static int check_models(const struct avo_train_options *o, struct avo_error *err)
{
    if (o->what != AVO_TRAIN_ALL && !o->init.n)
        return avo_usage_error(err, "--train genome, celltypes and assays need --init MODEL");
    if (o->init.n && o->what == AVO_TRAIN_ALL && !o->warm)
        return avo_usage_error(err, "--init with --train all needs --warm (start from its values)");
    if (o->warm && !o->init.n)
        return avo_usage_error(err, "--warm needs --init MODEL");
    if (o->what != AVO_TRAIN_ALL && (o->stage1_bed || o->refit || o->warm))
        return avo_usage_error(err, "--stage1, --refit and --warm go with --train all");
    if (avo_choices_observed(&o->choices) && (o->stage1_bed || o->refit))
        return avo_usage_error(err, "--stage1 and --refit: not with --preset observed, which has "
                               "one stage and stops at no watched error");
    if (o->warm && o->refit)
        return avo_usage_error(err, "--refit starts anew: not with --warm");
    if ((o->what & AVO_TRAIN_ROWS) && (o->roles.watch || o->roles.valid.n))
        return avo_usage_error(err, "--valid and --watch go with --train all and genome: transfer "
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
        return avo_usage_error(err, "--stage1 reads its input twice: give a file, not stdin");
    for (size_t i = 0; i < o->init.n; i++) {
        if (strcmp(o->init.at[i], "-"))
            continue;
        if (taken)
            return avo_usage_error(err, "stdin is asked for both --init and the input");
        taken = true;
    }
    return 0;
}

int avo_train_options_check(struct avo_train_options *o, char *const *inputs, size_t n_inputs,
                            struct avo_error *err)
{
    o->roles.has_fold = avo_given(&o->common, OPT_FOLD);
    if (check_models(o, err) || avo_role_choice_check(&o->roles, err) ||
        check_stdin(o, inputs, n_inputs, err))
        return -1;
    if (o->resume && !o->checkpoint)
        return avo_usage_error(err, "--resume needs --checkpoint FILE");
    if (o->checkpoint && (o->what & AVO_TRAIN_ROWS))
        return avo_usage_error(err, "--checkpoint goes with --train all or genome");
    if (o->what == AVO_TRAIN_GENOME && o->checkpoint && !o->common.output)
        return avo_usage_error(err, "--checkpoint with --train genome needs -o FILE");
    if (o->common.seed > UINT32_MAX)
        return avo_usage_error(err, "--seed: want at most 4294967295");
    o->roles.seed = o->choices.seed = o->common.seed;
    return 0;
}

/* ---- what is not read ---- */

/* Values of a model that later stages take as they are. */
static const int stage1_only[] = {
    OPT_PRESET, OPT_BATCH, OPT_LR, OPT_CELL_DROPOUT, OPT_DECAY, OPT_NET_DECAY, OPT_RANGE,
    OPT_SCHEDULE, OPT_HIDDEN, OPT_FACTORS, OPT_ORDER, OPT_CLOCK, OPT_PATIENCE, OPT_SHARE,
    OPT_STAGE2, OPT_EVERY, OPT_WINDOWS, OPT_HIDE, OPT_SAMPLES, OPT_SIMILAR, OPT_STANDARDIZE};
/* What one family has and the other has not. */
static const int factors_only[] = {OPT_CELL_DROPOUT, OPT_DECAY, OPT_ORDER, OPT_CLOCK, OPT_PATIENCE,
                                   OPT_SHARE, OPT_STAGE2, OPT_STANDARDIZE};
static const int network_only[] = {OPT_DROPOUT, OPT_HIDDEN};
static const int observed_only[] = {OPT_WINDOWS, OPT_HIDE, OPT_SAMPLES, OPT_SIMILAR};

/* Those of ids [n] that were given, added to *text. */
static int add_given(const struct avo_train_options *o, const int *ids, size_t n, char **text,
                     struct avo_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!avo_given(&o->common, ids[i]))
            continue;
        char *more = avo_asprintf(err, "%s%s--%s", *text ? *text : "", *text ? ", " : "",
                                  option_name(ids[i]));
        free(*text);
        if (!(*text = more))
            return -1;
    }
    return 0;
}

/* Their names, as "--lr, --batch", or NULL. */
static char *idle_names(const struct avo_train_options *o, struct avo_error *err)
{
    static const int dropout = OPT_DROPOUT;
    char *text = NULL;
    if (o->what == AVO_TRAIN_ALL && avo_choices_observed(&o->choices))
        add_given(o, factors_only, sizeof factors_only / sizeof *factors_only, &text, err);
    else if (o->what == AVO_TRAIN_ALL) {
        if (!avo_choices_parafac(&o->choices) ||
            !add_given(o, network_only, sizeof network_only / sizeof *network_only, &text, err))
            add_given(o, observed_only, sizeof observed_only / sizeof *observed_only, &text, err);
    } else if (!add_given(o, stage1_only, sizeof stage1_only / sizeof *stage1_only, &text, err) &&
             o->what != AVO_TRAIN_GENOME)
        add_given(o, &dropout, 1, &text, err);
    return text;
}

char *avo_train_options_idle(const struct avo_train_options *o, struct avo_error *err)
{
    const char *preset = o->choices.preset ? o->choices.preset : "default";
    char *names = idle_names(o, err), *text = NULL;
    if (names && o->what == AVO_TRAIN_ALL)
        text = avo_asprintf(err, "%s: not read by --preset %s", names, preset);
    else if (names)
        text = avo_asprintf(err, "%s: not read by --train %s, which takes the model's own values",
                            names, avo_train_what_name(o->what));
    free(names);
    return text;
}
