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

enum { ID_EPOCHS = 256, ID_EPSILON, ID_WARM, ID_HIDDEN, ID_RATE, ID_SIZE, ID_KIND, ID_KINDS,
       ID_NAME, ID_ONLY };

enum kind { KIND_NONE, KIND_A, KIND_B };

struct seen {
    uint32_t before, bin, after;
    int64_t size;
    const char *epochs, *epsilon;
    double rate;
    bool warm, second;
    enum kind kind;
    unsigned kinds;
    struct avo_strings names;
};

static int refuse(void *user, const char *arg, struct avo_error *err)
{
    (void)user;
    (void)arg;
    return avo_error_set(err, "refused without a status");
}

#define SETS(member) AVO_SETS(struct seen, member)

static const struct avo_opt own_rows[] = {
    {'b', "bin", "N", "bin size [25]", SETS(bin), AVO_WHOLE(1, 1000)},
    {ID_EPOCHS, "epochs", "N", "passes over the data", SETS(epochs)},
    {ID_EPSILON, "epsilon", "X", "a help text that is far too long for one line of eighty columns "
                                 "and so has to be broken between its words", SETS(epsilon)},
    {ID_WARM, "warm", NULL, "start from what is there", SETS(warm)},
    {ID_HIDDEN, "secret", NULL, NULL, .set = refuse},
    {ID_RATE, "rate", "X", NULL, SETS(rate), AVO_REAL(0, 0.5)},
    {ID_SIZE, "size", "SIZE", NULL, SETS(size), AVO_SIZE(0, INT64_MAX)},
    {ID_KIND, "kind", "A|B", NULL, SETS(kind), AVO_WORD("a|b", KIND_A)},
    {'s', "second", "A|B", NULL, SETS(second), AVO_WORD("a|b", 0)},
    {ID_KINDS, "kinds", "LIST", NULL, SETS(kinds), AVO_WORDS("one|two|three")},
    {ID_NAME, "name", "NAME", NULL, SETS(names)},
    {ID_ONLY, "only", NULL, NULL, .type = AVO_OPT_SPECIAL},
    {0},
};

static struct seen seen;
static const struct avo_cli cli = {.program = "prog", .synopsis = "[options] [FILE ...]",
                                   .purpose = "does one thing", .example = "prog -b 50 x.avo",
                                   .common = ~0u, .opts = own_rows, .user = &seen};
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
    avo_strings_release(&seen.names);
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
    ck_assert(seen.warm);
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

/* A row sets its member, of any type and size, and nothing beside it; and it has been given. */
START_TEST(rows_by_type)
{
    ck_assert_int_eq(parse("-b 1000 --size 3G --rate .5 --kind b -s b --kinds three,one"), 0);
    ck_assert_uint_eq(seen.bin, 1000);
    ck_assert(seen.before == 0 && seen.after == 0 && !seen.warm);
    ck_assert_int_eq(seen.size, 3000000000);
    ck_assert(seen.rate == 0.5 && seen.kind == KIND_B && seen.second && seen.kinds == 5);
    ck_assert(avo_given(&common, 'b') && avo_given(&common, ID_KINDS));
    ck_assert(!avo_given(&common, ID_WARM) && !avo_given(&common, ID_ONLY));
    ck_assert_int_eq(parse("--only --name x --kind a -sa --name= --kinds two --kinds one"), 0);
    ck_assert(avo_given(&common, ID_ONLY) && !avo_given(&common, 'b'));
    ck_assert(seen.kind == KIND_A && !seen.second && seen.kinds == 1);
    ck_assert_uint_eq(seen.names.n, 2);
    ck_assert_str_eq(seen.names.at[0], "x");
    ck_assert_str_eq(seen.names.at[1], "");
    ck_assert_int_eq(parse("--size 9223372036854775807"), 0);
    ck_assert_int_eq(seen.size, INT64_MAX);
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
    ck_assert(seen.warm);
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
    refused("--progress maybe", "--progress: \"maybe\" is not auto, always or never");
    refused("--rate 0.6", "--rate: \"0.6\" is not a number from 0 to 0.5");
    refused("--size 1T", "--size: \"1T\" is not a whole number from 0 to 9223372036854775807");
    refused("--kind c", "--kind: \"c\" is not a or b");
    refused("-s ab", "-s: \"ab\" is not a or b");
    refused("--kinds one,tow", "--kinds: \"tow\" is not one, two or three");
    ck_assert_str_eq(error.hint, "did you mean two?");
    refused("--kinds=", "--kinds: \"\" is not one, two or three");
    refused("--kinds ,one", "--kinds: \"\" is not one, two or three");
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
    ck_assert_ptr_null(strstr(out, "kinds"));
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
    tcase_add_test(t, rows_by_type);
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
