/* SPDX-License-Identifier: MIT */
/* train_log.c: rows as they come, and which of them a resumed run keeps. */
#include "libcommon/fit/train_log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char heading[] = "phase\tepoch\ttrain_mse\tvalid_mse\tbest\tsamples\tskipped\n";
enum { MAX_BYTES = 1 << 28 };

/* Where a phase stands among those that a log may hold. */
static int place_of(const char *phase, size_t len)
{
    static const char *const order[] = {"stage1", "rehearsal", "refit", "observed", "transfer"};
    for (int i = 0; i < 5; i++)
        if (strlen(order[i]) == len && !strncmp(order[i], phase, len))
            return i;
    return 5;
}

/* Bytes of text up to the first row that lies behind `epoch` of `phase`, or is no whole row. */
static size_t rows_to_keep(const char *text, const char *phase, int64_t epoch)
{
    const char *line = text + sizeof heading - 1, *end;
    int last = place_of(phase, strlen(phase));
    for (; (end = strchr(line, '\n')); line = end + 1) {
        size_t len = strcspn(line, "\t\n");
        int at = place_of(line, len);
        int64_t row = line[len] == '\t' ? strtoll(line + len, NULL, 10) : INT64_MAX;
        if (at > last || (at == last && row > epoch))
            break;
    }
    return (size_t)(line - text);
}

static int put_heading(struct avo_train_log *log, struct avo_error *err)
{
    return avo_out_write(&log->out, heading, sizeof heading - 1, err) ||
           avo_out_flush(&log->out, err) ? -1 : 0;
}

/* The table at path cut to the rows of before; 0 bytes: the heading is to be written. */
static int keep_rows(struct avo_train_log *log, const char *phase, int64_t epoch,
                     struct avo_error *err)
{
    char *text = NULL;
    size_t len = 0;
    if (avo_read_text(log->path, MAX_BYTES, &text, &len, err))
        return -1;
    /* A run that was killed may have written less than the heading. */
    bool whole = len >= sizeof heading - 1;
    int rc = memcmp(text, heading, whole ? sizeof heading - 1 : len)
                 ? avo_error_set(err, "%s: not a table of this program's --log", log->path) : 0;
    size_t keep = !rc && whole ? rows_to_keep(text, phase, epoch) : 0;
    if (!rc && ftruncate(log->out.fd, (off_t)keep))
        rc = avo_error_sys(err, errno, "%s: cannot write", log->path);
    free(text);
    return rc || keep ? rc : put_heading(log, err);
}

static bool is_file(const struct avo_train_log *log)
{
    struct stat st;
    return log->out.fd >= 0 && !fstat(log->out.fd, &st) && S_ISREG(st.st_mode);
}

int avo_train_log_open(struct avo_train_log *log, const char *path, bool resume,
                       struct avo_error *err)
{
    *log = (struct avo_train_log){.path = path};
    log->out.fd = -1;
    if (!path)
        return 0;
    if (avo_out_open_in_place(&log->out, path, !resume, err))
        return -1;
    if (resume && is_file(log))
        return keep_rows(log, "transfer", INT64_MAX, err);
    return put_heading(log, err);
}

int avo_train_log_cut(struct avo_train_log *log, const char *phase, int64_t epoch,
                      struct avo_error *err)
{
    return log->path && is_file(log) ? keep_rows(log, phase, epoch, err) : 0;
}

void avo_train_log_row(struct avo_train_log *log, const struct avo_epoch_report *r)
{
    char valid[32] = "NA";
    if (!log->path || log->failed.status)
        return;
    if (!isnan(r->valid_mse))
        snprintf(valid, sizeof valid, "%.6f", r->valid_mse);
    if (!avo_out_printf(&log->out, &log->failed,
                        "%s\t%" PRId64 "\t%.6f\t%s\t%d\t%" PRIu64 "\t%" PRIu64 "\n", r->phase,
                        r->epoch, r->train_mse, valid, r->best, r->n_samples, r->n_skipped))
        avo_out_flush(&log->out, &log->failed);
}

int avo_train_log_close(struct avo_train_log *log, struct avo_error *err)
{
    int rc = 0;
    if (log->path && log->out.fd >= 0 && log->failed.status) {
        *err = log->failed;
        rc = -1;
    } else if (log->path && log->out.fd >= 0)
        rc = avo_out_finish(&log->out, err);
    avo_out_release(&log->out);
    log->path = NULL;
    return rc;
}
