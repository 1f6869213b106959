/* SPDX-License-Identifier: MIT */
/* earlier.h: an output of GENOME tiles that a run can be broken off in and taken up again. */
#ifndef AVO_FIT_EARLIER_H
#define AVO_FIT_EARLIER_H

#include "libcommon/fit/monitor.h"
#include "libcommon/stream/stream.h"

/* The output of a run that can be resumed is PATH.partial until it is whole. begin: with resume,
 * the tiles of an earlier run are kept aside as PATH.partial.old until they are copied; one whose
 * HEADER is not h (other options, tracks or model) is an error; one without a whole tile is moved
 * to PATH.partial.damaged with a note. The caller holds path's lock. Never NULL on success. */
struct avo_earlier *avo_earlier_begin(const char *path, const struct avo_header *h, bool resume,
                                      const struct avo_monitor *monitor, struct avo_error *err);
const char *avo_earlier_partial(const struct avo_earlier *e);
void avo_earlier_free(struct avo_earlier *e);


/* What is left of the earlier run, tile by tile in its order: the next one, or NULL. */
const struct avo_genome_tile *avo_earlier_tile(const struct avo_earlier *e);
/* Copies that tile to w and goes to the next one. */
int avo_earlier_copy(struct avo_earlier *e, struct avo_writer *w, struct avo_error *err);
/* All its tiles are copied: when the copy is on the disk, the old file has served. */
int avo_earlier_done(struct avo_earlier *e, struct avo_writer *w, struct avo_error *err);
/* Its tiles are not those of the input at hand: the error. Returns -1. */
int avo_earlier_other(const struct avo_earlier *e, struct avo_error *err);

#endif
