/* SPDX-License-Identifier: MIT */
/* io_priv.h: what the files of base share about names and temporary files. */
#ifndef AVO_BASE_IO_PRIV_H
#define AVO_BASE_IO_PRIV_H

#include "libcommon/base/io.h"

/* Where a symbolic link points to, so that the link survives a rename; else a copy of path. */
char *avo_io_target(const char *path, struct avo_error *err);
/* Where stdout goes: the guard's duplicate, or fd 1. */
int avo_io_stdout_fd(void);
/* Makes the folders of path. */
int avo_io_make_folders(const char *path, struct avo_error *err);
/* Takes over path: it is removed however the process ends, unless avo_tmp_discard comes first. */
int avo_io_remember(char *path, struct avo_error *err);
/* The descriptor that a temporary file was created with, which holds its lock: now the caller's. */
int avo_tmp_take_fd(const char *tmp_path);
/* Removes DIR/.NAME.PID-SALT.tmp of runs that are gone, target being DIR/NAME. */
void avo_io_sweep(const char *target);
/* Frees what avo_io_sweep remembers. */
void avo_io_sweep_end(void);
/* Dies by SIGPIPE even where the caller's parent had it ignored or a thread blocks it. */
void avo_out_die_by_sigpipe(void);
/* Of an output with bgzf. The end may come twice, or without a begin; err NULL: given up. */
int avo_out_gz_write(struct avo_out *out, const void *buf, size_t len_bytes,
                     struct avo_error *err);
int avo_out_gz_end(struct avo_out *out, struct avo_error *err);

#endif
