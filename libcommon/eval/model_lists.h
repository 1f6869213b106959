/* SPDX-License-Identifier: MIT */
/* model_lists.h: the models behind the tracks of imputed tables (model_tracks.h). */
#ifndef AVO_EVAL_MODEL_LISTS_H
#define AVO_EVAL_MODEL_LISTS_H

#include "libcommon/stream/header.h"

/* Lists that were read, by path. */
struct avo_model_lists {
    struct avo_model_list { char *path; struct avo_header *header; } *list;
    size_t n, cap;
};

/* models [tracks of h], fresh memory: for each track of the table at `table` (h is of it) the list
 * that its column model_tracks names, or NULL; equal lists are one pointer. */
int avo_model_lists_find(struct avo_model_lists *l, const char *table, const struct avo_header *h,
                         const struct avo_header ***models, struct avo_error *err);
void avo_model_lists_release(struct avo_model_lists *l);

#endif
