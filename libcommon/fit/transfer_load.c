/* SPDX-License-Identifier: MIT */
/* transfer_load.c: what transfer works on: new rows, and the signal of their tracks on the genome
 * factors of a trained model. */
#include "libcommon/fit/transfer.h"

#include "libcommon/impute/impute.h"

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

/* Genome rows of all the files, on one axis. */
static int load_genome(struct avo_models *s, struct avo_axis *axis, struct avo_error *err)
{
    struct avo_head head;
    struct avo_genome_tile tile;
    int more;
    while ((more = avo_models_next(s, &head, err)) > 0)
        if (avo_models_genome(s, &tile, err) ||
            avo_axis_append_genome(axis, avo_models_core(s), &tile, err))
            return -1;
    return more;
}

static int load_model(struct avo_model *m, struct avo_axis *axis,
                      const struct avo_transfer_input *from, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(from->in);
    struct avo_models *s = avo_models_open_any(from->paths, from->n_paths, err);
    if (!s)
        return -1;
    avo_axis_init(axis, avo_models_core(s), h->transform == AVO_NONE ? AVO_F32 : AVO_F16,
                  (uint32_t)h->n_tracks);
    int rc = load_genome(s, axis, err);
    if (!rc)
        avo_models_take(s, m);
    avo_models_close(s);
    if (rc || axis->n_bins)
        return rc;
    avo_error_set(err, "%s: the model has no genome factors", from->paths[0]);
    return avo_error_hint(err, "an extension needs its base beside it: --init BASE --init %s",
                          from->paths[0]);
}

int avo_transfer_load(struct avo_model *m, struct avo_axis *axis, struct avo_transfer_input *from,
                      struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(from->in);
    struct avo_head head;
    struct avo_tile tile;
    int more;
    from->n_outside = 0;
    if (load_model(m, axis, from, err))
        return -1;
    while ((more = avo_join_next(from->in, &head, err)) > 0) {
        if (head.type != AVO_REC_SIGNAL)
            continue;
        if (avo_join_signal(from->in, &tile, err))
            return -1;
        if (tile.dtype != axis->dtype)
            return avo_error_set(err, "transfer reads %s values (bw2tensor's default)",
                                 axis->dtype == AVO_F16 ? "f16" : "f32");
        from->n_outside += avo_axis_fill(axis, &tile, &m->header, h);
    }
    return more;
}
