/* SPDX-License-Identifier: MIT */
/* qc.h: one line of quality figures per track, before anything is trained on it. */
#ifndef AVO_GENOME_QC_H
#define AVO_GENOME_QC_H

#include "libcommon/genome/compendium.h"
#include "libcommon/genome/slab.h"

/* Over the bins asked for, less excluded ones; raw space but for rms. */
struct avo_qc {
    uint64_t n_bins, n_covered;     /* bins, bins with a covered base */
    uint64_t covered_bp, total_bp;
    double mean;                    /* over all bins, uncovered as 0 */
    double rms;                     /* root of the mean square of the transformed means of all
                                     * bins, uncovered as 0; transform of the header */
    double max;                     /* over covered bins; NaN if there are none */
    uint64_t n_at_max;              /* covered bins equal to max */
    double z_celltype, z_assay;     /* modified z-scores of log2(mean) among the tracks of the same
                                     * cell type and of the same assay; NaN with fewer than four */
};

/* Reads every track of c over the extents of h. qc [n_columns] is filled. opt: excluded. */
int avo_qc_read(struct avo_compendium *c, const struct avo_header *h,
                const struct avo_slab_options *opt, struct avo_pool *pool, struct avo_qc *qc,
                struct avo_error *err);
/* |z| above which a track is called an outlier. */
#define AVO_QC_OUTLIER 3.5

#endif
