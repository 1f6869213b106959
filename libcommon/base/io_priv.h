/* SPDX-License-Identifier: MIT */
/* io_priv.h: what the files of base share about names and temporary files. */
#ifndef AVO_BASE_IO_PRIV_H
#define AVO_BASE_IO_PRIV_H

#include <sys/stat.h>

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
/* One read of what the descriptor gives, packed or not, or gave before: *got 0 is the end. */
int avo_in_read_raw(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                    struct avo_error *err);
/* From now on in is unpacked; its head is the first of what is packed. */
int avo_gunzip_start(struct avo_in *in, struct avo_error *err);
/* From the beginning of a file, to which the descriptor has gone back. */
void avo_gunzip_restart(struct avo_gunzip *g);
/* At most len bytes; *got 0 is the end. */
int avo_gunzip_some(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                    struct avo_error *err);
/* Whether the last block was empty, as BGZF's end mark is. */
bool avo_gunzip_ended_empty(const struct avo_gunzip *g);
void avo_gunzip_free(struct avo_gunzip *g);
/* What was kept of the pipe st when it was given back, with *fd; NULL: nothing. */
struct avo_kept *avo_kept_take(const struct stat *st, int *fd);
/* Of what was kept the next at most len bytes; *got 0: all have been read again. */
int avo_kept_read(struct avo_kept *k, void *buf, size_t len_bytes, size_t *got,
                  struct avo_error *err);
int avo_kept_add(struct avo_kept *k, const void *buf, size_t len_bytes, struct avo_error *err);
void avo_kept_free(struct avo_kept *k);
/* Of an output with bgzf. The end may come twice, or without a begin; err NULL: given up. */
int avo_out_gz_write(struct avo_out *out, const void *buf, size_t len_bytes,
                     struct avo_error *err);
int avo_out_gz_end(struct avo_out *out, struct avo_error *err);

#endif
