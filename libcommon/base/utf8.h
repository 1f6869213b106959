/* SPDX-License-Identifier: MIT */
/* utf8.h: which bytes are UTF-8 (RFC 3629), and where its characters begin. */
#ifndef AVO_BASE_UTF8_H
#define AVO_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at s, of which n >= 1 are there (a string's end need not be known: it is
 * no continuation byte). 0: none; a bad lead or continuation byte, an overlong form, a surrogate,
 * above U+10FFFF, cut off. */
size_t avo_utf8_length(const char *s, size_t n);
/* Valid UTF-8 without NUL and without control characters but those in allow (NULL: any). */
bool avo_utf8_ok(const char *s, size_t len, const char *allow);
/* Whether a character of valid text begins with c: it is not a byte within one. */
static inline bool avo_utf8_begins(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}
#endif
