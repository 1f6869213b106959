/* SPDX-License-Identifier: MIT */
/* windows_bed.c: rows of BED, BEDPE and GTF with their further columns. */
#include "libcommon/genome/windows.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/lines.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/annotation_text.h"
#include "libcommon/genome/bed_fit.h"
#include "libcommon/genome/gtf_rows.h"

enum { NAME, LABEL, GROUP, N_ROLES };
#define NONE SIZE_MAX

struct reading {
    struct avo_windows *w;
    const struct avo_windows_options *opt;
    struct avo_chrom_index chroms;
    struct avo_bed_fit fit;
    struct avo_lines lines;
    struct avo_gtf_rows gtf;
    bool any_row, is_gtf;
    char *header;               /* the last # line or the header line, cut up */
    bool header_is_row;         /* it did not begin with # */
    size_t n_fields, cap_fields;
    char **fields;              /* of the line at hand */
    size_t n_names, cap_names;
    char **names;               /* of the header line, point into it */
    size_t n_cols;              /* of every row; 0: no row yet */
    size_t role[N_ROLES], strand[2];
    size_t *others;             /* [w->n_columns] columns carried through */
};

/* The least number of columns: three for each interval. */
static size_t n_place_columns(const struct reading *r) { return 3 * (size_t)r->w->per_row; }

static int split(struct reading *r, char *line, struct avo_error *err)
{
    bool tabs = strchr(line, '\t') != NULL;

    r->n_fields = 0;
    for (char *s; (s = avo_bed_field(&line, tabs));) {
        if (avo_grow(&r->fields, &r->cap_fields, r->n_fields + 1, sizeof *r->fields, "columns",
                     err))
            return -1;
        r->fields[r->n_fields++] = s;
    }
    return 0;
}

/* ---- which column is what ---- */

static const char *plain_name(const struct reading *r, size_t i)
{
    static const char *const bed[] = {"score", "strand"}, *const bedpe[] = {"score", "strand1",
                                                                            "strand2"};

    if (r->opt->pairs)
        return i >= 7 && i <= 9 ? bedpe[i - 7] : NULL;
    return i >= 4 && i <= 5 ? bed[i - 4] : NULL;
}

static size_t named(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->n_names; i++)
        if (!strcmp(r->names[i], name))
            return i;
    return NONE;
}

static int no_column(struct reading *r, const char *option, const char *s, struct avo_error *err)
{
    const char *near = r->n_names ? avo_nearest(s, (const char *const *)r->names,
                                                (int)r->n_names) : NULL;

    if (near)
        avo_error_hint(err, "did you mean %s?", near);
    return avo_error_set(err, "%s %s: no such column (%zu columns%s)", option, s, r->n_cols,
                         r->n_names ? "" : ", no header line");
}

/* A number, unless the header line has a column of that name. */
static int find_column(struct reading *r, const char *option, const char *s, size_t *out,
                       struct avo_error *err)
{
    int64_t k;

    *out = named(r, s);
    if (*out == NONE && !avo_parse_int(s, 1, (int64_t)r->n_cols, option, &k, NULL))
        *out = (size_t)k - 1;
    if (*out == NONE)
        return no_column(r, option, s, err);
    if (*out < n_place_columns(r))
        return avo_error_set(err, "%s %s: that column is of the interval", option, s);
    return 0;
}

static int find_roles(struct reading *r, struct avo_error *err)
{
    static const char *const options[] = {"--name-column", "--label-column", "--group-column"};
    static const char *const names[] = {"name", "label", "group"};
    const char *asked[] = {r->opt->name_column, r->opt->label_column, r->opt->group_column};
    size_t plain = n_place_columns(r);

    for (int k = N_ROLES - 1; k >= 0; k--) {        /* the name is what the others leave */
        r->role[k] = NONE;
        if (asked[k] && find_column(r, options[k], asked[k], &r->role[k], err))
            return -1;
        if (!asked[k] && r->n_names)
            r->role[k] = named(r, names[k]);
        if (r->role[k] < plain)                     /* chrom called "name", say */
            r->role[k] = NONE;
    }
    if (!asked[NAME] && !r->n_names && plain < r->n_cols && r->role[LABEL] != plain &&
        r->role[GROUP] != plain)
        r->role[NAME] = plain;
    return 0;
}

static void find_strands(struct reading *r)
{
    static const char *const names[2][2] = {{"strand", "strand"}, {"strand1", "strand2"}};
    size_t plain = r->opt->pairs ? 8 : 5;

    for (uint32_t p = 0; p < r->w->per_row; p++) {
        r->strand[p] = r->n_names ? named(r, names[r->opt->pairs][p]) : plain + p;
        if (r->strand[p] != NONE && r->strand[p] >= r->n_cols)
            r->strand[p] = NONE;
    }
}

static int add_column(struct reading *r, size_t i, struct avo_error *err)
{
    struct avo_windows *w = r->w;
    const char *name = r->n_names ? r->names[i] : plain_name(r, i);
    char *copy = name && *name ? avo_strdup(name, err) : avo_asprintf(err, "column%zu", i + 1);

    if (!copy)
        return -1;
    r->others[w->n_columns] = i;
    w->columns[w->n_columns++] = copy;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_columns(const struct avo_windows *w, struct avo_error *err)
{
    const char **sorted = avo_alloc(w->n_columns, sizeof *sorted, "columns", err);
    int rc = sorted ? 0 : -1;

    for (size_t i = 0; sorted && i < w->n_columns; i++)
        sorted[i] = w->columns[i];
    if (sorted)
        qsort(sorted, w->n_columns, sizeof *sorted, by_name);
    for (size_t i = 1; !rc && i < w->n_columns; i++)
        if (!strcmp(sorted[i - 1], sorted[i]))
            rc = avo_error_set(err, "two columns are called \"%s\"", sorted[i]);
    free(sorted);
    return rc;
}

/* Called with the first row's number of columns. */
static int find_columns(struct reading *r, size_t n_cols, struct avo_error *err)
{
    struct avo_windows *w = r->w;

    r->n_cols = n_cols;
    if (r->n_names != n_cols && !r->header_is_row)
        r->n_names = 0;                             /* the # line was something else */
    if (r->n_names && r->n_names != n_cols)
        return avo_error_set(err, "%zu columns (the header line has %zu)", n_cols, r->n_names);
    if (find_roles(r, err))
        return -1;
    find_strands(r);
    w->columns = avo_alloc(n_cols, sizeof *w->columns, "columns", err);
    r->others = avo_alloc(n_cols, sizeof *r->others, "columns", err);
    if (!w->columns || !r->others)
        return -1;
    for (size_t i = n_place_columns(r); i < n_cols; i++)
        if (i != r->role[NAME] && i != r->role[LABEL] && i != r->role[GROUP] &&
            add_column(r, i, err))
            return -1;
    return check_columns(w, err);
}

/* ---- rows ---- */

static int not_a_row(const struct reading *r, struct avo_error *err)
{
    const char *f[6] = {"", "", "", "", "", ""};

    for (size_t i = 0; i < 6 && i < r->n_fields; i++)
        f[i] = r->fields[i];
    if (r->opt->pairs)
        return avo_error_set(err, "not BEDPE (want chromosome, start, end, twice; got \"%s\", "
                             "\"%s\", \"%s\", \"%s\", \"%s\", \"%s\")", f[0], f[1], f[2], f[3],
                             f[4], f[5]);
    return avo_error_set(err, "not BED (want chromosome, start, end; got \"%s\", \"%s\", \"%s\")",
                         f[0], f[1], f[2]);
}

/* 1: taken; 0: left out. */
static int take_place(struct reading *r, uint32_t p, struct avo_place *out, struct avo_error *err)
{
    char **f = r->fields + 3 * (size_t)p;
    const char *strand = r->strand[p] == NONE ? "." : r->fields[r->strand[p]];
    uint64_t end_bp;

    if (!*f[0] || avo_bed_position(f[1], &out->beg_bp) ||
        avo_bed_position(f[2], &out->end_bp))
        return not_a_row(r, err);
    if (out->beg_bp > out->end_bp)
        return avo_error_set(err, "interval ends before it starts (%" PRIu64 ", %" PRIu64 ")",
                             out->beg_bp, out->end_bp);
    if (out->beg_bp == out->end_bp)
        return avo_error_set(err, "empty interval (start and end are %" PRIu64 ")", out->end_bp);
    end_bp = out->end_bp;
    int rc = avo_bed_fit_row(&r->fit, f[0], out->beg_bp, &out->end_bp, &out->chrom, err);
    if (rc > 0 && r->opt->want_bp && out->end_bp < end_bp) {
        r->fit.n_cut--;                             /* tiles need all of it */
        r->fit.n_beyond++;
        return 0;
    }
    if (rc <= 0)
        return rc;
    out->strand = !strcmp(strand, "+") || !strcmp(strand, "-") ? strand[0] : '.';
    if (r->opt->need_strand && out->strand == '.')
        return avo_error_set(err, "no strand, and --anchor tss needs one (+ or -)");
    if (r->opt->want_bp && out->end_bp - out->beg_bp != r->opt->want_bp) {
        avo_error_hint(err, "--anchor center --upstream %" PRIu64 " --downstream %" PRIu64
                       " makes windows of that length", r->opt->want_bp / 2,
                       r->opt->want_bp - r->opt->want_bp / 2);
        return avo_error_set(err, "interval of %" PRIu64 " bp (--tiles wants %" PRIu64 ")",
                             out->end_bp - out->beg_bp, r->opt->want_bp);
    }
    return 1;
}

static int add_string(struct avo_windows *w, const char *s, struct avo_error *err)
{
    size_t n = strlen(s) + 1;

    if (avo_grow(&w->pool, &w->cap_pool, w->n_pool + n, 1, "names of windows", err))
        return -1;
    memcpy(w->pool + w->n_pool, s, n);
    w->n_pool += n;
    return 0;
}

static int add_row(struct reading *r, const struct avo_place *places, struct avo_error *err)
{
    struct avo_windows *w = r->w;
    size_t at = w->n * w->per_row;

    if (avo_grow(&w->places, &w->cap_places, at + w->per_row, sizeof *w->places, "windows", err) ||
        avo_grow(&w->text, &w->cap, w->n + 1, sizeof *w->text, "windows", err))
        return -1;
    memcpy(w->places + at, places, w->per_row * sizeof *places);
    w->text[w->n++] = w->n_pool;
    for (int k = 0; k < N_ROLES; k++)
        if (add_string(w, r->role[k] == NONE ? "" : r->fields[r->role[k]], err))
            return -1;
    for (size_t k = 0; k < w->n_columns; k++)
        if (add_string(w, r->fields[r->others[k]], err))
            return -1;
    return 0;
}

/* The names of a header line; NULL forgets them. */
static int keep_header(struct reading *r, const char *line, struct avo_error *err)
{
    free(r->header);
    r->n_names = 0;
    if (!(r->header = avo_strdup(line + (*line == '#'), err)) || split(r, r->header, err) ||
        avo_grow(&r->names, &r->cap_names, r->n_fields + 1, sizeof *r->names, "columns", err))
        return -1;
    memcpy(r->names, r->fields, r->n_fields * sizeof *r->names);
    r->n_names = r->n_fields;
    return 0;
}

/* Columns 2 and 3 begin with a letter, as no position does. */
static bool is_header_row(const char *line)
{
    const char *gap = strchr(line, '\t') ? "\t" : " ", *p = line;
    int n_words = 0;

    for (int i = 0; i < 2; i++) {
        p += strcspn(p, gap);
        p += *p != '\0';
        n_words += isalpha((unsigned char)*p) != 0;
    }
    return n_words == 2;
}

/* A line of GTF: *line is the row as BED, under names that the first one sets. */
static int take_gtf(struct reading *r, char **line, struct avo_error *err)
{
    bool first = r->gtf.header == NULL;
    int rc = avo_gtf_rows_take(&r->gtf, *line, line, err);

    return rc > 0 && first && keep_header(r, r->gtf.header, err) ? -1 : rc;
}

static int take_line(struct reading *r, char *line, struct avo_error *err)
{
    struct avo_place places[2];
    int rc = 1;

    if (avo_bed_comment(line))
        return r->n_cols == 0 && *line == '#' && strchr(line, '\t') && !r->header_is_row &&
            !r->is_gtf ? keep_header(r, line, err) : 0;
    r->is_gtf |= !r->any_row && !r->opt->pairs && avo_is_gtf_line(line);
    r->any_row = true;
    if (r->is_gtf && (rc = take_gtf(r, &line, err)) <= 0)
        return rc;
    if (r->n_cols == 0 && !r->is_gtf && !r->header_is_row && is_header_row(line)) {
        r->header_is_row = true;
        return keep_header(r, line, err);
    }
    if (split(r, line, err))
        return -1;
    if (r->n_fields < n_place_columns(r))
        return not_a_row(r, err);
    if (r->n_cols == 0 && find_columns(r, r->n_fields, err))
        return -1;
    if (r->n_fields != r->n_cols)
        return avo_error_set(err, "%zu columns (the rows before it have %zu)", r->n_fields,
                             r->n_cols);
    for (uint32_t p = 0; rc > 0 && p < r->w->per_row; p++)
        rc = take_place(r, p, &places[p], err);
    r->fit.n_rows++;
    r->w->n_skipped += rc == 0;
    return rc > 0 ? add_row(r, places, err) : rc;
}

static int read_all(struct reading *r, struct avo_error *err)
{
    char *line;
    int rc;

    while ((rc = avo_lines_next(&r->lines, &line, err)) > 0)
        if (take_line(r, line, err))
            return avo_error_prefix(err, "%s:%zu", r->lines.shown, r->lines.n_line);
    if (rc == 0 && r->opt->tag && !r->is_gtf)
        return avo_error_set(err, "%s: a tag selects rows of GTF, and this is not",
                             r->lines.shown);
    if (rc == 0 && r->n_cols == 0 && r->is_gtf)
        return avo_error_set(err, "%s: no row of feature \"%s\"%s%s", r->lines.shown,
                             r->opt->tag ? "transcript" : "gene",
                             r->opt->tag ? " with the tag " : "",
                             r->opt->tag ? r->opt->tag : "");
    if (rc == 0 && r->n_cols == 0)
        return avo_error_set(err, "%s: no row in it", r->lines.shown);
    return rc < 0 ? rc : avo_bed_fit_finish(&r->fit, r->lines.shown, r->w->n, err);
}

int avo_windows_read(struct avo_windows *w, const struct avo_header *h,
                     const struct avo_windows_options *opt, struct avo_error *err)
{
    struct reading r = {.w = w, .opt = opt};
    int rc = -1;

    memset(w, 0, sizeof *w);
    w->per_row = opt->pairs ? 2 : 1;
    r.gtf.opt.tag = opt->tag;
    avo_bed_fit_init(&r.fit, &r.chroms, &opt->rule);
    if (!avo_chrom_index_init(&r.chroms, h, err) && !avo_lines_open(&r.lines, opt->path, err))
        rc = read_all(&r, err);
    avo_gtf_rows_release(&r.gtf);
    avo_lines_close(&r.lines);
    avo_chrom_index_release(&r.chroms);
    free(r.header);
    free(r.fields);
    free(r.names);
    free(r.others);
    if (rc)
        avo_windows_release(w);
    return rc;
}
