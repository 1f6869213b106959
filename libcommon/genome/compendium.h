/* SPDX-License-Identifier: MIT */
/* compendium.h: all files of a tracks.tsv opened together, read as raw bin means per track. */
#ifndef AVO_GENOME_COMPENDIUM_H
#define AVO_GENOME_COMPENDIUM_H

#include "libcommon/base/threads.h"
#include "libcommon/genome/region.h"
#include "libcommon/genome/sizes.h"
#include "libcommon/genome/source.h"
#include "libcommon/genome/tracks.h"
#include "libcommon/stream/header.h"

enum avo_replicates { AVO_REPLICATES_ERROR, AVO_REPLICATES_MEAN, AVO_REPLICATES_MAX };

/* One track: its files are file_of[first_file ... first_file + n_files). */
struct avo_column {
    size_t first_row;       /* row of the table that names the track */
    size_t first_file, n_files;
};

struct avo_compendium {
    const struct avo_track_table *table;    /* borrowed */
    enum avo_replicates replicates;
    size_t n_columns, n_files;
    struct avo_column *columns;
    size_t *file_of;                /* [n_files] row of the table */
    struct avo_source **sources;    /* [n_files] */
    size_t n_awake;                 /* files [0, n_awake) keep their descriptors */
    const char *genome_file;        /* borrowed, or NULL */
    struct avo_sizes sizes;         /* of the genome file */
};

struct avo_compendium_options {
    const char *genome_file;        /* or NULL */
    bool remote;
    enum avo_replicates replicates;
};

/* Opens and validates every file of the table, in parallel; the error of the first bad row wins.
 * Where the limit on descriptors (its soft part is raised to the hard one) is lower than the
 * number of files, the files beyond it sleep between reads. */
int avo_compendium_open(struct avo_compendium *c, const struct avo_track_table *table,
                        const struct avo_compendium_options *opt, struct avo_pool *pool,
                        struct avo_error *err);
void avo_compendium_release(struct avo_compendium *c);

/* Which chromosomes are asked for, beside those common to all files. */
struct avo_chrom_choice {
    struct avo_region_ask ask;      /* -r and -R; lines for the user go to its rule's notes */
    const char *const *names;       /* [n_names] further ones, or NULL */
    size_t n_names;
    bool pad;                       /* the partial last bin of a chromosome may be selected */
};
/* Adds chromosomes in natural order to h, whose bin size is set: those common to all files; those
 * that the genome file names and at least one file too; those that regions or names ask for, if a
 * file or the genome file tells their length. Where a file does not name one of these it counts as
 * uncovered there, which the notes say once for each file; they also describe what only some files
 * lack and is left out. extents: what the regions select; NULL where none are asked for.
 * Errors: one name with two lengths (names both files); no chromosome at all; and those of
 * avo_regions_select. */
int avo_compendium_chroms(const struct avo_compendium *c, const struct avo_chrom_choice *choice,
                          struct avo_header *h, struct avo_extent **extents, size_t *n_extents,
                          struct avo_error *err);
/* What reading met and passed over, a line for each file, in *note (fresh text, or NULL). */
int avo_compendium_passed_over(const struct avo_compendium *c, char **note,
                               struct avo_error *err);
/* Adds tracks, unit and assembly to h. Attributes of replicates that differ are joined by commas.
 */
int avo_compendium_tracks(const struct avo_compendium *c, struct avo_header *h,
                          struct avo_error *err);
/* The file that messages name for a track, and how it is put there when there are several. */
const char *avo_compendium_path(const struct avo_compendium *c, size_t column);

/* Per-worker memory of avo_compendium_read for up to n_bins bins. */
struct avo_bin_scratch {
    size_t n_bins;
    double *sum;            /* [n_bins] */
    uint32_t *covered;      /* [n_bins] */
    uint32_t *n_with;       /* [n_bins] replicates that cover the bin */
};
int avo_bin_scratch_init(struct avo_bin_scratch *s, size_t n_bins, struct avo_error *err);
void avo_bin_scratch_release(struct avo_bin_scratch *s);

/* What to read. */
struct avo_bin_range {
    const char *chrom;
    uint32_t bin_bp, beg_bin, n_bins;
    bool missing_nan;       /* mean over the covered bases, NaN if there are none; else over all */
};
/* Raw bin means of one track: mean [n_bins] double; covered_bp [n_bins]: bases that a file covers
 * (the most of any replicate). At most one thread may read a track at a time.
 * A chromosome that a file does not name is uncovered in it.
 * Replicates: mean or max over the files; under missing_nan over those that cover the bin. */
int avo_compendium_read(struct avo_compendium *c, size_t column, const struct avo_bin_range *range,
                        struct avo_bin_scratch *scratch, double *mean, uint32_t *covered_bp,
                        struct avo_error *err);
/* Called when a task is done with a track for a while: puts files to sleep that must. */
void avo_compendium_rest(struct avo_compendium *c, size_t column);

#endif
