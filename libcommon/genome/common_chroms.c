/* SPDX-License-Identifier: MIT */
/* common_chroms.c: which chromosomes of a compendium's files are taken, and who lacks which. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/compendium.h"

/* How much the notes list before they only count. */
#define MAX_NOTED_CHROMS 10
#define MAX_NOTED_FILES 3
#define MAX_FILE_NOTES 20

/* Stands for the genome file among the numbers of files. */
#define GENOME SIZE_MAX

struct chrom_use {
    const char *name;
    uint64_t len_bp;
    size_t first_file, n_files;
    bool in_genome, taken;
};

/* All chromosomes seen so far, names ascending. */
struct uses {
    struct chrom_use *u;
    size_t n;
};

/* One gathering: the union of all chromosomes, and what it was made of. */
struct gathering {
    const struct avo_compendium *c;
    const struct avo_chrom_choice *choice;
    struct uses all;
    struct avo_header header;       /* the union, in natural order */
};

static int use_cmp(const void *a, const void *b)
{
    return strcmp(((const struct chrom_use *)a)->name, ((const struct chrom_use *)b)->name);
}

static const char *path_of(const struct avo_compendium *c, size_t file)
{
    return file == GENOME ? c->genome_file : c->table->files[c->file_of[file]].path;
}

/* ---- the union ---- */

static struct chrom_use *file_chroms(const struct gathering *g, size_t file, size_t *n,
                                     struct avo_error *err)
{
    bool is_genome = file == GENOME;
    *n = is_genome ? g->c->sizes.n : avo_source_n_chroms(g->c->sources[file]);
    struct chrom_use *u = avo_alloc(*n, sizeof *u, "chromosomes", err);
    for (size_t i = 0; u && i < *n; i++) {
        u[i] = (struct chrom_use){.first_file = file, .n_files = !is_genome,
                                  .in_genome = is_genome};
        if (is_genome) {
            u[i].name = g->c->sizes.list[i].name;
            u[i].len_bp = g->c->sizes.list[i].len_bp;
        } else {
            u[i].name = avo_source_chrom(g->c->sources[file], i, &u[i].len_bp);
        }
    }
    if (u && *n > 1)
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
        if (order == 0) {
            merged[n].n_files += mine[j].n_files;
            merged[n].in_genome |= mine[j].in_genome;
        }
        n++;
        i += order <= 0;
        j += order >= 0;
    }
    free(all->u);
    *all = (struct uses){merged, n};
    return 0;
}

static int gather(struct gathering *g, struct avo_error *err)
{
    const struct avo_compendium *c = g->c;
    size_t n_sets = c->n_files + (c->genome_file != NULL);
    for (size_t i = 0; i < n_sets; i++) {
        size_t n;
        struct chrom_use *mine = file_chroms(g, i < c->n_files ? i : GENOME, &n, err);
        if (!mine)
            return -1;
        int rc = merge_file(c, &g->all, mine, n, err);
        free(mine);
        if (rc)
            return -1;
    }
    return 0;
}

static void gathering_release(struct gathering *g)
{
    free(g->all.u);
    avo_header_release(&g->header);
}

static struct chrom_use *find_use(const struct gathering *g, const char *name)
{
    struct chrom_use key = {.name = name};
    return g->all.n ? bsearch(&key, g->all.u, g->all.n, sizeof *g->all.u, use_cmp) : NULL;
}

/* ---- which are taken ---- */

static bool is_common(const struct gathering *g, const struct chrom_use *u)
{
    return u->n_files == g->c->n_files || (u->in_genome && u->n_files > 0);
}

/* Selects among all chromosomes, so that those that only some files name may be asked for. */
static int select_regions(struct gathering *g, const struct avo_header *h,
                          struct avo_extent **extents, size_t *n, struct avo_error *err)
{
    const struct avo_region_ask *ask = &g->choice->ask;
    g->header.bin_bp = h->bin_bp;
    for (size_t i = 0; i < g->all.n; i++) {
        uint64_t len = g->all.u[i].len_bp, w = h->bin_bp;
        if (g->choice->pad)
            len = (len + w - 1) / w * w;
        if (avo_header_add_chrom(&g->header, g->all.u[i].name, len, err))
            return -1;
    }
    avo_chroms_sort(&g->header);
    if (!ask->region && !ask->region_file)
        return 0;
    if (avo_regions_select(&g->header, ask, extents, n, err))
        return -1;
    for (size_t i = 0; i < *n; i++)
        if (i == 0 || (*extents)[i].chrom != (*extents)[i - 1].chrom)
            find_use(g, g->header.chroms[(*extents)[i].chrom].name)->taken = true;
    return 0;
}

/* Adds what is taken to h; the extents, made for the union, then count in h. */
static int take(struct gathering *g, struct avo_header *h, struct avo_extent *extents, size_t n,
                struct avo_error *err)
{
    size_t x = 0;
    for (uint32_t c = 0; c < g->header.n_chroms; c++) {
        const struct chrom_use *u = find_use(g, g->header.chroms[c].name);
        if (!u->taken)
            continue;
        for (; x < n && extents[x].chrom == c; x++)
            extents[x].chrom = (uint32_t)h->n_chroms;
        if (avo_header_add_chrom(h, u->name, u->len_bp, err))
            return -1;
    }
    return 0;
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

/* ---- notes ---- */

/* Appends to *list, parted by ", ". */
static int list_add(char **list, const char *item, struct avo_error *err)
{
    char *longer = avo_asprintf(err, "%s%s%s", *list ? *list : "", *list ? ", " : "", item);
    if (!longer)
        return -1;
    free(*list);
    *list = longer;
    return 0;
}

/* One line: chromosome, how many files lack it, the first of them. */
static int note_left_out(const struct gathering *g, const struct chrom_use *u,
                         struct avo_error *err)
{
    const struct avo_compendium *c = g->c;
    size_t lacking = c->n_files - u->n_files, shown = 0;
    char *files = NULL;
    int rc = 0;
    for (size_t file = 0; rc == 0 && file < c->n_files && shown < MAX_NOTED_FILES; file++) {
        if (avo_source_has(c->sources[file], u->name))
            continue;
        rc = list_add(&files, path_of(c, file), err);
        shown++;
    }
    if (rc == 0 && lacking > shown)
        rc = list_add(&files, "...", err);
    if (rc == 0)
        rc = avo_add_line(g->choice->ask.rule.notes, err, "chromosome \"%s\" is left out: %zu of "
                          "%zu files lack it (%s)", u->name, lacking, c->n_files, files);
    free(files);
    return rc;
}

static int note_all_left_out(const struct gathering *g, struct avo_error *err)
{
    const struct avo_region_ask *ask = &g->choice->ask;
    size_t n = 0;
    for (size_t i = 0; i < g->all.n; i++) {
        const struct chrom_use *u = &g->all.u[i];
        if (u->taken || u->n_files == 0)
            continue;
        if (++n <= MAX_NOTED_CHROMS && note_left_out(g, u, err))
            return -1;
    }
    if (n > MAX_NOTED_CHROMS &&
        avo_add_line(ask->rule.notes, err, "%zu more chromosomes are left out because some files "
                     "lack them", n - MAX_NOTED_CHROMS))
        return -1;
    if (n == 0 || ask->region || ask->region_file)
        return 0;
    return avo_add_line(ask->rule.notes, err, "-r, -R or -g (chromosome sizes) that names such a "
                        "chromosome takes it, as uncovered in the files that lack it");
}

/* What a file lacks of the chromosomes that are taken, as a list. */
static int list_lacking(const struct gathering *g, size_t file, char **names,
                        struct avo_error *err)
{
    size_t lacking = 0;
    for (size_t i = 0; i < g->all.n; i++) {
        const struct chrom_use *u = &g->all.u[i];
        if (!u->taken || u->n_files == g->c->n_files ||
            avo_source_has(g->c->sources[file], u->name))
            continue;
        if (++lacking <= MAX_NOTED_CHROMS && list_add(names, u->name, err))
            return -1;
    }
    return lacking > MAX_NOTED_CHROMS ? list_add(names, "...", err) : 0;
}

/* One line for each such file. */
static int note_uncovered(const struct gathering *g, struct avo_error *err)
{
    char **notes = g->choice->ask.rule.notes;
    size_t n_noted = 0;
    for (size_t file = 0; file < g->c->n_files; file++) {
        char *names = NULL;
        int rc = list_lacking(g, file, &names, err);
        if (rc == 0 && names && ++n_noted <= MAX_FILE_NOTES)
            rc = avo_add_line(notes, err, "%s: does not name %s: uncovered there",
                              path_of(g->c, file), names);
        free(names);
        if (rc)
            return -1;
    }
    return n_noted <= MAX_FILE_NOTES ? 0
        : avo_add_line(notes, err, "%zu more files lack some of the chromosomes, which are "
                       "uncovered there", n_noted - MAX_FILE_NOTES);
}

/* ---- all of it ---- */

static int choose(struct gathering *g, struct avo_header *h, struct avo_extent **extents,
                  size_t *n, struct avo_error *err)
{
    const struct avo_chrom_choice *choice = g->choice;
    if (gather(g, err))
        return avo_error_prefix(err, "%s", g->c->table->name);
    if (select_regions(g, h, extents, n, err))
        return -1;
    for (size_t i = 0; i < g->all.n; i++)
        g->all.u[i].taken |= is_common(g, &g->all.u[i]);
    for (size_t i = 0; i < choice->n_names; i++) {
        struct chrom_use *u = find_use(g, choice->names[i]);
        if (u)
            u->taken = true;
    }
    if (take(g, h, *extents, *n, err))
        return -1;
    if (h->n_chroms == 0) {
        none_in_common(g->c, err);
        return avo_error_prefix(err, "%s", g->c->table->name);
    }
    if (!choice->ask.rule.notes)
        return 0;
    return note_uncovered(g, err) || note_all_left_out(g, err) ? -1 : 0;
}

int avo_compendium_chroms(const struct avo_compendium *c, const struct avo_chrom_choice *choice,
                          struct avo_header *h, struct avo_extent **extents, size_t *n_extents,
                          struct avo_error *err)
{
    struct gathering g = {.c = c, .choice = choice};
    *extents = NULL;
    *n_extents = 0;
    int rc = choose(&g, h, extents, n_extents, err);
    gathering_release(&g);
    if (rc) {
        free(*extents);
        *extents = NULL;
        *n_extents = 0;
    }
    return rc;
}
