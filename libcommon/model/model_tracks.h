/* SPDX-License-Identifier: MIT */
/* model_tracks.h: the list of the tracks that a model was given, with their roles, beside the
 * tracks that it imputed: who compares them must know what the model knew. */
#ifndef AVO_MODEL_MODEL_TRACKS_H
#define AVO_MODEL_MODEL_TRACKS_H

#include "libcommon/stream/header.h"

/* The column of tracks.tsv that holds the list's path, relative to the table. */
#define AVO_MODEL_TRACKS "model_tracks"

/* "model_tracks.DIGEST.tsv", DIGEST of the list: equal lists share a file, other ones do not.
 * Fresh memory. */
char *avo_model_tracks_name(const struct avo_header *model, struct avo_error *err);
/* Writes the list of the tracks of h to path: cell type, assay, role; sorted, a line of names. */
int avo_model_tracks_write(const struct avo_header *model, const char *path,
                           struct avo_error *err);
/* Reads one: h (overwritten) gets the tracks alone. Errors name file and line. */
int avo_model_tracks_read(struct avo_header *h, const char *path, struct avo_error *err);

#endif
