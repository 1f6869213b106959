/* SPDX-License-Identifier: MIT */
/* header.c: building, copying and asking a stream's header. */
#include "libcommon/stream/header.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/names.h"
#include "libcommon/stream/wire.h"

static void track_release(struct avo_track *t)
{
    for (size_t i = 0; i < t->n_attrs; i++) {
        free(t->attrs[i].key);
        free(t->attrs[i].value);
    }
    free(t->attrs);
    free(t->celltype);
    free(t->assay);
}

static void lines_release(char **lines, size_t n)
{
    for (size_t i = 0; i < n; i++) free(lines[i]);
    free(lines);
}

void avo_header_release(struct avo_header *h)
{
    if (!h) return;
    for (size_t i = 0; i < h->n_chroms; i++) free(h->chroms[i].name);
    for (size_t i = 0; i < h->n_tracks; i++) track_release(&h->tracks[i]);
    for (size_t i = 0; i < h->n_blocks; i++) free(h->blocks[i].name);
    lines_release(h->extra, h->n_extra);
    lines_release(h->provenance, h->n_provenance);
    free(h->chroms);
    free(h->extents);
    free(h->tracks);
    free(h->blocks);
    free(h->unit);
    free(h->assembly);
    memset(h, 0, sizeof *h);
}

/* Room for one more of n elements: p moved to memory for the next power of two. Asking each time
 * costs little and makes no assumption about who allocated p. NULL = failed, p as it was. */
static void *room(void *p, size_t n, size_t size, struct avo_error *err)
{
    size_t cap = 1;
    void *q;

    while (cap < n + 1) cap *= 2;
    if (!(q = realloc(p, cap * size)))
        avo_error_set(err, "out of memory (%zu bytes for the header)", cap * size);
    return q;
}

int avo_header_add_chrom(struct avo_header *h, const char *name, uint64_t len_bp,
                         struct avo_error *err)
{
    char *copy;
    void *q = room(h->chroms, h->n_chroms, sizeof *h->chroms, err);

    if (!q) return -1;
    h->chroms = q;
    if (!(copy = avo_strdup(name, err))) return -1;
    h->chroms[h->n_chroms++] = (struct avo_chrom){ copy, len_bp };
    return 0;
}

int avo_header_add_extent(struct avo_header *h, uint32_t chrom, uint32_t beg_bin,
                          uint32_t end_bin, struct avo_error *err)
{
    void *q = room(h->extents, h->n_extents, sizeof *h->extents, err);

    if (!q) return -1;
    h->extents = q;
    h->extents[h->n_extents++] = (struct avo_extent){ chrom, beg_bin, end_bin };
    return 0;
}

struct avo_track *avo_header_add_track(struct avo_header *h, const char *celltype,
                                       const char *assay, enum avo_role role,
                                       struct avo_error *err)
{
    struct avo_track t = { .role = role };
    void *q = room(h->tracks, h->n_tracks, sizeof *h->tracks, err);

    if (!q) return NULL;
    h->tracks = q;
    if (!(t.celltype = avo_strdup(celltype, err)) || !(t.assay = avo_strdup(assay, err))) {
        track_release(&t);
        return NULL;
    }
    h->tracks[h->n_tracks] = t;
    return &h->tracks[h->n_tracks++];
}

int avo_track_add_attr(struct avo_track *t, const char *key, const char *value,
                       struct avo_error *err)
{
    struct avo_attr a = { NULL, NULL };
    void *q = room(t->attrs, t->n_attrs, sizeof *t->attrs, err);

    if (!q) return -1;
    t->attrs = q;
    if (!(a.key = avo_strdup(key, err)) || !(a.value = avo_strdup(value, err))) {
        free(a.key);
        return -1;
    }
    t->attrs[t->n_attrs++] = a;
    return 0;
}

int avo_header_add_block(struct avo_header *h, const char *name, enum avo_block_kind kind,
                         uint32_t width, uint32_t bins_per_row, struct avo_error *err)
{
    char *copy;
    void *q = room(h->blocks, h->n_blocks, sizeof *h->blocks, err);

    if (!q) return -1;
    h->blocks = q;
    if (!(copy = avo_strdup(name, err))) return -1;
    h->blocks[h->n_blocks++] = (struct avo_block){ copy, kind, width, bins_per_row };
    return 0;
}

static int add_line(char ***lines, size_t *n, char *line, struct avo_error *err)
{
    char **q = line ? room(*lines, *n, sizeof **lines, err) : NULL;

    if (!q) {
        free(line);
        return -1;
    }
    *lines = q;
    q[(*n)++] = line;
    return 0;
}

int avo_header_add_extra(struct avo_header *h, const char *line, struct avo_error *err)
{
    return add_line(&h->extra, &h->n_extra, avo_strdup(line, err), err);
}

int avo_header_add_provenance_line(struct avo_header *h, const char *line, struct avo_error *err)
{
    return add_line(&h->provenance, &h->n_provenance, avo_strdup(line, err), err);
}

int avo_header_add_provenance(struct avo_header *h, const char *program, const char *fields,
                              struct avo_error *err)
{
    char *line = avo_asprintf(err, "program:%s\tversion:%s%s%s", program, AVO_VERSION,
                              fields && *fields ? "\t" : "", fields ? fields : "");

    return add_line(&h->provenance, &h->n_provenance, line, err);
}

static int copy_tracks(struct avo_header *d, const struct avo_header *s, struct avo_error *err)
{
    for (size_t i = 0; i < s->n_tracks; i++) {
        const struct avo_track *from = &s->tracks[i];
        struct avo_track *t = avo_header_add_track(d, from->celltype, from->assay, from->role,
                                                   err);
        if (!t) return -1;
        t->imputed = from->imputed;
        for (size_t a = 0; a < from->n_attrs; a++)
            if (avo_track_add_attr(t, from->attrs[a].key, from->attrs[a].value, err)) return -1;
    }
    return 0;
}

static int copy_lists(struct avo_header *d, const struct avo_header *s, struct avo_error *err)
{
    for (size_t i = 0; i < s->n_chroms; i++)
        if (avo_header_add_chrom(d, s->chroms[i].name, s->chroms[i].len_bp, err)) return -1;
    for (size_t i = 0; i < s->n_extents; i++)
        if (avo_header_add_extent(d, s->extents[i].chrom, s->extents[i].beg_bin,
                                  s->extents[i].end_bin, err)) return -1;
    for (size_t i = 0; i < s->n_blocks; i++)
        if (avo_header_add_block(d, s->blocks[i].name, s->blocks[i].kind, s->blocks[i].width,
                                 s->blocks[i].bins_per_row, err)) return -1;
    for (size_t i = 0; i < s->n_extra; i++)
        if (avo_header_add_extra(d, s->extra[i], err)) return -1;
    for (size_t i = 0; i < s->n_provenance; i++)
        if (avo_header_add_provenance_line(d, s->provenance[i], err)) return -1;
    return copy_tracks(d, s, err);
}

unsigned avo_header_minor(const struct avo_header *h)
{
    unsigned minor = h->content == AVO_CONTENT_MODEL ? h->minor : 0;
    if (h->parafac) minor = 1;
    for (size_t i = 0; i < h->n_blocks; i++)
        if (avo_block_table_of(&h->blocks[i]) == AVO_TABLE_NONE) minor = 1;
    return minor;
}

int avo_header_copy(struct avo_header *dst, const struct avo_header *src, struct avo_error *err)
{
    struct avo_header d = {
        .content = src->content, .bin_bp = src->bin_bp, .mid_bins = src->mid_bins,
        .coarse_bins = src->coarse_bins, .transform = src->transform,
        .missing_nan = src->missing_nan, .parafac = src->parafac, .minor = src->minor
    };
    int rc = -1;

    memcpy(d.root_id, src->root_id, sizeof d.root_id);
    if (src->unit && !(d.unit = avo_strdup(src->unit, err))) goto out;
    if (src->assembly && !(d.assembly = avo_strdup(src->assembly, err))) goto out;
    rc = copy_lists(&d, src, err);
out:
    if (rc) avo_header_release(&d);
    *dst = d;
    return rc;
}

int avo_extent_cmp(const void *a, const void *b)
{
    const struct avo_extent *x = a, *y = b;

    if (x->chrom != y->chrom)
        return x->chrom < y->chrom ? -1 : 1;
    return x->beg_bin < y->beg_bin ? -1 : x->beg_bin > y->beg_bin;
}

size_t avo_extents_merge(struct avo_extent *e, size_t n)
{
    size_t kept = 0;

    if (n > 1)
        qsort(e, n, sizeof *e, avo_extent_cmp);
    for (size_t i = 0; i < n; i++) {
        struct avo_extent *last = kept ? &e[kept - 1] : NULL;

        if (!last || last->chrom != e[i].chrom || e[i].beg_bin > last->end_bin)
            e[kept++] = e[i];
        else if (e[i].end_bin > last->end_bin)
            last->end_bin = e[i].end_bin;
    }
    return kept;
}

size_t avo_extents_first(const struct avo_extent *e, size_t n, uint32_t chrom, uint32_t bin)
{
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (e[mid].chrom < chrom || (e[mid].chrom == chrom && e[mid].end_bin <= bin))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Adds those of from [n_from] that are not among the lines yet. */
static int join_lines(char ***lines, size_t *n, char *const *from, size_t n_from,
                      struct avo_error *err)
{
    struct avo_names seen = { 0 };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < *n; i++)
        if (avo_names_add(&seen, (*lines)[i], err) < 0) rc = -1;
    for (size_t i = 0; rc == 0 && i < n_from; i++) {
        size_t before = seen.n;
        if (avo_names_add(&seen, from[i], err) < 0 ||
            (seen.n > before && add_line(lines, n, avo_strdup(from[i], err), err))) rc = -1;
    }
    avo_names_release(&seen);
    return rc;
}

void avo_header_forget_provenance(struct avo_header *h)
{
    for (size_t i = 0; i < h->n_provenance; i++)
        free(h->provenance[i]);
    h->n_provenance = 0;
}

int avo_header_join_provenance(struct avo_header *h, const struct avo_header *from,
                               struct avo_error *err)
{
    return join_lines(&h->provenance, &h->n_provenance, from->provenance, from->n_provenance, err);
}

int avo_header_join_extra(struct avo_header *h, const struct avo_header *from,
                          struct avo_error *err)
{
    return join_lines(&h->extra, &h->n_extra, from->extra, from->n_extra, err);
}

int avo_header_find_chrom(const struct avo_header *h, const char *name)
{
    for (size_t i = 0; i < h->n_chroms; i++)
        if (strcmp(h->chroms[i].name, name) == 0) return (int)i;
    return -1;
}

int avo_header_find_track(const struct avo_header *h, const char *celltype, const char *assay)
{
    for (size_t i = 0; i < h->n_tracks; i++)
        if (strcmp(h->tracks[i].celltype, celltype) == 0 &&
            strcmp(h->tracks[i].assay, assay) == 0) return (int)i;
    return -1;
}

enum avo_role avo_header_role(const struct avo_header *h, const char *celltype, const char *assay)
{
    int i = avo_header_find_track(h, celltype, assay);
    return i < 0 ? AVO_ROLE_UNSET : h->tracks[i].role;
}

int avo_track_cmp(const void *a, const void *b)
{
    const struct avo_track *x = a, *y = b;
    int c = strcmp(x->celltype, y->celltype);
    return c ? c : strcmp(x->assay, y->assay);
}

uint32_t avo_header_chrom_bins(const struct avo_header *h, size_t chrom)
{
    return (uint32_t)(h->chroms[chrom].len_bp / h->bin_bp);
}

static int name_index(const char *const *names, int n, const char *s)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], s) == 0) return i;
    return -1;
}

static const char *const content_names[] = { "signal", "model", "feature" };
static const char *const role_names[] = { "", "train", "valid", "test" };
static const char *const transform_names[] = { "arcsinh", "log1p", "none" };

const char *avo_content_name(enum avo_content c) { return content_names[c]; }
const char *avo_role_name(enum avo_role role) { return role_names[role]; }
int avo_role_parse(const char *s) { return *s ? name_index(role_names, 4, s) : -1; }
const char *avo_transform_name(enum avo_transform t) { return transform_names[t]; }
int avo_transform_parse(const char *s) { return name_index(transform_names, 3, s); }

float avo_transform_apply(enum avo_transform t, double raw)
{
    switch (t) {
    case AVO_ARCSINH: return (float)asinh(raw);
    case AVO_LOG1P: return (float)log1p(raw);
    case AVO_NONE: break;
    }
    return (float)raw;
}

double avo_transform_invert(enum avo_transform t, float value)
{
    switch (t) {
    case AVO_ARCSINH: return sinh((double)value);
    case AVO_LOG1P: return expm1((double)value);
    case AVO_NONE: break;
    }
    return (double)value;
}
