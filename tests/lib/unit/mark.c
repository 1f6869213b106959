/* SPDX-License-Identifier: MIT */
/* mark.c: Check sends its runner a message at every assertion that holds, to tell where a test was
 * when it crashed: most of the time of tests that compare a million values. Here the first message
 * from a line stands for all of that line. Linked with --wrap=_mark_point. */
#include <stdint.h>

void __real__mark_point(const char *file, int line);
void __wrap__mark_point(const char *file, int line);

void __wrap__mark_point(const char *file, int line)
{
    enum { LINES = 1 << 12 };
    static const char *told[LINES];     /* by line: the file that was there last */
    unsigned at = (unsigned)line % LINES;
    if (told[at] == file)
        return;
    told[at] = file;
    __real__mark_point(file, line);
}
