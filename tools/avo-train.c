/* SPDX-License-Identifier: MIT */
/* avo-train.c: SIGNAL streams in, a model out: stage 1, streamed stage 2, transfer. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/log.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/signals.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/region.h"
#include "libcommon/model/setup.h"
#include "libcommon/model/train_files.h"

enum what { TRAIN_ALL, TRAIN_GENOME, TRAIN_CELLTYPES, TRAIN_ASSAYS };
static const char *const what_names[] = {"all", "genome", "celltypes", "assays", NULL};

struct job {
    struct avo_common common;
    const char *init, *stage1_bed, *checkpoint, *log_path;
    enum what what;
    bool warm, resume, refit;
    struct avo_role_choice roles_of;
    struct avo_choices choices;
    double valid_share;
    int64_t every, passes;      /* passes: of stage 2 or transfer, -1 until known */
    /* what is open */
    char **inputs;
    size_t n_inputs;
    struct avo_chosen on;       /* device and precision */
    struct avo_pool *pool;
    struct avo_join *in;
    struct avo_preset p;
    struct avo_roles roles;
    struct avo_model model;
    struct avo_axis axis;
    struct avo_stage1_all all;
    struct avo_monitor monitor;
    struct avo_progress progress;
    struct avo_train_files files;
    char input_digest[33];
    const volatile sig_atomic_t *stop;
};

/* ---- options ---- */

enum {
    OPT_INIT = 256, OPT_TRAIN, OPT_WARM, OPT_STAGE1, OPT_VALID, OPT_TEST, OPT_FOLDS, OPT_FOLD,
    OPT_EPOCHS, OPT_BATCH, OPT_LR, OPT_DROPOUT, OPT_CELL_DROPOUT, OPT_DECAY, OPT_NET_DECAY,
    OPT_RANGE, OPT_SCHEDULE, OPT_HIDDEN, OPT_FACTORS, OPT_ORDER, OPT_CLOCK, OPT_PATIENCE,
    OPT_REFIT, OPT_PRESET,
    OPT_CHECKPOINT, OPT_EVERY, OPT_RESUME, OPT_LOG, OPT_SHARE, OPT_STAGE2, OPT_WATCH
};

static const struct avo_opt options[] = {
    {OPT_PRESET, "preset", "NAME", "default, paper or reference [default]"},
    {OPT_INIT, "init", "MODEL", "start from this model"},
    {OPT_TRAIN, "train", "WHAT", "all, genome, celltypes or assays [all]"},
    {OPT_WARM, "warm", NULL, "with --init and --train all: start from its values"},
    {OPT_STAGE1, "stage1", "BED", "stage 1 there, then the genome factors of all"},
    {OPT_VALID, "valid", "C:ASSAY", "watch this track (repeatable)"},
    {OPT_TEST, "test", "C:ASSAY", "withhold this track, unwatched (repeatable)"},
    {OPT_WATCH, "watch", "N", "watch N training tracks, chosen by the seed"},
    {OPT_FOLDS, "folds", "K", "split the tracks into K seeded parts ..."},
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

static int one_of(const char *s, const char *const *names, const char *option, int *to,
                  struct avo_error *err)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(names[i], s)) {
            *to = i;
            return 0;
        }
    return avo_error_set(err, "%s: unknown value \"%s\"", option, s);
}

static int add_name(const char ***list, size_t *n, const char *name, struct avo_error *err)
{
    size_t cap = *n;
    if (avo_grow(list, &cap, *n + 1, sizeof **list, "names", err))
        return -1;
    (*list)[(*n)++] = name;
    return 0;
}

static const char *option_name(int id)
{
    for (int i = 0; options[i].id; i++)
        if (options[i].id == id)
            return options[i].name;
    return "";
}

static int set_number(struct job *j, int id, const char *arg, struct avo_error *err)
{
    uint32_t *to = id == OPT_FOLDS ? &j->roles_of.folds
                 : id == OPT_FOLD ? &j->roles_of.fold : &j->roles_of.watch;
    int64_t n = 0;
    if (id == OPT_EVERY)
        return avo_parse_int(arg, 1, 1000000000, "--every", &j->every, err);
    if (id == OPT_SHARE)
        return avo_parse_double(arg, 1e-6, 1, "--valid-share", &j->valid_share, err);
    if (avo_parse_int(arg, id == OPT_FOLDS ? 2 : 0, 1000000, option_name(id), &n, err))
        return -1;
    *to = (uint32_t)n;
    return 0;
}

static int set_option(void *user, int id, const char *arg, struct avo_error *err)
{
    struct job *j = user;
    int n = 0;
    if (avo_choices_set(&j->choices, option_name(id), arg, &n, err))
        return n;
    switch (id) {
    case OPT_INIT:       j->init = arg; return 0;
    case OPT_STAGE1:     j->stage1_bed = arg; return 0;
    case OPT_CHECKPOINT: j->checkpoint = arg; return 0;
    case OPT_LOG:        j->log_path = arg; return 0;
    case OPT_WARM:       j->warm = true; return 0;
    case OPT_REFIT:      j->refit = true; return 0;
    case OPT_RESUME:     j->resume = true; return 0;
    case OPT_VALID:      return add_name(&j->roles_of.valid, &j->roles_of.n_valid, arg, err);
    case OPT_TEST:       return add_name(&j->roles_of.test, &j->roles_of.n_test, arg, err);
    case OPT_TRAIN:
        if (one_of(arg, what_names, "--train", &n, err))
            return -1;
        j->what = (enum what)n;
        return 0;
    default:
        return set_number(j, id, arg, err);
    }
}

static const struct avo_cli cli_template = {
    .program = "avo-train",
    .synopsis = "[options] [signal.avo ...]",
    .purpose = "Learns cell-type, assay and genome factors and the network that joins them.",
    .example = "bw2tensor -R pilot.bed tracks.tsv | avo-train -o pilot.model.avo",
    .common = AVO_OPT_OUTPUT | AVO_OPT_THREADS | AVO_OPT_COMPUTE | AVO_OPT_SEED |
              AVO_OPT_PROVENANCE | AVO_OPT_BED,
    .opts = options,
    .set = set_option,
    .reads = (const int[]){OPT_INIT, OPT_STAGE1, 0},
    .writes = (const int[]){OPT_CHECKPOINT, OPT_LOG, 0}};

static int usage_error(struct avo_error *err, const char *text)
{
    return avo_error_status(err, AVO_EXIT_USAGE, "%s", text);
}

static int check_options(struct job *j, struct avo_error *err)
{
    if (j->what != TRAIN_ALL && !j->init)
        return usage_error(err, "--train genome, celltypes and assays need --init MODEL");
    if (j->init && j->what == TRAIN_ALL && !j->warm)
        return usage_error(err, "--init with --train all needs --warm (start from its values)");
    if (j->warm && !j->init)
        return usage_error(err, "--warm needs --init MODEL");
    if (j->what != TRAIN_ALL && (j->stage1_bed || j->refit || j->warm))
        return usage_error(err, "--stage1, --refit and --warm go with --train all");
    if (j->warm && j->refit)
        return usage_error(err, "--refit starts anew: not with --warm");
    if (j->roles_of.folds && j->roles_of.fold >= j->roles_of.folds)
        return usage_error(err, "--fold: want 0 to K-1 of --folds K");
    if (j->resume && !j->checkpoint)
        return usage_error(err, "--resume needs --checkpoint FILE");
    if (j->stage1_bed && (!j->n_inputs || !strcmp(j->inputs[0], "-")))
        return usage_error(err, "--stage1 reads its input twice: give a file, not stdin");
    if (j->checkpoint && j->what != TRAIN_ALL && j->what != TRAIN_GENOME)
        return usage_error(err, "--checkpoint goes with --train all or genome");
    if (j->what == TRAIN_GENOME && j->checkpoint && !j->common.output)
        return usage_error(err, "--checkpoint with --train genome needs -o FILE");
    if (j->common.seed > UINT32_MAX)
        return usage_error(err, "--seed: want at most 4294967295");
    j->roles_of.seed = j->choices.seed = j->common.seed;
    return 0;
}

/* ---- reports ---- */

static void report(void *user, const struct avo_epoch_report *r)
{
    struct job *j = user;
    char valid[32] = "NA";
    if (!isnan(r->valid_mse))
        snprintf(valid, sizeof valid, "%.6f", r->valid_mse);
    avo_train_log_row(&j->files.log, r);
    snprintf(j->progress.text, sizeof j->progress.text, "%s %" PRId64 ": train %.4f, watched %s",
             r->phase, r->epoch, r->train_mse, valid);
    avo_detail("%s epoch %" PRId64 ": training error %.6f, watched %s%s", r->phase, r->epoch,
               r->train_mse, valid, r->best ? " (best)" : "");
}

static void progress(void *user, uint64_t done, uint64_t total)
{
    struct job *j = user;
    if (total)
        j->progress.total = total;
    avo_progress_update(&j->progress, done);
}

static int checkpoint(void *user, struct avo_error *err)
{
    struct job *j = user;
    if (!j->checkpoint)
        return 0;
    return avo_checkpoint_write(j->checkpoint, &j->all.one, j->input_digest, err);
}

static void note(void *user, const char *text)
{
    (void)user;
    avo_note("%s", text);
}

/* A card's memory plan. */
static void tell_plan(void *user, const char *text)
{
    (void)user;
    avo_detail("%s", text);
}

static int begins(void *user, const char *phase, int64_t epoch, struct avo_error *err)
{
    return avo_train_log_cut(&((struct job *)user)->files.log, phase, epoch, err);
}

static void name_tracks(const struct job *j, enum avo_role role, const char *what)
{
    const struct avo_header *h = avo_join_header(j->in);
    for (size_t i = 0; i < h->n_tracks; i++)
        if (j->roles.role[i] == role)
            avo_note("%s: %s:%s", what, h->tracks[i].celltype, h->tracks[i].assay);
}

/* ---- what a model is made with ---- */

static int add_provenance(struct job *j, struct avo_error *err)
{
    const struct avo_hyper *y = &j->model.hyper;
    if (j->common.no_provenance) {
        for (size_t i = 0; i < j->model.header.n_provenance; i++)
            free(j->model.header.provenance[i]);
        j->model.header.n_provenance = 0;
        return 0;
    }
    char roles[33];     /* a model's header does not tell those that stage 2 was given anew */
    avo_roles_digest(avo_join_header(j->in), j->roles.role, false, roles);
    char *text = avo_asprintf(err,
                              "train:%s\tpreset:%s\tseed:%" PRIu64 "\tbackend:%s\tprecision:%s\t"
                              "lr:%g\tdropout:%g\tbatch:%" PRId64 "\tepochs:%" PRId64 "\troles:%s",
                              what_names[j->what], y->preset, y->seed, j->on.name,
                              avo_precision_name(j->on.device.precision), y->lr, y->dropout,
                              y->batch, j->what == TRAIN_ALL ? y->epochs : j->passes, roles);
    int rc = text ? avo_header_add_provenance(&j->model.header, "avo-train", text, err) : -1;
    free(text);
    return rc;
}

/* ---- stage 1 ---- */

static int prepare_all(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    size_t n_unseen;
    uint32_t n_train = 0;
    if (avo_setup_roles(&j->roles, h, &j->roles_of, NULL, &n_unseen, err))
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++)
        n_train += j->roles.role[i] == AVO_ROLE_TRAIN;
    if (avo_choices_apply(&j->choices, n_train, h, &j->p, err) ||
        avo_setup_model(&j->model, h, &j->roles, &j->p, err) ||
        avo_roles_index(&j->roles, h, &j->model, err) ||
        avo_setup_check_memory(&j->model, h, j->roles.valid.n > 0, err))
        return -1;
    name_tracks(j, AVO_ROLE_VALID, "watched");
    name_tracks(j, AVO_ROLE_TEST, "withheld");
    return j->warm ? avo_setup_warm(&j->model, j->init, err) : 0;
}

/* partial: the name that the output has until it is whole, or NULL (a temporary one). */
static struct avo_writer *begin_output(struct job *j, const char *partial, struct avo_error *err)
{
    struct avo_writer *w =
        partial ? avo_writer_open_kept(j->common.output, partial, &j->model.header, err)
                : avo_writer_open(j->common.output, &j->model.header, false,
                                  "-o FILE, or a pipe into avo-impute", err);
    if (w && avo_model_write(w, &j->model, err)) {
        avo_writer_free(w);
        w = NULL;
    }
    return w;
}

static int finish_output(struct job *j, struct avo_writer *w, struct avo_error *err)
{
    return avo_join_copy_notes(j->in, w, err) || avo_writer_finish(w, err) ? -1 : 0;
}

static int stage1_input(struct job *j, struct avo_error *err)
{
    if (!j->stage1_bed)
        return 0;
    struct avo_extent *e = NULL;
    size_t n = 0;
    char *notes = NULL;
    struct avo_region_ask ask = {NULL, j->stage1_bed, {j->common.strict, &notes}};
    int rc = avo_regions_select(avo_join_header(j->in), &ask, &e, &n, err);
    avo_note_lines(notes);
    free(notes);
    if (!rc)
        rc = avo_join_select(j->in, e, n, err);
    free(e);
    return rc;
}

/* ---- stage 2, streamed ---- */

static int prepare_genome(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    struct avo_preset asked;
    size_t n_unseen;
    if (!j->model.net && avo_setup_read_core(&j->model, j->init, err))
        return -1;
    if (avo_choices_apply(&j->choices, 0, h, &asked, err))
        return -1;
    if (avo_choices_given(&j->choices, "epochs") && !j->stage1_bed)
        j->passes = asked.max_epochs;
    if (avo_choices_given(&j->choices, "dropout"))
        j->model.hyper.dropout = asked.hyper.dropout;
    avo_roles_release(&j->roles);
    if (avo_setup_rebase(&j->model, h, err) ||
        avo_setup_roles(&j->roles, h, &j->roles_of, &j->model.header, &n_unseen, err) ||
        avo_roles_index(&j->roles, h, &j->model, err) ||
        avo_setup_record_tracks(&j->model, h, &j->roles, err))
        return -1;
    if (n_unseen)
        avo_note("%zu track%s that the model has not seen", n_unseen, n_unseen > 1 ? "s" : "");
    if (!j->roles.train.n)
        return avo_error_set(err, "no training track in the input");
    if (j->passes < 0) {
        j->passes = j->model.hyper.stage2_epochs;
        avo_note("%" PRId64 " passes, as the model records for stage 2", j->passes);
    }
    if (j->passes < 1)
        return avo_error_set(err, "the model records no number of passes: give --epochs");
    return 0;
}

static void tell_errors(const struct avo_stream2 *s)
{
    if (s->train.n_used)
        avo_note("training error of the last pass %.4f", avo_loss_mse(&s->train));
    if (s->watched.n_used)
        avo_note("error of the watched tracks %.4f", avo_loss_mse(&s->watched));
}

static int train_genome(struct job *j, struct avo_error *err)
{
    if (prepare_genome(j, err) || add_provenance(j, err))
        return -1;
    const struct avo_header *h = avo_join_header(j->in);
    struct avo_stream2 s = {.model = &j->model, .axis = &j->axis, .in = j->in,
                            .monitor = &j->monitor};
    s.two = (struct avo_stage2){.model = &j->model, .roles = &j->roles, .ops = j->on.ops,
                                .pool = j->pool, .device = j->on.device, .epochs = j->passes,
                                .dropout = j->model.hyper.dropout,
                                .stop = j->stop};
    avo_axis_init(&j->axis, &j->model, AVO_F16, (uint32_t)h->n_tracks);
    int rc = avo_stage2_open(&s.two, err);
    if (!rc && j->checkpoint)
        rc = (s.earlier = avo_earlier_begin(j->common.output, &j->model.header, j->resume,
                                            &j->monitor, err)) ? 0 : -1;
    if (!rc)
        rc = (s.w = begin_output(j, s.earlier ? avo_earlier_partial(s.earlier) : NULL, err)) ? 0
                                                                                             : -1;
    avo_progress_start(&j->progress, "bins", avo_extents_bins(h->extents, h->n_extents));
    if (!rc)
        rc = avo_stream2_run(&s, err);
    avo_progress_end(&j->progress);
    if (!rc)
        rc = finish_output(j, s.w, err);
    if (!rc)
        tell_errors(&s);
    avo_writer_free(s.w);
    avo_earlier_free(s.earlier);
    avo_stage2_close(&s.two);
    return rc;
}

/* ---- everything ---- */

/* --stage1: the trained network meets the whole input, a tile at a time. */
static int then_genome(struct job *j, struct avo_error *err)
{
    avo_join_close(j->in);
    avo_axis_release(&j->axis);
    j->in = avo_join_open(j->inputs, j->n_inputs, err);
    return j->in ? train_genome(j, err) : -1;
}

static int fit_all(struct job *j, struct avo_error *err)
{
    j->all = (struct avo_stage1_all){
        .model = &j->model, .axis = &j->axis, .roles = &j->roles,
        .signal = avo_join_header(j->in), .ops = j->on.ops, .pool = j->pool,
        .device = j->on.device, .monitor = &j->monitor, .max_epochs = j->p.max_epochs,
        .patience = j->p.patience, .every = j->every, .valid_share = j->valid_share,
        .warm = j->warm, .refit = j->refit, .resume = j->resume,
        .rehearse = !avo_choices_given(&j->choices, "stage2-epochs"),
        .checkpoint = j->checkpoint, .input = j->input_digest};
    avo_progress_start(&j->progress, "samples", 0);
    int rc = avo_stage1_all(&j->all, err);
    avo_progress_end(&j->progress);
    return rc;
}

static int train_all(struct job *j, struct avo_error *err)
{
    if (stage1_input(j, err) || prepare_all(j, err))
        return -1;
    avo_axis_init(&j->axis, &j->model, AVO_F16, (uint32_t)avo_join_header(j->in)->n_tracks);
    if (avo_setup_load(&j->axis, j->in, err))
        return -1;
    if (!avo_choices_given(&j->choices, "batch"))
        avo_preset_batch(&j->model.hyper, j->axis.n_bins);
    avo_setup_digest(&j->axis, j->input_digest);
    avo_fit_ranges(&j->model, &j->axis, &j->roles, 0);
    int rc = fit_all(j, err);
    if (rc)
        return rc;
    avo_model_identify(&j->model);
    if (j->stage1_bed)
        return then_genome(j, err);
    struct avo_writer *w = add_provenance(j, err) ? NULL : begin_output(j, NULL, err);
    rc = w && !avo_axis_write_genome(&j->axis, &j->model, j->all.one.snap, w, err) &&
                 !finish_output(j, w, err) ? 0 : -1;
    avo_writer_free(w);
    return rc;
}

/* ---- transfer ---- */

static void tell_transfer(const struct job *j, uint32_t first_cell, uint32_t first_assay,
                          uint32_t left_out, uint64_t outside)
{
    for (uint32_t i = first_cell; i < j->model.n_celltypes; i++)
        avo_note("new cell type: %s", j->model.celltypes[i]);
    for (uint32_t i = first_assay; i < j->model.n_assays; i++)
        avo_note("new assay: %s", j->model.assays[i]);
    if (left_out)
        avo_note("%u track%s of known rows left out", left_out, left_out > 1 ? "s" : "");
    if (outside)
        avo_note("%" PRIu64 " bins without genome factors left out", outside);
}

static int train_rows(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    struct avo_preset p;
    size_t n_unseen;
    uint32_t left_out;
    uint64_t outside;
    if (avo_transfer_load(&j->model, &j->axis, j->init, j->in, &outside, err) ||
        avo_choices_apply(&j->choices, 0, h, &p, err))
        return -1;
    j->passes = avo_choices_given(&j->choices, "epochs") ? p.max_epochs : p.transfer_epochs;
    struct avo_transfer t = {.model = &j->model, .axis = &j->axis, .roles = &j->roles,
                             .first_celltype = j->model.n_celltypes,
                             .first_assay = j->model.n_assays, .ops = j->on.ops, .pool = j->pool,
                             .device = j->on.device, .monitor = &j->monitor, .epochs = j->passes};
    if (avo_setup_rebase(&j->model, h, err) ||
        avo_setup_roles(&j->roles, h, &j->roles_of, NULL, &n_unseen, err) ||
        avo_transfer_rows(&j->model, h, &j->roles, j->what == TRAIN_CELLTYPES, &left_out, err) ||
        avo_roles_index(&j->roles, h, &j->model, err) ||
        avo_setup_record_tracks(&j->model, h, &j->roles, err))
        return -1;
    tell_transfer(j, t.first_celltype, t.first_assay, left_out, outside);
    avo_fit_ranges(&j->model, &j->axis, &j->roles, t.first_assay);
    int rc = avo_transfer_run(&t, err);
    if (rc)
        return rc;
    struct avo_writer *w = add_provenance(j, err) ? NULL : begin_output(j, NULL, err);
    rc = w ? finish_output(j, w, err) : -1;
    avo_writer_free(w);
    return rc;
}

/* ---- the program ---- */

static int run(struct job *j, struct avo_error *err)
{
    if (avo_backend_choose(j->common.device, j->common.precision, &j->on, err) ||
        avo_train_files_open(&j->files, err))
        return -1;
    if (j->files.unsafe)
        avo_note("no locks on this file system: let no other run write these files");
    j->on.device.note = tell_plan;
    if (j->checkpoint)
        j->stop = avo_signals_stop();   /* else there is nothing to save: die as any filter does */
    j->monitor = (struct avo_monitor){report, progress, j->stop, checkpoint, note, begins,
                                      j};
    j->pool = avo_pool_new(j->common.n_threads, err);
    j->in = j->pool ? avo_join_open(j->inputs, j->n_inputs, err) : NULL;
    if (!j->in)
        return -1;
    if (avo_join_header(j->in)->content != AVO_CONTENT_SIGNAL)
        return avo_error_set(err, "the input is not SIGNAL (a model?)");
    (j->on.fell_back ? avo_note : avo_detail)("device: %s (%s)", j->on.name, j->on.why);
    if (j->what == TRAIN_ALL)
        return train_all(j, err);
    return j->what == TRAIN_GENOME ? train_genome(j, err) : train_rows(j, err);
}

static void release(struct job *j)
{
    avo_stage1_release(&j->all.one);
    avo_axis_release(&j->axis);
    avo_model_release(&j->model);
    avo_roles_release(&j->roles);
    avo_join_close(j->in);
    avo_pool_free(j->pool);
    free(j->roles_of.valid);
    free(j->roles_of.test);
}

int main(int argc, char **argv)
{
    struct avo_error err = {0}, late = {0};
    struct job j = {.valid_share = 0.1, .every = 1, .passes = -1};
    struct avo_cli cli = cli_template;
    int first = 0;
    cli.user = &j;
    avo_log_init(cli.program);
    if (avo_cli_parse(&cli, &j.common, argc, argv, &first, &err))
        return avo_die(&err);
    j.inputs = argv + first;
    j.n_inputs = (size_t)(argc - first);
    if (!j.n_inputs && isatty(STDIN_FILENO))
        return avo_cli_short_usage(&cli);
    avo_io_guard_stdout();
    int rc = check_options(&j, &err);
    j.files = (struct avo_train_files){.output = j.common.output, .checkpoint = j.checkpoint,
                                       .log_path = j.log_path, .resume = j.resume};
    if (!rc)
        rc = run(&j, &err);
    if (avo_train_files_close(&j.files, rc < 0 ? &late : &err))
        rc = -1;
    release(&j);
    int status = rc < 0 ? avo_die(&err) : 0;
    if (avo_signals_stopped())
        avo_signals_die(avo_signals_stopped());
    return status;
}
