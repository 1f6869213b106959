/* SPDX-License-Identifier: MIT */
/* time_left.c: see time_left.h. */
#include "libcommon/base/time_left.h"

#include <stdio.h>

enum { TIMED_SEC = 5 };         /* of steps, before their rate is trusted */

/* "90 seconds" is no more exact than "2 minutes": one unit, two figures. */
static void in_words(double sec, char *out, size_t size)
{
    static const struct { double sec; const char *unit; } units[] = {
        {60, "minute"}, {3600, "hour"}, {86400, "day"}};
    int k = sec < 90 * 60 ? 0 : sec < 48 * 3600 ? 1 : 2;
    double n = sec / units[k].sec;
    if (n < 9.5 && k)
        snprintf(out, size, "%.1f %ss", n, units[k].unit);
    else
        snprintf(out, size, "%.0f %s%s", n, units[k].unit, n < 1.5 ? "" : "s");
}

bool avo_time_left(struct avo_time_left *t, double now_sec, uint64_t done, uint64_t total,
                   char *text, size_t size)
{
    if (!t->begun) {
        *t = (struct avo_time_left){.t_first_sec = now_sec, .first = done, .begun = true};
        return false;
    }
    double took = now_sec - t->t_first_sec;
    if (t->told || took < TIMED_SEC || done <= t->first || done >= total)
        return false;
    t->told = true;
    double left = took * (double)(total - done) / (double)(done - t->first);
    if (left < 60)
        return false;
    in_words(left, text, size);
    return true;
}
