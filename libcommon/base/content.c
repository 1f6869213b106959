/* SPDX-License-Identifier: MIT */
/* content.c: first bytes, of what is wanted and of what people give in its place. */
#include "libcommon/base/content.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

struct content {
    const char *start;
    size_t len;
    bool any_case;          /* text, behind a byte-order mark and blanks */
    const char *what, *hint;
};

#define WEB "a page of the web in place of the file: fetch it again, and look at what came"
#define LFS "git lfs pull brings the file itself"
#define ANNEX "git annex get brings the file itself"

static const struct content contents[] = {
    {"<!doctype html", 14, true, "an HTML page", WEB},
    {"<html", 5, true, "an HTML page", WEB},
    {"<head", 5, true, "an HTML page", WEB},
    {"<?xml", 5, true, "an XML text", WEB},
    {"version https://git-lfs.github.com/spec/", 40, true, "a pointer file of git LFS", LFS},
    {"/annex/objects/", 15, true, "a pointer file of git-annex", ANNEX},
    {".git/annex/objects/", 19, true, "a pointer file of git-annex", ANNEX},
    {"BAM\1", 4, false, "a BAM file, which holds reads and no signal", ""},
    {"CRAM", 4, false, "a CRAM file, which holds reads and no signal", ""},
    {"PK\3\4", 4, false, "a zip archive", "unpack it"},
    {"\xfd" "7zXZ", 5, false, "an xz file", "unpack it with xz -d, or pack it with gzip"},
    {"\x28\xb5\x2f\xfd", 4, false, "a zstd file", "unpack it with zstd -d, or pack it with gzip"},
    {"BZh", 3, false, "a bzip2 file", "unpack it with bzip2 -d, or pack it with gzip"},
    {"\x89HDF\r\n", 6, false, "an HDF5 file", ""},
};

static const struct content packed[] = {
    {"\x26\xfc\x8f\x88", 4, false, "a gzipped bigWig", "gunzip it: a bigWig is packed within"},
    {"\x88\x8f\xfc\x26", 4, false, "a gzipped bigWig", "gunzip it: a bigWig is packed within"},
    {"\xeb\xf2\x89\x87", 4, false, "a gzipped bigBed", ""},
};

/* The entry that the bytes begin like, or NULL. */
static const struct content *find(const struct content *list, size_t n_list,
                                  const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n_list; i++) {
        size_t at = 0;
        if (list[i].any_case) {
            at = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
            while (at < n && p[at] != '\0' && strchr(" \t\r\n", p[at]))
                at++;
        }
        if (n - at < list[i].len)
            continue;
        const char *text = (const char *)p + at;
        if (list[i].any_case ? strncasecmp(text, list[i].start, list[i].len) == 0
                             : memcmp(text, list[i].start, list[i].len) == 0)
            return &list[i];
    }
    return NULL;
}

bool avo_content_is_gzip(const void *head, size_t n)
{
    return n >= 2 && memcmp(head, "\x1f\x8b", 2) == 0;
}

/* The extra field BC stands first. */
bool avo_content_is_bgzf(const void *head, size_t n)
{
    const unsigned char *p = head;
    return avo_content_is_gzip(head, n) && n >= AVO_CONTENT_BGZF_BYTES && (p[3] & 4) &&
           p[12] == 'B' && p[13] == 'C';
}

enum avo_kind avo_content_kind(const void *head, size_t n)
{
    static const struct { const char *start; size_t len; enum avo_kind kind; } kinds[] = {
        {"\x89", 1, AVO_KIND_STREAM}, {"\x93", 1, AVO_KIND_NPY},
        {"\x26\xfc\x8f\x88", 4, AVO_KIND_BIGWIG}, {"\x88\x8f\xfc\x26", 4, AVO_KIND_BIGWIG_SWAPPED},
        {"\xeb\xf2\x89\x87", 4, AVO_KIND_BIGBED}, {"\x87\x89\xf2\xeb", 4, AVO_KIND_BIGBED}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (n >= kinds[i].len && memcmp(head, kinds[i].start, kinds[i].len) == 0)
            return kinds[i].kind;
    return AVO_KIND_TEXT;
}

static int refuse(const char *name, const struct content *c, struct avo_error *err)
{
    if (!c)
        return 0;
    avo_error_set(err, "%s: %s", name, c->what);
    return c->hint[0] ? avo_error_hint(err, "%s", c->hint) : -1;
}

int avo_content_refuse(const char *name, const void *head, size_t n, struct avo_error *err)
{
    return refuse(name, find(contents, sizeof contents / sizeof *contents, head, n), err);
}

int avo_content_refuse_packed(const char *name, const void *head, size_t n, struct avo_error *err)
{
    const struct content *c = find(packed, sizeof packed / sizeof *packed, head, n);
    return c ? refuse(name, c, err) : avo_content_refuse(name, head, n, err);
}

void avo_content_hint_link(const char *path, struct avo_error *err)
{
    char to[1024];
    ssize_t n = readlink(path, to, sizeof to - 1);
    if (n <= 0)
        return;
    to[n] = '\0';
    if (strstr(to, "annex/objects/"))
        avo_error_hint(err, "a link of git-annex: " ANNEX);
    else
        avo_error_hint(err, "it is a link to %s", to);
}
