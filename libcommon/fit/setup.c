/* SPDX-License-Identifier: MIT */
/* setup.c: model header, bins and values from a SIGNAL stream. */
#include "libcommon/fit/setup.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/impute/impute.h"
#include "libcommon/model/grid.h"
#include "libcommon/model/standard.h"

/* ---- the model's header ---- */

static void drop_tracks(struct avo_header *h)
{
    struct avo_header only = {.n_tracks = h->n_tracks, .tracks = h->tracks};
    h->tracks = NULL;
    h->n_tracks = 0;
    avo_header_release(&only);
}

int avo_setup_record_tracks(struct avo_model *m, const struct avo_header *h,
                            const struct avo_roles *r, struct avo_error *err)
{
    for (size_t i = 0; i < h->n_tracks; i++) {
        const struct avo_track *t = &h->tracks[i];
        int known = avo_header_find_track(&m->header, t->celltype, t->assay);
        if (known >= 0 && r->role[i] == AVO_ROLE_TRAIN)
            m->header.tracks[known].role = AVO_ROLE_TRAIN;
        if (known >= 0)
            continue;
        if (!avo_header_add_track(&m->header, t->celltype, t->assay, r->role[i], err))
            return -1;
    }
    return 0;
}

/* Distinct names of one kind among the training tracks. */
static char **distinct(const struct avo_header *h, const struct avo_roles *r, bool cells,
                       uint32_t *n, struct avo_error *err)
{
    char **names = avo_alloc(h->n_tracks, sizeof *names, "names", err);
    *n = 0;
    for (size_t i = 0; names && i < h->n_tracks; i++) {
        char *name = cells ? h->tracks[i].celltype : h->tracks[i].assay;
        uint32_t j = 0;
        if (r->role[i] != AVO_ROLE_TRAIN)
            continue;
        while (j < *n && strcmp(names[j], name))
            j++;
        if (j == *n)
            names[(*n)++] = name;
    }
    return names;
}

int avo_setup_model(struct avo_model *m, const struct avo_header *h, const struct avo_roles *r,
                    const struct avo_preset *p, struct avo_error *err)
{
    struct avo_header mine;
    uint32_t n_cells = 0, n_assays = 0;
    int rc = -1;
    if (avo_header_copy(&mine, h, err))
        return -1;
    char **cells = distinct(h, r, true, &n_cells, err);
    char **assays = distinct(h, r, false, &n_assays, err);
    if (!cells || !assays)
        goto out;
    if (!n_cells) {
        avo_error_set(err, "no training track: all %zu are valid or test", h->n_tracks);
        goto out;
    }
    drop_tracks(&mine);
    mine.parafac = p->shape.parafac;
    for (size_t k = 0; k < p->shape.n_blocks; k++) {
        const struct avo_block *b = &p->shape.blocks[k];
        uint32_t width = avo_block_table_of(b) == AVO_TABLE_NONE
                             ? avo_observed_width(&p->observed, b->kind, n_assays) : b->width;
        if (avo_header_add_block(&mine, b->name, b->kind, width, b->bins_per_row, err))
            goto out;
    }
    if (avo_model_new(m, &mine, p->shape.hidden, p->shape.n_hidden, cells, n_cells, assays,
                      n_assays, err))
        goto out;
    m->hyper = p->hyper;
    struct avo_observed observed = p->observed;
    if ((observed.n_windows && avo_model_observe(m, &observed, err)) ||
        (p->hyper.standardize && avo_model_standardize(m, &observed, err)))
        goto out;
    rc = avo_setup_record_tracks(m, h, r, err);
out:
    free(cells);
    free(assays);
    avo_header_release(&mine);
    return rc;
}

int avo_setup_rebase(struct avo_model *m, const struct avo_header *h, struct avo_error *err)
{
    struct avo_header mine;
    if (avo_grid_check(&m->header, h, err) || avo_header_copy(&mine, h, err))
        return -1;
    struct avo_header old = m->header;
    drop_tracks(&mine);
    mine.content = AVO_CONTENT_MODEL;
    mine.n_tracks = old.n_tracks;
    mine.tracks = old.tracks;
    mine.n_blocks = old.n_blocks;
    mine.blocks = old.blocks;
    mine.parafac = old.parafac;
    memcpy(mine.root_id, old.root_id, sizeof mine.root_id);
    mine.minor = old.minor;
    old.n_tracks = old.n_blocks = 0;
    old.tracks = NULL;
    old.blocks = NULL;
    /* the model's chain first: the signal's entries describe its input */
    size_t n = mine.n_provenance + old.n_provenance;
    char **chain = avo_alloc(n, sizeof *chain, "provenance", err);
    if (chain) {
        if (old.n_provenance)
            memcpy(chain, old.provenance, old.n_provenance * sizeof *chain);
        if (mine.n_provenance)
            memcpy(chain + old.n_provenance, mine.provenance, mine.n_provenance * sizeof *chain);
        free(mine.provenance);
        mine.provenance = chain;
        mine.n_provenance = n;
        old.n_provenance = 0;
    }
    m->header = mine;
    avo_header_release(&old);
    return chain ? 0 : -1;
}

static void copy_rows(struct avo_model *m, const struct avo_model *src, bool cells)
{
    enum avo_block_table table = cells ? AVO_TABLE_CELLTYPES : AVO_TABLE_ASSAYS;
    struct avo_row_names of = avo_model_row_names(m, table);
    for (uint32_t i = 0; i < of.n; i++) {
        int j = cells ? avo_model_celltype(src, of.names[i]) : avo_model_assay(src, of.names[i]);
        for (size_t k = 0; k < m->header.n_blocks && j >= 0; k++) {
            size_t width = m->header.blocks[k].width;
            if (avo_block_table_of(&m->header.blocks[k]) == table)
                memcpy(m->table[k] + i * width, src->table[k] + (size_t)j * width,
                       width * sizeof(float));
        }
    }
}

/* Columns that are computed for assays stand in the order of these. */
static bool same_assays(const struct avo_model *a, const struct avo_model *b)
{
    bool same = a->root_assays == b->root_assays;
    for (uint32_t i = 0; same && i < a->root_assays; i++)
        same = !strcmp(a->assays[i], b->assays[i]);
    return same;
}

static int copy_values(struct avo_model *m, const struct avo_model *src, struct avo_error *err)
{
    bool same = m->n_net == src->n_net && m->header.n_blocks == src->header.n_blocks;
    for (size_t k = 0; same && k < m->header.n_blocks; k++)
        same = avo_block_alike(&m->header.blocks[k], &src->header.blocks[k]);
    for (uint32_t l = 0; same && l < m->n_layers; l++)
        same = m->layers[l].n_out == src->layers[l].n_out;
    same = same && avo_observed_alike(m->observed, src->observed) &&
           (!m->observed || same_assays(m, src));
    if (!same)
        return avo_error_set(err, "--warm: the model to start from has other sizes");
    if (m->hyper.standardize != src->hyper.standardize)
        return avo_error_set(err, "--warm: the model to start from has learned tracks that are %s"
                             "standardised", src->hyper.standardize ? "" : "not ");
    memcpy(m->net, src->net, m->n_net * sizeof *m->net);
    if (m->observed)
        m->observed->count = src->observed->count;
    copy_rows(m, src, true);
    copy_rows(m, src, false);
    return 0;
}

int avo_setup_read_core(struct avo_model *m, char *const *paths, size_t n_paths,
                        struct avo_error *err)
{
    struct avo_models *s = avo_models_open_any(paths, n_paths, err);
    struct avo_head head;
    int more = s ? 1 : -1;
    while (more > 0)            /* a cut file must not pass for a whole one */
        more = avo_models_next(s, &head, err);
    if (!more)
        avo_models_take(s, m);
    avo_models_close(s);
    return more;
}

int avo_setup_warm(struct avo_model *m, char *const *paths, size_t n_paths,
                   struct avo_error *err)
{
    struct avo_model from;
    if (avo_setup_read_core(&from, paths, n_paths, err))
        return -1;
    avo_model_init_values(m);
    int rc = copy_values(m, &from, err);
    avo_model_release(&from);
    return rc;
}

/* ---- bins and values ---- */

static int fits(const void *plan, uint64_t n_bins, struct avo_error *err)
{
    return avo_memory_check(plan, n_bins, true, err);
}

int avo_setup_load(struct avo_positions *p, struct avo_signal *x, struct avo_join *j,
                   const struct avo_memory_plan *plan, struct avo_error *err)
{
    return avo_signal_read(x, p, j, fits, plan, err);
}

static void add_parameters(struct avo_digest *d, const struct avo_model *m)
{
    avo_digest_add(d, m->net, m->n_net * sizeof *m->net);
    for (uint32_t k = 0; k < m->header.n_blocks; k++)
        if (m->table[k])
            avo_digest_add(d, m->table[k], (size_t)avo_model_rows(m, k) *
                                               m->header.blocks[k].width * sizeof(float));
    if (m->observed)
        avo_digest_add(d, &m->observed->count, sizeof m->observed->count);
}

void avo_setup_digest(const struct avo_positions *p, const struct avo_signal *x,
                      const struct avo_model *warm, char out[33])
{
    struct avo_digest d;
    avo_digest_init(&d);
    for (uint32_t i = 0; i < p->n_runs; i++) {
        const struct avo_positions_run *r = &p->runs[i];
        uint32_t place[3] = {r->chrom_crc, r->beg_bin, r->n_bins};
        avo_digest_add(&d, place, sizeof place);
    }
    avo_digest_add(&d, x->values, (size_t)x->n_bins * x->n_tracks * avo_dtype_size(x->dtype));
    if (warm)
        add_parameters(&d, warm);
    avo_digest_hex(&d, out);
}
