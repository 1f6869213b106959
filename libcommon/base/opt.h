/* SPDX-License-Identifier: MIT */
/* opt.h: the shared command line: one table of options per tool, the common rows added once. */
#ifndef AVO_BASE_OPT_H
#define AVO_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/log.h"
#include "libcommon/base/words.h"

/* What a row sets, by the type of the member that it names. */
enum avo_opt_type {
    AVO_OPT_SPECIAL,        /* nothing: it has a function of its own, or only has been given */
    AVO_OPT_FLAG,           /* bool */
    AVO_OPT_TEXT,           /* const char *: the argument, borrowed */
    AVO_OPT_TEXTS,          /* struct avo_strings: one more */
    AVO_OPT_WHOLE,          /* any integer */
    AVO_OPT_REAL            /* double */
};

/* What a row's argument names: see claims.h. */
enum avo_opt_file { AVO_NO_FILE, AVO_READS, AVO_WRITES };

/* One option. A flag has arg NULL. help may hold defaults already formatted by the tool. What it
 * sets stands behind these four as AVO_SETS with the bounds of numbers or the words to choose from,
 * or as .set; .file where the argument names an input ([NAME=]FILE, FILE[:CELL:ASSAY]) or an
 * output. The last of equal options counts, but for lists. */
struct avo_opt {
    int id;                 /* a short option's letter, or 256 up to AVO_MAX_OPTION */
    const char *name;       /* long name without dashes, or NULL */
    const char *arg;        /* metavariable, NULL for a flag */
    const char *help;       /* one line; NULL hides it from the usage */
    enum avo_opt_type type;
    size_t at, size;        /* the member's place and size */
    int64_t lo, hi;         /* whole numbers, bounds included */
    double from, to;        /* real ones */
    bool has_unit;          /* K, M, G may follow a whole number */
    const char *words;      /* "a|b|c": the place of the argument among them, from first on */
    int first;
    bool several;           /* words parted by commas: bit i for word i */
    enum avo_opt_file file;
    /* Takes arg instead; returns 0 or -1: the status is then AVO_EXIT_USAGE unless memory is
     * lacking. user: of struct avo_cli. */
    int (*set)(void *user, const char *arg, struct avo_error *err);
};

/* Member m of struct s, the one that user points to: only its type and place are asked for. */
extern char avo_opt_nowhere[];      /* defined nowhere */
#define AVO_SETS(s, m) \
    .type = AVO_OPT_TYPE_OF(((s *)(void *)avo_opt_nowhere)->m), .at = offsetof(s, m), \
    .size = sizeof ((s *)(void *)avo_opt_nowhere)->m
#define AVO_OPT_TYPE_OF(x) _Generic((x), \
    bool: AVO_OPT_FLAG, const char *: AVO_OPT_TEXT, struct avo_strings: AVO_OPT_TEXTS, \
    double: AVO_OPT_REAL, int: AVO_OPT_WHOLE, unsigned: AVO_OPT_WHOLE, long: AVO_OPT_WHOLE, \
    unsigned long: AVO_OPT_WHOLE, long long: AVO_OPT_WHOLE, unsigned long long: AVO_OPT_WHOLE)
#define AVO_WHOLE(least, most) .lo = (least), .hi = (most)
#define AVO_SIZE(least, most) .lo = (least), .hi = (most), .has_unit = true
#define AVO_REAL(least, most) .from = (least), .to = (most)
#define AVO_WORD(list, first_value) .words = (list), .first = (first_value)
#define AVO_WORDS(list) .words = (list), .several = true

/* The common rows (STYLE section 9). Which ones a tool has is chosen by its flags. */
enum {
    AVO_OPT_OUTPUT = 1,     /* -o FILE */
    AVO_OPT_FORMAT = 2,     /* -O FORMAT */
    AVO_OPT_REGION = 4,     /* -r, -R */
    AVO_OPT_THREADS = 8,    /* -@, --threads */
    AVO_OPT_COMPUTE = 16,   /* --device, --precision */
    AVO_OPT_SEED = 32,      /* --seed */
    AVO_OPT_PROVENANCE = 64,/* --no-provenance */
    AVO_OPT_BED = 128       /* --strict: rows of BED that do not fit are an error */
};

enum { AVO_MAX_OPTION = 512 };

struct avo_common {
    const char *output, *format, *region, *region_file, *device, *precision;
    int n_threads;
    uint64_t seed;
    bool no_provenance, strict;
    enum avo_progress_mode progress;
    uint64_t given[AVO_MAX_OPTION / 64];    /* a bit for each id */
};

struct avo_cli {
    const char *program, *synopsis, *purpose, *example;
    unsigned common;                    /* AVO_OPT_* or-ed */
    const struct avo_opt *opts;         /* the tool's own rows, ended by {0} */
    void *user;                         /* what they set */
    bool reads_stdin;                   /* where there are no operands */
};

/* How every program begins: stdout is kept for its output and signals get their stack (io.h,
 * signals.h), options are parsed, and where the input is to be typed, the short usage is all
 * (exit). As avo_cli_parse. */
int avo_cli_start(const struct avo_cli *cli, struct avo_common *common, int argc, char **argv,
                  int *first_operand, struct avo_error *err);
/* Parses argv. Operands are left in argv[*first_operand ...] (GNU order: options may follow
 * operands; "--" ends options). -h and -V print to stdout and exit 0 here. Defaults of common
 * are set first: seed 0, threads avo_threads_default(), device "auto", precision "auto".
 * Long options may be abbreviated when unambiguous; an unknown one names the nearest. Files that
 * -R, -o, operands and rows name are claimed (claims.h). */
int avo_cli_parse(const struct avo_cli *cli, struct avo_common *common, int argc, char **argv,
                  int *first_operand, struct avo_error *err);
/* Whether a tool's own option was given. */
bool avo_given(const struct avo_common *common, int id);
/* The output's format by its place among formats (format.h): of -O, else by the name of -o, which
 * is warned of where it says something else. */
int avo_cli_format(const char *formats, const struct avo_common *common, int *which,
                   struct avo_error *err);
/* Short usage on stderr, for "no input and stdin is a terminal"; returns AVO_EXIT_USAGE. */
int avo_cli_short_usage(const struct avo_cli *cli);
/* The command line's result-determining part for provenance is built by each tool. */

#endif
