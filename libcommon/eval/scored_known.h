/* SPDX-License-Identifier: MIT */
/* scored_known.h: what headers say of roles, and what baselines may know; for chosen*.c. */
#ifndef AVO_EVAL_SCORED_KNOWN_H
#define AVO_EVAL_SCORED_KNOWN_H

#include "libcommon/eval/scored.h"

/* Role in the model that a header gives track i; AVO_ROLE_UNSET: none, or not said. */
enum avo_role avo_scored_role(const struct avo_header *h, size_t i);
/* Whether a header says anything of roles. */
bool avo_scored_has_roles(const struct avo_header *h);

/* A set of observed tracks that one model (or, without one, one input) knows. */
struct avo_known_source { const struct avo_header *model; size_t input; bool *known; };
struct avo_known_sources { struct avo_known_source *list; size_t n, cap; };

void avo_known_release(struct avo_known_sources *s);
/* Gives scored track t its set: l->group[t]. rows [n_rows]: the input and the track in it of each
 * method. The sets of its sources are made when they are first needed. */
struct avo_known_row { size_t input, own; };
int avo_known_add(struct avo_scored *l, const struct avo_scored_spec *spec,
                  struct avo_known_sources *s, size_t t, const struct avo_known_row *rows,
                  struct avo_error *err);

#endif
