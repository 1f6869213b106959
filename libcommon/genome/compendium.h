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

/* What is asked of a file at a time, by whoever reads much: 1 Mb of sequence at 25 bp. */
#define AVO_PIECE_BINS 40000u

/* Raw bin means of one track; memory of one worker. What slab.c, tracks_in_table.c and qc.c read:
 * the first for tiles, the second for windows, in which a chromosome's partial last bin may count,
 * the third for sums. */
struct avo_bin_means {
    double *mean;           /* [cap_bins] */
    uint32_t *covered_bp;   /* [cap_bins] bases that a file covers (the most of any replicate) */
    /* of one replicate */
    double *sum;            /* [cap_bins] */
    uint32_t *covered;      /* [cap_bins] */
    uint32_t *n_with;       /* [cap_bins] replicates that cover the bin */
};
int avo_bin_means_init(struct avo_bin_means *b, size_t cap_bins, struct avo_error *err);
void avo_bin_means_release(struct avo_bin_means *b);

/* What to read. */
struct avo_bin_range {
    const char *chrom;
    uint32_t bin_bp, beg_bin, n_bins;
    bool missing_nan;       /* mean over the covered bases, NaN if there are none; else over all */
};
/* Takes a piece of at most AVO_PIECE_BINS from the front of rest; false: nothing is left. */
bool avo_bin_range_piece(struct avo_bin_range *rest, struct avo_bin_range *piece);
/* The range's bins in b, from 0 on. At most one thread may read a track at a time.
 * A chromosome that a file does not name is uncovered in it.
 * Replicates: mean or max over the files; under missing_nan over those that cover the bin. */
int avo_compendium_read(struct avo_compendium *c, size_t column, const struct avo_bin_range *range,
                        struct avo_bin_means *b, struct avo_error *err);
/* Means of n_bins bins in model space, uncovered ones as missing. Returns the first bin whose value
 * is no number or larger than max (in magnitude); n_bins where all of them fit. */
uint32_t avo_bin_means_transform(const struct avo_bin_means *b, uint32_t n_bins,
                                 enum avo_transform transform, float missing, float max,
                                 float *value);
/* Called when a task is done with a track for a while: puts files to sleep that must. */
void avo_compendium_rest(struct avo_compendium *c, size_t column);

#endif
