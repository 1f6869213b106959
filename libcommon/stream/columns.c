/* SPDX-License-Identifier: MIT */
/* columns.c: bedGraph of factors and features. Neighbouring intervals of one value become one, NaN
 * is left out. */
#include "libcommon/stream/columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/stream/wire.h"

/* ---- which columns ---- */

static size_t count_columns(const struct avo_columns *c)
{
    size_t n = 0;

    if (c->layout) return c->layout->n_features;
    for (uint32_t k = 0; k < avo_header_genome_blocks(c->h); k++)
        n += avo_header_genome_block(c->h, k)->width;
    return n;
}

static int list_factors(struct avo_columns *c, struct avo_error *err)
{
    for (uint32_t k = 0; k < avo_header_genome_blocks(c->h); k++) {
        const struct avo_block *b = avo_header_genome_block(c->h, k);
        for (uint32_t i = 0; i < b->width; i++) {
            char *name = avo_asprintf(err, "%s.%" PRIu32, b->name, i);
            if (!name) return -1;
            c->list[c->n++] = (struct avo_column){ .name = name, .block = k, .at = i };
        }
    }
    return 0;
}

static int list_features(struct avo_columns *c, struct avo_error *err)
{
    for (size_t i = 0; i < c->layout->n_features; i++) {
        char *name = avo_strdup(c->layout->features[i], err);
        if (!name) return -1;
        c->list[c->n++] = (struct avo_column){ .name = name, .at = (uint32_t)i };
    }
    return 0;
}

static int unknown_column(const struct avo_columns *c, const char *name, struct avo_error *err)
{
    const char **names = avo_alloc(c->n, sizeof *names, "names", err), *near = NULL;

    for (size_t i = 0; names && i < c->n; i++) names[i] = c->list[i].name;
    if (names) near = avo_nearest(name, names, (int)c->n);
    avo_usage_error(err, "--column: no column \"%s\" in the input", name);
    if (near) avo_error_hint(err, "did you mean %s?", near);
    else if (c->n) avo_error_hint(err, "there are %zu, from %s to %s", c->n, c->list[0].name,
                                  c->list[c->n - 1].name);
    free(names);
    return -1;
}

/* The columns asked for come first, in the order given; the others go. */
static int keep_wanted(struct avo_columns *c, char *const *wanted, size_t n,
                       struct avo_error *err)
{
    for (size_t k = 0; k < n; k++) {
        size_t i = k;
        while (i < c->n && strcmp(c->list[i].name, wanted[k]) != 0) i++;
        if (i == c->n) {
            for (i = 0; i < k && strcmp(c->list[i].name, wanted[k]) != 0; i++) { }
            if (i == k) return unknown_column(c, wanted[k], err);
            return avo_usage_error(err, "--column %s is given twice", wanted[k]);
        }
        struct avo_column swap = c->list[k];
        c->list[k] = c->list[i];
        c->list[i] = swap;
    }
    for (; n && c->n > n; c->n--) free(c->list[c->n - 1].name);
    return 0;
}

/* ---- files ---- */

static int check_names(const struct avo_columns *c, const char *path, struct avo_error *err)
{
    bool pattern = path && strstr(path, AVO_COLUMN_PLACE);

    if (c->n == 0) return avo_error_set(err, "the input has no columns");
    if (pattern || c->n == 1) return 0;
    avo_usage_error(err, "-O bedgraph writes one column a file: %zu are asked for", c->n);
    return avo_error_hint(err, "--column %s chooses one; -o 'dir/{column}.bedGraph' writes all",
                          c->list[0].name);
}

static char *path_of(const char *pattern, const char *name, struct avo_error *err)
{
    const char *at = pattern ? strstr(pattern, AVO_COLUMN_PLACE) : NULL;
    char *escaped, *path;

    if (!at) return avo_strdup(pattern ? pattern : "-", err);
    if (!(escaped = avo_escape(name, true, err))) return NULL;
    path = avo_asprintf(err, "%.*s%s%s", (int)(at - pattern), pattern, escaped,
                        at + strlen(AVO_COLUMN_PLACE));
    free(escaped);
    return path;
}

static int open_file(struct avo_column *x, const char *pattern, struct avo_error *err)
{
    char *path = path_of(pattern, x->name, err);
    int rc = path ? avo_out_open(&x->out, path, NULL, err) : -1;

    free(path);
    return rc;
}

int avo_columns_open(struct avo_columns *c, const char *path, char *const *wanted,
                     size_t n_wanted, struct avo_error *err)
{
    if (c->layout && c->layout->pair[0] >= 0)
        return avo_error_set(err, "-O bedgraph: rows are pairs of intervals (want one a row)");
    if (!(c->list = avo_alloc(count_columns(c), sizeof *c->list, "columns", err)) ||
        !(c->seen = avo_alloc(c->h->n_chroms, sizeof *c->seen, "chromosomes", err)) ||
        (c->layout ? list_features(c, err) : list_factors(c, err)) ||
        keep_wanted(c, wanted, n_wanted, err) || check_names(c, path, err)) return -1;
    for (size_t i = 0; i < c->n; i++)
        if (open_file(&c->list[i], path, err)) {
            if (i > 0) avo_error_hint(err, "--column NAME chooses fewer of the %zu columns", c->n);
            return -1;
        }
    return 0;
}

/* ---- intervals ---- */

static int close_interval(struct avo_column *x, struct avo_error *err)
{
    if (!x->has_open) return 0;
    x->has_open = false;
    return avo_out_name(&x->out, x->open.chrom, err) ||
           avo_out_uint(&x->out, "\t", x->open.beg_bp, err) ||
           avo_out_uint(&x->out, "\t", x->open.end_bp, err) ||
           avo_out_float(&x->out, "\t", x->value, err) ||
           avo_out_str(&x->out, "\n", err);
}

static int put(struct avo_column *x, const struct avo_feature_place *p, float value,
               struct avo_error *err)
{
    if (x->has_open && x->open.chrom == p->chrom && x->open.end_bp == p->beg_bp &&
        x->value == value) {
        x->open.end_bp = p->end_bp;
        return 0;
    }
    if (close_interval(x, err)) return -1;
    x->has_open = !isnan(value);
    x->open = *p;
    x->value = value;
    return 0;
}

static int put_row(struct avo_columns *c, uint32_t block, const struct avo_feature_place *p,
                   const float *row, struct avo_error *err)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->list[i].block == block && put(&c->list[i], p, row[c->list[i].at], err)) return -1;
    return 0;
}

/* A row's bins among those of each run. */
static int put_block(struct avo_columns *c, const struct avo_genome_tile *g, uint32_t k,
                     struct avo_error *err)
{
    const struct avo_block *b = avo_header_genome_block(c->h, k);
    uint64_t bpr = b->bins_per_row, bp = c->h->bin_bp, last = UINT64_MAX;
    const float *x = g->rows[k];

    for (uint32_t r = 0; r < g->span.n_runs; r++) {
        uint64_t beg = g->span.runs[r].beg_bin, end = beg + g->span.runs[r].n_bins, next;
        for (; beg < end; beg = next) {
            uint64_t row = beg / bpr;
            next = (row + 1) * bpr < end ? (row + 1) * bpr : end;
            if (last != UINT64_MAX && row != last) x += b->width;
            last = row;
            struct avo_feature_place p = { c->h->chroms[g->span.chrom].name, beg * bp, next * bp };
            if (put_row(c, k, &p, x, err)) return -1;
        }
    }
    return 0;
}

int avo_columns_genome(struct avo_columns *c, const struct avo_genome_tile *g,
                       struct avo_error *err)
{
    for (uint32_t k = 0; k < g->n_blocks; k++)
        if (put_block(c, g, k, err)) return -1;
    return 0;
}

/* What bedGraph asks of intervals: chromosome by chromosome, ascending, none over another. */
static int check_order(struct avo_columns *c, const struct avo_feature_place *p,
                       struct avo_error *err)
{
    uint32_t was = c->chrom;

    avo_chrom_index_find(&c->layout->chroms, p->chrom, &c->chrom);
    if (c->chrom != was) c->end_bp = 0;
    if (p->beg_bp < c->end_bp || (c->chrom != was && c->seen[c->chrom])) {
        avo_error_set(err, "row %" PRIu64 " (%s:%" PRIu64 "-%" PRIu64 ") overlaps or precedes one "
                      "before it, which bedGraph cannot hold", c->n_rows, p->chrom, p->beg_bp + 1,
                      p->end_bp);
        return avo_error_hint(err, "factor-agg --window BP makes windows side by side, --sort "
                              "sorts those of -R");
    }
    c->seen[c->chrom] = true;
    c->end_bp = p->end_bp;
    return 0;
}

int avo_columns_row(struct avo_columns *c, const struct avo_feature_row *row,
                    struct avo_error *err)
{
    c->n_rows++;
    if (row->n_places != 1)
        return avo_error_set(err, "-O bedgraph: rows are no intervals");
    if (check_order(c, &row->at[0], err)) return -1;
    for (size_t i = 0; i < c->n; i++)
        if (put(&c->list[i], &row->at[0], row->features[c->list[i].at], err)) return -1;
    return 0;
}

/* ---- end ---- */

int avo_columns_finish(struct avo_columns *c, struct avo_error *err)
{
    for (size_t i = 0; i < c->n; i++)
        if (close_interval(&c->list[i], err) || avo_out_flush(&c->list[i].out, err)) return -1;
    for (size_t i = 0; i < c->n; i++)
        if (avo_out_finish(&c->list[i].out, err)) return -1;
    return 0;
}

void avo_columns_release(struct avo_columns *c)
{
    for (size_t i = 0; i < c->n; i++) {
        avo_out_release(&c->list[i].out);
        free(c->list[i].name);
    }
    free(c->list);
    free(c->seen);
    *c = (struct avo_columns){ 0 };
}
