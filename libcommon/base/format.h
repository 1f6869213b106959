/* SPDX-License-Identifier: MIT */
/* format.h: the format of an output, from -O or from the end of its name. */
#ifndef AVO_BASE_FORMAT_H
#define AVO_BASE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/error.h"

struct avo_format_choice {
    size_t which;           /* place in the program's list */
    char warning[256];      /* what a reader of the name should know; "" = nothing */
};

/* formats: what the program writes, by the names of -O: "avo|bedgraph|bigwig", its default first.
 * stated: of -O, or NULL; path: of -o, or NULL. Upper and lower case are one.
 * A stated format wins; one that the name contradicts is written with a warning. Else the name's
 * ending decides, with .gz behind it or without:
 *     .avo   .bw .bigWig   .bedGraph .bdg .bg   .tsv .tab   .txt (text, else tsv)   .npy
 * No output, "-", a name without an ending, or with an unknown one: the default.
 * Errors (AVO_EXIT_USAGE): a stated format, or the name of a known one, that the program does not
 * write; .gz behind npy or bigwig. */
int avo_format_choose(const char *formats, const char *stated, const char *path,
                      struct avo_format_choice *c, struct avo_error *err);
/* Whether a name ends in .gz (NULL: no): text and streams to it are written as BGZF (io.h). */
bool avo_format_is_gz(const char *path);

#endif
