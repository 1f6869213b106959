/* SPDX-License-Identifier: MIT */
/* json.h: writes JSON (RFC 8259) as it comes, in bounded memory. Our own because we only write: a
 * library would build the whole tree first. */
#ifndef AVO_BASE_JSON_H
#define AVO_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/error.h"
#include "libcommon/base/io.h"

#define AVO_JSON_DEPTH 32       /* objects and arrays inside each other */

/* A document being written. The functions return nothing: the first error is kept, what follows it
 * is not written, and avo_json_finish reports it. */
struct avo_json {
    struct avo_out *out;        /* borrowed */
    struct avo_error err;
    size_t depth;
    struct avo_json_level {
        bool is_array, has_items;
    } levels[AVO_JSON_DEPTH + 1];       /* [0] is the document, which holds one value */
};

void avo_json_start(struct avo_json *j, struct avo_out *out);
/* A line end; out is the caller's to finish. -1: writing failed, or the document is not whole. */
int avo_json_finish(struct avo_json *j, struct avo_error *err);

/* key: the member's name inside an object, NULL inside an array and for the document. A key too
 * many or too few, more than AVO_JSON_DEPTH levels and an end without a beginning are errors. */
void avo_json_object(struct avo_json *j, const char *key);
void avo_json_array(struct avo_json *j, const char *key);
void avo_json_end(struct avo_json *j);
/* s NULL: null. Bytes that are not UTF-8 become U+FFFD. '<' is escaped, so that a document can
 * stand inside HTML. */
void avo_json_string(struct avo_json *j, const char *key, const char *s);
/* The shortest of 9, 15, 16 and 17 digits that reads back as v; NaN and infinity: null. */
void avo_json_number(struct avo_json *j, const char *key, double v);
void avo_json_int(struct avo_json *j, const char *key, int64_t v);
void avo_json_bool(struct avo_json *j, const char *key, bool v);

#endif
