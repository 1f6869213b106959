/* SPDX-License-Identifier: MIT */
/* feed_priv.h: what feed.c, feed_stream.c and feed_table.c share. */
#ifndef AVO_GENOME_FEED_PRIV_H
#define AVO_GENOME_FEED_PRIV_H

#include "libcommon/genome/feed.h"
#include "libcommon/genome/compendium.h"
#include "libcommon/genome/tracks.h"
#include "libcommon/stream/stream.h"

/* Columns are filled in chunks of this many bins, one task each. */
#define AVO_FEED_CHUNK 2048u

struct table_worker;

struct avo_feed {
    struct avo_feed_spec spec;
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

int avo_feed_stream_open(struct avo_feed *in, struct avo_error *err);
int avo_feed_stream_window(struct avo_feed *in, uint32_t *n_present, struct avo_error *err);
int avo_feed_stream_finish(struct avo_feed *in, struct avo_error *err);
void avo_feed_stream_release(struct avo_feed *in);

int avo_feed_table_open(struct avo_feed *in, struct avo_error *err);
/* Opens the files in use; the extents are set where regions are asked for. */
int avo_feed_table_use(struct avo_feed *in, const struct avo_feed_choice *choice,
                       struct avo_error *err);
int avo_feed_table_finish(struct avo_feed *in, struct avo_error *err);
int avo_feed_table_window(struct avo_feed *in, uint32_t *n_present, struct avo_error *err);
void avo_feed_table_release(struct avo_feed *in);

/* The extents that the window at hand meets: from the first on, as long as avo_feed_meets. */
size_t avo_feed_first_extent(const struct avo_feed *in);
bool avo_feed_meets(const struct avo_feed *in, size_t extent);

#endif
