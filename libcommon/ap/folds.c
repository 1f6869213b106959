/* SPDX-License-Identifier: MIT */
/* folds.c: shuffles, strata and groups; folds as text. */
#include "libcommon/ap/folds.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/lines.h"
#include "libcommon/base/mt19937.h"
#include "libcommon/base/text.h"
#include "libcommon/report/table_out.h"

/* ---- order ---- */

static void begin_draws(struct avo_mt *m, const struct avo_folds_spec *s)
{
    uint32_t key[2] = {(uint32_t)(s->seed ^ s->seed >> 32), s->stream};

    if (s->stream == 0)
        avo_mt_seed(m, key[0]);
    else
        avo_mt_seed_key(m, key, 2);
}

/* order [n] holds the shuffled rows. */
static void deal_rows(const struct avo_folds_spec *s, const uint32_t *order, uint16_t *fold)
{
    size_t place = 0;

    for (int stratum = 1; stratum >= 0; stratum--) {
        for (size_t i = 0; i < s->n_rows; i++)
            if (!s->stratum || s->stratum[order[i]] == stratum)
                fold[order[i]] = (uint16_t)(place++ % s->n_folds);
        if (!s->stratum)
            return;
    }
}

/* ---- groups ---- */

struct sizes { size_t n_rows, n_positive; };

static int power_of(size_t n)
{
    return n == 0 ? 0 : 64 - __builtin_clzll(n);
}

static size_t lightest(const struct sizes *folds, size_t n, bool by_positives)
{
    size_t best = 0;

    for (size_t f = 1; f < n; f++) {
        size_t a = by_positives ? folds[f].n_positive : 0;
        size_t b = by_positives ? folds[best].n_positive : 0;

        if (a < b || (a == b && folds[f].n_rows < folds[best].n_rows))
            best = f;
    }
    return best;
}

static void take_sizes(const struct avo_folds_spec *s, struct sizes *groups)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        groups[s->group[i]].n_rows++;
        groups[s->group[i]].n_positive += s->stratum && s->stratum[i];
    }
}

/* order [n_groups] holds the shuffled groups; to [n_groups] gets their folds. */
static void deal_groups(const struct avo_folds_spec *s, const uint32_t *order,
                        const struct sizes *groups, struct sizes *folds, uint16_t *to)
{
    memset(folds, 0, s->n_folds * sizeof *folds);
    for (int power = power_of(s->n_rows); power > 0; power--)
        for (size_t i = 0; i < s->n_groups; i++) {
            const struct sizes *g = &groups[order[i]];
            size_t f;

            if (power_of(g->n_rows) != power)
                continue;
            f = lightest(folds, s->n_folds, g->n_positive > 0);
            to[order[i]] = (uint16_t)f;
            folds[f].n_rows += g->n_rows;
            folds[f].n_positive += g->n_positive;
        }
}

static int make_grouped(const struct avo_folds_spec *s, struct avo_folds *out,
                        struct avo_error *err)
{
    struct sizes *groups = avo_alloc(s->n_groups, sizeof *groups, "groups", err);
    struct sizes *folds = avo_alloc(s->n_folds, sizeof *folds, "groups", err);
    uint32_t *order = avo_alloc(s->n_groups, sizeof *order, "groups", err);
    uint16_t *to = avo_alloc(s->n_groups, sizeof *to, "groups", err);
    struct avo_mt draws;
    size_t n_present = 0;
    int rc = -1;

    if (!groups || !folds || !order || !to)
        goto out;
    take_sizes(s, groups);
    for (size_t g = 0; g < s->n_groups; g++)
        n_present += groups[g].n_rows > 0;
    if (n_present < s->n_folds) {
        avo_error_set(err, "%zu group%s cannot fill %zu folds", n_present,
                      n_present == 1 ? "" : "s", s->n_folds);
        goto out;
    }
    begin_draws(&draws, s);
    for (size_t r = 0; r < s->n_repeats; r++) {
        avo_mt_permute(&draws, order, s->n_groups);
        deal_groups(s, order, groups, folds, to);
        for (size_t i = 0; i < s->n_rows; i++)
            out->fold[r * s->n_rows + i] = to[s->group[i]];
    }
    rc = 0;
out:
    free(groups);
    free(folds);
    free(order);
    free(to);
    return rc;
}

static int make_plain(const struct avo_folds_spec *s, struct avo_folds *out,
                      struct avo_error *err)
{
    uint32_t *order = avo_alloc(s->n_rows, sizeof *order, "folds", err);
    struct avo_mt draws;

    if (!order)
        return -1;
    begin_draws(&draws, s);
    for (size_t r = 0; r < s->n_repeats; r++) {
        avo_mt_permute(&draws, order, s->n_rows);
        deal_rows(s, order, out->fold + r * s->n_rows);
    }
    free(order);
    return 0;
}

int avo_folds_make(const struct avo_folds_spec *spec, struct avo_folds *out,
                   struct avo_error *err)
{
    int rc;

    *out = (struct avo_folds){.n_rows = spec->n_rows, .n_folds = spec->n_folds,
                              .n_repeats = spec->n_repeats};
    if (spec->n_rows < spec->n_folds || spec->n_rows > INT32_MAX)
        return avo_error_set(err, "%zu rows cannot fill %zu folds", spec->n_rows, spec->n_folds);
    out->fold = avo_alloc(spec->n_repeats * spec->n_rows, sizeof *out->fold, "folds", err);
    if (!out->fold)
        return -1;
    rc = spec->group ? make_grouped(spec, out, err) : make_plain(spec, out, err);
    if (rc < 0)
        avo_folds_release(out);
    return rc;
}

void avo_folds_release(struct avo_folds *f)
{
    if (!f)
        return;
    free(f->fold);
    *f = (struct avo_folds){0};
}

/* ---- text ---- */

static int write_rows(const struct avo_folds *f, struct avo_out *out, struct avo_error *err)
{
    struct avo_table_out t = {.out = out, .err = err};

    avo_table_out_put(&t, "row");
    for (size_t r = 0; r < f->n_repeats; r++)
        avo_table_out_printf(&t, "\trepeat%zu", r + 1);
    for (size_t i = 0; i < f->n_rows; i++) {
        avo_table_out_printf(&t, "\n%zu", i + 1);
        for (size_t r = 0; r < f->n_repeats; r++)
            avo_table_out_printf(&t, "\t%u", f->fold[r * f->n_rows + i] + 1u);
    }
    avo_table_out_put(&t, "\n");
    return avo_table_out_end(&t);
}

int avo_folds_write(const struct avo_folds *f, const char *path, struct avo_error *err)
{
    struct avo_out out = {0};
    int rc = -1;

    if (avo_out_open(&out, path, NULL, err) == 0 && write_rows(f, &out, err) == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    return rc;
}

static int read_heading(struct avo_lines *l, struct avo_folds *f, struct avo_error *err)
{
    char *line = NULL, *field;
    int rc = avo_lines_next(l, &line, err);

    if (rc < 0)
        return -1;
    if (rc == 0 || !(field = avo_field(&line)) || strcmp(field, "row") != 0)
        return avo_error_set(err, "%s:1: want a line \"row\", \"repeat1\", ...", l->shown);
    while (avo_field(&line) != NULL)
        f->n_repeats++;
    if (f->n_repeats == 0)
        return avo_error_set(err, "%s:1: no column of folds", l->shown);
    f->fold = avo_alloc(f->n_repeats * f->n_rows, sizeof *f->fold, "folds", err);
    return f->fold ? 0 : -1;
}

/* A whole number in range; the message has file and line. */
static int take_number(const struct avo_lines *l, char **p, int64_t lo, int64_t hi,
                       const char *what, int64_t *v, struct avo_error *err)
{
    char *field = avo_field(p);

    if (avo_parse_int(field ? field : "", lo, hi, what, v, err) == 0)
        return 0;
    avo_error_prefix(err, "%s:%zu", l->shown, l->n_line);
    err->status = AVO_EXIT_DATA;
    return -1;
}

static int read_row(struct avo_lines *l, char *line, size_t i, struct avo_folds *f,
                    struct avo_error *err)
{
    int64_t v;

    if (i == f->n_rows)
        return avo_error_set(err, "%s:%zu: more rows than the %zu of the features", l->shown,
                             l->n_line, f->n_rows);
    if (take_number(l, &line, (int64_t)i + 1, (int64_t)i + 1, "row", &v, err) < 0)
        return -1;
    for (size_t r = 0; r < f->n_repeats; r++) {
        if (take_number(l, &line, 1, AVO_MAX_FOLDS, "fold", &v, err) < 0)
            return -1;
        f->fold[r * f->n_rows + i] = (uint16_t)(v - 1);
        f->n_folds = (size_t)v > f->n_folds ? (size_t)v : f->n_folds;
    }
    return line == NULL ? 0 : avo_error_set(err, "%s:%zu: more columns than the first line",
                                            l->shown, l->n_line);
}

static int check_folds(const struct avo_lines *l, const struct avo_folds *f,
                       struct avo_error *err)
{
    size_t *n_rows = avo_alloc(f->n_folds, sizeof *n_rows, "folds", err);
    int rc = n_rows ? 0 : -1;

    for (size_t r = 0; rc == 0 && r < f->n_repeats; r++) {
        memset(n_rows, 0, f->n_folds * sizeof *n_rows);
        for (size_t i = 0; i < f->n_rows; i++)
            n_rows[f->fold[r * f->n_rows + i]]++;
        for (size_t k = 0; rc == 0 && k < f->n_folds; k++)
            if (n_rows[k] == 0)
                rc = avo_error_set(err, "%s: repeat %zu has no row in fold %zu of %zu", l->shown,
                                   r + 1, k + 1, f->n_folds);
    }
    free(n_rows);
    return rc;
}

int avo_folds_read(const char *path, size_t n_rows, struct avo_folds *out, struct avo_error *err)
{
    struct avo_lines l = {0};
    char *line;
    size_t i = 0;
    int rc;

    *out = (struct avo_folds){.n_rows = n_rows};
    rc = avo_lines_open(&l, path, err);
    if (rc == 0)
        rc = read_heading(&l, out, err);
    while (rc == 0 && (rc = avo_lines_next(&l, &line, err)) > 0)
        rc = read_row(&l, line, i++, out, err);
    if (rc == 0 && i < n_rows)
        rc = avo_error_set(err, "%s: %zu rows (want the %zu of the features)", l.shown, i,
                           n_rows);
    if (rc == 0 && out->n_folds < 2)
        rc = avo_error_set(err, "%s: want at least 2 folds", l.shown);
    if (rc == 0)
        rc = check_folds(&l, out, err);
    avo_lines_close(&l);
    if (rc < 0)
        avo_folds_release(out);
    return rc;
}
