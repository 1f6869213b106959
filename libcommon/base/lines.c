/* SPDX-License-Identifier: MIT */
/* lines.c: lines are cut out of a buffer in place; it grows only for a line that is longer. The
 * annotation of a genome in GTF is over a gigabyte of text, a track in bedGraph several. */
#include "libcommon/base/lines.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"
#include "libcommon/base/content.h"

enum { BUF_BYTES = 1 << 16, MAX_LINE = 1 << 20 };

static int too_long(const struct avo_lines *l, struct avo_error *err)
{
    return avo_error_set(err, "%s:%zu: a line of more than %zu bytes", l->shown, l->n_line + 1,
                         l->max_line);
}

/* Appends what the file gives next; what was handed out is dropped. */
static int read_more(struct avo_lines *l, struct avo_error *err)
{
    if (l->beg > 0) {
        memmove(l->buf, l->buf + l->beg, l->end - l->beg);
        l->end -= l->beg;
        l->beg = 0;
    }
    if (l->end > l->max_line)
        return too_long(l, err);
    size_t n, need = l->end + 1 < l->cap ? l->cap : l->end + BUF_BYTES + 1;
    if (avo_grow(&l->buf, &l->cap, need, 1, "a line", err))
        return -1;
    if (avo_in_read_some(&l->in, l->buf + l->end, l->cap - l->end - 1, &n, err))
        return -1;
    l->at_end = n == 0;
    l->end += n;
    return l->at_end ? avo_in_check_end(&l->in, err) : 0;
}

static void start(struct avo_lines *l, const char *path)
{
    *l = (struct avo_lines){.shown = strcmp(path, "-") == 0 ? "<stdin>" : path,
                            .max_line = MAX_LINE};
}

int avo_lines_reopen(struct avo_lines *l, const char *path, struct avo_error *err)
{
    start(l, path);
    return avo_in_open(&l->in, path, err);
}

int avo_lines_open(struct avo_lines *l, const char *path, struct avo_error *err)
{
    start(l, path);
    if (avo_claim_input(path, err) || avo_in_open(&l->in, path, err))
        return -1;
    return read_more(l, err) < 0 ? -1 : avo_content_refuse(l->shown, l->buf, l->end, err);
}

void avo_lines_close(struct avo_lines *l)
{
    avo_in_close(&l->in);
    free(l->buf);
    *l = (struct avo_lines){0};
}

/* Makes [beg, *len) a whole line; 0 at the end of the file. */
static int find_line(struct avo_lines *l, size_t *len, struct avo_error *err)
{
    size_t n_searched = 0;

    for (;;) {
        size_t have = l->end - l->beg;
        char *lf = have > n_searched
            ? memchr(l->buf + l->beg + n_searched, '\n', have - n_searched) : NULL;

        l->has_end = lf != NULL;
        if (l->has_end) {
            *len = (size_t)(lf - (l->buf + l->beg));
            return *len <= l->max_line ? 1 : too_long(l, err);
        }
        if (l->at_end) {
            *len = have;
            return have > 0;
        }
        n_searched = have;
        if (read_more(l, err))
            return -1;
    }
}

int avo_lines_next_raw(struct avo_lines *l, char **line, size_t *len_bytes,
                       struct avo_error *err)
{
    size_t len;
    int rc = find_line(l, &len, err);

    if (rc <= 0)
        return rc;
    char *p = l->buf + l->beg;
    l->line_off = l->next_off;
    l->next_off += len + l->has_end;
    l->beg += len + l->has_end;
    l->n_line++;
    if (len > 0 && p[len - 1] == '\r')
        len--;
    p[len] = '\0';      /* over the line's end, or in the byte kept free behind the last */
    *line = l->n_line == 1 && strncmp(p, "\xef\xbb\xbf", 3) == 0 ? p + 3 : p;
    *len_bytes = (size_t)(p + len - *line);
    return 1;
}

int avo_lines_next(struct avo_lines *l, char **line, struct avo_error *err)
{
    size_t len;
    int rc = avo_lines_next_raw(l, line, &len, err);

    if (rc > 0 && memchr(*line, '\0', len) != NULL)
        return avo_error_set(err, "%s:%zu: not a text file (zero byte)", l->shown, l->n_line);
    return rc;
}

int avo_lines_seek(struct avo_lines *l, uint64_t off_bytes, size_t n_line, struct avo_error *err)
{
    if (avo_in_seek(&l->in, off_bytes, err))
        return -1;
    l->beg = l->end = 0;
    l->next_off = off_bytes;
    l->n_line = n_line - 1;
    l->at_end = false;
    return 0;
}
