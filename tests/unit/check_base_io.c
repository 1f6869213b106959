/* SPDX-License-Identifier: MIT */
/* check_base_io.c: inputs, outputs that appear only when whole, temporary files, text files.
 * Runs in an empty folder that the runner made. */
#define _XOPEN_SOURCE 700   /* symlink, realpath */
#include "libcommon/base/io.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

static void write_file(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

static void expect_content(const char *path, const char *want)
{
    char got[256] = "";
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s is missing", path);
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    fclose(f);
    ck_assert_str_eq(got, want);
}

/* How many names a folder holds. */
static int count_names(const char *folder)
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
    strcpy(scratch, "/tmp/check_base_io.XXXXXX");
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

START_TEST(reading_and_skipping_a_file)
{
    struct avo_error e = {0};
    struct avo_in in;
    char buf[16];
    size_t got = 9;
    uint64_t skipped = 9;
    write_file("f", "0123456789", 10);
    ck_assert_int_eq(avo_in_open(&in, "f", &e), 0);
    ck_assert(in.can_seek && !in.is_stdin);
    ck_assert_str_eq(in.name, "f");
    ck_assert_int_eq(avo_in_read(&in, buf, 3, &got, &e), 0);
    ck_assert_uint_eq(got, 3);
    ck_assert_mem_eq(buf, "012", 3);
    ck_assert_int_eq(avo_in_skip(&in, 4, &skipped, &e), 0);
    ck_assert_uint_eq(skipped, 4);
    ck_assert_int_eq(avo_in_read(&in, buf, 1, &got, &e), 0);
    ck_assert_int_eq(buf[0], '7');
    ck_assert_uint_eq(in.pos_bytes, 8);
    ck_assert_int_eq(avo_in_skip(&in, UINT64_MAX, &skipped, &e), 0);
    ck_assert_uint_eq(skipped, 2);
    ck_assert_int_eq(avo_in_read(&in, buf, 5, &got, &e), 0);
    ck_assert_uint_eq(got, 0);
    ck_assert_uint_eq(in.pos_bytes, 10);
    avo_in_close(&in);
    avo_in_close(&in);
}
END_TEST

/* A pipe gives what it has in pieces; reads go on until the length or the end. */
START_TEST(reading_and_skipping_a_pipe)
{
    struct avo_error e = {0};
    struct avo_in in;
    int fd[2], old = dup(0);
    ck_assert_int_eq(pipe(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 100; i++) {
            char block[1000];
            memset(block, i, sizeof block);
            if (write(fd[1], block, sizeof block) != sizeof block)
                _exit(1);
        }
        _exit(0);
    }
    close(fd[1]);
    dup2(fd[0], 0);
    close(fd[0]);
    ck_assert_int_eq(avo_in_open(&in, "-", &e), 0);
    ck_assert(in.is_stdin && !in.can_seek);
    ck_assert_str_eq(in.name, "<stdin>");
    static char buf[50000];
    size_t got = 0;
    uint64_t skipped = 0;
    ck_assert_int_eq(avo_in_read(&in, buf, sizeof buf, &got, &e), 0);
    ck_assert_uint_eq(got, sizeof buf);
    ck_assert_int_eq(buf[49999], 49);
    ck_assert_int_eq(avo_in_skip(&in, 40500, &skipped, &e), 0);
    ck_assert_uint_eq(skipped, 40500);
    ck_assert_int_eq(avo_in_read(&in, buf, sizeof buf, &got, &e), 0);
    ck_assert_uint_eq(got, 9500);
    ck_assert_int_eq(buf[0], 90);
    ck_assert_int_eq(avo_in_skip(&in, 5, &skipped, &e), 0);
    ck_assert_uint_eq(skipped, 0);
    avo_in_close(&in);
    waitpid(child, NULL, 0);
    dup2(old, 0);
    close(old);
}
END_TEST

START_TEST(missing_inputs_and_folders)
{
    struct avo_error e = {0};
    struct avo_in in;
    ck_assert_int_eq(avo_in_open(&in, "nowhere/f", &e), -1);
    ck_assert_str_eq(e.msg, "nowhere/f: cannot open: No such file or directory");
    ck_assert_int_eq(e.status, AVO_EXIT_DATA);
    avo_error_clear(&e);
    ck_assert_int_eq(avo_in_open(&in, ".", &e), -1);
    ck_assert_ptr_nonnull(strstr(e.msg, "is a folder"));
}
END_TEST

START_TEST(an_output_appears_when_finished)
{
    struct avo_error e = {0};
    struct avo_out out;
    ck_assert_int_eq(avo_out_open(&out, "new/deep/f", NULL, &e), 0);
    ck_assert_int_eq(avo_out_write(&out, "abc", 3, &e), 0);
    ck_assert_int_eq(avo_out_printf(&out, &e, "%05d", 42), 0);
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
    ck_assert_int_eq(avo_out_write(&out, "x", 1, &e), -1);
    ck_assert_str_eq(e.msg, "/dev/full: cannot write at byte 0: No space left on device");
    avo_out_release(&out);
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
        if (!avo_out_write(&out, block, sizeof block, &e) || !strstr(e.msg, "File too large"))
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
        if (!avo_out_open(&std, NULL, NULL, &e) && !avo_out_write(&std, "x", 1, &e))
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

static void expect_text(const char *path, const char *want)
{
    struct avo_error e = {0};
    char *text = NULL;
    size_t len = 0;
    ck_assert_msg(!avo_read_text(path, 100000, &text, &len, &e), "%s", e.msg);
    ck_assert_uint_eq(len, strlen(want));
    ck_assert_str_eq(text, want);
    free(text);
}

static void expect_text_error(const char *path, size_t max, const char *want)
{
    struct avo_error e = {0};
    char *text = NULL;
    ck_assert_int_eq(avo_read_text(path, max, &text, NULL, &e), -1);
    ck_assert_ptr_null(text);
    ck_assert_msg(strstr(e.msg, want) && strstr(e.msg, path), "%s", e.msg);
}

START_TEST(text_files)
{
    write_file("plain", "a\nb", 3);
    expect_text("plain", "a\nb");
    write_file("dos", "\xef\xbb\xbf" "a\r\nb\rc\r\n", 11);
    expect_text("dos", "a\nb\rc\n");
    write_file("none", "", 0);
    expect_text("none", "");
    write_file("mark", "\xef\xbb\xbf", 3);
    expect_text("mark", "");
    write_file("cr", "a\r", 2);
    expect_text("cr", "a\r");
    write_file("zero", "a\0b", 3);
    expect_text_error("zero", 100, "not a text file");
    expect_text_error("plain", 2, "longer than 2 bytes");
    expect_text_error("missing", 2, "No such file");
    expect_text_error(".", 2, "is a folder");
}
END_TEST

START_TEST(packed_text_files)
{
    gzFile gz = gzopen("t.gz", "wb");
    for (int i = 0; i < 2000; i++)
        gzprintf(gz, "line %d\r\n", i % 10);
    ck_assert_int_eq(gzclose(gz), Z_OK);
    struct avo_error e = {0};
    char *text = NULL;
    size_t len = 0;
    ck_assert_int_eq(avo_read_text("t.gz", 100000, &text, &len, &e), 0);
    ck_assert_uint_eq(len, 2000 * 7);
    ck_assert(!strncmp(text, "line 0\nline 1\n", 14));
    free(text);
    expect_text_error("t.gz", 15999, "longer than 15999 bytes");
    struct stat st;
    ck_assert_int_eq(stat("t.gz", &st), 0);
    for (off_t cut = 1; cut <= 9; cut += 4) {
        ck_assert_int_eq(truncate("t.gz", st.st_size - cut), 0);
        expect_text_error("t.gz", 100000, "t.gz");
    }
}
END_TEST

static TCase *in_scratch(Suite *s, const char *name)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, enter, leave);
    suite_add_tcase(s, t);
    return t;
}

int main(void)
{
    Suite *s = suite_create("base: io");
    TCase *t = in_scratch(s, "in");
    tcase_add_test(t, reading_and_skipping_a_file);
    tcase_add_test(t, reading_and_skipping_a_pipe);
    tcase_add_test(t, missing_inputs_and_folders);
    tcase_add_test(t, text_files);
    tcase_add_test(t, packed_text_files);
    t = in_scratch(s, "out");
    tcase_add_test(t, an_output_appears_when_finished);
    tcase_add_test(t, an_unfinished_output_leaves_nothing);
    tcase_add_test(t, two_outputs_of_one_name);
    tcase_add_test(t, odd_targets);
    tcase_add_test(t, a_link_stays_a_link);
    tcase_add_test(t, long_names_fit);
    tcase_add_test(t, commit_and_discard);
    t = in_scratch(s, "ends");
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
