/* SPDX-License-Identifier: MIT */
/* avo-train.c: SIGNAL streams in, a model out: stage 1, streamed stage 2, transfer. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/log.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/region.h"
#include "libcommon/model/setup.h"

enum what { TRAIN_ALL, TRAIN_GENOME, TRAIN_CELLTYPES, TRAIN_ASSAYS };
static const char *const what_names[] = {"all", "genome", "celltypes", "assays", NULL};

struct job {
    struct avo_common common;
    const char *init, *stage1_bed, *checkpoint, *log_path, *preset, *hidden, *factors;
    enum what what;
    bool warm, resume, refit;
    struct avo_role_choice roles_of;
    /* options that change a preset's value; NAN or -1: not given */
    double lr, dropout, decay, network_decay, init_range, valid_share;
    int64_t epochs, batch, patience, every, stage2_epochs;
    int schedule, order, clock;
    /* what is open */
    char **inputs;
    size_t n_inputs;
    const struct avo_backend_ops *ops;
    int device;
    struct avo_pool *pool;
    struct avo_join *in;
    struct avo_preset p;
    struct avo_roles roles;
    struct avo_model model;
    struct avo_axis axis;
    struct avo_stage1 one;
    struct avo_monitor monitor;
    struct avo_progress progress;
    FILE *log;
    char input_digest[33];
};

static volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
    stop_signal = sig;
}

/* ---- options ---- */

enum {
    OPT_INIT = 256, OPT_TRAIN, OPT_WARM, OPT_STAGE1, OPT_VALID, OPT_TEST, OPT_FOLDS, OPT_FOLD,
    OPT_EPOCHS, OPT_BATCH, OPT_LR, OPT_DROPOUT, OPT_DECAY, OPT_NET_DECAY, OPT_RANGE, OPT_SCHEDULE,
    OPT_HIDDEN, OPT_FACTORS, OPT_ORDER, OPT_CLOCK, OPT_PATIENCE, OPT_REFIT, OPT_PRESET,
    OPT_CHECKPOINT, OPT_EVERY, OPT_RESUME, OPT_LOG, OPT_SHARE, OPT_STAGE2
};

static const struct avo_opt options[] = {
    {OPT_PRESET, "preset", "NAME", "default, paper or reference [default]"},
    {OPT_INIT, "init", "MODEL", "start from this model"},
    {OPT_TRAIN, "train", "WHAT", "all, genome, celltypes or assays [all]"},
    {OPT_WARM, "warm", NULL, "with --init and --train all: start from its values"},
    {OPT_STAGE1, "stage1", "BED", "stage 1 there, then the genome factors of all"},
    {OPT_VALID, "valid", "C:ASSAY", "watch this track (repeatable)"},
    {OPT_TEST, "test", "C:ASSAY", "withhold this track, unwatched (repeatable)"},
    {OPT_FOLDS, "folds", "K", "split the tracks into K seeded parts ..."},
    {OPT_FOLD, "fold", "k", "... and withhold part k (0 to K-1)"},
    {OPT_EPOCHS, "epochs", "N", "passes over the data (at most, with watched tracks)"},
    {OPT_STAGE2, "stage2-epochs", "N", "passes that stage 2 will make"},
    {OPT_BATCH, "batch", "B", "samples a step"},
    {OPT_LR, "lr", "X", "Adam's rate"},
    {OPT_SCHEDULE, "schedule", "NAME", "of the rate: constant, linear or cosine"},
    {OPT_DROPOUT, "dropout", "X", "share of hidden units dropped in training"},
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

static int set_number(struct job *j, int id, const char *arg, struct avo_error *err)
{
    const int64_t most = 1000000000;
    int64_t n = 0;
    switch (id) {
    case OPT_EPOCHS:    return avo_parse_int(arg, 1, 1000000, "--epochs", &j->epochs, err);
    case OPT_STAGE2:
        return avo_parse_int(arg, 1, 1000000, "--stage2-epochs", &j->stage2_epochs, err);
    case OPT_BATCH:     return avo_parse_int(arg, 1, 100000000, "--batch", &j->batch, err);
    case OPT_PATIENCE:  return avo_parse_int(arg, 0, most, "--patience", &j->patience, err);
    case OPT_EVERY:     return avo_parse_int(arg, 1, most, "--every", &j->every, err);
    case OPT_LR:        return avo_parse_double(arg, 1e-12, 10, "--lr", &j->lr, err);
    case OPT_DROPOUT:   return avo_parse_double(arg, 0, 0.95, "--dropout", &j->dropout, err);
    case OPT_DECAY:     return avo_parse_double(arg, 0, 10, "--decay", &j->decay, err);
    case OPT_NET_DECAY:
        return avo_parse_double(arg, 0, 10, "--network-decay", &j->network_decay, err);
    case OPT_RANGE:     return avo_parse_double(arg, 0, 10, "--init-range", &j->init_range, err);
    case OPT_SHARE:     return avo_parse_double(arg, 1e-6, 1, "--valid-share", &j->valid_share, err);
    case OPT_FOLDS:
        if (avo_parse_int(arg, 2, 1000000, "--folds", &n, err))
            return -1;
        j->roles_of.folds = (uint32_t)n;
        return 0;
    default:
        if (avo_parse_int(arg, 0, 1000000, "--fold", &n, err))
            return -1;
        j->roles_of.fold = (uint32_t)n;
        return 0;
    }
}

static int set_option(void *user, int id, const char *arg, struct avo_error *err)
{
    static const char *const schedules[] = {"constant", "linear", "cosine", NULL};
    static const char *const orders[] = {"sequential", "permuted", "random", NULL};
    static const char *const clocks[] = {"stage1", "chromosome", NULL};
    struct job *j = user;
    int n = 0;
    switch (id) {
    case OPT_PRESET:     j->preset = arg; return 0;
    case OPT_INIT:       j->init = arg; return 0;
    case OPT_STAGE1:     j->stage1_bed = arg; return 0;
    case OPT_HIDDEN:     j->hidden = arg; return 0;
    case OPT_FACTORS:    j->factors = arg; return 0;
    case OPT_CHECKPOINT: j->checkpoint = arg; return 0;
    case OPT_LOG:        j->log_path = arg; return 0;
    case OPT_WARM:       j->warm = true; return 0;
    case OPT_REFIT:      j->refit = true; return 0;
    case OPT_RESUME:     j->resume = true; return 0;
    case OPT_VALID:      return add_name(&j->roles_of.valid, &j->roles_of.n_valid, arg, err);
    case OPT_TEST:       return add_name(&j->roles_of.test, &j->roles_of.n_test, arg, err);
    case OPT_SCHEDULE:   return one_of(arg, schedules, "--schedule", &j->schedule, err);
    case OPT_ORDER:      return one_of(arg, orders, "--order", &j->order, err);
    case OPT_CLOCK:      return one_of(arg, clocks, "--clock", &j->clock, err);
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
              AVO_OPT_PROVENANCE,
    .opts = options,
    .set = set_option};

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
    if (strcmp(j->common.precision, "auto") && strcmp(j->common.precision, "f32"))
        return usage_error(err, "--precision: this build computes in f32 only");
    if (j->common.seed > UINT32_MAX)
        return usage_error(err, "--seed: want at most 4294967295");
    j->roles_of.seed = j->common.seed;
    return 0;
}

/* ---- reports ---- */

static void report(void *user, const struct avo_epoch_report *r)
{
    struct job *j = user;
    char valid[32] = "NA";
    if (!isnan(r->valid_mse))
        snprintf(valid, sizeof valid, "%.6f", r->valid_mse);
    if (j->log) {
        fprintf(j->log, "%s\t%" PRId64 "\t%.6f\t%s\t%d\t%" PRIu64 "\t%" PRIu64 "\n", r->phase,
                r->epoch, r->train_mse, valid, r->best, r->n_samples, r->n_skipped);
        fflush(j->log);
    }
    snprintf(j->progress.text, sizeof j->progress.text, "%s %" PRId64 ": train %.4f, watched %s",
             r->phase, r->epoch, r->train_mse, valid);
    avo_detail("%s epoch %" PRId64 ": training error %.6f, watched %s%s", r->phase, r->epoch,
               r->train_mse, valid, r->best ? " (best)" : "");
}

static void progress(void *user, uint64_t done, uint64_t total)
{
    struct job *j = user;
    j->progress.total = total;
    avo_progress_update(&j->progress, done);
}

static int checkpoint(void *user, struct avo_error *err)
{
    struct job *j = user;
    if (!j->checkpoint)
        return 0;
    return avo_checkpoint_write(j->checkpoint, &j->one, j->input_digest, err);
}

static int open_log(struct job *j, struct avo_error *err)
{
    if (!j->log_path)
        return 0;
    j->log = fopen(j->log_path, j->resume ? "a" : "w");
    if (!j->log)
        return avo_error_sys(err, errno, "%s", j->log_path);
    if (fseek(j->log, 0, SEEK_END) || ftell(j->log) <= 0)
        fprintf(j->log, "phase\tepoch\ttrain_mse\tvalid_mse\tbest\tsamples\tskipped\n");
    return 0;
}

static void name_tracks(const struct job *j, enum avo_role role, const char *what)
{
    const struct avo_header *h = avo_join_header(j->in);
    for (size_t i = 0; i < h->n_tracks; i++)
        if (j->roles.role[i] == role)
            avo_note("%s: %s:%s", what, h->tracks[i].celltype, h->tracks[i].assay);
}

/* ---- what a model is made with ---- */

static int apply_options(struct job *j, const struct avo_header *h, uint32_t n_train,
                         struct avo_error *err)
{
    struct avo_preset *p = &j->p;
    if (avo_preset_get(j->preset, n_train, h, p, err))
        return -1;
    struct avo_hyper *y = &p->hyper;
    y->seed = j->common.seed;
    y->lr = isnan(j->lr) ? y->lr : j->lr;
    y->dropout = isnan(j->dropout) ? y->dropout : j->dropout;
    y->decay = isnan(j->decay) ? y->decay : j->decay;
    y->network_decay = isnan(j->network_decay) ? y->network_decay : j->network_decay;
    y->init_range = isnan(j->init_range) ? y->init_range : j->init_range;
    y->batch = j->batch < 0 ? y->batch : j->batch;
    y->stage2_epochs = j->stage2_epochs < 0 ? y->stage2_epochs : j->stage2_epochs;
    y->schedule = j->schedule < 0 ? y->schedule : (enum avo_schedule)j->schedule;
    y->order = j->order < 0 ? y->order : (enum avo_order)j->order;
    y->clock = j->clock < 0 ? y->clock : (enum avo_clock_kind)j->clock;
    y->wrap = y->wrap && y->order == AVO_ORDER_SEQUENTIAL;
    p->max_epochs = j->epochs < 0 ? p->max_epochs : j->epochs;
    p->patience = j->patience < 0 ? p->patience : j->patience;
    if (j->hidden && avo_shape_hidden(&p->shape, j->hidden, err))
        return -1;
    return j->factors ? avo_shape_factors(&p->shape, j->factors, h, err) : 0;
}

static int add_provenance(struct job *j, struct avo_error *err)
{
    const struct avo_hyper *y = &j->model.hyper;
    if (j->common.no_provenance) {
        for (size_t i = 0; i < j->model.header.n_provenance; i++)
            free(j->model.header.provenance[i]);
        j->model.header.n_provenance = 0;
        return 0;
    }
    char *text = avo_asprintf(err,
                              "train:%s\tpreset:%s\tseed:%" PRIu64 "\tbackend:%s\tprecision:f32\t"
                              "lr:%g\tdropout:%g\tbatch:%" PRId64 "\tepochs:%" PRId64,
                              what_names[j->what], y->preset, y->seed,
                              avo_backend_provenance(j->ops), y->lr, y->dropout, y->batch,
                              j->what == TRAIN_ALL ? y->epochs : j->epochs);
    int rc = text ? avo_header_add_provenance(&j->model.header, "avo-train", text, err) : -1;
    free(text);
    return rc;
}

/* ---- stage 1 ---- */

static int check_memory(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    uint64_t n = avo_extents_bins(h->extents, h->n_extents), have = avo_setup_memory();
    uint64_t need = avo_setup_bytes(&j->model, n, h->n_tracks, AVO_F16, j->roles.valid.n > 0);
    avo_detail("plan: at most %" PRIu64 " bins, %zu tracks, %" PRIu64 " MB in memory", n,
               h->n_tracks, need >> 20);
    if (!have || need <= have)
        return 0;
    avo_error_set(err, "training everything needs %" PRIu64 " MB for %" PRIu64
                  " bins, this machine has %" PRIu64 " MB", need >> 20, n, have >> 20);
    return avo_error_hint(err, "stage 1 on some regions (--stage1 BED, or bw2tensor -R), then "
                          "--init MODEL --train genome");
}

static int run_stage1(struct job *j, const char *phase, int64_t epochs, struct avo_error *err)
{
    struct avo_stage1 *s = &j->one;
    *s = (struct avo_stage1){.model = &j->model, .axis = &j->axis, .roles = &j->roles,
                             .ops = j->ops, .pool = j->pool, .device = j->device,
                             .monitor = &j->monitor, .max_epochs = epochs,
                             .patience = j->p.patience, .valid_share = j->valid_share,
                             .checkpoint_every = j->every, .phase = phase};
    if (avo_axis_make_rows(&j->axis, true, err))
        return -1;
    if (!j->warm)
        avo_model_init_values(&j->model);
    avo_axis_init_values(&j->axis, &j->model);
    if (avo_stage1_init(s, err))
        return -1;
    if (j->resume && access(j->checkpoint, F_OK) == 0) {
        if (avo_checkpoint_read(j->checkpoint, s, err))
            return -1;
        avo_note("resuming %s at epoch %" PRId64 ", batch %" PRId64, phase, s->epoch + 1,
                 s->step_in_epoch + 1);
    }
    j->resume = false;
    avo_progress_start(&j->progress, "samples", (uint64_t)epochs * j->axis.n_bins);
    int rc = avo_stage1_run(s, err);
    avo_progress_end(&j->progress);
    return rc;
}

/* The phase that a checkpoint was in, after checking that it is of this run. */
static int peek(struct job *j, struct avo_checkpoint *c, struct avo_error *err)
{
    *c = (struct avo_checkpoint){.phase = "stage1"};
    if (!j->resume || access(j->checkpoint, F_OK))
        return 0;
    if (avo_checkpoint_peek(j->checkpoint, c, err))
        return -1;
    const struct avo_hyper *a = &c->hyper, *b = &j->model.hyper;
    if (strcmp(c->input, j->input_digest))
        return avo_error_set(err, "%s: the checkpoint is of another input", j->checkpoint);
    if (a->seed != b->seed || a->batch != b->batch || a->order != b->order || a->wrap != b->wrap ||
        a->lr != b->lr || a->dropout != b->dropout || a->decay != b->decay ||
        a->network_decay != b->network_decay || a->schedule != b->schedule ||
        a->init_range != b->init_range)
        return avo_error_set(err, "%s: the checkpoint is of a run with other options",
                             j->checkpoint);
    return 0;
}

/* Trains on the watched tracks too, from the start, for the epochs that served them best. */
static int refit(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    for (size_t i = 0; i < h->n_tracks; i++) {
        if (j->roles.role[i] != AVO_ROLE_VALID)
            continue;
        j->roles.role[i] = AVO_ROLE_TRAIN;
        int t = avo_header_find_track(&j->model.header, h->tracks[i].celltype, h->tracks[i].assay);
        j->model.header.tracks[t].role = AVO_ROLE_TRAIN;
    }
    if (avo_roles_index(&j->roles, h, &j->model, err))
        return -1;
    avo_fit_ranges(&j->model, &j->axis, &j->roles);
    avo_stage1_release(&j->one);
    return run_stage1(j, "refit", j->model.hyper.epochs, err);
}

static int fit_all(struct job *j, struct avo_error *err)
{
    struct avo_checkpoint c;
    bool watched = j->roles.valid.n > 0;
    int rc = 0;
    if (peek(j, &c, err))
        return -1;
    if (!watched)
        avo_note("no watched tracks: %" PRId64 " epochs, a number fixed beforehand",
                 j->p.max_epochs);
    if (strcmp(c.phase, "refit")) {
        rc = run_stage1(j, "stage1", j->p.max_epochs, err);
        if (!rc && watched && j->stage2_epochs < 0)
            rc = avo_stage1_rehearse(&j->one, err);
    } else {
        j->model.hyper.epochs = c.hyper.epochs;
        j->model.hyper.stage2_epochs = c.hyper.stage2_epochs;
    }
    if (rc || !watched || !j->refit)
        return rc;
    avo_note("best epoch %" PRId64 "; training on all tracks for as many", j->model.hyper.epochs);
    return refit(j, err);
}

/* The model that --init names, CORE only. */
static int read_init(struct job *j, struct avo_model *m, struct avo_error *err)
{
    struct avo_head head;
    int more;
    struct avo_reader *r = avo_reader_open(j->init, err);
    int rc = r ? avo_model_read(m, r, &head, &more, err) : -1;
    avo_reader_close(r);
    return rc;
}

static int prepare_all(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    size_t n_unseen;
    uint32_t n_train = 0;
    if (avo_setup_roles(&j->roles, h, &j->roles_of, NULL, &n_unseen, err))
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++)
        n_train += j->roles.role[i] == AVO_ROLE_TRAIN;
    if (apply_options(j, h, n_train, err) ||
        avo_setup_model(&j->model, h, &j->roles, &j->p, err) ||
        avo_roles_index(&j->roles, h, &j->model, err) || check_memory(j, err))
        return -1;
    name_tracks(j, AVO_ROLE_VALID, "watched");
    name_tracks(j, AVO_ROLE_TEST, "withheld");
    if (!j->warm)
        return 0;
    struct avo_model from;
    int rc = read_init(j, &from, err);
    if (!rc) {
        avo_model_init_values(&j->model);
        rc = avo_setup_warm(&j->model, &from, err);
        avo_model_release(&from);
    }
    return rc;
}

static struct avo_writer *begin_output(struct job *j, struct avo_error *err)
{
    struct avo_writer *w = NULL;
    if (!add_provenance(j, err))
        w = avo_writer_open(j->common.output, &j->model.header, false,
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
    int rc = avo_regions_select(avo_join_header(j->in), NULL, j->stage1_bed, &e, &n, err);
    if (!rc)
        rc = avo_join_select(j->in, e, n, err);
    free(e);
    return rc;
}

static int train_genome(struct job *j, struct avo_error *err);

/* --stage1: the trained network meets the whole input, a tile at a time. */
static int then_genome(struct job *j, struct avo_error *err)
{
    avo_join_close(j->in);
    avo_axis_release(&j->axis);
    j->in = avo_join_open(j->inputs, j->n_inputs, err);
    j->epochs = -1;
    return j->in ? train_genome(j, err) : -1;
}

static int train_all(struct job *j, struct avo_error *err)
{
    if (stage1_input(j, err) || prepare_all(j, err))
        return -1;
    avo_axis_init(&j->axis, &j->model, AVO_F16, (uint32_t)avo_join_header(j->in)->n_tracks);
    if (avo_setup_load(&j->axis, j->in, err))
        return -1;
    avo_setup_digest(&j->axis, j->input_digest);
    avo_fit_ranges(&j->model, &j->axis, &j->roles);
    int rc = fit_all(j, err);
    if (rc)
        return rc;
    avo_model_identify(&j->model);
    if (j->stage1_bed)
        return then_genome(j, err);
    struct avo_writer *w = begin_output(j, err);
    rc = w && !avo_axis_write_genome(&j->axis, &j->model, j->one.snap, w, err) &&
                 !finish_output(j, w, err) ? 0 : -1;
    avo_writer_free(w);
    return rc;
}
