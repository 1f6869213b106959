/* SPDX-License-Identifier: MIT */
/* annotation.c: the elements of a BED or GTF file, checked against a header and sorted. */
#include "libcommon/genome/annotation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/lines.h"
#include "libcommon/genome/annotation_text.h"

/* A file being read. */
struct reading {
    struct avo_elements *e;
    const struct avo_elements_options *opt;
    struct avo_lines lines;
    struct avo_chrom_index chroms;
    struct avo_bed_fit fit;
    bool any_row;
};

/* ---- rows ---- */

static int no_strand(const struct reading *r, struct avo_error *err)
{
    return avo_error_set(err, "no strand (want + or - in column %d: promoters lie upstream)",
                         r->e->is_gtf ? 7 : 6);
}

static int take_row(struct reading *r, const struct avo_row *row, struct avo_error *err)
{
    struct avo_elements *e = r->e;
    uint32_t chrom;
    size_t len = strlen(row->name) + 1;
    uint64_t end_bp = row->end_bp;

    r->fit.n_rows++;
    int rc = avo_bed_fit_row(&r->fit, row->chrom, row->beg_bp, &end_bp, &chrom, err);
    if (rc <= 0)
        return rc;
    if (r->opt->need_strand && row->strand == '.')
        return no_strand(r, err);
    if (e->n >= INT32_MAX)
        return avo_error_set(err, "too many elements");
    if (avo_grow(&e->list, &e->cap, e->n + 1, sizeof *e->list, "elements", err) ||
        avo_grow(&e->names, &e->names_cap, e->names_len + len, 1, "names of elements", err))
        return -1;
    memcpy(e->names + e->names_len, row->name, len);
    e->list[e->n++] = (struct avo_element){row->beg_bp, end_bp, chrom, row->strand,
                                           e->names_len};
    e->names_len += len;
    return 0;
}

static int read_line(struct reading *r, char *line, struct avo_error *err)
{
    struct avo_row row;

    if (avo_bed_comment(line))
        return 0;
    if (!r->any_row)
        r->e->is_gtf = avo_is_gtf_line(line);
    r->any_row = true;
    int rc = r->e->is_gtf ? avo_gtf_row(line, r->opt, &row, err) : avo_bed_row(line, &row, err);
    if (rc > 0)
        rc = take_row(r, &row, err);
    return rc < 0 ? avo_error_prefix(err, "%s:%zu", r->lines.shown, r->lines.n_line) : 0;
}

/* ---- the file as a whole ---- */

static int nothing_taken(const struct reading *r, struct avo_error *err)
{
    const struct avo_elements_options *opt = r->opt;
    const char *shown = r->lines.shown;

    if (!r->any_row)
        return avo_error_set(err, "%s: no elements in it", shown);
    if (opt->tag)
        return avo_error_set(err, "%s: no row of feature \"%s\" has the tag \"%s\"", shown,
                             opt->feature ? opt->feature : "transcript", opt->tag);
    return avo_error_set(err, "%s: no row of feature \"%s\"", shown,
                         opt->feature ? opt->feature : "gene");
}

static int check_whole(const struct reading *r, struct avo_error *err)
{
    r->e->n_passed_over = r->fit.n_unknown + r->fit.n_beyond;
    if (r->any_row && !r->e->is_gtf && (r->opt->tag || r->opt->feature))
        return avo_error_set(err, "%s: a %s selects rows of GTF, and this is BED", r->lines.shown,
                             r->opt->tag ? "tag" : "feature");
    if (avo_bed_fit_finish(&r->fit, r->lines.shown, r->e->n, err) < 0)
        return -1;
    return r->e->n == 0 ? nothing_taken(r, err) : 0;
}

static int element_cmp(const void *pa, const void *pb)
{
    const struct avo_element *a = pa, *b = pb;

    if (a->chrom != b->chrom)
        return a->chrom < b->chrom ? -1 : 1;
    if (a->beg_bp != b->beg_bp)
        return a->beg_bp < b->beg_bp ? -1 : 1;
    if (a->end_bp != b->end_bp)
        return a->end_bp < b->end_bp ? -1 : 1;
    return a->name < b->name ? -1 : a->name > b->name;      /* names lie in the file's order */
}

static int read_all(struct reading *r, const char *path, struct avo_error *err)
{
    char *line;
    int rc;

    avo_bed_fit_init(&r->fit, &r->chroms, &r->opt->rule);
    if (avo_lines_open(&r->lines, path, err))
        return -1;
    while ((rc = avo_lines_next(&r->lines, &line, err)) > 0)
        if (read_line(r, line, err))
            return -1;
    return rc < 0 ? -1 : check_whole(r, err);
}

int avo_elements_read(struct avo_elements *e, const struct avo_header *h, const char *path,
                      const struct avo_elements_options *opt, struct avo_error *err)
{
    static const struct avo_elements_options plain;
    struct reading r = {.e = e, .opt = opt ? opt : &plain};

    *e = (struct avo_elements){0};
    int rc = avo_chrom_index_init(&r.chroms, h, err);
    if (rc == 0)
        rc = read_all(&r, path, err);
    avo_lines_close(&r.lines);
    avo_chrom_index_release(&r.chroms);
    if (rc < 0) {
        avo_elements_release(e);
        return -1;
    }
    qsort(e->list, e->n, sizeof *e->list, element_cmp);
    return 0;
}

void avo_elements_release(struct avo_elements *e)
{
    if (!e)
        return;
    free(e->list);
    free(e->names);
    *e = (struct avo_elements){0};
}

const char *avo_element_name(const struct avo_elements *e, size_t i)
{
    return e->names + e->list[i].name;
}

size_t avo_elements_first(const struct avo_elements *e, uint32_t chrom)
{
    size_t lo = 0, hi = e->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (e->list[mid].chrom < chrom)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}
