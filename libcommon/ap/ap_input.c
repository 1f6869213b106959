/* SPDX-License-Identifier: MIT */
/* ap_input.c: feature sets, labels and groups, read and held against each other. */
#include "libcommon/ap/ap_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/words.h"

#define PAIRS "pairs"

/* ---- names of sets ---- */

/* What a set is called that has no name: its file, without folders and usual endings. */
static char *name_of(const char *path, struct avo_error *err)
{
    static const char *const endings[] = {".feature.avo", ".avo", ".npy", ".tsv", ".tsv.gz"};
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = strlen(base);

    if (strcmp(path, "-") == 0)
        return avo_strdup("stdin", err);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t m = strlen(endings[i]);

        if (n > m && strcmp(base + n - m, endings[i]) == 0) {
            n -= m;
            break;
        }
    }
    return avo_asprintf(err, "%.*s", (int)n, base);
}

int avo_ap_set_add(struct avo_ap_set_spec **list, size_t *n, size_t *cap, const char *arg,
                   struct avo_error *err)
{
    size_t len;
    const char *path = avo_named_file(arg, &len);
    struct avo_ap_set_spec *s;

    if (avo_grow(list, cap, *n + 1, sizeof **list, "options", err) < 0)
        return -1;
    s = &(*list)[*n];
    s->path = path;
    s->name = len > 0 ? avo_asprintf(err, "%.*s", (int)len, arg) : name_of(arg, err);
    if (!s->name)
        return -1;
    ++*n;
    return 0;
}

/* ---- columns ---- */

/* The names in "pairs:A,B" as fresh strings; both NULL for anything else. */
static int split_pairs(const char *group, char **a, char **b, struct avo_error *err)
{
    size_t n = strlen(PAIRS ":");
    const char *comma;

    *a = *b = NULL;
    if (!group || strncmp(group, PAIRS ":", n) != 0)
        return 0;
    comma = strchr(group + n, ',');
    if (!comma || comma == group + n || comma[1] == '\0')
        return avo_usage_error(err, "--group: \"%s\" (want pairs:COLUMN,COLUMN)", group);
    *a = avo_asprintf(err, "%.*s", (int)(comma - group - (ptrdiff_t)n), group + n);
    *b = avo_strdup(comma + 1, err);
    return *a != NULL && *b != NULL ? 0 : -1;
}

/* The table with that column: the labels' first, then the sets in order; NULL: none. */
static const struct avo_matrix *table_with(const struct avo_ap_input *in, const char *name,
                                           int *col)
{
    if ((*col = avo_cells_find(&in->labels.cells, name)) >= 0)
        return &in->labels;
    for (size_t i = 0; i < in->n_sets; i++)
        if ((*col = avo_cells_find(&in->sets[i].cells, name)) >= 0)
            return &in->sets[i];
    return NULL;
}

static int no_column(const char *name, struct avo_error *err)
{
    return avo_error_set(err, "no input has a column \"%s\"", name);
}

/* ---- sets ---- */

static int read_sets(const struct avo_ap_input_spec *s, struct avo_ap_input *in,
                     struct avo_error *err)
{
    const char *apart[4] = {s->label_column, s->group};
    char *a, *b;
    int rc = split_pairs(s->group, &a, &b, err);
    struct avo_columns columns = {.apart = apart, .n_apart = sizeof apart / sizeof *apart};

    apart[2] = a;
    apart[3] = b;
    in->sets = avo_alloc(s->n_sets, sizeof *in->sets, "feature sets", err);
    if (!in->sets)
        rc = -1;
    for (; rc == 0 && in->n_sets < s->n_sets; in->n_sets++) {
        columns.pattern = s->sets[in->n_sets].columns;
        rc = avo_matrix_read(&in->sets[in->n_sets], s->sets[in->n_sets].path, &columns, err);
        if (rc < 0)
            break;
    }
    free(a);
    free(b);
    for (size_t i = 0; rc == 0 && s->row_end > 0 && i < in->n_sets; i++)
        rc = avo_matrix_slice(&in->sets[i], s->row_beg, s->row_end, err);
    return rc;
}

static int same_rows(const struct avo_matrix *a, const struct avo_matrix *b,
                     struct avo_error *err)
{
    static const char *const names[] = {"chrom", "start", "end"};

    if (a->n_rows != b->n_rows)
        return avo_error_set(err, "%s: %zu rows (%s has %zu)", b->shown, b->n_rows, a->shown,
                             a->n_rows);
    for (int k = 0; k < 3; k++) {
        int ca = avo_cells_find(&a->cells, names[k]), cb = avo_cells_find(&b->cells, names[k]);

        for (size_t i = 0; ca >= 0 && cb >= 0 && i < a->n_rows; i++)
            if (strcmp(avo_cell(&a->cells, i, ca), avo_cell(&b->cells, i, cb)) != 0)
                return avo_error_set(err, "%s: row %zu: %s is %s (%s has %s)", b->shown, i + 1,
                                     names[k], avo_cell(&b->cells, i, cb), a->shown,
                                     avo_cell(&a->cells, i, ca));
    }
    return 0;
}

static int check_whole(const struct avo_matrix *m, struct avo_error *err)
{
    for (size_t i = 0; i < m->n_rows * m->n_cols; i++) {
        size_t col = i % m->n_cols;

        if (!isnan(m->x[i]))
            continue;
        if (m->names)
            avo_error_set(err, "%s: row %zu: feature %s is missing", m->shown, i / m->n_cols + 1,
                          m->names[col]);
        else
            avo_error_set(err, "%s: row %zu: feature %zu is missing", m->shown,
                          i / m->n_cols + 1, col + 1);
        return avo_error_hint(err, "--drop-missing leaves such rows out; --model xgboost takes "
                              "them");
    }
    return 0;
}

static int check_sets(const struct avo_ap_input_spec *s, struct avo_ap_input *in,
                      struct avo_error *err)
{
    in->n_rows = in->sets[0].n_rows;
    for (size_t i = 0; i < in->n_sets; i++)
        if ((i > 0 && same_rows(&in->sets[0], &in->sets[i], err) < 0) ||
            (s->whole && !s->drop && check_whole(&in->sets[i], err) < 0))
            return -1;
    return in->labels.shown ? same_rows(&in->sets[0], &in->labels, err) : 0;
}

/* ---- labels ---- */

static int bad_label(const struct avo_matrix *m, size_t row, double v, struct avo_error *err)
{
    if (isnan(v)) {
        avo_error_set(err, "%s: row %zu: no label", m->shown, row + 1);
        return avo_error_hint(err, "--drop-missing leaves such rows out");
    }
    avo_error_set(err, "%s: row %zu: label %g is neither 0 nor 1", m->shown, row + 1, v);
    return avo_error_hint(err, "--label-threshold X makes those of X and more positive");
}

/* One label: what it is to be learned as. */
static int take_label(const struct avo_ap_input_spec *s, struct avo_ap_input *in,
                      const struct avo_matrix *m, size_t row, double v, struct avo_error *err)
{
    in->y[row] = v;
    if (isnan(v) && s->drop)
        return 0;
    if (isnan(v) || (!s->regression && isnan(s->threshold) && v != 0 && v != 1))
        return bad_label(m, row, v, err);
    if (!s->regression && !isnan(s->threshold))
        v = v >= s->threshold;
    in->y[row] = v;
    in->is_positive[row] = !s->regression && v > 0;
    in->n_positive += in->is_positive[row];
    return 0;
}

static int labels_from_column(const struct avo_ap_input_spec *s, struct avo_ap_input *in,
                              struct avo_error *err)
{
    const char *name = s->label_column ? s->label_column : "label";
    const struct avo_matrix *m = &in->labels;
    int col = avo_cells_find(&m->cells, name);

    if (!m->shown && !(m = table_with(in, name, &col))) {
        no_column(name, err);
        return avo_error_hint(err, "--labels FILE has the labels, --label-column names theirs");
    }
    if (col < 0 && !s->label_column && m->cells.n_cols == 1)
        col = 0;
    if (col < 0)
        return avo_error_set(err, "%s: no column \"%s\"", m->shown, name);
    for (size_t i = 0; i < in->n_rows; i++) {
        double v = NAN;

        if (*avo_cell(&m->cells, i, col) != '\0' && avo_cell_number(m, i, col, &v, err) < 0)
            return -1;
        if (take_label(s, in, m, i, v, err) < 0)
            return -1;
    }
    return 0;
}

static int labels_from_values(const struct avo_ap_input_spec *s, struct avo_ap_input *in,
                              const double *values, struct avo_error *err)
{
    if (in->labels.n_cols != 1)
        return avo_error_set(err, "%s: %zu columns (want one of labels)", in->labels.shown,
                             in->labels.n_cols);
    if (s->label_column)
        return avo_usage_error(err, "%s: --label-column names a column, of which an npy file has "
                               "none", in->labels.shown);
    for (size_t i = 0; i < in->n_rows; i++)
        if (take_label(s, in, &in->labels, i, values[i + s->row_beg], err) < 0)
            return -1;
    return 0;
}

/* ---- rows that are left out ---- */

static bool is_whole(const struct avo_matrix *m, size_t row)
{
    for (size_t c = 0; c < m->n_cols; c++)
        if (isnan(m->x[row * m->n_cols + c]))
            return false;
    return true;
}

static int drop_rows(const struct avo_ap_input_spec *s, struct avo_ap_input *in,
                     struct avo_error *err)
{
    uint8_t *keep = avo_alloc(in->n_rows, 1, "rows", err);
    size_t n = 0;

    if (!keep)
        return -1;
    in->n_positive = 0;
    for (size_t i = 0; i < in->n_rows; i++) {
        keep[i] = !isnan(in->y[i]);
        for (size_t k = 0; keep[i] && s->whole && k < in->n_sets; k++)
            keep[i] = is_whole(&in->sets[k], i);
        if (!keep[i])
            continue;
        in->y[n] = in->y[i];
        in->is_positive[n] = in->is_positive[i];
        in->n_positive += in->is_positive[n++];
    }
    for (size_t k = 0; k < in->n_sets; k++)
        avo_matrix_keep(&in->sets[k], keep);
    if (in->labels.shown)
        avo_matrix_keep(&in->labels, keep);
    in->n_dropped = in->n_rows - n;
    in->n_rows = n;
    free(keep);
    return n > 0 ? 0 : avo_error_set(err, "every row lacks a label or a feature");
}

static int check_classes(const struct avo_ap_input_spec *s, const struct avo_ap_input *in,
                         struct avo_error *err)
{
    if (s->regression || (in->n_positive > 0 && in->n_positive < in->n_rows))
        return 0;
    return avo_error_set(err, "%zu of %zu rows are positive: there is nothing to tell apart",
                         in->n_positive, in->n_rows);
}

static int read_labels(const struct avo_ap_input_spec *s, struct avo_ap_input *in,
                       struct avo_error *err)
{
    double *values = NULL;
    int rc = 0;

    if (s->labels)
        rc = avo_matrix_read_cells(&in->labels, s->labels, &values, err);
    if (rc == 0 && s->labels && s->row_end > 0)
        rc = avo_matrix_slice(&in->labels, s->row_beg, s->row_end, err);
    if (rc == 0)
        rc = check_sets(s, in, err);
    if (rc == 0 &&
        (!(in->y = avo_alloc(in->n_rows, sizeof *in->y, "labels", err)) ||
         !(in->is_positive = avo_alloc(in->n_rows, 1, "labels", err))))
        rc = -1;
    if (rc == 0)
        rc = values ? labels_from_values(s, in, values, err)
                            : labels_from_column(s, in, err);
    if (rc == 0 && s->drop)
        rc = drop_rows(s, in, err);
    if (rc == 0)
        rc = check_classes(s, in, err);
    free(values);
    return rc;
}

/* ---- a feature that is the label ---- */

static bool is_label(const struct avo_ap_input_spec *s, const struct avo_ap_input *in,
                     const struct avo_matrix *m, size_t col)
{
    bool cut = !s->regression && !isnan(s->threshold);
    size_t i = 0;

    for (; i < in->n_rows; i++) {
        float v = m->x[i * m->n_cols + col];

        if (cut && !isnan(v))
            v = (double)v >= s->threshold;
        if (v != (float)in->y[i])
            break;
    }
    return i == in->n_rows;
}

static void find_twin(const struct avo_ap_input_spec *s, struct avo_ap_input *in)
{
    for (size_t k = 0; k < in->n_sets; k++)
        for (size_t c = 0; c < in->sets[k].n_cols; c++)
            if (is_label(s, in, &in->sets[k], c)) {
                in->twin = &in->sets[k];
                in->i_twin = c;
                return;
            }
}

/* ---- groups ---- */

/* "pairs": intervals of the rows, or the columns enhancer and promoter of a table. */
static int group_pairs(struct avo_ap_input *in, const char *name_a, const char *name_b,
                       struct avo_error *err)
{
    const struct avo_matrix *m;
    int a, b;

    if (!name_a && (m = table_with(in, "right.chrom", &a)))
        return avo_group_by_places(m, in->group, &in->n_groups, err);
    name_a = name_a ? name_a : "enhancer";
    name_b = name_b ? name_b : "promoter";
    if (!(m = table_with(in, name_a, &a)) || (b = avo_cells_find(&m->cells, name_b)) < 0) {
        avo_error_set(err, "--group pairs: no input has pairs of intervals or columns \"%s\" and "
                      "\"%s\"", name_a, name_b);
        return avo_error_hint(err, "--group pairs:COLUMN,COLUMN names them");
    }
    return avo_group_by_names(m, a, b, in->group, &in->n_groups, err);
}

static int read_groups(const struct avo_ap_input_spec *s, struct avo_ap_input *in,
                       struct avo_error *err)
{
    const struct avo_matrix *m;
    char *a, *b;
    int col, rc;

    if (!s->group)
        return 0;
    in->group = avo_alloc(in->n_rows, sizeof *in->group, "groups", err);
    if (!in->group || split_pairs(s->group, &a, &b, err) < 0)
        return -1;
    if (a || strcmp(s->group, PAIRS) == 0)
        rc = group_pairs(in, a, b, err);
    else if (!(m = table_with(in, s->group, &col)))
        rc = no_column(s->group, err);
    else
        rc = avo_group_by_cell(m, col, in->group, &in->n_groups, err);
    free(a);
    free(b);
    return rc < 0 ? -1 : 0;
}

int avo_ap_input_read(const struct avo_ap_input_spec *spec, struct avo_ap_input *out,
                      struct avo_error *err)
{
    if (read_sets(spec, out, err) == 0 && read_labels(spec, out, err) == 0 &&
        read_groups(spec, out, err) == 0) {
        find_twin(spec, out);
        return 0;
    }
    avo_ap_input_release(out);
    return -1;
}

void avo_ap_input_release(struct avo_ap_input *in)
{
    if (!in)
        return;
    for (size_t i = 0; i < in->n_sets; i++)
        avo_matrix_release(&in->sets[i]);
    free(in->sets);
    avo_matrix_release(&in->labels);
    free(in->y);
    free(in->is_positive);
    free(in->group);
    *in = (struct avo_ap_input){0};
}
