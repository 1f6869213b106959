/* SPDX-License-Identifier: MIT */
/* model.c: shape, initial values, rows, identity of a model. */
#include "libcommon/model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/model/model_observed.h"
#include "libcommon/model/parafac.h"
#include "libcommon/model/similarity.h"

static int copy_names(char ***dst, char *const *src, uint32_t n, struct avo_error *err)
{
    *dst = avo_alloc(n, sizeof **dst, "names", err);
    for (uint32_t i = 0; *dst && i < n; i++)
        if (!((*dst)[i] = avo_strdup(src[i], err)))
            return -1;
    return *dst ? 0 : -1;
}

struct avo_row_names avo_model_row_names(const struct avo_model *m, enum avo_block_table table)
{
    switch (table) {
    case AVO_TABLE_CELLTYPES:
        return (struct avo_row_names){m->celltypes, m->n_celltypes, m->root_celltypes};
    case AVO_TABLE_ASSAYS:
        return (struct avo_row_names){m->assays, m->n_assays, m->root_assays};
    case AVO_TABLE_POSITIONS:
    case AVO_TABLE_NONE:
        break;
    }
    return (struct avo_row_names){NULL, 0, 0};
}

uint32_t avo_model_block(const struct avo_model *m, enum avo_block_kind kind)
{
    uint32_t k = 0;
    while (m->header.blocks[k].kind != kind)
        k++;
    return k;
}

uint32_t avo_model_rows(const struct avo_model *m, uint32_t k)
{
    return avo_model_row_names(m, avo_block_table_of(&m->header.blocks[k])).n;
}

/* Where the blocks' columns lie. */
static void lay_out(struct avo_model *m)
{
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        m->offset[k] = m->n_inputs;
        m->n_inputs += b->width;
        switch (avo_block_depends_on(b)) {
        case AVO_BY_POSITION:
            m->x_offset[k] = m->n_position;
            m->n_position += b->width;
            break;
        case AVO_BY_PAIR:
        case AVO_BY_BOTH:
            break;
        }
    }
}

static int make_tables(struct avo_model *m, struct avo_error *err)
{
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        switch (avo_block_table_of(b)) {
        case AVO_TABLE_CELLTYPES:
        case AVO_TABLE_ASSAYS:
            m->table[k] = avo_alloc((size_t)avo_model_rows(m, k) * b->width, sizeof(float),
                                    "factors", err);
            if (!m->table[k])
                return -1;
            break;
        case AVO_TABLE_POSITIONS:
        case AVO_TABLE_NONE:
            break;
        }
    }
    m->range = avo_alloc(m->n_assays, 2 * sizeof *m->range, "ranges", err);
    return m->range ? 0 : -1;
}

static int make_network(struct avo_model *m, const uint32_t *hidden, uint32_t n_hidden,
                        struct avo_error *err)
{
    m->n_layers = n_hidden + 1;
    for (uint32_t l = 0; l < m->n_layers; l++) {
        struct avo_layer *y = &m->layers[l];
        y->n_in = m->header.parafac ? 0 : l ? m->layers[l - 1].n_out : m->n_inputs;
        y->n_out = l < n_hidden ? hidden[l] : 1;
        m->n_net += (size_t)(y->n_in + 1) * y->n_out;
    }
    m->net = avo_alloc(m->n_net, sizeof *m->net, "network", err);
    float *at = m->net;
    for (uint32_t l = 0; m->net && l < m->n_layers; l++) {
        struct avo_layer *y = &m->layers[l];
        y->w = at;
        y->b = at + (size_t)y->n_in * y->n_out;
        at = y->b + y->n_out;
    }
    return m->net ? 0 : -1;
}

int avo_model_new(struct avo_model *m, const struct avo_header *header, const uint32_t *hidden,
                  uint32_t n_hidden, char *const *celltypes, uint32_t n_celltypes,
                  char *const *assays, uint32_t n_assays, struct avo_error *err)
{
    memset(m, 0, sizeof *m);
    if (header->parafac && n_hidden)
        return avo_error_set(err, "hidden layers in a model that has no network");
    if ((n_hidden < 1 && !header->parafac) || n_hidden >= AVO_MAX_LAYERS)
        return avo_error_set(err, "%u hidden layers (got %u, want 1 to %d)", n_hidden, n_hidden,
                             AVO_MAX_LAYERS - 1);
    if (header->n_blocks > AVO_MAX_BLOCKS)
        return avo_error_set(err, "too many input blocks (got %zu, want at most %d)",
                             header->n_blocks, AVO_MAX_BLOCKS);
    if (avo_header_copy(&m->header, header, err))
        return -1;
    m->header.content = AVO_CONTENT_MODEL;
    m->n_celltypes = m->root_celltypes = n_celltypes;
    m->n_assays = m->root_assays = n_assays;
    if (copy_names(&m->celltypes, celltypes, n_celltypes, err) ||
        copy_names(&m->assays, assays, n_assays, err))
        return -1;
    lay_out(m);
    if (make_tables(m, err))
        return -1;
    return make_network(m, hidden, n_hidden, err);
}

static void init_table(struct avo_model *m, uint32_t k)
{
    const struct avo_block *b = &m->header.blocks[k];
    struct avo_row_names of = avo_model_row_names(m, avo_block_table_of(b));
    for (uint32_t i = 0; i < of.n; i++) {
        uint32_t crc = avo_crc32c(0, of.names[i], strlen(of.names[i]));
        for (uint32_t c = 0; c < b->width; c++) {
            struct avo_rng4 r = avo_rng_draw((uint32_t)m->hyper.seed, AVO_RNG_ROW, k, crc, c / 4,
                                             0);
            float mean = m->header.parafac ? avo_parafac_start(b, c) : 0;
            m->table[k][(size_t)i * b->width + c] =
                mean + avo_init_value(r.v[c % 4], (float)m->hyper.init_range);
        }
    }
}

void avo_model_init_values(struct avo_model *m)
{
    for (uint32_t k = 0; k < m->header.n_blocks; k++)
        if (m->table[k])
            init_table(m, k);
    for (uint32_t l = 0; l < m->n_layers; l++) {
        struct avo_layer *y = &m->layers[l];
        float range = sqrtf(6.0f / (float)(y->n_in + y->n_out));
        for (uint32_t i = 0; i < y->n_in * y->n_out; i++) {
            struct avo_rng4 r = avo_rng_draw((uint32_t)m->hyper.seed, AVO_RNG_NETWORK, l, i / 4, 0,
                                             0);
            y->w[i] = avo_init_value(r.v[i % 4], range);
        }
        memset(y->b, 0, y->n_out * sizeof *y->b);
    }
    if (m->observed) {          /* training begins at the mean of the other cell types */
        const struct avo_layer *out = &m->layers[m->n_layers - 1];
        memset(out->w, 0, out->n_in * sizeof *out->w);
        m->observed->count = 0;
    }
}

void avo_model_release(struct avo_model *m)
{
    for (uint32_t i = 0; m->celltypes && i < m->n_celltypes; i++)
        free(m->celltypes[i]);
    for (uint32_t i = 0; m->assays && i < m->n_assays; i++)
        free(m->assays[i]);
    for (int k = 0; k < AVO_MAX_BLOCKS; k++)
        free(m->table[k]);
    free(m->celltypes);
    free(m->assays);
    free(m->net);
    free(m->range);
    if (avo_model_stats(m))
        avo_observed_release(avo_model_stats(m));
    free(m->observed);
    free(m->standard);
    avo_header_release(&m->header);
    memset(m, 0, sizeof *m);
}

static int find(char *const *names, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (!strcmp(names[i], name))
            return (int)i;
    return -1;
}

int avo_model_celltype(const struct avo_model *m, const char *name)
{
    return find(m->celltypes, m->n_celltypes, name);
}

int avo_model_assay(const struct avo_model *m, const char *name)
{
    return find(m->assays, m->n_assays, name);
}

/* Appends a row to the tables of cell types (assays): from's, or (NULL) the mean of the root's. */
static int append_rows(struct avo_model *m, enum avo_block_table table,
                       const struct avo_model *from, uint32_t from_row, struct avo_error *err)
{
    struct avo_row_names of = avo_model_row_names(m, table);
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        size_t width = m->header.blocks[k].width, n = of.n, cap = n * width;
        if (avo_block_table_of(&m->header.blocks[k]) != table)
            continue;
        if (avo_grow(&m->table[k], &cap, (n + 1) * width, sizeof(float), "factors", err))
            return -1;
        for (size_t e = 0; e < width; e++) {
            double sum = 0;
            for (uint32_t i = 0; i < of.n_root; i++)
                sum += m->table[k][i * width + e];
            m->table[k][n * width + e] =
                from ? from->table[k][from_row * width + e] : (float)(sum / of.n_root);
        }
    }
    return 0;
}

static int append_name(char ***names, uint32_t *n, const char *name, struct avo_error *err)
{
    size_t cap = *n;
    if (avo_grow(names, &cap, (size_t)*n + 1, sizeof **names, "names", err))
        return -1;
    if (!((*names)[*n] = avo_strdup(name, err)))
        return -1;
    (*n)++;
    return 0;
}

int avo_model_add_celltype(struct avo_model *m, const char *name, struct avo_error *err)
{
    if (append_rows(m, AVO_TABLE_CELLTYPES, NULL, 0, err))
        return -1;
    return append_name(&m->celltypes, &m->n_celltypes, name, err);
}

static int append_range(struct avo_model *m, const float *range, struct avo_error *err)
{
    size_t cap = 2 * m->n_assays;
    if (avo_grow(&m->range, &cap, cap + 2, sizeof *m->range, "ranges", err))
        return -1;
    m->range[2 * m->n_assays] = range ? range[0] : 0;
    m->range[2 * m->n_assays + 1] = range ? range[1] : 0;
    return 0;
}

int avo_model_add_assay(struct avo_model *m, const char *name, struct avo_error *err)
{
    if (append_rows(m, AVO_TABLE_ASSAYS, NULL, 0, err) || append_range(m, NULL, err))
        return -1;
    return append_name(&m->assays, &m->n_assays, name, err);
}

uint32_t avo_model_train_tracks(const struct avo_model *m, const char *celltype, const char *assay)
{
    uint32_t n = 0;
    for (size_t i = 0; i < m->header.n_tracks; i++) {
        const struct avo_track *t = &m->header.tracks[i];
        n += t->role == AVO_ROLE_TRAIN && (!celltype || !strcmp(t->celltype, celltype)) &&
             (!assay || !strcmp(t->assay, assay));
    }
    return n;
}

static void digest_u32(struct avo_digest *d, uint32_t x)
{
    uint8_t b[4] = {(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16), (uint8_t)(x >> 24)};
    avo_digest_add(d, b, sizeof b);
}

static void digest_floats(struct avo_digest *d, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        digest_u32(d, bits);
    }
}

static void digest_names(struct avo_digest *d, char *const *names, uint32_t n)
{
    digest_u32(d, n);
    for (uint32_t i = 0; i < n; i++)
        avo_digest_add(d, names[i], strlen(names[i]) + 1);
}

static void digest_observed(struct avo_digest *d, const struct avo_observed *o)
{
    digest_u32(d, o->n_windows);
    for (uint32_t i = 0; i < o->n_windows; i++)
        digest_u32(d, o->half_bins[i]);
    digest_u32(d, o->ranks);
    if (o->similar)
        digest_u32(d, o->similar);
    digest_floats(d, &o->count, 1);
}

void avo_model_identify(struct avo_model *m)
{
    struct avo_digest d;
    avo_digest_init(&d);
    digest_u32(&d, m->header.bin_bp);
    digest_u32(&d, (uint32_t)m->header.transform);
    digest_u32(&d, m->header.missing_nan);
    for (size_t k = 0; k < m->header.n_blocks; k++) {
        const struct avo_block *b = &m->header.blocks[k];
        avo_digest_add(&d, b->name, strlen(b->name) + 1);
        digest_u32(&d, (uint32_t)b->kind);
        digest_u32(&d, b->width);
        digest_u32(&d, b->bins_per_row);
        struct avo_row_names of = avo_model_row_names(m, avo_block_table_of(b));
        if (m->table[k])
            digest_floats(&d, m->table[k], (size_t)of.n_root * b->width);
    }
    digest_names(&d, m->celltypes, m->root_celltypes);
    digest_names(&d, m->assays, m->root_assays);
    for (uint32_t l = 0; l < m->n_layers; l++)
        digest_u32(&d, m->layers[l].n_out);
    digest_floats(&d, m->net, m->n_net);
    if (m->header.parafac)
        avo_digest_add(&d, "parafac", sizeof "parafac");
    if (m->observed)
        digest_observed(&d, m->observed);
    if (m->standard)
        avo_digest_add(&d, "standardize", sizeof "standardize");
    avo_digest_hex(&d, m->header.root_id);
}

/* Whether row i of a and row j of b, of the same tables, hold the same factors. */
static bool same_row(const struct avo_model *a, uint32_t i, const struct avo_model *b, uint32_t j,
                     enum avo_block_table table)
{
    for (uint32_t k = 0; k < a->header.n_blocks; k++) {
        size_t width = a->header.blocks[k].width;
        if (avo_block_table_of(&a->header.blocks[k]) == table &&
            memcmp(a->table[k] + i * width, b->table[k] + j * width, width * sizeof(float)))
            return false;
    }
    return true;
}

static int join_rows(struct avo_model *m, const struct avo_model *ext, bool cells,
                     struct avo_error *err)
{
    enum avo_block_table table = cells ? AVO_TABLE_CELLTYPES : AVO_TABLE_ASSAYS;
    char ***names = cells ? &m->celltypes : &m->assays;
    uint32_t *n = cells ? &m->n_celltypes : &m->n_assays;
    struct avo_row_names theirs = avo_model_row_names(ext, table);
    for (uint32_t j = 0; j < theirs.n; j++) {
        int i = find(*names, *n, theirs.names[j]);
        if (i >= 0 && !same_row(m, (uint32_t)i, ext, j, table))
            return avo_error_set(err, "%s \"%s\" has two different rows of factors",
                                 cells ? "cell type" : "assay", theirs.names[j]);
        if (i >= 0)
            continue;
        if (append_rows(m, table, ext, j, err) ||
            (!cells && append_range(m, ext->range + 2 * j, err)) ||
            append_name(names, n, theirs.names[j], err))
            return -1;
    }
    return 0;
}

/* How much a model has seen of a track: training counts most. */
static int seen(enum avo_role role)
{
    switch (role) {
    case AVO_ROLE_TRAIN: return 3;
    case AVO_ROLE_VALID: return 2;
    case AVO_ROLE_TEST: return 1;
    case AVO_ROLE_UNSET: break;
    }
    return 0;
}

/* Ranges and roles must not depend on the order of the files: the widest, the strongest. */
static void join_facts(struct avo_model *m, const struct avo_model *ext)
{
    for (uint32_t j = 0; j < ext->n_assays; j++) {
        float *to = m->range + 2 * (size_t)avo_model_assay(m, ext->assays[j]);
        to[0] = ext->range[2 * j] < to[0] ? ext->range[2 * j] : to[0];
        to[1] = ext->range[2 * j + 1] > to[1] ? ext->range[2 * j + 1] : to[1];
    }
    for (size_t i = 0; i < ext->header.n_tracks; i++) {
        const struct avo_track *t = &ext->header.tracks[i];
        int k = avo_header_find_track(&m->header, t->celltype, t->assay);
        if (k >= 0 && seen(t->role) > seen(m->header.tracks[k].role))
            m->header.tracks[k].role = t->role;
    }
}

int avo_model_join(struct avo_model *m, const struct avo_model *ext, struct avo_error *err)
{
    if (strcmp(m->header.root_id, ext->header.root_id))
        return avo_error_set(err, "a model of another root (%s, not %s)", ext->header.root_id,
                             m->header.root_id);
    if (join_rows(m, ext, true, err) || join_rows(m, ext, false, err))
        return -1;
    for (size_t i = 0; i < ext->header.n_tracks; i++) {
        const struct avo_track *t = &ext->header.tracks[i];
        if (avo_header_find_track(&m->header, t->celltype, t->assay) < 0 &&
            !avo_header_add_track(&m->header, t->celltype, t->assay, t->role, err))
            return -1;
    }
    const struct avo_observed *theirs = avo_model_stats(ext);
    for (uint32_t i = 0; theirs && i < theirs->n_stats; i++)
        if (avo_observed_add(avo_model_stats(m), &theirs->stats[i], err))
            return -1;
    if (m->observed && avo_similarity_join(m->observed, ext->observed, err))
        return -1;
    join_facts(m, ext);
    return 0;
}

/* ---- an order of rows and tracks that does not depend on that of the files ---- */

static void swap_floats(float *a, float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = a[i];
        a[i] = b[i];
        b[i] = x;
    }
}

static void swap_rows(struct avo_model *m, enum avo_block_table table, uint32_t i, uint32_t j)
{
    char **names = avo_model_row_names(m, table).names, *name = names[i];
    names[i] = names[j];
    names[j] = name;
    if (table == AVO_TABLE_ASSAYS)
        swap_floats(m->range + 2 * i, m->range + 2 * j, 2);
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        size_t width = m->header.blocks[k].width;
        if (avo_block_table_of(&m->header.blocks[k]) == table)
            swap_floats(m->table[k] + i * width, m->table[k] + j * width, width);
    }
}

static bool is_root_track(const struct avo_model *m, const struct avo_track *t)
{
    return find(m->celltypes, m->root_celltypes, t->celltype) >= 0 &&
           find(m->assays, m->root_assays, t->assay) >= 0;
}

int avo_model_sort(struct avo_model *m, struct avo_error *err)
{
    struct avo_track *tracks = m->header.tracks;
    size_t n = m->header.n_tracks, n_root = 0, n_rest = 0;
    struct avo_track *rest = avo_alloc(n, sizeof *rest, "tracks", err);
    if (!rest)
        return -1;
    for (uint32_t i = m->root_celltypes; i < m->n_celltypes; i++)
        for (uint32_t j = i; j > m->root_celltypes &&
                             strcmp(m->celltypes[j - 1], m->celltypes[j]) > 0; j--)
            swap_rows(m, AVO_TABLE_CELLTYPES, j - 1, j);
    for (uint32_t i = m->root_assays; i < m->n_assays; i++)
        for (uint32_t j = i; j > m->root_assays && strcmp(m->assays[j - 1], m->assays[j]) > 0; j--)
            swap_rows(m, AVO_TABLE_ASSAYS, j - 1, j);
    for (size_t i = 0; i < n; i++)
        if (is_root_track(m, &tracks[i]))
            tracks[n_root++] = tracks[i];
        else
            rest[n_rest++] = tracks[i];
    qsort(rest, n_rest, sizeof *rest, avo_track_cmp);
    if (n_rest)
        memcpy(tracks + n_root, rest, n_rest * sizeof *rest);
    free(rest);
    return avo_model_stats(m) ? avo_model_sort_stats(m, err) : 0;
}

bool avo_model_is_flat(const struct avo_model *m, uint32_t assay, float lo, float hi)
{
    const float *range = m->range + 2 * (size_t)assay;
    float width = range[1] > range[0] ? range[1] - range[0] : 0;
    return hi - lo <= 1e-4f * width;
}
