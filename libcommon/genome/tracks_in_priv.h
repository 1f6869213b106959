/* SPDX-License-Identifier: MIT */
/* tracks_in_priv.h: what tracks_in.c, tracks_in_stream.c and tracks_in_table.c share. */
#ifndef AVO_GENOME_TRACKS_IN_PRIV_H
#define AVO_GENOME_TRACKS_IN_PRIV_H

#include "libcommon/genome/tracks_in.h"
#include "libcommon/genome/compendium.h"
#include "libcommon/genome/tracks.h"
#include "libcommon/stream/stream.h"

struct table_worker;

struct avo_tracks_in {
    struct avo_tracks_in_spec spec;
    struct avo_header header;       /* of a stream: a copy */
    size_t n_used, *used;           /* header's track of each column */
    struct avo_extent *extents;     /* selected */
    size_t n_extents;
    bool regions_asked;             /* by region or region_file */
    /* stream */
    struct avo_reader *reader;
    struct avo_head head;
    struct avo_tile tile;
    bool has_head, has_tile, ended;
    float **rows;                   /* [workers][some rows][tracks] */
    /* table */
    struct avo_track_table table;
    struct avo_track_table in_use;  /* rows of the table in use; borrows theirs */
    struct avo_compendium files;
    struct table_worker *workers;   /* [workers] */
    size_t cap_bins;                /* of a worker's columns */
    char *notes, *notes_left;
    uint64_t *true_bp;              /* [chromosomes] lengths before padding, or NULL */
    /* the window at hand */
    uint32_t chrom, beg_bin, end_bin;
    float *const *columns;
};

int avo_tracks_in_stream_open(struct avo_tracks_in *in, struct avo_error *err);
int avo_tracks_in_stream_window(struct avo_tracks_in *in, uint32_t *n_present,
                                struct avo_error *err);
int avo_tracks_in_stream_finish(struct avo_tracks_in *in, struct avo_error *err);
void avo_tracks_in_stream_release(struct avo_tracks_in *in);

int avo_tracks_in_table_open(struct avo_tracks_in *in, struct avo_error *err);
/* Opens the files in use; the extents are set where regions are asked for. */
int avo_tracks_in_table_use(struct avo_tracks_in *in, const struct avo_tracks_in_choice *choice,
                            struct avo_error *err);
int avo_tracks_in_table_finish(struct avo_tracks_in *in, struct avo_error *err);
int avo_tracks_in_table_window(struct avo_tracks_in *in, uint32_t *n_present,
                               struct avo_error *err);
void avo_tracks_in_table_release(struct avo_tracks_in *in);

/* The extents that the window at hand meets: from the first on, as long as avo_tracks_in_meets. */
size_t avo_tracks_in_first_extent(const struct avo_tracks_in *in);
bool avo_tracks_in_meets(const struct avo_tracks_in *in, size_t extent);

#endif
