/* SPDX-License-Identifier: MIT */
/* log.c: messages on stderr and the progress line. */
#include "libcommon/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *program_name = "avotools";
static int level;
static enum avo_progress_mode progress_mode = AVO_PROGRESS_AUTO;
static bool line_open;      /* a progress line stands on the terminal without its newline */

void avo_log_init(const char *program)
{
    program_name = program;
}

void avo_log_level(int verbosity)
{
    level = verbosity;
}

int avo_log_verbosity(void)
{
    return level;
}

void avo_log_progress_mode(enum avo_progress_mode mode)
{
    progress_mode = mode;
}

/* Names from files end up in messages: control characters must neither break the line nor
 * reach the terminal. */
static void defuse(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 32 || *s == 127)
            *s = '?';
}

static void print_line(const char *lead, const char *text)
{
    char clean[2048];
    snprintf(clean, sizeof clean, "%s%s", lead, text);
    defuse(clean);
    fprintf(stderr, "%s%s: %s\n", line_open ? "\r\033[K" : "", program_name, clean);
    line_open = false;
    fflush(stderr);
}

#define PRINT_FORMATTED(lead)                                                                      \
    do {                                                                                           \
        char text[1900];                                                                           \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        vsnprintf(text, sizeof text, fmt, ap);                                                     \
        va_end(ap);                                                                                \
        print_line(lead, text);                                                                    \
    } while (0)

void avo_note(const char *fmt, ...)
{
    if (level >= 0)
        PRINT_FORMATTED("");
}

void avo_detail(const char *fmt, ...)
{
    if (level >= 1)
        PRINT_FORMATTED("");
}

void avo_warn(const char *fmt, ...)
{
    if (level >= 0)
        PRINT_FORMATTED("warning: ");
}

void avo_note_lines(const char *lines)
{
    for (size_t n; lines && *lines; lines += n + (lines[n] != '\0')) {
        n = strcspn(lines, "\n");
        avo_note("%.*s", (int)n, lines);
    }
}

int avo_die(const struct avo_error *err)
{
    print_line("", err->msg[0] ? err->msg : "failed without a message");
    if (err->hint[0])
        print_line("hint: ", err->hint);
    return err->status > 0 ? err->status : AVO_EXIT_DATA;
}

double avo_now_sec(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool is_terminal(void)
{
    return isatty(STDERR_FILENO) == 1;
}

static bool wants_progress(void)
{
    if (progress_mode == AVO_PROGRESS_ALWAYS)
        return true;
    return progress_mode == AVO_PROGRESS_AUTO && level >= 0;
}

/* Seconds between two lines: a terminal's is rewritten, a log of a job keeps them all. */
static double interval_sec(void)
{
    return is_terminal() ? 0.2 : progress_mode == AVO_PROGRESS_ALWAYS ? 10 : 30;
}

/* "1234", "12.3k", "4.56M": three figures are enough for a rate. */
static void format_count(double x, char *out, size_t size)
{
    static const char *const unit[] = {"", "k", "M", "G", "T"};
    int i = 0;
    while (x >= (i ? 999.5 : 9999.5) && i < 4) {
        x /= 1000;
        i++;
    }
    snprintf(out, size, i ? "%.3g%s" : "%.0f%s", x, unit[i]);
}

void avo_log_duration(double sec, char *out, size_t size)
{
    long t = sec < 0 ? 0 : sec > 3.6e7 ? 36000000 : (long)(sec + 0.5);
    if (t >= 3600)
        snprintf(out, size, "%ldh%02ldm", t / 3600, t / 60 % 60);
    else if (t >= 60)
        snprintf(out, size, "%ldm%02lds", t / 60, t % 60);
    else
        snprintf(out, size, "%lds", t);
}

static void show(struct avo_progress *p, double now)
{
    char rate[24], eta[24] = "", done[24], total[32] = "", line[300];
    double sec = now - p->t_start_sec, per_sec = sec > 0 ? (double)p->done / sec : 0;
    format_count((double)p->done, done, sizeof done);
    format_count(per_sec, rate, sizeof rate);
    if (p->total) {
        double share = 100.0 * (double)p->done / (double)p->total;
        snprintf(total, sizeof total, " (%.0f%%)", share);
        if (p->done && p->done < p->total)
            avo_log_duration((double)(p->total - p->done) / per_sec, eta, sizeof eta);
    }
    p->text[sizeof p->text - 1] = '\0';
    snprintf(line, sizeof line, "%s %s%s, %s/s%s%s%s%s", done, p->unit, total, rate,
             eta[0] ? ", ETA " : "", eta, p->text[0] ? ", " : "", p->text);
    if (!is_terminal()) {
        print_line("", line);
    } else {
        defuse(line);
        fprintf(stderr, "\r\033[K%s: %.*s", program_name, 100, line);
        fflush(stderr);
        line_open = true;
    }
    p->t_last_sec = now;
    p->shown = true;
}

void avo_progress_start(struct avo_progress *p, const char *unit, uint64_t total)
{
    memset(p, 0, sizeof *p);
    p->unit = unit;
    p->total = total;
    p->t_start_sec = p->t_last_sec = avo_now_sec();
}

void avo_progress_update(struct avo_progress *p, uint64_t done)
{
    p->done = done;
    if (!wants_progress())
        return;
    double now = avo_now_sec();
    if (now - p->t_last_sec >= interval_sec())
        show(p, now);
}

void avo_progress_end(struct avo_progress *p)
{
    if (!wants_progress())
        return;
    if (p->shown || is_terminal() || progress_mode == AVO_PROGRESS_ALWAYS)
        show(p, avo_now_sec());     /* a short run leaves no trace in a log */
    if (line_open)
        fputc('\n', stderr);
    line_open = false;
}
