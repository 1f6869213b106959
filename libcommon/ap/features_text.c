/* SPDX-License-Identifier: MIT */
/* features_text.c: tables of text: which columns are features, and their rows. */
#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcommon/base/alloc.h"
#include "libcommon/ap/features_in.h"
#include "libcommon/base/lines.h"
#include "libcommon/base/text.h"
#include "libcommon/stream/feature.h"

/* A hundred thousand features are a megabyte of names and more of numbers. */
#define MAX_LINE ((size_t)1 << 30)

struct table {
    struct avo_matrix *m;
    const struct avo_columns *columns;  /* NULL: every column is a cell */
    struct avo_lines lines;
    size_t n_fields, cap_fields, cap_x;
    char **field;
    bool *is_cell;              /* [n_fields] */
    bool started;               /* the first line is behind */
    bool in_header;             /* in a stream's header, which stands before the names */
    bool escaped;               /* a table as feature_show.h writes it */
};

static bool number_of(const char *s, float *v)
{
    char *end;

    if (*s == '\0' || strcasecmp(s, "nan") == 0 || strcmp(s, "NA") == 0) {
        *v = NAN;
        return true;
    }
    if (strspn(s, "+-.0123456789eE") != strlen(s))
        return false;
    *v = strtof(s, &end);
    return *end == '\0' && end != s && isfinite(*v);
}

static int cut_fields(struct table *t, char *line, size_t *n, struct avo_error *err)
{
    char *f;

    for (*n = 0; (f = avo_field(&line)); ++*n) {
        if (avo_grow(&t->field, &t->cap_fields, *n + 1, sizeof *t->field, "columns", err) < 0)
            return -1;
        t->field[*n] = f;
    }
    return 0;
}

/* Intervals, names, labels, groups, and what is marked as carried are features under no name,
 * whatever a pattern says: a label among them would pass for a discovery. */
static bool is_cell_name(const struct avo_columns *c, const char *name)
{
    if (!c || *name == AVO_FEATURE_CARRIED || avo_feature_is_reserved(name))
        return true;
    for (size_t i = 0; i < c->n_apart; i++)
        if (c->apart[i] && strcmp(name, c->apart[i]) == 0)
            return true;
    return c->pattern && fnmatch(c->pattern, name, 0) != 0;
}

/* Our own tables tell themselves by their first columns. */
static bool is_escaped(const struct table *t)
{
    static const char *const fixed[] = {AVO_FEATURE_FIXED};
    size_t n = sizeof fixed / sizeof *fixed, i = 0;

    while (i < n && i < t->n_fields && strcmp(t->field[i], fixed[i]) == 0)
        i++;
    return i == n;
}

/* A foreign text with a stray % stays as it is. */
static void unescape(const struct table *t, char *s)
{
    char *p = t->escaped ? strchr(s, '%') : NULL;

    if (!p)
        return;
    for (; p; p = strchr(p + 1, '%'))
        if (!isxdigit((unsigned char)p[1]) || !isxdigit((unsigned char)p[2]) ||
            (p[1] == '0' && p[2] == '0'))
            return;
    avo_unescape(s, NULL);
}

/* What column i is called; its text is cut to that. */
static const char *name_of(struct table *t, size_t i)
{
    char *name = t->field[i];

    t->is_cell[i] = is_cell_name(t->columns, name);
    name += *name == AVO_FEATURE_CARRIED;
    unescape(t, name);
    return name;
}

static int add_names(struct table *t, bool has_names, struct avo_error *err)
{
    struct avo_matrix *m = t->m;

    t->is_cell = avo_alloc(t->n_fields, sizeof *t->is_cell, "columns", err);
    m->names = avo_alloc(t->n_fields, sizeof *m->names, "columns", err);
    if (!t->is_cell || !m->names)
        return -1;
    for (size_t i = 0; i < t->n_fields; i++) {
        char number[24];
        const char *name = has_names ? name_of(t, i) : number;

        snprintf(number, sizeof number, "%zu", i + 1);
        if (!has_names)
            t->is_cell[i] = is_cell_name(t->columns, name);
        if ((t->is_cell[i] ? avo_cells_add_name(&m->cells, name, err)
                           : avo_matrix_add_name(m, name, err)) < 0)
            return -1;
    }
    if (m->n_cols > 0 || !t->columns)
        return 0;
    if (t->columns->pattern)
        return avo_error_set(err, "%s: no column matches \"%s\"", t->lines.shown,
                             t->columns->pattern);
    return avo_error_set(err, "%s: no column of features", t->lines.shown);
}

static int bad_value(const struct table *t, size_t i, struct avo_error *err)
{
    size_t k = 0;

    for (size_t j = 0; j < i; j++)
        k += !t->is_cell[j];
    avo_error_set(err, "%s:%zu: column %s: \"%.40s\" is not a number", t->lines.shown,
                  t->lines.n_line, t->m->names[k], t->field[i]);
    return avo_error_hint(err, "--columns PATTERN chooses the columns that are features");
}

static int add_row(struct table *t, struct avo_error *err)
{
    struct avo_matrix *m = t->m;
    size_t cell = 0, at = m->n_rows * m->n_cols;

    if (avo_grow(&m->x, &t->cap_x, at + m->n_cols, sizeof *m->x, "features", err) < 0)
        return -1;
    for (size_t i = 0; i < t->n_fields; i++) {
        if (t->is_cell[i]) {
            unescape(t, t->field[i]);
            if (avo_cells_add(&m->cells, m->n_rows, cell++, t->field[i], err) < 0)
                return -1;
        } else if (!number_of(t->field[i], &m->x[at++])) {
            return bad_value(t, i, err);
        }
    }
    m->n_rows++;
    return 0;
}

static int first_line(struct table *t, struct avo_error *err)
{
    size_t n_numbers = 0;
    float v;

    if (*t->field[0] == '#' && t->field[0][1] != '\0')
        t->field[0]++;
    t->escaped = is_escaped(t);
    for (size_t i = 0; !t->escaped && i < t->n_fields; i++)
        n_numbers += *t->field[i] != '\0' && number_of(t->field[i], &v);
    if (n_numbers > 0 && n_numbers < t->n_fields)
        return avo_error_set(err, "%s:%zu: neither names of columns nor numbers alone",
                             t->lines.shown, t->lines.n_line);
    if (add_names(t, n_numbers == 0, err) < 0)
        return -1;
    return n_numbers == 0 ? 0 : add_row(t, err);
}

/* The first line of a stream's header (avo-view --with-header). */
static bool is_header(const char *line)
{
    return strncmp(line, "@AVO\t", 5) == 0;
}

static int take_line(struct table *t, char *line, struct avo_error *err)
{
    size_t n;

    if (!t->started && strncmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3;                      /* a byte-order mark */
    t->in_header = *line == '@' && (t->in_header || (!t->started && is_header(line)));
    if (t->in_header || (t->started && *line == '#'))
        return 0;
    if (cut_fields(t, line, &n, err) < 0)
        return -1;
    if (!t->started) {
        t->started = true;
        t->n_fields = n;
        return first_line(t, err);
    }
    if (n != t->n_fields)
        return avo_error_set(err, "%s:%zu: %zu columns (want the %zu of the first line)",
                             t->lines.shown, t->lines.n_line, n, t->n_fields);
    return add_row(t, err);
}

int avo_matrix_read_text(struct avo_matrix *m, const char *path, const struct avo_columns *columns,
                         struct avo_error *err)
{
    struct table t = {.m = m, .columns = columns};
    char *line;
    int rc = avo_lines_open(&t.lines, path, err);

    t.lines.max_line = MAX_LINE;
    while (rc == 0 && (rc = avo_lines_next(&t.lines, &line, err)) > 0)
        rc = take_line(&t, line, err);
    avo_lines_close(&t.lines);
    free(t.field);
    free(t.is_cell);
    return rc;
}
