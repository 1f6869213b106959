/* SPDX-License-Identifier: MIT */
/* words.h: the words that an option may take, listed as "a|b|c"; lists of words that were given. */
#ifndef AVO_BASE_WORDS_H
#define AVO_BASE_WORDS_H

#include <stddef.h>

#include "libcommon/base/error.h"

enum { AVO_MAX_WORDS = 8 };

/* Such a list taken apart; names point into text. */
struct avo_words { size_t n; char text[128]; const char *names[AVO_MAX_WORDS]; };

void avo_words_split(struct avo_words *w, const char *words);
/* A usage error: WHAT: "s" is not a, b or c; the hint is `near` (NULL: the nearest of them, if any
 * is near enough). Returns -1. */
int avo_words_unknown(const struct avo_words *w, const char *s, const char *what, const char *near,
                      struct avo_error *err);
/* "a, b or c" */
void avo_words_describe(const struct avo_words *w, char *out, size_t size);

/* The place of s among the words (case counts) in *which. Error: as avo_words_unknown. */
int avo_parse_word(const char *s, const char *words, const char *what, int *which,
                   struct avo_error *err);
/* Several of them parted by commas, one at least: bit i of *set for word i. */
int avo_parse_words(const char *s, const char *words, const char *what, unsigned *set,
                    struct avo_error *err);

/* A growing list of borrowed strings. Starts zeroed. */
struct avo_strings { char **at; size_t n, cap; };
int avo_strings_add(struct avo_strings *l, char *s, struct avo_error *err);
void avo_strings_release(struct avo_strings *l);

/* The file in "NAME=FILE" (an equals sign before any slash ends a name) or "FILE". *name_len: the
 * length of the name, with which s begins; 0 = it has none. */
const char *avo_named_file(const char *s, size_t *name_len);

#endif
