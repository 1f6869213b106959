/* SPDX-License-Identifier: MIT */
/* fuzz_table.c: any bytes as tracks.tsv and as chromosome sizes. Nothing may crash or leak; a table
 * that is taken has names and a path in every row, and no pair twice. */
#define _GNU_SOURCE     /* memfd_create */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/genome/select.h"
#include "libcommon/genome/sizes.h"
#include "libcommon/genome/tracks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must_tell(int rc, const struct avo_error *err)
{
    if (rc < 0 && (err->status == 0 || err->msg[0] == '\0'))
        abort();
}

static bool same_pair(const struct avo_track *a, const struct avo_track *b)
{
    return strcmp(a->celltype, b->celltype) == 0 && strcmp(a->assay, b->assay) == 0;
}

static void check_rows(const struct avo_track_table *t, bool replicates)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct avo_track_file *f = &t->files[i];
        if (!*f->track.celltype || !*f->track.assay || !*f->path || f->line == 0 ||
            (i > 0 && f->line <= t->files[i - 1].line))
            abort();
        for (size_t k = 0; !replicates && i < 200 && k < i; k++)
            if (same_pair(&f->track, &t->files[k].track))
                abort();
    }
}

static void try_table(const char *path, bool replicates)
{
    struct avo_track_table t;
    struct avo_error err = {0};
    size_t n_dropped;
    int rc = avo_track_table_read(&t, path, replicates, &err);

    must_tell(rc, &err);
    if (rc < 0)
        return;
    check_rows(&t, replicates);
    if (t.path_column == 0 || t.n == 0)
        abort();
    avo_track_table_blame(&t, &t.files[0], &err);
    avo_error_clear(&err);
    size_t n = t.n;
    rc = avo_select_tracks(&t, 2, 2, &n_dropped, &err);
    must_tell(rc, &err);
    if (rc == 0 && t.n + n_dropped != n)
        abort();
    avo_track_table_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct avo_sizes s;
    struct avo_error err = {0};
    char path[64];
    int fd = memfd_create("table", 0), rc;

    if (fd < 0 || (len && write(fd, data, len) != (ssize_t)len))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    try_table(path, false);
    try_table(path, true);
    rc = avo_sizes_read(&s, path, &err);
    must_tell(rc, &err);
    for (size_t i = 0; rc == 0 && i < s.n; i++)
        if (avo_sizes_find(&s, s.list[i].name) != i || s.list[i].len_bp == 0)
            abort();
    avo_sizes_release(&s);
    close(fd);
    return 0;
}
