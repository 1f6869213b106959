/* SPDX-License-Identifier: MIT */
/* check_base_memory.c: limits of control groups of both versions, of the machine, of ulimit. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/memory.h"

static char root[64];

static void put(const char *folder, const char *file, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "mkdir -p %s%s", root, folder);
    ck_assert_int_eq(system(path), 0);
    snprintf(path, sizeof path, "%s%s/%s", root, folder, file);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static uint64_t limit_with(const char *groups)
{
    char path[128];
    put("", "groups", groups);
    snprintf(path, sizeof path, "%s/groups", root);
    return avo_memory_of_groups(path, root);
}

START_TEST(groups)
{
    char command[128];
    snprintf(root, sizeof root, "/tmp/check-memory-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    /* version 2: the least of a group and those around it; "max" is none */
    put("/a/b", "memory.max", "max\n");
    put("/a", "memory.max", "3000000000\n");
    ck_assert_uint_eq(limit_with("0::/a/b\n"), 3000000000u);
    put("/a/b", "memory.max", "2000000000\n");
    ck_assert_uint_eq(limit_with("0::/a/b\n"), 2000000000u);
    ck_assert_uint_eq(limit_with("0::/\n"), UINT64_MAX);
    /* a container: the name is that outside, the root is its own group */
    put("", "memory.max", "1000000000\n");
    ck_assert_uint_eq(limit_with("0::/docker/0123\n"), 1000000000u);
    ck_assert_uint_eq(limit_with("0::/a/b\n"), 1000000000u);
    put("", "memory.max", "max\n");
    /* version 1, beside other controllers, and both mounted at once */
    put("/memory/job", "memory.limit_in_bytes", "500000000\n");
    ck_assert_uint_eq(limit_with("5:cpu:/job\n4:hugetlb,memory:/job\n"), 500000000u);
    ck_assert_uint_eq(limit_with("5:cpu:/job\n4:memoryx:/job\n"), UINT64_MAX);
    put("/unified/job", "memory.max", "400000000\n");
    ck_assert_uint_eq(limit_with("4:memory:/job\n0::/job\n"), 400000000u);
    /* nothing that can be read */
    ck_assert_uint_eq(limit_with(""), UINT64_MAX);
    ck_assert_uint_eq(limit_with("0\n::\n0::\n"), UINT64_MAX);
    ck_assert_uint_eq(avo_memory_of_groups("/nonexistent", root), UINT64_MAX);
    snprintf(command, sizeof command, "rm -r %s", root);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* ulimit: what is left of it, not what it is. */
START_TEST(soft_limits)
{
    static const int kinds[] = {RLIMIT_AS, RLIMIT_DATA};
    static const char *const whose[] = {"ulimit -v leaves", "ulimit -d leaves"};
    struct avo_memory all = avo_memory_limit();
    ck_assert_uint_gt(all.bytes, 0);
    ck_assert_uint_lt(all.bytes, UINT64_MAX);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit lim = {50000000, 50000000};
        int bad = setrlimit((__rlimit_resource_t)kinds[_i], &lim) != 0;
        struct avo_memory m = avo_memory_limit();
        bad |= m.bytes >= 50000000 || strcmp(m.whose, whose[_i]) != 0;
        _exit(bad);
    }
    int status = -1;
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: memory");
    TCase *t = tcase_create("all");
    tcase_add_test(t, groups);
    tcase_add_loop_test(t, soft_limits, 0, 2);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
