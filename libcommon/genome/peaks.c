/* SPDX-License-Identifier: MIT */
/* peaks.c: reads tables of peak files, and looks bins up in them. */
#include "libcommon/genome/peaks.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/region.h"
#include "libcommon/genome/tracks.h"

/* ---- the table ---- */

static int pair_cmp(const char *celltype_a, const char *assay_a, const char *celltype_b,
                    const char *assay_b)
{
    int c = strcmp(celltype_a, celltype_b);

    return c != 0 ? c : strcmp(assay_a, assay_b);
}

static int row_cmp(const void *pa, const void *pb)
{
    const struct avo_track_file *a = pa, *b = pb;
    int c = pair_cmp(a->track.celltype, a->track.assay, b->track.celltype, b->track.assay);

    return c != 0 ? c : a->line < b->line ? -1 : a->line > b->line;
}

/* Read as if replicates were welcome: the table's own complaint offers ways to combine signal. */
static int read_table(struct avo_track_table *t, const char *path, const char *name,
                      struct avo_error *err)
{
    if (avo_track_table_read(t, path, true, err) < 0)
        return -1;
    qsort(t->files, t->n, sizeof *t->files, row_cmp);
    for (size_t i = 1; i < t->n; i++) {
        const struct avo_track_file *a = &t->files[i - 1], *b = &t->files[i];

        if (pair_cmp(a->track.celltype, a->track.assay, b->track.celltype, b->track.assay) == 0)
            return avo_error_set(err, "%s:%zu: peaks of cell type \"%s\", assay \"%s\" are in "
                                 "line %zu already", name, b->line, b->track.celltype,
                                 b->track.assay, a->line);
    }
    return 0;
}

/* ---- the files ---- */

/* A file and the line of the table that names it. */
struct place { size_t line, file; };

struct job {
    struct avo_peaks *p;
    const struct avo_header *h;
    const struct avo_track_table *table;
    const struct avo_bed_rule *rule;
    char **notes;                   /* [files] */
    struct place *by_line;          /* [files] the order of the tasks: the first bad row is named */
};

static int read_file(const struct job *job, size_t i, struct avo_error *err)
{
    struct avo_peak_file *f = &job->p->files[i];
    const struct avo_track_file *row = &job->table->files[i];
    const struct avo_region_ask ask = {.region_file = row->path,
                                       .rule = {job->rule->strict, &job->notes[i]}};
    struct avo_extent *exact;

    f->celltype = avo_strdup(row->track.celltype, err);
    f->assay = avo_strdup(row->track.assay, err);
    if (!f->celltype || !f->assay ||
        avo_regions_exclude(job->h, &ask, &f->extents, &f->n, err) < 0)
        return -1;
    /* Merging leaves room, and there may be a thousand files. */
    exact = realloc(f->extents, (f->n > 0 ? f->n : 1) * sizeof *exact);
    f->extents = exact ? exact : f->extents;
    return 0;
}

static int read_task(void *arg, int i, int worker, struct avo_error *err)
{
    const struct job *job = arg;
    size_t file = job->by_line[i].file;
    const struct avo_track_file *row = &job->table->files[file];

    (void)worker;
    if (read_file(job, file, err) == 0)
        return 0;
    avo_track_table_blame(job->table, row, err);
    return avo_error_hint(err, "the peaks of cell type \"%s\", assay \"%s\"",
                          row->track.celltype, row->track.assay);
}

static int line_cmp(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;

    return a->line < b->line ? -1 : a->line > b->line;
}

#define MAX_NOTES 3

/* The first files' notes, in the table's order, and how many more there are. */
static int hand_on_notes(const struct job *job, struct avo_error *err)
{
    size_t n = 0;

    for (size_t i = 0; job->rule->notes && i < job->p->n; i++)
        if (job->notes[i] && ++n <= MAX_NOTES &&
            avo_add_line(job->rule->notes, err, "%s", job->notes[i]))
            return -1;
    return n <= MAX_NOTES ? 0
        : avo_add_line(job->rule->notes, err, "%s: %zu more files have rows that do not fit",
                       job->p->name, n - MAX_NOTES);
}

static int read_files(struct job *job, struct avo_pool *pool, struct avo_error *err)
{
    struct avo_peaks *p = job->p;
    size_t n = job->table->n;
    int rc = -1;

    p->files = avo_alloc(n, sizeof *p->files, "peaks", err);
    job->notes = avo_alloc(n, sizeof *job->notes, "peaks", err);
    job->by_line = avo_alloc(n, sizeof *job->by_line, "peaks", err);
    if (!p->files || !job->by_line || !job->notes)
        goto out;
    p->n = n;
    for (size_t i = 0; i < n; i++)
        job->by_line[i] = (struct place){job->table->files[i].line, i};
    qsort(job->by_line, n, sizeof *job->by_line, line_cmp);
    rc = avo_pool_try(pool, (int)n, read_task, job, err);
    if (rc == 0)
        rc = hand_on_notes(job, err);
out:
    for (size_t i = 0; job->notes && i < n; i++)
        free(job->notes[i]);
    free(job->notes);
    free(job->by_line);
    return rc;
}

int avo_peaks_read(struct avo_peaks *p, const struct avo_header *h,
                   const struct avo_peaks_ask *ask, struct avo_pool *pool, struct avo_error *err)
{
    struct avo_track_table table = {0};
    struct job job = {.p = p, .h = h, .table = &table, .rule = &ask->rule};
    int rc = -1;

    *p = (struct avo_peaks){0};
    p->name = avo_strdup(strcmp(ask->table_path, "-") == 0 ? "<stdin>" : ask->table_path, err);
    if (p->name && read_table(&table, ask->table_path, p->name, err) == 0)
        rc = read_files(&job, pool, err);
    avo_track_table_release(&table);
    if (rc < 0)
        avo_peaks_release(p);
    return rc;
}

void avo_peaks_release(struct avo_peaks *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++) {
        free(p->files[i].celltype);
        free(p->files[i].assay);
        free(p->files[i].extents);
    }
    free(p->files);
    free(p->name);
    *p = (struct avo_peaks){0};
}

/* ---- looking up ---- */

int64_t avo_peaks_find(const struct avo_peaks *p, const char *celltype, const char *assay)
{
    size_t lo = 0, hi = p->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = pair_cmp(p->files[mid].celltype, p->files[mid].assay, celltype, assay);

        if (c == 0)
            return (int64_t)mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}

/* A window of bins, and the extent that comes next in it. */
struct cursor {
    const struct avo_peak_file *file;
    size_t next;
    uint32_t chrom;
    uint64_t beg, end;
};

static struct cursor start(const struct avo_peaks *p, size_t index, uint32_t chrom,
                           uint32_t beg_bin, uint32_t n)
{
    const struct avo_peak_file *f = &p->files[index];
    size_t first = avo_extents_first(f->extents, f->n, chrom, beg_bin);

    return (struct cursor){f, first, chrom, beg_bin, (uint64_t)beg_bin + n};
}

/* The next run [*from, *to) of bins in peaks, counted from the window's first: false at the end. */
static bool next_run(struct cursor *c, size_t *from, size_t *to)
{
    const struct avo_extent *e = &c->file->extents[c->next];

    if (c->next == c->file->n || e->chrom != c->chrom || e->beg_bin >= c->end)
        return false;
    *from = e->beg_bin > c->beg ? e->beg_bin - c->beg : 0;
    *to = (e->end_bin < c->end ? e->end_bin : c->end) - c->beg;
    c->next++;
    return true;
}

void avo_peaks_mask(const struct avo_peaks *p, size_t index, uint32_t chrom, uint32_t beg_bin,
                    uint32_t n, uint8_t *mask)
{
    struct cursor c = start(p, index, chrom, beg_bin, n);
    size_t from, to;

    memset(mask, 0, n);
    while (next_run(&c, &from, &to))
        memset(mask + from, 1, to - from);
}

void avo_peaks_count(const struct avo_peaks *p, size_t index, uint32_t chrom, uint32_t beg_bin,
                     uint32_t n, uint16_t *count)
{
    struct cursor c = start(p, index, chrom, beg_bin, n);
    size_t from, to;

    while (next_run(&c, &from, &to))
        for (size_t i = from; i < to; i++)
            count[i]++;
}
