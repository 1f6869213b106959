/* SPDX-License-Identifier: MIT */
/* join_priv.h: what join.c, join_header.c and join_tiles.c share. */
#ifndef AVO_STREAM_JOIN_PRIV_H
#define AVO_STREAM_JOIN_PRIV_H

#include "libcommon/stream/join.h"
#include "libcommon/stream/wire.h"

#define AVO_NO_COLUMN UINT32_MAX

/* Bins of one input inside one cell of the grid, copied out of its reader. */
struct avo_piece {
    size_t i_input;
    enum avo_dtype dtype;
    uint32_t n_tracks, n_runs, n_bins;
    struct avo_run *runs;
    unsigned char *values;          /* [n_bins][n_tracks] */
};

struct avo_join_input {
    struct avo_reader *r;
    struct avo_head head;
    bool pending, done;             /* pending: head is a record that was not handed out */
    bool core_done;
    size_t n_core;
    uint32_t *cols;                 /* column of each of its tracks in the join, or none */
    struct avo_piece carry;         /* the part of its last tile that lies in later cells */
    uint32_t carry_chrom;
};

/* A record of unknown type that came while a cell was gathered. */
struct avo_queued { struct avo_head head; unsigned char *payload; };

struct avo_core_seen { char name[64]; char digest[33]; };

struct avo_join {
    struct avo_header header;
    size_t n_inputs;
    struct avo_join_input *inputs;
    bool selected, plain;           /* plain: one input, nothing selected: records as they are */
    size_t i_cur;                   /* input of the current record */
    size_t core_owner;
    size_t n_core, cap_core;
    struct avo_core_seen *core;
    uint32_t tile_bins;             /* 0 = not known yet */
    size_t n_pieces, cap_pieces;
    struct avo_piece *pieces;
    size_t n_queue, i_queue, cap_queue, queue_bytes;
    struct avo_queued *queue;
    bool from_queue;
    /* the current tile, when it is composed here */
    struct avo_run *runs;
    size_t cap_runs, cap_values;
    unsigned char *values;
    uint32_t *row_of;               /* [tile_bins + 1] */
    struct avo_tile tile;
    struct avo_genome_tile genome;
    bool has_last;                  /* GENOME: where the last tile ended */
    uint32_t last_chrom, last_end;
};

/* join_header.c */
int avo_join_headers(struct avo_join *j, struct avo_error *err);
/* join_tiles.c: composes the next SIGNAL tile into j->tile. 1 = there is one, 0 = none is left. */
int avo_join_compose(struct avo_join *j, struct avo_head *head, struct avo_error *err);
int avo_join_cut_genome(struct avo_join *j, struct avo_genome_tile *g, struct avo_error *err);
void avo_piece_release(struct avo_piece *p);
/* join.c: moves input i to its next record that the join looks at. */
int avo_join_advance(struct avo_join *j, size_t i, struct avo_error *err);
/* The part of runs that lies in [beg, end) and in the selection, appended to out. */
uint32_t avo_join_cut(const struct avo_join *j, uint32_t chrom, const struct avo_run *run,
                      uint32_t beg, uint32_t end, struct avo_run *out);

#endif
