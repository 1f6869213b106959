/* SPDX-License-Identifier: MIT */
/* io.h: where bytes come from and go to: "-", refusal of terminals, temporary file + rename. */
#ifndef AVO_BASE_IO_H
#define AVO_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "libcommon/base/content.h"
#include "libcommon/base/error.h"

struct avo_gunzip;
struct avo_kept;

/* An open input; gzip and BGZF are unpacked. name is what messages call it ("<stdin>" for "-"). */
struct avo_in {
    int fd;
    bool is_stdin, is_file, started;
    bool can_seek;              /* a file that is not packed, once a byte was asked for */
    bool is_gzip, is_bgzf;      /* known likewise */
    bool keeps;                 /* from a pipe goes into kept */
    char *name;
    uint64_t pos_bytes;         /* handed out so far, unpacked */
    off_t began;                /* where a file was when it was opened */
    unsigned char head[AVO_CONTENT_BYTES];  /* read ahead: [i_head, n_head) was not handed out */
    size_t i_head, n_head;
    struct avo_gunzip *gunzip;  /* NULL: what comes is not packed */
    struct avo_kept *kept;      /* of a pipe, or NULL */
};

/* path NULL or "-": stdin (a terminal is a usage error). Folders and missing files: errors. */
int avo_in_open(struct avo_in *in, const char *path, struct avo_error *err);
/* The first *n <= len bytes of what is to come, which stay there; len is at most
 * AVO_CONTENT_BYTES. Valid until the next call. */
int avo_in_peek(struct avo_in *in, size_t len, const unsigned char **head, size_t *n,
                struct avo_error *err);
/* Reads exactly len bytes; *got tells how many came (fewer only at the end of the input). Fails
 * ("interrupted") where it would wait and avo_signals_stop's flag is set, and where gzip data are
 * damaged or cut. */
int avo_in_read(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                struct avo_error *err);
/* The same without waiting for more than a byte; *got 0: the end. */
int avo_in_read_some(struct avo_in *in, void *buf, size_t len_bytes, size_t *got,
                     struct avo_error *err);
/* Skips len bytes: by lseek where possible (never past the end of the file), else by reading.
 * *got as in avo_in_read. */
int avo_in_skip(struct avo_in *in, uint64_t len_bytes, uint64_t *got, struct avo_error *err);
/* To byte off of a file; gzip goes back only by starting again. */
int avo_in_seek(struct avo_in *in, uint64_t off_bytes, struct avo_error *err);
/* False if the size of a file says that less than len bytes are to come. */
bool avo_in_may_hold(const struct avo_in *in, uint64_t len_bytes);
/* At the end of a text, which has no end of its own: an error where BGZF lacks its end mark. */
int avo_in_check_end(const struct avo_in *in, struct avo_error *err);
void avo_in_close(struct avo_in *in);

/* Inputs that are looked at before it is known who reads them: after avo_in_keep, as long as
 * avo_in_let_go was not called, avo_in_give_back closes so that whoever opens the same file or pipe
 * next finds it as it was. What a pipe gave is held in memory, after avo_in_keep_all in a temporary
 * file. avo_in_keep comes before anything is read. */
int avo_in_keep(struct avo_in *in, struct avo_error *err);
int avo_in_keep_all(struct avo_in *in, struct avo_error *err);
void avo_in_let_go(struct avo_in *in);
int avo_in_give_back(struct avo_in *in, struct avo_error *err);
/* What path holds, none of which is taken. *shown (fresh; or NULL): what messages call it. */
int avo_in_kind(const char *path, char **shown, enum avo_kind *kind, struct avo_error *err);

/* An open output: a file that gets its final name only in avo_out_finish, or stdout. */
struct avo_out {
    int fd;
    bool is_stdout;
    char *path, *tmp_path, *name;
    bool keep;              /* tmp_path stays when the output is not finished */
    bool failed;            /* bytes are missing: it cannot be finished any more */
    void *bgzf;             /* what is written goes through it, or NULL */
    char *buf;              /* [AVO_OUT_BUFFER] what waits for more, or NULL */
    size_t n_buf;
    uint64_t pos_bytes;     /* that left, before compression */
};
enum { AVO_OUT_BUFFER = 1 << 16 };

/* Call first in main of a program that writes binary to stdout: keeps a private duplicate of
 * fd 1 for avo_out_open and points fd 1 at stderr, so that no library's printf can get into a
 * stream. Also makes sure that fds 0-2 are open, and calls avo_signals_begin. */
void avo_io_guard_stdout(void);
/* path NULL or "-": stdout; a device or named pipe is written as it stands; binary to a terminal
 * is a usage error whose hint is text_option (NULL = text output, allowed; to a name that ends in
 * .gz it is compressed). Missing folders of
 * path are made. The temporary file lies beside path, name unique to this process. Temporary
 * files are also removed when the process ends by INT, TERM or HUP or by exit() without finish. */
int avo_out_open(struct avo_out *out, const char *path, const char *text_option,
                 struct avo_error *err);
/* As above, but written as `partial`, which stays behind when the process fails or dies and gets
 * its final name in avo_out_finish: for work that can be resumed. */
int avo_out_open_kept(struct avo_out *out, const char *path, const char *partial,
                      struct avo_error *err);
/* A text that grows at path itself, seen as far as it was flushed; empty: what is there goes. */
int avo_out_open_in_place(struct avo_out *out, const char *path, bool empty,
                          struct avo_error *err);
/* What is written from now on is compressed as BGZF, that is, gzip in blocks (htslib). */
int avo_out_compress(struct avo_out *out, struct avo_error *err);
/* Writes all of buf, small pieces when AVO_OUT_BUFFER bytes of them have come together. A closed
 * pipe ends the process by SIGPIPE, as Unix filters do. "interrupted" as in avo_in_read. */
int avo_out_write(struct avo_out *out, const void *buf, size_t len_bytes, struct avo_error *err);
/* What was written so far leaves now: where somebody waits for it at the other end, and before the
 * descriptor itself is used. Blocks of a compressed output leave when they are full. */
int avo_out_flush(struct avo_out *out, struct avo_error *err);
/* What was written so far is on the disk; nothing where there is none. */
int avo_out_sync(struct avo_out *out, struct avo_error *err);
/* Flush, fsync, close and rename, each checked. After it only release is left. */
int avo_out_finish(struct avo_out *out, struct avo_error *err);
/* Closes; a file not finished is removed, and so is what was not flushed. Accepts a zeroed
 * struct. */
void avo_out_release(struct avo_out *out);
/* printf through avo_out_write. */
int avo_out_printf(struct avo_out *out, struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* For writers that open a path themselves (bigWig): a temporary name beside path with
 * its folders made, removed like those above until avo_tmp_commit renames it (checked) or
 * avo_tmp_discard removes it. */
int avo_tmp_begin(const char *path, char **tmp_path, struct avo_error *err);
int avo_tmp_commit(const char *tmp_path, const char *path, struct avo_error *err);
void avo_tmp_discard(const char *tmp_path);

/* A file without a name in $TMPDIR (or /tmp), open for reading and writing: whatever ends the
 * process frees its space. Returns the descriptor, or -1. */
int avo_tmp_unnamed(struct avo_error *err);

/* Removes every temporary file of this process. Async-signal-safe: for a program's own handler. */
void avo_io_cleanup(void);
/* Installs the handlers that clean up and die by INT, TERM, HUP or PIPE, where the signal has its
 * default action (a program's own handler and nohup's SIG_IGN stay), and ignores XFSZ, so that a
 * file-size limit is a failed write. The first temporary file calls this. */
void avo_io_signals(void);

/* Whole small text file ("-" allowed) in memory, NUL-terminated, byte-order mark removed,
 * CR LF made LF; gzip is unpacked. Longer than max_bytes is an error. Caller frees. */
int avo_read_text(const char *path, size_t max_bytes, char **text, size_t *len_bytes,
                  struct avo_error *err);

#endif
