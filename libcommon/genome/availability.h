/* SPDX-License-Identifier: MIT */
/* availability.h: which pairs of cell type and assay are measured, and with which role. */
#ifndef AVO_GENOME_AVAILABILITY_H
#define AVO_GENOME_AVAILABILITY_H

#include <stddef.h>

#include "libcommon/base/io.h"
#include "libcommon/stream/header.h"

#define AVO_NO_TRACK ((size_t)-1)

/* Cell types and assays of a header's tracks, each numbered in the order of its first track. */
struct avo_availability {
    const struct avo_header *header;            /* borrowed */
    const enum avo_role *roles;                 /* borrowed, or NULL: the tracks' own */
    size_t n_celltypes, n_assays;
    size_t *celltype_track, *assay_track;       /* first track of each */
    size_t *celltype, *assay;                   /* [n_tracks] number of each track's own */
    size_t *track;                              /* [n_celltypes][n_assays] or AVO_NO_TRACK */
};

enum avo_availability_format { AVO_AVAILABILITY_TSV, AVO_AVAILABILITY_TEXT };

/* roles [n_tracks]: in place of the header's, or NULL. Errors: out of memory. */
int avo_availability_make(struct avo_availability *a, const struct avo_header *h,
                          const enum avo_role *roles, struct avo_error *err);
void avo_availability_release(struct avo_availability *a);
const char *avo_availability_celltype(const struct avo_availability *a, size_t celltype);
const char *avo_availability_assay(const struct avo_availability *a, size_t assay);

/* TSV: a line "celltype" and the assays, then a line for each cell type: train, valid or test, yes
 * where a measured track has no role, "." where there is none. Text, for eyes: x, v, t and ".",
 * with the numbers of tracks; names of assays stand upright where they would need more than 100
 * columns. */
int avo_availability_print(const struct avo_availability *a, enum avo_availability_format format,
                           struct avo_out *out, struct avo_error *err);

#endif
