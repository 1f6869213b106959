/* SPDX-License-Identifier: MIT */
/* toy.c: small training problems for unit tests. */
#include "tests/lib/unit/toy.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/half.h"

void toy_must(int rc, const struct avo_error *err)
{
    ck_assert_msg(rc == 0, "%s", err->msg);
}

static float draw(uint32_t a, uint32_t b, uint32_t c)
{
    return avo_rng_unit(avo_rng_draw(77, 98, a, b, c, 0).v[0]);
}

static void make_header(struct toy *t)
{
    static const char *const chroms[] = {"chr1", "chr2", "chr10", "chrX"};
    struct avo_error err = {0};
    struct avo_header *h = &t->header;
    char name[32];
    *h = (struct avo_header){.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    for (int i = 0; i < 4; i++) {
        toy_must(avo_header_add_chrom(h, chroms[i], 1000000, &err), &err);
        toy_must(avo_header_add_extent(h, (uint32_t)i, 0, 40000, &err), &err);
    }
    for (uint32_t c = 0; c < t->spec->n_celltypes; c++)
        for (uint32_t a = 0; a < t->spec->n_assays; a++) {
            char assay[32];
            if ((c * t->spec->n_assays + a) % 5 == 4)
                continue;
            snprintf(name, sizeof name, "cell%u", c);
            snprintf(assay, sizeof assay, "assay%u", a);
            ck_assert(avo_header_add_track(h, name, assay, AVO_ROLE_TRAIN, &err) != NULL);
        }
}

static void make_model(struct toy *t)
{
    struct avo_error err = {0};
    struct avo_header h;
    char names[2][128][16];
    char *lists[2][128];
    uint32_t n_hidden = 0;
    toy_must(avo_header_copy(&h, &t->header, &err), &err);
    h.parafac = t->spec->parafac;
    for (uint32_t k = 0; t->spec->blocks[k].width; k++) {
        const struct toy_block *b = &t->spec->blocks[k];
        char name[16];
        snprintf(name, sizeof name, "block%u", k);
        toy_must(avo_header_add_block(&h, name, b->kind, b->width, b->per, &err), &err);
    }
    for (uint32_t i = 0; i < 128; i++) {
        snprintf(names[0][i], sizeof names[0][i], "cell%u", i);
        snprintf(names[1][i], sizeof names[1][i], "assay%u", i);
        lists[0][i] = names[0][i];
        lists[1][i] = names[1][i];
    }
    while (t->spec->hidden[n_hidden])
        n_hidden++;
    toy_must(avo_model_new(&t->model, &h, t->spec->hidden, n_hidden, lists[0],
                           t->spec->n_celltypes, lists[1], t->spec->n_assays, &err), &err);
    avo_header_release(&h);
    t->model.hyper = (struct avo_hyper){.preset = "toy", .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999,
                                        .eps = 1e-7, .init_range = 0.5, .seed = 11,
                                        .batch = t->spec->n, .steps_per_epoch = 3,
                                        .order = t->spec->order, .wrap = t->spec->wrap,
                                        .dropout = t->spec->dropout,
                                        .celltype_dropout = t->spec->celltype_dropout};
    avo_model_init_values(&t->model);
    for (uint32_t l = 0; l < t->model.n_layers; l++)
        for (uint32_t o = 0; o < t->model.layers[l].n_out; o++)
            t->model.layers[l].b[o] = draw(1, l, o) - 0.4f;
}

/* Columns in another order than the pairs; NaN where spec says. */
static void make_values(struct toy *t, uint32_t n, uint32_t chrom, uint32_t beg, void *values)
{
    uint32_t n_tracks = (uint32_t)t->header.n_tracks;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < n_tracks; c++) {
            uint32_t bin = beg + i, key = chrom * 100000 + bin;
            bool gone = (double)draw(2, key, c) < t->spec->missing ||
                        (double)draw(3, key, 0) < t->spec->empty;
            float x = gone ? NAN : 3 * draw(4, key, c) - 0.5f + (float)(c % 3);
            size_t at = (size_t)i * n_tracks + c;
            if (t->spec->dtype == AVO_F32)
                ((float *)values)[at] = x;
            else
                ((uint16_t *)values)[at] = avo_half_from_float(x);
        }
}

static void make_bins(struct toy *t)
{
    struct avo_error err = {0};
    size_t size = avo_dtype_size(t->spec->dtype) * t->header.n_tracks;
    t->on = (struct avo_binding){&t->positions, &t->signal, &t->rows};
    t->signal.dtype = t->spec->dtype;
    t->signal.n_tracks = (uint32_t)t->header.n_tracks;
    for (uint32_t i = 0; i < 6 && t->spec->runs[i].n; i++) {
        const struct toy_run *r = &t->spec->runs[i];
        struct avo_run run = {r->beg, r->n};
        struct avo_span span = {r->chrom, 1, r->n, &run};
        void *values = malloc(size * r->n);
        make_values(t, r->n, r->chrom, r->beg, values);
        toy_must(avo_positions_add(&t->positions, &t->model.header, &span, false, &err), &err);
        toy_must(avo_signal_append(&t->signal, values, r->n, &err), &err);
        free(values);
    }
    avo_genome_rows_init(&t->rows, &t->model);
    toy_must(avo_genome_rows_make(&t->rows, &t->positions, true, &err), &err);
    avo_genome_rows_init_values(&t->rows, &t->positions, &t->model);
}

static void make_learn(struct toy *t)
{
    struct avo_error err = {0};
    struct avo_model *m = &t->model;
    t->learn = (struct avo_learn){.model = m, .genome = !t->spec->fixed_genome,
                                  .clock = &t->clock, .net_clock = &t->clock};
    if (t->spec->frozen)
        return;
    t->learn.net_m = avo_alloc(m->n_net, sizeof(float), "", &err);
    t->learn.net_v = avo_alloc(m->n_net, sizeof(float), "", &err);
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        uint32_t rows = avo_model_rows(m, k), width = m->header.blocks[k].width;
        if (!m->table[k])
            continue;
        t->learn.table[k] = (struct avo_rows){.n_rows = rows, .width = width, .w = m->table[k]};
        t->learn.table[k].m = avo_alloc((size_t)rows * width, sizeof(float), "", &err);
        t->learn.table[k].v = avo_alloc((size_t)rows * width, sizeof(float), "", &err);
        t->learn.first_row[k] = t->spec->first_row;
    }
}

void toy_init(struct toy *t, const struct toy_spec *spec, int n_threads, double beta1)
{
    struct avo_error err = {0};
    memset(t, 0, sizeof *t);
    t->spec = spec;
    make_header(t);
    make_model(t);
    make_bins(t);
    t->roles.role = avo_alloc(t->header.n_tracks, sizeof *t->roles.role, "", &err);
    for (size_t i = 0; i < t->header.n_tracks; i++)
        t->roles.role[i] = AVO_ROLE_TRAIN;
    toy_must(avo_roles_index(&t->roles, &t->header, &t->model, &err), &err);
    t->clock = (struct avo_clock){.lr = 1e-3, .beta1 = beta1, .beta2 = 0.999, .eps = 1e-7};
    toy_must(avo_clock_init(&t->clock, 2000, &err), &err);
    make_learn(t);
    t->pool = avo_pool_new(n_threads, &err);
    ck_assert(t->pool != NULL);
}

void toy_release(struct toy *t)
{
    avo_roles_release(&t->roles);
    avo_clock_release(&t->clock);
    free(t->learn.net_m);
    free(t->learn.net_v);
    for (int k = 0; k < AVO_MAX_BLOCKS; k++) {
        free(t->learn.table[k].m);
        free(t->learn.table[k].v);
    }
    avo_positions_release(&t->positions);
    avo_signal_release(&t->signal);
    avo_genome_rows_release(&t->rows);
    avo_model_release(&t->model);
    avo_header_release(&t->header);
    avo_pool_free(t->pool);
}

struct avo_step toy_step(const struct toy *t, int64_t step)
{
    const struct toy_spec *s = t->spec;
    struct avo_step p = {.order = s->order, .first = s->first + (uint64_t)(step - 1) * s->n,
                         .n = s->n, .wrap = s->wrap, .epoch = 2, .step = step,
                         .coarse_bins = 200, .batch = (double)s->n, .dropout = s->dropout,
                         .seed = 11, .celltype_dropout = s->celltype_dropout};
    avo_fit_set_tracks(&p, &t->roles.train);
    return p;
}

void *toy_open(struct toy *t, const struct avo_backend_ops *ops)
{
    struct avo_error err = {0};
    struct avo_backend_args args = {.model = &t->model, .learn = &t->learn, .pool = t->pool,
                                    .device.precision = AVO_PRECISION_F32};
    void *ctx = ops->open(&args, &err);
    ck_assert_msg(ctx != NULL, "%s", err.msg);
    toy_must(ops->bind(ctx, &t->on, &err), &err);
    return ctx;
}

size_t toy_parts(struct toy *t, bool moment, struct toy_part parts[AVO_MAX_BLOCKS + 1])
{
    size_t n = 0;
    if (!t->spec->frozen)
        parts[n++] = (struct toy_part){"network", 0, t->model.n_net,
                                       moment ? t->learn.net_m : t->model.net};
    for (uint32_t k = 0; k < t->model.header.n_blocks; k++) {
        const struct avo_rows *r = t->model.table[k] ? &t->learn.table[k] : &t->rows.block[k];
        bool learns = t->model.table[k] ? !t->spec->frozen : !t->spec->fixed_genome;
        if (learns)
            parts[n++] = (struct toy_part){t->model.table[k] ? "table" : "genome", k,
                                           (size_t)r->n_rows * r->width, moment ? r->m : r->w};
    }
    return n;
}

float toy_rank(const struct avo_track_stats *s, float x)
{
    int k = 0;
    while (k + 1 < AVO_RANK_KNOTS && s->x[k + 1] <= x)
        k++;
    if (k + 1 == AVO_RANK_KNOTS || x <= s->x[k])
        return s->q[k];
    float share = (x - s->x[k]) / (s->x[k + 1] - s->x[k]);
    return s->q[k] + share * (s->q[k + 1] - s->q[k]);
}

void toy_write_model(const char *path, struct avo_model *m)
{
    struct avo_error err = {0};
    avo_model_identify(m);
    struct avo_writer *w = avo_writer_open(path, &m->header, false, "", &err);
    ck_assert_msg(w != NULL, "%s", err.msg);
    toy_must(avo_model_write(w, m, &err), &err);
    toy_must(avo_writer_finish(w, &err), &err);
    avo_writer_free(w);
}

int toy_read_model(const char *path, struct avo_model *m, struct avo_error *err)
{
    struct avo_head head;
    int more = -1;
    struct avo_reader *r = avo_reader_open(path, err);
    int rc = r ? avo_model_read(m, r, &head, &more, err) : -1;
    if (!rc)
        ck_assert_int_eq(more, 0);
    avo_reader_close(r);
    return rc;
}
