/* SPDX-License-Identifier: MIT */
/* tracks_in.h: the tracks of a SIGNAL stream or of the files of a tracks.tsv, as columns of one
 * window. */
#ifndef AVO_GENOME_TRACKS_IN_H
#define AVO_GENOME_TRACKS_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/threads.h"
#include "libcommon/stream/header.h"

/* How files become bins; a stream has its own answers, which stand. */
struct avo_tracks_in_spec {
    const char *path;               /* stream or table, by content; "-": a stream on stdin */
    const char *genome_file;        /* chromosome sizes for bedGraph, or NULL */
    uint32_t bin_bp;
    enum avo_transform transform;
    bool missing_nan, remote;
    bool strict;                    /* rows of region_file that do not fit are an error */
    bool every_bin;                 /* of a table: every bin is there, 0 where no file has data;
                                     * the partial last one too, the mean over its own bases;
                                     * streams are refused */
    bool as_it_is;                  /* values of a table are not transformed, and a stream of any
                                     * transform and unit fits beside others: attributions */
    bool twice;                     /* avo_tracks_in_give_back will come: a pipe is kept */
    struct avo_pool *pool;          /* borrowed */
};

/* Tracks by index into the header. region and region_file as in avo_regions_select; both NULL: a
 * stream's own extents, a table's default chromosomes, or with beside (an input that has made its
 * choice) all of them: then what regions asked of the other is asked for here, too. */
struct avo_tracks_in_choice {
    const size_t *tracks;
    size_t n_tracks;
    const char *region, *region_file;
    const struct avo_tracks_in *beside;
};

struct avo_tracks_in;

/* Opens a stream, or reads a table (its files are opened by avo_tracks_in_use). */
struct avo_tracks_in *avo_tracks_in_open(const struct avo_tracks_in_spec *spec,
                                         struct avo_error *err);
void avo_tracks_in_free(struct avo_tracks_in *in);
/* Frees one that was opened with twice: the next avo_tracks_in_open of its path finds it as it
 * was. */
int avo_tracks_in_give_back(struct avo_tracks_in *in, struct avo_error *err);
const char *avo_tracks_in_name(const struct avo_tracks_in *in);
bool avo_tracks_in_is_table(const struct avo_tracks_in *in);
bool avo_tracks_in_as_it_is(const struct avo_tracks_in *in);
bool avo_tracks_in_every_bin(const struct avo_tracks_in *in);
/* Tracks, bin size and transform at once; of a table the chromosomes (those common to the files in
 * use and those asked for, in natural order) and the extents only after avo_tracks_in_use. */
const struct avo_header *avo_tracks_in_header(const struct avo_tracks_in *in);
/* Chooses the columns of every window from now on, and narrows the extents. */
int avo_tracks_in_use(struct avo_tracks_in *in, const struct avo_tracks_in_choice *choice,
                      struct avo_error *err);
/* The selection within what the input has. */
const struct avo_extent *avo_tracks_in_extents(const struct avo_tracks_in *in, size_t *n);
/* Columns [n_tracks used][n] for bins [beg, beg + n) of a chromosome, in model space; NaN where the
 * input has no such bin (not in the stream; of a table: outside the extents, or no used file
 * covers it). Windows are asked for in ascending order. *n_present counts the bins there are. */
int avo_tracks_in_window(struct avo_tracks_in *in, uint32_t chrom, uint32_t beg_bin, uint32_t n,
                         float *const *columns, uint32_t *n_present, struct avo_error *err);
/* Reads on to the end: a stream without END is an error here. Warnings may follow. */
int avo_tracks_in_finish(struct avo_tracks_in *in, struct avo_error *err);
/* The next line of what there is to say about a table's files (chromosomes that some lack, headers
 * that lie) and the rows of region_file; NULL when there is nothing left. */
const char *avo_tracks_in_warning(struct avo_tracks_in *in);

#endif
