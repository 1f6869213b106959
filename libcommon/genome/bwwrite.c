/* SPDX-License-Identifier: MIT */
/* bwwrite.c: bigWigs, with the space reserved first and every step checked. The values go through
 * one block at a time; the index and the zoom levels come when all are there. */
#define _GNU_SOURCE             /* fallocate, FALLOC_FL_KEEP_SIZE */
#include "libcommon/genome/bwwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/genome/bwzoom.h"

/* A run of this many bins or more is fixedStep; shorter ones share blocks of single intervals,
 * because a block of its own costs about 110 bytes in data and index. */
#define MIN_RUN 32u
#define BLOCK_BYTES 32768u      /* of a block before compression */
#define BLOCK_HEAD 24u
#define BLOCK_COST 192u         /* block header, zlib's worst case, leaf and inner index entries */
#define ZOOM_BINS 16u           /* bins in a record of the first zoom level */
#define MORE_BYTES (4u << 20)   /* reserved at once where the first reserve is used up */

/* Places in the file: head, slots of zoom levels, summary, chromosomes, count of blocks, blocks. */
enum { HEAD_BYTES = 64, SUMMARY_AT = HEAD_BYTES + 24 * AVO_ZOOM_MAX, CHROMS_AT = SUMMARY_AT + 40 };
#define BIGWIG_MAGIC 0x888ffc26u
#define BIGWIG_VERSION 4

/* The kinds by the numbers that the format gives them. */
enum block_kind { BLOCK_NONE = 0, BLOCK_INTERVALS = 1, BLOCK_STEPS = 3 };

struct avo_bwwriter {
    FILE *f;
    char *path, *tmp_path;
    uint32_t bin_bp;
    size_t n_chroms;                /* of the stream's table */
    char **names;                   /* [n_chroms], NULL: not in this file */
    uint64_t *len_bp;               /* [n_chroms] */
    uint32_t *numbers;              /* [n_chroms] in the file */
    uint64_t n_extents, extent_bins, max_len_bp;
    /* the block being filled */
    enum block_kind open;
    uint32_t open_chrom, open_beg_bp, open_end_bp, n_open;
    unsigned char *raw, *packed;    /* after BLOCK_HEAD bytes its items; compressed */
    uint32_t run_chrom, run_beg, n_run;     /* a run still shorter than MIN_RUN */
    float run[MIN_RUN];
    bool started;
    uint32_t last_chrom;
    uint64_t last_end;              /* order check */
    uint64_t data_at, at;           /* where the data begin; where the next block goes */
    uint64_t reserved_bytes;
    struct avo_bw_block *blocks;    /* [n_blocks] */
    size_t n_blocks, cap_blocks;
    uint64_t n_values, covered_bp;
    double min, max, sum, sum_squares;
    bool failed;
};

static int fail_sys(struct avo_bwwriter *w, int errnum, struct avo_error *err)
{
    w->failed = true;
    return avo_error_sys(err, errnum ? errnum : EIO, "%s: cannot write", w->path);
}

/* File systems without fallocate: at least the free space is known. */
static int check_free_space(struct avo_bwwriter *w, int fd, uint64_t more, struct avo_error *err)
{
    struct statvfs v;
    if (fstatvfs(fd, &v))
        return fail_sys(w, errno, err);
    uint64_t block = v.f_frsize ? v.f_frsize : v.f_bsize;
    if (v.f_blocks && (uint64_t)v.f_bavail < more / block + 1)
        return fail_sys(w, ENOSPC, err);
    return 0;
}

/* Makes sure that the file can grow to `bytes`: a full disk is found before hours of work. */
static int reserve(struct avo_bwwriter *w, uint64_t bytes, struct avo_error *err)
{
    struct rlimit lim;
    if (bytes <= w->reserved_bytes)
        return 0;
    if (!getrlimit(RLIMIT_FSIZE, &lim) && lim.rlim_cur != RLIM_INFINITY && bytes > lim.rlim_cur)
        return fail_sys(w, EFBIG, err);
    int fd = fileno(w->f), rc;
    do
        rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) ? errno : 0;
    while (rc == EINTR);
    if (rc == EOPNOTSUPP || rc == ENOSYS) {
        if (check_free_space(w, fd, bytes - w->reserved_bytes, err))
            return -1;
    } else if (rc) {
        return fail_sys(w, rc, err);
    }
    w->reserved_bytes = bytes;
    return 0;
}

/* Most bytes that the zoom levels of n_values bins can take: level k has records of 32 bytes, at
 * most one for 16 * 4^k bins of each chromosome, and after the first is there only where that is
 * at most a quarter of the longest. */
static uint64_t zoom_bound(const struct avo_bwwriter *w, uint64_t n_values)
{
    uint64_t total = 0, bins_per_record = ZOOM_BINS;
    for (int k = 0; k < AVO_ZOOM_MAX; k++, bins_per_record *= 4) {
        uint64_t max_records = w->extent_bins / bins_per_record + 2 * w->n_extents;
        uint64_t records = n_values < max_records ? n_values : max_records;
        uint64_t parted = records < w->n_extents ? records : w->n_extents;
        if (k > 0 && bins_per_record * w->bin_bp > w->max_len_bp / 4)
            break;
        total += records * 32 + records / 32 + (records / 1024 + parted + 1) * BLOCK_COST;
    }
    return total;
}

static uint64_t steps_bound(uint64_t n)
{
    return n * 4 + n / 250 + (n / 8000 + 1) * BLOCK_COST;
}

/* ---- opening ---- */

static int take_extents(struct avo_bwwriter *w, const struct avo_header *h, struct avo_error *err)
{
    for (size_t i = 0; i < h->n_extents; i++) {
        const struct avo_extent *e = &h->extents[i];
        const struct avo_chrom *c = &h->chroms[e->chrom];
        if (c->len_bp > UINT32_MAX)
            return avo_error_set(err, "%s: chromosome %s has %" PRIu64 " bases, a bigWig holds at"
                                 " most %" PRIu32, w->path, c->name, c->len_bp, UINT32_MAX);
        if (!w->names[e->chrom] && !(w->names[e->chrom] = avo_strdup(c->name, err)))
            return -1;
        w->len_bp[e->chrom] = c->len_bp;
        w->extent_bins += e->end_bin - e->beg_bin;
        w->n_extents++;
        if (c->len_bp > w->max_len_bp)
            w->max_len_bp = c->len_bp;
    }
    return 0;
}

/* Numbers the chromosomes in the order in which their values come. */
static int put_chroms(struct avo_bwwriter *w, struct avo_error *err)
{
    size_t n = 0;
    struct avo_bw_chrom *list = avo_alloc(w->n_chroms, sizeof *list, "chromosomes", err);
    if (!list)
        return -1;
    for (size_t i = 0; i < w->n_chroms; i++) {
        if (!w->names[i])
            continue;
        w->numbers[i] = (uint32_t)n;
        list[n] = (struct avo_bw_chrom){w->names[i], (uint32_t)n, (uint32_t)w->len_bp[i]};
        n++;
    }
    errno = 0;
    int rc = n == 0 ? avo_error_set(err, "%s: no chromosomes to write", w->path)
        : fseeko(w->f, CHROMS_AT, SEEK_SET) || avo_bwtree_chroms(w->f, list, n) ||
          avo_bw_put_u64(w->f, 0) ? fail_sys(w, errno, err) : 0;
    free(list);
    return rc;
}

static int start_file(struct avo_bwwriter *w, struct avo_error *err)
{
    errno = 0;
    w->f = fopen(w->tmp_path, "w+e");
    if (!w->f)
        return fail_sys(w, errno, err);
    w->raw = avo_alloc(BLOCK_BYTES, 1, "a block", err);
    w->packed = avo_alloc(compressBound(BLOCK_BYTES), 1, "a block", err);
    if (!w->raw || !w->packed || put_chroms(w, err))
        return -1;
    off_t at = ftello(w->f);
    if (at < 0)
        return fail_sys(w, errno, err);
    w->at = (uint64_t)at;
    w->data_at = w->at - 8;
    return reserve(w, w->at + steps_bound(w->extent_bins) + w->n_extents * BLOCK_COST
                   + zoom_bound(w, w->extent_bins), err);
}

struct avo_bwwriter *avo_bwwriter_open(const char *path, const struct avo_header *h,
                                       struct avo_error *err)
{
    struct avo_bwwriter *w = avo_alloc(1, sizeof *w, "bigWig writer", err);
    if (!w)
        return NULL;
    w->bin_bp = h->bin_bp;
    w->min = DBL_MAX;
    w->max = -DBL_MAX;
    w->n_chroms = h->n_chroms;
    w->path = avo_strdup(path, err);
    w->names = avo_alloc(h->n_chroms, sizeof *w->names, "chromosome names", err);
    w->len_bp = avo_alloc(h->n_chroms, sizeof *w->len_bp, "chromosome lengths", err);
    w->numbers = avo_alloc(h->n_chroms, sizeof *w->numbers, "chromosome numbers", err);
    if (!w->path || !w->names || !w->len_bp || !w->numbers || take_extents(w, h, err)
        || avo_tmp_begin(path, &w->tmp_path, err) || start_file(w, err)) {
        avo_bwwriter_free(w);
        return NULL;
    }
    return w;
}

/* ---- blocks ---- */

/* Compresses the open block into the file. */
static int close_block(struct avo_bwwriter *w, struct avo_error *err)
{
    bool steps = w->open == BLOCK_STEPS;
    const uint32_t step = steps ? w->bin_bp : 0, number = w->numbers[w->open_chrom];
    const uint32_t head[5] = {number, w->open_beg_bp, w->open_end_bp, step, step};
    const unsigned char kind[2] = {(unsigned char)w->open, 0};
    const uint16_t n = (uint16_t)w->n_open;
    uLongf size = compressBound(BLOCK_BYTES);
    if (w->open == BLOCK_NONE)
        return 0;
    memcpy(w->raw, head, sizeof head);
    memcpy(w->raw + 20, kind, sizeof kind);
    memcpy(w->raw + 22, &n, sizeof n);
    if (avo_grow(&w->blocks, &w->cap_blocks, w->n_blocks + 1, sizeof *w->blocks, "blocks", err))
        return -1;
    if (compress(w->packed, &size, w->raw, BLOCK_HEAD + n * (steps ? 4u : 12u)) != Z_OK)
        return fail_sys(w, ENOMEM, err);
    if (w->at + size > w->reserved_bytes && reserve(w, w->at + size + MORE_BYTES, err))
        return -1;
    errno = 0;
    if (avo_bw_put(w->f, w->packed, size))
        return fail_sys(w, errno, err);
    w->blocks[w->n_blocks++] = (struct avo_bw_block){number, w->open_beg_bp, w->open_end_bp,
                                                     w->at, size};
    w->at += size;
    w->open = BLOCK_NONE;
    w->n_open = 0;
    return 0;
}

/* Room for one more item of this kind at beg_bp: in the open block, or in a new one. */
static int open_block(struct avo_bwwriter *w, enum block_kind kind, uint32_t chrom,
                      uint32_t beg_bp, struct avo_error *err)
{
    uint32_t item = kind == BLOCK_STEPS ? 4 : 12;
    if (w->open == kind && w->open_chrom == chrom &&
        BLOCK_HEAD + (w->n_open + 1) * item <= BLOCK_BYTES &&
        (kind == BLOCK_INTERVALS || w->open_end_bp == beg_bp))
        return 0;
    if (close_block(w, err))
        return -1;
    w->open = kind;
    w->open_chrom = chrom;
    w->open_beg_bp = w->open_end_bp = beg_bp;
    return 0;
}

static void add_to_summary(struct avo_bwwriter *w, double value, uint32_t bases)
{
    w->min = fmin(w->min, value);
    w->max = fmax(w->max, value);
    w->sum += value * bases;
    w->sum_squares += value * value * bases;
    w->covered_bp += bases;
    w->n_values++;
}

static int put_interval(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg_bp, uint32_t end_bp,
                        float value, struct avo_error *err)
{
    const uint32_t place[2] = {beg_bp, end_bp};
    if (open_block(w, BLOCK_INTERVALS, chrom, beg_bp, err))
        return -1;
    unsigned char *p = w->raw + BLOCK_HEAD + 12 * w->n_open++;
    memcpy(p, place, sizeof place);
    memcpy(p + 8, &value, sizeof value);
    w->open_end_bp = end_bp;
    return 0;
}

/* n bins from beg on as fixedStep. */
static int put_steps(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg, uint32_t n,
                     const float *v, struct avo_error *err)
{
    while (n > 0) {
        if (open_block(w, BLOCK_STEPS, chrom, beg * w->bin_bp, err))
            return -1;
        uint32_t room = (BLOCK_BYTES - BLOCK_HEAD) / 4 - w->n_open, k = n < room ? n : room;
        memcpy(w->raw + BLOCK_HEAD + 4 * w->n_open, v, k * sizeof *v);
        w->n_open += k;
        w->open_end_bp += k * w->bin_bp;
        beg += k;
        n -= k;
        v += k;
    }
    return 0;
}

/* The short run that was held back, as single intervals. */
static int put_run(struct avo_bwwriter *w, struct avo_error *err)
{
    for (uint32_t i = 0; i < w->n_run; i++) {
        uint32_t beg_bp = (w->run_beg + i) * w->bin_bp;
        if (put_interval(w, w->run_chrom, beg_bp, beg_bp + w->bin_bp, w->run[i], err))
            return -1;
    }
    w->n_run = 0;
    return 0;
}

/* n bins without a gap: goes on with the open block, or waits until it is long enough. */
static int put_bins(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg, uint32_t n,
                    const float *v, struct avo_error *err)
{
    if (!w->n_run && w->open == BLOCK_STEPS && w->open_chrom == chrom &&
        w->open_end_bp == beg * w->bin_bp)
        return put_steps(w, chrom, beg, n, v, err);
    if (w->n_run && (w->run_chrom != chrom || w->run_beg + w->n_run != beg) && put_run(w, err))
        return -1;
    if (!w->n_run) {
        w->run_chrom = chrom;
        w->run_beg = beg;
    }
    uint32_t k = MIN_RUN - w->n_run < n ? MIN_RUN - w->n_run : n;
    memcpy(w->run + w->n_run, v, k * sizeof *v);
    w->n_run += k;
    if (w->n_run < MIN_RUN)
        return 0;
    w->n_run = 0;
    if (put_steps(w, chrom, w->run_beg, MIN_RUN, w->run, err))
        return -1;
    return n > k ? put_steps(w, chrom, beg + k, n - k, v + k, err) : 0;
}

/* ---- values ---- */

static int check_place(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg, uint32_t n,
                       struct avo_error *err)
{
    if (w->failed)
        return avo_error_set(err, "%s: cannot write: an earlier write failed", w->path);
    if (chrom >= w->n_chroms || !w->names[chrom])
        return avo_error_set(err, "%s: values for chromosome %" PRIu32 ", which has no extent",
                             w->path, chrom);
    if ((uint64_t)beg + n > w->len_bp[chrom] / w->bin_bp)
        return avo_error_set(err, "%s: %s: bins end at %" PRIu64 ", the chromosome at %" PRIu64,
                             w->path, w->names[chrom], (uint64_t)beg + n,
                             w->len_bp[chrom] / w->bin_bp);
    if (w->started && (chrom < w->last_chrom || (chrom == w->last_chrom && beg < w->last_end)))
        return avo_error_set(err, "%s: %s: bin %" PRIu32 " comes after bin %" PRIu64 " of %s",
                             w->path, w->names[chrom], beg, w->last_end, w->names[w->last_chrom]);
    w->started = true;
    w->last_chrom = chrom;
    w->last_end = (uint64_t)beg + n;
    return 0;
}

int avo_bwwriter_add(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg_bin, uint32_t n_bins,
                     const float *values, struct avo_error *err)
{
    if (check_place(w, chrom, beg_bin, n_bins, err))
        return -1;
    for (uint32_t i = 0, j; i < n_bins; i = j + 1) {
        for (j = i; j < n_bins && !isnan(values[j]); j++) {
            if (isinf(values[j]))
                return avo_error_set(err, "%s: %s: infinite value at base %" PRIu64, w->path,
                                     w->names[chrom], ((uint64_t)beg_bin + j) * w->bin_bp);
            add_to_summary(w, values[j], w->bin_bp);
        }
        if (j > i && put_bins(w, chrom, beg_bin + i, j - i, values + i, err))
            return -1;
    }
    return 0;
}

int avo_bwwriter_add_rest(struct avo_bwwriter *w, uint32_t chrom, float value,
                          struct avo_error *err)
{
    uint32_t beg = chrom < w->n_chroms ? (uint32_t)(w->len_bp[chrom] / w->bin_bp) : 0;
    if (check_place(w, chrom, beg, 0, err))
        return -1;
    uint32_t beg_bp = beg * w->bin_bp, end_bp = (uint32_t)w->len_bp[chrom];
    if (isnan(value) || beg_bp == end_bp)
        return 0;
    if (isinf(value))
        return avo_error_set(err, "%s: %s: infinite value at base %" PRIu32, w->path,
                             w->names[chrom], beg_bp);
    add_to_summary(w, value, end_bp - beg_bp);
    return put_run(w, err) || put_interval(w, chrom, beg_bp, end_bp, value, err) ? -1 : 0;
}

/* ---- closing ---- */

/* The values of one block, as they lie in the file, into the zoom levels. */
static int zoom_block(struct avo_zoom *z, const unsigned char *block, size_t len_bytes)
{
    uint32_t head[5], start, end;
    uint16_t n;
    float value;
    memcpy(head, block, sizeof head);       /* chromosome, start, end, step, span */
    memcpy(&n, block + 22, sizeof n);
    const bool steps = block[20] == 3;
    const size_t item = steps ? 4 : 12;
    for (size_t i = 0; i < n && 24 + (i + 1) * item <= len_bytes; i++) {
        const unsigned char *p = block + 24 + i * item;
        start = head[1] + (uint32_t)i * head[3];
        end = start + head[4];
        if (!steps) {
            memcpy(&start, p, 4);
            memcpy(&end, p + 4, 4);
            p += 8;
        }
        memcpy(&value, p, 4);
        if (avo_zoom_add(z, head[0], start, end, value))
            return -1;
    }
    return 0;
}

/* All blocks of the file, in order, into the zoom levels. */
static int zoom_blocks(struct avo_bwwriter *w, struct avo_zoom *z)
{
    struct libdeflate_decompressor *unpacker = libdeflate_alloc_decompressor();
    const int fd = fileno(w->f);
    int rc = unpacker ? 0 : -1;
    errno = unpacker ? errno : ENOMEM;
    for (size_t i = 0, len; !rc && i < w->n_blocks; i++) {
        const struct avo_bw_block *b = &w->blocks[i];
        errno = EIO;
        if (pread(fd, w->packed, b->size_bytes, (off_t)b->offset) != (ssize_t)b->size_bytes
            || libdeflate_zlib_decompress(unpacker, w->packed, b->size_bytes, w->raw, BLOCK_BYTES,
                                          &len) != LIBDEFLATE_SUCCESS
            || len < BLOCK_HEAD || zoom_block(z, w->raw, len))
            rc = -1;
    }
    libdeflate_free_decompressor(unpacker);
    return rc;
}

/* Zoom levels after the index, then the closing magic number. */
static int write_zooms(struct avo_bwwriter *w, struct avo_error *err)
{
    struct avo_zoom z = {0};
    errno = 0;
    int rc = avo_zoom_begin(&z, w->f, ZOOM_BINS * w->bin_bp) || zoom_blocks(w, &z)
        || avo_zoom_end(&z, w->max_len_bp) || avo_bw_put_u32(w->f, BIGWIG_MAGIC);
    if (rc)
        fail_sys(w, errno, err);
    avo_zoom_release(&z);
    return rc ? -1 : 0;
}

/* What was not known at the start of the file: head, summary, number of blocks. */
static int write_head(struct avo_bwwriter *w, uint64_t index_at)
{
    const struct {
        uint32_t magic;
        uint16_t version, n_zooms;      /* zoom levels count themselves */
        uint64_t chroms_at, data_at, index_at;
    } a = {BIGWIG_MAGIC, BIGWIG_VERSION, 0, CHROMS_AT, w->data_at, index_at};
    const uint64_t summary_at = SUMMARY_AT, n_blocks = w->n_blocks;
    const uint32_t block_bytes = BLOCK_BYTES;
    const double sums[4] = {w->min, w->max, w->sum, w->sum_squares};
    unsigned char p[HEAD_BYTES] = {0}, summary[40];
    memcpy(p, &a, sizeof a);
    memcpy(p + 44, &summary_at, 8);
    memcpy(p + 52, &block_bytes, 4);
    memcpy(summary, &w->covered_bp, 8);
    memcpy(summary + 8, sums, sizeof sums);
    return avo_bw_put_at(w->f, 0, p, sizeof p)
        || avo_bw_put_at(w->f, SUMMARY_AT, summary, sizeof summary)
        || avo_bw_put_at(w->f, (off_t)w->data_at, &n_blocks, sizeof n_blocks) ? -1 : 0;
}

/* Index, head and zoom levels. */
static int write_rest(struct avo_bwwriter *w, struct avo_error *err)
{
    uint64_t index_at = w->at, index_bytes = (w->n_blocks + 64) * 36;
    if (reserve(w, w->at + index_bytes + zoom_bound(w, w->n_values), err))
        return -1;
    errno = 0;
    if (avo_bwtree_index(w->f, w->blocks, w->n_blocks, w->n_blocks, 1) || write_head(w, index_at)
        || fflush(w->f))
        return fail_sys(w, errno, err);
    return write_zooms(w, err);
}

/* Gives back what was reserved beyond the end, and makes sure that the rest is on the disk. */
static int settle(struct avo_bwwriter *w, struct avo_error *err)
{
    errno = 0;
    if (fflush(w->f) || ferror(w->f) || fseeko(w->f, 0, SEEK_END))
        return fail_sys(w, errno, err);
    off_t size = ftello(w->f);
    if (size < 0 || ftruncate(fileno(w->f), size) || fsync(fileno(w->f)))
        return fail_sys(w, errno, err);
    FILE *f = w->f;
    w->f = NULL;
    return fclose(f) ? fail_sys(w, errno, err) : 0;
}

int avo_bwwriter_finish(struct avo_bwwriter *w, struct avo_error *err)
{
    if (w->failed)
        return avo_error_set(err, "%s: cannot write: an earlier write failed", w->path);
    if (put_run(w, err) || close_block(w, err))
        return -1;
    if (!w->n_values)
        return avo_error_set(err, "%s: no values to write (a bigWig without values cannot be read"
                             " by most programs)", w->path);
    if (write_rest(w, err) || settle(w, err) || avo_tmp_commit(w->tmp_path, w->path, err))
        return -1;
    free(w->tmp_path);
    w->tmp_path = NULL;
    return 0;
}

void avo_bwwriter_free(struct avo_bwwriter *w)
{
    if (!w)
        return;
    if (w->f)
        fclose(w->f);
    if (w->tmp_path)
        avo_tmp_discard(w->tmp_path);
    for (size_t i = 0; w->names && i < w->n_chroms; i++)
        free(w->names[i]);
    free(w->names);
    free(w->len_bp);
    free(w->numbers);
    free(w->raw);
    free(w->packed);
    free(w->blocks);
    free(w->tmp_path);
    free(w->path);
    free(w);
}
