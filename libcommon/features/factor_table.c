/* SPDX-License-Identifier: MIT */
/* factor_table.c: the factors of a model's cell types or assays as rows of features. */
#include "libcommon/features/factor_table.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/model/model.h"

static int read_file(struct avo_model *m, const char *path, bool first, struct avo_error *err)
{
    struct avo_reader *r = avo_reader_open(path, err);
    struct avo_model own;
    struct avo_head head;
    int more, rc;

    memset(&own, 0, sizeof own);
    if (!r)
        return -1;
    rc = avo_model_read(first ? m : &own, r, &head, &more, err);
    if (!rc)
        rc = avo_reader_finish(r, err);
    if (!rc && !first && strcmp(m->header.root_id, own.header.root_id))
        rc = avo_error_set(err, "%s: a model of another root (%s, want %s)", avo_reader_name(r),
                           own.header.root_id, m->header.root_id);
    if (!rc && !first && avo_model_join(m, &own, err))
        rc = avo_error_prefix(err, "%s", avo_reader_name(r));
    avo_model_release(&own);
    avo_reader_close(r);
    return rc;
}

static enum avo_block_table table_of(bool assays)
{
    return assays ? AVO_TABLE_ASSAYS : AVO_TABLE_CELLTYPES;
}

static bool is_of(const struct avo_block *b, bool assays)
{
    return avo_block_table_of(b) == table_of(assays);
}

static int make_header(const struct avo_model *m, bool assays, bool no_provenance,
                       struct avo_header *h, struct avo_error *err)
{
    const struct avo_header *from = &m->header;
    int rc = 0;

    *h = (struct avo_header){.content = AVO_CONTENT_FEATURE, .bin_bp = from->bin_bp,
                             .mid_bins = from->mid_bins, .coarse_bins = from->coarse_bins,
                             .transform = from->transform, .missing_nan = from->missing_nan};
    memcpy(h->root_id, from->root_id, sizeof h->root_id);
    for (size_t i = 0; !rc && i < from->n_chroms; i++)
        rc = avo_header_add_chrom(h, from->chroms[i].name, from->chroms[i].len_bp, err);
    for (size_t i = 0; !rc && !no_provenance && i < from->n_provenance; i++)
        rc = avo_header_add_provenance_line(h, from->provenance[i], err);
    for (size_t k = 0; !rc && k < from->n_blocks; k++)
        for (uint32_t i = 0; !rc && is_of(&from->blocks[k], assays) && i < from->blocks[k].width;
             i++) {
            char *name = avo_asprintf(err, "%s.%u", from->blocks[k].name, i);
            rc = name ? avo_header_add_feature(h, name, err) : -1;
            free(name);
        }
    if (!rc && !no_provenance)
        rc = avo_header_add_provenance(h, "factor-agg", assays ? "table:assays"
                                                               : "table:celltypes", err);
    return rc;
}

static int write_rows(const struct avo_model *m, bool assays, struct avo_agg_out *out,
                      struct avo_error *err)
{
    float *row = avo_alloc(m->n_inputs, sizeof *row, "a row", err);
    int rc = row ? 0 : -1;

    for (size_t i = 0; !rc && i < out->spec.n_rows; i++) {
        size_t at = 0;
        for (size_t k = 0; k < m->header.n_blocks; k++) {
            uint32_t width = m->header.blocks[k].width;
            if (!is_of(&m->header.blocks[k], assays))
                continue;
            memcpy(row + at, m->table[k] + i * width, width * sizeof *row);
            at += width;
        }
        rc = avo_agg_out_row(out, i, row, err);
    }
    free(row);
    return rc;
}

int avo_factor_table(char *const *paths, size_t n, bool assays, bool no_provenance,
                     const struct avo_agg_out_spec *spec, struct avo_error *err)
{
    struct avo_agg_out_spec own = *spec;
    struct avo_agg_out out;
    struct avo_header h;
    struct avo_model m;
    int rc = 0;

    memset(&out, 0, sizeof out);
    memset(&h, 0, sizeof h);
    memset(&m, 0, sizeof m);
    for (size_t i = 0; !rc && i < (n ? n : 1); i++)
        rc = read_file(&m, n ? paths[i] : NULL, i == 0, err);
    struct avo_row_names of = avo_model_row_names(&m, table_of(assays));
    own.names = of.names;
    own.n_rows = of.n;
    if (!rc)
        rc = make_header(&m, assays, no_provenance, &h, err) ||
             avo_agg_out_open(&out, &own, &h, err) || write_rows(&m, assays, &out, err) ||
             avo_agg_out_finish(&out, err) ? -1 : 0;
    avo_agg_out_release(&out);
    avo_header_release(&h);
    avo_model_release(&m);
    return rc;
}
