/* SPDX-License-Identifier: MIT */
/* windows.h: intervals that features are wanted of: rows of BED and BEDPE, fixed windows, windows
 * around a position of an interval, and their tiles. */
#ifndef AVO_GENOME_WINDOWS_H
#define AVO_GENOME_WINDOWS_H

#include "libcommon/genome/bed_fit.h"

/* An interval as it was given: 0-based, half-open, not empty, inside its chromosome. */
struct avo_place {
    uint64_t beg_bp, end_bp;
    uint32_t chrom;             /* of the header that it was read for */
    char strand;                /* '+', '-' or '.' */
};

/* Rows in the order of the file; fixed windows in genome order. */
struct avo_windows {
    size_t n, cap;
    uint32_t per_row;           /* 1, or 2: pairs */
    size_t cap_places;
    struct avo_place *places;   /* [n][per_row] */
    size_t n_columns;           /* carried through */
    char **columns;             /* [n_columns] names */
    size_t cap_text;
    size_t *text;               /* [n] where in the pool name, label, group and columns begin, one
                                 * string behind the other; NULL: no row has any */
    size_t n_pool, cap_pool;
    char *pool;
    size_t n_skipped;           /* rows that do not fit and are left out */
};

/* How rows of a file are read. Columns are numbers from 1 or names of its header line. */
struct avo_windows_options {
    const char *path;           /* "-": stdin; plain or gzip */
    bool pairs;                 /* BEDPE */
    struct avo_bed_rule rule;   /* for rows that do not fit (with want_bp a row that would have to
                                 * be cut is left out; a pair, where either interval is) */
    bool need_strand;           /* a row without + or - is an error (the anchor tss needs one) */
    uint64_t want_bp;           /* not 0: every interval must be of this length (tiles) */
    const char *tag;            /* GTF: struct avo_elements_options; NULL: rows of feature gene */
    const char *name_column, *label_column, *group_column;  /* or NULL */
};

/* Reads BED, BEDPE or GTF (told by its first row, as in annotation.h). A row of GTF counts as one
 * of BED under a header line: name (gene_name, else gene_id), strand, then the attributes that the
 * first row taken has, in its order. Columns are separated by tabs, or, on lines without a tab,
 * by blanks; every row has as many as the first. Blank lines, # lines and track and browser lines
 * are passed over.
 * A header line is a first row whose second and third columns begin with a letter, or the last #
 * line before the first row if it has as many columns, tab-separated.
 * Name, label, group: the columns asked for; else those that a header line calls so; without a
 * header line the name is column 4 (BEDPE: 7) unless that is the label or group. Strand: the column
 * that a header line calls strand (strand1, strand2), else column 6 (9, 10); whatever is not + or -
 * there is no strand. All other columns are carried through under their names: the header
 * line's, else score, strand (strand1, strand2) and columnN.
 * Errors, with file and line: not such a row, another number of columns, an empty interval, a
 * missing strand, a column that is not there; with the file: no row in it, or none that fits. */
int avo_windows_read(struct avo_windows *w, const struct avo_header *h,
                     const struct avo_windows_options *opt, struct avo_error *err);
/* Windows [k width_bp, (k + 1) width_bp) of every chromosome that hold a base of the extents
 * (sorted, merged, in bins of h); the last of a chromosome ends with it. */
int avo_windows_fixed(struct avo_windows *w, const struct avo_header *h, uint64_t width_bp,
                      const struct avo_extent *extents, size_t n_extents, struct avo_error *err);
void avo_windows_release(struct avo_windows *w);
/* String k of a row: 0 name, 1 label, 2 group, 3 ... the columns; "" if there is none. */
const char *avo_windows_text(const struct avo_windows *w, size_t row, size_t k);

/* ---- from intervals to windows ---- */

enum avo_anchor {
    AVO_ANCHOR_NONE,            /* the interval itself */
    AVO_ANCHOR_START,           /* its least coordinate */
    AVO_ANCHOR_CENTER,          /* (beg + end) / 2, rounded down */
    AVO_ANCHOR_END,             /* its greatest coordinate */
    AVO_ANCHOR_TSS              /* start on +, end on - */
};

struct avo_window_shape {
    enum avo_anchor anchor;
    uint64_t upstream_bp, downstream_bp;    /* with an anchor */
    uint32_t n_tiles;                       /* 0: in one piece */
    uint64_t tile_bp;                       /* n_tiles * tile_bp = length of every window */
};

/* Bases [beg, end), which may reach past the ends of the chromosome; less than 2^62 bases. */
struct avo_stretch { int64_t beg_bp, end_bp; };

/* With p the anchor, a position between two bases: [p - upstream, p + downstream), on the strand -
 * [p - downstream, p + upstream). */
struct avo_stretch avo_window_of(const struct avo_window_shape *s, const struct avo_place *p);
/* Tile i of a window, from its upstream end: on the strand - from the greatest coordinate. */
struct avo_stretch avo_window_tile(const struct avo_window_shape *s, const struct avo_place *p,
                                   uint32_t i);
/* Bins [*beg, *end) of n_bins that the stretch touches; 0 = none (both 0 then). */
int avo_stretch_bins(struct avo_stretch s, uint32_t bin_bp, uint32_t n_bins, uint32_t *beg,
                     uint32_t *end);

#endif
