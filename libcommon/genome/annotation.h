/* SPDX-License-Identifier: MIT */
/* annotation.h: genes, transcription start sites and enhancers (BED, GTF) as bins of a header. */
#ifndef AVO_GENOME_ANNOTATION_H
#define AVO_GENOME_ANNOTATION_H

#include "libcommon/genome/bed_fit.h"

/* A gene, start site or enhancer: 0-based, half-open, not empty, inside its chromosome. */
struct avo_element {
    uint64_t beg_bp, end_bp;
    uint32_t chrom;         /* of the header it was read for */
    char strand;            /* '+', '-' or '.' */
    size_t name;            /* offset into names */
};

struct avo_elements {
    size_t n, cap;
    struct avo_element *list;       /* [n] by (chrom, beg_bp, end_bp), equal ones as in the file */
    char *names;                    /* NUL-terminated strings; the name of some may be "" */
    size_t names_len, names_cap;
    size_t n_passed_over;           /* rows that do not fit the chromosomes and are left out */
    bool is_gtf;
};

struct avo_elements_options {
    const char *feature;    /* GTF: rows of this feature; NULL: "gene", with a tag "transcript" */
    const char *tag;        /* GTF: only rows with this value of the attribute tag, whole or up to
                             * a '_' ("appris_principal" takes appris_principal_1, ...); NULL: all.
                             * Ensembl_canonical and appris_principal give primary transcripts */
    bool need_strand;       /* a row without + or - is an error (promoters need one) */
    struct avo_bed_rule rule;   /* for rows that do not fit the chromosomes */
};

/* Reads BED3 to BED12 or GTF, plain or gzip, line by line ("-": stdin). GTF is recognised by its
 * first data line: at least nine tab-separated columns, whole numbers in 4 and 5, a strand in 7.
 * BED: name from column 4, strand from column 6 where that is + or -. GTF: positions 1-based,
 * inclusive; name from gene_name, else gene_id. Rows that do not fit the header's chromosomes
 * follow the rule. opt NULL: all zero. Errors, with file and line: a bad line, an empty interval, a
 * missing strand; with the file: nothing in it, no row of the feature or with the tag, a tag asked
 * of BED, no row that fits (names both spellings). */
int avo_elements_read(struct avo_elements *e, const struct avo_header *h, const char *path,
                      const struct avo_elements_options *opt, struct avo_error *err);
void avo_elements_release(struct avo_elements *e);
const char *avo_element_name(const struct avo_elements *e, size_t i);

enum avo_region_kind { AVO_REGION_PROMOTER, AVO_REGION_GENE, AVO_REGION_ENHANCER };

struct avo_region_rule {
    enum avo_region_kind kind;
    uint32_t upstream_bp;   /* of promoters: 2000; in whole bins U, rounded down, at least one */
    bool with_tss;          /* promoters also hold the bin of the start site itself: U + 1 bins */
    bool challenge;         /* as the ENCODE Imputation Challenge was scored */
};

/* The bins [*beg_bin, *end_bin) of an element, clipped to those of its chromosome. Returns 1, or 0
 * where none is left (both are 0 then). With b = the bin of a position:
 * gene, enhancer: every bin touched, [b(beg), b(end - 1) + 1);
 * promoter: of the start site's bin t, [t - U, t) on +, [t + 1, t + 1 + U) on -; with_tss: t too;
 *   without a strand: none.
 * challenge: gene, enhancer [b(beg), b(end) + 1), one bin more than is touched where end_bp is a
 *   multiple of the bin; promoter + [b(beg) - U, b(beg)), none if that starts before bin 0;
 *   promoter - [b(end) + 1, b(end) + 1 + U). with_tss is ignored.
 * Source: ENCODE-DCC/imputation_challenge, score_metrics.py: mseprom, msegene, mseenh (U = 80; its
 *   gene file keeps GTF's 1-based starts, so for its very bins read that file, not the GTF). */
int avo_element_bins(const struct avo_header *h, const struct avo_element *e,
                     const struct avo_region_rule *rule, uint32_t *beg_bin, uint32_t *end_bin);

/* weights [bins of chrom], fresh memory: how many elements cover each bin (at most 65535), or with
 * once 1 where any does, else 0. Time linear in bins and elements of the chromosome. */
int avo_region_weights(const struct avo_header *h, const struct avo_elements *e,
                       const struct avo_region_rule *rule, uint32_t chrom, bool once,
                       uint16_t **weights, struct avo_error *err);
/* Index of the first element on chrom or a later chromosome; n if there is none. */
size_t avo_elements_first(const struct avo_elements *e, uint32_t chrom);

#endif
