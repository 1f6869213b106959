/* SPDX-License-Identifier: MIT */
/* features_groups.c: rows that belong together: by a column, or connected through what they share
 * (disjoint sets). */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/ap/features_in.h"
#include "libcommon/base/disjoint.h"

/* What a row has: a name, or an interval. */
struct item {
    const char *text;           /* name or chromosome */
    uint64_t beg, end;
    uint32_t row;
};

static int by_text(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int c = strcmp(x->text, y->text);

    return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

static int by_place(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int c = strcmp(x->text, y->text);

    if (c != 0 || x->beg != y->beg)
        return c != 0 ? c : (x->beg > y->beg) - (x->beg < y->beg);
    return (x->row > y->row) - (x->row < y->row);
}

/* ---- disjoint sets ---- */

/* Roots become 0, 1, ... in the order of their rows. */
static size_t number_roots(uint32_t *up, size_t n, uint32_t *group)
{
    size_t n_groups = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t root = avo_disjoint_root(up, (uint32_t)i);

        group[i] = root == i ? (uint32_t)n_groups++ : group[root];
    }
    return n_groups;
}

/* Unites the rows of neighbours in the order that share something. */
static void unite_runs(struct item *items, size_t n, bool places, uint32_t *up)
{
    uint64_t reach = 0;

    qsort(items, n, sizeof *items, places ? by_place : by_text);
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && strcmp(items[i].text, items[i - 1].text) == 0 &&
                    (!places || items[i].beg < reach);

        if (same)
            avo_disjoint_unite(up, items[i - 1].row, items[i].row);
        reach = same && reach > items[i].end ? reach : items[i].end;
    }
}

static int connect(struct item *items, size_t n_rows, bool places, uint32_t *group,
                   size_t *n_groups, struct avo_error *err)
{
    uint32_t *up = avo_alloc(n_rows, sizeof *up, "groups", err);

    if (!up)
        return -1;
    for (size_t i = 0; i < n_rows; i++)
        up[i] = (uint32_t)i;
    unite_runs(items, 2 * n_rows, places, up);
    *n_groups = number_roots(up, n_rows, group);
    free(up);
    return 0;
}

/* ---- kinds of groups ---- */

int avo_group_by_cell(const struct avo_matrix *m, int col, uint32_t *group, size_t *n_groups,
                      struct avo_error *err)
{
    struct item *items = avo_alloc(m->n_rows, sizeof *items, "groups", err);

    if (!items)
        return -1;
    for (size_t i = 0; i < m->n_rows; i++)
        items[i] = (struct item){.text = avo_cell(&m->cells, i, col), .row = (uint32_t)i};
    qsort(items, m->n_rows, sizeof *items, by_text);
    *n_groups = 0;
    for (size_t i = 0; i < m->n_rows; i++) {
        if (i == 0 || strcmp(items[i].text, items[i - 1].text) != 0)
            ++*n_groups;
        group[items[i].row] = (uint32_t)*n_groups - 1;
    }
    free(items);
    return 0;
}

int avo_group_by_names(const struct avo_matrix *m, int col_a, int col_b, uint32_t *group,
                       size_t *n_groups, struct avo_error *err)
{
    struct item *items = avo_alloc(2 * m->n_rows, sizeof *items, "groups", err);
    int rc;

    if (!items)
        return -1;
    for (size_t i = 0; i < m->n_rows; i++) {
        items[2 * i] = (struct item){.text = avo_cell(&m->cells, i, col_a), .row = (uint32_t)i};
        items[2 * i + 1] = (struct item){.text = avo_cell(&m->cells, i, col_b),
                                         .row = (uint32_t)i};
    }
    rc = connect(items, m->n_rows, false, group, n_groups, err);
    free(items);
    return rc;
}

/* Cells at col, col + 1, col + 2 need not be neighbours: their numbers are in cols. */
static int take_place(const struct avo_matrix *m, size_t row, const int *cols, struct item *item,
                      struct avo_error *err)
{
    double beg, end;

    if (avo_cell_number(m, row, cols[1], &beg, err) < 0 ||
        avo_cell_number(m, row, cols[2], &end, err) < 0)
        return -1;
    if (!(beg >= 0) || !(end > beg) || end > 1e15)
        return avo_error_set(err, "%s: row %zu: not an interval (%.0f, %.0f)", m->shown, row + 1,
                             beg, end);
    *item = (struct item){avo_cell(&m->cells, row, cols[0]), (uint64_t)beg, (uint64_t)end,
                          (uint32_t)row};
    return 0;
}

int avo_group_by_places(const struct avo_matrix *m, uint32_t *group, size_t *n_groups,
                        struct avo_error *err)
{
    static const char *const names[] = {"chrom", "start", "end", "right.chrom", "right.start",
                                        "right.end"};
    struct item *items;
    int cols[6], rc = 0;

    for (int k = 0; k < 6; k++)
        if ((cols[k] = avo_cells_find(&m->cells, names[k])) < 0)
            return avo_error_set(err, "%s: no column \"%s\": rows are not pairs of intervals",
                                 m->shown, names[k]);
    items = avo_alloc(2 * m->n_rows, sizeof *items, "groups", err);
    if (!items)
        return -1;
    for (size_t i = 0; rc == 0 && i < 2 * m->n_rows; i++)
        rc = take_place(m, i / 2, cols + 3 * (i % 2), &items[i], err);
    if (rc == 0)
        rc = connect(items, m->n_rows, true, group, n_groups, err);
    free(items);
    return rc;
}
