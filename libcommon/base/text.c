/* SPDX-License-Identifier: MIT */
/* text.c: numbers, escaping, fields and lines, nearest names. */
#include "libcommon/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/utf8.h"

/* strtoll and strtod also take leading white space; a number here is digits from the start. */
static bool starts_number(const char *s, bool fraction)
{
    if (*s == '-' || *s == '+')
        s++;
    return isdigit((unsigned char)*s) || (fraction && *s == '.' && isdigit((unsigned char)s[1]));
}

static int bad_int(const char *s, int64_t lo, int64_t hi, const char *what, struct avo_error *err)
{
    return avo_usage_error(err, "%s: \"%s\" is not a whole number from %" PRId64 " to %" PRId64,
                           what, s, lo, hi);
}

int avo_parse_int(const char *s, int64_t lo, int64_t hi, const char *what, int64_t *out,
                  struct avo_error *err)
{
    char *end = NULL;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    if (!starts_number(s, false) || *end || errno || v < lo || v > hi)
        return bad_int(s, lo, hi, what, err);
    *out = v;
    return 0;
}

int avo_parse_size(const char *s, int64_t lo, int64_t hi, const char *what, int64_t *out,
                   struct avo_error *err)
{
    char *end = NULL;
    errno = 0;
    long long v = strtoll(s, &end, 10), unit = 1;
    if (*end == 'K' || *end == 'k')
        unit = 1000;
    else if (*end == 'M')
        unit = 1000000;
    else if (*end == 'G')
        unit = 1000000000;
    if (unit > 1)
        end++;
    if (!starts_number(s, false) || *end || errno || __builtin_mul_overflow(v, unit, &v) ||
        v < lo || v > hi)
        return bad_int(s, lo, hi, what, err);
    *out = v;
    return 0;
}

int avo_parse_double(const char *s, double lo, double hi, const char *what, double *out,
                     struct avo_error *err)
{
    char *end = NULL;
    bool plain = starts_number(s, true) && !strpbrk(s, "xX");
    double v = strtod(s, &end);
    if (!plain || *end || !isfinite(v) || v < lo || v > hi)
        return avo_usage_error(err, "%s: \"%s\" is not a number from %g to %g", what, s, lo, hi);
    *out = v;
    return 0;
}

static bool must_escape(unsigned char c, bool first, bool is_file)
{
    if (c == '%' || c < 32 || c == 127)
        return true;
    if (!is_file)
        return false;
    return (first && (c == '.' || c == '-')) || c == ' ' || strchr("/:\\*?\"<>|&;'$`(){}[]!#~", c);
}

char *avo_escape(const char *s, bool is_file, struct avo_error *err)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = avo_alloc(strlen(s) + 1, 3, "an escaped name", err), *q = out;
    if (!out)
        return NULL;
    for (const char *p = s; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (must_escape(c, p == s, is_file)) {
            *q++ = '%';
            *q++ = hex[c >> 4];
            *q++ = hex[c & 15];
        } else {
            *q++ = (char)c;
        }
    }
    *q = '\0';
    return out;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

int avo_unescape(char *s, struct avo_error *err)
{
    char *q = s;
    for (char *p = s; *p; p++) {
        if (*p != '%') {
            *q++ = *p;
            continue;
        }
        int hi = hex_value(p[1]), lo = hi < 0 ? -1 : hex_value(p[2]);
        if (lo < 0 || hi * 16 + lo == 0)
            return avo_error_set(err, "bad escape \"%.3s\" (want %% and two hex digits, not 00)",
                                 p);
        *q++ = (char)(hi * 16 + lo);
        p += 2;
    }
    *q = '\0';
    return 0;
}

/* Edit distance with neighbours swapped counting once; another case counts half. In halves. */
static int edit_halves(const char *a, const char *b)
{
    enum { MAX = 128 };
    int rows[3][MAX + 1];
    size_t na = strlen(a), nb = strlen(b);
    if (na > MAX || nb > MAX)
        return INT_MAX;
    for (size_t j = 0; j <= nb; j++)
        rows[0][j] = 2 * (int)j;
    for (size_t i = 1; i <= na; i++) {
        int *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = 2 * (int)i;
        for (size_t j = 1; j <= nb; j++) {
            char x = a[i - 1], y = b[j - 1];
            bool same = tolower((unsigned char)x) == tolower((unsigned char)y);
            int best = last[j - 1] + (x == y ? 0 : same ? 1 : 2);
            best = best < last[j] + 2 ? best : last[j] + 2;
            best = best < now[j - 1] + 2 ? best : now[j - 1] + 2;
            if (i > 1 && j > 1 && x == b[j - 2] && y == a[i - 2] && before[j - 2] + 2 < best)
                best = before[j - 2] + 2;
            now[j] = best;
        }
    }
    return rows[na % 3][nb];
}

static const char *after_chr(const char *s)
{
    return strncmp(s, "chr", 3) ? NULL : s + 3;
}

/* Distance in half edits, or -1 where the two have too little in common. */
static int name_distance(const char *s, const char *name)
{
    const char *s_rest = after_chr(s), *name_rest = after_chr(name);
    if (!s_rest != !name_rest && !strcmp(s_rest ? s_rest : s, name_rest ? name_rest : name))
        return 2;
    int longer = (int)(strlen(s) > strlen(name) ? strlen(s) : strlen(name));
    int d = edit_halves(s, name), allowed = longer / 3 > 1 ? longer / 3 : 1;
    return d <= 2 * allowed && d < 2 * longer ? d : -1;
}

const char *avo_nearest(const char *s, const char *const *names, int n)
{
    const char *best = NULL;
    int best_d = 0;
    for (int i = 0; i < n; i++) {
        int d = names[i] ? name_distance(s, names[i]) : -1;
        if (d >= 0 && (!best || d < best_d)) {
            best = names[i];
            best_d = d;
        }
    }
    return best;
}

int avo_split_pair(const char *s, char **celltype, char **assay, struct avo_error *err)
{
    const char *colon = strrchr(s, ':');
    if (!colon || colon == s || !colon[1])
        return avo_usage_error(err, "\"%s\" is not CELLTYPE:ASSAY", s);
    char *left = avo_strdup(s, err), *right = avo_strdup(colon + 1, err);
    if (!left || !right) {
        free(left);
        free(right);
        return -1;
    }
    left[colon - s] = '\0';
    *celltype = left;
    *assay = right;
    return 0;
}

void avo_hint_colons(const char *pair, const char *other_way, struct avo_error *err)
{
    if (strchr(pair, ':') != strrchr(pair, ':'))
        avo_error_hint(err, "it was split at its last colon; if the assay's name holds a colon, %s",
                       other_way);
}

bool avo_same_word(const char *a, const char *b)
{
    static const char ignored[] = " _-";
    for (;; a++, b++) {
        a += strspn(a, ignored);
        b += strspn(b, ignored);
        if (!*a || tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return !*a && !*b;
    }
}

/* Compares the digit runs at *a and *b by value and moves both past them. */
static int cmp_digits(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    size_t na = strspn(*a, "0123456789"), nb = strspn(*b, "0123456789");
    int c = na != nb ? (na < nb ? -1 : 1) : strncmp(*a, *b, na);
    *a += na;
    *b += nb;
    return c;
}

int avo_natural_cmp(const char *a, const char *b)
{
    const char *p = a, *q = b;
    while (*p && *q) {
        if (isdigit((unsigned char)*p) && isdigit((unsigned char)*q)) {
            int c = cmp_digits(&p, &q);
            if (c)
                return c;
            continue;
        }
        if (*p != *q)
            return (unsigned char)*p < (unsigned char)*q ? -1 : 1;
        p++;
        q++;
    }
    if (*p || *q)
        return *p ? 1 : -1;
    return strcmp(a, b);    /* equal by value, as 1 and 01: still a total order */
}

size_t avo_text_width(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += avo_utf8_begins(*s);
    return n;
}

/* The part of *p before sep, in place; *p moves behind it, or becomes NULL after the last. */
static char *cut(char **p, char sep)
{
    char *s = *p, *end = strchr(s, sep);
    if (end)
        *end++ = '\0';
    *p = end;
    return s;
}

char *avo_field(char **p)
{
    return *p ? cut(p, '\t') : NULL;
}

char *avo_word(char **p)
{
    char *word = *p + strspn(*p, " \t");
    *p = word + strcspn(word, " \t");
    if (**p)
        *(*p)++ = '\0';
    return word;
}

char *avo_line(char **p)
{
    return *p && **p ? cut(p, '\n') : NULL;
}

int avo_add_line(char **text, struct avo_error *err, const char *fmt, ...)
{
    char line[1536];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < 32 || *p == 127)
            *p = '?';
    char *longer = avo_asprintf(err, "%s%s%s", *text ? *text : "", *text ? "\n" : "", line);
    if (!longer)
        return -1;
    free(*text);
    *text = longer;
    return 0;
}
