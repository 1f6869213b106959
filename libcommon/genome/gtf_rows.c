/* SPDX-License-Identifier: MIT */
/* gtf_rows.c: GTF to BED, line by line. */
#include "libcommon/genome/gtf_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

enum { GTF_ATTRIBUTES = 8, FIRST_OWN = 5 };

/* "*text TAB word" in place of *text. */
static int append(char **text, const char *word, struct avo_error *err)
{
    char *longer = avo_asprintf(err, "%s\t%s", *text, word);
    if (!longer)
        return -1;
    free(*text);
    *text = longer;
    return 0;
}

static bool has_key(const struct avo_gtf_rows *g, const char *key)
{
    static const char *const own[] = {"chrom", "start", "end", "name", "strand"};
    for (size_t i = 0; i < FIRST_OWN; i++)
        if (strcmp(own[i], key) == 0)
            return true;
    for (size_t i = 0; i < g->n_keys; i++)
        if (strcmp(g->keys[i], key) == 0)
            return true;
    return false;
}

/* The header line, from the attributes of the first row. */
static int make_header(struct avo_gtf_rows *g, const char *attributes, struct avo_error *err)
{
    char *copy = avo_strdup(attributes, err), *p = copy, *key, *value;
    int rc = copy && (g->header = avo_strdup("chrom\tstart\tend\tname\tstrand", err)) ? 0 : -1;
    while (rc == 0 && avo_gtf_attribute(&p, &key, &value) > 0) {
        if (has_key(g, key))
            continue;
        rc = append(&g->header, key, err);
        if (rc == 0)
            rc = avo_grow(&g->keys, &g->cap_keys, g->n_keys + 1, sizeof *g->keys, "columns", err);
        if (rc == 0)
            rc = (g->keys[g->n_keys++] = avo_strdup(key, err)) ? 0 : -1;
    }
    free(copy);
    return rc;
}

/* The first value of a key among attributes, which are copied for it. */
static int add_value(struct avo_gtf_rows *g, const char *want, struct avo_error *err)
{
    char *copy = avo_strdup(g->attributes, err), *p = copy, *key, *value;
    const char *found = ".";
    if (!copy)
        return -1;
    while (avo_gtf_attribute(&p, &key, &value) > 0)
        if (strcmp(key, want) == 0) {
            found = *value ? value : ".";
            break;
        }
    int rc = append(&g->line, found, err);
    free(copy);
    return rc;
}

int avo_gtf_rows_take(struct avo_gtf_rows *g, char *line, char **out, struct avo_error *err)
{
    struct avo_row row;
    const char *p = line;
    for (int i = 0; i < GTF_ATTRIBUTES && p; i++)
        p = (p = strchr(p, '\t')) ? p + 1 : NULL;
    free(g->attributes);
    free(g->line);
    g->line = NULL;
    if (!(g->attributes = avo_strdup(p ? p : "", err)))
        return -1;
    g->attributes[strcspn(g->attributes, "\t")] = '\0';
    int rc = avo_gtf_row(line, &g->opt, &row, err);
    if (rc <= 0)
        return rc;
    if (!g->header && make_header(g, g->attributes, err))
        return -1;
    g->line = avo_asprintf(err, "%s\t%" PRIu64 "\t%" PRIu64 "\t%s\t%c", row.chrom, row.beg_bp,
                           row.end_bp, row.name, row.strand);
    rc = g->line ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < g->n_keys; i++)
        rc = add_value(g, g->keys[i], err);
    *out = g->line;
    return rc == 0 ? 1 : -1;
}

void avo_gtf_rows_release(struct avo_gtf_rows *g)
{
    for (size_t i = 0; i < g->n_keys; i++)
        free(g->keys[i]);
    free(g->keys);
    free(g->header);
    free(g->attributes);
    free(g->line);
    *g = (struct avo_gtf_rows){0};
}
