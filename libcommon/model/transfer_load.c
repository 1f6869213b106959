/* SPDX-License-Identifier: MIT */
/* transfer_load.c: what transfer works on: new rows, and the signal of their tracks on the genome
 * factors of a trained model. */
#include "libcommon/model/fit.h"

int avo_transfer_rows(struct avo_model *m, const struct avo_header *h, struct avo_roles *r,
                      bool cells, uint32_t *n_left_out, struct avo_error *err)
{
    uint32_t n_known = cells ? m->n_celltypes : m->n_assays;
    *n_left_out = 0;
    for (size_t i = 0; i < h->n_tracks; i++) {
        const char *name = cells ? h->tracks[i].celltype : h->tracks[i].assay;
        int at = cells ? avo_model_celltype(m, name) : avo_model_assay(m, name);
        if (at >= 0 && (uint32_t)at < n_known) {
            *n_left_out += r->role[i] == AVO_ROLE_TRAIN;
            r->role[i] = AVO_ROLE_TEST;
            continue;
        }
        if (at >= 0 || r->role[i] != AVO_ROLE_TRAIN)
            continue;
        if (cells ? avo_model_add_celltype(m, name, err) : avo_model_add_assay(m, name, err))
            return -1;
    }
    if (n_known == (cells ? m->n_celltypes : m->n_assays))
        return avo_error_set(err, "the input has no %s that the model lacks",
                             cells ? "cell type" : "assay");
    return 0;
}

static int load_genome(struct avo_model *m, struct avo_axis *axis, const char *path,
                       const struct avo_header *h, struct avo_error *err)
{
    struct avo_head head;
    struct avo_genome_tile tile;
    int more, rc = -1;
    struct avo_reader *r = avo_reader_open(path, err);
    if (!r || avo_model_read(m, r, &head, &more, err))
        goto out;
    avo_axis_init(axis, m, h->transform == AVO_NONE ? AVO_F32 : AVO_F16, (uint32_t)h->n_tracks);
    for (; more > 0; more = avo_reader_next(r, &head, err))
        if (head.type == AVO_REC_GENOME &&
            (avo_reader_genome(r, &tile, err) || avo_axis_append_genome(axis, m, &tile, err)))
            goto out;
    rc = more < 0 ? -1 : 0;
    if (!rc && !axis->n_bins)
        rc = avo_error_set(err, "%s: the model has no genome factors", path);
out:
    avo_reader_close(r);
    return rc;
}

int avo_transfer_load(struct avo_model *m, struct avo_axis *axis, const char *path,
                      struct avo_join *in, uint64_t *n_outside, struct avo_error *err)
{
    const struct avo_header *h = avo_join_header(in);
    struct avo_head head;
    struct avo_tile tile;
    int more;
    *n_outside = 0;
    if (load_genome(m, axis, path, h, err))
        return -1;
    while ((more = avo_join_next(in, &head, err)) > 0) {
        if (head.type != AVO_REC_SIGNAL)
            continue;
        if (avo_join_signal(in, &tile, err))
            return -1;
        if (tile.dtype != axis->dtype)
            return avo_error_set(err, "transfer reads %s values (bw2tensor's default)",
                                 axis->dtype == AVO_F16 ? "f16" : "f32");
        *n_outside += avo_axis_fill(axis, &tile, &m->header, h);
    }
    return more;
}
