/* SPDX-License-Identifier: MIT */
/* text.h: numbers parsed whole, names escaped one way, nearest known names for messages. */
#ifndef AVO_BASE_TEXT_H
#define AVO_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

/* Whole-string numbers with range; messages quote what and the argument. K/M/G suffixes (1000)
 * are taken by the _size form only. Return 0 or -1 (status AVO_EXIT_USAGE). */
int avo_parse_int(const char *s, int64_t lo, int64_t hi, const char *what, int64_t *out,
                  struct avo_error *err);
int avo_parse_size(const char *s, int64_t lo, int64_t hi, const char *what, int64_t *out,
                   struct avo_error *err);
int avo_parse_double(const char *s, double lo, double hi, const char *what, double *out,
                     struct avo_error *err);

/* The one escaping rule (avo-stream.5): '%', bytes below 32 and 127 become %XX; where the result
 * is a file name ('is_file'), also '/' , ':' , '\\', white space, a leading '.' or '-', and every
 * byte of * ? " < > | & ; ' $ ` ( ) { } [ ] ! # ~. Fresh memory or NULL with err set. */
char *avo_escape(const char *s, bool is_file, struct avo_error *err);
/* In place; a bad %XX is an error. */
int avo_unescape(char *s, struct avo_error *err);

/* The one of n names nearest to s (edit distance, a missing "chr" counts one), or NULL if none
 * is near enough to be worth a hint. */
const char *avo_nearest(const char *s, const char *const *names, int n);

/* Splits "CELL:ASSAY" at its last colon into two fresh strings. */
int avo_split_pair(const char *s, char **celltype, char **assay, struct avo_error *err);

/* Where a pair that was not found has several colons: the hint says where it was split and what
 * takes an assay whose name holds one ("-T FILE ..."). */
void avo_hint_colons(const char *pair, const char *other_way, struct avo_error *err);
/* Whether two words are the same but for case, blanks, _ and -. */
bool avo_same_word(const char *a, const char *b);

/* Natural order of names: digits compare by value. For qsort of strings use strcmp-like result. */
int avo_natural_cmp(const char *a, const char *b);

/* Columns that UTF-8 text takes on a screen, one for each character. */
size_t avo_text_width(const char *s);

/* Appends a line to *text, fresh memory that starts as NULL: what a caller may print later. Lines
 * are parted by newlines; control characters within become '?'. */
int avo_add_line(char **text, struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Next tab-separated field of *p, in place ('\0' written over the tab); NULL at the end. */
char *avo_field(char **p);
/* Next word of *p in place, words parted by blanks and tabs; "" at the end. */
char *avo_word(char **p);
/* Next line of *p, in place; NULL at the end. */
char *avo_line(char **p);

#endif
