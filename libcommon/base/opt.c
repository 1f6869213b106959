/* SPDX-License-Identifier: MIT */
/* opt.c: the shared command line: parsing, usage, version. */
#include "libcommon/base/opt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"
#include "libcommon/base/format.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/base/threads.h"

#ifndef AVO_VERSION
#define AVO_VERSION "unknown"
#endif
#ifndef AVO_BUILD_INFO      /* stream version and libraries, from the make file's probes */
#define AVO_BUILD_INFO "record stream 1"
#endif
#ifdef AVO_HAVE_CUDA
#define CUDA_INFO "yes"
#else
#define CUDA_INFO "no"
#endif
#ifdef AVO_HAVE_ONEDNN
#define ONEDNN_INFO "yes"
#else
#define ONEDNN_INFO "no"
#endif

/* Common rows without a letter; a tool's own ids stay below. */
enum { ID_PROGRESS = AVO_MAX_OPTION - 8, ID_DEVICE, ID_PRECISION, ID_SEED, ID_NO_PROVENANCE,
       ID_STRICT };

struct common_row { unsigned flag; struct avo_opt opt; };

#define SETS(m) AVO_SETS(struct avo_common, m)

static const struct common_row common_rows[] = {
    {AVO_OPT_OUTPUT,
     {'o', "output", "FILE", "output; a file appears only when whole [stdout]", SETS(output)}},
    {AVO_OPT_FORMAT, {'O', "format", "FORMAT", "output format", SETS(format)}},
    {AVO_OPT_REGION,
     {'r', "region", "REG[,REG]", "chr or chr:beg-end (1-based, inclusive)", SETS(region)}},
    {AVO_OPT_REGION,
     {'R', "regions", "FILE", "regions from BED (.gz too); --strict: all must fit",
      SETS(region_file), .file = AVO_READS}},
    {AVO_OPT_BED, {ID_STRICT, "strict", NULL, NULL, SETS(strict)}},
    {AVO_OPT_COMPUTE,
     {ID_DEVICE, "device", "NAME", "auto, cpu, cpu-ref or cuda[:N] [auto]", SETS(device)}},
    {AVO_OPT_COMPUTE,
     {ID_PRECISION, "precision", "NAME", "auto, f32, bf16 or tf32 [auto]", SETS(precision)}},
    {AVO_OPT_SEED,
     {ID_SEED, "seed", "N", "seed of every random choice [0]", SETS(seed),
      AVO_WHOLE(0, INT64_MAX)}},
    {AVO_OPT_PROVENANCE,
     {ID_NO_PROVENANCE, "no-provenance", NULL, "leave the provenance lines out",
      SETS(no_provenance)}},
    {AVO_OPT_THREADS, {'@', "threads", "N", NULL, SETS(n_threads), AVO_WHOLE(1, 4096)}},
    {0, {'v', "verbose", NULL, NULL, .type = AVO_OPT_SPECIAL}},
    {0, {'q', "quiet", NULL, NULL, .type = AVO_OPT_SPECIAL}},
    {0, {ID_PROGRESS, "progress", "WHEN", NULL, SETS(progress), AVO_WORD("auto|always|never", 0)}},
    {0, {'h', "help", NULL, NULL, .type = AVO_OPT_SPECIAL}},
    {0, {'V', "version", NULL, NULL, .type = AVO_OPT_SPECIAL}},
};
enum { N_COMMON = sizeof common_rows / sizeof common_rows[0], MAX_NAMES = 160 };

struct parser {
    const struct avo_cli *cli;
    struct avo_common *common;
    int verbosity;
    struct avo_error *err;
};

static bool has_row(const struct avo_cli *cli, const struct common_row *row)
{
    return !row->flag || (cli->common & row->flag);
}

static bool is_own(const struct avo_cli *cli, const struct avo_opt *opt)
{
    for (const struct avo_opt *o = cli->opts; o && o->id; o++)
        if (o == opt)
            return true;
    return false;
}

/* Row i of all that the program has (its own first), or NULL at the end. */
static const struct avo_opt *row_at(const struct avo_cli *cli, int i)
{
    for (const struct avo_opt *o = cli->opts; o && o->id; o++)
        if (i-- == 0)
            return o;
    for (int k = 0; k < N_COMMON; k++)
        if (has_row(cli, &common_rows[k]) && i-- == 0)
            return &common_rows[k].opt;
    return NULL;
}

/* ---- usage and version ---- */

static int put_wrapped(struct avo_out *out, const char *left, int width, const char *help,
                       struct avo_error *err)
{
    int used = (int)strlen(left), room = 79 - width;
    if (avo_out_printf(out, err, "  %s%*s", left, used < width - 3 ? width - 2 - used : 1, ""))
        return -1;
    if (used > width - 3 && avo_out_printf(out, err, "\n%*s", width, ""))
        return -1;
    while ((int)strlen(help) > room) {
        int n = room;
        while (n > 0 && help[n] != ' ')
            n--;
        if (n == 0)
            n = room;
        if (avo_out_printf(out, err, "%.*s\n%*s", n, help, width, ""))
            return -1;
        help += n + (help[n] == ' ');
    }
    return avo_out_printf(out, err, "%s\n", help);
}

static void row_label(const struct avo_opt *o, char *out, size_t size)
{
    char name[80] = "";
    if (o->name)
        snprintf(name, sizeof name, "--%s", o->name);
    bool letter = o->id < 256;
    if (letter && o->name)
        snprintf(out, size, "-%c, %s%s%s", o->id, name, o->arg ? " " : "", o->arg ? o->arg : "");
    else if (letter)
        snprintf(out, size, "-%c%s%s", o->id, o->arg ? " " : "", o->arg ? o->arg : "");
    else
        snprintf(out, size, "%s%s%s", name, o->arg ? " " : "", o->arg ? o->arg : "");
}

static int label_width(const struct avo_cli *cli)
{
    int width = 8;
    char label[160];
    for (int i = 0; row_at(cli, i); i++) {
        row_label(row_at(cli, i), label, sizeof label);
        int n = (int)strlen(label) + 4;
        if (row_at(cli, i)->help && n > width && n <= 28)
            width = n;
    }
    return width;
}

static int put_usage(const struct avo_cli *cli, struct avo_out *out, struct avo_error *err)
{
    char label[160], threads[64];
    int width = label_width(cli);
    if (avo_out_printf(out, err, "Usage: %s %s\n%s\n", cli->program, cli->synopsis, cli->purpose))
        return -1;
    for (int i = 0; row_at(cli, i); i++) {
        const struct avo_opt *o = row_at(cli, i);
        row_label(o, label, sizeof label);
        if (o->help && put_wrapped(out, label, width, o->help, err))
            return -1;
    }
    if (cli->common & AVO_OPT_THREADS) {
        snprintf(threads, sizeof threads, "threads; results do not depend on N [%d]",
                 avo_threads_default());
        if (put_wrapped(out, "-@, --threads N", width, threads, err))
            return -1;
    }
    if (avo_out_printf(out, err, "  -v -q --progress auto|always|never   more, fewer messages; "
                                 "progress line\n"
                                 "  -h --help, -V --version              this text; version\n"))
        return -1;
    if (!cli->example)
        return 0;
    bool fits = strlen(cli->example) <= 71;
    return avo_out_printf(out, err, "Example:%s%s\n", fits ? " " : "\n  ", cli->example);
}

static int put_version(const struct avo_cli *cli, struct avo_out *out, struct avo_error *err)
{
    return avo_out_printf(out, err, "%s %s\n%s\nCUDA: %s\noneDNN: %s\n", cli->program, AVO_VERSION,
                          AVO_BUILD_INFO, CUDA_INFO, ONEDNN_INFO);
}

/* -h and -V: to stdout, and the end. */
_Noreturn static void print_and_exit(const struct avo_cli *cli, bool version)
{
    struct avo_error err = {0};
    struct avo_out out;
    int rc = avo_out_open(&out, NULL, NULL, &err);
    if (!rc)
        rc = version ? put_version(cli, &out, &err) : put_usage(cli, &out, &err);
    if (!rc)
        rc = avo_out_finish(&out, &err);
    avo_out_release(&out);
    exit(rc ? avo_die(&err) : AVO_EXIT_OK);
}

int avo_cli_short_usage(const struct avo_cli *cli)
{
    fprintf(stderr, "Usage: %s %s\n%s -h lists the options", cli->program, cli->synopsis,
            cli->program);
    fprintf(stderr, "; man %s explains them\n", cli->program);
    return AVO_EXIT_USAGE;
}

/* ---- parsing ---- */

/* An integer of any size: the row's bounds keep v within it. */
static void store(const struct avo_opt *opt, void *to, int64_t v)
{
    if (opt->type == AVO_OPT_FLAG)
        *(bool *)to = v != 0;
    else if (opt->size == sizeof(int32_t))
        memcpy(to, &(int32_t){(int32_t)v}, sizeof(int32_t));
    else
        memcpy(to, &v, sizeof v);
}

static int take_words(const struct avo_opt *opt, const char *name, void *to, const char *arg,
                      struct avo_error *err)
{
    int which = 0;
    unsigned set = 0;
    if (opt->several ? avo_parse_words(arg, opt->words, name, &set, err)
                     : avo_parse_word(arg, opt->words, name, &which, err))
        return -1;
    store(opt, to, opt->several ? (int64_t)set : opt->first + which);
    return 0;
}

static int take_whole(const struct avo_opt *opt, const char *name, void *to, const char *arg,
                      struct avo_error *err)
{
    int64_t v = 0;
    if (opt->has_unit ? avo_parse_size(arg, opt->lo, opt->hi, name, &v, err)
                      : avo_parse_int(arg, opt->lo, opt->hi, name, &v, err))
        return -1;
    store(opt, to, v);
    return 0;
}

/* As messages name it. */
static void shown_name(const struct avo_opt *opt, char *out, size_t size)
{
    if (opt->id < 256 && isalpha(opt->id))
        snprintf(out, size, "-%c", opt->id);
    else
        snprintf(out, size, "--%s", opt->name);
}

/* base: of the struct that the row speaks of. */
static int take_value(const struct avo_opt *opt, void *base, char *arg, struct avo_error *err)
{
    char name[64];
    void *to = (char *)base + opt->at;
    shown_name(opt, name, sizeof name);
    if (opt->set)
        return opt->set(base, arg, err);
    if (opt->words)
        return take_words(opt, name, to, arg, err);
    switch (opt->type) {
    case AVO_OPT_FLAG: *(bool *)to = true; return 0;
    case AVO_OPT_TEXT: *(const char **)to = arg; return 0;
    case AVO_OPT_TEXTS: return avo_strings_add(to, arg, err);
    case AVO_OPT_WHOLE: return take_whole(opt, name, to, arg, err);
    case AVO_OPT_REAL: return avo_parse_double(arg, opt->from, opt->to, name, to, err);
    default: return 0;
    }
}

static int take_common(struct parser *p, const struct avo_opt *opt, char *arg)
{
    switch (opt->id) {
    case 'v': p->verbosity = p->verbosity < 0 ? 1 : p->verbosity + 1; return 0;
    case 'q': p->verbosity = -1; return 0;
    case 'h': print_and_exit(p->cli, false);
    case 'V': print_and_exit(p->cli, true);
    default: return take_value(opt, p->common, arg, p->err);
    }
}

/* The argument may have a name before it or a track behind it: each reading of it counts. */
static int claim_read(const char *arg, struct avo_error *err)
{
    const char *file = strchr(arg, '='), *track = strchr(arg, ':');
    char *part = track ? avo_asprintf(err, "%.*s", (int)(track - arg), arg) : NULL;
    int rc = (track && !part) || avo_claim_input(arg, err) ||
             avo_claim_input(file ? file + 1 : NULL, err) ||
             avo_claim_input(part && *part ? part : NULL, err) ? -1 : 0;
    free(part);
    return rc;
}

static int claim(struct parser *p, const struct avo_opt *opt, const char *arg)
{
    char name[64];
    shown_name(opt, name, sizeof name);
    switch (opt->file) {
    case AVO_READS: return claim_read(arg, p->err);
    case AVO_WRITES: return avo_claim_output(arg, name, p->err);
    default: return 0;
    }
}

/* What can be known of only when all is parsed. */
static int claim_rest(const struct avo_cli *cli, const struct avo_common *c, int n, char **operands,
                      struct avo_error *err)
{
    const char *output = c->output ? c->output : "-";
    int rc = n ? 0 : avo_claim_input("-", err);
    for (int i = 0; !rc && i < n; i++)
        rc = claim_read(operands[i], err);
    return rc || avo_claim_output(cli->common & AVO_OPT_OUTPUT ? output : NULL, "-o", err) ? -1 : 0;
}

static int apply(struct parser *p, const struct avo_opt *opt, char *arg)
{
    int rc = claim(p, opt, arg);
    if (rc)
        return rc;
    p->common->given[opt->id / 64] |= 1ull << opt->id % 64;
    rc = is_own(p->cli, opt) ? take_value(opt, p->cli->user, arg, p->err)
                             : take_common(p, opt, arg);
    if (rc) {
        avo_usage_error(p->err, "bad option --%s", opt->name ? opt->name : "?");
        avo_error_as_usage(p->err);
    }
    return rc;
}

static int unknown_long(struct parser *p, const char *name, int len)
{
    const char *names[MAX_NAMES];
    char want[128];
    int n = 0;
    const struct avo_opt *o;
    for (int i = 0; n < MAX_NAMES && (o = row_at(p->cli, i)); i++)
        if (o->name)
            names[n++] = o->name;
    snprintf(want, sizeof want, "%.*s", len, name);
    const char *near = avo_nearest(want, names, n);
    return avo_usage_error(p->err, near ? "unknown option --%s (nearest: --%s)"
                                        : "unknown option --%s (-h lists them%s)",
                           want, near ? near : "");
}

/* The row whose long name is name[0..len) or the only one that begins so. */
static const struct avo_opt *find_long(struct parser *p, const char *name, size_t len)
{
    const struct avo_opt *o, *found = NULL, *second = NULL;
    for (int i = 0; (o = row_at(p->cli, i)); i++) {
        if (!o->name || strncmp(o->name, name, len))
            continue;
        if (strlen(o->name) == len)
            return o;
        if (!found)
            found = o;
        else if (strcmp(found->name, o->name))
            second = o;
    }
    if (!found || !len) {
        unknown_long(p, name, (int)(len < 100 ? len : 100));
        return NULL;
    }
    if (second) {
        avo_usage_error(p->err, "option --%.*s is ambiguous (--%s, --%s)", (int)len, name,
                        found->name, second->name);
        return NULL;
    }
    return found;
}

/* argv[i] is "--name" or "--name=value". Returns the number of arguments used, or -1. */
static int take_long(struct parser *p, int argc, char **argv, int i)
{
    char *name = argv[i] + 2, *eq = strchr(name, '=');
    size_t len = eq ? (size_t)(eq - name) : strlen(name);
    const struct avo_opt *o = find_long(p, name, len);
    if (!o)
        return -1;
    if (!o->arg && eq)
        return avo_usage_error(p->err, "option --%s takes no value (got \"%s\")", o->name, eq + 1);
    if (!o->arg)
        return apply(p, o, NULL) ? -1 : 1;
    if (eq)
        return apply(p, o, eq + 1) ? -1 : 1;
    if (i + 1 >= argc)
        return avo_usage_error(p->err, "option --%s needs a value (%s)", o->name, o->arg);
    return apply(p, o, argv[i + 1]) ? -1 : 2;
}

static const struct avo_opt *find_short(struct parser *p, char c)
{
    const struct avo_opt *o;
    for (int i = 0; (o = row_at(p->cli, i)); i++)
        if (o->id == (unsigned char)c)
            return o;
    avo_usage_error(p->err, "unknown option -%c (-h lists them)", c);
    return NULL;
}

/* argv[i] is "-abc", "-ovalue" or "-o". Returns the number of arguments used, or -1. */
static int take_short(struct parser *p, int argc, char **argv, int i)
{
    for (char *s = argv[i] + 1; *s; s++) {
        const struct avo_opt *o = find_short(p, *s);
        if (!o)
            return -1;
        if (!o->arg) {
            if (apply(p, o, NULL))
                return -1;
            continue;
        }
        if (s[1])
            return apply(p, o, s + 1) ? -1 : 1;
        if (i + 1 >= argc)
            return avo_usage_error(p->err, "option -%c needs a value (%s)", *s, o->arg);
        return apply(p, o, argv[i + 1]) ? -1 : 2;
    }
    return 1;
}

int avo_cli_parse(const struct avo_cli *cli, struct avo_common *common, int argc, char **argv,
                  int *first_operand, struct avo_error *err)
{
    struct avo_error own = {0};
    struct parser p = {cli, common, 0, err ? err : &own};
    int n_kept = 0;
    memset(common, 0, sizeof *common);
    common->device = common->precision = "auto";
    common->n_threads = avo_threads_default();
    avo_log_init(cli->program);
    bool options_end = false;
    for (int i = 1; i < argc;) {
        char *s = argv[i];
        if (options_end || s[0] != '-' || !s[1]) {
            argv[++n_kept] = s;     /* never past i: what is overwritten has been read */
            i++;
            continue;
        }
        options_end = !strcmp(s, "--");
        int used = options_end ? 1 : s[1] == '-' ? take_long(&p, argc, argv, i)
                                                 : take_short(&p, argc, argv, i);
        if (used < 0)
            return -1;
        i += used;
    }
    *first_operand = argc - n_kept;
    memmove(argv + *first_operand, argv + 1, (size_t)n_kept * sizeof *argv);
    avo_log_level(p.verbosity);
    avo_log_progress_mode(common->progress);
    return claim_rest(cli, common, n_kept, argv + *first_operand, p.err);
}

int avo_cli_start(const struct avo_cli *cli, struct avo_common *common, int argc, char **argv,
                  int *first_operand, struct avo_error *err)
{
    avo_io_guard_stdout();
    if (avo_cli_parse(cli, common, argc, argv, first_operand, err))
        return -1;
    if (cli->reads_stdin && *first_operand == argc && isatty(STDIN_FILENO))
        exit(avo_cli_short_usage(cli));
    return 0;
}

bool avo_given(const struct avo_common *common, int id)
{
    return common->given[id / 64] >> id % 64 & 1;
}

int avo_cli_format(const char *formats, const struct avo_common *common, int *which,
                   struct avo_error *err)
{
    struct avo_format_choice c;
    if (avo_format_choose(formats, common->format, common->output, &c, err))
        return -1;
    if (c.warning[0])
        avo_warn("%s", c.warning);
    *which = (int)c.which;
    return 0;
}
