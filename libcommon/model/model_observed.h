/* SPDX-License-Identifier: MIT */
/* model_observed.h: a model of the family "observed" as such: its blocks and sizes, and the tensors
 * of CORE that it has beside those of every model. */
#ifndef AVO_MODEL_MODEL_OBSERVED_H
#define AVO_MODEL_MODEL_OBSERVED_H

#include "libcommon/model/model.h"

/* Whether a model of this header is of the family: a block is computed from signal. */
bool avo_header_is_observed(const struct avo_header *h);
/* Columns of a computed block over n_assays assays. */
uint32_t avo_observed_width(const struct avo_observed *o, enum avo_block_kind kind,
                            uint32_t n_assays);
/* Whether their inputs are computed alike. NULL: of a model of the other family. */
bool avo_observed_alike(const struct avo_observed *a, const struct avo_observed *b);
/* "0,2,10,100": half windows. what: the option or tensor, for messages. */
int avo_observed_parse_windows(struct avo_observed *o, const char *spec, const char *what,
                               struct avo_error *err);
/* Makes m, fresh from avo_model_new and with its root's rows counted, one of the family: takes over
 * what o holds. Errors: other blocks, widths or layers than the family has. */
int avo_model_observe(struct avo_model *m, struct avo_observed *o, struct avo_error *err);
/* After joins: statistics of tracks that are not of the root's rows in the order of their names. */
int avo_model_sort_stats(struct avo_model *m, struct avo_error *err);

/* ---- CORE ---- */

/* Texts, then (behind those of every model) numbers. */
int avo_observed_write_text(struct avo_writer *w, const struct avo_observed *o,
                            struct avo_error *err);
int avo_observed_write_numbers(struct avo_writer *w, const struct avo_observed *o,
                               struct avo_error *err);
/* Takes a text of this name, which is written into. 1: taken; 0: none of the family; -1: error.
 * most_tracks: as HEADER has. */
int avo_observed_take_text(struct avo_observed *o, const char *name, char *text,
                           size_t most_tracks, struct avo_error *err);
/* Takes a tensor of numbers, as above. */
int avo_observed_take_numbers(struct avo_observed *o, const struct avo_tensor *t,
                              struct avo_error *err);
/* How many tensors of numbers there are. */
uint32_t avo_observed_numbers(const struct avo_observed *o);

#endif
