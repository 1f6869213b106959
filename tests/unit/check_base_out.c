/* SPDX-License-Identifier: MIT */
/* check_base_out.c: outputs that appear only when whole, temporary files, how a process ends.
 * Runs in an empty folder. */
#define _XOPEN_SOURCE 700   /* symlink */
#include "libcommon/base/io.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/unit/scratch.h"

START_TEST(an_output_appears_when_finished)
{
    struct avo_error e = {0};
    struct avo_out out;
    ck_assert_int_eq(avo_out_open(&out, "new/deep/f", NULL, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, "abc", 3, &e), 0);
    ck_assert_int_eq(avo_out_printf(&out, &e, "%05d", 42), 0);
    ck_assert_int_eq(avo_out_flush(&out, &e), 0);
    ck_assert_uint_eq(out.pos_bytes, 8);
    ck_assert_int_eq(access("new/deep/f", F_OK), -1);
    ck_assert_int_eq(count_names("new/deep"), 1);
    ck_assert_int_eq(avo_out_finish(&out, &e), 0);
    avo_out_release(&out);
    avo_out_release(&out);
    expect_content("new/deep/f", "abc00042");
    ck_assert_int_eq(count_names("new/deep"), 1);
}
END_TEST

START_TEST(an_unfinished_output_leaves_nothing)
{
    struct avo_error e = {0};
    struct avo_out out;
    write_file("f", "old", 3);
    ck_assert_int_eq(avo_out_open(&out, "f", NULL, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, "new", 3, &e), 0);
    avo_out_release(&out);
    expect_content("f", "old");
    ck_assert_int_eq(count_names("."), 1);
}
END_TEST

START_TEST(two_outputs_of_one_name)
{
    struct avo_error e = {0};
    struct avo_out a, b;
    ck_assert_int_eq(avo_out_open(&a, "f", NULL, &e), 0);
    ck_assert_int_eq(avo_out_open(&b, "f", NULL, &e), 0);
    ck_assert_int_eq(avo_out_write(&a, "aa", 2, &e), 0);
    ck_assert_int_eq(avo_out_write(&b, "b", 1, &e), 0);
    ck_assert_int_eq(avo_out_finish(&a, &e), 0);
    expect_content("f", "aa");
    ck_assert_int_eq(avo_out_finish(&b, &e), 0);
    avo_out_release(&a);
    avo_out_release(&b);
    expect_content("f", "b");
    ck_assert_int_eq(count_names("."), 1);
}
END_TEST

START_TEST(odd_targets)
{
    struct avo_error e = {0};
    struct avo_out out;
    struct stat st;
    char *tmp = NULL;
    ck_assert_int_eq(mkdir("d", 0777), 0);
    ck_assert_int_eq(avo_out_open(&out, "d", NULL, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.msg, "d: is a folder"));
    avo_error_clear(&e);
    ck_assert_int_eq(avo_out_open(&out, "d/", NULL, &e), -1);
    avo_error_clear(&e);
    write_file("plain", "x", 1);
    ck_assert_int_eq(avo_out_open(&out, "plain/f", NULL, &e), -1);
    avo_error_clear(&e);
    /* A device is written, never replaced. */
    ck_assert_int_eq(avo_out_open(&out, "/dev/null", NULL, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, "x", 1, &e), 0);
    ck_assert_int_eq(avo_out_finish(&out, &e), 0);
    avo_out_release(&out);
    ck_assert(!stat("/dev/null", &st) && S_ISCHR(st.st_mode));
    ck_assert_int_eq(avo_tmp_begin("/dev/null", &tmp, &e), -1);
    avo_error_clear(&e);
    ck_assert_int_eq(avo_out_open(&out, "/dev/full", NULL, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, "x", 1, &e), 0);
    ck_assert_int_eq(avo_out_flush(&out, &e), -1);
    ck_assert_str_eq(e.msg, "/dev/full: cannot write at byte 0: No space left on device");
    avo_out_release(&out);
}
END_TEST

static off_t bytes_there(const struct avo_out *out)
{
    struct stat st;
    ck_assert_int_eq(fstat(out->fd, &st), 0);
    return st.st_size;
}

START_TEST(small_writes_leave_together)
{
    static char block[AVO_OUT_BUFFER], all[2 * AVO_OUT_BUFFER + 1024], got[sizeof all];
    struct avo_error e = {0};
    struct avo_out out;
    size_t n = 0, len;
    FILE *f;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i * 31 % 251);
    ck_assert_int_eq(avo_out_open(&out, "f", NULL, &e), 0);
    for (len = 1; n + len < AVO_OUT_BUFFER; n += len, len++) {
        memcpy(all + n, block + len, len);
        ck_assert_int_eq(avo_out_write(&out, block + len, len, &e), 0);
        ck_assert_int_eq(bytes_there(&out), 0);
    }
    memcpy(all + n, block, len);
    ck_assert_int_eq(avo_out_write(&out, block, len, &e), 0);       /* has no room any more */
    ck_assert_int_eq(bytes_there(&out), (off_t)n);
    n += len;
    ck_assert_int_eq(avo_out_flush(&out, &e), 0);
    ck_assert_int_eq(bytes_there(&out), (off_t)n);
    ck_assert_int_eq(avo_out_write(&out, "abc", 3, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, block, sizeof block, &e), 0);  /* goes as it is */
    memcpy(all + n, "abc", 3);
    memcpy(all + n + 3, block, sizeof block);
    n += 3 + sizeof block;
    ck_assert_int_eq(bytes_there(&out), (off_t)n);
    ck_assert_int_eq(avo_out_write(&out, "z", 1, &e), 0);
    all[n++] = 'z';
    ck_assert_int_eq(avo_out_finish(&out, &e), 0);
    ck_assert_uint_eq(out.pos_bytes, n);
    avo_out_release(&out);
    ck_assert_ptr_nonnull(f = fopen("f", "rb"));
    ck_assert_uint_eq(fread(got, 1, sizeof got, f), n);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_mem_eq(got, all, n);
}
END_TEST

/* What was lost is not forgotten: no later call makes the file look whole. */
START_TEST(a_failed_write_cannot_be_finished)
{
    static char block[AVO_OUT_BUFFER];
    struct avo_error e = {0}, later = {0}, last = {0};
    struct avo_out out;
    ck_assert_int_eq(avo_out_open(&out, "/dev/full", NULL, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, "x", 1, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, block, sizeof block, &e), -1);
    ck_assert_str_eq(e.msg, "/dev/full: cannot write at byte 0: No space left on device");
    ck_assert_int_eq(avo_out_flush(&out, &later), -1);
    ck_assert_str_eq(later.msg, "/dev/full: an earlier write failed");
    ck_assert_int_eq(avo_out_finish(&out, &last), -1);
    ck_assert_str_eq(last.msg, "/dev/full: an earlier write failed");
    avo_out_release(&out);
}
END_TEST

START_TEST(what_is_not_flushed_goes_with_the_output)
{
    struct avo_error e = {0};
    struct avo_out out;
    ck_assert_int_eq(avo_out_open_in_place(&out, "log", true, &e), 0);
    ck_assert_int_eq(avo_out_printf(&out, &e, "one\n"), 0);
    ck_assert_int_eq(avo_out_flush(&out, &e), 0);
    expect_content("log", "one\n");
    ck_assert_int_eq(avo_out_printf(&out, &e, "two\n"), 0);
    avo_out_release(&out);
    expect_content("log", "one\n");
}
END_TEST

START_TEST(a_link_stays_a_link)
{
    struct avo_error e = {0};
    struct avo_out out;
    struct stat st;
    ck_assert_int_eq(mkdir("far", 0777), 0);
    write_file("far/target", "old", 3);
    ck_assert_int_eq(symlink("far/target", "link"), 0);
    ck_assert_int_eq(avo_out_open(&out, "link", NULL, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, "new", 3, &e), 0);
    ck_assert_int_eq(avo_out_finish(&out, &e), 0);
    avo_out_release(&out);
    ck_assert(!lstat("link", &st) && S_ISLNK(st.st_mode));
    expect_content("far/target", "new");
}
END_TEST

START_TEST(long_names_fit)
{
    struct avo_error e = {0};
    struct avo_out out;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    ck_assert_int_eq(avo_out_open(&out, name, NULL, &e), 0);
    ck_assert_int_eq(avo_out_finish(&out, &e), 0);
    avo_out_release(&out);
    ck_assert_int_eq(access(name, F_OK), 0);
}
END_TEST

START_TEST(commit_and_discard)
{
    struct avo_error e = {0};
    char *tmp = NULL;
    ck_assert_int_eq(avo_tmp_begin("x/y.bw", &tmp, &e), 0);
    write_file(tmp, "bw", 2);
    ck_assert_int_eq(avo_tmp_commit(tmp, "x/y.bw", &e), 0);
    free(tmp);
    expect_content("x/y.bw", "bw");
    ck_assert_int_eq(avo_tmp_begin("x/z.bw", &tmp, &e), 0);
    avo_tmp_discard(tmp);
    ck_assert_int_eq(count_names("x"), 1);
    ck_assert_int_eq(avo_tmp_commit(tmp, "x/z.bw", &e), -1);
    ck_assert_ptr_nonnull(strstr(e.msg, "x/z.bw"));
    free(tmp);
    avo_tmp_discard(NULL);
}
END_TEST

/* How a child that holds two unfinished outputs and one finished ends: 0 exit, else the signal. */
static int end_with(int sig)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct avo_error e = {0};
        struct avo_out done, a, b;
        if (sig) {
            signal(sig, SIG_DFL);   /* Check has handlers of its own */
            avo_io_signals();
        }
        if (avo_out_open(&done, "done", NULL, &e) || avo_out_finish(&done, &e) ||
            avo_out_open(&a, "a", NULL, &e) || avo_out_open(&b, "sub/b", NULL, &e))
            _exit(9);
        if (sig)
            raise(sig);
        exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

START_TEST(however_the_process_ends)
{
    static const int signals[] = {0, SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        ck_assert_int_eq(end_with(signals[i]), signals[i]);
        ck_assert_int_eq(access("done", F_OK), 0);
        ck_assert_int_eq(count_names("."), 2);
        ck_assert_int_eq(count_names("sub"), 0);
    }
}
END_TEST

/* A child of the program must not remove the files of its parent. */
START_TEST(a_child_leaves_the_parents_files)
{
    struct avo_error e = {0};
    struct avo_out out;
    ck_assert_int_eq(avo_out_open(&out, "f", NULL, &e), 0);
    pid_t child = fork();
    if (child == 0)
        exit(0);
    waitpid(child, NULL, 0);
    ck_assert_int_eq(count_names("."), 1);
    ck_assert_int_eq(avo_out_finish(&out, &e), 0);
    avo_out_release(&out);
    expect_content("f", "");
}
END_TEST

START_TEST(ignored_signals_stay_ignored)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct avo_error e = {0};
        struct avo_out out;
        signal(SIGHUP, SIG_IGN);
        if (avo_out_open(&out, "f", NULL, &e))
            _exit(9);
        raise(SIGHUP);
        if (avo_out_finish(&out, &e))
            _exit(8);
        avo_out_release(&out);
        exit(0);
    }
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    expect_content("f", "");
}
END_TEST

START_TEST(a_closed_pipe_kills_even_where_ignored)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct avo_error e = {0};
        struct avo_out file, out;
        int fd[2];
        signal(SIGPIPE, SIG_IGN);
        if (pipe(fd) || dup2(fd[1], 1) < 0)
            _exit(9);
        close(fd[0]);
        close(fd[1]);
        if (avo_out_open(&file, "f", NULL, &e) || avo_out_open(&out, "-", "-O text", &e))
            _exit(8);
        avo_out_write(&out, "x", 1, &e);
        avo_out_flush(&out, &e);
        _exit(7);
    }
    waitpid(child, &status, 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    ck_assert_int_eq(count_names("."), 0);
}
END_TEST

START_TEST(a_size_limit_is_a_message)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct avo_error e = {0};
        struct avo_out out;
        struct rlimit limit = {1000, 1000};
        static char block[5000];
        if (setrlimit(RLIMIT_FSIZE, &limit) || avo_out_open(&out, "f", NULL, &e))
            _exit(9);
        if (avo_out_write(&out, block, sizeof block, &e) || !avo_out_flush(&out, &e) ||
            !strstr(e.msg, "File too large"))
            _exit(8);
        avo_out_release(&out);
        exit(0);
    }
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(count_names("."), 0);
}
END_TEST

/* The guard: what a library prints goes to stderr, our bytes to stdout. */
START_TEST(guard_keeps_stdout_clean)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct avo_error e = {0};
        struct avo_out out;
        if (!freopen("seen_out", "w", stdout) || !freopen("seen_err", "w", stderr))
            _exit(9);
        avo_io_guard_stdout();
        avo_io_guard_stdout();
        printf("chatter\n");
        fflush(stdout);
        if (avo_out_open(&out, NULL, "-O text", &e) || avo_out_write(&out, "data", 4, &e) ||
            avo_out_finish(&out, &e))
            _exit(8);
        avo_out_release(&out);
        exit(0);
    }
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    expect_content("seen_out", "data");
    expect_content("seen_err", "chatter\n");
}
END_TEST

/* With fds 0-2 closed, the first file opened must not become stdout. */
START_TEST(guard_fills_closed_descriptors)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct avo_error e = {0};
        struct avo_out out, std;
        close(0);
        close(1);
        close(2);
        avo_io_guard_stdout();
        if (avo_out_open(&out, "f", NULL, &e) || out.fd < 3)
            _exit(9);
        if (!avo_out_open(&std, NULL, NULL, &e) && !avo_out_write(&std, "x", 1, &e) &&
            !avo_out_flush(&std, &e))
            _exit(8);
        fputs("lost", stderr);
        if (avo_out_finish(&out, &(struct avo_error){0}))
            _exit(7);
        _exit(0);
    }
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    expect_content("f", "");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: out");
    TCase *t = scratch_case(s, "out");
    tcase_add_test(t, an_output_appears_when_finished);
    tcase_add_test(t, an_unfinished_output_leaves_nothing);
    tcase_add_test(t, two_outputs_of_one_name);
    tcase_add_test(t, odd_targets);
    tcase_add_test(t, a_link_stays_a_link);
    tcase_add_test(t, long_names_fit);
    tcase_add_test(t, commit_and_discard);
    tcase_add_test(t, small_writes_leave_together);
    tcase_add_test(t, a_failed_write_cannot_be_finished);
    tcase_add_test(t, what_is_not_flushed_goes_with_the_output);
    t = scratch_case(s, "ends");
    tcase_add_test(t, however_the_process_ends);
    tcase_add_test(t, a_child_leaves_the_parents_files);
    tcase_add_test(t, ignored_signals_stay_ignored);
    tcase_add_test(t, a_closed_pipe_kills_even_where_ignored);
    tcase_add_test(t, a_size_limit_is_a_message);
    tcase_add_test(t, guard_keeps_stdout_clean);
    tcase_add_test(t, guard_fills_closed_descriptors);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
