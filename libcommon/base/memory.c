/* SPDX-License-Identifier: MIT */
/* memory.c: how much memory this process may have. */
#include "libcommon/base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The number in a file of a control group; "max" and files that are not there are no limit. */
static uint64_t limit_in(const char *root, const char *part, const char *folder, const char *file)
{
    char path[8500];
    unsigned long long v = 0;
    snprintf(path, sizeof path, "%s%s%s/%s", root, part, folder, file);
    FILE *f = fopen(path, "re");
    if (!f)
        return UINT64_MAX;
    int n = fscanf(f, "%llu", &v);
    fclose(f);
    return n == 1 && v ? v : UINT64_MAX;
}

/* The least limit of a folder and those around it. A container may see its own group as the root,
 * under the name it has outside: so the root counts whatever the name. */
static uint64_t least_around(const char *root, const char *part, char *folder, const char *file)
{
    uint64_t least = UINT64_MAX;
    for (;;) {
        uint64_t v = limit_in(root, part, folder, file);
        least = v < least ? v : least;
        char *slash = strrchr(folder, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

/* Whether a list of controllers ("cpu,memory") names memory. */
static bool has_memory(const char *list)
{
    for (const char *p = list; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        if (!strncmp(p, "memory", 6) && (p[6] == ',' || !p[6]))
            return true;
    return false;
}

uint64_t avo_memory_of_groups(const char *groups, const char *root)
{
    char line[4096], copy[4096];
    uint64_t least = UINT64_MAX, v;
    FILE *f = fopen(groups, "re");
    while (f && fgets(line, sizeof line, f)) {      /* NUMBER:CONTROLLERS:/FOLDER */
        line[strcspn(line, "\n")] = '\0';
        char *list = strchr(line, ':'), *folder = list ? strchr(list + 1, ':') : NULL;
        if (!folder)
            continue;
        *folder++ = '\0';
        list++;
        const char *parts[] = {*list ? "/memory" : "", *list ? "" : "/unified"};
        for (int i = 0; i < 2 && (!*list || has_memory(list)); i++) {
            snprintf(copy, sizeof copy, "%s", folder);
            v = least_around(root, parts[i], copy, *list ? "memory.limit_in_bytes"
                                                         : "memory.max");
            least = v < least ? v : least;
        }
    }
    if (f)
        fclose(f);
    return least;
}

/* What a soft limit leaves beyond what is used already. */
static uint64_t left_of(int resource, uint64_t used)
{
    struct rlimit lim;
    if (getrlimit(resource, &lim) || lim.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return lim.rlim_cur > used ? lim.rlim_cur - used : 0;
}

static void take(struct avo_memory *m, uint64_t bytes, const char *whose)
{
    if (bytes < m->bytes)
        *m = (struct avo_memory){bytes, whose};
}

struct avo_memory avo_memory_limit(void)
{
    struct avo_memory m = {UINT64_MAX, "this machine has"};
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    unsigned long long all = 0, data = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%llu %*s %*s %*s %*s %llu", &all, &data) != 2)
        all = data = 0;
    if (f)
        fclose(f);
    if (pages > 0 && size > 0)
        take(&m, (uint64_t)pages * (uint64_t)size, "this machine has");
    take(&m, avo_memory_of_groups("/proc/self/cgroup", "/sys/fs/cgroup"),
         "the control group allows");
    if (size > 0) {
        take(&m, left_of(RLIMIT_AS, all * (uint64_t)size), "ulimit -v leaves");
        take(&m, left_of(RLIMIT_DATA, data * (uint64_t)size), "ulimit -d leaves");
    }
    return m;
}
