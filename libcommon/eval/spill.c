/* SPDX-License-Identifier: MIT */
/* spill.c: in memory a place for each column, of which only what is written to costs memory; on
 * disk a row of equal slots a window, one for each column, so that no two writers have to agree on
 * where they write. */
#define _DEFAULT_SOURCE     /* MAP_ANONYMOUS */
#include "libcommon/eval/spill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"

/* A column: its bytes, and on disk how much of its slot each window filled. */
struct column {
    uint64_t n;
    uint32_t *filled;       /* [windows] */
    size_t cap_filled;
};

struct avo_spill {
    size_t n_columns, window_bytes;
    uint64_t bytes, column_bytes;
    struct column *columns;
    uint8_t *memory;        /* [n_columns][column_bytes], or NULL */
    int fd;                 /* -1: in memory */
    size_t n_windows;
};

static int map_memory(struct avo_spill *s, struct avo_error *err)
{
    void *p = mmap(NULL, (size_t)s->bytes + 1, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return avo_error_sys(err, errno, "%llu bytes for columns", (unsigned long long)s->bytes);
    s->memory = p;
    (void)madvise(p, (size_t)s->bytes + 1, MADV_HUGEPAGE);      /* an optimisation */
    return 0;
}

struct avo_spill *avo_spill_new(size_t n_columns, uint64_t column_bytes, size_t window_bytes,
                                uint64_t max_bytes, struct avo_error *err)
{
    struct avo_spill *s = avo_alloc(1, sizeof *s, "columns", err);
    int rc = -1;

    if (!s)
        return NULL;
    s->fd = -1;
    s->n_columns = n_columns;
    s->window_bytes = window_bytes;
    s->column_bytes = column_bytes;
    s->bytes = n_columns * column_bytes;
    s->columns = avo_alloc(n_columns, sizeof *s->columns, "columns", err);
    if (s->columns && s->bytes > max_bytes)
        rc = s->fd = avo_tmp_unnamed(err);
    else if (s->columns)
        rc = map_memory(s, err);
    if (rc >= 0)
        return s;
    avo_spill_free(s);
    return NULL;
}

void avo_spill_free(struct avo_spill *s)
{
    if (!s)
        return;
    for (size_t c = 0; s->columns && c < s->n_columns; c++)
        free(s->columns[c].filled);
    if (s->fd >= 0)
        close(s->fd);
    if (s->memory)
        munmap(s->memory, (size_t)s->bytes + 1);
    free(s->columns);
    free(s);
}

bool avo_spill_on_disk(const struct avo_spill *s)
{
    return s->fd >= 0;
}

uint64_t avo_spill_bytes(const struct avo_spill *s)
{
    return s->bytes;
}

int avo_spill_window(struct avo_spill *s, struct avo_error *err)
{
    s->n_windows++;
    for (size_t c = 0; s->fd >= 0 && c < s->n_columns; c++) {
        struct column *k = &s->columns[c];

        if (avo_grow(&k->filled, &k->cap_filled, s->n_windows, sizeof *k->filled, "columns",
                     err) < 0)
            return -1;
        k->filled[s->n_windows - 1] = 0;
    }
    return 0;
}

static off_t slot(const struct avo_spill *s, size_t window, size_t column)
{
    return (off_t)(((uint64_t)window * s->n_columns + column) * s->window_bytes);
}

static int write_slot(struct avo_spill *s, size_t column, const uint8_t *data, size_t n,
                      struct avo_error *err)
{
    off_t at = slot(s, s->n_windows - 1, column);

    for (size_t done = 0; done < n;) {
        ssize_t got = pwrite(s->fd, data + done, n - done, at + (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            avo_error_sys(err, got < 0 ? errno : ENOSPC, "temporary file");
            return avo_error_hint(err, "TMPDIR names another folder; up to %llu bytes are needed",
                                  (unsigned long long)s->bytes);
        }
        done += (size_t)got;
    }
    s->columns[column].filled[s->n_windows - 1] = (uint32_t)n;
    return 0;
}

int avo_spill_append(struct avo_spill *s, size_t column, const void *data, size_t len_bytes,
                     struct avo_error *err)
{
    struct column *c = &s->columns[column];

    if (len_bytes > s->window_bytes || s->n_windows == 0 || c->n + len_bytes > s->column_bytes)
        return avo_error_set(err, "%zu bytes more for a column of %llu, want at most %zu in a "
                             "window and %llu in all", len_bytes, (unsigned long long)c->n,
                             s->window_bytes, (unsigned long long)s->column_bytes);
    if (s->fd >= 0 && write_slot(s, column, data, len_bytes, err) < 0)
        return -1;
    if (s->memory && len_bytes > 0)
        memcpy(s->memory + column * s->column_bytes + c->n, data, len_bytes);
    c->n += len_bytes;
    return 0;
}

static int read_slot(const struct avo_spill *s, size_t column, size_t window, uint8_t *out,
                     struct avo_error *err)
{
    size_t n = s->columns[column].filled[window];
    off_t at = slot(s, window, column);

    for (size_t done = 0; done < n;) {
        ssize_t got = pread(s->fd, out + done, n - done, at + (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return avo_error_sys(err, got < 0 ? errno : EIO, "temporary file");
        done += (size_t)got;
    }
    return 0;
}

int avo_spill_read(const struct avo_spill *s, size_t column, void *out, struct avo_error *err)
{
    const struct column *c = &s->columns[column];
    uint8_t *to = out;

    if (s->memory && c->n > 0)
        memcpy(out, s->memory + column * s->column_bytes, (size_t)c->n);
    for (size_t w = 0; s->fd >= 0 && w < s->n_windows; w++) {
        if (read_slot(s, column, w, to, err) < 0)
            return -1;
        to += c->filled[w];
    }
    return 0;
}

uint64_t avo_spill_length(const struct avo_spill *s, size_t column)
{
    return s->columns[column].n;
}

void avo_spill_clear(struct avo_spill *s)
{
    for (size_t c = 0; c < s->n_columns; c++)
        s->columns[c].n = 0;
    s->n_windows = 0;
}
