/* SPDX-License-Identifier: MIT */
/* model_io.c: CORE records: a model's tensors and hyper-parameters, written and read back. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/model/model_io_priv.h"
#include "libcommon/model/model_observed.h"

static const char *const schedule_names[] = {"constant", "linear", "cosine"};
static const char *const order_names[] = {"sequential", "permuted", "random"};
static const char *const clock_names[] = {"stage1", "chromosome"};

int avo_core_write_text(struct avo_writer *w, const char *name, const char *text,
                        struct avo_error *err)
{
    struct avo_tensor t = {.dtype = AVO_U8, .n_dims = 1, .dims = {strlen(text)}, .data = text};
    snprintf(t.name, sizeof t.name, "%s", name);
    return avo_writer_tensor(w, AVO_REC_CORE, &t, err);
}

int avo_core_write_floats(struct avo_writer *w, const char *name, const float *data, uint64_t rows,
                          uint64_t columns, struct avo_error *err)
{
    struct avo_tensor t = {.dtype = AVO_F32, .n_dims = 2, .dims = {rows, columns}, .data = data};
    snprintf(t.name, sizeof t.name, "%s", name);
    return avo_writer_tensor(w, AVO_REC_CORE, &t, err);
}

static int write_names(struct avo_writer *w, const char *name, char *const *names, uint32_t n,
                       struct avo_error *err)
{
    size_t cap = 0, len = 0;
    char *text = NULL;
    int rc = avo_grow(&text, &cap, 1, 1, "names", err);
    for (uint32_t i = 0; i < n && !rc; i++) {
        char *escaped = avo_escape(names[i], false, err);
        size_t more = escaped ? strlen(escaped) : 0;
        rc = escaped ? avo_grow(&text, &cap, len + more + 2, 1, "names", err) : -1;
        if (!rc)
            len += (size_t)sprintf(text + len, "%s\n", escaped);
        free(escaped);
    }
    if (!rc)
        rc = avo_core_write_text(w, name, text, err);
    free(text);
    return rc;
}

static int write_hyper(struct avo_writer *w, const struct avo_model *m, struct avo_error *err)
{
    const struct avo_hyper *h = &m->hyper;
    char text[2048];
    int n = snprintf(
        text, sizeof text,
        "preset\t%s\nlr\t%.17g\nbeta1\t%.17g\nbeta2\t%.17g\neps\t%.17g\ndecay\t%.17g\n"
        "network_decay\t%.17g\ndropout\t%.17g\ncelltype_dropout\t%.17g\n"
        "init_range\t%.17g\nschedule\t%s\norder\t%s\n"
        "clock\t%s\nwrap\t%d\nseed\t%" PRIu64 "\nbatch\t%" PRId64 "\nepochs\t%" PRId64
        "\nsteps_per_epoch\t%" PRId64 "\nstage2_epochs\t%" PRId64 "\nroot_celltypes\t%u\n"
        "root_assays\t%u\nhidden\t",
        h->preset, h->lr, h->beta1, h->beta2, h->eps, h->decay, h->network_decay, h->dropout,
        h->celltype_dropout, h->init_range, schedule_names[h->schedule], order_names[h->order],
        clock_names[h->clock],
        h->wrap, h->seed, h->batch, h->epochs, h->steps_per_epoch, h->stage2_epochs,
        m->root_celltypes, m->root_assays);
    for (uint32_t l = 0; l + 1 < m->n_layers; l++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%u", l ? "," : "", m->layers[l].n_out);
    snprintf(text + n, sizeof text - (size_t)n, "\n");
    return avo_core_write_text(w, "hyper", text, err);
}

int avo_model_write(struct avo_writer *w, const struct avo_model *m, struct avo_error *err)
{
    char name[64];
    if (write_hyper(w, m, err) ||
        write_names(w, "celltypes", m->celltypes, m->n_celltypes, err) ||
        write_names(w, "assays", m->assays, m->n_assays, err) ||
        (m->observed && avo_observed_write_text(w, m->observed, err)) ||
        avo_core_write_floats(w, "range", m->range, m->n_assays, 2, err))
        return -1;
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        snprintf(name, sizeof name, "block.%u", k);
        if (m->table[k] && avo_core_write_floats(w, name, m->table[k], avo_model_rows(m, k),
                                        m->header.blocks[k].width, err))
            return -1;
    }
    for (uint32_t l = 0; l < m->n_layers; l++) {
        const struct avo_layer *y = &m->layers[l];
        snprintf(name, sizeof name, "layer.%u.weight", l);
        if (avo_core_write_floats(w, name, y->w, y->n_in, y->n_out, err))
            return -1;
        snprintf(name, sizeof name, "layer.%u.bias", l);
        if (avo_core_write_floats(w, name, y->b, 1, y->n_out, err))
            return -1;
    }
    return m->observed ? avo_observed_write_numbers(w, m->observed, err) : 0;
}

/* ---- reading ---- */

/* What the text tensors said, before the model can be made. */
struct core_text {
    struct avo_hyper hyper;
    uint32_t root_celltypes, root_assays, n_hidden, hidden[AVO_MAX_LAYERS];
    char **names[2];
    uint32_t n_names[2];
    bool has_hyper;
    struct avo_observed observed;   /* of a model of that family */
    bool has_observed;
    size_t most_tracks;             /* that statistics may be of: as HEADER has */
};

static int one_of(const char *const *names, int n, const char *s)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], s))
            return i;
    return -1;
}

static int parse_hidden(struct core_text *c, char *value, struct avo_error *err)
{
    for (char *p = strtok(value, ","); p; p = strtok(NULL, ",")) {
        int64_t n;
        if (c->n_hidden + 1 >= AVO_MAX_LAYERS)
            return avo_error_set(err, "too many hidden layers");
        if (avo_parse_int(p, 1, 65536, "hidden", &n, err))
            return -1;
        c->hidden[c->n_hidden++] = (uint32_t)n;
    }
    return 0;
}

struct key { const char *name; double *number; int64_t *integer; double lo, hi; };

static int parse_number(struct core_text *c, const char *name, const char *value,
                        struct avo_error *err)
{
    struct avo_hyper *h = &c->hyper;
    int64_t seed = (int64_t)h->seed, wrap = h->wrap, cells = c->root_celltypes;
    int64_t assays = c->root_assays;
    const struct key keys[] = {
        {"lr", &h->lr, NULL, 0, 1e3},
        {"beta1", &h->beta1, NULL, 0, 0.999999},
        {"beta2", &h->beta2, NULL, 0, 0.999999},
        {"eps", &h->eps, NULL, 0, 1},
        {"decay", &h->decay, NULL, 0, 1e3},
        {"network_decay", &h->network_decay, NULL, 0, 1e3},
        {"dropout", &h->dropout, NULL, 0, 0.99},
        {"celltype_dropout", &h->celltype_dropout, NULL, 0, 0.99},
        {"init_range", &h->init_range, NULL, 0, 1e3},
        {"seed", NULL, &seed, 0, 4294967295.0},
        {"wrap", NULL, &wrap, 0, 1},
        {"batch", NULL, &h->batch, 1, 1e9},
        {"epochs", NULL, &h->epochs, 0, 1e9},
        {"steps_per_epoch", NULL, &h->steps_per_epoch, 1, 1e9},
        {"stage2_epochs", NULL, &h->stage2_epochs, 0, 1e9},
        {"root_celltypes", NULL, &cells, 1, 1e6},
        {"root_assays", NULL, &assays, 1, 1e6},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].name, name))
            continue;
        if (keys[i].number)
            return avo_parse_double(value, keys[i].lo, keys[i].hi, name, keys[i].number, err);
        if (avo_parse_int(value, (int64_t)keys[i].lo, (int64_t)keys[i].hi, name, keys[i].integer,
                          err))
            return -1;
        h->seed = (uint64_t)seed;
        h->wrap = wrap != 0;
        c->root_celltypes = (uint32_t)cells;
        c->root_assays = (uint32_t)assays;
        return 0;
    }
    return 0;   /* a key of a later minor version */
}

static int parse_hyper(struct core_text *c, char *text, struct avo_error *err)
{
    char *next = text, *line;
    c->has_hyper = true;
    while ((line = avo_line(&next))) {
        char *value = line, *name = avo_field(&value);
        int which = 0;
        if (!value)
            return avo_error_set(err, "hyper-parameter \"%s\" has no value", name);
        if (!strcmp(name, "preset"))
            snprintf(c->hyper.preset, sizeof c->hyper.preset, "%s", value);
        else if (!strcmp(name, "hidden")) {
            if (parse_hidden(c, value, err))
                return -1;
        } else if (!strcmp(name, "schedule"))
            c->hyper.schedule = (enum avo_schedule)(which = one_of(schedule_names, 3, value));
        else if (!strcmp(name, "order"))
            c->hyper.order = (enum avo_order)(which = one_of(order_names, 3, value));
        else if (!strcmp(name, "clock"))
            c->hyper.clock = (enum avo_clock_kind)(which = one_of(clock_names, 2, value));
        else if (parse_number(c, name, value, err))
            return -1;
        if (which < 0)
            return avo_error_set(err, "hyper-parameter %s is unknown (got \"%s\")", name, value);
    }
    return 0;
}

static int parse_names(struct core_text *c, int which, char *text, struct avo_error *err)
{
    char *next = text, *line;
    size_t cap = 0;
    while ((line = avo_line(&next))) {
        uint32_t n = c->n_names[which];
        if (avo_unescape(line, err) ||
            avo_grow(&c->names[which], &cap, (size_t)n + 1, sizeof **c->names, "names", err) ||
            !(c->names[which][n] = avo_strdup(line, err)))
            return -1;
        c->n_names[which]++;
    }
    return 0;
}

/* A tensor of text as a string of our own. */
static int take_text(struct core_text *c, const struct avo_tensor *t, struct avo_error *err)
{
    size_t n = avo_tensor_count(t);
    char *text = avo_alloc(n + 1, 1, "text", err);
    int rc = text ? 0 : -1;
    if (!rc)
        memcpy(text, t->data, n);
    if (!rc && !strcmp(t->name, "hyper"))
        rc = parse_hyper(c, text, err);
    else if (!rc && !strcmp(t->name, "celltypes"))
        rc = parse_names(c, 0, text, err);
    else if (!rc && !strcmp(t->name, "assays"))
        rc = parse_names(c, 1, text, err);
    else if (!rc) {
        rc = avo_observed_take_text(&c->observed, t->name, text, c->most_tracks, err);
        c->has_observed = c->has_observed || rc;
        rc = rc < 0 ? -1 : 0;
    }
    if (rc)
        err->status = AVO_EXIT_DATA;    /* not usage: nobody gave an option */
    free(text);
    return rc;
}

static int make_model(struct avo_model *m, const struct avo_header *h, struct core_text *c,
                      struct avo_error *err)
{
    if (!c->has_hyper || !c->n_names[0] || !c->n_names[1])
        return avo_error_set(err, "CORE has tensors before hyper, celltypes and assays");
    if (c->root_celltypes < 1 || c->root_celltypes > c->n_names[0] || c->root_assays < 1 ||
        c->root_assays > c->n_names[1])
        return avo_error_set(err, "CORE's root rows exceed its names");
    if (c->hyper.batch < 1 || c->hyper.steps_per_epoch < 1)
        return avo_error_set(err, "CORE lacks a hyper-parameter (batch or steps_per_epoch)");
    if (avo_model_new(m, h, c->hidden, c->n_hidden, c->names[0], c->n_names[0], c->names[1],
                      c->n_names[1], err))
        return -1;
    m->hyper = c->hyper;
    m->root_celltypes = c->root_celltypes;
    m->root_assays = c->root_assays;
    if (c->has_observed != avo_header_is_observed(h))
        return avo_error_set(err, "CORE %s what blocks computed from signal need",
                             c->has_observed ? "has no use for" : "lacks");
    return c->has_observed ? avo_model_observe(m, &c->observed, err) : 0;
}

/* Where a tensor's floats go, and their number; NULL for an unknown name. */
static float *tensor_place(struct avo_model *m, const char *name, size_t *n)
{
    unsigned i;
    char rest[16];
    if (!strcmp(name, "range")) {
        *n = 2 * (size_t)m->n_assays;
        return m->range;
    }
    if (sscanf(name, "block.%u", &i) == 1 && i < m->header.n_blocks) {
        *n = (size_t)avo_model_rows(m, i) * m->header.blocks[i].width;
        return m->table[i];
    }
    if (sscanf(name, "layer.%u.%15s", &i, rest) == 2 && i < m->n_layers) {
        bool bias = !strcmp(rest, "bias");
        *n = bias ? m->layers[i].n_out : (size_t)m->layers[i].n_in * m->layers[i].n_out;
        return bias ? m->layers[i].b : m->layers[i].w;
    }
    return NULL;
}

int avo_core_check_floats(const struct avo_tensor *t, size_t n, struct avo_error *err)
{
    const float *x = t->data;
    if (avo_tensor_count(t) != n)
        return avo_error_set(err, "CORE tensor \"%s\" has %zu elements (want %zu)", t->name,
                             avo_tensor_count(t), n);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return avo_error_set(err, "CORE tensor \"%s\" holds a value that is not finite",
                                 t->name);
    return 0;
}

static int take_floats(struct avo_model *m, const struct avo_tensor *t, uint32_t *n_taken,
                       struct avo_error *err)
{
    size_t n = 0;
    int taken = m->observed ? avo_observed_take_numbers(m->observed, t, err) : 0;
    float *to = taken ? NULL : tensor_place(m, t->name, &n);
    if (!taken && !to)
        return avo_error_set(err, "CORE has an unknown tensor \"%s\"", t->name);
    if (taken < 0 || (!taken && avo_core_check_floats(t, n, err)))
        return -1;
    if (!taken)
        memcpy(to, t->data, n * sizeof *to);
    (*n_taken)++;
    return 0;
}

static int check_complete(struct avo_model *m, uint32_t n_taken, struct avo_error *err)
{
    uint32_t want = 1 + 2 * m->n_layers + (m->observed ? avo_observed_numbers(m->observed) : 0);
    char id[33];
    for (uint32_t k = 0; k < m->header.n_blocks; k++)
        want += m->table[k] != NULL;
    if (!m->net || n_taken != want)
        return avo_error_set(err, "CORE is incomplete (got %u tensors, want %u)", n_taken, want);
    memcpy(id, m->header.root_id, sizeof id);
    avo_model_identify(m);
    if (strcmp(id, m->header.root_id))
        return avo_error_set(err, "the tensors are not those of model %s", id);
    return 0;
}

static void release_text(struct core_text *c)
{
    for (int w = 0; w < 2; w++) {
        for (uint32_t i = 0; i < c->n_names[w]; i++)
            free(c->names[w][i]);
        free(c->names[w]);
    }
    avo_observed_release(&c->observed);
}

int avo_model_read(struct avo_model *m, struct avo_reader *r, struct avo_head *head, int *more,
                   struct avo_error *err)
{
    const struct avo_header *h = avo_reader_header(r);
    struct core_text text = {.most_tracks = h->n_tracks};
    uint32_t n_taken = 0;
    int rc = -1;
    memset(m, 0, sizeof *m);
    if (h->content != AVO_CONTENT_MODEL) {
        avo_error_set(err, "%s: not a model", avo_reader_name(r));
        goto out;
    }
    while ((*more = avo_reader_next(r, head, err)) > 0 && head->type == AVO_REC_CORE) {
        struct avo_tensor t;
        if (avo_reader_tensor(r, &t, err))
            goto out;
        int bad = t.dtype == AVO_U8 ? take_text(&text, &t, err) : 0;
        if (!bad && t.dtype == AVO_F32 && !m->net)
            bad = make_model(m, h, &text, err);
        if (!bad && t.dtype == AVO_F32)
            bad = take_floats(m, &t, &n_taken, err);
        if (bad) {
            avo_error_prefix(err, "%s", avo_reader_name(r));
            goto out;
        }
    }
    if (*more < 0)
        goto out;
    rc = check_complete(m, n_taken, err);
    if (rc)
        avo_error_prefix(err, "%s", avo_reader_name(r));
out:
    release_text(&text);
    if (rc)
        avo_model_release(m);
    return rc;
}
