/* SPDX-License-Identifier: MIT */
/* scratch.c: unit tests that each run in an empty folder of their own, and files there. */
#define _XOPEN_SOURCE 700   /* mkdtemp */
#include "tests/lib/unit/scratch.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void write_file(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

void expect_content(const char *path, const char *want)
{
    char got[256] = "";
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s is missing", path);
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    fclose(f);
    ck_assert_str_eq(got, want);
}

int count_names(const char *folder)
{
    int n = 0;
    DIR *d = opendir(folder);
    ck_assert_ptr_nonnull(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static char here[PATH_MAX], scratch[PATH_MAX];

static void enter(void)
{
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    strcpy(scratch, "/tmp/avotools-unit.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    ck_assert_int_eq(chdir(scratch), 0);
}

static void leave(void)
{
    char command[PATH_MAX + 16];
    ck_assert_int_eq(chdir(here), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    ck_assert_int_eq(system(command), 0);
}

TCase *scratch_case(Suite *s, const char *name)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, enter, leave);
    suite_add_tcase(s, t);
    return t;
}
