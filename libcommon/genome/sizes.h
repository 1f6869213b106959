/* SPDX-License-Identifier: MIT */
/* sizes.h: chromosome sizes (-g): a name and a length a line. */
#ifndef AVO_GENOME_SIZES_H
#define AVO_GENOME_SIZES_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/names.h"

struct avo_size { const char *name; uint32_t len_bp; };

struct avo_sizes {
    size_t n, cap;
    struct avo_size *list;      /* [n] in the file's order */
    struct avo_names names;     /* numbers as in the list */
    char *text;                 /* the names lie in it */
};
/* Reads a file of chromosome sizes, gzip too: words parted by blanks, further words of a line are
 * not looked at; blank and # lines are passed over. Errors, with file and line: not a name and a
 * length below 2^32; a name twice; no chromosome at all. */
int avo_sizes_read(struct avo_sizes *s, const char *path, struct avo_error *err);
void avo_sizes_release(struct avo_sizes *s);
/* Index in the list, or SIZE_MAX. */
size_t avo_sizes_find(const struct avo_sizes *s, const char *name);

#endif
