/* SPDX-License-Identifier: MIT */
/* annotation_text.h: lines and rows of annotation files; for annotation*.c. */
#ifndef AVO_GENOME_ANNOTATION_TEXT_H
#define AVO_GENOME_ANNOTATION_TEXT_H

#include "libcommon/base/io.h"
#include "libcommon/genome/annotation.h"

/* Lines of a text that may be larger than memory. Start with {0}. */
struct avo_lines {
    struct avo_in in;
    const char *shown;          /* what messages call the file */
    char *buf;
    size_t cap, beg, end;
    size_t n_line;              /* of the line handed out last, from 1 */
    size_t max_line;            /* bytes of the longest line that is taken; a megabyte */
    bool at_end;
};

int avo_lines_open(struct avo_lines *l, const char *path, struct avo_error *err);
void avo_lines_close(struct avo_lines *l);
/* The next line without its end (LF or CR LF), valid until the next call: 1; 0 at the end. A byte
 * of zero and lines of more than max_line bytes are errors. */
int avo_lines_next(struct avo_lines *l, char **line, struct avo_error *err);

/* Next column of a line, which is cut up in place: by tabs where the line has any (names may hold
 * spaces), else by runs of blanks. NULL: there is none. */
char *avo_bed_field(char **p, bool tabs);
/* A base as BED writes it: nothing but digits. -1: it is not. */
int avo_bed_position(const char *text, uint64_t *out);
/* Lines that hold no row: blank, #, track, browser. */
bool avo_bed_comment(const char *line);

/* What a row says; strings point into the line. */
struct avo_row {
    const char *chrom, *name;   /* name may be "" */
    uint64_t beg_bp, end_bp;    /* 0-based, half-open, not empty */
    char strand;
};

bool avo_is_gtf_line(const char *line);
/* The next `key value;` or `key "value";` of *p, cut out in place: 1; 0 at the end, -1: it is none.
 * Values in quotes may hold semicolons. */
int avo_gtf_attribute(char **p, char **key, char **value);
/* The line is cut up in place. 1: row is filled; 0 (GTF only): not asked for; -1: bad. */
int avo_gtf_row(char *line, const struct avo_elements_options *opt, struct avo_row *row,
                struct avo_error *err);
int avo_bed_row(char *line, struct avo_row *row, struct avo_error *err);

#endif
