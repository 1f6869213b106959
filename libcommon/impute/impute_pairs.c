/* SPDX-License-Identifier: MIT */
/* impute_pairs.c: which tracks are wanted: by name, from a file, all, or those not measured. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/impute/impute.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)

static enum avo_role role_of(const struct avo_model *m, struct avo_pair p)
{
    return avo_header_role(&m->header, m->celltypes[p.celltype], m->assays[p.assay]);
}

static int push(struct avo_wanted_list *l, const struct avo_model *m, struct avo_pair p,
                struct avo_error *err)
{
    if (avo_grow(&l->at, &l->cap, l->n + 1, sizeof *l->at, "tracks", err))
        return -1;
    l->at[l->n++] = (struct avo_wanted){p, role_of(m, p)};
    return 0;
}

/* A model that was made of signal has its names. */
static int unknown(const struct avo_model *m, const char *what, const char *name,
                   char *const *names, uint32_t n, struct avo_error *err)
{
    const char *near = avo_nearest(name, (const char *const *)names, (int)n);
    const char *where = m->header.content == AVO_CONTENT_SIGNAL ? "signal" : "model";
    if (near)
        return avo_error_set(err, "%s \"%s\" is not in the %s (nearest: \"%s\")", what, name,
                             where, near);
    return avo_error_set(err, "%s \"%s\" is not in the %s", what, name, where);
}

int avo_wanted_add(struct avo_wanted_list *l, const struct avo_model *m, const char *celltype,
                   const char *assay, struct avo_error *err)
{
    int c = avo_model_celltype(m, celltype), a = avo_model_assay(m, assay);
    if (c < 0)
        return unknown(m, "cell type", celltype, m->celltypes, m->n_celltypes, err);
    if (a < 0)
        return unknown(m, "assay", assay, m->assays, m->n_assays, err);
    struct avo_pair p = {(uint32_t)c, (uint32_t)a};
    for (size_t i = 0; i < l->n; i++)
        if (l->at[i].pair.celltype == p.celltype && l->at[i].pair.assay == p.assay)
            return avo_error_set(err, "the track %s:%s is asked for twice", celltype, assay);
    return push(l, m, p, err);
}

static int add_line(struct avo_wanted_list *l, const struct avo_model *m, char *line,
                    struct avo_error *err)
{
    char *rest = line, *celltype = avo_field(&rest), *assay = avo_field(&rest);
    if (!assay || !*celltype || !*assay)
        return avo_error_set(err, "want two columns, cell type and assay, split by a tab");
    if (avo_unescape(celltype, err) || avo_unescape(assay, err))
        return -1;
    return avo_wanted_add(l, m, celltype, assay, err);
}

/* A first line that names the columns instead of a pair. */
static bool is_title(const char *line)
{
    char first[32];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(line, "\t"), line + (*line == '#'));
    first[strcspn(first, "\t")] = '\0';
    return avo_same_word(first, "celltype");
}

int avo_wanted_file(struct avo_wanted_list *l, const struct avo_model *m, const char *path,
                    struct avo_error *err)
{
    char *text = NULL, *next, *line;
    size_t len, n = 0, before = l->n;
    int rc = avo_read_text(path, MAX_FILE_BYTES, &text, &len, err);
    next = text;
    while (!rc && (line = avo_line(&next))) {
        n++;
        if (!*line || *line == '#' || (n == 1 && is_title(line)))
            continue;
        if ((rc = add_line(l, m, line, err)))
            avo_error_prefix(err, "%s:%zu", path, n);
    }
    if (!rc && l->n == before)
        rc = avo_error_set(err, "%s: names no track", path);
    free(text);
    return rc;
}

/* Rows of the root in their order, then those of extensions by name, so that the order of the
 * files does not show. */
static uint32_t *row_order(char *const *names, uint32_t n_root, uint32_t n, struct avo_error *err)
{
    uint32_t *order = avo_alloc(n, sizeof *order, "names", err);
    for (uint32_t i = 0; order && i < n; i++) {
        uint32_t j = i;
        for (; j > n_root; j--) {
            int c = avo_natural_cmp(names[order[j - 1]], names[i]);
            if (c < 0 || (c == 0 && strcmp(names[order[j - 1]], names[i]) < 0))
                break;
            order[j] = order[j - 1];
        }
        order[j] = i;
    }
    return order;
}

int avo_wanted_all(struct avo_wanted_list *l, const struct avo_model *m, bool missing,
                   struct avo_error *err)
{
    uint32_t *cells = row_order(m->celltypes, m->root_celltypes, m->n_celltypes, err);
    uint32_t *assays = row_order(m->assays, m->root_assays, m->n_assays, err);
    int rc = cells && assays ? 0 : -1;
    for (uint32_t c = 0; !rc && c < m->n_celltypes; c++)
        for (uint32_t a = 0; !rc && a < m->n_assays; a++) {
            struct avo_pair p = {cells[c], assays[a]};
            if (!missing || role_of(m, p) != AVO_ROLE_TRAIN)
                rc = push(l, m, p, err);
        }
    if (!rc && !l->n)
        rc = avo_error_set(err, "no track is missing: the model was trained on every pair");
    free(cells);
    free(assays);
    return rc;
}

static int append(char **text, size_t *cap, const char *name, uint32_t n, struct avo_error *err)
{
    size_t len = *text ? strlen(*text) : 0, more = strlen(name) + 20;
    if (avo_grow(text, cap, len + more, 1, "names", err))
        return -1;
    snprintf(*text + len, more, "%s%s (%u)", len ? ", " : "", name, n);
    return 0;
}

int avo_wanted_scarce(const struct avo_wanted_list *l, const struct avo_model *m, bool assays,
                      uint32_t min, char **text, struct avo_error *err)
{
    uint32_t n_rows = assays ? m->n_assays : m->n_celltypes;
    size_t cap = 0;
    bool *told = avo_alloc(n_rows, sizeof *told, "names", err);
    int rc = told ? 0 : -1;
    *text = NULL;
    for (size_t i = 0; !rc && i < l->n; i++) {
        uint32_t row = assays ? l->at[i].pair.assay : l->at[i].pair.celltype;
        if (told[row])
            continue;
        told[row] = true;
        const char *name = assays ? m->assays[row] : m->celltypes[row];
        uint32_t n = avo_model_train_tracks(m, assays ? NULL : name, assays ? name : NULL);
        if (n < min)
            rc = append(text, &cap, name, n, err);
    }
    free(told);
    if (rc) {
        free(*text);
        *text = NULL;
    }
    return rc;
}

int avo_wanted_flat(const struct avo_wanted_list *l, const struct avo_model *m,
                    const float *spread, char **text, struct avo_error *err)
{
    const size_t max_named = 8;
    size_t n = 0;
    int rc = 0;
    *text = NULL;
    for (size_t i = 0; i < l->n && !rc; i++) {
        struct avo_pair p = l->at[i].pair;
        if (!avo_model_is_flat(m, p.assay, spread[2 * i], spread[2 * i + 1]) || n++ >= max_named)
            continue;
        char *longer = avo_asprintf(err, "%s%s%s:%s", *text ? *text : "", *text ? ", " : "",
                                    m->celltypes[p.celltype], m->assays[p.assay]);
        free(*text);
        rc = (*text = longer) ? 0 : -1;
    }
    if (!rc && n > max_named) {
        char *longer = avo_asprintf(err, "%s and %zu more", *text, n - max_named);
        free(*text);
        rc = (*text = longer) ? 0 : -1;
    }
    return rc;
}
