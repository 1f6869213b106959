/* SPDX-License-Identifier: MIT */
/* bigwig_priv.h: what the parts of the bigWig reader share; for bigwig*.c only. */
#ifndef AVO_GENOME_BIGWIG_PRIV_H
#define AVO_GENOME_BIGWIG_PRIV_H

#include <libdeflate.h>
#include <sys/types.h>
#include <time.h>

#include "libcommon/genome/bigwig.h"
#include "libcommon/genome/binsum.h"

enum {
    AVO_BW_DEPTH = 16,                  /* levels of either tree; 3 or 4 occur */
    AVO_BW_CHECKED = 8,                 /* blocks remembered as checked */
    AVO_BW_WINDOW = 64 * 1024,          /* bytes of the data read at once */
    AVO_BW_NODE_HEAD = 4,
    AVO_BW_LEAF_ITEM = 32,
    AVO_BW_TWIG_ITEM = 24
};
#define AVO_BW_MAX_BLOCK (64u << 20)    /* uncompressed bytes of a block */
#define AVO_BW_NO_RANK UINT32_MAX       /* a chromosome without blocks */

/* A place in the genome: chromosome number, then base. */
struct avo_bw_place { uint32_t chrom, bp; };

/* An entry of the index: a data block (size_bytes > 0) or a child node. */
struct avo_bw_item {
    struct avo_bw_place beg, end;
    uint64_t off_bytes, size_bytes;
};

struct avo_bw_head {
    uint16_t version, n_zooms;
    uint64_t chrom_off, data_off, index_off, summary_off;
    uint32_t block_bytes;               /* largest uncompressed block; 0 = not compressed */
    uint32_t index_fanout;
    uint64_t n_blocks;
};

struct avo_bigwig {
    char *path;
    bool remote;
    void *url;                          /* libBigWig's handle; NULL while asleep, or a file */
    int fd;                             /* of a file; -1 while asleep, or a URL */
    uint64_t size_bytes;                /* of the file; UINT64_MAX for URLs */
    dev_t dev;
    ino_t ino;
    struct timespec mtime;
    struct avo_bw_head head;
    size_t n_chroms, name_bytes;
    char *names;                        /* [n_chroms][name_bytes], NUL-terminated */
    uint32_t *len_bp;                   /* [n_chroms] */
    uint32_t *rank;                     /* [n_chroms] place in the index; NULL: by number */
    bool scattered;                     /* a chromosome's blocks lie in several places of it */
    bool all_checked;                   /* every block is what the index says */
    uint64_t n_empty;                   /* zero-length intervals passed over so far */
    char warning[256];
    /* buffers, given up by sleep */
    uint8_t *node[AVO_BW_DEPTH];
    size_t node_cap[AVO_BW_DEPTH];
    uint8_t *window, *packed, *raw;     /* data of the file, one long block, one block inflated */
    size_t window_cap, packed_cap, raw_cap;
    uint64_t window_off, window_len;
    struct libdeflate_decompressor *unpacker;
    struct avo_bw_item checked[AVO_BW_CHECKED];     /* entries found to match their blocks */
    unsigned i_checked;
};

static inline uint16_t avo_bw_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t avo_bw_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t avo_bw_u64(const uint8_t *p)
{
    return avo_bw_u32(p) | (uint64_t)avo_bw_u32(p + 4) << 32;
}

static inline int avo_bw_place_cmp(struct avo_bw_place a, struct avo_bw_place b)
{
    if (a.chrom != b.chrom)
        return a.chrom < b.chrom ? -1 : 1;
    return a.bp < b.bp ? -1 : a.bp > b.bp;
}

static inline const char *avo_bw_name(const struct avo_bigwig *b, size_t chrom)
{
    return b->names + chrom * b->name_bytes;
}

/* Exactly len bytes at off, or an error that says what was wanted. */
int avo_bw_pread(struct avo_bigwig *b, void *buf, size_t len, uint64_t off, const char *what,
                 struct avo_error *err);
/* Reads the node at off into b->node[depth] (n items, leaf or not), within its bounds. */
int avo_bw_load_node(struct avo_bigwig *b, uint64_t off, int depth, unsigned *n, bool *is_leaf,
                     struct avo_error *err);
struct avo_bw_item avo_bw_item(const uint8_t *node, unsigned i, bool is_leaf);
/* Header, chromosome tree, index, summary: fills head, names, len_bp, warning. */
int avo_bw_check(struct avo_bigwig *b, struct avo_error *err);
/* Adds what the file has of chromosome number chrom into bins. */
int avo_bw_read_blocks(struct avo_bigwig *b, uint32_t chrom, struct avo_binsum *bins,
                       struct avo_error *err);

#endif
