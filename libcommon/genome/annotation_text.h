/* SPDX-License-Identifier: MIT */
/* annotation_text.h: rows of annotation files. */
#ifndef AVO_GENOME_ANNOTATION_TEXT_H
#define AVO_GENOME_ANNOTATION_TEXT_H

#include "libcommon/genome/annotation.h"

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
