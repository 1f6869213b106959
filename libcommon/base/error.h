/* SPDX-License-Identifier: MIT */
/* error.h: the one error value that fallible library functions fill in. */
#ifndef AVO_BASE_ERROR_H
#define AVO_BASE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* Exit statuses of every program (man pages, EXIT STATUS). */
enum avo_exit { AVO_EXIT_OK = 0, AVO_EXIT_DATA = 1, AVO_EXIT_USAGE = 2, AVO_EXIT_DEVICE = 3 };

/* A failure: filled once, where its cause is known. Start with {0}.
 * status is an avo_exit (0 = no error yet); msg is one line without the program's name;
 * hint, if not empty, is printed on a line of its own. */
struct avo_error {
    int status;
    int no_memory;      /* not 0: memory is the cause */
    char msg[1024];
    char hint[512];
};

/* Sets the message (status AVO_EXIT_DATA) unless one is already there. err may be NULL.
 * Returns -1, so that callers can write `return avo_error_set(...)`. */
int avo_error_set(struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* As avo_error_set with another exit status. */
int avo_error_status(struct avo_error *err, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As avo_error_set, for what the command line should not say (status AVO_EXIT_USAGE). */
int avo_usage_error(struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* What is wrong (it is set already) is what the command line says, unless memory is the cause. */
void avo_error_as_usage(struct avo_error *err);
/* As avo_error_set, with ": " and strerror(errnum) at the end. */
int avo_error_sys(struct avo_error *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As avo_error_set, for memory that is not to be had. */
int avo_error_memory(struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Puts context (and ": ") in front of the message. Returns -1. */
int avo_error_prefix(struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Sets the hint line unless there is one. Returns -1. */
int avo_error_hint(struct avo_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Forgets an error (for callers that try something else). */
void avo_error_clear(struct avo_error *err);

#ifdef __cplusplus
}
#endif

#endif
