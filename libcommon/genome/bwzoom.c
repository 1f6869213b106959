/* SPDX-License-Identifier: MIT */
/* bwzoom.c: zoom levels of a bigWig. libBigWig's own hold all levels in memory, and leave the sums
 * of each level's last record at zero, which browsers draw as a drop at the end of the data. */
#include "libcommon/genome/bwzoom.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "libcommon/base/alloc.h"

#define RECORD_BYTES 32u
#define BLOCK_RECORDS 1024u     /* 32 KiB, the header's bound for blocks */
#define LEVEL_TABLE 64          /* where the header's level table lies, and where their number */
#define LEVEL_COUNT 6

static int grow(void *p, size_t *cap, size_t need, size_t size)
{
    struct avo_error err = { 0 };
    if (!avo_grow(p, cap, need, size, "zoom levels", &err))
        return 0;
    errno = ENOMEM;
    return -1;
}

/* ---- one level ---- */

static int begin_level(struct avo_zoom *z)
{
    off_t at = ftello(z->f);
    if (at < 0)
        return -1;
    z->data_offset[z->n_levels] = (uint64_t)at;
    z->n_records = 0;
    z->n_blocks = 0;
    return avo_bw_put_u32(z->f, 0);        /* the number of records, filled in by end_level */
}

static int flush_block(struct avo_zoom *z)
{
    uLongf size = compressBound(BLOCK_RECORDS * RECORD_BYTES);
    off_t at = ftello(z->f);
    if (!z->n_raw)
        return 0;
    if (at < 0 || grow(&z->blocks, &z->cap_blocks, z->n_blocks + 1, sizeof *z->blocks))
        return -1;
    if (compress(z->packed, &size, z->raw, z->n_raw * RECORD_BYTES) != Z_OK) {
        errno = ENOMEM;
        return -1;
    }
    z->block.offset = (uint64_t)at;
    z->block.size_bytes = size;
    z->blocks[z->n_blocks++] = z->block;
    z->n_raw = 0;
    return avo_bw_put(z->f, z->packed, size);
}

static int put_record(struct avo_zoom *z, const struct avo_zoom_record *r)
{
    if (z->n_raw && (z->n_raw == BLOCK_RECORDS || z->block.chrom != r->chrom) && flush_block(z))
        return -1;
    if (!z->n_raw) {
        z->block.chrom = r->chrom;
        z->block.start_bp = r->start_bp;
    }
    z->block.end_bp = r->end_bp;
    const uint32_t place[4] = { r->chrom, r->start_bp, r->end_bp, r->n_valid_bp };
    const float values[4] = { r->min, r->max, (float)r->sum, (float)r->sum_squares };
    memcpy(z->raw + z->n_raw * RECORD_BYTES, place, sizeof place);
    memcpy(z->raw + z->n_raw * RECORD_BYTES + sizeof place, values, sizeof values);
    z->n_raw++;
    z->n_records++;
    return 0;
}

static int end_level(struct avo_zoom *z)
{
    uint32_t n = (uint32_t)z->n_records;
    if (flush_block(z))
        return -1;
    off_t at = ftello(z->f);
    if (at < 0)
        return -1;
    z->index_offset[z->n_levels] = (uint64_t)at;
    if (avo_bwtree_index(z->f, z->blocks, z->n_blocks, z->n_records, BLOCK_RECORDS)
        || avo_bw_put_at(z->f, (off_t)z->data_offset[z->n_levels], &n, sizeof n))
        return -1;
    z->n_levels++;
    return 0;
}

/* ---- from level to level ---- */

static void merge(struct avo_zoom_record *into, const struct avo_zoom_record *r)
{
    into->end_bp = r->end_bp;
    into->n_valid_bp += r->n_valid_bp;
    into->min = r->min < into->min ? r->min : into->min;
    into->max = r->max > into->max ? r->max : into->max;
    into->sum += r->sum;
    into->sum_squares += r->sum_squares;
}

static bool same_cell(const struct avo_zoom_record *a, const struct avo_zoom_record *b,
                      uint64_t step_bp)
{
    return a->chrom == b->chrom && a->start_bp / step_bp == b->start_bp / step_bp;
}

/* Adds r to the last of *n records of step_bp, or after them. */
static void reduce(struct avo_zoom_record *records, size_t *n, const struct avo_zoom_record *r,
                   uint64_t step_bp)
{
    if (*n && same_cell(&records[*n - 1], r, step_bp))
        merge(&records[*n - 1], r);
    else
        records[(*n)++] = *r;
}

static int close_record(struct avo_zoom *z)
{
    if (!z->open.n_valid_bp)
        return 0;
    if (put_record(z, &z->open) || grow(&z->next, &z->cap_next, z->n_next + 1, sizeof *z->next))
        return -1;
    reduce(z->next, &z->n_next, &z->open, 4 * (uint64_t)z->step_bp);
    z->open.n_valid_bp = 0;
    return 0;
}

int avo_zoom_begin(struct avo_zoom *z, FILE *f, uint32_t step_bp)
{
    struct avo_error err = { 0 };
    z->f = f;
    z->step_bp = step_bp;
    z->raw = avo_alloc(BLOCK_RECORDS, RECORD_BYTES, "zoom levels", &err);
    z->packed = avo_alloc(1, compressBound(BLOCK_RECORDS * RECORD_BYTES), "zoom levels", &err);
    if (!z->raw || !z->packed) {
        errno = ENOMEM;
        return -1;
    }
    return begin_level(z);
}

int avo_zoom_add(struct avo_zoom *z, uint32_t chrom, uint32_t start_bp, uint32_t end_bp,
                 float value)
{
    uint32_t n = end_bp - start_bp;
    struct avo_zoom_record r = { chrom, start_bp, end_bp, n, value, value, (double)value * n,
                                 (double)value * value * n };
    if (z->open.n_valid_bp && same_cell(&z->open, &r, z->step_bp)) {
        merge(&z->open, &r);
        return 0;
    }
    if (close_record(z))
        return -1;
    z->open = r;
    return 0;
}

static int put_table(struct avo_zoom *z)
{
    uint16_t n = (uint16_t)z->n_levels;
    uint64_t step_bp = z->step_bp;
    if (fseeko(z->f, LEVEL_TABLE, SEEK_SET))
        return -1;
    for (int l = 0; l < z->n_levels; l++, step_bp *= 4)
        if (avo_bw_put_u32(z->f, (uint32_t)step_bp) || avo_bw_put_u32(z->f, 0)
            || avo_bw_put_u64(z->f, z->data_offset[l]) || avo_bw_put_u64(z->f, z->index_offset[l]))
            return -1;
    return avo_bw_put_at(z->f, LEVEL_COUNT, &n, sizeof n);
}

int avo_zoom_end(struct avo_zoom *z, uint64_t max_len_bp)
{
    uint64_t step_bp = 4 * (uint64_t)z->step_bp;
    if (close_record(z) || end_level(z))
        return -1;
    while (z->n_levels < AVO_ZOOM_MAX && step_bp * 4 <= max_len_bp) {
        size_t n = 0;
        if (begin_level(z))
            return -1;
        for (size_t i = 0; i < z->n_next; i++)
            if (put_record(z, &z->next[i]))
                return -1;
        if (end_level(z))
            return -1;
        step_bp *= 4;
        for (size_t i = 0; i < z->n_next; i++)
            reduce(z->next, &n, &z->next[i], step_bp);
        z->n_next = n;
    }
    return put_table(z);
}

void avo_zoom_release(struct avo_zoom *z)
{
    free(z->next);
    free(z->raw);
    free(z->packed);
    free(z->blocks);
    memset(z, 0, sizeof *z);
}
