/* SPDX-License-Identifier: MIT */
/* lines.h: the lines of a text that may be larger than memory, one by one. */
#ifndef AVO_BASE_LINES_H
#define AVO_BASE_LINES_H

#include "libcommon/base/io.h"

/* Start with {0}. */
struct avo_lines {
    struct avo_in in;
    const char *shown;          /* what messages call the file; borrowed */
    char *buf;
    size_t cap, beg, end;       /* [beg, end) was read and not handed out */
    size_t n_line;              /* of the line handed out last, from 1 */
    size_t max_line;            /* bytes of the longest line that is taken; a megabyte */
    uint64_t line_off, next_off;    /* in the text: of that line, and of what comes after it */
    bool at_end;
    bool has_end;               /* that line has one: the last one of a text may lack it */
};

/* path is one of the run's inputs (claims.h); what is plainly no text is refused (content.h). */
int avo_lines_open(struct avo_lines *l, const char *path, struct avo_error *err);
/* The same for a file whose owner has done so. */
int avo_lines_reopen(struct avo_lines *l, const char *path, struct avo_error *err);
void avo_lines_close(struct avo_lines *l);
/* The next line without its end (LF or CR LF), valid until the next call: 1; 0 at the end. A byte
 * of zero and lines of more than max_line bytes are errors. */
int avo_lines_next(struct avo_lines *l, char **line, struct avo_error *err);
/* The same, and a byte of zero among the *len_bytes is the caller's to find. */
int avo_lines_next_raw(struct avo_lines *l, char **line, size_t *len_bytes,
                       struct avo_error *err);
/* Goes to the line n_line, which begins at byte off of the text. */
int avo_lines_seek(struct avo_lines *l, uint64_t off_bytes, size_t n_line, struct avo_error *err);

#endif
