/* SPDX-License-Identifier: MIT */
/* log.h: messages on stderr and the progress line. Used by tools only: the library never prints. */
#ifndef AVO_BASE_LOG_H
#define AVO_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

enum avo_progress_mode { AVO_PROGRESS_AUTO, AVO_PROGRESS_ALWAYS, AVO_PROGRESS_NEVER };

/* Program name for every message; verbosity -1 (-q), 0, 1 (-v), 2 (-vv). */
void avo_log_init(const char *program);
void avo_log_level(int verbosity);
int avo_log_verbosity(void);
void avo_log_progress_mode(enum avo_progress_mode mode);

/* One line "program: text". note: unless -q; detail: only with -v; warn: "warning: ", unless -q. */
void avo_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void avo_detail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void avo_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Each line of a text as a note; NULL: none. */
void avo_note_lines(const char *lines);
/* Prints the error (and hint) and returns its exit status, at least 1. */
int avo_die(const struct avo_error *err);

/* A progress line with rate and ETA, rewritten in place on a terminal; elsewhere a line every 30 s,
 * or 10 s when asked for, and one at the end of what took longer. */
struct avo_progress {
    const char *unit;       /* "bins", "samples" */
    uint64_t total, done;   /* total 0: unknown */
    double t_start_sec, t_last_sec;
    char text[128];         /* free text shown after the figures */
    bool shown;             /* a line has been written */
};
void avo_progress_start(struct avo_progress *p, const char *unit, uint64_t total);
void avo_progress_update(struct avo_progress *p, uint64_t done);
void avo_progress_end(struct avo_progress *p);
/* "12s", "3m05s", "2h10m" */
void avo_log_duration(double sec, char *out, size_t size);
/* Monotonic seconds. */
double avo_now_sec(void);

#endif
