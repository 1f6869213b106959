/* SPDX-License-Identifier: MIT */
/* observed_state.c: the state of a training run of the family observed as a stream: CORE as it
 * stands, then STATE: progress and Adam's moments. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/fit/checkpoint.h"
#include "libcommon/fit/observed.h"
#include "libcommon/model/model_observed.h"

static int write_array(struct avo_writer *w, const char *name, const float *x, size_t n,
                       struct avo_error *err)
{
    struct avo_tensor t = {.dtype = AVO_F32, .n_dims = 1, .dims = {n}, .data = x};
    snprintf(t.name, sizeof t.name, "%s", name);
    return avo_writer_tensor(w, AVO_REC_STATE, &t, err);
}

static int write_progress(struct avo_writer *w, const struct avo_observed_fit *f,
                          struct avo_error *err)
{
    char text[256];
    snprintf(text, sizeof text, "observed %s %" PRId64 " %a %" PRIu64 "\n", f->input, f->step,
             f->loss.sum, f->loss.n_used);
    struct avo_tensor t = {.name = "progress", .dtype = AVO_U8, .n_dims = 1,
                           .dims = {strlen(text)}, .data = text};
    return avo_writer_tensor(w, AVO_REC_STATE, &t, err);
}

int avo_observed_state_write(const struct avo_observed_fit *f, struct avo_error *err)
{
    avo_model_identify(f->model);
    struct avo_writer *w = avo_writer_open(f->checkpoint, &f->model->header, false, NULL, err);
    int rc = w && !avo_model_write(w, f->model, err) && !write_progress(w, f, err) &&
                     !write_array(w, "m", f->m, f->n_params, err) &&
                     !write_array(w, "v", f->v, f->n_params, err) &&
                     !avo_writer_finish(w, err) ? 0 : -1;
    avo_writer_free(w);
    return rc;
}

/* ---- reading ---- */

static int other(const char *what, struct avo_error *err)
{
    return avo_error_set(err, "the checkpoint is of %s", what);
}

/* That the checkpoint's model m is one of this run. */
static int check_run(const struct avo_observed_fit *f, const struct avo_model *m,
                     struct avo_error *err)
{
    const struct avo_model *mine = f->model;
    const struct avo_observed *a = mine->observed, *b = m->observed;
    char theirs[33], ours[33];
    avo_roles_digest(&m->header, NULL, false, theirs);
    avo_roles_digest(&mine->header, NULL, false, ours);
    if (strcmp(theirs, ours))
        return other("a run with other tracks or roles", err);
    if (!b || !avo_observed_alike(a, b) || a->hide != b->hide || a->n_samples != b->n_samples ||
        mine->hyper.epochs != m->hyper.epochs ||
        !avo_hyper_same_options(&mine->hyper, &m->hyper))
        return other("a run with other options", err);
    if (mine->n_net != m->n_net || mine->n_assays != m->n_assays ||
        !avo_block_alike(&mine->header.blocks[3], &m->header.blocks[3]))
        return avo_error_set(err, "the checkpoint's model has another shape");
    return 0;
}

static int read_progress(struct avo_observed_fit *f, const struct avo_tensor *t,
                         struct avo_error *err)
{
    char text[256] = "", input[33] = "";
    size_t n = avo_tensor_count(t);
    if (strcmp(t->name, "progress") || t->dtype != AVO_U8 || n >= sizeof text)
        return avo_error_set(err, "not a checkpoint (STATE begins with \"%s\")", t->name);
    memcpy(text, t->data, n);
    if (sscanf(text, "observed %32s %" SCNd64 " %la %" SCNu64, input, &f->step, &f->loss.sum,
               &f->loss.n_used) != 4 || f->step < 0 ||
        f->step > f->passes * avo_observed_fit_steps(f))
        return other("a run with other options", err);
    return strcmp(input, f->input) ? other("another input or start", err) : 0;
}

static int read_array(struct avo_reader *r, const char *name, float *x, size_t n,
                      struct avo_error *err)
{
    struct avo_head head;
    struct avo_tensor t;
    int more = avo_reader_next(r, &head, err);
    if (more < 0 || (more && avo_reader_tensor(r, &t, err)))
        return -1;
    if (!more || strcmp(t.name, name) || t.dtype != AVO_F32 || avo_tensor_count(&t) != n)
        return avo_error_set(err, "the checkpoint lacks array \"%s\"", name);
    memcpy(x, t.data, n * sizeof *x);
    return 0;
}

static void take_values(struct avo_observed_fit *f, struct avo_model *from)
{
    float *to[3], *at[3];
    size_t n[3];
    avo_observed_params(f->model, to, n);
    avo_observed_params(from, at, n);
    for (int k = 0; k < 3; k++)
        memcpy(to[k], at[k], n[k] * sizeof **to);
}

static int read_state(struct avo_observed_fit *f, struct avo_reader *r, struct avo_model *m,
                      struct avo_error *err)
{
    struct avo_head head;
    struct avo_tensor t;
    int more = 0;
    if (avo_model_read(m, r, &head, &more, err))
        return -1;
    if (!more || head.type != AVO_REC_STATE)
        return avo_error_set(err, "not a checkpoint (no STATE)");
    if (avo_reader_tensor(r, &t, err) || read_progress(f, &t, err) || check_run(f, m, err) ||
        read_array(r, "m", f->m, f->n_params, err) || read_array(r, "v", f->v, f->n_params, err) ||
        avo_reader_finish(r, err))
        return -1;
    take_values(f, m);
    return 0;
}

int avo_observed_state_read(struct avo_observed_fit *f, struct avo_error *err)
{
    struct avo_model m = {0};
    struct avo_reader *r = avo_reader_open(f->checkpoint, err);
    int rc = r ? read_state(f, r, &m, err) : -1;
    if (rc && !strstr(err->msg, f->checkpoint))
        avo_error_prefix(err, "%s", f->checkpoint);
    avo_model_release(&m);
    avo_reader_close(r);
    return rc;
}
