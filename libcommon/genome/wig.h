/* SPDX-License-Identifier: MIT */
/* wig.h: what the lines of wig text say: fixedStep and variableStep. */
#ifndef AVO_GENOME_WIG_H
#define AVO_GENOME_WIG_H

#include <stdbool.h>

#include "libcommon/genome/sizes.h"

/* An interval of bedGraph or wig: 0-based, half-open. */
struct avo_signal_item {
    size_t chrom;               /* in the list of sizes */
    uint32_t beg, end;
    double value;
};

enum avo_wig_kind { AVO_WIG_NONE, AVO_WIG_FIXED, AVO_WIG_VARIABLE };

/* The declaration that the lines at hand follow. Zero: none. */
struct avo_wig {
    enum avo_wig_kind kind;
    size_t chrom;
    uint64_t next_bp;           /* fixedStep: 0-based start of the next value */
    uint64_t step_bp, span_bp;
};
bool avo_wig_is_declaration(const char *line);
/* Takes a declaration line, which is cut up in place. step and span are 1 if not given. Errors
 * (without file and line): an unknown key, no chromosome or one that s lacks, no start, positions
 * that are none, a span that is longer than the step. */
int avo_wig_declare(struct avo_wig *w, char *line, const struct avo_sizes *s,
                    struct avo_error *err);
/* Takes a line of values. A span that reaches past the chromosome's end is cut there; a value that
 * begins behind it is an error. */
int avo_wig_value(struct avo_wig *w, char *line, const struct avo_sizes *s,
                  struct avo_signal_item *item, struct avo_error *err);
/* A finite number or NaN, nothing behind it. */
int avo_signal_value(const char *word, double *value, struct avo_error *err);
/* Digits only, below 2^32. */
bool avo_signal_bp(const char *word, uint32_t *bp);

#endif
