/* SPDX-License-Identifier: MIT */
/* relations.h: do imputed tracks keep what is known of two assays at the same genes? */
#ifndef AVO_EVAL_RELATIONS_H
#define AVO_EVAL_RELATIONS_H

#include "libcommon/base/threads.h"
#include "libcommon/eval/scored.h"
#include "libcommon/eval/window.h"
#include "libcommon/genome/annotation.h"

/* An assay's signal in a region of each gene, AVO_REGION_PROMOTER or AVO_REGION_GENE. */
struct avo_relation_term { char *assay; enum avo_region_kind region; };

/* A term and its one or two partners, each with the expected sign of the correlation over genes:
 * '+', '-', or '0' for none. */
struct avo_relation {
    size_t n_terms;                         /* 2 or 3 */
    struct avo_relation_term term[3];
    char sign[2];                           /* of partner j = term j + 1 */
};

struct avo_relation_table {
    size_t n, cap;
    struct avo_relation *list;
};

/* The five relations of Schreiber et al. (2020): H3K4me3 and H3K27me3 in promoters -, H3K4me1 and
 * H3K27me3 in promoters 0, H3K36me3 and RNA-seq in gene bodies +, H3K36me3 in gene bodies and in
 * promoters H3K4me3 + or H3K27me3 -. */
int avo_relation_table_builtin(struct avo_relation_table *t, struct avo_error *err);
/* Tab-separated text with the header line `assay region assay2 region2 sign`, optionally followed
 * by `assay3 region3 sign3` ('.' in all three: a pair). region: promoter or gene; sign: + - 0.
 * Lines of # and empty ones are skipped. Errors name file and line; no relation is an error. */
int avo_relation_table_read(struct avo_relation_table *t, const char *path,
                            struct avo_error *err);
void avo_relation_table_release(struct avo_relation_table *t);
/* As in the file: "H3K36me3 gene / H3K4me3 promoter + / H3K27me3 promoter -". Fresh memory. */
char *avo_relation_format(const struct avo_relation *r, struct avo_error *err);
/* Names are compared exactly, but RNA-seq, RNAseq and RNA are one assay. */
bool avo_relation_same_assay(const char *a, const char *b);

/* Where the values of a term come from. */
enum avo_relation_source { AVO_FROM_OBSERVED, AVO_FROM_PREDICTED, AVO_FROM_AUX };

/* The score of one relation in one cell type. A gene counts if every region of the relation has a
 * scored bin in it; rho[j] is Spearman's correlation (ties share their mean rank) over these genes
 * between the mean signal of the first term in its region and that of partner j in its own, in the
 * space that is scored. A partner's score is rho for '+', -rho for '-', -|rho| for '0': more is
 * better throughout. score is the mean over the partners. NaN: fewer than three genes, or all of
 * one value.
 *
 * A method's values are its predictions where the track is scored, else the observed track, else an
 * auxiliary one; there is a row only if a prediction is among them and none that is due is missing.
 * The row with method -1 has measured tracks alone, at the same bins. */
struct avo_relation_row {
    size_t relation;                        /* index into the table */
    const char *celltype;                   /* borrowed from the header */
    int method;                             /* -1: observed */
    size_t n_genes;
    double rho[2], score;                   /* rho[1] of a pair is NaN */
    enum avo_relation_source source[3];
};

/* A track that is neither scored nor among the observed ones. */
struct avo_relation_aux { const char *celltype, *assay; };

struct avo_relations_spec {
    const struct avo_relation_table *table;
    const struct avo_elements *genes;       /* promoters need their strand: others have none */
    const struct avo_header *header;        /* of the observed input */
    const struct avo_scored *chosen;
    size_t n_methods;
    const struct avo_relation_aux *aux;     /* [n_aux]; of two of one name the first is taken */
    size_t n_aux;
    struct avo_region_rule rule;            /* kind is set for each term */
};

struct avo_relations;

/* Everything in spec, and pool, is borrowed until avo_relations_free. Memory: genes x columns that
 * some row needs x 12 bytes; a column is a track by one source in one region. */
struct avo_relations *avo_relations_new(const struct avo_relations_spec *spec,
                                        struct avo_pool *pool, struct avo_error *err);
void avo_relations_free(struct avo_relations *r);
/* Rows that there will be at most: 0 where no cell type of a scored track has what one needs. */
size_t avo_relations_planned(const struct avo_relations *r);
/* Whether auxiliary track i is needed at all (others may be NULL in aux). */
bool avo_relations_needs_aux(const struct avo_relations *r, size_t i);
/* aux [n_aux][w->n] or NULL if there are none; NaN = not there. Bins that do not count for a
 * scored track (w->use) are left out of it, observed and predicted alike; of other tracks, NaN.
 * Windows may be cut anywhere if those of a chromosome come in ascending order: a gene's sum goes
 * on in the next one, bin by bin. Time: columns x bins of all regions. */
int avo_relations_add(struct avo_relations *r, const struct avo_window *w,
                      const float *const *aux, struct avo_error *err);
/* After the last window: works out the rows. */
int avo_relations_finish(struct avo_relations *r, struct avo_error *err);
/* By relation, then cell type in the observed input's order, then -1, 0, 1, ... Valid after
 * finish; *n may be 0: no cell type has what a relation needs. */
const struct avo_relation_row *avo_relations_rows(const struct avo_relations *r, size_t *n);

#endif
