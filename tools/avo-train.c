/* SPDX-License-Identifier: MIT */
/* avo-train.c: SIGNAL streams in, a model out: stage 1, streamed stage 2, transfer. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/log.h"
#include "libcommon/base/signals.h"
#include "libcommon/base/time_left.h"
#include "libcommon/fit/checkpoint.h"
#include "libcommon/fit/fit.h"
#include "libcommon/fit/observed.h"
#include "libcommon/fit/setup.h"
#include "libcommon/fit/standardize.h"
#include "libcommon/fit/stream2.h"
#include "libcommon/fit/train_files.h"
#include "libcommon/fit/train_options.h"
#include "libcommon/fit/train_provenance.h"
#include "libcommon/fit/transfer.h"
#include "libcommon/genome/region.h"

struct job {
    struct avo_train_options o;
    double t_start_sec;
    double train_mse;           /* of the last epoch; NAN: none was run */
    int64_t passes;             /* of stage 2 or transfer, -1 until known */
    /* what is open */
    char **inputs;
    size_t n_inputs;
    struct avo_chosen on;       /* device and precision */
    struct avo_pool *pool;
    struct avo_join *in;
    struct avo_preset p;
    struct avo_memory_plan plan;
    struct avo_roles roles;
    struct avo_model model;
    struct avo_positions positions;
    struct avo_signal signal;
    struct avo_genome_rows rows;
    struct avo_stage1_all all;
    struct avo_observed_fit observed;   /* in place of all: of that family */
    struct avo_monitor monitor;
    struct avo_progress progress;
    struct avo_time_left left;
    struct avo_train_files files;
    char input_digest[33];
    const atomic_int *stop;
};

static struct avo_binding binding(struct job *j)
{
    return (struct avo_binding){&j->positions, &j->signal, &j->rows};
}

/* Room for the bins of the input, and for their factors in the model. */
static void init_binding(struct job *j)
{
    j->signal = (struct avo_signal){.dtype = AVO_F16,
                                    .n_tracks = (uint32_t)avo_join_header(j->in)->n_tracks};
    avo_genome_rows_init(&j->rows, &j->model);
}

static void release_binding(struct job *j)
{
    avo_positions_release(&j->positions);
    avo_signal_release(&j->signal);
    avo_genome_rows_release(&j->rows);
}

/* ---- reports ---- */

static void report(void *user, const struct avo_epoch_report *r)
{
    struct job *j = user;
    char valid[32] = "NA";
    j->train_mse = strcmp(r->phase, "rehearsal") ? r->train_mse : j->train_mse;
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
    char left[32];
    if (total)
        j->progress.total = total;
    if (avo_time_left(&j->left, avo_now_sec(), done, j->progress.total, left, sizeof left))
        avo_note("about %s to go%s", left, j->roles.valid.n ? " unless it stops before" : "");
    avo_progress_update(&j->progress, done);
}

static int checkpoint(void *user, struct avo_error *err)
{
    struct job *j = user;
    if (!j->o.checkpoint)
        return 0;
    if (j->model.observed)
        return avo_observed_state_write(&j->observed, err);
    return avo_checkpoint_write(j->o.checkpoint, &j->all.one, j->input_digest, err);
}

static void note(void *user, const char *text)
{
    (void)user;
    avo_note("%s", text);
}

/* A model that has learned nothing is written all the same, but not without a word. */
static void warn_of_flat(const char *why)
{
    avo_warn("the model imputes one value at every position (%s)", why);
}

/* The last line of a run: what was reached, and how long it took. */
static void tell_end(const struct job *j, const char *stage, double train_mse, double watched_mse)
{
    char took[32], train[48] = "", watched[64] = "";
    avo_log_duration(avo_now_sec() - j->t_start_sec, took, sizeof took);
    if (!isnan(train_mse))
        snprintf(train, sizeof train, ", training error %.4f", train_mse);
    if (!isnan(watched_mse))
        snprintf(watched, sizeof watched, ", watched tracks %.4f", watched_mse);
    avo_note("%s done in %s%s%s", stage, took, train, watched);
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

static void warn(void *user, const char *text)
{
    (void)user;
    avo_warn("%s", text);
}

static const struct avo_tell tell = {note, warn, NULL};

/* The device that computes the model. */
static int settle_device(struct job *j, struct avo_error *err)
{
    const struct avo_backend_ops *before = j->on.ops;
    if (avo_backend_settle(&j->model, j->o.common.device, j->o.common.precision, &j->on, err))
        return -1;
    if (j->on.ops != before)
        avo_detail("device: %s (%s)", j->on.name, j->on.why);
    return 0;
}

static int add_provenance(struct job *j, struct avo_error *err)
{
    char roles[33];     /* a model's header does not tell those that stage 2 was given anew */
    avo_roles_digest(avo_join_header(j->in), j->roles.role, false, roles);
    return avo_train_provenance(&j->model, &j->o, &j->on, j->passes, roles, err);
}

/* ---- stage 1 ---- */

/* Refused before it begins where the bins can be counted; a pipe is, when it brings too many. */
static int plan_memory(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    uint64_t n_bins, max_bins = avo_extents_bins(h->extents, h->n_extents);
    j->plan = avo_memory_plan(&j->model, h->n_tracks, j->roles.valid.n > 0,
                              avo_pool_size(j->pool));
    if (j->o.what != AVO_TRAIN_ALL)
        j->plan.n_sample = 0;       /* nothing is learned from a sample */
    if (avo_memory_count_bins(j->inputs, j->n_inputs, h, &n_bins, err))
        return -1;
    if (n_bins != UINT64_MAX)
        return avo_memory_check(&j->plan, n_bins, false, err);
    if (avo_memory_check(&j->plan, max_bins, false, NULL))
        avo_note("all %" PRIu64 " bins that the input may have do not fit into memory; training "
                 "goes on unless more come than do", max_bins);
    return avo_memory_check(&j->plan, 0, true, err);
}

static int prepare_all(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    size_t n_unseen;
    uint32_t n_train = 0;
    if (avo_roles_choose(&j->roles, h, &j->o.roles, NULL, &n_unseen, err))
        return -1;
    if (avo_roles_tell_lost(&j->roles, h, NULL, &tell, err))
        return -1;
    avo_roles_tell(&j->roles, h, &tell);
    for (size_t i = 0; i < h->n_tracks; i++)
        n_train += j->roles.role[i] == AVO_ROLE_TRAIN;
    if (avo_choices_apply(&j->o.choices, n_train, h, &j->p, err) ||
        avo_setup_model(&j->model, h, &j->roles, &j->p, err) || settle_device(j, err) ||
        avo_roles_index(&j->roles, h, &j->model, err) || plan_memory(j, err))
        return -1;
    if (j->o.refit && !j->roles.valid.n)
        avo_warn("--refit: no track is watched, so there is nothing to train anew");
    return j->o.warm ? avo_setup_warm(&j->model, j->o.init.at, j->o.init.n, err) : 0;
}

/* partial: the name that the output has until it is whole, or NULL (a temporary one). */
static struct avo_writer *begin_output(struct job *j, const char *partial, struct avo_error *err)
{
    struct avo_writer *w =
        partial ? avo_writer_open_kept(j->o.common.output, partial, &j->model.header, err)
                : avo_writer_open(j->o.common.output, &j->model.header, false,
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
    if (!j->o.stage1_bed)
        return 0;
    struct avo_extent *e = NULL;
    size_t n = 0;
    char *notes = NULL;
    struct avo_region_ask ask = {.region_file = j->o.stage1_bed,
                                 .rule = {j->o.common.strict, &notes}};
    int rc = avo_regions_select(avo_join_header(j->in), &ask, &e, &n, err);
    avo_note_lines(notes);
    free(notes);
    if (!rc)
        rc = avo_join_select(j->in, e, n, err);
    free(e);
    return rc;
}

/* ---- stage 2, streamed ---- */

/* Roles and records of the input's tracks on top of the model. */
static int follow_model(struct job *j, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    const struct avo_role_choice none = {0};    /* --stage1: options have shaped the model */
    size_t n_unseen;
    avo_roles_release(&j->roles);
    if (avo_setup_rebase(&j->model, h, err) ||
        avo_roles_choose(&j->roles, h, j->o.stage1_bed ? &none : &j->o.roles, &j->model.header,
                         &n_unseen, err))
        return -1;
    if (!j->o.stage1_bed) {
        avo_roles_tell(&j->roles, h, &tell);
        avo_roles_tell_seen(&j->roles, h, &j->model.header, &tell);
    }
    if (avo_roles_index(&j->roles, h, &j->model, err) ||
        avo_roles_scale(&j->roles, &j->model, err) ||
        avo_setup_record_tracks(&j->model, h, &j->roles, err))
        return -1;
    if (n_unseen)
        avo_note("%zu track%s that the model has not seen", n_unseen, n_unseen > 1 ? "s" : "");
    return j->roles.train.n ? 0 : avo_error_set(err, "no training track in the input");
}

static int prepare_genome(struct job *j, struct avo_error *err)
{
    struct avo_preset asked;
    if (!j->model.net && avo_setup_read_core(&j->model, j->o.init.at, j->o.init.n, err))
        return -1;
    if (j->model.observed)
        return avo_error_set(err, "a model of the family observed has no genome factors to learn");
    if (settle_device(j, err) ||
        avo_choices_apply(&j->o.choices, 0, avo_join_header(j->in), &asked, err))
        return -1;
    if (j->o.choices.epochs >= 0 && !j->o.stage1_bed)
        j->passes = asked.max_epochs;
    if (j->o.choices.dropout >= 0)
        j->model.hyper.dropout = asked.hyper.dropout;
    if (follow_model(j, err))
        return -1;
    if (j->passes < 0) {
        j->passes = j->model.hyper.stage2_epochs;
        avo_note("%" PRId64 " passes, as the model records for stage 2", j->passes);
    }
    if (j->passes < 1)
        return avo_error_set(err, "the model records no number of passes: give --epochs");
    return 0;
}

static double mean_of(const struct avo_loss *l)
{
    return l->n_used ? avo_loss_mse(l) : NAN;
}

static int train_genome(struct job *j, struct avo_error *err)
{
    if (prepare_genome(j, err) || add_provenance(j, err))
        return -1;
    const struct avo_header *h = avo_join_header(j->in);
    struct avo_stream2 s = {.model = &j->model, .in = j->in, .monitor = &j->monitor};
    s.two = (struct avo_stage2){.model = &j->model, .roles = &j->roles, .ops = j->on.ops,
                                .pool = j->pool, .device = j->on.device, .epochs = j->passes,
                                .dropout = j->model.hyper.dropout,
                                .stop = j->stop};
    int rc = avo_stage2_open(&s.two, err);
    if (!rc && j->o.checkpoint)
        rc = (s.earlier = avo_earlier_begin(j->o.common.output, &j->model.header, j->o.resume,
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
        tell_end(j, "stage 2", mean_of(&s.train), mean_of(&s.watched));
    if (!rc && s.n_learned && !s.varies)
        warn_of_flat("the network of --init");
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
    release_binding(j);
    j->in = avo_join_open(j->inputs, j->n_inputs, err);
    return j->in ? train_genome(j, err) : -1;
}

static int fit_all(struct job *j, struct avo_error *err)
{
    j->all = (struct avo_stage1_all){
        .model = &j->model, .on = binding(j), .roles = &j->roles,
        .signal = avo_join_header(j->in), .ops = j->on.ops, .pool = j->pool,
        .device = j->on.device, .monitor = &j->monitor, .max_epochs = j->p.max_epochs,
        .patience = j->p.patience, .every = j->o.every, .valid_share = j->o.valid_share,
        .warm = j->o.warm, .refit = j->o.refit, .resume = j->o.resume,
        .rehearse = j->o.choices.stage2_epochs < 0,
        .checkpoint = j->o.checkpoint, .input = j->input_digest};
    avo_progress_start(&j->progress, "samples", 0);
    int rc = avo_stage1_all(&j->all, err);
    avo_progress_end(&j->progress);
    if (!rc)
        tell_end(j, "stage 1", j->train_mse, j->roles.valid.n ? j->all.one.best_mse : NAN);
    if (!rc && !j->all.varies)
        warn_of_flat(j->model.header.parafac ? "a smaller --decay may help"
                     : "all hidden units are dead: a smaller --lr may help");
    return rc;
}

static int fit_observed(struct job *j, struct avo_error *err)
{
    uint32_t n_bins = j->positions.n_bins;
    const struct avo_backend_ops *before = j->on.ops;
    j->observed = (struct avo_observed_fit){
        .model = &j->model, .positions = &j->positions, .x = &j->signal, .roles = &j->roles,
        .signal = avo_join_header(j->in),
        .ops = avo_backend_observed(j->o.common.device, j->o.common.precision, &j->on, err),
        .pool = j->pool, .monitor = &j->monitor,
        .passes = j->p.max_epochs, .every = j->o.every, .warm = j->o.warm, .resume = j->o.resume,
        .checkpoint = j->o.checkpoint, .input = j->input_digest};
    if (!j->observed.ops)
        return -1;
    if (j->on.ops != before)
        avo_detail("device: %s (%s)", j->on.name, j->on.why);
    avo_detail("learning from %u of %u bins",
               avo_observed_sample_size(j->model.observed, j->roles.train.n, n_bins), n_bins);
    avo_progress_start(&j->progress, "bins", 0);
    int rc = avo_observed_fit_run(&j->observed, err);
    avo_progress_end(&j->progress);
    if (!rc)
        tell_end(j, "training", j->train_mse, j->observed.valid_mse);
    return rc;
}

static int train_all(struct job *j, struct avo_error *err)
{
    if (stage1_input(j, err) || prepare_all(j, err))
        return -1;
    init_binding(j);
    if (avo_setup_load(&j->positions, &j->signal, j->in, &j->plan, err))
        return -1;
    if (j->o.choices.batch < 0)
        avo_preset_batch(&j->model.hyper, j->p.max_epochs, j->positions.n_bins);
    avo_setup_digest(&j->positions, &j->signal, j->o.warm ? &j->model : NULL, j->input_digest);
    if (avo_roles_measure(&j->roles, &j->model, &j->positions, &j->signal, j->pool, err))
        return -1;
    avo_fit_ranges(&j->model, &j->signal, &j->roles, 0);
    int rc = j->model.observed ? fit_observed(j, err) : fit_all(j, err);
    if (rc)
        return rc;
    avo_model_identify(&j->model);
    if (j->o.stage1_bed)
        return then_genome(j, err);
    struct avo_writer *w = add_provenance(j, err) ? NULL : begin_output(j, NULL, err);
    const struct avo_genome_rows *rows = j->model.observed ? NULL : &j->all.one.snap;
    rc = w && (!rows || !avo_genome_rows_write(rows, &j->positions, &j->model, w, err)) &&
                 !finish_output(j, w, err) ? 0 : -1;
    avo_writer_free(w);
    return rc;
}

/* ---- transfer ---- */

static void tell_transfer(const struct job *j, const struct avo_transfer *t,
                          const struct avo_transfer_input *from)
{
    for (uint32_t i = t->first_celltype; i < j->model.n_celltypes; i++)
        avo_note("new cell type: %s", j->model.celltypes[i]);
    for (uint32_t i = t->first_assay; i < j->model.n_assays; i++)
        avo_note("new assay: %s", j->model.assays[i]);
    if (from->n_left_out)
        avo_note("%u track%s of known rows left out", from->n_left_out,
                 from->n_left_out > 1 ? "s" : "");
    if (from->n_outside)
        avo_note("%" PRIu64 " bins without genome factors left out", from->n_outside);
}

/* New rows, and the tracks that they learn from. */
static int prepare_rows(struct job *j, struct avo_transfer_input *from, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(j->in);
    size_t n_unseen;
    if (avo_setup_rebase(&j->model, h, err) ||
        avo_roles_choose(&j->roles, h, &j->o.roles, NULL, &n_unseen, err))
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++)
        if (j->roles.role[i] == AVO_ROLE_VALID)
            j->roles.role[i] = AVO_ROLE_TEST;   /* transfer watches nothing */
    avo_roles_tell(&j->roles, h, &tell);
    if (avo_roles_tell_lost(&j->roles, h, &j->model, &tell, err) ||
        avo_transfer_rows(&j->model, h, &j->roles, from, err) ||
        avo_roles_index(&j->roles, h, &j->model, err))
        return -1;
    return avo_setup_record_tracks(&j->model, h, &j->roles, err);
}

static int write_extension(struct job *j, struct avo_error *err)
{
    struct avo_writer *w = add_provenance(j, err) ? NULL : begin_output(j, NULL, err);
    int rc = w ? finish_output(j, w, err) : -1;
    avo_writer_free(w);
    return rc;
}

/* New cell types of a model of the family observed: all there is to know is the statistics of their
 * tracks. */
static int measure_rows(struct job *j, struct avo_transfer_input *from, struct avo_error *err)
{
    struct avo_transfer t = {.first_celltype = j->model.n_celltypes,
                             .first_assay = j->model.n_assays};
    if (j->o.what != AVO_TRAIN_CELLTYPES)
        return avo_error_set(err, "--train %s: a model of the family observed takes no new assays "
                             "yet", avo_train_what_name(j->o.what));
    j->passes = 1;
    if (prepare_rows(j, from, err))
        return -1;
    tell_transfer(j, &t, from);
    if (plan_memory(j, err) ||
        avo_setup_load(&j->positions, &j->signal, j->in, &j->plan, err) ||
        avo_observed_measure(&j->model, &j->positions, &j->signal, &j->roles.train, j->pool,
                             err) ||
        avo_observed_compare(&j->model, &j->positions, &j->signal, avo_join_header(j->in),
                             j->pool, err))
        return -1;
    tell_end(j, "transfer", NAN, NAN);
    return write_extension(j, err);
}

static int train_rows(struct job *j, struct avo_error *err)
{
    struct avo_preset p;
    struct avo_transfer_input from = {.paths = j->o.init.at, .n_paths = j->o.init.n,
                                      .in = j->in,
                                      .celltypes = j->o.what & AVO_TRAIN_CELLTYPES,
                                      .assays = j->o.what & AVO_TRAIN_ASSAYS};
    const struct avo_binding on = binding(j);
    if (avo_transfer_load(&j->model, &on, &from, err))
        return -1;
    if (j->model.observed)
        return measure_rows(j, &from, err);
    if (settle_device(j, err) ||
        avo_choices_apply(&j->o.choices, 0, avo_join_header(j->in), &p, err))
        return -1;
    j->passes = j->o.choices.epochs >= 0 ? p.max_epochs : p.transfer_epochs;
    struct avo_transfer t = {.model = &j->model, .on = on, .roles = &j->roles,
                             .first_celltype = j->model.n_celltypes,
                             .first_assay = j->model.n_assays, .ops = j->on.ops, .pool = j->pool,
                             .device = j->on.device, .monitor = &j->monitor, .epochs = j->passes};
    if (prepare_rows(j, &from, err) ||
        avo_roles_measure(&j->roles, &j->model, &j->positions, &j->signal, j->pool, err))
        return -1;
    tell_transfer(j, &t, &from);
    avo_fit_ranges(&j->model, &j->signal, &j->roles, t.first_assay);
    avo_progress_start(&j->progress, "samples", 0);
    int rc = avo_transfer_run(&t, err);
    avo_progress_end(&j->progress);
    if (rc)
        return rc;
    tell_end(j, "transfer", t.mse, NAN);
    if (!t.varies)
        warn_of_flat("the network of --init, or its new rows");
    return write_extension(j, err);
}

/* ---- the program ---- */

static int run(struct job *j, struct avo_error *err)
{
    if (avo_backend_choose(j->o.common.device, j->o.common.precision, &j->on, err) ||
        avo_train_files_open(&j->files, err))
        return -1;
    if (j->files.unsafe)
        avo_note("no locks on this file system: let no other run write these files");
    j->on.device.note = tell_plan;
    if (j->o.checkpoint)
        j->stop = avo_signals_stop();   /* else there is nothing to save: die as any filter does */
    j->monitor = (struct avo_monitor){report, progress, j->stop, checkpoint, note, begins, j};
    j->pool = avo_pool_new(j->o.common.n_threads, err);
    j->in = j->pool ? avo_join_open(j->inputs, j->n_inputs, err) : NULL;
    if (!j->in)
        return -1;
    if (avo_join_header(j->in)->content != AVO_CONTENT_SIGNAL)
        return avo_error_set(err, "the input is not SIGNAL (a model?)");
    (j->on.fell_back ? avo_note : avo_detail)("device: %s (%s)", j->on.name, j->on.why);
    if (j->o.what == AVO_TRAIN_ALL)
        return train_all(j, err);
    return j->o.what == AVO_TRAIN_GENOME ? train_genome(j, err) : train_rows(j, err);
}

static void release(struct job *j)
{
    avo_stage1_release(&j->all.one);
    avo_observed_fit_release(&j->observed);
    release_binding(j);
    avo_model_release(&j->model);
    avo_roles_release(&j->roles);
    avo_join_close(j->in);
    avo_pool_free(j->pool);
    avo_train_options_release(&j->o);
}

/* Options that would change nothing are told, not obeyed. */
static int tell_idle(const struct job *j, struct avo_error *err)
{
    char *idle = avo_train_options_idle(&j->o, err);
    if (idle)
        avo_warn("%s", idle);
    free(idle);
    return err->status ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct avo_error err = {0}, late = {0};
    struct job j = {.passes = -1, .t_start_sec = avo_now_sec(), .train_mse = NAN};
    struct avo_cli cli = avo_train_cli(&j.o);
    int first = 0;
    if (avo_cli_start(&cli, &j.o.common, argc, argv, &first, &err))
        return avo_die(&err);
    j.inputs = argv + first;
    j.n_inputs = (size_t)(argc - first);
    int rc = avo_train_options_check(&j.o, j.inputs, j.n_inputs, &err);
    if (!rc)
        rc = tell_idle(&j, &err);
    j.files = (struct avo_train_files){.output = j.o.common.output, .checkpoint = j.o.checkpoint,
                                       .log_path = j.o.log_path, .resume = j.o.resume};
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
