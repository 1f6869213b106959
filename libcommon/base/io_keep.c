/* SPDX-License-Identifier: MIT */
/* io_keep.c: what was taken from a pipe to look at it, put back for whoever reads it. A pipe is
 * known by its inode: it may be called "-", /dev/stdin or by the name of a FIFO. Its descriptor
 * stays open meanwhile, since a writer dies of a pipe that nobody reads. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io_priv.h"

struct avo_kept {
    struct avo_kept *next;      /* among those given back */
    dev_t dev;
    ino_t ino;
    int fd;                     /* of the pipe, while given back */
    char *name;
    unsigned char *bytes;       /* [n], while there is no file */
    size_t cap;
    int file;                   /* temporary, or -1 */
    uint64_t n, pos;            /* kept; of these read again */
};

static struct avo_kept *given_back;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct avo_kept *avo_kept_take(const struct stat *st, int *fd)
{
    struct avo_kept *k, **at = &given_back;
    pthread_mutex_lock(&lock);
    while ((k = *at) && (k->dev != st->st_dev || k->ino != st->st_ino))
        at = &k->next;
    if (k) {
        *at = k->next;
        *fd = k->fd;
    }
    pthread_mutex_unlock(&lock);
    return k;
}

int avo_kept_read(struct avo_kept *k, void *buf, size_t len_bytes, size_t *got,
                  struct avo_error *err)
{
    uint64_t left = k->n - k->pos;
    ssize_t n = (ssize_t)(len_bytes < left ? len_bytes : left);
    if (k->file < 0 && n > 0)
        memcpy(buf, k->bytes + k->pos, (size_t)n);
    else if (n > 0)
        do
            n = pread(k->file, buf, (size_t)n, (off_t)k->pos);
        while (n < 0 && errno == EINTR);
    if (n < 0 || (n == 0 && left > 0 && len_bytes > 0))
        return avo_error_sys(err, n < 0 ? errno : EIO, "%s: cannot begin again", k->name);
    k->pos += (uint64_t)n;
    *got = (size_t)n;
    return 0;
}

static int write_copy(struct avo_kept *k, const void *buf, size_t len, struct avo_error *err)
{
    for (const char *p = buf; len > 0;) {
        ssize_t n = write(k->file, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            avo_error_sys(err, errno, "%s: cannot keep a copy", k->name);
            return avo_error_hint(err, "TMPDIR names another folder; a file needs no copy");
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int avo_kept_add(struct avo_kept *k, const void *buf, size_t len_bytes, struct avo_error *err)
{
    if (k->file >= 0 && write_copy(k, buf, len_bytes, err))
        return -1;
    if (k->file < 0) {
        if (avo_grow(&k->bytes, &k->cap, k->n + len_bytes, 1, "an input", err))
            return -1;
        memcpy(k->bytes + k->n, buf, len_bytes);
    }
    k->n += len_bytes;
    k->pos = k->n;
    return 0;
}

void avo_kept_free(struct avo_kept *k)
{
    if (!k)
        return;
    if (k->file >= 0)
        close(k->file);
    free(k->bytes);
    free(k->name);
    free(k);
}

int avo_in_keep(struct avo_in *in, struct avo_error *err)
{
    struct stat st;
    in->keeps = true;
    if (in->is_file || in->kept)
        return 0;
    if (fstat(in->fd, &st))
        return avo_error_sys(err, errno, "%s: cannot read", in->name);
    struct avo_kept *k = avo_alloc(1, sizeof *k, "an input", err);
    if (!k)
        return -1;
    k->dev = st.st_dev;
    k->ino = st.st_ino;
    k->file = -1;
    in->kept = k;
    return (k->name = avo_strdup(in->name, err)) ? 0 : -1;
}

int avo_in_keep_all(struct avo_in *in, struct avo_error *err)
{
    struct avo_kept *k = in->kept;
    if (!k || k->file >= 0)
        return 0;
    if ((k->file = avo_tmp_unnamed(err)) < 0 || write_copy(k, k->bytes, (size_t)k->n, err))
        return -1;
    free(k->bytes);
    k->bytes = NULL;
    k->cap = 0;
    return 0;
}

void avo_in_let_go(struct avo_in *in)
{
    in->keeps = false;
}

int avo_in_give_back(struct avo_in *in, struct avo_error *err)
{
    struct avo_kept *k = in->keeps ? in->kept : NULL;
    int rc = 0;
    if (in->keeps && in->is_file && in->is_stdin && lseek(in->fd, in->began, SEEK_SET) < 0)
        rc = avo_error_sys(err, errno, "%s: cannot begin again", in->name);
    if (k) {
        k->pos = 0;
        k->fd = in->fd;
        in->kept = NULL;
        in->fd = -1;
        pthread_mutex_lock(&lock);
        k->next = given_back;
        given_back = k;
        pthread_mutex_unlock(&lock);
    }
    avo_in_close(in);
    return rc;
}
