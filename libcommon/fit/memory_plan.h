/* SPDX-License-Identifier: MIT */
/* memory_plan.h: what stage 1 holds in memory, against what there is. */
#ifndef AVO_FIT_MEMORY_PLAN_H
#define AVO_FIT_MEMORY_PLAN_H

#include "libcommon/base/memory.h"
#include "libcommon/model/model.h"

struct avo_memory_plan {
    struct avo_memory have;
    uint64_t fixed, per_bin;    /* bytes: network and batch; a bin's factors, moments and values */
    uint64_t n_sample, per_sample;  /* most bins that are drawn from those there, bytes of each */
    const char *hint;           /* what to do where that is too much */
};
/* For model m on n_tracks tracks by n_threads. watched: best parameters are kept beside the current
 * ones. Of the family observed also what its sample takes (n_sample; 0: nothing is learned). */
struct avo_memory_plan avo_memory_plan(const struct avo_model *m, size_t n_tracks, bool watched,
                                       int n_threads);
/* Bins that the files at paths [n_paths] hold inside the extents of h, counted from the heads of
 * their records: n_bins, or UINT64_MAX where a file can be read only once. Files that share their
 * tracks add up; of others the largest counts. */
int avo_memory_count_bins(char *const *paths, size_t n_paths, const struct avo_header *h,
                          uint64_t *n_bins, struct avo_error *err);
/* Refuses what is too much, with what to do instead. so_far: more bins may follow. */
int avo_memory_check(const struct avo_memory_plan *p, uint64_t n_bins, bool so_far,
                     struct avo_error *err);

#endif
