/* SPDX-License-Identifier: MIT */
/* feature.c: what FEATURE says of its rows: names out of HEADER, lines of text. */
#include "libcommon/stream/feature.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/base/utf8.h"
#include "libcommon/stream/wire.h"

#define N_FIXED 6       /* chromosome, first base, last base plus one, name, label, group */
#define NO_PLACE "."    /* chromosome of a row without an interval */

static const char feature_tag[] = "@feature\tname:", column_tag[] = "@column\tname:";

bool avo_feature_is_reserved(const char *name)
{
    static const char *const fixed[] = { AVO_FEATURE_FIXED }, *const right[3] = AVO_FEATURE_PAIR;

    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(name, fixed[i]) == 0) return true;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(name, right[i]) == 0) return true;
    return false;
}

/* ---- HEADER ---- */

static int add_line(struct avo_header *h, const char *tag, const char *name,
                    struct avo_error *err)
{
    char *escaped = avo_escape(name, false, err), *line = NULL;
    int rc = -1;

    if (escaped && (line = avo_asprintf(err, "%s%s", tag, escaped)))
        rc = avo_header_add_extra(h, line, err);
    free(line);
    free(escaped);
    return rc;
}

int avo_header_add_feature(struct avo_header *h, const char *name, struct avo_error *err)
{
    return add_line(h, feature_tag, name, err);
}

int avo_header_add_column(struct avo_header *h, const char *name, struct avo_error *err)
{
    return add_line(h, column_tag, name, err);
}

static bool has_tag(const char *line, const char *tag)
{
    size_t n = strcspn(tag, "\t");

    return strncmp(line, tag, n) == 0 && (line[n] == '\t' || line[n] == '\0');
}

static size_t count_lines(const struct avo_header *h, const char *tag)
{
    size_t n = 0;

    for (size_t i = 0; i < h->n_extra; i++) n += has_tag(h->extra[i], tag);
    return n;
}

size_t avo_header_count_features(const struct avo_header *h)
{
    return count_lines(h, feature_tag);
}

/* Names of all lines with the tag. What stands behind a name belongs to later versions. */
static int take_names(const struct avo_header *h, const char *tag, char ***names, size_t *n,
                      struct avo_error *err)
{
    size_t total = count_lines(h, tag), len = strlen(tag);

    if (!(*names = avo_alloc(total, sizeof **names, "names of features", err))) return -1;
    for (size_t i = 0; i < h->n_extra; i++) {
        char *name;
        if (!has_tag(h->extra[i], tag)) continue;
        if (strncmp(h->extra[i], tag, len) != 0)
            return avo_error_set(err, "HEADER: not \"%.*s name:TEXT\": \"%s\"",
                                 (int)strcspn(tag, "\t"), tag, h->extra[i]);
        if (!(name = avo_strdup(h->extra[i] + len, err))) return -1;
        (*names)[(*n)++] = name;
        name[strcspn(name, "\t")] = '\0';
        if (!*name || avo_unescape(name, err))
            return avo_error_set(err, "HEADER: a feature or column without a name");
    }
    return 0;
}

static int cmp_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_columns(struct avo_feature_layout *l, struct avo_error *err)
{
    static const char *const right[3] = AVO_FEATURE_PAIR;
    const char **sorted = avo_alloc(l->n_columns, sizeof *sorted, "columns", err);
    int n_right = 0, rc = sorted ? 0 : -1;

    for (int k = 0; k < 3; k++) l->pair[k] = -1;
    for (size_t i = 0; rc == 0 && i < l->n_columns; i++) {
        sorted[i] = l->columns[i];
        for (int k = 0; k < 3; k++)
            if (strcmp(l->columns[i], right[k]) == 0) l->pair[k] = (int)i;
    }
    if (rc == 0) qsort(sorted, l->n_columns, sizeof *sorted, cmp_strings);
    for (size_t i = 1; rc == 0 && i < l->n_columns; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            rc = avo_error_set(err, "HEADER: column \"%s\" is given twice", sorted[i]);
    for (int k = 0; k < 3; k++) n_right += l->pair[k] >= 0;
    if (rc == 0 && n_right != 0 && n_right != 3)
        rc = avo_error_set(err, "HEADER: of the columns %s, %s and %s only %d", right[0], right[1],
                           right[2], n_right);
    free(sorted);
    return rc;
}

int avo_feature_layout_init(struct avo_feature_layout *l, const struct avo_header *h,
                            struct avo_error *err)
{
    memset(l, 0, sizeof *l);
    l->h = h;
    if (take_names(h, feature_tag, &l->features, &l->n_features, err) ||
        take_names(h, column_tag, &l->columns, &l->n_columns, err) || check_columns(l, err) ||
        avo_chrom_index_init(&l->chroms, h, err)) {
        avo_feature_layout_release(l);
        return -1;
    }
    return 0;
}

static void free_names(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++) free(names[i]);
    free(names);
}

void avo_feature_layout_release(struct avo_feature_layout *l)
{
    if (!l) return;
    free_names(l->features, l->n_features);
    free_names(l->columns, l->n_columns);
    avo_chrom_index_release(&l->chroms);
    memset(l, 0, sizeof *l);
}

/* ---- a record ---- */

int avo_feature_block_check(const struct avo_feature_block *b, const struct avo_header *h,
                            struct avo_error *err)
{
    size_t want = avo_header_count_features(h), n_lines = 0;

    if (b->n_features != want)
        return avo_error_set(err, "FEATURE: %" PRIu32 " features (HEADER names %zu)",
                             b->n_features, want);
    if (!avo_values_ok(AVO_F32, b->values, (size_t)b->n_rows * b->n_features, true))
        return avo_error_set(err, "FEATURE: an infinite value");
    if (!avo_utf8_ok(b->text, b->text_bytes, "\t\n") ||
        (b->text_bytes && b->text[b->text_bytes - 1] != '\n'))
        return avo_error_set(err, "FEATURE: the text is not lines of printable UTF-8");
    for (size_t i = 0; i < b->text_bytes; i++) n_lines += b->text[i] == '\n';
    if (n_lines != b->n_rows)
        return avo_error_set(err, "FEATURE: %zu lines of text for %" PRIu32 " rows", n_lines,
                             b->n_rows);
    return 0;
}

int avo_feature_rows_start(struct avo_feature_rows *r, const struct avo_feature_block *b,
                           struct avo_error *err)
{
    size_t n_fields = N_FIXED + r->layout->n_columns;

    if (avo_grow(&r->text, &r->cap_text, b->text_bytes + 1, 1, "text of features", err) ||
        avo_grow(&r->fields, &r->cap_fields, n_fields, sizeof *r->fields, "columns", err))
        return -1;
    if (b->text_bytes) memcpy(r->text, b->text, b->text_bytes);
    r->text[b->text_bytes] = '\0';
    r->rest = r->text;
    r->block = *b;
    r->i_row = 0;
    return 0;
}

static int bad_row(const struct avo_feature_rows *r, const char *what, const char *value,
                   struct avo_error *err)
{
    return avo_error_set(err, "FEATURE: row %" PRIu32 ": %s \"%s\"", r->i_row, what, value);
}

static int split(struct avo_feature_rows *r, char *line, struct avo_error *err)
{
    size_t want = N_FIXED + r->layout->n_columns, n = 0;
    char *s;

    for (; (s = avo_field(&line)); n++) {
        if (n == want) break;               /* one too many */
        r->fields[n] = s;
        if (avo_unescape(s, err))
            return avo_error_prefix(err, "FEATURE: row %" PRIu32, r->i_row);
        if (!avo_utf8_ok(s, strlen(s), NULL)) return bad_row(r, "not UTF-8:", s, err);
    }
    if (n == want && !s) return 0;
    return avo_error_set(err, "FEATURE: row %" PRIu32 " has %s than %zu fields", r->i_row,
                         n < want ? "fewer" : "more", want);
}

static int number(const char *s, uint64_t *out)
{
    uint64_t x = 0;

    if (!*s || (s[0] == '0' && s[1])) return -1;
    for (; *s; s++) {
        if (*s < '0' || *s > '9' || x > (UINT64_MAX - 9) / 10) return -1;
        x = 10 * x + (uint64_t)(*s - '0');
    }
    *out = x;
    return 0;
}

int avo_feature_place_check(const struct avo_feature_layout *l, struct avo_feature_place *p,
                            uint32_t row, uint32_t *last, struct avo_error *err)
{
    int64_t i = avo_chrom_index_find(&l->chroms, p->chrom, last);
    const struct avo_chrom *c = &l->h->chroms[i < 0 ? 0 : i];

    if (i < 0)
        return avo_error_set(err, "FEATURE: row %" PRIu32 ": a chromosome that HEADER lacks: "
                             "\"%s\"", row, p->chrom);
    if (p->beg_bp >= p->end_bp || p->end_bp > c->len_bp)
        return avo_error_set(err, "FEATURE: row %" PRIu32 ": [%" PRIu64 ", %" PRIu64 ") is no "
                             "interval of %s (%" PRIu64 " bases)", row, p->beg_bp, p->end_bp,
                             c->name, c->len_bp);
    p->chrom = c->name;
    return 0;
}

static int take_place(struct avo_feature_rows *r, const char *chrom, const char *beg,
                      const char *end, struct avo_feature_place *p, struct avo_error *err)
{
    p->chrom = chrom;
    if (number(beg, &p->beg_bp)) return bad_row(r, "not a base:", beg, err);
    if (number(end, &p->end_bp)) return bad_row(r, "not a base:", end, err);
    return avo_feature_place_check(r->layout, p, r->i_row, &r->last_chrom, err);
}

static int take_places(struct avo_feature_rows *r, struct avo_feature_row *row,
                       struct avo_error *err)
{
    char **f = r->fields, **col = r->fields + N_FIXED;
    const int *pair = r->layout->pair;

    row->n_places = 0;
    if (strcmp(f[0], NO_PLACE) == 0) {
        if (pair[0] >= 0 || strcmp(f[1], "0") != 0 || strcmp(f[2], "0") != 0)
            return bad_row(r, "no chromosome, but", f[1], err);
        row->at[0] = (struct avo_feature_place){ NO_PLACE, 0, 0 };
        return 0;
    }
    if (take_place(r, f[0], f[1], f[2], &row->at[0], err)) return -1;
    row->n_places = 1;
    if (pair[0] < 0) return 0;
    row->n_places = 2;
    return take_place(r, col[pair[0]], col[pair[1]], col[pair[2]], &row->at[1], err);
}

int avo_feature_rows_next(struct avo_feature_rows *r, struct avo_feature_row *row,
                          struct avo_error *err)
{
    char *line = r->i_row < r->block.n_rows ? avo_line(&r->rest) : NULL;

    if (!line) return 0;
    memset(row, 0, sizeof *row);
    if (split(r, line, err) || take_places(r, row, err)) return -1;
    row->name = r->fields[3];
    row->label = r->fields[4];
    row->group = r->fields[5];
    row->columns = (const char *const *)r->fields + N_FIXED;
    row->features = r->block.values + (size_t)r->i_row * r->block.n_features;
    r->i_row++;
    return 1;
}

void avo_feature_rows_release(struct avo_feature_rows *r)
{
    if (!r) return;
    free(r->text);
    free(r->fields);
    memset(r, 0, sizeof *r);
}

int avo_feature_check_rows(const struct avo_feature_block *b, const struct avo_header *h,
                           struct avo_error *err)
{
    struct avo_feature_layout layout;
    struct avo_feature_rows rows = { .layout = &layout };
    struct avo_feature_row row;
    int rc;

    if (avo_feature_layout_init(&layout, h, err)) return -1;
    if ((rc = avo_feature_rows_start(&rows, b, err)) == 0)
        while ((rc = avo_feature_rows_next(&rows, &row, err)) > 0) { }
    avo_feature_rows_release(&rows);
    avo_feature_layout_release(&layout);
    return rc;
}
