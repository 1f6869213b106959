/* SPDX-License-Identifier: MIT */
/* words.c: words of a list, and lists of words. */
#include "libcommon/base/words.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"

void avo_words_split(struct avo_words *w, const char *words)
{
    assert(strlen(words) < sizeof w->text);     /* they stand in our own tables */
    memset(w, 0, sizeof *w);
    strcpy(w->text, words);
    for (char *at = w->text; at;) {
        char *bar = strchr(at, '|');
        assert(w->n < AVO_MAX_WORDS);
        w->names[w->n++] = at;
        if (bar)
            *bar++ = '\0';
        at = bar;
    }
}

void avo_words_describe(const struct avo_words *w, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < w->n && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s",
                               i == 0 ? "" : i + 1 < w->n ? ", " : " or ", w->names[i]);
}

int avo_words_unknown(const struct avo_words *w, const char *s, const char *what, const char *near,
                      struct avo_error *err)
{
    char all[192];
    avo_words_describe(w, all, sizeof all);
    near = near ? near : avo_nearest(s, w->names, (int)w->n);
    if (near)
        avo_error_hint(err, "did you mean %s?", near);
    return avo_usage_error(err, "%s: \"%s\" is not %s", what, s, all);
}

int avo_parse_word(const char *s, const char *words, const char *what, int *which,
                   struct avo_error *err)
{
    struct avo_words w;
    avo_words_split(&w, words);
    for (size_t i = 0; i < w.n; i++)
        if (!strcmp(w.names[i], s)) {
            *which = (int)i;
            return 0;
        }
    return avo_words_unknown(&w, s, what, NULL, err);
}

int avo_parse_words(const char *s, const char *words, const char *what, unsigned *set,
                    struct avo_error *err)
{
    *set = 0;
    do {
        int len = (int)strcspn(s, ","), which = 0;
        char *one = avo_asprintf(err, "%.*s", len, s);
        int rc = one ? avo_parse_word(one, words, what, &which, err) : -1;
        free(one);
        if (rc)
            return rc;
        *set |= 1u << which;
        s += len + (s[len] == ',');
    } while (*s);
    return 0;
}

int avo_strings_add(struct avo_strings *l, char *s, struct avo_error *err)
{
    if (avo_grow(&l->at, &l->cap, l->n + 1, sizeof *l->at, "options", err))
        return -1;
    l->at[l->n++] = s;
    return 0;
}

void avo_strings_release(struct avo_strings *l)
{
    free(l->at);
    *l = (struct avo_strings){0};
}

const char *avo_named_file(const char *s, size_t *name_len)
{
    size_t n = strcspn(s, "=/");
    *name_len = s[n] == '=' ? n : 0;
    return *name_len ? s + n + 1 : s;
}
