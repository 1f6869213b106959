/* SPDX-License-Identifier: MIT */
/* content.h: what a file holds, by its first bytes and not by its name. */
#ifndef AVO_BASE_CONTENT_H
#define AVO_BASE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/error.h"

/* How many first bytes suffice for all that is told here; for avo_content_kind; for BGZF. */
enum { AVO_CONTENT_BYTES = 512, AVO_CONTENT_MAGIC_BYTES = 4, AVO_CONTENT_BGZF_BYTES = 18 };

/* Whether packed data begin so. BGZF is gzip, too. */
bool avo_content_is_gzip(const void *head, size_t n);
bool avo_content_is_bgzf(const void *head, size_t n);

enum avo_kind {
    AVO_KIND_TEXT,              /* or anything that is none of the others */
    AVO_KIND_STREAM,            /* of records: the first byte alone, whatever follows it */
    AVO_KIND_NPY,               /* likewise */
    AVO_KIND_BIGWIG,
    AVO_KIND_BIGWIG_SWAPPED,    /* big-endian */
    AVO_KIND_BIGBED             /* of either order */
};
/* What begins so, unpacked. */
enum avo_kind avo_content_kind(const void *head, size_t n);

/* If the first n bytes of a file, unpacked, are of something that no program of ours reads (a web
 * page in place of the file, the pointer that git LFS or git-annex keeps in its place, BAM, an
 * archive): the error "NAME: ..." with what to do as the hint, -1. Else 0: it may be anything. */
int avo_content_refuse(const char *name, const void *head, size_t n, struct avo_error *err);
/* The same of a signal file that was packed, which a bigWig must not be. */
int avo_content_refuse_packed(const char *name, const void *head, size_t n, struct avo_error *err);
/* A link into a folder of git-annex that leads nowhere: the hint, for a file that cannot be opened
 * for that reason. */
void avo_content_hint_link(const char *path, struct avo_error *err);

#endif
