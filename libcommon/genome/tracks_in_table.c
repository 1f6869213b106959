/* SPDX-License-Identifier: MIT */
/* tracks_in_table.c: windows of columns from the files of a tracks.tsv, one task a file. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/tracks_in_priv.h"
#include "libcommon/genome/region.h"

/* Columns of one worker. */
struct table_worker {
    struct avo_bin_means bins;  /* [cap_bins] */
    struct avo_bin_means bases; /* [bin_bp] of a partial last bin */
    uint8_t *any;               /* [cap_bins] a file that this worker read covers the bin */
};

/* Bins of the mid and coarse rows, as bw2tensor writes them; scores do not depend on them. */
#define MID_BINS 10
#define COARSE_BINS 200

static int add_tracks(struct avo_tracks_in *in, struct avo_error *err)
{
    struct avo_header *h = &in->header;
    const struct avo_track_table *t = &in->table;

    for (size_t i = 0; i < t->n; i++) {
        const struct avo_track *from = &t->files[i].track;
        struct avo_track *to = avo_header_add_track(h, from->celltype, from->assay, from->role,
                                                    err);

        if (!to)
            return -1;
        to->says_none = from->says_none;
        for (size_t a = 0; a < from->n_attrs; a++)
            if (avo_track_add_attr(to, from->attrs[a].key, from->attrs[a].value, err) < 0)
                return -1;
    }
    if (t->unit && !(h->unit = avo_strdup(t->unit, err)))
        return -1;
    if (t->assembly && !(h->assembly = avo_strdup(t->assembly, err)))
        return -1;
    return 0;
}

int avo_tracks_in_table_open(struct avo_tracks_in *in, struct avo_error *err)
{
    struct avo_header *h = &in->header;

    if (avo_track_table_read(&in->table, in->spec.path, false, err) < 0)
        return -1;
    h->content = AVO_CONTENT_SIGNAL;
    h->bin_bp = in->spec.bin_bp;
    h->mid_bins = MID_BINS;
    h->coarse_bins = COARSE_BINS;
    h->transform = in->spec.as_it_is ? AVO_NONE : in->spec.transform;
    h->missing_nan = in->spec.missing_nan;
    return add_tracks(in, err);
}

static void free_workers(struct avo_tracks_in *in)
{
    for (int w = 0; in->workers && w < avo_pool_size(in->spec.pool); w++) {
        avo_bin_means_release(&in->workers[w].bins);
        avo_bin_means_release(&in->workers[w].bases);
        free(in->workers[w].any);
    }
    free(in->workers);
    in->workers = NULL;
    in->cap_bins = 0;
}

void avo_tracks_in_table_release(struct avo_tracks_in *in)
{
    free_workers(in);
    avo_compendium_release(&in->files);
    free(in->in_use.files);
    avo_track_table_release(&in->table);
    free(in->true_bp);
}

/* What the files themselves warn of, behind the notes about chromosomes. */
static int gather_notes(struct avo_tracks_in *in, struct avo_error *err)
{
    for (size_t i = 0; i < in->files.n_files; i++) {
        const char *warning = avo_source_warning(in->files.sources[i]);

        if (warning && avo_add_line(&in->notes, err, "%s", warning))
            return -1;
    }
    return 0;
}

/* Names of the chromosomes that regions asked of another input. */
static const char **chroms_beside(const struct avo_tracks_in *other, size_t *n,
                                  struct avo_error *err)
{
    const struct avo_header *h = avo_tracks_in_header(other);
    const char **names = avo_alloc(h->n_chroms, sizeof *names, "chromosomes", err);

    *n = 0;
    for (size_t i = 0; names && other->regions_asked && i < other->n_extents; i++)
        if (i == 0 || other->extents[i].chrom != other->extents[i - 1].chrom)
            names[(*n)++] = h->chroms[other->extents[i].chrom].name;
    return names;
}

static int choose_chroms(struct avo_tracks_in *in, const struct avo_tracks_in_choice *choice,
                         struct avo_error *err)
{
    struct avo_chrom_choice c = {.ask = {.region = choice->region,
                                         .region_file = choice->region_file,
                                         .rule = {in->spec.strict, &in->notes}},
                                 .pad = in->spec.every_bin};
    const char **names = NULL;
    int rc = 0;

    if (choice->beside)
        rc = (names = chroms_beside(choice->beside, &c.n_names, err)) ? 0 : -1;
    c.names = names;
    if (rc == 0)
        rc = avo_compendium_chroms(&in->files, &c, &in->header, &in->extents, &in->n_extents, err);
    free(names);
    return rc;
}

/* Lengths become whole bins, so that everything that counts bins counts the last one. */
static int pad_chroms(struct avo_tracks_in *in, struct avo_error *err)
{
    struct avo_header *h = &in->header;

    in->true_bp = avo_alloc(h->n_chroms, sizeof *in->true_bp, "chromosomes", err);
    for (size_t c = 0; in->true_bp && c < h->n_chroms; c++) {
        in->true_bp[c] = h->chroms[c].len_bp;
        h->chroms[c].len_bp = (in->true_bp[c] + h->bin_bp - 1) / h->bin_bp * h->bin_bp;
    }
    return in->true_bp ? 0 : -1;
}

int avo_tracks_in_table_use(struct avo_tracks_in *in, const struct avo_tracks_in_choice *choice,
                            struct avo_error *err)
{
    struct avo_compendium_options opt = {.genome_file = in->spec.genome_file,
                                         .remote = in->spec.remote,
                                         .replicates = AVO_REPLICATES_ERROR};

    in->in_use.files = avo_alloc(in->n_used, sizeof *in->in_use.files, "tracks", err);
    if (!in->in_use.files)
        return -1;
    for (size_t i = 0; i < in->n_used; i++)
        in->in_use.files[i] = in->table.files[in->used[i]];
    in->in_use.n = in->n_used;
    in->in_use.name = in->table.name;
    in->in_use.path_column = in->table.path_column;
    in->in_use.odd_first_row = in->table.odd_first_row && in->n_used > 0 && in->used[0] == 0;
    if (avo_compendium_open(&in->files, &in->in_use, &opt, in->spec.pool, err) < 0 ||
        choose_chroms(in, choice, err) < 0)
        return -1;
    if (in->spec.every_bin && pad_chroms(in, err) < 0)
        return -1;
    return gather_notes(in, err);
}

/* Warnings that nobody took are not lost. */
int avo_tracks_in_table_finish(struct avo_tracks_in *in, struct avo_error *err)
{
    char *late, *both;

    if (avo_compendium_passed_over(&in->files, &late, err) < 0)
        return -1;
    if (!late)
        return 0;
    both = avo_asprintf(err, "%s%s%s", in->notes_left != NULL ? in->notes_left : "",
                        in->notes_left && *in->notes_left != '\0' ? "\n" : "", late);
    free(late);
    if (!both)
        return -1;
    free(in->notes);
    in->notes = in->notes_left = both;
    return 0;
}

static int make_workers(struct avo_tracks_in *in, size_t n_bins, struct avo_error *err)
{
    size_t n_workers = (size_t)avo_pool_size(in->spec.pool);

    if (n_bins <= in->cap_bins)
        return 0;
    free_workers(in);
    in->workers = avo_alloc(n_workers, sizeof *in->workers, "columns", err);
    if (!in->workers)
        return -1;
    for (size_t w = 0; w < n_workers; w++) {
        struct table_worker *tw = &in->workers[w];

        tw->any = avo_alloc(n_bins, sizeof *tw->any, "columns", err);
        if (!tw->any || avo_bin_means_init(&tw->bins, n_bins, err) < 0)
            return -1;
        if (in->true_bp && avo_bin_means_init(&tw->bases, in->header.bin_bp, err) < 0)
            return -1;
    }
    in->cap_bins = n_bins;
    return 0;
}

/* The partial last bin, bin `at` of the worker's, base by base: the file ends within it. */
static int read_last(struct avo_tracks_in *in, size_t c, struct table_worker *tw, uint32_t at,
                     struct avo_error *err)
{
    uint64_t beg_bp = in->true_bp[in->chrom] / in->header.bin_bp * in->header.bin_bp;
    uint32_t n_bp = (uint32_t)(in->true_bp[in->chrom] - beg_bp), covered_bp = 0;
    struct avo_bin_range range = {in->header.chroms[in->chrom].name, 1, (uint32_t)beg_bp, n_bp,
                                  false};
    double sum = 0;

    if (avo_compendium_read(&in->files, c, &range, &tw->bases, err) < 0)
        return -1;
    for (uint32_t i = 0; i < n_bp; i++) {
        sum += tw->bases.mean[i];
        covered_bp += tw->bases.covered_bp[i];
    }
    tw->bins.covered_bp[at] = covered_bp;
    tw->bins.mean[at] = sum / (in->header.missing_nan ? covered_bp : n_bp);
    return 0;
}

/* Bins [beg, end) of one file. */
static int read_bins(struct avo_tracks_in *in, size_t c, struct table_worker *tw, uint32_t beg,
                     uint32_t end, struct avo_error *err)
{
    uint64_t whole = in->true_bp ? in->true_bp[in->chrom] / in->header.bin_bp : end;
    uint32_t n = whole < end ? (uint32_t)whole - beg : end - beg;
    struct avo_bin_range range = {in->header.chroms[in->chrom].name, in->header.bin_bp, beg, n,
                                  in->header.missing_nan};

    if (n > 0 && avo_compendium_read(&in->files, c, &range, &tw->bins, err) < 0)
        return -1;
    return n < end - beg ? read_last(in, c, tw, n, err) : 0;
}

/* The same into its column. */
static int read_part(struct avo_tracks_in *in, size_t c, struct table_worker *tw, uint32_t beg,
                     uint32_t end, struct avo_error *err)
{
    float missing = in->header.missing_nan ? NAN : 0.0f;
    uint32_t first = beg - in->beg_bin, n = end - beg, i;

    if (read_bins(in, c, tw, beg, end, err) < 0)
        return -1;
    for (i = 0; i < n; i++)
        tw->any[first + i] |= tw->bins.covered_bp[i] > 0;
    i = avo_bin_means_transform(&tw->bins, n, in->header.transform, missing, FLT_MAX,
                                in->columns[c] + first);
    if (i == n)
        return 0;
    return avo_error_set(err, "%s: %s:%" PRIu64 ": the value %g has no %s in float32",
                         avo_compendium_path(&in->files, c), in->header.chroms[in->chrom].name,
                         ((uint64_t)beg + i) * in->header.bin_bp + 1, tw->bins.mean[i],
                         avo_transform_name(in->header.transform));
}

static int read_file(void *arg, int i, int worker, struct avo_error *err)
{
    struct avo_tracks_in *in = arg;
    int rc = 0;

    for (size_t x = avo_tracks_in_first_extent(in); rc == 0 && avo_tracks_in_meets(in, x); x++) {
        const struct avo_extent *e = &in->extents[x];
        uint32_t beg = e->beg_bin > in->beg_bin ? e->beg_bin : in->beg_bin;
        uint32_t end = e->end_bin < in->end_bin ? e->end_bin : in->end_bin;

        rc = read_part(in, (size_t)i, &in->workers[worker], beg, end, err);
    }
    avo_compendium_rest(&in->files, (size_t)i);
    return rc;
}

static bool is_selected(const struct avo_tracks_in *in, uint32_t bin)
{
    return avo_extents_touch(in->extents, in->n_extents, in->chrom, bin, bin + 1);
}

int avo_tracks_in_table_window(struct avo_tracks_in *in, uint32_t *n_present, struct avo_error *err)
{
    size_t n = in->end_bin - in->beg_bin, n_workers = (size_t)avo_pool_size(in->spec.pool);

    if (!avo_extents_touch(in->extents, in->n_extents, in->chrom, in->beg_bin, in->end_bin))
        return 0;
    if (make_workers(in, n, err) < 0)
        return -1;
    for (size_t w = 0; w < n_workers; w++)
        memset(in->workers[w].any, 0, n);
    if (avo_pool_try(in->spec.pool, (int)in->n_used, read_file, in, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool any = in->spec.every_bin && is_selected(in, in->beg_bin + (uint32_t)i);

        for (size_t w = 0; w < n_workers; w++)
            any |= in->workers[w].any[i];
        *n_present += any;
        for (size_t c = 0; !any && c < in->n_used; c++)
            in->columns[c][i] = NAN;
    }
    return 0;
}
