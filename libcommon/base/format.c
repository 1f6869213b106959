/* SPDX-License-Identifier: MIT */
/* format.c: endings of names and what they say. */
#include "libcommon/base/format.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libcommon/base/words.h"

/* The last ones are known so that nobody gets another format under such a name. */
static const struct { const char *ending, *format; } endings[] = {
    {"avo", "avo"}, {"bw", "bigwig"}, {"bigwig", "bigwig"}, {"bedgraph", "bedgraph"},
    {"bdg", "bedgraph"}, {"bg", "bedgraph"}, {"tsv", "tsv"}, {"tab", "tsv"}, {"txt", "text"},
    {"npy", "npy"}, {"npz", "npz"}, {"csv", "csv"}, {"json", "json"}, {"html", "html"},
    {"bed", "bed"}, {"wig", "wig"}, {"bb", "bigBed"}};

/* Place in the list, or its length. */
static size_t find(const struct avo_words *l, const char *name)
{
    size_t i = 0;

    while (i < l->n && strcasecmp(l->names[i], name) != 0)
        i++;
    return i;
}

bool avo_format_is_gz(const char *path)
{
    size_t n = path ? strlen(path) : 0;

    return n > 3 && strcasecmp(path + n - 3, ".gz") == 0;
}

/* The ending of the last component of path, without .gz; its length (0: none) in *len. */
static const char *ending_of(const char *path, size_t *len)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = strlen(base) - (avo_format_is_gz(base) ? 3 : 0), beg = n;

    while (beg > 0 && base[beg - 1] != '.')
        beg--;
    *len = beg > 0 ? n - beg : 0;
    return base + beg;
}

/* The format that an ending names, or NULL. */
static const char *format_of(const char *ending, size_t len)
{
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strlen(endings[i].ending) == len &&
            strncasecmp(endings[i].ending, ending, len) == 0)
            return endings[i].format;
    return NULL;
}

static bool is_packed(const char *format)
{
    return strcmp(format, "npy") == 0 || strcmp(format, "bigwig") == 0;
}

/* Whether a name that says `said` may hold `format`: .txt is any text, .tsv any table. */
static bool agrees(const char *said, const char *format)
{
    bool table = strcmp(format, "tsv") == 0 || strcmp(format, "long") == 0 ||
                 strcmp(format, "matrix") == 0;

    if (strcmp(said, "text") == 0)
        return !is_packed(format) && strcmp(format, "avo") != 0;
    return strcmp(said, format) == 0 || (strcmp(said, "tsv") == 0 && table);
}

static int unknown_format(const struct avo_words *l, const char *stated, struct avo_error *err)
{
    const char *near = format_of(stated, strlen(stated));

    return avo_words_unknown(l, stated, "-O", near != NULL && find(l, near) < l->n ? near : NULL,
                             err);
}

static int stated_format(const struct avo_words *l, const char *stated, const char *path,
                         const char *said, struct avo_format_choice *c, struct avo_error *err)
{
    const char *name;

    if ((c->which = find(l, stated)) == l->n)
        return unknown_format(l, stated, err);
    name = l->names[c->which];
    if (said && !agrees(said, name))
        snprintf(c->warning, sizeof c->warning, "-o %.150s: the name says %s, but -O says %s, "
                 "which is written", path, said, name);
    else if (is_packed(name) && avo_format_is_gz(path))
        snprintf(c->warning, sizeof c->warning, "-o %.150s: %s is not packed in gzip: written as "
                 "it is", path, name);
    return 0;
}

static int named_format(const struct avo_words *l, const char *path, const char *said,
                        struct avo_format_choice *c, struct avo_error *err)
{
    char all[128];

    avo_words_describe(l, all, sizeof all);
    c->which = find(l, said);
    if (c->which == l->n && strcmp(said, "text") == 0)
        c->which = find(l, "tsv");
    if (c->which == l->n)
        return avo_usage_error(err, "-o %s: the name says %s; what is written here is %s", path,
                               said, all);
    if (is_packed(l->names[c->which]) && avo_format_is_gz(path))
        return avo_usage_error(err, "-o %s: %s is not packed in gzip: leave out .gz", path,
                               l->names[c->which]);
    return 0;
}

int avo_format_choose(const char *formats, const char *stated, const char *path,
                      struct avo_format_choice *c, struct avo_error *err)
{
    struct avo_words l;
    size_t len = 0;
    const char *ending = path ? ending_of(path, &len) : "";
    const char *said = format_of(ending, len);

    memset(c, 0, sizeof *c);
    avo_words_split(&l, formats);
    if (stated)
        return stated_format(&l, stated, path, said, c, err);
    return said ? named_format(&l, path, said, c, err) : 0;
}
