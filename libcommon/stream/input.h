/* SPDX-License-Identifier: MIT */
/* input.h: bytes of a stream, plain or gzip/BGZF. Inside libcommon/stream only. */
#ifndef AVO_STREAM_INPUT_H
#define AVO_STREAM_INPUT_H

#include <zlib.h>

#include "libcommon/base/io.h"

struct avo_input {
    struct avo_in in;
    uint64_t pos_bytes;         /* of the uncompressed stream */
    bool gzip, member_open;     /* member_open: inside a gzip member */
    z_stream z;
    unsigned char *z_buf;
};

/* Opens path and reads its first *got <= len bytes; a gzip magic there turns unpacking on. */
int avo_input_open(struct avo_input *in, const char *path, unsigned char *first, size_t len,
                   size_t *got, struct avo_error *err);
int avo_input_read(struct avo_input *in, void *buf, size_t len, size_t *got,
                   struct avo_error *err);
/* Plain files by seeking, never past their end; else by reading. */
int avo_input_skip(struct avo_input *in, uint64_t len, uint64_t *got, struct avo_error *err);
void avo_input_close(struct avo_input *in);

#endif
