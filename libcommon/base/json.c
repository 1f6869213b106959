/* SPDX-License-Identifier: MIT */
/* json.c: a JSON document written as it comes. */
#include "libcommon/base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/utf8.h"

/* Members down to this depth begin a line of their own; deeper ones stand in their parent's. */
#define LINE_DEPTH 2

/* ---- bytes ---- */

static bool failed(const struct avo_json *j)
{
    return j->err.status != AVO_EXIT_OK;
}

static void put(struct avo_json *j, const char *s, size_t len)
{
    if (!failed(j))
        (void)avo_out_write(j->out, s, len, &j->err);
}

static void put_text(struct avo_json *j, const char *s)
{
    put(j, s, strlen(s));
}

/* ---- strings ---- */

static void put_escape(struct avo_json *j, unsigned char c)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    const char *at = strchr(plain, c);
    char text[8];

    if (at)
        snprintf(text, sizeof text, "\\%c", letter[at - plain]);
    else
        snprintf(text, sizeof text, "\\u%04x", (unsigned)c);
    put_text(j, text);
}

static void put_string(struct avo_json *j, const char *text)
{
    put_text(j, "\"");
    for (const char *s = text; *s != '\0';) {
        size_t n = avo_utf8_length(s, SIZE_MAX);
        unsigned char c = (unsigned char)*s;

        if (n == 0)
            put_text(j, "\xEF\xBF\xBD");
        else if (c < 0x20 || c == 0x7F || c == '"' || c == '\\' || c == '<')
            put_escape(j, c);
        else
            put(j, s, n);
        s += n > 0 ? n : 1;
    }
    put_text(j, "\"");
}

/* ---- structure ---- */

static void new_line(struct avo_json *j)
{
    static const char spaces[] = "\n                ";

    put(j, spaces, 1 + 2 * j->depth);
}

/* What stands before a value: a comma, a line's beginning, its key. False: nothing may follow. */
static bool begin_value(struct avo_json *j, const char *key)
{
    struct avo_json_level *level = &j->levels[j->depth];
    bool is_object = j->depth > 0 && !level->is_array;

    if (failed(j))
        return false;
    if (is_object != (key != NULL) || (j->depth == 0 && level->has_items)) {
        avo_error_set(&j->err, "%s: JSON: %s", j->out->name,
                      j->depth == 0 ? "a document is one value without a key"
                      : is_object ? "a member of an object needs a key"
                      : "a member of an array has no key");
        return false;
    }
    if (level->has_items)
        put_text(j, ",");
    level->has_items = true;
    if (j->depth > 0 && j->depth <= LINE_DEPTH)
        new_line(j);
    if (key) {
        put_string(j, key);
        put_text(j, ": ");
    }
    return !failed(j);
}

static void open_level(struct avo_json *j, const char *key, bool is_array)
{
    if (!begin_value(j, key))
        return;
    if (j->depth == AVO_JSON_DEPTH) {
        avo_error_set(&j->err, "%s: JSON: more than %d levels", j->out->name, AVO_JSON_DEPTH);
        return;
    }
    put_text(j, is_array ? "[" : "{");
    j->levels[++j->depth] = (struct avo_json_level){.is_array = is_array};
}

void avo_json_start(struct avo_json *j, struct avo_out *out)
{
    memset(j, 0, sizeof *j);
    j->out = out;
}

int avo_json_finish(struct avo_json *j, struct avo_error *err)
{
    if (!failed(j) && (j->depth > 0 || !j->levels[0].has_items))
        avo_error_set(&j->err, "%s: JSON: the document is not whole", j->out->name);
    put_text(j, "\n");
    if (!failed(j))
        return 0;
    if (err && err->status == AVO_EXIT_OK)
        *err = j->err;
    return -1;
}

void avo_json_object(struct avo_json *j, const char *key)
{
    open_level(j, key, false);
}

void avo_json_array(struct avo_json *j, const char *key)
{
    open_level(j, key, true);
}

void avo_json_end(struct avo_json *j)
{
    struct avo_json_level level = j->levels[j->depth];

    if (failed(j))
        return;
    if (j->depth == 0) {
        avo_error_set(&j->err, "%s: JSON: an end without a beginning", j->out->name);
        return;
    }
    j->depth--;
    if (level.has_items && j->depth < LINE_DEPTH)
        new_line(j);
    put_text(j, level.is_array ? "]" : "}");
}

/* ---- values ---- */

void avo_json_string(struct avo_json *j, const char *key, const char *s)
{
    if (!begin_value(j, key))
        return;
    if (s)
        put_string(j, s);
    else
        put_text(j, "null");
}

void avo_json_number(struct avo_json *j, const char *key, double v)
{
    static const int digits[] = {9, 15, 16, 17};
    char text[40] = "null";

    if (!begin_value(j, key))
        return;
    for (size_t k = 0; isfinite(v) && k < sizeof digits / sizeof *digits; k++) {
        snprintf(text, sizeof text, "%.*g", digits[k], v);
        if (strtod(text, NULL) == v)
            break;
    }
    put_text(j, text);
}

void avo_json_int(struct avo_json *j, const char *key, int64_t v)
{
    char text[32];

    if (!begin_value(j, key))
        return;
    snprintf(text, sizeof text, "%" PRId64, v);
    put_text(j, text);
}

void avo_json_bool(struct avo_json *j, const char *key, bool v)
{
    if (begin_value(j, key))
        put_text(j, v ? "true" : "false");
}
