/* SPDX-License-Identifier: MIT */
/* io_priv.h: what io_out.c and io_gz.c share. */
#ifndef AVO_BASE_IO_PRIV_H
#define AVO_BASE_IO_PRIV_H

#include "libcommon/base/io.h"

/* Dies by SIGPIPE even where the caller's parent had it ignored or a thread blocks it. */
void avo_out_die_by_sigpipe(void);
/* Of an output with bgzf. The end may come twice, or without a begin; err NULL: given up. */
int avo_out_gz_write(struct avo_out *out, const void *buf, size_t len_bytes,
                     struct avo_error *err);
int avo_out_gz_end(struct avo_out *out, struct avo_error *err);

#endif
