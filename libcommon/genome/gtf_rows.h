/* SPDX-License-Identifier: MIT */
/* gtf_rows.h: rows of GTF as lines of BED with a header line, for who carries columns through. */
#ifndef AVO_GENOME_GTF_ROWS_H
#define AVO_GENOME_GTF_ROWS_H

#include "libcommon/genome/annotation_text.h"

/* Zero is the beginning. */
struct avo_gtf_rows {
    struct avo_elements_options opt;    /* which rows: feature, tag */
    char *header;               /* chrom, start, end, name, strand, then attributes as the first
                                 * row has them, each once; NULL: no row yet */
    size_t n_keys, cap_keys;
    char **keys;                /* [n_keys] names of the attributes */
    char *attributes;           /* of the row at hand, cut up */
    char *line;                 /* the row at hand as BED */
};
/* Takes a line, which is cut up in place. 1: out is the row, valid until the next call; 0: not
 * asked for; -1: bad. A missing attribute is ".". */
int avo_gtf_rows_take(struct avo_gtf_rows *g, char *line, char **out, struct avo_error *err);
void avo_gtf_rows_release(struct avo_gtf_rows *g);

#endif
