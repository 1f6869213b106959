/* SPDX-License-Identifier: MIT */
/* join.h: several streams read as the one that a single run would have written.
 *
 * Records stay records: what tiles hold is not unpacked. Values of several inputs beside each other
 * are genome/side_by_side.h's; models that differ in their rows are impute/impute_input.c's. */
#ifndef AVO_STREAM_JOIN_H
#define AVO_STREAM_JOIN_H

#include "libcommon/stream/stream.h"

struct avo_join;

/* Opens the inputs (n 0: stdin) and joins their headers: same bins, chromosomes, transform, blocks
 * and model. SIGNAL streams may differ in their tracks, which then must cover the same extents
 * together; an uncovered bin of one track holds what uncovered bins hold. Models of one root join
 * by position; their CORE must be the same, and STATE is left out where there are several.
 * The order of the inputs is that of their extents and tracks, whatever order paths has. */
struct avo_join *avo_join_open(char *const *paths, size_t n, struct avo_error *err);
const struct avo_header *avo_join_header(const struct avo_join *j);
/* Puts the place of the current record before an error found in it. Returns -1. */
int avo_join_place(const struct avo_join *j, struct avo_error *err);
/* Before the first avo_join_next: keeps the bins of extents (sorted, merged) only; payloads
 * elsewhere are skipped. The header's extents become the common part. */
int avo_join_select(struct avo_join *j, const struct avo_extent *extents, size_t n,
                    struct avo_error *err);
/* Before the first avo_join_next: keeps these tracks (indices into the header's) in this order. */
int avo_join_keep_tracks(struct avo_join *j, const size_t *tracks, size_t n,
                         struct avo_error *err);
/* As the functions of a reader (stream.h). Two tiles for one position are an error. Records of
 * unknown type that may be skipped come as they are, for avo_join_raw. */
int avo_join_next(struct avo_join *j, struct avo_head *head, struct avo_error *err);
int avo_join_signal(struct avo_join *j, struct avo_tile *tile, struct avo_error *err);
int avo_join_genome(struct avo_join *j, struct avo_genome_tile *tile, struct avo_error *err);
int avo_join_tensor(struct avo_join *j, struct avo_tensor *tensor, struct avo_error *err);
int avo_join_feature(struct avo_join *j, struct avo_feature_block *block, struct avo_error *err);
int avo_join_raw(struct avo_join *j, const void **payload, size_t *len_bytes,
                 struct avo_error *err);
/* After the end: copies the notes of every input's END to w, each line once. */
int avo_join_copy_notes(const struct avo_join *j, struct avo_writer *w, struct avo_error *err);
void avo_join_close(struct avo_join *j);

#endif
