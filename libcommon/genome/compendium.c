/* SPDX-License-Identifier: MIT */
/* compendium.c: the files of a tracks.tsv, few enough of them open at a time. */
#include "libcommon/genome/compendium.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "libcommon/base/alloc.h"

/* Descriptors left for standard streams, the output, libraries and the table. */
#define SPARE_FILES 24
#define MAX_LOOKED_AT 65536

/* ---- opening ---- */

/* Descriptors in use; numbers are given out from the lowest, so few have to be looked at. */
static size_t files_open(size_t limit)
{
    size_t n = 0;
    for (int fd = 0; fd < MAX_LOOKED_AT && (size_t)fd < limit; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

/* Half of what is free: a program may open several tables. */
static size_t files_at_once(int n_threads)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_NOFILE, &lim))
        return 16;
    if (lim.rlim_cur != RLIM_INFINITY && lim.rlim_cur < lim.rlim_max) {
        struct rlimit up = {.rlim_cur = lim.rlim_max, .rlim_max = lim.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &up) == 0)
            lim = up;
    }
    if (lim.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    size_t need = files_open((size_t)lim.rlim_cur) + (size_t)n_threads + SPARE_FILES;
    return lim.rlim_cur > need ? ((size_t)lim.rlim_cur - need) / 2 : 0;
}

static bool same_track(const struct avo_track *a, const struct avo_track *b)
{
    return strcmp(a->celltype, b->celltype) == 0 && strcmp(a->assay, b->assay) == 0;
}

/* Column of the row's track, or n_columns. Without replicates the table has no pair twice. */
static size_t find_column(const struct avo_compendium *c, size_t row)
{
    const struct avo_track_file *files = c->table->files;
    if (c->replicates == AVO_REPLICATES_ERROR)
        return c->n_columns;
    for (size_t i = 0; i < c->n_columns; i++)
        if (same_track(&files[c->columns[i].first_row].track, &files[row].track))
            return i;
    return c->n_columns;
}

/* Columns in the order in which the table first names them; rows of a column side by side. */
static int group_rows(struct avo_compendium *c, struct avo_error *err)
{
    size_t n = c->table->n;
    size_t *column_of = avo_alloc(n, sizeof *column_of, "tracks", err);
    c->columns = avo_alloc(n, sizeof *c->columns, "tracks", err);
    c->file_of = avo_alloc(n, sizeof *c->file_of, "tracks", err);
    c->sources = avo_alloc(n, sizeof *c->sources, "tracks", err);
    if (!column_of || !c->columns || !c->file_of || !c->sources) {
        free(column_of);
        return -1;
    }
    for (size_t row = 0; row < n; row++) {
        size_t col = find_column(c, row);
        if (col == c->n_columns)
            c->columns[c->n_columns++].first_row = row;
        column_of[row] = col;
        c->columns[col].n_files++;
    }
    for (size_t col = 1; col < c->n_columns; col++)
        c->columns[col].first_file = c->columns[col - 1].first_file + c->columns[col - 1].n_files;
    for (size_t col = 0; col < c->n_columns; col++)
        c->columns[col].n_files = 0;
    for (size_t row = 0; row < n; row++) {
        struct avo_column *col = &c->columns[column_of[row]];
        c->file_of[col->first_file + col->n_files++] = row;
    }
    c->n_files = n;
    free(column_of);
    return 0;
}

struct opening {
    struct avo_compendium *c;
    const struct avo_compendium_options *opt;
    size_t *file_of_row;
};

/* One task a row, so that the table's first bad row is the one that is named. */
static int open_task(void *arg, int row, int worker, struct avo_error *err)
{
    const struct opening *o = arg;
    struct avo_compendium *c = o->c;
    size_t i = o->file_of_row[row];
    (void)worker;
    c->sources[i] = avo_source_open(c->table->files[row].path, o->opt->genome_file,
                                    o->opt->remote, err);
    if (!c->sources[i]) {
        avo_track_table_blame(c->table, &c->table->files[row], err);
        return -1;
    }
    if (i >= c->n_awake)
        avo_source_sleep(c->sources[i]);
    return 0;
}

static int open_files(struct avo_compendium *c, const struct avo_compendium_options *opt,
                      struct avo_pool *pool, struct avo_error *err)
{
    struct opening o = {.c = c, .opt = opt};
    if (!(o.file_of_row = avo_alloc(c->n_files, sizeof *o.file_of_row, "tracks", err)))
        return -1;
    for (size_t i = 0; i < c->n_files; i++)
        o.file_of_row[c->file_of[i]] = i;
    int rc = avo_pool_try(pool, (int)c->n_files, open_task, &o, err);
    free(o.file_of_row);
    return rc;
}

int avo_compendium_open(struct avo_compendium *c, const struct avo_track_table *table,
                        const struct avo_compendium_options *opt, struct avo_pool *pool,
                        struct avo_error *err)
{
    *c = (struct avo_compendium){.table = table, .replicates = opt->replicates,
                                 .genome_file = opt->genome_file};
    c->n_awake = files_at_once(avo_pool_size(pool));
    int rc = opt->genome_file ? avo_sizes_read(&c->sizes, opt->genome_file, err) : 0;
    if (rc == 0)
        rc = group_rows(c, err);
    if (rc == 0)
        rc = open_files(c, opt, pool, err);
    if (rc)
        avo_compendium_release(c);
    return rc;
}

void avo_compendium_release(struct avo_compendium *c)
{
    if (!c)
        return;
    for (size_t i = 0; c->sources && i < c->n_files; i++)
        avo_source_close(c->sources[i]);
    free(c->sources);
    avo_sizes_release(&c->sizes);
    free(c->file_of);
    free(c->columns);
    *c = (struct avo_compendium){0};
}

const char *avo_compendium_path(const struct avo_compendium *c, size_t column)
{
    return c->table->files[c->columns[column].first_row].path;
}

int avo_compendium_passed_over(const struct avo_compendium *c, char **note, struct avo_error *err)
{
    *note = NULL;
    for (size_t i = 0; i < c->n_files; i++) {
        uint64_t n = avo_source_n_empty(c->sources[i]);
        if (n == 0)
            continue;
        char *longer = avo_asprintf(err, "%s%s%s: %" PRIu64 " zero-length interval%s passed over",
                                    *note ? *note : "", *note ? "\n" : "",
                                    c->table->files[c->file_of[i]].path, n,
                                    n == 1 ? " is" : "s are");
        free(*note);
        *note = longer;
        if (!longer)
            return -1;
    }
    return 0;
}

/* ---- tracks ---- */

static int join_attr(struct avo_track *t, const struct avo_attr *a, struct avo_error *err)
{
    for (size_t i = 0; i < t->n_attrs; i++) {
        if (strcmp(t->attrs[i].key, a->key) != 0)
            continue;
        if (strcmp(t->attrs[i].value, a->value) == 0)
            return 0;
        char *both = avo_asprintf(err, "%s,%s", t->attrs[i].value, a->value);
        if (!both)
            return -1;
        free(t->attrs[i].value);
        t->attrs[i].value = both;
        return 0;
    }
    return avo_track_add_attr(t, a->key, a->value, err);
}

static int add_column(const struct avo_compendium *c, const struct avo_column *col,
                      struct avo_header *h, struct avo_error *err)
{
    const struct avo_track_file *files = c->table->files;
    const struct avo_track *named = &files[col->first_row].track;
    struct avo_track *t = avo_header_add_track(h, named->celltype, named->assay, named->role, err);
    if (!t)
        return -1;
    for (size_t i = 0; i < col->n_files; i++) {
        const struct avo_track *row = &files[c->file_of[col->first_file + i]].track;
        for (size_t j = 0; j < row->n_attrs; j++)
            if (join_attr(t, &row->attrs[j], err))
                return -1;
    }
    return 0;
}

int avo_compendium_tracks(const struct avo_compendium *c, struct avo_header *h,
                          struct avo_error *err)
{
    for (size_t i = 0; i < c->n_columns; i++)
        if (add_column(c, &c->columns[i], h, err))
            return -1;
    if (c->table->unit && !(h->unit = avo_strdup(c->table->unit, err)))
        return -1;
    if (c->table->assembly && !(h->assembly = avo_strdup(c->table->assembly, err)))
        return -1;
    return 0;
}

/* ---- reading ---- */

int avo_bin_means_init(struct avo_bin_means *b, size_t cap_bins, struct avo_error *err)
{
    *b = (struct avo_bin_means){0};
    b->mean = avo_alloc(cap_bins, sizeof *b->mean, "bins", err);
    b->covered_bp = avo_alloc(cap_bins, sizeof *b->covered_bp, "bins", err);
    b->sum = avo_alloc(cap_bins, sizeof *b->sum, "bins", err);
    b->covered = avo_alloc(cap_bins, sizeof *b->covered, "bins", err);
    b->n_with = avo_alloc(cap_bins, sizeof *b->n_with, "bins", err);
    if (b->mean && b->covered_bp && b->sum && b->covered && b->n_with)
        return 0;
    avo_bin_means_release(b);
    return -1;
}

void avo_bin_means_release(struct avo_bin_means *b)
{
    if (!b)
        return;
    free(b->mean);
    free(b->covered_bp);
    free(b->sum);
    free(b->covered);
    free(b->n_with);
    *b = (struct avo_bin_means){0};
}

bool avo_bin_range_piece(struct avo_bin_range *rest, struct avo_bin_range *piece)
{
    *piece = *rest;
    if (piece->n_bins > AVO_PIECE_BINS)
        piece->n_bins = AVO_PIECE_BINS;
    rest->beg_bin += piece->n_bins;
    rest->n_bins -= piece->n_bins;
    return piece->n_bins > 0;
}

/* sum and covered of one file become its bin means, in place of sum. */
static void to_means(const struct avo_bin_range *r, double *sum, const uint32_t *covered)
{
    for (uint32_t i = 0; i < r->n_bins; i++) {
        if (covered[i] == 0)
            sum[i] = r->missing_nan ? (double)NAN : 0.0;
        else
            sum[i] /= r->missing_nan ? covered[i] : r->bin_bp;
    }
}

/* Takes one more file's means into those gathered so far. */
static void combine(const struct avo_compendium *c, const struct avo_bin_range *r,
                    struct avo_bin_means *b)
{
    for (uint32_t i = 0; i < r->n_bins; i++) {
        if (b->covered[i] > b->covered_bp[i])
            b->covered_bp[i] = b->covered[i];
        if (r->missing_nan && b->covered[i] == 0)
            continue;
        bool first = b->n_with[i]++ == 0;
        if (first)
            b->mean[i] = b->sum[i];
        else if (c->replicates == AVO_REPLICATES_MEAN)
            b->mean[i] += b->sum[i];
        else if (b->sum[i] > b->mean[i])
            b->mean[i] = b->sum[i];
    }
}

/* Sums and covered bases of one file. */
static int read_file(struct avo_compendium *c, size_t file, const struct avo_bin_range *r,
                     double *sum, uint32_t *covered, struct avo_error *err)
{
    struct avo_source *s = c->sources[file];
    if (avo_source_has(s, r->chrom))
        return avo_source_read(s, r->chrom, r->bin_bp, r->beg_bin, r->n_bins, sum, covered, err);
    memset(sum, 0, r->n_bins * sizeof *sum);
    memset(covered, 0, r->n_bins * sizeof *covered);
    return 0;
}

static int read_replicates(struct avo_compendium *c, const struct avo_column *col,
                           const struct avo_bin_range *r, struct avo_bin_means *b,
                           struct avo_error *err)
{
    memset(b->covered_bp, 0, r->n_bins * sizeof *b->covered_bp);
    memset(b->n_with, 0, r->n_bins * sizeof *b->n_with);
    for (size_t k = 0; k < col->n_files; k++) {
        if (read_file(c, col->first_file + k, r, b->sum, b->covered, err))
            return -1;
        to_means(r, b->sum, b->covered);
        combine(c, r, b);
    }
    for (uint32_t i = 0; i < r->n_bins; i++) {
        if (b->n_with[i] == 0)
            b->mean[i] = (double)NAN;
        else if (c->replicates == AVO_REPLICATES_MEAN)
            b->mean[i] /= b->n_with[i];
    }
    return 0;
}

int avo_compendium_read(struct avo_compendium *c, size_t column, const struct avo_bin_range *range,
                        struct avo_bin_means *b, struct avo_error *err)
{
    const struct avo_column *col = &c->columns[column];
    if (col->n_files > 1)
        return read_replicates(c, col, range, b, err);
    if (read_file(c, col->first_file, range, b->mean, b->covered_bp, err))
        return -1;
    to_means(range, b->mean, b->covered_bp);
    return 0;
}

uint32_t avo_bin_means_transform(const struct avo_bin_means *b, uint32_t n_bins,
                                 enum avo_transform transform, float missing, float max,
                                 float *value)
{
    uint32_t misfit = n_bins;
    for (uint32_t i = 0; i < n_bins; i++) {
        value[i] = missing;
        if (b->covered_bp[i] == 0)
            continue;
        value[i] = avo_transform_apply(transform, b->mean[i]);
        /* written so that a NaN fails, too */
        if (misfit == n_bins && !(fabsf(value[i]) <= max))
            misfit = i;
    }
    return misfit;
}

void avo_compendium_rest(struct avo_compendium *c, size_t column)
{
    const struct avo_column *col = &c->columns[column];
    for (size_t k = col->first_file; k < col->first_file + col->n_files; k++)
        if (k >= c->n_awake)
            avo_source_sleep(c->sources[k]);
}
