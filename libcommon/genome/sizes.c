/* SPDX-License-Identifier: MIT */
/* sizes.c: reads chromosome sizes. */
#include "libcommon/genome/sizes.h"

#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/content.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"

enum { MAX_FILE = 256 << 20 };

static int add_line(struct avo_sizes *s, char *line, struct avo_error *err)
{
    int64_t len;
    char *rest = line, *name = avo_word(&rest), *size = avo_word(&rest);
    if (!*name || name[0] == '#')
        return 0;
    if (!*size || avo_parse_int(size, 1, INT64_MAX, "chromosome length", &len, NULL) < 0)
        return avo_error_set(err, "want a chromosome's name and length (got \"%.60s %.60s\")",
                             name, size);
    if (len > UINT32_MAX)
        return avo_error_set(err, "chromosome \"%.60s\" has %s bp; at most 4294967295 (2^32 - 1) "
                             "can be read", name, size);
    int64_t i = avo_names_add(&s->names, name, err);
    if (i >= 0 && (size_t)i < s->n)
        return avo_error_set(err, "%s is given twice", name);
    if (i < 0 || avo_grow(&s->list, &s->cap, s->n + 1, sizeof *s->list, "chromosomes",
                          err) < 0)
        return -1;
    s->list[s->n++] = (struct avo_size){name, (uint32_t)len};
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
    if (rc == 0 && s->n == 0)
        rc = avo_error_set(err, "%s: no chromosomes in it", path);
    if (rc)
        avo_sizes_release(s);
    return rc;
}

void avo_sizes_release(struct avo_sizes *s)
{
    if (!s)
        return;
    free(s->list);
    avo_names_release(&s->names);
    free(s->text);
    *s = (struct avo_sizes){0};
}

size_t avo_sizes_find(const struct avo_sizes *s, const char *name)
{
    int64_t i = avo_names_find(&s->names, name);
    return i < 0 ? SIZE_MAX : (size_t)i;
}
