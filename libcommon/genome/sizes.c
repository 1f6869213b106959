/* SPDX-License-Identifier: MIT */
/* sizes.c: reads chromosome sizes. */
#include "libcommon/genome/sizes.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/content.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"

enum { MAX_FILE = 256 << 20 };

static int cmp_size(const void *a, const void *b)
{
    const struct avo_size *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int cmp_key(const void *key, const void *entry)
{
    const struct avo_size *const *y = entry;
    return strcmp(key, (*y)->name);
}

static int add_line(struct avo_sizes *s, char *line, struct avo_error *err)
{
    int64_t len;
    char *rest = line, *name = avo_word(&rest), *size = avo_word(&rest);
    if (!*name || name[0] == '#')
        return 0;
    if (!*size || avo_parse_int(size, 1, INT64_MAX, "chromosome length", &len, NULL) < 0)
        return avo_error_set(err, "want a chromosome's name and length (got \"%.60s %.60s\")",
                             name, size);
    if (len > INT32_MAX)
        return avo_error_set(err, "chromosome \"%.60s\" has %s bp; at most 2147483647 (2^31 - 1) "
                             "can be read", name, size);
    if (avo_grow(&s->list, &s->cap, s->n + 1, sizeof *s->list, "chromosomes", err) < 0)
        return -1;
    s->list[s->n++] = (struct avo_size){name, (uint32_t)len};
    return 0;
}

static int sort_names(struct avo_sizes *s, const char *path, struct avo_error *err)
{
    if (s->n == 0)
        return avo_error_set(err, "%s: no chromosomes in it", path);
    s->by_name = avo_alloc(s->n, sizeof *s->by_name, "chromosomes", err);
    if (!s->by_name)
        return -1;
    for (size_t i = 0; i < s->n; i++)
        s->by_name[i] = &s->list[i];
    qsort(s->by_name, s->n, sizeof *s->by_name, cmp_size);
    for (size_t i = 1; i < s->n; i++)
        if (strcmp(s->by_name[i - 1]->name, s->by_name[i]->name) == 0)
            return avo_error_set(err, "%s: %s is given twice", path, s->by_name[i]->name);
    return 0;
}

int avo_sizes_read(struct avo_sizes *s, const char *path, struct avo_error *err)
{
    size_t len, n_line = 0;
    int rc;
    *s = (struct avo_sizes){0};
    rc = avo_read_text(path, MAX_FILE, &s->text, &len, err);
    if (rc == 0)
        rc = avo_content_refuse(path, s->text, len, err);
    char *p = s->text, *line;
    while (rc == 0 && (line = avo_line(&p))) {
        n_line++;
        if ((rc = add_line(s, line, err)) < 0)
            avo_error_prefix(err, "%s:%zu", path, n_line);
    }
    if (rc == 0)
        rc = sort_names(s, path, err);
    if (rc)
        avo_sizes_release(s);
    return rc;
}

void avo_sizes_release(struct avo_sizes *s)
{
    if (!s)
        return;
    free(s->list);
    free(s->by_name);
    free(s->text);
    *s = (struct avo_sizes){0};
}

size_t avo_sizes_find(const struct avo_sizes *s, const char *name)
{
    struct avo_size **at = s->n ? bsearch(name, s->by_name, s->n, sizeof *s->by_name, cmp_key)
                                : NULL;
    return at ? (size_t)(*at - s->list) : SIZE_MAX;
}
