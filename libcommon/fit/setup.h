/* SPDX-License-Identifier: MIT */
/* setup.h: from a SIGNAL stream to what training works on: roles, model header, bins and
 * values. */
#ifndef AVO_FIT_SETUP_H
#define AVO_FIT_SETUP_H

#include "libcommon/fit/memory_plan.h"
#include "libcommon/fit/preset.h"
#include "libcommon/fit/roles.h"
#include "libcommon/stream/join.h"

/* A new model for the tracks of h: shape's blocks, cell types and assays of the training tracks in
 * the order of first appearance, hyper-parameters, header with roles. */
int avo_setup_model(struct avo_model *m, const struct avo_header *h, const struct avo_roles *r,
                    const struct avo_preset *p, struct avo_error *err);
/* Model m gets the chromosomes and extents of h: stage 2 writes a model for those. Another bin
 * size, transform or chromosome length is an error. */
int avo_setup_rebase(struct avo_model *m, const struct avo_header *h, struct avo_error *err);
/* Adds tracks of h with their roles to the model's header, where it lacks them; one that it
 * withheld before and that is trained on now is a training track of the model. */
int avo_setup_record_tracks(struct avo_model *m, const struct avo_header *h,
                            const struct avo_roles *r, struct avo_error *err);
/* The CORE that the files of a model and its extensions have together, each read to its end. */
int avo_setup_read_core(struct avo_model *m, char *const *paths, size_t n_paths,
                        struct avo_error *err);
/* m starts from the network of that model, and its rows where both know the name; other rows get
 * initial values. The sizes must be equal. */
int avo_setup_warm(struct avo_model *m, char *const *paths, size_t n_paths,
                   struct avo_error *err);
/* Reads all remaining SIGNAL tiles of j into empty positions and their signal, which gets the type
 * of the tiles, as far as the plan allows. */
int avo_setup_load(struct avo_positions *p, struct avo_signal *x, struct avo_join *j,
                   const struct avo_memory_plan *plan, struct avo_error *err);
/* Identity of what a run starts from: runs of bins and their values, and those of a model whose
 * parameters training goes on from (NULL: none). */
void avo_setup_digest(const struct avo_positions *p, const struct avo_signal *x,
                      const struct avo_model *warm, char out[33]);

#endif
