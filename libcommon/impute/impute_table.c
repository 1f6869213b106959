/* SPDX-License-Identifier: MIT */
/* impute_table.c: the table of imputed files, which runs of avo-impute share. */
#define _DEFAULT_SOURCE     /* flock */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/impute/impute.h"
#include "libcommon/model/model_tracks.h"

/* Tables of earlier versions end with "model", or with "space". */
#define TITLE "celltype\tassay\tpath\trole\tmodel"
#define COMPONENT_TITLE TITLE "\tcomponent\tspace"
#define MORE "\t" AVO_MODEL_TRACKS "\tregion"
#define MAX_FILE_BYTES ((size_t)256 << 20)
#define MAX_REGIONS 8
#define MAX_COLUMNS 9

/* A row as it stands in the file, and where its fields begin. */
struct row { char *line, *field[MAX_COLUMNS]; size_t n; };

struct table {
    char *folder, *path;        /* folder with its slash, or "" */
    const char *title;          /* without MORE */
    struct row *rows;
    size_t n, cap;
    char *region;               /* of the rows that this run adds */
    char *list;                 /* name of the file with the model's tracks */
};

/* ---- rows ---- */

/* Takes line. */
static int add_row(struct table *t, char *line, struct avo_error *err)
{
    struct row r = {.line = line};
    char *copy = line ? avo_strdup(line, err) : NULL, *rest = copy, *f;
    if (!copy || avo_grow(&t->rows, &t->cap, t->n + 1, sizeof *t->rows, "rows", err)) {
        free(line);
        free(copy);
        return -1;
    }
    while (r.n < MAX_COLUMNS && (f = avo_field(&rest)))
        r.field[r.n++] = f;
    if (!r.n)
        free(copy);
    t->rows[t->n++] = r;
    return 0;
}

static void free_row(struct row *r)
{
    if (r->n)
        free(r->field[0]);      /* the copy that the fields lie in */
    free(r->line);
}

static void release(struct table *t)
{
    for (size_t i = 0; i < t->n; i++)
        free_row(&t->rows[i]);
    free(t->rows);
    free(t->folder);
    free(t->path);
    free(t->region);
    free(t->list);
    memset(t, 0, sizeof *t);
}

static bool same(const struct row *a, const struct row *b, size_t field)
{
    return a->n > field && b->n > field && !strcmp(a->field[field], b->field[field]);
}

/* ---- this run's rows ---- */

static int put_extent(char *to, size_t size, const struct avo_header *h,
                      const struct avo_extent *e)
{
    const struct avo_chrom *c = &h->chroms[e->chrom];
    if (e->beg_bin == 0 && e->end_bin == avo_header_chrom_bins(h, e->chrom))
        return snprintf(to, size, "%s,", c->name);
    return snprintf(to, size, "%s:%" PRIu64 "-%" PRIu64 ",", c->name,
                    (uint64_t)e->beg_bin * h->bin_bp + 1, (uint64_t)e->end_bin * h->bin_bp);
}

/* "chr1,chr20:1-50000"; many regions by their number and a digest. */
static char *region_text(const struct avo_header *h, struct avo_error *err)
{
    char text[4096] = "", hex[33];
    struct avo_digest digest;
    size_t n = 0;
    avo_digest_init(&digest);
    for (size_t i = 0; i < h->n_extents; i++) {
        char one[512];
        int len = put_extent(one, sizeof one, h, &h->extents[i]);
        len = len < (int)sizeof one ? len : (int)sizeof one - 1;
        avo_digest_add(&digest, one, (size_t)len);
        if (h->n_extents <= MAX_REGIONS && n < sizeof text)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", one);
    }
    avo_digest_hex(&digest, hex);
    if (!n || n >= sizeof text)
        return avo_asprintf(err, "%zu regions %.8s", h->n_extents, hex);
    text[n - 1] = '\0';
    return avo_escape(text, false, err);
}

static char *component_columns(const struct avo_impute_table *job, struct avo_error *err)
{
    if (!job->component)
        return avo_strdup("", err);
    char *name = avo_escape(job->component, false, err);
    char *text = name ? avo_asprintf(err, "\t%s\t%s", name,
                                     avo_transform_name(job->m->header.transform)) : NULL;
    free(name);
    return text;
}

static char *format_row(const struct avo_impute_table *job, const struct table *t,
                        const struct avo_wanted *w, struct avo_error *err)
{
    const struct avo_model *m = job->m;
    const char *celltype = m->celltypes[w->pair.celltype], *assay = m->assays[w->pair.assay];
    char *path = avo_impute_path(job->pattern + strlen(t->folder), celltype, assay, err);
    char *c = avo_escape(celltype, false, err), *a = avo_escape(assay, false, err);
    char *p = path ? avo_escape(path, false, err) : NULL, *more = component_columns(job, err);
    char *line = NULL;
    if (c && a && p && more)
        line = avo_asprintf(err, "%s\t%s\t%s\t%s\t%s%s\t%s\t%s", c, a, p,
                            w->role == AVO_ROLE_UNSET ? "none" : avo_role_name(w->role),
                            m->header.root_id, more, t->list, t->region);
    free(path);
    free(c);
    free(a);
    free(p);
    free(more);
    return line;
}

static int begin(struct table *t, const struct avo_impute_table *job, struct avo_error *err)
{
    int len = (int)avo_impute_folder_len(job->pattern);
    memset(t, 0, sizeof *t);
    t->title = job->component ? COMPONENT_TITLE : TITLE;
    t->folder = avo_asprintf(err, "%.*s", len, job->pattern);
    t->path = avo_asprintf(err, "%.*stracks.tsv", len, job->pattern);
    t->region = region_text(job->header, err);
    t->list = avo_model_tracks_name(&job->m->header, err);
    return t->folder && t->path && t->region && t->list ? 0 : -1;
}

static int add_own(struct table *t, const struct avo_impute_table *job, struct avo_error *err)
{
    for (size_t i = 0; i < job->wanted->n; i++)
        if (add_row(t, format_row(job, t, &job->wanted->at[i], err), err))
            return -1;
    return 0;
}

/* ---- what is there ---- */

static int foreign(const struct table *t, struct avo_error *err)
{
    avo_error_hint(err, "write to a folder of their own: -o 'imputed/...'");
    return avo_error_set(err, "%s: exists and is no list of %s; it would be overwritten", t->path,
                         strcmp(t->title, TITLE) ? "attributions" : "imputed tracks");
}

/* Rows of the table; none where there is no table, or an empty file. */
static int read_rows(struct table *t, struct avo_error *err)
{
    char *text = NULL, *at, *line;
    size_t len = 0, n_title = strlen(t->title);
    struct stat st;
    if (stat(t->path, &st))
        return errno == ENOENT || errno == ENOTDIR ? 0 : avo_error_sys(err, errno, "%s", t->path);
    if (st.st_size == 0)
        return 0;
    if (avo_read_text(t->path, MAX_FILE_BYTES, &text, &len, err))
        return -1;
    at = text;
    line = avo_line(&at);
    int rc = line && !strncmp(line, t->title, n_title) &&
             (!line[n_title] || !strcmp(line + n_title, MORE)) ? 0 : foreign(t, err);
    while (!rc && (line = avo_line(&at)))
        if (*line && *line != '#')
            rc = add_row(t, avo_strdup(line, err), err);
    free(text);
    return rc;
}

static bool file_is_there(const struct table *t, const struct row *r)
{
    char *name = avo_strdup(r->field[2], NULL), *path = NULL;
    if (name && !avo_unescape(name, NULL))
        path = avo_asprintf(NULL, "%s%s", t->folder, name);
    bool there = path && !access(path, F_OK);
    free(name);
    free(path);
    return there;
}

/* Whether old may go for own, which has its path. The region is the last column there is. */
static int may_replace(const struct table *t, const struct row *old, const struct row *own,
                       struct avo_error *err)
{
    const char *region = old->n == own->n ? old->field[old->n - 1] : t->region;
    if (!same(old, own, 0) || !same(old, own, 1))
        return avo_error_set(err, "%s%s: holds the track %s:%s already (%s)", t->folder,
                             own->field[2], old->field[0], old->field[1], t->path);
    if (!strcmp(region, t->region) || !strcmp(region, "."))
        return 0;
    avo_error_hint(err, "name the file after the region (-o '.../{celltype}.{assay}.chr1.bw'), or "
                   "remove it first");
    return avo_error_set(err, "%s%s: holds other regions of that track (%s, and now %s), which "
                         "would be lost", t->folder, own->field[2], region, t->region);
}

static int by_path(const void *pa, const void *pb)
{
    const struct row *a = *(const struct row *const *)pa, *b = *(const struct row *const *)pb;
    return strcmp(a->field[2], b->field[2]);
}

/* Rows [0, n_old) whose path this run writes go, if they may; before it writes (only_gone) those
 * whose file is gone, and the others stay. */
static int replace_rows(struct table *t, size_t n_old, bool only_gone, struct avo_error *err)
{
    size_t n_own = t->n - n_old, n = 0;
    const struct row **own = avo_alloc(n_own + 1, sizeof(struct row *), "rows", err);
    int rc = own ? 0 : -1;
    for (size_t i = 0; !rc && i < n_own; i++)
        own[i] = &t->rows[n_old + i];
    if (!rc)
        qsort(own, n_own, sizeof *own, by_path);
    for (size_t i = 0; !rc && i < n_old; i++) {
        const struct row *old = &t->rows[i], **found = old->n > 2
            ? bsearch(&old, own, n_own, sizeof *own, by_path) : NULL;
        bool gone = found && only_gone && !file_is_there(t, old);
        if (found && !gone)
            rc = may_replace(t, old, *found, err);
        if (found && !rc && (gone || !only_gone))
            t->rows[i].field[2] = NULL;     /* goes */
    }
    free(own);
    for (size_t i = 0; !rc && i < t->n; i++) {
        struct row r = t->rows[i];
        if (r.n > 2 && !r.field[2])
            free_row(&r);
        else
            t->rows[n++] = r;
    }
    t->n = rc ? t->n : n;
    return rc;
}

/* ---- writing ---- */

/* Waits for the lock of the table. A run that had it before may have put another file there. */
static int lock_table(const char *path, struct avo_error *err)
{
    struct stat own, now;
    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), rc;
        if (fd < 0)
            return avo_error_sys(err, errno, "%s: cannot open for writing", path);
        do
            rc = flock(fd, LOCK_EX);
        while (rc && errno == EINTR);
        /* A file system without locks: nothing better can be had. */
        if (rc || (!fstat(fd, &own) && !stat(path, &now) && own.st_ino == now.st_ino &&
                   own.st_dev == now.st_dev))
            return fd;
        close(fd);
    }
}

static int compare_rows(const void *pa, const void *pb)
{
    return strcmp(((const struct row *)pa)->line, ((const struct row *)pb)->line);
}

/* Sorted: the table does not depend on the order in which runs come to their ends. */
static int write_rows(struct table *t, struct avo_error *err)
{
    struct avo_out out = {.fd = -1};
    qsort(t->rows, t->n, sizeof *t->rows, compare_rows);
    int rc = avo_out_open(&out, t->path, NULL, err);
    if (!rc)
        rc = avo_out_printf(&out, err, "%s" MORE "\n", t->title);
    for (size_t i = 0; !rc && i < t->n; i++) {
        const char *line = t->rows[i].line;
        /* of an earlier version: without the columns that this one adds */
        size_t n_want = strcmp(t->title, TITLE) ? 9 : 7;
        rc = avo_out_printf(&out, err, "%s%s\n", line, t->rows[i].n + 2 == n_want ? "\t.\t." : "");
    }
    if (!rc)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    return rc;
}

/* The table with this run's rows, or (only_gone) without those that it finds stale. */
static int merge(struct table *t, const struct avo_impute_table *job, bool only_gone,
                 struct avo_error *err)
{
    if (read_rows(t, err))
        return -1;
    size_t n_old = t->n;
    if (add_own(t, job, err) || replace_rows(t, n_old, only_gone, err))
        return -1;
    for (size_t i = 0; only_gone && i < job->wanted->n; i++)
        free_row(&t->rows[--t->n]);
    return !only_gone || t->n < n_old ? write_rows(t, err) : 0;
}

/* Stale rows go at once: at the end their files will be there again. */
int avo_impute_check_table(const struct avo_impute_table *job, struct avo_error *err)
{
    struct table t = {0};
    struct stat st;
    int rc = begin(&t, job, err) || avo_claim_output(t.path, "the table of -o", err) ? -1 : 0;
    int fd = -1;
    if (!rc && !stat(t.path, &st)) {
        rc = access(t.path, W_OK) || (fd = lock_table(t.path, err)) >= 0 ? 0 : -1;
        rc = rc || merge(&t, job, true, err) ? -1 : 0;
    }
    if (fd >= 0)
        close(fd);
    release(&t);
    return rc;
}

int avo_impute_write_table(const struct avo_impute_table *job, struct avo_error *err)
{
    struct table t = {0};
    struct stat st;
    char *list = NULL;
    int rc = -1, fd = -1;
    if (begin(&t, job, err) || !(list = avo_asprintf(err, "%s%s", t.folder, t.list)))
        goto out;
    if (!avo_model_tracks_write(&job->m->header, list, err) &&
        (fd = lock_table(t.path, err)) >= 0)
        rc = merge(&t, job, false, err);
    /* Made for its lock alone; whoever waits for that looks for the file anew. */
    if (rc && fd >= 0 && !fstat(fd, &st) && st.st_size == 0)
        unlink(t.path);
out:
    if (fd >= 0)
        close(fd);
    free(list);
    release(&t);
    return rc;
}
