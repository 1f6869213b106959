/* SPDX-License-Identifier: MIT */
/* io_sweep.c: temporary files of runs that were killed are removed by the next run that writes the
 * same output. Their owner is gone when their lock can be had: a process number says nothing, since
 * it may be another's by now, or that of another host. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io_priv.h"
#include "libcommon/base/lock.h"

/* The names in the folder looked at last that may be such files: a program that writes thousands
 * of outputs reads the folder once. */
static struct {
    pthread_mutex_t lock;
    char *folder;
    char **names;
    size_t n, cap;
} listing = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Where ".PID-SALT.tmp" begins at the end of name, or NULL. */
static const char *tail_of(const char *name)
{
    size_t len = strlen(name), i = len;
    if (*name != '.' || len < 5 || strcmp(name + len - 4, ".tmp"))
        return NULL;
    i -= 4;
    size_t salt = i;
    while (i > 0 && isxdigit((unsigned char)name[i - 1]))
        i--;
    if (salt - i != 8 || i < 1 || name[i - 1] != '-')
        return NULL;
    size_t pid = --i;
    while (i > 0 && isdigit((unsigned char)name[i - 1]))
        i--;
    return pid > i && i > 2 && name[i - 1] == '.' ? name + i - 1 : NULL;
}

static void forget_names(void)
{
    for (size_t i = 0; i < listing.n; i++)
        free(listing.names[i]);
    free(listing.names);
    free(listing.folder);
    listing.names = NULL;
    listing.folder = NULL;
    listing.n = listing.cap = 0;
}

/* What cannot be read or remembered stays: this is only tidying. */
static void look_into(const char *folder)
{
    struct avo_error ignored = {0};
    struct dirent *e;
    forget_names();
    DIR *d = opendir(*folder ? folder : ".");
    listing.folder = avo_strdup(folder, &ignored);
    while (d && (e = readdir(d))) {
        if (!tail_of(e->d_name) ||
            avo_grow(&listing.names, &listing.cap, listing.n + 1, sizeof *listing.names, "names",
                     &ignored))
            continue;
        char *copy = avo_strdup(e->d_name, &ignored);
        if (copy)
            listing.names[listing.n++] = copy;
    }
    if (d)
        closedir(d);
}

static void remove_if_left(const char *folder, const char *name)
{
    struct avo_error ignored = {0};
    char *path = avo_asprintf(&ignored, "%s%s", folder, name);
    int fd = path ? open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd >= 0 && avo_lock_try(fd) > 0)
        unlink(path);
    if (fd >= 0)
        close(fd);
    free(path);
}

void avo_io_sweep(const char *target)
{
    const char *slash = strrchr(target, '/'), *base = slash ? slash + 1 : target;
    struct avo_error ignored = {0};
    char *folder = avo_asprintf(&ignored, "%.*s", (int)(base - target), target);
    char *start = avo_asprintf(&ignored, ".%.200s", base);
    pthread_mutex_lock(&listing.lock);
    if (folder && (!listing.folder || strcmp(listing.folder, folder)))
        look_into(folder);
    for (size_t i = 0; folder && start && i < listing.n; i++) {
        const char *tail = listing.names[i] ? tail_of(listing.names[i]) : NULL;
        size_t len = tail ? (size_t)(tail - listing.names[i]) : 0;
        if (len != strlen(start) || strncmp(listing.names[i], start, len))
            continue;
        remove_if_left(folder, listing.names[i]);
        free(listing.names[i]);
        listing.names[i] = NULL;
    }
    pthread_mutex_unlock(&listing.lock);
    free(folder);
    free(start);
}

void avo_io_sweep_end(void)
{
    forget_names();
}
