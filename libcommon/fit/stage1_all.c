/* SPDX-License-Identifier: MIT */
/* stage1_all.c: stage 1 from start or checkpoint to its end: epochs, rehearsal, refit. */
#include "libcommon/fit/stage1.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fit/checkpoint.h"
#include "libcommon/fit/fit.h"
#include "libcommon/fit/standardize.h"

static void note(const struct avo_stage1_all *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void note(const struct avo_stage1_all *j, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (j->monitor->note)
        j->monitor->note(j->monitor->user, text);
}

static int64_t stage2_asked(const struct avo_stage1_all *j)
{
    return j->rehearse ? 0 : j->model->hyper.stage2_epochs;
}

static int run_stage1(struct avo_stage1_all *j, const char *phase, int64_t epochs,
                      struct avo_error *err)
{
    struct avo_stage1 *s = &j->one;
    *s = (struct avo_stage1){.model = j->model, .on = j->on, .roles = j->roles,
                             .ops = j->ops, .pool = j->pool, .device = j->device,
                             .monitor = j->monitor, .max_epochs = epochs,
                             .patience = j->patience, .valid_share = j->valid_share,
                             .checkpoint_every = j->every, .phase = phase,
                             .stage2_asked = stage2_asked(j)};
    j->model->hyper.epochs = epochs;    /* a checkpoint tells by it which schedule it is of */
    if (avo_genome_rows_make(j->on.rows, j->on.positions, true, err))
        return -1;
    if (!j->warm)
        avo_model_init_values(j->model);
    avo_genome_rows_init_values(j->on.rows, j->on.positions, j->model);
    if (avo_stage1_init(s, err))
        return -1;
    if (j->resume && access(j->checkpoint, F_OK) == 0) {
        if (avo_checkpoint_read(j->checkpoint, s, err))
            return -1;
        note(j, "resuming %s at epoch %" PRId64 ", batch %" PRId64, phase, s->epoch + 1,
                 s->step_in_epoch + 1);
    }
    j->resume = false;
    return avo_stage1_run(s, err);
}

/* Those that the model does not record. */
static bool same_choices(const struct avo_checkpoint *c, const struct avo_stage1_all *j)
{
    return (c->stage2_asked < 0 || c->stage2_asked == stage2_asked(j)) &&
           (c->patience < 0 ||
            (c->patience == j->patience && c->valid_share == j->valid_share));
}

/* The phase that a checkpoint was in, after checking that it is of this run. */
static int peek(struct avo_stage1_all *j, struct avo_checkpoint *c, struct avo_error *err)
{
    *c = (struct avo_checkpoint){.phase = "stage1"};
    if (!j->resume || access(j->checkpoint, F_OK))
        return 0;
    if (avo_checkpoint_peek(j->checkpoint, c, err))
        return -1;
    if (strcmp(c->input, j->input))
        return avo_error_set(err, "%s: the checkpoint is of another input or start", j->checkpoint);
    char tracks[33];
    avo_roles_digest(&j->model->header, NULL, !strcmp(c->phase, "refit"), tracks);
    if (strcmp(c->tracks, tracks))
        return avo_error_set(err, "%s: the checkpoint is of a run with other tracks or roles",
                             j->checkpoint);
    bool same_length = strcmp(c->phase, "stage1") || c->hyper.epochs == j->max_epochs;
    if (!same_length || !avo_hyper_same_options(&c->hyper, &j->model->hyper) || !same_choices(c, j))
        return avo_error_set(err, "%s: the checkpoint is of a run with other options",
                             j->checkpoint);
    return 0;
}

/* Trains on the watched tracks too, from the start, for the epochs that served them best. */
static int refit(struct avo_stage1_all *j, struct avo_error *err)
{
    for (size_t i = 0; i < j->signal->n_tracks; i++) {
        if (j->roles->role[i] != AVO_ROLE_VALID)
            continue;
        j->roles->role[i] = AVO_ROLE_TRAIN;
        const struct avo_track *k = &j->signal->tracks[i];
        int t = avo_header_find_track(&j->model->header, k->celltype, k->assay);
        j->model->header.tracks[t].role = AVO_ROLE_TRAIN;
    }
    if (avo_roles_index(j->roles, j->signal, j->model, err) ||
        avo_roles_measure(j->roles, j->model, j->on.positions, j->on.signal, j->pool, err))
        return -1;
    avo_fit_ranges(j->model, j->on.signal, j->roles, 0);
    avo_stage1_release(&j->one);
    return run_stage1(j, "refit", j->model->hyper.epochs, err);
}

static int run_all(struct avo_stage1_all *j, struct avo_error *err)
{
    struct avo_checkpoint c;
    bool watched = j->roles->valid.n > 0;
    int rc = 0;
    if (peek(j, &c, err))
        return -1;
    if (j->monitor->begins && j->monitor->begins(j->monitor->user, c.phase, c.epoch, err))
        return -1;
    if (!watched)
        note(j, "no watched tracks: %" PRId64 " epochs, a number fixed beforehand",
             j->max_epochs);
    if (strcmp(c.phase, "refit")) {
        rc = run_stage1(j, "stage1", j->max_epochs, err);
        if (!rc && watched && j->rehearse)
            rc = avo_stage1_rehearse(&j->one, err);
    } else {
        j->model->hyper.epochs = c.hyper.epochs;
        j->model->hyper.stage2_epochs = c.hyper.stage2_epochs;
    }
    if (rc || !watched || !j->refit)
        return rc;
    note(j, "best epoch %" PRId64 "; training on all tracks for as many", j->model->hyper.epochs);
    return refit(j, err);
}

int avo_stage1_all(struct avo_stage1_all *j, struct avo_error *err)
{
    int rc = run_all(j, err);
    return rc ? rc : avo_stage1_varies(&j->one, &j->varies, err);
}
