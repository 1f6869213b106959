/* SPDX-License-Identifier: MIT */
/* opt.h: the shared command line: one table of options per tool, the common rows added once. */
#ifndef AVO_BASE_OPT_H
#define AVO_BASE_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/log.h"

/* One option. A flag has arg NULL. help may hold defaults already formatted by the tool. */
struct avo_opt {
    int id;                 /* what `set` gets; a short option's letter, or 256 and up */
    const char *name;       /* long name without dashes, or NULL */
    const char *arg;        /* metavariable, NULL for a flag */
    const char *help;       /* one line; NULL hides it from the usage */
};

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

struct avo_common {
    const char *output, *format, *region, *region_file, *device, *precision;
    int n_threads;
    uint64_t seed;
    bool no_provenance, strict;
};

struct avo_cli {
    const char *program, *synopsis, *purpose, *example;
    unsigned common;                    /* AVO_OPT_* or-ed */
    const struct avo_opt *opts;         /* the tool's own rows, ended by {0} */
    /* Takes one own option; returns 0 or -1: the status is then AVO_EXIT_USAGE unless
     * memory is lacking. */
    int (*set)(void *user, int id, const char *arg, struct avo_error *err);
    void *user;
    /* Own options whose argument names an input ([NAME=]FILE, FILE[:CELL:ASSAY]) or an output; ids
     * ended by 0. These, -R, -o and the operands are claimed (claims.h). */
    const int *reads, *writes;
};

/* Parses argv. Operands are left in argv[*first_operand ...] (GNU order: options may follow
 * operands; "--" ends options). -h and -V print to stdout and exit 0 here. Defaults of common
 * are set first: seed 0, threads avo_threads_default(), device "auto", precision "auto".
 * Long options may be abbreviated when unambiguous; an unknown one names the nearest. */
int avo_cli_parse(const struct avo_cli *cli, struct avo_common *common, int argc, char **argv,
                  int *first_operand, struct avo_error *err);
/* Short usage on stderr, for "no input and stdin is a terminal"; returns AVO_EXIT_USAGE. */
int avo_cli_short_usage(const struct avo_cli *cli);
/* The command line's result-determining part for provenance is built by each tool. */

#endif
