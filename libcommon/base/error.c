/* SPDX-License-Identifier: MIT */
/* error.c: filling in the one error value. */
#include "libcommon/base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* True when there is something to fill in and nobody has yet: the first cause is kept. */
static bool is_free(const struct avo_error *err)
{
    return err && err->status == AVO_EXIT_OK;
}

__attribute__((format(printf, 3, 0)))
static void fill(struct avo_error *err, int status, const char *fmt, va_list ap)
{
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    err->status = status;
}

int avo_error_set(struct avo_error *err, const char *fmt, ...)
{
    if (is_free(err)) {
        va_list ap;
        va_start(ap, fmt);
        fill(err, AVO_EXIT_DATA, fmt, ap);
        va_end(ap);
    }
    return -1;
}

int avo_error_status(struct avo_error *err, int status, const char *fmt, ...)
{
    if (is_free(err)) {
        va_list ap;
        va_start(ap, fmt);
        fill(err, status, fmt, ap);
        va_end(ap);
    }
    return -1;
}

int avo_usage_error(struct avo_error *err, const char *fmt, ...)
{
    if (is_free(err)) {
        va_list ap;
        va_start(ap, fmt);
        fill(err, AVO_EXIT_USAGE, fmt, ap);
        va_end(ap);
    }
    return -1;
}

void avo_error_as_usage(struct avo_error *err)
{
    if (err && err->status != AVO_EXIT_OK && !err->no_memory)
        err->status = AVO_EXIT_USAGE;
}

int avo_error_memory(struct avo_error *err, const char *fmt, ...)
{
    if (is_free(err)) {
        va_list ap;
        va_start(ap, fmt);
        fill(err, AVO_EXIT_DATA, fmt, ap);
        va_end(ap);
        err->no_memory = 1;
    }
    return -1;
}

int avo_error_sys(struct avo_error *err, int errnum, const char *fmt, ...)
{
    if (is_free(err)) {
        char why[128];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        if (strerror_r(errnum, why, sizeof why))
            snprintf(why, sizeof why, "system error %d", errnum);
        size_t used = strlen(err->msg);
        snprintf(err->msg + used, sizeof err->msg - used, ": %s", why);
        err->status = AVO_EXIT_DATA;
    }
    return -1;
}

int avo_error_prefix(struct avo_error *err, const char *fmt, ...)
{
    if (err) {
        char old[sizeof err->msg];
        memcpy(old, err->msg, sizeof old);
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        size_t used = strlen(err->msg);
        snprintf(err->msg + used, sizeof err->msg - used, ": %s", old);
        if (err->status == AVO_EXIT_OK)
            err->status = AVO_EXIT_DATA;
    }
    return -1;
}

int avo_error_hint(struct avo_error *err, const char *fmt, ...)
{
    if (err && !err->hint[0]) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->hint, sizeof err->hint, fmt, ap);
        va_end(ap);
    }
    return -1;
}

void avo_error_clear(struct avo_error *err)
{
    if (!err)
        return;
    err->status = AVO_EXIT_OK;
    err->no_memory = 0;
    err->msg[0] = err->hint[0] = '\0';
}
