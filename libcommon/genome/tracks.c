/* SPDX-License-Identifier: MIT */
/* tracks.c: reads tracks.tsv. */
#include "libcommon/genome/tracks.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/content.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/base/utf8.h"

#define MAX_TABLE_BYTES ((size_t)256 << 20)
#define MAX_COLUMNS 256

enum column { COL_CELLTYPE, COL_ASSAY, COL_PATH, COL_ROLE, COL_UNIT, COL_ASSEMBLY, COL_ATTR };

static const char *const known_columns[] = {"celltype", "assay", "path", "role", "unit",
                                            "assembly"};

struct parser {
    struct avo_track_table *t;
    size_t cap;
    char *folder;           /* "" or ends in '/' */
    size_t line;
    size_t n_columns;
    enum column kind[MAX_COLUMNS];
    char *key[MAX_COLUMNS]; /* attr names, into the header line */
};

static bool is_blank(const char *cell)
{
    return cell[0] == '\0' || strcmp(cell, ".") == 0;
}

/* ---- names of columns ---- */

static enum column column_kind(const char *name)
{
    for (int i = 0; i < COL_ATTR; i++)
        if (avo_same_word(name, known_columns[i]))
            return (enum column)i;
    return avo_same_word(name, "file") ? COL_PATH : COL_ATTR;
}

/* Whether a name may well mean the column: celltype, assay or path. */
static bool may_mean(const char *name, enum column want)
{
    static const char *const others[][9] = {
        {"cell", "cells", "celltypes", "cellline", "biosample", "sample", "tissue", "epigenome"},
        {"mark", "target", "experiment", "assays", "assaytype", "antibody", "factor"},
        {"filename", "filepath", "paths", "files", "bigwig", "bw", "url", "location"}};
    for (size_t i = 0; others[want][i]; i++)
        if (avo_same_word(name, others[want][i]))
            return true;
    return avo_nearest(name, &known_columns[want], 1) != NULL;
}

/* ---- header line ---- */

static int no_column(const struct parser *ps, enum column want, struct avo_error *err)
{
    avo_error_set(err, "the header names no column \"%s\"", known_columns[want]);
    for (size_t i = 0; i < ps->n_columns; i++)
        if (ps->kind[i] == COL_ATTR && may_mean(ps->key[i], want))
            avo_error_hint(err, "did you mean column %zu, \"%s\"? It must be called %s", i + 1,
                           ps->key[i], known_columns[want]);
    return -1;
}

static int parse_header(struct parser *ps, char *line, struct avo_error *err)
{
    bool seen[COL_ATTR] = {false};
    char *cell;
    line += line[0] == '#';
    for (ps->n_columns = 0; (cell = avo_field(&line)); ps->n_columns++) {
        size_t i = ps->n_columns;
        if (i == MAX_COLUMNS)
            return avo_error_set(err, "more than %d columns", MAX_COLUMNS);
        if (avo_unescape(cell, err))
            return -1;
        ps->kind[i] = column_kind(cell);
        ps->key[i] = cell;
        if (!*cell)
            return avo_error_set(err, "column %zu has no name", i + 1);
        if (!avo_utf8_ok(cell, strlen(cell), NULL))
            return avo_error_set(err, "the name of column %zu is not UTF-8", i + 1);
        bool twice = ps->kind[i] < COL_ATTR && seen[ps->kind[i]];
        for (size_t j = 0; j < i && !twice; j++)
            twice = strcmp(ps->key[j], cell) == 0;
        if (twice)
            return avo_error_set(err, "column \"%s\" is given twice", cell);
        if (ps->kind[i] < COL_ATTR)
            seen[ps->kind[i]] = true;
    }
    for (int want = COL_CELLTYPE; want <= COL_PATH; want++)
        if (!seen[want])
            return no_column(ps, (enum column)want, err);
    for (size_t i = 0; i < ps->n_columns; i++)
        if (ps->kind[i] == COL_PATH)
            ps->t->path_column = i + 1;
    return 0;
}

static void default_columns(struct parser *ps)
{
    ps->n_columns = 3;
    ps->kind[0] = COL_CELLTYPE;
    ps->kind[1] = COL_ASSAY;
    ps->kind[2] = COL_PATH;
    ps->t->path_column = 3;
}

/* ---- one row ---- */

static char *resolve_path(const struct parser *ps, const char *path, struct avo_error *err)
{
    bool as_is = path[0] == '/' || strstr(path, "://") != NULL;
    return avo_asprintf(err, "%s%s", as_is ? "" : ps->folder, path);
}

/* A value that all rows giving one must share. */
static int common_value(char **have, const char *value, const char *what, struct avo_error *err)
{
    if (is_blank(value))
        return 0;
    if (!*have)
        return (*have = avo_strdup(value, err)) ? 0 : -1;
    if (strcmp(*have, value) != 0)
        return avo_error_set(err, "%s \"%s\", but rows above have \"%s\"", what, value, *have);
    return 0;
}

static int set_role(struct parser *ps, struct avo_track_file *f, const char *cell,
                    struct avo_error *err)
{
    static const struct { const char *name; enum avo_role role; } roles[] = {
        {"train", AVO_ROLE_TRAIN}, {"valid", AVO_ROLE_VALID}, {"test", AVO_ROLE_TEST},
        {"none", AVO_ROLE_UNSET}};
    if (is_blank(cell))
        return 0;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(cell, roles[i].name) == 0) {
            f->track.role = roles[i].role;
            f->track.says_none = roles[i].role == AVO_ROLE_UNSET;
            ps->t->has_roles = ps->t->has_roles || roles[i].role != AVO_ROLE_UNSET;
            return 0;
        }
    return avo_error_set(err, "unknown role \"%s\" (want train, valid, test or none)", cell);
}

static int set_name(char **out, const char *cell, const char *what, struct avo_error *err)
{
    if (!*cell)
        return avo_error_set(err, "empty %s", what);
    return (*out = avo_strdup(cell, err)) ? 0 : -1;
}

static int set_cell(struct parser *ps, struct avo_track_file *f, size_t i, const char *cell,
                    struct avo_error *err)
{
    switch (ps->kind[i]) {
    case COL_CELLTYPE:
        return set_name(&f->track.celltype, cell, "cell type", err);
    case COL_ASSAY:
        return set_name(&f->track.assay, cell, "assay", err);
    case COL_PATH:
        if (!*cell)
            return avo_error_set(err, "empty path");
        return (f->path = resolve_path(ps, cell, err)) ? 0 : -1;
    case COL_ROLE:
        return set_role(ps, f, cell, err);
    case COL_UNIT:
        return common_value(&ps->t->unit, cell, "unit", err);
    case COL_ASSEMBLY:
        return common_value(&ps->t->assembly, cell, "assembly", err);
    case COL_ATTR:
        break;
    }
    return is_blank(cell) ? 0 : avo_track_add_attr(&f->track, ps->key[i], cell, err);
}

/* One cell, unescaped in place; messages name its column. */
static int parse_cell(struct parser *ps, struct avo_track_file *f, size_t i, char *cell,
                      struct avo_error *err)
{
    int rc = avo_unescape(cell, err);
    if (rc == 0 && !avo_utf8_ok(cell, strlen(cell), NULL))
        rc = avo_error_set(err, "not UTF-8");
    if (rc == 0)
        rc = set_cell(ps, f, i, cell, err);
    if (rc)
        avo_error_prefix(err, "column %zu (%s)", i + 1,
                         ps->key[i] ? ps->key[i] : known_columns[ps->kind[i]]);
    return rc;
}

static int parse_row(struct parser *ps, char *line, struct avo_error *err)
{
    struct avo_track_table *t = ps->t;
    if (avo_grow(&t->files, &ps->cap, t->n + 1, sizeof *t->files, "table of tracks", err))
        return -1;
    struct avo_track_file *f = &t->files[t->n++];
    f->line = ps->line;
    size_t i = 0;
    for (char *cell; (cell = avo_field(&line)); i++) {
        if (i < ps->n_columns && parse_cell(ps, f, i, cell, err))
            return -1;
    }
    if (i == ps->n_columns)
        return 0;
    avo_error_set(err, "%zu column%s (want %zu)", i, i == 1 ? "" : "s", ps->n_columns);
    if (i > ps->n_columns && !ps->key[0])
        avo_error_hint(err, "a first line \"celltype<TAB>assay<TAB>path<TAB>...\" names further "
                       "columns");
    if (i == 1)
        avo_error_hint(err, "columns are separated by tabs");
    return -1;
}

/* ---- pairs ---- */

static int pair_cmp(const void *pa, const void *pb)
{
    const struct avo_track_file *a = *(struct avo_track_file *const *)pa;
    const struct avo_track_file *b = *(struct avo_track_file *const *)pb;
    int c = strcmp(a->track.celltype, b->track.celltype);
    if (c == 0)
        c = strcmp(a->track.assay, b->track.assay);
    if (c)
        return c;
    return a->line < b->line ? -1 : a->line > b->line;
}

static int check_pair(struct parser *ps, const struct avo_track_file *a,
                      const struct avo_track_file *b, bool allow_replicates,
                      struct avo_error *err)
{
    if (strcmp(a->track.celltype, b->track.celltype) || strcmp(a->track.assay, b->track.assay))
        return 0;
    if (!allow_replicates) {
        avo_error_set(err, "%s:%zu: cell type \"%s\", assay \"%s\" is in line %zu already",
                      ps->t->name, b->line, b->track.celltype, b->track.assay, a->line);
        return avo_error_hint(err, "bw2tensor --replicates mean (or max) combines such files");
    }
    if (a->track.role != b->track.role)
        return avo_error_set(err, "%s:%zu: role differs from that of the same track in line %zu",
                             ps->t->name, b->line, a->line);
    return 0;
}

static int check_pairs(struct parser *ps, bool allow_replicates, struct avo_error *err)
{
    struct avo_track_table *t = ps->t;
    struct avo_track_file **order = avo_alloc(t->n, sizeof *order, "table of tracks", err);
    int rc = order ? 0 : -1;
    if (order) {
        for (size_t i = 0; i < t->n; i++)
            order[i] = &t->files[i];
        qsort(order, t->n, sizeof *order, pair_cmp);
        for (size_t i = 1; rc == 0 && i < t->n; i++)
            rc = check_pair(ps, order[i - 1], order[i], allow_replicates, err);
    }
    free(order);
    return rc;
}

/* ---- whole table ---- */

/* How many of celltype, assay and path a line names, or may well mean to; *is_celltype: its first
 * field is celltype. */
static int count_named(const char *line, bool loosely, bool *is_celltype)
{
    bool has[COL_PATH + 1] = {false};
    char cell[64];
    line += line[0] == '#';
    for (bool first = true, more = true; more; first = false) {
        size_t len = strcspn(line, "\t");
        snprintf(cell, sizeof cell, "%.*s", len < sizeof cell ? (int)len : 0, line);
        enum column kind = column_kind(cell);
        if (first)
            *is_celltype = kind == COL_CELLTYPE;
        for (int want = COL_CELLTYPE; want <= COL_PATH; want++)
            has[want] |= (int)kind == want || (loosely && may_mean(cell, (enum column)want));
        more = line[len] != '\0';
        line += len + more;
    }
    return has[COL_CELLTYPE] + has[COL_ASSAY] + has[COL_PATH];
}

/* A row of data has hardly two cells that are called so, nor three that may mean it. */
static bool is_header(const char *line)
{
    bool is_celltype;
    return count_named(line, false, &is_celltype) >= 2 || is_celltype ||
           (line[0] != '#' && count_named(line, true, &is_celltype) == 3);
}

static int parse_lines(struct parser *ps, char *text, struct avo_error *err)
{
    char *line;
    bool first = true;
    default_columns(ps);
    while ((line = avo_line(&text))) {
        int rc = 0;
        ps->line++;
        bool header = first && is_header(line);
        if (line[strspn(line, " \t")] == '\0' || (line[0] == '#' && !header))
            continue;
        if (first && !header)
            ps->t->odd_first_row = count_named(line, true, &(bool){false}) > 0;
        first = false;
        rc = header ? parse_header(ps, line, err) : parse_row(ps, line, err);
        if (rc)
            return avo_error_prefix(err, "%s:%zu", ps->t->name, ps->line);
    }
    return ps->t->n ? 0 : avo_error_set(err, "%s: no tracks in this table", ps->t->name);
}

static char *folder_of(const char *path, struct avo_error *err)
{
    char *folder = avo_strdup(path, err);
    if (!folder)
        return NULL;
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = '\0';
    else
        folder[0] = '\0';
    return folder;
}

int avo_track_table_read(struct avo_track_table *t, const char *path, bool allow_replicates,
                         struct avo_error *err)
{
    *t = (struct avo_track_table){0};
    struct parser *ps = avo_alloc(1, sizeof *ps, "table of tracks", err);
    char *text = NULL;
    size_t len = 0;
    int rc = -1;
    if (!ps)
        return -1;
    ps->t = t;
    t->name = avo_strdup(strcmp(path, "-") == 0 ? "<stdin>" : path, err);
    if (!t->name || !(ps->folder = folder_of(path, err)))
        goto out;
    if (avo_read_text(path, MAX_TABLE_BYTES, &text, &len, err))
        goto out;
    rc = avo_content_refuse(t->name, text, len, err);
    if (rc == 0)
        rc = parse_lines(ps, text, err);
    if (rc == 0)
        rc = check_pairs(ps, allow_replicates, err);
out:
    if (rc)
        avo_track_table_release(t);
    free(text);
    free(ps->folder);
    free(ps);
    return rc;
}

int avo_track_table_blame(const struct avo_track_table *t, const struct avo_track_file *f,
                          struct avo_error *err)
{
    if (t->odd_first_row && f == t->files)
        avo_error_hint(err, "if line %zu is a header, it must call columns celltype, assay and "
                       "path", f->line);
    return avo_error_prefix(err, "%s:%zu: column %zu", t->name, f->line, t->path_column);
}

static void track_file_release(struct avo_track_file *f)
{
    for (size_t i = 0; i < f->track.n_attrs; i++) {
        free(f->track.attrs[i].key);
        free(f->track.attrs[i].value);
    }
    free(f->track.attrs);
    free(f->track.celltype);
    free(f->track.assay);
    free(f->path);
}

void avo_track_table_release(struct avo_track_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        track_file_release(&t->files[i]);
    free(t->files);
    free(t->name);
    free(t->unit);
    free(t->assembly);
    *t = (struct avo_track_table){0};
}
