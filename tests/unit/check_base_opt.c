/* SPDX-License-Identifier: MIT */
/* check_base_opt.c: the shared command line, and what goes to stdout and stderr around it. */
#include "libcommon/base/opt.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/base/threads.h"

enum { ID_EPOCHS = 256, ID_EPSILON, ID_WARM, ID_HIDDEN };

struct seen {
    int64_t bin;
    const char *epochs, *epsilon;
    int n_warm;
};

static int set(void *user, int id, const char *arg, struct avo_error *err)
{
    struct seen *s = user;
    switch (id) {
    case 'b': return avo_parse_int(arg, 1, 1000, "-b", &s->bin, err);
    case ID_EPOCHS: s->epochs = arg; return 0;
    case ID_EPSILON: s->epsilon = arg; return 0;
    case ID_WARM: s->n_warm++; return 0;
    default: return avo_error_set(err, "refused without a status");
    }
}

static const struct avo_opt own_rows[] = {
    {'b', "bin", "N", "bin size [25]"},
    {ID_EPOCHS, "epochs", "N", "passes over the data"},
    {ID_EPSILON, "epsilon", "X", "a help text that is far too long for one line of eighty columns "
                                 "and so has to be broken between its words"},
    {ID_WARM, "warm", NULL, "start from what is there"},
    {ID_HIDDEN, "secret", NULL, NULL},
    {0},
};

static struct seen seen;
static const struct avo_cli cli = {.program = "prog", .synopsis = "[options] [FILE ...]",
                                   .purpose = "does one thing", .example = "prog -b 50 x.avo",
                                   .common = ~0u, .opts = own_rows, .set = set, .user = &seen};
static struct avo_common common;
static struct avo_error error;
static char *args[32];
static int n_args, first;

/* Parses words separated by spaces ("" gives an empty word). */
static int parse(const char *words)
{
    static char text[512];
    char *p = text;
    snprintf(text, sizeof text, "%s", words);
    memset(&seen, 0, sizeof seen);
    memset(&error, 0, sizeof error);
    n_args = 0;
    args[n_args++] = (char *)(uintptr_t)"prog";
    for (char *w = strtok_r(p, " ", &p); w; w = strtok_r(NULL, " ", &p))
        args[n_args++] = w;
    args[n_args] = NULL;
    return avo_cli_parse(&cli, &common, n_args, args, &first, &error);
}

START_TEST(defaults)
{
    ck_assert_int_eq(parse(""), 0);
    ck_assert_int_eq(first, 1);
    ck_assert_uint_eq(common.seed, 0);
    ck_assert_int_eq(common.n_threads, avo_threads_default());
    ck_assert_str_eq(common.device, "auto");
    ck_assert_str_eq(common.precision, "auto");
    ck_assert_ptr_null(common.output);
    ck_assert(!common.no_provenance);
}
END_TEST

START_TEST(every_spelling)
{
    ck_assert_int_eq(parse("-b50 -o out --epochs=3 --eps 1e-7 -@ 3 --seed 12 -O tsv -r chr1,chr2 "
                           "-R x.bed --device cpu --precision f32 --no-prov --warm --warm"), 0);
    ck_assert_int_eq(seen.bin, 50);
    ck_assert_str_eq(common.output, "out");
    ck_assert_str_eq(seen.epochs, "3");
    ck_assert_str_eq(seen.epsilon, "1e-7");
    ck_assert_int_eq(common.n_threads, 3);
    ck_assert_uint_eq(common.seed, 12);
    ck_assert_str_eq(common.format, "tsv");
    ck_assert_str_eq(common.region, "chr1,chr2");
    ck_assert_str_eq(common.region_file, "x.bed");
    ck_assert_str_eq(common.device, "cpu");
    ck_assert_str_eq(common.precision, "f32");
    ck_assert(common.no_provenance);
    ck_assert_int_eq(seen.n_warm, 2);
    ck_assert_int_eq(first, n_args);
    ck_assert_int_eq(parse("-b 7 --output x --threads=2"), 0);
    ck_assert_int_eq(seen.bin, 7);
    ck_assert_str_eq(common.output, "x");
    ck_assert_int_eq(common.n_threads, 2);
    ck_assert_int_eq(parse("--epochs -3"), 0);
    ck_assert_str_eq(seen.epochs, "-3");
    ck_assert_int_eq(parse("--epochs="), 0);
    ck_assert_str_eq(seen.epochs, "");
}
END_TEST

START_TEST(operands_in_any_place)
{
    ck_assert_int_eq(parse("a -b 50 - b --warm c -- -x --warm"), 0);
    ck_assert_int_eq(n_args - first, 6);
    static const char *const want[] = {"a", "-", "b", "c", "-x", "--warm"};
    for (int i = 0; i < 6; i++)
        ck_assert_str_eq(args[first + i], want[i]);
    ck_assert_ptr_null(args[n_args]);
    ck_assert_int_eq(seen.n_warm, 1);
    ck_assert_int_eq(parse("-- --"), 0);
    ck_assert_int_eq(n_args - first, 1);
    ck_assert_str_eq(args[first], "--");
}
END_TEST

START_TEST(verbosity)
{
    ck_assert_int_eq(parse("-vv"), 0);
    ck_assert_int_eq(avo_log_verbosity(), 2);
    ck_assert_int_eq(parse("-q"), 0);
    ck_assert_int_eq(avo_log_verbosity(), -1);
    ck_assert_int_eq(parse("-qvb5"), 0);
    ck_assert_int_eq(avo_log_verbosity(), 1);
    ck_assert_int_eq(seen.bin, 5);
    ck_assert_int_eq(parse("--progress never --quiet --verbose"), 0);
    ck_assert_int_eq(avo_log_verbosity(), 1);
    ck_assert_int_eq(parse(""), 0);
    ck_assert_int_eq(avo_log_verbosity(), 0);
}
END_TEST

static void refused(const char *words, const char *want)
{
    ck_assert_msg(parse(words) == -1, "took: %s", words);
    ck_assert_int_eq(error.status, AVO_EXIT_USAGE);
    ck_assert_msg(strstr(error.msg, want) != NULL, "%s: \"%s\" lacks \"%s\"", words, error.msg,
                  want);
}

START_TEST(refusals)
{
    refused("--epoch", "option --epochs needs a value (N)");
    refused("--epohcs 3", "unknown option --epohcs (nearest: --epochs)");
    refused("--ep 3", "option --ep is ambiguous (--epochs, --epsilon)");
    refused("--frobnicate", "unknown option --frobnicate");
    refused("--=3", "unknown option --");
    refused("-x", "unknown option -x");
    refused("-vx", "unknown option -x");
    refused("-b", "option -b needs a value (N)");
    refused("-b 0", "-b: \"0\" is not a whole number from 1 to 1000");
    refused("-b", "needs a value");
    refused("--warm=1", "option --warm takes no value (got \"1\")");
    refused("-@ 0", "--threads: \"0\"");
    refused("-@ x", "--threads: \"x\"");
    refused("--seed -1", "--seed: \"-1\"");
    refused("--progress maybe", "--progress: \"maybe\"");
    refused("--secret", "refused without a status");
    refused("a b -o", "option -o needs a value (FILE)");
}
END_TEST

/* Rows that a program does not have are unknown to it. */
START_TEST(rows_by_flag)
{
    struct avo_cli small = cli;
    char *argv[] = {args[0], (char *)(uintptr_t)"--seed", (char *)(uintptr_t)"1", NULL};
    small.common = AVO_OPT_OUTPUT;
    memset(&error, 0, sizeof error);
    ck_assert_int_eq(avo_cli_parse(&small, &common, 3, argv, &first, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.msg, "unknown option --seed"));
}
END_TEST

/* Runs parse() in a child with stdout (fd 1) to a file; returns its exit status. */
static int in_child(const char *words, const char *target, char *out, size_t size)
{
    int status = 0, fd[2];
    ck_assert_int_eq(pipe(fd), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int to = target ? open(target, O_WRONLY) : fd[1], null = open("/dev/null", O_WRONLY);
        dup2(to, 1);
        dup2(null, 2);
        avo_io_guard_stdout();
        exit(parse(words) ? 99 : 98);
    }
    close(fd[1]);
    size_t used = 0;
    ssize_t n;
    while ((n = read(fd[0], out + used, size - 1 - used)) > 0)
        used += (size_t)n;
    out[used] = '\0';
    close(fd[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(help_and_version_go_to_stdout)
{
    char out[8192];
    ck_assert_int_eq(in_child("-b 3 --help --frobnicate", NULL, out, sizeof out), 0);
    ck_assert_ptr_nonnull(strstr(out, "Usage: prog [options] [FILE ...]\n"));
    ck_assert_ptr_nonnull(strstr(out, "--epochs N"));
    ck_assert_ptr_nonnull(strstr(out, "Example: prog -b 50 x.avo\n"));
    ck_assert_ptr_null(strstr(out, "secret"));
    for (char *p = out, *line; (line = avo_line(&p));)
        ck_assert_msg(strlen(line) <= 80, "%s", line);
    ck_assert_int_eq(in_child("-V", NULL, out, sizeof out), 0);
    ck_assert(!strncmp(out, "prog " AVO_VERSION "\n", strlen("prog " AVO_VERSION "\n")));
    ck_assert_ptr_nonnull(strstr(out, "record stream "));
    ck_assert_ptr_nonnull(strstr(out, "CUDA: "));
    ck_assert_ptr_nonnull(strstr(out, "oneDNN: "));
    ck_assert_int_eq(in_child("-h", "/dev/full", out, sizeof out), AVO_EXIT_DATA);
    ck_assert_int_eq(in_child("-b 3", NULL, out, sizeof out), 98);
    ck_assert_str_eq(out, "");
}
END_TEST

/* What the messages of one child look like. */
static void messages_of(int level, char *out, size_t size)
{
    int fd[2];
    ck_assert_int_eq(pipe(fd), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct avo_error e = {0};
        dup2(fd[1], 2);
        avo_log_init("prog");
        avo_log_level(level);
        avo_note("a note");
        avo_detail("a detail");
        avo_warn("a name with \033[31m\n");
        avo_error_status(&e, AVO_EXIT_DEVICE, "no card");
        avo_error_hint(&e, "use the other one");
        _exit(avo_die(&e));
    }
    close(fd[1]);
    ssize_t n, used = 0;
    while ((n = read(fd[0], out + used, size - 1 - (size_t)used)) > 0)
        used += n;
    out[used] = '\0';
    close(fd[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ck_assert_int_eq(WEXITSTATUS(status), AVO_EXIT_DEVICE);
}

START_TEST(messages_by_level)
{
    char out[1024];
    messages_of(-1, out, sizeof out);
    ck_assert_str_eq(out, "prog: no card\nprog: hint: use the other one\n");
    messages_of(0, out, sizeof out);
    ck_assert_str_eq(out, "prog: a note\nprog: warning: a name with ?[31m?\n"
                          "prog: no card\nprog: hint: use the other one\n");
    messages_of(1, out, sizeof out);
    ck_assert_ptr_nonnull(strstr(out, "prog: a detail\n"));
}
END_TEST

START_TEST(progress_off_a_terminal)
{
    for (int mode = 0; mode < 3; mode++) {
        int fd[2];
        char out[512] = "";
        ck_assert_int_eq(pipe(fd), 0);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            struct avo_progress p;
            dup2(fd[1], 2);
            avo_log_init("avotools");
            avo_log_progress_mode((enum avo_progress_mode)mode);
            avo_progress_start(&p, "bins", 2000000);
            avo_progress_update(&p, 1000000);
            if (_i)
                p.t_last_sec -= 31;     /* a long run */
            avo_progress_update(&p, 1000000);
            avo_progress_update(&p, 1000001);
            snprintf(p.text, sizeof p.text, "epoch 3");
            avo_progress_update(&p, 2000000);
            avo_progress_end(&p);
            _exit(0);
        }
        close(fd[1]);
        ssize_t n = 0, got;
        while ((got = read(fd[0], out + n, sizeof out - 1 - (size_t)n)) > 0)
            n += got;
        close(fd[0]);
        waitpid(child, NULL, 0);
        if (mode == AVO_PROGRESS_NEVER || (mode == AVO_PROGRESS_AUTO && !_i))
            ck_assert_int_eq(n, 0);
        else
            ck_assert_ptr_nonnull(strstr(out, "avotools: 2M bins (100%), "));
        if (mode == AVO_PROGRESS_NEVER || !_i)
            continue;
        /* once in 30 s, and at the end of what took longer */
        ck_assert_ptr_nonnull(strstr(out, "avotools: 1M bins (50%), "));
        ck_assert_ptr_nonnull(strstr(out, ", epoch 3\n"));
        uint32_t n_lines = 0;
        for (const char *at = out; *at; at++)
            n_lines += *at == '\n';
        ck_assert_uint_eq(n_lines, 2);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: opt, log");
    TCase *t = tcase_create("all");
    tcase_add_test(t, defaults);
    tcase_add_test(t, every_spelling);
    tcase_add_test(t, operands_in_any_place);
    tcase_add_test(t, verbosity);
    tcase_add_test(t, refusals);
    tcase_add_test(t, rows_by_flag);
    tcase_add_test(t, help_and_version_go_to_stdout);
    tcase_add_test(t, messages_by_level);
    tcase_add_loop_test(t, progress_off_a_terminal, 0, 2);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
