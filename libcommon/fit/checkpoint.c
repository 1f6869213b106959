/* SPDX-License-Identifier: MIT */
/* checkpoint.c: the state of stage 1 as a stream: CORE as it stands, then STATE. */
#include "libcommon/fit/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

/* One array of the state. */
struct place {
    char name[32];
    void *data;
    enum avo_dtype dtype;
    size_t n;
};
#define MAX_PLACES (3 + 9 * AVO_MAX_BLOCKS)

static void add(struct place *p, int *n, const char *what, uint32_t k, void *data,
                enum avo_dtype dtype, size_t count)
{
    struct place *to = &p[(*n)++];
    snprintf(to->name, sizeof to->name, "%s.%u", what, k);
    to->data = data;
    to->dtype = dtype;
    to->n = count;
}

/* The arrays of a state, always in the same order. */
static int list_places(const struct avo_stage1 *s, struct place *p)
{
    const struct avo_model *m = s->model;
    bool watched = s->roles->valid.n > 0;
    int n = 0;
    add(p, &n, "net.m", 0, s->learn.net_m, AVO_F32, m->n_net);
    add(p, &n, "net.v", 0, s->learn.net_v, AVO_F32, m->n_net);
    if (watched)
        add(p, &n, "best.net", 0, s->best_net, AVO_F32, m->n_net);
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        const struct avo_rows *t = &s->learn.table[k], *g = &s->on.rows->block[k];
        size_t width = m->header.blocks[k].width;
        size_t nt = avo_model_rows(m, k) * width, ng = (size_t)g->n_rows * width;
        if (m->table[k]) {
            add(p, &n, "table.m", k, t->m, AVO_F32, nt);
            add(p, &n, "table.v", k, t->v, AVO_F32, nt);
            if (watched)
                add(p, &n, "best.table", k, s->best_table[k], AVO_F32, nt);
            continue;
        }
        add(p, &n, "genome.w", k, g->w, AVO_F32, ng);
        add(p, &n, "genome.m", k, g->m, AVO_F32, ng);
        add(p, &n, "genome.v", k, g->v, AVO_F32, ng);
        add(p, &n, "genome.last", k, g->last, AVO_U32, g->n_rows);
        if (watched)
            add(p, &n, "best.genome", k, s->best_genome[k], AVO_F32, ng);
    }
    return n;
}

static int write_progress(struct avo_writer *w, const struct avo_stage1 *s, const char *input,
                          struct avo_error *err)
{
    char text[512];
    snprintf(text, sizeof text,
             "%s %s %" PRId64 " %" PRId64 " %a %" PRIu64 " %" PRIu64 " %a %" PRId64 " %" PRId64
             " %" PRId64 " %a\n", s->phase, input, s->epoch, s->step_in_epoch, s->loss.sum,
             s->loss.n_used, s->loss.n_skipped, s->best_mse, s->best_epoch, s->stage2_asked,
             s->patience, s->valid_share);
    struct avo_tensor t = {.name = "progress", .dtype = AVO_U8, .n_dims = 1,
                           .dims = {strlen(text)}, .data = text};
    return avo_writer_tensor(w, AVO_REC_STATE, &t, err);
}

int avo_checkpoint_write(const char *path, const struct avo_stage1 *s, const char *input,
                         struct avo_error *err)
{
    struct place p[MAX_PLACES];
    int n = list_places(s, p), rc = -1;
    avo_model_identify(s->model);
    struct avo_writer *w = avo_writer_open(path, &s->model->header, false, NULL, err);
    if (!w || avo_model_write(w, s->model, err) || write_progress(w, s, input, err))
        goto out;
    for (int i = 0; i < n; i++) {
        struct avo_tensor t = {.dtype = p[i].dtype, .n_dims = 1, .dims = {p[i].n},
                               .data = p[i].data};
        memcpy(t.name, p[i].name, sizeof p[i].name);
        if (avo_writer_tensor(w, AVO_REC_STATE, &t, err))
            goto out;
    }
    rc = avo_writer_finish(w, err);
out:
    avo_writer_free(w);
    return rc;
}

/* The text that write_progress wrote. s may be NULL. */
static int parse_progress(const struct avo_tensor *t, struct avo_checkpoint *c,
                          struct avo_stage1 *s, struct avo_error *err)
{
    struct avo_stage1 got = {0};
    char text[512];
    size_t n = avo_tensor_count(t);
    if (strcmp(t->name, "progress") || t->dtype != AVO_U8 || n >= sizeof text)
        return avo_error_set(err, "not a checkpoint (STATE begins with \"%s\")", t->name);
    memcpy(text, t->data, n);
    text[n] = 0;
    c->stage2_asked = c->patience = -1;     /* earlier programs wrote nine fields */
    if (sscanf(text, "%15s %32s %" SCNd64 " %" SCNd64 " %la %" SCNu64 " %" SCNu64 " %la %" SCNd64
               " %" SCNd64 " %" SCNd64 " %la", c->phase, c->input, &got.epoch, &got.step_in_epoch,
               &got.loss.sum, &got.loss.n_used, &got.loss.n_skipped, &got.best_mse,
               &got.best_epoch, &c->stage2_asked, &c->patience, &c->valid_share) < 9)
        return avo_error_set(err, "the checkpoint's progress cannot be read");
    c->epoch = got.epoch;
    if (!s)
        return 0;
    s->epoch = got.epoch;
    s->step_in_epoch = got.step_in_epoch;
    s->loss = got.loss;
    s->best_mse = got.best_mse;
    s->best_epoch = got.best_epoch;
    return 0;
}

/* Opens path up to its progress; m gets CORE. */
static struct avo_reader *open_state(const char *path, struct avo_model *m,
                                     struct avo_checkpoint *c, struct avo_stage1 *s,
                                     struct avo_error *err)
{
    struct avo_reader *r = avo_reader_open(path, err);
    struct avo_head head;
    struct avo_tensor t;
    int more = 0;
    if (!r || avo_model_read(m, r, &head, &more, err))
        goto fail;
    if (!more || head.type != AVO_REC_STATE) {
        avo_error_set(err, "%s: not a checkpoint (no STATE)", path);
        goto fail;
    }
    if (avo_reader_tensor(r, &t, err) || parse_progress(&t, c, s, err))
        goto fail;
    c->hyper = m->hyper;
    return r;
fail:
    avo_reader_close(r);
    return NULL;
}

bool avo_hyper_same_options(const struct avo_hyper *a, const struct avo_hyper *b)
{
    return a->seed == b->seed && a->batch == b->batch && a->order == b->order &&
           a->wrap == b->wrap && a->lr == b->lr && a->dropout == b->dropout &&
           a->celltype_dropout == b->celltype_dropout && a->decay == b->decay &&
           a->network_decay == b->network_decay && a->schedule == b->schedule &&
           a->init_range == b->init_range && a->beta1 == b->beta1 && a->beta2 == b->beta2 &&
           a->eps == b->eps && a->clock == b->clock && a->standardize == b->standardize;
}

int avo_checkpoint_peek(const char *path, struct avo_checkpoint *c, struct avo_error *err)
{
    struct avo_model m = {0};
    struct avo_reader *r = open_state(path, &m, c, NULL, err);
    if (r)
        avo_roles_digest(&m.header, NULL, !strcmp(c->phase, "refit"), c->tracks);
    avo_model_release(&m);
    avo_reader_close(r);
    return r ? 0 : -1;
}

static int same_shape(const struct avo_model *a, const struct avo_model *b)
{
    if (a->n_net != b->n_net || a->header.n_blocks != b->header.n_blocks ||
        a->n_celltypes != b->n_celltypes || a->n_assays != b->n_assays)
        return 0;
    for (size_t k = 0; k < a->header.n_blocks; k++)
        if (!avo_block_alike(&a->header.blocks[k], &b->header.blocks[k]))
            return 0;
    return 1;
}

static int read_places(struct avo_reader *r, const struct avo_stage1 *s, struct avo_error *err)
{
    struct place p[MAX_PLACES];
    struct avo_head head;
    struct avo_tensor t;
    int n = list_places(s, p), i = 0, more;
    while ((more = avo_reader_next(r, &head, err)) > 0) {
        if (avo_reader_tensor(r, &t, err))
            return -1;
        if (i >= n || strcmp(t.name, p[i].name) || t.dtype != p[i].dtype ||
            avo_tensor_count(&t) != p[i].n)
            return avo_error_set(err, "the checkpoint is of another run (tensor \"%s\")", t.name);
        memcpy(p[i].data, t.data, p[i].n * avo_dtype_size(p[i].dtype));
        i++;
    }
    if (more < 0)
        return -1;
    return i == n ? 0 : avo_error_set(err, "the checkpoint is incomplete (%d of %d arrays)", i, n);
}

int avo_checkpoint_read(const char *path, struct avo_stage1 *s, struct avo_error *err)
{
    struct avo_model m = {0};
    struct avo_checkpoint c;
    int rc = -1;
    struct avo_reader *r = open_state(path, &m, &c, s, err);
    if (!r)
        goto out;
    if (!same_shape(&m, s->model)) {
        avo_error_set(err, "%s: the checkpoint's model has another shape", path);
        goto out;
    }
    memcpy(s->model->net, m.net, m.n_net * sizeof *m.net);
    for (uint32_t k = 0; k < m.header.n_blocks; k++)
        if (m.table[k])
            memcpy(s->model->table[k], m.table[k], (size_t)avo_model_rows(&m, k) *
                                                       m.header.blocks[k].width * sizeof(float));
    s->model->hyper.stage2_epochs = m.hyper.stage2_epochs;
    rc = read_places(r, s, err);
    if (rc)
        avo_error_prefix(err, "%s", path);
out:
    avo_model_release(&m);
    avo_reader_close(r);
    return rc;
}
