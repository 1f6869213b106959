/* SPDX-License-Identifier: MIT */
/* bwwrite.c: bigWigs through libBigWig, with the space reserved first and every step checked. */
#define _GNU_SOURCE             /* fallocate, FALLOC_FL_KEEP_SIZE */
#include "libcommon/genome/bwwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <bigWig.h>
#include <bwCommon.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/genome/bwzoom.h"

/* A run of this many bins or more is fixedStep; shorter ones share blocks of single intervals,
 * because a block of its own costs about 110 bytes in data and index. */
#define MIN_RUN 32u
/* Values handed to libBigWig in one call, so that at most one block is flushed per check. */
#define CHUNK 4096u
#define MAX_CHROMS 32767        /* what one leaf of libBigWig's chromosome tree holds */
#define BLOCK_COST 192u         /* block header, zlib's worst case, leaf and inner index entries */
#define ZOOM_BINS 16u           /* bins in a record of the first zoom level */

enum block_kind { BLOCK_NONE, BLOCK_STEPS, BLOCK_INTERVALS };

struct avo_bwwriter {
    bigWigFile_t *fp;
    char *path, *tmp_path;
    uint32_t bin_bp;
    size_t n_chroms;                /* of the stream's table */
    char **names;                   /* [n_chroms], NULL: not in this file */
    uint64_t *n_bins;               /* [n_chroms], whole bins */
    uint64_t n_extents, extent_bins, max_len_bp;
    enum block_kind open;           /* the kind of block libBigWig is filling */
    uint32_t open_chrom, open_end;  /* where it ends */
    uint32_t run_chrom, run_beg, n_run;     /* a run still shorter than MIN_RUN */
    float run[MIN_RUN];
    bool started;
    uint32_t last_chrom;
    uint64_t last_end;              /* order check */
    uint64_t n_values, used_bytes, reserved_bytes;
    double min, max;
    bool failed;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
    (void)bwInit(1 << 17);      /* fails for remote files only, which are never opened here */
}

static int fail_sys(struct avo_bwwriter *w, int errnum, struct avo_error *err)
{
    w->failed = true;
    return avo_error_sys(err, errnum ? errnum : EIO, "%s: cannot write", w->path);
}

static int stream_ok(struct avo_bwwriter *w, struct avo_error *err)
{
    if (!ferror(w->fp->URL->x.fp))
        return 0;
    return fail_sys(w, errno, err);
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

/* Makes sure that the file can grow to `bytes`: libBigWig overruns its buffers on a full disk, so
 * the disk must not be found full by a write. */
static int reserve(struct avo_bwwriter *w, uint64_t bytes, struct avo_error *err)
{
    struct rlimit lim;
    if (bytes <= w->reserved_bytes)
        return 0;
    if (!getrlimit(RLIMIT_FSIZE, &lim) && lim.rlim_cur != RLIM_INFINITY && bytes > lim.rlim_cur)
        return fail_sys(w, EFBIG, err);
    int fd = fileno(w->fp->URL->x.fp), rc;
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
 * most one for 16 * 4^k bins of each chromosome. */
static uint64_t zoom_bound(const struct avo_bwwriter *w, uint64_t n_values)
{
    uint64_t total = 0, bins_per_record = ZOOM_BINS;
    for (int k = 0; k < AVO_ZOOM_MAX; k++, bins_per_record *= 4) {
        uint64_t most = w->extent_bins / bins_per_record + 2 * w->n_extents;
        uint64_t records = n_values < most ? n_values : most;
        total += records * 32 + records / 32 + (records / 1024 + w->n_extents + 1) * BLOCK_COST;
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
        w->n_bins[e->chrom] = c->len_bp / h->bin_bp;
        w->extent_bins += e->end_bin - e->beg_bin;
        w->n_extents++;
        if (c->len_bp > w->max_len_bp)
            w->max_len_bp = c->len_bp;
    }
    return 0;
}

static int make_chrom_list(struct avo_bwwriter *w, const struct avo_header *h,
                           struct avo_error *err)
{
    int64_t n = 0;
    const char **names = avo_alloc(h->n_chroms, sizeof *names, "chromosome names", err);
    uint32_t *lens = avo_alloc(h->n_chroms, sizeof *lens, "chromosome lengths", err);
    int rc = -1;
    if (!names || !lens)
        goto out;
    for (size_t i = 0; i < h->n_chroms; i++) {
        if (!w->names[i])
            continue;
        names[n] = w->names[i];
        lens[n++] = (uint32_t)h->chroms[i].len_bp;
        w->used_bytes += 512 + strlen(w->names[i]);
    }
    if (!n || n > MAX_CHROMS) {
        avo_error_set(err, "%s: a bigWig written here holds 1 to %d chromosomes (got %" PRId64 ")",
                      w->path, MAX_CHROMS, n);
        goto out;
    }
    if (!(w->fp->cl = bwCreateChromList(names, lens, n))) {
        avo_error_set(err, "out of memory (chromosomes of %s)", w->path);
        goto out;
    }
    rc = 0;
out:
    free(names);
    free(lens);
    return rc;
}

static int start_file(struct avo_bwwriter *w, const struct avo_header *h, struct avo_error *err)
{
    errno = 0;
    w->fp = bwOpen(w->tmp_path, NULL, "w");
    if (!w->fp)
        return fail_sys(w, errno, err);
    if (bwCreateHdr(w->fp, AVO_ZOOM_MAX))
        return avo_error_set(err, "out of memory (header of %s)", w->path);
    /* Should a write fail after all, libBigWig goes on filling its block: room for one call. */
    size_t room = w->fp->hdr->bufSize + 16 * (size_t)CHUNK;
    void *p = realloc(w->fp->writeBuffer->p, room);
    if (!p)
        return avo_error_set(err, "out of memory (buffer of %s)", w->path);
    w->fp->writeBuffer->p = memset(p, 0, room);
    if (make_chrom_list(w, h, err))
        return -1;
    w->used_bytes += 4096;
    if (reserve(w, w->used_bytes + steps_bound(w->extent_bins) + w->n_extents * BLOCK_COST
                + zoom_bound(w, w->extent_bins), err))
        return -1;
    if (bwWriteHdr(w->fp))
        return fail_sys(w, errno, err);
    return stream_ok(w, err);
}

struct avo_bwwriter *avo_bwwriter_open(const char *path, const struct avo_header *h,
                                       struct avo_error *err)
{
    struct avo_bwwriter *w = avo_alloc(1, sizeof *w, "bigWig writer", err);
    if (!w)
        return NULL;
    pthread_once(&once, init_library);
    w->bin_bp = h->bin_bp;
    w->min = DBL_MAX;
    w->max = -DBL_MAX;
    w->n_chroms = h->n_chroms;
    w->path = avo_strdup(path, err);
    w->names = avo_alloc(h->n_chroms, sizeof *w->names, "chromosome names", err);
    w->n_bins = avo_alloc(h->n_chroms, sizeof *w->n_bins, "chromosome lengths", err);
    if (!w->path || !w->names || !w->n_bins || take_extents(w, h, err)
        || avo_tmp_begin(path, &w->tmp_path, err) || start_file(w, h, err)) {
        avo_bwwriter_free(w);
        return NULL;
    }
    return w;
}

/* ---- values ---- */

/* libBigWig sets the end of an unfinished fixedStep block six bins too far (it counts the block's
 * header as values); the index would claim bins that are not there. */
static void trim_block_end(struct avo_bwwriter *w)
{
    bwWriteBuffer_t *wb = w->fp->writeBuffer;
    if (wb->l >= 24)
        wb->end = wb->start + (wb->l - 24) / 4 * wb->step;
}

/* n bins from beg on as fixedStep: a new block, or more of the open one. */
static int put_steps(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg, uint32_t n,
                     const float *v, struct avo_error *err)
{
    bool append = w->open == BLOCK_STEPS && w->open_chrom == chrom && w->open_end == beg;
    w->used_bytes += append ? steps_bound(n) - BLOCK_COST : steps_bound(n) + BLOCK_COST;
    w->used_bytes += append && n < 8000 ? n / 40 + 1 : 0;
    if (w->used_bytes > w->reserved_bytes && reserve(w, w->used_bytes + (4u << 20), err))
        return -1;
    for (uint32_t i = 0; i < n; i += CHUNK) {
        uint32_t k = n - i < CHUNK ? n - i : CHUNK;
        int rc = append ? bwAppendIntervalSpanSteps(w->fp, v + i, k)
            : bwAddIntervalSpanSteps(w->fp, w->names[chrom], (beg + i) * w->bin_bp, w->bin_bp,
                                     w->bin_bp, v + i, k);
        if (rc || ferror(w->fp->URL->x.fp))
            return fail_sys(w, errno, err);
        append = true;
        trim_block_end(w);
    }
    w->open = BLOCK_STEPS;
    w->open_chrom = chrom;
    w->open_end = beg + n;
    return 0;
}

/* The short run that was held back, as single intervals. */
static int put_run(struct avo_bwwriter *w, struct avo_error *err)
{
    uint32_t n = w->n_run, start[MIN_RUN], end[MIN_RUN];
    const char *chrom[MIN_RUN];
    if (!n)
        return 0;
    bool append = w->open == BLOCK_INTERVALS && w->open_chrom == w->run_chrom;
    w->used_bytes += 13 * (uint64_t)n + (append ? n / 4 + 1 : BLOCK_COST);
    if (w->used_bytes > w->reserved_bytes && reserve(w, w->used_bytes + (4u << 20), err))
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        chrom[i] = w->names[w->run_chrom];
        start[i] = (w->run_beg + i) * w->bin_bp;
        end[i] = start[i] + w->bin_bp;
    }
    int rc = append ? bwAppendIntervals(w->fp, start, end, w->run, n)
        : bwAddIntervals(w->fp, chrom, start, end, w->run, n);
    if (rc || ferror(w->fp->URL->x.fp))
        return fail_sys(w, errno, err);
    w->open = BLOCK_INTERVALS;
    w->open_chrom = w->run_chrom;
    w->open_end = w->run_beg + n;
    w->n_run = 0;
    return 0;
}

/* n bins without a gap: goes on with the open block, or waits until it is long enough. */
static int put_bins(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg, uint32_t n,
                    const float *v, struct avo_error *err)
{
    if (!w->n_run && w->open == BLOCK_STEPS && w->open_chrom == chrom && w->open_end == beg)
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

static int check_place(struct avo_bwwriter *w, uint32_t chrom, uint32_t beg, uint32_t n,
                       struct avo_error *err)
{
    if (w->failed)
        return avo_error_set(err, "%s: cannot write: an earlier write failed", w->path);
    if (chrom >= w->n_chroms || !w->names[chrom])
        return avo_error_set(err, "%s: values for chromosome %" PRIu32 ", which has no extent",
                             w->path, chrom);
    if ((uint64_t)beg + n > w->n_bins[chrom])
        return avo_error_set(err, "%s: %s: bins end at %" PRIu64 ", the chromosome at %" PRIu64,
                             w->path, w->names[chrom], (uint64_t)beg + n, w->n_bins[chrom]);
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
            w->min = fmin(w->min, values[j]);
            w->max = fmax(w->max, values[j]);
        }
        if (j > i && put_bins(w, chrom, beg_bin + i, j - i, values + i, err))
            return -1;
        w->n_values += j - i;
    }
    return 0;
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

static int zoom_leaf(struct avo_bwwriter *w, const bwRTreeNode_t *node, struct avo_zoom *z)
{
    unsigned char packed[34000], block[33000];
    const int fd = fileno(w->fp->URL->x.fp);
    for (unsigned i = 0; i < node->nChildren; i++) {
        uLongf len = sizeof block;
        const uint64_t size = node->x.size[i];
        errno = EIO;
        if (size > sizeof packed
            || pread(fd, packed, size, (off_t)node->dataOffset[i]) != (ssize_t)size
            || uncompress(block, &len, packed, size) != Z_OK || len < 24
            || zoom_block(z, block, len))
            return -1;
    }
    return 0;
}

/* All blocks of the file in order; the tree is at most a few levels deep. */
static int zoom_tree(struct avo_bwwriter *w, const bwRTreeNode_t *node, struct avo_zoom *z)
{
    if (node->isLeaf)
        return zoom_leaf(w, node, z);
    for (unsigned i = 0; i < node->nChildren; i++)
        if (zoom_tree(w, node->x.child[i], z))
            return -1;
    return 0;
}

/* Zoom levels after the index, where libBigWig has put the file's closing magic number. */
static int write_zooms(struct avo_bwwriter *w, struct avo_error *err)
{
    struct avo_zoom z = { 0 };
    FILE *f = w->fp->URL->x.fp;
    const uint32_t magic = BIGWIG_MAGIC;
    int rc = fflush(f) || fseeko(f, -(off_t)sizeof magic, SEEK_END)
        || avo_zoom_begin(&z, f, ZOOM_BINS * w->bin_bp) || zoom_tree(w, w->fp->idx->root, &z)
        || avo_zoom_end(&z, w->max_len_bp) || fwrite(&magic, sizeof magic, 1, f) != 1;
    if (rc)
        fail_sys(w, errno, err);
    avo_zoom_release(&z);
    return rc ? -1 : 0;
}

static int finalize(struct avo_bwwriter *w, struct avo_error *err)
{
    if (reserve(w, w->used_bytes + zoom_bound(w, w->n_values), err))
        return -1;
    /* libBigWig's own minimum and maximum miss constant and negative tracks. */
    w->fp->hdr->minVal = w->min;
    w->fp->hdr->maxVal = w->max;
    w->fp->hdr->nLevels = 0;    /* the slots are there; write_zooms fills them */
    errno = 0;
    int rc = bwFinalize(w->fp);
    if (rc && ferror(w->fp->URL->x.fp))
        return fail_sys(w, errno, err);
    if (rc || !w->fp->idx) {
        w->failed = true;
        return avo_error_set(err, "%s: cannot write: libBigWig failed on the index (code %d)",
                             w->path, rc);
    }
    return write_zooms(w, err);
}

/* Gives back what was reserved beyond the end, and makes sure that the rest is on the disk. */
static int settle(struct avo_bwwriter *w, struct avo_error *err)
{
    FILE *f = w->fp->URL->x.fp;
    if (fflush(f) || ferror(f) || fseeko(f, 0, SEEK_END))
        return fail_sys(w, errno, err);
    off_t size = ftello(f);
    if (size < 0 || ftruncate(fileno(f), size) || fsync(fileno(f)))
        return fail_sys(w, errno, err);
    return 0;
}

int avo_bwwriter_finish(struct avo_bwwriter *w, struct avo_error *err)
{
    if (w->failed)
        return avo_error_set(err, "%s: cannot write: an earlier write failed", w->path);
    if (put_run(w, err))
        return -1;
    if (!w->n_values)
        return avo_error_set(err, "%s: no values to write (a bigWig without values cannot be read"
                             " by most programs)", w->path);
    if (finalize(w, err) || settle(w, err))
        return -1;
    w->fp->isWrite = 0;         /* or bwClose would finalize once more */
    bwClose(w->fp);
    w->fp = NULL;
    if (avo_tmp_commit(w->tmp_path, w->path, err))
        return -1;
    free(w->tmp_path);
    w->tmp_path = NULL;
    return 0;
}

/* The list of index leaves, which libBigWig releases only when it has made a tree of it. */
static void drop_index_list(bigWigFile_t *fp)
{
    bwLL *l = fp->writeBuffer ? fp->writeBuffer->firstIndexNode : NULL;
    while (l && !fp->idx) {
        bwLL *next = l->next;
        bwDestroyIndexNode(l->node);
        free(l);
        l = next;
    }
}

void avo_bwwriter_free(struct avo_bwwriter *w)
{
    if (!w)
        return;
    if (w->fp) {
        drop_index_list(w->fp);
        w->fp->isWrite = 0;
        bwClose(w->fp);
    }
    if (w->tmp_path)
        avo_tmp_discard(w->tmp_path);
    for (size_t i = 0; w->names && i < w->n_chroms; i++)
        free(w->names[i]);
    free(w->names);
    free(w->n_bins);
    free(w->tmp_path);
    free(w->path);
    free(w);
}
