/* SPDX-License-Identifier: MIT */
/* bedgraph_text.h: bytes of a plain or gzip file line by line, with every damage an error. */
#ifndef AVO_GENOME_BEDGRAPH_TEXT_H
#define AVO_GENOME_BEDGRAPH_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <zlib.h>

#include "libcommon/base/error.h"

struct avo_bgtext {
    const char *path;           /* borrowed */
    int fd;                     /* -1: closed */
    bool is_gz, is_bgzf, z_ready, in_member, last_empty;
    uint64_t pos;               /* bytes handed out, after unpacking */
    uint64_t member_bytes;      /* of the gzip member at hand */
    uint8_t *in;
    size_t in_beg, in_len;
    z_stream z;
};

/* Opens path (kind from its first bytes). A zeroed struct with fd -1 may be closed. */
int avo_bgtext_open(struct avo_bgtext *t, const char *path, struct avo_error *err);
void avo_bgtext_close(struct avo_bgtext *t);
/* Up to len bytes; 0 at the end, -1 with err set. zlib's own gzread would stop silently at a
 * damaged member of a BGZF file and at one cut between members. */
ssize_t avo_bgtext_read(struct avo_bgtext *t, void *buf, size_t len, struct avo_error *err);
/* To byte off of the unpacked text; gzip goes back only by starting again. */
int avo_bgtext_seek(struct avo_bgtext *t, uint64_t off, struct avo_error *err);

#endif
