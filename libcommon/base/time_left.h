/* SPDX-License-Identifier: MIT */
/* time_left.h: how long a run will take, told once, as soon as it can be told. */
#ifndef AVO_BASE_TIME_LEFT_H
#define AVO_BASE_TIME_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero is the state of a run that has not begun. */
struct avo_time_left {
    double t_first_sec;
    uint64_t first;             /* done at the first call: a resumed run's is not 0 */
    bool begun, told;
};
/* Takes note of `done` of `total` (0: unknown) at now_sec. True once, when the run has gone on for
 * some seconds: text then says how long what is left will take, if that is a minute or more. */
bool avo_time_left(struct avo_time_left *t, double now_sec, uint64_t done, uint64_t total,
                   char *text, size_t size);

#endif
