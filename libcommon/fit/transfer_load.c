/* SPDX-License-Identifier: MIT */
/* transfer_load.c: what transfer works on: new rows, and the signal of their tracks on the genome
 * factors of a trained model. */
#include "libcommon/fit/transfer.h"

#include "libcommon/impute/impute.h"
#include "libcommon/stream/chrom_index.h"

/* Rows of the two tables before any was added. */
struct known { uint32_t n_celltypes, n_assays; };

/* Whether a row that may be new is the track's. */
static bool is_new(const struct avo_model *m, const struct known *k, const struct avo_track *t,
                   const struct avo_transfer_input *from)
{
    int c = avo_model_celltype(m, t->celltype), a = avo_model_assay(m, t->assay);
    return (from->celltypes && (c < 0 || (uint32_t)c >= k->n_celltypes)) ||
           (from->assays && (a < 0 || (uint32_t)a >= k->n_assays));
}

static int add_rows(struct avo_model *m, const struct avo_track *t, bool cells, bool assays,
                    struct avo_error *err)
{
    if (cells && avo_model_celltype(m, t->celltype) < 0 &&
        avo_model_add_celltype(m, t->celltype, err))
        return -1;
    return assays && avo_model_assay(m, t->assay) < 0 && avo_model_add_assay(m, t->assay, err)
               ? -1 : 0;
}

int avo_transfer_rows(struct avo_model *m, const struct avo_header *h, struct avo_roles *r,
                      struct avo_transfer_input *from, struct avo_error *err)
{
    struct known k = {m->n_celltypes, m->n_assays};
    bool cells = from->celltypes, assays = from->assays;
    from->n_left_out = 0;
    for (size_t i = 0; i < h->n_tracks; i++) {
        if (r->role[i] == AVO_ROLE_TRAIN && add_rows(m, &h->tracks[i], cells, assays, err))
            return -1;
        if (is_new(m, &k, &h->tracks[i], from))
            continue;
        from->n_left_out += r->role[i] == AVO_ROLE_TRAIN;
        r->role[i] = AVO_ROLE_TEST;
    }
    if (k.n_celltypes < m->n_celltypes || k.n_assays < m->n_assays)
        return 0;
    return avo_error_set(err, "the input has no %s that the model lacks",
                         cells && assays ? "cell type or assay" : cells ? "cell type" : "assay");
}

/* Genome rows of all the files; their signal is missing for now. */
static int load_genome(struct avo_models *s, const struct avo_binding *to, struct avo_error *err)
{
    struct avo_head head;
    struct avo_genome_tile tile;
    int more;
    while ((more = avo_models_next(s, &head, err)) > 0)
        if (avo_models_genome(s, &tile, err) ||
            avo_genome_rows_append(to->rows, to->positions, avo_models_core(s), &tile, err) ||
            avo_signal_append(to->signal, NULL, tile.span.n_bins, err))
            return -1;
    return more;
}

static int load_model(struct avo_model *m, const struct avo_binding *to,
                      const struct avo_transfer_input *from, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(from->in);
    struct avo_models *s = avo_models_open_any(from->paths, from->n_paths, err);
    if (!s)
        return -1;
    *to->positions = (struct avo_positions){0};
    *to->signal = (struct avo_signal){.dtype = h->transform == AVO_NONE ? AVO_F32 : AVO_F16,
                                      .n_tracks = (uint32_t)h->n_tracks};
    avo_genome_rows_init(to->rows, avo_models_core(s));
    int rc = load_genome(s, to, err);
    if (!rc)
        avo_models_take(s, m);
    avo_models_close(s);
    if (rc || to->positions->n_bins || m->observed)
        return rc;
    avo_error_set(err, "%s: the model has no genome factors", from->paths[0]);
    return avo_error_hint(err, "an extension needs its base beside it: --init BASE --init %s",
                          from->paths[0]);
}

/* The signal of `in` at the positions of the model's genome rows. */
static int load_signal(const struct avo_chrom_index *mine, const struct avo_binding *to,
                       struct avo_transfer_input *from, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(from->in);
    struct avo_head head;
    struct avo_tile tile;
    uint32_t last = 0;
    int more;
    while ((more = avo_join_next(from->in, &head, err)) > 0) {
        if (head.type != AVO_REC_SIGNAL)
            continue;
        if (avo_join_signal(from->in, &tile, err))
            return -1;
        if (tile.dtype != to->signal->dtype)
            return avo_error_set(err, "transfer reads %s values (bw2tensor's default)",
                                 to->signal->dtype == AVO_F16 ? "f16" : "f32");
        int64_t chrom = avo_chrom_index_find(mine, h->chroms[tile.span.chrom].name, &last);
        from->n_outside += avo_signal_fill(to->signal, to->positions, &tile, chrom);
    }
    return more;
}

int avo_transfer_load(struct avo_model *m, const struct avo_binding *to,
                      struct avo_transfer_input *from, struct avo_error *err)
{
    struct avo_chrom_index chroms;
    from->n_outside = 0;
    if (load_model(m, to, from, err))
        return -1;
    if (m->observed)            /* the caller's to load, all of it */
        return 0;
    if (avo_chrom_index_init(&chroms, &m->header, err))
        return -1;
    int rc = load_signal(&chroms, to, from, err);
    avo_chrom_index_release(&chroms);
    return rc;
}
