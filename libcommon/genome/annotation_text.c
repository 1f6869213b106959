/* SPDX-License-Identifier: MIT */
/* annotation_text.c: what a row of BED or GTF says. */
#include "libcommon/genome/annotation_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/text.h"

/* ---- fields ---- */

int avo_bed_position(const char *text, uint64_t *out)
{
    size_t n = text ? strspn(text, "0123456789") : 0;

    if (n == 0 || n > 18 || text[n] != '\0')
        return -1;
    *out = strtoull(text, NULL, 10);
    return 0;
}

static int backwards(uint64_t beg, uint64_t end, struct avo_error *err)
{
    return avo_error_set(err, "interval ends before it starts (%" PRIu64 ", %" PRIu64 ")", beg,
                         end);
}

/* ---- BED ---- */

bool avo_bed_comment(const char *line)
{
    return line[strspn(line, " \t")] == '\0' || line[0] == '#' ||
           strncmp(line, "track ", 6) == 0 || strncmp(line, "browser ", 8) == 0 ||
           strcmp(line, "track") == 0;
}

enum { BED_COLUMNS = 6 };

char *avo_bed_field(char **p, bool tabs)
{
    if (tabs)
        return avo_field(p);
    char *q = *p + strspn(*p, " ");
    if (*q == '\0')
        return NULL;
    size_t n = strcspn(q, " ");
    *p = q[n] != '\0' ? q + n + 1 : q + n;
    q[n] = '\0';
    return q;
}

int avo_bed_row(char *line, struct avo_row *row, struct avo_error *err)
{
    bool tabs = strchr(line, '\t') != NULL;
    char *field[BED_COLUMNS];

    for (int i = 0; i < BED_COLUMNS; i++)
        field[i] = avo_bed_field(&line, tabs);
    if (!field[0] || *field[0] == '\0' || avo_bed_position(field[1], &row->beg_bp) ||
        avo_bed_position(field[2], &row->end_bp))
        return avo_error_set(err, "not BED (want chromosome, start, end; got \"%s\", \"%s\", "
                             "\"%s\")", field[0] != NULL ? field[0] : "",
                             field[1] ? field[1] : "", field[2] != NULL ? field[2] : "");
    row->chrom = field[0];
    row->name = field[3] ? field[3] : "";
    row->strand = '.';
    if (field[5] && (strcmp(field[5], "+") == 0 || strcmp(field[5], "-") == 0))
        row->strand = field[5][0];
    if (row->beg_bp > row->end_bp)
        return backwards(row->beg_bp, row->end_bp, err);
    if (row->beg_bp == row->end_bp)
        return avo_error_set(err, "empty interval (start and end are %" PRIu64 ")", row->end_bp);
    return 1;
}

/* ---- GTF ---- */

enum { GTF_COLUMNS = 9 };

static bool is_strand(const char *s, size_t len)
{
    return len == 1 && strchr("+-.?", *s) != NULL;
}

bool avo_is_gtf_line(const char *line)
{
    const char *p = line;

    for (int i = 0; i < GTF_COLUMNS; i++) {
        size_t len = strcspn(p, "\t");

        if ((i == 3 || i == 4) && (len == 0 || strspn(p, "0123456789") != len))
            return false;
        if (i == 6 && !is_strand(p, len))
            return false;
        if (p[len] == '\0' && i < GTF_COLUMNS - 1)
            return false;
        p += len + 1;
    }
    return true;
}

int avo_gtf_attribute(char **p, char **key, char **value)
{
    char *s = *p + strspn(*p, " ;");
    size_t len = strcspn(s, " ");

    if (*s == '\0')
        return 0;
    if (s[len] == '\0')
        return -1;
    *key = s;
    s[len] = '\0';
    s += len + 1;
    s += strspn(s, " ");
    bool quoted = *s == '"';
    s += quoted;
    len = strcspn(s, quoted ? "\"" : "; ");
    if (quoted && s[len] == '\0')
        return -1;
    *value = s;
    *p = s[len] != '\0' ? s + len + 1 : s + len;
    s[len] = '\0';
    return 1;
}

static bool tag_matches(const char *value, const char *tag)
{
    size_t n = strlen(tag);

    return strncmp(value, tag, n) == 0 && (value[n] == '\0' || value[n] == '_');
}

/* Name and tag from column 9; returns whether the row is taken. */
static int attributes(char *text, const char *tag, struct avo_row *row, struct avo_error *err)
{
    char *key, *value, *gene_id = NULL, *gene_name = NULL;
    char shown[41];
    bool gff3 = strncmp(text, "ID=", 3) == 0 || strncmp(text, "Parent=", 7) == 0;
    bool tagged = tag == NULL;
    int rc = 0;

    snprintf(shown, sizeof shown, "%s", text);
    while (!gff3 && (rc = avo_gtf_attribute(&text, &key, &value)) > 0) {
        if (strcmp(key, "gene_name") == 0 && !gene_name && *value != '\0')
            gene_name = value;
        if (strcmp(key, "gene_id") == 0 && !gene_id && *value != '\0')
            gene_id = value;
        if (tag && strcmp(key, "tag") == 0)
            tagged |= tag_matches(value, tag);
    }
    if (gff3 || rc < 0 || (!gene_name && !gene_id)) {
        avo_error_set(err, "column 9 is not GTF's (want gene_id \"...\"; got \"%s\")", shown);
        return gff3 ? avo_error_hint(err, "this is GFF3: convert it to GTF or BED") : -1;
    }
    row->name = gene_name ? gene_name : gene_id;
    return tagged;
}

int avo_gtf_row(char *line, const struct avo_elements_options *opt, struct avo_row *row,
                struct avo_error *err)
{
    const char *feature = opt->feature ? opt->feature :
                          opt->tag ? "transcript" : "gene";
    char *field[GTF_COLUMNS];
    uint64_t start = 0;

    for (int i = 0; i < GTF_COLUMNS; i++)
        if (!(field[i] = avo_field(&line)))
            return avo_error_set(err, "not GTF (want 9 tab-separated columns, got %d)", i);
    if (*field[0] == '\0' || avo_bed_position(field[3], &start) || start == 0 ||
        avo_bed_position(field[4], &row->end_bp) || !is_strand(field[6], strlen(field[6])))
        return avo_error_set(err, "not GTF (want a 1-based start, an end and a strand in columns "
                             "4, 5 and 7; got \"%s\", \"%s\", \"%s\")", field[3], field[4],
                             field[6]);
    row->chrom = field[0];
    row->beg_bp = start - 1;
    row->strand = field[6][0] == '?' ? '.' : field[6][0];
    if (start > row->end_bp)
        return backwards(start, row->end_bp, err);
    if (strcmp(field[2], feature) != 0)
        return 0;
    return attributes(field[8], opt->tag, row, err);
}
