/* SPDX-License-Identifier: MIT */
/* check_base_in.c: inputs from files and pipes, small text files. Runs in an empty folder. */
#include "libcommon/base/io.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/lib/unit/scratch.h"

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

int main(void)
{
    Suite *s = suite_create("base: in");
    TCase *t = scratch_case(s, "in");
    tcase_add_test(t, reading_and_skipping_a_file);
    tcase_add_test(t, reading_and_skipping_a_pipe);
    tcase_add_test(t, missing_inputs_and_folders);
    tcase_add_test(t, text_files);
    tcase_add_test(t, packed_text_files);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
