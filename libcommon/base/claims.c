/* SPDX-License-Identifier: MIT */
/* claims.c: a table of the files of a run by what they are. */
#include "libcommon/base/claims.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io_priv.h"

struct claim {
    char *key;              /* NULL: a free slot */
    char *path;
    char *option;           /* of an output; NULL: an input */
};

static struct {
    pthread_mutex_t lock;
    struct claim *slots;
    size_t n, cap;          /* cap: a power of two, or 0 */
    bool frees;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void free_all(void)
{
    for (size_t i = 0; i < all.cap; i++) {
        free(all.slots[i].key);
        free(all.slots[i].path);
        free(all.slots[i].option);
    }
    free(all.slots);
    all.slots = NULL;
    all.n = all.cap = 0;
}

/* "DEVICE:INODE" of what is there, else that of the nearest folder that is and the rest of the
 * name. "" for what cannot be mixed up: devices, pipes. */
static char *key_of(const char *path, struct avo_error *err)
{
    struct stat st;
    char *copy = avo_strdup(path, err), *key = NULL;
    size_t len = strlen(path), cut = len;
    for (bool done = !copy; !done;) {
        copy[cut] = '\0';
        const char *at = cut ? copy : path[0] == '/' ? "/" : ".";
        bool there = !stat(at, &st);
        done = there || !cut;       /* with or without memory for the key */
        if (there) {
            bool odd = cut == len && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
            const char *rest = path + cut + strspn(path + cut, "/");
            key = odd ? avo_strdup("", err)
                      : avo_asprintf(err, "%llx:%llx%s%s", (unsigned long long)st.st_dev,
                                     (unsigned long long)st.st_ino, cut < len ? "/" : "", rest);
        } else if (done)
            key = avo_strdup(path, err);
        while (cut > 0 && path[cut - 1] == '/')
            cut--;
        while (cut > 0 && path[cut - 1] != '/')
            cut--;
    }
    free(copy);
    return key;
}

static char *key_of_standard(bool output, struct avo_error *err)
{
    struct stat st;
    if (!fstat(output ? avo_io_stdout_fd() : 0, &st) && S_ISREG(st.st_mode))
        return avo_asprintf(err, "%llx:%llx", (unsigned long long)st.st_dev,
                            (unsigned long long)st.st_ino);
    return avo_strdup(output ? "<stdout>" : "", err);
}

/* The slot of key, or a free one for it. */
static struct claim *find(struct claim *slots, size_t cap, const char *key)
{
    uint64_t h = 14695981039346656037u;
    for (const char *c = key; *c; c++)
        h = (h ^ (unsigned char)*c) * 1099511628211u;
    size_t i = (size_t)(h ^ h >> 32) & (cap - 1);
    while (slots[i].key && strcmp(slots[i].key, key))
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static int make_room(struct avo_error *err)
{
    size_t cap = all.cap ? 2 * all.cap : 64;
    if (2 * (all.n + 1) <= all.cap)
        return 0;
    struct claim *slots = avo_alloc(cap, sizeof *slots, "names of files", err);
    if (!slots)
        return -1;
    if (!all.frees)
        atexit(free_all);
    all.frees = true;
    for (size_t i = 0; i < all.cap; i++)
        if (all.slots[i].key)
            *find(slots, cap, all.slots[i].key) = all.slots[i];
    free(all.slots);
    all.slots = slots;
    all.cap = cap;
    return 0;
}

static const char *shown(const char *path, bool output)
{
    return strcmp(path, "-") ? path : output ? "<stdout>" : "<stdin>";
}

static int refuse(const struct claim *earlier, const char *path, const char *option,
                  struct avo_error *err)
{
    if (earlier->option && option)
        return avo_usage_error(err, "%s and %s are one file (%s)", earlier->option, option,
                               shown(path, true));
    return avo_usage_error(err, "%s: %s is an input of this run", option ? option : earlier->option,
                           option ? shown(path, true) : shown(earlier->path, true));
}

/* Takes over key. */
static int claim(char *key, const char *path, const char *option, struct avo_error *err)
{
    if (!key || !*key || make_room(err)) {
        int rc = key && !*key ? 0 : -1;
        free(key);
        return rc;
    }
    struct claim *c = find(all.slots, all.cap, key);
    int rc = 0;
    if (!c->key) {
        struct claim new = {.key = key, .path = avo_strdup(path, err)};
        new.option = option && new.path ? avo_strdup(option, err) : NULL;
        if (new.path && (new.option || !option)) {
            *c = new;
            all.n++;
            return 0;
        }
        free(new.path);
        rc = -1;
    } else if ((c->option || option) && (!c->option || !option || strcmp(c->option, option)))
        rc = refuse(c, path, option, err);
    free(key);
    return rc;
}

static int claim_path(const char *path, const char *option, struct avo_error *err)
{
    if (!path)
        return 0;
    pthread_mutex_lock(&all.lock);
    char *key = strcmp(path, "-") ? key_of(path, err) : key_of_standard(option != NULL, err);
    int rc = claim(key, path, option, err);
    pthread_mutex_unlock(&all.lock);
    return rc;
}

int avo_claim_input(const char *path, struct avo_error *err)
{
    return claim_path(path, NULL, err);
}

int avo_claim_output(const char *path, const char *option, struct avo_error *err)
{
    return claim_path(path, option, err);
}
