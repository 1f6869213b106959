/* SPDX-License-Identifier: MIT */
/* header.h: what record 0 of a stream says, as a struct; text form in avo-stream.5. */
#ifndef AVO_STREAM_HEADER_H
#define AVO_STREAM_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/stream/block_kind.h"

enum avo_content { AVO_CONTENT_SIGNAL, AVO_CONTENT_MODEL, AVO_CONTENT_FEATURE };
/* Model space = TRANSFORM(raw). Names: arcsinh, log1p, none. */
enum avo_transform { AVO_ARCSINH, AVO_LOG1P, AVO_NONE };
/* What a track is to training. In a SIGNAL header AVO_ROLE_UNSET means the table gave none. */
enum avo_role { AVO_ROLE_UNSET, AVO_ROLE_TRAIN, AVO_ROLE_VALID, AVO_ROLE_TEST };

struct avo_chrom {
    char *name;
    uint64_t len_bp;
};

/* Bins [beg_bin, end_bin) of a chromosome. */
struct avo_extent {
    uint32_t chrom;         /* index into the chromosome table */
    uint32_t beg_bin, end_bin;
};

/* key:value columns that a tool carries through without looking at them */
struct avo_attr { char *key, *value; };

struct avo_track {
    char *celltype, *assay;
    enum avo_role role;
    bool says_none;         /* a table's role is "none", in so many words */
    bool imputed;           /* false: observed */
    size_t n_attrs;
    struct avo_attr *attrs; /* further columns of tracks.tsv: accession, sex, ... */
};

/* Everything is owned by the struct. Zero is an empty header. */
struct avo_header {
    enum avo_content content;
    uint32_t bin_bp;                    /* 25 */
    uint32_t mid_bins, coarse_bins;     /* 10, 200; tiles are whole groups of coarse_bins */
    size_t n_chroms;
    struct avo_chrom *chroms;
    size_t n_extents;                   /* what was asked for, sorted and merged */
    struct avo_extent *extents;
    enum avo_transform transform;
    bool missing_nan;                   /* uncovered bins are NaN (--missing nan), else 0 */
    char *unit, *assembly;              /* or NULL */
    size_t n_tracks;
    struct avo_track *tracks;
    size_t n_blocks;                    /* models only, order of the network's inputs */
    struct avo_block *blocks;
    char root_id[33];                   /* models and what they imputed; "" otherwise */
    bool parafac;                       /* models: sums of products of factors in place of a
                                         * network: model/parafac.h */
    unsigned minor;                     /* models: least minor version that CORE asks for */
    size_t n_extra;
    char **extra;                       /* lines with a lower-case tag, whole, carried through */
    size_t n_provenance;
    char **provenance;                  /* one chain entry a line, oldest first, without "@PG\t" */
};

void avo_header_release(struct avo_header *h);
/* Deep copy; dst is overwritten without release. */
int avo_header_copy(struct avo_header *dst, const struct avo_header *src, struct avo_error *err);
/* The least minor version of the stream that has all that h holds: avo-stream(5), Versions. */
unsigned avo_header_minor(const struct avo_header *h);
/* The text of record 0 (fresh memory) and back. Parsing checks everything that can be checked:
 * names valid UTF-8 and unique, lengths and extents in range, sorted, tracks unique, block widths
 * 1..65536, each bins_per_row a divisor of coarse_bins, at most 1e6 chromosomes and 1e6 tracks. */
int avo_header_format(const struct avo_header *h, char **text, size_t *len, struct avo_error *err);
int avo_header_parse(struct avo_header *h, const char *text, size_t len, struct avo_error *err);

/* Appenders used by whoever builds a header; strings are copied. */
int avo_header_add_chrom(struct avo_header *h, const char *name, uint64_t len_bp,
                         struct avo_error *err);
int avo_header_add_extent(struct avo_header *h, uint32_t chrom, uint32_t beg_bin,
                          uint32_t end_bin, struct avo_error *err);
struct avo_track *avo_header_add_track(struct avo_header *h, const char *celltype,
                                       const char *assay, enum avo_role role,
                                       struct avo_error *err);
int avo_track_add_attr(struct avo_track *t, const char *key, const char *value,
                       struct avo_error *err);
int avo_header_add_block(struct avo_header *h, const char *name, enum avo_block_kind kind,
                         uint32_t width, uint32_t bins_per_row, struct avo_error *err);
/* A line with a lower-case tag ("@feature\tname:x"), whole. */
int avo_header_add_extra(struct avo_header *h, const char *line, struct avo_error *err);
/* One chain entry: "program:P\tversion:V\t" + fields (already key:value, tab-separated). */
int avo_header_add_provenance(struct avo_header *h, const char *program, const char *fields,
                              struct avo_error *err);
/* A chain entry taken over as it is. */
int avo_header_add_provenance_line(struct avo_header *h, const char *line, struct avo_error *err);

/* Order of extents by chromosome and first bin, for qsort. */
int avo_extent_cmp(const void *a, const void *b);
/* Sorts e [n] and merges what overlaps or touches, in place; returns the new number. */
size_t avo_extents_merge(struct avo_extent *e, size_t n);
/* Of sorted, merged extents e [n], the first that ends behind bin of chrom or lies behind: where
 * those begin that meet a range from there on. n: none. */
size_t avo_extents_first(const struct avo_extent *e, size_t n, uint32_t chrom, uint32_t bin);
/* Takes all steps away. */
void avo_header_forget_provenance(struct avo_header *h);
/* Add the entries of the other's chain, or its extra lines, which h does not have yet. */
int avo_header_join_provenance(struct avo_header *h, const struct avo_header *from,
                               struct avo_error *err);
int avo_header_join_extra(struct avo_header *h, const struct avo_header *from,
                          struct avo_error *err);
/* Index or -1, by looking through all: for a few names (chrom_index.h: for many). */
int avo_header_find_chrom(const struct avo_header *h, const char *name);
int avo_header_find_track(const struct avo_header *h, const char *celltype, const char *assay);
/* A track's role, AVO_ROLE_UNSET of one that h lacks. */
enum avo_role avo_header_role(const struct avo_header *h, const char *celltype, const char *assay);
/* Order of tracks by cell type, then assay, for qsort. */
int avo_track_cmp(const void *a, const void *b);
/* floor(len_bp / bin_bp): the partial last bin is dropped. */
uint32_t avo_header_chrom_bins(const struct avo_header *h, size_t chrom);
/* Text names of the enums and back (-1 = unknown). */
const char *avo_content_name(enum avo_content content);
const char *avo_role_name(enum avo_role role);
int avo_role_parse(const char *s);
const char *avo_transform_name(enum avo_transform t);
int avo_transform_parse(const char *s);
/* Model space from raw and back (double inside). */
float avo_transform_apply(enum avo_transform t, double raw);
double avo_transform_invert(enum avo_transform t, float value);

#endif
