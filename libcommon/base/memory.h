/* SPDX-License-Identifier: MIT */
/* memory.h: how much memory this process may have. */
#ifndef AVO_BASE_MEMORY_H
#define AVO_BASE_MEMORY_H

#include <stdint.h>

struct avo_memory {
    uint64_t bytes;         /* UINT64_MAX: nothing is known */
    const char *whose;      /* "this machine has", "the control group allows", ... */
};
/* The least of: the machine's memory, the limits of the process's control group (versions 1 and 2)
 * and those around it, and what ulimit -v and -d leave of address space and data. */
struct avo_memory avo_memory_limit(void);
/* The control groups' part: `groups` has the lines of /proc/self/cgroup, `root` is where the files
 * of groups are (/sys/fs/cgroup). UINT64_MAX: no limit. */
uint64_t avo_memory_of_groups(const char *groups, const char *root);

#endif
