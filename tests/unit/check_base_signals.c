/* SPDX-License-Identifier: MIT */
/* check_base_signals.c: handlers and threads beside code that uses the stack pointer otherwise. */
#define _GNU_SOURCE     /* mmap's flags, ucontext */
#include "libcommon/base/signals.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "libcommon/base/io.h"

static void on_alarm(int sig)
{
    (void)sig;
    raise(SIGTERM);
}

START_TEST(a_signal_can_break_a_read)
{
    struct avo_error e = {0};
    struct avo_in in;
    struct sigaction act = {0};
    int fd[2], status = 0;
    char c;
    size_t got = 0;
    ck_assert_int_eq(pipe(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fd[0], 0);
        act.sa_handler = on_alarm;
        sigaction(SIGALRM, &act, NULL);
        const atomic_int *stop = avo_signals_stop();
        if (*stop || avo_in_open(&in, NULL, &e))
            _exit(9);
        alarm(1);
        if (avo_in_read(&in, &c, 1, &got, &e) != -1 || strcmp(e.msg, "<stdin>: interrupted"))
            _exit(8);
        _exit(*stop == SIGTERM && avo_in_read(&in, &c, 1, &got, &e) == -1 ? 0 : 7);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(fd[0]);
    close(fd[1]);
}
END_TEST

/* Generated code keeps the stack pointer inside a heap block. Here it lies a few bytes above a page
 * that nobody may touch: a handler's frame there would be a death by SEGV. */
static void term_to_self(void)
{
    kill(getpid(), SIGTERM);
}

static int die_without_stack(const atomic_int **stop)
{
    static ucontext_t here, there;
    long page = sysconf(_SC_PAGESIZE);
    char *p = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);
    if (p == MAP_FAILED || mprotect(p, (size_t)page, PROT_NONE) || getcontext(&there))
        return 9;
    kill(getpid(), 0);      /* finding the function in its library takes a stack, once */
    there.uc_stack.ss_sp = p + page;
    there.uc_stack.ss_size = 512;
    there.uc_link = &here;
    makecontext(&there, term_to_self, 0);
    return swapcontext(&here, &there) || !*stop || **stop != SIGTERM ? 8 : 0;
}

START_TEST(handlers_need_no_room_on_the_stack)
{
    int status = 0;
    for (int stops = 0; stops < 2; stops++) {
        char folder[] = "signals.XXXXXX", path[64];
        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/f", folder);
        pid_t child = fork();
        if (child == 0) {
            struct avo_error e = {0};
            struct avo_out out;
            const atomic_int *stop = NULL;
            signal(SIGTERM, SIG_DFL);
            avo_io_guard_stdout();
            if (avo_out_open(&out, path, NULL, &e))
                _exit(7);
            if (stops)
                stop = avo_signals_stop();
            int rc = die_without_stack(&stop);
            avo_out_release(&out);
            _exit(rc);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, stops ? 0 : SIGTERM);
        ck_assert_int_eq(rmdir(folder), 0);     /* nothing is left in it */
    }
}
END_TEST

static void *mask_of_thread(void *mask)
{
    pthread_sigmask(SIG_BLOCK, NULL, mask);
    return NULL;
}

START_TEST(threads_of_ours_block_signals)
{
    sigset_t mask;
    pthread_t thread;
    sigemptyset(&mask);
    ck_assert_int_eq(avo_signals_thread(&thread, mask_of_thread, &mask), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(sigismember(&mask, SIGTERM) && sigismember(&mask, SIGINT) &&
              sigismember(&mask, SIGHUP) && sigismember(&mask, SIGPROF));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: signals");
    TCase *t = tcase_create("signals");
#ifndef __SANITIZE_THREAD__     /* holds signals back, and its own handler needs room */
    tcase_add_test(t, a_signal_can_break_a_read);
    tcase_add_test(t, handlers_need_no_room_on_the_stack);
#else
    (void)a_signal_can_break_a_read, (void)handlers_need_no_room_on_the_stack;
#endif
    tcase_add_test(t, threads_of_ours_block_signals);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
