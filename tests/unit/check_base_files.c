/* SPDX-License-Identifier: MIT */
/* check_base_files.c: locks that say who holds them, and claims of inputs and outputs. */
#define _XOPEN_SOURCE 700   /* symlink, mkdtemp */
#include "libcommon/base/claims.h"
#include "libcommon/base/io.h"
#include "libcommon/base/lock.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char here[4096], scratch[] = "/tmp/check_base_files.XXXXXX";

static void enter(void)
{
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    strcpy(scratch + strlen(scratch) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    ck_assert_int_eq(chdir(scratch), 0);
}

static void leave(void)
{
    char command[128];
    ck_assert_int_eq(chdir(here), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    ck_assert_int_eq(system(command), 0);
}

static void touch(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0666);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

/* ---- locks ---- */

START_TEST(a_lock_says_who_holds_it)
{
    struct avo_error e = {0};
    struct avo_lock a, b;
    char want[64];
    bool unsafe = false;
    ck_assert_msg(!avo_lock_take(&a, "new/f", &unsafe, &e), "%s", e.msg);
    ck_assert(!unsafe);
    ck_assert_int_eq(access("new/.f.lock", F_OK), 0);
    ck_assert_int_eq(avo_lock_take(&b, "./new/f", &unsafe, &e), -1);
    snprintf(want, sizeof want, "./new/f: another run works on it (process %ld on ",
             (long)getpid());
    ck_assert_msg(!strncmp(e.msg, want, strlen(want)), "%s", e.msg);
    avo_lock_release(&b);
    avo_lock_release(&a);
    avo_lock_release(&a);
    ck_assert_int_eq(access("new/.f.lock", F_OK), -1);
    avo_error_clear(&e);
    ck_assert_int_eq(avo_lock_take(&b, "new/f", &unsafe, &e), 0);
    avo_lock_release(&b);
}
END_TEST

/* By exit, by a signal, by KILL: the next one gets it, and no file is left behind it. */
START_TEST(a_lock_ends_with_its_process)
{
    static const int ends[] = {0, SIGTERM, SIGKILL};
    for (int i = 0; i < 3; i++) {
        struct avo_error e = {0};
        struct avo_lock lock;
        bool unsafe = false;
        pid_t child = fork();
        if (child == 0) {
            signal(SIGTERM, SIG_DFL);   /* Check has handlers of its own */
            avo_io_signals();
            if (avo_lock_take(&lock, "f", &unsafe, &e))
                _exit(9);
            if (ends[i])
                raise(ends[i]);
            exit(0);
        }
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
        ck_assert_int_eq(access(".f.lock", F_OK), ends[i] == SIGKILL ? 0 : -1);
        ck_assert_msg(!avo_lock_take(&lock, "f", &unsafe, &e), "%s", e.msg);
        avo_lock_release(&lock);
        ck_assert_int_eq(access(".f.lock", F_OK), -1);
    }
}
END_TEST

START_TEST(a_lock_is_that_of_what_a_link_names)
{
    struct avo_error e = {0};
    struct avo_lock a, b;
    bool unsafe = false;
    touch("f");
    ck_assert_int_eq(symlink("f", "link"), 0);
    ck_assert_int_eq(avo_lock_take(&a, "f", &unsafe, &e), 0);
    ck_assert_int_eq(avo_lock_take(&b, "link", &unsafe, &e), -1);
    avo_lock_release(&a);
    avo_error_clear(&e);
    /* Nothing to lock: no file, stdout, a device. */
    ck_assert_int_eq(avo_lock_take(&a, NULL, &unsafe, &e), 0);
    ck_assert_int_eq(avo_lock_take(&b, "-", &unsafe, &e), 0);
    ck_assert_int_eq(avo_lock_take(&b, "/dev/null", &unsafe, &e), 0);
    avo_lock_release(&a);
    avo_lock_release(&b);
}
END_TEST

/* ---- claims: each test in a process of its own, which the table of claims is part of ---- */

/* 'r' reads, 'w' writes (as -o), 'l' writes (as --log); the last one's verdict. */
static int claims(const char *const *list)
{
    struct avo_error e = {0};
    int rc = 0, status;
    pid_t child = fork();
    if (child == 0) {
        for (; *list && !rc; list++)
            rc = **list == 'r' ? avo_claim_input(*list + 1, &e)
                               : avo_claim_output(*list + 1, **list == 'w' ? "-o" : "--log", &e);
        _exit(!rc ? 0 : *list || e.status != AVO_EXIT_USAGE ? 9 : 2);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}
#define CLAIMS(...) claims((const char *const[]){__VA_ARGS__, NULL})

START_TEST(what_is_read_is_not_written)
{
    touch("f");
    touch("g");
    ck_assert_int_eq(mkdir("d", 0777), 0);
    ck_assert_int_eq(symlink("../f", "d/soft"), 0);
    ck_assert_int_eq(link("f", "hard"), 0);
    ck_assert_int_eq(CLAIMS("rf", "wg"), 0);
    ck_assert_int_eq(CLAIMS("rf", "rf", "wf"), 2);
    ck_assert_int_eq(CLAIMS("wf", "rf"), 2);
    ck_assert_int_eq(CLAIMS("rf", "w./d/../f"), 2);
    ck_assert_int_eq(CLAIMS("rf", "wd/soft"), 2);
    ck_assert_int_eq(CLAIMS("rd/soft", "whard"), 2);
    ck_assert_int_eq(CLAIMS("rf", "lg", "wg"), 2);
    ck_assert_int_eq(CLAIMS("rf", "wg", "wg"), 0);      /* what asked for it names it again */
}
END_TEST

START_TEST(outputs_that_are_not_there_yet)
{
    ck_assert_int_eq(mkdir("d", 0777), 0);
    ck_assert_int_eq(symlink("d", "e"), 0);
    ck_assert_int_eq(CLAIMS("wd/x", "ld/y"), 0);
    ck_assert_int_eq(CLAIMS("wd/x", "ly/x"), 0);
    ck_assert_int_eq(CLAIMS("wd/x", "le/x"), 2);
    ck_assert_int_eq(CLAIMS("wx", "l./x"), 2);
    ck_assert_int_eq(CLAIMS("wnew/deep/x", "l.//new/deep/x"), 2);
    ck_assert_int_eq(CLAIMS("wnew/deep/x", "lnew/x"), 0);
    ck_assert_int_eq(CLAIMS("rx", "wx"), 2);
    /* Devices can be given as often as wanted, a standard output once. */
    ck_assert_int_eq(CLAIMS("w/dev/null", "l/dev/null", "r/dev/null"), 0);
    ck_assert_int_eq(CLAIMS("w-", "l-"), 2);
}
END_TEST

START_TEST(thousands_of_claims)
{
    struct avo_error e = {0};
    char name[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "file.%d", i);
        ck_assert_int_eq(avo_claim_input(name, &e), 0);
    }
    for (int i = 0; i < 5000; i += 100) {
        snprintf(name, sizeof name, "file.%d", i);
        ck_assert_int_eq(avo_claim_output(name, "-o", &e), -1);
        avo_error_clear(&e);
    }
    ck_assert_int_eq(avo_claim_output("file.5000", "-o", &e), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: files");
    TCase *t = tcase_create("files");
    tcase_add_checked_fixture(t, enter, leave);
    tcase_add_test(t, a_lock_says_who_holds_it);
    tcase_add_test(t, a_lock_ends_with_its_process);
    tcase_add_test(t, a_lock_is_that_of_what_a_link_names);
    tcase_add_test(t, what_is_read_is_not_written);
    tcase_add_test(t, outputs_that_are_not_there_yet);
    tcase_add_test(t, thousands_of_claims);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
