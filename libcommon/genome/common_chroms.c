/* SPDX-License-Identifier: MIT */
/* common_chroms.c: which chromosomes all files of a compendium have, and who lacks the others. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/compendium.h"
#include "libcommon/genome/region.h"

/* How much a note lists before it only counts. */
#define MAX_NOTED_CHROMS 10
#define MAX_NOTED_FILES 3

struct chrom_use {
    const char *name;
    uint64_t len_bp;
    size_t first_file, n_files;
};

/* All chromosomes seen so far, names ascending. */
struct uses {
    struct chrom_use *u;
    size_t n;
};

static int use_cmp(const void *a, const void *b)
{
    return strcmp(((const struct chrom_use *)a)->name, ((const struct chrom_use *)b)->name);
}

static const char *path_of(const struct avo_compendium *c, size_t file)
{
    return c->table->files[c->file_of[file]].path;
}

static struct chrom_use *file_chroms(const struct avo_compendium *c, size_t file, size_t *n,
                                     struct avo_error *err)
{
    *n = avo_source_n_chroms(c->sources[file]);
    struct chrom_use *u = avo_alloc(*n, sizeof *u, "chromosomes", err);
    if (!u)
        return NULL;
    for (size_t i = 0; i < *n; i++) {
        u[i] = (struct chrom_use){.first_file = file, .n_files = 1};
        u[i].name = avo_source_chrom(c->sources[file], i, &u[i].len_bp);
    }
    if (*n > 1)
        qsort(u, *n, sizeof *u, use_cmp);
    return u;
}

static int other_length(const struct avo_compendium *c, const struct chrom_use *a,
                        const struct chrom_use *b, struct avo_error *err)
{
    avo_error_set(err, "chromosome \"%s\" has %" PRIu64 " bp in %s and %" PRIu64 " bp in %s",
                  a->name, a->len_bp, path_of(c, a->first_file), b->len_bp,
                  path_of(c, b->first_file));
    return avo_error_hint(err, "all files of a table must be on one assembly");
}

/* Merges one file's sorted chromosomes into the sorted union. */
static int merge_file(const struct avo_compendium *c, struct uses *all, struct chrom_use *mine,
                      size_t n_mine, struct avo_error *err)
{
    size_t i = 0, j = 0, n = 0;
    struct chrom_use *merged = avo_alloc(all->n + n_mine, sizeof *merged, "chromosomes", err);
    if (!merged)
        return -1;
    while (i < all->n || j < n_mine) {
        int order = i == all->n ? 1 : j == n_mine ? -1 : use_cmp(&all->u[i], &mine[j]);
        if (order == 0 && all->u[i].len_bp != mine[j].len_bp) {
            other_length(c, &all->u[i], &mine[j], err);
            free(merged);
            return -1;
        }
        merged[n] = order <= 0 ? all->u[i] : mine[j];
        merged[n].n_files += order == 0;
        n++;
        i += order <= 0;
        j += order >= 0;
    }
    free(all->u);
    *all = (struct uses){merged, n};
    return 0;
}

static int gather(const struct avo_compendium *c, struct uses *all, struct avo_error *err)
{
    for (size_t file = 0; file < c->n_files; file++) {
        size_t n;
        struct chrom_use *mine = file_chroms(c, file, &n, err);
        if (!mine)
            return -1;
        int rc = merge_file(c, all, mine, n, err);
        free(mine);
        if (rc)
            return -1;
    }
    return 0;
}

static bool has_chrom(const struct avo_compendium *c, size_t file, const char *name)
{
    size_t n = avo_source_n_chroms(c->sources[file]);
    uint64_t len;
    for (size_t i = 0; i < n; i++)
        if (strcmp(avo_source_chrom(c->sources[file], i, &len), name) == 0)
            return true;
    return false;
}

/* Appends "text" to *note. */
static int append(char **note, const char *text, struct avo_error *err)
{
    char *longer = avo_asprintf(err, "%s%s", *note ? *note : "", text);
    if (!longer)
        return -1;
    free(*note);
    *note = longer;
    return 0;
}

/* One line: chromosome, how many files lack it, the first of them. */
static int note_lacking(const struct avo_compendium *c, const struct chrom_use *u, char **note,
                        struct avo_error *err)
{
    size_t lacking = c->n_files - u->n_files, shown = 0;
    char *line = avo_asprintf(err, "%schromosome \"%s\" is left out: %zu of %zu files lack it",
                              *note ? "\n" : "", u->name, lacking, c->n_files);
    int rc = line ? append(note, line, err) : -1;
    free(line);
    for (size_t file = 0; rc == 0 && file < c->n_files && shown < MAX_NOTED_FILES; file++) {
        if (has_chrom(c, file, u->name))
            continue;
        rc = append(note, shown ? ", " : " (", err);
        rc = rc ? rc : append(note, path_of(c, file), err);
        shown++;
    }
    return rc ? rc : append(note, lacking > shown ? ", ...)" : ")", err);
}

static int make_note(const struct avo_compendium *c, const struct uses *all, char **note,
                     struct avo_error *err)
{
    size_t lacked = 0;
    for (size_t i = 0; i < all->n; i++) {
        if (all->u[i].n_files == c->n_files)
            continue;
        if (++lacked <= MAX_NOTED_CHROMS && note_lacking(c, &all->u[i], note, err))
            return -1;
    }
    if (lacked <= MAX_NOTED_CHROMS)
        return 0;
    char *rest = avo_asprintf(err, "\n%zu more chromosomes are left out because some files lack "
                              "them", lacked - MAX_NOTED_CHROMS);
    int rc = rest ? append(note, rest, err) : -1;
    free(rest);
    return rc;
}

static int none_in_common(const struct avo_compendium *c, struct avo_error *err)
{
    uint64_t len;
    for (size_t file = 0; file < c->n_files; file++)
        if (avo_source_n_chroms(c->sources[file]) == 0)
            return avo_error_set(err, "%s: no chromosomes in this file", path_of(c, file));
    size_t last = c->n_files - 1;
    return avo_error_set(err, "no chromosome is common to all files (%s has \"%s\", %s has "
                         "\"%s\")", path_of(c, 0), avo_source_chrom(c->sources[0], 0, &len),
                         path_of(c, last), avo_source_chrom(c->sources[last], 0, &len));
}

int avo_compendium_chroms(const struct avo_compendium *c, struct avo_header *h, char **note,
                          struct avo_error *err)
{
    struct uses all = {0};
    *note = NULL;
    int rc = gather(c, &all, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++)
        if (all.u[i].n_files == c->n_files)
            rc = avo_header_add_chrom(h, all.u[i].name, all.u[i].len_bp, err);
    if (rc == 0 && h->n_chroms == 0)
        rc = none_in_common(c, err);
    if (rc == 0)
        avo_chroms_sort(h);
    if (rc == 0)
        rc = make_note(c, &all, note, err);
    if (rc) {
        free(*note);
        *note = NULL;
    }
    free(all.u);
    return rc;
}
