/* SPDX-License-Identifier: MIT */
/* store.h: columns that arrive window by window, all of them at once, and are read back one by one:
 * a transposition in memory, or through a temporary file. */
#ifndef AVO_EVAL_STORE_H
#define AVO_EVAL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"

struct avo_store;

/* n_columns columns of at most column_bytes each, window_bytes of it from one window. If all of it
 * is more than max_bytes, a temporary file without a name in $TMPDIR (or /tmp) takes it. */
struct avo_store *avo_store_new(size_t n_columns, uint64_t column_bytes, size_t window_bytes,
                                uint64_t max_bytes, struct avo_error *err);
void avo_store_free(struct avo_store *s);
bool avo_store_on_disk(const struct avo_store *s);
/* Bytes that it may come to hold. */
uint64_t avo_store_bytes(const struct avo_store *s);

/* Before the first append of a window. */
int avo_store_window(struct avo_store *s, struct avo_error *err);
/* Adds len_bytes to a column, once a window; different columns by different threads. */
int avo_store_append(struct avo_store *s, size_t column, const void *data, size_t len_bytes,
                     struct avo_error *err);
/* All that a column got, in order, into out; any thread. */
int avo_store_read(const struct avo_store *s, size_t column, void *out, struct avo_error *err);
uint64_t avo_store_length(const struct avo_store *s, size_t column);
/* Forgets everything, keeps the memory. */
void avo_store_clear(struct avo_store *s);

#endif
