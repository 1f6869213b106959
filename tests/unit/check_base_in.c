/* SPDX-License-Identifier: MIT */
/* check_base_in.c: inputs from files and pipes, small text files. Runs in an empty folder. */
#include "libcommon/base/io.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
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

/* ---- packed inputs, looking ahead, going back ---- */

/* 0, 1, 2, ... as lines; byte i of it. */
enum { N_LINES = 40000 };
static char lines[N_LINES * 8];
static size_t n_text;

static void make_lines(void)
{
    n_text = 0;
    for (int i = 0; i < N_LINES; i++)
        n_text += (size_t)sprintf(lines + n_text, "%d\n", i);
}

/* The lines as gzip of n members. */
static void pack_lines(const char *path, int n)
{
    make_lines();
    size_t each = n_text / (size_t)n;
    for (int i = 0; i < n; i++) {
        size_t beg = (size_t)i * each, end = i + 1 < n ? beg + each : n_text;
        gzFile gz = gzopen(path, i ? "ab" : "wb");
        ck_assert_int_eq(gzwrite(gz, lines + beg, (unsigned)(end - beg)), (int)(end - beg));
        ck_assert_int_eq(gzclose(gz), Z_OK);
    }
}

/* Looks, reads, skips and seeks at places that no buffer ends at. */
static void expect_lines(const char *path, bool is_gzip)
{
    struct avo_error e = {0};
    struct avo_in in;
    const unsigned char *head;
    static char buf[sizeof lines];
    uint64_t skipped;
    size_t n;
    ck_assert_int_eq(avo_in_open(&in, path, &e), 0);
    for (size_t look = 1; look <= AVO_CONTENT_BYTES; look += 73) {
        ck_assert_int_eq(avo_in_peek(&in, look, &head, &n, &e), 0);
        ck_assert_uint_eq(n, look);
        ck_assert_mem_eq(head, lines, look);
        ck_assert_uint_eq(in.pos_bytes, 0);
    }
    ck_assert(in.is_gzip == is_gzip && in.can_seek == !is_gzip && !in.is_bgzf);
    ck_assert(avo_in_may_hold(&in, n_text));
    ck_assert(avo_in_may_hold(&in, n_text + 1) == is_gzip);
    ck_assert_int_eq(avo_in_read(&in, buf, 7, &n, &e), 0);
    ck_assert_int_eq(avo_in_peek(&in, 300, &head, &n, &e), 0);
    ck_assert_mem_eq(head, lines + 7, 300);
    ck_assert_int_eq(avo_in_skip(&in, 301, &skipped, &e), 0);
    ck_assert_uint_eq(skipped, 301);
    ck_assert_int_eq(avo_in_read(&in, buf, 100000, &n, &e), 0);
    ck_assert_uint_eq(n, 100000);
    ck_assert_mem_eq(buf, lines + 308, 100000);
    ck_assert_int_eq(avo_in_seek(&in, 77777, &e), 0);
    ck_assert_int_eq(avo_in_read_some(&in, buf, 10, &n, &e), 0);
    ck_assert(n > 0 && n <= 10);
    ck_assert_mem_eq(buf, lines + 77777, n);
    ck_assert_int_eq(avo_in_seek(&in, 150001, &e), 0);
    ck_assert_int_eq(avo_in_read(&in, buf, sizeof buf, &n, &e), 0);
    ck_assert_uint_eq(n, n_text - 150001);
    ck_assert_mem_eq(buf, lines + 150001, n);
    ck_assert_uint_eq(in.pos_bytes, n_text);
    ck_assert_int_eq(avo_in_read_some(&in, buf, 1, &n, &e), 0);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(avo_in_check_end(&in, &e), 0);
    avo_in_close(&in);
}

START_TEST(packed_and_plain_are_alike)
{
    struct avo_error e = {0};
    struct avo_in in;
    make_lines();
    write_file("plain", lines, n_text);
    expect_lines("plain", false);
    for (int n = 1; n <= 5; n += 2) {
        pack_lines("packed", n);
        expect_lines("packed", true);
        ck_assert_int_eq(truncate("packed", 1 << 18), 0);   /* zeroes of a tape's last block */
        expect_lines("packed", true);
    }
    ck_assert_int_eq(avo_in_open(&in, "packed", &e), 0);
    ck_assert_int_eq(avo_in_seek(&in, n_text + 1, &e), -1);
    ck_assert_str_eq(e.msg, "packed: the file became shorter");
    avo_in_close(&in);
}
END_TEST

/* A byte that is not what it was, in the second of two members, and bytes that are missing. */
START_TEST(damaged_and_cut_packed_data)
{
    static char buf[sizeof lines], file[sizeof lines];
    struct avo_in in;
    size_t n, len;
    make_lines();
    pack_lines("packed", 2);
    FILE *f = fopen("packed", "rb");
    len = fread(file, 1, sizeof file, f);
    fclose(f);
    for (int what = 0; what < 3; what++) {
        static const char *const want[] = {"packed: damaged gzip data after ",
            "packed: gzip data cut short after ", "packed: damaged gzip data after "};
        struct avo_error e = {0};
        file[len * 3 / 4] = (char)(file[len * 3 / 4] ^ (what == 0));
        write_file("packed", file, what == 1 ? len - 9 : len);
        file[len * 3 / 4] = (char)(file[len * 3 / 4] ^ (what == 0));
        if (what == 2) {                    /* something else behind the end */
            f = fopen("packed", "ab");
            fputs("more", f);
            fclose(f);
        }
        ck_assert_int_eq(avo_in_open(&in, "packed", &e), 0);
        ck_assert_int_eq(avo_in_read(&in, buf, sizeof buf, &n, &e), -1);
        ck_assert_msg(!strncmp(e.msg, want[what], strlen(want[what])), "%s", e.msg);
        avo_in_close(&in);
    }
}
END_TEST

static pid_t writer_of(const char *fifo, const char *from)
{
    pid_t child;
    unlink(fifo);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    if ((child = fork()) == 0) {
        execlp("sh", "sh", "-c", "cat \"$1\" >\"$0\"", fifo, from, (char *)NULL);
        _exit(9);
    }
    return child;
}

/* A look at a pipe, twice, and its reader; all of it once more from a temporary file. */
static void look_and_read(const char *from)
{
    struct avo_error e = {0};
    struct avo_in in;
    static char buf[sizeof lines];
    enum avo_kind kind;
    size_t n;
    int status;
    char *shown;
    pid_t child = writer_of("fifo", from);
    ck_assert_int_eq(avo_in_kind("fifo", &shown, &kind, &e), 0);
    ck_assert_str_eq(shown, "fifo");
    ck_assert_int_eq(kind, AVO_KIND_TEXT);
    free(shown);
    ck_assert_int_eq(avo_in_open(&in, "./fifo", &e), 0);        /* the same by another name */
    ck_assert_int_eq(avo_in_keep(&in, &e), 0);
    ck_assert_int_eq(avo_in_read(&in, buf, 50000, &n, &e), 0);
    ck_assert_mem_eq(buf, lines, 50000);
    ck_assert_int_eq(avo_in_give_back(&in, &e), 0);
    for (int pass = 0; pass < 2; pass++) {
        ck_assert_int_eq(avo_in_open(&in, "fifo", &e), 0);
        if (pass == 0)
            ck_assert(!avo_in_keep(&in, &e) && !avo_in_keep_all(&in, &e));
        ck_assert_int_eq(avo_in_read(&in, buf, sizeof buf, &n, &e), 0);
        ck_assert_uint_eq(n, n_text);
        ck_assert_mem_eq(buf, lines, n_text);
        if (pass == 0)
            ck_assert_int_eq(avo_in_give_back(&in, &e), 0);
        else
            avo_in_close(&in);
    }
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
}

START_TEST(a_pipe_that_was_looked_at)
{
    make_lines();
    write_file("plain", lines, n_text);
    look_and_read("plain");
    pack_lines("packed", 3);
    look_and_read("packed");
}
END_TEST

/* What is let go is not kept any more: who opens the pipe then gets what is left. */
START_TEST(a_pipe_that_was_let_go)
{
    struct avo_error e = {0};
    struct avo_in in;
    int fd[2], old = dup(0);
    char c[8];
    size_t n;
    ck_assert_int_eq(pipe(fd), 0);
    dup2(fd[0], 0);
    close(fd[0]);
    ck_assert_int_eq(write(fd[1], "abcd", 4), 4);
    ck_assert_int_eq(avo_in_open(&in, "-", &e), 0);
    ck_assert_int_eq(avo_in_keep(&in, &e), 0);
    ck_assert_int_eq(avo_in_read(&in, c, 2, &n, &e), 0);
    avo_in_let_go(&in);
    ck_assert_int_eq(avo_in_read(&in, c, 2, &n, &e), 0);
    ck_assert_mem_eq(c, "cd", 2);
    ck_assert_int_eq(avo_in_give_back(&in, &e), 0);
    ck_assert_int_eq(write(fd[1], "ef", 2), 2);
    close(fd[1]);
    ck_assert_int_eq(avo_in_open(&in, NULL, &e), 0);
    ck_assert_int_eq(avo_in_read(&in, c, sizeof c, &n, &e), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert_mem_eq(c, "ef", 2);
    avo_in_close(&in);
    dup2(old, 0);
    close(old);
}
END_TEST

/* stdin that is a file, in the middle of which the program begins. */
START_TEST(a_file_on_stdin_begins_again)
{
    struct avo_error e = {0};
    struct avo_in in;
    int old = dup(0), fd;
    char c[4];
    size_t n;
    write_file("f", "0123456789", 10);
    ck_assert_int_ge(fd = open("f", O_RDONLY), 0);
    dup2(fd, 0);
    close(fd);
    ck_assert_int_eq(lseek(0, 3, SEEK_SET), 3);
    for (int pass = 0; pass < 2; pass++) {
        ck_assert_int_eq(avo_in_open(&in, "-", &e), 0);
        ck_assert_int_eq(avo_in_keep(&in, &e), 0);
        ck_assert_int_eq(avo_in_read(&in, c, 3, &n, &e), 0);
        ck_assert_mem_eq(c, "345", 3);
        ck_assert_int_eq(avo_in_seek(&in, 5, &e), 0);
        ck_assert(avo_in_may_hold(&in, 2) && !avo_in_may_hold(&in, 3));
        ck_assert_int_eq(avo_in_read(&in, c, 4, &n, &e), 0);
        ck_assert_uint_eq(n, 2);
        ck_assert_mem_eq(c, "89", 2);
        ck_assert_int_eq(avo_in_give_back(&in, &e), 0);
    }
    dup2(old, 0);
    close(old);
}
END_TEST

START_TEST(kinds_of_content)
{
    static const struct { const char *bytes; size_t n; enum avo_kind kind; } cases[] = {
        {"", 0, AVO_KIND_TEXT}, {"chr1\t0", 6, AVO_KIND_TEXT}, {"\x89" "avo", 4, AVO_KIND_STREAM},
        {"\x89", 1, AVO_KIND_STREAM}, {"\x93NUMPY", 6, AVO_KIND_NPY},
        {"\x26\xfc\x8f\x88", 4, AVO_KIND_BIGWIG}, {"\x26\xfc\x8f", 3, AVO_KIND_TEXT},
        {"\x88\x8f\xfc\x26", 4, AVO_KIND_BIGWIG_SWAPPED},
        {"\xeb\xf2\x89\x87", 4, AVO_KIND_BIGBED}, {"\x87\x89\xf2\xeb", 4, AVO_KIND_BIGBED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct avo_error e = {0};
        enum avo_kind kind;
        ck_assert_int_eq(avo_content_kind(cases[i].bytes, cases[i].n), cases[i].kind);
        gzFile gz = gzopen("k.gz", "wb");
        gzwrite(gz, cases[i].bytes, (unsigned)cases[i].n);
        gzclose(gz);
        ck_assert_int_eq(avo_in_kind("k.gz", NULL, &kind, &e), 0);
        ck_assert_int_eq(kind, cases[i].kind);
    }
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
    tcase_add_test(t, packed_and_plain_are_alike);
    tcase_add_test(t, damaged_and_cut_packed_data);
    tcase_add_test(t, a_pipe_that_was_looked_at);
    tcase_add_test(t, a_pipe_that_was_let_go);
    tcase_add_test(t, a_file_on_stdin_begins_again);
    tcase_add_test(t, kinds_of_content);
    tcase_add_test(t, missing_inputs_and_folders);
    tcase_add_test(t, text_files);
    tcase_add_test(t, packed_text_files);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
