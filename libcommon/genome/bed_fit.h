/* SPDX-License-Identifier: MIT */
/* bed_fit.h: the one rule for rows of BED and GTF that do not fit the chromosomes at hand: those on
 * unknown chromosomes and beyond the end of theirs are left out, those that reach past it are cut;
 * one line says how many. */
#ifndef AVO_GENOME_BED_FIT_H
#define AVO_GENOME_BED_FIT_H

#include "libcommon/stream/chrom_index.h"

/* How a caller wants such rows taken. */
struct avo_bed_rule {
    bool strict;                /* they are an error */
    char **notes;               /* the line is appended to it (avo_add_line); NULL: not said */
};

/* A file being read. Start with avo_bed_fit_init; chroms is borrowed. */
struct avo_bed_fit {
    const struct avo_chrom_index *chroms;
    struct avo_bed_rule rule;
    uint32_t last;              /* chromosome found last */
    size_t n_rows;              /* counted by the caller */
    size_t n_unknown, n_beyond, n_cut;
    char unknown[64];           /* the first chromosome that is not known */
};
void avo_bed_fit_init(struct avo_bed_fit *f, const struct avo_chrom_index *chroms,
                      const struct avo_bed_rule *rule);
/* Interval [beg_bp, *end_bp) of the chromosome called name: 1: it fits, where need be after *end_bp
 * was lowered to the chromosome's end; 0: it is left out; -1: it does not fit, and the rule is
 * strict. Only an empty interval may begin at the very end. */
int avo_bed_fit_row(struct avo_bed_fit *f, const char *name, uint64_t beg_bp, uint64_t *end_bp,
                    uint32_t *chrom, struct avo_error *err);
/* When all rows were read and n_taken of them are kept: the note; an error where there were rows
 * and none is left. shown: the file's name in messages. */
int avo_bed_fit_finish(const struct avo_bed_fit *f, const char *shown, size_t n_taken,
                       struct avo_error *err);

#endif
