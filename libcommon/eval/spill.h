/* SPDX-License-Identifier: MIT */
/* spill.h: columns that arrive window by window, all of them at once, and are read back one by one:
 * a transposition in memory, or through a temporary file. */
#ifndef AVO_EVAL_SPILL_H
#define AVO_EVAL_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

struct avo_spill;

/* n_columns columns of at most column_bytes each, window_bytes of it from one window. If all of it
 * is more than max_bytes, a temporary file without a name in $TMPDIR (or /tmp) takes it. */
struct avo_spill *avo_spill_new(size_t n_columns, uint64_t column_bytes, size_t window_bytes,
                                uint64_t max_bytes, struct avo_error *err);
void avo_spill_free(struct avo_spill *s);
bool avo_spill_on_disk(const struct avo_spill *s);
/* Bytes that it may come to hold. */
uint64_t avo_spill_bytes(const struct avo_spill *s);

/* Before the first append of a window. */
int avo_spill_window(struct avo_spill *s, struct avo_error *err);
/* Adds len_bytes to a column, once a window; different columns by different threads. */
int avo_spill_append(struct avo_spill *s, size_t column, const void *data, size_t len_bytes,
                     struct avo_error *err);
/* All that a column got, in order, into out; any thread. */
int avo_spill_read(const struct avo_spill *s, size_t column, void *out, struct avo_error *err);
uint64_t avo_spill_length(const struct avo_spill *s, size_t column);
/* Forgets everything, keeps the memory. */
void avo_spill_clear(struct avo_spill *s);

#endif
