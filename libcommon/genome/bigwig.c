/* SPDX-License-Identifier: MIT */
/* bigwig.c: opening, sleeping and waking of a bigWig. libBigWig fetches what lies behind a URL, no
 * more: its decoder cannot tell a damaged block from an empty one, its tree walks trust the file,
 * and it prints by itself; so the trees are checked and the blocks decoded here (bigwig_check.c,
 * bigwig_read.c). */
#include "libcommon/genome/bigwig.h"

#include <bigWig.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/bigwig_priv.h"

static pthread_once_t remote_once = PTHREAD_ONCE_INIT;
static int remote_status;

static void remote_init(void)
{
    remote_status = bwInit(1 << 17);
}

/* Reads up to len bytes at off; fewer only at the end of the file. Returns -1 with errno. */
static ssize_t pread_full(int fd, void *buf, size_t len, uint64_t off)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = pread(fd, (char *)buf + got, len - got, (off_t)(off + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

int avo_bw_pread(struct avo_bigwig *b, void *buf, size_t len, uint64_t off, const char *what,
                 struct avo_error *err)
{
    if (len == 0)
        return 0;
    if (off > b->size_bytes || len > b->size_bytes - off || off > INT64_MAX - len)
        return avo_error_set(err, "%s: %s at byte %llu lies past the end of the file "
                             "(%llu bytes); truncated?", b->path, what,
                             (unsigned long long)off, (unsigned long long)b->size_bytes);
    if (b->remote) {
        if (urlSeek(b->url, off) != CURLE_OK || urlRead(b->url, buf, len) != len)
            return avo_error_set(err, "%s: cannot fetch %s at byte %llu", b->path, what,
                                 (unsigned long long)off);
        return 0;
    }
    ssize_t got = pread_full(b->fd, buf, len, off);
    if (got < 0)
        return avo_error_sys(err, errno, "%s: reading %s at byte %llu", b->path, what,
                             (unsigned long long)off);
    if ((size_t)got < len)
        return avo_error_set(err, "%s: the file became shorter while it was read (%s at byte "
                             "%llu)", b->path, what, (unsigned long long)off);
    return 0;
}

/* The file must be the one that was checked: same inode, size and modification time. */
static int check_identity(const struct avo_bigwig *b, int fd, struct avo_error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return avo_error_sys(err, errno, "%s", b->path);
    if (st.st_dev != b->dev || st.st_ino != b->ino || (uint64_t)st.st_size != b->size_bytes ||
        st.st_mtim.tv_sec != b->mtime.tv_sec || st.st_mtim.tv_nsec != b->mtime.tv_nsec)
        return avo_error_set(err, "%s: the file changed since it was opened", b->path);
    return 0;
}

/* Opens a URL. libBigWig prints on stderr what the network says when it fails. */
static int url_open(struct avo_bigwig *b, struct avo_error *err)
{
    pthread_once(&remote_once, remote_init);
    if (remote_status)
        return avo_error_set(err, "%s: libBigWig cannot set up network access", b->path);
    b->url = urlOpen(b->path, NULL, NULL);
    if (!b->url)
        return avo_error_set(err, "%s: libBigWig cannot open this URL", b->path);
    return 0;
}

/* Opens a local file; the one that was checked, if any was. */
static int local_open(struct avo_bigwig *b, struct avo_error *err)
{
    b->fd = open(b->path, O_RDONLY | O_CLOEXEC);
    if (b->fd < 0)
        return avo_error_sys(err, errno, "%s", b->path);
    return b->n_chroms ? check_identity(b, b->fd, err) : 0;
}

static void bytes_close(struct avo_bigwig *b)
{
    if (b->url)
        urlClose(b->url);
    if (b->fd >= 0)
        close(b->fd);
    b->url = NULL;
    b->fd = -1;
}

/* What is looked at again whenever the file is opened anew. */
static int note_identity(struct avo_bigwig *b, struct avo_error *err)
{
    struct stat st;
    if (fstat(b->fd, &st) < 0)
        return avo_error_sys(err, errno, "%s", b->path);
    if (!S_ISREG(st.st_mode))
        return avo_error_set(err, "%s: not a regular file", b->path);
    b->dev = st.st_dev;
    b->ino = st.st_ino;
    b->mtime = st.st_mtim;
    b->size_bytes = (uint64_t)st.st_size;
    return 0;
}

static int wake(struct avo_bigwig *b, struct avo_error *err)
{
    if (b->url || b->fd >= 0)
        return 0;
    if ((b->remote ? url_open(b, err) : local_open(b, err)) == 0)
        return 0;
    bytes_close(b);
    return -1;
}

struct avo_bigwig *avo_bigwig_open(const char *path, bool remote, struct avo_error *err)
{
    struct avo_bigwig *b = avo_alloc(1, sizeof *b, "a bigWig handle", err);
    if (!b)
        return NULL;
    b->fd = -1;
    b->remote = remote;
    b->size_bytes = UINT64_MAX;
    b->path = avo_strdup(path, err);
    if (!b->path || wake(b, err) < 0 || (!remote && note_identity(b, err) < 0) ||
        avo_bw_check(b, err) < 0) {
        avo_bigwig_close(b);
        return NULL;
    }
    return b;
}

void avo_bigwig_sleep(struct avo_bigwig *b)
{
    bytes_close(b);
    for (int i = 0; i < AVO_BW_DEPTH; i++) {
        free(b->node[i]);
        b->node[i] = NULL;
        b->node_cap[i] = 0;
    }
    free(b->window);
    free(b->packed);
    free(b->raw);
    b->window = b->packed = b->raw = NULL;
    b->window_cap = b->packed_cap = b->raw_cap = 0;
    b->window_off = b->window_len = 0;
    libdeflate_free_decompressor(b->unpacker);
    b->unpacker = NULL;
}

void avo_bigwig_close(struct avo_bigwig *b)
{
    if (!b)
        return;
    avo_bigwig_sleep(b);
    free(b->names);
    free(b->len_bp);
    free(b->rank);
    free(b->path);
    free(b);
}

size_t avo_bigwig_n_chroms(const struct avo_bigwig *b)
{
    return b->n_chroms;
}

const char *avo_bigwig_chrom(const struct avo_bigwig *b, size_t i, uint64_t *len_bp)
{
    if (len_bp)
        *len_bp = b->len_bp[i];
    return avo_bw_name(b, i);
}

const char *avo_bigwig_warning(const struct avo_bigwig *b)
{
    return b->warning[0] ? b->warning : NULL;
}

uint64_t avo_bigwig_n_empty(const struct avo_bigwig *b)
{
    return b->n_empty;
}

int avo_bigwig_read(struct avo_bigwig *b, size_t chrom, uint32_t bin_bp, uint32_t beg_bin,
                    uint32_t n_bins, double *sum, uint32_t *covered, struct avo_error *err)
{
    memset(sum, 0, n_bins * sizeof *sum);
    memset(covered, 0, n_bins * sizeof *covered);
    if (n_bins == 0)
        return 0;
    if (wake(b, err) < 0)
        return -1;
    struct avo_binsum bins;
    avo_binsum_init(&bins, bin_bp, beg_bin, n_bins, sum, covered);
    return avo_bw_read_blocks(b, (uint32_t)chrom, &bins, err);
}
