/* SPDX-License-Identifier: MIT */
/* content.h: what a file really is that is not what was wanted. */
#ifndef AVO_BASE_CONTENT_H
#define AVO_BASE_CONTENT_H

#include <stddef.h>

#include "libcommon/base/error.h"

/* How many first bytes suffice, the code tables that a gzip block begins with among them. */
enum { AVO_CONTENT_BYTES = 512 };

/* If the first n bytes of a file, gzip unpacked or not, are of something that no program of ours
 * reads (a web page in place of the file, the pointer that git LFS or git-annex keeps in its place,
 * a gzipped bigWig, BAM, an archive): the error "NAME: ..." with what to do as the hint, -1. Else
 * 0: it may be anything. */
int avo_content_refuse(const char *name, const void *head, size_t n, struct avo_error *err);
/* A link into a folder of git-annex that leads nowhere: the hint, for a file that cannot be opened
 * for that reason. */
void avo_content_hint_link(const char *path, struct avo_error *err);

#endif
